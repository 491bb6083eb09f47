//! The smallest condition under which scripts do something, found by runs that change one attribute at a time.
//!
//! Delta debugging over the attributes that the scripts asked for: each is set to what makes an ordinary visitor of
//! it, and stays so as long as the deed still shows. What is left is needed, as each was proven so. Then each is
//! narrowed: which clients, which referrers, which hours, how often.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use jiff::ToSpan as _;
use jiff::civil::{Date, DateTime};

use super::behaviour::{Attribute, Behaviour, Ending, Memory};
use super::deed::{Deed, Moment, deeds};
use super::engine::{Document, GESTURES, Resources, Round, Terms, run_again};
use super::observe::cannot_differ;
use super::visitor::{Client, Remembers, Visitor, morning, night};

/// Runs spent on one page's conditions.
const RUNS: usize = 160;
/// Delays below this are not worth a word, in milliseconds.
const DELAY_MS: f64 = 3_000.0;
/// Runs by which a chance is estimated where no bound explains it.
const DRAWS: u32 = 32;
/// Runs by which a bound is put to the proof.
const FEW_DRAWS: u32 = 10;

/// Every word that conditions of scripts are told in, one for each that holds a number.
pub fn vocabulary() -> impl Iterator<Item = String> {
    let gestures = GESTURES.iter().chain(&["press"]).map(|gesture| format!("gesture:{gesture}"));
    WORDS.iter().map(|&word| word.to_owned()).chain(gestures)
}

const WORDS: &[&str] = &[
    "cookie:first-visit",
    "cookie:returning",
    "accept-language:zh",
    "delay:8s",
    "opener",
    "opener:none",
    "probability",
    "referer:any",
    "referer:baidu",
    "referer:google",
    "referer:none",
    "referer:search",
    "region:440100",
    "region:none",
    "time:21-06",
    "time:date",
    "time:hours",
    "time:weekend",
    "time:workday",
    "ua:android",
    "ua:browser",
    "ua:desktop",
    "ua:iphone",
    "ua:mobile",
    "ua:mobile-browser",
    "ua:some",
    "ua:spider",
    "ua:wechat",
    "zone:china",
];

/// Whether a word stands in the vocabulary, numbers aside.
fn is_word(word: &str) -> bool {
    let shape =
        |word: &str| word.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect::<String>();
    WORDS.iter().any(|known| shape(known) == shape(word))
}

/// The smallest condition.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Trigger {
    /// In the words of `conditions.shows`; empty: always.
    pub shows: Vec<String>,
    /// Whether every attribute was proven to be needed.
    pub minimal: bool,
    /// How often it happens, where chance decides.
    pub probability: Option<f64>,
    /// The local hours at which it happens, where the clock decides.
    pub hours: Vec<u8>,
}

/// A visitor and what its browser remembers.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Setting {
    pub(super) visitor: Visitor,
    pub(super) memory: Memory,
}

/// Runs one page under any setting, each setting once.
pub(super) struct Lab<'a> {
    pub(super) document: &'a Document,
    pub(super) resources: &'a Resources,
    pub(super) terms: Terms,
    round: &'a Round,
    known: RefCell<Vec<Known>>,
    runs: Cell<usize>,
    asked: RefCell<BTreeSet<Attribute>>,
}

/// What a visitor met.
struct Known {
    setting: Setting,
    asked: BTreeSet<Attribute>,
    /// `None` where its run did not come to its end.
    moments: Option<Vec<Moment>>,
}

impl Known {
    fn of(setting: &Setting, behaviour: &Behaviour) -> Self {
        let whole = behaviour.ending != Ending::OutOfTime;
        Self {
            setting: setting.clone(),
            asked: behaviour.asked.clone(),
            moments: whole.then(|| deeds(behaviour)),
        }
    }
}

impl<'a> Lab<'a> {
    pub(super) fn new(
        document: &'a Document,
        resources: &'a Resources,
        terms: Terms,
        round: &'a Round,
        seen: &[(Setting, Behaviour)],
    ) -> Self {
        let known = seen.iter().map(|(setting, behaviour)| Known::of(setting, behaviour)).collect();
        let (known, asked) = (RefCell::new(known), RefCell::default());
        Self { document, resources, terms, round, known, runs: Cell::new(0), asked }
    }

