//! Signing in to Azure: the ways of `DefaultAzureCredential` that make sense in a terminal, in its order, with the
//! tokens kept between commands.
//!
//! `azure_identity` knows how each way works; which of them is used, what is kept and what the user is told is
//! decided here. Nothing happens before a request needs a token.

mod cache;
mod certificate;
mod chain;
mod developer;
mod federated;
mod managed_identity;
mod network;
mod redact;
mod service_principal;
mod source;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Mutex, OnceLock, PoisonError};

pub use network::Network;

use crate::arm::credential::TokenAnswer;
use crate::arm::trace::Trace;
use crate::arm::{AccessToken, Audience, Credential, CredentialError};
use crate::clock;
use crate::env_vars::Environment;
use crate::settings::{AzProfile, Cloud};
use cache::{TokenCache, TokenKey, is_fresh, is_good};
use chain::Chain;
use source::Kind;

/// What signing in depends on.
pub struct Surroundings {
    /// Variables that set up a way of signing in.
    pub environment: Environment,
    /// The Azure that is meant.
    pub cloud: Cloud,
    /// Who is signed in to the Azure CLI.
    pub profile: AzProfile,
    /// The subscription the tokens are for.
    pub subscription: String,
    /// How the token services are reached.
    pub network: Network,
    /// Folder of the tokens that are kept; without one, none is.
    pub tokens_dir: Option<PathBuf>,
    /// Who hears which way of signing in was used.
    pub trace: Option<Trace>,
}

impl Surroundings {
    /// The scope that stands for an audience.
    fn scope(&self, audience: Audience) -> String {
        let resource = match audience {
            Audience::ResourceManager => &self.cloud.resource_manager_audience,
            Audience::MachineLearning => &self.cloud.machine_learning,
            // The same in every cloud.
            Audience::Storage => "https://storage.azure.com",
        };
        format!("{resource}/.default")
    }
}

/// Gives tokens of whoever is signed in.
pub struct SignIn {
    surroundings: Surroundings,
    cache: TokenCache,
    chain: OnceLock<Result<Chain, CredentialError>>,
    /// Held while a token is asked for, so that requests at the same time ask once.
    asking: tokio::sync::Mutex<()>,
    given: Mutex<HashMap<Audience, Given>>,
}

/// A token in use, and where it is kept.
#[derive(Clone)]
struct Given {
    token: AccessToken,
    key: TokenKey,
    /// Who gave it.
    kind: Kind,
    /// Whether an earlier command asked for it.
    is_kept: bool,
}

impl SignIn {
    /// Nobody is signed in yet.
    pub fn new(surroundings: Surroundings) -> Self {
        Self {
            cache: TokenCache::new(surroundings.tokens_dir.clone()),
            surroundings,
            chain: OnceLock::new(),
            asking: tokio::sync::Mutex::new(()),
            given: Mutex::default(),
        }
    }

    async fn current(&self, audience: Audience) -> Result<AccessToken, CredentialError> {
        let _asking = self.asking.lock().await;
        let held = self.given().get(&audience).map(|given| given.token.clone());
        if let Some(token) = held.clone().filter(|token| is_fresh(token, clock::now())) {
            return Ok(token);
        }
        match (self.renewed(audience).await, held) {
            // Near its end, but not over: better than no token.
            (Err(_), Some(token)) if is_good(&token, clock::now()) => Ok(token),
            (renewed, _) => renewed,
        }
    }

    async fn renewed(&self, audience: Audience) -> Result<AccessToken, CredentialError> {
        let chain = self.chain.get_or_init(|| Chain::new(&self.surroundings));
        let chain = chain.as_ref().map_err(Clone::clone)?;
        let scope = self.surroundings.scope(audience);
        let given = chain.token(&scope, &self.cache).await?;
        if let Some(trace) = &self.surroundings.trace {
            let how = if given.is_kept { "kept" } else { "new" };
            trace.note(|| format!("Token for {scope}: {how}, {}", given.kind.title()));
        }
        self.given().insert(audience, given.clone());
        Ok(given.token)
    }

    fn given(&self) -> std::sync::MutexGuard<'_, HashMap<Audience, Given>> {
        // Nobody panics while holding the lock.
        self.given.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Credential for SignIn {
    fn token(&self, audience: Audience) -> TokenAnswer<'_> {
        Box::pin(self.current(audience))
    }

    fn refused(&self, audience: Audience, token: &AccessToken) -> bool {
        let mut given = self.given();
        if let Some(known) = given.get(&audience).filter(|known| known.token.expose() == token.expose()) {
            self.cache.forget(&known.key, token);
            given.remove(&audience);
        }
        true
    }
}
