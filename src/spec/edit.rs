//! `--set`, `--add` and `--remove` of the `update` commands, which edit what the service has.
//!
//! The grammar and the messages are those of the Azure CLI's generic update, which scripts may read. It
//! is not the grammar of the create-like commands, see `overrides`.

use serde_json::{Map, Value};

use super::python_literal;

/// One edit, in the order of the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// `--set path=value`
    Set(String),
    /// `--add list word...`
    Add(Vec<String>),
    /// `--remove path [index]`
    Remove(Vec<String>),
}

/// Why an edit cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// `--set =value`
    #[error("usage error: Empty key in --set. Correct syntax: --set KEY=VALUE [KEY=VALUE ...]")]
    EmptyKey,
    /// The path leads to something of the wrong kind.
    #[error("invalid syntax: `{usage}`")]
    InvalidSyntax {
        /// How the option is meant.
        usage: &'static str,
    },
    /// A part of the path is not there.
    #[error("Couldn't find '{part}' in '{parent}'. {options}")]
    NotFound {
        /// The part.
        part: String,
        /// What it was looked for in.
        parent: String,
        /// What is there instead.
        options: String,
    },
    /// A list is shorter.
    #[error("index {index} doesn't exist on {list}")]
    NoSuchIndex {
        /// The index as written.
        index: String,
        /// The list.
        list: String,
    },
    /// `[key=value]` fits more than one item.
    #[error("non-unique key '{key}' found multiple matches on {list}. Key must be unique.")]
    AmbiguousItem {
        /// The key.
        key: String,
        /// The list.
        list: String,
    },
    /// `[key=value]` fits no item.
    #[error("item with value '{value}' doesn't exist for key '{key}' on {list}")]
    NoSuchItem {
        /// The key.
        key: String,
        /// The value.
        value: String,
        /// The list.
        list: String,
    },
    /// What an element was to be removed from is no list.
    #[error("{name} doesn't exist")]
    NotAList {
        /// Its name.
        name: String,
    },
}

const SET_USAGE: &str = "--set property1.property2=<value>";
const ADD_USAGE: &str = "--add property.listProperty <key=value, string or JSON string>";
const REMOVE_USAGE: &str = "--remove property.list <indexToRemove> OR --remove propertyToRemove";

/// Makes the edits in order. With `force_string` values stay text.
pub fn apply_edits(object: &mut Value, edits: &[Edit], force_string: bool) -> Result<(), EditError> {
    edits.iter().try_for_each(|edit| match edit {
        Edit::Set(expression) => set(object, expression, force_string),
        Edit::Add(words) => add(object, words, force_string),
        Edit::Remove(words) => remove(object, words),
    })
}

fn set(object: &mut Value, expression: &str, force_string: bool) -> Result<(), EditError> {
    let (key, text) = split_expression(expression);
    if key.trim().is_empty() {
        return Err(EditError::EmptyKey);
    }
    let path = split_path(key);
    let Some((name, parents)) = path.split_last() else {
        return Err(EditError::EmptyKey);
    };
    let parent = find(object, parents, &written_parent(key))?;
    if parent.is_null() {
        *parent = Value::Object(Map::new());
    }
    let value = parse_value(text, force_string);
    let index = match bracketed(name) {
        Some(inside) => {
            Some(inside.parse::<i64>().map_err(|_| EditError::InvalidSyntax { usage: SET_USAGE })?)
        }
        None => None,
    };
    match (parent, index) {
        (Value::Array(items), Some(index)) => match place(index, items.len()) {
            Some(place) => items[place] = value,
            None => return Err(no_such_index(index, parents)),
        },
        (Value::Object(map), None) => {
            map.insert(name.clone(), value);
        }
        (other, _) => return Err(not_found(other, name, &written_parent(key))),
    }
    Ok(())
}

fn add(object: &mut Value, words: &[String], force_string: bool) -> Result<(), EditError> {
    let syntax = EditError::InvalidSyntax { usage: ADD_USAGE };
    let Some((path, words)) = words.split_first() else {
        return Err(syntax);
    };
    let path = split_path(path);
    let target = find(object, &path, &joined(&path[..path.len().saturating_sub(1)]))?;
    if target.is_null() {
        *target = Value::Array(Vec::new());
    }
    let Value::Array(list) = target else {
        return Err(syntax);
    };
    let mut entry = Map::new();
    for word in words {
        if let Some((key, value)) = word.split_once('=') {
            entry.insert(key.to_owned(), value.into());
            continue;
        }
        if !entry.is_empty() {
            list.push(Value::Object(std::mem::take(&mut entry)));
        }
        list.push(parse_value(word, force_string));
    }
    if !entry.is_empty() {
        list.push(Value::Object(entry));
    }
    Ok(())
}

