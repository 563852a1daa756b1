//! Service principals, workload identities and the identities of build services.

use std::fs;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::super::common::skip;
use super::{Cloud, answer, field, files_below};

const SECRET: &str = "client~secret.of-the-test";
const PRINCIPAL: [(&str, &str); 3] =
    [("AZURE_TENANT_ID", "tenant-1"), ("AZURE_CLIENT_ID", "client-1"), ("AZURE_CLIENT_SECRET", SECRET)];

#[test]
fn a_client_secret_is_exchanged_for_a_token_once_and_kept_nowhere() {
    let cloud = Cloud::new();
    assert_eq!(cloud.token_sent(&PRINCIPAL), "token-1");
    let asked = cloud.last_to("/tenant-1/oauth2/v2.0/token");
    assert_eq!(field(&asked.body, "client_id"), "client-1");
    assert_eq!(field(&asked.body, "client_secret"), SECRET);
    assert_eq!(field(&asked.body, "grant_type"), "client_credentials");
    assert_eq!(field(&asked.body, "scope"), "https://management.azure.com/.default");
    assert_eq!(cloud.token_sent(&PRINCIPAL), "token-1");
    assert_eq!(cloud.asked_for_tokens(), 1);
    for file in files_below(cloud.env.azml_home()) {
        let text = String::from_utf8_lossy(&fs::read(&file).unwrap()).into_owned();
        assert!(!text.contains(SECRET), "{} holds the secret", file.display());
    }
}

#[test]
fn another_secret_is_another_identity() {
    let cloud = Cloud::new();
    cloud.token_sent(&PRINCIPAL);
    let [tenant, client, _] = PRINCIPAL;
    assert_eq!(cloud.token_sent(&[tenant, client, ("AZURE_CLIENT_SECRET", "other")]), "token-2");
}

#[test]
fn a_wrong_secret_stops_everything_and_is_not_shown() {
    let cloud = Cloud::answering(|_, asked| {
        // An authority that repeats what it was told.
        asked.path.ends_with("/token").then(|| {
            let description = format!("AADSTS7000215: Invalid client secret: '{SECRET}'.\r\nTrace ID: 1");
            answer(401, &json!({"error": "invalid_client", "error_description": description, "error_codes": [7000215]}))
        })
    });
    cloud.az("token-of-az", super::FAR);
    let message = cloud.refusal(&PRINCIPAL);
    assert!(message.starts_with("ERROR: signing in failed (service principal): AADSTS7000215"), "{message}");
    assert!(message.contains("AZURE_TOKEN_CREDENTIALS"), "{message}");
    assert!(!message.contains(SECRET), "{message}");
    let ran = cloud.run(&["compute", "list", "--debug"], &PRINCIPAL);
    assert!(!ran.stderr.contains(SECRET), "{}", ran.stderr);
    assert!(cloud.calls("az").is_empty(), "somebody else was signed in instead");
}

#[test]
fn a_token_service_that_is_not_there_is_named() {
    let cloud = Cloud::new();
    let variables = [&PRINCIPAL[..], &[("AZURE_AUTHORITY_HOST", "http://127.0.0.1:1")]].concat();
    let message = cloud.refusal(&variables);
    assert!(message.contains("http://127.0.0.1:1/tenant-1/oauth2/v2.0/token"), "{message}");
    assert!(message.to_lowercase().contains("refused"), "{message}");
}

/// A key and its certificate, and those of somebody else, by OpenSSL, whatever its own configuration says.
fn make_certificates(cloud: &Cloud) -> Option<()> {
    cloud.env.write("openssl.cnf", "[req]\ndistinguished_name = name\n[name]\n");
    for (key, certificate) in [("key.pem", "certificate.pem"), ("other-key.pem", "other.pem")] {
        let made = Command::new("openssl")
            .args([
                "req",
                "-config",
                "openssl.cnf",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=azml",
            ])
            .args(["-keyout", key, "-out", certificate])
            .current_dir(cloud.env.work())
            .output()
            .ok()?;
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    }
    Some(())
}

/// One file made of several.
fn join(cloud: &Cloud, name: &str, parts: &[&str]) -> String {
    let text: String = parts.iter().map(|part| cloud.env.read(part)).collect();
    cloud.env.write(name, text).to_str().unwrap().to_owned()
}

