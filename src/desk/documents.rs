//! What documents are made of: an incident with its site and pictures, the manifests behind it, many incidents in a span.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use jiff::civil::Date;
use jiff::tz::offset;

use super::{CaseFile, Desk, Operators, end_of, start_of};
use crate::evidence::{self, BODIES};
use crate::finding::{EvidenceRole, Picture};
use crate::id::{TargetId, sha256_hex};
use crate::incident::{Incident, Standing};
use crate::lang::Bilingual;
use crate::report::document::draft::Access;
use crate::report::document::list::Listed;
use crate::report::document::summary::Period;
use crate::report::document::{CaseSheet, SiteFacts};
use crate::report::{self, Reported};
use crate::store::{Filter, StoreError, VisitFacts};
use crate::target::Target;

/// Bytes of a picture at the most.
const LARGEST: u64 = 16 << 20;
/// Folders whose manifests are read for one worksheet, and requests listed of each.
const FOLDERS: usize = 4;
const REQUESTS: usize = 40;

/// The picture of a digest in the folders, where its bytes are still those.
pub fn picture(folders: &[PathBuf], digest: &str) -> Option<Vec<u8>> {
    let sound = digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
    folders.iter().filter(|_| sound).find_map(|folder| {
        let file = folder.join(BODIES).join(format!("{digest}.png"));
        let small = std::fs::metadata(&file).ok()?.len() <= LARGEST;
        let bytes = small.then(|| std::fs::read(&file).ok()).flatten()?;
        (bytes.starts_with(b"\x89PNG") && sha256_hex(&bytes) == digest).then_some(bytes)
    })
}

/// Puts the kept pictures beside their digests.
pub fn with_pictures(findings: &mut [Reported], folders: &[PathBuf]) {
    for kept in findings.iter_mut().flat_map(|one| &mut one.evidence) {
        if kept.role == EvidenceRole::Screenshot
            && kept.picture.is_none()
            && let Some(png) = picture(folders, &kept.sha256)
        {
            kept.picture = Some(Picture {
                caption: Bilingual::new("页面截图", "picture of the page"),
                file: format!("{BODIES}/{}.png", kept.sha256),
                png: Bytes::from(png),
            });
        }
    }
}

/// What the registry says of a site, for documents.
pub fn site_facts(target: Option<&Target>) -> SiteFacts {
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

/// An incident as its documents take it.
pub fn sheet<'a>(file: &'a CaseFile, operators: &Operators, now: jiff::Timestamp) -> CaseSheet<'a> {
    CaseSheet {
        incident: &file.case.incident,
        standing: file.standing,
        findings: &file.findings,
        tracked: file.tracked(),
        decisions: &file.case.decisions,
        events: file.case.events.iter().map(|numbered| &numbered.event).collect(),
        site: site_facts(operators.target(&file.case.incident.target)),
        operator: file.operator,
        now,
    }
}

/// How pages were visited, from the manifests of the folders; one that does not read is passed over.
pub fn accesses(folders: &[PathBuf]) -> Vec<Access> {
    folders.iter().rev().take(FOLDERS).filter_map(|folder| access(folder)).collect()
}

fn access(folder: &Path) -> Option<Access> {
    let manifest = evidence::manifest(folder).ok()?;
    let bytes = std::fs::read(folder.join(evidence::MANIFEST)).ok()?;
    let facts = &manifest.facts;
    let at = |when| report::time(when, offset(8));
    let condition = |one: &evidence::Condition| {
        let referrer = one.referrer.as_deref().unwrap_or("无");
        format!("{}：User-Agent {}；Referer {referrer}；Cookie {}", one.profile, one.user_agent, one.cookies)
    };
    let requests = manifest.requests().take(REQUESTS).map(|asked| {
        [
            at(asked.started),
            asked.method.as_str().to_owned(),
            asked.url.chars().take(300).collect(),
            asked.status.map(|status| status.to_string()).unwrap_or_default(),
            asked.remote.unwrap_or_default().to_owned(),
            asked.body_sha256.unwrap_or_default().to_owned(),
        ]
        .map(|text: String| report::escape::visible(&text))
    });
    Some(Access {
        folder: report::escape::visible(&folder.display().to_string()),
        time: format!("{} 至 {}", at(facts.started), at(manifest.ended)),
        conditions: facts
            .conditions
            .iter()
            .map(condition)
            .map(|text| report::escape::visible(&text))
            .collect(),
        tool: format!("巡查 xuncha {}；规则 {}", facts.tool_version, facts.rule_set_version),
        clock: facts.clock_note.clone(),
        egress: facts.egress_note.clone().unwrap_or_default(),
        requests: requests.collect(),
        manifest: sha256_hex(&bytes),
    })
}

/// Incidents with what is registered of their sites, for lists.
pub fn listed<'a>(incidents: &'a [(Incident, Standing)], operators: &'a Operators) -> Vec<Listed<'a>> {
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
    now: jiff::Timestamp,
}

impl Desk<'_> {
    /// Reads what a summary from one day to another (Beijing time, both included) is made of.
    ///
    /// # Errors
    /// The store refuses.
    pub async fn gather(&self, from: Date, to: Date) -> Result<Gathered, StoreError> {
        let incidents = self.incidents(&Filter::default()).await?;
        let mut visits = self.store.visits(None, start_of(from), 0).await?;
        visits.retain(|visit| end_of(to).is_none_or(|end| visit.ended < end));
        Ok(Gathered { from, to, incidents, visits, now: self.now })
    }
}

impl Gathered {
    /// As the summary takes it.
    pub fn period<'a>(&'a self, operators: &'a Operators) -> Period<'a> {
        let sites: std::collections::BTreeSet<&TargetId> =
            self.visits.iter().map(|visit| &visit.target).collect();
        Period {
            from: self.from,
            to: self.to,
            operators: self.incidents.iter().map(|(incident, _)| operators.kind(&incident.target)).collect(),
            incidents: listed(&self.incidents, operators),
            visits: self.visits.len() as u64,
            sites: sites.len() as u64,
            requests: self.visits.iter().map(|visit| visit.requests).sum(),
            not_assessed: self.visits.iter().flat_map(|visit| &visit.not_assessed).collect(),
            now: self.now,
        }
    }
}
