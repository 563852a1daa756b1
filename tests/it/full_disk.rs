//! Disks without room: what fails says so, leaves nothing by half, and works when there is room.
//!
//! The room is taken by a limit on the size of files, which commands pass on to the processes they start.

use std::fs;

use super::common::kill::{calls, counting_script, output};
use super::common::{Ran, TestEnv};

/// Runs a command that can write no file larger than `kibibytes`, and hears of it as of a full disk.
fn with_room(env: &TestEnv, kibibytes: u32, words: &[&str]) -> Ran {
    let command = env.command(&[words, &["-w", "local"]].concat());
    let mut limited = assert_cmd::Command::new("bash");
    limited.args(["-c", &format!("ulimit -f {kibibytes}; trap '' XFSZ; exec \"$0\" \"$@\"")]);
    limited.arg(command.get_program()).args(command.get_args()).current_dir(env.work()).env_clear();
    limited.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    Ran::of(limited.output().unwrap())
}

fn fails(env: &TestEnv, kibibytes: u32, words: &[&str]) -> String {
    let ran = with_room(env, kibibytes, words);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "azml {}: {}", words.join(" "), ran.stderr);
    ran.stderr
}

/// What lists show of the workspace.
fn workspace(env: &TestEnv) -> String {
    let nouns = ["batch-endpoint", "compute", "job", "model", "environment", "data"];
    let deployments = env.ok(&["batch-deployment", "list", "-e", "ep1"]);
    nouns.map(|noun| env.ok(&[noun, "list"])).concat() + &deployments
}

#[test]
fn commands_without_any_room_say_so_and_change_nothing() {
    let env = TestEnv::new();
    env.inputs(2);
    let first = fails(&env, 0, &["batch-endpoint", "create", "-n", "ep1"]);
    assert!(first.contains("state.db") && first.contains("may be full"), "{first}");
    env.deploy("def run(mini_batch):\n    return mini_batch\n", "  mini_batch_size: 1");
    let before = workspace(&env);
    for words in [
        &["batch-endpoint", "create", "-n", "ep2"][..],
        &["batch-endpoint", "update", "-n", "ep1", "--set", "description=d"],
        &["batch-endpoint", "invoke", "-n", "ep1", "--input", "data"],
        &["batch-deployment", "create", "-f", "deployment.yml", "--set", "name=dep2"],
        &["compute", "create", "-n", "c2", "-t", "amlcompute"],
        &["compute", "delete", "-n", "c1", "--yes"],
        &["data", "create", "-n", "d", "-p", "data", "-t", "uri_folder"],
        &["model", "create", "-n", "m", "-p", "code"],
        &["job", "list"],
    ] {
        let stderr = fails(&env, 0, words);
        let last = stderr.lines().last().unwrap();
        assert!(
            last.contains("state.db") && last.contains("may be full"),
            "azml {}: {stderr}",
            words.join(" ")
        );
    }
    assert_eq!(workspace(&env), before);
}

#[test]
fn an_upload_without_room_registers_nothing_and_is_gone_on_with() {
    let env = TestEnv::new();
    env.inputs(3);
    let large = "large ".repeat(1 << 20);
    env.deploy(&counting_script(&env, ""), "  mini_batch_size: 10");
    env.write("data/large.txt", &large);
    let before = workspace(&env);
    for words in [
        &["data", "create", "-n", "d", "-p", "data", "-t", "uri_folder"][..],
        &["batch-endpoint", "invoke", "-n", "ep1", "--input", "data"],
        &["model", "create", "-n", "m", "-p", "data"],
    ] {
        let stderr = fails(&env, 4096, words);
        assert!(stderr.contains("file too large"), "azml {}: {stderr}", words.join(" "));
    }
    assert_eq!(workspace(&env), before);
    env.ok(&["data", "create", "-n", "d", "-p", "data", "-t", "uri_folder"]);
    let job = env.invoke(&[]);
    assert_eq!(env.stream(&job).code, 0);
    let rows = output(&env, &job).remove(0).1;
    assert!(
        rows == format!("000.txt 0\n001.txt 1\n002.txt 2\nlarge.txt {large}\n"),
        "the upload is not whole"
    );
}

#[test]
fn a_job_without_room_for_its_output_goes_on_without_scoring_anything_again() {
    let env = TestEnv::new().with_variable("AZML_MAX_WORKERS", "4");
    env.inputs(4);
    // Each worker gets one mini-batch, so that the output is the first file that is too large.
    let there = env.work().join("there");
    fs::create_dir(&there).unwrap();
    let wait = format!(
        "    open('{0}/%d' % mini_batch.task_id, 'w').close()\n    while len(os.listdir('{0}')) < 4: time.sleep(0.01)\n",
        there.display()
    );
    let script = counting_script(&env, &wait).replace("open(path).read() for", "'x' * 3_000_000 for");
    env.deploy(&script, "  mini_batch_size: 1\n  max_concurrency_per_instance: 4");
    let words = ["batch-endpoint", "invoke", "-n", "ep1", "--input", "data", "--query", "name", "-o", "tsv"];
    let ran = with_room(&env, 8192, &words);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let job = ran.stdout.trim();
    let ran = env.stream(job);
    assert_eq!(ran.code, 1);
    assert!(
        ran.stderr.contains("output.unfinished") && ran.stderr.contains("File too large"),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains(&format!("azml job resume -n {job}")), "{}", ran.stderr);
    env.ok(&["job", "resume", "-n", job]);
    assert_eq!(env.stream(job).code, 0);
    let mut calls = calls(&env);
    calls.sort_unstable();
    assert_eq!(calls, [0, 1, 2, 3]);
    let files = output(&env, job);
    assert_eq!(files[0].1.len(), 4 * (3_000_000 + "000.txt \n".len()));
}
