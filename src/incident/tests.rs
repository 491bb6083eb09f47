//! Incidents over visits.

use jiff::{SignedDuration, Timestamp};
use url::Url;

use super::*;
use crate::finding::{Conditions, FindingBuilder, Payload, Severity, State};
use crate::id::ExchangeId;

const HOUR: i64 = 3600;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + seconds).unwrap()
}

fn finding(kind: Kind, page: &str, host: &str) -> Finding {
    let url = Url::parse(page).unwrap();
    FindingBuilder::new(kind, &url, host)
        .title("题", "title")
        .explanation("说明", "explanation")
        .remedy("办法", "remedy")
        .seen(at(0))
        .exchange(ExchangeId(0))
        .reproduce("curl")
        .verdict(State::Suspected, Severity::Medium, 0.9)
        .payload(Payload {
            category: Some(Category::Gambling),
            urls: vec![format!("http://{host}/x")],
            ..Payload::default()
        })
        .conditions(Conditions { profiles: vec!["m".into()], ..Conditions::default() })
        .build()
        .unwrap()
}

const HOME: &str = "http://www.a.test/";

/// A site with its ledger, visited at given seconds.
struct Site {
    ledger: Ledger,
    visits: usize,
}

impl Site {
    fn new() -> Self {
        Self { ledger: Ledger::default(), visits: 0 }
    }

    fn visit(&mut self, seconds: i64, page: &str, profiles: &[&str], seen: Seen) -> Vec<Happening> {
        self.visit_with(Means::ALL, seconds, page, profiles, seen)
    }

    fn visit_with(
        &mut self,
        means: Means,
        seconds: i64,
        page: &str,
        profiles: &[&str],
        seen: Seen,
    ) -> Vec<Happening> {
        self.visits += 1;
        let look = PageLook {
            page: page.to_owned(),
            home: page == HOME,
            at: at(seconds),
            rules: "1".to_owned(),
            profiles: profiles.iter().map(|&profile| profile.into()).collect(),
            means,
            seen,
        };
        let visit = VisitId::new(format!("v{}", self.visits));
        let events = self.ledger.take(&"a".into(), &visit, &[look]);
        events.into_iter().map(|event| event.what).collect()
    }

    fn sees(&mut self, seconds: i64, findings: &[Finding]) -> Vec<Happening> {
        self.visit(seconds, HOME, &["m", "d"], Seen::Judged(findings.to_vec()))
    }

    fn only(&self) -> &Incident {
        assert_eq!(self.ledger.incidents.len(), 1);
        &self.ledger.incidents[0]
    }
}

#[test]
fn links_words_and_redirects_of_one_intruder_are_one_incident() {
    let mut site = Site::new();
    let home = finding(Kind::HiddenLink, HOME, "one.test");
    assert_eq!(site.sees(0, std::slice::from_ref(&home)), [Happening::Opened]);
    let more = [
        home.clone(),
        finding(Kind::IllicitRedirect, HOME, "one.test"),
        finding(Kind::HiddenLink, HOME, "two.test"),
    ];
    assert_eq!(site.sees(HOUR, &more), [Happening::Grown]);
    let deep = finding(Kind::InjectedKeywords, "http://www.a.test/news/", "three.test");
    site.visit(2 * HOUR, "http://www.a.test/news/", &["m"], Seen::Judged(vec![deep]));
    assert_eq!(site.only().kinds.len(), 3);
    assert_eq!(site.only().hosts.len(), 3);
}

#[test]
fn a_mark_and_an_intruder_are_two_incidents() {
    let mut site = Site::new();
    let mut mark = finding(Kind::MissingIcpMark, HOME, "none.test");
    mark.payload = Payload::default();
    site.sees(0, &[finding(Kind::HiddenLink, HOME, "one.test"), mark]);
    assert_eq!(site.ledger.incidents.len(), 2);
}

#[test]
fn the_same_finding_again_raises_nothing() {
    let mut site = Site::new();
    let home = finding(Kind::HiddenLink, HOME, "one.test");
    site.sees(0, std::slice::from_ref(&home));
    assert_eq!(site.sees(HOUR, std::slice::from_ref(&home)), []);
    let tracked = &site.ledger.tracked[0];
    assert_eq!((tracked.finding.first_seen, tracked.finding.last_seen), (at(0), at(HOUR)));
}

