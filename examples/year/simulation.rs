//! A year of patrol without network and clock: sites are infected, die and are visited as the schedule says, twice nobody
//! patrols, and hazards are learned from what is seen.
//!
//! Every site is infected at many moments, so that a mean needs no thousand years; they are only watched. What the
//! schedule learns from are infections as seldom as the hazard of the site says.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use xuncha::schedule::plan::{Known, Plan, Reckoned, spread_in_hours};
use xuncha::schedule::{Came, DEAD, Memory, Rhythm, SOONEST, catch_up, first_due, next_due, prior};
use xuncha::target::OperatorKind;
use xuncha::target::cadence::Cadence;
use xuncha::target::hours::Hours;

/// What is simulated.
pub(crate) struct Setup {
    /// Sites.
    pub sites: u64,
    /// Requests a day.
    pub budget: f64,
    /// Moments of infection a site whose delay is watched.
    pub watched: u32,
    /// Begins the random numbers.
    pub seed: u64,
}

/// How periods are set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rule {
    /// By the plan.
    SquareRoot,
    /// Every living site equally often, with as many requests; cron times are kept.
    Uniform,
}

/// What came of a year; times in hours, weighted by what an infection weighs and how often it happens in truth.
#[derive(Debug, Default)]
pub(crate) struct Year {
    /// From infection to first look by the plan, what downtimes add included.
    pub expected: f64,
    /// The same without downtimes.
    pub undisturbed: f64,
    /// From infection to first look as it happened.
    pub simulated: f64,
    /// What the first plan expects, by true hazards.
    pub first_plan: f64,
    /// What the last plan expects, by what was learned until then.
    pub last_plan: f64,
    /// Visits made.
    pub visits: u64,
    /// Those that began outside of admitted hours.
    pub outside: u64,
    /// Requests a day, those for dead sites included.
    pub requests: f64,
}

/// A site and what is known of it.
struct Site {
    name: String,
    kind: OperatorKind,
    weight: f64,
    hazard: f64,
    cost: f64,
    cadence: Cadence,
    hours: Hours,
    dies: Timestamp,
    memory: Memory,
    due: Timestamp,
    period: SignedDuration,
    watched: Vec<Timestamp>,
    infections: Vec<Timestamp>,
}

const DAYS: i64 = 365;
/// Days after which the plan is made anew.
const PLANNED: i64 = 28;
/// The days on which nobody patrols for some hours.
const DOWN: [(i64, i64); 2] = [(100, 60), (250, 9)];
/// What a patrol takes for a visit, and how many it makes at the same time.
const A_VISIT: SignedDuration = SignedDuration::from_secs(20);
const AT_ONCE: usize = 32;

/// Simulates a year.
pub(crate) fn year(setup: &Setup, rule: Rule) -> Year {
    let begin: Timestamp = "2026-01-01T00:00:00Z".parse().expect("a time");
    let zone = TimeZone::fixed(jiff::tz::offset(8));
    let mut dice = Dice(setup.seed);
    let mut sites: Vec<Site> =
        (0..setup.sites).map(|number| site(number, setup.watched, begin, &mut dice)).collect();
    for site in &mut sites {
        site.due = first_due(&site.rhythm(&zone), begin);
    }
    let mut year = Year::default();
    // What was expected and what was added by downtimes, times hours; the stakes, times hours; delays and looks.
    let (mut expected, mut added, mut stakes, mut waited, mut looks) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for (from, to, is_down) in spans(begin) {
        let plan = plan(&sites, setup.budget, rule, &zone, from);
        let (mut delay, mut stake) = (0.0, 0.0);
        for (site, share) in sites.iter().zip(&plan.shares) {
            delay += site.stake(from) * hours(share.delay);
            stake += site.stake(from);
        }
        let span = hours(to.duration_since(from));
        expected += delay * span;
        stakes += stake * span;
        if from == begin {
            year.first_plan = delay / stake;
        }
        year.last_plan = delay / stake;
        if is_down {
            added += resume(&mut sites, &plan, to, &zone);
            continue;
        }
        for (site, share) in sites.iter_mut().zip(&plan.shares) {
            site.period = share.period;
            let (delays, seen) = site.visit_until(to, &zone, &mut year);
            waited += site.weight * site.hazard * delays;
            looks += site.weight * site.hazard * seen;
        }
    }
    year.undisturbed = expected / stakes;
    year.expected = (expected + added) / stakes;
    year.simulated = waited / looks;
    #[expect(clippy::cast_precision_loss, reason = "days of a year")]
    let days = DAYS as f64;
    year.requests /= days;
    year
}

