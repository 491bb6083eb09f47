//! One's own account, and those of all.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

use super::{Chrome, Seat, page, role_in_words, to, under};
use crate::report::escape::visible;
use crate::serve::Console;
use crate::serve::api::people::{
    AccountChange, NewAccount, NewToken, changed, ended, id_of, made, token_made,
};
use crate::serve::login::new_password;
use crate::serve::problem::Problem;
use crate::serve::who::{Signed, Who};
use crate::store::accounts::{Account, Grant, GrantKind, Role};

#[derive(Template)]
#[template(path = "console/account.html")]
struct Own {
    c: Chrome,
    grants: Vec<GrantRow>,
    roles: Vec<(&'static str, &'static str)>,
    /// A key that was made just now: it is shown once.
    key: String,
    wrong: String,
}

struct GrantRow {
    id: String,
    label: String,
    session: bool,
    role: &'static str,
    created: String,
    used: String,
    expires: String,
    /// The one with which this page was asked for.
    own: bool,
}

async fn own_page(
    console: &Console,
    who: &Who,
    c: Chrome,
    key: String,
    wrong: String,
) -> Result<Response, Problem> {
    let grants = console.store.grants(Some(who.name()), Timestamp::now()).await?;
    let row = |grant: &Grant| GrantRow {
        id: id_of(grant),
        label: visible(&grant.label),
        session: grant.kind == GrantKind::Session,
        role: role_in_words(grant.role, c.lang),
        created: c.time(grant.created),
        used: c.time(grant.used),
        expires: c.time(grant.expires),
        own: grant.digest == who.digest,
    };
    let roles = Role::ALL.iter().filter(|role| **role <= who.role);
    let own = Own {
        grants: grants.iter().map(row).collect(),
        roles: roles.map(|&role| (role.as_str(), role_in_words(role, c.lang))).collect(),
        key,
        wrong,
        c: c.at("account"),
    };
    page(&own)
}

pub(super) async fn own(seat: Seat, State(console): State<Arc<Console>>) -> Result<Response, Problem> {
    own_page(&console, &seat.who, seat.chrome, String::new(), String::new()).await
}

/// An old and a new password.
#[derive(Debug, Deserialize)]
pub(super) struct NewPassword {
    old: String,
    password: String,
    again: String,
}

pub(super) async fn change_password(
    State(console): State<Arc<Console>>,
    headers: axum::http::HeaderMap,
    Signed { who, form }: Signed<NewPassword>,
) -> Result<Response, Problem> {
    let matched = console.compare(form.old, Some(who.account.password.clone())).await?;
    let hashed = if !matched {
        Err(Problem::bad("原密码不正确。", "the old password is wrong."))
    } else if form.password != form.again {
        Err(Problem::bad("两次输入的密码不一致。", "the passwords differ."))
    } else {
        new_password(&console, who.name(), &form.password).await
    };
    let hashed = match hashed {
        Ok(hashed) => hashed,
        Err(problem) => {
            let c = Chrome::inside(&who, console.lang_of(&headers, None), "/account");
            let wrong = problem.said(c.lang).to_owned();
            let mut response = own_page(&console, &who, c, String::new(), wrong).await?;
            *response.status_mut() = problem.status;
            return Ok(response);
        }
    };
    who.notes(&console, "account.password", who.name(), json!({})).await?;
    console.store.set_account(&Account { password: hashed, ..who.account.clone() }).await?;
    // Whoever else is logged in under this name is out; this session goes on.
    let own = console.store.granted(&who.digest).await?;
    console.store.revoke_all(who.name(), Some(GrantKind::Session)).await?;
    if let Some(own) = own {
        console.store.grant(&own).await?;
    }
    Ok(to("/account?done=password"))
}

