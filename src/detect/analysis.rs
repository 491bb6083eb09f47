//! What the words on one page come to, judged once and shared by the detectors that read words.
//!
//! Knows no verdicts: it says which pieces of text promote something and which links lead to it, not what that means.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use url::Url;

use super::known::KnownHosts;
use super::sighting::Sighting;
use crate::exchange::host;
use crate::finding::Category;
use crate::lexicon::context::Context as Surroundings;
use crate::lexicon::{Judgement, Lexicon, Reading, Role};
use crate::page::{self, Link, Origin, Page, Region, Sight};

/// The words of one page.
#[derive(Debug)]
pub struct Analysis {
    /// What the page reads as: publicity, an official lottery's.
    pub surroundings: Surroundings,
    /// The title, where there is one.
    pub title: Judgement,
    /// Title and the first visible blocks, judged as one: what the page opens with belongs together.
    pub opening: Judgement,
    /// How many bytes of the opening are the title.
    pub title_length: usize,
    /// Text in document order, judged piece by piece.
    pub sections: Vec<Section>,
    /// One for every link of the page, in its order.
    pub links: Vec<LinkReading>,
    /// Most of the page's text is judged hidden: a script shows it, or a ground that the cascade cannot know.
    pub mostly_hidden: bool,
    /// How many plain, visible links lead to each outside domain.
    open: HashMap<String, usize>,
    /// The outside addresses of plain, visible links.
    addresses: HashSet<String>,
}

/// A piece of text: one long block, or several short ones that stand together.
#[derive(Debug)]
pub struct Section {
    /// Indices of its blocks.
    pub blocks: std::ops::Range<usize>,
    /// What sort of piece.
    pub sort: Sort,
    /// What its words come to.
    pub judgement: Judgement,
}

/// What sort of text a piece is, as far as it changes what its words mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sort {
    /// People can see it.
    Visible,
    /// People can see it, and other people wrote it.
    UserContent,
    /// People cannot see it, and nothing shows it again.
    Hidden,
    /// Not part of what people see by nature: templates, comments, noscript.
    Aside,
}

/// What one link comes to.
#[derive(Debug, Clone, Default)]
pub struct LinkReading {
    /// It leads to another site, known or not.
    pub outside: bool,
    /// It leads to another site that is no known service.
    pub foreign: bool,
    /// The outside address that a page of the site itself is to send visitors on to (`/goto?url=…`).
    pub carried: Option<Url>,
    /// Registrable domain of its host, where it is outside.
    pub domain: String,
    /// What its words promote, and how surely.
    pub category: Option<Category>,
    /// 0 to 1: how sure the words are.
    pub score: f64,
    /// Jargon in its words.
    pub terms: Vec<String>,
    /// 0 to 1: how much its address looks like a gambling platform's.
    pub address: f64,
}

impl LinkReading {
    /// Where the link leads in the end, as far as its address says.
    pub fn leads_to<'a>(&'a self, link: &'a Link) -> Option<&'a Url> {
        self.carried.as_ref().or(link.url.as_ref())
    }

    /// Whether words or address of the link say what it promotes.
    pub fn jargon(&self) -> bool {
        self.category.is_some() || self.address >= 0.7
    }
}

/// Blocks of this many bytes stand for themselves.
const LONG: usize = 240;
/// Short blocks are put together up to this many bytes.
const TOGETHER: usize = 600;
/// Most bytes of one block that are judged; a longer one is judged in parts.
const PART: usize = 16 << 10;
/// How many bytes of visible text open a page, after the title.
const OPENING: usize = 1200;
/// Most links whose words are judged.
const LINKS: usize = 4000;

impl Analysis {
    /// Whether title or text promotes something.
    pub fn promotes(&self) -> bool {
        self.title.category.is_some()
            || self.sections.iter().any(|section| section.judgement.category.is_some())
    }

