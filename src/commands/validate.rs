//! `azml validate`: checks specs together, without asking anybody.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;
use serde_json::{Value, json};

use super::assets;
use crate::context::Context;
use crate::error::{AlreadyReported, report_problems};
use crate::spec::{
    Problem, Severity, SpecDocument, SpecError, SpecKind, Validated, guess_kind, scoring_script, validate,
};

/// Folders nested deeper than this are not looked into.
const DEEPEST: usize = 32;

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
    let files = collect(&named)?;
    let checked = check_all(cx, &files).await;
    let count = |severity| {
        checked.iter().flat_map(|file| &file.problems).filter(|found| found.severity == severity).count()
    };
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    if cx.is_format_named() {
        cx.ui().print_exact(&checked.iter().map(view).collect::<Vec<_>>().into())?;
    } else {
        for file in &checked {
            report_problems(cx.ui(), Some(&file.path), &file.source, &file.problems);
            if !file.problems.is_empty() {
                cx.ui().gap();
            }
        }
        cx.ui().status(&summary(files.len(), errors, warnings));
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

/// The files that are meant: those named, and in folders what looks like a spec.
fn collect(named: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in named {
        match path.is_dir() {
            true => collect_folder(path, 0, &mut files)?,
            false => files.push(path.clone()),
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

fn collect_folder(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let failed = || format!("cannot read `{}`", folder.display());
    let mut entries = std::fs::read_dir(folder)
        .and_then(|entries| {
            entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>()
        })
        .with_context(failed)?;
    entries.sort();
    for path in entries {
        let is_hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        let is_yaml = path.extension().is_some_and(|extension| extension == "yml" || extension == "yaml");
        if is_hidden {
            continue;
        }
        if path.is_dir() && !path.is_symlink() && depth < DEEPEST {
            collect_folder(&path, depth + 1, files)?;
        } else if is_yaml
            && SpecDocument::load(&path).map_or(true, |document| guess_kind(&document).is_some())
        {
            let shown = path.strip_prefix(".").map_or(path.clone(), Path::to_path_buf);
            files.push(shown);
        }
    }
    Ok(())
}

async fn check_all(cx: &Context, files: &[PathBuf]) -> Vec<Checked> {
    let (mut documents, mut places, mut checked) = (Vec::new(), Vec::new(), Vec::new());
    for path in files {
        match SpecDocument::load(path) {
            Ok(document) => {
                places.push(checked.len());
                checked.push(empty(path.clone(), document.source().to_owned()));
                documents.push(document);
            }
            Err(SpecError { source_text, problems, .. }) => {
                checked.push(Checked { problems, ..empty(path.clone(), source_text) });
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
