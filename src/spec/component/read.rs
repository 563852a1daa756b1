//! Components from their YAML files, and from mappings in the files of pipelines.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::super::check;
use super::super::document::SpecDocument;
use super::super::environment;
use super::super::fields::Fields;
use super::super::path::FieldPath;
use super::super::problem::{Problem, SpecError};
use super::super::schema::Schema;
use super::super::tables::component::{COMMAND, PARALLEL, PIPELINE};
use super::step;
use super::value;
use super::{CommandComponent, Common, ComponentSpec, PipelineComponent};
use crate::spec::deployment::{self, AssetSource, CodeSource};
use crate::spec::environment::EnvironmentSpec;
use crate::wire::JsonMap;

/// Most component files that one pipeline is read from. A file that several steps run counts each time.
const MOST_FILES: usize = 1000;
/// What the service calls a component that has a file of its own.
pub(super) const FROM_FILE: &str = "YAML.COMPONENT";
/// What the service calls a component that stands in a pipeline's file.
pub(super) const FROM_STEP: &str = "YAML.JOB";

/// Reads the pipeline component in a file; the second value are warnings.
pub(in crate::spec) fn load(path: &Path) -> Result<(ComponentSpec, Vec<Problem>), Vec<Problem>> {
    let mut reading = Reading::default();
    let component = load_file(path, Some("pipeline"), FROM_FILE, &mut reading)?;
    Ok((component, reading.warnings))
}

/// How far reading has come.
#[derive(Default)]
pub(super) struct Reading {
    /// The files being read, each named by the one before it.
    open: Vec<PathBuf>,
    /// How many files have been read.
    count: usize,
    /// What is odd, but no reason to stop.
    pub(super) warnings: Vec<Problem>,
}

impl Reading {
    /// Begins a file, unless it is being read already or too many have been.
    fn enter(&mut self, path: &Path) -> Result<(), String> {
        let place = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        if self.open.contains(&place) {
            return Err(format!("the pipeline in `{}` runs itself", path.display()));
        }
        if self.count == MOST_FILES {
            return Err(format!("the pipeline is made of more than {MOST_FILES} component files"));
        }
        self.open.push(place);
        self.count += 1;
        Ok(())
    }
}

/// Reads a component file; `kind` is what it has to be, where that is known.
pub(super) fn load_file(
    path: &Path,
    kind: Option<&str>,
    source: &'static str,
    reading: &mut Reading,
) -> Result<ComponentSpec, Vec<Problem>> {
    reading.enter(path).map_err(|message| vec![Problem::error("", message)])?;
    let seen = reading.warnings.len();
    let component = SpecDocument::load(path).map_err(|error| told_from(&error)).and_then(|document| {
        let kind = kind.map_or_else(|| written_kind(&document), str::to_owned);
        read(&document, &kind, source, reading)
    });
    reading.open.pop();
    let own = reading.warnings.split_off(seen);
    reading.warnings.extend(in_file(path, own));
    component.map_err(|problems| in_file(path, problems.into_iter().filter(Problem::is_error).collect()))
}

/// The `type` of a component; one that says none runs a command.
fn written_kind(document: &SpecDocument) -> String {
    let kind = document.root().get("type").and_then(|node| node.as_str());
    kind.unwrap_or("command").to_lowercase()
}

/// Reads a component of a kind from a document.
pub(super) fn read(
    document: &SpecDocument,
    kind: &str,
    source: &'static str,
    reading: &mut Reading,
) -> Result<ComponentSpec, Vec<Problem>> {
    match kind {
        "pipeline" => pipeline(document, source, reading).map(|it| ComponentSpec::Pipeline(Box::new(it))),
        "command" => command(document, &COMMAND, source).map(|it| ComponentSpec::Command(Box::new(it))),
        "parallel" => parallel(document, source).map(|it| ComponentSpec::Parallel(Box::new(it))),
        other => {
            let message = format!("a component of type `{other}` cannot be made along with a deployment");
            let help = "register it and refer to it with `azureml:<name>:<version>`";
            Err(vec![document.place(Problem::error("type", message).help(help))])
        }
    }
}

