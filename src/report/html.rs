//! One self-contained page, pictures included: no script, no request, no link to anywhere but itself; fit for paper, phone and night.
//!
//! Texts come escaped from `reading` and are escaped for HTML by the template. The style sheet is admitted by its
//! digest alone, so that no style or script that slipped in could run.

use askama::Template;

use super::reading::{self, Shown, ShownDuty};
use super::words::{self, Labels};
use super::{Options, Report, ReportError, Reported};
use crate::finding::Severity;
use crate::id::{sha256_hex, unhex};
use crate::lang::Lang;

/// The style sheet, exactly as it stands between the tags.
pub(super) const STYLE: &str = include_str!("../../templates/report.css");
/// Characters of a snippet shown on each side of the offending part, and of the part itself.
pub(super) const AROUND: usize = 240;
pub(super) const OFFENDING: usize = 600;
/// Bytes of one picture, and of all pictures of a report, that are written into the page.
const LARGEST_PICTURE: usize = 1 << 20;
pub(super) const PICTURES: usize = 24 << 20;

/// The whole page.
///
/// # Errors
/// When the template cannot be rendered.
pub fn document(report: &Report, lang: Lang, options: &Options) -> Result<String, ReportError> {
    let mut law: Vec<ShownDuty> = Vec::new();
    let pages = pages(report, lang, options, &mut law);
    let page = Page {
        l: words::labels(lang),
        style: STYLE,
        style_digest: base64_of_hex(&sha256_hex(STYLE.as_bytes())),
        verdict: reading::verdict(report, lang),
        worst: worst(report),
        tally: tally(report, lang),
        pages,
        law,
        gaps: gaps(report, lang),
        gap_count: report.not_assessed.len(),
        blind_spots: words::BLIND_SPOTS.iter().map(|spot| spot.get(lang)).collect(),
        facts: facts(report, lang, options),
    };
    Ok(page.render()?)
}

#[derive(Template)]
#[template(path = "report.html")]
struct Page {
    l: Labels,
    style: &'static str,
    style_digest: String,
    verdict: String,
    worst: &'static str,
    tally: Vec<Tally>,
    pages: Vec<PageView>,
    law: Vec<ShownDuty>,
    gaps: Vec<GapView>,
    gap_count: usize,
    blind_spots: Vec<&'static str>,
    facts: Vec<(&'static str, String)>,
}

/// How many findings of one severity.
struct Tally {
    severity_id: &'static str,
    severity: &'static str,
    count: usize,
}

struct PageView {
    url: String,
    findings: Vec<FindingView>,
}

struct FindingView {
    /// Its number in the report, from 1: the anchor.
    number: usize,
    shown: Shown,
}

struct GapView {
    reason: &'static str,
    reason_id: &'static str,
    advice: &'static str,
    /// Address and detail.
    items: Vec<(String, String)>,
}

fn pages(report: &Report, lang: Lang, options: &Options, law: &mut Vec<ShownDuty>) -> Vec<PageView> {
    let mut number = 0;
    let mut room = PICTURES;
    let mut pages = Vec::new();
    for page in reading::pages(report) {
        let mut findings = Vec::new();
        for reported in page.findings {
            number += 1;
            let mut shown = Shown::of(reported, lang, options.offset);
            shown.shorten(AROUND, OFFENDING);
            embed(&mut shown, reported, &mut room);
            for duty in &reported.obligations {
                if !law.iter().any(|known| known.id == duty.id.as_str()) {
                    law.push(ShownDuty::of(duty, lang));
                }
            }
            findings.push(FindingView { number, shown });
        }
        pages.push(PageView { url: page.url, findings });
    }
    law.sort_by(|one, other| one.id.cmp(&other.id));
    pages
}

/// Writes pictures into the page as long as there is room; what is too large is named with its file.
pub(super) fn embed(shown: &mut Shown, reported: &Reported, room: &mut usize) {
    for (shown, kept) in shown.evidence.iter_mut().zip(&reported.evidence) {
        let Some(picture) = &kept.picture else { continue };
        let size = picture.png.len();
        if size <= LARGEST_PICTURE && size <= *room && picture.png.starts_with(b"\x89PNG") {
            *room -= size;
            shown.data = Some(format!("data:image/png;base64,{}", base64(&picture.png)));
        }
    }
}

fn worst(report: &Report) -> &'static str {
    let worst = report.findings.iter().map(|one| one.finding.severity).max();
    match worst {
        Some(severity) => severity.as_str(),
        None if report.not_assessed.is_empty() => "clean",
        None => "unknown",
    }
}

fn tally(report: &Report, lang: Lang) -> Vec<Tally> {
    let view = |(severity, count): (Severity, usize)| Tally {
        severity_id: severity.as_str(),
        severity: words::severity(severity).get(lang),
        count,
    };
    reading::counts(report).into_iter().map(view).collect()
}

fn gaps(report: &Report, lang: Lang) -> Vec<GapView> {
    reading::gaps(report)
        .into_iter()
        .map(|(reason, gaps)| GapView {
            reason: words::reason(reason).get(lang),
            reason_id: reason.as_str(),
            advice: words::advice(reason).get(lang),
            items: gaps
                .into_iter()
                .map(|gap| {
                    let detail = super::escape::visible(gap.detail.get(lang));
                    (reading::clip(&super::escape::visible(&gap.url), 300), detail)
                })
                .collect(),
        })
        .collect()
}

fn facts(report: &Report, lang: Lang, options: &Options) -> Vec<(&'static str, String)> {
    let labels = words::labels(lang);
    let summary = &report.summary;
    let counts = match lang {
        Lang::Zh => format!("{} 个网址，{} 次请求", summary.urls, summary.requests),
        Lang::En => format!("{} addresses, {} requests", summary.urls, summary.requests),
    };
    let profiles: Vec<_> = summary.profiles.iter().map(|id| words::profile(id.as_str(), lang)).collect();
    let separator = if lang == Lang::Zh { "；" } else { "; " };
    vec![
        (labels.scope, counts),
        (labels.profiles, profiles.join(separator)),
        (labels.period, reading::period(summary.started, summary.ended, options.offset)),
        (labels.law_as_of, summary.law_as_of.to_string()),
        (labels.version, super::escape::visible(&summary.version)),
    ]
}

/// Base64 of bytes given in hexadecimal, as content security policies want digests.
pub(super) fn base64_of_hex(hex: &str) -> String {
    base64(&unhex(hex).unwrap_or_default())
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let at = |index: usize| u32::from(group.get(index).copied().unwrap_or(0));
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for place in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * place) & 63) as usize];
            text.push(if place <= group.len() { char::from(digit) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_written_as_content_security_policies_want_them() {
        let check = |hex: &str, expected: &str| assert_eq!(base64_of_hex(hex), expected);
        check("", "");
        check("66", "Zg==");
        check("666f", "Zm8=");
        check("666f6f", "Zm9v");
        check("666f6f62", "Zm9vYg==");
        check("fffefd", "//79");
    }
}