fn remove(object: &mut Value, words: &[String]) -> Result<(), EditError> {
    let syntax = EditError::InvalidSyntax { usage: REMOVE_USAGE };
    let Some((path, words)) = words.split_first() else {
        return Err(syntax);
    };
    let path = split_path(path);
    let Some((name, parents)) = path.split_last() else {
        return Err(syntax);
    };
    let parent_text = joined(parents);
    let target = find(object, &path, &parent_text)?;
    let Some(index) = words.first().filter(|index| !index.is_empty()) else {
        return match find(object, parents, &parent_text)? {
            Value::Object(map) => {
                map.shift_remove(name);
                Ok(())
            }
            _ => Err(syntax),
        };
    };
    let Value::Array(items) = target else {
        return Err(EditError::NotAList { name: name.clone() });
    };
    let number: i64 = index.parse().map_err(|_| syntax)?;
    match place(number, items.len()) {
        Some(place) => {
            items.remove(place);
            Ok(())
        }
        None => Err(EditError::NoSuchIndex { index: index.clone(), list: name.clone() }),
    }
}

/// Splits at the first `=` that is not in brackets, as in `list[name=x].value=1`. Without one all is key.
fn split_expression(expression: &str) -> (&str, &str) {
    if expression.matches('=').count() == 1 {
        return expression.split_once('=').unwrap_or((expression, ""));
    }
    let mut in_brackets = false;
    for (at, character) in expression.char_indices() {
        match character {
            '=' if !in_brackets => return (&expression[..at], &expression[at + 1..]),
            '[' => in_brackets = true,
            ']' => in_brackets = false,
            _ => {}
        }
    }
    (expression, "")
}

