//! Command lines: placeholders become environment variables, quoted as their place asks for.

use super::quoting::{Quote, Quoting};
use super::{Part, Side, Variable, is_whole};

/// Writes a command line and follows its quotes.
#[derive(Default)]
pub(super) struct Writer {
    out: String,
    quoting: Quoting,
    /// The first variable in a place where a shell expands none.
    out_of_reach: Option<String>,
}

impl Writer {
    /// The command line that these parts make, and the first variable in it that no shell will expand.
    pub(super) fn written(
        parts: &[Part],
        variable: &impl Fn(Side, &str) -> Option<Variable>,
    ) -> (String, Option<String>) {
        let mut writer = Self::default();
        writer.parts(parts, variable);
        (writer.out, writer.out_of_reach)
    }

    fn parts(&mut self, parts: &[Part], variable: &impl Fn(Side, &str) -> Option<Variable>) {
        for part in parts {
            match part {
                Part::Text(text) => {
                    self.quoting.follow(text);
                    self.out.push_str(text);
                }
                Part::Placeholder(side, name) => {
                    if let Some(variable) = variable(*side, name) {
                        self.variable(&variable);
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

    fn variable(&mut self, Variable { name, is_path }: &Variable) {
        let quote = self.quoting.now();
        if self.quoting.is_after_backslash() && quote != Quote::Single {
            // That would be meant for the first character of the value, and must not reach our quotes.
            let stays =
                !self.quoting.is_in_backquotes() && matches!(quote, Quote::Double | Quote::HereDocument);
            self.out.push(if stays { '\\' } else { '\n' });
        }
        self.out.push_str(&match quote {
            Quote::Single => format!("'\"${{{name}}}\"'"),
            Quote::None if *is_path => format!("\"${{{name}}}\""),
            Quote::None | Quote::Double | Quote::HereDocument | Quote::Literal => format!("${{{name}}}"),
        });
        if quote == Quote::Literal {
            self.out_of_reach.get_or_insert_with(|| name.clone());
        }
        self.quoting.follow("x");
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use std::process::Command;

    use proptest::prelude::*;

    use super::super::tests::shell;
    use super::super::{Template, TemplateError};

    /// What a shell makes of a template whose one value, `text` or the path `data`, is this.
    fn said(template: &str, value: &str) -> String {
        let says = |program: &str| {
            let mut shell_of_system = Command::new(program);
            shell_of_system.arg("-c").arg(shell(template)).env("V_text", value).env("V_data", value);
            shell_of_system.output().map(|output| String::from_utf8(output.stdout).unwrap())
        };
        let said = says("sh").unwrap();
        // Not every system has it.
        if let Ok(bash) = says("bash") {
            assert_eq!(bash, said, "{template}");
        }
        said
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
    fn a_path_is_one_word_in_backquotes_however_they_are_quoted_and_nested() {
        for (template, expected) in [
            (r#"printf %s "`printf %s, ${{inputs.data}}`""#, "a  b,"),
            (r#"printf %s "`printf %s, \"${{inputs.data}}\"`""#, "a  b,"),
            (r#"printf %s "`printf %s, 'it is' ${{inputs.data}}` ${{inputs.data}}""#, "it is,a  b, a  b"),
            (r#"printf %s "`printf %s \`printf %s, ${{inputs.data}}\``" ${{inputs.data}}"#, "ab,a  b"),
            (r#"printf %s "`printf %s "\`printf %s, ${{inputs.data}}\`"`""#, "a  b,"),
            ("printf %s, `printf %s '${{inputs.data}}'` '`' ${{inputs.data}}", "a,b,`,a  b,"),
            ("printf %s, `printf x # it's` ${{inputs.data}}", "x,a  b,"),
            ("(# it's\nprintf %s, ${{inputs.data}})", "a  b,"),
            ("printf %s, x|# it's\ncat; printf %s, ${{inputs.data}}", "x,a  b,"),
            ("printf %s, `echo $(# it's\necho y)` ${{inputs.data}}", "y,a  b,"),
            (r"printf %s, \` ${{inputs.data}}", "`,a  b,"),
        ] {
            assert_eq!(said(template, "a  b"), expected, "{template} is {}", shell(template));
        }
    }

    #[test]
    fn here_documents_have_no_quotes_and_what_is_behind_them_has() {
        for (template, expected) in [
            (
                "cat <<EOF\nv: ${{inputs.data}} \"it's\"\nEOF\nprintf %s, ${{inputs.data}}",
                "v: a  b \"it's\"\na  b,",
            ),
            (
                "cat <<-EOF; printf %s, ${{inputs.data}}\n\tv ${{inputs.data}}\n\tEOF\nprintf %s, ${{inputs.data}}",
                "v a  b\na  b,a  b,",
            ),
            (
                "x=\"$(cat << EOF\n'${{inputs.data}}\nEOF\n)\"; printf %s, ${{inputs.data}} \"$x\"",
                "a  b,'a  b,",
            ),
            (
                "cat <<A; cat <<B\n1\nA\n2 ${{inputs.data}}\nB\nprintf %s, ${{inputs.data}}",
                "1\n2 a  b\na  b,",
            ),
            ("cat <<'E D'\nit's\nE D\nprintf %s, ${{inputs.data}}", "it's\na  b,"),
            ("cat <<EOF\nx\\\nEOF\nEOF\nprintf %s, ${{inputs.data}}", "xEOF\na  b,"),
            ("cat <<EOF\n\\\nEOF\nprintf %s, ${{inputs.data}}", "a  b,"),
            ("echo $((1<<2)) # <<EOF\nprintf %s, ${{inputs.data}}", "4\na  b,"),
            ("printf %s, '<<EOF' \\<\\<EOF\nprintf %s, ${{inputs.data}}", "<<EOF,<<EOF,a  b,"),
        ] {
            assert_eq!(said(template, "a  b"), expected, "{template} is {}", shell(template));
        }
        assert_eq!(shell("cat <<<it\ncat ${{inputs.data}}"), "cat <<<it\ncat \"${V_data}\"");
        // Only some shells look for it behind the parenthesis.
        assert_eq!(
            shell("echo \"$(cat <<E)\"\n\"${{inputs.data}}\nE\ncat ${{inputs.data}}"),
            "echo \"$(cat <<E)\"\n\"${V_data}\nE\ncat \"${V_data}\""
        );
    }

    #[test]
    fn commands_in_here_documents_have_quotes_of_their_own() {
        for (template, expected) in [
            (
                "cat <<EOF\nit's \"$(printf %s, 'it is' ${{inputs.data}})\" ${{inputs.data}}\nEOF\nprintf %s, ${{inputs.data}}",
                "it's \"it is,a  b,\" a  b\na  b,",
            ),
            (
                "cat <<EOF\n\"`printf %s, ${{inputs.data}} '\"'`\" ${{inputs.data}}\nEOF\nprintf %s, ${{inputs.data}}",
                "\"a  b,\",\" a  b\na  b,",
            ),
            (
                "cat <<A\nx $(cat <<B\n\"${{inputs.data}}\nB\n) y\nA\nprintf %s, ${{inputs.data}}",
                "x \"a  b y\na  b,",
            ),
            (
                "cat <<A; cat <<B\nx $(\nprintf %s, ${{inputs.data}}\n) y\nA\nb\nB\nprintf %s, ${{inputs.data}}",
                "x a  b, y\nb\na  b,",
            ),
            (
                "cat <<EOF\n\\$(it's ${{inputs.data}} \\` ${{inputs.data}}\nEOF\nprintf %s, ${{inputs.data}}",
                "$(it's a  b ` a  b\na  b,",
            ),
            ("printf %s, \"\\$(it's ${{inputs.data}}\" ${{inputs.data}}", "$(it's a  b,a  b,"),
        ] {
            assert_eq!(said(template, "a  b"), expected, "{template} is {}", shell(template));
        }
    }

    #[test]
    fn arithmetic_has_no_here_documents_and_what_is_behind_it_may() {
        for (template, expected) in [
            ("n=2; echo $((1<<n)) $(( (1<<n) + 1 ))\nprintf %s, ${{inputs.data}}", "4 5\na  b,"),
            ("n=2; cat <<E\n$((1<<n)) \"\nE\nprintf %s, ${{inputs.data}}", "4 \"\na  b,"),
            ("n=2; echo \"$((1<<n))\"; cat <<n\n\"${{inputs.data}}\nn\n", "4\n\"a  b\n"),
            ("echo $( (cat <<n\n\"\nn\n) ); printf %s, ${{inputs.data}}", "\"\na  b,"),
        ] {
            assert_eq!(said(template, "a  b"), expected, "{template} is {}", shell(template));
        }
        assert_eq!(
            shell("echo $((1<<${{inputs.n}}))\ncat ${{inputs.data}}"),
            "echo $((1<<${V_n}))\ncat \"${V_data}\""
        );
        assert_eq!(shell("((x=1<<n))\ncat ${{inputs.data}}"), "((x=1<<n))\ncat \"${V_data}\"");
    }

    #[test]
    fn placeholders_where_a_shell_expands_nothing_are_refused() {
        let checked = |text: &str| Template::parse(text).unwrap().check_command();
        for end in ["'EOF'", "\"EOF\"", "\\EOF"] {
            let refused = checked(&format!("python - <<{end}\nopen('${{{{inputs.data}}}}')\nEOF\n"));
            assert_eq!(refused, Err(TemplateError::OutOfReach("data".to_owned())), "{end}");
        }
        assert_eq!(checked("python - <<'EOF'\nhi\nEOF\ncat ${{inputs.data}} '${{inputs.data}}'"), Ok(()));
        assert_eq!(checked("cat <<EOF\n${{inputs.data}}\nEOF"), Ok(()));
    }

    #[test]
    fn a_backslash_before_a_placeholder_is_lost_or_stays_as_before_any_other_character() {
        assert_eq!(said(r"printf %s, \${{inputs.data}} b", "a  a"), "a  a,b,");
        assert_eq!(said(r#"printf %s, "\${{inputs.data}}" b"#, "a  a"), r"\a  a,b,");
        assert_eq!(said(r"printf %s, '\${{inputs.data}}' b", "a  a"), r"\a  a,b,");
        assert_eq!(said("cat <<EOF\n\\${{inputs.data}} b\nEOF", "a  a"), "\\a  a b\n");
        assert_eq!(said("cat <<EOF\n`printf %s, \\${{inputs.data}}` b\nEOF", "a  a"), "a  a, b\n");
    }

    #[test]
    fn a_value_is_never_shell_code_and_only_a_bare_text_is_split() {
        let value = "a; echo $(id) `id` '\" $HOME";
        for template in [
            r#"printf %s "${{inputs.text}}""#,
            "printf %s '${{inputs.text}}'",
            "printf %s ${{inputs.data}}",
            r#"printf %s "`printf %s ${{inputs.data}}`""#,
        ] {
            assert_eq!(said(template, value), value, "{template}");
        }
        assert_eq!(said("printf %s, ${{inputs.text}}", "a b"), "a,b,");
        assert_eq!(said("printf %s, ${{inputs.data}}", "a b"), "a b,");
    }

    proptest! {
        #[test]
        fn every_value_arrives_whole_in_quotes(value in "[^\0]{0,40}") {
            let printed = said(r#"printf %s "${{inputs.text}}""#, &value);
            prop_assert_eq!(printed, value);
        }
    }
}
