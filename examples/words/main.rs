//! Measures the lexicon and the detectors that read words on pages composed from grammars, none of which is a fixture:
//! `cargo run --release --example words -- [--each N] [--show]`.
//!
//! Each grammar of `grammar/` composes pages of one sort from pools of sentences: promotion that must be found, and its
//! honest twins that must be left alone. The pages of one seed are always the same. With `--texts FILE` the texts of a
//! file of JSON lines (`text`, `labels` 0 or 1, `subcategory`) are judged one by one instead.

use std::collections::BTreeMap;
use std::io::Write as _;

use serde::Deserialize;
use xuncha::detect::dossier::Dossier;
use xuncha::detect::{Context, judge};
use xuncha::finding::{Finding, Kind, Outcome, Severity};
use xuncha::lexicon::{Lexicon, Role};

const GRAMMARS: &[(&str, &str)] = &[
    ("gambling-zh", include_str!("grammar/gambling-zh.toml")),
    ("gambling-world", include_str!("grammar/gambling-world.toml")),
    ("crime-zh", include_str!("grammar/crime-zh.toml")),
    ("phishing", include_str!("grammar/phishing.toml")),
    ("honest-zh", include_str!("grammar/honest-zh.toml")),
    ("honest-world", include_str!("grammar/honest-world.toml")),
];

/// One file of a grammar.
#[derive(Deserialize)]
struct Grammar {
    page: Vec<Recipe>,
    pool: BTreeMap<String, Vec<String>>,
}

/// One sort of page.
#[derive(Deserialize)]
struct Recipe {
    name: String,
    /// Category that must be found; none where nothing may be found.
    #[serde(default)]
    expect: Option<String>,
    /// Address of the page; one that says nothing where it is not given.
    #[serde(default)]
    url: Option<String>,
    html: String,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let after = |flag: &str| {
        arguments.iter().position(|argument| argument == flag).and_then(|at| arguments.get(at + 1))
    };
    let show = arguments.iter().any(|argument| argument == "--show");
    if let Some(file) = after("--texts") {
        return texts(file, show);
    }
    let each: u64 = after("--each").map_or(Ok(40), |number| number.parse())?;
    let context = Context::builtin();
    let (mut found_all, mut promoted_all, mut alarms_all, mut honest_all) = (0, 0, 0, 0);
    for (file, source) in GRAMMARS {
        let grammar: Grammar = toml::from_str(source).map_err(|error| format!("{file}: {error}"))?;
        for recipe in &grammar.page {
            let mut hits = 0;
            for seed in 0..each {
                hits += u64::from(measure(&grammar, recipe, seed, &context, show)?);
            }
            let promotes = recipe.expect.is_some();
            if promotes {
                (found_all, promoted_all) = (found_all + hits, promoted_all + each);
            } else {
                (alarms_all, honest_all) = (alarms_all + hits, honest_all + each);
            }
            let word = if promotes { "found" } else { "false alarms" };
            say(&format!("{file:16} {:28} {word} {hits:4}/{each}", recipe.name));
        }
    }
    say(&format!("found {found_all}/{promoted_all}, false alarms {alarms_all}/{honest_all}"));
    Ok(())
}

/// Whether the page of a seed is found (where it promotes), or raises a false alarm (where it is honest).
fn measure(
    grammar: &Grammar,
    recipe: &Recipe,
    seed: u64,
    context: &Context<'_>,
    show: bool,
) -> Result<bool, String> {
    let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ hash(&recipe.name));
    let html = grammar.compose(&recipe.html, &mut random, 0)?;
    let url = recipe.url.as_deref().unwrap_or("http://www.carrier.test/");
    let url = grammar.compose(url, &mut random, 0)?;
    let findings: Vec<Finding> = judge(&Dossier::of_page(&url, &html), context)
        .into_iter()
        .filter_map(|outcome| match outcome {
            Outcome::Violation(finding) | Outcome::NeedsReview(finding) => Some(*finding),
            _ => None,
        })
        .filter(|finding| {
            matches!(finding.kind, Kind::IllegalContent | Kind::InjectedKeywords | Kind::HiddenLink)
        })
        .collect();
    let hit = match &recipe.expect {
        Some(category) => findings.iter().any(|finding| {
            finding.kind == Kind::IllegalContent
                && finding.severity >= Severity::Medium
                && finding.payload.category.is_some_and(|found| found.as_str() == category)
        }),
        None => findings.iter().any(|finding| finding.severity >= Severity::Medium),
    };
    if show && hit != recipe.expect.is_some() {
        say(&format!("--- {} {seed}\n{html}", recipe.name));
        for finding in &findings {
            say(&format!(
                "    {} {} {:?} {:?}",
                finding.kind, finding.severity, finding.payload.category, finding.payload.terms
            ));
        }
    }
    Ok(hit)
}

