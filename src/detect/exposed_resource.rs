//! Things that lie open to everybody and should not: listings, environment pages, consoles, errors, personal data; and,
//! with written authorisation, version control, backups and settings.
//!
//! **What it finds.** What pages and headers show that the visit got anyway; and, only where the operator or the unit
//! allowed it in writing, what answers at the short, fixed list of [`probe`]. **Why it matters.** Source, passwords and
//! personal data are taken from such places, and intrusions begin there. **How it can be wrong.** A page that talks of
//! such things is no such thing: programs are known by their own markup, files by their first bytes, and whatever a site
//! also shows at an address that should not exist is not said of any. That something lies open does not say that anybody
//! took it. Default pages of servers are told as `unreachable-site`, certificates and plain HTTP as `tls-problem`.
//!
//! Group 7 of the detection catalogue has the techniques with their severities; its section 8.3 says what may be asked.

mod answer;
mod banner;
mod error;
mod examples;
mod listing;
mod panel;
mod personal;
pub mod probe;
mod robots;
mod script;
mod sign;
mod technique;

use super::card::{Card, Text};
use super::dossier::{Dossier, Exposures};
use super::sighting::{Sighting, distinct_sightings, every_sighting};
use super::{Context, Detector};
use crate::finding::{
    Conditions, Finding, FindingBuilder, IncompleteFinding, Kind, Outcome, Place, Severity, Signal, Snippet,
    State,
};
use answer::{Answer, Exposure};
use probe::Found;

/// The detector.
pub(super) static DETECTOR: Detector = Detector { kind: Kind::ExposedResource, card: CARD, detect };

const CARD: Card = Card {
    since: "0.1.0",
    severity: Severity::Critical,
    looks_at: Text {
        zh: "本次访问所得的页面、响应头与本站脚本；有书面授权时，另按固定短清单询问版本库、备份、配置、探针、控制台、后台、办公系统、目录与源码映射的地址。",
        en: "Pages, headers and the site's own scripts that the visit got; with written authorisation also a short, fixed list of \
             addresses of version control, backups, settings, environment pages, consoles, logins, office systems, folders and source maps.",
    },
    finds: Text {
        zh: "不应公开而可从外部读取的内容：目录列表、报错与调试信息、探针、接口与控制台、后台登录、办公系统、未脱敏的身份证号码、密钥、早已停止维护的版本；有授权时另有版本库、备份和配置文件。",
        en: "What can be read from outside and should not be: directory listings, errors and debug pages, environment pages, consoles, \
             administrators' logins, office systems, identity numbers in full, keys, versions long past their end; with authorisation also \
             version control, backups and settings.",
    },
    matters: Text {
        zh: "源代码、口令和个人信息常由此泄露，入侵常由此开始。",
        en: "Source, passwords and personal data leak from there, and intrusions begin there.",
    },
    errs: Text {
        zh: "可访问不等于已泄露；版本号可能已由发行方修补；教程引用的报错、公开下载站的目录不算；附件中的个人信息未查看；未授权时不询问任何未公开的地址，故未见不等于没有。",
        en: "What can be read was not necessarily taken; distributors patch without changing the version; errors that a tutorial quotes and \
             listings of download sites do not count; attachments are not read; without authorisation no address is asked for that the \
             site does not offer, so nothing seen is not nothing there.",
    },
    references: &[
        "https://owasp.org/www-project-web-security-testing-guide/",
        "https://cwe.mitre.org/data/definitions/530.html",
        "https://cwe.mitre.org/data/definitions/548.html",
    ],
    must_find: examples::FIND,
    must_spare: examples::SPARE,
};

fn detect(dossier: &Dossier, _: &Context<'_>) -> Vec<Outcome> {
    let mut findings: Vec<Result<Finding, IncompleteFinding>> = Vec::new();
    let mut looked = false;
    let found = probe::found(dossier);
    for sighting in distinct_sightings(dossier) {
        let Some(answer) = Answer::of(&sighting) else { continue };
        looked = true;
        // What a page announces and asking found is said once.
        let told = |exposure: &&Exposure| found.iter().any(|found| found.exposure.is_same_as(exposure));
        let shown = recognise(&answer);
        findings.extend(shown.iter().filter(|one| !told(one)).map(|one| of_page(&sighting, one)));
    }
    for sighting in every_sighting(dossier).filter(|sighting| sighting.view.probe) {
        let shown = Answer::of(&sighting).and_then(|answer| error::error(&answer));
        findings.extend(shown.iter().map(|exposure| of_page(&sighting, exposure)));
    }
    if let Some(exposures) = &dossier.exposures {
        looked = true;
        let named = robots::named(dossier, exposures);
        findings.extend(named.iter().map(|found| of_probe(dossier, exposures, found)));
        findings.extend(found.iter().map(|found| of_probe(dossier, exposures, found)));
    }
    let told: Vec<Outcome> = findings.into_iter().filter_map(Result::ok).map(outcome).collect();
    match (told.is_empty(), looked) {
        (false, _) => told,
        (true, true) => vec![Outcome::Pass(Kind::ExposedResource)],
        (true, false) => vec![Outcome::NotApplicable(Kind::ExposedResource)],
    }
}

