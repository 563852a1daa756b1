//! The REST service of the local workspace: Azure's routes and bodies, answered from the local state.
//!
//! One router serves both ways in: azml calls it in process, and on a socket it stands behind a [`Gate`] that lets in
//! whom it knows. The routes themselves authenticate nobody.

mod asset_body;
mod assets;
mod blob_xml;
mod blobs;
mod body;
mod casing;
mod cloud;
mod computes;
mod conditions;
mod datastores;
mod deployments;
mod display_name;
mod endpoints;
mod error;
mod gate;
mod identity;
mod inner_run;
mod inputs;
mod insensitive;
mod invoke;
mod job_body;
mod jobs;
mod logs;
mod names;
mod operations;
mod outputs;
mod paging;
mod pipeline;
mod plan;
mod ranges;
mod references;
mod resume;
mod retry;
mod runs;
mod scope;
mod service;
mod settings;
mod signer;
#[cfg(test)]
mod tests;
mod url;
mod workspace;

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderValue, Method, Uri};
use axum::middleware::{from_fn_with_state, map_response};
use axum::response::Response;
use axum::routing::{any, get, post};
use tower::ServiceExt;
use uuid::Uuid;

use self::error::ServiceError;
pub use self::gate::{Gate, Tokens};
pub use self::identity::IDENTITY;
pub use self::service::{LaunchError, Launcher, LocalService};
use self::url::{BLOB_ACCOUNT, LOGS};
use crate::wire::paths;

/// Where an endpoint is invoked, as its `scoringUri` says.
const SCORING: &str = "/batchEndpoints/{subscription}/{group}/{workspace}/{endpoint}/jobs";

/// The service's routes, open to whoever calls them: in process.
pub fn router(service: Arc<LocalService>) -> Router {
    routes(service).layer(map_response(add_request_id))
}

/// The same routes for a socket, behind a gate, and where clients get what opens it.
pub fn gated_router(service: Arc<LocalService>, gate: Arc<Gate>) -> Router {
    Router::new()
        .route(identity::IDENTITY, get(identity::token))
        .route(cloud::CLOUDS, get(cloud::clouds))
        .method_not_allowed_fallback(no_method)
        .with_state(Arc::clone(&gate))
        .fallback_service(routes(service))
        .layer(from_fn_with_state(gate, gate::guard))
        .layer(map_response(add_request_id))
}

fn routes(service: Arc<LocalService>) -> Router {
    let routes = Router::new()
        .merge(control_plane())
        .route(paths::OPERATION_STATUS, get(operations::status))
        .route(paths::OPERATION_RESULT, get(operations::result))
        .merge(data_plane())
        .merge(bytes())
        .method_not_allowed_fallback(no_method)
        .fallback(no_route)
        .with_state(service);
    // Outside the router, because layers inside it run when the route is already chosen.
    Router::new().fallback_service(routes.map_request(casing::normalise))
}

fn in_workspace(template: &str) -> String {
    format!("{}{template}", paths::WORKSPACE)
}

fn control_plane() -> Router<Arc<LocalService>> {
    Router::new()
        .route(paths::WORKSPACE, get(workspace::get))
        .route(paths::DISCOVERY, get(workspace::discovery))
        .route(&in_workspace(paths::ENDPOINTS), get(endpoints::list))
        .route(
            &in_workspace(paths::ENDPOINT),
            get(endpoints::get).put(endpoints::put).delete(endpoints::delete),
        )
        .route(&in_workspace(paths::DEPLOYMENTS), get(deployments::list))
        .route(
            &in_workspace(paths::DEPLOYMENT),
            get(deployments::get).put(deployments::put).delete(deployments::delete),
        )
        .route(&in_workspace(paths::COMPUTES), get(computes::list))
        .route(&in_workspace(paths::COMPUTE), get(computes::get).put(computes::put).delete(computes::delete))
        .route(&in_workspace(paths::DATASTORES), get(datastores::list))
        .route(&in_workspace(paths::DATASTORE), get(datastores::get))
        .route(&in_workspace(paths::DATASTORE_SECRETS), post(datastores::list_secrets))
        .route(&in_workspace(paths::JOBS), get(jobs::list))
        .route(&in_workspace(paths::JOB), get(jobs::get))
        .route(&in_workspace(paths::JOB_CANCEL), post(jobs::cancel))
        .route(&in_workspace(paths::JOB_RESUME), post(resume::post))
        .route(&in_workspace(paths::JOB_RETRY), post(retry::post))
        .route(&in_workspace(paths::ASSETS), get(assets::list_containers))
        .route(&in_workspace(paths::ASSET), get(assets::get_container).put(assets::put_container))
        .route(&in_workspace(paths::ASSET_VERSIONS), get(assets::list_versions))
        .route(&in_workspace(paths::ASSET_VERSION), get(assets::get_version).put(assets::put_version))
        .route(&in_workspace(paths::START_PENDING_UPLOAD), post(assets::start_pending_upload))
}

fn data_plane() -> Router<Arc<LocalService>> {
    let mfe = |template: &str| format!("{}{}", paths::MFE_PREFIX, in_workspace(template));
    let history = |template: &str| format!("{}{}", paths::HISTORY_PREFIX, in_workspace(template));
    Router::new()
        .route(SCORING, post(invoke::post).get(jobs::list_of_endpoint))
        .route(&in_workspace(paths::ENDPOINT_JOBS), post(invoke::post).get(jobs::list_of_endpoint))
        .route(&mfe(paths::ENDPOINT_JOBS), get(jobs::list_of_endpoint))
        .route(&mfe(paths::DEPLOYMENT_JOBS), get(jobs::list_of_endpoint))
        .route(&history(paths::RUN), get(runs::get))
        .route(&history(paths::RUN_CHILDREN), get(runs::children))
        .route(&history(paths::RUN_DETAILS), get(runs::details))
        .route(&history(paths::RUN_DATA), post(runs::run_data))
        .route(
            &format!("{}{}", paths::DATA_PREFIX, in_workspace(paths::RESOLVE_URIS)),
            post(runs::resolve_uris),
        )
}

fn bytes() -> Router<Arc<LocalService>> {
    let container = format!("/{BLOB_ACCOUNT}/{{container}}");
    Router::new()
        .route(&format!("{container}/{{*name}}"), any(blobs::blob))
        .route(&format!("{container}/"), any(blobs::container))
        .route(&container, any(blobs::container))
        .route(&format!("/{LOGS}/{{job}}/{{*file}}"), get(logs::get))
}

async fn no_route(uri: Uri) -> ServiceError {
    ServiceError::RouteNotFound(uri.path().to_owned())
}

async fn no_method(method: Method, uri: Uri) -> ServiceError {
    ServiceError::MethodNotAllowed { method, path: uri.path().to_owned() }
}

async fn add_request_id(mut response: Response) -> Response {
    if let Ok(id) = HeaderValue::try_from(Uuid::new_v4().to_string()) {
        response.headers_mut().insert("x-ms-request-id", id);
    }
    response
}
