//! Single values, converted as the SDK's schemas convert them: `"10"` is an integer, `1.5` becomes 1, `yes` is true.
//!
//! Every function answers what the value becomes or, in words, what was expected.

use crate::yaml::load::{Node, Yaml, python_float};

use super::schema::Casing;

/// A value as a problem message names it.
pub(super) fn describe(node: &Node) -> String {
    match &node.value {
        Yaml::Null => "nothing".to_owned(),
        Yaml::Bool(value) => format!("the boolean `{value}`"),
        Yaml::Int(_) | Yaml::BigInt(_) | Yaml::Float(_) => format!("the number `{}`", node.key_text()),
        Yaml::Str(text) if text.is_empty() => "an empty string".to_owned(),
        Yaml::Str(text) => format!("the string `{}`", shorten(text)),
        Yaml::Date(text) | Yaml::DateTime(text) => format!("the date `{text}`"),
        Yaml::Binary(_) => "binary data".to_owned(),
        Yaml::Seq(_) => "a list".to_owned(),
        Yaml::Map(_) => "a mapping".to_owned(),
    }
}

fn shorten(text: &str) -> String {
    const LONGEST: usize = 60;
    let line = text.lines().next().unwrap_or_default();
    if line.chars().count() <= LONGEST && line.len() == text.len() {
        return text.to_owned();
    }
    line.chars().take(LONGEST).chain("...".chars()).collect()
}

/// Text, which nothing else converts to.
pub(super) fn text(node: &Node) -> Option<String> {
    node.as_str().map(str::to_owned)
}

/// A version: numbers become the text that Python writes for them.
pub(super) fn version(node: &Node) -> Option<String> {
    match &node.value {
        Yaml::Str(text) | Yaml::BigInt(text) => Some(text.clone()),
        Yaml::Int(value) => Some(value.to_string()),
        Yaml::Float(value) => Some(python_float(*value)),
        // To Python a truth value is a number.
        Yaml::Bool(value) => Some(if *value { "True" } else { "False" }.to_owned()),
        _ => None,
    }
}

/// A whole number. Text has to be one as it stands; a fraction loses what follows the point.
pub(super) fn integer(node: &Node) -> Option<i64> {
    match &node.value {
        Yaml::Int(value) => i64::try_from(*value).ok(),
        Yaml::Float(value) if value.is_finite() && value.abs() < 9e18 => Some(value.trunc() as i64),
        Yaml::Str(text) => python_integer(text),
        _ => None,
    }
}

/// What Python's `int()` makes of a text: spaces around it and single underscores between digits are fine.
pub(super) fn python_integer(text: &str) -> Option<i64> {
    let text = text.trim();
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let well_formed =
        digits.split('_').all(|group| !group.is_empty() && group.bytes().all(|b| b.is_ascii_digit()));
    if well_formed { text.replace('_', "").parse().ok() } else { None }
}

/// A truth value, or one of the words and numbers that count as one.
pub(super) fn boolean(node: &Node) -> Option<bool> {
    let word = match &node.value {
        Yaml::Bool(value) => return Some(*value),
        Yaml::Int(value @ (0 | 1)) => return Some(*value == 1),
        Yaml::Float(value) if *value == 0.0 || *value == 1.0 => return Some(*value == 1.0),
        Yaml::Str(text) => text,
        _ => return None,
    };
    let is_one_of = |words: &[&str]| words.iter().any(|plain| spellings(plain).contains(word));
    match () {
        () if is_one_of(&TRUE_WORDS) => Some(true),
        () if is_one_of(&FALSE_WORDS) => Some(false),
        () => None,
    }
}

/// Words that stand for true.
const TRUE_WORDS: [&str; 6] = ["true", "t", "on", "yes", "y", "1"];
/// Words that stand for false.
const FALSE_WORDS: [&str; 6] = ["false", "f", "off", "no", "n", "0"];

/// Three spellings of each word count: `yes`, `Yes`, `YES`.
fn spellings(word: &str) -> [String; 3] {
    let (first, rest) = word.split_at(1);
    [word.to_owned(), first.to_uppercase() + rest, word.to_uppercase()]
}

/// Every text that is a truth value, each once.
pub(super) fn boolean_words() -> Vec<String> {
    let mut words: Vec<String> = TRUE_WORDS.into_iter().chain(FALSE_WORDS).flat_map(spellings).collect();
    let mut seen = std::collections::HashSet::new();
    words.retain(|word| seen.insert(word.clone()));
    words
}

