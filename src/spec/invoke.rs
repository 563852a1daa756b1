//! Invocations: the file that names inputs and outputs, and what `--set` changes for one job.

use std::path::PathBuf;

use serde_json::{Map, Value, json};

use super::asset_path::is_remote;
use super::check;
use super::document::SpecDocument;
use super::fields::Fields;
use super::overrides::Override;
use super::path::FieldPath;
use super::problem::{Checked, Problem, SpecError};
use super::tables::invoke::{INVOKE, JOB};
use crate::wire::JsonMap;
use crate::wire::deployment::RetrySettings;
use crate::wire::duration::format_seconds;
use crate::wire::ids::ArmId;
use crate::wire::invoke::{BatchJobProperties, JobCompute};
use crate::wire::reference::AssetReference;

/// What `batch-endpoint invoke --file` says.
#[derive(Debug, Clone)]
pub struct InvokeSpec {
    /// Endpoint to invoke.
    pub endpoint_name: Option<String>,
    /// Deployment to run instead of the default one.
    pub deployment_name: Option<String>,
    /// Name of the job.
    pub job_name: Option<String>,
    /// Experiment of a pipeline deployment's job.
    pub experiment_name: Option<String>,
    /// Inputs by name, as written.
    pub inputs: JsonMap,
    /// Outputs by name, as written.
    pub outputs: JsonMap,
    document: SpecDocument,
}

impl InvokeSpec {
    /// Files and folders of this machine among the inputs, each under its input's name.
    pub fn local_inputs(&self) -> Vec<(String, PathBuf)> {
        let local = |(name, input): (&String, &Value)| {
            let path = local_path(input["path"].as_str()?)?;
            Some((name.clone(), self.document.resolve(path)))
        };
        self.inputs.iter().filter_map(local).collect()
    }

    /// Says of an input that it is at an address now.
    pub fn move_input(&mut self, name: &str, address: String) {
        if let Some(Value::Object(input)) = self.inputs.get_mut(name) {
            input.insert("path".to_owned(), address.into());
        }
    }

    /// An error where the file was written for another endpoint.
    pub fn refuse_other_endpoint(&self, endpoint: &str) -> Result<(), SpecError> {
        match self.endpoint_name.as_deref() {
            Some(written) if !written.eq_ignore_ascii_case(endpoint) => {
                let given = |field: &&str| self.document.root().get(field).is_some();
                let field = ["endpoint_name", "endpoint"].into_iter().find(given).unwrap_or_default();
                let message = format!("the file is for the endpoint `{written}`, not for `{endpoint}`");
                let problem =
                    Problem::error(field, message).help("leave the line out, or give the same `--name`");
                Err(SpecError::new(&self.document, vec![self.document.place(problem)]))
            }
            _ => Ok(()),
        }
    }

    /// Puts what the file says into a request. Inputs have to be at addresses: nothing is uploaded here.
    pub fn apply(self, properties: &mut BatchJobProperties) {
        replace(&mut properties.name, self.job_name);
        put_inputs(properties, self.inputs);
        put_outputs(properties, self.outputs);
        put_properties(properties, JsonMap::new(), self.experiment_name);
    }

    /// Reads and checks a document, and whether the files of this machine that it names are there.
    pub fn from_document(document: &SpecDocument) -> Result<Checked<Self>, SpecError> {
        let read = |fields| {
            let mut fields = Fields(fields);
            let mut either = |name: &str, short: &str| fields.text(name).or_else(|| fields.text(short));
            let (endpoint_name, deployment_name) =
                (either("endpoint_name", "endpoint"), either("deployment_name", "deployment"));
            Self {
                endpoint_name,
                deployment_name,
                job_name: fields.text("job_name"),
                experiment_name: fields.text("experiment_name"),
                inputs: fields.mapping("inputs").unwrap_or_default(),
                outputs: fields.mapping("outputs").unwrap_or_default(),
                document: document.clone(),
            }
        };
        check::check(document, &INVOKE).finish_with(read, Self::missing_inputs)
    }

    fn missing_inputs(&self) -> Vec<Problem> {
        let missing = self.local_inputs().into_iter().filter(|(_, path)| !path.exists());
        let problem = |(name, path): (String, PathBuf)| {
            let field = FieldPath::parse("inputs").key(&name).key("path");
            let message = format!("inputs.{name}: there is no file or folder at `{}`", path.display());
            self.document.place(Problem::error(field.to_string(), message))
        };
        missing.map(problem).collect()
    }
}

