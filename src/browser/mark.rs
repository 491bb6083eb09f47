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
    /// Texts or addresses of which the element holds at least one; one that holds none is not the place, and the place is
    /// looked for by them. Empty: whatever is found will do.
    pub holds: Vec<String>,
    /// Whether pictures of it are taken, or only whether visitors can see it is told.
    pub pictured: bool,
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
    /// Whether visitors can see it where it is: it has an area, nothing above it hides it, it lies on the page, and the
    /// picture changes when it is taken away.
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
        let nothing = Marked { found: false, visible: false, picture: None, revealed: None };
        let found = self.ask(&script(place, lang, "find", None)).await?;
        if found["found"] != true {
            return Ok(nothing);
        }
        let visible = found["visible"] == true && self.is_painted(place, lang, &found).await?;
        if !place.pictured {
            return Ok(Marked { found: true, visible, ..nothing });
        }
        let framed = self.ask(&script(place, lang, "frame", Some(visible))).await?;
        let picture = self.picture_around(&framed).await?;
        let revealed = if visible {
            None
        } else {
            let shown = self.ask(&script(place, lang, "reveal", None)).await?;
            self.picture_around(&shown).await?
        };
        self.ask(&script(place, lang, "clear", None)).await?;
        Ok(Marked { found: true, visible, picture, revealed })
    }

    /// Whether the picture of a place changes when it is taken away; true where no two pictures could be taken.
    async fn is_painted(&mut self, place: &Place, lang: Lang, found: &Value) -> Result<bool, Lost> {
        let number = |name: &str| found[name].as_f64().unwrap_or(0.0);
        let clip = Clip {
            x: number("x").max(0.0),
            y: number("y").max(0.0),
            width: number("width").clamp(1.0, TALLEST),
            height: number("height").clamp(1.0, TALLEST),
        };
        let with = self.picture(Some(clip)).await?;
        self.ask(&script(place, lang, "hide", None)).await?;
        let without = self.picture(Some(clip)).await?;
        self.ask(&script(place, lang, "show", None)).await?;
        Ok(with.is_none() || without.is_none() || with != without)
    }

    async fn picture_around(&mut self, found: &Value) -> Result<Option<Vec<u8>>, Lost> {
        let number = |name: &str| found[name].as_f64().unwrap_or(0.0);
        let page = number("pageWidth").max(1.0);
        let top = (number("y") - MARGIN).max(0.0);
        let height = (number("height") + 2.0 * MARGIN).clamp(2.0 * MARGIN, TALLEST);
        self.picture(Some(Clip { x: 0.0, y: top, width: page, height })).await
    }
}

fn script(place: &Place, lang: Lang, step: &str, visible: Option<bool>) -> String {
    let (by, what) = match &place.by {
        Finder::Selector(selector) => ("selector", selector),
        Finder::Text(text) => ("text", text),
    };
    let mut order = json!({
        "by": by, "what": what, "holds": place.holds, "step": step,
        "label": place.label.get(lang), "revealed": revealed_label().get(lang),
    });
    if let Some(visible) = visible {
        order["visible"] = visible.into();
    }
    format!("({SCRIPT})({order})")
}

const SCRIPT: &str = include_str!("mark.js");
