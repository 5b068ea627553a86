// Names with a length each, thousands of them: only the rows in sight are drawn.

import { say } from "../language.js";
import { clamp, Sheet } from "./canvas.js";
import { Probe } from "./probe.js";
import { Scroll } from "./scroll.js";
import { cut, exact } from "./words.js";

const NARROW = 230; // pixels of a card that has no room for how far a bar has come from its mark

export function mount(host, tools) {
  const bars = new Bars(host, tools);
  return bars.sheet.mounted(
    (view) => bars.draw(view),
    () => bars.probe.destroy(),
  );
}

class Bars {
  constructor(host, tools) {
    this.tools = tools;
    this.sheet = new Sheet(host, tools, (c, view) => this.paint(c, view));
    this.scroll = new Scroll(this.sheet);
    this.probe = new Probe(this.sheet.canvas, tools, this, () => this.sheet.redraw());
  }

  draw(view) {
    this.sheet.canvas.setAttribute("role", view.pick ? "application" : "img");
    this.sheet.canvas.style.cursor = view.pick ? "pointer" : "";
    const { values, before } = this.sheet.view ?? {};
    if (values !== view.values) this.low = Math.min(0, least(view.values.data));
    if (values !== view.values || before !== view.before || !this.order) this.order = order(view);
    this.sheet.draw(view);
    this.probe.refresh();
  }

  paint(c, view) {
    const { width, height, scale } = this.sheet;
    const foot = view.before && view.before_label ? 20 * scale : 0;
    const page = height - foot - 4;
    const count = view.labels.length;
    const row = clamp(page / (count || 1), 20 * scale, 30 * scale);
    this.scroll.fit(row * count, page);
    const lit = this.order.indexOf(view.lit);
    if (view.lit !== this.followed && lit >= 0) this.scroll.reveal(lit * row, (lit + 1) * row);
    this.followed = view.lit;
    const first = Math.floor(this.scroll.at / row);
    const last = Math.min(count, Math.ceil((this.scroll.at + page) / row));
    this.box = { row, page, ...columns(c, view, this.sheet) };
    c.save();
    c.beginPath();
    c.rect(0, 0, width, page);
    c.clip();
    for (let i = first; i < last; i++) this.row(c, view, i, i * row - this.scroll.at);
    c.restore();
    this.scroll.paint(c);
    if (foot) this.foot(c, view, height - foot / 2);
  }

  row(c, view, at, top) {
    const { row, label, bar, value } = this.box;
    const { colour } = this.tools;
    const middle = top + row / 2;
    const here = this.probe.mark === at;
    const i = this.order[at];
    if (here) {
      c.fillStyle = colour("shade");
      c.fillRect(0, top, this.sheet.width, row);
    }
    if (i === view.lit) {
      c.fillStyle = colour("focus");
      c.fillRect(0, top + 1, 4 * this.sheet.scale, row - 2);
    }
    const tall = Math.min(13 * this.sheet.scale, 0.62 * row);
    const zero = this.x(view, 0);
    const end = this.x(view, view.values.data[i]);
    c.fillStyle = colour("shade");
    if (!here) c.fillRect(bar, middle - tall / 2, value - bar, tall);
    c.fillStyle = colour(view.ink);
    c.fillRect(Math.min(zero, end), middle - tall / 2, Math.max(1, Math.abs(end - zero)), tall);
    if (view.before) {
      c.fillStyle = colour("ink");
      c.fillRect(this.x(view, view.before.data[i]) - 1, middle - tall / 2 - 2, 2, tall + 4);
    }
    c.textBaseline = "middle";
    c.textAlign = "right";
    c.font = this.sheet.font(12, here || i === view.lit ? 600 : 400);
    c.fillStyle = colour("ink");
    c.fillText(cut(c, view.labels[i], label - 14), label - 4, middle + 0.5);
    c.fillStyle = colour(here ? "ink" : "soft");
    const right = this.sheet.width - 14;
    c.fillText(this.tools.number(view.values.data[i]), right - this.box.change, middle + 0.5);
    if (this.box.change) c.fillText(change(view, i), right, middle + 0.5);
  }

