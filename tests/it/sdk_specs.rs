//! Request bodies held against Microsoft's Python SDK as it is installed from a registry: for the specs of this
//! repository and hundreds of generated ones, azml sends what the SDK sends and refuses what the SDK refuses.

mod azure;
mod fields;
mod generate;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::common::python::{python_with, succeeds};
use crate::common::stand_in::StandIn;
use crate::common::{TestEnv, skip};

pub(crate) const SDK: &str = "azure-ai-ml==1.35.2 azure-identity==1.27.0";
const SEED: u64 = 20_240_131;
/// How many specs are generated unless `AZML_SDK_SPECS` says otherwise.
const GENERATED: usize = 400;
/// Fewer comparisons than this protect nothing.
const ENOUGH: usize = 200;
const THREADS: usize = 3;
/// Words of what azml refuses on purpose although the SDK sends it to a service that does not take it: batches, nodes
/// and times below nothing, more nodes at least than at most, names that name nothing, code without a script.
const STRICTER: [&str; 7] = [
    // Microsoft's client takes the environment as one without a name, and says nothing.
    "^ `environment.name`",
    "the smallest value is",
    "which is not the name of a file",
    "but `max_instances` is only",
    "is the name of a subnet, but `vnet_name` is missing",
    "`name` is empty",
    "`code_configuration.scoring_script` is required",
];
/// How many differences a failure shows.
const SHOWN: usize = 8;

/// A spec file and the command that takes it.
struct Case {
    kind: &'static str,
    folder: PathBuf,
    file: String,
    text: String,
}

/// What one program did with one case: PUTs to Azure as `[path, body]`, blobs, and its refusal if it refused.
struct Sent {
    puts: Value,
    uploads: Value,
    refusal: Option<Refusal>,
}

/// Why a spec was refused. Of azml only the message is looked at.
#[derive(Default)]
struct Refusal {
    message: String,
    fields: Vec<String>,
    on_load: bool,
    crash: bool,
}

#[test]
fn request_bodies_are_those_of_microsofts_sdk() {
    let python = match python_with("sdk-venv", SDK) {
        Ok(python) => python,
        Err(reason) => return skip(&reason),
    };
    let folder = tempfile::tempdir().unwrap();
    let cases = cases(folder.path());
    let (theirs, ours) = std::thread::scope(|scope| {
        let theirs = scope.spawn(|| of_the_sdk(&python, &cases, folder.path()));
        let ours = of_azml(&cases);
        (theirs.join().unwrap(), ours)
    });
    let (mut compared, mut differences) = (0, Vec::new());
    for ((case, theirs), ours) in cases.iter().zip(&theirs).zip(&ours) {
        let crash = theirs.refusal.as_ref().is_some_and(|refusal| refusal.crash) && !sent_main(case, theirs);
        // Where the SDK falls over there is nothing to hold azml to.
        if crash || (theirs.refusal.is_none() && is_stricter(ours)) {
            continue;
        }
        compared += 1;
        if let Some(why) = difference(case, theirs, ours) {
            differences.push(format!("---- {} {why}\n{}", case.kind, case.text));
        }
    }
    let shown = differences.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join("\n");
    assert!(differences.is_empty(), "{} of {compared} specs differ:\n{shown}", differences.len());
    assert!(compared >= ENOUGH, "only {compared} of {} specs could be compared", cases.len());
}

/// The specs of this repository where they are, the generated ones in folders of their own.
fn cases(folder: &Path) -> Vec<Case> {
    let mut cases = repository_specs();
    assert!(cases.len() >= 3, "the sample's specs are gone");
    let count = std::env::var("AZML_SDK_SPECS").map_or(GENERATED, |count| count.parse().unwrap());
    let seed = std::env::var("AZML_SDK_SEED").map_or(SEED, |seed| seed.parse().unwrap());
    for (number, (kind, text)) in generate::specs(seed, count).into_iter().enumerate() {
        let folder = folder.join(format!("{number:04}"));
        fs::create_dir(&folder).unwrap();
        generate::surroundings(seed.wrapping_add(number as u64), &folder);
        fs::write(folder.join("spec.yml"), &text).unwrap();
        cases.push(Case { kind, folder, file: "spec.yml".to_owned(), text });
    }
    cases
}

fn repository_specs() -> Vec<Case> {
    let mut cases = Vec::new();
    for folder in entries(&Path::new(env!("CARGO_MANIFEST_DIR")).join("specs")) {
        for file in entries(&folder).iter().filter(|file| file.extension().is_some_and(|end| end == "yml")) {
            let text = fs::read_to_string(file).unwrap();
            let schema = text.lines().next().unwrap_or_default().to_lowercase();
            let kinds = [
                ("batchdeployment", "batch-deployment"),
                ("batchendpoint", "batch-endpoint"),
                ("compute", "compute"),
            ];
            let kind = kinds
                .iter()
                .find(|(word, _)| schema.contains(word))
                .expect("a spec begins with its `$schema`")
                .1;
            let file = file.file_name().unwrap().to_string_lossy().into_owned();
            cases.push(Case { kind, folder: folder.clone(), file, text });
        }
    }
    cases
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}

