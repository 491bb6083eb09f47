//! The smallest condition under which something shows: what explains every visit so far, and which visit would tell
//! most.
//!
//! Theories are conjunctions of simple attributes (client, referrer, cookies, language), either of two of them, one
//! with chance on top, or "the first request from an address only". Each weighs what it is simple and what it makes the
//! answers likely; the heaviest is the answer, and the next visit is the one that is expected to tell most of them
//! apart. This is delta debugging with the attributes of a [`Profile`] as input that stays right when a server
//! answers by chance. Pure: the scan room sends what [`next_profile`] proposes, and asks again.

mod control;
mod guess;
mod theory;

use crate::exchange::profile::{Cookies, Profile};
use crate::finding::Conditions;
use crate::finding::condition::class;
use crate::id::ProfileId;
use control::{is_witness, most_telling, owed, unrepeated};
use guess::Guess;
use theory::{Theory, Weighed, weigh};

/// Most control visits that are proposed for one question.
pub const BUDGET: usize = 10;
/// Visits that must have shown it: a server that answers by chance may be lucky twice.
const SHOWN: usize = 3;
/// The share of all weight that theories of the same words must have to count as proven.
const SURE: f64 = 0.8;

/// One visit: how, and whether the thing in question showed. Visits without an answer have `None`.
#[derive(Debug, Clone)]
pub struct Sample {
    /// The profile.
    pub profile: Profile,
    /// Whether it showed; `None` where the visit was refused or failed.
    pub shows: Option<bool>,
}

/// The smallest condition that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trigger {
    /// The alternatives, of which one suffices; the words of each must all hold. One without words: always.
    pub alternatives: Vec<Vec<&'static str>>,
    /// Whether controls proved that no attribute can be left out.
    pub minimal: bool,
    /// The profiles under which it showed.
    pub shown: Vec<ProfileId>,
    /// The profiles under which it did not.
    pub clean: Vec<ProfileId>,
    /// How often it was seen, of how many visits that should see it; by chance where they differ.
    pub seen: (usize, usize),
}

impl Trigger {
    /// It as the conditions of a finding, without profiles.
    pub fn conditions(&self) -> Conditions {
        let precise = |words: &Vec<&'static str>| words.iter().map(|&word| word.to_owned()).collect();
        let alternatives = self.alternatives.iter().map(precise).collect();
        Conditions { minimal: self.minimal, ..Conditions::of(alternatives) }
    }

    /// Every word, as precise as it is known.
    pub fn words(&self) -> impl Iterator<Item = &'static str> {
        self.alternatives.iter().flatten().copied()
    }

    /// Whether it shows to everybody alike.
    pub fn is_unconditional(&self) -> bool {
        self.words().next().is_none()
    }
}

/// Every word that a trigger can be told in, before classes.
pub fn vocabulary() -> impl Iterator<Item = &'static str> {
    guess::vocabulary().chain(["probability", "ip:first-visit", "path:not-found"])
}

/// The same request in the eyes of a server.
fn alike(one: &Profile, other: &Profile) -> bool {
    one.agent == other.agent
        && one.arrival == other.arrival
        && (one.cookies == Cookies::Kept) == (other.cookies == Cookies::Kept)
        && one.language == other.language
}

/// What is known after these visits, in the order of visiting; `None` while nothing showed.
pub fn smallest(samples: &[Sample]) -> Option<Trigger> {
    samples.iter().find(|sample| sample.shows == Some(true))?;
    let theories = weigh(samples);
    let clean = samples.iter().any(|sample| sample.shows == Some(false));
    // Whoever stayed clean is the reason to look for a condition: "always" is no answer then.
    let best = theories.iter().find(|weighed| !clean || !is_empty(&weighed.theory))?;
    let named = |shows: bool| {
        let mut names: Vec<ProfileId> = Vec::new();
        for sample in samples.iter().filter(|sample| sample.shows == Some(shows)) {
            if !names.contains(&sample.profile.id) {
                names.push(sample.profile.id.clone());
            }
        }
        names
    };
    Some(Trigger {
        alternatives: best.theory.alternatives(),
        minimal: is_proven(&best.theory, &theories, samples),
        shown: named(true),
        clean: named(false),
        seen: seen(&best.theory, samples),
    })
}

fn is_empty(theory: &Theory) -> bool {
    theory.alternatives().concat().is_empty()
}

/// How often it was seen, of how many visits that should see it.
fn seen(theory: &Theory, samples: &[Sample]) -> (usize, usize) {
    let should = |sample: &&Sample| match theory {
        Theory::Once => true,
        _ => theory.predicts(&sample.profile).is_none_or(|chance| chance > 0.0),
    };
    let answered = samples.iter().filter(|sample| sample.shows.is_some()).filter(should);
    answered.fold((0, 0), |(seen, tried), sample| (seen + usize::from(sample.shows == Some(true)), tried + 1))
}

