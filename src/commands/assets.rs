//! Bringing what a spec or an option refers to into the workspace: uploads, registrations, look-ups.

use std::path::Path;

use anyhow::{Context as _, bail};
use serde_json::Value;

use super::asset;
use crate::arm::Client;
use crate::arm::blobs::Container;
use crate::assets::hash;
use crate::assets::tree::{self, Asset};
use crate::assets::upload::{AssetName, Destination, Transfer, Uploaded, upload};
use crate::clock;
use crate::context::Context;
use crate::local::engine;
use crate::spec::{
    ANONYMOUS_NAME, AssetPath, AssetSource, CodeSource, DeploymentAssets, DeploymentSpec, EnvironmentSpec,
    ModelSpec, SpecError, script_error,
};
use crate::ui::Progress;
use crate::wire::asset::{AssetKind, CodeProperties, CodeVersion, EnvironmentVersion, is_same_environment};
use crate::wire::ids::ArmId;
use crate::wire::reference::{AssetReference, DatastoreUri};

/// Folder of uploads in a datastore.
const UPLOADS: &str = "LocalUpload";

/// Brings code, environment and model of a deployment to the workspace, in the order of Microsoft's tools.
pub async fn for_deployment(
    cx: &Context,
    arm: &Client,
    spec: &DeploymentSpec,
) -> anyhow::Result<DeploymentAssets> {
    let code_id = match spec.code.as_ref().and_then(|code| code.code.as_ref()) {
        Some(source) => Some(code_id(cx, arm, source).await?),
        None => None,
    };
    let environment_id = match &spec.environment {
        Some(source) => Some(environment_id(cx, arm, source).await?),
        None => None,
    };
    let model_id = match &spec.model {
        Some(AssetSource::Inline(model)) => Some(id_of(&register_model(cx, arm, model).await?)?),
        Some(AssetSource::Reference(reference)) => Some(resolve(arm, AssetKind::Model, reference).await?),
        None => None,
    };
    let compute_id = spec.compute.as_deref().map(|compute| compute_id(arm, compute));
    Ok(DeploymentAssets { model_id, environment_id, code_id, compute_id })
}

/// The id of code, uploaded first if it is a folder of this machine.
pub async fn code_id(cx: &Context, arm: &Client, source: &CodeSource) -> anyhow::Result<String> {
    match source {
        CodeSource::Folder(folder) => upload_code(cx, arm, folder).await,
        CodeSource::Asset(id) => reference_id(arm, AssetKind::Code, id).await,
    }
}

/// The id of an environment, registered first if it is described on the spot.
pub async fn environment_id(
    cx: &Context,
    arm: &Client,
    source: &AssetSource<EnvironmentSpec>,
) -> anyhow::Result<String> {
    match source {
        AssetSource::Inline(environment) => register_environment(cx, arm, environment).await,
        AssetSource::Reference(reference) if is_curated(reference) => Ok(reference.to_string()),
        AssetSource::Reference(reference) => resolve(arm, AssetKind::Environment, reference).await,
    }
}

/// Whether a reference is to an environment of Microsoft's own, which the service resolves by itself.
fn is_curated(reference: &AssetReference) -> bool {
    match reference {
        AssetReference::Version { name, .. } | AssetReference::Label { name, .. } => {
            name.starts_with("AzureML-")
        }
        AssetReference::Name(_) | AssetReference::Arm(_) | AssetReference::Registry(_) => false,
    }
}

/// A compute by name, `azureml:name` or id, as an id; no request is needed.
pub fn compute_id(arm: &Client, compute: &str) -> String {
    let name = compute.strip_prefix("azureml:").unwrap_or(compute);
    match name.starts_with('/') || name.is_empty() {
        true => name.to_owned(),
        false => arm.workspace().child(&format!("computes/{name}")),
    }
}

