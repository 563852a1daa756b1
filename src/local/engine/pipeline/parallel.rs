//! A step that scores mini-batches: a batch job of its own, run by the engine like any other.

use std::path::Path;

use super::super::failure::Failure;
use super::super::job::Job;
use super::super::logs::JobLogs;
use super::super::plan::EngineSettings;
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
}

impl ParallelStep<'_> {
    /// Runs the batch job to its end, which it records itself.
    pub(super) async fn run(&self) -> Result<JobStatus, Failure> {
        let Surroundings { environments, settings, downloader, .. } = *self.surroundings;
        let mut material = Material::gather(&self.parallel.inputs, self.dir, downloader).await?;
        // Not made anew: what an earlier try has scored counts, and the engine goes on from there.
        material.add_outputs(&self.step.outputs)?;
        let template = Template::parse(&self.parallel.arguments);
        let template = template.map_err(|error| Failure::Command(error.to_string()))?;
        let mut plan = self.parallel.job.clone();
        plan.program_arguments = template.words(|side, name| material.value(side, name));
        // Other steps run beside this one: what is below this process is not all its own.
        let settings = EngineSettings { owns_process: false, ..settings.clone() };
        let status = Job {
            plan: &plan,
            job_dir: self.dir,
            environments,
            settings: &settings,
            record: self.record,
            downloader,
        }
        .run()
        .await;
        if status == JobStatus::Completed {
            self.step.outputs.values().for_each(material::protect);
        }
        Ok(status)
    }

    /// The logs of a step whose batch job could not even begin.
    pub(super) fn logs(&self) -> Option<JobLogs> {
        JobLogs::create(self.dir, false).ok()
    }
}
