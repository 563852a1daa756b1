//! What worker processes get from whoever invokes a job, and what they cost its supervisor.

use super::common::TestEnv;

/// Tells how Python was told to run, and by which variables.
const SETTINGS: &str = "
import os, sys
def run(mini_batch):
    assert mini_batch, 'there is something to score'
    return [(sys.flags.optimize, sys.warnoptions, sorted(name for name in os.environ if name.startswith('PYTHON')))]
";

#[test]
fn what_the_shell_tells_python_does_not_reach_a_scoring_script() {
    let env = TestEnv::new();
    env.inputs(1);
    // Whoever finds this module instead of Python's own does not come far.
    env.write("elsewhere/socket.py", "raise ImportError('the wrong one')");
    env.write("elsewhere/logging.py", "raise ImportError('the wrong one')");
    env.deploy(SETTINGS, "  mini_batch_size: 1\n  retry_settings:\n    max_retries: 0");
    let elsewhere = env.work().join("elsewhere");
    let invoke = ["batch-endpoint", "invoke", "-n", "ep1", "--input", "data", "--query", "name", "-o", "tsv"];
    let mut command = env.command(&[&invoke[..], &["-w", "local"]].concat());
    command.env("PYTHONHOME", "/nowhere").env("PYTHONPATH", elsewhere).env("PYTHONOPTIMIZE", "2");
    command.env("PYTHONWARNINGS", "error").env("PYTHONSTARTUP", "/nowhere").env("PYTHONINSPECT", "1");
    command.env("PYTHONVERBOSE", "1").env("PYTHONDEVMODE", "1").env("PYTHONHASHSEED", "1");
    let invoked = command.output().unwrap();
    let job = String::from_utf8(invoked.stdout).unwrap().trim().to_owned();
    let streamed = env.stream(&job);
    assert_eq!(streamed.code, 0, "{}", streamed.stdout);
    env.ok(&["job", "download", "-n", &job, "-p", "out"]);
    let ours = "['PYTHONDONTWRITEBYTECODE', 'PYTHONFAULTHANDLER', 'PYTHONUTF8']";
    assert_eq!(env.read("out/predictions.csv"), format!("(0, [], {ours})\n"));
}

#[test]
fn what_the_deployment_tells_python_does() {
    let env = TestEnv::new();
    env.inputs(1);
    env.write("elsewhere/mine.py", "NAME = 'found'");
    let path = env.work().join("elsewhere");
    let script = format!("import mine\nassert mine.NAME == 'found'{SETTINGS}");
    let settings = format!(
        "  mini_batch_size: 1\n  environment_variables:\n    PYTHONPATH: {}\n    PYTHONOPTIMIZE: '1'",
        path.display()
    );
    env.deploy(&script, &settings);
    let rows = env.rows(&[]);
    assert!(rows[0].starts_with("(1, [], [") && rows[0].contains("'PYTHONPATH'"), "{rows:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_script_that_prints_without_end_costs_its_supervisor_no_memory() {
    const PRINTED: u64 = 64 << 20;
    let env = TestEnv::new();
    env.inputs(2);
    // The first worker prints and dies, so that its last words are looked for; the second tells what that cost.
    let script = "
import os, sys
def run(mini_batch, context):
    if mini_batch.task_id == 0 and context.retry_count == 0:
        for _ in range(64):
            print('o' * ((1 << 20) - 1))
            sys.stderr.write('e' * (1 << 20))
        sys.stderr.flush()
        os._exit(3)
    with open('/proc/%d/status' % os.getppid()) as status: peak = status.read().split('VmHWM:')[1].split()[0]
    return [peak]
";
    env.deploy(script, "  mini_batch_size: 1");
    let job = env.invoke(&[]);
    assert_eq!(env.stream(&job).code, 0);
    env.ok(&["job", "download", "-n", &job, "-p", "out"]);
    for peak in env.read("out/predictions.csv").lines() {
        let kilobytes: u64 = peak.parse().unwrap();
        assert!(kilobytes < 60_000, "the supervisor took {kilobytes} kB");
    }
    let user = env.azml_home().join("jobs").join(&job).join("logs/logs/user");
    for stream in ["stdout", "stderr"] {
        let log = user.join(format!("{stream}/0/process000.{stream}.txt"));
        assert_eq!(log.metadata().unwrap().len(), PRINTED, "{stream}");
    }
    let told = user.join("error/0/process000.txt").metadata().unwrap().len();
    assert!(told < 10_000, "the last words are {told} bytes");
}
