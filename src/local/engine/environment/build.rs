//! Building an environment from a conda file, once for each content.
//!
//! A virtual environment is preferred where it can hold everything, because it is there on every machine; otherwise a
//! conda tool is used if there is one. Environments are built under a lock, so jobs that want one at once build it
//! once, and what a killed build left behind is removed: see `cache`.

use std::fs;
use std::path::{Path, PathBuf};

use super::super::file_error::FileError;
use super::super::logs::JobLogs;
use super::blame::blamed;
use super::cache::{Access, Facts, Place};
use super::conda::{Entry, PipView, Requirement};
use super::python::{self, Python};
use super::shortfall::{self, Shortfall};
use super::tool::{Tool, ToolFailure, found_no_network, found_no_room, last_lines};
use super::uv::{self, UV};
use super::{BuildFailure, EnvironmentError, Interpreter, key, lines};
use crate::wire::origin::masked;
use crate::wire::requirement;

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
    Virtual {
        base: Python,
    },
    /// Without a tool, what one has built before.
    Conda {
        tool: Option<&'static str>,
    },
}

impl Builder<'_> {
    /// The environment's interpreter, built if it is not there yet.
    pub(super) async fn interpreter(mut self) -> Result<Interpreter, EnvironmentError> {
        let view = PipView::of(&self.entries);
        self.refuse_relative_paths()?;
        let method = self.choose(&view).await?;
        shortfall::tell(&self.environment, &self.shortfalls, self.strict, self.logs)?;
        fs::create_dir_all(self.environments).map_err(FileError::on("create", self.environments))?;
        let (key, place) = self.place(&method, &view);
        let mut was_built_here = false;
        let mut is_known_sound = matches!(method, Method::Conda { tool: None });
        loop {
            let in_use = place.lock(Access::Use, self.logs).await?;
            // Whoever prunes may have come between the locks.
            let is_there = match is_known_sound {
                true => place.is_complete()?,
                false => place.is_sound(self.logs).await?,
            };
            if is_there {
                if !was_built_here {
                    self.logs.line(format_args!("Environment: reusing the one built before ({key})"));
                }
                return Ok(Interpreter { python: place.interpreter(), in_use: Some(in_use) });
            }
            drop(in_use);
            let _until_built = place.lock(Access::Build, self.logs).await?;
            if !place.is_sound(self.logs).await? {
                self.build(&place, &view, &method).await?;
                was_built_here = true;
            }
            is_known_sound = true;
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

    /// The way to build it. Whatever takes long to find out is left alone where there is an environment already.
    async fn choose(&mut self, view: &PipView) -> Result<Method, EnvironmentError> {
        let (wish, pip_has_all) = (view.python.as_ref(), view.conda_only.is_empty());
        if !pip_has_all && self.has_condas(view).await? {
            return Ok(Method::Conda { tool: None });
        }
        let base = Python::ask(self.python).await?;
        let mut suitable = base.clone().filter(|base| wish.is_none_or(|wish| wish.admits(&base.version)));
        if suitable.is_none() {
            if self.has_condas(view).await? {
                return Ok(Method::Conda { tool: None });
            }
            suitable = match wish {
                Some(wish) => Python::find(wish).await,
                None => None,
            };
        }
        if let (Some(base), true) = (&suitable, pip_has_all) {
            return Ok(Method::Virtual { base: base.clone() });
        }
        if let Some(tool) = conda_tool().await {
            return Ok(Method::Conda { tool: Some(tool) });
        }
        if suitable.is_none() && python::is_there(UV).await {
            let minor = wish.map_or_else(|| Some("3".to_owned()), |wish| wish.minors().next());
            if let Some(minor) = minor {
                suitable = uv::python(&minor, self.environments, self.logs).await;
            }
        }
        if let (Some(wish), None, Some(base)) = (wish, &suitable, &base) {
            let (wanted, used) = (wish.to_string(), base.version.clone());
            self.shortfalls.push(Shortfall::Python { wanted, used });
        }
        if !pip_has_all {
            self.shortfalls.push(Shortfall::CondaOnly(view.conda_only.clone()));
        }
        let base = suitable.or(base).ok_or_else(|| EnvironmentError::NoPython(self.python.to_owned()))?;
        Ok(Method::Virtual { base })
    }

    /// Whether there is what a conda tool has built before. The tool takes a second to say that it is there, and is
    /// not asked then.
    async fn has_condas(&self, view: &PipView) -> Result<bool, FileError> {
        self.place(&Method::Conda { tool: None }, view).1.is_sound(self.logs).await
    }

    /// The environment's name and place.
    fn place(&self, method: &Method, view: &PipView) -> (String, Place) {
        let key = match method {
            Method::Virtual { base } => key::of_virtual(base, &view.requirements),
            Method::Conda { .. } => key::of_conda(self.text, &view.requirements),
        };
        let place = Place::new(self.environments, &key);
        (key, place)
    }

    async fn build(&self, place: &Place, view: &PipView, method: &Method) -> Result<(), EnvironmentError> {
        if place.is_complete()? {
            self.logs.build_line(
                "The environment built before does not work any more: its Python is gone or another",
            );
        }
        place.clear()?;
        self.logs.build_line(format_args!("Building the environment `{}`", self.environment));
        match method {
            Method::Virtual { base } => self.build_virtual(place, view, base).await?,
            Method::Conda { tool } => {
                let tool = match tool {
                    Some(tool) => tool,
                    // It was removed at this very moment. Without a tool, starting one fails and says so.
                    None => conda_tool().await.unwrap_or(CONDA_TOOLS[0]),
                };
                let file = write(place, "conda.yml", self.text)?;
                let target = place.folder.join("python");
                let command = Tool::new(tool).args(["env", "create", "-p"]).arg(target).arg("-f").arg(&file);
                let ran = self.run(command, &[]).await;
                remove(&file);
                ran?;
            }
        }
        let built = Python::ask(&place.interpreter()).await?;
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
        let target = place.folder.join("python");
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

/// A tool of this machine that builds from conda files.
async fn conda_tool() -> Option<&'static str> {
    for tool in CONDA_TOOLS {
        if python::is_there(tool).await {
            return Some(tool);
        }
    }
    None
}

fn requirements_text(requirements: &[Requirement]) -> String {
    requirements.iter().map(|requirement| format!("{}\n", requirement.line)).collect()
}

/// A file for a tool, for the time of the build: it may name indexes with their passwords.
fn write(place: &Place, name: &str, text: &str) -> Result<PathBuf, FileError> {
    let path = place.folder.join(name);
    fs::write(&path, text).map_err(FileError::on("write", &path))?;
    Ok(path)
}

fn remove(file: &Path) {
    let _removed_with_the_folder_then = fs::remove_file(file);
}
