//! Posts that may be sent again: one with an `Idempotency-Key` is carried out once, and its answer given again.
//!
//! Answers are kept in memory for a day and go with the process.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use crate::id::sha256_hex;
use crate::serve::Console;
use crate::serve::problem::Problem;
use crate::serve::who::Who;

/// How long an answer is kept.
const KEPT: Duration = Duration::from_secs(24 * 3600);
/// Answers kept at the most; the oldest goes.
const MOST: usize = 10_000;
/// The largest answer that is kept.
const LARGEST: usize = 1 << 20;
/// Characters of a key at the most.
const LONGEST: usize = 128;

/// What was answered before.
#[derive(Default)]
pub(in crate::serve) struct Answers(Mutex<HashMap<String, Kept>>);

struct Kept {
    /// Digest of what was asked.
    asked: String,
    at: Instant,
    /// `None` while it is being carried out.
    answer: Option<(StatusCode, HeaderMap, Bytes)>,
}

/// Carries a post out once.
pub(super) async fn once(State(console): State<Arc<Console>>, request: Request, next: Next) -> Response {
    let name = HeaderName::from_static("idempotency-key");
    let key = request.headers().get(name).and_then(|key| key.to_str().ok()).map(str::to_owned);
    let Some(key) = key.filter(|_| *request.method() == Method::POST) else { return next.run(request).await };
    if key.is_empty() || key.len() > LONGEST {
        return Problem::bad(
            format!("Idempotency-Key 须为 1 至 {LONGEST} 个字符。"),
            format!("an Idempotency-Key has 1 to {LONGEST} characters."),
        )
        .into_response();
    }
    match carried_out(&console, request, next, &key).await {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    }
}

async fn carried_out(
    console: &Console,
    request: Request,
    next: Next,
    key: &str,
) -> Result<Response, Problem> {
    // Keys of different accounts do not meet.
    let who = Who::of(request.headers(), console).await?.ok_or_else(Problem::unauthorised)?;
    let (parts, body) = request.into_parts();
    let too_large = |_| {
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "请求过大。", "the request is too large.")
    };
    let body = to_bytes(body, crate::serve::LARGEST).await.map_err(too_large)?;
    let asked = sha256_hex(&body);
    let name = format!("{} {} {key}", who.name(), parts.uri.path());
    if let Some(answer) = console.answers.begin(&name, &asked)? {
        return Ok(answer);
    }
    let response = next.run(Request::from_parts(parts, Body::from(body))).await;
    let (parts, body) = response.into_parts();
    let body = match to_bytes(body, LARGEST).await {
        Ok(body) => body,
        Err(error) => {
            console.answers.forget(&name);
            return Err(Problem::internal(&error));
        }
    };
    if parts.status.is_success() {
        console.answers.keep(&name, (parts.status, parts.headers.clone(), body.clone()));
    } else {
        console.answers.forget(&name);
    }
    Ok(Response::from_parts(parts, Body::from(body)))
}

impl Answers {
    /// The answer of before; `None` where it is to be carried out now.
    fn begin(&self, name: &str, asked: &str) -> Result<Option<Response>, Problem> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|_, one| one.at.elapsed() < KEPT);
        match kept.get(name) {
            Some(one) if one.asked != asked => Err(Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "key-reused",
                "同一 Idempotency-Key 已用于不同的请求。",
                "this Idempotency-Key was used for another request.",
            )),
            Some(Kept { answer: None, .. }) => Err(Problem::new(
                StatusCode::CONFLICT,
                "under-way",
                "同一请求正在处理，请稍候。",
                "the same request is being carried out.",
            )),
            Some(Kept { answer: Some((status, headers, body)), .. }) => {
                Ok(Some((*status, headers.clone(), body.clone()).into_response()))
            }
            None => {
                if kept.len() >= MOST
                    && let Some(oldest) =
                        kept.iter().min_by_key(|(_, one)| one.at).map(|(name, _)| name.clone())
                {
                    kept.remove(&oldest);
                }
                let one = Kept { asked: asked.to_owned(), at: Instant::now(), answer: None };
                kept.insert(name.to_owned(), one);
                Ok(None)
            }
        }
    }

    fn keep(&self, name: &str, answer: (StatusCode, HeaderMap, Bytes)) {
        if let Some(one) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get_mut(name) {
            one.answer = Some(answer);
        }
    }

    fn forget(&self, name: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
    }
}
