//! From the catalogue's obligations to the duties that reports show.

use super::duty::{Confidence, Duty, Enforcement, Penalty, Relation};
use crate::lang::{Bilingual, Lang};
use crate::obligation::{self, Obligation};

impl From<&Obligation> for Duty {
    fn from(obligation: &Obligation) -> Self {
        Self {
            id: obligation.id.clone(),
            title: obligation.title_text.clone(),
            article: obligation.article_text.clone(),
            duty: obligation.duty_text.clone(),
            penalties: obligation.penalties.iter().map(|tier| penalty(tier, obligation)).collect(),
            relation: relation(obligation.relation),
            in_force: enforcement(&obligation.in_force),
            confidence: confidence(obligation.confidence),
            verified: obligation.verified,
            caveats: obligation.caveats.clone(),
        }
    }
}

/// A penalty article; its instrument is named where it is another one, and its tiers become one range.
fn penalty(penalty: &obligation::Penalty, of: &Obligation) -> Penalty {
    let article = if penalty.title == of.title_text {
        penalty.article.clone()
    } else {
        Bilingual::new(
            format!("《{}》{}", penalty.title.zh.trim_matches(['《', '》']), penalty.article.zh),
            format!("{}, {}", penalty.title.en, penalty.article.en),
        )
    };
    let lines = penalty.lines();
    let range = |lang: Lang, separator: &str, unverified: &str| {
        let tiers: Vec<_> = lines.iter().map(|line| line.get(lang)).collect();
        let range = if tiers.is_empty() { penalty.about.get(lang).to_owned() } else { tiers.join(separator) };
        if penalty.verified { range } else { format!("{range}{unverified}") }
    };
    Penalty {
        id: penalty.id.clone(),
        article,
        range: Bilingual::new(range(Lang::Zh, "；", "（未核实）"), range(Lang::En, "; ", " (unverified)")),
    }
}

/// The days of an interval such as `2026-01-01/`. A first day that cannot be read is unknown, and so not claimed.
fn enforcement(interval: &str) -> Enforcement {
    let (from, to) = interval.split_once('/').unwrap_or((interval, ""));
    Enforcement { from: from.parse().ok(), to: to.parse().ok() }
}

fn relation(relation: obligation::Relation) -> Relation {
    use obligation::Relation as Catalogued;
    match relation {
        Catalogued::BreachIndicator => Relation::BreachIndicator,
        Catalogued::ReportingDuty => Relation::ReportingDuty,
        Catalogued::InspectionIndicator => Relation::InspectionIndicator,
        Catalogued::ThirdPartyOffence => Relation::ThirdPartyOffence,
        Catalogued::Precondition => Relation::Precondition,
    }
}

fn confidence(confidence: obligation::Confidence) -> Confidence {
    use obligation::Confidence as Catalogued;
    match confidence {
        Catalogued::V => Confidence::V,
        Catalogued::P => Confidence::P,
        Catalogued::C => Confidence::C,
        Catalogued::M => Confidence::M,
    }
}
