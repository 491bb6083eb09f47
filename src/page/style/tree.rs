//! The document in reading order, each element with its computed style.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hash, Hasher};

use ego_tree::iter::Edge;
use ego_tree::{NodeId, NodeRef};
use html5ever::{LocalName, local_name, ns};
use scraper::node::Element;
use scraper::{Html, Node};
use selectors::bloom::BloomFilter;

use super::cascade::Cascade;
use super::computed::Style;
use super::property::{Declarations, contains_ignoring_case};
use super::selector::filter_hashes;
use super::value::Reading;
use super::{sheet, ua};

/// Stands for "no item".
pub(super) const NONE: u32 = u32::MAX;

/// An element or text.
pub(super) struct Item<'a> {
    pub(super) node: NodeRef<'a, Node>,
    /// The element it stands in; [`NONE`] for the root.
    pub(super) parent: u32,
    /// One past its last descendant.
    pub(super) end: u32,
    /// Depth in the tree, from 0.
    pub(super) depth: u32,
    /// Index of its style; a text has its parent's.
    pub(super) style: u32,
    /// The outermost element around it, or itself, that is not rendered at all.
    pub(super) unrendered: u32,
    /// The first box that is in charge of it: shadow trees, closed `<details>`.
    pub(super) closed: u32,
}

/// The document.
pub(super) struct Tree<'a> {
    pub(super) items: Vec<Item<'a>>,
    pub(super) styles: Vec<Style>,
    /// Whether any `style` attribute speaks to Internet Explorer.
    pub(super) explorer: bool,
    numbers: Numbers,
}

/// From a node's id to its item.
#[derive(Debug, Default)]
pub(super) struct Numbers(Vec<u32>);

impl Numbers {
    /// The item of a node.
    pub(super) fn get(&self, id: NodeId) -> Option<usize> {
        self.0.get(raw(id)).copied().filter(|number| *number != NONE).map(|number| number as usize)
    }

    fn set(&mut self, id: NodeId, number: u32) {
        let at = raw(id);
        if self.0.len() <= at {
            self.0.resize(at + 1, NONE);
        }
        self.0[at] = number;
    }
}

impl<'a> Tree<'a> {
    /// Computes every style, in one walk.
    pub(super) fn new(html: &'a Html, cascade: &Cascade) -> Self {
        let count = html.tree.values().len();
        let mut tree = Self {
            items: Vec::with_capacity(count),
            styles: vec![Style::initial()],
            explorer: false,
            numbers: Numbers(Vec::with_capacity(count + 1)),
        };
        let mut open: Vec<u32> = Vec::new();
        let mut shared = Shared::new(cascade.reading);
        let mut filter = BloomFilter::new();
        let mut hashes: Vec<u32> = Vec::new();
        let mut marks: Vec<usize> = Vec::new();
        let with_filter = !cascade.is_empty();
        let mut root_px = 16.0;
        for edge in html.tree.root().traverse() {
            match edge {
                Edge::Open(node) => match node.value() {
                    Node::Element(element) => {
                        let parent = open.last().copied().unwrap_or(NONE);
                        let number = tree.push(node, parent, open.len());
                        let skipped = tree.items[number as usize].unrendered != NONE;
                        if !skipped {
                            let blocks = match with_filter {
                                true => cascade.blocks(node, element, Some(&filter)),
                                false => Vec::new(),
                            };
                            let around = tree.parent_style(parent);
                            let special = tree.special(number);
                            let own = shared.read(element);
                            let name = element.name.local.clone();
                            let made = (around as u32, name, own.linked, own.inline, blocks);
                            let sharing = special.is_none() && !own.stands_alone && !open.is_empty();
                            let known = if sharing { shared.styles.get(&made).copied() } else { None };
                            let at = known.unwrap_or_else(|| {
                                let inline = &shared.inline[own.inline as usize];
                                let parent = &tree.styles[around];
                                tree.styles.push(cascade.style(element, &made.4, inline, parent, root_px));
                                tree.styles.len() as u32 - 1
                            });
                            tree.settle(number, at, special);
                            if open.is_empty() {
                                root_px = tree.styles[at as usize].font_px;
                            }
                            if sharing && known.is_none() {
                                shared.styles.insert(made, at);
                            }
                        }
                        if with_filter {
                            marks.push(hashes.len());
                            filter_hashes(
                                element,
                                |name| cascade.hash(name),
                                |hash| {
                                    filter.insert_hash(hash);
                                    hashes.push(hash);
                                },
                            );
                        }
                        open.push(number);
                    }
                    Node::Text(_) => {
                        if let Some(parent) = open.last() {
                            tree.push(node, *parent, open.len());
                        }
                    }
                    _ => {}
                },
                Edge::Close(node) => {
                    if node.value().is_element() {
                        if let Some(mark) = marks.pop() {
                            hashes.drain(mark..).for_each(|hash| filter.remove_hash(hash));
                        }
                        if let Some(number) = open.pop() {
                            tree.items[number as usize].end = tree.items.len() as u32;
                        }
                    }
                }
            }
        }
        tree.explorer = shared.explorer;
        tree
    }

