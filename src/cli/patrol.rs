//! `xuncha patrol`: visits the registered sites that are due, for ever or for one round.

use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::args::{ReportArgs, StoreArgs, VisitArgs};
use super::config::Config;
use super::output::{Sink, note, print};
use super::scan::{Reach, assemble, exit, fetching, lexicon_of, make, runtime, scan_failed, settings, write};
use super::{Exit, Failed, say, targets};
use crate::desk::Deliverer;
use crate::fetch::settings::FetchSettings;
use crate::lang::Lang;
use crate::report::escape::visible;
use crate::scan::patrol::{
    Counts, Orders, Patrol, PatrolError, Roster, Rules, Scanners, Stopper, Told, holder,
};
use crate::scan::{Scanned, Settings};
use crate::schedule::plan::Plan;
use crate::store::{Retention, Store};
use crate::target::Registry;

pub(super) const EXAMPLES: &str = "\
例 Examples:
  xuncha patrol                                    按周期巡检 targets/ 中的网站，直到 Ctrl-C / for ever
  xuncha patrol targets --once --format html --output round.html     巡检一轮并出报告 / one round with a report
  xuncha patrol --once --all                       不论是否到期，全部检查一遍 / every site, due or not
  xuncha patrol --plan --budget 200000             每日 20 万次请求时的巡检计划 / the plan for 200,000 requests a day";

/// Sites visited at the same time when nobody says.
const AT_ONCE: usize = 32;
/// Pages of a site a visit, and links deep, where its target does not say.
const MAX_PAGES: u32 = 5;
const DEPTH: u32 = 1;
/// How often a patrol without terminal says how it goes.
const STATUS: Duration = Duration::from_secs(60);
/// How long the end of a patrol waits for alerts to be taken.
const LAST_ALERTS: Duration = Duration::from_secs(60);
/// Lines of a plan shown; the rest is summed up.
const PLANNED: usize = 40;

/// `xuncha patrol`
#[derive(Debug, Args)]
pub(super) struct PatrolArgs {
    /// 登记文件或目录 / registry file or folder
    #[arg(default_value = targets::FOLDER)]
    path: PathBuf,
    /// 只巡检一轮，然后报告 / one round of what is due, then a report
    #[arg(long)]
    once: bool,
    /// 不论是否到期，检查全部网站 / every site, due or not
    #[arg(long)]
    all: bool,
    /// 只显示计划 / only show the plan
    #[arg(long, conflicts_with_all = ["once", "all"])]
    plan: bool,
    /// 每日请求总数上限，按平方根法则分配；不给出则各按周期 / requests a day, spread by the square-root rule; cadences alone when left out
    #[arg(long, value_name = "REQUESTS")]
    budget: Option<f64>,
    /// 同时访问的网站数 / sites visited at the same time
    #[arg(long, value_name = "N", default_value_t = AT_ONCE)]
    at_once: usize,
    /// 每站每次最多页数（登记未写明时） / pages a visit where the target does not say
    #[arg(long, value_name = "N", default_value_t = MAX_PAGES, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    max_pages: u32,
    /// 链接深度（登记未写明时） / links deep where the target does not say
    #[arg(long, value_name = "N", default_value_t = DEPTH)]
    depth: u32,
    #[command(flatten)]
    report: ReportArgs,
    #[command(flatten)]
    visit: VisitArgs,
    #[command(flatten)]
    store: StoreArgs,
}

pub(super) fn run(args: &PatrolArgs, config: &Config, lang: Lang) -> Result<Exit, Failed> {
    if args.budget.is_some_and(|budget| !budget.is_finite() || budget <= 0.0) {
        return Err(Failed::usage("--budget 须为正数", "--budget must be a number above 0"));
    }
    let registry = targets::sound(&args.path, lang)?;
    let address = super::store::meant(&args.store, config)?;
    let rules = Rules { budget: args.budget };
    if args.plan {
        return runtime()?.block_on(async {
            let store = super::store::open(&address).await?;
            plan(registry, rules, &*store, lang).await
        });
    }
    let reach = Reach { max_pages: args.max_pages, depth: args.depth };
    let scanners = scanners(&args.visit, args.report.evidence.as_deref(), reach, config, lang)?;
    let settings = scanners.open.settings().clone();
    let alerts = super::alert::configured(config, lang)?;
    let mut sink = Sink::open(args.report.output.as_deref())?;
    let started = Timestamp::now();
    let (all, came) = runtime()?.block_on(async {
        let store = super::store::open(&address).await?;
        let told = match alerts {
            Some(alerts) => Some(Telling::begin(super::alert::deliverer(
                alerts,
                Arc::clone(&store),
                Some(args.path.clone()),
            )?)),
            None => None,
        };
        let came = patrol(args, registry, scanners, store, lang).await;
        if let Some(told) = told {
            told.end().await;
        }
        Ok(came)
    })?;
    if args.once {
        let gaps = all.iter().flat_map(|one| one.not_assessed.iter().cloned()).collect();
        let report = assemble(&settings, all, gaps, started);
        write(&report, &args.report, lang, &mut sink)?;
        sink.finish()?;
        came.map_err(|error| failed(&error))?;
        return Ok(exit(&report, args.report.fail_on));
    }
    came.map_err(|error| failed(&error))?;
    Ok(Exit::Clean)
}

