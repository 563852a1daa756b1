//! What tests of the state share, and tests of the whole.
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::json;
use tempfile::TempDir;

use super::*;
use crate::local::engine::{CodePlan, EnvironmentPlan, JobInput, JobPlan};
use crate::wire::deployment::OutputAction;
use crate::wire::ids::WorkspaceId;

/// A state of its own.
pub(super) fn temporary() -> (TempDir, Store) {
    let temp = tempfile::tempdir().unwrap();
    let home = Home::new(temp.path().join("home"));
    home.ensure().unwrap();
    let store = Store::open(&home).unwrap();
    (temp, store)
}

/// A plan nobody will run.
pub(super) fn plan(job: &str) -> JobPlan {
    JobPlan {
        job: job.to_owned(),
        run_id: format!("run-{job}"),
        endpoint: "e".to_owned(),
        deployment: "d".to_owned(),
        experiment: "e".to_owned(),
        input: JobInput::Folder(PathBuf::from("/in")),
        output_dir: PathBuf::from("/out"),
        code: Some(CodePlan { code_dir: PathBuf::from("/code"), scoring_script: "score.py".to_owned() }),
        model: None,
        environment: EnvironmentPlan::default(),
        environment_variables: BTreeMap::new(),
        mini_batch_size: 10,
        instance_count: 1,
        max_concurrency_per_instance: 1,
        max_retries: 3,
        timeout_seconds: 30,
        error_threshold: -1,
        output_action: OutputAction::AppendRow,
        output_file_name: "predictions.csv".to_owned(),
        logging_level: "Info".to_owned(),
        retry: None,
        program_arguments: Vec::new(),
    }
}

#[test]
fn two_processes_may_write_at_once() {
    let (temp, store) = temporary();
    let workspace = store.workspace(&WorkspaceId::local()).unwrap();
    let home = Home::new(temp.path().join("home"));
    std::thread::scope(|scope| {
        let writers: Vec<_> = ["one", "two"]
            .map(|writer| {
                let (home, workspace) = (&home, &workspace);
                scope.spawn(move || {
                    let store = Store::open(home)?;
                    for number in 0..200 {
                        let name = format!("{writer}-{number}");
                        let key = ResourceKey::named(ResourceKind::Compute, &name);
                        store.put_resource(workspace, key, &NewResource::visible(json!({ "n": number })))?;
                        store.resources(workspace, ResourceKind::Compute, "")?;
                    }
                    Ok::<_, StoreError>(())
                })
            })
            .into();
        for writer in writers {
            writer.join().unwrap().unwrap();
        }
    });
    assert_eq!(store.count_resources(ResourceKind::Compute).unwrap(), 400);
}

#[test]
fn moments_are_written_the_way_azure_writes_them() {
    let text = timestamp();
    assert_eq!((text.len(), &text[26..]), (32, "+00:00"), "{text}");
}
