//! Packages of evidence, made of what is kept behind an incident.

use std::fs::File;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::evidence::{self, Cover, EvidenceError, PackageKey, Packed};
use crate::store::{Store, StoreError};

/// Why there is no package.
#[derive(Debug, thiserror::Error)]
pub enum PackageError {
    /// Nothing is kept.
    #[error("find evidence folders that are still on disk")]
    Empty,
    /// The file cannot be written.
    #[error("write {}: {source}", path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// In the system's words.
        source: std::io::Error,
    },
    /// The evidence is not whole.
    #[error(transparent)]
    Evidence(#[from] EvidenceError),
}

/// The folders behind an incident that are still on disk; `id` may also name one of its findings. `None` where nothing
/// has that name.
///
/// # Errors
/// The store refuses.
pub async fn evidence_folders(store: &dyn Store, id: &str) -> Result<Option<Vec<PathBuf>>, StoreError> {
    let Some(case) = store.case(id).await? else { return Ok(None) };
    let folders = store.folders(&case.incident.id).await?;
    Ok(Some(folders.into_iter().map(PathBuf::from).collect()))
}

/// Packs folders into one file, signed where there is a key, written beside and moved into place when it is whole.
///
/// # Errors
/// [`PackageError`]; no file is left then.
pub fn package(
    title: &str,
    folders: &[PathBuf],
    output: &Path,
    now: Timestamp,
    key: Option<&PackageKey>,
) -> Result<Packed, PackageError> {
    if folders.is_empty() {
        return Err(PackageError::Empty);
    }
    let cover = Cover {
        title: format!("xuncha evidence: {title}"),
        description: "网站外部访问的留证材料，不是笔录。 / Material kept from visits to sites from the outside; not a record of extraction."
            .to_owned(),
        at: now,
    };
    let part = output.with_extension("wacz.part");
    let mut file = File::create(&part).map_err(cannot_write(&part))?;
    let packed = evidence::pack(folders, &mut file, &cover, key).inspect_err(|_| {
        let _ = std::fs::remove_file(&part);
    })?;
    file.sync_all().and_then(|()| std::fs::rename(&part, output)).map_err(cannot_write(output))?;
    Ok(packed)
}

fn cannot_write(path: &Path) -> impl FnOnce(std::io::Error) -> PackageError {
    let path = path.to_path_buf();
    move |source| PackageError::Write { path, source }
}
