//! The field: sites on loopback, each with one gate and one delivery or with an honest habit that looks like one, and
//! what a scan makes of them.

pub(crate) mod case;
pub(crate) mod honest;
pub(crate) mod measure;
pub(crate) mod payload;
pub(crate) mod server;
