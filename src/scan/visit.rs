//! One visit of one address: every profile in turn, then the controls that name the trigger, then the landings.
//!
//! Every exchange is kept as evidence before anybody looks at it.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;
use url::Url;

use super::escalate;
use super::gather::Resources;
use super::landing::{self, Looks};
use super::plan::PageFacts;
use super::remember::RULES;
use super::verdict::Judged;
use super::{Progress, ScanError, Scanner};
use crate::detect::dossier::{Dossier, View};
use crate::detect::gate;
use crate::detect::written::{VICTIM, says_more};
use crate::detect::{Context, Readings};
use crate::evidence::{Condition, Keeper, Kept, VisitFacts};
use crate::exchange::profile::{Cookies, Profile};
use crate::exchange::{Exchange, Hop, Purpose, charset};
use crate::fetch::robots::Robots;
use crate::fetch::{Jar, Order, Validators, Visit};
use crate::finding::NotAssessed;
use crate::frontier::sitemap::{self, Sitemap};
use crate::id::{ExchangeId, ProfileId, sha256_hex};
use crate::page::Page;
use crate::script::engine::Document;
use crate::script::observe::Observation;

/// Gathers dossiers for one scanned address: counts requests, keeps evidence, remembers jars and resources.
pub(super) struct Gatherer<'a> {
    pub(super) scanner: &'a Scanner,
    pub(super) watch: &'a (dyn Fn(Progress) + Sync),
    pub(super) keeper: Option<Keeper>,
    pub(super) folder: PathBuf,
    kept: HashMap<ExchangeId, Kept>,
    jars: HashMap<ProfileId, Jar>,
    pub(super) resources: Resources,
    pub(super) observed: HashMap<String, Arc<Observation>>,
    /// The documents whose scripts were run, the last ones, for pages that have the same.
    pub(super) rehearsed: VecDeque<(Arc<Document>, Arc<Observation>)>,
    /// The words of the pages of the address in hand.
    pub(super) readings: Readings,
    /// Pages parsed of the address in hand: by the digest of the text, its address, and whether for a phone.
    pub(super) parsed: HashMap<(String, Url, bool), Arc<Page>>,
    requests: u64,
    /// When the last visit began.
    visited: Option<Instant>,
    /// Looks at outside addresses that are on their way.
    pub(super) looks: Option<Looks>,
    /// What looks at outside addresses brought, for further pages that lead there.
    pub(super) landed: HashMap<Url, Visit>,
    /// The shortest time between two visits that the site asks for.
    pub(super) least_gap: Duration,
    /// Pages that were looked at by every profile because they gave cause.
    pub(super) escalated: u32,
}

/// How thoroughly an address is looked at.
pub(super) enum Course {
    /// By every profile, with all controls and a path that should not exist.
    Whole,
    /// By a few profiles, and by the others where the page gives cause.
    Glance {
        /// The few.
        profiles: Vec<Profile>,
        /// Outside domains that the page is known to lead to.
        before: Option<BTreeSet<String>>,
        /// Whether the others may be asked.
        may_escalate: bool,
    },
}

/// What profiles were asked for already, with the ways they went.
pub(super) type Asked = Vec<(Profile, Vec<Hop>)>;

/// How an address compares with what is remembered of it.
pub(super) enum Compared {
    /// Every profile got the same bytes as the last time.
    Same(Dossier),
    /// One did not; what was got up to then is kept for the look that follows.
    Other(Dossier, Asked),
}

/// What the evidence says of the visit as a whole.
fn facts(scanner: &Scanner, url: &Url, folder: &Path, started: Timestamp) -> VisitFacts {
    let condition = |profile: &Profile| Condition {
        profile: profile.id.clone(),
        user_agent: profile.agent.user_agent(),
        referrer: profile.arrival.referrer(url),
        cookies: profile.cookies.condition().to_owned(),
        language: profile.language.map(str::to_owned),
    };
    let zone = jiff::tz::TimeZone::system();
    VisitFacts {
        visit: folder.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        target: scanner.settings.target.as_ref().map(|target| target.id.to_string()),
        urls: vec![url.to_string()],
        authorisation: scanner.settings.authorisation.clone(),
        exposure: scanner.settings.exposure.clone(),
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        rule_set_version: RULES.to_owned(),
        conditions: scanner.settings.profiles.iter().map(condition).collect(),
        egress_note: None,
        time_zone: zone.iana_name().unwrap_or("UTC").to_owned(),
        clock_note: "系统时钟，未另行校时 / system clock, not compared with another".to_owned(),
        started,
    }
}

