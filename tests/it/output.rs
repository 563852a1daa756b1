//! Formats, queries, streams and exit codes every command shares.

use std::io::Read as _;
use std::process::Stdio;

use super::common::TestEnv;

fn with_endpoint() -> TestEnv {
    let env = TestEnv::new();
    env.ok(&["batch-endpoint", "create", "-n", "ep1", "--set", "tags.b=2", "tags.a=wärme"]);
    env
}

#[test]
fn json_is_sorted_raw_and_ends_with_one_newline() {
    let text = with_endpoint().ok(&[
        "batch-endpoint",
        "show",
        "-n",
        "ep1",
        "--query",
        "{name: name, tags: tags, none: nope}",
    ]);
    assert_eq!(
        text,
        "{\n  \"name\": \"ep1\",\n  \"none\": null,\n  \"tags\": {\n    \"a\": \"wärme\",\n    \"b\": \"2\"\n  }\n}\n"
    );
}

#[test]
fn every_format_prints_its_own_bytes() {
    let env = with_endpoint();
    let show = |more: &[&str]| env.ok(&[&["batch-endpoint", "show", "-n", "ep1"], more].concat());
    let query = ["--query", "{z: name, a: tags}"];
    assert_eq!(show(&[&query[..], &["-o", "tsv"]].concat()), "ep1\t\n");
    assert_eq!(show(&[&query[..], &["-o", "yaml"]].concat()), "a:\n  a: wärme\n  b: '2'\nz: ep1\n");
    assert_eq!(show(&[&query[..], &["-o", "TABLE"]].concat()), "Z\n---\nep1\n");
    assert_eq!(show(&["--query", "name", "-o", "tsv"]), "ep1\n");
    assert_eq!(show(&["--query", "name", "-o", "yamlc"]), "ep1\n...\n");
    assert_eq!(show(&["--query", "name", "-o", "jsonc"]), "\"ep1\"\n");
    assert_eq!(show(&["-o", "none"]), "");
    assert_eq!(show(&["--query", "no_such_member"]), "", "a null result prints nothing");
}

#[test]
fn the_default_format_can_be_configured() {
    let env = with_endpoint();
    let output = env
        .command(&["batch-endpoint", "show", "-n", "ep1", "-w", "local", "--query", "name"])
        .env("AZURE_CORE_OUTPUT", "tsv")
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "ep1\n");
}

#[test]
fn usage_errors_are_exit_code_2_in_the_words_of_az() {
    let env = TestEnv::new();
    for (words, says) in [
        (&["batch-endpoint", "show"][..], "ERROR: the following arguments are required: --name/-n"),
        (&["batch-endpoint", "inv"], "ERROR: 'inv' is misspelled or not recognized by the system."),
        (&["job", "show", "-n", "x", "--bogus"], "ERROR: unrecognized arguments: --bogus"),
        (
            &["job", "show", "-n", "x", "-o", "bogus"],
            "'bogus' is not a valid value for '--output'. Allowed values: json, jsonc, yaml, yamlc, table, tsv, none.",
        ),
        (&["job"], "ERROR: the following arguments are required: _subcommand"),
        (&["job", "list", "-r", "x"], "invalid"),
        (
            &["job", "show", "-n", "x", "--query", "name["],
            "ERROR: argument --query: invalid jmespath_type value: 'name['",
        ),
    ] {
        let ran = env.run(words);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{words:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(says), "{words:?}: {}", ran.stderr);
    }
}

#[test]
fn a_query_that_does_not_fit_fails_after_the_work() {
    let env = with_endpoint();
    let stderr = env.fails(1, &["batch-endpoint", "show", "-n", "ep1", "--query", "foo(name)"]);
    assert!(
        stderr.starts_with("ERROR: Invalid jmespath query supplied for `--query`: Unknown function: foo()"),
        "{stderr}"
    );
}

#[test]
fn a_reader_that_leaves_early_is_no_failure() {
    let env = with_endpoint();
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_azml"))
        .args(["batch-endpoint", "list", "-w", "local"])
        .env("AZML_HOME", env.azml_home())
        .env("HOME", env.home())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert_eq!((child.wait().unwrap().code(), stderr.as_str()), (Some(0), ""));
}

#[test]
fn switches_that_contradict_each_other_are_refused() {
    let ran = TestEnv::new().run(&["batch-endpoint", "list", "--only-show-errors", "--debug"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.stderr.contains("--only-show-errors can't be used together with --debug or --verbose"),
        "{}",
        ran.stderr
    );
}

#[test]
fn argument_files_stand_for_their_text() {
    let env = with_endpoint();
    env.write("name.txt", "ep1\n");
    assert_eq!(
        env.ok(&["batch-endpoint", "show", "-n", "@name.txt", "--query", "name", "-o", "tsv"]),
        "ep1\n"
    );
}
