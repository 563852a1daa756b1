//! A step that runs a command line: in a shell, in a copy of its code, in a process group of its own.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::process::{Child, Command};

use super::super::aside::Aside;
use super::super::environment;
use super::super::failure::Failure;
use super::super::file_error::FileError;
use super::super::last_words::last_words;
use super::super::log_root;
use super::super::logs::{JobLogs, STANDARD_LOG};
use super::super::processes::Awaited;
use super::super::record::JobRecord;
use super::super::scratch::work_path;
use super::super::worker::NOT_INHERITED;
use super::super::{processes, unix};
use super::material::{self, Material};
use super::plan::{CommandPlan, PipelinePlan, StepPlan};
use super::run::Surroundings;
use super::step::Finished;
use super::template::Template;
use crate::wire::job::JobStatus;

/// Shells that commands are run with: the cloud's, and what every system has.
const SHELLS: [&str; 2] = ["bash", "sh"];

/// One command step.
pub(super) struct CommandStep<'a> {
    pub(super) pipeline: &'a PipelinePlan,
    pub(super) step: &'a StepPlan,
    pub(super) command: &'a CommandPlan,
    pub(super) dir: &'a Path,
    pub(super) surroundings: &'a Surroundings<'a>,
    pub(super) record: &'a dyn JobRecord,
    pub(super) logs: &'a JobLogs,
    pub(super) aside: &'a Aside,
}

