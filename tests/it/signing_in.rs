//! Signing in to Azure: every way of it against a token service and programs on this machine.

mod developers;
mod kept;
mod machines;
mod principals;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;

use super::common::stand_in::{Answer, Asked, StandIn};
use super::common::{Ran, TestEnv};

const WORKSPACE: &str =
    "/subscriptions/sub/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/ws";
/// Seconds since 1970 that no test lives to see.
const FAR: i64 = 4_102_444_800;

/// Azure on this machine: Resource Manager and token services behind one address, and a `PATH` with nothing on it
/// but what a test puts there.
struct Cloud {
    env: TestEnv,
    server: StandIn,
    /// How often the token service was asked.
    asked_for_tokens: Arc<AtomicUsize>,
}

impl Cloud {
    /// One whose token service gives `token-1`, `token-2`, ... good for an hour.
    fn new() -> Self {
        Self::answering(|_, _| None)
    }

    /// The same, but what `answer` answers is answered that way.
    fn answering(answer: impl Fn(&str, &Asked) -> Option<Answer> + Send + Sync + 'static) -> Self {
        let asked_for_tokens = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked_for_tokens);
        let server = StandIn::start(move |origin, asked| {
            answer(origin, asked).unwrap_or_else(|| usual(origin, asked, &count))
        });
        let env = TestEnv::new();
        fs::create_dir_all(env.work().join("bin")).unwrap();
        Self { env, server, asked_for_tokens }
    }

    /// Puts a shell script on the `PATH` that writes down what it is called with and then does `body`.
    fn program(&self, name: &str, body: &str) {
        let calls = self.calls_file(name);
        let note = format!("echo \"$AZURE_CLOUD_NAME: $*\" >> {}", calls.display());
        self.env.program(name, &format!("{note}\n{body}"));
    }

    /// An `az` that gives `token` until `end`.
    fn az(&self, token: &str, end: i64) {
        let answer =
            json!({"accessToken": token, "expires_on": end, "expiresOn": "x", "tokenType": "Bearer"});
        self.program("az", &format!("echo '{answer}'"));
    }

    fn calls_file(&self, name: &str) -> PathBuf {
        self.env.work().join(format!("{name}.calls"))
    }

    /// What a program was called with so far.
    fn calls(&self, name: &str) -> Vec<String> {
        let text = fs::read_to_string(self.calls_file(name)).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// Somebody is signed in to `az` with `subscription` active.
    fn profile(&self, user: &str, subscription: &str) {
        let profile = json!({"subscriptions": [{
            "id": subscription, "name": "Mine", "isDefault": true, "tenantId": "tenant-of-sub",
            "environmentName": "AzureCloud", "user": {"name": user},
        }]});
        let folder = self.env.home().join(".azure");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("azureProfile.json"), format!("\u{feff}{profile}")).unwrap();
    }

    /// Runs `words` on the workspace with these variables.
    fn run(&self, words: &[&str], variables: &[(&str, &str)]) -> Ran {
        let place = ["-w", "ws", "-g", "rg", "--subscription", "sub"];
        self.run_anywhere(&[words, &place].concat(), variables)
    }

    fn run_anywhere(&self, words: &[&str], variables: &[(&str, &str)]) -> Ran {
        let output = self
            .env
            .command(words)
            .env("PATH", self.env.work().join("bin"))
            .env("AZML_ARM_ENDPOINT", &self.server.origin)
            .env("AZURE_AUTHORITY_HOST", &self.server.origin)
            // Nothing listens there: this is no virtual machine, whatever the tests run on.
            .env("AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://127.0.0.1:1")
            .envs(variables.iter().copied())
            .output()
            .unwrap();
        Ran {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Lists computes, which has to work, and returns the token that was sent.
    fn token_sent(&self, variables: &[(&str, &str)]) -> String {
        let ran = self.run(&["compute", "list"], variables);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let asked = self.server.asked();
        let last = asked.iter().rev().find(|asked| asked.path.contains("/computes")).unwrap();
        let token = last.authorization.strip_prefix("Bearer ").unwrap().to_owned();
        for text in [&ran.stdout, &ran.stderr] {
            assert!(!text.contains(&token), "the token was shown: {text}");
        }
        token
    }

    /// Fails to list computes; what is said then.
    fn refusal(&self, variables: &[(&str, &str)]) -> String {
        let ran = self.run(&["compute", "list"], variables);
        assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{}", ran.stderr);
        ran.stderr
    }

    fn asked_for_tokens(&self) -> usize {
        self.asked_for_tokens.load(Ordering::SeqCst)
    }

    /// The last request to an address that begins with `path`.
    fn last_to(&self, path: &str) -> Asked {
        let asked = self.server.asked();
        asked.iter().rev().find(|asked| asked.path.starts_with(path)).expect(path).clone()
    }

    /// The files in which tokens are kept.
    fn kept(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.tokens_dir()).into_iter().flatten();
        let paths = entries.map(|entry| entry.unwrap().path());
        paths.filter(|path| path.extension().is_some_and(|kind| kind == "json")).collect()
    }

    fn tokens_dir(&self) -> PathBuf {
        self.env.azml_home().join("tokens")
    }
}

/// A token service, a workspace without computes, and a data plane without jobs.
fn usual(origin: &str, asked: &Asked, count: &AtomicUsize) -> Answer {
    let path = asked.path.split('?').next().unwrap();
    let body = match path {
        _ if path.ends_with("/oauth2/v2.0/token") => {
            let number = count.fetch_add(1, Ordering::SeqCst) + 1;
            json!({"token_type": "Bearer", "expires_in": 3600, "access_token": format!("token-{number}")})
        }
        WORKSPACE => json!({
            "id": WORKSPACE, "location": "westeurope", "properties": {"discoveryUrl": format!("{origin}/discovery")},
        }),
        "/discovery" => json!({"api": origin}),
        _ => json!({"value": []}),
    };
    answer(200, &body)
}

fn answer(status: u16, body: &serde_json::Value) -> Answer {
    (status, Vec::new(), body.to_string())
}

/// The pairs of a form, decoded.
fn form(text: &str) -> Vec<(String, String)> {
    let decoded = |text: &str| {
        let text = text.replace('+', " ");
        percent_encoding::percent_decode_str(&text).decode_utf8().unwrap().into_owned()
    };
    text.split('&').filter_map(|pair| pair.split_once('=')).map(|(k, v)| (decoded(k), decoded(v))).collect()
}

fn field(text: &str, name: &str) -> String {
    form(text).into_iter().find(|(known, _)| known == name).unwrap_or_default().1
}

/// Every file below a folder.
fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() { found.extend(files_below(&path)) } else { found.push(path) }
    }
    found
}
