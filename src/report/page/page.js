/* What a page does beyond showing itself: plots tell the values at the pointer, and a legend hides
 * and shows lines. Without it the page is whole. */
"use strict";
(() => {
  const hidden = { variants: new Set(), phases: new Set() };
  const all = (of, selector) => [...of.querySelectorAll(selector)];
  const names = kind => all(document, `[data-names=${kind}] li`).map(e => e.textContent);
  const make = (parent, tag, of = {}) =>
    parent.appendChild(Object.assign(document.createElement(tag), of));
  const NAMES = { variants: names("variants"), layers: names("layers") };

  const legendNames = kind => {
    const legend = document.querySelector(`.legend[data-legend=${kind}]`);
    return legend ? all(legend, "li span").map(e => e.textContent) : [];
  };
  const nameOf = (kind, i) => (NAMES[kind] ??= legendNames(kind))[i] ?? `${i + 1}`;

  /* Legends */
  const legends = all(document, ".legend");
  const update = kind => {
    for (const g of all(document, `figure[data-legend=${kind}] [data-series]`))
      (g.closest("[data-lookup=cell]") ?? g).classList
        .toggle("off", hidden[kind].has(+g.dataset.series));
    for (const legend of legends.filter(e => e.dataset.legend === kind)) {
      all(legend, "button[data-series]").forEach(button =>
        button.setAttribute("aria-pressed", !hidden[kind].has(+button.dataset.series)));
      legend.querySelector(".all").hidden = hidden[kind].size === 0;
    }
    hideTip();
  };
  const press = (kind, i, n, isOnly) => {
    const off = hidden[kind];
    const others = [...Array(n).keys()].filter(k => k !== i);
    if (isOnly && others.some(k => !off.has(k))) {
      off.delete(i);
      others.forEach(k => off.add(k));
    } else if (isOnly) {
      off.clear();
    } else if (!off.delete(i)) {
      off.add(i);
    }
    update(kind);
  };
  for (const legend of legends) {
    const kind = legend.dataset.legend, items = all(legend, "li");
    items.forEach((item, i) => {
      const button = document.createElement("button");
      button.type = "button";
      button.dataset.series = i;
      button.title = "Hide or show; with Shift: only this one, or all";
      button.setAttribute("aria-pressed", true);
      button.append(...item.childNodes);
      button.addEventListener("click", e => press(kind, i, items.length, e.shiftKey));
      item.append(button);
    });
    const show = make(make(legend, "li"), "button", { type: "button", className: "all",
      textContent: "Show all", hidden: true });
    show.addEventListener("click", () => {
      hidden[kind].clear();
      update(kind);
      legend.querySelector("button").focus();
    });
  }

  /* Values */
  const tip = make(document.body, "div", { className: "tip", hidden: true });
  tip.setAttribute("role", "status");
  let cursor = null;
  const hideTip = () => {
    tip.hidden = true;
    cursor?.remove();
    cursor = null;
  };
  const showTip = (title, lines, at) => {
    tip.replaceChildren();
    if (title) make(tip, "b", { textContent: title });
    for (const line of lines) {
      const row = make(tip, "p", { className: line.isNear ? "near" : "" });
      if (line.name) make(row, "span", { textContent: line.name });
      row.append(line.text);
    }
    tip.hidden = false;
    const box = tip.getBoundingClientRect();
    const left = at.x + 16 + box.width > innerWidth ? at.x - 16 - box.width : at.x + 16;
    tip.style.left = `${Math.max(4, left)}px`;
    tip.style.top = `${Math.max(4, Math.min(at.y + 12, innerHeight - box.height - 4))}px`;
  };

  /* A plot: its data and where they are, in the units of the drawing. */
  const read = figure => {
    const source = figure.querySelector("script");
    if (!source) return null;
    const data = JSON.parse(source.textContent), svg = figure.querySelector("svg");
    const [left, right, bottom, top, x0, x1, y0, y1] = data.axes;
    const height = svg.viewBox.baseVal.height;
    const scale = (value, isLog, from, to, a, b) => {
      const of = isLog ? Math.log : x => x;
      return a + (b - a) * (of(value) - of(from)) / (of(to) - of(from));
    };
    const plot = {
      svg, data, kind: figure.dataset.legend, lookup: figure.dataset.lookup,
      top: height - top, bottom: height - bottom, left, right,
      x: value => scale(value, data.log[0], x0, x1, left, right),
      y: value => height - scale(value, data.log[1], y0, y1, bottom, top),
      valueX: px => x0 + (x1 - x0) * (px - left) / (right - left),
      valueY: py => y0 + (y1 - y0) * (height - py - bottom) / (top - bottom),
    };
    if (plot.lookup !== "cell")
      plot.tips = data.tips.map(([series, x, y, text]) => (
        { series, x, text, row: y, px: plot.x(x), py: plot.y(y) }));
    return plot;
  };
  const nearest = (tips, distance) =>
    tips.reduce((best, t) => (!best || distance(t) < distance(best) ? t : best), null);
  const heading = (axis, value) =>
    axis === "layer" ? `layer ${NAMES.layers[value - 1] ?? value}` : `${axis} ${value}`;

  /* [title, lines, px of the cursor] at a place. */
  const atX = (plot, tips, place) => {
    const key = nearest(tips, t => Math.abs(t.px - place.x));
    const found = [...new Set(tips.map(t => t.series))]
      .map(s => nearest(tips.filter(t => t.series === s), t => Math.abs(t.px - key.px)))
      .filter(t => Math.abs(t.px - key.px) <= 4).sort((a, b) => a.py - b.py);
    const near = nearest(found, t => Math.abs(t.py - place.y));
    const lines = found.map(t => (
      { name: nameOf(plot.kind, t.series), text: t.text, isNear: t === near }));
    return [heading(plot.data.x, key.x), lines, key.px];
  };
  const atY = (plot, tips, place) => {
    const key = nearest(tips, t => Math.abs(t.py - place.y));
    const found = tips.filter(t => t.row === key.row);
    const lines = found.map(t => (
      { name: plot.kind === "variants" ? "" : nameOf(plot.kind, t.series), text: t.text }));
    return [nameOf("variants", key.row), lines, null];
  };
  const atCell = (plot, place) => {
    const column = Math.round(plot.valueX(place.x)), row = Math.round(plot.valueY(place.y));
    const value = plot.data.tips[row - 1]?.[column - 1];
    if (value === undefined) return null;
    return [`epoch ${column}, ${heading("layer", row)}`, [{ text: value ?? "-" }], null];
  };
  const look = (plot, place) => {
    if (plot.lookup === "cell") return atCell(plot, place);
    const tips = plot.tips.filter(t => !hidden[plot.kind].has(t.series));
    if (tips.length === 0) return null;
    return plot.lookup === "x" ? atX(plot, tips, place) : atY(plot, tips, place);
  };
  const drawCursor = (plot, px) => {
    cursor?.remove();
    cursor = null;
    if (px === null) return;
    cursor = document.createElementNS(plot.svg.namespaceURI, "path");
    cursor.setAttribute("class", "cursor");
    cursor.setAttribute("d", `M${px} ${plot.top}V${plot.bottom}`);
    plot.svg.append(cursor);
  };
  const isInside = (plot, place) => plot.lookup === "y" || (place.x >= plot.left - 10 &&
    place.x <= plot.right + 10 && place.y >= plot.top - 5 && place.y <= plot.bottom + 5);

  const follow = (plot, e) => {
    const place = new DOMPoint(e.clientX, e.clientY)
      .matrixTransform(plot.svg.getScreenCTM().inverse());
    const found = isInside(plot, place) ? look(plot, place) : null;
    if (!found) return hideTip();
    drawCursor(plot, found[2]);
    showTip(found[0], found[1], { x: e.clientX, y: e.clientY });
  };
  for (const plot of all(document, "figure.plot").map(read)) {
    if (!plot) continue;
    plot.svg.addEventListener("pointermove", e => follow(plot, e));
    plot.svg.addEventListener("pointerdown", e => follow(plot, e));
    plot.svg.addEventListener("pointerleave", hideTip);
  }
  addEventListener("scroll", hideTip, { passive: true });
  addEventListener("keydown", e => e.key === "Escape" && hideTip());

  /* Paper shows what is folded. */
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = all(document, "details.paper:not([open])");
    folded.forEach(e => (e.open = true));
  });
  addEventListener("afterprint", () => folded.forEach(e => (e.open = false)));
})();
