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
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use azml::spec::{
    ComputeSpec, DataSpec, DatastoreDefaults, DatastoreSpec, DeploymentSpec, EndpointSpec, EnvironmentSpec,
    ModelSpec, SpecDocument, SpecKind, guess_kind, validate,
};

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

/// The specs that are broken: those of the sample, and `tests/fuzz/seeds` for the other kinds.
fn seeds() -> Vec<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = vec![root.join("specs"), root.join("tests/fuzz/seeds")];
    let mut seeds: Vec<Vec<u8>> = KNOWN.iter().map(|text| text.as_bytes().to_vec()).collect();
    let mut kinds = Vec::new();
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "yml") {
                kinds.extend(SpecDocument::load(&path).ok().and_then(|document| guess_kind(&document)));
                seeds.push(fs::read(&path).unwrap());
            }
        }
    }
    for kind in SpecKind::ALL {
        assert!(kinds.contains(&kind), "no seed is a {}", kind.noun());
    }
    seeds
}

fn mutate(random: &mut Random, seeds: &[Vec<u8>]) -> Vec<u8> {
    let mut text = seeds[random.below(seeds.len())].clone();
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
                let other = &seeds[random.below(seeds.len())];
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

/// Reads a spec again and again on a thread of its own, which may hang without taking the test along.
struct Reader {
    orders: Sender<()>,
    done: Receiver<()>,
}

impl Reader {
    fn start(file: PathBuf) -> Self {
        let (orders, ordered) = channel();
        let (finished, done) = channel();
        std::thread::spawn(move || {
            while ordered.recv().is_ok() {
                read(&file);
                let _nobody_waits = finished.send(());
            }
        });
        Self { orders, done }
    }

    /// Has the file read; what went wrong if it is not read in time.
    fn read_in_time(&self) -> Result<(), &'static str> {
        let ordered = self.orders.send(()).map_err(|_| RecvTimeoutError::Disconnected);
        ordered.and_then(|()| self.done.recv_timeout(PATIENCE)).map_err(|error| match error {
            RecvTimeoutError::Timeout => "a hang",
            RecvTimeoutError::Disconnected => "a panic",
        })
    }
}

/// Loads a file and checks it as what it seems to be, and as every kind of spec.
fn read(file: &Path) {
    let Ok(document) = SpecDocument::load(file) else { return };
    drop(document.to_json());
    for kind in SpecKind::ALL {
        match kind {
            SpecKind::BatchEndpoint => drop(EndpointSpec::from_document(&document)),
            SpecKind::BatchDeployment => drop(DeploymentSpec::from_document(&document)),
            SpecKind::Compute => drop(ComputeSpec::from_document(&document)),
            SpecKind::Model => drop(ModelSpec::from_document(&document)),
            SpecKind::Environment => drop(EnvironmentSpec::from_document(&document)),
            SpecKind::Data => drop(DataSpec::from_document(&document)),
            SpecKind::Datastore => {
                drop(DatastoreSpec::from_document(&document, &DatastoreDefaults::default()))
            }
        }
    }
    drop(validate(&[document]));
}

#[test]
fn broken_specs_neither_panic_nor_hang_nor_eat_memory() {
    let seconds = std::env::var("AZML_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(3);
    let folder = tempfile::tempdir().unwrap();
    let (seeds, file) = (seeds(), folder.path().join("spec.yml"));
    fs::write(folder.path().join("conda.yml"), "dependencies: [python]").unwrap();
    let reader = Reader::start(file.clone());
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let (start, mut inputs) = (Instant::now(), 0u64);
    while start.elapsed() < Duration::from_secs(seconds) {
        let known = usize::try_from(inputs).ok().and_then(|number| KNOWN.get(number));
        let text = known.map_or_else(|| mutate(&mut random, &seeds), |text| text.as_bytes().to_vec());
        fs::write(&file, &text).unwrap();
        if let Err(trouble) = reader.read_in_time() {
            panic!("{trouble}, for: {}", String::from_utf8_lossy(&text));
        }
        inputs += 1;
    }
    let peak = peak_memory();
    assert!(peak > 0 || !cfg!(target_os = "linux"), "the memory was not measured");
    assert!(peak < MEMORY, "{peak} KiB were used");
    eprintln!("{inputs} inputs in {seconds} s, at most {} MiB", peak / 1024);
}
