//! `azml job`.

mod cancel;
mod download;
mod list;
mod of_endpoint;
mod outputs;
mod resume;
mod retry;
mod runs;
mod show;
mod stream;

use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

use super::view::{View, creation_context, map_or_empty, marked_id, snake_case, timestamp};
use crate::arm::Client;
use crate::cli::common::WorkspaceArgs;
use crate::cli::shell;
use crate::context::Context;
use crate::wire::job::{RESUMABLE_PROPERTY, RETRYABLE_PROPERTY};

pub use of_endpoint::of_endpoint;
pub use stream::follow;

/// Verbs of `job`.
#[derive(Debug, Subcommand)]
pub enum JobCommand {
    /// Show one job
    Show(show::ShowArgs),
    /// List jobs
    List(list::ListArgs),
    /// Follow a job's log until it ends; the exit code tells how it ended
    Stream(stream::StreamArgs),
    /// Stop a job
    Cancel(cancel::CancelArgs),
    /// Go on with a local job that a crash, a restart or a full disk has stopped
    Resume(resume::ResumeArgs),
    /// Score the files a local job has no result for once more, in a new job
    Retry(retry::RetryArgs),
    /// Download a job's output
    Download(download::DownloadArgs),
}

/// Names one job.
#[derive(Debug, Args)]
pub struct JobArgs {
    /// Name of the job
    #[arg(long, short)]
    name: String,
    #[command(flatten)]
    workspace: WorkspaceArgs,
}

/// Runs a verb.
pub async fn run(cx: &Context, command: JobCommand) -> anyhow::Result<()> {
    match command {
        JobCommand::Show(args) => show::run(cx, args).await,
        JobCommand::List(args) => list::run(cx, args).await,
        JobCommand::Stream(args) => stream::run(cx, args).await,
        JobCommand::Cancel(args) => cancel::run(cx, args).await,
        JobCommand::Resume(args) => resume::run(cx, args).await,
        JobCommand::Retry(args) => retry::run(cx, args).await,
        JobCommand::Download(args) => download::run(cx, args).await,
    }
}

/// A job as `az ml job show` prints it.
pub fn view(body: &Value) -> Value {
    let properties = &body["properties"];
    View::new()
        .with("creation_context", creation_context(body))
        .with("description", properties["description"].clone())
        .with("display_name", properties["displayName"].clone())
        .with("experiment_name", properties["experimentName"].clone())
        .with("id", marked_id(&body["id"]))
        .with("inputs", inputs_view(&properties["inputs"]))
        .with("name", body["name"].clone())
        .with("outputs", outputs_view(&properties["outputs"]))
        .with("properties", map_or_empty(&properties["properties"]))
        .with("settings", settings_view(&properties["settings"]))
        .with("services", services_view(&properties["services"]))
        .with("status", properties["status"].clone())
        .with("tags", tags_view(&properties["tags"]))
        .with("type", snake_case(&properties["jobType"]))
        .build()
}

/// Tells what can be done about a job that stopped, or about files that failed; `properties` are the job's.
fn tell_what_can_be_done(cx: &Context, arm: &Client, name: &str, properties: &Value) {
    let job = format!("-n {} {}", shell::word(name), shell::place(arm.workspace()));
    if properties[RESUMABLE_PROPERTY] == "True" {
        cx.ui().notice(&format!("The job can go on from where it stopped: azml job resume {job}"));
    }
    if properties[RETRYABLE_PROPERTY] == "True" {
        cx.ui().notice(&format!("Files without a result can be scored once more: azml job retry {job}"));
    }
}

/// Tags of the user; those of the system itself are left out.
fn tags_view(tags: &Value) -> Value {
    let is_of_the_system = |key: &str| key.contains("_aml_system_") || key.contains("platform_config");
    let mut tags = map_or_empty(tags);
    if let Some(tags) = tags.as_object_mut() {
        tags.retain(|key, _| !is_of_the_system(key));
    }
    tags
}

/// Inputs by name: a literal as it is, data with its address and mode.
fn inputs_view(inputs: &Value) -> Value {
    each(inputs, |input| match input["jobInputType"].as_str() {
        Some(kind) if kind.eq_ignore_ascii_case("literal") => input["value"].clone(),
        _ => View::new()
            .with("mode", mode_view(&input["mode"]))
            .with("path", input["uri"].clone())
            .with("type", snake_case(&input["jobInputType"]))
            .build(),
    })
}

fn outputs_view(outputs: &Value) -> Value {
    each(outputs, |output| {
        View::new()
            .with("mode", mode_view(&output["mode"]))
            .with("path", output["uri"].clone())
            .with("type", snake_case(&output["jobOutputType"]))
            .build()
    })
}

/// The members of a map, each as `view` has it; null and empty stay away.
fn each(map: &Value, view: impl Fn(&Value) -> Value) -> Value {
    match map.as_object().filter(|map| !map.is_empty()) {
        Some(map) => Value::Object(map.iter().map(|(name, value)| (name.clone(), view(value))).collect()),
        None => Value::Null,
    }
}

fn mode_view(mode: &Value) -> Value {
    match mode.as_str() {
        Some("ReadOnlyMount") => "ro_mount".into(),
        Some("ReadWriteMount") => "rw_mount".into(),
        _ => snake_case(mode),
    }
}

