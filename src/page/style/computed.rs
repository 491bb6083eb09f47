//! The computed style of an element: what is left once the cascade has spoken.

use std::rc::Rc;

use super::colour::Ink;
use super::property::{Property, Value, Wide};
use super::shape::{Clip, Filter, Image, Rows, Transform};
use super::value::Length;

/// Custom properties in force; each set leans on its parent's.
#[derive(Debug)]
pub(super) struct Customs {
    pub(super) parent: Option<Rc<Customs>>,
    pub(super) own: Vec<(Box<str>, Box<str>)>,
}

impl Customs {
    /// The text of a custom property.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let mut here = Some(self);
        while let Some(customs) = here {
            if let Some((_, text)) = customs.own.iter().rev().find(|(own, _)| **own == *name) {
                return Some(text);
            }
            here = customs.parent.as_deref();
        }
        None
    }
}

/// Computed values. Lengths have their font-relative parts resolved; percentages are kept.
#[derive(Debug, Clone)]
pub(super) struct Style {
    pub(super) font_px: f32,
    /// Whether the size goes back to one in pixels; others are never painted smaller than 6 px.
    pub(super) font_absolute: bool,
    /// Line height: a factor of the font size, or pixels.
    pub(super) line_factor: f32,
    pub(super) line_px: Option<f32>,
    pub(super) color: Ink,
    pub(super) fill: Option<Ink>,
    pub(super) hidden: bool,
    pub(super) indent: Length,
    pub(super) letter_spacing: f32,
    pub(super) word_spacing: f32,
    pub(super) white_space: &'static str,
    pub(super) align: &'static str,
    pub(super) rtl: bool,
    pub(super) shadow: bool,
    pub(super) stroke: bool,
    pub(super) customs: Option<Rc<Customs>>,

    pub(super) display: &'static str,
    pub(super) position: &'static str,
    pub(super) float: &'static str,
    pub(super) z: Option<i32>,
    pub(super) opacity: f32,
    pub(super) filter: Filter,
    /// Top, right, bottom, left; `None` is `auto`. The same order for all sides below.
    pub(super) inset: [Option<Length>; 4],
    pub(super) margin: [Option<Length>; 4],
    pub(super) padding: [Length; 4],
    pub(super) border: [f32; 4],
    pub(super) size: [Option<Length>; 2],
    pub(super) least: [Option<Length>; 2],
    pub(super) most: [Option<Length>; 2],
    pub(super) border_box: bool,
    pub(super) overflow: [&'static str; 2],
    pub(super) clip: Clip,
    pub(super) clip_path: Clip,
    pub(super) transform: Transform,
    pub(super) translate: Transform,
    pub(super) scale: Transform,
    pub(super) rotate: Transform,
    pub(super) zoom: f32,
    pub(super) background: Ink,
    pub(super) image: Image,
    pub(super) clip_text: bool,
    pub(super) blend: bool,
    pub(super) mask: Image,
    pub(super) content_hidden: bool,
    pub(super) clamp: Option<f32>,
    pub(super) rows: Option<Rows>,
    pub(super) columns: Option<Rows>,
    pub(super) column_direction: bool,
    pub(super) grow: f32,
    /// A flex item that does not give way.
    pub(super) rigid: bool,
    pub(super) animation: String,
    pub(super) animation_holds: bool,
    pub(super) animation_forever: bool,
    pub(super) transition: bool,
    pub(super) back_hidden: bool,
    pub(super) isolates: bool,
    pub(super) raised: f32,
    pub(super) ratio: f32,
}

impl Style {
    /// What the document itself starts from.
    pub(super) fn initial() -> Self {
        Self {
            font_px: 16.0,
            font_absolute: false,
            line_factor: 1.2,
            line_px: None,
            color: Ink::BLACK,
            fill: None,
            hidden: false,
            indent: Length::ZERO,
            letter_spacing: 0.0,
            word_spacing: 0.0,
            white_space: "normal",
            align: "start",
            rtl: false,
            shadow: false,
            stroke: false,
            customs: None,
            display: "inline",
            position: "static",
            float: "none",
            z: None,
            opacity: 1.0,
            filter: Filter::NONE,
            inset: [None; 4],
            margin: [Some(Length::ZERO); 4],
            padding: [Length::ZERO; 4],
            border: [0.0; 4],
            size: [None; 2],
            least: [None; 2],
            most: [None; 2],
            border_box: false,
            overflow: ["visible"; 2],
            clip: Clip::None,
            clip_path: Clip::None,
            transform: Transform::NONE,
            translate: Transform::NONE,
            scale: Transform::NONE,
            rotate: Transform::NONE,
            zoom: 1.0,
            background: Ink::CLEAR,
            image: Image::None,
            clip_text: false,
            blend: false,
            mask: Image::None,
            content_hidden: false,
            clamp: None,
            rows: None,
            columns: None,
            column_direction: false,
            grow: 0.0,
            rigid: false,
            animation: String::new(),
            animation_holds: false,
            animation_forever: false,
            transition: false,
            back_hidden: false,
            isolates: false,
            raised: 0.0,
            ratio: 0.0,
        }
    }

