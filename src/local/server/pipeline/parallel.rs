//! Parallel components: a scoring script on the mini-batches of one input, which is what a batch deployment is too.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::{Map, Value};

use super::super::error::ServiceError;
use super::super::plan;
use super::super::scope::Scope;
use super::definition::as_text;
use super::tree::{Interface, check_template};
use crate::local::engine::EnvironmentPlan;
use crate::local::engine::pipeline::{Side, Template};

/// Defaults of parallel jobs, which are not those of batch deployments.
const MINI_BATCH_SIZE: i64 = 1;
const MAX_RETRIES: i64 = 2;
const TIMEOUT_SECONDS: i64 = 60;

/// What a step may say otherwise than its component.
const OVERRIDABLE: [&str; 6] = [
    "mini_batch_size",
    "mini_batch_error_threshold",
    "error_threshold",
    "max_concurrency_per_instance",
    "retry_settings",
    "logging_level",
];

/// A parallel component.
#[derive(Debug, Clone)]
pub(super) struct Parallel {
    pub(super) interface: Interface,
    /// The input that is cut into mini-batches.
    pub(super) input: String,
    /// The output that rows are collected in; without one the script writes its own files.
    pub(super) rows: Option<String>,
    pub(super) code: PathBuf,
    pub(super) entry_script: String,
    pub(super) arguments: String,
    pub(super) environment: EnvironmentPlan,
    pub(super) mini_batch_size: u64,
    /// Worker processes on each node; as many as the machine has cores where it is not said.
    pub(super) max_concurrency_per_instance: Option<u32>,
    pub(super) max_retries: u32,
    pub(super) timeout_seconds: u64,
    pub(super) error_threshold: i64,
    pub(super) logging_level: String,
    /// Variables of the script, unless a step says otherwise.
    pub(super) variables: BTreeMap<String, String>,
}

/// The spec of a component with what a step says otherwise.
pub(super) fn overridden(spec: &Map<String, Value>, step: &Value) -> Map<String, Value> {
    let mut spec = spec.clone();
    for name in OVERRIDABLE {
        if let Some(value) = step.get(name).filter(|value| !value.is_null()) {
            spec.insert(name.to_owned(), value.clone());
        }
    }
    spec
}

/// Reads the spec of a parallel component.
pub(super) fn read(
    scope: &Scope,
    interface: Interface,
    spec: &Map<String, Value>,
    told: impl Fn(String) -> ServiceError,
) -> Result<Parallel, ServiceError> {
    let Read { input, rows, entry_script, arguments, numbers } = Read::of(&interface, spec).map_err(&told)?;
    let task = &spec["task"];
    let code = task["code"].as_str().ok_or_else(|| told("its task has no code".to_owned()))?;
    let code = plan::code_folder(scope, code)?;
    plan::check_script(&code, &entry_script).map_err(|why| told(format!("its entry script {why}")))?;
    let environment =
        task["environment"].as_str().ok_or_else(|| told("its task has no environment".to_owned()))?;
    Ok(Parallel {
        environment: plan::environment(scope, environment)?,
        interface,
        input,
        rows,
        code,
        entry_script,
        arguments,
        mini_batch_size: numbers.mini_batch_size,
        max_concurrency_per_instance: numbers.max_concurrency,
        max_retries: numbers.max_retries,
        timeout_seconds: numbers.timeout_seconds,
        error_threshold: numbers.error_threshold,
        variables: plan::variables(spec.get("environment_variables").and_then(Value::as_object)),
        logging_level: spec.get("logging_level").and_then(Value::as_str).unwrap_or("info").to_owned(),
    })
}

/// What the spec says by itself.
struct Read {
    input: String,
    rows: Option<String>,
    entry_script: String,
    arguments: String,
    numbers: Numbers,
}

struct Numbers {
    mini_batch_size: u64,
    max_concurrency: Option<u32>,
    max_retries: u32,
    timeout_seconds: u64,
    error_threshold: i64,
}

