//! Paths of fields inside a document: `settings.retry_settings.timeout`, `identities[0].resource_id`.

use std::fmt;

/// One step down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// Into a mapping.
    Key(String),
    /// Into a list.
    Index(usize),
}

/// Steps from the root.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct FieldPath(pub(super) Vec<Step>);

impl FieldPath {
    /// Reads a dotted path. A point that belongs to a key is written `\.`.
    pub(super) fn parse(text: &str) -> Self {
        let mut steps = Vec::new();
        for part in split_at_points(text) {
            let (key, indices) = split_indices(&part);
            if !key.is_empty() || indices.is_empty() {
                steps.push(Step::Key(key.to_owned()));
            }
            steps.extend(indices.into_iter().map(Step::Index));
        }
        Self(steps)
    }

    /// This path with one more key.
    pub(super) fn key(&self, key: &str) -> Self {
        self.with(Step::Key(key.to_owned()))
    }

    /// This path with one more index.
    pub(super) fn index(&self, index: usize) -> Self {
        self.with(Step::Index(index))
    }

    /// This path and then the other.
    pub(super) fn join(&self, other: &Self) -> Self {
        Self(self.0.iter().chain(&other.0).cloned().collect())
    }

    fn with(&self, step: Step) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }

    /// Whether one of the two paths leads to the other.
    pub(super) fn is_related(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).all(|(mine, theirs)| mine == theirs)
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, step) in self.0.iter().enumerate() {
            match step {
                Step::Key(key) if at == 0 => f.write_str(key)?,
                Step::Key(key) => write!(f, ".{key}")?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

fn split_at_points(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let part = match character {
            '.' => {
                parts.push(String::new());
                continue;
            }
            '\\' => characters.next_if_eq(&'.').unwrap_or(character),
            _ => character,
        };
        if let Some(last) = parts.last_mut() {
            last.push(part);
        }
    }
    parts
}

/// `a[0][1]` is `a` and its indices; brackets with anything else in them belong to the key.
fn split_indices(part: &str) -> (&str, Vec<usize>) {
    let mut key = part;
    let mut indices = Vec::new();
    while let Some((rest, index)) = key.strip_suffix(']').and_then(|open| open.rsplit_once('[')) {
        let Ok(index) = index.parse() else { break };
        indices.insert(0, index);
        key = rest;
    }
    (key, indices)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_print_as_they_are_read() {
        for text in ["name", "settings.retry_settings.timeout", "a[0].b[1][2]", "tags.a b", "a[x]"] {
            assert_eq!(FieldPath::parse(text).to_string(), text);
        }
    }

    #[test]
    fn an_escaped_point_stays_in_the_key() {
        let path = FieldPath::parse(r"tags.azureml\.copy");
        assert_eq!(path.0, [Step::Key("tags".to_owned()), Step::Key("azureml.copy".to_owned())]);
    }

    #[test]
    fn a_path_is_related_to_its_ancestors_and_descendants_only() {
        let path = FieldPath::parse("settings.mini_batch_size");
        assert!(path.is_related(&FieldPath::parse("settings")));
        assert!(path.is_related(&FieldPath::parse("settings.mini_batch_size.x")));
        assert!(!path.is_related(&FieldPath::parse("settings.timeout")));
    }
}
