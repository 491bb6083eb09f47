//! `xuncha findings`: what the store knows of findings and incidents, and what people decide of them.
//!
//! A decision stands beside the findings, never in them: who, when, why, until when; re-scans do not touch it.

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, Subcommand};
use jiff::Timestamp;
use jiff::civil::Date;

use super::args::StoreArgs;
use super::config::Config;
use super::output::{Sink, note, print};
use super::{Exit, Failed, say};
use crate::desk::{self, CaseFile, DecideError, Desk, Operators, Wanted, Wish, report_of};
use crate::finding::{Kind, Severity};
use crate::id::{IncidentId, TargetId};
use crate::incident::{Decided, Event, Tracked};
use crate::lang::Lang;
use crate::report::escape::visible;
use crate::report::grading;
use crate::report::history::{self, History};
use crate::report::{Format, Options};
use crate::store::{Case, Filter};
use crate::target::Registry;

/// Findings listed when the user says no number.
const LISTED: u32 = 1000;

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

/// Which findings, and the incidents they belong to.
#[derive(Debug, Args)]
pub(super) struct WantedArgs {
    /// 只看某网站 / of one site
    #[arg(long, value_name = "SITE")]
    target: Option<String>,
    /// 只看某事件 / of one incident
    #[arg(long, value_name = "ID")]
    incident: Option<String>,
    /// 只看仍可见的发现、未整改的事件 / only findings that still show, incidents that are not rectified
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
}

impl WantedArgs {
    /// As the desk takes it.
    pub(super) fn wanted(&self) -> Result<Wanted, Failed> {
        let filter = Filter {
            target: self.target.as_deref().map(TargetId::new),
            incident: self.incident.as_deref().map(IncidentId::new),
            open: self.open,
            since: self.since.map(|day| desk::start_of(day).ok_or_else(wrong_day)).transpose()?,
            limit: 0,
        };
        Ok(Wanted { filter, kind: self.kind, severity: Some(self.severity), ..Wanted::default() })
    }
}

/// `xuncha findings list`
#[derive(Debug, Args)]
pub(super) struct ListArgs {
    #[command(flatten)]
    wanted: WantedArgs,
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

impl LawArgs {
    /// The date by which the law is linked, where one was said.
    pub(super) fn as_of(&self) -> Option<Date> {
        self.as_of
    }
}

/// Who runs the sites, as the user or the registry says.
pub(super) fn operators(law: &LawArgs, config: &Config) -> Result<Operators, Failed> {
    Ok(Operators {
        said: law.operator.as_deref().map(|kind| super::law::parse_operator(Some(kind))).transpose()?,
        registry: Registry::load(&law.targets).ok().map(Arc::new),
        usual: super::law::parse_operator(config.operator.as_deref())?,
    })
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
            let until = args.until.map(|day| desk::end_of(day).ok_or_else(wrong_day)).transpose()?;
            decide(&args.decide, Decided::Dismiss, until, config, lang, now)
        }
    }
}

fn list(args: &ListArgs, config: &Config, lang: Lang, now: Timestamp) -> Result<Exit, Failed> {
    let wanted = args.wanted.wanted()?;
    let operators = operators(&args.law, config)?;
    let most = args.limit as usize;
    let (reported, count) = super::store::with(&args.store, config, async |store| {
        let desk = Desk { store, operators: &operators, as_of: args.law.as_of, now };
        desk.findings(&wanted.filter, |one| wanted.takes(one), most).await
    })?;
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
    let operators = operators(&args.law, config)?;
    let file = super::store::with(&args.store, config, async |store| {
        Desk { store, operators: &operators, as_of: args.law.as_of, now }.case(&args.id).await
    })?
    .ok_or_else(|| unknown(&args.id))?;
    let mut sink = Sink::open(args.output.as_deref())?;
    if args.format == Format::Text {
        let options = Options { colour: sink.colour, width: sink.width, ..Options::default() };
        let head = told(&file.case, lang, &options, now) + &graded(&file, lang) + "\n";
        sink.writer().write_all(head.as_bytes()).map_err(|error| super::output::cannot_write(&error))?;
    }
    super::scan::write_as(&report_of(file.findings, args.law.as_of, now), args.format, lang, &mut sink)?;
    sink.finish()?;
    Ok(Exit::Clean)
}

/// What the duration of an incident may mean for its grade.
fn graded(file: &CaseFile, lang: Lang) -> String {
    let lines = grading::lines(&file.tracked(), file.operator, lang);
    if lines.is_empty() {
        return String::new();
    }
    let head = say(lang, "  分级参考\n", "  grading, for reference\n");
    head + &lines.iter().map(|line| format!("    {line}\n")).collect::<String>()
}

/// Incidents on several sites that share a host, the largest campaign first.
fn campaigns(store: &StoreArgs, config: &Config, lang: Lang) -> Result<Exit, Failed> {
    let campaigns = super::store::with(store, config, async |store| desk::campaigns(store).await)?;
    let mut text = String::new();
    for campaign in campaigns {
        let list = |names: &mut dyn Iterator<Item = &str>| names.map(visible).collect::<Vec<_>>().join(" ");
        let hosts = list(&mut campaign.hosts.iter().map(String::as_str));
        let sites = list(&mut campaign.targets.iter().map(TargetId::as_str));
        let incidents = list(&mut campaign.incidents.iter().map(IncidentId::as_str));
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
    let wish = Wish { what, who: args.by.clone(), why: args.why.clone(), until };
    let address = super::store::existing(&args.store, config)?;
    let case = super::scan::runtime()?.block_on(async {
        let store = super::store::open(&address).await?;
        desk::decide(&*store, &args.id, &wish, now).await.map_err(|error| undecided(&error))
    })?;
    print(&told(&case, lang, &Options::default(), now));
    Ok(Exit::Clean)
}

/// What to tell when nothing was decided.
fn undecided(error: &DecideError) -> Failed {
    match error {
        DecideError::Nameless => Failed::usage("--by 不能为空", "--by must not be empty")
            .advise("请写明作出决定的人。", "name the person who decides."),
        DecideError::Reasonless => Failed::usage("缺少 --why", "--why is missing")
            .advise("搁置须说明理由，备注须有内容。", "a dismissal needs a reason, a note its text."),
        DecideError::Over => Failed::usage("--until 已经过去", "--until lies in the past")
            .advise("请给出将来的日期。", "name a day to come."),
        DecideError::Unknown(id) => unknown(id),
        DecideError::Store(error) => super::store::failed(error),
    }
}

/// What to tell when nothing has that id.
pub(super) fn unknown(id: &str) -> Failed {
    Failed::usage(format!("记忆库中没有 `{id}`"), format!("the store knows no `{id}`")).advise(
        "用 `xuncha findings list` 查看编号，并核对 --store。",
        "`xuncha findings list` shows the ids; check --store, too.",
    )
}

/// What to tell of a day that no clock reaches.
fn wrong_day() -> Failed {
    Failed::usage("日期有误：超出范围", "a wrong date: out of range")
}
