//! The smallest condition under which something shows: what is consistent with every visit so far, and which visit
//! would tell most.
//!
//! Every conjunction of simple attributes (client, referrer, cookies, language) is a guess; a visit that contradicts a
//! guess removes it; the cheapest guess left is the answer. This is delta debugging with the attributes of a
//! [`Profile`] as input, and it stays right when a server answers by chance: the same request with two answers is
//! told as `probability`. Pure: the scan room sends what [`next_profile`] proposes, and asks again.

use crate::exchange::profile::{Agent, AgentClass, Arrival, Cookies, Profile};
use crate::id::ProfileId;

/// Most control visits that are proposed for one question.
pub const BUDGET: usize = 8;
/// How often a profile is repeated once its answers have differed.
const REPEATS: usize = 4;
/// A control visit is worth its request if it may remove this share of what is still possible.
const WORTH: f64 = 0.02;

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
    /// The attributes, in the words of `conditions.shows`; empty: always.
    pub attributes: Vec<&'static str>,
    /// Whether controls proved that no attribute can be left out.
    pub minimal: bool,
    /// The profiles under which it showed.
    pub shown: Vec<ProfileId>,
    /// The profiles under which it did not.
    pub clean: Vec<ProfileId>,
    /// How often the profile that saw it first saw it, of how many visits; by chance where they differ.
    pub seen: (usize, usize),
}

impl Trigger {
    /// The attributes as `conditions.shows` has them: by class. Which engine or which spider exactly, and which phone,
    /// stands in the finding's detail (`trigger`).
    pub fn shows(&self) -> Vec<String> {
        let mut words: Vec<String> = Vec::new();
        for word in &self.attributes {
            let class = match *word {
                "referer:baidu" | "referer:google" | "referer:keyword" => "referer:search",
                "ua:android" | "ua:iphone" => "ua:mobile",
                word if word.starts_with("ua:spider") => "ua:spider",
                word => word,
            };
            if !words.iter().any(|known| known == class) {
                words.push(class.to_owned());
            }
        }
        words
    }

