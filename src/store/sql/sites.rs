//! Sites: who is due, who holds whom.

use jiff::Timestamp;
use sqlx::any::AnyRow;

use super::{Engine, SqlStore, column, failed, from_json, micros, time, to_json};
use crate::id::TargetId;
use crate::store::{Backlog, SiteState, StoreError};

/// Columns of a site, as [`site`] reads them.
const SITE: &str = "SELECT target, due, ahead, visited, holder, lease_until, schedule FROM sites";

fn site(row: &AnyRow) -> Result<SiteState, StoreError> {
    let schedule: String = column(row, "schedule")?;
    let holder: Option<String> = column(row, "holder")?;
    let until: Option<i64> = column(row, "lease_until")?;
    Ok(SiteState {
        target: TargetId::new(column::<String>(row, "target")?),
        due: column::<Option<i64>>(row, "due")?.map(time),
        ahead: column::<i64>(row, "ahead")? != 0,
        visited: column::<Option<i64>>(row, "visited")?.map(time),
        lease: holder.zip(until.map(time)),
        schedule: from_json("a schedule", &schedule)?,
    })
}

impl SqlStore {
    pub(super) async fn enrol_sites(&self, sites: &[(TargetId, Timestamp)]) -> Result<u64, StoreError> {
        const DOING: &str = "enrol sites";
        let mut transaction = self.begin(DOING).await?;
        let mut new = 0;
        for (target, due) in sites {
            let done = sqlx::query(
                "INSERT INTO sites (target, due, schedule) VALUES ($1, $2, 'null') ON CONFLICT (target) DO NOTHING",
            )
            .bind(target.as_str())
            .bind(micros(*due))
            .execute(&mut **transaction)
            .await
            .map_err(failed(DOING))?;
            new += done.rows_affected();
            if done.rows_affected() == 0 {
                sqlx::query("UPDATE sites SET due = $2 WHERE target = $1 AND due IS NULL")
                    .bind(target.as_str())
                    .bind(micros(*due))
                    .execute(&mut **transaction)
                    .await
                    .map_err(failed(DOING))?;
            }
        }
        transaction.commit().await.map_err(failed(DOING))?;
        Ok(new)
    }

    pub(super) async fn retire_sites(&self, targets: &[TargetId]) -> Result<(), StoreError> {
        const DOING: &str = "retire sites";
        let mut transaction = self.begin(DOING).await?;
        for target in targets {
            sqlx::query("UPDATE sites SET due = NULL WHERE target = $1")
                .bind(target.as_str())
                .execute(&mut **transaction)
                .await
                .map_err(failed(DOING))?;
        }
        transaction.commit().await.map_err(failed(DOING))
    }

    pub(super) async fn site_state(&self, target: &TargetId) -> Result<Option<SiteState>, StoreError> {
        let text =
            "SELECT target, due, ahead, visited, holder, lease_until, schedule FROM sites WHERE target = $1";
        let row = sqlx::query(text).bind(target.as_str()).fetch_optional(&self.pool).await;
        row.map_err(failed("read a site"))?.as_ref().map(site).transpose()
    }

    pub(super) async fn site_states(
        &self,
        after: Option<&TargetId>,
        limit: u32,
    ) -> Result<Vec<SiteState>, StoreError> {
        let text = sqlx::AssertSqlSafe(format!(
            "{SITE} WHERE due IS NOT NULL AND target > $1 ORDER BY target LIMIT $2"
        ));
        let rows = sqlx::query(text)
            .bind(after.map_or("", TargetId::as_str))
            .bind(i64::from(limit))
            .fetch_all(&self.pool)
            .await
            .map_err(failed("read sites"))?;
        rows.iter().map(site).collect()
    }

