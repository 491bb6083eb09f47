//! `xuncha targets`: the registry checked, listed, imported from tables and exported to them.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};

use super::output::{Sink, cannot_write, note};
use super::{Exit, Failed, say};
use crate::desk::{self, Brought, RegisterError};
use crate::exchange::profile::Profile;
use crate::lang::{Bilingual, Lang};
use crate::report::escape::visible;
use crate::target::registry::{Registry, RegistryError};
use crate::target::table;
use crate::target::{Mistake, OperatorKind, Target, toml};

/// The folder of the registry when none is named.
pub(super) const FOLDER: &str = "targets";

/// `xuncha targets`
#[derive(Debug, Subcommand)]
pub(super) enum TargetsCommand {
    /// 检查登记文件，一次指出所有错误 / check the registry and name every mistake at once
    #[command(after_help = CHECK_EXAMPLES)]
    Check {
        /// 登记文件或目录 / registry file or folder
        #[arg(default_value = FOLDER)]
        path: PathBuf,
    },
    /// 列出登记的网站 / list the registered sites
    #[command(after_help = LIST_EXAMPLES)]
    List(ListArgs),
    /// 从 CSV 或 XLSX 导入 / import a CSV or XLSX register
    #[command(after_help = IMPORT_EXAMPLES)]
    Import(ImportArgs),
    /// 导出为 CSV、XLSX、TOML 或 JSON，可原样再导入 / export as CSV, XLSX, TOML or JSON; what is exported can be imported again
    #[command(after_help = EXPORT_EXAMPLES)]
    Export(ListArgs),
}

const CHECK_EXAMPLES: &str = "\
例 Examples:
  xuncha targets check                      检查 targets/ / check targets/
  xuncha targets check targets/school.toml  只检查一个文件 / one file alone

错误写作 文件:行:列: 错误: …（不改正则不能巡检），提示写作 文件:行:列: 提示: …
Mistakes read FILE:LINE:COLUMN: error: … and keep a patrol from starting; notes do not.
退出码 Exit status: 0 无错误 no mistake · 2 有错误 mistakes";

const LIST_EXAMPLES: &str = "\
例 Examples:
  xuncha targets list --label 重点                            带某标签的 / with a label
  xuncha targets list --division 5115 --kind 事业单位          宜宾市的事业单位 / by division and kind of operator
  xuncha targets list --format json | jq -r '.[].urls[]'      供其他程序 / for other programs";

const EXPORT_EXAMPLES: &str = "\
例 Examples:
  xuncha targets export --format xlsx --output 登记表.xlsx
  xuncha targets export --division 511502 > sites.csv
  xuncha targets export targets --format toml --output backup.toml";

const IMPORT_EXAMPLES: &str = "\
例 Examples:
  xuncha targets import 登记表.xlsx --into targets
  xuncha targets import sites.csv --into targets && xuncha patrol targets --once

写入 DIR 中与表格同名的 .toml。再次导入时按编号（默认取主机名）更新表中有的列，其余保留；手写的文件不会被改动。
It writes DIR/<name of the table>.toml. Imported again, the columns of the table are brought up to date by id (the
host, unless a column says otherwise) and all else stays; files written by hand are never touched.

列名 Headings: 网站名称 name · 网址 url · 主办单位 operator · 单位性质 operator_kind · 行政区划 division · ICP备案号 icp ·
公安备案号 police · 网站标识码 site_code · 等保级别 protection_level · 联系人 contacts · 标签 labels · 允许内网 private …
一格多值以换行、分号、顿号或逗号分隔 / several values in a cell stand on lines or between ; 、 , (docs/targets.md)";

/// Which sites, and in which form.
#[derive(Debug, Args)]
pub(super) struct ListArgs {
    /// 登记文件或目录 / registry file or folder
    #[arg(default_value = FOLDER)]
    path: PathBuf,
    /// 只列有此标签的 / with that label
    #[arg(long, value_name = "LABEL")]
    label: Vec<String>,
    /// 只列该行政区划（代码前缀或名称） / of that division: the beginning of its code, or its name
    #[arg(long, value_name = "DIVISION")]
    division: Option<String>,
    /// 只列该单位性质 / of that kind of operator
    #[arg(long, value_name = "KIND")]
    kind: Option<String>,
    /// 格式 / format; text for list, csv for export
    #[arg(long, value_name = "FORMAT")]
    format: Option<Form>,
    /// 写入文件而非标准输出 / write to a file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// The form of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    Text,
    Json,
    Csv,
    Xlsx,
    Toml,
}

/// `xuncha targets import`
#[derive(Debug, Args)]
pub(super) struct ImportArgs {
    /// CSV 或 XLSX 文件 / the CSV or XLSX file
    file: PathBuf,
    /// 写入的登记目录 / the registry folder to write to
    #[arg(long, value_name = "DIR", default_value = FOLDER)]
    into: PathBuf,
}

