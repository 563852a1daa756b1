//! Environments: built once for each content, kept, found broken, and told of when they cannot be had.

use std::os::unix::fs::symlink;

use super::super::logs::BUILD_LOG;
use super::*;
use crate::wire::conda_line::CondaLine;

#[test]
fn a_conda_file_without_packages_becomes_a_cached_environment() {
    let mut bench = Bench::with_files("import sys\ndef run(b): return [sys.prefix != sys.base_prefix]", 1);
    bench.plan.environment.conda_file = Some("dependencies: [pip]".to_owned());
    assert_eq!(bench.output(), "True\n");
    assert!(bench.log(BUILD_LOG).contains("venv"));
    fs::remove_file(bench.path("output/predictions.csv")).unwrap();
    assert_eq!(bench.output(), "True\n");
    assert!(bench.log("logs/azureml/executionlogs.txt").contains("reusing"));
}

/// An interpreter that makes virtual environments in a way of its own.
fn fake_python(folder: &Path, make_environment: &str) -> PathBuf {
    let path = folder.join("fake-python");
    let script = format!(
        "for target; do :; done\ncase $1 in\n-E) echo 3.11.0; echo $0;;\n-m) {make_environment};;\nesac"
    );
    write_program(&path, &script);
    path
}

#[test]
fn jobs_that_want_the_same_environment_at_once_build_it_once() {
    let shared = tempfile::tempdir().unwrap();
    let count = shared.path().join("count");
    let make = format!(
        "echo built >> {}; mkdir -p $target/bin; printf '#!/bin/sh\\nexec python3 \"$@\"\\n' > $target/bin/python; \
         chmod +x $target/bin/python",
        count.display()
    );
    let python = fake_python(shared.path(), &make);
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let mut bench = Bench::with_files(ECHO, 1);
                bench.environments = shared.path().join("environments");
                bench.settings.python = Some(python.clone());
                bench.plan.environment.conda_file = Some("dependencies: [python=3.11]".to_owned());
                assert_eq!(bench.output(), "0000\n");
            });
        }
    });
    assert_eq!(fs::read_to_string(count).unwrap(), "built\n");
}

#[test]
fn cancelling_a_build_ends_what_it_started_and_the_next_job_builds_anew() {
    let mut bench = Bench::with_files(ECHO, 1);
    let pid = bench.path("pid");
    let make =
        format!("mkdir -p $target; sleep 1000 & echo $! > {0}.new; mv {0}.new {0}; wait", pid.display());
    bench.settings.python = Some(fake_python(bench.folder.path(), &make));
    bench.plan.environment.conda_file = Some("dependencies: [pip]".to_owned());
    bench.record.cancel_when = Some(pid.clone());
    assert_eq!(bench.run(), JobStatus::Canceled);
    let deadline = bench.record.cancelled_at.get().unwrap() + Duration::from_secs(2);
    assert!(ends_before(deadline, &fs::read_to_string(&pid).unwrap()));

    bench.record.cancel_when = None;
    bench.settings.python = Some(fake_python(bench.folder.path(), "echo out of luck >&2; exit 3"));
    let message = bench.failure();
    assert!(message.contains("out of luck") && message.contains("exit status: 3"), "{message}");
}

#[test]
fn a_build_that_fails_fails_the_job_with_the_tools_last_words() {
    let mut bench = Bench::with_files(ECHO, 1);
    bench.plan.environment.conda_file = Some("dependencies: [pip: ['-r /no/such/file.txt']]".to_owned());
    let message = bench.failure();
    assert!(message.contains("/no/such/file.txt"), "{message}");
}

/// As [`fake_python`], with environments whose interpreter is the machine's own, but for `-m`: that runs `pip`.
fn fake_python_with_pip(folder: &Path, pip: &str) -> PathBuf {
    let interpreter = folder.join("fake-interpreter");
    write_program(&interpreter, &format!("[ \"$1\" = -m ] || exec python3 \"$@\"\n{pip}"));
    fake_python(folder, &format!("mkdir -p $target/bin; cp {} $target/bin/python", interpreter.display()))
}

/// The only environment that is kept.
fn only_environment(bench: &Bench) -> PathBuf {
    let [environment] = cached(&bench.environments).unwrap().try_into().unwrap();
    environment.folder
}

