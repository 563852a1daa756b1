//! Resources of a workspace: endpoints, deployments, computes, datastores and versioned assets.

use rusqlite::{OptionalExtension, Row, Transaction, named_params, params};
use serde_json::Value;

use super::{Store, StoreError, Workspace, json_column, timestamp};
use crate::wire::asset::AssetKind;

/// What a resource is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResourceKind {
    /// A batch endpoint.
    Endpoint,
    /// A deployment; its parent is the endpoint.
    Deployment,
    /// A compute cluster.
    Compute,
    /// A datastore.
    Datastore,
    /// A versioned asset.
    Asset(AssetKind),
}

impl ResourceKind {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Endpoint => "batchEndpoints",
            Self::Deployment => "deployments",
            Self::Compute => "computes",
            Self::Datastore => "datastores",
            Self::Asset(kind) => kind.segment(),
        }
    }
}

/// Names one resource inside its workspace. Names are compared without case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResourceKey<'a> {
    /// What it is.
    pub kind: ResourceKind,
    /// The endpoint of a deployment, otherwise empty.
    pub parent: &'a str,
    /// Its name.
    pub name: &'a str,
    /// Version of an asset; empty for everything else and for the asset's container.
    pub version: &'a str,
}

impl<'a> ResourceKey<'a> {
    /// A resource that belongs to the workspace itself.
    pub fn named(kind: ResourceKind, name: &'a str) -> Self {
        Self { kind, parent: "", name, version: "" }
    }

    /// A deployment of an endpoint.
    pub fn deployment(endpoint: &'a str, name: &'a str) -> Self {
        Self { kind: ResourceKind::Deployment, parent: endpoint, name, version: "" }
    }

    /// One version of an asset.
    pub fn asset(kind: AssetKind, name: &'a str, version: &'a str) -> Self {
        Self { kind: ResourceKind::Asset(kind), parent: "", name, version }
    }
}

/// A resource as it is kept.
#[derive(Debug, Clone)]
pub struct Resource {
    /// Name, in the spelling it was first written with.
    pub name: String,
    /// Version of an asset, else empty.
    pub version: String,
    /// The body as it was put.
    pub body: Value,
    /// Hidden from lists.
    pub is_archived: bool,
    /// When it was first written.
    pub created_at: String,
    /// When it was last written.
    pub modified_at: String,
}

/// What is written of a resource.
#[derive(Debug, Clone)]
pub struct NewResource {
    /// The body.
    pub body: Value,
    /// Content hash of a code asset.
    pub content_hash: Option<String>,
    /// Made for one deployment or call.
    pub is_anonymous: bool,
    /// Hidden from lists.
    pub is_archived: bool,
}

impl NewResource {
    /// A named, visible resource.
    pub fn visible(body: Value) -> Self {
        Self { body, content_hash: None, is_anonymous: false, is_archived: false }
    }
}

/// Whether a write made a resource or changed one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// It is new.
    Created,
    /// It was there before.
    Updated,
}

/// Which assets a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AssetFilter {
    /// Those that are not archived.
    #[default]
    Active,
    /// Those that are.
    Archived,
    /// Both.
    All,
}

const COLUMNS: &str = "name, version, body, is_archived, created_at, modified_at";

impl Store {
    /// Writes a resource; an existing one keeps its creation time and the spelling of its name.
    pub fn put_resource(
        &self,
        workspace: &Workspace,
        key: ResourceKey<'_>,
        new: &NewResource,
    ) -> Result<Written, StoreError> {
        let body = self.encode(&new.body)?;
        self.write(|transaction| put(transaction, workspace.row, key, new, &body))
    }

    /// Writes a resource that makes no sense without another one; none, and nothing is written, where `needed` does
    /// not exist.
    pub fn put_resource_with(
        &self,
        workspace: &Workspace,
        key: ResourceKey<'_>,
        new: &NewResource,
        needed: ResourceKey<'_>,
    ) -> Result<Option<Written>, StoreError> {
        let body = self.encode(&new.body)?;
        self.write(|transaction| match find_row(transaction, workspace.row, needed)? {
            Some(_) => put(transaction, workspace.row, key, new, &body).map(Some),
            None => Ok(None),
        })
    }

    /// Writes a resource nobody has written before and says whether it did: of several processes that bring the
    /// same one, exactly one hears yes.
    pub fn add_resource(
        &self,
        workspace: &Workspace,
        key: ResourceKey<'_>,
        new: &NewResource,
    ) -> Result<bool, StoreError> {
        let body = self.encode(&new.body)?;
        self.write(|transaction| {
            let is_new = find_row(transaction, workspace.row, key)?.is_none();
            if is_new {
                upsert(transaction, workspace.row, key, new, &body)?;
            }
            Ok(is_new)
        })
    }

