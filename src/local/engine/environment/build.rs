//! Building an environment from a conda file, once for each content.
//!
//! An environment lives in a folder named after the hash of what goes into it, and counts only when it holds
//! the marker written last. It is built under an exclusive lock, so jobs that want it at once build it once;
//! what a killed build left behind is removed. A virtual environment is preferred where it can hold
//! everything, because it is there on every machine; otherwise a conda tool is used if there is one.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::super::file_error::FileError;
use super::super::logs::JobLogs;
use super::EnvironmentError;
use super::conda::{CondaFile, PipView};
use super::python::{self, Python};
use super::tool::Tool;

const CONDA_TOOLS: [&str; 3] = ["micromamba", "mamba", "conda"];
const LOCK_POLL: Duration = Duration::from_millis(200);

/// One environment to be had.
pub(super) struct Builder<'a> {
    /// Name and version, for messages.
    pub(super) environment: String,
    pub(super) file: CondaFile,
    pub(super) text: &'a str,
    /// Where environments are kept.
    pub(super) environments: &'a Path,
    /// The interpreter virtual environments are made with, unless another version is asked for.
    pub(super) python: &'a Path,
    pub(super) logs: &'a JobLogs,
}

/// How the environment is built.
enum Method {
    Virtual { base: Python, uv: bool },
    Conda { tool: &'static str },
}

impl Builder<'_> {
    /// The environment's interpreter, built if it is not there yet.
    pub(super) async fn interpreter(&self) -> Result<PathBuf, EnvironmentError> {
        let view = self.file.as_pip();
        let method = self.choose(&view).await?;
        let key = self.key(&view, &method);
        let folder = self.environments.join(&key);
        fs::create_dir_all(self.environments).map_err(FileError::on("create", self.environments))?;
        let interpreter = folder.join("python/bin/python");
        if is_complete(&folder) {
            self.logs.line(format_args!("Environment: reusing the one built before ({key})"));
            return Ok(interpreter);
        }
        let _until_built = self.lock(&key).await?;
        if !is_complete(&folder) {
            self.build(&folder, &view, &method).await?;
        }
        Ok(interpreter)
    }

    async fn choose(&self, view: &PipView) -> Result<Method, EnvironmentError> {
        let base = Python::ask(self.python).await;
        let suitable = match (&view.python, base.clone()) {
            (None, base) => base,
            (Some(wish), Some(base)) if wish.admits(&base.version) => Some(base),
            (Some(wish), _) => match wish.command() {
                Some(command) => {
                    Python::ask(Path::new(&command)).await.filter(|found| wish.admits(&found.version))
                }
                None => None,
            },
        };
        if let (Some(base), true) = (&suitable, view.conda_only.is_empty()) {
            return Ok(Method::Virtual { base: base.clone(), uv: python::is_there("uv").await });
        }
        for tool in CONDA_TOOLS {
            if python::is_there(tool).await {
                return Ok(Method::Conda { tool });
            }
        }
        let base =
            suitable.clone().or(base).ok_or_else(|| EnvironmentError::NoPython(self.python.to_owned()))?;
        self.warn_of_compromise(view, &base, suitable.is_none());
        Ok(Method::Virtual { base, uv: python::is_there("uv").await })
    }

    fn warn_of_compromise(&self, view: &PipView, base: &Python, other_python: bool) {
        let mut compromises = Vec::new();
        if let (Some(wish), true) = (&view.python, other_python) {
            compromises.push(format!("Python {wish} (Python {} is used)", base.version));
        }
        compromises.extend(view.conda_only.iter().map(|package| format!("`{package}`")));
        self.logs.warn(format_args!(
            "without a conda tool on this machine the environment cannot have: {}",
            compromises.join(", ")
        ));
    }

