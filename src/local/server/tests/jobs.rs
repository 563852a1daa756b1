//! Invoking, and everything that tells about a job.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::*;
use crate::local::engine::{JobError, JobInput, JobPlan, JobRecord, Progress, log_root};
use crate::local::store::{JobFilter, NewJob, Recorded, StoreJobRecord};
use crate::wire::job::JobStatus;

impl Service {
    pub(super) async fn started(&self, properties: Value) -> (String, JobPlan) {
        let body = self.invoke(&[], properties).await.expect(201);
        let name = body["name"].as_str().unwrap().to_owned();
        let plan = self.service.store().job_plan(&name).unwrap().unwrap().scoring().unwrap().clone();
        (name, plan)
    }

    async fn refused(&self, properties: Value) -> String {
        let message = self.invoke(&[], properties).await.expect_error(400);
        assert!(self.launcher.launched.lock().unwrap().is_empty());
        message
    }

    /// Where run history says the scored rows of a job are.
    async fn score_address(&self, plan: &JobPlan) -> String {
        let record = StoreJobRecord::new(self.service.store().clone(), &plan.job);
        record.finish(JobStatus::Completed, None).unwrap();
        let run = self.history(&format!("/runs/{}", plan.run_id)).await.expect(200);
        let asset = run["outputs"]["score"]["assetId"].as_str().unwrap().to_owned();
        let path = format!("/data/v1.0{}", ws("/dataversion/batchgetresolveduris"));
        let resolved = self.post(&path, &[], json!({ "values": [asset] })).await.expect(200);
        resolved["values"][&asset]["uri"].as_str().unwrap().to_owned()
    }

    async fn history(&self, tail: &str) -> Answer {
        let path = format!("/history/v1.0{}", ws(tail));
        self.send(Method::GET, &path, &[], Body::empty()).await
    }
}

fn relative<'a>(service: &Service, path: &'a Path) -> &'a str {
    let container = path.strip_prefix(service.service.home().blobs_dir()).unwrap();
    let mut parts = container.components();
    let _container_and_data = (parts.next(), parts.next());
    parts.as_path().to_str().unwrap()
}

#[tokio::test]
async fn an_invocation_records_a_job_and_starts_its_supervisor() {
    let service = Service::new().with_deployment().await;
    let answer = service.invoke(&[], json!({ "inputData": folder_input() })).await;
    assert_eq!(answer.header("azureml-model-deployment"), "blue");
    let body = answer.expect(201);
    let name = body["name"].as_str().unwrap();
    assert!(name.starts_with("batchjob-"), "{name}");
    assert_eq!(body["id"], ws(&format!("/batchEndpoints/digits/deployments/blue/jobs/{name}")));
    assert_eq!(
        (&body["properties"]["status"], &body["properties"]["miniBatchSize"]),
        (&json!("Preparing"), &json!(10))
    );
    assert_eq!(body["properties"]["inputData"]["UriFolder"]["mode"], "ReadOnlyMount");
    assert_eq!(service.launcher.launched.lock().unwrap()[0].0, name);
    let plan = service.service.store().job_plan(name).unwrap().unwrap().scoring().unwrap().clone();
    assert!(matches!(&plan.input, JobInput::Folder(path) if path.join("a.txt").is_file()));
    let code = plan.code.unwrap();
    assert!(
        code.code_dir.join(&code.scoring_script).is_file() && plan.model.unwrap().join("weights").is_file()
    );
    assert_eq!(plan.environment.image.as_deref(), Some("i"));
    assert_eq!(
        (plan.environment_variables["A"].as_str(), plan.environment_variables["N"].as_str()),
        ("x", "1")
    );
    assert_eq!(relative(&service, &plan.output_dir), format!("azureml/{}/score", plan.run_id));
    assert!(plan.output_dir.is_dir());
}

