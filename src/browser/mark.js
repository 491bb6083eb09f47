order => {
  const MARK = 'xuncha-mark', root = document.documentElement;
  for (const old of document.querySelectorAll(MARK)) old.remove();
  if (order.step === 'clear') return { found: true };

  const folded = text => (text || '').replace(/\s+/g, ' ').trim();
  const named = element => [element.getAttribute('href'), element.getAttribute('src'), element.getAttribute('action'), element.href, element.src];
  const speaks = (element, piece) => folded(element.textContent).includes(piece)
    || [element, ...element.querySelectorAll('[href], [src], [action]')].slice(0, 500).some(each => named(each).includes(piece));
  const holds = element => !order.holds.length || order.holds.some(piece => speaks(element, folded(piece)));
  const smallest = wanted => {
    if (!wanted) return null;
    const skipped = new Set(['SCRIPT', 'STYLE', 'NOSCRIPT', 'TEMPLATE', 'HEAD', 'TITLE', 'META', 'LINK']);
    let best = null;
    for (const element of document.querySelectorAll('body *')) {
      if (skipped.has(element.tagName) || !folded(element.textContent).includes(wanted)) continue;
      if (!best || best.contains(element)) best = element;
    }
    if (best) return best;
    for (const element of document.querySelectorAll('[href], [src]')) {
      if ((element.getAttribute('href') || element.getAttribute('src')).includes(wanted) || element.href === wanted) return element;
    }
    return null;
  };
  const find = () => {
    if (order.by === 'text') return smallest(folded(order.what));
    let all = [];
    try { all = [...document.querySelectorAll(order.what)]; } catch { /* no selector of this browser's */ }
    // Scripts move elements about: what stands where it stood must also be what it was.
    const found = all.find(holds);
    if (found) return found;
    for (const piece of order.holds) {
      const other = smallest(folded(piece));
      if (other) return other;
    }
    return null;
  };
  let element = find();
  if (!element) return { found: false };

  const box = () => {
    const boxes = [element, ...element.querySelectorAll('*')].slice(0, 500)
      .flatMap(each => [...each.getClientRects()]).filter(each => each.width > 0 && each.height > 0);
    if (!boxes.length) return null;
    const own = element.getBoundingClientRect();
    const all = own.width > 1 && own.height > 1 ? [own] : boxes;
    const left = Math.min(...all.map(each => each.left)), top = Math.min(...all.map(each => each.top));
    const right = Math.max(...all.map(each => each.right)), bottom = Math.max(...all.map(each => each.bottom));
    return { x: left + scrollX, y: top + scrollY, width: right - left, height: bottom - top };
  };
  const pageWidth = Math.max(root.clientWidth, 1);
  const pageHeight = Math.max(root.scrollHeight, root.clientHeight);

  // Whether a visitor can come to see it, judged by the browser's own layout.
  const isVisible = place => {
    if (!place || place.width < 2 || place.height < 2) return false;
    if (place.x + place.width <= 1 || place.y + place.height <= 1) return false;
    if (place.x >= Math.max(root.scrollWidth, pageWidth) || place.y >= pageHeight) return false;
    if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true, contentVisibilityAuto: true })) return false;
    let shown = { ...place };
    for (let each = element; each; each = each.parentElement) {
      const style = getComputedStyle(each);
      if (parseFloat(style.opacity) < 0.05) return false;
      if (each === element && parseFloat(style.fontSize) < 3 && folded(element.textContent) && !element.querySelector('img')) return false;
      if (/scale\(0|opacity\(0%?\)/.test(style.filter)) return false;
      if (style.clipPath !== 'none' || (style.position === 'absolute' || style.position === 'fixed') && style.clip !== 'auto') {
        const numbers = (style.clip.match(/-?[\d.]+/g) || []).map(Number);
        if (style.clip !== 'auto' && numbers.length === 4 && (numbers[2] - numbers[0] < 2 || numbers[1] - numbers[3] < 2)) return false;
        if (/inset\((50|100)%|circle\(0|polygon\(0(px)? 0(px)?, 0/.test(style.clipPath)) return false;
      }
      if (each !== root && each !== document.body && style.overflow !== 'visible') {
        const cut = each.getBoundingClientRect();
        const width = Math.min(shown.x + shown.width, cut.right + scrollX) - Math.max(shown.x, cut.left + scrollX);
        const height = Math.min(shown.y + shown.height, cut.bottom + scrollY) - Math.max(shown.y, cut.top + scrollY);
        const scrolls = /auto|scroll/.test(style.overflow) && cut.width > 1 && cut.height > 1;
        if (!scrolls && (width < 2 || height < 2)) return false;
      }
    }
    // What lies over it where it is.
    const x = place.x + place.width / 2 - scrollX, y = place.y + place.height / 2 - scrollY;
    if (x >= 0 && y >= 0 && x < innerWidth && y < innerHeight) {
      const top = document.elementFromPoint(x, y);
      if (top && top !== element && !element.contains(top) && !top.contains(element)
        && getComputedStyle(element).pointerEvents !== 'none'
        && getComputedStyle(top).backgroundColor !== 'rgba(0, 0, 0, 0)') return false;
    }
    const colour = getComputedStyle(element).color;
    if (/rgba\([^)]*, 0\)$/.test(colour) && !element.querySelector('img')) return false;
    return true;
  };

  const reveal = () => {
    const show = (target, rules) => {
      for (const [name, value] of Object.entries(rules)) target.style.setProperty(name, value, 'important');
    };
    const open = {
      visibility: 'visible', opacity: '1', filter: 'none', transform: 'none', translate: 'none', scale: 'none',
      rotate: 'none', clip: 'auto', 'clip-path': 'none', mask: 'none', overflow: 'visible',
      'content-visibility': 'visible', 'text-indent': '0', 'max-height': 'none', 'max-width': 'none', zoom: '1',
      animation: 'none', transition: 'none', 'mix-blend-mode': 'normal',
    };
    // A marquee clips what runs through it whatever its style says: a plain box takes its place.
    for (let each = element; each && each !== document.body; each = each.parentElement) {
      if (each.tagName !== 'MARQUEE') continue;
      const still = document.createElement('div');
      still.append(...each.childNodes);
      each.replaceWith(still);
      if (each === element) element = still;
      each = still;
    }
    const path = [];
    for (let each = element; each && each !== root; each = each.parentElement) path.push(each);
    for (const each of path) {
      if (each.tagName === 'DIALOG' || each.tagName === 'DETAILS') each.setAttribute('open', '');
      if (each.hasAttribute('hidden')) each.removeAttribute('hidden');
      show(each, open);
      if (getComputedStyle(each).display === 'none') show(each, { display: each.tagName === 'A' || each.tagName === 'SPAN' ? 'inline-block' : 'block' });
      const own = each.getBoundingClientRect();
      const outside = own.right + scrollX <= 2 || own.bottom + scrollY <= 2
        || own.left + scrollX >= pageWidth - 2 || own.top + scrollY >= pageHeight - 2;
      if (each !== document.body && (outside || own.width < 4 || own.height < 4)) {
        show(each, { position: 'static', float: 'none', inset: 'auto', margin: '4px', width: 'auto', height: 'auto', 'min-width': '40px', 'min-height': '16px' });
      }
    }
    // What can be read is readable: dark on light, in an ordinary size, above everything else.
    const readable = { color: '#111', 'background-color': '#fffbe6', 'font-size': '16px', 'line-height': '1.5', 'letter-spacing': 'normal', 'text-shadow': 'none', '-webkit-text-fill-color': '#111' };
    show(element, readable);
    for (const each of [...element.querySelectorAll('*')].slice(0, 500)) {
      show(each, open);
      show(each, readable);
      if (getComputedStyle(each).display === 'none' && !['SCRIPT', 'STYLE', 'TEMPLATE'].includes(each.tagName)) show(each, { display: 'inline-block' });
    }
    const place = box();
    if (!place || !isVisible(place)) {
      // Still covered, cut or outside: taken out of its surroundings and laid over the top of the page.
      document.body.appendChild(element);
      show(element, { display: 'block', position: 'absolute', inset: 'auto', left: '12px', top: '60px', margin: '0', 'max-width': `${pageWidth - 24}px`, width: 'auto', height: 'auto', 'min-width': '40px', 'min-height': '20px', 'z-index': '2147483646' });
    }
  };

  if (order.step === 'hide') {
    globalThis.xunchaHidden = [element, ...element.querySelectorAll('*')].map(each => [each, each.getAttribute('style')]);
    for (const [each] of globalThis.xunchaHidden) each.style && each.style.setProperty('visibility', 'hidden', 'important');
    return { found: true };
  }
  if (order.step === 'show') {
    for (const [each, style] of globalThis.xunchaHidden || []) style === null ? each.removeAttribute('style') : each.setAttribute('style', style);
    globalThis.xunchaHidden = null;
    return { found: true };
  }
  if (order.step === 'reveal') reveal();
  let place = box();
  const visible = order.visible === undefined ? isVisible(place) : order.visible && isVisible(place);
  const draw = (label, colour) => {
    const mark = document.createElement(MARK);
    const left = Math.max(place.x - 4, 0), top = Math.max(place.y - 4, 0);
    mark.style.cssText = `all: initial; position: absolute; left: ${left}px; top: ${top}px; width: ${Math.min(place.width + 8, pageWidth - left)}px; height: ${place.height + 8}px; box-sizing: border-box; border: 3px solid ${colour}; outline: 1px solid #fff; z-index: 2147483647; pointer-events: none`;
    const tag = document.createElement('span');
    tag.textContent = label;
    const above = top >= 26;
    tag.style.cssText = `all: initial; position: absolute; left: -3px; ${above ? 'bottom: 100%' : 'top: 100%'}; background: ${colour}; color: #fff; font: bold 14px/22px sans-serif; padding: 0 6px; white-space: nowrap`;
    if (left > pageWidth * 0.6) { tag.style.left = 'auto'; tag.style.right = '-3px'; }
    mark.appendChild(tag);
    root.appendChild(mark);
    // The page's own transformations may have moved it.
    const drawn = mark.getBoundingClientRect();
    mark.style.left = `${left + left - (drawn.left + scrollX)}px`;
    mark.style.top = `${top + top - (drawn.top + scrollY)}px`;
  };
  if (order.step === 'reveal') {
    place = place || { x: 0, y: 0, width: 0, height: 0 };
    draw(`${order.label} · ${order.revealed}`, '#d4380d');
  } else if (visible && order.step === 'frame') {
    draw(order.label, '#e00000');
  }
  const shown = place && (visible || order.step === 'reveal') ? place : { x: 0, y: 0, width: 0, height: 480 };
  return { found: true, visible, ...shown, pageWidth };
}