/// Reads what runs a command by a table.
pub(super) fn command(
    document: &SpecDocument,
    schema: &'static Schema,
    source: &'static str,
) -> Result<CommandComponent, Vec<Problem>> {
    let mut report = check::check(document, schema);
    let (code, found) = code_and_problems(document, &mut report.fields, &FieldPath::default());
    let bindings = refuse_bindings("command", &report.fields, &report.fields);
    found.into_iter().chain(bindings).for_each(|problem| report.add(problem));
    let mut fields = errors_or_fields(report)?;
    let environment = environment_of(document, &mut fields, "environment")?;
    let properties = fields.mapping("properties").unwrap_or_default();
    let mut common = common(fields, source);
    common.spec.insert("type".to_owned(), "command".into());
    common.spec.entry("is_deterministic").or_insert(true.into());
    if !properties.is_empty() {
        common.spec.insert("properties".to_owned(), properties.clone().into());
    }
    Ok(CommandComponent { common, properties, code, environment })
}

/// Reads what runs a scoring script on mini-batches. Its code and environment are those of its task.
fn parallel(document: &SpecDocument, source: &'static str) -> Result<CommandComponent, Vec<Problem>> {
    let mut report = check::check(document, &PARALLEL);
    let mut task = report.fields.get("task").and_then(Value::as_object).cloned().unwrap_or_default();
    let (code, found) = code_and_problems(document, &mut task, &FieldPath::parse("task"));
    let bindings: Vec<Problem> = ["program_arguments", "append_row_to"]
        .into_iter()
        .flat_map(|member| refuse_bindings(member, &task, &report.fields))
        .map(|problem| Problem { field: format!("task.{}", problem.field), ..problem })
        .collect();
    let input = refuse_bindings("input_data", &report.fields, &report.fields);
    found.into_iter().chain(bindings).chain(input).for_each(|problem| report.add(problem));
    let mut fields = errors_or_fields(report)?;
    let mut task = Fields(task);
    let environment = environment_of(document, &mut task, "task.environment")?;
    fields.value("task");
    let size = fields.value("mini_batch_size").map(|size| value::text(&size));
    let mut common = common(fields, source);
    common.spec.insert("type".to_owned(), "parallel".into());
    common.spec.entry("is_deterministic").or_insert(true.into());
    common.spec.insert("task".to_owned(), task.0.into());
    common.spec.extend(size.map(|size| ("mini_batch_size".to_owned(), size.into())));
    Ok(CommandComponent { common, properties: JsonMap::new(), code, environment })
}

/// The code among these fields, and what is wrong with it and the environment beside it.
fn code_and_problems(
    document: &SpecDocument,
    fields: &mut JsonMap,
    place: &FieldPath,
) -> (Option<CodeSource>, Vec<Problem>) {
    let mut found = Vec::new();
    if let Some(Value::Object(inline)) = fields.get_mut("environment") {
        // Environments of components never have names of their own.
        inline.remove("name");
        inline.remove("version");
        found = environment::inspect(document, inline, &place.key("environment"));
    }
    let code = fields.get("code").and_then(Value::as_str).map(|code| CodeSource::read(document, code));
    if let Some(CodeSource::Folder(folder)) = code.as_ref().filter(|code| code.is_missing()) {
        let message = format!("the code folder `{}` does not exist", folder.display());
        found.push(Problem::error(place.key("code").to_string(), message));
    }
    (code, found)
}

/// Takes the environment out of these fields, and the code, which has been read.
fn environment_of(
    document: &SpecDocument,
    fields: &mut Fields,
    place: &str,
) -> Result<AssetSource<EnvironmentSpec>, Vec<Problem>> {
    fields.value("code");
    deployment::environment_source(document, fields.value("environment"))
        .ok_or_else(|| vec![Problem::error(place, "`environment` is no reference")])
}

