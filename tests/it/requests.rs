//! What is sent to Azure and in what order: operations, lists, repetitions, and what is told of them.

use std::io::Read as _;
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use super::common::stand_in::{Answer, Asked, StandIn};
use super::common::{Ran, TestEnv, eventually, skip};

const WORKSPACE: &str =
    "/subscriptions/sub/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/ws";
const PLACE: [&str; 6] = ["-w", "ws", "-g", "rg", "--subscription", "sub"];
const TOKEN: &str = "very-secret-token";

/// The address of something in the workspace.
fn ws(tail: &str) -> String {
    format!("{WORKSPACE}{tail}")
}

fn path(asked: &Asked) -> &str {
    asked.path.split('?').next().unwrap()
}

fn answer(status: u16, body: &Value) -> Answer {
    (status, Vec::new(), body.to_string())
}

/// "Not yet", with the wish to be asked again at once.
fn not_yet(status: u16, body: &Value) -> Answer {
    (status, vec![("x-ms-retry-after-ms", "1".to_owned())], body.to_string())
}

/// What every workspace answers; anything else does not exist.
fn workspace(origin: &str, asked: &Asked) -> Answer {
    match path(asked) {
        WORKSPACE => answer(
            200,
            &json!({"location": "westeurope", "properties": {"discoveryUrl": format!("{origin}/discovery")}}),
        ),
        "/discovery" => answer(200, &json!({"api": origin})),
        _ => answer(404, &json!({"error": {"code": "NotFound", "message": "nothing here"}})),
    }
}

fn command(env: &TestEnv, server: &StandIn, words: &[&str]) -> assert_cmd::Command {
    let mut command = env.command(&[words, &PLACE].concat());
    command.env("AZML_ARM_ENDPOINT", &server.origin).env("AZML_ACCESS_TOKEN", TOKEN);
    command
}

fn run(server: &StandIn, words: &[&str]) -> Ran {
    Ran::of(command(&TestEnv::new(), server, words).output().unwrap())
}

fn count(server: &StandIn, method: &str, wanted: &str) -> usize {
    server.asked().iter().filter(|asked| asked.method == method && path(asked) == wanted).count()
}

#[test]
fn every_request_names_the_program_and_itself() {
    let server = StandIn::start(workspace);
    let ran = run(&server, &["compute", "show", "-n", "c1"]);
    assert_eq!(ran.code, 3);
    let asked = server.asked().remove(0);
    let header = |name: &str| {
        asked
            .headers
            .iter()
            .find(|(found, _)| found == name)
            .map(|(_, value)| value.as_str())
            .unwrap_or_default()
    };
    assert!(header("user-agent").starts_with("azml/"), "{asked:?}");
    assert_eq!(header("accept-encoding"), "gzip");
    let id = header("x-ms-client-request-id");
    assert_eq!(id.len(), 36);
    assert!(ran.stderr.ends_with(&format!("\nClient request id: {id}\n")), "{}", ran.stderr);
}

#[test]
fn a_deletion_is_followed_by_a_location_relative_to_the_server() {
    let polls = AtomicUsize::new(0);
    let server = StandIn::start(move |origin, asked| match (asked.method.as_str(), path(asked)) {
        ("DELETE", _) => (
            202,
            vec![("location", "/results/1".to_owned()), ("x-ms-retry-after-ms", "1".to_owned())],
            "null".to_owned(),
        ),
        ("GET", "/results/1") => match polls.fetch_add(1, Ordering::SeqCst) {
            0 | 1 => not_yet(202, &json!({})),
            _ => (200, Vec::new(), String::new()),
        },
        _ => workspace(origin, asked),
    });
    let ran = run(&server, &["batch-endpoint", "delete", "-n", "ep1", "-y"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, ""), "{}", ran.stderr);
    assert_eq!(count(&server, "GET", "/results/1"), 3);
}

