//! Computes, endpoints and deployments.

use super::*;

#[tokio::test]
async fn a_compute_lives_and_dies() {
    let service = Service::new();
    let cluster = json!({ "location": "local", "properties": { "computeType": "AmlCompute", "disableLocalAuth": true,
        "properties": { "vmSize": "S", "scaleSettings": { "maxNodeCount": 5, "minNodeCount": 0 } } } });
    let made = service.put("/computes/cpu", cluster.clone()).await.expect(201);
    assert_eq!(made["id"], ws("/computes/cpu"));
    assert_eq!(made["properties"]["provisioningState"], "Succeeded");
    assert_eq!(made["properties"]["properties"]["vmPriority"], "Dedicated");
    assert_eq!(made["properties"]["properties"]["scaleSettings"]["maxNodeCount"], 5);
    assert_eq!(service.put("/computes/CPU", cluster).await.expect(200)["name"], "cpu");
    assert_eq!(service.get("/computes").await.expect(200)["value"].as_array().unwrap().len(), 1);
    service.delete("/computes/cpu?underlyingResourceAction=Delete").await.expect(202);
    let gone = service.get("/computes/cpu").await;
    assert_eq!(gone.json()["error"]["code"], "ComputeNotFound");
    assert_eq!(gone.expect_error(404), "Compute with name cpu not found in provided workspace");
    service.delete("/computes/cpu").await.expect_error(404);
}

#[tokio::test]
async fn impossible_computes_are_refused() {
    let service = Service::new();
    let scaled = |least: i64, most: i64| {
        json!({ "properties": { "computeType": "AmlCompute", "properties": {
            "scaleSettings": { "minNodeCount": least, "maxNodeCount": most } } } })
    };
    assert!(service.put("/computes/cpu", scaled(3, 2)).await.expect_error(400).contains("3 and 2"));
    assert!(service.put("/computes/1cpu", scaled(0, 1)).await.expect_error(400).contains("1cpu"));
    let instance = json!({ "properties": { "computeType": "ComputeInstance", "properties": {} } });
    assert!(service.put("/computes/cpu", instance).await.expect_error(400).contains("ComputeInstance"));
    assert!(service.put("/computes/cpu", json!([])).await.expect_error(400).contains("not valid"));
}

#[tokio::test]
async fn an_endpoint_is_answered_as_azure_does() {
    let service = Service::new();
    let made = service.put("/batchEndpoints/digits", endpoint(None)).await.expect(201);
    let properties = &made["properties"];
    assert_eq!(
        (&properties["authMode"], &properties["defaults"]),
        (&json!("AADToken"), &json!({ "deploymentName": null }))
    );
    assert_eq!((&made["tags"], &made["location"]), (&json!({ "a": "b" }), &json!("local")));
    let scoring = properties["scoringUri"].as_str().unwrap();
    assert!(scoring.starts_with("https://127.0.0.1:8443/") && scoring.ends_with("/digits/jobs"), "{scoring}");
    assert_eq!(made["systemData"]["createdBy"], "Local User");
    assert_eq!(
        service.get("/batchEndpoints").await.expect(200)["value"][0],
        service.get("/batchendpoints/DIGITS").await.expect(200)
    );
    assert_eq!(
        service.get("/batchEndpoints/nope").await.expect_error(404),
        "Batch endpoint nope does not exist."
    );
    assert_eq!(
        service.delete("/batchEndpoints/nope").await.expect_error(404),
        "Batch endpoint nope does not exist."
    );
}

#[tokio::test]
async fn impossible_endpoints_are_refused() {
    let service = Service::new();
    for name in ["ab", "-abc", "abc-", "a_b_c", "1abc"] {
        service.put(&format!("/batchEndpoints/{name}"), endpoint(None)).await.expect_error(400);
    }
    let message = service.put("/batchEndpoints/digits", endpoint(Some("nope"))).await.expect_error(400);
    assert_eq!(message, "Deployment nope does not exist.");
    let key = json!({ "properties": { "authMode": "Key" } });
    assert!(service.put("/batchEndpoints/digits", key).await.expect_error(400).contains("Key"));
}

