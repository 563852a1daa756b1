//! A spec before it has a type: where it came from, its text, its values and what options changed in them.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use serde_json::Value;

use super::overrides::{self, Override};
use super::path::{FieldPath, Step};
use super::problem::{Problem, SpecError};
use super::secrets::masked;
use super::syntax;
use crate::yaml::load::{DuplicateKey, Node, Span, Yaml, load_with_duplicates};

/// A spec document. Its root is always a mapping.
#[derive(Debug, Clone)]
pub struct SpecDocument {
    path: Option<PathBuf>,
    source_text: String,
    root: Rc<Node>,
    /// `type` as the file says it: the layout of a deployment follows from it, whatever `--set` does later.
    written_type: Option<String>,
    duplicates: Vec<DuplicateKey>,
    applied: Vec<Applied>,
    is_service_form: bool,
    is_edited: bool,
}

/// A value that an option gave.
#[derive(Debug, Clone)]
struct Applied {
    path: FieldPath,
    origin: String,
}

impl SpecDocument {
    /// Reads a YAML file.
    pub fn load(path: &Path) -> Result<Self, SpecError> {
        Self::decode(path, fs::read(path))
    }

    /// Reads the file an option names, where `-` is standard input. The paths in that start from the current folder.
    pub fn load_named(path: &Path) -> Result<Self, SpecError> {
        if path != Path::new("-") {
            return Self::load(path);
        }
        let mut bytes = Vec::new();
        let outcome = io::stdin().read_to_end(&mut bytes);
        Self::decode(Path::new("<stdin>"), outcome.map(|_| bytes))
    }

