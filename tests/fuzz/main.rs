//! Throws broken specs at the loader and the checks: nothing may panic, hang or grow without bound.
//!
//! A few seconds with every test run; `AZML_FUZZ_SECONDS=300 cargo test --release --test fuzz` goes on for longer.
//! It is a test binary of its own, so that the memory it measures is that of the loader.
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
#![expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "the length of a run is set from outside and reported"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use azml::spec::{SpecDocument, validate};

/// The longest one input may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// The most memory the process may ever have used, in KiB.
const MEMORY: u64 = 200 * 1024;
/// Inputs do not grow beyond this, in bytes.
const LONGEST: usize = 64 * 1024;

/// Pieces that are hard on YAML readers.
const HARD: &[&str] = &[
    "&a [*a, *a]",
    "<<: *a",
    "<<: [*a, *b]",
    "!!binary |",
    "!!python/object:x",
    "- - - - - -",
    "{{{{{{",
    "]]]]",
    "? ",
    ": ",
    "|+\n  x",
    ">-\n",
    "'''",
    "\"\\x",
    "%YAML 9.9\n",
    "---\n---\n",
    "...\n",
    "\t",
    "\u{feff}",
    "\u{0}",
    "\u{2028}",
    "é\r",
    "012",
    "0x_",
    "1:30:99",
    "2024-13-45",
    ".nan",
    "-.inf",
    "1e400",
    "99999999999999999999999999",
    "~",
    "=",
    "<<",
    "\r\n",
    "#",
    "@x",
    "`x",
    "name: name: name:",
    "settings: {mini_batch_size: 10, mini_batch_size: 11}",
    "type: model\ntype: pipeline\n",
    "azureml:",
    "azureml://datastores//paths/",
    "/subscriptions/",
    "file:",
    "path: .",
    "conda_file: conda.yml",
    "&x",
    "*x",
    "!<tag:x>",
];

/// Texts that once broke something, tried as they are and as seeds.
const KNOWN: &[&str] = &["\u{feff} name:x\nauth: 1\n", "\u{feff}[a, b\n", "\u{feff}name:é\n"];

/// A small generator whose runs can be repeated from their seed.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit.max(1) as u64).unwrap()
    }

    fn range(&mut self, length: usize) -> std::ops::Range<usize> {
        let (a, b) = (self.below(length + 1), self.below(length + 1));
        a.min(b)..a.max(b)
    }
}

fn seeds(folder: &Path, found: &mut Vec<(PathBuf, Vec<u8>)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            seeds(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "yml") {
            found.push((path.clone(), fs::read(&path).unwrap()));
        }
    }
}

fn mutate(random: &mut Random, seeds: &[(PathBuf, Vec<u8>)]) -> Vec<u8> {
    let mut text = seeds[random.below(seeds.len())].1.clone();
    for _ in 0..=random.below(6) {
        let at = random.below(text.len() + 1);
        match random.below(7) {
            0 if at < text.len() => text[at] = u8::try_from(random.below(256)).unwrap(),
            1 => drop(text.splice(at..at, HARD[random.below(HARD.len())].bytes())),
            2 => drop(text.drain(random.range(text.len()))),
            3 => {
                let piece = text[random.range(text.len())].to_vec();
                for _ in 0..=random.below(20) {
                    text.splice(at..at, piece.iter().copied());
                    if text.len() > LONGEST {
                        break;
                    }
                }
            }
            4 => {
                let other = &seeds[random.below(seeds.len())].1;
                let piece = other[random.range(other.len())].to_vec();
                text.splice(at..at, piece);
            }
            5 => drop(text.splice(at..at, "[".repeat(random.below(400)).into_bytes())),
            _ => {
                let indent = " ".repeat(random.below(12));
                text.splice(at..at, format!("\n{indent}").into_bytes());
            }
        }
        text.truncate(LONGEST);
    }
    text
}

/// The most memory this process has used so far, in KiB; 0 where the system does not tell.
fn peak_memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

#[test]
fn broken_specs_neither_panic_nor_hang_nor_eat_memory() {
    let seconds = std::env::var("AZML_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(3);
    let folder = tempfile::tempdir().unwrap();
    let mut found = Vec::new();
    seeds(&Path::new(env!("CARGO_MANIFEST_DIR")).join("specs"), &mut found);
    let file = folder.path().join("spec.yml");
    fs::write(folder.path().join("conda.yml"), "dependencies: [python]").unwrap();
    found.extend(KNOWN.iter().map(|text| (PathBuf::new(), text.as_bytes().to_vec())));
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let (start, mut inputs) = (Instant::now(), 0u64);
    while start.elapsed() < Duration::from_secs(seconds) {
        let known = usize::try_from(inputs).ok().and_then(|number| KNOWN.get(number));
        let text = known.map_or_else(|| mutate(&mut random, &found), |text| text.as_bytes().to_vec());
        fs::write(&file, &text).unwrap();
        let before = Instant::now();
        if let Ok(document) = SpecDocument::load(&file) {
            drop(document.to_json());
            drop(validate(&[document]));
        }
        assert!(
            before.elapsed() < PATIENCE,
            "{:?} for: {}",
            before.elapsed(),
            String::from_utf8_lossy(&text)
        );
        inputs += 1;
    }
    let peak = peak_memory();
    assert!(peak < MEMORY, "{peak} KiB were used");
    eprintln!("{inputs} inputs in {seconds} s, at most {} MiB", peak / 1024);
}
