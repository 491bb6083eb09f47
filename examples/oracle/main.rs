//! Holds the virtual visitors against Chromium: `cargo run --release --example oracle [-- --disagreements]`.
//!
//! Runs every case of `cases` both ways under the same conditions (user agent, referrer, screen, clock, chance, memory,
//! gestures), without any network, and prints how often both land at the same place (with the Wilson 95 % interval) and
//! what both cost in CPU time. Chromium is asked once for each case and visitor, without pictures; the virtual side always
//! runs all its visitors and the search for conditions.

mod cases;
mod compare;
#[path = "../measure/interval.rs"]
mod interval;

use std::collections::HashMap;
use std::io::Write as _;

use futures_util::StreamExt as _;
use interval::wilson;
use xuncha::browser::Settings;
use xuncha::script::visitor::Visitor;

/// Pages that Chromium shows at the same time.
const AT_ONCE: usize = 4;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut settings = Settings::found().ok_or("no Chromium is installed")?;
    settings.pages = AT_ONCE;
    let told = std::env::args().any(|argument| argument == "--disagreements");
    let browser = compare::browser(settings).await?;
    let visitors = Visitor::all(compare::DAY);
    let all = cases::cases();
    let mut virtual_ns = 0_u64;
    let mut meetings = Vec::new();
    for case in &all {
        let began = own_time();
        let Some(observation) = compare::observed(case) else { continue };
        virtual_ns += own_time().saturating_sub(began);
        for id in &case.visitors {
            let Some(visitor) = visitors.iter().find(|visitor| visitor.id == *id) else { continue };
            meetings.push((case, visitor, compare::virtually(case, &observation, id)));
        }
    }
    let browser = &browser;
    let asked = meetings.into_iter().map(|(case, visitor, ours)| async move {
        (case, visitor, ours, compare::really(browser, case, visitor).await)
    });
    let mut answers = futures_util::stream::iter(asked).buffered(AT_ONCE);
    let (mut same, mut compared) = (0_usize, 0_usize);
    let mut rows: HashMap<&str, (usize, usize)> = HashMap::new();
    while let Some((case, visitor, ours, theirs)) = answers.next().await {
        let sort = if case.name.starts_with("honest") { "honest pages" } else { "pages that lead away" };
        let row = rows.entry(sort).or_default();
        (compared, row.1) = (compared + 1, row.1 + 1);
        if ours == theirs {
            (same, row.0) = (same + 1, row.0 + 1);
        } else if told {
            say(&format!("{} [{}]: virtual {ours}; Chromium {theirs}", case.name, visitor.id));
        }
    }
    let browser_ns = time_of_descendants();
    let (low, high) = wilson(same, compared);
    say(&format!(
        "{} cases, {compared} comparisons: same landing {same} ({:.1} %, 95 % interval {low:.1} to {high:.1} %)",
        all.len(),
        100.0 * same as f64 / compared as f64
    ));
    for (sort, (same, compared)) in rows {
        say(&format!("  {sort}: {same} of {compared}"));
    }
    let of_a_case = virtual_ns as f64 / 1e6 / all.len() as f64;
    let of_a_visit = browser_ns as f64 / 1e6 / compared as f64;
    let landings = visitors.len() as f64;
    say(&format!(
        "CPU: where all {landings} visitors of a page land, and on which conditions, {of_a_case:.1} ms virtually; where one \
         lands, {of_a_visit:.0} ms in Chromium; for a landing 1/{:.0}",
        of_a_visit / (of_a_case / landings)
    ));
    browser.shutdown().await;
    Ok(())
}

/// One line to standard output; a reader that went away is no failure of the measurement.
fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// CPU time of this thread, in nanoseconds, as the scheduler counts it.
fn own_time() -> u64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|first| first.parse().ok()).unwrap_or(0)
}

/// CPU time of every process below this one, and of those that they waited for, in nanoseconds.
fn time_of_descendants() -> u64 {
    let mut processes: HashMap<u32, (u32, u64)> = HashMap::new();
    for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(id) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
        let text = std::fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        // The name stands in brackets and may hold anything.
        let Some((_, rest)) = text.rsplit_once(") ") else { continue };
        let fields: Vec<u64> = rest.split(' ').map(|field| field.parse().unwrap_or(0)).collect();
        let ticks: u64 = fields.get(11..15).map_or(0, |times| times.iter().sum());
        let parent = fields.get(1).copied().unwrap_or(0) as u32;
        processes.insert(id, (parent, ticks * 10_000_000));
    }
    let own = std::process::id();
    let below = |mut id: u32| {
        for _ in 0..64 {
            match processes.get(&id) {
                Some((parent, _)) if *parent == own => return true,
                Some((parent, _)) => id = *parent,
                None => return false,
            }
        }
        false
    };
    processes.iter().filter(|(id, _)| below(**id)).map(|(_, (_, time))| time).sum()
}
