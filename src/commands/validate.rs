//! `azml validate`: checks specs together, without asking anybody.

use std::collections::HashSet;
use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};

use super::assets;
use super::spec_files::{self, Loaded};
use crate::context::Context;
use crate::error::{AlreadyReported, report_problems};
use crate::spec::{Problem, Severity, SpecError, SpecKind, Validated, scoring_script, validate};

/// Arguments of `validate`.
#[derive(Debug, Args)]
pub struct ValidateArgs {
    /// Specs, folders whose specs are to be checked, or `-` for standard input; the current folder if none is given
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
    let files = spec_files::load(&named)?;
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
    let mut scripts = HashSet::new();
    for ((place, found), document) in places.into_iter().zip(validate(&documents)).zip(&documents) {
        let Validated { kind, problems } = found;
        let file = &mut checked[place];
        (file.kind, file.problems) = (kind, problems);
        if kind != Some(SpecKind::BatchDeployment) {
            continue;
        }
        // Deployments may share a script; what is wrong with it is told once.
        let Some(script) = scoring_script(document).filter(|script| scripts.insert(script.clone())) else {
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
