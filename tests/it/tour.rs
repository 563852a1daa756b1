//! The main job from beginning to end with the commands a user types, on a script of the standard library.

use serde_json::json;

use super::common::TestEnv;

/// Returns the file's name and its number times the model's factor.
const TIMES_FACTOR: &str = r#"
import os

factor = None

def init():
    global factor
    with open(os.path.join(os.environ["AZUREML_MODEL_DIR"], "model", "factor.txt")) as file:
        factor = int(file.read())

def run(mini_batch):
    rows = []
    for path in mini_batch:
        with open(path) as file:
            rows.append(f"{os.path.basename(path)} {int(file.read()) * factor}")
    return rows
"#;

fn deployed() -> TestEnv {
    let env = TestEnv::new();
    env.write("model/factor.txt", "3");
    env.write("code/score.py", TIMES_FACTOR);
    env.write(
        "endpoint.yml",
        "name: ep1\ndescription: An endpoint\nauth_mode: aad_token\ntags:\n  team: vision\n",
    );
    env.write("compute.yml", "name: c1\ntype: amlcompute\nmin_instances: 0\nmax_instances: 2\n");
    env.write(
        "deployment.yml",
        "name: dep\nendpoint_name: ep1\ntype: model\nmodel:\n  path: model\ncode_configuration:\n  code: code\n  \
         scoring_script: score.py\nenvironment:\n  image: any/image:1\ncompute: azureml:c1\nresources:\n  \
         instance_count: 2\nsettings:\n  mini_batch_size: 10\n  max_concurrency_per_instance: 2\n",
    );
    env
}

#[test]
fn a_deployment_scores_a_folder() {
    let env = deployed();
    env.inputs(25);
    let endpoint = env.json(&["batch-endpoint", "create", "-f", "endpoint.yml"]);
    assert_eq!(endpoint["provisioning_state"], "Succeeded");
    assert_eq!(endpoint["tags"], json!({"team": "vision"}));
    assert_eq!(endpoint["resourceGroup"], "local");
    env.ok(&["compute", "create", "-f", "compute.yml"]);
    let deployment = env.json(&["batch-deployment", "create", "-f", "deployment.yml", "--set-default"]);
    assert_eq!(deployment["mini_batch_size"], 10);
    assert_eq!(deployment["retry_settings"], json!({"max_retries": 3, "timeout": 30}));
    assert_eq!(
        env.json(&["batch-endpoint", "show", "-n", "ep1"])["defaults"],
        json!({"deployment_name": "dep"})
    );

    let job = env.invoke(&[]);
    let followed = env.stream(&job);
    assert_eq!(followed.code, 0, "{}\n{}", followed.stdout, followed.stderr);
    let lines: Vec<&str> = followed.stdout.lines().collect();
    assert_eq!(lines[0], format!("RunId: {job}"));
    assert!(lines[1].starts_with("Web View: "));
    assert_eq!(lines[2..6], ["", "Streaming logs/azureml/executionlogs.txt", "=".repeat(40).as_str(), ""]);
    assert!(followed.stdout.contains("\nExecution Summary\n=================\nRunId: "));

    env.ok(&["job", "download", "-n", &job, "--output-name", "score", "-p", "results"]);
    let rows: Vec<String> = (0..25).map(|number| format!("{number:03}.txt {}", number * 3)).collect();
    assert_eq!(env.read("results/predictions.csv"), rows.join("\n") + "\n");

    assert_eq!(env.json(&["job", "show", "-n", &job])["status"], "Completed");
    assert_eq!(env.json(&["batch-endpoint", "list-jobs", "-n", "ep1"])[0]["name"], job.as_str());
    let jobs = env.json(&["batch-deployment", "list-jobs", "-n", "dep", "-e", "ep1"]);
    assert_eq!(jobs[0]["status"], "Completed");
}

#[test]
fn az_ml_spellings_work_as_they_are() {
    let env = deployed();
    env.ok(&["ml", "batch-endpoint", "create", "--file", "endpoint.yml"]);
    // A unique prefix of an option, `=` and a short option stuck to its value.
    env.ok(&["ml", "Compute", "CREATE", "-nc1", "--typ=AmlCompute"]);
    env.ok(&["ml", "batch-deployment", "create", "-f=deployment.yml", "--endpoint", "ep1", "-o", "none"]);
    assert_eq!(
        env.ok(&[
            "ml",
            "batch-deployment",
            "show",
            "-n",
            "dep",
            "--endpoint",
            "ep1",
            "--query",
            "name",
            "--out",
            "tsv"
        ]),
        "dep\n"
    );
}

