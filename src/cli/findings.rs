//! `xuncha findings`: what the store knows of findings and incidents, and what people decide of them.
//!
//! A decision stands beside the findings, never in them: who, when, why, until when; re-scans do not touch it.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use super::args::StoreArgs;
use super::config::Config;
use super::output::{Sink, note, print};
use super::{Exit, Failed, say};
use crate::finding::{Kind, Severity};
use crate::id::TargetId;
use crate::incident::campaign::{self, Member};
use crate::incident::{Decided, Decision, Event, Tracked};
use crate::lang::Lang;
use crate::report::escape::visible;
use crate::report::grading;
use crate::report::history::{self, History};
use crate::report::{Belonging, Format, Options, Report, Reported, Summary};
use crate::scan::{legal_day, link_duties};
use crate::store::{Case, Filter, Store, StoredFinding};
use crate::target::{OperatorKind, Registry};

/// Findings listed when the user says no number.
const LISTED: u32 = 1000;

/// How long a dismissal holds when the user says no date: long enough not to nag, short enough that nothing is
/// silenced for good.
const DISMISSED_FOR: SignedDuration = SignedDuration::from_hours(90 * 24);

/// `xuncha findings`
#[derive(Debug, Subcommand)]
pub(super) enum FindingsCommand {
    /// 列出发现 / list findings, the latest seen first
    #[command(after_help = LIST_EXAMPLES)]
    List(ListArgs),
    /// 显示一个事件：经过、时间、发现 / show an incident with its history and findings
    Show(ShowArgs),
    /// 核实：确有其事 / it is what it seems
    Confirm(DecideArgs),
    /// 搁置：误报或接受，须说明理由 / set aside for a time; a reason is asked for
    #[command(after_help = DISMISS_EXAMPLES)]
    Dismiss(DismissArgs),
    /// 已通知运营者整改 / the operator was told to put it right
    Notify(DecideArgs),
    /// 备注 / a remark
    Note(DecideArgs),
    /// 列出团伙线索：多站共用同一落地或脚本 / campaigns: incidents on several sites that share a landing or script
    Campaigns {
        #[command(flatten)]
        store: StoreArgs,
    },
}

const LIST_EXAMPLES: &str = "\
例 Examples:
  xuncha findings list --open                              仍可见的 / what still shows
  xuncha findings list --target www.example.gov.cn --format html --output findings.html
  xuncha findings list --since 2026-11-01 --severity high --format jsonl";

const DISMISS_EXAMPLES: &str = "\
例 Examples:
  xuncha findings dismiss inc-1a2b --by 李警官 --why 自建演练页面 --until 2027-01-31";

/// `xuncha findings list`
#[derive(Debug, Args)]
pub(super) struct ListArgs {
    /// 只看某网站 / of one site
    #[arg(long, value_name = "SITE")]
    target: Option<String>,
    /// 只看某事件 / of one incident
    #[arg(long, value_name = "ID")]
    incident: Option<String>,
    /// 只看仍可见的 / only what still shows
    #[arg(long)]
    open: bool,
    /// 只看该日（北京时间）起所见的 / seen on or after that day, Beijing time
    #[arg(long, value_name = "DATE")]
    since: Option<Date>,
    /// 只看某类 / of one kind
    #[arg(long, value_name = "KIND")]
    kind: Option<Kind>,
    /// 只看该级别及以上 / at or above that severity
    #[arg(long, value_name = "LEVEL", default_value = "info")]
    severity: Severity,
    /// 最多列出多少项，0 不限 / so many at the most; 0 means no limit
    #[arg(long, value_name = "N", default_value_t = LISTED)]
    limit: u32,
    /// 报告格式 / report format: text json jsonl sarif html csv
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = super::args::parse_format)]
    format: Format,
    /// 写入文件而非标准输出 / write to a file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// 达到该级别的发现使退出码为 1；不给出则总为 0 / findings at or above this level make the exit status 1
    #[arg(long, value_name = "LEVEL")]
    fail_on: Option<Severity>,
    #[command(flatten)]
    law: LawArgs,
    #[command(flatten)]
    store: StoreArgs,
}

/// Which law is linked.
#[derive(Debug, Args)]
pub(super) struct LawArgs {
    /// 按该日期有效的法律判断；不给出则按每项最后所见之日 / the law in force on that date instead of the day of each sight
    #[arg(long, value_name = "DATE")]
    as_of: Option<Date>,
    /// 运营者性质；不给出则查登记 / kind of operator, as for scan; as registered when left out
    #[arg(long, value_name = "KIND")]
    operator: Option<String>,
    /// 登记文件或目录，用于查运营者性质 / registry by which the kind of operator is known
    #[arg(long, value_name = "PATH", default_value = super::targets::FOLDER)]
    targets: PathBuf,
}

