//! Lawful mechanisms that show a hidden thing again, or explain why it is hidden.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use super::cascade::{Cascade, Source};
use super::colour::Ink;
use super::computed::Style;
use super::property::{Declaration, Property, Value};
use super::shape::Image;
use super::tree::{NONE, Tree};
use super::verdict::{Cause, Told};
use crate::page::Reveal;

/// Finds the mechanism; `owner` is the element whose declaration decides.
pub(super) fn reveal<'a>(
    tree: &Tree<'a>,
    cascade: &Cascade,
    scripts: &Scripts<'a>,
    told: Told,
    owner: u32,
    source: Option<Source>,
) -> Option<Reveal> {
    let element = tree.element(owner)?;
    let node = tree.items[owner as usize].node;
    if told.by == Cause::Closed && summary_speaks(tree, told.cause) {
        return Some(Reveal::Control);
    }
    let style = tree.style(owner);
    if is_for_readers(tree, told, owner, style) {
        return Some(Reveal::Accessibility);
    }
    if let Some(Source::Block(block)) = source {
        if cascade.ends_with_a_gesture(block, node, element) {
            return Some(Reveal::StateRule);
        }
        if cascade.rules.blocks[block as usize].holds.is_partial() {
            return Some(Reveal::MediaRule);
        }
    }
    if let Some(by_state) = cascade.latent(node, element, |block| shows(cascade, block, told.by)) {
        return Some(if by_state { Reveal::StateRule } else { Reveal::MediaRule });
    }
    if ends_visible(cascade, style, told.by) {
        return Some(Reveal::Animation);
    }
    if cascade.has_namesake(node, element, |block| shows(cascade, block, told.by)) {
        return Some(Reveal::Widget);
    }
    if scripts.show(element) || tree.ancestors(owner).take(3).any(|number| scripts.is_widget(tree, number)) {
        return Some(Reveal::Widget);
    }
    None
}

/// The scripts written in the document, and what was asked of names so far: a page repeats them.
pub(super) struct Scripts<'a> {
    texts: Vec<&'a str>,
    budget: Cell<usize>,
    /// Whether a script speaks of showing an id or class.
    shown: RefCell<HashMap<&'a str, bool>>,
    /// Whether the text of a `class` or `id` names a widget.
    widgets: RefCell<HashMap<&'a str, bool>>,
}

impl<'a> Scripts<'a> {
    /// Collects them.
    pub(super) fn of(tree: &Tree<'a>) -> Self {
        let numbers = 0..tree.items.len() as u32;
        let texts = numbers.filter(|number| {
            let parent = tree.items[*number as usize].parent;
            parent != NONE && tree.tag(parent) == "script"
        });
        // As much as all mentions of a page may cost, in bytes looked at.
        const BUDGET: usize = 64 << 20;
        Self {
            texts: texts.filter_map(|number| tree.text(number)).collect(),
            budget: Cell::new(BUDGET),
            shown: RefCell::default(),
            widgets: RefCell::default(),
        }
    }

    /// Whether a script speaks of showing the element, by its id or one of its classes.
    fn show(&self, element: &'a scraper::node::Element) -> bool {
        let classes = element.classes().take(4);
        let mut names = element.id().into_iter().chain(classes).filter(|name| name.len() >= 4);
        let mut shown = self.shown.borrow_mut();
        names.any(|name| {
            *shown.entry(name).or_insert_with(|| self.texts.iter().any(|text| self.shows(text, name)))
        })
    }

    /// Whether an element has class, id or role of a well-known widget.
    fn is_widget(&self, tree: &Tree<'a>, number: u32) -> bool {
        let Some(element) = tree.element(number) else { return false };
        if matches!(
            element.attr("role"),
            Some("tabpanel" | "dialog" | "menu" | "tooltip" | "alertdialog" | "listbox")
        ) {
            return true;
        }
        let mut widgets = self.widgets.borrow_mut();
        let mut names = [element.attr("class"), element.id()].into_iter().flatten();
        names.any(|text| *widgets.entry(text).or_insert_with(|| holds_any(text, &WIDGETS)))
    }

