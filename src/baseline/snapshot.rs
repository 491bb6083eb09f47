//! What one look at a page leaves to be compared: digests and names, no more of the page than that.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use url::Url;

use super::contact::contacts;
use crate::exchange::host::{registrable_domain, same_site};
use crate::id::sha256_hex;
use crate::page::{Block, Link, Origin, Page, Region, Script, Sight};
use crate::target::filing::numbers;

/// The most of anything that is kept; pages with more are judged by the beginning.
const MOST: usize = 1_000;
/// The shortest text that says anything by coming again, in characters.
const SHORTEST: usize = 4;

/// One look at a page.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The title.
    pub title: String,
    /// `zh` where a quarter of the text or more is Chinese, else `other`.
    pub language: String,
    /// Shapes of elements: the ways to them, without numbers.
    pub shapes: BTreeSet<u32>,
    /// Digests of visible texts, their numbers taken out.
    pub texts: BTreeSet<u32>,
    /// Filing numbers.
    pub marks: BTreeSet<String>,
    /// Registrable domains linked to.
    pub hosts: BTreeSet<String>,
    /// Domains that scripts and frames come from.
    pub sources: BTreeSet<String>,
    /// Digests of inline scripts, numbers and texts taken out.
    pub scripts: BTreeSet<u32>,
    /// Domains that forms send to.
    pub forms: BTreeSet<String>,
    /// Shapes of hidden parts.
    pub hidden: BTreeSet<u32>,
    /// Links within the site.
    pub paths: BTreeSet<u32>,
    /// Characters of visible text.
    pub length: usize,
    /// Elements of the page.
    pub elements: usize,
    /// What the page says of itself to search engines.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Telephone numbers, mail addresses and accounts, each with its sort before it.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub contacts: BTreeSet<String>,
}

impl Snapshot {
    /// Whether the page has more texts than are kept: then a text that is not among them may have stood there always.
    pub fn is_cut(&self) -> bool {
        self.texts.len() >= MOST
    }

    /// What a page leaves.
    pub fn of(page: &Page) -> Self {
        let title = page.title.as_ref().map_or("", |title| title.text.trim());
        let description = page.metas.iter().find(|meta| meta.name == "description");
        let mut snapshot = Self {
            title: short(title),
            description: description.map_or(String::new(), |meta| short(meta.content.text.trim())),
            elements: page.elements,
            ..Self::default()
        };
        let mut chinese = 0;
        for block in &page.blocks {
            snapshot.add_block(block, &mut chinese);
        }
        for link in &page.links {
            snapshot.add_link(link, &page.url);
        }
        for script in &page.scripts {
            snapshot.add_script(script, &page.url);
        }
        for frame in &page.frames {
            if let Some(url) = &frame.url {
                add(&mut snapshot.sources, domain(url, &page.url));
            }
        }
        for form in &page.forms {
            if let Some(action) = &form.action {
                add(&mut snapshot.forms, domain(action, &page.url));
            }
        }
        snapshot.language = if chinese * 4 > snapshot.length { "zh" } else { "other" }.to_owned();
        snapshot
    }

    fn add_block(&mut self, block: &Block, chinese: &mut usize) {
        if !matches!(block.origin, Origin::Body | Origin::AfterEnd | Origin::BeforeDoctype) {
            return;
        }
        let shape = place_digest(&block.selector);
        if block.visibility.sight == Sight::Hidden {
            put(&mut self.hidden, shape);
            return;
        }
        put(&mut self.shapes, shape);
        self.length += block.text.chars().count();
        *chinese += block.text.chars().filter(|c| is_chinese(*c)).count();
        if block.region != Region::UserContent
            && let Some(text) = text_digest(&block.text)
        {
            put(&mut self.texts, text);
            for contact in contacts(&block.text) {
                add(&mut self.contacts, Some(contact));
            }
        }
        for number in numbers(&block.text) {
            add(&mut self.marks, Some(number.digits));
        }
    }

    fn add_link(&mut self, link: &Link, page: &Url) {
        let Some(url) = &link.url else { return };
        if link.origin == Origin::PlainText || !matches!(url.scheme(), "http" | "https") {
            return;
        }
        if same_site(url, page) {
            put(&mut self.paths, digest(url.path()));
        } else {
            add(&mut self.hosts, domain(url, page));
        }
        if link.origin == Origin::Body {
            let shape = place_digest(&link.selector);
            put(
                if link.visibility.sight == Sight::Hidden { &mut self.hidden } else { &mut self.shapes },
                shape,
            );
        }
    }

    fn add_script(&mut self, script: &Script, page: &Url) {
        match &script.url {
            Some(url) => add(&mut self.sources, domain(url, page)),
            None => put(&mut self.scripts, digest(&skeleton(&script.code))),
        }
    }
}

fn short(text: &str) -> String {
    text.chars().take(200).collect()
}

/// The domain of an address off the site.
fn domain(url: &Url, page: &Url) -> Option<String> {
    if same_site(url, page) {
        None
    } else {
        registrable_domain(url).or_else(|| url.host_str().map(str::to_owned))
    }
}

fn put(set: &mut BTreeSet<u32>, value: u32) {
    if set.len() < MOST {
        set.insert(value);
    }
}

fn add(set: &mut BTreeSet<String>, value: Option<String>) {
    if let Some(value) = value
        && set.len() < MOST
    {
        set.insert(value);
    }
}

/// The way to an element without the numbers that tell neighbours apart, its last four steps.
fn shape(selector: &str) -> String {
    let steps: Vec<&str> =
        selector.split(" > ").map(|step| step.split(":nth").next().unwrap_or(step)).collect();
    let from = steps.len().saturating_sub(4);
    // Ids and classes with numbers in them are often made anew for every look.
    steps[from..].join(">").chars().filter(|c| !c.is_ascii_digit()).collect()
}

/// A text as it comes again: numbers taken out, so that dates and counters do not make it another. Too short a one says
/// nothing.
fn plain(text: &str) -> Option<String> {
    let plain: String = text.chars().filter(|c| !c.is_numeric() && !c.is_whitespace()).take(400).collect();
    (plain.chars().count() >= SHORTEST).then_some(plain)
}

/// The digest under which a text is remembered; `None` where it is too short to say anything.
pub(super) fn text_digest(text: &str) -> Option<u32> {
    plain(text).map(|text| digest(&text))
}

/// The digest under which the place of an element is remembered.
pub(super) fn place_digest(selector: &str) -> u32 {
    digest(&shape(selector))
}

/// A script without its numbers and texts: what stays the same where a token or a time is written into it.
fn skeleton(code: &str) -> String {
    let mut skeleton = String::new();
    let mut quote = None;
    let mut escaped = false;
    for c in code.chars().take(64 << 10) {
        match quote {
            Some(_) if escaped => escaped = false,
            Some(_) if c == '\\' => escaped = true,
            Some(end) if c == end => quote = None,
            Some(_) => {}
            None if matches!(c, '"' | '\'' | '`') => quote = Some(c),
            None if c.is_ascii_digit() || c.is_whitespace() => {}
            None => skeleton.push(c),
        }
    }
    skeleton
}

/// Four bytes of the text's digest: enough to tell the few hundred of one page apart.
pub(super) fn digest(text: &str) -> u32 {
    u32::from_str_radix(&sha256_hex(text.as_bytes())[..8], 16).unwrap_or(0)
}

/// Whether a character is Chinese.
pub fn is_chinese(c: char) -> bool {
    matches!(c, '\u{4E00}'..='\u{9FFF}' | '\u{3400}'..='\u{4DBF}')
}
