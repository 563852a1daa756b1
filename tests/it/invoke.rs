//! `batch-endpoint invoke`: the file of a run, and what is looked at before anything is uploaded.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::common::served::Served;
use super::common::stand_in::StandIn;
use super::common::{Ran, TestEnv};

const SCRIPT: &str = "def run(mini_batch):\n    return mini_batch\n";

/// Endpoint `ep1` with the deployment `dep`, which is not the default, and three input files.
fn deployed() -> TestEnv {
    let env = TestEnv::new();
    env.inputs(3);
    env.deploy(SCRIPT, "  mini_batch_size: 5");
    env.ok(&["batch-endpoint", "create", "-n", "ep1"]);
    env
}

/// Whether input data has been uploaded.
fn has_uploads(env: &TestEnv) -> bool {
    let containers = std::fs::read_dir(env.azml_home().join("blobs")).into_iter().flatten().flatten();
    containers.map(|container| container.path().join("data/LocalUpload")).any(|path| path.exists())
}

#[test]
fn the_file_of_a_run_names_deployment_and_inputs_relative_to_itself() {
    let env = deployed();
    let run = "deployment_name: dep\ninputs:\n  in: {path: ../data, type: uri_folder}\n";
    env.write("runs/run.yml", run);
    env.write("runs/other.yml", run.replace("dep\n", "nope\n"));
    fn invoke<'w>(more: &[&'w str]) -> Vec<&'w str> {
        [&["batch-endpoint", "invoke", "-n", "ep1"], more].concat()
    }
    let stderr = env.fails(1, &invoke(&["--input", "data"]));
    assert!(stderr.contains("default deployment"), "the deployment is no default here: {stderr}");
    let stderr = env.fails(1, &invoke(&["-f", "runs/other.yml"]));
    assert!(stderr.contains("Deployment name nope not found"), "{stderr}");
    let job = env.ok(&invoke(&["-f", "runs/other.yml", "-d", "dep", "--query", "name", "-o", "tsv"]));
    assert_eq!(env.stream(job.trim()).code, 0, "the option does not win over the file");
    let job = env.ok(&invoke(&["-f", "runs/run.yml", "--query", "name", "-o", "tsv"]));
    let ran = env.stream(job.trim());
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
}

#[test]
fn a_file_for_another_endpoint_is_refused() {
    let env = deployed();
    env.write("run.yml", "endpoint_name: ep2\ndeployment_name: dep\ninputs: {in: {path: data}}\n");
    let stderr = env.fails(1, &["batch-endpoint", "invoke", "-n", "ep1", "-f", "run.yml"]);
    for says in ["run.yml:1:16", "`ep2`", "`ep1`"] {
        assert!(stderr.contains(says), "`{says}` is missing: {stderr}");
    }
    env.write("run.yml", "endpoint: EP1\ndeployment_name: dep\ninputs: {in: {path: data}}\n");
    env.ok(&["batch-endpoint", "invoke", "-n", "ep1", "-f", "run.yml", "--dry-run"]);
}

#[test]
fn nothing_is_uploaded_before_every_input_is_known_to_be_there() {
    let env = deployed();
    env.write(
        "run.yml",
        "deployment_name: dep\ninputs:\n  a: {path: data}\n  b: {path: nope, type: uri_file}\n",
    );
    let stderr = env.fails(1, &["batch-endpoint", "invoke", "-n", "ep1", "-f", "run.yml"]);
    for says in ["run.yml:4:13", "inputs.b: there is no file or folder at `nope`"] {
        assert!(stderr.contains(says), "`{says}` is missing: {stderr}");
    }
    assert!(!stderr.contains("--input"), "blames an option that was not given: {stderr}");
    env.write("run.yml", "deployment_name: dep\ninputs: {a: {path: data}}\n");
    let stderr = env.fails(1, &["batch-endpoint", "invoke", "-n", "ep1", "-f", "run.yml", "--input", "no"]);
    assert!(stderr.contains("--input: there is no file or folder at `no`"), "{stderr}");
    let stderr = env.fails(1, &["batch-endpoint", "invoke", "-n", "ep1", "-f", "run.yml", "-d", "nope"]);
    assert!(stderr.contains("nope"), "{stderr}");
    assert!(!has_uploads(&env), "something was uploaded for a run that could not be");
}

/// Scores the file at `address` with these variables set; what following the job said.
fn score(env: &TestEnv, address: &str, variables: &[(&str, &str)]) -> Ran {
    let words = ["batch-endpoint", "invoke", "-n", "ep1", "-d", "dep", "--input", address, "-w", "local"];
    let more = ["--query", "name", "-o", "tsv"];
    let output = env.command(&[&words[..], &more].concat()).envs(variables.iter().copied()).output().unwrap();
    let ran = Ran::of(output);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    env.stream(ran.stdout.trim())
}

#[test]
fn an_input_on_a_busy_server_is_fetched_as_often_as_the_user_wants() {
    let env = deployed();
    let count = AtomicUsize::new(0);
    let server = StandIn::start(move |_, _| match count.fetch_add(1, Ordering::SeqCst) % 3 {
        2 => (200, Vec::new(), "content".to_owned()),
        _ => (503, Vec::new(), String::new()),
    });
    let address = format!("{}/a.txt", server.origin);
    let ran = score(&env, &address, &[]);
    assert_eq!((ran.code, server.asked().len()), (0, 3), "{}{}", ran.stdout, ran.stderr);
    let ran = score(&env, &address, &[("AZML_RETRIES", "0")]);
    assert_eq!((ran.code, server.asked().len()), (1, 4), "{}", ran.stdout);
    assert!(ran.stderr.contains("503"), "{}", ran.stderr);
}

#[test]
fn an_input_is_fetched_from_a_server_that_only_the_users_certificates_make_trusted() {
    let env = deployed();
    let elsewhere = TestEnv::new();
    let served = Served::start(&elsewhere, &[]);
    std::fs::copy(served.certificate(), env.work().join("mine.pem")).unwrap();
    let address = format!("{}/metadata/endpoints", served.origin());
    let ran = score(&env, &address, &[]);
    assert_eq!(ran.code, 1, "{}", ran.stdout);
    assert!(ran.stderr.contains("its certificate is not trusted"), "{}", ran.stderr);
    for variable in ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"] {
        // Relative to where the command is started, which is not where the job runs.
        let ran = score(&env, &address, &[(variable, "mine.pem")]);
        assert_eq!(ran.code, 0, "{variable}: {}{}", ran.stdout, ran.stderr);
    }
}
