//! `xuncha serve`: the console and the API; `xuncha accounts`: who may use them, from the command line.

use std::io::BufRead as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, Subcommand};
use tokio::net::TcpListener;
use url::Url;

use super::args::{StoreArgs, VisitArgs};
use super::config::Config;
use super::output::{note, print};
use super::scan::{Reach, runtime};
use super::{Exit, Failed, patrol, say, targets};
use crate::evidence::PackageKey;
use crate::lang::Lang;
use crate::report::escape::visible;
use crate::serve::{self, Alerts, Channels, Console, Settings};
use crate::store::Store;
use crate::store::accounts::Role;

pub(super) const EXAMPLES: &str = "\
例 Examples:
  xuncha serve                                         控制台在 http://127.0.0.1:8420/ / the console on loopback
  xuncha serve targets --store postgres://user@host/xuncha --listen 0.0.0.0:8420 --public-url https://xuncha.example.gov.cn/
  xuncha serve --config xuncha.toml                    其中的告警通道可见、可试发 / shows and tries the alert channels of the settings
  xuncha serve --openapi > openapi.json                接口说明 / the description of the API

首次启动会在终端打印一次性初始化链接；程序不带默认密码。对外提供服务请置于 HTTPS 反向代理之后并给出 --public-url。
The first start prints a link by which the first administrator is made; no password is shipped. Behind an HTTPS proxy,
name the address that people use with --public-url.";

/// Where the console listens when nobody says.
const LISTEN: &str = "127.0.0.1:8420";
/// Pages of an ad hoc check, and links deep, where a target does not say.
const MAX_PAGES: u32 = 5;
const DEPTH: u32 = 1;

/// `xuncha serve`
#[derive(Debug, Args)]
pub(super) struct ServeArgs {
    /// 登记目录 / registry folder
    #[arg(default_value = targets::FOLDER)]
    path: PathBuf,
    /// 监听地址 / address to listen at
    #[arg(long, value_name = "ADDR", default_value = LISTEN)]
    listen: SocketAddr,
    /// 用户访问所用的网址（位于反向代理之后时） / the address that people use, behind a reverse proxy
    #[arg(long, value_name = "URL")]
    public_url: Option<Url>,
    /// 打印接口说明后结束 / print the description of the API and end
    #[arg(long)]
    openapi: bool,
    /// 证据存放目录 / folder in which evidence is kept
    #[arg(long, value_name = "DIR")]
    evidence: Option<PathBuf>,
    #[command(flatten)]
    visit: VisitArgs,
    #[command(flatten)]
    store: StoreArgs,
}

pub(super) fn run(args: &ServeArgs, config: &Config, lang: Lang) -> Result<Exit, Failed> {
    if args.openapi {
        print(&serve::openapi());
        return Ok(Exit::Clean);
    }
    if let Some(url) = &args.public_url
        && (!matches!(url.scheme(), "http" | "https") || url.path() != "/" || url.host().is_none())
    {
        return Err(Failed::usage("--public-url 有误", "--public-url is wrong").advise(
            "应形如 https://xuncha.example.gov.cn/，不含路径。",
            "write https://xuncha.example.gov.cn/, without a path.",
        ));
    }
    // A registry that is not there yet is made by the first import; one with mistakes must not be taken for an empty one.
    if args.path.exists() && crate::target::Registry::load(&args.path).is_ok() {
        targets::sound(&args.path, lang)?;
    }
    runtime()?.block_on(async {
        let listener =
            TcpListener::bind(args.listen).await.map_err(|error| cannot_listen(args.listen, &error))?;
        let listens = listener.local_addr().map_err(|error| Failed::internal(&error))?;
        let console = Arc::new(console(args, config, lang, listens).await?);
        tell(&console, args, lang).await?;
        let served = serve::run(Arc::clone(&console), listener, ended()).await;
        console.shutdown().await;
        served.map_err(|error| Failed::internal(&error))?;
        Ok(Exit::Clean)
    })
}

fn cannot_listen(at: SocketAddr, error: &std::io::Error) -> Failed {
    Failed::usage(format!("无法监听 {at}：{error}"), format!("cannot listen at {at}: {error}"))
        .advise("用 --listen 换一个地址或端口。", "choose another address or port with --listen.")
}

async fn console(
    args: &ServeArgs,
    config: &Config,
    lang: Lang,
    listens: SocketAddr,
) -> Result<Console, Failed> {
    let reach = Reach { max_pages: MAX_PAGES, depth: DEPTH };
    let scanners = patrol::scanners(&args.visit, args.evidence.as_deref(), reach, config, lang)?;
    let store = super::store::open(&super::store::meant(&args.store, config)?).await?;
    let key = config.evidence_key.as_ref().map(|file| PackageKey::read(file)).transpose();
    let key = key.map_err(|error| super::evidence::bad_key(&error))?;
    let settings = Settings {
        registry: args.path.clone(),
        operator: super::law::parse_operator(args.visit.operator.as_deref().or(config.operator.as_deref()))?,
        public: args.public_url.clone(),
        lang,
        key: key.map(Arc::new),
    };
    let alerts = alerts(args, config, lang, &store)?;
    Ok(Console::new(store, scanners, settings, alerts, listens))
}