#[tokio::test]
async fn a_deployment_is_filled_with_the_defaults_of_the_service() {
    let service = Service::new().with_deployment().await;
    let found = service.get("/batchEndpoints/digits/deployments/blue").await.expect(200);
    let properties = &found["properties"];
    assert_eq!(found["id"], ws("/batchEndpoints/digits/deployments/blue"));
    assert_eq!((&properties["loggingLevel"], &properties["miniBatchSize"]), (&json!("Debug"), &json!(10)));
    assert_eq!(properties["retrySettings"], json!({ "maxRetries": 3, "timeout": "PT30S" }));
    assert_eq!(
        (&properties["provisioningState"], &properties["description"]),
        (&json!("Succeeded"), &Value::Null)
    );
    let list = service.get("/batchEndpoints/digits/deployments").await.expect(200);
    assert_eq!(list["value"], json!([found]));
    let missing = service.get("/batchEndpoints/digits/deployments/nope").await.expect_error(404);
    assert_eq!(missing, "Deployment nope does not exist.");
    let missing = service.get("/batchEndpoints/nope/deployments").await.expect_error(404);
    assert_eq!(missing, "Batch endpoint nope does not exist.");
}

#[tokio::test]
async fn a_deployment_must_refer_to_things_that_exist() {
    let service = Service::new().with_deployment().await;
    let cases = [
        ("/compute", json!(ws("/computes/nope")), "Compute with name nope"),
        ("/environmentId", json!(ws("/environments/env/versions/9")), "Environment env:9 not found"),
        ("/model/assetId", json!(ws("/models/nope/versions/1")), "Model nope:1 not found"),
        ("/codeConfiguration/codeId", json!(ws("/codes/nope/versions/1")), "Code nope:1 not found"),
        ("/codeConfiguration/scoringScript", json!("nope.py"), "nope.py is not in the code folder"),
        ("/codeConfiguration/scoringScript", json!("score.sh"), "score.sh is not a Python file"),
        ("/codeConfiguration/scoringScript", json!("../src/score.py"), "leads out of the code folder"),
        (
            "/codeConfiguration/scoringScript",
            json!("/etc/score.py"),
            "/etc/score.py leads out of the code folder",
        ),
        ("/compute", Value::Null, "needs compute"),
    ];
    for (member, value, expected) in cases {
        let mut body = deployment();
        *body["properties"].pointer_mut(member).unwrap() = value;
        let message = service.put("/batchEndpoints/digits/deployments/green", body).await.expect_error(400);
        assert!(message.contains(expected), "{message}");
    }
    service.put("/batchEndpoints/nope/deployments/green", deployment()).await.expect_error(404);
}

#[tokio::test]
async fn only_an_mlflow_model_is_deployed_without_code() {
    let service = Service::new().with_deployment().await;
    let container = service.container().await;
    service.put_blob(&container, "f/flow/MLmodel", "flavors: {python_function: {}}").await;
    let version = |folder: &str, kind: &str| {
        let uri = format!("azureml://datastores/workspaceblobstore/paths/{folder}");
        json!({ "properties": { "modelUri": uri, "modelType": kind } })
    };
    service.put("/models/flow/versions/1", version("f/flow", "custom_model")).await.expect(201);
    service.put("/models/flow/versions/2", version("m/model", "mlflow_model")).await.expect(201);
    let without_code = |model: &str, environment: Value| {
        let mut body = deployment();
        let properties = body["properties"].as_object_mut().unwrap();
        properties.remove("codeConfiguration");
        properties.insert("environmentId".to_owned(), environment);
        properties["model"]["assetId"] = ws(&format!("/models/{model}")).into();
        body
    };
    let environment = json!(ws("/environments/env/versions/1"));
    let green = "/batchEndpoints/digits/deployments/green";
    for (model, environment) in
        [("flow/versions/1", Value::Null), ("flow/versions/2", Value::Null), ("flow/versions/1", environment)]
    {
        let is_named = !environment.is_null();
        service.put(green, without_code(model, environment)).await;
        let properties = service.get(green).await.expect(200)["properties"].clone();
        assert_eq!(properties["model"]["assetId"], ws(&format!("/models/{model}")));
        assert_eq!(properties.get("environmentId").is_some_and(|id| !id.is_null()), is_named);
        let invoked =
            service.invoke(&[("azureml-model-deployment", "green")], json!({ "inputData": folder_input() }));
        let job = invoked.await.expect(201)["name"].as_str().unwrap().to_owned();
        assert_eq!(service.service.store().job_plan(&job).unwrap().unwrap().scoring().unwrap().code, None);
    }
    let refused = without_code("model/versions/1", Value::Null);
    let message = service.put(green, refused).await.expect_error(400);
    assert!(message.contains("needs codeConfiguration, unless its model is an MLflow model"), "{message}");
    let mut nothing = without_code("model/versions/1", Value::Null);
    nothing["properties"]["model"].take();
    service.put(green, nothing).await.expect_error(400);
    let mut no_environment = deployment();
    no_environment["properties"]["environmentId"].take();
    let message = service.put(green, no_environment).await.expect_error(400);
    assert!(message.contains("needs environmentId"), "{message}");
}

