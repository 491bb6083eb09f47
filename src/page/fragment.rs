//! What is in markup that does not belong to the tree: comments, `<noscript>`, inert containers, attribute values,
//! and the rest of a document whose budget ran out.

use super::markup::{Piece, Pieces, Tag};
use super::place::snippet;
use super::text::{decode, fold_into, head, trim_end};
use super::walk::{Collector, refresh_of};
use super::{
    AttributeText, Block, Frame, Link, Meta, Origin, Region, Role, Script, ScriptKind, Spot, Visibility,
};

/// Where a fragment was found.
#[derive(Clone)]
pub(super) struct Carrier {
    /// What holds it.
    pub(super) origin: Origin,
    /// The part of the page.
    pub(super) region: Region,
    /// What a person sees of its content.
    pub(super) visibility: Visibility,
    /// Leads to what holds it.
    pub(super) selector: String,
    /// The line of its first byte.
    pub(super) line: u32,
}

/// Longest text of a link that lacks its end tag, in bytes.
const TEXT: usize = 2_000;

struct Reader<'c, 'p, 's> {
    page: &'c mut Collector<'p>,
    carrier: &'c Carrier,
    source: &'s str,
    /// Lines are counted as the reader moves on.
    counted: (usize, u32),
    block: String,
    linked: usize,
    /// The link that is open.
    link: Option<usize>,
    in_title: bool,
}

/// Takes what is in a fragment. `depth` bounds comments and attribute values within.
pub(super) fn read(page: &mut Collector<'_>, source: &str, carrier: &Carrier, depth: u8) {
    let mut reader = Reader {
        page,
        carrier,
        source,
        counted: (0, carrier.line),
        block: String::new(),
        linked: 0,
        link: None,
        in_title: false,
    };
    let mut raw: Option<Tag<'_>> = None;
    for piece in Pieces::new(source) {
        match piece {
            Piece::Open(tag) => {
                reader.open(&tag);
                raw = ["script", "style", "textarea", "xmp", "noframes", "iframe", "noembed"]
                    .iter()
                    .any(|name| tag.is(name))
                    .then_some(tag);
            }
            Piece::Text(text) => match raw.take() {
                Some(tag) if tag.is("script") => reader.script(&tag, text),
                Some(tag) if tag.is("style") => {}
                Some(_) if depth > 0 => read(reader.page, text, carrier, depth - 1),
                Some(_) => {}
                None => reader.text(text),
            },
            Piece::Close(name) => {
                if name.eq_ignore_ascii_case("a") {
                    reader.end_link();
                } else if !is_inline(name) {
                    reader.end_block();
                }
            }
            Piece::Comment(text, at) if depth > 0 => {
                let line = reader.line(at);
                let inner = Carrier { origin: Origin::Comment, line, ..carrier.clone() };
                read(reader.page, text, &inner, depth - 1);
            }
            Piece::Comment(..) => {}
        }
    }
    reader.end_link();
    reader.end_block();
}

