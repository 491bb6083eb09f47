//! Which visits of a dossier saw a payload, as samples for the smallest trigger: one question for what sends visitors
//! away, one for what is written on the page, one for paths that should not exist.
//!
//! Only payloads count: a jump to a place that is not honest, jargon in title, keywords or text, links with jargon.
//! Likeness of pages is never compared: adverts, mobile sites and rendered copies for spiders differ lawfully.

use std::collections::BTreeSet;
use std::ops::Deref;
use std::sync::Arc;

use super::Context;
use super::analysis::Sort;
use super::dossier::{Dossier, View};
use super::jump::target::{Target, judge};
use super::jump::{Jump, jumps};
use super::sighting::{Sighting, every_sighting};
use super::trigger::{Sample, Trigger, next_profile, smallest};
use crate::exchange::profile::{AgentClass, Cookies, Profile};
use crate::finding::{Category, Conditions};
use crate::lexicon::Role;

/// A payload on a page, as far as pages are compared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sign {
    /// Jargon in the title.
    Title,
    /// Jargon in keywords or description.
    Meta,
    /// Jargon in the text.
    Text,
    /// A link with jargon to that registrable domain.
    Link(String),
    /// Three or more outside domains that people do not get.
    Domains,
}

/// What one view shows.
#[derive(Debug, Clone)]
pub struct Shown<'a> {
    /// The view.
    pub view: &'a View,
    told: Arc<Told>,
}

impl Deref for Shown<'_> {
    type Target = Told;

    fn deref(&self) -> &Told {
        &self.told
    }
}

/// What is to be told of one view.
#[derive(Debug)]
pub struct Told {
    /// Which of the views it is.
    view: usize,
    /// Its jumps that are not honest, with where they lead.
    pub jumps: Vec<(Jump, Target)>,
    /// The payloads on its page; `None` where there is no page of the site to read.
    pub signs: Option<BTreeSet<Sign>>,
    /// What the page promotes.
    pub category: Option<Category>,
    /// Jargon on it.
    pub terms: Vec<String>,
    /// Addresses of the links with jargon.
    pub urls: Vec<String>,
    /// Its title.
    pub title: String,
}

/// What each view shows, in the order of visiting; views that were refused or failed are left out.
pub fn shown<'a>(dossier: &'a Dossier, context: &Context<'_>) -> Vec<Shown<'a>> {
    let told = context.told(|| tell(dossier, context));
    let shown =
        |told: &Arc<Told>| Some(Shown { view: dossier.views.get(told.view)?, told: Arc::clone(told) });
    told.iter().filter_map(shown).collect()
}

fn tell(dossier: &Dossier, context: &Context<'_>) -> Vec<Arc<Told>> {
    let mut all: Vec<Told> = Vec::new();
    for (index, view) in dossier.views.iter().enumerate() {
        let mut found = Vec::new();
        for jump in jumps(dossier, view, context) {
            let target = judge(dossier, &jump, context);
            if target.is_loud() {
                found.push((jump, target));
            }
        }
        if view.stand_in.is_some() || (view.not_assessed.is_some() && found.is_empty()) {
            continue;
        }
        let mut one = Told {
            view: index,
            jumps: found,
            signs: None,
            category: None,
            terms: Vec::new(),
            urls: Vec::new(),
            title: String::new(),
        };
        let away = one.jumps.iter().any(|(jump, _)| jump.gates.is_empty());
        if !away && let Some(sighting) = every_sighting(dossier).find(|sighting| sighting.index == index) {
            read(&sighting, context, &mut one);
        }
        all.push(one);
    }
    add_domains(dossier, context, &mut all);
    all.into_iter().map(Arc::new).collect()
}