/// Whether controls proved it: it showed twice, each part of it has its clean witnesses, and nothing else that would
/// be told in other words explains the answers nearly as well.
fn is_proven(theory: &Theory, theories: &[Weighed], samples: &[Sample]) -> bool {
    let told = |theory: &Theory| {
        let words = theory.alternatives().concat();
        let mut words: Vec<&str> = words.into_iter().map(class).collect();
        words.sort_unstable();
        words.dedup();
        words
    };
    let words = told(theory);
    let same = theories.iter().filter(|weighed| told(&weighed.theory) == words);
    let share: f64 = same.map(|weighed| weighed.weight).sum();
    let shown = samples.iter().filter(|sample| sample.shows == Some(true)).count();
    share >= SURE
        && match theory {
            Theory::One(_) | Theory::Either(..) => {
                let enough = |(less, needed): (Guess, usize)| witnesses(samples, theory, &less) >= needed;
                shown >= 2
                    && unrepeated(samples).is_none()
                    && theory.guesses().iter().all(|guess| guess.relaxed().all(enough))
            }
            // Two answers to one request are the proof of chance.
            Theory::Chance(..) => samples.iter().any(|sample| differs(samples, &sample.profile)),
            // It cannot be seen twice from here, so nothing is proven.
            Theory::Once => false,
        }
}

/// Whether equal requests got both answers.
fn differs(samples: &[Sample], profile: &Profile) -> bool {
    let got = |shows: bool| {
        samples.iter().any(|sample| sample.shows == Some(shows) && alike(&sample.profile, profile))
    };
    got(true) && got(false)
}

/// Clean visits that prove what `less` leaves out of the theory to be needed.
fn witnesses(samples: &[Sample], theory: &Theory, less: &Guess) -> usize {
    let clean = samples.iter().filter(|sample| sample.shows == Some(false));
    clean.filter(|sample| is_witness(&sample.profile, theory, less)).count()
}

