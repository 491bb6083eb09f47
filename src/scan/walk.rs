//! The walk over a site's pages: the frontier says which is next, the gatherer looks, the verdict is asked.
//!
//! Seeds are looked at by every profile. Further pages are looked at by victim and control, the first column also by a
//! spider, and by everybody where they give cause. A page whose bytes are what they were at a judgement of late is not
//! judged again; a home page counts as unchanged only when every profile got what it had got, since who cloaks shows
//! some visitors an old page and keeps its `ETag`. `robots.txt` is asked before going further than the seeds (RFC 9309).

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use url::Url;

use super::accept;
use super::escalate::{is_column, outside};
use super::passed;
use super::plan::{PageFacts, VisitPlan};
use super::remember::{Looked, looked};
use super::verdict::Judged;
use super::visit::{Compared, Course, Gatherer, answer_digest};
use super::{Progress, ScanError, Scanner, legal_day, verdict};
use crate::baseline::Baseline;
use crate::detect::dossier::Dossier;
use crate::exchange::profile::{AgentClass, Profile};
use crate::exchange::{Purpose, Response};
use crate::fetch::Validators;
use crate::fetch::robots::Robots;
use crate::finding::{NotAssessed, Reason};
use crate::frontier::template::template;
use crate::frontier::{Answer, Frontier, Lane, Source, Task};
use crate::id::sha256_hex;
use crate::incident::Means;
use crate::page::{Link, Origin, Page, Sight};
use crate::report::Reported;
use crate::store::PageState;

/// Profiles under which pages beyond the seeds are visited: victim and control.
const FURTHER_PROFILES: usize = 2;

/// Pages beyond the seeds that may be looked at by every profile in one visit.
const ESCALATIONS: u32 = 5;

/// Sitemaps asked for in one visit, indexes among them.
const SITEMAPS: usize = 5;

/// Pages in a row that the server failed or refused before the walk ends: asking more would only burden it.
const TROUBLES: u32 = 3;

/// Links remembered of a column, for the visits on which it is unchanged.
const ONWARD: usize = 200;

/// The longest pause that `Crawl-delay` can impose, in seconds.
const LONGEST_DELAY: u64 = 30;

/// Known pages by which a site is known well enough to say of another that it was not there before.
const FAMILIAR: usize = 3;

/// The name by which `robots.txt` may speak to the scanner.
pub(super) const ROBOTS_NAME: &str = "xuncha";

/// What a walk brought together.
#[derive(Debug, Default)]
pub(super) struct Walked {
    pub(super) findings: Vec<Reported>,
    pub(super) not_assessed: Vec<NotAssessed>,
    pub(super) urls: u64,
    pub(super) unchanged: u64,
    pub(super) requests: u64,
    pub(super) pages: Vec<Looked>,
}

/// Visits the pages of a site, as the plan says.
pub(super) async fn walk(
    scanner: &Scanner,
    plan: VisitPlan,
    watch: &(dyn Fn(Progress) + Sync),
) -> Result<Walked, ScanError> {
    let limits = plan.limits;
    let mut walker = Walker::new(scanner, plan, watch);
    while let Some(task) = walker.next_task().await {
        if walker.troubles >= TROUBLES {
            walker.frontier.put_back(task);
            break;
        }
        walker.page(&task).await?;
        if task.lane == Lane::Seed && walker.goes_on {
            walker.read_sitemaps(&task.url).await;
        }
    }
    // Where no active probe is allowed, no name is made up either.
    if walker.goes_on && walker.troubles < TROUBLES && scanner.settings.probe_missing_path {
        walker.look_for_wildcard().await?;
    }
    walker.finish(limits.pages);
    Ok(walker.walked)
}

struct Walker<'a> {
    scanner: &'a Scanner,
    gatherer: Gatherer<'a>,
    frontier: Frontier,
    known: HashMap<String, PageState>,
    baselines: HashMap<String, Arc<Baseline>>,
    robots: HashMap<String, Robots>,
    walked: Walked,
    /// What is remembered of each of the walked pages.
    facts: Vec<PageFacts>,
    /// Outside domains that seeds lead to.
    outside: BTreeSet<String>,
    /// Hosts on which it was asked whether something lies open.
    exposed: BTreeSet<String>,
    /// Whether any page beyond the seeds may be looked at.
    goes_on: bool,
    judge_seeds: bool,
    column_seen: bool,
    troubles: u32,
    /// Why the last of the troubles was one.
    trouble: Option<NotAssessed>,
}

