//! One visit, one transaction.

use std::collections::{BTreeMap, HashSet};

use sqlx::{Any, Transaction};

use super::{Engine, SqlStore, baselines, column, failed, from_json, micros, read, to_json};
use crate::id::TargetId;
use crate::incident::{Decision, Event, Incident, Ledger, Looks, PageLook, Seen, Tracked};
use crate::store::{Evidence, PageVisit, Recorded, Sight, StoreError, Visit};

/// What all statements here are for.
const DOING: &str = "record a visit";

impl SqlStore {
    pub(super) async fn record_visit(&self, visit: &Visit) -> Result<Recorded, StoreError> {
        let mut transaction = self.begin(DOING).await?;
        self.lock_site(&mut transaction, &visit.target).await?;
        if !insert_visit(&mut transaction, visit).await? {
            let ledger = ledger(&mut transaction, visit).await?;
            return Ok(Recorded { known: true, events: Vec::new(), sights: sights(&ledger, visit) });
        }
        end_lease(&mut transaction, visit).await?;
        let mut ledger = ledger(&mut transaction, visit).await?;
        let before = Marks::of(&ledger)?;
        let looks: Vec<PageLook> = visit.pages.iter().map(|page| page.look.clone()).collect();
        let events = ledger.take(&visit.target, &visit.id, &looks);
        for incident in &ledger.incidents {
            if before.incident_changed(incident)? {
                write_incident(&mut transaction, incident).await?;
            }
        }
        for tracked in &ledger.tracked {
            if before.finding_changed(tracked)? {
                write_finding(&mut transaction, &visit.target, tracked).await?;
            }
        }
        for page in &visit.pages {
            write_page(&mut transaction, visit, page, &ledger).await?;
        }
        if !events.is_empty() {
            self.write_events(&mut transaction, &visit.target, &events).await?;
        }
        transaction.commit().await.map_err(failed(DOING))?;
        Ok(Recorded { known: false, events, sights: sights(&ledger, visit) })
    }

    /// Visits of one site follow each other, the first of a site that nobody enrolled, too: there is no row to lock, so
    /// the name is. SQLite has a single writer anyway.
    async fn lock_site(
        &self,
        transaction: &mut Transaction<'_, Any>,
        target: &TargetId,
    ) -> Result<(), StoreError> {
        if self.engine == Engine::Postgres {
            sqlx::query("SELECT CAST(pg_advisory_xact_lock($1) IS NULL AS INTEGER)")
                .bind(lock_number(target))
                .fetch_optional(&mut **transaction)
                .await
                .map_err(failed(DOING))?;
        }
        Ok(())
    }

    /// Numbers grow in the order of committing, so that nobody who reads on from a number misses one.
    async fn write_events(
        &self,
        transaction: &mut Transaction<'_, Any>,
        target: &TargetId,
        events: &[Event],
    ) -> Result<(), StoreError> {
        if self.engine == Engine::Postgres {
            sqlx::query("LOCK TABLE events IN SHARE ROW EXCLUSIVE MODE")
                .execute(&mut **transaction)
                .await
                .map_err(failed(DOING))?;
        }
        for event in events {
            sqlx::query("INSERT INTO events (incident, target, body) VALUES ($1, $2, $3)")
                .bind(event.incident.as_str())
                .bind(target.as_str())
                .bind(to_json("an event", event)?)
                .execute(&mut **transaction)
                .await
                .map_err(failed(DOING))?;
        }
        Ok(())
    }

    pub(super) async fn keep_decision(&self, decision: &Decision) -> Result<(), StoreError> {
        const DOING: &str = "keep a decision";
        let mut transaction = self.begin(DOING).await?;
        let known: Option<String> = sqlx::query_scalar("SELECT incident FROM incidents WHERE incident = $1")
            .bind(decision.incident.as_str())
            .fetch_optional(&mut **transaction)
            .await
            .map_err(failed(DOING))?;
        if known.is_none() {
            return Err(StoreError::Unknown(decision.incident.to_string()));
        }
        sqlx::query("INSERT INTO decisions (incident, at, body) VALUES ($1, $2, $3)")
            .bind(decision.incident.as_str())
            .bind(micros(decision.at))
            .bind(to_json("a decision", decision)?)
            .execute(&mut **transaction)
            .await
            .map_err(failed(DOING))?;
        transaction.commit().await.map_err(failed(DOING))
    }
}

/// The findings that a visit named, as the ledger knows them after it.
fn sights(ledger: &Ledger, visit: &Visit) -> Vec<Sight> {
    let mut sights = Vec::new();
    for page in &visit.pages {
        let Seen::Judged(findings) = &page.look.seen else { continue };
        for finding in findings {
            let same = |one: &&Tracked| one.finding.id == finding.id && one.page == page.look.page;
            let Some(tracked) = ledger.tracked.iter().find(same) else { continue };
            let incident = ledger.incidents.iter().find(|incident| incident.id == tracked.incident);
            let Some(incident) = incident else { continue };
            sights.push(Sight {
                finding: finding.id.clone(),
                page: tracked.page.clone(),
                incident: incident.id.clone(),
                standing: incident.standing(&ledger.decisions, visit.ended),
                first_seen: tracked.finding.first_seen,
                last_seen: tracked.finding.last_seen,
            });
        }
    }
    sights
}