/// Settings of a pipeline job; the compute is named, not spelled out.
fn settings_view(settings: &Value) -> Value {
    let Some(settings) = settings.as_object() else { return Value::Null };
    let mut settings = settings.clone();
    if let Some(compute) = settings.get("default_compute").and_then(Value::as_str) {
        let name = format!("azureml:{}", compute.rsplit('/').next().unwrap_or_default());
        settings.insert("default_compute".to_owned(), name.into());
    }
    Value::Object(settings)
}

/// The job with the user's tenant in the address of its page, which the page asks for.
pub fn with_tenant(mut job: Value, tenant: Option<&str>) -> Value {
    let place = job.pointer_mut("/properties/services/Studio/endpoint");
    if let (Some(tenant), Some(endpoint)) = (tenant, place)
        && let Some(address) = endpoint.as_str()
    {
        *endpoint = format!("{address}&tid={tenant}").into();
    }
    job
}

fn services_view(services: &Value) -> Value {
    let Some(services) = services.as_object() else {
        return Value::Null;
    };
    let service = |(name, service): (&String, &Value)| {
        let view = View::new()
            .with("endpoint", service["endpoint"].clone())
            .with("type", service["jobServiceType"].clone())
            .build();
        (name.clone(), view)
    };
    Value::Object(services.iter().map(service).collect())
}

/// A job as `invoke` and `batch-endpoint list-jobs` print it: the data plane's object with every member it may
/// have (measured: az prints the SDK's internal object, `additionalProperties` included).
pub fn batch_view(body: &Value) -> Value {
    let mut view = filled(body, &["id", "name", "properties", "systemData", "type"]);
    let properties = &body["properties"];
    let mut inner = filled(
        properties,
        &[
            "compute",
            "dataset",
            "description",
            "errorThreshold",
            "inputData",
            "interactionEndpoints",
            "loggingLevel",
            "maxConcurrencyPerInstance",
            "miniBatchSize",
            "name",
            "output",
            "outputData",
            "outputDataset",
            "outputFileName",
            "partitionKeys",
            "properties",
            "provisioningState",
            "retrySettings",
            "status",
            "tags",
        ],
    );
    fill_member(
        &mut inner,
        "compute",
        &["instanceCount", "instanceType", "isLocal", "location", "properties", "target"],
    );
    fill_member(&mut inner, "output", &["datastoreId", "path"]);
    fill_member(&mut inner, "retrySettings", &["maxRetries", "timeout"]);
    fill_each(&mut inner, "inputData", &["description", "jobInputType"]);
    fill_each(&mut inner, "outputData", &["description", "jobOutputType"]);
    fill_each(&mut inner, "interactionEndpoints", &["endpoint", "jobEndpointType", "port", "properties"]);
    if let Some(retry) = inner.get_mut("retrySettings").and_then(Value::as_object_mut) {
        retry["timeout"] = clock_time(&retry["timeout"]);
    }
    view["properties"] = Value::Object(inner);
    let data = &body["systemData"];
    if !data.is_null() {
        let members = [
            "createdAt",
            "createdBy",
            "createdByType",
            "lastModifiedAt",
            "lastModifiedBy",
            "lastModifiedByType",
        ];
        let mut data = filled(data, &members);
        for member in ["createdAt", "lastModifiedAt"] {
            data[member] = timestamp(&data[member]);
        }
        view["systemData"] = Value::Object(data);
    }
    Value::Object(view)
}

/// The object with `additionalProperties` and every named member, null where it has none.
fn filled(object: &Value, members: &[&str]) -> Map<String, Value> {
    let mut map = object.as_object().cloned().unwrap_or_default();
    map.insert("additionalProperties".to_owned(), json!({}));
    for member in members {
        map.entry((*member).to_owned()).or_insert(Value::Null);
    }
    map
}

fn fill_member(map: &mut Map<String, Value>, member: &str, members: &[&str]) {
    if let Some(value) = map.get_mut(member).filter(|value| value.is_object()) {
        *value = Value::Object(filled(value, members));
    }
}

fn fill_each(map: &mut Map<String, Value>, member: &str, members: &[&str]) {
    let Some(entries) = map.get_mut(member).and_then(Value::as_object_mut) else {
        return;
    };
    for value in entries.values_mut() {
        *value = Value::Object(filled(value, members));
    }
}

/// `PT30S` as Python's `timedelta` prints it, `0:00:30`.
fn clock_time(duration: &Value) -> Value {
    let Some(seconds) = duration.as_str().and_then(crate::wire::duration::parse_seconds) else {
        return duration.clone();
    };
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let clock = format!("{}:{:02}:{:02}", rest / 3_600, rest / 60 % 60, rest % 60);
    match days {
        0 => clock,
        1 => format!("1 day, {clock}"),
        _ => format!("{days} days, {clock}"),
    }
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_limits_print_as_python_prints_them() {
        assert_eq!(clock_time(&json!("PT30S")), json!("0:00:30"));
        assert_eq!(clock_time(&json!("P1DT1H")), json!("1 day, 1:00:00"));
        assert_eq!(clock_time(&Value::Null), Value::Null);
    }

    #[test]
    fn the_data_plane_object_has_all_its_members() {
        let view = batch_view(&json!({"name": "j", "properties": {"inputData": {"a": {"uri": "u"}}}}));
        assert_eq!(view["properties"]["status"], Value::Null);
        assert!(view["properties"].get("status").is_some());
        assert_eq!(view["properties"]["inputData"]["a"]["additionalProperties"], json!({}));
    }
}
