//! State survives versions: a workspace that an older azml left behind is opened, migrated and used.
//!
//! `tests/schemas/NNNN` holds such a workspace for every schema that was ever released: `state.db` as SQLite left it, and
//! `blobs/`. It is made once, by the azml whose newest schema it has, and never again.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use serde_json::{Value, json};

use super::common::TestEnv;
#[cfg(target_os = "linux")]
use super::common::{eventually, kill::kill_supervisor};

/// What a kept workspace says its home was; nothing is there.
const HOME: &str = "/home/user/.local/share/azml";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The numbers of all migrations, as their files are called.
fn schemas() -> Vec<String> {
    let entries = fs::read_dir(root().join("src/local/store/migrations")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut numbers: Vec<String> = names.map(|name| name.split('_').next().unwrap().to_owned()).collect();
    numbers.sort();
    assert!(!numbers.is_empty());
    numbers
}

fn kept(schema: &str) -> PathBuf {
    root().join("tests/schemas").join(schema)
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    let is_hidden = |entry: &fs::DirEntry| entry.file_name().to_str().unwrap().starts_with('.');
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap).filter(|entry| !is_hidden(entry)) {
        let target = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy_folder(&entry.path(), &target),
            false => fs::copy(entry.path(), target).map(drop).unwrap(),
        }
    }
}

/// All schemas, with the workspace of the newest one made if that is wanted and there is none.
fn kept_schemas() -> Vec<String> {
    let schemas = schemas();
    #[cfg(target_os = "linux")]
    {
        static MADE: std::sync::Once = std::sync::Once::new();
        MADE.call_once(|| {
            let newest = schemas.last().unwrap();
            if std::env::var_os("AZML_BLESS").is_some() && !kept(newest).exists() {
                make(newest);
            }
        });
    }
    schemas
}

/// A home with the workspace that was kept of a schema.
fn home_with(schema: &str) -> TestEnv {
    let env = TestEnv::new();
    copy_folder(&kept(schema), env.azml_home());
    env
}

fn user_version(database: &Path) -> u32 {
    let connection = Connection::open(database).unwrap();
    connection.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap()
}

/// Fails on files that say `bad`, and never ends with one that says `wait`.
#[cfg(target_os = "linux")]
const SCRIPT: &str = "
import os, time
def run(mini_batch):
    for text in [open(path).read() for path in mini_batch]:
        if text == 'bad': raise ValueError('no good')
        while text == 'wait': time.sleep(0.01)
    return [os.path.basename(path) for path in mini_batch]
";

/// Makes a workspace with something of every kind, and jobs at every end they can come to.
#[cfg(target_os = "linux")]
fn make(schema: &str) {
    let env = TestEnv::new();
    for (name, text) in [("000", "0"), ("001", "bad"), ("002", "2"), ("003", "3")] {
        env.write(&format!("data/{name}.txt"), text);
        env.write(&format!("slow/{name}.txt"), text.replace('3', "wait"));
    }
    env.write("model/weights.txt", "3");
    env.write("conda.yml", "dependencies:\n- python\n");
    env.deploy(SCRIPT, "  mini_batch_size: 1\n  retry_settings:\n    max_retries: 0");
    env.ok(&["model", "create", "-n", "m1", "-p", "model"]);
    env.ok(&["environment", "create", "-n", "env1", "-i", "any/image:1", "-c", "conda.yml"]);
    env.ok(&["data", "create", "-n", "d1", "-p", "data", "-t", "uri_folder"]);
    let deployment = env.read("deployment.yml").replace("name: dep\n", "name: dep2\nmodel: azureml:m1:1\n");
    let deployment = deployment.replace("environment:\n  image: any/image:1", "environment: azureml:env1:1");
    env.write("dep2.yml", deployment);
    env.ok(&["batch-deployment", "create", "-f", "dep2.yml"]);
    let invoke = |name: &str, input: &str, more: &[&str]| {
        let words = ["batch-endpoint", "invoke", "-n", "ep1", "--job-name", name, "--input", input];
        env.ok(&[&words[..], more, &["--query", "name", "-o", "tsv"]].concat()).trim().to_owned()
    };
    env.ok(&["job", "cancel", "-n", &invoke("cancelled", "slow", &[])]);
    let [gone, killed] = ["gone", "killed"].map(|name| invoke(name, "slow", &[]));
    for job in [&gone, &killed] {
        eventually("it is at its last mini-batch", || {
            let job = env.json(&["job", "show", "-n", job]);
            let progress = job["properties"]["azml.progress"].as_str().unwrap_or_default();
            progress.contains("\"done\":2") && progress.contains("\"failed\":1")
        });
    }
    assert!(kill_supervisor(&gone));
    assert_eq!(env.status(&gone), "NotResponding");
    assert_eq!(env.stream(&invoke("completed", "data", &[])).code, 0);
    assert_eq!(env.stream(&invoke("failed", "data", &["--set", "error_threshold=0"])).code, 1);
    let place = ["--output-path", "azureml://datastores/workspaceblobstore/paths/out"];
    assert_eq!(env.stream(&invoke("elsewhere", "data", &place)).code, 0);
    // Last of all, so that nobody has read of its death when the state is taken away.
    assert!(kill_supervisor(&killed));
    let target = kept(schema);
    copy_folder(&env.azml_home().join("blobs"), &target.join("blobs"));
    keep_database(&env, &target.join("state.db"));
}

