//! A pipeline as its components tell it: read from the workspace with everything its steps run, checked, and its steps
//! in an order in which they can run. Nothing here depends on the values of an invocation.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::{Map, Value};

use super::super::error::ServiceError;
use super::super::plan;
use super::super::references;
use super::super::scope::Scope;
use super::binding::{self, Binding};
use super::definition::{self, Inputs, Outputs, as_text};
use super::{order, parallel};
use crate::local::engine::EnvironmentPlan;
use crate::local::engine::pipeline::{Side, Template, is_name};
use crate::wire::asset::AssetKind;
use crate::wire::duration;

/// How deep pipelines may be inside each other, and how many steps there may be in all: more is a component that
/// runs itself.
const DEEPEST: usize = 20;
const MOST_STEPS: usize = 2000;

/// What a component takes and gives.
#[derive(Debug, Clone)]
pub(super) struct Interface {
    pub(super) inputs: Inputs,
    pub(super) outputs: Outputs,
    pub(super) display_name: Option<String>,
}

/// A pipeline component.
#[derive(Debug, Clone)]
pub(super) struct Pipeline {
    /// Id of the component.
    pub(super) id: String,
    pub(super) interface: Interface,
    /// Each after those whose outputs it takes.
    pub(super) steps: Vec<Step>,
}

/// A step of a pipeline.
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub(super) name: String,
    pub(super) display_name: String,
    pub(super) inputs: BTreeMap<String, Given>,
    pub(super) outputs: BTreeMap<String, Target>,
    pub(super) variables: BTreeMap<String, String>,
    pub(super) timeout_seconds: Option<u64>,
    pub(super) instance_count: u32,
    pub(super) runs: Runs,
}

/// What a step gives its component.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Given {
    Value(String),
    Data { kind: String, uri: String },
    Binding(Binding),
}

/// Where an output goes that is not left to the run.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Target {
    /// The pipeline's output of this name.
    Pipeline(String),
    /// This address.
    Address(String),
}

/// What a step runs.
#[derive(Debug, Clone)]
pub(super) enum Runs {
    Command(Box<Command>),
    Parallel(Box<parallel::Parallel>),
    Pipeline(Box<Pipeline>),
}

/// A command component.
#[derive(Debug, Clone)]
pub(super) struct Command {
    pub(super) interface: Interface,
    pub(super) command: String,
    pub(super) code: Option<PathBuf>,
    pub(super) environment: EnvironmentPlan,
}

impl Runs {
    pub(super) fn interface(&self) -> &Interface {
        match self {
            Self::Command(command) => &command.interface,
            Self::Parallel(parallel) => &parallel.interface,
            Self::Pipeline(pipeline) => &pipeline.interface,
        }
    }
}

/// Reads the pipeline that a reference names.
pub(super) fn load(scope: &Scope, reference: &str) -> Result<Pipeline, ServiceError> {
    let mut reader = Reader { scope, steps: 0 };
    match reader.component(reference, &Value::Null, 0)? {
        Runs::Pipeline(pipeline) => Ok(*pipeline),
        Runs::Command(_) | Runs::Parallel(_) => Err(ServiceError::Invalid(format!(
            "The component {reference} is no pipeline; only pipelines are deployed."
        ))),
    }
}

struct Reader<'s> {
    scope: &'s Scope,
    /// How many steps there are so far.
    steps: usize,
}

