//! What every store keeps to, clause by clause.

use jiff::Timestamp;
use serde_json::json;
use url::Url;

use super::Fresh;
use crate::baseline::Baseline;
use crate::finding::{
    Category, Conditions, EvidenceRef, EvidenceRole, Finding, FindingBuilder, Kind, Payload, Severity, State,
};
use crate::id::{Digest, ExchangeId, TargetId, VisitId};
use crate::incident::{Course, Decided, Decision, Happening, Means, PageLook, Seen, Standing};
use crate::store::{Evidence, Filter, Next, PageState, PageVisit, Retention, Visit, open};

const DAY: i64 = 86_400;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + seconds).unwrap()
}

fn page_of(target: &str) -> String {
    format!("http://{target}.test/")
}

fn finding(target: &str, host: &str, seconds: i64) -> Finding {
    let url = Url::parse(&page_of(target)).unwrap();
    FindingBuilder::new(Kind::HiddenLink, &url, host)
        .title("题", "title")
        .explanation("说明", "explanation")
        .remedy("办法", "remedy")
        .seen(at(seconds))
        .exchange(ExchangeId(0))
        .reproduce("curl")
        .verdict(State::Suspected, Severity::Medium, 0.9)
        .payload(Payload {
            category: Some(Category::Gambling),
            urls: vec![format!("http://{host}/")],
            ..Payload::default()
        })
        .conditions(Conditions { profiles: vec!["m".into()], ..Conditions::default() })
        .build()
        .unwrap()
}

/// A visit of the site's home page that saw what is promoted at those hosts.
fn visit(id: &str, target: &str, seconds: i64, hosts: &[&str]) -> Visit {
    let mut visit = Visit::new(VisitId::new(id), TargetId::new(target), at(seconds));
    let findings: Vec<_> = hosts.iter().map(|host| finding(target, host, seconds)).collect();
    let digest = Digest::of(id.as_bytes());
    let kept = EvidenceRef {
        sha256: digest.sha256,
        sm3: digest.sm3,
        role: EvidenceRole::Response,
        at: at(seconds),
        picture: None,
    };
    let evidence =
        findings.iter().map(|finding| Evidence { finding: finding.id.clone(), kept: kept.clone() }).collect();
    visit.pages.push(PageVisit {
        look: PageLook {
            page: page_of(target),
            home: true,
            at: at(seconds),
            rules: "1".to_owned(),
            profiles: vec!["m".into(), "d".into()],
            means: Means::ALL,
            seen: Seen::Judged(findings),
        },
        state: Some(PageState { status: Some(200), ..PageState::new(page_of(target), 0) }),
        evidence,
        folder: Some(format!("evidence/{id}")),
        baseline: None,
    });
    visit
}

/// A baseline that says who decided of it.
fn decided_by(names: &[&str]) -> Baseline {
    let mut baseline = Baseline::default();
    for name in names {
        baseline.reset(name, at(0), "why");
    }
    baseline
}

pub(super) async fn what_a_person_decides_of_a_baseline_outlives_a_visit_under_way(fresh: &Fresh) {
    let (store, site, page) = (&fresh.store, TargetId::new("a"), page_of("a"));
    assert!(store.baselines(&site).await.unwrap().is_empty());
    let learned = Visit {
        pages: vec![of_baseline(visit("1", "a", 0, &[]), decided_by(&[]))],
        ..visit("1", "a", 0, &[])
    };
    store.record(&learned).await.unwrap();
    assert_eq!(store.baselines(&site).await.unwrap(), [(page.clone(), decided_by(&[]))]);
    store.decide_baseline(&site, &page, &decided_by(&["张三"])).await.unwrap();
    // It began before the decision and knows nothing of it.
    let late = Visit {
        pages: vec![of_baseline(visit("2", "a", DAY, &[]), decided_by(&[]))],
        ..visit("2", "a", DAY, &[])
    };
    store.record(&late).await.unwrap();
    assert_eq!(store.baselines(&site).await.unwrap(), [(page, decided_by(&["张三"]))]);
    assert_eq!(store.sites_with_baselines().await.unwrap(), [site]);
    assert!(store.check().await.unwrap().is_sound());
}

