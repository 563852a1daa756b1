//! Workspaces on Azure: where the token and the bodies of requests never go, whatever an answer or a variable says.

use serde_json::json;

use super::azure::{TOKEN, WORKSPACE, agreeable, json_answer, run};
use super::common::TestEnv;
use super::common::stand_in::{Answer, Asked, StandIn};

const CREATE: [&str; 4] = ["batch-endpoint", "create", "-n", "ep1"];

#[test]
fn a_redirect_is_not_followed_and_neither_token_nor_body_go_where_it_leads() {
    for (method, status) in [("PUT", 307), ("PUT", 308), ("GET", 302)] {
        let elsewhere = StandIn::start(agreeable);
        let target = elsewhere.origin.clone();
        let server = StandIn::start(move |origin, asked| match asked.method == method {
            true => (status, vec![("location", format!("{target}{}", asked.path))], String::new()),
            false => agreeable(origin, asked),
        });
        let (code, stdout, stderr) = run(&TestEnv::new(), &server, &CREATE);
        assert_eq!((code, stdout.as_str()), (1, ""), "{stderr}");
        let asked = server.asked();
        assert_eq!(asked.iter().filter(|asked| asked.method == method).count(), 1, "{asked:?}");
        assert!(elsewhere.asked().is_empty(), "{method}: {:?}", elsewhere.asked());
    }
}

/// Addresses of other machines that anybody on the way could listen to.
const IN_THE_OPEN: [&str; 2] = ["http://example.invalid/jobs", "http://127.0.0.1@example.invalid/jobs"];

#[test]
fn no_token_is_sent_in_the_open_to_a_scoring_address_that_the_service_names() {
    for address in IN_THE_OPEN {
        let server = StandIn::start(move |origin, asked| match asked.path.contains("/batchEndpoints/ep1?") {
            true => json_answer(200, &json!({"name": "ep1", "properties": {"scoringUri": address}})),
            false => agreeable(origin, asked),
        });
        let words = ["batch-endpoint", "invoke", "-n", "ep1", "--input", "https://example.invalid/one.csv"];
        let (code, stdout, stderr) = run(&TestEnv::new(), &server, &words);
        assert_eq!((code, stdout.as_str()), (1, ""), "{stderr}");
        assert!(stderr.contains("http://example.invalid/jobs: the address is plain http"), "{stderr}");
        assert!(stderr.contains("nothing was sent") && !stderr.contains(TOKEN), "{stderr}");
    }
}

#[test]
fn no_token_is_sent_to_a_host_that_is_none_of_the_clouds() {
    const STRANGE: &str = "https://strange.invalid";
    // Where the service names the strange host: as an endpoint's scoring address, as the workspace's discovery, in it.
    for place in ["scoring", "discovery", "api"] {
        let server = StandIn::start(move |origin, asked| match asked.path.split('?').next().unwrap() {
            path if path.ends_with("/batchEndpoints/ep1") => json_answer(
                200,
                &json!({"name": "ep1", "properties": {"scoringUri": format!("{STRANGE}/jobs")}}),
            ),
            WORKSPACE => {
                let host = if place == "discovery" { STRANGE } else { origin };
                json_answer(200, &json!({"properties": {"discoveryUrl": format!("{host}/discovery")}}))
            }
            "/discovery" => json_answer(200, &json!({"api": STRANGE})),
            _ => agreeable(origin, asked),
        });
        let invoke = ["batch-endpoint", "invoke", "-n", "ep1", "--input", "https://example.invalid/one.csv"];
        let list = ["batch-endpoint", "list-jobs", "-n", "ep1"];
        let words = if place == "scoring" { &invoke[..] } else { &list };
        let (code, stdout, stderr) = run(&TestEnv::new(), &server, words);
        assert_eq!((code, stdout.as_str()), (1, ""), "{place}: {stderr}");
        assert!(stderr.contains("https://strange.invalid/"), "{place}: {stderr}");
        assert!(stderr.contains("no token was sent") && stderr.contains("az cloud register"), "{stderr}");
    }
}

