//! `xuncha report`: documents from stored findings.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use jiff::Timestamp;
use jiff::civil::Date;

use super::args::StoreArgs;
use super::config::Config;
use super::findings::{LawArgs, WantedArgs, operators, unknown};
use super::output::{Sink, cannot_write, print};
use super::scan::runtime;
use super::{Exit, Failed, say};
use crate::baseline::Changes;
use crate::browser::{Browser, Guard, Settings as BrowserSettings};
use crate::desk::{self, CaseFile, Desk, Operators};
use crate::lang::Lang;
use crate::report::document::{CaseSheet, draft, list, paper, summary};
use crate::report::{ReportError, escape};
use crate::scan::legal_day;

const EXAMPLES: &str = "\
例 Examples:
  xuncha report incident 169c48da0703 --output 事件报告.html        单页报告，可打印 / one page that prints
  xuncha report incident 169c48da0703 --output 事件报告.pdf       由浏览器打印 / printed by the browser
  xuncha report notice 169c48da0703 --output 限期整改通知书.docx    草稿，由人核实修改 / a draft for a person to finish
  xuncha report extraction 169c48da0703 --output 提取底稿.docx
  xuncha report list --open --output 事件清单.xlsx
  xuncha report summary --from 2026-11-01 --to 2026-11-30 --output 月报.pdf";

/// `xuncha report`
#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub(super) enum ReportCommand {
    /// 事件报告：HTML 或 PDF / the report on one incident
    Incident {
        #[command(flatten)]
        case: CaseArgs,
        /// 格式；不给出则依文件名，默认 html / format; by the name of the file when left out, else html
        #[arg(long, value_name = "FORMAT")]
        format: Option<Paper>,
    },
    /// 限期整改通知书草稿（DOCX） / a draft of a rectification notice
    Notice(CaseArgs),
    /// 约谈记录草稿（DOCX） / a draft of a talk record
    Talk(CaseArgs),
    /// 网络在线提取笔录工作底稿（DOCX） / a worksheet for the record of an online extraction
    Extraction(CaseArgs),
    /// 事件与发现清单：XLSX 或 CSV / lists of incidents and findings
    List(ListArgs),
    /// 一段时间的巡查情况：HTML、PDF 或文本 / a summary of a span of days
    Summary(SummaryArgs),
}

/// Which incident, and where the document goes.
#[derive(Debug, Args)]
pub(super) struct CaseArgs {
    /// 事件或发现的编号 / id of an incident or of one of its findings
    id: String,
    /// 写入的文件；不给出则为标准输出 / the file to write; standard output when left out
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    law: LawArgs,
    #[command(flatten)]
    store: StoreArgs,
}

/// The form of a paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Paper {
    Html,
    Pdf,
}

/// The form of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Sheet {
    Xlsx,
    Csv,
}

/// `xuncha report list`
#[derive(Debug, Args)]
pub(super) struct ListArgs {
    #[command(flatten)]
    wanted: WantedArgs,
    /// CSV 只有一张表：事件或发现 / which table CSV holds; XLSX holds both
    #[arg(long, value_name = "TABLE", default_value = "incidents")]
    table: Table,
    /// 格式；不给出则依文件名，默认 xlsx / format; by the name of the file when left out, else xlsx
    #[arg(long, value_name = "FORMAT")]
    format: Option<Sheet>,
    /// 写入的文件 / the file to write
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    law: LawArgs,
    #[command(flatten)]
    store: StoreArgs,
}

/// A table of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Table {
    Incidents,
    Findings,
}

/// The form of a summary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Form {
    Html,
    Pdf,
    Text,
}

