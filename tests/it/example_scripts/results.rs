//! What scripts find, return and write.

use std::fs;

use super::*;

/// A pickled model, found by its extension; a file of its own for every input; the mini-batch itself as result.
const ONE_FILE_EACH: &str = "
import csv, glob, os, pickle
def init():
    global model, output
    with open(glob.glob(os.environ['AZUREML_MODEL_DIR'] + '/*/*.pkl')[0], 'rb') as file: model = pickle.load(file)
    output = os.environ['AZUREML_BI_OUTPUT_PATH']
def run(mini_batch):
    for path in mini_batch:
        with open(path) as table, open(os.path.join(output, os.path.basename(path) + '.scored'), 'w') as scored:
            for row in csv.reader(table): scored.write('%d\\n' % (int(row[0]) * model))
    return mini_batch
";

#[test]
fn a_script_that_writes_a_file_for_each_input_needs_no_file_of_rows() {
    let env = workspace(ONE_FILE_EACH);
    tables(&env, &[100, 100, 100, 3]);
    deploy(&env, &format!("{TWO_BY_TWO}  output_action: summary_only"), &[]);
    score(&env, &[]);
    let mut written: Vec<(String, usize)> = fs::read_dir(env.work().join("out"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .map(|name| (name.clone(), env.read(&format!("out/{name}")).lines().count()))
        .collect();
    written.sort();
    let expected = [("0", 100), ("1", 100), ("2", 100), ("3", 3)];
    assert_eq!(written, expected.map(|(name, rows)| (format!("{name}.csv.scored"), rows)));
    assert_eq!(env.read("out/3.csv.scored"), "0\n2\n4\n");
}

#[test]
fn the_same_script_may_have_its_mini_batches_as_rows_too() {
    let env = workspace(ONE_FILE_EACH);
    tables(&env, &[1, 1, 1, 1]);
    deploy(&env, &format!("{TWO_BY_TWO}  output_action: append_row"), &[]);
    score(&env, &[]);
    let rows = env.read("out/predictions.csv");
    assert_eq!(rows.lines().count(), 4);
    for (number, row) in rows.lines().enumerate() {
        assert!(row.starts_with('/') && row.ends_with(&format!("/{number}.csv")), "{row}");
    }
    assert_eq!(env.read("out/2.csv.scored"), "0\n");
}

/// A model of the deployment's own, found by its folder and by its extension; a module beside the script; a table of
/// named columns. `torch` is a stand-in whose models are called like functions.
const IMAGES: &str = "
import glob, os
import pandas, torch
from image_classifier import Classifier
def init():
    global model
    folder = os.environ['AZUREML_MODEL_DIR']
    found = glob.glob(folder + '/*/*.pt')
    assert found == [os.path.join(folder, 'model', 'net.pt')], found
    model = Classifier(torch.load(found[0]))
    print('ready')
def run(mini_batch):
    rows = []
    with torch.no_grad():
        for path in mini_batch:
            kind, probability = model.classify(open(path, 'rb').read())
            rows.append({'file': os.path.basename(path), 'class': kind, 'probability': probability})
    return pandas.DataFrame(rows)
";

fn images(env: &TestEnv) {
    let torch = "
import contextlib
def load(path): return lambda pixels: sum(pixels) % 10
no_grad = contextlib.nullcontext
";
    let classifier = "
class Classifier:
    def __init__(self, net): self.net = net
    def classify(self, image):
        assert image.startswith(b'\\x89PNG'), 'not an image'
        return self.net(image), 1.0
";
    env.write("code/torch.py", torch);
    env.write("code/image_classifier.py", classifier);
    env.write("model/net.pt", "");
}

/// The row of an image by the stand-in's rule.
fn classified(name: &str, image: &[u8]) -> String {
    format!("{name} {} 1.0\n", image.iter().map(|byte| u64::from(*byte)).sum::<u64>() % 10)
}

#[test]
fn images_scored_by_a_model_of_the_deployment_are_rows_of_words_apart_by_spaces() {
    let env = workspace(IMAGES);
    images(&env);
    let digits = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("specs/digits/data");
    let mut expected = String::new();
    for number in 1..=10 {
        let name = format!("digit-{number:04}.png");
        let image = fs::read(digits.join(&name)).unwrap();
        expected += &classified(&name, &image);
        env.write(&format!("data/{name}"), image);
    }
    // Neither tries nor a threshold nor a level of logging: the defaults do.
    deploy_with("{name: own, path: model}", &env, "  mini_batch_size: 3", &[]);
    score(&env, &[]);
    assert_eq!(env.read("out/predictions.csv"), expected);
}

#[test]
fn an_invocation_overrides_all_it_may_by_options_as_by_words() {
    let env = workspace(IMAGES);
    images(&env);
    let script = IMAGES.replace(
        "rows.append({'file'",
        "rows.append({'size': len(mini_batch), 'nodes': os.environ['AZUREML_NODE_COUNT'], 'file'",
    );
    env.write("code/score.py", script);
    let image = b"\x89PNG and more";
    let mut expected = String::new();
    for number in 0..45 {
        let name = format!("{number:02}.png");
        let size = if number < 40 { 20 } else { 5 };
        expected += &format!("{size} 5 {}", classified(&name, image));
        env.write(&format!("data/{name}"), image);
    }
    let settings = "  mini_batch_size: '10'\n  output_file_name: predictions.csv";
    deploy_with("{name: own, path: model}", &env, settings, &[]);
    let path = "azureml://datastores/workspaceblobstore/paths/ep1";
    let options = ["--mini-batch-size", "20", "--instance-count", "5", "--output-path", path];
    let store = env.json(&["datastore", "show", "-n", "workspaceblobstore"])["id"].clone();
    let store = format!("output_dataset.datastore_id={}", store.as_str().unwrap());
    let words = ["mini_batch_size=20", "compute.instance_count=5", &store, "output_dataset.path=ep2"];
    for (file, overrides) in [
        ("options.csv", [&options[..], &["--set", "output_file_name=options.csv"]].concat()),
        ("words.csv", [&["--params-override", "output_file_name=words.csv"], &words[..]].concat()),
    ] {
        score(&env, &overrides);
        assert_eq!(env.read(&format!("out/{file}")), expected, "{overrides:?}");
    }
}

#[test]
fn a_model_is_found_whichever_way_a_script_looks_for_it() {
    let script = "
import glob, os, pickle
def run(mini_batch):
    folder = os.environ['AZUREML_MODEL_DIR']
    ways = [os.path.join(folder, 'model'), glob.glob(folder + '/*/')[0], os.path.join(folder, os.listdir(folder)[0])]
    return [pickle.load(open(os.path.join(way, 'weights.pkl'), 'rb')) for way in ways]
";
    let env = workspace(script);
    env.inputs(1);
    deploy(&env, TWO_BY_TWO, &[]);
    score(&env, &[]);
    assert_eq!(env.read("out/predictions.csv"), "2\n2\n2\n");
    // A model that is one file lies directly in the folder.
    let file = script.replace("'model')", "'')").replace("folder + '/*/'", "folder").replace(
        "os.path.join(folder, os.listdir(folder)[0])",
        "os.path.dirname(os.path.join(folder, os.listdir(folder)[0]))",
    );
    env.write("code/score.py", file);
    deploy_with("{name: file, path: model/weights.pkl}", &env, TWO_BY_TWO, &[]);
    score(&env, &["--set", "output_file_name=file.csv"]);
    assert_eq!(env.read("out/file.csv"), "2\n2\n2\n");
}

#[test]
fn many_texts_for_each_file_are_fine_below_the_strictest_threshold() {
    let script = "
import csv, os
import mlflow
def init(): mlflow.log_param('device', 'cpu')
def run(mini_batch):
    summaries = []
    for path in mini_batch:
        with open(path) as table:
            for row in csv.reader(table): summaries.append('Row %s, in short: \"%s\"' % tuple(row)); rate = 1
    mlflow.log_metric('rate', rate)
    return summaries
";
    let env = workspace(script);
    tables(&env, &[2, 1, 3]);
    let settings = "  mini_batch_size: 1\n  error_threshold: 0\n  retry_settings:\n    max_retries: 0";
    deploy(&env, settings, &[]);
    let job = score(&env, &[]);
    // As they are: no quotes around what has spaces, commas or quotes.
    let expected = "Row 0, in short: \"0\"\nRow 1, in short: \"0\"\nRow 0, in short: \"1\"\nRow 0, in short: \"2\"\n\
                    Row 1, in short: \"2\"\nRow 2, in short: \"2\"\n";
    assert_eq!(env.read("out/predictions.csv"), expected);
    assert_eq!(env.read("out/tracked").matches("rate=1\n").count(), 3);
    assert_eq!(env.status(&job), "Completed");
    // An empty file is one the script has not thought of.
    env.write("data/9.csv", "");
    assert!(fail(&env).contains("UnboundLocalError"));
}

#[test]
fn files_that_a_script_passes_over_count_and_one_worker_may_add_to_one_file() {
    let script = "
import json, os
def init():
    global column
    column = os.environ.get('AZUREML_BI_TEXT_COLUMN', 'text')
def run(mini_batch):
    wanted = [path for path in mini_batch if path.endswith('.csv')]
    with open(os.path.join(os.environ['AZUREML_BI_OUTPUT_PATH'], 'embeddings.jsonl'), 'a') as output:
        for path in wanted:
            print(json.dumps([os.path.basename(path), os.environ['API_TYPE'], column]), file=output)
    return mini_batch
";
    let env = workspace(script);
    tables(&env, &[1, 1]);
    env.write("data/notes.md", "not a table");
    let settings = "  mini_batch_size: 1\n  output_action: summary_only\n  error_threshold: 0\n  environment_variables:\n    \
                    API_TYPE: mine";
    let one_node = ["--set", "resources.instance_count=1"];
    deploy(&env, settings, &one_node);
    let job = score(&env, &[]);
    assert_eq!(
        env.read("out/embeddings.jsonl"),
        "[\"0.csv\", \"mine\", \"text\"]\n[\"1.csv\", \"mine\", \"text\"]\n"
    );
    assert_eq!(env.status(&job), "Completed");
    fs::remove_file(env.work().join("out/embeddings.jsonl")).unwrap();
    deploy(&env, settings, &[&one_node[..], &["settings.environment_variables.API_TYPE=azure"]].concat());
    score(&env, &[]);
    assert!(env.read("out/embeddings.jsonl").starts_with("[\"0.csv\", \"azure\", \"text\"]\n"));
}

#[test]
fn tuples_and_wide_tables_are_written_as_python_and_the_table_write_them() {
    let script = "
import csv, os
import pandas
def run(mini_batch):
    if mini_batch.task_id == 0: return [(['gold fish', 'shark'], [1, 4], 0.99)] * len(mini_batch)
    rows = []
    for path in mini_batch:
        for row in csv.reader(open(path)): rows.append(row + ['heart disease', os.path.basename(path)])
    return pandas.DataFrame(rows)
";
    let env = workspace(script);
    tables(&env, &[1, 1, 2]);
    deploy(&env, TWO_BY_TWO, &[]);
    score(&env, &[]);
    let tuple = "(['gold fish', 'shark'], [1, 4], 0.99)\n";
    let table = "0 2 \"heart disease\" 2.csv\n1 2 \"heart disease\" 2.csv\n";
    assert_eq!(env.read("out/predictions.csv"), format!("{tuple}{tuple}{table}"));
}
