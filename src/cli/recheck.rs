//! `xuncha recheck`: look again at an incident under the very conditions that showed it.
//!
//! Every page on which the incident was seen is visited once more, by the profiles that saw it first, then by the usual
//! ones as controls. What comes of it is remembered like any visit, so that the incident's course moves on.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;
use url::Url;

use super::args::{StoreArgs, VisitArgs};
use super::config::Config;
use super::output::{note, print};
use super::scan::{Reach, runtime, scan_failed, scanner, watcher};
use super::{Exit, Failed, say};
use crate::exchange::profile::Profile;
use crate::incident::Course;
use crate::lang::Lang;
use crate::report::Options;
use crate::scan::remember::{Turn, remember};
use crate::store::{Case, Store};

pub(super) const EXAMPLES: &str = "\
例 Examples:
  xuncha recheck inc-1a2b                        复查一个事件 / look again at one incident
  xuncha recheck --due                           复查所有到期的事件 / look again at every incident whose time has come";

/// `xuncha recheck`
#[derive(Debug, Args)]
pub(super) struct RecheckArgs {
    /// 事件或发现的编号 / ids of incidents or of findings
    #[arg(required_unless_present = "due", value_name = "ID")]
    ids: Vec<String>,
    /// 复查所有到期的事件 / every incident whose time to look again has come
    #[arg(long)]
    due: bool,
    /// 证据存放目录 / folder in which evidence is kept
    #[arg(long, value_name = "DIR")]
    evidence: Option<PathBuf>,
    #[command(flatten)]
    visit: VisitArgs,
    #[command(flatten)]
    store: StoreArgs,
}

/// Incidents looked at again in one run of `--due`.
const DUE_AT_ONCE: u32 = 200;

pub(super) fn run(args: &RecheckArgs, config: &Config, lang: Lang) -> Result<Exit, Failed> {
    let address = super::store::existing(&args.store, config)?;
    runtime()?.block_on(async {
        let store = super::store::open(&address).await?;
        let cases = cases(&*store, args).await?;
        let mut worst = Exit::Clean;
        for case in &cases {
            let came = recheck(&*store, case, args, config, lang).await?;
            worst = worse(worst, came);
        }
        if cases.is_empty() {
            note(&say(lang, "没有到期的复查。", "no incident is due to be looked at again."));
        }
        Ok(worst)
    })
}

/// The incidents that are meant, each once.
async fn cases(store: &dyn Store, args: &RecheckArgs) -> Result<Vec<Case>, Failed> {
    let mut ids = args.ids.clone();
    if args.due {
        let due = store.rechecks(Timestamp::now(), DUE_AT_ONCE).await;
        let due = due.map_err(|error| super::store::failed(&error))?;
        ids.extend(due.into_iter().map(|incident| incident.id.to_string()));
    }
    let mut cases: BTreeMap<String, Case> = BTreeMap::new();
    for id in ids {
        let case = store.case(&id).await.map_err(|error| super::store::failed(&error))?;
        let case = case.ok_or_else(|| super::findings::unknown(&id))?;
        cases.insert(case.incident.id.to_string(), case);
    }
    Ok(cases.into_values().collect())
}

/// Looks again at every page of one incident.
async fn recheck(
    store: &dyn Store,
    case: &Case,
    args: &RecheckArgs,
    config: &Config,
    lang: Lang,
) -> Result<Exit, Failed> {
    let visit = VisitArgs { profiles: profiles(case, &args.visit, config)?, ..args.visit.clone() };
    let scanner = scanner(&visit, args.evidence.as_deref(), Reach { max_pages: 1, depth: 0 }, config, lang)?;
    let mut open = false;
    for page in pages(case) {
        let mut scanned = scanner.scan(&page, &watcher(lang)).await.map_err(|error| scan_failed(&error))?;
        open |= !scanned.not_assessed.is_empty();
        let turn = Turn { keep_page_states: true, ..Turn::default() };
        let remembered = remember(store, &mut scanned, &case.incident.target, turn).await;
        remembered.map_err(|error| super::store::failed(&error))?;
    }
    scanner.shutdown().await;
    let id = case.incident.id.as_str();
    let now = store.case(id).await.map_err(|error| super::store::failed(&error))?;
    let now = now.ok_or_else(|| super::findings::unknown(id))?;
    print(&super::findings::told(&now, lang, &Options::default(), Timestamp::now()));
    Ok(match now.incident.course {
        Course::Active if saw_again(case, &now) => Exit::Findings,
        _ if open => Exit::NotAssessed,
        Course::Active => Exit::Findings,
        Course::Clean | Course::Rectified => Exit::Clean,
    })
}

/// Whether the look just made saw the incident.
fn saw_again(before: &Case, after: &Case) -> bool {
    after.incident.last_seen > before.incident.last_seen
}

/// The pages of an incident.
fn pages(case: &Case) -> BTreeSet<Url> {
    case.findings.iter().filter_map(|stored| Url::parse(&stored.tracked.page).ok()).collect()
}

/// The profiles that saw the incident, then the usual ones as controls.
fn profiles(case: &Case, visit: &VisitArgs, config: &Config) -> Result<Vec<String>, Failed> {
    let mut names = Vec::new();
    for stored in &case.findings {
        let finding = &stored.tracked.finding;
        names.extend(finding.place.profile.iter().map(ToString::to_string));
        names.extend(finding.conditions.profiles.iter().map(ToString::to_string));
    }
    let usual = if visit.profiles.is_empty() { &config.profiles } else { &visit.profiles };
    names.extend(super::scan::profiles(usual)?.iter().map(|profile| profile.id.to_string()));
    let mut seen = BTreeSet::new();
    names.retain(|name| Profile::by_id(name).is_some() && seen.insert(name.clone()));
    Ok(names)
}

/// The exit status that says more.
fn worse(one: Exit, other: Exit) -> Exit {
    match (one, other) {
        (Exit::Findings, _) | (_, Exit::Findings) => Exit::Findings,
        (Exit::NotAssessed, _) | (_, Exit::NotAssessed) => Exit::NotAssessed,
        (one, _) => one,
    }
}
