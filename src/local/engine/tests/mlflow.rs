//! The driver of MLflow models, with stand-ins for the packages it works with; `tests/it/mlflow.rs` has the real ones.

use super::*;

/// The model answers to each line of a file by what it says, or to the whole file where the header is `whole`.
const MLFLOW: &str = "
import os
class Model:
    metadata = type('Metadata', (), {'get_input_schema': lambda self: None})()
    def predict(self, data):
        answers = [eval(line) for line in data.lines]
        return answers[0] if data.header == 'whole' else answers
def load_model(path):
    if 'broken' in open(os.path.join(path, 'MLmodel')).read(): raise ValueError('bad\\npickle')
    return Model()
";
const PANDAS: &str = "
class Table:
    alive = 0
    def __init__(self, path):
        self.header, *self.lines = open(path).read().splitlines()
        Table.alive += 1
    def __del__(self): Table.alive -= 1
def read_csv(path, engine, dtype): return Table(path)
class DataFrame:
    def __init__(self, columns):
        self.columns = columns
        if not all(isinstance(column, list) for column in columns.values()): raise ValueError('all scalar values')
    def assign(self, **more): return DataFrame({**self.columns, **{name: [more[name]] * len(self) for name in more}})
    def __len__(self): return len(next(iter(self.columns.values())))
    def to_csv(self, path=None, sep='', header=True, index=True):
        assert (path, sep, header, index) == (None, ' ', False, False)
        return ''.join(sep.join(map(str, row)) + '\\n' for row in zip(*self.columns.values()))
def concat(frames):
    return DataFrame({name: [cell for frame in frames for cell in frame.columns[name]] for name in frames[0].columns})
";

/// A job without a scoring script on these files.
fn bench(files: &[(&str, &str)]) -> Bench {
    let mut bench = Bench::new("");
    for (name, text) in [
        ("model/MLmodel", "flavors: {python_function: {loader_module: x}}"),
        ("packages/mlflow/__init__.py", ""),
        ("packages/mlflow/pyfunc.py", MLFLOW),
        ("packages/numpy.py", "class ndarray: pass"),
        ("packages/pandas.py", PANDAS),
    ] {
        write(&bench, name, text);
    }
    for (name, text) in files {
        write(&bench, &format!("input/{name}"), text);
    }
    bench.plan.code = None;
    bench.plan.model = Some(bench.path("model"));
    bench.plan.environment.name = "named".to_owned();
    bench.plan.mini_batch_size = 10;
    let packages = bench.path("packages").display().to_string();
    bench.plan.environment_variables.insert("PYTHONPATH".to_owned(), packages);
    bench
}

