//! The judgement of one block. A word alone never decides; combinations do, and publicity silences them.

use std::ops::Range;

use super::context::{Context, points_of};
use super::find::{Found, find};
use super::marks::Marks;
use super::normalise::Normalised;
use super::set::Use;
use super::template::SHAPE;
use super::trade::Count;
use super::vocabulary::Vocabulary;
use super::{Hit, Judgement, Reading, Role, Weight};
use crate::finding::Category;

/// How far apart, in normalised bytes, words of running text may stand to make one combination.
const REACH: usize = 420;
/// How far around a combination words of publicity are looked for.
const AROUND: usize = 700;
/// The same for blocks that are lists by nature: titles, keywords, anchors, hidden text.
const LIST_REACH: usize = 1_500;
/// Most words of one combination that are looked at.
const MOST: usize = 96;
/// Blocks of at most that many bytes are lists, whatever stands in them.
const SHORT: usize = 240;
/// Characters from which on the words of a link are a headline, not a name.
const HEADLINE: usize = 24;
/// Most bytes for each word of jargon in a list.
const SPACING: usize = 40;
/// Families that tell what one gets or must give, not what it is about.
const PROMISES: [&str; 5] = ["money", "return", "promise", "feature", "secret"];
/// The family of words that only outsiders use: who advertises gambling in sentences does not call it so.
const CRIME: &str = "crime";
/// Families that any category combines with.
const SUPPORT: [&str; 3] = ["entry", "contact", "offer"];

/// Reads one block: its terms, whatever they come to.
pub(super) fn read<'a>(vocabulary: &Vocabulary, text: &'a str) -> Reading<'a> {
    let normalised = Normalised::new(text);
    let found = find(vocabulary, &normalised);
    Reading { normalised, found }
}

/// Judges one block.
pub(super) fn judge(
    vocabulary: &Vocabulary,
    role: Role,
    reading: &Reading<'_>,
    context: &Context,
) -> Judgement {
    let Reading { normalised, found } = reading;
    if !found.iter().any(|found| matches!(found.purpose, Use::Jargon(_))) {
        return Judgement::default();
    }
    let block = Block { vocabulary, role, text: &normalised.text, context };
    let (cues, mut words): (Vec<Found>, Vec<Found>) =
        found.iter().cloned().partition(|found| matches!(found.purpose, Use::Publicity | Use::Trade));
    block.explain(&mut words, &cues);
    let mut best: Option<Weighed> = None;
    let mut silenced = false;
    for category in categories(&words) {
        for window in block.windows(&words) {
            let weighed = block.weigh(category, window);
            if best.as_ref().is_some_and(|best| best.score >= weighed.score) {
                continue;
            }
            if weighed.decided && block.is_publicity(category, window, &cues) {
                silenced = true;
                continue;
            }
            best = Some(weighed);
        }
    }
    let best = best.unwrap_or_default();
    let category = best.decided.then_some(best.category).flatten();
    let main = category.or_else(|| categories(&words).next());
    let mut marks = Marks::NONE;
    let mut hits = Vec::new();
    for word in &words {
        if let Some(hit) = block.hit(normalised, word, main) {
            marks = marks.with(word.marks);
            hits.push(hit);
        }
    }
    Judgement {
        category,
        score: best.score,
        hits,
        publicity: category.is_none() && silenced,
        evasions: marks.list(),
    }
}

/// Every term of a text that belongs to a category.
pub(super) fn hits(vocabulary: &Vocabulary, text: &str) -> Vec<Hit> {
    let Reading { normalised, found: words } = read(vocabulary, text);
    let block = Block { vocabulary, role: Role::Text, text: &normalised.text, context: &Context::default() };
    words.iter().filter_map(|word| block.hit(&normalised, word, None)).collect()
}

/// The categories of a block, each once.
fn categories(words: &[Found]) -> impl Iterator<Item = Category> {
    Category::ALL
        .iter()
        .copied()
        .filter(|category| words.iter().any(|word| word.purpose == Use::Jargon(*category)))
}

/// What one combination weighs.
#[derive(Debug, Clone, Default)]
struct Weighed {
    category: Option<Category>,
    decided: bool,
    score: f64,
}

/// How many different terms and families of each weight a combination has.
#[derive(Default)]
struct Tally<'a> {
    strong: usize,
    medium: usize,
    weak: usize,
    innocent: usize,
    /// Families of the category itself.
    core: Vec<&'a str>,
    /// Families of medium and strong terms.
    firm: Vec<&'a str>,
    /// Families that any category combines with.
    support: Vec<&'a str>,
    /// Supporting terms that say more than any shop does: medium or strong ones.
    plain_support: u32,
    /// A strong term was revealed by two or more evasions.
    unmasked: bool,
    /// Different evasions in the combination.
    marks: Marks,
}

struct Block<'a> {
    vocabulary: &'a Vocabulary,
    role: Role,
    text: &'a str,
    context: &'a Context,
}

