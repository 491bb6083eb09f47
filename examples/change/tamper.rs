//! How intruders change pages: the whole, one block, the title. What they write is taken from real defaced pages.

use url::Url;
use xuncha::page::{Block, Page, Role, Sight, Viewport};

use super::honest::{into_body, title};

/// A form of tampering: the honest page and the defaced one; `None` where that one has nothing of the kind.
type Form = fn(&str, &str) -> Option<String>;

/// Every form, by name.
pub(crate) const FORMS: &[(&str, Form)] = &[
    ("the whole page", |_, defaced| Some(defaced.to_owned())),
    ("the page emptied", |_, _| Some("<html><head><title></title></head><body></body></html>".to_owned())),
    ("their message as one block", |honest, defaced| {
        let message = message(defaced)?;
        Some(into_body(honest, &format!("<center>{}</center>", escaped(&message))))
    }),
    ("one line of theirs", |honest, defaced| {
        let block = block(defaced)?;
        Some(into_body(honest, &format!("<center><h1>{}</h1></center>", escaped(&block))))
    }),
    ("the title", |honest, defaced| {
        let (from, to) = title(defaced)?;
        let theirs = defaced[from..to].trim();
        let (start, end) = title(honest)?;
        (!theirs.is_empty()).then(|| format!("{}{theirs}{}", &honest[..start], &honest[end..]))
    }),
];

/// Characters of a page that is nothing but the intruder's message; on a longer one most words are the site's own.
const MESSAGE: usize = 1_500;

/// What a page that is nothing but their message says to its readers, its first few hundred characters.
fn message(defaced: &str) -> Option<String> {
    let page = parsed(defaced)?;
    let text = visible(&page).map(|block| block.text.as_str()).collect::<Vec<_>>().join(" ");
    if text.chars().nth(MESSAGE).is_some() {
        return None;
    }
    let message: String = text.chars().take(500).collect();
    (!message.trim().is_empty()).then_some(message)
}

fn parsed(defaced: &str) -> Option<Page> {
    let url = Url::parse("http://defaced.test/").ok()?;
    Some(Page::parse(defaced, &url, &[], Viewport::DESKTOP))
}

fn visible(page: &Page) -> impl Iterator<Item = &Block> {
    page.blocks.iter().filter(|block| block.visibility.sight != Sight::Hidden)
}

/// The block that stands out most of a page that is nothing but their message: the largest heading, else the longest of
/// its first lines.
fn block(defaced: &str) -> Option<String> {
    message(defaced)?;
    let page = parsed(defaced)?;
    let spoken = || visible(&page).filter(|block| block.text.chars().count() >= 4);
    let heading = spoken()
        .filter(|block| block.role == Role::Heading)
        .max_by(|one, other| one.font_px.total_cmp(&other.font_px));
    let longest = || spoken().take(6).max_by_key(|block| block.text.chars().count());
    heading.or_else(longest).map(|block| block.text.chars().take(400).collect())
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
