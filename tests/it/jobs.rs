//! Jobs of the local workspace seen from the command line: rows, retries, thresholds, crashes, cancel.

use std::fs;

use serde_json::json;

use super::common::{TestEnv, eventually};

/// Processes whose command line or environment names `text`, other than this one.
#[cfg(target_os = "linux")]
fn processes_with(text: &str) -> Vec<u32> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        let read = |name: &str| fs::read(entry.path().join(name)).unwrap_or_default();
        let holds = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).contains(text);
        let is_zombie = String::from_utf8_lossy(&read("stat")).contains(") Z");
        if pid != std::process::id() && !is_zombie && (holds(read("cmdline")) || holds(read("environ"))) {
            found.push(pid);
        }
    }
    found
}

fn kill(pid: u32) {
    let status = std::process::Command::new("kill").args(["-9", &pid.to_string()]).status().unwrap();
    assert!(status.success());
}

#[test]
fn rows_come_once_and_in_order_whatever_finishes_first() {
    let env = TestEnv::new();
    env.inputs(40);
    // Earlier mini-batches take longer.
    env.deploy(
        "import os, time\ndef run(mini_batch):\n    time.sleep(max(0, 20 - mini_batch.task_id) / 500)\n    \
         return [os.path.basename(path) for path in mini_batch]\n",
        "  mini_batch_size: 2\n  max_concurrency_per_instance: 2",
    );
    let expected: Vec<String> = (0..40).map(|number| format!("{number:03}.txt")).collect();
    assert_eq!(env.rows(&[]), expected);
}

#[test]
fn a_mini_batch_that_fails_is_tried_again() {
    let env = TestEnv::new();
    env.inputs(6);
    let marks = env.work().join("marks");
    fs::create_dir(&marks).unwrap();
    env.deploy(
        &format!(
            "import os\ndef run(mini_batch):\n    mark = os.path.join({marks:?}, str(mini_batch.task_id))\n    \
             if not os.path.exists(mark):\n        open(mark, 'w').close()\n        raise ValueError('first try')\n    \
             return [os.path.basename(path) for path in mini_batch]\n"
        ),
        "  mini_batch_size: 2\n  error_threshold: 0\n  retry_settings:\n    max_retries: 1",
    );
    assert_eq!(env.rows(&[]), (0..6).map(|number| format!("{number:03}.txt")).collect::<Vec<_>>());
}

/// A script that fails for the file `003.txt` only.
const ONE_BAD_FILE: &str = "import os\ndef run(mini_batch):\n    rows = []\n    for path in mini_batch:\n        \
    name = os.path.basename(path)\n        if name == '003.txt':\n            raise ValueError('cannot read ' + name)\n        \
    rows.append(name)\n    return rows\n";

#[test]
fn failures_are_ignored_with_threshold_minus_one() {
    let env = TestEnv::new();
    env.inputs(6);
    env.deploy(
        ONE_BAD_FILE,
        "  mini_batch_size: 2\n  error_threshold: -1\n  retry_settings:\n    max_retries: 1",
    );
    assert_eq!(env.rows(&[]), ["000.txt", "001.txt", "004.txt", "005.txt"]);
}

#[test]
fn a_failed_file_above_the_threshold_fails_the_job() {
    let env = TestEnv::new();
    env.inputs(6);
    env.deploy(
        ONE_BAD_FILE,
        "  mini_batch_size: 2\n  error_threshold: 1\n  retry_settings:\n    max_retries: 0",
    );
    let job = env.invoke(&[]);
    let ran = env.stream(&job);
    assert_eq!(ran.code, 1, "{}", ran.stdout);
    assert!(
        ran.stderr.contains("The number of failed items is 2, which exceeds error threshold 1."),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("cannot read 003.txt"), "the user's own error is missing: {}", ran.stderr);
    assert_eq!(env.json(&["job", "show", "-n", &job])["status"], "Failed");
    // Two failed files are as many as are tolerated.
    env.rows(&["--set", "error_threshold=2"]);
}

#[test]
fn a_job_without_one_scored_file_fails() {
    let env = TestEnv::new();
    env.inputs(2);
    env.deploy(
        "def run(mini_batch):\n    raise RuntimeError('always')\n",
        "  mini_batch_size: 1\n  retry_settings:\n    max_retries: 0",
    );
    let ran = env.stream(&env.invoke(&[]));
    assert_eq!(ran.code, 1);
    assert!(
        ran.stderr.contains("There is no succeeded mini batch item returned from run()"),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("always"), "{}", ran.stderr);
}