/// The page of a visit, with what it taught.
fn of_baseline(visit: Visit, baseline: Baseline) -> PageVisit {
    let page = visit.pages.into_iter().next().unwrap();
    PageVisit { baseline: Some(baseline), ..page }
}

fn names(sites: &[crate::store::SiteState]) -> Vec<&str> {
    sites.iter().map(|site| site.target.as_str()).collect()
}

async fn enrol(fresh: &Fresh, sites: &[(&str, i64)]) {
    let sites: Vec<_> = sites.iter().map(|(name, due)| (TargetId::new(*name), at(*due))).collect();
    fresh.store.enrol(&sites).await.unwrap();
}

pub(super) async fn a_new_store_is_empty_and_sound(fresh: &Fresh) {
    let checked = fresh.store.check().await.unwrap();
    assert!(checked.is_sound(), "{checked:?}");
    assert_eq!(checked.rows.values().sum::<u64>(), 0);
    assert_eq!(fresh.store.backlog(at(0)).await.unwrap().sites, 0);
    assert!(fresh.store.case("nothing").await.unwrap().is_none());
}

pub(super) async fn sites_are_leased_in_order_and_to_one_holder(fresh: &Fresh) {
    enrol(fresh, &[("late", 100), ("early", 10), ("future", 900), ("ahead", 90)]).await;
    fresh.store.reschedule(&"ahead".into(), at(90), true, None).await.unwrap();
    let first = fresh.store.lease(at(100), at(200), "one", 2).await.unwrap();
    assert_eq!(names(&first), ["ahead", "early"]);
    let second = fresh.store.lease(at(100), at(200), "two", 9).await.unwrap();
    assert_eq!(names(&second), ["late"]);
    let backlog = fresh.store.backlog(at(100)).await.unwrap();
    assert_eq!((backlog.sites, backlog.due, backlog.next), (4, 0, Some(at(900))));
    fresh.store.release(&"early".into(), "two").await.unwrap();
    assert!(
        fresh.store.lease(at(100), at(200), "two", 9).await.unwrap().is_empty(),
        "not the holder's to release"
    );
    fresh.store.release(&"early".into(), "one").await.unwrap();
    assert_eq!(names(&fresh.store.lease(at(100), at(200), "two", 9).await.unwrap()), ["early"]);
}

pub(super) async fn a_dead_holder_loses_its_lease_and_cannot_record(fresh: &Fresh) {
    enrol(fresh, &[("a", 0)]).await;
    fresh.store.lease(at(0), at(60), "dead", 1).await.unwrap();
    assert!(fresh.store.renew(&"a".into(), "dead", at(90)).await.unwrap());
    assert!(fresh.store.lease(at(80), at(200), "next", 1).await.unwrap().is_empty());
    assert_eq!(names(&fresh.store.lease(at(90), at(200), "next", 1).await.unwrap()), ["a"]);
    assert!(!fresh.store.renew(&"a".into(), "dead", at(900)).await.unwrap());
    let mut late = visit("v1", "a", 95, &["x.test"]);
    late.holder = Some("dead".to_owned());
    assert!(fresh.store.record(&late).await.unwrap_err().to_string().contains("lease"));
    assert!(
        fresh.store.findings(&Filter::default()).await.unwrap().is_empty(),
        "nothing of it is remembered"
    );
}

