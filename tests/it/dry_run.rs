//! `--dry-run`: the exact requests, and nothing sent.

use serde_json::{Value, json};

use super::common::TestEnv;

const SCOPE: &str = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/local/providers/Microsoft.MachineLearningServices/workspaces/local";

#[test]
fn a_deployment_is_planned_with_its_assets_and_nothing_is_made() {
    let env = TestEnv::new();
    env.write("code/score.py", "def run(mini_batch):\n    return mini_batch\n");
    env.write("model/m.txt", "12345");
    env.write(
        "deployment.yml",
        "name: dep\nendpoint_name: ep1\ntype: model\nmodel:\n  path: model\ncode_configuration:\n  code: code\n  \
         scoring_script: score.py\nenvironment:\n  image: img:1\ncompute: azureml:c1\nsettings:\n  mini_batch_size: 5\n",
    );
    env.ok(&["batch-endpoint", "create", "-n", "ep1"]);
    let planned =
        env.json(&["batch-deployment", "create", "-f", "deployment.yml", "--set-default", "--dry-run"]);
    let planned = planned.as_array().unwrap();
    let urls: Vec<&str> = planned.iter().map(|request| request["url"].as_str().unwrap()).collect();
    assert!(urls[0].ends_with("/code"), "{urls:?}");
    assert!(urls[1].starts_with(&format!("{SCOPE}/codes/")), "{urls:?}");
    assert!(
        urls[2].starts_with(&format!("{SCOPE}/environments/CliV2AnonymousEnvironment/versions/")),
        "{urls:?}"
    );
    assert!(urls[3].contains("/LocalUpload/"), "{urls:?}");
    assert!(urls[4].starts_with(&format!("{SCOPE}/models/")), "{urls:?}");
    assert_eq!(
        urls[5..],
        [format!("{SCOPE}/batchEndpoints/ep1/deployments/dep"), format!("{SCOPE}/batchEndpoints/ep1")]
    );
    assert_eq!(planned[3]["body"], json!({"files": 1, "bytes": 5}));
    let deployment = &planned[5];
    assert_eq!(
        (&deployment["method"], &deployment["api_version"]),
        (&json!("PUT"), &json!("2024-01-01-preview"))
    );
    assert_eq!(
        deployment["body"]["properties"]["model"]["assetId"], urls[4],
        "the id is not the one a real run would use"
    );
    assert_eq!(deployment["body"]["properties"]["miniBatchSize"], 5);
    assert_eq!(env.json(&["batch-deployment", "list", "-e", "ep1"]), json!([]));
    assert_eq!(env.json(&["model", "list", "--include-archived"]), json!([]));
}

/// The commands whose help has `--dry-run`, as a test records it.
fn commands_with_a_dry_run() -> Vec<String> {
    let help = include_str!("../snapshots/help.txt");
    let pages = help.split("$ azml ").skip(1).filter(|page| page.contains("--dry-run"));
    let commands: Vec<String> = pages.map(|page| page.split(" --help").next().unwrap().to_owned()).collect();
    assert!(commands.len() >= 10, "the commands were not found: {commands:?}");
    commands
}

