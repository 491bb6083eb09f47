//! The registry as a whole: the files of a folder, loaded together, and whether they changed since.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use super::mistake::Mistakes;
use super::{At, Mistake, Target, check, written};
use crate::id::TargetId;
use crate::lang::Bilingual;

/// The largest registry file that is read, in bytes.
const LARGEST: u64 = 64 * 1024 * 1024;
/// How deep folders are looked into.
const DEPTH: usize = 4;

/// Every registered site, and what is wrong with how they are written.
#[derive(Debug, Default)]
pub struct Registry {
    /// By id.
    targets: BTreeMap<TargetId, (Target, At)>,
    /// Mistakes and doubts, in the order of files and lines.
    pub mistakes: Vec<Mistake>,
    /// The files it was read from.
    pub files: Vec<PathBuf>,
    state: State,
}

/// What tells a changed file from an unchanged one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct State(Vec<(PathBuf, u64, Option<SystemTime>)>);

/// What became of a look at whether the registry changed.
#[derive(Debug)]
pub enum Refresh {
    /// Nothing changed.
    Unchanged,
    /// The new one is in force.
    Taken,
    /// The new one is broken by these; the last good one stays.
    Kept(Vec<Mistake>),
    /// There is nothing to read; the last good one stays.
    Unreadable(RegistryError),
}

/// Why a registry cannot be read at all.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// There is no such file or folder, or it may not be read.
    #[error("read the targets at {path}: {source}")]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// The system's words.
        source: std::io::Error,
    },
    /// No registry file in the folder.
    #[error("find targets in {path}: it holds no .toml file")]
    Empty {
        /// The folder.
        path: PathBuf,
    },
}

impl Registry {
    /// Loads a file, or every `.toml` file of a folder and the folders in it. Mistakes do not keep the rest from being
    /// loaded; whoever asks decides what they are worth.
    ///
    /// # Errors
    /// Nothing is there, or it may not be read.
    pub fn load(path: &Path) -> Result<Self, RegistryError> {
        let files = files(path)?;
        if files.is_empty() {
            return Err(RegistryError::Empty { path: path.to_owned() });
        }
        let state = State::of(&files);
        let mut mistakes = Mistakes::default();
        let mut checked = Vec::new();
        for file in &files {
            let name: Arc<Path> = Arc::from(file.as_path());
            match text_of(file) {
                Ok(text) => written::read(&name, &text, &mut mistakes, &mut |one, mistakes| {
                    checked.extend(check::check(one, mistakes).map(|target| (target, one.at.clone())));
                }),
                Err(what) => mistakes.wrong(At { file: name, line: 1, column: 1 }, what.zh, what.en),
            }
        }
        let keep = check::duplicates(&checked, &mut mistakes);
        let kept = checked.into_iter().zip(keep).filter(|(_, keep)| *keep);
        let targets = kept.map(|((target, at), _)| (target.id.clone(), (target, at))).collect();
        Ok(Self { targets, mistakes: mistakes.finish(), files, state })
    }

    /// Loads again where something changed. What is sound takes the place of what was there; where it is broken, the last
    /// good registry stays and the same broken files are not read again.
    pub fn refresh(&mut self, path: &Path) -> Refresh {
        if !self.has_changed(path) {
            return Refresh::Unchanged;
        }
        match Self::load(path) {
            Ok(new) if new.is_sound() => {
                *self = new;
                Refresh::Taken
            }
            Ok(broken) => {
                self.state = broken.state;
                Refresh::Kept(broken.mistakes)
            }
            Err(error) => Refresh::Unreadable(error),
        }
    }

    /// Whether a file was changed, added or removed since it was loaded.
    pub fn has_changed(&self, path: &Path) -> bool {
        files(path).map_or(true, |files| State::of(&files) != self.state)
    }

    /// Whether nothing keeps a target from being used.
    pub fn is_sound(&self) -> bool {
        !self.mistakes.iter().any(|mistake| mistake.fatal)
    }

    /// One target.
    pub fn get(&self, id: &TargetId) -> Option<&Target> {
        self.targets.get(id).map(|(target, _)| target)
    }

    /// Where a target is registered.
    pub fn place(&self, id: &TargetId) -> Option<&At> {
        self.targets.get(id).map(|(_, at)| at)
    }

    /// Every target in the order of ids.
    pub fn iter(&self) -> impl Iterator<Item = &Target> {
        self.targets.values().map(|(target, _)| target)
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.targets.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.targets.is_empty()
    }
}

impl State {
    fn of(files: &[PathBuf]) -> Self {
        let facts = |file: &PathBuf| {
            let meta = std::fs::metadata(file).ok();
            let length = meta.as_ref().map_or(0, std::fs::Metadata::len);
            (file.clone(), length, meta.and_then(|meta| meta.modified().ok()))
        };
        Self(files.iter().map(facts).collect())
    }
}

/// The registry files at a path, in the order of their names.
fn files(path: &Path) -> Result<Vec<PathBuf>, RegistryError> {
    let failed = |source| RegistryError::Read { path: path.to_owned(), source };
    if std::fs::metadata(path).map_err(failed)?.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    collect(path, DEPTH, &mut found).map_err(failed)?;
    found.sort();
    Ok(found)
}

fn collect(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        if hidden {
            continue;
        }
        if path.is_dir() {
            if let Some(deeper) = depth.checked_sub(1) {
                collect(&path, deeper, found)?;
            }
        } else if path.is_file() && path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("toml"))
        {
            found.push(path);
        }
    }
    Ok(())
}

fn text_of(file: &Path) -> Result<String, Bilingual> {
    let told =
        |what: String| Bilingual::new(format!("无法读取：{what}"), format!("it cannot be read: {what}"));
    let length = std::fs::metadata(file).map_err(|error| told(error.to_string()))?.len();
    if length > LARGEST {
        return Err(Bilingual::new(
            "文件超过 64 MB，请拆成几个文件",
            "the file is over 64 MB; split it into several",
        ));
    }
    let bytes = std::fs::read(file).map_err(|error| told(error.to_string()))?;
    String::from_utf8(bytes)
        .map_err(|_| Bilingual::new("不是 UTF-8 文本，请以 UTF-8 保存", "it is not UTF-8; save it as UTF-8"))
}