pub(super) fn run(command: &TargetsCommand, lang: Lang) -> Result<Exit, Failed> {
    match command {
        TargetsCommand::Check { path } => check(path, lang),
        TargetsCommand::List(args) => list(args, Form::Text, lang),
        TargetsCommand::Export(args) => list(args, Form::Csv, lang),
        TargetsCommand::Import(args) => import(args, lang),
    }
}

/// Loads a registry; what is doubtful is told, what is wrong fails with everything named.
pub(super) fn sound(path: &Path, lang: Lang) -> Result<Registry, Failed> {
    let registry = load(path)?;
    if registry.is_sound() {
        return Ok(registry);
    }
    Err(broken(&registry.mistakes, lang))
}

/// Tells everything that is wrong.
fn broken(mistakes: &[Mistake], lang: Lang) -> Failed {
    tell(mistakes, true, lang);
    let count = mistakes.iter().filter(|mistake| mistake.fatal).count();
    Failed::usage(format!("登记文件有 {count} 处错误"), format!("the registry holds {count} mistakes"))
        .advise("请按上面的文件与行号改正后重试。", "correct them where they are named above and try again.")
}

pub(super) fn load(path: &Path) -> Result<Registry, Failed> {
    Registry::load(path).map_err(|error| unreadable(&error))
}

fn unreadable(error: &RegistryError) -> Failed {
    let zh = match error {
        RegistryError::Read { path, source } => format!("无法读取登记 {}：{source}", path.display()),
        RegistryError::Empty { path } => format!("{} 中没有 .toml 登记文件", path.display()),
    };
    Failed::usage(zh, format!("failed to {error}")).advise(
        "登记文件的写法见 targets/example.toml；也可用 `xuncha targets import` 从表格导入。",
        "targets/example.toml shows how sites are registered; `xuncha targets import` reads tables.",
    )
}

fn check(path: &Path, lang: Lang) -> Result<Exit, Failed> {
    let mut registry = load(path)?;
    let strange = strange_profiles(&registry);
    registry.mistakes.extend(strange);
    tell(&registry.mistakes, false, lang);
    let fatal = registry.mistakes.iter().filter(|mistake| mistake.fatal).count();
    let doubts = registry.mistakes.len() - fatal;
    let (sites, files) = (registry.len(), registry.files.len());
    super::output::print(&say(
        lang,
        &format!("{files} 个文件，{sites} 个网站可用，{fatal} 处错误，{doubts} 处提示\n"),
        &format!("{files} files, {sites} sites usable, {fatal} mistakes, {doubts} doubts\n"),
    ));
    Ok(if fatal == 0 { Exit::Clean } else { Exit::Usage })
}

/// Fetch profiles that are named but do not exist. The registry knows nothing of profiles, so they are asked about here.
fn strange_profiles(registry: &Registry) -> Vec<Mistake> {
    let mut strange = Vec::new();
    for target in registry.iter() {
        let unknown = target.visit.profiles.iter().find(|id| Profile::by_id(id).is_none());
        let Some((id, at)) = unknown.zip(registry.place(&target.id)) else { continue };
        let known = Profile::matrix().map(|profile| profile.id.to_string()).collect::<Vec<_>>().join(" ");
        let what = Bilingual::new(
            format!("`visit.profiles` 中没有访问身份 `{id}`，可用：{known}"),
            format!("`{id}` in `visit.profiles` is no fetch profile; known: {known}"),
        );
        strange.push(Mistake { at: at.clone(), fatal: true, what });
    }
    strange
}

/// Mistakes one a line, as compilers do, so that editors find the place.
fn tell(mistakes: &[Mistake], fatal_alone: bool, lang: Lang) {
    for mistake in mistakes.iter().filter(|mistake| mistake.fatal || !fatal_alone) {
        let label = match (mistake.fatal, lang) {
            (true, Lang::Zh) => "错误",
            (true, Lang::En) => "error",
            (false, Lang::Zh) => "提示",
            (false, Lang::En) => "note",
        };
        let at = visible(&mistake.at.to_string());
        note(&format!("{at}: {label}: {}", visible(mistake.what.get(lang))));
    }
}

fn list(args: &ListArgs, usual: Form, lang: Lang) -> Result<Exit, Failed> {
    let kind = args.kind.as_deref().map(|kind| super::law::parse_operator(Some(kind))).transpose()?;
    let registry = load(&args.path)?;
    tell(&registry.mistakes, true, lang);
    let chosen: Vec<&Target> = registry.iter().filter(|target| is_chosen(target, args, kind)).collect();
    let bytes = match args.format.unwrap_or(usual) {
        Form::Text => text(&chosen, lang).into_bytes(),
        Form::Json => json(&chosen)?,
        Form::Csv => table::csv(chosen, lang).map_err(|error| table_failed(&error))?,
        Form::Xlsx => table::xlsx(chosen, lang).map_err(|error| table_failed(&error))?,
        Form::Toml => toml(chosen).into_bytes(),
    };
    let mut sink = Sink::open(args.output.as_deref())?;
    sink.writer().write_all(&bytes).map_err(|error| cannot_write(&error))?;
    sink.finish()?;
    Ok(if registry.is_sound() { Exit::Clean } else { Exit::Usage })
}

