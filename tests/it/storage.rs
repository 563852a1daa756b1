//! Uploads to and downloads from a storage account: Azurite, Microsoft's emulator, behind a workspace that a stand-in
//! answers for.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use azml::arm::blobs::{Container, ListedBlob};
use serde_json::{Value, json};

use super::common::azurite::{Azurite, ENDPOINT, block_on, client};
use super::common::stand_in::{Answer, Asked, StandIn};
use super::common::{TestEnv, eventually, skip};

const WORKSPACE: &str =
    "/subscriptions/sub/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/ws";
const STORE: &str = "store";

fn ok(body: &Value) -> Answer {
    (200, Vec::new(), body.to_string())
}

/// A workspace whose default datastore is a container of Azurite, opened by `secrets`. Its job `done` has what
/// `history` says of its runs.
fn workspace(
    azurite: &Azurite,
    secrets: Value,
    history: impl Fn(&Asked) -> Option<Value> + Send + Sync + 'static,
) -> StandIn {
    let datastore = json!({"name": STORE, "properties": {
        "datastoreType": "AzureBlob", "isDefault": true, "credentials": {"credentialsType": "AccountKey"},
        "accountName": azurite.account_name(), "containerName": STORE, "endpoint": ENDPOINT, "protocol": "http",
    }});
    StandIn::start(move |origin, asked| {
        let path = asked.path.split('?').next().unwrap();
        let below = path.strip_prefix(WORKSPACE).unwrap_or(path);
        match (asked.method.as_str(), below) {
            ("GET", "") => ok(
                &json!({"id": WORKSPACE, "location": "x", "properties": {"discoveryUrl": format!("{origin}/discovery")}}),
            ),
            ("GET", "/discovery") => ok(&json!({"api": origin})),
            ("GET", "/datastores") => ok(&json!({"value": [datastore]})),
            ("GET", "/datastores/store") => ok(&datastore),
            ("POST", "/datastores/store/listSecrets") => ok(&secrets),
            ("PUT", _) => {
                let mut body: Value = serde_json::from_str(&asked.body).unwrap();
                body["id"] = path.into();
                body["name"] = path.rsplit('/').next().unwrap().into();
                ok(&body)
            }
            _ => match history(asked) {
                Some(body) => ok(&body),
                None => (
                    404,
                    Vec::new(),
                    json!({"error": {"code": "NotFound", "message": "nothing here"}}).to_string(),
                ),
            },
        }
    })
}

fn key() -> Value {
    json!({"secretsType": "AccountKey", "key": Azurite::key()})
}

fn azml(env: &TestEnv, server: &StandIn, words: &[&str]) -> std::process::Command {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_azml"));
    command
        .args(words)
        .args(["-w", "ws", "-g", "rg", "--subscription", "sub"])
        .current_dir(env.work())
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", env.home())
        .env("AZML_HOME", env.azml_home())
        .env("AZML_ARM_ENDPOINT", &server.origin)
        .env("AZML_ACCESS_TOKEN", "token");
    command
}

fn succeeds(env: &TestEnv, server: &StandIn, words: &[&str]) -> String {
    let output = azml(env, server, words).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "azml {}:\n{}", words.join(" "), text(&output.stderr));
    text(&output.stdout)
}

/// Every blob below `prefix`, by name.
fn blobs(container: &Container, prefix: &str) -> BTreeMap<String, ListedBlob> {
    let mut found = BTreeMap::new();
    let mut marker: Option<String> = None;
    loop {
        let client = client();
        let (page, next) = block_on(client.list_blobs(container, prefix, marker.as_deref())).unwrap();
        found.extend(page.into_iter().map(|blob| (blob.name.clone(), blob)));
        match next {
            Some(next) => marker = Some(next),
            None => return found,
        }
    }
}

/// Every file below a folder with its content.
fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).unwrap().flatten() {
            match entry.file_type().unwrap().is_dir() {
                true => folders.push(entry.path()),
                false => {
                    let name = entry.path().strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
                    found.insert(name, fs::read(entry.path()).unwrap());
                }
            }
        }
    }
    found
}

/// Starts Azurite with the container of the default datastore, or says why there is none.
fn azurite() -> Option<(Azurite, Container)> {
    match Azurite::start() {
        Ok(azurite) => {
            let container = azurite.make_container(STORE, false);
            Some((azurite, container))
        }
        Err(reason) => {
            skip(&format!("Azurite needs node, npm and its registry: {reason}"));
            None
        }
    }
}

const CREATE: &[&str] = &["data", "create", "-n", "d", "-v", "1", "-t", "uri_folder", "-p", "data"];

