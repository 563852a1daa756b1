//! From errors to what the user sees and the exit code: the only place that decides either.

use std::process::ExitCode;

use crate::arm::{ArmError, ArmErrorKind};
use crate::cli::shell;
use crate::cli::usage::UsageError;
use crate::settings::SettingsError;
use crate::spec::{Problem, Severity as ProblemSeverity, SpecError, masked};
use crate::ui::{Diagnostic, Place, Severity, Ui, UiError};
use crate::wire::ids::ArmId;

/// Exit codes, the same as `az`'s (measured on az 2.91.0).
pub mod exit {
    /// Done.
    pub const OK: u8 = 0;
    /// The service, the spec or the job failed; also a refused or interrupted command.
    pub const FAILURE: u8 = 1;
    /// The command line cannot be understood.
    pub const USAGE: u8 = 2;
    /// What was asked for does not exist.
    pub const NOT_FOUND: u8 = 3;
}

/// An error whose message already reached the user, such as a job's failure at the end of its log.
#[derive(Debug, thiserror::Error)]
#[error("already reported")]
pub struct AlreadyReported;

/// Tells the user what went wrong and returns the exit code.
pub fn report(ui: &Ui, error: &anyhow::Error) -> ExitCode {
    ExitCode::from(report_as_number(ui, error))
}

fn report_as_number(ui: &Ui, error: &anyhow::Error) -> u8 {
    if find::<UiError>(error).is_some_and(UiError::is_broken_pipe) {
        // The reader had enough; that is no failure.
        return exit::OK;
    }
    if find::<AlreadyReported>(error).is_some() {
        return exit::FAILURE;
    }
    if let Some(spec) = find::<SpecError>(error) {
        report_problems(ui, spec.path.as_deref(), &spec.source_text, &spec.problems);
        return exit::FAILURE;
    }
    ui.error(&describe(error));
    if let Some(hint) = find::<ArmError>(error).and_then(goes_on) {
        ui.status(&hint);
    }
    code(error)
}

fn code(error: &anyhow::Error) -> u8 {
    if find::<UsageError>(error).is_some() || matches!(find(error), Some(SettingsError::Required(_))) {
        return exit::USAGE;
    }
    match find::<ArmError>(error) {
        Some(arm) if arm.is_not_found() => exit::NOT_FOUND,
        _ => exit::FAILURE,
    }
}

/// What to do about an operation that goes on although nobody waits for it any more.
fn goes_on(error: &ArmError) -> Option<String> {
    if !matches!(error.kind, ArmErrorKind::WaitInterrupted) {
        return None;
    }
    let id = ArmId::parse(&error.url[error.url.find("/subscriptions/")?..])?;
    let show = match id.segments.iter().map(|segment| shell::word(segment)).collect::<Vec<_>>().as_slice() {
        [kind, name] if kind == "batchEndpoints" => format!("batch-endpoint show -n {name}"),
        [_, endpoint, kind, name] if kind == "deployments" => {
            format!("batch-deployment show -n {name} -e {endpoint}")
        }
        [kind, name] if kind == "computes" => format!("compute show -n {name}"),
        [kind, name, ..] if kind == "jobs" => format!("job show -n {name}"),
        _ => return Some("The operation goes on without azml.".to_owned()),
    };
    let place = shell::place(&id.workspace);
    Some(format!(
        "The operation goes on without azml. `azml {show} {place}` tells how far it is; the same command once more \
         waits for it again."
    ))
}

/// The first error of type `E` in the chain.
fn find<E: std::error::Error + 'static>(error: &anyhow::Error) -> Option<&E> {
    error.chain().find_map(|cause| cause.downcast_ref::<E>())
}

/// The chain in one line, causes after colons; a cause that only repeats its parent is left out.
fn describe(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain() {
        let cause = cause.to_string();
        if text.is_empty() {
            text = cause;
        } else if !text.ends_with(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

/// Shows problems of a spec with file, line and column, as far as the user wants to see them; whether any was shown.
pub fn report_problems(ui: &Ui, path: Option<&std::path::Path>, source: &str, problems: &[Problem]) -> bool {
    let file = path.map(|path| path.display().to_string());
    let source = &*masked(source);
    let diagnostics = problems.iter().map(|problem| {
        // What was given on the command line has no place in the file.
        let is_written = problem.origin.is_none();
        Diagnostic {
            severity: match problem.severity {
                ProblemSeverity::Error => Severity::Error,
                ProblemSeverity::Warning => Severity::Warning,
            },
            message: problem.message.clone(),
            origin: problem.origin.as_deref().or(file.as_deref()),
            place: problem.span.filter(|_| is_written).map(|span| Place {
                source,
                line: span.line,
                span: span.start..span.end,
            }),
            label: problem.label.clone(),
            help: problem.help.clone(),
        }
    });
    ui.diagnostics(diagnostics)
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context as _;

    #[test]
    fn the_kind_of_error_decides_the_exit_code_wherever_it_is_in_the_chain() {
        let wrapped =
            |error: anyhow::Error| Err::<(), _>(error).context("doing things").map_err(|error| code(&error));
        assert_eq!(wrapped(UsageError(String::new()).into()), Err(exit::USAGE));
        assert_eq!(wrapped(SettingsError::Required("--workspace-name/-w").into()), Err(exit::USAGE));
        assert_eq!(wrapped(anyhow::anyhow!("x")), Err(exit::FAILURE));
    }

    #[test]
    fn causes_follow_in_one_line_without_repetition() {
        let error = anyhow::anyhow!("disk full").context("cannot write `x`: disk full").context("saving");
        assert_eq!(describe(&error), "saving: cannot write `x`: disk full");
    }
}
