//! The command line as the user writes it. Checking what it means is done where it is used.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand};
use jiff::civil::Date;

use super::alert::AlertCommand;
use super::baseline::BaselineCommand;
use super::findings::FindingsCommand;
use super::patrol::PatrolArgs;
use super::recheck::RecheckArgs;
use super::rejudge::RejudgeArgs;
use super::report::ReportCommand;
use super::serve::{AccountsCommand, ServeArgs};
use super::store::StoreCommand;
use super::targets::TargetsCommand;
use crate::finding::{Kind, Severity};
use crate::lang::Lang;
use crate::report::Format;
use crate::scan::BrowserUse;

const EXAMPLES: &str = "\
例 Examples:
  xuncha scan https://www.example.gov.cn/            检查一个网址 / check one address
  xuncha scan - --format jsonl < urls.txt            从标准输入读网址 / addresses from standard input
  xuncha law for hidden-link --on 2019-02-01         当时涉及哪些义务 / which duties applied then
  xuncha evidence verify xuncha-evidence/…           核验证据 / verify kept evidence
  xuncha demo                                        无需联网的演示 / a demonstration without network

退出码 Exit status: 0 未见问题 clean · 1 有发现 findings · 2 用法或配置有误 usage · 3 有未能评估项 not assessed · 4 内部故障 internal";

/// 巡查：网站合规巡检。发现暗链、博彩跳转、伪装与篡改，并指明涉及的法定义务。
///
/// A website compliance scanner: finds hidden links, gambling redirects, cloaking and defacement, and names the
/// duties they touch. It looks as a visitor does: it never logs in, submits, uploads or exploits anything.
#[derive(Debug, Parser)]
#[command(name = "xuncha", version, after_help = EXAMPLES, max_term_width = 110)]
pub(super) struct Args {
    /// 设置文件（TOML） / settings file
    #[arg(long, global = true, value_name = "FILE", env = "XUNCHA_CONFIG")]
    pub(super) config: Option<PathBuf>,
    /// 输出语言 / language of reports and messages
    #[arg(long, global = true, value_name = "zh|en", value_parser = parse_lang)]
    pub(super) lang: Option<Lang>,
    /// 更详细的日志，可重复 / more log lines; may be repeated
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(super) verbose: u8,
    #[command(subcommand)]
    pub(super) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// 检查网址，无需登记 / check addresses; no registry needed
    #[command(after_help = SCAN_EXAMPLES)]
    Scan(ScanArgs),
    /// 义务与法条目录 / the catalogue of duties
    #[command(subcommand)]
    Law(LawCommand),
    /// 检测器列表与说明 / the detectors and what they look for
    #[command(subcommand)]
    Detectors(DetectorsCommand),
    /// 核验证据 / verify kept evidence
    #[command(subcommand)]
    Evidence(EvidenceCommand),
    /// 已存的发现与事件：查看、核实、搁置、备注 / stored findings and incidents, and what people decide of them
    #[command(subcommand)]
    Findings(FindingsCommand),
    /// 由已存发现生成文书、清单、汇总 / documents, lists and summaries from stored findings
    #[command(subcommand)]
    Report(ReportCommand),
    /// 按原条件复查一个事件 / look again at an incident, under the conditions that showed it
    #[command(after_help = super::recheck::EXAMPLES)]
    Recheck(RecheckArgs),
    /// 巡检登记的网站 / visit the registered sites that are due
    #[command(after_help = super::patrol::EXAMPLES)]
    Patrol(PatrolArgs),
    /// 告警：投递、试发、状态 / alerts: deliver, try a channel, see how channels stand
    #[command(subcommand)]
    Alert(AlertCommand),
    /// 登记的网站：检查、列出、导入、导出 / registered sites: check, list, import, export
    #[command(subcommand)]
    Targets(TargetsCommand),
    /// 用当前规则重新判断已存证据，不访问网络 / judge kept evidence again with the rules of today, offline
    #[command(after_help = super::rejudge::EXAMPLES)]
    Rejudge(RejudgeArgs),
    /// 页面基线：查看、比较、确认、重学 / accepted states of pages
    #[command(subcommand)]
    Baseline(BaselineCommand),
    /// 记忆库维护 / look after the store
    #[command(subcommand)]
    Store(StoreCommand),
    /// 控制台与接口 / the console and the API
    #[command(after_help = super::serve::EXAMPLES)]
    Serve(ServeArgs),
    /// 控制台的账户 / accounts of the console
    #[command(subcommand)]
    Accounts(AccountsCommand),
    /// 演示：本机重现十个案例并检查 / replay ten cases on loopback and scan them
    Demo(DemoArgs),
}

const SCAN_EXAMPLES: &str = "\
例 Examples:
  xuncha scan https://www.example.gov.cn/ --operator state_organ
  xuncha scan http://127.0.0.1:8080/ --allow-private --profile-gap 0 --rate 0
  xuncha scan https://www.example.cn/ --format html --output report.html
  xuncha scan https://www.example.cn/ --max-pages 20 --depth 2 --fail-on high
  xuncha scan https://www.example.cn/ --exposure-authorised 授权〔2026〕1号      经书面授权的暴露面检查 / exposure checks, with written authorisation
  xuncha scan https://www.example.cn/ --store sqlite://xuncha.db            记住结果，供复查 / remember it, to look again
  xuncha scan https://www.example.cn/ --browser always --evidence kept      每页渲染并截图留证 / render and picture every page";