/// `false` when the visit is known already.
async fn insert_visit(transaction: &mut Transaction<'_, Any>, visit: &Visit) -> Result<bool, StoreError> {
    let count = |page: &PageVisit| match &page.look.seen {
        Seen::Judged(findings) => findings.len(),
        Seen::Unchanged | Seen::NotAssessed => 0,
    };
    let findings: usize = visit.pages.iter().map(count).sum();
    let done = sqlx::query(
        "INSERT INTO visits (visit, target, started, ended, requests, findings, not_assessed) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (visit) DO NOTHING",
    )
    .bind(visit.id.as_str())
    .bind(visit.target.as_str())
    .bind(micros(visit.started))
    .bind(micros(visit.ended))
    .bind(i64::try_from(visit.requests).unwrap_or(i64::MAX))
    .bind(i64::try_from(findings).unwrap_or(i64::MAX))
    .bind(to_json("what was not assessed", &visit.not_assessed)?)
    .execute(&mut **transaction)
    .await
    .map_err(failed(DOING))?;
    Ok(done.rows_affected() > 0)
}

/// The next due time, and the end of the lease that the visit fulfils.
async fn end_lease(transaction: &mut Transaction<'_, Any>, visit: &Visit) -> Result<(), StoreError> {
    if let Some(holder) = &visit.holder {
        let done = sqlx::query(
            "UPDATE sites SET holder = NULL, lease_until = NULL WHERE target = $1 AND holder = $2",
        )
        .bind(visit.target.as_str())
        .bind(holder)
        .execute(&mut **transaction)
        .await
        .map_err(failed(DOING))?;
        if done.rows_affected() == 0 {
            return Err(StoreError::LeaseLost { target: visit.target.clone(), holder: holder.clone() });
        }
    }
    if let Some(next) = &visit.next {
        sqlx::query(
            "INSERT INTO sites (target, due, visited, schedule) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (target) DO UPDATE SET due = CASE WHEN sites.due IS NULL THEN NULL ELSE excluded.due END, \
             ahead = 0, visited = excluded.visited, schedule = excluded.schedule",
        )
        .bind(visit.target.as_str())
        .bind(micros(next.due))
        .bind(micros(visit.ended))
        .bind(to_json("a schedule", &next.schedule)?)
        .execute(&mut **transaction)
        .await
        .map_err(failed(DOING))?;
    }
    Ok(())
}

/// The number under which PostgreSQL locks the name of a site.
fn lock_number(target: &TargetId) -> i64 {
    let digest = crate::id::sha256_hex(format!("xuncha site\n{target}").as_bytes());
    i64::from_str_radix(&digest[..15], 16).unwrap_or(0)
}

/// What is known of the site, as far as the visit can change it.
async fn ledger(transaction: &mut Transaction<'_, Any>, visit: &Visit) -> Result<Ledger, StoreError> {
    let mut ledger =
        Ledger { incidents: read::incidents_of(transaction, &visit.target).await?, ..Ledger::default() };
    if !ledger.incidents.is_empty() {
        ledger.tracked = read::tracked_of(transaction, &visit.target).await?;
        ledger.decisions = read::decisions_of(transaction, &visit.target).await?;
    }
    for page in &visit.pages {
        let row = sqlx::query("SELECT looks FROM pages WHERE target = $1 AND page = $2")
            .bind(visit.target.as_str())
            .bind(page.look.page.as_str())
            .fetch_optional(&mut **transaction)
            .await
            .map_err(failed(DOING))?;
        if let Some(row) = row {
            let looks: Looks = from_json("the looks of a page", &column::<String>(&row, "looks")?)?;
            ledger.looks.insert(page.look.page.clone(), looks);
        }
    }
    Ok(ledger)
}

/// What stood in the store, to write only what changed.
struct Marks {
    incidents: BTreeMap<String, String>,
    findings: BTreeMap<(String, String), String>,
}

impl Marks {
    fn of(ledger: &Ledger) -> Result<Self, StoreError> {
        let mut marks = Self { incidents: BTreeMap::new(), findings: BTreeMap::new() };
        for incident in &ledger.incidents {
            marks.incidents.insert(incident.id.to_string(), to_json("an incident", incident)?);
        }
        for tracked in &ledger.tracked {
            let key = (tracked.finding.id.to_string(), tracked.page.clone());
            marks.findings.insert(key, to_json("a finding", tracked)?);
        }
        Ok(marks)
    }

    fn incident_changed(&self, incident: &Incident) -> Result<bool, StoreError> {
        Ok(self.incidents.get(incident.id.as_str()) != Some(&to_json("an incident", incident)?))
    }

