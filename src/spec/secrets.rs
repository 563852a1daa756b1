//! Values of a spec that are nobody's business on a screen or in a log.

use std::borrow::Cow;
use std::ops::Range;

use crate::wire::secrets::is_secret_name;

/// The text of a spec with a star for every byte of a secret, so that places in it stay what they are. It goes by the
/// names of fields and needs no YAML that is right.
pub fn masked(source: &str) -> Cow<'_, str> {
    let mut secrets = secret_values(source).peekable();
    if secrets.peek().is_none() {
        return Cow::Borrowed(source);
    }
    let mut bytes = source.as_bytes().to_vec();
    for byte in secrets.flatten() {
        if !bytes[byte].is_ascii_whitespace() {
            bytes[byte] = b'*';
        }
    }
    // Whole characters were replaced: a value begins and ends with ASCII around it.
    Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
}

/// Where the values of fields stand whose names tell of a secret.
fn secret_values(source: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    source.match_indices(':').filter_map(|(colon, _)| {
        let before = source[..colon].trim_end_matches([' ', '\t']).trim_end_matches(['"', '\'']);
        let is_of_a_name = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
        let at = before.trim_end_matches(is_of_a_name).len();
        if !is_secret_name(&before[at..]) {
            return None;
        }
        let value = source[colon + 1..].trim_start_matches([' ', '\t']);
        let start = source.len() - value.len();
        let length = match value.starts_with(['|', '>']) || value.trim_start().len() < value.len() {
            true => block_length(value, indentation(&source[..at])),
            false => value.find('\n').unwrap_or(value.len()),
        };
        Some(start..start + length)
    })
}

/// How deep the line begins that the text ends in.
fn indentation(before: &str) -> usize {
    let line = before.rsplit('\n').next().unwrap_or_default();
    line.len() - line.trim_start_matches([' ', '-']).len()
}

/// Bytes of a value that goes on in the lines below, as long as they are deeper than its key.
fn block_length(value: &str, indentation: usize) -> usize {
    let mut lines = value.split_inclusive('\n');
    let first = lines.next().map_or(0, str::len);
    let is_inside =
        |line: &&str| line.trim().is_empty() || line.len() - line.trim_start_matches(' ').len() > indentation;
    first + lines.take_while(is_inside).map(str::len).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_stars_and_everything_else_stays_where_it_is() {
        let cases = [
            ("account_key: abc= # x\nname: n\n", "account_key: **** * *\nname: n\n"),
            ("a:\n  \"sas_token\" : 'sé'\n  b: 1\n", "a:\n  \"sas_token\" : *****\n  b: 1\n"),
            ("{client_secret: x, b: 1}", "{client_secret: ** ** **"),
            ("- certificate: |\n    ab\n\n    cd\n  b: 1\n", "- certificate: *\n    **\n\n    **\n  b: 1\n"),
            ("client_secret:\n  x\nb: 1\n", "client_secret:\n  *\nb: 1\n"),
            ("HF_TOKEN: hf_abc\npartition_keys: abc\n", "HF_TOKEN: ******\npartition_keys: abc\n"),
            ("ssh_public_key: abc\ncode: src\n", "ssh_public_key: abc\ncode: src\n"),
        ];
        for (source, expected) in cases {
            assert_eq!(masked(source), expected, "{source:?}");
            assert_eq!(masked(source).len(), source.len());
        }
    }
}
