//! A simulated year of patrol: how long infections stay unseen, beside what the plan promised:
//! `cargo run --release --example year -- [SITES] [REQUESTS_A_DAY] [SEED]`.
//!
//! Sites of every kind of operator, a fifth of them visited only at night, others outside of office hours or at lunch on
//! workdays, some by cron expressions; 2 % die in the course of the year, twice nobody patrols (60 hours, 9 hours), and
//! hazards are learned from what is seen. The delay from infection to the first visit after it is compared with the
//! plan's expectation, and with uniform visiting in the same hours. Time is an argument; nothing waits.

#![expect(clippy::print_stdout, reason = "a measurement is there to print")]

mod simulation;

use std::error::Error;

use simulation::{Rule, Setup, year};

fn main() -> Result<(), Box<dyn Error>> {
    let numbers: Vec<u32> = std::env::args().skip(1).map(|text| text.parse()).collect::<Result<_, _>>()?;
    let number = |at: usize, usual: u32| numbers.get(at).copied().unwrap_or(usual);
    let setup = Setup {
        sites: number(0, 3000).into(),
        budget: number(1, 400_000).into(),
        watched: 20,
        seed: number(2, 7).into(),
    };
    println!(
        "{} sites, {:.0} requests a day, {} infections a site",
        setup.sites, setup.budget, setup.watched
    );
    for (name, rule) in [("square-root rule", Rule::SquareRoot), ("uniform", Rule::Uniform)] {
        let year = year(&setup, rule);
        println!(
            "{name:<17} expected {:6.2} h   simulated {:6.2} h   {:+.1} %   ({:.2} h but for the downtimes)\n{:17} {} visits, {} outside of \
             admitted hours, {:.0} requests a day",
            year.expected,
            year.simulated,
            (year.simulated / year.expected - 1.0) * 100.0,
            year.undisturbed,
            "",
            year.visits,
            year.outside,
            year.requests
        );
        println!(
            "{:17} by true hazards, the first plan {:.2} h, the last {:.2} h",
            "", year.first_plan, year.last_plan
        );
    }
    Ok(())
}
