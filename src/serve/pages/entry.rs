//! Logging in and out, the first set-up, the choice of a language.

use std::net::SocketAddr;
use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{ConnectInfo, Query, State};
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;

use super::{Chrome, page, to, user_agent};
use crate::report::escape::visible;
use crate::serve::Console;
use crate::serve::login::{log_in, set_up};
use crate::serve::problem::Problem;
use crate::serve::who::{COOKIE_NAME, Nothing, SESSION, Signed, Who};

#[derive(Template)]
#[template(path = "console/login.html")]
struct Login {
    c: Chrome,
    next: String,
    name: String,
    wrong: String,
    empty: bool,
}

/// Where to go after the log-in.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Next {
    #[serde(default)]
    next: String,
}

/// A path of this console; anything else leads to the overview, so that a log-in sends nobody to another site.
fn own_path(path: &str) -> &str {
    let own = path.starts_with('/')
        && !path.starts_with("//")
        && !path.contains('\\')
        && path.chars().all(|c| c.is_ascii_graphic());
    if own { path } else { "/" }
}

pub(super) async fn show(
    State(console): State<Arc<Console>>,
    Query(next): Query<Next>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if Who::of(&headers, &console).await?.is_some() {
        return Ok(to(own_path(&next.next)));
    }
    let empty = console.store.accounts().await?.is_empty();
    let c = Chrome::outside(console.lang_of(&headers, None), "/login");
    page(&Login {
        c,
        next: own_path(&next.next).to_owned(),
        name: String::new(),
        wrong: String::new(),
        empty,
    })
}

/// A name with a password.
#[derive(Debug, Deserialize)]
pub(super) struct Credentials {
    name: String,
    password: String,
    #[serde(default)]
    next: String,
}

pub(super) async fn enter(
    State(console): State<Arc<Console>>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Form(form): Form<Credentials>,
) -> Result<Response, Problem> {
    let came = log_in(&console, &form.name, &form.password, from.ip(), &user_agent(&headers)).await;
    let key = match came {
        Ok(key) => key,
        Err(problem) if problem.status.is_client_error() => {
            let c = Chrome::outside(console.lang_of(&headers, None), "/login");
            let wrong = problem.said(c.lang).to_owned();
            let next = own_path(&form.next).to_owned();
            let mut response = page(&Login { c, next, name: visible(&form.name), wrong, empty: false })?;
            *response.status_mut() = problem.status;
            if problem.status == StatusCode::TOO_MANY_REQUESTS {
                problem.mark(&mut response);
            }
            return Ok(response);
        }
        Err(problem) => return Err(problem),
    };
    let mut response = to(own_path(&form.next));
    set_cookie(&mut response, &console, &key, SESSION.as_secs());
    Ok(response)
}

fn set_cookie(response: &mut Response, console: &Console, key: &str, seconds: i64) {
    let secure = if console.is_secure() { "; Secure" } else { "" };
    let cookie = format!("{COOKIE_NAME}={key}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}");
    if let Ok(cookie) = HeaderValue::try_from(cookie) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
}

pub(super) async fn leave(
    State(console): State<Arc<Console>>,
    Signed { who, form: Nothing {} }: Signed<Nothing>,
) -> Result<Response, Problem> {
    who.notes(&console, "logout", who.name(), json!({})).await?;
    console.store.revoke(&who.digest).await?;
    let mut response = to("/login");
    set_cookie(&mut response, &console, "", 0);
    Ok(response)
}

#[derive(Template)]
#[template(path = "console/setup.html")]
struct SetUp {
    c: Chrome,
    key: String,
    name: String,
    wrong: String,
}

/// The key that the program printed.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Key {
    #[serde(default)]
    key: String,
}

pub(super) async fn first(
    State(console): State<Arc<Console>>,
    Query(key): Query<Key>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if !console.store.accounts().await?.is_empty() {
        return Ok(to("/login"));
    }
    let c = Chrome::outside(console.lang_of(&headers, None), "/setup");
    page(&SetUp { c, key: key.key, name: String::new(), wrong: String::new() })
}

/// The first account.
#[derive(Debug, Deserialize)]
pub(super) struct First {
    #[serde(default)]
    key: String,
    name: String,
    password: String,
    again: String,
}

pub(super) async fn found(
    State(console): State<Arc<Console>>,
    headers: HeaderMap,
    Form(form): Form<First>,
) -> Result<Response, Problem> {
    let came = if form.password == form.again {
        set_up(&console, &form.key, &form.name, &form.password).await
    } else {
        Err(Problem::bad("两次输入的密码不一致。", "the passwords differ."))
    };
    match came {
        Ok(()) => Ok(to("/login")),
        Err(problem) if problem.status.is_client_error() => {
            let c = Chrome::outside(console.lang_of(&headers, None), "/setup");
            let wrong = problem.said(c.lang).to_owned();
            let mut response = page(&SetUp { c, key: form.key, name: visible(&form.name), wrong })?;
            *response.status_mut() = problem.status;
            Ok(response)
        }
        Err(problem) => Err(problem),
    }
}

/// Which language, and where to come back to.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Choice {
    #[serde(default)]
    to: String,
    #[serde(default)]
    back: String,
}

pub(super) async fn language(State(console): State<Arc<Console>>, Query(choice): Query<Choice>) -> Response {
    let mut response = to(own_path(&choice.back));
    let lang = if choice.to == "en" { "en" } else { "zh" };
    let secure = if console.is_secure() { "; Secure" } else { "" };
    let cookie = format!("lang={lang}; Path=/; SameSite=Lax; Max-Age=31536000{secure}");
    if let Ok(cookie) = HeaderValue::try_from(cookie) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_in_leads_to_pages_of_the_console_alone() {
        for (path, expected) in [
            ("/incidents?open=true", "/incidents?open=true"),
            ("//evil.test/", "/"),
            ("/\\evil.test", "/"),
            ("https://evil.test/", "/"),
            ("", "/"),
            ("/a\r\nSet-Cookie: x", "/"),
        ] {
            assert_eq!(own_path(path), expected, "{path}");
        }
    }
}
