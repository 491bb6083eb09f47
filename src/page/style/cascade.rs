//! Which declarations apply to which element, and in what order.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::rc::Rc;

use cssparser::Parser;
use ego_tree::NodeRef;
use html5ever::local_name;
use scraper::Node;
use scraper::node::Element;
use selectors::bloom::BloomFilter;
use selectors::context::{
    MatchingContext, MatchingForInvalidation, MatchingMode, NeedsSelectorFlags, QuirksMode, SelectorCaches,
};
use selectors::matching::matches_selector;
use selectors::parser::{AncestorHashes, Component, Selector};

use super::colour::Ink;
use super::computed::{Customs, Style, set};
use super::media::Where;
use super::property::{self, Declaration, Declarations, Property, Value};
use super::selector::{Kind, Matching, Seen, name_hash, speaks_of_state};
use super::sheet::{self, Rules};
use super::ua;
use super::value::Reading;

/// Steps through the tree that matching one page may cost.
const FUEL: u64 = 12_000_000;
/// Blocks that match one element without costing more than the look at them.
const USUAL_BLOCKS: usize = 64;
/// Steps that each further block costs: it is sorted, and its declarations are set in four passes.
const COST_OF_BLOCK: usize = 32;
/// Bytes that `var()` may produce on one page.
const MAX_SUBSTITUTED: usize = 4 << 20;

/// Rules sorted by what they ask of an element.
pub(super) struct Cascade {
    pub(super) rules: Rules,
    entries: Vec<Entry>,
    ids: Names,
    classes: Names,
    tags: Names,
    rest: Vec<u32>,
    /// Names that a subject must have besides the one it is sorted by.
    others: Names,
    quirks: bool,
    /// Hashes of class names and ids for the ancestor filter, as far as they were asked for.
    hashes: RefCell<HashMap<Box<str>, u32, BuildHasherDefault<Fnv>>>,
    pub(super) reading: Reading,
    pub(super) fuel: Cell<u64>,
    caches: RefCell<SelectorCaches>,
    substituted: Cell<usize>,
}

struct Entry {
    selector: Selector<Kind>,
    hashes: AncestorHashes,
    block: u32,
    state: bool,
}

type Names = HashMap<Box<str>, Vec<u32>, BuildHasherDefault<Fnv>>;

/// FNV-1a: short names, no need to resist floods beyond the bounds on selectors.
#[derive(Default)]
struct Fnv(u64);

impl Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte) ^ 0xcbf2_9ce4_8422_2325).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

/// Where a declaration comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// The element's `style` attribute.
    Inline,
    /// A block of a style sheet.
    Block(u32),
    /// A running animation.
    Animation,
}

impl Cascade {
    /// Sorts the rules.
    pub(super) fn new(rules: Rules, quirks: bool, reading: Reading) -> Self {
        let mut cascade = Self {
            rules,
            entries: Vec::new(),
            ids: Names::default(),
            classes: Names::default(),
            tags: Names::default(),
            rest: Vec::new(),
            others: Names::default(),
            quirks,
            hashes: RefCell::default(),
            reading,
            fuel: Cell::new(FUEL),
            caches: RefCell::default(),
            substituted: Cell::new(0),
        };
        cascade.sort();
        cascade
    }

    fn sort(&mut self) {
        let mode = self.mode();
        for (number, block) in self.rules.blocks.iter().enumerate() {
            if block.holds == Where::NOWHERE {
                continue;
            }
            let state = speaks_of_state(&block.prelude);
            for selector in block.selectors.slice() {
                if selector.has_pseudo_element() {
                    continue;
                }
                let at = self.entries.len() as u32;
                let fold = |name: &str| -> Box<str> {
                    if self.quirks { name.to_ascii_lowercase().into() } else { name.into() }
                };
                match key(selector) {
                    Key::Id(name) => self.ids.entry(fold(name)).or_default().push(at),
                    Key::Class(name) => self.classes.entry(fold(name)).or_default().push(at),
                    Key::Tag(name) => self.tags.entry(name.into()).or_default().push(at),
                    Key::Any => self.rest.push(at),
                }
                for name in names(selector).skip(1) {
                    self.others.entry(fold(name)).or_default().push(at);
                }
                self.entries.push(Entry {
                    hashes: AncestorHashes::new(selector, mode),
                    selector: selector.clone(),
                    block: number as u32,
                    state,
                });
            }
        }
    }