impl CommandStep<'_> {
    /// Runs the command to its end.
    pub(super) async fn run(&self) -> Result<Finished, Failure> {
        let Surroundings { environments, settings, downloader } = *self.surroundings;
        // Held to the end: nobody removes an environment that is in use.
        let interpreter =
            environment::prepare(&self.command.environment, environments, settings, self.logs).await?;
        let inputs = &self.command.inputs;
        let mut material = Material::gather(inputs, self.dir, downloader, self.logs).await?;
        let folder = self.fresh_folders().await?;
        material.add_outputs(&self.step.outputs)?;
        let line =
            Template::parse(&self.command.command).map_err(|error| Failure::Command(error.to_string()))?;
        let line = line.shell(|side, name| material.variable(side, name));
        let (line, variables) = (self.script(&interpreter.python, &line)?, self.variables(&material));
        self.logs.line(format_args!("Running: {}", self.command.command.trim()));
        if let Err(error) = self.record.set_status(JobStatus::Running) {
            self.logs.warn(&error);
        }
        let child = self.start(&line, &folder, &variables)?;
        let status = self.ended(child).await?;
        self.keep_outputs_folder(&folder).await?;
        if !status.success() {
            return Err(Failure::Command(self.story(status)));
        }
        for (name, output) in &self.step.outputs {
            if !material::is_written(output) {
                self.logs.warn(format_args!("nothing was written to the output `{name}`"));
            }
        }
        let outputs = self.step.outputs.clone();
        self.aside.start(move |_| material::protect(&outputs)).await?;
        Ok(Finished::Completed)
    }

    /// Removes what an earlier try left, and makes the folder that the command is run in: a copy of the code, or an
    /// empty one.
    async fn fresh_folders(&self) -> Result<PathBuf, Failure> {
        let (work, folder) = (work_path(self.dir), material::code_copy(self.dir));
        let (outputs, code) = (self.step.outputs.clone(), self.command.code_dir.clone());
        let made = self.aside.start(move |stop| {
            material::remove_earlier(&outputs)?;
            if work.exists() {
                fs::remove_dir_all(&work).map_err(FileError::on("remove", &work))?;
            }
            match code {
                Some(code) => material::copy_folder(&code, &folder, stop)?,
                None => fs::create_dir_all(&folder).map_err(FileError::on("create", &folder))?,
            }
            Ok::<_, FileError>(folder)
        });
        Ok(made.await??)
    }

    /// What the command finds in its environment besides what this process has: the step's own variables first, since
    /// those that say where data is are the engine's word.
    fn variables(&self, material: &Material) -> BTreeMap<String, String> {
        let defaults = [("PYTHONUTF8", "1"), ("PYTHONUNBUFFERED", "1")];
        let given =
            self.command.environment_variables.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let ours = [
            ("AZUREML_RUN_ID", self.step.run_id.as_str()),
            ("AZUREML_ROOT_RUN_ID", &self.pipeline.job),
            ("AZUREML_EXPERIMENT_NAME", &self.pipeline.experiment),
        ];
        let texts = defaults.into_iter().chain(given).chain(ours);
        let texts = texts.map(|(name, value)| (name.to_owned(), value.to_owned()));
        texts.chain(material.variables()).collect()
    }

    /// The command line, behind what makes `python` the environment's interpreter, whatever that is called.
    fn script(&self, python: &Path, line: &str) -> Result<String, Failure> {
        let programs = work_path(self.dir).join("bin");
        fs::create_dir_all(&programs).map_err(FileError::on("create", &programs))?;
        let folder = python.parent().filter(|_| python.components().count() > 1);
        // One that is found by name alone is not looked for under that name.
        let names =
            ["python", "python3"].into_iter().filter(|name| folder.is_some() || Path::new(name) != python);
        for name in names {
            let program = programs.join(name);
            let text = format!("#!/bin/sh\nexec {} \"$@\"\n", quoted(python));
            fs::write(&program, text).map_err(FileError::on("write", &program))?;
            let mode = fs::Permissions::from_mode(0o755);
            fs::set_permissions(&program, mode).map_err(FileError::on("change", &program))?;
        }
        let folders: String = [Some(programs.as_path()), folder]
            .into_iter()
            .flatten()
            .map(|folder| quoted(folder) + ":")
            .collect();
        Ok(format!("export PATH={folders}\"$PATH\"\n{line}"))
    }

    fn start(
        &self,
        line: &str,
        folder: &Path,
        variables: &BTreeMap<String, String>,
    ) -> Result<Child, Failure> {
        let mut last = None;
        for shell in SHELLS {
            match self.spawn(shell, line, folder, variables) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => last = Some(error),
                Err(error) => return Err(FileError::on("start", Path::new(shell))(error).into()),
                Ok(child) => {
                    processes::record_group(self.dir, child.id().unwrap_or_default())?;
                    return Ok(child);
                }
            }
        }
        let error = last.unwrap_or_else(|| io::ErrorKind::NotFound.into());
        Err(FileError::on("start", Path::new(SHELLS[0]))(error).into())
    }

    fn spawn(
        &self,
        shell: &str,
        line: &str,
        folder: &Path,
        variables: &BTreeMap<String, String>,
    ) -> io::Result<Child> {
        let output = self.output()?;
        let mut command = std::process::Command::new(shell);
        for name in NOT_INHERITED {
            command.env_remove(name);
        }
        command
            .arg("-c")
            .arg(line)
            .envs(variables)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output);
        unix::own_group_with_lifeline(&mut command);
        Command::from(command).kill_on_drop(true).spawn()
    }

    fn standard_log(&self) -> PathBuf {
        log_root(self.dir).join(STANDARD_LOG)
    }

    fn output(&self) -> io::Result<File> {
        let path = self.standard_log();
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        OpenOptions::new().create(true).append(true).open(path)
    }

    /// Waits for the command; its whole group ends with it, also when it is not waited for any longer.
    async fn ended(&self, mut child: Child) -> Result<ExitStatus, Failure> {
        let (group, _awaited) = (Group(child.id()), Awaited::of(&child));
        let waited = match self.command.timeout_seconds {
            None => Ok(child.wait().await),
            Some(seconds) => tokio::time::timeout(Duration::from_secs(seconds), child.wait()).await,
        };
        drop(group);
        match waited {
            Ok(Ok(status)) => Ok(status),
            Ok(Err(error)) => Err(FileError::on("wait for the command of", self.dir)(error).into()),
            Err(_elapsed) => {
                let seconds = self.command.timeout_seconds.unwrap_or_default();
                Err(Failure::Command(format!(
                    "The command did not end within its limit of {seconds} seconds."
                )))
            }
        }
    }

    /// `./outputs` is kept among the logs, as the cloud keeps it with a run.
    async fn keep_outputs_folder(&self, folder: &Path) -> Result<(), Failure> {
        let (from, to) = (folder.join("outputs"), log_root(self.dir).join("outputs"));
        if from.is_dir() {
            let kept = self.aside.start(move |_| {
                let _had_none = fs::remove_dir_all(&to);
                fs::rename(&from, &to)
            });
            if let Err(error) = kept.await? {
                self.logs.warn(format_args!("the folder `outputs` could not be kept: {error}"));
            }
        }
        Ok(())
    }

    fn story(&self, status: ExitStatus) -> String {
        let how = match (status.code(), status.signal()) {
            (Some(code), _) => format!("ended with exit code {code}"),
            (None, Some(signal)) => format!("was killed by signal {signal}"),
            (None, None) => "ended in an unknown way".to_owned(),
        };
        let words = last_words(&self.standard_log());
        let words = if words.is_empty() { words } else { format!("\nIts last words:\n{words}") };
        format!("The command {how}.{words}\nSee {STANDARD_LOG} in the step's logs.")
    }
}

/// A process group that ends with this value.
struct Group(Option<u32>);

impl Drop for Group {
    fn drop(&mut self) {
        self.0.into_iter().for_each(unix::kill_group);
    }
}

/// A path as one word of a shell.
fn quoted(path: &Path) -> String {
    format!("'{}'", path.to_string_lossy().replace('\'', r"'\''"))
}
