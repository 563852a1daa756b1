//! Bindings: how the steps of a pipeline name its inputs and outputs, and each other's outputs.

use crate::local::engine::pipeline::is_name;

/// What a binding names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Binding {
    /// `${{parent.inputs.NAME}}`
    Input(String),
    /// `${{parent.outputs.NAME}}`
    Output(String),
    /// `${{parent.jobs.STEP.outputs.NAME}}`
    OutputOfStep { step: String, output: String },
}

/// Reads a text that may be a binding; none if it is a text like any other. The message says what is accepted.
pub(super) fn parse(text: &str) -> Result<Option<Binding>, String> {
    let trimmed = text.trim();
    let Some(inside) = trimmed.strip_prefix("${{").and_then(|rest| rest.strip_suffix("}}")) else {
        return match trimmed.contains("${{") {
            true => {
                Err(format!("`{trimmed}` is only in part a binding; a binding has to be the whole value"))
            }
            false => Ok(None),
        };
    };
    let parts: Vec<&str> = inside.trim().split('.').collect();
    // The path of data is the data.
    let parts = parts.strip_suffix(&["path"]).filter(|rest| rest.len() >= 3).unwrap_or(&parts);
    let binding = match parts {
        ["parent", "inputs", input] if is_name(input) => Binding::Input((*input).to_owned()),
        ["parent", "outputs", output] if is_name(output) => Binding::Output((*output).to_owned()),
        ["parent", "jobs", step, "outputs", output] if is_name(step) && is_name(output) => {
            Binding::OutputOfStep { step: (*step).to_owned(), output: (*output).to_owned() }
        }
        _ => {
            return Err(format!(
                "`{trimmed}` is no binding; a step takes `${{{{parent.inputs.NAME}}}}` or \
                 `${{{{parent.jobs.STEP.outputs.NAME}}}}`, and writes to `${{{{parent.outputs.NAME}}}}`"
            ));
        }
    };
    Ok(Some(binding))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_form_is_read_with_or_without_blanks_and_path() {
        let input = Some(Binding::Input("data".to_owned()));
        for text in ["${{parent.inputs.data}}", " ${{ parent.inputs.data }} ", "${{parent.inputs.data.path}}"]
        {
            assert_eq!(parse(text).unwrap(), input, "{text}");
        }
        assert_eq!(parse("${{parent.inputs.path}}").unwrap(), Some(Binding::Input("path".to_owned())));
        assert_eq!(parse("${{parent.outputs.o}}").unwrap(), Some(Binding::Output("o".to_owned())));
        let of_step = Binding::OutputOfStep { step: "prep".to_owned(), output: "o".to_owned() };
        assert_eq!(parse("${{parent.jobs.prep.outputs.o}}").unwrap(), Some(of_step));
        assert_eq!(parse("plain $ {text}").unwrap(), None);
    }

    #[test]
    fn what_looks_like_a_binding_and_is_none_is_refused() {
        for text in [
            "a ${{parent.inputs.x}}",
            "${{inputs.x}}",
            "${{parent.jobs.a.inputs.x}}",
            "${{parent.inputs.a/b}}",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn names_of_bindings_are_never_paths(text in "\\$\\{\\{ ?parent\\.(inputs|outputs|jobs)\\.[a-z./\\\\]{0,12} ?\\}\\}") {
            match parse(&text) {
                Ok(Some(Binding::Input(name) | Binding::Output(name) | Binding::OutputOfStep { step: name, .. })) => {
                    prop_assert!(is_name(&name));
                }
                Ok(None) => prop_assert!(false, "{text} was taken for a text"),
                Err(message) => prop_assert!(message.contains("binding")),
            }
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".{0,40}") {
            let _no_panic = parse(&text);
        }
    }
}
