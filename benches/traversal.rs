//! How long it takes to find out what a folder with ignore rules consists of, against Microsoft's SDK.
//!
//! `cargo bench --bench traversal` runs both sides in turn and prints medians and their ratio.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark reports to the terminal and may stop at any failure"
)]

mod sdk;
mod side;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use azml::assets::tree::Asset;

const ROUNDS: usize = 5;
const FOLDERS: usize = 100;
const FILES_EACH: usize = 1000;
const RULES: &str = "*.log\nbuild/\n__pycache__/\n*.tmp\n/data/raw/\n!keep.log\n";

/// 100,000 files, a tenth of them ignored.
fn make(root: &Path) {
    for folder in 0..FOLDERS {
        let folder = root.join(format!("{:02}/{folder:03}", folder % 10));
        fs::create_dir_all(&folder).unwrap();
        for file in 0..FILES_EACH {
            let extension = if file % 10 == 0 { "log" } else { "csv" };
            fs::write(folder.join(format!("part-{file:05}.{extension}")), "1").unwrap();
        }
    }
    fs::write(root.join(".amlignore"), RULES).unwrap();
}

fn main() {
    let (folder, python) = (tempfile::tempdir().unwrap(), sdk::python());
    make(folder.path());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/sdk/traversal.py");
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        let found = Asset::load(folder.path()).unwrap().files().count();
        ours.push(begun.elapsed().as_secs_f64());
        let numbers = side::run(Command::new(&python).arg(script).arg(folder.path()));
        theirs.push(numbers[0]);
        assert_eq!(numbers[1] as usize, found, "the two do not find the same files");
    }
    let (ours, theirs) = (side::median(ours), side::median(theirs));
    println!("{} files, {RULES:?}", FOLDERS * FILES_EACH);
    println!("azml {:.0} ms, SDK {:.0} ms: {:.1} times as fast", ours * 1e3, theirs * 1e3, theirs / ours);
}
