//! Documents of a realistic incident, and of a hostile one.

use std::collections::BTreeSet;
use std::io::{Cursor, Read as _};

use jiff::civil::date;

use super::access::{Access, Asked, Guise, Holding};
use super::chain::Chain;
use super::draft::{Block, docx, extraction, notice, talk};
use super::list::{Listed, csv, xlsx};
use super::summary::{self, Counts, Figures, Period};
use super::{CaseSheet, SiteFacts, paper};
use crate::finding::{Reason, Severity};
use crate::id::TargetId;
use crate::incident::{Course, Event, Happening, Incident, Means, Spell, Standing, Tracked};
use crate::lang::Lang;
use crate::report::{Confidence, Reported, sample};
use crate::target::OperatorKind;

const HOSTILE: &str = "<script>x</script>]]>&\u{0}\u{1b}[31m\u{202e}=cmd|'/c calc'!A1";

fn incident() -> Incident {
    Incident {
        id: "inc-1".into(),
        target: "city-portal".into(),
        kinds: BTreeSet::from([crate::finding::Kind::HiddenLink]),
        category: None,
        hosts: BTreeSet::from(["bad.test".to_owned()]),
        severity: Severity::High,
        course: Course::Clean,
        first_seen: sample::at("2026-11-03T00:00:00Z"),
        last_seen: sample::at("2026-11-04T00:00:00Z"),
        last_clean_before: Some(sample::at("2026-11-02T22:00:00Z")),
        first_clean_after: Some(sample::at("2026-11-05T00:00:00Z")),
        clean_looks: 1,
        next_recheck: None,
        reopened: Vec::new(),
    }
}

fn tracked(findings: &[Reported]) -> Vec<Tracked> {
    let spell = Spell {
        last_clean_before: None,
        first_seen: sample::at("2026-11-03T00:00:00Z"),
        last_seen: sample::at("2026-11-04T00:00:00Z"),
        first_clean_after: None,
    };
    findings
        .iter()
        .map(|one| Tracked {
            finding: one.finding.clone(),
            page: one.finding.url.to_string(),
            home: true,
            incident: "inc-1".into(),
            present: true,
            spells: vec![spell],
            last_clean: None,
            needs: Means::default(),
        })
        .collect()
}

/// One visit as its manifest states it.
fn accesses() -> Vec<Access> {
    let at = sample::at("2026-11-03T00:00:00Z");
    let asked = |profile: &str, url: &str, status: u16| Asked {
        at,
        profile: profile.into(),
        method: "GET",
        url: url.to_owned(),
        status: Some(status),
        remote: Some("192.0.2.7:80".to_owned()),
        certificate: None,
        body: None,
    };
    let guise = |profile: &str, referrer: Option<&str>| Guise {
        profile: profile.into(),
        user_agent: format!("Mozilla/5.0 {HOSTILE}"),
        referrer: referrer.map(str::to_owned),
        cookies: "cookie:first-visit".to_owned(),
        language: None,
    };
    vec![Access {
        folder: "portal-1".to_owned(),
        began: at,
        ended: at,
        guises: vec![guise("d", None), guise("m", Some("https://m.baidu.com/"))],
        version: "0.1.0".to_owned(),
        rules: "rules".to_owned(),
        clock: "系统时钟".to_owned(),
        egress: None,
        asked: vec![
            asked("d", "http://portal.example.test/", 200),
            asked("m", "http://portal.example.test/", 302),
            asked("m", "https://land.test/home", 200),
        ],
        left_out: 4,
        whole: vec![Holding {
            name: "exchanges.warc.gz".to_owned(),
            size: 12,
            sha256: "a".repeat(64),
            sm3: "b".repeat(64),
            at,
        }],
        pieces: Vec::new(),
    }]
}

/// Does something with a sheet whose every text is hostile where asked for.
fn with_sheet<T>(hostile: bool, work: impl FnOnce(&CaseSheet<'_>) -> T) -> T {
    let mut findings = sample::report().findings;
    let mut incident = incident();
    let mut site = SiteFacts {
        name: Some("某市门户".to_owned()),
        operator: Some("某市政府".to_owned()),
        ..SiteFacts::default()
    };
    if hostile {
        for one in &mut findings {
            one.finding.title.zh = HOSTILE.to_owned();
            one.finding.remedy.zh = HOSTILE.to_owned();
            one.finding.explanation.zh = HOSTILE.to_owned();
            one.finding
                .detail
                .insert("chain".to_owned(), serde_json::json!([HOSTILE, format!("http://x/{HOSTILE}")]));
        }
        incident.target = HOSTILE.into();
        incident.hosts.insert(HOSTILE.to_owned());
        site.name = Some(HOSTILE.to_owned());
        site.operator = Some(HOSTILE.to_owned());
    }
    let tracked = tracked(&findings);
    work(&CaseSheet {
        incident: &incident,
        standing: Standing::Confirmed,
        findings: &findings,
        tracked: tracked.iter().collect(),
        decisions: &[],
        events: Vec::new(),
        site,
        operator: OperatorKind::StateOrgan,
        accesses: accesses(),
        changes: Vec::new(),
        now: sample::at("2026-11-06T00:00:00Z"),
    })
}

/// A file of a packed document.
fn unpacked(bytes: Vec<u8>, name: &str) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut text = String::new();
    archive.by_name(name).unwrap().read_to_string(&mut text).unwrap();
    text
}

