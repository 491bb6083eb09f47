//! What a browser's own style sheet says, and what old attributes such as `bgcolor` mean.

use html5ever::{local_name, ns};
use scraper::node::Element;

use super::colour::Ink;
use super::computed::Style;
use super::shape::Image;
use super::value::Length;

/// Applies the browser's own sheet.
pub(super) fn browser(style: &mut Style, parent: &Style, element: &Element, quirks: bool) {
    if element.name.ns != ns!(html) {
        match element.name() {
            "defs" | "symbol" | "clipPath" | "mask" | "metadata" | "desc" | "title" | "marker"
            | "pattern" | "linearGradient" | "radialGradient" | "script" | "style" => style.display = "none",
            "svg" => style.display = "inline-block",
            _ => {}
        }
        return;
    }
    let em = |top: f32, bottom: f32| {
        [Some(Length::px(top)), Some(Length::ZERO), Some(Length::px(bottom)), Some(Length::ZERO)]
    };
    match element.name() {
        "html" => style.display = "block",
        "body" => {
            style.display = "block";
            style.margin = [Some(Length::px(8.0)); 4];
        }
        "address" | "article" | "aside" | "div" | "footer" | "form" | "header" | "hgroup" | "main"
        | "nav" | "section" | "search" | "legend" | "details" | "summary" | "dt" | "frameset" | "frame"
        | "optgroup" => {
            style.display = "block";
        }
        "fieldset" => {
            style.display = "block";
            style.border = [2.0; 4];
        }
        "center" => {
            style.display = "block";
            style.align = "center";
        }
        "blockquote" | "figure" => {
            style.display = "block";
            style.margin = [16.0, 40.0, 16.0, 40.0].map(|px| Some(Length::px(px)));
        }
        "p" | "dl" | "multicol" => {
            style.display = "block";
            let margin = style.font_px;
            style.margin = em(margin, margin);
        }
        "ul" | "ol" | "menu" | "dir" => {
            style.display = "block";
            let margin = style.font_px;
            style.margin = em(margin, margin);
            style.padding[3] = Length::px(40.0);
        }
        "dd" => {
            style.display = "block";
            style.margin[3] = Some(Length::px(40.0));
        }
        "li" => style.display = "list-item",
        "pre" | "listing" | "xmp" | "plaintext" => {
            style.display = "block";
            style.white_space = "pre";
            style.font_px = parent.font_px * 0.8125;
            let margin = style.font_px;
            style.margin = em(margin, margin);
        }
        "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
            let (factor, margin) = match element.name() {
                "h1" => (2.0, 0.67),
                "h2" => (1.5, 0.83),
                "h3" => (1.17, 1.0),
                "h4" => (1.0, 1.33),
                "h5" => (0.83, 1.67),
                _ => (0.67, 2.33),
            };
            style.display = "block";
            style.font_px = parent.font_px * factor;
            style.margin = em(style.font_px * margin, style.font_px * margin);
        }
        "hr" => {
            style.display = "block";
            style.margin = em(8.0, 8.0);
            style.border = [1.0; 4];
        }
        "small" | "sub" | "sup" => style.font_px = parent.font_px / 1.2,
        "big" => style.font_px = parent.font_px * 1.2,
        "code" | "kbd" | "samp" | "tt" => style.font_px = parent.font_px * 0.8125,
        "table" => {
            style.display = "table";
            if quirks {
                let initial = Style::initial();
                style.font_px = initial.font_px;
                style.white_space = "normal";
                style.align = "start";
                style.color = initial.color;
            }
        }
        "tr" => style.display = "table-row",
        "td" | "th" => {
            style.display = "table-cell";
            style.padding = [Length::px(1.0); 4];
        }
        "tbody" => style.display = "table-row-group",
        "thead" => style.display = "table-header-group",
        "tfoot" => style.display = "table-footer-group",
        "caption" => style.display = "table-caption",
        "col" | "colgroup" => style.display = "table-column",
        "a" if element.attrs.iter().any(|(name, _)| name.local == local_name!("href")) => {
            style.color = Ink::LINK;
        }
        "mark" => style.background = Ink::Rgba([255.0, 255.0, 0.0], 1.0),
        "img" | "video" | "canvas" | "iframe" | "embed" | "object" | "audio" | "meter" | "progress" => {
            style.display = "inline-block";
        }
        "input" | "button" | "select" | "textarea" => {
            style.display = "inline-block";
            style.font_px = 13.333;
            style.color = Ink::BLACK;
            style.fill = None;
            style.indent = Length::ZERO;
            style.letter_spacing = 0.0;
            let grey = Ink::Rgba([239.0; 3], 1.0);
            style.background = if element.name() == "button" { grey } else { Ink::WHITE };
            if element.name() != "textarea" {
                style.white_space = "nowrap";
            }
            if element.attr("type").is_some_and(|kind| kind.eq_ignore_ascii_case("hidden")) {
                style.display = "none";
            }
        }
        "marquee" => {
            style.display = "inline-block";
            style.overflow = ["hidden"; 2];
            style.size[0] = Some(Length::share(1.0));
            style.white_space = "nowrap";
        }
        "dialog" => {
            style.display = if element.attr("open").is_some() { "block" } else { "none" };
            style.background = Ink::WHITE;
        }
        "head" | "script" | "style" | "template" | "title" | "meta" | "link" | "base" | "noscript"
        | "noframes" | "noembed" | "datalist" | "param" | "rp" | "area" | "source" | "track" | "basefont"
        | "bgsound" => {
            style.display = "none";
        }
        _ => {}
    }
}