  x(view, value) {
    const { bar, value: end } = this.box;
    const u = (value - this.low) / (view.high - this.low || 1);
    return bar + clamp(u, 0, 1) * (end - bar);
  }

  foot(c, view, y) {
    c.fillStyle = this.tools.colour("ink");
    c.fillRect(this.box.bar, y - 6, 2, 12);
    c.fillStyle = this.tools.colour("soft");
    c.font = this.sheet.font(11);
    c.textAlign = "left";
    c.textBaseline = "middle";
    c.fillText(
      cut(c, view.before_label, this.sheet.width - this.box.bar - 16),
      this.box.bar + 8,
      y,
    );
  }

  // --- what the probe asks; a mark is the number of a row

  at(px, py) {
    if (!this.box || py > this.box.page) return null;
    const i = Math.floor((py + this.scroll.at) / this.box.row);
    return i >= 0 && i < this.sheet.view.labels.length ? i : null;
  }

  lines(at) {
    const i = this.order[at];
    const { labels, values, before, before_label, unit } = this.sheet.view;
    if (at >= labels.length) return null;
    const now = `${exact(values.data[i])} ${unit}`.trim();
    if (!before) return [labels[i], now];
    const change = values.data[i] - before.data[i];
    const sign = change > 0 ? "+" : "";
    const was = `${before_label || say("view.before")} ${exact(before.data[i])} ${unit}`.trim();
    return [labels[i], now, was, say("view.change", { value: `${sign}${exact(change)}` })];
  }

  place(i) {
    return [this.box.label + 30, (i + 0.7) * this.box.row - this.scroll.at];
  }

  step(mark, dx, dy) {
    const count = this.sheet.view.labels.length;
    if (!count || !this.box) return null;
    const i = mark === null ? Math.ceil(this.scroll.at / this.box.row) : mark + dx + dy;
    const next = clamp(i, 0, count - 1);
    this.scroll.reveal(next * this.box.row, (next + 1) * this.box.row);
    return next;
  }

  // Put this bar's thing in this frame's place, or take it back; what came later answered another past.
  press(row) {
    const { pick, keys, at } = this.sheet.view;
    if (!pick) return false;
    const edits = this.tools.get(pick).split(";").filter(Boolean);
    const put = `${at}:${keys.data[this.order[row]]}`;
    const kept = edits.filter((edit) => parseInt(edit) < at);
    this.tools.set(pick, (edits.includes(put) ? kept : [...kept, put]).join(";"));
    return true;
  }
}

// The rows as they stand: as given, or the largest first.
function order({ labels, values, before, ranked }) {
  const rows = labels.map((_, i) => i);
  if (!ranked) return rows;
  const most = values.data.map((value, i) => Math.max(value, before?.data[i] ?? value));
  return rows.sort((a, b) => most[b] - most[a] || a - b);
}

// How far a bar has come from its mark, to a thousandth of a full bar.
function change({ values, before, high }, i) {
  const by = values.data[i] - before.data[i];
  const told = Math.abs(by).toFixed(clamp(2 - Math.floor(Math.log10(high || 1)), 0, 9));
  return +told ? `${by > 0 ? "+" : "−"}${told}` : "·";
}

function least(values) {
  let low = Infinity;
  for (const value of values) low = Math.min(low, value);
  return low;
}

// Labels take what the longest needs, within bounds, so that nothing shifts while rows scroll by.
function columns(c, view, sheet) {
  c.font = sheet.font(12, 600);
  const half = view.before ? 0.32 : 0.45;
  const longest = view.labels.reduce((a, b) => (b.length > a.length ? b : a), "");
  const need = c.measureText(longest).width + 16;
  const label = Math.min(half * sheet.width, Math.max(need, 40 * sheet.scale));
  // in a narrow card the change is read on hover
  const change = view.before && sheet.width >= NARROW * sheet.scale ? 52 * sheet.scale : 0;
  const value = sheet.width - change - Math.min(0.3 * sheet.width, (change ? 72 : 70) * sheet.scale);
  return { label, bar: label + 4, value, change };
}
