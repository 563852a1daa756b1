//! Long-running operations: a request the service accepts now and carries out later.
//!
//! Followed in the order of Azure's guidelines: `Azure-AsyncOperation`, then `Location`, then the resource's own
//! `provisioningState`. The local workspace answers at once with everything done.

use std::time::Duration;

use http::{HeaderMap, Method, StatusCode};
use serde_json::Value;

use super::client::{Call, Client, header_text, poll_delay};
use super::credential::Audience;
use super::error::{ArmError, ArmErrorKind};
use crate::wire::error::ErrorBody;
use crate::wire::origin::shown;

/// Wait between two polls where the service asks for none; Azure usually does not.
const POLL: Duration = Duration::from_secs(5);

impl Client {
    /// Waits until an accepted request has been carried out, unless the client does not wait. A PUT returns the resource as it is then.
    pub(super) async fn finished(
        &self,
        method: Method,
        url: &str,
        (body, headers): (Value, HeaderMap),
    ) -> Result<Value, ArmError> {
        if !self.waits() || self.plan().is_some() {
            return Ok(body);
        }
        if let Some(operation) = header_text(&headers, "azure-asyncoperation") {
            self.follow_operation(&method, &self.absolute(operation)).await?;
            return if method == Method::PUT { self.get(url).await } else { Ok(body) };
        }
        if method != Method::PUT {
            if let Some(location) = header_text(&headers, "location") {
                self.follow_location(&self.absolute(location)).await?;
            }
            return Ok(body);
        }
        self.follow_resource(url, body, headers).await
    }

    async fn follow_operation(&self, method: &Method, url: &str) -> Result<(), ArmError> {
        loop {
            let (status, headers): (Value, _) =
                self.json(Audience::ResourceManager, Method::GET, url, None, &[]).await?;
            let word = status["status"].as_str().unwrap_or("Succeeded").to_owned();
            match word.to_ascii_lowercase().as_str() {
                "succeeded" => return Ok(()),
                "failed" | "canceled" => return Err(failed(method, url, word, &status, &headers)),
                _ => tokio::time::sleep(poll_delay(&headers).unwrap_or(POLL)).await,
            }
        }
    }

    async fn follow_location(&self, url: &str) -> Result<(), ArmError> {
        loop {
            let call = Call {
                method: Method::GET,
                url,
                headers: &[],
                body: bytes::Bytes::new(),
                audience: Some(Audience::ResourceManager),
            };
            let response = self.send(call).await?;
            if response.status() != StatusCode::ACCEPTED {
                return Ok(());
            }
            tokio::time::sleep(poll_delay(response.headers()).unwrap_or(POLL)).await;
        }
    }

    async fn follow_resource(
        &self,
        url: &str,
        mut body: Value,
        mut headers: HeaderMap,
    ) -> Result<Value, ArmError> {
        loop {
            let state = body["properties"]["provisioningState"].as_str().unwrap_or("Succeeded").to_owned();
            match state.to_ascii_lowercase().as_str() {
                "succeeded" => return Ok(body),
                "failed" | "canceled" => return Err(failed(&Method::PUT, url, state, &body, &headers)),
                _ => tokio::time::sleep(poll_delay(&headers).unwrap_or(POLL)).await,
            }
            (body, headers) = self.json(Audience::ResourceManager, Method::GET, url, None, &[]).await?;
        }
    }
}

fn failed(method: &Method, url: &str, status: String, body: &Value, headers: &HeaderMap) -> ArmError {
    let error = serde_json::from_value::<ErrorBody>(body.clone()).ok().map(|body| Box::new(body.error));
    ArmError {
        method: method.clone(),
        url: shown(url),
        request_id: header_text(headers, "x-ms-request-id"),
        kind: ArmErrorKind::OperationFailed { status, error },
    }
}
