//! Codes, environments, models and data.

use super::*;

const PATH: &str = "azureml://datastores/workspaceblobstore/paths/p/model";

fn model(uri: &str) -> Value {
    json!({ "properties": { "modelUri": uri, "tags": {}, "properties": {}, "isAnonymous": false, "isArchived": false } })
}

#[tokio::test]
async fn a_model_has_versions_and_a_container() {
    let service = Service::new();
    assert_eq!(service.get("/models/m").await.expect_error(404), "Not found: models container m");
    assert_eq!(service.get("/models/m/versions").await.expect_error(404), "Not found: models container m");
    let made = service.put("/models/m/versions/7", model(PATH)).await.expect(201);
    assert_eq!((&made["id"], &made["name"]), (&json!(ws("/models/m/versions/7")), &json!("7")));
    assert_eq!(
        (&made["properties"]["flavors"], &made["properties"]["modelType"]),
        (&json!({}), &json!("custom_model"))
    );
    service.put("/models/m/versions/8", model(PATH)).await.expect(201);
    let container = service.get("/models/m").await.expect(200);
    assert_eq!(container["properties"]["latestVersion"], "8");
    assert_eq!(container["properties"]["nextVersion"], "9");
    let newest = service.get("/models/m/versions?$orderBy=createdtime%20desc&$top=1").await.expect(200);
    assert_eq!(
        (newest["value"][0]["name"].as_str(), newest["value"].as_array().unwrap().len()),
        (Some("8"), 1)
    );
    assert_eq!(service.get("/models/m/versions/99").await.expect_error(404), "Model m:99 not found");
}

#[tokio::test]
async fn the_path_of_a_version_is_final() {
    let service = Service::new();
    service.put("/models/m/versions/1", model(PATH)).await.expect(201);
    let long = format!("{}{}", WorkspaceId::local().long_uri(), PATH.strip_prefix("azureml:/").unwrap());
    service.put("/models/m/versions/1", model(&long)).await.expect(200);
    let message = service.put("/models/m/versions/1", model(&format!("{PATH}2"))).await.expect_error(400);
    assert_eq!(message, "Asset paths cannot be updated.");
    let environment = |image: &str| json!({ "properties": { "image": image } });
    service.put("/environments/e/versions/1", environment("i")).await.expect(201);
    service.put("/environments/e/versions/1", environment("i")).await.expect(200);
    service.put("/environments/e/versions/1", environment("other")).await.expect_error(409);
}

#[tokio::test]
async fn archived_and_anonymous_assets_are_not_listed() {
    let service = Service::new();
    let names = async |query: &str| -> Vec<String> {
        let list = service.get(&format!("/models?listViewType={query}")).await.expect(200);
        list["value"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["name"].as_str().unwrap().to_owned())
            .collect()
    };
    for name in ["a", "b", "c", "d"] {
        let mut body = model(PATH);
        body["properties"]["isAnonymous"] = (name == "a").into();
        body["properties"]["isArchived"] = (name == "b").into();
        service.put(&format!("/models/{name}/versions/1"), body).await.expect(201);
    }
    service.put("/models/d", json!({ "properties": { "isArchived": true } })).await.expect(201);
    assert_eq!(names("ActiveOnly").await, ["c"]);
    assert_eq!(names("ArchivedOnly").await, ["b", "d"]);
    assert_eq!(names("All").await, ["b", "c", "d"]);
    assert_eq!(service.get("/models/b/versions").await.expect(200)["value"], json!([]));
    service.put("/models/d", json!({ "properties": { "isArchived": false } })).await.expect(200);
    assert_eq!(names("ActiveOnly").await, ["c", "d"]);
}

#[tokio::test]
async fn code_is_found_by_its_content_under_any_host() {
    let service = Service::new().with_deployment().await;
    let query = "/codes/any/versions?hash=abc&hashVersion=202208";
    let found = service.get(query).await.expect(200);
    let properties = &found["value"][0]["properties"];
    assert_eq!(found["value"][0]["id"], ws("/codes/code/versions/1"));
    assert_eq!(properties["properties"]["hash_version"], "202208");
    assert!(properties["codeUri"].as_str().unwrap().starts_with("https://127.0.0.1:8443/devstore/code-"));
    assert_eq!(
        service.get("/codes/any/versions?hash=other&hashVersion=202208").await.expect(200)["value"],
        json!([])
    );
    let elsewhere = service.send(Method::GET, &ws(query), &[], Body::empty()).await;
    assert_eq!(elsewhere.expect(200)["value"][0]["properties"]["codeUri"], properties["codeUri"]);
    let foreign = json!({ "properties": { "codeUri": "https://elsewhere/devstore/c/src" } });
    assert!(service.put("/codes/x/versions/1", foreign).await.expect_error(400).contains("elsewhere"));
}

#[tokio::test]
async fn data_says_what_it_is() {
    let service = Service::new();
    let data = |kind: &str| json!({ "properties": { "dataType": kind, "dataUri": "https://h/x" } });
    service.put("/data/d/versions/1", data("uri_folder")).await.expect(201);
    let container = service.get("/data/d").await.expect(200);
    assert_eq!(
        (&container["properties"]["dataType"], &container["properties"]["nextVersion"]),
        (&json!("uri_folder"), &json!("2"))
    );
    assert!(service.put("/data/d/versions/2", data("table")).await.expect_error(400).contains("table"));
    service.put("/data/a%20b/versions/1", data("uri_file")).await.expect_error(400);
    let path = format!("/data/v1.0{}", ws("/dataversion/batchgetresolveduris"));
    let id = "azureml://locations/local/workspaces/w/data/d/versions/1";
    let resolved =
        service.post(&path, &[], json!({ "values": [id, ws("/data/none/versions/1")] })).await.expect(200);
    assert_eq!(resolved["values"], json!({ id: { "uri": "https://h/x", "type": "uri_folder" } }));
}