    /// Whether the deed shows under that setting; `None` where no run could tell.
    fn shows(&self, setting: &Setting, deed: &Deed) -> Option<bool> {
        let has = |moments: &Vec<Moment>| moments.iter().any(|moment| moment.deed.is_like(deed));
        let same = |known: &&Known| cannot_differ(&known.setting, setting, &known.asked);
        if let Some(known) = self.known.borrow().iter().find(same) {
            self.asked.borrow_mut().extend(&known.asked);
            return known.moments.as_ref().map(has);
        }
        if self.runs.get() >= RUNS {
            return None;
        }
        self.runs.set(self.runs.get() + 1);
        let behaviour = run_again(
            self.document,
            &setting.visitor,
            &setting.memory,
            self.resources,
            self.terms.time,
            self.round,
        );
        let known = Known::of(setting, &behaviour);
        let shows = known.moments.as_ref().map(has);
        self.asked.borrow_mut().extend(&behaviour.asked);
        self.known.borrow_mut().push(known);
        shows
    }
}

/// What can be set differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Client,
    Referrer,
    Clock,
    Random,
    Memory,
    Language,
    Zone,
    Region,
    Opener,
}

/// The attributes that each part answers for.
const PARTS: &[(Part, &[Attribute])] = &[
    (Part::Client, &[Attribute::Agent, Attribute::Screen]),
    (Part::Referrer, &[Attribute::Referrer]),
    (Part::Memory, &[Attribute::Cookie, Attribute::Storage]),
    (Part::Clock, &[Attribute::Clock]),
    (Part::Random, &[Attribute::Random]),
    (Part::Language, &[Attribute::Language]),
    (Part::Zone, &[Attribute::Zone]),
    (Part::Region, &[Attribute::Region]),
    (Part::Opener, &[Attribute::Opener]),
];

/// Names the smallest condition of a deed that showed in a run of that setting.
pub(super) fn explain(lab: &Lab<'_>, start: &Setting, seen: &Behaviour, moment: &Moment) -> Trigger {
    let deed = &moment.deed;
    let mut setting = start.clone();
    let mut needed = Vec::new();
    let mut certain = seen.ending != Ending::OutOfTime;
    // What one run never came to ask for, the next one may: a second round sees to it.
    let mut tried = Vec::new();
    for (part, attributes) in PARTS.iter().chain(PARTS) {
        let asked = |one: &Attribute| seen.asked.contains(one) || lab.asked.borrow().contains(one);
        if tried.contains(part) || !attributes.iter().any(asked) && !needs_a_look(*part, &setting, deed) {
            continue;
        }
        tried.push(*part);
        let Some(changed) = changed(&setting, *part, &seen.memory, lab.terms.day) else { continue };
        match lab.shows(&changed, deed) {
            Some(true) => setting = changed,
            Some(false) => needed.push(*part),
            None => certain = false,
        }
    }
    // Scripts that only spare spiders show to every browser.
    let mut spider = setting.clone();
    spider.visitor.client = Client::Spider;
    if tried.contains(&Part::Client)
        && !needed.contains(&Part::Client)
        && lab.shows(&spider, deed) == Some(false)
    {
        needed.insert(0, Part::Client);
    }
    let mut trigger = Trigger { minimal: certain, ..Trigger::default() };
    for part in needed {
        narrow(lab, &setting, deed, part, &mut trigger);
    }
    trigger.shows.extend(timing(moment));
    trigger
}

/// The gesture that sets it off, or how long it waits.
pub(super) fn timing(moment: &Moment) -> Vec<String> {
    match &moment.gesture {
        Some(gesture) => vec![format!("gesture:{gesture}")],
        None if moment.at_ms >= DELAY_MS && !matches!(moment.deed, Deed::Frame { .. }) => {
            vec![format!("delay:{:.0}s", (moment.at_ms / 1000.0).round())]
        }
        None => Vec::new(),
    }
}