/// Changes what a job is started with. Nothing is uploaded here: see [`local_inputs`].
pub fn apply_job_overrides(
    properties: &mut BatchJobProperties,
    changes: &[Override],
) -> Result<(), SpecError> {
    let mut document = SpecDocument::empty();
    document.apply_overrides(changes)?;
    let mut report = check::check(&document, &JOB);
    if report.fields.get("output_dataset").is_some_and(|dataset| dataset["datastore_id"].is_null()) {
        let problem = Problem::error("output_dataset", "an output folder needs the datastore it is in");
        report.add(problem.help("add `output_dataset.datastore_id=azureml:workspaceblobstore`"));
    }
    let checked = report.finish(Fields)?;
    change(properties, checked.spec);
    Ok(())
}

fn change(properties: &mut BatchJobProperties, mut fields: Fields) {
    replace(&mut properties.mini_batch_size, fields.integer("mini_batch_size"));
    replace(&mut properties.error_threshold, fields.integer("error_threshold"));
    replace(&mut properties.output_file_name, fields.text("output_file_name"));
    replace(&mut properties.name, fields.text("job_name"));
    change_compute(properties, &mut fields);
    if let Some(mut retry) = fields.object("retry_settings") {
        let settings = properties.retry_settings.get_or_insert_with(RetrySettings::default);
        replace(&mut settings.max_retries, retry.integer("max_retries"));
        let seconds = retry.integer("timeout").and_then(|seconds| u64::try_from(seconds).ok());
        replace(&mut settings.timeout, seconds.map(format_seconds));
    }
    put_inputs(properties, fields.mapping("inputs").unwrap_or_default());
    put_outputs(properties, fields.mapping("outputs").unwrap_or_default());
    if let Some(dataset) = fields.object("output_dataset") {
        change_output_folder(properties, dataset);
    }
    let free = fields.mapping("properties").unwrap_or_default();
    put_properties(properties, free, fields.text("experiment_name"));
}

fn put_inputs(properties: &mut BatchJobProperties, inputs: JsonMap) {
    for (name, input) in inputs {
        properties.input_data.get_or_insert_default().insert(name, input_to_wire(&input));
    }
}

fn put_outputs(properties: &mut BatchJobProperties, outputs: JsonMap) {
    for (name, output) in outputs {
        properties.output_data.get_or_insert_default().insert(name, output_to_wire(&output));
    }
}

fn put_properties(properties: &mut BatchJobProperties, free: JsonMap, experiment: Option<String>) {
    let experiment = experiment.map(|name| ("experimentName".to_owned(), name.into()));
    for (name, value) in free.into_iter().chain(experiment) {
        properties.properties.get_or_insert_default().insert(name, value);
    }
}

fn change_compute(properties: &mut BatchJobProperties, fields: &mut Fields) {
    let top_level_count = fields.integer("instance_count");
    let mut nested = fields.object("compute").unwrap_or(Fields(Map::new()));
    let count = nested.integer("instance_count").or(top_level_count);
    let (target, instance_type) = (nested.text("target"), nested.text("instance_type"));
    if count.is_none() && target.is_none() && instance_type.is_none() {
        return;
    }
    let compute = properties.compute.get_or_insert_with(JobCompute::default);
    replace(&mut compute.instance_count, count);
    replace(&mut compute.target, target.map(|target| target.trim_start_matches("azureml:").to_owned()));
    replace(&mut compute.instance_type, instance_type);
}

fn replace<T>(old: &mut Option<T>, new: Option<T>) {
    if new.is_some() {
        *old = new;
    }
}

/// A datastore by id stays what it is; one by name becomes the address of the output file, as the SDK has it.
fn change_output_folder(properties: &mut BatchJobProperties, mut dataset: Fields) {
    let datastore = dataset.text("datastore_id").unwrap_or_default();
    let path = dataset.text("path").unwrap_or_default();
    if ArmId::parse(&datastore).is_some() {
        properties.output_dataset = Some(json!({ "datastoreId": datastore, "path": path }));
        return;
    }
    let datastore = datastore.trim_start_matches("azureml:");
    let mut uri = format!("azureml://datastores/{datastore}/paths/{}", path.trim_matches('/'));
    if let Some(file) = &properties.output_file_name {
        uri = format!("{}/{file}", uri.trim_end_matches('/'));
    }
    let output = json!({ "uri": uri, "jobOutputType": "UriFile" });
    properties.output_data.get_or_insert_default().insert("output_name".to_owned(), output);
}

/// Inputs of a request that are files and folders of this machine, as written: name and path.
pub fn local_inputs(properties: &BatchJobProperties) -> Vec<(String, String)> {
    let local = |(name, input): (&String, &Value)| {
        let path = local_path(input["uri"].as_str()?)?;
        Some((name.clone(), path.to_owned()))
    };
    properties.input_data.iter().flatten().filter_map(local).collect()
}

/// A path as one of this machine, unless it is an address or a reference.
fn local_path(written: &str) -> Option<&str> {
    let is_local = !is_remote(written) && AssetReference::parse_marked(written).is_none();
    is_local.then(|| written.strip_prefix("file://").unwrap_or(written))
}

