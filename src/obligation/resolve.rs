//! From a finding to the duties it touches on a day, for a kind of operator.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::Serialize;

use super::Catalogue;
use super::entry::{Article, Circumstance, Confidence, Link, Relation, Tier};
use crate::finding::{Category, Finding, Kind};
use crate::id::ObligationId;
use crate::lang::Bilingual;
use crate::target::OperatorKind;

/// Flaws of a mark whose number is shown and in order.
const LINK_FLAWS: &[&str] = &["not-linked", "stale-link", "wrong-link"];

/// What is asked of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// The kind of finding.
    pub kind: Kind,
    /// The sort of content, where known.
    pub category: Option<Category>,
    /// The kind of operator.
    pub operator: OperatorKind,
    /// The day of what was seen.
    pub on: Date,
    /// What else is known.
    pub when: BTreeSet<Circumstance>,
}

impl Query {
    /// A question about a kind of finding alone.
    pub fn new(kind: Kind, operator: OperatorKind, on: Date) -> Self {
        Self { kind, category: None, operator, on, when: BTreeSet::new() }
    }

    /// With a sort of content.
    pub fn category(mut self, category: Option<Category>) -> Self {
        self.category = category;
        self
    }

    /// With one more circumstance.
    pub fn when(mut self, circumstance: Circumstance) -> Self {
        self.when.insert(circumstance);
        self
    }

    /// The question that a finding asks: its kind and category, its conditions (`referer:search`, `ua:mobile`), and the
    /// circumstances that its detail and method name.
    pub fn of(finding: &Finding, operator: OperatorKind, on: Date) -> Self {
        let mut query = Self::new(finding.kind, operator, on).category(finding.payload.category);
        query.when.extend(finding.conditions.shows.iter().filter_map(|shows| conditioned(shows)));
        query.when.extend(finding.detail.iter().filter_map(|(key, value)| told(key, value)));
        if finding.place.method.as_deref() == Some("ransom-note") {
            query.when.insert(Circumstance::RansomNote);
        }
        query
    }

    /// The circumstances with what follows from them.
    fn circumstances(&self) -> BTreeSet<Circumstance> {
        let mut all = self.when.clone();
        if all.contains(&Circumstance::MobileConditioned) && !all.contains(&Circumstance::RetestedElsewhere) {
            all.insert(Circumstance::OriginUncertain);
        }
        let marks = [Circumstance::IcpMark, Circumstance::PoliceMark, Circumstance::LinkOnly];
        if self.kind == Kind::InconsistentMark && !marks.iter().any(|mark| all.contains(mark)) {
            all.extend([Circumstance::IcpMark, Circumstance::PoliceMark]);
        }
        let exposed =
            [Circumstance::ContentExposed, Circumstance::SurfaceExposed, Circumstance::InformationOnly];
        if self.kind == Kind::ExposedResource && !exposed.iter().any(|it| all.contains(it)) {
            all.insert(Circumstance::ContentExposed);
        }
        all
    }
}

/// What a condition of showing says.
fn conditioned(shows: &str) -> Option<Circumstance> {
    let (attribute, value) = shows.split_once(':').unwrap_or((shows, ""));
    match attribute {
        "referer" => Some(Circumstance::SearchConditioned),
        "ua" if value.starts_with("mobile") || value == "wechat" => Some(Circumstance::MobileConditioned),
        _ => None,
    }
}

