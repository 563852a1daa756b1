//! `validate`, `schema` and `explain`: specs checked and described without asking anybody.

use serde_json::Value;

use super::common::{Ran, TestEnv};

const DEPLOYMENT: &str = "name: dep\nendpoint_name: ep1\ntype: model\ncode_configuration:\n  code: code\n  \
    scoring_script: score.py\nenvironment:\n  image: any/image:1\ncompute: azureml:c1\nsettings:\n  mini_batch_size: 10\n";

#[test]
fn every_problem_of_every_file_is_reported_at_once() {
    let env = TestEnv::new();
    env.write("code/score.py", "def run(mini_batch):\n    return mini_batch\n");
    env.write("deployment.yml", DEPLOYMENT.replace("mini_batch_size: 10", "mini_batchsize: 10\n  colour: z"));
    env.write(
        "endpoint.yml",
        "$schema: https://azuremlschemas.azureedge.net/latest/batchEndpoint.schema.json\nname: 1x\n",
    );
    let ran = env.run(&["validate", "-f", "deployment.yml", "endpoint.yml"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""));
    for says in [
        "deployment.yml:11:3",
        "did you mean `mini_batch_size`?",
        "`colour`",
        "endpoint.yml:2:7",
        "2 specs checked: 3 errors",
    ] {
        assert!(ran.stderr.contains(says), "`{says}` is missing: {}", ran.stderr);
    }
    let ran = env.run(&["validate", "-o", "json"]);
    let files: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(ran.code, 1);
    assert_eq!((&files[0]["file"], &files[0]["problems"][0]["line"]), (&"deployment.yml".into(), &11.into()));
    assert!(!env.azml_home().exists(), "validating touched the workspace");
}

