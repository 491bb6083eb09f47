//! A light layout: about where every box and text would lie.
//!
//! Letters are taken as squares (Chinese) or half squares (Latin), lines break where the width ends, floats stand in
//! rows, table cells and flex items side by side. That is far from a browser's layout and does not need to be nearer:
//! the questions are "hundreds of pixels off the page?", "in a box of no height?", "behind that box?".

use super::computed::Style;
use super::tree::{NONE, Tree};
use super::value::Length;
use crate::page::Viewport;

/// Deepest nesting that is laid out; what lies deeper has no place and counts as visible.
const MAX_DEPTH: u32 = 320;

/// A rectangle in CSS pixels.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Frame {
    pub(super) x: f32,
    pub(super) y: f32,
    pub(super) w: f32,
    pub(super) h: f32,
}

/// Where everything lies before transformations and relative offsets.
pub(super) struct Layout {
    pub(super) frames: Vec<Frame>,
    /// Whether an item got a place at all.
    pub(super) placed: Vec<bool>,
    /// What a box moves with: its parent, or its containing block.
    pub(super) anchors: Vec<u32>,
    preferred: Vec<f32>,
}

/// Lays the document out.
pub(super) fn lay_out(tree: &Tree<'_>, viewport: Viewport, quirks: bool) -> Layout {
    let count = tree.items.len();
    let mut work = Work {
        tree,
        viewport,
        quirks,
        out: Layout {
            frames: vec![Frame::default(); count],
            placed: vec![false; count],
            anchors: tree.items.iter().map(|item| item.parent).collect(),
            preferred: vec![0.0; count],
        },
        absolute: Vec::new(),
    };
    work.measure();
    let mut next = 0;
    while let Some(item) = tree.items.get(next) {
        if item.parent == NONE && item.unrendered == NONE && tree.element(next as u32).is_some() {
            let room = Room { width: viewport.width, height: Some(viewport.height), shrink: false };
            work.place(next as u32, 0.0, 0.0, room, 0);
        }
        next = item.end as usize;
    }
    let mut at = 0;
    while at < work.absolute.len() {
        let (number, x, y) = work.absolute[at];
        work.place_absolute(number, x, y);
        at += 1;
    }
    work.out
}

#[derive(Clone, Copy)]
struct Room {
    width: f32,
    height: Option<f32>,
    shrink: bool,
}

struct Work<'t, 'a> {
    tree: &'t Tree<'a>,
    viewport: Viewport,
    quirks: bool,
    out: Layout,
    absolute: Vec<(u32, f32, f32)>,
}

/// Where the next thing in a flow goes.
struct Flow {
    left: f32,
    width: f32,
    y: f32,
    line_x: f32,
    line_h: f32,
    in_line: bool,
    indent: f32,
    margin: f32,
    float_left: f32,
    float_right: f32,
    float_y: f32,
    float_h: f32,
    /// How far `vertical-align` lifts what is added.
    raised: f32,
    depth: u32,
}

impl Flow {
    fn start_line(&mut self) {
        if !self.in_line {
            self.in_line = true;
            self.line_h = 0.0;
            self.line_x = self.indent;
            self.indent = 0.0;
            if self.y < self.float_y + self.float_h {
                self.line_x += self.float_left;
            }
            self.margin = 0.0;
        }
    }

    fn end_line(&mut self) {
        if self.in_line {
            self.y += self.line_h;
            self.in_line = false;
        }
    }

    fn clear(&mut self) {
        self.float_left = 0.0;
        self.float_right = 0.0;
        self.float_y += self.float_h;
        self.float_h = 0.0;
    }
}

/// Whether an element is replaced by something of its own: a picture, a frame, a control.
pub(super) fn is_replaced(tag: &str) -> bool {
    matches!(
        tag,
        "img"
            | "iframe"
            | "video"
            | "canvas"
            | "embed"
            | "object"
            | "input"
            | "select"
            | "textarea"
            | "svg"
            | "audio"
    )
}

