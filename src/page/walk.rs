//! One walk over the tree that takes everything the model wants.

use std::ops::Range;

use ego_tree::NodeRef;
use ego_tree::iter::Edge;
use scraper::Node;
use url::Url;

use super::element::{Attributes, is_block, role_of};
use super::fragment::{self, Carrier};
use super::markup::raw_end;
use super::place::{self, Lines, Step};
use super::style::Sights;
use super::text::{fold_into, head, is_entity_encoded, trim_end};
use super::tree::{Marks, Tree};
use super::{
    AttributeText, Block, Form, Frame, Link, Meta, Note, Origin, Page, Refresh, Region, Relation, Role,
    Script, Sight, Spot, Visibility, region,
};

/// Links, blocks and attribute texts that a page may have, together.
const ITEMS: usize = 300_000;

/// The page as it grows.
pub(super) struct Collector<'p> {
    pub(super) base: &'p Url,
    pub(super) title: Option<Spot>,
    pub(super) other_titles: Vec<Spot>,
    pub(super) metas: Vec<Meta>,
    pub(super) links: Vec<Link>,
    pub(super) blocks: Vec<Block>,
    pub(super) frames: Vec<Frame>,
    pub(super) scripts: Vec<Script>,
    pub(super) refreshes: Vec<Refresh>,
    pub(super) structured: Vec<Spot>,
    pub(super) relations: Vec<Relation>,
    pub(super) forms: Vec<Form>,
    pub(super) attributes: Vec<AttributeText>,
    pub(super) notes: Vec<Note>,
    pub(super) elements: usize,
}

impl<'p> Collector<'p> {
    /// Nothing yet.
    pub(super) fn new(base: &'p Url) -> Self {
        Self {
            base,
            title: None,
            other_titles: Vec::new(),
            metas: Vec::new(),
            links: Vec::new(),
            blocks: Vec::new(),
            frames: Vec::new(),
            scripts: Vec::new(),
            refreshes: Vec::new(),
            structured: Vec::new(),
            relations: Vec::new(),
            forms: Vec::new(),
            attributes: Vec::new(),
            notes: Vec::new(),
            elements: 0,
        }
    }

    /// The whole.
    pub(super) fn into_page(self, url: &Url) -> Page {
        Page {
            url: url.clone(),
            base: self.base.clone(),
            title: self.title,
            other_titles: self.other_titles,
            metas: self.metas,
            links: self.links,
            blocks: self.blocks,
            frames: self.frames,
            scripts: self.scripts,
            refreshes: self.refreshes,
            structured: self.structured,
            relations: self.relations,
            forms: self.forms,
            attributes: self.attributes,
            notes: self.notes,
            elements: self.elements,
        }
    }

    /// Notes something once.
    pub(super) fn note(&mut self, note: Note) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// Whether the page has all the items it may have; noted.
    pub(super) fn is_full(&mut self) -> bool {
        let full = self.links.len() + self.blocks.len() + self.attributes.len() >= ITEMS;
        if full {
            self.note(Note::Budget("nodes"));
        }
        full
    }

    /// The address that a reference leads to; `None` for scripts and what is no address.
    pub(super) fn resolve(&self, reference: &str) -> Option<Url> {
        let reference = reference.trim();
        if reference.len() > 64 * 1024 || is_script_address(reference) {
            return None;
        }
        self.base.join(reference).ok()
    }

    /// A link that is no element.
    pub(super) fn bare_link(&mut self, href: &str, text: &str, carrier: &Carrier) {
        if self.is_full() {
            return;
        }
        let shown = head(href, 400);
        self.links.push(Link {
            url: self.resolve(href),
            href: href.to_owned(),
            text: text.to_owned(),
            title: String::new(),
            rel: String::new(),
            origin: carrier.origin,
            region: carrier.region,
            visibility: carrier.visibility.clone(),
            selector: carrier.selector.clone(),
            line: carrier.line,
            snippet: (shown.to_owned(), (0, shown.len())),
            block: None,
        });
    }
}

/// Whether a reference is a `javascript:` address, as browsers read it.
pub(super) fn is_script_address(reference: &str) -> bool {
    let mut letters = reference.bytes().filter(|byte| !matches!(byte, b'\t' | b'\n' | b'\r' | 0..=8));
    b"javascript:".iter().all(|want| letters.next().is_some_and(|byte| byte.eq_ignore_ascii_case(want)))
}

