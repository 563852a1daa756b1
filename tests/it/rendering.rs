//! The bytes of the output file, as pandas and Python themselves write them, against those measured in the cloud's
//! format: with the oldest and the newest of each that this machine can have.

use std::path::Path;
use std::process::Command;

use super::common::python::{answer, environment_of, pythons};
use super::common::{TestEnv, skip};

/// The oldest that install as wheels, for each minor version of Python.
const OLDEST: [(u32, &str); 7] = [
    (8, "pandas==0.25.3 numpy==1.17.3"),
    (9, "pandas==1.1.5 numpy==1.19.5"),
    (10, "pandas==1.3.5 numpy==1.21.6"),
    (11, "pandas==1.5.3 numpy==1.23.5"),
    (12, "pandas==2.1.1 numpy==1.26.0"),
    (13, "pandas==2.2.3 numpy==2.1.0"),
    (14, "pandas==2.3.3 numpy==2.3.2"),
];

/// One mini-batch for each kind of answer.
const SCRIPT: &str = r#"
import numpy, pandas
from pandas import DataFrame
class Mine(DataFrame): pass
ANSWERS = [
    DataFrame({'name': ['a.png', 'b c.png', 'q"x.png', 'l\nm'], 'float': [1.0, 0.1, None, 1e-20],
               'bool': [True, False, True, None], 'object': [[1, 2], {'a': 1}, ('x',), None]}, index=list('wxyz')),
    DataFrame({'x': [123456789.123456789]}),
    DataFrame({'x': numpy.array([0.1], dtype='float32')}),
    DataFrame({'x': pandas.to_datetime(['2020-01-02 03:04:05'])}),
    DataFrame({'x': [None, '']}),
    DataFrame({'x': ['tab\there', 'ä']}),
    DataFrame({'x': []}),
    Mine({'x': [1], 'y': [2]}),
    ['a b', None, ['f', '0'], ('x', 1), {'a': 1}, True, numpy.float64(0.5), b'x', numpy.array([1, 2, 3]), 'two\nlines'],
    [],
    (1, 2),
    [[numpy.float64(0.5)], (['gold fish'], numpy.array([1]), numpy.float32(0.99))],
]
def run(mini_batch):
    return ANSWERS[mini_batch.task_id]
"#;

const EXPECTED: &str = r#"a.png 1.0 True "[1, 2]"
"b c.png" 0.1 False "{'a': 1}"
"q""x.png"  True ('x',)
"l
m" 1e-20  
123456789.12345679
0.1
"2020-01-02 03:04:05"
""
""
tab	here
ä
1 2
a b
None
['f', '0']
('x', 1)
{'a': 1}
True
0.5
b'x'
[1 2 3]
two
lines
1
2
"#;

/// Numbers of numpy inside other values, which numpy renders in its own way since its second major version.
const INSIDE_WITH_NUMPY_1: &str = "[0.5]\n(['gold fish'], array([1]), 0.99)\n";
const INSIDE_WITH_NUMPY_2: &str = "[np.float64(0.5)]\n(['gold fish'], array([1]), np.float32(0.99))\n";

/// Renders every kind of answer with the packages of this Python.
fn rows_are_as_expected(python: &Path) {
    let ask = "import sys, numpy, pandas; print(numpy.__version__, pandas.__version__, sys.version)";
    let versions = answer(Command::new(python).args(["-c", ask])).unwrap();
    let inside = if versions.starts_with("1.") { INSIDE_WITH_NUMPY_1 } else { INSIDE_WITH_NUMPY_2 };
    let env = TestEnv::new();
    env.inputs(12);
    env.deploy(SCRIPT, "  mini_batch_size: 1");
    let invoke = ["batch-endpoint", "invoke", "-n", "ep1", "--input", "data", "--query", "name", "-o", "tsv"];
    let invoked = env.command(&invoke).env("AZML_PYTHON", python).output().unwrap();
    let job = String::from_utf8(invoked.stdout).unwrap();
    let streamed = env.stream(job.trim());
    assert_eq!(streamed.code, 0, "{versions}: {}", streamed.stdout);
    env.ok(&["job", "download", "-n", job.trim(), "--output-name", "score", "-p", "out"]);
    assert_eq!(env.read("out/predictions.csv"), format!("{EXPECTED}{inside}"), "numpy, pandas: {versions}");
}

#[test]
fn rows_are_the_bytes_that_the_oldest_pandas_and_python_write() {
    let oldest = pythons().into_iter().find_map(|(minor, python)| {
        let (_, requirements) = OLDEST.into_iter().find(|(of, _)| *of == minor)?;
        Some((minor, python, requirements))
    });
    let Some((minor, python, requirements)) = oldest else {
        return skip("no Python whose oldest pandas is known");
    };
    // Never built here: that takes a compiler, minutes, and luck.
    let requirements = format!("--only-binary=:all: {requirements}");
    match environment_of(&python, &format!("oldest-pandas-3.{minor}"), &requirements) {
        Ok(python) => rows_are_as_expected(&python),
        Err(reason) => skip(&reason),
    }
}

#[test]
fn rows_are_the_bytes_that_the_newest_pandas_and_python_write() {
    let Some((minor, python)) = pythons().pop() else {
        return skip("no Python that makes virtual environments");
    };
    match environment_of(&python, &format!("newest-pandas-3.{minor}"), "--only-binary=:all: pandas") {
        Ok(python) => rows_are_as_expected(&python),
        Err(reason) => skip(&reason),
    }
}