#[test]
fn summary_only_leaves_the_files_of_the_script() {
    let env = TestEnv::new();
    env.inputs(3);
    env.deploy(
        "import os\ndef run(mini_batch):\n    for path in mini_batch:\n        \
         with open(os.path.join(os.environ['AZUREML_BI_OUTPUT_PATH'], os.path.basename(path) + '.out'), 'w') as file:\n            \
         file.write(os.environ['GREETING'])\n    return mini_batch\n",
        "  mini_batch_size: 1\n  output_action: summary_only\n  environment_variables:\n    GREETING: hello",
    );
    let job = env.invoke(&[]);
    assert_eq!(env.stream(&job).code, 0);
    env.ok(&["job", "download", "-n", &job, "-p", "out"]);
    let mut names: Vec<_> =
        fs::read_dir(env.work().join("out")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["000.txt.out", "001.txt.out", "002.txt.out"]);
    assert_eq!(env.read("out/000.txt.out"), "hello");
}

#[test]
fn a_worker_killed_in_the_middle_of_a_mini_batch_loses_nothing() {
    let env = TestEnv::new();
    env.inputs(8);
    let mark = env.work().join("pid");
    env.deploy(
        &format!(
            "import os, time\ndef run(mini_batch):\n    if mini_batch.task_id == 1 and not os.path.exists({mark:?}):\n        \
             with open({mark:?} + '.tmp', 'w') as file:\n            file.write(str(os.getpid()))\n        \
             os.rename({mark:?} + '.tmp', {mark:?})\n        time.sleep(600)\n    \
             return [os.path.basename(path) for path in mini_batch]\n"
        ),
        "  mini_batch_size: 2\n  error_threshold: 0",
    );
    let job = env.invoke(&[]);
    eventually("the script runs its second mini-batch", || mark.exists());
    kill(fs::read_to_string(&mark).unwrap().parse().unwrap());
    let ran = env.stream(&job);
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    env.ok(&["job", "download", "-n", &job]);
    let expected: String = (0..8).map(|number| format!("{number:03}.txt\n")).collect();
    assert_eq!(env.read("predictions.csv"), expected);
}

#[cfg(target_os = "linux")]
#[test]
fn cancelling_ends_every_process_of_the_job() {
    let env = TestEnv::new();
    env.inputs(4);
    let started = env.work().join("started");
    env.deploy(
        &format!(
            "import signal, subprocess, time\ndef run(mini_batch):\n    child = subprocess.Popen(['sleep', '600'])\n    \
             open({started:?}, 'w').close()\n    time.sleep(600)\n"
        ),
        "  mini_batch_size: 1\n  max_concurrency_per_instance: 2",
    );
    let job = env.invoke(&[]);
    eventually("a worker scores", || started.exists());
    assert!(!processes_with(&job).is_empty(), "the job's processes were not found");
    let before = std::time::Instant::now();
    assert_eq!(env.ok(&["job", "cancel", "-n", &job]), "");
    assert_eq!(env.json(&["job", "show", "-n", &job])["status"], "Canceled");
    eventually("every process of the job is gone", || processes_with(&job).is_empty());
    assert!(before.elapsed().as_secs() < 30, "cancelling took {:?}", before.elapsed());
    let stderr = env.fails(1, &["job", "cancel", "-n", &job]);
    assert!(stderr.contains("already in a terminal state"), "{stderr}");
    assert_eq!(env.stream(&job).code, 1, "the stream of a cancelled job is no success");
}

#[cfg(target_os = "linux")]
#[test]
fn a_job_whose_supervisor_was_killed_is_found() {
    let env = TestEnv::new();
    env.inputs(2);
    let started = env.work().join("started");
    env.deploy(
        &format!(
            "import time\ndef run(mini_batch):\n    open({started:?}, 'w').close()\n    time.sleep(600)\n"
        ),
        "  mini_batch_size: 1",
    );
    let job = env.invoke(&[]);
    eventually("a worker scores", || started.exists());
    let folder = env.azml_home().join("jobs").join(&job);
    assert!(folder.join("work").is_dir(), "this is not where workers work");
    let before = std::time::Instant::now();
    for pid in processes_with("__supervise") {
        let cmdline = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        if String::from_utf8_lossy(&cmdline).contains(&job) {
            kill(pid);
        }
    }
    eventually("the workers followed their supervisor", || processes_with(&job).is_empty());
    // Not asserted at once: a process that is going is out of sight a moment before its lock is free.
    eventually("the job is known to be dead", || {
        env.json(&["job", "show", "-n", &job])["status"] == "NotResponding"
    });
    assert!(before.elapsed().as_secs() < 20, "it took {:?} to notice", before.elapsed());
    assert!(!folder.join("work").exists(), "the workers' folders were left behind");
    let ran = env.stream(&job);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("NotResponding"), "{}", ran.stderr);
}

