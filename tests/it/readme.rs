//! Every command in the README runs as it stands there.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::common::python::for_pip;
use super::common::{TestEnv, skip};
use super::digits::registry_is_reachable;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The lines of all `sh` blocks, in order.
fn commands() -> Vec<String> {
    let text = fs::read_to_string(root().join("README.md")).unwrap();
    let blocks = text.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let lines: Vec<String> = blocks.flat_map(str::lines).map(str::to_owned).collect();
    assert!(lines.len() > 20, "the commands were not found");
    lines
}

fn copy_folder(from: &Path, to: &PathBuf) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy_folder(&entry.path(), &target),
            false => fs::copy(entry.path(), target).map(drop).unwrap(),
        }
    }
}

/// The commands of `.ci/run`, one a line: continued lines joined, comments left out, without what follows a pipe.
fn ci_commands() -> Vec<String> {
    let script = fs::read_to_string(root().join(".ci/run")).unwrap().replace("\\\n", " ");
    let lines = script.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    lines.map(|line| line.split(" | ").next().unwrap().to_owned()).collect()
}

/// The words of a cargo command without those that change neither what is built nor what is run.
fn essential(command: &str) -> Option<Vec<&str>> {
    let mut words = command.split_whitespace().skip_while(|word| *word != "cargo");
    let mut essential = vec![words.next()?];
    while let Some(word) = words.next() {
        match word {
            "--quiet" | "2>&1" => {}
            "--root" | "--manifest-path" => drop(words.next()),
            word => essential.push(word),
        }
    }
    Some(essential)
}

#[test]
fn what_builds_and_tests_is_run_before_every_change_lands() {
    let ci = ci_commands();
    let run: Vec<Vec<&str>> = ci.iter().filter_map(|line| essential(line)).collect();
    let commands = commands();
    let cargo: Vec<&String> = commands.iter().filter(|command| command.starts_with("cargo")).collect();
    assert!(cargo.len() >= 3, "the commands that build, test and install were not found: {cargo:?}");
    for command in cargo {
        assert!(run.contains(&essential(command).unwrap()), "`{command}` is not run by .ci/run");
    }
}

/// What nobody sets for azml: what platforms set for whoever runs there, a password that is only kept out of sight, and
/// the beginning of names that has a row of its own.
const NOT_SET_BY_PEOPLE: [&str; 12] = [
    "AZURE_CLIENT_CERTIFICATE_PASSWORD",
    "AZURE_PREFIX",
    "HOME",
    "ACTIONS_ID_TOKEN_REQUEST_URL",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    "SYSTEM_OIDCREQUESTURI",
    "IDENTITY_ENDPOINT",
    "IDENTITY_HEADER",
    "IDENTITY_SERVER_THUMBPRINT",
    "IMDS_ENDPOINT",
    "MSI_ENDPOINT",
    "MSI_SECRET",
];

#[test]
fn every_variable_that_people_set_is_in_the_readme() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let source = fs::read_to_string(root().join("src/env_vars.rs")).unwrap();
    let read: Vec<&str> = source
        .lines()
        .filter_map(|line| line.strip_prefix("pub const ")?.split_once(": &str"))
        .map(|(name, _)| name)
        .collect();
    assert!(read.len() > 30, "the variables were not found: {read:?}");
    let missing: Vec<&&str> = read
        .iter()
        .filter(|name| !NOT_SET_BY_PEOPLE.contains(name) && !readme.contains(&format!("`{name}`")))
        .collect();
    assert_eq!(missing, Vec::<&&str>::new());
}

/// Serves in the background, on any free port, until the script has ended; goes on when the lines are out.
const SERVE: &str = "azml local serve --port 0 > serve.env & trap \"kill $!\" EXIT\n\
                     until grep -q AZURE_ML_WORKSPACE serve.env; do sleep 0.02; done\n";

#[test]
fn the_tour_runs_as_it_stands() {
    if !registry_is_reachable() {
        return skip("no package registry: the digits environment cannot be built");
    }
    let env = TestEnv::new();
    copy_folder(&root().join("specs/digits"), &env.work().join("specs/digits"));
    let program = PathBuf::from(env!("CARGO_BIN_EXE_azml"));
    let path = format!("{}:{}", program.parent().unwrap().display(), std::env::var("PATH").unwrap());
    let script: String = commands()
        .into_iter()
        .filter(|line| !line.starts_with("cargo"))
        .map(|line| match line.as_str() {
            // In a terminal of its own it goes on while the other commands run; here, in the background.
            "azml local serve" => SERVE.to_owned(),
            _ => line + "\n",
        })
        .collect();
    let output = Command::new("bash")
        .args(["-euo", "pipefail", "-c", &script])
        .current_dir(env.work())
        .env_clear()
        .envs(for_pip())
        .envs([("PATH", path.as_str()), ("LANG", "C.UTF-8")])
        .env("HOME", env.home())
        // The Python environment is dear, so this home stays between runs of the tests.
        .env("AZML_HOME", Path::new(env!("CARGO_TARGET_TMPDIR")).join("readme-home"))
        .output()
        .unwrap();
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{stdout}\n{stderr}");
    assert!(stdout.contains("\ndigit-0001.png "), "no prediction was shown: {stdout}");
    assert!(stdout.contains("\nCompleted\n"), "{stdout}");
    assert!(
        stdout.contains("Report the largest files  Completed"),
        "the steps of the pipeline were not shown: {stdout}"
    );
}
