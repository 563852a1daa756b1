//! Usage errors in the words of `az` (measured on az 2.91.0), exit code 2.

use clap::error::{ContextKind, ContextValue, ErrorKind};

/// A command line that cannot be understood.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct UsageError(pub String);

/// Puts a clap error into one message; what clap suggests is kept.
pub fn describe(error: &clap::Error, command: &clap::Command) -> UsageError {
    let first = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        Some(ContextValue::Strings(texts)) => Some(texts.join(", ")),
        _ => None,
    };
    let option = || first(ContextKind::InvalidArg).unwrap_or_default();
    let value = || first(ContextKind::InvalidValue).unwrap_or_default();
    let message = match error.kind() {
        ErrorKind::MissingRequiredArgument => {
            format!("the following arguments are required: {}", with_short_forms(&option(), command))
        }
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            "the following arguments are required: _subcommand".to_owned()
        }
        ErrorKind::InvalidSubcommand => {
            let word = first(ContextKind::InvalidSubcommand).unwrap_or_default();
            format!("'{word}' is misspelled or not recognized by the system.")
        }
        ErrorKind::UnknownArgument => format!("unrecognized arguments: {}", option()),
        ErrorKind::InvalidValue if value().is_empty() => {
            format!("argument {}: expected one argument", with_short_forms(&option(), command))
        }
        ErrorKind::InvalidValue => {
            let allowed = first(ContextKind::ValidValue).unwrap_or_default();
            format!(
                "'{}' is not a valid value for '{}'. Allowed values: {allowed}.",
                value(),
                bare_option(&option())
            )
        }
        ErrorKind::ValueValidation => {
            format!("argument {}: invalid int value: '{}'", with_short_forms(&option(), command), value())
        }
        _ => return UsageError(clap_text(error)),
    };
    UsageError(message + &suggestion(error))
}

/// clap's own first paragraph, for the rarer kinds.
fn clap_text(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let first = text.split("\n\n").next().unwrap_or_default();
    first.trim_start_matches("error: ").trim_end().to_owned()
}

fn suggestion(error: &clap::Error) -> String {
    for kind in [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg, ContextKind::SuggestedValue] {
        let found = match error.get(kind) {
            Some(ContextValue::String(text)) => Some(text.clone()),
            Some(ContextValue::Strings(texts)) => texts.first().cloned(),
            _ => None,
        };
        if let Some(found) = found {
            return format!("\nDid you mean '{found}' ?");
        }
    }
    String::new()
}

/// `--name <NAME>` without its value.
fn bare_option(usage: &str) -> &str {
    usage.split([' ', '=']).next().unwrap_or_default()
}

/// `--name/-n` for each option clap names, looked up anywhere in the command tree.
fn with_short_forms(usages: &str, command: &clap::Command) -> String {
    let names: Vec<String> = usages
        .split(", ")
        .map(|usage| {
            let name = bare_option(usage);
            match short_of(command, name.trim_start_matches("--")) {
                Some(short) => format!("{name}/-{short}"),
                None => name.to_owned(),
            }
        })
        .collect();
    names.join(", ")
}

fn short_of(command: &clap::Command, long: &str) -> Option<char> {
    let own = command.get_arguments().find(|arg| arg.get_long() == Some(long)).and_then(clap::Arg::get_short);
    own.or_else(|| command.get_subcommands().find_map(|child| short_of(child, long)))
}
