//! Rules of batch deployments: which layout a document has, and what settings mean together.

use serde_json::Value;

use super::check::{self, Report};
use super::document::SpecDocument;
use super::environment;
use super::path::FieldPath;
use super::problem::Problem;
use super::schema::Schema;
use super::tables::deployment::{FLAT, NESTED};

/// All problems of a deployment.
pub(super) fn check(document: &SpecDocument) -> Vec<Problem> {
    match refuse_pipeline(document) {
        Some(problem) => vec![problem],
        None => check_model(document).problems(),
    }
}

/// A problem when the document is a deployment of a pipeline.
pub(super) fn refuse_pipeline(document: &SpecDocument) -> Option<Problem> {
    let kind = document.root().get("type")?.as_str()?;
    kind.eq_ignore_ascii_case("pipeline").then(|| {
        let message = "this version of azml does not make deployments of type `pipeline`, only `model`";
        document.place(Problem::error("type", message))
    })
}

/// Whether `type: model` holds, from the file or an option.
pub(super) fn is_model_type(document: &SpecDocument) -> bool {
    document
        .root()
        .get("type")
        .and_then(|node| node.as_str())
        .is_some_and(|kind| kind.eq_ignore_ascii_case("model"))
}

/// The layout follows from what the file says, not from options. What the service prints may have either.
fn layout(document: &SpecDocument) -> &'static Schema {
    let is_nested = if document.is_service_form() {
        document.root().get("settings").is_some()
    } else {
        document.written_type() == Some("model")
    };
    if is_nested { &NESTED } else { &FLAT }
}

/// Checks a model deployment in either layout.
pub(super) fn check_model(document: &SpecDocument) -> Report<'_> {
    let mut report = check::check(document, layout(document));
    check_settings(document, &mut report);
    let problems = match report.fields.get_mut("environment") {
        Some(Value::Object(inline)) => {
            environment::inspect(document, inline, &FieldPath::parse("environment"))
        }
        _ => Vec::new(),
    };
    problems.into_iter().for_each(|problem| report.add(problem));
    report
}

/// Rules about several settings at once, wherever the layout has them.
fn check_settings(document: &SpecDocument, report: &mut Report<'_>) {
    let has_block = report.fields.contains_key("settings");
    let prefix = if has_block { "settings." } else { "" };
    let is_given = |report: &Report<'_>, field: &str| report.node(field).is_some();
    let settings = if has_block { report.fields.get("settings").cloned() } else { None };
    let settings = settings.unwrap_or_else(|| Value::Object(report.fields.clone()));
    if settings["output_action"] == "summary_only"
        && !settings["output_file_name"].is_null()
        && !document.is_service_form()
    {
        let message =
            "When output_action is set to summary_only, the output_file_name need not to be specified.";
        report.add(Problem::error(format!("{prefix}output_file_name"), message).help("leave the line out"));
    }
    if has_block && is_given(report, "settings.instance_count") && is_given(report, "resources") {
        let message = "`settings.instance_count` and `resources` exclude each other";
        let problem = Problem::error("settings.instance_count", message);
        report.add(problem.help("write the count in `resources` only"));
    }
    if document.is_service_form() {
        return;
    }
    if has_block && !is_given(report, "settings.mini_batch_size") {
        let message = "`settings` has no `mini_batch_size`, Microsoft's current client fails without it";
        report.add(Problem::warning("settings", message).help("the service's default is 10"));
    }
    if settings["error_threshold"] == -1 {
        let message = "with an error threshold of -1 a job completes even when every file has failed";
        let problem = Problem::warning(format!("{prefix}error_threshold"), message);
        report.add(problem.help("0 ends the job at the first failed file"));
    }
    for field in ["environment_variables", "error_threshold"] {
        if has_block && is_given(report, field) {
            let message =
                format!("`{field}` at the top level is ignored because there is a `settings` block");
            report.add(Problem::warning(field, message).help("move it into `settings`"));
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;
    use std::fs;

    const NESTED_SPEC: &str = "\
type: model
name: blue
endpoint_name: digits
compute: azureml:c
settings:
  mini_batch_size: 20
  output_action: append_row
";

    fn problems(text: &str) -> Vec<Problem> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deployment.yml");
        fs::write(&path, text).unwrap();
        check(&SpecDocument::load(&path).unwrap())
    }

    fn messages(text: &str) -> Vec<String> {
        problems(text).into_iter().map(|problem| problem.message).collect()
    }

    #[test]
    fn settings_that_are_legal_but_hardly_meant_are_warnings() {
        let text = NESTED_SPEC.replace("mini_batch_size: 20", "error_threshold: -1");
        let problems = problems(&format!("{text}environment_variables: {{A: b}}\n"));
        let fields: Vec<&str> = problems.iter().map(|problem| problem.field.as_str()).collect();
        assert_eq!(fields, ["settings", "settings.error_threshold", "environment_variables"]);
        assert!(problems.iter().all(|problem| !problem.is_error()));
    }

    #[test]
    fn settings_in_the_wrong_layout_are_refused_with_the_way_out() {
        let found = problems(&format!("{NESTED_SPEC}mini_batch_size: 3\n"));
        assert_eq!(found[0].help.as_deref(), Some("it belongs in `settings`"));
        let untyped = NESTED_SPEC.replace("type: model\n", "");
        assert!(problems(&untyped)[0].help.as_deref().unwrap().contains("`type: model`"));
    }

    #[test]
    fn all_problems_are_told_at_once_in_the_order_of_the_file() {
        let text = "type: model\nname: a_b\nendpoint_name: digits\nmodel: azureml:m\nsettings:\n  mini_batch_size: x\n";
        let messages = messages(text);
        let words =
            ["`compute` is required", "cannot stand in a name", "which version", "expected an integer"];
        assert_eq!(messages.len(), words.len(), "{messages:?}");
        for (message, word) in messages.iter().zip(words) {
            assert!(message.contains(word), "{message}");
        }
    }

    #[test]
    fn a_summary_has_no_output_file() {
        let text = NESTED_SPEC.replace("append_row", "summary_only\n  output_file_name: x.csv");
        assert!(messages(&text)[0].starts_with("When output_action is set to summary_only"));
    }

    #[test]
    fn pipelines_are_refused_in_one_sentence() {
        let messages = messages("type: pipeline\nname: x\n");
        assert_eq!(
            messages,
            ["this version of azml does not make deployments of type `pipeline`, only `model`"]
        );
    }
}
