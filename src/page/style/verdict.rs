//! What a person sees of each text and element, and by which technique it is hidden.

use std::collections::HashMap;

use super::colour::{Ink, alike};
use super::computed::Style;
use super::layout::{Frame, Layout, is_replaced};
use super::property::Property;
use super::scene::{Painter, Scene, Window, is_inline};
use super::shape::{Clip, Image};
use super::tree::{NONE, Tree};
use crate::page::{Sight, Viewport};

/// A finding about sight, shared by everything it applies to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Told {
    pub(super) sight: Sight,
    pub(super) technique: Option<&'static str>,
    /// The element that decides.
    pub(super) cause: u32,
    /// The properties that decide.
    pub(super) by: Cause,
}

/// What sort of declaration decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Cause {
    /// Nothing: it is visible.
    Nothing,
    /// The element is not rendered.
    Display,
    /// A closed `<details>` or `content-visibility`.
    Closed,
    Visibility,
    Opacity,
    Filter,
    Transform,
    Clip,
    Mask,
    FontSize,
    LetterSpacing,
    LineHeight,
    Colour,
    Picture,
    Offset,
    Margin,
    Indent,
    Padding,
    Size,
    MaxHeight,
    Overflow,
    Layer,
    Marquee,
    Element,
}

impl Cause {
    /// The properties that may have brought it about.
    pub(super) fn properties(self) -> &'static [Property] {
        use Property as P;
        match self {
            Self::Nothing | Self::Marquee | Self::Element => &[],
            Self::Display => &[P::Display],
            Self::Closed => &[P::ContentVisibility],
            Self::Visibility => &[P::Visibility],
            Self::Opacity => &[P::Opacity, P::Filter],
            Self::Filter => &[P::Filter],
            Self::Transform => &[P::Transform, P::Scale, P::Translate, P::Rotate, P::Zoom],
            Self::Clip => &[P::Clip, P::ClipPath],
            Self::Mask => &[P::Mask],
            Self::FontSize => &[P::FontSize, P::Zoom],
            Self::LetterSpacing => &[P::LetterSpacing],
            Self::LineHeight => &[P::LineHeight],
            Self::Colour => &[P::Color, P::TextFill],
            Self::Picture => &[P::BackgroundImage],
            Self::Offset => &[P::Left, P::Right, P::Top, P::Bottom, P::VerticalAlign],
            Self::Margin => &[P::MarginLeft, P::MarginTop, P::MarginRight, P::MarginBottom],
            Self::Indent => &[P::TextIndent],
            Self::Padding => &[P::PaddingLeft, P::PaddingTop],
            Self::Size => &[P::Height, P::Width],
            Self::MaxHeight => &[P::MaxHeight, P::MaxWidth, P::LineClamp, P::GridRows],
            Self::Overflow => &[P::OverflowX, P::OverflowY, P::Height, P::Width],
            Self::Layer => &[P::ZIndex, P::Position],
        }
    }
}

const VISIBLE: Told = Told { sight: Sight::Visible, technique: None, cause: NONE, by: Cause::Nothing };

/// Verdicts for every item of a tree.
pub(super) struct Verdicts {
    pub(super) told: Vec<Told>,
    /// Index into `told` by item.
    pub(super) of: Vec<u32>,
}

