//! Deployments of pipelines, run on the workspace built into azml: what their steps are given, in which order they
//! run, what is left of them, and how they fail.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

#[cfg(target_os = "linux")]
use super::common::kill::{is_stopped, kill_supervisor};
use super::common::{TestEnv, eventually};

/// A step that runs `command`; `interface` are its inputs and outputs, as YAML without indentation.
fn component(env: &TestEnv, name: &str, command: &str, interface: &str) {
    let command: String = command.lines().map(|line| format!("  {line}\n")).collect();
    env.write(
        &format!("{name}.yml"),
        format!("type: command\nname: {name}\nenvironment:\n  image: any/image:1\n{interface}\ncommand: |\n{command}"),
    );
}

/// Endpoint `ep1` with a default deployment `dep` of the pipeline in `pipeline.yml`.
fn deploy(env: &TestEnv, pipeline: &str, settings: &str) {
    env.write("pipeline.yml", pipeline);
    env.write(
        "deployment.yml",
        format!(
            "name: dep\nendpoint_name: ep1\ntype: pipeline\ncomponent: pipeline.yml\nsettings:\n{settings}\n"
        ),
    );
    env.ok(&["compute", "create", "-n", "c1", "--type", "amlcompute"]);
    env.ok(&["batch-endpoint", "create", "-n", "ep1"]);
    env.ok(&["batch-deployment", "create", "-f", "deployment.yml", "--set-default"]);
}

const SETTINGS: &str = "  default_compute: azureml:c1\n  continue_on_step_failure: false";

fn invoke(env: &TestEnv, more: &[&str]) -> String {
    let words = [&["batch-endpoint", "invoke", "-n", "ep1"], more, &["--query", "name", "-o", "tsv"]];
    env.ok(&words.concat()).trim().to_owned()
}

fn refused(env: &TestEnv, more: &[&str]) -> String {
    env.fails(1, &[&["batch-endpoint", "invoke", "-n", "ep1"], more].concat())
}

/// Waits for a job that has to complete; what `job stream` printed.
fn completed(env: &TestEnv, job: &str) -> String {
    let ran = env.stream(job);
    assert_eq!(ran.code, 0, "{}\n{}\n{}", ran.stdout, ran.stderr, children(env, job));
    ran.stdout
}

fn children(env: &TestEnv, job: &str) -> Value {
    env.json(&["job", "list", "--parent-job-name", job])
}

fn child(env: &TestEnv, job: &str, display_name: &str) -> Value {
    let all = children(env, job);
    let found = all.as_array().unwrap().iter().find(|child| child["display_name"] == display_name);
    found.unwrap_or_else(|| panic!("no step {display_name} in {all}")).clone()
}

fn name_of(env: &TestEnv, job: &str, display_name: &str) -> String {
    child(env, job, display_name)["name"].as_str().unwrap().to_owned()
}

fn log_of(env: &TestEnv, run: &str, log: &str) -> String {
    let folder = format!("logs-{run}");
    env.ok(&["job", "download", "-n", run, "-p", &folder]);
    env.read(&format!("{folder}/artifacts/{log}"))
}

