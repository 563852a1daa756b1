//! Advice for a field that a mapping does not have: a slip of the pen, an old name, or the wrong place.

use super::schema::{Schema, Shape};

/// What is probably meant by a field that a mapping does not have.
#[derive(Debug, Default)]
pub(super) struct Advice {
    /// The sentence for a person.
    pub(super) help: Option<String>,
    /// Dotted path of the field that was probably meant, where it was a slip of the pen.
    pub(super) meant: Option<String>,
    /// Whether that path starts at the document rather than at the mapping.
    pub(super) from_root: bool,
}

impl Advice {
    fn say(help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..Self::default() }
    }
}

/// What to write instead of the unknown field `name`.
pub(super) fn for_unknown(name: &str, schema: &Schema, root: &Schema) -> Advice {
    if let Some((_, advice)) = schema.renamed.iter().find(|(old, _)| *old == name) {
        return Advice::say(*advice);
    }
    if let Some(place) = place_below(name, schema) {
        return belongs(name, &place, std::ptr::eq(schema, root));
    }
    if !std::ptr::eq(schema, root) {
        if root.field(name).is_some() {
            let advice = Advice::say("it belongs at the top level");
            return Advice { meant: Some(name.to_owned()), from_root: true, ..advice };
        }
        if let Some(place) = place_below(name, root) {
            return belongs(name, &place, true);
        }
    }
    let known = schema.fields.iter().filter(|field| !field.shape.is_read_only());
    if let Some(nearest) = nearest(name, known.map(|field| field.name)) {
        let advice = Advice::say(format!("did you mean `{nearest}`?"));
        return Advice { meant: Some(nearest.to_owned()), ..advice };
    }
    misspelt_elsewhere(name, root).unwrap_or_default()
}

fn belongs(name: &str, place: &str, from_root: bool) -> Advice {
    let advice = Advice::say(format!("it belongs in `{place}`"));
    Advice { meant: Some(format!("{place}.{name}")), from_root, ..advice }
}

/// A slip of the pen and the wrong place at once.
fn misspelt_elsewhere(name: &str, root: &Schema) -> Option<Advice> {
    let elsewhere = nearest(name, names_below(root).into_iter())?;
    let place = place_below(elsewhere, root)?;
    let advice = Advice::say(format!("did you mean `{elsewhere}`? It belongs in `{place}`"));
    Some(Advice { meant: Some(format!("{place}.{elsewhere}")), from_root: true, ..advice })
}

fn names_below(schema: &Schema) -> Vec<&'static str> {
    let inner = schema.fields.iter().filter_map(|field| match field.shape {
        Shape::Object(inner) => Some(inner),
        _ => None,
    });
    inner.flat_map(|inner| inner.fields.iter().map(|field| field.name).chain(names_below(inner))).collect()
}

/// The dotted path of the object inside `schema` that has a field of that name.
fn place_below(name: &str, schema: &Schema) -> Option<String> {
    schema.fields.iter().find_map(|field| {
        let Shape::Object(inner) = field.shape else {
            return None;
        };
        if inner.field(name).is_some() {
            return Some(field.name.to_owned());
        }
        place_below(name, inner).map(|place| format!("{}.{place}", field.name))
    })
}

/// From which likeness on a name was probably meant.
pub(super) const LIKELY: f64 = 0.8;

/// How like two names are, from 0 to 1. Dashes for underscores and capitals are the most common slips and cost
/// nothing.
pub(super) fn likeness(name: &str, candidate: &str) -> f64 {
    let plain = |text: &str| text.to_lowercase().replace(['-', ' '], "_");
    strsim::jaro_winkler(&plain(name), &plain(candidate))
}

/// The candidate that `name` was probably meant to be.
pub(super) fn nearest<'c>(name: &str, candidates: impl Iterator<Item = &'c str>) -> Option<&'c str> {
    candidates
        .map(|candidate| (likeness(name, candidate), candidate))
        .filter(|(likeness, _)| *likeness >= LIKELY)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::tables::deployment::{FLAT, NESTED, SETTINGS};

    #[test]
    fn advice_follows_from_where_the_table_has_the_name() {
        for (name, schema, root, advice) in [
            ("mini_batch_size", &NESTED, &NESTED, "it belongs in `settings`"),
            ("max_retries", &NESTED, &NESTED, "it belongs in `settings.retry_settings`"),
            ("instance_count", &FLAT, &FLAT, "it belongs in `resources`"),
            ("compute", &SETTINGS, &NESTED, "it belongs at the top level"),
            ("endpoint", &FLAT, &FLAT, "did you mean `endpoint_name`?"),
            ("mini_batchsize", &NESTED, &NESTED, "did you mean `mini_batch_size`? It belongs in `settings`"),
        ] {
            assert_eq!(for_unknown(name, schema, root).help.as_deref(), Some(advice), "{name}");
        }
    }

    #[test]
    fn slips_find_their_name_and_strangers_do_not() {
        let names = ["mini_batch_size", "error_threshold", "logging_level"];
        for (slip, expected) in [
            ("mini_batchsize", Some("mini_batch_size")),
            ("MiniBatchSize", Some("mini_batch_size")),
            ("error-threshold", Some("error_threshold")),
            ("colour", None),
        ] {
            assert_eq!(nearest(slip, names.into_iter()), expected, "{slip}");
        }
    }
}
