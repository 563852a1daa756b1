//! Lines that set environment variables, as a shell evaluates them.

use clap::ValueEnum;

use crate::wire::ids::WorkspaceId;

/// A shell, as far as setting variables goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    /// sh, bash, zsh and others of the family
    Sh,
    /// fish
    Fish,
    /// PowerShell on any system
    Powershell,
}

impl Shell {
    /// The line that sets `name` to `value` for programs started afterwards.
    pub fn export(self, name: &str, value: &str) -> String {
        match self {
            Self::Sh => {
                format!("export {name}={}", if is_plain(value) { value.to_owned() } else { sh(value) })
            }
            Self::Fish => {
                format!("set -gx {name} {}", if is_plain(value) { value.to_owned() } else { fish(value) })
            }
            Self::Powershell => format!("$Env:{name} = '{}'", value.replace('\'', "''")),
        }
    }
}

/// A value as one word of a command line that is printed for the user.
pub fn word(value: &str) -> String {
    if is_plain(value) { value.to_owned() } else { sh(value) }
}

/// The options that choose a workspace, as words of a command line that is printed for the user.
pub fn place(workspace: &WorkspaceId) -> String {
    match workspace.is_local() {
        true => "-w local".to_owned(),
        false => format!(
            "-g {} -w {} --subscription {}",
            word(&workspace.resource_group),
            word(&workspace.name),
            word(&workspace.subscription)
        ),
    }
}

/// Whether every shell takes the value as it stands.
fn is_plain(value: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_./:,@%+-".contains(c);
    !value.is_empty() && value.chars().all(is_plain)
}

fn sh(value: &str) -> String {
    format!("'{}'", value.replace('\'', r"'\''"))
}

fn fish(value: &str) -> String {
    format!("'{}'", value.replace('\\', r"\\").replace('\'', r"\'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_quoted_as_each_shell_wants_them() {
        let odd = r"it's a \ $x";
        let cases = [
            (Shell::Sh, "https://127.0.0.1:1/x", "export N=https://127.0.0.1:1/x"),
            (Shell::Sh, odd, r"export N='it'\''s a \ $x'"),
            (Shell::Sh, "", "export N=''"),
            (Shell::Fish, odd, r"set -gx N 'it\'s a \\ $x'"),
            (Shell::Powershell, odd, r"$Env:N = 'it''s a \ $x'"),
        ];
        for (shell, value, expected) in cases {
            assert_eq!(shell.export("N", value), expected);
        }
    }

    #[test]
    fn a_workspace_is_named_so_that_the_command_can_be_run_as_it_is_printed() {
        assert_eq!(place(&WorkspaceId::local()), "-w local");
        let workspace = WorkspaceId {
            subscription: "s-1".to_owned(),
            resource_group: "rg (old)".to_owned(),
            name: "ws".to_owned(),
        };
        assert_eq!(place(&workspace), "-g 'rg (old)' -w ws --subscription s-1");
    }
}
