//! Who runs the sites: as the user says, else as registered, else as the settings say.

use std::sync::Arc;

use crate::id::TargetId;
use crate::target::{OperatorKind, Registry, Target};

/// What is known of the operators of sites.
#[derive(Debug, Clone, Default)]
pub struct Operators {
    /// The kind that the user said, for every site.
    pub said: Option<OperatorKind>,
    /// The registry; one that is not there or does not read leaves kinds unknown and nothing else.
    pub registry: Option<Arc<Registry>>,
    /// The kind where nothing else is known.
    pub usual: OperatorKind,
}

impl Operators {
    /// The kind of operator of a site.
    pub fn kind(&self, site: &TargetId) -> OperatorKind {
        self.said.or_else(|| Some(self.target(site)?.operator.kind)).unwrap_or(self.usual)
    }

    /// What is registered of a site.
    pub fn target(&self, site: &TargetId) -> Option<&Target> {
        self.registry.as_ref()?.get(site)
    }
}