/// `xuncha report summary`
#[derive(Debug, Args)]
pub(super) struct SummaryArgs {
    /// 起始日（北京时间） / the first day, Beijing time
    #[arg(long, value_name = "DATE")]
    from: Date,
    /// 截止日（含），默认今天 / the last day; today when left out
    #[arg(long, value_name = "DATE")]
    to: Option<Date>,
    /// 格式；不给出则依文件名，默认 html / format; by the name of the file when left out, else html
    #[arg(long, value_name = "FORMAT")]
    format: Option<Form>,
    /// 写入的文件 / the file to write
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    law: LawArgs,
    #[command(flatten)]
    store: StoreArgs,
}

/// Whether a file is named so.
fn ends(path: Option<&PathBuf>, end: &str) -> bool {
    let found = path.and_then(|path| path.extension());
    found.is_some_and(|found| found.eq_ignore_ascii_case(end))
}

pub(super) fn run(command: &ReportCommand, config: &Config, lang: Lang) -> Result<Exit, Failed> {
    let now = Timestamp::now();
    match command {
        ReportCommand::Incident { case, format } => {
            let (mut file, found) = read(case, config, now)?;
            desk::with_pictures(&mut file.findings, &found.folders);
            let html = paper::html(&found.sheet(&file, now), lang).map_err(|error| broken(&error))?;
            let usual = if ends(case.output.as_ref(), "pdf") { Paper::Pdf } else { Paper::Html };
            let form = format.unwrap_or(usual);
            let foot = say(lang, "巡查 · 网站安全事件报告 ", "xuncha · incident report ");
            let foot = foot + &escape::visible(file.case.incident.id.as_str());
            write(case.output.as_ref(), &paper_bytes(html, form, &foot)?, lang)
        }
        ReportCommand::Notice(case) => drafted(case, config, lang, now, draft::notice),
        ReportCommand::Talk(case) => drafted(case, config, lang, now, draft::talk),
        ReportCommand::Extraction(case) => drafted(case, config, lang, now, draft::extraction),
        ReportCommand::List(args) => listed(args, config, lang, now),
        ReportCommand::Summary(args) => summed_up(args, config, lang, now),
    }
}

/// What stands around an incident.
struct Found {
    folders: Vec<PathBuf>,
    changes: Vec<(String, Changes)>,
    operators: Operators,
}

impl Found {
    fn sheet<'a>(&self, file: &'a CaseFile, now: Timestamp) -> CaseSheet<'a> {
        CaseSheet {
            accesses: desk::accesses(&self.folders),
            changes: self.changes.clone(),
            ..desk::sheet(file, &self.operators, now)
        }
    }
}

fn read(args: &CaseArgs, config: &Config, now: Timestamp) -> Result<(CaseFile, Found), Failed> {
    let operators = operators(&args.law, config)?;
    let found = super::store::with(&args.store, config, async |store| {
        let desk = Desk { store, operators: &operators, as_of: args.law.as_of(), now };
        let Some(file) = desk.case(&args.id).await? else { return Ok(None) };
        let folders = desk::evidence_folders(store, &args.id).await?.unwrap_or_default();
        let changes = desk.changes(&file).await?;
        Ok(Some((file, folders, changes)))
    })?;
    let (file, folders, changes) = found.ok_or_else(|| unknown(&args.id))?;
    Ok((file, Found { folders, changes, operators }))
}

