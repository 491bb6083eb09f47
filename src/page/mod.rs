//! A read-only model of a document with its style sheets and scripts: what is on it, and what a person can see of it.
//!
//! Parsing cannot fail: hostile input ends in a usable page with a [`Note`] that says what was left out. Never does
//! I/O: style sheets come in as arguments ([`Page::wanted_sheets`] says which). Knows nothing of jargon or verdicts.

mod element;
mod fragment;
mod markup;
mod parse;
mod place;
mod region;
mod sheets;
mod style;
#[cfg(test)]
mod tests;
mod text;
mod tree;
mod walk;

use url::Url;

/// A document as a visitor gets it.
#[derive(Debug, Clone)]
pub struct Page {
    /// Its address.
    pub url: Url,
    /// The address that relative links are resolved against (`<base href>` counts).
    pub base: Url,
    /// The text of the first `<title>`, entities decoded.
    pub title: Option<Spot>,
    /// Further `<title>` elements and titles outside `<head>`.
    pub other_titles: Vec<Spot>,
    /// `<meta name|property|http-equiv … content>`.
    pub metas: Vec<Meta>,
    /// Every link there is, wherever it stands.
    pub links: Vec<Link>,
    /// The document's text by block, in document order.
    pub blocks: Vec<Block>,
    /// Frames, objects and embeds.
    pub frames: Vec<Frame>,
    /// Scripts, inline and external, event attributes and `javascript:` addresses.
    pub scripts: Vec<Script>,
    /// Client redirects written in the markup.
    pub refreshes: Vec<Refresh>,
    /// JSON-LD blocks, as text.
    pub structured: Vec<Spot>,
    /// `<link rel=canonical|alternate|amphtml…>`.
    pub relations: Vec<Relation>,
    /// Forms.
    pub forms: Vec<Form>,
    /// Text in attributes that people rarely read: alt, title, aria-label, placeholder, data-*.
    pub attributes: Vec<AttributeText>,
    /// What was cut or looked odd.
    pub notes: Vec<Note>,
    /// Number of elements.
    pub elements: usize,
}

/// A piece of text and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spot {
    /// The text as a person would read it.
    pub text: String,
    /// The source it was made from, shortened (hostile, entities kept).
    pub source: String,
    /// A CSS selector that leads to it.
    pub selector: String,
    /// Line in the decoded source, from 1.
    pub line: u32,
}

/// A `<meta>` with content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meta {
    /// `name`, `property` or `http-equiv`, in lower case.
    pub name: String,
    /// `content`, entities decoded.
    pub content: Spot,
}

/// A link.
#[derive(Debug, Clone)]
pub struct Link {
    /// As written.
    pub href: String,
    /// Resolved; `None` where it is not an address.
    pub url: Option<Url>,
    /// The anchor text, or the alt text of its images; empty where there is none.
    pub text: String,
    /// `title` attribute.
    pub title: String,
    /// `rel`, in lower case.
    pub rel: String,
    /// Where in the document it was found.
    pub origin: Origin,
    /// The part of the page it stands in.
    pub region: Region,
    /// What a person sees of it.
    pub visibility: Visibility,
    /// A selector that leads to it.
    pub selector: String,
    /// Line in the decoded source, from 1.
    pub line: u32,
    /// Its source with a little of what surrounds it, and the byte range of the link in it.
    pub snippet: (String, (usize, usize)),
    /// The block it stands in, if it is in the document proper.
    pub block: Option<usize>,
}

/// Where in the source a link was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Origin {
    /// `<a>` or `<area>` in the document.
    Body,
    /// Written inside `<head>` or a malformed `<title>`; parsers move it into the body.
    Head,
    /// Before the doctype or `<html>`.
    BeforeDoctype,
    /// After `</html>` or `</body>`.
    AfterEnd,
    /// In a comment.
    Comment,
    /// In a conditional comment.
    ConditionalComment,
    /// In `<noscript>`.
    NoScript,
    /// In `<template>`, `<noframes>`, `<xmp>`, `<textarea>` or a script of type text/html.
    Inert,
    /// In JSON-LD.
    JsonLd,
    /// In an attribute value (`value=`, `data-*`, `srcdoc`).
    Attribute,
    /// In `<option value>`: a friend-link list.
    Option,
    /// Plain text that spells an address.
    PlainText,
}

/// A coarse part of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Region {
    /// Header, banner.
    Header,
    /// Navigation.
    Nav,
    /// Main content, article.
    Main,
    /// Footer.
    Footer,
    /// A list of friend links (友情链接).
    FriendLinks,
    /// Comments, guest book, forum posts.
    UserContent,
    /// Unknown.
    Other,
}

/// What a person can see of something, at the viewport the page was made for.
#[derive(Debug, Clone, PartialEq)]
pub struct Visibility {
    /// The verdict.
    pub sight: Sight,
    /// The technique's id, such as `css-offscreen-position`, when not plainly visible.
    pub technique: Option<&'static str>,
    /// Selector and declaration that decide, for people: `div.x7 { display: none }`.
    pub reason: String,
    /// What lawful mechanism shows it again or explains it; `None` where there is none.
    pub reveal: Option<Reveal>,
}

impl Visibility {
    /// Takes over what a browser painted in place of a verdict that only a browser could give.
    pub fn settle(&mut self, painted: bool) {
        if self.sight == Sight::Unsure {
            self.sight = if painted { Sight::Visible } else { Sight::Hidden };
        }
    }
}

