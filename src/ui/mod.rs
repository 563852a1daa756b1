//! The only writer to the terminal: results on standard output, everything else on standard error.
//!
//! What is printed and how follows `az`; see the submodules. Nothing here knows commands, services or files.

pub mod colour;
pub mod diagnostics;
pub mod json;
pub mod output;
pub mod progress;
pub mod table;
pub mod tsv;

use std::borrow::Cow;
use std::io::{self, BufRead, IsTerminal, Write};

use serde_json::Value;

use colour::Level;
pub use diagnostics::{Diagnostic, Place, Severity};
pub use output::OutputFormat;
use output::Presentation;
use progress::Bars;
pub use progress::{JobProgress, Progress, human_bytes};
pub use table::TableLayout;

use crate::jmespath::{Expression, SearchError};

/// The logger `--debug` names on lines that say no other.
const DEFAULT_LOGGER: &str = "cli.azml";

/// How the user wants to be talked to.
#[derive(Debug, Clone, Default)]
pub struct UiOptions {
    /// The format of results.
    pub format: OutputFormat,
    /// What to select from results.
    pub query: Option<Expression>,
    /// Whether to keep everything but errors to ourselves.
    pub only_show_errors: bool,
    /// Whether to say more.
    pub verbose: bool,
    /// Whether to say everything.
    pub debug: bool,
    /// Whether to use no colours even on a terminal.
    pub no_color: bool,
    /// Whether to show progress on a terminal.
    pub progress: bool,
}

/// Why something could not be shown or asked.
#[derive(Debug, thiserror::Error)]
pub enum UiError {
    /// Standard output cannot be written.
    #[error("cannot write to standard output")]
    Stdout(#[source] io::Error),
    /// Standard input cannot be read.
    #[error("cannot read the answer from standard input")]
    Stdin(#[source] io::Error),
    /// Standard input ended at a question.
    #[error("standard input ended before the question was answered")]
    EndOfInput,
    /// The query does not fit the result.
    #[error(
        "Invalid jmespath query supplied for `--query`: {0}\nTo learn more about --query, please visit: \
         'https://learn.microsoft.com/cli/azure/query-azure-cli'"
    )]
    Query(SearchError),
    /// The result does not fit the table of its command.
    #[error(
        "Table output unavailable. Use the --query option to specify an appropriate query. Use --debug for more info."
    )]
    Table,
}

impl UiError {
    /// Whether the reader of standard output has gone, which is no fault of ours.
    pub fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::Stdout(cause) if cause.kind() == io::ErrorKind::BrokenPipe)
    }
}

/// The answer to a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirmation {
    /// Go on.
    Yes,
    /// Do not.
    No,
    /// There is nobody to ask; a warning has said so.
    NoTerminal,
}

/// The terminal, as far as the rest of the program may know it.
#[derive(Debug, Clone)]
pub struct Ui {
    options: UiOptions,
    colour: bool,
    /// Whether a person reads standard output.
    stdout_is_terminal: bool,
    bars: Bars,
}

/// Text without characters that steer a terminal (colours, titles, the cursor, the direction of writing): whoever wrote
/// it, it shall be seen and do nothing. Each becomes the replacement character; line ends and tabs stay.
pub fn inert(text: &str) -> Cow<'_, str> {
    let steers = |c: char| {
        (c.is_control() && !matches!(c, '\n' | '\t'))
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
    };
    if !text.contains(steers) {
        return Cow::Borrowed(text);
    }
    let shown = |c: char| if steers(c) { char::REPLACEMENT_CHARACTER } else { c };
    Cow::Owned(text.replace("\r\n", "\n").chars().map(shown).collect())
}

impl Ui {
    /// Looks at the standard streams once and settles colours and progress.
    pub fn new(options: UiOptions) -> Self {
        let (stderr_is_terminal, stdout_is_terminal) =
            (io::stderr().is_terminal(), io::stdout().is_terminal());
        let colour = stderr_is_terminal && stdout_is_terminal && !options.no_color;
        let bars = Bars::new(stderr_is_terminal && options.progress && !options.only_show_errors);
        Self { options, colour, stdout_is_terminal, bars }
    }

    /// Whether somebody looks who is shown progress.
    pub fn shows_progress(&self) -> bool {
        self.bars.are_visible()
    }

