//! Datastore specs.

use serde_json::json;

use super::check::{self, Report};
use super::document::SpecDocument;
use super::fields::Fields;
use super::problem::{Checked, Problem, SpecError};
use super::schema::Schema;
use super::tables::datastore::{BLOB, DATA_LAKE_GEN1, DATA_LAKE_GEN2, DATASTORE, FILE, ONE_LAKE};
use crate::wire::JsonMap;
use crate::wire::datastore::{
    Application, Datastore, DatastoreCredentials, DatastorePlace, DatastoreProperties, DatastoreSecrets,
    OneLakeArtifact,
};

/// Protocol where none is given.
const DEFAULT_PROTOCOL: &str = "https";

/// What the cloud says where a datastore does not.
#[derive(Debug, Clone)]
pub struct DatastoreDefaults {
    /// Domain of the storage service.
    pub endpoint: String,
    /// Who gives out tokens.
    pub authority: String,
}

impl Default for DatastoreDefaults {
    /// Those of the public cloud.
    fn default() -> Self {
        Self {
            endpoint: "core.windows.net".to_owned(),
            authority: "https://login.microsoftonline.com".to_owned(),
        }
    }
}

/// A datastore as a person describes it.
#[derive(Debug, Clone, PartialEq)]
pub struct DatastoreSpec {
    /// Name.
    pub name: String,
    /// Free text.
    pub description: Option<String>,
    /// Labels.
    pub tags: Option<JsonMap>,
    /// Where it is.
    pub place: DatastorePlace,
    /// What opens it.
    pub credentials: DatastoreCredentials,
}

impl DatastoreSpec {
    /// Reads and checks a document.
    pub fn from_document(
        document: &SpecDocument,
        defaults: &DatastoreDefaults,
    ) -> Result<Checked<Self>, SpecError> {
        let schema = table(document);
        check(document).finish(|fields| Self::read(schema, Fields(fields), defaults))
    }

    fn read(schema: &'static Schema, mut fields: Fields, defaults: &DatastoreDefaults) -> Self {
        let credentials = fields.object("credentials");
        Self {
            name: fields.text("name").unwrap_or_default(),
            description: fields.text("description"),
            tags: fields.mapping("tags"),
            credentials: credentials
                .map_or(DatastoreCredentials::None, |credentials| read_credentials(credentials, defaults)),
            place: read_place(schema, fields, defaults),
        }
    }

    /// The body that creates it.
    pub fn into_wire(self) -> Datastore {
        Datastore {
            properties: DatastoreProperties {
                description: self.description,
                tags: Some(self.tags.unwrap_or_default()),
                credentials: self.credentials,
                place: self.place,
            },
        }
    }
}

fn read_place(schema: &'static Schema, mut fields: Fields, defaults: &DatastoreDefaults) -> DatastorePlace {
    let is = |table: &Schema| std::ptr::eq(schema, table);
    let protocol = fields.text("protocol").unwrap_or_else(|| DEFAULT_PROTOCOL.to_owned());
    let endpoint = fields.text("endpoint");
    let mut text = |name: &str| fields.text(name).unwrap_or_default();
    if is(&DATA_LAKE_GEN1) {
        return DatastorePlace::AzureDataLakeGen1 { store_name: text("store_name") };
    }
    if is(&ONE_LAKE) {
        return DatastorePlace::OneLake {
            one_lake_workspace_name: text("one_lake_workspace_name"),
            endpoint: endpoint.unwrap_or_default(),
            artifact: OneLakeArtifact {
                artifact_name: fields
                    .object("artifact")
                    .and_then(|mut artifact| artifact.text("name"))
                    .unwrap_or_default(),
                artifact_type: "LakeHouse".to_owned(),
            },
        };
    }
    let account_name = text("account_name");
    if is(&FILE) {
        let endpoint = endpoint.unwrap_or_else(|| defaults.endpoint.clone());
        let file_share_name = text("file_share_name");
        return DatastorePlace::AzureFile { account_name, file_share_name, endpoint, protocol };
    }
    if is(&DATA_LAKE_GEN2) {
        let endpoint = endpoint.unwrap_or_else(|| defaults.endpoint.clone());
        return DatastorePlace::AzureDataLakeGen2 {
            account_name,
            filesystem: text("filesystem"),
            endpoint,
            protocol,
        };
    }
    // Only for blobs does the SDK take an empty domain for none.
    let endpoint = endpoint.filter(|endpoint| !endpoint.is_empty());
    let endpoint = endpoint.unwrap_or_else(|| defaults.endpoint.clone());
    DatastorePlace::AzureBlob { account_name, container_name: text("container_name"), endpoint, protocol }
}

/// Which kind of credentials was written follows from their fields, as the check has chosen it.
fn read_credentials(mut fields: Fields, defaults: &DatastoreDefaults) -> DatastoreCredentials {
    if let Some(key) = fields.text("account_key") {
        return DatastoreCredentials::AccountKey { secrets: DatastoreSecrets::AccountKey { key } };
    }
    if let Some(sas_token) = fields.text("sas_token") {
        return DatastoreCredentials::Sas { secrets: DatastoreSecrets::Sas { sas_token } };
    }
    let (client_secret, thumbprint) = (fields.text("client_secret"), fields.text("thumbprint"));
    let certificate = fields.text("certificate");
    let authority = fields.text("authority_url").or_else(|| fields.text("authority_uri"));
    let application = Application {
        authority_url: authority.unwrap_or_else(|| defaults.authority.clone()),
        resource_url: fields.text("resource_url"),
        tenant_id: fields.text("tenant_id").unwrap_or_default(),
        client_id: fields.text("client_id").unwrap_or_default(),
    };
    match (client_secret, thumbprint) {
        (Some(client_secret), _) => DatastoreCredentials::ServicePrincipal {
            application,
            secrets: DatastoreSecrets::ServicePrincipal { client_secret },
        },
        (None, Some(thumbprint)) => DatastoreCredentials::Certificate {
            application,
            thumbprint,
            secrets: DatastoreSecrets::Certificate { certificate },
        },
        (None, None) => DatastoreCredentials::None,
    }
}

