//! The square-root rule: how a budget of requests is spread so that infections are seen soonest.
//!
//! A site that is infected at a random moment and looked at every `T` waits `T/2` for the first look, so the expected
//! weighted delay a year is Σ wᵢ·hᵢ·Tᵢ/2, with weight w and hazard h. With Σ cᵢ/Tᵢ requests a day to spend, c requests a
//! visit, it is least where Tᵢ ∝ √(cᵢ/(wᵢ·hᵢ)) (Lagrange). Where a period runs into its bounds it stays there, and the
//! rest is shared out again. Scatter makes visits come a little earlier than the period: that is reckoned in. What admitted
//! hours and cron times make of it is reckoned afterwards ([`spread_in_hours`]).

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

use super::due::SCATTER;
use super::{Memory, Rhythm, next_due};
use crate::id::TargetId;
use crate::target::cadence::LONGEST;
use crate::target::hours::Hours;

/// What is known of a site for the plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    /// The site.
    pub site: TargetId,
    /// Requests a visit takes.
    pub cost: f64,
    /// What an hour of unseen infection weighs.
    pub weight: f64,
    /// Infections a year.
    pub hazard: f64,
    /// The shortest period.
    pub soonest: SignedDuration,
    /// The longest period: what the unit demands.
    pub latest: SignedDuration,
    /// Whether visits keep to times of their own (cron, a dead site): the period is their mean distance, and no scatter
    /// shortens it.
    pub fixed: bool,
}

/// How a budget is spread.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// One share a site, in the order given.
    pub shares: Vec<Share>,
    /// Requests a day that it takes.
    pub requests: f64,
    /// Expected weighted mean of the time from infection to first look.
    pub delay: SignedDuration,
    /// The period of uniform visiting with as many requests.
    pub uniform_period: SignedDuration,
    /// The same mean for uniform visiting.
    pub uniform_delay: SignedDuration,
    /// Whether the demanded cadences alone take more than the budget.
    pub over_budget: bool,
}

/// What one site gets.
#[derive(Debug, Clone, PartialEq)]
pub struct Share {
    /// The site.
    pub site: TargetId,
    /// The longest time from one visit to the next.
    pub period: SignedDuration,
    /// Expected time from infection to first look.
    pub delay: SignedDuration,
}

/// What a rhythm comes to in the long run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gaps {
    /// The mean time between two visits.
    pub mean: SignedDuration,
    /// Expected time from infection to first look: an infection falls into a gap in proportion to its length.
    pub delay: SignedDuration,
}

/// Steps of the search for the multiplier: each halves the interval, far below a second in the end.
const STEPS: usize = 200;
/// Rounds in which what closed hours leave unspent is shared out again, and the part of the budget that is good enough.
const ROUNDS: usize = 6;
const NEARLY: f64 = 0.995;
/// Steps of the search for the uniform period under admitted hours.
const UNIFORM_STEPS: usize = 24;

/// The mean gap, as a part of the period: visits come up to [`SCATTER`] earlier.
const MEAN: f64 = 1.0 - SCATTER / 2.0;
/// The expected delay, as a part of the period: E\[g²\]/2E\[g\] of such gaps.
const DELAY: f64 = (MEAN * MEAN + SCATTER * SCATTER / 12.0) / (2.0 * MEAN);

/// Visits by which a rhythm with admitted hours or cron times is reckoned, and the ratio of neighbouring periods that are
/// reckoned as one: the sites of one unit have few kinds of hours, but each has a period of its own.
const VISITS: u32 = 120;
const ALIKE: f64 = 1.01;

const SECONDS_A_DAY: f64 = 86_400.0;

/// Spreads so many requests a day over the sites. Without a budget every site has its longest period.
pub fn spread(sites: &[Known], requests_a_day: Option<f64>) -> Plan {
    let longest: f64 = sites.iter().map(|site| site.requests(days(site.latest))).sum();
    let over_budget = requests_a_day.is_some_and(|budget| budget < longest);
    let factor = match requests_a_day {
        Some(budget) if budget > longest => multiplier(sites, budget),
        _ => f64::INFINITY,
    };
    let periods: Vec<f64> = sites.iter().map(|site| period(site, factor)).collect();
    let share = |(site, period): (&Known, &f64)| Share {
        site: site.site.clone(),
        period: span(*period),
        delay: span(period * site.delay_part()),
    };
    let mut plan = Plan {
        shares: sites.iter().zip(&periods).map(share).collect(),
        requests: sites.iter().zip(&periods).map(|(site, days)| site.requests(*days)).sum(),
        delay: SignedDuration::ZERO,
        uniform_period: SignedDuration::ZERO,
        uniform_delay: SignedDuration::ZERO,
        over_budget,
    };
    plan.delay = mean_delay(sites, &plan);
    let free = || sites.iter().zip(&periods).filter(|(site, _)| site.is_free());
    let spent: f64 = free().map(|(site, days)| site.requests(*days)).sum();
    let cost: f64 = free().map(|(site, _)| site.cost).sum();
    plan.uniform_period = span(if spent > 0.0 { cost / (MEAN * spent) } else { 0.0 });
    let uniform = |(site, share): (&Known, &Share)| {
        if site.is_free() { days(plan.uniform_period) * DELAY } else { days(share.delay) }
    };
    plan.uniform_delay = mean(sites, sites.iter().zip(&plan.shares).map(uniform));
    plan
}

