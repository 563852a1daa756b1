//! Azure on a bad day: what commands do when requests or answers are lost, cut off, late or refused.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::common::proxy::{Fault, Passed, Proxy};
use super::common::{Ran, TestEnv};

const PLACE: [&str; 6] = ["-w", "ws", "-g", "rg", "--subscription", "sub"];
const INPUTS: usize = 3;

fn run(env: &TestEnv, proxy: &Proxy, words: &[&str]) -> Ran {
    let mut command = env.command(&[words, &PLACE].concat());
    command.env("AZML_ARM_ENDPOINT", &proxy.origin).env("AZML_ACCESS_TOKEN", "token");
    Ran::of(command.output().unwrap())
}

fn ok(env: &TestEnv, proxy: &Proxy, words: &[&str]) -> String {
    let ran = run(env, proxy, words);
    assert_eq!(ran.code, 0, "azml {}:\n{}\n{}", words.join(" "), ran.stdout, ran.stderr);
    ran.stdout
}

/// A workspace behind a proxy, with a deployment whose script gives one row for every file.
fn deployed(rule: impl Fn(&Passed) -> Fault + Send + Sync + 'static) -> (TestEnv, Proxy) {
    let env = TestEnv::new();
    env.inputs(INPUTS);
    env.write(
        "code/score.py",
        "def run(mini_batch):\n    return [open(file).read() for file in mini_batch]\n",
    );
    env.write(
        "deployment.yml",
        "name: dep\nendpoint_name: ep1\ntype: model\ncode_configuration:\n  code: code\n  scoring_script: score.py\n\
         environment:\n  image: any/image:1\ncompute: azureml:c1\nsettings:\n  mini_batch_size: 1\n",
    );
    let proxy = Proxy::start(env.azml_home(), rule);
    ok(&env, &proxy, &["compute", "create", "-n", "c1", "--type", "amlcompute"]);
    ok(&env, &proxy, &["batch-endpoint", "create", "-n", "ep1"]);
    ok(&env, &proxy, &["batch-deployment", "create", "-f", "deployment.yml", "--set-default"]);
    (env, proxy)
}

fn invoke_words() -> Vec<&'static str> {
    vec!["batch-endpoint", "invoke", "-n", "ep1", "--input", "data", "--query", "name", "-o", "tsv"]
}

fn jobs(env: &TestEnv, proxy: &Proxy) -> Vec<Value> {
    serde_json::from_str(&ok(env, proxy, &["batch-endpoint", "list-jobs", "-n", "ep1"])).unwrap()
}

/// Names of all files below a folder.
fn files(folder: &Path) -> Vec<String> {
    let entries =
        fs::read_dir(folder).map(|entries| entries.flatten().collect::<Vec<_>>()).unwrap_or_default();
    entries.into_iter().map(|entry| entry.file_name().into_string().unwrap()).collect()
}

/// Every request of every command of the main job meets `fault` the first time it is sent.
fn the_main_job_survives(fault: Fault) {
    let (env, proxy) = deployed(move |passed| if passed.attempt == 1 { fault } else { Fault::None });
    let job = ok(&env, &proxy, &invoke_words()).trim().to_owned();
    let streamed = ok(&env, &proxy, &["job", "stream", "-n", &job]);
    assert!(streamed.contains("Execution Summary"), "{streamed}");
    let shown = ok(&env, &proxy, &["job", "show", "-n", &job, "--query", "status", "-o", "tsv"]);
    assert_eq!(shown, "Completed\n");
    ok(&env, &proxy, &["job", "download", "-n", &job, "-p", "out"]);
    assert_eq!(env.read("out/predictions.csv"), "0\n1\n2\n");
    assert_eq!(files(&env.work().join("out")), ["predictions.csv"], "something half done was left");
    let jobs = jobs(&env, &proxy);
    assert_eq!(jobs.len(), 1, "one invoke made {} jobs", jobs.len());
    ok(&env, &proxy, &["batch-endpoint", "delete", "-n", "ep1", "-y"]);
    assert_eq!(run(&env, &proxy, &["batch-endpoint", "show", "-n", "ep1"]).code, 3);
    let again = proxy.passed().iter().filter(|passed| passed.attempt == 2).count();
    assert!(again > 20 || fault == Fault::Delay, "only {again} requests were sent again");
}

#[test]
fn a_reset_before_every_request_changes_nothing_but_time() {
    the_main_job_survives(Fault::Reset);
}

#[test]
fn an_answer_that_is_lost_changes_nothing_but_time() {
    the_main_job_survives(Fault::LoseAnswer);
}

