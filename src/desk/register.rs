//! Registers brought in as tables: a file of the registry for each, kept up to date when the table comes again.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::id::TargetId;
use crate::lang::Bilingual;
use crate::target::edit::{VisitingWish, visiting};
use crate::target::merge::merge;
use crate::target::registry::{Registry, RegistryError};
use crate::target::table::{self, TableError};
use crate::target::{Mistake, Target, toml};

/// The first line of a file that an import may write anew.
const WRITTEN_BY_IMPORT: &str = "# 由 xuncha targets import 写入；再次导入会改写本文件，手工增补的项保留，注释不保留\n\
                                 # written by xuncha targets import, which rewrites it: fields added by hand stay, comments do not\n";

/// What an import came to.
#[derive(Debug)]
pub struct Brought {
    /// The registry file that was written.
    pub file: PathBuf,
    /// Sites of the table that are registered now.
    pub sites: usize,
    /// Those that are new.
    pub added: usize,
    /// Those of which something changed.
    pub changed: usize,
    /// Sites of an earlier import that are in the table no longer; they stay registered.
    pub missing: Vec<TargetId>,
    /// Sites that another file registers, which were left out.
    pub clashes: BTreeMap<String, PathBuf>,
    /// Mistakes and doubts by row and column; rows with mistakes were left out.
    pub mistakes: Vec<Mistake>,
    /// Columns that were passed over, in words.
    pub passed_over: Option<Bilingual>,
}

impl Brought {
    /// Mistakes that left rows out.
    pub fn wrong(&self) -> usize {
        self.mistakes.iter().filter(|mistake| mistake.fatal).count()
    }
}

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// It is no table.
    #[error(transparent)]
    Table(#[from] TableError),
    /// What an earlier import wrote cannot be read whole, and nothing is written over it.
    #[error("read {}: it holds {} mistakes; correct them first", file.display(), mistakes.len())]
    Broken {
        /// Which file.
        file: PathBuf,
        /// What is wrong with it.
        mistakes: Vec<Mistake>,
    },
    /// The registry cannot be read.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// The file cannot be written.
    #[error("write {}: {source}", path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// In the system's words.
        source: std::io::Error,
    },
}

/// Imports a table into a file of the folder named after it. Rows that are wrong are named and left out; so are sites
/// that another file of the folder registers.
///
/// # Errors
/// [`RegisterError`]; nothing was written then.
pub fn import(table: &Path, bytes: &[u8], folder: &Path) -> Result<Brought, RegisterError> {
    let mut imported = table::read(table, bytes)?;
    let passed_over = table::passed_over(&imported.unknown);
    let file = own_file(folder, table);
    let clashes = clashes(folder, &file, &imported.targets);
    imported.targets.retain(|target| !clashes.contains_key(target.id.as_str()));
    let merged = merge(registered(&file)?.iter().flat_map(Registry::iter), &imported);
    write(&file, &merged.targets)?;
    Ok(Brought {
        file,
        sites: imported.targets.len(),
        added: merged.added,
        changed: merged.changed,
        missing: merged.missing,
        clashes,
        mistakes: imported.mistakes,
        passed_over,
    })
}

/// The registry file of a table: named after it, or beside it where somebody wrote a file of that name by hand.
fn own_file(folder: &Path, table: &Path) -> PathBuf {
    let stem = table.file_stem().map(|stem| stem.to_string_lossy().trim_start_matches('.').to_owned());
    let stem = stem.filter(|stem| !stem.is_empty()).unwrap_or_else(|| "imported".to_owned());
    let file = folder.join(format!("{stem}.toml"));
    match std::fs::read(&file) {
        Ok(text) if !text.starts_with(WRITTEN_BY_IMPORT.as_bytes()) => {
            folder.join(format!("{stem}.imported.toml"))
        }
        _ => file,
    }
}

/// What an earlier import registered.
fn registered(file: &Path) -> Result<Option<Registry>, RegisterError> {
    if !file.exists() {
        return Ok(None);
    }
    let registry = Registry::load(file)?;
    if registry.is_sound() {
        return Ok(Some(registry));
    }
    Err(RegisterError::Broken { file: file.to_owned(), mistakes: registry.mistakes })
}

/// The imported ids that other files of the folder hold already.
fn clashes(folder: &Path, own: &Path, targets: &[Target]) -> BTreeMap<String, PathBuf> {
    let mut clashes = BTreeMap::new();
    let Ok(registry) = Registry::load(folder) else { return clashes };
    for target in targets {
        if let Some(at) = registry.place(&target.id).filter(|at| *at.file != *own) {
            clashes.insert(target.id.to_string(), at.file.to_path_buf());
        }
    }
    clashes
}

/// Writes beside and moves into place, so that a running patrol never reads half a file.
fn write(into: &Path, targets: &[Target]) -> Result<(), RegisterError> {
    let failed = |source| RegisterError::Write { path: into.to_owned(), source };
    let folder = into.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(failed)?;
    let beside = into.with_extension("toml.new");
    std::fs::write(&beside, format!("{WRITTEN_BY_IMPORT}\n{}", toml(targets))).map_err(failed)?;
    std::fs::rename(&beside, into).map_err(failed)
}

/// Why the visiting of a site was not changed.
#[derive(Debug, thiserror::Error)]
pub enum VisitingError {
    /// It is not registered, or not in a form that is changed here.
    #[error("find `{0}` as a [[target]] of its own in the registry")]
    Unknown(TargetId),
    /// What is wanted is wrong.
    #[error("keep the visiting: it holds mistakes")]
    Wrong(Vec<Mistake>),
    /// The file cannot be read or written.
    #[error("write {}: {source}", path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// In the system's words.
        source: std::io::Error,
    },
}

/// Changes how a registered site is visited, in the file where it stands; everything else in the file stays as it is.
///
/// # Errors
/// [`VisitingError`]; nothing was written then.
pub fn set_visiting(registry: &Registry, site: &TargetId, wish: &VisitingWish) -> Result<(), VisitingError> {
    let unknown = || VisitingError::Unknown(site.clone());
    let file = registry.place(site).ok_or_else(unknown)?.file.to_path_buf();
    let failed = |source| VisitingError::Write { path: file.clone(), source };
    let text = std::fs::read_to_string(&file).map_err(failed)?;
    let changed = visiting(&text, site, wish).ok_or_else(unknown)?;
    // Written beside under a name that no registry reads, looked over, and moved into place.
    let beside = file.with_extension("toml.new");
    std::fs::write(&beside, &changed).map_err(failed)?;
    let read = Registry::load(&beside).map_err(|error| match error {
        RegistryError::Read { source, .. } => failed(source),
        RegistryError::Empty { .. } => unknown(),
    });
    let sound = read.and_then(|read| match read.get(site) {
        Some(_) if read.is_sound() => Ok(()),
        _ => Err(VisitingError::Wrong(read.mistakes)),
    });
    if let Err(error) = sound {
        let _ = std::fs::remove_file(&beside);
        return Err(error);
    }
    std::fs::rename(&beside, &file).map_err(failed)
}
