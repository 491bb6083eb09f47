//! Defacement seen by what changed against the accepted state of the page.
//!
//! What is new on a page is read with less trust than what always stood there: a page none of which is the site's own, a
//! title that shares no word with any before, a block that speaks as intruders do. A redesign keeps the site's name,
//! its filing numbers or the ways into it, and is only brought to a person's attention.

use std::collections::BTreeSet;

use super::signature::{self, Reading};
use super::{Case, Where};
use crate::baseline::{Accepted, Change, Changes, Snapshot, compare};
use crate::detect::Context;
use crate::detect::analysis::Analysis;
use crate::detect::sighting::Sighting;
use crate::finding::{Severity, Signal};
use crate::page::{self, Block, Origin, Page, Region, Sight};

/// Links into the site that a whole page has.
const WAYS: usize = 5;
/// Characters of a page that is only a message.
const MESSAGE: usize = 1_500;
/// Texts still there that make a page the same in spite of another title.
const SAME: f64 = 0.5;

/// What the accepted state says of a page.
pub(super) fn judge<'a>(
    sighting: &Sighting<'a>,
    accepted: &Accepted,
    context: &Context<'_>,
) -> Option<Case<'a>> {
    let page = sighting.page;
    let now = Snapshot::of(page);
    let changes = compare(accepted, &now);
    let loudest = if now.is_cut() { None } else { loudest(page, accepted) };
    let words = context.analysis(sighting);
    replaced(page, &now, &changes, loudest, &words)
        .or_else(|| retitled(page, &changes, &words))
        .or_else(|| inserted(loudest))
}

/// Hardly anything of the site is left.
fn replaced<'a>(
    page: &'a Page,
    now: &Snapshot,
    changes: &Changes,
    loudest: Option<(&'a Block, u32)>,
    words: &Analysis,
) -> Option<Case<'a>> {
    let texts = changes.any(|change| matches!(change, Change::Texts { .. }));
    let template = changes.any(|change| matches!(change, Change::Template { .. }));
    if !texts || !(template || changes.shapes_kept < 0.5) {
        return None;
    }
    let place = loudest.map(|(block, _)| Where::from(block)).or_else(|| whole(page))?;
    let shown = place.text.chars().take(120).collect();
    let bare = now.paths.len() < WAYS && now.length < MESSAGE;
    let speaks = loudest.is_some_and(|(_, points)| points >= 3) || words.promotes();
    let language = changes.any(|change| matches!(change, Change::Language { .. }));
    let renamed = changes.any(|change| matches!(change, Change::Title { .. }));
    let mut signals = vec![Signal::Novelty];
    signals.extend(speaks.then_some(Signal::Payload));
    signals.extend(bare.then_some(Signal::Mechanism));
    let (severity, confidence, method) = match (changes.identity, speaks, bare) {
        // A redesign, a migration, a special edition: the site still says who it is.
        (1.., false, _) => (Severity::Info, 0.3, "def-redesign"),
        (_, true, true) => (Severity::Critical, 0.95, "def-homepage-replace"),
        (0, true, false) => (Severity::High, 0.85, "def-homepage-replace"),
        (_, true, false) => (Severity::Medium, 0.6, "def-homepage-replace"),
        (0, false, true) => (Severity::High, 0.75, "def-homepage-replace"),
        // Somebody else's whole site where this one was: the name may have changed hands.
        (0, false, false) if language || renamed || other_marks(changes) => {
            (Severity::Medium, 0.6, "def-changed-hands")
        }
        (0, false, false) => (Severity::Low, 0.4, "def-redesign"),
    };
    Some(Case {
        form: "replaced",
        method,
        words: shown,
        place,
        severity,
        confidence,
        signals,
        effects: Vec::new(),
    })
}

/// Filing numbers were there and are others now.
fn other_marks(changes: &Changes) -> bool {
    changes.any(|change| matches!(change, Change::Marks { gone, new } if !gone.is_empty() && !new.is_empty()))
}