impl<'a> Gatherer<'a> {
    pub(super) fn new(scanner: &'a Scanner, watch: &'a (dyn Fn(Progress) + Sync)) -> Self {
        Self {
            scanner,
            watch,
            keeper: None,
            folder: PathBuf::new(),
            kept: HashMap::new(),
            jars: HashMap::new(),
            resources: Resources::new(scanner.settings.resources),
            observed: HashMap::new(),
            rehearsed: VecDeque::new(),
            readings: Readings::default(),
            parsed: HashMap::new(),
            requests: 0,
            visited: None,
            looks: None,
            landed: HashMap::new(),
            least_gap: Duration::ZERO,
            escalated: 0,
        }
    }

    /// Requests sent so far.
    pub(super) fn requests(&self) -> u64 {
        self.requests
    }

    /// Evidence kept for the dossier in hand.
    pub(super) fn kept(&self) -> &HashMap<ExchangeId, Kept> {
        &self.kept
    }

    /// Visits one address.
    pub(super) async fn visit(&mut self, url: &Url, course: &Course) -> Result<Dossier, ScanError> {
        let dossier = self.begin(url, matches!(course, Course::Whole));
        self.gather(dossier, course, Vec::new()).await
    }

    /// Gathers what the course asks for; what was asked already is read and not asked again.
    pub(super) async fn gather(
        &mut self,
        mut dossier: Dossier,
        course: &Course,
        mut asked: Asked,
    ) -> Result<Dossier, ScanError> {
        self.open_evidence(&dossier)?;
        let all = &self.scanner.settings.profiles;
        let (first, profiles) = match course {
            Course::Whole => (true, all),
            Course::Glance { profiles, .. } => (false, profiles),
        };
        for profile in profiles {
            match asked.iter().position(|(known, _)| known == profile) {
                Some(at) => {
                    let (_, hops) = asked.remove(at);
                    let view = self.read(profile, hops, &mut dossier).await?;
                    add(&mut dossier, view);
                }
                None => self.view(&mut dossier, profile).await?,
            }
            if nobody_answers(&dossier) {
                break;
            }
            if self.looks.is_none() && self.scanner.settings.landings > 0 {
                self.looks = Some(Looks::begin(self, &dossier));
            }
        }
        self.escalate(&mut dossier, course).await?;
        if first && self.scanner.settings.probe_missing_path && !nobody_answers(&dossier) {
            self.probe(&mut dossier).await?;
        }
        self.read_written(&mut dossier).await?;
        // Where visitors are sent is known before anybody asks on which condition.
        landing::look(self, &mut dossier).await?;
        self.name_trigger(&mut dossier).await?;
        self.settle(&mut dossier).await?;
        landing::look(self, &mut dossier).await?;
        Ok(dossier)
    }

    /// Reads the pages that scripts leave, where they add words or links that speak; the same page once.
    async fn read_written(&mut self, dossier: &mut Dossier) -> Result<(), ScanError> {
        let mut read: Vec<Arc<Page>> = Vec::new();
        for index in 0..dossier.views.len() {
            let view = &dossier.views[index];
            let (Some(page), Some(observation)) = (view.page.clone(), view.observation.clone()) else {
                continue;
            };
            if read.iter().any(|known| Arc::ptr_eq(known, &page))
                || !says_more(&observation, &self.scanner.lexicon)
            {
                continue;
            }
            read.push(Arc::clone(&page));
            let response = view.last().and_then(|id| dossier.exchange(id)).and_then(Exchange::response);
            let Some(response) = response else { continue };
            let text = charset::decode(&response.body, response.header("content-type").as_deref()).text;
            if let Some(written) = observation.rewritten(VICTIM, &page, &text) {
                let profile = view.profile.clone();
                let written = self.page(&written, &page.url, &profile, dossier).await?;
                dossier.written.push((index, written));
            }
        }
        Ok(())
    }