/// What decides the looks and place of a report.
#[derive(Debug, Clone, ClapArgs)]
pub(super) struct ReportArgs {
    /// 报告格式 / report format: text json jsonl sarif html csv
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = parse_format)]
    pub(super) format: Format,
    /// 写入文件而非标准输出 / write to a file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    /// 达到该级别的发现使退出码为 1 / findings at or above this level make the exit status 1
    #[arg(long, value_name = "LEVEL", default_value = "low", value_parser = parse_severity)]
    pub(super) fail_on: Severity,
    /// 证据存放目录 / folder in which evidence is kept
    #[arg(long, value_name = "DIR")]
    pub(super) evidence: Option<PathBuf>,
}

/// Where is remembered.
#[derive(Debug, Clone, Default, ClapArgs)]
pub(super) struct StoreArgs {
    /// 记忆库，如 sqlite://xuncha.db 或 postgres://user@host/database；scan 不给出则不记忆 / where is remembered, such as
    /// sqlite://xuncha.db or postgres://user@host/database; scan remembers nothing unless it is named
    #[arg(long, value_name = "URL", env = "XUNCHA_STORE")]
    pub(super) store: Option<String>,
}

/// `xuncha scan`
#[derive(Debug, ClapArgs)]
pub(super) struct ScanArgs {
    /// 网址；`-` 表示从标准输入逐行读取 / addresses; `-` reads them from standard input, one a line
    #[arg(required = true, value_name = "URL")]
    pub(super) urls: Vec<String>,
    #[command(flatten)]
    pub(super) report: ReportArgs,
    #[command(flatten)]
    pub(super) visit: VisitArgs,
    /// 每个网址最多查看的页数 / pages per address at the most
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(super) max_pages: u32,
    /// 链接深度 / how many links deep
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(super) depth: u32,
    #[command(flatten)]
    pub(super) store: StoreArgs,
    /// 已获书面授权的文号：另按固定短清单检查版本库、备份、配置等是否暴露，文号记入证据 / number of the written authorisation: also
    /// asks, at a short fixed list of addresses, whether version control, backups or settings lie open; kept with the evidence
    #[arg(long, value_name = "文号 NUMBER", value_parser = parse_written)]
    pub(super) exposure_authorised: Option<String>,
}

/// How sites are visited and judged, whoever asks for the visit.
#[derive(Debug, Clone, Default, ClapArgs)]
pub(super) struct VisitArgs {
    /// 按该日期有效的法律判断 / link the law in force on that date instead of the day of observation
    #[arg(long, value_name = "DATE")]
    pub(super) as_of: Option<Date>,
    /// 运营者性质 / kind of operator: enterprise institution state_organ cii platform unknown
    #[arg(long, value_name = "KIND")]
    pub(super) operator: Option<String>,
    /// 允许内网与本机地址 / permit loopback and private addresses
    #[arg(long)]
    pub(super) allow_private: bool,
    /// 每主机每秒请求数，0 不限 / requests per second and host; 0 means no limit
    #[arg(long, value_name = "N")]
    pub(super) rate: Option<f64>,
    /// 同一网址各访问身份之间的间隔秒数 / seconds between profiles on one address
    #[arg(long, value_name = "SECONDS")]
    pub(super) profile_gap: Option<f64>,
    /// 访问身份，逗号分隔 / fetch profiles, separated by commas
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub(super) profiles: Vec<String>,
    /// 如 curl，将主机解析到指定地址 / resolve a host to an address, as curl does
    #[arg(long, value_name = "HOST:PORT:ADDR")]
    pub(super) resolve: Vec<String>,
    /// 不查看站外落地页 / do not look at where outside links lead
    #[arg(long)]
    pub(super) no_landings: bool,
    /// 何时使用浏览器：auto 仅在无法确定且事关判断时，并为发现截图；always 每页；never 不用 /
    /// when a real browser is asked: about what is unsure and matters and for pictures of findings; every page; never
    #[arg(long, value_name = "auto|always|never", value_parser = parse_browser)]
    pub(super) browser: Option<BrowserUse>,
    /// 自定义词库文件，可重复 / an own jargon set; may be repeated
    #[arg(long, value_name = "FILE")]
    pub(super) lexicon: Vec<PathBuf>,
}

/// `xuncha law`
#[derive(Debug, Subcommand)]
pub(super) enum LawCommand {
    /// 列出目录 / list the catalogue
    List {
        /// 只列该日有效的 / only what is in force on that date
        #[arg(long, value_name = "DATE")]
        on: Option<Date>,
    },
    /// 显示一条 / show one entry
    Show {
        /// 如 CSL.2026.23 / such as CSL.2026.23
        id: String,
    },
    /// 某类发现涉及的义务 / the duties that a kind of finding touches
    For {
        /// 发现的种类 / kind of finding
        #[arg(value_parser = parse_kind)]
        kind: Kind,
        /// 内容类别 / category of content
        #[arg(long)]
        category: Option<String>,
        /// 运营者性质 / kind of operator
        #[arg(long)]
        operator: Option<String>,
        /// 日期 / date; today when left out
        #[arg(long, value_name = "DATE")]
        on: Option<Date>,
    },
}

