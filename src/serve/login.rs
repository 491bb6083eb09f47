//! Logging in and out, the first set-up, and how guessing is slowed down.

use std::net::IpAddr;

use axum::http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::Console;
use super::password::{self, digest};
use super::problem::Problem;
use super::who::SESSION;
use crate::store::Store;
use crate::store::accounts::{Account, Attempts, Deed, Grant, GrantKind, Role};

/// Failed log-ins in a row that cost nothing.
const FREE: u32 = 5;
/// The longest wait after many.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_mins(15);
/// Sessions of one account at the same time; the oldest ends.
const SESSIONS: usize = 5;
/// Characters of an account's name at the most.
const LONGEST_NAME: usize = 64;

/// Logs a person in; gives the key of the session.
pub(super) async fn log_in(
    console: &Console,
    name: &str,
    password: &str,
    from: IpAddr,
    browser: &str,
) -> Result<String, Problem> {
    let now = Timestamp::now();
    let name: String = name.trim().chars().take(LONGEST_NAME).collect();
    // An address is throttled later than an account: many people may share one.
    let subjects = [(format!("account {name}"), FREE), (format!("address {from}"), FREE * 4)];
    for (subject, free) in &subjects {
        if let Some(wait) = console.store.attempts(subject).await?.and_then(|made| wait(made, *free, now)) {
            return Err(Problem::busy(
                "尝试次数过多，请稍后再试。",
                "too many attempts; try again later.",
                wait.as_secs(),
            ));
        }
    }
    let account = console.store.account(&name).await?;
    let kept = account.as_ref().map(|account| account.password.clone());
    let matched = console.compare(password.to_owned(), kept).await?;
    let Some(account) = account.filter(|account| matched && !account.disabled) else {
        for (subject, _) in &subjects {
            console.store.failed_attempt(subject, now).await?;
        }
        note(console, &name, "login.failed", from, now).await?;
        return Err(Problem::new(
            StatusCode::UNAUTHORIZED,
            "wrong-password",
            "用户名或密码不正确。",
            "the name or the password is wrong.",
        ));
    };
    console.store.clear_attempts(&subjects[0].0).await?;
    note(console, &name, "login", from, now).await?;
    end_oldest(console, &name, now).await?;
    let key = new_key()?;
    let grant = Grant {
        digest: digest(&key),
        account: account.name,
        kind: GrantKind::Session,
        role: account.role,
        label: browser.chars().take(120).collect(),
        created: now,
        used: now,
        expires: later(now, SESSION),
    };
    console.store.grant(&grant).await?;
    Ok(key)
}

/// How long nobody may try again after so many failures: twice as long with each, up to a quarter of an hour.
fn wait(made: Attempts, free: u32, now: Timestamp) -> Option<SignedDuration> {
    let over = made.failures.checked_sub(free)?;
    let seconds = 2_i64.checked_shl(over.min(30)).unwrap_or(i64::MAX);
    let wait = SignedDuration::from_secs(seconds).min(LONGEST_WAIT);
    let left = wait - now.duration_since(made.last);
    // A clock that was set back must not lock anybody out for longer than the longest wait.
    (left.is_positive() && left <= LONGEST_WAIT).then_some(left)
}

async fn end_oldest(console: &Console, name: &str, now: Timestamp) -> Result<(), Problem> {
    let mut grants = console.store.grants(Some(name), now).await?;
    grants.retain(|grant| grant.kind == GrantKind::Session);
    grants.sort_by_key(|grant| grant.used);
    let over = (grants.len() + 1).saturating_sub(SESSIONS);
    for grant in grants.iter().take(over) {
        console.store.revoke(&grant.digest).await?;
    }
    Ok(())
}

async fn note(
    console: &Console,
    name: &str,
    what: &str,
    from: IpAddr,
    now: Timestamp,
) -> Result<(), Problem> {
    let deed = Deed {
        at: now,
        who: name.to_owned(),
        what: what.to_owned(),
        on: name.to_owned(),
        detail: json!({ "from": from.to_string() }),
    };
    console.store.note_deed(&deed).await?;
    Ok(())
}

