//! Duties with their versions, and what the detectors look for.

use axum::Json;
use axum::extract::{Path, Query};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::views::Said;
use crate::detect::DETECTORS;
use crate::lang::Bilingual;
use crate::obligation::{Article, Catalogue, Version};
use crate::report::words;
use crate::serve::problem::{Problem, ProblemBody};
use crate::serve::who::Who;

/// An article of the catalogue.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ArticleView {
    id: String,
    instrument: Said,
    /// The version of the instrument.
    version: String,
    in_force: String,
    article: Said,
    duty: Said,
    /// The text, where it is known word for word.
    words: Option<String>,
    /// Articles that hold the consequences.
    penalties: Vec<String>,
    /// `V` verified, `S` stated by a second source, `M` from memory: not to be relied on.
    confidence: String,
}

fn view(instrument: &Bilingual, version: &Version, article: &Article) -> ArticleView {
    ArticleView {
        id: article.id.to_string(),
        instrument: instrument.into(),
        version: version.id.clone(),
        in_force: version.in_force(),
        article: (&article.label).into(),
        duty: (&article.duty).into(),
        words: article.words.clone(),
        penalties: article.penalty.iter().map(ToString::to_string).collect(),
        confidence: format!("{:?}", article.confidence),
    }
}

/// On which day.
#[derive(Debug, Deserialize, IntoParams)]
pub(super) struct On {
    /// Only what is in force on that day.
    #[param(format = Date)]
    on: Option<String>,
}

/// The catalogue of duties.
#[utoipa::path(
    get, path = "/law", tag = "catalogue", params(On), security(("token" = []), ("session" = [])),
    responses((status = 200, body = Vec<ArticleView>), (status = "4XX", body = ProblemBody, content_type = "application/problem+json"))
)]
pub(super) async fn law(_who: Who, Query(on): Query<On>) -> Result<Json<Vec<ArticleView>>, Problem> {
    let on: Option<Date> =
        on.on.map(|day| day.parse().map_err(|_| Problem::bad("日期有误。", "a wrong date."))).transpose()?;
    let mut all = Vec::new();
    for listed in Catalogue::builtin().list(on) {
        for (version, articles) in &listed.versions {
            all.extend(articles.iter().map(|article| view(&listed.instrument.title, version, article)));
        }
    }
    Ok(Json(all))
}

/// One article.
#[utoipa::path(
    get, path = "/law/{id}", tag = "catalogue", params(("id" = String, Path, description = "such as CSL.2026.23")),
    security(("token" = []), ("session" = [])),
    responses((status = 200, body = ArticleView), (status = "4XX", body = ProblemBody, content_type = "application/problem+json"))
)]
pub(super) async fn article(_who: Who, Path(id): Path<String>) -> Result<Json<ArticleView>, Problem> {
    let shown = Catalogue::builtin().show(&id).map_err(|_| Problem::unknown(&id))?;
    Ok(Json(view(&shown.instrument.title, shown.version, shown.article)))
}

/// A detector.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DetectorView {
    /// The kind of finding that it makes.
    id: String,
    name: Said,
    /// The worst severity of its findings.
    severity: String,
    looks_at: Said,
    finds: Said,
    matters: Said,
    /// How it can be wrong.
    errs: Said,
    references: Vec<String>,
}

/// What is looked for.
#[utoipa::path(
    get, path = "/detectors", tag = "catalogue", security(("token" = []), ("session" = [])),
    responses((status = 200, body = Vec<DetectorView>), (status = "4XX", body = ProblemBody, content_type = "application/problem+json"))
)]
pub(super) async fn detectors(_who: Who) -> Json<Vec<DetectorView>> {
    let said = |zh: &str, en: &str| Said::from(&Bilingual::new(zh, en));
    let views = DETECTORS.iter().map(|detector| {
        let card = &detector.card;
        let name = words::kind(detector.kind);
        DetectorView {
            id: detector.kind.as_str().to_owned(),
            name: said(name.zh, name.en),
            severity: card.severity.as_str().to_owned(),
            looks_at: said(card.looks_at.zh, card.looks_at.en),
            finds: said(card.finds.zh, card.finds.en),
            matters: said(card.matters.zh, card.matters.en),
            errs: said(card.errs.zh, card.errs.en),
            references: card.references.iter().map(|one| (*one).to_owned()).collect(),
        }
    });
    Json(views.collect())
}