impl<'a> Walker<'a> {
    fn new(scanner: &'a Scanner, plan: VisitPlan, watch: &'a (dyn Fn(Progress) + Sync)) -> Self {
        let goes_on = plan.limits.pages as usize > plan.scope.seeds.len() && plan.limits.depth > 0;
        let today = legal_day(Timestamp::now());
        let mut frontier = Frontier::new(plan.scope.clone(), plan.limits, plan.learned(), today, plan.round);
        if goes_on {
            frontier.know(plan.known_pages());
        }
        Self {
            scanner,
            gatherer: Gatherer::new(scanner, watch),
            frontier,
            judge_seeds: plan.judge_seeds,
            known: plan.known.into_iter().map(|page| (page.page.clone(), page)).collect(),
            baselines: plan.baselines,
            robots: HashMap::new(),
            walked: Walked::default(),
            facts: Vec::new(),
            outside: BTreeSet::new(),
            exposed: BTreeSet::new(),
            goes_on,
            column_seen: false,
            troubles: 0,
            trouble: None,
        }
    }

    /// The next page that `robots.txt` of its host allows.
    async fn next_task(&mut self) -> Option<Task> {
        loop {
            let robots = &self.robots;
            let allows =
                |url: &Url| robots.get(&origin(url)).is_none_or(|robots| robots.allows(ROBOTS_NAME, url));
            let task = self.frontier.next(allows)?;
            if task.lane == Lane::Seed || self.robots.contains_key(&origin(&task.url)) {
                return Some(task);
            }
            self.ask_robots(&task.url).await;
            if self.robots.get(&origin(&task.url)).is_none_or(|robots| robots.allows(ROBOTS_NAME, &task.url))
            {
                return Some(task);
            }
            self.frontier.refuse(&task);
        }
    }

    /// Asks a host for its rules.
    async fn ask_robots(&mut self, url: &Url) {
        if self.robots.contains_key(&origin(url)) {
            return;
        }
        let robots = self.gatherer.robots(url).await;
        self.heed(url, robots);
    }

    /// Remembers the rules of a host, and heeds the pause that they ask for.
    fn heed(&mut self, url: &Url, robots: Robots) {
        if let Some(delay) = robots.crawl_delay(ROBOTS_NAME) {
            let delay = delay.min(std::time::Duration::from_secs(LONGEST_DELAY));
            self.gatherer.least_gap = self.gatherer.least_gap.max(delay);
        }
        self.robots.insert(origin(url), robots);
    }

    /// Offers what the site's sitemaps name.
    async fn read_sitemaps(&mut self, seed: &Url) {
        self.ask_robots(seed).await;
        let named = self.robots.get(&origin(seed)).map(|robots| robots.sitemaps.clone()).unwrap_or_default();
        let mut wanted: Vec<Url> = named.iter().filter_map(|text| seed.join(text).ok()).collect();
        if wanted.is_empty() {
            wanted.extend(seed.join("/sitemap.xml").ok());
        }
        let mut read = 0;
        while let Some(url) = wanted.get(read).cloned() {
            read += 1;
            if !self.frontier.admits(&url) {
                continue;
            }
            let sitemap = self.gatherer.sitemap(&url).await;
            for entry in &sitemap.pages {
                self.frontier.offer(&entry.url, 1, Source::Sitemap(entry.changed));
            }
            for further in sitemap.sitemaps {
                if wanted.len() < SITEMAPS && !wanted.contains(&further) {
                    wanted.push(further);
                }
            }
            if read >= SITEMAPS {
                break;
            }
        }
    }

