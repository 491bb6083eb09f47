//! The document's tree, built by html5ever under budgets, with the place of every node in the source.
//!
//! html5ever is quadratic on deep nesting (it walks the stack of open elements) and on many attributes of one tag. So
//! the tokens pass through a [`Gate`] on their way to the tree builder, and every budget is counted in steps of work,
//! never in time: the same bytes give the same tree.

use std::borrow::Cow;
use std::cell::{Cell, Ref, RefCell};
use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::rc::Rc;

use ego_tree::NodeId;
use html5ever::buffer_queue::BufferQueue;
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};
use html5ever::tree_builder::{
    ElementFlags, NodeOrText, QuirksMode, Tracer, TreeBuilder, TreeBuilderOpts, TreeSink,
};
use html5ever::{Attribute, LocalName, QualName};
use scraper::{Html, HtmlTreeSink};

use super::markup::Tag as SourceTag;

/// Open elements and active formatting elements at a time; browsers stop at 512 too.
const DEPTH: usize = 512;
/// Links are still taken this deep, as they hardly nest.
const DEPTH_OF_LINKS: usize = 640;
/// Nodes in the tree.
const NODES: usize = 400_000;
/// Looks at an element by the tree builder; an honest page of 10 MB needs about a third.
const STEPS: u64 = 60_000_000;
/// Attributes of one tag.
const ATTRIBUTES: usize = 512;
/// Bytes fed at a time.
const CHUNK: usize = 16 * 1024;
/// How often giant tags are trimmed before the rest of a page is read without a tree.
const TRIMS: usize = 4;
/// Sources are cut here; offsets are kept in 32 bits.
const SOURCE: usize = u32::MAX as usize / 4;

/// A parsed document.
pub(super) struct Tree<'a> {
    /// The nodes.
    pub(super) html: Html,
    /// What was parsed: the source, or the source with giant tags trimmed.
    pub(super) source: Cow<'a, str>,
    /// Where each node begins in the source, by [`index_of`].
    starts: Vec<u32>,
    /// Where the outer parts of the document begin and end in the source.
    pub(super) marks: Marks,
    /// How far the tree reaches, where a budget ended it early.
    pub(super) cut: Option<usize>,
    /// Where links begin that stand too deep for the tree.
    pub(super) loose: Vec<u32>,
    /// Names of the budgets that ran out.
    pub(super) budgets: Vec<&'static str>,
}

/// Offsets of the document's outer tags.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Marks {
    /// The first doctype.
    pub(super) doctype: Option<usize>,
    /// The first `<html>`.
    pub(super) html: Option<usize>,
    /// The first `<head>`.
    pub(super) head: Option<usize>,
    /// The first `</head>`.
    pub(super) head_end: Option<usize>,
    /// The first `<body>`.
    pub(super) body: Option<usize>,
    /// The last `</body>`.
    pub(super) body_end: Option<usize>,
    /// The first `</html>`.
    pub(super) html_end: Option<usize>,
}

impl<'a> Tree<'a> {
    /// Parses a whole document. Cannot fail: what is beyond a budget is left out and named in `budgets`.
    pub(super) fn parse(source: &'a str) -> Self {
        let mut source = Cow::Borrowed(super::text::head(source, SOURCE));
        let mut budgets = Vec::new();
        for _ in 0..TRIMS {
            match build(&source) {
                Built::Whole(parts) => return Self::new(source, *parts, budgets),
                Built::GiantTag(start) => {
                    source = Cow::Owned(trim_tag(&source, start));
                    note(&mut budgets, "attributes");
                }
            }
        }
        // Too many giant tags: the tree ends before the next one.
        let end = match build(&source) {
            Built::Whole(parts) => return Self::new(source, *parts, budgets),
            Built::GiantTag(start) => start,
        };
        let Built::Whole(mut parts) = build(&source[..end]) else {
            return Self::new(source, Parts { cut: Some(0), ..Parts::default() }, budgets);
        };
        parts.cut.get_or_insert(end);
        Self::new(source, *parts, budgets)
    }

    fn new(source: Cow<'a, str>, parts: Parts, mut budgets: Vec<&'static str>) -> Self {
        for budget in parts.budgets {
            note(&mut budgets, budget);
        }
        Self {
            html: parts.html,
            source,
            starts: parts.starts,
            marks: parts.marks,
            cut: parts.cut,
            loose: parts.loose,
            budgets,
        }
    }

    /// Where a node begins in the source.
    pub(super) fn start_of(&self, node: NodeId) -> usize {
        self.starts.get(index_of(node)).map_or(0, |&start| start as usize)
    }
}

