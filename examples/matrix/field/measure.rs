//! Scans the sites and says of each whether the answer was right.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::time::Duration;

use futures_util::StreamExt as _;
use url::Url;
use xuncha::exchange::profile::Profile;
use xuncha::fetch::Fetcher;
use xuncha::fetch::settings::{FetchSettings, Override};
use xuncha::finding::{Finding, Kind, Severity};
use xuncha::lang::Lang;
use xuncha::lexicon::Lexicon;
use xuncha::report::words;
use xuncha::scan::{BrowserUse, Scanner, Settings};
use xuncha::target::OperatorKind;

use super::case::{Case, Gate, Habit, Proof};
use super::server::Server;

/// Any failure of the measurement itself.
pub(crate) type Broken = Box<dyn std::error::Error + Send + Sync>;

/// What came of one site.
pub(crate) struct Outcome {
    /// The site.
    pub(crate) case: Case,
    /// Its findings of content, medium or worse.
    pub(crate) findings: Vec<Finding>,
    /// Requests sent.
    pub(crate) requests: u64,
}

/// Scans every site, several at a time.
pub(crate) async fn measure(cases: Vec<Case>, profiles: &[&str]) -> Result<Vec<Outcome>, Broken> {
    let server = Server::start(cases.clone()).await?;
    let evidence = tempfile::tempdir()?;
    let scanners =
        [scanner(&server, evidence.path(), profiles, 1)?, scanner(&server, evidence.path(), profiles, 3)?];
    let scans = futures_util::stream::iter(cases).map(|case| {
        let scanner = &scanners[usize::from(case.pages() > 1)];
        let address = server.url(&case);
        async move {
            let scanned = scanner.scan(&Url::parse(&address)?, &|_| {}).await?;
            let findings = scanned.findings.into_iter().map(|reported| reported.finding);
            let findings = findings.filter(|one| is_content(one.kind) && one.severity >= Severity::Medium);
            Ok::<_, Broken>(Outcome { case, findings: findings.collect(), requests: scanned.requests })
        }
    });
    scans.buffered(8).collect::<Vec<_>>().await.into_iter().collect()
}

fn scanner(server: &Server, evidence: &Path, profiles: &[&str], pages: u32) -> Result<Scanner, Broken> {
    let everywhere = Override {
        host: "*".to_owned(),
        port: server.address.port(),
        addresses: vec![IpAddr::V4(Ipv4Addr::LOCALHOST)],
    };
    let mut fetch =
        FetchSettings { allow_private: true, overrides: vec![everywhere], ..FetchSettings::default() };
    fetch.manners.rate = 0.0;
    fetch.manners.connections = 64;
    let settings = Settings {
        profiles: profiles.iter().filter_map(|id| Profile::by_id(id)).collect(),
        profile_gap: Duration::ZERO,
        landings: 4,
        trigger_probes: 10,
        resources: 10,
        max_pages: pages,
        depth: pages - 1,
        probe_missing_path: true,
        as_of: None,
        operator: OperatorKind::Unknown,
        evidence: evidence.to_owned(),
        keep_clean: false,
        browser: BrowserUse::Never,
        lang: Lang::Zh,
        target: None,
        authorisation: None,
        exposure: None,
    };
    Ok(Scanner::new(Fetcher::new(fetch)?, Lexicon::with_sets(&[])?, settings))
}

/// Marks, transport and reachability belong to other measurements.
fn is_content(kind: Kind) -> bool {
    !matches!(
        kind,
        Kind::MissingIcpMark
            | Kind::MissingPoliceMark
            | Kind::InconsistentMark
            | Kind::TlsProblem
            | Kind::UnreachableSite
    )
}

impl Outcome {
    /// Whether an infected site was found for what it does.
    pub(crate) fn is_caught(&self) -> bool {
        let Habit::Infected { gate, delivery, .. } = self.case.habit else { return false };
        let gated = !gate.shows().is_empty();
        self.findings.iter().any(|finding| match finding.kind {
            Kind::IllicitRedirect => delivery.leads_away(),
            Kind::Cloaking => gated,
            _ => !delivery.leads_away() && !gated,
        })
    }

    /// Whether every finding of it says the right condition, proven where it can be.
    pub(crate) fn is_named(&self) -> bool {
        let (Some(expected), Habit::Infected { gate, .. }) = (self.case.shows(), self.case.habit) else {
            return false;
        };
        let expected: BTreeSet<&str> = expected.into_iter().collect();
        let certain = gate.proof() == Proof::Certain && !matches!(gate, Gate::OpenHour);
        self.is_caught()
            && self.findings.iter().all(|finding| {
                let shows: BTreeSet<&str> = finding.conditions.shows.iter().map(String::as_str).collect();
                let content = !matches!(finding.kind, Kind::Cloaking | Kind::IllicitRedirect);
                let proven = finding.conditions.minimal || !certain || (content && expected.is_empty());
                let precise = match gate.precisely() {
                    Some(word) if !content => {
                        finding.conditions.alternatives.concat().iter().any(|told| told == word)
                    }
                    _ => true,
                };
                shows == expected && proven && precise
            })
    }

    /// Whether the conditions are said to be proven.
    pub(crate) fn is_minimal(&self) -> bool {
        self.is_caught() && self.findings.iter().all(|finding| finding.conditions.minimal)
    }

    /// The findings, one a line.
    pub(crate) fn told(&self) -> String {
        let line = |finding: &Finding| {
            format!(
                "    {} {} {} [{}]{} {} {} {}",
                finding.kind,
                finding.severity,
                finding.place.method.as_deref().unwrap_or_default(),
                finding.conditions.shows.join(" "),
                if finding.conditions.minimal { " minimal" } else { "" },
                words::conditions(&finding.conditions, Lang::Zh),
                finding.detail.get("seen").map(ToString::to_string).unwrap_or_default(),
                finding.detail.get("tried").map(ToString::to_string).unwrap_or_default(),
            )
        };
        self.findings.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}