pub(super) async fn many_holders_share_out_every_site_once(fresh: &Fresh) {
    let sites: Vec<_> = (0..40).map(|index| (TargetId::new(format!("s{index:02}")), at(0))).collect();
    assert_eq!(fresh.store.enrol(&sites).await.unwrap(), 40);
    let mut tasks = Vec::new();
    for holder in 0..8 {
        let store = std::sync::Arc::clone(&fresh.store);
        tasks.push(tokio::spawn(async move {
            let mut got = Vec::new();
            loop {
                let leased = store.lease(at(1), at(100), &format!("h{holder}"), 3).await.unwrap();
                if leased.is_empty() && store.backlog(at(1)).await.unwrap().due == 0 {
                    return got;
                }
                got.extend(leased.into_iter().map(|site| site.target.to_string()));
            }
        }));
    }
    let mut all = Vec::new();
    for task in tasks {
        all.extend(task.await.unwrap());
    }
    all.sort();
    assert_eq!(all.len(), 40);
    all.dedup();
    assert_eq!(all.len(), 40);
}

pub(super) async fn retired_sites_are_not_due_until_enrolled_again(fresh: &Fresh) {
    enrol(fresh, &[("a", 0), ("b", 0)]).await;
    fresh.store.retire(&["a".into()]).await.unwrap();
    assert_eq!(names(&fresh.store.lease(at(1), at(2), "h", 9).await.unwrap()), ["b"]);
    assert_eq!(names(&fresh.store.sites(None, 9).await.unwrap()), ["b"]);
    assert_eq!(fresh.store.enrol(&[("a".into(), at(5))]).await.unwrap(), 0);
    assert_eq!(names(&fresh.store.sites(None, 9).await.unwrap()), ["a", "b"]);
    assert_eq!(names(&fresh.store.sites(Some(&"a".into()), 9).await.unwrap()), ["b"]);
}

pub(super) async fn a_visit_is_remembered_once(fresh: &Fresh) {
    let visit = visit("v1", "a", 0, &["x.test", "y.test"]);
    let recorded = fresh.store.record(&visit).await.unwrap();
    assert_eq!(recorded.events.len(), 2, "{recorded:?}");
    let again = fresh.store.record(&visit).await.unwrap();
    assert!(again.known && again.events.is_empty());
    let findings = fresh.store.findings(&Filter::default()).await.unwrap();
    assert_eq!(findings.len(), 2);
    assert_eq!(findings[0].evidence.len(), 1);
    assert_eq!(fresh.store.incidents(&Filter::default()).await.unwrap().len(), 1);
    assert_eq!(fresh.store.events(0, 99).await.unwrap().len(), 2);
    assert!(fresh.store.check().await.unwrap().is_sound());
}

pub(super) async fn a_visit_is_told_what_is_known_of_its_findings(fresh: &Fresh) {
    let first = fresh.store.record(&visit("v1", "a", 0, &["x.test"])).await.unwrap();
    assert_eq!((first.sights.len(), first.sights[0].standing), (1, Standing::New));
    let second = fresh.store.record(&visit("v2", "a", DAY, &["x.test", "y.test"])).await.unwrap();
    let incident = &first.sights[0].incident;
    let times: Vec<_> = second.sights.iter().map(|sight| (sight.first_seen, sight.last_seen)).collect();
    assert_eq!(times, [(at(0), at(DAY)), (at(DAY), at(DAY))]);
    assert!(second.sights.iter().all(|sight| sight.incident == *incident), "{:?}", second.sights);
    let again = fresh.store.record(&visit("v2", "a", DAY, &["x.test", "y.test"])).await.unwrap();
    assert_eq!(again.sights, second.sights, "a visit that is known already is told the same");
}

