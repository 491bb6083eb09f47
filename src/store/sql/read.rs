//! What is read back: pages, incidents, findings, decisions, events.

use std::collections::BTreeMap;

use jiff::Timestamp;
use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use super::{SqlStore, column, failed, from_json, micros, time};
use crate::finding::EvidenceRef;
use crate::id::{IncidentId, TargetId, VisitId};
use crate::incident::{Decision, Event, Incident, Tracked};
use crate::store::{Case, Filter, Numbered, PageState, StoreError, StoredFinding, VisitFacts};

/// Sites asked for in one statement: engines bound how many values one may hold.
const SITES_AT_ONCE: usize = 500;

fn incident(row: &AnyRow) -> Result<Incident, StoreError> {
    from_json("an incident", &column::<String>(row, "body")?)
}

fn tracked(row: &AnyRow) -> Result<Tracked, StoreError> {
    from_json("a finding", &column::<String>(row, "body")?)
}

fn numbered(row: &AnyRow) -> Result<Numbered, StoreError> {
    let event: Event = from_json("an event", &column::<String>(row, "body")?)?;
    let target = TargetId::new(column::<String>(row, "target")?);
    Ok(Numbered { number: column(row, "number")?, target, event })
}

/// The incidents of a site.
pub(super) async fn incidents_of(
    connection: &mut AnyConnection,
    target: &TargetId,
) -> Result<Vec<Incident>, StoreError> {
    let rows = sqlx::query("SELECT body FROM incidents WHERE target = $1 ORDER BY last_seen DESC, incident")
        .bind(target.as_str())
        .fetch_all(connection)
        .await
        .map_err(failed("read incidents"))?;
    rows.iter().map(incident).collect()
}

/// The findings of a site.
pub(super) async fn tracked_of(
    connection: &mut AnyConnection,
    target: &TargetId,
) -> Result<Vec<Tracked>, StoreError> {
    let rows = sqlx::query("SELECT body FROM findings WHERE target = $1 ORDER BY finding, page")
        .bind(target.as_str())
        .fetch_all(connection)
        .await
        .map_err(failed("read findings"))?;
    rows.iter().map(tracked).collect()
}

/// What people decided of a site's incidents.
pub(super) async fn decisions_of(
    connection: &mut AnyConnection,
    target: &TargetId,
) -> Result<Vec<Decision>, StoreError> {
    let rows = sqlx::query(
        "SELECT d.body AS body FROM decisions d JOIN incidents i ON i.incident = d.incident \
         WHERE i.target = $1 ORDER BY d.number",
    )
    .bind(target.as_str())
    .fetch_all(connection)
    .await
    .map_err(failed("read decisions"))?;
    rows.iter().map(|row| from_json("a decision", &column::<String>(row, "body")?)).collect()
}

/// Decisions on one incident, or all.
pub(super) async fn decisions(
    connection: &mut AnyConnection,
    incident: Option<&IncidentId>,
) -> Result<Vec<Decision>, StoreError> {
    let query = match incident {
        Some(incident) => sqlx::query("SELECT body FROM decisions WHERE incident = $1 ORDER BY number")
            .bind(incident.to_string()),
        None => sqlx::query("SELECT body FROM decisions ORDER BY number"),
    };
    let rows = query.fetch_all(connection).await.map_err(failed("read decisions"))?;
    rows.iter().map(|row| from_json("a decision", &column::<String>(row, "body")?)).collect()
}

/// No limit is a large one.
fn limit(limit: u32) -> i64 {
    if limit == 0 { i64::MAX } else { i64::from(limit) }
}

impl SqlStore {
    pub(super) async fn page_states(&self, target: &TargetId) -> Result<Vec<PageState>, StoreError> {
        let rows = sqlx::query("SELECT body FROM pages WHERE target = $1 AND body IS NOT NULL ORDER BY page")
            .bind(target.as_str())
            .fetch_all(&self.pool)
            .await
            .map_err(failed("read pages"))?;
        rows.iter().map(|row| from_json("a page", &column::<String>(row, "body")?)).collect()
    }

