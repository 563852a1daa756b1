//! The Azure CLI and the Azure Developer CLI, what is tried in which order, and the clouds.

use serde_json::json;

use super::super::common::assert_snapshot;
use super::{Cloud, FAR, answer};

#[test]
fn nobody_signed_in_is_one_message_that_names_every_way_and_what_to_do() {
    let cloud = Cloud::new();
    assert_snapshot("tests/snapshots/nobody_signed_in.txt", &cloud.refusal(&[]));
}

#[test]
fn az_is_asked_for_the_subscription_of_the_workspace() {
    let cloud = Cloud::new();
    cloud.az("token-of-az", FAR);
    cloud.profile("me", "sub");
    assert_eq!(cloud.token_sent(&[]), "token-of-az");
    let call = "AzureCloud: account get-access-token -o json --scope https://management.azure.com/.default \
                --subscription sub";
    assert_eq!(cloud.calls("az"), [call]);
}

#[test]
fn the_active_subscription_of_az_is_the_default() {
    let cloud = Cloud::new();
    cloud.az("token-of-az", FAR);
    cloud.profile("me", "active-1");
    let ran = cloud.run_anywhere(&["compute", "list", "-w", "ws", "-g", "rg"], &[]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(cloud.server.asked()[0].path.starts_with("/subscriptions/active-1/"));
}

#[test]
fn no_subscription_is_said_before_anybody_signs_in() {
    let cloud = Cloud::new();
    cloud.az("token-of-az", FAR);
    let ran = cloud.run_anywhere(&["compute", "list", "-w", "ws", "-g", "rg"], &[]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("az login") && ran.stderr.contains("--subscription"), "{}", ran.stderr);
    assert!(cloud.calls("az").is_empty());
}

#[test]
fn a_subscription_az_does_not_know_is_reached_through_the_named_tenant() {
    let cloud = Cloud::new();
    cloud.az("token-of-az", FAR);
    cloud.token_sent(&[("AZURE_TENANT_ID", "tenant-1")]);
    assert!(cloud.calls("az")[0].ends_with(".default --tenant tenant-1"), "{:?}", cloud.calls("az"));
}

#[test]
fn azd_signs_in_where_nobody_is_signed_in_to_az() {
    let cloud = Cloud::new();
    cloud.program("az", "echo \"ERROR: Please run 'az login' to setup account.\" >&2; exit 1");
    cloud.program("azd", "echo '{\"token\": \"token-of-azd\", \"expiresOn\": \"2100-01-01T00:00:00Z\"}'");
    assert_eq!(cloud.token_sent(&[]), "token-of-azd");
    assert!(cloud.calls("azd")[0].contains("auth token -o json --no-prompt --scope"));
}

/// An `azd` somebody is signed in to.
const AZD: &str = "echo '{\"token\": \"token-of-azd\", \"expiresOn\": \"2100-01-01T00:00:00Z\"}'";

#[test]
fn an_az_that_fails_lets_azd_sign_in_and_is_asked_again_by_the_next_command() {
    for body in ["echo \"ERROR: AADSTS700082: it ran out\" >&2; exit 1", "kill -SEGV $$", "echo '{}'"] {
        let cloud = Cloud::new();
        cloud.program("az", body);
        cloud.program("azd", AZD);
        assert_eq!(cloud.token_sent(&[]), "token-of-azd", "{body}");
        cloud.az("token-of-az", FAR);
        assert_eq!(cloud.token_sent(&[]), "token-of-az", "{body}: the kept token of azd came before az");
    }
}

#[test]
fn who_signs_in_to_az_comes_before_a_kept_token_of_azd() {
    let cloud = Cloud::new();
    cloud.program("az", "echo \"ERROR: Please run 'az login' to setup account.\" >&2; exit 1");
    cloud.program("azd", AZD);
    assert_eq!(cloud.token_sent(&[]), "token-of-azd");
    assert_eq!(cloud.token_sent(&[]), "token-of-azd");
    assert_eq!((cloud.calls("az").len(), cloud.calls("azd").len()), (1, 1), "not every command starts az");
    cloud.profile("me", "sub");
    cloud.az("token-of-az", FAR);
    assert_eq!(cloud.token_sent(&[]), "token-of-az");
}

#[test]
fn what_az_says_when_it_fails_is_told_when_nobody_else_is_there() {
    let cloud = Cloud::new();
    let said = "AADSTS700082: The refresh token has expired due to inactivity. Run the command below:\naz logout\naz login";
    cloud.program("az", &format!("echo \"ERROR: {said}\" >&2; exit 1"));
    let message = cloud.refusal(&[]);
    assert!(message.starts_with("ERROR: nobody is signed in to Azure."), "{message}");
    let told = format!("  Azure CLI: `az` failed: ERROR: {}\n", said.replace('\n', "\n    "));
    assert!(message.contains(&told), "{message}");
}

#[test]
fn what_az_prints_by_mistake_is_not_repeated() {
    let cloud = Cloud::new();
    let token = format!("eyJ{}", "x".repeat(200));
    cloud.program("az", &format!("echo '{{\"accessToken\": \"{token}\", \"expires_on\": \"{token}\"}}'"));
    let message = cloud.refusal(&[]);
    assert!(!message.contains(&token), "{message}");
}

#[test]
fn the_variable_chooses_between_people_and_machines() {
    let cloud = Cloud::new();
    cloud.az("token-of-az", FAR);
    let principal =
        [("AZURE_TENANT_ID", "t"), ("AZURE_CLIENT_ID", "c"), ("AZURE_CLIENT_SECRET", "secret-of-test")];
    let chosen = |value| [&principal[..], &[("AZURE_TOKEN_CREDENTIALS", value)]].concat();
    assert_eq!(cloud.token_sent(&chosen("prod")), "token-1");
    assert_eq!(cloud.token_sent(&chosen("dev")), "token-of-az");
    assert_eq!(cloud.token_sent(&chosen("azureclicredential")), "token-of-az");
    assert_eq!(cloud.token_sent(&chosen("EnvironmentCredential")), "token-1");
    assert!(cloud.refusal(&chosen("AzurePowerShellCredential")).contains("AzureCliCredential"));
    let message = cloud.refusal(&[("AZURE_TOKEN_CREDENTIALS", "EnvironmentCredential")]);
    assert!(message.contains("AZURE_CLIENT_SECRET") && !message.contains("Azure CLI:"), "{message}");
}

#[test]
fn the_cloud_of_az_decides_whom_tokens_are_for() {
    let cloud = Cloud::new();
    cloud.az("token-of-az", FAR);
    std::fs::create_dir_all(cloud.env.home().join(".azure")).unwrap();
    std::fs::write(cloud.env.home().join(".azure/config"), "[cloud]\nname = AzureUSGovernment\n").unwrap();
    cloud.token_sent(&[]);
    cloud.token_sent(&[("AZURE_CLOUD", "AzureChinaCloud")]);
    let calls = cloud.calls("az");
    let start = |cloud: &str, origin: &str| {
        format!("{cloud}: account get-access-token -o json --scope {origin}/.default")
    };
    assert_eq!(calls[0], start("AzureUSGovernment", "https://management.usgovcloudapi.net"));
    assert_eq!(calls[1], start("AzureChinaCloud", "https://management.chinacloudapi.cn"));
    let unknown = cloud.refusal(&[("AZURE_CLOUD", "AzureMoonCloud")]);
    assert!(unknown.contains("AzureMoonCloud") && unknown.contains("AzureUSGovernment"), "{unknown}");
}

#[test]
fn a_datastore_is_in_the_storage_service_of_the_cloud() {
    let cloud = Cloud::new();
    cloud.env.write(
        "store.yml",
        "name: store\ntype: azure_data_lake_gen2\naccount_name: account\nfilesystem: files\n\
         credentials:\n  tenant_id: t\n  client_id: c\n  client_secret: secret-of-test\n",
    );
    let variables = [("AZURE_CLOUD", "AzureUSGovernment"), ("AZURE_AUTHORITY_HOST", "")];
    let ran = cloud.run(&["datastore", "create", "-f", "store.yml", "--dry-run"], &variables);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let printed: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let properties = &printed[0]["body"]["properties"];
    assert_eq!(properties["endpoint"], "core.usgovcloudapi.net");
    assert_eq!(properties["credentials"]["authorityUrl"], "https://login.microsoftonline.us");
}

#[test]
fn jobs_of_an_endpoint_are_asked_for_with_a_token_for_machine_learning() {
    let cloud = Cloud::new();
    let token = |name| json!({"accessToken": name, "expires_on": FAR, "tokenType": "Bearer"});
    cloud.program(
        "az",
        &format!(
            "case \"$*\" in *https://ml.azure.com/.default*) echo '{}';; *) echo '{}';; esac",
            token("token-for-ml"),
            token("token-for-arm")
        ),
    );
    let ran = cloud.run(&["batch-endpoint", "list-jobs", "-n", "ep1"], &[]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let asked = cloud.server.asked();
    for asked in &asked {
        let expected = match asked.path.as_str() {
            path if path.starts_with("/mferp/") => "Bearer token-for-ml",
            "/discovery" => "",
            _ => "Bearer token-for-arm",
        };
        assert_eq!(asked.authorization, expected, "{}", asked.path);
    }
    assert!(asked.iter().any(|asked| asked.path.starts_with("/mferp/")), "{asked:?}");
}

#[test]
fn a_service_that_wants_a_new_sign_in_is_told_from_one_that_says_no() {
    let cloud = Cloud::answering(|_, asked| {
        asked.path.contains("/computes").then(|| {
            let challenge = "Bearer realm=\"\", error=\"insufficient_claims\", claims=\"eyJhIjp7fX0=\"";
            let (status, _, body) = answer(401, &json!({"error": {"code": "Refused", "message": "no"}}));
            (status, vec![("www-authenticate", challenge.to_owned())], body)
        })
    });
    cloud.az("token-of-az", FAR);
    let message = cloud.refusal(&[]);
    assert!(message.contains("az login --claims-challenge \"eyJhIjp7fX0=\""), "{message}");
}
