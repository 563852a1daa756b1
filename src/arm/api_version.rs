//! The api-version the SDK sends with each family of calls (measured).

pub(super) const WORKSPACE: &str = "api-version=2024-10-01-preview";
pub(super) const ENDPOINT: &str = "api-version=2023-10-01";
pub(super) const DEPLOYMENT: &str = "api-version=2024-01-01-preview";
pub(super) const COMPUTE: &str = "api-version=2023-08-01-preview";
pub(super) const CODE: &str = "api-version=2023-04-01";
pub(super) const MODEL: &str = "api-version=2023-08-01-preview";
pub(super) const ASSET: &str = "api-version=2023-04-01-preview";
pub(super) const COMPONENT: &str = "api-version=2024-01-01-preview";
pub(super) const DATASTORE: &str = "api-version=2024-10-01-preview";
pub(super) const JOB: &str = "api-version=2024-01-01-preview";
pub(super) const CANCEL: &str = "api-version=2023-04-01-preview";
pub(super) const DATA_PLANE: &str = "api-version=2020-09-01-dataplanepreview";
pub(super) const HISTORY: &str = "api-version=v1.0";
pub(super) const RESOLVE: &str = "api-version=1.5.0";
