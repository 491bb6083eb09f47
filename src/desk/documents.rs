//! What documents are made of: an incident with its site and pictures, the manifests behind it, many incidents in a span.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use jiff::civil::Date;

use super::{CaseFile, Desk, Operators, end_of, start_of};
use crate::baseline::{Changes, compare};
use crate::evidence::{self, BODIES};
use crate::exchange::Purpose;
use crate::finding::{EvidenceRole, NotAssessed, Picture};
use crate::id::{Digest, TargetId, sha256_hex};
use crate::incident::{Event, Incident, Standing};
use crate::lang::Bilingual;
use crate::report::Reported;
use crate::report::document::access::{Access, Asked, Guise, Holding};
use crate::report::document::list::Listed;
use crate::report::document::summary::Period;
use crate::report::document::{CaseSheet, SiteFacts};
use crate::store::{Filter, StoreError, VisitFacts};
use crate::target::Target;

/// Bytes of a picture at the most.
const LARGEST: u64 = 16 << 20;
/// Folders whose manifests are read for one worksheet, and requests listed of each.
const FOLDERS: usize = 4;
const REQUESTS: usize = 60;
/// Events read at once.
const AT_ONCE: u32 = 5000;

/// Whether a text is a digest as evidence is named by it; anything else might lead to another folder.
pub fn is_digest(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit() && !byte.is_ascii_uppercase())
}

/// The picture of a digest in the folders, where its bytes are still those.
pub fn picture(folders: &[PathBuf], digest: &str) -> Option<Vec<u8>> {
    folders.iter().filter(|_| is_digest(digest)).find_map(|folder| {
        let file = folder.join(BODIES).join(format!("{digest}.png"));
        let small = std::fs::metadata(&file).ok()?.len() <= LARGEST;
        let bytes = small.then(|| std::fs::read(&file).ok()).flatten()?;
        (bytes.starts_with(b"\x89PNG") && sha256_hex(&bytes) == digest).then_some(bytes)
    })
}

/// Puts the kept pictures beside their digests, each with what the manifest says it shows.
pub(super) fn with_pictures(findings: &mut [Reported], folders: &[PathBuf]) {
    let manifests: Vec<_> = folders.iter().filter_map(|folder| evidence::manifest(folder).ok()).collect();
    let sort = |digest: &str| {
        let resources = manifests.iter().flat_map(|manifest| &manifest.resources);
        let uri = resources.filter(|one| one.digest.sha256 == digest).map(|one| one.uri.as_str()).next();
        uri.and_then(|uri| uri.split(':').nth(1))
    };
    for reported in findings {
        // What had to be revealed is not seen in the picture beside it.
        let unseen = reported.evidence.iter().any(|kept| sort(&kept.sha256) == Some("revealed"));
        for kept in &mut reported.evidence {
            if kept.role == EvidenceRole::Screenshot
                && kept.picture.is_none()
                && let Some(png) = picture(folders, &kept.sha256)
            {
                kept.picture = Some(Picture {
                    caption: caption(sort(&kept.sha256), unseen),
                    file: format!("{BODIES}/{}.png", kept.sha256),
                    png: Bytes::from(png),
                });
            }
        }
    }
}

/// What a picture of that sort shows.
fn caption(sort: Option<&str>, unseen: bool) -> Bilingual {
    match sort {
        Some("marked") if !unseen => Bilingual::new("页面截图，已框出问题所在", "the page, the place framed"),
        Some("revealed") => Bilingual::new(
            "为取证而显示的隐藏内容，访客原本看不到",
            "hidden content, revealed for evidence; visitors do not see it",
        ),
        Some(_) => Bilingual::new("页面截图，访客所见", "the page as visitors see it"),
        None => Bilingual::new("页面截图", "picture of the page"),
    }
}

/// What the registry says of a site, for documents.
fn site_facts(target: Option<&Target>) -> SiteFacts {
    let Some(target) = target else { return SiteFacts::default() };
    let stated = &target.authorisation;
    let basis: Vec<String> = stated.basis.iter().chain(&stated.written).cloned().collect();
    SiteFacts {
        name: Some(target.name.clone()),
        urls: target.urls.iter().map(ToString::to_string).collect(),
        operator: target.operator.name.clone(),
        division: target.division.clone(),
        icp: target.icp.clone(),
        police: target.police.clone(),
        contacts: target.contacts.clone(),
        authorisation: (!basis.is_empty()).then(|| basis.join("；")),
    }
}

/// An incident as its documents take it, without what evidence and baselines add: see [`accesses`] and [`Desk::changes`].
pub(super) fn sheet<'a>(file: &'a CaseFile, operators: &Operators, now: jiff::Timestamp) -> CaseSheet<'a> {
    CaseSheet {
        incident: &file.case.incident,
        standing: file.standing,
        findings: &file.findings,
        tracked: file.tracked(),
        decisions: &file.case.decisions,
        events: file.case.events.iter().map(|numbered| &numbered.event).collect(),
        site: site_facts(operators.target(&file.case.incident.target)),
        operator: file.operator,
        accesses: Vec::new(),
        changes: Vec::new(),
        now,
    }
}

/// How pages were visited, from the manifests of the folders; one that does not read is passed over.
pub(super) fn accesses(folders: &[PathBuf]) -> Vec<Access> {
    folders.iter().rev().take(FOLDERS).filter_map(|folder| access(folder)).collect()
}

