//! From a source to a page: the tree, the cascade, the walk.

use url::Url;

use super::tree::Tree;
use super::walk::walk;
use super::{Note, Page, Sheet, Viewport, sheets, style};

impl Page {
    /// Reads a document with the style sheets at hand. Cannot fail: what a budget left out is named in
    /// [`Page::notes`], and links beyond it are still found, with their visibility unsure.
    pub fn parse(html: &str, url: &Url, sheets: &[Sheet], viewport: Viewport) -> Self {
        let tree = Tree::parse(html);
        let base = base_of(&tree, url);
        let sights = style::judge(&tree.html, sheets, viewport);
        let mut page = walk(&tree, &sights, &base);
        for budget in &tree.budgets {
            page.note(Note::Budget(budget));
        }
        for note in sights.notes() {
            page.note(note.clone());
        }
        for missing in sheets::wanted_by_tree(&tree.html, url, &base, sheets) {
            page.note(Note::SheetMissing(missing));
        }
        page.into_page(url)
    }

    /// The external style sheets that the document asks for and that are not among `have`, imports of those at hand
    /// included; without fragments, http and https only, at most 64. Builds no tree. Ask again with what came back
    /// until nothing is wanted, then [`Page::parse`].
    pub fn wanted_sheets(html: &str, url: &Url, have: &[Sheet]) -> Vec<Url> {
        sheets::wanted(html, url, have)
    }
}

/// The address that relative links are resolved against.
fn base_of(tree: &Tree<'_>, url: &Url) -> Url {
    let elements = tree.html.tree.values().filter_map(scraper::Node::as_element);
    let mut bases = elements.filter(|element| element.name() == "base").filter_map(|base| base.attr("href"));
    bases
        .next()
        .and_then(|href| url.join(href.trim()).ok())
        .filter(|base| matches!(base.scheme(), "http" | "https" | "file"))
        .unwrap_or_else(|| url.clone())
}
