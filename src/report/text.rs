//! A report for a terminal: the verdict first, then each page with its worst finding on top, the offending source
//! underlined, the duties, the evidence and the command that shows it again; then what could not be looked at.
//!
//! Fits the terminal's width and the width of Chinese characters. Escapes of our own only where colour is wanted.

use std::collections::HashSet;

use anstyle::{AnsiColor, Style};

use super::reading::{self, Marked, Shown, ShownDuty, ShownEvidence};
use super::words::{self, Labels};
use super::wrap::{clipped, columns, padded, wrapped};
use super::{Options, Report};
use crate::finding::Severity;
use crate::lang::Lang;

/// Columns within which the report stays.
const NARROWEST: usize = 40;
const WIDEST: usize = 120;
/// Blanks before everything that belongs to a finding.
const INDENT: usize = 2;
/// Rows of source shown of one snippet.
const SNIPPET_ROWS: usize = 3;
/// Duties told with text and penalties; further ones in a line each.
const DUTIES_IN_FULL: usize = 3;

/// The whole report.
pub fn document(report: &Report, lang: Lang, options: &Options) -> String {
    let width = options.width.clamp(NARROWEST, WIDEST);
    let labels = words::labels(lang);
    let gutter = gutter(&labels);
    let mut writer = Writer {
        out: String::new(),
        lang,
        labels,
        width,
        gutter,
        colour: options.colour,
        told: HashSet::new(),
    };
    writer.head(report);
    for page in reading::pages(report) {
        writer.page(&page.url, page.findings.len());
        for reported in page.findings {
            writer.finding(&Shown::of(reported, lang, options.offset), reported.finding.severity);
        }
    }
    writer.gaps(report);
    writer.close(report, options);
    writer.out
}

/// The widest heading within a finding.
fn gutter(l: &Labels) -> usize {
    let headings = [
        l.place,
        l.source,
        l.conditions,
        l.leads,
        l.terms,
        l.signals,
        l.explanation,
        l.remedy,
        l.duties,
        l.evidence,
        l.reproduce,
        l.seen,
        l.id,
    ];
    headings.iter().map(|heading| columns(heading)).max().unwrap_or(0) + 2
}

struct Writer {
    out: String,
    lang: Lang,
    labels: Labels,
    width: usize,
    gutter: usize,
    colour: bool,
    /// Duties whose text was shown already.
    told: HashSet<String>,
}

impl Writer {
    fn head(&mut self, report: &Report) {
        let name = format!("{} · {}", self.labels.product, self.labels.document_short);
        self.line(&self.paint(Style::new().bold(), &name));
        self.line("");
        let worst = report.findings.iter().map(|one| one.finding.severity).max();
        let sign = match (worst, report.not_assessed.is_empty()) {
            (Some(_), _) => "✗",
            (None, true) => "✓",
            (None, false) => "?",
        };
        let style = worst.map_or(Style::new().bold(), |worst| tint(worst).bold());
        for line in wrapped(&format!("{sign} {}", reading::verdict(report, self.lang)), self.width) {
            self.line(&self.paint(style, &line));
        }
        if let Some(worst) = worst_finding(report) {
            let title = clipped(
                &format!("  {}", super::escape::visible(worst.finding.title.get(self.lang))),
                self.width,
            );
            self.line(&title);
        }
    }

    fn page(&mut self, url: &str, count: usize) {
        self.blank();
        let tally = match self.lang {
            Lang::Zh => format!("{count} 项"),
            Lang::En => format!("{count}"),
        };
        let room = self.width - columns(&tally) - 2;
        let url = clipped(url, room);
        let head = format!("{}  {}", self.paint(Style::new().bold().underline(), &url), tally);
        self.line(&head);
        let rule = "─".repeat(self.width);
        self.line(&self.paint(dim(), &rule));
    }

    fn finding(&mut self, shown: &Shown, severity: Severity) {
        self.finding_head(shown, severity);
        for line in wrapped(&shown.title, self.width - INDENT) {
            self.line(&format!("  {}", self.paint(tint(severity), &line)));
        }
        self.line("");
        self.located(shown, severity);
        self.field(self.labels.explanation, &shown.explanation);
        self.field(self.labels.remedy, &shown.remedy);
        self.duties(&shown.duties);
        self.kept(&shown.evidence);
        self.command(&shown.reproduce);
        let target = shown.target.as_ref().map(|target| format!(" · {} {target}", self.labels.target));
        self.field(self.labels.incident, &shown.incident);
        self.field(self.labels.id, &format!("{}{}", shown.id, target.unwrap_or_default()));
        self.line("");
    }

