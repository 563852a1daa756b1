//! Whoever is signed in to the Azure CLI or the Azure Developer CLI.

use std::ffi::OsStr;
use std::io;
use std::path::PathBuf;
use std::process::{Output, Stdio};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use azure_core::credentials::TokenCredential as _;
use azure_identity::{
    AzureCliCredential, AzureCliCredentialOptions, AzureDeveloperCliCredential,
    AzureDeveloperCliCredentialOptions, Executor,
};
use sha2::{Digest as _, Sha256};

use super::Surroundings;
use super::source::{Refusal, Source, explain, granted};
use crate::arm::AccessToken;
use crate::env_vars;

/// How long another program may take; `az` needs seconds on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// The variable by which `az` is told its cloud.
const AZURE_CLOUD_NAME: &str = "AZURE_CLOUD_NAME";

/// Runs the programs: without a terminal to ask on, in the cloud that is meant, and not for ever.
#[derive(Debug, Clone)]
struct Runner {
    cloud: String,
}

#[async_trait]
impl Executor for Runner {
    async fn run(&self, program: &OsStr, arguments: &[&OsStr]) -> io::Result<Output> {
        let mut command = tokio::process::Command::new(program);
        command.args(arguments).stdin(Stdio::null()).kill_on_drop(true).env(AZURE_CLOUD_NAME, &self.cloud);
        match tokio::time::timeout(PATIENCE, command.output()).await {
            Ok(output) => output,
            Err(_) => Err(io::Error::new(
                io::ErrorKind::TimedOut,
                format!("no answer within {} s", PATIENCE.as_secs()),
            )),
        }
    }
}

struct AzureCli {
    /// The target's subscription, where `az` knows it.
    subscription: Option<String>,
    /// The tenant to sign in to where it does not.
    tenant: Option<String>,
    /// Another text after every login.
    stamp: String,
    runner: Runner,
}

pub(super) fn azure_cli(surroundings: &Surroundings) -> Box<dyn Source> {
    let known = surroundings.profile.find(&surroundings.subscription);
    // `az` takes only one of the two.
    let tenant = match known {
        Some(_) => None,
        None => surroundings.environment.value(env_vars::AZURE_TENANT_ID),
    };
    Box::new(AzureCli {
        subscription: known.map(|known| known.id.clone()),
        tenant,
        stamp: surroundings.profile.stamp().to_owned(),
        runner: Runner { cloud: surroundings.cloud.name.clone() },
    })
}

#[async_trait]
impl Source for AzureCli {
    fn identity(&self) -> String {
        format!("{:?} {:?} {}", self.subscription, self.tenant, self.stamp)
    }

    async fn token(&self, scope: &str) -> Result<AccessToken, Refusal> {
        let credential = AzureCliCredential::new(Some(AzureCliCredentialOptions {
            subscription: self.subscription.clone(),
            tenant_id: self.tenant.clone(),
            executor: Some(Arc::new(self.runner.clone())),
        }))?;
        match credential.get_token(&[scope], None).await {
            Ok(token) => granted(&token).map_err(|_| refusal("its answer is no token", "az", "az login")),
            Err(error) => Err(refusal(&explain(&error), "az", "az login")),
        }
    }
}

struct AzureDeveloperCli {
    tenant: Option<String>,
    stamp: String,
    runner: Runner,
}

pub(super) fn azure_developer_cli(surroundings: &Surroundings) -> Box<dyn Source> {
    let environment = &surroundings.environment;
    let folder = environment
        .path(env_vars::AZD_CONFIG_DIR)
        .or_else(|| environment.path(env_vars::HOME).map(|home| home.join(".azd")));
    let known = surroundings.profile.find(&surroundings.subscription);
    let tenant = known.and_then(|known| known.tenant_id.clone());
    Box::new(AzureDeveloperCli {
        tenant: tenant.or_else(|| environment.value(env_vars::AZURE_TENANT_ID)),
        stamp: azd_stamp(folder),
        runner: Runner { cloud: surroundings.cloud.name.clone() },
    })
}

/// A text that is another one after every `azd auth login` and `azd auth logout`: they write these files.
fn azd_stamp(folder: Option<PathBuf>) -> String {
    let Some(folder) = folder else { return String::new() };
    let mut hash = Sha256::new();
    for name in ["config.json", "auth.json"] {
        hash.update(std::fs::read(folder.join(name)).unwrap_or_default());
        hash.update([0]);
    }
    format!("{} {:x}", folder.display(), hash.finalize())
}

#[async_trait]
impl Source for AzureDeveloperCli {
    fn identity(&self) -> String {
        format!("{:?} {}", self.tenant, self.stamp)
    }

    async fn token(&self, scope: &str) -> Result<AccessToken, Refusal> {
        let credential = AzureDeveloperCliCredential::new(Some(AzureDeveloperCliCredentialOptions {
            executor: Some(Arc::new(self.runner.clone())),
            tenant_id: self.tenant.clone(),
        }))?;
        match credential.get_token(&[scope], None).await {
            Ok(token) => {
                granted(&token).map_err(|_| refusal("its answer is no token", "azd", "azd auth login"))
            }
            Err(error) => Err(refusal(&explain(&error), "azd", "azd auth login")),
        }
    }
}

/// Whatever keeps such a program from giving a token, the next way is tried: nobody has set it up for azml. What it
/// said is told when there is no other way. Only a login changes that it is not there or nobody is signed in.
fn refusal(message: &str, program: &str, login: &str) -> Refusal {
    if message.contains(&format!("{program} not found on PATH")) {
        Refusal::nobody(format!("`{program}` is not installed"))
    } else if message.contains(&format!("Please run '{login}'"))
        || message.contains(&format!("run `{login}`"))
    {
        Refusal::nobody(format!("nobody is signed in (`{login}`)"))
    } else if message.trim().is_empty() {
        Refusal::not_now(format!("`{program}` failed without a word"))
    } else {
        Refusal::not_now(format!("`{program}` failed: {}", message.trim()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether an absence lasts, and its reason.
    fn absence(message: &str, program: &str, login: &str) -> (bool, String) {
        match refusal(message, program, login) {
            Refusal::Absent { reason, lasts } => (lasts, reason),
            Refusal::Failed(reason) => panic!("{reason}"),
        }
    }

    #[test]
    fn a_program_that_fails_lets_the_next_way_be_tried_and_keeps_its_words() {
        let az = |message: &str| absence(message, "az", "az login");
        assert_eq!(az("az not found on PATH"), (true, "`az` is not installed".to_owned()));
        assert!(az("ERROR: Please run 'az login' to setup account.").0);
        let expired = "ERROR: AADSTS700082: The refresh token has expired. Please run:\naz login";
        assert_eq!(az(expired), (false, format!("`az` failed: {expired}")));
        assert_eq!(az("\n"), (false, "`az` failed without a word".to_owned()));
        assert!(absence("ERROR: not logged in, run `azd auth login` to login", "azd", "azd auth login").0);
    }
}
