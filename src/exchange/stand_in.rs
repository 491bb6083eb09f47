//! Pages that stand in for the true one: challenges, provider blocks, parked, default and maintenance pages.
//!
//! Source: section 4 of the detection catalogue. Recognised before anything else is judged, so that a page that is
//! not the site's own is never read as defacement, cloaking or a clean result.

use serde::{Deserialize, Serialize};

/// What stands in for the true page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "stand_in")]
pub enum StandIn {
    /// An anti-bot challenge or block page.
    Challenge {
        /// The product, such as `加速乐` or `Cloudflare`.
        vendor: String,
    },
    /// The provider's page for a site without ICP filing (未备案阻断).
    ProviderBlock {
        /// The provider.
        vendor: String,
    },
    /// The page of a regulator or provider that shut the site down.
    Shutdown,
    /// A parked domain or one for sale.
    Parked,
    /// A web server's or panel's default page.
    DefaultServerPage {
        /// The product.
        product: String,
    },
    /// A notice of maintenance.
    Maintenance,
    /// An error page of a gateway or content network.
    GatewayError,
    /// A storage bucket that is not there, which somebody else could take.
    MissingBucket,
}