    /// Looks at one page: compares it with what is remembered, and judges it where that does not settle it.
    async fn page(&mut self, task: &Task) -> Result<(), ScanError> {
        let seed = task.lane == Lane::Seed;
        let course = self.course(task);
        let profiles: Vec<Profile> = match &course {
            Course::Whole => self.scanner.settings.profiles.clone(),
            Course::Glance { profiles, .. } => profiles.iter().take(1).cloned().collect(),
        };
        let remembered = self.known.get(task.url.as_str()).cloned();
        let facts = remembered.as_ref().map(PageFacts::of).unwrap_or_default();
        let settled = remembered.as_ref().filter(|page| {
            let known = profiles.iter().all(|profile| facts.knows(&profile.id));
            let wanted = seed && self.judge_seeds;
            !wanted && known && facts.stay_judged(page, seed, Timestamp::now())
        });
        let mut dossier = match settled {
            None => self.gatherer.visit(&task.url, &course).await?,
            Some(page) => {
                let unless = if seed { Validators::default() } else { validators(page) };
                match self.gatherer.compare(&task.url, (seed, &profiles), &facts, &unless).await? {
                    Compared::Same(dossier) => {
                        self.take_unchanged(&dossier, page, facts, &profiles);
                        return Ok(());
                    }
                    Compared::Other(dossier, asked) => self.gatherer.gather(dossier, &course, asked).await?,
                }
            }
        };
        self.look_for_exposures(task, &mut dossier, &facts).await?;
        self.judge(task, dossier, remembered, facts).await
    }

    /// Asks whether something lies open on the host of a seed, where that was allowed in writing: once a visit, and about
    /// once a week unless a person asks.
    async fn look_for_exposures(
        &mut self,
        task: &Task,
        dossier: &mut Dossier,
        facts: &PageFacts,
    ) -> Result<(), ScanError> {
        let due = self.judge_seeds || facts.exposures_are_due(Timestamp::now());
        let host = task.url.host_str().unwrap_or_default();
        if task.lane != Lane::Seed || !due || !self.exposed.insert(host.to_owned()) {
            return Ok(());
        }
        let frontier = &self.frontier;
        let robots = self.gatherer.look_for_exposures(dossier, &|url| frontier.admits(url)).await?;
        if let Some(robots) = robots {
            self.heed(&task.url, robots);
        }
        Ok(())
    }

    /// How thoroughly a page is looked at.
    fn course(&mut self, task: &Task) -> Course {
        if task.lane == Lane::Seed {
            return Course::Whole;
        }
        let all = &self.scanner.settings.profiles;
        let mut profiles: Vec<Profile> = all.iter().take(FURTHER_PROFILES).cloned().collect();
        if !self.column_seen && is_column(&task.url) {
            self.column_seen = true;
            let spider = all.iter().find(|profile| profile.agent.class() == AgentClass::Spider);
            profiles.extend(
                spider.filter(|spider| !profiles.contains(spider)).cloned().into_iter().collect::<Vec<_>>(),
            );
        }
        let before = self.known.get(task.url.as_str()).map(|page| {
            let own = PageFacts::of(page).outside;
            own.union(&self.outside).cloned().collect()
        });
        Course::Glance { profiles, before, may_escalate: self.gatherer.escalated < ESCALATIONS }
    }

    /// Notes a page that is what it was.
    fn take_unchanged(&mut self, dossier: &Dossier, page: &PageState, facts: PageFacts, asked: &[Profile]) {
        self.troubles = 0;
        self.walked.urls += 1;
        self.walked.unchanged += 1;
        if dossier.home {
            self.outside.extend(facts.outside.iter().cloned());
        }
        for onward in facts.onward.iter().filter_map(|text| Url::parse(text).ok()) {
            self.frontier.offer(&onward, page.depth + 1, Source::Link);
        }
        let place = self.walked.findings.len();
        self.walked.pages.push(Looked {
            url: dossier.url.clone(),
            home: dossier.home,
            at: dossier.started,
            profiles: asked.iter().map(|profile| profile.id.clone()).collect(),
            means: Means { landings: false, missing_path: false, exposures: false, settled: true },
            unchanged: true,
            findings: place..place,
            state: PageState { asked: Some(dossier.started), ..page.clone() },
            folder: None,
            baseline: None,
        });
        self.facts.push(facts);
    }

