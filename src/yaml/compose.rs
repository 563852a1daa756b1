//! Turning parser events into a graph of raw nodes, aliases shared. PyYAML calls this step the composer.
//!
//! Nothing is interpreted here: scalars are still text, merge keys are still keys.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use granit_parser::{Event, Marker, Options, Parser, ScalarStyle, ScanError, StrInput, StructureStyle, Tag};

use super::load::{MAX_DEPTH, MAX_NODES, Span, YamlError};

/// A node before its tag is resolved.
#[derive(Debug)]
pub(super) struct RawNode {
    /// Where it was written.
    pub(super) span: Span,
    /// Tells nodes apart, so that a shared one is constructed once.
    pub(super) id: usize,
    /// The explicit tag, resolved to its full name.
    pub(super) tag: Option<String>,
    /// What it holds.
    pub(super) content: Content,
}

/// What a raw node holds.
#[derive(Debug)]
pub(super) enum Content {
    /// Text and whether it stood without quotes.
    Scalar { text: String, plain: bool },
    /// Items of a sequence.
    Sequence(Vec<Rc<RawNode>>),
    /// Keys and values of a mapping.
    Mapping(Pairs),
}

/// Keys and values in the order of the file.
pub(super) type Pairs = Vec<(Rc<RawNode>, Rc<RawNode>)>;

/// Reads the only document of `text`; `None` where there is none.
pub(super) fn compose(text: &str) -> Result<Option<Rc<RawNode>>, YamlError> {
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut options = Options::default();
    options.emit_anchor_events = true;
    let mut composer = Composer {
        parser: Parser::new_from_str_with_options(body, options),
        offset: text.len() - body.len(),
        anchors: HashMap::new(),
        anchor_names: HashSet::new(),
        count: 0,
    };
    composer.document()
}

struct Composer<'t> {
    parser: Parser<'t, StrInput<'t>>,
    /// Bytes of the byte order mark, which the parser does not see.
    offset: usize,
    /// Nodes by anchor; `None` while the node is still being read.
    anchors: HashMap<usize, Option<Rc<RawNode>>>,
    anchor_names: HashSet<String>,
    count: usize,
}

type Spanned<'t> = (Event<'t>, Span);

impl<'t> Composer<'t> {
    fn document(&mut self) -> Result<Option<Rc<RawNode>>, YamlError> {
        let mut root = None;
        while let Some((event, span)) = self.next()? {
            match event {
                Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
                Event::DocumentStart(..) if root.is_some() => {
                    return Err(YamlError::new("a second document starts here, only one is read", span));
                }
                Event::DocumentStart(..) => {}
                event => root = Some(self.node(event, span, 0)?),
            }
        }
        Ok(root)
    }

    /// The next event that is not just about an anchor's name.
    fn next(&mut self) -> Result<Option<Spanned<'t>>, YamlError> {
        loop {
            let Some(result) = self.parser.next_event() else {
                return Ok(None);
            };
            let (event, span) = result.map_err(|error| self.scan_error(&error))?;
            let span = self.span(span.start, span.end);
            match event {
                Event::Anchor(_, name) => {
                    if !self.anchor_names.insert(name.to_string()) {
                        return Err(YamlError::new(format!("the anchor `&{name}` is defined twice"), span));
                    }
                }
                event => return Ok(Some((event, span))),
            }
        }
    }

    fn inside(&mut self, opened: Span) -> Result<Spanned<'t>, YamlError> {
        self.next()?.ok_or_else(|| YamlError::new("the text ends inside this value", opened))
    }

    fn node(&mut self, event: Event<'t>, span: Span, depth: usize) -> Result<Rc<RawNode>, YamlError> {
        if depth > MAX_DEPTH {
            return Err(YamlError::new(format!("nested more than {MAX_DEPTH} levels deep"), span));
        }
        self.count += 1;
        if self.count > MAX_NODES {
            return Err(YamlError::new(format!("more than {MAX_NODES} values"), span));
        }
        match event {
            Event::Alias(anchor) => self.aliased(anchor, span),
            Event::Scalar(text, style, anchor, tag) => {
                let plain = style == ScalarStyle::Plain;
                Ok(self.finish(
                    anchor,
                    span,
                    tag.as_deref(),
                    Content::Scalar { text: text.into_owned(), plain },
                ))
            }
            Event::SequenceStart(style, anchor, tag) => {
                self.anchors.insert(anchor, None);
                let (items, end) = self.items(span, depth)?;
                let span = collection_span(span, style, end, items.last());
                Ok(self.finish(anchor, span, tag.as_deref(), Content::Sequence(items)))
            }
            Event::MappingStart(style, anchor, tag) => {
                self.anchors.insert(anchor, None);
                let (pairs, end) = self.pairs(span, depth)?;
                let span = collection_span(span, style, end, pairs.last().map(|(_, value)| value));
                Ok(self.finish(anchor, span, tag.as_deref(), Content::Mapping(pairs)))
            }
            _ => Err(YamlError::new("a value was expected here", span)),
        }
    }

    fn items(&mut self, opened: Span, depth: usize) -> Result<(Vec<Rc<RawNode>>, Span), YamlError> {
        let mut items = Vec::new();
        loop {
            match self.inside(opened)? {
                (Event::SequenceEnd, end) => return Ok((items, end)),
                (event, span) => items.push(self.node(event, span, depth + 1)?),
            }
        }
    }

    fn pairs(&mut self, opened: Span, depth: usize) -> Result<(Pairs, Span), YamlError> {
        let mut pairs = Vec::new();
        loop {
            let (event, span) = self.inside(opened)?;
            if matches!(event, Event::MappingEnd) {
                return Ok((pairs, span));
            }
            let key = self.node(event, span, depth + 1)?;
            let (event, span) = self.inside(opened)?;
            pairs.push((key, self.node(event, span, depth + 1)?));
        }
    }

    fn aliased(&self, anchor: usize, span: Span) -> Result<Rc<RawNode>, YamlError> {
        match self.anchors.get(&anchor) {
            Some(Some(node)) => Ok(Rc::clone(node)),
            Some(None) => Err(YamlError::new("this alias makes the value contain itself", span)),
            None => Err(YamlError::new("this alias names no anchor before it", span)),
        }
    }

    fn finish(&mut self, anchor: usize, span: Span, tag: Option<&Tag>, content: Content) -> Rc<RawNode> {
        let tag = tag.map(|tag| format!("{}{}", tag.handle(), tag.suffix()));
        let node = Rc::new(RawNode { span, id: self.count_id(), tag, content });
        // The parser numbers anchors from 1.
        if anchor != 0 {
            self.anchors.insert(anchor, Some(Rc::clone(&node)));
        }
        node
    }

    fn count_id(&mut self) -> usize {
        self.count += 1;
        self.count
    }

    fn span(&self, start: Marker, end: Marker) -> Span {
        let at = |marker: Marker| marker.byte_offset().unwrap_or_default() + self.offset;
        Span { start: at(start), end: at(end), line: start.line(), column: start.col() + 1 }
    }

    fn scan_error(&self, error: &ScanError) -> YamlError {
        let marker = *error.marker();
        YamlError::new(error.info(), self.span(marker, marker))
    }
}

/// A block ends with its last value, not where the parser noticed that it had ended.
fn collection_span(start: Span, style: StructureStyle, end: Span, last: Option<&Rc<RawNode>>) -> Span {
    let end = match (style, last) {
        (StructureStyle::Block, Some(last)) => last.span.end,
        (StructureStyle::Block, None) => start.end,
        (StructureStyle::Flow, _) => end.end,
    };
    Span { end: end.max(start.start), ..start }
}
