//! What is taken from documents, honest and hostile.

mod extraction;
mod hostile;

use url::Url;

use super::{Page, Viewport};

/// The document as read at `http://example.test/dir/`, without style sheets.
fn page(html: &str) -> Page {
    let url = Url::parse("http://example.test/dir/").expect("a URL");
    Page::parse(html, &url, &[], Viewport::DESKTOP)
}