/// The table of the type that the document names; one that knows only `type` where it names none.
pub(super) fn table(document: &SpecDocument) -> &'static Schema {
    match document.root().get("type").and_then(|node| node.as_str()) {
        Some("azure_blob") => &BLOB,
        Some("azure_file") => &FILE,
        Some("azure_data_lake_gen1") => &DATA_LAKE_GEN1,
        Some("azure_data_lake_gen2") => &DATA_LAKE_GEN2,
        Some("one_lake") => &ONE_LAKE,
        _ => &DATASTORE,
    }
}

pub(super) fn check(document: &SpecDocument) -> Report<'_> {
    let schema = table(document);
    if std::ptr::eq(schema, &DATASTORE) {
        return check::check_type(document, schema);
    }
    let mut report = check::check(document, schema);
    let credentials = report.fields.get("credentials").cloned().unwrap_or_else(|| json!({}));
    if credentials.get("authority_url").is_some() && credentials.get("authority_uri").is_some() {
        let message = "`authority_url` and `authority_uri` are the same, write only `authority_url`";
        report.add(Problem::error("credentials.authority_uri", message));
    }
    report
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;
    use serde_json::Value;

    fn read(value: Value) -> Result<Value, SpecError> {
        let spec =
            DatastoreSpec::from_document(&SpecDocument::from_json(&value), &DatastoreDefaults::default())?
                .spec;
        Ok(serde_json::to_value(spec.into_wire()).unwrap()["properties"].take())
    }

    fn blob(credentials: Value) -> Value {
        json!({
            "name": "d", "type": "azure_blob", "account_name": "a", "container_name": "c",
            "credentials": credentials,
        })
    }

    #[test]
    fn each_type_has_its_place_and_its_defaults() {
        let storage = json!({ "accountName": "a", "endpoint": "core.windows.net", "protocol": "https" });
        for (kind, own, expected) in [
            ("azure_blob", json!({ "container_name": "c" }), json!({ "containerName": "c" })),
            ("azure_file", json!({ "file_share_name": "f" }), json!({ "fileShareName": "f" })),
            ("azure_data_lake_gen2", json!({ "filesystem": "f" }), json!({ "filesystem": "f" })),
        ] {
            let mut value = json!({ "name": "d", "type": kind, "account_name": "a" });
            value.as_object_mut().unwrap().extend(own.as_object().unwrap().clone());
            let body = read(value).unwrap();
            for (name, value) in storage.as_object().unwrap().iter().chain(expected.as_object().unwrap()) {
                assert_eq!(&body[name], value, "{kind} {name}");
            }
            assert_eq!(body["credentials"], json!({ "credentialsType": "None" }));
            assert_eq!(body["tags"], json!({}));
        }
        let lake = json!({
            "name": "d", "type": "one_lake", "one_lake_workspace_name": "w", "endpoint": "e",
            "artifact": { "name": "n" },
        });
        let artifact = json!({ "artifactName": "n", "artifactType": "LakeHouse" });
        assert_eq!(read(lake).unwrap()["artifact"], artifact);
    }

    #[test]
    fn credentials_follow_from_their_fields() {
        for (credentials, expected) in [
            (json!({ "account_key": "k" }), json!({ "secretsType": "AccountKey", "key": "k" })),
            (json!({ "sas_token": "t" }), json!({ "secretsType": "Sas", "sasToken": "t" })),
            (json!({}), Value::Null),
        ] {
            let body = read(blob(credentials)).unwrap();
            assert_eq!(body["credentials"].get("secrets").unwrap_or(&Value::Null), &expected);
        }
        let application = json!({
            "name": "d", "type": "azure_data_lake_gen1", "store_name": "s",
            "credentials": { "tenant_id": "t", "client_id": "c", "thumbprint": "p", "authority_uri": "u" },
        });
        let expected = json!({
            "credentialsType": "Certificate", "authorityUrl": "u", "tenantId": "t", "clientId": "c",
            "thumbprint": "p", "secrets": { "secretsType": "Certificate" },
        });
        assert_eq!(read(application).unwrap()["credentials"], expected);
    }

    #[test]
    fn wrong_credentials_and_types_are_refused_where_they_stand() {
        let typed =
            |kind: &str| json!({ "name": "d", "type": kind, "account_name": "a", "container_name": "c" });
        for (value, field) in [
            (blob(json!({ "sas_token": "t", "nope": 1 })), "credentials.nope"),
            (blob(json!({ "sas_token": "t", "account_key": "k" })), "credentials.sas_token"),
            (typed("AzureBlob"), "type"),
            (json!({ "name": "d" }), "type"),
        ] {
            let error = read(value).unwrap_err();
            assert_eq!(error.problems[0].field, field, "{error}");
        }
    }
}
