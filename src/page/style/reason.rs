//! Why a thing is hidden, in words, and the technique's name where the kind of rule decides it.

use super::cascade::{Cascade, Source};
use super::reveal::{Scripts, reveal};
use super::tree::{NONE, Tree};
use super::verdict::{Cause, Told};
use crate::page::{Reveal, Sight, Visibility};

/// Turns findings into verdicts with reasons.
pub(super) fn explain(tree: &Tree<'_>, cascade: &Cascade, told: &[Told]) -> Vec<Visibility> {
    let scripts = Scripts::of(tree);
    told.iter().map(|told| one(tree, cascade, &scripts, *told)).collect()
}

fn one<'a>(tree: &Tree<'a>, cascade: &Cascade, scripts: &Scripts<'a>, told: Told) -> Visibility {
    let mut technique = told.technique;
    if told.cause == NONE || technique.is_none() {
        return Visibility { sight: told.sight, technique, reason: String::new(), reveal: None };
    }
    let inherited = matches!(
        told.by,
        Cause::Transform
            | Cause::Visibility
            | Cause::FontSize
            | Cause::LetterSpacing
            | Cause::LineHeight
            | Cause::Colour
            | Cause::Indent
    );
    let decision = tree.ancestors(told.cause).take(if inherited { 64 } else { 1 }).find_map(|number| {
        let element = tree.element(number)?;
        let node = tree.items[number as usize].node;
        let found = cascade.decides(node, element, tree.style(number), told.by.properties())?;
        Some((number, found.0, found.1))
    });
    let (owner, source, text) = match decision {
        Some((owner, source, text)) => (owner, Some(source), text),
        None => (told.cause, None, String::new()),
    };
    let mut media = false;
    let reason = match source {
        Some(Source::Block(block)) => {
            let block = &cascade.rules.blocks[block as usize];
            media = block.holds.is_partial();
            format!("{} {{ {text} }}", block.prelude)
        }
        Some(_) => format!("<{} style> {text}", name(tree, owner)),
        None => describe(tree, told),
    };
    if told.by == Cause::Display {
        technique = Some(match source {
            Some(Source::Block(_)) => "css-display-none-class",
            Some(_) => "css-display-none-inline",
            None => not_rendered(tree, told.cause),
        });
    }
    if media && told.sight == Sight::Hidden {
        technique = Some("css-media-query-gate");
    }
    let flowing = matches!(told.by, Cause::Colour | Cause::Layer | Cause::Overflow | Cause::Picture);
    let sight = match told.sight {
        // A sheet that is not at hand may place and colour things otherwise.
        Sight::Hidden if cascade.rules.missing && flowing && source != Some(Source::Inline) => Sight::Unsure,
        sight => sight,
    };
    if told.sight != Sight::Visible && is_whole(tree, told.cause) {
        let (sight, reveal) = (Sight::Unsure, Some(Reveal::Whole));
        return Visibility { sight, technique, reason, reveal };
    }
    let reveal = match told.sight {
        Sight::Hidden | Sight::Unsure => reveal(tree, cascade, scripts, told, owner, source),
        Sight::Visible => None,
    };
    Visibility { sight, technique, reason, reveal: reveal.or_else(|| by_element(tree, told)) }
}

/// Whether an element is the page itself.
fn is_whole(tree: &Tree<'_>, number: u32) -> bool {
    matches!(tree.tag(number), "html" | "body")
}

/// The technique of elements that a browser does not render by itself.
fn not_rendered(tree: &Tree<'_>, number: u32) -> &'static str {
    let Some(element) = tree.element(number) else { return "html-template-inert" };
    match element.name() {
        "noscript" => "html-noscript-links",
        "dialog" => "css-content-visibility",
        _ if element.attr("popover").is_some() => "css-content-visibility",
        "input" => "html-hidden-attr",
        _ if element.attr("hidden").is_some() => "html-hidden-attr",
        _ => "html-template-inert",
    }
}

fn by_element(tree: &Tree<'_>, told: Told) -> Option<Reveal> {
    (told.sight == Sight::Hidden && tree.tag(told.cause) == "select").then_some(Reveal::Control)
}

fn describe(tree: &Tree<'_>, told: Told) -> String {
    let name = name(tree, told.cause);
    match told.by {
        Cause::Display => format!("<{name}> is not rendered"),
        Cause::Closed => format!("<{name}> is closed"),
        Cause::Marquee => format!("<{name}> too small or too fast to read"),
        Cause::Element => format!("inside <{name}>"),
        Cause::Size => format!("<{name}> has no size"),
        Cause::Colour => format!("<{name}> text in the colour of its background"),
        Cause::Overflow => format!("outside <{name}>, which cuts off what hangs over"),
        Cause::Layer => format!("<{name}> lies over it"),
        _ => format!("<{name}>"),
    }
}

/// A short name of an element: `div#top.x7`.
pub(super) fn name(tree: &Tree<'_>, number: u32) -> String {
    let Some(element) = tree.element(number) else { return String::new() };
    let mut name = element.name().to_owned();
    if let Some(id) = element.id() {
        name.push('#');
        name.push_str(&id[..id.floor_char_boundary(40)]);
    }
    for class in element.attr("class").unwrap_or_default().split_ascii_whitespace().take(3) {
        name.push('.');
        name.push_str(&class[..class.floor_char_boundary(40)]);
    }
    name
}