/// Judges everything.
pub(super) fn judge(
    tree: &Tree<'_>,
    layout: &Layout,
    scene: &Scene,
    viewport: Viewport,
    sheets_missing: bool,
) -> Verdicts {
    let count = tree.items.len();
    let mut eye = Eye {
        tree,
        layout,
        scene,
        viewport,
        sheets_missing,
        veils: vec![None; count],
        told: vec![VISIBLE],
        known: HashMap::new(),
        painters: scene.painters.iter().filter(|painter| painter.positioned).copied().collect(),
        floating: vec![false; count],
        sinks: tree.styles.iter().any(sinks),
        last_bottom: 0.0,
        gap: NONE,
    };
    let mut of = vec![0u32; count];
    let mut leaf = vec![false; count];
    for number in 0..count as u32 {
        let at = number as usize;
        if tree.element(number).is_some() {
            let around = eye.floating.get(tree.items[at].parent as usize).copied().unwrap_or(false);
            eye.floating[at] = around || tree.style(number).is_out_of_flow();
            eye.veils[at] = eye.veil(number);
            let told = eye.element(number);
            leaf[at] = is_replaced(tree.tag(number)) || tree.tag(number) == "frame";
            of[at] = eye.remember(told);
        } else {
            let blank = tree.text(number).is_none_or(|text| text.chars().all(char::is_whitespace));
            leaf[at] = !blank;
            let told = if blank { eye.around(number) } else { eye.text(number) };
            of[at] = eye.remember(told);
        }
    }
    // An element is what the best seen of its contents is.
    let mut best: Vec<Option<u32>> = vec![None; count];
    for number in (0..count).rev() {
        if leaf[number] {
            best[number] = Some(of[number]);
        } else if let Some(seen) = best[number] {
            of[number] = seen;
        }
        let parent = tree.items[number].parent;
        if let (Some(own), true) = (best[number], parent != NONE) {
            let rank = |index: u32| match eye.told[index as usize] {
                Told { sight: Sight::Visible, technique: None, .. } => 3,
                Told { sight: Sight::Visible, .. } => 2,
                Told { sight: Sight::Unsure, .. } => 1,
                Told { sight: Sight::Hidden, .. } => 0,
            };
            let slot = &mut best[parent as usize];
            if slot.is_none_or(|there| rank(there) <= rank(own)) {
                *slot = Some(own);
            }
        }
    }
    Verdicts { told: eye.told, of }
}

struct Eye<'t, 'a> {
    tree: &'t Tree<'a>,
    layout: &'t Layout,
    scene: &'t Scene,
    viewport: Viewport,
    /// A sheet that is not at hand may colour what looks bare here.
    sheets_missing: bool,
    /// What hides an element with all that is in it.
    veils: Vec<Option<Told>>,
    told: Vec<Told>,
    known: HashMap<Told, u32>,
    /// What may lie over others.
    painters: Vec<Painter>,
    /// Whether an element, or one around it, is taken out of the flow.
    floating: Vec<bool>,
    /// Whether anything on the page is painted below the ground.
    sinks: bool,
    last_bottom: f32,
    gap: u32,
}

fn hidden(technique: &'static str, cause: u32, by: Cause) -> Told {
    Told { sight: Sight::Hidden, technique: Some(technique), cause, by }
}

fn unsure(technique: &'static str, cause: u32, by: Cause) -> Told {
    Told { sight: Sight::Unsure, technique: Some(technique), cause, by }
}

/// Whether a box is painted below the ground of what it stands in.
fn sinks(style: &Style) -> bool {
    style.position != "static" && style.z.is_some_and(|z| z < 0)
}

impl Eye<'_, '_> {
    fn remember(&mut self, told: Told) -> u32 {
        if told == VISIBLE {
            return 0;
        }
        *self.known.entry(told).or_insert_with(|| {
            self.told.push(told);
            self.told.len() as u32 - 1
        })
    }