fn input_to_wire(input: &Value) -> Value {
    match input {
        Value::Object(members) => match members.get("path") {
            Some(path) => json!({ "jobInputType": type_name(members, "UriFolder"), "uri": path }),
            None => json!({
                "jobInputType": "Literal",
                "value": members.get("value").or(members.get("default")).unwrap_or(&Value::Null),
            }),
        },
        literal => json!({ "jobInputType": "Literal", "value": literal }),
    }
}

fn output_to_wire(output: &Value) -> Value {
    match output {
        Value::Object(members) => {
            let mut wire = Map::new();
            wire.insert("jobOutputType".to_owned(), type_name(members, "UriFile").into());
            if let Some(path) = members.get("path") {
                wire.insert("uri".to_owned(), path.clone());
            }
            if let Some(mode) = members.get("mode") {
                wire.insert("mode".to_owned(), mode.clone());
            }
            Value::Object(wire)
        }
        uri => json!({ "jobOutputType": "UriFile", "uri": uri }),
    }
}

/// `uri_folder` is `UriFolder` on the wire, and so on.
fn type_name(members: &JsonMap, default: &'static str) -> &'static str {
    match members.get("type").and_then(Value::as_str) {
        Some("uri_file") => "UriFile",
        Some("uri_folder") => "UriFolder",
        Some("mltable") => "MLTable",
        Some("custom_model") => "CustomModel",
        Some("mlflow_model") => "MLFlowModel",
        Some("triton_model") => "TritonModel",
        _ => default,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;

    fn applied(words: &[&str]) -> Result<Value, SpecError> {
        let changes: Vec<Override> = words.iter().map(|word| word.parse().unwrap()).collect();
        let mut properties = BatchJobProperties::default();
        apply_job_overrides(&mut properties, &changes)?;
        Ok(serde_json::to_value(properties).unwrap())
    }

    #[test]
    fn every_documented_key_reaches_its_member() {
        let words = [
            "mini_batch_size=20",
            "compute.instance_count=4",
            "retry_settings.max_retries=5",
            "retry_settings.timeout=60",
            "error_threshold=7",
            "output_file_name=out.csv",
            "job_name=j1",
            "experiment_name=e1",
        ];
        let expected = json!({
            "compute": { "instanceCount": 4 },
            "miniBatchSize": 20,
            "retrySettings": { "maxRetries": 5, "timeout": "PT1M" },
            "errorThreshold": 7,
            "outputFileName": "out.csv",
            "name": "j1",
            "properties": { "experimentName": "e1" },
        });
        assert_eq!(applied(&words).unwrap(), expected);
        assert_eq!(applied(&["instance_count=3"]).unwrap(), json!({ "compute": { "instanceCount": 3 } }));
    }

    #[test]
    fn an_output_folder_by_datastore_name_becomes_the_address_of_the_file() {
        let words =
            ["output_file_name=o.csv", "output_dataset.datastore_id=azureml:d", "output_dataset.path=/a/"];
        let uri = &applied(&words).unwrap()["outputData"]["output_name"]["uri"];
        assert_eq!(uri, "azureml://datastores/d/paths/a/o.csv");
    }

    #[test]
    fn inputs_of_this_machine_are_told_from_addresses_references_and_values() {
        let words =
            ["a.path=./local", "b.path=file:///x", "c.path=azureml:d:1", "d.path=https://h/x", "e=./text"];
        let changes: Vec<Override> =
            words.iter().map(|word| format!("inputs.{word}").parse().unwrap()).collect();
        let mut properties = BatchJobProperties::default();
        apply_job_overrides(&mut properties, &changes).unwrap();
        let local = [("a", "./local"), ("b", "/x")].map(|(name, path)| (name.to_owned(), path.to_owned()));
        assert_eq!(local_inputs(&properties), local);
    }

    #[test]
    fn what_a_job_cannot_change_is_refused_with_the_option_as_its_origin() {
        for (word, message) in [
            ("mini_batch_size=ten", "expected an integer"),
            ("mini_batchsize=10", "unknown field"),
            ("max_retries=3", "unknown field"),
            ("logging_level=debug", "unknown field"),
            ("mini_batch_size=0", "the smallest value is 1"),
            ("output_dataset.path=/a", "needs the datastore"),
        ] {
            let error = applied(&[word]).unwrap_err();
            let problem = &error.problems[0];
            assert!(problem.message.contains(message), "{word}: {}", problem.message);
            assert_eq!(problem.origin, Some(format!("--set {word}")));
        }
        let help = applied(&["max_retries=3"]).unwrap_err().problems[0].help.clone();
        assert_eq!(help.as_deref(), Some("it belongs in `retry_settings`"));
    }
}