fn forget_output(bench: &Bench) {
    fs::remove_file(bench.path("output/predictions.csv")).unwrap();
}

#[test]
fn an_environment_whose_python_is_gone_or_another_is_built_anew() {
    let mut bench = Bench::with_files(ECHO, 1);
    bench.plan.environment.conda_file = Some("dependencies: [pip]".to_owned());
    bench.output();
    let interpreter = only_environment(&bench).join("python/bin/python");
    let other_minor = "echo 3.1.0; echo $0";
    for broken in [None, Some(other_minor)] {
        forget_output(&bench);
        fs::remove_file(&interpreter).unwrap();
        match broken {
            None => symlink("/no/such/python3", &interpreter).unwrap(),
            Some(script) => write_program(&interpreter, script),
        }
        assert_eq!(bench.output(), "0000\n");
        assert!(bench.log(BUILD_LOG).contains("does not work any more"));
    }
    assert_eq!(cached(&bench.environments).unwrap().len(), 1, "the broken one is still there");
}

#[test]
fn a_python_that_cannot_be_asked_is_the_machine_s_fault_and_harms_no_environment() {
    let mut bench = Bench::with_files(ECHO, 1);
    bench.plan.environment.conda_file = Some("dependencies: [pip]".to_owned());
    bench.output();
    forget_output(&bench);
    let kept = only_environment(&bench);
    let python = fake_python(bench.folder.path(), "");
    write_program(&python, "kill -9 $$");
    bench.settings.python = Some(python.clone());
    let message = bench.failure();
    assert!(message.contains("too busy") && message.contains(python.to_str().unwrap()), "{message}");
    assert_eq!(bench.record.error.borrow().as_ref().unwrap().code, "SystemError");
    bench.settings.python = None;
    assert_eq!((bench.output().as_str(), only_environment(&bench)), ("0000\n", kept));
    assert!(bench.log("logs/azureml/executionlogs.txt").contains("reusing"));
}

#[test]
fn what_a_killed_build_leaves_behind_is_no_environment() {
    let mut bench = Bench::with_files(ECHO, 1);
    bench.plan.environment.conda_file = Some("dependencies: [pip]".to_owned());
    let python = fake_python(bench.folder.path(), "mkdir -p $target/bin; touch $target/rest; exit 3");
    bench.settings.python = Some(python);
    bench.failure();
    let folder = only_environment(&bench);
    assert!(folder.join("python/rest").exists());
    // The same interpreter, as far as anybody can tell.
    fake_python_with_pip(bench.folder.path(), "");
    assert_eq!(bench.output(), "0000\n");
    assert_eq!(only_environment(&bench), folder);
    assert!(!folder.join("python/rest").exists());
}

#[test]
fn a_running_job_keeps_its_environment() {
    let script = "
import os, time
def run(mini_batch):
    folder = os.environ['AZUREML_BI_OUTPUT_PATH']
    open(os.path.join(folder, 'runs'), 'w').close()
    while not os.path.exists(os.path.join(folder, 'go')): time.sleep(0.01)
    return ['done']
";
    let mut bench = Bench::with_files(script, 1);
    bench.plan.environment.conda_file = Some("dependencies: [pip]".to_owned());
    let (environments, runs, go) =
        (bench.environments.clone(), bench.path("output/runs"), bench.path("output/go"));
    let looker = std::thread::spawn(move || {
        let deadline = Instant::now() + Duration::from_secs(60);
        while !runs.exists() {
            assert!(Instant::now() < deadline, "the job does not run");
            std::thread::sleep(Duration::from_millis(10));
        }
        let is_removed = cached(&environments).unwrap()[0].remove().unwrap();
        fs::write(go, "").unwrap();
        is_removed
    });
    assert_eq!(bench.output(), "done\n");
    assert!(!looker.join().unwrap(), "removed under the feet of the job");
    assert!(cached(&bench.environments).unwrap()[0].remove().unwrap());
    assert!(cached(&bench.environments).unwrap().is_empty());
}

const CONDA_FILE: &str =
    "channels:\n- conda-forge\ndependencies:\n- python\n- pip:\n  - six\n  - nope==1.0\nname: e\n";

