//! The other side of benchmarks: how a program is run, and what is made of the numbers.

use std::process::Command;

/// Runs one side and reads the numbers it prints on its last line.
pub(crate) fn run(command: &mut Command) -> Vec<f64> {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{command:?} failed:\n{}", text(&output.stderr));
    let stdout = text(&output.stdout);
    stdout.lines().last().unwrap_or_default().split(' ').filter_map(|word| word.parse().ok()).collect()
}

/// The middle of what was measured.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
