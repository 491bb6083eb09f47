//! The square-root rule: how a budget of requests is spread so that infections are seen soonest.
//!
//! A site that is infected at a random moment and looked at every `T` waits `T/2` for the first look, so the expected
//! weighted delay a year is Σ wᵢ·hᵢ·Tᵢ/2, with weight w and hazard h. With Σ cᵢ/Tᵢ requests a day to spend, c requests a
//! visit, it is least where Tᵢ ∝ √(cᵢ/(wᵢ·hᵢ)) (Lagrange). Where a period runs into its bounds it stays there, and the
//! rest is shared out again.

use jiff::{SignedDuration, Timestamp};

use super::{Memory, Rhythm, next_due};
use crate::id::TargetId;

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
    /// The period of uniform visiting at the same budget.
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
    /// From one visit to the next.
    pub period: SignedDuration,
    /// Expected time from infection to first look.
    pub delay: SignedDuration,
}

/// Steps of the search for the multiplier: each halves the interval, far below a second in the end.
const STEPS: usize = 200;

const SECONDS_A_DAY: f64 = 86_400.0;

/// Spreads so many requests a day over the sites. Without a budget every site has its longest period.
pub fn spread(sites: &[Known], requests_a_day: Option<f64>) -> Plan {
    let longest: f64 = sites.iter().map(|site| site.cost / days(site.latest)).sum();
    let over_budget = requests_a_day.is_some_and(|budget| budget < longest);
    let factor = match requests_a_day {
        Some(budget) if budget > longest => multiplier(sites, budget),
        _ => f64::INFINITY,
    };
    let periods: Vec<f64> = sites.iter().map(|site| period(site, factor)).collect();
    let requests: f64 = sites.iter().zip(&periods).map(|(site, days)| site.cost / days).sum();
    let cost: f64 = sites.iter().map(|site| site.cost).sum();
    let uniform = if requests > 0.0 { cost / requests } else { 0.0 };
    let share = |(site, period): (&Known, &f64)| Share {
        site: site.site.clone(),
        period: span(*period),
        delay: span(period / 2.0),
    };
    Plan {
        shares: sites.iter().zip(&periods).map(share).collect(),
        requests,
        delay: span(mean_delay(sites, &periods)),
        uniform_period: span(uniform),
        uniform_delay: span(uniform / 2.0),
        over_budget,
    }
}

/// The multiplier at which the periods take the budget: they grow with it, and the requests they take shrink.
fn multiplier(sites: &[Known], budget: f64) -> f64 {
    let taken = |factor: f64| -> f64 { sites.iter().map(|site| site.cost / period(site, factor)).sum() };
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
    let free = factor * (site.cost / (site.weight * site.hazard)).sqrt();
    let (soonest, latest) = (days(site.soonest), days(site.latest));
    free.clamp(soonest.min(latest), latest)
}

/// The weighted mean over infections: heavier and more endangered sites count more.
fn mean_delay(sites: &[Known], periods: &[f64]) -> f64 {
    let total: f64 = sites.iter().map(|site| site.weight * site.hazard).sum();
    if total == 0.0 {
        return 0.0;
    }
    sites.iter().zip(periods).map(|(site, period)| site.weight * site.hazard * period / 2.0).sum::<f64>()
        / total
}

/// The expected time from infection to first look where windows hold visits back: by the gaps between the visits of
/// the days to come (an infection falls into a gap in proportion to its length).
pub fn delay_within(rhythm: &Rhythm<'_>, memory: &Memory, from: Timestamp, visits: u32) -> SignedDuration {
    let mut memory = memory.clone();
    let mut at = from;
    let (mut squares, mut sum) = (0.0, 0.0);
    for _ in 0..visits {
        let next = next_due(rhythm, &memory, at);
        let gap = next.duration_since(at).as_secs_f64();
        squares += gap * gap;
        sum += gap;
        memory.visits += 1;
        at = next;
    }
    if sum == 0.0 { SignedDuration::ZERO } else { SignedDuration::from_secs_f64(squares / (2.0 * sum)) }
}

fn days(span: SignedDuration) -> f64 {
    (span.as_secs_f64() / SECONDS_A_DAY).max(1e-6)
}

fn span(days: f64) -> SignedDuration {
    SignedDuration::try_from_secs_f64(days * SECONDS_A_DAY).unwrap_or(SignedDuration::MAX)
}
