//! Environments of deployments on a machine that has just the tools a test gives it.
//!
//! `conda` and some `uv` are stand-ins here: scripts that note how they are called and behave as told. They prove the
//! calls and what becomes of their answers, and nothing about the real programs. One test runs the real uv.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use super::common::python::python_with;
use super::common::{Ran, TestEnv, eventually, skip};

const SCRIPT: &str =
    "import os\ndef run(mini_batch):\n    return [os.path.basename(p) for p in mini_batch]\n";

/// A machine whose search path is one folder: a few small programs and Python.
pub(crate) fn machine() -> TestEnv {
    machine_with(&[])
}

/// As [`machine`], with these variables set for everything.
pub(crate) fn machine_with(variables: &[(&'static str, String)]) -> TestEnv {
    let env = TestEnv::new();
    let path = String::leak(bin(&env).display().to_string());
    let mut env = env.with_variable("PATH", path);
    for (name, value) in variables {
        env = env.with_variable(name, String::leak(value.clone()));
    }
    fs::create_dir_all(bin(&env)).unwrap();
    for tool in ["sh", "cat", "cp", "mkdir", "sleep", "touch", "chmod", "grep"] {
        symlink(found(&["-c", &format!("command -v {tool}")], "sh"), bin(&env).join(tool)).unwrap();
    }
    let python = found(&["-c", "import sys; print(sys.executable)"], "python3");
    env.program("python3", &format!("exec {} \"$@\"", python.display()));
    env
}

fn bin(env: &TestEnv) -> PathBuf {
    env.work().join("bin")
}

fn found(words: &[&str], program: &str) -> PathBuf {
    let output = Command::new(program).args(words).output().unwrap();
    PathBuf::from(String::from_utf8(output.stdout).unwrap().trim())
}

/// Lines of a script that make an environment of the machine's own Python in `$1`.
const MAKE: &str = "mkdir -p \"$1/bin\"; cp $(command -v python3) \"$1/bin/python\"";

/// A deployment with this conda file.
pub(crate) fn deploy(env: &TestEnv, conda_file: &str) {
    env.inputs(1);
    env.deploy(SCRIPT, "  mini_batch_size: 1");
    env.write("conda.yml", conda_file);
    env.redeploy(&["environment.conda_file=conda.yml"]);
}

/// Runs a job to its end.
pub(crate) fn run(env: &TestEnv) -> Ran {
    env.stream(&env.invoke(&[]))
}

fn warnings(ran: &Ran) -> Vec<&str> {
    ran.stdout.lines().filter_map(|line| Some(line.split_once("Warning: ")?.1)).collect()
}

#[test]
fn an_environment_that_is_an_image_or_a_docker_build_or_in_a_registry_is_one_warning() {
    let env = machine();
    env.inputs(1);
    env.deploy(SCRIPT, "  mini_batch_size: 1");
    env.write("context/Dockerfile.gpu", "FROM any/image:1\n");
    let image = "environment:\n  image: any/image:1\n";
    let build = "environment:\n  build:\n    path: context\n    dockerfile_path: Dockerfile.gpu\n";
    let registry = "environment: azureml://registries/r/environments/e/versions/1\n";
    for (environment, told) in [
        (image, "the image `any/image:1` is not used"),
        (build, "the Docker build of `Dockerfile.gpu` is not run"),
        (registry, "`azureml://registries/r/environments/e/versions/1` is in a registry"),
    ] {
        env.write("other.yml", env.read("deployment.yml").replace(image, environment));
        env.ok(&["batch-deployment", "create", "-f", "other.yml"]);
        let ran = run(&env);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let warnings = warnings(&ran);
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        assert!(warnings[0].contains(told) && warnings[0].contains("AZML_PYTHON"), "{warnings:?}");
    }
}

#[test]
fn a_registered_environment_is_used_by_version_by_label_and_by_id() {
    let env = machine();
    env.inputs(1);
    env.deploy(SCRIPT, "  mini_batch_size: 1");
    env.write("conda.yml", "dependencies: [pip]\n");
    env.write("env.yml", "name: e\nversion: 7\nimage: any/image:1\nconda_file: conda.yml\n");
    env.ok(&["environment", "create", "-f", "env.yml"]);
    let id = env.json(&["environment", "show", "-n", "e", "-v", "7"])["id"].as_str().unwrap().to_owned();
    for reference in ["azureml:e:7", "azureml:e@latest", &id] {
        env.redeploy(&[&format!("environment={reference}")]);
        let ran = run(&env);
        assert_eq!(ran.code, 0, "{reference}: {}", ran.stderr);
        assert!(ran.stdout.contains("all that `e:7` says"), "{reference}: {}", ran.stdout);
    }
}

#[test]
fn a_curated_environment_is_refused_with_the_reason() {
    let env = machine();
    env.deploy(SCRIPT, "  mini_batch_size: 1");
    let change = "environment=azureml:AzureML-sklearn-1.0:1";
    let stderr = env.fails(1, &["batch-deployment", "create", "-f", "deployment.yml", "--set", change]);
    assert!(stderr.contains("curated environment") && stderr.contains("conda file"), "{stderr}");
}

#[test]
fn what_is_not_to_be_had_is_one_warning_and_an_error_where_that_is_asked_for() {
    let conda_file = "dependencies: [python=3.7, cudatoolkit=11.7, pip]\nvariables: {A: b}\n";
    let env = machine();
    deploy(&env, conda_file);
    let ran = run(&env);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let found = warnings(&ran);
    assert_eq!(found.len(), 1, "{found:?}");
    for part in ["any/image:1", "Python 3.7 is not on this machine", "`cudatoolkit=11.7` is", "`variables`"] {
        assert!(found[0].contains(part), "{part}: {found:?}");
    }

    let env = machine_with(&[("AZML_STRICT_ENVIRONMENT", "yes".to_owned())]);
    deploy(&env, conda_file);
    let ran = run(&env);
    assert_eq!(ran.code, 1);
    assert!(
        ran.stderr.contains("AZML_STRICT_ENVIRONMENT") && ran.stderr.contains("Python 3.7"),
        "{}",
        ran.stderr
    );
    assert!(
        !ran.stderr.contains("any/image:1"),
        "the image below a conda environment is no reason: {}",
        ran.stderr
    );
    deploy(&env, "dependencies: [pip]\n");
    assert_eq!(run(&env).code, 0);
}

#[test]
fn a_stand_in_for_conda_is_called_where_pip_cannot_help_and_its_failure_is_told() {
    let env = machine();
    env.program(
        "conda",
        &format!(
            "echo \"$@ yes=$CONDA_ALWAYS_YES\" >> {}/calls\n[ \"$1\" = --version ] && exit 0\n\
             shift 3; {MAKE}; grep -q broken \"$3\" || exit 0\n\
             echo 'ResolvePackageNotFound: '; echo '  - broken=1.0'; exit 1",
            env.work().display()
        ),
    );
    deploy(&env, "dependencies: [cudatoolkit=11.7]\n");
    let ran = run(&env);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let found = warnings(&ran);
    assert!(found.len() == 1 && !found[0].contains("cudatoolkit"), "{found:?}");
    let calls = env.read("calls");
    let call = calls.lines().last().unwrap();
    assert!(call.starts_with("env create -p ") && call.contains("/python -f "), "{calls}");
    assert!(call.ends_with("/conda.yml yes=true"), "{calls}");

    deploy(&env, "name: x\ndependencies:\n  - numpy\n  - broken=1.0\n");
    let ran = run(&env);
    assert_eq!(ran.code, 1);
    let at = format!("{}:4:5: broken=1.0", env.work().join("conda.yml").display());
    assert!(ran.stderr.contains(&at) && ran.stderr.contains("ResolvePackageNotFound"), "{}", ran.stderr);
}

#[test]
fn variables_are_told_of_where_conda_builds_since_nothing_activates_the_environment() {
    let conda = format!("[ \"$1\" = --version ] && exit 0\nshift 3; {MAKE}");
    for strict in ["no", "yes"] {
        let env = machine_with(&[("AZML_STRICT_ENVIRONMENT", strict.to_owned())]);
        env.program("conda", &conda);
        deploy(&env, "dependencies: [cudatoolkit]\nvariables: {A: b}\n");
        env.write("code/score.py", "import os\ndef run(mini_batch):\n    return [os.environ.get('A')]\n");
        env.redeploy(&["environment.conda_file=conda.yml"]);
        let ran = run(&env);
        let told = [ran.stdout.as_str(), ran.stderr.as_str()].concat();
        assert!(told.contains("`variables` are not set"), "{told}");
        assert_eq!(ran.code, i32::from(strict == "yes"), "{told}");
    }
}

#[test]
fn what_conda_has_built_is_used_without_asking_conda_or_where_it_is_gone() {
    let env = machine();
    let calls = env.write("calls", "");
    let conda = env.program(
        "conda",
        &format!("echo $1 >> {}\n[ \"$1\" = --version ] && exit 0\nshift 3; {MAKE}", calls.display()),
    );
    // Neither pip nor a Python of this machine has it.
    let files = ["dependencies: [cudatoolkit]\n", "dependencies: [python=3.7]\n"];
    for conda_file in files {
        deploy(&env, conda_file);
        for how in ["Building the environment", "reusing the one built before"] {
            let ran = run(&env);
            assert_eq!(ran.code, 0, "{}", ran.stderr);
            assert!(ran.stdout.contains(how), "{how}: {}", ran.stdout);
        }
    }
    assert_eq!(env.read("calls"), "--version\nenv\n".repeat(2));
    fs::remove_file(conda).unwrap();
    let ran = run(&env);
    assert!(ran.code == 0 && ran.stdout.contains("reusing"), "{}\n{}", ran.stdout, ran.stderr);
}

#[test]
fn an_environment_of_conda_without_python_says_what_to_add() {
    let env = machine();
    env.program("micromamba", "[ \"$1\" = --version ] || mkdir -p \"$4\"");
    deploy(&env, "dependencies: [cudatoolkit]\n");
    let ran = run(&env);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("has no Python: add `python="), "{}", ran.stderr);
}

/// A stand-in for uv that has no Python until it is asked to install one; `install` is how that goes.
fn stand_in_for_uv(env: &TestEnv, install: &str) {
    let work = env.work().display().to_string();
    let python = env.program(
        "brought-python",
        "case $* in *version_info*) echo 3.8.99; echo $0;; *) exec python3 \"$@\";; esac",
    );
    env.program(
        "uv",
        &format!(
            "echo \"$@\" >> {work}/calls\ncase \"$1 $2\" in\n\
             'python find') [ -e {work}/installed ] && echo {python};;\n\
             'python install') {install};;\n\
             venv*) shift 3; {MAKE};;\nesac",
            python = python.display()
        ),
    );
}

#[test]
fn a_stand_in_for_uv_is_asked_for_a_python_that_is_not_there() {
    let env = machine();
    stand_in_for_uv(&env, &format!("touch {}/installed", env.work().display()));
    deploy(&env, "dependencies: ['python>=3.8,<3.9']\n");
    let ran = run(&env);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let found = warnings(&ran);
    assert!(found.len() == 1 && !found[0].contains("Python"), "{found:?}");
    let calls = env.read("calls");
    assert!(calls.contains("\npython install 3.8\n") && calls.contains("brought-python"), "{calls}");
    assert_eq!(run(&env).code, 0);
    assert_eq!(env.read("calls").matches("python install").count(), 1, "installed twice");
}

#[test]
fn a_python_that_a_stand_in_for_uv_cannot_bring_is_warned_of() {
    let env = machine();
    stand_in_for_uv(&env, "echo 'dns error' >&2; exit 1");
    deploy(&env, "dependencies: [python=3.8]\n");
    let ran = run(&env);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(warnings(&ran)[0].contains("Python 3.8 is not on this machine"), "{}", ran.stdout);

    // Every job would wait for the network again.
    let ran = run(&env);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(warnings(&ran)[0].contains("Python 3.8 is not on this machine"), "{}", ran.stdout);
    assert!(ran.stdout.contains("`uv python install 3.8` does it at once"), "{}", ran.stdout);
    assert_eq!(env.read("calls").matches("python install").count(), 1, "asked again");
    let environments = env.azml_home().join("environments");
    let note = fs::File::open(environments.join("python-3.8.not-brought")).unwrap();
    note.set_modified(SystemTime::UNIX_EPOCH).unwrap();
    assert_eq!(run(&env).code, 0);
    assert_eq!(env.read("calls").matches("python install").count(), 2, "never asked again");
}

#[test]
fn a_shim_of_pyenv_finds_the_python_once_and_not_for_every_worker() {
    let env = machine();
    let shims = env.work().join("shims");
    let path = format!("{}:{}", shims.display(), bin(&env).display());
    let env = env.with_variable("PATH", String::leak(path)).with_variable("AZML_MAX_WORKERS", "2");
    let real = found(&["-c", "import sys; print(sys.executable)"], "python3");
    let shim =
        format!(": pyenv\necho asked >> {}/asked\nexec {} \"$@\"", env.work().display(), real.display());
    fs::create_dir(&shims).unwrap();
    fs::rename(env.program("shim", &shim), shims.join("python3")).unwrap();
    env.inputs(2);
    let script = "import os, sys, time\nhere = os.environ['AZUREML_BI_OUTPUT_PATH']\n\
                  def run(mini_batch):\n    open(os.path.join(here, str(os.getpid())), 'w').close()\n    \
                  while len(os.listdir(here)) < 2: time.sleep(0.01)\n    return [sys.executable]\n";
    env.deploy(script, "  mini_batch_size: 1\n  max_concurrency_per_instance: 2");
    fs::write(env.work().join("asked"), "").unwrap();
    let rows = env.rows(&[]);
    assert_eq!(rows, [real.display().to_string(), real.display().to_string()]);
    assert_eq!(env.read("asked"), "asked\n");
}

#[test]
fn a_failed_build_ends_the_stream_with_the_line_of_the_conda_file_and_the_words_of_pip() {
    let env = machine_with(&[("PIP_NO_INDEX", "1".to_owned())]);
    deploy(&env, "name: x\ndependencies:\n  - pip\n  - pip:\n      - no-such-package-here==1.0 # why\n");
    let job = env.invoke(&[]);
    let ran = env.stream(&job);
    assert_eq!(ran.code, 1);
    let at = format!("{}:5:9: no-such-package-here==1.0", env.work().join("conda.yml").display());
    for part in [at.as_str(), "ERROR: No matching distribution found", "azureml-logs/20_image_build_log.txt"]
    {
        assert!(ran.stderr.contains(part), "{part}: {}", ran.stderr);
    }
    assert!(ran.stdout.contains("pip install"), "the build was not streamed: {}", ran.stdout);
    env.ok(&["job", "download", "-n", &job, "--all", "-p", "logs"]);
    let found =
        Command::new("grep").args(["-rl", "No matching distribution"]).arg(env.work().join("logs")).output();
    assert!(String::from_utf8(found.unwrap().stdout).unwrap().contains("20_image_build_log.txt"));

    // A spec that has the conda file inside is the file to look into.
    let inline = "environment:\n  image: any/image:1\n  conda_file:\n    dependencies:\n    - pip: [no-such-thing==1]\n";
    let spec = env.read("deployment.yml").replace("environment:\n  image: any/image:1\n", inline);
    env.write("inline.yml", spec);
    env.ok(&["batch-deployment", "create", "-f", "inline.yml"]);
    let ran = run(&env);
    let at = format!("{}:11:13: no-such-thing==1", env.work().join("inline.yml").display());
    assert!(ran.stderr.contains(&at), "{at}: {}", ran.stderr);
}

#[test]
fn without_a_network_a_new_environment_says_so_and_a_cached_one_works() {
    let nowhere = "http://127.0.0.1:9".to_owned();
    let env = machine_with(&[
        ("PIP_INDEX_URL", format!("{nowhere}/simple")),
        ("PIP_RETRIES", "1".to_owned()),
        ("HTTPS_PROXY", nowhere.clone()),
        ("HTTP_PROXY", nowhere),
    ]);
    deploy(&env, "dependencies: [pip, pip: [six]]\n");
    let job = env.invoke(&[]);
    let ran = env.stream(&job);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("Nothing answers on the network"), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("azml job resume"),
        "the machine is at fault, not the deployment: {}",
        ran.stderr
    );
    deploy(&env, "dependencies: [pip]\n");
    assert!(run(&env).stdout.contains("Building the environment"));
    let ran = run(&env);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains("reusing the one built before"), "{}", ran.stdout);
}