#[test]
fn an_operation_on_another_host_is_followed_without_the_token() {
    for (header, method) in [("azure-asyncoperation", "PUT"), ("location", "DELETE")] {
        let elsewhere = StandIn::start(|_, _| json_answer(200, &json!({"status": "Succeeded"})));
        let address = format!("{}/operation", elsewhere.origin);
        let server = StandIn::start(operation_at(header, method, address));
        let (code, _, stderr) = run(&TestEnv::new(), &server, words_of(method));
        assert_eq!(code, 0, "{stderr}");
        let asked = elsewhere.asked();
        assert!(!asked.is_empty(), "{header}: the operation was not followed");
        assert!(asked.iter().all(|asked| asked.authorization.is_empty()), "{header}: {asked:?}");
    }
}

/// An Azure that accepts what changes an endpoint with `method`, and names where to ask how far it is.
fn operation_at(
    header: &'static str,
    method: &'static str,
    address: String,
) -> impl Fn(&str, &Asked) -> Answer + Send + Sync {
    move |origin, asked| match asked.path.starts_with(&format!("{WORKSPACE}/batchEndpoints/ep1?")) {
        true if asked.method == method => (202, vec![(header, address.clone())], "{}".to_owned()),
        true => json_answer(200, &json!({"name": "ep1", "properties": {"provisioningState": "Succeeded"}})),
        false if asked.path == "/operation" => json_answer(200, &json!({"status": "Succeeded"})),
        false => agreeable(origin, asked),
    }
}

/// The command that sends `method`.
fn words_of(method: &str) -> &'static [&'static str] {
    match method {
        "DELETE" => &["batch-endpoint", "delete", "-n", "ep1", "--yes"],
        _ => &CREATE,
    }
}

#[test]
fn what_listens_on_this_machine_is_not_reached_through_a_proxy() {
    for variable in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
        let (env, server, proxy) = (TestEnv::new(), StandIn::start(agreeable), StandIn::start(agreeable));
        let output = env
            .command(&[&CREATE[..], &["-w", "ws", "-g", "rg", "--subscription", "sub"]].concat())
            .env("AZML_ARM_ENDPOINT", &server.origin)
            .env("AZML_ACCESS_TOKEN", TOKEN)
            .env(variable, &proxy.origin)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(proxy.asked().is_empty(), "{variable}: {:?}", proxy.asked());
        assert!(!server.asked().is_empty());
    }
}

#[test]
fn the_line_end_of_a_token_is_no_part_of_it_and_one_inside_is_a_mistake() {
    let (env, server) = (TestEnv::new(), StandIn::start(agreeable));
    let with_token = |token: &str| {
        let place = ["-w", "ws", "-g", "rg", "--subscription", "sub"];
        env.command(&[&CREATE[..], &place].concat())
            .env("AZML_ARM_ENDPOINT", &server.origin)
            .env("AZML_ACCESS_TOKEN", token)
            .output()
            .unwrap()
    };
    let output = with_token("first-half\nsecond-half");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("AZML_ACCESS_TOKEN"), "{stderr}");
    assert!(!stderr.contains("first-half") && !stderr.contains("second-half"), "{stderr}");
    assert!(server.asked().is_empty(), "{:?}", server.asked());
    for end in ["\n", "\r\n", " "] {
        assert!(with_token(&format!("{TOKEN}{end}")).status.success());
    }
    let asked = server.asked();
    assert!(asked.iter().all(|asked| asked.authorization == format!("Bearer {TOKEN}")), "{asked:?}");
}

#[test]
fn an_operation_without_a_host_is_followed_on_the_host_that_named_it() {
    for (header, method) in [("azure-asyncoperation", "PUT"), ("location", "DELETE")] {
        let server = StandIn::start(operation_at(header, method, "/operation".to_owned()));
        let (code, _, stderr) = run(&TestEnv::new(), &server, words_of(method));
        assert_eq!(code, 0, "{stderr}");
        let asked = server.asked();
        let followed = asked.iter().find(|asked| asked.path == "/operation");
        assert_eq!(followed.unwrap().authorization, format!("Bearer {TOKEN}"), "{header}");
    }
}
