//! Selectors: what the `selectors` package needs to know of our documents, and which pseudo-classes are *states*.
//!
//! A state (`:hover`, `:checked`, `:target` …) is false when a page has just been opened. Matching can be asked to
//! [force](Matching::forced) states, which tells what a visitor's gesture would show. Every step through the tree
//! costs fuel, so that no style sheet can make matching endless.

use std::cell::Cell;
use std::fmt;

use cssparser::{CowRcStr, ParseError, Parser, ToCss};
use ego_tree::NodeRef;
use html5ever::{LocalName, Namespace, local_name, ns};
use scraper::Node;
use scraper::selector::{CssLocalName, CssString};
use selectors::attr::{AttrSelectorOperation, CaseSensitivity, NamespaceConstraint};
use selectors::bloom::{BLOOM_HASH_MASK, BloomFilter};
use selectors::matching::{ElementSelectorFlags, MatchingContext};
use selectors::parser::{self, ParseRelative, SelectorList, SelectorParseErrorKind};
use selectors::{Element, OpaqueElement};

/// The kind of selectors this room works with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kind;

impl parser::SelectorImpl for Kind {
    type ExtraMatchingData<'a> = Matching;
    type AttrValue = CssString;
    type Identifier = CssLocalName;
    type LocalName = CssLocalName;
    type NamespaceUrl = Namespace;
    type NamespacePrefix = CssLocalName;
    type BorrowedNamespaceUrl = Namespace;
    type BorrowedLocalName = CssLocalName;
    type NonTSPseudoClass = PseudoClass;
    type PseudoElement = PseudoElement;
}

/// How states are to be taken while matching.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Matching {
    /// Take every state as given.
    pub(super) forced: bool,
}

/// Parses a selector list; unknown parts make all of it invalid, as in a browser.
pub(super) fn parse(text: &str, nested: bool) -> Option<SelectorList<Kind>> {
    let relative = if nested { ParseRelative::ForNesting } else { ParseRelative::No };
    let mut input = Parser::new(text);
    input.parse_entirely(|input| SelectorList::parse(&SelectorParser, input, relative)).ok()
}

/// Whether a selector's text speaks of a state that a visitor's gesture changes.
pub(super) fn speaks_of_state(text: &str) -> bool {
    const STATES: [&str; 11] = [
        ":hover",
        ":focus",
        ":active",
        ":checked",
        ":target",
        ":open",
        ":popover-open",
        ":modal",
        ":defined",
        "[open",
        ":fullscreen",
    ];
    memchr::memchr2(b':', b'[', text.as_bytes()).is_some() && STATES.iter().any(|state| text.contains(state))
}

struct SelectorParser;

impl<'i> parser::Parser<'i> for SelectorParser {
    type Impl = Kind;
    type Error = SelectorParseErrorKind;

    fn parse_is_and_where(&self) -> bool {
        true
    }

    fn parse_has(&self) -> bool {
        true
    }

    fn parse_nth_child_of(&self) -> bool {
        true
    }

    fn parse_parent_selector(&self) -> bool {
        true
    }

    fn is_is_alias(&self, name: &str) -> bool {
        name.eq_ignore_ascii_case("-webkit-any") || name.eq_ignore_ascii_case("matches")
    }

    fn parse_non_ts_pseudo_class(
        &self,
        name: CowRcStr<'i>,
    ) -> Result<PseudoClass, ParseError<SelectorParseErrorKind>> {
        PseudoClass::named(&name.to_ascii_lowercase())
            .ok_or_else(|| ParseError::custom(SelectorParseErrorKind::UnsupportedPseudoClassOrElement))
    }

    fn parse_non_ts_functional_pseudo_class(
        &self,
        name: CowRcStr<'i>,
        input: &mut Parser<'i>,
        _after_part: bool,
    ) -> Result<PseudoClass, ParseError<SelectorParseErrorKind>> {
        let mut text = String::new();
        while let Ok(token) = input.next() {
            text.push_str(&token.to_css_string());
        }
        match name.to_ascii_lowercase().as_str() {
            "lang" => Ok(PseudoClass::Lang(text.trim_matches('"').to_ascii_lowercase())),
            "dir" => Ok(PseudoClass::Dir(text.eq_ignore_ascii_case("rtl"))),
            "host" | "host-context" | "state" => Ok(PseudoClass::Never),
            _ => Err(ParseError::custom(SelectorParseErrorKind::UnsupportedPseudoClassOrElement)),
        }
    }

