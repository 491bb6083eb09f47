//! The properties that bear on what can be seen, and how their values are read.
//!
//! Shorthands are taken apart here. A property that is not in the table is dropped at once, which is what keeps
//! ordinary style sheets cheap: a rule without any of these is never matched.

use cssparser::{Parser, Token, parse_important};

use super::colour::Ink;
use super::shape::{self, Clip, Filter, Image, Rows, Transform};
use super::value::{Length, Parsed, Reading, number};

/// A property this room follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[rustfmt::skip]
pub(super) enum Property {
    Display, Visibility, Opacity, Filter, Position, Top, Right, Bottom, Left,
    MarginTop, MarginRight, MarginBottom, MarginLeft, PaddingTop, PaddingRight, PaddingBottom, PaddingLeft,
    BorderTop, BorderRight, BorderBottom, BorderLeft,
    Width, Height, MinWidth, MinHeight, MaxWidth, MaxHeight, OverflowX, OverflowY, Clip, ClipPath,
    TextIndent, FontSize, LineHeight, LetterSpacing, WordSpacing, Color, TextFill, BackgroundColor, BackgroundImage,
    BackgroundClip, Blend, Mask, ZIndex, ContentVisibility, Transform, Translate, Scale, Rotate, Zoom, Float,
    WhiteSpace, TextAlign, Direction, LineClamp, GridRows, GridColumns, FlexDirection, FlexGrow, FlexShrink, BoxSizing,
    AnimationName, AnimationFill, AnimationForever, Transition, Backface, Content, TextShadow, TextStroke, VerticalAlign,
    Isolation, Order, AspectRatio,
}

/// A value as parsed.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    /// `initial`, `inherit`, `unset`, `revert`.
    Wide(Wide),
    /// A keyword, in lower case, from [`KEYWORDS`] or empty if it is none of interest.
    Word(&'static str),
    /// A length; `None` is `auto`, `none` or `normal`.
    Size(Option<Length>),
    /// A number.
    Number(f32),
    /// A colour.
    Ink(Ink),
    /// Filters.
    Filter(Filter),
    /// What is left of the box.
    Clip(Clip),
    /// A transformation.
    Transform(Box<Transform>),
    /// A picture in the background.
    Image(Image),
    /// Grid tracks.
    Rows(Rows),
    /// Names or text.
    Text(String),
}

/// Keywords that any property takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wide {
    Initial,
    Inherit,
    Unset,
}

/// One declaration.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Declaration {
    /// A property with its value.
    Set(Property, Value),
    /// A custom property and its text.
    Custom(Box<str>, Box<str>),
    /// A property whose value holds `var()`: name and text.
    Pending(Box<str>, Box<str>),
    /// `all: …`
    All(Wide),
}

/// Declarations of one block, in order; the second part tells whether they are important.
pub(super) type Declarations = Vec<(Declaration, bool)>;

/// Reads one declaration's value up to the end of `input`. Unknown properties give nothing.
pub(super) fn read(
    name: &str,
    input: &mut Parser<'_>,
    reading: Reading,
    into: &mut Declarations,
) -> Parsed<()> {
    if let Some(custom) = name.strip_prefix("--") {
        let from = input.position();
        while input.next().is_ok() {}
        let text = input.slice_from(from).trim();
        let (text, important) = match text.strip_suffix("important").map(str::trim_end) {
            Some(rest) if rest.ends_with('!') => (rest.trim_end_matches('!').trim_end(), true),
            _ => (text, false),
        };
        if text.len() <= MAX_CUSTOM {
            into.push((Declaration::Custom(custom.into(), text.into()), important));
        }
        return Ok(());
    }
    let mut name = name.to_ascii_lowercase();
    if let Some(plain) = name.strip_prefix("-webkit-").or_else(|| name.strip_prefix("-ms-")) {
        const PREFIXED: [&str; 9] = [
            "transform",
            "filter",
            "animation",
            "animation-name",
            "animation-fill-mode",
            "transition",
            "clip-path",
            "opacity",
            "backface-visibility",
        ];
        if PREFIXED.contains(&plain) {
            name = plain.to_owned();
        }
    }
    if !is_known(&name) {
        return Ok(());
    }
    let from = input.position();
    let state = input.state();
    let mark = into.len();
    input.look_for_arbitrary_substitution_functions(&["var", "env", "attr", "if"]);
    let result = read_plain(&name, input, reading, into);
    let important = input.try_parse(parse_important).is_ok();
    let plain = result.is_ok() && input.is_exhausted();
    if plain && !input.seen_arbitrary_substitution_functions() {
        for declaration in &mut into[mark..] {
            declaration.1 = important;
        }
        return Ok(());
    }
    into.truncate(mark);
    input.reset(&state);
    let mut important = false;
    let mut end;
    let mut substitutes = false;
    loop {
        // Also steps over the block of a function that was just met.
        input.skip_whitespace();
        end = input.position();
        let bang = input.try_parse(parse_important);
        if bang.is_ok() {
            important = true;
            break;
        }
        match input.next() {
            Ok(Token::Function(_)) => substitutes = true,
            Ok(_) => {}
            Err(_) => break,
        }
    }
    while input.next().is_ok() {}
    let text = input.slice(from..end.max(from)).trim();
    let text_has_var = substitutes && contains_ignoring_case(text, "var(");
    if text_has_var && text.len() <= MAX_CUSTOM {
        into.push((Declaration::Pending(name.into(), text.into()), important));
    }
    Ok(())
}