    fn shows(&self, text: &str, name: &str) -> bool {
        const WORDS: [&str; 16] = [
            "show",
            "toggle",
            "block",
            "fadeIn",
            "slide",
            "visible",
            "classList",
            "addClass",
            "removeClass",
            "open",
            "Open",
            "popup",
            "dialog",
            "modal",
            "animate",
            "onclick",
        ];
        let Some(left) = self.budget.get().checked_sub(text.len()) else { return false };
        self.budget.set(left);
        let hits = memchr::memmem::find_iter(text.as_bytes(), name.as_bytes()).take(8);
        for at in hits {
            let before = text[..at].bytes().next_back();
            let after = text.as_bytes().get(at + name.len()).copied();
            let is_name =
                |byte: Option<u8>| byte.is_some_and(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
            if is_name(before) || is_name(after) {
                continue;
            }
            let near = &text[text.floor_char_boundary(at)..text.floor_char_boundary(at + name.len() + 160)];
            if WORDS.iter().any(|word| near.contains(word)) {
                return true;
            }
        }
        false
    }
}

/// Whether a block sets one of the deciding properties to something that shows.
fn shows(cascade: &Cascade, block: u32, cause: Cause) -> bool {
    let properties = cause.properties();
    cascade.rules.blocks[block as usize].declarations.iter().any(|(declaration, _)| match declaration {
        Declaration::Set(property, value) => properties.contains(property) && value_shows(*property, value),
        _ => false,
    })
}

fn value_shows(property: Property, value: &Value) -> bool {
    use Property as P;
    match (property, value) {
        (P::Display, Value::Word(word)) => *word != "none",
        (P::Visibility, Value::Word(word)) => *word == "visible",
        (P::Opacity, Value::Number(number)) => *number > 0.4,
        (P::Filter, Value::Filter(filter)) => filter.opacity > 0.4 && filter.blur < 3.0,
        (P::ContentVisibility, Value::Word(word)) => *word != "hidden",
        (P::Transform | P::Translate | P::Scale | P::Rotate, Value::Transform(transform)) => {
            !transform.vanishes() && transform.shift.iter().all(|shift| shift.of(300.0).abs() < 100.0)
        }
        (P::Left | P::Right | P::Top | P::Bottom, Value::Size(size)) => {
            size.is_none_or(|size| size.of(1000.0) > -40.0 && size.px < 2000.0)
        }
        (P::MarginLeft | P::MarginTop | P::MarginRight | P::MarginBottom, Value::Size(size)) => {
            size.is_none_or(|size| size.of(1000.0) > -40.0)
        }
        (P::Height | P::Width | P::MaxHeight | P::MaxWidth, Value::Size(size)) => {
            size.is_none_or(|size| size.with_font(16.0, 16.0).of(500.0) > 10.0)
        }
        (P::FontSize, Value::Size(Some(size))) => size.with_font(16.0, 16.0).px > 6.0,
        (P::Color | P::TextFill, Value::Ink(ink)) => !ink.is_clear() && *ink != Ink::WHITE,
        (P::OverflowX | P::OverflowY, Value::Word(word)) => matches!(*word, "visible" | "auto" | "scroll"),
        (P::GridRows, Value::Rows(rows)) => !rows.first_is_nothing,
        (P::Clip | P::ClipPath, Value::Clip(clip)) => *clip == super::shape::Clip::None,
        (P::ZIndex, Value::Number(number)) => *number >= 0.0,
        (P::TextIndent, Value::Size(Some(size))) => size.px.abs() < 50.0,
        _ => false,
    }
}

/// Whether a `<details>` has a summary that says something.
fn summary_speaks(tree: &Tree<'_>, number: u32) -> bool {
    let details = tree.ancestors(number).take(8).find(|ancestor| tree.tag(*ancestor) == "details");
    let Some(details) = details else { return false };
    tree.children(details).any(|child| {
        tree.tag(child) == "summary"
            && (child..tree.items[child as usize].end).any(|inner| {
                tree.text(inner).is_some_and(|text| !text.trim().is_empty()) || tree.tag(inner) == "img"
            })
    })
}

/// Text for screen readers, skip links, and logos whose letters stand aside for a picture.
fn is_for_readers(tree: &Tree<'_>, told: Told, owner: u32, style: &Style) -> bool {
    const NAMES: [&str; 14] = [
        "sr-only",
        "sronly",
        "visually-hidden",
        "visuallyhidden",
        "screen-reader",
        "screenreader",
        "skip-link",
        "skiplink",
        "skip-nav",
        "skip-to",
        "a11y",
        "assistive-text",
        "element-invisible",
        "sr_only",
    ];
    let named = tree.ancestors(owner).take(3).any(|number| {
        let element = tree.element(number);
        let attributes = element.into_iter().flat_map(|element| [element.attr("class"), element.id()]);
        attributes.flatten().any(|text| holds_any(text, &NAMES))
    });
    let may_be = matches!(
        told.by,
        Cause::Clip
            | Cause::Offset
            | Cause::Margin
            | Cause::Size
            | Cause::Indent
            | Cause::FontSize
            | Cause::MaxHeight
            | Cause::Overflow
            | Cause::Transform
            | Cause::Opacity
            | Cause::Visibility
    );
    if named && may_be {
        return true;
    }
    let pictured = |style: &Style| matches!(style.image, Image::Address(_));
    let aside = matches!(told.by, Cause::Indent | Cause::FontSize | Cause::Colour | Cause::Overflow);
    aside && style_is_pictured(tree, owner, told.cause, &pictured)
        || told.by == Cause::Indent && pictured(style)
}

fn style_is_pictured(tree: &Tree<'_>, owner: u32, cause: u32, pictured: &impl Fn(&Style) -> bool) -> bool {
    let short = |number: u32| {
        let letters: usize = (number..tree.items[number as usize].end)
            .take(64)
            .filter_map(|inner| tree.text(inner))
            .map(|text| text.trim().chars().count())
            .sum();
        letters <= 40
    };
    let near = tree.ancestors(cause).take(3).chain([owner]);
    let mut near = near.filter(|number| *number != NONE);
    near.any(|number| pictured(tree.style(number)) && short(number))
}

/// Whether a transition or animation is there that would bring it back.
fn ends_visible(cascade: &Cascade, style: &Style, cause: Cause) -> bool {
    let animated = matches!(
        cause,
        Cause::Opacity
            | Cause::Transform
            | Cause::Clip
            | Cause::Filter
            | Cause::Visibility
            | Cause::Offset
            | Cause::MaxHeight
            | Cause::Margin
    );
    if !animated {
        return false;
    }
    if style.transition {
        return true;
    }
    style.animation.split_whitespace().any(|name| {
        cascade.rules.keyframes.get(name).is_some_and(|frames| {
            let properties = cause.properties();
            let mut last = frames.iter().flatten().filter_map(|(declaration, _)| match declaration {
                Declaration::Set(property, value) if properties.contains(property) => Some((property, value)),
                _ => None,
            });
            last.any(|(property, value)| value_shows(*property, value))
        })
    })
}

/// Class and id names of well-known widgets.
const WIDGETS: [&str; 46] = [
    "modal",
    "dropdown",
    "drop-down",
    "submenu",
    "sub-menu",
    "sub_menu",
    "subnav",
    "sub-nav",
    "offcanvas",
    "off-canvas",
    "carousel",
    "slider",
    "swiper",
    "slick",
    "owl-",
    "tab-pane",
    "tab-content",
    "tab_content",
    "tabcontent",
    "tab-panel",
    "tabpanel",
    "tabs",
    "accordion",
    "collapse",
    "tooltip",
    "popover",
    "popup",
    "lightbox",
    "fancybox",
    "drawer",
    "sidenav",
    "mobile-menu",
    "mobile-nav",
    "mobilemenu",
    "nav-mobile",
    "megamenu",
    "mega-menu",
    "preloader",
    "loading",
    "cookie",
    "overlay",
    "flexslider",
    "bx-",
    "layui-",
    "toast",
    "banner-list",
];

/// Whether a text holds one of some words in lower case, however the text is written.
fn holds_any(text: &str, words: &[&str]) -> bool {
    let letter = |byte: u8| 1u32 << (byte.to_ascii_lowercase() & 31);
    // Most letters begin none of the words.
    let firsts = words.iter().fold(0, |all, word| all | letter(word.as_bytes()[0]));
    let bytes = text.as_bytes();
    (0..bytes.len()).any(|at| {
        letter(bytes[at]) & firsts != 0
            && words.iter().any(|word| {
                word.as_bytes()[0] == bytes[at].to_ascii_lowercase()
                    && bytes[at..]
                        .get(..word.len())
                        .is_some_and(|own| own.eq_ignore_ascii_case(word.as_bytes()))
            })
    })
}