#[tokio::test]
async fn an_environment_may_come_from_a_registry() {
    let service = Service::new().with_deployment().await;
    let mut body = deployment();
    body["properties"]["environmentId"] = "azureml://registries/azureml/environments/e/versions/1".into();
    service.put("/batchEndpoints/digits/deployments/green", body).await.expect(201);
}

#[tokio::test]
async fn deleting_takes_what_hangs_on_it() {
    let service = Service::new().with_deployment().await;
    service.delete("/batchEndpoints/digits/deployments/blue").await.expect(202);
    service.delete("/batchEndpoints/digits/deployments/blue").await.expect_error(404);
    let endpoint = service.get("/batchEndpoints/digits").await.expect(200);
    assert_eq!(endpoint["properties"]["defaults"]["deploymentName"], Value::Null);
    service.put("/batchEndpoints/digits/deployments/blue", deployment()).await.expect(201);
    service
        .invoke(&[("azureml-model-deployment", "blue")], json!({ "inputData": folder_input() }))
        .await
        .expect(201);
    service.delete("/batchEndpoints/digits").await.expect(202);
    assert_eq!(service.get("/jobs").await.expect(200)["value"].as_array().unwrap().len(), 1);
    service.put("/batchEndpoints/digits", super::endpoint(None)).await.expect(201);
    assert_eq!(service.get("/batchEndpoints/digits/deployments").await.expect(200)["value"], json!([]));
}

#[tokio::test]
async fn long_lists_come_in_pages() {
    let service = Service::new();
    let names: Vec<String> = (0..205).map(|number| format!("c{number:03}")).collect();
    for name in &names {
        let cluster = json!({ "properties": { "computeType": "AmlCompute", "properties": {} } });
        service.put(&format!("/computes/{name}"), cluster).await.expect(201);
    }
    let (mut seen, mut sizes) = (Vec::new(), Vec::new());
    let mut next = Some(ws("/computes?api-version=2023-08-01-preview&odd=%26%20x"));
    while let Some(path) = next {
        let page = service.send(Method::GET, &path, &[], Body::empty()).await.expect(200);
        let value = page["value"].as_array().unwrap();
        sizes.push(value.len());
        seen.extend(value.iter().map(|compute| compute["name"].as_str().unwrap().to_owned()));
        next = page["nextLink"].as_str().map(|link| {
            assert!(link.contains("odd=%26%20x&"), "the rest of the query is lost: {link}");
            link.strip_prefix(&format!("https://{HOST}")).unwrap().to_owned()
        });
    }
    assert_eq!((seen, sizes), (names, vec![100, 100, 5]));
    let few = service.get("/computes?count=2&$skip=203").await.expect(200);
    assert_eq!((few["value"].as_array().unwrap().len(), &few["nextLink"]), (2, &Value::Null));
    let all_that_is_wanted = service.get("/computes?$top=2").await.expect(200);
    assert_eq!(all_that_is_wanted["nextLink"], Value::Null);
    let in_parts = service.get("/computes?$top=3&count=2").await.expect(200);
    assert!(in_parts["nextLink"].as_str().unwrap().ends_with("count=2&%24top=1&%24skip=2"), "{in_parts}");
    assert_eq!(service.get("/computes?$top=0").await.expect(200), json!({ "value": [], "nextLink": null }));
    let refused = service.get("/computes?$skip=abc").await.expect_error(400);
    assert_eq!(refused, "The query parameter $skip is abc, which is not a count.");
}