    /// Whether it shows to everybody alike.
    pub fn is_unconditional(&self) -> bool {
        self.attributes.is_empty()
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Client {
    Any,
    Browser,
    Mobile,
    Desktop,
    Wechat,
    Android,
    Iphone,
    Spider,
    ChineseSpider,
    One(Agent),
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum From {
    Any,
    Search,
    Baidu,
    Google,
    Keyword,
    Anywhere,
    Nowhere,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Jar {
    Any,
    First,
    Returning,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Tongue {
    Any,
    Chinese,
    Other,
}

/// A guess: all of its parts must hold.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Guess {
    client: Client,
    from: From,
    jar: Jar,
    tongue: Tongue,
}

const CLIENTS: [(Client, f64, &str); 16] = [
    (Client::Any, 0.0, ""),
    (Client::Mobile, 2.0, "ua:mobile"),
    (Client::Spider, 2.0, "ua:spider"),
    (Client::Wechat, 2.2, "ua:wechat"),
    (Client::Browser, 2.5, "ua:browser"),
    (Client::Desktop, 3.0, "ua:desktop"),
    (Client::ChineseSpider, 3.0, "ua:spider-cn"),
    (Client::One(Agent::BaiduSpider), 3.2, "ua:spider-baidu"),
    (Client::One(Agent::GoogleSpider), 3.2, "ua:spider-google"),
    (Client::One(Agent::SogouSpider), 3.4, "ua:spider-sogou"),
    (Client::One(Agent::So360Spider), 3.4, "ua:spider-360"),
    (Client::One(Agent::ShenmaSpider), 3.4, "ua:spider-shenma"),
    (Client::One(Agent::ByteSpider), 3.4, "ua:spider-bytedance"),
    (Client::One(Agent::BingSpider), 3.4, "ua:spider-bing"),
    (Client::Android, 3.2, "ua:android"),
    (Client::Iphone, 3.2, "ua:iphone"),
];
const FROMS: [(From, f64, &str); 7] = [
    (From::Any, 0.0, ""),
    (From::Search, 2.0, "referer:search"),
    (From::Baidu, 3.2, "referer:baidu"),
    (From::Google, 3.2, "referer:google"),
    (From::Keyword, 3.6, "referer:keyword"),
    (From::Anywhere, 3.6, "referer:any"),
    (From::Nowhere, 3.6, "referer:none"),
];
const JARS: [(Jar, f64, &str); 3] =
    [(Jar::Any, 0.0, ""), (Jar::First, 3.0, "cookie:first-visit"), (Jar::Returning, 4.0, "cookie:returning")];
const TONGUES: [(Tongue, f64, &str); 3] = [
    (Tongue::Any, 0.0, ""),
    (Tongue::Chinese, 4.0, "accept-language:zh"),
    (Tongue::Other, 5.0, "accept-language:other"),
];

/// Whether a client fits; `None` where kits of that sort differ (WeChat is a phone to some).
fn client_fits(client: Client, agent: Agent) -> Option<bool> {
    use Agent as A;
    let class = agent.class();
    let spider = class == AgentClass::Spider;
    Some(match client {
        Client::Any => true,
        Client::Browser => !spider,
        Client::Spider => spider,
        Client::Wechat => agent == A::Wechat,
        Client::One(one) => agent == one,
        Client::ChineseSpider if agent == A::BingSpider => return None,
        Client::ChineseSpider => spider && agent != A::GoogleSpider,
        // Google's spider calls itself an Android phone; other spiders look like desktops to kits that look for phones.
        Client::Mobile | Client::Android if matches!(agent, A::GoogleSpider | A::Wechat) => return None,
        Client::Desktop if spider => return None,
        Client::Mobile => matches!(agent, A::AndroidChrome | A::IphoneSafari),
        Client::Android => agent == A::AndroidChrome,
        Client::Iphone => agent == A::IphoneSafari,
        Client::Desktop => agent == A::DesktopChrome,
    })
}

fn from_fits(from: From, arrival: &Arrival) -> Option<bool> {
    use Arrival as R;
    let keyword = matches!(arrival, R::Keyword(_) | R::KeywordGbk(_));
    let baidu = keyword || matches!(arrival, R::Baidu | R::BaiduMobile);
    Some(match from {
        From::Any => true,
        From::Search => baidu || *arrival == R::Google,
        From::Baidu => baidu,
        From::Google => *arrival == R::Google,
        From::Keyword => keyword,
        From::Anywhere => *arrival != R::Direct,
        From::Nowhere => *arrival == R::Direct,
    })
}

impl Guess {
    /// Whether a visit would show the thing, if the guess were right.
    fn fits(&self, profile: &Profile) -> Option<bool> {
        let returning = profile.cookies == Cookies::Kept;
        let chinese = profile.language.is_some_and(|tag| tag.to_ascii_lowercase().starts_with("zh"));
        let jar = match self.jar {
            Jar::Any => true,
            Jar::First => !returning,
            Jar::Returning => returning,
        };
        let tongue = match self.tongue {
            Tongue::Any => true,
            Tongue::Chinese => chinese,
            Tongue::Other => !chinese,
        };
        let parts = [client_fits(self.client, profile.agent), from_fits(self.from, &profile.arrival)];
        if !jar || !tongue || parts.contains(&Some(false)) {
            return Some(false);
        }
        if parts.contains(&None) { None } else { Some(true) }
    }

    fn contradicted(&self, sample: &Sample) -> bool {
        matches!((self.fits(&sample.profile), sample.shows), (Some(guess), Some(shown)) if guess != shown)
    }
}

/// A guess with its price and its words.
#[derive(Debug, Clone)]
struct Priced {
    guess: Guess,
    price: f64,
    words: Vec<&'static str>,
}

fn guesses() -> impl Iterator<Item = Priced> {
    CLIENTS.iter().flat_map(|client| {
        FROMS.iter().flat_map(move |from| {
            JARS.iter().flat_map(move |jar| {
                TONGUES.iter().map(move |tongue| Priced {
                    guess: Guess { client: client.0, from: from.0, jar: jar.0, tongue: tongue.0 },
                    price: client.1 + from.1 + jar.1 + tongue.1,
                    words: [client.2, from.2, jar.2, tongue.2]
                        .into_iter()
                        .filter(|word| !word.is_empty())
                        .collect(),
                })
            })
        })
    })
}

/// The cheapest guess that no sample contradicts, or the one that fewest contradict.
fn best(samples: &[Sample]) -> Option<(Priced, usize)> {
    let rated = guesses().map(|priced| {
        let wrong = samples.iter().filter(|sample| priced.guess.contradicted(sample)).count();
        (priced, wrong)
    });
    rated.min_by(|one, other| one.1.cmp(&other.1).then(one.0.price.total_cmp(&other.0.price)))
}

/// The same request in the eyes of a server.
fn alike(one: &Profile, other: &Profile) -> bool {
    one.agent == other.agent
        && one.arrival == other.arrival
        && (one.cookies == Cookies::Kept) == (other.cookies == Cookies::Kept)
        && one.language == other.language
}

/// How often visits like that one showed it, of how many that answered.
fn tally(samples: &[Sample], profile: &Profile) -> (usize, usize) {
    let mut answers =
        samples.iter().filter(|sample| alike(&sample.profile, profile)).filter_map(|sample| sample.shows);
    answers.by_ref().fold((0, 0), |(seen, tried), shows| (seen + usize::from(shows), tried + 1))
}

/// The first profile whose answers differed.
fn by_chance(samples: &[Sample]) -> Option<&Profile> {
    samples.iter().map(|sample| &sample.profile).find(|profile| {
        let (seen, tried) = tally(samples, profile);
        seen > 0 && seen < tried
    })
}

/// What is known after these visits; `None` while nothing showed.
pub fn smallest(samples: &[Sample]) -> Option<Trigger> {
    let first = samples.iter().find(|sample| sample.shows == Some(true))?;
    let chance = by_chance(samples);
    let profile = chance.unwrap_or(&first.profile);
    let seen = tally(samples, profile);
    let named = |shows: bool| {
        let mut names: Vec<ProfileId> = Vec::new();
        for sample in samples.iter().filter(|sample| sample.shows == Some(shows)) {
            if !names.contains(&sample.profile.id) {
                names.push(sample.profile.id.clone());
            }
        }
        names
    };
    let (shown, clean) = (named(true), named(false));
    if chance.is_some() {
        return Some(Trigger { attributes: vec!["probability"], minimal: false, shown, clean, seen });
    }
    let (answer, wrong) = best(samples)?;
    let minimal = wrong == 0 && proven(&answer.guess, samples);
    Some(Trigger { attributes: answer.words, minimal, shown, clean, seen })
}

/// Whether every part is needed: for each there is a clean visit that fits all the others, and it showed twice.
fn proven(guess: &Guess, samples: &[Sample]) -> bool {
    let parts = [
        Guess { client: Client::Any, ..*guess },
        Guess { from: From::Any, ..*guess },
        Guess { jar: Jar::Any, ..*guess },
        Guess { tongue: Tongue::Any, ..*guess },
    ];
    let clean = |without: &Guess| {
        samples
            .iter()
            .any(|sample| sample.shows == Some(false) && without.fits(&sample.profile) == Some(true))
    };
    let shown = samples.iter().filter(|sample| sample.shows == Some(true)).count();
    shown >= 2 && parts.iter().all(|without| without == guess || clean(without))
}

/// The next control visit that is worth its request, while the budget lasts: first the one that showed it, again;
/// then the control, again; then whatever tells most of the guesses apart. `spent` counts controls already sent.
pub fn next_profile(samples: &[Sample], spent: usize) -> Option<Profile> {
    let first = samples.iter().find(|sample| sample.shows == Some(true))?;
    if spent >= BUDGET {
        return None;
    }
    if let Some(profile) = by_chance(samples) {
        let tried = samples.iter().filter(|sample| alike(&sample.profile, profile)).count();
        return (tried < REPEATS).then(|| profile.clone());
    }
    let tries = |profile: &Profile| samples.iter().filter(|sample| alike(&sample.profile, profile)).count();
    let repeated = samples.iter().any(|sample| sample.shows == Some(true) && tries(&sample.profile) > 1);
    if !repeated {
        return Some(first.profile.clone());
    }
    let control = samples.iter().find(|sample| {
        sample.shows == Some(false)
            && sample.profile.agent == Agent::DesktopChrome
            && sample.profile.arrival == Arrival::Direct
    });
    if let Some(control) = control
        && tries(&control.profile) == 1
    {
        return Some(control.profile.clone());
    }
    most_telling(samples)
}

fn most_telling(samples: &[Sample]) -> Option<Profile> {
    let left: Vec<(Guess, f64)> = guesses()
        .filter(|priced| !samples.iter().any(|sample| priced.guess.contradicted(sample)))
        .map(|priced| (priced.guess, (-priced.price).exp2()))
        .collect();
    let total: f64 = left.iter().map(|(_, weight)| weight).sum();
    let mut chosen: Option<(Profile, f64)> = None;
    for candidate in candidates(samples) {
        let (mut yes, mut no) = (0.0, 0.0);
        for (guess, weight) in &left {
            match guess.fits(&candidate) {
                Some(true) => yes += weight,
                Some(false) => no += weight,
                None => {}
            }
        }
        let gain = f64::min(yes, no) / total;
        if gain >= WORTH && chosen.as_ref().is_none_or(|(_, best)| gain > *best) {
            chosen = Some((candidate, gain));
        }
    }
    chosen.map(|(profile, _)| profile)
}

/// Profiles that differ in one attribute from one that showed it, and were not tried yet.
fn candidates(samples: &[Sample]) -> Vec<Profile> {
    let mut found: Vec<Profile> = Vec::new();
    for sample in samples.iter().filter(|sample| sample.shows == Some(true)) {
        let shown = &sample.profile;
        let spider = shown.agent.class() == AgentClass::Spider;
        let mut push = |profile: Profile| {
            let tried = samples.iter().any(|sample| alike(&sample.profile, &profile));
            if !tried && !found.iter().any(|known| alike(known, &profile)) {
                found.push(named(profile));
            }
        };
        if !spider {
            for arrival in [Arrival::Direct, Arrival::BaiduMobile, Arrival::Google] {
                push(Profile { arrival: arrival_for(shown.agent, arrival), ..shown.clone() });
            }
            push(Profile { cookies: Cookies::Kept, ..shown.clone() });
            push(Profile { language: Some("en-US,en;q=0.9"), ..shown.clone() });
        }
        for agent in [Agent::DesktopChrome, Agent::IphoneSafari, Agent::AndroidChrome, Agent::Wechat] {
            let (cookies, language) = if spider {
                (Cookies::Empty, Profile::by_id("m").and_then(|profile| profile.language))
            } else {
                (shown.cookies, shown.language)
            };
            push(Profile {
                agent,
                arrival: arrival_for(agent, shown.arrival.clone()),
                cookies,
                language,
                ..shown.clone()
            });
        }
        for id in ["s", "g", "s2"] {
            if let Some(profile) = Profile::by_id(id) {
                push(profile);
            }
        }
    }
    found
}

/// A phone comes from the engine's page for phones, a desktop from the other one.
fn arrival_for(agent: Agent, arrival: Arrival) -> Arrival {
    match (agent, arrival) {
        (Agent::DesktopChrome, Arrival::BaiduMobile) => Arrival::Baidu,
        (Agent::AndroidChrome | Agent::IphoneSafari | Agent::Wechat, Arrival::Baidu) => Arrival::BaiduMobile,
        (_, arrival) => arrival,
    }
}

/// A control's name says what it is: `t-iphone-search`, `t-android-none-returning`.
fn named(profile: Profile) -> Profile {
    let agent = match profile.agent {
        Agent::DesktopChrome => "desktop",
        Agent::AndroidChrome => "android",
        Agent::IphoneSafari => "iphone",
        Agent::Wechat => "wechat",
        _ => return profile,
    };
    let from = match profile.arrival {
        Arrival::Direct => "none",
        Arrival::BaiduMobile | Arrival::Baidu => "baidu",
        Arrival::Google => "google",
        _ => "other",
    };
    let jar = if profile.cookies == Cookies::Kept { "-returning" } else { "" };
    let tongue = if profile.language.is_some_and(|tag| !tag.starts_with("zh")) { "-en" } else { "" };
    Profile { id: ProfileId::new(format!("t-{agent}-{from}{jar}{tongue}")), ..profile }
}

#[cfg(test)]
mod tests {
    use super::*;

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

    fn check(expected: &[&str], server: impl Fn(&Profile, usize) -> bool) {
        for ids in [&["m", "d", "s"][..], &["m", "d", "s", "b", "w", "r", "g", "s2"]] {
            let (trigger, spent) = played(ids, &server);
            assert_eq!(trigger.attributes, expected, "{ids:?} {spent} {trigger:?}");
            assert!(trigger.minimal, "{ids:?} {spent} {trigger:?}");
        }
    }

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
    fn gates_of_one_client_are_named_where_that_client_came() {
        let (trigger, _) = played(&["m", "d", "s", "w"], |profile, _| profile.agent == Agent::Wechat);
        assert_eq!(trigger.attributes, ["ua:wechat"]);
        let (trigger, _) = played(&["m", "d", "b", "g"], |profile, _| profile.agent == Agent::GoogleSpider);
        assert_eq!(trigger.attributes, ["ua:spider-google"]);
    }

    #[test]
    fn what_shows_to_everybody_has_no_condition() {
        let (trigger, _) = played(&["m", "d", "s"], |_, _| true);
        assert!(trigger.is_unconditional(), "{trigger:?}");
    }

    #[test]
    fn chance_is_told_as_chance() {
        let (trigger, _) = played(&["m", "d", "s"], |_, visit| visit == 0);
        assert_eq!((trigger.attributes, trigger.minimal, trigger.seen), (vec!["probability"], false, (1, 4)));
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
