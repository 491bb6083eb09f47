//! `xuncha baseline`: the accepted states of pages, looked at and decided on by people.

use clap::{Args, Subcommand};
use jiff::Timestamp;

use super::args::StoreArgs;
use super::config::Config;
use super::output::print;
use super::{Exit, Failed, say};
use crate::baseline::{Accepted, Baseline, Decided, Face, compare};
use crate::desk::{BaselineError, decide_baselines};
use crate::id::TargetId;
use crate::lang::Lang;
use crate::report::escape::visible;
use crate::report::{self, difference};

/// Names and hosts shown of one face.
const SHOWN: usize = 12;

/// `xuncha baseline`
#[derive(Debug, Subcommand)]
pub(super) enum BaselineCommand {
    /// 列出基线 / list baselines
    List(ListArgs),
    /// 显示一页的基线 / show what is accepted of a page
    Show(PageArgs),
    /// 待确认的页面与基线有何不同 / what waits for a decision, beside what is accepted
    Diff(PageArgs),
    /// 确认：以待确认的页面为新基线 / accept what is pending
    #[command(after_help = APPROVE_EXAMPLES)]
    Approve(DecideArgs),
    /// 重学：忘掉基线，从下次访问起重新学习 / forget what is accepted and learn anew
    Reset(DecideArgs),
}

const APPROVE_EXAMPLES: &str = "\
例 Examples:
  xuncha baseline diff www.example.gov.cn https://www.example.gov.cn/
  xuncha baseline approve www.example.gov.cn https://www.example.gov.cn/ --by 李警官 --why 单位来函说明改版";

/// `xuncha baseline list`
#[derive(Debug, Args)]
pub(super) struct ListArgs {
    /// 网站 / the site
    site: Option<String>,
    /// 只列待确认的 / only what waits for a decision
    #[arg(long)]
    pending: bool,
    /// JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    store: StoreArgs,
}

/// Which page.
#[derive(Debug, Args)]
pub(super) struct PageArgs {
    /// 网站 / the site
    site: String,
    /// 网址；不给出则为该站全部 / the page; every page of the site when left out
    page: Option<String>,
    #[command(flatten)]
    store: StoreArgs,
}

/// A decision.
#[derive(Debug, Args)]
pub(super) struct DecideArgs {
    #[command(flatten)]
    page: PageArgs,
    /// 何人 / who decides
    #[arg(long, value_name = "NAME", env = "XUNCHA_USER")]
    by: String,
    /// 理由 / why
    #[arg(long, value_name = "TEXT")]
    why: String,
}

pub(super) fn run(command: &BaselineCommand, config: &Config, lang: Lang) -> Result<Exit, Failed> {
    match command {
        BaselineCommand::List(args) => list(args, config, lang),
        BaselineCommand::Show(args) => {
            let pages = chosen(args, config)?;
            print(&pages.iter().map(|(page, baseline)| shown(page, baseline, lang)).collect::<String>());
            Ok(Exit::Clean)
        }
        BaselineCommand::Diff(args) => {
            let pages = chosen(args, config)?;
            print(&pages.iter().map(|(page, baseline)| differing(page, baseline, lang)).collect::<String>());
            let any = pages.iter().any(|(_, baseline)| !baseline.pending.is_empty());
            Ok(if any { Exit::Findings } else { Exit::Clean })
        }
        BaselineCommand::Approve(args) => decide(args, Decided::Approve, config, lang),
        BaselineCommand::Reset(args) => decide(args, Decided::Reset, config, lang),
    }
}

fn list(args: &ListArgs, config: &Config, lang: Lang) -> Result<Exit, Failed> {
    let wanted = args.site.as_deref().map(TargetId::new);
    let all = super::store::with(&args.store, config, async |store| {
        let sites = match wanted {
            Some(site) => vec![site],
            None => store.sites_with_baselines().await?,
        };
        let mut all = Vec::new();
        for site in sites {
            let baselines = store.baselines(&site).await?;
            all.extend(baselines.into_iter().map(|(page, baseline)| (site.clone(), page, baseline)));
        }
        Ok(all)
    })?;
    let all: Vec<_> = all.into_iter().filter(|(.., one)| !args.pending || !one.pending.is_empty()).collect();
    if args.json {
        let lines = all.iter().map(|(site, page, baseline)| {
            let value = serde_json::json!({ "site": site, "page": page, "baseline": baseline });
            format!("{value}\n")
        });
        print(&lines.collect::<String>());
        return Ok(Exit::Clean);
    }
    let mut text = String::new();
    for (site, page, baseline) in &all {
        let looks = baseline.faces.values().map(|accepted| accepted.looks).max().unwrap_or(0);
        let pending = match (baseline.pending.is_empty(), lang) {
            (true, _) => "",
            (false, Lang::Zh) => "  改版待确认",
            (false, Lang::En) => "  pending",
        };
        let (site, page) = (visible(site.as_str()), visible(page));
        text += &say(
            lang,
            &format!("{site}  {page}  学习 {looks} 次{pending}\n"),
            &format!("{site}  {page}  {looks} looks{pending}\n"),
        );
    }
    print(&text);
    Ok(Exit::Clean)
}

