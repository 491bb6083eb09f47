//! The pages of the console, one file for each part of it.
//!
//! A page is a template over values in words; text from web sites passes `report::escape` before it gets here, and the
//! template escapes it for HTML. Forms carry the mark of their session and lead back to the page they came from.

mod account;
mod alerts;
mod audit;
mod baselines;
mod catalogue;
mod checks;
mod entry;
mod incident;
mod incidents;
mod overview;
mod sites;
mod summary;

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{FromRequestParts, Path};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use jiff::Timestamp;
use jiff::tz::Offset;

use super::Console;
use super::problem::Problem;
use super::who::Who;
use crate::incident::{Incident, Standing};
use crate::lang::Lang;
use crate::report::escape::visible;
use crate::report::words;
use crate::store::accounts::Role;

/// Where times are read: Beijing, as the law's days are.
const ZONE: Offset = jiff::tz::offset(8);

const STYLE: &str = include_str!("../../../templates/console/console.css");
const SCRIPT: &str = include_str!("../../../templates/console/console.js");
const ICON: &str = include_str!("../../../templates/console/icon.svg");

/// Every page.
pub(super) fn router() -> Router<Arc<Console>> {
    Router::new()
        .route("/", get(overview::show))
        .route("/login", get(entry::show).post(entry::enter))
        .route("/logout", post(entry::leave))
        .route("/setup", get(entry::first).post(entry::found))
        .route("/language", get(entry::language))
        .route("/incidents", get(incidents::list))
        .route("/incidents/{id}", get(incident::show))
        .route("/incidents/{id}/decide", post(incident::decide))
        .route("/incidents/{id}/recheck", post(incident::recheck))
        .route("/incidents/{id}/evidence.wacz", get(incident::evidence))
        .route("/incidents/{id}/documents/{name}", get(incident::document))
        .route("/incidents/{id}/picture/{digest}", get(incident::picture))
        .route("/lists/{name}", get(incidents::file))
        .route("/summary", get(summary::form))
        .route("/summary/{name}", get(summary::file))
        .route("/campaigns", get(incidents::campaigns))
        .route("/sites", get(sites::list))
        .route("/sites/import", get(sites::import_form).post(sites::import))
        .route("/sites/{id}", get(sites::show))
        .route("/sites/{id}/check", post(sites::check))
        .route("/sites/{id}/visiting", post(sites::visiting))
        .route("/checks", get(checks::list).post(checks::begin))
        .route("/checks/{id}", get(checks::show))
        .route("/baselines", get(baselines::list))
        .route("/baselines/page", get(baselines::show))
        .route("/baselines/decide", post(baselines::decide))
        .route("/law", get(catalogue::law))
        .route("/law/{id}", get(catalogue::article))
        .route("/detectors", get(catalogue::detectors))
        .route("/detectors/{id}", get(catalogue::detector_page))
        .route("/alerts", get(alerts::show))
        .route("/alerts/test", post(alerts::test))
        .route("/account", get(account::own))
        .route("/account/password", post(account::change_password))
        .route("/account/tokens", post(account::make_token))
        .route("/account/grants/end", post(account::end_grant))
        .route("/accounts", get(account::all).post(account::make))
        .route("/accounts/{name}", post(account::change))
        .route("/audit", get(audit::show))
        .route("/assets/{name}", get(asset))
        .fallback(nothing)
}

async fn nothing() -> Problem {
    Problem::unknown("page")
}

/// A file of the console itself.
async fn asset(Path(name): Path<String>) -> Response {
    let (kind, text) = match name.as_str() {
        "console.css" => ("text/css; charset=utf-8", STYLE),
        "console.js" => ("text/javascript; charset=utf-8", SCRIPT),
        "icon.svg" => ("image/svg+xml", ICON),
        _ => return Problem::unknown("asset").into_response(),
    };
    ([(CONTENT_TYPE, kind), (CACHE_CONTROL, "max-age=3600")], text).into_response()
}

