//! The contract of a store, and the stores it is held against.
//!
//! SQLite always; PostgreSQL where `XUNCHA_TEST_POSTGRES` names a database in which schemas may be made. Where it does
//! not, every test says on standard error that PostgreSQL was left out.

mod accounts;
mod contract;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use super::{Address, Filter, Store, open};

/// A store for one test, empty, and what must live as long as it does.
struct Fresh {
    store: Arc<dyn Store>,
    address: Address,
    _folder: Option<tempfile::TempDir>,
}

async fn sqlite() -> Fresh {
    let folder = tempfile::tempdir().unwrap();
    let address = Address::Sqlite(folder.path().join("巡查 test.db"));
    Fresh { store: open(&address).await.unwrap(), address, _folder: Some(folder) }
}

async fn postgres() -> Option<Fresh> {
    static SCHEMAS: AtomicU32 = AtomicU32::new(0);
    let base = std::env::var("XUNCHA_TEST_POSTGRES").ok()?;
    let number = SCHEMAS.fetch_add(1, Ordering::Relaxed);
    let schema = format!("xuncha_test_{}_{number}", std::process::id());
    sqlx::any::install_default_drivers();
    let admin = sqlx::AnyPool::connect(&base).await.unwrap();
    let make = sqlx::AssertSqlSafe(format!("CREATE SCHEMA {schema}"));
    sqlx::query(make).execute(&admin).await.unwrap();
    let mut url = url::Url::parse(&base).unwrap();
    url.query_pairs_mut().append_pair("options", &format!("-c search_path={schema}"));
    let address: Address = url.as_str().parse().unwrap();
    Some(Fresh { store: open(&address).await.unwrap(), address, _folder: None })
}

impl Fresh {
    /// The database itself, to change what nobody may.
    async fn raw(&self) -> sqlx::AnyPool {
        sqlx::AnyPool::connect(self.address.for_driver().unwrap().as_str()).await.unwrap()
    }
}

macro_rules! contract {
    ($($room:ident: $clause:ident),+ $(,)?) => {
        mod on_sqlite { $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $clause() {
                super::$room::$clause(&super::sqlite().await).await;
            }
        )+ }
        mod on_postgres { $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $clause() {
                match super::postgres().await {
                    Some(fresh) => super::$room::$clause(&fresh).await,
                    None => eprintln!("PostgreSQL was left out: XUNCHA_TEST_POSTGRES names no database"),
                }
            }
        )+ }
    };
}

contract!(
    contract: a_new_store_is_empty_and_sound,
    contract: sites_are_leased_in_order_and_to_one_holder,
    contract: a_dead_holder_loses_its_lease_and_cannot_record,
    contract: many_holders_share_out_every_site_once,
    contract: retired_sites_are_not_due_until_enrolled_again,
    contract: a_visit_is_remembered_once,
    contract: a_visit_is_told_what_is_known_of_its_findings,
    contract: evidence_of_what_nobody_saw_is_refused,
    contract: visits_of_one_site_follow_each_other,
    contract: a_visit_sets_the_next_due_time,
    contract: an_incident_is_followed_over_visits,
    contract: pages_keep_their_state_when_a_visit_says_nothing,
    contract: decisions_survive_visits,
    contract: events_are_read_on_from_a_number,
    contract: findings_are_filtered,
    contract: healthy_evidence_ages_out_and_that_of_findings_stays,
    contract: a_finding_without_evidence_is_told_by_the_check,
    contract: values_are_set_and_read,
    contract: what_a_person_decides_of_a_baseline_outlives_a_visit_under_way,
    contract: it_opens_again_with_everything_in_it,
    contract: visits_are_read_the_latest_first,
    contract: the_last_visit_of_each_site_is_known,
    accounts: only_the_first_account_founds,
    accounts: keys_let_in_until_they_end,
    accounts: failed_attempts_are_counted,
    accounts: the_audit_log_shows_what_was_changed,
);

#[tokio::test]
async fn a_newer_format_is_refused() {
    let fresh = sqlite().await;
    fresh.store.set_value("format", "99").await.unwrap();
    let error = open(&fresh.address).await.err().unwrap().to_string();
    assert!(error.contains("99") && error.contains("newer"), "{error}");
}

/// A store as the first format had it, written by a patrol of one infected page whose incident was confirmed.
const FORMAT_1: &str = include_str!("format-1.sql");

#[tokio::test]
async fn a_store_of_the_first_format_is_brought_up_to_date_with_everything_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("old.db");
    sqlx::any::install_default_drivers();
    let options = format!("sqlite://{}?mode=rwc", file.display());
    let pool = sqlx::AnyPool::connect(&options).await.unwrap();
    sqlx::raw_sql(FORMAT_1).execute(&pool).await.unwrap();
    pool.close().await;
    let store = open(&Address::Sqlite(file)).await.unwrap();
    let checked = store.check().await.unwrap();
    assert!(checked.is_sound() && checked.format == super::FORMAT, "{checked:?}");
    let findings = store.findings(&Filter::default()).await.unwrap();
    assert_eq!(findings.len(), 3);
    assert!(findings.iter().all(|one| !one.evidence.is_empty()));
    let decisions = store.decisions(None).await.unwrap();
    assert_eq!(decisions[0].who, "张三");
    let case = store.case(decisions[0].incident.as_str()).await.unwrap().unwrap();
    assert_eq!((case.events.len(), case.decisions.len()), (1, 1));
    assert!(store.site(&"sample".into()).await.unwrap().unwrap().due.is_some());
}

#[tokio::test]
async fn a_file_that_is_no_store_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("x.db");
    std::fs::write(&file, "this is no database, and long enough to be looked at as one".repeat(40)).unwrap();
    assert!(open(&Address::Sqlite(file)).await.is_err());
}