#[test]
fn a_folder_goes_to_storage_with_every_odd_name_once_and_comes_back_the_same() {
    let Some((azurite, container)) = azurite() else { return };
    let server = workspace(&azurite, key(), |_| None);
    let env = TestEnv::new();
    let large: Vec<u8> = (0..(20 << 20) + 5).map(|at: usize| (at / 4099) as u8).collect();
    env.write("data/large.bin", &large);
    env.write("data/empty", "");
    env.write("data/a b/é & #%20+?.txt", "odd");
    env.write("data/.amlignore", "*.log\n");
    env.write("data/skip.log", "no");
    let created: Value = serde_json::from_str(&succeeds(&env, &server, CREATE)).unwrap();
    let path = created["path"].as_str().unwrap();
    let prefix = path[path.find("LocalUpload/").unwrap()..].trim_end_matches('/');
    let there = blobs(&container, prefix);
    assert_eq!(there.len(), 4, "{there:?}");
    let small = &there[&format!("{prefix}/a b/é & #%20+?.txt")];
    assert_eq!(small.md5.as_deref(), Some("orbypgZu2HANgzNfxQorjg=="));
    succeeds(&env, &server, CREATE);
    assert_eq!(blobs(&container, prefix), there, "something was uploaded again");

    let back = env.work().join("back");
    let fetched = block_on(azml::assets::download::download(&client(), &container, prefix, &back, &|_| {}));
    assert_eq!(fetched.unwrap(), 4);
    let mut sent = tree(&env.work().join("data"));
    sent.remove("skip.log");
    assert!(tree(&back) == sent, "what came back is not what was sent");
}

#[test]
fn a_killed_upload_is_gone_on_with_where_it_was() {
    let Some((azurite, container)) = azurite() else { return };
    let sas = json!({"secretsType": "Sas", "sasToken": format!("?{}", Azurite::signature())});
    let server = workspace(&azurite, sas, |_| None);
    let env = TestEnv::new();
    for number in 0..1500 {
        env.write(&format!("data/{number:04}"), format!("content {number}"));
    }
    let mut first = azml(&env, &server, CREATE).spawn().unwrap();
    eventually("some files are there", || blobs(&container, "LocalUpload/").len() >= 20);
    first.kill().unwrap();
    first.wait().unwrap();
    let before = blobs(&container, "LocalUpload/");
    assert!(before.len() < 1500, "it was not interrupted");
    succeeds(&env, &server, CREATE);
    let after = blobs(&container, "LocalUpload/");
    assert_eq!(after.len(), 1500);
    // The first one got its confirmation, which is a new version of it.
    let again = before.iter().skip(1).filter(|(name, blob)| after[*name].etag != blob.etag).count();
    assert_eq!(again, 0, "{again} of {} files were sent again", before.len());
}

#[test]
fn a_damaged_file_of_an_unfinished_upload_is_sent_again() {
    let Some((azurite, container)) = azurite() else { return };
    let server = workspace(&azurite, key(), |_| None);
    let env = TestEnv::new();
    env.write("data/a", "aa");
    env.write("data/b", "bb");
    succeeds(&env, &server, CREATE);
    let there = blobs(&container, "LocalUpload/");
    let names: Vec<&String> = there.keys().collect();
    let wrong = client();
    block_on(async {
        // As an upload leaves it that never came to confirm.
        wrong.set_blob_metadata(&container, names[0], &[]).await.unwrap();
        let _ = wrong.put_blob(&container, names[1], "xx".into(), None, false).await.unwrap();
    });
    succeeds(&env, &server, CREATE);
    let repaired = blobs(&container, "LocalUpload/");
    assert_eq!(repaired[names[1]].md5, there[names[1]].md5);
}

/// Run history of the job `done`, whose scoring run was started twice: the first left nothing.
fn history(score: Option<String>) -> impl Fn(&Asked) -> Option<Value> + Send + Sync {
    move |asked| {
        let path = asked.path.split('?').next().unwrap();
        let tail = path.rsplit_once("/workspaces/ws/").map_or(path, |(_, tail)| tail);
        let outputs =
            score.as_ref().map(|_| json!({"score": {"assetId": "azureml://asset", "type": "uri_folder"}}));
        Some(match tail {
            "jobs/done" => json!({"name": "done", "properties": {"status": "Completed", "tags": {
                "azureml.batchrun": "true", "azureml.jobtype": "azureml.batchjob"}}}),
            "runs/done/children" => json!({"value": [{"runId": "run-1"}, {"runId": "run-2"}]}),
            "rundata" if asked.body.contains("run-2") => json!({"runMetadata": {"outputs": outputs}}),
            "rundata" => json!({"runMetadata": {"outputs": null}}),
            "dataversion/batchGetResolvedUris" => json!({"values": {"azureml://asset": {"uri": score}}}),
            _ => return None,
        })
    }
}

