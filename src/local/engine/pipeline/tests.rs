//! Whole pipelines whose record lives in memory, and what tests of pipelines share.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use tempfile::TempDir;

use super::*;
use crate::local::engine::{
    CodePlan, Download, DownloadError, Downloader, EngineSettings, EnvironmentPlan, JobError, JobInput,
    JobPlan, JobRecord, Progress, RecordError,
};
use crate::wire::deployment::OutputAction;
use crate::wire::job::JobStatus;

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

/// What the runs of a pipeline told, in order; the job's own run has no id.
#[derive(Default)]
struct Kept {
    told: Vec<(String, JobStatus)>,
    error: Option<JobError>,
    /// Steps that were complete before.
    complete: Vec<&'static str>,
    /// So many of the next questions find nobody to answer.
    silent: u32,
    /// Runs whose next end cannot be written, once for each time that they are here.
    busy: Vec<&'static str>,
}

impl Kept {
    fn has(&self, run: &str, status: JobStatus) -> bool {
        self.told.iter().any(|told| *told == (run.to_owned(), status))
    }

    fn of(&self, run: &str) -> Vec<JobStatus> {
        self.told.iter().filter(|told| told.0 == run).map(|told| told.1).collect()
    }
}

/// Whether a run shall stop, by what was told so far.
type Cancelled = fn(&Kept, run: &str) -> bool;

#[derive(Clone)]
struct Keeper {
    kept: Arc<Mutex<Kept>>,
    run: String,
    cancelled: Cancelled,
}

impl Keeper {
    fn new(cancelled: Cancelled) -> Self {
        Self { kept: Arc::default(), run: String::new(), cancelled }
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap()
    }
}

impl JobRecord for Keeper {
    fn set_status(&self, status: JobStatus) -> Result<(), RecordError> {
        self.kept().told.push((self.run.clone(), status));
        Ok(())
    }

    fn set_progress(&self, _: &Progress) -> Result<(), RecordError> {
        Ok(())
    }

    fn finish(&self, status: JobStatus, error: Option<&JobError>) -> Result<(), RecordError> {
        let mut kept = self.kept();
        if let Some(at) = kept.busy.iter().position(|busy| *busy == self.run) {
            kept.busy.swap_remove(at);
            return Err(RecordError::new("somebody else is writing"));
        }
        kept.error = error.cloned();
        kept.told.push((self.run.clone(), status));
        Ok(())
    }

    fn cancel_requested(&self) -> Result<bool, RecordError> {
        Ok((self.cancelled)(&self.kept(), &self.run))
    }
}

impl PipelineRecord for Keeper {
    fn step(&self, run_id: &str) -> Box<dyn JobRecord> {
        Box::new(Self { run: run_id.to_owned(), ..self.clone() })
    }

    fn is_complete(&self, run_id: &str) -> Result<bool, RecordError> {
        let mut kept = self.kept();
        if kept.silent > 0 {
            kept.silent -= 1;
            return Err(RecordError::new("nobody answers"));
        }
        Ok(kept.complete.contains(&run_id))
    }
}

/// Makes a folder `folder` with a file that is called like the last part of the address; never answers for `stuck`, and fails for
/// `broken`, each after a part has arrived. Counts what it was asked for.
#[derive(Default)]
struct FolderDownloader(std::cell::RefCell<Vec<String>>);

impl Downloader for FolderDownloader {
    fn download<'a>(&'a self, url: &'a str, target_dir: &'a Path) -> Download<'a> {
        self.0.borrow_mut().push(url.to_owned());
        Box::pin(async move {
            let (folder, name) = (target_dir.join("folder"), url.rsplit('/').next().unwrap());
            fs::create_dir_all(&folder).map_err(DownloadError::new)?;
            fs::write(folder.join(name), name).map_err(DownloadError::new)?;
            match name {
                "stuck" => std::future::pending().await,
                "broken" => Err(DownloadError::new("the line broke")),
                _ => Ok(folder),
            }
        })
    }
}

/// A folder for one job, its plan and its record.
struct Bench {
    folder: TempDir,
    plan: PipelinePlan,
    record: Keeper,
    downloader: FolderDownloader,
}