    fn mode(&self) -> QuirksMode {
        if self.quirks { QuirksMode::Quirks } else { QuirksMode::NoQuirks }
    }

    /// Whether there are no rules at all, so that no ancestor filter is needed.
    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The hash of a class name or id for the ancestor filter.
    pub(super) fn hash(&self, name: &str) -> u32 {
        let mut known = self.hashes.borrow_mut();
        if let Some(hash) = known.get(name) {
            return *hash;
        }
        let hash = name_hash(name);
        known.insert(name.into(), hash);
        hash
    }

    fn candidates(&self, element: &Element, mut each: impl FnMut(u32)) {
        for (name, value) in &element.attrs {
            if name.local == local_name!("class") {
                for class in value.split_ascii_whitespace().take(128) {
                    self.look_up(&self.classes, class, &mut each);
                }
            } else if name.local == local_name!("id") {
                self.look_up(&self.ids, value.trim(), &mut each);
            }
        }
        if let Some(found) = self.tags.get(element.name()) {
            self.offer(found, &mut each);
        }
        self.offer(&self.rest, &mut each);
    }

    fn look_up(&self, names: &Names, name: &str, each: &mut impl FnMut(u32)) {
        let found = if self.quirks { names.get(name.to_ascii_lowercase().as_str()) } else { names.get(name) };
        if let Some(found) = found {
            self.offer(found, each);
        }
    }

    /// Hands out the entries of one list. Being looked at costs fuel too; without any left there are none.
    fn offer(&self, entries: &[u32], each: &mut impl FnMut(u32)) {
        if self.spend(entries.len()) {
            entries.iter().copied().for_each(each);
        }
    }

    /// Whether there was any fuel left before this much was spent.
    fn spend(&self, amount: usize) -> bool {
        let left = self.fuel.get();
        self.fuel.set(left.saturating_sub(amount as u64));
        left > 0
    }

    /// Whether an entry's selector matches.
    fn matches(
        &self,
        entry: &Entry,
        node: NodeRef<'_, Node>,
        filter: Option<&BloomFilter>,
        forced: bool,
    ) -> bool {
        let Some(seen) = Seen::new(node, &self.fuel) else { return false };
        let left = self.fuel.get();
        if left == 0 {
            return false;
        }
        self.fuel.set(left - 1);
        // Answers for forced states must not enter the caches of plain matching.
        let mut fresh = forced.then(SelectorCaches::default);
        let mut caches = self.caches.borrow_mut();
        let caches = fresh.as_mut().unwrap_or(&mut caches);
        let mut context = MatchingContext::new(
            MatchingMode::Normal,
            filter,
            caches,
            self.mode(),
            NeedsSelectorFlags::No,
            MatchingForInvalidation::No,
        );
        context.extra_data = Matching { forced };
        matches_selector(&entry.selector, 0, Some(&entry.hashes), &seen, &mut context)
    }

    /// Blocks that match an element now, weakest first; the first part is the block's number.
    pub(super) fn blocks(
        &self,
        node: NodeRef<'_, Node>,
        element: &Element,
        filter: Option<&BloomFilter>,
    ) -> Vec<u32> {
        let mut found: Vec<(u16, u32, u32, u32)> = Vec::new();
        let mut twice = false;
        self.candidates(element, |at| {
            let entry = &self.entries[at as usize];
            let block = &self.rules.blocks[entry.block as usize];
            if block.holds.here() && self.matches(entry, node, filter, false) {
                twice |= block.selectors.len() > 1;
                found.push((block.layer, entry.selector.specificity(), block.order, entry.block));
            }
        });
        // Hardly an honest element is met by so many; each is sorted and set in several passes.
        self.spend(found.len().saturating_sub(USUAL_BLOCKS) * COST_OF_BLOCK);
        found.sort_unstable();
        // A block that matches by two selectors counts at its strongest.
        if twice && found.len() > 1 {
            let mut strongest: Vec<(u32, usize)> =
                found.iter().enumerate().map(|(at, (_, _, _, block))| (*block, at)).collect();
            strongest.sort_unstable();
            let keeps = |at: usize, block: u32| {
                let next = strongest.partition_point(|known| *known <= (block, at));
                strongest.get(next).is_none_or(|(other, _)| *other != block)
            };
            let mut at = 0;
            found.retain(|(_, _, _, block)| {
                at += 1;
                keeps(at - 1, *block)
            });
        }
        found.into_iter().map(|(_, _, _, block)| block).collect()
    }