#[test]
fn every_command_that_sends_a_change_to_a_workspace_can_be_planned() {
    let env = TestEnv::new();
    env.inputs(2);
    env.deploy("def run(mini_batch):\n    return mini_batch\n", "  mini_batch_size: 1");
    let workspace = || {
        [
            &["batch-endpoint", "list"][..],
            &["batch-deployment", "list", "-e", "ep1"],
            &["compute", "list"],
            &["job", "list"],
            &["model", "list"],
            &["environment", "list"],
            &["data", "list"],
            &["datastore", "list"],
        ]
        .map(|words| env.json(words))
    };
    let mut left = commands_with_a_dry_run();
    // The built-in workspace takes no datastores: a test of workspaces on Azure has this one.
    left.retain(|command| command != "datastore create");
    // Sends nothing to a workspace; its own test is in `environments`.
    left.retain(|command| command != "local prune");
    let before = workspace();
    let scoring = env.json(&["batch-endpoint", "show", "-n", "ep1"])["scoring_uri"].clone();
    for (words, method, url) in [
        (&["batch-endpoint", "create", "-n", "ep2"][..], "PUT", format!("{SCOPE}/batchEndpoints/ep2")),
        (
            &["batch-endpoint", "update", "-n", "ep1", "--set", "description=x"],
            "PUT",
            format!("{SCOPE}/batchEndpoints/ep1"),
        ),
        (
            &["batch-deployment", "create", "-f", "deployment.yml", "--set", "name=other"],
            "PUT",
            format!("{SCOPE}/batchEndpoints/ep1/deployments/other"),
        ),
        (
            &["batch-deployment", "update", "-n", "dep", "-e", "ep1", "--set", "mini_batch_size=9"],
            "PUT",
            format!("{SCOPE}/batchEndpoints/ep1/deployments/dep"),
        ),
        (&["compute", "create", "-n", "c2", "-t", "amlcompute"], "PUT", format!("{SCOPE}/computes/c2")),
        (&["batch-endpoint", "delete", "-n", "ep1"], "DELETE", format!("{SCOPE}/batchEndpoints/ep1")),
        (
            &["batch-deployment", "delete", "-n", "dep", "-e", "ep1"],
            "DELETE",
            format!("{SCOPE}/batchEndpoints/ep1/deployments/dep"),
        ),
        (&["compute", "delete", "-n", "c1"], "DELETE", format!("{SCOPE}/computes/c1")),
        (&["compute", "update", "-n", "c1", "--max-instances", "9"], "PUT", format!("{SCOPE}/computes/c1")),
        (
            &["data", "create", "-n", "d", "-p", "data", "-t", "uri_folder"],
            "PUT",
            format!("{SCOPE}/data/d/versions/1"),
        ),
        (&["model", "create", "-n", "m", "-p", "data"], "PUT", format!("{SCOPE}/models/m/versions/1")),
        (
            &["environment", "create", "-n", "e", "-i", "img:1"],
            "PUT",
            format!("{SCOPE}/environments/e/versions/1"),
        ),
        (
            &["batch-endpoint", "invoke", "-n", "ep1", "--input", "data"],
            "POST",
            scoring.as_str().unwrap().to_owned(),
        ),
        (&["job", "cancel", "-n", "some-job"], "POST", format!("{SCOPE}/jobs/some-job/cancel")),
        (&["job", "resume", "-n", "some-job"], "POST", format!("{SCOPE}/jobs/some-job/resume")),
        (&["job", "retry", "-n", "some-job"], "POST", format!("{SCOPE}/jobs/some-job/retry")),
    ] {
        left.retain(|command| *command != words[..2].join(" "));
        let planned = env.json(&[words, &["--dry-run"]].concat());
        let last = planned.as_array().unwrap().last().unwrap_or(&Value::Null).clone();
        assert_eq!(
            (last["method"].as_str(), last["url"].as_str()),
            (Some(method), Some(url.as_str())),
            "{words:?}"
        );
    }
    assert!(left.is_empty(), "not planned here: {left:?}");
    assert_eq!(workspace(), before, "a dry run changed something");
}

#[test]
fn an_environment_is_planned_as_the_version_that_a_real_run_would_make() {
    let env = TestEnv::new();
    let create = |image| ["environment", "create", "-n", "e", "-i", image];
    let planned = |image| {
        let planned = env.json(&[&create(image)[..], &["--dry-run"]].concat());
        assert_eq!(planned.as_array().unwrap().len(), 1, "{planned}");
        planned[0]["url"].as_str().unwrap().rsplit('/').next().unwrap().to_owned()
    };
    for (image, version) in [("img:1", "1"), ("img:1", "1"), ("img:2", "2"), ("img:2", "2"), ("img:1", "3")] {
        assert_eq!(planned(image), version, "{image}");
        assert_eq!(env.json(&create(image))["version"], version, "{image}");
    }
}