    /// What hides the whole of an element, from outside in.
    fn veil(&self, number: u32) -> Option<Told> {
        let item = &self.tree.items[number as usize];
        if let Some(told) = self.veils.get(item.parent as usize).copied().flatten() {
            return Some(told);
        }
        if item.unrendered == number {
            return Some(hidden("css-display-none-inline", number, Cause::Display));
        }
        if item.closed != NONE {
            return Some(hidden("css-content-visibility", item.closed, Cause::Closed));
        }
        let style = self.tree.style(number);
        let inline = is_inline(self.tree, number);
        if item.parent != NONE {
            let around = self.tree.style(item.parent);
            if around.content_hidden && around.display != "inline" {
                return Some(hidden("css-content-visibility", item.parent, Cause::Closed));
            }
            match self.tree.tag(item.parent) {
                "video" | "audio" | "canvas" | "iframe" => {
                    return Some(hidden("html-template-inert", item.parent, Cause::Element));
                }
                "select" if self.tree.style(item.parent).white_space != "pre" => {
                    return Some(hidden("css-content-visibility", item.parent, Cause::Element));
                }
                _ => {}
            }
            if self.in_the_shade(number, item.parent) {
                return Some(hidden("html-template-inert", item.parent, Cause::Element));
            }
        }
        if self.scene.opacity[number as usize] < 0.1 {
            return Some(hidden("css-opacity-zero", number, Cause::Opacity));
        }
        let filter = style.filter;
        if filter.blur > style.font_px.max(8.0) {
            return Some(hidden("css-bg-image-blend", number, Cause::Filter));
        }
        if filter.washes && !style.background.is_clear() {
            return Some(hidden("css-bg-image-blend", number, Cause::Filter));
        }
        if !inline {
            let turned = style.transforms().iter().filter(|transform| transform.turned).count() % 2 == 1;
            let vanishes = style.transforms().iter().any(|transform| transform.vanishes());
            if vanishes || (turned && style.back_hidden) {
                return Some(hidden("css-transform-scale-zero", number, Cause::Transform));
            }
        }
        self.clipped(number).or_else(|| self.marquee(number))
    }

    /// The light of a shadow host does not fall on children that no slot takes.
    fn in_the_shade(&self, number: u32, host: u32) -> bool {
        let shadow = self.tree.items[host as usize].node.children().take(8).find(|child| {
            child.value().as_element().is_some_and(|element| {
                element.name() == "template" && element.attr("shadowrootmode").is_some()
            })
        });
        let Some(shadow) = shadow else { return false };
        let own = self.tree.items[number as usize].node.id();
        let slots = || {
            shadow
                .descendants()
                .take(2000)
                .any(|inner| inner.value().as_element().is_some_and(|element| element.name() == "slot"))
        };
        shadow.id() != own && !slots()
    }

    fn clipped(&self, number: u32) -> Option<Told> {
        let style = self.tree.style(number);
        let told = hidden("css-clip", number, Cause::Clip);
        if style.clip_path == Clip::Empty {
            return Some(told);
        }
        let frame = self.scene.maps[number as usize].apply(self.layout.frames[number as usize]);
        let nothing = |clip: Clip| match clip {
            Clip::Inset([top, right, bottom, left]) => {
                let across = frame.w.max(1.0) - left.of(frame.w) - right.of(frame.w);
                let down = frame.h.max(1.0) - top.of(frame.h) - bottom.of(frame.h);
                across < 2.0 || down < 2.0
            }
            Clip::Edges([top, right, bottom, left]) => {
                let size = |from: Option<_>, to: Option<_>, whole: f32| {
                    let at = |edge: Option<super::value::Length>, auto: f32| {
                        edge.map_or(auto, |edge| edge.of(whole))
                    };
                    at(to, f32::MAX) - at(from, 0.0)
                };
                size(top, bottom, frame.h) < 2.5 || size(left, right, frame.w) < 2.5
            }
            _ => false,
        };
        if nothing(style.clip_path) || (style.is_out_of_flow() && nothing(style.clip)) {
            return Some(told);
        }
        match &style.mask {
            Image::Gradient(colours)
                if colours.iter().all(|colour| colour.is_clear()) && !colours.is_empty() =>
            {
                Some(hidden("css-bg-image-blend", number, Cause::Mask))
            }
            _ => None,
        }
    }

    fn marquee(&self, number: u32) -> Option<Told> {
        if self.tree.tag(number) != "marquee" {
            return None;
        }
        let element = self.tree.element(number)?;
        let frame = self.layout.frames[number as usize];
        let step =
            element.attr("scrollamount").and_then(super::ua::dimension).map_or(6.0, |length| length.px);
        let tiny = frame.w <= 10.0 || frame.h <= 10.0;
        (tiny || step >= 1000.0).then(|| hidden("html-marquee-tiny", number, Cause::Marquee))
    }