/// Problems with `${{inputs.x}}` and `${{outputs.x}}` in a text that name nothing the component has.
fn refuse_bindings(member: &'static str, of: &JsonMap, fields: &JsonMap) -> Vec<Problem> {
    let text = of.get(member).and_then(Value::as_str).unwrap_or_default();
    let bindings = text.split("${{").skip(1).filter_map(|rest| rest.split_once("}}"));
    let is_unknown = |binding: &&str| {
        let mut parts = binding.split('.');
        let (Some(side @ ("inputs" | "outputs")), Some(name)) = (parts.next(), parts.next()) else {
            return false;
        };
        fields.get(side).and_then(|defined| defined.get(name)).is_none()
    };
    let problem = |binding: &str| {
        Problem::error(member, format!("`${{{{{binding}}}}}` is nothing that the component has"))
    };
    bindings.map(|(binding, _)| binding.trim()).filter(is_unknown).map(problem).collect()
}

fn pipeline(
    document: &SpecDocument,
    source: &'static str,
    reading: &mut Reading,
) -> Result<PipelineComponent, Vec<Problem>> {
    let mut fields = errors_or_fields(check::check(document, &PIPELINE))?;
    let names: Vec<String> = fields.mapping("jobs").unwrap_or_default().keys().cloned().collect();
    let (mut steps, mut problems) = (Vec::new(), Vec::new());
    for name in names {
        match step::read(document, &name, reading) {
            Ok(step) => steps.push(step),
            // Steps that run the same file have the same problems.
            Err(found) => found.into_iter().for_each(|problem| {
                if !problems.contains(&problem) {
                    problems.push(problem);
                }
            }),
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let mut common = common(fields, source);
    common.spec.insert("type".to_owned(), "pipeline".into());
    Ok(PipelineComponent { common, steps })
}

/// The converted fields, unless there are errors.
pub(super) fn errors_or_fields(report: check::Report<'_>) -> Result<Fields, Vec<Problem>> {
    let fields = report.fields.clone();
    let problems = report.problems();
    if problems.iter().any(Problem::is_error) { Err(problems) } else { Ok(Fields(fields)) }
}

/// What is sent of any component: everything but what has a meaning of its own.
fn common(mut fields: Fields, source: &'static str) -> Common {
    for own in ["name", "version", "type"] {
        fields.value(own);
    }
    let tags = fields.mapping("tags").unwrap_or_default();
    let mut spec = JsonMap::new();
    for (name, value) in fields.0 {
        match name.as_str() {
            "inputs" => put(&mut spec, &name, value::definitions(value)),
            "outputs" => put(&mut spec, &name, value),
            "distribution" => put(&mut spec, &name, value::with_servers(value)),
            _ => {
                spec.insert(name, value);
            }
        }
    }
    if !tags.is_empty() {
        spec.insert("tags".to_owned(), tags.clone().into());
    }
    let description = spec.get("description").and_then(Value::as_str).map(str::to_owned);
    Common { spec, description, tags, source }
}

fn put(spec: &mut JsonMap, name: &str, value: Value) {
    if value.as_object().is_none_or(|map| !map.is_empty()) {
        spec.insert(name.to_owned(), value);
    }
}

/// Problems of another file, told where the file is named.
pub(super) fn in_file(path: &Path, problems: Vec<Problem>) -> Vec<Problem> {
    let told = |problem: Problem| {
        let place = match problem.span {
            Some(span) => format!("`{}`, line {}: ", path.display(), span.line),
            // A problem without a place was told from a file further down.
            None => String::new(),
        };
        Problem { message: format!("{place}{}", problem.message), span: None, label: None, ..problem }
    };
    problems.into_iter().map(told).collect()
}

fn told_from(error: &SpecError) -> Vec<Problem> {
    let Some(path) = &error.path else {
        return error.problems.clone();
    };
    let named = |problem: Problem| match problem.span {
        Some(_) => problem,
        None => Problem { message: format!("`{}`: {}", path.display(), problem.message), ..problem },
    };
    in_file(path, error.problems.iter().cloned().map(named).collect())
}
