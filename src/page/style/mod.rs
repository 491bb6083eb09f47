//! Style sheets, the cascade, and the verdict on what a person can see.
//!
//! The reference is what Chromium paints when a page has just been opened and its scripts have not run: letters or
//! pictures that a person can get to by scrolling. The verdict has three values; what only a browser could tell is
//! *unsure* and never reported as hidden. Beside the verdict stands what lawful mechanism would show a hidden thing
//! again ([`Reveal`](crate::page::Reveal)).
//!
//! The walk: [`sheet`] reads rules · [`cascade`] computes a [`computed::Style`] for every element of a [`tree`] ·
//! [`layout`] puts boxes about where they would lie · [`scene`] adds transformations, clips and grounds · [`verdict`]
//! looks at each text and picture · [`reveal`] and [`reason`] say why, for what is hidden.

mod cascade;
mod colour;
mod computed;
mod layout;
mod media;
mod property;
mod reason;
mod reveal;
mod scene;
mod selector;
mod shape;
mod sheet;
mod tree;
mod ua;
mod value;
mod verdict;

use std::collections::HashSet;

use ego_tree::NodeId;
use html5ever::tree_builder::QuirksMode;
use scraper::{Html, Node};
use url::Url;

use super::{Note, Sheet, Sight, Viewport, Visibility};
use cascade::Cascade;
use layout::Layout;
use media::Where;
use scene::Scene;
use sheet::Rules;
use tree::Tree;
use value::Reading;

/// What can be seen of each node of a document.
#[derive(Debug)]
pub(crate) struct Sights {
    nodes: tree::Numbers,
    verdicts: Vec<Visibility>,
    of: Vec<u32>,
    fonts: Vec<f32>,
    covering: HashSet<usize>,
    notes: Vec<Note>,
}

/// Judges every element and text of a document at a viewport, with the style sheets that came with it.
pub(crate) fn judge(html: &Html, sheets: &[Sheet], viewport: Viewport) -> Sights {
    let quirks = html.quirks_mode == QuirksMode::Quirks;
    let reading = Reading { viewport, quirks };
    let rules = collect(html, sheets, reading);
    let cascade = Cascade::new(rules, quirks, reading);
    let tree = Tree::new(html, &cascade);
    let layout = layout::lay_out(&tree, viewport, quirks);
    let scene = Scene::new(&tree, &layout, viewport);
    let verdicts = verdict::judge(&tree, &layout, &scene, viewport, cascade.rules.missing);
    let told = reason::explain(&tree, &cascade, &verdicts.told);
    let covering = covering(&tree, &layout, &scene, viewport);
    let mut notes = Vec::new();
    if cascade.rules.cut {
        notes.push(Note::Budget("rules"));
    }
    if cascade.fuel.get() == 0 {
        notes.push(Note::Budget("selectors"));
    }
    let fonts = (0..tree.items.len() as u32).map(|number| tree.style(number).font_px).collect();
    Sights { verdicts: told, of: verdicts.of, fonts, covering, notes, nodes: tree.into_numbers() }
}

impl Sights {
    /// What a person sees of an element or text. An element is seen if anything in it is.
    pub(crate) fn of(&self, node: NodeId) -> Visibility {
        let number = self.nodes.get(node);
        let told = number.and_then(|number| self.of.get(number)).copied().unwrap_or(0);
        self.verdicts.get(told as usize).cloned().unwrap_or_else(plain)
    }

    /// Computed font size in CSS pixels; 16 for nodes that are neither element nor text.
    pub(crate) fn font_px(&self, node: NodeId) -> f32 {
        self.nodes.get(node).and_then(|number| self.fonts.get(number)).copied().unwrap_or(16.0)
    }

    /// Whether a frame, object or embed covers most of the window (over 80 % of both its sides).
    pub(crate) fn covers_window(&self, node: NodeId) -> bool {
        self.nodes.get(node).is_some_and(|number| self.covering.contains(&number))
    }

    /// Budgets that ran out.
    pub(crate) fn notes(&self) -> &[Note] {
        &self.notes
    }
}

fn plain() -> Visibility {
    Visibility { sight: Sight::Visible, technique: None, reason: String::new(), reveal: None }
}

