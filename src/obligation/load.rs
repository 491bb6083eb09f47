//! Reading the data files and holding them to their rules: every reference leads somewhere, versions neither gap
//! nor overlap, links name the newest version.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::entry::{Article, Caveat, Confidence, Instrument, Link, SeedCase, Tier};
use super::grade::{Clock, Grade};
use super::{Catalogue, text};
use crate::id::ObligationId;
use crate::lang::Bilingual;
use crate::target::OperatorKind;

/// The data files, in the order of reading.
pub(super) const FILES: [(&str, &str); 9] = [
    ("instruments.toml", include_str!("data/instruments.toml")),
    ("csl.toml", include_str!("data/csl.toml")),
    ("police.toml", include_str!("data/police.toml")),
    ("services.toml", include_str!("data/services.toml")),
    ("crime.toml", include_str!("data/crime.toml")),
    ("data_law.toml", include_str!("data/data_law.toml")),
    ("links.toml", include_str!("data/links.toml")),
    ("grades.toml", include_str!("data/grades.toml")),
    ("cases.toml", include_str!("data/cases.toml")),
];

/// Why a catalogue cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CatalogueError {
    /// A file is not what it should be.
    #[error("read the catalogue file {file}: {message}")]
    Syntax {
        /// The file.
        file: String,
        /// The parser's words.
        message: String,
    },
    /// An entry breaks a rule of the catalogue.
    #[error("accept the catalogue entry {entry}: {rule}")]
    Rule {
        /// The entry.
        entry: String,
        /// The rule it breaks.
        rule: String,
    },
}

/// One file as written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Written {
    instrument: Vec<Instrument>,
    article: Vec<WrittenArticle>,
    link: Vec<Link>,
    caveat: Vec<Caveat>,
    grade: Vec<Grade>,
    clock: Vec<Clock>,
    case: Vec<SeedCase>,
}

/// One article as written: one text under the number it has in each version, oldest first.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenArticle {
    ids: Vec<ObligationId>,
    supersedes: Option<ObligationId>,
    label: Option<Bilingual>,
    duty: Bilingual,
    #[serde(default)]
    duty_for: BTreeMap<OperatorKind, Bilingual>,
    words: Option<String>,
    enforcer: Option<Bilingual>,
    #[serde(default)]
    penalty: Vec<ObligationId>,
    #[serde(default)]
    penalty_for: BTreeMap<OperatorKind, Vec<ObligationId>>,
    note: Option<Bilingual>,
    confidence: Confidence,
    #[serde(default)]
    tier: Vec<Tier>,
}

/// Reads and checks a catalogue from `(file name, text)` pairs.
pub(super) fn load(files: &[(&str, &str)]) -> Result<Catalogue, CatalogueError> {
    let mut written = Written::default();
    for (file, content) in files {
        let part: Written = toml::from_str(content).map_err(|error| CatalogueError::Syntax {
            file: (*file).to_owned(),
            message: error.to_string(),
        })?;
        written.instrument.extend(part.instrument);
        written.article.extend(part.article);
        written.link.extend(part.link);
        written.caveat.extend(part.caveat);
        written.grade.extend(part.grade);
        written.clock.extend(part.clock);
        written.case.extend(part.case);
    }
    check_versions(&written.instrument)?;
    let mut articles = BTreeMap::new();
    let mut order = Vec::new();
    for entry in &written.article {
        for article in spread(entry, &written.instrument)? {
            order.push(article.id.clone());
            if let Some(twice) = articles.insert(article.id.clone(), article) {
                return Err(rule(&twice.id, "it is there twice"));
            }
        }
    }
    let catalogue = Catalogue {
        instruments: written.instrument,
        articles,
        order,
        links: written.link,
        caveats: written.caveat,
        grades: written.grade,
        clocks: written.clock,
        cases: written.case,
    };
    check_references(&catalogue)?;
    Ok(catalogue)
}

/// One article for each of its ids, each superseding the one before.
fn spread(entry: &WrittenArticle, instruments: &[Instrument]) -> Result<Vec<Article>, CatalogueError> {
    let mut supersedes = entry.supersedes.clone();
    let mut articles = Vec::with_capacity(entry.ids.len());
    for id in &entry.ids {
        let mut parts = id.as_str().splitn(3, '.');
        let (Some(instrument), Some(version), Some(number)) = (parts.next(), parts.next(), parts.next())
        else {
            return Err(rule(id, "an id is instrument.version.number"));
        };
        let instrument = position(instruments, |known| known.id == instrument)
            .ok_or_else(|| rule(id, "its instrument is unknown"))?;
        let version = position(&instruments[instrument].version, |known| known.id == version)
            .ok_or_else(|| rule(id, "its version is unknown"))?;
        let label = entry.label.clone().or_else(|| text::article_label(number));
        articles.push(Article {
            id: id.clone(),
            label: label.ok_or_else(|| rule(id, "its number cannot be cited and it has no label"))?,
            duty: entry.duty.clone(),
            duty_for: entry.duty_for.clone(),
            words: entry.words.clone(),
            enforcer: entry.enforcer.clone().unwrap_or_else(|| instruments[instrument].enforcer.clone()),
            penalty: entry.penalty.clone(),
            penalty_for: entry.penalty_for.clone(),
            note: entry.note.clone(),
            confidence: entry.confidence,
            tiers: entry.tier.clone(),
            supersedes: supersedes.replace(id.clone()),
            instrument,
            version,
        });
    }
    Ok(articles)
}

