//! `azml local serve`: what it prints, whom it lets in, and how it ends.

use std::fs;

use super::common::TestEnv;
use super::common::served::Served;

#[test]
fn the_lines_name_the_workspace_commands_act_on() {
    let env = TestEnv::new();
    env.ok(&["batch-endpoint", "create", "-n", "ep1"]);
    let served = Served::start(&env, &[]);
    let names: Vec<_> = served.variables().iter().map(|(name, _)| name.as_str()).collect();
    let expected = [
        "AZUREML_DEV_URL_MFE",
        "REQUESTS_CA_BUNDLE",
        "IDENTITY_ENDPOINT",
        "IDENTITY_HEADER",
        "AZURE_TOKEN_CREDENTIALS",
        "AZURE_SUBSCRIPTION_ID",
        "AZURE_RESOURCE_GROUP",
        "AZURE_ML_WORKSPACE",
    ];
    assert_eq!(names, expected);
    let workspace = ["AZURE_SUBSCRIPTION_ID", "AZURE_RESOURCE_GROUP", "AZURE_ML_WORKSPACE"]
        .map(|name| served.variable(name));
    assert_eq!(workspace, ["00000000-0000-0000-0000-000000000000", "local", "local"]);
    let (origin, token) = (served.origin(), served.token());
    let over_the_network = |workspace: &str| {
        let place =
            ["-w", workspace, "-g", "local", "--subscription", "00000000-0000-0000-0000-000000000000"];
        let output = env
            .command(&[&["batch-endpoint", "list", "--query", "[].name", "-o", "tsv"], &place[..]].concat())
            .env("AZML_ARM_ENDPOINT", origin)
            .env("AZML_ACCESS_TOKEN", &token)
            .env("SSL_CERT_FILE", served.certificate())
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    // Named in full it is a workspace like any other; of another name, it is another one, made at first use.
    assert_eq!(over_the_network("LOCAL"), "ep1\n");
    assert_eq!(over_the_network("other"), "");
}

#[test]
fn other_terminals_get_the_lines_of_the_server_that_runs() {
    let env = TestEnv::new();
    let print = ["local", "serve", "--print-env"];
    let none = env.run(&print);
    assert_eq!((none.code, none.stdout.as_str()), (1, ""));
    assert!(none.stderr.contains("`azml local serve` starts one"), "{}", none.stderr);
    let served = Served::start(&env, &[]);
    let lines: String =
        served.variables().iter().map(|(name, value)| format!("export {name}={value}\n")).collect();
    assert_eq!(env.run(&print).stdout, lines);
    let status: serde_json::Value = serde_json::from_str(&env.run(&["local", "status"]).stdout).unwrap();
    assert_eq!(status["servers"], serde_json::json!([served.origin()]));
    let powershell = env.run(&[&print[..], &["--shell", "powershell"]].concat()).stdout;
    assert!(powershell.contains("$Env:AZURE_ML_WORKSPACE = 'local'\n"), "{powershell}");
    let second = Served::start(&env, &[]);
    let many = env.run(&print);
    assert!(many.code == 1 && many.stderr.contains("--port"), "{}", many.stderr);
    let port = second.origin().rsplit(':').next().unwrap();
    assert!(env.run(&[&print[..], &["--port", port]].concat()).stdout.contains(second.origin()));
    assert_eq!((served.stop(), second.stop()), (0, 0));
    assert_eq!(env.run(&print).code, 1);
}

#[test]
fn a_killed_server_is_not_taken_for_one_that_runs_and_leaves_its_port() {
    let env = TestEnv::new();
    let served = Served::start(&env, &[]);
    let port = served.origin().rsplit(':').next().unwrap().to_owned();
    let busy = env.run(&["local", "serve", "--port", &port]);
    assert_eq!((busy.code, busy.stdout.as_str()), (1, ""));
    assert!(busy.stderr.contains(&format!("port {port} is in use")), "{}", busy.stderr);
    let refused = env.run(&["local", "reset", "--yes"]);
    assert!(refused.code == 1 && refused.stderr.contains("being served"), "{}", refused.stderr);
    drop(served);
    assert_eq!(env.run(&["local", "serve", "--print-env"]).code, 1);
    assert_eq!(env.run(&["local", "reset", "--yes"]).code, 0);
    assert_eq!(fs::read_dir(env.azml_home()).unwrap().count(), 0);
}

#[test]
fn behind_a_proxy_the_lines_spare_this_machine_in_both_spellings() {
    let env = TestEnv::new();
    let _served = Served::start(&env, &[]);
    let mut command = env.command(&["local", "serve", "--print-env"]);
    let output = command.env("https_proxy", "http://127.0.0.1:9").env("no_proxy", "corp").output().unwrap();
    let lines = String::from_utf8(output.stdout).unwrap();
    for name in ["NO_PROXY", "no_proxy"] {
        assert!(lines.contains(&format!("export {name}=corp,127.0.0.1,localhost\n")), "{lines}");
    }
}

#[test]
fn a_job_inherits_nothing_that_opens_the_server() {
    let env = TestEnv::new();
    env.inputs(1);
    let script = "import os\nNAMES = ['AZML_ACCESS_TOKEN', 'IDENTITY_HEADER', 'REQUESTS_CA_BUNDLE', 'KEPT']\n\
                  def run(mini_batch):\n    return [' '.join(name for name in NAMES if name in os.environ)]\n";
    env.deploy(script, "  mini_batch_size: 1");
    let served = Served::start(&env, &[]);
    let invoke = ["batch-endpoint", "invoke", "-n", "ep1", "--input", "data", "--query", "name", "-o", "tsv"];
    let output = env
        .command(&[&invoke[..], &["-w", "local"]].concat())
        .envs(served.variables().iter().map(|(name, value)| (name, value)))
        .envs([("AZML_ACCESS_TOKEN", "secret"), ("KEPT", "x")])
        .output()
        .unwrap();
    let job = String::from_utf8(output.stdout).unwrap();
    assert_eq!(env.stream(job.trim()).code, 0);
    env.ok(&["job", "download", "-n", job.trim()]);
    assert_eq!(env.read("predictions.csv"), "KEPT\n");
}

#[cfg(unix)]
#[test]
fn what_is_kept_is_the_users_alone_even_in_a_folder_others_may_read() {
    use std::os::unix::fs::PermissionsExt;
    let env = TestEnv::new();
    let open = |path: &std::path::Path| fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    fs::create_dir_all(env.azml_home().join("serve")).unwrap();
    open(env.azml_home());
    open(&env.azml_home().join("serve"));
    let _served = Served::start(&env, &[]);
    let mode = |name: &str| fs::metadata(env.azml_home().join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(["serve", "serve/key.pem", "state.db"].map(mode), [0o700, 0o600, 0o600]);
}

#[test]
fn the_certificate_stays_and_the_secret_is_another_one_at_every_start() {
    let env = TestEnv::new();
    let start = || {
        let served = Served::start(&env, &[]);
        (fs::read(served.certificate()).unwrap(), served.variable("IDENTITY_HEADER").to_owned())
    };
    let (first, second) = (start(), start());
    assert_eq!(first.0, second.0);
    assert_ne!(first.1, second.1);
}

#[test]
fn accepting_any_token_is_said_aloud() {
    let env = TestEnv::new();
    let served = Served::start(&env, &["--insecure-any-token"]);
    assert!(served.said().contains("WARNING: Any token is accepted"), "{}", served.said());
    let place = ["-w", "local", "-g", "local", "--subscription", "00000000-0000-0000-0000-000000000000"];
    let output = env
        .command(&[&["batch-endpoint", "list"], &place[..]].concat())
        .env("AZML_ARM_ENDPOINT", served.origin())
        .env("AZML_ACCESS_TOKEN", "made-up")
        .env("SSL_CERT_FILE", served.certificate())
        .output()
        .unwrap();
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "[]\n",
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn a_certificate_that_is_not_trusted_is_one_try_and_says_what_to_do() {
    let env = TestEnv::new();
    let served = Served::start(&env, &[]);
    let list = |variables: &[(&str, &str)]| {
        let words = ["batch-endpoint", "list", "-w", "ws", "-g", "local", "--subscription", "s", "-o", "tsv"];
        let mut command = env.command(&words);
        command.env("AZML_ARM_ENDPOINT", served.origin()).env("AZML_ACCESS_TOKEN", served.token());
        command.envs(variables.iter().copied());
        let output = command.output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, stderr) = list(&[]);
    assert_eq!(code, 1);
    assert!(stderr.contains("REQUESTS_CA_BUNDLE") && !stderr.contains("tried"), "{stderr}");
    let certificate = served.certificate();
    for variable in ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"] {
        // A proxy is not asked for what listens on this machine.
        let (code, stderr) =
            list(&[(variable, certificate.to_str().unwrap()), ("HTTPS_PROXY", "http://127.0.0.1:1")]);
        assert_eq!((code, stderr.as_str()), (0, ""), "{variable}");
    }
    let folder = certificate.parent().unwrap().to_str().unwrap();
    assert_eq!(list(&[("REQUESTS_CA_BUNDLE", folder)]).0, 0);
    let (code, stderr) = list(&[("REQUESTS_CA_BUNDLE", "/nowhere.pem")]);
    assert_eq!(code, 1);
    assert!(stderr.contains("`/nowhere.pem`"), "{stderr}");
}
