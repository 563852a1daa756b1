//! Tokens between commands and during long ones: kept privately, not used past their end, asked for anew when refused.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;

use super::{Cloud, FAR, answer};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn now() -> i64 {
    let since = std::time::UNIX_EPOCH.elapsed().unwrap();
    i64::try_from(since.as_secs()).unwrap()
}

#[test]
fn two_commands_start_az_once_and_nobody_else_reads_what_is_kept() {
    let cloud = Cloud::new();
    cloud.az("token-of-az", FAR);
    assert_eq!(cloud.token_sent(&[]), "token-of-az");
    assert_eq!(cloud.token_sent(&[]), "token-of-az");
    assert_eq!(cloud.calls("az").len(), 1);
    let [kept] = &cloud.kept()[..] else { panic!("{:?}", cloud.kept()) };
    assert_eq!((mode(kept), mode(&cloud.tokens_dir())), (0o600, 0o700));

    // What others could have read is asked for again.
    fs::set_permissions(kept, fs::Permissions::from_mode(0o644)).unwrap();
    cloud.token_sent(&[]);
    assert_eq!((cloud.calls("az").len(), mode(kept)), (2, 0o600));
    fs::write(kept, "{ broken").unwrap();
    cloud.token_sent(&[]);
    assert_eq!(cloud.calls("az").len(), 3);
}

#[test]
fn another_login_is_not_given_the_token_of_the_last_one() {
    let cloud = Cloud::new();
    cloud.profile("me", "sub");
    cloud.az("token-of-me", FAR);
    assert_eq!(cloud.token_sent(&[]), "token-of-me");
    cloud.profile("you", "sub");
    cloud.az("token-of-you", FAR);
    assert_eq!(cloud.token_sent(&[]), "token-of-you");
}

#[test]
fn a_token_near_its_end_is_neither_kept_nor_used_twice() {
    let cloud = Cloud::new();
    cloud.az("token-of-az", now() + 240);
    cloud.token_sent(&[]);
    cloud.token_sent(&[]);
    assert_eq!(cloud.calls("az").len(), 2);
    assert!(cloud.kept().is_empty());
}

#[test]
fn the_token_the_user_gives_is_used_everywhere_and_kept_nowhere() {
    let cloud = Cloud::new();
    cloud.az("token-of-az", FAR);
    let ran = cloud.run(&["batch-endpoint", "list-jobs", "-n", "ep1"], &[("AZML_ACCESS_TOKEN", " given\n")]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(cloud.last_to("/mferp/").authorization == "Bearer given");
    assert!(cloud.calls("az").is_empty() && !cloud.env.azml_home().exists());
    let refused = cloud.run(&["compute", "list"], &[("AZML_ACCESS_TOKEN", "with space")]);
    assert_eq!(refused.code, 1);
    assert!(refused.stderr.contains("AZML_ACCESS_TOKEN") && !refused.stderr.contains("with space"));
}

#[test]
fn reset_forgets_tokens_too() {
    let cloud = Cloud::new();
    cloud.az("token-of-az", FAR);
    cloud.token_sent(&[]);
    let ran = cloud.env.run(&["local", "reset", "--yes"]);
    assert_eq!((ran.code, cloud.kept().len()), (0, 0), "{}", ran.stderr);
}

#[test]
fn a_home_that_cannot_be_written_costs_only_the_keeping() {
    let cloud = Cloud::new();
    cloud.az("token-of-az", FAR);
    let file = cloud.env.write("file", "");
    let home = file.join("below");
    cloud.token_sent(&[("AZML_HOME", home.to_str().unwrap())]);
    cloud.token_sent(&[("AZML_HOME", home.to_str().unwrap())]);
    assert_eq!(cloud.calls("az").len(), 2);
}

#[test]
fn which_way_was_used_can_be_seen_and_the_token_cannot() {
    let cloud = Cloud::new();
    cloud.az("token-of-az", FAR);
    for how in ["new", "kept"] {
        let ran = cloud.run(&["compute", "list", "--debug"], &[]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let note = format!("Token for https://management.azure.com/.default: {how}, Azure CLI");
        assert!(ran.stderr.contains(&note), "{}", ran.stderr);
        assert!(!ran.stderr.contains("token-of-az"), "{}", ran.stderr);
    }
}

/// A cloud that creates an endpoint in `polls` steps; `is_good` says which tokens it takes at which step.
fn long_operation(polls: usize, is_good: impl Fn(&str, usize) -> bool + Send + Sync + 'static) -> Cloud {
    let polled = AtomicUsize::new(0);
    Cloud::answering(move |origin, asked| {
        let token = asked.authorization.strip_prefix("Bearer ").unwrap_or_default();
        match (asked.method.as_str(), asked.path.split('?').next().unwrap()) {
            ("PUT", _) => Some((
                201,
                vec![
                    ("azure-asyncoperation", format!("{origin}/operation")),
                    ("x-ms-retry-after-ms", "1".to_owned()),
                ],
                "{}".to_owned(),
            )),
            ("GET", "/operation") => Some(match is_good(token, polled.load(Ordering::SeqCst)) {
                true => {
                    let done = polled.fetch_add(1, Ordering::SeqCst) + 1 == polls;
                    let status = if done { "Succeeded" } else { "InProgress" };
                    (
                        200,
                        vec![("x-ms-retry-after-ms", "1".to_owned())],
                        json!({"status": status}).to_string(),
                    )
                }
                false => {
                    let error = json!({"code": "ExpiredAuthenticationToken", "message": "it ran out"});
                    answer(401, &json!({"error": error}))
                }
            }),
            _ => None,
        }
    })
}

const PRINCIPAL: [(&str, &str); 3] =
    [("AZURE_TENANT_ID", "t"), ("AZURE_CLIENT_ID", "c"), ("AZURE_CLIENT_SECRET", "secret-of-test")];

#[test]
fn a_token_that_runs_out_while_an_operation_is_followed_is_renewed() {
    let cloud = long_operation(4, |token, polled| token == if polled < 2 { "token-1" } else { "token-2" });
    let ran = cloud.run(&["batch-endpoint", "create", "-n", "ep1"], &PRINCIPAL);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(cloud.asked_for_tokens(), 2);
    // The refused one was forgotten, the new one kept.
    assert_eq!(cloud.token_sent(&PRINCIPAL), "token-2");
    assert_eq!(cloud.asked_for_tokens(), 2);
}

#[test]
fn a_token_near_its_end_is_renewed_before_the_next_poll() {
    let cloud = long_operation(3, |_, _| true);
    cloud.az("token-of-az", now() + 240);
    let ran = cloud.run(&["batch-endpoint", "create", "-n", "ep1"], &[]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let requests = cloud.server.asked().len();
    assert_eq!(cloud.calls("az").len(), requests, "a token near its end was used for two requests");
}

#[test]
fn a_service_that_refuses_every_token_is_asked_twice_and_not_for_ever() {
    let cloud = long_operation(1, |_, _| false);
    let ran = cloud.run(&["batch-endpoint", "create", "-n", "ep1"], &PRINCIPAL);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("ExpiredAuthenticationToken"), "{}", ran.stderr);
    let polls =
        |cloud: &Cloud| cloud.server.asked().iter().filter(|asked| asked.path == "/operation").count();
    assert_eq!(polls(&cloud), 2);
    // There is no other token than the one the user gave.
    let cloud = long_operation(1, |_, _| false);
    let ran = cloud.run(&["batch-endpoint", "create", "-n", "ep1"], &[("AZML_ACCESS_TOKEN", "given")]);
    assert_eq!((ran.code, polls(&cloud)), (1, 1));
}