/// Whether a person sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sight {
    /// It is painted where a person can get to it.
    Visible,
    /// It is not.
    Hidden,
    /// Only a browser could tell.
    Unsure,
}

/// What lawful mechanism shows a hidden thing again, or explains why it is hidden.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reveal {
    /// A `:hover`, `:focus`, `:checked`, `:target`, `:open` rule shows it.
    StateRule,
    /// A rule for another width, print or colour scheme shows it.
    MediaRule,
    /// A script mentions its class or id, or it has the shape of a known widget (tab, modal, carousel, menu).
    Widget,
    /// An animation or transition ends visible.
    Animation,
    /// It is for screen readers (`sr-only`, skip link) or stands in for an image (text-indent logo).
    Accessibility,
    /// A control toggles it (`<details>` with a summary, 展开全文).
    Control,
    /// It is the whole page, and nobody hides all of his own: a script shows it once it has loaded.
    Whole,
}

/// A block of text: the text nodes of one block-level element, joined as a person reads them.
#[derive(Debug, Clone)]
pub struct Block {
    /// The text, entities decoded, white space folded.
    pub text: String,
    /// What sort of block.
    pub role: Role,
    /// The part of the page it stands in.
    pub region: Region,
    /// What a person sees of it (of most of it).
    pub visibility: Visibility,
    /// How much of the text is inside links, in bytes.
    pub linked: usize,
    /// Relative size of the text: computed font size in pixels where known.
    pub font_px: f32,
    /// A selector that leads to it.
    pub selector: String,
    /// Line in the decoded source, from 1.
    pub line: u32,
    /// Where it was found; `Body` in the document proper.
    pub origin: Origin,
}

/// What sort of block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// `h1` … `h6`.
    Heading,
    /// A paragraph or other running text.
    Text,
    /// A list item or table cell.
    Item,
    /// A button, label or other control.
    Control,
    /// `<pre>`, `<code>`, `<blockquote>`.
    Quoted,
}

/// A frame, object or embed.
#[derive(Debug, Clone)]
pub struct Frame {
    /// Where it points; `None` for `srcdoc` or nothing.
    pub url: Option<Url>,
    /// What a person sees of it.
    pub visibility: Visibility,
    /// Whether it covers (nearly) the whole window, alone or above everything.
    pub full_window: bool,
    /// A selector that leads to it.
    pub selector: String,
    /// Line, from 1.
    pub line: u32,
    /// Its source, shortened.
    pub source: String,
}

/// A script.
#[derive(Debug, Clone)]
pub struct Script {
    /// The address of an external script.
    pub url: Option<Url>,
    /// The code of an inline script, an event attribute or a `javascript:` address.
    pub code: String,
    /// How it comes to run.
    pub kind: ScriptKind,
    /// Where in the source it was found.
    pub origin: Origin,
    /// A selector that leads to it.
    pub selector: String,
    /// Line, from 1.
    pub line: u32,
}

/// How a script comes to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScriptKind {
    /// `<script>`, classic.
    Classic,
    /// `<script type=module>`.
    Module,
    /// An `on…` attribute; the name of the event.
    Event(String),
    /// A `javascript:` address.
    Address,
}

/// A client redirect written in the markup.
#[derive(Debug, Clone)]
pub struct Refresh {
    /// Seconds to wait.
    pub delay: f64,
    /// Where to; `None` reloads the page.
    pub url: Option<Url>,
    /// Whether it stands in `<noscript>`.
    pub noscript: bool,
    /// Line, from 1.
    pub line: u32,
    /// Its source.
    pub source: String,
}

/// `<link rel href>`.
#[derive(Debug, Clone)]
pub struct Relation {
    /// `rel`, in lower case.
    pub rel: String,
    /// Where to.
    pub url: Url,
    /// `hreflang` or `media`, if any.
    pub variant: String,
    /// Line, from 1.
    pub line: u32,
}

/// A form.
#[derive(Debug, Clone)]
pub struct Form {
    /// Where it sends.
    pub action: Option<Url>,
    /// What its fields say of themselves: type, name, placeholder, label, purpose.
    pub fields: Vec<String>,
    /// Whether it asks for a password.
    pub password: bool,
    /// A selector that leads to it.
    pub selector: String,
    /// Line, from 1.
    pub line: u32,
}

/// Text in an attribute.
#[derive(Debug, Clone)]
pub struct AttributeText {
    /// The attribute's name.
    pub name: String,
    /// Its text and place.
    pub spot: Spot,
}

/// Something about the page as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// A budget ran out (`depth`, `nodes`, `time`, `attributes`, `rules`); the rest was left out or flattened.
    Budget(&'static str),
    /// A style sheet that the page wants was not there.
    SheetMissing(Url),
    /// Content stands before the doctype or after `</html>`.
    OutsideDocument,
    /// Text was written in numeric entities although it need not be.
    EntityEncoded,
}

/// A style sheet that came with the page.
#[derive(Debug, Clone)]
pub struct Sheet {
    /// Where it was fetched from.
    pub url: Url,
    /// Its text.
    pub text: String,
}

/// The window that visibility is judged for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Viewport {
    /// CSS pixels.
    pub width: f32,
    /// CSS pixels.
    pub height: f32,
}

impl Viewport {
    /// A laptop.
    pub const DESKTOP: Self = Self { width: 1366.0, height: 768.0 };
    /// A phone.
    pub const PHONE: Self = Self { width: 390.0, height: 844.0 };
}
