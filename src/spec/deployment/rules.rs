//! Rules of batch deployments: which layout a document has, and what settings mean together.

use serde_json::Value;

use super::super::check::{self, Report};
use super::super::component;
use super::super::document::SpecDocument;
use super::super::model::ModelSpec;
use super::super::path::FieldPath;
use super::super::problem::Problem;
use super::super::schema::Schema;
use super::super::tables::deployment::{FLAT, NESTED};
use super::super::tables::pipeline::PIPELINE;
use super::super::{environment, model};
use super::{AssetSource, PipelineSource};
use crate::wire::JsonMap;
use crate::wire::reference::AssetReference;

/// Whether the document is a deployment of a pipeline. Like the layout, that follows from what the file says.
pub(super) fn is_pipeline(document: &SpecDocument) -> bool {
    document.written_type() == Some("pipeline")
}

/// Checks a deployment of a pipeline, and reads the pipeline where the file names the file of one.
pub(super) fn check_pipeline(document: &SpecDocument) -> (Report<'_>, Option<PipelineSource>) {
    let mut report = check::check(document, &PIPELINE);
    let text = |field: &str| report.fields.get(field).and_then(Value::as_str);
    let (source, problems) = match (text("component"), text("job_definition")) {
        (Some(written), _) => match AssetReference::parse_marked(written) {
            Some(reference) => (Some(PipelineSource::Registered(reference)), Vec::new()),
            None => load_pipeline(document, written),
        },
        (None, Some(job)) => (Some(PipelineSource::Job(job.to_owned())), Vec::new()),
        (None, None) => (None, refuse_nothing(&report)),
    };
    problems.into_iter().for_each(|problem| report.add(problem));
    (report, source)
}

/// The problems are in other files; here they belong to the line that names them.
fn load_pipeline(document: &SpecDocument, written: &str) -> (Option<PipelineSource>, Vec<Problem>) {
    let here = |problems: Vec<Problem>| {
        problems.into_iter().map(|problem| Problem { field: "component".to_owned(), ..problem }).collect()
    };
    match component::load(&document.resolve(written)) {
        Ok((component, warnings)) => (Some(PipelineSource::New(Box::new(component))), here(warnings)),
        Err(problems) => (None, here(problems)),
    }
}

/// Without a pipeline there is nothing to deploy. A wrong one has been told already.
fn refuse_nothing(report: &Report<'_>) -> Vec<Problem> {
    if report.node("component").is_some() || report.node("job_definition").is_some() {
        return Vec::new();
    }
    let problem = Problem::error("component", "`component` is required");
    vec![problem.help("write `component: azureml:<name>:<version>` or `job_definition: azureml:<job>`")]
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
    check_environment(document, &mut report);
    let mut problems = match report.fields.get_mut("environment") {
        Some(Value::Object(inline)) => inspect_environment(document, inline),
        _ => Vec::new(),
    };
    if let Some(Value::Object(inline)) = report.fields.get("model") {
        problems.extend(model::inspect(inline, &FieldPath::parse("model")));
    }
    problems.into_iter().for_each(|problem| report.add(problem));
    report
}

/// Without a scoring script only an MLflow model is scored. What is in the workspace is the service's to know.
pub(super) fn look_for_script(
    document: &SpecDocument,
    model: Option<&AssetSource<ModelSpec>>,
) -> Option<Problem> {
    let is_written = |field| document.find(&FieldPath::parse(field)).is_some();
    if is_written("code_configuration") || document.is_service_form() {
        return None;
    }
    let problem = match model {
        // What is wrong with it has been told.
        None if is_written("model") => return None,
        Some(AssetSource::Reference(_)) => return None,
        Some(AssetSource::Inline(model)) if model.is_mlflow() => return None,
        Some(AssetSource::Inline(model)) if model.looks_like_mlflow() => {
            let message = "the model is an MLflow model, but not registered as one";
            let help = "with `type: mlflow_model` below `model` it is scored in the cloud, too";
            Problem::warning("model", message).help(help)
        }
        Some(AssetSource::Inline(_)) | None => {
            // A warning: the service has the last word, and what `az` sends is sent.
            let message = "there is no `code_configuration`, and only MLflow models are scored without";
            let help = "write the scoring script below it, or `type: mlflow_model` below `model`";
            Problem::warning("code_configuration", message).help(help)
        }
    };
    Some(document.place(problem))
}