/// Delay and target of a refresh; the target is `None` where the page reloads.
pub(super) fn refresh_of(content: &str) -> Option<(f64, Option<&str>)> {
    let content = content.trim();
    let digits = content.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'.').count();
    let delay = match digits {
        0 if content.starts_with([';', ',']) => 0.0,
        _ => content[..digits].parse().ok()?,
    };
    let rest = content[digits..].trim_start_matches(|c: char| c.is_whitespace() || c == ';' || c == ',');
    let rest = match rest.get(..3) {
        Some(word) if word.eq_ignore_ascii_case("url") => {
            rest[3..].trim_start().strip_prefix('=').map_or(rest, str::trim_start)
        }
        _ => rest,
    };
    let target = match rest.chars().next() {
        None => None,
        Some(quote @ ('"' | '\'')) => rest[1..].split(quote).next(),
        Some(_) => Some(rest),
    };
    Some((delay, target.map(str::trim).filter(|to| !to.is_empty())))
}

/// An element on the way from the root to where the walk is.
struct Open<'t> {
    step: Step<'t>,
    /// Element children met so far.
    children: u32,
    region: Region,
    role: Role,
    block: bool,
    origin: Origin,
    start: usize,
    /// Whether it opened a link.
    link: bool,
}

/// The link that is open.
struct OpenLink {
    index: usize,
    alt: String,
    sight: Option<Visibility>,
}

/// Text of a block that one kind of eye sees.
#[derive(Default)]
struct Draft {
    text: String,
    linked: usize,
    /// The visibility of most of the text, and of how many bytes.
    sight: Option<(Visibility, usize)>,
    start: usize,
    origin: Option<Origin>,
    links: Vec<usize>,
    font_px: f32,
}

/// Where the outer parts of the document lie in the source.
struct Parts {
    /// Its doctype or `<html>`.
    begin: usize,
    /// The first of `</body>` and `</html>`.
    end: usize,
    /// What stands in `<head>`.
    head: Range<usize>,
}

impl Parts {
    fn of(marks: &Marks) -> Self {
        let first = |places: [Option<usize>; 2]| places.into_iter().flatten().min();
        let head = marks.head.or(marks.html).zip(first([marks.head_end, marks.body]));
        Self {
            begin: marks.doctype.or(marks.html).unwrap_or(0),
            end: first([marks.html_end, marks.body_end]).unwrap_or(usize::MAX),
            head: head.map_or(0..0, |(head, end)| head + 1..end),
        }
    }
}

/// The walk.
pub(super) struct Walk<'t, 'p> {
    tree: &'t Tree<'t>,
    source: &'t str,
    sights: &'t Sights,
    lines: Lines,
    parts: Parts,
    page: Collector<'p>,
    open: Vec<Open<'t>>,
    links: Vec<OpenLink>,
    seen: Draft,
    unseen: Draft,
}

/// Takes everything from a tree.
pub(super) fn walk<'p>(tree: &Tree<'_>, sights: &Sights, base: &'p Url) -> Collector<'p> {
    let mut walk = Walk {
        tree,
        source: &tree.source,
        sights,
        lines: Lines::of(&tree.source),
        parts: Parts::of(&tree.marks),
        page: Collector::new(base),
        open: Vec::with_capacity(32),
        links: Vec::new(),
        seen: Draft::default(),
        unseen: Draft::default(),
    };
    let mut skip = None;
    for edge in tree.html.tree.root().traverse() {
        match edge {
            Edge::Open(node) if skip.is_none() => {
                if !walk.enter(node) {
                    skip = Some(node.id());
                }
            }
            Edge::Close(node) => {
                if skip == Some(node.id()) {
                    skip = None;
                }
                if skip.is_none() && node.value().is_element() {
                    walk.leave();
                }
            }
            Edge::Open(_) => {}
        }
    }
    walk.flush();
    walk.rest();
    walk.page
}