/// Spreads so many requests a day over sites in their admitted hours: what is not spent in closed hours is shared out
/// again. The rhythms are those of the sites; their periods are set here.
pub fn spread_in_hours(
    sites: &[Known],
    rhythms: &[Rhythm<'_>],
    requests_a_day: Option<f64>,
    from: Timestamp,
) -> Plan {
    let mut reckoned = Reckoned::new(from);
    let mut plan = spread(sites, requests_a_day);
    let over_budget = plan.over_budget;
    expect(&mut plan, sites, rhythms, &mut reckoned);
    let Some(budget) = requests_a_day else { return plan };
    let mut nominal = budget;
    for _ in 0..ROUNDS {
        if over_budget || plan.requests <= 0.0 || plan.requests >= budget * NEARLY {
            break;
        }
        nominal *= budget / plan.requests;
        let mut next = spread(sites, Some(nominal));
        expect(&mut next, sites, rhythms, &mut reckoned);
        if next.requests > budget * (2.0 - NEARLY) {
            break;
        }
        plan = next;
    }
    Plan { over_budget, ..plan }
}

/// Reckons in what admitted hours and cron times make of a plan: the delay of every site and in all, the requests, and
/// uniform visiting under the same hours. Cron times are what a unit demands, and kept either way.
fn expect(plan: &mut Plan, sites: &[Known], rhythms: &[Rhythm<'_>], reckoned: &mut Reckoned) {
    let (mut requests, mut spent) = (0.0, 0.0);
    let mut kinds: HashMap<&Hours, Kind<'_>> = HashMap::new();
    let (mut waited, mut stake) = (0.0, 0.0);
    for ((share, site), rhythm) in plan.shares.iter_mut().zip(sites).zip(rhythms) {
        if !site.is_alive() {
            requests += site.requests(days(share.period));
            continue;
        }
        let gaps = reckoned.gaps(&Rhythm { period: share.period, ..*rhythm });
        share.delay = gaps.delay;
        requests += site.cost / days(gaps.mean);
        stake += site.stake();
        if site.is_free() {
            spent += site.cost / days(gaps.mean);
            let kind = kinds.entry(rhythm.hours).or_insert(Kind { rhythm: *rhythm, cost: 0.0, stake: 0.0 });
            kind.cost += site.cost;
            kind.stake += site.stake();
        } else {
            waited += site.stake() * days(gaps.delay);
        }
    }
    plan.requests = requests;
    plan.delay = mean_delay(sites, plan);
    let kinds: Vec<Kind<'_>> = kinds.into_values().collect();
    plan.uniform_period = uniform_period(&kinds, spent, reckoned);
    for kind in &kinds {
        waited += kind.stake * days(kind.every(plan.uniform_period, reckoned).delay);
    }
    plan.uniform_delay = if stake > 0.0 { span(waited / stake) } else { SignedDuration::ZERO };
}

/// The period at which sites visited equally often, each in its hours, take so many requests a day.
fn uniform_period(kinds: &[Kind<'_>], requests: f64, reckoned: &mut Reckoned) -> SignedDuration {
    let (mut low, mut high) = (1.0 / 1440.0, days(LONGEST));
    for _ in 0..UNIFORM_STEPS {
        let middle = (low * high).sqrt();
        let taken = kinds.iter().map(|kind| kind.cost / days(kind.every(span(middle), reckoned).mean));
        if taken.sum::<f64>() > requests { low = middle } else { high = middle }
    }
    span(high)
}

/// Living sites with the same admitted hours, and no times of their own.
struct Kind<'a> {
    rhythm: Rhythm<'a>,
    cost: f64,
    stake: f64,
}

impl Kind<'_> {
    /// What comes of it where all of them are visited once in a period.
    fn every(&self, period: SignedDuration, reckoned: &mut Reckoned) -> Gaps {
        reckoned.gaps(&Rhythm { period, cadence: None, ..self.rhythm })
    }
}

/// Rhythms that were reckoned already, by what makes them alike.
pub struct Reckoned {
    from: Timestamp,
    known: HashMap<(Hours, String, i64), Gaps>,
}

impl Reckoned {
    /// Nothing reckoned yet; visits are reckoned from a time on.
    pub fn new(from: Timestamp) -> Self {
        Self { from, known: HashMap::new() }
    }

    /// What a rhythm comes to.
    pub fn gaps(&mut self, rhythm: &Rhythm<'_>) -> Gaps {
        let cron = rhythm.cron().map(ToString::to_string).unwrap_or_default();
        if cron.is_empty() && rhythm.hours.is_always() {
            let period = days(rhythm.period);
            return Gaps { mean: span(period * MEAN), delay: span(period * DELAY) };
        }
        #[expect(clippy::cast_possible_truncation, reason = "the logarithm of a period is small")]
        let step = (days(rhythm.period).ln() / ALIKE.ln()).round() as i64;
        let from = self.from;
        let reckon = || {
            #[expect(clippy::cast_precision_loss, reason = "the logarithm of a period is small")]
            let period = if cron.is_empty() { span(ALIKE.powf(step as f64)) } else { rhythm.period };
            gaps(&Rhythm { period, ..*rhythm }, from, VISITS)
        };
        *self.known.entry((rhythm.hours.clone(), cron.clone(), step)).or_insert_with(reckon)
    }
}

/// What a rhythm comes to over so many visits to come.
pub fn gaps(rhythm: &Rhythm<'_>, from: Timestamp, visits: u32) -> Gaps {
    let mut memory = Memory::default();
    let mut at = from;
    let (mut squares, mut sum) = (0.0, 0.0);
    for _ in 0..visits {
        let next = next_due(rhythm, &memory, at);
        let gap = next.duration_since(at).as_secs_f64() / SECONDS_A_DAY;
        squares += gap * gap;
        sum += gap;
        memory.visits += 1;
        at = next;
    }
    if sum == 0.0 {
        return Gaps { mean: rhythm.period, delay: SignedDuration::ZERO };
    }
    Gaps { mean: span(sum / f64::from(visits)), delay: span(squares / (2.0 * sum)) }
}

impl Known {
    /// Whether anything can be seen there; a dead site takes its few requests and counts for nothing else.
    fn is_alive(&self) -> bool {
        self.hazard > 0.0
    }

    /// Whether its period is for the plan to set.
    fn is_free(&self) -> bool {
        self.is_alive() && !self.fixed
    }

    /// What an unseen hour costs in a year.
    fn stake(&self) -> f64 {
        self.weight * self.hazard
    }

    /// Requests a day at a period in days.
    fn requests(&self, period: f64) -> f64 {
        self.cost / (period * if self.fixed { 1.0 } else { MEAN })
    }

    /// Expected delay as a part of the period.
    fn delay_part(&self) -> f64 {
        if self.fixed { 0.5 } else { DELAY }
    }
}

/// The multiplier at which the periods take the budget: they grow with it, and the requests they take shrink.
fn multiplier(sites: &[Known], budget: f64) -> f64 {
    let taken = |factor: f64| -> f64 { sites.iter().map(|site| site.requests(period(site, factor))).sum() };
    let (mut low, mut high) = (0.0_f64, 1.0_f64);
    while taken(high) > budget && high < 1e12 {
        high *= 2.0;
    }
    for _ in 0..STEPS {
        let middle = f64::midpoint(low, high);
        if taken(middle) > budget { low = middle } else { high = middle }
    }
    high
}

/// The period in days at a multiplier, within the bounds of the site.
fn period(site: &Known, factor: f64) -> f64 {
    let (soonest, latest) = (days(site.soonest), days(site.latest));
    if !site.is_alive() {
        return latest;
    }
    let free = factor * (site.cost / site.stake()).sqrt();
    free.clamp(soonest.min(latest), latest)
}

/// The weighted mean over infections of what a plan expects.
fn mean_delay(sites: &[Known], plan: &Plan) -> SignedDuration {
    mean(sites, plan.shares.iter().map(|share| days(share.delay)))
}

/// The mean of times in days over infections: heavier and more endangered sites count more.
fn mean(sites: &[Known], waited: impl Iterator<Item = f64>) -> SignedDuration {
    let total: f64 = sites.iter().map(Known::stake).sum();
    if total == 0.0 {
        return SignedDuration::ZERO;
    }
    span(sites.iter().zip(waited).map(|(site, days)| site.stake() * days).sum::<f64>() / total)
}

fn days(span: SignedDuration) -> f64 {
    (span.as_secs_f64() / SECONDS_A_DAY).max(1e-6)
}

fn span(days: f64) -> SignedDuration {
    SignedDuration::try_from_secs_f64(days * SECONDS_A_DAY).unwrap_or(SignedDuration::MAX)
}
