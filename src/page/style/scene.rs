//! The page as painted: where boxes end up after transformations, what clips them, what lies behind and before them.

use super::colour::Ink;
use super::computed::Style;
use super::layout::{Frame, Layout, is_replaced};
use super::shape::{Clip, Image};
use super::tree::{NONE, Tree};
use crate::page::Viewport;

/// A place in the page from which on things cannot be seen, and who is to blame per axis.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    /// Left, top, right, bottom.
    pub(super) edges: [f32; 4],
    /// The item that cuts across and down; [`NONE`] for the page's own edges.
    pub(super) by: [u32; 2],
}

impl Window {
    fn cut(&mut self, axis: usize, from: f32, to: f32, by: u32) {
        if from > self.edges[axis] {
            self.edges[axis] = from;
            self.by[axis] = by;
        }
        if to < self.edges[axis + 2] {
            self.edges[axis + 2] = to;
            self.by[axis] = by;
        }
    }

    /// How much of a rectangle is left along an axis.
    pub(super) fn left_of(&self, axis: usize, frame: Frame) -> f32 {
        let (from, size) = if axis == 0 { (frame.x, frame.w) } else { (frame.y, frame.h) };
        (from + size).min(self.edges[axis + 2]) - from.max(self.edges[axis])
    }
}

/// How coordinates of the layout become coordinates of the page.
#[derive(Debug, Clone, Copy)]
pub(super) struct Map {
    pub(super) scale: [f32; 2],
    shift: [f32; 2],
}

impl Map {
    const SAME: Self = Self { scale: [1.0; 2], shift: [0.0; 2] };

    /// Maps a rectangle; a mirrored one is turned back.
    pub(super) fn apply(&self, frame: Frame) -> Frame {
        let axis = |at: usize, from: f32, size: f32| {
            let (a, b) =
                (self.scale[at] * from + self.shift[at], self.scale[at] * (from + size) + self.shift[at]);
            (a.min(b), (b - a).abs())
        };
        let ((x, w), (y, h)) = (axis(0, frame.x, frame.w), axis(1, frame.y, frame.h));
        Frame { x, y, w, h }
    }

    fn moved(mut self, by: [f32; 2]) -> Self {
        for (axis, by) in by.into_iter().enumerate() {
            self.shift[axis] += self.scale[axis] * by;
        }
        self
    }

    /// Scales about a point.
    fn scaled(mut self, factor: [f32; 2], about: [f32; 2]) -> Self {
        for axis in 0..2 {
            self.shift[axis] += self.scale[axis] * about[axis] * (1.0 - factor[axis]);
            self.scale[axis] *= factor[axis];
        }
        self
    }
}

/// What lies behind the text of an element.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ground {
    /// Its colour; `None` if it cannot be told.
    pub(super) colour: Option<[f32; 3]>,
    /// The element whose picture lies over that colour.
    pub(super) picture: u32,
    /// The element that painted the colour.
    pub(super) painter: u32,
}

/// Something opaque that may lie over or under others.
#[derive(Debug, Clone, Copy)]
pub(super) struct Painter {
    pub(super) number: u32,
    pub(super) frame: Frame,
    /// Whether it is certain that nothing shines through.
    pub(super) certain: bool,
    pub(super) positioned: bool,
    pub(super) fixed: bool,
}

/// The painted page.
pub(super) struct Scene {
    pub(super) maps: Vec<Map>,
    /// What clips the box itself.
    pub(super) windows: Vec<Window>,
    /// What clips its contents.
    pub(super) inner: Vec<Window>,
    pub(super) grounds: Vec<Ground>,
    pub(super) opacity: Vec<f32>,
    pub(super) painters: Vec<Painter>,
}

/// Most painters that are remembered; the largest stay.
const MAX_PAINTERS: usize = 200;

impl Scene {
    /// Puts everything in its place.
    pub(super) fn new(tree: &Tree<'_>, layout: &Layout, viewport: Viewport) -> Self {
        let count = tree.items.len();
        let root = root_window(tree, viewport);
        let mut scene = Self {
            maps: vec![Map::SAME; count],
            windows: vec![root; count],
            inner: vec![root; count],
            grounds: vec![Ground { colour: Some([255.0; 3]), picture: NONE, painter: NONE }; count],
            opacity: vec![1.0; count],
            painters: Vec::new(),
        };
        let viewport_owner = overflow_owner(tree);
        for number in 0..count as u32 {
            let item = &tree.items[number as usize];
            if item.unrendered != NONE {
                continue;
            }
            if tree.element(number).is_some() {
                scene.enter(tree, layout, viewport, number, viewport_owner, root);
            } else if item.parent != NONE {
                let (at, parent) = (number as usize, item.parent as usize);
                scene.maps[at] = scene.maps[parent];
                scene.windows[at] = scene.inner[parent];
                scene.grounds[at] = scene.grounds[parent];
                scene.opacity[at] = scene.opacity[parent];
            }
        }
        scene.painters.sort_by(|a, b| (b.frame.w * b.frame.h).total_cmp(&(a.frame.w * a.frame.h)));
        scene.painters.truncate(MAX_PAINTERS);
        scene
    }