    fn parent_style(&self, parent: u32) -> usize {
        if parent == NONE { 0 } else { self.items[parent as usize].style as usize }
    }

    fn push(&mut self, node: NodeRef<'a, Node>, parent: u32, depth: usize) -> u32 {
        let number = self.items.len() as u32;
        let (unrendered, closed) = match self.items.get(parent as usize) {
            Some(around) => (around.unrendered, around.closed),
            None => (NONE, NONE),
        };
        let style = self.parent_style(parent) as u32;
        self.numbers.set(node.id(), number);
        self.items.push(Item {
            node,
            parent,
            end: number + 1,
            depth: depth as u32,
            style,
            unrendered,
            closed,
        });
        number
    }

    /// Gives an element its style; what is special about it stands alone.
    fn settle(&mut self, number: u32, at: u32, special: Option<Special>) {
        let item = &mut self.items[number as usize];
        let style = &mut self.styles[at as usize];
        match special {
            Some(Special::Show) => style.display = "contents",
            Some(Special::Close(by)) => item.closed = by,
            None if style.display == "none" && item.unrendered == NONE => item.unrendered = number,
            None => {}
        }
        item.style = at;
    }

    /// Shadow trees written in the markup, and closed `<details>`.
    fn special(&self, number: u32) -> Option<Special> {
        let item = &self.items[number as usize];
        let element = item.node.value().as_element()?;
        if element.name() == "template" && element.attr("shadowrootmode").is_some() {
            return Some(Special::Show);
        }
        let parent = self.items.get(item.parent as usize)?;
        let around = parent.node.value().as_element()?;
        if around.name() == "details" && around.attr("open").is_none() {
            let first_summary = parent
                .node
                .children()
                .find(|child| child.value().as_element().is_some_and(|element| element.name() == "summary"));
            if first_summary.is_none_or(|summary| summary.id() != item.node.id()) {
                return Some(Special::Close(item.parent));
            }
        }
        None
    }

    /// Keeps only what leads from nodes to items.
    pub(super) fn into_numbers(self) -> Numbers {
        self.numbers
    }

    /// The style that counts for an item.
    pub(super) fn style(&self, number: u32) -> &Style {
        &self.styles[self.items[number as usize].style as usize]
    }

    /// Whether an element is placed by `left: expression(…)`, which only Internet Explorer ran.
    pub(super) fn speaks_explorer(&self, number: u32) -> bool {
        self.element(number)
            .and_then(|element| element.attr("style"))
            .is_some_and(|text| contains_ignoring_case(text, "expression("))
    }