    /// Asks as the remaining profiles, too, where the page gives cause.
    async fn escalate(&mut self, dossier: &mut Dossier, course: &Course) -> Result<(), ScanError> {
        let Course::Glance { profiles, before, may_escalate: true } = course else { return Ok(()) };
        let Some(cause) = escalate::cause(dossier, &self.context(), before.as_ref()) else {
            return Ok(());
        };
        tracing::info!(url = %dossier.url, ?cause, "a page gave cause to be looked at by every profile");
        self.escalated += 1;
        let all = self.scanner.settings.profiles.clone();
        for profile in all.iter().filter(|profile| !profiles.contains(profile)) {
            self.view(dossier, profile).await?;
        }
        Ok(())
    }

    /// Asks for an address as those profiles and compares with what is remembered; stops at the first difference.
    ///
    /// The question is conditional only where `unless` says so: a visitor from a search engine has no copy yet, and who
    /// cloaks does not change validators. Nothing is read, so nothing is kept as evidence unless a look follows.
    pub(super) async fn compare(
        &mut self,
        url: &Url,
        (home, profiles): (bool, &[Profile]),
        facts: &PageFacts,
        unless: &Validators,
    ) -> Result<Compared, ScanError> {
        let mut dossier = self.begin(url, home);
        let mut asked = Vec::new();
        for profile in profiles {
            self.pause(&dossier).await;
            (self.watch)(Progress::Visiting { url: url.clone(), profile: profile.id.to_string() });
            let hops = self.ask(url, profile, unless.clone(), &mut dossier).await?;
            let unmodified = hops.last().and_then(|hop| hop.status) == Some(304);
            let same = unmodified
                || answer_digest(&dossier, &hops).as_ref() == facts.answers.get(profile.id.as_str());
            if !unmodified {
                asked.push((profile.clone(), hops));
            }
            if !same {
                return Ok(Compared::Other(dossier, asked));
            }
        }
        let Some(profile) = profiles.first() else { return Ok(Compared::Other(dossier, asked)) };
        for (part, digest) in &facts.parts {
            let Ok(part) = Url::parse(part) else { continue };
            let text = self.resource(&part, Purpose::Script, url, profile, &mut dossier).await?;
            if text.is_none_or(|text| sha256_hex(text.as_bytes()) != *digest) {
                return Ok(Compared::Other(dossier, asked));
            }
        }
        Ok(Compared::Same(dossier))
    }

    /// A dossier with nothing in it. What is replayed began when it was kept.
    fn begin(&mut self, url: &Url, first: bool) -> Dossier {
        self.kept.clear();
        self.parsed.clear();
        self.readings = Readings::default();
        self.keeper = None;
        let mut dossier = Dossier::empty(url.clone());
        dossier.target.clone_from(&self.scanner.settings.target);
        dossier.home = first && is_home(url);
        dossier.started = self.scanner.fetcher.replayed_from().unwrap_or_else(Timestamp::now);
        dossier
    }

    /// Opens a folder of evidence for a page, with what was exchanged already. What is replayed is kept already.
    fn open_evidence(&mut self, dossier: &Dossier) -> Result<(), ScanError> {
        if self.scanner.fetcher.replayed_from().is_some() {
            return Ok(());
        }
        let (url, started) = (&dossier.url, dossier.started);
        self.folder = self.scanner.evidence_folder(url, started);
        let mut keeper = Keeper::create(&self.folder, facts(self.scanner, url, &self.folder, started))?;
        for exchange in &dossier.exchanges {
            self.kept.insert(exchange.id, keeper.keep(exchange)?);
        }
        self.keeper = Some(keeper);
        Ok(())
    }