    /// Badge, kind, state and confidence, with the kind's id at the right where there is room.
    fn finding_head(&mut self, shown: &Shown, severity: Severity) {
        let badge = format!("[{}]", shown.severity);
        let verdict = format!("{} · {} {}", shown.state, self.labels.confidence, shown.confidence);
        let badge_and_kind = columns(&badge) + 1 + columns(shown.kind);
        let one_line = badge_and_kind + 3 + columns(&verdict);
        let badge = self.paint(badge_style(severity), &badge);
        let kind = self.paint(Style::new().bold(), shown.kind);
        if one_line > self.width {
            self.line(&badge);
            for line in wrapped(&format!("{} · {verdict}", shown.kind), self.width - INDENT) {
                self.line(&format!("  {}", self.paint(Style::new().bold(), &line)));
            }
            return;
        }
        let room = self.width - one_line;
        let id = if columns(shown.kind_id) + 2 <= room {
            format!("{}{}", " ".repeat(room - columns(shown.kind_id)), shown.kind_id)
        } else {
            String::new()
        };
        self.line(&format!("{badge} {kind} · {verdict}{}", self.paint(dim(), &id)));
    }

    /// Where, what source, when it shows, where it leads.
    fn located(&mut self, shown: &Shown, severity: Severity) {
        self.field(self.labels.place, &shown.place);
        self.field("", shown.selector.as_deref().unwrap_or_default());
        if let Some(snippet) = &shown.snippet {
            self.snippet(snippet, shown.line, severity);
        }
        self.field(self.labels.conditions, &shown.conditions);
        let category = shown.category.map(|category| match self.lang {
            Lang::Zh => format!("【{category}】"),
            Lang::En => format!("[{category}] "),
        });
        let mut leads = shown.leads.join("  ");
        if let Some(landing) = shown.landing.as_ref().filter(|landing| shown.leads.first() != Some(landing)) {
            leads = format!("{leads} → {} {landing}", self.labels.landing);
        }
        self.field(self.labels.leads, format!("{}{leads}", category.unwrap_or_default()).trim_end());
        self.field(self.labels.terms, &shown.terms);
        self.field(self.labels.signals, &shown.signals);
        self.field(self.labels.seen, &shown.seen);
    }

    /// The source around the offending part, in rows, each with a line that underlines it.
    fn snippet(&mut self, snippet: &Marked, number: Option<u32>, severity: Severity) {
        let number = number.map(|number| number.to_string()).unwrap_or_default();
        let margin = columns(&number).max(3);
        let room = self.width.saturating_sub(INDENT + margin + 3).max(8);
        for (at, row) in rows(snippet, room).iter().enumerate() {
            let number = if at == 0 { number.as_str() } else { "" };
            let side = format!("  {number:>margin$} │ ");
            let source: String = row
                .iter()
                .map(|run| if run.marked { self.paint(tint(severity), &run.text) } else { run.text.clone() })
                .collect();
            self.line(&format!("{}{source}", self.paint(dim(), &side)));
            if row.iter().any(|run| run.marked) {
                let mut carets = String::new();
                for run in row {
                    carets.push_str(&if run.marked { "^" } else { " " }.repeat(columns(&run.text)));
                }
                let side = format!("  {:>margin$} │ ", "");
                let carets = self.paint(tint(severity), carets.trim_end());
                self.line(&format!("{}{carets}", self.paint(dim(), &side)));
            }
        }
    }

    fn duties(&mut self, duties: &[ShownDuty]) {
        for (at, duty) in duties.iter().enumerate() {
            let heading = if at == 0 { self.labels.duties } else { "" };
            let first = self.told.insert(duty.id.clone());
            let name = match self.lang {
                Lang::Zh => format!("{}{}", titled(&duty.title), duty.article),
                Lang::En => format!("{}, {}", duty.title, duty.article),
            };
            let name = format!("{name} · {} · {}", duty.in_force, duty.id);
            if !first {
                self.field(heading, &format!("{name} · {}", self.labels.shown_above));
                continue;
            }
            if at >= DUTIES_IN_FULL {
                self.field(heading, &format!("{name} · {} · {}", duty.relation, duty.confidence));
                continue;
            }
            self.field(heading, &name);
            self.field("", &duty.duty);
            for penalty in &duty.penalties {
                self.field(
                    "",
                    &format!(
                        "{} {}{}{}",
                        self.labels.penalty, penalty.article, self.labels.colon, penalty.range
                    ),
                );
            }
            for caveat in &duty.caveats {
                self.field("", &format!("{}{}{caveat}", self.labels.caveat, self.labels.colon));
            }
            self.field("", &format!("{} · {}", duty.relation, duty.confidence));
        }
        if !duties.is_empty() {
            self.quiet("", self.labels.lead);
        }
    }

