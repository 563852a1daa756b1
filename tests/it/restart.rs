//! A machine that went down: what it left is not mistaken for something else, and jobs go on.
#![cfg(target_os = "linux")]

use std::fs;
use std::process::{Child, Command};

use super::common::kill::{
    calls, counting_script, is_stopped, job_dir, kill, kill_supervisor, output, workers,
};
use super::common::{TestEnv, eventually};

/// A process that has nothing to do with azml, in a group of its own.
struct Stranger(Child);

impl Stranger {
    fn new() -> Self {
        use std::os::unix::process::CommandExt as _;
        Self(Command::new("sleep").arg("1000").process_group(0).spawn().unwrap())
    }

    fn id(&self) -> u32 {
        self.0.id()
    }

    /// Session and time of start, as the system tells them.
    fn facts(&self) -> (String, u64) {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.id())).unwrap();
        let fields: Vec<&str> = stat[stat.rfind(')').unwrap() + 1..].split_whitespace().collect();
        (fields[3].to_owned(), fields[19].parse().unwrap())
    }

    fn lives(&mut self) -> bool {
        self.0.try_wait().unwrap().is_none()
    }
}

impl Drop for Stranger {
    fn drop(&mut self) {
        let _has_ended = self.0.kill();
        let _reaped = self.0.wait();
    }
}

/// A job of 20 mini-batches that is at its eleventh, which waits for the file `go`.
fn job_under_way(env: &TestEnv) -> String {
    env.inputs(20);
    let (go, waiting) = (env.work().join("go"), env.work().join("waiting"));
    let wait = format!(
        "    if mini_batch.task_id == 10:\n        open({waiting:?}, 'w').close()\n        \
         while not os.path.exists({go:?}):\n            time.sleep(0.01)\n"
    );
    env.deploy(&counting_script(env, &wait), "  mini_batch_size: 1");
    let job = env.invoke(&[]);
    eventually("the script is at its eleventh mini-batch", || waiting.exists());
    job
}

/// Ends everything of a job at once, so that nobody can record anything.
fn power_off(env: &TestEnv, job: &str) {
    assert!(kill_supervisor(job));
    for worker in workers(env, job) {
        let _has_gone_with_it = kill(&worker.to_string());
    }
    eventually("nothing is left of the job", || workers(env, job).is_empty());
}

fn all_rows() -> Vec<(String, String)> {
    vec![("predictions.csv".to_owned(), (0..20).map(|n| format!("{n:03}.txt {n}\n")).collect())]
}

#[test]
fn after_a_restart_a_job_goes_on_and_processes_with_numbers_of_its_workers_are_left_alone() {
    let env = TestEnv::new();
    let job = job_under_way(&env);
    let record = job_dir(&env, &job).join("workers");
    let here = fs::read_to_string(&record).unwrap().split(' ').next().unwrap().to_owned();
    power_off(&env, &job);
    // The numbers are in use again: those of before the restart, and one that was given away again since.
    let (mut reused, mut newer) = (Stranger::new(), Stranger::new());
    let before_restart = here.replacen(|c: char| c.is_ascii_hexdigit(), "x", 1);
    let line = |namespace: &str, stranger: &Stranger, younger: u64| {
        let (session, started) = stranger.facts();
        format!("{namespace} {session} {} {}\n", stranger.id(), started - younger)
    };
    fs::write(&record, line(&before_restart, &reused, 0) + &line(&here, &newer, 1) + "half a li").unwrap();
    assert_eq!(env.status(&job), "NotResponding");
    assert!(reused.lives() && newer.lives(), "a process of somebody else was killed");

    fs::write(env.work().join("go"), "").unwrap();
    // What lay in the folder for temporary files is gone, and the folder as well.
    let resumed =
        env.command(&["job", "resume", "-n", &job, "-w", "local"]).env("TMPDIR", "/nonexistent").output();
    assert!(resumed.unwrap().status.success());
    assert_eq!(env.stream(&job).code, 0);
    assert_eq!(output(&env, &job), all_rows());
    assert_eq!(calls(&env).len(), 21, "only the one under way ran again");
}

#[test]
fn what_the_disk_lost_of_a_job_is_done_again_and_nothing_else() {
    let env = TestEnv::new();
    let job = job_under_way(&env);
    power_off(&env, &job);
    // A page of the journal that never reached the disk, and rows that did so in part.
    let journal = job_dir(&env, &job).join("journal.bin");
    let mut bytes = fs::read(&journal).unwrap();
    assert_eq!(bytes.len(), 640);
    bytes[64..192].fill(0);
    fs::write(&journal, bytes).unwrap();
    let segment = job_dir(&env, &job).join("segments/0");
    let rows = fs::read(&segment).unwrap();
    fs::write(&segment, &rows[..rows.len() - 3]).unwrap();
    fs::write(env.work().join("go"), "").unwrap();
    assert!(is_stopped(&env, &job));
    env.ok(&["job", "resume", "-n", &job]);
    assert_eq!(env.stream(&job).code, 0);
    assert_eq!(output(&env, &job), all_rows());
    let mut again = calls(&env).split_off(11);
    again.sort_unstable();
    assert_eq!(again, [&[1, 2, 9][..], &Vec::from_iter(10..20)].concat());
}

#[test]
fn what_is_left_of_a_job_that_is_on_record_no_more_is_not_taken_for_that_of_a_new_one() {
    let env = TestEnv::new();
    let script = counting_script(&env, "");
    env.inputs(20);
    env.deploy(&script, "  mini_batch_size: 1\n  error_threshold: 0");
    env.write(
        "code/score.py",
        script.replace("    return", "    if mini_batch.task_id == 19: raise ValueError\n    return"),
    );
    env.ok(&["batch-deployment", "create", "-f", "deployment.yml"]);
    let failed = env.invoke(&["--job-name", "nightly"]);
    assert_eq!(env.stream(&failed).code, 1);
    // As after a reset that was interrupted, or writes to the state that a machine lost when it went down.
    for entry in fs::read_dir(env.azml_home()).unwrap().map(Result::unwrap) {
        if entry.file_name().to_str().unwrap().starts_with("state.db") {
            fs::remove_file(entry.path()).unwrap();
        }
    }
    for number in 0..20 {
        env.write(&format!("data/{number:03}.txt"), format!("{number} again"));
    }
    env.deploy(&script, "  mini_batch_size: 1\n  error_threshold: 0");
    let job = env.invoke(&["--job-name", "Nightly"]);
    let ran = env.stream(&job);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let rows: String = (0..20).map(|n| format!("{n:03}.txt {n} again\n")).collect();
    assert_eq!(output(&env, &job), [("predictions.csv".to_owned(), rows)]);
}