#[test]
fn where_the_status_is_lost_the_resource_tells() {
    let endpoint = ws("/batchEndpoints/ep1");
    let (place, looks) = (endpoint.clone(), AtomicUsize::new(0));
    let server = StandIn::start(move |origin, asked| match asked.method.as_str() {
        "PUT" => (201, vec![("azure-asyncoperation", format!("{origin}/forgotten"))], "{}".to_owned()),
        "GET" if path(asked) == place => match looks.fetch_add(1, Ordering::SeqCst) {
            0 => not_yet(200, &json!({"properties": {"provisioningState": "Updating"}})),
            _ => answer(200, &json!({"name": "ep1", "properties": {"provisioningState": "Succeeded"}})),
        },
        _ => workspace(origin, asked),
    });
    let ran = run(&server, &["batch-endpoint", "create", "-n", "ep1", "--query", "name", "-o", "tsv"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "ep1\n"), "{}", ran.stderr);
}

#[test]
fn a_deletion_whose_status_is_lost_is_done_when_nothing_is_there() {
    let server = StandIn::start(|origin, asked| match asked.method.as_str() {
        "DELETE" => (202, vec![("azure-asyncoperation", format!("{origin}/forgotten"))], "null".to_owned()),
        _ => workspace(origin, asked),
    });
    assert_eq!(run(&server, &["compute", "delete", "-n", "c1", "-y"]).code, 0);
    assert_eq!(count(&server, "GET", &ws("/computes/c1")), 1);
}

#[test]
fn a_resource_that_ends_badly_is_a_failure() {
    let server = StandIn::start(|origin, asked| match asked.method.as_str() {
        "PUT" => not_yet(201, &json!({"properties": {"provisioningState": "Creating"}})),
        "GET" if path(asked).ends_with("/ep1") => {
            answer(200, &json!({"properties": {"provisioningState": "Canceled"}}))
        }
        _ => workspace(origin, asked),
    });
    let ran = run(&server, &["batch-endpoint", "create", "-n", "ep1"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""));
    assert!(ran.stderr.starts_with("ERROR: the operation ended as Canceled\n"), "{}", ran.stderr);
}

#[test]
fn a_resource_made_without_a_word_of_its_state_is_looked_at_until_it_is_settled() {
    for (end, code) in [("Succeeded", 0), ("Failed", 1)] {
        let looks = AtomicUsize::new(0);
        let server = StandIn::start(move |origin, asked| match asked.method.as_str() {
            "PUT" => answer(201, &json!({"name": "ep1", "properties": {}})),
            "GET" if path(asked).ends_with("/ep1") => {
                let state = if looks.fetch_add(1, Ordering::SeqCst) == 2 { end } else { "Creating" };
                not_yet(200, &json!({"name": "ep1", "properties": {"provisioningState": state}}))
            }
            _ => workspace(origin, asked),
        });
        let ran = run(&server, &["batch-endpoint", "create", "-n", "ep1", "--query", "provisioning_state"]);
        assert_eq!(ran.code, code, "{}", ran.stderr);
        assert_eq!(count(&server, "GET", &ws("/batchEndpoints/ep1")), 3);
    }
}

#[test]
fn what_is_made_at_once_is_not_looked_at_again() {
    let server = StandIn::start(|origin, asked| match asked.method.as_str() {
        "PUT" => answer(201, &json!({"name": "2", "properties": {"dataUri": "https://host/file"}})),
        _ => workspace(origin, asked),
    });
    let words = ["data", "create", "-n", "d", "-v", "2", "--type", "uri_file", "--path", "https://host/file"];
    let ran = run(&server, &[&words[..], &["--query", "path"]].concat());
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "\"https://host/file\"\n"), "{}", ran.stderr);
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn what_is_not_made_at_once_is_followed_whatever_it_is() {
    let server = StandIn::start(|origin, asked| match asked.method.as_str() {
        "PUT" => answer(201, &json!({"name": "2", "properties": {"provisioningState": "Failed"}})),
        _ => workspace(origin, asked),
    });
    let words = ["environment", "create", "-n", "e", "-v", "2", "--image", "any/image:1"];
    let ran = run(&server, &words);
    assert_eq!(ran.code, 1, "{}", ran.stdout);
    assert!(ran.stderr.contains("Failed"), "{}", ran.stderr);
}