/// The scanners for the open net and for private addresses.
pub(super) fn scanners(
    visit: &VisitArgs,
    evidence: Option<&Path>,
    reach: Reach,
    config: &Config,
    lang: Lang,
) -> Result<Scanners, Failed> {
    let fetch = fetching(visit, config)?;
    let settings = settings(visit, evidence, reach, config, lang)?;
    // Healthy pages of thousands of sites would fill any disk; what is found keeps its evidence.
    let settings = Settings { keep_clean: false, ..settings };
    let private = FetchSettings { allow_private: true, ..fetch.clone() };
    let lexicon = Arc::new(lexicon_of(visit, config)?);
    Ok(Scanners {
        open: make(fetch, Arc::clone(&lexicon), settings.clone())?,
        private: make(private, lexicon, settings)?,
    })
}

/// Goes on patrol until Ctrl-C or the end of the round; gives what was seen, for the report of a round.
async fn patrol(
    args: &PatrolArgs,
    registry: Registry,
    scanners: Scanners,
    store: Arc<dyn Store>,
    lang: Lang,
) -> (Vec<Scanned>, Result<(), PatrolError>) {
    let orders = Orders {
        at_once: args.at_once.max(1),
        once: args.once,
        all: args.all,
        rules: Rules { budget: args.budget },
        retention: Retention::default(),
        holder: holder::this(),
    };
    let sites = registry.len() as u64;
    let patrol = Patrol::new(scanners, store, args.path.clone(), orders, zone());
    let (stopper, stop) = Stopper::new();
    let interrupted = tokio::spawn(async move {
        while interrupted().await {
            note(&say(
                lang,
                "正在结束：等待进行中的访问；再按一次立即结束。",
                "ending: visits under way are finished; once more ends at once.",
            ));
            stopper.press();
        }
    });
    let shown = Shown::begin(patrol.counts(), sites, args.once, lang);
    let (heard, keep, bar) = (Arc::new(Mutex::new(Vec::new())), args.once, shown.bar.clone());
    let into = Arc::clone(&heard);
    let hear: Arc<dyn Fn(Told) + Send + Sync> = Arc::new(move |told: Told| {
        for line in lines(&told, lang) {
            bar.suspend(|| note(&line));
        }
        if keep {
            into.lock().unwrap_or_else(PoisonError::into_inner).push(told.scanned);
        }
    });
    let came = patrol.run(registry, stop, hear).await;
    patrol.shutdown().await;
    interrupted.abort();
    shown.end();
    let all = std::mem::take(&mut *heard.lock().unwrap_or_else(PoisonError::into_inner));
    (all, came)
}

/// Alerts that are delivered beside the visits. A channel that fails keeps nobody from visiting.
struct Telling {
    stopper: Stopper,
    task: tokio::task::JoinHandle<()>,
}

impl Telling {
    fn begin(mut deliverer: Deliverer) -> Self {
        let (stopper, stop) = Stopper::new();
        Self { stopper, task: tokio::spawn(async move { deliverer.run(stop).await }) }
    }

    /// Delivers what is due once more; what is not taken in time waits in the store.
    async fn end(self) {
        self.stopper.press();
        if tokio::time::timeout(LAST_ALERTS, self.task).await.is_err() {
            tracing::warn!("a channel did not answer in time; its alerts wait for the next start");
        }
    }
}