/// A Python whose environments are built slowly: until somebody says go. Notes who builds.
pub(crate) fn slow_python(env: &TestEnv) {
    let python = fs::read_to_string(bin(env).join("python3")).unwrap();
    let work = env.work().display().to_string();
    let real = python.split_whitespace().nth(2).unwrap().to_owned();
    env.program(
        "slow-python",
        &format!(
            "case $1 in\n-E) echo 3.11.0; echo $0;;\n-m) for target; do :; done; set -- $target\n\
             echo $PPID >> {work}/builders\nwhile [ ! -e {work}/go ]; do sleep 0.02; done\n{MAKE};;\n\
             *) exec {real} \"$@\";;\nesac"
        ),
    );
}

fn log(env: &TestEnv, job: &str) -> String {
    let path = env.azml_home().join("jobs").join(job).join("logs/logs/azureml/executionlogs.txt");
    fs::read_to_string(path).unwrap_or_default()
}

/// Two jobs that want one environment: the first builds it, the second waits.
fn two_jobs(env: &TestEnv) -> [String; 2] {
    slow_python(env);
    deploy(env, "dependencies: [pip]\n");
    let first = env.invoke(&[]);
    eventually("the environment is being built", || Path::new(&env.work().join("builders")).exists());
    let second = env.invoke(&[]);
    eventually("the second job waits", || {
        log(env, &second).contains("waiting for another job that builds it")
    });
    [first, second]
}

