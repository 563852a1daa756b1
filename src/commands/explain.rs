//! `azml explain`: what a field of a spec means.

use std::fmt::Write as _;

use anyhow::bail;
use clap::Args;
use serde_json::{Value, json};

use crate::context::Context;
use crate::spec::{ExplainError, Explanation, FieldSummary, SpecKind, explain};

/// Arguments of `explain`.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// Dotted path, such as batch-deployment.settings.retry_settings
    path: String,
}

/// Prints what is known about the field.
pub fn run(cx: &Context, args: &ExplainArgs) -> anyhow::Result<()> {
    let found = explain(&args.path).map_err(with_nearest)?;
    match cx.is_format_named() {
        true => Ok(cx.ui().print_exact(&view(&found))?),
        false => Ok(cx.ui().text(&page(&found))?),
    }
}

/// The kind of that name.
pub fn kind_named(name: &str) -> anyhow::Result<SpecKind> {
    let found = SpecKind::ALL.into_iter().find(|kind| kind.command().eq_ignore_ascii_case(name));
    let names = SpecKind::ALL.map(SpecKind::command).join(", ");
    match found {
        Some(kind) => Ok(kind),
        None => bail!("`{name}` is no kind of spec; there are {names}"),
    }
}

fn with_nearest(error: ExplainError) -> anyhow::Error {
    let nearest = match &error {
        ExplainError::UnknownKind { nearest, .. } | ExplainError::UnknownField { nearest, .. } => {
            nearest.join(", ")
        }
        ExplainError::NoFields { .. } => String::new(),
    };
    match nearest.as_str() {
        "" => error.into(),
        nearest => anyhow::anyhow!("{error}; did you mean {nearest}?"),
    }
}

/// The explanation as a page of text.
fn page(found: &Explanation) -> String {
    let mut page = format!("{}\n", found.path);
    let mut line = |label: &str, text: &str| {
        if !text.is_empty() {
            let _ = writeln!(page, "  {label:<10}{text}");
        }
    };
    line("expects", &found.expected);
    line("required", if found.required { "yes" } else { "no" });
    line("default", found.default.as_deref().unwrap_or_default());
    line(if found.is_advice { "known" } else { "allowed" }, &found.allowed.join(", "));
    line("option", found.option.as_deref().unwrap_or_default());
    line("in", &found.variants.join(", "));
    if !found.doc.is_empty() {
        let _ = writeln!(page, "\n{}", found.doc);
    }
    if !found.fields.is_empty() {
        page.push_str("\nfields\n");
    }
    let width = found.fields.iter().map(|field| field.name.chars().count()).max().unwrap_or_default();
    for FieldSummary { name, expected, required, default, doc, .. } in &found.fields {
        let mark = if *required { " (required)" } else { "" };
        let default = default.as_ref().map(|default| format!(", default {default}")).unwrap_or_default();
        let _ = writeln!(page, "  {name:<width$}  {expected}{default}{mark}\n  {:<width$}  {doc}", "");
    }
    page
}

/// The same as data.
fn view(found: &Explanation) -> Value {
    let fields: Vec<Value> = found
        .fields
        .iter()
        .map(|field| {
            json!({
                "name": field.name,
                "expected": field.expected,
                "required": field.required,
                "default": field.default,
                "doc": field.doc,
                "variants": field.variants,
            })
        })
        .collect();
    json!({
        "path": found.path,
        "doc": found.doc,
        "expected": found.expected,
        "required": found.required,
        "default": found.default,
        "allowed": found.allowed,
        "option": found.option,
        "read_only": found.read_only,
        "variants": found.variants,
        "fields": fields,
    })
}
