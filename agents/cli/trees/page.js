// Looks at a tree that is drawn already: zoom, pan, colours, search, keyboard, details. Texts enter as text, never as HTML.
"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const byId = (id) => document.getElementById(id);
const canvas = byId("canvas"), ring = byId("ring"), detail = byId("detail");
const shapes = new Map([...canvas.querySelectorAll("path[data-i]")].map((shape) => [Number(shape.dataset.i), shape]));
const metricFill = new Map([...shapes].map(([i, shape]) => [i, shape.getAttribute("fill")]));
const nodes = new Map(data.nodes.map((node) => [node.i, node]));
const children = new Map();
for (const node of data.nodes) {
  if (!children.has(node.p)) children.set(node.p, []);
  children.get(node.p).push(node.i);
}
let selected = null, matches = [], view = { x: 0, y: 0, w: data.width, h: data.height };

function element(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

function place(i) {
  const found = /translate\(([-\d.]+) ([-\d.]+)\)/.exec(shapes.get(i).getAttribute("transform"));
  return { x: Number(found[1]), y: Number(found[2]) };
}

function show() { canvas.setAttribute("viewBox", `${view.x} ${view.y} ${view.w} ${view.h}`); }

function fit() {
  const box = canvas.getBoundingClientRect(), scale = Math.min(2, box.width / data.width, (box.height - 40) / data.height);
  view = { w: box.width / scale, h: box.height / scale };
  view.x = (data.width - view.w) / 2;
  view.y = Math.min(0, (data.height - view.h + 40 / scale) / 2);
  show();
}

function zoom(factor, x, y) {
  const least = 120, most = 20 * Math.max(data.width, data.height);
  const by = Math.min(most, Math.max(least, view.w * factor)) / view.w;
  view = { x: x - (x - view.x) * by, y: y - (y - view.y) * by, w: view.w * by, h: view.h * by };
  show();
}

const zoomMiddle = (factor) => zoom(factor, view.x + view.w / 2, view.y + view.h / 2);

function pointAt(event) {
  const box = canvas.getBoundingClientRect();
  return { x: view.x + ((event.clientX - box.left) / box.width) * view.w, y: view.y + ((event.clientY - box.top) / box.height) * view.h };
}

function bringIntoView(i) {
  const at = place(i), edge = 0.08;
  if (view.w > 60 * data.cell) zoom((60 * data.cell) / view.w, at.x, at.y);
  const isIn = at.x > view.x + edge * view.w && at.x < view.x + (1 - edge) * view.w && at.y > view.y + edge * view.h && at.y < view.y + (1 - edge) * view.h;
  if (!isIn) { view.x = at.x - view.w / 2; view.y = at.y - view.h / 2; show(); }
}

function select(i, isMoved) {
  if (!nodes.has(i)) return;
  selected = i;
  const at = place(i);
  ring.setAttribute("cx", at.x); ring.setAttribute("cy", at.y); ring.setAttribute("r", 0.62 * data.cell); ring.style.display = "";
  if (isMoved) bringIntoView(i);
  tell(nodes.get(i));
  byId("said").textContent = `${nodes.get(i).id}, ${nodes.get(i).kind}, ${nodes.get(i).change}, ${result(nodes.get(i))}`;
  history.replaceState(null, "", `#${nodes.get(i).id}`);
}

const shown = (value) => (value === null || value === undefined ? "-" : typeof value === "number" ? String(Number(value.toPrecision(6))) : String(value));
const result = (node) => (node.status === "ok" ? `${data.metric} ${shown(node.value)}` : node.status);

function table(rows, changed) {
  const made = element("table");
  for (const [name, value] of rows) {
    const row = element("tr", undefined, changed && changed.has(name) ? "changed" : "");
    row.append(element("td", name), element("td", shown(value)));
    made.append(row);
  }
  return made;
}

function tell(node) {
  const above = nodes.get(node.p), more = data.details[node.id], facts = [
    ["kind", node.kind], ["outcome", result(node)], ["detail", node.detail || "-"], ["parent", above ? above.id : "none"],
    ["learned from", node.inspirations.join(", ") || "-"], ["model", data.models[node.model] || "-"], ["chosen by", node.arm || "the policy"],
    ["seed", node.seed], ["time", `${shown(node.seconds)} s`], ["memory", `${shown(node.memory)} MB`], ["cost", `$${node.usd}`]];
  detail.replaceChildren(element("h2", `${node.id}: ${node.change}`), table(facts.filter(([, value]) => value !== "-")));
  const metrics = Object.entries(node.metrics);
  if (metrics.length) detail.append(element("h3", "Metrics"), table(metrics));
  const before = (above || nodes.get(data.nodes[0].i)).config;
  const changed = new Set(Object.keys(node.config).filter((name) => node.config[name] !== before[name]));
  detail.append(element("h3", "Configuration (bold: another than the parent's)"), table(Object.entries(node.config), changed));
  if (!more) { detail.append(element("p", `Code and log of this node were left out of the page; see: naturalist show RUN ${node.id}`, "hint")); return; }
  if (more.diff) detail.append(element("h3", above ? "Code against the parent's" : "Code against the template's"), difference(more.diff));
  if (more.log) detail.append(element("h3", "End of the log"), element("pre", more.log));
  for (const figure of more.figures) {
    const picture = element("img");
    picture.src = figure.url; picture.alt = figure.name;
    detail.append(element("h3", figure.name), picture);
  }
}

function difference(text) {
  const made = element("pre");
  for (const line of text.split("\n")) {
    const kind = line.startsWith("+") ? "added" : line.startsWith("-") ? "removed" : line.startsWith("@@") ? "place" : "";
    made.append(element("span", line || " ", kind));
  }
  return made;
}

function colour(by) {
  for (const [i, shape] of shapes) {
    const node = nodes.get(i);
    const own = by === "metric" ? metricFill.get(i) : by === "kind" ? data.kindColours[node.kind] : data.modelColours[node.model];
    shape.style.fill = node.value === null ? "var(--paper)" : own;
    shape.style.stroke = node.model === 0 ? "var(--ink)" : data.modelColours[node.model];
  }
  legend(by);
}

function legend(by) {
  const made = [], swatch = (fill, text) => { const item = element("span"), spot = element("i"); spot.style.background = fill; item.append(spot, text); return item; };
  if (by === "metric" && data.span) {
    const item = element("span", `${data.label}: ${shown(data.span[0])}`), bar = element("b");
    bar.style.background = `linear-gradient(90deg, ${data.colours.join(",")})`;
    item.append(bar, `${shown(data.span[1])} (brighter is better)`); made.push(item);
  }
  if (by === "model") data.models.forEach((name, place) => made.push(swatch(data.modelColours[place], name || "no model")));
  for (const [kind, path] of Object.entries(data.kindShapes)) {
    const item = element("span"), picture = document.createElementNS("http://www.w3.org/2000/svg", "svg"), shape = document.createElementNS("http://www.w3.org/2000/svg", "path");
    picture.setAttribute("viewBox", "-8 -8 16 16"); shape.setAttribute("d", path); shape.setAttribute("stroke", "currentColor");
    shape.setAttribute("fill", by === "kind" && data.kindColours[kind] ? data.kindColours[kind] : "none");
    picture.append(shape); item.append(picture, kind); made.push(item);
  }
  byId("legend").replaceChildren(...made);
}

function search(text) {
  const wanted = text.trim().toLowerCase();
  matches = wanted ? data.nodes.filter((node) => `${node.id} ${node.change}`.toLowerCase().includes(wanted)).map((node) => node.i) : [];
  const found = new Set(matches);
  for (const [i, shape] of shapes) shape.classList.toggle("dim", Boolean(wanted) && !found.has(i));
  byId("found").textContent = wanted ? `${matches.length} found` : "";
}

function step(key) {
  const node = nodes.get(selected), beside = node ? children.get(node.p) : [];
  if (!node || key === "Home") return select(data.best ?? data.nodes[0].i, true);
  if (key === "End") return select(data.nodes[data.nodes.length - 1].i, true);
  if (key === "ArrowUp") return select(node.p, true);
  if (key === "ArrowDown") return select((children.get(node.i) || [])[0], true);
  return select(beside[beside.indexOf(node.i) + (key === "ArrowRight" ? 1 : -1)], true);
}

canvas.addEventListener("wheel", (event) => { event.preventDefault(); const at = pointAt(event); zoom(Math.exp(event.deltaY * 0.0015), at.x, at.y); }, { passive: false });
let held = null;
canvas.addEventListener("pointerdown", (event) => { held = { x: event.clientX, y: event.clientY, view: { ...view }, target: event.target, isMoved: false }; canvas.setPointerCapture(event.pointerId); });
canvas.addEventListener("pointermove", (event) => {
  if (!held) return;
  const box = canvas.getBoundingClientRect(), dx = event.clientX - held.x, dy = event.clientY - held.y;
  held.isMoved ||= Math.hypot(dx, dy) > 4;
  if (held.isMoved) { view.x = held.view.x - (dx / box.width) * view.w; view.y = held.view.y - (dy / box.height) * view.h; show(); }
});
canvas.addEventListener("pointerup", () => { if (held && !held.isMoved && held.target.dataset.i) select(Number(held.target.dataset.i), false); held = null; });
canvas.addEventListener("pointercancel", () => { held = null; });
canvas.addEventListener("keydown", (event) => {
  if (event.key.startsWith("Arrow") || event.key === "Home" || event.key === "End") { event.preventDefault(); step(event.key); }
  else if (event.key === "Enter") { if (selected === null) step("Home"); detail.focus(); }
  else if (event.key === "+" || event.key === "=") zoomMiddle(0.8);
  else if (event.key === "-") zoomMiddle(1.25);
  else if (event.key === "0") fit();
});
detail.addEventListener("keydown", (event) => { if (event.key === "Escape") canvas.focus(); });
document.addEventListener("keydown", (event) => { if (event.key === "/" && event.target.tagName !== "INPUT") { event.preventDefault(); byId("search").focus(); } });
byId("search").addEventListener("input", (event) => search(event.target.value));
byId("search").addEventListener("keydown", (event) => { if (event.key === "Enter" && matches.length) select(matches[(matches.indexOf(selected) + 1) % matches.length], true); });
byId("by").addEventListener("change", (event) => colour(event.target.value));
byId("in").addEventListener("click", () => zoomMiddle(0.8));
byId("out").addEventListener("click", () => zoomMiddle(1.25));
byId("whole").addEventListener("click", fit);
byId("best").addEventListener("click", () => { selected = null; step("Home"); });
byId("theme").addEventListener("click", () => {
  const root = document.documentElement, isDark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = isDark ? "light" : "dark";
});
addEventListener("resize", () => {
  const box = canvas.getBoundingClientRect(), high = (view.w * box.height) / box.width;
  view.y += (view.h - high) / 2; view.h = high; show();
});
colour("metric");
fit();
const linked = data.nodes.find((node) => `#${node.id}` === location.hash);
const isTiny = view.w > 120 * data.cell;
if (linked) select(linked.i, true); else if (data.best !== null) select(data.best, isTiny);
