//! Fixed words of a path match whatever their case, as in Azure: they are brought into one spelling before routing.

use axum::extract::Request;
use axum::http::Uri;

use super::url::{BLOB_ACCOUNT, is_blob_account};
use crate::wire::ids::PROVIDER;

/// Every fixed word of the routes.
const WORDS: &[&str] = &[
    "subscriptions",
    "resourceGroups",
    "providers",
    PROVIDER,
    "workspaces",
    "batchEndpoints",
    "deployments",
    "computes",
    "codes",
    "environments",
    "models",
    "data",
    "versions",
    "startPendingUpload",
    "datastores",
    "listSecrets",
    "jobs",
    "cancel",
    "resume",
    "retry",
    "runs",
    "children",
    "details",
    "rundata",
    "dataversion",
    "batchGetResolvedUris",
    "locations",
    "mfeOperationsStatus",
    "mfeOperationResults",
];

/// Prefixes of the data planes, before the workspace.
const PREFIXES: [[&str; 2]; 3] = [["mferp", "managementfrontend"], ["history", "v1.0"], ["data", "v1.0"]];

/// Where the provider's name stands, counted from `subscriptions`: the one fixed word at an odd place in every path of
/// a workspace.
const PROVIDER_PLACE: usize = 5;
/// The same in the path of an operation, which is in no group.
const OPERATION_PROVIDER_PLACE: usize = 3;
/// Where the first word inside a workspace stands.
const INSIDE_WORKSPACE: usize = 8;

/// Rewrites the path of a request.
pub(super) fn normalise(mut request: Request) -> Request {
    if let Some(uri) = canonical_uri(request.uri()) {
        *request.uri_mut() = uri;
    }
    request
}

fn canonical_uri(uri: &Uri) -> Option<Uri> {
    let path = canonical_path(uri.path())?;
    let mut parts = uri.clone().into_parts();
    let with_query = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path,
    };
    parts.path_and_query = Some(with_query.parse().ok()?);
    Uri::from_parts(parts).ok()
}

fn canonical_path(path: &str) -> Option<String> {
    let mut segments: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
    if is_blob_account(segments[0]) {
        segments[0] = BLOB_ACCOUNT;
        return Some(format!("/{}", segments.join("/")));
    }
    let prefix = PREFIXES.into_iter().find(|prefix| has_prefix(&segments, prefix));
    let (head, rest) = segments.split_at_mut(prefix.map_or(0, |prefix| prefix.len()));
    if let Some(prefix) = prefix {
        head.copy_from_slice(&prefix);
    }
    if !rest.first()?.eq_ignore_ascii_case("subscriptions") {
        return None;
    }
    // Words and names take turns, so a resource called `Jobs` keeps its name.
    let is_resolve = rest.get(INSIDE_WORKSPACE).is_some_and(|word| word.eq_ignore_ascii_case("dataversion"));
    let is_operation = rest.get(2).is_some_and(|word| word.eq_ignore_ascii_case("providers"));
    let provider_place = if is_operation { OPERATION_PROVIDER_PLACE } else { PROVIDER_PLACE };
    for (place, segment) in rest.iter_mut().enumerate() {
        if place % 2 == 0 || place == provider_place || (is_resolve && place == INSIDE_WORKSPACE + 1) {
            *segment = canonical_word(segment);
        }
    }
    Some(format!("/{}", segments.join("/")))
}

fn has_prefix(segments: &[&str], prefix: &[&str; 2]) -> bool {
    segments.len() > prefix.len()
        && prefix.iter().zip(segments).all(|(word, found)| word.eq_ignore_ascii_case(found))
}

fn canonical_word(segment: &str) -> &str {
    WORDS.iter().find(|word| word.eq_ignore_ascii_case(segment)).copied().unwrap_or(segment)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;

    #[test]
    fn words_change_their_case_and_names_do_not() {
        let path = canonical_path(
            "/MFERP/ManagementFrontend/Subscriptions/S/resourcegroups/Jobs/PROVIDERS/microsoft.machinelearningservices/WORKSPACES/Data/batchendpoints/DATA/JOBS",
        );
        let expected = "/mferp/managementfrontend/subscriptions/S/resourceGroups/Jobs/providers/Microsoft.MachineLearningServices/workspaces/Data/batchEndpoints/DATA/jobs";
        assert_eq!(path.unwrap(), expected);
    }

    #[test]
    fn operations_are_found_in_any_case() {
        let path = canonical_path(
            "/SUBSCRIPTIONS/S/Providers/microsoft.machinelearningservices/Locations/Jobs/mfeoperationsstatus/ID",
        );
        let expected = "/subscriptions/S/providers/Microsoft.MachineLearningServices/locations/Jobs/mfeOperationsStatus/ID";
        assert_eq!(path.unwrap(), expected);
    }

    #[test]
    fn blob_names_are_left_alone() {
        let path = canonical_path("/devstore.blob.core.windows.net/c/Subscriptions/JOBS/");
        assert_eq!(path.unwrap(), "/devstore/c/Subscriptions/JOBS/");
        assert_eq!(canonical_path("/discovery"), None);
    }
}
