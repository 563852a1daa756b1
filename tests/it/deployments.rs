//! `batch-deployment`: each verb, what it prints and how it refuses.

use serde_json::json;

use super::common::TestEnv;

const ECHO: &str = "def run(mini_batch):\n    return mini_batch\n";

#[test]
fn create_show_list_update_delete() {
    let env = TestEnv::new();
    env.deploy(ECHO, "  mini_batch_size: 5\n  output_action: append_row");
    let shown = env.json(&["batch-deployment", "show", "-n", "dep", "-e", "ep1"]);
    for (key, value) in [
        ("endpoint_name", json!("ep1")),
        ("mini_batch_size", json!(5)),
        ("max_concurrency_per_instance", json!(1)),
        ("error_threshold", json!(-1)),
        ("output_action", json!("append_row")),
        ("output_file_name", json!("predictions.csv")),
        ("logging_level", json!("Info")),
        ("environment_variables", json!({})),
        ("provisioning_state", json!("Succeeded")),
    ] {
        assert_eq!(shown[key], value, "{key}");
    }
    assert!(shown["compute"].as_str().unwrap().ends_with("/computes/c1"));
    let rows = env.json(&["batch-deployment", "list", "-e", "ep1"]);
    assert_eq!(rows[0]["name"], "dep");
    assert_eq!(rows[0].get("mini_batch_size"), None, "az's list leaves settings out");
    let updated = env.json(&[
        "batch-deployment",
        "update",
        "-n",
        "dep",
        "-e",
        "ep1",
        "--set",
        "mini_batch_size=7",
        "retry_settings.timeout=120",
    ]);
    assert_eq!(updated["mini_batch_size"], 7);
    assert_eq!(updated["retry_settings"]["timeout"], 120);
    assert_eq!(
        updated["code_configuration"], shown["code_configuration"],
        "an edit lost what it did not name"
    );
    assert_eq!(env.ok(&["batch-deployment", "delete", "-n", "dep", "-e", "ep1", "-y"]), "");
    assert_eq!(env.json(&["batch-deployment", "list", "-e", "ep1"]), json!([]));
}

#[test]
fn the_legacy_flat_layout_is_read_too() {
    let env = TestEnv::new();
    env.deploy(ECHO, "  mini_batch_size: 5");
    env.write(
        "flat.yml",
        "name: flat\nendpoint_name: ep1\ncode_configuration:\n  code: code\n  scoring_script: score.py\nenvironment:\n  \
         image: any/image:1\ncompute: azureml:c1\nmini_batch_size: 3\nerror_threshold: 2\nretry_settings:\n  timeout: 300\n",
    );
    let created = env.json(&["batch-deployment", "create", "-f", "flat.yml"]);
    assert_eq!(created["mini_batch_size"], 3);
    assert_eq!(created["error_threshold"], 2);
    assert_eq!(created["retry_settings"]["timeout"], 300);
}

#[test]
fn the_same_content_is_stored_once() {
    let env = TestEnv::new();
    env.deploy(ECHO, "  mini_batch_size: 5");
    let code = || {
        env.json(&["batch-deployment", "show", "-n", "dep", "-e", "ep1"])["code_configuration"]["code"]
            .clone()
    };
    let first = code();
    env.ok(&["batch-deployment", "create", "-f", "deployment.yml"]);
    assert_eq!(code(), first, "the same code folder became another asset");
    env.write("code/score.py", "def run(mini_batch):\n    return []\n");
    env.ok(&["batch-deployment", "create", "-f", "deployment.yml"]);
    assert_ne!(code(), first, "changed code was not noticed");
}

#[test]
fn what_a_deployment_refers_to_has_to_exist() {
    let env = TestEnv::new();
    env.deploy(ECHO, "  mini_batch_size: 5");
    for (change, code, says) in [
        ("compute=azureml:nope", 1, "nope"),
        ("model=azureml:nope:1", 1, "nope"),
        ("model=azureml:nope@latest", 1, "there is no model `nope`"),
        ("environment=azureml:nope:3", 1, "nope"),
        ("endpoint_name=nope", 3, "Batch endpoint nope does not exist."),
    ] {
        let ran = env.run(&[
            "batch-deployment",
            "create",
            "-f",
            "deployment.yml",
            "--set",
            "name=other",
            change,
            "-w",
            "local",
        ]);
        assert!(ran.code == code || ran.code == 3, "{change}: {} {}", ran.code, ran.stderr);
        assert!(ran.stderr.contains(says), "{change}: {}", ran.stderr);
    }
    assert_eq!(
        env.json(&["batch-deployment", "list", "-e", "ep1"]).as_array().unwrap().len(),
        1,
        "something half-made was left"
    );
}

#[test]
fn deleting_an_endpoint_takes_its_deployments_but_not_its_jobs() {
    let env = TestEnv::new();
    env.inputs(2);
    env.deploy(ECHO, "  mini_batch_size: 5");
    let job = env.invoke(&[]);
    assert_eq!(env.stream(&job).code, 0);
    env.ok(&["batch-endpoint", "delete", "-n", "ep1", "-y"]);
    env.fails(3, &["batch-deployment", "show", "-n", "dep", "-e", "ep1"]);
    assert_eq!(env.json(&["job", "show", "-n", &job])["status"], "Completed");
}
