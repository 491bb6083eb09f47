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
use crate::desk::{self, CasePapers, Desk, Draft, List, Paper, PrintError};
use crate::lang::Lang;
use crate::report::ReportError;
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
        format: Option<Form>,
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
pub(super) enum Form {
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
pub(super) enum SummaryForm {
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
    format: Option<SummaryForm>,
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
            let paper = read(case, config, now)?.report(lang).map_err(|error| broken(&error))?;
            let usual = if ends(case.output.as_ref(), "pdf") { Form::Pdf } else { Form::Html };
            write(case.output.as_ref(), &paper_bytes(paper, format.unwrap_or(usual))?, lang)
        }
        ReportCommand::Notice(case) => drafted(case, config, lang, now, Draft::Notice),
        ReportCommand::Talk(case) => drafted(case, config, lang, now, Draft::Talk),
        ReportCommand::Extraction(case) => drafted(case, config, lang, now, Draft::Extraction),
        ReportCommand::List(args) => listed(args, config, lang, now),
        ReportCommand::Summary(args) => summed_up(args, config, lang, now),
    }
}

fn read(args: &CaseArgs, config: &Config, now: Timestamp) -> Result<CasePapers, Failed> {
    let operators = operators(&args.law, config)?;
    let found = super::store::with(&args.store, config, async |store| {
        Desk { store, operators: &operators, as_of: args.law.as_of(), now }.papers(&args.id).await
    })?;
    found.ok_or_else(|| unknown(&args.id))
}

fn drafted(
    args: &CaseArgs,
    config: &Config,
    lang: Lang,
    now: Timestamp,
    which: Draft,
) -> Result<Exit, Failed> {
    let bytes = read(args, config, now)?.draft(which).map_err(|error| broken(&error))?;
    write(args.output.as_ref(), &bytes, lang)
}

fn listed(args: &ListArgs, config: &Config, lang: Lang, now: Timestamp) -> Result<Exit, Failed> {
    let operators = operators(&args.law, config)?;
    let wanted = args.wanted.wanted()?;
    let lists = super::store::with(&args.store, config, async |store| {
        Desk { store, operators: &operators, as_of: args.law.as_of(), now }.lists(&wanted).await
    })?;
    let usual = if ends(args.output.as_ref(), "csv") { Sheet::Csv } else { Sheet::Xlsx };
    let which = match (args.format.unwrap_or(usual), args.table) {
        (Sheet::Xlsx, _) => List::Workbook,
        (Sheet::Csv, Table::Incidents) => List::Incidents,
        (Sheet::Csv, Table::Findings) => List::Findings,
    };
    let bytes = lists.file(which, &operators, lang).map_err(|error| broken(&error))?;
    write(args.output.as_ref(), &bytes, lang)
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
    let usual = match &args.output {
        output if ends(output.as_ref(), "pdf") => SummaryForm::Pdf,
        output if ends(output.as_ref(), "txt") => SummaryForm::Text,
        _ => SummaryForm::Html,
    };
    let form = match args.format.unwrap_or(usual) {
        SummaryForm::Text => {
            return write(args.output.as_ref(), gathered.text(&operators, lang).as_bytes(), lang);
        }
        SummaryForm::Html => Form::Html,
        SummaryForm::Pdf => Form::Pdf,
    };
    let paper = gathered.paper(&operators, lang).map_err(|error| broken(&error))?;
    write(args.output.as_ref(), &paper_bytes(paper, form)?, lang)
}

/// A paper as it is, or printed by the browser.
fn paper_bytes(paper: Paper, form: Form) -> Result<Vec<u8>, Failed> {
    if form == Form::Html {
        return Ok(paper.html.into_bytes());
    }
    runtime()?.block_on(desk::print(&paper)).map_err(|error| match error {
        PrintError::NoBrowser => {
            Failed::usage("没有找到 Chromium，不能生成 PDF", "no Chromium was found, and PDF needs one")
                .advise(
                    "请安装 chromium-headless-shell，或用 --format html 后在浏览器中打印。",
                    "install chromium-headless-shell, or take --format html and print it in a browser.",
                )
        }
        PrintError::Browser(error) => Failed::usage(
            format!("无法生成 PDF：{error}"),
            format!("failed to {error}"),
        )
        .advise("请改用 --format html 后在浏览器中打印。", "take --format html and print it in a browser."),
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
