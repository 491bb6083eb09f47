//! What stands in the body: links, text, frames, forms, comments.

use ego_tree::NodeRef;
use memchr::memmem;
use scraper::Node;

use super::super::element::{Attributes, is_odd};
use super::super::fragment::{self, Carrier};
use super::super::{Role, ScriptKind, place};
use super::{
    Block, Draft, Form, Frame, Link, Note, OpenLink, Origin, Script, Sight, Visibility, Walk, fold_into,
    head, is_script_address, region, trim_end, unpainted,
};

impl<'t> Walk<'t, '_> {
    pub(super) fn link(
        &mut self,
        node: NodeRef<'t, Node>,
        attributes: &Attributes<'t>,
        start: Option<usize>,
    ) {
        let Some(href) = attributes.href else { return };
        if self.page.is_full() {
            return;
        }
        let snippet = match start {
            Some(start) => place::snippet(self.source, start, place::link_end(self.source, start)),
            None => (head(href, 400).to_owned(), (0, head(href, 400).len())),
        };
        let index = self.page.links.len();
        self.page.links.push(Link {
            url: self.page.resolve(href),
            href: href.to_owned(),
            text: String::new(),
            title: attributes.get("title").unwrap_or_default().to_owned(),
            rel: attributes.get("rel").map(str::to_ascii_lowercase).unwrap_or_default(),
            origin: self.origin(),
            region: self.region(),
            visibility: self.sight(node),
            selector: self.selector(),
            line: self.line(start),
            snippet,
            block: None,
        });
        if attributes.name == "area" {
            self.page.links[index].text = attributes.get("alt").unwrap_or_default().to_owned();
            return;
        }
        if let Some(open) = self.open.last_mut() {
            open.link = true;
        }
        self.links.push(OpenLink { index, alt: String::new(), sight: None });
    }

    /// What a person sees of a node; nothing of a template's content.
    fn sight(&self, node: NodeRef<'t, Node>) -> Visibility {
        match self.origin() {
            Origin::Inert => unpainted("html-template-inert", "<template>"),
            _ => self.sights.of(node.id()),
        }
    }

    pub(super) fn finish_link(&mut self, link: OpenLink) {
        let found = &mut self.page.links[link.index];
        trim_end(&mut found.text);
        if found.text.is_empty() {
            found.text = link.alt;
            trim_end(&mut found.text);
        }
        // What a person sees of a link is what is seen of its content; the link's own reason is the nearer one.
        if let Some(sight) = link.sight
            && (sight.sight == Sight::Visible || found.visibility.sight == Sight::Visible)
        {
            found.visibility = sight;
        }
    }

    pub(super) fn image(&mut self, node: NodeRef<'t, Node>, attributes: &Attributes<'t>) {
        if self.links.is_empty() {
            return;
        }
        let sight = self.sight(node);
        let Some(link) = self.links.last_mut() else { return };
        fold_into(&mut link.alt, attributes.get("alt").unwrap_or_default());
        see(&mut link.sight, sight);
    }

    pub(super) fn text(&mut self, node: NodeRef<'t, Node>, text: &str) {
        let blank = text.bytes().all(|byte| byte.is_ascii_whitespace());
        if blank {
            // Only the gap between two words matters.
            for draft in [&mut self.seen, &mut self.unseen] {
                if !draft.text.is_empty() {
                    fold_into(&mut draft.text, " ");
                }
            }
            if let Some(link) = self.links.last() {
                fold_into(&mut self.page.links[link.index].text, " ");
            }
            return;
        }
        let sight = self.sight(node);
        let linked = self.links.last().map(|link| link.index);
        if linked.is_none() {
            self.plain_addresses(node, text, &sight);
        }
        if let Some(link) = self.links.last_mut() {
            fold_into(&mut self.page.links[link.index].text, text);
            see(&mut link.sight, sight.clone());
        }
        let start = self.tree.start_of(node.id());
        let origin = match self.origin() {
            Origin::Inert => Origin::Inert,
            _ => self.origin_at(start),
        };
        let draft = if sight.sight == Sight::Hidden { &mut self.unseen } else { &mut self.seen };
        if draft.text.is_empty() {
            draft.start = start + (text.len() - text.trim_start().len());
            draft.origin = Some(origin);
        }
        let before = draft.text.len();
        fold_into(&mut draft.text, text);
        let added = draft.text.len() - before;
        if let Some(index) = linked {
            draft.linked += added;
            if draft.links.last() != Some(&index) {
                draft.links.push(index);
            }
        }
        if draft.sight.as_ref().is_none_or(|(_, bytes)| *bytes < added) {
            draft.sight = Some((sight, added));
            draft.font_px = self.sights.font_px(node.id());
        }
    }

    /// Ends the block at hand: what is seen of it, then what is not.
    pub(super) fn flush(&mut self) {
        for unseen in [false, true] {
            let draft = if unseen { &mut self.unseen } else { &mut self.seen };
            // Whatever entered a draft left its sight there.
            if draft.sight.is_some() {
                let draft = std::mem::take(draft);
                self.end_block(draft);
            }
        }
    }

    fn end_block(&mut self, mut draft: Draft) {
        trim_end(&mut draft.text);
        let Some((visibility, _)) = draft.sight.filter(|_| !draft.text.is_empty()) else { return };
        if self.page.is_full() {
            return;
        }
        let owner = self.open.iter().rposition(|open| open.block).unwrap_or(0);
        let origin = draft.origin.unwrap_or(Origin::Body);
        if matches!(origin, Origin::BeforeDoctype | Origin::AfterEnd) {
            self.page.note(Note::OutsideDocument);
        }
        self.announce(owner, &draft.text);
        let block = self.page.blocks.len();
        for index in draft.links {
            self.page.links[index].block.get_or_insert(block);
        }
        let (role, part) =
            self.open.get(owner).map_or((Role::Text, super::Region::Other), |o| (o.role, o.region));
        self.page.blocks.push(Block {
            linked: draft.linked.min(draft.text.len()),
            text: draft.text,
            role,
            region: part,
            visibility,
            font_px: draft.font_px,
            selector: place::selector(self.open.iter().take(owner + 1).map(|open| open.step)),
            line: self.lines.at(draft.start),
            origin,
        });
    }

    /// A heading such as 友情链接 names the part of the page for what follows it in its surroundings.
    fn announce(&mut self, owner: usize, text: &str) {
        let Some(part) = region::by_heading(text) else { return };
        let above = self.open.len().saturating_sub(owner + 1);
        for open in self.open.iter_mut().rev().skip(above).take(3) {
            if matches!(open.step.name, "body" | "html") {
                break;
            }
            open.region = part;
        }
    }

    /// Addresses that are spelled out in text.
    fn plain_addresses(&mut self, node: NodeRef<'t, Node>, text: &str, sight: &Visibility) {
        let bytes = text.as_bytes();
        if memmem::find(bytes, b"://").is_none() && memmem::find(bytes, b"www.").is_none() {
            return;
        }
        let quoted = self.open.last().is_some_and(|open| open.role == Role::Quoted);
        let is_edge = |ch: char| {
            ch.is_whitespace()
                || !ch.is_ascii()
                || matches!(ch, '"' | '\'' | '<' | '>' | '(' | ')' | '[' | ']' | ',')
        };
        let mut carrier = None;
        for word in text.split(is_edge) {
            let word = word.trim_end_matches(['.', ';', ':', '!', '?']);
            let from = ["http://", "https://", "www."].iter().filter_map(|start| word.find(start)).min();
            let Some(address) =
                from.map(|from| &word[from..]).filter(|word| word.len() > 8 && word.contains('.'))
            else {
                continue;
            };
            let carrier = carrier.get_or_insert_with(|| {
                let start = self.tree.start_of(node.id());
                let mut carrier = self.carrier(Origin::PlainText, sight.clone(), Some(start));
                if quoted {
                    carrier.region = self.region();
                }
                carrier
            });
            let full =
                if address.starts_with("www.") { format!("http://{address}") } else { address.to_owned() };
            self.page.bare_link(&full, address, carrier);
        }
    }

    pub(super) fn comment(&mut self, node: NodeRef<'t, Node>, text: &str) {
        if memchr::memchr(b'<', text.as_bytes()).is_none() {
            return;
        }
        let conditional = text.trim_start().starts_with("[if");
        let (origin, technique) = if conditional {
            (Origin::ConditionalComment, "html-conditional-comment")
        } else {
            (Origin::Comment, "html-comment-links")
        };
        let start = self.tree.start_of(node.id());
        let body = match text.find("]>") {
            Some(end) if conditional => &text[end + 2..],
            _ => text,
        };
        let carrier = self.carrier(origin, unpainted(technique, "<!-- … -->"), Some(start));
        fragment::read(&mut self.page, body, &carrier, 1);
    }

    /// `<noscript>` and the containers whose content a browser does not show as markup.
    pub(super) fn raw(&mut self, node: NodeRef<'t, Node>, attributes: &Attributes<'t>, start: Option<usize>) {
        let name = attributes.name;
        let (origin, technique) = match name {
            "noscript" => (Origin::NoScript, "html-noscript-links"),
            _ => (Origin::Inert, "html-template-inert"),
        };
        let inner: String;
        let content = start.and_then(|start| self.raw_content(start, name));
        let (at, content) = match content {
            Some((at, content)) => (Some(at), content),
            None => {
                inner = text_of(node);
                (start, inner.as_str())
            }
        };
        if content.trim().is_empty() {
            return;
        }
        let visibility = match name {
            "textarea" => self.sight(node),
            _ => unpainted(technique, &format!("<{name}>")),
        };
        let mut carrier = self.carrier(origin, visibility, at);
        if self.origin() == Origin::Inert {
            carrier.origin = Origin::Inert;
        }
        fragment::read(&mut self.page, content, &carrier, 2);
    }

    pub(super) fn frame(
        &mut self,
        node: NodeRef<'t, Node>,
        attributes: &Attributes<'t>,
        start: Option<usize>,
    ) {
        let to = match attributes.name {
            "object" => attributes.get("data"),
            _ => attributes.get("src"),
        };
        if attributes.name == "object" && to.is_none() {
            return;
        }
        let parent = node.parent().and_then(|parent| parent.value().as_element());
        let nth = self.open.last().map_or(1, |open| open.step.nth);
        self.page.frames.push(Frame {
            url: to.filter(|to| !to.trim().is_empty()).and_then(|to| self.page.resolve(to)),
            visibility: self.sight(node),
            full_window: match attributes.name {
                "frame" => parent.is_some_and(|set| is_main_frame(set, nth)),
                _ => is_full_window(attributes) || self.sights.covers_window(node.id()),
            },
            selector: self.selector(),
            line: self.line(start),
            source: start.map(|start| place::tag_source(self.source, start)).unwrap_or_default(),
        });
        if let Some(code) = to.filter(|to| is_script_address(to)) {
            self.code(code, ScriptKind::Address, start);
        }
    }

    pub(super) fn form(&mut self, attributes: &Attributes<'t>) {
        let action = attributes.get("action").map(str::trim).filter(|action| !action.is_empty());
        self.page.forms.push(Form {
            action: action.and_then(|action| self.page.resolve(action)),
            fields: Vec::new(),
            password: false,
            selector: self.selector(),
            line: self.line(None),
        });
    }

    pub(super) fn field(&mut self, attributes: &Attributes<'t>) {
        let kind = attributes.get("type").unwrap_or_default();
        let words =
            ["name", "placeholder", "aria-label", "autocomplete", "id"].map(|name| attributes.get(name));
        let Some(form) = self.page.forms.last_mut() else { return };
        form.password |= kind.eq_ignore_ascii_case("password");
        let words = std::iter::once(kind).chain(words.into_iter().flatten()).filter(|word| !word.is_empty());
        form.fields.push(words.collect::<Vec<_>>().join(" "));
    }

    pub(super) fn option(&mut self, node: NodeRef<'t, Node>, attributes: &Attributes<'t>) {
        let Some(value) = attributes.get("value").map(str::trim) else { return };
        if value.starts_with("http://") || value.starts_with("https://") || value.starts_with("//") {
            let text = super::super::text::fold(&text_of(node));
            // A closed list shows one entry, but whoever opens it sees them all.
            let list = node
                .ancestors()
                .find(|above| above.value().as_element().is_some_and(|above| above.name() == "select"));
            let carrier = self.carrier(Origin::Option, self.sight(list.unwrap_or(node)), None);
            self.page.bare_link(value, &text, &carrier);
        }
    }

    /// Event attributes, addresses that are code, attributes that hold text or markup.
    pub(super) fn odd_attributes(&mut self, attributes: &Attributes<'t>, start: Option<usize>) {
        if let Some(code) = attributes.href.filter(|href| is_script_address(href)) {
            self.code(code, ScriptKind::Address, start);
        }
        let mut carrier: Option<Carrier> = None;
        for (name, value) in attributes.all().filter(|(name, value)| is_odd(name) && !value.is_empty()) {
            if let Some(event) = name.strip_prefix("on") {
                self.code(value, ScriptKind::Event(event.to_owned()), start);
                continue;
            }
            if matches!(name, "action" | "formaction") {
                if is_script_address(value) {
                    self.code(value, ScriptKind::Address, start);
                }
                continue;
            }
            if name == "value" && matches!(attributes.name, "option" | "li" | "button") {
                continue;
            }
            let carrier = carrier.get_or_insert_with(|| {
                self.carrier(Origin::Attribute, unpainted("html-hidden-attr", "attribute"), start)
            });
            fragment::attribute(&mut self.page, name, value, carrier);
        }
    }

    pub(super) fn code(&mut self, code: &str, kind: ScriptKind, start: Option<usize>) {
        self.page.scripts.push(Script {
            url: None,
            code: code.to_owned(),
            kind,
            origin: self.origin(),
            selector: self.selector(),
            line: self.line(start),
        });
    }

    /// Links too deep for the tree, and what lies beyond the place where a budget ended it, read without a tree.
    pub(super) fn rest(&mut self) {
        for &start in &self.tree.loose {
            let start = start as usize;
            self.without_tree(start, place::link_end(self.source, start));
        }
        if let Some(cut) = self.tree.cut {
            self.without_tree(cut, self.source.len());
        }
    }

    fn without_tree(&mut self, start: usize, end: usize) {
        let end = self.source.ceil_char_boundary(end);
        let Some(rest) = self.source.get(start..end).filter(|rest| !rest.is_empty()) else { return };
        let visibility =
            Visibility { sight: Sight::Unsure, technique: None, reason: String::new(), reveal: None };
        let carrier = Carrier {
            origin: self.origin_at(start),
            region: super::Region::Other,
            visibility,
            selector: "html".to_owned(),
            line: self.lines.at(start),
        };
        fragment::read(&mut self.page, rest, &carrier, 1);
    }
}