    fn parse_pseudo_element(
        &self,
        name: CowRcStr<'i>,
    ) -> Result<PseudoElement, ParseError<SelectorParseErrorKind>> {
        let name = name.to_ascii_lowercase();
        match name.as_str() {
            "before" => Ok(PseudoElement::Before),
            "after" => Ok(PseudoElement::After),
            "first-line"
            | "first-letter"
            | "marker"
            | "placeholder"
            | "selection"
            | "backdrop"
            | "cue"
            | "file-selector-button"
            | "details-content"
            | "target-text"
            | "spelling-error"
            | "grammar-error" => Ok(PseudoElement::Other),
            _ if name.starts_with("-webkit-") => Ok(PseudoElement::Other),
            _ => Err(ParseError::custom(SelectorParseErrorKind::UnsupportedPseudoClassOrElement)),
        }
    }

    fn parse_functional_pseudo_element(
        &self,
        _name: CowRcStr<'i>,
        input: &mut Parser<'i>,
    ) -> Result<PseudoElement, ParseError<SelectorParseErrorKind>> {
        while input.next().is_ok() {}
        Ok(PseudoElement::Other)
    }
}

/// Pseudo-classes that do not speak of the shape of the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PseudoClass {
    /// Comes with a gesture: hover, focus, active, target, full screen, open pop-over.
    Gesture,
    /// `:checked`.
    Checked,
    /// `:open`.
    Open,
    /// `:link`, `:any-link`.
    Link,
    /// `:enabled`.
    Enabled,
    /// `:disabled`.
    Disabled,
    /// `:required`.
    Required,
    /// `:optional`.
    Optional,
    /// `:defined`: false for custom elements until a script runs.
    Defined,
    /// `:placeholder-shown`.
    PlaceholderShown,
    /// `:valid` and others that hold for an untouched field.
    Usual,
    /// `:visited` and others that never hold for a new visitor.
    Never,
    /// `:lang()`.
    Lang(String),
    /// `:dir()`; whether right to left.
    Dir(bool),
}

impl PseudoClass {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "hover"
            | "focus"
            | "focus-within"
            | "focus-visible"
            | "active"
            | "target"
            | "target-within"
            | "fullscreen"
            | "popover-open"
            | "modal"
            | "-webkit-full-screen"
            | "user-invalid"
            | "user-valid"
            | "picture-in-picture"
            | "target-current" => Self::Gesture,
            "checked" => Self::Checked,
            "open" => Self::Open,
            "link" | "any-link" | "-webkit-any-link" => Self::Link,
            "enabled" => Self::Enabled,
            "disabled" => Self::Disabled,
            "required" => Self::Required,
            "optional" => Self::Optional,
            "defined" => Self::Defined,
            "placeholder-shown" => Self::PlaceholderShown,
            "valid" | "in-range" | "read-only" | "read-write" => Self::Usual,
            "visited"
            | "invalid"
            | "out-of-range"
            | "indeterminate"
            | "default"
            | "autofill"
            | "-webkit-autofill"
            | "host"
            | "playing"
            | "paused"
            | "muted"
            | "past"
            | "current"
            | "future"
            | "local-link"
            | "blank"
            | "window-inactive"
            | "active-view-transition" => Self::Never,
            _ => return None,
        })
    }
}

impl parser::NonTSPseudoClass for PseudoClass {
    fn is_active_or_hover(&self) -> bool {
        matches!(self, Self::Gesture)
    }

    fn is_user_action_state(&self) -> bool {
        matches!(self, Self::Gesture)
    }
}

impl ToCss for PseudoClass {
    fn to_css<W: fmt::Write>(&self, dest: &mut W) -> fmt::Result {
        write!(dest, ":{self:?}")
    }
}

/// Pseudo-elements; only generated content is of interest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PseudoElement {
    /// `::before`
    Before,
    /// `::after`
    After,
    /// Anything else; its rules do not touch the element itself.
    Other,
}

impl parser::PseudoElement for PseudoElement {
    fn accepts_state_pseudo_classes(&self) -> bool {
        true
    }
}

