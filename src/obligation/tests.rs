//! The catalogue as a whole, asked as the rest of the program asks it.

use std::collections::BTreeSet;

use jiff::civil::{Date, date};

use super::*;
use crate::finding::{Category, Kind};
use crate::lang::Lang;
use crate::target::OperatorKind;

const TODAY: Date = date(2026, 11, 23);
const CASES: Date = date(2019, 2, 1);

fn ids(query: &Query) -> Vec<String> {
    Catalogue::builtin().obligations_for(query).iter().map(|duty| duty.id.to_string()).collect()
}

fn penalties(query: &Query, duty: &str) -> Vec<String> {
    let duties = Catalogue::builtin().obligations_for(query);
    let duty = duties.iter().find(|known| known.id.as_str() == duty).expect(duty);
    duty.penalty.iter().map(ToString::to_string).collect()
}

fn has(query: &Query, expected: &[&str], absent: &[&str]) {
    let ids = ids(query);
    for id in expected {
        assert!(ids.iter().any(|known| known == id), "{id} is missing from {ids:?}");
    }
    for id in absent {
        assert!(!ids.iter().any(|known| known.starts_with(id)), "{id} must not be in {ids:?}");
    }
}

/// Every question that can be asked on some telling days.
fn every_query() -> Vec<Query> {
    let days = [date(1990, 1, 1), CASES, date(2025, 12, 31), date(2026, 1, 1), TODAY];
    let mut queries = Vec::new();
    for &kind in Kind::ALL {
        for category in std::iter::once(None).chain(Category::ALL.iter().copied().map(Some)) {
            for operator in OperatorKind::ALL {
                for on in days {
                    queries.push(Query::new(kind, operator, on).category(category));
                }
            }
        }
    }
    queries
}

#[test]
fn the_date_of_the_sight_picks_the_version() {
    let query = |on| Query::new(Kind::HiddenLink, OperatorKind::Enterprise, on);
    has(
        &query(CASES),
        &["CSL.2017.21", "CSL.2017.25", "PAP.2012.29", "O33.1997.10.i2"],
        &["CSL.2026", "PAP.2025"],
    );
    has(&query(TODAY), &["CSL.2026.23", "CSL.2026.27", "PAP.2025.33"], &["CSL.2017", "PAP.2012"]);
    has(&query(date(2025, 12, 31)), &["CSL.2017.21"], &["CSL.2026"]);
    has(&query(date(2026, 1, 1)), &["CSL.2026.23"], &["CSL.2017"]);
    assert_eq!(penalties(&query(CASES), "CSL.2017.21"), ["CSL.2017.59.1"]);
    assert_eq!(penalties(&query(TODAY), "CSL.2026.23"), ["CSL.2026.61.1", "CSL.2026.61.3"]);
}

#[test]
fn the_kind_of_operator_picks_the_consequence() {
    let query = |operator, on| Query::new(Kind::Defacement, operator, on);
    assert_eq!(penalties(&query(OperatorKind::StateOrgan, TODAY), "CSL.2026.23"), ["CSL.2026.74"]);
    assert_eq!(penalties(&query(OperatorKind::StateOrgan, CASES), "CSL.2017.21"), ["CSL.2017.72"]);
    assert_eq!(penalties(&query(OperatorKind::StateOrgan, TODAY), "NDSR.2024.9"), ["NDSR.2024.60"]);
    assert_eq!(
        penalties(&query(OperatorKind::Cii, TODAY), "CSL.2026.23"),
        ["CSL.2026.61.2", "CSL.2026.61.3"]
    );
    assert_eq!(penalties(&query(OperatorKind::Cii, CASES), "CSL.2017.21"), ["CSL.2017.59.2"]);
    has(&query(OperatorKind::StateOrgan, TODAY), &["GOVIND.2019.veto-security.i4", "GOVAPP.2024.3"], &[]);
    has(&query(OperatorKind::Institution, TODAY), &["GOVAPP.2024.3"], &["GOVIND"]);
    has(&query(OperatorKind::Enterprise, TODAY), &["NIRM.2025.4"], &["GOVIND", "GOVAPP"]);
    let duties = Catalogue::builtin().obligations_for(&query(OperatorKind::Cii, TODAY));
    let report = duties.iter().find(|duty| duty.id.as_str() == "NIRM.2025.4").unwrap();
    assert!(report.duty.contains("1小时"), "{}", report.duty);
}

