//! What every store keeps to of accounts, keys, attempts and the audit log.

use jiff::Timestamp;
use serde_json::json;

use super::Fresh;
use crate::store::accounts::{Account, Deed, Grant, GrantKind, Role};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + seconds).unwrap()
}

fn account(name: &str, role: Role) -> Account {
    Account {
        name: name.to_owned(),
        role,
        password: "$argon2id$…".to_owned(),
        disabled: false,
        created: at(0),
    }
}

fn key(digest: &str, account: &str, kind: GrantKind, expires: i64) -> Grant {
    Grant {
        digest: digest.to_owned(),
        account: account.to_owned(),
        kind,
        role: Role::Viewer,
        label: "x".to_owned(),
        created: at(0),
        used: at(0),
        expires: at(expires),
    }
}

pub(super) async fn only_the_first_account_founds(fresh: &Fresh) {
    let tries = (0..8).map(|number| {
        let store = std::sync::Arc::clone(&fresh.store);
        async move { store.found(&account(&format!("a{number}"), Role::Administrator)).await.unwrap() }
    });
    let made = futures_util::future::join_all(tries).await;
    assert_eq!(made.iter().filter(|made| **made).count(), 1);
    let mut known = fresh.store.accounts().await.unwrap();
    assert_eq!(known.len(), 1);
    let mut changed = known.remove(0);
    changed.disabled = true;
    fresh.store.set_account(&changed).await.unwrap();
    fresh.store.set_account(&account("李", Role::Viewer)).await.unwrap();
    assert_eq!(fresh.store.account(&changed.name).await.unwrap(), Some(changed));
    assert_eq!(fresh.store.account("nobody").await.unwrap(), None);
    assert_eq!(fresh.store.accounts().await.unwrap().len(), 2);
}

pub(super) async fn keys_let_in_until_they_end(fresh: &Fresh) {
    let store = &fresh.store;
    for name in ["a", "b"] {
        store.set_account(&account(name, Role::Analyst)).await.unwrap();
    }
    store.grant(&key("s1", "a", GrantKind::Session, 100)).await.unwrap();
    store.grant(&key("t1", "a", GrantKind::Token, 200)).await.unwrap();
    store.grant(&key("s2", "b", GrantKind::Session, 100)).await.unwrap();
    let longer = Grant { used: at(50), expires: at(150), ..key("s1", "a", GrantKind::Session, 0) };
    store.grant(&longer).await.unwrap();
    assert_eq!(store.granted("s1").await.unwrap(), Some(longer));
    let count = async |account, seconds| store.grants(account, at(seconds)).await.unwrap().len();
    assert_eq!((count(None, 0).await, count(Some("a"), 0).await, count(None, 120).await), (3, 2, 2));
    store.revoke_all("a", Some(GrantKind::Session)).await.unwrap();
    assert_eq!((count(Some("a"), 0).await, count(Some("b"), 0).await), (1, 1));
    assert!(store.revoke("t1").await.unwrap() && !store.revoke("t1").await.unwrap());
    assert!(store.grant(&key("s9", "nobody", GrantKind::Session, 9)).await.is_err(), "of no account");
}

pub(super) async fn failed_attempts_are_counted(fresh: &Fresh) {
    let store = &fresh.store;
    assert_eq!(store.attempts("a").await.unwrap(), None);
    for second in 0..3 {
        store.failed_attempt("a", at(second)).await.unwrap();
    }
    let counted = store.attempts("a").await.unwrap().unwrap();
    assert_eq!((counted.failures, counted.last), (3, at(2)));
    store.clear_attempts("a").await.unwrap();
    assert_eq!(store.attempts("a").await.unwrap(), None);
    store.failed_attempt("a", at(0)).await.unwrap();
    store.failed_attempt("b", at(3 * 86_400)).await.unwrap();
    assert_eq!(store.attempts("a").await.unwrap(), None, "forgotten after a day");
}

pub(super) async fn the_audit_log_shows_what_was_changed(fresh: &Fresh) {
    let store = &fresh.store;
    let deed = |number: i64| Deed {
        at: at(number),
        who: "李警官".to_owned(),
        what: "incident.dismiss".to_owned(),
        on: format!("inc-{number}"),
        detail: json!({ "why": "演练" }),
    };
    let writes = (1..=20).map(|number| {
        let store = std::sync::Arc::clone(store);
        async move { store.note_deed(&deed(number)).await.unwrap() }
    });
    let mut numbers = futures_util::future::join_all(writes).await;
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=20).collect::<Vec<i64>>());
    let page = store.deeds(Some(11), 3).await.unwrap();
    assert_eq!(page.iter().map(|entry| entry.number).collect::<Vec<_>>(), [10, 9, 8]);
    assert!(store.check().await.unwrap().is_sound());
    let pool = fresh.raw().await;
    sqlx::query("UPDATE audit SET body = REPLACE(body, '演练', '误报') WHERE number = 7")
        .execute(&pool)
        .await
        .unwrap();
    let problems = store.check().await.unwrap().problems;
    assert!(problems.iter().any(|problem| problem.contains("entry 7")), "{problems:?}");
    sqlx::query("DELETE FROM audit WHERE number = 5").execute(&pool).await.unwrap();
    let problems = store.check().await.unwrap().problems;
    assert!(problems.iter().any(|problem| problem.contains("entry 5 is missing")), "{problems:?}");
}