/// The ARM id a reference stands for. Ids and versions are not asked for: the service checks them.
pub async fn resolve(arm: &Client, kind: AssetKind, reference: &AssetReference) -> anyhow::Result<String> {
    match reference {
        AssetReference::Version { name, version } => {
            Ok(arm.workspace().child(&format!("{}/{name}/versions/{version}", kind.segment())))
        }
        AssetReference::Label { name, label } => id_of(&asset::by_label(arm, kind, name, label).await?),
        AssetReference::Arm(id) => Ok(id.clone()),
        AssetReference::Registry(uri) => Ok(uri.clone()),
        AssetReference::Name(name) => bail!(
            "`azureml:{name}` names no version of the {}; write `azureml:{name}:VERSION` or `azureml:{name}@latest`",
            kind.noun()
        ),
    }
}

async fn reference_id(arm: &Client, kind: AssetKind, text: &str) -> anyhow::Result<String> {
    let reference = AssetReference::parse_marked(text).or_else(|| AssetReference::parse_bare(text));
    let reference = reference.with_context(|| format!("`{text}` is no reference to {}", kind.noun()))?;
    resolve(arm, kind, &reference).await
}

/// The id in an answer of the service.
pub fn id_of(body: &Value) -> anyhow::Result<String> {
    body["id"].as_str().map(str::to_owned).context("the answer of the service has no `id`")
}

/// Uploads a code folder unless the workspace has its content; code is always anonymous.
async fn upload_code(cx: &Context, arm: &Client, folder: &Path) -> anyhow::Result<String> {
    let asset = Asset::load(folder)?;
    let content_hash = hash::content_hash(&asset)?;
    let (name, version) = (uuid::Uuid::new_v4().to_string(), "1".to_owned());
    if let Some(known) = arm.code_by_hash(&name, &content_hash).await? {
        return id_of(&known);
    }
    let pending = arm.start_pending_upload(&name, &version).await?;
    let place = &pending.blob_reference_for_consumption;
    let sas = place.credential["sasUri"].as_str().unwrap_or(&place.blob_uri);
    let container = Container::from_sas_uri(sas);
    // A single script is registered as the folder it lies in.
    let prefix = match asset.is_folder() {
        true => asset.name()?,
        false => tree::base_name(folder.parent().unwrap_or(Path::new(".")))?,
    };
    let owner = AssetName { name, version };
    let progress = cx.ui().bar("Uploading code", 0);
    let to = Destination { container: &container, prefix: &prefix, is_named_by_content: false };
    let uploaded = upload(arm, to, &asset, &owner, &|event| show(&progress, event)).await?;
    drop(progress);
    let AssetName { name, version } = match uploaded {
        Uploaded::New => owner,
        Uploaded::Known(known) => known,
    };
    let mut properties = crate::wire::JsonMap::new();
    properties.insert("hash_sha256".to_owned(), content_hash.into());
    properties.insert("hash_version".to_owned(), 202_208.into());
    let body = CodeVersion {
        properties: CodeProperties {
            code_uri: format!("{}/{prefix}", place.blob_uri),
            is_anonymous: Some(true),
            properties: Some(properties),
        },
    };
    id_of(&arm.put_asset_version(AssetKind::Code, &name, &version, &body).await?)
}

/// Registers an environment and returns its id; without a name it is anonymous, its version a hash of its content.
pub async fn register_environment(
    cx: &Context,
    arm: &Client,
    spec: &EnvironmentSpec,
) -> anyhow::Result<String> {
    id_of(&put_environment(cx, arm, spec).await?)
}

