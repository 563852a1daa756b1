//! From a pipeline and the values of an invocation to a plan: nested pipelines are taken apart, bindings become values
//! and paths, and every run gets its id.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::super::error::ServiceError;
use super::super::scope::Scope;
use super::super::{inputs, outputs};
use super::binding::Binding;
use super::tree::{Given, Pipeline, Runs, Step, Target};
use super::{parallel, values};
use crate::local::engine::pipeline::{
    CommandPlan, GroupPlan, OutputPlan, ParallelPlan, StepInput, StepPlan, StepTask,
};
use crate::local::engine::{CodePlan, JobInput, JobPlan};
use crate::wire::deployment::OutputAction;

type Values = BTreeMap<String, StepInput>;
type Places = BTreeMap<String, OutputPlan>;

/// Names that the runs of one job share.
pub(super) struct JobFacts<'a> {
    pub(super) job: &'a str,
    pub(super) endpoint: &'a str,
    pub(super) deployment: &'a str,
    pub(super) experiment: &'a str,
}

/// Collects the steps of a job.
pub(super) struct Resolver<'s> {
    pub(super) scope: &'s Scope,
    pub(super) facts: JobFacts<'s>,
    pub(super) groups: Vec<GroupPlan>,
    pub(super) steps: Vec<StepPlan>,
}

/// Where steps are that are being collected.
#[derive(Debug, Clone, Default)]
struct Surroundings {
    /// The nested pipeline they are in.
    group: Option<usize>,
    /// What that waits for, and so do they.
    needs: Vec<usize>,
}

/// A step whose runs have been collected.
struct Done {
    outputs: Places,
    /// Indices of its steps: itself, or those inside it.
    steps: Vec<usize>,
}