/// What a detail of a finding says: `form` of a defacement, `user_content`, `personal_data`, what an exposure `exposes`, `register` and `flaws` of a
/// mark.
fn told(key: &str, value: &serde_json::Value) -> Option<Circumstance> {
    match (key, value.as_str()) {
        ("form", Some("ransom-note")) => Some(Circumstance::RansomNote),
        ("register", Some("icp")) => Some(Circumstance::IcpMark),
        ("register", Some("police")) => Some(Circumstance::PoliceMark),
        ("user_content", None) if value.as_bool() == Some(true) => Some(Circumstance::UserContent),
        ("exposes", Some("content")) => Some(Circumstance::ContentExposed),
        ("exposes", Some("surface")) => Some(Circumstance::SurfaceExposed),
        ("exposes", Some("information")) => Some(Circumstance::InformationOnly),
        ("personal_data", None) if value.as_bool() == Some(true) => Some(Circumstance::PersonalData),
        ("flaws", None) => {
            let flaws = value.as_array().filter(|flaws| !flaws.is_empty())?;
            let of_the_link =
                |flaw: &serde_json::Value| flaw.as_str().is_some_and(|it| LINK_FLAWS.contains(&it));
            flaws.iter().all(of_the_link).then_some(Circumstance::LinkOnly)
        }
        _ => None,
    }
}

/// A duty that a finding touches. Serialises as the public lines have it; what else is there is for reports.
#[derive(Debug, Clone, Serialize)]
pub struct Obligation {
    /// Instrument, version, number.
    pub id: ObligationId,
    /// The title of the instrument (Chinese).
    pub title: String,
    /// The citation (Chinese).
    pub article: String,
    /// What it asks (Chinese).
    pub duty: String,
    /// The penalties in force on the day for this kind of operator.
    pub penalty: Vec<ObligationId>,
    /// How the finding touches it.
    pub relation: Relation,
    /// Its days in force, `2026-01-01/`.
    pub in_force: String,
    /// How far it was checked.
    pub confidence: Confidence,
    /// The title in both languages.
    #[serde(skip)]
    pub title_text: Bilingual,
    /// The citation in both languages.
    #[serde(skip)]
    pub article_text: Bilingual,
    /// What it asks in both languages.
    #[serde(skip)]
    pub duty_text: Bilingual,
    /// The operative words of the text (Chinese).
    #[serde(skip)]
    pub words: Option<String>,
    /// The penalties with their ranges; alternatives, never to be added up.
    #[serde(skip)]
    pub penalties: Vec<Penalty>,
    /// Who enforces it.
    #[serde(skip)]
    pub enforcer: Bilingual,
    /// What to mind when citing this duty.
    #[serde(skip)]
    pub caveats: Vec<Bilingual>,
    /// Whether it may be shown as a fact; otherwise it is shown as 未核实.
    #[serde(skip)]
    pub verified: bool,
}

/// A penalty article with its tiers.
#[derive(Debug, Clone)]
pub struct Penalty {
    /// Instrument, version, number.
    pub id: ObligationId,
    /// The title of its instrument.
    pub title: Bilingual,
    /// The citation.
    pub article: Bilingual,
    /// Whom and what it punishes.
    pub about: Bilingual,
    /// Its tiers, lightest first; may be empty where the amounts were not entered.
    pub tiers: Vec<Tier>,
    /// How far it was checked.
    pub confidence: Confidence,
    /// Whether it may be shown as a fact.
    pub verified: bool,
}

impl Penalty {
    /// Each tier as one line in both languages.
    pub fn lines(&self) -> Vec<Bilingual> {
        self.tiers.iter().map(Tier::text).collect()
    }
}

impl Catalogue {
    /// The duties that a finding touches, the operator's own first; each once, under its strongest relation.
    pub fn obligations_for(&self, query: &Query) -> Vec<Obligation> {
        let circumstances = query.circumstances();
        let mut obligations: Vec<Obligation> = Vec::new();
        for relation in [
            Relation::BreachIndicator,
            Relation::ReportingDuty,
            Relation::InspectionIndicator,
            Relation::ThirdPartyOffence,
            Relation::Precondition,
        ] {
            let links = self
                .links
                .iter()
                .filter(|link| link.relation == relation && applies(link, query, &circumstances));
            for article in links.flat_map(|link| &link.duties).filter_map(|id| self.on_day(id, query.on)) {
                if !obligations.iter().any(|known| known.id == article.id) {
                    obligations.push(self.obligation(article, relation, query));
                }
            }
        }
        obligations
    }