/// Who runs the sites: as the user says, else as registered, else as the settings say.
struct Operators {
    said: Option<OperatorKind>,
    registry: Option<Registry>,
    usual: OperatorKind,
}

impl Operators {
    fn of(law: &LawArgs, config: &Config) -> Result<Self, Failed> {
        Ok(Self {
            said: law.operator.as_deref().map(|kind| super::law::parse_operator(Some(kind))).transpose()?,
            // A registry that is not there or does not read leaves the kind unknown and nothing else.
            registry: Registry::load(&law.targets).ok(),
            usual: super::law::parse_operator(config.operator.as_deref())?,
        })
    }

    fn kind(&self, site: &TargetId) -> OperatorKind {
        let registered = || self.registry.as_ref()?.get(site).map(|target| target.operator.kind);
        self.said.or_else(registered).unwrap_or(self.usual)
    }
}

/// `xuncha findings show`
#[derive(Debug, Args)]
pub(super) struct ShowArgs {
    /// 事件或发现的编号 / id of an incident or of one of its findings
    id: String,
    /// 报告格式；text 含经过与分级 / report format: text (with history and grading) json jsonl sarif html csv
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = super::args::parse_format)]
    format: Format,
    /// 写入文件而非标准输出 / write to a file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    law: LawArgs,
    #[command(flatten)]
    store: StoreArgs,
}

/// What every decision says.
#[derive(Debug, Args)]
pub(super) struct DecideArgs {
    /// 事件或发现的编号 / id of an incident or of one of its findings
    id: String,
    /// 何人 / who decides
    #[arg(long, value_name = "NAME", env = "XUNCHA_USER")]
    by: String,
    /// 理由或备注 / why, or the remark
    #[arg(long, value_name = "TEXT", default_value = "")]
    why: String,
    #[command(flatten)]
    store: StoreArgs,
}

/// `xuncha findings dismiss`
#[derive(Debug, Args)]
pub(super) struct DismissArgs {
    #[command(flatten)]
    decide: DecideArgs,
    /// 搁置到该日（含，北京时间），默认 90 天 / the dismissal holds through that day, Beijing time; 90 days by default
    #[arg(long, value_name = "DATE")]
    until: Option<Date>,
}

pub(super) fn run(command: &FindingsCommand, config: &Config, lang: Lang) -> Result<Exit, Failed> {
    let now = Timestamp::now();
    match command {
        FindingsCommand::List(args) => list(args, config, lang, now),
        FindingsCommand::Show(args) => show(args, config, lang, now),
        FindingsCommand::Confirm(args) => decide(args, Decided::Confirm, None, config, lang, now),
        FindingsCommand::Notify(args) => decide(args, Decided::Notify, None, config, lang, now),
        FindingsCommand::Note(args) => decide(args, Decided::Note, None, config, lang, now),
        FindingsCommand::Campaigns { store } => campaigns(store, config, lang),
        FindingsCommand::Dismiss(args) => {
            let until = match args.until {
                Some(day) => end_of(day)?,
                None => now.checked_add(DISMISSED_FOR).map_err(|error| Failed::internal(&error))?,
            };
            decide(&args.decide, Decided::Dismiss, Some(until), config, lang, now)
        }
    }
}

fn list(args: &ListArgs, config: &Config, lang: Lang, now: Timestamp) -> Result<Exit, Failed> {
    let filter = Filter {
        target: args.target.as_deref().map(TargetId::new),
        incident: args.incident.as_deref().map(crate::id::IncidentId::new),
        open: args.open,
        since: args.since.map(start_of).transpose()?,
        limit: 0,
    };
    let (stored, belonging) = super::store::with(&args.store, config, async |store| {
        let stored = store.findings(&filter).await?;
        let belonging = Standings::read(store, &filter, now).await?;
        Ok((stored, belonging))
    })?;
    let wanted = |one: &&StoredFinding| {
        let finding = &one.tracked.finding;
        finding.severity >= args.severity && args.kind.is_none_or(|kind| finding.kind == kind)
    };
    let operators = Operators::of(&args.law, config)?;
    let most = if args.limit == 0 { usize::MAX } else { args.limit as usize };
    let count = stored.iter().filter(wanted).count();
    let mut reported = Vec::new();
    for one in stored.iter().filter(wanted).take(most) {
        reported.push(reported_of(one, belonging.of(one), args.law.as_of, &operators));
    }
    if count > reported.len() {
        note(&say(
            lang,
            &format!("共 {count} 项，列出最近的 {most} 项；用 --limit 0 列出全部。"),
            &format!("{count} in all, the latest {most} are listed; --limit 0 lists every one."),
        ));
    }
    let failing = args.fail_on.is_some_and(|level| reported.iter().any(|one| one.finding.severity >= level));
    let report = report_of(reported, args.law.as_of, now);
    let mut sink = Sink::open(args.output.as_deref())?;
    super::scan::write_as(&report, args.format, lang, &mut sink)?;
    sink.finish()?;
    Ok(if failing { Exit::Findings } else { Exit::Clean })
}

