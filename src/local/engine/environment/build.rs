//! Building an environment from a conda file, once for each content.
//!
//! A virtual environment is preferred where it can hold everything, because it is there on every machine; otherwise a
//! conda tool is used if there is one. Environments are built under a lock, so jobs that want one at once build it
//! once, and what a killed build left behind is removed: see `cache`.

use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::super::file_error::FileError;
use super::super::logs::JobLogs;
use super::blame::blamed;
use super::cache::{Access, Facts, Place};
use super::conda::{Entry, PipView, Requirement};
use super::python::{self, Python};
use super::python_wish::PythonWish;
use super::shortfall::{self, Shortfall};
use super::tool::{Tool, ToolFailure, found_no_network, found_no_room, last_lines};
use super::{BuildFailure, EnvironmentError, Interpreter, lines};
use crate::wire::origin::masked;
use crate::wire::requirement;

const UV: &str = "uv";
const CONDA_TOOLS: [&str; 3] = ["micromamba", "mamba", "conda"];

/// One environment to be had.
pub(super) struct Builder<'a> {
    /// Name and version, for messages.
    pub(super) environment: String,
    pub(super) entries: Vec<Entry>,
    /// The conda file.
    pub(super) text: &'a str,
    /// What is not honoured, whatever this machine has.
    pub(super) shortfalls: Vec<Shortfall>,
    /// Whether whatever else is not honoured is an error.
    pub(super) strict: bool,
    /// Where environments are kept.
    pub(super) environments: &'a Path,
    /// The interpreter virtual environments are made with, unless another version is asked for.
    pub(super) python: &'a Path,
    pub(super) logs: &'a JobLogs,
}

/// How the environment is built.
enum Method {
    Virtual { base: Python },
    Conda { tool: &'static str },
}

impl Builder<'_> {
    /// The environment's interpreter, built if it is not there yet.
    pub(super) async fn interpreter(mut self) -> Result<Interpreter, EnvironmentError> {
        let view = PipView::of(&self.entries);
        self.refuse_relative_paths()?;
        let method = self.choose(&view).await?;
        shortfall::tell(&self.environment, &self.shortfalls, self.strict, self.logs)?;
        fs::create_dir_all(self.environments).map_err(FileError::on("create", self.environments))?;
        let key = self.key(&view, &method)?;
        let place = Place::new(self.environments, &key);
        let mut was_built_here = false;
        loop {
            let in_use = place.lock(Access::Use, self.logs).await?;
            if place.is_sound().await {
                if !was_built_here {
                    self.logs.line(format_args!("Environment: reusing the one built before ({key})"));
                }
                return Ok(Interpreter { python: place.interpreter(), in_use: Some(in_use) });
            }
            drop(in_use);
            let _until_built = place.lock(Access::Build, self.logs).await?;
            if !place.is_sound().await {
                self.build(&place, &view, &method).await?;
                was_built_here = true;
            }
        }
    }

    /// A workspace gets the text of the conda file alone: there is no folder that such a path could start from.
    fn refuse_relative_paths(&self) -> Result<(), EnvironmentError> {
        let mut pips = self.entries.iter().filter(|entry| entry.is_pips);
        let Some((entry, path)) =
            pips.find_map(|entry| requirement::relative_path(&entry.text).map(|path| (entry, path)))
        else {
            return Ok(());
        };
        Err(EnvironmentError::RelativePath {
            environment: self.environment.clone(),
            place: lines::places(self.environments, self.text, &[entry]).concat(),
            text: masked(&entry.text),
            path: masked(path),
        })
    }

    async fn choose(&mut self, view: &PipView) -> Result<Method, EnvironmentError> {
        let base = Python::ask(self.python).await;
        let suitable = match &view.python {
            None => base.clone(),
            Some(wish) => match base.clone().filter(|base| wish.admits(&base.version)) {
                Some(base) => Some(base),
                None => Python::find(wish).await,
            },
        };
        if let (Some(base), true) = (&suitable, view.conda_only.is_empty()) {
            return Ok(Method::Virtual { base: base.clone() });
        }
        for tool in CONDA_TOOLS {
            if python::is_there(tool).await {
                self.shortfalls.retain(|found| *found != Shortfall::Variables);
                return Ok(Method::Conda { tool });
            }
        }
        let suitable = match suitable {
            None if python::is_there(UV).await => self.brought_by_uv(view.python.as_ref()).await,
            found => found,
        };
        if let (Some(wish), None, Some(base)) = (&view.python, &suitable, &base) {
            let (wanted, used) = (wish.to_string(), base.version.clone());
            self.shortfalls.push(Shortfall::Python { wanted, used });
        }
        if !view.conda_only.is_empty() {
            self.shortfalls.push(Shortfall::CondaOnly(view.conda_only.clone()));
        }
        let base = suitable.or(base).ok_or_else(|| EnvironmentError::NoPython(self.python.to_owned()))?;
        Ok(Method::Virtual { base })
    }

    /// The interpreter that uv has, or fetches. Where it cannot, another one has to do.
    async fn brought_by_uv(&self, wish: Option<&PythonWish>) -> Option<Python> {
        let minor = match wish {
            Some(wish) => wish.minors().next()?,
            None => "3".to_owned(),
        };
        if let Some(found) = Python::of_uv(&minor).await {
            return Some(found);
        }
        self.logs.build_line(format_args!("Python {minor} is not on this machine; uv is asked for it"));
        Tool::new(UV).args(["python", "install", &minor]).run(self.logs).await.ok()?;
        Python::of_uv(&minor).await
    }