    /// Reads a page.
    pub fn of(sighting: &Sighting<'_>, lexicon: &Lexicon, known: &KnownHosts) -> Self {
        let page = sighting.page;
        let title = page.title.as_ref().map_or("", |title| title.text.as_str());
        let title = lexicon.read(title);
        let pieces = pieces(page);
        let readings: Vec<Vec<Reading<'_>>> =
            pieces.iter().map(|piece| read_in_parts(lexicon, piece)).collect();
        let shown = pieces.iter().zip(&readings).filter(|(piece, _)| piece.sort == Sort::Visible);
        let shown = shown.flat_map(|(_, readings)| readings);
        let surroundings = lexicon.context_of(std::iter::once(&title).chain(shown));
        let links = read_links(sighting, lexicon, known, &surroundings);
        let sections = pieces.iter().zip(&readings).map(|(piece, readings)| Section {
            blocks: piece.blocks.clone(),
            sort: piece.sort,
            judgement: worst(lexicon, piece.role, readings, &surroundings),
        });
        let size = |wanted: Sort| -> usize {
            page.blocks.iter().filter(|block| sort(block) == wanted).map(|block| block.text.len()).sum()
        };
        let mut open: HashMap<String, usize> = HashMap::new();
        let mut addresses = HashSet::new();
        for (link, reading) in page.links.iter().zip(&links) {
            if reading.outside && !concealed(link) && !reading.jargon() {
                *open.entry(reading.domain.clone()).or_default() += 1;
                addresses.extend(link.url.as_ref().map(|url| url.as_str().to_owned()));
            }
        }
        Self {
            mostly_hidden: size(Sort::Hidden) > size(Sort::Visible),
            open,
            addresses,
            surroundings,
            title: lexicon.judge_reading(Role::Title, &title, &surroundings),
            title_length: page.title.as_ref().map_or(0, |title| title.text.len()),
            opening: lexicon.judge_in(Role::Text, &opening(page), &surroundings),
            sections: sections.collect(),
            links,
        }
    }

    /// Whether the page links to a domain in the open, too: a partner or another name of the same house, which nobody
    /// would need to hide.
    pub fn linked_openly(&self, domain: &str) -> bool {
        self.open.get(domain).is_some_and(|links| *links >= 2)
    }

    /// Whether a plain, visible link leads to the very address of another link.
    pub fn is_open(&self, link: &Link) -> bool {
        link.url.as_ref().is_some_and(|url| self.addresses.contains(url.as_str()))
    }

    /// The piece that a block stands in.
    pub fn section_of(&self, block: usize) -> Option<&Section> {
        self.sections.iter().find(|section| section.blocks.contains(&block))
    }
}

/// The sort of a block.
pub fn sort(block: &page::Block) -> Sort {
    if block.origin != Origin::Body
        && block.origin != Origin::AfterEnd
        && block.origin != Origin::BeforeDoctype
    {
        return Sort::Aside;
    }
    match (block.visibility.sight, block.visibility.reveal, block.region) {
        (Sight::Hidden, None, _) => Sort::Hidden,
        (Sight::Hidden, Some(_), _) => Sort::Aside,
        (_, _, Region::UserContent) => Sort::UserContent,
        _ => Sort::Visible,
    }
}

fn role(block: &page::Block) -> Role {
    match block.role {
        page::Role::Heading => Role::Heading,
        _ => Role::Text,
    }
}

/// Title and first visible blocks.
fn opening(page: &Page) -> String {
    let title = page.title.as_ref().map_or("", |title| title.text.as_str());
    let mut text = title.to_owned();
    for block in page.blocks.iter().filter(|block| sort(block) == Sort::Visible) {
        if text.len() + block.text.len() > title.len() + OPENING {
            break;
        }
        text.push('\n');
        text.push_str(&block.text);
    }
    text
}

/// What is read as one: one long block, or several short ones that stand together.
struct Piece<'p> {
    blocks: std::ops::Range<usize>,
    sort: Sort,
    role: Role,
    text: Cow<'p, str>,
}

fn pieces(page: &Page) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut start = 0;
    while start < page.blocks.len() {
        let first = &page.blocks[start];
        let sort = sort(first);
        let mut text = Cow::Borrowed(first.text.as_str());
        let mut end = start + 1;
        while end < page.blocks.len() && text.len() < LONG {
            let next = &page.blocks[end];
            if self::sort(next) != sort || next.text.len() >= LONG || text.len() + next.text.len() > TOGETHER
            {
                break;
            }
            let text = text.to_mut();
            text.push(' ');
            text.push_str(&next.text);
            end += 1;
        }
        let role = match sort {
            Sort::Hidden => Role::Hidden,
            _ if end == start + 1 => role(first),
            _ => Role::Text,
        };
        pieces.push(Piece { blocks: start..end, sort, role, text });
        start = end;
    }
    pieces
}

