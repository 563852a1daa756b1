//! The identity of the machine azml runs on: App Service, a compute of Azure Machine Learning, a virtual machine.

use std::time::Duration;

use async_trait::async_trait;
use azure_core::credentials::TokenCredential as _;
use azure_core::http::{ClientOptions, StatusCode};
use azure_identity::{ManagedIdentityCredential, ManagedIdentityCredentialOptions, UserAssignedId};
use bytes::Bytes;
use http::Request;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::Value;
use time::OffsetDateTime;

use super::Surroundings;
use super::network::Network;
use super::source::{Kind, Refusal, Source, explain, granted};
use crate::arm::AccessToken;
use crate::env_vars;

/// Where a virtual machine finds its metadata service.
const METADATA_SERVICE: &str = "http://169.254.169.254";
/// Path of its tokens.
const TOKEN_PATH: &str = "/metadata/identity/oauth2/token";
/// Where Linux tells this start of this machine from all others, and what it is called: containers on one machine
/// share the first.
const MACHINE_FILES: [&str; 2] = ["/proc/sys/kernel/random/boot_id", "/proc/sys/kernel/hostname"];
/// How long the metadata service is waited for. It is a hop away and answers in milliseconds, or is not there.
const PROBE: Duration = Duration::from_secs(1);
/// The same where the user said that it is there.
const PATIENT_PROBE: Duration = Duration::from_secs(5);

pub(super) fn set_up(surroundings: &Surroundings) -> Result<Box<dyn Source>, String> {
    let environment = &surroundings.environment;
    let value = |name| environment.value(name);
    let client = value(env_vars::AZURE_CLIENT_ID);
    let network = surroundings.network.clone();
    let machine = machine(MACHINE_FILES);
    match (value(env_vars::IDENTITY_ENDPOINT), value(env_vars::MSI_ENDPOINT)) {
        (Some(_), _) if value(env_vars::IDENTITY_SERVER_THUMBPRINT).is_some() => {
            Err("that of Service Fabric is not supported".to_owned())
        }
        (Some(endpoint), _) if value(env_vars::IDENTITY_HEADER).is_some() => {
            let options = network.options(&surroundings.cloud, Vec::new());
            let header = value(env_vars::IDENTITY_HEADER).unwrap_or_default();
            Ok(Box::new(AppService { endpoint, header, client, machine, options }))
        }
        (Some(_), _) if value(env_vars::IMDS_ENDPOINT).is_some() => {
            Err("that of Azure Arc is not supported".to_owned())
        }
        (None, Some(endpoint)) => match value(env_vars::MSI_SECRET) {
            Some(secret) => {
                let client = client.or_else(|| value(env_vars::DEFAULT_IDENTITY_CLIENT_ID));
                Ok(Box::new(MachineLearningCompute { endpoint, secret, client, machine, network }))
            }
            // There, the Azure CLI is signed in already.
            None => Err("in Cloud Shell the Azure CLI signs in".to_owned()),
        },
        _ => {
            let host = value(env_vars::AZURE_POD_IDENTITY_AUTHORITY_HOST);
            let host = host.map_or(METADATA_SERVICE.to_owned(), |host| host.trim_end_matches('/').to_owned());
            let named = value(env_vars::AZURE_TOKEN_CREDENTIALS).unwrap_or_default();
            let is_named = named.trim().eq_ignore_ascii_case(Kind::ManagedIdentity.name());
            let exchanged = vec![(METADATA_SERVICE.to_owned(), host.clone())];
            Ok(Box::new(VirtualMachine {
                options: network.options(&surroundings.cloud, exchanged),
                probe: if is_named { PATIENT_PROBE } else { PROBE },
                host,
                client,
                machine,
                network,
            }))
        }
    }
}

/// What tells this machine from the others: metadata services have the same address on all of them, so a home that
/// machines share, or that was copied, may hold tokens of another one. None: it is not known.
fn machine<const N: usize>(files: [&str; N]) -> Option<String> {
    let lines: Option<Vec<String>> = files.iter().map(|file| std::fs::read_to_string(file).ok()).collect();
    lines.map(|lines| lines.concat())
}

fn credential_options(client: Option<&String>, options: &ClientOptions) -> ManagedIdentityCredentialOptions {
    ManagedIdentityCredentialOptions {
        user_assigned_id: client.cloned().map(UserAssignedId::ClientId),
        client_options: options.clone(),
    }
}

/// App Service and Azure Functions.
struct AppService {
    endpoint: String,
    /// The secret of this instance.
    header: String,
    client: Option<String>,
    machine: Option<String>,
    options: ClientOptions,
}

#[async_trait]
impl Source for AppService {
    fn identity(&self) -> String {
        format!("{} {} {:?} {:?}", self.endpoint, self.header, self.client, self.machine)
    }

    fn keeps_tokens(&self) -> bool {
        self.machine.is_some()
    }

    async fn token(&self, scope: &str) -> Result<AccessToken, Refusal> {
        let options = credential_options(self.client.as_ref(), &self.options);
        granted(&ManagedIdentityCredential::new(Some(options))?.get_token(&[scope], None).await?)
    }
}