/// Longest text of a custom property that is kept, in bytes.
const MAX_CUSTOM: usize = 4096;

pub(super) fn contains_ignoring_case(text: &str, wanted: &str) -> bool {
    text.as_bytes().windows(wanted.len()).any(|window| window.eq_ignore_ascii_case(wanted.as_bytes()))
}

/// Whether a block of declarations may hold anything of interest; cheap, and never wrongly `false`.
pub(super) fn may_be_known(name: &str) -> bool {
    name.starts_with('-') || is_known(&name.to_ascii_lowercase())
}

/// Whether this room follows a property; the name is in lower case.
pub(super) fn is_known(name: &str) -> bool {
    KNOWN.binary_search(&name).is_ok()
}

#[rustfmt::skip]
const KNOWN: &[&str] = &[
    "-webkit-background-clip", "-webkit-line-clamp", "-webkit-mask", "-webkit-mask-image",
    "-webkit-text-fill-color", "-webkit-text-stroke", "-webkit-text-stroke-width", "all", "animation",
    "animation-fill-mode", "animation-iteration-count", "animation-name", "aspect-ratio", "backface-visibility",
    "background", "background-clip", "background-color", "background-image", "block-size", "border",
    "border-bottom", "border-bottom-width", "border-left", "border-left-width", "border-right",
    "border-right-width", "border-top", "border-top-width", "border-width", "bottom", "box-sizing", "clip",
    "clip-path", "color", "content", "content-visibility", "direction", "display", "filter", "flex", "flex-basis",
    "flex-direction", "flex-flow", "flex-grow", "flex-shrink", "float", "font", "font-size", "grid-template",
    "grid-template-columns", "grid-template-rows", "height", "inline-size", "inset", "inset-block",
    "inset-block-end", "inset-block-start", "inset-inline", "inset-inline-end", "inset-inline-start", "isolation",
    "left", "letter-spacing", "line-clamp", "line-height", "margin", "margin-block", "margin-block-end",
    "margin-block-start", "margin-bottom", "margin-inline", "margin-inline-end", "margin-inline-start",
    "margin-left", "margin-right", "margin-top", "mask", "mask-image", "max-block-size", "max-height",
    "max-inline-size", "max-width", "min-block-size", "min-height", "min-inline-size", "min-width",
    "mix-blend-mode", "opacity", "order", "overflow", "overflow-x", "overflow-y", "padding", "padding-block",
    "padding-bottom", "padding-inline", "padding-inline-end", "padding-inline-start", "padding-left",
    "padding-right", "padding-top", "position", "right", "rotate", "scale", "text-align", "text-indent",
    "text-shadow", "text-wrap", "top", "transform", "transition", "transition-property", "translate",
    "vertical-align", "visibility", "white-space", "width", "word-spacing", "z-index", "zoom",
];

