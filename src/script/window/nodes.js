  // ---- nodes -----------------------------------------------------------------------------------------------------
  const VOID = new Set(["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"]);
  const REFLECTED = ["id", "name", "type", "rel", "target", "title", "alt", "media", "content", "httpEquiv", "charset", "lang", "dir", "width", "height", "method", "align", "color", "language", "crossOrigin", "referrerPolicy", "sandbox", "allow", "srcdoc", "frameBorder", "scrolling", "placeholder"];
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
    matches(selector) { return compiled(str(selector)).some((steps) => fits(this, steps)); }
    closest(selector) { for (let n = this; n && n.nodeType === 1; n = n.parentNode) if (n.matches(selector)) return n; return null; }
    getBoundingClientRect() { return { left: 0, top: 0, right: visitor.width, bottom: 40, width: visitor.width, height: 40, x: 0, y: 0 }; }
    getClientRects() { return [this.getBoundingClientRect()]; }
    get offsetWidth() { reads("screen"); return visitor.width; } get offsetHeight() { return 40; } get clientWidth() { reads("screen"); return visitor.width; } get clientHeight() { return this === document.documentElement ? visitor.height : 40; }
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
    if (node.nodeType === 3) return /^(script|style)$/.test(node.parentNode && node.parentNode.localName) ? node.data : node.data.replace(/&/g, "&amp;").replace(/</g, "&lt;");
    if (!node.localName) return "";
    const styled = Object.prototype.hasOwnProperty.call(node, "style") && node.style.cssText;
    const attributes = (styled ? node.attributes.filter((a) => a.name !== "style").concat({ name: "style", value: styled }) : node.attributes).map((a) => " " + a.name + '="' + a.value.replace(/"/g, "&quot;") + '"').join("");
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
      if (writing && piece >= 0) element.__written = true;
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
      case "iframe": case "frame": case "object": case "embed": record("frame", describe(node, attributes.src || attributes.data || (attributes.srcdoc ? "srcdoc" : ""))); if (attributes.srcdoc) within(attributes.srcdoc); later(() => fire(node, "load"), 60, false); break;
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
  // The scripts of a document inside a frame of the page's own: what they do to the top they do to the page.
  function within(markup) { record("srcdoc", markup); for (const match of markup.matchAll(/<script[^>]*>([\s\S]*?)<\/script/gi)) later(() => execute(match[1], null), 10, false); }
  function describe(node, address) { return (resolve(address) || str(address)) + "\n" + (node.style.cssText || "") + "\n" + (node.__attributes.width || "") + "x" + (node.__attributes.height || "") + "\n" + above(node); }
  function above(node) { const styles = []; for (let up = node.parentNode, n = 0; up && up.__attributes && n < 5; up = up.parentNode, n++) if (up.style.cssText) styles.push(up.style.cssText); return styles.join("; "); }
  function refresh(content) {
    const match = /^\s*([\d.]*)[\s;,]*(?:url\s*=\s*)?["']?([^"']*)/i.exec(content);
    if (match && match[2]) later(() => navigate(match[2].trim(), "meta"), (parseFloat(match[1]) || 0) * 1000, false);
  }
  function picture(node) {
    const source = node.__attributes.src;
    if (source === undefined) return;
    record("image", resolve(source) || source);
    const broken = !/^https?:|^\/|^data:image/i.test(source) || /^(x|1|a|null|#)?$/i.test(source) || (/^data:/i.test(source) && source.length < 40);
    later(() => { fire(node, broken ? "error" : "load"); handler(node, broken ? "error" : "load"); }, 40, false);
  }
  function handler(node, type) {
    const code = node.__attributes["on" + type];
    if (code && !node.__ranHandler) { node.__ranHandler = true; attempt(() => host.handler(code, node)); }
  }
  function changed(node, name) {
    if (name === "style") node.style.cssText = node.__attributes.style;
    if (name === "srcdoc" && node.localName === "iframe" && node.isConnected) within(node.__attributes.srcdoc);
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
    runText(code);
    depth--; document.currentScript = before;
  }
  // Code in the global scope, from wherever it comes: what cannot be read is said to be so.
  function runText(code) {
    try { return host.run(code); } catch (error) { if (error instanceof SyntaxError && !readable(code)) record("error", (BROKEN.test(code) ? "broken: " : "unreadable: ") + error.message); else fault(error); }
  }
  // A SyntaxError may come from JSON.parse as well: only code that cannot be compiled is unreadable.
  // What is left of templates, escaped as markup, or no script at all is read by no browser either.
  const BROKEN = /&(?:amp|lt|gt|quot|nbsp|#\d+);|<!\[CDATA|<\?|<%|\{\{|\{%|^\s*<(?!!--)|<\/?(?:script|br|p|div)\b|^\s*[\[{]\s*"|^\s*var [\w$]+\s*=\s*;/im;
  const Compile = Function;
  function readable(code) { try { new Compile(code); return true; } catch (e) { return !(e instanceof SyntaxError); } }
  function press(node, synthetic) {
    const event = fire(node, "click", new Event("click"));
    const code = node.__attributes && node.__attributes.onclick;
    let stopped = event && event.defaultPrevented;
    if (code && typeof node.onclick !== "function") attempt(() => { if (host.handler(code, node) === false) stopped = true; });
    for (let up = node.parentNode; up && !leaving; up = up.parentNode) { if (gesture === "press" && (up === body || up === document)) gesture = "click"; const e = new Event("click"); e.target = node; fire(up, "click", e); stopped = stopped || e.defaultPrevented; }
    if (!leaving) { if (gesture === "press") gesture = "click"; const e = new Event("click"); e.target = node; fire(G, "click", e); }
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
    if (!form.__attributes.action) reads("page");
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