    /// The element of an item; `None` for text.
    pub(super) fn element(&self, number: u32) -> Option<&'a scraper::node::Element> {
        self.items[number as usize].node.value().as_element()
    }

    /// The element's name; empty for text.
    pub(super) fn tag(&self, number: u32) -> &'a str {
        self.element(number).map_or("", |element| element.name())
    }

    /// The text of an item; `None` for elements.
    pub(super) fn text(&self, number: u32) -> Option<&'a str> {
        self.items[number as usize].node.value().as_text().map(|text| &**text)
    }

    /// The item's element ancestors, nearest first; begins with itself if it is an element.
    pub(super) fn ancestors(&self, number: u32) -> impl Iterator<Item = u32> + '_ {
        let first = if self.element(number).is_some() { number } else { self.items[number as usize].parent };
        std::iter::successors((first != NONE).then_some(first), |number| {
            let parent = self.items[*number as usize].parent;
            (parent != NONE).then_some(parent)
        })
    }

    /// The direct children of an item.
    pub(super) fn children(&self, number: u32) -> impl Iterator<Item = u32> + '_ {
        let end = self.items[number as usize].end;
        std::iter::successors((number + 1 < end).then_some(number + 1), move |child| {
            let next = self.items[*child as usize].end;
            (next < end).then_some(next)
        })
    }
}

/// Styles that several elements have: those of the same name and the same `style` attribute, under the same style,
/// that the same blocks match.
struct Shared<'a> {
    styles: HashMap<Made, u32, BuildHasherDefault<Mix>>,
    /// What each `style` attribute says; the first stands for none.
    inline: Vec<Declarations>,
    /// Places in `inline` by the attribute's text, most of which a page repeats.
    texts: HashMap<&'a str, u32>,
    /// Whether any of them speaks to Internet Explorer.
    explorer: bool,
    reading: Reading,
}

/// The style around an element, its name, whether it is a link, its `style` attribute, and the blocks that match it.
type Made = (u32, LocalName, bool, u32, Vec<u32>);

/// What an element's attributes say of its style.
struct Own {
    linked: bool,
    /// Place of the `style` attribute.
    inline: u32,
    /// Something else about the element has a say, too.
    stands_alone: bool,
}

impl<'a> Shared<'a> {
    fn new(reading: Reading) -> Self {
        Self {
            styles: HashMap::default(),
            inline: vec![Declarations::new()],
            texts: HashMap::new(),
            explorer: false,
            reading,
        }
    }

    fn read(&mut self, element: &'a Element) -> Own {
        let mut own = Own { linked: false, inline: 0, stands_alone: element.name.ns != ns!(html) };
        for (name, value) in &element.attrs {
            match name.local {
                local_name!("style") => own.inline = self.declarations(value),
                local_name!("href") => own.linked = true,
                _ => own.stands_alone |= ua::has_a_say(&name.local),
            }
        }
        own
    }

    /// The place of what a `style` attribute says.
    fn declarations(&mut self, text: &'a str) -> u32 {
        *self.texts.entry(text).or_insert_with(|| {
            self.explorer |= contains_ignoring_case(text, "expression(");
            self.inline.push(sheet::inline(text, self.reading));
            self.inline.len() as u32 - 1
        })
    }
}

/// A quick hasher for numbers; what it mixes is bounded by the budgets on nodes and rules.
#[derive(Default)]
struct Mix(u64);

impl Hasher for Mix {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for part in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..part.len()].copy_from_slice(part);
            self.write_u64(u64::from_le_bytes(word));
        }
    }

    fn write_u32(&mut self, number: u32) {
        self.write_u64(u64::from(number));
    }

    fn write_usize(&mut self, number: usize) {
        self.write_u64(number as u64);
    }

    fn write_u64(&mut self, number: u64) {
        let product =
            u128::from(self.0.rotate_left(5) ^ number ^ 0xA076_1D64_78BD_642F) * 0x9E37_79B9_7F4A_7C15;
        self.0 = product as u64 ^ (product >> 64) as u64;
    }
}

#[derive(Clone, Copy)]
enum Special {
    Show,
    Close(u32),
}

/// A node's place in its tree. Node ids are counted from 1 and hash as that number.
fn raw(id: NodeId) -> usize {
    struct Capture(usize);
    impl Hasher for Capture {
        fn finish(&self) -> u64 {
            self.0 as u64
        }
        fn write(&mut self, bytes: &[u8]) {
            for byte in bytes {
                self.0 = self.0.wrapping_mul(31).wrapping_add(usize::from(*byte));
            }
        }
        fn write_usize(&mut self, number: usize) {
            self.0 = number;
        }
    }
    let mut capture = Capture(0);
    id.hash(&mut capture);
    capture.0
}
