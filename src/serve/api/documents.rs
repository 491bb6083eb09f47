//! Documents as files: of an incident, of many as a list, of a span of days. What is made stands in the audit log.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::json;
use utoipa::IntoParams;

use super::incidents::{Wanted, plain, word};
use crate::desk::{self, Draft, List, Paper};
use crate::lang::Lang;
use crate::scan::legal_day;
use crate::serve::Console;
use crate::serve::problem::{Problem, ProblemBody};
use crate::serve::who::Who;
use crate::store::accounts::Role;

const HTML: &str = "text/html; charset=utf-8";
const PDF: &str = "application/pdf";
const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const CSV: &str = "text/csv; charset=utf-8";

/// In which language.
#[derive(Debug, Default, Deserialize, IntoParams)]
pub(in crate::serve) struct In {
    /// `zh` or `en`; as the service is set up when left out.
    pub(in crate::serve) lang: Option<String>,
}

impl In {
    pub(in crate::serve) fn read(&self, console: &Console, headers: &HeaderMap) -> Result<Lang, Problem> {
        match self.lang.as_deref() {
            None | Some("") => Ok(console.lang_of(headers, None)),
            Some("zh") => Ok(Lang::Zh),
            Some("en") => Ok(Lang::En),
            Some(_) => Err(Problem::bad("lang 须为 zh 或 en。", "lang must be zh or en.")),
        }
    }
}

/// A document about an incident, by the name of its file.
pub(in crate::serve) async fn of_incident(
    console: &Console,
    who: &Who,
    id: &str,
    name: &str,
    lang: Lang,
) -> Result<Response, Problem> {
    let draft = name.strip_suffix(".docx").and_then(|name| name.parse::<Draft>().ok());
    if draft.is_none() && !matches!(name, "report.html" | "report.pdf") {
        return Err(Problem::unknown("document"));
    }
    if draft.is_some() {
        who.may(Role::Analyst)?;
    }
    let operators = console.operators();
    let papers = console.desk(&operators).papers(id).await?.ok_or_else(|| Problem::unknown(id))?;
    let incident = plain(papers.id().as_str());
    if name != "report.html" {
        who.notes(console, "document.make", &incident, json!({ "document": name })).await?;
    }
    let file = format!("{incident}-{name}");
    let Some(draft) = draft else {
        let paper = made(move || papers.report(lang)).await?;
        return shown(console, paper, (name == "report.pdf").then_some(&file)).await;
    };
    Ok(as_file(DOCX, &file, made(move || papers.draft(draft)).await?))
}

/// A list of what is wanted, by the name of its file.
pub(in crate::serve) async fn list(
    console: &Console,
    who: &Who,
    asked: &Wanted,
    name: &str,
    lang: Lang,
) -> Result<Response, Problem> {
    let which: List = name.parse().map_err(|_| Problem::unknown("list"))?;
    let wanted = asked.read()?;
    who.notes(console, "document.make", name, json!(asked)).await?;
    let operators = console.operators();
    let lists = console.desk(&operators).lists(&wanted).await?;
    let bytes = made(move || lists.file(which, &operators, lang)).await?;
    Ok(as_file(if which == List::Workbook { XLSX } else { CSV }, name, bytes))
}

/// A span of days.
#[derive(Debug, Default, Deserialize, IntoParams)]
pub(in crate::serve) struct Days {
    /// The first day, Beijing time.
    #[param(format = Date)]
    pub(in crate::serve) from: String,
    /// The last day; today when left out.
    #[param(format = Date)]
    pub(in crate::serve) to: Option<String>,
}

/// The summary of a span of days, as a page or printed.
pub(in crate::serve) async fn summed_up(
    console: &Console,
    who: &Who,
    days: &Days,
    printed: bool,
    lang: Lang,
) -> Result<Response, Problem> {
    let missing = || Problem::bad("缺少起始日 from。", "from, the first day, is missing.");
    let from: Date = word("from", Some(&days.from))?.ok_or_else(missing)?;
    let to: Date = word("to", days.to.as_ref())?.unwrap_or_else(|| legal_day(Timestamp::now()));
    if to < from {
        return Err(Problem::bad("截止日早于起始日。", "the last day lies before the first."));
    }
    let file = format!("summary-{from}-{to}.pdf");
    if printed {
        who.notes(console, "document.make", &file, json!({})).await?;
    }
    let operators = console.operators();
    let gathered = console.desk(&operators).gather(from, to).await?;
    let paper = made(move || gathered.paper(&operators, lang)).await?;
    shown(console, paper, printed.then_some(&file)).await
}