    /// Whether a wanted block would match under other circumstances: by a state (`true`) or in another environment.
    pub(super) fn latent(
        &self,
        node: NodeRef<'_, Node>,
        element: &Element,
        wanted: impl Fn(u32) -> bool,
    ) -> Option<bool> {
        let mut found = None;
        self.candidates(element, |at| {
            let entry = &self.entries[at as usize];
            let holds = self.rules.blocks[entry.block as usize].holds;
            if found.is_some() || (holds.here() && !entry.state) || !wanted(entry.block) {
                return;
            }
            let plain = self.matches(entry, node, None, false);
            if holds.only_elsewhere() && plain {
                found = Some(false);
            } else if !plain && entry.state && self.matches(entry, node, None, true) {
                found = Some(true);
            }
        });
        found
    }

    /// Whether the subject of a wanted block is named by a class or id of the element, although it does not match now.
    pub(super) fn has_namesake(
        &self,
        node: NodeRef<'_, Node>,
        element: &Element,
        wanted: impl Fn(u32) -> bool,
    ) -> bool {
        let mut found = false;
        let mut each = |at: u32| {
            let entry = &self.entries[at as usize];
            found = found || (wanted(entry.block) && !self.matches(entry, node, None, false));
        };
        for class in element.classes().take(32) {
            self.look_up(&self.classes, class, &mut each);
        }
        if let Some(id) = element.id() {
            self.look_up(&self.ids, id, &mut each);
        }
        found
    }

    /// Whether the block stops matching the element once a visitor's gesture is made.
    pub(super) fn ends_with_a_gesture(&self, block: u32, node: NodeRef<'_, Node>, element: &Element) -> bool {
        let mut ends = false;
        self.candidates(element, |at| {
            let entry = &self.entries[at as usize];
            if entry.block == block && entry.state && self.matches(entry, node, None, false) {
                ends |= !self.matches(entry, node, None, true);
            }
        });
        ends
    }

    /// The style of an element that these blocks match and whose attribute says that; `parent` is its parent's.
    pub(super) fn style(
        &self,
        element: &Element,
        blocks: &[u32],
        inline: &Declarations,
        parent: &Style,
        root_px: f32,
    ) -> Style {
        let mut style = parent.inherited();
        ua::browser(&mut style, parent, element, self.quirks);
        ua::attributes(&mut style, element);
        if blocks.is_empty() && inline.is_empty() {
            return style;
        }
        let lists: Vec<&Declarations> = blocks
            .iter()
            .map(|block| &self.rules.blocks[*block as usize].declarations)
            .chain([inline])
            .collect();
        self.set_customs(&mut style, &lists);
        for font_only in [true, false] {
            for important in [false, true] {
                self.set_all(&mut style, parent, &lists, blocks, important, font_only, root_px);
            }
        }
        if !style.animation.is_empty() {
            self.animate(&mut style, parent, root_px);
        }
        if style.background == Ink::Current {
            style.background = style.color;
        }
        style
    }

