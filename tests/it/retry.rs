//! `azml job retry`: what has no result is scored once more, and nothing else.

use std::fs;

use super::common::TestEnv;
use super::common::kill::{calls, counting_script, job_dir, output};
#[cfg(target_os = "linux")]
use super::common::kill::{is_stopped, kill_supervisor};

/// A script that fails on files whose names the file `bad` lists, and gives no row for those in the file `mute`.
fn deploy(env: &TestEnv, settings: &str) {
    let body = "    named = lambda path: open(path).read().split() if os.path.exists(path) else []\n    \
                names = [os.path.basename(path) for path in mini_batch]\n    \
                for name in names:\n        \
                    if name in named('BAD'): raise ValueError('bad ' + name)\n    \
                mini_batch = [path for path in mini_batch if os.path.basename(path) not in named('MUTE')]\n";
    let path = |name: &str| env.work().join(name).to_str().unwrap().to_owned();
    let body = body.replace("BAD", &path("bad")).replace("MUTE", &path("mute"));
    let settings = format!("{settings}\n  retry_settings:\n    max_retries: 0");
    env.deploy(&counting_script(env, &body), &settings);
}

fn run(env: &TestEnv, job: &str, code: i32) -> String {
    let ran = env.stream(job);
    assert_eq!(ran.code, code, "{}\n{}", ran.stdout, ran.stderr);
    ran.stderr
}

fn retry(env: &TestEnv, job: &str, more: &[&str]) -> String {
    let words = [&["job", "retry", "-n", job, "--query", "name", "-o", "tsv"], more].concat();
    env.ok(&words).trim().to_owned()
}

/// The rows of a job, which has one file of them.
fn rows(env: &TestEnv, job: &str) -> Vec<String> {
    let files = output(env, job);
    assert_eq!(files.len(), 1, "{files:?}");
    files[0].1.lines().map(str::to_owned).collect()
}

fn expected(numbers: impl IntoIterator<Item = u32>) -> Vec<String> {
    numbers.into_iter().map(|number| format!("{number:03}.txt {number}")).collect()
}

/// Forgets the calls of `run()` so far.
fn forget_calls(env: &TestEnv) {
    fs::remove_file(env.work().join("calls")).unwrap();
}

#[test]
fn files_of_failed_mini_batches_are_scored_again_in_a_job_of_their_own() {
    let env = TestEnv::new();
    env.inputs(10);
    deploy(&env, "  mini_batch_size: 2");
    env.write("bad", "003.txt 008.txt");
    let job = env.invoke(&[]);
    let hint = format!("azml job retry -n {job}");
    let stderr = run(&env, &job, 0);
    assert!(stderr.contains(&hint), "{stderr}");
    assert!(env.run(&["job", "show", "-n", &job, "-w", "local"]).stderr.contains(&hint));
    assert_eq!(rows(&env, &job), expected([0, 1, 4, 5, 6, 7]));

    fs::remove_file(env.work().join("bad")).unwrap();
    env.ok(&["batch-endpoint", "delete", "-n", "ep1", "-y"]);
    forget_calls(&env);
    let again = env.json(&["job", "retry", "-n", &job]);
    assert_eq!(again["properties"]["azml.retryOf"], job.as_str());
    let again = again["name"].as_str().unwrap();
    let stderr = run(&env, again, 0);
    assert!(!stderr.contains("azml job retry"), "{stderr}");
    assert_eq!(rows(&env, again), expected([2, 3, 8, 9]));
    assert_eq!(calls(&env), [0, 1], "a mini-batch ran that had not failed");
    assert_eq!(rows(&env, &job), expected([0, 1, 4, 5, 6, 7]), "the first job's output changed");
}

