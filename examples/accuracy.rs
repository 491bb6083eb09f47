//! Measures the detectors on a folder of labelled pages: `cargo run --release --example accuracy -- FOLDER`.
//!
//! The folder holds `manifest.jsonl` (one object a line: `file`, `label`, `kind` whole or fragment, `subtype`, perhaps
//! `url`) and `pages/`. Fragments are put into neutral carrier pages, scripts into an inline script of one. An
//! honest saved page is judged at the address it came from: the one in the manifest, else the one it gives itself where
//! its own links lead there, too; a copy of a bad page proves nothing about where it stood. Prints recall by label with Wilson 95 % intervals, honest pages with a finding of medium or worse, and
//! both by name.

#[path = "measure/interval.rs"]
mod interval;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use interval::wilson;
use url::Url;
use xuncha::detect::dossier::Dossier;
use xuncha::detect::{Context, judge};
use xuncha::exchange::charset;
use xuncha::exchange::host::{registrable_domain, same_site};
use xuncha::finding::{Finding, Kind, Outcome, Severity};
use xuncha::page::{Page, Viewport};
use xuncha::script::engine::{Resources, Terms};
use xuncha::script::observe::observe;

/// The address of a page that gives none.
const CARRIER: &str = "http://www.carrier.test/";

const CARRIERS: &[&str] = &[
    "<!DOCTYPE html><html lang=zh-CN><head><meta charset=utf-8><title>青河县自然资源局</title></head><body><div class=header>\
     <h1>青河县自然资源局</h1></div><div class=nav><a href=/jg/>机构概况</a><a href=/xw/>工作动态</a><a href=/gk/>政务公开</a></div>\
     <div class=main><h2>关于开展耕地保护督查的通知</h2><p>各乡镇人民政府：为进一步落实耕地保护责任，定于本月下旬开展督查，请做好准备。</p>\
     {FRAGMENT}</div><div class=footer><p>主办：青河县自然资源局 地址：青河县人民路八号</p></div></body></html>",
    "<!DOCTYPE html><html lang=zh-CN><head><meta charset=utf-8><title>临江第二中学</title></head><body><header><h1>临江第二中学</h1>\
     <ul><li><a href=/about.html>学校概况</a><li><a href=/news/>校园新闻</a><li><a href=/teach/>教学教研</a></ul></header>\
     <article><h2>我校举行秋季运动会</h2><p>十月十二日，我校秋季运动会在田径场开幕，全校四十二个班级参加了入场式。</p></article>\
     {FRAGMENT}<footer>临江第二中学 版权所有</footer></body></html>",
    "<!DOCTYPE html><html lang=zh-CN><head><meta charset=utf-8><title>恒川机械制造有限公司</title></head><body><div id=top><a href=/>首页</a>\
     <a href=/product/>产品中心</a><a href=/contact/>联系我们</a></div>{FRAGMENT}<div id=content><h1>公司简介</h1><p>本公司成立于二〇〇三年，\
     专业生产农用机械及配件，产品销往全国二十多个省市，通过质量管理体系认证。</p></div><div id=foot>恒川机械制造有限公司</div></body></html>",
];

/// One labelled page with what was found on it.
struct Sample {
    file: String,
    label: String,
    subtype: String,
    findings: Vec<Finding>,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().nth(1).ok_or("which folder? accuracy FOLDER")?;
    let folder = Path::new(&folder);
    let context = Context::builtin();
    let terms = Terms::on(xuncha::scan::legal_day(jiff::Timestamp::now()));
    let mut samples = Vec::new();
    let (mut parsing, mut observing, mut judging) = (Duration::ZERO, Duration::ZERO, Duration::ZERO);
    for line in std::fs::read_to_string(folder.join("manifest.jsonl"))?.lines() {
        let row: serde_json::Value = serde_json::from_str(line)?;
        let text = |key: &str| row[key].as_str().unwrap_or_default().to_owned();
        let file = text("file");
        let bytes = std::fs::read(folder.join("pages").join(&file))?;
        let source = charset::decode(&bytes, None).text;
        let pages = pages(&source, &file, &text("kind"));
        let honest = text("label") == "benign" && text("kind") == "whole";
        let own = || honest.then(|| own_address(&source)).flatten();
        let url = row["url"].as_str().map(str::to_owned).or_else(own).unwrap_or_else(|| CARRIER.to_owned());
        let count = pages.len();
        let mut findings = Vec::new();
        let mut hits = 0;
        for page in pages {
            let begin = Instant::now();
            let mut dossier = Dossier::of_page(&url, &page);
            let parsed = Instant::now();
            for view in &mut dossier.views {
                let seen = view.page.as_ref().map(|read| observe(read, &page, &Resources::default(), terms));
                view.observation = seen.map(Arc::new);
            }
            let seen = Instant::now();
            let outcomes = judge(&dossier, &context);
            (parsing, observing, judging) =
                (parsing + (parsed - begin), observing + (seen - parsed), judging + seen.elapsed());
            let found = outcomes.into_iter().filter_map(|outcome| match outcome {
                Outcome::Violation(finding) | Outcome::NeedsReview(finding) => Some(*finding),
                _ => None,
            });
            let found: Vec<Finding> = found.filter(is_content).collect();
            hits += usize::from(found.iter().any(|finding| wanted(&text("label"), finding)));
            findings.extend(found);
        }
        let label = text("label");
        if label != "benign" && hits > 0 && hits < count {
            say(&format!("only in {hits} of {count} carriers: {file}"));
        }
        if label != "benign" && hits < count {
            findings.retain(|finding| !wanted(&label, finding));
        }
        samples.push(Sample { file, label, subtype: text("subtype"), findings });
    }
    report(&samples);
    say(&format!("\nparse {parsing:?}, scripts {observing:?}, judge {judging:?}"));
    Ok(())
}