impl Reader<'_> {
    /// Reads a component that a step runs; `step` is the step's body.
    fn component(&mut self, reference: &str, step: &Value, depth: usize) -> Result<Runs, ServiceError> {
        if reference.starts_with("azureml://registries/") {
            return Err(ServiceError::Invalid(format!(
                "The component {reference} is in a registry, and the local workspace reaches none."
            )));
        }
        let found =
            references::asset(self.scope, AssetKind::Component, reference).map_err(ServiceError::in_body)?;
        let told = |what: String| ServiceError::Invalid(format!("The component {}: {what}.", found.id));
        let none = Map::new();
        let spec = found.asset.body["properties"]["componentSpec"].as_object().unwrap_or(&none);
        let text = |member: &str| spec.get(member).and_then(Value::as_str).filter(|text| !text.is_empty());
        let interface = Interface {
            inputs: definition::inputs(spec).map_err(told)?,
            outputs: definition::outputs(spec).map_err(told)?,
            display_name: text("display_name").map(str::to_owned),
        };
        match text("type").unwrap_or("command").to_ascii_lowercase().as_str() {
            "command" => command(self.scope, interface, spec, told).map(|it| Runs::Command(Box::new(it))),
            "parallel" => {
                let spec = parallel::overridden(spec, step);
                parallel::read(self.scope, interface, &spec, told).map(|it| Runs::Parallel(Box::new(it)))
            }
            "pipeline" if depth == DEEPEST => {
                Err(told(format!("pipelines are more than {DEEPEST} deep inside each other")))
            }
            "pipeline" => {
                let pipeline = self.pipeline(found.id.clone(), interface, spec, depth, &told)?;
                Ok(Runs::Pipeline(Box::new(pipeline)))
            }
            other => Err(told(format!("components of type `{other}` are not run by the local workspace"))),
        }
    }

    fn pipeline(
        &mut self,
        id: String,
        interface: Interface,
        spec: &Map<String, Value>,
        depth: usize,
        told: &dyn Fn(String) -> ServiceError,
    ) -> Result<Pipeline, ServiceError> {
        let mut steps = Vec::new();
        for (name, body) in spec.get("jobs").and_then(Value::as_object).into_iter().flatten() {
            self.steps += 1;
            if self.steps > MOST_STEPS {
                return Err(told(format!("the pipeline has more than {MOST_STEPS} steps")));
            }
            let of_step = |what: String| told(format!("step `{name}`: {what}"));
            if !is_name(name) {
                return Err(of_step("its name has to be letters, digits and `_`, no digit first".to_owned()));
            }
            let component = body["componentId"].as_str().ok_or_else(|| {
                let kind = body["type"].as_str().unwrap_or("this type");
                of_step(format!(
                    "it has no component; steps of type `{kind}` are not run by the local workspace"
                ))
            })?;
            let runs = self.component(component, body, depth + 1)?;
            steps.push(step(name, body, runs).map_err(of_step)?);
        }
        if steps.is_empty() {
            return Err(told("the pipeline has no steps".to_owned()));
        }
        check_bindings(&interface, &steps).map_err(told)?;
        let steps = in_order(steps).map_err(told)?;
        Ok(Pipeline { id, interface, steps })
    }
}

fn command(
    scope: &Scope,
    interface: Interface,
    spec: &Map<String, Value>,
    told: impl Fn(String) -> ServiceError,
) -> Result<Command, ServiceError> {
    let text = |member: &str| spec.get(member).and_then(Value::as_str).filter(|text| !text.is_empty());
    let command = text("command").ok_or_else(|| told("it has no command".to_owned()))?.to_owned();
    let template = check_template(&interface, &command).map_err(&told)?;
    template.check_command().map_err(|error| told(error.to_string()))?;
    if spec.get("distribution").is_some_and(|distribution| !distribution.is_null()) {
        return Err(told("it is distributed over nodes, which this machine has not".to_owned()));
    }
    let environment = text("environment").ok_or_else(|| told("it has no environment".to_owned()))?;
    Ok(Command {
        code: text("code").map(|code| plan::code_folder(scope, code)).transpose()?,
        environment: plan::environment(scope, environment)?,
        interface,
        command,
    })
}

/// Whether every placeholder names something that the component has.
pub(super) fn check_template(interface: &Interface, text: &str) -> Result<Template, String> {
    let template = Template::parse(text).map_err(|error| error.to_string())?;
    for (side, name, is_optional) in template.placeholders() {
        match side {
            Side::Output if !interface.outputs.contains_key(name) => {
                return Err(format!("`${{{{outputs.{name}}}}}` is no output of it"));
            }
            Side::Input => match interface.inputs.get(name) {
                None => return Err(format!("`${{{{inputs.{name}}}}}` is no input of it")),
                Some(input) if input.is_optional && input.default.is_none() && !is_optional => {
                    return Err(format!(
                        "the input `{name}` is optional, so `${{{{inputs.{name}}}}}` has to stand in `$[[ ]]`"
                    ));
                }
                Some(_) => {}
            },
            Side::Output => {}
        }
    }
    Ok(template)
}

fn step(name: &str, body: &Value, runs: Runs) -> Result<Step, String> {
    let mut inputs = BTreeMap::new();
    for (input, value) in body["inputs"].as_object().into_iter().flatten() {
        if !runs.interface().inputs.contains_key(input) {
            return Err(format!("it gives `{input}`, which its component does not have"));
        }
        inputs.insert(input.clone(), given(value)?);
    }
    let mut outputs = BTreeMap::new();
    for (output, value) in body["outputs"].as_object().into_iter().flatten() {
        if !runs.interface().outputs.contains_key(output) {
            return Err(format!("it has no output `{output}`"));
        }
        outputs.extend(target(value)?.map(|target| (output.clone(), target)));
    }
    let display_name = body["display_name"].as_str().or(body["displayName"].as_str());
    let timeout = body["limits"]["timeout"].as_str().and_then(duration::parse_seconds);
    Ok(Step {
        name: name.to_owned(),
        display_name: display_name.or(runs.interface().display_name.as_deref()).unwrap_or(name).to_owned(),
        inputs,
        outputs,
        variables: plan::variables(body["environment_variables"].as_object()),
        timeout_seconds: timeout,
        instance_count: body["resources"]["instance_count"]
            .as_u64()
            .and_then(|count| count.try_into().ok())
            .unwrap_or(1),
        runs,
    })
}

