//! The registry: which sites are registered, by whom they are run, how they may be visited and on what authority.
//!
//! Registry files are TOML; tables (CSV, XLSX) are imported into such files and exported from them. Settings exist
//! twice: as written and as checked ([`Target`]); every mistake is named at once, by file and line. Reads
//! the files it is told to read and asks no network; knows nothing of what a visit finds.

pub mod cadence;
pub mod edit;
pub mod filing;
pub mod hours;
pub mod merge;
pub mod registry;
pub mod table;

mod block;
mod check;
mod cron;
mod field;
mod mistake;
mod operator;
mod sheet;
#[cfg(test)]
mod tests;
mod write;
mod written;

use jiff::civil::Date;
use serde::Serialize;
use url::Url;

pub use field::{FIELDS, Field};
pub use mistake::{At, Mistake};
pub use operator::{OperatorKind, UnknownOperatorKind};
pub use registry::{Registry, RegistryError};
pub use write::toml;

use crate::id::TargetId;
use cadence::{Cadence, Window};

/// A registered site, checked.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Target {
    /// Its name in store and reports; by default the host of its first address.
    pub id: TargetId,
    /// What people call it (网站名称).
    pub name: String,
    /// Where visits begin; never empty. The first is the home page.
    pub urls: Vec<Url>,
    /// Who runs it.
    pub operator: Operator,
    /// Administrative division (行政区划): six digits of GB/T 2260, or a name.
    pub division: Option<String>,
    /// ICP filing number (ICP备案号).
    pub icp: Option<String>,
    /// Public-security filing number (公安备案号).
    pub police: Option<String>,
    /// Code of a government site (网站标识码).
    pub site_code: Option<String>,
    /// Level of classified protection (等级保护), 1 to 5.
    pub protection_level: Option<u8>,
    /// Whom to tell.
    pub contacts: Vec<String>,
    /// Free words to choose by.
    pub labels: Vec<String>,
    /// What belongs to the site.
    pub scope: Scope,
    /// How it is visited.
    pub visit: Visiting,
    /// On what authority.
    pub authorisation: Authorisation,
}

/// Who runs a site.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Operator {
    /// The body (主办单位).
    pub name: Option<String>,
    /// Its kind (单位性质).
    pub kind: OperatorKind,
}

/// What belongs to a site beside the hosts of its addresses.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Scope {
    /// Further hosts; `*.example.cn` stands for every name below.
    pub hosts: Vec<String>,
    /// Only paths that begin so; empty: all.
    pub paths: Vec<String>,
    /// No paths that begin so.
    pub exclude: Vec<String>,
    /// Registrable domains of the same operator; links to them are no foreign links.
    pub siblings: Vec<String>,
}

/// How a site is visited. What is not said here is as the patrol does by default.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Visiting {
    /// How often at the least (周期).
    pub cadence: Option<Cadence>,
    /// When it may be visited; empty: at any time.
    pub windows: Vec<Window>,
    /// When it must not be visited, such as the busy hours of a service hall.
    pub avoid: Vec<Window>,
    /// Requests per second and host.
    pub rate: Option<f64>,
    /// Pages a visit.
    pub max_pages: Option<u32>,
    /// Links deep.
    pub depth: Option<u32>,
    /// Fetch profiles, by their short names.
    pub profiles: Vec<String>,
    /// Whether it may lie at a private address.
    pub allow_private: bool,
}

/// On what authority a site is watched.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Authorisation {
    /// The article, mandate or contract it rests on.
    pub basis: Option<String>,
    /// When the operator was told.
    pub notice: Option<Date>,
    /// Where the scope was published.
    pub published: Option<String>,
    /// Who answers for it.
    pub officers: Vec<String>,
    /// Number of the written authorisation; exposure checks, and every active probe of critical infrastructure, need one.
    pub written: Option<String>,
}

impl Target {
    /// Whether paths may be asked for that the site does not offer. Critical information infrastructure must not be
    /// probed without authorisation (关键信息基础设施安全保护条例 art. 31).
    pub fn may_probe(&self) -> bool {
        self.operator.kind != OperatorKind::Cii || self.authorisation.written.is_some()
    }

    /// Whether exposed files and folders may be looked for (`exposed-resource`): only with written authorisation, whoever
    /// runs the site (刑法 art. 285).
    pub fn may_check_exposure(&self) -> bool {
        self.authorisation.written.is_some()
    }

    /// The home page.
    pub fn home(&self) -> &Url {
        &self.urls[0]
    }
}
