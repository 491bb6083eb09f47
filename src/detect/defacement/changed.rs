//! Defacement seen by what changed against the accepted state of the page.
//!
//! What is new on a page is read with less trust than what always stood there: a page none of which is the site's own, a
//! title that shares no word with any before, a block that speaks as intruders do. A redesign keeps the site's name,
//! its filing numbers or the ways into it, and is only brought to a person's attention.

use std::collections::BTreeSet;

use super::signature::{self, Reading};
use super::{Case, Where, accepted, ransom, stranger};
use crate::baseline::{Accepted, Change, Changes, Snapshot, compare, contacts_of};
use crate::detect::Context;
use crate::detect::analysis::Analysis;
use crate::detect::sighting::Sighting;
use crate::finding::{Severity, Signal};
use crate::page::{self, Block, Origin, Page, Region, Sight};

/// Links into the site that a whole page has.
const WAYS: usize = 5;
/// Characters of a page that is only a message.
const MESSAGE: usize = 1_500;
/// Differences that a finding carries.
const DIFFERENCES: usize = 40;
/// Texts still there that make a page the same in spite of another title.
const SAME: f64 = 0.5;
/// Texts still there that make a page the same in which one thing was altered.
const STILL: f64 = 0.8;
/// Own texts of a page that can be said to have been emptied, and characters and elements that an empty page still has.
const EMPTIED: usize = 5;
const REST: usize = 40;
const BARE: usize = 6;

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
    emptied(page, accepted, &now, &changes)
        .or_else(|| replaced(page, &now, &changes, loudest, &words))
        .or_else(|| retitled(page, &changes, &words))
        .or_else(|| inserted(loudest))
        .or_else(|| altered(page, &changes))
}

/// The page answers and is empty: nothing to read, nothing that could still make something to read.
fn emptied<'a>(page: &'a Page, accepted: &Accepted, now: &Snapshot, changes: &Changes) -> Option<Case<'a>> {
    let had = accepted.own_texts().len() >= EMPTIED;
    let gone = changes.any(|change| matches!(change, Change::Texts { .. }));
    let makes_itself = !page.scripts.is_empty() || !page.frames.is_empty() || !page.refreshes.is_empty();
    // Whatever still bears the site's name may be a page that is being built.
    let rest = if changes.identity == 0 { REST } else { 0 };
    // Words that nobody sees and pictures are something, too: somebody put them there.
    let said: usize = page.blocks.iter().map(|block| block.text.chars().count()).sum();
    let bare = said <= rest && page.elements <= BARE && now.paths.is_empty();
    if !had || !gone || makes_itself || !bare {
        return None;
    }
    Some(Case {
        form: "replaced",
        method: "def-blank",
        words: page.title.as_ref().map_or(String::new(), |title| title.text.chars().take(120).collect()),
        place: whole(page).unwrap_or(Where { selector: "html", line: 1, text: "" }),
        severity: Severity::Medium,
        confidence: 0.5,
        signals: vec![Signal::Novelty, Signal::Mechanism],
        effects: Vec::new(),
    })
}

/// On a page that is otherwise what it was, people are told to call, write or pay elsewhere.
fn altered<'a>(page: &'a Page, changes: &Changes) -> Option<Case<'a>> {
    let contacts = changes.all.iter().find_map(|change| match change {
        Change::Contacts { gone, new } => Some((gone, new)),
        _ => None,
    });
    let (gone, new) = contacts.filter(|_| changes.texts_kept >= STILL)?;
    let number = |contact: &String| contact.split_once(':').map_or("", |(_, number)| number).to_owned();
    let list = |all: &[String]| all.iter().take(4).map(number).collect::<Vec<_>>().join(", ");
    let holds = |block: &&Block| new.iter().any(|contact| contacts_of(&block.text).contains(contact));
    let block = page.blocks.iter().find(holds)?;
    let money = new.iter().any(|contact| contact.starts_with("account:"));
    Some(Case {
        form: "altered",
        method: "def-content-tamper",
        words: format!("{} → {}", list(gone), list(new)),
        place: Where::from(block),
        severity: if money { Severity::Medium } else { Severity::Low },
        confidence: if money { 0.55 } else { 0.35 },
        signals: vec![Signal::Novelty],
        effects: Vec::new(),
    })
}

/// Everything that differs from the accepted state, as far as there is one.
pub(super) fn differences(sighting: &Sighting<'_>) -> Vec<Change> {
    let Some(accepted) = accepted(sighting) else { return Vec::new() };
    let mut changes = compare(accepted, &Snapshot::of(sighting.page)).all;
    changes.truncate(DIFFERENCES);
    changes
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
    let spoken = page.blocks.iter().filter(new).map(|block| (block, points(block, accepted)));
    spoken.filter(|(_, points)| *points > 0).max_by_key(|(_, points)| *points)
}