#[cfg(target_os = "linux")]
#[test]
fn ten_thousand_files_need_no_more_memory_than_a_hundred() {
    let env = TestEnv::new();
    env.deploy(
        "import os\ndef run(mini_batch):\n    return [os.path.basename(path) for path in mini_batch]\n",
        "  mini_batch_size: 10\n  max_concurrency_per_instance: 2",
    );
    let data = env.work().join("data");
    fs::create_dir(&data).unwrap();
    for number in 0..10_000 {
        fs::write(data.join(format!("{number:05}")), "x").unwrap();
    }
    let job = env.invoke(&[]);
    // The supervisor's high-water mark, read while it lives; it is gone when the job has ended.
    let mut peak = 0;
    eventually("the job has ended", || {
        for pid in processes_with("__supervise") {
            let read = |name: &str| fs::read_to_string(format!("/proc/{pid}/{name}")).unwrap_or_default();
            if read("cmdline").contains(&job) {
                let line = read("status").lines().find(|line| line.starts_with("VmHWM:")).map(str::to_owned);
                let kib = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
                peak = peak.max(kib.unwrap_or(0));
            }
        }
        env.json(&["job", "show", "-n", &job])["status"] == "Completed"
    });
    assert!(peak > 0, "the supervisor was never seen");
    assert!(peak < 60 * 1024, "the supervisor used {peak} KiB");
    env.ok(&["job", "download", "-n", &job]);
    let expected: String = (0..10_000).map(|number| format!("{number:05}\n")).collect();
    assert_eq!(env.read("predictions.csv"), expected);
}

#[test]
fn jobs_are_listed_newest_first() {
    let env = TestEnv::new();
    env.inputs(1);
    env.deploy("def run(mini_batch):\n    return mini_batch\n", "  mini_batch_size: 1");
    let jobs = [env.invoke(&[]), env.invoke(&[])];
    for job in &jobs {
        assert_eq!(env.stream(job).code, 0);
    }
    let ran = env.run(&["job", "list", "-w", "local", "--query", "[].name"]);
    assert_eq!(serde_json::from_str::<serde_json::Value>(&ran.stdout).unwrap(), json!([jobs[1], jobs[0]]));
    assert_eq!(ran.stderr, "Displaying top 50 results from the list command.\n");
    let all = env.run(&["job", "list", "-w", "local", "--all-results", "-o", "table"]);
    assert_eq!(all.stderr, "");
    assert!(all.stdout.starts_with("Name"), "{}", all.stdout);
    assert_eq!(env.json(&["job", "list", "-r", "1"]).as_array().unwrap().len(), 1);
    let children = env.json(&["job", "list", "--parent-job-name", &jobs[0]]);
    assert_eq!(children.as_array().unwrap().len(), 1);
}

#[test]
fn an_unknown_job_is_exit_code_3() {
    let env = TestEnv::new();
    for verb in ["show", "stream", "cancel", "download"] {
        let stderr = env.fails(3, &["job", verb, "-n", "nope"]);
        assert!(stderr.contains("nope"), "{verb}: {stderr}");
    }
}

#[test]
fn output_is_downloaded_when_the_job_has_ended_and_by_its_name() {
    let env = TestEnv::new();
    env.inputs(1);
    let go = env.work().join("go");
    env.deploy(
        &format!("import os, time\ndef run(mini_batch):\n    while not os.path.exists({go:?}):\n        time.sleep(0.02)\n    return mini_batch\n"),
        "  mini_batch_size: 1",
    );
    let job = env.invoke(&[]);
    let stderr = env.fails(1, &["job", "download", "-n", &job]);
    assert!(stderr.contains("job stream"), "{stderr}");
    fs::write(&go, "").unwrap();
    assert_eq!(env.stream(&job).code, 0);
    let stderr = env.fails(1, &["job", "download", "-n", &job, "--output-name", "other"]);
    assert!(stderr.contains("`score`"), "{stderr}");
}

