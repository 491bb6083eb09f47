//! What the catalogue is made of: instruments with their versions, articles, penalty tiers, links, seed cases.
//!
//! Holds the words and how they read on paper; loading and checking is `load`, choosing by date is `resolve`.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::text;
use crate::finding::{Category, Kind};
use crate::id::ObligationId;
use crate::lang::Bilingual;
use crate::target::OperatorKind;

/// How far a text was checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Confidence {
    /// Read in full text.
    V,
    /// Read in part, or as a quotation of the operative words.
    P,
    /// Seen in commentary, press or a summary only.
    C,
    /// From memory; never shown as a fact.
    M,
}

impl Confidence {
    /// Whether it may be shown as a fact.
    pub fn verified(self) -> bool {
        self != Self::M
    }

    /// The mark in words.
    pub fn name(self) -> Bilingual {
        match self {
            Self::V => Bilingual::new("已核全文", "full text read"),
            Self::P => Bilingual::new("已核部分文字", "read in part"),
            Self::C => Bilingual::new("二手资料", "secondary source"),
            Self::M => Bilingual::new("未核实", "unverified"),
        }
    }
}

/// How a finding touches a duty; the order is the order in which duties are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// Indicates that the operator's own duty may have been breached.
    BreachIndicator,
    /// Triggers a duty to report or keep records.
    ReportingDuty,
    /// An indicator of an inspection.
    InspectionIndicator,
    /// Another person's offence; the operator is usually its victim.
    ThirdPartyOffence,
    /// Only a precondition of a breach, which something outside the page must show.
    Precondition,
}

impl Relation {
    /// The heading under which such duties are shown.
    pub fn name(self) -> Bilingual {
        match self {
            Self::BreachIndicator => Bilingual::new("可能涉及运营者义务", "may touch the operator's duty"),
            Self::ReportingDuty => Bilingual::new("报告与留存义务", "duty to report and keep records"),
            Self::InspectionIndicator => Bilingual::new("检查指标", "inspection indicator"),
            Self::ThirdPartyOffence => {
                Bilingual::new("他人涉嫌违法犯罪", "another person's possible offence")
            }
            Self::Precondition => {
                Bilingual::new("仅为前提，须另行查证", "a precondition only, to be checked")
            }
        }
    }
}

/// What is known about a finding beyond its kind and category.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Circumstance {
    /// Shows only to visitors who come from a search engine.
    SearchConditioned,
    /// Shows only on phones; until retested from another network its origin is uncertain.
    MobileConditioned,
    /// Seen again from another network.
    RetestedElsewhere,
    /// It may come from outside the site (advertising component, carrier).
    OriginUncertain,
    /// It stands where users publish: boards, comments, uploads.
    UserContent,
    /// The operator offers domain resolution, redirects or link conversion as a service.
    RedirectService,
    /// The page carries a ransom note.
    RansomNote,
    /// The site is a commercial (经营性) service.
    Commercial,
    /// Only the link of a mark is at fault, its number is shown.
    LinkOnly,
    /// It concerns the ICP filing mark.
    IcpMark,
    /// It concerns the public-security filing mark.
    PoliceMark,
    /// Personal data are concerned.
    PersonalData,
    /// Content that is not for everybody lies open: files, listings, personal data.
    ContentExposed,
    /// A place that others can try lies open: a console, a login, error pages.
    SurfaceExposed,
    /// It is said for information only.
    InformationOnly,
}

impl Circumstance {
    /// In words.
    pub fn name(self) -> Bilingual {
        let (zh, en) = match self {
            Self::SearchConditioned => ("仅搜索引擎来访时出现", "only for visitors from a search engine"),
            Self::MobileConditioned => ("仅手机访问时出现", "only on phones"),
            Self::RetestedElsewhere => ("已换出口复测", "retested from another network"),
            Self::OriginUncertain => ("来源未定", "origin uncertain"),
            Self::UserContent => ("位于用户发布区域", "where users publish"),
            Self::RedirectService => ("单位提供解析、跳转服务", "the operator offers redirects as a service"),
            Self::RansomNote => ("勒索信页面", "ransom note"),
            Self::Commercial => ("经营性服务", "commercial service"),
            Self::LinkOnly => ("仅链接有误", "only the link is at fault"),
            Self::IcpMark => ("ICP备案标识", "ICP mark"),
            Self::PoliceMark => ("公安备案标识", "police mark"),
            Self::PersonalData => ("涉及个人信息", "personal data concerned"),
            Self::ContentExposed => ("不应公开的内容可读取", "content not for the public can be read"),
            Self::SurfaceExposed => ("仅入口或技术信息暴露", "only a way in or technical facts lie open"),
            Self::InformationOnly => ("仅为信息", "for information only"),
        };
        Bilingual::new(zh, en)
    }
}

/// A law, regulation, standard or interpretation.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Instrument {
    /// Its short name, the first part of every id.
    pub id: String,
    /// Its title.
    pub title: Bilingual,
    /// Who enforces it, unless an article says otherwise.
    pub enforcer: Bilingual,
    /// What to know when citing it.
    pub note: Option<Bilingual>,
    /// Its versions, oldest first, without gap or overlap.
    pub version: Vec<Version>,
}

/// One version of an instrument.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Version {
    /// Its short name, the second part of every id.
    pub id: String,
    /// The first day in force.
    pub from: Date,
    /// The last day in force; none: no end was found.
    pub to: Option<Date>,
    /// Who issued it and when (Chinese).
    pub issued: String,
    /// How far its text was checked.
    pub confidence: Confidence,
    /// How far its dates were checked, where that differs.
    pub dates: Option<Confidence>,
    /// The sources in the fact sheet.
    pub sources: Vec<String>,
}

