//! The schedule by its promises: never in a forbidden window, nobody forgotten, no stampede, the budget kept.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::plan::{Known, spread};
use super::*;
use crate::target::cadence::Window;
use crate::target::hours::Hours;

fn zone() -> TimeZone {
    TimeZone::fixed(jiff::tz::offset(8))
}

fn now() -> Timestamp {
    "2026-11-26T04:00:00Z".parse().unwrap()
}

fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

/// A rhythm of a site that may be visited at any time, or in hours.
fn rhythm<'a>(name: &'a str, period: i64, hours: &'a Hours, zone: &'a TimeZone) -> Rhythm<'a> {
    Rhythm { name, period: SignedDuration::from_hours(period), cadence: None, hours, zone }
}

/// Admitted hours as written in a registry.
fn open(windows: &[&str], avoid: &[&str]) -> Hours {
    let read = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect::<Vec<Window>>();
    Hours::of(&read(windows), &read(avoid))
}

/// What is known after so many visits, the last of which failed since a time.
fn remembered(visits: u64, failures: u32, since: Option<Timestamp>) -> Memory {
    let mut memory = Memory::default();
    (memory.visits, memory.failures, memory.failing_since) = (visits, failures, since);
    memory
}

/// The visits of a site to come, every one of which meets somebody and takes a minute.
fn visits(rhythm: &Rhythm<'_>, from: Timestamp, count: u64) -> Vec<Timestamp> {
    let mut memory = Memory::default();
    let mut at = from;
    (0..count)
        .map(|number| {
            memory.visits = number;
            at = next_due(rhythm, &memory, at + SignedDuration::from_mins(1));
            at
        })
        .collect()
}

fn came(at: Timestamp, answered: bool) -> Came {
    Came { at, answered, requests: 20, incidents: 0, infected: false }
}

#[test]
fn a_failing_site_is_retried_soon_then_seldom_and_comes_back() {
    let (always, zone) = (Hours::default(), zone());
    let rhythm = rhythm("a", 24, &always, &zone);
    let mut memory = Memory::default();
    let mut at = now();
    let mut waits = Vec::new();
    for _ in 0..18 {
        memory = memory.after(came(at, false));
        let next = next_due(&rhythm, &memory, at);
        waits.push(next.duration_since(at).as_mins());
        at = next;
    }
    assert!((13..=15).contains(&waits[0]) && waits[3] > 100, "{waits:?}");
    assert!(memory.is_dead(at) && *waits.last().unwrap() > 6 * 1440, "{waits:?}");
    memory = memory.after(came(at, true));
    assert!(!memory.is_dead(at) && next_due(&rhythm, &memory, at).duration_since(at) <= hours(24));
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
    let (always, zone) = (Hours::default(), zone());
    let rhythm = rhythm("a", 24, &always, &zone);
    let due: Vec<_> = (0..1000).map(|rank| catch_up(&rhythm, rank, 1000, now(), hours(1))).collect();
    let in_first_minute =
        due.iter().filter(|at| at.duration_since(now()) < SignedDuration::from_mins(1)).count();
    assert!(in_first_minute <= 17 && due.is_sorted() && due[999].duration_since(now()) < hours(1));
}

