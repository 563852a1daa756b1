//! A pipeline with a step of each kind: what it needs, and what is sent.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::fs;
use std::path::PathBuf;

use super::*;

const PIPELINE: &str = "\
type: pipeline
name: dropped
description: trains
inputs:
  data: {type: uri_folder}
  rate: {type: number, default: 1, optional: false}
jobs:
  prepare:
    type: command
    component: parts/prepare.yml
    compute: azureml:cpu
    inputs: {data: '${{parent.inputs.data}}', folds: 3, empty: , extra: {path: ./extra.csv, type: uri_file}}
    outputs: {out: }
  train:
    type: command
    component: azureml:trainer@latest
    inputs: {model: {path: 'azureml:m:3', type: custom_model, mode: download}}
    outputs: {model: {path: '${{parent.outputs.model}}', mode: upload}}
  again:
    type: command
    component: parts/prepare.yml
";

const COMMAND: &str = "\
name: prepare
version: 2
command: python p.py
code: ../code
environment: {name: dropped, image: img}
inputs:
  data: {type: uri_folder, optional: true}
  folds: {type: integer, default: 5}
  extra: {type: uri_file, optional: true}
";

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in ["parts", "code"] {
        fs::create_dir(folder.path().join(name)).unwrap();
    }
    for (name, text) in [("p.yml", PIPELINE), ("parts/prepare.yml", COMMAND), ("extra.csv", "1\n")] {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

/// Ids that say what they are of.
fn find_all(component: &ComponentSpec) -> Found<'_> {
    let mut found = Found::default();
    for need in component.needs() {
        let id = match need {
            Need::Code(_) => "/code".to_owned(),
            Need::Environment(_) => "/environment".to_owned(),
            Need::Component(_) => "/new".to_owned(),
            Need::Registered(reference) => format!("/registered/{reference}"),
            Need::Asset(kind, reference) => format!("/{}/{reference}", kind.segment()),
            Need::Data(_) => "azureml://uploaded".to_owned(),
            Need::Compute(compute) => format!("/computes/{compute}"),
        };
        found.insert(need, id);
    }
    found
}

#[test]
fn a_component_is_needed_once_however_many_steps_run_it() {
    let folder = folder();
    let pipeline = load(&folder.path().join("p.yml")).unwrap().0;
    let new = pipeline.needs().into_iter().filter(|need| matches!(need, Need::Component(_)));
    assert_eq!(new.count(), 1);
}

#[test]
fn a_command_is_sent_without_name_and_version_of_its_own() {
    let folder = folder();
    let pipeline = load(&folder.path().join("p.yml")).unwrap().0;
    let Some(Need::Component(command)) =
        pipeline.needs().into_iter().find(|need| matches!(need, Need::Component(_)))
    else {
        panic!("no command is needed");
    };
    assert!(command.needs().iter().any(|need| {
        matches!(need, Need::Code(CodeSource::Folder(code)) if code.ends_with(PathBuf::from("../code")))
    }));
    let expected = json!({ "properties": {
        "componentSpec": {
            "command": "python p.py", "code": "azureml:/code", "environment": "azureml:/environment",
            "name": "azureml_anonymous", "version": "1", "type": "command", "is_deterministic": true,
            "_source": "YAML.COMPONENT",
            "inputs": {
                "data": { "type": "uri_folder", "optional": true },
                "folds": { "type": "integer", "default": "5" },
                "extra": { "type": "uri_file", "optional": true },
            },
        },
        "isAnonymous": true, "isArchived": false, "properties": {}, "tags": {},
    } });
    assert_eq!(serde_json::to_value(command.to_wire(&find_all(command))).unwrap(), expected);
}

#[test]
fn values_of_steps_are_text_and_data_has_its_id() {
    let folder = folder();
    let pipeline = load(&folder.path().join("p.yml")).unwrap().0;
    let body = serde_json::to_value(pipeline.to_wire(&find_all(&pipeline))).unwrap();
    let spec = &body["properties"]["componentSpec"];
    assert_eq!(spec["inputs"]["rate"], json!({ "type": "number", "default": "1.0" }));
    assert_eq!((&spec["name"], &spec["sourceJobId"]), (&json!("azureml_anonymous"), &Value::Null));
    let expected = json!({
        "name": "prepare", "type": "command", "computeId": "/computes/azureml:cpu", "componentId": "/new",
        "_source": "YAML.COMPONENT",
        "inputs": {
            "data": { "value": "${{parent.inputs.data}}", "job_input_type": "literal" },
            "folds": { "value": "3", "job_input_type": "literal" },
            "extra": { "job_input_type": "uri_file", "uri": "azureml://uploaded" },
        },
    });
    assert_eq!(spec["jobs"]["prepare"], expected);
    let train = &spec["jobs"]["train"];
    assert_eq!(train["_source"], "REMOTE.WORKSPACE.COMPONENT");
    let model = json!({ "uri": "/models/azureml:m:3", "mode": "Download", "job_input_type": "custom_model" });
    assert_eq!(train["inputs"]["model"], model);
    let output = json!({ "value": "${{parent.outputs.model}}", "type": "literal", "mode": "Upload" });
    assert_eq!(train["outputs"]["model"], output);
}

