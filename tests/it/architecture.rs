//! The rules of the house, held by reading its sources: levels, homes of outside packages, sizes, file heads.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Rooms by level. A room imports only rooms of a lower level; rooms of one level do not know each other.
const LEVELS: &[(usize, &[&str])] = &[
    (0, &["id", "lang"]),
    (1, &["target", "exchange", "finding", "lexicon"]),
    (2, &["page", "incident", "obligation", "schedule"]),
    (3, &["script", "baseline"]),
    (4, &["detect"]),
    (5, &["frontier", "fetch", "browser", "evidence", "store", "report", "alert"]),
    (6, &["scan"]),
    (7, &["desk"]),
    (8, &["serve"]),
    (9, &["cli"]),
];

/// `lexicon` names the categories of `finding`, and `finding` knows nothing of words: the one step within a level.
const STEPS_WITHIN_A_LEVEL: &[(&str, &str)] = &[("lexicon", "finding")];

/// Outside packages that have one home each; what is not listed (url, serde, jiff, thiserror …) may be anywhere.
const HOMES: &[(&str, &[&str])] = &[
    ("reqwest", &["fetch"]),
    ("rustls", &["fetch"]),
    ("x509_parser", &["fetch"]),
    ("cookie_store", &["fetch"]),
    ("scraper", &["page"]),
    ("html5ever", &["page"]),
    ("ego_tree", &["page"]),
    ("selectors", &["page"]),
    ("cssparser", &["page"]),
    ("encoding_rs", &["exchange", "target"]),
    ("chardetng", &["exchange"]),
    ("psl", &["exchange", "fetch"]),
    ("daachorse", &["lexicon"]),
    ("rquickjs", &["script"]),
    ("base64", &["script", "browser", "alert"]),
    ("unicode_normalization", &["lexicon"]),
    ("sm3", &["id"]),
    ("sha2", &["id", "alert"]),
    ("hmac", &["alert"]),
    ("lettre", &["alert"]),
    ("sqlx", &["store"]),
    ("async_trait", &["store", "alert", "desk"]),
    ("csv", &["report", "target"]),
    ("calamine", &["target"]),
    ("zip", &["target", "evidence", "report"]),
    ("rust_xlsxwriter", &["target", "report"]),
    ("docx_rs", &["report"]),
    ("croner", &["target"]),
    ("toml_edit", &["target"]),
    ("askama", &["report", "serve"]),
    ("clap", &["cli"]),
    ("chromiumoxide", &["browser"]),
    ("rustix", &["browser", "script"]),
    ("axum", &["cli", "serve"]),
    ("utoipa", &["serve"]),
    ("utoipa_axum", &["serve"]),
    ("argon2", &["serve"]),
    ("getrandom", &["serve", "evidence", "cli"]),
    ("ed25519_dalek", &["evidence"]),
    ("anstream", &["cli"]),
    ("tracing_subscriber", &["cli"]),
];

/// Names that say nothing about what is inside.
const DRAWERS: &[&str] = &["utils", "util", "common", "helpers", "helper", "types", "misc", "shared"];

const LONGEST_FILE: usize = 800;