/// What scripts need not ask for to depend on it.
fn needs_a_look(part: Part, setting: &Setting, deed: &Deed) -> bool {
    part == Part::Opener && setting.visitor.opener && !matches!(deed, Deed::Opener { .. })
}

/// The setting with one part as another visitor has it; `None` where there is nothing to change.
fn changed(setting: &Setting, part: Part, left: &Memory, day: Date) -> Option<Setting> {
    let mut next = setting.clone();
    let visitor = &mut next.visitor;
    match part {
        Part::Client => {
            visitor.client = if visitor.client.is_phone() { Client::Desktop } else { Client::Android };
        }
        Part::Referrer => {
            visitor.referrer = if visitor.referrer.is_empty() { "https://m.baidu.com/" } else { "" };
        }
        Part::Clock => {
            visitor.at = if visitor.at == morning(day) { night(day) } else { morning(day) };
        }
        Part::Random => visitor.random = if visitor.random < 0.5 { 0.999 } else { 0.0 },
        Part::Memory if visitor.remembers == Remembers::Nothing => {
            visitor.remembers = Remembers::FirstVisit;
            next.memory = left.clone();
        }
        Part::Memory => {
            visitor.remembers = Remembers::Nothing;
            next.memory = Memory::default();
        }
        Part::Language => visitor.language = "en-US",
        Part::Zone => visitor.zone = -480,
        Part::Region => {
            visitor.city = match visitor.city {
                None => super::visitor::CITIES.first().copied(),
                Some(_) => None,
            };
        }
        Part::Opener => visitor.opener = !visitor.opener,
    }
    (next != *setting).then_some(next)
}

/// Says in words what of a needed part is needed.
fn narrow(lab: &Lab<'_>, setting: &Setting, deed: &Deed, part: Part, trigger: &mut Trigger) {
    let with = |change: &dyn Fn(&mut Visitor)| {
        let mut next = setting.clone();
        change(&mut next.visitor);
        lab.shows(&next, deed) == Some(true)
    };
    let word = match part {
        Part::Client => client(&|client| with(&|visitor| visitor.client = client)),
        Part::Referrer => referrer(setting, &|referrer| with(&|visitor| visitor.referrer = referrer)),
        Part::Memory => match setting.visitor.remembers {
            Remembers::Nothing => "cookie:first-visit".to_owned(),
            _ => "cookie:returning".to_owned(),
        },
        Part::Clock => {
            let day = setting.visitor.at;
            let at = |hour: i8| with(&|visitor| visitor.at = day.date().at(hour % 24, 30, 0, 0));
            trigger.hours = hours(&at);
            let days: Vec<bool> = match trigger.hours.len() {
                24 => (0..7i64)
                    .map(|later| with(&|visitor| visitor.at = day.checked_add(later.days()).unwrap_or(day)))
                    .collect(),
                _ => Vec::new(),
            };
            clock(&trigger.hours, &days, day)
        }
        Part::Random => {
            let draw = |seed: u32| with(&|visitor| visitor.seed = seed * 7919);
            let fixed = |random| with(&|visitor| visitor.random = random);
            trigger.probability = Some(chance(setting, &draw, &fixed));
            "probability".to_owned()
        }
        Part::Language => "accept-language:zh".to_owned(),
        Part::Zone => "zone:china".to_owned(),
        Part::Region => {
            setting.visitor.city.map_or("region:none".to_owned(), |city| format!("region:{}", city.code))
        }
        Part::Opener => if setting.visitor.opener { "opener" } else { "opener:none" }.to_owned(),
    };
    debug_assert!(is_word(&word), "{word} stands in no vocabulary");
    trigger.shows.push(word);
}

/// Which clients meet it.
fn client(shows: &dyn Fn(Client) -> bool) -> String {
    let [android, iphone, wechat, desktop, spider] =
        [Client::Android, Client::Iphone, Client::Wechat, Client::Desktop, Client::Spider].map(shows);
    match (android, iphone, wechat, desktop, spider) {
        (_, _, _, true, false) if android || iphone => "ua:browser",
        (true, true, true, false, _) | (true, false, true, true, _) => "ua:mobile",
        (true, true, false, false, _) => "ua:mobile-browser",
        (true, false, _, false, _) => "ua:android",
        (false, true, _, false, _) => "ua:iphone",
        (false, false, true, false, _) => "ua:wechat",
        (false, false, false, true, _) => "ua:desktop",
        (false, false, false, false, true) => "ua:spider",
        _ => "ua:some",
    }
    .to_owned()
}