pub(super) async fn evidence_of_what_nobody_saw_is_refused(fresh: &Fresh) {
    let mut stray = visit("v1", "a", 0, &["x.test"]);
    let mut piece = stray.pages[0].evidence[0].clone();
    piece.finding = finding("a", "other.test", 0).id;
    stray.pages[0].evidence.push(piece.clone());
    let refused = fresh.store.record(&stray).await.unwrap_err().to_string();
    assert!(refused.contains(piece.finding.as_str()), "{refused}");
    assert!(fresh.store.findings(&Filter::default()).await.unwrap().is_empty(), "nothing is remembered");
    fresh.store.record(&visit("v1", "a", 0, &["x.test"])).await.unwrap();
    let mut unchanged = visit("v2", "a", DAY, &["x.test"]);
    unchanged.pages[0].look.seen = Seen::Unchanged;
    fresh.store.record(&unchanged).await.unwrap();
    let known = fresh.store.findings(&Filter::default()).await.unwrap();
    assert_eq!(known[0].evidence.len(), 2, "evidence of what is known on the page is kept");
}

pub(super) async fn visits_of_one_site_follow_each_other(fresh: &Fresh) {
    let visits = (0..12).map(|index| visit(&format!("v{index:02}"), "nobody-enrolled", index, &["x.test"]));
    let tasks: Vec<_> = visits
        .map(|visit| {
            let store = std::sync::Arc::clone(&fresh.store);
            tokio::spawn(async move { store.record(&visit).await.unwrap().events.len() })
        })
        .collect();
    let mut opened = 0;
    for task in tasks {
        opened += task.await.unwrap();
    }
    assert_eq!(opened, 1, "the incident is raised once, whoever comes first");
    assert_eq!(fresh.store.incidents(&Filter::default()).await.unwrap().len(), 1);
    assert!(fresh.store.check().await.unwrap().is_sound());
}

pub(super) async fn a_visit_sets_the_next_due_time(fresh: &Fresh) {
    enrol(fresh, &[("a", 0)]).await;
    fresh.store.lease(at(0), at(60), "h", 1).await.unwrap();
    let mut visit = visit("v1", "a", 5, &[]);
    visit.holder = Some("h".to_owned());
    visit.next = Some(Next { due: at(DAY), schedule: json!({"failures": 0}) });
    fresh.store.record(&visit).await.unwrap();
    let site = fresh.store.site(&"a".into()).await.unwrap().unwrap();
    assert_eq!((site.due, site.lease, site.visited), (Some(at(DAY)), None, Some(at(5))));
    assert_eq!(site.schedule, json!({"failures": 0}));
}

pub(super) async fn an_incident_is_followed_over_visits(fresh: &Fresh) {
    let hour = 3600;
    let steps: [(i64, &[&str], &[Happening]); 6] = [
        (0, &[], &[]),
        (hour, &["x.test"], &[Happening::Opened]),
        (2 * hour, &["x.test"], &[]),
        (3 * hour, &[], &[Happening::Cleared]),
        (4 * hour, &[], &[Happening::Rectified]),
        (9 * hour, &["x.test"], &[Happening::Reopened]),
    ];
    for (seconds, hosts, expected) in steps {
        let recorded = fresh.store.record(&visit(&format!("v{seconds}"), "a", seconds, hosts)).await.unwrap();
        let happened: Vec<_> = recorded.events.iter().map(|event| event.what).collect();
        assert_eq!(happened, expected, "at {seconds}");
        if seconds == 3 * hour {
            let due = fresh.store.rechecks(at(4 * hour), 9).await.unwrap();
            assert_eq!(due.len(), 1);
            assert!(fresh.store.rechecks(at(3 * hour + 60), 9).await.unwrap().is_empty());
        }
    }
    let finding = finding("a", "x.test", 0).id;
    let case = fresh.store.case(finding.as_str()).await.unwrap().unwrap();
    assert_eq!(case.incident.course, Course::Active);
    assert_eq!(case.incident.last_clean_before, Some(at(0)));
    assert_eq!(case.findings[0].tracked.spells.len(), 2);
    assert_eq!(case.events.len(), 4);
    assert_eq!(case.findings[0].evidence.len(), 2, "of the first and the last sight");
    assert_eq!(fresh.store.case(case.incident.id.as_str()).await.unwrap().unwrap().incident, case.incident);
}

