//! `xuncha alert`: delivers alerts, tries channels, says how they stand.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, Subcommand};
use jiff::Timestamp;

use super::args::StoreArgs;
use super::config::Config;
use super::output::{note, print};
use super::scan::runtime;
use super::{Exit, Failed, say, targets};
use crate::alert::{Channel, Lookup, Settings};
use crate::desk::{ChannelStatus, Deliverer, Hooks, try_channel};
use crate::fetch::Fetcher;
use crate::fetch::settings::FetchSettings;
use crate::lang::{Bilingual, Lang};
use crate::report::escape::visible;
use crate::scan::patrol::Stopper;
use crate::store::Store;

const EXAMPLES: &str = "\
例 Examples:
  xuncha alert test --config xuncha.toml                     向每个通道发一条测试消息 / a test message over every channel
  xuncha alert test 值班群 --config xuncha.toml              只试一个通道 / over one of them
  xuncha alert run --config xuncha.toml                      持续投递；patrol 运行时会自行投递 / deliver for ever; a patrol does so by itself
  xuncha alert run --once --config xuncha.toml               投递此刻到期的 / deliver what is due now
  xuncha alert status --config xuncha.toml                   各通道投递到哪里、有无故障 / how far each channel came, and what failed

设置见 docs/alerts.md。 The settings are explained in docs/alerts.md.";

/// `xuncha alert`
#[derive(Debug, Subcommand)]
pub(super) enum AlertCommand {
    /// 投递告警 / deliver alerts
    #[command(after_help = EXAMPLES)]
    Run(RunArgs),
    /// 向通道发测试消息并显示应答 / send a test message and show what was answered
    #[command(after_help = EXAMPLES)]
    Test {
        /// 通道名称；不给出则全部 / name of a channel; all when left out
        #[arg(value_name = "CHANNEL")]
        channel: Option<String>,
    },
    /// 各通道的状态 / how each channel stands
    #[command(after_help = EXAMPLES)]
    Status(StatusArgs),
}

/// `xuncha alert run`
#[derive(Debug, Args)]
pub(super) struct RunArgs {
    /// 投递此刻到期的，然后结束 / deliver what is due now and end
    #[arg(long)]
    once: bool,
    /// 登记目录，取网站名称、标签与区划 / registry folder, for names, labels and divisions of sites
    #[arg(long, value_name = "PATH", default_value = targets::FOLDER)]
    targets: PathBuf,
    #[command(flatten)]
    store: StoreArgs,
}

/// `xuncha alert status`
#[derive(Debug, Args)]
pub(super) struct StatusArgs {
    /// 以 JSON 显示 / as JSON
    #[arg(long)]
    json: bool,
    /// 登记目录 / registry folder
    #[arg(long, value_name = "PATH", default_value = targets::FOLDER)]
    targets: PathBuf,
    #[command(flatten)]
    store: StoreArgs,
}

pub(super) fn run(command: &AlertCommand, config: &Config, lang: Lang) -> Result<Exit, Failed> {
    let settings = configured(config, lang)?.ok_or_else(|| {
        Failed::usage("没有设置任何告警通道", "no alert channel is set").advise(
            "在设置文件中加入 [[alert.channel]]，并用 --config 指明该文件；见 docs/alerts.md。",
            "add an [[alert.channel]] to the settings file and name it with --config; see docs/alerts.md.",
        )
    })?;
    match command {
        AlertCommand::Run(args) => deliver(args, settings, config, lang),
        AlertCommand::Test { channel } => test(channel.as_deref(), &settings, lang),
        AlertCommand::Status(args) => status(args, settings, config, lang),
    }
}

/// The settings of alerts, checked; `None` where no channel is set.
pub(super) fn configured(config: &Config, lang: Lang) -> Result<Option<Settings>, Failed> {
    let lookup: &Lookup<'_> = &|reference| referred(reference, &config.folder);
    let settings = config.alert.checked(lang, lookup).map_err(|mistakes| {
        let list =
            |lang| mistakes.iter().map(|one| format!("\n  {}", visible(one.get(lang)))).collect::<String>();
        Failed::usage(
            format!("告警设置有 {} 处错误：{}", mistakes.len(), list(Lang::Zh)),
            format!("the alert settings hold {} mistakes:{}", mistakes.len(), list(Lang::En)),
        )
        .advise("各项的写法见 docs/alerts.md。", "docs/alerts.md explains every key.")
    })?;
    Ok((!settings.channels.is_empty()).then_some(settings))
}

/// What stands behind `env:NAME` or `file:PATH`, beside the settings file.
fn referred(reference: &str, folder: &Path) -> Result<String, Bilingual> {
    if let Some(name) = reference.strip_prefix("env:") {
        return std::env::var(name).map_err(|_| {
            Bilingual::new(
                format!("环境变量 {name} 未设置；请在启动前设置"),
                format!("the environment variable {name} is not set; set it before the start"),
            )
        });
    }
    let path = folder.join(reference.strip_prefix("file:").unwrap_or(reference));
    std::fs::read_to_string(&path).map_err(|error| {
        let path = path.display();
        Bilingual::new(
            format!("无法读取 {path}：{error}；请核对路径与权限"),
            format!("cannot read {path}: {error}; check the path and its permissions"),
        )
    })
}

/// Who delivers, over the guarded client.
pub(super) fn deliverer(
    settings: Settings,
    store: Arc<dyn Store>,
    registered: Option<PathBuf>,
) -> Result<Deliverer, Failed> {
    Ok(Deliverer::new(settings, store, Arc::new(hooks()?), registered))
}