    pub(super) async fn set_due(
        &self,
        target: &TargetId,
        due: Timestamp,
        ahead: bool,
        schedule: Option<&serde_json::Value>,
    ) -> Result<(), StoreError> {
        let schedule = schedule.map(|schedule| to_json("a schedule", schedule)).transpose()?;
        let _turn = self.turn().await;
        let done = sqlx::query(
            "UPDATE sites SET due = $2, ahead = $3, schedule = COALESCE($4, schedule) WHERE target = $1",
        )
        .bind(target.as_str())
        .bind(micros(due))
        .bind(i64::from(ahead))
        .bind(schedule)
        .execute(&self.pool)
        .await
        .map_err(failed("reschedule a site"))?;
        if done.rows_affected() == 0 {
            return Err(StoreError::Unknown(target.to_string()));
        }
        Ok(())
    }

    pub(super) async fn lease_sites(
        &self,
        now: Timestamp,
        until: Timestamp,
        holder: &str,
        limit: u32,
    ) -> Result<Vec<SiteState>, StoreError> {
        const DOING: &str = "lease sites";
        let mut transaction = self.begin(DOING).await?;
        let lock = match self.engine {
            Engine::Sqlite => "",
            Engine::Postgres => " FOR UPDATE SKIP LOCKED",
        };
        let text = sqlx::AssertSqlSafe(format!(
            "{SITE} WHERE due IS NOT NULL AND due <= $1 AND (lease_until IS NULL OR lease_until <= $1) \
             ORDER BY ahead DESC, due LIMIT $2{lock}"
        ));
        let rows = sqlx::query(text)
            .bind(micros(now))
            .bind(i64::from(limit))
            .fetch_all(&mut **transaction)
            .await
            .map_err(failed(DOING))?;
        let mut leased: Vec<SiteState> = rows.iter().map(site).collect::<Result<_, _>>()?;
        for site in &mut leased {
            sqlx::query("UPDATE sites SET holder = $2, lease_until = $3 WHERE target = $1")
                .bind(site.target.as_str())
                .bind(holder)
                .bind(micros(until))
                .execute(&mut **transaction)
                .await
                .map_err(failed(DOING))?;
            site.lease = Some((holder.to_owned(), until));
        }
        transaction.commit().await.map_err(failed(DOING))?;
        Ok(leased)
    }

    pub(super) async fn renew_lease(
        &self,
        target: &TargetId,
        holder: &str,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        let _turn = self.turn().await;
        let done = sqlx::query("UPDATE sites SET lease_until = $3 WHERE target = $1 AND holder = $2")
            .bind(target.as_str())
            .bind(holder)
            .bind(micros(until))
            .execute(&self.pool)
            .await
            .map_err(failed("renew a lease"))?;
        Ok(done.rows_affected() > 0)
    }

    pub(super) async fn release_lease(&self, target: &TargetId, holder: &str) -> Result<(), StoreError> {
        let _turn = self.turn().await;
        sqlx::query("UPDATE sites SET holder = NULL, lease_until = NULL WHERE target = $1 AND holder = $2")
            .bind(target.as_str())
            .bind(holder)
            .execute(&self.pool)
            .await
            .map(|_| ())
            .map_err(failed("release a lease"))
    }

    pub(super) async fn count_backlog(&self, now: Timestamp) -> Result<Backlog, StoreError> {
        const DOING: &str = "count what is due";
        let row = sqlx::query(
            "SELECT COUNT(*) AS sites, \
             COUNT(CASE WHEN due <= $1 AND (lease_until IS NULL OR lease_until <= $1) THEN 1 END) AS due, \
             MIN(CASE WHEN lease_until IS NULL OR lease_until <= $1 THEN due END) AS next \
             FROM sites WHERE due IS NOT NULL",
        )
        .bind(micros(now))
        .fetch_one(&self.pool)
        .await
        .map_err(failed(DOING))?;
        Ok(Backlog {
            sites: column::<i64>(&row, "sites")?.unsigned_abs(),
            due: column::<i64>(&row, "due")?.unsigned_abs(),
            next: column::<Option<i64>>(&row, "next")?.map(time),
        })
    }
}
