//! Who asks: the account behind a session or a token, and what it may do.

use std::sync::Arc;

use axum::Form;
use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts, RawForm, Request};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;
use serde_json::json;

use super::Console;
use super::password::{digest, form_mark};
use super::problem::Problem;
use crate::store::accounts::{Account, Deed, Grant, GrantKind, Role};

/// How long a session lasts without use, and at the most.
pub(super) const IDLE: SignedDuration = SignedDuration::from_hours(4);
pub(super) const SESSION: SignedDuration = SignedDuration::from_hours(12);
/// How often the use of a key is written down.
const NOTED_EVERY: SignedDuration = SignedDuration::from_mins(5);
/// The cookie of a session.
pub(super) const COOKIE_NAME: &str = "xuncha";

/// Who asks.
#[derive(Debug, Clone)]
pub(super) struct Who {
    /// The account.
    pub(super) account: Account,
    /// What it may do here: as its account and its key say.
    pub(super) role: Role,
    /// Whether it came with a session or a token.
    pub(super) kind: GrantKind,
    /// The mark that forms of the session carry.
    pub(super) mark: String,
    /// The digest of the key.
    pub(super) digest: String,
}

impl Who {
    /// Passes whoever may do what a role may.
    pub(super) fn may(&self, role: Role) -> Result<(), Problem> {
        if self.role >= role { Ok(()) } else { Err(Problem::forbidden()) }
    }

    /// The name.
    pub(super) fn name(&self) -> &str {
        &self.account.name
    }

    /// Writes down what is about to be done. It comes before the deed, so that nothing is done unseen.
    pub(super) async fn notes(
        &self,
        console: &Console,
        what: &str,
        on: &str,
        detail: serde_json::Value,
    ) -> Result<(), Problem> {
        let through = match self.kind {
            GrantKind::Session => "console",
            GrantKind::Token => "token",
        };
        let deed = Deed {
            at: Timestamp::now(),
            who: self.account.name.clone(),
            what: what.to_owned(),
            on: on.to_owned(),
            detail: json!({ "through": through, "detail": detail }),
        };
        console.store.note_deed(&deed).await?;
        Ok(())
    }

    /// The account behind the key of a request; `None` where there is no key or it does not let in.
    pub(super) async fn of(headers: &HeaderMap, console: &Console) -> Result<Option<Self>, Problem> {
        let Some((key, kind)) = key_of(headers) else { return Ok(None) };
        let digest = digest(&key);
        let Some(grant) = console.store.granted(&digest).await? else { return Ok(None) };
        let now = Timestamp::now();
        if grant.kind != kind || grant.expires <= now || is_idle(&grant, now) {
            return Ok(None);
        }
        let Some(account) = console.store.account(&grant.account).await?.filter(|one| !one.disabled) else {
            return Ok(None);
        };
        if now.duration_since(grant.used) > NOTED_EVERY {
            console.store.grant(&Grant { used: now, ..grant.clone() }).await?;
        }
        Ok(Some(Self { role: account.role.min(grant.role), account, kind, mark: form_mark(&key), digest }))
    }
}

fn is_idle(grant: &Grant, now: Timestamp) -> bool {
    grant.kind == GrantKind::Session && now.duration_since(grant.used) > IDLE
}

/// The key of a request: of a token before that of a session, so that a program is never taken for a browser.
fn key_of(headers: &HeaderMap) -> Option<(String, GrantKind)> {
    if let Some(authorisation) = headers.get(AUTHORIZATION) {
        let key = authorisation.to_str().ok()?.strip_prefix("Bearer ")?;
        return Some((key.trim().to_owned(), GrantKind::Token));
    }
    cookie(headers, COOKIE_NAME).map(|key| (key, GrantKind::Session))
}

/// The value of a cookie.
pub(super) fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let pairs = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = pairs.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
}

impl FromRequestParts<Arc<Console>> for Who {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, console: &Arc<Console>) -> Result<Self, Problem> {
        if let Some(who) = parts.extensions.get::<Self>() {
            return Ok(who.clone());
        }
        let who = Self::of(&parts.headers, console).await?.ok_or_else(Problem::unauthorised)?;
        parts.extensions.insert(who.clone());
        Ok(who)
    }
}

/// A form that a person sent from a page of this console, and who that is.
#[derive(Debug)]
pub(super) struct Signed<T> {
    pub(super) who: Who,
    pub(super) form: T,
}

/// A form that holds nothing but the mark of its session.
#[derive(Debug, serde::Deserialize)]
pub(super) struct Nothing {}

/// Whether a form carries the mark of its session.
pub(super) fn is_marked(who: &Who, mark: &str) -> Result<(), Problem> {
    if who.kind == GrantKind::Session && mark == who.mark {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::FORBIDDEN,
        "stale-form",
        "表单已失效，请返回并刷新页面后重试。",
        "the form is stale; go back, reload the page and try again.",
    ))
}

impl<T: DeserializeOwned> FromRequest<Arc<Console>> for Signed<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, console: &Arc<Console>) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let who = Who::from_request_parts(&mut parts, console).await?;
        let RawForm(bytes) = RawForm::from_request(Request::from_parts(parts, body), console)
            .await
            .map_err(|error| Problem::bad("表单无法读取。", error.to_string()))?;
        let mark = url::form_urlencoded::parse(&bytes).find(|(name, _)| name == "mark");
        is_marked(&who, &mark.map(|(_, value)| value.into_owned()).unwrap_or_default())?;
        let again = Request::post("/").header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        let again = again.body(Body::from(bytes)).map_err(|error| Problem::internal(&error))?;
        let Form(form) = Form::<T>::from_request(again, console).await.map_err(|error| {
            Problem::bad(format!("表单有误：{error}"), format!("the form is wrong: {error}"))
        })?;
        Ok(Self { who, form })
    }
}