/// Width of a text on one line.
pub(super) fn advance(text: &str, style: &Style) -> f32 {
    let keeps = style.white_space.starts_with("pre");
    let (mut wide, mut narrow, mut spaces, mut space_open) = (0u32, 0u32, 0u32, true);
    for letter in text.chars() {
        if letter.is_ascii_whitespace() {
            spaces += u32::from(keeps || !space_open);
            space_open = true;
            continue;
        }
        space_open = false;
        match letter {
            '\u{200b}'..='\u{200f}' | '\u{feff}' | '\u{2060}' => {}
            '\u{2e80}'.. => wide += 1,
            _ => narrow += 1,
        }
    }
    let letters = (wide + narrow + spaces) as f32;
    style.font_px * (wide as f32 + 0.5 * narrow as f32 + 0.28 * spaces as f32)
        + letters * style.letter_spacing
        + spaces as f32 * style.word_spacing
}

/// How many lines a text breaks off by itself.
fn broken_lines(text: &str, style: &Style) -> usize {
    match style.white_space {
        "pre" | "pre-wrap" | "pre-line" => memchr::memchr_iter(b'\n', text.as_bytes()).count(),
        _ => 0,
    }
}

impl Work<'_, '_> {
    fn style(&self, number: u32) -> &Style {
        self.tree.style(number)
    }

    /// Preferred widths, children before parents.
    fn measure(&mut self) {
        let count = self.tree.items.len();
        let mut lines = vec![0.0f32; count];
        for number in (0..count as u32).rev() {
            let at = number as usize;
            let item = &self.tree.items[at];
            if item.unrendered != NONE {
                continue;
            }
            if let Some(text) = self.tree.text(number) {
                let style = self.style(number);
                let width = match broken_lines(text, style) {
                    0 => advance(text, style).max(0.0),
                    _ => text.split('\n').map(|line| advance(line, style)).fold(0.0, f32::max),
                };
                self.out.preferred[at] = width;
                self.pass_on(&mut lines, item.parent, width, false);
                continue;
            }
            let style = self.tree.style(number);
            let inner = self.out.preferred[at].max(lines[at]);
            let tag = self.tree.tag(number);
            let sides = |lengths: [Length; 2]| lengths.iter().map(|length| length.px).sum::<f32>();
            let padding = sides([style.padding[1], style.padding[3]]) + style.border[1] + style.border[3];
            let margin =
                sides([style.margin[1].unwrap_or(Length::ZERO), style.margin[3].unwrap_or(Length::ZERO)]);
            let own = match style.size[0] {
                Some(length) if length.share == 0.0 && style.display != "inline" => length.px,
                _ if is_replaced(tag) => natural(tag)[0],
                _ => inner + style.indent.px.max(0.0),
            };
            let own = match style.most[0] {
                Some(most) if most.share == 0.0 => own.min(most.px),
                _ => own,
            };
            let least = style.least[0].map_or(0.0, |least| least.px);
            let total = own.max(least) + padding + margin;
            self.out.preferred[at] = total;
            if !style.is_out_of_flow() {
                let block = is_block(style) || tag == "br";
                self.pass_on(&mut lines, item.parent, total, block && style.float == "none");
            }
        }
    }

    fn pass_on(&mut self, lines: &mut [f32], parent: u32, width: f32, block: bool) {
        if parent == NONE {
            return;
        }
        let at = parent as usize;
        let around = self.style(parent);
        let in_row =
            matches!(around.display, "table-row" | "flex" | "inline-flex") && !around.column_direction;
        if block && !in_row {
            self.out.preferred[at] = self.out.preferred[at].max(lines[at]).max(width);
            lines[at] = 0.0;
        } else {
            lines[at] += width;
        }
    }

    fn resolve(&self, length: Option<Length>, whole: f32) -> Option<f32> {
        length.map(|length| length.of(whole))
    }