/// The place of a node in the tree's storage: nodes are numbered from 0 in the order of creation.
pub(crate) fn index_of(node: NodeId) -> usize {
    struct Take(usize);
    impl Hasher for Take {
        fn finish(&self) -> u64 {
            self.0 as u64
        }
        fn write(&mut self, _: &[u8]) {}
        fn write_usize(&mut self, number: usize) {
            self.0 = number;
        }
    }
    let mut take = Take(1);
    node.hash(&mut take);
    take.0 - 1
}

struct Parts {
    html: Html,
    starts: Vec<u32>,
    marks: Marks,
    cut: Option<usize>,
    loose: Vec<u32>,
    budgets: Vec<&'static str>,
}

impl Default for Parts {
    fn default() -> Self {
        Self {
            html: Html::new_document(),
            starts: Vec::new(),
            marks: Marks::default(),
            cut: None,
            loose: Vec::new(),
            budgets: Vec::new(),
        }
    }
}

enum Built {
    Whole(Box<Parts>),
    /// A tag with too many attributes begins here.
    GiantTag(usize),
}

fn build(source: &str) -> Built {
    let queue = Rc::new(BufferQueue::default());
    let sink = Sink::default();
    let gate = Gate {
        builder: TreeBuilder::new(sink, TreeBuilderOpts::default()),
        queue: Rc::clone(&queue),
        state: RefCell::default(),
        fed: Cell::new(0),
    };
    let tokenizer = Tokenizer::new(gate, TokenizerOpts::default());
    // The pieces that are fed share one buffer.
    let whole = StrTendril::from(source);
    let mut giant = GiantTag::default();
    let mut fed = 0;
    while fed < source.len() {
        let end = source.floor_char_boundary((fed + CHUNK).min(source.len()));
        let seen = tokenizer.sink.position();
        queue.push_back(whole.subtendril(fed as u32, (end - fed) as u32));
        tokenizer.sink.fed.set(end);
        while !matches!(tokenizer.feed(&queue), html5ever::TokenizerResult::Done) {}
        let last = tokenizer.sink.position();
        if tokenizer.sink.state.borrow().stopped.is_some() {
            break;
        }
        if last != seen {
            giant = GiantTag::default();
        } else if giant.is_too_much(source, last, fed..end) {
            return Built::GiantTag(last);
        }
        fed = end;
    }
    tokenizer.end();
    let Gate { builder, state, .. } = tokenizer.sink;
    let state = state.into_inner();
    let sink = builder.sink;
    Built::Whole(Box::new(Parts {
        html: sink.inner.finish(),
        starts: sink.starts.into_inner(),
        marks: state.marks,
        cut: state.stopped,
        loose: state.loose,
        budgets: state.budgets,
    }))
}

/// Counts the attributes of a tag that fills whole chunks.
#[derive(Default)]
struct GiantTag {
    quote: Option<u8>,
    attributes: usize,
    last: u8,
}

impl GiantTag {
    fn is_too_much(&mut self, source: &str, tag: usize, chunk: std::ops::Range<usize>) -> bool {
        let bytes = source.as_bytes();
        let is_tag = bytes.get(tag) == Some(&b'<')
            && bytes.get(tag + 1).is_some_and(|byte| byte.is_ascii_alphabetic());
        if !is_tag {
            return false;
        }
        let from = if self.last == 0 { tag } else { chunk.start };
        for &byte in &bytes[from..chunk.end] {
            match self.quote {
                Some(quote) if byte == quote => self.quote = None,
                Some(_) => {}
                None if matches!(byte, b'"' | b'\'') && self.last == b'=' => self.quote = Some(byte),
                None if byte.is_ascii_whitespace() || byte == b'/' => self.attributes += 1,
                None => {}
            }
            if !byte.is_ascii_whitespace() {
                self.last = byte;
            }
        }
        self.attributes > ATTRIBUTES
    }
}

/// The source without what follows the first [`ATTRIBUTES`] attributes of the tag at `start`.
fn trim_tag(source: &str, start: usize) -> String {
    let Some(tag) = SourceTag::at(source, start) else {
        return source[..start].to_owned();
    };
    let kept = tag
        .attributes()
        .nth(ATTRIBUTES)
        .map_or(tag.range.end, |(name, _)| name.as_ptr().addr() - source.as_ptr().addr());
    let mut out = String::with_capacity(source.len());
    out.push_str(&source[..kept]);
    out.push('>');
    out.push_str(&source[tag.range.end..]);
    out
}

fn note(budgets: &mut Vec<&'static str>, budget: &'static str) {
    if !budgets.contains(&budget) {
        budgets.push(budget);
    }
}

