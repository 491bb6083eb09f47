//! Measures cloaking, redirects and the naming of the smallest trigger against a matrix of sites on loopback.
//!
//! `cargo run --release --example matrix -- [--honest N] [--only WORDS] [--profiles m,d,s]` starts one server that plays
//! every site (gates of servers × deliveries, gates of servers × gates of scripts, and N sites for each honest habit),
//! scans each with the library, and prints recall, false alarms and how often the trigger was named right, with the
//! Wilson interval at 95 %, and every miss by name.

mod field;
#[path = "../measure/interval.rs"]
mod interval;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::time::Instant;

use field::case::{Habit, all};
use field::measure::{Broken, Outcome, measure};
use interval::wilson;

const PROFILES: &str = "m,d,b,w,i,b-360,b-bing,r,s,g";

#[tokio::main]
async fn main() -> Result<(), Broken> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let value = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments.get(at + 1).cloned()
    };
    let honest = value("--honest").map_or(Ok(8), |text| text.parse())?;
    let profiles = value("--profiles").unwrap_or_else(|| PROFILES.to_owned());
    let profiles: Vec<&str> = profiles.split(',').collect();
    let mut cases = all(honest);
    if let Some(only) = value("--only") {
        cases.retain(|case| case.name.contains(&only));
        for (index, case) in cases.iter_mut().enumerate() {
            case.index = index;
        }
    }
    let begin = Instant::now();
    let outcomes = measure(cases, &profiles).await?;
    report(&outcomes);
    let requests: u64 = outcomes.iter().map(|outcome| outcome.requests).sum();
    let each = requests as f64 / outcomes.len().max(1) as f64;
    say(&format!("{} sites, {each:.1} requests a site, {:.1?}", outcomes.len(), begin.elapsed()));
    Ok(())
}

/// One line to standard output; a reader that went away is no failure of the measurement.
fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

fn report(outcomes: &[Outcome]) {
    let mut rows: BTreeMap<String, [usize; 3]> = BTreeMap::new();
    let (mut caught, mut named, mut proven, mut infected) = (0, 0, 0, 0);
    let (mut alarms, mut honest) = (0, 0);
    for outcome in outcomes {
        if let Habit::Infected { gate, .. } = outcome.case.habit {
            let (is_caught, is_named) = (outcome.is_caught(), outcome.is_named());
            let row = rows.entry(format!("{gate:?}")).or_default();
            let counts = [1, usize::from(is_caught), usize::from(is_named)];
            row.iter_mut().zip(counts).for_each(|(sum, one)| *sum += one);
            infected += 1;
            caught += usize::from(is_caught);
            named += usize::from(is_named);
            proven += usize::from(outcome.is_minimal());
            if !is_named {
                let word = if is_caught { "misnamed" } else { "missed" };
                let expected = outcome.case.shows().unwrap_or_default().join(" ");
                say(&format!("{word}: {} [{expected}]\n{}", outcome.case.name, outcome.told()));
            }
        } else {
            honest += 1;
            if !outcome.findings.is_empty() {
                alarms += 1;
                say(&format!("false alarm: {}\n{}", outcome.case.name, outcome.told()));
            }
        }
    }
    say("");
    for (gate, [all, caught, named]) in rows {
        say(&format!("{gate:24} found {caught:3}/{all:<3} named {named:3}/{caught:<3}"));
    }
    for (what, hits, all) in [
        ("recall", caught, infected),
        ("trigger right", named, caught),
        ("said to be proven", proven, caught),
        ("false alarms", alarms, honest),
    ] {
        let (low, high) = wilson(hits, all);
        let share = 100.0 * hits as f64 / all.max(1) as f64;
        say(&format!("{what:18} {hits:4}/{all:<4} {share:6.2} %  [{low:.2}, {high:.2}]"));
    }
}