#[test]
fn a_failed_build_names_the_line_of_the_conda_file() {
    let mut bench = Bench::with_files(ECHO, 1);
    let pip = "echo Collecting six; echo 'ERROR: No matching distribution found for nope==1.0' >&2; exit 1";
    bench.settings.python = Some(fake_python_with_pip(bench.folder.path(), pip));
    bench.plan.environment.conda_file = Some(CONDA_FILE.to_owned());
    let message = bench.failure();
    assert!(message.contains("\n`dependencies[1].pip[1]` of the conda file: nope==1.0\n"), "{message}");
    assert!(message.contains("ERROR: No matching") && message.contains(BUILD_LOG), "{message}");
    assert_eq!(bench.record.error.borrow().as_ref().unwrap().code, "UserError");

    let file = bench.path("conda.yml");
    fs::write(&file, "name: e\ndependencies:\n  - pip:\n    - six\n    - \"nope==1.0\" # why\n").unwrap();
    let line = CondaLine { text: "nope==1.0".to_owned(), file: file.clone(), line: 5, column: 7 };
    remember_lines(&bench.environments, CONDA_FILE, &[line]).unwrap();
    let message = bench.failure();
    assert!(message.contains(&format!("\n{}:5:7: nope==1.0\n", file.display())), "{message}");
}

#[test]
fn a_build_without_network_or_room_is_the_machine_s_fault_and_says_so() {
    for (words, told) in [
        ("WARNING: Retrying: Temporary failure in name resolution", "Nothing answers on the network."),
        ("ERROR: Could not install: [Errno 28] No space left on device", "No space left on device"),
    ] {
        let mut bench = Bench::with_files(ECHO, 1);
        let pip = format!("echo '{words}' >&2; exit 1");
        bench.settings.python = Some(fake_python_with_pip(bench.folder.path(), &pip));
        bench.plan.environment.conda_file = Some(CONDA_FILE.to_owned());
        let message = bench.failure();
        assert!(message.contains(told), "{message}");
        assert_eq!(bench.record.error.borrow().as_ref().unwrap().code, "SystemError");
    }
}

#[test]
fn a_path_relative_to_the_conda_file_is_refused_before_anything_is_built() {
    let mut bench = Bench::with_files(ECHO, 1);
    for line in ["-r requirements.txt", "-e .", "./wheels/x.whl"] {
        bench.plan.environment.conda_file = Some(format!("dependencies: [python, pip: [six, '{line}']]"));
        let message = bench.failure();
        let start = format!("`dependencies[1].pip[1]` of the conda file: `{line}` of environment");
        assert!(message.starts_with(&start) && message.contains("no other file"), "{message}");
    }
    assert!(!bench.environments.exists());
}

#[test]
fn passwords_of_indexes_reach_neither_logs_nor_messages_nor_the_disk() {
    let mut bench = Bench::with_files(ECHO, 1);
    let pip = "for file; do :; done; cat $file; cat $file >&2; exit $FAIL";
    let interpreter = fake_python_with_pip(bench.folder.path(), &pip.replace("$FAIL", "1"));
    bench.settings.python = Some(interpreter);
    let conda_file = "dependencies: [python, pip: ['--extra-index-url https://me:pa55word@h/simple', six]]";
    bench.plan.environment.conda_file = Some(conda_file.to_owned());
    let message = bench.failure();
    assert!(message.contains("https://***@h") && !message.contains("pa55word"), "{message}");
    fake_python_with_pip(bench.folder.path(), &pip.replace("$FAIL", "0"));
    assert_eq!(bench.output(), "0000\n");
    let found =
        std::process::Command::new("grep").args(["-rl", "pa55word"]).arg(&bench.environments).output();
    assert_eq!(String::from_utf8(found.unwrap().stdout).unwrap(), "");
    let logs = log_root(&bench.path("job"));
    let found = std::process::Command::new("grep").args(["-rl", "pa55word"]).arg(logs).output().unwrap();
    assert_eq!(String::from_utf8(found.stdout).unwrap(), "");
}

#[test]
fn programs_of_the_environment_are_found_by_name() {
    let script = "import shutil, sys, os\ndef run(b): return [os.path.dirname(shutil.which('python')) == os.path.dirname(sys.executable)]";
    let mut bench = Bench::with_files(script, 1);
    bench.plan.environment.conda_file = Some("dependencies: [pip]".to_owned());
    assert_eq!(bench.output(), "True\n");
}
