//! How the browser behaves: which program, how many pages at a time, what a visit may cost.

use std::env;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The environment variable that names the program.
pub const PROGRAM_VARIABLE: &str = "XUNCHA_CHROMIUM";

/// Programs that will do, in order of preference: the shell has no surface, starts in a third of the time and reports
/// crashes of pages.
const PROGRAMS: [&str; 8] = [
    "chromium-headless-shell",
    "chrome-headless-shell",
    "headless_shell",
    "chromium",
    "chromium-browser",
    "google-chrome-stable",
    "google-chrome",
    "microsoft-edge-stable",
];

/// Where distributions put what is not on the search path.
const PLACES: [&str; 5] = [
    "/usr/bin",
    "/usr/lib/chromium",
    "/usr/local/bin",
    "/opt/google/chrome",
    "/Applications/Google Chrome.app/Contents/MacOS",
];

/// How the browser behaves.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The program.
    pub program: PathBuf,
    /// Pages at a time; four were no faster than two on two cores.
    pub pages: usize,
    /// After how many visits a process makes room for a fresh one.
    pub recycle_after: u32,
    /// Where the empty profile of each process is made; `None`: where the system keeps passing files.
    pub profiles: Option<PathBuf>,
    /// For starting a process.
    pub launch: Duration,
    /// What one visit may cost.
    pub limits: Limits,
}

impl Settings {
    /// The defaults with the program that [`find_program`] finds; `None` where none is installed.
    pub fn found() -> Option<Self> {
        find_program().map(Self::with_program)
    }

    /// The defaults with that program.
    pub fn with_program(program: PathBuf) -> Self {
        Self {
            program,
            pages: 2,
            recycle_after: 50,
            profiles: None,
            launch: Duration::from_secs(20),
            limits: Limits::default(),
        }
    }
}

/// What one visit may cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// From the first request to the last picture.
    pub total: Duration,
    /// How long a page that does not answer is waited for before it counts as hung.
    pub answer: Duration,
    /// For connecting to a server.
    pub connect: Duration,
    /// Bytes received from all servers together.
    pub bytes: u64,
    /// Connections to servers, those refused included.
    pub contacts: usize,
    /// How long a page is watched after it has loaded, at least.
    pub linger: Duration,
    /// How long the network must be still before a loaded page counts as finished.
    pub still: Duration,
    /// How long a loaded page whose network does not come to rest is waited for.
    pub restless: Duration,
    /// A refresh that waits longer is not waited for: the visitor reads the page meanwhile.
    pub refresh_delay: Duration,
    /// Height of the picture of the whole page, in CSS pixels.
    pub picture_height: u32,
    /// Bytes of the document as rendered, frames apart.
    pub html: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            total: Duration::from_secs(30),
            answer: Duration::from_secs(5),
            connect: Duration::from_secs(10),
            bytes: 32 << 20,
            contacts: 400,
            linger: Duration::from_millis(1000),
            still: Duration::from_millis(500),
            restless: Duration::from_secs(5),
            refresh_delay: Duration::from_secs(10),
            picture_height: 8000,
            html: 10 << 20,
        }
    }
}

/// Looks for a Chromium: the variable [`PROGRAM_VARIABLE`] first (a path; when it names nothing, nothing else is
/// tried), then the usual names on the search path and in the usual places.
pub fn find_program() -> Option<PathBuf> {
    if let Some(named) = env::var_os(PROGRAM_VARIABLE).filter(|value| !value.is_empty()) {
        let path = PathBuf::from(named);
        return is_program(&path).then_some(path);
    }
    let path = env::var_os("PATH").unwrap_or_default();
    let directories: Vec<PathBuf> = env::split_paths(&path).chain(PLACES.iter().map(PathBuf::from)).collect();
    find_among(&directories)
}

fn find_among(directories: &[PathBuf]) -> Option<PathBuf> {
    PROGRAMS.iter().find_map(|name| {
        directories.iter().map(|directory| directory.join(name)).find(|path| is_program(path))
    })
}

fn is_program(path: &Path) -> bool {
    path.metadata().is_ok_and(|data| data.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shell_is_preferred_wherever_it_lies() {
        let root = tempfile::tempdir().unwrap();
        let (first, second) = (root.path().join("a"), root.path().join("b"));
        for (directory, name) in [(&first, "chromium"), (&second, "chromium-headless-shell")] {
            std::fs::create_dir(directory).unwrap();
            std::fs::write(directory.join(name), "").unwrap();
        }
        std::fs::create_dir(first.join("chrome-headless-shell")).unwrap();
        let found = find_among(&[first.clone(), second.clone()]);
        assert_eq!(found, Some(second.join("chromium-headless-shell")));
        assert_eq!(find_among(std::slice::from_ref(&first)), Some(first.join("chromium")));
        assert_eq!(find_among(&[]), None);
    }
}