fn show(args: &ShowArgs, config: &Config, lang: Lang, now: Timestamp) -> Result<Exit, Failed> {
    let case = super::store::with(&args.store, config, async |store| store.case(&args.id).await)?
        .ok_or_else(|| unknown(&args.id))?;
    let mut sink = Sink::open(args.output.as_deref())?;
    let operators = Operators::of(&args.law, config)?;
    if args.format == Format::Text {
        let options = Options { colour: sink.colour, width: sink.width, ..Options::default() };
        let operator = operators.kind(&case.incident.target);
        let head = told(&case, lang, &options, now) + &graded(&case, operator, lang) + "\n";
        sink.writer().write_all(head.as_bytes()).map_err(|error| super::output::cannot_write(&error))?;
    }
    let belonging = Belonging {
        id: case.incident.id.clone(),
        standing: case.incident.standing(&case.decisions, now),
        site: case.incident.target.clone(),
    };
    let mut reported = Vec::new();
    for one in &case.findings {
        reported.push(reported_of(one, Some(belonging.clone()), args.law.as_of, &operators));
    }
    super::scan::write_as(&report_of(reported, args.law.as_of, now), args.format, lang, &mut sink)?;
    sink.finish()?;
    Ok(Exit::Clean)
}

/// What the duration of an incident may mean for its grade.
fn graded(case: &Case, operator: OperatorKind, lang: Lang) -> String {
    let findings: Vec<&Tracked> = case.findings.iter().map(|one| &one.tracked).collect();
    let lines = grading::lines(&findings, operator, lang);
    if lines.is_empty() {
        return String::new();
    }
    let head = say(lang, "  分级参考\n", "  grading, for reference\n");
    head + &lines.iter().map(|line| format!("    {line}\n")).collect::<String>()
}

/// Incidents on several sites that share a host, the largest campaign first.
fn campaigns(store: &StoreArgs, config: &Config, lang: Lang) -> Result<Exit, Failed> {
    let incidents =
        super::store::with(store, config, async |store| store.incidents(&Filter::default()).await)?;
    let members: Vec<Member> = incidents
        .into_iter()
        .map(|incident| Member {
            incident: incident.id,
            target: incident.target,
            kinds: incident.kinds,
            hosts: incident.hosts,
        })
        .collect();
    let mut text = String::new();
    for campaign in campaign::campaigns(&members) {
        let list = |names: &mut dyn Iterator<Item = &str>| names.map(visible).collect::<Vec<_>>().join(" ");
        let hosts = list(&mut campaign.hosts.iter().map(String::as_str));
        let sites = list(&mut campaign.targets.iter().map(TargetId::as_str));
        let incidents = list(&mut campaign.incidents.iter().map(crate::id::IncidentId::as_str));
        let (id, count) = (visible(&campaign.id), campaign.targets.len());
        text += &say(
            lang,
            &format!("{id}　{count} 个网站\n  共用 {hosts}\n  网站 {sites}\n  事件 {incidents}\n"),
            &format!("{id}  {count} sites\n  share {hosts}\n  sites {sites}\n  incidents {incidents}\n"),
        );
    }
    if text.is_empty() {
        text = say(lang, "没有多站共用的落地或脚本。\n", "no sites share a landing or script.\n");
    }
    print(&text);
    Ok(Exit::Clean)
}

/// The history of an incident as text.
pub(super) fn told(case: &Case, lang: Lang, options: &Options, now: Timestamp) -> String {
    let findings: Vec<&Tracked> = case.findings.iter().map(|one| &one.tracked).collect();
    let events: Vec<Event> = case.events.iter().map(|numbered| numbered.event.clone()).collect();
    let history = History {
        incident: &case.incident,
        findings: &findings,
        decisions: &case.decisions,
        events: &events,
        now,
    };
    history::card(&history, lang, options)
}

