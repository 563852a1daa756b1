//! What `batch-endpoint invoke` runs on: looked at before anything is asked or sent, uploaded when all of it is there.

use std::path::{Path, PathBuf};

use anyhow::bail;
use serde_json::json;

use super::super::{assets, specs};
use crate::arm::Client;
use crate::context::Context;
use crate::spec::SpecDocument;
use crate::spec::invoke::{InvokeSpec, local_inputs};
use crate::wire::JsonMap;
use crate::wire::invoke::BatchJobProperties;

/// What the file of a run, `--input` and inputs by name name.
pub(super) struct Inputs {
    file: Option<InvokeSpec>,
    data: Option<Data>,
    /// Files and folders of this machine that options give by name, which exist.
    named: Vec<(String, PathBuf)>,
}

/// What `--input` names.
enum Data {
    /// Something at an address, as typed.
    Remote(String),
    /// A file or folder of this machine, which exists.
    Local(PathBuf),
}

impl Inputs {
    /// Reads the file of a run on `endpoint`, and makes sure that all files of this machine are there.
    pub(super) fn read(
        cx: &Context,
        file: Option<&Path>,
        endpoint: &str,
        input: Option<&str>,
        request: &BatchJobProperties,
    ) -> anyhow::Result<Self> {
        let file = match file {
            None => None,
            Some(path) => {
                let document = SpecDocument::load_named(path)?;
                let spec = specs::accept(cx, &document, InvokeSpec::from_document(&document)?);
                spec.refuse_other_endpoint(endpoint)?;
                Some(spec)
            }
        };
        let data = input.map(|input| Data::read(cx, input)).transpose()?;
        let mut named = Vec::new();
        for (name, path) in local_inputs(request) {
            let place = cx.current_dir().join(&path);
            if !place.exists() {
                bail!("inputs.{name}: there is no file or folder at `{path}`");
            }
            named.push((name, place));
        }
        Ok(Self { file, data, named })
    }

    /// The deployment that the file names.
    pub(super) fn deployment_name(&self) -> Option<String> {
        self.file.as_ref().and_then(|file| file.deployment_name.clone())
    }

    /// Uploads what is on this machine and puts all inputs into a request, whose own members win over the file's.
    pub(super) async fn bring(
        self,
        cx: &Context,
        arm: &Client,
        input_type: Option<&str>,
        request: &mut BatchJobProperties,
    ) -> anyhow::Result<()> {
        for (name, path) in &self.named {
            let uri = assets::upload_data(cx, arm, path, None).await?;
            let Some(input) = request.input_data.as_mut().and_then(|inputs| inputs.get_mut(name)) else {
                continue;
            };
            input["uri"] = uri.into();
            // A folder unless it was called something else: it is a file.
            if path.is_file() && input["jobInputType"] == "UriFolder" {
                input["jobInputType"] = "UriFile".into();
            }
        }
        if let Some(mut spec) = self.file {
            for (name, path) in spec.local_inputs() {
                let uri = assets::upload_data(cx, arm, &path, None).await?;
                spec.move_input(&name, uri);
            }
            let options = std::mem::take(request);
            spec.apply(request);
            request.take_over(options);
        }
        if let Some(data) = self.data {
            request.input_data = Some(data.bring(cx, arm, input_type).await?);
        }
        Ok(())
    }
}

impl Data {
    fn read(cx: &Context, input: &str) -> anyhow::Result<Self> {
        if assets::is_remote(input) {
            return Ok(Self::Remote(input.to_owned()));
        }
        let path = cx.current_dir().join(input.strip_prefix("file://").unwrap_or(input));
        if !path.exists() {
            bail!("--input: there is no file or folder at `{input}`");
        }
        Ok(Self::Local(path))
    }

    /// `inputData` for one input, uploaded first if it is a local file or folder.
    async fn bring(&self, cx: &Context, arm: &Client, input_type: Option<&str>) -> anyhow::Result<JsonMap> {
        let (uri, natural_type) = match self {
            Self::Remote(input) => assets::resolve_data_uri(arm, input).await?,
            Self::Local(path) => {
                let natural = if path.is_dir() { "uri_folder" } else { "uri_file" };
                (assets::upload_data(cx, arm, path, None).await?, Some(natural.to_owned()))
            }
        };
        let kind = match input_type.map(str::to_lowercase).or(natural_type).as_deref() {
            Some("uri_file") => "UriFile",
            _ => "UriFolder",
        };
        let mut inputs = JsonMap::new();
        inputs.insert(kind.to_owned(), json!({"jobInputType": kind, "uri": uri}));
        Ok(inputs)
    }
}
