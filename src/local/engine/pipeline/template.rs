//! Command lines with placeholders: `${{inputs.data}}`, `${{outputs.model}}`, and parts in `$[[ ]]` that are left out
//! where one of the inputs in them has no value.
//!
//! Values never become part of the command's text. A placeholder turns into the name of an environment variable, quoted
//! as the place it stands in asks for, so that no value can be taken for shell code and paths may have spaces. Only
//! a value that stands outside quotes is split into words, as it would be in the cloud, where values are text.

use std::iter::Peekable;
use std::str::Chars;

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
        let mut writer = Writer { out: String::new(), quoting: Quoting::default() };
        writer.parts(&self.0, &variable);
        writer.out
    }

    /// The words of an argument list, split as a shell splits them; `value` knows every placeholder that has a value.
    pub(super) fn words(&self, value: impl Fn(Side, &str) -> Option<String>) -> Vec<String> {
        let mut words = Words::default();
        words.parts(&self.0, &value);
        words.end_word();
        words.done
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

/// Writes a command line and follows its quotes.
struct Writer {
    out: String,
    quoting: Quoting,
}

impl Writer {
    fn parts(&mut self, parts: &[Part], variable: &impl Fn(Side, &str) -> Option<Variable>) {
        for part in parts {
            match part {
                Part::Text(text) => {
                    self.quoting.follow(text);
                    self.out.push_str(text);
                }
                Part::Placeholder(side, name) => {
                    if let Some(Variable { name, is_path }) = variable(*side, name) {
                        self.out.push_str(&match self.quoting.now() {
                            Quote::Single => format!("'\"${{{name}}}\"'"),
                            Quote::None if is_path => format!("\"${{{name}}}\""),
                            Quote::None | Quote::Double => format!("${{{name}}}"),
                        });
                        self.quoting.follow("x");
                    }
                }
                Part::Optional(inner) => {
                    if is_whole(inner, &|side, name| variable(side, name).is_some()) {
                        self.parts(inner, variable);
                    }
                }
            }
        }
    }
}

/// What quotes the place is in that a shell's command line has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quote {
    None,
    Single,
    Double,
}

/// Follows the quotes of a command line: those of commands inside `$( )` and backquotes are their own.
#[derive(Debug)]
struct Quoting {
    /// The innermost last; each with how many parentheses are open in it.
    open: Vec<(Quote, u32)>,
    /// The last character was a backslash that counts.
    is_escaped: bool,
    in_comment: bool,
    last: char,
}

impl Default for Quoting {
    fn default() -> Self {
        Self { open: vec![(Quote::None, 0)], is_escaped: false, in_comment: false, last: ' ' }
    }
}

impl Quoting {
    fn now(&self) -> Quote {
        self.open.last().map_or(Quote::None, |(quote, _)| *quote)
    }

    fn follow(&mut self, text: &str) {
        for character in text.chars() {
            self.step(character);
            self.last = character;
        }
    }

    fn step(&mut self, character: char) {
        if std::mem::take(&mut self.is_escaped) {
            return;
        }
        if self.in_comment {
            self.in_comment = character != '\n';
            return;
        }
        match (self.now(), character) {
            (Quote::Single, '\'') | (Quote::Double, '"') => self.close(),
            (Quote::Single, _) => {}
            (_, '\\') => self.is_escaped = true,
            (Quote::None, '\'') => self.open.push((Quote::Single, 0)),
            (Quote::None, '"') => self.open.push((Quote::Double, 0)),
            (_, '(') if self.last == '$' => self.open.push((Quote::None, 1)),
            (Quote::None, '(') => self.parentheses(1),
            (Quote::None, ')') => self.parentheses(-1),
            (Quote::None, '#') if self.last.is_whitespace() || self.last == ';' => self.in_comment = true,
            _ => {}
        }
    }

    fn close(&mut self) {
        if self.open.len() > 1 {
            self.open.pop();
        }
    }

    /// One more or one less; the last one ends a command inside the command.
    fn parentheses(&mut self, by: i32) {
        let Some((_, depth)) = self.open.last_mut() else { return };
        *depth = depth.saturating_add_signed(by);
        if by < 0 && *depth == 0 {
            self.close();
        }
    }
}

/// Splits a text into words, as a shell would that expands nothing.
#[derive(Debug, Default)]
struct Words {
    done: Vec<String>,
    word: Option<String>,
    quote: Option<char>,
}

