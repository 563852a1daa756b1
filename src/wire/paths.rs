//! Route templates, shared by the client (which fills them) and the local router (which matches them).
//!
//! Templates start with `/` and are relative to the workspace unless their name says otherwise.
//! `{parameters}` are filled by [`fill`], percent-encoded.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::ids::WorkspaceId;

/// The workspace itself, absolute; fixed words in Azure's own spelling.
pub const WORKSPACE: &str = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.MachineLearningServices/workspaces/{workspace}";

/// All batch endpoints.
pub const ENDPOINTS: &str = "/batchEndpoints";
/// One batch endpoint.
pub const ENDPOINT: &str = "/batchEndpoints/{endpoint}";
/// Deployments of an endpoint.
pub const DEPLOYMENTS: &str = "/batchEndpoints/{endpoint}/deployments";
/// One deployment.
pub const DEPLOYMENT: &str = "/batchEndpoints/{endpoint}/deployments/{deployment}";
/// Jobs started through an endpoint (data plane, prefix `/mferp/managementfrontend`); also the local scoring route.
pub const ENDPOINT_JOBS: &str = "/batchEndpoints/{endpoint}/jobs";
/// Jobs started through a deployment (data plane).
pub const DEPLOYMENT_JOBS: &str = "/batchEndpoints/{endpoint}/deployments/{deployment}/jobs";
/// All computes.
pub const COMPUTES: &str = "/computes";
/// One compute.
pub const COMPUTE: &str = "/computes/{compute}";
/// Containers of an asset kind.
pub const ASSETS: &str = "/{kind}";
/// One asset container.
pub const ASSET: &str = "/{kind}/{name}";
/// Versions of an asset.
pub const ASSET_VERSIONS: &str = "/{kind}/{name}/versions";
/// One version of an asset.
pub const ASSET_VERSION: &str = "/{kind}/{name}/versions/{version}";
/// Where code is to be uploaded.
pub const START_PENDING_UPLOAD: &str = "/codes/{name}/versions/{version}/startPendingUpload";
/// All datastores.
pub const DATASTORES: &str = "/datastores";
/// One datastore.
pub const DATASTORE: &str = "/datastores/{datastore}";
/// Credentials of a datastore.
pub const DATASTORE_SECRETS: &str = "/datastores/{datastore}/listSecrets";
/// All jobs.
pub const JOBS: &str = "/jobs";
/// One job.
pub const JOB: &str = "/jobs/{job}";
/// Stops a job.
pub const JOB_CANCEL: &str = "/jobs/{job}/cancel";
/// Goes on with a job that was stopped; only the local workspace has it, Azure has no such call.
pub const JOB_RESUME: &str = "/jobs/{job}/resume";
/// Starts a job on the files another one has no result for; only the local workspace has it, too.
pub const JOB_RETRY: &str = "/jobs/{job}/retry";
/// Prefix of the MFE data plane, before the workspace.
pub const MFE_PREFIX: &str = "/mferp/managementfrontend";
/// Prefix of run history, before the workspace.
pub const HISTORY_PREFIX: &str = "/history/v1.0";
/// One run (run history).
pub const RUN: &str = "/runs/{run}";
/// Children of a run (run history).
pub const RUN_CHILDREN: &str = "/runs/{run}/children";
/// Status, error and log files of a run (run history).
pub const RUN_DETAILS: &str = "/runs/{run}/details";
/// Run and definition in one (run history, POST).
pub const RUN_DATA: &str = "/rundata";
/// Prefix of the data plane of data assets, before the workspace.
pub const DATA_PREFIX: &str = "/data/v1.0";
/// Turns asset ids into addresses (POST).
pub const RESOLVE_URIS: &str = "/dataversion/batchGetResolvedUris";
/// Prefix of the model registry, before the workspace.
pub const MODEL_PREFIX: &str = "/modelregistry/v1.0";
/// Turns ids of models that runs left into addresses (POST).
pub const RESOLVE_MODELS: &str = "/models/batchGetResolvedUris";
/// Service addresses of a workspace's region, absolute.
pub const DISCOVERY: &str = "/discovery";

/// Status of a long-running operation, absolute.
pub const OPERATION_STATUS: &str = "/subscriptions/{subscription}/providers/Microsoft.MachineLearningServices/locations/{location}/mfeOperationsStatus/{operation}";
/// Result of a long-running operation, absolute.
pub const OPERATION_RESULT: &str = "/subscriptions/{subscription}/providers/Microsoft.MachineLearningServices/locations/{location}/mfeOperationResults/{operation}";

/// Characters that stay as they are in one path segment (RFC 3986 unreserved).
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Percent-encodes one path segment.
pub fn encode_segment(segment: &str) -> String {
    utf8_percent_encode(segment, SEGMENT).to_string()
}

/// Percent-encodes a path segment by segment, keeping its `/`.
pub fn encode_path(path: &str) -> String {
    path.split('/').map(encode_segment).collect::<Vec<_>>().join("/")
}

/// Fills the `{parameters}` of a template in order, each as one encoded segment.
pub fn fill(template: &str, values: &[&str]) -> String {
    let mut values = values.iter();
    template
        .split('/')
        .map(|part| match part.starts_with('{') {
            true => values.next().map_or_else(String::new, |value| encode_segment(value)),
            false => part.to_owned(),
        })
        .collect::<Vec<_>>()
        .join("/")
}

/// The path of something inside a workspace.
pub fn in_workspace(workspace: &WorkspaceId, template: &str, values: &[&str]) -> String {
    let WorkspaceId { subscription, resource_group, name } = workspace;
    format!("{}{}", fill(WORKSPACE, &[subscription, resource_group, name]), fill(template, values))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_encoded_and_cannot_leave_their_segment() {
        assert_eq!(fill(DEPLOYMENT, &["a b", "../x"]), "/batchEndpoints/a%20b/deployments/..%2Fx");
    }

    #[test]
    fn blob_names_are_encoded_per_segment() {
        assert_eq!(encode_path("sub dir/a b#c%20?.txt"), "sub%20dir/a%20b%23c%2520%3F.txt");
        assert_eq!(encode_path("é.txt"), "%C3%A9.txt");
    }
}
