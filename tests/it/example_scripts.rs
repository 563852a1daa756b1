//! Scoring scripts with the traits of those people deploy, through the whole program.
//!
//! Where such a script needs a package, the code folder holds a stand-in: a module of the package's name and of the
//! shape the script needs, so that these tests say nothing of the package and need no registry.

mod mistakes;
mod results;

use super::common::TestEnv;

/// Stands in for pandas: tables of rows, written as pandas writes them.
const PANDAS: &str = "
import csv, io
class DataFrame:
    def __init__(self, rows):
        if not all(isinstance(row, (list, tuple, dict)) for row in rows): raise TypeError('not a row')
        self.rows = [list(row.values() if isinstance(row, dict) else row) for row in rows]
    def __len__(self): return len(self.rows)
    def to_csv(self, path, sep, header, index):
        text = io.StringIO()
        csv.writer(text, delimiter=sep, lineterminator='\\n').writerows(self.rows)
        return text.getvalue()
";

/// Stands in for mlflow: keeps what is logged with it in a file.
const MLFLOW: &str = "
import os
from . import pyfunc
def log_param(name, value):
    with open(os.path.join(os.environ['AZUREML_BI_OUTPUT_PATH'], 'tracked'), 'a') as tracked:
        tracked.write('%s=%s\\n' % (name, value))
log_metric = log_param
";

/// Stands in for mlflow's models: one that doubles.
const PYFUNC: &str = "
class Model:
    def predict(self, values): return [2 * value for value in values]
def load_model(path): return Model()
";

/// A workspace with model `m`, registered from the folder `model`, and endpoint `ep1`.
fn workspace(script: &str) -> TestEnv {
    let env = TestEnv::new();
    env.write("code/score.py", script);
    env.write("code/pandas.py", PANDAS);
    env.write("code/mlflow/__init__.py", MLFLOW);
    env.write("code/mlflow/pyfunc.py", PYFUNC);
    env.write("model/weights.pkl", "I2\n.");
    env.ok(&["model", "create", "-n", "m", "-p", "model"]);
    env.ok(&["compute", "create", "-n", "c1", "--type", "amlcompute"]);
    env.ok(&["batch-endpoint", "create", "-n", "ep1"]);
    env
}

/// Deploys `code` with model `m`; `settings` is the body of the `settings` block, two spaces deep.
fn deploy(env: &TestEnv, settings: &str, more: &[&str]) {
    deploy_with("azureml:m@latest", env, settings, more);
}

fn deploy_with(model: &str, env: &TestEnv, settings: &str, more: &[&str]) {
    env.write(
        "deployment.yml",
        format!(
            "name: dep\nendpoint_name: ep1\ntype: model\nmodel: {model}\ncode_configuration:\n  code: code\n  \
             scoring_script: score.py\nenvironment:\n  image: any/image:1\ncompute: azureml:c1\nresources:\n  \
             instance_count: 2\nsettings:\n{settings}\n"
        ),
    );
    let create = ["batch-deployment", "create", "-f", "deployment.yml", "--set-default"];
    env.ok(&[&create, more].concat());
}

/// Runs a job that must complete and downloads its output to `out`.
fn score(env: &TestEnv, more: &[&str]) -> String {
    let job = env.invoke(more);
    let ran = env.stream(&job);
    assert_eq!(ran.code, 0, "{}\n{}", ran.stdout, ran.stderr);
    env.ok(&["job", "download", "-n", &job, "-p", "out"]);
    job
}

/// Runs a job that must fail; what `job stream` says of it.
fn fail(env: &TestEnv) -> String {
    let ran = env.stream(&env.invoke(&[]));
    assert_eq!(ran.code, 1, "{}\n{}", ran.stdout, ran.stderr);
    format!("{}\n{}", ran.stdout, ran.stderr)
}

/// Files `data/0.csv` and so on, with as many rows as told.
fn tables(env: &TestEnv, rows: &[usize]) {
    for (number, rows) in rows.iter().enumerate() {
        let rows: String = (0..*rows).map(|row| format!("{row},{number}\n")).collect();
        env.write(&format!("data/{number}.csv"), rows);
    }
}

/// Two nodes with two workers each.
const TWO_BY_TWO: &str = "  mini_batch_size: 2\n  max_concurrency_per_instance: 2\n  error_threshold: -1\n  \
                          retry_settings:\n    max_retries: 3\n    timeout: 300\n  logging_level: info\n";