/// Makes a document where it may take its time.
async fn made<T, E>(make: impl FnOnce() -> Result<T, E> + Send + 'static) -> Result<T, Problem>
where
    T: Send + 'static,
    E: Send + 'static,
    Problem: From<E>,
{
    let made = tokio::task::spawn_blocking(make).await;
    Ok(made.map_err(|error| Problem::internal(&error))??)
}

/// A paper as a page, or printed as a file of that name.
async fn shown(console: &Console, paper: Paper, printed: Option<&String>) -> Result<Response, Problem> {
    if let Some(name) = printed {
        let _turn = console.printing.acquire().await.map_err(|error| Problem::internal(&error))?;
        return Ok(as_file(PDF, name, desk::print(&paper).await?));
    }
    // The document brings a policy of its own, which admits its one style sheet; this one adds what only headers can.
    let policy =
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox; frame-ancestors 'none'";
    Ok(([(CONTENT_TYPE, HTML), (CONTENT_SECURITY_POLICY, policy)], paper.html).into_response())
}

/// Bytes to be kept as a file; the name is safe on every disk.
fn as_file(kind: &'static str, name: &str, bytes: Vec<u8>) -> Response {
    let disposition = format!("attachment; filename=\"{}\"", plain(name));
    ([(CONTENT_TYPE, kind.to_owned()), (CONTENT_DISPOSITION, disposition)], bytes).into_response()
}

/// A document about an incident: `report.html`, `report.pdf`; for analysts the drafts `notice.docx`, `talk.docx`,
/// `extraction.docx` (in Chinese).
#[utoipa::path(
    get, path = "/incidents/{id}/documents/{name}", tag = "documents",
    params(
        ("id" = String, Path, description = "id of an incident or a finding"),
        ("name" = String, Path, description = "name of the document"),
        In
    ),
    security(("token" = []), ("session" = [])),
    responses(
        (status = 200, content((String = "text/html"), (Vec<u8> = "application/pdf"),
            (Vec<u8> = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"))),
        (status = 409, description = "PDF was asked for, and no Chromium is there to print it", body = ProblemBody, content_type = "application/problem+json"),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")
    )
)]
pub(super) async fn document(
    who: Who,
    State(console): State<Arc<Console>>,
    Path((id, name)): Path<(String, String)>,
    Query(spoken): Query<In>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    of_incident(&console, &who, &id, &name, spoken.read(&console, &headers)?).await
}

/// A list for spreadsheets: `incidents.xlsx` with a sheet of incidents and one of their findings, `incidents.csv`,
/// `findings.csv`.
#[utoipa::path(
    get, path = "/lists/{name}", tag = "documents", params(("name" = String, Path, description = "name of the list"), Wanted, In),
    security(("token" = []), ("session" = [])),
    responses(
        (status = 200, content((Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"), (String = "text/csv"))),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")
    )
)]
pub(super) async fn lists(
    who: Who,
    State(console): State<Arc<Console>>,
    Path(name): Path<String>,
    Query(asked): Query<Wanted>,
    Query(spoken): Query<In>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    list(&console, &who, &asked, &name, spoken.read(&console, &headers)?).await
}

/// In which form.
#[derive(Debug, Deserialize, IntoParams)]
pub(super) struct Form {
    /// `html` or `pdf`; `html` when left out.
    format: Option<String>,
}

/// What was found, put right, came back and could not be looked at in a span of days.
#[utoipa::path(
    get, path = "/summary", tag = "documents", params(Days, Form, In), security(("token" = []), ("session" = [])),
    responses(
        (status = 200, content((String = "text/html"), (Vec<u8> = "application/pdf"))),
        (status = 409, description = "PDF was asked for, and no Chromium is there to print it", body = ProblemBody, content_type = "application/problem+json"),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")
    )
)]
pub(super) async fn summary(
    who: Who,
    State(console): State<Arc<Console>>,
    Query(days): Query<Days>,
    Query(form): Query<Form>,
    Query(spoken): Query<In>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let printed = match form.format.as_deref() {
        None | Some("html") => false,
        Some("pdf") => true,
        Some(_) => return Err(Problem::bad("format 须为 html 或 pdf。", "format must be html or pdf.")),
    };
    summed_up(&console, &who, &days, printed, spoken.read(&console, &headers)?).await
}