pub(super) async fn pages_keep_their_state_when_a_visit_says_nothing(fresh: &Fresh) {
    fresh.store.record(&visit("v1", "a", 0, &[])).await.unwrap();
    let mut second = visit("v2", "a", 60, &[]);
    second.pages[0].state = None;
    fresh.store.record(&second).await.unwrap();
    let pages = fresh.store.pages(&"a".into()).await.unwrap();
    assert_eq!(pages.len(), 1);
    assert_eq!(pages[0].status, Some(200));
}

pub(super) async fn decisions_survive_visits(fresh: &Fresh) {
    fresh.store.record(&visit("v1", "a", 0, &["x.test"])).await.unwrap();
    let incident = fresh.store.incidents(&Filter::default()).await.unwrap().remove(0);
    let decision = Decision {
        incident: incident.id.clone(),
        what: Decided::Dismiss,
        who: "李".to_owned(),
        at: at(10),
        why: "单位自有合作页面".to_owned(),
        until: Some(at(30 * DAY)),
    };
    fresh.store.decide(&decision).await.unwrap();
    for day in 1..4 {
        let visit = visit(&format!("d{day}"), "a", day * DAY, &["x.test"]);
        assert!(fresh.store.record(&visit).await.unwrap().events.is_empty());
    }
    let case = fresh.store.case(incident.id.as_str()).await.unwrap().unwrap();
    assert_eq!(case.decisions, std::slice::from_ref(&decision));
    assert_eq!(case.incident.standing(&case.decisions, at(4 * DAY)), Standing::Dismissed);
    let unknown = Decision { incident: "nothing".into(), ..decision };
    assert!(fresh.store.decide(&unknown).await.is_err());
}

pub(super) async fn events_are_read_on_from_a_number(fresh: &Fresh) {
    for (index, target) in ["a", "b", "c"].iter().enumerate() {
        fresh.store.record(&visit(&format!("v{index}"), target, 0, &["x.test"])).await.unwrap();
    }
    let first = fresh.store.events(0, 2).await.unwrap();
    assert_eq!(first.len(), 2);
    let rest = fresh.store.events(first[1].number, 9).await.unwrap();
    assert_eq!(rest.len(), 1);
    assert_eq!(rest[0].target.as_str(), "c");
    assert_eq!(rest[0].event.visit, Some("v2".into()));
}

pub(super) async fn findings_are_filtered(fresh: &Fresh) {
    fresh.store.record(&visit("v1", "a", 0, &["x.test"])).await.unwrap();
    fresh.store.record(&visit("v2", "b", DAY, &["x.test", "y.test"])).await.unwrap();
    fresh.store.record(&visit("v3", "a", DAY, &[])).await.unwrap();
    let count = async |filter: Filter| fresh.store.findings(&filter).await.unwrap().len();
    assert_eq!(count(Filter::default()).await, 3);
    assert_eq!(count(Filter { target: Some("a".into()), ..Filter::default() }).await, 1);
    assert_eq!(count(Filter { open: true, ..Filter::default() }).await, 2);
    assert_eq!(count(Filter { since: Some(at(60)), ..Filter::default() }).await, 2);
    assert_eq!(count(Filter { limit: 1, ..Filter::default() }).await, 1);
    assert_eq!(fresh.store.incidents(&Filter { open: true, ..Filter::default() }).await.unwrap().len(), 2);
}

pub(super) async fn healthy_evidence_ages_out_and_that_of_findings_stays(fresh: &Fresh) {
    let keep = Retention { healthy_days: 7, visit_days: 30 };
    fresh.store.record(&visit("clean", "a", 0, &[])).await.unwrap();
    for day in 1..4 {
        fresh.store.record(&visit(&format!("bad{day}"), "a", day * DAY, &["x.test"])).await.unwrap();
    }
    assert!(fresh.store.expired(at(6 * DAY), &keep, 9).await.unwrap().is_empty());
    let gone = fresh.store.expired(at(40 * DAY), &keep, 9).await.unwrap();
    let folders: Vec<_> = gone.iter().map(|expired| expired.folder.as_str()).collect();
    assert_eq!(folders, ["evidence/clean", "evidence/bad2"], "first and last sight stay");
    assert_eq!(fresh.store.forget(&gone, at(40 * DAY), &keep).await.unwrap(), 3);
    assert!(fresh.store.expired(at(40 * DAY), &keep, 9).await.unwrap().is_empty());
    let checked = fresh.store.check().await.unwrap();
    assert!(checked.is_sound(), "{checked:?}");
    assert_eq!(checked.rows["visits"], 3);
}

