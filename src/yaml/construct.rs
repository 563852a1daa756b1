//! Turning raw nodes into values: tags, merge keys, duplicate keys. PyYAML calls this the safe constructor.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::compose::{Content, Pairs, RawNode};
use super::load::{DuplicateKey, Loaded, MAX_DEPTH, MAX_NODES, Node, Span, Yaml, YamlError};
use super::resolve::{self, Kind};

const NAMESPACE: &str = "tag:yaml.org,2002:";

/// Makes the value of a whole document.
pub(super) fn construct(root: &Rc<RawNode>) -> Result<Loaded, YamlError> {
    let mut constructor = Constructor::default();
    let root = constructor.node(root)?;
    Ok(Loaded { root: Some(root), duplicates: constructor.duplicates })
}

#[derive(Default)]
struct Constructor {
    /// Shared nodes are made once, so aliases stay cheap.
    made: HashMap<usize, Rc<Node>>,
    /// How much each made node holds once its aliases are written out.
    weights: HashMap<*const Node, Weight>,
    /// Mappings and pairs copied by merge keys so far.
    merged: usize,
    duplicates: Vec<DuplicateKey>,
}

/// Where a key ended up in its mapping, and whether it was written there rather than merged in.
struct Place {
    at: usize,
    is_own: bool,
}

/// What walking a node costs, shared parts counted each time.
#[derive(Clone, Copy)]
struct Weight {
    nodes: usize,
    depth: usize,
}

impl Constructor {
    fn node(&mut self, raw: &Rc<RawNode>) -> Result<Rc<Node>, YamlError> {
        if let Some(node) = self.made.get(&raw.id) {
            return Ok(Rc::clone(node));
        }
        let node = Rc::new(Node { span: raw.span, value: self.value(raw)? });
        self.weigh(&node)?;
        self.made.insert(raw.id, Rc::clone(&node));
        Ok(node)
    }

    /// Refuses what would be small to write and endless to walk: aliases of aliases of aliases.
    fn weigh(&mut self, node: &Rc<Node>) -> Result<(), YamlError> {
        let mut weight = Weight { nodes: 1, depth: 0 };
        let mut add = |child: &Rc<Node>| {
            let child =
                self.weights.get(&Rc::as_ptr(child)).copied().unwrap_or(Weight { nodes: 1, depth: 0 });
            weight.nodes = weight.nodes.saturating_add(child.nodes);
            weight.depth = weight.depth.max(child.depth + 1);
        };
        match &node.value {
            Yaml::Seq(items) => items.iter().for_each(add),
            Yaml::Map(pairs) => pairs.iter().for_each(|(_, value)| add(value)),
            _ => {}
        }
        if weight.nodes > MAX_NODES || weight.depth > MAX_DEPTH {
            return Err(YamlError::new("aliases expand to too many or too deep values", node.span));
        }
        self.weights.insert(Rc::as_ptr(node), weight);
        Ok(())
    }

    fn value(&mut self, raw: &RawNode) -> Result<Yaml, YamlError> {
        let tag = tag_of(raw);
        match (&raw.content, tag.strip_prefix(NAMESPACE)) {
            (Content::Scalar { text, .. }, Some(name)) => match Kind::named(name) {
                Some(kind) => {
                    resolve::scalar(kind, text).map_err(|message| YamlError::new(message, raw.span))
                }
                None => Err(unknown_tag(&tag, raw.span)),
            },
            (Content::Sequence(items), Some("seq")) => {
                Ok(Yaml::Seq(items.iter().map(|item| self.node(item)).collect::<Result<_, _>>()?))
            }
            (Content::Mapping(_), Some("map" | "set")) => self.mapping(raw),
            _ => Err(unknown_tag(&tag, raw.span)),
        }
    }

