//! Jobs and the runs inside them, as the jobs API and run history know them.

use serde_json::Value;

use super::super::view::{View, map_or_empty};
use crate::arm::{ArmError, Client};

/// Name of the run that scores; Azure adds others around it in some regions.
const SCORING_RUN: &str = "batchscoring";

/// A job, or a run inside one.
pub(super) enum Found {
    /// The body of a job.
    Job(Value),
    /// A run of run history, inside a job.
    Run(Value),
}

impl Found {
    /// The word for how far it is.
    pub(super) fn status(&self) -> &str {
        self.facts()["status"].as_str().unwrap_or_default()
    }

    /// Whether this is the job of an invocation that scores with a model. What a pipeline deployment starts is none.
    pub(super) fn is_batch_job(&self) -> bool {
        let tags = &self.facts()["tags"];
        tags["azureml.batchrun"] == "true" && tags["azureml.jobtype"] != "azureml.pipelinejob"
    }

    /// The run whose results were taken instead of running this one again.
    pub(super) fn reused(&self) -> Option<&str> {
        let properties = &self.facts()["properties"];
        properties["azureml.reusedrunid"].as_str().filter(|_| properties["azureml.isreused"] == "true")
    }

    /// Where a job says that its artifacts are.
    pub(super) fn artifacts_uri(&self) -> Option<&str> {
        self.facts()["outputs"]["default"]["uri"].as_str()
    }

    fn facts(&self) -> &Value {
        match self {
            Self::Job(job) => &job["properties"],
            Self::Run(run) => run,
        }
    }
}

/// Looks a name up among jobs and the runs inside them. The jobs API answers for a run without properties, or not at
/// all.
pub(super) async fn find(arm: &Client, name: &str) -> anyhow::Result<Found> {
    match arm.job(name).await {
        Ok(job) if job["properties"].is_object() => Ok(Found::Job(job)),
        Ok(_) => Ok(Found::Run(arm.run(&arm.data_plane().await?, name).await?)),
        Err(missing) if missing.is_not_found() => match run_without_job(arm, name).await {
            Ok(run) => Ok(Found::Run(run)),
            Err(_) => Err(missing.into()),
        },
        Err(error) => Err(error.into()),
    }
}

async fn run_without_job(arm: &Client, name: &str) -> Result<Value, ArmError> {
    arm.run(&arm.data_plane().await?, name).await
}

/// A run in the shape of a job.
pub(super) fn run_view(run: &Value) -> Value {
    View::new()
        .with("name", run["runId"].clone())
        .with("display_name", run["displayName"].clone())
        .with("status", run["status"].clone())
        .with("type", "base")
        .with("properties", map_or_empty(&run["properties"]))
        .with("tags", map_or_empty(&run["tags"]))
        .build()
}

/// The runs inside a job, the one that scores first.
pub(super) async fn children(arm: &Client, api: &str, job: &str) -> Result<Vec<Value>, ArmError> {
    let mut children = arm.run_children(api, job).await?;
    children.sort_by_key(|run| run["name"] != SCORING_RUN);
    Ok(children)
}