    fn enter(
        &mut self,
        tree: &Tree<'_>,
        layout: &Layout,
        viewport: Viewport,
        number: u32,
        viewport_owner: u32,
        root: Window,
    ) {
        let at = number as usize;
        let item = &tree.items[at];
        let style = tree.style(number);
        let frame = layout.frames[at];
        let out = style.is_out_of_flow();
        let anchor = if out { layout.anchors[at] } else { item.parent };
        let base = self.maps.get(anchor as usize).copied().unwrap_or(Map::SAME);
        let inline = is_inline(tree, number);
        self.maps[at] = place(base, style, frame, layout, item.parent, inline);
        let visual = self.maps[at].apply(frame);
        let mut window = match (anchor, style.position) {
            (NONE, "fixed") => Window { edges: [0.0, 0.0, viewport.width, viewport.height], by: [NONE; 2] },
            (NONE, _) => root,
            _ => self.inner[anchor as usize],
        };
        clip_own(&mut window, style, visual, number);
        self.windows[at] = window;
        self.inner[at] = window;
        if layout.placed[at] && number != viewport_owner && !inline && !style.display.starts_with("table-") {
            clip_inner(&mut self.inner[at], style, visual, number);
        }
        let around = self.opacity.get(item.parent as usize).copied().unwrap_or(1.0);
        self.opacity[at] = around * style.opacity * style.filter.opacity;
        self.grounds[at] = self.ground(tree, number, style);
        self.remember(tree, number, style, visual);
    }

    fn ground(&self, tree: &Tree<'_>, number: u32, style: &Style) -> Ground {
        let parent = tree.items[number as usize].parent;
        let white = Ground { colour: Some([255.0; 3]), picture: NONE, painter: NONE };
        let mut ground = self.grounds.get(parent as usize).copied().unwrap_or(white);
        if parent == NONE && tree.tag(number) == "html" {
            // The body's colour is that of the whole window unless the root has one.
            if let Some(body) = tree.children(number).find(|child| tree.tag(*child) == "body")
                && style.background.is_clear()
                && style.image == Image::None
            {
                ground = paint(ground, tree.style(body), body);
            }
        }
        if style.clip_text { ground } else { paint(ground, style, number) }
    }

    fn remember(&mut self, tree: &Tree<'_>, number: u32, style: &Style, visual: Frame) {
        if matches!(tree.tag(number), "html" | "body") || visual.w < 4.0 || visual.h < 4.0 || style.hidden {
            return;
        }
        let window = &self.windows[number as usize];
        let (from_x, from_y) = (visual.x.max(window.edges[0]), visual.y.max(window.edges[1]));
        let w = window.left_of(0, visual);
        let h = window.left_of(1, visual);
        if w < 4.0 || h < 4.0 || self.opacity[number as usize] < 0.5 {
            return;
        }
        let solid = matches!(style.background, Ink::Rgba(_, alpha) if alpha > 0.9);
        let tag = tree.tag(number);
        let pictured = style.image != Image::None || (is_replaced(tag) && tag != "object");
        if !solid && !pictured {
            return;
        }
        let chain = tree.ancestors(number).take(64);
        let mut positioned = false;
        let mut fixed = false;
        for ancestor in chain {
            let style = tree.style(ancestor);
            positioned |= style.position != "static" || style.stacks();
            fixed |= matches!(style.position, "fixed" | "sticky");
        }
        let certain = solid && self.opacity[number as usize] > 0.9;
        let frame = Frame { x: from_x, y: from_y, w, h };
        self.painters.push(Painter { number, frame, certain, positioned, fixed });
        if self.painters.len() > 20 * MAX_PAINTERS {
            self.painters.sort_by(|a, b| (b.frame.w * b.frame.h).total_cmp(&(a.frame.w * a.frame.h)));
            self.painters.truncate(MAX_PAINTERS);
        }
    }
}

/// Whether an element is a box in a line, which cannot be transformed or clip.
pub(super) fn is_inline(tree: &Tree<'_>, number: u32) -> bool {
    let style = tree.style(number);
    let parent = tree.items[number as usize].parent;
    let in_boxes = parent != NONE
        && matches!(tree.style(parent).display, "flex" | "inline-flex" | "grid" | "inline-grid");
    matches!(style.display, "inline" | "contents")
        && !is_replaced(tree.tag(number))
        && !style.is_out_of_flow()
        && style.float == "none"
        && !in_boxes
}

