//! Workspaces: any name is one from the moment it is used.

use rusqlite::{Row, Transaction, params};
use serde_json::json;
use uuid::Uuid;

use super::{ResourceKind, Store, StoreError, timestamp};
use crate::wire::ids::WorkspaceId;

/// The datastore uploads and outputs go to.
pub(in crate::local) const DEFAULT_DATASTORE: &str = "workspaceblobstore";

/// A workspace of the local state.
#[derive(Debug, Clone)]
pub struct Workspace {
    /// Key of its row.
    pub(super) row: i64,
    /// Its name, in the spelling it was first used with.
    pub id: WorkspaceId,
    /// Its own id; container names end in it.
    pub uuid: String,
    /// When it was first used.
    pub created_at: String,
}

impl Store {
    /// The workspace named `id` (whatever its case), made on first use with its two datastores.
    pub fn workspace(&self, id: &WorkspaceId) -> Result<Workspace, StoreError> {
        if let Some(found) = self.find_workspace(id)? {
            return Ok(found);
        }
        self.write(|transaction| create(transaction, id))?;
        let missing = || self.error(rusqlite::Error::QueryReturnedNoRows);
        self.find_workspace(id)?.ok_or_else(missing)
    }

    /// The workspace named `id`, if it was ever used.
    pub fn find_workspace(&self, id: &WorkspaceId) -> Result<Option<Workspace>, StoreError> {
        let sql = "SELECT id, subscription, resource_group, name, uuid, created_at FROM workspaces
                   WHERE subscription = ?1 AND resource_group = ?2 AND name = ?3";
        self.one(sql, params![id.subscription, id.resource_group, id.name], read)
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Workspace> {
    Ok(Workspace {
        row: row.get(0)?,
        id: WorkspaceId { subscription: row.get(1)?, resource_group: row.get(2)?, name: row.get(3)? },
        uuid: row.get(4)?,
        created_at: row.get(5)?,
    })
}

fn create(transaction: &Transaction<'_>, id: &WorkspaceId) -> rusqlite::Result<()> {
    let (uuid, now) = (Uuid::new_v4().to_string(), timestamp());
    let made = transaction.execute(
        "INSERT INTO workspaces (subscription, resource_group, name, uuid, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
        params![id.subscription, id.resource_group, id.name, uuid, now],
    )?;
    if made == 0 {
        // Another process was faster, datastores included.
        return Ok(());
    }
    let workspace = transaction.last_insert_rowid();
    let datastores = [
        (DEFAULT_DATASTORE, format!("azureml-blobstore-{uuid}"), true),
        ("workspaceartifactstore", format!("azureml-{uuid}"), false),
    ];
    for (name, container, is_default) in datastores {
        transaction.execute(
            "INSERT INTO resources
                 (workspace, kind, parent, name, version, body, is_anonymous, is_archived, created_at, modified_at)
             VALUES (?1, ?2, '', ?3, '', ?4, 0, 0, ?5, ?5)",
            params![
                workspace,
                ResourceKind::Datastore.as_str(),
                name,
                json!({"containerName": container, "isDefault": is_default}).to_string(),
                now
            ],
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;
    use crate::local::store::tests::temporary;

    #[test]
    fn a_workspace_is_one_whatever_the_case_of_its_name() {
        let (_temp, store) = temporary();
        let first = store.workspace(&WorkspaceId::local()).unwrap();
        let shouted =
            WorkspaceId { resource_group: "LOCAL".to_owned(), name: "Local".to_owned(), ..first.id.clone() };
        let second = store.workspace(&shouted).unwrap();
        assert_eq!((first.uuid, first.id.name), (second.uuid, second.id.name));
        let other = WorkspaceId { name: "other".to_owned(), ..WorkspaceId::local() };
        assert!(store.find_workspace(&other).unwrap().is_none());
    }
}
