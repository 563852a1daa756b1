//! The ways of signing in that are to be tried, in order, until one gives a token.

use std::sync::OnceLock;
use std::time::Duration;

use super::cache::{TokenCache, TokenKey};
use super::redact::Redactor;
use super::source::{Kind, Refusal, Source};
use super::{Given, Surroundings};
use crate::arm::CredentialError;
use crate::env_vars::{AZURE_TOKEN_CREDENTIALS, Environment};

/// What is to be done when nobody is signed in.
const ADVICE: &str = "Sign in with `az login`, or set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, or \
                      set AZML_ACCESS_TOKEN to a token. `-w local` needs none.";

/// A way that is set up.
type Link = (Kind, Box<dyn Source>);

/// The ways that are set up. The first that gives a token is the only one from then on.
pub(super) struct Chain {
    links: Vec<Link>,
    /// Ways that are not set up, and what they lack.
    missing: Vec<(Kind, String)>,
    chosen: OnceLock<usize>,
    /// The cloud tokens are of.
    cloud: String,
    /// How long one way may take in all, with everything it tries again.
    patience: Duration,
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
            patience: surroundings.network.patience,
            redactor: Redactor::new(&surroundings.environment),
        })
    }

    /// A token for `scope` by the first way that has one, kept or new. A later way never wins because a token of it
    /// was kept: only where an earlier one was found absent a moment ago is it not asked again.
    pub(super) async fn token(&self, scope: &str, cache: &TokenCache) -> Result<Given, CredentialError> {
        let (mut passed_over, mut absent) = (Vec::new(), Vec::new());
        for (number, link) in self.candidates() {
            if let Some(given) = self.kept(number, link, scope, cache) {
                return Ok(given);
            }
            if cache.is_absent(&absence(link)) {
                passed_over.push((number, link));
                continue;
            }
            if let Some(given) = self.new_token(number, link, scope, cache, &mut absent).await? {
                return Ok(given);
            }
        }
        // Nobody else is there, so the message is about what is so now.
        for (number, link) in passed_over {
            if let Some(given) = self.new_token(number, link, scope, cache, &mut absent).await? {
                return Ok(given);
            }
        }
        Err(self.nobody(absent))
    }

    fn kept(&self, number: usize, link: &Link, scope: &str, cache: &TokenCache) -> Option<Given> {
        let key = self.key(link, scope);
        let token = cache.find(&key)?;
        self.chosen.get_or_init(|| number);
        Some(Given { token, key, kind: link.0, is_kept: true })
    }

    /// Asks one way; none where nobody is there, which is added to `absent`.
    async fn new_token(
        &self,
        number: usize,
        link: &Link,
        scope: &str,
        cache: &TokenCache,
        absent: &mut Vec<(Kind, String)>,
    ) -> Result<Option<Given>, CredentialError> {
        let (kind, source) = link;
        let late = || Refusal::Failed(format!("no answer within {} s", self.patience.as_secs_f64()));
        let answer = tokio::time::timeout(self.patience, source.token(scope)).await;
        match answer.unwrap_or_else(|_| Err(late())) {
            Ok(token) => {
                let key = self.key(link, scope);
                if source.keeps_tokens() {
                    cache.keep(&key, &token);
                }
                self.chosen.get_or_init(|| number);
                Ok(Some(Given { token, key, kind: *kind, is_kept: false }))
            }
            Err(Refusal::Absent { reason, lasts }) => {
                if lasts {
                    cache.note_absent(&absence(link));
                }
                absent.push((*kind, reason));
                Ok(None)
            }
            Err(Refusal::Failed(reason)) => Err(self.failed(*kind, &reason)),
        }
    }

    fn candidates(&self) -> impl Iterator<Item = (usize, &Link)> {
        let chosen = self.chosen.get().copied();
        self.links.iter().enumerate().filter(move |(number, _)| chosen.is_none_or(|chosen| chosen == *number))
    }

    fn key(&self, (kind, source): &Link, scope: &str) -> TokenKey {
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
            .map(|(kind, reason)| {
                // What programs say may have several lines.
                let reason = self.redactor.clean(reason).trim_end().replace('\n', "\n    ");
                format!("  {}: {reason}\n", kind.title())
            })
            .collect();
        CredentialError(format!("nobody is signed in to Azure. What was tried:\n{tried}{ADVICE}"))
    }
}

/// By what it is known that nobody is there to sign in this way.
fn absence((kind, source): &Link) -> TokenKey {
    TokenKey::new(&[kind.name(), &source.identity()])
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
