//! What tests of pipelines share.

use std::collections::BTreeMap;

use super::*;
use crate::local::engine::EnvironmentPlan;

/// A pipeline of commands that do nothing, whose steps need each other so.
pub(in crate::local) fn plan_of(needs: &[&[usize]]) -> PipelinePlan {
    let step = |(at, needs): (usize, &&[usize])| StepPlan {
        run_id: format!("run-{at}"),
        name: format!("step{at}"),
        display_name: format!("step{at}"),
        group: None,
        needs: needs.to_vec(),
        outputs: BTreeMap::new(),
        task: StepTask::Command(Box::new(CommandPlan {
            command: "true".to_owned(),
            inputs: BTreeMap::new(),
            code_dir: None,
            environment: EnvironmentPlan::default(),
            environment_variables: BTreeMap::new(),
            timeout_seconds: None,
        })),
    };
    PipelinePlan {
        job: "job".to_owned(),
        endpoint: "e".to_owned(),
        deployment: "d".to_owned(),
        experiment: "e".to_owned(),
        component: String::new(),
        settings: None,
        continue_on_step_failure: false,
        groups: Vec::new(),
        steps: needs.iter().enumerate().map(step).collect(),
        outputs: BTreeMap::new(),
    }
}
