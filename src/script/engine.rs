//! The engine: QuickJS in a cage of time, memory, stack and pending jobs. Home of rquickjs.
//!
//! Whatever a script does ends in a value. Nothing in here reaches outside: scripts and texts that a page wants come
//! from [`Resources`], and what is not there is named in [`Behaviour::wanted`].

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use jiff::civil::Date;
use rquickjs::function::Func;
use rquickjs::{CatchResultExt as _, CaughtError, Context, Ctx, Function, Object, Runtime, Value};
use url::Url;

use super::address;
use super::behaviour::{Attribute, Behaviour, Effect, Ending, Memory, Sink, Wanted};
use super::compiled::{Shelf, Text};
use super::grounds::Grounds;
use super::visitor::Visitor;

/// Time of one processor that one visitor may take.
const TIME: Duration = Duration::from_millis(400);
/// Bytes that one page's scripts may use.
const MEMORY: usize = 64 << 20;
/// Bytes in use from which on cycles are looked for: most runs end before, and all of theirs goes at once.
const RUBBISH: usize = 16 << 20;
/// Bytes of stack.
const STACK: usize = 512 << 10;
/// How many times its processor time a run may last on a machine that has other things to do.
const STRETCH: u32 = 20;
/// Pending jobs run after one task.
const JOBS: usize = 5_000;
/// What is noted where they never end.
const TOO_MANY_JOBS: &str = "too many pending jobs";
/// Timers run in one visit.
const TIMER_STEPS: usize = 1_500;
/// How far the virtual clock is let run, in milliseconds: two minutes, as crawlers are outlasted by seconds.
const PATIENCE_MS: f64 = 120_000.0;
/// How far it is let run after each gesture.
const AFTER_GESTURE_MS: f64 = 15_000.0;
/// Errors kept for people.
const ERRORS: usize = 8;
/// Addresses wanted at the most.
const WANTED: usize = 40;

/// The gestures of a visitor, in the order in which they are made once the page has come to rest.
pub(super) const GESTURES: &[&str] = &["touch", "move", "scroll", "key", "click", "hide", "back"];

/// What a page gives to the engine.
#[derive(Debug, Clone)]
pub struct Document {
    /// Its address.
    pub url: Url,
    /// The address that relative ones are resolved against.
    pub base: Url,
    /// Its title.
    pub title: String,
    /// What runs, in document order.
    pub scripts: Vec<Piece>,
    /// The elements that scripts may look for, as JSON: `[[tag, {attributes}, text, parent index or -1], …]`.
    pub outline: Arc<str>,
}

/// One script of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Code that runs while the document is read.
    Code(String),
    /// The address of an external script.
    External(Url),
    /// The code of an external script that came with the page.
    Fetched(Url, String),
    /// Code of `onload` on the body and its like: runs when everything is loaded.
    OnLoad(String),
    /// Code of a `javascript:` link: runs when the visitor presses it.
    OnPress(String),
}

/// Scripts and texts at hand, by address.
#[derive(Debug, Clone, Default)]
pub struct Resources {
    /// Address → text.
    pub texts: HashMap<String, Arc<str>>,
}

/// When visitors come, and what a run may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// The day, in China: what waits for a date or has passed one is met as on that day.
    pub day: Date,
    /// Time of one processor for one visitor: what else the machine does is not counted, so that a page is judged the
    /// same under load.
    pub time: Duration,
}

impl Terms {
    /// The usual time on that day.
    pub fn on(day: Date) -> Self {
        Self { day, time: TIME }
    }
}

/// Time spent by the thread that took it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spent(Duration);

impl Spent {
    pub(super) fn now() -> Self {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
        Self(Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec.try_into().unwrap_or(0)))
    }

    /// How much has been spent since then.
    pub(super) fn elapsed(self) -> Duration {
        Self::now().0.saturating_sub(self.0)
    }
}

