//! A simulated year of patrol against what the plan expects of it.

#[path = "../../examples/year/simulation.rs"]
mod simulation;

use simulation::{Rule, Setup, year};

#[test]
fn a_year_of_patrol_keeps_what_the_plan_expects() {
    let setup = Setup { sites: 100, budget: 6000.0, watched: 100, seed: 7 };
    let planned = year(&setup, Rule::SquareRoot);
    assert!((planned.simulated / planned.expected - 1.0).abs() < 0.05, "{planned:?}");
    assert!(planned.expected > planned.undisturbed, "two downtimes cost something: {planned:?}");
    assert!(planned.outside == 0 && planned.requests < setup.budget * 1.03, "{planned:?}");
    let uniform = year(&setup, Rule::Uniform);
    assert!((uniform.simulated / uniform.expected - 1.0).abs() < 0.05, "{uniform:?}");
    assert!(planned.simulated < uniform.simulated, "{planned:?} {uniform:?}");
}