/// Three steps one after the other, the second one in two branches.
fn diamond(env: &TestEnv) {
    env.write(
        "prepare/prepare.py",
        "import sys, os, helper\nhelper.copy(sys.argv[1], sys.argv[2])\nprint('prepared')\n",
    );
    env.write(
        "prepare/helper.py",
        "import os\ndef copy(source, target):\n    for name in sorted(os.listdir(source)):\n        with open(os.path.join(source, name)) as file, \
         open(os.path.join(target, name), 'w') as to:\n            to.write(file.read())\n",
    );
    component(
        env,
        "prepare",
        "python prepare.py ${{inputs.data}} ${{outputs.prepared}}",
        "code: prepare\ninputs:\n  data:\n    type: uri_folder\noutputs:\n  prepared:\n    type: uri_folder",
    );
    component(
        env,
        "scale",
        "for file in ${{inputs.prepared}}/*; do\n  expr $(cat \"$file\") '*' ${{inputs.factor}}\ndone > ${{outputs.scaled}}",
        "inputs:\n  prepared:\n    type: uri_folder\n  factor:\n    type: integer\n    min: 1\n    max: 9\noutputs:\n  scaled:\n    type: uri_file",
    );
    component(
        env,
        "join",
        "paste -d, ${{inputs.left}} ${{inputs.right}} > ${{outputs.table}}/\"${{inputs.title}}.csv\"",
        "inputs:\n  left:\n    type: uri_file\n  right:\n    type: uri_file\n  title:\n    type: string\n    default: the table\noutputs:\n  table:\n    type: uri_folder",
    );
    deploy(
        env,
        "type: pipeline\nname: diamond\ninputs:\n  data:\n    type: uri_folder\n  factor:\n    type: integer\n    default: 3\n  \
         title:\n    type: string\n    optional: true\noutputs:\n  table:\n    type: uri_folder\njobs:\n  \
         join:\n    type: command\n    component: join.yml\n    inputs:\n      left: ${{parent.jobs.left.outputs.scaled}}\n      \
         right: ${{parent.jobs.right.outputs.scaled}}\n      title: ${{parent.inputs.title}}\n    outputs:\n      table: ${{parent.outputs.table}}\n  \
         prepare:\n    type: command\n    component: prepare.yml\n    inputs:\n      data: ${{parent.inputs.data}}\n  \
         left:\n    type: command\n    component: scale.yml\n    inputs:\n      prepared: ${{parent.jobs.prepare.outputs.prepared}}\n      factor: ${{parent.inputs.factor}}\n  \
         right:\n    type: command\n    component: scale.yml\n    inputs:\n      prepared: ${{parent.jobs.prepare.outputs.prepared}}\n      factor: 2\n",
        SETTINGS,
    );
    env.inputs(3);
    env.write("run.yml", "inputs:\n  data:\n    type: uri_folder\n    path: data\n");
}

#[test]
fn steps_run_in_the_order_of_what_they_need_and_leave_outputs_and_logs() {
    let env = TestEnv::new();
    diamond(&env);
    let job = invoke(&env, &["--file", "run.yml", "--experiment-name", "trial"]);
    let told = completed(&env, &job);
    assert!(told.contains("Streaming logs/azureml/executionlogs.txt"), "{}", told);
    assert!(told.contains("Submitting 2 runs, first five are: "), "the branches start together: {}", told);
    assert!(told.contains("Completing processing run id "), "{}", told);

    env.ok(&["job", "download", "-n", &job, "--output-name", "table", "-p", "results"]);
    assert_eq!(env.read("results/named-outputs/table/the table.csv"), "0,0\n3,2\n6,4\n");
    let shown = env.json(&["job", "show", "-n", &job]);
    assert_eq!((&shown["status"], &shown["type"]), (&json!("Completed"), &json!("pipeline")));
    assert_eq!(
        (&shown["experiment_name"], &shown["tags"]["azureml.jobtype"]),
        (&json!("trial"), &json!("azureml.pipelinejob"))
    );
    assert_eq!(shown["outputs"]["table"]["type"], "uri_folder");
    assert_eq!(shown["settings"]["default_compute"], "azureml:c1");

    let all = children(&env, &job);
    let statuses: Vec<_> = all.as_array().unwrap().iter().map(|child| child["status"].clone()).collect();
    assert_eq!(statuses, ["Completed"; 4]);
    let prepare = name_of(&env, &job, "prepare");
    assert_eq!(env.json(&["job", "show", "-n", &prepare])["display_name"], "prepare");
    assert_eq!(log_of(&env, &prepare, "user_logs/std_log.txt"), "prepared\n");
    env.ok(&["job", "download", "-n", &prepare, "--all", "-p", "all"]);
    assert_eq!(env.read("all/named-outputs/prepared/002.txt"), "2");
    assert!(env.stream(&prepare).stdout.contains("prepared"), "the log of a step can be streamed");
    let left = name_of(&env, &job, "left");
    env.ok(&["job", "download", "-n", &left, "--output-name", "scaled", "-p", "left"]);
    let scaled = std::fs::read_dir(env.work().join("left/named-outputs/scaled")).unwrap().count();
    assert_eq!(scaled, 1, "an output that is a file");
}

