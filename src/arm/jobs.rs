//! The REST calls about jobs: invoking, listing, cancelling, and what run history tells.

use std::time::Duration;

use http::Method;
use serde::Serialize;
use serde_json::{Value, json};

use super::api_version;
use super::client::{Call, Client};
use super::credential::Audience;
use super::error::ArmError;
use super::page::Pages;
use super::resources::{ListView, to_json};
use super::retry::asked_pause;
use crate::wire::invoke::{DEPLOYMENT_HEADER, REPEATABILITY_HEADER};
use crate::wire::job::{JobStatus, RetryRequest};
use crate::wire::paths;

/// Details of a run and how long to wait before asking again.
#[derive(Debug)]
pub struct RunDetails {
    /// Status, error, log files, properties.
    pub body: Value,
    /// The service's wish for the next poll.
    pub poll_after: Option<Duration>,
}

impl Client {
    /// Starts a job at an endpoint's scoring address. `request_id` makes a repeated call the same job.
    pub async fn invoke(
        &self,
        scoring_uri: &str,
        deployment: Option<&str>,
        request_id: &str,
        body: &impl Serialize,
    ) -> Result<Value, ArmError> {
        let mut headers = vec![(REPEATABILITY_HEADER, request_id.to_owned())];
        headers.extend(deployment.map(|name| (DEPLOYMENT_HEADER, name.to_owned())));
        let audience = Some(Audience::MachineLearning);
        let call = Call { headers: &headers, audience, ..Call::new(Method::POST, scoring_uri) };
        Ok(self.change(call, Some(&to_json(body))).await?.body)
    }

    /// Lists the jobs of an endpoint, or of one of its deployments.
    pub async fn endpoint_jobs(
        &self,
        endpoint: &str,
        deployment: Option<&str>,
    ) -> Result<Vec<Value>, ArmError> {
        let api = self.data_plane().await?;
        let url = match deployment {
            Some(name) => {
                self.data_plane_url(&api, paths::MFE_PREFIX, paths::DEPLOYMENT_JOBS, &[endpoint, name])
            }
            None => self.data_plane_url(&api, paths::MFE_PREFIX, paths::ENDPOINT_JOBS, &[endpoint]),
        };
        self.list_from(Audience::MachineLearning, &format!("{url}?{}", api_version::DATA_PLANE), None).await
    }

    /// Gets a job.
    pub async fn job(&self, name: &str) -> Result<Value, ArmError> {
        self.get(&self.url(paths::JOB, &[name], api_version::JOB)).await
    }

    /// Lists jobs, newest first.
    pub async fn jobs(&self, view: ListView, limit: Option<usize>) -> Result<Vec<Value>, ArmError> {
        let query = format!("{}&listViewType={}", api_version::JOB, view.as_str());
        self.list(&self.url(paths::JOBS, &[], &query), limit).await
    }

    /// Lists the jobs in use that `keep` accepts, newest first, without holding the others.
    pub async fn jobs_where(&self, keep: impl Fn(&Value) -> bool) -> Result<Vec<Value>, ArmError> {
        let url = self.url(paths::JOBS, &[], &format!("{}&listViewType=ActiveOnly", api_version::JOB));
        let (mut kept, mut pages) = (Vec::new(), Pages::new(self, Audience::ResourceManager, &url));
        while let Some(page) = pages.next().await? {
            kept.extend(page.into_iter().filter(|job| keep(job)));
        }
        Ok(kept)
    }

    /// Asks for a job to be stopped.
    pub async fn cancel_job(&self, name: &str) -> Result<(), ArmError> {
        let url = self.url(paths::JOB_CANCEL, &[name], api_version::CANCEL);
        let call = Call { is_repeatable: true, ..Call::new(Method::POST, &url) };
        match self.change(call, None).await {
            Ok(accepted) => self.finished(Method::POST, &url, accepted).await.map(drop),
            // The attempt before this one has stopped it.
            Err(error) if error.was_repeated() && self.has_ended(name).await => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Goes on with a job that was stopped, which only the local workspace can; the job as it is then.
    pub async fn resume_job(&self, name: &str) -> Result<Value, ArmError> {
        let url = self.url(paths::JOB_RESUME, &[name], api_version::JOB);
        Ok(self.change(Call::new(Method::POST, &url), None).await?.body)
    }

    /// Starts a job on the files that an ended one has no result for, which only the local workspace can; the new job.
    /// `request_id` makes a repeated call the same job.
    pub async fn retry_job(
        &self,
        name: &str,
        request_id: &str,
        request: &RetryRequest,
    ) -> Result<Value, ArmError> {
        let url = self.url(paths::JOB_RETRY, &[name], api_version::JOB);
        let headers = [(REPEATABILITY_HEADER, request_id.to_owned())];
        let call = Call { headers: &headers, ..Call::new(Method::POST, &url) };
        Ok(self.change(call, Some(&to_json(request))).await?.body)
    }

    async fn has_ended(&self, job: &str) -> bool {
        let status = self.job(job).await.ok().and_then(|job| {
            job["properties"]["status"].as_str().and_then(|word| word.parse::<JobStatus>().ok())
        });
        status.is_some_and(JobStatus::is_terminal)
    }

    /// Gets a run from run history.
    pub async fn run(&self, api: &str, run: &str) -> Result<Value, ArmError> {
        let url = self.data_plane_url(api, paths::HISTORY_PREFIX, paths::RUN, &[run]);
        self.get(&format!("{url}?{}", api_version::HISTORY)).await
    }

    /// Gets a run with everything that is recorded of it, below `runMetadata`.
    pub async fn run_data(&self, api: &str, run: &str) -> Result<Value, ArmError> {
        let url = self.data_plane_url(api, paths::HISTORY_PREFIX, paths::RUN_DATA, &[]);
        let wanted = json!({
            "runId": run,
            "selectRunMetadata": true,
            "selectRunDefinition": true,
            "selectJobSpecification": true,
        });
        self.ask(&format!("{url}?{}", api_version::HISTORY), &wanted).await
    }

    /// Lists the children of a run.
    pub async fn run_children(&self, api: &str, run: &str) -> Result<Vec<Value>, ArmError> {
        let url = self.data_plane_url(api, paths::HISTORY_PREFIX, paths::RUN_CHILDREN, &[run]);
        self.list(&format!("{url}?{}", api_version::HISTORY), None).await
    }

    /// Gets status, error and log files of a run.
    pub async fn run_details(&self, api: &str, run: &str) -> Result<RunDetails, ArmError> {
        let url = self.data_plane_url(api, paths::HISTORY_PREFIX, paths::RUN_DETAILS, &[run]);
        let url = format!("{url}?{}", api_version::HISTORY);
        let answer = self.json(Call::get(&url)).await?;
        Ok(RunDetails { body: answer.body, poll_after: asked_pause(&answer.headers) })
    }

    /// Resolves data asset ids to addresses.
    pub async fn resolve_uris(&self, api: &str, ids: &[String]) -> Result<Value, ArmError> {
        let url = self.data_plane_url(api, paths::DATA_PREFIX, paths::RESOLVE_URIS, &[]);
        let url = format!("{url}?{}", api_version::RESOLVE);
        self.ask(&url, &json!({"values": ids})).await
    }

    /// Resolves ids of models that runs left to addresses.
    pub async fn resolve_models(&self, api: &str, ids: &[String]) -> Result<Value, ArmError> {
        let url = self.data_plane_url(api, paths::MODEL_PREFIX, paths::RESOLVE_MODELS, &[]);
        self.ask(&url, &json!({"values": ids})).await
    }
}