/// Applies the attributes that stand for style.
pub(super) fn attributes(style: &mut Style, element: &Element) {
    let tag = element.name();
    if element.attrs.is_empty() || (element.name.ns != ns!(html) && tag != "svg") {
        return;
    }
    for (name, value) in &element.attrs {
        match &*name.local {
            "hidden" => {
                if value.eq_ignore_ascii_case("until-found") {
                    style.content_hidden = true;
                } else {
                    style.display = "none";
                }
            }
            "popover" => style.display = "none",
            "dir" => style.rtl = value.eq_ignore_ascii_case("rtl"),
            "bgcolor" if takes_background(tag) => {
                if let Some(colour) = Ink::legacy(value) {
                    style.background = colour;
                }
            }
            "background" if takes_background(tag) => style.image = Image::Address(value.to_string()),
            "text" if tag == "body" => {
                if let Some(colour) = Ink::legacy(value) {
                    style.color = colour;
                }
            }
            "color" if tag == "font" || tag == "basefont" => {
                if let Some(colour) = Ink::legacy(value) {
                    style.color = colour;
                }
            }
            "size" if tag == "font" => style.font_px = font_size(value, style.font_px),
            "width" if takes_size(tag) => set_size(&mut style.size[0], value),
            "height" if takes_size(tag) => set_size(&mut style.size[1], value),
            "align" => align(style, tag, value),
            "nowrap" if matches!(tag, "td" | "th") => style.white_space = "nowrap",
            "hspace" if matches!(tag, "img" | "marquee" | "table" | "iframe") => {
                style.margin[1] = dimension(value);
                style.margin[3] = dimension(value);
            }
            "size" if tag == "select" && value.trim().parse().is_ok_and(|rows: u32| rows > 1) => {
                style.white_space = "pre";
            }
            "marginheight" | "topmargin" if tag == "body" => style.margin[0] = dimension(value),
            "marginwidth" | "leftmargin" if tag == "body" => style.margin[3] = dimension(value),
            _ => {}
        }
    }
}

/// Whether an attribute may bear on an element's style by itself, not by selectors.
pub(super) fn has_a_say(name: &str) -> bool {
    matches!(
        name,
        "hidden"
            | "popover"
            | "dir"
            | "bgcolor"
            | "background"
            | "text"
            | "color"
            | "size"
            | "width"
            | "height"
            | "align"
            | "nowrap"
            | "hspace"
            | "marginheight"
            | "topmargin"
            | "marginwidth"
            | "leftmargin"
            | "type"
            | "open"
    )
}

fn takes_background(tag: &str) -> bool {
    matches!(tag, "body" | "table" | "tr" | "td" | "th" | "tbody" | "thead" | "tfoot" | "marquee" | "col")
}

fn takes_size(tag: &str) -> bool {
    matches!(
        tag,
        "img"
            | "svg"
            | "table"
            | "td"
            | "th"
            | "tr"
            | "iframe"
            | "marquee"
            | "object"
            | "embed"
            | "video"
            | "canvas"
            | "hr"
            | "col"
            | "pre"
            | "input"
    )
}

fn set_size(size: &mut Option<Length>, value: &str) {
    if let Some(length) = dimension(value) {
        *size = Some(length);
    }
}

/// A dimension as old attributes write it: digits, perhaps a percent sign, anything after that.
pub(super) fn dimension(value: &str) -> Option<Length> {
    let value = value.trim_start().trim_start_matches('+');
    let digits = value.len() - value.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.').len();
    let number: f32 = value[..digits].parse().ok()?;
    Some(match value[digits..].trim_start().starts_with('%') {
        true => Length::share(number / 100.0),
        false => Length::px(number),
    })
}

fn font_size(value: &str, parent_px: f32) -> f32 {
    let value = value.trim();
    let Ok(number) = value.trim_start_matches('+').parse::<i32>() else { return parent_px };
    let step = if value.starts_with(['+', '-']) { 3 + number } else { number };
    match step {
        ..=1 => 10.0,
        2 => 13.0,
        3 => 16.0,
        4 => 18.0,
        5 => 24.0,
        6 => 32.0,
        _ => 48.0,
    }
}

fn align(style: &mut Style, tag: &str, value: &str) {
    let side = match value.trim().to_ascii_lowercase().as_str() {
        "left" => "left",
        "right" => "right",
        "center" | "middle" => "center",
        _ => return,
    };
    match tag {
        "img" | "table" | "iframe" | "object" | "embed" if side != "center" => style.float = side,
        "table" => {
            style.margin[1] = None;
            style.margin[3] = None;
        }
        _ => style.align = side,
    }
}