    /// What a child starts from.
    pub(super) fn inherited(&self) -> Self {
        Self {
            font_px: self.font_px,
            font_absolute: self.font_absolute,
            line_factor: self.line_factor,
            line_px: self.line_px,
            color: self.color,
            fill: self.fill,
            hidden: self.hidden,
            indent: self.indent,
            letter_spacing: self.letter_spacing,
            word_spacing: self.word_spacing,
            white_space: self.white_space,
            align: self.align,
            rtl: self.rtl,
            shadow: self.shadow,
            stroke: self.stroke,
            customs: self.customs.clone(),
            ..Self::initial()
        }
    }

    /// The size letters are painted in: browsers keep relative sizes above a minimum.
    pub(super) fn painted_px(&self) -> f32 {
        const LEAST: f32 = 6.0;
        if self.font_absolute || self.font_px <= 0.0 { self.font_px } else { self.font_px.max(LEAST) }
    }

    /// Height of one line, in pixels.
    pub(super) fn line_height(&self) -> f32 {
        self.line_px.unwrap_or(self.line_factor * self.font_px).max(0.0)
    }

    /// The colour letters are filled with.
    pub(super) fn ink(&self) -> Ink {
        match self.fill {
            Some(Ink::Current) | None => self.color,
            Some(fill) => fill,
        }
    }

    /// Whether it is taken out of the flow.
    pub(super) fn is_out_of_flow(&self) -> bool {
        matches!(self.position, "absolute" | "fixed")
    }

    /// Whether it paints its box, and what stands in it, in one go.
    pub(super) fn stacks(&self) -> bool {
        (self.z.is_some() && self.position != "static")
            || self.position == "fixed"
            || self.position == "sticky"
            || self.opacity < 1.0
            || self.is_transformed()
            || self.filter != Filter::NONE
            || self.isolates
            || self.blend
    }

    /// Whether a transformation is in force.
    pub(super) fn is_transformed(&self) -> bool {
        self.transform.some || self.translate.some || self.scale.some || self.rotate.some
    }

    /// All transformations of the element.
    pub(super) fn transforms(&self) -> [&Transform; 4] {
        [&self.translate, &self.rotate, &self.scale, &self.transform]
    }