/// How much a new block speaks like an intruder: a signature or a demand weighs most, reports of hacking nothing; a name
/// in leet or an address for messages most where the block stands out, and strangeness only beside words.
fn points(block: &Block, accepted: &Accepted) -> u32 {
    let text = block.text.as_str();
    let length = text.chars().count();
    let reading: Reading = signature::read(text);
    if reading.mark.is_some() {
        return 10;
    }
    let tone = signature::tone(text);
    if tone.reported && tone.loud_voice == 0 {
        return 0;
    }
    let openings: Vec<Reading> = openings(text).map(signature::read).collect();
    if openings.iter().any(|reading| reading.mark.is_some()) || ransom::demands(text) {
        return 9;
    }
    if tone.reported {
        return 0;
    }
    let short = length < 200;
    let claimed = short && openings.iter().chain([&reading]).any(|reading| reading.claim.is_some());
    let scene: BTreeSet<_> = reading.scene.iter().collect();
    let spoken = if tone.is_intruders(length) { 6 } else { tone.points().min(3) };
    let (named, reachable) = if short { (names_itself(text), ways_to_it(text)) } else { (false, 0) };
    let stands_out = block.role == page::Role::Heading || block.font_px >= 24.0;
    let signed =
        if stands_out && (named || reachable > 0) { 5 } else { 2 * u32::from(named) + reachable.min(3) };
    let drawn = if stranger::is_drawn(text) { 3 } else { 0 };
    // Few names have numbers in them.
    let handle =
        |word: &str| word.contains(char::is_alphabetic) && word.contains(|c: char| c.is_ascii_digit());
    let claim = match claimed {
        true if length < 60 && text.split_whitespace().any(handle) => 6,
        true => 4,
        false => 0,
    };
    let words = claim + u32::try_from(scene.len()).unwrap_or(0).min(3) + spoken + signed + drawn;
    if words == 0 { 0 } else { words + stranger::points(block, accepted) }
}

/// The first words of each sentence or line of a message: what stands on lines of its own on the intruder's page may be
/// one block here.
fn openings(text: &str) -> impl Iterator<Item = &str> {
    const PIECES: usize = 12;
    const OPENING: usize = 56;
    const SHORTEST: usize = 6;
    let ends = ['.', '!', '|', '~', '\n', '•', '*', '=', '[', ']', '。', '！', '—'];
    let pieces = text.split(ends).map(str::trim).filter(|piece| piece.chars().nth(SHORTEST - 1).is_some());
    pieces.take(PIECES).map(|piece| match piece.char_indices().nth(OPENING) {
        Some((at, _)) => {
            piece[..at].rsplit_once(char::is_whitespace).map_or(&piece[..at], |(whole, _)| whole)
        }
        None => piece,
    })
}

/// Whether a word of the text is a name in leet, or one written as a program is called.
fn names_itself(text: &str) -> bool {
    let called = |word: &str| {
        word.strip_prefix("./").is_some_and(|name| name.len() >= 3 && name.chars().all(char::is_alphabetic))
    };
    text.split_whitespace()
        .any(|word| called(word) || signature::leet_handle(word.trim_matches(|c: char| !c.is_alphanumeric())))
}

/// In how many ways the text says how to leave messages among strangers; the oldest, which hardly anybody else uses
/// now, counts twice.
fn ways_to_it(text: &str) -> u32 {
    let lower = text.to_lowercase();
    let says = |phrase: &&str| {
        let word = phrase.bytes().all(|byte| byte.is_ascii_lowercase());
        if word {
            lower.split(|c: char| !c.is_alphanumeric()).any(|own| own == *phrase)
        } else {
            lower.contains(*phrase)
        }
    };
    let ways: [(&[&str], u32); 5] = [
        (&["icq"], 2),
        (&["t.me/", "telegram"], 1),
        (&["discord.gg", "discord:"], 1),
        (&["jabber", "@xmpp", "tox id", "session id"], 1),
        (&["skype"], 1),
    ];
    ways.iter().filter(|(words, _)| words.iter().any(says)).map(|(_, points)| points).sum()
}