/// Judges texts one by one as running text.
fn texts(file: &str, show: bool) -> Result<(), Box<dyn std::error::Error>> {
    let mut rows: BTreeMap<(bool, String), (usize, usize)> = BTreeMap::new();
    for line in std::fs::read_to_string(file)?.lines().filter(|line| !line.trim().is_empty()) {
        let row: serde_json::Value = serde_json::from_str(line)?;
        let text = row["text"].as_str().unwrap_or_default();
        let promotes = row["labels"].as_i64() != Some(0);
        let sort = ["subcategory", "sub_category"].iter().find_map(|key| row[key].as_str()).unwrap_or("-");
        let judgement = Lexicon::builtin().judge(Role::Text, text);
        let hit = judgement.category.is_some();
        let row = rows.entry((promotes, sort.to_owned())).or_default();
        *row = (row.0 + usize::from(hit), row.1 + 1);
        if show && hit != promotes {
            let terms: Vec<&str> = judgement.hits.iter().map(|hit| hit.term.as_str()).collect();
            let text = text.replace('\n', " ");
            say(&format!(
                "{} {sort}: {:?} {:.2} {terms:?} {text}",
                if promotes { "missed" } else { "alarm" },
                judgement.category,
                judgement.score
            ));
        }
    }
    for ((promotes, sort), (hits, all)) in rows {
        let word = if promotes { "promotes" } else { "honest" };
        say(&format!(
            "{word:9} {sort:24} judged so {hits:5}/{all:<5} {:.1} %",
            100.0 * hits as f64 / all as f64
        ));
    }
    Ok(())
}

impl Grammar {
    /// Puts words of the pools in place of `{pool}`; `{pool*2-5:, }` stands for two to five different ones with the
    /// separator between them.
    fn compose(&self, text: &str, random: &mut Random, depth: usize) -> Result<String, String> {
        /// Pools that name each other in a circle end here.
        const DEEPEST: usize = 8;
        let mut composed = String::with_capacity(text.len() * 2);
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            composed.push_str(before);
            let Some((slot, tail)) = after.split_once('}') else { break };
            rest = tail;
            let (name, times) = slot.split_once('*').unwrap_or((slot, "1-1:"));
            let (range, separator) = times.split_once(':').unwrap_or((times, ""));
            let (least, most) = range.split_once('-').unwrap_or((range, range));
            let (least, most) = (least.parse().unwrap_or(1), most.parse::<usize>().unwrap_or(1));
            let pool = self.pool.get(name).ok_or_else(|| format!("there is no pool `{name}`"))?;
            let mut words: Vec<&String> = pool.iter().collect();
            let count = (least + random.below(most - least + 1)).min(words.len());
            for number in 0..count {
                let word = words.swap_remove(random.below(words.len()));
                composed.push_str(if number > 0 { separator } else { "" });
                if depth < DEEPEST {
                    composed.push_str(&self.compose(word, random, depth + 1)?);
                }
            }
        }
        composed.push_str(rest);
        Ok(composed)
    }
}

/// A linear congruential generator: the same seed, the same pages.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end.max(1)
    }
}

fn hash(text: &str) -> u64 {
    text.bytes()
        .fold(0xCBF2_9CE4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01B3))
}

/// One line to standard output; a reader that went away is no failure of the measurement.
fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}