/// What the closures of one run write to.
#[derive(Debug, Default)]
struct Log {
    effects: Vec<Effect>,
    asked: std::collections::BTreeSet<Attribute>,
    wanted: Vec<Wanted>,
    errors: Vec<String>,
    memory: Memory,
    inserted: String,
    ending: Ending,
}

/// Runs a document's scripts for one visitor.
pub fn run(
    document: &Document,
    visitor: &Visitor,
    memory: &Memory,
    resources: &Resources,
    time: Duration,
) -> Behaviour {
    run_again(document, visitor, memory, resources, time, &Round::default())
}

/// What all runs of one page share.
#[derive(Debug, Clone, Default)]
pub(super) struct Round {
    /// What earlier ones had compiled.
    pub(super) shelf: Shelf,
    /// What the scripts learned of the page.
    pub(super) grounds: Rc<RefCell<Grounds>>,
}

/// As [`run`], beside the other runs of the page.
pub(super) fn run_again(
    document: &Document,
    visitor: &Visitor,
    memory: &Memory,
    resources: &Resources,
    time: Duration,
    round: &Round,
) -> Behaviour {
    let log = Rc::new(RefCell::new(Log { memory: memory.clone(), ..Log::default() }));
    let interrupted = Arc::new(AtomicBool::new(false));
    let ending = match cage(time, &interrupted) {
        Ok((runtime, context)) => {
            let ended = context.with(|ctx| {
                Stage { ctx, log: Rc::clone(&log), round: round.clone() }.play(document, visitor, resources)
            });
            drop(context);
            drop(runtime);
            ended
        }
        Err(_) => (Ending::OutOfMemory, String::new()),
    };
    let (mut ending, title) = ending;
    if interrupted.load(Ordering::Relaxed) && ending != Ending::OutOfMemory {
        ending = Ending::OutOfTime;
    }
    let log = std::mem::take(&mut *log.borrow_mut());
    Behaviour {
        effects: log.effects,
        asked: log.asked,
        title,
        wanted: log.wanted,
        ending,
        errors: log.errors,
        memory: log.memory,
        inserted: log.inserted,
    }
}

fn cage(time: Duration, interrupted: &Arc<AtomicBool>) -> rquickjs::Result<(Runtime, Context)> {
    let runtime = Runtime::new()?;
    runtime.set_memory_limit(MEMORY);
    runtime.set_gc_threshold(RUBBISH);
    runtime.set_max_stack_size(STACK);
    let (spent, began) = (Spent::now(), Instant::now());
    let flag = Arc::clone(interrupted);
    runtime.set_interrupt_handler(Some(Box::new(move || {
        let over = spent.elapsed() >= time || began.elapsed() >= time * STRETCH;
        if over {
            flag.store(true, Ordering::Relaxed);
        }
        over
    })));
    let context = Context::full(&runtime)?;
    Ok((runtime, context))
}

/// One visit in one context.
struct Stage<'js> {
    ctx: Ctx<'js>,
    log: Rc<RefCell<Log>>,
    round: Round,
}

impl<'js> Stage<'js> {
    fn play(self, document: &Document, visitor: &Visitor, resources: &Resources) -> (Ending, String) {
        match self.visit(document, visitor, resources) {
            Ok(title) => (self.log.borrow().ending, title),
            Err(error) => {
                self.log.borrow_mut().errors.push(error.to_string());
                (Ending::Failed, String::new())
            }
        }
    }

