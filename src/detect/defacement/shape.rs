//! The shape of a page as far as it tells a replaced page from a site's own: how much there is to read, where its
//! links go, and the stage effects that intruders like. Reads no words.

use memchr::memmem::Finder;

use crate::detect::known::KnownHosts;
use crate::detect::sighting::Sighting;
use crate::page::{Note, Origin, Region, Role, ScriptKind, Sight};

/// What a page is made of.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Shape {
    /// Characters that a person can read.
    pub(super) text: usize,
    /// Links to other pages of the same site.
    pub(super) own_links: usize,
    /// Paragraphs of prose.
    pub(super) prose: usize,
    /// Elements in all.
    pub(super) elements: usize,
    /// Frame from elsewhere over the whole window.
    pub(super) full_frame: bool,
    /// The page has fields to fill in.
    pub(super) form: bool,
    /// Stage effects: each with the word for it; looked for on bare pages only.
    pub(super) effects: Vec<&'static str>,
}

/// How far into the source effects are looked for, in bytes.
const LOOK: usize = 128 << 10;

impl Shape {
    /// Measures a page.
    pub(super) fn of(sighting: &Sighting<'_>, known: &KnownHosts) -> Self {
        let page = sighting.page;
        let seen = page.blocks.iter().filter(|block| {
            block.origin != Origin::Comment
                && block.visibility.sight != Sight::Hidden
                && block.region != Region::UserContent
        });
        let mut shape = Self { elements: page.elements, form: !page.forms.is_empty(), ..Self::default() };
        for block in seen {
            let length = block.text.chars().count();
            shape.text += length;
            shape.prose +=
                usize::from(block.role == Role::Text && length >= 120 && block.linked * 2 < block.text.len());
        }
        shape.own_links = page
            .links
            .iter()
            .filter(|link| link.origin == Origin::Body && !link.href.starts_with('#'))
            .filter(|link| {
                link.url.as_ref().is_some_and(|url| {
                    matches!(url.scheme(), "http" | "https") && !known.outside(sighting.dossier, url)
                })
            })
            .count();
        shape.full_frame = page.frames.iter().any(|frame| {
            let foreign = frame.url.as_ref().is_some_and(|url| known.foreign(sighting.dossier, url));
            foreign && (frame.full_window || shape.text < 40)
        });
        if shape.bare() {
            shape.effects = effects(sighting);
        }
        shape
    }

    /// Nothing but a short message: no way on into the site, little to read.
    pub(super) fn bare(&self) -> bool {
        self.text < 2000 && self.own_links <= 4 && self.prose <= 8
    }

    /// A message, perhaps a long one, and no way on into the site.
    pub(super) fn message(&self) -> bool {
        self.bare() || self.text < 8_000 && self.own_links <= 2 && !self.form
    }

    /// 0 to 0.6: how much the page looks like one that replaced another.
    pub(super) fn replaced(&self) -> f64 {
        if !self.bare() {
            return 0.0;
        }
        let mut score: f64 = if self.text < 400 { 0.3 } else { 0.2 };
        score += 0.08 * self.effects.len().min(3) as f64;
        if self.full_frame {
            score += 0.15;
        }
        if self.own_links > 1 || self.form {
            score -= 0.1;
        }
        score.clamp(0.0, 0.6)
    }
}

/// The stage effects of a page.
fn effects(sighting: &Sighting<'_>) -> Vec<&'static str> {
    let body = sighting.body();
    let source = body[..body.len().min(LOOK)].to_ascii_lowercase();
    let has = |needle: &str| Finder::new(needle.as_bytes()).find(&source).is_some();
    let squeezed: Vec<u8> =
        source.iter().copied().filter(|byte| !matches!(byte, b' ' | b'"' | b'\'' | b'\n' | b'\t')).collect();
    let tight = |needle: &str| Finder::new(needle.as_bytes()).find(&squeezed).is_some();
    let mut effects = Vec::new();
    if [
        "bgcolor=black",
        "bgcolor=#000",
        "background:black",
        "background:#000",
        "background-color:black",
        "background-color:#000",
    ]
    .iter()
    .any(|dark| tight(dark))
    {
        effects.push("black-background");
    }
    if has("<audio") || has("<bgsound") || (has("youtube") && has("autoplay=1")) || has("new audio(") {
        effects.push("sound");
    }
    if has("<video") && has("autoplay") {
        effects.push("video");
    }
    if has("<marquee") {
        effects.push("marquee");
    }
    if ["oncontextmenu", "contextmenu", "event.button==2", "onselectstart"].iter().any(|guard| has(guard)) {
        effects.push("right-click-blocked");
    }
    if has("typewriter")
        || has("typed.js")
        || has("settimeout(type")
        || has("snow")
        || has("matrix")
        || has("glitch")
    {
        effects.push("animated-text");
    }
    if sighting.page.blocks.iter().any(|block| ascii_art(&block.text)) {
        effects.push("ascii-art");
    }
    if ["t.me/", "telegram", "icq", "skype", "discord.gg", "@yahoo", "@protonmail", "@gmail"]
        .iter()
        .any(|way| has(way))
    {
        effects.push("contact");
    }
    if sighting.page.scripts.iter().any(|script| script.kind == ScriptKind::Classic && encoded(&script.code))
    {
        effects.push("encoded-body");
    }
    effects
}

/// A picture made of signs: many signs, few letters.
fn ascii_art(text: &str) -> bool {
    let signs = text
        .chars()
        .filter(|c| matches!(c, '_' | '|' | '/' | '\\' | '`' | '=' | '█' | '▓' | '░' | '╔' | '═' | '╗'))
        .count();
    let letters = text.chars().filter(|c| c.is_alphanumeric()).count();
    signs >= 60 && signs * 2 > letters
}

/// A script that writes the body from an encoded string.
fn encoded(code: &str) -> bool {
    code.contains("document.write")
        && (code.contains("unescape(") || code.contains("atob(") || code.contains("fromCharCode"))
}

/// Whether the document has no structure at all: a line or two of text where a page was.
pub(super) fn bare_text(sighting: &Sighting<'_>) -> bool {
    let body = sighting.body();
    body.len() <= 400
        && body.iter().filter(|byte| **byte == b'<').count() <= 4
        && sighting.page.links.is_empty()
        && !sighting.page.notes.iter().any(|note| matches!(note, Note::Budget(_)))
}
