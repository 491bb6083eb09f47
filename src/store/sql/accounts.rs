//! Accounts, grants, failed log-ins and the audit log.

use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::any::AnyRow;

use super::{Engine, SqlStore, column, failed, from_json, micros, time, to_json};
use crate::store::StoreError;
use crate::store::accounts::{Account, Accounts, Attempts, Deed, Entry, Grant, GrantKind, bound};

/// Failed log-ins this long ago are forgotten.
const FORGOTTEN_AFTER_SECONDS: i64 = 86_400;

fn account(row: &AnyRow) -> Result<Account, StoreError> {
    from_json("an account", &column::<String>(row, "body")?)
}

fn grant(row: &AnyRow) -> Result<Grant, StoreError> {
    from_json("a grant", &column::<String>(row, "body")?)
}

#[async_trait]
impl Accounts for SqlStore {
    async fn found(&self, account: &Account) -> Result<bool, StoreError> {
        const DOING: &str = "make the first account";
        let body = to_json("an account", account)?;
        let mut transaction = self.begin(DOING).await?;
        if self.engine == Engine::Postgres {
            let lock = "LOCK TABLE accounts IN EXCLUSIVE MODE";
            sqlx::query(lock).execute(&mut **transaction).await.map_err(failed(DOING))?;
        }
        let done = sqlx::query(
            "INSERT INTO accounts (account, body) SELECT $1, $2 WHERE NOT EXISTS (SELECT 1 FROM accounts)",
        )
        .bind(&account.name)
        .bind(body)
        .execute(&mut **transaction)
        .await
        .map_err(failed(DOING))?;
        transaction.commit().await.map_err(failed(DOING))?;
        Ok(done.rows_affected() == 1)
    }

    async fn accounts(&self) -> Result<Vec<Account>, StoreError> {
        let rows = sqlx::query("SELECT body FROM accounts ORDER BY account").fetch_all(&self.pool).await;
        rows.map_err(failed("read accounts"))?.iter().map(account).collect()
    }

    async fn account(&self, name: &str) -> Result<Option<Account>, StoreError> {
        let row = sqlx::query("SELECT body FROM accounts WHERE account = $1")
            .bind(name)
            .fetch_optional(&self.pool)
            .await;
        row.map_err(failed("read an account"))?.as_ref().map(account).transpose()
    }