/// The best that is seen of the pieces of one thing.
fn see(best: &mut Option<Visibility>, sight: Visibility) {
    let rank = |visibility: &Visibility| match visibility.sight {
        Sight::Visible => 2,
        Sight::Unsure => 1,
        Sight::Hidden => 0,
    };
    if best.as_ref().is_none_or(|best| rank(best) < rank(&sight)) {
        *best = Some(sight);
    }
}

/// The text directly within a node.
pub(super) fn text_of(node: NodeRef<'_, Node>) -> String {
    node.children().filter_map(|child| child.value().as_text().map(|text| text.to_string())).collect()
}

/// Whether sizes or inline style spread a frame over the window.
fn is_full_window(attributes: &Attributes<'_>) -> bool {
    let style = attributes.get("style").unwrap_or_default().to_ascii_lowercase();
    let side = |name: &str, enough: f32| {
        let inline = style.split(';').filter_map(|declaration| declaration.split_once(':'));
        let mut inline = inline.filter(|(property, _)| property.trim() == name).map(|(_, value)| value);
        let value = inline.next_back().or_else(|| attributes.get(name)).unwrap_or_default();
        is_full_side(value.trim(), enough)
    };
    side("width", 1_000.0) && side("height", 700.0)
}

fn is_full_side(value: &str, enough: f32) -> bool {
    let digits = value.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'.').count();
    let Ok(number) = value[..digits].parse::<f32>() else { return false };
    match value[digits..].trim_start().get(..1) {
        Some("%" | "v") => number >= 90.0,
        None | Some("p") => number >= enough,
        _ => false,
    }
}

/// Whether the nth frame of a `<frameset>` takes nearly all of it.
fn is_main_frame(set: &scraper::node::Element, nth: u32) -> bool {
    let sizes = set.attr("rows").or_else(|| set.attr("cols")).unwrap_or("*");
    let sizes: Vec<_> = sizes.split(',').map(str::trim).collect();
    let index = nth.saturating_sub(1) as usize;
    let Some(own) = sizes.get(index) else { return false };
    let small = |size: &&str| {
        size.trim_end_matches(['%', 'p', 'x']).parse::<f32>().is_ok_and(|number| number <= 10.0)
    };
    let others_small =
        sizes.iter().enumerate().all(|(at, size)| at == index || small(size) || *own == "100%");
    others_small && !small(own)
}