    /// Judges what was gathered of a page, and lets the frontier learn from it.
    async fn judge(
        &mut self,
        task: &Task,
        mut dossier: Dossier,
        remembered: Option<PageState>,
        facts: PageFacts,
    ) -> Result<(), ScanError> {
        self.walked.urls += 1;
        self.learn(task, &dossier);
        self.note_trouble(&dossier);
        dossier.baseline = self.baselines.get(task.url.as_str()).cloned();
        dossier.newcomer = match &remembered {
            Some(_) => facts.newcomer,
            None => !self.known.is_empty() && self.baselines.len() >= FAMILIAR,
        };
        let dossier = Arc::new(dossier);
        let mut judged = verdict::judge(&self.gatherer, &dossier, self.gatherer.kept()).await?;
        self.gatherer.illustrate(&dossier, &mut judged).await?;
        let settings = &self.scanner.settings;
        let mut page = looked(&dossier, &judged.findings, &judged.not_assessed, settings, task.depth);
        page.folder = self.gatherer.close(&judged)?;
        page.baseline = accept::learned(&dossier, &judged.findings);
        let first = self.walked.findings.len();
        page.findings = first..first + judged.findings.len();
        let facts = self.remembered(task, &dossier, &judged, &page.state, remembered.as_ref(), facts);
        self.walked.pages.push(page);
        self.facts.push(facts);
        self.walked.findings.extend(judged.findings);
        self.walked.not_assessed.extend(judged.not_assessed);
        Ok(())
    }

    /// Offers the links of a page, and says what it answered.
    fn learn(&mut self, task: &Task, dossier: &Dossier) {
        let views = || dossier.views.iter().filter(|view| !view.probe);
        let answers =
            views().filter_map(|view| Some((view.end()?, dossier.exchange(view.last()?)?.response()?)));
        if let Some((end, response)) = answers.into_iter().next() {
            self.frontier.answered(task, &Answer { end, body: success(response) });
        }
        if self.goes_on {
            for next in views().filter_map(|view| view.page.as_deref()).flat_map(onward_links) {
                self.frontier.offer(next, task.depth + 1, Source::Link);
            }
        }
    }

    /// Counts pages in a row that nobody got.
    fn note_trouble(&mut self, dossier: &Dossier) {
        let gap = |gap: &NotAssessed| {
            matches!(
                gap.reason,
                Reason::Unreachable | Reason::ServerError | Reason::Blocked | Reason::Challenge
            )
        };
        let lost = dossier.views.iter().all(|view| view.not_assessed.as_ref().is_some_and(gap));
        self.troubles = if lost { self.troubles + 1 } else { 0 };
        self.trouble = dossier.not_assessed.first().filter(|_| lost).cloned();
    }

    /// What the next visit has to know of a page.
    fn remembered(
        &mut self,
        task: &Task,
        dossier: &Dossier,
        judged: &Judged,
        state: &PageState,
        before: Option<&PageState>,
        facts: PageFacts,
    ) -> PageFacts {
        let now = dossier.started;
        let seed = task.lane == Lane::Seed;
        let changed = before.is_some_and(|before| before.sha256.is_some() && before.sha256 != state.sha256);
        let first_look = |view: &&crate::detect::dossier::View| !view.probe && view.repetition == 0;
        let answers = dossier
            .views
            .iter()
            .filter(first_look)
            .filter_map(|view| Some((view.profile.id.to_string(), answer_digest(dossier, &view.hops)?)));
        let outside = outside(dossier, &self.scanner.context());
        if seed {
            self.outside.extend(outside.iter().cloned());
        }
        let pages = dossier.views.iter().filter_map(|view| view.page.as_deref().filter(|_| !view.probe));
        let mut onward: Vec<String> = pages
            .flat_map(onward_links)
            .filter(|url| (seed || is_column(&task.url)) && self.frontier.admits(url))
            .map(ToString::to_string)
            .collect();
        onward.sort();
        onward.dedup();
        onward.truncate(ONWARD);
        PageFacts {
            template: template(&task.url),
            first_seen: facts.first_seen.or(Some(now)),
            newcomer: dossier.newcomer,
            last_changed: if changed { Some(now) } else { facts.last_changed },
            changes: facts.changes.saturating_add(u32::from(changed)),
            exposed: dossier.exposures.as_ref().map(|_| now).or(facts.exposed),
            judged: Some(now),
            open: !judged.findings.is_empty() || !judged.not_assessed.is_empty(),
            answers: answers.collect(),
            parts: if seed { self.parts(dossier) } else { Default::default() },
            outside,
            onward,
            ..facts
        }
    }

