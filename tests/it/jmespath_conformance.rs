//! `--query` against the reference implementation: every case of the corpus must give what PyPI's `jmespath` gives,
//! order of keys and refusals included.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use azml::jmespath::Expression;
use serde_json::Value;

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
    let Some(corpus) = std::env::var_os("AZML_ACCEPTANCE") else {
        return crate::common::skip("AZML_ACCEPTANCE does not name the folder of the acceptance corpus");
    };
    let cases = PathBuf::from(corpus).join("corpus/jmespath-cases.json");
    let python = match reference_python() {
        Ok(python) => python,
        Err(reason) => return crate::common::skip(&reason),
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

/// The interpreter of a virtual environment that has the reference implementation, made on first use.
fn reference_python() -> Result<PathBuf, String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("jmespath-venv");
    let python = folder.join("bin/python");
    let complete = folder.join("complete");
    if complete.exists() {
        return Ok(python);
    }
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
    run(Command::new(&python).args(["-m", "pip", "install", "--quiet", "jmespath==1.1.0"]))?;
    fs::write(&complete, "").unwrap();
    Ok(python)
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| format!("cannot run {command:?}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let complaint = String::from_utf8_lossy(&output.stderr);
    Err(format!("{command:?} failed: {}", complaint.trim().lines().last().unwrap_or_default()))
}
