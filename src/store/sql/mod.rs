//! The store in SQL: one text of every statement for SQLite and PostgreSQL, through the driver that serves both.
//!
//! Times are microseconds since 1970 in UTC; values of the program's own types are JSON. What a statement must know of
//! the engine is in [`Engine`].

mod accounts;
mod baselines;
mod keep;
mod read;
mod record;
mod sites;

use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::{Any, AnyPool, ConnectOptions as _, Row as _, Transaction};
use tokio::sync::{Mutex, MutexGuard};

use super::{
    Address, Backlog, Case, Checked, Expired, Filter, Numbered, PageState, Recorded, Retention, SiteState,
    Store, StoreError, StoredFinding, Visit, VisitFacts,
};
use crate::baseline::Baseline;
use crate::id::{IncidentId, TargetId};
use crate::incident::{Decision, Incident};

/// The steps from nothing to the format of today, for SQLite and for PostgreSQL; the format is their number.
const MIGRATIONS: [[&str; 2]; 3] = [
    [
        include_str!("../migrations/sqlite/0001_first.sql"),
        include_str!("../migrations/postgres/0001_first.sql"),
    ],
    [
        include_str!("../migrations/sqlite/0002_baselines.sql"),
        include_str!("../migrations/postgres/0002_baselines.sql"),
    ],
    [
        include_str!("../migrations/sqlite/0003_accounts.sql"),
        include_str!("../migrations/postgres/0003_accounts.sql"),
    ],
];

/// The format that this program writes.
pub(super) const FORMAT: i64 = MIGRATIONS.len() as i64;

/// Connections at the same time. SQLite has one writer whatever the number.
const CONNECTIONS: u32 = 8;

/// How long a writer waits for another process to finish, in milliseconds.
const PATIENCE: Duration = Duration::from_secs(30);

/// A store in a relational database.
pub(super) struct SqlStore {
    pool: AnyPool,
    engine: Engine,
    /// Whose turn it is to write, where there is one writer only: waiting in line costs less than SQLite's way of asking
    /// again and again.
    line: Mutex<()>,
}

/// A transaction that will write, and its turn.
struct Writing<'a> {
    transaction: Transaction<'a, Any>,
    _turn: Option<MutexGuard<'a, ()>>,
}

impl<'a> Deref for Writing<'a> {
    type Target = Transaction<'a, Any>;

    fn deref(&self) -> &Self::Target {
        &self.transaction
    }
}

impl DerefMut for Writing<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.transaction
    }
}

impl Writing<'_> {
    async fn commit(self) -> sqlx::Result<()> {
        self.transaction.commit().await
    }
}

/// The engine behind the driver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Engine {
    Sqlite,
    Postgres,
}

impl Engine {
    /// How a transaction that will write begins: SQLite takes the write lock at once, so that nothing read in it is stale.
    fn begin(self) -> &'static str {
        match self {
            Self::Sqlite => "BEGIN IMMEDIATE",
            Self::Postgres => "BEGIN ISOLATION LEVEL READ COMMITTED",
        }
    }
}

/// A failed statement, with what it was for.
fn failed(doing: &'static str) -> impl FnOnce(sqlx::Error) -> StoreError {
    move |source| StoreError::Engine { doing, source }
}

fn micros(at: Timestamp) -> i64 {
    at.as_microsecond()
}

fn time(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros).unwrap_or(Timestamp::UNIX_EPOCH)
}

fn to_json(what: &'static str, value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|source| StoreError::Unreadable { what, source })
}

fn from_json<T: DeserializeOwned>(what: &'static str, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|source| StoreError::Unreadable { what, source })
}

/// A column of a row.
fn column<'r, T>(row: &'r sqlx::any::AnyRow, name: &str) -> Result<T, StoreError>
where
    T: sqlx::Decode<'r, Any> + sqlx::Type<Any>,
{
    row.try_get(name).map_err(failed("read a row"))
}

