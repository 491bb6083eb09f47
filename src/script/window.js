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
  let events = 0;
  let leaving = "";       // address of a navigation that this task has begun
  function record(kind, data) {
    if (events++ < MOST_EVENTS) host.record(kind, clip(data, MOST_TEXT), clock, gesture);
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
  const inZone = (date) => new RealDate(date.valueOf() + zone);
  const zoned = {};
  for (const part of ["FullYear", "Month", "Date", "Day", "Hours", "Minutes", "Seconds"]) {
    const utc = RealDate.prototype["getUTC" + part];
    zoned["get" + part] = function () { if (part !== "FullYear") reads("clock"); return call(utc, inZone(this)); };
  }
  zoned.getYear = function () { return this.getFullYear() - 1900; };
  zoned.getTimezoneOffset = function () { reads("zone"); return -visitor.zone; };
  methods(RealDate.prototype, zoned);
  native(VisitorDate, "Date");
  G.Date = VisitorDate;
  let draws = 0;
  methods(Math, { random() { reads("random"); draws++; return visitor.random === 0 ? (draws % 7) * 1e-9 : visitor.random - (draws % 7) * 1e-9; } });
  G.crypto = methods({}, {
    getRandomValues(array) { reads("random"); for (let i = 0; i < array.length; i++) array[i] = visitor.random === 0 ? 0 : -1; return array; },
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
      timers.push({ ticket, at: clock + delay, every: every ? delay : 0, run, args });
    }
    return ticket;
  }
  function forget(id) { timers = timers.filter((timer) => timer.ticket !== id); }
  function perform(run, args) {
    if (typeof run === "function") return attempt(() => run.apply(G, args || []));
    if (run != null) { record("eval", run); attempt(() => host.run(str(run))); }
  }
  function attempt(task) {
    try { return task(); } catch (error) { fault(error); }
  }
  function fault(error) {
    let message = "";
    try { message = error && error.message ? error.name + ": " + error.message : str(error); } catch (e) { message = "?"; }
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
  function resolve(address) { return host.resolve(str(address), document.baseURI); }
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
      attempt(() => { const result = host.run(decodeQuietly(code)); if (typeof result === "string") rewrite(result); });
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
    return whole.includes("#") && cut(whole) === cut(here.href);
  }
  function makeLocation(by) {
    const location = {};
    getter(location, "href", () => here.href, (value) => navigate(value, by));
    for (const part of ["protocol", "host", "hostname", "port", "pathname", "search", "hash", "origin"]) {
      getter(location, part, () => here[part], (value) => {
        if (part === "origin") return;
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
      reload() { record("reload", here.href); }, toString() { return here.href; }, valueOf() { return this; },
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
        list.push({ run, once: !!(options && options.once) });
        record("listen", type);
      }
    },
    removeEventListener(type, run) {
      const list = heard(this || G, str(type));
      const at = list.findIndex((entry) => entry.run === run);
      if (at >= 0) list.splice(at, 1);
    },
    dispatchEvent(event) { fire(this || G, event && event.type, event); return true; },
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
  function fire(target, type, given) {
    if (!type) return null;
    const event = given || new Event(type);
    try { event.type = type; event.target = event.target || target; event.currentTarget = target; event.srcElement = event.target; } catch (e) { /* frozen by the page */ }
    for (const [key, value] of Object.entries(POINT)) if (event[key] === undefined) { try { event[key] = value; } catch (e) { /* frozen */ } }
    const list = heard(target, type).slice();
    const own = target["on" + type];
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

  // ---- nodes -----------------------------------------------------------------------------------------------------
  const VOID = new Set(["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"]);
  const REFLECTED = ["id", "name", "type", "rel", "target", "title", "alt", "media", "content", "httpEquiv", "charset", "lang", "dir", "width", "height", "method", "align", "color", "language", "crossOrigin", "referrerPolicy", "sandbox", "allow", "frameBorder", "scrolling", "placeholder"];
  const ADDRESSES = { href: 1, src: 1, action: 1, data: 1, poster: 1 };
  let made = 0;
  const MOST_NODES = 20000;
  class Node {
    constructor(kind, name) {
      if (++made > MOST_NODES) throw new RangeError("too many nodes");
      this.nodeType = kind; this.nodeName = name; this.childNodes = []; this.parentNode = null;
    }
    get parentElement() { return this.parentNode && this.parentNode.nodeType === 1 ? this.parentNode : null; }
    get firstChild() { return this.childNodes[0] || null; }
    get lastChild() { return this.childNodes[this.childNodes.length - 1] || null; }
    get nextSibling() { const s = this.parentNode && this.parentNode.childNodes; return s ? s[s.indexOf(this) + 1] || null : null; }
    get previousSibling() { const s = this.parentNode && this.parentNode.childNodes; return s ? s[s.indexOf(this) - 1] || null : null; }
    get ownerDocument() { return document; }
    get isConnected() { for (let n = this; n; n = n.parentNode) if (n === document) return true; return false; }
    getRootNode() { return document; }
    hasChildNodes() { return this.childNodes.length > 0; }
    contains(other) { for (let n = other; n; n = n.parentNode) if (n === this) return true; return false; }
    compareDocumentPosition() { return 4; }
    appendChild(child) { return this.insertBefore(child, null); }
    insertBefore(child, before) {
      if (child == null || typeof child !== "object") return child;
      const children = child.nodeType === 11 ? child.childNodes.slice() : [child];
      for (const one of children) {
        if (one === this || (one.contains && one.contains(this))) throw new Error("HierarchyRequestError");
        if (one.parentNode) one.parentNode.removeChild(one);
        const at = before ? this.childNodes.indexOf(before) : -1;
        if (at < 0) this.childNodes.push(one); else this.childNodes.splice(at, 0, one);
        one.parentNode = this;
      }
      for (const one of children) if (this.isConnected) inserted(one);
      return child;
    }
    removeChild(child) {
      const at = this.childNodes.indexOf(child);
      if (at >= 0) { this.childNodes.splice(at, 1); child.parentNode = null; if (child.__page) record("remove", child.__page); }
      return child;
    }
    replaceChild(fresh, old) { this.insertBefore(fresh, old); this.removeChild(old); return old; }
    remove() { if (this.parentNode) this.parentNode.removeChild(this); }
    cloneNode(deep) {
      const copy = this.nodeType === 1 ? make(this.localName) : new Text(this.data || "");
      if (this.nodeType === 1) { Object.assign(copy.__attributes, this.__attributes); copy.style.cssText = this.style.cssText; }
      if (deep) for (const child of this.childNodes) copy.appendChild(child.cloneNode(true));
      return copy;
    }
    get textContent() { return this.nodeType === 3 ? this.data : this.childNodes.map((child) => child.textContent).join(""); }
    set textContent(text) {
      if (this.nodeType === 3) { this.data = str(text); return; }
      for (const child of this.childNodes) child.parentNode = null;
      this.childNodes = [];
      if (str(text)) this.appendChild(new Text(text));
      if (this.localName === "title" && this.isConnected) record("title", text);
    }
    get nodeValue() { return this.nodeType === 3 ? this.data : null; }
    normalize() {}
  }
  class Text extends Node { constructor(data) { super(3, "#text"); this.data = str(data); } get length() { return this.data.length; } }
  class Style {
    constructor(owner) { Object.defineProperty(this, "__owner", { value: owner }); Object.defineProperty(this, "__map", { value: Object.create(null) }); }
    get cssText() { return Object.keys(this.__map).map((key) => key + ": " + this.__map[key]).join("; "); }
    set cssText(text) { for (const key of Object.keys(this.__map)) delete this.__map[key]; for (const piece of str(text).split(";")) { const at = piece.indexOf(":"); if (at > 0) this.setProperty(piece.slice(0, at).trim(), piece.slice(at + 1).trim()); } }
    setProperty(name, value) { this.__map[dashed(name)] = str(value); styled(this.__owner); }
    getPropertyValue(name) { return this.__map[dashed(name)] || ""; }
    removeProperty(name) { const old = this.getPropertyValue(name); delete this.__map[dashed(name)]; return old; }
  }
  const dashed = (name) => str(name).replace(/[A-Z]/g, (c) => "-" + c.toLowerCase()).toLowerCase();
  function styleOf(owner) {
    return new Proxy(new Style(owner), {
      get(style, name) { return typeof name === "symbol" || name in style ? Reflect.get(style, name, style) : style.__map[dashed(name)] || ""; },
      set(style, name, value) { if (name === "cssText") style.cssText = value; else style.setProperty(name, value); return true; },
      has() { return true; },
    });
  }
  function styled(owner) { if (owner.__page && owner.isConnected) record("style", owner.__page + "\n" + owner.style.cssText); }
  class Element extends Node {
    constructor(name) {
      super(1, name.toUpperCase());
      this.localName = name; this.tagName = this.nodeName; this.namespaceURI = "http://www.w3.org/1999/xhtml";
      Object.defineProperty(this, "__attributes", { value: Object.create(null) });
    }
    get style() { const style = styleOf(this); Object.defineProperty(this, "style", { get: () => style, set: (text) => { style.cssText = text; }, configurable: true }); if (this.__attributes.style) style.cssText = this.__attributes.style; return style; }
    set style(text) { this.style.cssText = text; }
    get attributes() { return Object.keys(this.__attributes).map((name) => ({ name, value: this.__attributes[name] })); }
    getAttribute(name) { const value = this.__attributes[str(name).toLowerCase()]; return value === undefined ? null : value; }
    setAttribute(name, value) { name = str(name).toLowerCase(); this.__attributes[name] = str(value); changed(this, name); }
    setAttributeNS(ns, name, value) { this.setAttribute(name, value); }
    removeAttribute(name) { delete this.__attributes[str(name).toLowerCase()]; }
    hasAttribute(name) { return str(name).toLowerCase() in this.__attributes; }
    getAttributeNode(name) { return this.hasAttribute(name) ? { value: this.getAttribute(name) } : null; }
    get className() { return this.__attributes.class || ""; } set className(value) { this.__attributes.class = str(value); }
    get classList() {
      const owner = this, all = () => owner.className.split(/\s+/).filter(Boolean);
      return { add(...names) { owner.className = [...new Set([...all(), ...names.map(str)])].join(" "); }, remove(...names) { owner.className = all().filter((name) => !names.includes(name)).join(" "); },
        toggle(name) { this.contains(name) ? this.remove(name) : this.add(name); return this.contains(name); }, contains(name) { return all().includes(str(name)); }, replace(a, b) { this.remove(a); this.add(b); }, item(i) { return all()[i] || null; }, get length() { return all().length; }, toString() { return owner.className; } };
    }
    get dataset() { const owner = this; return new Proxy({}, { get(_, name) { const value = owner.getAttribute("data-" + dashed(name)); return value === null ? undefined : value; }, set(_, name, value) { owner.setAttribute("data-" + dashed(name), value); return true; } }); }
    get children() { return this.childNodes.filter((node) => node.nodeType === 1); }
    get childElementCount() { return this.children.length; }
    get firstElementChild() { return this.children[0] || null; }
    get lastElementChild() { const c = this.children; return c[c.length - 1] || null; }
    get nextElementSibling() { for (let n = this.nextSibling; n; n = n.nextSibling) if (n.nodeType === 1) return n; return null; }
    get previousElementSibling() { for (let n = this.previousSibling; n; n = n.previousSibling) if (n.nodeType === 1) return n; return null; }
    get innerHTML() { return this.childNodes.map(serialise).join(""); }
    set innerHTML(html) { this.textContent = ""; record("html", html); attempt(() => build(str(html), this, false)); if (this === document.body || this === document.documentElement) record("replace", html); }
    get outerHTML() { return serialise(this); }
    set outerHTML(html) { const parent = this.parentNode; if (parent) { this.remove(); build(str(html), parent, false); } }
    get innerText() { return this.textContent; } set innerText(text) { this.textContent = text; }
    get text() { return this.textContent; } set text(text) { this.textContent = text; }
    insertAdjacentHTML(where, html) { record("html", html); build(str(html), /begin|end/i.test(str(where).slice(0, 6)) && /^(beforebegin|afterend)$/i.test(where) && this.parentNode ? this.parentNode : this, false); }
    insertAdjacentElement(where, node) { (/^(beforebegin|afterend)$/i.test(where) && this.parentNode ? this.parentNode : this).appendChild(node); return node; }
    append(...nodes) { for (const node of nodes) this.appendChild(typeof node === "object" ? node : new Text(node)); }
    prepend(...nodes) { for (const node of nodes.reverse()) this.insertBefore(typeof node === "object" ? node : new Text(node), this.firstChild); }
    before(...nodes) { if (this.parentNode) for (const node of nodes) this.parentNode.insertBefore(typeof node === "object" ? node : new Text(node), this); }
    after(...nodes) { if (this.parentNode) for (const node of nodes) this.parentNode.insertBefore(typeof node === "object" ? node : new Text(node), this.nextSibling); }
    replaceWith(node) { if (this.parentNode) this.parentNode.replaceChild(typeof node === "object" ? node : new Text(node), this); }
    replaceChildren(...nodes) { this.textContent = ""; this.append(...nodes); }
    getElementsByTagName(name) { return search(this, str(name)); }
    getElementsByClassName(name) { return search(this, "." + str(name).trim().split(/\s+/).join(".")); }
    querySelector(selector) { return search(this, str(selector))[0] || null; }
    querySelectorAll(selector) { return search(this, str(selector)); }
    matches(selector) { return str(selector).split(",").some((one) => fits(this, one.trim())); }
    closest(selector) { for (let n = this; n && n.nodeType === 1; n = n.parentNode) if (n.matches(selector)) return n; return null; }
    getBoundingClientRect() { return { left: 0, top: 0, right: visitor.width, bottom: 40, width: visitor.width, height: 40, x: 0, y: 0 }; }
    getClientRects() { return [this.getBoundingClientRect()]; }
    get offsetWidth() { return visitor.width; } get offsetHeight() { return 40; } get clientWidth() { return visitor.width; } get clientHeight() { return this === document.documentElement ? visitor.height : 40; }
    get scrollHeight() { return 3000; } get scrollWidth() { return visitor.width; } get scrollTop() { return 0; } set scrollTop(v) {} get offsetTop() { return 0; } get offsetLeft() { return 0; } get offsetParent() { return document.body; }
    focus() {} blur() {} scrollIntoView() {} requestFullscreen() { return Promise.resolve(); } setPointerCapture() {} animate() { return { finished: Promise.resolve(), cancel() {}, play() {} }; } attachShadow() { return make("div"); }
    click() { press(this, true); }
    submit() { send(this); } requestSubmit() { send(this); } reset() {}
    play() { return Promise.resolve(); } pause() {} load() {}
    getContext() { return canvas; } toDataURL() { return "data:image/png;base64,iVBORw0KGgo="; }
    get contentWindow() { return this.localName === "iframe" ? frameWindow(this) : undefined; }
    get contentDocument() { return this.localName === "iframe" ? frameWindow(this).document : undefined; }
    get sheet() { return { insertRule() {}, cssRules: [] }; }
    get form() { return this.closest("form"); }
    get elements() { return search(this, "input,select,textarea,button"); }
    get value() { return this.__value !== undefined ? this.__value : this.__attributes.value || ""; } set value(v) { this.__value = str(v); }
    get protocol() { return linkPart(this, "protocol"); } get host() { return linkPart(this, "host"); } get hostname() { return linkPart(this, "hostname"); } get pathname() { return linkPart(this, "pathname"); } get search() { return linkPart(this, "search"); } get hash() { return linkPart(this, "hash"); } get port() { return linkPart(this, "port"); } get origin() { return linkPart(this, "origin"); }
  }
  Object.assign(Element.prototype, {});
  methods(Node.prototype, eventTarget);
  for (const name of REFLECTED) Object.defineProperty(Element.prototype, name, {
    get() { const value = this.__attributes[name.toLowerCase() === "httpequiv" ? "http-equiv" : name.toLowerCase()]; return value === undefined ? "" : value; },
    set(value) { this.setAttribute(name === "httpEquiv" ? "http-equiv" : name, value); }, configurable: true });
  for (const name of Object.keys(ADDRESSES)) Object.defineProperty(Element.prototype, name, {
    get() { const value = this.__attributes[name]; return value === undefined ? "" : resolve(value) || value; },
    set(value) { this.setAttribute(name, value); }, configurable: true });
  const linkPart = (element, part) => (element.__attributes.href === undefined ? "" : parts(element.href)[part] || "");
  const canvas = new Proxy({}, { get(_, name) { if (name === "measureText") return () => ({ width: 80 }); if (name === "getImageData") return () => ({ data: new Uint8Array(16) }); if (name === "getParameter") return () => "ANGLE"; if (name === "getExtension") return () => null; return () => undefined; }, set() { return true; } });
  for (const name of ["Node", "Element", "HTMLElement", "HTMLDocument", "HTMLScriptElement", "HTMLAnchorElement", "HTMLIFrameElement", "HTMLImageElement", "HTMLFormElement", "HTMLInputElement", "HTMLCanvasElement", "HTMLDivElement", "HTMLBodyElement", "HTMLMetaElement", "HTMLLinkElement", "SVGElement", "Text", "DocumentFragment", "CharacterData"]) {
    G[name] = name === "Node" ? Node : name === "Text" ? Text : Element;
  }
  native(Node, "Node"); native(Element, "Element"); native(Text, "Text");
  function make(name) { return new Element(str(name).toLowerCase()); }

  function serialise(node) {
    if (node.nodeType === 3) return node.data;
    const attributes = node.attributes.map((a) => " " + a.name + '="' + a.value.replace(/"/g, "&quot;") + '"').join("");
    return "<" + node.localName + attributes + ">" + (VOID.has(node.localName) ? "" : node.childNodes.map(serialise).join("") + "</" + node.localName + ">");
  }

  // A small tokenizer for markup that scripts write; the document itself was parsed elsewhere.
  const TAG = /<(\/?)([a-zA-Z][^\s\/>]*)((?:"[^"]*"|'[^']*'|[^>"'])*)>|<!--[\s\S]*?-->|<![^>]*>/g;
  const ATTRIBUTE = /([^\s=\/"'>]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?/g;
  function build(html, parent, live) {
    const stack = [parent];
    let at = 0, match;
    const text = (upto) => { const piece = html.slice(at, upto); if (piece) { const top = stack[stack.length - 1]; const node = new Text(unescapeEntities(piece)); node.parentNode = top; top.childNodes.push(node); } };
    TAG.lastIndex = 0;
    while ((match = TAG.exec(html))) {
      text(match.index);
      at = TAG.lastIndex;
      if (!match[2]) continue;
      const name = match[2].toLowerCase();
      if (match[1]) { for (let i = stack.length - 1; i > 0; i--) if (stack[i].localName === name) { stack.length = i; break; } continue; }
      const element = make(name);
      let pair;
      ATTRIBUTE.lastIndex = 0;
      while ((pair = ATTRIBUTE.exec(match[3]))) { const key = pair[1].toLowerCase(); if (!(key in element.__attributes)) element.__attributes[key] = unescapeEntities(pair[2] !== undefined ? pair[2] : pair[3] !== undefined ? pair[3] : pair[4] || ""); }
      if (name === "script" || name === "style" || name === "textarea" || name === "title") {
        const end = new RegExp("</" + name + "[\\s>]", "i").exec(html.slice(at));
        const body = html.slice(at, end ? at + end.index : html.length);
        element.childNodes.push(Object.assign(new Text(body), { parentNode: element }));
        at = end ? html.indexOf(">", at + end.index) + 1 || html.length : html.length;
        TAG.lastIndex = at;
      }
      const top = stack[stack.length - 1];
      element.parentNode = top; top.childNodes.push(element);
      if (!live && name === "script") element.__inert = true;
      if (top.isConnected) inserted(element, true);
      if (!VOID.has(name) && name !== "script" && name !== "style" && name !== "title" && name !== "textarea" && !/\/\s*$/.test(match[3]) && stack.length < 200) stack.push(element);
    }
    text(html.length);
  }
  const ENTITIES = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: "\u00a0" };
  function unescapeEntities(text) {
    return text.includes("&") ? text.replace(/&(#x?[0-9a-f]+|[a-z]+);?/gi, (whole, name) => {
      if (name[0] !== "#") return ENTITIES[name.toLowerCase()] || whole;
      const code = /^#x/i.test(name) ? parseInt(name.slice(2), 16) : parseInt(name.slice(1), 10);
      return code > 0 && code < 0x110000 ? String.fromCodePoint(code) : whole;
    }) : text;
  }

  // ---- what insertion does ---------------------------------------------------------------------------------------
  function inserted(node, alone) {
    if (node.nodeType !== 1) return;
    const attributes = node.__attributes;
    for (const observer of observers) observer.__seen(node);
    switch (node.localName) {
      case "script": if (!node.__ran && !node.__inert) runScript(node); break;
      case "iframe": case "frame": case "object": case "embed": record("frame", describe(node, attributes.src || attributes.data || (attributes.srcdoc ? "srcdoc" : ""))); if (attributes.srcdoc) record("srcdoc", attributes.srcdoc); later(() => fire(node, "load"), 60, false); break;
      case "meta": if (/^refresh$/i.test(attributes["http-equiv"] || "")) refresh(attributes.content || ""); break;
      case "link": record("link", (attributes.rel || "") + "\n" + (resolve(attributes.href || "") || "")); later(() => fire(node, "load"), 30, false); break;
      case "a": if (attributes.href) record("anchor", describe(node, attributes.href)); break;
      case "img": picture(node); break;
      case "title": record("title", node.textContent); break;
      case "base": if (attributes.href) document.__base = resolve(attributes.href) || document.__base; break;
      case "svg": case "body": case "style": if (attributes.onload) later(() => handler(node, "load"), 5, false); break;
    }
    if (attributes.autofocus !== undefined && attributes.onfocus) later(() => handler(node, "focus"), 5, false);
    if (!alone) for (const child of node.childNodes.slice()) inserted(child);
  }
  function describe(node, address) { return (resolve(address) || str(address)) + "\n" + (node.__attributes.style || node.style.cssText || "") + "\n" + (node.__attributes.width || "") + "x" + (node.__attributes.height || "") + "\n" + (node.parentNode && node.parentNode.__attributes ? node.parentNode.style.cssText : ""); }
  function refresh(content) {
    const match = /^\s*([\d.]*)[\s;,]*(?:url\s*=\s*)?["']?([^"']*)/i.exec(content);
    if (match && match[2]) later(() => navigate(match[2].trim(), "meta"), (parseFloat(match[1]) || 0) * 1000, false);
  }
  function picture(node) {
    const source = node.__attributes.src;
    if (source === undefined) return;
    record("image", resolve(source) || source);
    const broken = !/^https?:|^\/|^data:image/i.test(source) || /^(x|1|a|null|#)?$/i.test(source);
    later(() => { fire(node, broken ? "error" : "load"); handler(node, broken ? "error" : "load"); }, 40, false);
  }
  function handler(node, type) {
    const code = node.__attributes["on" + type];
    if (code && !node.__ranHandler) { node.__ranHandler = true; attempt(() => host.handler(code, node)); }
  }
  function changed(node, name) {
    if (name === "style") node.style.cssText = node.__attributes.style;
    if (!ADDRESSES[name] || !node.isConnected) { if (node.localName === "img" && name === "src" && !node.isConnected) picture(node); return; }
    if (node.localName === "script" && !node.__ran) runScript(node);
    else if (/^(iframe|frame|object|embed)$/.test(node.localName)) record("frame", describe(node, node.__attributes[name]));
    else if (node.localName === "img") picture(node);
    else if (node.localName === "a" && name === "href") record("anchor", describe(node, node.__attributes.href));
  }
  function isScript(node) { const type = (node.__attributes.type || "").trim().toLowerCase(); return !type || /(java|ecma|j)script|module/.test(type); }
  let depth = 0;
  function runScript(node) {
    if (!isScript(node)) return;
    node.__ran = true;
    if (depth > 24) return;
    const source = node.__attributes.src;
    if (source === undefined || source === "") {
      const code = node.textContent;
      if (!code.trim()) { node.__ran = false; return; }
      record("script", code);
      execute(code, node);
      return;
    }
    const whole = resolve(source) || source;
    record("load", whole);
    const code = /^data:/i.test(whole) ? host.data(whole) : /^blob:/.test(whole) ? blobs[whole] : host.fetch(whole, "script");
    const run = () => {
      if (typeof code === "string") { execute(code, node); fire(node, "load"); if (typeof node.onreadystatechange === "function") { node.readyState = "complete"; attempt(() => node.onreadystatechange()); } handler(node, "load"); }
      else { fire(node, "error"); handler(node, "error"); }
    };
    if (writing) run(); else later(run, 30, false);
  }
  function execute(code, node) {
    const before = document.currentScript;
    document.currentScript = node; depth++;
    try { host.run(code); } catch (error) { fault(error); }
    depth--; document.currentScript = before;
  }
  function press(node, synthetic) {
    const event = fire(node, "click", new Event("click"));
    const code = node.__attributes && node.__attributes.onclick;
    let stopped = event && event.defaultPrevented;
    if (code && typeof node.onclick !== "function") attempt(() => { if (host.handler(code, node) === false) stopped = true; });
    for (let up = node.parentNode; up && !leaving; up = up.parentNode) { const e = new Event("click"); e.target = node; fire(up, "click", e); stopped = stopped || e.defaultPrevented; }
    if (!leaving) { const e = new Event("click"); e.target = node; fire(G, "click", e); }
    if (stopped || leaving) return;
    const anchor = node.closest ? node.closest("a,area") : null;
    if (anchor && anchor.__attributes.href !== undefined && (synthetic || anchor.__scripted)) {
      if (anchor.__attributes.download !== undefined) record("download", anchor.href);
      else if (/^_?blank$|^_new$/i.test(anchor.target)) record("open", anchor.href);
      else navigate(anchor.__attributes.href, "click");
    }
    const button = node.closest ? node.closest("button,input") : null;
    if (synthetic && button && /submit|^$/i.test(button.type) && button.form) send(button.form);
  }
  function send(form) {
    if (!form || form.localName !== "form") return;
    const target = form.__attributes.action || here.href;
    const fields = /post/i.test(form.__attributes.method || "") ? "" : form.elements.filter((field) => field.name).map((field) => encodeURIComponent(field.name) + "=" + encodeURIComponent(field.value)).join("&");
    if (/^_?blank$/i.test(form.target)) record("open", resolve(target)); else navigate(fields ? target.split("?")[0] + "?" + fields : target, "form");
  }
  const windows = new WeakMap();
  function frameWindow(frame) {
    if (!windows.has(frame)) {
      const inner = { document: { write(html) { record("srcdoc", html); }, writeln(html) { record("srcdoc", html); }, open() { return this; }, close() {}, createElement: make, body: make("body"), head: make("head"), documentElement: make("html") }, postMessage() {}, navigator: G.navigator, parent: G, top: G, self: null };
      getter(inner, "location", () => makeLocation("frame"), (value) => record("frame", describe(frame, str(value))));
      windows.set(frame, inner);
    }
    return windows.get(frame);
  }

  // ---- searching: a page's own elements are made when they are asked for ------------------------------------------
  let outline = null;
  function pageElements() {
    if (!outline) {
      outline = [];
      for (const [tag, attributes, text, parent] of JSON.parse(host.outline())) {
        const element = make(tag);
        Object.assign(element.__attributes, attributes);
        if (text) { const node = new Text(text); node.parentNode = element; element.childNodes.push(node); }
        Object.defineProperty(element, "__page", { value: attributes.id ? "#" + attributes.id : tag + (attributes.class ? "." + attributes.class.trim().split(/\s+/).join(".") : ""), configurable: true });
        const over = parent >= 0 && outline[parent] || document.body;
        element.parentNode = over; over.childNodes.push(element);
        element.__inert = true; element.__ran = true;
        outline.push(element);
      }
    }
    return outline;
  }
  function walk(root, visit) {
    const stack = [root];
    let steps = 0;
    while (stack.length && steps++ < 30000) {
      const node = stack.pop();
      if (node !== root && node.nodeType === 1 && visit(node) === false) return;
      for (let i = node.childNodes.length - 1; i >= 0; i--) stack.push(node.childNodes[i]);
    }
  }
  function search(root, selector) {
    pageElements();
    const wanted = selector.split(",").map((one) => one.trim()).filter(Boolean), found = [];
    if (root === document) for (const fixed of [document.documentElement, document.head, document.body]) if (wanted.some((one) => fits(fixed, one))) found.push(fixed);
    walk(root === document ? document.documentElement : root, (node) => { if (found.length < 2000 && !found.includes(node) && wanted.some((one) => fits(node, one))) found.push(node); });
    return collection(found);
  }
  function collection(list) { list.item = (i) => list[i] || null; list.namedItem = (name) => list.find((node) => node.id === name) || null; return list; }
  const SIMPLE = /^([a-zA-Z*][\w-]*)?((?:[#.][\w\u0080-\uffff-]+|\[[^\]]*\]|:[\w-]+(?:\([^)]*\))?)*)$/;
  function fits(node, selector) {
    const steps = selector.replace(/\s*[>+~]\s*/g, " ").split(/\s+/);
    const last = steps.pop();
    if (!simple(node, last)) return false;
    let up = node.parentNode;
    while (steps.length) { const step = steps.pop(); while (up && !(up.nodeType === 1 && simple(up, step))) up = up.parentNode; if (!up) return false; up = up.parentNode; }
    return true;
  }
  function simple(node, step) {
    const match = SIMPLE.exec(step);
    if (!match) return false;
    if (match[1] && match[1] !== "*" && match[1].toLowerCase() !== node.localName) return false;
    const rest = match[2].match(/[#.][\w\u0080-\uffff-]+|\[[^\]]*\]|:[\w-]+(?:\([^)]*\))?/g) || [];
    return rest.every((piece) => {
      if (piece[0] === "#") return node.__attributes.id === piece.slice(1);
      if (piece[0] === ".") return (" " + (node.__attributes.class || "") + " ").includes(" " + piece.slice(1) + " ");
      if (piece[0] === ":") return true;
      const test = /^\[([\w-]+)\s*(?:([~|^$*]?)=\s*["']?([^"'\]]*)["']?)?\s*\]$/.exec(piece);
      if (!test) return false;
      const value = node.__attributes[test[1].toLowerCase()];
      if (value === undefined) return false;
      if (test[3] === undefined) return true;
      return test[2] === "*" ? value.includes(test[3]) : test[2] === "^" ? value.startsWith(test[3]) : test[2] === "$" ? value.endsWith(test[3]) : test[2] === "~" ? value.split(/\s+/).includes(test[3]) : value === test[3];
    });
  }

  // ---- document --------------------------------------------------------------------------------------------------
  let writing = false, opened = false;
  class Document extends Node {
    constructor() { super(9, "#document"); }
    get isConnected() { return true; }
  }
  const document = new Document();
  document.__base = visitor.base;
  document.nodeName = "#document";
  const root = make("html"), head = make("head"), body = make("body");
  document.childNodes.push(root); root.parentNode = document;
  for (const part of [head, body]) { root.childNodes.push(part); part.parentNode = root; }
  let title = visitor.title;
  getter(document, "title", () => title, (value) => { title = str(value); record("title", title); });
  getter(document, "location", () => location, (value) => navigate(value, "location"));
  getter(document, "referrer", () => { reads("referrer"); return visitor.referrer; });
  getter(document, "URL", () => here.href); getter(document, "documentURI", () => here.href); getter(document, "baseURI", () => document.__base);
  let domain = here.hostname;
  getter(document, "domain", () => domain, (value) => { domain = str(value); });
  const cookies = new Map(JSON.parse(host.cookies));
  getter(document, "cookie", () => { reads("cookie"); return [...cookies].map(([key, value]) => key + "=" + value).join("; "); }, (text) => {
    const first = str(text).split(";")[0], at = first.indexOf("="), key = (at < 0 ? "" : first.slice(0, at)).trim(), value = (at < 0 ? first : first.slice(at + 1)).trim();
    const age = /max-age\s*=\s*(-?\d+)/i.exec(text), expires = /expires\s*=\s*([^;]+)/i.exec(text);
    const gone = (age && +age[1] <= 0) || (expires && RealDate.parse(expires[1]) < now());
    if (gone) cookies.delete(key); else if (cookies.size < 200) cookies.set(key, clip(value, 4096));
    record("cookie", text); host.store("cookies", JSON.stringify([...cookies]));
  });
  getter(document, "scripts", () => search(document, "script")); getter(document, "links", () => search(document, "a")); getter(document, "images", () => search(document, "img")); getter(document, "forms", () => search(document, "form")); getter(document, "all", () => search(document, "*")); getter(document, "styleSheets", () => []);
  getter(document, "activeElement", () => body); getter(document, "scrollingElement", () => root);
  Object.assign(document, { documentElement: root, head, readyState: "loading", compatMode: "CSS1Compat", characterSet: "UTF-8", charset: "UTF-8", contentType: "text/html", hidden: false, visibilityState: "visible", currentScript: null, defaultView: G, implementation: { createHTMLDocument() { return document; }, hasFeature() { return true; } }, fonts: { ready: Promise.resolve(), load() { return Promise.resolve([]); } }, doctype: { name: "html" }, designMode: "off", lastModified: "" });
  getter(document, "body", () => body, (value) => { if (value && value.nodeType === 1) { record("replace", serialise(value)); root.appendChild(value); } });
  function rewrite(html) { record("replace", html); write([html]); }
  function write(pieces) {
    const html = pieces.map(str).join("");
    record("write", html);
    if (document.readyState === "complete" && !opened) { opened = true; record("replace", html); }
    const before = writing; writing = true;
    pending += html;
    if (!/<script[^>]*>(?:(?!<\/script)[\s\S])*$/i.test(pending) && !/<[^>]*$/.test(pending)) { const whole = pending; pending = ""; attempt(() => build(whole, body, true)); }
    writing = before;
  }
  let pending = "";
  methods(document, {
    write(...pieces) { write(pieces); }, writeln(...pieces) { write(pieces.concat("\n")); },
    open() { opened = true; pending = ""; return document; }, close() { if (pending) { const whole = pending; pending = ""; build(whole, body, true); } },
    getElementById(id) { return search(document, "#" + str(id))[0] || exact(str(id)); },
    getElementsByTagName(name) { return search(document, str(name)); }, getElementsByTagNameNS(ns, name) { return search(document, str(name)); },
    getElementsByClassName(name) { return search(document, "." + str(name).trim().split(/\s+/).join(".")); },
    getElementsByName(name) { return search(document, '[name="' + str(name) + '"]'); },
    querySelector(selector) { return search(document, str(selector))[0] || null; }, querySelectorAll(selector) { return search(document, str(selector)); },
    createElement(name) { return make(name); }, createElementNS(ns, name) { return make(name); },
    createTextNode(text) { return new Text(text); }, createComment() { return new Text(""); },
    createDocumentFragment() { const fragment = make("fragment"); fragment.nodeType = 11; return fragment; },
    createEvent() { return new Event(""); }, createRange() { return { selectNode() {}, selectNodeContents() {}, setStart() {}, setEnd() {}, collapse() {}, getBoundingClientRect() { return body.getBoundingClientRect(); }, createContextualFragment(html) { const fragment = make("fragment"); fragment.nodeType = 11; build(str(html), fragment, true); return fragment; } }; },
    createTreeWalker() { return { nextNode() { return null; } }; }, importNode(node) { return node; }, adoptNode(node) { return node; },
    hasFocus() { return true; }, execCommand(name) { if (/copy/i.test(name)) record("clipboard", ""); return true; }, elementFromPoint() { return body; }, getSelection() { return { removeAllRanges() {}, addRange() {}, toString() { return ""; } }; }, exitFullscreen() { return Promise.resolve(); },
  });
  function exact(id) { let hit = null; walk(root, (node) => { if (node.__attributes.id === id) { hit = node; return false; } }); return hit; }
  G.document = document;

  // ---- window ----------------------------------------------------------------------------------------------------
  for (const name of ["window", "self", "frames", "top", "parent"]) getter(G, name, () => G, (value) => { Object.defineProperty(G, name, { value, writable: true, configurable: true }); });
  G.name = ""; G.closed = false; G.length = 0; G.frameElement = null; G.isSecureContext = here.protocol === "https:"; G.origin = here.origin;
  const opener = visitor.opener ? {} : null;
  if (opener) { getter(opener, "location", () => makeLocation("opener"), (value) => record("opener", resolve(value) || value)); opener.closed = false; opener.postMessage = function () {}; getter(opener, "document", () => { throw new Error("SecurityError"); }); }
  G.opener = opener;
  function openWindow(address, target) {
    const whole = address === undefined || address === "" ? "" : resolve(address) || str(address);
    if (/^_(self|top|parent)$/i.test(str(target))) { navigate(address, "open"); return G; }
    if (whole) record("open", whole);
    const other = { closed: false, focus() {}, blur() {}, close() {}, postMessage() {}, opener: G, document: { write(html) { record("popup", html); }, close() {}, open() {} } };
    getter(other, "location", () => makeLocation("popup"), (value) => record("open", resolve(value) || value));
    return other;
  }
  let states = [{ state: null, url: here.href }];
  const history = methods({}, {
    pushState(state, _, address) { record("push", address === undefined || address === null ? "" : resolve(address) || address); if (states.length < 60) states.push({ state, url: address ? resolve(address) : here.href }); if (address) here = parts(resolve(address) || here.href); },
    replaceState(state, _, address) { states[states.length - 1] = { state, url: address ? resolve(address) : here.href }; if (address) here = parts(resolve(address) || here.href); },
    back() { record("back", ""); }, forward() { record("forward", ""); }, go(n) { record("go", n); },
  });
  getter(history, "length", () => states.length); getter(history, "state", () => states[states.length - 1].state); history.scrollRestoration = "auto";
  G.history = history;
  const dialog = (kind, answer) => function (text) { record(kind, text); return answer; };
  methods(G, {
    alert: dialog("dialog", undefined), confirm: dialog("dialog", true), prompt: dialog("dialog", ""), print() {}, focus() {}, blur() {}, close() { record("close", ""); }, stop() {}, find() { return false; },
    open: openWindow, navigate(address) { navigate(address, "location"); }, scroll() {}, scrollTo() {}, scrollBy() {}, moveTo() {}, moveBy() {}, resizeTo() {}, resizeBy() {}, postMessage(data) { const event = new Event("message"); event.data = data; event.origin = here.origin; event.source = G; later(() => fire(G, "message", event), 1, false); },
    getComputedStyle(element) { return element && element.style ? element.style : styleOf(body); }, getSelection() { return document.getSelection(); },
    matchMedia(query) { reads("screen"); const most = /max-width:\s*(\d+)/.exec(query), least = /min-width:\s*(\d+)/.exec(query); const matches = (!most || visitor.width <= +most[1]) && (!least || visitor.width >= +least[1]) && !/print|dark/.test(query); return { matches, media: str(query), addListener() {}, removeListener() {}, addEventListener() {}, removeEventListener() {} }; },
    atob(text) { return host.atob(str(text)); }, btoa(text) { return host.btoa(str(text)); }, execScript(code) { host.run(str(code)); }, importScripts() {},
    reportError: fault, structuredClone(value) { return value === undefined ? undefined : JSON.parse(JSON.stringify(value)); },
  });
  function storage(kind) {
    const map = new Map(JSON.parse(host[kind]));
    const save = () => host.store(kind, JSON.stringify([...map]));
    const table = methods({}, {
      getItem(key) { reads("storage"); key = str(key); return map.has(key) ? map.get(key) : null; }, setItem(key, value) { if (map.size < 300) map.set(str(key), clip(value, 20000)); record("storage", str(key)); save(); },
      removeItem(key) { map.delete(str(key)); save(); }, clear() { map.clear(); save(); }, key(i) { return [...map.keys()][i] ?? null; },
    });
    return new Proxy(table, {
      get(target, key) { if (key === "length") return map.size; if (key in target || typeof key === "symbol") return target[key]; reads("storage"); return map.get(key); },
      set(target, key, value) { target.setItem(key, value); return true; }, has(target, key) { return key in target || map.has(key); }, deleteProperty(target, key) { target.removeItem(key); return true; }, ownKeys() { return [...map.keys()]; }, getOwnPropertyDescriptor(target, key) { return map.has(key) ? { value: map.get(key), enumerable: true, configurable: true, writable: true } : undefined; },
    });
  }
  G.localStorage = storage("local"); G.sessionStorage = storage("session");
  function measure(target, name, value) { getter(target, name, () => { reads("screen"); return value; }, () => {}); }
  G.screen = {}; for (const [name, value] of Object.entries({ width: visitor.width, height: visitor.height, availWidth: visitor.width, availHeight: visitor.height, colorDepth: 24, pixelDepth: 24 })) measure(G.screen, name, value);
  G.screen.orientation = { type: visitor.touch ? "portrait-primary" : "landscape-primary", angle: 0, addEventListener() {} };
  for (const [name, value] of Object.entries({ innerWidth: visitor.width, innerHeight: visitor.height, outerWidth: visitor.width, outerHeight: visitor.height, devicePixelRatio: visitor.touch ? 3 : 1, orientation: visitor.touch ? 0 : undefined })) if (value !== undefined) measure(G, name, value);
  G.screenX = G.screenY = G.screenLeft = G.screenTop = G.pageXOffset = G.pageYOffset = G.scrollX = G.scrollY = 0;
  const navigator = {};
  const traits = { userAgent: visitor.agent, appVersion: visitor.agent.replace(/^Mozilla\//, ""), platform: visitor.platform, vendor: /iPhone/.test(visitor.agent) ? "Apple Computer, Inc." : "Google Inc.", maxTouchPoints: visitor.touch ? 5 : 0, userAgentData: visitor.brands ? { mobile: visitor.touch, platform: visitor.brands, brands: [{ brand: "Chromium", version: "141" }], getHighEntropyValues() { return Promise.resolve({ platform: visitor.brands, mobile: visitor.touch }); } } : undefined };
  for (const [name, value] of Object.entries(traits)) if (value !== undefined) getter(navigator, name, () => { reads("agent"); return value; });
  getter(navigator, "language", () => { reads("language"); return visitor.language; }); getter(navigator, "languages", () => { reads("language"); return [visitor.language, visitor.language.split("-")[0]]; });
  getter(navigator, "webdriver", () => { reads("webdriver"); return false; });
  Object.assign(navigator, { appName: "Netscape", appCodeName: "Mozilla", product: "Gecko", cookieEnabled: true, onLine: true, doNotTrack: null, hardwareConcurrency: 8, deviceMemory: 8, plugins: visitor.touch ? [] : [{ name: "PDF Viewer" }], mimeTypes: [], connection: { effectiveType: "4g", type: visitor.touch ? "cellular" : "wifi", addEventListener() {} },
    permissions: { query() { return Promise.resolve({ state: "prompt" }); } }, mediaDevices: { enumerateDevices() { return Promise.resolve([]); } }, clipboard: { writeText(text) { record("clipboard", text); return Promise.resolve(); }, readText() { return Promise.resolve(""); } }, serviceWorker: { register(address) { record("service-worker", resolve(address) || address); return Promise.resolve({ scope: "/", addEventListener() {}, update() {} }); }, ready: new Promise(() => {}), addEventListener() {}, getRegistrations() { return Promise.resolve([]); } }, geolocation: { getCurrentPosition(ok, no) { if (no) later(() => no({ code: 1 }), 50, false); }, watchPosition() { return 0; } } });
  methods(navigator, { sendBeacon(address) { record("beacon", resolve(address) || address); return true; }, javaEnabled() { return false; }, vibrate() { return true; }, getBattery() { return Promise.resolve({ level: 1, charging: true, addEventListener() {} }); }, registerProtocolHandler() {}, share() { return Promise.resolve(); } });
  G.navigator = G.clientInformation = navigator;
  G.performance = methods({ timing: { navigationStart: began, domLoading: began + 50, loadEventEnd: 0 }, timeOrigin: began, navigation: { type: 0, redirectCount: 0 }, memory: { jsHeapSizeLimit: 4e9 } }, { now() { return clock; }, mark() {}, measure() {}, getEntriesByType() { return []; }, getEntriesByName() { return []; }, getEntries() { return []; } });
  G.console = methods({}, { log() {}, info() {}, warn() {}, error() {}, debug() {}, table() {}, clear() { record("console-clear", ""); }, trace() {}, group() {}, groupEnd() {}, time() {}, timeEnd() {}, assert() {}, dir() {}, count() {} });
  if (!/iPhone/.test(visitor.agent)) G.chrome = { runtime: undefined, loadTimes() { return {}; }, csi() { return {}; }, app: {} };
  if (visitor.touch) { G.ontouchstart = null; G.ontouchend = null; G.TouchEvent = Event; }
  if (/MicroMessenger/.test(visitor.agent)) { G.WeixinJSBridge = { invoke(name, data) { record("wechat", name); if (data && data.url) navigate(data.url, "location"); }, on() {}, call() {} }; later(() => fire(document, "WeixinJSBridgeReady"), 20, false); G.__wxjs_environment = "browser"; }
  if (visitor.city) G.returnCitySN = { cip: "203.0.113.9", cid: visitor.city.code, cname: visitor.city.name };

  // ---- observers, requests, workers ------------------------------------------------------------------------------
  const observers = [];
  class Observer {
    constructor(run) { this.__run = run; this.__on = false; }
    observe(target) { if (this.__on) return; this.__on = true; if (observers.length < 20) observers.push(this); if (this instanceof IntersectionObserver) later(() => this.__run([{ isIntersecting: true, intersectionRatio: 1, target, boundingClientRect: {} }], this), 20, false); }
    unobserve() {} disconnect() { this.__on = false; const at = observers.indexOf(this); if (at >= 0) observers.splice(at, 1); } takeRecords() { return []; }
    __seen(node) { if (this instanceof MutationObserver && !this.__due) { this.__due = true; later(() => { this.__due = false; this.__run([{ type: "childList", addedNodes: [node], removedNodes: [], target: node.parentNode }], this); }, 1, false); } }
  }
  class MutationObserver extends Observer {} class IntersectionObserver extends Observer {} class ResizeObserver extends Observer {} class PerformanceObserver extends Observer {}
  Object.assign(G, { MutationObserver, WebKitMutationObserver: MutationObserver, IntersectionObserver, ResizeObserver, PerformanceObserver });
  function reply(address) { const whole = resolve(address) || str(address); record("request", whole); const city = visitor.city; const body = host.fetch(whole, "data"); if (typeof body === "string") return { whole, body }; if (city && /cityjson|ip-?api|whois|ipinfo|geoip|\/ip\b|location/i.test(whole)) return { whole, body: JSON.stringify({ status: "success", country: "China", countryCode: "CN", province: city.province, regionName: city.province, pro: city.province, city: city.name, cname: city.name, addr: city.name, ip: "203.0.113.9" }) }; return { whole, body: null }; }
  class XMLHttpRequest {
    constructor() { this.readyState = 0; this.status = 0; this.responseText = ""; this.response = ""; this.responseType = ""; }
    open(method, address, asynchronous) { this.__address = address; this.__sync = asynchronous === false; this.readyState = 1; }
    setRequestHeader() {} getResponseHeader() { return null; } getAllResponseHeaders() { return ""; } abort() {} overrideMimeType() {}
    send() {
      const finish = () => {
        const { whole, body } = reply(this.__address);
        this.readyState = 4; this.status = body === null ? 0 : 200; this.statusText = body === null ? "" : "OK"; this.responseURL = whole; this.responseText = body || "";
        this.response = this.responseType === "json" ? quietJson(body) : body || "";
        fire(this, "readystatechange"); fire(this, body === null ? "error" : "load"); fire(this, "loadend");
      };
      if (this.__sync) finish(); else later(finish, 40, false);
    }
  }
  methods(XMLHttpRequest.prototype, eventTarget);
  G.XMLHttpRequest = native(XMLHttpRequest, "XMLHttpRequest");
  G.ActiveXObject = undefined;
  const quietJson = (text) => { try { return JSON.parse(text); } catch (e) { return null; } };
  methods(G, { fetch(address) {
    const target = address && address.url || address;
    return new Promise((ok, no) => later(() => { const { whole, body } = reply(target); if (body === null) no(new TypeError("Failed to fetch")); else ok({ ok: true, status: 200, url: whole, headers: { get() { return null; } }, text() { return Promise.resolve(body); }, json() { return Promise.resolve(JSON.parse(body)); }, blob() { return Promise.resolve({}); }, arrayBuffer() { return Promise.resolve(new ArrayBuffer(0)); }, clone() { return this; } }); }, 40, false));
  } });
  G.Request = function (address) { this.url = str(address); }; G.Headers = function () { return { get() { return null; }, set() {}, append() {}, has() { return false; } }; };
  G.Blob = function (pieces) { this.__text = (pieces || []).map(str).join(""); this.size = this.__text.length; this.type = ""; };
  G.File = G.Blob; G.FileReader = function () { this.readAsText = this.readAsDataURL = () => later(() => fire(this, "load"), 5, false); }; G.FormData = function () { this.append = () => {}; };
  G.Image = function () { return make("img"); }; G.Audio = function () { return make("audio"); }; G.Option = function () { return make("option"); };
  G.WebSocket = function (address) { record("socket", address); this.send = this.close = () => {}; this.addEventListener = () => {}; }; G.EventSource = function (address) { record("socket", address); this.close = () => {}; this.addEventListener = () => {}; };
  G.Worker = function (address) { record("worker", resolve(address) || address); this.postMessage = this.terminate = () => {}; this.addEventListener = () => {}; }; G.SharedWorker = G.Worker;
  G.DOMParser = function () { this.parseFromString = (html) => { const holder = make("html"); build(str(html), holder, false); return { documentElement: holder, body: holder, querySelector: (s) => holder.querySelector(s), querySelectorAll: (s) => holder.querySelectorAll(s), getElementsByTagName: (s) => holder.querySelectorAll(s), getElementById: (id) => holder.querySelector("#" + id) }; }; };
  G.TextDecoder = function () { this.decode = (bytes) => { let text = ""; for (const byte of new Uint8Array(bytes.buffer || bytes)) text += "%" + (byte + 256).toString(16).slice(1); return decodeQuietly(text); }; };
  G.TextEncoder = function () { this.encode = (text) => Uint8Array.from(unescape(encodeURIComponent(str(text))), (c) => c.charCodeAt(0)); };
  G.indexedDB = { open() { return {}; } }; G.caches = { open() { return Promise.resolve({}); } }; G.speechSynthesis = { speak() {}, getVoices() { return []; } }; G.customElements = { define() {}, get() {} }; G.CSS = { supports() { return true; } }; G.NodeFilter = {}; G.external = {};
  const realEval = G.eval;
  if (typeof WebAssembly === "undefined") G.WebAssembly = { instantiate() { record("wasm", ""); return Promise.reject(new Error("unsupported")); }, instantiateStreaming() { record("wasm", ""); return Promise.reject(new Error("unsupported")); }, compile() { record("wasm", ""); return Promise.reject(new Error("unsupported")); } };

  // ---- what the host drives --------------------------------------------------------------------------------------
  const gestures = {
    click() { press(body, false); for (const anchor of search(document, "a").slice(0, 3)) if (!leaving) { anchor.__scripted = false; press(anchor, false); } if (!leaving) for (const node of search(document, "[onclick]").slice(0, 6)) if (!leaving) { press(node, false); } },
    touch() { for (const type of ["touchstart", "touchmove", "touchend", "pointerdown", "pointerup", "mousedown", "mouseup"]) for (const target of [body, document, G]) if (!leaving) fire(target, type); for (const node of search(document, "[ontouchstart],[ontouchend],[onmousedown],[onmouseup]").slice(0, 6)) for (const type of ["touchstart", "touchend", "mousedown", "mouseup"]) { const code = node.__attributes["on" + type]; if (code && !leaving) attempt(() => host.handler(code, node)); } },
    move() { for (const type of ["mousemove", "mouseover", "mouseenter", "pointermove", "devicemotion", "deviceorientation", "focus"]) for (const target of [document, body, G]) if (!leaving) fire(target, type); },
    scroll() { G.pageYOffset = G.scrollY = 900; for (const type of ["scroll", "wheel", "touchmove"]) for (const target of [document, G]) if (!leaving) fire(target, type); },
    key() { for (const type of ["keydown", "keypress", "keyup"]) for (const target of [document, body, G]) if (!leaving) fire(target, type); },
    hide() { document.hidden = true; document.visibilityState = "hidden"; fire(document, "visibilitychange"); fire(G, "blur"); document.hidden = false; document.visibilityState = "visible"; fire(document, "visibilitychange"); fire(G, "focus"); },
    back() { const from = states.length; if (states.length > 1) states.pop(); else return void (fire(G, "pagehide"), fire(G, "beforeunload"), fire(G, "unload")); const event = new Event("popstate"); event.state = states[states.length - 1].state; fire(G, "popstate", event); if (!leaving && from > 1) fire(G, "hashchange"); const shown = new Event("pageshow"); shown.persisted = true; if (!leaving) fire(G, "pageshow", shown); },
  };
  const drive = {
    script(code) { execute(code, null); },
    event(code) { attempt(() => host.handler(code, body)); },
    ready() { document.readyState = "interactive"; fire(document, "readystatechange"); fire(document, "DOMContentLoaded"); fire(G, "DOMContentLoaded"); },
    loaded() { document.readyState = "complete"; fire(document, "readystatechange"); fire(G, "load"); fire(body, "load"); const shown = new Event("pageshow"); shown.persisted = false; fire(G, "pageshow", shown); },
    gesture(name) { gesture = name; gestures[name](); },
    calm() { gesture = ""; },
    // The next timer due before that time, or false.
    step(until) {
      let due = null;
      for (const timer of timers) if (timer.at <= until && (!due || timer.at < due.at || (timer.at === due.at && timer.ticket < due.ticket))) due = timer;
      if (!due) { clock = Math.max(clock, until); return false; }
      clock = Math.max(clock, due.at);
      if (due.every) due.at = clock + due.every; else timers.splice(timers.indexOf(due), 1);
      perform(due.run, due.args);
      return true;
    },
    leaving() { return leaving; },
    stay() { leaving = ""; },
    clock() { return clock; },
    title() { return title; },
    markup() { return root.innerHTML; },
    fault,
  };
  host.drive(drive);
  void realEval;
})();
