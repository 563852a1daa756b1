//! `--set`, `--add`, `--remove` of `update` commands, kept in the order they were typed.

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};

use crate::spec::edit::Edit;

/// Changes to the object the service has, applied in command-line order.
#[derive(Debug, Clone, Default)]
pub struct EditArgs {
    /// The changes.
    pub edits: Vec<Edit>,
    /// Values stay text instead of being read as JSON.
    pub force_string: bool,
}

fn words(name: &'static str, value_name: &'static str, help: &'static str) -> Arg {
    Arg::new(name)
        .long(name)
        .value_name(value_name)
        .num_args(1..)
        .action(ArgAction::Append)
        .help(help)
        .help_heading("Change options")
}

impl Args for EditArgs {
    fn augment_args(command: Command) -> Command {
        command
            .arg(words("set", "PATH=VALUE", "Set a property of the object; may repeat"))
            .arg(words(
                "add",
                "PATH VALUE",
                "Append to a list of the object: its path, then key=value words or JSON",
            ))
            .arg(words("remove", "PATH", "Remove a property, or with an index one element of a list"))
            .arg(
                Arg::new("force_string")
                    .long("force-string")
                    .action(ArgAction::SetTrue)
                    .help("Keep the values of --set and --add as text instead of reading them as JSON")
                    .help_heading("Change options"),
            )
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for EditArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut edits = Self::default();
        edits.update_from_arg_matches(matches)?;
        Ok(edits)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        let mut placed: Vec<(usize, Edit)> = Vec::new();
        for (at, values) in occurrences(matches, "set") {
            placed.extend(values.into_iter().enumerate().map(|(nth, value)| (at + nth, Edit::Set(value))));
        }
        placed.extend(occurrences(matches, "add").into_iter().map(|(at, values)| (at, Edit::Add(values))));
        placed.extend(
            occurrences(matches, "remove").into_iter().map(|(at, values)| (at, Edit::Remove(values))),
        );
        placed.sort_by_key(|(at, _)| *at);
        self.edits = placed.into_iter().map(|(_, edit)| edit).collect();
        self.force_string = matches.get_flag("force_string");
        Ok(())
    }
}

/// The values of each use of an option, with the place of the first of them on the command line.
fn occurrences(matches: &ArgMatches, name: &str) -> Vec<(usize, Vec<String>)> {
    let mut places = matches.indices_of(name).into_iter().flatten();
    let uses = matches.get_occurrences::<String>(name).into_iter().flatten();
    uses.map(|values| {
        let values: Vec<String> = values.cloned().collect();
        let first = places.next().unwrap_or_default();
        places.by_ref().take(values.len().saturating_sub(1)).for_each(drop);
        (first, values)
    })
    .collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;

    #[test]
    fn edits_keep_the_order_they_were_typed_in() {
        let command = EditArgs::augment_args(Command::new("x"));
        let words = ["x", "--remove", "a", "0", "--set", "b=1", "c=2", "--add", "l", "k=v", "--set", "d=3"];
        let edits = EditArgs::from_arg_matches(&command.try_get_matches_from(words).unwrap()).unwrap();
        let text = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        assert_eq!(
            edits.edits,
            [
                Edit::Remove(text(&["a", "0"])),
                Edit::Set("b=1".to_owned()),
                Edit::Set("c=2".to_owned()),
                Edit::Add(text(&["l", "k=v"])),
                Edit::Set("d=3".to_owned()),
            ]
        );
    }
}