    /// Lays out a block box with the top left corner of its margin at a point; gives its outer size.
    fn place(&mut self, number: u32, x: f32, y: f32, room: Room, depth: u32) -> [f32; 2] {
        if depth > MAX_DEPTH {
            return [0.0; 2];
        }
        let tree = self.tree;
        let style = tree.style(number);
        let tag = tree.tag(number);
        let margin = style.margin.map(|side| self.resolve(side, room.width));
        let padding = style.padding.map(|side| side.of(room.width).max(0.0));
        let edges = [
            padding[3] + padding[1] + style.border[1] + style.border[3],
            padding[0] + padding[2] + style.border[0] + style.border[2],
        ];
        let outer = |side: usize| margin[side].unwrap_or(0.0);
        let width = self.width(number, style, tag, room, edges[0], outer(1) + outer(3));
        let mut left = outer(3);
        if margin[3].is_none() && !room.shrink {
            let spare = (room.width - width - outer(1)).max(0.0);
            left = if margin[1].is_none() { spare / 2.0 } else { spare };
        }
        let at = [x + left, y + outer(0)];
        let definite = self.height(style, tag, room, edges[1], width);
        let inside = definite.map(|height| (height - edges[1]).max(0.0));
        let content = [at[0] + style.border[3] + padding[3], at[1] + style.border[0] + padding[0]];
        self.out.placed[number as usize] = true;
        self.out.frames[number as usize] = Frame { x: at[0], y: at[1], w: width, h: definite.unwrap_or(0.0) };
        let inner_width = (width - edges[0]).max(0.0);
        let flowed = if is_replaced(tag) {
            if matches!(tag, "select" | "textarea" | "object") {
                self.flow(number, style, content, inner_width, inside, depth);
            }
            definite.map_or(natural(tag)[1], |height| height - edges[1])
        } else {
            self.flow(number, style, content, inner_width, inside, depth)
        };
        let flowed = match style.clamp {
            Some(lines) if style.display == "-webkit-box" => flowed.min(lines.max(1.0) * style.line_height()),
            _ => flowed,
        };
        let mut height = definite.unwrap_or(flowed + edges[1]);
        let border_box = style.border_box;
        let extra = if border_box { 0.0 } else { edges[1] };
        if let Some(most) = self.vertical(style.most[1], room) {
            height = height.min(most + extra);
        }
        if let Some(least) = self.vertical(style.least[1], room) {
            height = height.max(least + extra);
        }
        self.out.frames[number as usize].h = height;
        [left + width + outer(1), outer(0) + height + outer(2)]
    }

    fn width(&self, number: u32, style: &Style, tag: &str, room: Room, edges: f32, margins: f32) -> f32 {
        let extra = if style.border_box { 0.0 } else { edges };
        let preferred = self.out.preferred[number as usize] - margins.max(0.0);
        let natural_width = match self.resolve(style.size[0], room.width) {
            Some(width) if style.display != "inline" || is_replaced(tag) => (width + extra).max(0.0),
            _ if is_replaced(tag) => match (style.ratio > 0.0, style.size[1]) {
                (true, Some(height)) => height.px * style.ratio,
                _ => natural(tag)[0],
            },
            _ if tag == "table" || style.display == "table" => preferred.min(room.width).max(0.0),
            _ if room.shrink => preferred.min(room.width.max(0.0)),
            _ => (room.width - margins).max(0.0),
        };
        let mut width = natural_width;
        if let Some(most) = self.resolve(style.most[0], room.width) {
            width = width.min(most + extra);
        }
        if let Some(least) = self.resolve(style.least[0], room.width) {
            width = width.max(least + extra);
        }
        width
    }

    fn height(&self, style: &Style, tag: &str, room: Room, edges: f32, width: f32) -> Option<f32> {
        let extra = if style.border_box { 0.0 } else { edges };
        if matches!(tag, "html" | "body") && self.quirks && style.size[1].is_none() {
            // In quirks mode the body is as high as the window at least; percentages in it resolve.
            return None;
        }
        let own = self.vertical(style.size[1], room).map(|height| height + extra);
        own.or_else(|| (style.ratio > 0.0).then(|| width / style.ratio))
    }

    /// A vertical length; percentages of an unknown height are none.
    fn vertical(&self, length: Option<Length>, room: Room) -> Option<f32> {
        let length = length?;
        if length.share == 0.0 {
            return Some(length.of(0.0));
        }
        match room.height {
            Some(height) => Some(length.of(height)),
            None if self.quirks => Some(length.of(self.viewport.height)),
            None => None,
        }
    }

