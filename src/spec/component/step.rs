//! Steps of a pipeline: what each runs, on what and with which values.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::super::check;
use super::super::document::SpecDocument;
use super::super::fields::Fields;
use super::super::path::FieldPath;
use super::super::problem::Problem;
use super::super::tables::component::{COMMAND_STEP, STEP};
use super::read::{self, FROM_FILE, FROM_STEP, Reading};
use super::value;
use super::{ComponentSpec, Found, Need};
use crate::wire::JsonMap;
use crate::wire::asset::AssetKind;
use crate::wire::duration::format_seconds;
use crate::wire::reference::AssetReference;

/// A step of a pipeline.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Name in the pipeline.
    pub name: String,
    /// What it runs.
    pub component: StepComponent,
    /// Where it runs, as written.
    pub compute: Option<String>,
    kind: String,
    body: JsonMap,
    inputs: Vec<(String, Input)>,
    outputs: JsonMap,
}

/// What a step runs.
#[derive(Debug, Clone, PartialEq)]
pub enum StepComponent {
    /// A registered component.
    Registered(AssetReference),
    /// One that is made for the pipeline.
    New(Box<ComponentSpec>),
}

/// A value of an input.
#[derive(Debug, Clone, PartialEq)]
enum Input {
    /// On the wire as it is.
    Ready(JsonMap),
    /// With the id of an asset to come.
    Asset(AssetKind, AssetReference, JsonMap),
    /// With the address of an upload to come.
    Local(PathBuf, JsonMap),
}

impl Step {
    pub(super) fn needs(&self) -> Vec<Need<'_>> {
        let component = match &self.component {
            StepComponent::Registered(reference) => Need::Registered(reference),
            StepComponent::New(component) => Need::Component(component),
        };
        let compute = self.compute.as_deref().map(Need::Compute);
        let inputs = self.inputs.iter().filter_map(|(_, input)| input.need());
        [component].into_iter().chain(compute).chain(inputs).collect()
    }

    pub(super) fn to_wire(&self, found: &Found<'_>) -> Value {
        let mut wire = self.body.clone();
        let (id, source) = match &self.component {
            StepComponent::New(component) => {
                (found.id(Need::Component(component)), component.common().source)
            }
            StepComponent::Registered(reference) => {
                let source = match reference {
                    AssetReference::Registry(_) => "REMOTE.REGISTRY",
                    _ => "REMOTE.WORKSPACE.COMPONENT",
                };
                (found.id(Need::Registered(reference)), source)
            }
        };
        for (name, value) in
            [("name", self.name.as_str()), ("type", &self.kind), ("componentId", id), ("_source", source)]
        {
            wire.insert(name.to_owned(), value.into());
        }
        if let StepComponent::New(component) = &self.component
            && let ComponentSpec::Parallel(parallel) = &**component
        {
            // A parallel step repeats what its component runs.
            wire.insert("task".to_owned(), parallel.task(found).into());
        }
        if let Some(compute) = &self.compute {
            wire.insert("computeId".to_owned(), found.id(Need::Compute(compute)).into());
        }
        let inputs: JsonMap =
            self.inputs.iter().map(|(name, input)| (name.clone(), input.to_wire(found).into())).collect();
        for (name, values) in [("inputs", inputs), ("outputs", self.outputs.clone())] {
            if !values.is_empty() {
                wire.insert(name.to_owned(), values.into());
            }
        }
        wire.into()
    }
}

impl Input {
    fn need(&self) -> Option<Need<'_>> {
        match self {
            Self::Ready(_) => None,
            Self::Asset(kind, reference, _) => Some(Need::Asset(*kind, reference)),
            Self::Local(path, _) => Some(Need::Data(path)),
        }
    }

    fn to_wire(&self, found: &Found<'_>) -> JsonMap {
        let (Self::Ready(wire) | Self::Asset(_, _, wire) | Self::Local(_, wire)) = self;
        let mut wire = wire.clone();
        if let Some(need) = self.need() {
            wire.insert("uri".to_owned(), found.id(need).into());
        }
        wire
    }
}

