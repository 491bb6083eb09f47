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
  // Scripts of the page join the document as they run: the last one is the one that runs, as pages expect.
  function scriptElement(code, source) {
    const element = make("script");
    if (source) element.__attributes.src = source; else { const text = new Text(code); text.parentNode = element; element.childNodes.push(text); }
    element.__ran = true; element.parentNode = body; body.childNodes.push(element);
    Object.defineProperty(element, "__page", { value: "script" });
    return element;
  }
  // What scripts left in the document: every frame as it stands at last, and all that was inserted.
  function finish() {
    const pieces = [];
    let steps = 0;
    (function look(node, fresh) {
      for (const child of node.childNodes) {
        if (++steps > 20000) return;
        if (child.nodeType !== 1) continue;
        const own = !child.__page && child !== body && child !== head;
        if (own && /^(iframe|frame|object|embed)$/.test(child.localName)) { const a = child.__attributes; record("stands", describe(child, a.src || a.data || (a.srcdoc ? "srcdoc" : ""))); }
        if (own && !fresh && !child.__written && child.localName !== "script") pieces.push(serialise(child));
        look(child, fresh || own);
      }
    })(root, false);
    return clip(pieces.join("\n"), 200000);
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
  function search(root, selector) { if (outline || !isElsewhere(selector)) pageElements(); return among(root, selector); }
  // Whether none of the page's own elements can be meant, by what its source does not have anywhere.
  const LEFT_OUT = /^(script|style|html|head|body|meta|link|title|br)$/i;
  function isElsewhere(selector) {
    if (LEFT_OUT.test(selector)) return true;
    const names = /[,:\\[]/.test(selector) ? null : selector.match(/[#.][\w-]+/g);
    return !!names && names.some((name) => !host.mentions(name[0] === "#" ? '"id":"' + name.slice(1) + '"' : name.slice(1)));
  }
  // As search, among the elements that have been made.
  function among(root, selector) {
    const wanted = compiled(selector), found = [];
    const hit = (node) => { for (const steps of wanted) if (fits(node, steps)) return true; return false; };
    if (root === document) for (const fixed of [document.documentElement, document.head, document.body]) if (hit(fixed)) found.push(fixed);
    walk(root === document ? document.documentElement : root, (node) => { if (found.length < 2000 && node !== head && node !== body && hit(node)) found.push(node); });
    return collection(found);
  }
  function collection(list) { list.item = (i) => list[i] || null; list.namedItem = (name) => list.find((node) => node.id === name) || null; return list; }
  const SIMPLE = /^([a-zA-Z*][\w-]*)?((?:[#.][\w\u0080-\uffff-]+|\[[^\]]*\]|:[\w-]+(?:\([^)]*\))?)*)$/;
  const selectors = new Map();
  // A selector as a list of chains of simple steps, each read once.
  function compiled(selector) {
    let chains = selectors.get(selector);
    if (!chains) {
      chains = selector.split(",").map((one) => one.trim()).filter(Boolean).map((one) => one.replace(/\s*[>+~]\s*/g, " ").split(/\s+/).map(step));
      if (selectors.size < 500) selectors.set(selector, chains);
    }
    return chains;
  }
  function step(text) {
    const match = SIMPLE.exec(text);
    if (!match) return null;
    const made = { tag: match[1] && match[1] !== "*" ? match[1].toLowerCase() : "", id: "", classes: [], tests: [] };
    for (const piece of match[2].match(/[#.][\w\u0080-\uffff-]+|\[[^\]]*\]|:[\w-]+(?:\([^)]*\))?/g) || []) {
      if (piece[0] === "#") made.id = piece.slice(1);
      else if (piece[0] === ".") made.classes.push(" " + piece.slice(1) + " ");
      else if (piece[0] === "[") { const test = /^\[([\w-]+)\s*(?:([~|^$*]?)=\s*["']?([^"'\]]*)["']?)?\s*\]$/.exec(piece); if (!test) return null; made.tests.push([test[1].toLowerCase(), test[2], test[3]]); }
    }
    return made;
  }
  function fits(node, steps) {
    let at = steps.length - 1;
    if (!simple(node, steps[at])) return false;
    let up = node.parentNode;
    while (at-- > 0) { while (up && !(up.nodeType === 1 && simple(up, steps[at]))) up = up.parentNode; if (!up) return false; up = up.parentNode; }
    return true;
  }
  function simple(node, wanted) {
    if (!wanted || (wanted.tag && wanted.tag !== node.localName)) return false;
    const attributes = node.__attributes;
    if (wanted.id && attributes.id !== wanted.id) return false;
    if (wanted.classes.length) { const all = attributes.class; if (!all) return false; const padded = " " + all.replace(/[\t\n]/g, " ") + " "; for (const one of wanted.classes) if (!padded.includes(one)) return false; }
    for (const [name, how, text] of wanted.tests) {
      const value = attributes[name];
      if (value === undefined) return false;
      if (text === undefined) continue;
      if (!(how === "*" ? value.includes(text) : how === "^" ? value.startsWith(text) : how === "$" ? value.endsWith(text) : how === "~" ? value.split(/\s+/).includes(text) : value === text)) return false;
    }
    return true;
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
  getter(document, "title", () => { reads("page"); return title; }, (value) => { title = str(value); record("title", title); });
  getter(document, "location", () => location, (value) => navigate(value, "location"));
  getter(document, "referrer", () => { reads("referrer"); return visitor.referrer; });
  getter(document, "URL", () => { reads("page"); return here.href; }); getter(document, "documentURI", () => { reads("page"); return here.href; }); getter(document, "baseURI", () => { reads("page"); return document.__base; });
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
    const low = pending.slice(-200000).toLowerCase(), tag = low.lastIndexOf("<"), open = low.lastIndexOf("<script");
    if (!(open >= 0 && low.indexOf("</script", open) < 0) && !(tag >= 0 && low.indexOf(">", tag) < 0)) { const whole = pending; pending = ""; attempt(() => build(whole, body, true)); }
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
  getter(G, "opener", () => { reads("opener"); return opener; }, (value) => { Object.defineProperty(G, "opener", { value, writable: true, configurable: true }); });
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
  for (const [name, value] of Object.entries({ innerWidth: visitor.width, innerHeight: visitor.height, outerWidth: visitor.width, outerHeight: visitor.height, devicePixelRatio: visitor.touch ? 3 : 1 })) if (value !== undefined) measure(G, name, value);
  G.screenX = G.screenY = G.screenLeft = G.screenTop = G.pageXOffset = G.pageYOffset = G.scrollX = G.scrollY = 0;
  const navigator = {};
  const traits = { userAgent: visitor.agent, appVersion: visitor.agent.replace(/^Mozilla\//, ""), platform: visitor.platform, vendor: /iPhone/.test(visitor.agent) ? "Apple Computer, Inc." : "Google Inc.", maxTouchPoints: visitor.touch ? 5 : 0, userAgentData: visitor.brands ? { mobile: visitor.touch, platform: visitor.brands, brands: [{ brand: "Chromium", version: "141" }], getHighEntropyValues() { return Promise.resolve({ platform: visitor.brands, mobile: visitor.touch }); } } : undefined };
  for (const [name, value] of Object.entries(traits)) if (value !== undefined) getter(navigator, name, () => { reads("agent"); return value; });
  getter(navigator, "language", () => { reads("language"); return visitor.language; }); getter(navigator, "languages", () => { reads("language"); return [visitor.language, visitor.language.split("-")[0]]; });
  getter(navigator, "webdriver", () => { reads("webdriver"); return visitor.webdriver; });
  Object.assign(navigator, { appName: "Netscape", appCodeName: "Mozilla", product: "Gecko", cookieEnabled: true, onLine: true, doNotTrack: null, hardwareConcurrency: 8, deviceMemory: 8, plugins: visitor.touch ? [] : [{ name: "PDF Viewer" }], mimeTypes: [], connection: { effectiveType: "4g", type: visitor.touch ? "cellular" : "wifi", addEventListener() {} },
    permissions: { query() { return Promise.resolve({ state: "prompt" }); } }, mediaDevices: { enumerateDevices() { return Promise.resolve([]); } }, clipboard: { writeText(text) { record("clipboard", text); return Promise.resolve(); }, readText() { return Promise.resolve(""); } }, serviceWorker: { register(address) { record("service-worker", resolve(address) || address); return Promise.resolve({ scope: "/", addEventListener() {}, update() {} }); }, ready: new Promise(() => {}), addEventListener() {}, getRegistrations() { return Promise.resolve([]); } }, geolocation: { getCurrentPosition(ok, no) { if (no) later(() => no({ code: 1 }), 50, false); }, watchPosition() { return 0; } } });
  methods(navigator, { sendBeacon(address) { record("beacon", resolve(address) || address); return true; }, javaEnabled() { return false; }, vibrate() { return true; }, getBattery() { return Promise.resolve({ level: 1, charging: true, addEventListener() {} }); }, registerProtocolHandler() {}, share() { return Promise.resolve(); } });
  G.navigator = G.clientInformation = navigator;
  G.performance = methods({ timing: { navigationStart: began, domLoading: began + 50, loadEventEnd: 0 }, timeOrigin: began, navigation: { type: 0, redirectCount: 0 }, memory: { jsHeapSizeLimit: 4e9 } }, { now() { return clock; }, mark() {}, measure() {}, getEntriesByType() { return []; }, getEntriesByName() { return []; }, getEntries() { return []; } });
  G.console = methods({}, { log() {}, info() {}, warn() {}, error() {}, debug() {}, table() {}, clear() { record("console-clear", ""); }, trace() {}, group() {}, groupEnd() {}, time() {}, timeEnd() {}, assert() {}, dir() {}, count() {} });
  // What only some clients have is looked up behind the window, so that `in` and `typeof` count as questions too; and
  // elements of the page are there by their id.
  const some = Object.assign(Object.create(null), { ontouchstart: 0, ontouchend: 0, ontouchmove: 0, TouchEvent: 0, orientation: 0, chrome: 0, WeixinJSBridge: 0, __wxjs_environment: 0 });
  const has = Object.create(null);
  if (!/iPhone/.test(visitor.agent)) has.chrome = { runtime: undefined, loadTimes() { return {}; }, csi() { return {}; }, app: {} };
  if (visitor.touch) { has.ontouchstart = has.ontouchend = has.ontouchmove = null; has.TouchEvent = Event; has.orientation = 0; }
  delete G.TouchEvent;
  const named = (key) => typeof key === "string" && key.length < 60 && host.mentions('"id":"' + key + '"');
  Object.setPrototypeOf(G, new Proxy(Object.prototype, {
    has(target, key) { if (key in target) return true; if (key in some) { reads("agent"); return key in has; } return named(key); },
    get(target, key, receiver) { if (key in target) return Reflect.get(target, key, receiver); if (key in some) { reads("agent"); return has[key]; } return named(key) ? document.getElementById(key) : undefined; },
  }));
  if (/MicroMessenger/.test(visitor.agent)) { has.WeixinJSBridge = { invoke(name, data) { record("wechat", name); if (data && data.url) navigate(data.url, "location"); }, on() {}, call() {} }; later(() => fire(document, "WeixinJSBridgeReady"), 20, false); has.__wxjs_environment = "browser"; }
  getter(G, "returnCitySN", () => { reads("region"); return visitor.city ? CITY : undefined; }, (value) => { Object.defineProperty(G, "returnCitySN", { value, writable: true, configurable: true }); });
  const CITY = visitor.city && { cip: "203.0.113.9", cid: visitor.city.code, cname: visitor.city.name };

