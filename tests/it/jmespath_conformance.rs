//! `--query` against the reference implementation: every case of the corpus must give what PyPI's `jmespath` gives,
//! order of keys and refusals included.

use std::fs;
use std::path::Path;
use std::process::Command;

use azml::jmespath::Expression;
use serde_json::Value;

use super::common::python::python_with;
use super::common::{reference_or_skip, skip};

/// Prints one answer for each case of the file it is given: `{"value": ...}`, or `{}` where there is none.
const REFERENCE: &str = r#"
import json, sys, warnings
import jmespath

warnings.simplefilter("ignore")

def answer(case):
    try:
        return json.dumps({"value": jmespath.search(case["expr"], case["given"])})
    except Exception:
        return "{}"

with open(sys.argv[1], encoding="utf-8") as cases:
    print("[" + ",\n".join(answer(case) for case in json.load(cases)) + "]")
"#;

#[test]
fn every_query_of_the_corpus_gives_what_the_reference_gives() {
    let Some(folder) = reference_or_skip() else { return };
    let cases = folder.join("corpus/jmespath-cases.json");
    let python = match python_with("jmespath-venv", "jmespath==1.1.0") {
        Ok(python) => python,
        Err(reason) => return skip(&reason),
    };
    let expected = expected_answers(&python, &cases);
    let cases: Vec<Value> = serde_json::from_str(&fs::read_to_string(&cases).unwrap()).unwrap();
    assert!(!cases.is_empty());
    assert_eq!(cases.len(), expected.len());

    let differences: Vec<String> =
        cases.iter().zip(&expected).filter_map(|(case, expected)| difference(case, expected)).collect();
    assert!(differences.is_empty(), "{} of {}:\n{}", differences.len(), cases.len(), differences.join("\n"));
}

fn difference(case: &Value, expected: &Value) -> Option<String> {
    let text = case["expr"].as_str().unwrap();
    let actual = match Expression::compile(text) {
        Ok(expression) => expression.search(&case["given"]).ok(),
        Err(_) => None,
    };
    let expected = expected.get("value");
    // Compared as text, which unlike equality of values sees the order of keys and tells 1 from 1.0.
    let (actual, expected) = (actual.as_ref().map(Value::to_string), expected.map(Value::to_string));
    (actual != expected).then(|| format!("{text:?} on {}: want {expected:?}, got {actual:?}", case["given"]))
}

fn expected_answers(python: &Path, cases: &Path) -> Vec<Value> {
    let output = Command::new(python).arg("-c").arg(REFERENCE).arg(cases).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}
