//! Progress on standard error: a spinner, a bar of bytes, the state of a job. Off a terminal they do not exist and cost
//! nothing.

use std::fmt::Write as _;
use std::time::Duration;

use indicatif::{HumanBytes, MultiProgress, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

const TICK: Duration = Duration::from_millis(120);
const SPINNER_FRAMES: [&str; 5] = ["-", "\\", "|", "/", " "];
const SPINNER: &str = " {spinner} {msg} ..";
// At most 79 columns with numbers of ordinary size: a line that wraps cannot be drawn over.
const TRANSFER: &str = " {spinner} {msg} [{bar:16}] {bytes}/{total_bytes}, {eta} left";
const JOB: &str = " {spinner} [{bar:10}] {pos}/{len} mini-batches, {msg}";

/// How far a job has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct JobProgress {
    /// Mini-batches in all.
    pub total: u64,
    /// Mini-batches that are finished, the failed ones included.
    pub done: u64,
    /// Mini-batches given up.
    pub failed: u64,
    /// Attempts that were repeated.
    pub retried: u64,
    /// Time since the first mini-batch was started.
    pub elapsed: Duration,
}

impl JobProgress {
    /// The numbers behind the bar: failures, retries, rate and time left, each only where there is something to say.
    fn summary(&self) -> String {
        let mut summary = format!("{} failed, {} retried", self.failed, self.retried);
        if let Some(rate) = self.rate() {
            let left = self.total.saturating_sub(self.done) as f64 / rate;
            // Writing to a string cannot fail.
            let _ = write!(summary, ", {rate:.1}/s, {} left", clock(left));
        }
        summary
    }

    /// Mini-batches a second, once there is one to count.
    fn rate(&self) -> Option<f64> {
        let seconds = self.elapsed.as_secs_f64();
        (self.done > 0 && seconds > 0.0).then(|| self.done as f64 / seconds)
    }
}