    /// Lays out the inside of a box; gives the height it takes.
    fn flow(
        &mut self,
        number: u32,
        style: &Style,
        at: [f32; 2],
        width: f32,
        height: Option<f32>,
        depth: u32,
    ) -> f32 {
        let tree = self.tree;
        match style.display {
            "flex" | "inline-flex" | "-webkit-flex" if !style.column_direction => {
                return self.row(number, at, width, height, depth);
            }
            "table-row" => return self.row(number, at, width, height, depth),
            "grid" | "inline-grid" => return self.grid(number, style, at, width, height, depth),
            _ => {}
        }
        let mut flow = Flow {
            left: at[0],
            width,
            y: at[1],
            line_x: 0.0,
            line_h: 0.0,
            in_line: false,
            indent: style.indent.of(width),
            margin: 0.0,
            float_left: 0.0,
            float_right: 0.0,
            float_y: at[1],
            float_h: 0.0,
            raised: 0.0,
            depth,
        };
        for child in tree.children(number) {
            self.add(&mut flow, child, height);
        }
        flow.end_line();
        let bottom = flow.y.max(flow.float_y + flow.float_h);
        (bottom - at[1]).max(0.0)
    }

    /// Adds one child to a flow.
    fn add(&mut self, flow: &mut Flow, number: u32, height: Option<f32>) {
        let tree = self.tree;
        let item = &tree.items[number as usize];
        if item.unrendered != NONE || item.closed != NONE {
            return;
        }
        if let Some(text) = tree.text(number) {
            return self.add_text(flow, number, text);
        }
        let style = tree.style(number);
        let tag = tree.tag(number);
        if tag == "br" {
            flow.start_line();
            flow.line_h = flow.line_h.max(style.line_height());
            self.out.frames[number as usize] =
                Frame { x: flow.left + flow.line_x, y: flow.y, w: 0.0, h: 0.0 };
            self.out.placed[number as usize] = true;
            flow.end_line();
            return;
        }
        if style.is_out_of_flow() {
            let x = flow.left + if flow.in_line { flow.line_x } else { 0.0 };
            self.absolute.push((number, x, flow.y));
            return;
        }
        if style.float == "left" || style.float == "right" {
            return self.add_float(flow, number, style.float == "left", height);
        }
        let inline = style.display == "inline" && !is_replaced(tag);
        if style.display == "contents" || (inline && flow.depth < MAX_DEPTH) {
            return self.add_inline(flow, number, height);
        }
        if !is_block(style) {
            return self.add_atom(flow, number, height);
        }
        flow.end_line();
        let room = Room { width: flow.width, height, shrink: false };
        let top = style.margin[0].map_or(0.0, |margin| margin.of(flow.width));
        let collapsed = if flow.margin > 0.0 && top > 0.0 { flow.margin.min(top) } else { 0.0 };
        let size = self.place(number, flow.left, flow.y - collapsed, room, flow.depth + 1);
        flow.y += size[1] - collapsed;
        flow.margin = style.margin[2].map_or(0.0, |margin| margin.of(flow.width));
    }

    fn add_text(&mut self, flow: &mut Flow, number: u32, text: &str) {
        let style = self.style(number);
        let wraps = !matches!(style.white_space, "nowrap" | "pre");
        if text.trim_ascii().is_empty() && !style.white_space.starts_with("pre") {
            if flow.in_line {
                flow.line_x += style.font_px * 0.28;
            }
            return;
        }
        let width = self.out.preferred[number as usize];
        let line = style.line_height();
        let font = style.font_px;
        let raised = flow.raised;
        flow.start_line();
        flow.line_h = flow.line_h.max(line);
        let breaks = broken_lines(text, style);
        if breaks > 0 {
            let last = text.rsplit('\n').next().map_or(0.0, |last| advance(last, style));
            let frame = Frame { x: flow.left, y: flow.y, w: width, h: breaks as f32 * line + font };
            flow.y += breaks as f32 * line;
            flow.line_x = last;
            self.out.frames[number as usize] = frame;
            self.out.placed[number as usize] = true;
            return;
        }
        let half_leading = (line - font) / 2.0;
        let (x, y) = (flow.left + flow.line_x, flow.y + half_leading - raised);
        let frame = if !wraps || flow.line_x + width <= flow.width + 0.5 {
            flow.line_x += width;
            Frame { x, y, w: width, h: font }
        } else {
            let room = flow.width.max(font);
            let total = flow.line_x.max(0.0) + width;
            let lines = (total / room).ceil().clamp(1.0, 100_000.0);
            flow.line_x = total - (lines - 1.0) * room;
            let above = (lines - 1.0) * line;
            flow.y += above;
            Frame { x: flow.left.min(x), y, w: room, h: above + font }
        };
        self.out.frames[number as usize] = frame;
        self.out.placed[number as usize] = true;
    }

