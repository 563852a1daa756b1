//! Killing the processes of jobs, and what is known of a job from outside when they are gone.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use super::{TestEnv, eventually};

/// Tells of every call of `run()` in the file `calls`, one line each; `body` is what it does next.
pub(crate) fn counting_script(env: &TestEnv, body: &str) -> String {
    let calls = env.work().join("calls");
    format!(
        "import os, time\ndef run(mini_batch):\n    with open({calls:?}, 'a') as calls:\n        \
         calls.write('%d\\n' % mini_batch.task_id)\n{body}    \
         return [os.path.basename(path) + ' ' + open(path).read() for path in mini_batch]\n"
    )
}

/// The mini-batches that `run()` was called with, call by call.
pub(crate) fn calls(env: &TestEnv) -> Vec<u64> {
    let text = fs::read_to_string(env.work().join("calls")).unwrap_or_default();
    text.lines().map(|line| line.parse().unwrap()).collect()
}

/// Processes whose command line this is, as far as `is_it` can tell.
fn processes(is_it: impl Fn(&str) -> bool) -> Vec<u32> {
    let entries = fs::read_dir("/proc").unwrap().flatten();
    let ids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    ids.filter(|id| {
        let words = fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
        is_it(&String::from_utf8_lossy(&words))
    })
    .collect()
}

/// The supervisor of a job, if it runs.
pub(crate) fn supervisor(job: &str) -> Option<u32> {
    let is_it = |line: &str| line.contains("__supervise") && line.split('\0').any(|word| word == job);
    processes(is_it).first().copied()
}

/// The worker processes of a job.
pub(crate) fn workers(env: &TestEnv, job: &str) -> Vec<u32> {
    let program = job_dir(env, job).join("worker.py");
    processes(|line| line.contains(program.to_str().unwrap()))
}

/// Kills a process, or with a minus in front a group, with signal 9; whether it was there.
pub(crate) fn kill(process: &str) -> bool {
    std::process::Command::new("kill").args(["-9", "--", process]).output().unwrap().status.success()
}

/// Kills the supervisor of a job and its group, if it runs; whether it did.
pub(crate) fn kill_supervisor(job: &str) -> bool {
    let Some(id) = supervisor(job) else { return false };
    let killed = kill(&format!("-{id}"));
    eventually("the supervisor is gone", || supervisor(job).is_none());
    killed
}

/// Waits until it is known that the job's supervisor is gone: its lock is free a moment after it is out of sight.
pub(crate) fn is_stopped(env: &TestEnv, job: &str) -> bool {
    let mut last = String::new();
    eventually("the job has stopped", || {
        last = env.status(job);
        ["NotResponding", "Completed", "Failed", "Canceled"].contains(&last.as_str())
    });
    last == "NotResponding"
}

pub(crate) fn job_dir(env: &TestEnv, job: &str) -> PathBuf {
    env.azml_home().join("jobs").join(job)
}

/// The mini-batches that are settled in the job's journal, with or without rows.
pub(crate) fn settled(env: &TestEnv, job: &str) -> BTreeSet<u64> {
    let journal = fs::read(job_dir(env, job).join("journal.bin")).unwrap_or_default();
    let records = journal.chunks_exact(64).zip(0..);
    records.filter(|(record, _)| record[0] != 0).map(|(_, number)| number).collect()
}

/// All files of a job's output folder, with what is in them.
pub(crate) fn output(env: &TestEnv, job: &str) -> Vec<(String, String)> {
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

/// Numbers that look random and are the same for one seed (an xorshift generator). `AZML_TEST_SEED` gives another one.
pub(crate) struct Chance {
    pub(crate) seed: u64,
    state: u64,
}

impl Chance {
    pub(crate) fn new() -> Self {
        let given = std::env::var("AZML_TEST_SEED").ok();
        let seed = given.map_or(20_261_122, |seed| seed.parse().unwrap());
        Self { seed, state: seed.max(1) }
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        self.state % bound
    }
}
