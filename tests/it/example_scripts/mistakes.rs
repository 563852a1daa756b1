//! What scripts in the wild do wrong, and what is told of it.

use std::fs;

use super::*;

/// A script for a model of mlflow with mistakes, one behind the other.
const MLFLOW_WITH_MISTAKES: &str = "
import glob, os
import mlflow
columns = None
def init():
    global model
    model = mlflow.pyfunc.load(glob.glob(os.environ['AZUREML_MODEL_DIR'] + '/*/')[0])
def run(mini_batch):
    if columns is None: columns = ['prediction']
    return model.predict([1] * len(mini_batch))
";

#[test]
fn a_function_that_the_package_has_not_fails_the_job_in_init_and_is_named() {
    let env = workspace(MLFLOW_WITH_MISTAKES);
    env.inputs(4);
    deploy(&env, TWO_BY_TWO, &[]);
    let told = fail(&env);
    for part in [
        "init() failed, 3 times in a row: AttributeError: module 'mlflow.pyfunc' has no attribute 'load'",
        "score.py, line 7: `model = mlflow.pyfunc.load(",
        "See logs/user/error/",
    ] {
        assert!(told.contains(part), "{part} is not in {told}");
    }
}

#[test]
fn a_global_that_run_forgets_to_declare_fails_every_mini_batch() {
    let env = workspace(&MLFLOW_WITH_MISTAKES.replace("pyfunc.load(", "pyfunc.load_model("));
    env.inputs(4);
    deploy(&env, TWO_BY_TWO, &[]);
    let told = fail(&env);
    assert!(told.contains("There is no succeeded mini batch item returned from run()."), "{told}");
    assert!(told.contains("UnboundLocalError") && told.contains("score.py, line 9"), "{told}");
    // Without its mistakes it works.
    let mended = MLFLOW_WITH_MISTAKES
        .replace("pyfunc.load(", "pyfunc.load_model(")
        .replace("    if columns", "    global columns\n    if columns");
    env.write("code/score.py", mended);
    deploy(&env, TWO_BY_TWO, &[]);
    score(&env, &[]);
    assert_eq!(env.read("out/predictions.csv"), "2\n2\n2\n2\n");
}

#[test]
fn a_generator_is_no_result() {
    let env = workspace("def run(mini_batch):\n    for path in mini_batch:\n        yield True\n");
    env.inputs(2);
    deploy(&env, TWO_BY_TWO, &[]);
    let told = fail(&env);
    assert!(told.contains("The actual type of output is generator."), "{told}");
}

#[test]
fn a_table_that_cannot_be_made_fails_every_mini_batch_with_its_error_in_the_log() {
    // Columns where rows belong, and a bare number among them.
    let script = "
import os
from pandas import DataFrame
def run(mini_batch):
    return DataFrame([[os.path.basename(path) for path in mini_batch], [1] * len(mini_batch), 0.5])
";
    let env = workspace(script);
    env.inputs(4);
    deploy(&env, TWO_BY_TWO, &[]);
    let told = fail(&env);
    assert!(told.contains("There is no succeeded mini batch item returned from run()."), "{told}");
    assert!(told.contains("): TypeError: not a row"), "{told}");
    let job = env.invoke(&[]);
    assert_eq!(env.stream(&job).code, 1);
    env.ok(&["job", "download", "-n", &job, "--all", "-p", "all"]);
    let log = env.work().join("all/artifacts/logs/user/error.txt");
    assert!(fs::read_to_string(log).unwrap().starts_with("Error `TypeError: not a row` occurred 8 times."));
}

#[test]
fn a_return_inside_the_loop_fails_all_files_but_the_first_of_a_mini_batch() {
    let script = "
import os
def run(mini_batch):
    for path in mini_batch:
        return [[os.path.basename(path), {'violence': 0}]]
";
    let env = workspace(script);
    env.inputs(4);
    deploy(&env, TWO_BY_TWO, &[]);
    score(&env, &[]);
    assert_eq!(
        env.read("out/predictions.csv"),
        "['000.txt', {'violence': 0}]\n['002.txt', {'violence': 0}]\n"
    );
    deploy(&env, &TWO_BY_TWO.replace("threshold: -1", "threshold: 0"), &[]);
    let told = fail(&env);
    assert!(told.contains("which exceeds error threshold 0."), "{told}");
    assert!(told.contains("run() returned 1 results for 2 files"), "{told}");
}
