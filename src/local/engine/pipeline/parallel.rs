//! A step that scores mini-batches: a batch job of its own, run by the engine like any other.

use std::path::Path;

use super::super::aside::Aside;
use super::super::failure::Failure;
use super::super::job::Job;
use super::super::logs::JobLogs;
use super::super::plan::{EngineSettings, JobInput, JobPlan};
use super::super::record::JobRecord;
use super::material::{self, Material};
use super::plan::{ParallelPlan, StepPlan};
use super::run::Surroundings;
use super::template::Template;
use crate::wire::job::JobStatus;

/// One parallel step.
pub(super) struct ParallelStep<'a> {
    pub(super) step: &'a StepPlan,
    pub(super) parallel: &'a ParallelPlan,
    pub(super) dir: &'a Path,
    pub(super) surroundings: &'a Surroundings<'a>,
    pub(super) record: &'a dyn JobRecord,
    pub(super) logs: &'a JobLogs,
}

impl ParallelStep<'_> {
    /// Fetches what has to be fetched, and answers the plan of the batch job.
    pub(super) async fn prepare(&self) -> Result<JobPlan, Failure> {
        let ParallelPlan { job, input, arguments, inputs } = self.parallel;
        let mut material =
            Material::gather(inputs, self.dir, self.surroundings.downloader, self.logs).await?;
        // Not made anew: what an earlier try has scored counts, and the engine goes on from there.
        material.add_outputs(&self.step.outputs)?;
        let template = Template::parse(arguments);
        let template = template.map_err(|error| Failure::Command(error.to_string()))?;
        let mut plan = job.clone();
        plan.program_arguments = template.words(|side, name| material.value(side, name));
        if let Some(path) = material.fetched(input) {
            let path = path.to_owned();
            plan.input = if path.is_dir() { JobInput::Folder(path) } else { JobInput::File(path) };
        }
        Ok(plan)
    }

    /// Runs the batch job to its end, which it records itself.
    pub(super) async fn run(&self, plan: &JobPlan) -> JobStatus {
        let Surroundings { environments, settings, downloader } = *self.surroundings;
        // Other steps run beside this one: what is below this process is not all its own.
        let settings = EngineSettings { owns_process: false, ..settings.clone() };
        let aside = Aside::default();
        let (job_dir, record) = (self.dir, self.record);
        let job = Job { plan, job_dir, environments, settings: &settings, record, downloader, aside };
        let status = job.run_with(self.logs).await;
        if status == JobStatus::Completed {
            let outputs = self.step.outputs.clone();
            let _broke_off = job.aside.start(move |_| material::protect(&outputs)).await;
        }
        status
    }
}