/// Keywords that mean something to this room.
#[rustfmt::skip]
const KEYWORDS: &[&str] = &[
    "none", "block", "inline", "inline-block", "flex", "inline-flex", "grid", "inline-grid", "table", "inline-table",
    "table-row", "table-cell", "table-row-group", "table-header-group", "table-footer-group", "table-column",
    "table-column-group", "table-caption", "list-item", "contents", "flow-root", "-webkit-box", "-webkit-flex",
    "visible", "hidden", "collapse", "static", "relative", "absolute", "fixed", "sticky", "auto", "scroll", "clip",
    "overlay", "left", "right", "center", "start", "end", "justify", "nowrap", "pre", "pre-wrap", "pre-line", "normal",
    "wrap", "rtl", "ltr", "column", "row", "column-reverse", "row-reverse", "border-box", "content-box", "text", "forwards",
    "both", "backwards", "infinite", "isolate", "inline-start", "inline-end", "-webkit-center",
];

fn keyword(text: &str) -> &'static str {
    KEYWORDS.iter().find(|known| known.eq_ignore_ascii_case(text)).copied().unwrap_or("")
}

fn read_plain(name: &str, input: &mut Parser<'_>, reading: Reading, into: &mut Declarations) -> Parsed<()> {
    use Property as P;
    if let Ok(wide) = input.try_parse(wide) {
        return spread(name, into, wide);
    }
    let mut set = |property: P, value: Value| into.push((Declaration::Set(property, value), false));
    match name {
        "all" => return Err(cssparser::ParseError::unexpected_token()),
        "display" => set(P::Display, Value::Word(display(input)?)),
        "visibility" => set(P::Visibility, word(input, &["visible", "hidden", "collapse"])?),
        "position" => set(P::Position, word(input, &["static", "relative", "absolute", "fixed", "sticky"])?),
        "float" => set(P::Float, any_word(input)?),
        "white-space" | "text-wrap" => set(P::WhiteSpace, any_word(input)?),
        "text-align" => set(P::TextAlign, any_word(input)?),
        "direction" => set(P::Direction, word(input, &["rtl", "ltr"])?),
        "box-sizing" => set(P::BoxSizing, word(input, &["border-box", "content-box"])?),
        "mix-blend-mode" => set(P::Blend, any_word(input)?),
        "isolation" => set(P::Isolation, any_word(input)?),
        "backface-visibility" => set(P::Backface, any_word(input)?),
        "content-visibility" => set(P::ContentVisibility, word(input, &["visible", "hidden", "auto"])?),
        "background-clip" | "-webkit-background-clip" => {
            let clip = any_word(input)?;
            while input.next().is_ok() {}
            set(P::BackgroundClip, clip);
        }
        "flex-direction" | "flex-flow" => {
            while let Ok(value) = input.try_parse(any_word) {
                if matches!(value, Value::Word("row" | "column" | "row-reverse" | "column-reverse")) {
                    set(P::FlexDirection, value);
                }
            }
        }
        "opacity" => set(P::Opacity, Value::Number(number(input, reading)?.clamp(0.0, 1.0))),
        "order" => set(P::Order, Value::Number(number(input, reading)?)),
        "flex-grow" => set(P::FlexGrow, Value::Number(number(input, reading)?)),
        "flex-shrink" => set(P::FlexShrink, Value::Number(number(input, reading)?)),
        "zoom" => set(P::Zoom, Value::Number(zoom(input, reading)?)),
        "z-index" => set(P::ZIndex, z_index(input)?),
        "-webkit-line-clamp" | "line-clamp" => set(P::LineClamp, z_index(input)?),
        "color" => set(P::Color, Value::Ink(Ink::parse(input, reading)?)),
        "-webkit-text-fill-color" => set(P::TextFill, Value::Ink(Ink::parse(input, reading)?)),
        "background-color" => set(P::BackgroundColor, Value::Ink(Ink::parse(input, reading)?)),
        "background-image" => set(P::BackgroundImage, Value::Image(shape::image(input, reading)?)),
        "background" => {
            let (ink, image, clip_text) = shape::background(input, reading)?;
            set(P::BackgroundColor, Value::Ink(ink));
            set(P::BackgroundImage, Value::Image(image));
            set(P::BackgroundClip, Value::Word(if clip_text { "text" } else { "border-box" }));
        }
        "filter" => set(P::Filter, Value::Filter(shape::filter(input, reading)?)),
        "clip" => set(P::Clip, Value::Clip(shape::clip(input, reading)?)),
        "clip-path" => set(P::ClipPath, Value::Clip(shape::clip_path(input, reading)?)),
        "transform" => set(P::Transform, Value::Transform(Box::new(shape::transform(input, reading)?))),
        "translate" => set(P::Translate, Value::Transform(Box::new(shape::translate(input, reading)?))),
        "scale" => set(P::Scale, Value::Transform(Box::new(shape::scale(input, reading)?))),
        "rotate" => set(P::Rotate, Value::Transform(Box::new(shape::rotate(input)?))),
        "mask" | "mask-image" | "-webkit-mask" | "-webkit-mask-image" => {
            set(P::Mask, Value::Image(shape::image(input, reading)?));
        }
        "text-indent" => {
            let indent = Length::parse(input, reading)?;
            while input.next().is_ok() {}
            set(P::TextIndent, Value::Size(Some(indent)));
        }
        "font-size" => set(P::FontSize, Value::Size(Some(font_size(input, reading)?))),
        "font" => {
            let (size, line) = font(input, reading)?;
            set(P::FontSize, Value::Size(Some(size)));
            set(P::LineHeight, line);
        }
        "line-height" => set(P::LineHeight, line_height(input, reading)?),
        "letter-spacing" => set(P::LetterSpacing, size(input, reading)?),
        "word-spacing" => set(P::WordSpacing, size(input, reading)?),
        "vertical-align" => set(P::VerticalAlign, size(input, reading)?),
        "grid-template-rows" => set(P::GridRows, Value::Rows(shape::tracks(input)?)),
        "grid-template-columns" => set(P::GridColumns, Value::Rows(shape::tracks(input)?)),
        "grid-template" => {
            let rows = shape::tracks(input)?;
            set(P::GridRows, Value::Rows(rows));
            if input.try_parse(|input| input.expect_delim('/')).is_ok() {
                set(P::GridColumns, Value::Rows(shape::tracks(input)?));
            }
        }
        "text-shadow" | "transition" | "transition-property" => {
            let from = input.position();
            while input.next().is_ok() {}
            let text = input.slice_from(from).trim();
            let text = text.split('!').next().unwrap_or_default().trim();
            let property = if name == "text-shadow" { P::TextShadow } else { P::Transition };
            let nothing = text.eq_ignore_ascii_case("none") || text.is_empty();
            set(property, Value::Number(if nothing { 0.0 } else { 1.0 }));
        }
        "-webkit-text-stroke" | "-webkit-text-stroke-width" => {
            let width = size(input, reading)?;
            while input.next().is_ok() {}
            set(P::TextStroke, width);
        }
        "aspect-ratio" => {
            let _ = input.try_parse(|input| input.expect_ident_matching("auto"));
            let ratio = number(input, reading).unwrap_or(0.0);
            let under = input.try_parse(|input| {
                input.expect_delim('/')?;
                number(input, reading)
            });
            set(P::AspectRatio, Value::Number(ratio / under.unwrap_or(1.0).max(0.0001)));
        }
        "content" => set(P::Content, content(input)?),
        "animation" | "animation-name" | "animation-fill-mode" | "animation-iteration-count" => {
            animation(name, input, into)?;
        }
        "flex" | "flex-basis" => flex(name, input, reading, into)?,
        _ => boxes(name, input, reading, into)?,
    }
    Ok(())
}