    /// The verdict on what has nothing of its own to show.
    fn around(&self, number: u32) -> Told {
        let parent = self.tree.items[number as usize].parent;
        self.veils.get(parent as usize).copied().flatten().unwrap_or(VISIBLE)
    }

    /// The verdict on an element's own box; what it holds may change it.
    fn element(&mut self, number: u32) -> Told {
        if let Some(told) = self.veils[number as usize] {
            return told;
        }
        let style = self.tree.style(number);
        let tag = self.tree.tag(number);
        if style.hidden {
            return hidden("css-visibility-hidden", number, Cause::Visibility);
        }
        if !is_replaced(tag) {
            return VISIBLE;
        }
        if !self.layout.placed[number as usize] {
            return VISIBLE;
        }
        let frame = self.scene.maps[number as usize].apply(self.layout.frames[number as usize]);
        let window = self.scene.windows[number as usize];
        let least = if matches!(tag, "img" | "svg") { 0.5 } else { 5.5 };
        if frame.w < least || frame.h < least {
            let technique = if tag == "iframe" { "html-iframe-zero" } else { "html-object-embed-zero" };
            return hidden(technique, number, Cause::Size);
        }
        let shown = |axis: usize, size: f32| window.left_of(axis, frame) >= size.min(4.0).min(size * 0.5);
        if !shown(0, frame.w) {
            return self.out_of_window(number, number, 0, frame, window);
        }
        if !shown(1, frame.h) {
            return self.out_of_window(number, number, 1, frame, window);
        }
        self.covered(number, frame).unwrap_or(VISIBLE)
    }

    /// The verdict on a text.
    fn text(&mut self, number: u32) -> Told {
        let parent = self.tree.items[number as usize].parent;
        if parent == NONE {
            return VISIBLE;
        }
        if let Some(told) = self.veils[parent as usize] {
            return told;
        }
        let style = self.tree.style(parent);
        if self.tree.style(parent).content_hidden && style.display != "inline" {
            return hidden("css-content-visibility", parent, Cause::Closed);
        }
        if self.tree.items[parent as usize].closed != NONE || self.closed_text(parent) {
            return hidden("css-content-visibility", parent, Cause::Closed);
        }
        if style.hidden {
            return hidden("css-visibility-hidden", parent, Cause::Visibility);
        }
        let scale = self.scene.maps[parent as usize].scale;
        let smallest = scale[0].abs().min(scale[1].abs());
        if style.painted_px() * smallest < 3.0 {
            let by_scale = style.font_px >= 3.0;
            let technique = if by_scale { "css-transform-scale-zero" } else { "css-font-size-zero" };
            let cause = if by_scale { Cause::Transform } else { Cause::FontSize };
            return hidden(technique, parent, cause);
        }
        if let Some(told) = self.colour(number, parent) {
            return told;
        }
        if !self.layout.placed[number as usize] {
            return VISIBLE;
        }
        self.geometry(number, parent)
    }

    /// Text that stands directly in a closed `<details>`.
    fn closed_text(&self, parent: u32) -> bool {
        self.tree
            .element(parent)
            .is_some_and(|element| element.name() == "details" && element.attr("open").is_none())
    }

