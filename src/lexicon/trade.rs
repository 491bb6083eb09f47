//! Lawful trades whose own words are jargon elsewhere: a waterworks has water levels, a clinic treats what spam sells cures
//! for, a hotel bears a casino's name. Where a page or a block plainly belongs to a trade, the words that the trade explains
//! count as innocent ones.

use super::Weight;
use super::find::Found;
use super::set::Use;
use super::vocabulary::Vocabulary;

/// A set of trades.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Trades(u64);

impl Trades {
    pub(super) const NONE: Self = Self(0);

    /// The trade of a number, if there are that many.
    pub(super) fn numbered(number: usize) -> Option<Self> {
        (number < 64).then(|| Self(1 << number))
    }

    /// Both together.
    pub(super) fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether the two have a trade in common.
    pub(super) fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

/// Points of a page that make it one of a trade.
const PAGE: u32 = 4;
/// Points of one block that do.
const BLOCK: u32 = 3;

/// Counts the words of trades, each once.
#[derive(Debug, Default)]
pub(super) struct Count {
    terms: Vec<u32>,
    points: Vec<(Trades, u32)>,
}

impl Count {
    /// Takes note of a word, if it is one of a trade.
    pub(super) fn take(&mut self, vocabulary: &Vocabulary, found: &Found) {
        if found.purpose != Use::Trade || self.terms.contains(&found.term) {
            return;
        }
        self.terms.push(found.term);
        let trade = vocabulary.terms[found.term as usize].trades;
        let points = if found.weight == Weight::Strong { 2 } else { 1 };
        match self.points.iter_mut().find(|(known, _)| *known == trade) {
            Some((_, sum)) => *sum += points,
            None => self.points.push((trade, points)),
        }
    }

    /// The trades of a page, by all that was counted on it.
    pub(super) fn of_page(&self) -> Trades {
        self.at_least(PAGE)
    }

    /// The trades of a block.
    pub(super) fn of_block(&self) -> Trades {
        self.at_least(BLOCK)
    }

    fn at_least(&self, least: u32) -> Trades {
        let established = self.points.iter().filter(|(_, points)| *points >= least);
        established.fold(Trades::NONE, |all, (trade, _)| all.with(*trade))
    }
}
