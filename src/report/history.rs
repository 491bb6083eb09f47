//! One incident as a person reads it on a terminal: how it stands, since when, what was seen last before and first
//! after, what people decided, what happened.
//!
//! The times are those that the law's clocks turn on; nothing is computed from them here but spans.

use jiff::Timestamp;

use super::Options;
use super::escape::visible;
use super::reading::time;
use super::words;
use super::wrap::{columns, padded, wrapped};
use crate::incident::{Course, Decision, Event, Incident, Spell, Tracked};
use crate::lang::Lang;

/// Everything about one incident.
#[derive(Debug, Clone, Copy)]
pub struct History<'a> {
    /// The incident.
    pub incident: &'a Incident,
    /// Its findings.
    pub findings: &'a [&'a Tracked],
    /// What people decided, oldest first.
    pub decisions: &'a [Decision],
    /// What happened, oldest first.
    pub events: &'a [Event],
    /// The time at which it is read.
    pub now: Timestamp,
}

/// The incident in lines that fit the width; ends with a line break.
pub fn card(history: &History<'_>, lang: Lang, options: &Options) -> String {
    let mut card = Card { out: String::new(), lang, options };
    let incident = history.incident;
    let standing = words::standing(incident.standing(history.decisions, history.now)).get(lang);
    let severity = words::severity(incident.severity).get(lang);
    card.line(&format!("{} · {severity} · {standing}", visible(incident.id.as_str())));
    card.field(("网站", "site"), &visible(incident.target.as_str()));
    card.field(("种类", "kinds"), &kinds(incident, lang));
    if !incident.hosts.is_empty() {
        let hosts: Vec<_> = incident.hosts.iter().map(|host| visible(host)).collect();
        card.field(("涉及域名", "domains"), &hosts.join(" "));
    }
    card.times(incident);
    card.spells(history.findings);
    card.happened(history);
    card.out
}

fn kinds(incident: &Incident, lang: Lang) -> String {
    let kinds = incident.kinds.iter().map(|kind| words::kind(*kind).get(lang));
    let mut all: Vec<_> = kinds.collect();
    all.extend(incident.category.map(|category| words::category(category).get(lang)));
    all.join(" · ")
}

/// A span in days, hours and minutes.
pub fn span(minutes: u64, lang: Lang) -> String {
    let (days, hours, rest) = (minutes / 1440, minutes / 60 % 24, minutes % 60);
    let units = match lang {
        Lang::Zh => [(days, " 天"), (hours, " 小时"), (rest, " 分钟")],
        Lang::En => [(days, " d"), (hours, " h"), (rest, " min")],
    };
    let shown: Vec<_> =
        units.iter().filter(|(count, _)| *count > 0).map(|(count, unit)| format!("{count}{unit}")).collect();
    match (shown.is_empty(), lang) {
        (true, Lang::Zh) => "不足 1 分钟".to_owned(),
        (true, Lang::En) => "under 1 min".to_owned(),
        (false, _) => shown.join(" "),
    }
}

/// How long a spell lasted, at the least and at the most.
pub fn lasted(spell: &Spell, lang: Lang) -> String {
    let least = spell.least_minutes();
    let seen = match (least, lang) {
        (0, Lang::Zh) => "所见不足 1 分钟".to_owned(),
        (0, Lang::En) => "seen for under 1 min".to_owned(),
        (_, Lang::Zh) => format!("至少 {}", span(least, lang)),
        (_, Lang::En) => format!("at least {}", span(least, lang)),
    };
    match (spell.most_minutes().map(|most| span(most, lang)), lang) {
        (Some(most), Lang::Zh) => format!("{seen}，至多 {most}"),
        (Some(most), Lang::En) => format!("{seen}, at most {most}"),
        (None, Lang::Zh) => format!("{seen}，上限未知"),
        (None, Lang::En) => format!("{seen}, no upper bound known"),
    }
}