#[test]
fn clean_before_and_after_are_kept() {
    let mut site = Site::new();
    let home = finding(Kind::HiddenLink, HOME, "one.test");
    site.sees(0, &[]);
    site.sees(HOUR, std::slice::from_ref(&home));
    site.sees(3 * HOUR, std::slice::from_ref(&home));
    assert_eq!(site.sees(4 * HOUR, &[]), [Happening::Cleared]);
    let spell = site.ledger.tracked[0].spells[0];
    assert_eq!((spell.last_clean_before, spell.first_clean_after), (Some(at(0)), Some(at(4 * HOUR))));
    assert_eq!((spell.least_minutes(), spell.most_minutes()), (120, Some(240)));
    assert_eq!(site.only().last_clean_before, Some(at(0)));
    assert_eq!(site.only().first_clean_after, Some(at(4 * HOUR)));
}

#[test]
fn it_is_rectified_at_the_second_clean_look_and_reopened_when_it_returns() {
    let mut site = Site::new();
    let home = finding(Kind::HiddenLink, HOME, "one.test");
    site.sees(0, std::slice::from_ref(&home));
    assert_eq!(site.sees(HOUR, &[]), [Happening::Cleared]);
    assert_eq!(site.only().next_recheck, Some(at(2 * HOUR)));
    assert_eq!(site.sees(HOUR + 60, &[]), [], "a minute later is no second look");
    assert_eq!(site.sees(2 * HOUR, &[]), [Happening::Rectified]);
    assert_eq!(site.only().standing(&[], at(2 * HOUR)), Standing::Rectified);
    assert_eq!(site.sees(9 * HOUR, std::slice::from_ref(&home)), [Happening::Reopened]);
    assert_eq!(site.only().standing(&[], at(9 * HOUR)), Standing::Reopened);
    let spells = &site.ledger.tracked[0].spells;
    assert_eq!(spells.len(), 2);
    assert_eq!(spells[1].last_clean_before, Some(at(2 * HOUR)));
}

#[test]
fn what_could_not_be_looked_at_is_not_clean() {
    let mut site = Site::new();
    let home = finding(Kind::HiddenLink, HOME, "one.test");
    site.sees(0, std::slice::from_ref(&home));
    assert_eq!(site.visit(HOUR, HOME, &[], Seen::NotAssessed), []);
    assert_eq!(site.visit(HOUR, HOME, &["d"], Seen::Judged(Vec::new())), [], "another profile never saw it");
    assert_eq!(site.visit(HOUR, "http://www.a.test/other", &["m"], Seen::Judged(Vec::new())), []);
    assert!(site.ledger.tracked[0].present);
    assert_eq!(site.only().course, Course::Active);
}

#[test]
fn unchanged_bytes_show_what_they_showed() {
    let mut site = Site::new();
    let home = finding(Kind::HiddenLink, HOME, "one.test");
    site.sees(0, std::slice::from_ref(&home));
    site.visit(HOUR, HOME, &["m"], Seen::Unchanged);
    assert_eq!(site.ledger.tracked[0].spells[0].last_seen, at(HOUR));
    assert_eq!(site.only().last_seen, at(HOUR));
}

#[test]
fn a_look_under_older_rules_is_no_clean_look() {
    let mut site = Site::new();
    site.sees(0, &[]);
    let look = PageLook {
        page: HOME.to_owned(),
        home: true,
        at: at(HOUR),
        rules: "2".to_owned(),
        profiles: vec!["m".into()],
        means: Means::ALL,
        seen: Seen::Judged(vec![finding(Kind::HiddenLink, HOME, "one.test")]),
    };
    site.ledger.take(&"a".into(), &"v".into(), &[look]);
    assert_eq!(site.only().last_clean_before, None);
}

fn decision(incident: &IncidentId, what: Decided, seconds: i64, until: Option<i64>) -> Decision {
    let why = "已核实".to_owned();
    Decision {
        incident: incident.clone(),
        what,
        who: "王".to_owned(),
        at: at(seconds),
        why,
        until: until.map(at),
    }
}

