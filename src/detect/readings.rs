//! The words of pages that were read before: while a dossier is gathered the same pages are asked about again and again,
//! and once more when it is judged.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::analysis::Analysis;
use crate::page::Page;

/// What was read of the pages of one dossier, each page once; clones share it. Whoever goes on to another dossier, or reads
/// with other jargon, begins anew.
#[derive(Debug, Clone, Default)]
pub struct Readings(Arc<Mutex<Vec<Read>>>);

/// A page and its words. The page is held, so that no other page can come to lie at its place.
#[derive(Debug)]
struct Read {
    page: Arc<Page>,
    words: Arc<OnceLock<Arc<Analysis>>>,
}

impl Readings {
    /// The words of a page, read by whoever asks first.
    pub(super) fn of(&self, page: &Arc<Page>, read: impl FnOnce() -> Analysis) -> Arc<Analysis> {
        let words = self.slot(page);
        Arc::clone(words.get_or_init(|| Arc::new(read())))
    }

    fn slot(&self, page: &Arc<Page>) -> Arc<OnceLock<Arc<Analysis>>> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(one) = known.iter().find(|one| Arc::ptr_eq(&one.page, page)) {
            return Arc::clone(&one.words);
        }
        let words = Arc::default();
        known.push(Read { page: Arc::clone(page), words: Arc::clone(&words) });
        words
    }
}