#[test]
fn a_paper_holds_what_a_reader_needs_in_both_languages() {
    let zh = with_sheet(false, |sheet| paper::html(sheet, Lang::Zh).unwrap());
    for expected in [
        "某市门户",
        "此前最后正常",
        "2026-11-03 08:00:00 +08:00",
        "可能涉及的义务",
        "SHA-256",
        "盲区",
        "分级参考",
    ] {
        assert!(zh.contains(expected), "{expected}");
    }
    let en = with_sheet(false, |sheet| paper::html(sheet, Lang::En).unwrap());
    for expected in ["Incident report", "Last clean before", "Blind spots", "Duties that may be touched"] {
        assert!(en.contains(expected), "{expected}");
    }
}

#[test]
fn what_nobody_checked_is_never_stated_as_law() {
    let mut findings = sample::report().findings;
    for duty in findings.iter_mut().flat_map(|one| &mut one.obligations) {
        duty.confidence = Confidence::M;
        duty.duty.zh = "未核对的条文".to_owned();
    }
    let (incident, tracked) = (incident(), tracked(&findings));
    let sheet = CaseSheet {
        incident: &incident,
        standing: Standing::New,
        findings: &findings,
        tracked: tracked.iter().collect(),
        decisions: &[],
        events: Vec::new(),
        site: SiteFacts::default(),
        operator: OperatorKind::Unknown,
        accesses: accesses(),
        changes: Vec::new(),
        now: sample::at("2026-11-06T00:00:00Z"),
    };
    assert!(!paper::html(&sheet, Lang::Zh).unwrap().contains("未核对的条文"));
    for draft in [notice(&sheet), talk(&sheet), extraction(&sheet)] {
        let stated = |block: &Block| format!("{block:?}").contains("未核对的条文");
        assert!(!draft.blocks.iter().any(stated), "{}", draft.title);
    }
}

#[test]
fn drafts_say_what_they_are_and_leave_blanks() {
    with_sheet(false, |sheet| {
        for (draft, word) in
            [(notice(sheet), "草稿"), (talk(sheet), "草稿"), (extraction(sheet), "本身不是笔录")]
        {
            let text = format!("{:?}", draft.blocks);
            assert!(text.contains(word) && text.contains('〔'), "{}", draft.title);
            let xml = unpacked(docx(&draft).unwrap(), "word/document.xml");
            assert!(xml.contains(&draft.title) && xml.contains("某市门户"), "{}", draft.title);
        }
    });
}

#[test]
fn hostile_text_stays_text_in_every_document() {
    with_sheet(true, |sheet| {
        let html = paper::html(sheet, Lang::Zh).unwrap();
        assert!(!html.contains("<script>x") && !html.contains('\u{202e}') && !html.contains('\u{1b}'));
        for draft in [notice(sheet), talk(sheet), extraction(sheet)] {
            let xml = unpacked(docx(&draft).unwrap(), "word/document.xml");
            let inert = !xml.contains("<script>")
                && !xml.chars().any(|c| c < ' ' && c != '\n' && c != '\t' && c != '\r');
            assert!(inert && !xml.contains('\u{202e}'), "{}", draft.title);
            // A reader of the format takes it.
            assert!(docx_rs::read_docx(&docx(&draft).unwrap()).is_ok(), "{}", draft.title);
        }
        let one = Listed {
            incident: sheet.incident,
            standing: sheet.standing,
            site: Some("=1+1"),
            operator: sheet.site.operator.as_deref(),
            division: None,
        };
        let table = String::from_utf8(csv(std::slice::from_ref(&one), Lang::Zh).unwrap()).unwrap();
        assert!(table.contains("'=1+1") && table.starts_with('\u{feff}'), "{table}");
        let book = xlsx(&[one], sheet.findings, Lang::Zh).unwrap();
        let strings = unpacked(book.clone(), "xl/sharedStrings.xml");
        assert!(strings.contains("=1+1") && !strings.contains("<script>"));
        assert!(!unpacked(book, "xl/worksheets/sheet1.xml").contains("<f>"), "a formula");
    });
}

