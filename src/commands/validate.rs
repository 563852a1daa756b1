//! `azml validate`: checks specs together, without asking anybody.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;
use serde_json::{Value, json};

use super::assets;
use crate::context::Context;
use crate::error::{AlreadyReported, report_problems};
use crate::spec::{
    Problem, Severity, SpecDocument, SpecError, SpecKind, Validated, guess_kind, looks_like_spec,
    scoring_script, validate,
};

/// Arguments of `validate`.
#[derive(Debug, Args)]
pub struct ValidateArgs {
    /// Specs, or folders whose specs are to be checked; the current folder if none is given
    #[arg(long, short, value_name = "FILE|DIR", num_args = 1.., action = clap::ArgAction::Append)]
    file: Vec<PathBuf>,
}

/// What was found about one file.
struct Checked {
    path: PathBuf,
    source: String,
    kind: Option<SpecKind>,
    problems: Vec<Problem>,
}

/// Checks every file, shows every problem of all of them, and fails if one is an error.
pub async fn run(cx: &Context, args: ValidateArgs) -> anyhow::Result<()> {
    let named = if args.file.is_empty() { vec![PathBuf::from(".")] } else { args.file };
    let files = load(&named)?;
    let number = files.len();
    let checked = check_all(cx, files).await;
    let count = |severity| {
        checked.iter().flat_map(|file| &file.problems).filter(|found| found.severity == severity).count()
    };
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    if cx.is_format_named() {
        cx.ui().print_exact(&checked.iter().map(view).collect::<Vec<_>>().into())?;
    } else {
        for file in &checked {
            if report_problems(cx.ui(), Some(&file.path), &file.source, &file.problems) {
                cx.ui().gap();
            }
        }
        cx.ui().status(&summary(number, errors, warnings));
    }
    if errors > 0 { Err(AlreadyReported.into()) } else { Ok(()) }
}

fn summary(files: usize, errors: usize, warnings: usize) -> String {
    let counted = |count: usize, noun: &str| format!("{count} {noun}{}", if count == 1 { "" } else { "s" });
    format!(
        "{} checked: {}, {}.",
        counted(files, "spec"),
        counted(errors, "error"),
        counted(warnings, "warning")
    )
}

/// A file and what came of reading it.
type Loaded = (PathBuf, Result<SpecDocument, SpecError>);

/// Reads the files that are meant, each once: those named, and in folders what looks like a spec.
fn load(named: &[PathBuf]) -> anyhow::Result<Vec<Loaded>> {
    let (mut files, mut seen) = (Vec::new(), HashSet::new());
    for path in named {
        // A file may be named twice, and in two ways.
        let mut take = |path: PathBuf, loaded| {
            if seen.insert(path.canonicalize().unwrap_or_else(|_| path.clone())) {
                files.push((path, loaded));
            }
        };
        if !path.is_dir() {
            take(path.clone(), SpecDocument::load(path));
            continue;
        }
        for path in yaml_files(path)? {
            let loaded = SpecDocument::load(&path);
            if is_spec(&loaded) {
                take(path.strip_prefix(".").map_or(path.clone(), Path::to_path_buf), loaded);
            }
        }
    }
    if files.is_empty() {
        bail!(
            "there is no spec in {}",
            named.iter().map(|path| format!("`{}`", path.display())).collect::<Vec<_>>().join(", ")
        );
    }
    Ok(files)
}

/// Every YAML file in a folder and in those below, in the order of their names. Hidden ones are left out, and links to
/// folders, which may lead back up.
fn yaml_files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut waiting = entries(folder)?;
    while let Some(path) = waiting.pop() {
        let is_hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        let is_yaml = path.extension().is_some_and(|extension| extension == "yml" || extension == "yaml");
        if is_hidden {
            continue;
        }
        if path.is_dir() {
            if !path.is_symlink() {
                waiting.extend(entries(&path)?);
            }
        // A link that leads nowhere is worth a word, but a pipe would be waited for.
        } else if is_yaml && (path.is_file() || !path.exists()) {
            files.push(path);
        }
    }
    Ok(files)
}

/// What is in a folder, the last name first.
fn entries(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let read = || {
        let entries = std::fs::read_dir(folder)?;
        entries.map(|entry| entry.map(|entry| entry.path())).collect::<std::io::Result<Vec<_>>>()
    };
    let mut entries = read().with_context(|| format!("cannot read `{}`", folder.display()))?;
    entries.sort_by(|one, other| other.cmp(one));
    Ok(entries)
}

/// Whether a file found in a folder is a spec: other tools have YAML files, too, some of which no YAML reader takes.
fn is_spec(loaded: &Result<SpecDocument, SpecError>) -> bool {
    match loaded {
        Ok(document) => guess_kind(document).is_some(),
        // A file that could not even be read may be anything.
        Err(error) => error.source_text.is_empty() || looks_like_spec(&error.source_text),
    }
}

async fn check_all(cx: &Context, files: Vec<Loaded>) -> Vec<Checked> {
    let (mut documents, mut places, mut checked) = (Vec::new(), Vec::new(), Vec::new());
    for (path, loaded) in files {
        match loaded {
            Ok(document) => {
                places.push(checked.len());
                checked.push(empty(path, document.source().to_owned()));
                documents.push(document);
            }
            Err(SpecError { source_text, problems, .. }) => {
                checked.push(Checked { problems, ..empty(path, source_text) });
            }
        }
    }
    for ((place, found), document) in places.into_iter().zip(validate(&documents)).zip(&documents) {
        let Validated { kind, problems } = found;
        let file = &mut checked[place];
        (file.kind, file.problems) = (kind, problems);
        if kind != Some(SpecKind::BatchDeployment) {
            continue;
        }
        let Some(script) = scoring_script(document) else {
            continue;
        };
        match assets::check_script(cx, &script).await {
            Ok(true) => {}
            Ok(false) => file.problems.push(document.place(Problem::warning(
                "code_configuration.scoring_script",
                "the scoring script was not parsed, there is no Python here",
            ))),
            // The script is shown as a file of its own.
            Err(SpecError { source_text, problems, .. }) => {
                checked.push(Checked { problems, ..empty(script, source_text) });
            }
        }
    }
    checked
}

fn empty(path: PathBuf, source: String) -> Checked {
    Checked { path, source, kind: None, problems: Vec::new() }
}

/// The same as data.
fn view(file: &Checked) -> Value {
    let problems: Vec<Value> = file.problems.iter().map(problem_view).collect();
    json!({
        "file": file.path.display().to_string(),
        "kind": file.kind.map(SpecKind::command),
        "problems": problems,
    })
}

fn problem_view(problem: &Problem) -> Value {
    json!({
        "severity": match problem.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        },
        "line": problem.span.map(|span| span.line),
        "column": problem.span.map(|span| span.column),
        "field": problem.field,
        "message": problem.message,
        "help": problem.help,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_counts_in_words() {
        assert_eq!(summary(1, 0, 2), "1 spec checked: 0 errors, 2 warnings.");
    }
}
