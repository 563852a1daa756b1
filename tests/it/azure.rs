//! Workspaces on Azure: what is sent where, with what, and how answers are taken.

use serde_json::{Value, json};

use super::common::TestEnv;
use super::common::stand_in::{Answer, Asked, StandIn};

pub(super) const WORKSPACE: &str =
    "/subscriptions/sub/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/ws";
pub(super) const TOKEN: &str = "very-secret-token";

pub(super) fn json_answer(status: u16, body: &Value) -> Answer {
    (status, Vec::new(), body.to_string())
}

/// Answers with a workspace, and takes every PUT for done.
pub(super) fn agreeable(_: &str, asked: &Asked) -> Answer {
    let path = asked.path.split('?').next().unwrap();
    if path == WORKSPACE {
        return json_answer(200, &json!({"id": WORKSPACE, "location": "westeurope", "properties": {}}));
    }
    match asked.method.as_str() {
        "PUT" => {
            let mut body: Value = serde_json::from_str(&asked.body).unwrap();
            body["id"] = path.into();
            body["name"] = path.rsplit('/').next().unwrap().into();
            json_answer(200, &body)
        }
        _ => json_answer(404, &json!({"error": {"code": "NotFound", "message": "nothing here"}})),
    }
}

pub(super) fn run(env: &TestEnv, server: &StandIn, words: &[&str]) -> (i32, String, String) {
    let place = ["-w", "ws", "-g", "rg", "--subscription", "sub"];
    let output = env
        .command(&[words, &place].concat())
        .env("AZML_ARM_ENDPOINT", &server.origin)
        .env("AZML_ACCESS_TOKEN", TOKEN)
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn a_spec_becomes_one_authorised_request() {
    let (env, server) = (TestEnv::new(), StandIn::start(agreeable));
    env.write("endpoint.yml", "name: ep1\ndescription: d\n");
    let (code, stdout, stderr) = run(&env, &server, &["batch-endpoint", "create", "-f", "endpoint.yml"]);
    assert_eq!(code, 0, "{stderr}");
    let printed: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!((&printed["name"], &printed["location"]), (&json!("ep1"), &json!("westeurope")));
    let asked = server.asked();
    assert!(asked.iter().all(|asked| asked.authorization == format!("Bearer {TOKEN}")), "{asked:?}");
    let put = asked.iter().find(|asked| asked.method == "PUT").unwrap();
    assert_eq!(put.path, format!("{WORKSPACE}/batchEndpoints/ep1?api-version=2023-10-01"));
    assert_eq!(serde_json::from_str::<Value>(&put.body).unwrap()["location"], "westeurope");
    assert!(!env.azml_home().exists(), "a command for Azure touched the local workspace");
}

#[test]
fn the_token_never_reaches_what_people_see() {
    let (env, server) = (TestEnv::new(), StandIn::start(agreeable));
    for words in [&["compute", "show", "-n", "nope"][..], &["compute", "show", "-n", "nope", "--debug"]] {
        let (code, stdout, stderr) = run(&env, &server, words);
        assert_eq!(code, 3);
        assert!(!stdout.contains(TOKEN) && !stderr.contains(TOKEN), "{stdout}{stderr}");
    }
}

#[test]
fn a_long_running_operation_is_followed_to_its_end() {
    let polls = std::sync::atomic::AtomicUsize::new(0);
    let server = StandIn::start(move |origin, asked| {
        let path = asked.path.split('?').next().unwrap().to_owned();
        match (asked.method.as_str(), path.as_str()) {
            ("PUT", _) => (
                201,
                vec![
                    ("azure-asyncoperation", format!("{origin}/operation")),
                    ("x-ms-retry-after-ms", "1".to_owned()),
                ],
                json!({"properties": {"provisioningState": "Creating"}}).to_string(),
            ),
            ("GET", "/operation") => {
                let done = polls.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 2;
                let status = if done { "Succeeded" } else { "InProgress" };
                (200, vec![("x-ms-retry-after-ms", "1".to_owned())], json!({"status": status}).to_string())
            }
            ("GET", path) if path.ends_with("/batchEndpoints/ep1") => {
                json_answer(200, &json!({"name": "ep1", "properties": {"provisioningState": "Succeeded"}}))
            }
            _ => agreeable(origin, asked),
        }
    });
    let env = TestEnv::new();
    let (code, stdout, stderr) = run(
        &env,
        &server,
        &["batch-endpoint", "create", "-n", "ep1", "--query", "provisioning_state", "-o", "tsv"],
    );
    assert_eq!((code, stdout.as_str()), (0, "Succeeded\n"), "{stderr}");
    assert_eq!(server.asked().iter().filter(|asked| asked.path == "/operation").count(), 3);
    let before = server.asked().len();
    let (code, stdout, _) = run(&env, &server, &["batch-endpoint", "create", "-n", "ep1", "--no-wait"]);
    assert_eq!((code, stdout.as_str()), (0, ""));
    assert!(server.asked()[before..].iter().all(|asked| asked.path != "/operation"), "--no-wait waited");
}

#[test]
fn an_operation_that_fails_is_a_failure_with_the_words_of_the_service() {
    let server = StandIn::start(|origin, asked| match asked.method.as_str() {
        "PUT" => (201, vec![("azure-asyncoperation", format!("{origin}/operation"))], "{}".to_owned()),
        "GET" if asked.path == "/operation" => (
            200,
            vec![("x-ms-request-id", "id-of-azure".to_owned())],
            json!({"status": "Failed", "error": {"code": "Quota", "message": "no cores left"}}).to_string(),
        ),
        _ => agreeable(origin, asked),
    });
    let (code, stdout, stderr) = run(&TestEnv::new(), &server, &["batch-endpoint", "create", "-n", "ep1"]);
    assert_eq!((code, stdout.as_str()), (1, ""));
    assert_eq!(
        stderr,
        "ERROR: (Quota) no cores left\nCode: Quota\nMessage: no cores left\nRequest id: id-of-azure\n"
    );
}

#[test]
fn plain_http_is_refused_beyond_loopback() {
    let env = TestEnv::new();
    let output = env
        .command(&["compute", "list", "-w", "ws", "-g", "rg", "--subscription", "sub"])
        .env("AZML_ARM_ENDPOINT", "http://example.invalid")
        .env("AZML_ACCESS_TOKEN", TOKEN)
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr.contains("AZML_ARM_ENDPOINT") && stderr.contains("loopback"), "{stderr}");
}

