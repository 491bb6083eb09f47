//! Visibility as far as `hidden` and inline `display: none` tell; stands in until the cascade is merged.

use std::collections::HashSet;

use ego_tree::NodeId;
use scraper::{Html, Node};

use super::{Note, Sheet, Sight, Viewport, Visibility};

/// What is hidden.
pub(super) struct Sights(HashSet<NodeId>);

/// Looks at every element once.
pub(super) fn judge(html: &Html, _sheets: &[Sheet], _viewport: Viewport) -> Sights {
    let mut hidden = HashSet::new();
    for edge in html.tree.root().traverse() {
        let ego_tree::iter::Edge::Open(node) = edge else { continue };
        let own = match node.value() {
            Node::Element(element) => {
                element.attr("hidden").is_some()
                    || element.attr("style").is_some_and(|style| {
                        style.replace(' ', "").to_ascii_lowercase().contains("display:none")
                    })
            }
            _ => false,
        };
        if own || node.parent().is_some_and(|parent| hidden.contains(&parent.id())) {
            hidden.insert(node.id());
        }
    }
    Sights(hidden)
}

impl Sights {
    /// What a person sees of a node.
    pub(super) fn of(&self, node: NodeId) -> Visibility {
        if !self.0.contains(&node) {
            return Visibility {
                sight: Sight::Visible,
                technique: None,
                reason: String::new(),
                reveal: None,
            };
        }
        Visibility {
            sight: Sight::Hidden,
            technique: Some("css-display-none"),
            reason: "display: none".to_owned(),
            reveal: None,
        }
    }

    /// Computed font size in CSS pixels; without a cascade, the size that browsers begin with.
    pub(super) fn font_px(&self, _: NodeId) -> f32 {
        16.0
    }

    /// Whether an element covers most of the window; only the cascade can tell.
    pub(super) fn covers_window(&self, _: NodeId) -> bool {
        false
    }

    /// Budgets that ran out: none here.
    pub(super) fn notes(&self) -> &[Note] {
        &[]
    }
}
