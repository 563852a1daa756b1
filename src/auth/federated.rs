//! Identities of others that Entra trusts: an assertion of Kubernetes, GitHub or Azure Pipelines for a token. An
//! assertion is asked for anew with every token and kept nowhere.

use std::fmt;
use std::path::PathBuf;

use async_trait::async_trait;
use azure_core::credentials::{Secret, TokenCredential as _};
use azure_core::error::ErrorKind;
use azure_core::http::{ClientMethodOptions, ClientOptions};
use azure_identity::{
    AzurePipelinesCredential, AzurePipelinesCredentialOptions, ClientAssertion, ClientAssertionCredential,
    ClientAssertionCredentialOptions, WorkloadIdentityCredential, WorkloadIdentityCredentialOptions,
};
use bytes::Bytes;
use http::{Request, header};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use super::Surroundings;
use super::network::Network;
use super::source::{Refusal, Source, granted, needed};
use crate::arm::AccessToken;
use crate::env_vars;
use crate::wire::origin::{is_private, shown};

struct WorkloadIdentity {
    tenant: String,
    client: String,
    file: PathBuf,
    options: ClientOptions,
}

pub(super) fn workload_identity(surroundings: &Surroundings) -> Result<Box<dyn Source>, String> {
    let names = [env_vars::AZURE_FEDERATED_TOKEN_FILE, env_vars::AZURE_TENANT_ID, env_vars::AZURE_CLIENT_ID];
    let [file, tenant, client] = needed(&surroundings.environment, names)?;
    let options = surroundings.network.options(&surroundings.cloud, Vec::new());
    Ok(Box::new(WorkloadIdentity { tenant, client, file: file.into(), options }))
}

#[async_trait]
impl Source for WorkloadIdentity {
    fn identity(&self) -> String {
        format!("{} {} {}", self.tenant, self.client, self.file.display())
    }

    async fn token(&self, scope: &str) -> Result<AccessToken, Refusal> {
        let credential = WorkloadIdentityCredential::new(Some(WorkloadIdentityCredentialOptions {
            credential_options: ClientAssertionCredentialOptions { client_options: self.options.clone() },
            client_id: Some(self.client.clone()),
            tenant_id: Some(self.tenant.clone()),
            token_file_path: Some(self.file.clone()),
        }))?;
        granted(&credential.get_token(&[scope], None).await?)
    }
}

struct GitHubActions {
    tenant: String,
    client: String,
    assertion: GitHubAssertion,
    options: ClientOptions,
}

/// Asks the runner for a statement of who this workflow is.
#[derive(Clone)]
struct GitHubAssertion {
    url: String,
    token: String,
    network: Network,
}

impl fmt::Debug for GitHubAssertion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GitHubAssertion").field("url", &self.url).finish_non_exhaustive()
    }
}

pub(super) fn github_actions(surroundings: &Surroundings) -> Result<Box<dyn Source>, String> {
    let names = [
        env_vars::ACTIONS_ID_TOKEN_REQUEST_URL,
        env_vars::ACTIONS_ID_TOKEN_REQUEST_TOKEN,
        env_vars::AZURE_TENANT_ID,
        env_vars::AZURE_CLIENT_ID,
    ];
    let [url, token, tenant, client] = needed(&surroundings.environment, names)?;
    let separator = if url.contains('?') { '&' } else { '?' };
    let audience = utf8_percent_encode(&surroundings.cloud.token_exchange, NON_ALPHANUMERIC);
    let url = format!("{url}{separator}audience={audience}");
    let assertion = GitHubAssertion { url, token, network: surroundings.network.clone() };
    let options = surroundings.network.options(&surroundings.cloud, Vec::new());
    Ok(Box::new(GitHubActions { tenant, client, assertion, options }))
}

#[async_trait]
impl Source for GitHubActions {
    fn identity(&self) -> String {
        format!("{} {}", self.tenant, self.client)
    }

    async fn token(&self, scope: &str) -> Result<AccessToken, Refusal> {
        let options = ClientAssertionCredentialOptions { client_options: self.options.clone() };
        let (tenant, client) = (self.tenant.clone(), self.client.clone());
        let credential =
            ClientAssertionCredential::new(tenant, client, self.assertion.clone(), Some(options))?;
        granted(&credential.get_token(&[scope], None).await?)
    }
}

#[derive(Deserialize)]
struct GitHubAnswer {
    value: String,
}

#[async_trait]
impl ClientAssertion for GitHubAssertion {
    async fn secret(&self, _: Option<ClientMethodOptions<'_>>) -> azure_core::Result<String> {
        let failed = |what: &str| {
            let message = format!("the assertion of GitHub Actions, {}: {what}", shown(&self.url));
            azure_core::Error::with_message(ErrorKind::Credential, message)
        };
        if !is_private(&self.url) {
            return Err(failed("no token is sent over plain http to another machine"));
        }
        let request = Request::get(&self.url)
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token))
            .header(header::ACCEPT, "application/json")
            .body(Bytes::new())
            .map_err(|_| failed("this is no address"))?;
        let response = self.network.send_again(request).await.map_err(|error| failed(&error.reason()))?;
        if !response.status().is_success() {
            return Err(failed(&format!("answered {}", response.status())));
        }
        let answer = serde_json::from_slice::<GitHubAnswer>(response.body());
        answer.map(|answer| answer.value).map_err(|_| failed("the answer holds none"))
    }
}

struct AzurePipelines {
    tenant: String,
    client: String,
    connection: String,
    token: String,
    options: ClientOptions,
}

pub(super) fn azure_pipelines(surroundings: &Surroundings) -> Result<Box<dyn Source>, String> {
    let names = [
        env_vars::SYSTEM_OIDCREQUESTURI,
        env_vars::SYSTEM_ACCESSTOKEN,
        env_vars::AZURESUBSCRIPTION_SERVICE_CONNECTION_ID,
        env_vars::AZURESUBSCRIPTION_TENANT_ID,
        env_vars::AZURESUBSCRIPTION_CLIENT_ID,
    ];
    // azure_identity reads the first one by itself.
    let [_, token, connection, tenant, client] = needed(&surroundings.environment, names)?;
    let options = surroundings.network.options(&surroundings.cloud, Vec::new());
    Ok(Box::new(AzurePipelines { tenant, client, connection, token, options }))
}

#[async_trait]
impl Source for AzurePipelines {
    fn identity(&self) -> String {
        format!("{} {} {}", self.tenant, self.client, self.connection)
    }

    async fn token(&self, scope: &str) -> Result<AccessToken, Refusal> {
        let credential = AzurePipelinesCredential::new(
            self.tenant.clone(),
            self.client.clone(),
            &self.connection,
            Secret::new(self.token.clone()),
            Some(AzurePipelinesCredentialOptions {
                credential_options: ClientAssertionCredentialOptions { client_options: self.options.clone() },
            }),
        )?;
        granted(&credential.get_token(&[scope], None).await?)
    }
}
