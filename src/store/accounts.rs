//! Who may use the console and the API: accounts, what was granted to them, failed log-ins, and the audit log.
//!
//! Keys of sessions and tokens are not kept, only their digests: whoever reads the store cannot log in with it. Entries
//! of the audit log are bound to each other by their hashes, so that one that is changed or taken out shows.

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::StoreError;
use crate::finding::words;
use crate::id::sha256_hex;

words! {
    /// What an account may do; each may do what those before it may.
    Role {
        /// Reads everything but accounts and the audit log.
        Viewer = "viewer",
        /// Checks addresses, confirms, notes, notifies, looks again, registers sites.
        Analyst = "analyst",
        /// Dismisses incidents, approves and resets baselines.
        Approver = "approver",
        /// Accounts, tokens of others, the audit log.
        Administrator = "administrator",
    }
}

words! {
    /// What kind of key was granted.
    GrantKind {
        /// A browser that logged in.
        Session = "session",
        /// A program, until the token ends or is revoked.
        Token = "token",
    }
}

/// A person who may log in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// The name.
    pub name: String,
    /// What the account may do.
    pub role: Role,
    /// The password, as a salted hash in PHC form.
    pub password: String,
    /// Whether log-ins are refused.
    pub disabled: bool,
    /// When the account was made.
    pub created: Timestamp,
}

/// A key that lets in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// SHA-256 of the key.
    pub digest: String,
    /// Whose it is.
    pub account: String,
    /// A session or a token.
    pub kind: GrantKind,
    /// What it may do at the most; the account's role bounds it, too.
    pub role: Role,
    /// What a person calls it: the browser of a session, the purpose of a token.
    pub label: String,
    /// When it was made.
    pub created: Timestamp,
    /// When it was used last, to a few minutes.
    pub used: Timestamp,
    /// When it ends.
    pub expires: Timestamp,
}

/// Failed log-ins in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempts {
    /// How many.
    pub failures: u32,
    /// When the last one was.
    pub last: Timestamp,
}

/// What a person did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deed {
    /// When.
    pub at: Timestamp,
    /// Who: an account, and how it came (`console`, `api`), where it matters.
    pub who: String,
    /// What, as a stable word such as `incident.dismiss`.
    pub what: String,
    /// On what: an incident, a site, an account.
    pub on: String,
    /// Anything else, in words or values.
    pub detail: serde_json::Value,
}

/// An entry of the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its number, from 1 without gaps.
    pub number: i64,
    /// SHA-256 that binds it to the entry before.
    pub hash: String,
    /// What was done.
    pub deed: Deed,
}

/// The hash of an entry: over the one before it, its number and its body as kept.
pub(super) fn bound(before: &str, number: i64, body: &str) -> String {
    sha256_hex(format!("{before}\n{number}\n{body}").as_bytes())
}

/// Who may use the console and the API, and what they did.
#[async_trait]
pub trait Accounts: Send + Sync {
    /// Makes the very first account; `false`, and nothing is made, where there is one already.
    async fn found(&self, account: &Account) -> Result<bool, StoreError>;

    /// Every account, by name.
    async fn accounts(&self) -> Result<Vec<Account>, StoreError>;

    /// One account.
    async fn account(&self, name: &str) -> Result<Option<Account>, StoreError>;

    /// Makes an account or changes it.
    async fn set_account(&self, account: &Account) -> Result<(), StoreError>;

    /// Keeps a grant, or what changed of it.
    async fn grant(&self, grant: &Grant) -> Result<(), StoreError>;

    /// The grant of a key's digest, over or not.
    async fn granted(&self, digest: &str) -> Result<Option<Grant>, StoreError>;

    /// The grants of an account, or of all, that are not over.
    async fn grants(&self, account: Option<&str>, now: Timestamp) -> Result<Vec<Grant>, StoreError>;

    /// Ends a grant; `false` where there was none.
    async fn revoke(&self, digest: &str) -> Result<bool, StoreError>;

    /// Ends every grant of an account of one kind, or of both.
    async fn revoke_all(&self, account: &str, kind: Option<GrantKind>) -> Result<(), StoreError>;

    /// Failed log-ins of a subject in a row.
    async fn attempts(&self, subject: &str) -> Result<Option<Attempts>, StoreError>;

    /// Counts a failed log-in.
    async fn failed_attempt(&self, subject: &str, at: Timestamp) -> Result<(), StoreError>;

    /// Forgets the failed log-ins of a subject.
    async fn clear_attempts(&self, subject: &str) -> Result<(), StoreError>;

    /// Adds to the audit log; gives the number.
    async fn note_deed(&self, deed: &Deed) -> Result<i64, StoreError>;

    /// The audit log, the latest first, before a number where one is given.
    async fn deeds(&self, before: Option<i64>, limit: u32) -> Result<Vec<Entry>, StoreError>;
}
