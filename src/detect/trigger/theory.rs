//! Theories: what could explain every answer so far, each with its weight.
//!
//! A theory is a guess, either of two guesses, a guess with chance on top, or the first request from an address. Its
//! weight is what it costs to say (in bits) and how likely it makes the answers: a guess that an answer contradicts
//! weighs nothing, chance pays for every answer. The simplest explanation that holds weighs most.

use std::sync::LazyLock;

use super::guess::{Guess, Priced, guesses};
use super::{Sample, alike};
use crate::exchange::profile::Profile;

/// What a second guess costs beside its own price, in bits, where one of the two is a spider: content for engines and
/// a redirect for those whom they send are two ends of one business.
const EITHER: f64 = 3.0;
/// The same where neither is.
const EITHER_OF_PEOPLE: f64 = 6.0;
/// What chance costs beside what it pays for every answer, in bits.
const CHANCE: f64 = 4.0;
/// What a guess under chance costs beside its own price, in bits: few answers and chance fit many guesses, so that a
/// guess is only told where the answers speak for it.
const CHANCE_OF_SOME: f64 = 2.0;
/// What it costs to say that only the first request of all showed it, in bits.
const ONCE: f64 = 7.0;
/// Theories that weigh less than this share of the heaviest are left out.
const LIGHT: f64 = 1e-4;

/// What could explain every answer.
#[derive(Debug, Clone)]
pub(super) enum Theory {
    /// It shows where the guess fits.
    One(Priced),
    /// It shows where either guess fits.
    Either(Priced, Priced),
    /// It shows by chance where the guess fits; so often of so many until now.
    Chance(Priced, usize, usize),
    /// It shows to the first request from an address.
    Once,
}

/// A theory with its weight; those of all theories add up to 1.
#[derive(Debug, Clone)]
pub(super) struct Weighed {
    pub(super) theory: Theory,
    pub(super) weight: f64,
}

impl Theory {
    /// The chance that one more visit like that shows it; `None` where kits of that sort differ.
    pub(super) fn predicts(&self, profile: &Profile) -> Option<f64> {
        let certain = |fits: Option<bool>| fits.map(|fits| if fits { 1.0 } else { 0.0 });
        match self {
            Self::One(one) => certain(one.guess.fits(profile)),
            Self::Either(one, two) => certain(either(one.guess.fits(profile), two.guess.fits(profile))),
            Self::Chance(one, seen, tried) => match one.guess.fits(profile)? {
                true => Some((count(*seen) + 1.0) / (count(*tried) + 2.0)),
                false => Some(0.0),
            },
            Self::Once => Some(0.0),
        }
    }

    /// The alternatives, each as words that must all hold.
    pub(super) fn alternatives(&self) -> Vec<Vec<&'static str>> {
        match self {
            Self::One(one) => vec![one.words.clone()],
            Self::Either(one, two) => vec![one.words.clone(), two.words.clone()],
            Self::Chance(one, ..) => vec![[one.words.as_slice(), &["probability"]].concat()],
            Self::Once => vec![vec!["ip:first-visit"]],
        }
    }

    /// The guesses in it.
    pub(super) fn guesses(&self) -> Vec<Guess> {
        match self {
            Self::One(one) | Self::Chance(one, ..) => vec![one.guess],
            Self::Either(one, two) => vec![one.guess, two.guess],
            Self::Once => Vec::new(),
        }
    }
}

/// Every theory that holds, heaviest first.
pub(super) fn weigh(samples: &[Sample]) -> Vec<Weighed> {
    let answered: Vec<&Sample> = samples.iter().filter(|sample| sample.shows.is_some()).collect();
    let mut found: Vec<(Theory, f64)> = Vec::new();
    for one in ALL.iter() {
        let fits: Vec<Option<bool>> = answered.iter().map(|sample| one.guess.fits(&sample.profile)).collect();
        let price = (-one.price).exp2();
        found.push((Theory::One(one.clone()), price * certain(&answered, &fits)));
        let (chance, seen, tried) = by_chance(&answered, &fits);
        let rare = if one.guess.parts() == 0 { CHANCE } else { CHANCE + CHANCE_OF_SOME };
        found.push((Theory::Chance(one.clone(), seen, tried), price * (-rare).exp2() * chance));
    }
    found.extend(either_of_two(&answered));
    let first_only =
        answered.iter().enumerate().all(|(at, sample)| (sample.shows == Some(true)) == (at == 0));
    found.push((Theory::Once, if first_only && answered.len() > 1 { (-ONCE).exp2() } else { 0.0 }));
    let most = found.iter().map(|(_, weight)| *weight).fold(0.0, f64::max);
    found.retain(|(_, weight)| *weight > most * LIGHT);
    let total: f64 = found.iter().map(|(_, weight)| weight).sum();
    found.sort_by(|one, other| other.1.total_cmp(&one.1));
    found.into_iter().map(|(theory, weight)| Weighed { theory, weight: weight / total }).collect()
}

