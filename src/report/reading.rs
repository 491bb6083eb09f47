//! What the formats for people share: grouping, the verdict sentence, and a finding with every part in words.
//!
//! Every text in [`Shown`] is already escaped for one line of a reader; a format adds only its own markup.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::Offset;

use super::difference::{Side, sides};
use super::duty::{Confidence, Duty};
use super::escape::{Escaper, defanged, visible};
use super::{Belonging, Report, Reported, words};
use crate::baseline::Change;
use crate::finding::{EvidenceRef, Finding, NotAssessed, Reason, Severity, Snippet};
use crate::lang::Lang;

/// Addresses and terms shown of one finding; the rest is counted.
const SHOWN_URLS: usize = 8;
const SHOWN_TERMS: usize = 16;
/// Characters shown of one address or term.
const LONGEST_URL: usize = 300;
const LONGEST_TERM: usize = 40;
/// Characters shown of any other text that may come from a page.
const LONGEST_TEXT: usize = 2000;

/// The findings of one page, worst first.
pub(crate) struct PageGroup<'a> {
    /// The address, escaped.
    pub(crate) url: String,
    /// Its findings.
    pub(crate) findings: Vec<&'a Reported>,
}

/// The findings by page: the page with the worst finding first, and on each page the worst finding first.
pub(crate) fn pages(report: &Report) -> Vec<PageGroup<'_>> {
    let mut by_url: BTreeMap<&str, Vec<&Reported>> = BTreeMap::new();
    for reported in &report.findings {
        by_url.entry(reported.finding.url.as_str()).or_default().push(reported);
    }
    let worst_first = |finding: &Finding| {
        (std::cmp::Reverse((finding.severity, finding.state)), finding.kind, finding.id.clone())
    };
    let mut pages: Vec<_> = by_url
        .into_iter()
        .map(|(url, mut findings)| {
            findings.sort_by_cached_key(|reported| worst_first(&reported.finding));
            PageGroup { url: clip(&visible(url), LONGEST_URL), findings }
        })
        .collect();
    pages.sort_by_key(|page| std::cmp::Reverse(page.findings.first().map(|first| first.finding.severity)));
    pages
}

/// How many findings of each severity, worst first, none left out.
pub(crate) fn counts(report: &Report) -> Vec<(Severity, usize)> {
    Severity::ALL
        .iter()
        .rev()
        .map(|&severity| {
            let of_severity = report.findings.iter().filter(|one| one.finding.severity == severity);
            (severity, of_severity.count())
        })
        .collect()
}

/// The things not assessed, by reason.
pub(crate) fn gaps(report: &Report) -> BTreeMap<Reason, Vec<&NotAssessed>> {
    let mut by_reason: BTreeMap<Reason, Vec<&NotAssessed>> = BTreeMap::new();
    for gap in &report.not_assessed {
        by_reason.entry(gap.reason).or_default().push(gap);
    }
    by_reason
}

/// One sentence on the whole run.
pub(crate) fn verdict(report: &Report, lang: Lang) -> String {
    let found = report.findings.len();
    let gaps = report.not_assessed.len();
    let tally: Vec<String> = counts(report)
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .map(|(severity, count)| format!("{} {count}", words::severity(severity).get(lang)))
        .collect();
    match (lang, found, gaps) {
        (Lang::Zh, 0, 0) => "未发现问题：在所列访问方式和时间内未观察到异常".to_owned(),
        (Lang::Zh, 0, _) => format!("所评估部分未发现问题，另有 {gaps} 项未能评估"),
        (Lang::Zh, _, 0) => format!("发现 {found} 项问题：{}", tally.join("，")),
        (Lang::Zh, _, _) => format!("发现 {found} 项问题：{}；另有 {gaps} 项未能评估", tally.join("，")),
        (Lang::En, 0, 0) => {
            "Nothing found: not observed under the profiles and at the times listed".to_owned()
        }
        (Lang::En, 0, _) => {
            format!("Nothing found in what was assessed; {} not assessed", counted(gaps, "item"))
        }
        (Lang::En, _, 0) => format!("{}: {}", counted(found, "finding"), tally.join(", ")),
        (Lang::En, _, _) => format!(
            "{}: {}; {} not assessed",
            counted(found, "finding"),
            tally.join(", "),
            counted(gaps, "item")
        ),
    }
}

