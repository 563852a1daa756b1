//! How long uploads take and how much memory they need, against `azure-storage-blob` as Microsoft's SDK uses it.
//!
//! `cargo bench --bench upload` sends 5,000 files of 10 KiB and one of 1 GiB to a server that throws everything away,
//! at once or after 20 ms, from a process of its own for each upload, both sides in turn. It prints medians and ratios.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark reports to the terminal and may stop at any failure"
)]

mod null_server;
mod sdk;
mod side;

use std::ffi::OsStr;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use azml::arm::Client;
use azml::arm::blobs::Container;
use azml::assets::tree::Asset;
use azml::assets::upload::{AssetName, Destination, upload};
use azml::net::{HttpOptions, HttpTransport, Limits};
use azml::wire::ids::WorkspaceId;

const ROUNDS: usize = 3;
const SMALL_FILES: usize = 5000;
const SMALL: usize = 10 << 10;
const LARGE: usize = 1 << 30;
/// First argument of the process that is one upload of ours.
const OURS: &str = "upload-once";

fn main() {
    let words: Vec<_> = std::env::args_os().collect();
    if let [_, word, url, path, name] = &words[..]
        && word == OsStr::new(OURS)
    {
        return upload_once(url.to_str().unwrap(), Path::new(path), name.to_str().unwrap());
    }
    let (python, folder) = (sdk::python(), tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap());
    let (small, large) = make(folder.path());
    println!(
        "{:<24}{:>8}{:>10}{:>10}{:>8}{:>22}",
        "upload", "latency", "azml", "SDK", "ratio", "peak memory"
    );
    for (what, path) in [("5,000 files of 10 KiB", &small), ("1 file of 1 GiB", &large)] {
        for latency in [Duration::ZERO, Duration::from_millis(20)] {
            compare(&python, what, path, latency);
        }
    }
}

fn make(folder: &Path) -> (PathBuf, PathBuf) {
    let (small, large) = (folder.join("small"), folder.join("large.bin"));
    fs::create_dir(&small).unwrap();
    // No two files and no two blocks are the same.
    let piece = |number: usize| -> Vec<u8> {
        (0..SMALL / 8).flat_map(|at| (at * 0x9E37_79B9 + number * 0x85EB_CA6B).to_le_bytes()).collect()
    };
    for number in 0..SMALL_FILES {
        fs::write(small.join(format!("{number:05}.bin")), piece(number)).unwrap();
    }
    let mut file = fs::File::create(&large).unwrap();
    let mut left = LARGE;
    for number in 0.. {
        let piece = piece(number);
        let length = piece.len().min(left);
        file.write_all(&piece[..length]).unwrap();
        left -= length;
        if left == 0 {
            break;
        }
    }
    (small, large)
}

fn compare(python: &Path, what: &str, path: &Path, latency: Duration) {
    let server = null_server::start(latency);
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/sdk/upload.py");
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let name = format!("round-{round}");
        let this = std::env::current_exe().unwrap();
        ours.push(side::run(Command::new(this).args([OURS, &server]).arg(path).arg(&name)));
        theirs.push(side::run(Command::new(python).args([script, &server]).arg(path).arg(&name)));
    }
    let middle =
        |sides: &[Vec<f64>], at: usize| side::median(sides.iter().map(|numbers| numbers[at]).collect());
    let most = |sides: &[Vec<f64>]| sides.iter().map(|numbers| numbers[1]).fold(0.0, f64::max);
    println!(
        "{what:<24}{:>5} ms{:>8.2} s{:>8.2} s{:>7.1}x{:>8.0} against {:.0} MiB",
        latency.as_millis(),
        middle(&ours, 0),
        middle(&theirs, 0),
        middle(&theirs, 0) / middle(&ours, 0),
        most(&ours),
        most(&theirs),
    );
}

/// One upload, as a command of azml does it: one thread for requests, others for reading.
fn upload_once(url: &str, path: &Path, name: &str) {
    let options = HttpOptions { roots: None, limits: Limits::default() };
    let client = Client::new(Box::new(HttpTransport::new(options)), url, WorkspaceId::local());
    let container = Container::new(format!("{url}/c"), "sv=2021-08-06&sr=c&sp=rcwl&sig=x");
    let prefix = format!("LocalUpload/{name}/{}", path.file_name().unwrap().to_str().unwrap());
    let to = Destination { container: &container, prefix: &prefix, is_named_by_content: true };
    let owner = AssetName { name: "n".to_owned(), version: "1".to_owned() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let begun = Instant::now();
    let asset = Asset::load(path).unwrap();
    runtime.block_on(upload(&client, to, &asset, &owner, &|_| {})).unwrap();
    println!("{} {}", begun.elapsed().as_secs_f64(), peak_mebibytes());
}

fn peak_mebibytes() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.and_then(|peak| peak.split_whitespace().next()?.parse::<f64>().ok()).unwrap_or(f64::NAN) / 1024.0
}