impl<'a> Block<'a> {
    /// Makes words innocent that mean something else in the trade of the page or of the block. What people cannot see says
    /// nothing of its trade.
    fn explain(&self, words: &mut [Found], cues: &[Found]) {
        let mut trades = self.context.trades;
        if self.role != Role::Hidden {
            let mut count = Count::default();
            cues.iter().for_each(|cue| count.take(self.vocabulary, cue));
            trades = trades.with(count.of_block());
        }
        for word in words {
            let explained = self.vocabulary.terms[word.term as usize].trades.meets(trades);
            if explained || self.is_prose() && self.family(word) == CRIME {
                word.weight = Weight::Innocent;
            }
        }
    }

    fn is_prose(&self) -> bool {
        matches!(self.role, Role::Text | Role::Heading)
    }

    /// Runs of words that stand near each other.
    fn windows<'w>(&self, words: &'w [Found]) -> impl Iterator<Item = &'w [Found]> {
        let reach = if self.is_list() && self.text.len() <= LIST_REACH { LIST_REACH } else { REACH };
        let mut last_end = 0;
        (0..words.len()).filter_map(move |first| {
            let limit = words[first].at.start + reach;
            let near = words[first..].iter().take(MOST).take_while(|word| word.at.start <= limit).count();
            // A window inside the one before it has nothing new.
            let new = first + near > last_end;
            last_end = last_end.max(first + near);
            new.then(|| &words[first..first + near])
        })
    }

    fn is_list(&self) -> bool {
        !self.is_prose()
    }

    /// Whether the words stand as close as in a list, not strewn over prose.
    fn is_dense(&self, window: &[Found]) -> bool {
        let span = match (window.first(), window.last()) {
            (Some(first), Some(last)) => last.at.end - first.at.start,
            _ => 0,
        };
        self.text.len() <= SHORT || span <= window.len() * SPACING
    }

    /// Whether the words are most of the text.
    fn is_all(&self, window: &[Found]) -> bool {
        let mut end = 0;
        let mut covered = 0;
        for word in window {
            covered += word.at.end.saturating_sub(word.at.start.max(end));
            end = end.max(word.at.end);
        }
        covered * 2 >= self.text.len()
    }

    fn family(&self, word: &Found) -> &'a str {
        self.vocabulary.terms[word.term as usize].family.as_str()
    }

    fn tally(&self, category: Category, window: &[Found]) -> Tally<'a> {
        let mut tally = Tally::default();
        let mut seen: Vec<u32> = Vec::new();
        let add = |list: &mut Vec<&'a str>, family: &'a str| {
            if !list.contains(&family) {
                list.push(family);
            }
        };
        for word in window {
            let own = word.purpose == Use::Jargon(category);
            if !own && word.purpose != Use::Shared || seen.contains(&word.term) {
                continue;
            }
            // One place of the text says one thing, even where a word stands in a shared set as well.
            let spoken = |other: &Found| other.at == word.at && other.purpose == Use::Jargon(category);
            if !own && window.iter().any(spoken) {
                continue;
            }
            seen.push(word.term);
            let family = self.family(word);
            if !own || SUPPORT.contains(&family) {
                tally.plain_support += u32::from(word.weight >= Weight::Medium);
                add(&mut tally.support, family);
                if !own {
                    continue;
                }
            }
            tally.marks = tally.marks.with(word.marks);
            match word.weight {
                Weight::Strong => tally.strong += 1,
                Weight::Medium => tally.medium += 1,
                Weight::Weak => tally.weak += 1,
                Weight::Innocent => {
                    tally.innocent += 1;
                    continue;
                }
            }
            tally.unmasked |= word.weight >= Weight::Medium && word.marks.count() >= 2;
            add(&mut tally.core, family);
            if word.weight >= Weight::Medium {
                add(&mut tally.firm, family);
            }
        }
        if self.context.outside_link {
            add(&mut tally.support, "outside-link");
        }
        tally
    }

    fn weigh(&self, category: Category, window: &[Found]) -> Weighed {
        let tally = self.tally(category, window);
        let decided = self.decides(&tally, window);
        // An innocent word counts once something else has been said.
        let innocent = if tally.strong + tally.medium > 0 { tally.innocent } else { 0 };
        let points = tally.strong.min(6) as f64 * 3.0
            + tally.medium.min(6) as f64 * 1.6
            + tally.weak.min(6) as f64 * 0.7
            + innocent.min(4) as f64 * 0.4
            + tally.support.len() as f64 * 0.8
            + tally.core.len().saturating_sub(1) as f64
            + f64::from(tally.marks.count().min(3)) * 0.8;
        let score =
            if decided { 0.5 + 0.5 * (1.0 - (-points / 6.0).exp()) } else { (points * 0.07).min(0.49) };
        Weighed { category: Some(category), decided, score }
    }

    /// The combinations that decide.
    fn decides(&self, tally: &Tally<'_>, window: &[Found]) -> bool {
        let families = tally.core.len() + tally.support.len();
        let firm = tally.firm.len();
        if tally.strong > 0 {
            // A title or a headline may name anything once; elsewhere a list has no business with such words.
            let long = self.text.chars().count() > HEADLINE && !self.is_all(window);
            let headline = self.role == Role::Title || self.role == Role::Anchor && long;
            let shaped = tally.firm.contains(&SHAPE);
            let listed = self.is_list() && (!headline || tally.strong >= 2 || tally.medium > 0 || shaped);
            let spoken = tally.core.len() >= 2 || tally.plain_support > 0 || families >= 3;
            let again = tally.strong + tally.medium >= 2 && families >= 2;
            return listed || spoken || again || tally.strong >= 3 || tally.unmasked;
        }
        let list = self.is_list() && self.is_dense(window);
        // What is promised says nothing without what is offered.
        if !tally.core.iter().any(|family| !PROMISES.contains(family)) {
            return false;
        }
        // One word of the matter with one that any shop uses says nothing, unless it is the name of a link that leads away.
        let words = tally.medium + tally.weak;
        let named = self.role == Role::Hidden || self.role == Role::Anchor && self.is_all(window);
        let planted = named && self.context.outside_link;
        if words < 2 && tally.plain_support == 0 && tally.innocent == 0 && !tally.unmasked && !planted {
            return false;
        }
        if tally.medium > 0 {
            let brands = tally.innocent.min(1);
            return firm >= 2 && (list || families >= 3 || tally.medium >= 3)
                || list && (families >= 2 || tally.medium >= 3)
                || tally.unmasked && list
                || families + brands >= 4
                || tally.medium >= 2 && families >= 3;
        }
        // Weak words need to be three, of three families, and a list.
        list && tally.core.len() >= 2 && families >= 3 && tally.weak >= 2
    }

    /// Whether the words of publicity around a combination outweigh what it asks people to do.
    fn is_publicity(&self, category: Category, window: &[Found], cues: &[Found]) -> bool {
        let (Some(first), Some(last)) = (window.first(), window.last()) else { return false };
        let around = first.at.start.saturating_sub(AROUND)..last.at.end.saturating_add(AROUND);
        let mut seen: Vec<u32> = Vec::new();
        let mut points = 0;
        for cue in cues.iter().filter(|cue| around.contains(&cue.at.start)) {
            if cue.purpose != Use::Publicity {
                continue;
            }
            if seen.contains(&cue.term) || (self.family(cue) == "draw" && category != Category::Gambling) {
                continue;
            }
            seen.push(cue.term);
            points += points_of(cue.weight);
        }
        if self.is_prose() && window.iter().any(|word| self.family(word) == CRIME) {
            points += 2;
        }
        if points == 0 && !(self.context.official_lottery && category == Category::Gambling) {
            return false;
        }
        let trusted =
            self.context.publicity || (self.context.official_lottery && category == Category::Gambling);
        if trusted && self.role != Role::Hidden {
            points += 3;
        }
        let need = match self.role {
            Role::Hidden => 8,
            Role::Meta => 5,
            Role::Title | Role::Anchor | Role::Heading | Role::Text => 4,
        };
        points >= need + self.solicitation(window)
    }

    /// How much a combination asks people to come, outside quotation marks.
    fn solicitation(&self, window: &[Found]) -> u32 {
        let mut points = 0;
        let mut seen: Vec<u32> = Vec::new();
        for word in window {
            if seen.contains(&word.term) || is_quoted(self.text, &word.at) {
                continue;
            }
            seen.push(word.term);
            points += match (self.family(word), word.weight) {
                ("contact", _) if names_account(self.text, &word.at) => 6,
                ("contact" | "entry", Weight::Medium | Weight::Strong) => 3,
                ("contact" | "entry", _) => 1,
                ("money", Weight::Strong) => 2,
                ("brand", Weight::Strong) => 3,
                _ => 0,
            };
        }
        points
    }

    fn hit(&self, normalised: &Normalised<'_>, word: &Found, main: Option<Category>) -> Option<Hit> {
        let category = match word.purpose {
            Use::Jargon(category) => category,
            Use::Shared => main?,
            Use::Publicity | Use::Shield | Use::Trade => return None,
        };
        let term = &self.vocabulary.terms[word.term as usize];
        Some(Hit {
            term: term.text.clone(),
            category,
            family: term.family.clone(),
            weight: word.weight,
            range: normalised.raw(word.at.clone()),
        })
    }
}

/// Whether a word stands between quotation marks, as words do that are talked about.
fn is_quoted(text: &str, at: &Range<usize>) -> bool {
    /// Longest quotation that is looked for.
    const LONGEST: usize = 40;
    let before =
        text[..at.start].chars().rev().take(LONGEST).find(|character| "“”「」『』‘’".contains(*character));
    let after = text[at.end..].chars().take(LONGEST).find(|character| "“”「」『』‘’".contains(*character));
    matches!((before, after), (Some('“' | '「' | '『' | '‘'), Some('”' | '」' | '』' | '’')))
}

/// Whether an account name follows a word of contact: Latin letters and digits, at least five.
fn names_account(text: &str, at: &Range<usize>) -> bool {
    let after = text[at.end..].trim_start_matches([' ', ':', '：', '号', '是', '@', '：', '(', '（']);
    let name = after
        .chars()
        .take_while(|character| character.is_ascii_alphanumeric() || matches!(character, '_' | '-'))
        .count();
    name >= 5
}
