//! The routes as they are on a socket: who is let in, and with what.

use super::*;
use crate::local::engine::log_root;

/// A service behind a gate, and the token the gate gives out.
async fn gated() -> (Service, Arc<Gate>, String) {
    let gate = Arc::new(Gate::new(Tokens::Issued));
    let service = Service::new().behind(&gate);
    let secret = [("x-identity-header", gate.identity_header())];
    let path = format!("{IDENTITY}?api-version=2019-08-01&resource=https%3A%2F%2Fml.azure.com");
    let answer = service.send(Method::GET, &path, &secret, Body::empty()).await.expect(200);
    assert_eq!(
        (&answer["resource"], &answer["token_type"]),
        (&json!("https://ml.azure.com"), &json!("Bearer"))
    );
    let bearer = format!("Bearer {}", answer["access_token"].as_str().unwrap());
    (service, gate, bearer)
}

async fn get(service: &Service, path: &str, bearer: &str) -> Answer {
    service.send(Method::GET, path, &[("authorization", bearer)], Body::empty()).await
}

fn path_of(address: &Value) -> String {
    address.as_str().unwrap().strip_prefix(&format!("https://{HOST}")).unwrap().to_owned()
}

#[tokio::test]
async fn without_the_secret_there_is_no_token_and_without_a_token_no_way_in() {
    let (service, gate, bearer) = gated().await;
    let wrong = gate.identity_header().replace(|c: char| c.is_ascii_hexdigit(), "0");
    for headers in [&[][..], &[("x-identity-header", wrong.as_str())]] {
        let refused = service.send(Method::GET, IDENTITY, headers, Body::empty()).await;
        assert!(refused.expect_error(401).contains("IDENTITY_HEADER"));
    }
    get(&service, &ws(""), &bearer).await.expect(200);
    for made_up in ["", "Bearer", "Bearer ", "Bearer x.y.z", "Basic Zm9vOmJhcg=="] {
        let refused = get(&service, &ws(""), made_up).await;
        assert_eq!(refused.header("www-authenticate"), "Bearer");
        refused.expect_error(401);
    }
    let (_, _, of_another_server) = gated().await;
    get(&service, &ws(""), &of_another_server).await.expect_error(401);
}

#[tokio::test]
async fn what_everybody_may_ask_says_where_things_are_and_nothing_else() {
    let (service, ..) = gated().await;
    let clouds = service.send(Method::GET, "/metadata/endpoints", &[], Body::empty()).await.expect(200);
    assert_eq!(clouds[0]["resourceManager"], format!("https://{HOST}/"));
    let discovery = service.send(Method::GET, "/discovery", &[], Body::empty()).await.expect(200);
    assert_eq!(discovery["api"], format!("https://{HOST}"));
    for path in ["/", "/subscriptions", "/joblogs/j/user_logs/std_log.txt", "/DISCOVERY"] {
        service.send(Method::GET, path, &[], Body::empty()).await.expect_error(401);
    }
}

#[tokio::test]
async fn a_page_whose_name_was_pointed_here_is_turned_away() {
    let (service, _, bearer) = gated().await;
    let send = async |host: &str| {
        let request = Request::builder().uri("/discovery").header("host", host);
        let request = request.header("authorization", &bearer).body(Body::empty()).unwrap();
        service.router.clone().oneshot(request).await.unwrap().status().as_u16()
    };
    for host in [
        "evil.example",
        "evil.example:8443",
        "127.0.0.1.evil.example",
        "10.0.0.1",
        "",
        "[::1]evil.example",
        "[::1",
        "evil.example:x@127.0.0.1",
        "127.0.0.1:8443/evil",
        "localhost:x",
    ] {
        assert_eq!(send(host).await, 421, "{host}");
    }
    for host in ["localhost:1", "127.0.0.1", "[::1]:8443"] {
        assert_eq!(send(host).await, 200, "{host}");
    }
}

