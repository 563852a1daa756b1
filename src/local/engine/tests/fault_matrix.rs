//! What goes wrong in a job, and what becomes of it: a test for every row of the rules, named after it.
//!
//! | rules about | in |
//! | --- | --- |
//! | mini-batches that raise, take too long, crash; their tries | `mini_batches` |
//! | `init()` and import, replaced workers, clocks | `workers` |
//! | `error_threshold` | `thresholds` |
//! | outcomes, messages, exit code | `endings` |
//! | what a script does to its own process | `hostile` |
//!
//! Where the cloud's rule is known, this is it; where it is not, ARCHITECTURE.md says what is done instead. The loss of a
//! whole machine is in `tests/it/resume.rs`.

mod endings;
mod hostile;
mod mini_batches;
mod thresholds;
mod workers;

use super::*;

/// In front of every script. `first_time` tells whether nobody in the whole job asked with this word before.
const PRELUDE: &str = "
import os, signal, sys, time
HERE = os.path.dirname(os.environ['AZUREML_BI_OUTPUT_PATH'])
NODE = os.environ['AZUREML_CR_NODE_RANK']
def names(mini_batch): return [os.path.basename(path) for path in mini_batch]
def note(name, text):
    with open(os.path.join(HERE, name), 'a') as file: file.write(text + '\\n')
def first_time(word):
    try: open(os.path.join(HERE, 'first-' + str(word)), 'x').close()
    except FileExistsError: return False
    return True
";

/// A job with mini-batches of one file, one worker, three retries and no threshold, unless `deployment` says otherwise.
struct Case<'a> {
    script: &'a str,
    files: usize,
    deployment: &'a dyn Fn(&mut Bench),
    ends: JobStatus,
    /// What is in the output file; none if there is no such file.
    output: Option<&'a str>,
    counts: Counts,
    /// Parts of what the user of a failed job is told.
    told: &'a [&'a str],
    /// Parts of the job's log.
    logged: &'a [&'a str],
}

/// Mini-batches, retries, files.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Counts {
    done: u64,
    given_up: u64,
    retried: u64,
    succeeded: u64,
    failed: u64,
}

impl Default for Case<'_> {
    fn default() -> Self {
        Case {
            script: "def run(mini_batch): return names(mini_batch)",
            files: 1,
            deployment: &|_| {},
            ends: JobStatus::Completed,
            output: None,
            counts: Counts::default(),
            told: &[],
            logged: &[],
        }
    }
}

impl Case<'_> {
    /// Runs the job and holds it against the row; answers its bench for what else there is to see.
    fn holds(&self) -> Bench {
        let mut bench = Bench::with_files(&format!("{PRELUDE}{}", self.script), self.files);
        (self.deployment)(&mut bench);
        let status = bench.run();
        let message = bench.record.error.borrow().clone().map(|error| error.message).unwrap_or_default();
        assert_eq!(status, self.ends, "{message}");
        let output = fs::read_to_string(bench.path("output").join(&bench.plan.output_file_name)).ok();
        assert_eq!(output.as_deref(), self.output, "{message}");
        let progress = bench.record.progress.borrow().clone();
        let counts = Counts {
            done: progress.done,
            given_up: progress.failed,
            retried: progress.retried,
            succeeded: progress.succeeded_items,
            failed: progress.failed_items,
        };
        assert_eq!(counts, self.counts, "{message}");
        for part in self.told {
            assert!(message.contains(part), "the user is not told `{part}` but: {message}");
        }
        let log = bench.log("logs/azureml/executionlogs.txt");
        for part in self.logged {
            assert!(log.contains(part), "`{part}` is not in {log}");
        }
        bench
    }
}

impl Bench {
    /// Lets `init()` and `run()` take this long in all.
    fn limit(&mut self, limit: Duration) {
        self.plan.timeout_seconds = 0;
        self.settings.overhead_allowance = limit;
    }
}
