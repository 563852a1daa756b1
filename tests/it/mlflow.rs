//! Models saved by the real mlflow, scored at home as in the cloud: without a scoring script, and with one.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::common::python::{for_pip, python_with};
use super::common::{Ran, TestEnv, skip};
use super::digits::registry_is_reachable;

/// The whole of mlflow brings a web server and a database; this is what a model takes to be saved and loaded.
const PACKAGES: &str = "mlflow-skinny pandas pyarrow pillow scikit-learn";
/// Building an environment takes its time.
const PATIENCE: Duration = Duration::from_secs(600);

/// What a model says of each row of each file.
type Answers = BTreeMap<String, Vec<String>>;

/// A Python with mlflow, and a working folder with models and files; `None` where there is no such Python.
fn with_models(env: &TestEnv) -> Option<(PathBuf, Answers)> {
    let python = match python_with("mlflow-venv", PACKAGES) {
        Ok(python) => python,
        Err(reason) => {
            skip(&reason);
            return None;
        }
    };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mlflow/models.py");
    let mut command = Command::new(&python);
    command.arg(script).arg(env.work()).env("MLFLOW_DISABLE_TELEMETRY", "true");
    let saved = command.output().unwrap();
    assert!(saved.status.success(), "{}", String::from_utf8_lossy(&saved.stderr));
    env.ok(&["compute", "create", "-n", "c1", "--type", "amlcompute"]);
    env.ok(&["batch-endpoint", "create", "-n", "ep1"]);
    Some((python, serde_json::from_slice(&saved.stdout).unwrap()))
}

/// A deployment of the model in the folder `name`, called by it, on the Python of the test.
fn deploy(env: &TestEnv, name: &str, more: &str) {
    let spec = format!(
        "name: {name}\nendpoint_name: ep1\ntype: model\nmodel:\n  path: {name}\n  type: mlflow_model\ncompute: azureml:c1\n\
         {more}settings:\n  mini_batch_size: 10\n  error_threshold: 0\n  retry_settings:\n    max_retries: 0\n    timeout: 300\n"
    );
    env.write("deployment.yml", spec);
    env.ok(&["batch-deployment", "create", "-f", "deployment.yml"]);
}

const ON_THIS_MACHINE: &str = "environment:\n  image: any/image:1\n";

/// Runs a job to its end: its name, and what `job stream` said.
fn score(env: &TestEnv, python: &Path, deployment: &str, input: &str) -> (String, Ran) {
    let invoke = ["batch-endpoint", "invoke", "-n", "ep1", "-d", deployment, "--input", input, "-w", "local"];
    let mut command = env.command(&[&invoke[..], &["--query", "name", "-o", "tsv"]].concat());
    let invoked = Ran::of(command.env("AZML_PYTHON", python).envs(for_pip()).output().unwrap());
    assert_eq!(invoked.code, 0, "{}", invoked.stderr);
    let job = invoked.stdout.trim().to_owned();
    let mut stream = env.command(&["job", "stream", "-n", &job, "-w", "local"]);
    (job, Ran::of(stream.timeout(PATIENCE).output().unwrap()))
}

/// The output of a job that has to complete.
fn predictions(env: &TestEnv, python: &Path, deployment: &str, input: &str) -> String {
    let (job, ran) = score(env, python, deployment, input);
    assert_eq!(ran.code, 0, "{}\n{}", ran.stdout, ran.stderr);
    env.ok(&["job", "download", "-n", &job, "--output-name", "score", "-p", &job]);
    env.read(&format!("{job}/predictions.csv"))
}

#[test]
fn a_model_without_a_script_is_scored_in_the_environment_it_brings_along() {
    if !registry_is_reachable() {
        return skip("no package registry: the environment of the model cannot be built");
    }
    // The environment is dear, so this home stays between runs of the tests.
    let env = TestEnv::new().with_azml_home(Path::new(env!("CARGO_TARGET_TMPDIR")).join("mlflow-home"));
    let Some((_, answers)) = with_models(&env) else {
        return;
    };
    env.ok(&["model", "create", "-n", "regression", "--type", "mlflow_model", "-p", "regression"]);
    deploy(&env, "regression", "");
    let registered = ["--set", "model=azureml:regression@latest"];
    env.ok(&[&["batch-deployment", "create", "-f", "deployment.yml"][..], &registered].concat());
    let shown = env.json(&["batch-deployment", "show", "-n", "regression", "-e", "ep1"]);
    assert!(shown["code_configuration"].is_null() && shown["environment"].is_null(), "{shown}");

    let expected: String = [("a.csv", "a.csv"), ("b, too.parquet", "\"b, too.parquet\"")]
        .into_iter()
        .flat_map(|(file, shown)| {
            answers[file].iter().enumerate().map(move |(row, answer)| format!("{row},{answer},{shown}\n"))
        })
        .collect();
    let python = Path::new("python3");
    assert_eq!(predictions(&env, python, "regression", "tables"), expected);
    assert_eq!(predictions(&env, python, "regression", "tables/a.csv").lines().count(), 3);
}