#[test]
fn of_two_jobs_one_builds_and_the_other_waits_for_it() {
    let env = machine_with(&[("AZML_PYTHON", "slow-python".to_owned())]);
    let jobs = two_jobs(&env);
    env.write("go", "");
    for job in jobs {
        let ran = env.stream(&job);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
    }
    assert_eq!(env.read("builders").lines().count(), 1);
}

#[test]
fn a_killed_builder_is_followed_by_the_job_that_waits_and_its_own_job_can_be_resumed() {
    let env = machine_with(&[("AZML_PYTHON", "slow-python".to_owned())]);
    let [first, second] = two_jobs(&env);
    let builder = env.read("builders").trim().to_owned();
    assert!(Command::new("kill").args(["-9", &builder]).status().unwrap().success());
    eventually("the second job builds", || env.read("builders").lines().count() == 2);
    env.write("go", "");
    let ran = env.stream(&second);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    env.ok(&["job", "resume", "-n", &first]);
    let ran = env.stream(&first);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(env.read("builders").lines().count(), 2, "what was complete was built again");
}

/// Makes the wheel of a package with one module in `wheels`.
const MAKE_WHEEL: &str = "
import os, zipfile
os.makedirs('wheels')
with zipfile.ZipFile('wheels/tiny-1.0rc1-py3-none-any.whl', 'w') as wheel:
    files = {
        'tiny.py': 'ANSWER = 42',
        'tiny-1.0rc1.dist-info/METADATA': 'Metadata-Version: 2.1\\nName: tiny\\nVersion: 1.0rc1\\n',
        'tiny-1.0rc1.dist-info/WHEEL': 'Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n',
    }
    for name, text in files.items():
        wheel.writestr(name, text)
    wheel.writestr('tiny-1.0rc1.dist-info/RECORD', ''.join('%s,,\\n' % name for name in files))
