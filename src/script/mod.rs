//! Virtual visitors: a page's scripts run again as other visitors, and what they did.
//!
//! Costs the target nothing: every gate that a script evaluates (referrer, user agent, clock, chance, storage, gestures,
//! Back) is explored by running the same bytes in another simulated environment. Knows nothing of verdicts; reaches
//! nothing outside. Home of rquickjs.

mod address;
pub mod behaviour;
pub mod engine;
pub mod visitor;

#[cfg(test)]
mod tests;