/// The baselines that are meant; none at all is a mistake of the user's.
fn chosen(args: &PageArgs, config: &Config) -> Result<Vec<(String, Baseline)>, Failed> {
    let site = TargetId::new(args.site.as_str());
    let all = super::store::with(&args.store, config, async |store| store.baselines(&site).await)?;
    let chosen: Vec<_> =
        all.into_iter().filter(|(page, _)| args.page.as_ref().is_none_or(|wanted| wanted == page)).collect();
    if chosen.is_empty() {
        let what = args.page.as_deref().unwrap_or(&args.site);
        return Err(unknown(what));
    }
    Ok(chosen)
}

fn shown(page: &str, baseline: &Baseline, lang: Lang) -> String {
    let mut text = format!("{}\n", visible(page));
    for (face, accepted) in &baseline.faces {
        text += &format!("  {}\n", of_face(*face, lang));
        for (heading, values) in rows(accepted, lang) {
            text += &format!("    {heading}　{values}\n");
        }
    }
    for entry in &baseline.journal {
        let what = match (entry.what, lang) {
            (Decided::Approve, Lang::Zh) => "确认",
            (Decided::Approve, Lang::En) => "approved",
            (Decided::Reset, Lang::Zh) => "重学",
            (Decided::Reset, Lang::En) => "reset",
        };
        let at = report::time(entry.at, report::Options::default().offset);
        text += &format!("  {at}  {what} · {} · {}\n", visible(&entry.who), visible(&entry.why));
    }
    text
}

fn rows(accepted: &Accepted, lang: Lang) -> Vec<(String, String)> {
    let list = |values: &mut dyn Iterator<Item = &String>| {
        values.take(SHOWN).map(|value| visible(value)).collect::<Vec<_>>().join(" · ")
    };
    let own = accepted.own_texts().len();
    let (looks, texts, shapes) = (accepted.looks, accepted.texts.len(), accepted.shapes.len());
    vec![
        (say(lang, "学习次数", "looks"), looks.to_string()),
        (say(lang, "标题", "titles"), list(&mut accepted.titles.iter())),
        (say(lang, "备案号", "filing numbers"), list(&mut accepted.marks.iter())),
        (say(lang, "链接的域名", "linked domains"), list(&mut accepted.hosts.keys())),
        (say(lang, "脚本来源", "script sources"), list(&mut accepted.sources.keys())),
        (
            say(lang, "文字", "texts"),
            say(
                lang,
                &format!("常在 {own} 段，轮换 {} 段；结构 {shapes} 种", texts - own.min(texts)),
                &format!("{own} stay, {} rotate; {shapes} shapes", texts - own.min(texts)),
            ),
        ),
    ]
}

fn of_face(face: Face, lang: Lang) -> &'static str {
    match (face, lang) {
        (Face::Desktop, Lang::Zh) => "电脑版",
        (Face::Desktop, Lang::En) => "desktop",
        (Face::Phone, Lang::Zh) => "手机版",
        (Face::Phone, Lang::En) => "phone",
    }
}

fn differing(page: &str, baseline: &Baseline, lang: Lang) -> String {
    let mut text = format!("{}\n", visible(page));
    for (face, pending) in &baseline.pending {
        text += &format!("  {}\n", of_face(*face, lang));
        let accepted = baseline.faces.get(face).cloned().unwrap_or_default();
        for line in difference::lines(&compare(&accepted, pending), lang) {
            text += &format!("    {line}\n");
        }
    }
    if baseline.pending.is_empty() {
        text += &say(lang, "  没有待确认的变化\n", "  nothing waits for a decision\n");
    }
    text
}

fn decide(args: &DecideArgs, what: Decided, config: &Config, lang: Lang) -> Result<Exit, Failed> {
    let (site, now) = (TargetId::new(args.page.site.as_str()), Timestamp::now());
    let address = super::store::existing(&args.page.store, config)?;
    let count = super::scan::runtime()?.block_on(async {
        let store = super::store::open(&address).await?;
        let page = args.page.page.as_deref();
        let changed = decide_baselines(&*store, &site, page, what, (&args.by, &args.why), now).await;
        changed.map_err(|error| undecided(&error))
    })?;
    print(&say(
        lang,
        &format!("已更新 {count} 页的基线\n"),
        &format!("the baselines of {count} pages were changed\n"),
    ));
    Ok(Exit::Clean)
}

fn undecided(error: &BaselineError) -> Failed {
    match error {
        BaselineError::Reasonless => {
            Failed::usage("--by 与 --why 不能为空", "--by and --why must not be empty")
                .advise("请写明何人、为何作出决定。", "say who decides, and why.")
        }
        BaselineError::Unknown(what) => unknown(what),
        BaselineError::Store(error) => super::store::failed(error),
    }
}

fn unknown(what: &str) -> Failed {
    Failed::usage(format!("没有 `{what}` 的基线"), format!("there is no baseline of `{what}`")).advise(
        "用 `xuncha baseline list` 查看已学习的页面。",
        "`xuncha baseline list` shows the pages that are known.",
    )
}