fn wide(input: &mut Parser<'_>) -> Parsed<Wide> {
    let wide = match input.expect_ident()?.to_ascii_lowercase().as_str() {
        "initial" => Wide::Initial,
        "inherit" => Wide::Inherit,
        "unset" | "revert" | "revert-layer" => Wide::Unset,
        _ => return Err(cssparser::ParseError::unexpected_token()),
    };
    Ok(wide)
}

/// Sets every longhand of `name` to a wide keyword.
fn spread(name: &str, into: &mut Declarations, wide: Wide) -> Parsed<()> {
    use Property as P;
    if name == "all" {
        into.push((Declaration::All(wide), false));
        return Ok(());
    }
    let properties: Vec<P> = match name {
        "background" => vec![P::BackgroundColor, P::BackgroundImage, P::BackgroundClip],
        "font" => vec![P::FontSize, P::LineHeight],
        "margin" => vec![P::MarginTop, P::MarginRight, P::MarginBottom, P::MarginLeft],
        "padding" => vec![P::PaddingTop, P::PaddingRight, P::PaddingBottom, P::PaddingLeft],
        "inset" => vec![P::Top, P::Right, P::Bottom, P::Left],
        "overflow" => vec![P::OverflowX, P::OverflowY],
        "animation" => vec![P::AnimationName, P::AnimationFill, P::AnimationForever],
        _ => single(name).into_iter().collect(),
    };
    into.extend(
        properties.into_iter().map(|property| (Declaration::Set(property, Value::Wide(wide)), false)),
    );
    Ok(())
}

