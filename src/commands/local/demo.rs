//! `azml local demo`: the main job from beginning to end, with the commands a user would type.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context as _, bail, ensure};
use clap::{Args, Parser};
use comfy_table::presets::ASCII_MARKDOWN;
use include_dir::{Dir, include_dir};

use crate::commands::batch_endpoint::{BatchEndpointCommand, invoke};
use crate::commands::{self, Cli, Command};
use crate::context::Context;

/// The sample, carried inside the program.
static SAMPLE: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/specs/digits");

/// Names in the sample's specs.
const ENDPOINT: &str = "digits-demo";
/// Predictions shown at the end.
const SHOWN_ROWS: usize = 5;

/// Arguments of `local demo`.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Folder the sample is unpacked into
    #[arg(long, default_value = "azml-demo", value_name = "PATH")]
    dir: PathBuf,
}

/// Runs the tour. Only the demo's own endpoint, compute and folder are touched, so it can be run again and again.
pub(super) async fn run(cx: &Context, args: DemoArgs) -> anyhow::Result<()> {
    require_python(cx).await?;
    let tour = Tour { cx, dir: args.dir };
    tour.unpack()?;
    tour.say(&format!(
        "The sample is in {}: 360 images of handwritten digits, and a model that reads them.",
        tour.shown()
    ))?;
    tour.step(
        "A compute cluster. In the local workspace it is this machine.",
        &["compute", "create", "-f", &tour.file("compute.yml")],
    )
    .await?;
    tour.step(
        "A batch endpoint: the lasting name that jobs are started through.",
        &["batch-endpoint", "create", "-f", &tour.file("endpoint.yml")],
    )
    .await?;
    tour.step(
        "A deployment: model, scoring script, environment and mini-batch settings.",
        &["batch-deployment", "create", "-f", &tour.file("deployment.yml"), "--set-default"],
    )
    .await?;
    let job = tour.invoke().await?;
    tour.step(
        "Follow the job. The first time, its Python environment is built.",
        &["job", "stream", "-n", &job],
    )
    .await?;
    let results = tour.file("results");
    tour.step(
        "Fetch what it wrote.",
        &["job", "download", "-n", &job, "--output-name", "score", "-p", &results],
    )
    .await?;
    tour.show_results(&job)
}

/// The one thing azml needs beside itself, checked before anything is made.
async fn require_python(cx: &Context) -> anyhow::Result<()> {
    let python = cx.settings().python().unwrap_or_else(|| "python3".into());
    let mut command = tokio::process::Command::new(&python);
    command
        .args(["-c", "import sys; sys.exit(sys.version_info < (3, 8))"])
        .stdin(Stdio::null())
        .stderr(Stdio::null());
    match command.status().await {
        Ok(status) if status.success() => Ok(()),
        _ => bail!(
            "scoring scripts are Python, and there is no Python 3.8 or later as `{}`; install Python 3, or set \
             AZML_PYTHON to one",
            python.display()
        ),
    }
}

/// The demo under way.
struct Tour<'a> {
    cx: &'a Context,
    dir: PathBuf,
}