/// The next control visit that is worth its request, while the budget lasts: first the one that showed it, again; then
/// whatever tells most of the theories apart; then what the proof still lacks. `spent` counts controls already sent.
pub fn next_profile(samples: &[Sample], spent: usize) -> Option<Profile> {
    let first = samples.iter().find(|sample| sample.shows == Some(true))?;
    if spent >= BUDGET {
        return None;
    }
    let tries = |profile: &Profile| samples.iter().filter(|sample| alike(&sample.profile, profile)).count();
    if tries(&first.profile) < 2 {
        return Some(first.profile.clone());
    }
    let theories = weigh(samples);
    most_telling(samples, &theories).or_else(|| owed(samples, &theories.first()?.theory))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::profile::{Agent, AgentClass};
    use guess::{From, from_fits};

    /// Plays the scan room against a server: the usual profiles, then what is proposed.
    fn played(ids: &[&str], server: impl Fn(&Profile, usize) -> bool) -> (Trigger, usize) {
        let mut samples = Vec::new();
        for id in ids {
            let profile = Profile::by_id(id).unwrap();
            let shows = Some(server(&profile, samples.len()));
            samples.push(Sample { profile, shows });
        }
        let mut spent = 0;
        while let Some(profile) = next_profile(&samples, spent) {
            let shows = Some(server(&profile, samples.len()));
            samples.push(Sample { profile, shows });
            spent += 1;
            assert!(spent <= BUDGET);
        }
        (smallest(&samples).unwrap(), spent)
    }

    fn words(trigger: &Trigger) -> Vec<&'static str> {
        trigger.words().collect()
    }

    fn check(expected: &[&str], server: impl Fn(&Profile, usize) -> bool) {
        for ids in [&["m", "d", "s"][..], USUAL, &["m", "d", "s", "b", "w", "r", "g", "s2"]] {
            let (trigger, spent) = played(ids, &server);
            assert_eq!(words(&trigger), expected, "{ids:?} {spent} {trigger:?}");
            assert!(trigger.minimal, "{ids:?} {spent} {trigger:?}");
        }
    }

    /// The profiles of an ordinary scan.
    const USUAL: &[&str] = &["m", "d", "b", "w", "i", "b-360", "b-bing", "r", "s", "g"];

    fn phone(profile: &Profile) -> bool {
        matches!(profile.agent, Agent::AndroidChrome | Agent::IphoneSafari | Agent::Wechat)
    }

    fn search(profile: &Profile) -> bool {
        from_fits(From::Search, &profile.arrival) == Some(true)
    }

    fn spider(profile: &Profile) -> bool {
        profile.agent.class() == AgentClass::Spider
    }

    #[test]
    fn the_smallest_condition_of_a_gate_is_named() {
        check(&["ua:mobile"], |profile, _| phone(profile));
        check(&["referer:search"], |profile, _| search(profile));
        check(&["ua:mobile", "referer:search"], |profile, _| phone(profile) && search(profile));
        check(&["ua:spider"], |profile, _| spider(profile));
        check(&["ua:browser"], |profile, _| !spider(profile));
        check(&["ua:spider-baidu"], |profile, _| profile.agent == Agent::BaiduSpider);
        check(&["cookie:first-visit"], |profile, _| profile.cookies != Cookies::Kept);
        check(&["accept-language:zh"], |profile, _| {
            profile.language.is_some_and(|tag| tag.starts_with("zh"))
        });
        check(&["ua:android"], |profile, _| matches!(profile.agent, Agent::AndroidChrome | Agent::Wechat));
        check(&["referer:baidu"], |profile, _| from_fits(From::Baidu, &profile.arrival) == Some(true));
    }

    #[test]
    fn either_of_two_gates_is_named_with_both() {
        for (ids, most) in [(USUAL, 2), (&["m", "d", "s", "b", "w", "r", "g", "s2"], 2)] {
            let (trigger, spent) = played(ids, |profile, _| spider(profile) || search(profile));
            let mut told = trigger.conditions().shows;
            told.sort();
            assert_eq!(told, ["referer:search", "ua:spider"], "{spent} {trigger:?}");
            assert_eq!(trigger.alternatives.len(), most, "{trigger:?}");
            assert!(trigger.minimal, "{spent} {trigger:?}");
        }
        let (trigger, spent) =
            played(USUAL, |profile, _| spider(profile) || phone(profile) && search(profile));
        let mut told = trigger.conditions().shows;
        told.sort();
        assert_eq!(told, ["referer:search", "ua:mobile", "ua:spider"], "{spent} {trigger:?}");
    }

    #[test]
    fn gates_of_one_client_are_named_where_that_client_came() {
        let (trigger, _) = played(&["m", "d", "s", "w"], |profile, _| profile.agent == Agent::Wechat);
        assert_eq!(words(&trigger), ["ua:wechat"]);
        let (trigger, _) = played(&["m", "d", "b", "g"], |profile, _| profile.agent == Agent::GoogleSpider);
        assert_eq!(words(&trigger), ["ua:spider-google"]);
    }

    #[test]
    fn what_shows_to_everybody_has_no_condition() {
        let (trigger, spent) = played(&["m", "d", "s"], |_, _| true);
        assert!(trigger.is_unconditional() && trigger.minimal, "{spent} {trigger:?}");
    }

    /// Draws that follow from a seed.
    fn draw(seed: u64, visit: usize) -> u64 {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (visit as u64 + 1);
        state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (state ^ (state >> 31)) % 100
    }

    #[test]
    fn chance_is_told_as_chance() {
        for percent in [25, 33, 50, 75] {
            let (mut right, mut all) = (0, 0);
            for seed in 1..=60 {
                if !(0..USUAL.len()).any(|visit| draw(seed, visit) < percent) {
                    continue;
                }
                let (trigger, _) = played(USUAL, |_, visit| draw(seed, visit) < percent);
                assert!(!trigger.is_unconditional() || percent == 75, "{percent} {seed} {trigger:?}");
                right += usize::from(words(&trigger) == ["probability"]);
                all += 1;
            }
            assert!(right * 10 >= all * 8, "{percent}: {right} of {all}");
        }
    }

    #[test]
    fn what_only_the_first_request_gets_is_no_chance() {
        let (trigger, spent) = played(USUAL, |_, visit| visit == 0);
        assert_eq!(
            (words(&trigger), trigger.minimal),
            (vec!["ip:first-visit"], false),
            "{spent} {trigger:?}"
        );
    }

    #[test]
    fn a_condition_is_named_whenever_somebody_stayed_clean() {
        for pattern in 1..127_u32 {
            let (trigger, _) = played(USUAL, |_, visit| pattern & (1 << (visit % 7)) != 0);
            assert!(!trigger.is_unconditional(), "{pattern:b} {trigger:?}");
        }
    }

    #[test]
    fn one_clean_visit_is_no_proof() {
        let sample = |id: &str, shows| Sample { profile: Profile::by_id(id).unwrap(), shows: Some(shows) };
        let samples = [sample("m", true), sample("m", true), sample("d", false)];
        assert!(!smallest(&samples).unwrap().minimal);
    }

    #[test]
    fn nothing_shown_asks_for_nothing() {
        let samples = [Sample { profile: Profile::by_id("m").unwrap(), shows: Some(false) }];
        assert!(next_profile(&samples, 0).is_none() && smallest(&samples).is_none());
    }

    #[test]
    fn a_refused_visit_is_no_answer_and_is_not_repeated_for_ever() {
        let mut samples = vec![Sample { profile: Profile::by_id("m").unwrap(), shows: Some(true) }];
        let mut spent = 0;
        while let Some(profile) = next_profile(&samples, spent) {
            samples.push(Sample { profile, shows: None });
            spent += 1;
        }
        assert!(spent <= BUDGET);
        assert!(!smallest(&samples).unwrap().minimal);
    }
}
