//! What can go wrong in a handler, and the one table that turns it into a status and an ARM or blob error body.

use std::error::Error;
use std::io;
use std::path::PathBuf;

use axum::Json;
use axum::body::Body;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::blob_xml;
use crate::local::blobs::BlobError;
use crate::local::engine::supervisor;
use crate::local::store::StoreError;
use crate::wire::asset::AssetKind;
use crate::wire::error::{AdditionalInfo, ErrorBody};

/// Why a request is not answered the way it hoped for. Messages are Azure's where Azure has one.
#[derive(Debug, thiserror::Error)]
pub(super) enum ServiceError {
    #[error("Batch endpoint {0} does not exist.")]
    EndpointNotFound(String),
    #[error("Deployment {0} does not exist.")]
    DeploymentNotFound(String),
    #[error("Compute with name {0} not found in provided workspace")]
    ComputeNotFound(String),
    #[error("Not found: {} container {name}", kind.segment())]
    ContainerNotFound { kind: AssetKind, name: String },
    #[error("{} {name}:{version} not found", capitalised(*kind))]
    AssetNotFound { kind: AssetKind, name: String, version: String },
    #[error("Could not find datastore: {0}")]
    DatastoreNotFound(String),
    #[error("Could not find job {0}.")]
    JobNotFound(String),
    #[error("Could not find run {0}.")]
    RunNotFound(String),
    #[error("Could not find log file {0}.")]
    LogNotFound(String),
    #[error("The local workspace has no route for {0}.")]
    RouteNotFound(String),
    #[error("Could not find operation {0}.")]
    OperationNotFound(String),
    #[error("{path} does not take {method}.")]
    MethodNotAllowed { method: Method, path: String },
    /// The reason says what is missing.
    #[error("The request is not authorized. {0}")]
    Unauthorized(&'static str),
    #[error("This server answers to localhost, 127.0.0.1 and [::1] only.")]
    ForeignHost,
    #[error(
        "No valid deployments to route to. Please check that the endpoint has at least one deployment with positive \
         weight values or use a deployment specific header to route."
    )]
    NoDefaultDeployment,
    #[error("Asset paths cannot be updated.")]
    AssetPathChanged,
    #[error("The job is already in a terminal state.")]
    JobIsTerminal,
    #[error("A job with the name {0} already exists.")]
    JobNameTaken(String),
    #[error("Environment {name}:{version} already exists with other content.")]
    EnvironmentChanged { name: String, version: String },
    /// The request asks for something that cannot be.
    #[error("{0}")]
    Invalid(String),
    /// Something the body refers to is missing: the request is at fault, not its address.
    #[error(transparent)]
    Reference(Box<ServiceError>),
    #[error("The request body is not valid: {0}")]
    MalformedBody(#[source] serde_json::Error),
    #[error("The request body cannot be read.")]
    UnreadableBody(#[source] axum::Error),
    #[error(transparent)]
    Blob(#[from] BlobError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Supervisor(#[from] supervisor::LaunchError),
    #[error("Cannot use `{path}`.")]
    Io { path: PathBuf, source: io::Error },
}

impl ServiceError {
    /// Blames the request for something missing that its body refers to.
    pub(super) fn in_body(self) -> Self {
        Self::Reference(Box::new(self))
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::EndpointNotFound(_)
            | Self::DeploymentNotFound(_)
            | Self::ComputeNotFound(_)
            | Self::ContainerNotFound { .. }
            | Self::AssetNotFound { .. }
            | Self::DatastoreNotFound(_)
            | Self::JobNotFound(_)
            | Self::RunNotFound(_)
            | Self::LogNotFound(_)
            | Self::RouteNotFound(_)
            | Self::OperationNotFound(_)
            | Self::NoDefaultDeployment => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Self::Unauthorized(_) => StatusCode::UNAUTHORIZED,
            Self::ForeignHost => StatusCode::MISDIRECTED_REQUEST,
            Self::AssetPathChanged
            | Self::JobIsTerminal
            | Self::Invalid(_)
            | Self::MalformedBody(_)
            | Self::UnreadableBody(_) => StatusCode::BAD_REQUEST,
            Self::JobNameTaken(_) | Self::EnvironmentChanged { .. } => StatusCode::CONFLICT,
            Self::Reference(inner) => match inner.status() {
                StatusCode::NOT_FOUND => StatusCode::BAD_REQUEST,
                other => other,
            },
            Self::Blob(error) => blob_status(error).0,
            Self::Store(_) | Self::Supervisor(_) | Self::Io { .. } => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::ComputeNotFound(_) => "ComputeNotFound",
            Self::RouteNotFound(_) => "ResourceNotFound",
            Self::MethodNotAllowed { .. } => "MethodNotAllowed",
            Self::Unauthorized(_) => "AuthenticationFailed",
            Self::ForeignHost => "MisdirectedRequest",
            Self::Reference(inner) => inner.code(),
            other if other.status() == StatusCode::INTERNAL_SERVER_ERROR => "InternalServerError",
            _ => "UserError",
        }
    }

    fn body(&self) -> ErrorBody {
        let mut body = ErrorBody::new(self.code(), self.message());
        let info = |kind: &str, value: &str| AdditionalInfo {
            kind: Some(kind.to_owned()),
            info: json!({ "value": value }),
        };
        body.error.details = Some(Vec::new());
        body.error.additional_info =
            Some(vec![info("ComponentName", "managementfrontend"), info("Environment", "local")]);
        body
    }

    /// The text; for failures of the machine with everything that led to it.
    fn message(&self) -> String {
        let mut text = self.to_string();
        let mut source = self.source();
        while let Some(cause) = source.filter(|_| self.code() == "InternalServerError") {
            text.push_str(": ");
            text.push_str(&cause.to_string());
            source = cause.source();
        }
        text
    }
}

impl IntoResponse for ServiceError {
    fn into_response(self) -> Response {
        let mut response = (self.status(), Json(self.body())).into_response();
        if matches!(self, Self::Unauthorized(_)) {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

fn capitalised(kind: AssetKind) -> &'static str {
    match kind {
        AssetKind::Code => "Code",
        AssetKind::Environment => "Environment",
        AssetKind::Model => "Model",
        AssetKind::Data => "Data",
        AssetKind::Component => "Component",
    }
}

/// What can go wrong in the blob service, whose errors are XML.
#[derive(Debug, thiserror::Error)]
pub(super) enum BlobServiceError {
    #[error(transparent)]
    Blob(#[from] BlobError),
    #[error("The range is not satisfiable.")]
    InvalidRange,
    #[error("The condition specified using HTTP conditional header(s) is not met.")]
    ConditionNotMet,
    /// Whoever asks knows this content already.
    #[error("The condition specified using HTTP conditional header(s) is not met.")]
    NotModified { etag: String },
    #[error("The block list is not valid XML, or not a block list.")]
    InvalidXml,
    #[error("The value of header `{0}` is not valid.")]
    InvalidHeader(HeaderName),
    #[error("The value of query parameter `{0}` is not valid.")]
    InvalidParameter(&'static str),
    #[error("The value of query parameter `{0}` is out of its range.")]
    ParameterOutOfRange(&'static str),
    #[error("A query parameter is not valid: {0}")]
    InvalidQuery(#[from] QueryRejection),
    #[error("The address is not valid: {0}")]
    InvalidUri(#[from] PathRejection),
    #[error("`{0}` cannot be metadata: names are letters, digits and `_`, values are visible ASCII.")]
    InvalidMetadata(String),
    #[error("The resource does not support this HTTP verb.")]
    UnsupportedVerb,
    #[error("The local workspace does not support this operation.")]
    Unsupported,
    #[error("The local workspace supports block blobs only.")]
    UnsupportedType,
    #[error("The request body cannot be read.")]
    Unreadable(#[source] axum::Error),
    #[error("The MD5 value specified in the request did not match the MD5 value calculated by the server.")]
    Md5Mismatch,
    /// The reason says what is missing.
    #[error("The request is not authorized. {0}")]
    NotAuthorized(&'static str),
}

/// An entity tag as headers have it.
pub(super) fn quoted(etag: &str) -> Option<HeaderValue> {
    HeaderValue::try_from(format!("\"{etag}\"")).ok()
}

fn blob_status(error: &BlobError) -> (StatusCode, &'static str) {
    match error {
        BlobError::InvalidName { .. } => (StatusCode::BAD_REQUEST, "InvalidResourceName"),
        BlobError::NameTooLong => (StatusCode::BAD_REQUEST, "OutOfRangeInput"),
        BlobError::NotFound { .. } => (StatusCode::NOT_FOUND, "BlobNotFound"),
        BlobError::AlreadyExists { .. } => (StatusCode::CONFLICT, "BlobAlreadyExists"),
        BlobError::FolderConflict { .. } => (StatusCode::CONFLICT, "ResourceTypeMismatch"),
        BlobError::MissingBlock { .. } => (StatusCode::BAD_REQUEST, "InvalidBlockList"),
        BlobError::Io { .. } => (StatusCode::INTERNAL_SERVER_ERROR, "InternalError"),
    }
}

impl BlobServiceError {
    fn status(&self) -> (StatusCode, &'static str) {
        match self {
            Self::Blob(error) => blob_status(error),
            Self::InvalidRange => (StatusCode::RANGE_NOT_SATISFIABLE, "InvalidRange"),
            Self::ConditionNotMet => (StatusCode::PRECONDITION_FAILED, "ConditionNotMet"),
            Self::NotModified { .. } => (StatusCode::NOT_MODIFIED, "ConditionNotMet"),
            Self::InvalidXml => (StatusCode::BAD_REQUEST, "InvalidXmlDocument"),
            Self::InvalidHeader(_) => (StatusCode::BAD_REQUEST, "InvalidHeaderValue"),
            Self::InvalidParameter(_) | Self::InvalidQuery(_) => {
                (StatusCode::BAD_REQUEST, "InvalidQueryParameterValue")
            }
            Self::ParameterOutOfRange(_) => (StatusCode::BAD_REQUEST, "OutOfRangeQueryParameterValue"),
            Self::InvalidUri(_) => (StatusCode::BAD_REQUEST, "InvalidUri"),
            Self::InvalidMetadata(_) => (StatusCode::BAD_REQUEST, "InvalidMetadata"),
            Self::UnsupportedVerb => (StatusCode::METHOD_NOT_ALLOWED, "UnsupportedHttpVerb"),
            Self::Unsupported => (StatusCode::NOT_IMPLEMENTED, "NotImplemented"),
            Self::UnsupportedType => (StatusCode::BAD_REQUEST, "BlobTypeNotSupported"),
            Self::Unreadable(_) => (StatusCode::BAD_REQUEST, "InvalidInput"),
            Self::Md5Mismatch => (StatusCode::BAD_REQUEST, "Md5Mismatch"),
            Self::NotAuthorized(_) => (StatusCode::FORBIDDEN, "AuthenticationFailed"),
        }
    }

    /// The text; where files lie on this machine is nobody's business.
    fn message(&self) -> String {
        match self {
            Self::Blob(BlobError::Io { source, .. }) if source.kind() == io::ErrorKind::StorageFull => {
                "There is no room left on the disk of the local workspace: free some and try again."
                    .to_owned()
            }
            Self::Blob(BlobError::Io { source, .. }) => {
                format!("The server could not use its storage: {}.", source.kind())
            }
            other => other.to_string(),
        }
    }
}

impl IntoResponse for BlobServiceError {
    fn into_response(self) -> Response {
        let (status, code) = self.status();
        let mut response = Response::default();
        let headers = response.headers_mut();
        headers.insert("x-ms-error-code", HeaderValue::from_static(code));
        match &self {
            // This status has no body.
            Self::NotModified { etag } => headers.extend(quoted(etag).map(|etag| (header::ETAG, etag))),
            _ => {
                headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/xml"));
                *response.body_mut() = Body::from(blob_xml::error(code, &self.message()));
            }
        }
        *response.status_mut() = status;
        response
    }
}