    fn set_customs(&self, style: &mut Style, lists: &[&Declarations]) {
        let mut own = Vec::new();
        for important in [false, true] {
            for (declaration, is_important) in lists.iter().flat_map(|list| list.iter()) {
                if let (Declaration::Custom(name, text), true) = (declaration, *is_important == important) {
                    own.push((name.clone(), text.clone()));
                }
            }
        }
        if !own.is_empty() {
            style.customs = Some(Rc::new(Customs { parent: style.customs.take(), own }));
        }
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "one pass over the declarations of an element; a type would be used once"
    )]
    fn set_all(
        &self,
        style: &mut Style,
        parent: &Style,
        lists: &[&Declarations],
        blocks: &[u32],
        important: bool,
        font_only: bool,
        root_px: f32,
    ) {
        // Among important declarations, earlier layers win over later ones.
        let mut order: Vec<usize> = (0..lists.len()).collect();
        if important
            && blocks.iter().any(|block| self.rules.blocks[*block as usize].layer != sheet::UNLAYERED)
        {
            order.sort_by_key(|at| match blocks.get(*at) {
                Some(block) => std::cmp::Reverse(self.rules.blocks[*block as usize].layer),
                None => std::cmp::Reverse(0),
            });
        }
        for at in order {
            for (declaration, is_important) in lists[at] {
                if *is_important == important {
                    self.set_one(style, parent, declaration, font_only, root_px);
                }
            }
        }
    }

    fn set_one(
        &self,
        style: &mut Style,
        parent: &Style,
        declaration: &Declaration,
        font_only: bool,
        root_px: f32,
    ) {
        match declaration {
            Declaration::Set(property, value) => {
                if (*property == Property::FontSize) == font_only {
                    set(style, parent, *property, value, root_px);
                }
            }
            Declaration::Pending(..) => {
                for (declaration, _) in self.substituted(style, declaration) {
                    if !matches!(declaration, Declaration::Pending(..)) {
                        self.set_one(style, parent, &declaration, font_only, root_px);
                    }
                }
            }
            Declaration::All(_) if !font_only => {
                let font = style.font_px;
                *style = Style { font_px: font, customs: style.customs.clone(), ..Style::initial() };
            }
            Declaration::All(_) | Declaration::Custom(..) => {}
        }
    }

    /// The declarations that a value with `var()` comes to.
    pub(super) fn substituted(&self, style: &Style, declaration: &Declaration) -> Declarations {
        let Declaration::Pending(name, text) = declaration else { return Vec::new() };
        let mut out = String::new();
        let left = MAX_SUBSTITUTED.saturating_sub(self.substituted.get());
        if left == 0 || !substitute(text, style.customs.as_deref(), 0, &mut out) {
            return Vec::new();
        }
        self.substituted.set(self.substituted.get() + out.len() + 64);
        let mut declarations = Vec::new();
        let mut input = Parser::new(&out);
        let _ = property::read(name, &mut input, self.reading, &mut declarations);
        declarations
    }

    /// An animation that keeps its last step decides how things look in the end.
    fn animate(&self, style: &mut Style, parent: &Style, root_px: f32) {
        if !style.animation_holds || style.animation_forever {
            return;
        }
        let names = style.animation.clone();
        for name in names.split_whitespace().take(8) {
            if let Some([_, last]) = self.rules.keyframes.get(name) {
                for (declaration, _) in last {
                    self.set_one(style, parent, declaration, false, root_px);
                }
            }
        }
    }

    /// The last word on any of some properties: its source, and the declaration as text.
    pub(super) fn decides(
        &self,
        node: NodeRef<'_, Node>,
        element: &Element,
        style: &Style,
        properties: &[Property],
    ) -> Option<(Source, String)> {
        let mut found: Option<(Source, bool, String)> = None;
        let blocks = if self.is_empty() { Vec::new() } else { self.blocks(node, element, None) };
        let inline = element.attr("style").map(|text| sheet::inline(text, self.reading)).unwrap_or_default();
        let lists = blocks
            .iter()
            .map(|block| (Source::Block(*block), &self.rules.blocks[*block as usize].declarations))
            .chain([(Source::Inline, &inline)]);
        for (source, list) in lists {
            for (declaration, important) in list {
                let resolved = self.substituted(style, declaration);
                let own =
                    std::iter::once(declaration).chain(resolved.iter().map(|(declaration, _)| declaration));
                for declaration in own {
                    let Declaration::Set(property, value) = declaration else { continue };
                    let beaten = found.as_ref().is_some_and(|(_, strong, _)| *strong && !important);
                    if properties.contains(property) && !beaten {
                        found = Some((source, *important, describe(*property, value)));
                    }
                }
            }
        }
        if style.animation_holds {
            let frames = style.animation.split_whitespace().filter_map(|name| self.rules.keyframes.get(name));
            for (declaration, _) in frames.flat_map(|[_, last]| last) {
                if let Declaration::Set(property, value) = declaration
                    && properties.contains(property)
                {
                    return Some((Source::Animation, describe(*property, value)));
                }
            }
        }
        found.map(|(source, _, text)| (source, text))
    }
}

