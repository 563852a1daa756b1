//! Which names resources may have.

use super::error::ServiceError;
use crate::wire::ids::WorkspaceId;

/// Longest name of an endpoint, deployment or compute.
const MAX_RESOURCE: usize = 32;
/// Longest name of a subscription, resource group or workspace.
const MAX_GROUP: usize = 90;
/// Longest name or version of an asset.
const MAX_ASSET: usize = 255;

/// The name of an endpoint or deployment: 3 to 32 letters, digits and inner dashes, a letter first.
pub(super) fn check_endpoint_like(what: &str, name: &str) -> Result<(), ServiceError> {
    if name.len() < 3 || name.ends_with('-') {
        return Err(invalid(what, name));
    }
    check(what, name)
}

/// Up to 32 letters, digits and dashes, a letter first.
pub(super) fn check(what: &str, name: &str) -> Result<(), ServiceError> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let is_valid = name.len() <= MAX_RESOURCE
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(allowed);
    if is_valid { Ok(()) } else { Err(invalid(what, name)) }
}

/// The name or version of an asset: up to 255 letters, digits, `_`, `-` and `.`, a letter, digit or `_` first.
pub(super) fn check_asset(what: &str, name: &str) -> Result<(), ServiceError> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let is_valid = name.len() <= MAX_ASSET
        && name.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
        && name.chars().all(allowed);
    if is_valid { Ok(()) } else { Err(invalid(what, name)) }
}

/// The names of a workspace that is about to be made: what Azure takes for a subscription, a group and a workspace.
pub(super) fn check_workspace(id: &WorkspaceId) -> Result<(), ServiceError> {
    let parts =
        [("subscription", &id.subscription), ("resource group", &id.resource_group), ("workspace", &id.name)];
    let allowed = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '(' | ')');
    for (what, name) in parts {
        let is_valid =
            (1..=MAX_GROUP).contains(&name.len()) && name.chars().all(allowed) && !name.ends_with('.');
        if !is_valid {
            return Err(invalid(what, name));
        }
    }
    Ok(())
}

fn invalid(what: &str, name: &str) -> ServiceError {
    ServiceError::Invalid(format!("The {what} name {name} is not valid."))
}