static ALL: LazyLock<Vec<Priced>> = LazyLock::new(guesses);

/// How likely a guess makes the answers: 1 for each that it says, 0 for one that it denies, a half for the first of a
/// sort on which kits differ; equal requests get equal answers.
fn certain(answered: &[&Sample], fits: &[Option<bool>]) -> f64 {
    let mut likely = 1.0;
    for (at, (sample, fits)) in answered.iter().zip(fits).enumerate() {
        let shown = sample.shows == Some(true);
        likely *= match fits {
            Some(fits) => f64::from(u8::from(*fits == shown)),
            None => match answered[..at].iter().find(|earlier| alike(&earlier.profile, &sample.profile)) {
                Some(earlier) => f64::from(u8::from(earlier.shows == sample.shows)),
                None => 0.5,
            },
        };
    }
    likely
}

/// How likely chance makes the answers where the guess fits, if every share is as likely as any other; with how often
/// it was seen, of how many.
fn by_chance(answered: &[&Sample], fits: &[Option<bool>]) -> (f64, usize, usize) {
    let (mut seen, mut tried, mut likely) = (0, 0, 1.0);
    for (sample, fits) in answered.iter().zip(fits) {
        let shown = sample.shows == Some(true);
        match fits {
            Some(true) => {
                // The share expected after what came before: the product is that of an unknown share.
                let expected = (count(seen) + 1.0) / (count(tried) + 2.0);
                likely *= if shown { expected } else { 1.0 - expected };
                (seen, tried) = (seen + usize::from(shown), tried + 1);
            }
            Some(false) if shown => return (0.0, seen, tried),
            Some(false) => {}
            None => likely *= 0.5,
        }
    }
    (likely, seen, tried)
}

/// Pairs of guesses of which each explains something that the other does not.
fn either_of_two(answered: &[&Sample]) -> Vec<(Theory, f64)> {
    let shown = |at: usize| answered[at].shows == Some(true);
    let usable: Vec<(&Priced, Vec<Option<bool>>)> = ALL
        .iter()
        .filter(|one| (1..=2).contains(&one.guess.parts()))
        .map(|one| (one, answered.iter().map(|sample| one.guess.fits(&sample.profile)).collect::<Vec<_>>()))
        .filter(|(_, fits)| fits.iter().enumerate().all(|(at, fits)| *fits != Some(true) || shown(at)))
        .filter(|(_, fits)| fits.contains(&Some(true)))
        .collect();
    let mut found = Vec::new();
    for (number, (one, fits)) in usable.iter().enumerate() {
        for (two, others) in &usable[number + 1..] {
            let explains = |mine: &[Option<bool>], theirs: &[Option<bool>]| {
                mine.iter().zip(theirs).any(|(mine, theirs)| *mine == Some(true) && *theirs == Some(false))
            };
            if one.guess.parts() + two.guess.parts() > 3 || !explains(fits, others) || !explains(others, fits)
            {
                continue;
            }
            let both: Vec<Option<bool>> =
                fits.iter().zip(others).map(|(one, two)| either(*one, *two)).collect();
            let likely = certain(answered, &both);
            if likely > 0.0 {
                let spider = one.guess.is_of_spiders() || two.guess.is_of_spiders();
                let price = one.price + two.price + if spider { EITHER } else { EITHER_OF_PEOPLE };
                let price = (-price).exp2();
                found.push((Theory::Either((*one).clone(), (*two).clone()), price * likely));
            }
        }
    }
    found
}

fn either(one: Option<bool>, two: Option<bool>) -> Option<bool> {
    match (one, two) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (Some(false), Some(false)) => Some(false),
        _ => None,
    }
}

/// A small count as a share's part.
pub(super) fn count(number: usize) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}
