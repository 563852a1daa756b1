//! Resuming a job: going on with one whose supervisor is gone, or could not go on. Azure has nothing like it.

use axum::Json;
use axum::http::StatusCode;
use serde_json::Value;

use super::error::ServiceError;
use super::invoke::launch_failure;
use super::job_body;
use super::scope::Scope;
use crate::local::engine::supervisor::{self, SupervisorLock};
use crate::local::store::Job;
use crate::wire::job::JobStatus;

/// Starts a new supervisor for the job. Of several requests at once, one does.
pub(super) async fn post(scope: Scope) -> Result<(StatusCode, Json<Value>), ServiceError> {
    let job = find(&scope)?;
    if !job.is_resumable() {
        return Err(refusal(&job));
    }
    let name = job.plan.job();
    let lock = match supervisor::take_over(&scope.service.home().job_dir(name)) {
        Err(supervisor::LaunchError::AlreadyRunning { .. }) => return Err(refusal(&find(&scope)?)),
        taken => taken?,
    };
    // The job may have been resumed, and have ended, since it was read.
    if !scope.store().reopen_job(name, &lock)? {
        return Err(refusal(&find(&scope)?));
    }
    launch(&scope, name, lock)?;
    Ok((StatusCode::ACCEPTED, Json(job_body::job(&scope, &find(&scope)?))))
}

pub(super) fn find(scope: &Scope) -> Result<Job, ServiceError> {
    let name = scope.name("job");
    let found = scope.store().job_of_run(&scope.workspace, name)?;
    found.ok_or_else(|| ServiceError::JobNotFound(name.to_owned()))
}

fn launch(scope: &Scope, job: &str, lock: SupervisorLock) -> Result<(), ServiceError> {
    if let Err(error) = scope.service.launcher().launch(job, lock) {
        scope.store().finish_job(job, JobStatus::Failed, Some(&launch_failure(&error)))?;
    }
    Ok(())
}

/// Why this job is not resumed, and what to do instead.
fn refusal(job: &Job) -> ServiceError {
    let name = job.plan.job();
    ServiceError::Invalid(match job.status {
        JobStatus::Completed => format!("The job {name} has completed: there is nothing to resume."),
        JobStatus::Canceled => {
            format!(
                "The job {name} was cancelled, and a cancelled job is not resumed. Invoke the endpoint again."
            )
        }
        JobStatus::Failed => format!(
            "The job {name} failed because of its deployment or its data, and would fail again. Its logs tell why; \
             when that is mended, invoke the endpoint again."
        ),
        _ => format!(
            "The job {name} is running: there is nothing to resume. `azml job stream -n {name} -w local` \
             follows it."
        ),
    })
}
