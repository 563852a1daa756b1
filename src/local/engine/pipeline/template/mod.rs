//! Command lines with placeholders: `${{inputs.data}}`, `${{outputs.model}}`, and parts in `$[[ ]]` that are left out
//! where one of the inputs in them has no value.
//!
//! Values never become part of the command's text. A placeholder turns into the name of an environment variable, quoted
//! as the place it stands in asks for, so that no value can be taken for shell code and paths may have spaces. Only
//! a value that stands outside quotes is split into words, as it would be in the cloud, where values are text.
//!
//! Here templates are taken apart; `shell` makes command lines of them by their `quoting`, `words` lists of arguments.

mod here_document;
mod quoting;
mod shell;
mod words;

use shell::Writer;
use words::Words;

/// Whose name a placeholder has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// An input of the component.
    Input,
    /// An output of the component.
    Output,
}

/// A template taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Placeholder(Side, String),
    Optional(Vec<Part>),
}

/// Why a text is no template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// A placeholder that does not end.
    #[error("a `{{{{` has no `}}}}` behind it")]
    Open,
    /// An optional part that does not end.
    #[error("a `$[[` has no `]]` behind it")]
    OpenOptional,
    /// A placeholder that names neither an input nor an output.
    #[error(
        "`${{{{{0}}}}}` names no input or output; write `${{{{inputs.NAME}}}}` or `${{{{outputs.NAME}}}}`"
    )]
    Unknown(String),
    /// A placeholder where a shell takes everything for text.
    #[error(
        "the placeholder of `{0}` stands in a here-document whose end is quoted, and nothing is expanded there; take the \
         quotes from its end, or read the value from its environment variable"
    )]
    OutOfReach(String),
}

/// What a placeholder stands for where the command runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Variable {
    /// Name of the environment variable.
    pub(super) name: String,
    /// Whether the value is one word wherever it stands, as a path is.
    pub(super) is_path: bool,
}

impl Template {
    /// Takes a text apart.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(at) = rest.find("$[[") {
            placeholders(&rest[..at], &mut parts)?;
            let inside = &rest[at + 3..];
            let end = end_of_optional(inside)?;
            let mut optional = Vec::new();
            placeholders(&inside[..end], &mut optional)?;
            parts.push(Part::Optional(optional));
            rest = &inside[end + 2..];
        }
        placeholders(rest, &mut parts)?;
        Ok(Self(parts))
    }

    /// Every placeholder; the third value says whether it stands in an optional part.
    pub fn placeholders(&self) -> Vec<(Side, &str, bool)> {
        let mut found = Vec::new();
        collect(&self.0, false, &mut found);
        found
    }

    /// The command line for a POSIX shell. `variable` knows every placeholder that has a value.
    pub(super) fn shell(&self, variable: impl Fn(Side, &str) -> Option<Variable>) -> String {
        Writer::written(&self.0, &variable).0
    }

    /// Whether this can be a command line: a value reaches every placeholder.
    pub fn check_command(&self) -> Result<(), TemplateError> {
        let name_alone = |_, name: &str| Some(Variable { name: name.to_owned(), is_path: true });
        match Writer::written(&self.0, &name_alone).1 {
            Some(name) => Err(TemplateError::OutOfReach(name)),
            None => Ok(()),
        }
    }

    /// The words of an argument list, split as a shell splits them; `value` knows every placeholder that has a value.
    pub(super) fn words(&self, value: impl Fn(Side, &str) -> Option<String>) -> Vec<String> {
        Words::split(&self.0, &value)
    }
}

fn collect<'p>(parts: &'p [Part], is_optional: bool, found: &mut Vec<(Side, &'p str, bool)>) {
    for part in parts {
        match part {
            Part::Text(_) => {}
            Part::Placeholder(side, name) => found.push((*side, name, is_optional)),
            Part::Optional(inner) => collect(inner, true, found),
        }
    }
}

/// Where the part ends that began before `text`: at the first `]]` outside placeholders.
fn end_of_optional(text: &str) -> Result<usize, TemplateError> {
    let mut at = 0;
    loop {
        let rest = &text[at..];
        let end = rest.find("]]").ok_or(TemplateError::OpenOptional)?;
        match rest.find("${{").filter(|start| *start < end) {
            Some(start) => at += start + rest[start..].find("}}").ok_or(TemplateError::Open)? + 2,
            None => return Ok(at + end),
        }
    }
}