    fn geometry(&mut self, number: u32, parent: u32) -> Told {
        let style = self.tree.style(parent);
        let map = self.scene.maps[parent as usize];
        let raw = self.layout.frames[number as usize];
        let raw = Frame { w: raw.w.max(style.font_px * 0.5), ..raw };
        let frame = map.apply(raw);
        let window = self.scene.windows[number as usize];
        let glyph = style.font_px * map.scale[1].abs();
        let needed = [(frame.w * 0.3).min(4.0), (glyph * 0.34).min(frame.h * 0.5)];
        for (axis, needed) in needed.into_iter().enumerate() {
            if window.left_of(axis, frame) < needed {
                return self.out_of_window(number, parent, axis, frame, window);
            }
        }
        if style.font_px < 3.0 {
            return Told { sight: Sight::Visible, ..hidden("css-font-size-zero", parent, Cause::FontSize) };
        }
        let letters = self.tree.text(number).map_or(0, |text| text.trim().chars().take(4).count());
        if style.letter_spacing <= -0.9 * style.font_px && letters > 1 {
            return Told {
                sight: Sight::Visible,
                ..hidden("css-font-size-zero", parent, Cause::LetterSpacing)
            };
        }
        if let Some(told) = self.covered(number, frame) {
            return told;
        }
        self.far(number, parent, frame)
    }

    /// Painted, but where nobody scrolls to.
    fn far(&mut self, number: u32, parent: u32, frame: Frame) -> Told {
        let in_flow = !self.floating[parent as usize];
        let window = self.scene.windows[number as usize];
        let page_scrolls = window.by[1] == NONE;
        if frame.x > 3.0 * self.viewport.width {
            let told = self.mover(parent, 0, NONE);
            let technique = match told.by {
                Cause::Offset => "css-offscreen-position",
                Cause::Margin => "css-offscreen-margin",
                Cause::Transform => "css-offscreen-transform",
                Cause::Indent => "css-text-indent-negative",
                _ => "html-table-far-right",
            };
            return Told { sight: Sight::Visible, ..hidden(technique, told.cause, told.by) };
        }
        let blank = frame.y - self.last_bottom > 5.0 * self.viewport.height;
        if blank && page_scrolls && self.gap == NONE {
            self.gap = if in_flow { parent } else { self.gap };
            if !in_flow {
                let told = self.mover(parent, 1, NONE);
                return Told {
                    sight: Sight::Visible,
                    ..hidden("css-offscreen-position", told.cause, told.by)
                };
            }
        }
        if self.gap != NONE && in_flow {
            return Told { sight: Sight::Visible, ..hidden("html-long-blank-pad", self.gap, Cause::Padding) };
        }
        if in_flow || frame.y < self.last_bottom + self.viewport.height {
            self.last_bottom = self.last_bottom.max(frame.y + frame.h);
        }
        let mut around = self.tree.ancestors(parent).take(6);
        if self.tree.explorer && around.any(|ancestor| self.tree.speaks_explorer(ancestor)) {
            return Told { sight: Sight::Visible, ..hidden("css-ie-expression", parent, Cause::Element) };
        }
        VISIBLE
    }

    /// Why a box is outside what can be seen: the technique and who is to blame.
    fn out_of_window(&self, number: u32, parent: u32, axis: usize, frame: Frame, window: Window) -> Told {
        let by = window.by[axis];
        let moved = self.mover(parent, axis, by);
        let after = [frame.x, frame.y][axis] >= window.edges[axis + 2] - 1.0;
        if by != NONE {
            let style = self.tree.style(by);
            let own = self.scene.maps[by as usize].apply(self.layout.frames[by as usize]);
            let thin = [own.w, own.h][axis];
            let clip = style.clip_path != Clip::None || style.clip != Clip::None;
            if clip && !style.clips(axis) {
                return hidden("css-clip", by, Cause::Clip);
            }
            if self.tree.tag(by) == "marquee" {
                return VISIBLE;
            }
            if thin <= 6.0 || thin < 0.34 * self.tree.style(parent).font_px {
                return self.thin(number, by, axis);
            }
            if style.clamp.is_some() || (moved.by == Cause::Nothing && style.most[axis].is_some()) {
                return hidden("css-max-height-zero", by, Cause::MaxHeight);
            }
            if moved.by == Cause::Nothing {
                let start = [own.x, own.y][axis];
                let place = [frame.x, frame.y][axis];
                let beyond = place - window.edges[axis + 2];
                // Far down, the layout's errors add up.
                if after && place - start > 200.0 && beyond < 0.2 * (place - start) && axis == 1 {
                    return unsure("css-overflow-scrolled", by, Cause::Overflow);
                }
                return hidden("css-overflow-scrolled", by, Cause::Overflow);
            }
            if after && moved.by != Cause::Indent {
                return hidden("css-overflow-scrolled", moved.cause, moved.by);
            }
        }
        let technique = match moved.by {
            Cause::Margin => "css-offscreen-margin",
            Cause::Transform => "css-offscreen-transform",
            Cause::Indent => "css-text-indent-negative",
            Cause::Nothing if by == NONE => return unsure("css-offscreen-position", parent, Cause::Offset),
            _ => "css-offscreen-position",
        };
        hidden(technique, moved.cause, moved.by)
    }