    /// What a finding of this kind does not show, and the general rules of citing; for the finding as a whole.
    pub fn caveats_for(&self, query: &Query) -> Vec<Bilingual> {
        let circumstances = query.circumstances();
        let fits = |caveat: &&super::Caveat| {
            (caveat.kinds.is_empty() || caveat.kinds.contains(&query.kind))
                && (caveat.categories.is_empty()
                    || query.category.is_some_and(|it| caveat.categories.contains(&it)))
                && (caveat.operators.is_empty() || caveat.operators.contains(&query.operator))
                && caveat.when.iter().all(|it| circumstances.contains(it))
        };
        self.caveats.iter().filter(fits).map(|caveat| Bilingual::new(&*caveat.zh, &*caveat.en)).collect()
    }

    /// The rules of this kind that do not apply as things are known, but would under other circumstances.
    pub(super) fn conditional_links(&self, query: &Query) -> Vec<&Link> {
        let circumstances = query.circumstances();
        let touches = |link: &&Link| {
            link.kinds.contains(&query.kind)
                && !applies(link, query, &circumstances)
                && link.duties.iter().any(|id| self.on_day(id, query.on).is_some())
        };
        self.links.iter().filter(touches).collect()
    }

    /// The version of a duty that was in force on a day: the one named or one that it superseded.
    pub(super) fn on_day(&self, newest: &ObligationId, day: Date) -> Option<&Article> {
        let mut article = self.articles.get(newest)?;
        loop {
            if self.source(article).1.in_force_on(day) {
                return Some(article);
            }
            article = self.articles.get(article.supersedes.as_ref()?)?;
        }
    }

    fn obligation(&self, article: &Article, relation: Relation, query: &Query) -> Obligation {
        let (instrument, version) = self.source(article);
        let penalties = self.penalties(article, query);
        let mut caveats = Vec::new();
        caveats.extend(article.note.clone());
        caveats.extend(instrument.note.clone());
        if !article.confidence.verified() {
            caveats.push(Bilingual::new(
                "条文未核实，不得作为依据引用",
                "unverified; not to be cited as it stands",
            ));
        }
        if !version.dates_verified() {
            caveats.push(Bilingual::new("施行日期未核实", "the dates in force are unverified"));
        }
        let duty = article.duty_for.get(&query.operator).unwrap_or(&article.duty).clone();
        Obligation {
            id: article.id.clone(),
            title: instrument.title.zh.clone(),
            article: article.label.zh.clone(),
            duty: duty.zh.clone(),
            penalty: penalties.iter().map(|penalty| penalty.id.clone()).collect(),
            relation,
            in_force: version.in_force(),
            confidence: article.confidence,
            title_text: instrument.title.clone(),
            article_text: article.label.clone(),
            duty_text: duty,
            words: article.words.clone(),
            penalties,
            enforcer: article.enforcer.clone(),
            caveats,
            verified: article.confidence.verified(),
        }
    }

    fn penalties(&self, article: &Article, query: &Query) -> Vec<Penalty> {
        let ids = article.penalty_for.get(&query.operator).unwrap_or(&article.penalty);
        let in_force = |article: &&Article| self.source(article).1.in_force_on(query.on);
        let penalty = |article: &Article| Penalty {
            id: article.id.clone(),
            title: self.source(article).0.title.clone(),
            article: article.label.clone(),
            about: article.duty.clone(),
            tiers: article.tiers.clone(),
            confidence: article.confidence,
            verified: article.confidence.verified(),
        };
        ids.iter().filter_map(|id| self.articles.get(id)).filter(in_force).map(penalty).collect()
    }
}

fn applies(link: &Link, query: &Query, circumstances: &BTreeSet<Circumstance>) -> bool {
    link.kinds.contains(&query.kind)
        && (link.categories.is_empty() || query.category.is_some_and(|it| link.categories.contains(&it)))
        && (link.operators.is_empty() || link.operators.contains(&query.operator))
        && link.when.iter().all(|it| circumstances.contains(it))
        && !link.unless.iter().any(|it| circumstances.contains(it))
}