#[tokio::test]
async fn overrides_apply_to_one_job_only() {
    let service = Service::new().with_deployment().await;
    let (_, plan) = service.started(json!({
        "InputData": { "x": { "JobInputType": "UriFile", "Uri": "azureml://datastores/workspaceblobstore/paths/in/a.txt" } },
        "compute": { "isLocal": true, "instanceCount": 4 }, "miniBatchSize": 20, "errorThreshold": 5,
        "retrySettings": { "maxRetries": 1, "timeout": "PT1M" }, "outputFileName": "o.csv",
        "properties": { "experimentName": "trial" },
    })).await;
    assert_eq!((plan.instance_count, plan.mini_batch_size, plan.error_threshold), (4, 20, 5));
    assert_eq!((plan.max_retries, plan.timeout_seconds, plan.output_file_name.as_str()), (1, 60, "o.csv"));
    assert!(matches!(plan.input, JobInput::File(_)) && plan.experiment == "trial");
    let (_, plain) = service.started(json!({ "inputData": folder_input() })).await;
    assert_eq!((plain.instance_count, plain.mini_batch_size, plain.max_retries), (1, 10, 3));
}

#[tokio::test]
async fn inputs_are_read_in_every_form() {
    let service = Service::new().with_deployment().await;
    let data = json!({ "properties": { "dataType": "uri_folder", "dataUri": "azureml://datastores/workspaceblobstore/paths/in" } });
    service.put("/data/d/versions/1", data).await.expect(201);
    let long = format!("{}/datastores/workspaceblobstore/paths/in", WorkspaceId::local().long_uri());
    let http = format!("https://{HOST}/devstore/{}/in", service.container().await);
    let forms = [
        ws("/data/d/versions/1"),
        ws("/data/d/labels/latest"),
        "azureml:d:1".to_owned(),
        "azureml:d@latest".to_owned(),
        long,
        http,
    ];
    for uri in forms {
        let (_, plan) = service
            .started(json!({ "inputData": { "i": { "jobInputType": "UriFolder", "uri": uri } } }))
            .await;
        assert!(matches!(&plan.input, JobInput::Folder(path) if path.join("a.txt").is_file()), "{uri}");
    }
    let (_, plan) =
        service.started(json!({ "inputData": { "i": { "jobInputType": "UriFolder", "uri": "https://elsewhere/x.csv" } } })).await;
    assert!(matches!(plan.input, JobInput::Url(url) if url == "https://elsewhere/x.csv"));
}

#[tokio::test]
async fn wrong_inputs_are_refused_with_their_name() {
    let service = Service::new().with_deployment().await;
    let input = |kind: &str, uri: &str| json!({ "inputData": { "i": { "jobInputType": kind, "uri": uri } } });
    let at = |path: &str| format!("azureml://datastores/workspaceblobstore/paths/{path}");
    std::fs::create_dir_all(service.service.blobs().local_path(&service.container().await, "empty").unwrap())
        .unwrap();
    let cases = [
        (json!({}), "exactly one"),
        (
            json!({ "inputData": { "a": folder_input()["UriFolder"], "b": folder_input()["UriFolder"] } }),
            "the request has 2",
        ),
        (json!({ "inputData": { "n": 3 } }), "literal"),
        (json!({ "inputData": { "n": { "jobInputType": "Literal", "value": 3 } } }), "Literal"),
        (input("UriFolder", &at("nope/")), "paths/nope/ does not exist"),
        (input("UriFolder", &at("empty")), "is an empty folder"),
        (input("UriFile", &at("in")), "is a folder"),
        (input("UriFile", &at("../../../state.db")), "not a valid blob"),
        (input("UriFolder", "azureml://datastores/nope/paths/x"), "Could not find datastore: nope"),
        (input("UriFolder", "azureml:nope:1"), "Data nope:1 not found"),
        (input("UriFolder", "./local"), "cannot be read here"),
    ];
    for (properties, expected) in cases {
        let message = service.refused(properties).await;
        assert!(message.contains(expected), "{message}");
    }
    assert_eq!(service.get("/jobs").await.expect(200)["value"], json!([]));
}

#[tokio::test]
async fn overrides_are_checked_like_deployments() {
    let service = Service::new().with_deployment().await;
    let cases = [
        (json!({ "miniBatchSize": 0 }), "miniBatchSize"),
        (json!({ "retrySettings": { "timeout": "soon" } }), "timeout"),
        (json!({ "outputFileName": "a/b" }), "outputFileName"),
        (json!({ "compute": { "target": "nope" } }), "Compute with name nope"),
        (json!({ "name": "../x" }), "../x"),
    ];
    for (mut properties, expected) in cases {
        properties["inputData"] = folder_input();
        let message = service.refused(properties).await;
        assert!(message.contains(expected), "{message}");
    }
}

