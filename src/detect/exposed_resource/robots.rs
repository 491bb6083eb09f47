//! Sensitive paths that `robots.txt` names. Only their names are noted; nobody goes there.

use super::answer::{Exposure, shortened};
use super::probe::Found;
use super::technique::ROBOTS;
use crate::detect::dossier::{Dossier, Exposures};

/// Parts of paths that are not for everybody.
const SENSITIVE: [&str; 12] = [
    "admin",
    "manage",
    "backup",
    "/bak",
    "config",
    "database",
    "/sql",
    "phpmyadmin",
    "houtai",
    "private",
    "/test",
    "_old",
];
/// How many are shown.
const SHOWN: usize = 8;
/// How much of the file is read.
const LONGEST: usize = 64 * 1024;

/// What the rules for crawlers name, where they were got.
pub(super) fn named(dossier: &Dossier, exposures: &Exposures) -> Option<Found> {
    let id = exposures.robots?;
    let exchange = dossier.exchange(id)?;
    let response = exchange.response().filter(|response| response.status == 200)?;
    let text = String::from_utf8_lossy(&response.body[..response.body.len().min(LONGEST)]);
    let paths: Vec<&str> = text.lines().filter_map(forbidden).filter(|path| is_sensitive(path)).collect();
    let first = paths.first()?;
    let sign = paths.iter().take(SHOWN).map(|path| shortened(path, 60)).collect::<Vec<_>>().join(" ");
    let exposure = Exposure::new(&ROBOTS, shortened(first, 60), sign);
    Some(Found {
        exposure: Exposure { cause: String::new(), ..exposure },
        url: exchange.request.url.clone(),
        answers: vec![id],
        again: false,
        most: LONGEST,
    })
}

/// The path of a `Disallow` line.
fn forbidden(line: &str) -> Option<&str> {
    let (key, value) = line.split_once(':')?;
    let value = value.split('#').next().unwrap_or_default().trim();
    (key.trim().eq_ignore_ascii_case("disallow") && value.len() > 1).then_some(value)
}

fn is_sensitive(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    SENSITIVE.iter().any(|part| path.contains(part))
}