#[test]
fn values_come_from_the_call_else_from_defaults_and_are_checked() {
    let env = TestEnv::new();
    diamond(&env);
    let job = invoke(&env, &["--file", "run.yml", "--set", "inputs.factor=5", "inputs.title=mine"]);
    completed(&env, &job);
    env.ok(&["job", "download", "-n", &job, "--output-name", "table", "-p", "results"]);
    assert_eq!(env.read("results/named-outputs/table/mine.csv"), "0,0\n5,2\n10,4\n");

    let message = refused(&env, &["--file", "run.yml", "--set", "inputs.factor=abc"]);
    assert!(message.contains("Input factor: it has to be an integer, not `abc`."), "{message}");
    let message = refused(&env, &["--file", "run.yml", "--set", "inputs.factor=10"]);
    assert!(
        message.contains("Step left: Input factor: it has to be an integer from 1 to 9, not `10`."),
        "{message}"
    );
    let message = refused(&env, &["--file", "run.yml", "--set", "inputs.factro=5"]);
    assert!(message.contains("The pipeline has no input factro; did you mean factor?"), "{message}");
    let message = refused(&env, &["--set", "inputs.factor=5"]);
    assert!(message.contains("The pipeline needs the inputs: data (uri_folder)."), "{message}");
    let message = refused(&env, &["--input", "data"]);
    assert!(message.contains("it has data, factor, title."), "{message}");
    let message = refused(&env, &["--set", "inputs.data=5"]);
    assert!(message.contains("Input data is of type uri_folder, and is given a value"), "{message}");
    let message = refused(
        &env,
        &["--file", "run.yml", "--outputs", "tabel.path=azureml://datastores/workspaceblobstore/paths/x"],
    );
    assert!(message.contains("The pipeline has no output tabel; did you mean table?"), "{message}");
    assert_eq!(env.json(&["job", "list"]).as_array().unwrap().len(), 1, "a refused call starts no job");
}

#[test]
fn an_output_goes_where_the_call_says() {
    let env = TestEnv::new();
    diamond(&env);
    let place = "azureml://datastores/workspaceblobstore/paths/chosen/place";
    let words = ["--file", "run.yml", "--outputs", &format!("table.path={place} table.type=uri_folder")];
    let job = invoke(&env, &words);
    completed(&env, &job);
    env.ok(&["job", "download", "-n", &job, "--output-name", "table", "-p", "results"]);
    assert_eq!(env.read("results/named-outputs/table/the table.csv"), "0,0\n3,2\n6,4\n");
    let shown = env.json(&["job", "show", "-n", &job]);
    assert!(shown["outputs"]["table"]["path"].as_str().unwrap().ends_with("/paths/chosen/place/"), "{shown}");
}

/// A pipeline of steps without inputs or outputs that run these commands, all at once.
fn commands(env: &TestEnv, commands: &[(&str, &str)], settings: &str) {
    let steps = commands.iter().map(|(name, command)| {
        component(env, name, command, "");
        format!("  {name}:\n    type: command\n    component: {name}.yml\n")
    });
    let steps: String = steps.collect();
    deploy(env, &format!("type: pipeline\njobs:\n{steps}"), settings);
}

#[test]
fn a_failing_step_fails_the_pipeline_and_stops_the_others() {
    let env = TestEnv::new();
    let wait = format!("touch {0}/began; sleep 100; touch {0}/ended", env.work().display());
    let fail =
        format!("until [ -e {}/began ]; do sleep 0.05; done; echo no luck >&2; exit 3", env.work().display());
    commands(&env, &[("slow", &wait), ("bad", &fail)], SETTINGS);
    let job = invoke(&env, &[]);
    let ran = env.stream(&job);
    assert_eq!(ran.code, 1, "{}", ran.stdout);
    assert!(ran.stderr.contains("The step bad (run "), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("The command ended with exit code 3.\nIts last words:\nno luck\n"),
        "{}",
        ran.stderr
    );
    assert_eq!(child(&env, &job, "bad")["status"], "Failed");
    assert_eq!(child(&env, &job, "slow")["status"], "Canceled");
    assert!(!env.work().join("ended").exists());
    assert_eq!(log_of(&env, &name_of(&env, &job, "bad"), "user_logs/std_log.txt"), "no luck\n");
}