    /// A box of (nearly) no height or width hides what is in it.
    fn thin(&self, number: u32, by: u32, axis: usize) -> Told {
        let style = self.tree.style(by);
        let outer = self.tree.items[by as usize].parent;
        let from_grid =
            outer != NONE && self.tree.style(outer).rows.as_ref().is_some_and(|rows| rows.first_is_nothing);
        if axis == 1 && from_grid {
            return hidden("css-max-height-zero", outer, Cause::MaxHeight);
        }
        if style.most[axis].is_some_and(|most| most.of(0.0) <= 6.0) {
            return hidden("css-max-height-zero", by, Cause::MaxHeight);
        }
        if axis == 1
            && style.size[1].is_none()
            && style.clamp.is_none()
            && self.tree.style(number).line_height() < 3.0
        {
            return hidden("css-line-height-zero", by, Cause::LineHeight);
        }
        hidden("css-zero-size-box", by, Cause::Size)
    }

    /// The declaration that moved a box the farthest, between it and the element that cuts.
    fn mover(&self, parent: u32, axis: usize, by: u32) -> Told {
        let mut best = (40.0, Told { by: Cause::Nothing, cause: parent, ..VISIBLE });
        let indent = self.tree.style(parent).indent.of(self.viewport.width);
        if axis == 0 && indent.abs() > best.0 {
            best = (indent.abs(), Told { by: Cause::Indent, cause: parent, ..VISIBLE });
        }
        for ancestor in self.tree.ancestors(parent) {
            if ancestor == by {
                break;
            }
            let style = self.tree.style(ancestor);
            let whole = [self.viewport.width, self.viewport.height][axis];
            let frame = self.layout.frames[ancestor as usize];
            let mut weigh = |size: f32, cause: Cause| {
                if size.abs() > best.0 {
                    best = (size.abs(), Told { by: cause, cause: ancestor, ..VISIBLE });
                }
            };
            let sides = if axis == 0 { [3, 1] } else { [0, 2] };
            for side in sides {
                if style.position != "static" {
                    weigh(style.inset[side].map_or(0.0, |length| length.of(whole)), Cause::Offset);
                }
                weigh(style.margin[side].map_or(0.0, |length| length.of(whole)), Cause::Margin);
                weigh(style.padding[side].of(whole), Cause::Padding);
            }
            for transform in style.transforms() {
                weigh(transform.shift[axis].of([frame.w, frame.h][axis]), Cause::Transform);
            }
            if axis == 1 {
                weigh(style.raised, Cause::Offset);
            }
        }
        best.1
    }