fn position<T>(list: &[T], wanted: impl Fn(&T) -> bool) -> Option<usize> {
    list.iter().position(wanted)
}

/// Versions of one instrument follow each other day by day, and only the last may be without end.
fn check_versions(instruments: &[Instrument]) -> Result<(), CatalogueError> {
    for instrument in instruments {
        if instrument.version.is_empty() {
            return Err(rule(&instrument.id, "it has no version"));
        }
        for version in &instrument.version {
            if version.to.is_some_and(|to| to < version.from) {
                return Err(rule(&instrument.id, "a version ends before it begins"));
            }
        }
        for pair in instrument.version.windows(2) {
            let follows = pair[0].to.and_then(|to| to.tomorrow().ok());
            if follows != Some(pair[1].from) {
                return Err(rule(&instrument.id, "its versions gap or overlap"));
            }
        }
    }
    Ok(())
}

fn check_references(catalogue: &Catalogue) -> Result<(), CatalogueError> {
    let known = |from: &str, id: &ObligationId| match catalogue.articles.contains_key(id) {
        true => Ok(()),
        false => Err(rule(from, format!("it names {id}, which is not there"))),
    };
    for article in catalogue.articles.values() {
        let from = article.id.as_str();
        let special = article.penalty_for.values().flatten();
        for id in article.penalty.iter().chain(special).chain(&article.supersedes) {
            known(from, id)?;
        }
        if article.penalty.contains(&article.id) {
            return Err(rule(from, "it is its own penalty"));
        }
        let earlier = article.supersedes.as_ref().and_then(|id| catalogue.articles.get(id));
        if earlier.is_some_and(|earlier| {
            (earlier.instrument, earlier.version + 1) != (article.instrument, article.version)
        }) {
            return Err(rule(from, "it supersedes something that is not of the version before"));
        }
        for [low, high] in article
            .tiers
            .iter()
            .flat_map(|tier| [tier.unit, tier.person, tier.gain, tier.detention])
            .flatten()
        {
            if low > high || high == 0 {
                return Err(rule(from, "a range of its tiers is upside down"));
            }
        }
    }
    let superseded: Vec<_> =
        catalogue.articles.values().filter_map(|article| article.supersedes.as_ref()).collect();
    for (at, link) in catalogue.links.iter().enumerate() {
        for id in &link.duties {
            known(&format!("link {at}"), id)?;
            if superseded.contains(&id) {
                return Err(rule(
                    format!("link {at}"),
                    format!("it names {id}, which is not the newest version"),
                ));
            }
        }
    }
    for case in &catalogue.cases {
        for id in case.then.iter().chain(&case.today) {
            known(&format!("case {}", case.number), id)?;
        }
    }
    Ok(())
}

fn rule(entry: impl std::fmt::Display, rule: impl Into<String>) -> CatalogueError {
    CatalogueError::Rule { entry: format!("{entry}"), rule: rule.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = r#"
        [[instrument]]
        id = "A"
        title = { zh = "甲法", en = "A" }
        enforcer = { zh = "公安", en = "police" }
        version = [
            { id = "1", from = "2001-01-01", to = "2001-12-31", issued = "", confidence = "V", sources = [] },
            { id = "2", from = "2002-01-01", issued = "", confidence = "V", sources = [] },
        ]
    "#;

    fn check(change: (&str, &str), body: &str, expected: &str) {
        let text = format!("{}\n{body}", HEAD.replace(change.0, change.1));
        let error = load(&[("a.toml", &text)]).expect_err(expected);
        assert!(error.to_string().contains(expected), "{error}");
    }

    #[test]
    fn the_builtin_files_hold_their_rules() {
        load(&FILES).unwrap();
    }

    #[test]
    fn broken_catalogues_are_refused_by_name() {
        let duty = "duty = { zh = \"务\", en = \"duty\" }\nconfidence = \"V\"";
        check(("2002-01-01", "2002-01-02"), "", "gap or overlap");
        check(("2002-01-01", "2001-12-31"), "", "gap or overlap");
        check(("2001-12-31", "2000-12-31"), "", "ends before it begins");
        check(("", ""), "nonsense = 1", "unknown field");
        check(("", ""), &format!("[[article]]\nids = [\"B.1.1\"]\n{duty}"), "instrument is unknown");
        check(("", ""), &format!("[[article]]\nids = [\"A.3.1\"]\n{duty}"), "version is unknown");
        check(("", ""), &format!("[[article]]\nids = [\"A.1\"]\n{duty}"), "instrument.version.number");
        check(("", ""), &format!("[[article]]\nids = [\"A.1.x\"]\n{duty}"), "has no label");
        check(("", ""), &format!("[[article]]\nids = [\"A.1.1\", \"A.1.1\"]\n{duty}"), "there twice");
        check(("", ""), &format!("[[article]]\nids = [\"A.1.1\"]\npenalty = [\"A.1.9\"]\n{duty}"), "A.1.9");
        check(
            ("", ""),
            &format!(
                "[[article]]\nids = [\"A.1.1\", \"A.2.1\"]\n{duty}\n[[link]]\nkinds = [\"cloaking\"]\n\
                 relation = \"precondition\"\nduties = [\"A.1.1\"]"
            ),
            "not the newest",
        );
    }
}