#[test]
fn a_room_imports_only_rooms_of_a_lower_level() {
    let mut faults = Vec::new();
    for source in sources() {
        let Some(level) = level_of(&source.room) else {
            faults.push(format!("{}: the room `{}` has no level", source.path.display(), source.room));
            continue;
        };
        for (number, line) in source.code_lines() {
            for named in rooms_named(line) {
                let step = STEPS_WITHIN_A_LEVEL.contains(&(source.room.as_str(), named.as_str()));
                if named != source.room && !step && level_of(&named).is_none_or(|other| other >= level) {
                    faults.push(format!(
                        "{}:{number}: `{}` imports `{named}`",
                        source.path.display(),
                        source.room
                    ));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_outside_package_stays_in_its_home() {
    let mut faults = Vec::new();
    for source in sources() {
        for (number, line) in source.code_lines() {
            for (package, homes) in HOMES {
                if uses_package(line, package) && !homes.contains(&source.room.as_str()) {
                    faults.push(format!("{}:{number}: `{package}` outside {homes:?}", source.path.display()));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_file_says_what_it_is_for_and_stays_readable() {
    let mut faults = Vec::new();
    for source in sources() {
        let name = source.path.display();
        if !source.text.starts_with("//!") {
            faults.push(format!("{name}: does not start with `//!`"));
        }
        let lines = source.text.lines().count();
        if lines > LONGEST_FILE {
            faults.push(format!("{name}: {lines} lines, over {LONGEST_FILE}"));
        }
        let stem = source.path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        if DRAWERS.contains(&stem) {
            faults.push(format!("{name}: `{stem}` says nothing about what is inside"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_room_is_on_the_map() {
    let map = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let rooms: BTreeSet<String> = sources().into_iter().map(|source| source.room).collect();
    for room in &rooms {
        assert!(map.contains(&format!("pub mod {room};")), "src/lib.rs declares no `{room}`");
        assert!(map.contains(&format!("`{room}`")), "the map in src/lib.rs does not speak of `{room}`");
    }
    let listed: BTreeSet<&str> = LEVELS.iter().flat_map(|(_, rooms)| rooms.iter().copied()).collect();
    for room in listed {
        assert!(rooms.contains(room), "`{room}` has a level but no source");
    }
}

#[test]
fn every_dependency_says_what_it_is_for() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let mut purpose = false;
    let mut inside = false;
    for line in manifest.lines() {
        if line.starts_with('[') {
            inside = line.contains("dependencies");
            purpose = false;
        } else if inside && line.starts_with('#') {
            purpose = true;
        } else if inside && line.contains('=') {
            assert!(purpose, "no purpose is given above `{line}`");
        }
    }
}

#[test]
fn paths_named_in_the_documents_exist() {
    let mut checked = BTreeMap::new();
    for document in
        ["README.md", "docs"].map(|name| root().join(name)).iter().flat_map(|path| documents(path))
    {
        let text = fs::read_to_string(&document).unwrap();
        for word in text.split(['`', '(', ')', ' ', '\n']) {
            let rooted = ["src/", "tests/", "docs/", "targets/", "examples/", "benches/"];
            if rooted.iter().any(|head| word.starts_with(head)) && !word.contains(['*', '<', '…', '{']) {
                let path = word.trim_end_matches(['.', ',', ':', ';']);
                checked.insert(path.to_owned(), root().join(path).exists());
            }
        }
    }
    let missing: Vec<_> = checked.iter().filter(|(_, exists)| !**exists).map(|(path, _)| path).collect();
    assert!(missing.is_empty(), "named but missing: {missing:?}");
}

struct Source {
    path: PathBuf,
    room: String,
    text: String,
}

impl Source {
    fn code_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        let numbered = self.text.lines().enumerate().map(|(index, line)| (index + 1, line.trim()));
        numbered.filter(|(_, line)| !line.starts_with("//"))
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn sources() -> Vec<Source> {
    let base = root().join("src");
    let mut found = Vec::new();
    for path in rust_files(&base) {
        let inner = path.strip_prefix(&base).unwrap();
        if inner == Path::new("lib.rs") || inner == Path::new("main.rs") {
            continue;
        }
        let room = inner.components().next().unwrap().as_os_str().to_string_lossy();
        let room = room.trim_end_matches(".rs").to_owned();
        let text = fs::read_to_string(&path).unwrap();
        found.push(Source { path, room, text });
    }
    assert!(found.len() > 5, "the sources were not found");
    found
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn documents(path: &Path) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.to_owned()];
    }
    let entries = fs::read_dir(path).into_iter().flatten().filter_map(Result::ok).map(|entry| entry.path());
    entries.filter(|path| path.extension().is_some_and(|extension| extension == "md")).collect()
}

fn level_of(room: &str) -> Option<usize> {
    LEVELS.iter().find(|(_, rooms)| rooms.contains(&room)).map(|(level, _)| *level)
}

/// The rooms that a line of code names through `crate::`.
fn rooms_named(line: &str) -> Vec<String> {
    let mut named = Vec::new();
    for after in line.split("crate::").skip(1) {
        match after.strip_prefix('{') {
            Some(group) => {
                let heads =
                    group.split([',', '}']).map(|part| part.split("::").next().unwrap_or_default().trim());
                named.extend(heads.filter(|head| level_of(head).is_some()).map(str::to_owned));
            }
            None => {
                let name: String = after.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                if name.chars().next().is_some_and(char::is_lowercase) {
                    named.push(name);
                }
            }
        }
    }
    named
}

fn uses_package(line: &str, package: &str) -> bool {
    let path = format!("{package}::");
    line.match_indices(&path).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':')
    }) || line == format!("use {package};")
}
