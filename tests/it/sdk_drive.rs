//! Microsoft's Python SDK, as it is installed from a registry, drives the local workspace through `azml local serve`;
//! nothing is changed but the environment, as the server prints it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};

use super::common::python::python_with;
use super::common::served::Served;
use super::common::{TestEnv, reference_or_skip, skip};
use super::sdk_specs::SDK;

const SUM: &str = "import os\ndef run(mini_batch):\n    return [f'{os.path.basename(path)} {int(open(path).read()) * 2}' for path in mini_batch]\n";
const BROKEN: &str = "def run(mini_batch):\n    raise ValueError('no such luck')\n";

fn python() -> Option<PathBuf> {
    match python_with("sdk-venv", SDK) {
        Ok(python) => Some(python),
        Err(reason) => {
            skip(&reason);
            None
        }
    }
}

fn deployment(name: &str, script: &str) -> String {
    format!(
        "name: {name}\nendpoint_name: digits-demo\ntype: model\nmodel:\n  path: model\ncode_configuration:\n  code: code\n  \
         scoring_script: {script}\nenvironment:\n  image: any/image:1\ncompute: azureml:c1\nsettings:\n  mini_batch_size: 2\n  \
         error_threshold: 0\n  retry_settings:\n    max_retries: 1\n"
    )
}

fn specs(env: &TestEnv) {
    env.inputs(5);
    env.write("model/weights.txt", "2");
    env.write("code/score.py", SUM);
    env.write("code/broken.py", BROKEN);
    env.write("compute.yml", "name: c1\ntype: amlcompute\nsize: Standard_DS3_v2\nmax_instances: 1\n");
    env.write("endpoint.yml", "name: digits-demo\ndescription: driven by the SDK\n");
    env.write("deployment.yml", deployment("dep", "score.py"));
    env.write("broken.yml", deployment("broken", "broken.py"));
}

/// Runs a script with nothing in its environment but what the server prints.
fn drive(env: &TestEnv, served: &Served, command: &mut Command) -> Output {
    command
        .current_dir(env.work())
        .env_clear()
        .envs(served.variables().iter().map(|(name, value)| (name, value)))
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", env.home())
        .output()
        .unwrap()
}

#[track_caller]
fn succeeded(output: Output) -> String {
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{stdout}\n{}", String::from_utf8_lossy(&output.stderr));
    stdout
}

#[test]
fn the_sdk_and_azml_see_the_same_workspace() {
    let Some(python) = python() else {
        return;
    };
    let env = TestEnv::new();
    specs(&env);
    let served = Served::start(&env, &[]);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sdk/drive.py");
    let told = succeeded(drive(&env, &served, Command::new(python).arg(script).arg(env.work())));
    let told: Value = serde_json::from_str(told.lines().last().unwrap()).unwrap();

    let rows = json!(["000.txt 0", "001.txt 2", "002.txt 4", "003.txt 6", "004.txt 8"]);
    assert_eq!((&told["rows"], &told["rows_of_data"]), (&rows, &rows));
    let job = told["job"].as_str().unwrap();
    let log = told["stream"].as_str().unwrap();
    assert!(log.starts_with(&format!("RunId: {job}\nWeb View: file://")), "{log}");
    assert!(log.contains("\nStreaming logs/azureml/executionlogs.txt\n"), "{log}");
    assert_eq!((&told["children"], &told["left"]), (&json!(["Completed"]), &json!(["dep"])));
    assert!(told["failure"].as_str().unwrap().contains("ValueError: no such luck"), "{}", told["failure"]);
    assert_eq!(told["missing"], json!({ "status": 404, "message": "Batch endpoint nobody does not exist." }));
    assert_eq!(told["finished"]["status"], 400);

    let shown = env.json(&["batch-deployment", "show", "-n", "dep", "-e", "digits-demo"]);
    assert_eq!(shown["provisioning_state"], told["deployment"]["state"]);
    assert!(shown["model"].as_str().unwrap().ends_with(told["deployment"]["model"].as_str().unwrap()));
    let names =
        env.ok(&["batch-endpoint", "list-jobs", "-n", "digits-demo", "--query", "[].name", "-o", "tsv"]);
    let mut names: Vec<&str> = names.lines().collect();
    names.sort_unstable();
    assert_eq!(told["jobs"].as_array().unwrap().len(), 2);
    assert_eq!(names.len(), 3, "the failed job came later");
    env.ok(&["job", "download", "-n", job, "-p", "again"]);
    assert_eq!(
        env.read("again/predictions.csv").lines().collect::<Vec<_>>(),
        rows.as_array().unwrap().iter().map(|row| row.as_str().unwrap()).collect::<Vec<_>>()
    );
}

#[test]
fn the_blob_client_is_answered_as_by_azure() {
    let Some(python) = python() else {
        return;
    };
    let env = TestEnv::new();
    let served = Served::start(&env, &[]);
    let store = env.json(&["datastore", "show", "-n", "workspaceblobstore"]);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sdk/blobs.py");
    let mut command = Command::new(python);
    succeeded(drive(&env, &served, command.arg(script).arg(store["container_name"].as_str().unwrap())));
}

#[test]
fn the_script_of_the_readme_runs_as_it_stands() {
    let Some(python) = python() else {
        return;
    };
    let env = TestEnv::new();
    specs(&env);
    env.ok(&["compute", "create", "-f", "compute.yml"]);
    env.ok(&["batch-endpoint", "create", "-f", "endpoint.yml"]);
    env.ok(&["batch-deployment", "create", "-f", "deployment.yml", "--set-default"]);
    let served = Served::start(&env, &[]);
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let script = readme.split("```python\n").nth(1).unwrap().split("```").next().unwrap();
    succeeded(drive(&env, &served, Command::new(python).args(["-c", script])));
    assert_eq!(env.read("results/predictions.csv").lines().count(), 5);
}

/// The acceptance script of the reference, in every way it knows of reaching a server.
#[test]
fn the_official_script_passes_every_step() {
    let Some(reference) = reference_or_skip() else {
        return;
    };
    let Some(python) = python() else {
        return;
    };
    let script = reference.join("acceptance/official_sdk.py");
    for (via, credential, more) in [
        ("mfe", "default", &[][..]),
        ("metadata", "default", &[][..]),
        ("metadata", "fake", &["--insecure-any-token"][..]),
    ] {
        let env = TestEnv::new();
        let served = Served::start(&env, more);
        let mut command = Command::new(&python);
        command.arg(&script).args(["--base-url", served.origin(), "--via", via, "--credential", credential]);
        let said = succeeded(drive(&env, &served, &mut command));
        assert!(
            !said.contains("FAIL") && said.lines().filter(|line| line.starts_with("PASS")).count() > 30,
            "{said}"
        );
    }
}
