//! Which visit would tell most, and which is still owed as a proof.

use super::guess::Guess;
use super::theory::{Theory, Weighed};
use super::{SHOWN, Sample, alike, witnesses};
use crate::exchange::profile::{Agent, AgentClass, Arrival, Cookies, Profile};
use crate::id::ProfileId;

/// The `Accept-Language` of a visitor who prefers another language than Chinese.
const ENGLISH: &str = "en-US,en;q=0.9";
/// A control visit is worth its request if it is expected to tell this many bits.
const WORTH: f64 = 0.06;

/// The visit that is expected to tell most about which theory is right, repetitions among them.
pub(super) fn most_telling(samples: &[Sample], theories: &[Weighed]) -> Option<Profile> {
    let mut chosen: Option<(Profile, f64)> = None;
    for candidate in candidates(samples).into_iter().chain(repetitions(samples)) {
        let (mut mixed, mut apart, mut total) = (0.0, 0.0, 0.0);
        for weighed in theories {
            if let Some(chance) = weighed.theory.predicts(&candidate) {
                mixed += weighed.weight * chance;
                apart += weighed.weight * entropy(chance);
                total += weighed.weight;
            }
        }
        if total <= 0.0 {
            continue;
        }
        let gain = total * entropy(mixed / total) - apart;
        if gain >= WORTH && chosen.as_ref().is_none_or(|(_, best)| gain > *best) {
            chosen = Some((candidate, gain));
        }
    }
    chosen.map(|(profile, _)| profile)
}

/// A visit that the proof of a theory still lacks: one more clean witness that a part of it is needed.
pub(super) fn owed(samples: &[Sample], theory: &Theory) -> Option<Profile> {
    if !matches!(theory, Theory::One(_) | Theory::Either(..)) {
        return None;
    }
    // What showed it, once more, so that luck is told from rule.
    let shown = || samples.iter().filter(|sample| sample.shows == Some(true));
    if shown().count() < SHOWN {
        let tries =
            |sample: &&Sample| samples.iter().filter(|other| alike(&other.profile, &sample.profile)).count();
        return shown().min_by_key(tries).map(|sample| sample.profile.clone());
    }
    // A visit that stayed clean, once more: adverts, tests on visitors and unequal replicas answer by chance.
    if let Some(profile) = unrepeated(samples) {
        return Some(profile);
    }
    for guess in theory.guesses() {
        for (less, _) in guess.relaxed().filter(|(less, needed)| witnesses(samples, theory, less) < *needed) {
            let again =
                samples.iter().filter(|sample| sample.shows == Some(false)).map(|sample| &sample.profile);
            let fresh = candidates(samples);
            let witness = |profile: &&Profile| is_witness(profile, theory, &less);
            if let Some(profile) = fresh.iter().find(witness).or_else(|| again.clone().find(witness)) {
                return Some(profile.clone());
            }
        }
    }
    None
}

/// The clean visit that is to be repeated: the one typed in, if there is one; `None` once one was.
pub(super) fn unrepeated(samples: &[Sample]) -> Option<Profile> {
    let clean: Vec<&Profile> =
        samples.iter().filter(|sample| sample.shows == Some(false)).map(|sample| &sample.profile).collect();
    let tries = |profile: &Profile| clean.iter().filter(|other| alike(other, profile)).count();
    if clean.iter().any(|profile| tries(profile) > 1) {
        return None;
    }
    let direct = |profile: &&&Profile| profile.arrival == Arrival::Direct;
    clean.iter().find(direct).or(clean.first()).map(|profile| (*profile).clone())
}

/// Whether a clean answer to that visit proves that what `less` leaves out is needed.
pub(super) fn is_witness(profile: &Profile, theory: &Theory, less: &Guess) -> bool {
    less.fits(profile) == Some(true)
        && theory.guesses().iter().all(|guess| guess.fits(profile) == Some(false))
}

/// Bits that an answer tells which comes with that chance.
fn entropy(chance: f64) -> f64 {
    if chance <= 0.0 || chance >= 1.0 {
        return 0.0;
    }
    -(chance * chance.log2() + (1.0 - chance) * (1.0 - chance).log2())
}

