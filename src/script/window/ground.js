// The window of a virtual visitor: enough of a browser that a page's scripts show what they would do, and nothing
// that reaches outside. Runs once per visitor in a fresh context, before any script of the page.
// `__host` is taken from the global object here and is never visible to the page.
(function () {
  "use strict";
  const host = globalThis.__host;
  delete globalThis.__host;
  const visitor = JSON.parse(host.visitor);
  const G = globalThis;
  const call = Function.prototype.call.bind(Function.prototype.call);
  const str = (value) => { try { return typeof value === "string" ? value : String(value); } catch (e) { return ""; } };
  const clip = (value, most) => { const text = str(value); return text.length > most ? text.slice(0, most) : text; };

  // ---- what is recorded ------------------------------------------------------------------------------------------
  const MOST_EVENTS = 400, MOST_TEXT = 20000;
  let clock = 0;          // milliseconds since the page began to load
  let gesture = "";       // the gesture being simulated, if any
  let piece = -1;         // which script of the page is being read, while it is
  let events = 0;
  let leaving = "";       // address of a navigation that this task has begun
  function record(kind, data) {
    if (events++ < MOST_EVENTS) host.record(kind, clip(data, MOST_TEXT), clock, gesture, piece);
  }

  // ---- natives look native ---------------------------------------------------------------------------------------
  const natives = new WeakMap();
  const plainToString = Function.prototype.toString;
  function native(fn, name) { natives.set(fn, name || fn.name || ""); return fn; }
  const toString = { toString() { return natives.has(this) ? "function " + natives.get(this) + "() { [native code] }" : call(plainToString, this); } }.toString;
  native(toString, "toString");
  Object.defineProperty(Function.prototype, "toString", { value: toString, writable: true, configurable: true });
  function methods(target, table) {
    for (const name of Object.keys(table)) {
      Object.defineProperty(target, name, { value: native(table[name], name), writable: true, configurable: true, enumerable: false });
    }
    return target;
  }
  function getter(target, name, get, set) {
    Object.defineProperty(target, name, { get: native(get, "get " + name), set: set && native(set, "set " + name), configurable: true, enumerable: true });
  }

  // ---- clock, chance ---------------------------------------------------------------------------------------------
  const RealDate = Date;
  const began = visitor.clock;
  const zone = visitor.zone * 60000;
  function now() { return began + Math.floor(clock); }
  function VisitorDate(...args) {
    if (!new.target) return new VisitorDate().toString();
    const date = args.length ? Reflect.construct(RealDate, args, new.target) : Reflect.construct(RealDate, [now()], new.target);
    return date;
  }
  VisitorDate.prototype = RealDate.prototype;
  VisitorDate.prototype.constructor = VisitorDate;
  methods(VisitorDate, { now() { reads("clock"); return now(); }, parse: RealDate.parse, UTC: RealDate.UTC });
  const instant = RealDate.prototype.getTime;
  const inZone = (date) => new RealDate(call(instant, date) + zone);
  const zoned = {};
  for (const part of ["FullYear", "Month", "Date", "Day", "Hours", "Minutes", "Seconds"]) {
    const utc = RealDate.prototype["getUTC" + part];
    zoned["get" + part] = function () { if (part !== "FullYear") reads("clock"); return call(utc, inZone(this)); };
  }
  zoned.getYear = function () { return this.getFullYear() - 1900; };
  zoned.getTimezoneOffset = function () { reads("zone"); return -visitor.zone; };
  for (const name of ["valueOf", "getTime"]) zoned[name] = function () { reads("clock"); return call(instant, this); };
  methods(RealDate.prototype, zoned);
  native(VisitorDate, "Date");
  G.Date = VisitorDate;
  let draws = 0;
  methods(Math, { random() { reads("random"); return chance(); } });
  // Chance: a constant with a small drift, so that a page that draws until two differ gets on; or a sequence by seed.
  let seed = visitor.seed >>> 0;
  function chance() {
    draws++;
    if (!seed) return visitor.random === 0 ? (draws % 7) * 1e-9 : visitor.random - (draws % 7) * 1e-9;
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return ((seed >>> 8) % 65521) / 65521;
  }
  G.crypto = methods({}, {
    getRandomValues(array) { reads("random"); for (let i = 0; i < array.length; i++) array[i] = Math.floor(chance() * 4294967296); return array; },
    randomUUID() { return "00000000-0000-4000-8000-000000000000"; },
  });

  // Which attributes of the visitor a script has asked for: what it did not ask for cannot decide.
  const asked = new Set();
  function reads(what) { if (!asked.has(what)) { asked.add(what); host.asked(what); } }

  // ---- timers, tasks ---------------------------------------------------------------------------------------------
  let timers = [], ticket = 0;
  const MOST_TIMERS = 600;
  function later(run, delay, every, args) {
    ticket++;
    if (timers.length < MOST_TIMERS) {
      delay = Math.max(+delay || 0, every ? 4 : 0);
      timers.push({ ticket, at: clock + delay, every: every ? delay : 0, run, args, times: 0, events });
    }
    return ticket;
  }
  function forget(id) { timers = timers.filter((timer) => timer.ticket !== id); }
  function perform(run, args) {
    if (typeof run === "function") return attempt(() => run.apply(G, args || []));
    if (run != null) { record("eval", run); runText(str(run)); }
  }
  function attempt(task) {
    try { return task(); } catch (error) { fault(error); }
  }
  function fault(error) {
    let message = "";
    try { message = error && error.message ? error.name + ": " + error.message + " " + str(error.stack).trim().split("\n")[0] : str(error); } catch (e) { message = "?"; }
    record("error", message);
    const handler = G.onerror;
    if (typeof handler === "function") { try { handler.call(G, message, "", 0, 0, error); } catch (e) { /* as browsers do */ } }
  }
  methods(G, {
    setTimeout(run, delay, ...args) { return later(run, delay, false, args); },
    setInterval(run, delay, ...args) { return later(run, delay, true, args); },
    clearTimeout: forget, clearInterval: forget, cancelAnimationFrame: forget, cancelIdleCallback: forget,
    setImmediate(run, ...args) { return later(run, 0, false, args); },
    requestAnimationFrame(run) { return later(() => run(clock + 16), 16, false); },
    requestIdleCallback(run) { return later(() => run({ didTimeout: false, timeRemaining() { return 20; } }), 50, false); },
    queueMicrotask(run) { Promise.resolve().then(run).catch(fault); },
  });

  // ---- addresses -------------------------------------------------------------------------------------------------
  // The host resolves: the same rules as everywhere else in the program.
  function resolve(address) { return host.resolve(str(address), document.__base); }
  function parts(address) { return JSON.parse(host.parts(str(address))); }
  function URL(address, base) {
    if (!new.target) throw new TypeError("Class constructor URL cannot be invoked without 'new'");
    const whole = host.resolve(str(address), base === undefined ? "" : str(base));
    if (!whole) throw new TypeError("Invalid URL");
    Object.assign(this, parts(whole));
    this.searchParams = new URLSearchParams(this.search);
  }
  methods(URL.prototype, { toString() { return this.href; }, toJSON() { return this.href; } });
  methods(URL, { createObjectURL(blob) { const id = "blob:null/" + (++ticket); blobs[id] = blob && blob.__text || ""; return id; }, revokeObjectURL() {} });
  const blobs = Object.create(null);
  function URLSearchParams(init) {
    this.__pairs = [];
    if (init && typeof init === "object" && !(init instanceof URLSearchParams)) for (const key of Object.keys(init)) this.__pairs.push([key, str(init[key])]);
    else for (const pair of str(init || "").replace(/^\?/, "").split("&")) if (pair) {
      const at = pair.indexOf("="), raw = at < 0 ? [pair, ""] : [pair.slice(0, at), pair.slice(at + 1)];
      this.__pairs.push(raw.map((piece) => { try { return decodeURIComponent(piece.replace(/\+/g, " ")); } catch (e) { return piece; } }));
    }
  }
  methods(URLSearchParams.prototype, {
    get(key) { const hit = this.__pairs.find((pair) => pair[0] === key); return hit ? hit[1] : null; },
    getAll(key) { return this.__pairs.filter((pair) => pair[0] === key).map((pair) => pair[1]); },
    has(key) { return this.__pairs.some((pair) => pair[0] === key); },
    set(key, value) { this.delete(key); this.append(key, value); },
    append(key, value) { this.__pairs.push([str(key), str(value)]); },
    delete(key) { this.__pairs = this.__pairs.filter((pair) => pair[0] !== key); },
    forEach(run) { for (const pair of this.__pairs) run(pair[1], pair[0], this); },
    toString() { return this.__pairs.map((pair) => pair.map(encodeURIComponent).join("=")).join("&"); },
    [Symbol.iterator]() { return this.__pairs[Symbol.iterator](); },
  });
  G.URL = native(URL, "URL"); G.URLSearchParams = native(URLSearchParams, "URLSearchParams");

  // ---- navigation ------------------------------------------------------------------------------------------------
  let here = parts(visitor.url);
  function navigate(address, by) {
    const text = str(address).trim();
    if (/^[\u0000-\u0020]*javascript:/i.test(text)) {
      const code = text.replace(/^[\u0000-\u0020]*javascript:/i, "");
      attempt(() => { const result = runText(decodeQuietly(code)); if (typeof result === "string") rewrite(result); });
      return;
    }
    const whole = resolve(text) || text;
    if (sameDocument(whole)) { record("hash", whole); here = parts(whole); fire(G, "hashchange"); return; }
    record("navigate:" + by, whole);
    leaving = whole;
  }
  function decodeQuietly(code) { try { return decodeURIComponent(code); } catch (e) { return code; } }
  function sameDocument(whole) {
    const cut = (text) => text.split("#")[0];
    if (!whole.includes("#")) return false;
    reads("page");
    return cut(whole) === cut(here.href);
  }
  // What all pages of a site have in common is nothing that a script learns of its page.
  const SHARED = new Set(["protocol", "host", "hostname", "port", "origin"]);
  function makeLocation(by) {
    const location = {};
    getter(location, "href", () => { reads("page"); return here.href; }, (value) => navigate(value, by));
    for (const part of ["protocol", "host", "hostname", "port", "pathname", "search", "hash", "origin"]) {
      getter(location, part, () => { if (!SHARED.has(part)) reads("page"); return here[part]; }, (value) => {
        if (part === "origin") return;
        reads("page");
        const next = Object.assign({}, here, { [part]: str(value) });
        if (part === "hash") { const hash = str(value).replace(/^#?/, "#"); return navigate(here.href.split("#")[0] + hash, by); }
        if (part === "protocol") next.protocol = str(value).replace(/:?$/, ":");
        if (part === "search" && next.search && next.search[0] !== "?") next.search = "?" + next.search;
        const authority = part === "host" ? next.host : next.hostname + (next.port ? ":" + next.port : "");
        navigate(next.protocol + "//" + authority + next.pathname + next.search + next.hash, by);
      });
    }
    methods(location, {
      assign(address) { navigate(address, "location"); }, replace(address) { navigate(address, "location"); },
      reload() { reads("page"); record("reload", here.href); }, toString() { reads("page"); return here.href; }, valueOf() { return this; },
    });
    location.ancestorOrigins = { length: 0 };
    return location;
  }
  const location = makeLocation("location");
  getter(G, "location", () => location, (value) => navigate(value, "location"));

  // ---- events ----------------------------------------------------------------------------------------------------
  const listeners = new WeakMap();
  function heard(target, type) {
    let table = listeners.get(target);
    if (!table) listeners.set(target, table = Object.create(null));
    return table[type] || (table[type] = []);
  }
  const eventTarget = {
    addEventListener(type, run, options) {
      type = str(type);
      const list = heard(this || G, type);
      if (run && list.length < 200 && !list.some((entry) => entry.run === run)) {
        listened.add(type);
        list.push({ run, once: !!(options && options.once) });
        record("listen", type);
      }
    },
    removeEventListener(type, run) {
      const list = heard(this || G, str(type));
      const at = list.findIndex((entry) => entry.run === run);
      if (at >= 0) list.splice(at, 1);
    },
    dispatchEvent(event) {
      // A click that a script makes follows the link under it, as the visitor's own would.
      if (event && event.type === "click" && this && this.nodeType === 1) press(this, true); else fire(this || G, event && event.type, event);
      return !(event && event.defaultPrevented);
    },
    attachEvent(type, run) { return eventTarget.addEventListener.call(this || G, str(type).replace(/^on/, ""), run); },
    detachEvent() {},
  };
  function Event(type, options) { this.type = str(type); Object.assign(this, options && options.detail !== undefined ? { detail: options.detail } : {}); this.isTrusted = true; this.timeStamp = clock; this.bubbles = true; this.cancelable = true; this.defaultPrevented = false; }
  methods(Event.prototype, {
    preventDefault() { this.defaultPrevented = true; }, stopPropagation() { this.__stopped = true; }, stopImmediatePropagation() { this.__stopped = true; },
    initEvent(type) { this.type = str(type); }, initMouseEvent(type) { this.type = str(type); }, initCustomEvent(type, b, c, detail) { this.type = str(type); this.detail = detail; }, initUIEvent(type) { this.type = str(type); },
    composedPath() { return []; },
  });
  for (const name of ["Event", "CustomEvent", "MouseEvent", "PointerEvent", "TouchEvent", "KeyboardEvent", "UIEvent", "FocusEvent", "PopStateEvent", "MessageEvent", "HashChangeEvent", "ErrorEvent", "WheelEvent", "InputEvent"]) G[name] = Event;
  native(Event, "Event");
  // Types of event that somebody has listened to: the others have nobody to tell.
  const listened = new Set();
  function fire(target, type, given) {
    if (!type) return null;
    const own = target === G && !Object.prototype.hasOwnProperty.call(G, "on" + type) ? null : target["on" + type];
    if (typeof own !== "function" && !listened.has(type)) return given || null;
    const event = given || new Event(type);
    try { event.type = type; event.target = event.target || target; event.currentTarget = target; event.srcElement = event.target; } catch (e) { /* frozen by the page */ }
    for (const [key, value] of Object.entries(POINT)) if (event[key] === undefined) { try { event[key] = value; } catch (e) { /* frozen */ } }
    const list = heard(target, type).slice();
    if (typeof own === "function") list.push({ run: own });
    for (const entry of list) {
      if (entry.once) eventTarget.removeEventListener.call(target, type, entry.run);
      attempt(() => {
        const result = typeof entry.run === "function" ? entry.run.call(target, event) : entry.run && entry.run.handleEvent && entry.run.handleEvent(event);
        if (result === false) event.defaultPrevented = true;
      });
      if (leaving) break;
    }
    return event;
  }
  const POINT = { clientX: 160, clientY: 300, pageX: 160, pageY: 300, screenX: 160, screenY: 380, button: 0, which: 1, keyCode: 13, key: "Enter", deltaY: 120,
    touches: [{ clientX: 160, clientY: 300, pageX: 160, pageY: 300 }], changedTouches: [{ clientX: 160, clientY: 300, pageX: 160, pageY: 300 }] };
  methods(G, eventTarget);

