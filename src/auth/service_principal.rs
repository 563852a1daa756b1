//! A service principal set up by variables: its secret, or its certificate.

use std::path::PathBuf;

use async_trait::async_trait;
use azure_core::credentials::{Secret, TokenCredential as _};
use azure_core::http::ClientOptions;
use azure_identity::{
    ClientAssertionCredential, ClientAssertionCredentialOptions, ClientSecretCredential,
    ClientSecretCredentialOptions,
};
use sha2::{Digest as _, Sha256};

use super::Surroundings;
use super::certificate::CertificateAssertion;
use super::source::{Refusal, Source, granted, needed};
use crate::arm::AccessToken;
use crate::env_vars;

/// The principal's proof.
enum Proof {
    Secret(String),
    Certificate { path: PathBuf, sends_chain: bool },
}

struct ServicePrincipal {
    tenant: String,
    client: String,
    proof: Proof,
    authority: String,
    options: ClientOptions,
}

pub(super) fn set_up(surroundings: &Surroundings) -> Result<Box<dyn Source>, String> {
    let environment = &surroundings.environment;
    let secret = environment.value(env_vars::AZURE_CLIENT_SECRET).map(Proof::Secret);
    let certificate = || {
        let flag = environment.value(env_vars::AZURE_CLIENT_SEND_CERTIFICATE_CHAIN).unwrap_or_default();
        Some(Proof::Certificate {
            path: environment.path(env_vars::AZURE_CLIENT_CERTIFICATE_PATH)?,
            sends_chain: matches!(flag.to_ascii_lowercase().as_str(), "1" | "true"),
        })
    };
    let Some(proof) = secret.or_else(certificate) else {
        return Err(format!(
            "neither {} nor {} is set",
            env_vars::AZURE_CLIENT_SECRET,
            env_vars::AZURE_CLIENT_CERTIFICATE_PATH
        ));
    };
    let [tenant, client] = needed(environment, [env_vars::AZURE_TENANT_ID, env_vars::AZURE_CLIENT_ID])?;
    Ok(Box::new(ServicePrincipal {
        tenant,
        client,
        proof,
        authority: surroundings.cloud.authority.clone(),
        options: surroundings.network.options(&surroundings.cloud, Vec::new()),
    }))
}

#[async_trait]
impl Source for ServicePrincipal {
    fn identity(&self) -> String {
        let proof = match &self.proof {
            Proof::Secret(secret) => Sha256::digest(secret),
            Proof::Certificate { path, .. } => Sha256::digest(std::fs::read(path).unwrap_or_default()),
        };
        format!("{} {} {proof:x}", self.tenant, self.client)
    }

    async fn token(&self, scope: &str) -> Result<AccessToken, Refusal> {
        let token = match &self.proof {
            Proof::Secret(secret) => {
                let options = ClientSecretCredentialOptions { client_options: self.options.clone() };
                let secret = Secret::new(secret.clone());
                ClientSecretCredential::new(&self.tenant, self.client.clone(), secret, Some(options))?
                    .get_token(&[scope], None)
                    .await?
            }
            Proof::Certificate { path, sends_chain } => {
                let audience = format!("{}/{}/oauth2/v2.0/token", self.authority, self.tenant);
                let assertion = CertificateAssertion::read(path, &self.client, audience, *sends_chain)
                    .map_err(|error| Refusal::Failed(error.to_string()))?;
                let options = ClientAssertionCredentialOptions { client_options: self.options.clone() };
                let (tenant, client) = (self.tenant.clone(), self.client.clone());
                ClientAssertionCredential::new(tenant, client, assertion, Some(options))?
                    .get_token(&[scope], None)
                    .await?
            }
        };
        granted(&token)
    }
}