/// Everything that a page and its header show by themselves.
fn recognise(answer: &Answer<'_>) -> Vec<Exposure> {
    let single = [
        listing::listing(answer),
        panel::environment(answer),
        panel::console(answer),
        panel::admin_login(answer),
        panel::office(answer),
        panel::editor(answer),
        error::error(answer),
        personal::numbers(answer),
    ];
    let mut all: Vec<Exposure> = single.into_iter().flatten().collect();
    all.extend(script::leaks(answer));
    all.extend(banner::old_versions(answer.response));
    all
}

fn outcome(finding: Finding) -> Outcome {
    match finding.severity {
        Severity::Info => Outcome::NeedsReview(Box::new(finding)),
        _ => Outcome::Violation(Box::new(finding)),
    }
}

/// What was seen on a page, as a finding.
fn of_page(sighting: &Sighting<'_>, exposure: &Exposure) -> Result<Finding, IncompleteFinding> {
    let profile = sighting.view.profile.id.clone();
    // What only addresses show that do not exist is seen again only by asking for one.
    let shows = if sighting.view.probe { vec!["path:not-found".to_owned()] } else { Vec::new() };
    let conditions = Conditions { profiles: vec![profile.clone()], shows, ..Conditions::default() };
    let builder = sighting.finding(Kind::ExposedResource, cause(exposure)).conditions(conditions);
    let place = Place { profile: Some(profile), ..place(exposure) };
    told(builder, exposure).place(place).build()
}

/// What was found by asking, as a finding.
fn of_probe(dossier: &Dossier, exposures: &Exposures, found: &Found) -> Result<Finding, IncompleteFinding> {
    let url = found.url.as_str().replace('\'', "%27");
    let seen =
        found.answers.first().and_then(|id| dossier.exchange(*id)).map_or(dossier.started, |one| one.started);
    // The twin address that does not exist is the proof that it takes this very one.
    let shows = vec!["path:unlinked".to_owned()];
    let mut builder = FindingBuilder::new(Kind::ExposedResource, &found.url, cause(&found.exposure))
        .conditions(Conditions { shows, minimal: true, ..Conditions::default() })
        .target(dossier.target.as_ref().map(|target| target.id.clone()))
        .seen(seen)
        .reproduce(format!("curl -sS -i -r 0-{} '{url}'", found.most - 1));
    for answer in &found.answers {
        builder = builder.exchange(*answer);
    }
    if found.again {
        builder = builder.signal(Signal::Reproduction);
    }
    told(builder, &found.exposure)
        .place(place(&found.exposure))
        .detail("authorisation", exposures.authorisation.clone())
        .build()
}

/// What no weakness shows.
const WEAKNESS: Text = Text {
    zh: "这是安全隐患，可访问不等于已经泄露。",
    en: " This is a weakness; that it can be read does not say that it was taken.",
};

/// What is said of an exposure wherever it was seen.
fn told(builder: FindingBuilder, exposure: &Exposure) -> FindingBuilder {
    let technique = exposure.technique;
    let (title, matters, remedy) = (technique.title, technique.matters, technique.remedy);
    let (exposes, weak) = match exposure.severity {
        Severity::Info => ("information", Text { zh: "", en: "" }),
        _ => (technique.exposes, WEAKNESS),
    };
    let builder = builder
        .detail("exposes", exposes)
        .verdict(State::Risk, exposure.severity, technique.confidence)
        .title(format!("{}：{}", title.zh, exposure.what), format!("{}: {}", title.en, exposure.what))
        .explanation(format!("{}{}", matters.zh, weak.zh), format!("{}{}", matters.en, weak.en))
        .remedy(remedy.zh, remedy.en)
        .signal(Signal::Mechanism);
    match technique.id == technique::PERSONAL.id {
        true => builder.detail("personal_data", true),
        false => builder,
    }
}

fn place(exposure: &Exposure) -> Place {
    let sign = exposure.sign.trim();
    Place {
        profile: None,
        selector: (!exposure.selector.is_empty()).then(|| exposure.selector.clone()),
        line: (exposure.line > 0).then_some(exposure.line),
        snippet: (!sign.is_empty()).then(|| Snippet { text: sign.to_owned(), mark: (0, sign.len()) }),
        method: Some(exposure.technique.id.to_owned()),
    }
}

fn cause(exposure: &Exposure) -> String {
    format!("{}\n{}", exposure.technique.id, exposure.cause)
}

/// What two visitors saw is as bad as its technique: one sighting alone is never more than medium.
pub(super) fn settle(finding: &mut Finding) {
    let personal = finding.place.method.as_deref() == Some(technique::PERSONAL.id);
    if personal && finding.signals.contains(&Signal::Reproduction) {
        finding.severity = finding.severity.max(technique::PERSONAL.severity);
    }
}