#[test]
fn steps_that_do_not_need_a_failed_one_go_on_if_told_to() {
    let env = TestEnv::new();
    component(&env, "bad", "exit 1", "outputs:\n  o:\n    type: uri_folder");
    component(&env, "after", "true", "inputs:\n  i:\n    type: uri_folder");
    component(&env, "other", "echo fine", "");
    deploy(
        &env,
        "type: pipeline\njobs:\n  bad:\n    type: command\n    component: bad.yml\n  after:\n    type: command\n    component: after.yml\n    \
         inputs:\n      i: ${{parent.jobs.bad.outputs.o}}\n  other:\n    type: command\n    component: other.yml\n",
        "  continue_on_step_failure: true",
    );
    let env = &env;
    let job = invoke(env, &[]);
    assert_eq!(env.stream(&job).code, 1, "a pipeline with a failed step has failed");
    let status = |step: &str| child(env, &job, step)["status"].clone();
    assert_eq!([status("bad"), status("after"), status("other")], ["Failed", "Canceled", "Completed"]);
    let log = log_of(env, &job, "logs/azureml/executionlogs.txt");
    assert!(log.contains("Step after was not run: it needs the step bad"), "{log}");
}

#[test]
fn cancelling_ends_every_step_and_what_it_left_in_the_background() {
    let env = TestEnv::new();
    // Also what a step leaves in the background ends.
    let slow = format!("(sleep 100; touch {0}/late) & echo $! > {0}/process; wait", env.work().display());
    commands(&env, &[("one", &slow), ("two", "sleep 100")], SETTINGS);
    let job = invoke(&env, &[]);
    eventually("a step runs", || env.work().join("process").exists());
    let asked = Instant::now();
    env.ok(&["job", "cancel", "-n", &job]);
    eventually("the job has ended", || env.json(&["job", "show", "-n", &job])["status"] == "Canceled");
    assert!(
        asked.elapsed() < Duration::from_secs(10),
        "on a busy machine the commands of this test take time too"
    );
    let statuses: Vec<Value> =
        children(&env, &job).as_array().unwrap().iter().map(|child| child["status"].clone()).collect();
    assert_eq!(statuses, ["Canceled", "Canceled"]);
    let process = env.read("process").trim().to_owned();
    eventually("the process is gone", || !Path::new(&format!("/proc/{process}/cmdline")).exists());
}

/// The shell of the step does not wait for the process, and whoever started it is gone.
#[cfg(target_os = "linux")]
#[test]
fn processes_that_a_step_abandons_are_collected_while_it_runs() {
    let env = TestEnv::new();
    let work = env.work().display().to_string();
    let abandon = format!(
        "(sh -c 'echo $$ > {work}/new; mv {work}/new {work}/orphan' &)\nuntil [ -e {work}/go ]; do sleep 0.05; done"
    );
    commands(&env, &[("one", &abandon)], SETTINGS);
    let job = invoke(&env, &[]);
    eventually("a process was abandoned", || env.work().join("orphan").exists());
    let orphan = env.read("orphan").trim().to_owned();
    eventually("what is left of the process is gone", || !Path::new(&format!("/proc/{orphan}")).exists());
    assert_eq!(child(&env, &job, "one")["status"], "Running");
    env.write("go", "");
    completed(&env, &job);
}

