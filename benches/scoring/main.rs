//! What scoring costs beside the scoring script, against Python's own means for the same work.
//!
//! `cargo bench --bench scoring` runs, both sides in turn, what is named by its arguments, or all of it:
//!
//! - `names`: a script that returns the names of its files, against `multiprocessing.Pool.imap_unordered`;
//! - `digits`: the digits sample on many images, against bare loops;
//! - `latency`: when the first mini-batch begins, and how long a job of ten files takes;
//! - `million`: 1,000,000 files.
//!
//! A job's time is what its summary says: from the first worker, whose Python is yet to be started, to the assembled
//! output. The other side's is the whole process; `started` is what it takes once Python runs.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a benchmark reports to the terminal, may stop at any failure, and reads the clock"
)]

#[path = "../side/mod.rs"]
mod side;
mod workspace;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Instant, SystemTime};

use workspace::{Job, Workspace};

const ROUNDS: usize = 5;
const IMAGES: usize = 100_000;
const MILLION: usize = 1_000_000;

/// Measures one thing and prints it.
type Part = fn(&Workspace);

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let workspace = Workspace::make();
    let parts = [("names", names as Part), ("digits", digits), ("latency", latency), ("million", million)];
    for (name, part) in parts {
        if wanted.is_empty() || wanted.iter().any(|word| word == name) {
            part(&workspace);
        }
    }
}

/// One run of the other side: seconds of the whole process, of all after Python's start, and of the loop alone.
fn python(python: &Path, way: &str, input: &Path, script: &Path, size: usize) -> [f64; 3] {
    let source = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut command = Command::new(python);
    command.arg(source.join("benches/scoring/pool.py")).arg(way).arg(input).arg(script).arg(size.to_string());
    command.args((way != "loop").then_some("2")).env("AZUREML_MODEL_DIR", source.join("specs/digits"));
    let began = Instant::now();
    let told = side::run(&mut command);
    [began.elapsed().as_secs_f64(), told[0], told[1]]
}

fn names(workspace: &Workspace) {
    let (_, interpreter) = first_mini_batch(workspace);
    println!(
        "{:<10}{:>12}{:>10}{:>10}{:>8}{:>12}",
        "files", "mini-batch", "azml", "Pool", "ratio", "started"
    );
    for files in [1_000, 10_000, 100_000] {
        let input = format!("names-{files}");
        make_files(&workspace.input(&input), files);
        for size in [1, 10, 100] {
            let [mut ours, mut whole, mut started] = [const { Vec::new() }; 3];
            for _ in 0..ROUNDS {
                ours.push(workspace.score("names", &input, size).seconds);
                let (folder, script) = (workspace.input(&input), workspace.script("names.py"));
                let told = python(&interpreter, "pool", &folder, &script, size);
                whole.push(told[0]);
                started.push(told[1]);
            }
            let [ours, whole, started] = [ours, whole, started].map(side::median);
            let ratio = whole / ours;
            println!("{files:<10}{size:>12}{ours:>8.3} s{whole:>8.3} s{ratio:>8.2}{started:>10.3} s");
        }
    }
}

fn make_files(folder: &Path, count: usize) {
    for number in 0..count {
        fs::write(folder.join(format!("{number:07}.txt")), "x").unwrap();
    }
}

fn digits(workspace: &Workspace) {
    let folder = workspace.input("digits");
    let images = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("specs/digits/data")).unwrap();
    let images: Vec<Vec<u8>> = images.map(|image| fs::read(image.unwrap().path()).unwrap()).collect();
    for (number, image) in images.iter().cycle().take(IMAGES).enumerate() {
        fs::write(folder.join(format!("{number:07}.png")), image).unwrap();
    }
    let ((_, interpreter), script) = (first_mini_batch(workspace), workspace.script("digits.py"));
    let [mut ours, mut pool, mut halves, mut ideal] = [const { Vec::new() }; 4];
    for _ in 0..ROUNDS {
        ours.push(workspace.score("digits", "digits", 10).seconds);
        let python = |way: &str| python(&interpreter, way, &folder, &script, 10);
        pool.push(python("pool")[0]);
        halves.push(python("halves")[0]);
        let [whole, _, of_loop] = python("loop");
        ideal.push(whole - of_loop / 2.0);
    }
    let [ours, pool, halves, ideal] = [ours, pool, halves, ideal].map(side::median);
    println!("\n{:<54}{:>10}{:>10}", format!("{IMAGES} images, mini-batches of 10"), "seconds", "azml is");
    println!("{:<54}{ours:>10.3}", "azml");
    for (what, seconds) in [
        ("multiprocessing.Pool", pool),
        ("two loops side by side, half of the images each", halves),
        ("one loop: its start, and half of the rest", ideal),
    ] {
        println!("{what:<54}{seconds:>10.3}{:>9.1}%", 100.0 * ours / seconds);
    }
}

fn latency(workspace: &Workspace) {
    let ((_, interpreter), clock) = (first_mini_batch(workspace), workspace.script("clock.py"));
    let [mut first, mut import, mut whole] = [const { Vec::new() }; 3];
    for _ in 0..ROUNDS {
        let began = now();
        let (job, _) = first_mini_batch(workspace);
        first.push(first_call(workspace, &job).0 - began);
        whole.push(job.whole);
        let began = Instant::now();
        side::run(Command::new(&interpreter).arg(&clock));
        import.push(began.elapsed().as_secs_f64());
    }
    let [first, import, whole] = [first, import, whole].map(|seconds| 1e3 * side::median(seconds));
    println!("\n10 files, a script that imports numpy and pillow");
    for (what, milliseconds) in [
        ("python SCRIPT", import),
        ("from `invoke` to the first mini-batch", first),
        ("  of which are ours", first - import),
        ("`invoke` and `stream`", whole),
        ("  of which are ours", whole - import),
    ] {
        println!("{what:<54}{milliseconds:>7.0} ms");
    }
}

/// A job of ten files in the environment of the digits sample, and the interpreter there.
fn first_mini_batch(workspace: &Workspace) -> (Job, PathBuf) {
    make_files(&workspace.input("ten"), 10);
    let job = workspace.score("clock", "ten", 10);
    let interpreter = first_call(workspace, &job).1;
    (job, interpreter)
}

/// When `run()` was called first, and by which interpreter.
fn first_call(workspace: &Workspace, job: &Job) -> (f64, PathBuf) {
    let rows = workspace.rows(job);
    let (seconds, interpreter) = rows.lines().next().unwrap().split_once(' ').unwrap();
    (seconds.parse().unwrap(), interpreter.into())
}

fn now() -> f64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs_f64()
}

fn million(workspace: &Workspace) {
    println!(
        "\n{:<12}{:>12}{:>10}{:>16}{:>18}",
        "files", "mini-batch", "seconds", "per 1,000 files", "peak memory"
    );
    for files in [MILLION / 10, MILLION] {
        let input = format!("linear-{files}");
        make_files(&workspace.input(&input), files);
        let Job { seconds, peak_memory, .. } = workspace.score("names", &input, 10);
        let each = 1e6 * seconds / files as f64;
        println!("{files:<12}{:>12}{seconds:>8.2} s{each:>13.2} ms{peak_memory:>14.1} MiB", 10);
        fs::remove_dir_all(workspace.input(&input)).unwrap();
    }
}
