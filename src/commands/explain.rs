//! `azml explain`: what a field of a spec means.

use std::fmt::Write as _;

use anyhow::bail;
use clap::Args;
use serde_json::{Value, json};

use crate::context::Context;
use crate::spec::schema::Rule;
use crate::spec::{ExplainError, Explanation, Facts, SpecKind, explain};

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
    let facts = &found.facts;
    let mut page = format!("{}\n", found.path);
    let mut line = |label: &str, text: &str| {
        if !text.is_empty() {
            let _ = writeln!(page, "  {label:<10}{text}");
        }
    };
    line("expects", &facts.expected);
    // A kind of spec is no field.
    if !facts.expected.is_empty() {
        line("required", &required(facts));
    }
    line("default", facts.default.as_deref().unwrap_or_default());
    line(if facts.is_advice { "known" } else { "allowed" }, &facts.allowed.join(", "));
    line("option", facts.option.as_deref().unwrap_or_default());
    line("in", &facts.variants.join(", "));
    line("rule of", facts.rule.filter(|_| !facts.read_only).map(owner).unwrap_or_default());
    if !facts.doc.is_empty() {
        let _ = writeln!(page, "\n{}", facts.doc);
    }
    if !found.fields.is_empty() {
        page.push_str("\nfields\n");
    }
    let width = found.fields.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default();
    for (name, facts) in &found.fields {
        let mut about = facts.expected.clone();
        if let Some(default) = &facts.default {
            let _ = write!(about, ", default {default}");
        }
        match required(facts).as_str() {
            "no" => {}
            "yes" => about.push_str(" (required)"),
            only => {
                let _ = write!(about, " (required {only})");
            }
        }
        if !facts.variants.is_empty() {
            let _ = write!(about, ", in {}", facts.variants.join(", "));
        }
        let _ = writeln!(page, "  {name:<width$}  {about}");
        for line in facts.doc.lines() {
            let _ = writeln!(page, "  {:<width$}  {line}", "");
        }
    }
    page
}

/// Whether a field has to be there, in words.
fn required(facts: &Facts) -> String {
    match (facts.required, facts.read_only, facts.required_in.as_slice()) {
        (_, true, _) => "no, only the service writes it".to_owned(),
        (true, ..) => "yes".to_owned(),
        (false, _, []) => "no".to_owned(),
        (false, _, variants) => format!("in {}", variants.join(", ")),
    }
}

/// Whose rule it is.
fn owner(rule: Rule) -> &'static str {
    match rule {
        Rule::Client => "Microsoft's client",
        Rule::Service => "the service",
        Rule::Azml => "azml",
    }
}

/// The same as data.
fn view(found: &Explanation) -> Value {
    let mut view = facts_view("path", &found.path, &found.facts);
    view["fields"] = found.fields.iter().map(|(name, facts)| facts_view("name", name, facts)).collect();
    view
}

fn facts_view(label: &str, name: &str, facts: &Facts) -> Value {
    json!({
        label: name,
        "doc": facts.doc,
        "expected": facts.expected,
        "required": facts.required,
        "required_in": facts.required_in,
        "default": facts.default,
        "allowed": facts.allowed,
        "allows_others": facts.is_advice,
        "option": facts.option,
        "rule": facts.rule.map(owner),
        "read_only": facts.read_only,
        "variants": facts.variants,
    })
}