impl SqlStore {
    /// Opens or makes the store and brings its format up to date.
    pub(super) async fn open(address: &Address) -> Result<Self, StoreError> {
        sqlx::any::install_default_drivers();
        let cannot = |why: String| StoreError::Open { address: address.to_string(), why };
        let url = address.for_driver().map_err(|error| cannot(error.to_string()))?;
        let engine = if address.file().is_some() { Engine::Sqlite } else { Engine::Postgres };
        if let Some(folder) = address.file().and_then(std::path::Path::parent)
            && !folder.as_os_str().is_empty()
        {
            std::fs::create_dir_all(folder).map_err(|error| cannot(error.to_string()))?;
        }
        let options = AnyPoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(PATIENCE)
            .after_connect(move |connection, _| {
                Box::pin(async move {
                    if engine == Engine::Sqlite {
                        // FULL: what was committed is there after a power cut, too.
                        let settings = "PRAGMA busy_timeout = 30000; PRAGMA journal_mode = WAL; \
                                        PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;";
                        sqlx::raw_sql(settings).execute(connection).await?;
                    }
                    Ok(())
                })
            });
        let chosen = AnyConnectOptions::from_url(&url).map_err(|error| cannot(error.to_string()))?;
        let pool = options.connect_with(chosen).await.map_err(|error| cannot(error.to_string()))?;
        let store = Self { pool, engine, line: Mutex::new(()) };
        store.migrate().await?;
        Ok(store)
    }

    /// Takes the steps that are missing, all in one transaction.
    async fn migrate(&self) -> Result<(), StoreError> {
        const DOING: &str = "bring the format up to date";
        // Two processes may open a new store at once; whoever comes second finds the table.
        let settings =
            "CREATE TABLE IF NOT EXISTS settings (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL)";
        if let Err(error) = sqlx::query(settings).execute(&self.pool).await {
            tracing::debug!(%error, "another process makes the store at the same time");
        }
        let mut transaction = self.begin(DOING).await?;
        if self.engine == Engine::Postgres {
            let lock = "LOCK TABLE settings IN EXCLUSIVE MODE";
            sqlx::query(lock).execute(&mut **transaction).await.map_err(failed(DOING))?;
        }
        let found: Option<String> = sqlx::query_scalar("SELECT value FROM settings WHERE name = 'format'")
            .fetch_optional(&mut **transaction)
            .await
            .map_err(failed(DOING))?;
        let found: i64 = found.as_deref().map_or(Ok(0), str::parse).unwrap_or(i64::MAX);
        if found > FORMAT {
            return Err(StoreError::Newer { found, known: FORMAT });
        }
        for step in MIGRATIONS.iter().skip(usize::try_from(found).unwrap_or(0)) {
            let text = match self.engine {
                Engine::Sqlite => step[0],
                Engine::Postgres => step[1],
            };
            sqlx::raw_sql(text).execute(&mut **transaction).await.map_err(failed(DOING))?;
        }
        if found < FORMAT {
            set(&mut transaction, "format", &FORMAT.to_string()).await?;
        }
        transaction.commit().await.map_err(failed(DOING))
    }

    /// Begins a transaction that will write.
    async fn begin(&self, doing: &'static str) -> Result<Writing<'_>, StoreError> {
        let turn = self.turn().await;
        let transaction = self.pool.begin_with(self.engine.begin()).await.map_err(failed(doing))?;
        Ok(Writing { transaction, _turn: turn })
    }

    /// The turn of whoever writes.
    async fn turn(&self) -> Option<MutexGuard<'_, ()>> {
        match self.engine {
            Engine::Sqlite => Some(self.line.lock().await),
            Engine::Postgres => None,
        }
    }
}

async fn set(transaction: &mut Transaction<'_, Any>, name: &str, value: &str) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    )
    .bind(name)
    .bind(value)
    .execute(&mut **transaction)
    .await
    .map(|_| ())
    .map_err(failed("set a value"))
}

#[async_trait]
impl Store for SqlStore {
    async fn enrol(&self, sites: &[(TargetId, Timestamp)]) -> Result<u64, StoreError> {
        self.enrol_sites(sites).await
    }

    async fn retire(&self, targets: &[TargetId]) -> Result<(), StoreError> {
        self.retire_sites(targets).await
    }

    async fn site(&self, target: &TargetId) -> Result<Option<SiteState>, StoreError> {
        self.site_state(target).await
    }

    async fn sites(&self, after: Option<&TargetId>, limit: u32) -> Result<Vec<SiteState>, StoreError> {
        self.site_states(after, limit).await
    }