    fn colour(&self, number: u32, parent: u32) -> Option<Told> {
        let style = self.tree.style(parent);
        let ink = style.ink();
        let ground = self.scene.grounds[parent as usize];
        let from_picture = || {
            let mut around = self.tree.ancestors(parent).take(8);
            around.any(|ancestor| {
                let style = self.tree.style(ancestor);
                style.clip_text && (style.image != Image::None || !style.background.is_clear())
            })
        };
        if ink.is_clear() {
            if style.shadow || style.stroke || from_picture() {
                return None;
            }
            return Some(hidden("css-same-color", parent, Cause::Colour));
        }
        let under = ground.colour?;
        let Some(top) = ink.over(under, 1.0) else {
            return Some(unsure("css-same-color", parent, Cause::Colour));
        };
        let same = alike(top, under);
        if ground.picture != NONE {
            return self.over_picture(top, same, parent, ground.picture);
        }
        if !same || style.shadow || style.stroke {
            return None;
        }
        if !self.layout.placed[number as usize] {
            return Some(unsure("css-same-color", parent, Cause::Colour));
        }
        let frame = self.scene.maps[parent as usize].apply(self.layout.frames[number as usize]);
        match self.stands_on_another(parent, ground.painter, frame) {
            None if self.sheets_missing && ground.painter == NONE => {
                Some(unsure("css-same-color", parent, Cause::Colour))
            }
            None => Some(hidden("css-same-color", parent, Cause::Colour)),
            Some(Some(other)) if !alike(top, other) => None,
            Some(Some(_)) => Some(hidden("css-same-color", parent, Cause::Colour)),
            Some(None) => Some(unsure("css-same-color", parent, Cause::Colour)),
        }
    }

    fn over_picture(&self, top: [f32; 3], same: bool, parent: u32, picture: u32) -> Option<Told> {
        match &self.tree.style(picture).image {
            Image::Gradient(colours) => {
                let all = !colours.is_empty()
                    && colours.iter().all(|colour| match colour {
                        Ink::Rgba(rgb, alpha) if *alpha > 0.97 => alike(top, *rgb),
                        Ink::Rgba(_, alpha) if *alpha < 0.03 => same,
                        _ => false,
                    });
                all.then(|| hidden("css-bg-image-blend", parent, Cause::Picture))
            }
            _ if same => Some(unsure("css-bg-image-blend", parent, Cause::Picture)),
            _ => None,
        }
    }

    /// Whether something other than the ancestor that gave the colour lies behind the text, and its colour if known.
    fn stands_on_another(&self, parent: u32, painter: u32, frame: Frame) -> Option<Option<[f32; 3]>> {
        let middle = [frame.x + frame.w.min(40.0) / 2.0, frame.y + frame.h / 2.0];
        let holds = |frame: Frame, slack: f32| {
            middle[0] >= frame.x - slack
                && middle[0] <= frame.x + frame.w + slack
                && middle[1] >= frame.y - slack
                && middle[1] <= frame.y + frame.h + slack
        };
        let out = self.tree.ancestors(parent).any(|ancestor| {
            let style = self.tree.style(ancestor);
            style.position != "static"
                || style.is_transformed()
                || style.margin.iter().flatten().any(|m| m.px < -20.0)
        });
        if painter != NONE && !matches!(self.tree.tag(painter), "body" | "html") {
            let own = self.scene.maps[painter as usize].apply(self.layout.frames[painter as usize]);
            if out && !holds(own, 2.0) {
                return Some(None);
            }
        }
        let behind = self.scene.painters.iter().filter(|other| {
            let item = &self.tree.items[other.number as usize];
            let is_ancestor = other.number <= parent && parent < item.end;
            let above_ground = painter == NONE
                || !(other.number <= painter && painter < self.tree.items[other.number as usize].end);
            !is_ancestor && above_ground && (out || other.positioned) && holds(other.frame, 0.0)
        });
        let nearest =
            behind.reduce(|best, other| if self.order(other.number, best.number) { other } else { best })?;
        let pictured = self.tree.style(nearest.number).image != Image::None
            || is_replaced(self.tree.tag(nearest.number));
        match self.tree.style(nearest.number).background {
            Ink::Rgba(rgb, _) if nearest.certain && !pictured => Some(Some(rgb)),
            _ => Some(None),
        }
    }