#[rustfmt::skip]
fn single(name: &str) -> Option<Property> {
    use Property as P;
    Some(match name {
        "display" => P::Display, "visibility" => P::Visibility, "opacity" => P::Opacity, "filter" => P::Filter,
        "position" => P::Position, "clip" => P::Clip, "clip-path" => P::ClipPath, "text-indent" => P::TextIndent,
        "font-size" => P::FontSize, "line-height" => P::LineHeight, "letter-spacing" => P::LetterSpacing,
        "color" => P::Color, "-webkit-text-fill-color" => P::TextFill, "background-color" => P::BackgroundColor,
        "background-image" => P::BackgroundImage, "z-index" => P::ZIndex, "transform" => P::Transform,
        "translate" => P::Translate, "scale" => P::Scale, "rotate" => P::Rotate, "zoom" => P::Zoom, "float" => P::Float,
        "white-space" => P::WhiteSpace, "text-align" => P::TextAlign, "direction" => P::Direction,
        "content-visibility" => P::ContentVisibility, "animation-name" => P::AnimationName, "content" => P::Content,
        "mix-blend-mode" => P::Blend, "mask" | "mask-image" | "-webkit-mask" | "-webkit-mask-image" => P::Mask,
        "overflow-x" => P::OverflowX, "overflow-y" => P::OverflowY,
        "text-shadow" => P::TextShadow, "transition" => P::Transition, "word-spacing" => P::WordSpacing,
        _ => return box_property(name),
    })
}

#[rustfmt::skip]
fn box_property(name: &str) -> Option<Property> {
    use Property as P;
    Some(match name {
        "width" | "inline-size" => P::Width, "height" | "block-size" => P::Height,
        "min-width" | "min-inline-size" => P::MinWidth, "min-height" | "min-block-size" => P::MinHeight,
        "max-width" | "max-inline-size" => P::MaxWidth, "max-height" | "max-block-size" => P::MaxHeight,
        "top" | "inset-block-start" => P::Top, "right" | "inset-inline-end" => P::Right,
        "bottom" | "inset-block-end" => P::Bottom, "left" | "inset-inline-start" => P::Left,
        "margin-top" | "margin-block-start" => P::MarginTop, "margin-right" | "margin-inline-end" => P::MarginRight,
        "margin-bottom" | "margin-block-end" => P::MarginBottom, "margin-left" | "margin-inline-start" => P::MarginLeft,
        "padding-top" => P::PaddingTop, "padding-right" => P::PaddingRight, "padding-bottom" => P::PaddingBottom,
        "padding-left" | "padding-inline-start" => P::PaddingLeft,
        "border-top-width" | "border-top" => P::BorderTop, "border-right-width" | "border-right" => P::BorderRight,
        "border-bottom-width" | "border-bottom" => P::BorderBottom, "border-left-width" | "border-left" => P::BorderLeft,
        _ => return None,
    })
}

fn any_word(input: &mut Parser<'_>) -> Parsed<Value> {
    Ok(Value::Word(keyword(input.expect_ident()?)))
}

fn word(input: &mut Parser<'_>, allowed: &[&str]) -> Parsed<Value> {
    let word = keyword(input.expect_ident()?);
    if allowed.contains(&word) {
        Ok(Value::Word(word))
    } else {
        Err(cssparser::ParseError::unexpected_token())
    }
}