/// The English number of things.
fn counted(count: usize, thing: &str) -> String {
    format!("{count} {thing}{}", if count == 1 { "" } else { "s" })
}

/// A finding with every part in words.
pub(crate) struct Shown {
    pub(crate) id: String,
    pub(crate) severity_id: &'static str,
    pub(crate) severity: &'static str,
    pub(crate) state: &'static str,
    pub(crate) kind_id: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) confidence: String,
    pub(crate) title: String,
    pub(crate) explanation: String,
    pub(crate) remedy: String,
    pub(crate) target: Option<String>,
    pub(crate) category: Option<&'static str>,
    /// Profile, line, technique: what fits on one line.
    pub(crate) place: String,
    pub(crate) profile: Option<String>,
    pub(crate) method: Option<String>,
    pub(crate) selector: Option<String>,
    pub(crate) line: Option<u32>,
    pub(crate) snippet: Option<Marked>,
    /// What differs from the accepted state of the page, side by side.
    pub(crate) changes: Vec<Side>,
    pub(crate) conditions: String,
    /// Outside addresses, defanged; the last entry counts those left out.
    pub(crate) leads: Vec<String>,
    pub(crate) landing: Option<String>,
    pub(crate) terms: String,
    pub(crate) signals: String,
    pub(crate) duties: Vec<ShownDuty>,
    pub(crate) evidence: Vec<ShownEvidence>,
    pub(crate) reproduce: String,
    pub(crate) first_seen: String,
    pub(crate) last_seen: String,
    /// First and last sighting as one text.
    pub(crate) seen: String,
    /// The incident, how it stands and the site it is kept under.
    pub(crate) incident: String,
}

/// A snippet in three parts, escaped.
pub(crate) struct Marked {
    pub(crate) before: String,
    pub(crate) marked: String,
    pub(crate) after: String,
}

/// A duty in words.
pub(crate) struct ShownDuty {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) article: String,
    pub(crate) duty: String,
    pub(crate) relation: &'static str,
    pub(crate) in_force: String,
    pub(crate) confidence: String,
    pub(crate) verified: bool,
    pub(crate) penalties: Vec<ShownPenalty>,
    pub(crate) caveats: Vec<String>,
}

/// One tier of consequences in words.
pub(crate) struct ShownPenalty {
    pub(crate) article: String,
    pub(crate) range: String,
}

/// One kept piece of evidence in words.
pub(crate) struct ShownEvidence {
    pub(crate) role: &'static str,
    pub(crate) sha256: String,
    pub(crate) sm3: String,
    pub(crate) at: String,
    /// What a picture shows, and where it is kept.
    pub(crate) picture: Option<(String, String)>,
    /// The picture as it is written into a page; `None` for one that is too large for that.
    pub(crate) data: Option<String>,
}

impl Shown {
    /// A finding in one language, times at one offset.
    pub(crate) fn of(reported: &Reported, lang: Lang, offset: Offset) -> Self {
        let finding = &reported.finding;
        let place = &finding.place;
        let profile = place.profile.as_ref().map(|id| words::profile(id.as_str(), lang));
        let method = place.method.as_deref().map(|id| method(id, lang));
        Self {
            id: visible(finding.id.as_str()),
            severity_id: finding.severity.as_str(),
            severity: words::severity(finding.severity).get(lang),
            state: words::state(finding.state).get(lang),
            kind_id: finding.kind.as_str(),
            kind: words::kind(finding.kind).get(lang),
            confidence: format!("{:.0}%", finding.confidence * 100.0),
            title: shown(finding.title.get(lang)),
            explanation: shown(finding.explanation.get(lang)),
            remedy: shown(finding.remedy.get(lang)),
            target: finding.target.as_ref().map(|target| shown(target.as_str())),
            category: finding.payload.category.map(|category| words::category(category).get(lang)),
            place: place_in_words(profile.as_deref(), place.line, method.as_deref(), lang),
            profile,
            method,
            selector: place.selector.as_deref().map(shown),
            line: place.line,
            snippet: place.snippet.as_ref().map(Marked::of),
            changes: changes(finding, lang),
            conditions: words::conditions(&finding.conditions, lang),
            leads: leads(&finding.payload.urls, lang),
            landing: finding.payload.landing.as_deref().map(|url| clip(&defanged(url), LONGEST_URL)),
            terms: terms(&finding.payload.terms, lang),
            signals: signals(finding, lang),
            duties: reported.obligations.iter().map(|duty| ShownDuty::of(duty, lang)).collect(),
            evidence: reported.evidence.iter().map(|kept| ShownEvidence::of(kept, lang, offset)).collect(),
            reproduce: visible(&finding.reproduce),
            first_seen: time(finding.first_seen, offset),
            last_seen: time(finding.last_seen, offset),
            seen: period(finding.first_seen, finding.last_seen, offset),
            incident: reported
                .incident
                .as_ref()
                .map(|incident| belonging(incident, lang))
                .unwrap_or_default(),
        }
    }
}