    /// One resource.
    pub fn resource(
        &self,
        workspace: &Workspace,
        key: ResourceKey<'_>,
    ) -> Result<Option<Resource>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM resources
             WHERE workspace = ?1 AND kind = ?2 AND parent = ?3 AND name = ?4 AND version = ?5"
        );
        self.one(&sql, params![workspace.row, key.kind.as_str(), key.parent, key.name, key.version], read)
    }

    /// Every endpoint, compute, datastore, or deployment of `parent`, oldest first.
    pub fn resources(
        &self,
        workspace: &Workspace,
        kind: ResourceKind,
        parent: &str,
    ) -> Result<Vec<Resource>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM resources WHERE workspace = ?1 AND kind = ?2 AND parent = ?3 ORDER BY id"
        );
        self.all(&sql, params![workspace.row, kind.as_str(), parent], read)
    }

    /// Removes a resource; an endpoint takes its deployments with it, but never their jobs, and a deployment is no
    /// longer the default of its endpoint.
    pub fn delete_resource(&self, workspace: &Workspace, key: ResourceKey<'_>) -> Result<bool, StoreError> {
        self.write(|transaction| {
            let Some(row) = find_row(transaction, workspace.row, key)? else {
                return Ok(false);
            };
            transaction.execute("DELETE FROM resources WHERE id = ?1", [row])?;
            match key.kind {
                ResourceKind::Endpoint => transaction.execute(
                    "DELETE FROM resources WHERE workspace = ?1 AND kind = ?2 AND parent = ?3",
                    params![workspace.row, ResourceKind::Deployment.as_str(), key.name],
                )?,
                ResourceKind::Deployment => forget_default(transaction, workspace.row, key)?,
                _ => 0,
            };
            Ok(true)
        })
    }

    /// Versions of an asset, newest first.
    pub fn versions(
        &self,
        workspace: &Workspace,
        kind: AssetKind,
        name: &str,
        filter: AssetFilter,
    ) -> Result<Vec<Resource>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM resources
             WHERE workspace = ?1 AND kind = ?2 AND name = ?3 AND version <> '' AND {}
             ORDER BY id DESC",
            archived_condition(filter)
        );
        self.all(&sql, params![workspace.row, kind.segment(), name], read)
    }

    /// Names of the registered (not anonymous) assets of a kind, in the order they were made.
    pub fn asset_names(&self, workspace: &Workspace, kind: AssetKind) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT name FROM resources
                   WHERE workspace = ?1 AND kind = ?2 AND version <> '' AND is_anonymous = 0
                   GROUP BY name COLLATE NOCASE ORDER BY min(id)";
        self.all(sql, params![workspace.row, kind.segment()], |row| row.get(0))
    }

    /// The newest version of an asset that is not archived.
    pub fn latest_version(
        &self,
        workspace: &Workspace,
        kind: AssetKind,
        name: &str,
    ) -> Result<Option<Resource>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM resources
             WHERE workspace = ?1 AND kind = ?2 AND name = ?3 AND version <> '' AND is_archived = 0
             ORDER BY id DESC LIMIT 1"
        );
        self.one(&sql, params![workspace.row, kind.segment(), name], read)
    }

    /// The version an asset gets that names none: one more than the highest number among its versions.
    pub fn next_version(
        &self,
        workspace: &Workspace,
        kind: AssetKind,
        name: &str,
    ) -> Result<u64, StoreError> {
        let sql = "SELECT version FROM resources WHERE workspace = ?1 AND kind = ?2 AND name = ?3";
        let versions: Vec<String> =
            self.all(sql, params![workspace.row, kind.segment(), name], |row| row.get(0))?;
        let highest = versions.iter().filter_map(|version| version.parse::<u64>().ok()).max();
        Ok(highest.unwrap_or(0).saturating_add(1))
    }

    /// The code asset with this content, as its name and version.
    pub fn find_code_by_hash(
        &self,
        workspace: &Workspace,
        hash: &str,
    ) -> Result<Option<Resource>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM resources
             WHERE workspace = ?1 AND kind = ?2 AND content_hash = ?3 ORDER BY id LIMIT 1"
        );
        self.one(&sql, params![workspace.row, AssetKind::Code.segment(), hash], read)
    }

    /// How many resources of a kind there are, over all workspaces.
    pub fn count_resources(&self, kind: ResourceKind) -> Result<u64, StoreError> {
        let sql = "SELECT count(*) FROM resources WHERE kind = ?1";
        let count: Option<i64> = self.one(sql, params![kind.as_str()], |row| row.get(0))?;
        Ok(count.and_then(|count| u64::try_from(count).ok()).unwrap_or(0))
    }
}

