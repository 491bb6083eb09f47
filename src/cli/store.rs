//! The store as commands use it: which one is meant, opening it, what to do when it refuses; and `xuncha store`.

use std::sync::Arc;

use clap::Subcommand;

use super::args::StoreArgs;
use super::config::Config;
use super::output::print;
use super::scan::runtime;
use super::{Exit, Failed};
use crate::lang::Lang;
use crate::report::escape::visible;
use crate::store::{self, Address, Checked, Store, StoreError};

/// `xuncha store`
#[derive(Debug, Subcommand)]
pub(super) enum StoreCommand {
    /// 全面检查记忆库 / look the whole store over
    Check {
        #[command(flatten)]
        store: StoreArgs,
    },
}

pub(super) fn run(command: &StoreCommand, config: &Config, lang: Lang) -> Result<Exit, Failed> {
    let StoreCommand::Check { store } = command;
    let checked = with(store, config, async |store| store.check().await)?;
    print(&told(&checked, lang));
    Ok(if checked.is_sound() { Exit::Clean } else { Exit::Findings })
}

/// What a look over the store came to, in words.
fn told(checked: &Checked, lang: Lang) -> String {
    let zh = lang == Lang::Zh;
    let format = checked.format;
    let mut text = match (checked.is_sound(), zh) {
        (true, true) => format!("完好　格式 {format}\n"),
        (true, false) => format!("sound  format {format}\n"),
        (false, true) => format!("有损　格式 {format}\n"),
        (false, false) => format!("damaged  format {format}\n"),
    };
    for (table, rows) in &checked.rows {
        text += &format!("  {table:<16} {rows:>10}\n");
    }
    for problem in &checked.problems {
        text += &format!("  ✗ {}\n", visible(problem));
    }
    for finding in &checked.without_evidence {
        let finding = visible(finding.as_str());
        text += &match lang {
            Lang::Zh => format!("  ✗ 发现 {finding} 没有证据记录\n"),
            Lang::En => format!("  ✗ the finding {finding} has no record of evidence\n"),
        };
    }
    if !checked.is_sound() {
        text += match lang {
            Lang::Zh => "请停止写入，先备份该文件，再从备份恢复或反馈此输出。\n",
            Lang::En => "Stop writing to it, copy the file, then restore a backup or report this output.\n",
        };
    }
    text
}

/// Does something with the store that is meant: the one named, the settings', or `xuncha.db` in this folder. One that
/// does not exist is not made.
pub(super) fn with<T>(
    args: &StoreArgs,
    config: &Config,
    work: impl AsyncFnOnce(&dyn Store) -> Result<T, StoreError>,
) -> Result<T, Failed> {
    let address = existing(args, config)?;
    runtime()?.block_on(async {
        let store = open(&address).await?;
        work(&*store).await.map_err(|error| failed(&error))
    })
}

/// The address of the store that is meant, where it must exist already.
pub(super) fn existing(args: &StoreArgs, config: &Config) -> Result<Address, Failed> {
    let address = meant(args, config)?;
    if let Some(file) = address.file()
        && !file.exists()
    {
        let name = file.display();
        return Err(Failed::usage(format!("没有记忆库 {name}"), format!("there is no store {name}")).advise(
            "用 --store 指明记忆库；它由 `xuncha scan … --store` 或 `xuncha patrol` 建立。",
            "name the store with --store; `xuncha scan … --store` or `xuncha patrol` makes one.",
        ));
    }
    Ok(address)
}

/// The address of the store that is meant: the one named, the settings', or the default.
pub(super) fn meant(args: &StoreArgs, config: &Config) -> Result<Address, Failed> {
    match named(args, config)? {
        Some(address) => Ok(address),
        None => store::DEFAULT.parse().map_err(|error| Failed::internal(&error)),
    }
}

/// The store that the command line or the settings name.
pub(super) fn named(args: &StoreArgs, config: &Config) -> Result<Option<Address>, Failed> {
    let Some(text) = &args.store else { return Ok(config.store.clone()) };
    let address = text.parse().map_err(|error| {
        Failed::usage("--store 有误".to_owned(), format!("failed to {error}")).advise(
            "应形如 sqlite://xuncha.db（单机文件）或 postgres://user@host/database。",
            "write sqlite://xuncha.db for a file, or postgres://user@host/database.",
        )
    })?;
    Ok(Some(address))
}

/// Opens a store, made where there is none.
pub(super) async fn open(address: &Address) -> Result<Arc<dyn Store>, Failed> {
    store::open(address).await.map_err(|error| failed(&error))
}

/// What to tell when the store refused.
pub(super) fn failed(error: &StoreError) -> Failed {
    Failed::usage(format!("记忆库出错：{error}"), format!("failed to {error}"))
}