fn placeholders(text: &str, parts: &mut Vec<Part>) -> Result<(), TemplateError> {
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${{") {
        push_text(before, parts);
        let (inside, behind) = after.split_once("}}").ok_or(TemplateError::Open)?;
        parts.push(placeholder(inside.trim())?);
        rest = behind;
    }
    push_text(rest, parts);
    Ok(())
}

fn push_text(text: &str, parts: &mut Vec<Part>) {
    if !text.is_empty() {
        parts.push(Part::Text(text.to_owned()));
    }
}

/// `inputs.NAME`, `outputs.NAME`, and either with `.path` behind it, which is the same.
fn placeholder(inside: &str) -> Result<Part, TemplateError> {
    let unknown = || TemplateError::Unknown(inside.to_owned());
    let (side, name) = inside.split_once('.').ok_or_else(unknown)?;
    let side = match side {
        "inputs" => Side::Input,
        "outputs" => Side::Output,
        _ => return Err(unknown()),
    };
    let name = name.strip_suffix(".path").unwrap_or(name);
    match is_name(name) {
        true => Ok(Part::Placeholder(side, name.to_owned())),
        false => Err(unknown()),
    }
}

/// Whether a text may name an input or output: letters, digits and `_`, no digit first. Such names are safe as parts
/// of variables and paths.
pub fn is_name(text: &str) -> bool {
    text.len() <= 255
        && text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Whether a value is known for every input in an optional part.
fn is_whole(parts: &[Part], is_known: &impl Fn(Side, &str) -> bool) -> bool {
    parts.iter().all(|part| match part {
        Part::Text(_) => true,
        Part::Placeholder(side, name) => is_known(*side, name),
        Part::Optional(inner) => is_whole(inner, is_known),
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use proptest::prelude::*;

    use super::*;

    fn variable(side: Side, name: &str) -> Option<Variable> {
        let is_path = side == Side::Output || name.starts_with("data");
        (name != "missing").then(|| Variable { name: format!("V_{name}"), is_path })
    }

    /// The command line for a template in which only `missing` has no value.
    pub(super) fn shell(template: &str) -> String {
        Template::parse(template).unwrap().shell(variable)
    }

    #[test]
    fn optional_parts_need_all_their_inputs() {
        assert_eq!(shell("a $[[--x ${{inputs.x}}]] b"), "a --x ${V_x} b");
        assert_eq!(shell("a $[[--x ${{inputs.missing}} ]] b"), "a  b");
        assert_eq!(shell("a $[[--x ${{inputs.x}} ${{inputs.missing}}]]"), "a ");
        assert_eq!(shell("$[[plain]]"), "plain");
        assert_eq!(shell("[[ -f ${{inputs.data}} ]]"), r#"[[ -f "${V_data}" ]]"#);
    }

    #[test]
    fn what_is_no_placeholder_is_refused_and_braces_of_the_shell_are_not() {
        for (text, error) in [
            ("a ${{inputs.x", TemplateError::Open),
            ("a $[[ b", TemplateError::OpenOptional),
            ("${{x}}", TemplateError::Unknown("x".to_owned())),
            ("${{parent.inputs.x}}", TemplateError::Unknown("parent.inputs.x".to_owned())),
            ("${{inputs.a b}}", TemplateError::Unknown("inputs.a b".to_owned())),
        ] {
            assert_eq!(Template::parse(text), Err(error), "{text}");
        }
        assert_eq!(shell("echo ${HOME} $[ ] $(ls) {{x}}"), "echo ${HOME} $[ ] $(ls) {{x}}");
    }

    proptest! {
        #[test]
        fn any_text_is_a_template_or_refused(text in "(\\$\\{\\{|\\}\\}|\\$\\[\\[|\\]\\]|inputs\\.a|outputs\\.b|['\"`\\\\()#<\n $a]){0,24}") {
            if let Ok(template) = Template::parse(&text) {
                let _no_panic = (template.shell(variable), template.words(|_, _| None));
            }
        }

        #[test]
        fn a_text_without_placeholders_stays_as_it_is(text in "[ -~&&[^$]]{0,60}") {
            prop_assert_eq!(shell(&text), text);
        }
    }
}