    /// Prints the result of a command in the chosen format. A null result prints nothing.
    pub fn print(&self, result: &Value, layout: Option<&TableLayout>) -> Result<(), UiError> {
        let mut result = result.clone();
        output::add_resource_groups(&mut result);
        self.print_as_is(&result, layout)
    }

    /// Prints data that is no object of the service, and so gets no `resourceGroup` members.
    pub fn print_exact(&self, result: &Value) -> Result<(), UiError> {
        self.print_as_is(result, None)
    }

    fn print_as_is(&self, result: &Value, layout: Option<&TableLayout>) -> Result<(), UiError> {
        let presentation = Presentation {
            format: self.options.format,
            query: self.options.query.as_ref(),
            layout,
            colour: self.colour,
        };
        let mut text = presentation.render(result)?;
        // What is coloured is escaped already, and the colours are ours.
        let is_coloured = matches!(self.options.format, OutputFormat::Jsonc | OutputFormat::Yamlc);
        if self.stdout_is_terminal && !is_coloured {
            text = inert(&text).into_owned();
        }
        if text.is_empty() { Ok(()) } else { self.text(&text) }
    }

    /// Writes text to standard output as it is.
    pub fn text(&self, text: &str) -> Result<(), UiError> {
        self.bars.aside(|| {
            let mut stdout = io::stdout().lock();
            stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).map_err(UiError::Stdout)
        })
    }

    /// Says what failed.
    pub fn error(&self, text: &str) {
        self.log(Level::Error, DEFAULT_LOGGER, text);
    }

    /// Says what the user should know.
    pub fn warn(&self, text: &str) {
        self.log(Level::Warning, DEFAULT_LOGGER, text);
    }

    /// Says what `--verbose` asks for.
    pub fn info(&self, text: &str) {
        self.log(Level::Info, DEFAULT_LOGGER, text);
    }

    /// Says what `--debug` asks for.
    pub fn debug(&self, logger: &str, text: &str) {
        self.log(Level::Debug, logger, text);
    }

    /// Says something in passing, without a level word.
    pub fn notice(&self, text: &str) {
        if !self.options.only_show_errors {
            self.write_error_line(&inert(text));
        }
    }

    /// Says something without a level word that is wanted even where only errors are.
    pub fn status(&self, text: &str) {
        self.write_error_line(&inert(text));
    }

    /// The same terminal, on which results of commands are not printed.
    pub fn without_results(&self) -> Self {
        let options = UiOptions { format: OutputFormat::None, query: None, ..self.options.clone() };
        Self {
            options,
            bars: self.bars.clone(),
            colour: self.colour,
            stdout_is_terminal: self.stdout_is_terminal,
        }
    }

    /// Sets what comes next on standard error apart from what was there.
    pub fn gap(&self) {
        self.write_error_line("");
    }

    /// Shows problems of a file, set apart from each other; whether any was shown.
    pub fn diagnostics<'d>(&self, found: impl Iterator<Item = Diagnostic<'d>>) -> bool {
        let is_wanted =
            |found: &Diagnostic| found.severity == Severity::Error || !self.options.only_show_errors;
        let mut count = 0;
        for diagnostic in found.filter(is_wanted) {
            if count > 0 {
                self.gap();
            }
            self.write_error_line(&diagnostics::render(&diagnostic, self.colour));
            count += 1;
        }
        count > 0
    }

    /// Asks a question until it is answered with `y` or `n`.
    pub fn confirm(&self, prompt: &str) -> Result<Confirmation, UiError> {
        if !io::stdin().is_terminal() {
            self.warn("Unable to prompt for confirmation as no tty available. Use --yes.");
            return Ok(Confirmation::NoTerminal);
        }
        self.bars.aside(|| ask(prompt, &mut io::stdin().lock(), &mut io::stdout().lock()))
    }

    /// Shows that something is going on.
    pub fn spinner(&self, message: &str) -> Progress {
        self.bars.spinner(message)
    }

    /// Shows how many of `total_bytes` have been moved.
    pub fn bar(&self, message: &str, total_bytes: u64) -> Progress {
        self.bars.transfer(message, total_bytes)
    }

    /// Shows how far a job has come.
    pub fn job_bar(&self) -> Progress {
        self.bars.job()
    }

    fn log(&self, level: Level, logger: &str, text: &str) {
        if self.shows(level) {
            self.write_error_line(&self.log_line(level, logger, text));
        }
    }

    fn shows(&self, level: Level) -> bool {
        match level {
            Level::Error => true,
            Level::Warning => !self.options.only_show_errors,
            Level::Info => self.options.verbose || self.options.debug,
            Level::Debug => self.options.debug,
        }
    }

    fn log_line(&self, level: Level, logger: &str, text: &str) -> String {
        let text = inert(text);
        let text = if self.options.debug { format!("{logger}: {text}") } else { text.into_owned() };
        if self.colour { level.paint(&text) } else { format!("{}: {text}", level.word()) }
    }

    /// Writes to standard error; if nobody can hear us, nobody can be told either.
    fn write_error_line(&self, line: &str) {
        let _ = self.bars.aside(|| io::stderr().lock().write_all(format!("{line}\n").as_bytes()));
    }
}