    fn decode(path: &Path, bytes: io::Result<Vec<u8>>) -> Result<Self, SpecError> {
        let bytes = bytes.map_err(|cause| unreadable(path, &cause))?;
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => return Err(not_utf8(path, error.into_bytes())),
        };
        Self::parse(Some(path.to_owned()), text)
    }

    fn parse(path: Option<PathBuf>, source_text: String) -> Result<Self, SpecError> {
        let refuse = |problem: Problem, source_text: &str| SpecError {
            path: path.clone(),
            source_text: source_text.to_owned(),
            problems: vec![problem],
        };
        let loaded = load_with_duplicates(&source_text)
            .map_err(|error| refuse(syntax::problem(&masked(&source_text), &error), &source_text))?;
        let root = match loaded.root {
            // A file with nothing but comments says nothing, as an empty mapping does.
            None => Node::detached(Yaml::Map(Vec::new())),
            Some(root) if matches!(root.value, Yaml::Null) => Node::detached(Yaml::Map(Vec::new())),
            Some(root) if matches!(root.value, Yaml::Map(_)) => root,
            Some(root) => {
                let message = "expected a mapping at the top of the file";
                return Err(refuse(Problem::error("", message).at(root.span), &source_text));
            }
        };
        let written_type = root.get("type").and_then(|node| node.as_str()).map(str::to_owned);
        Ok(Self { duplicates: loaded.duplicates, path, source_text, written_type, ..Self::of(root) })
    }

    /// A document for a command that was given options only.
    pub fn empty() -> Self {
        Self::of(Node::detached(Yaml::Map(Vec::new())))
    }

    /// A document as the service prints it: read-only members are tolerated, and null means absent.
    pub fn from_json(value: &Value) -> Self {
        let node = Node::from_json(value);
        let root = if matches!(node.value, Yaml::Map(_)) { Rc::new(node) } else { Self::empty().root };
        let written_type = root.get("type").and_then(|node| node.as_str()).map(str::to_owned);
        Self { is_service_form: true, written_type, ..Self::of(root) }
    }

    fn of(root: Rc<Node>) -> Self {
        Self {
            path: None,
            source_text: String::new(),
            root,
            written_type: None,
            duplicates: Vec::new(),
            applied: Vec::new(),
            is_service_form: false,
            is_edited: false,
        }
    }

    /// The content as JSON.
    pub fn to_json(&self) -> Value {
        self.root.to_json()
    }

    /// A document from the same place with other content, for edits that are made on JSON. Null means absent.
    #[must_use]
    pub fn with_content(&self, value: &Value) -> Self {
        Self {
            path: self.path.clone(),
            written_type: self.written_type.clone(),
            is_service_form: self.is_service_form,
            is_edited: true,
            ..Self::from_json(value)
        }
    }

    /// The mapping at `path` as a document of its own, from the same file and with its positions.
    pub(super) fn part(&self, path: &FieldPath) -> Option<Self> {
        let root = self.find(path).filter(|node| matches!(node.value, Yaml::Map(_)))?;
        let text = (self.path.clone(), self.source_text.clone());
        Some(Self { path: text.0, source_text: text.1, ..Self::of(Rc::clone(root)) })
    }

    /// The file as typed, or `<stdin>`; `None` where there is none.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// The text that positions are in.
    pub fn source(&self) -> &str {
        &self.source_text
    }

    /// The mapping at the top.
    pub fn root(&self) -> &Rc<Node> {
        &self.root
    }

    /// The folder that relative paths in the spec start from: that of the file, else the current one.
    pub fn base_dir(&self) -> PathBuf {
        match self.path.as_deref().and_then(Path::parent) {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
            _ => PathBuf::from("."),
        }
    }

    /// A path as written in the spec, from where the command runs.
    pub fn resolve(&self, written: &str) -> PathBuf {
        let base = self.base_dir();
        if base == Path::new(".") { PathBuf::from(written) } else { base.join(written) }
    }

    /// Applies `--set` in the order given. Later ones win.
    pub fn apply_overrides(&mut self, changes: &[Override]) -> Result<(), SpecError> {
        let mut problems = Vec::new();
        for change in changes {
            let path = FieldPath::parse(&change.path);
            let value = Node::detached(Yaml::Str(change.value.clone()));
            if let Err(problem) = self.replace(path, &value, change.to_string()) {
                problems.push(*problem);
            }
        }
        if problems.is_empty() { Ok(()) } else { Err(SpecError::new(self, problems)) }
    }

    /// Sets a field that an option of the same name gives, such as `--name` or `--endpoint-name`.
    pub fn set(&mut self, field: &str, value: impl Into<Value>) {
        let path = FieldPath::parse(field);
        let last = field.rsplit('.').next().unwrap_or(field);
        let option = format!("--{}", last.replace('_', "-"));
        let value = Rc::new(Node::from_json(&value.into()));
        if self.replace(path.clone(), &value, option.clone()).is_ok() {
            return;
        }
        // Something else stands where the option's parent mapping should be; the option wins.
        if let Some((first, rest)) = path.0.split_first()
            && let Ok(member) = overrides::replace(None, rest, &value)
            && let Ok(root) = overrides::replace(Some(&self.root), std::slice::from_ref(first), &member)
        {
            self.root = root;
            self.applied.push(Applied { path, origin: option });
        }
    }

    fn replace(&mut self, path: FieldPath, value: &Rc<Node>, origin: String) -> Result<(), Box<Problem>> {
        if path.0.is_empty() || path.0.contains(&Step::Key(String::new())) {
            let mut problem = Problem::error("", "the key before `=` is empty");
            problem.origin = Some(origin);
            return Err(Box::new(problem));
        }
        match overrides::replace(Some(&self.root), &path.0, value) {
            Ok(root) => {
                self.root = root;
                self.applied.push(Applied { path, origin });
                Ok(())
            }
            Err(reason) => {
                let message = overrides::refusal(&self.root, &path, &reason);
                let mut problem = Problem::error(path.to_string(), message);
                problem.origin = Some(origin);
                Err(Box::new(problem))
            }
        }
    }

    /// The value at a path.
    pub(super) fn find(&self, path: &FieldPath) -> Option<&Rc<Node>> {
        path.0.iter().try_fold(&self.root, |node, step| match (step, &node.value) {
            (Step::Key(key), _) => node.get(key),
            (Step::Index(index), Yaml::Seq(items)) => items.get(*index),
            (Step::Index(_), _) => None,
        })
    }

    /// Where a problem about `field` is: the value's place in the file, or the option that gave it.
    pub fn place(&self, problem: Problem) -> Problem {
        let span = self.span_of(&FieldPath::parse(&problem.field));
        self.place_at(problem, span)
    }

    /// The place of a value; for a whole mapping or list that of its key, which is easier to look at.
    fn span_of(&self, path: &FieldPath) -> Span {
        let is_collection = |node: &Node| matches!(node.value, Yaml::Map(_) | Yaml::Seq(_));
        match (self.find(path), path.0.split_last()) {
            (Some(node), Some((Step::Key(name), parents))) if is_collection(node) => {
                let parent = self.find(&FieldPath(parents.to_vec()));
                parent.and_then(|parent| parent.entry(name)).map_or(node.span, |(key, _)| key.span)
            }
            (Some(node), _) => node.span,
            // Problems of the whole document stand at its first key.
            (None, _) if path.0 == [Step::Key(String::new())] => match &self.root.value {
                Yaml::Map(pairs) => pairs.first().map(|(key, _)| key.span).unwrap_or_default(),
                _ => Span::default(),
            },
            (None, _) => Span::default(),
        }
    }

    /// As [`Self::place`] with a better place than the value's own; options count where that place is none.
    pub(super) fn place_at(&self, problem: Problem, span: Span) -> Problem {
        if span.is_known() {
            return problem.at(span);
        }
        let path = FieldPath::parse(&problem.field);
        let applied = self.applied.iter().rev().find(|applied| applied.path.is_related(&path));
        match applied {
            Some(applied) if !path.0.is_empty() => {
                Problem { origin: Some(applied.origin.clone()), ..problem }
            }
            _ => problem,
        }
    }

    /// Whether an option gave the field itself.
    pub(super) fn is_from_option(&self, field: &str) -> bool {
        let path = FieldPath::parse(field);
        self.applied.iter().any(|applied| applied.path == path)
    }

    /// `type` as the file says it, before any option.
    pub(super) fn written_type(&self) -> Option<&str> {
        self.written_type.as_deref()
    }

    /// Whether this is what the service prints rather than what a person wrote.
    pub(super) fn is_service_form(&self) -> bool {
        self.is_service_form
    }

    /// Whether null stands for what is absent, as in JSON, rather than for something forgotten.
    pub(super) fn null_is_absent(&self) -> bool {
        self.is_service_form || self.is_edited
    }

    /// Warnings about keys that were written twice.
    pub(super) fn duplicate_warnings(&self) -> Vec<Problem> {
        let warning = |duplicate: &DuplicateKey| {
            let message = format!("`{}` is written twice, the last one counts", duplicate.key);
            Problem::warning(&duplicate.key, message)
                .at(duplicate.lost)
                .label(format!("overruled by line {}", duplicate.kept.line))
        };
        self.duplicates.iter().map(warning).collect()
    }
}