    /// Whether something opaque lies over a box.
    fn covered(&self, number: u32, frame: Frame) -> Option<Told> {
        if let Some(told) = self.sunken(number, frame) {
            return Some(told);
        }
        let window = self.scene.windows[number as usize];
        let seen = Frame {
            x: frame.x.max(window.edges[0]),
            y: frame.y.max(window.edges[1]),
            w: window.left_of(0, frame),
            h: window.left_of(1, frame),
        };
        for painter in &self.painters {
            if self.covers(painter, number, seen) {
                let cover = hidden("css-overlay-cover", painter.number, Cause::Layer);
                return Some(Told {
                    sight: if painter.certain { Sight::Hidden } else { Sight::Unsure },
                    ..cover
                });
            }
        }
        None
    }

    fn covers(&self, painter: &Painter, number: u32, seen: Frame) -> bool {
        let over = painter.frame;
        let slack = 2.0;
        let holds = seen.x >= over.x - slack
            && seen.y >= over.y - slack
            && seen.x + seen.w <= over.x + over.w + slack
            && seen.y + seen.h <= over.y + over.h + slack;
        let tree = self.tree;
        let inside = painter.number <= number && number < tree.items[painter.number as usize].end;
        let around = number <= painter.number && painter.number < tree.items[number as usize].end;
        if inside || around {
            return false;
        }
        if painter.fixed {
            let whole = over.x <= 1.0
                && over.y <= 1.0
                && over.w >= 0.98 * self.viewport.width
                && over.h >= 0.98 * self.viewport.height;
            return whole && self.order(painter.number, number);
        }
        holds && self.order(painter.number, number)
    }

    /// Whether one thing is painted after the other.
    fn order(&self, over: u32, under: u32) -> bool {
        let tree = self.tree;
        let line = |number: u32| -> Vec<u32> { tree.ancestors(number).collect() };
        let (over_line, under_line) = (line(over), line(under));
        let common = over_line.iter().rev().zip(under_line.iter().rev()).take_while(|(a, b)| a == b).count();
        let layer = |line: &[u32]| -> (i32, bool) {
            for number in line.iter().rev().skip(common) {
                let style = tree.style(*number);
                if style.position != "static" || style.stacks() {
                    return (style.z.unwrap_or(0), true);
                }
            }
            (0, false)
        };
        let (a, b) = (layer(&over_line), layer(&under_line));
        if a == b { over > under && a.1 } else { a > b }
    }

    /// `z-index: -1`: painted below the background of what it stands in.
    fn sunken(&self, number: u32, frame: Frame) -> Option<Told> {
        if !self.sinks {
            return None;
        }
        let tree = self.tree;
        let low = tree.ancestors(number).take(64).find(|ancestor| sinks(tree.style(*ancestor)))?;
        let told = hidden("css-zindex-under", low, Cause::Layer);
        let holds = |over: Frame| {
            frame.x >= over.x - 2.0
                && frame.y >= over.y - 2.0
                && frame.x + frame.w <= over.x + over.w + 2.0
                && frame.y + frame.h <= over.y + over.h + 2.0
        };
        for ancestor in tree.ancestors(low).skip(1) {
            let tag = tree.tag(ancestor);
            let style = tree.style(ancestor);
            if tag == "html" || style.stacks() {
                break;
            }
            let propagates = tag == "body" && {
                let root = tree.items[ancestor as usize].parent;
                root == NONE || tree.style(root).background.is_clear()
            };
            let opaque = matches!(style.background, Ink::Rgba(_, alpha) if alpha > 0.9);
            let own = self.scene.maps[ancestor as usize].apply(self.layout.frames[ancestor as usize]);
            if opaque && !propagates && holds(own) {
                return Some(told);
            }
        }
        let end = tree.items[low as usize].end;
        let covered = self.scene.painters.iter().any(|painter| {
            let inside = low <= painter.number && painter.number < end;
            let around = painter.number <= low && low < tree.items[painter.number as usize].end;
            !inside
                && !around
                && painter.certain
                && !painter.fixed
                && holds(painter.frame)
                && self.order(painter.number, number)
        });
        covered.then_some(told)
    }
}
