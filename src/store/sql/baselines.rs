//! Accepted states of pages: learned by visits, decided by people.

use sqlx::{Any, Transaction};

use super::{SqlStore, column, failed, from_json, to_json};
use crate::baseline::Baseline;
use crate::id::TargetId;
use crate::store::StoreError;

impl SqlStore {
    pub(super) async fn baselines_of(
        &self,
        target: &TargetId,
    ) -> Result<Vec<(String, Baseline)>, StoreError> {
        let rows = sqlx::query("SELECT page, body FROM baselines WHERE target = $1 ORDER BY page")
            .bind(target.as_str())
            .fetch_all(&self.pool)
            .await
            .map_err(failed("read baselines"))?;
        let mut baselines = Vec::with_capacity(rows.len());
        for row in &rows {
            let body: String = column(row, "body")?;
            baselines.push((column(row, "page")?, from_json("a baseline", &body)?));
        }
        Ok(baselines)
    }

    pub(super) async fn targets_of_baselines(&self) -> Result<Vec<TargetId>, StoreError> {
        let rows: Vec<String> = sqlx::query_scalar("SELECT DISTINCT target FROM baselines ORDER BY target")
            .fetch_all(&self.pool)
            .await
            .map_err(failed("read baselines"))?;
        Ok(rows.into_iter().map(TargetId::new).collect())
    }

    pub(super) async fn write_decided_baseline(
        &self,
        target: &TargetId,
        page: &str,
        baseline: &Baseline,
    ) -> Result<(), StoreError> {
        const DOING: &str = "keep a decision on a baseline";
        sqlx::query(
            "INSERT INTO baselines (target, page, decided, body) VALUES ($1, $2, $3, $4) ON CONFLICT (target, page) DO UPDATE \
             SET decided = excluded.decided, body = excluded.body",
        )
        .bind(target.as_str())
        .bind(page)
        .bind(decisions(baseline))
        .bind(to_json("a baseline", baseline)?)
        .execute(&self.pool)
        .await
        .map_err(failed(DOING))?;
        Ok(())
    }
}

/// What a visit learned, unless a person decided meanwhile.
pub(super) async fn write(
    transaction: &mut Transaction<'_, Any>,
    target: &TargetId,
    page: &str,
    baseline: &Baseline,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO baselines (target, page, decided, body) VALUES ($1, $2, $3, $4) ON CONFLICT (target, page) DO UPDATE \
         SET body = excluded.body WHERE baselines.decided = excluded.decided",
    )
    .bind(target.as_str())
    .bind(page)
    .bind(decisions(baseline))
    .bind(to_json("a baseline", baseline)?)
    .execute(&mut **transaction)
    .await
    .map_err(failed("remember a baseline"))?;
    Ok(())
}

fn decisions(baseline: &Baseline) -> i64 {
    i64::try_from(baseline.journal.len()).unwrap_or(i64::MAX)
}
