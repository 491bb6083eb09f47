//! A duty as reports show it: what the law asks, since when, what follows, and how well that was checked.
//!
//! Decides nothing: which duties a finding touches is the business of `obligation`.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::id::ObligationId;
use crate::lang::Bilingual;

/// A duty that a finding touches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duty {
    /// Its name in the catalogue, such as `CSL.2026.23`.
    pub id: ObligationId,
    /// The instrument.
    pub title: Bilingual,
    /// The article, such as `第二十三条`.
    pub article: Bilingual,
    /// What it asks, in short.
    pub duty: Bilingual,
    /// What may follow a breach: alternatives, never to be added up.
    pub penalties: Vec<Penalty>,
    /// How the finding bears on the duty.
    pub relation: Relation,
    /// Since when and until when it holds.
    pub in_force: Enforcement,
    /// How well the text was checked.
    pub confidence: Confidence,
    /// Whether article and text were verified against the statute; what is not is shown as unverified.
    pub verified: bool,
    /// What a reader must know before using it.
    pub caveats: Vec<Bilingual>,
}

/// One tier of consequences.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Penalty {
    /// Its name in the catalogue, such as `CSL.2026.61.1`.
    pub id: ObligationId,
    /// The article.
    pub article: Bilingual,
    /// The range, in words.
    pub range: Bilingual,
}

/// The span in which a provision is in force, both days included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Enforcement {
    /// First day; `None` where it is not known.
    pub from: Option<Date>,
    /// Last day; `None` while it stands.
    pub to: Option<Date>,
}

impl Enforcement {
    /// As an open or closed interval, `2017-06-01/2025-12-31` or `2026-01-01/`.
    pub fn interval(self) -> String {
        let day = |day: Option<Date>| day.map(|day| day.to_string()).unwrap_or_default();
        format!("{}/{}", day(self.from), day(self.to))
    }
}

/// How a finding bears on a duty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// The finding indicates that the operator's own duty may have been breached.
    BreachIndicator,
    /// Only a precondition of a breach, which something outside the page must show.
    Precondition,
    /// Another person's offence; the operator is usually its victim.
    ThirdPartyOffence,
    /// Something must be reported to the authorities.
    ReportingDuty,
    /// Something that an inspection looks at.
    InspectionIndicator,
}

impl Relation {
    /// Every relation.
    pub const ALL: &'static [Self] = &[
        Self::BreachIndicator,
        Self::Precondition,
        Self::ThirdPartyOffence,
        Self::ReportingDuty,
        Self::InspectionIndicator,
    ];

    /// The stable word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BreachIndicator => "breach_indicator",
            Self::Precondition => "precondition",
            Self::ThirdPartyOffence => "third_party_offence",
            Self::ReportingDuty => "reporting_duty",
            Self::InspectionIndicator => "inspection_indicator",
        }
    }
}

/// How well a provision was checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Confidence {
    /// Read in the full statutory text.
    V,
    /// Part of the text, or its operative words, were read.
    P,
    /// Known from commentary or the press only.
    C,
    /// Not checked.
    M,
}

impl Confidence {
    /// Every degree.
    pub const ALL: &'static [Self] = &[Self::V, Self::P, Self::C, Self::M];

    /// The letter.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V => "V",
            Self::P => "P",
            Self::C => "C",
            Self::M => "M",
        }
    }
}
