//! Lists of arguments: texts split into words, as a shell splits them that expands nothing.

use super::{Part, Side, is_whole};

/// Splits a text into words.
#[derive(Debug, Default)]
pub(super) struct Words {
    done: Vec<String>,
    word: Option<String>,
    quote: Option<char>,
    /// The last character was a backslash that counts.
    is_escaped: bool,
}

impl Words {
    /// The words that these parts make. A value is part of a word, whatever is in it.
    pub(super) fn split(parts: &[Part], value: &impl Fn(Side, &str) -> Option<String>) -> Vec<String> {
        let mut words = Self::default();
        words.parts(parts, value);
        if words.is_escaped {
            words.word().push('\\');
        }
        words.end_word();
        words.done
    }

    fn parts(&mut self, parts: &[Part], value: &impl Fn(Side, &str) -> Option<String>) {
        for part in parts {
            match part {
                Part::Text(text) => self.text(text),
                Part::Placeholder(side, name) => {
                    if let Some(value) = value(*side, name) {
                        self.value(&value);
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

    /// A backslash before it would be meant for its first character, and stays where it means nothing.
    fn value(&mut self, value: &str) {
        if std::mem::take(&mut self.is_escaped) && self.quote.is_some() {
            self.word().push('\\');
        }
        self.word().push_str(value);
    }

    fn text(&mut self, text: &str) {
        for character in text.chars() {
            if std::mem::take(&mut self.is_escaped) {
                self.escaped(character);
                continue;
            }
            match (self.quote, character) {
                (Some(quote), c) if c == quote => self.quote = None,
                (None, '\'' | '"') => {
                    self.quote = Some(character);
                    self.word();
                }
                (None, c) if c.is_whitespace() => self.end_word(),
                (None | Some('"'), '\\') => self.is_escaped = true,
                (_, c) => self.word().push(c),
            }
        }
    }

    /// What is behind a backslash; in double quotes that means something before few characters, as POSIX has it.
    fn escaped(&mut self, next: char) {
        match next {
            // The line goes on in the next one.
            '\n' => {}
            _ if self.quote.is_none() || matches!(next, '"' | '\\' | '$' | '`') => self.word().push(next),
            _ => self.word().extend(['\\', next]),
        }
    }

    fn word(&mut self) -> &mut String {
        self.word.get_or_insert_default()
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

    use super::super::Template;
    use super::super::tests::shell;

    fn words(template: &str) -> Vec<String> {
        let template = Template::parse(template).unwrap();
        template.words(|_, name| (name != "missing").then(|| "a value".to_owned()))
    }

    #[test]
    fn quotes_and_values_make_words_and_optional_parts_are_left_out() {
        assert_eq!(
            words(r#"--a "b c" $[[--d ${{inputs.missing}}]] --e ${{inputs.x}} 'f"g' h\ i """#),
            ["--a", "b c", "--e", "a value", "f\"g", "h i", ""]
        );
    }

    #[test]
    fn a_backslash_in_double_quotes_stays_before_what_it_does_not_escape() {
        assert_eq!(words(r#""\d+\.csv" "\"\\\$\`" \d '\d'"#), [r"\d+\.csv", "\"\\$`", "d", r"\d"]);
        assert_eq!(words("a\\\nb \"c\\\nd\" \\\n e"), ["ab", "cd", "e"]);
    }

    #[test]
    fn a_backslash_before_a_value_is_lost_or_stays_as_in_a_command() {
        for template in [
            r"\${{inputs.data}} b",
            r#""\${{inputs.data}}" b"#,
            r"'\${{inputs.data}}' b",
            r"c\${{inputs.data}}\\ \\\${{inputs.data}} b",
            r"\${{inputs.missing}} b",
        ] {
            let line = format!("printf '%s\\0' {}", shell(template));
            let said = Command::new("sh").arg("-c").arg(line).env("V_data", "a value").output().unwrap();
            let said = String::from_utf8(said.stdout).unwrap();
            let expected: Vec<&str> = said.split_terminator('\0').collect();
            assert_eq!(words(template), expected, "{template}");
        }
        assert_eq!(words(r"\${{inputs.data}} c\"), ["a value", r"c\"]);
    }

    proptest! {
        #[test]
        fn words_are_split_as_a_shell_splits_them(text in r#"([ab ]|'|"|\\['"\\ab $`\n]|\\\$){0,16}"#) {
            let line = format!("printf '%s\\0' {text} end");
            let shell = Command::new("sh").arg("-c").arg(line).output().unwrap();
            // Quotes that are not closed.
            prop_assume!(shell.status.success());
            let said = String::from_utf8(shell.stdout).unwrap();
            let expected: Vec<&str> = said.split_terminator('\0').collect();
            prop_assert_eq!(words(&format!("{text} end")), expected);
        }
    }
}