/// What every page shows around itself.
#[derive(Debug, Clone)]
struct Chrome {
    lang: Lang,
    name: String,
    role: Option<Role>,
    mark: String,
    here: &'static str,
    version: &'static str,
    /// Path and query, to come back to.
    path: String,
    /// Incidents that nobody looked at yet.
    unseen: usize,
    /// What became of the last thing done.
    said: String,
}

impl Chrome {
    /// Around a page for somebody who is not logged in.
    fn outside(lang: Lang, path: &str) -> Self {
        Self {
            lang,
            name: String::new(),
            role: None,
            mark: String::new(),
            here: "",
            version: env!("CARGO_PKG_VERSION"),
            path: path.to_owned(),
            unseen: 0,
            said: String::new(),
        }
    }

    /// Around a page for somebody who is.
    fn inside(who: &Who, lang: Lang, path: &str) -> Self {
        Self {
            name: who.name().to_owned(),
            role: Some(who.role),
            mark: who.mark.clone(),
            ..Self::outside(lang, path)
        }
    }

    fn at(self, here: &'static str) -> Self {
        Self { here, ..self }
    }

    /// Words in the language of the page.
    fn t(&self, zh: &'static str, en: &'static str) -> &'static str {
        match self.lang {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }

    fn html_lang(&self) -> &'static str {
        self.t("zh-CN", "en")
    }

    fn is_in(&self) -> bool {
        self.role.is_some()
    }

    fn is(&self, here: &str) -> bool {
        self.here == here
    }

    /// Whether the account may do what a role may.
    fn may(&self, role: &str) -> bool {
        role.parse::<Role>().is_ok_and(|role| self.role >= Some(role))
    }

    fn role_in_words(&self) -> &'static str {
        self.role.map_or("", |role| role_in_words(role, self.lang))
    }

    /// The address that shows this page in the other language.
    fn other_language(&self) -> String {
        let back: String = url::form_urlencoded::byte_serialize(self.path.as_bytes()).collect();
        format!("/language?to={}&back={back}", self.t("en", "zh"))
    }

    /// A time as this page shows times.
    fn time(&self, at: Timestamp) -> String {
        ZONE.to_datetime(at).strftime("%Y-%m-%d %H:%M").to_string()
    }

    /// A time that there may not be.
    fn maybe(&self, at: Option<Timestamp>) -> String {
        at.map_or_else(|| "—".to_owned(), |at| self.time(at))
    }
}

/// A role in words.
fn role_in_words(role: Role, lang: Lang) -> &'static str {
    let (zh, en) = match role {
        Role::Viewer => ("查看", "viewer"),
        Role::Analyst => ("研判", "analyst"),
        Role::Approver => ("审批", "approver"),
        Role::Administrator => ("管理员", "administrator"),
    };
    if lang == Lang::Zh { zh } else { en }
}

/// Who asks for a page, and what stands around it.
struct Seat {
    who: Who,
    chrome: Chrome,
}

impl FromRequestParts<Arc<Console>> for Seat {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, console: &Arc<Console>) -> Result<Self, Problem> {
        let who = Who::from_request_parts(parts, console).await?;
        let path = parts.uri.path_and_query().map(ToString::to_string).unwrap_or_default();
        let lang = console.lang_of(&parts.headers, parts.uri.query());
        let said = parts.uri.query().and_then(|query| said(query, lang)).unwrap_or_default();
        let chrome = Chrome {
            unseen: console.unseen_incidents().await?,
            said: said.to_owned(),
            ..Chrome::inside(&who, lang, &path)
        };
        Ok(Self { who, chrome })
    }
}