/// The first step counts its runs; the second waits until `go` exists.
#[cfg(target_os = "linux")]
#[test]
fn a_pipeline_whose_supervisor_was_killed_goes_on_with_the_steps_that_are_not_complete() {
    let env = TestEnv::new();
    let work = env.work().display().to_string();
    component(
        &env,
        "first",
        &format!("echo run >> {work}/first; echo made > ${{{{outputs.o}}}}/file"),
        "outputs:\n  o:\n    type: uri_folder",
    );
    component(
        &env,
        "second",
        &format!(
            "echo $$ >> {work}/second; touch ${{{{outputs.o}}}}/try-$$; until [ -e {work}/go ]; do sleep 0.05; done; cat ${{{{inputs.i}}}}/file"
        ),
        "inputs:\n  i:\n    type: uri_folder\noutputs:\n  o:\n    type: uri_folder",
    );
    deploy(
        &env,
        "type: pipeline\noutputs:\n  o:\n    type: uri_folder\njobs:\n  first:\n    type: command\n    component: first.yml\n  second:\n    type: command\n    component: second.yml\n    \
         inputs:\n      i: ${{parent.jobs.first.outputs.o}}\n    outputs:\n      o: ${{parent.outputs.o}}\n",
        SETTINGS,
    );
    let job = invoke(&env, &[]);
    eventually("the second step runs", || env.work().join("second").exists());
    assert!(kill_supervisor(&job));
    assert!(is_stopped(&env, &job));
    assert_eq!(child(&env, &job, "first")["status"], "Completed");
    assert_eq!(child(&env, &job, "second")["status"], "NotResponding");
    let left = env.read("second").trim().to_owned();
    eventually("what the step left running is gone", || {
        !Path::new(&format!("/proc/{left}/cmdline")).exists()
    });

    env.write("go", "");
    env.ok(&["job", "resume", "-n", &job]);
    completed(&env, &job);
    assert_eq!(env.read("first"), "run\n", "a complete step ran again");
    assert_eq!(env.read("second").lines().count(), 2);
    assert!(log_of(&env, &name_of(&env, &job, "second"), "user_logs/std_log.txt").ends_with("made\n"));
    env.ok(&["job", "download", "-n", &job, "--output-name", "o", "-p", "out"]);
    let tries = std::fs::read_dir(env.work().join("out/named-outputs/o")).unwrap().count();
    assert_eq!(tries, 1, "what a broken try has written is no part of the output");
}

#[test]
fn one_step_can_be_cancelled_which_fails_the_pipeline() {
    let env = TestEnv::new();
    let slow = format!("touch {}/began; sleep 100", env.work().display());
    commands(&env, &[("one", &slow)], SETTINGS);
    let job = invoke(&env, &[]);
    eventually("the step runs", || env.work().join("began").exists());
    env.ok(&["job", "cancel", "-n", &name_of(&env, &job, "one")]);
    let ran = env.stream(&job);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("was cancelled."), "{}", ran.stderr);
    assert_eq!(child(&env, &job, "one")["status"], "Canceled");
}

#[test]
fn no_more_steps_run_at_once_than_workers_are_allowed() {
    let env = TestEnv::new().with_variable("AZML_MAX_WORKERS", "1");
    let lock = format!("mkdir {0}/lock && sleep 0.2 && rmdir {0}/lock", env.work().display());
    commands(&env, &[("one", &lock), ("two", &lock), ("three", &lock)], SETTINGS);
    completed(&env, &invoke(&env, &[]));
}

#[test]
fn optional_inputs_and_literals_of_every_type_reach_the_command() {
    let env = TestEnv::new();
    component(
        &env,
        "say",
        "printf '%s|' \"${{inputs.text}}\" ${{inputs.number}} ${{inputs.whole}} ${{inputs.truth}} $[[--with ${{inputs.maybe}}]] $[[--without ${{inputs.never}}]]\n\
         printf %s \"$WORD\"",
        "inputs:\n  text:\n    type: string\n  number:\n    type: number\n  whole:\n    type: integer\n  truth:\n    type: boolean\n  maybe:\n    type: string\n    \
         optional: true\n  never:\n    type: string\n    optional: true",
    );
    deploy(
        &env,
        "type: pipeline\ninputs:\n  text:\n    type: string\n  truth:\n    type: boolean\n    default: true\njobs:\n  say:\n    type: command\n    component: say.yml\n    \
         environment_variables:\n      WORD: a word\n    inputs:\n      text: ${{parent.inputs.text}}\n      number: 0.5\n      whole: 7\n      truth: ${{parent.inputs.truth}}\n      maybe: yes it is\n",
        SETTINGS,
    );
    let text = "a; $(touch pwned) 'b' \"c\" *";
    env.write("run.yml", format!("inputs:\n  text: {}\n", json!(text)));
    let job = invoke(&env, &["--file", "run.yml"]);
    completed(&env, &job);
    let said = log_of(&env, &name_of(&env, &job, "say"), "user_logs/std_log.txt");
    assert_eq!(said, format!("{text}|0.5|7|True|--with|yes|it|is|a word"));
}