/// Copies the state without what tells of the machine it was made on.
#[cfg(target_os = "linux")]
fn keep_database(env: &TestEnv, target: &Path) {
    let connection = Connection::open(env.azml_home().join("state.db")).unwrap();
    let home = env.azml_home().to_str().unwrap();
    for (table, column) in [("jobs", "plan"), ("jobs", "request"), ("jobs", "error"), ("resources", "body")] {
        let sql = format!("UPDATE {table} SET {column} = replace({column}, ?1, ?2)");
        connection.execute(&sql, [home, HOME]).unwrap();
    }
    connection.execute("VACUUM INTO ?1", [target.to_str().unwrap()]).unwrap();
    let kept = Connection::open(target).unwrap();
    kept.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(())).unwrap();
    drop(kept);
    let root = env.work();
    let bytes = fs::read(target).unwrap();
    let root = root.parent().unwrap().to_str().unwrap().as_bytes();
    assert!(!bytes.windows(root.len()).any(|window| window == root), "a path of this machine is left");
}

#[test]
fn every_schema_has_a_workspace_that_was_kept() {
    for schema in kept_schemas() {
        let database = kept(&schema).join("state.db");
        assert!(
            database.exists(),
            "no workspace of schema {schema} was kept; `AZML_BLESS=1 cargo test --test it schemas` makes that of the \
             newest schema, before anything with a newer one is released"
        );
        // A copy: looking at it changes the file's neighbours.
        let folder = tempfile::tempdir().unwrap();
        fs::copy(database, folder.path().join("state.db")).unwrap();
        assert_eq!(user_version(&folder.path().join("state.db")).to_string(), schema.trim_start_matches('0'));
    }
}

#[test]
fn a_workspace_of_every_schema_is_opened_migrated_and_used() {
    let newest = kept_schemas().last().unwrap().clone();
    for schema in schemas() {
        let env = home_with(&schema);
        let names = |words: &[&str]| -> BTreeSet<String> {
            let listed = env.json(&[words, &["--query", "[].name"]].concat());
            serde_json::from_value(listed).unwrap()
        };
        let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
        assert_eq!(names(&["batch-endpoint", "list"]), set(&["ep1"]), "schema {schema}");
        assert_eq!(names(&["batch-deployment", "list", "-e", "ep1"]), set(&["dep", "dep2"]));
        assert_eq!(names(&["compute", "list"]), set(&["c1"]));
        assert_eq!(names(&["model", "list"]), set(&["m1"]));
        assert_eq!(names(&["environment", "list"]), set(&["env1"]));
        assert_eq!(names(&["data", "list"]), set(&["d1"]));
        assert_eq!(names(&["datastore", "list"]), set(&["workspaceartifactstore", "workspaceblobstore"]));
        assert_eq!(
            user_version(&env.azml_home().join("state.db")).to_string(),
            newest.trim_start_matches('0')
        );

        let endpoint = env.json(&["batch-endpoint", "show", "-n", "ep1"]);
        assert_eq!(endpoint["defaults"]["deployment_name"], "dep");
        let deployment = env.json(&["batch-deployment", "show", "-n", "dep2", "-e", "ep1"]);
        assert!(deployment["model"].as_str().unwrap().ends_with("/models/m1/versions/1"), "{deployment}");
        let jobs = env.json(&["job", "list", "--query", "[].[name, status]"]);
        let expected: Value = json!([
            ["elsewhere", "Completed"],
            ["failed", "Failed"],
            ["completed", "Completed"],
            ["killed", "NotResponding"],
            ["gone", "NotResponding"],
            ["cancelled", "Canceled"],
        ]);
        assert_eq!(jobs, expected, "schema {schema}");
        for job in ["elsewhere", "completed"] {
            env.ok(&["job", "download", "-n", job, "-p", job]);
            assert_eq!(env.read(&format!("{job}/predictions.csv")), "000.txt\n002.txt\n003.txt\n");
        }
        assert!(env.stream("failed").stderr.contains("exceeds error threshold 0"));
        assert!(env.fails(1, &["job", "retry", "-n", "completed"]).contains("Invoke the endpoint again"));

        env.inputs(2);
        for (deployment, input, rows) in
            [("dep", "data", "000.txt\n001.txt\n"), ("dep2", "azureml:d1:1", "000.txt\n002.txt\n003.txt\n")]
        {
            let words = ["batch-endpoint", "invoke", "-n", "ep1", "-d", deployment, "--input", input];
            let job = env.ok(&[&words[..], &["--query", "name", "-o", "tsv"]].concat());
            let ran = env.stream(job.trim());
            assert_eq!(ran.code, 0, "schema {schema}: {}", ran.stderr);
            env.ok(&["job", "download", "-n", job.trim(), "-p", deployment]);
            assert_eq!(env.read(&format!("{deployment}/predictions.csv")), rows);
        }
        env.ok(&["batch-endpoint", "delete", "-n", "ep1", "-y"]);
    }
}

