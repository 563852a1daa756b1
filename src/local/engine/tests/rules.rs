//! The rules a scoring script lives by: how it is called, what it finds, what it may answer.

use super::*;

#[test]
fn anything_but_a_list_a_tuple_or_a_data_frame_is_a_failed_attempt_even_where_rows_are_not_kept() {
    let script = "
class ndarray: pass
class Series: pass
ANSWERS = [None, (x for x in 'a'), {}, {1}, 'text', b'bytes', 7, ndarray(), Series()]
def run(mini_batch): return ANSWERS[mini_batch.task_id]
";
    let kinds = ["NoneType", "generator", "dict", "set", "str", "bytes", "int", "ndarray", "Series"];
    for action in [OutputAction::AppendRow, OutputAction::SummaryOnly] {
        let mut bench = Bench::with_files(script, kinds.len());
        (bench.plan.max_retries, bench.plan.output_action) = (0, action);
        bench.run();
        assert_eq!(bench.record.progress.borrow().failed, kinds.len() as u64);
        let log = bench.log("logs/azureml/executionlogs.txt");
        for kind in kinds {
            assert!(log.contains(&format!("The actual type of output is {kind}.")), "{kind}: {log}");
        }
    }
}

#[test]
fn subclasses_of_a_list_are_lists_and_coroutines_are_not() {
    let script = "
class Mine(list): pass
def run(mini_batch): return Mine(['a'])
";
    assert_eq!(Bench::with_files(script, 1).output(), "a\n");
    let mut bench = Bench::with_files("async def run(mini_batch): return ['a']", 1);
    bench.plan.max_retries = 0;
    assert!(bench.failure().contains("The actual type of output is coroutine."));
}

#[test]
fn run_is_told_of_its_mini_batch_if_it_has_a_second_parameter_however_it_is_made() {
    for (run, expected) in [
        ("def run(a): return ['one']", "one"),
        ("def run(a, context=None): return [context.minibatch_index]", "0"),
        ("def run(*all): return [len(all)]", "1"),
        ("def run(a, *, option=None): return [option]", "None"),
        ("class Run:\n    def __call__(self, a): return ['call']\nrun = Run()", "call"),
        ("class Run:\n    def run(self, a, c): return [c.retry_count]\nrun = Run().run", "0"),
        (
            "import functools\ndef both(x, a, c): return [x, c.minibatch_index]\nrun = functools.partial(both, 'p')",
            "p\n0",
        ),
        (
            "import functools\ndef plain(a): return ['wrapped']\n@functools.wraps(plain)\ndef run(*a, **k): return plain(*a)",
            "wrapped",
        ),
    ] {
        assert_eq!(Bench::with_files(run, 1).output(), format!("{expected}\n"), "{run}");
    }
}

#[test]
fn a_mini_batch_is_a_list_of_absolute_paths_that_keeps_its_number_over_retries() {
    let script = "
import os
def run(mini_batch, context):
    if context.retry_count < 2: raise ValueError(mini_batch.task_id)
    assert all(type(path) is str and os.path.isabs(path) and os.path.exists(path) for path in mini_batch)
    return [(mini_batch.task_id, context.minibatch_index, context.retry_count)] + mini_batch[1:]
";
    let mut bench = Bench::with_files(script, 3);
    bench.plan.mini_batch_size = 2;
    let second = bench.path("input/0001");
    assert_eq!(bench.output(), format!("(0, 0, 2)\n{}\n(1, 1, 2)\n", second.display()));
}

#[test]
fn init_runs_once_in_a_process_and_what_it_leaves_is_there_for_every_run() {
    let script = "
import os
calls = 0
def init():
    global calls
    calls += 1
def run(mini_batch): return [(calls, os.getpid())]
";
    let output = Bench::with_files(script, 20).output();
    let lines: Vec<&str> = output.lines().collect();
    assert!(lines[0].starts_with("(1, ") && lines.iter().all(|line| *line == lines[0]), "{output}");
}

#[test]
fn a_file_that_vanished_fails_the_mini_batch_of_whoever_reads_it_and_no_other() {
    let script = "
import os
def run(mini_batch):
    here = os.path.dirname(mini_batch[0])
    if mini_batch.task_id == 0: os.remove(os.path.join(here, '0001'))
    for path in mini_batch: open(path).close()
    return [os.path.basename(path) for path in mini_batch]
";
    let bench = Bench::with_files(script, 3);
    assert_eq!(bench.output(), "0000\n0002\n");
    assert_eq!(bench.record.progress.borrow().failed_items, 1);
    assert!(bench.log("logs/user/error.txt").contains("FileNotFoundError"));
}

