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
  function reply(address, method) { const whole = resolve(address) || str(address); record("request", whole); const city = visitor.city; const body = /^get$/i.test(method) ? host.fetch(whole, "data") : null; if (typeof body === "string") return { whole, body }; reads("region"); if (city && /cityjson|ip-?api|whois|ipinfo|geoip|\/ip\b|location/i.test(whole)) return { whole, body: JSON.stringify({ status: "success", country: "China", countryCode: "CN", province: city.province, regionName: city.province, pro: city.province, city: city.name, cname: city.name, addr: city.name, ip: "203.0.113.9" }) }; return { whole, body: null }; }
  class XMLHttpRequest {
    constructor() { this.readyState = 0; this.status = 0; this.responseText = ""; this.response = ""; this.responseType = ""; }
    open(method, address, asynchronous) { this.__method = str(method); this.__address = address; this.__sync = asynchronous === false; this.readyState = 1; }
    setRequestHeader() {} getResponseHeader() { return null; } getAllResponseHeaders() { return ""; } abort() {} overrideMimeType() {}
    send() {
      const finish = () => {
        const { whole, body } = reply(this.__address, this.__method);
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
  methods(G, { fetch(address, init) {
    const target = address && address.url || address, method = str(init && init.method || "GET");
    return new Promise((ok, no) => later(() => { const { whole, body } = reply(target, method); if (body === null) no(new TypeError("Failed to fetch")); else ok({ ok: true, status: 200, url: whole, headers: { get() { return null; } }, text() { return Promise.resolve(body); }, json() { return Promise.resolve(JSON.parse(body)); }, blob() { return Promise.resolve({}); }, arrayBuffer() { return Promise.resolve(new ArrayBuffer(0)); }, clone() { return this; } }); }, 40, false));
  } });
  G.Request = function (address) { this.url = str(address); }; G.Headers = function () { return { get() { return null; }, set() {}, append() {}, has() { return false; } }; };
  G.Blob = function (pieces) { this.__text = (pieces || []).map(str).join(""); this.size = this.__text.length; this.type = ""; };
  G.File = G.Blob; G.FileReader = function () { this.readAsText = this.readAsDataURL = () => later(() => fire(this, "load"), 5, false); }; G.FormData = function () { this.append = () => {}; };
  G.Image = function () { return make("img"); }; G.Audio = function () { return make("audio"); }; G.Option = function () { return make("option"); };
  G.WebSocket = function (address) { record("socket", address); this.send = this.close = () => {}; this.addEventListener = () => {}; }; G.EventSource = function (address) { record("socket", address); this.close = () => {}; this.addEventListener = () => {}; };
  G.MessageChannel = function () {
    const port = () => ({ start() {}, close() {}, addEventListener: eventTarget.addEventListener, removeEventListener: eventTarget.removeEventListener, dispatchEvent: eventTarget.dispatchEvent });
    const one = this.port1 = port(), two = this.port2 = port();
    const send = (to) => (data) => later(() => { const event = new Event("message"); event.data = data; fire(to, "message", event); }, 0, false);
    one.postMessage = send(two); two.postMessage = send(one);
  };
  G.Worker = function (address) { record("worker", resolve(address) || address); this.postMessage = this.terminate = () => {}; this.addEventListener = () => {}; }; G.SharedWorker = G.Worker;
  G.DOMParser = function () { this.parseFromString = (html) => { const holder = make("html"); build(str(html), holder, false); return { documentElement: holder, body: holder, querySelector: (s) => holder.querySelector(s), querySelectorAll: (s) => holder.querySelectorAll(s), getElementsByTagName: (s) => holder.querySelectorAll(s), getElementById: (id) => holder.querySelector("#" + id) }; }; };
  G.TextDecoder = function () { this.decode = (bytes) => { let text = ""; for (const byte of new Uint8Array(bytes.buffer || bytes)) text += "%" + (byte + 256).toString(16).slice(1); return decodeQuietly(text); }; };
  G.TextEncoder = function () { this.encode = (text) => Uint8Array.from(unescape(encodeURIComponent(str(text))), (c) => c.charCodeAt(0)); };
  G.indexedDB = { open() { return {}; } }; G.caches = { open() { return Promise.resolve({}); } }; G.speechSynthesis = { speak() {}, getVoices() { return []; } }; G.customElements = { define() {}, get() {} }; G.CSS = { supports() { return true; } }; G.NodeFilter = {}; G.external = {};
  const realEval = G.eval;
  if (typeof WebAssembly === "undefined") G.WebAssembly = { instantiate() { record("wasm", ""); return Promise.reject(new Error("unsupported")); }, instantiateStreaming() { record("wasm", ""); return Promise.reject(new Error("unsupported")); }, compile() { record("wasm", ""); return Promise.reject(new Error("unsupported")); } };