    async fn reschedule(
        &self,
        target: &TargetId,
        due: Timestamp,
        ahead: bool,
        schedule: Option<&serde_json::Value>,
    ) -> Result<(), StoreError> {
        self.set_due(target, due, ahead, schedule).await
    }

    async fn lease(
        &self,
        now: Timestamp,
        until: Timestamp,
        holder: &str,
        limit: u32,
    ) -> Result<Vec<SiteState>, StoreError> {
        self.lease_sites(now, until, holder, limit).await
    }

    async fn renew(&self, target: &TargetId, holder: &str, until: Timestamp) -> Result<bool, StoreError> {
        self.renew_lease(target, holder, until).await
    }

    async fn release(&self, target: &TargetId, holder: &str) -> Result<(), StoreError> {
        self.release_lease(target, holder).await
    }

    async fn backlog(&self, now: Timestamp) -> Result<Backlog, StoreError> {
        self.count_backlog(now).await
    }

    async fn pages(&self, target: &TargetId) -> Result<Vec<PageState>, StoreError> {
        self.page_states(target).await
    }

    async fn baselines(&self, target: &TargetId) -> Result<Vec<(String, Baseline)>, StoreError> {
        self.baselines_of(target).await
    }

    async fn sites_with_baselines(&self) -> Result<Vec<TargetId>, StoreError> {
        self.targets_of_baselines().await
    }

    async fn decide_baseline(
        &self,
        target: &TargetId,
        page: &str,
        baseline: &Baseline,
    ) -> Result<(), StoreError> {
        self.write_decided_baseline(target, page, baseline).await
    }

    async fn record(&self, visit: &Visit) -> Result<Recorded, StoreError> {
        self.record_visit(visit).await
    }

    async fn visits(
        &self,
        target: Option<&TargetId>,
        since: Option<Timestamp>,
        limit: u32,
    ) -> Result<Vec<VisitFacts>, StoreError> {
        self.find_visits(target, since, limit).await
    }

    async fn last_visits(&self, targets: &[TargetId]) -> Result<BTreeMap<TargetId, Timestamp>, StoreError> {
        self.last_visits_of(targets).await
    }

    async fn incidents(&self, filter: &Filter) -> Result<Vec<Incident>, StoreError> {
        self.find_incidents(filter).await
    }

    async fn case(&self, id: &str) -> Result<Option<Case>, StoreError> {
        self.find_case(id).await
    }

    async fn folders(&self, incident: &IncidentId) -> Result<Vec<String>, StoreError> {
        self.folders_of(incident).await
    }

    async fn findings(&self, filter: &Filter) -> Result<Vec<StoredFinding>, StoreError> {
        self.find_findings(filter).await
    }

    async fn rechecks(&self, now: Timestamp, limit: u32) -> Result<Vec<Incident>, StoreError> {
        self.due_rechecks(now, limit).await
    }

    async fn events(&self, after: i64, limit: u32) -> Result<Vec<Numbered>, StoreError> {
        self.events_after(after, limit).await
    }

    async fn decide(&self, decision: &Decision) -> Result<(), StoreError> {
        self.keep_decision(decision).await
    }

    async fn decisions(&self, incident: Option<&IncidentId>) -> Result<Vec<Decision>, StoreError> {
        let mut connection = self.pool.acquire().await.map_err(failed("read decisions"))?;
        read::decisions(&mut connection, incident).await
    }

    async fn value(&self, name: &str) -> Result<Option<String>, StoreError> {
        sqlx::query_scalar("SELECT value FROM settings WHERE name = $1")
            .bind(name)
            .fetch_optional(&self.pool)
            .await
            .map_err(failed("read a value"))
    }

    async fn set_value(&self, name: &str, value: &str) -> Result<(), StoreError> {
        let mut transaction = self.begin("set a value").await?;
        set(&mut transaction, name, value).await?;
        transaction.commit().await.map_err(failed("set a value"))
    }

    async fn expired(
        &self,
        now: Timestamp,
        keep: &Retention,
        limit: u32,
    ) -> Result<Vec<Expired>, StoreError> {
        self.expired_folders(now, keep, limit).await
    }

    async fn forget(&self, gone: &[Expired], now: Timestamp, keep: &Retention) -> Result<u64, StoreError> {
        self.forget_folders(gone, now, keep).await
    }

    async fn check(&self) -> Result<Checked, StoreError> {
        self.check_all().await
    }
}
