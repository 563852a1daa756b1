//! Datastores: where they are and what opens them.

use serde::{Deserialize, Serialize};

use super::{JsonMap, Proxy};

/// Body of `PUT {workspace}/datastores/{name}`.
pub type Datastore = Proxy<DatastoreProperties>;

/// A datastore of some type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DatastoreProperties {
    /// Free text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Labels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<JsonMap>,
    /// What opens it.
    pub credentials: DatastoreCredentials,
    /// Where it is.
    #[serde(flatten)]
    pub place: DatastorePlace,
}

/// Where a datastore is, by its type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "datastoreType", rename_all_fields = "camelCase")]
pub enum DatastorePlace {
    /// A container of blobs.
    AzureBlob {
        /// Storage account.
        account_name: String,
        /// Container.
        container_name: String,
        /// Domain of the storage service.
        endpoint: String,
        /// `https` or `wasbs`.
        protocol: String,
    },
    /// A file share.
    AzureFile {
        /// Storage account.
        account_name: String,
        /// File share.
        file_share_name: String,
        /// Domain of the storage service.
        endpoint: String,
        /// `https`
        protocol: String,
    },
    /// A Data Lake Storage account of the first generation.
    AzureDataLakeGen1 {
        /// Name of the store.
        store_name: String,
    },
    /// A file system of a Data Lake Storage account of the second generation.
    AzureDataLakeGen2 {
        /// Storage account.
        account_name: String,
        /// File system.
        filesystem: String,
        /// Domain of the storage service.
        endpoint: String,
        /// `https` or `abfss`.
        protocol: String,
    },
    /// A lake house of Microsoft Fabric.
    OneLake {
        /// Workspace of Fabric.
        one_lake_workspace_name: String,
        /// Domain of the service.
        endpoint: String,
        /// The lake house.
        artifact: OneLakeArtifact,
    },
}

/// A lake house.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OneLakeArtifact {
    /// Name or id.
    pub artifact_name: String,
    /// `LakeHouse`
    pub artifact_type: String,
}

/// What opens a datastore.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "credentialsType", rename_all_fields = "camelCase")]
pub enum DatastoreCredentials {
    /// Nothing: whoever reads or writes does so in their own name.
    None,
    /// The key of the account.
    AccountKey {
        /// The key.
        secrets: DatastoreSecrets,
    },
    /// A shared access signature.
    Sas {
        /// The signature.
        secrets: DatastoreSecrets,
    },
    /// An application with a password.
    ServicePrincipal {
        /// Whose directory it is in.
        #[serde(flatten)]
        application: Application,
        /// The password.
        secrets: DatastoreSecrets,
    },
    /// An application with a certificate.
    Certificate {
        /// Whose directory it is in.
        #[serde(flatten)]
        application: Application,
        /// Thumbprint of the certificate.
        thumbprint: String,
        /// The certificate.
        secrets: DatastoreSecrets,
    },
}

/// An application in a directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Application {
    /// Who gives out tokens.
    pub authority_url: String,
    /// What tokens are for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_url: Option<String>,
    /// The directory.
    pub tenant_id: String,
    /// The application.
    pub client_id: String,
}

/// The secret part of credentials.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "secretsType", rename_all_fields = "camelCase")]
pub enum DatastoreSecrets {
    /// The key of an account.
    AccountKey {
        /// In base64.
        key: String,
    },
    /// A shared access signature.
    Sas {
        /// The query of an address.
        sas_token: String,
    },
    /// The password of an application.
    ServicePrincipal {
        /// The password.
        client_secret: String,
    },
    /// The certificate of an application.
    Certificate {
        /// In PEM.
        #[serde(skip_serializing_if = "Option::is_none")]
        certificate: Option<String>,
    },
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;
    use serde_json::json;

    #[test]
    fn types_and_secrets_are_told_by_their_tags() {
        let body = json!({
            "credentials": { "credentialsType": "Sas", "secrets": { "secretsType": "Sas", "sasToken": "t" } },
            "datastoreType": "AzureDataLakeGen1",
            "storeName": "s",
        });
        let properties: DatastoreProperties = serde_json::from_value(body.clone()).unwrap();
        assert_eq!(serde_json::to_value(properties).unwrap(), body);
    }
}
