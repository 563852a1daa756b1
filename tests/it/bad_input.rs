//! Wrong input: one message that says where and what to do, the right exit code, nothing half-created.

use serde_json::json;

use super::common::{TestEnv, assert_snapshot};

const GOOD: &str = "def run(mini_batch):\n    return mini_batch\n";

/// A deployment spec that is fine, but for `change`, which replaces the first text by the second.
fn refused(change: (&str, &str)) -> String {
    let env = TestEnv::new();
    env.write("code/score.py", GOOD);
    let spec = "name: dep\nendpoint_name: ep1\ntype: model\nmodel:\n  path: model\ncode_configuration:\n  code: code\n  \
                scoring_script: score.py\nenvironment:\n  image: any/image:1\ncompute: azureml:c1\nresources:\n  \
                instance_count: 1\nsettings:\n  mini_batch_size: 10\n  output_action: append_row\n";
    env.write("model/m.txt", "m");
    assert!(spec.contains(change.0), "the change does not fit");
    env.write("deployment.yml", spec.replacen(change.0, change.1, 1));
    env.ok(&["compute", "create", "-n", "c1", "-t", "amlcompute"]);
    env.ok(&["batch-endpoint", "create", "-n", "ep1"]);
    let stderr = env.fails(1, &["batch-deployment", "create", "-f", "deployment.yml"]);
    assert_eq!(env.json(&["batch-deployment", "list", "-e", "ep1"]), json!([]));
    assert_eq!(
        env.json(&["model", "list", "--include-archived"]),
        json!([]),
        "a model was registered all the same"
    );
    stderr
}

#[test]
fn every_message_is_as_recorded() {
    let cases = [
        ("misspelt field", ("mini_batch_size: 10", "mini_batchsize: 10")),
        ("unknown field", ("resources:", "colour: blue\nresources:")),
        ("wrong type", ("mini_batch_size: 10", "mini_batch_size: ten")),
        ("out of range", ("mini_batch_size: 10", "mini_batch_size: 0")),
        ("value outside a list", ("append_row", "AppendRows")),
        ("missing required field", ("compute: azureml:c1\n", "")),
        ("field in the wrong place", ("resources:", "mini_batch_size: 5\nresources:")),
        ("invalid name", ("name: dep", "name: ../dep")),
        ("missing code folder", ("code: code", "code: cod")),
        ("missing scoring script", ("score.py", "scores.py")),
        ("missing model", ("path: model", "path: no/model")),
        ("broken YAML", ("settings:\n", "settings: [\n")),
        ("unclosed quote", ("name: dep", "name: \"dep")),
        ("tab for indentation", ("  mini_batch_size: 10", "\tmini_batch_size: 10")),
        ("alias of nothing", ("code: code", "code: *code")),
        ("a mapping for a text", ("scoring_script: score.py", "scoring_script: {path: score.py}")),
        (
            "a text for a mapping",
            ("settings:\n  mini_batch_size: 10\n  output_action: append_row", "settings: fast"),
        ),
        ("name of older days", ("type: model", "type: model\nscoring_script: score.py")),
        ("two that exclude each other", ("append_row", "summary_only\n  output_file_name: rows.csv")),
        ("place of older days", ("  mini_batch_size: 10", "  mini_batch_size: 10\n  instance_count: 2")),
        ("unknown type", ("type: model", "type: modell")),
        ("missing conda file", ("image: any/image:1", "image: any/image:1\n  conda_file: conda.yaml")),
        ("two documents", ("name: dep", "---\n---\nname: dep")),
        ("fields and files at once", ("scoring_script: score.py\n", "scoring_script: scores.py\nscore: 1\n")),
        (
            "several at once",
            (
                "mini_batch_size: 10\n  output_action: append_row",
                "mini_batch_size: x\n  output_action: y\n  colour: z",
            ),
        ),
    ];
    let mut text = String::new();
    for (name, change) in cases {
        text.push_str(&format!("## {name}\n{}\n", refused(change)));
    }
    assert_snapshot("tests/snapshots/bad_specs.txt", &text);
}

#[test]
fn a_scoring_script_that_does_not_parse_is_shown_with_its_line() {
    let env = TestEnv::new();
    env.deploy(GOOD, "  mini_batch_size: 1");
    env.write("code/score.py", "def init():\n    pass\n\ndef run(mini_batch)\n    return mini_batch\n");
    let stderr = env.fails(1, &["batch-deployment", "create", "-f", "deployment.yml"]);
    assert!(stderr.contains("code/score.py:4:"), "{stderr}");
    assert!(stderr.contains("def run(mini_batch)"), "the line itself is missing: {stderr}");
    env.ok(&["batch-deployment", "create", "-f", "deployment.yml", "--skip-script-validation"]);
}

#[test]
fn a_spec_that_is_not_there_is_named() {
    let env = TestEnv::new();
    for words in [
        &["batch-endpoint", "create", "-f", "nope.yml"][..],
        &["batch-deployment", "create", "-f", "nope.yml"],
        &["compute", "create", "-f", "nope.yml"],
        &["model", "create", "-f", "nope.yml"],
    ] {
        let stderr = env.fails(1, words);
        assert!(stderr.contains("nope.yml"), "{words:?}: {stderr}");
    }
}

#[test]
fn names_never_become_paths() {
    let env = TestEnv::new();
    for name in ["../../x", "a/b", "..", "x\ny"] {
        let ran = env.run(&["batch-endpoint", "create", "-n", name, "-w", "local"]);
        assert_ne!(ran.code, 0, "{name}");
    }
    let stderr = env.fails(1, &["batch-endpoint", "create", "-n", "a_b"]);
    assert!(stderr.contains("--name") && stderr.contains("a_b"), "{stderr}");
    assert_eq!(env.json(&["batch-endpoint", "list"]), json!([]));
}

#[test]
fn a_script_whose_init_raises_fails_the_job_with_its_own_words() {
    let env = TestEnv::new();
    env.inputs(2);
    env.deploy("def init():\n    raise RuntimeError('no weights here')\n\ndef run(mini_batch):\n    return mini_batch\n", "  mini_batch_size: 1");
    let ran = env.stream(&env.invoke(&[]));
    assert_eq!(ran.code, 1);
    for says in ["init()", "no weights here", "score.py", "line 2"] {
        assert!(ran.stderr.contains(says), "`{says}` is missing: {}", ran.stderr);
    }
}

#[test]
fn a_script_that_cannot_be_imported_fails_the_job_with_its_own_words() {
    let env = TestEnv::new();
    env.inputs(1);
    env.deploy(
        "import no_such_module\n\ndef run(mini_batch):\n    return mini_batch\n",
        "  mini_batch_size: 1",
    );
    let ran = env.stream(&env.invoke(&[]));
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("no_such_module"), "{}", ran.stderr);
    assert!(ran.stderr.contains("no conda file") && ran.stderr.contains("AZML_PYTHON"), "{}", ran.stderr);
}

#[test]
fn an_environment_that_cannot_be_built_shows_the_last_lines_of_the_tool() {
    let env = TestEnv::new();
    env.inputs(1);
    env.deploy(GOOD, "  mini_batch_size: 1");
    env.write(
        "conda.yml",
        "name: x\nchannels: [conda-forge]\ndependencies:\n- pip\n- pip:\n  - file:///no-such-package-here\n",
    );
    env.redeploy(&["environment.conda_file=conda.yml"]);
    let ran = env.stream(&env.invoke(&[]));
    assert_eq!(ran.code, 1, "{}", ran.stdout);
    assert!(ran.stderr.contains("no-such-package-here"), "{}", ran.stderr);
}