/// The page as a whole: its first text, or its title.
fn whole(page: &Page) -> Option<Where<'_>> {
    page.blocks.first().map(Where::from).or_else(|| page.title.as_ref().map(Where::from))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::Timestamp;
    use url::Url;

    use crate::baseline::{Baseline, Change, Face, Snapshot};
    use crate::detect::dossier::Dossier;
    use crate::detect::{Context, judge};
    use crate::finding::{Finding, Kind, Outcome, Severity};
    use crate::page::{Page, Viewport};

    const SCHOOL: &str = "<html lang=zh><title>某某实验学校</title><nav><a href=/a>学校概况</a><a href=/b>教学科研</a><a href=/c>招生就业</a>\
        <a href=/d>校园文化</a><a href=/e>联系我们</a></nav><h2>缴费须知</h2><p>请于本月底之前足额缴清下列费用。</p>\
        <p>收款账号：6222021202001234567</p><p>咨询电话：0831-2012345</p><p>学校位于城南，占地八十亩，现有在校学生一千六百余人。</p>\
        <footer>蜀ICP备12009876号-1</footer>";

    /// What is said of defacement when the page of the school is that now.
    fn found(now: &str) -> Vec<Finding> {
        let url = Url::parse("http://www.school.test/").unwrap();
        let snapshot = Snapshot::of(&Page::parse(SCHOOL, &url, &[], Viewport::DESKTOP));
        let mut baseline = Baseline::default();
        for _ in 0..3 {
            baseline.learn(Face::Desktop, &snapshot, Timestamp::UNIX_EPOCH);
        }
        let mut dossier = Dossier::of_page(url.as_str(), now);
        dossier.baseline = Some(Arc::new(baseline));
        defacements(&dossier)
    }

    fn defacements(dossier: &Dossier) -> Vec<Finding> {
        let outcomes = judge(dossier, &Context::builtin());
        let found = outcomes.into_iter().filter_map(|outcome| match outcome {
            Outcome::Violation(finding) | Outcome::NeedsReview(finding) => Some(*finding),
            _ => None,
        });
        found.filter(|finding| finding.kind == Kind::Defacement).collect()
    }

    fn form(finding: &Finding) -> &str {
        finding.detail["form"].as_str().unwrap()
    }

    #[test]
    fn a_message_within_a_block_is_heard() {
        let block = "<center>anonymous crew . Hacked By N0body ! we are everywhere , you cannot stop what is coming , all that you built is \
                     in our hands from this day on and for ever and ever</center><nav>";
        let found = found(&SCHOOL.replace("<nav>", block));
        assert_eq!((found.len(), form(&found[0]), found[0].severity), (1, "inserted", Severity::High));
        // The very words in a report are none.
        let report = "<p>2026年3月1日 来源：某某日报 据警方通报，某网站遭黑客攻击，页面曾出现 Hacked By N0body 字样，案件正在侦办。</p><nav>";
        assert!(super::tests::found(&SCHOOL.replace("<nav>", report)).is_empty());
    }

    #[test]
    fn an_emptied_page_is_told_and_one_that_scripts_fill_is_not() {
        let found = found("<html><head><title></title></head><body></body></html>");
        assert_eq!((found.len(), form(&found[0]), found[0].severity), (1, "replaced", Severity::Medium));
        assert!(
            super::tests::found("<body><div id=app></div><script src=/app.js></script></body>").is_empty()
        );
    }

    #[test]
    fn another_account_to_pay_to_is_suspected_and_another_telephone_is_for_review() {
        for (from, to, severity) in [
            ("6222021202001234567", "6217000010009876543", Severity::Medium),
            ("0831-2012345", "0831-2099999", Severity::Low),
        ] {
            let found = found(&SCHOOL.replace(from, to));
            assert_eq!((found.len(), form(&found[0]), found[0].severity), (1, "altered", severity));
            assert!(found[0].detail["words"].as_str().unwrap().ends_with(&to.replace('-', "")));
        }
        assert!(super::tests::found(SCHOOL).is_empty());
    }

    #[test]
    fn a_finding_carries_what_differs() {
        let found = found(&SCHOOL.replace("某某实验学校", "Hacked by N0body"));
        let changes: Vec<Change> = serde_json::from_value(found[0].detail["changes"].clone()).unwrap();
        let title =
            Change::Title { from: "某某实验学校".to_owned(), to: "Hacked by N0body".to_owned() };
        assert_eq!(changes, [title]);
    }

    #[test]
    fn a_page_that_a_known_site_never_had_was_added() {
        let signed = "<title>x</title><body bgcolor=black><h1>Hacked by N0body</h1>";
        let mut dossier = Dossier::of_page("http://www.school.test/x.html", signed);
        let replaced = defacements(&dossier);
        assert_eq!(form(&replaced[0]), "replaced");
        dossier.newcomer = true;
        let added = defacements(&dossier);
        assert_eq!(form(&added[0]), "added-page");
        assert_eq!(added[0].id, replaced[0].id, "the same finding once the page is known");
    }
}
