//! A small set of evasions, carried by every normalised character.

use super::Evasion;

/// Every evasion, in the order of its bit.
const ALL: [Evasion; 11] = [
    Evasion::Escapes,
    Evasion::Invisible,
    Evasion::Compatibility,
    Evasion::Variant,
    Evasion::Homophone,
    Evasion::SplitCharacter,
    Evasion::Inserted,
    Evasion::LookAlike,
    Evasion::PinyinNoise,
    Evasion::Reversed,
    Evasion::Numerals,
];

/// A set of evasions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Marks(u16);

impl Marks {
    /// No evasion.
    pub(super) const NONE: Self = Self(0);

    /// The set of one.
    pub(super) fn of(evasion: Evasion) -> Self {
        Self(1 << ALL.iter().position(|known| *known == evasion).unwrap_or(ALL.len()))
    }

    /// Both sets together.
    pub(super) fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// This set without the other.
    pub(super) fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether all of the other are in it.
    pub(super) fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// How many.
    pub(super) fn count(self) -> u32 {
        self.0.count_ones()
    }

    /// The set as a list.
    pub(super) fn list(self) -> Vec<Evasion> {
        ALL.iter().copied().filter(|evasion| self.has(Self::of(*evasion))).collect()
    }
}