fn put(container: &Container, name: &str, content: &'static str) {
    let client = client();
    let _ = block_on(client.put_blob(container, name, content.into(), None, false)).unwrap();
}

#[test]
fn the_output_of_a_job_is_found_where_its_runs_say_or_else_where_they_write() {
    let Some((azurite, container)) = azurite() else { return };
    put(&container, "azureml/run-2/score/predictions.csv", "guessed");
    put(&container, "azureml/run-2/score2/other.csv", "no");
    put(&container, "mine/predictions.csv", "said");
    put(&container, "mine/deep/more.csv", "more");
    let anybody = azurite.make_container("public", true);
    put(&anybody, "out/predictions.csv", "public");
    for (score, content, files) in [
        (None, "guessed", 1),
        (Some("azureml://datastores/store/paths/mine/".to_owned()), "said", 2),
        (Some(format!("{}/out", azurite.url("public"))), "public", 1),
    ] {
        let (env, server) = (TestEnv::new(), workspace(&azurite, key(), history(score.clone())));
        succeeds(&env, &server, &["job", "download", "-n", "done", "-p", "out"]);
        let found = tree(&env.work().join("out"));
        assert_eq!((found.len(), &*found["predictions.csv"]), (files, content.as_bytes()), "{score:?}");
    }
}

/// A run that wrote its score to a datastore of another workspace, left a model, and has artifacts and an output of which
/// nobody knows where it is; `again` is a run whose results were taken from it.
fn run_with_outputs(azurite: &Azurite) -> impl Fn(&Asked) -> Option<Value> + Send + Sync + use<> {
    let datastore = {
        let account = azurite.account_name();
        move |name: &str| {
            json!({"name": name, "properties": {"accountName": account, "containerName": name, "endpoint": ENDPOINT,
                "protocol": "http", "credentials": {"credentialsType": "AccountKey"}}})
        }
    };
    move |asked| {
        let path = asked.path.split('?').next().unwrap();
        let tail = path.rsplit_once("/workspaces/").map_or(path, |(_, tail)| tail);
        Some(match tail {
            "ws/jobs/run-1" => json!({"name": "run-1", "properties": null}),
            "ws/runs/run-1" => json!({"runId": "run-1", "parentRunId": "done", "status": "Completed"}),
            "ws/jobs/again" => json!({"name": "again", "properties": {"status": "Completed",
                "properties": {"azureml.isreused": "true", "azureml.reusedrunid": "run-1"}}}),
            "ws/rundata" if asked.body.contains("run-1") => json!({"runMetadata": {"outputs": {
                "gone": {"assetId": "azureml://nowhere", "type": "uri_folder"},
                "score": {"assetId": "azureml://data", "type": "uri_folder"},
                "trained": {"assetId": "azureml://model", "type": "mlflow_model"}}}}),
            "ws/dataversion/batchGetResolvedUris" => json!({"values": {"azureml://data": {"uri":
                "azureml://subscriptions/sub2/resourcegroups/rg2/workspaces/other/datastores/theirs/paths/mine/"}}}),
            "ws/models/batchGetResolvedUris" => json!({"values": {"azureml://model": {"path":
                "azureml://datastores/store/paths/trained/model"}}}),
            "ws/datastores/workspaceartifactstore" => datastore("artifacts"),
            "other/datastores/theirs" if path.starts_with("/subscriptions/sub2/resourceGroups/rg2/") => {
                datastore("theirs")
            }
            "other/datastores/theirs/listSecrets" | "ws/datastores/artifacts/listSecrets" => key(),
            _ => return None,
        })
    }
}

