//! `azml local prune`: what goes, and what is spared.

use std::fs;
use std::path::Path;

use super::common::{TestEnv, eventually};
use super::environments::{deploy, machine, machine_with, run, slow_python};

/// What `local prune` prints.
fn prune(env: &TestEnv, words: &[&str]) -> serde_json::Value {
    let ran = env.run(&[&["local", "prune"], words].concat());
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    serde_json::from_str(&ran.stdout).unwrap()
}

fn environments(pruned: &serde_json::Value) -> usize {
    pruned["environments"].as_array().unwrap().len()
}

#[test]
fn prune_asks_and_then_removes_what_no_job_uses() {
    let env = machine();
    assert_eq!(environments(&prune(&env, &[])), 0);
    assert!(!env.azml_home().exists(), "asking made the state folder");
    deploy(&env, "dependencies: [pip]\n");
    assert_eq!(run(&env).code, 0);
    let would = prune(&env, &["--dry-run"]);
    assert_eq!((environments(&would), &would["dry_run"]), (1, &true.into()));
    let found = &would["environments"][0];
    assert!(found["environment"].as_str().unwrap().starts_with("CliV2AnonymousEnvironment:"), "{found}");
    assert!(
        found["bytes"].as_u64().unwrap() > 0 && found["python"].as_str().unwrap().starts_with("3."),
        "{found}"
    );
    let refused = env.run(&["local", "prune"]);
    assert_eq!(refused.code, 1, "nobody was asked");
    assert!(refused.stderr.contains("1 environment"), "{}", refused.stderr);
    assert_eq!(environments(&prune(&env, &["--yes", "--older-than", "1"])), 0, "it was used today");
    assert!(run(&env).stdout.contains("reusing"));

    let ran = env.run(&["local", "prune", "--yes"]);
    assert!(ran.stderr.contains("Freed "), "{}", ran.stderr);
    let path = Path::new(found["path"].as_str().unwrap());
    assert!(
        !path.exists()
            && fs::read_dir(path.parent().unwrap())
                .unwrap()
                .all(|entry| { entry.unwrap().file_name().to_string_lossy().ends_with(".lines") })
    );
    assert_eq!(environments(&prune(&env, &["--yes"])), 0);
    let ran = run(&env);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains("Building the environment"), "{}", ran.stdout);
}

#[test]
fn prune_sweeps_small_files_where_there_is_nothing_else_to_remove() {
    let env = TestEnv::new();
    let folder = env.azml_home().join("environments");
    fs::create_dir_all(&folder).unwrap();
    // About a conda file that is gone.
    let lines = folder.join("0123.lines");
    fs::write(&lines, r#"[{"text":"six","file":"/no/such/conda.yml","line":1,"column":1}]"#).unwrap();
    let dry = prune(&env, &["--dry-run"]);
    assert!(lines.exists() && dry["bytes"] == 0, "{dry}");
    assert_eq!(environments(&prune(&env, &[])), 0);
    assert!(!lines.exists(), "it stays for ever");
}

#[test]
fn prune_spares_what_a_running_job_uses_or_builds() {
    let env = machine_with(&[("AZML_PYTHON", "slow-python".to_owned())]);
    slow_python(&env);
    let go = env.work().join("go-on");
    let script = format!(
        "import os, time\ndef run(mini_batch):\n    while not os.path.exists({go:?}): time.sleep(0.01)\n    return ['done']\n"
    );
    deploy(&env, "dependencies: [pip]\n");
    env.write("code/score.py", script);
    env.redeploy(&["environment.conda_file=conda.yml"]);
    let job = env.invoke(&[]);
    let in_use = || {
        let pruned = prune(&env, &["--yes"]);
        assert_eq!(environments(&pruned), 0, "{pruned}");
        pruned["in_use"].as_array().unwrap().len()
    };
    eventually("the environment is being built", || env.work().join("builders").exists());
    assert_eq!(in_use(), 1);
    env.write("go", "");
    eventually("the job runs", || env.json(&["job", "show", "-n", &job])["status"] == "Running");
    assert_eq!(in_use(), 1);
    fs::write(go, "").unwrap();
    let ran = env.stream(&job);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(environments(&prune(&env, &["--yes"])), 1);
}