/// Runs all cases through the SDK, in one process.
fn of_the_sdk(python: &Path, cases: &[Case], folder: &Path) -> Vec<Sent> {
    let server = StandIn::start(azure::answer);
    let (list, answers) = (folder.join("cases.json"), folder.join("answers.json"));
    let listed: Vec<Value> = cases
        .iter()
        .map(|case| json!({"kind": case.kind, "folder": case.folder, "file": case.file}))
        .collect();
    fs::write(&list, Value::from(listed).to_string()).unwrap();
    let driver = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sdk/rest_bodies.py");
    let mut command = Command::new(python);
    command.arg(driver).arg(list).arg(&server.origin).arg(&answers).current_dir(folder);
    // A proxy would get what is meant for the stand-in.
    command.env("NO_PROXY", "127.0.0.1").env("no_proxy", "127.0.0.1").env("PYTHONUTF8", "1");
    succeeds(&mut command).expect("the SDK's driver failed");
    let told: Vec<Value> = serde_json::from_slice(&fs::read(answers).unwrap()).unwrap();
    told.iter().zip(cases).map(|(told, case)| sent_by_the_sdk(told, case, &server.origin)).collect()
}

fn sent_by_the_sdk(told: &Value, case: &Case, origin: &str) -> Sent {
    let texts = |value: &Value| -> Vec<String> {
        value.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
    };
    let refusal = Some(&told["refusal"]).filter(|refusal| !refusal.is_null()).map(|refusal| Refusal {
        message: refusal["message"].as_str().unwrap().to_owned(),
        fields: texts(&refusal["fields"]),
        on_load: refusal["stage"] == "load",
        crash: refusal["crash"] == true,
    });
    Sent {
        puts: comparable(told["puts"].clone(), case, origin),
        uploads: blobs(texts(&told["uploads"])),
        refusal,
    }
}

/// Runs all cases through azml, a few at a time.
fn of_azml(cases: &[Case]) -> Vec<Sent> {
    let per_thread = cases.len().div_ceil(THREADS);
    std::thread::scope(|scope| {
        let one_share = |share: &[Case]| {
            let (env, server) = (TestEnv::new(), StandIn::start(azure::answer));
            share.iter().map(|case| sent_by_azml(&env, &server, case)).collect::<Vec<_>>()
        };
        let threads: Vec<_> =
            cases.chunks(per_thread).map(|share| scope.spawn(move || one_share(share))).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    })
}

fn sent_by_azml(env: &TestEnv, server: &StandIn, case: &Case) -> Sent {
    let before = server.asked().len();
    let place = ["-g", "rg", "-w", "ws", "--subscription", azure::SUBSCRIPTION];
    let output = env
        .command(&[&[case.kind, "create", "-f", &case.file], &place[..]].concat())
        .env("AZML_ARM_ENDPOINT", &server.origin)
        .env("AZML_ACCESS_TOKEN", "token")
        .current_dir(&case.folder)
        .output()
        .unwrap();
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!message.contains("panicked"), "{message}\n{}", case.text);
    let asked = server.asked().split_off(before);
    let puts =
        asked.iter().filter(|asked| asked.method == "PUT" && asked.path.starts_with("/subscriptions/"));
    let puts =
        puts.map(|asked| json!([azure::path_of(asked), serde_json::from_str::<Value>(&asked.body).unwrap()]));
    Sent {
        puts: comparable(puts.collect(), case, &server.origin),
        uploads: blobs(asked.iter().filter(|asked| azure::writes_blob(asked)).map(azure::path_of).collect()),
        refusal: (!output.status.success()).then(|| Refusal { message, ..Refusal::default() }),
    }
}

/// Blob paths without the account, sorted: they are uploaded in any order.
fn blobs(mut paths: Vec<String>) -> Value {
    for path in &mut paths {
        *path = path.splitn(3, '/').last().unwrap().to_owned();
    }
    paths.sort();
    paths.into()
}

/// Requests without what differs between two runs: the address of the stand-in and GUIDs drawn at random.
fn comparable(mut puts: Value, case: &Case, origin: &str) -> Value {
    let (host, mut seen) = (origin.split_once("://").unwrap().1, Vec::new());
    each_string(&mut puts, &mut |text| {
        for address in [format!("https://{host}"), origin.to_owned()] {
            *text = text
                .replace(&format!("{address}/acct.blob.core.windows.net"), "blob:")
                .replace(&address, "blob:");
        }
        mask_guids(text, &case.text, &mut seen);
    });
    puts
}

