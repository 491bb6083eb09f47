//! The duties (义务) that findings touch: laws and orders with their versions, articles, penalties, as data.
//!
//! A duty names kinds of finding; no detector names a law. The date of what was seen picks the version, the kind of
//! operator picks the consequence. Everything here is a lead (线索): fines are ranges, never sums, and what was not
//! checked says so. Knows nothing about pages, storage or the network; the data files stand in `data/`.

mod entry;
mod grade;
mod load;
mod render;
mod resolve;
mod text;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jiff::civil::Date;

pub use entry::{
    Article, Caveat, Circumstance, Confidence, Instrument, Link, Observable, Relation, SeedCase, Tier,
    Version,
};
pub use grade::{Clock, Grade, GradeReading, Reached};
pub use load::CatalogueError;
pub use render::{render_for, render_list, render_show};
pub use resolve::{Obligation, Penalty, Query};

use crate::id::ObligationId;

/// The catalogue of duties.
#[derive(Debug)]
pub struct Catalogue {
    instruments: Vec<Instrument>,
    articles: BTreeMap<ObligationId, Article>,
    order: Vec<ObligationId>,
    links: Vec<Link>,
    caveats: Vec<Caveat>,
    grades: Vec<Grade>,
    clocks: Vec<Clock>,
    cases: Vec<SeedCase>,
}

/// An instrument with those of its versions and articles that were asked for.
#[derive(Debug, Clone)]
pub struct Listed<'a> {
    /// The instrument.
    pub instrument: &'a Instrument,
    /// Its versions, each with its articles in the order of the data files.
    pub versions: Vec<(&'a Version, Vec<&'a Article>)>,
}

/// One article with what stands around it.
#[derive(Debug, Clone)]
pub struct Shown<'a> {
    /// The article.
    pub article: &'a Article,
    /// Its instrument.
    pub instrument: &'a Instrument,
    /// Its version.
    pub version: &'a Version,
    /// Its penalties of every version, those for kinds of operator included.
    pub penalties: Vec<&'a Article>,
    /// The same rule in the version after.
    pub superseded_by: Option<&'a Article>,
    /// The rules that link findings to it or to what took its place.
    pub links: Vec<&'a Link>,
}

/// An id that is not in the catalogue, with ids that look like it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("find the duty `{id}` in the catalogue{}", if near.is_empty() { String::new() } else { format!("; near: {}", near.join(", ")) })]
pub struct UnknownObligation {
    /// What was asked for.
    pub id: String,
    /// Ids that look like it.
    pub near: Vec<String>,
}

impl Catalogue {
    /// The catalogue that is built in, read once.
    pub fn builtin() -> &'static Self {
        static BUILTIN: LazyLock<Catalogue> = LazyLock::new(|| {
            load::load(&load::FILES).expect("a test holds the built-in files to their rules")
        });
        &BUILTIN
    }

    /// Every instrument with its articles; with a day, only what was in force on it.
    pub fn list(&self, on: Option<Date>) -> Vec<Listed<'_>> {
        let wanted = |version: &Version| on.is_none_or(|day| version.in_force_on(day));
        let mut listed = Vec::new();
        for (position, instrument) in self.instruments.iter().enumerate() {
            let mut versions = Vec::new();
            for (number, version) in
                instrument.version.iter().enumerate().filter(|(_, version)| wanted(version))
            {
                let of_version =
                    |article: &&Article| (article.instrument, article.version) == (position, number);
                versions.push((version, self.in_order().filter(of_version).collect()));
            }
            if !versions.is_empty() {
                listed.push(Listed { instrument, versions });
            }
        }
        listed
    }

    /// One article by its id, letters in any case.
    ///
    /// # Errors
    /// The id is not in the catalogue; the error holds ids that look like it.
    pub fn show(&self, id: &str) -> Result<Shown<'_>, UnknownObligation> {
        let id = id.trim();
        let article = self.in_order().find(|article| article.id.as_str().eq_ignore_ascii_case(id));
        let Some(article) = article else { return Err(self.unknown(id)) };
        let (instrument, version) = self.source(article);
        let special = article.penalty_for.values().flatten();
        let mut penalties: Vec<&Article> = Vec::new();
        for penalty in article.penalty.iter().chain(special).filter_map(|id| self.articles.get(id)) {
            let of_this_version =
                penalty.instrument != article.instrument || penalty.version == article.version;
            if of_this_version && !penalties.iter().any(|known| known.id == penalty.id) {
                penalties.push(penalty);
            }
        }
        let newest = self.newest(article);
        Ok(Shown {
            article,
            instrument,
            version,
            penalties,
            superseded_by: self.in_order().find(|later| later.supersedes.as_ref() == Some(&article.id)),
            links: self.links.iter().filter(|link| link.duties.contains(&newest.id)).collect(),
        })
    }

    /// One article by its exact id.
    pub fn article(&self, id: &ObligationId) -> Option<&Article> {
        self.articles.get(id)
    }

    /// The instrument and version of an article.
    pub fn source(&self, article: &Article) -> (&Instrument, &Version) {
        let instrument = &self.instruments[article.instrument];
        (instrument, &instrument.version[article.version])
    }

    /// The ten cases of the 2019 notice, in order.
    pub fn cases(&self) -> &[SeedCase] {
        &self.cases
    }

    /// The grades of incidents, heaviest first.
    pub fn grades(&self) -> &[Grade] {
        &self.grades
    }

    fn in_order(&self) -> impl Iterator<Item = &Article> {
        self.order.iter().filter_map(|id| self.articles.get(id))
    }

    fn newest<'a>(&'a self, article: &'a Article) -> &'a Article {
        let mut newest = article;
        while let Some(later) =
            self.articles.values().find(|later| later.supersedes.as_ref() == Some(&newest.id))
        {
            newest = later;
        }
        newest
    }

    fn unknown(&self, id: &str) -> UnknownObligation {
        let wanted = id.to_ascii_uppercase();
        let instrument = wanted.split('.').next().unwrap_or_default();
        let number = wanted.splitn(3, '.').nth(2).unwrap_or_default();
        let mut near: Vec<&ObligationId> = self.order.iter().collect();
        near.retain(|known| {
            let known = known.as_str();
            !instrument.is_empty() && known.split('.').next() == Some(instrument) && {
                let known_number = known.splitn(3, '.').nth(2).unwrap_or_default();
                number.is_empty() || known_number.split('.').next() == number.split('.').next()
            }
        });
        let near = near.into_iter().take(8).map(ToString::to_string).collect();
        UnknownObligation { id: id.to_owned(), near }
    }
}

#[cfg(test)]
mod tests;