/// The differences from the accepted state that a finding carries; none where it carries none, or others than these.
fn changes(finding: &Finding, lang: Lang) -> Vec<Side> {
    let kept = finding.detail.get("changes").cloned().unwrap_or_default();
    serde_json::from_value::<Vec<Change>>(kept).map(|changes| sides(&changes, lang)).unwrap_or_default()
}

impl Shown {
    /// Cuts the snippet to what a reader can use: so many characters on each side of the offending part, and of it.
    pub(crate) fn shorten(&mut self, around: usize, offending: usize) {
        let Some(snippet) = &mut self.snippet else { return };
        let too_long = snippet.before.chars().count().saturating_sub(around);
        if too_long > 0 {
            let kept: String = snippet.before.chars().skip(too_long).collect();
            snippet.before = format!("…{kept}");
        }
        snippet.marked = clip(&snippet.marked, offending);
        snippet.after = clip(&snippet.after, around);
    }
}

impl Marked {
    /// The snippet in three parts; a mark that does not fit the text marks all of it.
    pub(crate) fn of(snippet: &Snippet) -> Self {
        let (start, end) = snippet.mark;
        let text = snippet.text.as_str();
        let parts = (text.get(..start), text.get(start..end), text.get(end..));
        let (before, marked, after) = match parts {
            (Some(before), Some(marked), Some(after)) => (before, marked, after),
            _ => ("", text, ""),
        };
        let mut escaper = Escaper::default();
        let mut escape = |part: &str| {
            let part = part.replace("\r\n", "\n");
            part.chars().fold(String::with_capacity(part.len()), |mut out, c| {
                escaper.push(&mut out, c);
                out
            })
        };
        Self { before: escape(before), marked: escape(marked), after: escape(after) }
    }
}

impl ShownDuty {
    /// A duty in one language.
    pub(crate) fn of(duty: &Duty, lang: Lang) -> Self {
        let text = |text: &crate::lang::Bilingual| shown(text.get(lang));
        let labels = words::labels(lang);
        let confidence = words::confidence(duty.confidence).get(lang);
        let confidence = match lang {
            Lang::Zh => format!("{confidence}（{}）", duty.confidence.as_str()),
            Lang::En => format!("{confidence} ({})", duty.confidence.as_str()),
        };
        Self {
            id: visible(duty.id.as_str()),
            title: text(&duty.title),
            article: text(&duty.article),
            duty: text(&duty.duty),
            relation: words::relation(duty.relation).get(lang),
            in_force: in_force(duty, lang),
            confidence: if duty.verified || duty.confidence == Confidence::M {
                confidence
            } else {
                format!("{confidence} · {}", labels.unverified)
            },
            verified: duty.verified,
            penalties: duty
                .penalties
                .iter()
                .map(|penalty| ShownPenalty { article: text(&penalty.article), range: text(&penalty.range) })
                .collect(),
            caveats: duty.caveats.iter().map(text).collect(),
        }
    }
}

impl ShownEvidence {
    fn of(kept: &EvidenceRef, lang: Lang, offset: Offset) -> Self {
        Self {
            role: words::role(kept.role).get(lang),
            sha256: visible(&kept.sha256),
            sm3: visible(&kept.sm3),
            at: time(kept.at, offset),
            picture: kept
                .picture
                .as_ref()
                .map(|picture| (visible(picture.caption.get(lang)), visible(&picture.file))),
            data: None,
        }
    }