fn paint(mut ground: Ground, style: &Style, number: u32) -> Ground {
    if !style.background.is_clear() {
        let opaque = matches!(style.background, Ink::Rgba(_, alpha) if alpha > 0.97);
        let under = ground.colour.or(opaque.then_some([255.0; 3]));
        ground.colour = under.and_then(|under| style.background.over(under, 1.0));
        ground.painter = number;
        if opaque {
            ground.picture = NONE;
        }
    }
    if style.image != Image::None {
        ground.picture = number;
    }
    ground
}

fn place(base: Map, style: &Style, frame: Frame, layout: &Layout, parent: u32, inline: bool) -> Map {
    let mut map = base;
    if style.position == "relative" {
        let around = layout.frames.get(parent as usize).copied().unwrap_or_default();
        let x = match (style.inset[3], style.inset[1]) {
            (Some(left), _) => left.of(around.w),
            (None, Some(right)) => -right.of(around.w),
            _ => 0.0,
        };
        let y = match (style.inset[0], style.inset[2]) {
            (Some(top), _) => top.of(around.h),
            (None, Some(bottom)) => -bottom.of(around.h),
            _ => 0.0,
        };
        map = map.moved([x, y]);
    }
    if style.zoom != 1.0 {
        map = map.scaled([style.zoom; 2], [frame.x, frame.y]);
    }
    if style.is_transformed() && !inline {
        let middle = [frame.x + frame.w / 2.0, frame.y + frame.h / 2.0];
        for transform in style.transforms() {
            if transform.some {
                map = map.moved([transform.shift[0].of(frame.w), transform.shift[1].of(frame.h)]);
                map = map.scaled(transform.scale, middle);
            }
        }
    }
    map
}

fn clip_own(window: &mut Window, style: &Style, visual: Frame, number: u32) {
    let clip = if style.is_out_of_flow() { style.clip } else { Clip::None };
    for clip in [style.clip_path, clip] {
        let (w, h) = (visual.w, visual.h);
        let edges = match clip {
            Clip::Edges(edges) => [
                edges[3].map_or(f32::MIN, |left| left.of(w)),
                edges[0].map_or(f32::MIN, |top| top.of(h)),
                edges[1].map_or(f32::MAX, |right| right.of(w)),
                edges[2].map_or(f32::MAX, |bottom| bottom.of(h)),
            ],
            Clip::Inset(sides) => [sides[3].of(w), sides[0].of(h), w - sides[1].of(w), h - sides[2].of(h)],
            _ => continue,
        };
        window.cut(0, visual.x + edges[0], visual.x + edges[2], number);
        window.cut(1, visual.y + edges[1], visual.y + edges[3], number);
    }
}

fn clip_inner(window: &mut Window, style: &Style, visual: Frame, number: u32) {
    let both = [style.overflow[0], style.overflow[1]];
    let plain = |value: &str| matches!(value, "visible" | "clip");
    for axis in 0..2 {
        let own = both[axis];
        let other = both[1 - axis];
        let acting = match own {
            "visible" if !plain(other) => "auto",
            own => own,
        };
        let (from, size) = if axis == 0 { (visual.x, visual.w) } else { (visual.y, visual.h) };
        match acting {
            "hidden" | "clip" => window.cut(axis, from, from + size, number),
            "auto" | "scroll" | "overlay" => {
                if window.left_of(axis, visual) < 4.0 {
                    window.cut(axis, from, from + size, number);
                } else {
                    // Whatever lies further on can be scrolled to.
                    window.edges[axis] = if style.rtl && axis == 0 { f32::MIN } else { from };
                    window.edges[axis + 2] = f32::MAX;
                    window.by[axis] = number;
                }
            }
            _ => {}
        }
    }
}

/// The element whose `overflow` the window takes over: the root, or else the body.
fn overflow_owner(tree: &Tree<'_>) -> u32 {
    let Some(root) = (0..tree.items.len() as u32).find(|number| tree.tag(*number) == "html") else {
        return NONE;
    };
    if tree.style(root).overflow != ["visible"; 2] {
        return root;
    }
    tree.children(root).find(|child| tree.tag(*child) == "body").unwrap_or(root)
}

fn root_window(tree: &Tree<'_>, viewport: Viewport) -> Window {
    let mut window = Window { edges: [0.0, 0.0, f32::MAX, f32::MAX], by: [NONE; 2] };
    let owner = overflow_owner(tree);
    if owner == NONE {
        return window;
    }
    let style = tree.style(owner);
    if style.rtl {
        window.edges[0] = f32::MIN;
        window.edges[2] = viewport.width;
    }
    for (axis, size) in [viewport.width, viewport.height].into_iter().enumerate() {
        if matches!(style.overflow[axis], "hidden" | "clip") {
            window.edges[axis] = 0.0;
            window.edges[axis + 2] = size;
            window.by[axis] = owner;
        }
    }
    window
}