#[test]
fn specs_that_are_fine_pass_and_doubts_are_warnings() {
    let env = TestEnv::new();
    env.write("code/score.py", "def run(mini_batch):\n    return mini_batch\n");
    env.write("deployment.yml", format!("{DEPLOYMENT}  error_threshold: -1\n"));
    let ran = env.run(&["validate"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stderr.contains("warning") && ran.stderr.contains("error_threshold"), "{}", ran.stderr);
}

#[test]
fn a_scoring_script_that_does_not_parse_is_an_error() {
    let env = TestEnv::new();
    env.write("code/score.py", "def run(:\n");
    env.write("deployment.yml", DEPLOYMENT);
    let ran = env.run(&["validate", "-f", "deployment.yml"]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("score.py:1:"), "{}", ran.stderr);
    assert!(ran.stderr.contains("1 spec checked: 1 error,"), "{}", ran.stderr);
    env.write("second.yml", DEPLOYMENT.replace("name: dep\n", "name: second\n"));
    let ran = env.run(&["validate", "-f", "deployment.yml", "second.yml"]);
    assert!(
        ran.stderr.contains("2 specs checked: 1 error,"),
        "a shared script is told twice: {}",
        ran.stderr
    );
    env.write("deployment.yml", format!("{DEPLOYMENT}  colour: z\n"));
    let ran = env.run(&["validate", "-f", "deployment.yml"]);
    for says in ["`colour`", "score.py:1:", "1 spec checked: 2 errors,"] {
        assert!(ran.stderr.contains(says), "`{says}` is missing: {}", ran.stderr);
    }
}

#[test]
fn without_python_the_script_is_not_vouched_for() {
    let env = TestEnv::new();
    env.write("code/score.py", "def run(:\n");
    env.write("deployment.yml", DEPLOYMENT);
    let nowhere = env.work().join("no-python");
    let output = env.command(&["validate", "-o", "json"]).env("AZML_PYTHON", nowhere).output().unwrap();
    let files: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(output.status.success(), "a doubt is no error");
    let problem = &files[0]["problems"][0];
    assert_eq!((&problem["severity"], &problem["line"]), (&"warning".into(), &6.into()));
    assert!(problem["message"].as_str().unwrap().contains("no Python"), "{problem}");
}

#[test]
fn a_scoring_script_without_an_environment_is_warned_of() {
    let env = TestEnv::new();
    env.write("code/score.py", "def run(mini_batch):\n    return mini_batch\n");
    env.write("deployment.yml", DEPLOYMENT.replace("environment:\n  image: any/image:1\n", ""));
    let ran = env.run(&["validate"]);
    assert_eq!(ran.code, 0, "the service decides: {}", ran.stderr);
    for says in ["deployment.yml:4:1", "has no `environment`", "1 spec checked: 0 errors, 1 warning."] {
        assert!(ran.stderr.contains(says), "`{says}` is missing: {}", ran.stderr);
    }
    env.ok(&["compute", "create", "-n", "c1", "--type", "amlcompute"]);
    env.ok(&["batch-endpoint", "create", "-n", "ep1"]);
    let told = env.fails(1, &["batch-deployment", "create", "-f", "deployment.yml"]);
    let (warning, refusal) = (told.find("deployment.yml:4:1"), told.find("needs environmentId"));
    assert!(warning.is_some() && warning < refusal, "the service does not have the last word: {told}");
}

#[test]
fn a_spec_is_read_from_standard_input() {
    let env = TestEnv::new();
    let piped = |words: &[&str], text: &str| Ran::of(env.command(words).write_stdin(text).output().unwrap());
    env.write("code/score.py", "def run(mini_batch):\n    return mini_batch\n");
    env.write("endpoint.yml", "name: ep1\nauth_mode: aad_token\n");
    let ran = piped(&["validate", "-f", "-", "endpoint.yml"], DEPLOYMENT);
    assert_eq!(ran.stderr, "2 specs checked: 0 errors, 0 warnings.\n", "the script is found from here");
    for words in [&["validate", "-f", "-"][..], &["batch-deployment", "create", "-f", "-", "-w", "local"]] {
        let ran = piped(words, &DEPLOYMENT.replace("code: code", "code: nope"));
        assert_eq!((ran.code, ran.stdout.as_str()), (1, ""));
        assert!(ran.stderr.contains("<stdin>:5:9"), "{}", ran.stderr);
    }
    let files = piped(&["validate", "-f", "-", "-o", "json"], "name: [d\nendpoint_name: ep1\n").stdout;
    let files: Value = serde_json::from_str(&files).unwrap();
    assert_eq!(files[0]["file"], "<stdin>");
    let ran =
        piped(&["batch-endpoint", "create", "-f", "-", "-w", "local"], "name: piped\nauth_mode: aad_token\n");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    env.write("-", "name: dash\nauth_mode: aad_token\n");
    env.ok(&["batch-endpoint", "create", "-f", "./-"]);
    assert_eq!(
        env.ok(&["batch-endpoint", "list", "--query", "sort([].name)"]),
        "[\n  \"dash\",\n  \"piped\"\n]\n"
    );
}

#[test]
fn a_folder_without_specs_and_a_file_that_is_not_there_are_refused() {
    let env = TestEnv::new();
    assert_eq!(env.run(&["validate"]).code, 1);
    let ran = env.run(&["validate", "-f", "nope.yml"]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("nope.yml"), "{}", ran.stderr);
    assert!(ran.stderr.contains("the file cannot be read: No such file"), "{}", ran.stderr);
    let files: Value =
        serde_json::from_str(&env.run(&["validate", "-f", "nope.yml", "-o", "json"]).stdout).unwrap();
    let told = files[0]["problems"][0]["message"].as_str().unwrap().to_owned();
    assert!(told.contains("No such file"), "the reason is missing: {told}");
}

#[test]
fn yaml_of_other_tools_is_passed_over_in_folders_and_refused_by_name() {
    let env = TestEnv::new();
    env.write("endpoint.yml", "name: ep1\nauth_mode: aad_token\n");
    env.write("k8s.yaml", "apiVersion: v1\nkind: Service\n---\napiVersion: v1\nkind: Pod\n");
    env.write("mkdocs.yml", "site_name: x\nslugify: !!python/object/apply:pymdownx.slugify {}\n");
    env.write("chart/templates/app.yaml", "{{- if .Values.on }}\nimage: {{ .Values.image }}\n{{- end }}\n");
    env.write("job.yml", "$schema: https://host/latest/commandJob.schema.json\nimage: x\n");
    let ran = env.run(&["validate"]);
    assert_eq!(ran.stderr, "1 spec checked: 0 errors, 0 warnings.\n");
    let ran = env.run(&["validate", "-f", ".", "k8s.yaml"]);
    assert!(ran.code == 1 && ran.stderr.contains("k8s.yaml:3:1"), "{}", ran.stderr);
    env.write("broken.yml", "endpoint_name: ep1\nname: [d\n");
    let ran = env.run(&["validate"]);
    assert!(ran.code == 1 && ran.stderr.contains("broken.yml:2:7"), "{}", ran.stderr);
}

#[test]
fn every_file_is_checked_once_however_it_is_named() {
    let env = TestEnv::new();
    env.write("specs/endpoint.yml", "name: ep1\nauth_mode: aad_token\n");
    let words = ["validate", "-f", "specs/endpoint.yml", "./specs/../specs/endpoint.yml", "specs", "."];
    assert_eq!(env.run(&words).stderr, "1 spec checked: 0 errors, 0 warnings.\n");
}

#[test]
fn folders_are_looked_into_however_deep_and_odd_files_do_no_harm() {
    let env = TestEnv::new();
    let deep = "d/".repeat(40);
    env.write(&format!("{deep}endpoint.yml"), "name: ep1\nauth_mode: aad_token\n");
    std::os::unix::fs::symlink(env.work(), env.work().join("loop.yml")).unwrap();
    let pipe = env.work().join("pipe.yml");
    assert!(std::process::Command::new("mkfifo").arg(pipe).status().unwrap().success());
    assert_eq!(env.run(&["validate"]).stderr, "1 spec checked: 0 errors, 0 warnings.\n");
    std::os::unix::fs::symlink("nowhere.yml", env.work().join("dead.yml")).unwrap();
    let ran = env.run(&["validate"]);
    assert_eq!(ran.code, 1);
    for says in ["dead.yml", "the file cannot be read: No such file or directory"] {
        assert!(ran.stderr.contains(says), "`{says}` is missing: {}", ran.stderr);
    }
}

#[test]
fn where_only_errors_are_wanted_warnings_leave_no_trace() {
    let env = TestEnv::new();
    env.write("endpoint.yml", "name: ep1\nname: ep1\nauth_mode: aad_token\nauth_mode: aad_token\n");
    let ran = env.run(&["validate", "--only-show-errors"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, "1 spec checked: 0 errors, 2 warnings.\n"));
}

#[test]
fn files_are_compared_with_each_other() {
    let env = TestEnv::new();
    env.write("a.yml", "name: ep1\nauth_mode: aad_token\n");
    env.write("b.yml", "name: EP1\nauth_mode: aad_token\n");
    env.write("c.yml", "name: cpu-cluster\ntype: amlcompute\n");
    env.write("code/score.py", "def run(mini_batch):\n    return mini_batch\n");
    env.write("d.yml", DEPLOYMENT.replace("azureml:c1", "azureml:cpu-clustr"));
    let ran = env.run(&["validate"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    for says in [
        "`a.yml` makes the batch endpoint `EP1`, too",
        "b.yml:1:7",
        "did you mean `cpu-cluster`?",
        "d.yml:9:10",
    ] {
        assert!(ran.stderr.contains(says), "`{says}` is missing: {}", ran.stderr);
    }
    assert!(ran.stderr.ends_with("4 specs checked: 0 errors, 2 warnings.\n"), "{}", ran.stderr);
}

#[test]
fn every_kind_has_a_schema_that_refuses_unknown_keys() {
    let env = TestEnv::new();
    for kind in ["batch-endpoint", "batch-deployment", "compute", "model", "environment", "data", "datastore"]
    {
        let ran = env.run(&["schema", kind]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let schema: Value = serde_json::from_str(&ran.stdout).unwrap();
        assert!(schema["$schema"].as_str().unwrap().contains("2020-12"), "{kind}");
        assert!(ran.stdout.contains("\"additionalProperties\": false"), "{kind}");
    }
    let ran = env.run(&["schema", "endpoint"]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("batch-endpoint"), "{}", ran.stderr);
}

#[test]
fn fields_are_explained() {
    let env = TestEnv::new();
    let ran = env.run(&["explain", "batch-deployment.settings.retry_settings"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    for says in ["batch-deployment.settings.retry_settings", "max_retries", "timeout", "30"] {
        assert!(ran.stdout.contains(says), "`{says}` is missing: {}", ran.stdout);
    }
    let ran = env.run(&["explain", "batch-deployment.settings.max_retries"]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("retry_settings.max_retries"), "{}", ran.stderr);
    let ran = env.run(&[
        "explain",
        "batch-deployment.settings.mini_batch_size",
        "-o",
        "json",
        "--query",
        "required",
    ]);
    assert_eq!(ran.stdout, "false\n", "{}", ran.stderr);
}

#[test]
fn what_a_datastore_keeps_secret_is_not_shown() {
    let env = TestEnv::new();
    for (number, value) in
        ["[hunter2]", "{a: hunter2}", "hunter2: 3", "|\n    hunter2\n   x: 1", "\"hunter2"].iter().enumerate()
    {
        env.write(
            &format!("{number}.yml"),
            format!("$schema: https://azuremlschemas.azureedge.net/latest/azureBlob.schema.json\nname: d\ntype: azure_blob\naccount_name: a\ncontainer_name: c\ncredentials:\n  account_key: {value}\n"),
        );
        for words in [
            &["validate", "-f", &format!("{number}.yml")][..],
            &["validate", "-f", &format!("{number}.yml"), "-o", "json"],
        ] {
            let ran = env.run(words);
            assert_eq!(ran.code, 1, "{value}");
            assert!(
                !format!("{}{}", ran.stdout, ran.stderr).contains("hunter2"),
                "{}{}",
                ran.stdout,
                ran.stderr
            );
        }
    }
}