impl ToCss for PseudoElement {
    fn to_css<W: fmt::Write>(&self, dest: &mut W) -> fmt::Result {
        write!(dest, "::{self:?}")
    }
}

/// An element as the `selectors` package sees it.
#[derive(Clone, Copy)]
pub(super) struct Seen<'a> {
    node: NodeRef<'a, Node>,
    fuel: &'a Cell<u64>,
}

impl fmt::Debug for Seen<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.node.value())
    }
}

impl<'a> Seen<'a> {
    /// Wraps an element; `None` for other nodes.
    pub(super) fn new(node: NodeRef<'a, Node>, fuel: &'a Cell<u64>) -> Option<Self> {
        node.value().is_element().then_some(Self { node, fuel })
    }

    fn element(&self) -> &'a scraper::node::Element {
        self.node.value().as_element().expect("only elements are wrapped")
    }

    /// Burns one unit; `None` once the fuel is used up.
    fn burn(&self) -> Option<()> {
        let left = self.fuel.get().checked_sub(1)?;
        self.fuel.set(left);
        Some(())
    }

    fn has_attribute(&self, name: &str) -> bool {
        self.element().attr(name).is_some()
    }

    fn is_one_of(&self, names: &[&str]) -> bool {
        names.contains(&self.element().name())
    }
}

/// The hashes by which an element may be found in an ancestor filter.
pub(super) fn filter_hashes(
    element: &scraper::node::Element,
    of_name: impl Fn(&str) -> u32,
    mut each: impl FnMut(u32),
) {
    each(folded(element.name.local.get_hash()));
    each(folded(element.name.ns.get_hash()));
    for (name, value) in &element.attrs {
        if name.local == local_name!("class") {
            for class in value.split_ascii_whitespace().take(64) {
                each(of_name(class));
            }
        } else if name.local == local_name!("id") {
            each(of_name(value));
        }
    }
}

/// The hash of a class name or id; making an atom of it takes a lock, so ask once for each name.
pub(super) fn name_hash(name: &str) -> u32 {
    folded(LocalName::from(name).get_hash())
}

/// As the `precomputed-hash` trait of atoms does it.
fn folded(own: u64) -> u32 {
    ((own >> 32) ^ own) as u32 & BLOOM_HASH_MASK
}