/// Starts the program; it is asked to stop once `is_ready`. Its code and what it said then.
fn interrupted(server: &StandIn, words: &[&str], is_ready: impl Fn() -> bool) -> (Option<i32>, String) {
    let env = TestEnv::new();
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_azml"))
        .args(words)
        .args(PLACE)
        .env_clear()
        .env("HOME", env.home())
        .env("AZML_ARM_ENDPOINT", &server.origin)
        .env("AZML_ACCESS_TOKEN", TOKEN)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    eventually("the program waits", is_ready);
    let interrupted = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(interrupted.unwrap().success());
    let code = child.wait().unwrap().code();
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    (code, stderr)
}

#[test]
fn ctrl_c_while_a_job_is_followed_says_how_to_follow_and_how_to_stop_it() {
    let server = with_job(|_, asked| {
        asked.path.contains("/runs/j1/details").then(|| {
            let details = json!({"runId": "j1", "status": "Running", "logFiles": {}});
            (200, vec![("retry-after", "60".to_owned())], details.to_string())
        })
    });
    let is_followed = || server.asked().iter().any(|asked| asked.path.contains("/runs/j1/details"));
    let (code, stderr) = interrupted(&server, &["job", "stream", "-n", "j1"], is_followed);
    assert_eq!(code, Some(1), "{stderr}");
    for verb in ["stream", "cancel"] {
        let command = format!("`azml job {verb} -n j1 -g rg -w ws --subscription sub`");
        assert!(stderr.contains(&command), "{stderr}");
    }
}

#[test]
fn ctrl_c_while_an_operation_is_under_way_says_how_to_go_on() {
    let server = StandIn::start(|origin, asked| match (asked.method.as_str(), path(asked)) {
        ("PUT", _) => (201, vec![("azure-asyncoperation", format!("{origin}/operation"))], "{}".to_owned()),
        (_, "/operation") => {
            (200, vec![("retry-after", "60".to_owned())], json!({"status": "InProgress"}).to_string())
        }
        _ => workspace(origin, asked),
    });
    let is_under_way = || count(&server, "GET", "/operation") == 1;
    let (code, stderr) = interrupted(&server, &["batch-endpoint", "create", "-n", "ep1"], is_under_way);
    assert_eq!(code, Some(1), "{stderr}");
    assert!(stderr.starts_with("ERROR: Long-running operation wait cancelled.\n"), "{stderr}");
    assert!(stderr.contains("`azml batch-endpoint show -n ep1 -g rg -w ws --subscription sub`"), "{stderr}");
    assert_eq!(count(&server, "GET", "/operation"), 1, "it went on asking");
}

/// Computes on pages whose links `link` makes: page number and origin to the next page's address.
fn paged(link: impl Fn(&str, usize) -> Option<String> + Send + Sync + 'static) -> StandIn {
    StandIn::start(move |origin, asked| {
        if path(asked) != ws("/computes") && path(asked) != ws("/jobs") {
            return workspace(origin, asked);
        }
        let number = asked.path.split("page=").nth(1).and_then(|rest| rest[..1].parse().ok()).unwrap_or(1);
        let items = [1, 2].map(|item| json!({"name": format!("c{number}{item}"), "properties": {}}));
        answer(200, &json!({"value": items, "nextLink": link(origin, number)}))
    })
}

fn names(server: &StandIn, words: &[&str]) -> Vec<String> {
    let ran = run(server, &[words, &["--query", "[].name", "-o", "tsv"]].concat());
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    ran.stdout.lines().map(str::to_owned).collect()
}

#[test]
fn lists_are_read_to_their_last_page_by_absolute_and_relative_links() {
    let server = paged(|origin, number| match number {
        1 => Some(format!("{origin}{}?api-version=1900-01-01&page=2", ws("/computes"))),
        2 => Some(format!("{}?page=3", ws("/computes"))),
        3 => Some("?page=4".to_owned()),
        _ => None,
    });
    assert_eq!(
        names(&server, &["compute", "list"]),
        ["c11", "c12", "c21", "c22", "c31", "c32", "c41", "c42"]
    );
    let asked = server.asked();
    assert!(asked.iter().all(|asked| asked.path.contains("api-version=2023-08-01-preview")), "{asked:?}");
}

#[test]
fn a_list_is_read_no_further_than_it_is_wanted() {
    let server = paged(|_, number| Some(format!("{}?page={}", ws("/jobs"), number + 1)));
    assert_eq!(names(&server, &["job", "list", "--max-results", "3"]), ["c11", "c12", "c21"]);
    assert_eq!(server.asked().len(), 2);
}

