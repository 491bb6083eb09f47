//! What stands in the head: titles, metas, relations, scripts, structured data.

use ego_tree::NodeRef;
use scraper::Node;

use super::super::element::Attributes;
use super::super::fragment::{ScriptType, script_type};
use super::content::text_of;
use super::{
    Meta, Note, Origin, Refresh, Relation, Script, Spot, Walk, fragment, head, is_entity_encoded, place,
    refresh_of, unpainted,
};

/// Addresses taken from one JSON-LD block.
const JSON_LINKS: usize = 200;

impl<'t> Walk<'t, '_> {
    pub(super) fn title(&mut self, node: NodeRef<'t, Node>, start: Option<usize>) {
        if node
            .value()
            .as_element()
            .is_none_or(|element| element.name.ns.as_str() != "http://www.w3.org/1999/xhtml")
        {
            return;
        }
        let text = super::super::text::fold(&text_of(node));
        let source =
            start.and_then(|start| self.raw_content(start, "title")).map_or(text.as_str(), |(_, raw)| raw);
        if is_entity_encoded(head(source, 4096)) {
            self.page.note(Note::EntityEncoded);
        }
        let spot = Spot {
            source: head(source, 600).to_owned(),
            text,
            selector: self.selector(),
            line: self.line(start),
        };
        if self.page.title.is_none() && self.origin() != Origin::Inert {
            self.page.title = Some(spot);
        } else {
            self.page.other_titles.push(spot);
        }
    }

    pub(super) fn meta(&mut self, attributes: &Attributes<'t>, start: Option<usize>) {
        let Some(content) = attributes.get("content") else { return };
        let name = ["name", "property", "http-equiv", "itemprop"].iter().find_map(|key| attributes.get(key));
        let Some(name) = name.map(|name| name.trim().to_ascii_lowercase()) else { return };
        let source = start.map(|start| place::tag_source(self.source, start)).unwrap_or_default();
        let line = self.line(start);
        if attributes.get("http-equiv").is_some_and(|name| name.trim().eq_ignore_ascii_case("refresh"))
            && self.origin() != Origin::Inert
            && let Some((delay, to)) = refresh_of(content)
        {
            let url = to.and_then(|to| self.page.resolve(to));
            self.page.refreshes.push(Refresh { delay, url, noscript: false, line, source: source.clone() });
            if let Some(code) = to.filter(|to| super::is_script_address(to)) {
                self.code(code, super::super::ScriptKind::Address, start);
            }
        }
        if matches!(name.as_str(), "keywords" | "description" | "og:title" | "og:description") {
            let tag = start.and_then(|start| super::super::markup::Tag::at(self.source, start));
            let raw =
                tag.and_then(|tag| tag.attributes().find(|(key, _)| key.eq_ignore_ascii_case("content")));
            if raw.is_some_and(|(_, raw)| is_entity_encoded(head(raw, 4096))) {
                self.page.note(Note::EntityEncoded);
            }
        }
        let spot = Spot { text: content.to_owned(), source, selector: self.selector(), line };
        self.page.metas.push(Meta { name, content: spot });
    }

    pub(super) fn relation(&mut self, attributes: &Attributes<'t>) {
        let (Some(rel), Some(href)) = (attributes.get("rel"), attributes.href) else { return };
        let Some(url) = self.page.resolve(href) else { return };
        let variant = attributes.get("hreflang").or_else(|| attributes.get("media")).unwrap_or_default();
        self.page.relations.push(Relation {
            rel: rel.to_ascii_lowercase(),
            url,
            variant: variant.to_owned(),
            line: self.line(None),
        });
    }

    pub(super) fn script(
        &mut self,
        node: NodeRef<'t, Node>,
        attributes: &Attributes<'t>,
        start: Option<usize>,
    ) {
        let kind = match script_type(attributes.get("type").or_else(|| attributes.get("language"))) {
            ScriptType::Runs(kind) => kind,
            ScriptType::Structured => return self.structured(node, start),
            ScriptType::Markup => {
                let mut carrier =
                    self.carrier(Origin::Inert, unpainted("html-template-inert", "<script type=…>"), start);
                carrier.line = self.line(start);
                let content = text_of(node);
                return fragment::read(&mut self.page, &content, &carrier, 1);
            }
            ScriptType::Data => return,
        };
        let url = attributes.get("src").or(attributes.href).and_then(|src| self.page.resolve(src));
        self.page.scripts.push(Script {
            code: if url.is_some() { String::new() } else { text_of(node) },
            url,
            kind,
            origin: self.origin(),
            selector: self.selector(),
            line: self.line(start),
        });
    }

    fn structured(&mut self, node: NodeRef<'t, Node>, start: Option<usize>) {
        let text = text_of(node);
        let carrier = self.carrier(
            Origin::JsonLd,
            unpainted("html-jsonld-injection", "<script type=application/ld+json>"),
            start,
        );
        let mut rest = text.as_str();
        for _ in 0..JSON_LINKS {
            let Some(at) = memchr::memmem::find(rest.as_bytes(), b"\"http") else { break };
            let value = &rest[at + 1..];
            let end = value.find('"').unwrap_or(value.len());
            let address = value[..end].replace("\\/", "/");
            if !address.contains("://schema.org") && address.contains("://") {
                self.page.bare_link(&address, "", &carrier);
            }
            rest = value.get(end + 1..).unwrap_or_default();
        }
        self.page.structured.push(Spot {
            source: head(&text, 600).to_owned(),
            text,
            selector: carrier.selector,
            line: carrier.line,
        });
    }
}
