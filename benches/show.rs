//! One `batch-endpoint show`, whole process: azml on the workspace inside it, azml over TLS on `azml local serve`, and
//! Microsoft's SDK asking the same server.
//!
//! `cargo bench --bench show` runs the sides in turn and prints medians and ratios.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a benchmark reports to the terminal, may stop at any failure, and gives programs their PATH"
)]

mod sdk;
mod side;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

const ROUNDS: usize = 7;
const AZML: &str = env!("CARGO_BIN_EXE_azml");
const SHOW: &str = "
import os
from azure.ai.ml import MLClient
from azure.identity import ManagedIdentityCredential
place = [os.environ[name] for name in ('AZURE_SUBSCRIPTION_ID', 'AZURE_RESOURCE_GROUP', 'AZURE_ML_WORKSPACE')]
print(MLClient(ManagedIdentityCredential(), *place).batch_endpoints.get('bench').name)
";

/// A server, and the variables it printed.
struct Server {
    process: Child,
    variables: Vec<(String, String)>,
}

impl Server {
    fn start(home: &Path) -> Self {
        let mut command = Command::new(AZML);
        command.args(["local", "serve", "--port", "0"]).env("AZML_HOME", home);
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines().map(Result::unwrap);
        let pair = |line: String| {
            let (name, value) = line.strip_prefix("export ").unwrap().split_once('=').unwrap();
            (name.to_owned(), value.to_owned())
        };
        let variables = lines.take(8).map(pair).collect();
        Self { process, variables }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

fn time(command: &mut Command) -> f64 {
    let begun = Instant::now();
    let output = command.stdin(Stdio::null()).output().unwrap();
    let seconds = begun.elapsed().as_secs_f64();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stdout).contains("bench"));
    seconds
}

fn main() {
    let (home, python) = (tempfile::tempdir().unwrap(), sdk::python());
    let azml = |words: &[&str]| {
        let mut command = Command::new(AZML);
        command.args(words).env("AZML_HOME", home.path());
        command
    };
    time(&mut azml(&["batch-endpoint", "create", "-n", "bench", "-w", "local"]));
    let server = Server::start(home.path());
    let origin = &server.variables.iter().find(|(name, _)| name == "AZUREML_DEV_URL_MFE").unwrap().1;
    let show = ["batch-endpoint", "show", "-n", "bench", "-w", "local"];
    let in_full = ["-g", "local", "--subscription", "00000000-0000-0000-0000-000000000000"];
    let mut times = [Vec::new(), Vec::new(), Vec::new()];
    for _ in 0..ROUNDS {
        times[0].push(time(&mut azml(&show)));
        let mut over_tls = azml(&[&show[..], &in_full].concat());
        over_tls.envs(server.variables.iter().cloned()).env("AZML_ARM_ENDPOINT", origin);
        times[1].push(time(&mut over_tls));
        let mut sdk = Command::new(&python);
        sdk.args(["-c", SHOW]).env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        times[2].push(time(sdk.envs(server.variables.iter().cloned())));
    }
    let [inside, over_tls, sdk] = times.map(side::median);
    println!("{:<44} {:>10} {:>18}", "batch-endpoint show", "median", "SDK takes");
    for (side, seconds) in [("azml, in process", inside), ("azml, from `azml local serve`", over_tls)] {
        println!("{side:<44} {:>7.1} ms {:>9.0} times as long", seconds * 1e3, sdk / seconds);
    }
    println!("{:<44} {:>7.1} ms", "azure-ai-ml, from `azml local serve`", sdk * 1e3);
}