/// Which referrers bring it.
fn referrer(setting: &Setting, shows: &dyn Fn(&'static str) -> bool) -> String {
    if setting.visitor.referrer.is_empty() {
        return "referer:none".to_owned();
    }
    if shows("https://www.example.test/") {
        return "referer:any".to_owned();
    }
    let engines =
        ["https://www.baidu.com/", "https://www.sogou.com/", "https://www.so.com/", "https://m.sm.cn/"];
    let google = shows("https://www.google.com/");
    let [baidu, others @ ..] = engines.map(shows);
    let others = others.into_iter().filter(|shows| *shows).count();
    match (baidu || shows("https://m.baidu.com/"), others, google) {
        (true, 0, false) => "referer:baidu",
        (false, 0, true) => "referer:google",
        _ => "referer:search",
    }
    .to_owned()
}

/// Hours and days in one word: `time:21-06`, `time:weekend`, `time:workday`.
fn clock(hours: &[u8], days: &[bool], day: DateTime) -> String {
    if hours.len() == 24 {
        let weekend = |later: usize| {
            let later = i64::try_from(later).unwrap_or(0).days();
            day.checked_add(later).is_ok_and(|day| day.weekday().to_monday_one_offset() > 5)
        };
        let all = |wanted: bool| (0..days.len()).all(|later| days[later] == (weekend(later) == wanted));
        return if all(true) {
            "time:weekend"
        } else if all(false) {
            "time:workday"
        } else {
            "time:date"
        }
        .to_owned();
    }
    let shows = |hour: u8| hours.contains(&(hour % 24));
    let starts: Vec<u8> = (0..24).filter(|&hour| shows(hour) && !shows(hour + 23)).collect();
    match starts.as_slice() {
        [start] => {
            let length = (1..24).find(|more| !shows(start + more)).unwrap_or(24);
            format!("time:{start:02}-{:02}", (start + length) % 24)
        }
        _ => "time:hours".to_owned(),
    }
}

/// The hours at which it happens: every other hour is tried, and those between two that differ.
fn hours(shows: &dyn Fn(i8) -> bool) -> Vec<u8> {
    let even: Vec<bool> = (0..12).map(|half| shows(half * 2)).collect();
    let odd = |half: usize| match (even[half], even[(half + 1) % 12]) {
        (one, other) if one == other => one,
        _ => shows(i8::try_from(half * 2 + 1).unwrap_or(0)),
    };
    let both = (0..12).flat_map(|half| [even[half], odd(half)]);
    both.zip(0..).filter(|(shows, _)| *shows).map(|(_, hour)| hour).collect()
}

/// How often it happens: the bound of the drawn number below or above which it does, where a single bound explains what
/// draws by chance came to; else what these came to.
fn chance(setting: &Setting, draw: &dyn Fn(u32) -> bool, fixed: &dyn Fn(f64) -> bool) -> f64 {
    let below = setting.visitor.random < 0.5;
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..7 {
        let middle = f64::midpoint(low, high);
        if fixed(middle) == below { low = middle } else { high = middle }
    }
    let bound = f64::midpoint(low, high);
    let bound = if below { bound } else { 1.0 - bound };
    let share = |draws: u32| {
        let drawn = (1..=draws).filter(|seed| draw(*seed)).count();
        f64::from(u32::try_from(drawn).unwrap_or(draws)) / f64::from(draws)
    };
    let explained = |drawn: f64, within: f64| (bound - drawn).abs() < within;
    let drawn = if explained(share(FEW_DRAWS), 0.25) { bound } else { share(DRAWS) };
    let chance = if explained(drawn, 0.2) { bound } else { drawn };
    (chance * 100.0).round() / 100.0
}
