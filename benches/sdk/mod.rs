//! Microsoft's SDK, the other side of benchmarks: a virtual environment that has it, made once, and small scripts
//! that call what the SDK itself calls.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::side::run;

const SDK: &str = "azure-ai-ml==1.35.2 azure-identity==1.27.0";

/// A Python that has the SDK.
pub(crate) fn python() -> PathBuf {
    let venv = Path::new(env!("CARGO_TARGET_TMPDIR")).join("sdk-venv");
    let (python, complete) = (venv.join("bin/python"), venv.join("complete"));
    if fs::read_to_string(&complete).is_ok_and(|installed| installed == SDK) {
        return python;
    }
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&venv));
    run(Command::new(&python).args(["-m", "pip", "install", "--quiet"]).args(SDK.split(' ')));
    fs::write(complete, SDK).unwrap();
    python
}