/// Registers an environment. Without a version the latest one is written again, and a new one made when the
/// service says that is something else (measured on azure-ai-ml 1.35.2).
pub async fn put_environment(cx: &Context, arm: &Client, spec: &EnvironmentSpec) -> anyhow::Result<Value> {
    let kind = AssetKind::Environment;
    remember_lines(cx, arm, spec);
    let (spec, build_hash) = with_uploaded_build(cx, arm, spec.clone()).await?;
    let Some(name) = spec.name.clone() else {
        let version = match build_hash {
            Some(hash) => spec.anonymous_version_of_build(&hash),
            None => spec.anonymous_version(),
        };
        return Ok(arm.put_asset_version(kind, ANONYMOUS_NAME, &version, &spec.into_wire()).await?);
    };
    let version = spec.version.clone();
    let body = spec.into_wire();
    if let Some(version) = &version {
        return Ok(arm.put_asset_version(kind, &name, version, &body).await?);
    }
    let container = arm.asset(kind, &name).await?;
    let member = |key: &str| {
        container.as_ref().and_then(|body| body["properties"][key].as_str()).unwrap_or("1").to_owned()
    };
    let latest = member("latestVersion");
    // A dry run is never told of a conflict, so it looks for itself.
    if !arm.is_dry() || is_free_for(arm, &name, &latest, &body).await? {
        match arm.put_asset_version(kind, &name, &latest, &body).await {
            Err(error) if error.status() == Some(http::StatusCode::CONFLICT) => {}
            other => return Ok(other?),
        }
    }
    Ok(arm.put_asset_version(kind, &name, &member("nextVersion"), &body).await?)
}

/// Keeps where the entries of a conda file were written, for whoever builds the environment on this machine.
fn remember_lines(cx: &Context, arm: &Client, spec: &EnvironmentSpec) {
    let (Some(conda_file), Ok(home)) = (&spec.conda_file, cx.home()) else { return };
    // Opening the local workspace has made its folder; elsewhere nobody would look there.
    let environments = home.environments_dir();
    if arm.is_dry() || !arm.workspace().is_local() || !environments.is_dir() {
        return;
    }
    let _messages_have_no_lines_then = engine::remember_lines(&environments, conda_file, &spec.conda_lines);
}

/// Whether an environment can be put under a version: there is none, or one with the same content.
async fn is_free_for(
    arm: &Client,
    name: &str,
    version: &str,
    body: &EnvironmentVersion,
) -> anyhow::Result<bool> {
    match arm.asset_version(AssetKind::Environment, name, version).await {
        Ok(known) => {
            Ok(is_same_environment(&known["properties"], &serde_json::to_value(body)?["properties"]))
        }
        Err(error) if error.is_not_found() => Ok(true),
        Err(error) => Err(error.into()),
    }
}

/// Uploads a local build context and puts its address into the spec; the second value is the content's hash.
async fn with_uploaded_build(
    cx: &Context,
    arm: &Client,
    mut spec: EnvironmentSpec,
) -> anyhow::Result<(EnvironmentSpec, Option<String>)> {
    let Some(AssetPath::Local(path)) = spec.build.as_ref().map(|build| build.path.clone()) else {
        return Ok((spec, None));
    };
    let asset = Asset::load(&path)?;
    let object_hash = hash::object_hash(&asset)?;
    let datastore = datastore_body(arm, spec.datastore.as_deref()).await?;
    let container = container(arm, &datastore).await?;
    let fresh = || uuid::Uuid::new_v4().to_string();
    let owner = AssetName {
        name: spec.name.clone().unwrap_or_else(fresh),
        version: spec.version.clone().unwrap_or_else(fresh),
    };
    let place = upload_below(cx, arm, &container, &asset, &object_hash, &owner).await?;
    if let Some(build) = &mut spec.build {
        build.path = AssetPath::Remote(format!("{}/{place}/", container.url()));
    }
    Ok((spec, Some(object_hash)))
}