/// Waits for Ctrl-C or the signal by which services are ended.
pub(super) async fn interrupted() -> bool {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let Ok(mut terminate) = signal(SignalKind::terminate()) else {
            return tokio::signal::ctrl_c().await.is_ok();
        };
        tokio::select! {
            pressed = tokio::signal::ctrl_c() => pressed.is_ok(),
            ended = terminate.recv() => ended.is_some(),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await.is_ok()
}

/// Windows and cron expressions go by Beijing's clock, as the law does.
fn zone() -> TimeZone {
    TimeZone::fixed(jiff::tz::offset(8))
}

/// What happened to incidents, a line each.
fn lines(told: &Told, lang: Lang) -> Vec<String> {
    let line = |event: &crate::incident::Event| {
        let what = crate::report::words::happening(event.what).get(lang);
        format!("{} {} {what}", visible(told.site.as_str()), visible(event.incident.as_str()))
    };
    told.events.iter().map(line).collect()
}

/// How the patrol goes, on a terminal as a bar, elsewhere as a line a minute in the log.
struct Shown {
    bar: ProgressBar,
    counts: Arc<Counts>,
    ticking: tokio::task::JoinHandle<()>,
    once: bool,
    lang: Lang,
}

impl Shown {
    fn begin(counts: Arc<Counts>, sites: u64, once: bool, lang: Lang) -> Self {
        let bar = match (io::stderr().is_terminal(), once) {
            (false, _) => ProgressBar::hidden(),
            (true, true) => ProgressBar::new(sites),
            (true, false) => ProgressBar::no_length(),
        };
        if let Ok(style) =
            ProgressStyle::with_template(if once { "{bar:24} {pos}/{len} {msg}" } else { "{spinner} {msg}" })
        {
            bar.set_style(style);
        }
        let (ticked, watched) = (bar.clone(), Arc::clone(&counts));
        let ticking = tokio::spawn(async move {
            let mut said = tokio::time::Instant::now();
            loop {
                tokio::time::sleep(Duration::from_millis(500)).await;
                ticked.set_position(watched.visits.load(Ordering::Relaxed));
                ticked.set_message(status(&watched, lang));
                if ticked.is_hidden() && said.elapsed() >= STATUS {
                    said = tokio::time::Instant::now();
                    tracing::info!("{}", status(&watched, lang));
                }
            }
        });
        Self { bar, counts, ticking, once, lang }
    }

    fn end(self) {
        self.ticking.abort();
        self.bar.finish_and_clear();
        if !self.once || self.counts.put_off.load(Ordering::Relaxed) > 0 {
            note(&status(&self.counts, self.lang));
        }
    }
}

fn status(counts: &Counts, lang: Lang) -> String {
    let of = |count: &std::sync::atomic::AtomicU64| count.load(Ordering::Relaxed);
    let Counts { under_way, visits, pages, requests, incidents, failures, put_off } = counts;
    let (under_way, visits, pages) = (of(under_way), of(visits), of(pages));
    let (requests, incidents, failures) = (of(requests), of(incidents), of(failures));
    let mut text = say(
        lang,
        &format!(
            "进行中 {under_way} · 已访 {visits} 站 {pages} 页 · 请求 {requests} · 新事件 {incidents} · 失败 {failures}"
        ),
        &format!(
            "{under_way} under way · {visits} sites, {pages} pages visited · {requests} requests · {incidents} new incidents · \
             {failures} failures"
        ),
    );
    let put_off = of(put_off);
    if put_off > 0 {
        text += &say(
            lang,
            &format!(" · 因不在允许时段推迟 {put_off}"),
            &format!(" · {put_off} put off, outside of their hours"),
        );
    }
    text
}

async fn plan(registry: Registry, rules: Rules, store: &dyn Store, lang: Lang) -> Result<Exit, Failed> {
    let roster = Roster::new(registry, rules, zone());
    let plan = roster.plan(store, Timestamp::now()).await.map_err(|error| super::store::failed(&error))?;
    print(&planned(&plan, lang));
    Ok(Exit::Clean)
}

/// The plan as text: every site's period and expected delay, then the whole beside uniform visiting.
fn planned(plan: &Plan, lang: Lang) -> String {
    let hours = |span: jiff::SignedDuration| format!("{:.1}", span.as_secs_f64() / 3600.0);
    let mut shares: Vec<_> = plan.shares.iter().collect();
    shares.sort_by_key(|share| share.period);
    let mut text = say(lang, "周期（时） 预期首见（时） 网站\n", "period (h)  first look (h)  site\n");
    for share in shares.iter().take(PLANNED) {
        let site = visible(share.site.as_str());
        text += &format!("{:>10} {:>14}  {site}\n", hours(share.period), hours(share.delay));
    }
    if shares.len() > PLANNED {
        let more = shares.len() - PLANNED;
        text += &say(lang, &format!("（另有 {more} 个网站）\n"), &format!("({more} more sites)\n"));
    }
    let (requests, delay, uniform) = (plan.requests, hours(plan.delay), hours(plan.uniform_delay));
    text += &say(
        lang,
        &format!(
            "合计：每日 {requests:.0} 次请求；从被入侵到首次看见，按权重平均 {delay} 小时；同样时段、同样请求数而平均访问则为 {uniform} 小时。\n"
        ),
        &format!(
            "in all: {requests:.0} requests a day; from infection to first look {delay} hours on the weighted average; {uniform} \
             hours if every site were visited equally often in the same hours.\n"
        ),
    );
    if plan.over_budget {
        text += &say(
            lang,
            "预算不足以满足登记的周期：请提高 --budget，或放宽部分网站的周期。\n",
            "the budget does not cover the registered cadences: raise --budget or relax some cadences.\n",
        );
    }
    text
}

fn failed(error: &PatrolError) -> Failed {
    match error {
        PatrolError::Scan(error) => scan_failed(error),
        PatrolError::Store(error) => super::store::failed(error),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn the_store_of_a_patrol_is_the_default_file() {
        let address = super::super::store::meant(&StoreArgs::default(), &Config::default()).unwrap();
        assert_eq!(address.file().and_then(Path::file_name).unwrap(), "xuncha.db");
    }
}
