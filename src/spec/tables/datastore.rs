//! Fields of datastores, one table for each type, and of the credentials that open them.

use super::{DESCRIPTION, RESOURCE_GROUP};
use crate::spec::schema::{Casing, Field, Schema, Shape, joined};

/// A datastore whose `type` says nothing that is known.
pub static DATASTORE: Schema = Schema {
    title: "datastore",
    fields: &[
        NAME,
        Field::new(
            "type",
            Shape::Choice {
                values: &[
                    "azure_blob",
                    "azure_file",
                    "azure_data_lake_gen1",
                    "azure_data_lake_gen2",
                    "one_lake",
                ],
                casing: Casing::Exact,
            },
            "Kind of datastore; the other fields follow from it.",
        )
        .required(),
    ],
    renamed: &[],
};

/// `azml datastore create --file` with `type: azure_blob`
pub static BLOB: Schema = Schema {
    title: "blob datastore",
    fields: &storage(
        &["azure_blob"],
        Field::new("container_name", Shape::Text, "Container of the account.").required(),
        credentials(&STORAGE_KEYS),
    ),
    renamed: &[],
};

/// `azml datastore create --file` with `type: azure_file`
pub static FILE: Schema = Schema {
    title: "file share datastore",
    fields: &storage(
        &["azure_file"],
        Field::new("file_share_name", Shape::Text, "File share of the account.").required(),
        credentials(&STORAGE_KEYS),
    ),
    renamed: &[],
};

/// `azml datastore create --file` with `type: azure_data_lake_gen1`
pub static DATA_LAKE_GEN1: Schema = Schema {
    title: "Data Lake Storage Gen1 datastore",
    fields: &fields::<8>(
        &["azure_data_lake_gen1"],
        &[
            Field::new(
                "tags",
                Shape::MapOf(&Shape::Mapping),
                "Labels of the datastore. For this type Microsoft's client takes only mappings as values.",
            ),
            Field::new("store_name", Shape::Text, "Name of the store.").required(),
            credentials(&APPLICATIONS),
        ],
    ),
    renamed: &[],
};

/// `azml datastore create --file` with `type: azure_data_lake_gen2`
pub static DATA_LAKE_GEN2: Schema = Schema {
    title: "Data Lake Storage Gen2 datastore",
    fields: &storage(
        &["azure_data_lake_gen2"],
        Field::new("filesystem", Shape::Text, "File system of the account.").required(),
        credentials(&APPLICATIONS),
    ),
    renamed: &[],
};

/// `azml datastore create --file` with `type: one_lake`
pub static ONE_LAKE: Schema = Schema {
    title: "OneLake datastore",
    fields: &fields::<10>(
        &["one_lake"],
        &[
            TAGS,
            Field::new("one_lake_workspace_name", Shape::Text, "Workspace of Microsoft Fabric.").required(),
            Field::new("endpoint", Shape::Text, "Domain of the service.").required(),
            Field::new("artifact", Shape::Object(&ARTIFACT), "The lake house.").required(),
            credentials(&[&SERVICE_PRINCIPAL, &NO_CREDENTIALS]),
        ],
    ),
    renamed: &[],
};

/// The fields of a kind of datastore: those that every datastore has, and its own between them.
const fn fields<const N: usize>(kinds: &'static [&'static str], own: &[Field]) -> [Field; N] {
    joined(&[&[NAME, kind(kinds), DESCRIPTION], own, &READ_ONLY])
}

/// The fields of a datastore in a storage account, where `place` says what of the account it is.
const fn storage(kinds: &'static [&'static str], place: Field, credentials: Field) -> [Field; 11] {
    fields(kinds, &[TAGS, ACCOUNT_NAME, place, credentials, ENDPOINT, PROTOCOL])
}

const NAME: Field = Field::new("name", Shape::Text, "Name of the datastore.").required().option("--name");

const fn kind(values: &'static [&'static str]) -> Field {
    Field::new("type", Shape::Choice { values, casing: Casing::Exact }, "Kind of datastore.").required()
}

const TAGS: Field =
    Field::new("tags", Shape::MapOf(&Shape::Text), "Labels of the datastore. Keys and values are text.");

const ACCOUNT_NAME: Field = Field::new("account_name", Shape::Text, "Storage account.").required();

const ENDPOINT: Field =
    Field::new("endpoint", Shape::Text, "Domain of the storage service.").default("core.windows.net");

const PROTOCOL: Field =
    Field::new("protocol", Shape::Text, "Protocol that data is read with, such as `https`.").default("https");

static STORAGE_KEYS: [&Schema; 3] = [&ACCOUNT_KEY, &SAS_TOKEN, &NO_CREDENTIALS];
static APPLICATIONS: [&Schema; 3] = [&SERVICE_PRINCIPAL, &CERTIFICATE, &NO_CREDENTIALS];

const fn credentials(kinds: &'static [&'static Schema]) -> Field {
    Field::new(
        "credentials",
        Shape::OneOf(kinds),
        "What opens it. Without, whoever reads does so in their own name.",
    )
}

const READ_ONLY: [Field; 2] = [Field::read_only("id", "ARM id."), RESOURCE_GROUP];

/// Credentials of a storage account.
pub static ACCOUNT_KEY: Schema = Schema {
    title: "account key",
    fields: &[Field::new("account_key", Shape::Text, "Key of the storage account.").required()],
    renamed: &[],
};

/// A shared access signature.
pub static SAS_TOKEN: Schema = Schema {
    title: "shared access signature",
    fields: &[Field::new("sas_token", Shape::Text, "The signature.").required()],
    renamed: &[],
};

/// An application with a password.
pub static SERVICE_PRINCIPAL: Schema = Schema {
    title: "service principal",
    fields: &application::<6>(&[
        Field::new("client_secret", Shape::Text, "Password of the application.").required()
    ]),
    renamed: &[],
};

/// An application with a certificate.
pub static CERTIFICATE: Schema = Schema {
    title: "service principal with a certificate",
    fields: &application::<7>(&[
        Field::new("thumbprint", Shape::Text, "Thumbprint of the certificate.").required(),
        Field::new("certificate", Shape::Text, "The certificate in PEM."),
    ]),
    renamed: &[],
};

/// The fields of an application that signs in with `secret`.
const fn application<const N: usize>(secret: &[Field]) -> [Field; N] {
    joined(&[&[TENANT_ID, CLIENT_ID], secret, &[AUTHORITY_URL, AUTHORITY_URI, RESOURCE_URL]])
}

/// `credentials: {}`
pub static NO_CREDENTIALS: Schema = Schema { title: "empty `credentials`", fields: &[], renamed: &[] };

const TENANT_ID: Field = Field::new("tenant_id", Shape::Text, "Directory of the application.").required();

const CLIENT_ID: Field = Field::new("client_id", Shape::Text, "Id of the application.").required();

const AUTHORITY_URL: Field = Field::new("authority_url", Shape::Text, "Who gives out tokens.")
    .default("https://login.microsoftonline.com");

const AUTHORITY_URI: Field =
    Field::new("authority_uri", Shape::Text, "The same as `authority_url`, from older files.");

const RESOURCE_URL: Field = Field::new("resource_url", Shape::Text, "What tokens are for.");

static ARTIFACT: Schema = Schema {
    title: "`artifact`",
    fields: &[
        Field::new("name", Shape::Text, "Name or id of the lake house.").required(),
        Field::new(
            "type",
            Shape::Choice { values: &["lake_house"], casing: Casing::Snake },
            "Kind of artifact.",
        )
        .default("lake_house"),
    ],
    renamed: &[],
};
