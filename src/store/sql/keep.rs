//! Retention, and the look over the whole store.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;
use sqlx::Row as _;

use super::{Engine, SqlStore, column, failed, from_json, micros};
use crate::baseline::Baseline;
use crate::finding::EvidenceRef;
use crate::id::{Fingerprint, IncidentId, VisitId};
use crate::incident::{Decision, Event, Incident, Looks, Tracked};
use crate::store::accounts::{Account, Deed, Grant};
use crate::store::{Checked, Expired, FORMAT, PageState, Retention, StoreError};

/// What is counted and looked over.
const TABLES: [&str; 14] = [
    "sites",
    "visits",
    "folders",
    "pages",
    "findings",
    "evidence",
    "incidents",
    "events",
    "decisions",
    "baselines",
    "accounts",
    "grants",
    "attempts",
    "audit",
];

/// Problems of one sort that are told in full; more are counted.
const TOLD: usize = 20;

/// The start of a span of days that ends now.
fn days_before(now: Timestamp, days: u32) -> i64 {
    let span = SignedDuration::from_hours(i64::from(days) * 24);
    now.checked_sub(span).map_or(i64::MIN, micros)
}

impl SqlStore {
    pub(super) async fn expired_folders(
        &self,
        now: Timestamp,
        keep: &Retention,
        limit: u32,
    ) -> Result<Vec<Expired>, StoreError> {
        let rows = sqlx::query(
            "SELECT f.visit AS visit, f.folder AS folder FROM folders f WHERE f.at < $1 AND NOT EXISTS \
             (SELECT 1 FROM evidence e WHERE e.visit = f.visit AND e.page = f.page) ORDER BY f.at LIMIT $2",
        )
        .bind(days_before(now, keep.healthy_days))
        .bind(i64::from(limit))
        .fetch_all(&self.pool)
        .await
        .map_err(failed("read what may go"))?;
        let expired = |row| {
            Ok(Expired {
                visit: VisitId::new(column::<String>(row, "visit")?),
                folder: column(row, "folder")?,
            })
        };
        rows.iter().map(expired).collect()
    }

    pub(super) async fn forget_folders(
        &self,
        gone: &[Expired],
        now: Timestamp,
        keep: &Retention,
    ) -> Result<u64, StoreError> {
        const DOING: &str = "forget what is gone";
        let mut transaction = self.begin(DOING).await?;
        let mut forgotten = 0;
        for expired in gone {
            let done = sqlx::query("DELETE FROM folders WHERE folder = $1")
                .bind(expired.folder.as_str())
                .execute(&mut **transaction)
                .await
                .map_err(failed(DOING))?;
            forgotten += done.rows_affected();
        }
        let done = sqlx::query(
            "DELETE FROM visits WHERE findings = 0 AND ended < $1 AND NOT EXISTS \
             (SELECT 1 FROM folders f WHERE f.visit = visits.visit)",
        )
        .bind(days_before(now, keep.visit_days))
        .execute(&mut **transaction)
        .await
        .map_err(failed(DOING))?;
        transaction.commit().await.map_err(failed(DOING))?;
        Ok(forgotten + done.rows_affected())
    }

    pub(super) async fn folders_of(&self, incident: &IncidentId) -> Result<Vec<String>, StoreError> {
        let text = "SELECT folder FROM (SELECT DISTINCT o.folder, o.at FROM findings f JOIN evidence e ON e.target = f.target AND \
                    e.finding = f.finding AND e.page = f.page JOIN folders o ON o.visit = e.visit AND o.page = e.page \
                    WHERE f.incident = $1) AS kept ORDER BY at, folder";
        sqlx::query_scalar(text)
            .bind(incident.as_str())
            .fetch_all(&self.pool)
            .await
            .map_err(failed("read the folders of an incident"))
    }