pub(super) async fn make_token(
    State(console): State<Arc<Console>>,
    headers: axum::http::HeaderMap,
    Signed { who, form }: Signed<TokenForm>,
) -> Result<Response, Problem> {
    let order = NewToken { label: form.label, role: Some(form.role), days: form.days.trim().parse().ok() };
    let c = Chrome::inside(&who, console.lang_of(&headers, None), "/account");
    match token_made(&console, &who, &order).await {
        Ok((_, key)) => {
            Ok(under(StatusCode::CREATED, own_page(&console, &who, c, key, String::new()).await?))
        }
        Err(problem) if problem.status.is_client_error() => {
            let wrong = problem.said(c.lang).to_owned();
            let mut response = own_page(&console, &who, c, String::new(), wrong).await?;
            *response.status_mut() = problem.status;
            Ok(response)
        }
        Err(problem) => Err(problem),
    }
}

/// A token as a form asks for it.
#[derive(Debug, Deserialize)]
pub(super) struct TokenForm {
    label: String,
    #[serde(default)]
    role: String,
    #[serde(default)]
    days: String,
}

/// Which grant.
#[derive(Debug, Deserialize)]
pub(super) struct Which {
    id: String,
}

pub(super) async fn end_grant(
    State(console): State<Arc<Console>>,
    Signed { who, form }: Signed<Which>,
) -> Result<Response, Problem> {
    ended(&console, &who, &form.id).await?;
    Ok(to("/account?done=ended"))
}

#[derive(Template)]
#[template(path = "console/accounts.html")]
struct All {
    c: Chrome,
    rows: Vec<AccountRow>,
    roles: Vec<(&'static str, &'static str)>,
    wrong: String,
}

struct AccountRow {
    name: String,
    href: String,
    role: &'static str,
    role_id: &'static str,
    disabled: bool,
    created: String,
}

async fn all_page(console: &Console, c: Chrome, wrong: String) -> Result<Response, Problem> {
    let accounts = console.store.accounts().await?;
    let row = |account: &Account| AccountRow {
        name: visible(&account.name),
        href: format!("/accounts/{}", super::part(&account.name)),
        role: role_in_words(account.role, c.lang),
        role_id: account.role.as_str(),
        disabled: account.disabled,
        created: c.time(account.created),
    };
    let all = All {
        rows: accounts.iter().map(row).collect(),
        roles: Role::ALL.iter().map(|&role| (role.as_str(), role_in_words(role, c.lang))).collect(),
        wrong,
        c: c.at("accounts"),
    };
    page(&all)
}

pub(super) async fn all(seat: Seat, State(console): State<Arc<Console>>) -> Result<Response, Problem> {
    seat.who.may(Role::Administrator)?;
    all_page(&console, seat.chrome, String::new()).await
}

pub(super) async fn make(
    State(console): State<Arc<Console>>,
    headers: axum::http::HeaderMap,
    Signed { who, form }: Signed<NewAccount>,
) -> Result<Response, Problem> {
    match made(&console, &who, &form).await {
        Ok(_) => Ok(to("/accounts?done=account")),
        Err(problem) => answered(&console, &who, &headers, problem).await,
    }
}

/// Changes of an account as a form asks for them.
#[derive(Debug, Deserialize)]
pub(super) struct Change {
    role: String,
    #[serde(default)]
    disabled: Option<String>,
    #[serde(default)]
    password: String,
}

pub(super) async fn change(
    State(console): State<Arc<Console>>,
    Path(name): Path<String>,
    headers: axum::http::HeaderMap,
    Signed { who, form }: Signed<Change>,
) -> Result<Response, Problem> {
    let change = AccountChange {
        role: Some(form.role),
        disabled: Some(form.disabled.is_some()),
        password: Some(form.password).filter(|password| !password.is_empty()),
    };
    match changed(&console, &who, &name, &change).await {
        Ok(_) => Ok(to("/accounts?done=account")),
        Err(problem) => answered(&console, &who, &headers, problem).await,
    }
}

/// What is wrong with a form, above it.
async fn answered(
    console: &Console,
    who: &Who,
    headers: &axum::http::HeaderMap,
    problem: Problem,
) -> Result<Response, Problem> {
    if !problem.status.is_client_error() || who.role < Role::Administrator {
        return Err(problem);
    }
    let c = Chrome::inside(who, console.lang_of(headers, None), "/accounts");
    let wrong = problem.said(c.lang).to_owned();
    let mut response = all_page(console, c, wrong).await?;
    *response.status_mut() = problem.status;
    Ok(response)
}
