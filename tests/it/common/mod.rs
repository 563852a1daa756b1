//! A hermetic place to run the program in: empty home, empty environment, own folder.

pub(crate) mod azurite;
#[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "processes are looked for in /proc"))]
pub(crate) mod kill;
pub(crate) mod proxy;
pub(crate) mod python;
pub(crate) mod served;
pub(crate) mod stand_in;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use assert_cmd::Command;
use serde_json::Value;

use self::served::Served;
use crate::PLACE;

/// Says loudly that a test does not run here. Where skipping is forbidden (`AZML_TEST_NO_SKIP`), it is a failure.
pub(crate) fn skip(reason: &str) {
    say_skipped(reason);
    assert!(std::env::var_os("AZML_TEST_NO_SKIP").is_none(), "skipped where nothing may be: {reason}");
}

/// The folder of reference material that `AZML_ACCEPTANCE` names. It is no part of this repository: a test that needs
/// it and nothing else says loudly that it does not run, and is a failure nowhere.
pub(crate) fn reference_or_skip() -> Option<PathBuf> {
    let folder = std::env::var_os("AZML_ACCEPTANCE").map(PathBuf::from);
    if folder.is_none() {
        say_skipped("AZML_ACCEPTANCE names no folder of reference material");
    }
    folder
}

/// Not with `eprintln!`, which the harness keeps to itself when the test passes.
fn say_skipped(reason: &str) {
    let _nobody_listens = writeln!(std::io::stderr(), "\n######## SKIPPED: {reason}\n");
}

/// Every spec below `specs/`. Components are no specs of their own: the pipelines that are deployed have them read.
pub(crate) fn spec_files() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("specs")];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.ends_with("components") {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "yml" || end == "yaml")
                && !path.ends_with("conda.yml")
            {
                found.push(path);
            }
        }
    }
    assert!(found.len() >= 3, "the specs were not found");
    found
}

/// Where commands on the local workspace find it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// In their own process.
    InProcess,
    /// Behind a socket of another process.
    Served,
}

/// A temporary home and working folder.
pub(crate) struct TestEnv {
    root: tempfile::TempDir,
    azml_home: PathBuf,
    /// What is set besides, also for a server.
    variables: Vec<(&'static str, &'static str)>,
    /// The server, where there is one, and a token for it.
    served: OnceLock<(Served, String)>,
}