impl Resolver<'_> {
    /// Collects the steps of the job's own pipeline and answers where its outputs are.
    pub(super) fn job(
        &mut self,
        pipeline: &Pipeline,
        values: &Values,
        places: &Places,
    ) -> Result<Places, ServiceError> {
        self.pipeline(pipeline, values, places, &Surroundings::default())
    }

    fn pipeline(
        &mut self,
        pipeline: &Pipeline,
        values: &Values,
        places: &Places,
        surroundings: &Surroundings,
    ) -> Result<Places, ServiceError> {
        let mut done: BTreeMap<&str, Done> = BTreeMap::new();
        let mut written = Places::new();
        for step in &pipeline.steps {
            let in_step = |error| match error {
                ServiceError::Invalid(what) => ServiceError::Invalid(format!("Step {}: {what}", step.name)),
                other => other,
            };
            let found = self.step(step, values, places, &done, surroundings).map_err(in_step)?;
            for (output, target) in &step.outputs {
                if let (Target::Pipeline(name), Some(place)) = (target, found.outputs.get(output)) {
                    written.insert(name.clone(), place.clone());
                }
            }
            done.insert(&step.name, found);
        }
        Ok(written)
    }

    fn step(
        &mut self,
        step: &Step,
        values: &Values,
        places: &Places,
        done: &BTreeMap<&str, Done>,
        surroundings: &Surroundings,
    ) -> Result<Done, ServiceError> {
        let mut needs = surroundings.needs.clone();
        let values = self.inputs(step, values, done, &mut needs)?;
        needs.sort_unstable();
        needs.dedup();
        let run_id = Uuid::new_v4().to_string();
        let named = self.named_places(step, places, &run_id)?;
        if let Runs::Pipeline(inner) = &step.runs {
            return self.group(
                step,
                inner,
                run_id,
                &values,
                &named,
                Surroundings { needs, ..surroundings.clone() },
            );
        }
        let mut outputs = Places::new();
        for (name, kind) in &step.runs.interface().outputs {
            let place = match named.get(name) {
                Some(place) => place.clone(),
                None => outputs::own_place(self.scope, &run_id, name, kind)?,
            };
            outputs.insert(name.clone(), place);
        }
        let task = self.task(step, &run_id, values, &outputs)?;
        let at = self.steps.len();
        self.steps.push(StepPlan {
            run_id,
            name: step.name.clone(),
            display_name: step.display_name.clone(),
            group: surroundings.group,
            needs,
            outputs: outputs.clone(),
            task,
        });
        Ok(Done { outputs, steps: vec![at] })
    }

    /// A pipeline that is a step: its own steps wait for whatever it waits for.
    fn group(
        &mut self,
        step: &Step,
        inner: &Pipeline,
        run_id: String,
        values: &Values,
        places: &Places,
        outside: Surroundings,
    ) -> Result<Done, ServiceError> {
        let (at, first) = (self.groups.len(), self.steps.len());
        self.groups.push(GroupPlan {
            run_id,
            name: step.name.clone(),
            display_name: step.display_name.clone(),
            group: outside.group,
            outputs: Places::new(),
        });
        let inside = Surroundings { group: Some(at), needs: outside.needs };
        let outputs = self.pipeline(inner, values, places, &inside)?;
        self.groups[at].outputs.clone_from(&outputs);
        Ok(Done { outputs, steps: (first..self.steps.len()).collect() })
    }

    /// Values of a step's inputs, in the forms its component takes, and the steps they come from.
    fn inputs(
        &self,
        step: &Step,
        of_pipeline: &Values,
        done: &BTreeMap<&str, Done>,
        needs: &mut Vec<usize>,
    ) -> Result<Values, ServiceError> {
        let mut values = Values::new();
        for (name, wanted) in &step.runs.interface().inputs {
            let given = match step.inputs.get(name) {
                None => None,
                Some(Given::Value(text)) => Some(StepInput::Value(text.clone())),
                Some(Given::Data { kind, uri }) => {
                    Some(StepInput::Data(inputs::data(self.scope, kind, uri)?))
                }
                Some(Given::Binding(Binding::Input(input))) => of_pipeline.get(input).cloned(),
                Some(Given::Binding(Binding::OutputOfStep { step, output })) => {
                    let source = done.get(step.as_str());
                    needs.extend(source.iter().flat_map(|source| &source.steps));
                    let place = source.and_then(|source| source.outputs.get(output));
                    let place = place.ok_or_else(|| {
                        ServiceError::Invalid(format!(
                            "nothing is written to the output {output} of step {step}."
                        ))
                    })?;
                    Some(StepInput::Data(match place.is_file() {
                        true => JobInput::File(place.path.clone()),
                        false => JobInput::Folder(place.path.clone()),
                    }))
                }
                Some(Given::Binding(Binding::Output(_))) => None,
            };
            let value = match (given, &wanted.default) {
                (Some(StepInput::Value(text)), _) => StepInput::Value(values::accepted(name, wanted, &text)?),
                (Some(data), _) => data,
                (None, Some(default)) => StepInput::Value(values::accepted(name, wanted, default)?),
                (None, None) if wanted.is_optional => continue,
                (None, None) => {
                    return Err(ServiceError::Invalid(format!("its input {name} is given no value.")));
                }
            };
            values.insert(name.clone(), value);
        }
        Ok(values)
    }

    /// Places of outputs that are not left to the run.
    fn named_places(&self, step: &Step, of_pipeline: &Places, run_id: &str) -> Result<Places, ServiceError> {
        let mut places = Places::new();
        for (name, target) in &step.outputs {
            match target {
                Target::Pipeline(output) => {
                    places.extend(of_pipeline.get(output).map(|place| (name.clone(), place.clone())));
                }
                Target::Address(uri) => {
                    let kind =
                        step.runs.interface().outputs.get(name).map(String::as_str).unwrap_or_default();
                    let uri = outputs::filled(uri, run_id, name);
                    places.insert(name.clone(), outputs::at_address(self.scope, &uri, kind)?);
                }
            }
        }
        Ok(places)
    }

    fn task(
        &self,
        step: &Step,
        run_id: &str,
        values: Values,
        outputs: &Places,
    ) -> Result<StepTask, ServiceError> {
        Ok(match &step.runs {
            Runs::Command(command) => StepTask::Command(Box::new(CommandPlan {
                command: command.command.clone(),
                inputs: values,
                code_dir: command.code.clone(),
                environment: command.environment.clone(),
                environment_variables: step.variables.clone(),
                timeout_seconds: step.timeout_seconds,
            })),
            Runs::Parallel(parallel) => {
                let job = self.batch_job(step, parallel, run_id, &values, outputs)?;
                StepTask::Parallel(Box::new(ParallelPlan {
                    job,
                    input: parallel.input.clone(),
                    arguments: parallel.arguments.clone(),
                    inputs: values,
                }))
            }
            Runs::Pipeline(_) => {
                return Err(ServiceError::Invalid("a pipeline has no task of its own.".to_owned()));
            }
        })
    }

    fn batch_job(
        &self,
        step: &Step,
        parallel: &parallel::Parallel,
        run_id: &str,
        values: &Values,
        outputs: &Places,
    ) -> Result<JobPlan, ServiceError> {
        let Some(StepInput::Data(input)) = values.get(&parallel.input) else {
            return Err(ServiceError::Invalid(format!("its input {} is given no data.", parallel.input)));
        };
        let rows = parallel.rows.as_ref().and_then(|name| outputs.get(name));
        let (output_dir, output_file_name) = match rows {
            Some(place) if place.is_file() => {
                let folder = place.path.parent().unwrap_or(&place.path).to_owned();
                let name = place.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                (folder, name)
            }
            Some(place) => (place.path.clone(), ROWS_FILE.to_owned()),
            // The script writes where its arguments say; this is what it finds in its variables.
            None => match outputs.values().next() {
                Some(place) => (place.path.clone(), ROWS_FILE.to_owned()),
                None => (
                    outputs::own_place(self.scope, run_id, "output", "uri_folder")?.path,
                    ROWS_FILE.to_owned(),
                ),
            },
        };
        let JobFacts { endpoint, deployment, experiment, .. } = self.facts;
        let mut variables = parallel.variables.clone();
        variables.extend(step.variables.clone());
        Ok(JobPlan {
            job: self.facts.job.to_owned(),
            run_id: run_id.to_owned(),
            endpoint: endpoint.to_owned(),
            deployment: deployment.to_owned(),
            experiment: experiment.to_owned(),
            input: input.clone(),
            output_dir,
            code: Some(CodePlan {
                code_dir: parallel.code.clone(),
                scoring_script: parallel.entry_script.clone(),
            }),
            model: None,
            environment: parallel.environment.clone(),
            environment_variables: variables,
            mini_batch_size: parallel.mini_batch_size,
            instance_count: step.instance_count,
            max_concurrency_per_instance: parallel.max_concurrency_per_instance.unwrap_or_else(cores),
            max_retries: parallel.max_retries,
            timeout_seconds: parallel.timeout_seconds,
            error_threshold: parallel.error_threshold,
            output_action: match rows {
                Some(_) => OutputAction::AppendRow,
                None => OutputAction::SummaryOnly,
            },
            output_file_name,
            logging_level: parallel.logging_level.clone(),
            retry: None,
            program_arguments: Vec::new(),
        })
    }
}

/// The file that rows go to where only a folder is named; what the engine of parallel jobs calls it.
const ROWS_FILE: &str = "parallel_run_step.txt";

fn cores() -> u32 {
    std::thread::available_parallelism().map_or(1, |cores| u32::try_from(cores.get()).unwrap_or(u32::MAX))
}