fn openssl(cloud: &Cloud, arguments: &[&str]) -> String {
    let output = Command::new("openssl").args(arguments).current_dir(cloud.env.work()).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn a_certificate_signs_a_statement_that_openssl_finds_good() {
    let cloud = Cloud::new();
    if make_certificates(&cloud).is_none() {
        return skip("there is no openssl to make a certificate");
    }
    // Files often begin with the certificate of the authority; the key's own one counts.
    let path = join(&cloud, "all.pem", &["key.pem", "other.pem", "certificate.pem"]);
    let variables = [PRINCIPAL[0], PRINCIPAL[1], ("AZURE_CLIENT_CERTIFICATE_PATH", path.as_str())];
    assert_eq!(cloud.token_sent(&variables), "token-1");
    let asked = cloud.last_to("/tenant-1/oauth2/v2.0/token");
    let statement = field(&asked.body, "client_assertion");
    let parts: Vec<&str> = statement.split('.').collect();
    let [header, claims] = [parts[0], parts[1]]
        .map(|part| serde_json::from_slice::<Value>(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap());
    assert_eq!((&header["alg"], &header["x5c"]), (&json!("PS256"), &Value::Null));
    assert_eq!((&claims["iss"], &claims["sub"]), (&json!("client-1"), &json!("client-1")));
    assert_eq!(claims["aud"], format!("{}/tenant-1/oauth2/v2.0/token", cloud.server.origin));
    // The thumbprint and the signature, as OpenSSL computes them.
    let print = openssl(&cloud, &["x509", "-in", "certificate.pem", "-noout", "-fingerprint", "-sha256"]);
    let print = print.trim().rsplit('=').next().unwrap().replace(':', "").to_lowercase();
    let sent = URL_SAFE_NO_PAD.decode(header["x5t#S256"].as_str().unwrap()).unwrap();
    assert_eq!(sent.iter().map(|byte| format!("{byte:02x}")).collect::<String>(), print);
    cloud.env.write("signed", format!("{}.{}", parts[0], parts[1]));
    cloud.env.write("signature", URL_SAFE_NO_PAD.decode(parts[2]).unwrap());
    let public = openssl(&cloud, &["x509", "-in", "certificate.pem", "-noout", "-pubkey"]);
    cloud.env.write("public.pem", public);
    let padding = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"];
    let verify =
        [&["dgst", "-sha256", "-verify", "public.pem", "-signature", "signature"], &padding[..], &["signed"]];
    assert!(openssl(&cloud, &verify.concat()).contains("Verified OK"));

    // Another command has the token kept; with the chain, the certificate goes along.
    assert_eq!(cloud.token_sent(&variables), "token-1");
    fs::remove_dir_all(cloud.tokens_dir()).unwrap();
    cloud.token_sent(&[&variables[..], &[("AZURE_CLIENT_SEND_CERTIFICATE_CHAIN", "true")]].concat());
    let statement = field(&cloud.last_to("/tenant-1/oauth2/v2.0/token").body, "client_assertion");
    let header = URL_SAFE_NO_PAD.decode(statement.split('.').next().unwrap()).unwrap();
    let header: Value = serde_json::from_slice(&header).unwrap();
    let own = openssl(&cloud, &["x509", "-in", "certificate.pem", "-outform", "PEM"]);
    let own: String = own.lines().filter(|line| !line.starts_with('-')).collect();
    assert_eq!((header["x5c"].as_array().unwrap().len(), &header["x5c"][0]), (2, &json!(own)));
}

#[test]
fn a_certificate_that_cannot_be_used_says_how_to_make_one_that_can() {
    let cloud = Cloud::new();
    if make_certificates(&cloud).is_none() {
        return skip("there is no openssl to make a certificate");
    }
    let refusal = |path: &str, more: &[(&str, &str)]| {
        let certificate = [PRINCIPAL[0], PRINCIPAL[1], ("AZURE_CLIENT_CERTIFICATE_PATH", path)];
        cloud.refusal(&[&certificate[..], more].concat())
    };
    let pfx = ["pkcs12", "-export", "-inkey", "key.pem", "-in", "certificate.pem", "-out", "c.pfx"];
    openssl(&cloud, &[&pfx[..], &["-passout", "pass:hidden-word"]].concat());
    let message = refusal("c.pfx", &[("AZURE_CLIENT_CERTIFICATE_PASSWORD", "hidden-word")]);
    assert!(message.contains("openssl pkcs12") && !message.contains("hidden-word"), "{message}");

    openssl(
        &cloud,
        &["pkey", "-in", "key.pem", "-aes256", "-passout", "pass:hidden-word", "-out", "locked.pem"],
    );
    join(&cloud, "locked-both.pem", &["locked.pem", "certificate.pem"]);
    let message = refusal("locked-both.pem", &[("AZURE_CLIENT_CERTIFICATE_PASSWORD", "hidden-word")]);
    assert!(message.contains("password") && message.contains("openssl pkey"), "{message}");
    assert!(!message.contains("hidden-word"), "{message}");

    join(&cloud, "mixed.pem", &["key.pem", "other.pem"]);
    for file in ["certificate.pem", "mixed.pem"] {
        assert!(refusal(file, &[]).contains("a certificate and its RSA private key"), "{file}");
    }
    assert!(refusal("nowhere.pem", &[]).contains("`nowhere.pem`"));
    assert_eq!(cloud.asked_for_tokens(), 0);
}

#[test]
fn a_workload_identity_shows_the_assertion_in_its_file() {
    let cloud = Cloud::new();
    let file = cloud.env.write("assertion", "assertion-of-kubernetes");
    let identity = [PRINCIPAL[0], PRINCIPAL[1], ("AZURE_FEDERATED_TOKEN_FILE", file.to_str().unwrap())];
    assert_eq!(cloud.token_sent(&identity), "token-1");
    let asked = cloud.last_to("/tenant-1/oauth2/v2.0/token");
    assert_eq!(field(&asked.body, "client_assertion"), "assertion-of-kubernetes");
    let message =
        cloud.refusal(&[PRINCIPAL[0], PRINCIPAL[1], ("AZURE_FEDERATED_TOKEN_FILE", "/nowhere/token")]);
    assert!(message.contains("workload identity") && message.contains("/nowhere/token"), "{message}");
}

/// Variables of a build service whose addresses are on the stand-in.
fn with_origin<'a>(variables: &[(&'a str, &'a str)], url: (&'a str, &'a str)) -> Vec<(&'a str, &'a str)> {
    [variables, &[url]].concat()
}

#[test]
fn github_actions_is_asked_for_a_new_assertion_with_every_token() {
    let tries = AtomicUsize::new(0);
    let cloud = Cloud::answering(move |_, asked| {
        // The runner's service has its moments.
        asked.path.starts_with("/github").then(|| match tries.fetch_add(1, Ordering::SeqCst) {
            0 => answer(503, &json!({})),
            _ => answer(200, &json!({"value": "assertion-of-github"})),
        })
    });
    let url = format!("{}/github?api-version=2.0", cloud.server.origin);
    let variables = [PRINCIPAL[0], PRINCIPAL[1], ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "runner-secret")];
    let variables = with_origin(&variables, ("ACTIONS_ID_TOKEN_REQUEST_URL", &url));
    cloud.token_sent(&variables);
    let asked = cloud.last_to("/github");
    assert_eq!(asked.path, "/github?api-version=2.0&audience=api%3A%2F%2FAzureADTokenExchange");
    assert_eq!(asked.authorization, "Bearer runner-secret");
    let exchange = cloud.last_to("/tenant-1/oauth2/v2.0/token");
    assert_eq!(field(&exchange.body, "client_assertion"), "assertion-of-github");
    fs::remove_dir_all(cloud.tokens_dir()).unwrap();
    cloud.token_sent(&variables);
    let asked = cloud.server.asked();
    assert_eq!(asked.iter().filter(|asked| asked.path.starts_with("/github")).count(), 3);
}

