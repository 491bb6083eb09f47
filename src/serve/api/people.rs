//! Accounts, tokens, the audit log.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use crate::serve::Console;
use crate::serve::login::{later, new_account, new_key, new_password};
use crate::serve::password::digest;
use crate::serve::problem::{Problem, ProblemBody};
use crate::serve::who::Who;
use crate::store::accounts::{Account, Entry, Grant, GrantKind, Role};

/// Days for which a token holds when nobody says, and at the most.
const USUAL_DAYS: u32 = 90;
const MOST_DAYS: u32 = 366;
/// Characters of a token's label at the most.
const LONGEST_LABEL: usize = 100;

/// An account.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AccountView {
    name: String,
    /// `viewer`, `analyst`, `approver`, `administrator`
    role: String,
    disabled: bool,
    #[schema(value_type = String, format = DateTime)]
    created: Timestamp,
}

impl From<&Account> for AccountView {
    fn from(account: &Account) -> Self {
        Self {
            name: account.name.clone(),
            role: account.role.as_str().to_owned(),
            disabled: account.disabled,
            created: account.created,
        }
    }
}

/// Every account. For administrators.
#[utoipa::path(
    get, path = "/accounts", tag = "people", security(("token" = []), ("session" = [])),
    responses((status = 200, body = Vec<AccountView>), (status = "4XX", body = ProblemBody, content_type = "application/problem+json"))
)]
pub(super) async fn accounts(
    who: Who,
    State(console): State<Arc<Console>>,
) -> Result<Json<Vec<AccountView>>, Problem> {
    who.may(Role::Administrator)?;
    Ok(Json(console.store.accounts().await?.iter().map(AccountView::from).collect()))
}

/// A new account.
#[derive(Debug, Deserialize, ToSchema)]
pub(in crate::serve) struct NewAccount {
    /// Letters, digits and - _ . @
    #[schema(min_length = 1, max_length = 64)]
    pub(in crate::serve) name: String,
    /// `viewer`, `analyst`, `approver`, `administrator`
    #[schema(pattern = "^(viewer|analyst|approver|administrator)$")]
    pub(in crate::serve) role: String,
    /// Ten characters at the least.
    #[schema(min_length = 10, max_length = 256)]
    pub(in crate::serve) password: String,
}

fn role(text: &str) -> Result<Role, Problem> {
    text.parse().map_err(|_| {
        Problem::bad(
            "角色须为 viewer、analyst、approver 或 administrator。",
            "the role must be viewer, analyst, approver or administrator.",
        )
    })
}

/// Makes an account.
pub(in crate::serve) async fn made(
    console: &Console,
    who: &Who,
    order: &NewAccount,
) -> Result<Account, Problem> {
    who.may(Role::Administrator)?;
    let account = new_account(console, &order.name, role(&order.role)?, &order.password).await?;
    if console.store.account(&account.name).await?.is_some() {
        return Err(Problem::new(
            StatusCode::CONFLICT,
            "account-exists",
            "该用户名已存在。",
            "there is an account of that name.",
        ));
    }
    who.notes(console, "account.make", &account.name, json!({ "role": account.role.as_str() })).await?;
    console.store.set_account(&account).await?;
    Ok(account)
}

/// Makes an account. For administrators.
#[utoipa::path(
    post, path = "/accounts", tag = "people", request_body = NewAccount, security(("token" = []), ("session" = [])),
    responses((status = 201, body = AccountView), (status = "4XX", body = ProblemBody, content_type = "application/problem+json"))
)]
pub(super) async fn make_account(
    who: Who,
    State(console): State<Arc<Console>>,
    Json(order): Json<NewAccount>,
) -> Result<(StatusCode, Json<AccountView>), Problem> {
    let account = made(&console, &who, &order).await?;
    Ok((StatusCode::CREATED, Json(AccountView::from(&account))))
}

/// What changes of an account; what is left out stays.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub(in crate::serve) struct AccountChange {
    /// `viewer`, `analyst`, `approver`, `administrator`
    pub(in crate::serve) role: Option<String>,
    pub(in crate::serve) disabled: Option<bool>,
    /// A new password; every session and token of the account ends.
    #[schema(min_length = 10, max_length = 256)]
    pub(in crate::serve) password: Option<String>,
}