    /// A name for everything that goes into the environment.
    fn key(&self, view: &PipView, method: &Method) -> String {
        let mut hash = Sha256::new();
        match method {
            Method::Virtual { base, .. } => {
                hash.update(format!("virtual\n{}\n{}\n", base.executable.display(), base.version));
                hash.update(view.requirements.join("\n"));
            }
            Method::Conda { .. } => {
                hash.update("conda\n");
                hash.update(self.text.trim().replace("\r\n", "\n"));
            }
        }
        hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }

    /// Waits for whoever builds the same environment.
    async fn lock(&self, key: &str) -> Result<File, EnvironmentError> {
        let path = self.environments.join(format!("{key}.lock"));
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
        let file = file.map_err(FileError::on("open", &path))?;
        let mut told = false;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::Error(error)) => return Err(FileError::on("lock", &path)(error).into()),
                Err(TryLockError::WouldBlock) if !told => {
                    told = true;
                    self.logs.line("Environment: waiting for another job that builds it");
                }
                Err(TryLockError::WouldBlock) => tokio::time::sleep(LOCK_POLL).await,
            }
        }
    }

    async fn build(&self, folder: &Path, view: &PipView, method: &Method) -> Result<(), EnvironmentError> {
        if folder.exists() {
            fs::remove_dir_all(folder).map_err(FileError::on("remove", folder))?;
        }
        fs::create_dir_all(folder).map_err(FileError::on("create", folder))?;
        self.logs.build_line(format_args!("Building the environment `{}`", self.environment));
        match method {
            Method::Virtual { base, uv } => self.build_virtual(folder, view, base, *uv).await?,
            Method::Conda { tool } => {
                let file = write(folder, "conda.yml", self.text)?;
                let target = folder.join("python");
                // micromamba asks before it acts, the others know no such question.
                let yes: &[&str] = if *tool == "micromamba" { &["--yes"] } else { &[] };
                let command = Tool::new(tool).args(["env", "create"]).args(yes);
                self.run(command.arg("-p").arg(target).arg("-f").arg(file)).await?;
            }
        }
        if !self.text.contains("azureml") {
            self.logs.build_line("Note: in the cloud the environment must also contain azureml-core");
        }
        self.logs.build_line("The environment is built");
        write(folder, "complete", "")?;
        Ok(())
    }

    async fn build_virtual(
        &self,
        folder: &Path,
        view: &PipView,
        base: &Python,
        uv: bool,
    ) -> Result<(), EnvironmentError> {
        let target = folder.join("python");
        let interpreter = target.join("bin/python");
        let requirements = write(folder, "requirements.txt", &(view.requirements.join("\n") + "\n"))?;
        if uv {
            self.run(Tool::new("uv").arg("venv").arg("--python").arg(&base.executable).arg(&target)).await?;
        } else {
            // Putting pip in takes seconds; without requirements nothing would use it.
            let bare: &[&str] = if view.requirements.is_empty() { &["--without-pip"] } else { &[] };
            self.run(Tool::new(&base.executable).args(["-m", "venv"]).args(bare).arg(&target)).await?;
        }
        if view.requirements.is_empty() {
            return Ok(());
        }
        let install = if uv {
            Tool::new("uv").args(["pip", "install", "--python"]).arg(&interpreter)
        } else {
            Tool::new(&interpreter).args([
                "-m",
                "pip",
                "install",
                "--disable-pip-version-check",
                "--progress-bar",
                "off",
                "--no-input",
            ])
        };
        self.run(install.arg("-r").arg(requirements)).await
    }

    async fn run(&self, tool: Tool) -> Result<(), EnvironmentError> {
        tool.run(&self.environment, self.logs).await
    }
}

fn is_complete(folder: &Path) -> bool {
    folder.join("complete").is_file()
}

fn write(folder: &Path, name: &str, text: &str) -> Result<PathBuf, FileError> {
    let path = folder.join(name);
    fs::write(&path, text).map_err(FileError::on("write", &path))?;
    Ok(path)
}