impl Bench {
    fn new(needs: &[&[usize]], cancelled: Cancelled) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("job")).unwrap();
        let record = Keeper::new(cancelled);
        Self { folder, plan: plan_of(needs), record, downloader: FolderDownloader::default() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&mut self, step: usize, line: &str) {
        if let StepTask::Command(command) = &mut self.plan.steps[step].task {
            command.command = line.to_owned();
        }
    }

    /// Makes a step one that scores the first of these inputs, which answers with the names of files.
    fn scores(&mut self, step: usize, inputs: &[(&str, &str)]) {
        fs::create_dir_all(self.path("code")).unwrap();
        let script = "import os\ndef run(files):\n    return [os.path.basename(file) for file in files]\n";
        fs::write(self.path("code/score.py"), script).unwrap();
        let url = |(name, url): &(&str, &str)| {
            ((*name).to_owned(), StepInput::Data(JobInput::Url((*url).to_owned())))
        };
        let job = JobPlan {
            job: "job".to_owned(),
            run_id: format!("run-{step}"),
            endpoint: String::new(),
            deployment: String::new(),
            experiment: String::new(),
            input: JobInput::Url(inputs[0].1.to_owned()),
            output_dir: self.path("output"),
            code: Some(CodePlan { code_dir: self.path("code"), scoring_script: "score.py".to_owned() }),
            model: None,
            environment: EnvironmentPlan::default(),
            environment_variables: BTreeMap::new(),
            mini_batch_size: 1,
            instance_count: 1,
            max_concurrency_per_instance: 1,
            max_retries: 0,
            timeout_seconds: 60,
            error_threshold: -1,
            output_action: OutputAction::AppendRow,
            output_file_name: "rows".to_owned(),
            logging_level: String::new(),
            retry: None,
            program_arguments: Vec::new(),
        };
        self.plan.steps[step].task = StepTask::Parallel(Box::new(ParallelPlan {
            job,
            input: inputs[0].0.to_owned(),
            arguments: String::new(),
            inputs: inputs.iter().map(url).collect(),
        }));
    }

    fn run(&self) -> JobStatus {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let settings = EngineSettings { owns_process: false, ..EngineSettings::for_cores(2) };
        runtime.block_on(run_pipeline(
            &self.plan,
            &self.path("job"),
            &self.path("environments"),
            &settings,
            &self.record,
            &self.downloader,
        ))
    }

    /// Whether a step has left anything that only a running step needs.
    fn has_leftovers(&self, step: &str) -> bool {
        let dir = step_dir(&self.path("job"), step);
        ["downloads", "work", "reserve", "workers"].iter().any(|name| dir.join(name).exists())
    }
}

/// A nested pipeline, in another one or directly in the job.
fn group(name: &str, group: Option<usize>) -> GroupPlan {
    GroupPlan {
        run_id: name.to_owned(),
        name: name.to_owned(),
        display_name: name.to_owned(),
        group,
        outputs: BTreeMap::new(),
    }
}

fn never(_: &Kept, _: &str) -> bool {
    false
}

#[test]
fn a_pipeline_whose_last_step_hears_of_the_cancellation_before_it_does_is_cancelled_all_the_same() {
    let mut bench = Bench::new(&[&[]], |kept, run| match run {
        "" => kept.has("run-0", JobStatus::Canceled),
        _ => kept.has("run-0", JobStatus::Running),
    });
    bench.command(0, "sleep 100");
    assert_eq!(bench.run(), JobStatus::Canceled);
    assert_eq!(bench.record.kept().error, None);
}

#[test]
fn what_was_complete_before_never_runs_again_however_late_that_is_known() {
    let mut bench = Bench::new(&[&[], &[0]], never);
    bench.command(0, "exit 1");
    (bench.record.kept().complete, bench.record.kept().silent) = (vec!["run-0"], 3);
    assert_eq!(bench.run(), JobStatus::Completed, "{:?}", bench.record.kept().error);
    assert_eq!(bench.record.kept().of("run-0"), []);
}

#[test]
fn nested_pipelines_are_told_of_when_they_begin_and_when_they_end_and_not_in_between() {
    let mut bench = Bench::new(&[&[], &[0], &[1], &[2], &[3]], never);
    bench.plan.groups = vec![group("outer", None), group("inner", Some(0)), group("failed", None)];
    for (step, group) in [(0, 0), (1, 1), (2, 0), (3, 2), (4, 2)] {
        bench.plan.steps[step].group = Some(group);
    }
    bench.command(3, "exit 1");
    assert_eq!(bench.run(), JobStatus::Failed);
    let kept = bench.record.kept();
    for (group, end) in
        [("outer", JobStatus::Completed), ("inner", JobStatus::Completed), ("failed", JobStatus::Failed)]
    {
        assert_eq!(kept.of(group), [JobStatus::Running, end], "{group}");
    }
}