#[test]
fn outputs_and_artifacts_of_a_run_come_from_wherever_they_are() {
    let Some((azurite, container)) = azurite() else { return };
    let (theirs, artifacts) =
        (azurite.make_container("theirs", false), azurite.make_container("artifacts", false));
    put(&theirs, "mine/predictions.csv", "score");
    put(&container, "mine/predictions.csv", "another workspace's");
    put(&container, "trained/model/MLmodel", "model");
    put(&container, "azureml/run-1/extra/e.txt", "extra");
    put(&artifacts, "ExperimentRun/dcid.run-1/user_logs/std_log.txt", "log");
    put(&artifacts, "ExperimentRun/dcid.run-10/user_logs/std_log.txt", "no");
    let score = ("named-outputs/score/predictions.csv", "score");
    let model = ("named-outputs/trained/MLmodel", "model");
    let log = ("artifacts/user_logs/std_log.txt", "log");
    let cases = [
        (&["run-1", "--output-name", "score"][..], &[score][..]),
        (&["run-1", "--output-name", "trained"], &[model]),
        // Not recorded, but where runs usually write.
        (&["run-1", "--output-name", "extra"], &[("named-outputs/extra/e.txt", "extra")]),
        (&["run-1"], &[log]),
        (&["run-1", "--all"], &[log, score, model]),
        (&["again", "--all"], &[log, score, model]),
    ];
    for (words, expected) in cases {
        let (env, server) = (TestEnv::new(), workspace(&azurite, key(), run_with_outputs(&azurite)));
        let words = [&["job", "download", "-p", "out", "-n"], words].concat();
        let ran = azml(&env, &server, &words).output().unwrap();
        let stderr = String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.success(), "{words:?}: {stderr}");
        assert_eq!(
            stderr.contains("the output `gone` of `run-1` is left out"),
            words.contains(&"--all"),
            "{stderr}"
        );
        let found = tree(&env.work().join("out"));
        let found: Vec<(&str, &str)> = found
            .iter()
            .map(|(name, content)| (name.as_str(), std::str::from_utf8(content).unwrap()))
            .collect();
        assert_eq!(found, expected, "{words:?}");
    }
    let (env, server) = (TestEnv::new(), workspace(&azurite, key(), run_with_outputs(&azurite)));
    let words = ["job", "download", "-n", "run-1", "--output-name", "gone"];
    let ran = azml(&env, &server, &words).output().unwrap();
    assert_eq!(ran.status.code(), Some(1), "what was asked for by its name is missed");
}

#[test]
fn a_job_that_left_nothing_is_an_error() {
    let Some((azurite, _container)) = azurite() else { return };
    let (env, server) = (TestEnv::new(), workspace(&azurite, key(), history(None)));
    let output = azml(&env, &server, &["job", "download", "-n", "done", "-p", "out"]).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr.contains("left no output to download"), "{stderr}");
    assert!(!env.work().join("out").exists());
}

#[test]
fn a_local_job_scores_a_folder_that_anybody_may_list() {
    let Some((azurite, _container)) = azurite() else { return };
    let anybody = azurite.make_container("public", true);
    for (name, content) in [("in/a.txt", "1"), ("in/b.txt", "2"), ("elsewhere/c.txt", "3")] {
        put(&anybody, name, content);
    }
    let env = TestEnv::new();
    env.deploy(
        "import os\ndef init(): pass\ndef run(files): return [os.path.basename(f) + open(f).read() for f in files]\n",
        "  output_action: append_row",
    );
    for address in [format!("{}/in/", azurite.url("public")), format!("{}/in", azurite.url("public"))] {
        let words =
            ["batch-endpoint", "invoke", "-n", "ep1", "--input", &address, "--query", "name", "-o", "tsv"];
        let job = env.ok(&words).trim().to_owned();
        let ran = env.stream(&job);
        assert_eq!(ran.code, 0, "{}\n{}", ran.stdout, ran.stderr);
        env.ok(&["job", "download", "-n", &job, "-p", &job]);
        assert_eq!(env.read(&format!("{job}/predictions.csv")), "a.txt1\nb.txt2\n");
    }
    // What nobody may read is said, and nothing is scored.
    let secret = format!("{}/in/", azurite.url(STORE));
    let words = ["batch-endpoint", "invoke", "-n", "ep1", "--input", &secret, "--query", "name", "-o", "tsv"];
    let job = env.ok(&words).trim().to_owned();
    let ran = env.stream(&job);
    assert_eq!(ran.code, 1, "{}", ran.stdout);
    assert!(ran.stderr.contains("download"), "{}", ran.stderr);
}

#[test]
fn an_account_that_refuses_its_key_is_told_without_showing_it() {
    let Some((azurite, _container)) = azurite() else { return };
    let wrong = json!({"secretsType": "AccountKey", "key": "d3Jvbmcga2V5"});
    let (env, server) = (TestEnv::new(), workspace(&azurite, wrong, |_| None));
    env.write("data/a", "1");
    let output = azml(&env, &server, CREATE).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(!stderr.contains("d3Jvbmcga2V5") && !stderr.contains("sig="), "{stderr}");
}