#[test]
fn a_list_without_end_is_an_error() {
    let server = paged(|_, number| Some(format!("{}?page={}", ws("/computes"), number % 3 + 1)));
    let ran = run(&server, &["compute", "list"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""));
    assert!(ran.stderr.contains("the list does not end"), "{}", ran.stderr);
}

#[test]
fn pages_without_anything_on_them_are_not_read_for_ever() {
    let pages = AtomicUsize::new(0);
    let server = StandIn::start(move |origin, asked| match path(asked) == ws("/computes") {
        true => {
            let next = format!("{origin}{}?page={}", ws("/computes"), pages.fetch_add(1, Ordering::SeqCst));
            answer(200, &json!({"value": [], "nextLink": next}))
        }
        false => workspace(origin, asked),
    });
    let ran = run(&server, &["compute", "list"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""));
    assert!(ran.stderr.contains("the list does not end"), "{}", ran.stderr);
    assert_eq!(server.asked().len(), 100);
}

#[test]
fn a_listing_of_blobs_that_comes_back_to_where_it_was_is_an_error() {
    let server = with_job(|_, asked| {
        if asked.path.contains("/rundata") {
            return Some(answer(200, &json!({"runMetadata": {"outputs": null}})));
        }
        asked.path.contains("prefix=dataset%2Fr1%2Fscore").then(|| {
            answer_xml(
                "<EnumerationResults><Blobs><Blob><Name>dataset/r1/score/x/</Name><Properties>\
                 <Content-Length>0</Content-Length></Properties></Blob></Blobs><NextMarker>m</NextMarker>\
                 </EnumerationResults>",
            )
        })
    });
    let ran = run(&server, &["job", "download", "-n", "j1"]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("the list does not end"), "{}", ran.stderr);
}

#[test]
fn answers_of_the_wrong_form_are_errors_that_name_the_request() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    for body in ["{\"value\": 7}", "{\"value\": [], \"nextLink\": 7}", "[1", "\u{0}", deep.as_str()] {
        let text = body.to_owned();
        let server = StandIn::start(move |_, _| (200, Vec::new(), text.clone()));
        let ran = run(&server, &["compute", "list"]);
        assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{}", ran.stderr);
        assert!(ran.stderr.contains("/computes: the answer is not what was expected"), "{}", ran.stderr);
        assert!(ran.stderr.contains("Client request id: "), "{}", ran.stderr);
    }
}

#[test]
fn the_token_goes_to_no_other_server_that_an_answer_names() {
    let elsewhere = StandIn::start(|_, _| answer(200, &json!({"value": [], "status": "Succeeded"})));
    let other = elsewhere.origin.clone();
    let list = paged(move |_, _| Some(format!("{other}/computes")));
    names(&list, &["compute", "list"]);
    let other = elsewhere.origin.clone();
    let operation = StandIn::start(move |origin, asked| match asked.method.as_str() {
        "PUT" => (201, vec![("azure-asyncoperation", format!("{other}/operation"))], "{}".to_owned()),
        "GET" if path(asked).ends_with("/ep1") => answer(200, &json!({"name": "ep1", "properties": {}})),
        _ => workspace(origin, asked),
    });
    assert_eq!(run(&operation, &["batch-endpoint", "create", "-n", "ep1"]).code, 0);
    let told: Vec<String> = elsewhere.asked().into_iter().map(|asked| asked.authorization).collect();
    assert_eq!(told, ["", ""]);
}

/// A service that makes an endpoint, answers with an error, and refuses to make it once more.
fn forgetful(there: Value) -> StandIn {
    let puts = AtomicUsize::new(0);
    StandIn::start(move |origin, asked| match asked.method.as_str() {
        "PUT" if puts.fetch_add(1, Ordering::SeqCst) == 0 => answer(500, &json!({})),
        "PUT" => answer(409, &json!({"error": {"code": "Conflict", "message": "it exists"}})),
        "GET" if path(asked).ends_with("/ep1") => answer(200, &there),
        _ => workspace(origin, asked),
    })
}

