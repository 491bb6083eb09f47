//! How pages were visited, as the manifests of the evidence state it: who seemed to ask, from where, when, and what
//! answered. Values only; whoever reads the manifests hands them in.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::finding::Finding;
use crate::id::ProfileId;
use crate::lang::Lang;
use crate::report::escape::visible;

/// One visit as the manifest of its folder states it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// The folder of evidence.
    pub folder: String,
    /// When it began.
    pub began: Timestamp,
    /// When the folder was closed.
    pub ended: Timestamp,
    /// The ways in which it appeared to the server.
    pub guises: Vec<Guise>,
    /// Version of the program.
    pub version: String,
    /// Version of the rules.
    pub rules: String,
    /// What is known of the clock.
    pub clock: String,
    /// From which network it went out, as the user states it.
    pub egress: Option<String>,
    /// What was asked, in order, style sheets and the like left out.
    pub asked: Vec<Asked>,
    /// How many requests are listed in the manifest and not here.
    pub left_out: usize,
    /// The files that hold everything: manifest and archive.
    pub whole: Vec<Holding>,
    /// The files of single pieces of evidence.
    pub pieces: Vec<Holding>,
}

/// One way in which the program appeared to the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guise {
    /// The profile.
    pub profile: ProfileId,
    /// The user agent sent.
    pub user_agent: String,
    /// The referrer sent.
    pub referrer: Option<String>,
    /// The state of the cookie jar.
    pub cookies: String,
    /// The language asked for.
    pub language: Option<String>,
}

/// One request with what came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// When it began.
    pub at: Timestamp,
    /// As whom.
    pub profile: ProfileId,
    /// `GET` or `HEAD`.
    pub method: &'static str,
    /// The address.
    pub url: String,
    /// The status of the answer.
    pub status: Option<u16>,
    /// The address of the server.
    pub remote: Option<String>,
    /// SHA-256 of the server's certificate.
    pub certificate: Option<String>,
    /// SHA-256 of the decoded body.
    pub body: Option<String>,
}

/// One kept file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holding {
    /// Its name within the folder.
    pub name: String,
    /// Its size in bytes.
    pub size: u64,
    /// SHA-256, 64 hexadecimal digits.
    pub sha256: String,
    /// SM3, 64 hexadecimal digits.
    pub sm3: String,
    /// When it was made, where it is not a piece of evidence with a time of its own.
    pub at: Timestamp,
}

impl Holding {
    /// The end of its name: what kind of file it is.
    pub fn format(&self) -> &str {
        let name = self.name.rsplit('/').next().unwrap_or_default();
        name.split_once('.').map_or(name, |(_, end)| end)
    }
}

/// A request for that address, made by one of the profiles that saw the finding where there is one.
pub fn asked_for<'a>(accesses: &'a [Access], url: &str, finding: &Finding) -> Option<&'a Asked> {
    let all = || accesses.iter().flat_map(|one| &one.asked).filter(|asked| asked.url == url);
    let own = |asked: &&Asked| {
        finding.place.profile.as_ref() == Some(&asked.profile)
            || finding.conditions.profiles.contains(&asked.profile)
    };
    all().find(own).or_else(|| all().next())
}

/// The guises of all visits, each profile once.
pub fn guises(accesses: &[Access]) -> Vec<&Guise> {
    let mut known = BTreeSet::new();
    accesses.iter().flat_map(|one| &one.guises).filter(|guise| known.insert(&guise.profile)).collect()
}

/// The state of a cookie jar in words.
pub fn cookies(word: &str, lang: Lang) -> String {
    let (zh, en) = match word {
        "cookie:first-visit" => ("首次到访，无 Cookie", "first visit, no cookies"),
        "cookie:returning" => ("再次到访，带回 Cookie", "coming back with cookies"),
        "cookie:never" => ("不接受 Cookie", "takes no cookies"),
        other => return visible(other),
    };
    if lang == Lang::Zh { zh.to_owned() } else { en.to_owned() }
}
