//! Managed identities: of App Service, of virtual machines, of computes of Azure Machine Learning.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use serde_json::json;

use super::super::common::stand_in::Answer;
use super::{Cloud, FAR, answer, field};

/// What an identity service answers.
fn token_answer(token: &str) -> Answer {
    answer(
        200,
        &json!({"access_token": token, "expires_on": FAR.to_string(), "resource": "r", "token_type": "Bearer"}),
    )
}

/// A cloud in which `path` gives `token` to whoever shows the right header.
fn giving(path: &'static str, header: (&'static str, &'static str), token: &'static str) -> Cloud {
    Cloud::answering(move |_, asked| {
        asked.path.starts_with(path).then(|| match asked.header(header.0) == header.1 {
            true => token_answer(token),
            false => answer(400, &json!({"error": "invalid_request"})),
        })
    })
}

#[test]
fn app_service_is_asked_with_its_header() {
    let cloud = giving("/msi", ("x-identity-header", "header-secret"), "token-of-app-service");
    let endpoint = format!("{}/msi/token", cloud.server.origin);
    let variables = [
        ("IDENTITY_ENDPOINT", endpoint.as_str()),
        ("IDENTITY_HEADER", "header-secret"),
        ("AZURE_CLIENT_ID", "identity-1"),
    ];
    assert_eq!(cloud.token_sent(&variables), "token-of-app-service");
    let asked = cloud.last_to("/msi/token");
    assert_eq!(field(asked.path.split_once('?').unwrap().1, "resource"), "https://management.azure.com");
    assert_eq!(field(&asked.path, "client_id"), "identity-1");
}

#[test]
fn a_compute_of_machine_learning_is_asked_with_its_secret() {
    let cloud = giving("/MSI/auth", ("secret", "compute-secret"), "token-of-compute");
    let endpoint = format!("{}/MSI/auth", cloud.server.origin);
    let variables = [
        ("MSI_ENDPOINT", endpoint.as_str()),
        ("MSI_SECRET", "compute-secret"),
        ("DEFAULT_IDENTITY_CLIENT_ID", "identity-2"),
    ];
    assert_eq!(cloud.token_sent(&variables), "token-of-compute");
    let asked = cloud.last_to("/MSI/auth");
    assert_eq!(field(&asked.path, "clientid"), "identity-2");
    assert_eq!(field(&asked.path, "resource"), "https://management.azure.com");
}

#[test]
fn a_virtual_machine_asks_its_metadata_service_after_a_look_whether_there_is_one() {
    let cloud = giving("/metadata/identity/oauth2/token", ("metadata", "true"), "token-of-machine");
    let host = [("AZURE_POD_IDENTITY_AUTHORITY_HOST", cloud.server.origin.as_str())];
    assert_eq!(cloud.token_sent(&host), "token-of-machine");
    let asked = cloud.server.asked();
    let probe = asked.iter().find(|asked| asked.path.starts_with("/metadata")).unwrap();
    assert_eq!((probe.path.as_str(), probe.header("metadata")), ("/metadata/identity/oauth2/token", ""));
}

#[test]
fn a_machine_without_an_identity_leaves_it_to_whoever_works_on_it() {
    let cloud = Cloud::answering(|_, asked| {
        let body = json!({"error": "invalid_request", "error_description": "Identity not found"});
        asked.path.starts_with("/metadata").then(|| answer(400, &body))
    });
    cloud.az("token-of-az", FAR);
    let origin = cloud.server.origin.clone();
    assert_eq!(cloud.token_sent(&[("AZURE_POD_IDENTITY_AUTHORITY_HOST", &origin)]), "token-of-az");
}

#[test]
fn a_metadata_service_that_takes_and_says_nothing_is_given_up() {
    let cloud = Cloud::new();
    cloud.az("token-of-az", FAR);
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let host = format!("http://{}", silent.local_addr().unwrap());
    let begun = std::time::Instant::now();
    assert_eq!(cloud.token_sent(&[("AZURE_POD_IDENTITY_AUTHORITY_HOST", &host)]), "token-of-az");
    assert!(begun.elapsed().as_secs() < 30, "it was waited for");
    // The next command does not look again: the token of az is kept.
    assert_eq!(cloud.token_sent(&[("AZURE_POD_IDENTITY_AUTHORITY_HOST", &host)]), "token-of-az");
    assert_eq!(cloud.calls("az").len(), 1);
}