/// Reads the step of that name in a pipeline's file.
pub(super) fn read(document: &SpecDocument, name: &str, reading: &mut Reading) -> Result<Step, Vec<Problem>> {
    let place = FieldPath::default().key("jobs").key(name);
    if let Some(message) = refuse_name(name) {
        return Err(vec![document.place(Problem::error(place.to_string(), message))]);
    }
    let Some(part) = document.part(&place) else {
        return Err(vec![Problem::error(place.to_string(), "a step is a mapping")]);
    };
    let mut fields = read::errors_or_fields(check::check(&part, &STEP))?;
    let kind = fields.text("type");
    let component = component(&part, fields.value("component"), kind.as_deref(), reading)?;
    let mut given = fields.mapping("inputs").unwrap_or_default();
    if let StepComponent::New(component) = &component {
        fit_inputs(&part, name, component, &mut given, reading)?;
    }
    let inputs = inputs(&part, given)?;
    let outputs = fields.mapping("outputs").unwrap_or_default();
    let outputs = outputs.into_iter().filter_map(|(name, output)| Some((name, value::output(&output)?)));
    let kind = match &component {
        StepComponent::New(component) => component.kind().to_owned(),
        StepComponent::Registered(_) => kind.unwrap_or_else(|| "command".to_owned()),
    };
    Ok(Step {
        name: name.to_owned(),
        kind,
        compute: fields.text("compute"),
        outputs: outputs.collect(),
        inputs,
        body: body(fields, &component),
        component,
    })
}

/// The rule for names of steps, which become parts of names of outputs.
fn refuse_name(name: &str) -> Option<String> {
    let starts_well = name.starts_with(|first: char| first.is_ascii_lowercase());
    let is_plain = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    (!starts_well || !is_plain).then(|| {
        format!(
            "the step is called `{name}`, but a step has lower-case letters, digits and `_`, a letter first"
        )
    })
}

/// Inputs that the component does not have are dropped, as the SDK does; those it cannot do without have to be
/// given.
fn fit_inputs(
    step: &SpecDocument,
    name: &str,
    component: &ComponentSpec,
    given: &mut JsonMap,
    reading: &mut Reading,
) -> Result<(), Vec<Problem>> {
    let none = JsonMap::new();
    let defined = component.common().spec.get("inputs").and_then(Value::as_object).unwrap_or(&none);
    for input in given.keys().filter(|input| !defined.contains_key(*input)) {
        let message = format!("the step `{name}` gives `{input}`, which its component does not have");
        reading.warnings.push(step.place(Problem::warning(format!("inputs.{input}"), message)));
    }
    given.retain(|input, _| defined.contains_key(input));
    let is_missing = |(input, definition): &(&String, &Value)| {
        let is_given = given.get(*input).is_some_and(|value| !value.is_null());
        !is_given && definition.get("default").is_none() && definition["optional"] != true
    };
    let missing = defined.iter().filter(is_missing).map(|(input, _)| {
        let message = format!("the step `{name}` does not give the input `{input}` of its component");
        step.place(Problem::error("inputs", message))
    });
    let missing: Vec<Problem> = missing.collect();
    if missing.is_empty() { Ok(()) } else { Err(missing) }
}

/// What a step runs: a reference, a file, a mapping, or the step itself where it has a command.
fn component(
    step: &SpecDocument,
    written: Option<Value>,
    kind: Option<&str>,
    reading: &mut Reading,
) -> Result<StepComponent, Vec<Problem>> {
    let new = |component: ComponentSpec| StepComponent::New(Box::new(component));
    match written {
        Some(Value::String(text)) => {
            if let Some(reference) = AssetReference::parse_marked(&text) {
                return registered(step, reference);
            }
            // Only a file without the mark counts as a component with a file of its own.
            let (file, source) = match text.strip_prefix("file:") {
                Some(file) => (file, FROM_STEP),
                None => (text.as_str(), FROM_FILE),
            };
            read::load_file(&step.resolve(file), kind, source, reading).map(new)
        }
        Some(Value::Object(_)) => {
            let part = step.part(&FieldPath::parse("component")).unwrap_or_else(SpecDocument::empty);
            read::read(&part, kind.unwrap_or("command"), FROM_STEP, reading).map(new)
        }
        None if step.root().get("command").is_some() => {
            if step.root().get("inputs").is_some() || step.root().get("outputs").is_some() {
                let message = "a step with inputs or outputs needs a `component`";
                return Err(vec![step.place(Problem::error("component", message))]);
            }
            let command = read::command(step, &COMMAND_STEP, FROM_STEP)?;
            Ok(new(ComponentSpec::Command(Box::new(without_step_fields(command)))))
        }
        _ => {
            let message = "a step needs a `component`: a reference, a file or a mapping";
            Err(vec![step.place(Problem::error("component", message))])
        }
    }
}

fn registered(step: &SpecDocument, reference: AssetReference) -> Result<StepComponent, Vec<Problem>> {
    if let AssetReference::Name(name) = &reference {
        let message = format!("`azureml:{name}` does not say which version");
        return Err(vec![step.place(Problem::error("component", message))]);
    }
    Ok(StepComponent::Registered(reference))
}

/// A command that stands in the step keeps for itself what only a component has.
fn without_step_fields(mut command: super::CommandComponent) -> super::CommandComponent {
    for name in ["compute", "environment_variables", "limits", "component"] {
        command.common.spec.remove(name);
    }
    command
}

