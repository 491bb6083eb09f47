//! The document in reading order, each element with its computed style.

use std::hash::{Hash, Hasher};

use ego_tree::iter::Edge;
use ego_tree::{NodeId, NodeRef};
use scraper::{Html, Node};
use selectors::bloom::BloomFilter;

use super::cascade::Cascade;
use super::computed::Style;
use super::selector::filter_hashes;

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
        let mut tree =
            Self { items: Vec::new(), styles: vec![Style::initial()], numbers: Numbers::default() };
        let mut open: Vec<u32> = Vec::new();
        let mut filter = BloomFilter::new();
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
                            let around = &tree.styles[tree.parent_style(parent)];
                            let style =
                                cascade.style(node, element, around, with_filter.then_some(&filter), root_px);
                            if open.is_empty() {
                                root_px = style.font_px;
                            }
                            tree.settle(number, style);
                        }
                        if with_filter {
                            filter_hashes(element, |hash| filter.insert_hash(hash));
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
                    if let Node::Element(element) = node.value() {
                        if with_filter {
                            filter_hashes(element, |hash| filter.remove_hash(hash));
                        }
                        if let Some(number) = open.pop() {
                            tree.items[number as usize].end = tree.items.len() as u32;
                        }
                    }
                }
            }
        }
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

    fn settle(&mut self, number: u32, mut style: Style) {
        let item = &self.items[number as usize];
        if let Some(how) = self.special(number) {
            match how {
                Special::Show => style.display = "contents",
                Special::Close(by) => self.items[number as usize].closed = by,
            }
        } else if style.display == "none" && item.unrendered == NONE {
            self.items[number as usize].unrendered = number;
        }
        let at = self.styles.len() as u32;
        self.styles.push(style);
        self.items[number as usize].style = at;
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
