//! Loading the spec a command was given: the file, `--set`, then the options that win over both.

use serde_json::Value;

use crate::cli::common::SpecArgs;
use crate::cli::edits::EditArgs;
use crate::context::Context;
use crate::error::report_problems;
use crate::spec::edit::apply_edits;
use crate::spec::schema::Field;
use crate::spec::{Checked, Override, SpecDocument};

/// The spec file, or an empty spec when options alone describe the object.
pub fn load(args: &SpecArgs) -> anyhow::Result<SpecDocument> {
    let mut document = match &args.file {
        Some(path) => SpecDocument::load_named(path)?,
        None => SpecDocument::empty(),
    };
    let overrides = args.set.iter().map(|word| word.parse()).collect::<Result<Vec<Override>, _>>()?;
    document.apply_overrides(&overrides)?;
    Ok(document)
}

/// Sets fields from the options that were given; an empty option counts as not given, as for `az`.
pub fn set_options<const N: usize>(document: &mut SpecDocument, options: [(&str, Option<Value>); N]) {
    for (field, value) in options {
        match value {
            None => {}
            Some(Value::String(text)) if text.is_empty() => {}
            Some(value) => document.set(field, value),
        }
    }
}

/// An option's text as a value.
pub fn text(option: &Option<String>) -> Option<Value> {
    option.clone().map(Value::String)
}

/// Shows the warnings of a spec that is fine otherwise, and hands it on.
pub fn accept<T>(cx: &Context, document: &SpecDocument, checked: Checked<T>) -> T {
    report_problems(cx.ui(), document.path(), document.source(), &checked.warnings);
    checked.spec
}

/// Applies the edits of an `update` command. Top-level fields the kind has and the object lacks count as null, as
/// the SDK's objects have them, so that `--set tags.a=b` works on an object without tags.
pub fn edit(object: &mut Value, args: &EditArgs, fields: &[Field]) -> anyhow::Result<()> {
    if let Some(members) = object.as_object_mut() {
        for field in fields {
            members.entry(field.name).or_insert(Value::Null);
        }
    }
    apply_edits(object, &args.edits, args.force_string)?;
    if let Some(members) = object.as_object_mut() {
        members.retain(|_, value| !value.is_null());
    }
    Ok(())
}

/// A `--path` option as a value: a local path is meant relative to the current folder, not to the spec file.
pub fn path(cx: &Context, option: &Option<String>) -> Option<Value> {
    let text = option.clone()?;
    let is_local = !super::assets::is_remote(&text) && !text.starts_with("file:") && !text.is_empty();
    Some(match is_local {
        true => cx.current_dir().join(text).to_string_lossy().into_owned().into(),
        false => text.into(),
    })
}