    fn kept(&mut self, evidence: &[ShownEvidence]) {
        for (at, kept) in evidence.iter().enumerate() {
            let heading = if at == 0 { self.labels.evidence } else { "" };
            let digests = format!(
                "sha256 {}… sm3 {}…",
                ShownEvidence::short(&kept.sha256),
                ShownEvidence::short(&kept.sm3)
            );
            self.field(heading, &format!("{} {digests} · {}", kept.role, kept.at));
            if let Some((caption, file)) = &kept.picture {
                self.quiet(" ", &format!("{caption}{}{file}", self.labels.colon));
            }
        }
    }

    /// The command stands whole on lines of its own, so that it can be copied.
    fn command(&mut self, command: &str) {
        self.field(self.labels.reproduce, " ");
        self.line(&format!("  $ {command}"));
    }

    fn gaps(&mut self, report: &Report) {
        if report.not_assessed.is_empty() {
            return;
        }
        self.heading(&format!("{} · {}", self.labels.not_assessed, report.not_assessed.len()));
        for (reason, gaps) in reading::gaps(report) {
            let head = format!("? {}（{}）· {}", words::reason(reason).get(self.lang), gaps.len(), reason);
            let head =
                if self.lang == Lang::En { head.replace('（', " (").replace('）', ") ") } else { head };
            self.line(&self.paint(Style::new().fg_color(Some(AnsiColor::Cyan.into())), &head));
            for gap in gaps {
                let url = reading::clip(&super::escape::visible(&gap.url), 300);
                for line in wrapped(&url, self.width - INDENT) {
                    self.line(&format!("  {line}"));
                }
                for line in wrapped(&super::escape::visible(gap.detail.get(self.lang)), self.width - 4) {
                    self.line(&format!("    {}", self.paint(dim(), &line)));
                }
            }
            let advice = format!(
                "{}{}{}",
                self.labels.advice,
                self.labels.colon,
                words::advice(reason).get(self.lang)
            );
            for line in wrapped(&advice, self.width - INDENT) {
                self.line(&format!("  {line}"));
            }
        }
    }

    fn close(&mut self, report: &Report, options: &Options) {
        self.heading(self.labels.blind_spots);
        let spots: Vec<_> = words::BLIND_SPOTS.iter().map(|spot| spot.get(self.lang)).collect();
        let separator = if self.lang == Lang::Zh { "；" } else { "; " };
        for line in wrapped(&format!("{}.", spots.join(separator)).replace("。.", "。"), self.width - INDENT)
        {
            self.line(&format!("  {line}"));
        }
        for sentence in [self.labels.clean_means, self.labels.no_sum, self.labels.defanged] {
            self.quiet_line(sentence);
        }
        let summary = &report.summary;
        self.heading(self.labels.summary);
        let counts = match self.lang {
            Lang::Zh => format!("{} 个网址，{} 次请求", summary.urls, summary.requests),
            Lang::En => format!("{} addresses, {} requests", summary.urls, summary.requests),
        };
        self.field(self.labels.scope, &counts);
        let profiles: Vec<_> =
            summary.profiles.iter().map(|id| words::profile(id.as_str(), self.lang)).collect();
        let separator = if self.lang == Lang::Zh { "；" } else { "; " };
        self.field(self.labels.profiles, &profiles.join(separator));
        self.field(self.labels.period, &reading::period(summary.started, summary.ended, options.offset));
        self.field(self.labels.law_as_of, &summary.law_as_of.to_string());
        self.field(self.labels.version, &super::escape::visible(&summary.version));
    }

    fn heading(&mut self, text: &str) {
        self.blank();
        self.line(&self.paint(Style::new().bold(), text));
    }

    /// A heading with its text, wrapped beside it; nothing where there is no text.
    fn field(&mut self, heading: &str, text: &str) {
        self.styled_field(heading, text, Style::new());
    }