#[test]
fn sites_registered_together_do_not_stay_together() {
    let (always, zone) = (Hours::default(), zone());
    let names: Vec<String> = (0..10_000).map(|number| format!("site{number}")).collect();
    let mut minutes = std::collections::BTreeMap::new();
    for name in &names {
        let rhythm = rhythm(name, 24, &always, &zone);
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
        fixed: false,
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
fn what_the_dead_give_up_goes_to_the_living() {
    let living = known(20.0, 1.0, 0.1);
    let dead = Known {
        hazard: 0.0,
        cost: 2.0,
        soonest: hours(7 * 24),
        latest: hours(7 * 24),
        fixed: true,
        ..living.clone()
    };
    let alone = spread(&[living.clone(), living.clone()], Some(60.0));
    let beside = spread(&[living, dead], Some(60.0));
    assert_eq!(beside.shares[1].period, hours(7 * 24));
    let ratio = alone.shares[0].period.as_secs_f64() / beside.shares[0].period.as_secs_f64();
    assert!((1.97..2.0).contains(&ratio) && beside.delay == beside.shares[0].delay, "{beside:?}");
}

#[test]
fn a_cron_expression_is_kept_to_its_times_whatever_the_budget() {
    let zone = zone();
    let cadence: crate::target::cadence::Cadence = "0 3 * * 1".parse().unwrap();
    for (windows, from, to) in [
        (&[][..], "03:00", "03:10"),
        (&["02:00-03:05"], "03:00", "03:05"),
        (&["05:00-07:00"], "05:00", "07:00"),
    ] {
        let hours = open(windows, &[]);
        let rhythm = Rhythm { cadence: Some(&cadence), ..rhythm("site", 7 * 24, &hours, &zone) };
        let all = visits(&rhythm, now(), 60);
        let (from, to): (jiff::civil::Time, jiff::civil::Time) = (from.parse().unwrap(), to.parse().unwrap());
        for (before, at) in std::iter::once(now()).chain(all.iter().copied()).zip(&all) {
            let shown = at.to_zoned_datetime(zone.clone());
            assert_eq!(shown.weekday(), jiff::civil::Weekday::Monday);
            assert!(
                from <= shown.time()
                    && shown.time() < to
                    && at.duration_since(before) < SignedDuration::from_hours(170),
                "{at}"
            );
        }
        let failed = remembered(3, 1, Some(now()));
        assert!(next_due(&rhythm, &failed, all[0]).duration_since(all[0]) < SignedDuration::from_hours(26));
    }
}

#[test]
fn an_opening_is_no_stampede_neither_at_first_nor_in_time() {
    // Two hours on workdays, a night, and office hours avoided: 1000 sites each, held back together, then for 40 visits.
    let zone = zone();
    for (hours, period, most) in [
        (open(&["mon-fri 09:00-11:00"], &[]), 24, 0.04),
        (open(&["22:00-06:00"], &[]), 24, 0.02),
        (open(&["22:00-06:00"], &[]), 36, 0.03),
        (open(&["mon 09:00-11:00"], &[]), 7 * 24, 0.04),
    ] {
        let mut first = [0; 1440];
        let mut last = [0; 1440];
        for number in 0..1000 {
            let name = format!("site{number}");
            let rhythm = rhythm(&name, period, &hours, &zone);
            let minute = |at: Timestamp| {
                let shown = zone.to_datetime(at);
                usize::try_from(60 * i64::from(shown.hour()) + i64::from(shown.minute())).unwrap()
            };
            let held = put_off(&rhythm, &Memory::default(), now()).unwrap();
            first[minute(held)] += 1;
            last[minute(*visits(&rhythm, held, 40).last().unwrap())] += 1;
        }
        for minutes in [first, last] {
            let most_a_minute = f64::from(*minutes.iter().max().unwrap()) / 1000.0;
            assert!(most_a_minute < most, "{period} {hours:?}: {most_a_minute} in one minute");
        }
    }
}

#[test]
fn who_is_visited_often_does_not_wait_for_the_end_of_an_opening() {
    let (night, zone) = (open(&["22:00-06:00"], &[]), zone());
    let begin: Timestamp = "2026-11-26T14:00:00Z".parse().unwrap();
    for number in 0..100 {
        let name = format!("site{number}");
        let rhythm = rhythm(&name, 1, &night, &zone);
        let at = put_off(&rhythm, &Memory::default(), now()).unwrap();
        assert!(at >= begin && at.duration_since(begin) < hours(1), "{at}");
    }
}

#[test]
fn times_left_by_a_wrong_clock_are_pulled_in_and_others_left_alone() {
    let zone = zone();
    let weekly: crate::target::cadence::Cadence = "0 3 * * 1".parse().unwrap();
    let (always, night) = (Hours::default(), open(&["22:00-06:00"], &[]));
    let year = SignedDuration::from_hours(365 * 24);
    for (cadence, hours_open, period) in
        [(None, &always, 24), (None, &night, 24), (Some(&weekly), &night, 7 * 24), (None, &night, 1)]
    {
        let rhythm = Rhythm { cadence, ..rhythm("site", period, hours_open, &zone) };
        let mut memory = Memory::default();
        for visits in 0..200 {
            memory.visits = visits;
            let due = next_due(&rhythm, &memory, now());
            assert_eq!(pulled_in(&rhythm, &memory, due, now()), None, "{due}");
            let in_time = pulled_in(&rhythm, &memory, due + year, now()).unwrap();
            assert!(
                in_time >= now() && in_time.duration_since(now()) < hours(8 * 24) && rhythm.admits(in_time)
            );
            assert_eq!(pulled_in(&rhythm, &memory, in_time, now()), None);
        }
    }
    // Failures of a time that is still to come do not keep a site alive for ever.
    let ahead = Memory::default().after(came(now() + year, false));
    assert_eq!(ahead.after(came(now(), false)).failing_since, Some(now()));
    let watched = Memory::default().after(came(now(), true)).after(came(now() + year * 10, true));
    assert!(watched.exposure <= 1.0);
}

#[test]
fn what_hours_make_of_a_plan_is_reckoned_in() {
    let zone = zone();
    let kinds = [Hours::default(), open(&["22:00-06:00"], &[]), open(&[], &["工作日 09:00-11:00"])];
    let sites: Vec<_> = (0..2000_u16).map(|number| known(10.0 + f64::from(number % 50), 1.0, 0.1)).collect();
    let before = spread(&sites, Some(400_000.0));
    let rhythms: Vec<_> = (0..2000).map(|number| rhythm("x", 24, &kinds[number % 3], &zone)).collect();
    let plan = super::plan::spread_in_hours(&sites, &rhythms, Some(400_000.0), now());
    assert!(plan.shares[1].delay > before.shares[1].delay * 2, "{:?} {:?}", plan.shares[1], before.shares[1]);
    assert!(plan.shares[0].delay < before.shares[0].delay, "the budget of closed hours is shared out again");
    assert!((plan.requests / before.requests - 1.0).abs() < 0.01, "{} {}", plan.requests, before.requests);
    assert!(plan.delay < plan.uniform_delay, "{:?} {:?}", plan.delay, plan.uniform_delay);
}

#[test]
fn a_budget_that_the_demanded_cadences_exceed_is_told() {
    let plan = spread(&[known(900.0, 1.0, 0.1)], Some(10.0));
    assert!(plan.over_budget && plan.shares[0].period == hours(30 * 24));
}

/// Windows as units write them, from which cases are drawn.
const WINDOWS: &[&str] = &[
    "20:00-08:00",
    "22:00-06:00",
    "mon-fri 09:00-11:00",
    "sat,sun 00:00-24:00",
    "00:00-24:00",
    "mon 03:00-03:30",
    "12:00-13:00",
];
const AVOIDED: &[&str] =
    &["工作日 22:00-23:30", "mon-fri 09:00-11:00", "14:00-16:00", "sun 00:00-24:00", "03:10-03:20"];

fn some_hours() -> impl Strategy<Value = Hours> {
    let windows = prop::sample::subsequence(WINDOWS, 0..3);
    let avoid = prop::sample::subsequence(AVOIDED, 0..3);
    (windows, avoid).prop_map(|(windows, avoid)| open(&windows, &avoid))
}

fn some_time() -> impl Strategy<Value = Timestamp> {
    (0_i64..400 * 86_400).prop_map(|second| now() + SignedDuration::from_secs(second))
}

proptest! {
    #[test]
    fn a_due_time_is_admitted_and_after_the_visit(
        name in "[a-z]{1,12}", minutes in 1_i64..20_000, visits in 0_u64..50, failures in 0_u32..9,
        hours in some_hours(), cron in prop::option::of(prop::sample::select(vec!["0 3 * * 1", "*/7 * * * *", "30 12 * * *"])), ended in some_time(),
    ) {
        let zone = zone();
        let cadence = cron.map(|text| text.parse().unwrap());
        let period = SignedDuration::from_mins(minutes);
        let rhythm = Rhythm { name: &name, period, cadence: cadence.as_ref(), hours: &hours, zone: &zone };
        let since = Some(ended - SignedDuration::from_hours(200));
        let memory = remembered(visits, failures, since.filter(|_| failures > 0));
        let all = [
            next_due(&rhythm, &memory, ended),
            first_due(&rhythm, ended),
            catch_up(&rhythm, 3, 10, ended, period),
            put_off(&rhythm, &memory, ended).unwrap_or(ended),
            pulled_in(&rhythm, &memory, Timestamp::MAX, ended).unwrap(),
        ];
        for due in all {
            prop_assert!(hours.is_never() || rhythm.admits(due), "{due} {all:?}");
            prop_assert!(due >= ended && due.duration_since(ended) < period * 2 + SignedDuration::from_hours(16 * 24), "{due}");
        }
        prop_assert!(all[0] > ended);
    }

    #[test]
    fn the_cadence_is_the_longest_time_between_visits_where_hours_allow_it(
        name in "[a-z]{1,12}", minutes in 1_i64..20_000, visits in 0_u64..50, hours in some_hours(), ended in some_time(),
    ) {
        let zone = zone();
        let period = SignedDuration::from_mins(minutes);
        let cadence = Some(crate::target::cadence::Cadence::Every(period));
        let rhythm = Rhythm { name: &name, period, cadence: cadence.as_ref(), hours: &hours, zone: &zone };
        let memory = remembered(visits, 0, None);
        let gap = next_due(&rhythm, &memory, ended).duration_since(ended);
        // A visit in the earlier half would not spare the next one.
        let allowed = hours.from(ended + period / 2, &zone).is_some_and(|opening| opening.start <= ended + period);
        prop_assert!(!allowed || gap <= period, "{gap:?} {period:?}");
    }

    #[test]
    fn more_failures_never_bring_a_site_sooner(name in "[a-z]{1,12}", minutes in 1_i64..20_000, failures in 1_u32..40, days in 0_i64..9, ended in some_time()) {
        let (always, zone) = (Hours::default(), zone());
        let rhythm = Rhythm { period: SignedDuration::from_mins(minutes), ..rhythm(&name, 1, &always, &zone) };
        let fewer = remembered(1, failures, Some(ended - hours(24 * days)));
        let more = remembered(1, failures + 1, fewer.failing_since);
        prop_assert!(next_due(&rhythm, &fewer, ended) <= next_due(&rhythm, &more, ended));
    }

    #[test]
    fn the_ends_of_time_break_nothing(name in "[a-z]{1,3}", failures in 0_u32..99, hours in some_hours()) {
        let zone = zone();
        let rhythm = rhythm(&name, 24, &hours, &zone);
        let memory = remembered(1, failures, Some(Timestamp::MAX));
        for at in [Timestamp::MIN, Timestamp::UNIX_EPOCH, Timestamp::MAX] {
            let _ = (next_due(&rhythm, &memory, at), first_due(&rhythm, at), put_off(&rhythm, &memory, at));
            let _ = (pulled_in(&rhythm, &memory, Timestamp::MIN, at), catch_up(&rhythm, 1, 2, at, SignedDuration::MAX));
        }
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