#[test]
fn a_server_that_is_not_there_is_one_message() {
    let env = TestEnv::new();
    let output = env
        .command(&["compute", "list", "-w", "ws", "-g", "rg", "--subscription", "sub"])
        .env("AZML_ARM_ENDPOINT", "http://127.0.0.1:1")
        .env("AZML_ACCESS_TOKEN", TOKEN)
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    assert!(stderr.contains("/computes") && stderr.contains("(tried 6 times)"), "{stderr}");
}

#[test]
fn a_job_without_a_page_is_shown_without_opening_one() {
    let server = StandIn::start(|origin, asked| match asked.path.contains("/jobs/j1?") {
        true => json_answer(200, &json!({"name": "j1", "properties": {"status": "Running", "services": {}}})),
        false => agreeable(origin, asked),
    });
    let (code, stdout, stderr) = run(&TestEnv::new(), &server, &["job", "show", "-n", "j1", "--web"]);
    assert_eq!((code, stderr.as_str()), (0, "WARNING: this job has no page to open\n"));
    assert!(stdout.contains("\"j1\""), "{stdout}");
}

#[test]
fn a_datastore_is_planned_and_nothing_is_sent() {
    let (env, server) = (TestEnv::new(), StandIn::start(agreeable));
    env.write("store.yml", "name: s\ntype: azure_blob\naccount_name: a\ncontainer_name: c\n");
    let (code, stdout, stderr) = run(&env, &server, &["datastore", "create", "-f", "store.yml", "--dry-run"]);
    assert_eq!(code, 0, "{stderr}");
    let planned: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(planned[0]["method"], "PUT");
    assert_eq!(planned[0]["url"], format!("{WORKSPACE}/datastores/s"));
    assert!(server.asked().iter().all(|asked| asked.method == "GET"), "{:?}", server.asked());
}
