//! What people decide of accepted states: a change is as it should be, or is to be learned anew.

use jiff::Timestamp;

use crate::baseline::Decided;
use crate::id::TargetId;
use crate::store::{Store, StoreError};

/// Why nothing was decided.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// Who and why must be said.
    #[error("decide: say who decides, and why")]
    Reasonless,
    /// The page has no accepted state.
    #[error("find the baseline of `{0}` in the store")]
    Unknown(String),
    /// The store refuses.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Decides on the baseline of one page of a site, or of all of them; gives how many pages changed. Nothing changes on
/// a page of which nothing is pending when it is to be approved.
///
/// # Errors
/// [`BaselineError`]
pub async fn decide_baselines(
    store: &dyn Store,
    site: &TargetId,
    page: Option<&str>,
    what: Decided,
    (who, why): (&str, &str),
    now: Timestamp,
) -> Result<usize, BaselineError> {
    let (who, why) = (who.trim(), why.trim());
    if who.is_empty() || why.is_empty() {
        return Err(BaselineError::Reasonless);
    }
    let mut chosen = store.baselines(site).await?;
    chosen.retain(|(known, _)| page.is_none_or(|wanted| wanted == known));
    if chosen.is_empty() {
        return Err(BaselineError::Unknown(page.unwrap_or(site.as_str()).to_owned()));
    }
    let mut changed = 0;
    for (page, mut baseline) in chosen {
        match what {
            Decided::Approve if baseline.pending.is_empty() => continue,
            Decided::Approve => drop(baseline.approve(who, now, why)),
            Decided::Reset => baseline.reset(who, now, why),
        }
        store.decide_baseline(site, &page, &baseline).await?;
        changed += 1;
    }
    Ok(changed)
}