    fn visit(
        &self,
        document: &Document,
        visitor: &Visitor,
        resources: &Resources,
    ) -> rquickjs::Result<String> {
        let drive = self.set_stage(document, visitor, resources)?;
        for (index, piece) in document.scripts.iter().enumerate() {
            match piece {
                Piece::Code(code) => self.script(&drive, code, index, "")?,
                Piece::Fetched(url, code) => self.script(&drive, code, index, url.as_str())?,
                Piece::External(url) => {
                    let found = resources.texts.get(url.as_str());
                    self.round.grounds.borrow_mut().note_text(url.as_str(), found.is_some());
                    match found {
                        Some(code) => self.script(&drive, code, index, url.as_str())?,
                        None => self.want(url.as_str(), true),
                    }
                }
                Piece::OnLoad(_) | Piece::OnPress(_) => continue,
            }
            if let Piece::External(url) | Piece::Fetched(url, _) = piece
                && is_jquery(url)
            {
                self.call(&drive, "library")?;
            }
            self.jobs();
            if self.is_leaving(&drive)? {
                break;
            }
        }
        if !self.is_leaving(&drive)? {
            self.settle(&drive, document)?;
        }
        self.gestures(&drive, document)?;
        let inserted: Option<String> = self.survive(drive.get::<_, Function<'js>>("finish")?.call(()))?;
        self.log.borrow_mut().inserted = inserted.unwrap_or_default();
        drive.get::<_, Function<'js>>("title")?.call(())
    }

    /// Runs one script of the page as it is read.
    fn script(&self, drive: &Object<'js>, code: &str, index: usize, source: &str) -> rquickjs::Result<()> {
        let function: Function<'js> = drive.get("script")?;
        self.survive::<Value<'js>>(function.call((code, index, source))).map(drop)
    }

    /// The document is read, loaded, and left alone for two minutes.
    fn settle(&self, drive: &Object<'js>, document: &Document) -> rquickjs::Result<()> {
        self.call(drive, "ready")?;
        self.wait(drive, 50.0)?;
        if self.is_leaving(drive)? {
            return Ok(());
        }
        for piece in &document.scripts {
            if let Piece::OnLoad(code) = piece {
                self.tell(drive, "event", code)?;
            }
        }
        self.call(drive, "loaded")?;
        self.wait(drive, PATIENCE_MS)
    }

    /// What the visitor does once the page has come to rest; each gesture starts from the page, not from where the
    /// last one led.
    fn gestures(&self, drive: &Object<'js>, document: &Document) -> rquickjs::Result<()> {
        if self.is_leaving(drive)? {
            return Ok(());
        }
        for piece in &document.scripts {
            if let Piece::OnPress(code) = piece {
                self.tell(drive, "press", code)?;
            }
        }
        for gesture in GESTURES {
            self.tell(drive, "gesture", gesture)?;
            self.jobs();
            let clock: f64 = drive.get::<_, Function<'js>>("clock")?.call(())?;
            self.wait(drive, clock + AFTER_GESTURE_MS)?;
            self.call(drive, "stay")?;
        }
        self.call(drive, "calm")
    }

    /// Lets the virtual clock run until that time, timer by timer.
    fn wait(&self, drive: &Object<'js>, until: f64) -> rquickjs::Result<()> {
        let step: Function<'js> = drive.get("step")?;
        for _ in 0..TIMER_STEPS {
            let more: bool = self.survive(step.call((until,)))?.unwrap_or(false);
            self.jobs();
            if !more || self.is_leaving(drive)? {
                break;
            }
        }
        Ok(())
    }

    fn is_leaving(&self, drive: &Object<'js>) -> rquickjs::Result<bool> {
        let address: String = drive.get::<_, Function<'js>>("leaving")?.call(())?;
        Ok(!address.is_empty())
    }

    fn tell(&self, drive: &Object<'js>, name: &str, text: &str) -> rquickjs::Result<()> {
        let function: Function<'js> = drive.get(name)?;
        self.survive::<Value<'js>>(function.call((text,))).map(drop)
    }

    fn call(&self, drive: &Object<'js>, name: &str) -> rquickjs::Result<()> {
        let function: Function<'js> = drive.get(name)?;
        self.survive::<Value<'js>>(function.call(())).map(drop)
    }

    /// An exception of the page is noted and the visit goes on; an interruption cannot be outlived.
    fn survive<T>(&self, result: rquickjs::Result<T>) -> rquickjs::Result<Option<T>> {
        match result.catch(&self.ctx) {
            Ok(value) => Ok(Some(value)),
            Err(CaughtError::Error(error)) => Err(error),
            Err(caught) => {
                note(&self.log, caught.to_string());
                Ok(None)
            }
        }
    }

    /// Runs what promises wait for, up to a cap.
    fn jobs(&self) {
        for _ in 0..JOBS {
            if !self.ctx.execute_pending_job() {
                return;
            }
        }
        note(&self.log, TOO_MANY_JOBS.to_owned());
    }

    fn want(&self, url: &str, script: bool) {
        want(&self.log, url, script);
    }

    /// Lays the window and gives back what drives it.
    fn set_stage(
        &self,
        document: &Document,
        visitor: &Visitor,
        resources: &Resources,
    ) -> rquickjs::Result<Object<'js>> {
        let host = self.host(document, visitor, resources)?;
        let slot: Rc<RefCell<Option<rquickjs::Persistent<Object<'static>>>>> = Rc::default();
        let taken = Rc::clone(&slot);
        host.set(
            "drive",
            Func::from(move |ctx: Ctx<'js>, drive: Object<'js>| {
                *taken.borrow_mut() = Some(rquickjs::Persistent::save(&ctx, drive));
            }),
        )?;
        self.ctx.globals().set("__host", host)?;
        super::compiled::lay_window(&self.ctx)?;
        let drive = slot.borrow_mut().take().ok_or(rquickjs::Error::Unknown)?;
        drive.restore(&self.ctx)
    }

