//! Pythons with packages of a registry, kept between runs of the tests.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

/// Tests run side by side, and several may want the same one.
static MAKING: Mutex<()> = Mutex::new(());

/// The interpreter of the virtual environment `folder`, which has what `requirements`, apart by spaces, ask for; else why there is none.
pub(crate) fn python_with(folder: &str, requirements: &str) -> Result<PathBuf, String> {
    let _one_at_a_time = MAKING.lock().unwrap_or_else(PoisonError::into_inner);
    let venv = Path::new(env!("CARGO_TARGET_TMPDIR")).join(folder);
    let (python, complete) = (venv.join("bin/python"), venv.join("complete"));
    if fs::read_to_string(&complete).is_ok_and(|installed| installed == requirements) {
        return Ok(python);
    }
    succeeds(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&venv))
        .and_then(|()| {
            let pip = ["-m", "pip", "install", "--quiet"];
            succeeds(Command::new(&python).args(pip).args(requirements.split(' ')))
        })
        .map_err(|reason| format!("{requirements} cannot be installed: {reason}"))?;
    fs::write(complete, requirements).unwrap();
    Ok(python)
}

/// Runs a command to its end; what it said on stderr if it failed.
pub(crate) fn succeeds(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| error.to_string())?;
    output.status.success().then_some(()).ok_or_else(|| String::from_utf8_lossy(&output.stderr).into_owned())
}