/// Stands between tokenizer and tree builder.
struct Gate {
    builder: TreeBuilder<NodeId, Sink>,
    /// What the tokenizer has not yet consumed.
    queue: Rc<BufferQueue>,
    /// Offset behind what was fed.
    fed: Cell<usize>,
    state: RefCell<GateState>,
}

#[derive(Default)]
struct GateState {
    marks: Marks,
    /// Upper bound of what the tree builder holds open.
    open: usize,
    /// Tags that passed since `open` was counted.
    since: usize,
    /// Start tags left out that still wait for their end tag.
    dropped: HashMap<LocalName, u32>,
    stopped: Option<usize>,
    loose: Vec<u32>,
    budgets: Vec<&'static str>,
}

impl Gate {
    /// Offset behind the last consumed byte, as of the last token.
    fn position(&self) -> usize {
        self.builder.sink.start.get()
    }

    fn consumed(&self) -> usize {
        let rest = self.queue.peek_front_chunk_mut().map_or(0, |chunk| chunk.len());
        self.fed.get().saturating_sub(rest)
    }

    fn stop(&self, state: &mut GateState, budget: &'static str) {
        note(&mut state.budgets, budget);
        state.stopped = Some(self.position());
        while self.queue.pop_front().is_some() {}
    }

    /// Whether a tag may pass; keeps the books on depth and on the document's outer tags.
    fn admits(&self, state: &mut GateState, tag: &Tag) -> bool {
        let here = self.position();
        let name: &str = &tag.name;
        if tag.kind == TagKind::EndTag {
            match name {
                "head" => _ = state.marks.head_end.get_or_insert(here),
                "body" => state.marks.body_end = Some(here),
                "html" => _ = state.marks.html_end.get_or_insert(here),
                _ if !state.dropped.is_empty() => {
                    if let Some(count) = state.dropped.get_mut(&tag.name).filter(|count| **count > 0) {
                        *count -= 1;
                        return false;
                    }
                }
                _ => {}
            }
            state.since += 1;
            return true;
        }
        match name {
            "html" => _ = state.marks.html.get_or_insert(here),
            "head" => _ = state.marks.head.get_or_insert(here),
            "body" => _ = state.marks.body.get_or_insert(here),
            _ => {}
        }
        let limit = if name == "a" { DEPTH_OF_LINKS } else { DEPTH };
        // While nothing passes, what is open stays open and need not be counted again.
        if state.since >= 64 || (state.since > 0 && state.open >= DEPTH) {
            let count = Count::default();
            self.builder.trace_handles(&count);
            state.open = count.0.get();
            state.since = 0;
        }
        if state.open < limit || is_harmless(name) {
            state.open += 1;
            state.since += 1;
            return true;
        }
        note(&mut state.budgets, "depth");
        if name == "a" {
            state.loose.extend(u32::try_from(here));
        }
        *state.dropped.entry(tag.name.clone()).or_default() += 1;
        false
    }
}

impl TokenSink for Gate {
    type Handle = NodeId;

    fn process_token(&self, token: Token, line: u64) -> TokenSinkResult<NodeId> {
        let result = {
            let mut state = self.state.borrow_mut();
            if state.stopped.is_some() {
                if !matches!(token, Token::EOFToken) {
                    return TokenSinkResult::Continue;
                }
            } else if self.builder.sink.nodes() > NODES {
                self.stop(&mut state, "nodes");
                return TokenSinkResult::Continue;
            } else if self.builder.sink.steps.get() > STEPS {
                self.stop(&mut state, "time");
                return TokenSinkResult::Continue;
            }
            match &token {
                Token::TagToken(tag) if !self.admits(&mut state, tag) => TokenSinkResult::Continue,
                Token::ParseError(_) => return TokenSinkResult::Continue,
                Token::DoctypeToken(_) => {
                    state.marks.doctype.get_or_insert(self.position());
                    drop(state);
                    self.builder.process_token(token, line)
                }
                _ => {
                    drop(state);
                    self.builder.process_token(token, line)
                }
            }
        };
        self.builder.sink.start.set(self.consumed());
        result
    }

    fn end(&self) {
        self.builder.end();
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&self) -> bool {
        self.builder.adjusted_current_node_present_but_not_in_html_namespace()
    }
}

/// Elements that never stay open, or whose content is raw text that must not be read as markup.
fn is_harmless(name: &str) -> bool {
    matches!(
        name,
        "img"
            | "br"
            | "input"
            | "meta"
            | "link"
            | "area"
            | "base"
            | "embed"
            | "hr"
            | "wbr"
            | "source"
            | "track"
            | "col"
            | "param"
            | "script"
            | "style"
            | "title"
            | "textarea"
            | "iframe"
            | "xmp"
            | "noembed"
            | "noframes"
            | "noscript"
    )
}