    fn host(
        &self,
        document: &Document,
        visitor: &Visitor,
        resources: &Resources,
    ) -> rquickjs::Result<Object<'js>> {
        let host = Object::new(self.ctx.clone())?;
        host.set("visitor", facts(document, visitor))?;
        let memory = self.log.borrow().memory.clone();
        host.set("cookies", memory.cookies)?;
        host.set("local", memory.local)?;
        host.set("session", memory.session)?;
        let outline = Arc::clone(&document.outline);
        let mentioned = Arc::clone(&document.outline);
        let grounds = Rc::clone(&self.round.grounds);
        host.set(
            "outline",
            Func::from(move || {
                grounds.borrow_mut().note_page();
                outline.to_string()
            }),
        )?;
        let grounds = Rc::clone(&self.round.grounds);
        host.set(
            "mentions",
            Func::from(move |part: Text| {
                let part = part.into_string();
                let answer = mentioned.contains(&part);
                grounds.borrow_mut().note_mention(&part, answer);
                answer
            }),
        )?;
        let log = Rc::clone(&self.log);
        host.set(
            "record",
            Func::from(move |kind: String, data: Text, at: f64, gesture: String, piece: i32| {
                record(&log, &kind, data.into_string(), at, gesture, piece);
            }),
        )?;
        let (log, grounds) = (Rc::clone(&self.log), Rc::clone(&self.round.grounds));
        host.set(
            "asked",
            Func::from(move |what: String| match Attribute::of(&what) {
                Some(attribute) => _ = log.borrow_mut().asked.insert(attribute),
                None => grounds.borrow_mut().note_page(),
            }),
        )?;
        let log = Rc::clone(&self.log);
        host.set(
            "store",
            Func::from(move |kind: String, pairs: Text| store(&log, &kind, pairs.into_string())),
        )?;
        let (grounds, own_base) = (Rc::clone(&self.round.grounds), document.base.to_string());
        host.set(
            "resolve",
            Func::from(move |address: Text, base: Text| {
                let (address, base) = (address.into_string(), base.into_string());
                let answer = address::resolve(&address, &base);
                if base == own_base {
                    grounds.borrow_mut().note_resolved(&address, &answer);
                }
                answer
            }),
        )?;
        host.set("parts", Func::from(|address: Text| address::parts(&address.into_string())))?;
        let shelf = self.round.shelf.clone();
        host.set("run", Func::from(move |ctx: Ctx<'js>, code: Text| shelf.run(&ctx, code)))?;
        let make: Function<'js> = self.ctx.eval("(function (F, apply) { return function (code, node) { return apply(new F('event', code), node, [{ type: '', target: node, preventDefault() {}, stopPropagation() {} }]); }; })(Function, Reflect.apply)")?;
        host.set("handler", make)?;
        let (log, grounds, texts) =
            (Rc::clone(&self.log), Rc::clone(&self.round.grounds), resources.texts.clone());
        host.set(
            "fetch",
            Func::from(move |address: Text, kind: String| -> Option<String> {
                let address = address.into_string();
                let found = texts.get(&address).map(ToString::to_string);
                grounds.borrow_mut().note_text(&address, found.is_some());
                if found.is_none() {
                    want(&log, &address, kind == "script");
                }
                found
            }),
        )?;
        host.set("data", Func::from(|address: Text| address::data_text(&address.into_string())))?;
        host.set(
            "atob",
            Func::from(|ctx: Ctx<'js>, text: Text| {
                address::atob(&text.into_string())
                    .ok_or_else(|| rquickjs::Exception::throw_message(&ctx, "InvalidCharacterError"))
            }),
        )?;
        host.set("btoa", Func::from(|text: Text| address::btoa(&text.into_string())))?;
        Ok(host)
    }
}