fn unreadable(path: &Path, cause: &io::Error) -> SpecError {
    SpecError {
        path: Some(path.to_owned()),
        source_text: String::new(),
        problems: vec![Problem::error("", format!("the file cannot be read: {cause}"))],
    }
}

fn not_utf8(path: &Path, bytes: Vec<u8>) -> SpecError {
    let source_text = String::from_utf8_lossy(&bytes).into_owned();
    let start = source_text.find('\u{fffd}').unwrap_or_default();
    let before = &source_text[..start];
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let span = Span {
        start,
        end: start + '\u{fffd}'.len_utf8(),
        line: before.matches('\n').count() + 1,
        column: before[line_start..].chars().count() + 1,
    };
    let problems = vec![Problem::error("", "the file is not UTF-8 text").at(span)];
    SpecError { path: Some(path.to_owned()), source_text, problems }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;
    use serde_json::json;

    fn document(text: &str) -> SpecDocument {
        SpecDocument::parse(Some(PathBuf::from("specs/x.yml")), text.to_owned()).unwrap()
    }

    fn overridden(text: &str, words: &[&str]) -> Result<Value, SpecError> {
        let mut document = document(text);
        let changes: Vec<Override> = words.iter().map(|word| word.parse().unwrap()).collect();
        document.apply_overrides(&changes).map(|()| document.to_json())
    }

    #[test]
    fn an_option_wins_over_set_and_file() {
        let mut document = document("name: file\n");
        document.apply_overrides(&["name=set".parse().unwrap()]).unwrap();
        document.set("name", "option");
        document.set("ssh_settings.admin_username", "me");
        assert_eq!(
            document.to_json(),
            json!({ "name": "option", "ssh_settings": { "admin_username": "me" } })
        );
    }

    #[test]
    fn overrides_inside_references_are_refused_by_name() {
        let error = overridden("environment: azureml:e:1\n", &["environment.image=x"]).unwrap_err();
        let text = error.to_string();
        assert!(text.starts_with("--set environment.image=x: ") && text.contains("azureml:e:1"), "{text}");
        assert!(overridden("", &["=x"]).is_err());
    }

    #[test]
    fn problems_know_whether_the_file_or_an_option_gave_the_value() {
        let mut document = document("a: 1\nb:\n  c: 2\n");
        document.apply_overrides(&["b.d=3".parse().unwrap()]).unwrap();
        let written = document.place(Problem::error("b.c", "x"));
        assert_eq!((written.span.unwrap().line, written.origin), (3, None));
        let given = document.place(Problem::error("b.d", "x"));
        assert_eq!((given.span, given.origin.as_deref()), (None, Some("--set b.d=3")));
        let mapping = document.place(Problem::error("b", "x")).span.unwrap();
        assert_eq!(&document.source()[mapping.start..mapping.end], "b");
    }

    #[test]
    fn paths_start_from_the_folder_of_the_file() {
        assert_eq!(document("").resolve("code/score.py"), Path::new("specs/code/score.py"));
        assert_eq!(SpecDocument::empty().resolve("code"), Path::new("code"));
        assert_eq!(SpecDocument::empty().base_dir(), Path::new("."));
    }

    #[test]
    fn a_file_that_is_no_mapping_or_no_text_is_refused_where_it_is_wrong() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.yml");
        for (bytes, line) in [(b"- a\n".as_slice(), 1), (b"a: 1\nb: \xff\n", 2), (b"a:\nb: [1\n", 2)] {
            fs::write(&path, bytes).unwrap();
            let error = SpecDocument::load(&path).unwrap_err();
            assert_eq!(error.problems[0].span.unwrap().line, line, "{error}");
        }
        let missing = SpecDocument::load(&folder.path().join("nope.yml")).unwrap_err();
        let told = missing.to_string();
        assert!(told.contains("nope.yml: the file cannot be read: No such file"), "{told}");
    }
}
