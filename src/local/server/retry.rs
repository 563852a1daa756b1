//! Retrying a job: a new one that scores what another has left without a result. Azure has nothing like it.

use axum::Json;
use axum::http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use super::error::ServiceError;
use super::plan::check_script;
use super::scope::{JsonBody, Scope};
use super::{display_name, invoke, job_body, outputs, resume};
use crate::local::engine::retry::{Rest, rest};
use crate::local::engine::{JobInput, JobPlan, Plan, RetryPlan};
use crate::local::store::Job;
use crate::wire::deployment::OutputAction;
use crate::wire::invoke::BatchJobProperties;
use crate::wire::job::{JobStatus, RetryRequest};

/// Starts the new job, or answers with the one the same request started before.
pub(super) async fn post(
    scope: Scope,
    headers: HeaderMap,
    JsonBody(request): JsonBody<RetryRequest>,
) -> Result<(StatusCode, Json<Value>), ServiceError> {
    let repeatability_id = invoke::repeatability_id(&headers);
    let job = match invoke::repeated(&scope, repeatability_id)? {
        Some(job) => job,
        None => draft(&scope, &resume::find(&scope)?, request)?.start(&scope, repeatability_id)?,
    };
    Ok((StatusCode::CREATED, Json(job_body::job(&scope, &job))))
}

fn draft(scope: &Scope, original: &Job, request: RetryRequest) -> Result<invoke::Draft, ServiceError> {
    let Plan::Scoring(scored) = &original.plan else {
        let name = original.plan.job();
        return Err(ServiceError::Invalid(format!(
            "The job {name} ran a pipeline, and only the files of batch jobs are retried. Invoke the endpoint again."
        )));
    };
    let retry = retry_plan(scope, original, scored, request.merge)?;
    check_plan(scored)?;
    let job = invoke::job_name(scope, request.name.as_deref())?;
    let run_id = Uuid::new_v4().to_string();
    let properties = BatchJobProperties { output_data: request.output_data, ..BatchJobProperties::default() };
    let output = outputs::resolve(scope, &properties, &run_id)?;
    let given_file_name = output.file_name.clone();
    let mut plan = JobPlan { job, run_id, retry: Some(retry), ..JobPlan::clone(scored) };
    plan.output_file_name = given_file_name.unwrap_or(plan.output_file_name);
    plan.output_dir = scope.service.blobs().folder_path(&output.folder.container, &output.folder.name)?;
    let mut answered = original.request.clone();
    answered["output"] = json!({ "datastoreId": null, "path": null });
    answered["outputFileName"] = plan.output_file_name.as_str().into();
    answered["outputData"] = properties.output_data.map_or(Value::Null, Value::Object);
    let display_name = request.name.unwrap_or_else(display_name::random);
    Ok(invoke::Draft { plan: plan.into(), output: Some(output.folder), display_name, request: answered })
}

/// What the new job takes from the other one, if there is something to retry.
fn retry_plan(
    scope: &Scope,
    original: &Job,
    scored: &JobPlan,
    merge: bool,
) -> Result<RetryPlan, ServiceError> {
    let name = &scored.job;
    let refused = |why: String| Err(ServiceError::Invalid(why));
    if original.is_resumable() {
        return refused(format!(
            "The job {name} has stopped before its end and can go on: `azml job resume -n {name} -w local`. What fails \
             then can be retried."
        ));
    }
    if !original.status.is_terminal() {
        return refused(format!(
            "The job {name} is running: what fails can be retried when it has ended. `azml job stream -n {name}` \
             follows it."
        ));
    }
    if merge && scored.output_action == OutputAction::SummaryOnly {
        return refused(format!(
            "The job {name} collects no rows (output_action: summary_only), so there are none to merge. Retry it \
             without merging."
        ));
    }
    let job_dir = scope.service.home().job_dir(name);
    let is_completed = original.status == JobStatus::Completed;
    let output = is_completed.then(|| scored.output_dir.join(&scored.output_file_name));
    let found = rest(&job_dir, scored.retry.as_ref());
    match &scored.retry {
        // It came to nothing, so what it was to do is still to be done: that, and no more.
        Some(earlier) if found == Rest::Everything => {
            let retry = RetryPlan { merge: merge && earlier.merge, ..earlier.clone() };
            let found = retry.job_dir.as_deref().map_or(Rest::Everything, |job_dir| rest(job_dir, None));
            checked(retry, found)
        }
        _ => checked(RetryPlan { job: name.clone(), job_dir: Some(job_dir), output, merge }, found),
    }
}

/// What to take from a job of which this is left to do, if that is known, there is any, and its rows are there if they
/// are to be merged.
fn checked(retry: RetryPlan, rest: Rest) -> Result<RetryPlan, ServiceError> {
    let (name, refused) = (&retry.job, |why: String| Err(ServiceError::Invalid(why)));
    let row_bytes = match rest {
        Rest::Everything => return Ok(RetryPlan { job_dir: None, ..retry }),
        Rest::Files { files: 0, .. } => {
            return refused(format!("Every file of the job {name} has a result: there is nothing to retry."));
        }
        Rest::Files { row_bytes, .. } => row_bytes,
        Rest::Unknown => {
            return refused(format!(
                "What became of the files of the job {name} is not known any more: lists in its folder are gone or \
                 damaged. Invoke the endpoint again."
            ));
        }
    };
    if let Some(file) = retry.output.as_ref().filter(|_| retry.merge)
        && !file.metadata().is_ok_and(|file| file.is_file() && file.len() == row_bytes)
    {
        return refused(format!(
            "The output of the job {name} was changed or removed since it was written, so its rows cannot be merged. \
             Retry it without merging."
        ));
    }
    Ok(retry)
}

/// Whether all that the job was made of is still there.
fn check_plan(plan: &JobPlan) -> Result<(), ServiceError> {
    let input = match &plan.input {
        JobInput::File(path) | JobInput::Folder(path) => path.exists(),
        JobInput::Url(_) => true,
    };
    let script = plan.code.as_ref();
    let script = script.is_none_or(|code| check_script(&code.code_dir, &code.scoring_script).is_ok());
    let parts = [
        ("input", input),
        ("scoring script", script),
        ("model", plan.model.as_ref().is_none_or(|model| model.exists())),
    ];
    match parts.into_iter().find(|(_, is_there)| !is_there) {
        None => Ok(()),
        Some((part, _)) => Err(ServiceError::Invalid(format!(
            "The {part} of the job {} is not in this workspace any more. Invoke the endpoint again.",
            plan.job
        ))),
    }
}