/// The visitor and the document as `window.js` reads them.
fn facts(document: &Document, visitor: &Visitor) -> String {
    let (width, height) = visitor.client.size();
    let city = visitor
        .city
        .map(|city| serde_json::json!({ "name": city.name, "province": city.province, "code": city.code }));
    serde_json::json!({
        "url": document.url.as_str(), "base": document.base.as_str(), "title": document.title,
        "agent": visitor.client.agent(), "platform": visitor.client.platform(), "brands": visitor.client.brands(),
        "touch": visitor.client.is_phone(), "width": width, "height": height, "language": visitor.language,
        "referrer": visitor.referrer, "clock": visitor.clock_ms(), "zone": visitor.zone, "random": visitor.random,
        "seed": visitor.seed, "webdriver": visitor.webdriver, "opener": visitor.opener, "city": city,
    })
    .to_string()
}

fn record(log: &RefCell<Log>, kind: &str, data: String, at_ms: f64, gesture: String, piece: i32) {
    if kind == "error" {
        note(log, data);
        return;
    }
    let gesture = Some(gesture).filter(|gesture| !gesture.is_empty());
    let piece = usize::try_from(piece).ok();
    log.borrow_mut().effects.push(Effect { sink: Sink::of(kind), data, at_ms, gesture, piece });
}

/// Whether an address is named as a copy of jQuery or of its small likeness.
fn is_jquery(url: &Url) -> bool {
    let name = url.path().rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    ["jquery", "jq.", "jq-", "zepto"].iter().any(|start| name.starts_with(start)) && !name.contains("plugin")
}

/// Keeps the first few errors; what any of them says of the end counts, however many there were.
fn note(log: &RefCell<Log>, error: String) {
    let mut log = log.borrow_mut();
    log.ending = log.ending.worse(ending_of(&error));
    if log.errors.len() < ERRORS && !log.errors.contains(&error) {
        log.errors.push(error);
    }
}

/// Errors that mean that the engine, not the page, gave up. Where no memory is left for an error, `null` is thrown.
fn ending_of(error: &str) -> Ending {
    let says = |text: &str| error.contains(text);
    if error == "null" || says("out of memory") || says("call stack") || says("stack overflow") {
        Ending::OutOfMemory
    } else if error == TOO_MANY_JOBS {
        Ending::OutOfTime
    } else if error.starts_with("unreadable") {
        Ending::Failed
    } else {
        Ending::Complete
    }
}

fn want(log: &RefCell<Log>, url: &str, script: bool) {
    let wanted = Wanted { url: url.to_owned(), script };
    let mut log = log.borrow_mut();
    if log.wanted.len() < WANTED && !log.wanted.contains(&wanted) {
        log.wanted.push(wanted);
    }
}

fn store(log: &RefCell<Log>, kind: &str, pairs: String) {
    let memory = &mut log.borrow_mut().memory;
    match kind {
        "cookies" => memory.cookies = pairs,
        "local" => memory.local = pairs,
        _ => memory.session = pairs,
    }
}
