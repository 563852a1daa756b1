//! Whether azml did with a spec what the SDK did, and where the two may differ.

use serde_json::{Value, json};

use super::{Case, Refusal, Sent};

/// What azml refuses on purpose although the SDK sends it to a service that does not take it: batches, nodes and times
/// below nothing, more nodes at least than at most, names that name nothing, code without a script. Words that one and the
/// same error of azml has.
const STRICTER: [&[&str]; 8] = [
    // Microsoft's client takes the environment as one without a name, and says nothing.
    &["error: expected a string, found", "^ `environment.name`"],
    // Microsoft's client uploads the folder of the spec with all that is in it.
    &["`path` is empty"],
    &["the smallest value is"],
    &["which is not the name of a file"],
    &["but `max_instances` is only"],
    &["is the name of a subnet, but `vnet_name` is missing"],
    &["`name` is empty"],
    &["`code_configuration.scoring_script` is required"],
];
/// Refusals of the SDK that name no field, and what azml says to the same; one of the words will do.
const SAME_WORDS: [(&str, &[&str]); 16] = [
    ("If version is specified, name must be specified", &["needs a `name`"]),
    ("Docker image or Dockerfile is required", &["needs an `image` or a `build`"]),
    ("Docker image or Dockerfile should be provided not both", &["`image` and `build` exclude each other"]),
    ("output_file_name need not to be specified", &["output_file_name need not to be specified"]),
    ("Failed to open scoring script", &["the scoring script", "the code folder"]),
    ("Failed to extract version", &["does not say which version"]),
    ("is not supported for version", &["expected a version"]),
    ("No such file or directory", &["does not exist", "cannot read"]),
    ("does not match asset type", &["but the type is", "does not exist"]),
    ("The name for an endpoint must be at least 3", &["a name has 3 to 32"]),
    ("Can't set instance_count when resources is provided", &["`resources` exclude each other"]),
    ("due to syntax errors in scoring script", &["is not valid Python"]),
    ("Unknown compute type", &["`type` has no value", "expected one of `amlcompute`"]),
    ("Error with path", &["is a file, but"]),
    ("Subnet is required", &["needs a `subnet`"]),
    ("trying to specify a conda file", &["this is a conda file"]),
];
/// The SDK reads the `MLTable` of a table that lies on Azure, and the stand-in has none.
const READS_THE_STAND_IN: &str = "Validation for MLTableMetadataSchema failed";
/// What the comparison of one spec came to.
pub(super) enum Verdict {
    Same,
    SetAside,
    Different(String),
}

pub(super) fn verdict(case: &Case, theirs: &Sent, ours: &Sent) -> Verdict {
    // What goes wrong after the main request is about the stand-in's reply.
    let refused = theirs.refusal.as_ref().filter(|_| !sent_main(case, theirs));
    let sent_nothing = ours.puts == json!([]) && ours.uploads == json!([]);
    let why = match (refused, &ours.refusal) {
        (None, Some(_)) if is_stricter(ours) => match sent_nothing {
            true => return Verdict::SetAside,
            false => Some("is refused on purpose, but too late".to_owned()),
        },
        (None, Some(refusal)) => Some(format!("is refused, the SDK takes it:\n{}", refusal.message)),
        (None, None) => differing("requests", Some(&comparable(case, theirs)), Some(&comparable(case, ours)))
            .or_else(|| differing("blobs", Some(&theirs.uploads), Some(&ours.uploads))),
        // The SDK fell over before it sent anything: there is nothing to hold what azml sends to.
        (Some(refused), None) if refused.crash && theirs.puts == json!([]) => return Verdict::SetAside,
        (Some(refused), None) if refused.message.contains(READS_THE_STAND_IN) => return Verdict::SetAside,
        (Some(refused), None) => Some(format!("is taken, the SDK refuses it:\n{}", refused.message)),
        (Some(refused), Some(_)) if !sent_nothing && (refused.on_load || theirs.puts == json!([])) => {
            Some(format!("is refused too late, the SDK sends nothing:\n{}", refused.message))
        }
        (Some(refused), Some(refusal)) => {
            (!refused.crash && !names_the_same(refused, refusal, ours)).then(|| {
                format!(
                    "is refused for another reason than {:?}:\n{}\n{}",
                    refused.fields, refused.message, refusal.message
                )
            })
        }
    };
    why.map_or(Verdict::Same, Verdict::Different)
}

/// The requests of a case. Microsoft's client works on the steps of a pipeline in parallel, so their order, and with it
/// the numbers of the assets without a name, is another one each time.
fn comparable(case: &Case, sent: &Sent) -> Value {
    if !case.text.contains("type: pipeline") {
        return sent.puts.clone();
    }
    let mut puts: Vec<String> = sent.puts.as_array().unwrap().iter().map(Value::to_string).collect();
    // Every asset is called by its content, as soon as all it refers to is.
    while let Some((number, content)) = puts.iter().find_map(|put| {
        let (path, body) = put.split_once(',')?;
        let number = &path[path.find("<guid ")?..=path.find('>')?];
        (!body.contains("<guid "))
            .then(|| (number.to_owned(), body.len().to_string() + &body.replace(['"', '/'], "")))
    }) {
        puts = puts.iter().map(|put| put.replace(&number, &content)).collect();
    }
    puts.sort();
    puts.dedup();
    puts.iter().map(|put| serde_json::from_str::<Value>(put).unwrap()).collect()
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
    let errors = ours.refusal.iter().flat_map(|refusal| errors(&refusal.message));
    errors.into_iter().any(|error| STRICTER.iter().any(|words| words.iter().all(|word| error.contains(word))))
}

/// The errors of a message with all that belongs to each; warnings are left out.
fn errors(message: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    for line in message.lines() {
        if parts.is_empty() || ["error: ", "warning: ", "ERROR: "].iter().any(|word| line.starts_with(word)) {
            parts.push(String::new());
        }
        let part = parts.last_mut().unwrap();
        part.push_str(line);
        part.push('\n');
    }
    parts.retain(|part| !part.starts_with("warning: "));
    parts
}

/// Whether azml's refusal is about what the SDK's is about.
fn names_the_same(theirs: &Refusal, refusal: &Refusal, ours: &Sent) -> bool {
    let message = errors(&refusal.message).concat();
    let named = match theirs.fields.as_slice() {
        [] if theirs.message.contains("Error while parsing yaml file") => {
            lines_named(&theirs.message).any(|line| message.contains(&line))
        }
        [] => {
            let known = SAME_WORDS.iter().filter(|(words, _)| theirs.message.contains(words));
            known.flat_map(|(_, words)| *words).any(|word| message.contains(word))
        }
        fields => fields.iter().any(|field| names_field(&message, field)) || is_missing_file(theirs, refusal),
    };
    // A value refused on purpose may hide the one the SDK means.
    named || is_stricter(ours)
}

/// Whether a message has the name of a field as a word of its own: in its text, or in the line of the spec it shows.
fn names_field(message: &str, field: &str) -> bool {
    message.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == field)
}

/// The lines a YAML reader complains of (`line 7, column 30`), as azml writes them.
fn lines_named(message: &str) -> impl Iterator<Item = String> {
    let lines = message.split("line ").skip(1).filter_map(|rest| Some(rest.split_once(", column ")?.0));
    lines.map(|line| format!("spec.yml:{line}:"))
}

/// Whether both miss a file, of which the SDK says only which part of the spec is in vain.
fn is_missing_file(theirs: &Refusal, ours: &Refusal) -> bool {
    let missing = |message: &str| {
        ["No such file", "does not exist", "cannot read"].iter().any(|words| message.contains(words))
    };
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