    /// Whether an axis (0 across, 1 down) cuts off or scrolls what hangs over.
    pub(super) fn clips(&self, axis: usize) -> bool {
        self.overflow[axis] != "visible"
    }
}

/// Sets one property.
pub(super) fn set(style: &mut Style, parent: &Style, property: Property, value: &Value, root_px: f32) {
    if let Value::Wide(wide) = value {
        return wide_set(style, parent, property, *wide);
    }
    let font = style.font_px;
    let fixed = |length: Length| length.with_font(font, root_px);
    use Property as P;
    match (property, value) {
        (P::Display, Value::Word(word)) => style.display = word,
        (P::Visibility, Value::Word(word)) => style.hidden = *word != "visible",
        (P::Opacity, Value::Number(number)) => style.opacity = *number,
        (P::Filter, Value::Filter(filter)) => style.filter = *filter,
        (P::Position, Value::Word(word)) => style.position = word,
        (P::Float, Value::Word(word)) => style.float = if word.is_empty() { "none" } else { word },
        (P::WhiteSpace, Value::Word(word)) => style.white_space = word,
        (P::TextAlign, Value::Word(word)) => style.align = word,
        (P::Direction, Value::Word(word)) => style.rtl = *word == "rtl",
        (P::BoxSizing, Value::Word(word)) => style.border_box = *word == "border-box",
        (P::Blend, Value::Word(word)) => style.blend = *word != "normal",
        (P::Isolation, Value::Word(word)) => style.isolates = *word == "isolate",
        (P::Backface, Value::Word(word)) => style.back_hidden = *word == "hidden",
        (P::ContentVisibility, Value::Word(word)) => style.content_hidden = *word == "hidden",
        (P::BackgroundClip, Value::Word(word)) => style.clip_text = *word == "text",
        (P::FlexDirection, Value::Word(word)) => style.column_direction = word.starts_with("column"),
        (P::OverflowX, Value::Word(word)) => style.overflow[0] = word,
        (P::OverflowY, Value::Word(word)) => style.overflow[1] = word,
        (P::ZIndex, Value::Number(number)) => style.z = Some(*number as i32),
        (P::ZIndex, _) => style.z = None,
        (P::LineClamp, Value::Number(number)) => style.clamp = Some(*number),
        (P::LineClamp, _) => style.clamp = None,
        (P::FlexGrow, Value::Number(number)) => style.grow = *number,
        (P::FlexShrink, Value::Number(number)) => style.rigid = *number == 0.0,
        (P::Zoom, Value::Number(number)) => style.zoom = *number,
        (P::AspectRatio, Value::Number(number)) => style.ratio = *number,
        (P::Color, Value::Ink(Ink::Current)) => style.color = parent.color,
        (P::Color, Value::Ink(ink)) => style.color = *ink,
        (P::TextFill, Value::Ink(ink)) => style.fill = Some(*ink),
        (P::BackgroundColor, Value::Ink(ink)) => style.background = *ink,
        (P::BackgroundImage, Value::Image(image)) => style.image = image.clone(),
        (P::Mask, Value::Image(image)) => style.mask = image.clone(),
        (P::Clip, Value::Clip(clip)) => style.clip = fixed_clip(*clip, font, root_px),
        (P::ClipPath, Value::Clip(clip)) => style.clip_path = fixed_clip(*clip, font, root_px),
        (P::Transform, Value::Transform(value)) => style.transform = fixed_transform(value, font, root_px),
        (P::Translate, Value::Transform(value)) => style.translate = fixed_transform(value, font, root_px),
        (P::Scale, Value::Transform(value)) => style.scale = **value,
        (P::Rotate, Value::Transform(value)) => style.rotate = **value,
        (P::TextIndent, Value::Size(Some(length))) => style.indent = fixed(*length),
        (P::FontSize, Value::Size(Some(length))) => {
            style.font_px = length.with_font(parent.font_px, root_px).px.clamp(0.0, 10_000.0);
            style.font_absolute = length.px != 0.0 || parent.font_absolute;
        }
        (P::LineHeight, Value::Number(number)) => (style.line_factor, style.line_px) = (*number, None),
        (P::LineHeight, Value::Size(Some(length))) => style.line_px = Some(fixed(*length).px),
        (P::LineHeight, Value::Size(None)) => (style.line_factor, style.line_px) = (1.2, None),
        (P::LetterSpacing, Value::Size(length)) => style.letter_spacing = length.map_or(0.0, |l| fixed(l).px),
        (P::WordSpacing, Value::Size(length)) => style.word_spacing = length.map_or(0.0, |l| fixed(l).px),
        (P::VerticalAlign, Value::Size(length)) => style.raised = length.map_or(0.0, |l| fixed(l).px),
        (P::GridRows, Value::Rows(rows)) => style.rows = (rows.count > 0).then(|| rows.clone()),
        (P::GridColumns, Value::Rows(rows)) => style.columns = (rows.count > 0).then(|| rows.clone()),
        (P::TextShadow, Value::Number(number)) => style.shadow = *number > 0.0,
        (P::Transition, Value::Number(number)) => style.transition = *number > 0.0,
        (P::TextStroke, Value::Size(length)) => style.stroke = length.is_some_and(|l| fixed(l).px > 0.2),
        (P::AnimationName, Value::Text(names)) => style.animation = names.clone(),
        (P::AnimationFill, Value::Word(word)) => style.animation_holds = matches!(*word, "forwards" | "both"),
        (P::AnimationForever, Value::Number(number)) => style.animation_forever = *number > 0.0,
        (_, Value::Size(length)) => set_box(style, property, length.map(fixed)),
        _ => {}
    }
}

fn set_box(style: &mut Style, property: Property, length: Option<Length>) {
    use Property as P;
    let solid = length.unwrap_or(Length::ZERO);
    match property {
        P::Top => style.inset[0] = length,
        P::Right => style.inset[1] = length,
        P::Bottom => style.inset[2] = length,
        P::Left => style.inset[3] = length,
        P::MarginTop => style.margin[0] = length,
        P::MarginRight => style.margin[1] = length,
        P::MarginBottom => style.margin[2] = length,
        P::MarginLeft => style.margin[3] = length,
        P::PaddingTop => style.padding[0] = solid,
        P::PaddingRight => style.padding[1] = solid,
        P::PaddingBottom => style.padding[2] = solid,
        P::PaddingLeft => style.padding[3] = solid,
        P::BorderTop => style.border[0] = solid.px,
        P::BorderRight => style.border[1] = solid.px,
        P::BorderBottom => style.border[2] = solid.px,
        P::BorderLeft => style.border[3] = solid.px,
        P::Width => style.size[0] = length,
        P::Height => style.size[1] = length,
        P::MinWidth => style.least[0] = length,
        P::MinHeight => style.least[1] = length,
        P::MaxWidth => style.most[0] = length,
        P::MaxHeight => style.most[1] = length,
        _ => {}
    }
}

fn fixed_clip(clip: Clip, font: f32, root: f32) -> Clip {
    match clip {
        Clip::Edges(edges) => Clip::Edges(edges.map(|edge| edge.map(|length| length.with_font(font, root)))),
        Clip::Inset(sides) => Clip::Inset(sides.map(|side| side.with_font(font, root))),
        other => other,
    }
}

fn fixed_transform(transform: &Transform, font: f32, root: f32) -> Transform {
    Transform { shift: transform.shift.map(|length| length.with_font(font, root)), ..*transform }
}

/// Takes a property from the parent or from the initial values.
fn wide_set(style: &mut Style, parent: &Style, property: Property, wide: Wide) {
    use Property as P;
    const INHERITED: [P; 13] = [
        P::Visibility,
        P::TextIndent,
        P::FontSize,
        P::LineHeight,
        P::LetterSpacing,
        P::WordSpacing,
        P::Color,
        P::TextFill,
        P::WhiteSpace,
        P::TextAlign,
        P::Direction,
        P::TextShadow,
        P::TextStroke,
    ];
    let initial = Style::initial();
    let from_parent = match wide {
        Wide::Inherit => true,
        Wide::Initial => false,
        Wide::Unset => INHERITED.contains(&property),
    };
    let from = if from_parent { parent } else { &initial };
    match property {
        P::Display => style.display = from.display,
        P::Visibility => style.hidden = from.hidden,
        P::Opacity => style.opacity = from.opacity,
        P::Filter => style.filter = from.filter,
        P::Position => style.position = from.position,
        P::Float => style.float = from.float,
        P::Clip => style.clip = from.clip,
        P::ClipPath => style.clip_path = from.clip_path,
        P::TextIndent => style.indent = from.indent,
        P::FontSize => (style.font_px, style.font_absolute) = (from.font_px, from.font_absolute),
        P::LineHeight => (style.line_factor, style.line_px) = (from.line_factor, from.line_px),
        P::LetterSpacing => style.letter_spacing = from.letter_spacing,
        P::WordSpacing => style.word_spacing = from.word_spacing,
        P::Color => style.color = from.color,
        P::TextFill => style.fill = from.fill,
        P::BackgroundColor => style.background = from.background,
        P::BackgroundImage => style.image = from.image.clone(),
        P::BackgroundClip => style.clip_text = from.clip_text,
        P::ZIndex => style.z = from.z,
        P::Transform => style.transform = from.transform,
        P::Translate => style.translate = from.translate,
        P::Scale => style.scale = from.scale,
        P::Rotate => style.rotate = from.rotate,
        P::Zoom => style.zoom = from.zoom,
        P::WhiteSpace => style.white_space = from.white_space,
        P::TextAlign => style.align = from.align,
        P::Direction => style.rtl = from.rtl,
        P::TextShadow => style.shadow = from.shadow,
        P::TextStroke => style.stroke = from.stroke,
        P::ContentVisibility => style.content_hidden = from.content_hidden,
        P::AnimationName => style.animation = from.animation.clone(),
        P::Transition => style.transition = from.transition,
        P::Blend => style.blend = from.blend,
        P::Mask => style.mask = from.mask.clone(),
        P::OverflowX => style.overflow[0] = from.overflow[0],
        P::OverflowY => style.overflow[1] = from.overflow[1],
        _ => wide_box(style, from, property),
    }
}

fn wide_box(style: &mut Style, from: &Style, property: Property) {
    use Property as P;
    let index = |first: P, wanted: P| wanted as usize - first as usize;
    match property {
        P::Top | P::Right | P::Bottom | P::Left => {
            let side = index(P::Top, property);
            style.inset[side] = from.inset[side];
        }
        P::MarginTop | P::MarginRight | P::MarginBottom | P::MarginLeft => {
            let side = index(P::MarginTop, property);
            style.margin[side] = from.margin[side];
        }
        P::PaddingTop | P::PaddingRight | P::PaddingBottom | P::PaddingLeft => {
            let side = index(P::PaddingTop, property);
            style.padding[side] = from.padding[side];
        }
        P::Width => style.size[0] = from.size[0],
        P::Height => style.size[1] = from.size[1],
        P::MinWidth => style.least[0] = from.least[0],
        P::MinHeight => style.least[1] = from.least[1],
        P::MaxWidth => style.most[0] = from.most[0],
        P::MaxHeight => style.most[1] = from.most[1],
        _ => {}
    }
}