impl Element for Seen<'_> {
    type Impl = Kind;

    fn opaque(&self) -> OpaqueElement {
        OpaqueElement::new(self.node.value())
    }

    fn parent_element(&self) -> Option<Self> {
        self.burn()?;
        Seen::new(self.node.parent()?, self.fuel)
    }

    fn parent_node_is_shadow_root(&self) -> bool {
        false
    }

    fn containing_shadow_host(&self) -> Option<Self> {
        None
    }

    fn is_pseudo_element(&self) -> bool {
        false
    }

    fn prev_sibling_element(&self) -> Option<Self> {
        let mut node = self.node.prev_sibling();
        while let Some(sibling) = node {
            self.burn()?;
            if let Some(seen) = Seen::new(sibling, self.fuel) {
                return Some(seen);
            }
            node = sibling.prev_sibling();
        }
        None
    }

    fn next_sibling_element(&self) -> Option<Self> {
        let mut node = self.node.next_sibling();
        while let Some(sibling) = node {
            self.burn()?;
            if let Some(seen) = Seen::new(sibling, self.fuel) {
                return Some(seen);
            }
            node = sibling.next_sibling();
        }
        None
    }

    fn first_element_child(&self) -> Option<Self> {
        let mut node = self.node.first_child();
        while let Some(child) = node {
            self.burn()?;
            if let Some(seen) = Seen::new(child, self.fuel) {
                return Some(seen);
            }
            node = child.next_sibling();
        }
        None
    }

    fn is_html_element_in_html_document(&self) -> bool {
        self.element().name.ns == ns!(html)
    }

    fn has_local_name(&self, name: &CssLocalName) -> bool {
        self.element().name.local == name.0
    }

    fn has_namespace(&self, namespace: &Namespace) -> bool {
        &self.element().name.ns == namespace
    }

    fn is_same_type(&self, other: &Self) -> bool {
        self.element().name == other.element().name
    }

    fn attr_matches(
        &self,
        namespace: &NamespaceConstraint<&Namespace>,
        name: &CssLocalName,
        operation: &AttrSelectorOperation<&CssString>,
    ) -> bool {
        self.element().attrs.iter().any(|(key, value)| {
            !matches!(*namespace, NamespaceConstraint::Specific(wanted) if *wanted != key.ns)
                && name.0 == key.local
                && operation.eval_str(value)
        })
    }

    fn match_non_ts_pseudo_class(
        &self,
        class: &PseudoClass,
        context: &mut MatchingContext<'_, Kind>,
    ) -> bool {
        let forced = context.extra_data.forced;
        const FIELDS: [&str; 4] = ["input", "select", "textarea", "button"];
        match class {
            PseudoClass::Gesture => forced,
            PseudoClass::Checked if forced => true,
            PseudoClass::Checked => {
                self.is_one_of(&["input"]) && self.has_attribute("checked")
                    || self.is_one_of(&["option"]) && self.has_attribute("selected")
            }
            PseudoClass::Open => forced || self.has_attribute("open"),
            PseudoClass::Link => self.is_link(),
            PseudoClass::Enabled => self.is_one_of(&FIELDS) && !self.has_attribute("disabled"),
            PseudoClass::Disabled => self.is_one_of(&FIELDS) && self.has_attribute("disabled"),
            PseudoClass::Required => self.is_one_of(&FIELDS) && self.has_attribute("required"),
            PseudoClass::Optional => self.is_one_of(&FIELDS) && !self.has_attribute("required"),
            PseudoClass::Defined => forced || !self.element().name().contains('-'),
            PseudoClass::PlaceholderShown => {
                self.has_attribute("placeholder")
                    && self.element().attr("value").unwrap_or_default().is_empty()
            }
            PseudoClass::Usual => true,
            PseudoClass::Never => false,
            PseudoClass::Lang(wanted) => self.language_is(wanted),
            PseudoClass::Dir(rtl) => self.runs_right_to_left() == *rtl,
        }
    }

    fn match_pseudo_element(
        &self,
        _element: &PseudoElement,
        _context: &mut MatchingContext<'_, Kind>,
    ) -> bool {
        true
    }

    fn apply_selector_flags(&self, _flags: ElementSelectorFlags) {}

    fn is_link(&self) -> bool {
        self.is_one_of(&["a", "area"]) && self.has_attribute("href")
    }

    fn is_html_slot_element(&self) -> bool {
        false
    }

    fn has_id(&self, id: &CssLocalName, case: CaseSensitivity) -> bool {
        self.element().id().is_some_and(|own| case.eq(own.as_bytes(), id.0.as_bytes()))
    }

    fn has_class(&self, name: &CssLocalName, case: CaseSensitivity) -> bool {
        self.element().has_class(&name.0, case)
    }

    fn has_custom_state(&self, _name: &CssLocalName) -> bool {
        false
    }

    fn imported_part(&self, _name: &CssLocalName) -> Option<CssLocalName> {
        None
    }

    fn is_part(&self, _name: &CssLocalName) -> bool {
        false
    }

    fn is_empty(&self) -> bool {
        !self.node.children().any(|child| match child.value() {
            Node::Element(_) => true,
            Node::Text(text) => !text.is_empty(),
            _ => false,
        })
    }

    fn is_root(&self) -> bool {
        self.node.parent().is_some_and(|parent| !parent.value().is_element())
    }

    fn add_element_unique_hashes(&self, _filter: &mut BloomFilter) -> bool {
        false
    }
}

impl Seen<'_> {
    fn language_is(&self, wanted: &str) -> bool {
        let mut here = Some(*self);
        while let Some(seen) = here {
            if let Some(language) = seen.element().attr("lang") {
                let language = language.to_ascii_lowercase();
                return language
                    .strip_prefix(wanted)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
            }
            here = seen.parent_element();
        }
        false
    }

    fn runs_right_to_left(&self) -> bool {
        let mut here = Some(*self);
        while let Some(seen) = here {
            if let Some(direction) = seen.element().attr("dir") {
                return direction.eq_ignore_ascii_case("rtl");
            }
            here = seen.parent_element();
        }
        false
    }
}