impl Read {
    fn of(interface: &Interface, spec: &Map<String, Value>) -> Result<Self, String> {
        let none = Value::Null;
        let task = spec.get("task").unwrap_or(&none);
        let kind = task["type"].as_str().unwrap_or("run_function");
        if !matches!(kind, "run_function" | "function") {
            return Err(format!("its task is of type `{kind}`; the local workspace runs `run_function`"));
        }
        if spec.get("partition_keys").and_then(Value::as_array).is_some_and(|keys| !keys.is_empty()) {
            return Err("it cuts its input by partition_keys, which the local workspace does not".to_owned());
        }
        let input = spec.get("input_data").and_then(Value::as_str).unwrap_or_default();
        let input = only_placeholder(input, Side::Input)
            .ok_or_else(|| "input_data has to be `${{inputs.NAME}}`".to_owned())?;
        match interface.inputs.get(&input) {
            None => return Err(format!("input_data is `{input}`, which is no input of it")),
            Some(definition) if !matches!(definition.kind(), "uri_folder" | "uri_file") => {
                return Err(format!(
                    "input_data is of type {}; the local workspace cuts files of uri_folder and uri_file into \
                     mini-batches",
                    definition.kind()
                ));
            }
            Some(_) => {}
        }
        let rows = match task["append_row_to"].as_str().filter(|text| !text.is_empty()) {
            None => None,
            Some(text) => {
                let rows =
                    only_placeholder(text, Side::Output).filter(|name| interface.outputs.contains_key(name));
                Some(rows.ok_or_else(|| format!("append_row_to `{text}` is no output of it"))?)
            }
        };
        let script = task["entry_script"].as_str().unwrap_or_default().trim_start_matches("./");
        if !script.ends_with(".py") {
            return Err(format!("its entry script `{script}` is not a Python file (.py)"));
        }
        let arguments = task["program_arguments"].as_str().unwrap_or_default().to_owned();
        check_template(interface, &arguments)?;
        Ok(Self { input, rows, entry_script: script.to_owned(), arguments, numbers: Numbers::of(spec)? })
    }
}

impl Numbers {
    fn of(spec: &Map<String, Value>) -> Result<Self, String> {
        let number = |path: &str, default: i64, least: i64| {
            let value = spec_value(spec, path).filter(|value| !value.is_null()).map(as_text);
            let number = value.as_ref().map_or(Ok(default), |text| text.trim().parse::<i64>());
            match number.ok().filter(|number| (least..=i64::from(i32::MAX)).contains(number)) {
                Some(number) => Ok(number),
                None => Err(format!(
                    "{} has to be a whole number from {least} on, not `{}`",
                    path.replace('/', "."),
                    value.unwrap_or_default()
                )),
            }
        };
        if number("mini_batch_error_threshold", -1, -1)? >= 0 {
            return Err(
                "mini_batch_error_threshold is not supported by the local workspace; use error_threshold"
                    .to_owned(),
            );
        }
        let positive = |path: &str, default: i64, least: i64| {
            number(path, default, least).map(|number| u32::try_from(number).unwrap_or(u32::MAX))
        };
        let concurrency = positive("max_concurrency_per_instance", 0, 0)?;
        Ok(Self {
            mini_batch_size: positive("mini_batch_size", MINI_BATCH_SIZE, 1)?.into(),
            max_concurrency: (concurrency > 0).then_some(concurrency),
            max_retries: positive("retry_settings/max_retries", MAX_RETRIES, 0)?,
            timeout_seconds: positive("retry_settings/timeout", TIMEOUT_SECONDS, 1)?.into(),
            error_threshold: number("error_threshold", -1, -1)?,
        })
    }
}

fn spec_value<'v>(spec: &'v Map<String, Value>, path: &str) -> Option<&'v Value> {
    let (first, rest) = path.split_once('/').map_or((path, None), |(first, rest)| (first, Some(rest)));
    let value = spec.get(first)?;
    rest.map_or(Some(value), |member| value.get(member))
}

/// The name in a text that is one placeholder of this side and nothing else.
fn only_placeholder(text: &str, wanted: Side) -> Option<String> {
    let template = Template::parse(text.trim()).ok()?;
    match (template.placeholders().as_slice(), text.trim().ends_with("}}") && text.trim().starts_with("${{"))
    {
        ([(side, name, false)], true) if *side == wanted => Some((*name).to_owned()),
        _ => None,
    }
}