    fn mapping(&mut self, raw: &RawNode) -> Result<Yaml, YamlError> {
        let own: HashSet<usize> = match &raw.content {
            Content::Mapping(pairs) => pairs.iter().map(|(key, _)| key.id).collect(),
            _ => HashSet::new(),
        };
        let mut pairs: Vec<(Rc<Node>, Rc<Node>)> = Vec::new();
        let mut places: HashMap<String, Place> = HashMap::new();
        for (raw_key, raw_value) in self.flatten(raw, 0)? {
            let key = self.key(&raw_key)?;
            let value = self.node(&raw_value)?;
            let is_own = own.contains(&raw_key.id);
            match places.get_mut(&identity(&key.value)) {
                Some(place) => {
                    let lost = pairs[place.at].0.span;
                    if is_own && place.is_own {
                        self.duplicates.push(DuplicateKey { key: key.key_text(), lost, kept: key.span });
                    }
                    place.is_own = is_own;
                    pairs[place.at] = (key, value);
                }
                None => {
                    places.insert(identity(&key.value), Place { at: pairs.len(), is_own });
                    pairs.push((key, value));
                }
            }
        }
        Ok(Yaml::Map(pairs))
    }

    fn key(&mut self, raw: &Rc<RawNode>) -> Result<Rc<Node>, YamlError> {
        if is_kind(raw, "value") {
            return Ok(Rc::new(Node { span: raw.span, value: Yaml::Str("=".to_owned()) }));
        }
        let key = self.node(raw)?;
        match key.value {
            Yaml::Seq(_) | Yaml::Map(_) => {
                Err(YamlError::new("a key cannot be a list or a mapping", key.span))
            }
            _ => Ok(key),
        }
    }

    /// The pairs of a mapping with its merge keys replaced by what they name, weakest first.
    fn flatten(&mut self, raw: &RawNode, depth: usize) -> Result<Pairs, YamlError> {
        let Content::Mapping(pairs) = &raw.content else {
            return Err(YamlError::new("a merge key takes a mapping or a list of mappings", raw.span));
        };
        self.merged += 1;
        if self.merged > MAX_NODES || depth > MAX_DEPTH {
            return Err(YamlError::new("merge keys expand to too many or too deep values", raw.span));
        }
        let mut merged = Pairs::new();
        let mut own = Pairs::new();
        for (key, value) in pairs {
            if !is_kind(key, "merge") {
                own.push((Rc::clone(key), Rc::clone(value)));
                continue;
            }
            match &value.content {
                // The first of several merged mappings is the strongest, so it comes last.
                Content::Sequence(items) => {
                    for item in items.iter().rev() {
                        merged.extend(self.flatten(item, depth + 1)?);
                    }
                }
                _ => merged.extend(self.flatten(value, depth + 1)?),
            }
        }
        self.merged += merged.len();
        merged.extend(own);
        Ok(merged)
    }
}

/// Equal keys have equal identities. As in Python, `1`, `1.0` and `true` are the same key.
fn identity(key: &Yaml) -> String {
    match key {
        Yaml::Bool(value) => format!("n{}", i32::from(*value)),
        Yaml::Int(value) => format!("n{value}"),
        Yaml::Float(value) if value.fract() == 0.0 && value.abs() < 1e15 => format!("n{value:.0}"),
        Yaml::Float(value) => format!("f{value:?}"),
        Yaml::BigInt(text) => format!("n{text}"),
        Yaml::Str(text) => format!("s{text}"),
        Yaml::Date(text) => format!("d{text}"),
        Yaml::DateTime(text) => format!("t{text}"),
        Yaml::Binary(text) => format!("b{text}"),
        Yaml::Null | Yaml::Seq(_) | Yaml::Map(_) => "null".to_owned(),
    }
}

fn is_kind(raw: &RawNode, name: &str) -> bool {
    tag_of(raw).strip_prefix(NAMESPACE) == Some(name)
}

fn tag_of(raw: &RawNode) -> String {
    match raw.tag.as_deref() {
        // `!` alone asks for the tag the value would have had anyway.
        None | Some("!") => format!("{NAMESPACE}{}", implicit_tag(&raw.content)),
        Some(tag) => tag.to_owned(),
    }
}

fn implicit_tag(content: &Content) -> &'static str {
    match content {
        Content::Scalar { text, plain: true } => resolve::implicit(text).name(),
        Content::Scalar { .. } => "str",
        Content::Sequence(_) => "seq",
        Content::Mapping(_) => "map",
    }
}

fn unknown_tag(tag: &str, span: Span) -> YamlError {
    let shown = tag.strip_prefix(NAMESPACE).map_or_else(|| tag.to_owned(), |name| format!("!!{name}"));
    YamlError::new(format!("the tag `{shown}` has no meaning for this value"), span)
}