#[test]
fn pipelines_run_inside_pipelines() {
    let env = TestEnv::new();
    component(
        &env,
        "add",
        "expr $(cat ${{inputs.from}}) + 1 > ${{outputs.to}}",
        "inputs:\n  from:\n    type: uri_file\noutputs:\n  to:\n    type: uri_file",
    );
    env.write(
        "twice.yml",
        "type: pipeline\nname: twice\ninputs:\n  from:\n    type: uri_file\noutputs:\n  to:\n    type: uri_file\njobs:\n  second:\n    type: command\n    component: add.yml\n    inputs:\n      \
         from: ${{parent.jobs.first.outputs.to}}\n    outputs:\n      to: ${{parent.outputs.to}}\n  first:\n    type: command\n    component: add.yml\n    inputs:\n      from: ${{parent.inputs.from}}\n",
    );
    deploy(
        &env,
        "type: pipeline\ninputs:\n  from:\n    type: uri_file\noutputs:\n  to:\n    type: uri_file\njobs:\n  four:\n    type: pipeline\n    component: twice.yml\n    inputs:\n      \
         from: ${{parent.jobs.two.outputs.to}}\n    outputs:\n      to: ${{parent.outputs.to}}\n  two:\n    type: pipeline\n    component: twice.yml\n    inputs:\n      from: ${{parent.inputs.from}}\n",
        SETTINGS,
    );
    env.write("one.txt", "1\n");
    env.write("run.yml", "inputs:\n  from:\n    type: uri_file\n    path: one.txt\n");
    let job = invoke(&env, &["--file", "run.yml"]);
    completed(&env, &job);
    let outer: Vec<Value> = children(&env, &job).as_array().unwrap().clone();
    assert_eq!(outer.len(), 2, "the steps of inner pipelines are theirs: {outer:?}");
    let four = outer.iter().find(|run| run["display_name"] == "four").unwrap()["name"].as_str().unwrap();
    let inner = children(&env, four);
    assert_eq!((inner.as_array().unwrap().len(), &inner[0]["status"]), (2, &json!("Completed")));
    env.ok(&["job", "download", "-n", &job, "--output-name", "to", "-p", "out"]);
    env.ok(&["job", "download", "-n", four, "--output-name", "to", "-p", "out-four"]);
    for folder in ["out", "out-four"] {
        assert_eq!(env.read(&format!("{folder}/named-outputs/to/to")), "5\n");
    }
}

/// A pipeline of a command that prepares files and a parallel step that scores them.
fn scoring(env: &TestEnv, script: &str, settings: &str) {
    component(
        env,
        "prepare",
        "cp ${{inputs.data}}/* ${{outputs.prepared}}",
        "inputs:\n  data:\n    type: uri_folder\noutputs:\n  prepared:\n    type: uri_folder",
    );
    env.write("scoring/score.py", script);
    env.write(
        "score.yml",
        format!(
            "type: parallel\nname: score\ninputs:\n  files:\n    type: uri_folder\n  factor:\n    type: integer\n    default: 3\noutputs:\n  rows:\n    \
             type: uri_file\ninput_data: ${{{{inputs.files}}}}\nmini_batch_size: '2'\nmax_concurrency_per_instance: 2\n{settings}task:\n  type: run_function\n  \
             code: scoring\n  entry_script: score.py\n  environment:\n    image: any/image:1\n  program_arguments: --factor ${{{{inputs.factor}}}}\n  \
             append_row_to: ${{{{outputs.rows}}}}\n"
        ),
    );
    deploy(
        env,
        "type: pipeline\ninputs:\n  data:\n    type: uri_folder\noutputs:\n  rows:\n    type: uri_file\njobs:\n  prepare:\n    type: command\n    component: prepare.yml\n    inputs:\n      \
         data: ${{parent.inputs.data}}\n  score:\n    type: parallel\n    component: score.yml\n    mini_batch_size: 3\n    inputs:\n      files: ${{parent.jobs.prepare.outputs.prepared}}\n      \
         factor: 5\n    outputs:\n      rows: ${{parent.outputs.rows}}\n",
        SETTINGS,
    );
    env.inputs(7);
}