/// The guarded client as alerts use it.
pub(super) fn hooks() -> Result<Hooks, Failed> {
    let fetcher = Fetcher::new(FetchSettings::default()).map_err(|error| Failed::internal(&error))?;
    Ok(Hooks(Arc::new(fetcher)))
}

fn deliver(args: &RunArgs, settings: Settings, config: &Config, lang: Lang) -> Result<Exit, Failed> {
    let address = super::store::existing(&args.store, config)?;
    runtime()?.block_on(async {
        let store = super::store::open(&address).await?;
        let mut deliverer = deliverer(settings, store, Some(args.targets.clone()))?;
        if !args.once {
            let (stopper, stop) = Stopper::new();
            tokio::spawn(async move {
                while super::patrol::interrupted().await {
                    stopper.press();
                }
            });
            note(&say(lang, "正在投递告警，Ctrl-C 结束。", "delivering alerts; Ctrl-C ends."));
            deliverer.run(stop).await;
            return Ok(Exit::Clean);
        }
        let mut deliverer = deliverer.impatient();
        let now = Timestamp::now();
        let came = deliverer.round(now).await.map_err(|error| super::store::failed(&error))?;
        let Some(statuses) = came else {
            note(&say(
                lang,
                "另一个进程正在投递这个记忆库的告警。",
                "another process delivers the alerts of this store.",
            ));
            return Ok(Exit::NotAssessed);
        };
        deliverer.release(now).await.map_err(|error| super::store::failed(&error))?;
        print(&table(&statuses, lang));
        Ok(exit(&statuses))
    })
}

fn test(named: Option<&str>, settings: &Settings, lang: Lang) -> Result<Exit, Failed> {
    let meant = |channel: &&Channel| named.is_none_or(|name| channel.name == name);
    let channels: Vec<&Channel> = settings.channels.iter().filter(meant).collect();
    if channels.is_empty() {
        let name = visible(named.unwrap_or_default());
        let known: Vec<String> = settings.channels.iter().map(|channel| visible(&channel.name)).collect();
        let known = known.join(", ");
        return Err(Failed::usage(
            format!("没有名为“{name}”的通道"),
            format!("there is no channel \"{name}\""),
        )
        .advise(format!("已有：{known}"), format!("known: {known}")));
    }
    let hooks = hooks()?;
    runtime()?.block_on(async {
        let mut exit = Exit::Clean;
        for channel in channels {
            let name = visible(&channel.name);
            match try_channel(settings, channel, &hooks, Timestamp::now()).await {
                Ok(answer) => print(&format!("✓ {name}  {}\n", visible(&answer))),
                Err(error) => {
                    exit = Exit::NotAssessed;
                    let error = visible(&error.to_string());
                    print(&say(
                        lang,
                        &format!("✗ {name}  未送达：{error}\n"),
                        &format!("✗ {name}  failed to {error}\n"),
                    ));
                }
            }
        }
        Ok(exit)
    })
}

fn status(args: &StatusArgs, settings: Settings, config: &Config, lang: Lang) -> Result<Exit, Failed> {
    let address = super::store::existing(&args.store, config)?;
    runtime()?.block_on(async {
        let store = super::store::open(&address).await?;
        let mut deliverer = deliverer(settings, store, Some(args.targets.clone()))?;
        let statuses =
            deliverer.status(Timestamp::now()).await.map_err(|error| super::store::failed(&error))?;
        if args.json {
            let json = serde_json::to_string_pretty(&statuses).map_err(|error| Failed::internal(&error))?;
            print(&format!("{json}\n"));
        } else {
            print(&table(&statuses, lang));
        }
        Ok(exit(&statuses))
    })
}

/// A channel whose last message failed leaves something undone.
fn exit(statuses: &[ChannelStatus]) -> Exit {
    if statuses.iter().any(|status| status.failures > 0) { Exit::NotAssessed } else { Exit::Clean }
}

/// The channels with how they stand, a paragraph each.
fn table(statuses: &[ChannelStatus], lang: Lang) -> String {
    let mut text = String::new();
    for status in statuses {
        let mark = if status.failures > 0 { '✗' } else { '✓' };
        let (name, kind) = (visible(&status.name), status.kind);
        let (after, delivered, waiting) = (status.after, status.delivered, status.waiting);
        text += &say(
            lang,
            &format!(
                "{mark} {name}（{kind}）　已到第 {after} 号　已送达 {delivered} 项　待送 {waiting} 项\n"
            ),
            &format!(
                "{mark} {name} ({kind})  up to event {after}  {delivered} delivered  {waiting} waiting\n"
            ),
        );
        let mut line = |zh: &str, en: &str, value: String| {
            text += &say(lang, &format!("    {zh}：{value}\n"), &format!("    {en}: {value}\n"));
        };
        if let Some(at) = status.last_success {
            line("最近送达", "last success", moment(at));
        }
        if let Some(trouble) = &status.last_error {
            let value = format!("{}  {}", moment(trouble.at), visible(&trouble.what));
            line("最近失败", "last error", value);
        }
        if let Some(at) = status.failing_since {
            line("持续失败自", "failing since", moment(at));
        }
        if let Some(at) = status.retry_at {
            let failures = status.failures;
            line("再试时间", "tried again", format!("{} ({failures}×)", moment(at)));
        }
        if let Some(at) = status.held_until {
            line("暂缓至", "held back until", moment(at));
        }
    }
    text
}

/// A time by Beijing's clock, as the law goes.
fn moment(at: Timestamp) -> String {
    at.to_zoned_datetime(jiff::tz::TimeZone::fixed(jiff::tz::offset(8)))
        .strftime("%Y-%m-%d %H:%M:%S")
        .to_string()
}