impl<'t> Walk<'t, '_> {
    /// Takes a node; whether its children are to be walked.
    fn enter(&mut self, node: NodeRef<'t, Node>) -> bool {
        match node.value() {
            Node::Element(element) => {
                let attributes = Attributes::of(element);
                self.enter_element(node, &attributes)
            }
            Node::Text(text) => {
                self.text(node, text);
                true
            }
            Node::Comment(text) => {
                self.comment(node, text);
                true
            }
            _ => true,
        }
    }

    fn enter_element(&mut self, node: NodeRef<'t, Node>, attributes: &Attributes<'t>) -> bool {
        self.page.elements += 1;
        let name = attributes.name;
        let token = self.tree.start_of(node.id());
        let start = place::tag_near(self.source, token, name);
        let nth = self.open.last_mut().map_or(1, |parent| {
            parent.children += 1;
            parent.children
        });
        let (mut part, role, outer) =
            self.open.last().map_or((Region::Other, Role::Text, Origin::Body), |parent| {
                (parent.region, parent.role, parent.origin)
            });
        if !matches!(part, Region::FriendLinks | Region::UserContent) && !matches!(name, "html" | "body") {
            part = attributes.region().unwrap_or(part);
        }
        let block = is_block(name);
        if block {
            self.flush();
        }
        let inert = outer == Origin::Inert || name == "template";
        let origin = if inert { Origin::Inert } else { self.origin_at(token) };
        self.open.push(Open {
            step: Step { name, id: attributes.id, nth },
            children: 0,
            region: part,
            role: role_of(name, role),
            block,
            origin,
            start: token,
            link: false,
        });
        if matches!(origin, Origin::BeforeDoctype | Origin::AfterEnd)
            && matches!(name, "a" | "script" | "iframe")
        {
            self.page.note(Note::OutsideDocument);
        }
        if attributes.odd {
            self.odd_attributes(attributes, start);
        }
        self.element(node, attributes, start)
    }

    /// What is special about some elements; whether the children are to be walked.
    fn element(
        &mut self,
        node: NodeRef<'t, Node>,
        attributes: &Attributes<'t>,
        start: Option<usize>,
    ) -> bool {
        match attributes.name {
            "a" | "area" => self.link(node, attributes, start),
            "br" => {
                fold_into(&mut self.seen.text, " ");
                fold_into(&mut self.unseen.text, " ");
            }
            "img" => self.image(node, attributes),
            "title" => {
                self.title(node, start);
                return false;
            }
            "meta" => self.meta(attributes, start),
            "link" => self.relation(attributes),
            "script" => {
                self.script(node, attributes, start);
                return false;
            }
            "style" => return false,
            "noscript" | "noframes" | "textarea" | "xmp" | "noembed" => {
                self.raw(node, attributes, start);
                return false;
            }
            "iframe" | "frame" | "object" | "embed" => {
                self.frame(node, attributes, start);
                return attributes.name == "object";
            }
            "form" => self.form(attributes),
            "input" | "select" => self.field(attributes),
            "option" => self.option(node, attributes),
            _ => {}
        }
        true
    }

    fn leave(&mut self) {
        let Some(closed) = self.open.pop() else { return };
        if closed.link
            && let Some(link) = self.links.pop()
        {
            self.finish_link(link);
        }
        if closed.block {
            self.open.push(closed);
            self.flush();
            self.open.pop();
        }
    }

    fn steps(&self) -> impl DoubleEndedIterator<Item = Step<'t>> + Clone + '_ {
        self.open.iter().map(|open| open.step)
    }

    /// A selector for the element that was entered last.
    pub(super) fn selector(&self) -> String {
        place::selector(self.steps())
    }

    fn line(&self, start: Option<usize>) -> u32 {
        let start = start.or_else(|| self.open.last().map(|open| open.start));
        self.lines.at(start.unwrap_or_default())
    }

    fn region(&self) -> Region {
        self.open.last().map_or(Region::Other, |open| open.region)
    }

    fn origin(&self) -> Origin {
        self.open.last().map_or(Origin::Body, |open| open.origin)
    }

    fn origin_at(&self, at: usize) -> Origin {
        let Parts { begin, end, head } = &self.parts;
        if at < *begin {
            return Origin::BeforeDoctype;
        }
        if at > *end {
            return Origin::AfterEnd;
        }
        if head.contains(&at) { Origin::Head } else { Origin::Body }
    }

    fn carrier(&self, origin: Origin, visibility: Visibility, start: Option<usize>) -> Carrier {
        Carrier {
            origin,
            region: self.region(),
            visibility,
            selector: self.selector(),
            line: self.line(start),
        }
    }

    /// Where the raw content of the element whose start tag is at `start` lies in the source.
    fn raw_content(&self, start: usize, name: &str) -> Option<(usize, &'t str)> {
        let tag = super::markup::Tag::at(self.source, start)?;
        let end = raw_end(self.source, tag.range.end, name);
        Some((tag.range.end, &self.source[tag.range.end..end]))
    }
}

/// What a person sees of something that is not part of what is painted.
pub(super) fn unpainted(technique: &'static str, reason: &str) -> Visibility {
    Visibility { sight: Sight::Hidden, technique: Some(technique), reason: reason.to_owned(), reveal: None }
}

mod content;
mod head;