const TIMES_FACTOR: &str = "\
import argparse, os

parser = argparse.ArgumentParser()
parser.add_argument('--factor', type=int)
factor = parser.parse_known_args()[0].factor

def run(mini_batch):
    return [f'{len(mini_batch)} {int(open(path).read()) * factor}' for path in mini_batch]
";

#[test]
fn a_parallel_step_scores_mini_batches_with_the_engine() {
    let env = TestEnv::new();
    scoring(&env, TIMES_FACTOR, "");
    let job = invoke(&env, &["--inputs", "data.path=data"]);
    completed(&env, &job);
    env.ok(&["job", "download", "-n", &job, "--output-name", "rows", "-p", "out"]);
    // The step's own size of mini-batches wins over its component's.
    assert_eq!(env.read("out/named-outputs/rows/rows"), "3 0\n3 5\n3 10\n3 15\n3 20\n3 25\n1 30\n");
    let summary = log_of(&env, &name_of(&env, &job, "score"), "logs/summary.json");
    let summary: Value = serde_json::from_str(&summary).unwrap();
    assert_eq!((&summary["files"]["succeeded"], &summary["mini_batches"]["total"]), (&json!(7), &json!(3)));
}

#[test]
fn a_parallel_step_whose_script_fails_fails_the_pipeline_with_the_reason() {
    let env = TestEnv::new();
    let script = "def run(mini_batch):\n    raise ValueError('out of luck')\n";
    scoring(&env, script, "error_threshold: 0\nretry_settings:\n  max_retries: 0\n  timeout: 60\n");
    let job = invoke(&env, &["--inputs", "data.path=data"]);
    let ran = env.stream(&job);
    assert_eq!(ran.code, 1);
    assert!(
        ran.stderr.contains("The step score (run ") && ran.stderr.contains("out of luck"),
        "{}",
        ran.stderr
    );
    assert_eq!(child(&env, &job, "prepare")["status"], "Completed");
}

#[test]
fn the_pipeline_of_a_job_can_be_deployed_again() {
    let env = TestEnv::new();
    commands(&env, &[("hello", "echo hello")], SETTINGS);
    let job = invoke(&env, &[]);
    completed(&env, &job);
    env.write(
        "again.yml",
        format!("name: again\nendpoint_name: ep1\ntype: pipeline\njob_definition: azureml:{job}\n"),
    );
    env.ok(&["batch-deployment", "create", "-f", "again.yml"]);
    let second = invoke(&env, &["-d", "again"]);
    completed(&env, &second);
    assert_eq!(log_of(&env, &name_of(&env, &second, "hello"), "user_logs/std_log.txt"), "hello\n");
    env.write(
        "none.yml",
        "name: none\nendpoint_name: ep1\ntype: pipeline\njob_definition: azureml:nothing\n",
    );
    let message = env.fails(1, &["batch-deployment", "create", "-f", "none.yml"]);
    assert!(message.contains("Could not find job nothing."), "{message}");
}