/// One line to standard output; a reader that went away is no failure of the measurement.
fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// The documents that a sample is judged in.
fn pages(source: &str, file: &str, kind: &str) -> Vec<String> {
    let script = Path::new(file).extension().is_some_and(|extension| extension == "js");
    let fragment = if script { format!("<script>\n{source}\n</script>") } else { source.to_owned() };
    if kind == "whole" && !script {
        return vec![fragment];
    }
    CARRIERS.iter().map(|carrier| carrier.replace("{FRAGMENT}", &fragment)).collect()
}

/// The address a saved page gives itself (`canonical`, `og:url`), where it is no stranger's: at least three of its absolute
/// links lead to that site, and to no other as many. Where it gives none, the site that six in ten of them lead to.
fn own_address(source: &str) -> Option<String> {
    let nowhere = Url::parse(CARRIER).ok()?;
    let page = Page::parse(source, &nowhere, &[], Viewport::DESKTOP);
    let named = page.relations.iter().find(|relation| relation.rel == "canonical").map(|one| one.url.clone());
    let social = || {
        let meta = page.metas.iter().find(|meta| meta.name == "og:url")?;
        Url::parse(meta.content.text.trim()).ok()
    };
    let named = named.or_else(social);
    let mut sites: BTreeMap<String, usize> = BTreeMap::new();
    for url in page.links.iter().filter_map(|link| link.url.as_ref()) {
        if let Some(site) = registrable_domain(url).filter(|_| !same_site(url, &nowhere)) {
            *sites.entry(site).or_default() += 1;
        }
    }
    let Some(named) = named else {
        // A page that was saved with whole addresses leads to its own site most of the time.
        let all: usize = sites.values().sum();
        let (site, most) = sites.into_iter().max_by_key(|(_, count)| *count)?;
        return (most >= 10 && most * 10 >= all * 6).then(|| format!("http://{site}/"));
    };
    let own = sites.remove(&registrable_domain(&named)?)?;
    (own >= 3 && sites.values().all(|count| *count <= own)).then(|| named.to_string())
}

/// The kinds that words and shape on one page can tell; marks and transport belong to other measurements.
fn is_content(finding: &Finding) -> bool {
    matches!(
        finding.kind,
        Kind::HiddenLink
            | Kind::InjectedKeywords
            | Kind::IllegalContent
            | Kind::Defacement
            | Kind::IllicitRedirect
            | Kind::SuspiciousScript
    )
}

/// Whether a finding is what a label asks for.
fn wanted(label: &str, finding: &Finding) -> bool {
    match label {
        "hidden_link" => finding.kind == Kind::HiddenLink,
        "defacement" => finding.kind == Kind::Defacement,
        "gambling_page" | "fraud_page" => finding.kind == Kind::IllegalContent,
        "benign" => finding.severity >= Severity::Medium,
        _ => finding.severity >= Severity::Medium,
    }
}

fn report(samples: &[Sample]) {
    let mut rows: BTreeMap<(&str, &str), (usize, usize, usize)> = BTreeMap::new();
    for sample in samples {
        let hit = sample.findings.iter().any(|finding| wanted(&sample.label, finding));
        let loud = |finding: &Finding| finding.severity >= Severity::Medium && wanted(&sample.label, finding);
        let loud = sample.findings.iter().any(loud);
        for subtype in ["", sample.subtype.as_str()] {
            let row = rows.entry((&sample.label, subtype)).or_default();
            *row = (row.0 + usize::from(hit), row.1 + 1, row.2 + usize::from(loud));
            if sample.subtype.is_empty() {
                break;
            }
        }
        let quiet = if sample.label == "benign" { hit } else { !hit };
        if quiet {
            let word = if sample.label == "benign" { "false alarm" } else { "missed" };
            say(&format!("{word}: {} {} {}", sample.label, sample.subtype, sample.file));
            for finding in &sample.findings {
                let found = format!(
                    "    {} {} {} {} {:?} {}",
                    finding.kind,
                    finding.severity,
                    finding.state,
                    finding.place.method.as_deref().unwrap_or(""),
                    finding.payload.terms,
                    serde_json::Value::Object(finding.detail.clone())
                );
                say(&found.chars().take(400).collect::<String>());
            }
        }
    }
    say("");
    for ((label, subtype), (hits, all, loud)) in rows {
        let (low, high) = wilson(hits, all);
        say(&format!(
            "{label:24} {subtype:24} {hits:4}/{all:<4} {:6.1} %  [{low:.1}, {high:.1}]  medium or worse: {loud}",
            100.0 * hits as f64 / all as f64
        ));
    }
}