#[test]
fn problems_of_other_files_say_which_file_and_where() {
    for (name, from, to, words) in [
        ("parts/prepare.yml", "command: python p.py\n", "", "`command` is required"),
        ("parts/prepare.yml", "../code", "../nope", "does not exist"),
        ("p.yml", "parts/prepare.yml\n    compute", "parts/nope.yml\n    compute", "nope.yml"),
        ("p.yml", "azureml:trainer@latest", "azureml:trainer", "which version"),
        ("p.yml", "type: pipeline\n", "type: command\n", "`pipeline`"),
        ("p.yml", "  train:\n", "  Train-it:\n", "lower-case letters"),
        ("parts/prepare.yml", "python p.py", "python ${{inputs.dta}}", "`${{inputs.dta}}` is nothing"),
        (
            "parts/prepare.yml",
            "type: uri_folder, optional: true",
            "type: uri_folder",
            "does not give the input `data`",
        ),
        (
            "p.yml",
            "    type: command\n    component: azureml:t",
            "    type: sweep\n    component: azureml:t",
            "sweep",
        ),
    ] {
        let folder = folder();
        let path = folder.path().join(name);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{from}");
        fs::write(&path, text.replacen(from, to, 1)).unwrap();
        let problems = load(&folder.path().join("p.yml")).unwrap_err();
        assert!(problems[0].message.contains(words), "{problems:?}");
    }
}

/// A pipeline whose three steps each run the pipeline in `file`.
fn three_times(file: &str) -> String {
    let step = |name| format!("  {name}: {{type: pipeline, component: {file}}}\n");
    format!("type: pipeline\njobs:\n{}{}{}", step("a"), step("b"), step("c"))
}

#[test]
fn a_pipeline_that_runs_itself_is_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p.yml");
    fs::write(&path, three_times("./p.yml")).unwrap();
    let told = load(&path).unwrap_err();
    assert!(told.len() == 1 && told[0].message.contains("runs itself"), "{told:?}");
    fs::write(&path, three_times("q.yml")).unwrap();
    fs::write(folder.path().join("q.yml"), three_times("p.yml")).unwrap();
    let told = load(&path).unwrap_err();
    assert!(told.iter().all(|problem| problem.message.contains("runs itself")), "{told:?}");
}

#[test]
fn a_pipeline_of_ever_more_pipelines_is_refused_before_it_grows_out_of_hand() {
    let folder = tempfile::tempdir().unwrap();
    for depth in 0..20 {
        let next = format!("p{}.yml", depth + 1);
        fs::write(folder.path().join(format!("p{depth}.yml")), three_times(&next)).unwrap();
    }
    let told = load(&folder.path().join("p0.yml")).unwrap_err();
    assert!(
        told.iter().any(|problem| problem.message.contains("more than 1000 component files")),
        "{told:?}"
    );
    assert!(told.len() < 10, "{} problems", told.len());
}

#[test]
fn a_file_that_cannot_be_read_is_named_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p.yml");
    fs::write(&path, three_times("nope.yml")).unwrap();
    let told = load(&path).unwrap_err();
    let told = &told[0].message;
    assert!(told.contains("nope.yml`: the file cannot be read: No such file"), "{told}");
}

#[test]
fn inputs_that_the_component_does_not_have_are_told_and_dropped() {
    let folder = folder();
    let path = folder.path().join("p.yml");
    fs::write(&path, PIPELINE.replace("folds: 3", "flods: 3")).unwrap();
    let (pipeline, warnings) = load(&path).unwrap();
    assert!(warnings[0].message.contains("gives `flods`"), "{warnings:?}");
    let body = serde_json::to_value(pipeline.to_wire(&find_all(&pipeline))).unwrap();
    let inputs = &body["properties"]["componentSpec"]["jobs"]["prepare"]["inputs"];
    assert_eq!(inputs.get("flods"), None);
}