/// A scoring script runs in an environment; what is deployed without one is refused by the service.
fn check_environment(document: &SpecDocument, report: &mut Report<'_>) {
    let is_given = |field: &str| report.node(field).is_some();
    let is_complete = !is_given("code_configuration") || is_given("environment");
    if is_complete || report.is_misspelt("environment") || document.is_service_form() {
        return;
    }
    let problem = Problem::warning("code_configuration", "the scoring script has no `environment` to run in");
    report.add(problem.help(
        "add `environment: azureml:<name>:<version>`, or `environment` with `image` and `conda_file` below it",
    ));
}

fn inspect_environment(document: &SpecDocument, inline: &mut JsonMap) -> Vec<Problem> {
    // Without a name the environment is anonymous, and a version means nothing.
    if !inline.contains_key("name") {
        inline.remove("version");
    }
    environment::inspect(document, inline, &FieldPath::parse("environment"))
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
    let is_forgotten = has_block && !is_given(report, "settings.mini_batch_size");
    if is_forgotten && !report.is_misspelt("settings.mini_batch_size") {
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
    use super::super::DeploymentSpec;
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
        let outcome = DeploymentSpec::from_document(&SpecDocument::load(&path).unwrap());
        outcome.map_or_else(|error| error.problems, |checked| checked.warnings)
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
    fn a_scoring_script_without_an_environment_is_warned_of_at_its_line() {
        const SCRIPT: &str = "code_configuration: {code: ., scoring_script: score.py}\n";
        for text in
            [NESTED_SPEC.to_owned(), "name: blue\nendpoint_name: digits\ncompute: azureml:c\n".to_owned()]
        {
            let found = problems(&format!("{text}{SCRIPT}"));
            let [problem] = found.as_slice() else { panic!("{found:?}") };
            assert!(!problem.is_error(), "the service decides");
            assert!(problem.message.contains("`environment`"), "{problem:?}");
            assert_eq!(problem.span.unwrap().line, text.lines().count() + 1);
            assert_eq!(problems(&format!("{text}{SCRIPT}environment: azureml:e:1\n")), []);
            assert_eq!(problems(&text), [], "a model of MLflow needs neither");
        }
        let misspelt = problems(&format!("{NESTED_SPEC}{SCRIPT}enviroment: azureml:e:1\n"));
        assert_eq!(misspelt.len(), 1, "told twice: {misspelt:?}");
    }

    #[test]
    fn a_summary_has_no_output_file() {
        let text = NESTED_SPEC.replace("append_row", "summary_only\n  output_file_name: x.csv");
        assert!(messages(&text)[0].starts_with("When output_action is set to summary_only"));
    }

    #[test]
    fn a_misspelt_mini_batch_size_is_told_once() {
        for text in [
            NESTED_SPEC.replace("mini_batch_size", "mini_batchsize"),
            NESTED_SPEC.replace("  mini_batch_size: 20\n", "") + "mini_batch_size: 20\n",
        ] {
            let found = problems(&text);
            assert_eq!(found.len(), 1, "{found:?}");
            assert!(found[0].is_error());
        }
    }

    #[test]
    fn a_pipeline_has_no_fields_of_models_and_needs_a_component() {
        let head = "type: pipeline\nname: blue\nendpoint_name: digits\n";
        for (rest, field) in [
            ("compute: azureml:c\ncomponent: azureml:c:1\n", "compute"),
            ("", "component"),
            ("component: azureml:c\n", "component"),
            ("component: {type: pipeline}\n", "component"),
            ("component: nope.yml\n", "component"),
            ("job_definition: nope\n", "job_definition"),
            ("component: azureml:c:1\nsettings:\n", "settings"),
        ] {
            let found = problems(&format!("{head}{rest}"));
            assert_eq!(
                found.iter().map(|problem| problem.field.as_str()).collect::<Vec<_>>(),
                [field],
                "{rest}"
            );
        }
        assert_eq!(problems(&format!("{head}job_definition: azureml:j\n")), []);
    }
}
