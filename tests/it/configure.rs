//! `configure` and where the workspace comes from.

use serde_json::json;

use super::common::TestEnv;

#[test]
fn defaults_are_written_listed_and_used() {
    let env = TestEnv::new();
    let ran = env.run(&["configure", "--defaults", "workspace=local", "group="]);
    assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (0, "", ""));
    let config = env.home().join(".azure/config");
    assert_eq!(std::fs::read_to_string(&config).unwrap(), "[defaults]\nworkspace = local\ngroup = \n\n");
    let listed = env.run(&["configure", "-l"]).stdout;
    let expected = json!([{"name": "workspace", "source": config.to_str().unwrap(), "value": "local"}]);
    assert_eq!(serde_json::from_str::<serde_json::Value>(&listed).unwrap(), expected);
    // A configured workspace needs no announcement.
    assert_eq!(env.run(&["batch-endpoint", "list"]).stderr, "");
}

#[test]
fn the_built_in_workspace_is_announced_when_nothing_named_it() {
    let env = TestEnv::new();
    let ran = env.run(&["batch-endpoint", "list"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "[]\n"));
    assert_eq!(ran.stderr.lines().count(), 1);
    assert!(ran.stderr.starts_with("Workspace: local"), "{}", ran.stderr);
    assert_eq!(env.run(&["batch-endpoint", "list", "--only-show-errors"]).stderr, "");
}

#[test]
fn a_workspace_on_azure_is_not_mistaken_for_the_local_one() {
    let env = TestEnv::new();
    let ran = env.run(&["batch-endpoint", "list", "-g", "rg", "-w", "ws"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""));
    assert!(ran.stderr.contains("`ws`") && ran.stderr.contains("az login"), "{}", ran.stderr);
    assert!(!env.azml_home().exists());
    let ran = env.run(&["batch-endpoint", "list", "-w", "ws"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.contains("the following arguments are required: --resource-group/-g"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_file_that_is_not_ini_stops_every_command() {
    let env = TestEnv::new();
    std::fs::create_dir_all(env.home().join(".azure")).unwrap();
    std::fs::write(env.home().join(".azure/config"), "nonsense\n").unwrap();
    let ran = env.run(&["batch-endpoint", "list"]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains(".azure/config") && ran.stderr.contains("line 1"), "{}", ran.stderr);
}

#[test]
fn words_that_are_no_defaults_are_refused() {
    let env = TestEnv::new();
    let ran = env.run(&["configure", "--defaults", "workspace"]);
    assert_eq!(
        (ran.code, ran.stderr.as_str()),
        (1, "ERROR: usage error: --defaults STRING=STRING STRING=STRING ...\n")
    );
    assert_eq!(env.run(&["configure"]).code, 1);
}