/// Changes an account.
pub(in crate::serve) async fn changed(
    console: &Console,
    who: &Who,
    name: &str,
    change: &AccountChange,
) -> Result<Account, Problem> {
    who.may(Role::Administrator)?;
    let mut account = console.store.account(name).await?.ok_or_else(|| Problem::unknown(name))?;
    let before = account.clone();
    if let Some(text) = &change.role {
        account.role = role(text)?;
    }
    account.disabled = change.disabled.unwrap_or(account.disabled);
    if let Some(password) = &change.password {
        account.password = new_password(console, name, password).await?;
    }
    let is_administrator = |account: &Account| account.role == Role::Administrator && !account.disabled;
    if is_administrator(&before) && !is_administrator(&account) {
        let others = console.store.accounts().await?;
        if !others.iter().any(|other| other.name != account.name && is_administrator(other)) {
            return Err(Problem::new(
                StatusCode::CONFLICT,
                "last-administrator",
                "至少须保留一名可用的管理员。",
                "one administrator must be left.",
            ));
        }
    }
    let detail = json!({ "role": account.role.as_str(), "disabled": account.disabled, "password": change.password.is_some() });
    who.notes(console, "account.change", name, detail).await?;
    console.store.set_account(&account).await?;
    if account.disabled || change.password.is_some() {
        console.store.revoke_all(name, None).await?;
    }
    Ok(account)
}

/// Changes an account. For administrators.
#[utoipa::path(
    patch, path = "/accounts/{name}", tag = "people", request_body = AccountChange,
    params(("name" = String, Path, description = "name of an account")), security(("token" = []), ("session" = [])),
    responses((status = 200, body = AccountView), (status = "4XX", body = ProblemBody, content_type = "application/problem+json"))
)]
pub(super) async fn change_account(
    who: Who,
    State(console): State<Arc<Console>>,
    Path(name): Path<String>,
    Json(change): Json<AccountChange>,
) -> Result<Json<AccountView>, Problem> {
    Ok(Json(AccountView::from(&changed(&console, &who, &name, &change).await?)))
}

/// A token; its key is told only when it is made.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TokenView {
    /// Names the token; it is not the key.
    id: String,
    account: String,
    role: String,
    label: String,
    #[schema(value_type = String, format = DateTime)]
    created: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    used: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    expires: Timestamp,
}

/// The part of a grant's digest by which people name it.
pub(in crate::serve) fn id_of(grant: &Grant) -> String {
    grant.digest.chars().take(16).collect()
}

impl From<&Grant> for TokenView {
    fn from(grant: &Grant) -> Self {
        Self {
            id: id_of(grant),
            account: grant.account.clone(),
            role: grant.role.as_str().to_owned(),
            label: grant.label.clone(),
            created: grant.created,
            used: grant.used,
            expires: grant.expires,
        }
    }
}

/// The tokens that one sees: administrators all, others their own.
pub(in crate::serve) async fn seen_grants(console: &Console, who: &Who) -> Result<Vec<Grant>, Problem> {
    let whose = (who.role < Role::Administrator).then(|| who.name());
    Ok(console.store.grants(whose, Timestamp::now()).await?)
}

/// Tokens that are not over: one's own, or all for administrators.
#[utoipa::path(
    get, path = "/tokens", tag = "people", security(("token" = []), ("session" = [])),
    responses((status = 200, body = Vec<TokenView>), (status = "4XX", body = ProblemBody, content_type = "application/problem+json"))
)]
pub(super) async fn tokens(
    who: Who,
    State(console): State<Arc<Console>>,
) -> Result<Json<Vec<TokenView>>, Problem> {
    let grants = seen_grants(&console, &who).await?;
    let tokens = grants.iter().filter(|grant| grant.kind == GrantKind::Token);
    Ok(Json(tokens.map(TokenView::from).collect()))
}

/// A new token.
#[derive(Debug, Deserialize, ToSchema)]
pub(in crate::serve) struct NewToken {
    /// What it is for.
    #[schema(min_length = 1, max_length = 100)]
    pub(in crate::serve) label: String,
    /// What it may do, at most what its account may; `viewer` unless said.
    pub(in crate::serve) role: Option<String>,
    /// Days until it ends: 90 unless said, 366 at the most.
    #[schema(minimum = 1, maximum = 366)]
    pub(in crate::serve) days: Option<u32>,
}

/// A token as it was made.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MadeToken {
    token: TokenView,
    /// For `Authorization: Bearer`. It is not kept and cannot be told again.
    key: String,
}