#[test]
fn what_an_earlier_attempt_has_made_is_no_conflict_if_it_is_the_same() {
    let same = json!({"name": "ep1", "properties": {"authMode": "AADToken", "description": "d", "scoringUri": "u",
        "defaults": null, "properties": {}}});
    let words = ["batch-endpoint", "create", "-n", "ep1", "--set", "description=d"];
    let ran = run(&forgetful(same.clone()), &words);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let mut other = same;
    other["properties"]["description"] = "somebody else's".into();
    let ran = run(&forgetful(other), &words);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""));
    assert!(
        ran.stderr.contains("(Conflict) it exists") && ran.stderr.contains("Tried 2 times."),
        "{}",
        ran.stderr
    );
}

#[test]
fn debug_shows_requests_and_answers_without_their_secrets_and_verbose_what_is_tried_again() {
    let tries = AtomicUsize::new(0);
    let server = StandIn::start(move |origin, asked| match path(asked).ends_with("/ep1") {
        true if tries.fetch_add(1, Ordering::SeqCst).is_multiple_of(2) => answer(503, &json!({})),
        true => answer(
            200,
            &json!({"name": "ep1", "properties": {}, "tags": {"a": "https://h/c?sv=1&sig=SIGNATURE", "db_password": "PASSWORD"}}),
        ),
        false => workspace(origin, asked),
    });
    let words = ["batch-endpoint", "show", "-n", "ep1", "--query", "name || 'sig=ARGUMENT'"];
    let debug = run(&server, &[&words[..], &["--debug"]].concat()).stderr;
    for told in [
        "DEBUG: azml.http: GET http://",
        "    authorization: ***\n",
        "DEBUG: azml.http: 503 Service Unavailable in ",
        "DEBUG: azml.http: 200 OK in ",
        "sv=1&sig=***",
        "\"db_password\":\"***\"",
    ] {
        assert!(debug.contains(told), "{told} is not in:\n{debug}");
    }
    let arguments = "DEBUG: cli.azml: Command arguments: ['batch-endpoint', 'show', '-n', 'ep1', '--query', ";
    assert!(debug.starts_with(arguments), "{debug}");
    for secret in [TOKEN, "SIGNATURE", "PASSWORD", "ARGUMENT"] {
        assert!(!debug.contains(secret), "{debug}");
    }
    let verbose = run(&server, &[&words[..], &["--verbose"]].concat()).stderr;
    assert!(verbose.contains("503 Service Unavailable; try 2 in 0.0 s"), "{verbose}");
    assert!(!verbose.contains("azml.http"), "{verbose}");
    let last = verbose.lines().last().unwrap();
    assert!(last.starts_with("INFO: Command ran in ") && last.contains("(init: "), "{verbose}");
    assert_eq!(run(&server, &words).stderr, "");
}

/// A workspace with one finished job, the run inside it, and what `more` answers.
fn with_job(more: impl Fn(&str, &Asked) -> Option<Answer> + Send + Sync + 'static) -> StandIn {
    let history = format!("/history/v1.0{WORKSPACE}/runs");
    let jobs = format!("/mferp/managementfrontend{}", ws("/batchEndpoints/ep1/jobs"));
    StandIn::start(move |origin, asked| {
        if let Some(answer) = more(origin, asked) {
            return answer;
        }
        let job = |name: &str, endpoint: &str| {
            json!({"id": ws(&format!("/jobs/{name}")), "name": name, "properties": {
                "status": "Completed", "experimentName": endpoint,
                "tags": {"azureml.batchrun": "true", "azureml.deploymentname": "dep"}}})
        };
        match path(asked) {
            place if place == jobs => {
                answer(400, &json!({"error": {"code": "UserError", "message": "The request is invalid."}}))
            }
            place if place == ws("/batchEndpoints/ep1") => {
                answer(200, &json!({"name": "ep1", "properties": {}}))
            }
            place if place == ws("/jobs") => {
                answer(200, &json!({"value": [job("j1", "ep1"), job("j2", "ep2")]}))
            }
            place if place == ws("/jobs/j1") => answer(200, &job("j1", "ep1")),
            place if place == ws("/jobs/r1") => answer(200, &json!({"name": "r1", "properties": null})),
            place if place == format!("{history}/r1") || place == format!("{history}/r2") => {
                let name = place.rsplit('/').next().unwrap();
                answer(
                    200,
                    &json!({"runId": name, "parentRunId": "j1", "status": "Completed", "displayName": "scoring"}),
                )
            }
            place if place == format!("{history}/j1/children") => answer(
                200,
                &json!({"value": [{"runId": "other", "name": "prepare"}, {"runId": "r1", "name": "batchscoring"}]}),
            ),
            place if place.starts_with(&ws("/datastores")) && asked.method == "GET" => {
                let host = origin.strip_prefix("http://").unwrap();
                let store = json!({"name": "store", "properties": {"accountName": format!("{host}/account"),
                    "containerName": "container", "protocol": "http", "credentials": {"credentialsType": "Sas"}}});
                match place == ws("/datastores") {
                    true => answer(200, &json!({"value": [store]})),
                    false => answer(200, &store),
                }
            }
            place if place.ends_with("/listSecrets") => answer(200, &json!({"sasToken": "sig=s"})),
            place if place.starts_with("/account") => {
                answer_xml("<EnumerationResults><Blobs /></EnumerationResults>")
            }
            _ => workspace(origin, asked),
        }
    })
}

