//! Pythons with packages of a registry, kept between runs of the tests.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

/// Tests run side by side, and several may want the same one.
static MAKING: Mutex<()> = Mutex::new(());

/// The interpreter of the virtual environment `folder`, which has what `requirements`, apart by spaces, ask for; else why there is none.
pub(crate) fn python_with(folder: &str, requirements: &str) -> Result<PathBuf, String> {
    environment_of(Path::new("python3"), folder, requirements)
}

/// The same, of another Python than the first on `PATH`.
pub(crate) fn environment_of(base: &Path, folder: &str, requirements: &str) -> Result<PathBuf, String> {
    let _one_at_a_time = MAKING.lock().unwrap_or_else(PoisonError::into_inner);
    let venv = Path::new(env!("CARGO_TARGET_TMPDIR")).join(folder);
    let (python, complete) = (venv.join("bin/python"), venv.join("complete"));
    if fs::read_to_string(&complete).is_ok_and(|installed| installed == requirements) {
        return Ok(python);
    }
    succeeds(Command::new(base).args(["-m", "venv", "--clear"]).arg(&venv))
        .and_then(|()| {
            // Each package that no registry answers for costs what the repetitions take.
            let pip = ["-m", "pip", "install", "--quiet", "--retries", "1"];
            succeeds(Command::new(&python).args(pip).args(requirements.split(' ')))
        })
        .map_err(|reason| format!("{requirements} cannot be installed: {reason}"))?;
    fs::write(complete, requirements).unwrap();
    Ok(python)
}

/// Every Python 3 of this machine that the engine takes and that makes virtual environments, oldest first: minor version
/// and interpreter. Those on `PATH` by their usual names, and those of pyenv.
pub(crate) fn pythons() -> Vec<(u32, PathBuf)> {
    let usual = (8..20).map(|minor| PathBuf::from(format!("python3.{minor}")));
    let mut candidates: Vec<PathBuf> = [PathBuf::from("python3")].into_iter().chain(usual).collect();
    if let Ok(root) = answer(Command::new("pyenv").arg("root"))
        && let Ok(versions) = fs::read_dir(Path::new(&root).join("versions"))
    {
        candidates.extend(versions.flatten().map(|version| version.path().join("bin/python3")));
    }
    let mut pythons: Vec<_> = candidates.iter().filter_map(|python| Some((minor(python)?, python))).collect();
    pythons.sort();
    pythons.into_iter().map(|(minor, python)| (minor, python.clone())).collect()
}

fn minor(python: &Path) -> Option<u32> {
    let ask = "import sys, ensurepip, venv; assert sys.version_info >= (3, 8); print(sys.version_info[1])";
    answer(Command::new(python).args(["-c", ask])).ok()?.parse().ok()
}

/// What whoever runs the tests tells pip, such as where packages come from.
pub(crate) fn for_pip() -> impl Iterator<Item = (String, String)> {
    std::env::vars().filter(|(name, _)| name.starts_with("PIP_"))
}

/// What a command prints, without the space around it.
pub(crate) fn answer(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|error| error.to_string())?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
}

/// Runs a command to its end; what it said on stderr if it failed.
pub(crate) fn succeeds(command: &mut Command) -> Result<(), String> {
    answer(command).map(drop)
}
