  // ---- what the host drives --------------------------------------------------------------------------------------
  // A gesture reaches an element of the page only where an attribute of it waits for that, or somebody listens: else the
  // page's own elements need not be made for it.
  const waits = (type) => listened.has(type) || host.mentions('"on' + type + '":') || [body, document.documentElement, document].some((target) => typeof target["on" + type] === "function") || Object.prototype.hasOwnProperty.call(G, "on" + type);
  const reached = (selector, types) => outline || types.some(waits) ? search(document, selector) : among(document, selector);
  const pressing = ["touchstart", "touchend", "mousedown", "mouseup"];
  const gestures = {
    click() {
      press(body, false);
      for (const node of [...reached("a", ["click"]).slice(0, 3), ...reached("[onclick]", ["click"]).slice(0, 6)]) if (!leaving) { gesture = "press"; press(node, false); gesture = "click"; }
    },
    touch() { for (const type of ["touchstart", "touchmove", "touchend", "pointerdown", "pointerup", "mousedown", "mouseup"]) for (const target of [body, document, G]) if (!leaving) fire(target, type); for (const node of reached("[ontouchstart],[ontouchend],[onmousedown],[onmouseup]", pressing).slice(0, 6)) for (const type of pressing) { const code = node.__attributes["on" + type]; if (code && !leaving) attempt(() => host.handler(code, node)); } },
    move() { for (const type of ["mousemove", "mouseover", "mouseenter", "pointermove", "devicemotion", "deviceorientation", "focus"]) for (const target of [document, body, G]) if (!leaving) fire(target, type); },
    scroll() { G.pageYOffset = G.scrollY = 900; for (const type of ["scroll", "wheel", "touchmove"]) for (const target of [document, G]) if (!leaving) fire(target, type); },
    key() { for (const type of ["keydown", "keypress", "keyup"]) for (const target of [document, body, G]) if (!leaving) fire(target, type); },
    hide() { document.hidden = true; document.visibilityState = "hidden"; fire(document, "visibilitychange"); fire(G, "blur"); document.hidden = false; document.visibilityState = "visible"; fire(document, "visibilitychange"); fire(G, "focus"); },
    back() { const from = states.length; if (states.length > 1) states.pop(); else return void (fire(G, "pagehide"), fire(G, "beforeunload"), fire(G, "unload")); const event = new Event("popstate"); event.state = states[states.length - 1].state; fire(G, "popstate", event); if (!leaving && from > 1) fire(G, "hashchange"); const shown = new Event("pageshow"); shown.persisted = true; if (!leaving) fire(G, "pageshow", shown); },
  };
  const drive = {
    script(code, index, source) { piece = index; execute(code, scriptElement(code, source)); piece = -1; },
    event(code) { attempt(() => host.handler(code, body)); },
    press(code) { gesture = "press"; runText(decodeQuietly(code)); gesture = ""; leaving = ""; },
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
      // A timer that has come back hundreds of times and done nothing will do nothing.
      if (due.every && !(++due.times > 500 && events === due.events)) { if (due.times === 1) due.events = events; due.at = clock + due.every; } else timers.splice(timers.indexOf(due), 1);
      perform(due.run, due.args);
      return true;
    },
    leaving() { return leaving; },
    stay() { leaving = ""; },
    clock() { return clock; },
    title() { return title; },
    finish,
    library,
    fault,
  };
  host.drive(drive);
  void realEval;
})();