/// `xuncha detectors`
#[derive(Debug, Subcommand)]
pub(super) enum DetectorsCommand {
    /// 列出检测器 / list the detectors
    List,
    /// 说明一个检测器 / explain one
    Explain {
        /// 检测器编号 / its id
        #[arg(value_parser = parse_kind)]
        id: Kind,
    },
}

const EXPORT_EXAMPLES: &str = "\
例 Examples:
  xuncha evidence export xuncha-evidence/www.example.gov.cn-… --output case.wacz
  xuncha evidence export 6d66925f3147 --output case.wacz           一个事件的全部证据 / everything behind an incident";

/// `xuncha evidence export`
#[derive(Debug, ClapArgs)]
pub(super) struct ExportArgs {
    /// 证据目录，或事件、发现的编号 / evidence folders, or ids of incidents or findings
    #[arg(required = true, value_name = "DIR|ID")]
    pub(super) what: Vec<String>,
    /// 写入的文件 / the file to write
    #[arg(long, short, value_name = "FILE")]
    pub(super) output: PathBuf,
    /// 用该密钥文件签名 / sign with the key in that file; the settings' `evidence_key` when left out
    #[arg(long, value_name = "FILE")]
    pub(super) key: Option<PathBuf>,
    #[command(flatten)]
    pub(super) store: StoreArgs,
}

/// `xuncha evidence`
#[derive(Debug, Subcommand)]
pub(super) enum EvidenceCommand {
    /// 导出为可回放的 WACZ 证据包 / pack evidence as a WACZ file that public viewers replay
    #[command(after_help = EXPORT_EXAMPLES)]
    Export(ExportArgs),
    /// 新建签名密钥，打印公钥 / make a key that signs packages and print the public one
    Key {
        /// 新的密钥文件 / the new key file
        file: PathBuf,
    },
    /// 向时间戳机构申请可信时间戳（RFC 3161），存为 FILE.tsr / get a trusted time stamp and keep it as FILE.tsr
    Stamp {
        /// 证据包 / the package
        file: PathBuf,
        /// 时间戳机构网址；不给出则用设置中的 stamp_authority / the authority; the settings' when left out
        #[arg(long, value_name = "URL")]
        authority: Option<url::Url>,
        /// 该机构位于内网 / the authority lies in an own network
        #[arg(long)]
        allow_private: bool,
    },
    /// 核验目录内每一字节 / find any changed byte in a folder
    Verify {
        /// 证据目录或 .wacz 证据包 / the folder, or a .wacz package
        #[arg(required = true)]
        dirs: Vec<PathBuf>,
        /// 必须由该公钥签名 / must bear a good signature by that public key
        #[arg(long, value_name = "HEX")]
        signed_by: Option<String>,
    },
}

/// `xuncha demo`
#[derive(Debug, ClapArgs)]
pub(super) struct DemoArgs {
    #[command(flatten)]
    pub(super) report: ReportArgs,
    /// 只架设站点，不检查，按 Ctrl-C 结束 / only serve the sites until Ctrl-C
    #[arg(long)]
    pub(super) serve_only: bool,
    /// 把这些站点登记到该目录，供 patrol 试用 / register the sites in a folder, to try a patrol on
    #[arg(long, value_name = "DIR", requires = "serve_only")]
    pub(super) register: Option<PathBuf>,
}

fn parse_lang(text: &str) -> Result<Lang, String> {
    match text {
        "zh" => Ok(Lang::Zh),
        "en" => Ok(Lang::En),
        other => Err(format!("`{other}`: zh 或 en / zh or en")),
    }
}

fn parse_browser(text: &str) -> Result<BrowserUse, String> {
    text.parse()
}

pub(super) fn parse_format(text: &str) -> Result<Format, String> {
    text.parse().map_err(|_| format!("`{text}`: text json jsonl sarif html csv"))
}

fn parse_severity(text: &str) -> Result<Severity, String> {
    text.parse()
}

fn parse_kind(text: &str) -> Result<Kind, String> {
    text.parse()
}

/// The number or words of a written authorisation; evidence names it, so it must say something.
pub(super) fn parse_written(text: &str) -> Result<String, String> {
    let text = text.trim();
    match text.chars().count() {
        4..=200 => Ok(text.to_owned()),
        _ => {
            Err("请写明授权文书的文号，4 至 200 字 / name the written authorisation, in 4 to 200 characters"
                .to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Args::command().debug_assert();
    }

    #[test]
    fn an_unknown_format_is_a_usage_error() {
        assert!(Args::try_parse_from(["xuncha", "scan", "http://a.test/", "--format", "pdf"]).is_err());
    }
}
