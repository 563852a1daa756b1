//! The description of a private cloud, for clients that are pointed here by `ARM_CLOUD_METADATA_URL`.

use axum::Json;
use serde_json::{Value, json};

use super::url::Origin;

/// Path of the description.
pub(super) const CLOUDS: &str = "/metadata/endpoints";

/// The one cloud there is. Azure's SDK takes the entry whose `resourceManager` is part of the address it asked, so that
/// is made from the host of the request; of the portal it reads what follows the second dot.
pub(super) async fn clouds(origin: Origin) -> Json<Value> {
    let base = origin.url("/");
    Json(json!([{
        "name": "AzmlLocal",
        "portal": "https://portal.azml.local/",
        "resourceManager": base,
        "authentication": { "loginEndpoint": origin.url("/login/"), "audiences": [base] },
        "suffixes": { "storage": "local" },
    }]))
}