fn read(sighting: &Sighting<'_>, context: &Context<'_>, shown: &mut Told) {
    let analysis = context.analysis(sighting);
    let mut signs = BTreeSet::new();
    let mut note = |sign: Sign, category: Option<Category>, terms: &mut dyn Iterator<Item = String>| {
        signs.insert(sign);
        shown.category = shown.category.or(category);
        for term in terms {
            if shown.terms.len() < 12 && !shown.terms.contains(&term) {
                shown.terms.push(term);
            }
        }
    };
    if analysis.title.category.is_some() {
        note(Sign::Title, analysis.title.category, &mut super::analysis::terms(&analysis.title));
    }
    let metas = sighting.page.metas.iter();
    for meta in metas.filter(|meta| matches!(meta.name.as_str(), "keywords" | "description")) {
        let judgement = context.lexicon.judge_in(Role::Meta, &meta.content.text, &analysis.surroundings);
        if judgement.category.is_some() {
            note(Sign::Meta, judgement.category, &mut super::analysis::terms(&judgement));
        }
    }
    for section in analysis.sections.iter().filter(|section| section.sort != Sort::UserContent) {
        if section.judgement.category.is_some() {
            note(Sign::Text, section.judgement.category, &mut super::analysis::terms(&section.judgement));
        }
    }
    for (link, reading) in sighting.page.links.iter().zip(&analysis.links) {
        if reading.foreign && reading.jargon() {
            note(Sign::Link(reading.domain.clone()), reading.category, &mut reading.terms.iter().cloned());
            if let Some(url) = link.url.as_ref().filter(|_| shown.urls.len() < 20) {
                shown.urls.push(url.to_string());
            }
        }
    }
    shown.title = sighting.page.title.as_ref().map(|title| title.text.clone()).unwrap_or_default();
    shown.signs = Some(signs);
}

/// Fewest new outside domains for spiders that count by number alone.
const DOMAINS: usize = 3;

/// Spiders that get the page of people with three or more outside domains added. What a repeated direct visit adds is
/// natural; without a repetition, and without the page of people in it, numbers say nothing.
fn add_domains(dossier: &Dossier, context: &Context<'_>, all: &mut [Told]) {
    if dossier.views.len() < 2 {
        return;
    }
    let mut people: Vec<(BTreeSet<String>, BTreeSet<String>)> = Vec::new();
    let mut spiders: Vec<(usize, BTreeSet<String>, BTreeSet<String>)> = Vec::new();
    for (index, one) in all.iter().enumerate().filter(|(_, one)| one.signs.is_some()) {
        let Some(sighting) = every_sighting(dossier)
            .find(|sighting| sighting.index == one.view)
            .filter(|sighting| !sighting.view.probe)
        else {
            continue;
        };
        let analysis = context.analysis(&sighting);
        let (mut outside, mut own) = (BTreeSet::new(), BTreeSet::new());
        for (link, reading) in sighting.page.links.iter().zip(&analysis.links) {
            match &link.url {
                Some(_) if reading.foreign => outside.insert(reading.domain.clone()),
                Some(url) if !reading.outside => own.insert(url.path().to_owned()),
                _ => false,
            };
        }
        match sighting.view.profile.agent.class() {
            AgentClass::Spider => spiders.push((index, outside, own)),
            _ => people.push((outside, own)),
        }
    }
    let known: BTreeSet<&String> = people.iter().flat_map(|(outside, _)| outside).collect();
    let natural = people.iter().map(|(outside, _)| known.len() - outside.len()).max().unwrap_or(0);
    for (index, outside, own) in &spiders {
        let new = outside.iter().filter(|domain| !known.contains(domain)).count();
        let shared =
            people.iter().map(|(_, theirs)| own.intersection(theirs).count() * 2 >= theirs.len().max(1));
        let same_page = people.len() >= 2
            && people.iter().all(|(_, theirs)| theirs.len() >= 3)
            && shared.clone().any(|same| same);
        if same_page
            && new >= DOMAINS.max(2 * natural + 1)
            && let Some(signs) = &mut all[*index].signs
        {
            signs.insert(Sign::Domains);
        }
    }
}

/// What is asked of the visits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// Who is sent away.
    Jump,
    /// Who gets a payload on the page that others do not get.
    Page,
}