fn archived_condition(filter: AssetFilter) -> &'static str {
    match filter {
        AssetFilter::Active => "is_archived = 0",
        AssetFilter::Archived => "is_archived = 1",
        AssetFilter::All => "1 = 1",
    }
}

fn find_row(
    transaction: &Transaction<'_>,
    workspace: i64,
    key: ResourceKey<'_>,
) -> rusqlite::Result<Option<i64>> {
    transaction
        .prepare_cached(
            "SELECT id FROM resources
             WHERE workspace = ?1 AND kind = ?2 AND parent = ?3 AND name = ?4 AND version = ?5",
        )?
        .query_row(params![workspace, key.kind.as_str(), key.parent, key.name, key.version], |row| row.get(0))
        .optional()
}

fn put(
    transaction: &Transaction<'_>,
    workspace: i64,
    key: ResourceKey<'_>,
    new: &NewResource,
    body: &str,
) -> rusqlite::Result<Written> {
    let existed = find_row(transaction, workspace, key)?.is_some();
    upsert(transaction, workspace, key, new, body)?;
    Ok(if existed { Written::Updated } else { Written::Created })
}

/// Takes a deployment out of the defaults of its endpoint.
fn forget_default(
    transaction: &Transaction<'_>,
    workspace: i64,
    deployment: ResourceKey<'_>,
) -> rusqlite::Result<usize> {
    transaction
        .prepare_cached(
            "UPDATE resources SET body = json_set(body, '$.properties.defaults', NULL), modified_at = :now
             WHERE workspace = :workspace AND kind = :kind AND name = :endpoint AND version = ''
                 AND json_extract(body, '$.properties.defaults.deploymentName') = :deployment COLLATE NOCASE",
        )?
        .execute(named_params! {
            ":workspace": workspace, ":kind": ResourceKind::Endpoint.as_str(), ":endpoint": deployment.parent,
            ":deployment": deployment.name, ":now": timestamp(),
        })
}

fn upsert(
    transaction: &Transaction<'_>,
    workspace: i64,
    key: ResourceKey<'_>,
    new: &NewResource,
    body: &str,
) -> rusqlite::Result<usize> {
    transaction
        .prepare_cached(
            "INSERT INTO resources (workspace, kind, parent, name, version, body, content_hash,
                                    is_anonymous, is_archived, created_at, modified_at)
             VALUES (:workspace, :kind, :parent, :name, :version, :body, :hash,
                     :anonymous, :archived, :now, :now)
             ON CONFLICT (workspace, kind, parent, name, version) DO UPDATE SET
                 body = excluded.body, content_hash = excluded.content_hash,
                 is_anonymous = excluded.is_anonymous, is_archived = excluded.is_archived,
                 modified_at = excluded.modified_at",
        )?
        .execute(named_params! {
            ":workspace": workspace, ":kind": key.kind.as_str(), ":parent": key.parent,
            ":name": key.name, ":version": key.version, ":body": body, ":hash": new.content_hash,
            ":anonymous": new.is_anonymous, ":archived": new.is_archived, ":now": timestamp(),
        })
}