#[derive(Default)]
struct Count(Cell<usize>);

impl Tracer for Count {
    type Handle = NodeId;

    fn trace_handle(&self, _: &NodeId) {
        self.0.set(self.0.get() + 1);
    }
}

/// scraper's sink, with the place of every node and a count of the work.
struct Sink {
    inner: HtmlTreeSink,
    starts: RefCell<Vec<u32>>,
    /// Where the token at hand begins.
    start: Cell<usize>,
    steps: Cell<u64>,
}

impl Default for Sink {
    fn default() -> Self {
        Self {
            inner: HtmlTreeSink::new(Html::new_document()),
            starts: RefCell::new(vec![0]),
            start: Cell::new(0),
            steps: Cell::new(0),
        }
    }
}

impl Sink {
    fn nodes(&self) -> usize {
        self.starts.borrow().len()
    }

    fn step(&self) {
        self.steps.set(self.steps.get() + 1);
    }

    /// Gives every node that was made since the last call the place of the token at hand.
    fn placed(&self, count: usize) {
        let mut starts = self.starts.borrow_mut();
        let start = u32::try_from(self.start.get()).unwrap_or(u32::MAX);
        let len = starts.len();
        starts.resize(len.max(count), start);
    }

    fn place(&self, node: NodeId) -> NodeId {
        self.placed(index_of(node) + 1);
        node
    }
}

impl TreeSink for Sink {
    type Output = Html;
    type Handle = NodeId;
    type ElemName<'a> = Ref<'a, QualName>;

    fn finish(self) -> Html {
        self.inner.finish()
    }

    fn parse_error(&self, _: Cow<'static, str>) {}

    fn set_quirks_mode(&self, mode: QuirksMode) {
        self.inner.set_quirks_mode(mode);
    }

    fn get_document(&self) -> NodeId {
        self.inner.get_document()
    }

    fn same_node(&self, x: &NodeId, y: &NodeId) -> bool {
        self.step();
        x == y
    }

    fn elem_name<'a>(&'a self, target: &'a NodeId) -> Ref<'a, QualName> {
        self.step();
        self.inner.elem_name(target)
    }

    fn create_element(&self, name: QualName, attrs: Vec<Attribute>, flags: ElementFlags) -> NodeId {
        self.place(self.inner.create_element(name, attrs, flags))
    }

    fn create_comment(&self, text: StrTendril) -> NodeId {
        self.place(self.inner.create_comment(text))
    }

    fn create_pi(&self, target: StrTendril, data: StrTendril) -> NodeId {
        self.place(self.inner.create_pi(target, data))
    }

    fn append_doctype_to_document(&self, name: StrTendril, public_id: StrTendril, system_id: StrTendril) {
        self.inner.append_doctype_to_document(name, public_id, system_id);
    }

    fn append(&self, parent: &NodeId, child: NodeOrText<NodeId>) {
        let is_text = matches!(child, NodeOrText::AppendText(_));
        self.inner.append(parent, child);
        if is_text {
            let last =
                self.inner.0.borrow().tree.get(*parent).and_then(|node| node.last_child()).map(|n| n.id());
            if let Some(id) = last {
                self.place(id);
            }
        }
    }

    fn append_before_sibling(&self, sibling: &NodeId, new_node: NodeOrText<NodeId>) {
        self.step();
        self.inner.append_before_sibling(sibling, new_node);
    }

    fn append_based_on_parent_node(
        &self,
        element: &NodeId,
        prev_element: &NodeId,
        child: NodeOrText<NodeId>,
    ) {
        self.step();
        self.inner.append_based_on_parent_node(element, prev_element, child);
    }

    fn remove_from_parent(&self, target: &NodeId) {
        self.step();
        self.inner.remove_from_parent(target);
    }

    fn reparent_children(&self, node: &NodeId, new_parent: &NodeId) {
        self.step();
        self.inner.reparent_children(node, new_parent);
    }

    fn add_attrs_if_missing(&self, target: &NodeId, attrs: Vec<Attribute>) {
        self.inner.add_attrs_if_missing(target, attrs);
    }

    fn get_template_contents(&self, target: &NodeId) -> NodeId {
        self.inner.get_template_contents(target)
    }

    fn is_mathml_annotation_xml_integration_point(&self, handle: &NodeId) -> bool {
        self.inner.is_mathml_annotation_xml_integration_point(handle)
    }
}