#[test]
fn shutdown_is_called_by_those_who_end_well_and_its_failure_changes_nothing() {
    let script = "
import os, pathlib
def run(mini_batch, context):
    if mini_batch.task_id == 1 and context.retry_count == 0: os._exit(1)
    return mini_batch
def shutdown():
    with open(os.path.join(os.environ['AZUREML_BI_OUTPUT_PATH'], 'ended'), 'a') as f: f.write('once')
    raise ValueError('too late')
";
    let bench = Bench::with_files(script, 3);
    bench.output();
    assert_eq!(fs::read_to_string(bench.path("output/ended")).unwrap(), "once");
    let stdout = bench.log("logs/user/stdout/0/process001.stdout.txt");
    assert!(stdout.contains("shutdown() failed") && stdout.contains("too late"), "{stdout}");
}

#[test]
fn the_options_of_the_engine_are_on_the_command_line_of_the_script() {
    let script = "
import sys
def run(mini_batch): return sys.argv
";
    let mut bench = Bench::with_files(script, 1);
    bench.plan.logging_level = "Warning".to_owned();
    let code = bench.path("code/score.py");
    let output = bench.path("output");
    let expected = [
        code.to_str().unwrap(),
        "--scoring_module_name score.py",
        "--mini_batch_size 1",
        "--error_threshold -1",
        "--output_action append_row",
        "--logging_level Warning",
        "--run_invocation_timeout 60",
        "--run_max_try 4",
        "--append_row_file_name predictions.csv",
        "--append_row_dataframe_header False",
        "--process_count_per_node 1",
        &format!("--output {}", output.display()),
    ];
    assert_eq!(bench.output(), expected.join(" ").replace(' ', "\n") + "\n");
}

#[test]
fn the_logging_level_holds_for_the_script_and_for_the_log_of_each_process() {
    let script = "
import logging
from azureml_user.parallel_run import EntryScript
def run(mini_batch):
    for logger in (logging.getLogger(), logging.getLogger('mine'), EntryScript().logger):
        logger.debug('at debug'); logger.info('at info'); logger.warning('at warning')
    return mini_batch
";
    for (level, heard) in [("Warning", 1), ("Info", 2), ("Debug", 3)] {
        let mut bench = Bench::with_files(script, 1);
        bench.plan.logging_level = level.to_owned();
        bench.output();
        for (log, loggers) in
            [("stdout/0/process000.stdout.txt", 3), ("entry_script_log/0/process000.log.txt", 1)]
        {
            let text = bench.log(&format!("logs/user/{log}"));
            assert_eq!(text.matches("at ").count(), heard * loggers, "{level}: {text}");
        }
        let per_process = bench.path("job/logs/logs/sys/node/0/process000.txt");
        assert_eq!(per_process.exists(), level == "Debug", "{level}");
    }
}

#[test]
fn what_programs_print_that_the_script_starts_is_in_the_logs_of_its_process() {
    let script = "
import subprocess
def run(mini_batch):
    subprocess.run(['sh', '-c', 'echo to stdout; echo to stderr >&2'], check=True)
    return mini_batch
";
    let bench = Bench::with_files(script, 1);
    bench.output();
    assert_eq!(bench.log("logs/user/stdout/0/process000.stdout.txt"), "to stdout\n");
    assert_eq!(bench.log("logs/user/stderr/0/process000.stderr.txt"), "to stderr\n");
}

#[test]
fn modules_are_found_from_the_root_of_the_code_and_not_beside_the_script() {
    let mut bench = Bench::with_files("", 1);
    fs::create_dir_all(bench.path("code/src")).unwrap();
    fs::write(bench.path("code/top.py"), "NAME = 'top'").unwrap();
    fs::write(bench.path("code/src/beside.py"), "NAME = 'beside'").unwrap();
    let script = "import top\nfrom . import beside\nfrom src.beside import NAME\n\
                  def run(mini_batch): return [top.NAME, beside.NAME, NAME]";
    fs::write(bench.path("code/src/entry.py"), script).unwrap();
    bench.use_script("src/entry.py");
    assert_eq!(bench.output(), "top\nbeside\nbeside\n");
    fs::write(bench.path("code/src/entry.py"), "import beside\ndef run(mini_batch): return [1]").unwrap();
    fs::remove_file(bench.path("output/predictions.csv")).unwrap();
    assert!(bench.failure().contains("No module named 'beside'"));
}