#[test]
fn the_end_of_a_nested_pipeline_is_told_as_it_was_however_late_that_can_be_written() {
    for (command, end) in [("true", JobStatus::Completed), ("exit 1", JobStatus::Failed)] {
        // When its step has ended; when the pipeline has no more to do, twice.
        for attempts in [1, 3] {
            let mut bench = Bench::new(&[&[]], never);
            bench.plan.groups = vec![group("nested", None)];
            bench.plan.steps[0].group = Some(0);
            bench.command(0, command);
            bench.record.kept().busy = vec!["nested"; attempts];
            assert_eq!(bench.run(), end);
            assert_eq!(bench.record.kept().of("nested"), [JobStatus::Running, end], "{attempts}");
        }
    }
}

#[test]
fn a_command_that_has_ended_leaves_nothing_behind_that_only_a_running_step_needs() {
    for command in ["true", "exit 1"] {
        let mut bench = Bench::new(&[&[]], never);
        bench.command(0, command);
        bench.run();
        assert!(!bench.has_leftovers("run-0"), "{command}");
    }
}

#[test]
fn a_parallel_step_fetches_each_input_once_and_scores_nothing_of_the_others() {
    let mut bench = Bench::new(&[&[]], never);
    // `folder` is also what folders are fetched as.
    bench.scores(0, &[("files", "http://x/one"), ("folder", "http://x/two")]);
    assert_eq!(bench.run(), JobStatus::Completed, "{:?}", bench.record.kept().error);
    assert_eq!(*bench.downloader.0.borrow(), ["http://x/one", "http://x/two"]);
    assert_eq!(fs::read_to_string(bench.path("output/rows")).unwrap(), "one\n");
    assert!(!bench.has_leftovers("run-0"));
}

#[test]
fn a_step_that_fetches_its_inputs_can_be_cancelled_and_leaves_nothing_behind() {
    for is_parallel in [true, false] {
        let mut bench = Bench::new(&[&[]], |kept, _| kept.has("run-0", JobStatus::Preparing));
        bench.scores(0, &[("files", "http://x/stuck")]);
        if !is_parallel {
            let StepTask::Parallel(parallel) = bench.plan.steps[0].task.clone() else { unreachable!() };
            bench.plan = plan_of(&[&[]]);
            if let StepTask::Command(command) = &mut bench.plan.steps[0].task {
                command.inputs = parallel.inputs;
            }
        }
        assert_eq!(bench.run(), JobStatus::Canceled);
        assert_eq!(bench.record.kept().of("run-0").last(), Some(&JobStatus::Canceled));
        assert!(!bench.has_leftovers("run-0"));
    }
}

#[test]
fn an_input_that_cannot_be_fetched_fails_a_parallel_step_and_what_came_of_it_is_removed() {
    let mut bench = Bench::new(&[&[]], never);
    bench.scores(0, &[("files", "http://x/broken")]);
    assert_eq!(bench.run(), JobStatus::Failed);
    let error = bench.record.kept().error.clone().unwrap();
    assert!(error.message.contains("Cannot fetch the input `http://x/broken`"), "{}", error.message);
    assert!(!bench.has_leftovers("run-0"));
}

/// The code of the first step holds a pipe, which nobody can read before the second one has opened it.
#[test]
fn other_steps_go_on_while_the_code_of_one_is_copied() {
    let mut bench = Bench::new(&[&[], &[]], never);
    bench.plan.continue_on_step_failure = true;
    let (code, pipe) = (bench.path("code"), bench.path("code/pipe"));
    fs::create_dir(&code).unwrap();
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    if let StepTask::Command(command) = &mut bench.plan.steps[0].task {
        command.code_dir = Some(code);
    }
    bench.command(1, &format!(": > {}", pipe.display()));
    let (over, is_over) = mpsc::channel::<()>();
    let rescue = std::thread::spawn(move || {
        let is_needed = is_over.recv_timeout(Duration::from_secs(60)) == Err(mpsc::RecvTimeoutError::Timeout);
        is_needed.then(|| fs::OpenOptions::new().read(true).write(true).open(pipe).unwrap())
    });
    bench.run();
    drop(over);
    assert!(rescue.join().unwrap().is_none(), "the second step waited for the first one");
    assert_eq!(bench.record.kept().of("run-1").last(), Some(&JobStatus::Completed));
}