impl Words {
    fn parts(&mut self, parts: &[Part], value: &impl Fn(Side, &str) -> Option<String>) {
        for part in parts {
            match part {
                Part::Text(text) => self.text(&mut text.chars().peekable()),
                Part::Placeholder(side, name) => {
                    if let Some(value) = value(*side, name) {
                        self.word.get_or_insert_default().push_str(&value);
                    }
                }
                Part::Optional(inner) => {
                    if is_whole(inner, &|side, name| value(side, name).is_some()) {
                        self.parts(inner, value);
                    }
                }
            }
        }
    }

    fn text(&mut self, characters: &mut Peekable<Chars<'_>>) {
        while let Some(character) = characters.next() {
            match (self.quote, character) {
                (Some(quote), c) if c == quote => self.quote = None,
                (None, '\'' | '"') => {
                    self.quote = Some(character);
                    self.word.get_or_insert_default();
                }
                (None, c) if c.is_whitespace() => self.end_word(),
                (None | Some('"'), '\\') => {
                    let next = characters.next().unwrap_or('\\');
                    self.word.get_or_insert_default().push(next);
                }
                (_, c) => self.word.get_or_insert_default().push(c),
            }
        }
    }

    fn end_word(&mut self) {
        self.done.extend(self.word.take());
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use std::process::Command;

    use proptest::prelude::*;

    use super::*;

    fn variable(side: Side, name: &str) -> Option<Variable> {
        let is_path = side == Side::Output || name.starts_with("data");
        (name != "missing").then(|| Variable { name: format!("V_{name}"), is_path })
    }

    fn shell(template: &str) -> String {
        Template::parse(template).unwrap().shell(variable)
    }

    /// What a shell makes of a template whose one value, `text`, is this.
    fn said(template: &str, value: &str) -> String {
        let mut shell_of_system = Command::new("sh");
        shell_of_system.arg("-c").arg(shell(template)).env("V_text", value).env("V_data", value);
        String::from_utf8(shell_of_system.output().unwrap().stdout).unwrap()
    }

    #[test]
    fn placeholders_are_quoted_as_their_place_asks_for() {
        assert_eq!(shell("run ${{inputs.data}} ${{ outputs.o.path }}"), r#"run "${V_data}" "${V_o}""#);
        assert_eq!(
            shell(r#"echo "a ${{inputs.data}} b" 'c ${{inputs.n}}'"#),
            r#"echo "a ${V_data} b" 'c '"${V_n}"''"#
        );
        assert_eq!(
            shell("echo ${{inputs.n}} # it's\ncat ${{inputs.data}}"),
            "echo ${V_n} # it's\ncat \"${V_data}\""
        );
        assert_eq!(
            shell(r#"x="$(cat ${{inputs.data}})" ${{inputs.data}}"#),
            r#"x="$(cat "${V_data}")" "${V_data}""#
        );
        assert_eq!(shell(r"a \' ${{inputs.data}}"), r#"a \' "${V_data}""#);
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

    #[test]
    fn a_value_is_never_shell_code_and_only_a_bare_text_is_split() {
        let value = "a; echo $(id) `id` '\" $HOME";
        for template in
            [r#"printf %s "${{inputs.text}}""#, "printf %s '${{inputs.text}}'", "printf %s ${{inputs.data}}"]
        {
            assert_eq!(said(template, value), value, "{template}");
        }
        assert_eq!(said("printf %s, ${{inputs.text}}", "a b"), "a,b,");
        assert_eq!(said("printf %s, ${{inputs.data}}", "a b"), "a b,");
    }

    #[test]
    fn words_are_split_as_a_shell_splits_them() {
        let template =
            Template::parse(r#"--a "b c" $[[--d ${{inputs.missing}}]] --e ${{inputs.x}} 'f"g' h\ i """#);
        let words = template.unwrap().words(|_, name| (name != "missing").then(|| "a value".to_owned()));
        assert_eq!(words, ["--a", "b c", "--e", "a value", "f\"g", "h i", ""]);
    }

    proptest! {
        #[test]
        fn any_text_is_a_template_or_refused(text in "(\\$\\{\\{|\\}\\}|\\$\\[\\[|\\]\\]|inputs\\.a|outputs\\.b|['\"\\\\()# $a]){0,24}") {
            if let Ok(template) = Template::parse(&text) {
                let _no_panic = (template.shell(variable), template.words(|_, _| None));
            }
        }

        #[test]
        fn a_text_without_placeholders_stays_as_it_is(text in "[ -~&&[^$]]{0,60}") {
            prop_assert_eq!(shell(&text), text);
        }

        #[test]
        fn every_value_arrives_whole_in_quotes(value in "[^\0]{0,40}") {
            let printed = said(r#"printf %s "${{inputs.text}}""#, &value);
            prop_assert_eq!(printed, value);
        }
    }
}