    fn add_inline(&mut self, flow: &mut Flow, number: u32, height: Option<f32>) {
        let tree = self.tree;
        let style = tree.style(number);
        let contents = style.display == "contents";
        let side = |index: usize| {
            if contents {
                return 0.0;
            }
            style.margin[index].map_or(0.0, |margin| margin.of(flow.width))
                + style.padding[index].of(flow.width)
        };
        let (before, after) = (side(3), side(1));
        if before != 0.0 {
            flow.start_line();
            flow.line_x += before;
        }
        let start = [flow.left + if flow.in_line { flow.line_x } else { 0.0 }, flow.y];
        flow.depth += 1;
        flow.raised += style.raised;
        let mut union: Option<Frame> = None;
        for child in tree.children(number) {
            self.add(flow, child, height);
            let child_style = tree.style(child);
            let skip = tree.element(child).is_some() && child_style.is_out_of_flow();
            if self.out.placed[child as usize] && !skip {
                let frame = self.out.frames[child as usize];
                union = Some(union.map_or(frame, |all| all.with(frame)));
            }
        }
        flow.depth -= 1;
        flow.raised -= style.raised;
        if flow.in_line {
            flow.line_x += after;
        }
        self.out.frames[number as usize] =
            union.unwrap_or(Frame { x: start[0], y: start[1], w: 0.0, h: 0.0 });
        self.out.placed[number as usize] = true;
    }

    /// Adds an inline-block or a replaced element.
    fn add_atom(&mut self, flow: &mut Flow, number: u32, height: Option<f32>) {
        let raised = self.style(number).raised + flow.raised;
        let nowrap = {
            let parent = self.tree.items[number as usize].parent;
            parent != NONE && matches!(self.style(parent).white_space, "nowrap" | "pre")
        };
        let estimate = self.outer_width(number, flow.width);
        flow.start_line();
        if !nowrap && flow.line_x > 0.0 && flow.line_x + estimate > flow.width + 0.5 {
            flow.end_line();
            flow.start_line();
        }
        let room = Room { width: flow.width, height, shrink: true };
        let size = self.place(number, flow.left + flow.line_x, flow.y - raised, room, flow.depth + 1);
        flow.line_x += size[0];
        flow.line_h = flow.line_h.max(size[1]);
    }

    fn add_float(&mut self, flow: &mut Flow, number: u32, left: bool, height: Option<f32>) {
        let estimate = self.outer_width(number, flow.width);
        flow.float_y = flow.float_y.max(if flow.float_h == 0.0 { flow.y } else { flow.float_y });
        if flow.float_left + flow.float_right + estimate > flow.width + 0.5
            && flow.float_left + flow.float_right > 0.0
        {
            flow.clear();
        }
        let x = match left {
            true => flow.left + flow.float_left,
            false => flow.left + flow.width - flow.float_right - estimate,
        };
        let room = Room { width: flow.width, height, shrink: true };
        let size = self.place(number, x, flow.float_y, room, flow.depth + 1);
        if left {
            flow.float_left += size[0].max(0.0);
        } else {
            flow.float_right += size[0].max(0.0);
        }
        flow.float_h = flow.float_h.max(size[1]);
    }

    /// About how wide a shrinking box with its margins is.
    fn outer_width(&self, number: u32, room: f32) -> f32 {
        let style = self.style(number);
        let margins: f32 =
            [1, 3].iter().map(|side: &usize| style.margin[*side].map_or(0.0, |margin| margin.of(room))).sum();
        match style.size[0] {
            Some(length) => {
                let padding = style.padding[1].of(room) + style.padding[3].of(room);
                length.of(room) + margins + if style.border_box { 0.0 } else { padding }
            }
            None => self.out.preferred[number as usize].min(room.max(0.0) + margins.min(0.0)),
        }
    }