fn read(row: &Row<'_>) -> rusqlite::Result<Resource> {
    Ok(Resource {
        name: row.get(0)?,
        version: row.get(1)?,
        body: json_column(row, 2)?,
        is_archived: row.get(3)?,
        created_at: row.get(4)?,
        modified_at: row.get(5)?,
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use serde_json::json;

    use super::*;
    use crate::local::store::tests::temporary;
    use crate::wire::ids::WorkspaceId;

    #[test]
    fn an_endpoint_takes_its_own_deployments_with_it() {
        let (_temp, store) = temporary();
        let workspace = store.workspace(&WorkspaceId::local()).unwrap();
        let body = NewResource::visible(json!({}));
        for endpoint in ["one", "two"] {
            let key = ResourceKey::named(ResourceKind::Endpoint, endpoint);
            assert_eq!(store.put_resource(&workspace, key, &body).unwrap(), Written::Created);
            store.put_resource(&workspace, ResourceKey::deployment(endpoint, "blue"), &body).unwrap();
        }
        let key = ResourceKey::named(ResourceKind::Endpoint, "ONE");
        assert!(store.delete_resource(&workspace, key).unwrap());
        assert!(!store.delete_resource(&workspace, key).unwrap());
        assert_eq!(store.count_resources(ResourceKind::Deployment).unwrap(), 1);
    }

    #[test]
    fn a_deployment_that_goes_is_no_default_any_more_and_the_rest_of_its_endpoint_stays() {
        let (_temp, store) = temporary();
        let workspace = store.workspace(&WorkspaceId::local()).unwrap();
        let key = ResourceKey::named(ResourceKind::Endpoint, "e");
        let endpoint =
            json!({ "z": 1.50, "properties": { "defaults": { "deploymentName": "Blue" }, "a": [1e3] } });
        store.put_resource(&workspace, key, &NewResource::visible(endpoint.clone())).unwrap();
        for name in ["green", "blue"] {
            let deployment = ResourceKey::deployment("E", name);
            store.put_resource(&workspace, deployment, &NewResource::visible(json!({}))).unwrap();
        }
        assert!(store.delete_resource(&workspace, ResourceKey::deployment("e", "green")).unwrap());
        assert_eq!(store.resource(&workspace, key).unwrap().unwrap().body, endpoint);
        assert!(store.delete_resource(&workspace, ResourceKey::deployment("e", "BLUE")).unwrap());
        let expected = json!({ "z": 1.50, "properties": { "defaults": null, "a": [1e3] } });
        assert_eq!(store.resource(&workspace, key).unwrap().unwrap().body.to_string(), expected.to_string());
    }

    #[test]
    fn an_endpoint_that_goes_is_neither_brought_back_nor_left_with_deployments() {
        let (temp, store) = temporary();
        let home = crate::local::home::Home::new(temp.path().join("home"));
        let workspace = store.workspace(&WorkspaceId::local()).unwrap();
        let endpoint = ResourceKey::named(ResourceKind::Endpoint, "e");
        let (blue, green) = (ResourceKey::deployment("e", "blue"), ResourceKey::deployment("e", "green"));
        let empty = NewResource::visible(json!({}));
        let with_default =
            NewResource::visible(json!({ "properties": { "defaults": { "deploymentName": "blue" } } }));
        assert_eq!(store.put_resource_with(&workspace, blue, &empty, endpoint).unwrap(), None);
        for _round in 0..40 {
            store.put_resource(&workspace, endpoint, &with_default).unwrap();
            store.put_resource_with(&workspace, blue, &empty, endpoint).unwrap().unwrap();
            std::thread::scope(|scope| {
                let (home, workspace, empty) = (&home, &workspace, &empty);
                let another = || Store::open(home).unwrap();
                scope.spawn(move || another().delete_resource(workspace, endpoint).unwrap());
                scope.spawn(move || another().delete_resource(workspace, blue).unwrap());
                scope.spawn(move || another().put_resource_with(workspace, green, empty, endpoint).unwrap());
            });
            for kind in [ResourceKind::Endpoint, ResourceKind::Deployment] {
                assert_eq!(store.count_resources(kind).unwrap(), 0, "{kind:?}");
            }
        }
    }

    #[test]
    fn of_all_that_add_the_same_resource_one_succeeds() {
        let (_temp, store) = temporary();
        let workspace = store.workspace(&WorkspaceId::local()).unwrap();
        let key = ResourceKey::asset(AssetKind::Model, "m", "1");
        let add = |value: &str| {
            store.add_resource(&workspace, key, &NewResource::visible(json!({ "v": value }))).unwrap()
        };
        assert_eq!((add("first"), add("second")), (true, false));
        assert_eq!(store.resource(&workspace, key).unwrap().unwrap().body["v"], "first");
    }

    #[test]
    fn versions_are_counted_as_numbers_and_found_by_age() {
        let (_temp, store) = temporary();
        let workspace = store.workspace(&WorkspaceId::local()).unwrap();
        let kind = AssetKind::Model;
        assert_eq!(store.next_version(&workspace, kind, "m").unwrap(), 1);
        for version in ["9", "10", "beta"] {
            let body = NewResource::visible(json!({ "v": version }));
            store.put_resource(&workspace, ResourceKey::asset(kind, "m", version), &body).unwrap();
        }
        assert_eq!(store.next_version(&workspace, kind, "m").unwrap(), 11);
        assert_eq!(store.latest_version(&workspace, kind, "m").unwrap().unwrap().version, "beta");
        let archived = NewResource { is_archived: true, ..NewResource::visible(json!({})) };
        store.put_resource(&workspace, ResourceKey::asset(kind, "m", "beta"), &archived).unwrap();
        assert_eq!(store.latest_version(&workspace, kind, "m").unwrap().unwrap().version, "10");
        assert_eq!(store.versions(&workspace, kind, "m", AssetFilter::Active).unwrap().len(), 2);
        assert_eq!(store.versions(&workspace, kind, "m", AssetFilter::All).unwrap().len(), 3);
    }
}
