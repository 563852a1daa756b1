//! `batch-endpoint`: each verb, what it prints and how it refuses.

use serde_json::json;

use super::common::TestEnv;

#[test]
fn create_show_list_update_delete() {
    let env = TestEnv::new();
    let created = env.json(&["batch-endpoint", "create", "--name", "Digits-1"]);
    assert_eq!(created["name"], "digits-1", "az lower-cases the option");
    assert_eq!(created["auth_mode"], "aad_token");
    assert_eq!(env.json(&["batch-endpoint", "show", "-n", "digits-1"]), created);
    let rows = env.json(&["batch-endpoint", "list"]);
    let keys: Vec<&String> = rows[0].as_object().unwrap().keys().collect();
    let expected = [
        "auth_mode",
        "deployment_name",
        "id",
        "location",
        "name",
        "provisioning_state",
        "resourceGroup",
        "scoring_uri",
    ];
    assert_eq!(keys, expected);
    let updated = env.json(&[
        "batch-endpoint",
        "update",
        "-n",
        "digits-1",
        "--set",
        "tags.a=1",
        "description=x y",
        "--set",
        "tags.b=two",
        "--remove",
        "tags.a",
    ]);
    assert_eq!(updated["tags"], json!({"b": "two"}));
    assert_eq!(updated["description"], "x y");
    assert_eq!(env.ok(&["batch-endpoint", "delete", "-n", "digits-1", "--yes"]), "");
    assert_eq!(env.json(&["batch-endpoint", "list"]), json!([]));
}

#[test]
fn what_is_not_there_is_exit_code_3() {
    let env = TestEnv::new();
    for words in [
        &["batch-endpoint", "show", "-n", "nope"][..],
        &["batch-endpoint", "update", "-n", "nope"],
        &["batch-endpoint", "delete", "-n", "nope", "-y"],
        &["batch-endpoint", "list-jobs", "-n", "nope"],
        &[
            "batch-endpoint",
            "invoke",
            "-n",
            "nope",
            "--input",
            "azureml://datastores/workspaceblobstore/paths/x",
        ],
    ] {
        let stderr = env.fails(3, words);
        assert!(
            stderr.starts_with("ERROR: (UserError) Batch endpoint nope does not exist."),
            "{words:?}: {stderr}"
        );
    }
}

#[test]
fn deleting_asks_unless_told_not_to() {
    let env = TestEnv::new();
    env.ok(&["batch-endpoint", "create", "-n", "ep1"]);
    let stderr = env.fails(1, &["batch-endpoint", "delete", "-n", "ep1"]);
    assert_eq!(
        stderr,
        "WARNING: Unable to prompt for confirmation as no tty available. Use --yes.\nERROR: Operation cancelled.\n"
    );
    env.ok(&["batch-endpoint", "show", "-n", "ep1"]);
}

#[test]
fn no_wait_prints_nothing() {
    let env = TestEnv::new();
    assert_eq!(env.ok(&["batch-endpoint", "create", "-n", "ep1", "--no-wait"]), "");
}

#[test]
fn invoking_without_a_default_deployment_says_what_az_says() {
    let env = TestEnv::new();
    env.inputs(1);
    env.ok(&["batch-endpoint", "create", "-n", "ep1"]);
    let stderr = env.fails(1, &["batch-endpoint", "invoke", "-n", "ep1", "--input", "data"]);
    assert!(stderr.starts_with(
        "ERROR: Met error <class 'str'>:Set a default deployment or provide a deployment name through cli command.\n"
    ), "{stderr}");
}

#[test]
fn an_unknown_deployment_is_refused_before_anything_is_uploaded() {
    let env = TestEnv::new();
    env.inputs(1);
    env.deploy("def run(mini_batch):\n    return mini_batch\n", "  mini_batch_size: 1");
    let stderr = env.fails(1, &["batch-endpoint", "invoke", "-n", "ep1", "-d", "nope", "--input", "data"]);
    assert!(stderr.contains("Deployment name nope not found for this endpoint"), "{stderr}");
    assert!(stderr.contains("dep"), "the deployments there are should be named: {stderr}");
    assert_eq!(env.json(&["job", "list"]), json!([]));
}

#[test]
fn inputs_that_are_not_there_are_refused() {
    let env = TestEnv::new();
    env.deploy("def run(mini_batch):\n    return mini_batch\n", "  mini_batch_size: 1");
    std::fs::create_dir(env.work().join("empty")).unwrap();
    for (input, says) in [
        ("nowhere", "there is no file or folder at `nowhere`"),
        ("empty", "holds no files"),
        ("azureml:nope:1", "nope"),
        ("azureml:nope@latest", "there is no data asset `nope`"),
        ("azureml://datastores/nope/paths/x", "nope"),
        ("azureml://datastores/workspaceblobstore/paths/no/such/", "no/such"),
    ] {
        let ran = env.run(&["batch-endpoint", "invoke", "-n", "ep1", "--input", input, "-w", "local"]);
        assert!([1, 3].contains(&ran.code), "{input}: {}", ran.stderr);
        assert!(ran.stderr.contains(says), "{input}: {}", ran.stderr);
    }
    assert_eq!(env.json(&["job", "list"]), json!([]), "a refused invocation left a job");
}

#[test]
fn an_empty_input_is_no_input() {
    let env = TestEnv::new();
    env.inputs(1);
    env.deploy("def run(mini_batch):\n    return mini_batch\n", "  mini_batch_size: 1");
    let stderr = env.fails(1, &["batch-endpoint", "invoke", "-n", "ep1", "--input", "", "-d", ""]);
    assert!(stderr.contains("exactly one"), "{stderr}");
    assert_eq!(env.json(&["job", "list"]), json!([]));
}

#[test]
fn a_run_file_may_name_files_of_this_machine() {
    let env = TestEnv::new();
    env.inputs(2);
    env.deploy(
        "import os\ndef run(mini_batch):\n    return [os.path.basename(path) for path in mini_batch]\n",
        "  mini_batch_size: 1",
    );
    env.write("runs/run.yml", "inputs:\n  images:\n    type: uri_folder\n    path: ../data\n");
    let job = env.ok(&[
        "batch-endpoint",
        "invoke",
        "-n",
        "ep1",
        "-f",
        "runs/run.yml",
        "--query",
        "name",
        "-o",
        "tsv",
    ]);
    assert_eq!(env.stream(job.trim()).code, 0);
    env.ok(&["job", "download", "-n", job.trim()]);
    assert_eq!(env.read("predictions.csv"), "000.txt\n001.txt\n");
}

#[test]
fn overrides_are_checked_before_anything_is_sent() {
    let env = TestEnv::new();
    for (words, says) in [
        (&["--mini-batch-size", "many"][..], "--mini-batch-size"),
        (&["--mini-batch-size", "0"], "--mini-batch-size"),
        (&["--set", "mini_batchsize=3"], "mini_batch_size"),
        (&["--set", "retry_settings.timeout=soon"], "retry_settings.timeout"),
        (&["--set", "nonsense"], "usage error: --set KEY=VALUE"),
        (&["--output-path", "./here"], "--output-path"),
    ] {
        let stderr =
            env.fails(1, &[&["batch-endpoint", "invoke", "-n", "ep1", "--input", "data"], words].concat());
        assert!(stderr.contains(says), "{words:?}: {stderr}");
    }
}
