//! The detectors, one file each, and the table of them.
//!
//! Detectors are pure: no network, no files, no clock, no state. The same dossier gives the same outcomes. A detector
//! never names a law; duties name detectors, in `obligation`.

pub mod dossier;