impl Version {
    /// Whether it was in force on that day.
    pub fn in_force_on(&self, day: Date) -> bool {
        self.from <= day && self.to.is_none_or(|to| day <= to)
    }

    /// The interval of its days in force as ISO 8601 writes it: `2026-01-01/`.
    pub fn in_force(&self) -> String {
        match self.to {
            Some(to) => format!("{}/{to}", self.from),
            None => format!("{}/", self.from),
        }
    }

    /// Whether the dates may be shown as facts.
    pub fn dates_verified(&self) -> bool {
        self.dates.unwrap_or(self.confidence).verified()
    }
}

/// One article (or paragraph, item, clause) of one version: a duty, a penalty, or both.
#[derive(Debug, Clone, Serialize)]
pub struct Article {
    /// Instrument, version, number.
    pub id: ObligationId,
    /// Its place as it is cited: 第二十三条, Article 23.
    pub label: Bilingual,
    /// What it asks or punishes, summarised.
    pub duty: Bilingual,
    /// The same for one kind of operator, where the text tells them apart.
    pub duty_for: BTreeMap<OperatorKind, Bilingual>,
    /// The operative words as the text has them.
    pub words: Option<String>,
    /// Who enforces it.
    pub enforcer: Bilingual,
    /// The penalties for its breach, of every version; the date picks.
    pub penalty: Vec<ObligationId>,
    /// The penalties that take their place for one kind of operator.
    pub penalty_for: BTreeMap<OperatorKind, Vec<ObligationId>>,
    /// What to know when citing it.
    pub note: Option<Bilingual>,
    /// How far it was checked.
    pub confidence: Confidence,
    /// Its penalty tiers, lightest first.
    pub tiers: Vec<Tier>,
    /// The same rule in the version before.
    pub supersedes: Option<ObligationId>,
    /// Position of its instrument.
    #[serde(skip)]
    pub(super) instrument: usize,
    /// Position of its version.
    #[serde(skip)]
    pub(super) version: usize,
}

/// One step of a penalty. Ranges are `[from, to]`, both included; a `from` of 0 means "up to".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tier {
    /// When it applies.
    pub when: Bilingual,
    /// What is ordered besides fines and detention.
    pub measures: Option<Bilingual>,
    /// The fine on the unit, in yuan.
    pub unit: Option<[u64; 2]>,
    /// The fine on a person, in yuan.
    pub person: Option<[u64; 2]>,
    /// Which persons.
    pub who: Option<Bilingual>,
    /// Multiples of the illegal gain.
    pub gain: Option<[u64; 2]>,
    /// Days of administrative detention.
    pub detention: Option<[u64; 2]>,
    /// Criminal penalty.
    pub prison: Option<Bilingual>,
    /// The fine may be left out (可以).
    #[serde(default)]
    pub may: bool,
    /// The fine stands in place of the other measure (或者).
    #[serde(default)]
    pub either: bool,
}

impl Tier {
    /// The whole tier as one line in both languages.
    pub fn text(&self) -> Bilingual {
        Bilingual::new(text::tier_zh(self), text::tier_en(self))
    }
}

/// A rule that links kinds of finding to duties.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// The kinds of finding.
    pub kinds: Vec<Kind>,
    /// The sorts of content; empty: any.
    #[serde(default)]
    pub categories: Vec<Category>,
    /// The kinds of operator; empty: any.
    #[serde(default)]
    pub operators: Vec<OperatorKind>,
    /// What must hold.
    #[serde(default)]
    pub when: Vec<Circumstance>,
    /// What must not hold.
    #[serde(default)]
    pub unless: Vec<Circumstance>,
    /// How the finding touches the duties.
    pub relation: Relation,
    /// The newest versions of the duties.
    pub duties: Vec<ObligationId>,
}

/// What a finding does not show, or what to mind when citing.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Caveat {
    /// The kinds of finding; empty: any.
    #[serde(default)]
    pub kinds: Vec<Kind>,
    /// The sorts of content; empty: any.
    #[serde(default)]
    pub categories: Vec<Category>,
    /// The kinds of operator; empty: any.
    #[serde(default)]
    pub operators: Vec<OperatorKind>,
    /// What must hold.
    #[serde(default)]
    pub when: Vec<Circumstance>,
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// One of the ten cases of the 2019 notice.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedCase {
    /// 1 to 10.
    pub number: u8,
    /// Its title.
    pub title: Bilingual,
    /// Year and month, `2019-03`; the notice names no day.
    pub month: String,
    /// The kind of operator.
    pub operator: OperatorKind,
    /// The sort of content.
    pub category: Option<Category>,
    /// Under which circumstances it showed.
    #[serde(default)]
    pub when: Vec<Circumstance>,
    /// What happened.
    pub facts: Bilingual,
    /// What was imposed.
    pub outcome: Bilingual,
    /// Articles of the time; the notice names instruments only, articles are inferred.
    pub then: Vec<ObligationId>,
    /// Articles that the same facts touch today.
    pub today: Vec<ObligationId>,
    /// How far a scanner of the outside sees it.
    pub observable: Observable,
    /// The kinds of finding that a scanner may report.
    pub kinds: Vec<Kind>,
    /// What it can and cannot see.
    pub outside: Bilingual,
    /// Discrepancies worth knowing.
    pub note: Option<Bilingual>,
}

impl SeedCase {
    /// The first day of its month.
    pub fn date(&self) -> Date {
        format!("{}-01", self.month).parse().unwrap_or(Date::ZERO)
    }
}

/// How far a scanner of the outside sees a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Observable {
    /// Squarely.
    Yes,
    /// Only a precondition of the breach.
    Precondition,
    /// Only through pages of others.
    ThirdParty,
    /// Not at all.
    Nothing,
}
