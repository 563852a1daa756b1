//! Values of a spec that are nobody's business on a screen or in a log.

use std::borrow::Cow;
use std::ops::Range;

/// Fields that hold secrets: credentials of datastores, and the password of a cluster's administrator.
const SECRET_FIELDS: [&str; 6] =
    ["account_key", "sas_token", "client_secret", "certificate", "admin_password", "admin_user_password"];

/// The text of a spec with a star for every byte of a secret, so that places in it stay what they are. It goes by the
/// names of fields and needs no YAML that is right.
pub fn masked(source: &str) -> Cow<'_, str> {
    let mut secrets = SECRET_FIELDS.iter().flat_map(|field| values_of(source, field)).peekable();
    if secrets.peek().is_none() {
        return Cow::Borrowed(source);
    }
    let mut bytes = source.as_bytes().to_vec();
    for byte in secrets.flat_map(|secret| secret.clone()) {
        if !bytes[byte].is_ascii_whitespace() {
            bytes[byte] = b'*';
        }
    }
    // Whole characters were replaced: a value begins and ends with ASCII around it.
    Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
}

/// Where the values of a field stand.
fn values_of<'a>(source: &'a str, field: &'a str) -> impl Iterator<Item = Range<usize>> + 'a {
    source.match_indices(field).filter_map(move |(at, _)| {
        let is_part_of_a_word = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
        if source[..at].ends_with(is_part_of_a_word) {
            return None;
        }
        let rest = &source[at + field.len()..];
        let after_key = rest.trim_start_matches(['"', '\'']).trim_start_matches([' ', '\t']);
        let value = after_key.strip_prefix(':')?.trim_start_matches([' ', '\t']);
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
            ("my_account_key: abc\naccount_keys: abc\n", "my_account_key: abc\naccount_keys: abc\n"),
        ];
        for (source, expected) in cases {
            assert_eq!(masked(source), expected, "{source:?}");
            assert_eq!(masked(source).len(), source.len());
        }
    }
}
