//! What the page around a block says of it: whether it reads as publicity, and whether a link leads outside.

use super::set::Use;
use super::trade::{Count, Trades};
use super::vocabulary::Vocabulary;
use super::{Reading, Weight};

/// How much text of a page is read to learn what it is.
const READ: usize = 24 * 1024;

/// Facts of the page around a block.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Context {
    /// The page reads as publicity: police, court, news with a source, a warning, a statute.
    pub publicity: bool,
    /// The page belongs to a lawful lottery: official draws, public-welfare funds.
    pub official_lottery: bool,
    /// The block is, or holds, a link to somebody else's registrable domain.
    pub outside_link: bool,
    /// Lawful trades that the page belongs to, in which jargon means something else.
    pub trades: Trades,
}

/// Learns the context from readings of title and first blocks of a page.
pub(super) fn learn<'a>(
    vocabulary: &Vocabulary,
    readings: impl Iterator<Item = impl std::borrow::Borrow<Reading<'a>>>,
) -> Context {
    let mut families: Vec<&str> = Vec::new();
    let mut terms: Vec<u32> = Vec::new();
    let mut points = 0;
    let mut draws = 0;
    let mut trades = Count::default();
    let mut left = READ;
    for reading in readings {
        let Reading { normalised, found } = reading.borrow();
        for found in found {
            trades.take(vocabulary, found);
            if found.purpose != Use::Publicity || terms.contains(&found.term) {
                continue;
            }
            terms.push(found.term);
            let family = vocabulary.terms[found.term as usize].family.as_str();
            if family == "draw" {
                draws += 1;
            } else {
                points += points_of(found.weight);
            }
            if !families.contains(&family) {
                families.push(family);
            }
        }
        left = left.saturating_sub(normalised.text.len());
        if left == 0 {
            break;
        }
    }
    families.retain(|family| *family != "draw");
    Context {
        publicity: points >= 10 && families.len() >= 3,
        official_lottery: draws >= 3,
        outside_link: false,
        trades: trades.of_page(),
    }
}

/// Half points, so that weak cues count too.
pub(super) fn points_of(weight: Weight) -> u32 {
    match weight {
        Weight::Strong => 4,
        Weight::Medium => 2,
        Weight::Weak | Weight::Innocent => 1,
    }
}