/// Visits the strings of a value, members in the order of their names.
fn each_string(value: &mut Value, visit: &mut dyn FnMut(&mut String)) {
    match value {
        Value::String(text) => visit(text),
        Value::Array(items) => items.iter_mut().for_each(|item| each_string(item, visit)),
        Value::Object(members) => {
            members.sort_keys();
            members.values_mut().for_each(|member| each_string(member, visit));
        }
        _ => {}
    }
}

/// Numbers the GUIDs that are neither the spec's nor the subscription's, in the order they turn up.
fn mask_guids(text: &mut String, spec: &str, seen: &mut Vec<String>) {
    let mut start = 0;
    while let Some(candidate) = text.get(start..start + 36) {
        let drawn = is_guid(candidate) && !spec.contains(candidate) && candidate != azure::SUBSCRIPTION;
        if drawn {
            let known = seen.iter().position(|guid| guid == candidate);
            let number = known.unwrap_or_else(|| {
                seen.push(candidate.to_owned());
                seen.len() - 1
            });
            text.replace_range(start..start + 36, &format!("<guid {number}>"));
        }
        start += 1;
        while start < text.len() && !text.is_char_boundary(start) {
            start += 1;
        }
    }
}

fn is_guid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(place, byte)| match place {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

fn sent_main(case: &Case, sent: &Sent) -> bool {
    let segment = match case.kind {
        "batch-endpoint" => "/batchEndpoints/",
        "batch-deployment" => "/deployments/",
        "compute" => "/computes/",
        "model" => "/models/",
        "environment" => "/environments/",
        _ => "/data/",
    };
    sent.puts.as_array().unwrap().iter().any(|put| put[0].as_str().unwrap().contains(segment))
}

/// Whether azml refused what it refuses on purpose.
fn is_stricter(ours: &Sent) -> bool {
    let on_purpose =
        |line: &str| !line.starts_with("warning: ") && STRICTER.iter().any(|words| line.contains(words));
    ours.refusal.as_ref().is_some_and(|refusal| refusal.message.lines().any(on_purpose))
}

/// How azml differs from the SDK, if it does.
fn difference(case: &Case, theirs: &Sent, ours: &Sent) -> Option<String> {
    // What goes wrong after the main request is about the stand-in's reply.
    let refused = theirs.refusal.as_ref().filter(|_| !sent_main(case, theirs));
    let Some(refused) = refused else {
        if let Some(refusal) = &ours.refusal {
            return Some(format!("is refused, the SDK takes it:\n{}", refusal.message));
        }
        return differing("requests", Some(&theirs.puts), Some(&ours.puts))
            .or_else(|| differing("blobs", Some(&theirs.uploads), Some(&ours.uploads)));
    };
    let Some(refusal) = &ours.refusal else {
        return Some(format!("is taken, the SDK refuses it:\n{}", refused.message));
    };
    if refused.on_load && ours.puts != json!([]) {
        return Some(format!("is refused too late, the SDK refuses the file:\n{}", refused.message));
    }
    let names = |field: &String| refusal.message.contains(field);
    let named =
        refused.fields.is_empty() || refused.fields.iter().any(names) || is_missing_file(refused, refusal);
    // A value refused on purpose may hide the one the SDK means.
    (!named && !is_stricter(ours))
        .then(|| format!("names none of {:?} when refused:\n{}", refused.fields, refusal.message))
}

/// Whether both miss a file, of which the SDK says only which part of the spec is in vain.
fn is_missing_file(theirs: &Refusal, ours: &Refusal) -> bool {
    let missing =
        |message: &str| ["No such file", "does not exist"].iter().any(|words| message.contains(words));
    missing(&theirs.message) && missing(&ours.message)
}

/// The first place in which two values differ, with what is there.
fn differing(place: &str, theirs: Option<&Value>, ours: Option<&Value>) -> Option<String> {
    match (theirs, ours) {
        (Some(Value::Object(theirs)), Some(Value::Object(ours))) => {
            let names = theirs.keys().chain(ours.keys());
            names
                .into_iter()
                .find_map(|name| differing(&format!("{place}.{name}"), theirs.get(name), ours.get(name)))
        }
        (Some(Value::Array(theirs)), Some(Value::Array(ours))) => (0..theirs.len().max(ours.len()))
            .find_map(|index| differing(&format!("{place}[{index}]"), theirs.get(index), ours.get(index))),
        _ if theirs == ours => None,
        _ => {
            let text = |value: Option<&Value>| value.map_or("nothing".to_owned(), Value::to_string);
            Some(format!("{place}:\n  SDK  {}\n  azml {}", text(theirs), text(ours)))
        }
    }
}