fn access(folder: &Path) -> Option<Access> {
    let manifest = evidence::manifest(folder).ok()?;
    let bytes = std::fs::read(folder.join(evidence::MANIFEST)).ok()?;
    let facts = &manifest.facts;
    let guise = |one: &evidence::Condition| Guise {
        profile: one.profile.clone(),
        user_agent: one.user_agent.clone(),
        referrer: one.referrer.clone(),
        cookies: one.cookies.clone(),
        language: one.language.clone(),
    };
    let all = manifest.requests().count();
    let telling = |one: &evidence::Requested<'_>| one.purpose != Purpose::StyleSheet;
    let asked: Vec<_> = manifest.requests().filter(telling).take(REQUESTS).map(|one| asked(&one)).collect();
    let digest = Digest::of(&bytes);
    let own = Holding {
        name: evidence::MANIFEST.to_owned(),
        size: bytes.len() as u64,
        sha256: digest.sha256,
        sm3: digest.sm3,
        at: manifest.ended,
    };
    let holding = |file: &evidence::KeptFile| Holding {
        name: file.path.clone(),
        size: file.size,
        sha256: file.digest.sha256.clone(),
        sm3: file.digest.sm3.clone(),
        at: manifest.ended,
    };
    let (pieces, archives): (Vec<_>, Vec<_>) =
        manifest.files.iter().map(holding).partition(|one| one.name.starts_with(BODIES));
    Some(Access {
        folder: folder.file_name().unwrap_or(folder.as_os_str()).to_string_lossy().into_owned(),
        began: facts.started,
        ended: manifest.ended,
        guises: facts.conditions.iter().map(guise).collect(),
        version: facts.tool_version.clone(),
        rules: facts.rule_set_version.clone(),
        clock: facts.clock_note.clone(),
        egress: facts.egress_note.clone(),
        left_out: all - asked.len(),
        asked,
        whole: std::iter::once(own).chain(archives).collect(),
        pieces,
    })
}

fn asked(one: &evidence::Requested<'_>) -> Asked {
    Asked {
        at: one.started,
        profile: one.profile.clone(),
        method: one.method.as_str(),
        url: one.url.to_owned(),
        status: one.status,
        remote: one.remote.map(str::to_owned),
        certificate: one.certificate.map(str::to_owned),
        body: one.body_sha256.map(str::to_owned),
    }
}

/// Incidents with what is registered of their sites, for lists.
pub(super) fn listed<'a>(incidents: &'a [(Incident, Standing)], operators: &'a Operators) -> Vec<Listed<'a>> {
    let listed = |(incident, standing): &'a (Incident, Standing)| {
        let target = operators.target(&incident.target);
        Listed {
            incident,
            standing: *standing,
            site: target.map(|target| target.name.as_str()),
            operator: target.and_then(|target| target.operator.name.as_deref()),
            division: target.and_then(|target| target.division.as_deref()),
        }
    };
    incidents.iter().map(listed).collect()
}

/// Everything that a summary of a span of days is made of.
#[derive(Debug)]
pub struct Gathered {
    from: Date,
    to: Date,
    incidents: Vec<(Incident, Standing)>,
    visits: Vec<VisitFacts>,
    events: Vec<Event>,
    now: jiff::Timestamp,
}

impl Desk<'_> {
    /// How the pages of an incident differ from their accepted state, as far as that waits for a decision.
    ///
    /// # Errors
    /// The store refuses.
    pub(super) async fn changes(&self, file: &CaseFile) -> Result<Vec<(String, Changes)>, StoreError> {
        let pages: std::collections::BTreeSet<_> =
            file.case.findings.iter().map(|one| one.tracked.page.as_str()).collect();
        let baselines = self.store.baselines(&file.case.incident.target).await?;
        let mut changes = Vec::new();
        for (page, baseline) in baselines.into_iter().filter(|(page, _)| pages.contains(page.as_str())) {
            let differing = baseline.pending.iter().filter_map(|(face, pending)| {
                Some(compare(baseline.known(*face)?, pending)).filter(|changes| !changes.all.is_empty())
            });
            changes.extend(differing.map(|changes| (page.clone(), changes)));
        }
        Ok(changes)
    }

    /// Reads what a summary from one day to another (Beijing time, both included) is made of.
    ///
    /// # Errors
    /// The store refuses.
    pub async fn gather(&self, from: Date, to: Date) -> Result<Gathered, StoreError> {
        let incidents = self.incidents(&Filter::default()).await?;
        let mut visits = self.store.visits(None, start_of(from), 0).await?;
        let inside = |at| end_of(to).is_none_or(|end| at < end);
        visits.retain(|visit| inside(visit.ended));
        let mut events = Vec::new();
        let mut after = 0;
        loop {
            let some = self.store.events(after, AT_ONCE).await?;
            let Some(last) = some.last() else { break };
            after = last.number;
            events.extend(some.into_iter().map(|numbered| numbered.event).filter(|event| inside(event.at)));
        }
        Ok(Gathered { from, to, incidents, visits, events, now: self.now })
    }
}

impl Gathered {
    /// As the summary takes it.
    pub(super) fn period<'a>(&'a self, operators: &'a Operators) -> Period<'a> {
        let registered = operators.registry.iter().flat_map(|registry| registry.iter());
        Period {
            from: self.from,
            to: self.to,
            operators: self.incidents.iter().map(|(incident, _)| operators.kind(&incident.target)).collect(),
            incidents: listed(&self.incidents, operators),
            visits: self.visits.len() as u64,
            events: self.events.iter().collect(),
            visited: self.visits.iter().map(|visit| &visit.target).collect(),
            registered: registered.map(|target| (&target.id, target.name.as_str())).collect(),
            requests: self.visits.iter().map(|visit| visit.requests).sum(),
            not_assessed: self.visits.iter().flat_map(gaps).collect(),
            now: self.now,
        }
    }
}

fn gaps(visit: &VisitFacts) -> impl Iterator<Item = (&TargetId, &NotAssessed)> {
    visit.not_assessed.iter().map(|gap| (&visit.target, gap))
}