#[test]
fn a_deployment_of_a_pipeline_is_changed_without_its_file() {
    let env = TestEnv::new();
    component(&env, "only", "true", "");
    let pipeline = "type: pipeline\ndescription: of the component\ntags:\n  of: component\njobs:\n  one:\n    \
                    type: command\n    component: only.yml\n";
    deploy(&env, pipeline, SETTINGS);
    let address = ["-n", "dep", "-e", "ep1"];
    let configuration = || {
        let sent = env.json(&[&["batch-deployment", "update"][..], &address, &["--dry-run"]].concat());
        sent[0]["body"]["properties"]["deploymentConfiguration"].clone()
    };
    let deployed = configuration();
    assert_eq!(deployed["tags"], json!({"of": "component"}), "{deployed}");
    let shown = || env.json(&[&["batch-deployment", "show"][..], &address].concat());
    let before = shown();
    let edits = ["--set", "description=changed", "tags.team=vision"];
    env.ok(&[&["batch-deployment", "update"][..], &address, &edits].concat());
    let after = shown();
    assert_eq!((&after["description"], &after["tags"]), (&json!("changed"), &json!({"team": "vision"})));
    assert_eq!(after["properties"], before["properties"]);
    assert_eq!(configuration(), deployed);
    completed(&env, &invoke(&env, &[]));
}

#[test]
fn a_pipeline_that_cannot_work_is_refused_when_it_is_deployed() {
    let env = TestEnv::new();
    env.ok(&["batch-endpoint", "create", "-n", "ep1"]);
    component(
        &env,
        "pass",
        "cp ${{inputs.i}} ${{outputs.o}}",
        "inputs:\n  i:\n    type: uri_file\noutputs:\n  o:\n    type: uri_file",
    );
    env.write("deployment.yml", "name: dep\nendpoint_name: ep1\ntype: pipeline\ncomponent: pipeline.yml\n");
    let refusal = |pipeline: &str| {
        env.write("pipeline.yml", format!("type: pipeline\n{pipeline}"));
        env.fails(1, &["batch-deployment", "create", "-f", "deployment.yml"])
    };
    let step = |name: &str, input: &str| {
        format!("  {name}:\n    type: command\n    component: pass.yml\n    inputs:\n      i: {input}\n")
    };
    let circle = format!(
        "jobs:\n{}{}",
        step("a", "${{parent.jobs.b.outputs.o}}"),
        step("b", "${{parent.jobs.a.outputs.o}}")
    );
    let message = refusal(&circle);
    assert!(message.contains("none can be first: a needs b needs a"), "{message}");
    let message = refusal(&format!("jobs:\n{}", step("a", "${{parent.inputs.nothing}}")));
    assert!(message.contains("step `a`: the pipeline has no input `nothing`"), "{message}");
    let message = refusal(&format!("jobs:\n{}", step("a", "${{parent.jobs.none.outputs.o}}")));
    assert!(message.contains("the pipeline has no step `none`"), "{message}");
    let message = refusal(&format!("jobs:\n{}", step("a", "some text")));
    assert!(message.contains("its input `i` is of type uri_file, and is given a value"), "{message}");
    component(&env, "pass", "cat <<'END'\n${{inputs.i}}\nEND", "inputs:\n  i:\n    type: uri_file");
    let message =
        refusal(&format!("inputs:\n  f:\n    type: uri_file\njobs:\n{}", step("a", "${{parent.inputs.f}}")));
    assert!(
        message.contains("the placeholder of `i` stands in a here-document whose end is quoted"),
        "{message}"
    );
    assert_eq!(env.json(&["batch-deployment", "list", "-e", "ep1"]), json!([]));
}

#[test]
fn an_entry_script_outside_the_code_of_its_step_is_refused() {
    let env = TestEnv::new();
    scoring(&env, TIMES_FACTOR, "");
    let spec = env.read("score.yml");
    let outside = env.write("scoring.py", TIMES_FACTOR);
    for script in [outside.to_str().unwrap(), "../scoring.py", "sub/../../scoring.py"] {
        env.write("score.yml", spec.replace("entry_script: score.py", &format!("entry_script: {script}")));
        let message = env.fails(1, &["batch-deployment", "create", "-f", "deployment.yml"]);
        assert!(
            message.contains(&format!("its entry script {script} leads out of the code folder")),
            "{message}"
        );
    }
}