#[test]
fn files_of_every_kind_reach_models_of_every_kind() {
    let env = TestEnv::new();
    let Some((python, _)) = with_models(&env) else {
        return;
    };
    let sizes: String = ["0.png", "1.bmp", "2.jpg"]
        .map(|name| format!("{} {name}\n", fs::metadata(env.work().join("images").join(name)).unwrap().len()))
        .concat();
    let brightness = "\"[0.0, [4, 6, 3]]\",0.png\n\"[40.0, [4, 6, 3]]\",1.bmp\n\"[80.0, [4, 6, 3]]\",2.jpg\n";
    let frame = "\"class male\" 208.0 a.csv\n\"class female\" 167.0 a.csv\n\"class male\" 161.5 a.csv\n\
                 \"class female\" 161.0 \"b, too.parquet\"\n";
    for (model, input, expected) in [
        ("frame", "tables", frame),
        ("brightness", "images", brightness),
        ("unsigned", "images", brightness),
        ("bytes", "images", &sizes),
    ] {
        deploy(&env, model, ON_THIS_MACHINE);
        assert_eq!(predictions(&env, &python, model, input), expected, "{model}");
    }
}

#[test]
fn what_a_model_cannot_be_asked_about_is_told_with_its_file() {
    let env = TestEnv::new();
    let Some((python, _)) = with_models(&env) else {
        return;
    };
    deploy(&env, "frame", ON_THIS_MACHINE);
    env.write("odd/a.csv", "age,sex\n1,male\n");
    env.write("odd/b.csv", "age,pressure,sex\n1,high,male\n");
    env.write("odd/c.avro", "");
    env.write("odd/d.png", "no image");
    let (job, ran) = score(&env, &python, "frame", "odd");
    assert_eq!(ran.code, 1, "{}", ran.stdout);
    let told = ran.stdout + &ran.stderr;
    for words in [
        "4 of 4 files cannot be scored: `a.csv`: MlflowException: Model is missing inputs ['pressure']",
        "`b.csv`: ValueError: ",
        "`c.avro`: File type '.avro' is not supported; those that are: .csv, .parquet, .pqt, .png",
        "; and 1 more",
    ] {
        assert!(told.contains(words), "{words}: {told}");
    }
    env.ok(&["job", "download", "-n", &job, "--all", "-p", "logs"]);
    let logs = Command::new("grep").args(["-rh", "d.png"]).arg(env.work().join("logs")).output().unwrap();
    let logs = String::from_utf8_lossy(&logs.stdout).into_owned();
    assert!(
        logs.contains("the model's signature asks for the columns age: double, pressure: long, sex: string"),
        "{logs}"
    );

    env.write("brightness/MLmodel", "flavors: {python_function: {loader_module: nowhere}}");
    deploy(&env, "brightness", ON_THIS_MACHINE);
    let (_, ran) = score(&env, &python, "brightness", "images");
    let told = ran.stdout + &ran.stderr;
    assert!(
        told.contains("/brightness` cannot be loaded: ModuleNotFoundError: No module named 'nowhere'"),
        "{told}"
    );
}

#[test]
fn a_scoring_script_finds_the_model_where_the_cloud_puts_it() {
    let env = TestEnv::new();
    let Some((python, _)) = with_models(&env) else {
        return;
    };
    let script = "\
import glob, os
import mlflow.pyfunc, pandas
def init():
    global model
    folder = os.environ['AZUREML_MODEL_DIR']
    assert glob.glob(folder + '/*/') == [os.path.join(folder, 'frame', '')] and os.listdir(folder) == ['frame']
    model = mlflow.pyfunc.load_model(os.path.join(folder, 'frame'))
def run(mini_batch):
    return model.predict(pandas.concat(map(pandas.read_csv, mini_batch)))
";
    env.write("code/score.py", script);
    let code = "code_configuration:\n  code: code\n  scoring_script: score.py\n";
    deploy(&env, "frame", &format!("{code}{ON_THIS_MACHINE}"));
    let expected = "\"class male\" 208.0\n\"class female\" 167.0\n\"class male\" 161.5\n";
    assert_eq!(predictions(&env, &python, "frame", "tables/a.csv"), expected);
}

#[test]
fn a_model_that_is_none_of_mlflow_is_not_deployed_without_a_script() {
    let env = TestEnv::new();
    env.write("weights/model.bin", "0101");
    env.write(
        "deployment.yml",
        "name: dep\nendpoint_name: ep1\ntype: model\nmodel:\n  path: weights\ncompute: azureml:c1\nsettings:\n  mini_batch_size: 1\n",
    );
    let ran = env.run(&["validate", "-f", "deployment.yml"]);
    assert_eq!(ran.code, 0, "the service has the last word: {}", ran.stderr);
    assert!(ran.stderr.contains("only MLflow models are scored without"), "{}", ran.stderr);
    env.ok(&["compute", "create", "-n", "c1", "--type", "amlcompute"]);
    env.ok(&["batch-endpoint", "create", "-n", "ep1"]);
    env.ok(&["model", "create", "-n", "weights", "-p", "weights"]);
    let registered = ["--set", "model=azureml:weights:1"];
    let stderr =
        env.fails(1, &[&["batch-deployment", "create", "-f", "deployment.yml"][..], &registered].concat());
    assert!(stderr.contains("needs codeConfiguration, unless its model is an MLflow model"), "{stderr}");
}

#[test]
fn the_spec_in_the_readme_is_right() {
    let env = TestEnv::new();
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let spec = readme.split("```yaml\n").nth(1).unwrap().split("```").next().unwrap();
    env.write("deployment.yml", spec);
    env.write("model/MLmodel", "");
    let ran = env.run(&["validate", "-f", "deployment.yml"]);
    assert!(ran.code == 0 && ran.stderr.contains("0 errors, 0 warnings"), "{}", ran.stderr);
}
