//! The window, compiled once: reading its source again for every visitor would cost nine tenths of a run.
//!
//! The only place of the program with `unsafe` in it. The engine trusts the bytes of compiled code; these are made
//! here, by the same engine, in the same process, from our own source, and never leave it.

use std::sync::OnceLock;

use rquickjs::module::WriteOptions;
use rquickjs::{Context, Ctx, Module, Runtime};

/// The window, in parts that are one function together.
const WINDOW: &str = concat!(
    include_str!("window/ground.js"),
    include_str!("window/nodes.js"),
    include_str!("window/document.js"),
    include_str!("window/outside.js"),
    include_str!("window/library.js"),
    include_str!("window/drive.js"),
);

/// The compiled window; it lives as long as the process, as the engine keeps pointing into it.
static COMPILED: OnceLock<Vec<u8>> = OnceLock::new();

/// Lays the window in a fresh context, which has `__host` among its globals.
pub(super) fn lay_window(ctx: &Ctx<'_>) -> rquickjs::Result<()> {
    let code: &'static [u8] = match COMPILED.get() {
        Some(code) => code,
        None => {
            let code = compile()?;
            COMPILED.get_or_init(|| code)
        }
    };
    #[expect(
        unsafe_code,
        reason = "the bytes were written by this engine in this process and live as long as it does"
    )]
    // SAFETY: `code` is the unchanged output of `Module::write` of this very engine, and is `'static`.
    let module = unsafe { Module::load(ctx.clone(), code) }?;
    let (_, done) = module.eval()?;
    done.finish::<()>()
}

/// Compiles the window in an engine of its own.
fn compile() -> rquickjs::Result<Vec<u8>> {
    let runtime = Runtime::new()?;
    let context = Context::full(&runtime)?;
    context.with(|ctx| {
        let options = WriteOptions { strip_source: true, ..WriteOptions::default() };
        Module::declare(ctx, "window", WINDOW)?.write(options)
    })
}
