//! Pictures of an offending place with a red frame around it, as evidence that a person can see.
//!
//! What visitors cannot see is shown twice: as they see the page there, and revealed, with a label that says so.

use serde_json::{Value, json};

use super::visit::{Clip, Visit};
use super::wire::Lost;
use crate::lang::{Bilingual, Lang};

/// A place in the rendered page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// How it is found.
    pub by: Finder,
    /// What stands on the frame, such as the name of the finding.
    pub label: Bilingual,
}

/// How a place is found in the rendered page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finder {
    /// A CSS selector; the first element that it matches.
    Selector(String),
    /// The smallest element with this text, white space folded; attributes `href` and `src` are searched when no text
    /// matches.
    Text(String),
}

/// A place as found, with its pictures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marked {
    /// Whether it was found in the rendered page.
    pub found: bool,
    /// Whether visitors can see it where it is: it has an area, nothing above it hides it, and it lies on the page.
    pub visible: bool,
    /// The place as visitors see it, framed where it has an area; the top of the page where it has none. PNG.
    pub picture: Option<Vec<u8>>,
    /// For what visitors cannot see: the same made visible, framed and labelled as revealed. PNG.
    pub revealed: Option<Vec<u8>>,
}

/// What stands on the frame of something that was made visible.
fn revealed_label() -> Bilingual {
    Bilingual::new("原本不可见，为取证显示", "hidden from visitors, revealed for evidence")
}

/// The room around a place in its picture, in CSS pixels.
const MARGIN: f64 = 160.0;
/// Height of a picture of a place.
const TALLEST: f64 = 1600.0;

impl Visit<'_> {
    /// Marks one place; the page is as before afterwards, except for what was revealed.
    pub(super) async fn mark(&mut self, place: &Place, lang: Lang) -> Result<Marked, Lost> {
        let found = self.ask(&script(place, lang, "frame")).await?;
        if found["found"] != true {
            return Ok(Marked { found: false, visible: false, picture: None, revealed: None });
        }
        let visible = found["visible"] == true;
        let picture = self.picture_around(&found).await?;
        let revealed = if visible {
            None
        } else {
            let shown = self.ask(&script(place, lang, "reveal")).await?;
            self.picture_around(&shown).await?
        };
        self.ask(&script(place, lang, "clear")).await?;
        Ok(Marked { found: true, visible, picture, revealed })
    }

    async fn picture_around(&mut self, found: &Value) -> Result<Option<Vec<u8>>, Lost> {
        let number = |name: &str| found[name].as_f64().unwrap_or(0.0);
        let page = number("pageWidth").max(1.0);
        let top = (number("y") - MARGIN).max(0.0);
        let height = (number("height") + 2.0 * MARGIN).clamp(2.0 * MARGIN, TALLEST);
        self.picture(Some(Clip { x: 0.0, y: top, width: page, height })).await
    }
}

fn script(place: &Place, lang: Lang, step: &str) -> String {
    let (by, what) = match &place.by {
        Finder::Selector(selector) => ("selector", selector),
        Finder::Text(text) => ("text", text),
    };
    let order = json!({
        "by": by, "what": what, "step": step,
        "label": place.label.get(lang), "revealed": revealed_label().get(lang),
    });
    format!("({SCRIPT})({order})")
}

const SCRIPT: &str = include_str!("mark.js");