#[test]
fn a_runner_on_plain_http_elsewhere_is_not_told_its_token() {
    let cloud = Cloud::new();
    let message = cloud.refusal(&[
        PRINCIPAL[0],
        PRINCIPAL[1],
        ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "runner-secret"),
        ("ACTIONS_ID_TOKEN_REQUEST_URL", "http://runner.invalid/x?y"),
    ]);
    assert!(message.contains("plain http") && !message.contains("runner-secret"), "{message}");
}

#[test]
fn azure_pipelines_gives_the_assertion_of_its_service_connection() {
    let cloud = Cloud::answering(|_, asked| {
        asked.path.starts_with("/oidc").then(|| answer(200, &json!({"oidcToken": "assertion-of-pipelines"})))
    });
    let url = format!("{}/oidc", cloud.server.origin);
    let variables = [
        ("SYSTEM_OIDCREQUESTURI", url.as_str()),
        ("SYSTEM_ACCESSTOKEN", "job-secret"),
        ("AZURESUBSCRIPTION_SERVICE_CONNECTION_ID", "connection-1"),
        ("AZURESUBSCRIPTION_TENANT_ID", "tenant-2"),
        ("AZURESUBSCRIPTION_CLIENT_ID", "client-2"),
    ];
    cloud.token_sent(&variables);
    let asked = cloud.last_to("/oidc");
    assert_eq!((asked.method.as_str(), asked.authorization.as_str()), ("POST", "Bearer job-secret"));
    assert_eq!(field(asked.path.split_once('?').unwrap().1, "serviceConnectionId"), "connection-1");
    let exchange = cloud.last_to("/tenant-2/oauth2/v2.0/token");
    assert_eq!(field(&exchange.body, "client_assertion"), "assertion-of-pipelines");
}