/// A piece that is too long to be judged as a whole is read in parts.
fn read_in_parts<'p>(lexicon: &Lexicon, piece: &'p Piece<'_>) -> Vec<Reading<'p>> {
    let mut readings = Vec::with_capacity(1);
    let mut rest: &str = &piece.text;
    loop {
        let (part, after) = rest.split_at(rest.floor_char_boundary(PART));
        readings.push(lexicon.read(part));
        rest = after;
        if rest.is_empty() {
            return readings;
        }
    }
}

/// The worst part of a text decides.
fn worst(lexicon: &Lexicon, role: Role, parts: &[Reading<'_>], surroundings: &Surroundings) -> Judgement {
    let mut worst = Judgement::default();
    for part in parts {
        let judgement = lexicon.judge_reading(role, part, surroundings);
        if judgement.score > worst.score || worst.hits.is_empty() {
            worst = judgement;
        }
    }
    worst
}

fn read_links(
    sighting: &Sighting<'_>,
    lexicon: &Lexicon,
    known: &KnownHosts,
    surroundings: &Surroundings,
) -> Vec<LinkReading> {
    let mut judged: HashMap<(String, bool), Judgement> = HashMap::new();
    let mut readings = Vec::with_capacity(sighting.page.links.len());
    for link in sighting.page.links.iter().take(LINKS) {
        let carried = link.url.as_ref().and_then(|url| carried(sighting, known, url));
        let mut reading = LinkReading { carried, ..LinkReading::default() };
        if let Some(url) = reading.carried.as_ref().or(link.url.as_ref()) {
            reading.outside = known.outside(sighting.dossier, url);
            reading.foreign = reading.outside && !known.is_known(url);
            if reading.outside {
                reading.domain = host::registrable_domain(url).unwrap_or_default();
            }
            if reading.foreign {
                reading.address = lexicon.address_score(url);
            }
        }
        let hidden = concealed(link);
        if reading.outside || hidden {
            let role = if hidden { Role::Hidden } else { Role::Anchor };
            let text = words_of(link);
            let around = Surroundings { outside_link: reading.outside, ..*surroundings };
            let judgement = judged
                .entry((text, hidden))
                .or_insert_with_key(|(text, _)| lexicon.judge_in(role, text, &around));
            reading.category = judgement.category;
            reading.score = judgement.score;
            reading.terms = terms(judgement).collect();
        }
        readings.push(reading);
    }
    readings.resize_with(sighting.page.links.len(), LinkReading::default);
    readings
}

/// The foreign address that the query of one of the site's own addresses holds.
fn carried(sighting: &Sighting<'_>, known: &KnownHosts, url: &Url) -> Option<Url> {
    if !url.query().is_some_and(|query| query.contains("http"))
        || !host::same_site(&sighting.dossier.url, url)
    {
        return None;
    }
    let held = url.query_pairs().filter_map(|(_, value)| Url::parse(&value).ok());
    held.into_iter().find(|held| known.foreign(sighting.dossier, held))
}

/// Whether a link stands where people do not see it.
pub fn concealed(link: &Link) -> bool {
    link.visibility.sight == Sight::Hidden || !matches!(link.origin, Origin::Body | Origin::Option)
}

/// What a link says of itself: anchor and title.
fn words_of(link: &Link) -> String {
    if link.title.is_empty() || link.title == link.text {
        return link.text.clone();
    }
    format!("{} {}", link.text, link.title)
}

/// The terms of a judgement, each once, at most twelve.
pub fn terms(judgement: &Judgement) -> impl Iterator<Item = String> + '_ {
    let mut seen: Vec<&str> = Vec::new();
    for hit in &judgement.hits {
        if seen.len() < 12 && !seen.contains(&hit.term.as_str()) {
            seen.push(&hit.term);
        }
    }
    seen.into_iter().map(str::to_owned)
}
