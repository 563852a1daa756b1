//! How long small commands take, whole process, beside what every Python tool pays before its first line.
//!
//! `cargo bench --bench startup` runs both sides in turn and prints medians and ratios.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark reports to the terminal and may stop at any failure"
)]

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const ROUNDS: usize = 40;

fn time(program: &str, words: &[&str], home: &Path) -> Duration {
    let before = Instant::now();
    let status = Command::new(program)
        .args(words)
        .env("AZML_HOME", home)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success(), "{program} {words:?} failed");
    before.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn main() {
    let azml = env!("CARGO_BIN_EXE_azml");
    let home = tempfile::tempdir().unwrap();
    time(azml, &["batch-endpoint", "create", "-n", "bench", "-w", "local"], home.path());
    let sides: [(&str, &str, &[&str]); 5] = [
        ("python3 -c pass", "python3", &["-c", "pass"]),
        ("azml --version", azml, &["--version"]),
        ("azml --help", azml, &["--help"]),
        ("azml batch-endpoint show", azml, &["batch-endpoint", "show", "-n", "bench", "-w", "local"]),
        ("azml batch-endpoint list", azml, &["batch-endpoint", "list", "-w", "local"]),
    ];
    let mut times = vec![Vec::new(); sides.len()];
    for _ in 0..ROUNDS {
        for (side, (_, program, words)) in sides.iter().enumerate() {
            times[side].push(time(program, words, home.path()));
        }
    }
    let medians: Vec<f64> = times.into_iter().map(|times| median(times).as_secs_f64() * 1e3).collect();
    println!("{:<28} {:>9} {:>22}", "command", "median", "against python3");
    for ((name, _, _), milliseconds) in sides.iter().zip(&medians) {
        println!("{name:<28} {milliseconds:>6.2} ms {:>20.2} x", milliseconds / medians[0]);
    }
}