/// Three incidents with what happened to them, as a period of November.
fn with_period<T>(division: &str, work: impl FnOnce(&Period<'_>) -> T) -> T {
    let named = |id: &str, course: Course| Incident { id: id.into(), course, ..incident() };
    let all = [
        named("early", Course::Rectified),
        named("inside", Course::Rectified),
        named("back", Course::Active),
        named("aside", Course::Active),
    ];
    let event = |id: &str, at: &str, what: Happening| Event {
        incident: id.into(),
        at: sample::at(at),
        what,
        visit: None,
    };
    let events = [
        event("early", "2026-10-31T15:59:59Z", Happening::Opened), // 23:59:59 on the day before
        event("back", "2026-10-31T16:00:00Z", Happening::Opened),  // the first instant of the month
        event("inside", "2026-11-03T00:00:00Z", Happening::Opened),
        event("early", "2026-11-04T15:59:59Z", Happening::Cleared),
        event("inside", "2026-11-05T00:00:00Z", Happening::Cleared),
        event("early", "2026-11-05T16:00:00Z", Happening::Rectified),
        event("inside", "2026-11-06T00:00:00Z", Happening::Rectified),
        event("back", "2026-11-20T00:00:00Z", Happening::Reopened),
    ];
    let standing = |one: &Incident| match one.id.as_str() {
        "aside" => Standing::Dismissed,
        _ => Standing::New,
    };
    let listed = |incident| Listed {
        incident,
        standing: standing(incident),
        site: None,
        operator: None,
        division: Some(division),
    };
    let gap = sample::gap(&format!("http://a.test/{HOSTILE}"), Reason::Challenge, "", "");
    let (known, missed) = (TargetId::from("known"), TargetId::from("missed"));
    work(&Period {
        from: date(2026, 11, 1),
        to: date(2026, 11, 30),
        incidents: all.iter().map(listed).collect(),
        operators: vec![OperatorKind::Enterprise; 4],
        events: events.iter().collect(),
        visits: 9,
        visited: BTreeSet::from([&known]),
        registered: vec![(&known, "某局"), (&missed, HOSTILE)],
        requests: 90,
        not_assessed: vec![(&known, &gap)],
        now: sample::at("2026-12-01T00:00:00Z"),
    })
}

#[test]
fn a_summary_counts_by_days_of_beijing() {
    with_period("511502", |period| {
        let Figures { all, steps, monthly, dismissed } = period.figures();
        assert_eq!((all.opened, all.rectified, all.reopened, all.open, dismissed), (2, 2, 1, 1, 1));
        // From the first sight to the first clean look, not to the second one that settled it.
        assert_eq!(all.fixes, [2 * 1440, 4 * 1440]);
        assert_eq!(all.spread().unwrap().median, 3 * 1440);
        let weeks: Vec<_> = steps.iter().map(|(_, one)| (one.opened, one.rectified, one.reopened)).collect();
        assert_eq!((weeks, monthly), (vec![(2, 2, 0), (0, 0, 0), (0, 0, 1), (0, 0, 0), (0, 0, 0)], false));
        let long = Period { from: date(2024, 1, 1), ..empty(period) };
        assert!(long.figures().monthly && long.figures().steps.len() == 35);
    });
}

/// The same period without anything in it.
fn empty<'a>(period: &Period<'a>) -> Period<'a> {
    Period {
        from: period.from,
        to: period.to,
        incidents: Vec::new(),
        operators: Vec::new(),
        events: Vec::new(),
        visits: 0,
        visited: BTreeSet::new(),
        registered: Vec::new(),
        requests: 0,
        not_assessed: Vec::new(),
        now: period.now,
    }
}

#[test]
fn the_spread_of_times_lies_between_the_times() {
    let check = |fixes: &[u64], expected: [u64; 5]| {
        let spread = Counts { fixes: fixes.to_vec(), ..Counts::default() }.spread().unwrap();
        assert_eq!([spread.least, spread.lower, spread.median, spread.upper, spread.most], expected);
    };
    check(&[7], [7; 5]);
    check(&[10, 20], [10, 12, 15, 17, 20]);
    check(&[1, 2, 3, 4, 100], [1, 2, 3, 4, 100]);
    assert_eq!(Counts::default().spread(), None);
}