#[test]
fn registered_assets_are_used_by_reference() {
    let env = deployed();
    env.inputs(4);
    env.write("more.yml", "name: four\ntype: uri_folder\npath: data\n");
    env.ok(&["batch-endpoint", "create", "-n", "ep1"]);
    env.ok(&["compute", "create", "-n", "c1", "-t", "amlcompute"]);
    env.ok(&["model", "create", "-n", "m", "-p", "model"]);
    env.ok(&["environment", "create", "-n", "e", "-v", "1", "-i", "any/image:1"]);
    let data = env.json(&["data", "create", "-f", "more.yml"]);
    assert_eq!((data["name"].as_str(), data["version"].as_str()), (Some("four"), Some("1")));
    env.redeploy(&["model=azureml:m@latest", "environment=azureml:e:1"]);
    let environment =
        env.json(&["batch-deployment", "show", "-n", "dep", "-e", "ep1"])["environment"].clone();
    assert!(environment.as_str().unwrap().ends_with("/environments/e/versions/1"), "{environment}");
    // The same by full ids, as `show` prints them and without their marker.
    let id = |noun: &str, name: &str| env.json(&[noun, "show", "-n", name, "-l", "latest", "--query", "id"]);
    let (model, made) = (id("model", "m"), id("environment", "e"));
    let code = env.json(&[
        "batch-deployment",
        "show",
        "-n",
        "dep",
        "-e",
        "ep1",
        "--query",
        "code_configuration.code",
    ]);
    env.ok(&[
        "batch-deployment",
        "create",
        "-f",
        "deployment.yml",
        "--set",
        &format!("model={}", model.as_str().unwrap()),
        &format!("environment={}", made.as_str().unwrap().trim_start_matches("azureml:")),
        &format!("code_configuration.code={}", code.as_str().unwrap()),
        &format!("compute={}", env.json(&["compute", "show", "-n", "c1", "--query", "id"]).as_str().unwrap()),
    ]);
    for input in ["azureml:four:1", "azureml:four@latest"] {
        let job = env.ok(&[
            "batch-endpoint",
            "invoke",
            "-n",
            "ep1",
            "--input",
            input,
            "--query",
            "name",
            "-o",
            "tsv",
        ]);
        assert_eq!(env.stream(job.trim()).code, 0);
        env.ok(&["job", "download", "-n", job.trim(), "-p", job.trim()]);
        assert_eq!(env.read(&format!("{}/predictions.csv", job.trim())).lines().count(), 4);
    }
}

#[test]
fn invocations_override_the_deployment() {
    let env = deployed();
    env.inputs(6);
    env.write(
        "code/score.py",
        "def run(mini_batch):\n    return [f'{len(mini_batch)} {mini_batch.task_id}' for path in mini_batch]\n",
    );
    env.ok(&["batch-endpoint", "create", "-f", "endpoint.yml"]);
    env.ok(&["compute", "create", "-f", "compute.yml"]);
    env.ok(&["batch-deployment", "create", "-f", "deployment.yml"]);
    let job = env.invoke(&[
        "-d",
        "dep",
        "--mini-batch-size",
        "4",
        "--instance-count",
        "1",
        "--set",
        "output_file_name=rows.txt",
        "retry_settings.timeout=60",
        "--job-name",
        "my-job",
        "--output-path",
        "azureml://datastores/workspaceblobstore/paths/here",
    ]);
    assert_eq!(job, "my-job");
    assert_eq!(env.stream(&job).code, 0);
    env.ok(&["job", "download", "-n", "my-job"]);
    assert_eq!(env.read("rows.txt"), "4 0\n4 0\n4 0\n4 0\n2 1\n2 1\n");
}

#[test]
fn an_output_folder_named_by_the_id_of_its_datastore_is_where_the_download_looks() {
    let env = TestEnv::new();
    env.inputs(2);
    env.deploy("def run(mini_batch):\n    return ['row' for path in mini_batch]\n", "  mini_batch_size: 1");
    let datastore = env.json(&["datastore", "show", "-n", "workspaceblobstore"])["id"].clone();
    let id = format!("output_dataset.datastore_id={}", datastore.as_str().unwrap());
    assert_eq!(env.rows(&["--set", &id, "output_dataset.path=/asked/for"]), ["row", "row"]);
}

#[test]
fn a_single_file_is_one_mini_batch() {
    let env = deployed();
    env.write("one.txt", "14");
    env.ok(&["batch-endpoint", "create", "-f", "endpoint.yml"]);
    env.ok(&["compute", "create", "-f", "compute.yml"]);
    env.ok(&["batch-deployment", "create", "-f", "deployment.yml", "--set-default"]);
    for more in [&[][..], &["--input-type", "uri_file"]] {
        let words = [
            &["batch-endpoint", "invoke", "-n", "ep1", "--input", "one.txt", "--query", "name", "-o", "tsv"],
            more,
        ];
        let job = env.ok(&words.concat());
        assert_eq!(env.stream(job.trim()).code, 0);
        env.ok(&["job", "download", "-n", job.trim()]);
        assert_eq!(env.read("predictions.csv"), "one.txt 42\n");
    }
}

#[test]
fn a_file_behind_an_address_is_fetched() {
    use std::io::{Read as _, Write as _};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = [0; 4096];
        let length = stream.read(&mut request).unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n21").unwrap();
        String::from_utf8_lossy(&request[..length]).into_owned()
    });
    let env = deployed();
    env.ok(&["batch-endpoint", "create", "-f", "endpoint.yml"]);
    env.ok(&["compute", "create", "-f", "compute.yml"]);
    env.ok(&["batch-deployment", "create", "-f", "deployment.yml", "--set-default"]);
    let url = format!("http://user:password@{address}/some/number.txt?sig=secret");
    let words = [
        "batch-endpoint",
        "invoke",
        "-n",
        "ep1",
        "--input",
        &url,
        "--input-type",
        "uri_file",
        "--query",
        "name",
        "-o",
        "tsv",
    ];
    let job = env.ok(&words);
    let followed = env.stream(job.trim());
    assert_eq!(followed.code, 0, "{}{}", followed.stdout, followed.stderr);
    for secret in ["secret", "password"] {
        assert!(!followed.stdout.contains(secret), "a secret of the address reached the log");
    }
    assert!(server.join().unwrap().starts_with("GET /some/number.txt?sig=secret "));
    env.ok(&["job", "download", "-n", job.trim()]);
    assert_eq!(env.read("predictions.csv"), "number.txt 63\n");
}
