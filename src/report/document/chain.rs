//! A redirect drawn as boxes under each other: which address answered what, and by what means the visitor went on.

use super::access::{self, Access};
use crate::finding::Finding;
use crate::lang::Lang;
use crate::report::escape::{defanged, visible};
use crate::report::words;
use crate::report::wrap::clipped;

/// Hops that are drawn; the first and the last always are.
const HOPS: usize = 12;
/// Columns of an address in a box, and of the line above it.
const IN_A_BOX: usize = 92;

/// A redirect as boxes under each other.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Chain {
    pub(super) boxes: Vec<Hop>,
    pub(super) height: usize,
    /// The whole of it as text, for those who do not see the drawing.
    pub(super) told: String,
}

/// One address on the way.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Hop {
    pub(super) y: usize,
    /// Number, method, status, server.
    pub(super) head: String,
    pub(super) address: String,
    /// By what means the visitor goes on from here.
    pub(super) onward: String,
    pub(super) last: bool,
}

impl Chain {
    const BOX: usize = 50;
    const STEP: usize = 82;

    /// The addresses of a redirect as the finding has them, with what the evidence says of each.
    pub(super) fn of(finding: &Finding, accesses: &[Access], lang: Lang) -> Option<Self> {
        let hops = finding.detail.get("chain")?.as_array()?;
        let mut texts: Vec<&str> = hops.iter().filter_map(serde_json::Value::as_str).collect();
        if texts.len() < 2 {
            return None;
        }
        let left_out = texts.len().saturating_sub(HOPS);
        if left_out > 0 {
            texts.drain(HOPS - 1..HOPS - 1 + left_out);
        }
        let last = texts.len() - 1;
        let means = finding.detail.get("means").and_then(serde_json::Value::as_str);
        let mut boxes = Vec::new();
        for (index, text) in texts.iter().enumerate() {
            let asked = access::asked_for(accesses, text, finding);
            let number = if index == last { index + 1 + left_out } else { index + 1 };
            let mut head = number.to_string();
            let mut onward = String::new();
            if let Some(asked) = asked {
                head += &format!(" · {}", asked.method);
                if let Some(status) = asked.status {
                    head += &format!(" · HTTP {status}");
                }
                if let Some(remote) = &asked.remote {
                    head += &format!(" · {}", visible(remote));
                }
            }
            if index < last {
                onward = match (asked.and_then(|asked| asked.status), means) {
                    (Some(status @ 300..400), _) => format!("HTTP {status} Location"),
                    (_, Some(means)) => match words::method(means) {
                        Some(told) => told.get(lang).to_owned(),
                        None => clipped(&visible(means), 60),
                    },
                    _ => String::new(),
                };
            }
            if index + 1 == last && left_out > 0 {
                onward += &match lang {
                    Lang::Zh => format!("（略去 {left_out} 跳）"),
                    Lang::En => format!(" ({left_out} hops left out)"),
                };
            }
            boxes.push(Hop {
                y: index * Self::STEP + 1,
                head: clipped(&head, IN_A_BOX),
                address: clipped(&defanged(text), IN_A_BOX),
                onward,
                last: index == last,
            });
        }
        let told: Vec<_> = boxes.iter().map(|hop| format!("{} {}", hop.head, hop.address)).collect();
        Some(Self { height: last * Self::STEP + Self::BOX + 2, told: told.join(" → "), boxes })
    }
}

impl Hop {
    /// The base line of the head.
    pub(super) fn head_line(&self) -> usize {
        self.y + 18
    }

    /// The base line of the address.
    pub(super) fn address_line(&self) -> usize {
        self.y + 38
    }

    /// Where the arrow begins.
    pub(super) fn below(&self) -> usize {
        self.y + Chain::BOX
    }

    /// The base line of what stands beside the arrow.
    pub(super) fn onward_line(&self) -> usize {
        self.y + Chain::BOX + 20
    }

    /// Where the arrow ends.
    pub(super) fn next(&self) -> usize {
        self.y + Chain::STEP - 2
    }
}