/// The visits to the address itself as samples.
pub fn samples(dossier: &Dossier, shown: &[Shown<'_>], question: Question) -> Vec<Sample> {
    let common = common(shown);
    let views = dossier.views.iter().filter(|view| !view.probe);
    views
        .map(|view| {
            let one = shown.iter().find(|one| std::ptr::eq(one.view, view));
            let shows = one.and_then(|one| match question {
                Question::Jump => Some(!one.jumps.is_empty()),
                Question::Page => one.signs.as_ref().map(|signs| signs.difference(&common).next().is_some()),
            });
            Sample { profile: view.profile.clone(), shows }
        })
        .collect()
}

/// The payloads that every view of the address shows alike: those are no cloaking.
fn common(shown: &[Shown<'_>]) -> BTreeSet<Sign> {
    let mut pages = shown.iter().filter(|one| !one.view.probe).filter_map(|one| one.signs.as_ref());
    let first = pages.next().cloned().unwrap_or_default();
    pages.fold(first, |common, signs| common.intersection(signs).cloned().collect())
}

/// The smallest condition of a question; `None` while nothing showed.
pub fn trigger(dossier: &Dossier, shown: &[Shown<'_>], question: Question) -> Option<Trigger> {
    smallest(&samples(dossier, shown, question))
}

/// The visits to a path that should not exist as samples, in the order of visiting; none where the address itself
/// shows the same, as then nothing hangs on the path.
fn path_samples(dossier: &Dossier, shown: &[Shown<'_>], question: Question) -> Vec<Sample> {
    let of_address = || shown.iter().filter(|one| !one.view.probe);
    if question == Question::Jump && of_address().any(|one| !one.jumps.is_empty()) {
        return Vec::new();
    }
    let known: BTreeSet<&Sign> = of_address().filter_map(|one| one.signs.as_ref()).flatten().collect();
    let shows = |view: &View| {
        let one = shown.iter().find(|one| std::ptr::eq(one.view, view))?;
        match question {
            Question::Jump => Some(!one.jumps.is_empty()),
            Question::Page => one.signs.as_ref().map(|signs| signs.iter().any(|sign| !known.contains(sign))),
        }
    };
    let probes = dossier.views.iter().filter(|view| view.probe);
    probes.map(|view| Sample { profile: view.profile.clone(), shows: shows(view) }).collect()
}

/// The smallest condition of what shows at a path that should not exist and not at the address itself, with the first
/// view of it; `None` while nothing does. The visits to the address are the controls for the path.
pub fn path_trigger<'a>(
    dossier: &Dossier,
    shown: &'a [Shown<'a>],
    question: Question,
) -> Option<(&'a Shown<'a>, Trigger)> {
    let samples = path_samples(dossier, shown, question);
    let mut trigger = smallest(&samples)?;
    for alternative in &mut trigger.alternatives {
        alternative.insert(0, "path:not-found");
    }
    trigger.minimal &= shown.iter().filter(|one| !one.view.probe).count() >= 2;
    let at = samples.iter().position(|sample| sample.shows == Some(true))?;
    let view = dossier.views.iter().filter(|view| view.probe).nth(at)?;
    Some((shown.iter().find(|one| std::ptr::eq(one.view, view))?, trigger))
}

/// The condition that the jumps of a view hang on: that of the path where the view asked for one that should not
/// exist, else that of the address.
pub fn jump_trigger(dossier: &Dossier, shown: &[Shown<'_>], one: &Shown<'_>) -> Option<Trigger> {
    let of_path = one.view.probe.then(|| path_trigger(dossier, shown, Question::Jump)).flatten();
    of_path.map(|(_, trigger)| trigger).or_else(|| trigger(dossier, shown, Question::Jump))
}

/// The conditions of one jump: what the server looks at, joined with what the script does.
pub fn joined(jump: &Jump, trigger: Option<&Trigger>) -> Conditions {
    let script: Vec<String> = match &jump.met {
        Some(met) => met.shows.clone(),
        None => jump.gates.iter().map(|gate| (*gate).to_owned()).collect(),
    };
    let server = trigger.map_or_else(|| vec![Vec::new()], |trigger| trigger.alternatives.clone());
    let sets = server.into_iter().map(|words| {
        let mut words: Vec<String> = words.into_iter().map(str::to_owned).collect();
        words.extend(script.iter().filter(|word| !words.contains(word)).cloned().collect::<Vec<_>>());
        words
    });
    // A condition that is only read in code was not proven; one that virtual visitors flipped was.
    let of_server =
        |open: bool| trigger.map_or(open, |trigger| trigger.minimal || trigger.is_unconditional());
    let minimal = match &jump.met {
        Some(met) => met.minimal && of_server(true),
        None => jump.gates.is_empty() && trigger.is_some_and(|trigger| trigger.minimal),
    };
    let visitors = jump.met.iter().flat_map(|met| &met.visitors).map(|&id| id.to_owned()).collect();
    Conditions { minimal, visitors, ..Conditions::of(sets.collect()) }
}

/// One more visit that is worth its request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Control {
    /// As whom.
    pub profile: Profile,
    /// Whether it asks for the path that should not exist instead of the address.
    pub missing_path: bool,
}

/// The next control that is worth its request to tell the smallest condition, if any: the scan room fetches it, adds
/// the view and asks again. A profile that was used already is meant to be used once more, with a fresh jar unless it
/// says otherwise. Answers `None` when nothing showed, when all is told, or when
/// [`BUDGET`](super::trigger::BUDGET) controls were sent.
pub fn next_control(dossier: &Dossier, context: &Context<'_>) -> Option<Control> {
    let shown = shown(dossier, context);
    let is_control = |view: &&View| view.repetition > 0 || view.profile.id.as_str().starts_with("t-");
    let spent = dossier.views.iter().filter(is_control).count();
    let at = |missing_path| move |profile| Control { profile, missing_path };
    [Question::Jump, Question::Page]
        .into_iter()
        .find_map(|question| next_profile(&samples(dossier, &shown, question), spent))
        .or_else(|| coming_back(dossier, &shown))
        .map(at(false))
        .or_else(|| {
            let mut asked = [Question::Jump, Question::Page].into_iter();
            asked
                .find_map(|question| next_profile(&path_samples(dossier, &shown, question), spent))
                .map(at(true))
        })
}

/// What every first visit shows alike may be gone on the second: worth one look where nobody came back yet.
fn coming_back(dossier: &Dossier, shown: &[Shown<'_>]) -> Option<Profile> {
    let came_back = dossier.views.iter().any(|view| view.profile.cookies == Cookies::Kept);
    let set_cookies = |view: &View| {
        let responses = view.hops.iter().filter_map(|hop| dossier.exchange(hop.exchange)?.response());
        responses.into_iter().any(|response| response.header("set-cookie").is_some())
    };
    let worth = !came_back && !common(shown).is_empty() && dossier.views.iter().any(set_cookies);
    worth.then(|| Profile::by_id("r")).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::rehearsal::{Answer, Rehearsal};
    use crate::exchange::profile::{Agent, Arrival};
    use crate::finding::{Finding, Kind, Outcome};

    const HONEST: &str = "<title>某某学校</title><p>学校简介</p><a href=/a>一</a><a href=/b>二</a><a href=/c>三</a>\
        <a href=http://p1.partner1.test/>友好学校</a>";
    const SPAM: &str = "<title>百家乐真人视讯注册送彩金</title><p>欢迎光临</p>";
    const AWAY: &str = "http://lucky.bc1.test/?x";

    /// Plays the scan room: the usual profiles, then every control that is proposed; then judges.
    fn played<'a>(ids: &[&str], server: impl Fn(&Profile) -> Answer<'a>) -> Vec<Finding> {
        let mut rehearsal = Rehearsal::new().landing(AWAY, "某某娱乐城", Some(Category::Gambling));
        for profile in ids.iter().filter_map(|id| Profile::by_id(id)) {
            let answer = server(&profile);
            rehearsal = rehearsal.profile(profile, answer, false);
        }
        let mut dossier = rehearsal.end();
        let context = Context::builtin();
        for _ in 0..20 {
            let Some(Control { profile, missing_path }) = next_control(&dossier, &context) else { break };
            let answer = server(&profile);
            dossier = Rehearsal::from(dossier).profile(profile, answer, missing_path).end();
        }
        assert!(next_control(&dossier, &context).is_none());
        findings(&dossier)
    }

    fn findings(dossier: &Dossier) -> Vec<Finding> {
        let context = Context::builtin();
        [Kind::Cloaking, Kind::IllicitRedirect]
            .into_iter()
            .filter_map(crate::detect::detector)
            .flat_map(|detector| (detector.detect)(dossier, &context))
            .filter_map(|outcome| match outcome {
                Outcome::Violation(finding) | Outcome::NeedsReview(finding) => Some(*finding),
                _ => None,
            })
            .collect()
    }

    fn told(findings: &[Finding]) -> Vec<String> {
        let line = |finding: &Finding| {
            let method = finding.place.method.as_deref().unwrap_or_default();
            let shows = finding.conditions.shows.join("+");
            format!("{} {} {method} {shows} {}", finding.kind, finding.severity, finding.conditions.minimal)
        };
        findings.iter().map(line).collect()
    }

    fn spider(profile: &Profile) -> bool {
        profile.agent.class() == AgentClass::Spider
    }

    fn search(profile: &Profile) -> bool {
        matches!(profile.arrival, Arrival::BaiduMobile | Arrival::Baidu | Arrival::Google)
    }

    #[test]
    fn a_redirect_and_its_cloak_carry_the_same_proven_condition() {
        let found = played(&["m", "d", "s"], |profile| {
            let phone = matches!(profile.agent, Agent::AndroidChrome | Agent::IphoneSafari);
            if phone && search(profile) { Answer::To(AWAY) } else { Answer::Html(HONEST) }
        });
        assert_eq!(
            told(&found),
            [
                "cloaking critical cloak-mobile-and-referrer ua:mobile+referer:search true",
                "illicit-redirect critical status ua:mobile+referer:search true",
            ]
        );
    }

    #[test]
    fn spider_content_is_cloaking_without_a_redirect() {
        let found =
            played(&["m", "d", "s"], |profile| Answer::Html(if spider(profile) { SPAM } else { HONEST }));
        assert_eq!(told(&found), ["cloaking high cloak-spider-tdk ua:spider true"]);
    }

    #[test]
    fn what_everybody_gets_is_no_cloaking() {
        let found = played(&["m", "d", "s"], |_| Answer::To(AWAY));
        assert_eq!(told(&found), ["illicit-redirect critical status  true"]);
        assert!(told(&played(&["m", "d", "s"], |_| Answer::Html(SPAM))).is_empty());
    }

    #[test]
    fn lawful_differences_stay_silent() {
        let shell = "<title>某某学校</title><div id=app></div>";
        let many: String = (0..9).map(|n| format!("<a href=http://p.other{n}.test/>伙伴</a>")).collect();
        let rotating = format!("{HONEST}{many}");
        for found in [
            played(&["m", "d", "s"], |profile| Answer::Html(if spider(profile) { HONEST } else { shell })),
            played(
                &["m", "d", "s"],
                |profile| if spider(profile) { Answer::Refused } else { Answer::Html(HONEST) },
            ),
            played(&["m", "d", "s"], |profile| Answer::Html(if spider(profile) { &rotating } else { shell })),
            played(&["m", "d"], |profile| match profile.agent {
                Agent::DesktopChrome => Answer::Html(HONEST),
                _ => Answer::To("https://m.example.test/"),
            }),
            played(&["m", "w", "d"], |profile| match profile.agent {
                Agent::Wechat => Answer::To("https://open.weixin.qq.com/connect/oauth2/authorize"),
                _ => Answer::Html(HONEST),
            }),
            played(&["m", "d"], |_| {
                Answer::To("https://sso.campus.test/cas/login?service=http%3A%2F%2Fwww.example.test%2Findex")
            }),
        ] {
            assert!(told(&found).is_empty(), "{:?}", told(&found));
        }
    }

    #[test]
    fn spiders_that_get_domains_added_are_told_once_the_direct_visit_is_repeated() {
        let many: String = (0..5).map(|n| format!("<a href=http://p.other{n}.test/>伙伴</a>")).collect();
        let more = format!("{HONEST}{many}");
        let answer = |profile: &Profile| Answer::Html(if spider(profile) { &more } else { HONEST });
        assert_eq!(
            told(&played(&["m", "d", "s"], answer)),
            ["cloaking medium cloak-spider-links ua:spider true"]
        );
    }

    #[test]
    fn a_payload_at_a_path_that_should_not_exist_is_told() {
        let missing = Answer::Status(404, "<title>未找到</title>");
        let told_of = |gate: &dyn Fn(&Profile) -> bool, payload: Answer<'static>| {
            let answer = |profile: &Profile| if gate(profile) { payload } else { missing };
            let mut rehearsal = Rehearsal::new().landing(AWAY, "某某娱乐城", Some(Category::Gambling));
            for id in ["m", "d", "s"] {
                rehearsal = rehearsal.view(id, Answer::Html(HONEST));
            }
            for profile in ["m", "d", "p"].iter().filter_map(|id| Profile::by_id(id)) {
                let answer = answer(&profile);
                rehearsal = rehearsal.profile(profile, answer, true);
            }
            let mut dossier = rehearsal.end();
            while let Some(control) = next_control(&dossier, &Context::builtin()) {
                assert!(control.missing_path);
                let answer = answer(&control.profile);
                dossier = Rehearsal::from(dossier).profile(control.profile, answer, true).end();
            }
            told(&findings(&dossier))
        };
        assert_eq!(
            told_of(&spider, Answer::Html(SPAM)),
            ["cloaking high path-404-handler path:not-found+ua:spider true"]
        );
        assert_eq!(
            told_of(&|_| true, Answer::Html(SPAM)),
            ["cloaking high path-catchall-200 path:not-found true"]
        );
        assert_eq!(
            told_of(&search, Answer::To(AWAY)),
            [
                "cloaking critical path-404-handler path:not-found+referer:search true",
                "illicit-redirect critical status path:not-found+referer:search true",
            ]
        );
        let honest =
            Rehearsal::new().view("d", Answer::Html(HONEST)).probe("s", missing).probe("d", missing).end();
        assert!(findings(&honest).is_empty());
    }
}