#[test]
fn a_run_inside_a_job_is_downloaded_into_the_folders_of_microsofts_tools() {
    let env = TestEnv::new();
    env.inputs(2);
    env.deploy(
        "import os\ndef run(mini_batch):\n    return [os.path.basename(path) for path in mini_batch]\n",
        "  mini_batch_size: 1",
    );
    let job = env.invoke(&[]);
    assert_eq!(env.stream(&job).code, 0);
    let runs = env.json(&["job", "list", "--parent-job-name", &job]);
    let run = runs[0]["name"].as_str().unwrap();
    let entries = |folder: &str| {
        let found = fs::read_dir(env.work().join(folder)).unwrap().flatten();
        let mut names: Vec<String> = found.map(|entry| entry.file_name().into_string().unwrap()).collect();
        names.sort();
        names
    };
    let (score, log) = ("named-outputs/score/predictions.csv", "artifacts/logs/azureml/executionlogs.txt");
    env.ok(&["job", "download", "-n", run, "--output-name", "score", "-p", "score"]);
    assert_eq!(entries("score"), ["named-outputs"]);
    assert_eq!(env.read(&format!("score/{score}")), "000.txt\n001.txt\n");
    // Without a name: what is not an output. Here those are the logs.
    for words in [&[][..], &["--output-name", "default"]] {
        let folder = format!("artifacts-{}", words.len());
        env.ok(&[&["job", "download", "-n", run, "-p", &folder], words].concat());
        assert_eq!(entries(&folder), ["artifacts"]);
        assert!(!env.read(&format!("{folder}/{log}")).is_empty());
    }
    env.ok(&["job", "download", "-n", run, "--all", "-p", "all"]);
    assert_eq!(entries("all"), ["artifacts", "named-outputs"]);
    assert_eq!(env.read(&format!("all/{score}")), "000.txt\n001.txt\n");
    assert!(!env.read(&format!("all/{log}")).is_empty());
    let stderr = env.fails(1, &["job", "download", "-n", run, "--output-name", "other"]);
    assert!(stderr.contains("no output `other`; it has `score`"), "{stderr}");
}

#[test]
fn the_workers_are_capped_at_what_the_user_allows() {
    let env = TestEnv::new().with_variable("AZML_MAX_WORKERS", "1");
    env.inputs(4);
    env.deploy(
        "import os\ndef run(mini_batch):\n    return [os.getpid() for path in mini_batch]\n",
        "  mini_batch_size: 1\n  max_concurrency_per_instance: 8",
    );
    let job = env.invoke(&[]);
    let followed = env.stream(&job);
    assert_eq!(followed.code, 0);
    assert!(followed.stdout.contains("AZML_MAX_WORKERS"), "the cap is not in the log: {}", followed.stdout);
    env.ok(&["job", "download", "-n", &job]);
    let rows = env.read("predictions.csv");
    assert!(rows.lines().all(|row| Some(row) == rows.lines().next()), "more than one worker ran: {rows}");
}

/// The folder of the only finished upload of input data.
fn stored_upload(env: &TestEnv) -> std::path::PathBuf {
    let only = |folder: std::path::PathBuf| fs::read_dir(folder).unwrap().next().unwrap().unwrap().path();
    let containers = fs::read_dir(env.azml_home().join("blobs")).unwrap().flatten();
    let uploads =
        containers.map(|container| container.path().join("data/LocalUpload")).find(|path| path.exists());
    only(only(uploads.unwrap()))
}

#[test]
fn scoring_scripts_cannot_change_what_later_jobs_read() {
    use std::os::unix::fs::PermissionsExt as _;
    let mut env = TestEnv::new();
    env.inputs(2);
    env.deploy("def run(mini_batch):\n    return mini_batch\n", "  mini_batch_size: 1");
    assert_eq!(env.stream(&env.invoke(&[])).code, 0);
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    let folder = stored_upload(&env);
    assert_eq!((mode(&folder), mode(&folder.join("000.txt"))), (0o555, 0o444));
    env.stop_serving();
    let ran = env.run(&["local", "reset", "--yes"]);
    assert_eq!(ran.code, 0, "read-only uploads cannot be reset: {}", ran.stderr);
}

