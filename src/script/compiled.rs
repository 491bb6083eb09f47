//! Code compiled once: the window for the whole process, the scripts of a page for all its visitors. Reading their
//! source again for every visitor would cost most of a run.
//!
//! The only place of the room with `unsafe` in it. The engine trusts the bytes of compiled code; these are made here,
//! by the same engine, in the same process, and never leave it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::OnceLock;

use rquickjs::module::WriteOptions;
use rquickjs::{Context, Ctx, FromJs, Module, Runtime, Value, qjs};

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

/// Bytes of source from which on code is kept compiled: less is read as fast as it is fetched.
const WORTH_KEEPING: usize = 512;
/// Bytes of source kept for one page.
const KEPT: usize = 24 << 20;

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

/// Scripts that were compiled for one visitor of a page, for the next one. Stays in one thread.
#[derive(Debug, Clone, Default)]
pub(super) struct Shelf {
    kept: Rc<RefCell<Kept>>,
}

#[derive(Debug, Default)]
struct Kept {
    compiled: HashMap<Box<[u8]>, Rc<[u8]>>,
    bytes: usize,
}

impl Shelf {
    /// Runs code in the global scope, as a script element does.
    pub(super) fn run<'js>(&self, ctx: &Ctx<'js>, code: Text) -> rquickjs::Result<Value<'js>> {
        let known = self.kept.borrow().compiled.get(code.0.as_slice()).cloned();
        let function = match known {
            Some(bytes) => load(ctx, &bytes)?,
            None => {
                let source = code.0;
                let function = read(ctx, &source)?;
                self.keep(ctx, source, &function);
                function
            }
        };
        evaluate(ctx, function)
    }

    fn keep(&self, ctx: &Ctx<'_>, mut source: Vec<u8>, function: &Value<'_>) {
        let kept = &mut *self.kept.borrow_mut();
        if source.len() < WORTH_KEEPING || kept.bytes + source.len() > KEPT {
            return;
        }
        if let Some(bytes) = written(ctx, function) {
            kept.bytes += source.len();
            source.shrink_to_fit();
            kept.compiled.insert(source.into(), bytes.into());
        }
    }
}

/// Text as scripts hand it over; what is no Unicode (lone surrogates) comes along instead of being refused.
#[derive(Debug, Clone)]
pub(super) struct Text(Vec<u8>);

impl Text {
    /// As Unicode, with one replacement character for each lone surrogate, as browsers put it.
    pub(super) fn into_string(self) -> String {
        String::from_utf8(self.0).unwrap_or_else(|error| {
            let mut bytes = error.into_bytes();
            for at in 0..bytes.len().saturating_sub(2) {
                if bytes[at] == 0xED && bytes[at + 1] >= 0xA0 {
                    bytes[at..at + 3].copy_from_slice("\u{FFFD}".as_bytes());
                }
            }
            String::from_utf8_lossy(&bytes).into_owned()
        })
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self(text.into_bytes())
    }
}

impl<'js> FromJs<'js> for Text {
    fn from_js(ctx: &Ctx<'js>, value: Value<'js>) -> rquickjs::Result<Self> {
        let mut length = 0;
        #[expect(
            unsafe_code,
            reason = "the library refuses strings with lone surrogates, which pages can make"
        )]
        // SAFETY: the value belongs to this context; the engine gives a buffer of `length` bytes or null, and the
        // buffer is copied before it is given back.
        let bytes = unsafe {
            let buffer = qjs::JS_ToCStringLen(ctx.as_raw().as_ptr(), &raw mut length, value.as_raw());
            if buffer.is_null() {
                return Err(rquickjs::Error::Exception);
            }
            let bytes = std::slice::from_raw_parts(buffer.cast::<u8>(), length).to_vec();
            qjs::JS_FreeCString(ctx.as_raw().as_ptr(), buffer);
            bytes
        };
        Ok(Self(bytes))
    }
}

/// Compiles code of the page without running it. A NUL among it is no end.
fn read<'js>(ctx: &Ctx<'js>, source: &[u8]) -> rquickjs::Result<Value<'js>> {
    let mut terminated = Vec::with_capacity(source.len() + 1);
    terminated.extend_from_slice(source);
    terminated.push(0);
    let flags = qjs::JS_EVAL_TYPE_GLOBAL | qjs::JS_EVAL_FLAG_COMPILE_ONLY;
    #[expect(unsafe_code, reason = "the library compiles modules only, and refuses code with a NUL in it")]
    // SAFETY: the buffer ends with a NUL behind its length, as the engine asks, and outlives the call.
    let value = unsafe {
        qjs::JS_Eval(
            ctx.as_raw().as_ptr(),
            terminated.as_ptr().cast(),
            source.len() as _,
            c"page".as_ptr(),
            flags as i32,
        )
    };
    taken(ctx, value)
}

/// The bytes of compiled code.
fn written(ctx: &Ctx<'_>, function: &Value<'_>) -> Option<Vec<u8>> {
    let mut length = 0;
    #[expect(unsafe_code, reason = "the library writes modules only")]
    // SAFETY: `function` is compiled code of this context; the buffer has `length` bytes, is copied and given back.
    unsafe {
        let context = ctx.as_raw().as_ptr();
        let flags = qjs::JS_WRITE_OBJ_BYTECODE as i32;
        let buffer = qjs::JS_WriteObject(context, &raw mut length, function.as_raw(), flags);
        if buffer.is_null() {
            let _ = ctx.catch();
            return None;
        }
        let bytes = std::slice::from_raw_parts(buffer, length as usize).to_vec();
        qjs::js_free(context, buffer.cast());
        Some(bytes)
    }
}

/// Compiled code from its bytes.
fn load<'js>(ctx: &Ctx<'js>, bytes: &[u8]) -> rquickjs::Result<Value<'js>> {
    #[expect(unsafe_code, reason = "the bytes were written by this engine in this process")]
    // SAFETY: `bytes` is the unchanged output of `JS_WriteObject` of this very engine, which copies what it keeps.
    let value = unsafe {
        let flags = qjs::JS_READ_OBJ_BYTECODE as i32;
        qjs::JS_ReadObject(ctx.as_raw().as_ptr(), bytes.as_ptr(), bytes.len() as _, flags)
    };
    taken(ctx, value)
}

/// Runs compiled code in the global scope of the context.
fn evaluate<'js>(ctx: &Ctx<'js>, function: Value<'js>) -> rquickjs::Result<Value<'js>> {
    #[expect(unsafe_code, reason = "the library runs modules and source only")]
    // SAFETY: the engine frees the value it is given, so it is given a reference of its own.
    let value = unsafe {
        let context = ctx.as_raw().as_ptr();
        qjs::JS_EvalFunction(context, qjs::JS_DupValue(context, function.as_raw()))
    };
    drop(function);
    taken(ctx, value)
}

/// A value that the engine hands over, or the exception that is pending in its place.
fn taken<'js>(ctx: &Ctx<'js>, value: qjs::JSValue) -> rquickjs::Result<Value<'js>> {
    #[expect(unsafe_code, reason = "values of the engine's own interface enter the library here")]
    // SAFETY: the engine hands over one reference to a value of this context.
    unsafe {
        if qjs::JS_IsException(value) {
            return Err(rquickjs::Error::Exception);
        }
        Ok(Value::from_raw(ctx.clone(), value))
    }
}