fn is_chosen(target: &Target, args: &ListArgs, kind: Option<OperatorKind>) -> bool {
    let division =
        |wanted: &String| target.division.as_deref().is_some_and(|own| own.starts_with(wanted.as_str()));
    args.label.iter().all(|label| target.labels.contains(label))
        && args.division.as_ref().is_none_or(division)
        && kind.is_none_or(|kind| target.operator.kind == kind)
}

/// One site a line.
fn text(targets: &[&Target], lang: Lang) -> String {
    let mut text = String::new();
    for target in targets {
        let kind = target.operator.kind.name();
        let cadence = target.visit.cadence.as_ref().map(ToString::to_string).unwrap_or_default();
        let fields = [
            visible(target.id.as_str()),
            visible(&target.name),
            kind.get(lang).to_owned(),
            visible(target.division.as_deref().unwrap_or("-")),
            cadence,
            visible(target.home().as_str()),
        ];
        text += &fields.join("  ");
        text.push('\n');
    }
    text
}

fn json(targets: &[&Target]) -> Result<Vec<u8>, Failed> {
    let mut bytes = serde_json::to_vec_pretty(targets).map_err(|error| Failed::internal(&error))?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn table_failed(error: &table::TableError) -> Failed {
    let said = error.said();
    Failed::usage(said.zh, said.en)
}

/// Imports a table into a file of the folder named after it. Rows that are wrong are named and left out; so are sites
/// that another file of the folder registers.
fn import(args: &ImportArgs, lang: Lang) -> Result<Exit, Failed> {
    let name = args.file.display();
    let bytes = std::fs::read(&args.file).map_err(|error| {
        Failed::usage(format!("无法读取 {name}：{error}"), format!("cannot read {name}: {error}"))
            .advise("请核对文件名。", "check the name of the file.")
    })?;
    let brought = desk::import(&args.file, &bytes, &args.into).map_err(|error| not_imported(&error, lang))?;
    tell(&brought.mistakes, false, lang);
    if let Some(passed_over) = &brought.passed_over {
        note(passed_over.get(lang));
    }
    for (id, file) in &brought.clashes {
        let (id, file) = (visible(id), visible(&file.display().to_string()));
        note(&say(
            lang,
            &format!("编号 {id} 已在 {file} 登记，未重复导入"),
            &format!("the id {id} is registered in {file} already and was not imported again"),
        ));
    }
    super::output::print(&outcome(&brought, lang));
    Ok(if brought.wrong() == 0 && brought.clashes.is_empty() { Exit::Clean } else { Exit::Usage })
}

fn not_imported(error: &RegisterError, lang: Lang) -> Failed {
    match error {
        RegisterError::Table(error) => table_failed(error).advise(
            "须有一行列名，如 网站名称、网址、主办单位、单位性质；文件为 XLSX、XLS 或 CSV（UTF-8、GB18030）。",
            "a row holds headings such as name, url, operator, operator_kind; the file is XLSX, XLS or CSV (UTF-8, GB18030).",
        ),
        RegisterError::Broken { mistakes, .. } => broken(mistakes, lang),
        RegisterError::Registry(error) => unreadable(error),
        RegisterError::Write { path, source } => {
            let name = path.display();
            Failed::usage(format!("无法写入 {name}：{source}"), format!("cannot write {name}: {source}"))
                .advise("请用 --into 指定可写的目录。", "name a folder that can be written to with --into.")
        }
    }
}

fn outcome(brought: &Brought, lang: Lang) -> String {
    let into = visible(&brought.file.display().to_string());
    let (count, added, changed, wrong) = (brought.sites, brought.added, brought.changed, brought.wrong());
    let same = count - added - changed;
    let mut text = say(
        lang,
        &format!(
            "已导入 {count} 个网站到 {into}：新增 {added}，更新 {changed}，未变 {same}；{wrong} 处错误\n"
        ),
        &format!(
            "imported {count} sites into {into}: {added} new, {changed} changed, {same} as before; {wrong} mistakes\n"
        ),
    );
    if !brought.missing.is_empty() {
        let missing = brought.missing.iter().map(|id| visible(id.as_str())).collect::<Vec<_>>().join(" ");
        text += &say(
            lang,
            &format!("表中已无但仍登记：{missing}（不再巡检的请从文件中删去）\n"),
            &format!(
                "no longer in the table but still registered: {missing} (remove from the file what is to be visited no more)\n"
            ),
        );
    }
    text
}
