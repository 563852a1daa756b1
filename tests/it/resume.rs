//! Nothing lost: jobs whose processes are killed, and which go on.

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use super::common::{TestEnv, eventually};

/// Tells of every call of `run()` in the file `calls`, one line each.
fn counting_script(env: &TestEnv, body: &str) -> String {
    let calls = env.work().join("calls");
    format!(
        "import os, time\ndef run(mini_batch):\n    with open({calls:?}, 'a') as calls:\n        \
         calls.write('%d\\n' % mini_batch.task_id)\n{body}    \
         return [os.path.basename(path) + ' ' + open(path).read() for path in mini_batch]\n"
    )
}

fn calls(env: &TestEnv) -> Vec<u64> {
    let text = fs::read_to_string(env.work().join("calls")).unwrap_or_default();
    text.lines().map(|line| line.parse().unwrap()).collect()
}

/// The supervisor of a job, if it runs.
#[cfg(target_os = "linux")]
fn supervisor(job: &str) -> Option<u32> {
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let mut ids = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    ids.find(|id| {
        let words = fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
        let words = String::from_utf8_lossy(&words);
        words.contains("__supervise") && words.split('\0').any(|word| word == job)
    })
}

/// Kills the supervisor of a job and its group with signal 9, if it runs; whether it did.
#[cfg(target_os = "linux")]
fn kill_supervisor(job: &str) -> bool {
    let Some(id) = supervisor(job) else { return false };
    let killed = std::process::Command::new("kill").args(["-9", "--", &format!("-{id}")]).output().unwrap();
    eventually("the supervisor is gone", || supervisor(job).is_none());
    killed.status.success()
}

fn status(env: &TestEnv, job: &str) -> String {
    env.json(&["job", "show", "-n", job])["status"].as_str().unwrap().to_owned()
}

/// Waits until it is known that the job's supervisor is gone: its lock is free a moment after it is out of sight.
fn is_stopped(env: &TestEnv, job: &str) -> bool {
    let mut last = String::new();
    eventually("the job has stopped", || {
        last = status(env, job);
        ["NotResponding", "Completed", "Failed", "Canceled"].contains(&last.as_str())
    });
    last == "NotResponding"
}

/// The mini-batches whose rows the job has committed.
fn committed(env: &TestEnv, job: &str) -> BTreeSet<u64> {
    let journal = fs::read(env.azml_home().join("jobs").join(job).join("journal.bin")).unwrap_or_default();
    let records = journal.chunks_exact(64).zip(0..);
    records.filter(|(record, _)| record[0] == 1).map(|(_, number)| number).collect()
}

/// All files of a job's output folder, with what is in them.
fn output(env: &TestEnv, job: &str) -> Vec<(String, String)> {
    let folder = format!("out-{job}");
    env.ok(&["job", "download", "-n", job, "-p", &folder]);
    let mut files: Vec<_> = fs::read_dir(env.work().join(&folder))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .map(|name| (name.clone(), env.read(&format!("{folder}/{name}"))))
        .collect();
    files.sort();
    files
}

/// Numbers that look random and are the same for one seed (an xorshift generator).
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_job_killed_at_fifty_moments_ends_with_the_same_bytes_and_scores_nothing_twice() {
    const KILLS: u32 = 50;
    let seed = std::env::var("AZML_TEST_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_261_122);
    let mut chance = Chance(seed);
    let env = TestEnv::new();
    env.inputs(240);
    env.deploy(
        &counting_script(&env, "    time.sleep(0.01)\n"),
        "  mini_batch_size: 2\n  max_concurrency_per_instance: 2\n  error_threshold: 0",
    );
    let undisturbed = env.invoke(&[]);
    assert_eq!(env.stream(&undisturbed).code, 0);
    let expected = output(&env, &undisturbed);
    assert_eq!(expected.len(), 1, "{expected:?}");

    let (mut kills, mut kept) = (0, 0);
    while kills < KILLS {
        fs::remove_file(env.work().join("calls")).unwrap();
        let job = env.invoke(&[]);
        // What was settled when the job was resumed last, and how often `run()` had been called by then.
        let (mut settled, mut before) = (BTreeSet::new(), 0);
        loop {
            // Not a wait for anything: the moment is what is tested.
            std::thread::sleep(Duration::from_millis(chance.below(350)));
            kills += u32::from(kill_supervisor(&job));
            let is_stopped = is_stopped(&env, &job);
            let ran: BTreeSet<u64> = calls(&env).split_off(before).into_iter().collect();
            assert!(
                ran.is_disjoint(&settled),
                "seed {seed}: of {settled:?}, settled, ran again some of {ran:?}"
            );
            if !is_stopped {
                break;
            }
            (settled, before) = (committed(&env, &job), calls(&env).len());
            kept += settled.len();
            env.ok(&["job", "resume", "-n", &job]);
            if kills >= KILLS {
                assert_eq!(env.stream(&job).code, 0);
            }
        }
        assert_eq!(status(&env, &job), "Completed", "seed {seed}");
        assert_eq!(output(&env, &job), expected, "seed {seed}");
        let all: BTreeSet<u64> = calls(&env).into_iter().collect();
        assert_eq!(all.len(), 120, "a mini-batch never ran");
    }
    assert!(kept > 100, "the kills came too early to find anything settled: {kept}");
}

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
    assert_eq!(status(&env, &job), "NotResponding", "a dry run has resumed the job");
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