#[test]
fn the_sort_of_content_adds_its_own_offences() {
    let query =
        |category| Query::new(Kind::IllegalContent, OperatorKind::Unknown, TODAY).category(Some(category));
    has(
        &query(Category::Gambling),
        &["CRIM.1997.303", "PAP.2025.82", "CSL.2026.48", "S292.2024.15.i7"],
        &["MLM"],
    );
    has(
        &query(Category::InvestmentFraud),
        &["MLM.2005.7", "CRIM.1997.224a", "PAP.2025.34"],
        &["CRIM.1997.303"],
    );
    has(&query(Category::CovertDevices), &["CRIM.1997.283", "PAP.2025.70"], &["CRIM.1997.303"]);
    has(&query(Category::ExamCheating), &["CRIM.1997.284a", "PAP.2025.27"], &["PAP.2025.70"]);
    has(&query(Category::AttackTools), &["CSL.2026.29", "CRIM.1997.285.3"], &["CSL.2026.48"]);
    let then = Query::new(Kind::IllegalContent, OperatorKind::Unknown, CASES)
        .category(Some(Category::CovertDevices));
    has(&then, &["CRIM.1997.283", "CSL.2017.46"], &["PAP.2025", "PAP.2012"]);
}

#[test]
fn circumstances_change_what_is_touched() {
    let redirect =
        Query::new(Kind::IllicitRedirect, OperatorKind::Enterprise, TODAY).category(Some(Category::Gambling));
    has(&redirect, &["CRIM.1997.303", "O33.1997.10.i6", "NIRM.2025.4"], &["ATF.2022.24"]);
    has(&redirect.clone().when(Circumstance::RedirectService), &["ATF.2022.24"], &[]);

    let relation = |query: &Query| {
        let duties = Catalogue::builtin().obligations_for(query);
        duties.iter().find(|duty| duty.id.as_str() == "CSL.2026.23").map(|duty| duty.relation)
    };
    let mobile = redirect.clone().when(Circumstance::MobileConditioned);
    assert_eq!(relation(&redirect), Some(Relation::BreachIndicator));
    assert_eq!(relation(&mobile), Some(Relation::Precondition), "origin uncertain");
    assert_eq!(relation(&mobile.when(Circumstance::RetestedElsewhere)), Some(Relation::BreachIndicator));

    let board = Query::new(Kind::HiddenLink, OperatorKind::Enterprise, TODAY);
    has(&board, &[], &["CSL.2026.49"]);
    has(&board.when(Circumstance::UserContent), &["CSL.2026.49"], &[]);
    has(
        &Query::new(Kind::IllegalContent, OperatorKind::Platform, TODAY),
        &["CSL.2026.49", "S292.2024.16"],
        &[],
    );

    let mark = Query::new(Kind::InconsistentMark, OperatorKind::Enterprise, TODAY);
    has(&mark.clone().when(Circumstance::IcpMark), &["S292.2024.12"], &["O33"]);
    has(
        &mark.clone().when(Circumstance::IcpMark).when(Circumstance::LinkOnly),
        &["M33.2024.13"],
        &["S292", "O33"],
    );
    has(&mark.clone().when(Circumstance::PoliceMark), &["O33.1997.12"], &["S292"]);
    has(&mark, &["S292.2024.12", "O33.1997.12"], &[]);
}

#[test]
fn a_missing_police_mark_is_a_precondition_without_fine() {
    let query = Query::new(Kind::MissingPoliceMark, OperatorKind::Enterprise, TODAY);
    let duties = Catalogue::builtin().obligations_for(&query);
    assert!(duties.iter().all(|duty| duty.relation == Relation::Precondition));
    let tiers: Vec<_> =
        duties.iter().flat_map(|duty| &duty.penalties).flat_map(|penalty| &penalty.tiers).collect();
    assert!(!tiers.is_empty() && tiers.iter().all(|tier| tier.unit.is_none() && tier.person.is_none()));
}