    fn finding_changed(&self, tracked: &Tracked) -> Result<bool, StoreError> {
        let key = (tracked.finding.id.to_string(), tracked.page.clone());
        Ok(self.findings.get(&key) != Some(&to_json("a finding", tracked)?))
    }
}

async fn write_incident(
    transaction: &mut Transaction<'_, Any>,
    incident: &Incident,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO incidents (incident, target, course, last_seen, recheck, body) VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (incident) DO UPDATE SET course = excluded.course, last_seen = excluded.last_seen, \
         recheck = excluded.recheck, body = excluded.body",
    )
    .bind(incident.id.as_str())
    .bind(incident.target.as_str())
    .bind(incident.course.as_str())
    .bind(micros(incident.last_seen))
    .bind(incident.next_recheck.map(micros))
    .bind(to_json("an incident", incident)?)
    .execute(&mut **transaction)
    .await
    .map(|_| ())
    .map_err(failed(DOING))
}

async fn write_finding(
    transaction: &mut Transaction<'_, Any>,
    target: &TargetId,
    tracked: &Tracked,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO findings (target, finding, page, incident, present, last_seen, body) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (target, finding, page) DO UPDATE SET \
         incident = excluded.incident, present = excluded.present, last_seen = excluded.last_seen, body = excluded.body",
    )
    .bind(target.as_str())
    .bind(tracked.finding.id.as_str())
    .bind(tracked.page.as_str())
    .bind(tracked.incident.as_str())
    .bind(i64::from(tracked.present))
    .bind(micros(tracked.finding.last_seen))
    .bind(to_json("a finding", tracked)?)
    .execute(&mut **transaction)
    .await
    .map(|_| ())
    .map_err(failed(DOING))
}

async fn write_page(
    transaction: &mut Transaction<'_, Any>,
    visit: &Visit,
    page: &PageVisit,
    ledger: &Ledger,
) -> Result<(), StoreError> {
    let name = &page.look.page;
    let looks = ledger.looks.get(name).cloned().unwrap_or_default();
    let state = page.state.as_ref().map(|state| to_json("a page", state)).transpose()?;
    sqlx::query(
        "INSERT INTO pages (target, page, body, looks) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (target, page) DO UPDATE SET body = COALESCE(excluded.body, pages.body), looks = excluded.looks",
    )
    .bind(visit.target.as_str())
    .bind(name.as_str())
    .bind(state)
    .bind(to_json("the looks of a page", &looks)?)
    .execute(&mut **transaction)
    .await
    .map_err(failed(DOING))?;
    if let Some(baseline) = &page.baseline {
        baselines::write(transaction, &visit.target, name, baseline).await?;
    }
    if let Some(folder) = &page.folder {
        sqlx::query(
            "INSERT INTO folders (folder, visit, page, at) VALUES ($1, $2, $3, $4) ON CONFLICT (folder) DO NOTHING",
        )
        .bind(folder.as_str())
        .bind(visit.id.as_str())
        .bind(name.as_str())
        .bind(micros(page.look.at))
        .execute(&mut **transaction)
        .await
        .map_err(failed(DOING))?;
    }
    let mut thinned = HashSet::new();
    for piece in &page.evidence {
        let known = |one: &Tracked| one.finding.id == piece.finding && one.page == *name;
        if !ledger.tracked.iter().any(known) {
            return Err(StoreError::Stray {
                target: visit.target.clone(),
                page: name.clone(),
                finding: piece.finding.clone(),
            });
        }
        if thinned.insert(&piece.finding) {
            thin(transaction, &visit.target, piece, name).await?;
        }
        write_evidence(transaction, visit, piece, name).await?;
    }
    Ok(())
}

/// Of the evidence of a finding, what the first visit kept stays; what later ones kept makes room for the last.
async fn thin(
    transaction: &mut Transaction<'_, Any>,
    target: &TargetId,
    piece: &Evidence,
    page: &str,
) -> Result<(), StoreError> {
    sqlx::query(
        "DELETE FROM evidence WHERE target = $1 AND finding = $2 AND page = $3 AND visit <> \
         (SELECT visit FROM evidence WHERE target = $1 AND finding = $2 AND page = $3 ORDER BY at, visit LIMIT 1)",
    )
    .bind(target.as_str())
    .bind(piece.finding.as_str())
    .bind(page)
    .execute(&mut **transaction)
    .await
    .map(|_| ())
    .map_err(failed(DOING))
}

async fn write_evidence(
    transaction: &mut Transaction<'_, Any>,
    visit: &Visit,
    piece: &Evidence,
    page: &str,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO evidence (target, finding, page, visit, sha256, at, body) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
    )
    .bind(visit.target.as_str())
    .bind(piece.finding.as_str())
    .bind(page)
    .bind(visit.id.as_str())
    .bind(piece.kept.sha256.as_str())
    .bind(micros(piece.kept.at))
    .bind(to_json("evidence", &piece.kept)?)
    .execute(&mut **transaction)
    .await
    .map(|_| ())
    .map_err(failed(DOING))
}
