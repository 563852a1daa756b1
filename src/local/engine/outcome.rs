//! How a job's end is told: sentences its user can act on.
//!
//! The facts come from `failure`; nothing is decided here.

use std::error::Error;
use std::fmt::Write;
use std::path::Path;

use super::failure::{Failure, Flaw, ScoringFailure, Witness, WorkerFailure};
use super::logs::error_log;
use super::partition::Partition;
use super::plan::JobPlan;
use super::record::JobError;
use super::reporter::first_file;
use super::worker::ScriptLocation;

/// What the record of a failed job holds.
pub(super) fn job_error(failure: &Failure) -> JobError {
    let code = if failure.is_users() { "UserError" } else { "SystemError" };
    JobError { code: code.to_owned(), message: with_causes(failure) }
}

/// The sentences for a failure of scoring.
pub(super) fn scoring_message(
    failure: &ScoringFailure,
    plan: &JobPlan,
    partition: Option<&Partition>,
) -> String {
    match failure {
        ScoringFailure::CannotImport { worker, failure } => {
            let headline = match &plan.code {
                Some(code) => {
                    format!("The scoring script `{}` cannot be used: {failure}", code.scoring_script)
                }
                None => format!("The MLflow model cannot be scored: {failure}"),
            };
            explained(headline, failure, &error_log(*worker), plan) + &where_packages_come_from(failure, plan)
        }
        ScoringFailure::CannotInit { worker, workers, tries, failure } => {
            let who = if *workers == 1 { "the worker".to_owned() } else { format!("all {workers} workers") };
            let headline = match failure {
                WorkerFailure::TimeLimit { .. } => {
                    format!("{who} did not become ready, {tries} times in a row: {failure}")
                }
                _ => format!("in {who} init() failed, {tries} times in a row: {failure}"),
            };
            explained(headline, failure, &error_log(*worker), plan)
        }
        ScoringFailure::ThresholdExceeded { failed, threshold, first } => {
            let sentence =
                format!("The number of failed items is {failed}, which exceeds error threshold {threshold}.");
            with_witness(sentence, first.as_ref(), plan, partition)
        }
        ScoringFailure::NothingSucceeded { first } => {
            let sentence = "There is no succeeded mini batch item returned from run(). Please check 'response: run()' \
                            in https://aka.ms/batch-inference-documentation";
            with_witness(sentence.to_owned(), first.as_ref(), plan, partition)
        }
    }
}

/// Why a module may be missing here that is there in the cloud.
fn where_packages_come_from(failure: &WorkerFailure, plan: &JobPlan) -> String {
    let has_conda_file = plan.environment.conda_file.as_deref().is_some_and(|text| !text.trim().is_empty());
    match failure.class() {
        "ModuleNotFoundError" if !has_conda_file => format!(
            "\nThe environment `{}` has no conda file, and images are not used here: packages come from the Python that \
             AZML_PYTHON names, or else from `python3`.",
            plan.environment
        ),
        _ => String::new(),
    }
}

fn with_witness(
    sentence: String,
    first: Option<&Witness>,
    plan: &JobPlan,
    partition: Option<&Partition>,
) -> String {
    let Some(witness) = first else { return sentence };
    let file = first_file(partition, witness.mini_batch);
    let headline = format!(
        "{sentence}\nFirst failure: mini-batch {} (first file {file}): {}",
        witness.mini_batch, witness.flaw
    );
    match &witness.flaw {
        Flaw::Failed(failure) => explained(headline, failure, &error_log(witness.worker), plan),
        Flaw::ShortResult { .. } => headline,
    }
}

/// The headline, the place in the user's code, what a dead process said last, and where to read on.
fn explained(headline: String, failure: &WorkerFailure, log: &str, plan: &JobPlan) -> String {
    let mut text = headline;
    match failure {
        WorkerFailure::Script(report) => {
            if let Some(at) = &report.location {
                // Writing to a string cannot fail.
                let _ok = write!(text, "\n  {}", place(at, plan));
            }
        }
        WorkerFailure::Died { last_words, .. } if !last_words.is_empty() => {
            let _ok = write!(text, "\nIts last words:\n{last_words}");
        }
        WorkerFailure::Died { .. } | WorkerFailure::TimeLimit { .. } => {}
    }
    text + &format!("\nSee {log} in the job's logs.")
}

/// Where in the user's code a failure arose, in parentheses, or nothing.
pub(super) fn location(failure: &WorkerFailure, plan: &JobPlan) -> String {
    match failure {
        WorkerFailure::Script(report) => {
            report.location.as_ref().map(|at| format!(" ({})", place(at, plan))).unwrap_or_default()
        }
        WorkerFailure::TimeLimit { .. } | WorkerFailure::Died { .. } => String::new(),
    }
}

/// The path below the code folder, if it is there.
pub(super) fn file_of_code(at: &ScriptLocation, plan: &JobPlan) -> String {
    let file = Path::new(&at.file);
    let below_code = plan.code.as_ref().and_then(|code| file.strip_prefix(&code.code_dir).ok());
    below_code.unwrap_or(file).display().to_string()
}

fn place(at: &ScriptLocation, plan: &JobPlan) -> String {
    let file = file_of_code(at, plan);
    match at.code.as_str() {
        "" => format!("{file}, line {}", at.line),
        code => format!("{file}, line {}: `{code}`", at.line),
    }
}

/// An error and what caused it, in one line as far as they go.
fn with_causes(error: &dyn Error) -> String {
    let mut text = capitalised(&error.to_string());
    let mut cause = error.source();
    while let Some(error) = cause {
        let _ok = write!(text, ": {error}");
        cause = error.source();
    }
    text
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