#[test]
fn every_kind_of_finding_touches_a_duty_today() {
    for &kind in Kind::ALL {
        let query = Query::new(kind, OperatorKind::StateOrgan, TODAY).category(Some(Category::Gambling));
        assert!(!ids(&query).is_empty(), "{kind}");
    }
}

#[test]
fn nothing_from_memory_is_shown_as_a_fact() {
    for query in every_query() {
        for duty in Catalogue::builtin().obligations_for(&query) {
            assert_eq!(duty.verified, duty.confidence != Confidence::M, "{}", duty.id);
            assert_eq!(
                duty.verified,
                !duty.caveats.iter().any(|caveat| caveat.zh.contains("条文未核实")),
                "{}",
                duty.id
            );
            for penalty in &duty.penalties {
                assert_eq!(penalty.verified, penalty.confidence != Confidence::M, "{}", penalty.id);
            }
        }
    }
    for lang in [Lang::Zh, Lang::En] {
        let mark = if lang == Lang::Zh { "未核实" } else { "unverified" };
        for line in render_list(Catalogue::builtin(), None, lang).lines() {
            let id = ObligationId::new(line.split_whitespace().next().unwrap_or_default());
            let from_memory =
                Catalogue::builtin().article(&id).is_some_and(|it| it.confidence == Confidence::M);
            assert!(!from_memory || line.contains(mark), "{line}");
        }
    }
}

#[test]
fn what_is_cited_was_in_force_on_the_day() {
    for query in every_query() {
        let mut seen = BTreeSet::new();
        for duty in Catalogue::builtin().obligations_for(&query) {
            for id in std::iter::once(&duty.id).chain(&duty.penalty) {
                let article = Catalogue::builtin().article(id).unwrap();
                assert!(Catalogue::builtin().source(article).1.in_force_on(query.on), "{id} on {}", query.on);
            }
            assert!(seen.insert(duty.id.clone()), "{} twice", duty.id);
        }
    }
}

#[test]
fn every_finding_comes_with_the_general_rules() {
    for query in every_query() {
        let caveats = Catalogue::builtin().caveats_for(&query);
        for rule in ["线索", "从旧兼从轻", "不得相加"] {
            assert!(caveats.iter().any(|caveat| caveat.zh.contains(rule)), "{rule}");
        }
    }
    let query = Query::new(Kind::MissingIcpMark, OperatorKind::Enterprise, TODAY);
    assert!(
        Catalogue::builtin()
            .caveats_for(&query)
            .iter()
            .any(|caveat| caveat.zh.contains("未见标识不等于未备案"))
    );
}

#[test]
fn an_obligation_serialises_as_the_public_lines_have_it() {
    let query = Query::new(Kind::HiddenLink, OperatorKind::Enterprise, TODAY);
    let duties = Catalogue::builtin().obligations_for(&query);
    let line = serde_json::to_value(&duties[0]).unwrap();
    let keys: Vec<_> = line.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["id", "title", "article", "duty", "penalty", "relation", "in_force", "confidence"]);
    assert_eq!(line["id"], "CSL.2026.23");
    assert_eq!(line["title"], "中华人民共和国网络安全法");
    assert_eq!(line["article"], "第二十三条");
    assert_eq!(line["penalty"][0], "CSL.2026.61.1");
    assert_eq!(line["relation"], "breach_indicator");
    assert_eq!(line["in_force"], "2026-01-01/");
    assert_eq!(line["confidence"], "V");
}

#[test]
fn the_cases_cite_what_was_in_force_then_and_now() {
    let catalogue = Catalogue::builtin();
    let numbers: Vec<_> = catalogue.cases().iter().map(|case| case.number).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    for case in catalogue.cases() {
        let on = |id: &ObligationId, day| catalogue.source(catalogue.article(id).unwrap()).1.in_force_on(day);
        for id in &case.then {
            assert!(on(id, case.date()), "case {}: {id} then", case.number);
        }
        for id in &case.today {
            assert!(on(id, TODAY), "case {}: {id} today", case.number);
        }
        assert_eq!(case.kinds.is_empty(), case.observable == Observable::Nothing, "case {}", case.number);
    }
}

