//! The store as commands use it: which one is meant, opening it, and what to do when it refuses.

use std::sync::Arc;

use super::Failed;
use super::args::StoreArgs;
use super::config::Config;
use crate::store::{self, Address, Store, StoreError};

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
