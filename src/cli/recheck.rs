//! `xuncha recheck`: look again at an incident under the very conditions that showed it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;

use super::args::{StoreArgs, VisitArgs};
use super::config::Config;
use super::output::{note, print};
use super::scan::{Reach, runtime, scan_failed, scanner, watcher};
use super::{Exit, Failed, say};
use crate::incident::Course;
use crate::lang::Lang;
use crate::report::Options;
use crate::scan::{self, RecheckError};
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
    /// 已获书面授权的文号，复查暴露面事件时必需 / number of the written authorisation; exposures are looked for again only with it
    #[arg(long, value_name = "文号 NUMBER", conflicts_with = "due", value_parser = super::args::parse_written)]
    exposure_authorised: Option<String>,
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
    let reach = Reach { max_pages: 1, depth: 0 };
    let written = args.exposure_authorised.as_deref();
    let scanner = scanner(&args.visit, args.evidence.as_deref(), reach, written, config, lang)?;
    let looked = scan::recheck(&scanner, store, case, &watcher(lang)).await;
    scanner.shutdown().await;
    let open = looked.map_err(|error| recheck_failed(&error))?.iter().any(|one| !one.not_assessed.is_empty());
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

/// What to tell when a look could not be made or remembered.
fn recheck_failed(error: &RecheckError) -> Failed {
    match error {
        RecheckError::Scan(error) => scan_failed(error),
        RecheckError::Store(error) => super::store::failed(error),
    }
}

/// The exit status that says more.
fn worse(one: Exit, other: Exit) -> Exit {
    match (one, other) {
        (Exit::Findings, _) | (_, Exit::Findings) => Exit::Findings,
        (Exit::NotAssessed, _) | (_, Exit::NotAssessed) => Exit::NotAssessed,
        (one, _) => one,
    }
}