/// The title shares no word with any before, while the page is still the same.
fn retitled<'a>(page: &'a Page, changes: &Changes, words: &Analysis) -> Option<Case<'a>> {
    let renamed = changes.any(|change| matches!(change, Change::Title { .. }));
    let title = page.title.as_ref().filter(|_| renamed)?;
    let reading = signature::read(&title.text);
    let tone = signature::tone(&title.text);
    let speaks = !reading.is_empty() || tone.points() >= 3 || words.title.category.is_some();
    if !speaks && changes.texts_kept < SAME {
        return None;
    }
    let (severity, confidence) = if speaks { (Severity::High, 0.9) } else { (Severity::Medium, 0.6) };
    let mut signals = vec![Signal::Novelty];
    signals.extend(speaks.then_some(Signal::Payload));
    Some(Case {
        form: "changed-title",
        method: "def-title-change",
        words: title.text.chars().take(120).collect(),
        place: Where::from(title),
        severity,
        confidence,
        signals,
        effects: Vec::new(),
    })
}

/// A block that was never there speaks as intruders do.
fn inserted(loudest: Option<(&Block, u32)>) -> Option<Case<'_>> {
    let (block, points) = loudest?;
    if points < 5 {
        return None;
    }
    Some(Case {
        form: "inserted",
        method: "def-block-inserted",
        words: block.text.chars().take(120).collect(),
        place: Where::from(block),
        severity: if points >= 8 { Severity::High } else { Severity::Medium },
        confidence: if points >= 8 { 0.85 } else { 0.6 },
        signals: vec![Signal::Novelty, Signal::Payload],
        effects: Vec::new(),
    })
}

/// The block among those never seen before that speaks most like an intruder, with the points for it.
fn loudest<'a>(page: &'a Page, accepted: &Accepted) -> Option<(&'a Block, u32)> {
    let new = |block: &&Block| {
        matches!(block.origin, Origin::Body | Origin::AfterEnd | Origin::BeforeDoctype)
            && block.visibility.sight != Sight::Hidden
            && block.region != Region::UserContent
            && block.role != page::Role::Quoted
            && accepted.is_new_text(&block.text)
    };
    let spoken = page.blocks.iter().filter(new).map(|block| (block, points(block)));
    spoken.filter(|(_, points)| *points > 0).max_by_key(|(_, points)| *points)
}

/// How much a new block speaks like an intruder: a signature weighs most, reports of hacking nothing; a name in leet or
/// an address for messages only where the block stands out.
fn points(block: &Block) -> u32 {
    let text = block.text.as_str();
    let length = text.chars().count();
    let reading: Reading = signature::read(text);
    if reading.mark.is_some() {
        return 10;
    }
    let tone = signature::tone(text);
    if tone.reported {
        return 0;
    }
    let claim = if reading.claim.is_some() && length < 200 { 4 } else { 0 };
    let scene: BTreeSet<_> = reading.scene.iter().collect();
    let spoken = if tone.is_intruders(length) { 6 } else { tone.points().min(3) };
    let stands_out = (block.role == page::Role::Heading || block.font_px >= 24.0) && length < 200;
    let signed = stands_out && (names_itself(text) || gives_contact(text));
    claim + u32::try_from(scene.len()).unwrap_or(0).min(3) + spoken + if signed { 5 } else { 0 }
}

/// Whether a word of the text is a name in leet.
fn names_itself(text: &str) -> bool {
    text.split_whitespace()
        .any(|word| signature::leet_handle(word.trim_matches(|c: char| !c.is_alphanumeric())))
}

/// Whether the text gives an address at which strangers leave messages for each other.
fn gives_contact(text: &str) -> bool {
    let lower = text.to_lowercase();
    ["t.me/", "telegram", "icq", "discord.gg", "jabber", "@xmpp"].iter().any(|word| lower.contains(word))
}

/// The page as a whole: its first text, or its title.
fn whole(page: &Page) -> Option<Where<'_>> {
    page.blocks.first().map(Where::from).or_else(|| page.title.as_ref().map(Where::from))
}