/// Uploads and registers a model. Without a name it is anonymous and called by its content.
pub async fn register_model(cx: &Context, arm: &Client, spec: &ModelSpec) -> anyhow::Result<Value> {
    let kind = AssetKind::Model;
    let (name, version, uri) = match &spec.path {
        AssetPath::Local(path) => {
            let asset = Asset::load(path)?;
            let object_hash = hash::object_hash(&asset)?;
            let (name, version) = match &spec.name {
                Some(name) => (name.clone(), spec.version.clone()),
                None => (hash::text_hash(&object_hash), Some("1".to_owned())),
            };
            // Said in the upload's metadata only; the version may still change if somebody else is quicker.
            let likely = asset::version_or_next(arm, kind, &name, version.as_deref()).await?;
            let owner = AssetName { name: name.clone(), version: likely };
            let place =
                upload_local(cx, arm, &asset, spec.datastore.as_deref(), &object_hash, &owner).await?;
            (name, version, format!("{}/datastores/{place}", arm.workspace().long_uri()))
        }
        AssetPath::Remote(uri) => {
            let name = spec.name.clone().context("a model with a remote path needs a name")?;
            (name, spec.version.clone(), in_this_workspace(arm, uri))
        }
    };
    asset::register(arm, kind, &name, version.as_deref(), &spec.clone().into_wire(uri)).await
}

/// The address of a model in a datastore, short or long, as one in the workspace that is acted on: Microsoft's tools
/// look for it nowhere else. Other addresses stay as they are.
fn in_this_workspace(arm: &Client, uri: &str) -> String {
    match DatastoreUri::parse(uri) {
        Some(address) => DatastoreUri { workspace: Some(arm.workspace().clone()), ..address }.to_string(),
        None => uri.to_owned(),
    }
}

/// Uploads a local file or folder as data, to the default datastore unless another is named; returns its
/// `azureml://` address.
pub async fn upload_data(
    cx: &Context,
    arm: &Client,
    path: &Path,
    datastore: Option<&str>,
) -> anyhow::Result<String> {
    let asset = Asset::load(path)?;
    let object_hash = hash::object_hash(&asset)?;
    let fresh = || uuid::Uuid::new_v4().to_string();
    let owner = AssetName { name: fresh(), version: fresh() };
    let place = upload_local(cx, arm, &asset, datastore, &object_hash, &owner).await?;
    let slash = if asset.is_folder() { "/" } else { "" };
    Ok(format!("azureml://datastores/{place}{slash}"))
}

/// Uploads to a datastore, the default one unless another is named; returns `{datastore}/paths/{path}`.
async fn upload_local(
    cx: &Context,
    arm: &Client,
    asset: &Asset,
    datastore: Option<&str>,
    object_hash: &str,
    owner: &AssetName,
) -> anyhow::Result<String> {
    let datastore = datastore_body(arm, datastore).await?;
    let container = container(arm, &datastore).await?;
    let place = upload_below(cx, arm, &container, asset, object_hash, owner).await?;
    Ok(format!("{}/paths/{place}", datastore["name"].as_str().unwrap_or_default()))
}

/// Uploads into a container under the name Microsoft's tools give the content; returns that name.
async fn upload_below(
    cx: &Context,
    arm: &Client,
    container: &Container,
    asset: &Asset,
    object_hash: &str,
    owner: &AssetName,
) -> anyhow::Result<String> {
    let base_name = asset.name()?;
    let folder = format!("{UPLOADS}/{object_hash}");
    let prefix = if asset.is_folder() { format!("{folder}/{base_name}") } else { folder.clone() };
    let progress = cx.ui().bar("Uploading", 0);
    let to = Destination { container, prefix: &prefix, is_named_by_content: true };
    upload(arm, to, asset, owner, &|event| show(&progress, event)).await?;
    Ok(format!("{folder}/{base_name}"))
}

/// The datastore that is named, by name or reference, or else the default one.
async fn datastore_body(arm: &Client, named: Option<&str>) -> anyhow::Result<Value> {
    match named.filter(|name| !name.is_empty()) {
        Some(name) => {
            let name = name.strip_prefix("azureml:").unwrap_or(name);
            let name = name.strip_prefix("//datastores/").unwrap_or(name);
            Ok(arm.datastore(name.rsplit('/').next().unwrap_or(name)).await?)
        }
        None => Ok(arm.default_datastore().await?),
    }
}