#[test]
fn merged_output_is_that_of_a_job_in_which_nothing_failed() {
    let env = TestEnv::new();
    env.inputs(10);
    deploy(&env, "  mini_batch_size: 2");
    let whole = env.invoke(&[]);
    run(&env, &whole, 0);
    env.write("bad", "003.txt 008.txt");
    let first = env.invoke(&[]);
    run(&env, &first, 0);
    env.write("bad", "008.txt");
    forget_calls(&env);
    let second = retry(&env, &first, &["--merge"]);
    run(&env, &second, 0);
    assert_eq!(rows(&env, &second), expected((0..10).filter(|number| *number < 8)));
    assert_eq!(calls(&env), [1, 4], "mini-batches keep their numbers, and finished ones do not run");

    // A retry of a retry.
    env.write("bad", "");
    forget_calls(&env);
    let third = retry(&env, &second, &["--merge", "--job-name", "third"]);
    assert_eq!(third, "third");
    run(&env, &third, 0);
    assert_eq!(calls(&env), [4]);
    assert_eq!(output(&env, &third), output(&env, &whole));
    let progress = env.json(&["job", "show", "-n", &third])["properties"]["azml.progress"].clone();
    let progress: serde_json::Value = serde_json::from_str(progress.as_str().unwrap()).unwrap();
    assert_eq!((&progress["items"], &progress["succeeded_items"]), (&10.into(), &10.into()));
    assert_eq!((&progress["done"], &progress["failed_items"]), (&5.into(), &0.into()));
}

#[test]
fn files_that_a_failed_job_never_came_to_are_scored_too() {
    let env = TestEnv::new();
    env.inputs(10);
    deploy(&env, "  mini_batch_size: 2\n  error_threshold: 0");
    env.write("bad", "002.txt");
    let job = env.invoke(&[]);
    let stderr = run(&env, &job, 1);
    assert!(stderr.contains("exceeds error threshold") && stderr.contains("azml job retry"), "{stderr}");
    env.write("bad", "");
    let (apart, merged) = (retry(&env, &job, &[]), retry(&env, &job, &["--merge"]));
    run(&env, &apart, 0);
    run(&env, &merged, 0);
    assert_eq!(rows(&env, &apart), expected(2..10));
    assert_eq!(rows(&env, &merged), expected(0..10));
}

#[test]
fn a_mini_batch_with_too_few_results_is_scored_again_as_a_whole_and_has_its_rows_once() {
    let env = TestEnv::new();
    env.inputs(6);
    deploy(&env, "  mini_batch_size: 2");
    env.write("mute", "002.txt");
    let job = env.invoke(&[]);
    run(&env, &job, 0);
    assert_eq!(rows(&env, &job), expected([0, 1, 3, 4, 5]));
    env.write("mute", "");
    let (apart, merged) = (retry(&env, &job, &[]), retry(&env, &job, &["--merge"]));
    run(&env, &apart, 0);
    run(&env, &merged, 0);
    assert_eq!(rows(&env, &apart), expected([2, 3]));
    assert_eq!(rows(&env, &merged), expected(0..6));
}

#[test]
fn a_cancelled_job_and_one_that_never_listed_its_input_can_be_retried() {
    let env = TestEnv::new();
    env.inputs(4);
    let go = env.work().join("go");
    let wait = format!("    while not os.path.exists({go:?}): time.sleep(0.01)\n");
    env.deploy(&counting_script(&env, &wait), "  mini_batch_size: 2");
    let cancelled = env.invoke(&[]);
    env.ok(&["job", "cancel", "-n", &cancelled]);
    assert_eq!(env.status(&cancelled), "Canceled");
    // Fails while it prepares: its output is there already.
    let place = ["--output-path", "azureml://datastores/workspaceblobstore/paths/out"];
    fs::write(&go, "").unwrap();
    let first = env.invoke(&place);
    run(&env, &first, 0);
    let unlisted = env.invoke(&place);
    assert!(run(&env, &unlisted, 1).contains("exists already"));
    for (job, more) in [(&cancelled, vec![]), (&cancelled, vec!["--merge"]), (&unlisted, vec![])] {
        let again = retry(&env, job, &more);
        run(&env, &again, 0);
        assert_eq!(rows(&env, &again), expected(0..4), "{job} {more:?}");
    }
    let elsewhere = ["--output-path", "azureml://datastores/workspaceblobstore/paths/other"];
    let again = retry(&env, &unlisted, &elsewhere);
    run(&env, &again, 0);
    assert_eq!(rows(&env, &again), expected(0..4));
    let container = fs::read_dir(env.azml_home().join("blobs")).unwrap().flatten().find_map(|entry| {
        let file = entry.path().join("data/other/predictions.csv");
        file.exists().then_some(file)
    });
    assert!(container.is_some(), "the output is not where it was wanted");
}

