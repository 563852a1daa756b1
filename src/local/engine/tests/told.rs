//! What a job tells of itself to programs: its summary and its list of errors.

use serde_json::{Value, json};

use super::*;

impl Bench {
    fn summary(&self) -> Value {
        serde_json::from_str(&self.log("logs/summary.json")).unwrap()
    }

    fn errors(&self) -> Vec<Value> {
        let list = self.log("logs/errors.jsonl");
        list.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

#[test]
fn a_completed_job_is_summed_up_and_lists_the_errors_it_got_over() {
    let script = "
import json, os
def run(mini_batch, context):
    if mini_batch.task_id == 1: return [1]
    if context.retry_count == 0: json.loads('{')
    return [1, 2, 3]
";
    let mut bench = Bench::with_files(script, 4);
    bench.plan.mini_batch_size = 2;
    bench.output();
    let summary = bench.summary();
    assert_eq!(summary["status"], "Completed");
    assert_eq!(summary["error"], Value::Null);
    assert_eq!(summary["files"], json!({"total": 4, "succeeded": 3, "failed": 1}));
    assert_eq!(summary["mini_batches"], json!({"total": 2, "succeeded": 2, "failed": 0}));
    assert_eq!((&summary["retried"], &summary["rows"]), (&json!(1), &json!(4)));
    assert_eq!(summary["errors"], json!({"told": 2, "lost": 0}));
    assert!(summary["seconds"]["scoring"].as_f64().unwrap() > 0.0, "{summary}");

    let mut errors = bench.errors();
    errors.sort_by_key(|error| error["mini_batch"].as_u64());
    let mut first = errors[0].clone();
    let message = first["message"].take();
    assert!(message.as_str().unwrap().starts_with("Expecting property name"), "{message}");
    first["time"].take();
    assert_eq!(
        first,
        json!({
            "time": null,
            "phase": "run",
            "mini_batch": 0,
            "attempt": 1,
            "files": ["0000", "0001"],
            "file_count": 2,
            "failed_files": 0,
            "worker": "0/process000",
            "class": "json.decoder.JSONDecodeError",
            "message": null,
            "location": {"file": "score.py", "line": 5, "code": "if context.retry_count == 0: json.loads('{')"},
            "log": "logs/user/error/0/process000.txt",
        })
    );
    assert_eq!((&errors[1]["class"], &errors[1]["failed_files"]), (&json!("ShortResult"), &json!(1)));
    assert_eq!((&errors[1]["mini_batch"], &errors[1]["attempt"]), (&json!(1), &json!(1)));
    assert!(bench.log("logs/azureml/executionlogs.txt").contains("2 errors are listed in logs/errors.jsonl"));
    assert!(!bench.path("job/summary.unfinished").exists());
}

#[test]
fn the_failed_files_of_all_errors_are_those_of_the_summary() {
    let script = "
import os
def run(mini_batch, context):
    if mini_batch.task_id == 0: raise KeyError('x')
    if mini_batch.task_id == 1: os._exit(3)
    if mini_batch.task_id == 2: return mini_batch[1:]
    return mini_batch
";
    let mut bench = Bench::with_files(script, 7);
    (bench.plan.mini_batch_size, bench.plan.max_retries) = (2, 1);
    bench.output();
    let (summary, errors) = (bench.summary(), bench.errors());
    let failed: u64 = errors.iter().map(|error| error["failed_files"].as_u64().unwrap()).sum();
    assert_eq!(summary["files"], json!({"total": 7, "succeeded": 2, "failed": failed}));
    assert_eq!((failed, errors.len()), (5, 5));
    let died = errors.iter().find(|error| error["class"] == "ProcessExit").unwrap();
    assert_eq!(died["message"], "the worker process ended by itself with exit code 3");
}

#[test]
fn a_job_that_fails_or_is_cancelled_is_summed_up_as_well() {
    let mut bench = Bench::with_files("def run(b): raise ValueError('no')", 2);
    (bench.plan.error_threshold, bench.plan.max_retries) = (0, 0);
    bench.failure();
    let summary = bench.summary();
    assert_eq!((&summary["status"], &summary["error"]["code"]), (&json!("Failed"), &json!("UserError")));
    assert_eq!(summary["files"], json!({"total": 2, "succeeded": 0, "failed": 1}));

    let bench = Bench::with_files("def init(): raise ValueError('no')\ndef run(b): return b", 1);
    bench.failure();
    let told: Vec<_> = bench.errors().iter().map(|error| error["phase"].clone()).collect();
    assert_eq!(told, ["init", "init", "init"]);

    let bench = Bench::with_files("import nothing_of_this_name", 1);
    bench.failure();
    let error = &bench.errors()[0];
    assert_eq!((&error["phase"], &error["class"]), (&json!("import"), &json!("ModuleNotFoundError")));
    assert_eq!((&error["mini_batch"], &error["files"]), (&Value::Null, &json!([])));

    let mut bench = Bench::with_files(ECHO, 1);
    bench.record.cancel_when = Some(bench.path("job"));
    assert_eq!(bench.run(), JobStatus::Canceled);
    assert_eq!((&bench.summary()["status"], bench.errors().len()), (&json!("Canceled"), 0));

    // Before any worker is started.
    let bench = Bench::new(ECHO);
    fs::write(bench.path("output/predictions.csv"), "mine").unwrap();
    bench.failure();
    let summary = bench.summary();
    assert_eq!((&summary["status"], &summary["files"]["total"]), (&json!("Failed"), &json!(0)));
    assert_eq!(summary["seconds"]["scoring"], 0.0);
}

#[test]
fn a_line_of_the_list_stays_short_whatever_the_mini_batch_and_the_error() {
    let mut bench = Bench::with_files("def run(b): raise ValueError('z' * 1_000_000)", 150);
    (bench.plan.mini_batch_size, bench.plan.max_retries) = (150, 0);
    bench.failure();
    let error = &bench.errors()[0];
    assert_eq!((error["files"].as_array().unwrap().len(), &error["file_count"]), (100, &json!(150)));
    assert_eq!(error["message"].as_str().unwrap(), "z".repeat(2000));
}

/// The rows of a table of the job's report, without its header.
fn rows_of(bench: &Bench, table: &str) -> Vec<Vec<String>> {
    let text = bench.log(&format!("logs/sys/job_report/{table}_summary.csv"));
    let cells = |row: &str| row.split(',').map(str::to_owned).collect();
    let rows: Vec<Vec<String>> = text.lines().map(cells).collect();
    assert!(rows.iter().all(|row| row.len() == rows[0].len()), "{text}");
    rows[1..].to_vec()
}

#[test]
fn what_each_process_and_node_did_is_summed_up() {
    let script = "
import os
def run(mini_batch, context):
    if mini_batch.task_id == 1 and context.retry_count == 0: raise ValueError('once')
    if mini_batch.task_id == 2 and context.retry_count == 0: os._exit(3)
    return mini_batch[mini_batch.task_id // 3:]
";
    let mut bench = Bench::with_files(script, 8);
    bench.plan.mini_batch_size = 2;
    bench.output();
    let (processes, nodes) = (rows_of(&bench, "process"), rows_of(&bench, "node"));
    assert_eq!(nodes.len(), 1);
    // Node, mini-batches, failed attempts; files of all attempts, of which succeeded and failed.
    assert_eq!(nodes[0][..6].join(","), "0,4,2,12,7,5");
    let named: Vec<&str> = processes.iter().map(|row| row[0].as_str()).collect();
    assert_eq!(named, ["0/process000", "0/process001"]);
    for column in 1..8 {
        let sum: f64 = processes.iter().map(|row| row[column + 1].parse::<f64>().unwrap()).sum();
        let node: f64 = nodes[0][column].parse().unwrap();
        assert!((sum - node).abs() < 1e-5 && node > 0.0, "column {column}: {processes:?} {nodes:?}");
    }
}

#[test]
fn processes_beyond_number_are_summed_up_with_their_node() {
    let bench = Bench::with_files(ECHO, 1);
    let logs = logs::JobLogs::create(&bench.path("job"), false).unwrap();
    let mut tallies = tallies::Tallies::default();
    for process in 0..tallies::LISTED_PROCESSES as u32 + 5 {
        let worker = worker::WorkerIdentity { sequence: process, node: 0, process };
        for _ in 0..2 {
            tallies.add(worker, crate::clock::now(), tallies::Tally { files: 1, ..Default::default() });
        }
    }
    fs::create_dir_all(bench.path("job/logs/logs/sys/job_report")).unwrap();
    tallies.write(&logs);
    assert_eq!(rows_of(&bench, "process").len(), tallies::LISTED_PROCESSES);
    assert_eq!(rows_of(&bench, "node")[0][3], (2 * tallies::LISTED_PROCESSES + 10).to_string());
}