/// The alert channels. Mistakes in their settings are told and keep nobody from working: a secret may stand where only
/// the patrol reads it.
fn alerts(args: &ServeArgs, config: &Config, lang: Lang, store: &Arc<dyn Store>) -> Result<Alerts, Failed> {
    Ok(match super::alert::configured(config, lang) {
        Ok(None) => Alerts::Nothing,
        Ok(Some(settings)) => {
            let network = Arc::new(super::alert::hooks()?);
            let channels = Channels::new(settings, Arc::clone(store), network, args.path.clone());
            Alerts::Channels(Box::new(channels))
        }
        Err(failed) => {
            note(failed.what.get(lang));
            Alerts::Wrong(failed.what)
        }
    })
}

/// Says where the console is, and how its first administrator is made.
async fn tell(console: &Console, args: &ServeArgs, lang: Lang) -> Result<(), Failed> {
    let address = console.address();
    note(&say(
        lang,
        &format!("控制台：{address}　Ctrl-C 结束"),
        &format!("the console: {address}  Ctrl-C ends"),
    ));
    let set_up = console.first_set_up().await.map_err(|error| Failed::internal(&error))?;
    if let Some(url) = set_up {
        note(&say(
            lang,
            &format!("尚无账户，请打开此链接建立首个管理员（一次有效）：\n  {url}"),
            &format!("there is no account yet; make the first administrator here (it works once):\n  {url}"),
        ));
    }
    if !args.listen.ip().is_loopback() && args.public_url.as_ref().is_none_or(|url| url.scheme() != "https") {
        note(&say(
            lang,
            "注意：未经 HTTPS 对外监听，密码会以明文传输；请置于 HTTPS 反向代理之后并给出 --public-url。",
            "mind: listening beyond this machine without HTTPS sends passwords in the clear; use an HTTPS proxy and --public-url.",
        ));
    }
    Ok(())
}

/// Ctrl-C, or the signal by which services are ended.
async fn ended() {
    patrol::interrupted().await;
}

const ACCOUNT_EXAMPLES: &str = "\
例 Examples:
  xuncha accounts add 李警官 --role approver < password.txt     从标准输入读密码 / the password from standard input
  xuncha accounts list";

/// `xuncha accounts`
#[derive(Debug, Subcommand)]
pub(super) enum AccountsCommand {
    /// 新建账户，或为已有账户改密码和角色；密码从标准输入读一行 / make an account, or give one another role and password, read from standard input
    #[command(after_help = ACCOUNT_EXAMPLES)]
    Add {
        /// 用户名 / the name
        name: String,
        /// 角色 / role: viewer analyst approver administrator
        #[arg(long, value_name = "ROLE", default_value = "viewer")]
        role: Role,
        #[command(flatten)]
        store: StoreArgs,
    },
    /// 列出账户 / list the accounts
    List {
        #[command(flatten)]
        store: StoreArgs,
    },
}

pub(super) fn accounts(command: &AccountsCommand, config: &Config, lang: Lang) -> Result<Exit, Failed> {
    match command {
        AccountsCommand::Add { name, role, store } => {
            let mut password = String::new();
            let read = std::io::stdin().lock().read_line(&mut password);
            read.map_err(|error| {
                Failed::usage(format!("无法读取密码：{error}"), format!("cannot read the password: {error}"))
            })?;
            let address = super::store::meant(store, config)?;
            runtime()?.block_on(async {
                let store = super::store::open(&address).await?;
                let password = password.trim_end_matches(['\r', '\n']);
                let made = serve::put_account(&*store, name, *role, password).await;
                made.map_err(|why| Failed::usage(why.zh, why.en))
            })?;
            let name = visible(name);
            print(&say(lang, &format!("已保存 {name}（{role}）\n"), &format!("kept {name} ({role})\n")));
        }
        AccountsCommand::List { store } => {
            let accounts = super::store::with(store, config, async |store| store.accounts().await)?;
            for account in accounts {
                let state = match (account.disabled, lang) {
                    (false, _) => "",
                    (true, Lang::Zh) => "  已停用",
                    (true, Lang::En) => "  disabled",
                };
                print(&format!("{}  {}{state}\n", visible(&account.name), account.role));
            }
        }
    }
    Ok(Exit::Clean)
}