#[test]
fn the_retry_of_a_retry_that_never_began_scores_what_that_one_was_to_score_and_no_more() {
    let env = TestEnv::new();
    env.inputs(10);
    deploy(&env, "  mini_batch_size: 2");
    env.write("bad", "003.txt 008.txt");
    // Its place is taken, which is found out before anything is listed.
    let place = ["--output-path", "azureml://datastores/workspaceblobstore/paths/out"];
    let first = env.invoke(&place);
    run(&env, &first, 0);
    env.write("bad", "");
    let failed = |more: &[&str]| {
        let again = retry(&env, &first, &[more, &place].concat());
        assert!(run(&env, &again, 1).contains("exists already"));
        again
    };
    forget_calls(&env);
    let (apart, merged) = (failed(&[]), failed(&["--merge"]));
    assert!(calls(&env).is_empty());
    let left = expected([2, 3, 8, 9]);
    for (job, more, rows_of_it) in [
        (&apart, &[][..], left.clone()),
        // The job that is retried had no rows of others, and no own ones.
        (&apart, &["--merge"], left.clone()),
        (&merged, &[], left),
        (&merged, &["--merge"], expected(0..10)),
    ] {
        let again = retry(&env, job, more);
        run(&env, &again, 0);
        assert_eq!(rows(&env, &again), rows_of_it, "{job} {more:?}");
        assert_eq!(calls(&env).len(), 2, "{job} {more:?}");
        forget_calls(&env);
    }
}

#[test]
fn what_cannot_be_retried_says_why_and_makes_no_job() {
    let env = TestEnv::new();
    env.inputs(4);
    deploy(&env, "  mini_batch_size: 2");
    let refused = |words: &[&str], why: &str| {
        let before = env.json(&["job", "list", "--query", "length(@)"]);
        let stderr = env.fails(1, &[&["job", "retry"], words].concat());
        assert!(stderr.contains(why), "{words:?}: {stderr}");
        assert_eq!(env.json(&["job", "list", "--query", "length(@)"]), before);
    };
    let good = env.invoke(&[]);
    run(&env, &good, 0);
    refused(&["-n", &good], "Every file of the job");
    env.write("bad", "000.txt");
    let job = env.invoke(&[]);
    run(&env, &job, 0);
    refused(&["-n", &job, "--job-name", &good], "already exists");
    refused(
        &["-n", &job, "--output-path", "not-an-address"],
        "--output-path must be a folder of a datastore",
    );
    let predictions = find(&env, "predictions.csv", "002.txt 2\n003.txt 3\n");
    fs::write(&predictions, "somebody was here").unwrap();
    refused(&["-n", &job, "--merge"], "was changed or removed");
    fs::remove_file(&predictions).unwrap();
    refused(&["-n", &job, "--merge"], "was changed or removed");
    env.write("bad", "");
    let without = retry(&env, &job, &[]);
    run(&env, &without, 0);
    assert_eq!(rows(&env, &without), expected([0, 1]));
    fs::write(job_dir(&env, &job).join("inputs.idx"), "").unwrap();
    refused(&["-n", &job], "is not known any more");
    fs::remove_dir_all(job_dir(&env, &job)).unwrap();
    refused(&["-n", &job], "is not known any more");
    assert!(env.fails(3, &["job", "retry", "-n", "nope"]).contains("nope"));
}

/// The file of this name and content among the blobs.
fn find(env: &TestEnv, name: &str, content: &str) -> std::path::PathBuf {
    let mut folders = vec![env.azml_home().join("blobs")];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.ends_with(name) && fs::read_to_string(&path).is_ok_and(|text| text == content) {
                return path;
            }
        }
    }
    panic!("there is no {name} with {content:?}")
}