/// What one run of the program left behind.
#[must_use]
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl TestEnv {
    pub(crate) fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("work")).unwrap();
        fs::create_dir_all(root.path().join("home")).unwrap();
        let azml_home = root.path().join("azml");
        Self { root, azml_home, variables: Vec::new(), served: OnceLock::new() }
    }

    /// The working folder of every command.
    pub(crate) fn work(&self) -> PathBuf {
        self.root.path().join("work")
    }

    /// The user's home folder.
    pub(crate) fn home(&self) -> PathBuf {
        self.root.path().join("home")
    }

    /// Where the local workspace keeps its state.
    pub(crate) fn azml_home(&self) -> &Path {
        &self.azml_home
    }

    /// Keeps state elsewhere, for what is too dear to make anew for every test.
    pub(crate) fn with_azml_home(mut self, home: PathBuf) -> Self {
        self.azml_home = home;
        self
    }

    pub(crate) fn variables(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.variables.iter().copied()
    }

    /// Sets a variable for whatever runs the jobs.
    pub(crate) fn with_variable(mut self, name: &'static str, value: &'static str) -> Self {
        self.variables.push((name, value));
        self
    }

    /// Stops the server, if these tests have one.
    pub(crate) fn stop_serving(&mut self) {
        drop(self.served.take());
    }

    /// Writes a file below the working folder.
    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.work().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    /// Writes a shell script `bin/NAME` below the working folder. Another process does: one that this process has open for
    /// writing cannot be started, and a process that another test is just starting may have it open still.
    pub(crate) fn program(&self, name: &str, script: &str) -> PathBuf {
        let text = self.write(&format!("{name}.sh"), format!("#!/bin/sh\n{script}\n"));
        let program = self.work().join("bin").join(name);
        fs::create_dir_all(program.parent().unwrap()).unwrap();
        let copied = std::process::Command::new("cp").arg(text).arg(&program).status().unwrap();
        assert!(copied.success(), "{} is not written", program.display());
        fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        program
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.work().join(name)).unwrap()
    }

    /// The program with a cleared environment, about to run `words`.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_azml"));
        command
            .args(words)
            .current_dir(self.work())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.home())
            .env("AZML_HOME", &self.azml_home)
            .env("LANG", "C.UTF-8")
            .env("COLUMNS", "100")
            // Failures that pass are waited for, but not long.
            .env("AZML_RETRY_DELAY", "1")
            .envs(self.variables.iter().copied())
            .timeout(Duration::from_secs(120));
        if PLACE == Place::Served && words.windows(2).any(|pair| pair == ["-w", "local"]) {
            self.reach_over_the_network(&mut command);
        }
        command
    }

    /// Makes the local workspace one among others: named in full, and behind an address.
    fn reach_over_the_network(&self, command: &mut Command) {
        let (served, token) = self.served.get_or_init(|| {
            let served = Served::start(self, &[]);
            let token = served.token();
            (served, token)
        });
        command
            .args(["-g", "local", "--subscription", "00000000-0000-0000-0000-000000000000"])
            .env("AZML_ARM_ENDPOINT", served.origin())
            .env("AZML_ACCESS_TOKEN", token)
            .env("SSL_CERT_FILE", served.certificate())
            // Nothing may happen in the process of the command.
            .env("AZML_HOME", self.root.path().join("unused"));
    }

    /// Runs the program to its end.
    pub(crate) fn run(&self, words: &[&str]) -> Ran {
        Ran::of(self.command(words).output().unwrap())
    }

    /// Runs the program on the local workspace and expects success.
    pub(crate) fn ok(&self, words: &[&str]) -> String {
        let ran = self.run(&[words, &["-w", "local"]].concat());
        assert_eq!(ran.code, 0, "azml {} failed:\n{}\n{}", words.join(" "), ran.stdout, ran.stderr);
        ran.stdout
    }

    /// The same, reading the JSON it prints.
    pub(crate) fn json(&self, words: &[&str]) -> Value {
        let stdout = self.ok(words);
        serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{error} in: {stdout}"))
    }

    /// Runs the program on the local workspace and expects this exit code; what it says on stderr.
    pub(crate) fn fails(&self, code: i32, words: &[&str]) -> String {
        let ran = self.run(&[words, &["-w", "local"]].concat());
        assert_eq!(ran.code, code, "azml {}:\n{}\n{}", words.join(" "), ran.stdout, ran.stderr);
        assert_eq!(ran.stdout, "", "a failed command printed a result");
        ran.stderr
    }

    /// Endpoint `ep1`, compute `c1` and deployment `dep` with a scoring script of the standard library only.
    /// `settings` is the body of the `settings` block, two spaces deep.
    pub(crate) fn deploy(&self, script: &str, settings: &str) {
        self.write("code/score.py", script);
        self.write(
            "deployment.yml",
            format!(
                "name: dep\nendpoint_name: ep1\ntype: model\ncode_configuration:\n  code: code\n  scoring_script: score.py\n\
                 environment:\n  image: any/image:1\ncompute: azureml:c1\nsettings:\n{settings}\n"
            ),
        );
        self.ok(&["compute", "create", "-n", "c1", "--type", "amlcompute"]);
        self.ok(&["batch-endpoint", "create", "-n", "ep1"]);
        self.ok(&["batch-deployment", "create", "-f", "deployment.yml", "--set-default"]);
    }

    /// Makes the deployment of `deployment.yml` the endpoint's default, with these changes.
    pub(crate) fn redeploy(&self, changes: &[&str]) {
        let words = ["batch-deployment", "create", "-f", "deployment.yml", "--set-default", "--set"];
        self.ok(&[&words, changes].concat());
    }

    /// Input files `data/000.txt`, ... each holding its number.
    pub(crate) fn inputs(&self, count: usize) {
        for number in 0..count {
            self.write(&format!("data/{number:03}.txt"), number.to_string());
        }
    }

    /// Starts a job on `data` and returns its name.
    pub(crate) fn invoke(&self, more: &[&str]) -> String {
        let words = [
            &["batch-endpoint", "invoke", "-n", "ep1", "--input", "data"],
            more,
            &["--query", "name", "-o", "tsv"],
        ];
        self.ok(&words.concat()).trim().to_owned()
    }

    /// The state a job is in.
    pub(crate) fn status(&self, job: &str) -> String {
        self.json(&["job", "show", "-n", job])["status"].as_str().unwrap().to_owned()
    }

    /// Waits for a job through `job stream`; its exit code and what it said.
    pub(crate) fn stream(&self, job: &str) -> Ran {
        self.run(&["job", "stream", "-n", job, "-w", "local"])
    }

    /// Runs a job on `data` that has to complete; the lines of its output file.
    pub(crate) fn rows(&self, more: &[&str]) -> Vec<String> {
        let job = self.invoke(more);
        let ran = self.stream(&job);
        assert_eq!(ran.code, 0, "{}\n{}", ran.stdout, ran.stderr);
        self.ok(&["job", "download", "-n", &job, "-p", &format!("out-{job}")]);
        self.read(&format!("out-{job}/predictions.csv")).lines().map(str::to_owned).collect()
    }
}

impl Drop for TestEnv {
    fn drop(&mut self) {
        // Finished uploads are read-only, and the temporary folder wants to be removed.
        let _ = std::process::Command::new("chmod").args(["-R", "u+w"]).arg(self.root.path()).output();
    }
}

impl Ran {
    pub(crate) fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// Waits until something is so, looking often; fails after 60 seconds.
pub(crate) fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !is_so() {
        assert!(Instant::now() < deadline, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Compares with a checked-in text; `AZML_BLESS=1` writes it anew.
pub(crate) fn assert_snapshot(path: &str, actual: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("AZML_BLESS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, actual).unwrap();
        return;
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    let first = expected.lines().zip(actual.lines()).find(|(want, got)| want != got);
    assert!(
        expected == actual,
        "{} is not what the program says; AZML_BLESS=1 cargo test writes it anew. First difference: {first:?}",
        path.display()
    );
}