    /// Flex items or table cells side by side.
    fn row(&mut self, number: u32, at: [f32; 2], width: f32, height: Option<f32>, depth: u32) -> f32 {
        let tree = self.tree;
        let cells = tree.style(number).display == "table-row";
        let mut widths: Vec<(u32, f32, f32, bool)> = Vec::new();
        for child in tree.children(number) {
            let item = &tree.items[child as usize];
            let blank = tree.text(child).is_some_and(|text| text.trim_ascii().is_empty());
            if item.unrendered != NONE || item.closed != NONE || blank {
                continue;
            }
            let style = tree.style(child);
            if tree.element(child).is_some() && style.is_out_of_flow() {
                self.absolute.push((child, at[0], at[1]));
                continue;
            }
            let is_text = tree.text(child).is_some();
            let own =
                if is_text { self.out.preferred[child as usize] } else { self.outer_width(child, width) };
            let (grow, rigid) = if is_text { (0.0, false) } else { (style.grow, style.rigid) };
            widths.push((child, own, grow, rigid));
        }
        let total: f32 = widths.iter().map(|(_, own, _, _)| own).sum();
        let growth: f32 = widths.iter().map(|(_, _, grow, _)| grow).sum();
        let spare = width - total;
        let soft: f32 = widths.iter().filter(|(.., rigid)| !rigid).map(|(_, own, ..)| own.max(0.0)).sum();
        let mut x = at[0];
        let mut tallest = 0.0f32;
        for (child, own, grow, rigid) in widths {
            let share = if spare > 0.0 && growth > 0.0 {
                own + spare * grow / growth
            } else if spare < 0.0 && soft > 0.0 && !rigid {
                (own + spare * own.max(0.0) / soft).max(0.0)
            } else {
                own
            };
            if let Some(text) = tree.text(child) {
                let mut flow = self.line(x, at[1], share, depth);
                self.add_text(&mut flow, child, text);
                flow.end_line();
                tallest = tallest.max(flow.y - at[1]);
            } else {
                let fixed = tree.style(child).size[0].is_some();
                let room = Room { width: if fixed && !cells { width } else { share }, height, shrink: false };
                let size = self.place(child, x, at[1], room, depth + 1);
                tallest = tallest.max(size[1]);
                if cells || spare < 0.0 {
                    x += share - size[0];
                }
                x += size[0] - share;
            }
            x += share;
        }
        tallest
    }

    fn line(&self, left: f32, y: f32, width: f32, depth: u32) -> Flow {
        Flow {
            left,
            width,
            y,
            line_x: 0.0,
            line_h: 0.0,
            in_line: false,
            indent: 0.0,
            margin: 0.0,
            float_left: 0.0,
            float_right: 0.0,
            float_y: y,
            float_h: 0.0,
            raised: 0.0,
            depth,
        }
    }

    fn grid(
        &mut self,
        number: u32,
        style: &Style,
        at: [f32; 2],
        width: f32,
        height: Option<f32>,
        depth: u32,
    ) -> f32 {
        let tree = self.tree;
        let columns = style.columns.as_ref().map_or(1, |columns| columns.count.clamp(1, 100));
        let nothing = style.rows.as_ref().is_some_and(|rows| rows.first_is_nothing);
        let cell = width / columns as f32;
        let (mut y, mut column, mut tallest, mut first_row) = (at[1], 0, 0.0f32, true);
        for child in tree.children(number) {
            let item = &tree.items[child as usize];
            if item.unrendered != NONE || item.closed != NONE {
                continue;
            }
            if tree.element(child).is_some() && tree.style(child).is_out_of_flow() {
                self.absolute.push((child, at[0], y));
                continue;
            }
            if let Some(text) = tree.text(child) {
                if !text.trim_ascii().is_empty() {
                    let mut flow = self.line(at[0], y, cell, depth);
                    self.add_text(&mut flow, child, text);
                    flow.end_line();
                    y = flow.y;
                }
                continue;
            }
            let room = Room { width: cell, height, shrink: false };
            let mut size = self.place(child, at[0] + cell * column as f32, y, room, depth + 1);
            if nothing && first_row && tree.style(child).clips(1) {
                self.out.frames[child as usize].h = 0.0;
                size[1] = 0.0;
            }
            tallest = tallest.max(size[1]);
            column += 1;
            if column == columns {
                y += tallest;
                (column, tallest, first_row) = (0, 0.0, false);
            }
        }
        y + tallest - at[1]
    }