/// Every visit that was made and answered, to be made again.
fn repetitions(samples: &[Sample]) -> Vec<Profile> {
    let mut found: Vec<Profile> = Vec::new();
    for sample in samples.iter().filter(|sample| sample.shows.is_some()) {
        if !found.iter().any(|known| alike(known, &sample.profile)) {
            found.push(sample.profile.clone());
        }
    }
    found
}

/// Profiles that differ in one attribute from one that showed it, and were not tried yet.
fn candidates(samples: &[Sample]) -> Vec<Profile> {
    let mut found: Vec<Profile> = Vec::new();
    for sample in samples.iter().filter(|sample| sample.shows == Some(true)) {
        for profile in neighbours(&sample.profile) {
            let tried = samples.iter().any(|sample| alike(&sample.profile, &profile));
            if !tried && !found.iter().any(|known| alike(known, &profile)) {
                found.push(named(profile));
            }
        }
    }
    found
}

/// The same visit with one attribute changed.
fn neighbours(shown: &Profile) -> Vec<Profile> {
    let spider = shown.agent.class() == AgentClass::Spider;
    let mut found = Vec::new();
    if !spider {
        for arrival in
            [Arrival::Direct, Arrival::BaiduMobile, Arrival::Google, Arrival::Sogou, Arrival::Elsewhere]
        {
            found.push(Profile { arrival: arrival_for(shown.agent, arrival), ..shown.clone() });
        }
        found.push(Profile { cookies: Cookies::Kept, ..shown.clone() });
        found.push(Profile { cookies: Cookies::Empty, ..shown.clone() });
        found.push(Profile { language: Some(ENGLISH), ..shown.clone() });
    }
    for agent in [Agent::DesktopChrome, Agent::IphoneSafari, Agent::AndroidChrome, Agent::Wechat] {
        let (cookies, language) =
            if spider { (Cookies::Empty, agent.language()) } else { (shown.cookies, shown.language) };
        let arrival = arrival_for(agent, shown.arrival.clone());
        found.push(Profile { id: shown.id.clone(), agent, arrival, cookies, language });
    }
    if spider && !chinese(shown) {
        let english = Profile { language: Some(ENGLISH), ..found[0].clone() };
        found.push(english);
    }
    found.extend(["s", "g", "s2"].into_iter().filter_map(Profile::by_id));
    found
}

fn chinese(profile: &Profile) -> bool {
    profile.language.is_some_and(|tag| tag.to_ascii_lowercase().starts_with("zh"))
}

/// A phone comes from the engine's page for phones, a desktop from the other one.
fn arrival_for(agent: Agent, arrival: Arrival) -> Arrival {
    match (agent, arrival) {
        (Agent::DesktopChrome, Arrival::BaiduMobile) => Arrival::Baidu,
        (Agent::AndroidChrome | Agent::IphoneSafari | Agent::Wechat, Arrival::Baidu) => Arrival::BaiduMobile,
        (_, arrival) => arrival,
    }
}

/// A control's name says what it is: `t-iphone-baidu`, `t-android-none-returning`, `t-spider-google`.
fn named(profile: Profile) -> Profile {
    let spider = |name: &str| format!("t-spider-{name}");
    let agent = match profile.agent {
        Agent::DesktopChrome => "desktop",
        Agent::AndroidChrome => "android",
        Agent::IphoneSafari => "iphone",
        Agent::Wechat => "wechat",
        Agent::BaiduSpider => return Profile { id: ProfileId::new(spider("baidu")), ..profile },
        Agent::GoogleSpider => return Profile { id: ProfileId::new(spider("google")), ..profile },
        _ => return Profile { id: ProfileId::new(spider("other")), ..profile },
    };
    let from = match profile.arrival {
        Arrival::Direct => "none",
        Arrival::BaiduMobile | Arrival::Baidu => "baidu",
        Arrival::Google => "google",
        Arrival::Sogou => "sogou",
        Arrival::So360 => "360",
        Arrival::Shenma => "shenma",
        Arrival::Bing => "bing",
        Arrival::Elsewhere | Arrival::Keyword(_) | Arrival::KeywordGbk(_) | Arrival::Page(_) => "other",
    };
    let jar = if profile.cookies == Cookies::Kept { "-returning" } else { "" };
    let tongue = if chinese(&profile) { "" } else { "-en" };
    Profile { id: ProfileId::new(format!("t-{agent}-{from}{jar}{tongue}")), ..profile }
}
