//! Nothing lost: jobs whose processes are killed, and which go on.

use std::fs;

use super::common::kill::{calls, counting_script, output};
#[cfg(target_os = "linux")]
use super::common::kill::{is_stopped, kill_supervisor};
use super::common::{TestEnv, eventually};

/// A job that has settled one of two mini-batches when its supervisor is killed; it goes on when `go` exists.
#[cfg(target_os = "linux")]
fn stopped_job(env: &TestEnv) -> String {
    env.inputs(2);
    let (go, waiting) = (env.work().join("go"), env.work().join("waiting"));
    let wait = format!(
        "    if mini_batch.task_id == 1:\n        open({waiting:?}, 'w').close()\n        \
         while not os.path.exists({go:?}):\n            time.sleep(0.01)\n"
    );
    env.deploy(&counting_script(env, &wait), "  mini_batch_size: 1");
    let job = env.invoke(&[]);
    eventually("the script is at its second mini-batch", || waiting.exists());
    assert!(kill_supervisor(&job));
    assert!(is_stopped(env, &job));
    job
}

#[cfg(target_os = "linux")]
#[test]
fn of_many_who_resume_a_job_at_once_one_does() {
    let env = TestEnv::new();
    let job = stopped_job(&env);
    let outcomes: Vec<_> = std::thread::scope(|scope| {
        let resume = || env.run(&["job", "resume", "-n", &job, "-w", "local"]);
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(resume)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let (won, lost): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(|ran| ran.code == 0);
    assert_eq!(won.len(), 1, "{won:?}");
    for ran in lost {
        assert_eq!(ran.code, 1, "{ran:?}");
        assert!(ran.stderr.contains("is running: there is nothing to resume"), "{}", ran.stderr);
    }
    fs::write(env.work().join("go"), "").unwrap();
    assert_eq!(env.stream(&job).code, 0);
    assert_eq!(calls(&env), [0, 1, 1]);
    assert_eq!(output(&env, &job), [("predictions.csv".to_owned(), "000.txt 0\n001.txt 1\n".to_owned())]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_stopped_job_says_how_to_go_on_and_a_dry_run_shows_the_request() {
    let env = TestEnv::new();
    let job = stopped_job(&env);
    let hint = format!("azml job resume -n {job}");
    for verb in ["show", "stream"] {
        let ran = env.run(&["job", verb, "-n", &job, "-w", "local"]);
        assert!(ran.stderr.contains(&hint), "{verb}: {}", ran.stderr);
    }
    let planned = env.json(&["job", "resume", "-n", &job, "--dry-run"]);
    let request = planned[0].to_string();
    assert!(request.contains(&format!("/jobs/{job}/resume")) && request.contains("POST"), "{request}");
    assert_eq!(env.status(&job), "NotResponding", "a dry run has resumed the job");
    fs::write(env.work().join("go"), "").unwrap();
    let resumed = env.json(&["job", "resume", "-n", &job]);
    assert_eq!(resumed["name"], job.as_str());
    let ran = env.stream(&job);
    assert_eq!(ran.code, 0);
    assert!(ran.stdout.contains("1 of 2 mini batches are settled and do not run again"), "{}", ran.stdout);
    assert!(!ran.stderr.contains(&hint), "{}", ran.stderr);
}

#[cfg(target_os = "linux")]
#[test]
fn the_plan_of_a_resumed_job_is_the_one_it_was_invoked_with() {
    let env = TestEnv::new();
    let job = stopped_job(&env);
    env.ok(&["batch-endpoint", "delete", "-n", "ep1", "-y"]);
    env.write("data/002.txt", "new");
    fs::write(env.work().join("go"), "").unwrap();
    env.ok(&["job", "resume", "-n", &job]);
    assert_eq!(env.stream(&job).code, 0);
    assert_eq!(output(&env, &job), [("predictions.csv".to_owned(), "000.txt 0\n001.txt 1\n".to_owned())]);
}

#[test]
fn a_job_that_the_disk_had_no_room_for_goes_on_when_there_is_some() {
    let env = TestEnv::new();
    env.inputs(3);
    let full = env.write("full", "");
    let limit = format!(
        "    if mini_batch.task_id == 1 and os.path.exists({full:?}):\n        import resource\n        \
         resource.setrlimit(resource.RLIMIT_FSIZE, (12, 12))\n"
    );
    env.deploy(&counting_script(&env, &limit), "  mini_batch_size: 1");
    let job = env.invoke(&[]);
    let ran = env.stream(&job);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("File too large"), "{}", ran.stderr);
    assert!(ran.stderr.contains(&format!("azml job resume -n {job}")), "{}", ran.stderr);
    fs::remove_file(full).unwrap();
    env.ok(&["job", "resume", "-n", &job]);
    assert_eq!(env.stream(&job).code, 0);
    assert_eq!(calls(&env), [0, 1, 1, 2]);
    let rows = "000.txt 0\n001.txt 1\n002.txt 2\n".to_owned();
    assert_eq!(output(&env, &job), [("predictions.csv".to_owned(), rows)]);
}

#[test]
fn a_job_that_did_not_stop_is_not_resumed() {
    let env = TestEnv::new();
    env.inputs(1);
    let (go, fail) = (env.work().join("go"), env.work().join("fail"));
    env.deploy(
        &format!(
            "import os, time\ndef run(mini_batch):\n    while not os.path.exists({go:?}):\n        time.sleep(0.01)\n    \
             if os.path.exists({fail:?}):\n        raise ValueError('always')\n    return mini_batch\n"
        ),
        "  mini_batch_size: 1\n  retry_settings:\n    max_retries: 0",
    );
    let refused = |job: &str, why: &str| {
        let stderr = env.fails(1, &["job", "resume", "-n", job]);
        assert!(stderr.contains(why) && stderr.contains(job), "{stderr}");
    };
    let job = env.invoke(&[]);
    refused(&job, "is running");
    env.ok(&["job", "cancel", "-n", &job]);
    refused(&job, "was cancelled");
    fs::write(&go, "").unwrap();
    let job = env.invoke(&[]);
    assert_eq!(env.stream(&job).code, 0);
    refused(&job, "has completed");
    fs::write(&fail, "").unwrap();
    let job = env.invoke(&[]);
    let ran = env.stream(&job);
    assert!(ran.code == 1 && !ran.stderr.contains("resume"), "{}", ran.stderr);
    refused(&job, "failed because of its deployment or its data");
    assert!(env.fails(3, &["job", "resume", "-n", "nope"]).contains("nope"));
}

#[test]
fn jobs_on_azure_cannot_be_resumed() {
    let env = TestEnv::new();
    let azure = ["-w", "ws", "-g", "rg", "--subscription", "11111111-1111-1111-1111-111111111111"];
    let ran = env.run(&[&["job", "resume", "-n", "j"][..], &azure].concat());
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""));
    assert!(ran.stderr.contains("only jobs of the workspace built into azml"), "{}", ran.stderr);
}