    pub(super) async fn find_visits(
        &self,
        target: Option<&TargetId>,
        since: Option<Timestamp>,
        most: u32,
    ) -> Result<Vec<VisitFacts>, StoreError> {
        let rows = sqlx::query(
            "SELECT visit, target, started, ended, requests, findings, not_assessed FROM visits \
             WHERE ($1 = '' OR target = $1) AND ended >= $2 ORDER BY ended DESC, visit LIMIT $3",
        )
        .bind(target.map(TargetId::to_string).unwrap_or_default())
        .bind(since.map_or(i64::MIN, micros))
        .bind(limit(most))
        .fetch_all(&self.pool)
        .await
        .map_err(failed("read visits"))?;
        let facts = |row: &AnyRow| {
            Ok(VisitFacts {
                id: VisitId::new(column::<String>(row, "visit")?),
                target: TargetId::new(column::<String>(row, "target")?),
                started: time(column(row, "started")?),
                ended: time(column(row, "ended")?),
                requests: column::<i64>(row, "requests")?.unsigned_abs(),
                findings: column::<i64>(row, "findings")?.unsigned_abs(),
                not_assessed: from_json("a visit", &column::<String>(row, "not_assessed")?)?,
            })
        };
        rows.iter().map(facts).collect()
    }

    pub(super) async fn last_visits_of(
        &self,
        targets: &[TargetId],
    ) -> Result<BTreeMap<TargetId, Timestamp>, StoreError> {
        const DOING: &str = "read last visits";
        let mut last = BTreeMap::new();
        for some in targets.chunks(SITES_AT_ONCE) {
            let places: Vec<String> = (1..=some.len()).map(|number| format!("(${number})")).collect();
            // A look-up for each site, which both engines answer from the end of the index; a grouped maximum reads every visit.
            let text = sqlx::AssertSqlSafe(format!(
                "WITH wanted (target) AS (VALUES {}) SELECT target, \
                 (SELECT MAX(ended) FROM visits WHERE visits.target = wanted.target) AS ended FROM wanted",
                places.join(", ")
            ));
            let query = some.iter().fold(sqlx::query(text), |query, target| query.bind(target.to_string()));
            for row in &query.fetch_all(&self.pool).await.map_err(failed(DOING))? {
                if let Some(ended) = column::<Option<i64>>(row, "ended")? {
                    last.insert(TargetId::new(column::<String>(row, "target")?), time(ended));
                }
            }
        }
        Ok(last)
    }

    pub(super) async fn find_incidents(&self, filter: &Filter) -> Result<Vec<Incident>, StoreError> {
        let rows = sqlx::query(
            "SELECT body FROM incidents WHERE (CAST($1 AS TEXT) IS NULL OR target = $1) \
             AND (CAST($2 AS TEXT) IS NULL OR incident = $2) AND ($3 = 0 OR course <> 'rectified') \
             AND last_seen >= $4 ORDER BY last_seen DESC, incident LIMIT $5",
        )
        .bind(filter.target.as_ref().map(TargetId::to_string))
        .bind(filter.incident.as_ref().map(IncidentId::to_string))
        .bind(i64::from(filter.open))
        .bind(filter.since.map_or(i64::MIN, micros))
        .bind(limit(filter.limit))
        .fetch_all(&self.pool)
        .await
        .map_err(failed("read incidents"))?;
        rows.iter().map(incident).collect()
    }

    pub(super) async fn find_findings(&self, filter: &Filter) -> Result<Vec<StoredFinding>, StoreError> {
        let rows = sqlx::query(
            "SELECT body, target, finding, page FROM findings WHERE (CAST($1 AS TEXT) IS NULL OR target = $1) \
             AND (CAST($2 AS TEXT) IS NULL OR incident = $2) AND ($3 = 0 OR present = 1) AND last_seen >= $4 \
             ORDER BY last_seen DESC, finding, page LIMIT $5",
        )
        .bind(filter.target.as_ref().map(TargetId::to_string))
        .bind(filter.incident.as_ref().map(IncidentId::to_string))
        .bind(i64::from(filter.open))
        .bind(filter.since.map_or(i64::MIN, micros))
        .bind(limit(filter.limit))
        .fetch_all(&self.pool)
        .await
        .map_err(failed("read findings"))?;
        self.found(&rows).await
    }