/// A virtual machine, or what else has a metadata service.
struct VirtualMachine {
    host: String,
    client: Option<String>,
    machine: Option<String>,
    probe: Duration,
    network: Network,
    options: ClientOptions,
}

impl VirtualMachine {
    /// Whether a metadata service answers at all: `azure_identity` would ask for more than a minute.
    async fn is_there(&self) -> Result<(), Refusal> {
        let absent = |why: &str| Refusal::nobody(format!("{} {why}", self.host));
        // Without its `Metadata` header the request is refused at once.
        let request = Request::get(format!("{}{TOKEN_PATH}", self.host)).body(Bytes::new());
        let request = request.map_err(|_| absent("is no address"))?;
        match tokio::time::timeout(self.probe, self.network.send(request)).await {
            // A proxy of Docker Desktop answers for what it cannot reach.
            Ok(Ok(answer)) if answer.status() == http::StatusCode::FORBIDDEN => {
                Err(absent("cannot be reached"))
            }
            Ok(Ok(_)) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(absent("does not answer; this is no virtual machine of Azure")),
        }
    }
}

#[async_trait]
impl Source for VirtualMachine {
    fn identity(&self) -> String {
        format!("{} {:?} {:?}", self.host, self.client, self.machine)
    }

    fn keeps_tokens(&self) -> bool {
        self.machine.is_some()
    }

    async fn token(&self, scope: &str) -> Result<AccessToken, Refusal> {
        self.is_there().await?;
        let options = credential_options(self.client.as_ref(), &self.options);
        match ManagedIdentityCredential::new(Some(options))?.get_token(&[scope], None).await {
            Ok(token) => granted(&token),
            // The machine has no identity, or not this one: whoever works on it may still be signed in.
            Err(error) if status_of(&error) == Some(StatusCode::BadRequest) => {
                Err(Refusal::not_now(explain(&error)))
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// The status an error of `azure_identity` was made of.
fn status_of(error: &azure_core::Error) -> Option<StatusCode> {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = cause {
        let status = error.downcast_ref::<azure_core::Error>().and_then(azure_core::Error::http_status);
        if status.is_some() {
            return status;
        }
        cause = error.source();
    }
    None
}

/// A compute of Azure Machine Learning, which `azure_identity` does not know.
struct MachineLearningCompute {
    endpoint: String,
    /// The secret of this compute.
    secret: String,
    client: Option<String>,
    machine: Option<String>,
    network: Network,
}

/// The compute's answer; its times are seconds since 1970, as a number or a text.
#[derive(Deserialize)]
struct ComputeAnswer {
    access_token: String,
    expires_on: Value,
}

#[async_trait]
impl Source for MachineLearningCompute {
    fn identity(&self) -> String {
        format!("{} {} {:?} {:?}", self.endpoint, self.secret, self.client, self.machine)
    }

    fn keeps_tokens(&self) -> bool {
        self.machine.is_some()
    }

    async fn token(&self, scope: &str) -> Result<AccessToken, Refusal> {
        let failed = |what: String| Refusal::Failed(format!("{}: {what}", self.endpoint));
        let resource = scope.strip_suffix("/.default").unwrap_or(scope);
        let encoded = |text| utf8_percent_encode(text, NON_ALPHANUMERIC);
        let mut url = format!("{}?api-version=2017-09-01&resource={}", self.endpoint, encoded(resource));
        if let Some(client) = &self.client {
            url = format!("{url}&clientid={}", encoded(client));
        }
        let request = Request::get(url).header("secret", &self.secret).body(Bytes::new());
        let request = request.map_err(|_| failed("this is no address".to_owned()))?;
        let answer = self.network.send_again(request).await.map_err(|error| failed(error.reason()))?;
        if !answer.status().is_success() {
            return Err(failed(format!("answered {}", answer.status())));
        }
        let unreadable = || failed("the answer holds no token".to_owned());
        let answer: ComputeAnswer = serde_json::from_slice(answer.body()).map_err(|_| unreadable())?;
        let seconds = answer.expires_on.as_i64().or_else(|| answer.expires_on.as_str()?.parse().ok());
        let expires_on = seconds.and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok());
        AccessToken::new(answer.access_token, Some(expires_on.ok_or_else(unreadable)?))
            .map_err(|_| unreadable())
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;

    #[test]
    fn a_machine_is_told_from_another_one_and_from_one_that_is_not_known() {
        let dir = tempfile::tempdir().unwrap();
        let machine_of = |start: &str, name: &str| {
            let files = [dir.path().join("boot_id"), dir.path().join("hostname")];
            std::fs::write(&files[0], start).unwrap();
            std::fs::write(&files[1], name).unwrap();
            machine(files.each_ref().map(|file| file.to_str().unwrap()))
        };
        let first = machine_of("1\n", "a\n");
        assert!(first.is_some() && first == machine_of("1\n", "a\n"));
        assert!(first != machine_of("2\n", "a\n") && first != machine_of("1\n", "b\n"));
        assert_eq!(machine([dir.path().join("nowhere").to_str().unwrap()]), None);
    }
}
