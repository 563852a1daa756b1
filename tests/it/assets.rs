//! `model`, `environment` and `data`: register, show by version and label, list.

use serde_json::json;

use super::common::TestEnv;

#[test]
fn models_are_versioned() {
    let env = TestEnv::new();
    env.write("model/weights.bin", [0, 1, 2, 255]);
    let first = env.json(&["model", "create", "-n", "m", "-p", "model", "--description", "d"]);
    assert_eq!((&first["version"], &first["type"]), (&json!("1"), &json!("custom_model")));
    assert!(first["id"].as_str().unwrap().starts_with("azureml:/subscriptions/"));
    assert!(first["path"].as_str().unwrap().contains("/datastores/workspaceblobstore/paths/LocalUpload/"));
    env.write("model/weights.bin", [9]);
    assert_eq!(env.json(&["model", "create", "-n", "m", "-p", "model"])["version"], "2");
    assert_eq!(env.json(&["model", "show", "-n", "m", "-v", "1"])["description"], "d");
    assert_eq!(env.json(&["model", "show", "-n", "m", "--label", "latest"])["version"], "2");
    let rows = env.json(&["model", "list"]);
    assert_eq!((&rows[0]["name"], &rows[0]["latest version"]), (&json!("m"), &json!("2")));
    let versions: Vec<_> = env.json(&["model", "list", "-n", "m"]).as_array().unwrap().clone();
    assert_eq!(
        versions.iter().map(|row| row["version"].clone()).collect::<Vec<_>>(),
        [json!("2"), json!("1")]
    );
}

#[test]
fn environments_keep_their_conda_file() {
    let env = TestEnv::new();
    env.write(
        "conda.yml",
        "name: x\nchannels: [conda-forge]\ndependencies:\n- python=3.11\n- pip:\n  - a==1.0\n",
    );
    env.write("env.yml", "name: e\nversion: 3\nimage: any/image:1\nconda_file: conda.yml\ntags: {t: 1}\n");
    let created = env.json(&["environment", "create", "-f", "env.yml"]);
    assert_eq!(created["conda_file"]["dependencies"], json!(["python=3.11", {"pip": ["a==1.0"]}]));
    assert_eq!((&created["version"], &created["os_type"]), (&json!("3"), &json!("linux")));
    assert_eq!(env.json(&["environment", "show", "-n", "e", "-l", "latest"]), created);
    assert_eq!(env.json(&["environment", "list"])[0], json!({"name": "e", "latest version": "3"}));
    assert_eq!(env.json(&["environment", "list", "-n", "e"]), json!([{"name": "e", "version": "3"}]));
}

#[test]
fn data_assets_are_files_and_folders() {
    let env = TestEnv::new();
    env.inputs(2);
    let folder = env.json(&["data", "create", "-n", "d", "-p", "data", "-t", "URI_FOLDER"]);
    assert_eq!((&folder["type"], &folder["version"]), (&json!("uri_folder"), &json!("1")));
    let file =
        env.json(&["data", "create", "-n", "f", "-p", "data/000.txt", "--type", "uri_file", "-v", "v1"]);
    assert!(file["path"].as_str().unwrap().ends_with("/000.txt"));
    assert_eq!(env.json(&["data", "show", "-n", "d", "-v", "1"]), folder);
    let table = env.ok(&["data", "list", "-o", "table"]);
    assert_eq!(table, "Name    Latest version\n------  ----------------\nd       1\nf       v1\n");
}

#[test]
fn a_file_too_large_for_one_request_goes_up_in_blocks() {
    let env = TestEnv::new();
    let content: Vec<u8> = (0..(17_u32 << 20)).map(|at| (at / 4099).to_le_bytes()[0]).collect();
    env.write("data/large.bin", &content);
    let created = env.json(&["data", "create", "-n", "d", "-v", "1", "-p", "data", "-t", "uri_folder"]);
    let (_, name) = created["path"].as_str().unwrap().split_once("/paths/").unwrap();
    let container = env.json(&["datastore", "show", "-n", "workspaceblobstore"])["container_name"].clone();
    let container = env.azml_home().join("blobs").join(container.as_str().unwrap());
    let stored = std::fs::read(container.join("data").join(name).join("large.bin")).unwrap();
    assert!(stored == content, "what is stored is not what was sent");
    assert_eq!(std::fs::read_dir(container.join("blocks")).unwrap().count(), 0, "blocks were left behind");
}

#[test]
fn what_is_not_there_is_exit_code_3() {
    let env = TestEnv::new();
    for noun in ["model", "environment", "data"] {
        let stderr = env.fails(3, &[noun, "show", "-n", "nope", "-v", "1"]);
        assert!(stderr.contains("nope"), "{stderr}");
        let stderr = env.fails(1, &[noun, "show", "-n", "nope"]);
        assert!(stderr.contains("--version"), "{stderr}");
    }
}

#[test]
fn the_built_in_workspace_refuses_datastores_also_on_a_dry_run() {
    let env = TestEnv::new();
    env.write("store.yml", "name: d\ntype: azure_blob\naccount_name: a\ncontainer_name: c\n");
    for more in [&[][..], &["--dry-run"]] {
        let stderr = env.fails(1, &[&["datastore", "create", "-f", "store.yml"], more].concat());
        assert!(
            stderr.contains("the workspace built into azml") && stderr.contains("on Azure do"),
            "{stderr}"
        );
    }
}

#[test]
fn a_version_cannot_be_moved_to_other_content() {
    let env = TestEnv::new();
    env.inputs(1);
    env.ok(&["data", "create", "-n", "d", "-v", "1", "-p", "data"]);
    env.write("data/more.txt", "x");
    let stderr = env.fails(1, &["data", "create", "-n", "d", "-v", "1", "-p", "data"]);
    assert!(stderr.contains("Asset paths cannot be updated."), "{stderr}");
}

#[test]
fn paths_that_are_not_there_are_named() {
    let env = TestEnv::new();
    let stderr = env.fails(1, &["model", "create", "-n", "m", "-p", "no/such/model"]);
    assert!(stderr.contains("no/such/model"), "{stderr}");
    let stderr = env.fails(1, &["model", "create", "-n", "m"]);
    assert_eq!(stderr, "ERROR: Please provide either --file/-f  or --name/-n and --path/-p.\n");
}
