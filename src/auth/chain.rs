//! The ways of signing in that are to be tried, in order, until one gives a token.

use std::sync::OnceLock;

use super::cache::{TokenCache, TokenKey};
use super::redact::Redactor;
use super::source::{Kind, Refusal, Source};
use super::{Given, Surroundings};
use crate::arm::CredentialError;
use crate::env_vars::{AZURE_TOKEN_CREDENTIALS, Environment};

/// What is to be done when nobody is signed in.
const ADVICE: &str = "Sign in with `az login`, or set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, or \
                      set AZML_ACCESS_TOKEN to a token. `-w local` needs none.";

/// The ways that are set up. The first that gives a token is the only one from then on.
pub(super) struct Chain {
    links: Vec<(Kind, Box<dyn Source>)>,
    /// Ways that are not set up, and what they lack.
    missing: Vec<(Kind, String)>,
    chosen: OnceLock<usize>,
    /// The cloud tokens are of.
    cloud: String,
    redactor: Redactor,
}

impl Chain {
    /// Looks which ways are set up.
    pub(super) fn new(surroundings: &Surroundings) -> Result<Self, CredentialError> {
        let (mut links, mut missing) = (Vec::new(), Vec::new());
        for kind in wanted(&surroundings.environment)? {
            match kind.set_up(surroundings) {
                Ok(source) => links.push((kind, source)),
                Err(reason) => missing.push((kind, reason)),
            }
        }
        Ok(Self {
            links,
            missing,
            chosen: OnceLock::new(),
            cloud: format!("{} {}", surroundings.cloud.name, surroundings.cloud.authority),
            redactor: Redactor::new(&surroundings.environment),
        })
    }

    /// A token for `scope`: a kept one, or else a new one, which is then kept.
    pub(super) async fn token(&self, scope: &str, cache: &TokenCache) -> Result<Given, CredentialError> {
        if let Some(given) = self.kept(scope, cache) {
            return Ok(given);
        }
        let mut absent = Vec::new();
        for (number, (kind, source)) in self.candidates() {
            match source.token(scope).await {
                Ok(token) => {
                    let key = self.key(*kind, &**source, scope);
                    cache.keep(&key, &token);
                    self.chosen.get_or_init(|| number);
                    return Ok(Given { token, key, kind: *kind, is_kept: false });
                }
                Err(Refusal::Absent(reason)) => absent.push((*kind, reason)),
                Err(Refusal::Failed(reason)) => return Err(self.failed(*kind, &reason)),
            }
        }
        Err(self.nobody(absent))
    }

    /// A kept token. What is set up for certain is never passed over for the kept token of something later.
    fn kept(&self, scope: &str, cache: &TokenCache) -> Option<Given> {
        for (number, (kind, source)) in self.candidates() {
            let key = self.key(*kind, &**source, scope);
            if let Some(token) = cache.find(&key) {
                self.chosen.get_or_init(|| number);
                return Some(Given { token, key, kind: *kind, is_kept: true });
            }
            if !source.may_be_absent() {
                return None;
            }
        }
        None
    }

    fn candidates(&self) -> impl Iterator<Item = (usize, &(Kind, Box<dyn Source>))> {
        let chosen = self.chosen.get().copied();
        self.links.iter().enumerate().filter(move |(number, _)| chosen.is_none_or(|chosen| chosen == *number))
    }

    fn key(&self, kind: Kind, source: &dyn Source, scope: &str) -> TokenKey {
        TokenKey::new(&[kind.name(), &source.identity(), &self.cloud, scope])
    }

    fn failed(&self, kind: Kind, reason: &str) -> CredentialError {
        CredentialError(format!(
            "signing in failed ({}): {}\nThis way of signing in is set up, so no other was tried; \
             {AZURE_TOKEN_CREDENTIALS} chooses another.",
            kind.title(),
            self.redactor.clean(reason)
        ))
    }

    fn nobody(&self, absent: Vec<(Kind, String)>) -> CredentialError {
        let mut tried: Vec<&(Kind, String)> = self.missing.iter().chain(&absent).collect();
        tried.sort_by_key(|(kind, _)| Kind::ALL.iter().position(|other| other == kind));
        let tried: String = tried
            .iter()
            .map(|(kind, reason)| format!("  {}: {}\n", kind.title(), self.redactor.clean(reason)))
            .collect();
        CredentialError(format!("nobody is signed in to Azure. What was tried:\n{tried}{ADVICE}"))
    }
}

/// The ways `AZURE_TOKEN_CREDENTIALS` leaves, read as `DefaultAzureCredential` reads it.
fn wanted(environment: &Environment) -> Result<Vec<Kind>, CredentialError> {
    let Some(text) = environment.value(AZURE_TOKEN_CREDENTIALS) else {
        return Ok(Kind::ALL.to_vec());
    };
    let text = text.trim();
    let is_wanted = |kind: &Kind| match text.to_ascii_lowercase().as_str() {
        "dev" => kind.is_for_developers(),
        "prod" => !kind.is_for_developers(),
        name => name.eq_ignore_ascii_case(kind.name()),
    };
    let wanted: Vec<Kind> = Kind::ALL.into_iter().filter(is_wanted).collect();
    if wanted.is_empty() {
        let names = Kind::ALL.map(Kind::name).join(", ");
        return Err(CredentialError(format!(
            "`{AZURE_TOKEN_CREDENTIALS}` is `{text}`, expected dev, prod or one of {names}"
        )));
    }
    Ok(wanted)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;

    #[test]
    fn the_variable_leaves_people_or_machines_or_one() {
        let wanted = |text: &str| wanted(&Environment::from([(AZURE_TOKEN_CREDENTIALS, text)]));
        assert_eq!(wanted("").unwrap().len(), Kind::ALL.len());
        assert_eq!(wanted(" Dev ").unwrap(), [Kind::AzureCli, Kind::AzureDeveloperCli]);
        assert!(wanted("prod").unwrap().contains(&Kind::ManagedIdentity));
        assert_eq!(wanted("azureclicredential").unwrap(), [Kind::AzureCli]);
        let message = wanted("AzurePowerShellCredential").unwrap_err().to_string();
        assert!(message.contains("AzurePowerShellCredential") && message.contains("AzureCliCredential"));
    }
}