/// The word of `values` that `word` spells.
pub(super) fn choice(word: &str, values: &[&'static str], casing: Casing) -> Option<&'static str> {
    let spelled = match casing {
        Casing::Exact => word.to_owned(),
        Casing::Lower => word.to_lowercase(),
        Casing::Snake => camel_to_snake(word),
    };
    values.iter().find(|value| **value == spelled).copied()
}

/// `aadToken` and `AADToken` become `aad_token`.
fn camel_to_snake(word: &str) -> String {
    let characters: Vec<char> = word.chars().filter(|character| *character != ' ').collect();
    let mut snake = String::new();
    for (at, &character) in characters.iter().enumerate() {
        let after_lower =
            at > 0 && !characters[at - 1].is_uppercase() && characters[at - 1].is_alphanumeric();
        let before_lower = characters.get(at + 1).is_some_and(|next| next.is_lowercase());
        let ends_acronym = at > 0 && characters[at - 1].is_uppercase() && before_lower;
        if character.is_uppercase() && (after_lower || ends_acronym) {
            snake.push('_');
        }
        snake.extend(character.to_lowercase());
    }
    snake
}

/// What Python's `str()` writes for a value: text as it is, `True`, `None`, `{'a': 1}`.
pub(super) fn python_str(node: &Node) -> String {
    match &node.value {
        Yaml::Str(text) => text.clone(),
        Yaml::DateTime(text) => text.replacen('T', " ", 1),
        _ => python_repr(node),
    }
}

fn python_repr(node: &Node) -> String {
    match &node.value {
        Yaml::Null => "None".to_owned(),
        Yaml::Bool(true) => "True".to_owned(),
        Yaml::Bool(false) => "False".to_owned(),
        Yaml::Str(text) => quote(text),
        Yaml::Seq(items) => {
            let items: Vec<String> = items.iter().map(|item| python_repr(item)).collect();
            format!("[{}]", items.join(", "))
        }
        Yaml::Map(pairs) => {
            let pairs: Vec<String> = pairs
                .iter()
                .map(|(key, value)| format!("{}: {}", python_repr(key), python_repr(value)))
                .collect();
            format!("{{{}}}", pairs.join(", "))
        }
        _ => node.key_text(),
    }
}

fn quote(text: &str) -> String {
    let mark = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut quoted = String::from(mark);
    for character in text.chars() {
        match character {
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            _ if character == mark => quoted.extend(['\\', mark]),
            _ => quoted.push(character),
        }
    }
    quoted.push(mark);
    quoted
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;
    use crate::yaml::load::load;
    use std::rc::Rc;

    fn node(text: &str) -> Rc<Node> {
        load(text).unwrap().unwrap()
    }

    #[test]
    fn integers_convert_as_in_the_client() {
        for (text, expected) in [
            ("10", Some(10)),
            ("'10'", Some(10)),
            ("' 10 '", Some(10)),
            ("'1_000'", Some(1000)),
            ("1.5", Some(1)),
            ("-1.5", Some(-1)),
            ("'1.5'", None),
            ("10MB", None),
            ("true", None),
            ("''", None),
            ("'-'", None),
            ("99999999999999999999", None),
            ("[1]", None),
        ] {
            assert_eq!(integer(&node(text)), expected, "{text}");
        }
    }

    #[test]
    fn booleans_convert_as_in_the_client() {
        for (text, expected) in [
            ("yes", Some(true)),
            ("'Yes'", Some(true)),
            ("'FALSE'", Some(false)),
            ("y", Some(true)),
            ("1", Some(true)),
            ("0.0", Some(false)),
            ("'fAlse'", None),
            ("2", None),
            ("maybe", None),
        ] {
            assert_eq!(boolean(&node(text)), expected, "{text}");
        }
    }

    #[test]
    fn words_are_brought_to_their_spelling_only_as_far_as_the_casing_goes() {
        let modes = ["aad_token", "key"];
        for word in ["aad_token", "aadToken", "AADToken"] {
            assert_eq!(choice(word, &modes, Casing::Snake), Some("aad_token"), "{word}");
        }
        let identities = ["system_assigned,user_assigned"];
        assert!(choice("SystemAssigned, UserAssigned", &identities, Casing::Snake).is_some());
        let actions = ["append_row"];
        assert_eq!(choice("APPEND_ROW", &actions, Casing::Lower), Some("append_row"));
        assert_eq!(choice("AppendRow", &actions, Casing::Lower), None);
        assert_eq!(choice("URI_FILE", &["uri_file"], Casing::Exact), None);
    }

    #[test]
    fn values_of_text_mappings_are_written_as_python_writes_them() {
        for (text, expected) in [
            ("123", "123"),
            ("true", "True"),
            ("0.10", "0.1"),
            ("{a: 'false', b: [1, ~]}", "{'a': 'false', 'b': [1, None]}"),
            ("[\"it's\"]", "[\"it's\"]"),
            ("plain", "plain"),
        ] {
            assert_eq!(python_str(&node(text)), expected);
        }
    }
}