/// `a.b[0]` is `a`, `b`, `[0]`. Points inside brackets do not split.
fn split_path(path: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut in_brackets = false;
    for character in path.chars() {
        match character {
            '.' if !in_brackets => parts.push(String::new()),
            '[' if !in_brackets => {
                in_brackets = true;
                parts.push("[".to_owned());
            }
            _ => {
                if let Some(part) = parts.last_mut() {
                    part.push(character);
                }
                if character == ']' && in_brackets {
                    in_brackets = false;
                    parts.push(String::new());
                }
            }
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

/// What a message calls the parent of the last part of a `--set` key.
fn written_parent(key: &str) -> String {
    key.rsplit_once('.').map_or(String::new(), |(parent, _)| parent.replace(".[", "["))
}

fn joined(parts: &[String]) -> String {
    parts.join(".").replace(".[", "[")
}

fn bracketed(part: &str) -> Option<&str> {
    part.strip_prefix('[')?.strip_suffix(']')
}

/// A Python index as a place: negative ones count from the end.
fn place(index: i64, length: usize) -> Option<usize> {
    let index = if index < 0 { i64::try_from(length).ok()?.checked_add(index)? } else { index };
    usize::try_from(index).ok().filter(|place| *place < length)
}

fn no_such_index(index: i64, parents: &[String]) -> EditError {
    EditError::NoSuchIndex { index: index.to_string(), list: parents.last().cloned().unwrap_or_default() }
}

/// What is at `path`. `parent` is how a message calls the place where a missing part was looked for.
fn find<'v>(object: &'v mut Value, path: &[String], parent: &str) -> Result<&'v mut Value, EditError> {
    let mut value = object;
    for (at, part) in path.iter().enumerate() {
        let list_name = || path.get(at.wrapping_sub(1)).cloned().unwrap_or_default();
        let place = match (&*value, bracketed(part)) {
            (Value::Array(items), Some(inside)) => Some(find_item(items, inside, &list_name())?),
            (Value::Object(map), None) if map.contains_key(part) => None,
            (other, _) => return Err(not_found(other, part, parent)),
        };
        value = match place {
            Some(place) => &mut value[place],
            None => &mut value[part.as_str()],
        };
    }
    Ok(value)
}

/// The place of `[0]`, `[-1]` or `[key=value]` in a list.
fn find_item(items: &[Value], inside: &str, list: &str) -> Result<usize, EditError> {
    let Some((key, text)) = inside.split_once('=') else {
        let index: i64 = inside.parse().map_err(|_| EditError::InvalidSyntax { usage: SET_USAGE })?;
        let missing = || EditError::NoSuchIndex { index: inside.to_owned(), list: list.to_owned() };
        return place(index, items.len()).ok_or_else(missing);
    };
    let wanted = parse_value(text, false);
    let matches: Vec<usize> =
        (0..items.len()).filter(|place| items[*place].get(key).unwrap_or(&Value::Null) == &wanted).collect();
    match matches.as_slice() {
        [only] => Ok(*only),
        [] => {
            Err(EditError::NoSuchItem { key: key.to_owned(), value: text.to_owned(), list: list.to_owned() })
        }
        _ => Err(EditError::AmbiguousItem { key: key.to_owned(), list: list.to_owned() }),
    }
}

fn not_found(value: &Value, part: &str, parent: &str) -> EditError {
    let options = match value {
        Value::Object(map) => {
            let mut names: Vec<String> = map.keys().map(|key| camel_case(key)).collect();
            names.sort();
            let quoted: Vec<String> = names.iter().map(|name| format!("'{name}'")).collect();
            format!("Available options: [{}]", quoted.join(", "))
        }
        Value::Array(_) => {
            format!("Available options: index into the collection '{parent}' with [<index>] or [<key=value>]")
        }
        _ => format!("'{parent}' does not support further indexing."),
    };
    EditError::NotFound { part: part.to_owned(), parent: parent.to_owned(), options }
}

fn camel_case(key: &str) -> String {
    let Some((first, rest)) = key.split_once('_') else {
        return key.to_owned();
    };
    rest.split('_').fold(first.to_lowercase(), |name, word| {
        let mut characters = word.chars();
        let initial: String = characters.next().into_iter().flat_map(char::to_uppercase).collect();
        name + &initial + &characters.as_str().to_lowercase()
    })
}

/// JSON, else a Python literal, else the text itself.
fn parse_value(text: &str, force_string: bool) -> Value {
    if force_string {
        return text.into();
    }
    serde_json::from_str(text).ok().or_else(|| python_literal::parse(text)).unwrap_or_else(|| text.into())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;
    use serde_json::json;

    fn edited(edit: Edit) -> Result<Value, EditError> {
        let mut object = json!({
            "name": "n",
            "list": [1, { "name": "x", "v": 1 }],
            "tags": {},
            "retry_settings": { "max_retries": 3 },
            "empty": null,
        });
        apply_edits(&mut object, &[edit], false).map(|()| object)
    }

    fn set_word(word: &str) -> Result<Value, EditError> {
        edited(Edit::Set(word.to_owned()))
    }

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn values_are_json_then_python_then_text() {
        for (word, expected) in [
            ("tags.x=1", json!(1)),
            ("tags.x=true", json!(true)),
            ("tags.x=null", json!(null)),
            ("tags.x={\"a\":[1,2]}", json!({"a": [1, 2]})),
            ("tags.x=\"5\"", json!("5")),
            ("tags.x=", json!("")),
            ("tags.x={'a': 'b'}", json!({"a": "b"})),
            ("tags.x=True", json!(true)),
            ("tags.x=[1,2", json!("[1,2")),
            ("tags.x=a=b", json!("a=b")),
        ] {
            assert_eq!(set_word(word).unwrap()["tags"]["x"], expected, "{word}");
        }
        assert_eq!(set_word("tags").unwrap()["tags"], "");
        let mut object = json!({ "tags": {} });
        apply_edits(&mut object, &[Edit::Set("tags.x=1".to_owned())], true).unwrap();
        assert_eq!(object["tags"]["x"], "1");
    }

    #[test]
    fn lists_are_indexed_from_both_ends_and_by_a_member() {
        assert_eq!(set_word("list[0]=7").unwrap()["list"][0], 7);
        assert_eq!(set_word("list[-1].v=7").unwrap()["list"][1]["v"], 7);
        assert_eq!(set_word("list[name=x].v=7").unwrap()["list"][1]["v"], 7);
        assert_eq!(set_word("empty.a=7").unwrap()["empty"], json!({"a": 7}));
    }

    #[test]
    fn refusals_of_set_read_as_those_of_az() {
        for (word, message) in [
            (
                "new.x=1",
                "Couldn't find 'new' in 'new'. Available options: ['empty', 'list', 'name', 'retrySettings', 'tags']",
            ),
            (
                "list.a=9",
                "Couldn't find 'a' in 'list'. Available options: \
                 index into the collection 'list' with [<index>] or [<key=value>]",
            ),
            ("name.sub=9", "Couldn't find 'sub' in 'name'. 'name' does not support further indexing."),
            ("=v", "usage error: Empty key in --set. Correct syntax: --set KEY=VALUE [KEY=VALUE ...]"),
            ("list[9]=1", "index 9 doesn't exist on list"),
            ("list[name=y].v=1", "item with value 'y' doesn't exist for key 'name' on list"),
        ] {
            assert_eq!(set_word(word).unwrap_err().to_string(), message, "{word}");
        }
    }

    #[test]
    fn added_words_become_maps_texts_and_json() {
        let added = edited(Edit::Add(words(&["list", "k=v", "k2=v2", "word", "{\"z\":1}", "b=4"]))).unwrap();
        let tail = &added["list"].as_array().unwrap()[2..];
        assert_eq!(tail, [json!({"k": "v", "k2": "v2"}), json!("word"), json!({"z": 1}), json!({"b": "4"})]);
        let error = edited(Edit::Add(words(&["name", "x"]))).unwrap_err().to_string();
        assert_eq!(error, "invalid syntax: `--add property.listProperty <key=value, string or JSON string>`");
        let error = edited(Edit::Add(words(&["newlist", "x"]))).unwrap_err().to_string();
        assert!(error.starts_with("Couldn't find 'newlist' in ''. Available options: ["), "{error}");
    }

    #[test]
    fn members_and_items_are_removed() {
        assert!(
            edited(Edit::Remove(words(&["retry_settings.max_retries"]))).unwrap()["retry_settings"]
                .as_object()
                .unwrap()
                .is_empty()
        );
        assert_eq!(edited(Edit::Remove(words(&["list", "0"]))).unwrap()["list"].as_array().unwrap().len(), 1);
        let error = edited(Edit::Remove(words(&["list", "9"]))).unwrap_err();
        assert_eq!(error.to_string(), "index 9 doesn't exist on list");
    }
}
