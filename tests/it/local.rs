//! `local status`, `local reset`, `local demo`, and state that cannot be used.

use std::fs;

use super::common::{TestEnv, eventually};

#[test]
fn status_counts_what_is_there_and_makes_nothing() {
    let env = TestEnv::new();
    let status = env.run(&["local", "status"]);
    assert_eq!(status.code, 0, "{}", status.stderr);
    assert!(!env.azml_home().exists(), "asking made the state folder");
    env.ok(&["batch-endpoint", "create", "-n", "ep1"]);
    let status: serde_json::Value = serde_json::from_str(&env.run(&["local", "status"]).stdout).unwrap();
    assert_eq!(status["endpoints"], 1);
    assert_eq!(status["home"], env.azml_home().to_str().unwrap());
}

#[test]
fn reset_asks_and_then_leaves_nothing() {
    let env = TestEnv::new();
    env.ok(&["batch-endpoint", "create", "-n", "ep1"]);
    assert_eq!(env.run(&["local", "reset"]).code, 1, "nobody was asked");
    env.ok(&["batch-endpoint", "show", "-n", "ep1"]);
    let ran = env.run(&["local", "reset", "--yes"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    env.fails(3, &["batch-endpoint", "show", "-n", "ep1"]);
}

#[test]
fn reset_is_refused_while_a_job_runs() {
    let env = TestEnv::new();
    env.inputs(1);
    let started = env.work().join("started");
    env.deploy(
        &format!(
            "import time\ndef run(mini_batch):\n    open({started:?}, 'w').close()\n    time.sleep(600)\n"
        ),
        "  mini_batch_size: 1",
    );
    let job = env.invoke(&[]);
    eventually("the job runs", || started.exists());
    let ran = env.run(&["local", "reset", "--yes"]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains(&job), "{}", ran.stderr);
    env.ok(&["job", "cancel", "-n", &job]);
    assert_eq!(env.run(&["local", "reset", "--yes"]).code, 0);
}

#[test]
fn reset_waits_for_the_supervisor_of_a_job_that_is_over() {
    let env = TestEnv::new();
    env.inputs(1);
    env.deploy("def run(mini_batch):\n    return mini_batch\n", "  mini_batch_size: 1");
    let job = env.invoke(&[]);
    assert_eq!(env.stream(&job).code, 0);
    // As the supervisor does while it puts the last things away.
    let lock = fs::File::open(env.azml_home().join("jobs").join(&job).join("supervisor.lock")).unwrap();
    lock.lock().unwrap();
    std::thread::scope(|scope| {
        let reset = scope.spawn(|| env.run(&["local", "reset", "--yes"]));
        let claim = env.azml_home().join("serve.lock");
        eventually("the reset is at work", || claim.exists() || reset.is_finished());
        lock.unlock().unwrap();
        let reset = reset.join().unwrap();
        assert_eq!(reset.code, 0, "{}", reset.stderr);
    });
    assert!(!env.azml_home().join("jobs").exists());
}

#[test]
fn state_that_cannot_be_used_is_one_clear_message() {
    let env = TestEnv::new();
    fs::create_dir_all(env.azml_home()).unwrap();
    fs::write(
        env.azml_home().join("state.db"),
        "this is no database, it is a text of some length\n".repeat(50),
    )
    .unwrap();
    let stderr = env.fails(1, &["batch-endpoint", "list"]);
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    assert!(stderr.contains("state.db"), "{stderr}");

    let env = TestEnv::new();
    fs::write(env.azml_home(), "a file in the way").unwrap();
    let stderr = env.fails(1, &["batch-endpoint", "list"]);
    assert!(stderr.contains("AZML_HOME"), "{stderr}");
}

#[test]
fn the_demo_without_python_says_so_before_it_makes_anything() {
    let env = TestEnv::new();
    let output = env.command(&["local", "demo"]).env("PATH", "/nonexistent").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    assert!(stderr.contains("Python 3"), "{stderr}");
    assert!(!env.work().join("azml-demo").exists() && !env.azml_home().exists());
}

#[test]
fn the_demo_keeps_away_from_a_folder_that_is_not_its_own() {
    let env = TestEnv::new();
    env.write("azml-demo/notes.txt", "mine");
    let ran = env.run(&["local", "demo"]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("--dir"), "{}", ran.stderr);
    assert_eq!(env.read("azml-demo/notes.txt"), "mine");
}
