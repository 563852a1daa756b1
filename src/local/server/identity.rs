//! Where clients on this machine are given tokens: the managed-identity endpoint of App Service, which
//! `DefaultAzureCredential` asks when `IDENTITY_ENDPOINT` and `IDENTITY_HEADER` are set.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::ServiceError;
use super::gate::Gate;
use crate::clock;

/// Path of the endpoint.
pub const IDENTITY: &str = "/metadata/identity/oauth2/token";

#[derive(Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    resource: String,
}

/// Issues a token to whoever knows the secret that was printed at the start.
pub(super) async fn token(
    State(gate): State<Arc<Gate>>,
    headers: HeaderMap,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Value>, ServiceError> {
    let secret = headers.get("x-identity-header").map(|value| value.as_bytes());
    if !secret.is_some_and(|secret| is_same(secret, gate.identity_header().as_bytes())) {
        return Err(ServiceError::Unauthorized(
            "X-IDENTITY-HEADER is not the IDENTITY_HEADER this server printed when it started.",
        ));
    }
    let token = gate.signer().token(&wanted.resource, clock::now());
    Ok(Json(json!({
        "access_token": token.text,
        "expires_on": token.expires_at.unix_timestamp().to_string(),
        "resource": wanted.resource,
        "token_type": "Bearer",
    })))
}

/// Compares all bytes whatever they are, so that the time it takes tells nothing of the secret.
fn is_same(given: &[u8], secret: &[u8]) -> bool {
    given.len() == secret.len()
        && given.iter().zip(secret).fold(0, |difference, (a, b)| difference | (a ^ b)) == 0
}
