//! A simulated year of patrol: how long infections stay unseen, beside what the plan promised:
//! `cargo run --release --example year -- [SITES] [REQUESTS_A_DAY] [SEED]`.
//!
//! Sites of every kind of operator are infected at random moments, as often as their hazard says; each is visited when
//! the schedule says that it is due, scatter included, a fifth of them only at night. The delay from infection to the
//! first visit after it is compared with the plan's expectation, and with uniform visiting at the same number of
//! requests. Time is an argument; nothing waits.

#![expect(clippy::print_stdout, reason = "a measurement is there to print")]

use std::error::Error;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use xuncha::schedule::plan::{Known, Plan, gaps, spread};
use xuncha::schedule::{Memory, Rhythm, SOONEST, next_due, prior};
use xuncha::target::OperatorKind;
use xuncha::target::hours::Hours;

/// Infections drawn per site, however seldom: rare ones would need thousands of years for a mean.
const INFECTIONS: usize = 20;

struct Site {
    name: String,
    known: Known,
    night: bool,
}

fn main() -> Result<(), Box<dyn Error>> {
    let numbers: Vec<u64> = std::env::args().skip(1).map(|text| text.parse()).collect::<Result<_, _>>()?;
    let count = numbers.first().copied().unwrap_or(3000);
    #[expect(clippy::cast_precision_loss, reason = "a budget far below 2^52")]
    let budget = numbers.get(1).copied().unwrap_or(400_000) as f64;
    let mut dice = Dice(numbers.get(2).copied().unwrap_or(7));
    let sites: Vec<Site> = (0..count).map(|number| site(number, &mut dice)).collect();
    let known: Vec<Known> = sites.iter().map(|site| site.known.clone()).collect();
    let plan = spread(&known, Some(budget));
    let (always, night) = (Hours::default(), Hours::of(&["22:00-06:00".parse()?], &[]));
    let begin: Timestamp = "2026-01-01T00:00:00Z".parse()?;
    let zone = TimeZone::fixed(jiff::tz::offset(8));
    println!("{count} sites, {budget:.0} requests a day, {INFECTIONS} infections a site");
    for (name, periods) in
        [("square-root rule", planned(&plan)), ("uniform", vec![plan.uniform_period; sites.len()])]
    {
        let (mut seen, mut expected, mut weight) = (0.0, 0.0, 0.0);
        for (site, period) in sites.iter().zip(periods) {
            let open = if site.night { &night } else { &always };
            let rhythm = Rhythm { name: &site.name, period, cadence: None, hours: open, zone: &zone };
            let own = site.known.weight * site.known.hazard;
            seen += own * simulated(&rhythm, begin, &mut dice);
            expected += own * hours(gaps(&rhythm, begin, 60).delay);
            weight += own;
        }
        let (seen, expected) = (seen / weight, expected / weight);
        println!(
            "{name:<18} expected {expected:7.2} h   simulated {seen:7.2} h   {:+.1} %",
            (seen / expected - 1.0) * 100.0
        );
    }
    println!(
        "without windows    expected {:7.2} h, uniform {:7.2} h",
        hours(plan.delay),
        hours(plan.uniform_delay)
    );
    Ok(())
}

fn planned(plan: &Plan) -> Vec<SignedDuration> {
    plan.shares.iter().map(|share| share.period).collect()
}

/// A site with a kind, a weight and a history of its own.
fn site(number: u64, dice: &mut Dice) -> Site {
    let kind = OperatorKind::ALL[dice.below(OperatorKind::ALL.len())];
    let exposure = 5.0 * dice.part();
    let incidents = u32::from(dice.part() < 0.2 * exposure / 5.0);
    let name = format!("site{number}");
    let known = Known {
        site: name.as_str().into(),
        cost: 10.0 + 60.0 * dice.part(),
        weight: [1.0, 2.0, 3.0, 5.0][dice.below(4)],
        hazard: prior::learned(kind, incidents, exposure),
        soonest: SOONEST,
        latest: SignedDuration::from_hours(7 * 24),
        fixed: false,
    };
    Site { name, known, night: dice.part() < 0.2 }
}

/// The mean delay in hours of infections at random moments of a year.
fn simulated(rhythm: &Rhythm<'_>, begin: Timestamp, dice: &mut Dice) -> f64 {
    let mut moments: Vec<f64> = (0..INFECTIONS).map(|_| dice.part() * 365.0 * 24.0).collect();
    moments.sort_by(f64::total_cmp);
    let mut memory = Memory::default();
    let (mut visit, mut sum) = (begin, 0.0);
    for moment in moments {
        while hours(visit.duration_since(begin)) < moment {
            visit = next_due(rhythm, &memory, visit);
            memory.visits += 1;
        }
        sum += hours(visit.duration_since(begin)) - moment;
    }
    #[expect(clippy::cast_precision_loss, reason = "a few")]
    let mean = sum / INFECTIONS as f64;
    mean
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