/// Seconds as `m:ss`, or `h:mm:ss`.
fn clock(seconds: f64) -> String {
    let seconds = seconds.round() as u64;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

/// All bars of the process, so that other output can step around them.
#[derive(Debug, Clone)]
pub(super) struct Bars {
    drawn: Option<MultiProgress>,
}

impl Bars {
    pub(super) fn new(visible: bool) -> Self {
        let drawn = visible.then(|| MultiProgress::with_draw_target(ProgressDrawTarget::stderr()));
        Self { drawn }
    }

    /// Whether anybody sees them.
    pub(super) fn are_visible(&self) -> bool {
        self.drawn.is_some()
    }

    /// Runs something that writes to the terminal while no bar is on it.
    pub(super) fn aside<Outcome>(&self, write: impl FnOnce() -> Outcome) -> Outcome {
        match &self.drawn {
            Some(bars) => bars.suspend(write),
            None => write(),
        }
    }

    pub(super) fn spinner(&self, message: &str) -> Progress {
        self.start(None, SPINNER, message)
    }

    pub(super) fn transfer(&self, message: &str, total_bytes: u64) -> Progress {
        self.start(Some(total_bytes), TRANSFER, message)
    }

    pub(super) fn job(&self) -> Progress {
        self.start(Some(0), JOB, &JobProgress::default().summary())
    }

    fn start(&self, length: Option<u64>, template: &str, message: &str) -> Progress {
        let Some(bars) = &self.drawn else {
            return Progress { bar: None };
        };
        let bar = bars.add(ProgressBar::with_draw_target(length, ProgressDrawTarget::hidden()));
        bar.set_style(style(template));
        bar.set_message(message.to_owned());
        bar.enable_steady_tick(TICK);
        Progress { bar: Some(bar) }
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .with_key("eta", |state: &ProgressState, out: &mut dyn std::fmt::Write| {
            // Writing into the line of a bar cannot fail.
            let _ = out.write_str(&clock(state.eta().as_secs_f64()));
        })
        .progress_chars("=> ")
        .tick_strings(&SPINNER_FRAMES)
}

/// One line of progress; it leaves the terminal when dropped.
#[derive(Debug)]
pub struct Progress {
    bar: Option<ProgressBar>,
}

impl Progress {
    /// Changes the words of a spinner or a bar of bytes.
    pub fn set_message(&self, message: &str) {
        if let Some(bar) = &self.bar {
            bar.set_message(message.to_owned());
        }
    }

    /// Says how many bytes a bar is going to move, once that is known.
    pub fn set_total(&self, bytes: u64) {
        if let Some(bar) = &self.bar {
            bar.set_length(bytes);
        }
    }

    /// Moves a bar of bytes on.
    pub fn advance(&self, bytes: u64) {
        if let Some(bar) = &self.bar {
            bar.inc(bytes);
        }
    }

    /// Shows the state of a job.
    pub fn update(&self, job: &JobProgress) {
        // Until the input is listed there is nothing to measure by.
        if let Some(bar) = self.bar.as_ref().filter(|_| job.total > 0) {
            bar.set_length(job.total);
            bar.set_position(job.done);
            bar.set_message(job.summary());
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// A size as people say it: `1.50 GiB`.
pub fn human_bytes(bytes: u64) -> String {
    HumanBytes(bytes).to_string()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use std::io;
    use std::sync::{Arc, Mutex};

    use indicatif::TermLike;

    use super::*;

    /// What was written since the line was last cleared.
    #[derive(Debug, Clone, Default)]
    struct Line(Arc<Mutex<String>>);

    impl Line {
        fn contents(&self) -> String {
            self.0.lock().unwrap().trim().to_owned()
        }
    }

    impl TermLike for Line {
        fn width(&self) -> u16 {
            120
        }

        fn move_cursor_up(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn move_cursor_down(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn move_cursor_right(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn move_cursor_left(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn write_line(&self, text: &str) -> io::Result<()> {
            self.write_str(text)
        }

        fn write_str(&self, text: &str) -> io::Result<()> {
            self.0.lock().unwrap().push_str(text);
            Ok(())
        }

        fn clear_line(&self) -> io::Result<()> {
            self.0.lock().unwrap().clear();
            Ok(())
        }

        fn flush(&self) -> io::Result<()> {
            Ok(())
        }
    }

    fn bars_on(line: &Line) -> Bars {
        let target = ProgressDrawTarget::term_like(Box::new(line.clone()));
        Bars { drawn: Some(MultiProgress::with_draw_target(target)) }
    }

    #[test]
    fn every_template_is_valid() {
        for template in [SPINNER, TRANSFER, JOB] {
            ProgressStyle::with_template(template).unwrap();
        }
    }

    #[test]
    fn a_job_line_shows_counts_rate_and_time_left() {
        let mut job = JobProgress { total: 100, ..JobProgress::default() };
        assert_eq!(job.summary(), "0 failed, 0 retried");
        job = JobProgress { done: 20, failed: 1, retried: 3, elapsed: Duration::from_secs(10), ..job };
        assert_eq!(job.summary(), "1 failed, 3 retried, 2.0/s, 0:40 left");
        assert_eq!(clock(3725.4), "1:02:05");
    }

    #[test]
    fn a_bar_is_drawn_and_goes_when_dropped() {
        let terminal = Line::default();
        let bars = bars_on(&terminal);
        let progress = bars.job();
        progress.update(&JobProgress { total: 4, done: 2, ..JobProgress::default() });
        bars.aside(|| assert!(!terminal.contents().contains("mini-batches")));
        assert!(terminal.contents().contains("2/4 mini-batches, 0 failed"), "{}", terminal.contents());
        drop(progress);
        assert_eq!(terminal.contents(), "");
    }

    #[test]
    fn without_a_terminal_nothing_is_made() {
        let bars = Bars::new(false);
        let progress = bars.transfer("uploading", 10);
        progress.advance(5);
        progress.set_message("still");
        assert!(progress.bar.is_none());
        assert_eq!(bars.aside(|| 7), 7);
    }
}
