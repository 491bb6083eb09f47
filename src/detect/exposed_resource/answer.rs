//! One answer of a server, as the recognisers read it, and what they say of it.

use url::Url;

use super::technique::Technique;
use crate::detect::sighting::Sighting;
use crate::exchange::{Response, charset};
use crate::finding::Severity;
use crate::page::Page;

/// How much of a source is read, in bytes: what gives itself away does so at its beginning.
const LONGEST_SOURCE: usize = 256 * 1024;

/// One answer of a server.
pub(super) struct Answer<'a> {
    /// The status code.
    pub(super) status: u16,
    /// The response itself, for its header.
    pub(super) response: &'a Response,
    /// The document.
    pub(super) page: &'a Page,
    /// The beginning of the decoded source.
    pub(super) source: String,
}

impl<'a> Answer<'a> {
    /// What a view got; `None` where nothing came.
    pub(super) fn of(sighting: &Sighting<'a>) -> Option<Self> {
        Some(Self::read(sighting.exchange.response()?, sighting.page))
    }

    /// A response with the document that its body is.
    pub(super) fn read(response: &'a Response, page: &'a Page) -> Self {
        Self { status: response.status, response, page, source: source_of(response) }
    }

    /// The address.
    pub(super) fn url(&self) -> &Url {
        &self.page.url
    }

    /// The title, trimmed; empty where there is none.
    pub(super) fn title(&self) -> &str {
        self.page.title.as_ref().map_or("", |title| title.text.trim())
    }

    /// Whether the source has one of these pieces.
    pub(super) fn has(&self, pieces: &[&str]) -> bool {
        pieces.iter().any(|piece| self.source.contains(piece))
    }
}

/// The beginning of a body as text.
pub(super) fn source_of(response: &Response) -> String {
    let body = &response.body[..response.body.len().min(LONGEST_SOURCE)];
    charset::decode(body, response.header("content-type").as_deref()).text
}

/// Something that lies open.
pub(super) struct Exposure {
    /// How it lies open.
    pub(super) technique: &'static Technique,
    /// How bad that is here; mostly what the technique says.
    pub(super) severity: Severity,
    /// What it is, the same in both languages: a product, a path, a version.
    pub(super) what: String,
    /// What makes two sightings the same one, beside technique and address.
    pub(super) cause: String,
    /// What gives it away, short, with secrets and personal data masked.
    pub(super) sign: String,
    /// A selector that leads to it, where it is an element.
    pub(super) selector: String,
    /// The line in the source, from 1; 0 where it is none.
    pub(super) line: u32,
}

impl Exposure {
    /// As bad as the technique is.
    pub(super) fn new(
        technique: &'static Technique,
        what: impl Into<String>,
        sign: impl Into<String>,
    ) -> Self {
        let what = what.into();
        Self {
            technique,
            severity: technique.severity,
            cause: what.clone(),
            what,
            sign: sign.into(),
            selector: String::new(),
            line: 0,
        }
    }

    /// Whether it is the same thing, wherever it was seen.
    pub(super) fn is_same_as(&self, other: &Self) -> bool {
        self.technique.id == other.technique.id && self.what == other.what
    }

    /// The same, but no more than worth knowing.
    pub(super) fn informative(self) -> Self {
        Self { severity: Severity::Info, ..self }
    }

    /// At that place of the document.
    pub(super) fn at(self, selector: &str, line: u32) -> Self {
        Self { selector: selector.to_owned(), line, ..self }
    }
}

/// At most so many characters of a text.
pub(super) fn shortened(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}