impl Tour<'_> {
    fn unpack(&self) -> anyhow::Result<()> {
        let target = self.cx.current_dir().join(&self.dir);
        if target.exists()
            && !target.join("deployment.yml").exists()
            && fs::read_dir(&target).is_ok_and(|mut entries| entries.next().is_some())
        {
            bail!(
                "`{}` is there already and is not the sample; choose another folder with --dir",
                self.shown()
            );
        }
        let failed = || format!("cannot unpack the sample into `{}`", self.shown());
        fs::create_dir_all(&target).with_context(failed)?;
        SAMPLE.extract(&target).with_context(failed)
    }

    fn shown(&self) -> String {
        self.dir.display().to_string()
    }

    /// A file of the sample as the user would type it.
    fn file(&self, name: &str) -> String {
        self.dir.join(name).display().to_string()
    }

    fn say(&self, text: &str) -> anyhow::Result<()> {
        Ok(self.cx.ui().text(&format!("{text}\n"))?)
    }

    fn announce(&self, why: &str, typed: &str) -> anyhow::Result<()> {
        self.say(&format!("\n# {why}\n$ {typed}"))
    }

    /// Shows a command, then runs it through the same code as the command line.
    async fn step(&self, why: &str, words: &[&str]) -> anyhow::Result<()> {
        let typed = [&["azml"], words, &["-w", "local"]].concat();
        self.announce(why, &typed.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" "))?;
        let cli = parse(&typed)?;
        // What a command prints as its result would drown the tour; logs and progress are shown.
        let context = self.cx.without_results();
        Box::pin(commands::run(&context, cli.command)).await
    }

    async fn invoke(&self) -> anyhow::Result<String> {
        let data = self.file("data");
        let typed = ["azml", "batch-endpoint", "invoke", "-n", ENDPOINT, "--input", &data, "-w", "local"];
        let shown = typed.map(quoted).join(" ");
        self.announce("Score the folder of images.", &format!("JOB=$({shown} --query name -o tsv)"))?;
        let Command::BatchEndpoint(BatchEndpointCommand::Invoke(args)) = parse(&typed)?.command else {
            bail!("the demo's own command is not what it should be");
        };
        let started = invoke::start(self.cx, &self.cx.arm(&args.workspace)?, *args).await?;
        let job = started["name"].as_str().context("the started job has no name")?.to_owned();
        self.say(&job)?;
        Ok(job)
    }

    fn show_results(&self, job: &str) -> anyhow::Result<()> {
        let folder = self.cx.current_dir().join(&self.dir);
        let labels = read_labels(&folder.join("labels.csv"))?;
        let predictions = read_predictions(&folder.join("results/predictions.csv"))?;
        let right = predictions.iter().filter(|row| labels.get(&row.file) == Some(&row.digit)).count();
        ensure!(
            predictions.len() == labels.len(),
            "{} of {} images were scored",
            predictions.len(),
            labels.len()
        );
        self.say(&format!(
            "\n# The first rows of {}\n{}",
            self.file("results/predictions.csv"),
            table(&predictions, &labels)
        ))?;
        let accuracy = right as f64 / labels.len() as f64;
        self.say(&format!("{right} of {} digits read correctly: accuracy {accuracy:.4}.", labels.len()))?;
        self.say(&format!(
            "\n# What next\n\
             azml job show -n {job} -w local\n\
             azml batch-deployment update -e {ENDPOINT} -n mlp --set mini_batch_size=5 -w local\n\
             azml batch-endpoint delete -n {ENDPOINT} --yes -w local\n\
             Edit {score} or the YAML beside it, then create the deployment again.",
            score = self.file("code/score.py"),
        ))
    }
}

fn parse(words: &[&str]) -> anyhow::Result<Cli> {
    Cli::try_parse_from(words).context("the demo's own command cannot be parsed")
}

/// A word as a shell would need it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:@%+,".contains(c);
    match !word.is_empty() && word.chars().all(plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

/// One line of the output.
struct Prediction {
    file: String,
    digit: String,
    probability: String,
}

fn read_labels(path: &Path) -> anyhow::Result<HashMap<String, String>> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let rows = text.lines().skip(1).filter_map(|line| line.split_once(','));
    Ok(rows.map(|(file, label)| (file.to_owned(), label.trim().to_owned())).collect())
}

fn read_predictions(path: &Path) -> anyhow::Result<Vec<Prediction>> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let row = |line: &str| {
        let mut words = line.split_whitespace().map(str::to_owned);
        Some(Prediction { file: words.next()?, digit: words.next()?, probability: words.next()? })
    };
    text.lines().map(|line| row(line).with_context(|| format!("`{line}` is no prediction"))).collect()
}

fn table(predictions: &[Prediction], labels: &HashMap<String, String>) -> String {
    let mut table = comfy_table::Table::new();
    table.load_style(ASCII_MARKDOWN).set_header(["image", "digit", "probability", "label"]);
    for row in predictions.iter().take(SHOWN_ROWS) {
        let label = labels.get(&row.file).map_or("", String::as_str);
        table.add_row([row.file.as_str(), &row.digit, &row.probability, label]);
    }
    table.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_shown_as_a_shell_takes_them() {
        assert_eq!(quoted("azml-demo/data"), "azml-demo/data");
        assert_eq!(quoted("my dir/it's"), r"'my dir/it'\''s'");
        assert_eq!(quoted(""), "''");
    }

    #[test]
    fn the_sample_inside_the_program_is_complete() {
        for name in [
            "endpoint.yml",
            "compute.yml",
            "deployment.yml",
            "code/score.py",
            "environment/conda.yml",
            "labels.csv",
        ] {
            assert!(SAMPLE.get_file(name).is_some(), "{name}");
        }
        assert!(SAMPLE.get_dir("data").is_some_and(|data| data.files().count() >= 300));
    }
}