fn answer_xml(text: &str) -> Answer {
    (200, Vec::new(), text.to_owned())
}

#[test]
fn jobs_are_listed_where_the_batch_service_refuses_to() {
    let server = with_job(|_, _| None);
    assert_eq!(names(&server, &["batch-endpoint", "list-jobs", "-n", "ep1"]), ["j1"]);
    assert_eq!(run(&server, &["batch-endpoint", "list-jobs", "-n", "nope"]).code, 3);
}

#[test]
fn a_run_inside_a_job_is_shown_from_run_history() {
    let server = with_job(|_, _| None);
    // The jobs API answers for one of them without properties, and does not know the other.
    for run_id in ["r1", "r2"] {
        let ran = run(&server, &["job", "show", "-n", run_id, "--query", "[name, status]", "-o", "tsv"]);
        assert_eq!(
            (ran.code, ran.stdout.as_str()),
            (0, format!("{run_id}\nCompleted\n").as_str()),
            "{}",
            ran.stderr
        );
    }
    assert_eq!(run(&server, &["job", "show", "-n", "nope"]).code, 3);
}

#[test]
fn what_a_run_inside_a_job_has_not_recorded_is_told_with_what_it_has() {
    let server = with_job(|_, asked| {
        let outputs = json!({"score": {"assetId": "a"}, "more": {"assetId": "b"}});
        asked.path.contains("/rundata").then(|| answer(200, &json!({"runMetadata": {"outputs": outputs}})))
    });
    let ran = run(&server, &["job", "download", "-n", "r1", "--output-name", "nope"]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("`r1` has no output `nope`; it has `score`, `more`"), "{}", ran.stderr);
    let listed: Vec<String> = server
        .asked()
        .into_iter()
        .map(|asked| asked.path)
        .filter(|path| path.contains("comp=list"))
        .collect();
    let looked_at = ["azureml%2Fr1%2Fnope%2F", "dataset%2Fr1%2Fnope%2F"];
    assert!(looked_at.iter().all(|place| listed.iter().any(|path| path.contains(place))), "{listed:?}");
    for name in ["..", "../up", "a/b"] {
        let ran = run(&server, &["job", "download", "-n", "r1", "--output-name", name]);
        assert_eq!(ran.code, 1);
        assert!(ran.stderr.contains("leads out of the target folder"), "{name}: {}", ran.stderr);
    }
}

#[test]
fn the_warnings_of_a_run_follow_the_summary_of_its_stream() {
    for (warnings, block) in [
        (
            json!([{"source": "x", "message": "nodes were lost"}, {"message": ""}, {"message": "twice"}]),
            "\nWarnings:\nnodes were lost\ntwice\n\n\n",
        ),
        (json!([{"message": null}]), "\n"),
        (Value::Null, "\n"),
    ] {
        let server = with_job(move |_, asked| {
            asked.path.contains("/runs/j1/details").then(|| {
                answer(
                    200,
                    &json!({"runId": "j1", "status": "Completed", "warnings": warnings, "logFiles": {}}),
                )
            })
        });
        let ran = run(&server, &["job", "stream", "-n", "j1"]);
        let summary = "\nExecution Summary\n=================\nRunId: j1\nWeb View: \n";
        assert_eq!(ran.stdout, format!("RunId: j1\nWeb View: \n{summary}{block}"), "{}", ran.stderr);
    }
}