#[test]
fn an_answer_that_breaks_off_changes_nothing_but_time() {
    the_main_job_survives(Fault::Truncate);
}

#[test]
fn a_late_answer_is_waited_for() {
    the_main_job_survives(Fault::Delay);
}

#[test]
fn a_throttling_service_is_obeyed() {
    the_main_job_survives(Fault::Answer(429));
}

#[test]
fn an_overloaded_service_is_asked_again() {
    the_main_job_survives(Fault::Answer(503));
}

#[test]
fn a_stumbling_service_is_asked_again() {
    the_main_job_survives(Fault::Answer(500));
}

#[test]
fn a_refused_token_is_one_error_and_no_second_request() {
    let (env, proxy) = deployed(|passed| match passed.path.contains("/jobs") {
        true => Fault::Answer(401),
        false => Fault::None,
    });
    let ran = run(&env, &proxy, &invoke_words());
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""));
    assert!(
        ran.stderr.contains("(E401) on the way") && ran.stderr.contains("Request id: proxy"),
        "{}",
        ran.stderr
    );
    assert!(!ran.stderr.contains("Tried"), "{}", ran.stderr);
    let posts = proxy
        .passed()
        .iter()
        .filter(|passed| passed.method == "POST" && passed.path.contains("/jobs"))
        .count();
    assert_eq!(posts, 1);
}

#[test]
fn a_service_that_stays_down_is_given_up_and_says_so() {
    let env = TestEnv::new();
    let proxy = Proxy::start(env.azml_home(), |_| Fault::Answer(503));
    let ran = run(&env, &proxy, &["compute", "list"]);
    assert_eq!(ran.code, 1);
    let expected =
        "ERROR: (E503) on the way\nCode: E503\nMessage: on the way\nTried 6 times.\nRequest id: proxy\n";
    assert_eq!(ran.stderr, expected);
    let ids: std::collections::HashSet<String> = proxy.passed().into_iter().map(|passed| passed.id).collect();
    assert_eq!((proxy.passed().len(), ids.len()), (6, 1), "attempts at one request bear one id");
}

#[test]
fn without_repetitions_the_first_failure_is_the_last() {
    for fault in [Fault::Reset, Fault::LoseAnswer, Fault::Truncate, Fault::Answer(500)] {
        let env = TestEnv::new();
        let proxy = Proxy::start(env.azml_home(), move |_| fault);
        let mut command = env.command(&[&["compute", "list"][..], &PLACE].concat());
        command.env("AZML_ARM_ENDPOINT", &proxy.origin).env("AZML_ACCESS_TOKEN", "token");
        let ran = Ran::of(command.env("AZML_RETRIES", "0").output().unwrap());
        assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{fault:?}");
        assert!(!ran.stderr.to_lowercase().contains("tried"), "{}", ran.stderr);
        assert_eq!(proxy.passed().len(), 1, "{fault:?}");
    }
}

#[test]
fn an_invoke_whose_answers_are_all_lost_has_made_one_job() {
    let (env, proxy) = deployed(|passed| match passed.method == "POST" && passed.path.ends_with("/jobs") {
        true => Fault::LoseAnswer,
        false => Fault::None,
    });
    let ran = run(&env, &proxy, &invoke_words());
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""));
    assert!(ran.stderr.contains("(tried 6 times)"), "{}", ran.stderr);
    assert_eq!(jobs(&env, &proxy).len(), 1);
}

#[test]
fn a_download_that_never_completes_leaves_nothing_behind() {
    let (env, proxy) =
        deployed(|passed| match passed.method == "GET" && passed.path.contains("predictions.csv") {
            true => Fault::Truncate,
            false => Fault::None,
        });
    let job = ok(&env, &proxy, &invoke_words()).trim().to_owned();
    ok(&env, &proxy, &["job", "stream", "-n", &job]);
    let ran = run(&env, &proxy, &["job", "download", "-n", &job, "-p", "out"]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(ran.stderr.contains("predictions.csv"), "{}", ran.stderr);
    assert_eq!(files(&env.work().join("out")), [""; 0]);
}

#[test]
fn the_requests_of_a_command_share_a_connection() {
    let (env, proxy) = deployed(|_| Fault::None);
    let (connections, requests) = (proxy.connections(), proxy.passed().len());
    ok(&env, &proxy, &["batch-deployment", "create", "-f", "deployment.yml", "--set-default"]);
    let requests = proxy.passed().len() - requests;
    assert!(requests > 5, "{requests}");
    let connections = proxy.connections() - connections;
    assert!(connections <= 2, "{connections} connections for {requests} requests");
}
