//! The local workspace in another process, and what a client of it needs.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use super::TestEnv;
use super::python::for_pip;

/// A running `azml local serve`; it ends with this value.
pub(crate) struct Served {
    child: Child,
    /// What it says on standard error.
    said: PathBuf,
    variables: Vec<(String, String)>,
}

impl Served {
    /// Serves the local workspace of `env` on a free port.
    pub(crate) fn start(env: &TestEnv, more: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_azml"));
        command.args(["local", "serve", "--port", "0"]).args(more);
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", env.home()).env("AZML_HOME", env.azml_home()).env("LANG", "C.UTF-8");
        command.envs(for_pip()).envs(env.variables());
        let said = env.home().join(format!("serve-{}.txt", uuid::Uuid::new_v4()));
        let stderr = std::fs::File::create(&said).unwrap();
        let mut child = command.stdout(Stdio::piped()).stderr(stderr).spawn().unwrap();
        // The lines come when the server is ready, and then nothing more.
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let variables = lines.by_ref().take(8).map(|line| {
            let (name, value) = line.strip_prefix("export ").unwrap().split_once('=').unwrap();
            (name.to_owned(), value.to_owned())
        });
        let variables = variables.collect();
        Self { child, said, variables }
    }

    /// The variables a user evaluates.
    pub(crate) fn variables(&self) -> &[(String, String)] {
        &self.variables
    }

    /// What it has said on standard error so far; all of its greeting comes before the lines.
    pub(crate) fn said(&self) -> String {
        std::fs::read_to_string(&self.said).unwrap()
    }

    pub(crate) fn variable(&self, name: &str) -> &str {
        let found = self.variables.iter().find(|(found, _)| found == name);
        found.map(|(_, value)| value.as_str()).unwrap_or_else(|| panic!("no {name} was printed"))
    }

    pub(crate) fn origin(&self) -> &str {
        self.variable("AZUREML_DEV_URL_MFE")
    }

    /// A certificate clients have to trust.
    pub(crate) fn certificate(&self) -> PathBuf {
        self.variable("REQUESTS_CA_BUNDLE").into()
    }

    /// What the identity endpoint gives to whoever knows the secret.
    pub(crate) fn token(&self) -> String {
        let _installed_already = rustls::crypto::ring::default_provider().install_default();
        let certificate = std::fs::read(self.certificate()).unwrap();
        let client = reqwest::Client::builder()
            .tls_certs_only([reqwest::Certificate::from_pem(&certificate).unwrap()])
            .no_proxy()
            .build()
            .unwrap();
        let url = format!(
            "{}?api-version=2019-08-01&resource=https%3A%2F%2Fmanagement.azure.com",
            self.variable("IDENTITY_ENDPOINT")
        );
        let request = client.get(url).header("X-IDENTITY-HEADER", self.variable("IDENTITY_HEADER"));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let text = runtime.block_on(async { request.send().await.unwrap().text().await.unwrap() });
        let answer: Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text}"));
        answer["access_token"].as_str().unwrap().to_owned()
    }

    /// Stops it the way service managers do; its exit code.
    pub(crate) fn stop(mut self) -> i32 {
        let process = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(process, rustix::process::Signal::TERM).unwrap();
        self.child.wait().unwrap().code().unwrap_or(-1)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _has_ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}