    /// What detectors know, with what was read of the address in hand.
    pub(super) fn context(&self) -> Context<'_> {
        self.scanner.context().sharing(&self.readings)
    }

    /// Whether a visit of an address by a profile can be made at all; kept exchanges answer only what was asked.
    fn can_visit(&self, url: &Url, profile: &Profile) -> bool {
        self.scanner.fetcher.can_ask(&Order::page(url.clone(), profile.clone()))
    }

    /// Asks for the controls that find the smallest trigger, as long as they are wanted and the budget lasts.
    async fn name_trigger(&mut self, dossier: &mut Dossier) -> Result<(), ScanError> {
        for _ in 0..self.scanner.settings.trigger_probes {
            let Some(control) = gate::next_control(dossier, &self.context()) else { break };
            if control.missing_path {
                self.view_missing(dossier, &control.profile).await?;
            } else {
                self.view(dossier, &control.profile).await?;
            }
        }
        Ok(())
    }

    /// One view of the address under one profile, after the pause that politeness asks for.
    async fn view(&mut self, dossier: &mut Dossier, profile: &Profile) -> Result<(), ScanError> {
        let url = dossier.url.clone();
        if !self.can_visit(&url, profile) {
            return Ok(());
        }
        self.pause(dossier).await;
        (self.watch)(Progress::Visiting { url: url.clone(), profile: profile.id.to_string() });
        let view = self.look(&url, profile, dossier).await?;
        add(dossier, view);
        Ok(())
    }

    /// A path that should not exist, as victim and as spider; controls follow where one of them is shown something.
    async fn probe(&mut self, dossier: &mut Dossier) -> Result<(), ScanError> {
        let asked = ["m", "p"].into_iter().filter_map(Profile::by_id);
        let visited: Vec<Profile> = asked.filter(|profile| self.uses(profile)).collect();
        for profile in visited {
            self.view_missing(dossier, &profile).await?;
        }
        Ok(())
    }

    /// One view of the path that should not exist.
    async fn view_missing(&mut self, dossier: &mut Dossier, profile: &Profile) -> Result<(), ScanError> {
        let Ok(url) = dossier.url.join(&missing_path(&dossier.url)) else { return Ok(()) };
        if !self.can_visit(&url, profile) {
            return Ok(());
        }
        self.pause(dossier).await;
        (self.watch)(Progress::Visiting { url: url.clone(), profile: profile.id.to_string() });
        let mut view = self.look(&url, profile, dossier).await?;
        view.probe = true;
        view.repetition = earlier(dossier, profile, true);
        dossier.views.push(view);
        Ok(())
    }

    fn uses(&self, profile: &Profile) -> bool {
        let wanted = &self.scanner.settings.profiles;
        let same = |other: &Profile| {
            other.id == profile.id || (profile.id.as_str() == "p" && other.id.as_str() == "s")
        };
        wanted.iter().any(same)
    }

    /// Waits as politeness asks from the beginning of one visit to that of the next, a little more or less each time as
    /// people do; looks at other hosts go on meanwhile.
    async fn pause(&mut self, dossier: &Dossier) {
        if let Some(last) = self.visited {
            let gap =
                self.scanner.settings.profile_gap.mul_f64(jitter(&dossier.url, dossier.exchanges.len()));
            let next = last + gap.max(self.least_gap);
            tokio::time::sleep_until(next).await;
        }
        self.visited = Some(Instant::now());
    }

    /// Goes to an address under a profile, follows where it leads, and reads the page at the end.
    pub(super) async fn look(
        &mut self,
        url: &Url,
        profile: &Profile,
        dossier: &mut Dossier,
    ) -> Result<View, ScanError> {
        let hops = self.ask(url, profile, Validators::default(), dossier).await?;
        self.read(profile, hops, dossier).await
    }

    /// Goes to an address under a profile and follows where it leads.
    async fn ask(
        &mut self,
        url: &Url,
        profile: &Profile,
        unless: Validators,
        dossier: &mut Dossier,
    ) -> Result<Vec<Hop>, ScanError> {
        let purpose = if crate::exchange::host::same_site(url, &dossier.url) {
            Purpose::Page
        } else {
            Purpose::Landing
        };
        let jar = self.jar(profile);
        let order = Order::page(url.clone(), profile.clone()).purpose(purpose).unless(unless);
        let visit = self.scanner.fetcher.visit(&order, &jar, next_id(dossier)).await;
        self.jars.insert(profile.id.clone(), jar);
        for exchange in visit.exchanges {
            self.keep(dossier, exchange)?;
        }
        Ok(visit.hops)
    }

    /// The jar a visit starts with: what an earlier visit left for a profile that comes back, else an empty one.
    fn jar(&mut self, profile: &Profile) -> Jar {
        if profile.cookies == Cookies::Kept {
            let holds = |id: &&ProfileId| self.jars.get(*id).is_some_and(|jar| !jar.is_empty());
            let usual = [profile.id.clone(), ProfileId::new("r"), ProfileId::new("m")];
            let found = usual.iter().find(holds).cloned();
            if let Some(jar) = found.or_else(|| self.any_jar()).and_then(|id| self.jars.remove(&id)) {
                return jar;
            }
        }
        Jar::new(profile.cookies)
    }

    /// The jar of any visit that got a cookie, the same one every time.
    fn any_jar(&self) -> Option<ProfileId> {
        let full = self.jars.iter().filter(|(_, jar)| !jar.is_empty()).map(|(id, _)| id);
        full.min_by(|one, other| one.as_str().cmp(other.as_str())).cloned()
    }

    /// Keeps an exchange as evidence, then lets the dossier have it.
    pub(super) fn keep(
        &mut self,
        dossier: &mut Dossier,
        exchange: Exchange,
    ) -> Result<ExchangeId, ScanError> {
        let id = exchange.id;
        debug_assert_eq!(id, next_id(dossier), "exchanges are numbered in the order of sending");
        if let Some(keeper) = &mut self.keeper {
            self.kept.insert(id, keeper.keep(&exchange)?);
        }
        self.requests += 1;
        dossier.exchanges.push(exchange);
        Ok(id)
    }

    /// Closes the evidence of the page in hand and gives its folder; without findings it is removed unless evidence of
    /// clean pages is to be kept.
    pub(super) fn close(&mut self, judged: &Judged) -> Result<Option<PathBuf>, ScanError> {
        let Some(keeper) = self.keeper.take() else { return Ok(None) };
        if !judged.findings.is_empty() || self.scanner.settings.keep_clean {
            let findings: Vec<_> = judged.findings.iter().map(|reported| &reported.finding).collect();
            let summary = serde_json::json!({ "findings": findings, "not_assessed": judged.not_assessed });
            keeper.close(Timestamp::now(), summary)?;
            return Ok(Some(self.folder.clone()));
        }
        drop(keeper);
        if let Err(error) = std::fs::remove_dir_all(&self.folder) {
            tracing::warn!(folder = %self.folder.display(), %error, "could not remove the evidence of a clean page");
        }
        // The folder above goes too, once nothing else is in it.
        let _ = self.folder.parent().map(std::fs::remove_dir);
        Ok(None)
    }

    /// What a sitemap or feed names.
    pub(super) async fn sitemap(&mut self, url: &Url) -> Sitemap {
        let profile = Profile::by_id("d").expect("`d` is in the matrix");
        let order = Order::page(url.clone(), profile).purpose(Purpose::Sitemap);
        let visit = self.scanner.fetcher.visit(&order, &Jar::new(Cookies::None), ExchangeId(0)).await;
        self.requests += visit.exchanges.len() as u64;
        let found = visit.last().response().filter(|response| response.status == 200);
        let file = found.map(|response| crate::fetch::unpacked(&response.body, sitemap::LONGEST + 1));
        file.map(|file| sitemap::read(&file, url)).unwrap_or_default()
    }

    /// The rules of the site for crawlers.
    pub(super) async fn robots(&mut self, start: &Url) -> Robots {
        let Ok(url) = start.join("/robots.txt") else { return Robots::parse(b"") };
        let profile = Profile::by_id("d").expect("`d` is in the matrix");
        let order = Order::page(url, profile).purpose(Purpose::Robots);
        let visit = self.scanner.fetcher.visit(&order, &Jar::new(Cookies::None), ExchangeId(0)).await;
        self.requests += visit.exchanges.len() as u64;
        Robots::of(visit.last())
    }
}