/// Longer than what is asked for at once, with a line that is too, and a last line without an end.
fn long_log() -> String {
    let short: String = (0..100_000).map(|line| format!("line {line} of the log\n")).collect();
    format!("{short}{}\n{short}the end", "x".repeat(9 << 20))
}

#[test]
fn logs_of_any_length_are_read_in_parts() {
    let server = with_job(|origin, asked| match path(asked) {
        "/log" => {
            let (log, range) = (long_log(), asked.header("range").strip_prefix("bytes=").unwrap());
            let (first, last) = range.split_once('-').unwrap();
            let (first, last): (usize, usize) = (first.parse().unwrap(), last.parse().unwrap());
            assert!(last - first < 8 << 20, "{range}");
            match log.get(first..log.len().min(last + 1)) {
                Some(part) if !part.is_empty() => Some((206, Vec::new(), part.to_owned())),
                _ => Some((416, Vec::new(), String::new())),
            }
        }
        place if place.contains("/details") => {
            let logs = json!({"user_logs/std_log.txt": format!("{origin}/log")});
            Some(answer(200, &json!({"runId": "j1", "status": "Completed", "logFiles": logs})))
        }
        _ => None,
    });
    let streamed = run(&server, &["job", "stream", "-n", "j1"]);
    let (_, printed) = streamed.stdout.split_once("std_log.txt\n").unwrap();
    let printed = printed.trim_start_matches(['=', '\n']);
    let printed = printed.split_once("\n\nExecution Summary").unwrap().0;
    assert!(printed == long_log(), "{} bytes of {}", printed.len(), long_log().len());
}

#[test]
fn output_is_looked_for_where_any_run_has_recorded_it() {
    let server = with_job(|_, asked| {
        if asked.path.contains("/rundata") {
            let is_scoring = asked.body.contains("\"r1\"");
            let outputs =
                if is_scoring { json!({"score": {"assetId": "azureml://asset"}}) } else { Value::Null };
            return Some(answer(200, &json!({"runMetadata": {"outputs": outputs}})));
        }
        asked.path.contains("/batchGetResolvedUris").then(|| {
            let uri = "azureml://datastores/store/paths/mine/r1/";
            answer(200, &json!({"values": {"azureml://asset": {"uri": uri, "type": "uri_folder"}}}))
        })
    });
    let ran = run(&server, &["job", "download", "-n", "j1"]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("left no output"), "{}", ran.stderr);
    let listed: Vec<String> = server
        .asked()
        .into_iter()
        .filter(|asked| asked.path.contains("comp=list"))
        .map(|asked| asked.path)
        .collect();
    assert!(
        !listed.is_empty() && listed.iter().all(|path| path.contains("prefix=mine%2Fr1%2F")),
        "{listed:?}"
    );
}

#[test]
fn output_that_no_run_has_recorded_is_looked_for_where_batch_jobs_write() {
    let server = with_job(|_, asked| {
        if asked.path.contains("/rundata") {
            return Some(answer(200, &json!({"runMetadata": {"outputs": null}})));
        }
        asked.path.contains("prefix=dataset%2Fr1%2Fscore").then(|| {
            answer_xml(
                "<EnumerationResults><Blobs><Blob><Name>dataset/r1/score/../x</Name><Properties>\
                 <Content-Length>1</Content-Length></Properties></Blob></Blobs></EnumerationResults>",
            )
        })
    });
    let ran = run(&server, &["job", "download", "-n", "j1"]);
    // The name of the file leads out of the folder, which is as far as this job gets.
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("dataset/r1/score/../x"), "{}", ran.stderr);
}

#[test]
fn whatever_a_service_answers_its_error_names_the_exchange() {
    let bodies = [
        (400, json!({"error": {"code": "Bad", "message": "no"}}).to_string()),
        (403, String::new()),
        (404, "<html>not here</html>".to_owned()),
        (500, json!({"error": {"code": "Broken", "message": "no"}}).to_string()),
        (502, "<html>bad gateway</html>".to_owned()),
        (200, "<html>welcome to the portal</html>".to_owned()),
        (302, String::new()),
    ];
    for (status, body) in bodies {
        let server = StandIn::start(move |_, _| {
            (status, vec![("x-ms-request-id", "id-of-azure".to_owned())], body.clone())
        });
        let ran = run(&server, &["compute", "list"]);
        assert!(
            ran.code != 0 && ran.stderr.contains("\nRequest id: id-of-azure"),
            "{status}: {}",
            ran.stderr
        );
    }
}