fn display(input: &mut Parser<'_>) -> Parsed<&'static str> {
    let first = input.expect_ident()?.to_ascii_lowercase();
    let second = input.try_parse(|input| input.expect_ident_cloned()).map(|text| text.to_ascii_lowercase());
    let text = match (first.as_str(), second.as_deref()) {
        ("block", Ok("flow-root")) => "flow-root",
        ("block", Ok(inner)) | (inner, Ok("block")) if inner != "flow" => inner,
        ("inline", Ok("flow-root")) => "inline-block",
        ("inline", Ok("flex")) => "inline-flex",
        ("inline", Ok("grid")) => "inline-grid",
        (first, _) => first,
    };
    match keyword(text) {
        "" if matches!(text, "run-in" | "ruby" | "math" | "-webkit-inline-box" | "-webkit-inline-flex") => {
            Ok("inline")
        }
        "" => Err(cssparser::ParseError::unexpected_token()),
        known => Ok(known),
    }
}

fn size(input: &mut Parser<'_>, reading: Reading) -> Parsed<Value> {
    if let Ok(length) = input.try_parse(|input| Length::parse(input, reading)) {
        return Ok(Value::Size(Some(length)));
    }
    match input.next()?.clone() {
        Token::Ident(_) => Ok(Value::Size(None)),
        Token::Function(name) if ["fit-content", "calc-size", "anchor", "anchor-size"].contains(&&*name) => {
            input.parse_nested_block(|input| {
                while input.next().is_ok() {}
                Ok(Value::Size(None))
            })
        }
        _ => Err(cssparser::ParseError::unexpected_token()),
    }
}

fn z_index(input: &mut Parser<'_>) -> Parsed<Value> {
    match input.next()?.clone() {
        Token::Number { value, .. } => Ok(Value::Number(value)),
        Token::Ident(_) => Ok(Value::Word("auto")),
        Token::Function(_) => input.parse_nested_block(|input| {
            let value = input.expect_number()?;
            while input.next().is_ok() {}
            Ok(Value::Number(value))
        }),
        _ => Err(cssparser::ParseError::unexpected_token()),
    }
}

fn zoom(input: &mut Parser<'_>, reading: Reading) -> Parsed<f32> {
    if input.try_parse(|input| input.expect_ident_cloned()).is_ok() {
        return Ok(1.0);
    }
    // A zoom of nothing counts as none.
    let zoom = number(input, reading)?;
    if zoom < 0.0 {
        return Err(cssparser::ParseError::unexpected_token());
    }
    Ok(if zoom == 0.0 { 1.0 } else { zoom })
}

fn font_size(input: &mut Parser<'_>, reading: Reading) -> Parsed<Length> {
    if let Ok(name) = input.try_parse(|input| input.expect_ident_cloned()) {
        return Ok(match name.to_ascii_lowercase().as_str() {
            "xx-small" => Length::px(9.0),
            "x-small" => Length::px(10.0),
            "small" => Length::px(13.0),
            "medium" => Length::px(16.0),
            "large" => Length::px(18.0),
            "x-large" => Length::px(24.0),
            "xx-large" => Length::px(32.0),
            "xxx-large" => Length::px(48.0),
            "smaller" => Length::em(1.0 / 1.2),
            "larger" => Length::em(1.2),
            _ => return Err(cssparser::ParseError::unexpected_token()),
        });
    }
    let length = Length::parse(input, reading)?;
    if length.px < 0.0 || length.em < 0.0 || length.share < 0.0 {
        return Err(cssparser::ParseError::unexpected_token());
    }
    // Percentages of a font size are of the parent's.
    Ok(Length { em: length.em + length.share, share: 0.0, ..length })
}

fn line_height(input: &mut Parser<'_>, reading: Reading) -> Parsed<Value> {
    if let Ok(factor) = input.try_parse(|input| input.expect_number()) {
        return Ok(Value::Number(factor));
    }
    match size(input, reading)? {
        Value::Size(Some(length)) => {
            Ok(Value::Size(Some(Length { em: length.em + length.share, share: 0.0, ..length })))
        }
        other => Ok(other),
    }
}

fn font(input: &mut Parser<'_>, reading: Reading) -> Parsed<(Length, Value)> {
    loop {
        let found = input.try_parse(|input| {
            let strict = Reading { quirks: false, ..reading };
            font_size(input, strict)
        });
        if let Ok(size) = found {
            let line = input.try_parse(|input| {
                input.expect_delim('/')?;
                line_height(input, reading)
            });
            if input.is_exhausted() {
                return Err(cssparser::ParseError::unexpected_token());
            }
            while !input.is_exhausted() {
                if input.try_parse(parse_bang).is_ok() {
                    break;
                }
                input.next()?;
            }
            return Ok((size, line.unwrap_or(Value::Size(None))));
        }
        input.next()?;
    }
}

/// Succeeds without consuming where `!important` follows.
fn parse_bang(input: &mut Parser<'_>) -> Parsed<()> {
    let state = input.state();
    parse_important(input)?;
    input.reset(&state);
    Ok(())
}

fn content(input: &mut Parser<'_>) -> Parsed<Value> {
    let mut text = String::new();
    while !input.is_exhausted() && input.try_parse(parse_bang).is_err() {
        match input.next()?.clone() {
            Token::QuotedString(part) => text.push_str(&part),
            Token::Delim('/') => {
                while !input.is_exhausted() && input.try_parse(parse_bang).is_err() {
                    input.next()?;
                }
            }
            Token::Function(_) | Token::UnquotedUrl(_) => text.push('\u{fffc}'),
            _ => {}
        }
    }
    Ok(Value::Text(text))
}

fn animation(name: &str, input: &mut Parser<'_>, into: &mut Declarations) -> Parsed<()> {
    use Property as P;
    const WORDS: [&str; 22] = [
        "ease",
        "linear",
        "ease-in",
        "ease-out",
        "ease-in-out",
        "step-start",
        "step-end",
        "normal",
        "reverse",
        "alternate",
        "alternate-reverse",
        "running",
        "paused",
        "auto",
        "none",
        "forwards",
        "backwards",
        "both",
        "infinite",
        "scroll",
        "replace",
        "add",
    ];
    let (mut names, mut fill, mut forever) = (String::new(), "none", 0.0);
    while !input.is_exhausted() && input.try_parse(parse_bang).is_err() {
        match input.next()?.clone() {
            Token::Ident(text) => {
                let lower = text.to_ascii_lowercase();
                match lower.as_str() {
                    "forwards" | "both" => fill = keyword(&lower),
                    "infinite" => forever = 1.0,
                    known if WORDS.contains(&known) => {}
                    _ => {
                        names.push_str(&text);
                        names.push(' ');
                    }
                }
            }
            Token::QuotedString(text) => {
                names.push_str(&text);
                names.push(' ');
            }
            _ => {}
        }
    }
    let mut set = |property: P, value: Value| into.push((Declaration::Set(property, value), false));
    if matches!(name, "animation" | "animation-name") {
        set(P::AnimationName, Value::Text(names));
    }
    if matches!(name, "animation" | "animation-fill-mode") {
        set(P::AnimationFill, Value::Word(fill));
    }
    if matches!(name, "animation" | "animation-iteration-count") {
        set(P::AnimationForever, Value::Number(forever));
    }
    Ok(())
}

fn flex(name: &str, input: &mut Parser<'_>, reading: Reading, into: &mut Declarations) -> Parsed<()> {
    use Property as P;
    if name == "flex-basis" {
        let basis = size(input, reading)?;
        into.push((Declaration::Set(P::Width, basis), false));
        return Ok(());
    }
    let numbers: [Option<f32>; 2] =
        std::array::from_fn(|_| input.try_parse(|input| input.expect_number()).ok());
    let basis = input.try_parse(|input| Length::parse(input, reading)).ok();
    while !input.is_exhausted() && input.try_parse(parse_bang).is_err() {
        input.next()?;
    }
    let mut set =
        |property: P, number: f32| into.push((Declaration::Set(property, Value::Number(number)), false));
    set(P::FlexGrow, numbers[0].unwrap_or(0.0));
    set(P::FlexShrink, numbers[1].unwrap_or(1.0));
    if let Some(basis) = basis.filter(|basis| *basis != Length::ZERO && basis.share != 0.0 || basis.px > 0.0)
    {
        into.push((Declaration::Set(P::Width, Value::Size(Some(basis))), false));
    }
    Ok(())
}

/// Margins, paddings, borders, offsets, sizes and overflow.
fn boxes(name: &str, input: &mut Parser<'_>, reading: Reading, into: &mut Declarations) -> Parsed<()> {
    use Property as P;
    let sides = match name {
        "margin" => [P::MarginTop, P::MarginRight, P::MarginBottom, P::MarginLeft],
        "padding" => [P::PaddingTop, P::PaddingRight, P::PaddingBottom, P::PaddingLeft],
        "inset" => [P::Top, P::Right, P::Bottom, P::Left],
        "border-width" => [P::BorderTop, P::BorderRight, P::BorderBottom, P::BorderLeft],
        "border" => {
            let width = border(input, reading);
            for side in [P::BorderTop, P::BorderRight, P::BorderBottom, P::BorderLeft] {
                into.push((Declaration::Set(side, width.clone()), false));
            }
            return Ok(());
        }
        "overflow" | "overflow-x" | "overflow-y" => return overflow(name, input, into),
        "margin-inline" => return pair(P::MarginLeft, P::MarginRight, input, reading, into),
        "margin-block" => return pair(P::MarginTop, P::MarginBottom, input, reading, into),
        "padding-inline" => return pair(P::PaddingLeft, P::PaddingRight, input, reading, into),
        "padding-block" => return pair(P::PaddingTop, P::PaddingBottom, input, reading, into),
        "inset-inline" => return pair(P::Left, P::Right, input, reading, into),
        "inset-block" => return pair(P::Top, P::Bottom, input, reading, into),
        _ => {
            let property = box_property(name).ok_or_else(cssparser::ParseError::unexpected_token)?;
            let value = match name {
                "border-top" | "border-right" | "border-bottom" | "border-left" => border(input, reading),
                _ => size(input, reading)?,
            };
            into.push((Declaration::Set(property, value), false));
            return Ok(());
        }
    };
    let mut values = Vec::with_capacity(4);
    while values.len() < 4 {
        match input.try_parse(|input| size(input, reading)) {
            Ok(value) => values.push(value),
            Err(_) => break,
        }
    }
    let pick: [usize; 4] = match values.len() {
        1 => [0, 0, 0, 0],
        2 => [0, 1, 0, 1],
        3 => [0, 1, 2, 1],
        4 => [0, 1, 2, 3],
        _ => return Err(cssparser::ParseError::unexpected_token()),
    };
    for (side, index) in sides.into_iter().zip(pick) {
        into.push((Declaration::Set(side, values[index].clone()), false));
    }
    Ok(())
}

fn pair(
    first: Property,
    second: Property,
    input: &mut Parser<'_>,
    reading: Reading,
    into: &mut Declarations,
) -> Parsed<()> {
    let start = size(input, reading)?;
    let end = input.try_parse(|input| size(input, reading)).unwrap_or_else(|_| start.clone());
    into.push((Declaration::Set(first, start), false));
    into.push((Declaration::Set(second, end), false));
    Ok(())
}

/// The width of a border shorthand; one without a style paints nothing and takes no room.
fn border(input: &mut Parser<'_>, reading: Reading) -> Value {
    let (mut width, mut styled) = (Length::px(3.0), false);
    while !input.is_exhausted() && input.try_parse(parse_bang).is_err() {
        if let Ok(length) = input.try_parse(|input| Length::parse(input, reading)) {
            width = length;
            styled |= length == Length::ZERO;
            continue;
        }
        if let Ok(Token::Ident(name)) = input.next() {
            match name.to_ascii_lowercase().as_str() {
                "none" | "hidden" => return Value::Size(Some(Length::ZERO)),
                "thin" => width = Length::px(1.0),
                "thick" => width = Length::px(5.0),
                "solid" | "dashed" | "dotted" | "double" | "groove" | "ridge" | "inset" | "outset" => {
                    styled = true;
                }
                _ => {}
            }
        }
    }
    Value::Size(Some(if styled { width } else { Length::ZERO }))
}

fn overflow(name: &str, input: &mut Parser<'_>, into: &mut Declarations) -> Parsed<()> {
    use Property as P;
    const ALLOWED: [&str; 6] = ["visible", "hidden", "clip", "scroll", "auto", "overlay"];
    let first = word(input, &ALLOWED)?;
    let second = input.try_parse(|input| word(input, &ALLOWED)).unwrap_or_else(|_| first.clone());
    if name != "overflow-y" {
        into.push((Declaration::Set(P::OverflowX, first.clone()), false));
    }
    if name == "overflow" {
        into.push((Declaration::Set(P::OverflowY, second), false));
    } else if name == "overflow-y" {
        into.push((Declaration::Set(P::OverflowY, first), false));
    }
    Ok(())
}
