//! A local workspace of its own with one endpoint, and jobs in it: through the program, as users run it.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

const AZML: &str = env!("CARGO_BIN_EXE_azml");
/// How often the memory of a running job is looked at; the kernel remembers its peak.
const GLANCE: Duration = Duration::from_millis(20);

/// See the module's documentation. Its environments stay for the next run.
pub(crate) struct Workspace {
    folder: PathBuf,
    /// What environments are made of: the interpreter itself, since a version manager's stand-in takes its time.
    python: String,
}

/// What one job took.
pub(crate) struct Job {
    pub(crate) name: String,
    /// From the first worker to the assembled output.
    pub(crate) seconds: f64,
    /// Of the supervisor, in MiB.
    pub(crate) peak_memory: f64,
    /// From before `invoke` until `stream` had ended.
    pub(crate) whole: f64,
}

impl Workspace {
    /// With a deployment of `names.py`, of `clock.py` and of the digits sample, two workers each.
    pub(crate) fn make() -> Self {
        let python =
            Command::new("python3").args(["-c", "import sys; print(sys.executable)"]).output().unwrap();
        let python = String::from_utf8(python.stdout).unwrap().trim().to_owned();
        let workspace = Self { folder: Path::new(env!("CARGO_TARGET_TMPDIR")).join("scoring"), python };
        workspace.clear();
        let source = Path::new(env!("CARGO_MANIFEST_DIR"));
        let code = workspace.path("code");
        fs::create_dir(&code).unwrap();
        for script in ["names.py", "clock.py"] {
            fs::copy(source.join("benches/scoring").join(script), code.join(script)).unwrap();
        }
        fs::copy(source.join("specs/digits/code/score.py"), code.join("digits.py")).unwrap();
        let (model, conda) =
            (source.join("specs/digits/model"), source.join("specs/digits/environment/conda.yml"));
        let compute = "name: two\ntype: amlcompute\nsize: Standard_DS2_v2\n";
        workspace.create("compute", "compute", compute);
        workspace.create("batch-endpoint", "endpoint", "name: bench\n");
        for script in ["names", "clock", "digits"] {
            let spec = format!(
                "name: {script}\nendpoint_name: bench\ntype: model\nmodel:\n  path: {}\n\
                 code_configuration:\n  code: code\n  scoring_script: {script}.py\nenvironment:\n  image: none\n  conda_file: {}\n\
                 compute: azureml:two\nsettings:\n  max_concurrency_per_instance: 2\n  error_threshold: 0\n",
                model.display(),
                conda.display()
            );
            workspace.create("batch-deployment", script, &spec);
        }
        workspace
    }

    fn clear(&self) {
        for name in ["code", "results", "home/state.db", "home/blobs", "home/jobs"] {
            let path = self.path(name);
            let _there_was_none = fs::remove_dir_all(&path).or_else(|_| fs::remove_file(&path));
        }
        fs::create_dir_all(&self.folder).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn home(&self) -> PathBuf {
        self.path("home")
    }

    fn create(&self, group: &str, name: &str, spec: &str) {
        let file = self.path(&format!("{name}.yml"));
        fs::write(&file, spec).unwrap();
        self.azml([group.as_ref(), "create".as_ref(), "-f".as_ref(), file.as_os_str()]);
    }

    /// Runs a command and answers what it prints.
    fn azml<'w>(&self, words: impl IntoIterator<Item = &'w OsStr>) -> String {
        let mut command = Command::new(AZML);
        command.args(words).args(["-w", "local"]).env("AZML_HOME", self.home());
        command.env("AZML_MAX_WORKERS", "2").env("AZML_PYTHON", &self.python);
        let output = command.stdin(Stdio::null()).output().unwrap();
        assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn words(&self, words: &[&str]) -> String {
        self.azml(words.iter().map(OsStr::new))
    }

    /// A folder of the default datastore, where jobs read it as it lies.
    pub(crate) fn input(&self, name: &str) -> PathBuf {
        let container = fs::read_dir(self.home().join("blobs")).unwrap().map(|entry| entry.unwrap().path());
        let is_default = |path: &PathBuf| path.to_string_lossy().contains("azureml-blobstore-");
        let folder = container.into_iter().find(is_default).unwrap().join("data").join(name);
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    /// Scores an input folder to the end.
    pub(crate) fn score(&self, deployment: &str, input: &str, mini_batch_size: usize) -> Job {
        let began = Instant::now();
        let address = format!("azureml://datastores/workspaceblobstore/paths/{input}/");
        let size = mini_batch_size.to_string();
        let invoke = ["batch-endpoint", "invoke", "-n", "bench", "-d", deployment, "--input", &address];
        let rest = ["--mini-batch-size", &size, "--query", "name", "-o", "tsv"];
        let name = self.words(&[&invoke[..], &rest].concat()).trim().to_owned();
        let (done, job) = (std::sync::atomic::AtomicBool::new(false), name.clone());
        let peak_memory = std::thread::scope(|scope| {
            let watcher = scope.spawn(|| watch(&job, &done));
            self.words(&["job", "stream", "-n", &name]);
            done.store(true, std::sync::atomic::Ordering::Relaxed);
            watcher.join().unwrap()
        });
        let whole = began.elapsed().as_secs_f64();
        let summary = fs::read(self.home().join("jobs").join(&name).join("logs/logs/summary.json")).unwrap();
        let summary: Value = serde_json::from_slice(&summary).unwrap();
        assert_eq!(summary["status"], "Completed", "{summary:#}");
        let seconds = |phase: &str| summary["seconds"][phase].as_f64().unwrap();
        Job { seconds: seconds("scoring") + seconds("assembling"), name, peak_memory, whole }
    }

    /// The rows a job wrote.
    pub(crate) fn rows(&self, job: &Job) -> String {
        let target = self.path("results").join(&job.name);
        let words = ["job", "download", "-n", &job.name, "--output-name", "score", "--download-path"];
        self.azml(words.iter().map(OsStr::new).chain([target.as_os_str()]));
        fs::read_to_string(target.join("predictions.csv")).unwrap()
    }

    /// One of the scripts as the deployments have it.
    pub(crate) fn script(&self, name: &str) -> PathBuf {
        self.path("code").join(name)
    }
}

/// The peak memory of the supervisor of `job` in MiB, as far as it was seen.
fn watch(job: &str, done: &std::sync::atomic::AtomicBool) -> f64 {
    let mut supervisor = None;
    let mut peak: f64 = 0.0;
    while !done.load(std::sync::atomic::Ordering::Relaxed) {
        supervisor = supervisor.or_else(|| find_supervisor(job));
        peak = peak.max(supervisor.and_then(peak_of).unwrap_or_default());
        std::thread::sleep(GLANCE);
    }
    peak
}

fn find_supervisor(job: &str) -> Option<u32> {
    let processes =
        fs::read_dir("/proc").ok()?.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    processes.into_iter().find(|process: &u32| {
        let words = fs::read_to_string(format!("/proc/{process}/cmdline")).unwrap_or_default();
        words.contains("__supervise") && words.contains(job)
    })
}

fn peak_of(process: u32) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse::<f64>().ok().map(|kib| kib / 1024.0)
}