#[test]
fn a_dismissal_holds_until_its_end_and_hides_nothing_new() {
    let mut site = Site::new();
    let home = finding(Kind::HiddenLink, HOME, "one.test");
    site.sees(0, std::slice::from_ref(&home));
    let id = site.only().id.clone();
    site.ledger.decisions.push(decision(&id, Decided::Dismiss, 60, Some(5 * HOUR)));
    let standing =
        |site: &Site, seconds| site.ledger.incidents[0].standing(&site.ledger.decisions, at(seconds));
    assert_eq!(standing(&site, HOUR), Standing::Dismissed);
    assert_eq!(standing(&site, 5 * HOUR), Standing::New);
    assert_eq!(
        site.sees(HOUR, &[home.clone(), finding(Kind::Cloaking, HOME, "one.test")]),
        [Happening::Grown]
    );
    assert_eq!(
        site.sees(2 * HOUR, &[home, finding(Kind::HiddenLink, HOME, "new.test")]),
        [Happening::Opened]
    );
}

#[test]
fn the_last_decision_counts_and_notes_do_not() {
    let mut site = Site::new();
    site.sees(0, &[finding(Kind::HiddenLink, HOME, "one.test")]);
    let id = site.only().id.clone();
    let decisions = [
        decision(&id, Decided::Confirm, 60, None),
        decision(&id, Decided::Notify, 120, None),
        decision(&id, Decided::Note, 180, None),
    ];
    assert_eq!(site.only().standing(&decisions[..1], at(HOUR)), Standing::Confirmed);
    assert_eq!(site.only().standing(&decisions, at(HOUR)), Standing::Notified);
}

#[test]
fn a_dismissal_that_holds_nothing_back_is_told() {
    let mut site = Site::new();
    site.sees(0, &[finding(Kind::HiddenLink, HOME, "one.test")]);
    let id = site.only().id.clone();
    let decisions = [decision(&id, Decided::Dismiss, 60, Some(9 * HOUR))];
    let told = |site: &Site, now| {
        let all = Suppression::all(&decisions, &site.ledger.incidents, now);
        all.iter().map(|one| (one.needed, one.over)).collect::<Vec<_>>()
    };
    assert_eq!(told(&site, at(HOUR)), [(true, false)]);
    site.sees(HOUR, &[]);
    assert_eq!(told(&site, at(10 * HOUR)), [(false, true)]);
}

#[test]
fn an_incident_keeps_its_name_when_the_visit_is_taken_again() {
    let name = || {
        let mut site = Site::new();
        site.sees(0, &[finding(Kind::HiddenLink, HOME, "one.test")]);
        site.only().id.clone()
    };
    assert_eq!(name(), name());
    assert!(RECTIFIED_AFTER > SignedDuration::ZERO);
}

#[test]
fn a_look_with_less_at_hand_says_nothing_of_what_needs_more() {
    let (all, none) =
        (Means::ALL, Means { landings: false, missing_path: false, exposures: false, settled: false });
    let plain = finding(Kind::HiddenLink, HOME, "one.test");
    let mut led = plain.clone();
    led.payload.landing = Some("http://casino.test/".to_owned());
    let mut missing = plain.clone();
    missing.conditions.shows = vec!["path:not-found".to_owned()];
    for (seen, had, then, gone) in [
        (&plain, all, all, true),
        (&plain, Means { settled: false, ..all }, none, true),
        (&plain, all, Means { landings: false, missing_path: false, ..all }, true),
        (&plain, all, Means { settled: false, ..all }, false),
        (&led, all, Means { landings: false, ..all }, false),
        (&led, all, Means { missing_path: false, ..all }, true),
        (&missing, all, Means { missing_path: false, ..all }, false),
        (&missing, all, Means { landings: false, ..all }, true),
    ] {
        let mut site = Site::new();
        site.visit_with(had, 0, HOME, &["m"], Seen::Judged(vec![seen.clone()]));
        let happened = site.visit_with(then, HOUR, HOME, &["m"], Seen::Judged(Vec::new()));
        assert_eq!(happened == [Happening::Cleared], gone, "{had:?} then {then:?}: {happened:?}");
    }
}

#[test]
fn a_clean_look_with_less_at_hand_is_no_bound() {
    let mut site = Site::new();
    let poor = Means { settled: false, ..Means::ALL };
    site.visit_with(poor, 0, HOME, &["m"], Seen::Judged(Vec::new()));
    site.sees(HOUR, &[finding(Kind::HiddenLink, HOME, "one.test")]);
    assert_eq!(site.only().last_clean_before, None);
}
