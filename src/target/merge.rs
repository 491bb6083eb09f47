//! A table imported again: what it says goes over what was imported before; what it does not speak of stays.
//!
//! A site is known again by its id. Knows nothing of files.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::field::Field;
use super::mistake::Mistakes;
use super::table::Imported;
use super::written::{Piece, Pieces, Written};
use super::{At, Target, check, write};
use crate::id::TargetId;

/// What becomes of the targets of one registry file when a table is imported into it.
#[derive(Debug, Default, PartialEq)]
pub struct Merged {
    /// All of them, in the order of the table; those it no longer holds come last.
    pub targets: Vec<Target>,
    /// How many are new.
    pub added: usize,
    /// How many are no longer as they were.
    pub changed: usize,
    /// Those that the table no longer holds; they stay registered.
    pub missing: Vec<TargetId>,
}

/// Brings a table over what was imported before.
pub fn merge<'a>(before: impl IntoIterator<Item = &'a Target>, imported: &Imported) -> Merged {
    let mut before: BTreeMap<&TargetId, &Target> =
        before.into_iter().map(|target| (&target.id, target)).collect();
    let mut merged = Merged::default();
    for new in &imported.targets {
        let Some(old) = before.remove(&new.id) else {
            merged.added += 1;
            merged.targets.push(new.clone());
            continue;
        };
        let target = overlaid(old, new, &imported.columns);
        merged.changed += usize::from(target != *old);
        merged.targets.push(target);
    }
    merged.missing = before.keys().map(|id| (*id).clone()).collect();
    merged.targets.extend(before.into_values().cloned());
    merged
}

/// A target with the fields that a table has columns for taken from its row, empty cells too.
fn overlaid(old: &Target, new: &Target, columns: &[&'static Field]) -> Target {
    let mut pieces = pieces(old);
    let newer = self::pieces(new);
    for field in columns {
        match newer.get(field.key) {
            Some(texts) => pieces.insert(field.key, texts.clone()),
            None => pieces.remove(field.key),
        };
    }
    let written = Written { pieces, at: nowhere() };
    // Each half was checked before; where together they contradict themselves, the table counts alone.
    check::check(&written, &mut Mistakes::default()).unwrap_or_else(|| new.clone())
}

fn pieces(target: &Target) -> Pieces {
    let texts = write::texts(target).into_iter();
    texts
        .map(|(field, texts)| {
            (field.key, texts.into_iter().map(|text| Piece { text, at: nowhere() }).collect())
        })
        .collect()
}

fn nowhere() -> At {
    At { file: Arc::from(Path::new("")), line: 1, column: 1 }
}

#[cfg(test)]
mod tests {
    use super::super::table;
    use super::*;

    fn table(text: &str) -> Imported {
        table::read(Path::new("x.csv"), text.as_bytes()).unwrap()
    }

    #[test]
    fn a_table_imported_again_changes_what_it_speaks_of_alone() {
        let first = table("url,name,division,labels\nhttp://a.test/,甲,511502,教育\nhttp://b.test/,乙,,\n");
        let mut before = merge([], &first);
        assert_eq!((before.added, before.changed), (2, 0));
        // Somebody completes the first by hand.
        before.targets[0].authorisation.basis = Some("网络安全法".to_owned());
        before.targets[0].visit.rate = Some(0.5);
        let again =
            merge(&before.targets, &table("url,name,division\nhttp://c.test/,丙,\nhttp://a.test/,甲改,\n"));
        assert_eq!((again.added, again.changed, again.missing.as_slice()), (1, 1, &["b.test".into()][..]));
        let a = again.targets.iter().find(|target| target.id == "a.test".into()).unwrap();
        assert_eq!((a.name.as_str(), a.division.as_deref()), ("甲改", None));
        assert_eq!((a.labels.as_slice(), a.visit.rate), (&["教育".to_owned()][..], Some(0.5)));
        assert_eq!(a.authorisation.basis.as_deref(), Some("网络安全法"));
        assert_eq!(again.targets.len(), 3);
    }

    #[test]
    fn the_same_table_changes_nothing() {
        let table = table("url,name\nhttp://a.test/,甲\nhttp://b.test/,乙\n");
        let once = merge([], &table);
        let twice = merge(&once.targets, &table);
        assert_eq!((twice.added, twice.changed, twice.missing.len()), (0, 0, 0));
        assert_eq!(twice.targets, once.targets);
    }
}