/// What a parallel step repeats of its component unless it says otherwise.
const REPEATED: [&str; 5] = [
    "input_data",
    "mini_batch_size",
    "mini_batch_error_threshold",
    "max_concurrency_per_instance",
    "retry_settings",
];

/// Members of a step that are sent as they are. What a component says of resources holds for its step too.
fn body(mut fields: Fields, component: &StepComponent) -> JsonMap {
    let inherited = |name: &str| match component {
        StepComponent::New(component) => component.common().spec.get(name).cloned(),
        StepComponent::Registered(_) => None,
    };
    let resources = fields.value("resources").or_else(|| inherited("resources"));
    let distribution = fields.value("distribution").or_else(|| inherited("distribution"));
    let seconds = fields.object("limits").and_then(|mut limits| limits.integer("timeout"));
    let limits = seconds.and_then(|seconds| u64::try_from(seconds).ok()).map(
        |seconds| serde_json::json!({ "timeout": format_seconds(seconds), "job_limits_type": "Command" }),
    );
    let members = [
        ("resources", resources),
        ("distribution", distribution.map(value::step_distribution)),
        ("limits", limits),
        ("display_name", fields.value("display_name")),
        ("tags", fields.value("tags").filter(|tags| tags.as_object().is_some_and(|tags| !tags.is_empty()))),
        ("environment_variables", fields.value("environment_variables")),
    ];
    let is_parallel = matches!(component, StepComponent::New(component) if component.kind() == "parallel");
    let repeated: Vec<(&str, Value)> = REPEATED
        .into_iter()
        .filter(|_| is_parallel)
        .filter_map(|name| Some((name, fields.value(name).or_else(|| inherited(name))?)))
        .map(|(name, value)| (name, if name == "mini_batch_size" { value::size(&value) } else { value }))
        .collect();
    let own = [
        "type",
        "component",
        "compute",
        "inputs",
        "outputs",
        "description",
        "command",
        "code",
        "environment",
    ];
    let rest = fields.0.into_iter().filter(|(name, _)| !own.contains(&name.as_str()));
    let repeated = repeated.into_iter().map(|(name, value)| (name, Some(value)));
    let known =
        members.into_iter().chain(repeated).filter_map(|(name, value)| Some((name.to_owned(), value?)));
    known.chain(rest).collect()
}

fn inputs(step: &SpecDocument, written: JsonMap) -> Result<Vec<(String, Input)>, Vec<Problem>> {
    let (mut inputs, mut problems) = (Vec::new(), Vec::new());
    for (name, value) in written.into_iter().filter(|(_, value)| !value.is_null()) {
        match input(step, &value) {
            Ok(input) => inputs.push((name, input)),
            Err(message) => {
                problems.push(step.place(Problem::error(format!("inputs.{name}"), message)));
            }
        }
    }
    if problems.is_empty() { Ok(inputs) } else { Err(problems) }
}

fn input(step: &SpecDocument, value: &Value) -> Result<Input, String> {
    let Value::Object(members) = value else {
        return Ok(Input::Ready(value::literal(value)));
    };
    let Some(path) = members.get("path").and_then(Value::as_str) else {
        return Err("an input is a value, or a mapping with a `path`".to_owned());
    };
    let mode = members.get("mode").and_then(Value::as_str).map(|mode| value::mode(mode, false));
    let kind = members.get("type").and_then(Value::as_str).unwrap_or("uri_folder");
    let mut wire = if value::is_binding(path) { value::literal(&path.into()) } else { Map::new() };
    if let Some(mode) = mode {
        wire.insert("mode".to_owned(), mode.into());
    }
    if value::is_binding(path) {
        return Ok(Input::Ready(wire));
    }
    wire.insert("job_input_type".to_owned(), kind.into());
    data(step, path, kind, wire)
}

/// Data at an address, in an asset or on this machine.
fn data(step: &SpecDocument, path: &str, kind: &str, mut wire: JsonMap) -> Result<Input, String> {
    let asset_kind = if kind.ends_with("_model") { AssetKind::Model } else { AssetKind::Data };
    match AssetReference::parse_marked(path) {
        Some(AssetReference::Name(_)) => Err(format!("`{path}` does not say which version")),
        Some(reference) => Ok(Input::Asset(asset_kind, reference, wire)),
        None if path.contains("://") => {
            wire.insert("uri".to_owned(), path.into());
            Ok(Input::Ready(wire))
        }
        None => {
            let local = step.resolve(path);
            if !Path::new(&local).exists() {
                return Err(format!("`{}` does not exist", local.display()));
            }
            Ok(Input::Local(local, wire))
        }
    }
}
