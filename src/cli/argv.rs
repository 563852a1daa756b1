//! The words of the command line before clap sees them.
//!
//! A leading `ml` is dropped, so that `az ml job show` works where `az` is azml; command words match whatever
//! their case; `@file` at the start of an argument, or right after its first `=`, stands for that file's text.

use std::ffi::OsString;
use std::fs;
use std::io::Read as _;

/// Rewrites the words as described above. The first word is the program.
pub fn normalise(words: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut words = words.into_iter();
    let mut out: Vec<OsString> = words.next().into_iter().collect();
    let mut in_command = true;
    for (index, word) in words.enumerate() {
        let Some(text) = word.to_str() else {
            out.push(word);
            continue;
        };
        in_command &= !text.starts_with('-');
        if in_command {
            let lower = text.to_lowercase();
            if index > 0 || lower != "ml" {
                out.push(lower.into());
            }
        } else {
            out.push(expand_file(text).into());
        }
    }
    out
}

fn expand_file(word: &str) -> String {
    let (head, tail) = match word.split_once('=') {
        Some((name, value)) => (&word[..=name.len()], value),
        None => ("", word),
    };
    match tail.strip_prefix('@').and_then(read_argument_file) {
        Some(text) => format!("{head}{}", text.trim_end_matches(['\r', '\n'])),
        None => word.to_owned(),
    }
}

/// The file's text, or standard input for `-`; `None` leaves the word as it is.
fn read_argument_file(name: &str) -> Option<String> {
    if name == "-" {
        let mut text = String::new();
        return std::io::stdin().read_to_string(&mut text).ok().map(|_| text);
    }
    fs::read_to_string(name).ok()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;

    fn normalised(words: &[&str]) -> Vec<String> {
        normalise(words.iter().map(OsString::from))
            .into_iter()
            .map(|word| word.into_string().unwrap())
            .collect()
    }

    #[test]
    fn a_leading_ml_is_dropped_and_command_words_lose_their_case() {
        assert_eq!(normalised(&["az", "ML", "Job", "SHOW", "-n", "ML"]), ["az", "job", "show", "-n", "ML"]);
        assert_eq!(normalised(&["azml", "job", "ml"]), ["azml", "job", "ml"]);
    }

    #[test]
    fn argument_files_stand_for_their_text() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("f.txt");
        fs::write(&file, "file-content\n\n").unwrap();
        let at = format!("@{}", file.display());
        let set = format!("inputs.a={at}");
        let words = normalised(&["azml", "x", "-n", &at, "--set", &set, "@nope.txt", "azureml:d@latest"]);
        assert_eq!(
            words[3..],
            ["file-content", "--set", "inputs.a=file-content", "@nope.txt", "azureml:d@latest"]
        );
    }
}