#[tokio::test]
async fn the_output_goes_where_it_is_told() {
    let service = Service::new().with_deployment().await;
    let datastore = ws("/datastores/workspaceblobstore");
    let cases = [
        (
            json!({ "outputData": { "score": { "jobOutputType": "UriFile", "uri": "azureml://datastores/workspaceblobstore/paths/o/p.csv" } } }),
            "p.csv",
        ),
        (
            json!({ "outputData": { "o": { "jobOutputType": "UriFile", "uri": format!("{datastore}/paths/o") } } }),
            "predictions.csv",
        ),
        (
            json!({ "outputDataset": { "datastoreId": datastore, "path": "o" }, "outputFileName": "q.csv" }),
            "q.csv",
        ),
    ];
    for (mut properties, file) in cases {
        properties["inputData"] = folder_input();
        let (_, plan) = service.started(properties).await;
        assert_eq!((relative(&service, &plan.output_dir), plan.output_file_name.as_str()), ("o", file));
        assert!(service.score_address(&plan).await.ends_with("/datastores/workspaceblobstore/paths/o/"));
    }
    let (_, plan) = service.started(json!({ "inputData": folder_input() })).await;
    assert!(service.score_address(&plan).await.ends_with(&format!("/paths/azureml/{}/score/", plan.run_id)));
}

#[tokio::test]
async fn the_deployment_is_chosen_by_header_or_default() {
    let service = Service::new().with_deployment().await;
    let input = json!({ "inputData": folder_input() });
    let unknown = service.invoke(&[("azureml-model-deployment", "nope")], input.clone()).await;
    assert_eq!(unknown.expect_error(404), "Deployment nope does not exist.");
    service.put("/batchEndpoints/digits", endpoint(None)).await.expect(200);
    let message = service.invoke(&[], input.clone()).await.expect_error(404);
    assert!(message.starts_with("No valid deployments to route to."), "{message}");
    let plain = service
        .post(
            &ws("/batchEndpoints/digits/jobs"),
            &[("azureml-model-deployment", "blue")],
            json!({ "properties": input }),
        )
        .await;
    plain.expect(201);
    let nowhere = service.post(&ws("/batchEndpoints/nope/jobs"), &[], json!({})).await;
    assert_eq!(nowhere.expect_error(404), "Batch endpoint nope does not exist.");
}

#[tokio::test]
async fn a_repeated_request_is_the_same_job() {
    let service = Service::new().with_deployment().await;
    let id = [("repeatability_request-id", "11111111-2222")];
    let first = service.invoke(&id, json!({ "inputData": folder_input() })).await.expect(201);
    let second = service.invoke(&id, json!({ "inputData": folder_input() })).await.expect(201);
    assert_eq!(first, second);
    assert_eq!(service.launcher.launched.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn the_same_request_from_many_at_once_is_one_job() {
    let service = Service::new().with_deployment().await;
    let send = || {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let id = [("repeatability_request-id", "33333333-4444")];
        let answer = runtime.block_on(service.invoke(&id, json!({ "inputData": folder_input() })));
        answer.expect(201)["name"].as_str().unwrap().to_owned()
    };
    let names: HashSet<String> = std::thread::scope(|scope| {
        let requests: Vec<_> = (0..6).map(|_| scope.spawn(send)).collect();
        requests.into_iter().map(|request| request.join().unwrap()).collect()
    });
    assert_eq!(names.len(), 1, "{names:?}");
    assert_eq!(service.launcher.launched.lock().unwrap().len(), 1);
    assert_eq!(folders(&service).await.0, 1, "a job that was not needed left its folder");
}

/// The same request with a job name, sent twice at the same time: this one is past its look at the recorded jobs
/// when the other one records its job. Answers its answer and the folder of the job.
#[cfg(target_os = "linux")]
fn overtaken(service: &Service, ends_before_the_answer: bool) -> (Value, PathBuf) {
    let store = service.service.store();
    let workspace = store.workspace(&WorkspaceId::local()).unwrap();
    let mut plan =
        store.jobs(&workspace, &JobFilter::default()).unwrap().remove(0).plan.scoring().unwrap().clone();
    plan.job = format!("nightly-{ends_before_the_answer}");
    plan.run_id.push_str(&plan.job);
    let folder = service.service.home().job_dir(&plan.job);
    std::fs::create_dir_all(&folder).unwrap();
    let lock = SupervisorLock::acquire(&folder).unwrap();
    let id = plan.run_id.as_str();
    let answer = std::thread::scope(|scope| {
        let request = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let body = json!({ "inputData": folder_input(), "name": plan.job });
            runtime.block_on(service.invoke(&[("repeatability_request-id", id)], body)).expect(201)
        });
        while times_open(&folder.join("supervisor.lock")) < 2 && !request.is_finished() {
            std::thread::yield_now();
        }
        let recorded = plan.clone().into();
        let job =
            NewJob { plan: &recorded, display_name: "", request: &json!({}), repeatability_id: Some(id) };
        assert_eq!(store.insert_job(&workspace, &job).unwrap(), Recorded::New);
        std::fs::write(folder.join("log"), "of the job").unwrap();
        if ends_before_the_answer {
            store.finish_job(&plan.job, JobStatus::Completed, None).unwrap();
            drop(lock);
        }
        request.join().unwrap()
    });
    (answer, folder)
}

