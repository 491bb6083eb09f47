//! What people decide of incidents: who, what, why, until when.

use jiff::Timestamp;

use super::DISMISSED_FOR;
use crate::incident::{Decided, Decision};
use crate::store::{Case, Store, StoreError};

/// What a person wants decided.
#[derive(Debug, Clone)]
pub struct Wish {
    /// What.
    pub what: Decided,
    /// Who.
    pub who: String,
    /// Why, or the remark.
    pub why: String,
    /// How long a dismissal holds; [`DISMISSED_FOR`] where it is left out. Nothing else has an end.
    pub until: Option<Timestamp>,
}

/// Why nothing was decided.
#[derive(Debug, thiserror::Error)]
pub enum DecideError {
    /// Nobody is named.
    #[error("decide: a person must be named")]
    Nameless,
    /// A dismissal or a note says nothing.
    #[error("decide: a dismissal needs a reason, a note its text")]
    Reasonless,
    /// The end lies in the past.
    #[error("decide: the end of a dismissal lies in the past")]
    Over,
    /// There is no such incident.
    #[error("find `{0}` in the store")]
    Unknown(String),
    /// The store refuses.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Keeps a decision on an incident; `id` may also name one of its findings. Gives the incident as it is then.
///
/// # Errors
/// [`DecideError`]; nothing was decided then.
pub async fn decide(store: &dyn Store, id: &str, wish: &Wish, now: Timestamp) -> Result<Case, DecideError> {
    let (who, why) = (wish.who.trim(), wish.why.trim());
    if who.is_empty() {
        return Err(DecideError::Nameless);
    }
    if why.is_empty() && matches!(wish.what, Decided::Dismiss | Decided::Note) {
        return Err(DecideError::Reasonless);
    }
    let until = match wish.what {
        Decided::Dismiss => wish.until.or_else(|| now.checked_add(DISMISSED_FOR).ok()),
        _ => None,
    };
    if until.is_some_and(|until| until <= now) {
        return Err(DecideError::Over);
    }
    let unknown = || DecideError::Unknown(id.to_owned());
    let case = store.case(id).await?.ok_or_else(unknown)?;
    let incident = case.incident.id;
    let decision = Decision {
        incident: incident.clone(),
        what: wish.what,
        who: who.to_owned(),
        at: now,
        why: why.to_owned(),
        until,
    };
    store.decide(&decision).await?;
    store.case(incident.as_str()).await?.ok_or_else(unknown)
}
