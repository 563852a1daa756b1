//! Real specs that nobody here wrote, and the request each must produce: recorded from Microsoft's own tools.

use std::process::Command;

use super::common::reference_or_skip;

#[test]
fn every_recorded_spec_becomes_the_recorded_request() {
    let Some(folder) = reference_or_skip() else { return };
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