    async fn set_account(&self, account: &Account) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO accounts (account, body) VALUES ($1, $2) ON CONFLICT (account) DO UPDATE SET body = excluded.body",
        )
        .bind(&account.name)
        .bind(to_json("an account", account)?)
        .execute(&self.pool)
        .await
        .map(|_| ())
        .map_err(failed("keep an account"))
    }

    async fn grant(&self, grant: &Grant) -> Result<(), StoreError> {
        const DOING: &str = "keep a grant";
        sqlx::query("DELETE FROM grants WHERE expires < $1")
            .bind(micros(grant.created))
            .execute(&self.pool)
            .await
            .map_err(failed(DOING))?;
        sqlx::query(
            "INSERT INTO grants (digest, account, kind, expires, body) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (digest) DO UPDATE SET expires = excluded.expires, body = excluded.body",
        )
        .bind(&grant.digest)
        .bind(&grant.account)
        .bind(grant.kind.as_str())
        .bind(micros(grant.expires))
        .bind(to_json("a grant", grant)?)
        .execute(&self.pool)
        .await
        .map(|_| ())
        .map_err(failed(DOING))
    }

    async fn granted(&self, digest: &str) -> Result<Option<Grant>, StoreError> {
        let row = sqlx::query("SELECT body FROM grants WHERE digest = $1")
            .bind(digest)
            .fetch_optional(&self.pool)
            .await;
        row.map_err(failed("read a grant"))?.as_ref().map(grant).transpose()
    }

    async fn grants(&self, account: Option<&str>, now: Timestamp) -> Result<Vec<Grant>, StoreError> {
        let rows = sqlx::query(
            "SELECT body FROM grants WHERE expires > $1 AND ($2 = '' OR account = $2) ORDER BY account, digest",
        )
        .bind(micros(now))
        .bind(account.unwrap_or_default())
        .fetch_all(&self.pool)
        .await;
        rows.map_err(failed("read grants"))?.iter().map(grant).collect()
    }

    async fn revoke(&self, digest: &str) -> Result<bool, StoreError> {
        let done = sqlx::query("DELETE FROM grants WHERE digest = $1").bind(digest).execute(&self.pool).await;
        Ok(done.map_err(failed("end a grant"))?.rows_affected() > 0)
    }

    async fn revoke_all(&self, account: &str, kind: Option<GrantKind>) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM grants WHERE account = $1 AND ($2 = '' OR kind = $2)")
            .bind(account)
            .bind(kind.map(GrantKind::as_str).unwrap_or_default())
            .execute(&self.pool)
            .await
            .map(|_| ())
            .map_err(failed("end grants"))
    }

    async fn attempts(&self, subject: &str) -> Result<Option<Attempts>, StoreError> {
        let row = sqlx::query("SELECT failures, last FROM attempts WHERE subject = $1")
            .bind(subject)
            .fetch_optional(&self.pool)
            .await
            .map_err(failed("read attempts"))?;
        let Some(row) = row else { return Ok(None) };
        let failures = u32::try_from(column::<i64>(&row, "failures")?).unwrap_or(u32::MAX);
        Ok(Some(Attempts { failures, last: time(column(&row, "last")?) }))
    }

    async fn failed_attempt(&self, subject: &str, at: Timestamp) -> Result<(), StoreError> {
        const DOING: &str = "count an attempt";
        sqlx::query("DELETE FROM attempts WHERE last < $1")
            .bind(micros(at) - FORGOTTEN_AFTER_SECONDS * 1_000_000)
            .execute(&self.pool)
            .await
            .map_err(failed(DOING))?;
        sqlx::query(
            "INSERT INTO attempts (subject, failures, last) VALUES ($1, 1, $2) \
             ON CONFLICT (subject) DO UPDATE SET failures = attempts.failures + 1, last = excluded.last",
        )
        .bind(subject)
        .bind(micros(at))
        .execute(&self.pool)
        .await
        .map(|_| ())
        .map_err(failed(DOING))
    }

    async fn clear_attempts(&self, subject: &str) -> Result<(), StoreError> {
        let done = sqlx::query("DELETE FROM attempts WHERE subject = $1").bind(subject);
        done.execute(&self.pool).await.map(|_| ()).map_err(failed("forget attempts"))
    }

    async fn note_deed(&self, deed: &Deed) -> Result<i64, StoreError> {
        const DOING: &str = "write the audit log";
        let body = to_json("a deed", deed)?;
        let mut transaction = self.begin(DOING).await?;
        if self.engine == Engine::Postgres {
            let lock = "LOCK TABLE audit IN EXCLUSIVE MODE";
            sqlx::query(lock).execute(&mut **transaction).await.map_err(failed(DOING))?;
        }
        let last = sqlx::query("SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1")
            .fetch_optional(&mut **transaction)
            .await
            .map_err(failed(DOING))?;
        let (number, before) = match &last {
            Some(row) => (column::<i64>(row, "number")? + 1, column::<String>(row, "hash")?),
            None => (1, String::new()),
        };
        sqlx::query("INSERT INTO audit (number, hash, body) VALUES ($1, $2, $3)")
            .bind(number)
            .bind(bound(&before, number, &body))
            .bind(body)
            .execute(&mut **transaction)
            .await
            .map_err(failed(DOING))?;
        transaction.commit().await.map_err(failed(DOING))?;
        Ok(number)
    }

    async fn deeds(&self, before: Option<i64>, limit: u32) -> Result<Vec<Entry>, StoreError> {
        let rows = sqlx::query(
            "SELECT number, hash, body FROM audit WHERE number < $1 ORDER BY number DESC LIMIT $2",
        )
        .bind(before.unwrap_or(i64::MAX))
        .bind(i64::from(limit))
        .fetch_all(&self.pool)
        .await
        .map_err(failed("read the audit log"))?;
        let entry = |row: &AnyRow| {
            Ok(Entry {
                number: column(row, "number")?,
                hash: column(row, "hash")?,
                deed: from_json("a deed", &column::<String>(row, "body")?)?,
            })
        };
        rows.iter().map(entry).collect()
    }
}

impl SqlStore {
    /// Whether the audit log is whole: what breaks the chain first, in words.
    pub(super) async fn broken_chain(&self) -> Result<Option<String>, StoreError> {
        use futures_util::TryStreamExt as _;
        const DOING: &str = "read the audit log";
        let mut rows = sqlx::query("SELECT number, hash, body FROM audit ORDER BY number").fetch(&self.pool);
        let (mut before, mut expected) = (String::new(), 1_i64);
        while let Some(row) = rows.try_next().await.map_err(failed(DOING))? {
            let (number, hash): (i64, String) = (column(&row, "number")?, column(&row, "hash")?);
            if number != expected {
                return Ok(Some(format!("audit: entry {expected} is missing")));
            }
            if bound(&before, number, &column::<String>(&row, "body")?) != hash {
                return Ok(Some(format!("audit: entry {number} was changed, or one before it")));
            }
            (before, expected) = (hash, number + 1);
        }
        Ok(None)
    }
}