#[tokio::test]
async fn a_signed_address_opens_its_container_and_no_other() {
    let (service, _, bearer) = gated().await;
    let secrets = ws("/datastores/workspaceblobstore/listSecrets");
    let secrets = service.post(&secrets, &[("authorization", &bearer)], json!({})).await.expect(200);
    let query = secrets["sasToken"].as_str().unwrap();
    let datastore = get(&service, &ws("/datastores/workspaceblobstore"), &bearer).await.expect(200);
    let container = datastore["properties"]["containerName"].as_str().unwrap();
    let send = async |method: Method, path: String| {
        let answer = service.send(method, &path, &[("x-ms-blob-type", "BlockBlob")], "x").await;
        (answer.status.as_u16(), answer.header("x-ms-error-code").to_owned())
    };
    let refused = (403, "AuthenticationFailed".to_owned());
    let blob = format!("/devstore.blob.core.windows.net/{container}/a.txt");
    assert_eq!(send(Method::PUT, format!("{blob}?{query}")).await.0, 201);
    assert_eq!(send(Method::GET, format!("{blob}?{query}")).await.0, 200);
    let list = format!("/devstore/{container}?restype=container&comp=list");
    assert_eq!(send(Method::GET, format!("{list}&{query}")).await.0, 200);
    for path in [
        blob.clone(),
        list,
        format!("{blob}?sv=2021-08-06&sr=c&sp=rcwdl&sig=none"),
        format!("/devstore/azureml-other/a.txt?{query}"),
        format!("{blob}?{}", query.replace("se=20", "se=30")),
    ] {
        assert_eq!(send(Method::GET, path.clone()).await, refused, "{path}");
    }
    assert_eq!(get(&service, &blob, &bearer).await.text(), "x");
}

#[tokio::test]
async fn logs_are_read_by_the_addresses_a_run_gives() {
    let gate = Arc::new(Gate::new(Tokens::Any));
    let service = Service::new().with_deployment().await;
    let (name, plan) = service.started(json!({ "inputData": folder_input() })).await;
    let logs = log_root(&service.service.home().job_dir(&name)).join("user_logs");
    std::fs::create_dir_all(&logs).unwrap();
    std::fs::write(logs.join("std log.txt"), "line\n").unwrap();
    let service = service.behind(&gate);
    let details = format!("/history/v1.0{}", ws(&format!("/runs/{}/details", plan.run_id)));
    let details = get(&service, &details, "Bearer whatever").await.expect(200);
    let path = path_of(&details["logFiles"]["user_logs/std log.txt"]);
    let read = async |path: &str| service.send(Method::GET, path, &[], Body::empty()).await;
    assert_eq!(read(&path).await.text(), "line\n");
    read(path.split('?').next().unwrap()).await.expect_error(401);
    read(&path.replace("std%20log", "other")).await.expect_error(401);
}

#[tokio::test]
async fn bytes_that_changed_on_their_way_are_not_kept() {
    let (service, _, bearer) = gated().await;
    let path = "/devstore/container/a.txt";
    let put = async |digest: &str, content: &'static str| {
        let headers =
            [("authorization", bearer.as_str()), ("x-ms-blob-type", "BlockBlob"), ("content-md5", digest)];
        let answer = service.send(Method::PUT, path, &headers, content).await;
        (answer.status.as_u16(), answer.header("x-ms-error-code").to_owned())
    };
    let of_hello = "XUFAKrxLKna5cZ2REBfFkg==";
    assert_eq!(put(of_hello, "hallo").await, (400, "Md5Mismatch".to_owned()));
    assert_eq!(get(&service, path, &bearer).await.status.as_u16(), 404);
    assert_eq!(put(of_hello, "hello").await.0, 201);
    let left = service.service.home().blobs_dir().join("container/tmp");
    assert_eq!(std::fs::read_dir(left).unwrap().count(), 0, "a refused upload left its bytes behind");
}