    fn quiet(&mut self, heading: &str, text: &str) {
        self.styled_field(heading, text, dim());
    }

    fn quiet_line(&mut self, text: &str) {
        for line in wrapped(text, self.width - INDENT) {
            self.line(&format!("  {}", self.paint(dim(), &line)));
        }
    }

    fn styled_field(&mut self, heading: &str, text: &str, style: Style) {
        if text.is_empty() {
            return;
        }
        let gutter = self.gutter.max(columns(heading) + 2);
        for (at, line) in wrapped(text, self.width - INDENT - gutter).iter().enumerate() {
            let side = padded(if at == 0 { heading } else { "" }, gutter);
            let side = self.paint(dim(), &side);
            self.line(&format!("  {side}{}", self.paint(style, line)));
        }
    }

    /// Exactly one empty line.
    fn blank(&mut self) {
        if !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }

    fn line(&mut self, text: &str) {
        self.out.push_str(text.trim_end());
        self.out.push('\n');
    }

    fn paint(&self, style: Style, text: &str) -> String {
        if self.colour && !text.is_empty() && style != Style::new() {
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    }
}

fn worst_finding(report: &Report) -> Option<&super::Reported> {
    reading::pages(report).into_iter().next().and_then(|page| page.findings.into_iter().next())
}

/// An instrument's title in book marks, unless it has them.
fn titled(title: &str) -> String {
    if title.starts_with('《') { title.to_owned() } else { format!("《{title}》") }
}

fn dim() -> Style {
    Style::new().dimmed()
}

fn tint(severity: Severity) -> Style {
    let colour = match severity {
        Severity::Critical | Severity::High => AnsiColor::Red,
        Severity::Medium => AnsiColor::Yellow,
        Severity::Low => AnsiColor::Cyan,
        Severity::Info => AnsiColor::Blue,
    };
    Style::new().fg_color(Some(colour.into()))
}

fn badge_style(severity: Severity) -> Style {
    match severity {
        Severity::Critical => Style::new()
            .bold()
            .fg_color(Some(AnsiColor::BrightWhite.into()))
            .bg_color(Some(AnsiColor::Red.into())),
        _ => tint(severity).bold(),
    }
}

/// A stretch of source that is marked or not.
struct Run {
    text: String,
    marked: bool,
}

/// The snippet as rows of at most `room` columns; where it does not fit, a window that begins shortly before the mark.
fn rows(snippet: &Marked, room: usize) -> Vec<Vec<Run>> {
    let lead = room / 3;
    let before = tail(
        &snippet.before,
        lead.max(
            room.saturating_mul(SNIPPET_ROWS)
                .saturating_sub(columns(&snippet.marked) + columns(&snippet.after).min(lead)),
        )
        .min(room),
    );
    let mut rows: Vec<Vec<Run>> = vec![Vec::new()];
    let mut used = 0;
    for (text, marked) in [(before.as_str(), false), (&snippet.marked, true), (&snippet.after, false)] {
        for c in text.chars() {
            let wide = columns(c.encode_utf8(&mut [0; 4]));
            if used + wide > room {
                if rows.len() == SNIPPET_ROWS {
                    ellipsis(&mut rows);
                    return rows;
                }
                rows.push(Vec::new());
                used = 0;
            }
            used += wide;
            push(&mut rows, c, marked);
        }
    }
    rows
}

fn push(rows: &mut [Vec<Run>], c: char, marked: bool) {
    let Some(row) = rows.last_mut() else { return };
    match row.last_mut() {
        Some(run) if run.marked == marked => run.text.push(c),
        _ => row.push(Run { text: c.to_string(), marked }),
    }
}

/// Puts an ellipsis in place of the last character shown.
fn ellipsis(rows: &mut [Vec<Run>]) {
    if let Some(run) = rows.last_mut().and_then(|row| row.last_mut()) {
        run.text.pop();
        run.text.push('…');
    }
}

/// The end of a text, at most `width` columns, with an ellipsis where something is missing.
fn tail(text: &str, width: usize) -> String {
    if columns(text) <= width {
        return text.to_owned();
    }
    let mut kept = Vec::new();
    let mut used = 1;
    for c in text.chars().rev() {
        let wide = columns(c.encode_utf8(&mut [0; 4]));
        if used + wide > width {
            break;
        }
        used += wide;
        kept.push(c);
    }
    kept.push('…');
    kept.iter().rev().collect()
}