";

#[test]
fn the_real_uv_builds_what_pip_would_and_compiles_it_for_all_workers() {
    let uv = match python_with("uv", "uv==0.13.9") {
        Ok(python) => python.with_file_name("uv"),
        Err(reason) => return skip(&reason),
    };
    let env = machine_with(&[("UV_OFFLINE", "1".to_owned())]);
    symlink(uv, bin(&env).join("uv")).unwrap();
    let made = Command::new("python3").args(["-c", MAKE_WHEEL]).current_dir(env.work()).status().unwrap();
    assert!(made.success());
    let wheels = env.work().join("wheels").display().to_string();
    let conda_file = format!(
        "dependencies:\n- pip\n- pip:\n  - --pre\n  - --no-index\n  - --find-links {wheels}\n  \
         - tiny>=0.9; python_version >= '3.8'\n  - no-such-thing; python_version < '3'\n"
    );
    deploy(&env, &conda_file);
    env.write("code/score.py", "import tiny\ndef run(mini_batch):\n    return [tiny.ANSWER]\n");
    env.redeploy(&["environment.conda_file=conda.yml"]);
    let ran = run(&env);
    assert_eq!(ran.code, 0, "{}\n{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains("$ uv pip install") && ran.stdout.contains(" --pre "), "{}", ran.stdout);
    let environments = env.azml_home().join("environments");
    let compiled = Command::new("find").arg(&environments).args(["-name", "tiny.*.pyc"]).output().unwrap();
    assert!(!compiled.stdout.is_empty(), "every worker compiles the modules anew");
    assert!(run(&env).stdout.contains("reusing"));

    deploy(&env, &conda_file.replace("tiny>=0.9", "tiny>=2"));
    let ran = run(&env);
    assert_eq!(ran.code, 1);
    let at = format!("{}:7:5: tiny>=2", env.work().join("conda.yml").display());
    assert!(ran.stderr.contains(&at), "{at}: {}", ran.stderr);
}