    /// The style sheets and scripts that a dossier's pages asked for, as digests.
    fn parts(&self, dossier: &Dossier) -> std::collections::BTreeMap<String, String> {
        let asked = dossier
            .exchanges
            .iter()
            .filter(|exchange| matches!(exchange.purpose, Purpose::Script | Purpose::StyleSheet));
        let urls: BTreeSet<&Url> = asked.map(|exchange| &exchange.request.url).collect();
        let at_hand = self.gatherer.resources.at_hand().filter(|(url, _)| urls.contains(url));
        at_hand.map(|(url, text)| (url.to_string(), sha256_hex(text.as_bytes()))).collect()
    }

    /// One polite look at a sub-domain that nobody set up: where every name leads somewhere, that is often a gambling
    /// page that the owner never sees. At most twice a week.
    async fn look_for_wildcard(&mut self) -> Result<(), ScanError> {
        let Some(domain) = self.frontier.scope().wildcard_domain() else { return Ok(()) };
        let Some(seed) = self.walked.pages.first().map(|page| page.url.clone()) else { return Ok(()) };
        let now = Timestamp::now();
        if !self.facts.first().is_some_and(|facts| facts.label_is_due(now)) {
            return Ok(());
        }
        self.facts[0].label = Some(now);
        let label = format!("x{}", &sha256_hex(domain.as_bytes())[..9]);
        let mut url = seed.clone();
        url.set_path("/");
        url.set_query(None);
        if url.set_host(Some(&format!("{label}.{domain}"))).is_err()
            || self.scanner.fetcher.admit(&url).await.is_err()
        {
            // No such name: as it should be.
            return Ok(());
        }
        let profiles = self.scanner.settings.profiles.iter().take(1).cloned().collect();
        let course = Course::Glance { profiles, before: None, may_escalate: true };
        let dossier = self.gatherer.visit(&url, &course).await?;
        let shows = dossier.views.iter().any(|view| view.page.is_some() && view.not_assessed.is_none());
        let body = dossier.views.first().and_then(|view| dossier.exchange(view.last()?)?.response());
        let own = body.is_some_and(|body| {
            let digest = sha256_hex(&body.body);
            self.walked.pages.iter().any(|page| page.state.sha256.as_deref() == Some(digest.as_str()))
        });
        if !shows || own {
            // Nobody answers for the name, or the site itself does.
            self.gatherer.close(&Judged::default())?;
            return Ok(());
        }
        let task = Task { url, depth: 1, lane: Lane::Orphan };
        self.judge(&task, dossier, None, PageFacts::default()).await
    }

    /// Says what was passed over, and writes down what the visit learned.
    fn finish(&mut self, pages: u32) {
        let given_up = self.trouble.take().filter(|_| self.troubles >= TROUBLES);
        let seed = self.frontier.scope().seeds.first().map(ToString::to_string).unwrap_or_default();
        let said = passed::said(&self.frontier.passed(), &seed, pages, given_up.as_ref());
        self.walked.not_assessed.extend(said.into_iter().filter(|_| self.goes_on));
        if let Some(first) = self.facts.first_mut() {
            first.learned = Some(self.frontier.learned().clone());
        }
        for (page, facts) in self.walked.pages.iter_mut().zip(&mut self.facts) {
            facts.in_degree = self.frontier.links_to(&page.url);
            page.state.facts = facts.value();
        }
        self.walked.requests = self.gatherer.requests();
    }
}

/// The versions that a server gave a page, for a conditional request.
fn validators(page: &PageState) -> Validators {
    Validators { etag: page.etag.clone(), last_modified: page.last_modified.clone() }
}

fn success(response: &Response) -> Option<&[u8]> {
    (response.status == 200).then_some(&response.body[..])
}

fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

/// Links of a page that a visitor would follow, in order.
fn onward_links(page: &Page) -> impl Iterator<Item = &Url> {
    let followed = |link: &&Link| link.origin == Origin::Body && link.visibility.sight != Sight::Hidden;
    page.links.iter().filter(followed).filter_map(|link| link.url.as_ref())
}