    /// Findings as they stand in rows, with their evidence.
    async fn found(&self, rows: &[AnyRow]) -> Result<Vec<StoredFinding>, StoreError> {
        let mut found = Vec::with_capacity(rows.len());
        for row in rows {
            found.push(StoredFinding { tracked: tracked(row)?, evidence: self.evidence_of(row).await? });
        }
        Ok(found)
    }

    async fn evidence_of(&self, finding: &AnyRow) -> Result<Vec<EvidenceRef>, StoreError> {
        let rows = sqlx::query(
            "SELECT body FROM evidence WHERE target = $1 AND finding = $2 AND page = $3 ORDER BY at, sha256",
        )
        .bind(column::<String>(finding, "target")?)
        .bind(column::<String>(finding, "finding")?)
        .bind(column::<String>(finding, "page")?)
        .fetch_all(&self.pool)
        .await
        .map_err(failed("read evidence"))?;
        rows.iter().map(|row| from_json("evidence", &column::<String>(row, "body")?)).collect()
    }

    pub(super) async fn find_case(&self, id: &str) -> Result<Option<Case>, StoreError> {
        const DOING: &str = "find an incident";
        let named: Option<String> = sqlx::query_scalar(
            "SELECT incident FROM incidents WHERE incident = $1 UNION ALL \
             SELECT incident FROM findings WHERE finding = $1 LIMIT 1",
        )
        .bind(id)
        .fetch_optional(&self.pool)
        .await
        .map_err(failed(DOING))?;
        let Some(named) = named.map(IncidentId::new) else { return Ok(None) };
        // Asked for by name alone: a filter that may hold anything reads the whole table.
        let row = sqlx::query("SELECT body FROM incidents WHERE incident = $1")
            .bind(named.as_str())
            .fetch_optional(&self.pool)
            .await
            .map_err(failed(DOING))?;
        let Some(incident) = row.as_ref().map(incident).transpose()? else { return Ok(None) };
        let findings = sqlx::query(
            "SELECT body, target, finding, page FROM findings WHERE incident = $1 \
             ORDER BY last_seen DESC, finding, page",
        )
        .bind(named.as_str())
        .fetch_all(&self.pool)
        .await
        .map_err(failed(DOING))?;
        let findings = self.found(&findings).await?;
        let mut connection = self.pool.acquire().await.map_err(failed(DOING))?;
        let events =
            sqlx::query("SELECT number, target, body FROM events WHERE incident = $1 ORDER BY number")
                .bind(named.as_str())
                .fetch_all(&mut *connection)
                .await
                .map_err(failed(DOING))?;
        Ok(Some(Case {
            incident,
            findings,
            decisions: decisions(&mut connection, Some(&named)).await?,
            events: events.iter().map(numbered).collect::<Result<_, _>>()?,
        }))
    }

    pub(super) async fn due_rechecks(&self, now: Timestamp, limit: u32) -> Result<Vec<Incident>, StoreError> {
        let rows = sqlx::query(
            "SELECT body FROM incidents WHERE recheck IS NOT NULL AND recheck <= $1 ORDER BY recheck LIMIT $2",
        )
        .bind(micros(now))
        .bind(i64::from(limit))
        .fetch_all(&self.pool)
        .await
        .map_err(failed("read rechecks"))?;
        rows.iter().map(incident).collect()
    }

    pub(super) async fn events_after(&self, after: i64, limit: u32) -> Result<Vec<Numbered>, StoreError> {
        let text = "SELECT number, target, body FROM events WHERE number > $1 ORDER BY number LIMIT $2";
        let rows = sqlx::query(text)
            .bind(after)
            .bind(i64::from(limit))
            .fetch_all(&self.pool)
            .await
            .map_err(failed("read events"))?;
        rows.iter().map(numbered).collect()
    }
}