/// Shows how a transfer goes.
pub fn show(progress: &Progress, event: Transfer) {
    match event {
        Transfer::Total(bytes) => progress.set_total(bytes),
        Transfer::Moved(bytes) => progress.advance(bytes),
    }
}

/// The container of a blob datastore, with the right to use it: a signature from the service or from the key it gives,
/// or where the datastore has no credentials or does not give them away, the user's own token.
pub async fn container(arm: &Client, datastore: &Value) -> anyhow::Result<Container> {
    let properties = &datastore["properties"];
    let member = |key: &str| properties[key].as_str();
    // A file system of Data Lake Storage is a container, too.
    let container = member("containerName").or_else(|| member("filesystem"));
    let (Some(name), Some(account), Some(container)) =
        (datastore["name"].as_str(), member("accountName"), container)
    else {
        bail!("the datastore {} is no blob container", datastore["name"]);
    };
    // `wasbs` and `abfss` are names for https.
    let protocol = if member("protocol") == Some("http") { "http" } else { "https" };
    let endpoint = member("endpoint").unwrap_or("core.windows.net");
    let url = format!("{protocol}://{account}.blob.{endpoint}/{container}");
    let secrets = match properties["credentials"]["credentialsType"].as_str() {
        Some("None") => Value::Null,
        _ => match arm.datastore_secrets(name).await {
            Ok(secrets) => secrets,
            Err(error) if error.status() == Some(http::StatusCode::FORBIDDEN) => Value::Null,
            Err(error) => return Err(error.into()),
        },
    };
    if let Some(key) = secrets["key"].as_str() {
        let signed = Container::with_account_key(&url, key, clock::now());
        return signed.with_context(|| format!("opening the datastore `{name}`"));
    }
    let signature = secrets["sasToken"].as_str().unwrap_or_default().trim_start_matches('?');
    Ok(Container::new(url, signature))
}

/// Whether an input is an address or reference rather than a local path.
pub fn is_remote(input: &str) -> bool {
    ["azureml:", "http://", "https://", "wasbs://", "abfss://", "/subscriptions/"]
        .iter()
        .any(|prefix| input.starts_with(prefix))
}

/// What a remote input is called on the wire, and its type where it is a data asset.
pub async fn resolve_data_uri(arm: &Client, input: &str) -> anyhow::Result<(String, Option<String>)> {
    let Some(reference) = AssetReference::parse_marked(input) else {
        return Ok((input.to_owned(), None));
    };
    let id = resolve(arm, AssetKind::Data, &reference).await?;
    let data_type = match ArmId::parse(&id).as_ref().and_then(ArmId::asset) {
        Some((_, name, version)) => {
            let body = arm.asset_version(AssetKind::Data, name, version).await?;
            body["properties"]["dataType"].as_str().map(str::to_owned)
        }
        None => None,
    };
    Ok((id, data_type))
}

/// Makes a deployment its endpoint's default, changing nothing else of the endpoint.
pub async fn set_default_deployment(arm: &Client, endpoint: &str, deployment: &str) -> anyhow::Result<()> {
    let mut body = arm.endpoint(endpoint).await?;
    body["properties"]["defaults"]["deploymentName"] = deployment.into();
    arm.put_endpoint(endpoint, &body).await?;
    Ok(())
}

/// Lets Python parse a scoring script, so that a syntax error shows before anything is created. `false` says that it
/// was not parsed, since there is no Python.
pub async fn check_script(cx: &Context, script: &Path) -> Result<bool, SpecError> {
    let python = cx.settings().python().unwrap_or_else(|| "python3".into());
    let mut command = tokio::process::Command::new(python);
    command
        .args(["-I", "-c", include_str!("check_script.py")])
        .arg(script)
        .stdin(std::process::Stdio::null());
    let Ok(output) = command.output().await else {
        return Ok(false);
    };
    match output.status.success() || output.stdout.is_empty() {
        true => Ok(true),
        false => Err(script_error(script, &String::from_utf8_lossy(&output.stdout))),
    }
}
