//! The runs inside a job: the one that scores in a batch job, the steps of a pipeline, and pipelines among them.

use std::collections::BTreeMap;

use super::error::ServiceError;
use super::outputs::SCORE;
use super::scope::Scope;
use crate::local::engine::pipeline::{OutputPlan, PipelinePlan};
use crate::local::engine::{JobError, JobPlan, Plan, Progress};
use crate::local::store::{Job, Step};
use crate::wire::job::JobStatus;

/// Name of the run that scores in a batch job.
const SCORING_RUN: &str = "batchscoring";

/// A run inside a job.
#[derive(Debug, Clone)]
pub(super) struct InnerRun {
    pub(super) run_id: String,
    /// The job, or the nested pipeline it is a step of.
    pub(super) parent: String,
    pub(super) name: String,
    pub(super) display_name: String,
    /// Whether it is a pipeline itself.
    pub(super) is_pipeline: bool,
    pub(super) status: JobStatus,
    pub(super) progress: Option<Progress>,
    pub(super) error: Option<JobError>,
    pub(super) started_at: Option<String>,
    pub(super) ended_at: Option<String>,
    /// Types of its outputs, by name.
    pub(super) outputs: BTreeMap<String, String>,
}

/// Every run inside a job, outer ones first.
pub(super) fn all(scope: &Scope, job: &Job) -> Result<Vec<InnerRun>, ServiceError> {
    match &job.plan {
        Plan::Scoring(plan) => Ok(vec![scoring(job, plan)]),
        Plan::Pipeline(plan) => Ok(of_pipeline(plan, &scope.store().steps(&plan.job)?)),
    }
}

fn scoring(job: &Job, plan: &JobPlan) -> InnerRun {
    InnerRun {
        run_id: plan.run_id.clone(),
        parent: plan.job.clone(),
        name: SCORING_RUN.to_owned(),
        display_name: job.display_name.clone(),
        is_pipeline: false,
        status: job.status,
        progress: job.progress.clone(),
        error: job.error.clone(),
        started_at: job.started_at.clone(),
        ended_at: job.ended_at.clone(),
        outputs: BTreeMap::from([(SCORE.to_owned(), "uri_folder".to_owned())]),
    }
}

fn of_pipeline(plan: &PipelinePlan, states: &[Step]) -> Vec<InnerRun> {
    let parent = |group: Option<usize>| {
        let group = group.and_then(|at| plan.groups.get(at));
        group.map_or_else(|| plan.job.clone(), |group| group.run_id.clone())
    };
    let groups = plan.groups.iter().map(|group| {
        let static_facts = (&group.run_id, &group.name, &group.display_name, true);
        inner(static_facts, parent(group.group), &group.outputs, states)
    });
    let steps = plan.steps.iter().map(|step| {
        let static_facts = (&step.run_id, &step.name, &step.display_name, false);
        inner(static_facts, parent(step.group), &step.outputs, states)
    });
    groups.chain(steps).collect()
}

fn inner(
    (run_id, name, display_name, is_pipeline): (&String, &String, &String, bool),
    parent: String,
    outputs: &BTreeMap<String, OutputPlan>,
    states: &[Step],
) -> InnerRun {
    let state = states.iter().find(|state| state.run_id == *run_id).cloned();
    InnerRun {
        run_id: run_id.clone(),
        parent,
        name: name.clone(),
        display_name: display_name.clone(),
        is_pipeline,
        status: state.as_ref().map_or(JobStatus::NotStarted, |state| state.status),
        progress: state.as_ref().and_then(|state| state.progress.clone()),
        error: state.as_ref().and_then(|state| state.error.clone()),
        started_at: state.as_ref().and_then(|state| state.started_at.clone()),
        ended_at: state.and_then(|state| state.ended_at),
        outputs: outputs.iter().map(|(name, output)| (name.clone(), output.kind.clone())).collect(),
    }
}