#[test]
fn a_newer_schema_is_refused_by_every_command_and_left_as_it_is() {
    let newest = kept_schemas().last().unwrap().clone();
    let env = home_with(&newest);
    let database = env.azml_home().join("state.db");
    Connection::open(&database).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let before = fs::read(&database).unwrap();
    env.inputs(1);
    env.write("code/score.py", "def run(mini_batch):\n    return mini_batch\n");
    env.write(
        "deployment.yml",
        "name: dep3\nendpoint_name: ep1\ntype: model\ncode_configuration:\n  code: code\n  scoring_script: score.py\n\
         environment:\n  image: any/image:1\ncompute: azureml:c1\n",
    );
    for words in [
        "batch-endpoint create -n ep2",
        "batch-endpoint show -n ep1",
        "batch-endpoint list",
        "batch-endpoint update -n ep1 --set description=d",
        "batch-endpoint delete -n ep1 -y",
        "batch-endpoint invoke -n ep1 --input data",
        "batch-endpoint list-jobs -n ep1",
        "batch-deployment create -f deployment.yml",
        "batch-deployment show -n dep -e ep1",
        "batch-deployment list -e ep1",
        "batch-deployment update -n dep -e ep1 --set error_threshold=3",
        "batch-deployment delete -n dep -e ep1 -y",
        "batch-deployment list-jobs -n dep -e ep1",
        "compute create -n c2 -t amlcompute",
        "compute show -n c1",
        "compute list",
        "compute update -n c1 --max-instances 2",
        "compute delete -n c1 -y",
        "job show -n completed",
        "job list",
        "job stream -n completed",
        "job cancel -n completed",
        "job resume -n gone",
        "job retry -n completed",
        "job download -n completed",
        "model create -n m2 -p data",
        "model show -n m1 -v 1",
        "model list",
        "environment create -n e2 -i any/image:1",
        "environment show -n env1 -v 1",
        "environment list",
        "data create -n d2 -p data -t uri_folder",
        "data show -n d1 -v 1",
        "data list",
        "datastore show -n workspaceblobstore",
        "datastore list",
        "local status",
        "local serve --port 0",
    ] {
        let mut words: Vec<&str> = words.split(' ').collect();
        if words[0] != "local" {
            words.extend(["-w", "local"]);
        }
        let ran = env.run(&words);
        let line = words.join(" ");
        assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "azml {line}: {}", ran.stderr);
        let last = ran.stderr.lines().last().unwrap();
        for part in ["state.db", "written by a newer azml", "schema 99", "update azml or set AZML_HOME"] {
            assert!(last.contains(part), "azml {line}: {}", ran.stderr);
        }
        assert!(fs::read(&database).unwrap() == before, "azml {line} changed the state");
    }
}