fn drafted(
    args: &CaseArgs,
    config: &Config,
    lang: Lang,
    now: Timestamp,
    make: fn(&CaseSheet<'_>) -> draft::Draft,
) -> Result<Exit, Failed> {
    let (file, found) = read(args, config, now)?;
    let made = make(&found.sheet(&file, now));
    write(args.output.as_ref(), &draft::docx(&made).map_err(|error| broken(&error))?, lang)
}

fn listed(args: &ListArgs, config: &Config, lang: Lang, now: Timestamp) -> Result<Exit, Failed> {
    let operators = operators(&args.law, config)?;
    let filter = args.wanted.filter()?;
    let (mut incidents, findings) = super::store::with(&args.store, config, async |store| {
        let desk = Desk { store, operators: &operators, as_of: args.law.as_of(), now };
        Ok((desk.incidents(&filter).await?, desk.findings(&filter, |one| args.wanted.takes(one), 0).await?.0))
    })?;
    incidents.retain(|(incident, _)| args.wanted.takes_incident(incident));
    let rows = desk::listed(&incidents, &operators);
    let usual = if ends(args.output.as_ref(), "csv") { Sheet::Csv } else { Sheet::Xlsx };
    let bytes = match (args.format.unwrap_or(usual), args.table) {
        (Sheet::Xlsx, _) => list::xlsx(&rows, &findings, lang),
        (Sheet::Csv, Table::Incidents) => list::csv(&rows, lang),
        (Sheet::Csv, Table::Findings) => list::csv_of_findings(&findings, lang),
    };
    write(args.output.as_ref(), &bytes.map_err(|error| broken(&error))?, lang)
}

fn summed_up(args: &SummaryArgs, config: &Config, lang: Lang, now: Timestamp) -> Result<Exit, Failed> {
    let to = args.to.unwrap_or_else(|| legal_day(now));
    if to < args.from {
        return Err(Failed::usage("--to 早于 --from", "--to lies before --from"));
    }
    let operators = operators(&args.law, config)?;
    let gathered = super::store::with(&args.store, config, async |store| {
        Desk { store, operators: &operators, as_of: None, now }.gather(args.from, to).await
    })?;
    let period = gathered.period(&operators);
    let usual = match &args.output {
        output if ends(output.as_ref(), "pdf") => Form::Pdf,
        output if ends(output.as_ref(), "txt") => Form::Text,
        _ => Form::Html,
    };
    let form = match args.format.unwrap_or(usual) {
        Form::Text => return write(args.output.as_ref(), summary::text(&period, lang).as_bytes(), lang),
        Form::Html => Paper::Html,
        Form::Pdf => Paper::Pdf,
    };
    let html = summary::html(&period, lang).map_err(|error| broken(&error))?;
    let foot = say(lang, "巡查 · 网站巡查情况 ", "xuncha · summary of the patrol ");
    let foot = format!("{foot}{} – {to}", args.from);
    write(args.output.as_ref(), &paper_bytes(html, form, &foot)?, lang)
}

/// A paper as it is, or printed by the browser.
fn paper_bytes(html: String, format: Paper, foot: &str) -> Result<Vec<u8>, Failed> {
    if format == Paper::Html {
        return Ok(html.into_bytes());
    }
    let settings = BrowserSettings::found().ok_or_else(|| {
        Failed::usage("没有找到 Chromium，不能生成 PDF", "no Chromium was found, and PDF needs one").advise(
            "请安装 chromium-headless-shell，或用 --format html 后在浏览器中打印。",
            "install chromium-headless-shell, or take --format html and print it in a browser.",
        )
    })?;
    runtime()?.block_on(async {
        let failed = |error: &dyn std::fmt::Display| {
            Failed::usage(format!("无法生成 PDF：{error}"), format!("failed to {error}")).advise(
                "请改用 --format html 后在浏览器中打印。",
                "take --format html and print it in a browser.",
            )
        };
        let browser = Browser::launch(settings, Guard::shut()).await.map_err(|error| failed(&error))?;
        let printed = browser.print(&html, foot).await;
        browser.shutdown().await;
        printed.map_err(|error| failed(&error))
    })
}

fn broken(error: &ReportError) -> Failed {
    Failed::internal(error)
}

/// Writes a document whole; a file is named on standard output when it is there.
fn write(output: Option<&PathBuf>, bytes: &[u8], lang: Lang) -> Result<Exit, Failed> {
    let mut sink = Sink::open(output.map(PathBuf::as_path))?;
    sink.writer().write_all(bytes).map_err(|error| cannot_write(&error))?;
    sink.finish()?;
    if let Some(path) = output {
        let (name, size) = (path.display(), bytes.len());
        print(&say(lang, &format!("{name}：{size} 字节\n"), &format!("{name}: {size} bytes\n")));
    }
    Ok(Exit::Clean)
}
