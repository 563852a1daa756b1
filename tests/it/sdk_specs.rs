//! Request bodies held against Microsoft's Python SDK as it is installed from a registry: for the specs of this
//! repository and hundreds of generated ones, azml sends what the SDK sends and refuses what the SDK refuses.

mod azure;
mod fields;
mod generate;
mod verdict;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use azml::spec::{SpecDocument, guess_kind};
use serde_json::{Value, json};

use self::verdict::{Verdict, verdict};
use crate::common::python::{python_with, succeeds};
use crate::common::stand_in::StandIn;
use crate::common::{TestEnv, skip, spec_files};

pub(crate) const SDK: &str = "azure-ai-ml==1.35.2 azure-identity==1.27.0";
const SEED: u64 = 20_240_131;
/// How many specs are generated unless `AZML_SDK_SPECS` says otherwise.
const GENERATED: usize = 400;
/// Fewer comparisons than this protect nothing.
const ENOUGH: usize = 200;
const THREADS: usize = 3;
/// At most one spec of a kind is set aside for this many that are compared.
const SET_ASIDE_ONE_IN: usize = 4;
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
    let (mut counts, mut differences) = (BTreeMap::<&str, Count>::new(), Vec::new());
    for ((case, theirs), ours) in cases.iter().zip(&theirs).zip(&ours) {
        let count = counts.entry(case.kind).or_default();
        match verdict(case, theirs, ours) {
            Verdict::Same => count.compared += 1,
            Verdict::SetAside => count.set_aside += 1,
            Verdict::Different(why) => differences.push(format!("---- {} {why}\n{}", case.kind, case.text)),
        }
    }
    let shown = differences.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join("\n");
    assert!(differences.is_empty(), "{} of {} specs differ:\n{shown}", differences.len(), cases.len());
    for (kind, Count { compared, set_aside }) in &counts {
        eprintln!("{kind}: {compared} compared, {set_aside} set aside");
        assert!(set_aside * SET_ASIDE_ONE_IN <= *compared, "too many specs of a {kind} are set aside");
    }
    let compared: usize = counts.values().map(|count| count.compared).sum();
    assert!(compared >= ENOUGH, "only {compared} of {} specs could be compared", cases.len());
}

/// How many specs of a kind were held against the SDK, and how many could not be.
#[derive(Default)]
struct Count {
    compared: usize,
    set_aside: usize,
}

/// The specs of this repository where they are, the generated ones in folders of their own.
fn cases(folder: &Path) -> Vec<Case> {
    let mut cases = repository_specs();
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
    let case = |file: PathBuf| {
        let document = SpecDocument::load(&file).unwrap();
        let kind = guess_kind(&document).unwrap_or_else(|| panic!("{} is of no known kind", file.display()));
        Case {
            kind: kind.command(),
            folder: file.parent().unwrap().to_owned(),
            file: file.file_name().unwrap().to_string_lossy().into_owned(),
            text: fs::read_to_string(&file).unwrap(),
        }
    };
    spec_files().into_iter().map(case).collect()
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