impl Reader<'_, '_, '_> {
    fn line(&mut self, at: usize) -> u32 {
        let (from, line) = self.counted;
        if at > from {
            let more = memchr::memchr_iter(b'\n', &self.source.as_bytes()[from..at]).count();
            self.counted = (at, line.saturating_add(u32::try_from(more).unwrap_or(u32::MAX)));
        }
        self.counted.1
    }

    fn open(&mut self, tag: &Tag<'_>) {
        self.page.elements += 1;
        if !is_inline(tag.name) {
            self.end_block();
        }
        self.in_title = false;
        if tag.is("a") || tag.is("area") {
            self.end_link();
            self.start_link(tag);
        } else if tag.is("iframe") || tag.is("frame") || tag.is("embed") || tag.is("object") {
            self.frame(tag);
        } else if tag.is("meta") {
            self.meta(tag);
        } else if tag.is("img") {
            self.image(tag);
        } else if tag.is("title") {
            self.in_title = true;
        }
    }

    fn start_link(&mut self, tag: &Tag<'_>) {
        let Some(href) = tag.attribute("href") else { return };
        if self.page.is_full() {
            return;
        }
        let line = self.line(tag.range.start);
        let end = super::place::link_end(self.source, tag.range.start);
        let value = |name| tag.attribute(name).unwrap_or_default();
        self.page.links.push(Link {
            url: self.page.resolve(&href),
            href: href.into_owned(),
            text: String::new(),
            title: value("title").into_owned(),
            rel: value("rel").to_ascii_lowercase(),
            origin: self.carrier.origin,
            region: self.carrier.region,
            visibility: self.carrier.visibility.clone(),
            selector: self.carrier.selector.clone(),
            line,
            snippet: snippet(self.source, tag.range.start, end),
            block: None,
        });
        self.link = Some(self.page.links.len() - 1);
    }

    fn end_link(&mut self) {
        if let Some(index) = self.link.take() {
            trim_end(&mut self.page.links[index].text);
        }
    }

    fn image(&mut self, tag: &Tag<'_>) {
        let (Some(index), Some(alt)) = (self.link, tag.attribute("alt")) else { return };
        let text = &mut self.page.links[index].text;
        if text.is_empty() {
            fold_into(text, &alt);
        }
    }

    fn frame(&mut self, tag: &Tag<'_>) {
        let source = tag.attribute("src").or_else(|| tag.attribute("data"));
        let line = self.line(tag.range.start);
        self.page.frames.push(Frame {
            url: source.and_then(|to| self.page.resolve(&to)),
            visibility: self.carrier.visibility.clone(),
            full_window: false,
            selector: self.carrier.selector.clone(),
            line,
            source: super::place::tag_source(self.source, tag.range.start),
        });
    }

    fn meta(&mut self, tag: &Tag<'_>) {
        let Some(content) = tag.attribute("content") else { return };
        let name = ["name", "property", "http-equiv"].iter().find_map(|key| tag.attribute(key));
        let Some(name) = name.map(|name| name.trim().to_ascii_lowercase()) else { return };
        let line = self.line(tag.range.start);
        let source = super::place::tag_source(self.source, tag.range.start);
        let runs = matches!(
            self.carrier.origin,
            Origin::NoScript | Origin::Body | Origin::AfterEnd | Origin::ConditionalComment
        );
        if !runs {
            return;
        }
        if name == "refresh"
            && self.carrier.origin != Origin::ConditionalComment
            && let Some((delay, to)) = refresh_of(&content)
        {
            let url = to.and_then(|to| self.page.resolve(to));
            let noscript = self.carrier.origin == Origin::NoScript;
            self.page.refreshes.push(super::Refresh { delay, url, noscript, line, source: source.clone() });
        }
        let selector = self.carrier.selector.clone();
        self.page
            .metas
            .push(Meta { name, content: Spot { text: content.into_owned(), source, selector, line } });
    }

    fn script(&mut self, tag: &Tag<'_>, code: &str) {
        let kind = match script_type(tag.attribute("type").as_deref()) {
            ScriptType::Runs(kind) => kind,
            ScriptType::Markup | ScriptType::Structured | ScriptType::Data => return,
        };
        let url = tag.attribute("src").and_then(|src| self.page.resolve(&src));
        let line = self.line(tag.range.start);
        self.page.scripts.push(Script {
            code: if url.is_some() { String::new() } else { code.to_owned() },
            url,
            kind,
            origin: self.carrier.origin,
            selector: self.carrier.selector.clone(),
            line,
        });
    }

    fn text(&mut self, text: &str) {
        let text = decode(text);
        if self.in_title {
            self.title(&text);
            return;
        }
        if let Some(index) = self.link {
            let anchor = &mut self.page.links[index].text;
            fold_into(anchor, head(&text, TEXT.saturating_sub(anchor.len())));
            self.linked += text.trim().len();
        }
        fold_into(&mut self.block, &text);
    }

    fn title(&mut self, text: &str) {
        self.in_title = false;
        let text = super::text::fold(text);
        let spot = Spot {
            source: head(&text, 300).to_owned(),
            text,
            selector: self.carrier.selector.clone(),
            line: self.counted.1,
        };
        self.page.other_titles.push(spot);
    }

    fn end_block(&mut self) {
        trim_end(&mut self.block);
        // The text of a comment without markup is a programmer's remark.
        let remark = self.carrier.origin == Origin::Comment && self.linked == 0;
        if !self.block.is_empty() && !remark && !self.page.is_full() {
            self.page.blocks.push(Block {
                linked: self.linked.min(self.block.len()),
                text: std::mem::take(&mut self.block),
                role: Role::Text,
                region: self.carrier.region,
                visibility: self.carrier.visibility.clone(),
                font_px: 16.0,
                selector: self.carrier.selector.clone(),
                line: self.counted.1,
                origin: self.carrier.origin,
            });
        }
        self.block.clear();
        self.linked = 0;
    }
}

/// What `<script type>` says of the content.
pub(super) enum ScriptType {
    /// A browser runs it.
    Runs(ScriptKind),
    /// A template.
    Markup,
    /// JSON-LD.
    Structured,
    /// Anything else.
    Data,
}

/// Reads a `type` attribute.
pub(super) fn script_type(kind: Option<&str>) -> ScriptType {
    let kind = kind.unwrap_or_default().trim().to_ascii_lowercase();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    match essence {
        "module" => ScriptType::Runs(ScriptKind::Module),
        "" => ScriptType::Runs(ScriptKind::Classic),
        "application/ld+json" => ScriptType::Structured,
        _ if essence.ends_with("javascript") || essence.ends_with("ecmascript") => {
            ScriptType::Runs(ScriptKind::Classic)
        }
        "text/javascript1.5" | "text/jscript" | "text/livescript" => ScriptType::Runs(ScriptKind::Classic),
        _ if essence.contains("html") || essence.contains("template") || essence.contains("tmpl") => {
            ScriptType::Markup
        }
        _ => ScriptType::Data,
    }
}

fn is_inline(name: &str) -> bool {
    const INLINE: [&str; 19] = [
        "a", "b", "i", "u", "em", "strong", "span", "font", "img", "s", "small", "big", "sub", "sup", "mark",
        "code", "label", "abbr", "wbr",
    ];
    INLINE.iter().any(|inline| name.eq_ignore_ascii_case(inline))
}

/// A link or text in an attribute value.
pub(super) fn attribute(page: &mut Collector<'_>, name: &str, value: &str, carrier: &Carrier) {
    let worth = match name {
        "alt" | "title" | "aria-label" | "placeholder" => !value.trim().is_empty(),
        _ => {
            value.len() >= 6
                && value.len() <= 1 << 20
                && (!value.is_ascii() || value.contains("://") || value.trim().contains(' '))
        }
    };
    if !worth || page.is_full() {
        return;
    }
    if value.contains('<') && (value.contains("href") || value.contains("HREF")) {
        read(page, value, carrier, 1);
    } else if matches!(name, "data-href" | "data-url" | "data-link" | "value")
        && (value.starts_with("http://") || value.starts_with("https://") || value.starts_with("//"))
        && !value.contains(char::is_whitespace)
    {
        page.bare_link(value, "", carrier);
    }
    page.attributes.push(AttributeText {
        name: name.to_owned(),
        spot: Spot {
            text: value.to_owned(),
            source: head(value, 300).to_owned(),
            selector: carrier.selector.clone(),
            line: carrier.line,
        },
    });
}