fn decide(
    args: &DecideArgs,
    what: Decided,
    until: Option<Timestamp>,
    config: &Config,
    lang: Lang,
    now: Timestamp,
) -> Result<Exit, Failed> {
    if args.by.trim().is_empty() {
        return Err(Failed::usage("--by 不能为空", "--by must not be empty")
            .advise("请写明作出决定的人。", "name the person who decides."));
    }
    if args.why.trim().is_empty() && matches!(what, Decided::Dismiss | Decided::Note) {
        return Err(Failed::usage("缺少 --why", "--why is missing")
            .advise("搁置须说明理由，备注须有内容。", "a dismissal needs a reason, a note its text."));
    }
    if until.is_some_and(|until| until <= now) {
        return Err(Failed::usage("--until 已经过去", "--until lies in the past")
            .advise("请给出将来的日期。", "name a day to come."));
    }
    let case = super::store::with(&args.store, config, async |store| {
        let Some(case) = store.case(&args.id).await? else { return Ok(None) };
        let decision = Decision {
            incident: case.incident.id.clone(),
            what,
            who: args.by.trim().to_owned(),
            at: now,
            why: args.why.trim().to_owned(),
            until,
        };
        store.decide(&decision).await?;
        store.case(case.incident.id.as_str()).await
    })?
    .ok_or_else(|| unknown(&args.id))?;
    print(&told(&case, lang, &Options::default(), now));
    Ok(Exit::Clean)
}

/// How the incidents of listed findings stand.
struct Standings(Vec<Belonging>);

impl Standings {
    async fn read(
        store: &dyn Store,
        filter: &Filter,
        now: Timestamp,
    ) -> Result<Self, crate::store::StoreError> {
        let decisions = store.decisions(filter.incident.as_ref()).await?;
        let all = Filter { open: false, since: None, ..filter.clone() };
        let incidents = store.incidents(&all).await?;
        let belonging = incidents.into_iter().map(|incident| Belonging {
            standing: incident.standing(&decisions, now),
            id: incident.id,
            site: incident.target,
        });
        let mut belonging: Vec<_> = belonging.collect();
        belonging.sort_by(|one, other| one.id.cmp(&other.id));
        Ok(Self(belonging))
    }

    fn of(&self, stored: &StoredFinding) -> Option<Belonging> {
        let wanted = &stored.tracked.incident;
        self.0.binary_search_by(|one| one.id.cmp(wanted)).ok().map(|at| self.0[at].clone())
    }
}

/// A stored finding with the duties that its operator had.
fn reported_of(
    stored: &StoredFinding,
    incident: Option<Belonging>,
    as_of: Option<Date>,
    operators: &Operators,
) -> Reported {
    let finding = stored.tracked.finding.clone();
    let operator = incident.as_ref().map_or(operators.usual, |belonging| operators.kind(&belonging.site));
    let on = as_of.unwrap_or_else(|| legal_day(finding.last_seen));
    let mut reported = Reported {
        finding,
        obligations: Vec::new(),
        evidence: stored.evidence.clone(),
        incident,
        extra: serde_json::Map::new(),
    };
    link_duties(&mut reported, operator, on);
    reported
}

/// Stored findings as one report. Nothing was asked for it, so there are no requests.
fn report_of(findings: Vec<Reported>, as_of: Option<Date>, now: Timestamp) -> Report {
    let times = findings.iter().flat_map(|one| [one.finding.first_seen, one.finding.last_seen]);
    let (started, ended) =
        times.fold((now, Timestamp::UNIX_EPOCH), |(first, last), at| (first.min(at), last.max(at)));
    let pages: std::collections::BTreeSet<_> = findings.iter().map(|one| one.finding.url.as_str()).collect();
    Report {
        summary: Summary {
            urls: pages.len() as u64,
            requests: 0,
            findings: findings.len() as u64,
            not_assessed: 0,
            profiles: Vec::new(),
            started,
            ended: ended.max(started),
            law_as_of: as_of.unwrap_or_else(|| legal_day(now)),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        },
        findings,
        not_assessed: Vec::new(),
    }
}

/// What to tell when nothing has that id.
pub(super) fn unknown(id: &str) -> Failed {
    Failed::usage(format!("记忆库中没有 `{id}`"), format!("the store knows no `{id}`")).advise(
        "用 `xuncha findings list` 查看编号，并核对 --store。",
        "`xuncha findings list` shows the ids; check --store, too.",
    )
}

/// The first instant of a day in Beijing.
fn start_of(day: Date) -> Result<Timestamp, Failed> {
    let instant = jiff::tz::offset(8).to_timestamp(day.at(0, 0, 0, 0));
    instant.map_err(|error| Failed::usage(format!("日期有误：{error}"), format!("a wrong date: {error}")))
}

/// The first instant after a day in Beijing.
fn end_of(day: Date) -> Result<Timestamp, Failed> {
    let next = day.tomorrow();
    start_of(
        next.map_err(|error| Failed::usage(format!("日期有误：{error}"), format!("a wrong date: {error}")))?,
    )
}