/// Spans at whose beginning the plan is made anew, cut by the downtimes.
fn spans(begin: Timestamp) -> Vec<(Timestamp, Timestamp, bool)> {
    let at = |hour: i64| begin + SignedDuration::from_hours(hour);
    let down = DOWN.map(|(day, hours)| (day * 24, day * 24 + hours));
    let plans = (0..=DAYS / PLANNED).map(|plan| plan * PLANNED * 24).chain([DAYS * 24]);
    // A downtime is one span, whatever would begin in it.
    let plans = plans.filter(|hour| !down.iter().any(|(from, to)| from < hour && hour < to));
    let mut cuts: Vec<i64> = plans.chain(down.iter().flat_map(|(from, to)| [*from, *to])).collect();
    cuts.sort_unstable();
    cuts.dedup();
    let is_down = |hour: i64| down.iter().any(|(from, to)| (*from..*to).contains(&hour));
    cuts.windows(2).map(|cut| (at(cut[0]), at(cut[1]), is_down(cut[0]))).collect()
}

/// The plan by what is known at a time. By the other rule all shares have the period of uniform visiting.
fn plan(sites: &[Site], budget: f64, rule: Rule, zone: &TimeZone, now: Timestamp) -> Plan {
    let known: Vec<Known> = sites.iter().map(|site| site.known(now)).collect();
    let rhythms: Vec<_> = sites.iter().map(|site| site.rhythm(zone)).collect();
    let mut plan = spread_in_hours(&known, &rhythms, Some(budget), now);
    if rule == Rule::Uniform {
        let (mut reckoned, period) = (Reckoned::new(now), plan.uniform_period);
        for ((share, rhythm), site) in plan.shares.iter_mut().zip(&rhythms).zip(&known) {
            if !site.fixed {
                share.period = period;
                share.delay = reckoned.gaps(&Rhythm { period, ..*rhythm }).delay;
            }
        }
    }
    plan
}

/// The missed sites after a downtime get their new due times, the most pressing first. Gives what that adds to delays: a gap
/// that grows by `r` adds `r` times its own length, of which half on average had passed, and half of `r`².
fn resume(sites: &mut [Site], plan: &Plan, now: Timestamp, zone: &TimeZone) -> f64 {
    let mut missed: Vec<usize> = (0..sites.len()).filter(|number| sites[*number].due < now).collect();
    let urgency = |number: &usize| {
        let site = &sites[*number];
        let since = site.memory.looked.map_or(0.0, |at| hours(now.duration_since(at)));
        site.weight * site.known(now).hazard * since
    };
    missed.sort_by(|one, other| urgency(other).total_cmp(&urgency(one)));
    let count = missed.len();
    let rounds = i32::try_from(count / AT_ONCE).expect("few rounds");
    let mut added = 0.0;
    for (rank, number) in missed.into_iter().enumerate() {
        let due = catch_up(&sites[number].rhythm(zone), rank, count, now, A_VISIT * rounds);
        let later = hours(due.duration_since(sites[number].due));
        added += sites[number].stake(now) * (hours(plan.shares[number].delay) * later + later * later / 2.0);
        sites[number].due = due;
    }
    added
}

