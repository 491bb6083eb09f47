"use strict";
// Keeps a look that is under way up to date, and asks before what cannot be undone. Pages are whole without it.
(() => {
  const live = document.querySelector("[data-follow]");
  if (live) {
    const lang = document.documentElement.lang.startsWith("zh") ? "zh" : "en";
    const list = live.querySelector("[data-lines]");
    const source = new EventSource(live.dataset.follow);
    let shown = list.children.length;
    const show = (event) => {
      const check = JSON.parse(event.data);
      for (const line of check.progress.slice(shown)) {
        const item = document.createElement("li");
        item.textContent = line[lang];
        list.append(item);
      }
      shown = check.progress.length;
      list.scrollTop = list.scrollHeight;
    };
    source.addEventListener("progress", show);
    source.addEventListener("end", (event) => {
      show(event);
      source.close();
      location.reload();
    });
  }
  for (const form of document.querySelectorAll("form[data-ask]")) {
    form.addEventListener("submit", (event) => {
      if (!confirm(form.dataset.ask)) event.preventDefault();
    });
  }
  const search = document.querySelector("[data-search]");
  document.addEventListener("keydown", (event) => {
    const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement?.tagName ?? "");
    if (event.key === "/" && search && !typing && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      search.focus();
    }
  });
})();
