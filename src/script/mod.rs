//! Virtual visitors: a page's scripts run again as other visitors, and what they did.
//!
//! Costs the target nothing: every gate that a script evaluates (referrer, user agent, clock, chance, storage, gestures,
//! Back) is explored by running the same bytes in another simulated environment. Knows nothing of verdicts; reaches
//! nothing outside. Home of rquickjs and base64.
//!
//! [`observe::observe`] is the way in: page → scripts → runs → deeds with their conditions.

mod address;
pub mod behaviour;
mod compiled;
pub mod deed;
mod document;
pub mod engine;
mod grounds;
pub mod observe;
mod outline;
pub mod trigger;
pub mod visitor;

#[cfg(test)]
mod tests;
