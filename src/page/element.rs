//! What the walk asks of an element, read from its attributes in one pass.

use scraper::node::Element;

use super::{Region, Role, region};

/// The attributes that the walk asks for.
#[derive(Default)]
pub(super) struct Attributes<'t> {
    /// Name of the element; empty outside HTML and SVG links.
    pub(super) name: &'t str,
    /// `id`, where it can stand in a selector.
    pub(super) id: Option<&'t str>,
    /// `href`, also of SVG.
    pub(super) href: Option<&'t str>,
    /// Whether there are event attributes or attributes that hold text.
    pub(super) odd: bool,
    class: &'t str,
    raw_id: &'t str,
    role: &'t str,
    element: Option<&'t Element>,
}

impl<'t> Attributes<'t> {
    /// Reads an element.
    pub(super) fn of(element: &'t Element) -> Self {
        let mut found = Self { name: element.name(), element: Some(element), ..Self::default() };
        for (name, value) in element.attrs() {
            match name {
                "id" => {
                    found.raw_id = value;
                    found.id = super::place::is_plain_id(value).then_some(value);
                }
                "class" => found.class = value,
                "role" => found.role = value,
                "href" => found.href = Some(value),
                _ => found.odd |= is_odd(name) && !value.is_empty(),
            }
        }
        if found.href.is_some_and(super::walk::is_script_address) {
            found.odd = true;
        }
        found
    }

    /// The value of an attribute.
    pub(super) fn get(&self, wanted: &str) -> Option<&'t str> {
        self.element?.attrs().find(|(name, _)| *name == wanted).map(|(_, value)| value)
    }

    /// All of them.
    pub(super) fn all(&self) -> impl Iterator<Item = (&'t str, &'t str)> + use<'t> {
        self.element.into_iter().flat_map(Element::attrs)
    }

    /// The part of the page that the element opens.
    pub(super) fn region(&self) -> Option<Region> {
        if matches!(
            self.name,
            "a" | "span" | "img" | "br" | "i" | "b" | "input" | "script" | "option" | "font"
        ) {
            return None;
        }
        let words = || region::by_words(self.raw_id).or_else(|| region::by_words(self.class));
        match region::by_name(self.name, self.role) {
            Some(found) => Some(words().filter(|by| is_sticky(*by)).unwrap_or(found)),
            None if self.class.is_empty() && self.raw_id.is_empty() => None,
            None => words(),
        }
    }
}

fn is_sticky(region: Region) -> bool {
    matches!(region, Region::FriendLinks | Region::UserContent)
}

/// Whether an attribute holds text, markup or code.
pub(super) fn is_odd(name: &str) -> bool {
    match name.as_bytes()[0] {
        b'a' => matches!(name, "alt" | "aria-label" | "action"),
        b't' => name == "title",
        b'p' => name == "placeholder",
        b'v' => name == "value",
        b's' => name == "srcdoc",
        b'd' => name.starts_with("data-"),
        b'o' => name.starts_with("on") && name.len() > 3,
        b'f' => name == "formaction",
        _ => false,
    }
}

/// Whether an element makes a block of text of its own.
pub(super) fn is_block(name: &str) -> bool {
    matches!(
        name,
        "html"
            | "body"
            | "div"
            | "p"
            | "ul"
            | "ol"
            | "li"
            | "dl"
            | "dt"
            | "dd"
            | "table"
            | "caption"
            | "tbody"
            | "thead"
            | "tfoot"
            | "tr"
            | "td"
            | "th"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "header"
            | "nav"
            | "main"
            | "footer"
            | "section"
            | "article"
            | "aside"
            | "address"
            | "blockquote"
            | "pre"
            | "form"
            | "fieldset"
            | "legend"
            | "figure"
            | "figcaption"
            | "hr"
            | "center"
            | "marquee"
            | "details"
            | "summary"
            | "dialog"
            | "option"
            | "optgroup"
            | "select"
            | "button"
            | "label"
            | "menu"
            | "dir"
            | "hgroup"
            | "search"
            | "noscript"
            | "template"
            | "frameset"
            | "listing"
            | "plaintext"
    )
}

/// The sort of block that an element makes, within a block of another sort.
pub(super) fn role_of(name: &str, outer: Role) -> Role {
    match name {
        "pre" | "code" | "blockquote" | "samp" | "kbd" | "listing" | "plaintext" => Role::Quoted,
        _ if outer == Role::Quoted => Role::Quoted,
        "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => Role::Heading,
        "p" | "div" | "section" | "article" | "main" | "body" | "figcaption" | "address" => Role::Text,
        "li" | "td" | "th" | "dt" | "dd" => Role::Item,
        "button" | "label" | "option" | "summary" | "legend" | "select" => Role::Control,
        _ => outer,
    }
}