/// Whether an address is a home page, where marks are looked for.
fn is_home(url: &Url) -> bool {
    let path = url.path().to_ascii_lowercase();
    let name = path.strip_prefix('/').unwrap_or(&path);
    let index = name.split('.').next().is_some_and(|stem| ["index", "default", "home"].contains(&stem));
    url.query().is_none() && (name.is_empty() || (index && !name.contains('/')))
}

/// Adds a view to a dossier, and what it could not show to the gaps.
fn add(dossier: &mut Dossier, mut view: View) {
    view.repetition = earlier(dossier, &view.profile, false);
    if let Some(gap) = &view.not_assessed {
        let id = &view.profile.id;
        tracing::info!(url = %dossier.url, profile = %id, reason = %gap.reason, "a view was not assessed");
        let same = |known: &NotAssessed| known.reason == gap.reason && known.url == gap.url;
        if !dossier.not_assessed.iter().any(same) {
            let mut gap = gap.clone();
            gap.detail.zh += &format!("（访问身份 {id}）");
            gap.detail.en += &format!(" (profile {id})");
            dossier.not_assessed.push(gap);
        }
    }
    dossier.views.push(view);
}

/// A digest of where a way ended and what came there; `None` where that was no whole page.
pub(super) fn answer_digest(dossier: &Dossier, hops: &[Hop]) -> Option<String> {
    let last = hops.last()?;
    let response = dossier.exchange(last.exchange)?.response()?;
    if response.status != 200 || response.cut.is_some() {
        return None;
    }
    let mut bytes = format!("{}\n", last.url).into_bytes();
    bytes.extend_from_slice(&response.body);
    Some(sha256_hex(&bytes))
}

