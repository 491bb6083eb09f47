//! Why a request was refused, as an answer: problem details (RFC 9457) for programs, a page for people.

use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::desk::{BaselineError, DecideError, PackageError, PrintError};
use crate::lang::{Bilingual, Lang};
use crate::report::ReportError;
use crate::store::StoreError;

/// Why a request was refused.
#[derive(Debug, Clone)]
pub(super) struct Problem {
    pub(super) status: StatusCode,
    /// A stable word.
    pub(super) kind: &'static str,
    /// What is wrong and what to do.
    pub(super) what: Bilingual,
    /// Seconds to wait before another try.
    pub(super) retry_after: Option<i64>,
}

/// The body of a refused request (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ProblemBody {
    /// The sort of problem, such as `urn:xuncha:problem:not-found`.
    #[serde(rename = "type")]
    kind: String,
    /// In English.
    title: String,
    /// The HTTP status.
    status: u16,
    /// What is wrong and what to do, in both languages.
    detail: String,
}

impl Problem {
    pub(super) fn new(
        status: StatusCode,
        kind: &'static str,
        zh: impl Into<String>,
        en: impl Into<String>,
    ) -> Self {
        Self { status, kind, what: Bilingual::new(zh, en), retry_after: None }
    }

    pub(super) fn bad(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad-request", zh, en)
    }

    pub(super) fn unknown(what: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not-found",
            format!("没有 `{what}`"),
            format!("there is no `{what}`"),
        )
    }

    pub(super) fn forbidden() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "forbidden",
            "您的角色不能进行此操作，请联系管理员。",
            "your role may not do this; ask an administrator.",
        )
    }

    pub(super) fn unauthorised() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "unauthorised",
            "请先登录，或在 Authorization: Bearer 中给出访问令牌。",
            "log in first, or give a token in Authorization: Bearer.",
        )
    }

    pub(super) fn busy(zh: &str, en: &str, seconds: i64) -> Self {
        let refused = Self::new(StatusCode::TOO_MANY_REQUESTS, "too-many-requests", zh, en);
        Self { retry_after: Some(seconds), ..refused }
    }

    pub(super) fn internal(error: &dyn std::fmt::Display) -> Self {
        tracing::error!(%error, "a request failed");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "内部故障，详见服务日志。",
            "an internal failure; see the log of the service.",
        )
    }

    /// As problem details.
    pub(super) fn json(&self) -> Response {
        let body = ProblemBody {
            kind: format!("urn:xuncha:problem:{}", self.kind),
            title: self.what.en.clone(),
            status: self.status.as_u16(),
            detail: format!("{} / {}", self.what.zh, self.what.en),
        };
        let mut response = (self.status, Json(body)).into_response();
        let json = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, json);
        self.mark(&mut response);
        response
    }

    /// What it says beside its body.
    pub(super) fn mark(&self, response: &mut Response) {
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds.max(1)));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            let bearer = HeaderValue::from_static("Bearer");
            response.headers_mut().insert(HeaderName::from_static("www-authenticate"), bearer);
        }
    }

    pub(super) fn said(&self, lang: Lang) -> &str {
        self.what.get(lang)
    }
}

impl IntoResponse for Problem {
    /// For programs. Pages are made of it where the request came from a person (see `gate`).
    fn into_response(self) -> Response {
        let mut response = self.json();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Self::internal(&error)
    }
}

impl From<DecideError> for Problem {
    fn from(error: DecideError) -> Self {
        match error {
            DecideError::Nameless => Self::unauthorised(),
            DecideError::Reasonless => {
                Self::bad("搁置须说明理由，备注须有内容。", "a dismissal needs a reason, a note its text.")
            }
            DecideError::Over => Self::bad("截止日期已经过去。", "the end date lies in the past."),
            DecideError::Unknown(id) => Self::unknown(&id),
            DecideError::Store(error) => error.into(),
        }
    }
}

impl From<BaselineError> for Problem {
    fn from(error: BaselineError) -> Self {
        match error {
            BaselineError::Reasonless => Self::bad("请写明理由。", "say why."),
            BaselineError::Unknown(what) => Self::unknown(&what),
            BaselineError::Store(error) => error.into(),
        }
    }
}

impl From<PackageError> for Problem {
    fn from(error: PackageError) -> Self {
        match error {
            PackageError::Empty => Self::new(
                StatusCode::CONFLICT,
                "no-evidence",
                "磁盘上已没有该事件的证据目录。",
                "no evidence folder of this incident is on disk any more.",
            ),
            other => Self::internal(&other),
        }
    }
}

impl From<PrintError> for Problem {
    fn from(error: PrintError) -> Self {
        match error {
            PrintError::NoBrowser => Self::new(
                StatusCode::CONFLICT,
                "no-browser",
                "服务所在机器没有 Chromium，不能生成 PDF；请打开 HTML 后在浏览器中打印，或请管理员安装 chromium-headless-shell。",
                "there is no Chromium beside the service, and PDF needs one; print the HTML in your browser, or have chromium-headless-shell installed.",
            ),
            PrintError::Browser(error) => Self::internal(&error),
        }
    }
}

impl From<ReportError> for Problem {
    fn from(error: ReportError) -> Self {
        Self::internal(&error)
    }
}