    /// The first digits of a digest, enough to find it in the manifest.
    pub(crate) fn short(digest: &str) -> String {
        digest.chars().take(16).collect()
    }
}

/// The incident, how it stands, the site.
fn belonging(incident: &Belonging, lang: Lang) -> String {
    let standing = words::standing(incident.standing).get(lang);
    format!("{} · {standing} · {}", visible(incident.id.as_str()), shown(incident.site.as_str()))
}

/// A time to the second with its offset.
pub fn time(at: Timestamp, offset: Offset) -> String {
    offset.to_datetime(at).strftime("%Y-%m-%d %H:%M:%S").to_string() + &zone(offset)
}

/// A span of time as one text.
pub(crate) fn period(from: Timestamp, to: Timestamp, offset: Offset) -> String {
    let (first, last) = (time(from, offset), time(to, offset));
    if first == last { first } else { format!("{first} → {last}") }
}

/// ` +08:00`, or the hours and minutes of another offset.
fn zone(offset: Offset) -> String {
    let seconds = offset.seconds();
    let sign = if seconds < 0 { '-' } else { '+' };
    format!(" {sign}{:02}:{:02}", seconds.abs() / 3600, seconds.abs() / 60 % 60)
}

/// A text cut to a number of characters, with an ellipsis where something is missing.
pub(crate) fn clip(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

fn shown(text: &str) -> String {
    clip(&visible(text), LONGEST_TEXT)
}

fn method(id: &str, lang: Lang) -> String {
    match (words::method(id), lang) {
        (Some(words), Lang::Zh) => format!("{}（{}）", words.zh, visible(id)),
        (Some(words), Lang::En) => format!("{} ({})", words.en, visible(id)),
        (None, _) => shown(id),
    }
}

fn place_in_words(profile: Option<&str>, line: Option<u32>, method: Option<&str>, lang: Lang) -> String {
    let line = line.map(|line| match lang {
        Lang::Zh => format!("第 {line} 行"),
        Lang::En => format!("line {line}"),
    });
    let parts = [profile.map(str::to_owned), line, method.map(str::to_owned)];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

fn leads(urls: &[String], lang: Lang) -> Vec<String> {
    let mut leads: Vec<_> =
        urls.iter().take(SHOWN_URLS).map(|url| clip(&defanged(url), LONGEST_URL)).collect();
    leads.extend(left_out(urls.len(), SHOWN_URLS, lang));
    leads
}

fn terms(terms: &[String], lang: Lang) -> String {
    let mut shown: Vec<_> =
        terms.iter().take(SHOWN_TERMS).map(|term| clip(&visible(term), LONGEST_TERM)).collect();
    shown.extend(left_out(terms.len(), SHOWN_TERMS, lang));
    shown.join(" · ")
}

fn left_out(all: usize, most: usize, lang: Lang) -> Option<String> {
    let rest = all.checked_sub(most).filter(|rest| *rest > 0)?;
    Some(match lang {
        Lang::Zh => format!("另有 {rest} 项"),
        Lang::En => format!("and {rest} more"),
    })
}

fn signals(finding: &Finding, lang: Lang) -> String {
    let said = |signal| words::signal(finding.kind, signal).get(lang);
    finding.signals.iter().copied().map(said).collect::<Vec<_>>().join(" + ")
}

fn in_force(duty: &Duty, lang: Lang) -> String {
    match (lang, duty.in_force.from, duty.in_force.to) {
        (Lang::Zh, Some(from), None) => format!("{from} 起施行"),
        (Lang::Zh, Some(from), Some(to)) => format!("{from} 至 {to} 施行"),
        (Lang::Zh, None, Some(to)) => format!("施行至 {to}"),
        (Lang::Zh, None, None) => "施行日期未核实".to_owned(),
        (Lang::En, Some(from), None) => format!("in force since {from}"),
        (Lang::En, Some(from), Some(to)) => format!("in force {from} to {to}"),
        (Lang::En, None, Some(to)) => format!("in force until {to}"),
        (Lang::En, None, None) => "dates of force unverified".to_owned(),
    }
}