/// Makes the very first account, an administrator, by the key that the program printed at its start.
pub(super) async fn set_up(console: &Console, key: &str, name: &str, password: &str) -> Result<(), Problem> {
    if !console.is_set_up_key(key) {
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "wrong-key",
            "初始化链接不正确或已失效，请使用服务启动时打印的链接。",
            "the set-up link is wrong or over; use the one that the service printed at its start.",
        ));
    }
    let account = new_account(console, name, Role::Administrator, password).await?;
    if !console.store.found(&account).await? {
        return Err(Problem::new(
            StatusCode::CONFLICT,
            "set-up-already",
            "已有账户，请直接登录。",
            "there are accounts already; log in.",
        ));
    }
    console.end_set_up();
    let deed = Deed {
        at: account.created,
        who: account.name.clone(),
        what: "account.found".to_owned(),
        on: account.name,
        detail: json!({ "role": Role::Administrator.as_str() }),
    };
    console.store.note_deed(&deed).await?;
    Ok(())
}

/// Makes an account or changes a known one, for the command line.
pub(super) async fn put(
    store: &dyn Store,
    name: &str,
    role: Role,
    password: &str,
) -> Result<Account, Problem> {
    let name = sound_name(name)?;
    sound_password(name, password)?;
    let hashed =
        password::hashed(password).ok_or_else(|| Problem::internal(&"the system has no randomness"))?;
    let known = store.account(name).await?;
    let account = Account {
        name: name.to_owned(),
        role,
        password: hashed,
        disabled: false,
        created: known.map_or_else(Timestamp::now, |account| account.created),
    };
    let deed = Deed {
        at: Timestamp::now(),
        who: name.to_owned(),
        what: "account.put".to_owned(),
        on: name.to_owned(),
        detail: json!({ "through": "command line", "role": role.as_str() }),
    };
    store.note_deed(&deed).await?;
    store.set_account(&account).await?;
    store.revoke_all(name, None).await?;
    Ok(account)
}

/// An account that is sound, not kept yet.
pub(super) async fn new_account(
    console: &Console,
    name: &str,
    role: Role,
    password: &str,
) -> Result<Account, Problem> {
    let name = sound_name(name)?;
    Ok(Account {
        name: name.to_owned(),
        role,
        password: new_password(console, name, password).await?,
        disabled: false,
        created: Timestamp::now(),
    })
}

/// A name that can be told and typed.
fn sound_name(name: &str) -> Result<&str, Problem> {
    let name = name.trim();
    let sound = (1..=LONGEST_NAME).contains(&name.chars().count())
        && name.chars().all(|c| c.is_alphanumeric() || "-_.@".contains(c));
    if !sound {
        return Err(Problem::bad(
            "用户名须为 1 至 64 个字母、数字、汉字或 - _ . @。",
            "a name has 1 to 64 letters, digits or - _ . @.",
        ));
    }
    Ok(name)
}

/// The hash of a password that is good enough.
pub(super) async fn new_password(console: &Console, name: &str, password: &str) -> Result<String, Problem> {
    sound_password(name, password)?;
    console.hash(password.to_owned()).await
}

/// Whether a password is good enough.
fn sound_password(name: &str, password: &str) -> Result<(), Problem> {
    let characters = password.chars().count();
    if characters < password::SHORTEST || password.len() > password::LONGEST {
        let shortest = password::SHORTEST;
        return Err(Problem::bad(
            format!("密码至少 {shortest} 个字符，至多 {} 字节。", password::LONGEST),
            format!(
                "a password has {shortest} characters at the least, {} bytes at the most.",
                password::LONGEST
            ),
        ));
    }
    let distinct: std::collections::BTreeSet<char> = password.chars().collect();
    if distinct.len() < 5 || password.to_lowercase().contains(&name.to_lowercase()) {
        return Err(Problem::bad(
            "密码过于简单：至少 5 个不同字符，且不得含用户名。",
            "the password is too simple: use 5 different characters at the least, and not the name.",
        ));
    }
    Ok(())
}

/// A new key.
pub(super) fn new_key() -> Result<String, Problem> {
    password::key().ok_or_else(|| Problem::internal(&"the system has no randomness"))
}

/// A time after another; the end of time where it does not fit.
pub(super) fn later(from: Timestamp, by: SignedDuration) -> Timestamp {
    from.checked_add(by).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guessing_gets_slower_and_never_locks_out_for_good() {
        let last: Timestamp = "2026-11-26T00:00:00Z".parse().unwrap();
        let made = |failures| Attempts { failures, last };
        let seconds = |failures, after: i64| {
            wait(made(failures), FREE, later(last, SignedDuration::from_secs(after)))
                .map(|wait| wait.as_secs())
        };
        for (failures, after, expected) in [
            (4, 0, None),
            (5, 0, Some(2)),
            (6, 1, Some(3)),
            (10, 0, Some(64)),
            (99, 0, Some(900)),
            (99, 901, None),
            (99, -3600, None),
        ] {
            assert_eq!(seconds(failures, after), expected, "{failures} {after}");
        }
    }
}