/// What became of the last thing done: a word of ours in the address, never text of others.
fn said(query: &str, lang: Lang) -> Option<&'static str> {
    let word = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "done")?.1;
    let (zh, en) = match &*word {
        "decided" => ("已记录。", "Kept."),
        "approved" => ("已确认为新基线。", "Accepted as the new baseline."),
        "reset" => {
            ("已忘掉基线，将从下次访问起重新学习。", "Forgotten; it is learned anew from the next visit on.")
        }
        "password" => {
            ("密码已修改，其他登录均已退出。", "The password was changed; other sessions have ended.")
        }
        "account" => ("账户已保存。", "The account was kept."),
        "ended" => ("已注销。", "Ended."),
        "visiting" => ("访问安排已保存，巡检会自动采用。", "Kept; the patrol takes it up by itself."),
        _ => return None,
    };
    Some(if lang == Lang::Zh { zh } else { en })
}

/// A page of a template.
fn page(template: &impl Template) -> Result<Response, Problem> {
    Ok(Html(template.render().map_err(|error| Problem::internal(&error))?).into_response())
}

/// Leads to a page of the console.
fn to(path: &str) -> Response {
    Redirect::to(path).into_response()
}

/// A part of a path, percent-encoded.
fn part(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

#[derive(Template)]
#[template(path = "console/refusal.html")]
struct Refusal {
    c: Chrome,
    what: String,
    status: u16,
}

/// A refusal as a page.
pub(super) fn refusal(problem: &Problem, lang: Lang) -> Response {
    let refusal = Refusal {
        c: Chrome::outside(lang, "/"),
        what: visible(problem.said(lang)),
        status: problem.status.as_u16(),
    };
    let mut response = page(&refusal).unwrap_or_else(|problem| problem.json());
    *response.status_mut() = problem.status;
    response
}

/// An incident as a row of a list.
struct IncidentRow {
    id: String,
    site: String,
    name: String,
    severity_id: &'static str,
    severity: &'static str,
    standing_id: &'static str,
    standing: &'static str,
    kinds: String,
    hosts: String,
    first_seen: String,
    last_seen: String,
}

impl IncidentRow {
    fn of(
        (incident, standing): &(Incident, Standing),
        operators: &crate::desk::Operators,
        c: &Chrome,
    ) -> Self {
        /// Hosts shown of one incident.
        const HOSTS: usize = 3;
        let kinds: Vec<_> = incident.kinds.iter().map(|kind| words::kind(*kind).get(c.lang)).collect();
        let hosts: Vec<_> = incident.hosts.iter().take(HOSTS).map(|host| visible(host)).collect();
        let more = incident.hosts.len().saturating_sub(HOSTS);
        let name = operators.target(&incident.target).map(|target| visible(&target.name));
        Self {
            id: incident.id.to_string(),
            site: visible(incident.target.as_str()),
            name: name.unwrap_or_default(),
            severity_id: incident.severity.as_str(),
            severity: words::severity(incident.severity).get(c.lang),
            standing_id: standing.as_str(),
            standing: words::standing(*standing).get(c.lang),
            kinds: kinds.join(c.t("、", ", ")),
            hosts: if more > 0 { format!("{} +{more}", hosts.join(" ")) } else { hosts.join(" ") },
            first_seen: c.time(incident.first_seen),
            last_seen: c.time(incident.last_seen),
        }
    }
}

/// What a browser calls itself, to tell sessions apart.
fn user_agent(headers: &HeaderMap) -> String {
    let agent = headers.get(axum::http::header::USER_AGENT).and_then(|value| value.to_str().ok());
    visible(agent.unwrap_or("?"))
}

/// The same answer under another status.
fn under(status: StatusCode, mut response: Response) -> Response {
    *response.status_mut() = status;
    response
}

/// A filter as a query, without what it does not say.
fn query(filter: &[(&str, Option<&String>)]) -> url::form_urlencoded::Serializer<'static, String> {
    let mut pairs = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in filter {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            pairs.append_pair(name, value);
        }
    }
    pairs
}

/// The queries of the neighbouring pages of a list: the same filter, the page before and the one after.
fn neighbours(
    filter: &[(&str, Option<&String>)],
    page: usize,
    more: bool,
) -> (Option<String>, Option<String>) {
    let query = |number: usize| query(filter).append_pair("page", &number.to_string()).finish();
    (page.checked_sub(1).map(query), more.then(|| query(page + 1)))
}