/// What the notice imposed lies within the tiers that the catalogue links to the same facts on the day of the case.
#[test]
fn the_fines_of_the_notice_lie_within_the_tiers_of_their_day() {
    for (number, kind, sums) in
        [(4, Kind::Defacement, [80_000, 10_000]), (10, Kind::Defacement, [50_000, 5_000])]
    {
        let case = &Catalogue::builtin().cases()[number - 1];
        let duties = Catalogue::builtin().obligations_for(&Query::new(kind, case.operator, case.date()));
        let mut tiers = duties.iter().flat_map(|duty| &duty.penalties).flat_map(|penalty| &penalty.tiers);
        let within = |range: Option<[u64; 2]>, sum| range.is_some_and(|[from, to]| from <= sum && sum <= to);
        assert!(
            tiers.any(|tier| within(tier.unit, sums[0]) && within(tier.person, sums[1])),
            "case {number}"
        );
    }
}

#[test]
fn the_renumbering_of_2026_is_followed() {
    for (old, new) in [
        (21, 23),
        (24, 26),
        (25, 27),
        (26, 28),
        (27, 29),
        (28, 30),
        (46, 48),
        (47, 49),
        (50, 52),
        (63, 66),
        (72, 74),
    ] {
        let shown = Catalogue::builtin().show(&format!("csl.2017.{old}")).unwrap();
        assert_eq!(shown.superseded_by.map(|later| later.id.to_string()), Some(format!("CSL.2026.{new}")));
    }
}

#[test]
fn the_listing_of_a_day_holds_one_version_of_each_instrument() {
    let catalogue = Catalogue::builtin();
    for listed in catalogue.list(Some(TODAY)) {
        assert_eq!(listed.versions.len(), 1, "{}", listed.instrument.id);
        assert!(!listed.versions[0].1.is_empty(), "{}", listed.instrument.id);
    }
    assert!(catalogue.list(Some(CASES)).iter().all(|listed| listed.instrument.id != "NIRM"));
    assert_eq!(catalogue.list(None).len(), catalogue.instruments.len());
    assert!(catalogue.list(Some(date(1980, 1, 1))).is_empty());
}

#[test]
fn what_is_shown_names_words_penalties_and_findings() {
    let text = render_show(Catalogue::builtin(), "CSL.2026.27", Lang::Zh).unwrap();
    for part in [
        "《中华人民共和国网络安全法》第二十七条",
        "2026-01-01/",
        "CSL.2017.25",
        "1万元以上5万元以下",
        "hidden-link",
    ] {
        assert!(text.contains(part), "{part} in\n{text}");
    }
    let text = render_show(Catalogue::builtin(), "CSL.2026.27", Lang::En).unwrap();
    assert!(text.contains("may be fined CNY 10,000 to 50,000"), "{text}");
    let error = render_show(Catalogue::builtin(), "CSL.2018.27", Lang::Zh).unwrap_err();
    assert!(error.near.contains(&"CSL.2026.27".to_owned()), "{error}");
    assert!(render_show(Catalogue::builtin(), "", Lang::Zh).unwrap_err().near.is_empty());
}

#[test]
fn the_duties_of_a_kind_are_rendered_with_what_else_could_apply() {
    let query = Query::new(Kind::HiddenLink, OperatorKind::Unknown, TODAY);
    let text = render_for(Catalogue::builtin(), &query, Lang::Zh);
    for part in [
        "CSL.2026.23",
        "CSL.2026.61.1",
        "视情形还可能涉及",
        "O33.1997.10.i6",
        "O82.2005.9.i3",
        "〔未核实〕",
        "线索",
    ] {
        assert!(text.contains(part), "{part} in\n{text}");
    }
    let early = render_for(Catalogue::builtin(), &Query { on: date(1980, 1, 1), ..query }, Lang::En);
    assert!(early.contains("holds no duty"), "{early}");
}