/// What a person decided, who, until when and why.
pub fn decided(decision: &Decision, lang: Lang, at: &dyn Fn(Timestamp) -> String) -> String {
    let what = words::decided(decision.what).get(lang);
    let mut text = format!("{what} · {}", visible(&decision.who));
    if let Some(until) = decision.until.map(at) {
        text += &match lang {
            Lang::Zh => format!(" · 至 {until}"),
            Lang::En => format!(" · until {until}"),
        };
    }
    if !decision.why.is_empty() {
        text += &format!(" · {}", visible(&decision.why));
    }
    text
}

/// The times that the law's clocks turn on, each under its heading, for documents and pages.
pub fn key_times(
    incident: &Incident,
    findings: &[&Tracked],
    lang: Lang,
    at: &dyn Fn(Timestamp) -> String,
) -> Vec<(&'static str, String)> {
    let t = |zh: &'static str, en: &'static str| if lang == Lang::Zh { zh } else { en };
    let or = |when: Option<Timestamp>, nothing: &str| when.map_or_else(|| nothing.to_owned(), at);
    let unknown = t("无更早的正常记录，起始时间未知", "no earlier clean look: its start is unknown");
    let mut times = vec![
        (t("此前最后正常", "Last clean before"), or(incident.last_clean_before, unknown)),
        (t("首次发现", "First seen"), at(incident.first_seen)),
        (t("最后所见", "Last seen"), at(incident.last_seen)),
        (
            t("此后首次正常", "First clean after"),
            or(incident.first_clean_after, t("尚未见其消失", "not seen gone yet")),
        ),
    ];
    for (home, heading) in
        [(true, t("首页持续", "On home pages")), (false, t("其他页持续", "On other pages"))]
    {
        if let Some(spell) = longest(findings, home) {
            times.push((heading, lasted(spell, lang)));
        }
    }
    times
}

/// The longest spell on home pages, or on others.
fn longest<'a>(findings: &[&'a Tracked], home: bool) -> Option<&'a Spell> {
    let spells = findings.iter().filter(|tracked| tracked.home == home).flat_map(|one| &one.spells);
    spells.max_by_key(|spell| spell.least_minutes())
}

struct Card<'a> {
    out: String,
    lang: Lang,
    options: &'a Options,
}

