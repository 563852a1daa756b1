//! Real specs that nobody here wrote, and the request each must produce: recorded from Microsoft's own tools.

use std::path::PathBuf;
use std::process::Command;

use super::common::skip;

#[test]
fn every_recorded_spec_becomes_the_recorded_request() {
    let Some(folder) = std::env::var_os("AZML_ACCEPTANCE").map(PathBuf::from) else {
        return skip("AZML_ACCEPTANCE is not set: there are no recorded specs to compare with");
    };
    let output = Command::new("python3")
        .arg(folder.join("acceptance/corpus.py"))
        .args(["--azml", env!("CARGO_BIN_EXE_azml")])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    let last = text.lines().last().unwrap();
    assert!(last.split(' ').next() != Some("0"), "nothing was compared: {last}");
}