/// Reads the sheets in the order of the document: `<link>` and `<style>`, and first those that nothing mentions.
fn collect(html: &Html, sheets: &[Sheet], reading: Reading) -> Rules {
    let mut rules = Rules::default();
    let mut mentioned = vec![false; sheets.len()];
    let mut inline: Vec<(String, Where)> = Vec::new();
    let mut order: Vec<Result<usize, usize>> = Vec::new();
    for node in html.tree.root().descendants() {
        let Some(element) = node.value().as_element() else { continue };
        match element.name() {
            "style" => {
                let kind = element.attr("type").unwrap_or_default();
                if !kind.is_empty() && !kind.eq_ignore_ascii_case("text/css") {
                    continue;
                }
                let text: String =
                    node.children().filter_map(|child| child.value().as_text().map(|text| &**text)).collect();
                order.push(Ok(inline.len()));
                inline.push((text, media::list(element.attr("media").unwrap_or_default(), reading.viewport)));
            }
            "link" if is_sheet_link(element) => {
                let href = element.attr("href").unwrap_or_default();
                if let Some(found) = sheet::find_sheet(sheets, None, href)
                    && let Some(at) = sheets.iter().position(|sheet| std::ptr::eq(sheet, found))
                {
                    mentioned[at] = true;
                    order.push(Err(at));
                } else {
                    rules.missing = true;
                }
            }
            _ => {}
        }
    }
    for sheet in sheets {
        for address in sheet::imports(&sheet.text, &sheet.url) {
            if let Some(at) = sheets.iter().position(|other| other.url == address) {
                mentioned[at] = true;
            }
        }
    }
    for (text, _) in &inline {
        mark_imports(text, sheets, &mut mentioned);
    }
    for (sheet, mentioned) in sheets.iter().zip(&mentioned) {
        if !mentioned {
            rules.read(&sheet.text, Some(&sheet.url), Where::EVERYWHERE, sheets, reading);
        }
    }
    for part in order {
        match part {
            Ok(at) => rules.read(&inline[at].0, None, inline[at].1, sheets, reading),
            Err(at) => {
                let holds = link_media(html, sheets, at, reading);
                rules.read(&sheets[at].text, Some(&sheets[at].url), holds, sheets, reading);
            }
        }
    }
    rules
}

fn mark_imports(text: &str, sheets: &[Sheet], mentioned: &mut [bool]) {
    let Ok(nowhere) = Url::parse("about:blank") else { return };
    let base = sheets.first().map_or(nowhere, |sheet| sheet.url.clone());
    for address in sheet::imports(text, &base) {
        for (at, sheet) in sheets.iter().enumerate() {
            mentioned[at] |= sheet.url == address || sheet.url.path() == address.path();
        }
    }
}

fn is_sheet_link(element: &scraper::node::Element) -> bool {
    let rel = element.attr("rel").unwrap_or_default().to_ascii_lowercase();
    let words: Vec<&str> = rel.split_ascii_whitespace().collect();
    words.contains(&"stylesheet") && !words.contains(&"alternate") && element.attr("disabled").is_none()
}

/// The media of the link that mentions a sheet.
fn link_media(html: &Html, sheets: &[Sheet], at: usize, reading: Reading) -> Where {
    for node in html.tree.root().descendants() {
        if let Node::Element(element) = node.value()
            && element.name() == "link"
            && is_sheet_link(element)
            && sheet::find_sheet(sheets, None, element.attr("href").unwrap_or_default())
                .is_some_and(|found| std::ptr::eq(found, &raw const sheets[at]))
        {
            return media::list(element.attr("media").unwrap_or_default(), reading.viewport);
        }
    }
    Where::EVERYWHERE
}

/// The frames, objects and embeds that cover most of the window.
fn covering(tree: &Tree<'_>, layout: &Layout, scene: &Scene, viewport: Viewport) -> HashSet<usize> {
    let covers = |number: &usize| match tree.tag(*number as u32) {
        "frame" => frame_share(tree, *number as u32) >= 0.8,
        "iframe" | "object" | "embed" => {
            let frame = scene.maps[*number].apply(layout.frames[*number]);
            let rendered = tree.items[*number].unrendered == tree::NONE;
            let (right, bottom) =
                ((frame.x + frame.w).min(viewport.width), (frame.y + frame.h).min(viewport.height));
            rendered
                && right - frame.x.max(0.0) >= 0.8 * viewport.width
                && bottom - frame.y.max(0.0) >= 0.8 * viewport.height
        }
        _ => false,
    };
    (0..tree.items.len()).filter(covers).collect()
}

/// The share of its `<frameset>` that a frame takes, along the axis it is split.
fn frame_share(tree: &Tree<'_>, number: u32) -> f32 {
    let parent = tree.items[number as usize].parent;
    let Some(set) = (parent != tree::NONE).then(|| tree.element(parent)).flatten() else { return 0.0 };
    let Some(tracks) = set.attr("rows").or_else(|| set.attr("cols")) else { return 1.0 };
    let frames = tree.children(parent).filter(|child| matches!(tree.tag(*child), "frame" | "frameset"));
    let Some(place) = frames.take(64).position(|child| child == number) else { return 0.0 };
    let sizes: Vec<&str> = tracks.split(',').map(str::trim).take(64).collect();
    let fixed = |size: &str| match size.strip_suffix('%') {
        Some(share) => share.trim().parse::<f32>().unwrap_or(0.0) / 100.0,
        None => size.parse::<f32>().unwrap_or(0.0) / 1000.0,
    };
    let taken: f32 = sizes.iter().filter(|size| !size.ends_with('*')).map(|size| fixed(size)).sum();
    let stars = sizes.iter().filter(|size| size.ends_with('*')).count().max(1) as f32;
    match sizes.get(place) {
        Some(size) if size.ends_with('*') => (1.0 - taken).max(0.0) / stars,
        Some(size) => fixed(size),
        None => 0.0,
    }
}

#[cfg(test)]
mod tests;