impl Card<'_> {
    /// Columns of the widest heading and the gap after it.
    const GUTTER: usize = 18;

    fn line(&mut self, text: &str) {
        self.out.push_str(text);
        self.out.push('\n');
    }

    fn say(&self, words: (&'static str, &'static str)) -> &'static str {
        match self.lang {
            Lang::Zh => words.0,
            Lang::En => words.1,
        }
    }

    fn field(&mut self, heading: (&'static str, &'static str), text: &str) {
        let heading = self.say(heading);
        let room = self.options.width.saturating_sub(Self::GUTTER + 2);
        for (at, line) in wrapped(text, room).iter().enumerate() {
            let head = if at == 0 { heading } else { "" };
            let gap = Self::GUTTER.max(columns(head) + 1);
            self.line(&format!("  {}{line}", padded(head, gap)));
        }
    }

    fn times(&mut self, incident: &Incident) {
        let at = |when| time(when, self.options.offset);
        let before = match incident.last_clean_before {
            Some(when) => at(when),
            None => self
                .say(("无更早的正常记录，起始时间未知", "no earlier clean look: its start is unknown"))
                .to_owned(),
        };
        let after = match incident.first_clean_after {
            Some(when) => at(when),
            None => self.say(("尚未见其消失", "not seen gone yet")).to_owned(),
        };
        let (first, last) = (at(incident.first_seen), at(incident.last_seen));
        let next = incident.next_recheck.map(at);
        self.field(("此前最后正常", "last clean before"), &before);
        self.field(("首次发现", "first seen"), &first);
        self.field(("最后所见", "last seen"), &last);
        self.field(("此后首次正常", "first clean after"), &after);
        if let Some(next) = next {
            self.field(("下次复查", "next re-check"), &next);
        }
        if incident.course == Course::Active {
            self.field(("现状", "now"), self.say(("仍可见", "still shows")));
        }
    }

    /// How long it showed on home pages and on others, at the least and at the most: the law counts them separately.
    fn spells(&mut self, findings: &[&Tracked]) {
        for home in [true, false] {
            if let Some(spell) = longest(findings, home) {
                let heading = if home {
                    ("首页持续", "on home page")
                } else {
                    ("其他页持续", "on other pages")
                };
                let text = lasted(spell, self.lang);
                self.field(heading, &text);
            }
        }
    }

    /// Events and decisions in the order of time.
    fn happened(&mut self, history: &History<'_>) {
        let mut rows: Vec<(Timestamp, String)> = Vec::new();
        for event in history.events {
            rows.push((event.at, words::happening(event.what).get(self.lang).to_owned()));
        }
        for decision in history.decisions {
            let at = |when| time(when, self.options.offset);
            rows.push((decision.at, decided(decision, self.lang, &at)));
        }
        rows.sort_by_key(|(at, _)| *at);
        for (index, (at, what)) in rows.iter().enumerate() {
            let heading = if index == 0 { ("经过", "history") } else { ("", "") };
            self.field(heading, &format!("{}  {what}", time(*at, self.options.offset)));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::finding::{Kind, Severity};
    use crate::id::{IncidentId, TargetId};
    use crate::incident::{Decided, Happening};

    fn incident() -> Incident {
        let at = |text: &str| text.parse().unwrap();
        Incident {
            id: IncidentId::new("inc-1"),
            target: TargetId::new("www.example.test"),
            kinds: BTreeSet::from([Kind::HiddenLink]),
            category: None,
            hosts: BTreeSet::from(["bad\u{1b}[31m.test".to_owned()]),
            severity: Severity::High,
            course: Course::Active,
            first_seen: at("2026-11-01T02:00:00Z"),
            last_seen: at("2026-11-02T03:30:00Z"),
            last_clean_before: None,
            first_clean_after: None,
            clean_looks: 0,
            next_recheck: None,
            reopened: Vec::new(),
        }
    }

    #[test]
    fn a_card_tells_times_decisions_and_nothing_that_a_terminal_would_obey() {
        let incident = incident();
        let decision = Decision {
            incident: incident.id.clone(),
            what: Decided::Dismiss,
            who: "张三".to_owned(),
            at: "2026-11-03T00:00:00Z".parse().unwrap(),
            why: "测试站\u{202e}点".to_owned(),
            until: Some("2026-12-03T00:00:00Z".parse().unwrap()),
        };
        let event = Event {
            incident: incident.id.clone(),
            at: incident.first_seen,
            what: Happening::Opened,
            visit: None,
        };
        let history = History {
            incident: &incident,
            findings: &[],
            decisions: &[decision],
            events: &[event],
            now: "2026-11-04T00:00:00Z".parse().unwrap(),
        };
        let zh = card(&history, Lang::Zh, &Options::default());
        for expected in ["已搁置", "高危", "起始时间未知", "2026-11-01 10:00:00 +08:00", "张三", "搁置"]
        {
            assert!(zh.contains(expected), "{expected} in\n{zh}");
        }
        assert!(!zh.contains('\u{1b}') && !zh.contains('\u{202e}'));
        let en = card(&history, Lang::En, &Options::default());
        assert!(en.contains("dismissed") && en.contains("seen for the first time"), "{en}");
    }

    #[test]
    fn spans_are_told_in_the_units_that_matter() {
        let cases =
            [(0, "不足 1 分钟", "under 1 min"), (61, "1 小时 1 分钟", "1 h 1 min"), (2880, "2 天", "2 d")];
        for (minutes, zh, en) in cases {
            assert_eq!((span(minutes, Lang::Zh), span(minutes, Lang::En)), (zh.to_owned(), en.to_owned()));
        }
    }
}