#[test]
fn a_script_must_be_a_python_module_of_a_name_of_its_own() {
    let mut bench = Bench::with_files("", 1);
    bench.use_script("other.py");
    assert!(bench.failure().contains("the code folder has no file 'other.py'"));
    for (name, told) in [("score.txt", "is not a .py file"), ("json.py", "has the name of another module")] {
        let mut bench = Bench::with_files("", 1);
        fs::write(bench.path("code").join(name), "def run(mini_batch): return [1]").unwrap();
        bench.use_script(name);
        let message = bench.failure();
        assert!(message.contains(told), "{message}");
    }
}

#[test]
fn a_process_knows_its_node_and_shares_its_folder_with_no_other() {
    let script = "
import os, time
NAMES = ['AZUREML_NODE_COUNT', 'AZUREML_EXPERIMENT_NAME', 'AZUREML_MODEL_DIR']
def run(mini_batch):
    with open('private', 'x'): pass
    while len(os.listdir('..')) < 2: time.sleep(0.001)
    os.remove('private')
    return [(os.environ['AZUREML_CR_NODE_RANK'], [os.environ.get(name) for name in NAMES])]
";
    let mut bench = Bench::with_files(script, 2);
    bench.plan.instance_count = 2;
    let output = bench.output();
    let mut lines: Vec<&str> = output.lines().collect();
    lines.sort_unstable();
    lines.dedup();
    assert!(lines.iter().all(|line| line.ends_with(", ['2', 'experiment', None])")), "{output}");
    assert!(
        !output.is_empty() && lines.iter().all(|line| line.starts_with("('0'") || line.starts_with("('1'"))
    );
}

#[test]
fn limits_and_tries_are_told_as_they_are_applied() {
    let bench = Bench::with_files(ECHO, 1);
    bench.output();
    let log = bench.log("logs/azureml/executionlogs.txt");
    for told in [
        "4 tries each (3 retries)",
        "time limit 90 seconds (60 + 30 allowance)",
        "error threshold -1",
        "Starting 1 of 1 worker processes",
    ] {
        assert!(log.contains(told), "{told} is not in {log}");
    }
}

#[test]
fn the_output_file_has_the_name_that_the_deployment_gives() {
    let mut bench = Bench::with_files(ECHO, 1);
    bench.plan.output_file_name = "Scores of May.TXT".to_owned();
    assert_eq!(bench.run(), JobStatus::Completed);
    assert_eq!(fs::read_to_string(bench.path("output/Scores of May.TXT")).unwrap(), "0000\n");
    assert_eq!(fs::read_dir(bench.path("output")).unwrap().count(), 1);
}

#[test]
fn every_log_a_job_leaves_is_explained_by_its_readme() {
    let script = "
import logging
from azureml_user.parallel_run import EntryScript
def run(mini_batch):
    EntryScript().logger.info('here')
    raise ValueError('no')
";
    let mut bench = Bench::with_files(script, 1);
    (bench.plan.max_retries, bench.plan.logging_level) = (0, "Debug".to_owned());
    bench.failure();
    let readme = bench.log("logs/readme.txt");
    let root = log_root(&bench.path("job"));
    let mut folders = vec![root.clone()];
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(&root).unwrap().to_str().unwrap();
            let name = name.replace("/0/", "/<node>/").replace("process000", "processNNN");
            let (folder, file) = name.rsplit_once('/').unwrap();
            let day = file.starts_with("job_progress_overview.");
            let shown = if day { format!("{folder}/job_progress_overview.<day>.txt") } else { name.clone() };
            let is_explained = readme.lines().filter_map(|line| line.split(' ').next()).any(|explained| {
                explained == shown || explained == format!("{folder}/") || name == "logs/readme.txt"
            });
            assert!(is_explained, "{shown} is not in {readme}");
            seen += 1;
        }
    }
    assert!(seen > 9, "only {seen} logs");
}