/// How often this process has the file open.
#[cfg(target_os = "linux")]
fn times_open(path: &Path) -> usize {
    let descriptors = std::fs::read_dir("/proc/self/fd").unwrap().flatten();
    descriptors.filter(|entry| std::fs::read_link(entry.path()).is_ok_and(|target| target == path)).count()
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_same_request_sent_twice_at_once_is_one_job_and_costs_none_of_its_files() {
    let service = Service::new().with_deployment().await;
    service.invoke(&[], json!({ "inputData": folder_input() })).await.expect(201);
    for ends_before_the_answer in [true, false] {
        let (answer, folder) = overtaken(&service, ends_before_the_answer);
        assert_eq!(answer["name"], format!("nightly-{ends_before_the_answer}"));
        assert_eq!(std::fs::read_to_string(folder.join("log")).unwrap(), "of the job");
    }
}

#[tokio::test]
async fn a_job_may_be_named_once() {
    let service = Service::new().with_deployment().await;
    let named = json!({ "inputData": folder_input(), "name": "nightly" });
    let job = service.invoke(&[], named.clone()).await.expect(201);
    assert_eq!((&job["name"], &job["properties"]["name"]), (&json!("nightly"), &json!("nightly")));
    let message = service.invoke(&[], named).await.expect_error(409);
    assert_eq!(message, "A job with the name nightly already exists.");
}

/// How many folders there are of jobs, and of the outputs of jobs.
async fn folders(service: &Service) -> (usize, usize) {
    let count = |folder: PathBuf| std::fs::read_dir(folder).map_or(0, Iterator::count);
    let home = service.service.home();
    let outputs = home.blobs_dir().join(service.container().await).join("data/azureml");
    (count(home.jobs_dir()), count(outputs))
}

#[tokio::test]
async fn a_job_that_is_refused_leaves_no_folder_and_takes_none_away() {
    let service = Service::new().with_deployment().await;
    let named = |name: &str| json!({ "inputData": folder_input(), "name": name });
    service.invoke(&[], named("nightly")).await.expect(201);
    assert_eq!(folders(&service).await, (1, 1));
    service.invoke(&[], named("Nightly")).await.expect_error(409);
    // Somebody is about to record a job of that name.
    let folder = service.service.home().job_dir("weekly");
    std::fs::create_dir(&folder).unwrap();
    let _lock = SupervisorLock::acquire(&folder).unwrap();
    service.invoke(&[], named("Weekly")).await.expect_error(409);
    assert_eq!(folders(&service).await, (2, 1));
    let state = rusqlite::Connection::open(service.service.home().database()).unwrap();
    let full = "CREATE TRIGGER full BEFORE INSERT ON jobs BEGIN SELECT RAISE(ABORT, 'disk full'); END";
    state.execute_batch(full).unwrap();
    service.invoke(&[], named("monthly")).await.expect_error(500);
    service.invoke(&[], json!({ "inputData": folder_input() })).await.expect_error(500);
    assert_eq!(folders(&service).await, (2, 1));
}

#[tokio::test]
async fn an_output_folder_that_is_a_file_is_refused() {
    let service = Service::new().with_deployment().await;
    let output = |path: &str| {
        let uri = format!("azureml://datastores/workspaceblobstore/paths/{path}");
        json!({ "inputData": folder_input(), "outputData": { "o": { "jobOutputType": "UriFolder", "uri": uri } } })
    };
    for path in ["in/a.txt", "in/a.txt/below"] {
        let message = service.invoke(&[], output(path)).await.expect_error(409);
        assert!(message.contains("both a blob and a folder"), "{message}");
    }
    assert_eq!(folders(&service).await, (0, 0));
}

#[tokio::test]
async fn a_job_that_cannot_be_started_is_failed_with_the_reason() {
    let service =
        Service::with(FakeLauncher { is_broken: true, ..FakeLauncher::default() }).with_deployment().await;
    let job = service.invoke(&[], json!({ "inputData": folder_input() })).await.expect(201);
    assert_eq!(job["properties"]["status"], "Failed");
    let details =
        service.history(&format!("/runs/{}/details", job["name"].as_str().unwrap())).await.expect(200);
    let message = details["error"]["error"]["message"].as_str().unwrap();
    assert!(message.contains("no such program"), "{message}");
}

#[tokio::test]
async fn a_job_is_shown_as_a_pipeline_with_one_child() {
    let service = Service::new().with_deployment().await;
    let (name, plan) = service.started(json!({ "inputData": folder_input() })).await;
    let job = service.get(&format!("/jobs/{name}")).await.expect(200);
    let properties = &job["properties"];
    assert_eq!(
        (&properties["jobType"], &properties["experimentName"]),
        (&json!("Pipeline"), &json!("digits"))
    );
    assert_eq!(
        (&properties["outputs"], &properties["tags"]["azureml.batchrun"]),
        (&Value::Null, &json!("true"))
    );
    let parameters: Value =
        serde_json::from_str(properties["properties"]["azureml.parameters"].as_str().unwrap()).unwrap();
    assert_eq!((&parameters["run_max_try"], &parameters["logging_level"]), (&json!("3"), &json!("DEBUG")));
    let studio = properties["services"]["Studio"]["endpoint"].as_str().unwrap();
    assert!(studio.starts_with("file:///") && studio.ends_with(&format!("/jobs/{name}/logs")), "{studio}");
    let child = service.get(&format!("/jobs/{}", plan.run_id)).await.expect(200);
    assert_eq!((&child["properties"], &child["name"]), (&Value::Null, &json!(plan.run_id)));
    let children = service.history(&format!("/runs/{name}/children")).await.expect(200);
    let run = &children["value"][0];
    assert_eq!(
        (&run["name"], &run["parentRunId"], &run["outputs"]),
        (&json!("batchscoring"), &json!(name), &Value::Null)
    );
    assert_eq!((&run["target"], &run["runId"]), (&json!("cpu-cluster"), &json!(plan.run_id)));
    assert_eq!(service.history(&format!("/runs/{}", plan.run_id)).await.expect(200), *run);
    let path = format!("/history/v1.0{}", ws("/rundata"));
    let data = service
        .post(&path, &[], json!({ "runId": plan.run_id, "selectRunMetadata": true }))
        .await
        .expect(200);
    assert_eq!(data["runMetadata"], *run);
    assert_eq!(service.get("/jobs/nope").await.expect_error(404), "Could not find job nope.");
    service.history("/runs/nope").await.expect_error(404);
}

#[tokio::test]
async fn details_carry_logs_progress_and_the_error() {
    let service = Service::new().with_deployment().await;
    let (name, plan) = service.started(json!({ "inputData": folder_input() })).await;
    let record = StoreJobRecord::new(service.service.store().clone(), &name);
    record.set_status(JobStatus::Running).unwrap();
    record.set_progress(&Progress { mini_batches: 4, done: 1, ..Progress::default() }).unwrap();
    let logs = log_root(&service.service.home().job_dir(&name));
    for (file, text) in [("logs/azureml/executionlogs.txt", "one\n"), ("logs/user/std out.txt", "two\n")] {
        std::fs::create_dir_all(logs.join(file).parent().unwrap()).unwrap();
        std::fs::write(logs.join(file), text).unwrap();
    }
    let running = service.history(&format!("/runs/{name}/details")).await;
    assert_eq!(running.header("x-ms-retry-after-ms"), "100");
    let running = running.expect(200);
    let progress: Value =
        serde_json::from_str(running["properties"]["azml.progress"].as_str().unwrap()).unwrap();
    assert_eq!((&running["status"], &progress["done"]), (&json!("Running"), &json!(1)));
    let shown: Vec<_> = running["logFiles"].as_object().unwrap().keys().collect();
    assert_eq!(shown, ["logs/azureml/executionlogs.txt"]);
    let child = service.history(&format!("/runs/{}/details", plan.run_id)).await.expect(200);
    let address = child["logFiles"]["logs/user/std out.txt"].as_str().unwrap();
    let path = address.strip_prefix(&format!("https://{HOST}")).unwrap();
    assert_eq!(service.send(Method::GET, path, &[], Body::empty()).await.text(), "two\n");
    assert_eq!(service.send(Method::GET, path, &[("range", "bytes=1-")], Body::empty()).await.text(), "wo\n");
    for path in ["..%2F..%2F..%2Fstate.db", "nope.txt", "logs"] {
        let path = format!("/joblogs/{name}/{path}");
        service.send(Method::GET, &path, &[], Body::empty()).await.expect_error(404);
    }
    let error = JobError { code: "UserError".to_owned(), message: "it broke".to_owned() };
    record.finish(JobStatus::Failed, Some(&error)).unwrap();
    let failed = service.history(&format!("/runs/{name}/details")).await;
    assert_eq!(failed.header("x-ms-retry-after-ms"), "");
    assert_eq!(
        failed.expect(200)["error"]["error"],
        json!({ "code": "UserError", "message": "it broke", "details": [] })
    );
}

#[tokio::test]
async fn a_job_whose_supervisor_died_does_not_respond() {
    let service = Service::new().with_deployment().await;
    let (name, _) = service.started(json!({ "inputData": folder_input() })).await;
    service.launcher.launched.lock().unwrap().clear();
    let job = service.get(&format!("/jobs/{name}")).await.expect(200);
    assert_eq!(job["properties"]["status"], "NotResponding");
    let details = service.history(&format!("/runs/{name}/details")).await.expect(200);
    assert!(details["error"]["error"]["message"].as_str().unwrap().contains("supervisor"));
}

#[tokio::test]
async fn a_job_is_cancelled_once() {
    let service = Service::new().with_deployment().await;
    let (name, _) = service.started(json!({ "inputData": folder_input() })).await;
    let path = ws(&format!("/jobs/{name}/cancel"));
    assert_eq!(service.send(Method::POST, &path, &[], Body::empty()).await.expect(202), Value::Null);
    let job = service.get(&format!("/jobs/{name}")).await.expect(200);
    assert_eq!(job["properties"]["status"], "CancelRequested");
    let record = StoreJobRecord::new(service.service.store().clone(), &name);
    assert!(record.cancel_requested().unwrap());
    record.finish(JobStatus::Canceled, None).unwrap();
    let message = service.send(Method::POST, &path, &[], Body::empty()).await.expect_error(400);
    assert_eq!(message, "The job is already in a terminal state.");
    service.send(Method::POST, &ws("/jobs/nope/cancel"), &[], Body::empty()).await.expect_error(404);
}

#[tokio::test]
async fn jobs_are_listed_newest_first_and_in_pages() {
    let service = Service::new().with_deployment().await;
    for number in 0..3 {
        let name = format!("job{number}");
        service.started(json!({ "inputData": folder_input(), "name": name })).await;
    }
    let names = |list: &Value| -> Vec<String> {
        list["value"].as_array().unwrap().iter().map(|job| job["name"].as_str().unwrap().to_owned()).collect()
    };
    let all = service.get("/jobs?listViewType=ActiveOnly").await.expect(200);
    assert_eq!(
        (names(&all), &all["nextLink"]),
        (vec!["job2".into(), "job1".into(), "job0".into()], &Value::Null)
    );
    assert_eq!(names(&service.get("/jobs?$skip=1&$top=1").await.expect(200)), ["job1"]);
    let listed = async |tail: &str| {
        let path = format!("/mferp/managementfrontend{}", ws(tail));
        service.send(Method::GET, &path, &[], Body::empty()).await
    };
    let of_deployment = listed("/batchEndpoints/digits/deployments/blue/jobs").await.expect(200);
    assert_eq!(names(&of_deployment).len(), 3);
    assert_eq!(
        of_deployment["value"][0]["type"],
        "Microsoft.MachineLearningServices/workspaces/batchEndpoints/deployments/jobs"
    );
    assert_eq!(names(&listed("/batchEndpoints/digits/jobs").await.expect(200)).len(), 3);
    listed("/batchEndpoints/digits/deployments/None/jobs").await.expect_error(404);
}
