#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
use super::*;
use std::fs;

const ENDPOINT: &str = "name: digits\nauth_mode: aad_token\n";
const MODEL: &str = "name: mnist\nversion: 3\npath: .\ntype: custom_model\n";
const CLUSTER: &str = "name: cpu-cluster\ntype: amlcompute\n";
const DEPLOYMENT: &str = "type: model\nname: blue\nendpoint_name: digits\nmodel: azureml:mnist:3\n\
                          compute: azureml:cpu-cluster\nsettings: {mini_batch_size: 1}\n";

fn validated(texts: &[&str]) -> Vec<Validated> {
    let folder = tempfile::tempdir().unwrap();
    let write = |(at, text): (usize, &&str)| {
        let path = folder.path().join(format!("{at}.yml"));
        fs::write(&path, text).unwrap();
        SpecDocument::load(&path).unwrap()
    };
    validate(&texts.iter().enumerate().map(write).collect::<Vec<_>>())
}

fn told(texts: &[&str], at: usize) -> Vec<(String, Option<String>)> {
    let problems = validated(texts).swap_remove(at).problems;
    problems.into_iter().map(|problem| (problem.field, problem.help)).collect()
}

#[test]
fn files_that_fit_together_pass() {
    for found in validated(&[ENDPOINT, MODEL, CLUSTER, DEPLOYMENT]) {
        assert_eq!(found.problems, [], "{:?}", found.kind);
    }
}

#[test]
fn what_no_file_makes_may_be_in_the_workspace() {
    assert_eq!(told(&[DEPLOYMENT], 0), []);
    assert_eq!(told(&["name: other\nauth_mode: key\n", DEPLOYMENT], 1), []);
}

#[test]
fn names_that_nearly_fit_and_other_versions_are_warnings() {
    for (from, to, field, help) in [
        ("digits", "digit", "endpoint_name", "did you mean `digits`?"),
        ("cpu-cluster", "cpucluster", "compute", "did you mean `cpu-cluster`?"),
        ("mnist:3", "mnist:4", "model", "the files given make `3`"),
    ] {
        let deployment = DEPLOYMENT.replace(from, to);
        let told = told(&[ENDPOINT, MODEL, CLUSTER, &deployment], 3);
        assert_eq!(told, [(field.to_owned(), Some(help.to_owned()))]);
    }
    let endpoint = format!("{ENDPOINT}defaults: {{deployment_name: green}}\n");
    let told = told(&[&endpoint, DEPLOYMENT], 0);
    assert_eq!(
        told,
        [("defaults.deployment_name".to_owned(), Some("the files given make `blue`".to_owned()))]
    );
}

#[test]
fn a_file_with_errors_still_makes_what_it_names() {
    let broken = format!("{ENDPOINT}colour: blue\n");
    let other = ENDPOINT.replace("digits", "digits2");
    assert_eq!(told(&[&broken, &other, DEPLOYMENT], 2), []);
}

#[test]
fn each_file_is_checked_by_itself_and_with_the_files_it_names() {
    let missing = format!(
        "{DEPLOYMENT}environment: azureml:e:1\ncode_configuration: {{code: nope, scoring_script: s.py}}\n"
    );
    let found = validated(&[&format!("{missing}x: 1\n"), "a: 1\n"]);
    assert_eq!(found[0].kind, Some(SpecKind::BatchDeployment));
    let fields: Vec<&str> = found[0].problems.iter().map(|problem| problem.field.as_str()).collect();
    assert_eq!(fields, ["code_configuration.code", "x"], "an unknown field hides a missing folder");
    assert_eq!(found[1].kind, None);
    assert_eq!(told(&[&missing], 0)[0].0, "code_configuration.code");
}

#[test]
fn what_two_files_make_is_told_at_the_second_one() {
    let again = |first: &str, second: &str| {
        let found = validated(&[first, second]);
        assert_eq!(found[0].problems, []);
        found[1].problems.iter().map(|problem| problem.message.clone()).collect::<Vec<_>>().join(" ")
    };
    for (first, second, words) in [
        (ENDPOINT, "name: Digits\nauth_mode: aad_token\n", "makes the batch endpoint `Digits`, too"),
        (
            MODEL,
            "name: mnist\nversion: '3'\npath: .\ntype: mlflow_model\n",
            "makes version `3` of the model `mnist`, too",
        ),
        (CLUSTER, CLUSTER, "makes the compute `cpu-cluster`, too"),
        (DEPLOYMENT, DEPLOYMENT, "makes the batch deployment `blue`, too"),
    ] {
        let told = again(first, second);
        assert!(told.contains("0.yml` ") && told.contains(words), "{told}");
    }
    for (first, second) in [
        (MODEL, MODEL.replace("version: 3", "version: 4")),
        (MODEL, MODEL.replace("version: 3\n", "")),
        (DEPLOYMENT, DEPLOYMENT.replace("digits", "letters")),
        (CLUSTER, ENDPOINT.replace("digits", "cpu-cluster")),
    ] {
        assert_eq!(again(first, &second), "", "{second}");
    }
    let (model, versionless) = (MODEL.replace("version: 3\n", ""), MODEL.replace("version: 3\n", ""));
    assert_eq!(again(&model, &versionless), "", "each makes a new version");
}

#[test]
fn references_of_every_kind_of_file_are_compared() {
    const STORE: &str = "name: results\ntype: azure_blob\naccount_name: a\ncontainer_name: c\n";
    const PIPELINE: &str = "type: pipeline\nname: blue\nendpoint_name: digits\ncomponent: azureml:p:1\n\
                            settings: {default_compute: azureml:cpu-clustr, default_datastore: reslts}\n";
    let others = |last: &str| told(&[ENDPOINT, MODEL, CLUSTER, STORE, last], 4);
    let meant = |field: &str, name: &str| (field.to_owned(), Some(format!("did you mean `{name}`?")));
    assert_eq!(
        others(PIPELINE),
        [meant("settings.default_compute", "cpu-cluster"), meant("settings.default_datastore", "results")]
    );
    let data = "name: d\ntype: uri_folder\npath: azureml://datastores/result/paths/x\n";
    assert_eq!(others(data), [meant("path", "results")]);
    let model = "name: other\ntype: custom_model\npath: .\ndatastore: azureml:result\n";
    assert_eq!(others(model), [meant("datastore", "results")]);
    let fine = data.replace("result/", "Results/");
    assert_eq!(others(&fine), []);
    let built_in = data.replace("result/", "workspaceblobstore/");
    let similar = STORE.replace("results", "workspaceblobstore2");
    assert_eq!(told(&[&similar, &built_in], 1), []);
}

#[test]
fn names_of_assets_that_differ_by_case_are_doubted_and_others_are_not() {
    let deployment = DEPLOYMENT.replace("mnist:3", "MNIST:3");
    let expected = [("model".to_owned(), Some("did you mean `mnist`?".to_owned()))];
    assert_eq!(told(&[ENDPOINT, MODEL, CLUSTER, &deployment], 3), expected);
    let deployment = DEPLOYMENT.replace("digits", "Digits").replace("cpu-cluster", "CPU-cluster");
    assert_eq!(told(&[ENDPOINT, MODEL, CLUSTER, &deployment], 3), []);
    let endpoint = "name: Digits\nauth_mode: key\ndefaults: {deployment_name: Blue}\n";
    assert_eq!(told(&[endpoint, DEPLOYMENT], 0), []);
}
