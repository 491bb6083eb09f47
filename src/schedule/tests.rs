//! The schedule by its promises: never in a forbidden window, nobody forgotten, no stampede, the budget kept.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::plan::{Known, spread};
use super::*;
use crate::target::cadence::Window;

fn zone() -> TimeZone {
    TimeZone::fixed(jiff::tz::offset(8))
}

fn now() -> Timestamp {
    "2026-11-26T04:00:00Z".parse().unwrap()
}

fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

fn came(at: Timestamp, answered: bool) -> Came {
    Came { at, answered, requests: 20, incidents: 0, infected: false }
}

#[test]
fn a_failing_site_is_retried_soon_then_seldom_and_comes_back() {
    let zone = zone();
    let rhythm = Rhythm { name: "a", period: hours(24), windows: &[], avoid: &[], zone: &zone };
    let mut memory = Memory::default();
    let mut at = now();
    let mut waits = Vec::new();
    for _ in 0..18 {
        memory = memory.after(came(at, false));
        let next = next_due(&rhythm, &memory, at);
        waits.push(next.duration_since(at).as_mins());
        at = next;
    }
    assert!(waits[0] <= 17 && waits[3] > 100, "{waits:?}");
    assert!(memory.is_dead(at) && *waits.last().unwrap() > 6 * 1440, "{waits:?}");
    memory = memory.after(came(at, true));
    assert!(!memory.is_dead(at) && next_due(&rhythm, &memory, at).duration_since(at) < hours(28));
}

#[test]
fn what_the_store_kept_is_read_or_learned_anew() {
    let memory = Memory::default().after(came(now(), true));
    assert_eq!(Memory::read(&memory.write()), memory);
    for broken in ["null", "[]", "{\"version\":99}", "{\"version\":1,\"failures\":-1}"] {
        assert_eq!(Memory::read(&serde_json::from_str(broken).unwrap()), Memory::default(), "{broken}");
    }
}

#[test]
fn a_thousand_overdue_sites_are_spread_over_the_span() {
    let due: Vec<_> = (0..1000).map(|rank| catch_up(rank, 1000, now(), hours(1))).collect();
    let in_first_minute =
        due.iter().filter(|at| at.duration_since(now()) < SignedDuration::from_mins(1)).count();
    assert!(in_first_minute <= 17 && due.is_sorted() && due[999].duration_since(now()) < hours(1));
}

#[test]
fn sites_registered_together_do_not_stay_together() {
    let zone = zone();
    let names: Vec<String> = (0..10_000).map(|number| format!("site{number}")).collect();
    let mut minutes = std::collections::BTreeMap::new();
    for name in &names {
        let rhythm = Rhythm { name, period: hours(24), windows: &[], avoid: &[], zone: &zone };
        *minutes.entry(first_due(&rhythm, now()).as_second() / 60).or_insert(0) += 1;
    }
    assert!(*minutes.values().max().unwrap() < 30, "about 7 a minute are expected");
}

fn known(cost: f64, weight: f64, hazard: f64) -> Known {
    Known {
        site: "x".into(),
        cost,
        weight,
        hazard,
        soonest: SignedDuration::from_mins(30),
        latest: hours(30 * 24),
    }
}

#[test]
fn a_site_four_times_as_endangered_is_visited_twice_as_often() {
    let plan = spread(&[known(20.0, 1.0, 0.1), known(20.0, 1.0, 0.4)], Some(60.0));
    let ratio = plan.shares[0].period.as_secs_f64() / plan.shares[1].period.as_secs_f64();
    assert!((ratio - 2.0).abs() < 1e-6, "{plan:?}");
    assert!((plan.requests - 60.0).abs() < 1e-3 && plan.delay < plan.uniform_delay, "{plan:?}");
}

#[test]
fn a_budget_that_the_demanded_cadences_exceed_is_told() {
    let plan = spread(&[known(900.0, 1.0, 0.1)], Some(10.0));
    assert!(plan.over_budget && plan.shares[0].period == hours(30 * 24));
}

proptest! {
    #[test]
    fn a_visit_never_falls_into_a_forbidden_window(name in "[a-z]{1,12}", period in 1_i64..200, visits in 0_u64..50) {
        let zone = zone();
        let windows: [Window; 1] = ["20:00-08:00".parse().unwrap()];
        let avoid: [Window; 1] = ["工作日 22:00-23:30".parse().unwrap()];
        let rhythm = Rhythm { name: &name, period: hours(period), windows: &windows, avoid: &avoid, zone: &zone };
        let mut memory = Memory::default();
        memory.visits = visits;
        let due = next_due(&rhythm, &memory, now());
        let at = due.to_zoned_datetime(zone.clone());
        prop_assert!(windows[0].holds(&at) && !avoid[0].holds(&at), "{at}");
        prop_assert!(due > now() && due.duration_since(now()) < hours(period) * 2 + hours(24));
    }

    #[test]
    fn the_budget_is_kept_and_never_worse_than_uniform(
        sites in prop::collection::vec((1.0..200.0_f64, 0.5..6.0_f64, 0.01..2.0_f64), 1..60),
        budget in 10.0..1e6_f64,
    ) {
        let sites: Vec<_> = sites.into_iter().map(|(cost, weight, hazard)| known(cost, weight, hazard)).collect();
        let plan = spread(&sites, Some(budget));
        if !plan.over_budget {
            prop_assert!(plan.requests <= budget * 1.000_001);
            let bounds = SignedDuration::from_mins(30)..=hours(30 * 24);
            if bounds.contains(&plan.uniform_period) {
                prop_assert!(plan.delay.as_secs_f64() <= plan.uniform_delay.as_secs_f64() * 1.000_1 + 1.0);
            }
        }
        for (site, share) in sites.iter().zip(&plan.shares) {
            prop_assert!(share.period >= site.soonest && share.period <= site.latest + SignedDuration::from_secs(1));
        }
    }
}
