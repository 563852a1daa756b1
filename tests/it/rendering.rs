//! The bytes of the output file, as pandas and Python themselves write them, against those measured in the cloud's format.

use super::common::python::python_with;
use super::common::{TestEnv, skip};

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

#[test]
fn rows_are_the_bytes_that_pandas_and_python_write() {
    let python = match python_with("pandas", "pandas") {
        Ok(python) => python,
        Err(reason) => return skip(&reason),
    };
    let env = TestEnv::new();
    env.inputs(11);
    env.deploy(SCRIPT, "  mini_batch_size: 1");
    let invoke = ["batch-endpoint", "invoke", "-n", "ep1", "--input", "data", "--query", "name", "-o", "tsv"];
    let invoked = env.command(&invoke).env("AZML_PYTHON", python).output().unwrap();
    let job = String::from_utf8(invoked.stdout).unwrap();
    let streamed = env.stream(job.trim());
    assert_eq!(streamed.code, 0, "{}", streamed.stdout);
    env.ok(&["job", "download", "-n", job.trim(), "--output-name", "score", "-p", "out"]);
    assert_eq!(env.read("out/predictions.csv"), EXPECTED);
}