#[test]
fn what_a_service_says_neither_steers_the_terminal_nor_fills_it() {
    let message = format!("\u{1b}]0;owned\u{7}red\r\nnext\u{202e}{}", "x".repeat(1 << 20));
    let server =
        StandIn::start(move |_, _| answer(400, &json!({"error": {"code": "Bad", "message": message}})));
    let ran = run(&server, &["compute", "list"]);
    assert_eq!(ran.code, 1);
    assert!(!ran.stderr.contains(['\u{1b}', '\u{7}', '\r', '\u{202e}']), "{}", &ran.stderr[..200]);
    assert!(
        ran.stderr.contains("owned\u{fffd}red\nnext") && ran.stderr.len() < 20_000,
        "{}",
        ran.stderr.len()
    );
}

#[test]
fn a_long_wait_is_told_at_a_terminal_and_nowhere_else() {
    let busy = |origin: &str, asked: &Asked| match (asked.method.as_str(), path(asked)) {
        ("PUT", _) => (201, vec![("azure-asyncoperation", format!("{origin}/operation"))], "{}".to_owned()),
        (_, "/operation") => {
            (200, vec![("retry-after", "60".to_owned())], json!({"status": "InProgress"}).to_string())
        }
        _ => workspace(origin, asked),
    };
    let (env, server) = (TestEnv::new(), StandIn::start(busy));
    let command = format!("{} batch-endpoint create -n ep1 {}", env!("CARGO_BIN_EXE_azml"), PLACE.join(" "));
    let log = env.work().join("terminal.log");
    // `script` gives the program a terminal; util-linux has it on every Linux.
    let Ok(mut child) = std::process::Command::new("script")
        .args(["--quiet", "--flush", "--return", "--command", &command])
        .arg(&log)
        .env("AZML_HOME", env.azml_home())
        .env("AZML_ARM_ENDPOINT", &server.origin)
        .env("AZML_ACCESS_TOKEN", TOKEN)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
    else {
        return skip("there is no `script`, which gives a program a terminal");
    };
    eventually("the wait is told", || {
        std::fs::read_to_string(&log).is_ok_and(|text| text.contains("under way; looked at again in 60.0 s"))
    });
    child.kill().unwrap();
    child.wait().unwrap();
    let (server, words) = (StandIn::start(busy), ["batch-endpoint", "create", "-n", "ep1"]);
    let (_, stderr) = interrupted(&server, &words, || count(&server, "GET", "/operation") == 1);
    assert!(!stderr.contains("looked at again"), "{stderr}");
}

#[test]
fn the_proxy_is_chosen_for_each_address() {
    let proxy = StandIn::start(|_, _| (200, Vec::new(), "a line of the log\n".to_owned()));
    let server = with_job(|_, asked| {
        asked.path.contains("/runs/j1/details").then(|| {
            let log = "http://logs.example.invalid/log?sig=s";
            let details =
                json!({"runId": "j1", "status": "Completed", "logFiles": {"user_logs/std_log.txt": log}});
            answer(200, &details)
        })
    });
    let env = TestEnv::new();
    let mut stream = command(&env, &server, &["job", "stream", "-n", "j1"]);
    stream.env("http_proxy", &proxy.origin).env("AZML_RETRIES", "0");
    let ran = Ran::of(stream.output().unwrap());
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains("a line of the log"), "{}", ran.stdout);
    let asked = proxy.asked();
    assert_eq!(asked.len(), 1, "{asked:?}");
    assert_eq!(asked[0].path, "http://logs.example.invalid/log?sig=s");
    assert_eq!(asked[0].authorization, "");
    // Where the variables name the host, it is reached without; there is none of this name.
    stream.env("no_proxy", "example.invalid");
    assert_eq!(stream.output().unwrap().status.code(), Some(1));
    assert_eq!(proxy.asked().len(), 1);
}