/// How often that profile came before, to the address or to the path that should not exist.
fn earlier(dossier: &Dossier, profile: &Profile, probe: bool) -> u8 {
    let same = |view: &&View| view.profile == *profile && view.probe == probe;
    u8::try_from(dossier.views.iter().filter(same).count()).unwrap_or(u8::MAX)
}

/// A factor from 0.7 to 1.3 that follows from address and visit, so that visits do not come like clockwork and a run
/// can be repeated.
fn jitter(url: &Url, visit: usize) -> f64 {
    let digest = crate::id::sha256_hex(format!("{url} {visit}").as_bytes());
    let drawn = u8::from_str_radix(&digest[..2], 16).unwrap_or(128);
    0.7 + 0.6 * f64::from(drawn) / 255.0
}

/// The number of the next exchange of a dossier.
pub(super) fn next_id(dossier: &Dossier) -> ExchangeId {
    ExchangeId(u32::try_from(dossier.exchanges.len()).unwrap_or(u32::MAX))
}

/// Whether two profiles in a row met nobody: asking more would only burden a host that is down.
fn nobody_answers(dossier: &Dossier) -> bool {
    let answered = |view: &View| view.hops.iter().any(|hop| hop.status.is_some());
    dossier.views.len() >= 2 && !dossier.views.iter().any(answered)
}

/// A path that no site has, made from the host so that it is the same on every visit.
fn missing_path(url: &Url) -> String {
    let digest = crate::id::sha256_hex(url.host_str().unwrap_or_default().as_bytes());
    format!("/{}.html", &digest[..10])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_vary_around_the_gap() {
        let url = Url::parse("http://www.a.test/").unwrap();
        let drawn: Vec<f64> = (0..200).map(|visit| jitter(&url, visit)).collect();
        let mean = drawn.iter().sum::<f64>() / 200.0;
        assert!(drawn.iter().all(|factor| (0.7..=1.3).contains(factor)));
        assert!((mean - 1.0).abs() < 0.05, "{mean}");
    }
}