#[test]
fn rows_that_changed_without_changing_their_length_are_noticed_and_spoil_nothing() {
    let env = TestEnv::new();
    env.inputs(6);
    deploy(&env, "  mini_batch_size: 2");
    env.write("bad", "000.txt");
    let job = env.invoke(&[]);
    run(&env, &job, 0);
    let good = "002.txt 2\n003.txt 3\n004.txt 4\n005.txt 5\n";
    let predictions = find(&env, "predictions.csv", good);
    fs::write(&predictions, good.replace("5\n", "9\n")).unwrap();
    // Some rows are taken over before it comes to those.
    let merged = retry(&env, &job, &["--merge"]);
    assert!(run(&env, &merged, 1).contains(&format!("job `{job}`")));
    fs::write(&predictions, good).unwrap();
    env.write("bad", "");
    forget_calls(&env);
    let (apart, whole) = (retry(&env, &merged, &[]), retry(&env, &merged, &["--merge"]));
    run(&env, &apart, 0);
    run(&env, &whole, 0);
    assert_eq!((rows(&env, &apart), rows(&env, &whole)), (expected([0, 1]), expected(0..6)));
    assert_eq!(calls(&env), [0, 0]);
}

#[test]
fn a_job_without_rows_is_retried_but_has_none_to_merge() {
    let env = TestEnv::new();
    env.inputs(4);
    deploy(&env, "  mini_batch_size: 2\n  output_action: summary_only");
    env.write("bad", "000.txt");
    let job = env.invoke(&[]);
    run(&env, &job, 0);
    assert!(env.fails(1, &["job", "retry", "-n", &job, "--merge"]).contains("summary_only"));
    forget_calls(&env);
    env.write("bad", "");
    let again = retry(&env, &job, &[]);
    run(&env, &again, 0);
    assert_eq!(calls(&env), [0]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_retry_that_is_killed_goes_on_and_a_job_that_can_go_on_is_not_retried() {
    let env = TestEnv::new();
    env.inputs(40);
    deploy(&env, "  mini_batch_size: 2");
    let whole = env.invoke(&[]);
    run(&env, &whole, 0);
    let bad: Vec<String> = (0..40).step_by(4).map(|number| format!("{number:03}.txt")).collect();
    env.write("bad", bad.join(" "));
    let job = env.invoke(&[]);
    run(&env, &job, 0);
    env.write("bad", "");
    for more in [&["--merge"][..], &[]] {
        forget_calls(&env);
        let again = retry(&env, &job, more);
        for round in 0..6 {
            // Not a wait for anything: every time another moment, from the first one on.
            std::thread::sleep(std::time::Duration::from_millis(round * 30));
            kill_supervisor(&again);
            if !is_stopped(&env, &again) {
                break;
            }
            let stderr = env.fails(1, &["job", "retry", "-n", &again]);
            assert!(stderr.contains(&format!("azml job resume -n {again}")), "{stderr}");
            env.ok(&["job", "resume", "-n", &again]);
        }
        run(&env, &again, 0);
        match more {
            [] => assert_eq!(rows(&env, &again), expected((0..40).filter(|number| number % 4 < 2))),
            _ => assert_eq!(output(&env, &again), output(&env, &whole)),
        }
    }
}

#[test]
fn a_job_under_way_is_not_retried() {
    let env = TestEnv::new();
    env.inputs(1);
    let go = env.work().join("go");
    let wait = format!("    while not os.path.exists({go:?}): time.sleep(0.01)\n");
    env.deploy(&counting_script(&env, &wait), "  mini_batch_size: 1");
    let job = env.invoke(&[]);
    assert!(env.fails(1, &["job", "retry", "-n", &job]).contains("is running"));
    let planned = env.json(&["job", "retry", "-n", &job, "--merge", "--dry-run"]);
    assert_eq!(planned[0]["body"]["merge"], true);
    fs::write(go, "").unwrap();
    run(&env, &job, 0);
}

#[test]
fn jobs_on_azure_cannot_be_retried() {
    let env = TestEnv::new();
    let azure = ["-w", "ws", "-g", "rg", "--subscription", "11111111-1111-1111-1111-111111111111"];
    let ran = env.run(&[&["job", "retry", "-n", "j"][..], &azure].concat());
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""));
    assert!(ran.stderr.contains("only jobs of the workspace built into azml"), "{}", ran.stderr);
}
