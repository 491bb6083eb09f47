//! 巡查 (xuncha) looks at web sites from the outside, as visitors do, tells what is wrong with them, keeps evidence of
//! it, and names the duties it touches.
//!
//! # The map
//!
//! A room imports only rooms of a lower level; rooms of one level do not know each other; `tests/it/architecture.rs`
//! holds this.
//!
//! | level | room | holds | is deliberately without |
//! |---|---|---|---|
//! | 0 | [`id`] | names as types, digests | behaviour |
//! | 0 | [`lang`] | texts that exist in both languages | what is said |
//! | 1 | [`exchange`] | one request with its response, the profiles, text from bytes, what stands in for a page | network, documents |
//! | 1 | [`finding`] | outcomes, findings, the verdict rule, fingerprints | laws |
//! | 1 | [`target`] | the registry: sites, operators, cadences, filing numbers | network, what a visit finds |
//! | 1 | [`lexicon`] | the normaliser, jargon, promotion or publicity | documents, addresses |
//! | 2 | [`page`] | the document model, cascade, what a person can see | jargon, verdicts, I/O |
//! | 2 | [`incident`] | findings of one cause, followed until put right; campaigns; decisions | storage, laws |
//! | 2 | [`schedule`] | which site is due, how a budget is spread | clock, storage, network |
//! | 2 | [`obligation`] | the duty catalogue with its versions | pages, detectors |
//! | 3 | [`baseline`] | the accepted state of a page, what varies, what differs | storage, verdicts |
//! | 3 | [`script`] | virtual visitors and what scripts did for them | network, verdicts |
//! | 4 | [`detect`] | one file per detector, the table, the runner | I/O, clock, state, laws |
//! | 5 | [`frontier`] | the crawl queue: scope, canonical addresses, traps, sitemaps, sampling | network, clock, verdicts |
//! | 5 | [`fetch`] | the HTTP client, address guard, politeness | documents, verdicts |
//! | 5 | [`browser`] | headless Chromium behind a filtering proxy, the last resort | verdicts |
//! | 5 | [`evidence`] | kept bytes, WARC, manifest, verification | verdicts |
//! | 5 | [`store`] | what is remembered between visits: SQLite, PostgreSQL | verdicts, network |
//! | 5 | [`report`] | one file per format, escaping | decisions |
//! | 5 | [`alert`] | what people are told over which channel and when, one file per channel | storage, a client of its own |
//! | 6 | [`scan`] | the whole path of an address | judgement of its own |
//! | 7 | [`desk`] | what people do with what is remembered: incidents with duties, decisions, packages | visits, judgement |
//! | 8 | [`serve`] | the console and the API | judgement, what people do not ask for |
//! | 9 | [`cli`] | commands, settings, the demonstration | everything else |
//!
//! By name: `id` `lang` `exchange` `finding` `lexicon` `page` `incident` `obligation` `script` `detect` `frontier` `fetch` `browser` `evidence`
//! `store` `report` `alert` `scan` `desk` `serve` `cli` `target` `schedule` `baseline`.
//!
//! # The walk of one address
//!
//! `cli` reads the address and the settings → `scan` opens an evidence folder and visits the address under each fetch
//! profile, most victim-like first → `fetch` asks politely, follows redirects by hand, passes every address through the
//! guard → `evidence` keeps each exchange before anybody looks at it → `exchange` makes text of the bytes and recognises
//! what stands in for the page → `page` parses, cascades, judges what is visible → `detect` proposes controls that tell
//! conditions apart, what only a `browser` could settle, and outside addresses worth a look; `scan` asks, within the
//! budget → the dossier is complete → `detect` judges it, purely → `browser` takes pictures of what stands → `obligation` links the duties in force on the day → `report` writes.
//!
//! # Invariants
//!
//! - Detectors do no I/O. Parsing cannot fail. There is no finding without evidence.
//! - No detector names a law; duties name kinds of finding.
//! - Nothing is fetched at a private or reserved address after name resolution unless the user permits it, checked in one
//!   place for every hop, script, style sheet and landing.
//! - What could not be looked at is *not assessed*, with the reason: never clean, never an error that stops the run.
//! - Time, randomness and network come in as arguments. What is written to disk carries a format version.

pub mod alert;
pub mod baseline;
pub mod browser;
pub mod cli;
pub mod desk;
pub mod detect;
pub mod evidence;
pub mod exchange;
pub mod fetch;
pub mod finding;
pub mod frontier;
pub mod id;
pub mod incident;
pub mod lang;
pub mod lexicon;
pub mod obligation;
pub mod page;
pub mod report;
pub mod scan;
pub mod schedule;
pub mod script;
pub mod serve;
pub mod store;
pub mod target;
