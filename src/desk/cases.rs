//! Stored findings and incidents, with how they stand and the duties that their operators had.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;

use super::Operators;
use crate::id::IncidentId;
use crate::incident::campaign::{self, Campaign, Member};
use crate::incident::{Incident, Standing, Tracked};
use crate::report::{Belonging, Report, Reported, Summary};
use crate::scan::{legal_day, link_duties};
use crate::store::{Case, Filter, Store, StoreError, StoredFinding};
use crate::target::OperatorKind;

/// From where stored findings are read, and by which law.
#[derive(Clone, Copy)]
pub struct Desk<'a> {
    /// What is remembered.
    pub store: &'a dyn Store,
    /// Who runs the sites.
    pub operators: &'a Operators,
    /// The law in force on that date; that of the day of each last sight when left out.
    pub as_of: Option<Date>,
    /// The time at which it is read: dismissals end.
    pub now: Timestamp,
}

/// One incident with everything that is known of it, as a person reads it.
#[derive(Debug, Clone)]
pub struct CaseFile {
    /// As the store has it.
    pub case: Case,
    /// How it stands now.
    pub standing: Standing,
    /// Who runs the site.
    pub operator: OperatorKind,
    /// Its findings with duties.
    pub findings: Vec<Reported>,
}

impl CaseFile {
    /// The findings as they are followed.
    pub fn tracked(&self) -> Vec<&Tracked> {
        self.case.findings.iter().map(|one| &one.tracked).collect()
    }
}

impl Desk<'_> {
    /// Stored findings that match and are `wanted`, at most so many (0: all), with how their incidents stand and their
    /// duties; and how many there are in all.
    ///
    /// # Errors
    /// The store refuses.
    pub async fn findings(
        &self,
        filter: &Filter,
        wanted: impl Fn(&StoredFinding) -> bool,
        most: usize,
    ) -> Result<(Vec<Reported>, usize), StoreError> {
        let mut stored = self.store.findings(&Filter { limit: 0, ..filter.clone() }).await?;
        stored.retain(wanted);
        let count = stored.len();
        if most > 0 {
            stored.truncate(most);
        }
        let belonging = self.belonging(filter).await?;
        let reported =
            |one: &StoredFinding| self.reported(one, belonging.get(&one.tracked.incident).cloned());
        Ok((stored.iter().map(reported).collect(), count))
    }

    /// One incident; `id` may also name one of its findings. `None` where nothing has that name.
    ///
    /// # Errors
    /// The store refuses.
    pub async fn case(&self, id: &str) -> Result<Option<CaseFile>, StoreError> {
        Ok(self.store.case(id).await?.map(|case| self.file(case)))
    }

    /// An incident as a person reads it.
    pub fn file(&self, case: Case) -> CaseFile {
        let standing = case.incident.standing(&case.decisions, self.now);
        let belonging =
            Belonging { id: case.incident.id.clone(), standing, site: case.incident.target.clone() };
        CaseFile {
            standing,
            operator: self.operators.kind(&case.incident.target),
            findings: case.findings.iter().map(|one| self.reported(one, Some(belonging.clone()))).collect(),
            case,
        }
    }

    /// Incidents that match, each with how it stands.
    ///
    /// # Errors
    /// The store refuses.
    pub async fn incidents(&self, filter: &Filter) -> Result<Vec<(Incident, Standing)>, StoreError> {
        let decisions = self.store.decisions(filter.incident.as_ref()).await?;
        let mut by_incident: BTreeMap<IncidentId, Vec<_>> = BTreeMap::new();
        for decision in decisions {
            by_incident.entry(decision.incident.clone()).or_default().push(decision);
        }
        let standing = |incident: Incident| {
            let own = by_incident.get(&incident.id).map_or(&[][..], Vec::as_slice);
            let standing = incident.standing(own, self.now);
            (incident, standing)
        };
        Ok(self.store.incidents(filter).await?.into_iter().map(standing).collect())
    }

    async fn belonging(&self, filter: &Filter) -> Result<BTreeMap<IncidentId, Belonging>, StoreError> {
        let all = Filter { open: false, since: None, limit: 0, ..filter.clone() };
        let incidents = self.incidents(&all).await?.into_iter();
        let belonging = incidents.map(|(incident, standing)| {
            (incident.id.clone(), Belonging { standing, id: incident.id, site: incident.target })
        });
        Ok(belonging.collect())
    }

    /// A stored finding with the duties that its operator had.
    fn reported(&self, stored: &StoredFinding, incident: Option<Belonging>) -> Reported {
        let finding = stored.tracked.finding.clone();
        let operator =
            incident.as_ref().map_or(self.operators.usual, |belonging| self.operators.kind(&belonging.site));
        let on = self.as_of.unwrap_or_else(|| legal_day(finding.last_seen));
        let mut reported = Reported {
            finding,
            obligations: Vec::new(),
            evidence: stored.evidence.clone(),
            incident,
            extra: serde_json::Map::new(),
        };
        link_duties(&mut reported, operator, on);
        reported
    }
}

/// Stored findings as one report. Nothing was asked for it, so there are no requests.
pub fn report_of(findings: Vec<Reported>, as_of: Option<Date>, now: Timestamp) -> Report {
    let times = findings.iter().flat_map(|one| [one.finding.first_seen, one.finding.last_seen]);
    let (started, ended) =
        times.fold((now, Timestamp::UNIX_EPOCH), |(first, last), at| (first.min(at), last.max(at)));
    let pages: BTreeSet<_> = findings.iter().map(|one| one.finding.url.as_str()).collect();
    Report {
        summary: Summary {
            urls: pages.len() as u64,
            requests: 0,
            findings: findings.len() as u64,
            not_assessed: 0,
            profiles: Vec::new(),
            started,
            ended: ended.max(started),
            law_as_of: as_of.unwrap_or_else(|| legal_day(now)),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        },
        findings,
        not_assessed: Vec::new(),
    }
}

/// Incidents on several sites that share a host, the largest campaign first.
///
/// # Errors
/// The store refuses.
pub async fn campaigns(store: &dyn Store) -> Result<Vec<Campaign>, StoreError> {
    let incidents = store.incidents(&Filter::default()).await?.into_iter();
    let members: Vec<Member> = incidents
        .map(|incident| Member {
            incident: incident.id,
            target: incident.target,
            kinds: incident.kinds,
            hosts: incident.hosts,
        })
        .collect();
    Ok(campaign::campaigns(&members))
}