enum Key<'s> {
    Id(&'s str),
    Class(&'s str),
    Tag(&'s str),
    Any,
}

/// The classes and ids that the subject of a selector must have, if there are several.
fn names(selector: &Selector<Kind>) -> impl Iterator<Item = &str> {
    selector.iter().filter_map(|component| match component {
        Component::ID(name) | Component::Class(name) => Some(&*name.0),
        _ => None,
    })
}

/// What the subject of a selector must have at least.
fn key(selector: &Selector<Kind>) -> Key<'_> {
    let mut best = Key::Any;
    for component in selector.iter() {
        match component {
            Component::ID(name) => return Key::Id(&name.0),
            Component::Class(name) if !matches!(best, Key::Class(_)) => best = Key::Class(&name.0),
            Component::LocalName(name) if matches!(best, Key::Any) => best = Key::Tag(&name.lower_name.0),
            _ => {}
        }
    }
    best
}

/// Writes a declaration for people.
pub(super) fn describe(property: Property, value: &Value) -> String {
    let mut name = String::new();
    for letter in format!("{property:?}").chars() {
        if letter.is_ascii_uppercase() && !name.is_empty() {
            name.push('-');
        }
        name.push(letter.to_ascii_lowercase());
    }
    let value = match value {
        Value::Word(word) => (*word).to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Size(None) => "auto".to_owned(),
        Value::Size(Some(length)) => length.to_string(),
        Value::Ink(ink) => ink.to_string(),
        Value::Wide(wide) => format!("{wide:?}").to_lowercase(),
        _ => "…".to_owned(),
    };
    format!("{name}: {value}")
}

/// Replaces `var()` in a text; `false` where a variable is missing or the text grows too long.
fn substitute(text: &str, customs: Option<&Customs>, depth: usize, out: &mut String) -> bool {
    const MAX_TEXT: usize = 4096;
    const MAX_DEPTH: usize = 12;
    if depth > MAX_DEPTH {
        return false;
    }
    let mut rest = text;
    loop {
        if out.len() + rest.len() > MAX_TEXT {
            return false;
        }
        let at = rest.as_bytes().windows(4).position(|window| window.eq_ignore_ascii_case(b"var("));
        let Some(at) = at else {
            out.push_str(rest);
            return true;
        };
        out.push_str(&rest[..at]);
        let inner = &rest[at + 4..];
        let end = closing(inner).unwrap_or(inner.len());
        let arguments = &inner[..end];
        let (name, fallback) = match arguments.split_once(',') {
            Some((name, fallback)) => (name, Some(fallback)),
            None => (arguments, None),
        };
        let value = name.trim().strip_prefix("--").and_then(|name| customs?.get(name));
        let mark = out.len();
        let known = value.is_some_and(|value| substitute(value, customs, depth + 1, out));
        if !known {
            out.truncate(mark);
            if !fallback.is_some_and(|fallback| substitute(fallback.trim(), customs, depth + 1, out)) {
                return false;
            }
        }
        rest = inner.get(end + 1..).unwrap_or_default();
    }
}

/// Position of the bracket that closes a text's beginning.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0usize;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'(' => depth += 1,
            b')' if depth == 0 => return Some(at),
            b')' => depth -= 1,
            _ => {}
        }
    }
    None
}