    /// Lays out an absolutely positioned box; the point is where it would stand in the flow.
    fn place_absolute(&mut self, number: u32, static_x: f32, static_y: f32) {
        let tree = self.tree;
        let style = tree.style(number);
        let holder = self.containing(number);
        let base = match self.out.frames.get(holder as usize) {
            Some(frame) if self.out.placed[holder as usize] => *frame,
            _ => Frame { x: 0.0, y: 0.0, w: self.viewport.width, h: self.viewport.height },
        };
        self.out.anchors[number as usize] = holder;
        let across = |length: Option<Length>| length.map(|length| length.of(base.w));
        let down = |length: Option<Length>| length.map(|length| length.of(base.h));
        let (top, right) = (down(style.inset[0]), across(style.inset[1]));
        let (bottom, left) = (down(style.inset[2]), across(style.inset[3]));
        let mut room = Room { width: base.w, height: Some(base.h), shrink: true };
        if let (Some(left), Some(right), None) = (left, right, style.size[0]) {
            room = Room { width: (base.w - left - right).max(0.0), shrink: false, ..room };
        }
        if holder == NONE || left.is_some() || right.is_some() {
            room.width = room.width.max(0.0);
        }
        let depth = self.tree.items[number as usize].depth.min(MAX_DEPTH / 2);
        let mark = self.absolute.len();
        let size = self.place(number, 0.0, 0.0, room, depth);
        if let (Some(top), Some(bottom), None) = (top, bottom, style.size[1]) {
            self.out.frames[number as usize].h = (base.h - top - bottom).max(0.0);
        }
        let x = match (left, right) {
            (Some(left), _) => base.x + left,
            (None, Some(right)) => base.x + base.w - right - size[0],
            (None, None) => static_x,
        };
        let y = match (top, bottom) {
            (Some(top), _) => base.y + top,
            (None, Some(bottom)) => base.y + base.h - bottom - size[1],
            (None, None) => static_y,
        };
        // Everything inside moves with it: frames are made absolute right away.
        let end = self.tree.items[number as usize].end;
        for inner in number..end {
            let frame = &mut self.out.frames[inner as usize];
            frame.x += x;
            frame.y += y;
        }
        for (_, static_x, static_y) in &mut self.absolute[mark..] {
            *static_x += x;
            *static_y += y;
        }
    }

    /// The item that an absolutely positioned box is placed in; [`NONE`] for the window.
    fn containing(&self, number: u32) -> u32 {
        let fixed = self.style(number).position == "fixed";
        let parent = self.tree.items[number as usize].parent;
        if parent == NONE {
            return NONE;
        }
        let mut ancestors = self.tree.ancestors(parent);
        ancestors
            .find(|ancestor| {
                let style = self.style(*ancestor);
                style.is_transformed() || (!fixed && style.position != "static")
            })
            .unwrap_or(NONE)
    }
}

impl Frame {
    /// The smallest frame around both.
    pub(super) fn with(self, other: Self) -> Self {
        let (x, y) = (self.x.min(other.x), self.y.min(other.y));
        let right = (self.x + self.w).max(other.x + other.w);
        let bottom = (self.y + self.h).max(other.y + other.h);
        Self { x, y, w: right - x, h: bottom - y }
    }
}

fn is_block(style: &Style) -> bool {
    !matches!(
        style.display,
        "inline" | "inline-block" | "inline-flex" | "inline-grid" | "inline-table" | "contents" | "none"
    )
}

/// Size of a replaced element that says nothing about itself.
fn natural(tag: &str) -> [f32; 2] {
    match tag {
        "iframe" | "video" | "canvas" | "embed" | "object" | "svg" => [300.0, 150.0],
        "input" => [150.0, 21.0],
        "select" => [80.0, 20.0],
        "textarea" => [170.0, 36.0],
        "audio" => [300.0, 54.0],
        _ => [100.0, 60.0],
    }
}
