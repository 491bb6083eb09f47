//! What a baseline is worth: honest pages that change as pages do, and the same pages tampered with:
//! `cargo run --release --example change -- FOLDER`.
//!
//! The folder is as for `accuracy`: `manifest.jsonl` and `pages/`. Every honest whole page is learned from a few of its
//! days, then looked at again after each of many kinds of honest change, with several seeds; alarms are findings of
//! defacement of medium severity or worse, and by their number over the looks. Then every defaced page is put in the
//! place of the honest ones, or one block or the title of it into them. Prints both with Wilson 95 % intervals, the
//! alarms and misses by name, and what a baseline weighs.

#![expect(clippy::print_stdout, reason = "a measurement is there to print")]

mod honest;
#[path = "../measure/interval.rs"]
mod interval;
mod tamper;

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use honest::{CHANGES, Dice};
use interval::wilson;
use jiff::Timestamp;
use url::Url;
use xuncha::baseline::{Baseline, Face, Snapshot};
use xuncha::detect::dossier::Dossier;
use xuncha::detect::{Context, judge};
use xuncha::exchange::{charset, stand_in};
use xuncha::finding::{Finding, Kind, Outcome, Severity};
use xuncha::page::{Page, Viewport};

/// Days that are learned from before anything is judged.
const LEARNED: u64 = 3;
/// Looks after each kind of change.
const SEEDS: u64 = 8;
/// Honest pages that each defaced page is tried on.
const HOSTS: usize = 12;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("which folder? change FOLDER")?;
    let pages = Pages::read(Path::new(&folder))?;
    let sites: Vec<Site> = pages.honest.iter().map(|(name, html)| Site::learn(name, html)).collect();
    let weights: Vec<usize> = sites.iter().map(Site::weight).collect();
    println!("{} honest pages, {} defaced ones", sites.len(), pages.defaced.len());
    println!(
        "a baseline weighs {} bytes of JSON on the median, {} at the most",
        median(&weights),
        weights.iter().max().unwrap_or(&0)
    );
    benign(&sites);
    tampered(&sites, &pages.defaced);
    Ok(())
}

/// The pages of the folder, by name.
struct Pages {
    honest: Vec<(String, String)>,
    defaced: Vec<(String, String)>,
}

impl Pages {
    fn read(folder: &Path) -> Result<Self, Box<dyn Error>> {
        let mut pages = Self { honest: Vec::new(), defaced: Vec::new() };
        for line in std::fs::read_to_string(folder.join("manifest.jsonl"))?.lines() {
            let row: serde_json::Value = serde_json::from_str(line)?;
            let text = |key: &str| row[key].as_str().unwrap_or_default();
            if text("kind") != "whole" {
                continue;
            }
            let list = match text("label") {
                "benign" => &mut pages.honest,
                "defacement" => &mut pages.defaced,
                _ => continue,
            };
            let bytes = std::fs::read(folder.join("pages").join(text("file")))?;
            list.push((text("file").to_owned(), charset::decode(&bytes, None).text));
        }
        Ok(pages)
    }
}

/// An honest page with its baseline.
struct Site {
    name: String,
    url: Url,
    html: String,
    baseline: Arc<Baseline>,
}

impl Site {
    fn learn(name: &str, html: &str) -> Self {
        let url = Url::parse("http://www.carrier.test/").expect("a fixed address");
        let mut baseline = Baseline::default();
        for day in 0..LEARNED {
            let page = honest::day(html, &mut Dice::new(day));
            let snapshot = Snapshot::of(&Page::parse(&page, &url, &[], Viewport::DESKTOP));
            baseline.learn(Face::Desktop, &snapshot, Timestamp::UNIX_EPOCH);
        }
        Self { name: name.to_owned(), url, html: html.to_owned(), baseline: Arc::new(baseline) }
    }

    fn weight(&self) -> usize {
        serde_json::to_vec(&*self.baseline).map_or(0, |bytes| bytes.len())
    }

    /// The defacement findings of a look at the site as it is now.
    fn look(&self, html: &str) -> Vec<Finding> {
        // An error page comes with its status.
        let status = if html.contains("<h1>502") { 502 } else { 200 };
        if stand_in::recognise(status, &[], &self.url, html).is_some() || status >= 500 {
            return Vec::new();
        }
        let mut dossier = Dossier::of_page(self.url.as_str(), html);
        dossier.baseline = Some(Arc::clone(&self.baseline));
        let outcomes = judge(&dossier, &Context::builtin());
        let found = outcomes.into_iter().filter_map(|outcome| match outcome {
            Outcome::Violation(finding) | Outcome::NeedsReview(finding) => Some(*finding),
            _ => None,
        });
        found.filter(|finding| finding.kind == Kind::Defacement).collect()
    }

    fn alarms(&self, html: &str) -> Option<Finding> {
        self.look(html).into_iter().find(|finding| finding.severity >= Severity::Medium)
    }
}

/// Honest changes of every kind.
fn benign(sites: &[Site]) {
    println!("\nhonest changes                     alarms / looks");
    let (mut alarms, mut looks) = (0, 0);
    for (name, change) in CHANGES {
        let (mut here, mut count) = (0, 0);
        for site in sites {
            for seed in 0..SEEDS {
                let mut dice = Dice::new(seed + 100);
                let page = change(&honest::day(&site.html, &mut dice), &mut dice);
                count += 1;
                if let Some(finding) = site.alarms(&page) {
                    here += 1;
                    if seed == 0 {
                        println!(
                            "  alarm: {} {:?} {:?}",
                            site.name,
                            finding.severity,
                            finding.detail.get("words")
                        );
                    }
                }
            }
        }
        println!("{name:<34} {here:>6} / {count}");
        alarms += here;
        looks += count;
    }
    println!("{:<34} {alarms:>6} / {looks}  {}", "in all", interval(alarms, looks));
}

/// Every defaced page in every form of tampering.
fn tampered(sites: &[Site], defaced: &[(String, String)]) {
    println!("\ntampering                          found / tried");
    for (name, tamper) in tamper::FORMS {
        let (mut found, mut tried) = (0, 0);
        let mut missed: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (index, (file, page)) in defaced.iter().enumerate() {
            for site in sites.iter().cycle().skip(index * HOSTS).take(HOSTS.min(sites.len())) {
                let Some(changed) = tamper(&site.html, page) else { continue };
                tried += 1;
                if site.alarms(&changed).is_some() {
                    found += 1;
                } else {
                    missed.entry(file).or_default().push(&site.name);
                }
            }
        }
        println!("{name:<34} {found:>6} / {tried}  {}", interval(found, tried));
        for (file, on) in missed {
            let first = on.first().copied().unwrap_or_default();
            println!("  missed {} times: {file}, first on {first}", on.len());
        }
    }
}

fn median(values: &[usize]) -> usize {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len() / 2).copied().unwrap_or(0)
}

/// Per cent with Wilson's 95 % interval.
#[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
fn interval(hits: usize, all: usize) -> String {
    if all == 0 {
        return "-".to_owned();
    }
    let (low, high) = wilson(hits, all);
    format!("{:.2} % [{low:.2}, {high:.2}]", 100.0 * hits as f64 / all as f64)
}
