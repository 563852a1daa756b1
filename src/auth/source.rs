//! One way of signing in, and how it is set up or not.

use async_trait::async_trait;

use super::Surroundings;
use super::{developer, federated, managed_identity, service_principal};
use crate::arm::AccessToken;
use crate::env_vars::Environment;

/// The ways of signing in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Environment,
    WorkloadIdentity,
    GitHubActions,
    AzurePipelines,
    ManagedIdentity,
    AzureCli,
    AzureDeveloperCli,
}

impl Kind {
    /// Every way, in the order of `DefaultAzureCredential`; those of build services stand with what they exchange.
    pub(super) const ALL: [Self; 7] = [
        Self::Environment,
        Self::WorkloadIdentity,
        Self::GitHubActions,
        Self::AzurePipelines,
        Self::ManagedIdentity,
        Self::AzureCli,
        Self::AzureDeveloperCli,
    ];

    /// Its name in `AZURE_TOKEN_CREDENTIALS`.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Environment => "EnvironmentCredential",
            Self::WorkloadIdentity => "WorkloadIdentityCredential",
            Self::GitHubActions => "GitHubActionsCredential",
            Self::AzurePipelines => "AzurePipelinesCredential",
            Self::ManagedIdentity => "ManagedIdentityCredential",
            Self::AzureCli => "AzureCliCredential",
            Self::AzureDeveloperCli => "AzureDeveloperCliCredential",
        }
    }

    /// What people call it.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Environment => "service principal",
            Self::WorkloadIdentity => "workload identity",
            Self::GitHubActions => "GitHub Actions",
            Self::AzurePipelines => "Azure Pipelines",
            Self::ManagedIdentity => "managed identity",
            Self::AzureCli => "Azure CLI",
            Self::AzureDeveloperCli => "Azure Developer CLI",
        }
    }

    /// Whether it belongs to a person at a terminal.
    pub(super) fn is_for_developers(self) -> bool {
        matches!(self, Self::AzureCli | Self::AzureDeveloperCli)
    }

    /// Sets it up from what is there; otherwise says what is missing. Nothing is sent or started.
    pub(super) fn set_up(self, surroundings: &Surroundings) -> Result<Box<dyn Source>, String> {
        match self {
            Self::Environment => service_principal::set_up(surroundings),
            Self::WorkloadIdentity => federated::workload_identity(surroundings),
            Self::GitHubActions => federated::github_actions(surroundings),
            Self::AzurePipelines => federated::azure_pipelines(surroundings),
            Self::ManagedIdentity => managed_identity::set_up(surroundings),
            Self::AzureCli => Ok(developer::azure_cli(surroundings)),
            Self::AzureDeveloperCli => Ok(developer::azure_developer_cli(surroundings)),
        }
    }
}

/// A way of signing in that is set up.
#[async_trait]
pub(super) trait Source: Send + Sync {
    /// Who signs in: a text that differs where the tokens do. It is hashed before it is written anywhere.
    fn identity(&self) -> String;

    /// Whether its tokens may be kept between commands: whose they are has to be certain.
    fn keeps_tokens(&self) -> bool {
        true
    }

    /// Asks for a new token.
    async fn token(&self, scope: &str) -> Result<AccessToken, Refusal>;
}

/// Why a way of signing in gave no token.
#[derive(Debug)]
pub(super) enum Refusal {
    /// Nobody is there to sign in; the next way is tried.
    Absent {
        /// What is missing, or what was said.
        reason: String,
        /// Whether that stays so for as long as [`Source::identity`] does.
        lasts: bool,
    },
    /// It is set up and does not work. Going on would sign in as somebody else than was meant.
    Failed(String),
}

impl Refusal {
    /// Nobody is there, which only another `identity` changes.
    pub(super) fn nobody(reason: impl Into<String>) -> Self {
        Self::Absent { reason: reason.into(), lasts: true }
    }

    /// Nobody could be reached this time.
    pub(super) fn not_now(reason: impl Into<String>) -> Self {
        Self::Absent { reason: reason.into(), lasts: false }
    }
}

impl From<azure_core::Error> for Refusal {
    fn from(error: azure_core::Error) -> Self {
        Self::Failed(explain(&error))
    }
}

/// What azure_core says of its retries and nothing else.
const RETRY_NOTES: [&str; 2] = [
    "retry policy expired and the request will no longer be retried",
    "non-transport error occurred which will not be retried",
];

/// What `azure_identity` says, causes after colons, without the name it puts before and the address it puts after.
pub(super) fn explain(error: &azure_core::Error) -> String {
    let mut told = String::new();
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = cause {
        let text = error.to_string();
        let text = text.split("\nTo troubleshoot, visit").next().unwrap_or_default();
        let text = text.split_once(" authentication failed.").map_or(text, |(_, rest)| rest).trim();
        if !RETRY_NOTES.contains(&text) && !told.contains(text) {
            told = if told.is_empty() { text.to_owned() } else { format!("{told}: {text}") };
        }
        cause = error.source();
    }
    told
}

/// The token `azure_identity` gave.
pub(super) fn granted(token: &azure_core::credentials::AccessToken) -> Result<AccessToken, Refusal> {
    AccessToken::new(token.token.secret(), Some(token.expires_on))
        .map_err(|error| Refusal::Failed(format!("the answer is no token: {error}")))
}

/// The values of variables that are needed together, or which of them are missing.
pub(super) fn needed<const N: usize>(
    environment: &Environment,
    names: [&'static str; N],
) -> Result<[String; N], String> {
    let values = names.map(|name| environment.value(name));
    let missing: Vec<&str> =
        names.iter().zip(&values).filter(|(_, value)| value.is_none()).map(|(name, _)| *name).collect();
    match missing.as_slice() {
        [] => Ok(values.map(Option::unwrap_or_default)),
        [one] => Err(format!("{one} is not set")),
        several => Err(format!("{} are not set", several.join(", "))),
    }
}
