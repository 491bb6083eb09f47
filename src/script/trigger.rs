//! The smallest condition under which scripts do something, found by runs that change one attribute at a time.
//!
//! Delta debugging over the attributes that the scripts asked for: each is set to what makes an ordinary visitor of
//! it, and stays so as long as the deed still shows. What is left is needed, as each was proven so. Then each is
//! narrowed: which clients, which referrers, which hours, how often.

use std::cell::RefCell;
use std::collections::BTreeSet;

use jiff::ToSpan as _;
use jiff::civil::{DateTime, date};

use super::behaviour::{Attribute, Behaviour, Ending, Memory};
use super::compiled::Shelf;
use super::deed::{Deed, Moment, deeds};
use super::engine::{Budget, Document, GESTURES, Resources, run_again};
use super::visitor::{Client, Remembers, Visitor};

/// Runs spent on one page's conditions.
const RUNS: usize = 160;
/// Delays below this are not worth a word, in milliseconds.
const DELAY_MS: f64 = 3_000.0;
/// Runs by which a chance is estimated.
const DRAWS: u32 = 32;

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
    pub(super) budget: Budget,
    shelf: &'a Shelf,
    known: RefCell<Vec<(Setting, Option<Vec<Moment>>)>>,
    asked: RefCell<BTreeSet<Attribute>>,
}

impl<'a> Lab<'a> {
    pub(super) fn new(
        document: &'a Document,
        resources: &'a Resources,
        budget: Budget,
        shelf: &'a Shelf,
    ) -> Self {
        Self { document, resources, budget, shelf, known: RefCell::default(), asked: RefCell::default() }
    }

    /// Whether the deed shows under that setting; `None` where no run could tell.
    fn shows(&self, setting: &Setting, deed: &Deed) -> Option<bool> {
        let has = |moments: &Vec<Moment>| moments.iter().any(|moment| moment.deed.is_like(deed));
        if let Some((_, known)) = self.known.borrow().iter().find(|(known, _)| known == setting) {
            return known.as_ref().map(has);
        }
        if self.known.borrow().len() >= RUNS {
            return None;
        }
        let behaviour = run_again(
            self.document,
            &setting.visitor,
            &setting.memory,
            self.resources,
            self.budget,
            self.shelf,
        );
        let moments = (behaviour.ending != Ending::OutOfTime).then(|| deeds(&behaviour));
        let shows = moments.as_ref().map(has);
        self.asked.borrow_mut().extend(&behaviour.asked);
        self.known.borrow_mut().push((setting.clone(), moments));
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
        let Some(changed) = changed(&setting, *part, &seen.memory) else { continue };
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
fn changed(setting: &Setting, part: Part, left: &Memory) -> Option<Setting> {
    let mut next = setting.clone();
    let visitor = &mut next.visitor;
    match part {
        Part::Client => {
            visitor.client = if visitor.client.is_phone() { Client::Desktop } else { Client::Android };
        }
        Part::Referrer => {
            visitor.referrer = if visitor.referrer.is_empty() { "https://m.baidu.com/" } else { "" };
        }
        Part::Clock => visitor.at = if visitor.at == morning() { night() } else { morning() },
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

fn morning() -> DateTime {
    date(2026, 11, 17).at(10, 0, 0, 0)
}

fn night() -> DateTime {
    date(2026, 11, 20).at(23, 30, 0, 0)
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
            trigger.hours = (0..24)
                .filter(|hour| with(&|visitor| visitor.at = day.date().at(*hour, 30, 0, 0)))
                .filter_map(|hour| u8::try_from(hour).ok())
                .collect();
            let days: Vec<bool> = (0..7i64)
                .map(|later| with(&|visitor| visitor.at = day.checked_add(later.days()).unwrap_or(day)))
                .collect();
            clock(&trigger.hours, &days, day)
        }
        Part::Random => {
            let drawn = (1..=DRAWS).filter(|seed| with(&|visitor| visitor.seed = seed * 7919)).count();
            let drawn = f64::from(u32::try_from(drawn).unwrap_or(DRAWS)) / f64::from(DRAWS);
            trigger.probability =
                Some(threshold(setting, drawn, &|random| with(&|visitor| visitor.random = random)));
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

/// The chance below or above which it happens, if a single bound explains what was drawn; else what was drawn.
fn threshold(setting: &Setting, drawn: f64, shows: &dyn Fn(f64) -> bool) -> f64 {
    let below = setting.visitor.random < 0.5;
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..7 {
        let middle = f64::midpoint(low, high);
        if shows(middle) == below { low = middle } else { high = middle }
    }
    let bound = f64::midpoint(low, high);
    let chance = if below { bound } else { 1.0 - bound };
    let chance = if (chance - drawn).abs() < 0.2 { chance } else { drawn };
    (chance * 100.0).round() / 100.0
}