pub(super) async fn a_finding_without_evidence_is_told_by_the_check(fresh: &Fresh) {
    let mut bare = visit("v1", "a", 0, &["x.test"]);
    bare.pages[0].evidence.clear();
    fresh.store.record(&bare).await.unwrap();
    let checked = fresh.store.check().await.unwrap();
    assert_eq!(checked.without_evidence, [finding("a", "x.test", 0).id]);
}

pub(super) async fn values_are_set_and_read(fresh: &Fresh) {
    assert_eq!(fresh.store.value("alerts.mail").await.unwrap(), None);
    fresh.store.set_value("alerts.mail", "7").await.unwrap();
    fresh.store.set_value("alerts.mail", "8").await.unwrap();
    assert_eq!(fresh.store.value("alerts.mail").await.unwrap().as_deref(), Some("8"));
}

pub(super) async fn it_opens_again_with_everything_in_it(fresh: &Fresh) {
    fresh.store.record(&visit("v1", "a", 0, &["x.test"])).await.unwrap();
    let again = open(&fresh.address).await.unwrap();
    assert_eq!(again.findings(&Filter::default()).await.unwrap().len(), 1);
    assert!(again.record(&visit("v1", "a", 0, &["x.test"])).await.unwrap().known);
}

pub(super) async fn visits_are_read_the_latest_first(fresh: &Fresh) {
    let mut blocked = visit("v1", "a", 0, &[]);
    blocked.not_assessed.push(crate::finding::NotAssessed {
        url: "http://a.test/x".to_owned(),
        reason: crate::finding::Reason::Robots,
        detail: crate::lang::Bilingual::new("不许", "forbidden"),
    });
    fresh.store.record(&blocked).await.unwrap();
    fresh.store.record(&visit("v2", "b", 60, &["x.test"])).await.unwrap();
    let ids = |visits: &[crate::store::VisitFacts]| -> Vec<String> {
        visits.iter().map(|visit| visit.id.to_string()).collect()
    };
    let all = fresh.store.visits(None, None, 9).await.unwrap();
    assert_eq!(ids(&all), ["v2", "v1"]);
    assert_eq!((all[0].findings, all[1].not_assessed.len()), (1, 1));
    assert_eq!(ids(&fresh.store.visits(Some(&"a".into()), None, 9).await.unwrap()), ["v1"]);
    assert_eq!(ids(&fresh.store.visits(None, Some(at(30)), 9).await.unwrap()), ["v2"]);
    assert_eq!(fresh.store.visits(None, None, 1).await.unwrap().len(), 1);
}

pub(super) async fn the_last_visit_of_each_site_is_known(fresh: &Fresh) {
    for (id, site, seconds) in [("v1", "a", 0), ("v2", "a", 60), ("v3", "b", 30), ("v4", "a", 20)] {
        fresh.store.record(&visit(id, site, seconds, &[])).await.unwrap();
    }
    let mut asked: Vec<TargetId> = (0..1200).map(|number| TargetId::new(format!("s{number}"))).collect();
    asked.extend(["a".into(), "b".into(), "it's".into()]);
    let last = fresh.store.last_visits(&asked).await.unwrap();
    assert_eq!(last, [("a".into(), at(60)), ("b".into(), at(30))].into());
    assert!(fresh.store.last_visits(&[]).await.unwrap().is_empty());
}
