//! The language the field tables are written in: what fields a kind of spec has and what may stand in them.
//!
//! A table is data. The check walks it, and so can anything else that has to know the fields, such as a
//! JSON Schema or a page of documentation.

use crate::wire::asset::AssetKind;

/// Name of the field that stands for fields of any other name.
const REST: &str = "*";

/// The fields of a mapping.
#[derive(Debug)]
pub struct Schema {
    /// What the mapping describes, for example `batch endpoint`.
    pub title: &'static str,
    /// Its fields in the order in which people write them.
    pub fields: &'static [Field],
    /// Names from older versions and other kinds, each with what to write instead.
    pub renamed: &'static [(&'static str, &'static str)],
}

impl Shape {
    /// Whether the service writes it and nobody else.
    pub fn is_read_only(&self) -> bool {
        matches!(self, Self::ReadOnly | Self::ReadOnlyText | Self::Printed)
    }
}

impl Schema {
    /// Whether fields of other names are allowed too.
    pub fn is_open(&self) -> bool {
        self.fields.iter().any(Field::is_rest)
    }

    /// The field of that name, or the one that stands for all others.
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        let named = self.fields.iter().find(|field| field.name == name);
        named.or_else(|| self.fields.iter().find(|field| field.is_rest()))
    }
}

/// One field.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// The key.
    pub name: &'static str,
    /// What may stand there.
    pub shape: Shape,
    /// Whether it has to be there.
    pub required: bool,
    /// The option that gives it instead.
    pub option: Option<&'static str>,
    /// What holds when it is not given.
    pub default: Option<&'static str>,
    /// What it means, in a sentence or two.
    pub doc: &'static str,
    /// Whose rule it is.
    pub rule: Rule,
}

impl Field {
    /// An optional field whose rule is the client's.
    pub const fn new(name: &'static str, shape: Shape, doc: &'static str) -> Self {
        Self { name, shape, required: false, option: None, default: None, doc, rule: Rule::Client }
    }

    /// A field that the service writes and that is ignored when read.
    pub const fn read_only(name: &'static str, doc: &'static str) -> Self {
        Self::new(name, Shape::ReadOnly, doc)
    }

    /// Stands for fields of any other name, whose values are handed on.
    pub const fn rest(doc: &'static str) -> Self {
        Self::new(REST, Shape::Anything, doc)
    }

    /// Whether this stands for fields of any other name.
    pub fn is_rest(&self) -> bool {
        self.name == REST
    }

    /// As [`Self::read_only`] for what is ignored only where it is text.
    pub const fn read_only_text(name: &'static str, doc: &'static str) -> Self {
        Self::new(name, Shape::ReadOnlyText, doc)
    }

    /// A field that the service prints and that a file cannot have.
    pub const fn printed(name: &'static str, doc: &'static str) -> Self {
        Self::new(name, Shape::Printed, doc)
    }

    /// The same field, to be given.
    #[must_use]
    pub const fn required(self) -> Self {
        Self { required: true, ..self }
    }

    /// The same field with an option that gives it too.
    #[must_use]
    pub const fn option(self, option: &'static str) -> Self {
        Self { option: Some(option), ..self }
    }

    /// The same field with what holds when it is not given.
    #[must_use]
    pub const fn default(self, default: &'static str) -> Self {
        Self { default: Some(default), ..self }
    }

    /// The same field with another source of its rule.
    #[must_use]
    pub const fn rule(self, rule: Rule) -> Self {
        Self { rule, ..self }
    }
}

/// The fields of several lists as one; `N` is how many there are in all.
pub const fn joined<const N: usize>(lists: &[&[Field]]) -> [Field; N] {
    let mut fields = [Field::rest(""); N];
    let (mut list, mut count) = (0, 0);
    while list < lists.len() {
        let mut at = 0;
        while at < lists[list].len() {
            fields[count] = lists[list][at];
            at += 1;
            count += 1;
        }
        list += 1;
    }
    assert!(count == N, "there are fewer fields than said");
    fields
}

/// Where the rule of a field comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Microsoft's client checks it before it sends anything.
    Client,
    /// The service's documentation says so; the client lets it pass.
    Service,
    /// azml's own, to find a mistake before a job does.
    Azml,
}

/// What may stand in a field.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// Text.
    Text,
    /// A version: text, or a number that is kept as text.
    Version,
    /// The name of an endpoint.
    EndpointName,
    /// The name of a deployment, or of the endpoint it belongs to.
    DeploymentName,
    /// A name by the rule for assets and computes.
    AssetName,
    /// The plain name of a file, no folders.
    FileName,
    /// A path on this machine, relative to the spec, or the address of something elsewhere.
    Path,
    /// A whole number, or text or a fraction that reads as one, not below `min`.
    Integer {
        /// Smallest value.
        min: i64,
    },
    /// A truth value, or text or a number that reads as one.
    Boolean,
    /// One of some words.
    Choice {
        /// The words.
        values: &'static [&'static str],
        /// How other spellings of a word are brought to it.
        casing: Casing,
    },
    /// Text for which the service knows only some words, whatever their case; others get a warning.
    AdvisedChoice(&'static [&'static str]),
    /// A mapping with free keys and values.
    Mapping,
    /// A mapping with free keys, which have to be text, and values of one shape.
    MapOf(&'static Shape),
    /// A mapping with free keys whose values are sent as text, the way Python writes them. Null is left out.
    TextMapping,
    /// Text or a free mapping.
    TextOrMapping,
    /// Anything at all.
    Anything,
    /// Text, a number or a truth value.
    Scalar,
    /// Text or a list of texts.
    TextOrList,
    /// A folder on this machine, relative to the spec, or an `http` address.
    BuildContext,
    /// A reference to a component, or the path of a file that describes one.
    Component,
    /// A reference to a job.
    Job,
    /// A mapping with fields of its own.
    Object(&'static Schema),
    /// A mapping that is one of several kinds. Which one follows from its fields.
    OneOf(&'static [&'static Schema]),
    /// A list.
    List(&'static Shape),
    /// A reference to an asset, or the asset itself.
    Asset {
        /// Kind of the asset.
        kind: AssetKind,
        /// Fields of an inline one.
        inline: &'static Schema,
    },
    /// Written by the service, ignored here.
    ReadOnly,
    /// The same, and text.
    ReadOnlyText,
    /// Printed by the service. A file that a person writes does not have it.
    Printed,
}

/// How a word is brought to the spelling in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Casing {
    /// Not at all.
    Exact,
    /// In lower case: `APPEND_ROW` is `append_row`, but `AppendRow` is nothing.
    Lower,
    /// From camel case: `AADToken` and `aadToken` are `aad_token`.
    Snake,
}