#[test]
fn an_upload_that_lost_a_file_is_made_whole() {
    let env = TestEnv::new();
    env.inputs(3);
    env.deploy(
        "import os\ndef run(mini_batch):\n    return [os.path.basename(path) for path in mini_batch]\n",
        "  mini_batch_size: 1",
    );
    assert_eq!(env.rows(&[]).len(), 3);
    let folder = stored_upload(&env);
    let mut permissions = folder.metadata().unwrap().permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o755);
    fs::set_permissions(&folder, permissions).unwrap();
    fs::remove_file(folder.join("001.txt")).unwrap();
    assert_eq!(env.rows(&[]), ["000.txt", "001.txt", "002.txt"]);
}

#[test]
fn logs_are_downloaded_when_asked_for() {
    let env = TestEnv::new();
    env.inputs(1);
    env.deploy(
        "def run(mini_batch):\n    print('x' * (9 << 20))\n    raise ValueError('no')\n",
        "  mini_batch_size: 1\n  retry_settings:\n    max_retries: 0",
    );
    let job = env.invoke(&[]);
    assert_eq!(env.stream(&job).code, 1);
    env.ok(&["job", "download", "-n", &job, "--all", "-p", "out"]);
    // More than is asked for at once.
    let printed = env.read("out/artifacts/logs/user/stdout/0/process000.stdout.txt");
    assert!(printed.contains(&"x".repeat(9 << 20)), "{} bytes", printed.len());
    assert!(env.read("out/artifacts/logs/azureml/executionlogs.txt").contains("ValueError"));
    let [summary, error] = ["summary.json", "errors.jsonl"].map(|log| {
        serde_json::from_str::<serde_json::Value>(&env.read(&format!("out/artifacts/logs/{log}"))).unwrap()
    });
    assert_eq!((&summary["status"], &summary["files"]["failed"]), (&"Failed".into(), &1.into()));
    assert_eq!((&error["class"], &error["files"]), (&"ValueError".into(), &serde_json::json!(["000.txt"])));
}

/// A script that waits until the file `go` is there.
fn waiting_script(go: &std::path::Path) -> String {
    format!(
        "import os, time\ndef run(mini_batch):\n    while not os.path.exists({go:?}):\n        time.sleep(0.02)\n    \
         return mini_batch\n"
    )
}

#[test]
fn ctrl_c_stops_following_and_leaves_the_job_running() {
    use std::io::{BufRead as _, BufReader, Read as _};
    let env = TestEnv::new();
    env.inputs(1);
    let go = env.work().join("go");
    env.deploy(&waiting_script(&go), "  mini_batch_size: 1");
    let job = env.invoke(&[]);
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_azml"))
        .args(["job", "stream", "-n", &job, "-w", "local"])
        .env("AZML_HOME", env.azml_home())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert_eq!(lines.next().unwrap().unwrap(), format!("RunId: {job}"));
    // The log is being followed once its first line is here.
    lines.find(|line| line.as_ref().is_ok_and(|line| line.starts_with('['))).unwrap().unwrap();
    let interrupted =
        std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(interrupted.success());
    let code = child.wait().unwrap().code();
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert_eq!(code, Some(1), "{stderr}");
    assert!(stderr.contains("goes on") && stderr.contains("azml job cancel"), "{stderr}");
    fs::write(&go, "").unwrap();
    assert_eq!(env.stream(&job).code, 0, "the job did not survive");
}

#[cfg(target_os = "linux")]
#[test]
fn a_terminal_shows_how_far_the_job_is_and_a_pipe_does_not() {
    let env = TestEnv::new();
    env.inputs(4);
    let go = env.work().join("go");
    env.deploy(&waiting_script(&go), "  mini_batch_size: 1");
    let job = env.invoke(&[]);
    // `script` gives the program a terminal; util-linux has it on every Linux.
    let command = format!("{} job stream -n {job} -w local", env!("CARGO_BIN_EXE_azml"));
    let log = env.work().join("terminal.log");
    let mut child = std::process::Command::new("script")
        .args(["--quiet", "--flush", "--return", "--command", &command])
        .arg(&log)
        .env("AZML_HOME", env.azml_home())
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    eventually("the bar is drawn", || fs::read_to_string(&log).is_ok_and(|text| text.contains("0/4")));
    fs::write(&go, "").unwrap();
    assert!(child.wait().unwrap().success());
    let text = fs::read_to_string(&log).unwrap();
    assert!(text.contains("0 failed, 0 retried"), "{text}");
    assert!(!env.stream(&job).stderr.contains("retried"), "a pipe got a progress line");
}