fn ask(prompt: &str, input: &mut impl BufRead, output: &mut impl Write) -> Result<Confirmation, UiError> {
    loop {
        write!(output, "{prompt} (y/n): ").and_then(|()| output.flush()).map_err(UiError::Stdout)?;
        let mut answer = Vec::new();
        if input.read_until(b'\n', &mut answer).map_err(UiError::Stdin)? == 0 {
            return Err(UiError::EndOfInput);
        }
        match answer.trim_ascii_end() {
            b"y" | b"Y" => return Ok(Confirmation::Yes),
            b"n" | b"N" => return Ok(Confirmation::No),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    fn ui(colour: bool, options: UiOptions) -> Ui {
        Ui { options, colour, stdout_is_terminal: false, bars: Bars::new(false) }
    }

    #[test]
    fn a_question_is_asked_until_it_is_answered() {
        let mut output = Vec::new();
        let answer = ask("Sure?", &mut "yes\n\n?\nY\nn\n".as_bytes(), &mut output).unwrap();
        assert_eq!(answer, Confirmation::Yes);
        assert_eq!(String::from_utf8(output).unwrap(), "Sure? (y/n): ".repeat(4));
        assert_eq!(ask("Sure?", &mut "n".as_bytes(), &mut Vec::new()).unwrap(), Confirmation::No);
        assert!(matches!(ask("Sure?", &mut "yes\n".as_bytes(), &mut Vec::new()), Err(UiError::EndOfInput)));
    }

    #[test]
    fn lines_have_a_level_word_or_a_colour() {
        let plain = ui(false, UiOptions::default());
        assert_eq!(plain.log_line(Level::Error, "l", "text"), "ERROR: text");
        let coloured = ui(true, UiOptions::default());
        assert_eq!(coloured.log_line(Level::Warning, "l", "text"), "\x1b[93mtext\x1b[0m");
        let debugging = ui(false, UiOptions { debug: true, ..UiOptions::default() });
        assert_eq!(debugging.log_line(Level::Debug, "cli.core", "text"), "DEBUG: cli.core: text");
    }

    #[test]
    fn nothing_that_is_said_steers_the_terminal() {
        let hostile = "a\x1b]0;title\x07b\r\nc\td\u{9b}31m\u{202e}e\rf";
        let shown = "a\u{fffd}]0;title\u{fffd}b\nc\td\u{fffd}31m\u{fffd}e\u{fffd}f";
        assert_eq!(inert(hostile), shown);
        let plain = ui(false, UiOptions::default());
        assert_eq!(plain.log_line(Level::Error, "l", hostile), format!("ERROR: {shown}"));
        assert!(matches!(inert("plain \u{fc}\n"), Cow::Borrowed(_)));
    }

    #[test]
    fn options_decide_which_levels_show() {
        let shown = |options: UiOptions| {
            let ui = ui(false, options);
            [Level::Error, Level::Warning, Level::Info, Level::Debug].map(|level| ui.shows(level))
        };
        let options = UiOptions::default;
        assert_eq!(shown(options()), [true, true, false, false]);
        assert_eq!(shown(UiOptions { only_show_errors: true, ..options() }), [true, false, false, false]);
        assert_eq!(shown(UiOptions { verbose: true, ..options() }), [true, true, true, false]);
        assert_eq!(shown(UiOptions { debug: true, ..options() }), [true, true, true, true]);
    }

    #[test]
    fn a_broken_pipe_is_told_apart() {
        assert!(UiError::Stdout(io::ErrorKind::BrokenPipe.into()).is_broken_pipe());
        assert!(!UiError::Stdout(io::ErrorKind::StorageFull.into()).is_broken_pipe());
        assert!(!UiError::Table.is_broken_pipe());
    }
}