/// A site with a kind, a weight, hours and a history of its own.
fn site(number: u64, watched: u32, begin: Timestamp, dice: &mut Dice) -> Site {
    let kind = OperatorKind::ALL[dice.below(OperatorKind::ALL.len())];
    let at = |hour: f64| begin + SignedDuration::from_secs_f64(hour * 3600.0);
    #[expect(clippy::cast_precision_loss, reason = "hours of a year")]
    let all = (DAYS * 24) as f64;
    // Sites of one kind differ: a third is in danger three times as often, a third a third as often.
    let hazard = prior::hazard(kind) * [1.0 / 3.0, 1.0, 3.0][dice.below(3)];
    let (windows, avoid): (&[&str], &[&str]) = match dice.below(20) {
        0..4 => (&["22:00-06:00"], &[]),
        4..7 => (&[], &["mon-fri 09:00-11:00", "mon-fri 14:00-16:00"]),
        7 => (&["mon-fri 12:00-14:00"], &[]),
        _ => (&[], &[]),
    };
    let read = |texts: &[&str]| texts.iter().map(|text| text.parse().expect("a window")).collect::<Vec<_>>();
    let cadence = ["0 3 * * 1", "30 */6 * * *", "7d"][dice.below(40).min(2)];
    let dies = if dice.part() < 0.02 { at(all * dice.part()) } else { Timestamp::MAX };
    let mut infections = Vec::new();
    let mut hour = 0.0;
    loop {
        hour -= (1.0 - dice.part()).ln() / hazard * 365.25 * 24.0;
        if hour > all {
            break;
        }
        infections.push(at(hour));
    }
    // One moment in each of as many parts of the year: random, but no crowd by chance.
    let mut moments: Vec<Timestamp> =
        (0..watched).map(|part| at(all * (f64::from(part) + dice.part()) / f64::from(watched))).collect();
    moments.retain(|moment| *moment < dies);
    // The next is taken from the end.
    moments.reverse();
    infections.reverse();
    let cost = 10.0 + 60.0 * dice.part();
    let mut memory = Memory::default();
    memory.cost = cost;
    Site {
        name: format!("site{number}"),
        kind,
        weight: [1.0, 2.0, 3.0, 5.0][dice.below(4)],
        hazard,
        cost,
        cadence: cadence.parse().expect("a cadence"),
        hours: Hours::of(&read(windows), &read(avoid)),
        dies,
        memory,
        due: begin,
        period: SignedDuration::from_hours(24),
        watched: moments,
        infections,
    }
}

impl Site {
    /// What an unseen hour costs in truth; nothing where nobody is there any more.
    fn stake(&self, now: Timestamp) -> f64 {
        if self.dies <= now { 0.0 } else { self.weight * self.hazard }
    }

    /// What the patrol knows of it.
    fn known(&self, now: Timestamp) -> Known {
        let mean = self.cadence.mean(&now.to_zoned_datetime(TimeZone::fixed(jiff::tz::offset(8))));
        let cron = self.cadence.every().is_none();
        let known = Known {
            site: self.name.as_str().into(),
            cost: self.memory.cost,
            weight: self.weight,
            hazard: prior::learned(self.kind, self.memory.incidents, self.memory.exposure),
            soonest: if cron { mean } else { SOONEST },
            latest: mean,
            fixed: cron,
        };
        if !self.memory.is_dead(now) {
            return known;
        }
        Known { cost: prior::DEAD_COST, hazard: 0.0, soonest: DEAD, latest: DEAD, fixed: true, ..known }
    }

    fn rhythm<'a>(&'a self, zone: &'a TimeZone) -> Rhythm<'a> {
        let (period, cadence) = (self.period, Some(&self.cadence));
        Rhythm { name: &self.name, period, cadence, hours: &self.hours, zone }
    }

    /// Makes the visits that are due before a time; gives the delays of the watched infections that they saw, in hours, and
    /// how many these are.
    fn visit_until(&mut self, to: Timestamp, zone: &TimeZone, year: &mut Year) -> (f64, f64) {
        let (mut delays, mut looks) = (0.0, 0.0);
        while self.due < to {
            let at = self.due;
            let answered = at < self.dies;
            year.visits += 1;
            year.outside += u64::from(!self.rhythm(zone).admits(at));
            year.requests += if answered { self.cost } else { prior::DEAD_COST };
            while answered && let Some(moment) = self.watched.pop_if(|moment| *moment < at) {
                delays += hours(at.duration_since(moment));
                looks += 1.0;
            }
            let mut incidents = 0;
            while answered && self.infections.pop_if(|moment| *moment < at).is_some() {
                incidents += 1;
            }
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few dozen")]
            let requests = self.cost as u64;
            let ended = at + A_VISIT;
            let came = Came { at: ended, answered, requests, incidents, infected: incidents > 0 };
            self.memory = self.memory.after(came);
            self.due = next_due(&self.rhythm(zone), &self.memory, ended);
        }
        (delays, looks)
    }
}

fn hours(span: SignedDuration) -> f64 {
    span.as_secs_f64() / 3600.0
}

/// Numbers that look random and can be drawn again (splitmix64).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// From 0 to below 1.
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
    fn part(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() >> 1).unwrap_or(0) % end
    }
}