fn given(value: &Value) -> Result<Given, String> {
    if let Some(uri) = value["uri"].as_str() {
        let kind = value["job_input_type"].as_str().unwrap_or("uri_folder").to_owned();
        return Ok(Given::Data { kind, uri: uri.to_owned() });
    }
    let text = as_text(value.get("value").unwrap_or(value));
    Ok(match binding::parse(&text)? {
        Some(Binding::Output(_)) => {
            return Err(format!("`{text}` is an output, and cannot be taken as an input"));
        }
        Some(binding) => Given::Binding(binding),
        None => Given::Value(text),
    })
}

fn target(value: &Value) -> Result<Option<Target>, String> {
    let text = value["value"].as_str().or(value.as_str()).or(value["uri"].as_str());
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    if value["uri"].is_string() {
        return Ok(Some(Target::Address(text.to_owned())));
    }
    match binding::parse(text)? {
        Some(Binding::Output(name)) => Ok(Some(Target::Pipeline(name))),
        _ => {
            Err(format!("`{text}` is nothing that an output can go to; write `${{{{parent.outputs.NAME}}}}`"))
        }
    }
}

/// Whether everything that steps are bound to is there and of the right kind.
fn check_bindings(interface: &Interface, steps: &[Step]) -> Result<(), String> {
    let mut writers: BTreeMap<&str, &str> = BTreeMap::new();
    for step in steps {
        let told = |what: String| format!("step `{}`: {what}", step.name);
        for (input, given) in &step.inputs {
            check_given(interface, steps, step, input, given).map_err(told)?;
        }
        for target in step.outputs.values() {
            let Target::Pipeline(output) = target else { continue };
            if !interface.outputs.contains_key(output) {
                return Err(told(format!("the pipeline has no output `{output}`")));
            }
            if let Some(other) = writers.insert(output, &step.name) {
                return Err(told(format!(
                    "the pipeline's output `{output}` is written by the step `{other}` as well"
                )));
            }
        }
        let definitions = &step.runs.interface().inputs;
        let missing =
            definitions.iter().find(|(name, input)| input.is_required() && !step.inputs.contains_key(*name));
        if let Some((name, _)) = missing {
            return Err(told(format!("it does not give the input `{name}` of its component")));
        }
    }
    Ok(())
}

fn check_given(
    interface: &Interface,
    steps: &[Step],
    step: &Step,
    input: &str,
    given: &Given,
) -> Result<(), String> {
    let Some(wanted) = step.runs.interface().inputs.get(input) else { return Ok(()) };
    let is_value = match given {
        Given::Value(text) => {
            wanted.accept(text).map_err(|what| format!("input `{input}`: {what}")).map(drop).or_else(
                |what| {
                    // Data that is given as a value is told of below.
                    if wanted.is_value() { Err(what) } else { Ok(()) }
                },
            )?;
            true
        }
        Given::Data { .. } => false,
        Given::Binding(Binding::Input(name)) => {
            let source =
                interface.inputs.get(name).ok_or_else(|| format!("the pipeline has no input `{name}`"))?;
            if source.is_optional && source.default.is_none() && wanted.is_required() {
                return Err(format!(
                    "its input `{input}` has to be given, but the pipeline's input `{name}` is optional"
                ));
            }
            source.is_value()
        }
        Given::Binding(Binding::OutputOfStep { step: other, output }) => {
            let source = steps.iter().find(|step| step.name == *other);
            let source = source.ok_or_else(|| format!("the pipeline has no step `{other}`"))?;
            if !source.runs.interface().outputs.contains_key(output) {
                return Err(format!("the step `{other}` has no output `{output}`"));
            }
            false
        }
        Given::Binding(Binding::Output(_)) => false,
    };
    match is_value == wanted.is_value() {
        true => Ok(()),
        false => Err(format!(
            "its input `{input}` is of type {}, and is given {}",
            wanted.kind(),
            if is_value { "a value" } else { "data" }
        )),
    }
}

fn in_order(steps: Vec<Step>) -> Result<Vec<Step>, String> {
    let needs: Vec<(&str, Vec<&str>)> = steps.iter().map(|step| (step.name.as_str(), needs(step))).collect();
    let order = order::sorted(&needs).map_err(|circle| {
        format!("the steps need each other's outputs, so none can be first: {}", circle.join(" needs "))
    })?;
    let mut steps: Vec<Option<Step>> = steps.into_iter().map(Some).collect();
    Ok(order.into_iter().filter_map(|at| steps[at].take()).collect())
}

fn needs(step: &Step) -> Vec<&str> {
    let of = |given| match given {
        &Given::Binding(Binding::OutputOfStep { ref step, .. }) => Some(step.as_str()),
        _ => None,
    };
    step.inputs.values().filter_map(of).collect()
}