/// Makes a token for whoever asks; gives it and its key.
pub(in crate::serve) async fn token_made(
    console: &Console,
    who: &Who,
    order: &NewToken,
) -> Result<(Grant, String), Problem> {
    let label = order.label.trim();
    let days = order.days.unwrap_or(USUAL_DAYS);
    if label.is_empty() || label.chars().count() > LONGEST_LABEL || days == 0 || days > MOST_DAYS {
        return Err(Problem::bad(
            format!("请填写用途（至多 {LONGEST_LABEL} 字），有效期 1 至 {MOST_DAYS} 天。"),
            format!("say what it is for in {LONGEST_LABEL} characters, and 1 to {MOST_DAYS} days."),
        ));
    }
    let role = match order.role.as_deref().filter(|text| !text.is_empty()) {
        Some(text) => role(text)?,
        None => Role::Viewer,
    };
    who.may(role)?;
    let (key, now) = (new_key()?, Timestamp::now());
    let grant = Grant {
        digest: digest(&key),
        account: who.name().to_owned(),
        kind: GrantKind::Token,
        role,
        label: label.to_owned(),
        created: now,
        used: now,
        expires: later(now, SignedDuration::from_hours(24 * i64::from(days))),
    };
    let detail = json!({ "label": label, "role": role.as_str(), "days": days });
    who.notes(console, "token.make", &id_of(&grant), detail).await?;
    console.store.grant(&grant).await?;
    Ok((grant, key))
}

/// Makes a token for one's own account.
#[utoipa::path(
    post, path = "/tokens", tag = "people", request_body = NewToken, security(("token" = []), ("session" = [])),
    responses((status = 201, body = MadeToken), (status = "4XX", body = ProblemBody, content_type = "application/problem+json"))
)]
pub(super) async fn make_token(
    who: Who,
    State(console): State<Arc<Console>>,
    Json(order): Json<NewToken>,
) -> Result<(StatusCode, Json<MadeToken>), Problem> {
    let (grant, key) = token_made(&console, &who, &order).await?;
    Ok((StatusCode::CREATED, Json(MadeToken { token: TokenView::from(&grant), key })))
}

/// Ends a token or a session.
pub(in crate::serve) async fn ended(console: &Console, who: &Who, id: &str) -> Result<(), Problem> {
    let grants = seen_grants(console, who).await?;
    let grant = grants.iter().find(|grant| id_of(grant) == id).ok_or_else(|| Problem::unknown(id))?;
    who.notes(console, "grant.end", id, json!({ "account": grant.account, "label": grant.label })).await?;
    console.store.revoke(&grant.digest).await?;
    Ok(())
}

/// Ends a token: one's own, or any for administrators.
#[utoipa::path(
    delete, path = "/tokens/{id}", tag = "people", params(("id" = String, Path, description = "id of a token")),
    security(("token" = []), ("session" = [])),
    responses((status = 204), (status = "4XX", body = ProblemBody, content_type = "application/problem+json"))
)]
pub(super) async fn end_token(
    who: Who,
    State(console): State<Arc<Console>>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    ended(&console, &who, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// From where the audit log is read.
#[derive(Debug, Default, Deserialize, IntoParams)]
pub(super) struct Before {
    /// Entries before that number; the latest when left out.
    #[param(minimum = 1)]
    before: Option<i64>,
    /// Entries at the most: 50 unless said, 500 at the most.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<u32>,
}

/// An entry of the audit log.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct EntryView {
    number: i64,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    who: String,
    /// A stable word such as `incident.dismiss`.
    what: String,
    on: String,
    #[schema(value_type = Object)]
    detail: serde_json::Value,
    /// SHA-256 that binds it to the entry before.
    hash: String,
}

impl From<Entry> for EntryView {
    fn from(entry: Entry) -> Self {
        let deed = entry.deed;
        Self {
            number: entry.number,
            at: deed.at,
            who: deed.who,
            what: deed.what,
            on: deed.on,
            detail: deed.detail,
            hash: entry.hash,
        }
    }
}

/// The audit log, the latest first. For administrators.
#[utoipa::path(
    get, path = "/audit", tag = "people", params(Before), security(("token" = []), ("session" = [])),
    responses((status = 200, body = Vec<EntryView>), (status = "4XX", body = ProblemBody, content_type = "application/problem+json"))
)]
pub(super) async fn audit(
    who: Who,
    State(console): State<Arc<Console>>,
    Query(from): Query<Before>,
) -> Result<Json<Vec<EntryView>>, Problem> {
    who.may(Role::Administrator)?;
    let limit = from.limit.unwrap_or(50);
    if limit == 0 || limit > 500 || from.before.is_some_and(|before| before < 1) {
        return Err(Problem::bad(
            "limit 须在 1 到 500 之间，before 不小于 1。",
            "limit must be between 1 and 500, before 1 or more.",
        ));
    }
    let entries = console.store.deeds(from.before, limit).await?;
    Ok(Json(entries.into_iter().map(EntryView::from).collect()))
}