#[test]
fn an_identity_a_machine_is_given_comes_before_a_kept_token_of_az() {
    let has_identity = Arc::new(AtomicBool::new(false));
    let given = Arc::clone(&has_identity);
    let cloud = Cloud::answering(move |_, asked| {
        asked.path.starts_with("/metadata").then(|| match given.load(Ordering::SeqCst) {
            true => token_answer("token-of-machine"),
            false => answer(400, &json!({"error": "invalid_request"})),
        })
    });
    cloud.az("token-of-az", FAR);
    let host = [("AZURE_POD_IDENTITY_AUTHORITY_HOST", cloud.server.origin.as_str())];
    assert_eq!(cloud.token_sent(&host), "token-of-az");
    has_identity.store(true, Ordering::SeqCst);
    assert_eq!(cloud.token_sent(&host), "token-of-machine");
}

#[test]
fn a_kept_token_of_one_instance_is_not_for_another_one() {
    let cloud = Cloud::answering(|_, asked| {
        let name = format!("token-of-{}", asked.header("secret"));
        asked.path.starts_with("/MSI/auth").then(|| token_answer(&name))
    });
    let endpoint = format!("{}/MSI/auth", cloud.server.origin);
    let on = |secret| [("MSI_ENDPOINT", endpoint.as_str()), ("MSI_SECRET", secret)];
    for instance in ["first", "second"] {
        assert_eq!(cloud.token_sent(&on(instance)), format!("token-of-{instance}"));
    }
    assert_eq!(cloud.kept().len(), if cfg!(target_os = "linux") { 2 } else { 0 });
}

#[test]
fn an_identity_service_that_stumbles_is_asked_again() {
    for path in ["/MSI/auth", "/metadata/identity"] {
        let asked_before = AtomicUsize::new(0);
        let cloud = Cloud::answering(move |_, asked| {
            let is_probe = path.starts_with("/metadata") && asked.header("metadata").is_empty();
            (asked.path.starts_with(path) && !is_probe).then(|| {
                match asked_before.fetch_add(1, Ordering::SeqCst) {
                    0 => answer(500, &json!({})),
                    _ => token_answer("second"),
                }
            })
        });
        let endpoint = format!("{}/MSI/auth", cloud.server.origin);
        let variables: &[_] = match path {
            "/MSI/auth" => &[("MSI_ENDPOINT", endpoint.as_str()), ("MSI_SECRET", "s")],
            _ => &[("AZURE_POD_IDENTITY_AUTHORITY_HOST", cloud.server.origin.as_str())],
        };
        assert_eq!(cloud.token_sent(variables), "second", "{path}");
    }
}

#[test]
fn identities_azml_does_not_know_are_named() {
    let cloud = Cloud::new();
    for (variables, name) in [
        (&["IDENTITY_ENDPOINT", "IDENTITY_HEADER", "IDENTITY_SERVER_THUMBPRINT"][..], "Service Fabric"),
        (&["IDENTITY_ENDPOINT", "IMDS_ENDPOINT"], "Azure Arc"),
        (&["MSI_ENDPOINT"], "Cloud Shell"),
    ] {
        let variables: Vec<_> = variables.iter().map(|variable| (*variable, "http://127.0.0.1:1")).collect();
        let message = cloud.refusal(&variables);
        assert!(message.contains("managed identity: ") && message.contains(name), "{message}");
    }
}

#[test]
fn a_managed_identity_that_is_refused_stops_everything() {
    let cloud = Cloud::answering(|_, asked| {
        asked.path.starts_with("/msi").then(|| answer(403, &json!({"message": "wrong header-secret"})))
    });
    cloud.az("token-of-az", FAR);
    let endpoint = format!("{}/msi/token", cloud.server.origin);
    let message =
        cloud.refusal(&[("IDENTITY_ENDPOINT", endpoint.as_str()), ("IDENTITY_HEADER", "header-secret")]);
    assert!(message.starts_with("ERROR: signing in failed (managed identity): "), "{message}");
    assert!(!message.contains("header-secret"), "{message}");
    assert!(cloud.calls("az").is_empty());
}