    pub(super) async fn check_all(&self) -> Result<Checked, StoreError> {
        let mut checked = Checked { format: FORMAT, rows: BTreeMap::new(), ..Checked::default() };
        for table in TABLES {
            let text = sqlx::AssertSqlSafe(format!("SELECT COUNT(*) FROM {table}"));
            let count: i64 =
                sqlx::query_scalar(text).fetch_one(&self.pool).await.map_err(failed("count rows"))?;
            checked.rows.insert(table.to_owned(), count.unsigned_abs());
        }
        if self.engine == Engine::Sqlite {
            self.check_engine(&mut checked).await?;
        }
        self.check_readable::<Incident>("incidents", "body", &mut checked).await?;
        self.check_readable::<Tracked>("findings", "body", &mut checked).await?;
        self.check_readable::<EvidenceRef>("evidence", "body", &mut checked).await?;
        self.check_readable::<Event>("events", "body", &mut checked).await?;
        self.check_readable::<Decision>("decisions", "body", &mut checked).await?;
        self.check_readable::<Baseline>("baselines", "body", &mut checked).await?;
        self.check_readable::<PageState>("pages", "body", &mut checked).await?;
        self.check_readable::<Looks>("pages", "looks", &mut checked).await?;
        self.check_readable::<Account>("accounts", "body", &mut checked).await?;
        self.check_readable::<Grant>("grants", "body", &mut checked).await?;
        self.check_readable::<Deed>("audit", "body", &mut checked).await?;
        checked.problems.extend(self.broken_chain().await?);
        self.check_references(&mut checked).await?;
        Ok(checked)
    }

    /// The engine's own look at its pages and references.
    async fn check_engine(&self, checked: &mut Checked) -> Result<(), StoreError> {
        const DOING: &str = "check the file";
        let rows =
            sqlx::query("PRAGMA integrity_check").fetch_all(&self.pool).await.map_err(failed(DOING))?;
        for row in rows {
            let text: String = row.try_get(0).map_err(failed(DOING))?;
            if text != "ok" {
                checked.problems.push(text);
            }
        }
        let rows =
            sqlx::query("PRAGMA foreign_key_check").fetch_all(&self.pool).await.map_err(failed(DOING))?;
        for row in rows.iter().take(TOLD) {
            let table: String = row.try_get(0).map_err(failed(DOING))?;
            checked.problems.push(format!("{table}: a row refers to what is not there"));
        }
        Ok(())
    }

    /// Whether every value of a column reads.
    async fn check_readable<T: DeserializeOwned>(
        &self,
        table: &'static str,
        name: &'static str,
        checked: &mut Checked,
    ) -> Result<(), StoreError> {
        use futures_util::TryStreamExt as _;
        let text =
            sqlx::AssertSqlSafe(format!("SELECT {name} AS value FROM {table} WHERE {name} IS NOT NULL"));
        let mut rows = sqlx::query(text).fetch(&self.pool);
        let mut bad = 0_usize;
        while let Some(row) = rows.try_next().await.map_err(failed("read a table"))? {
            if let Err(error) = from_json::<T>(table, &column::<String>(&row, "value")?) {
                bad += 1;
                if bad <= TOLD {
                    checked.problems.push(format!("{table}.{name}: {error}"));
                }
            }
        }
        if bad > TOLD {
            checked.problems.push(format!("{table}.{name}: {} more values do not read", bad - TOLD));
        }
        Ok(())
    }

    /// What must never be: findings without incident or evidence, open incidents without findings.
    async fn check_references(&self, checked: &mut Checked) -> Result<(), StoreError> {
        const DOING: &str = "check references";
        let rows = sqlx::query(
            "SELECT finding FROM findings f WHERE NOT EXISTS (SELECT 1 FROM evidence e WHERE e.target = f.target \
             AND e.finding = f.finding AND e.page = f.page) ORDER BY finding",
        )
        .fetch_all(&self.pool)
        .await
        .map_err(failed(DOING))?;
        for row in &rows {
            checked.without_evidence.push(Fingerprint::new(column::<String>(row, "finding")?));
        }
        let rows = sqlx::query(
            "SELECT incident FROM incidents i WHERE (i.course = 'active') <> EXISTS (SELECT 1 FROM findings f \
             WHERE f.incident = i.incident AND f.present = 1) ORDER BY incident",
        )
        .fetch_all(&self.pool)
        .await
        .map_err(failed(DOING))?;
        for row in rows.iter().take(TOLD) {
            let incident: String = column(row, "incident")?;
            checked.problems.push(format!("incidents: {incident} does not agree with its findings"));
        }
        Ok(())
    }
}