#[test]
fn a_summary_tells_everything_in_every_form_and_language() {
    with_period(HOSTILE, |period| {
        let zh = summary::html(period, Lang::Zh).unwrap();
        for expected in [
            "按行政区划",
            "按单位性质",
            "整改用时",
            "四分之三不超过",
            "遇到人机验证",
            "期内未访问的登记网站",
            "<desc",
        ] {
            assert!(zh.contains(expected), "{expected}");
        }
        let en = summary::html(period, Lang::En).unwrap();
        assert!(en.contains("By division") && en.contains("Registered sites that were not visited"));
        let text = summary::text(period, Lang::Zh) + &summary::text(period, Lang::En);
        assert!(text.contains("按行政区划") && text.contains("three quarters within"), "{text}");
        for form in [&zh, &en, &text] {
            let unsafe_ones = form.chars().any(|c| c != '\n' && crate::report::escape::is_unsafe(c));
            assert!(!unsafe_ones && !form.contains("<script>x</script>]]>&\u{0}"), "{form}");
        }
        assert!(!zh.contains("<script"));
        let nothing = summary::html(&empty(period), Lang::Zh).unwrap();
        assert!(nothing.contains("期内没有事件") && nothing.contains("没有未能评估的项"));
    });
}

#[test]
fn every_cell_of_a_workbook_is_text() {
    let findings = sample::report().findings;
    let incident = incident();
    let one = Listed {
        incident: &incident,
        standing: Standing::New,
        site: Some("=1+1"),
        operator: Some("+86"),
        division: Some("511502"),
    };
    let book = xlsx(&[one], &findings, Lang::Zh).unwrap();
    assert!(["事件", "发现"].iter().all(|name| unpacked(book.clone(), "xl/workbook.xml").contains(name)));
    for sheet in ["xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml"] {
        let xml = unpacked(book.clone(), sheet);
        let cells: Vec<&str> = xml.split("<c ").skip(1).collect();
        // A cell with a value refers to a text; no number, no formula, no link.
        let text = |cell: &&str| !cell.contains("<v>") || cell.contains("t=\"s\"");
        assert!(cells.len() > 20 && cells.iter().all(text), "{xml}");
        assert!(!xml.contains("<f>") && !xml.contains("<hyperlink"), "{xml}");
    }
    let table = String::from_utf8(super::list::csv_of_findings(&findings, Lang::En).unwrap()).unwrap();
    assert!(table.lines().count() == 4 && table.contains("hxxp://"), "{table}");
}

#[test]
fn a_redirect_is_drawn_with_what_answered() {
    let mut findings = sample::report().findings;
    let land = "https://land.test/home";
    findings[1]
        .finding
        .detail
        .insert("chain".into(), serde_json::json!(["http://portal.example.test/", land]));
    findings[1].finding.detail.insert("means".into(), "status".into());
    let chain = Chain::of(&findings[1].finding, &accesses(), Lang::Zh).unwrap();
    // The finding was seen as profile m, to whom the home page answered 302; to others it answered 200.
    assert_eq!(chain.boxes[0].head, "1 · GET · HTTP 302 · 192.0.2.7:80");
    assert_eq!(chain.boxes[0].onward, "HTTP 302 Location");
    assert_eq!((chain.boxes[1].address.as_str(), chain.boxes[1].last), ("hxxps://land.test/home", true));
    let endless: Vec<String> =
        (0..400).map(|hop| format!("http://h{hop}.test/{}", "x".repeat(4000))).collect();
    findings[1].finding.detail.insert("chain".into(), endless.into());
    let chain = Chain::of(&findings[1].finding, &[], Lang::En).unwrap();
    assert!(chain.boxes.len() == 12 && chain.boxes.iter().all(|hop| hop.address.chars().count() <= 92));
    assert!(chain.boxes[10].onward.contains("388 hops left out"), "{:?}", chain.boxes[10]);
    assert!(chain.boxes[11].address.starts_with("hxxp://h399") && chain.boxes[11].head == "400");
}

#[test]
fn a_paper_says_how_it_was_visited_and_who_met_it() {
    let html = with_sheet(true, |sheet| paper::html(sheet, Lang::Zh).unwrap());
    for expected in ["访问条件", "https://m.baidu.com/", "首次到访，无 Cookie", "系统时钟", "未记录"]
    {
        assert!(html.contains(expected), "{expected}");
    }
    // It is whole by itself: no script, nothing to fetch, one style sheet under its digest.
    for outside in ["<script", "<link", "<a ", "src=\"http", "url(", "@import"] {
        assert!(!html.contains(outside), "{outside}");
    }
}

#[test]
fn the_worksheet_holds_the_fields_of_a_record() {
    let text = with_sheet(false, |sheet| format!("{:?}", extraction(sheet).blocks));
    for field in [
        "案由",
        "授权或依据",
        "提取对象",
        "起止时间",
        "时钟来源",
        "地点",
        "网络出口",
        "访问方式",
        "TLS 证书指纹",
        "工具与规则版本",
        "完整性校验值",
        "exchanges.warc.gz",
        "提取人",
        "见证人",
        "192.0.2.7:80",
        "可信时间戳",
    ] {
        assert!(text.contains(field), "{field}");
    }
}