    /// A name for everything that goes into the environment.
    fn key(&self, view: &PipView, method: &Method) -> Result<String, FileError> {
        let mut hash = Sha256::new();
        match method {
            Method::Virtual { base } => {
                hash.update(format!("virtual\n{}\n{}\n", base.executable.display(), base.version));
                hash.update(requirements_text(&view.requirements));
                for path in
                    view.requirements.iter().filter_map(|one| requirement::requirements_file(&one.line))
                {
                    // One that is not there is for pip to complain of.
                    hash.update(fs::read(path).unwrap_or_default());
                }
            }
            Method::Conda { .. } => {
                hash.update("conda\n");
                hash.update(self.text.trim().replace("\r\n", "\n"));
            }
        }
        Ok(hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect())
    }

    async fn build(&self, place: &Place, view: &PipView, method: &Method) -> Result<(), EnvironmentError> {
        if place.is_complete() {
            self.logs.build_line(
                "The environment built before does not work any more: its Python is gone or another",
            );
        }
        place.clear()?;
        self.logs.build_line(format_args!("Building the environment `{}`", self.environment));
        match method {
            Method::Virtual { base } => self.build_virtual(place, view, base).await?,
            Method::Conda { tool } => {
                let file = write(place, "conda.yml", self.text)?;
                let target = place.folder().join("python");
                let command = Tool::new(tool).args(["env", "create", "-p"]).arg(target).arg("-f").arg(&file);
                let ran = self.run(command, &[]).await;
                remove(&file);
                ran?;
            }
        }
        let built = Python::ask(&place.interpreter()).await;
        let built = built.ok_or_else(|| EnvironmentError::NoInterpreter(self.environment.clone()))?;
        if !self.text.contains("azureml") {
            self.logs.build_line("Note: in the cloud the environment must also contain azureml-core");
        }
        self.logs.build_line(format_args!("The environment is built, with Python {}", built.version));
        place.finish(&Facts { environment: self.environment.clone(), python: built.version })?;
        Ok(())
    }

    async fn build_virtual(
        &self,
        place: &Place,
        view: &PipView,
        base: &Python,
    ) -> Result<(), EnvironmentError> {
        let target = place.folder().join("python");
        let lines = &view.requirements;
        let uv = python::is_there(UV).await;
        let make = if uv {
            Tool::new(UV).arg("venv").arg("--python").arg(&base.executable)
        } else {
            // Putting pip in takes seconds; without requirements nothing would use it.
            let bare: &[&str] = if lines.is_empty() { &["--without-pip"] } else { &[] };
            Tool::new(&base.executable).args(["-m", "venv"]).args(bare)
        };
        self.run(make.arg(&target), lines).await?;
        if lines.is_empty() {
            return Ok(());
        }
        let interpreter = place.interpreter();
        let install = if uv {
            // As pip, which the cloud uses, does: the best of all indexes, and modules compiled once for all workers.
            let as_pip = ["--index-strategy", "unsafe-best-match", "--compile-bytecode"];
            let more = lines.iter().flat_map(Requirement::words_for_uv);
            Tool::new(UV).args(["pip", "install", "--python"]).arg(&interpreter).args(as_pip).args(more)
        } else {
            Tool::new(&interpreter).args([
                "-m",
                "pip",
                "install",
                "--disable-pip-version-check",
                "--progress-bar",
                "off",
            ])
        };
        let file = write(place, "requirements.txt", &requirements_text(lines))?;
        let ran = self.run(install.arg("-r").arg(&file), lines).await;
        remove(&file);
        ran
    }

    /// Runs a tool that works with these lines of a requirements file.
    async fn run(&self, tool: Tool, requirements: &[Requirement]) -> Result<(), EnvironmentError> {
        let (command, how, output) = match tool.run(self.logs).await {
            Ok(()) => return Ok(()),
            Err(ToolFailure::Spawn { command, source }) => {
                return Err(EnvironmentError::Spawn { tool: command, source });
            }
            Err(ToolFailure::Failed { command, how, output }) => (command, how, output),
        };
        let at_fault: Vec<&Entry> =
            blamed(&self.entries, requirements, &output).into_iter().map(|at| &self.entries[at]).collect();
        let places = lines::places(self.environments, self.text, &at_fault);
        let at_fault =
            places.iter().zip(at_fault).map(|(place, entry)| format!("{place}: {}", masked(&entry.text)));
        Err(EnvironmentError::Build(Box::new(BuildFailure {
            environment: self.environment.clone(),
            command,
            how,
            at_fault: at_fault.collect(),
            last_lines: last_lines(&output),
            compromise: shortfall::serious(&self.shortfalls),
            no_room: found_no_room(&output),
            no_network: found_no_network(&output),
        })))
    }
}

fn requirements_text(requirements: &[Requirement]) -> String {
    requirements.iter().map(|requirement| format!("{}\n", requirement.line)).collect()
}

/// A file for a tool, for the time of the build: it may name indexes with their passwords.
fn write(place: &Place, name: &str, text: &str) -> Result<PathBuf, FileError> {
    let path = place.folder().join(name);
    fs::write(&path, text).map_err(FileError::on("write", &path))?;
    Ok(path)
}

fn remove(file: &Path) {
    let _removed_with_the_folder_then = fs::remove_file(file);
}