fn write(bench: &Bench, name: &str, text: &str) {
    let path = bench.path(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

#[test]
fn each_prediction_is_a_line_with_its_row_and_file() {
    let nested = "x\n1\n'a,b'\n[0.1, 'q', (None, {'k': 'v'})]\n'two\\nlines'\n0.5\n";
    let output = bench(&[("a.csv", nested), ("b, c.csv", "x\nTrue\n")]).output();
    let expected = "0,1,a.csv\n1,\"a,b\",a.csv\n2,\"[0.1, 'q', [None, {'k': 'v'}]]\",a.csv\n\
                    3,\"two\nlines\",a.csv\n4,0.5,a.csv\n0,True,\"b, c.csv\"\n";
    assert_eq!(output, expected);
}

#[test]
fn an_answer_that_is_one_value_is_one_prediction() {
    let files = [("a.csv", "whole\n'text'\n"), ("b.csv", "whole\n{'k': 1}\n"), ("c.csv", "whole\n7\n")];
    assert_eq!(bench(&files).output(), "0,text,a.csv\n0,{'k': 1},b.csv\n0,7,c.csv\n");
}

#[test]
fn columns_keep_their_form_and_get_the_name_of_their_file() {
    let files =
        [("a.csv", "whole\n{'k': [1, 2], 'l': ['x', 'y']}\n"), ("b.csv", "whole\n{'k': [3], 'l': ['z']}\n")];
    assert_eq!(bench(&files).output(), "1 x a.csv\n2 y a.csv\n3 z b.csv\n");
    let files = [files[0], ("c.csv", "x\n5\n")];
    assert_eq!(bench(&files).output(), "1 x a.csv\n2 y a.csv\n0,5,c.csv\n", "both kinds as they come");
}

#[test]
fn files_that_cannot_be_scored_fail_their_mini_batch_and_are_named() {
    let files = [
        ("good/1.csv", "x\n1\n"),
        ("mixed/1.csv", "x\n1\n"),
        ("mixed/2.avro", ""),
        ("mixed/3.csv", "x\n1 / 0\n"),
        ("mixed/4.CSV", "x\n1\n"),
        ("mixed/5.csv", "whole\nNone\n"),
    ];
    let mut tolerant = bench(&files);
    tolerant.plan.max_retries = 0;
    assert_eq!(tolerant.output(), "0,1,1.csv\n", "a file of a failed mini-batch was written");
    let log = tolerant.log("logs/user/stdout/0/process000.stdout.txt");
    let path = tolerant.path("input/mixed/2.avro");
    assert!(
        log.contains(&format!("Error processing input file: '{}'. File type '.avro'", path.display())),
        "{log}"
    );
    let log = tolerant.log("logs/user/error/0/process000.txt");
    assert!(log.contains("4 of 5 files") && log.contains("mlflow_driver.Unreadable: File type"), "{log}");

    let mut strict = bench(&files);
    (strict.plan.max_retries, strict.plan.error_threshold) = (0, 0);
    let message = strict.failure();
    for words in [
        "4 of 5 files cannot be scored: `2.avro`: File type '.avro' is not supported; those that are: .csv, .parquet",
        "; `3.csv`: ZeroDivisionError: division by zero; `4.CSV`: File type '.CSV'",
        "; and 1 more",
    ] {
        assert!(message.contains(words), "{words}: {message}");
    }
    assert!(!message.contains("mlflow_driver.py, line"), "the driver is none of the user's: {message}");
}

#[test]
fn what_failed_is_not_held_in_memory_while_the_rest_is_scored() {
    let failing = ["a.csv", "b.csv", "c.csv"].map(|name| (name, "x\n1 / 0\n"));
    let mut bench = bench(
        &[&failing[..], &[("d.csv", "x\nprint('alive:', __import__('pandas').Table.alive)\n")]].concat(),
    );
    (bench.plan.max_retries, bench.plan.error_threshold) = (0, 0);
    assert!(bench.failure().contains("3 of 4 files cannot be scored"));
    let printed = bench.log("logs/user/stdout/0/process000.stdout.txt");
    assert!(printed.contains("alive: 1\n"), "{printed}");
}

#[test]
fn an_environment_without_mlflow_is_told_at_once() {
    let bench = bench(&[("a.csv", "x\n1\n")]);
    for (text, words) in [
        (
            "raise ModuleNotFoundError('No module', name='mlflow')",
            "The MLflow model cannot be scored: the environment has no package `mlflow`: an MLflow model without",
        ),
        ("import nothing_of_this_name", "do not fit together: No module named 'nothing_of_this_name'"),
    ] {
        write(&bench, "packages/mlflow/__init__.py", text);
        let message = bench.failure();
        assert!(message.contains(words), "{message}");
    }
}

#[test]
fn a_model_that_cannot_be_loaded_is_told_with_its_folder() {
    let mut bench = bench(&[("a.csv", "x\n1\n")]);
    write(&bench, "model/MLmodel", "flavors: {python_function: {loader_module: broken}}");
    let message = bench.failure();
    assert!(message.contains("/model` cannot be loaded: ValueError: bad pickle"), "{message}");
    write(&bench, "model/MLmodel", "flavors: {}");
    assert!(bench.failure().contains("has no flavor `python_function`"));
    fs::remove_file(bench.path("model/MLmodel")).unwrap();
    assert!(bench.failure().contains("is no MLflow model: it has no file `MLmodel`"));
    bench.plan.model = None;
    assert!(bench.failure().contains("neither a scoring script nor a model"));
}
