// Curves, bars and dots over a common axis, in a window that stays while frames arrive.

import { say } from "../language.js";
import { clamp, Sheet } from "./canvas.js";
import { write } from "./legend.js";
import { Probe } from "./probe.js";
import { axes, crisp, floor, frame } from "./ruler.js";
import { band, bars, curve, dots } from "./series.js";
import { exact } from "./words.js";

export function mount(host, tools) {
  const chart = new Chart(host, tools);
  return chart.sheet.mounted(
    (view) => chart.draw(view),
    () => chart.probe.destroy(),
  );
}

class Chart {
  constructor(host, tools) {
    this.tools = tools;
    this.sheet = new Sheet(host, tools, (c, view) => this.paint(c, view));
    this.probe = new Probe(this.sheet.canvas, tools, this, () => this.sheet.redraw());
  }

  draw(view) {
    this.sheet.draw(view);
    this.probe.refresh();
  }

  paint(c, view) {
    const box = (this.box = frame(c, view, this.sheet));
    axes(c, view, box, this.sheet);
    c.save();
    c.beginPath();
    c.rect(box.left - 1, box.top - 4, box.right - box.left + 2, box.bottom - box.top + 5);
    c.clip();
    for (const series of view.series) if (series.spread) band(c, series, box, this.tools);
    const grouped = view.series.filter(({ style }) => style === "bars").length;
    for (const series of view.series) {
      const draw = { line: curve, bars, points: dots }[series.style];
      c.globalAlpha = series.style === "bars" && grouped > 1 ? 0.55 : 1;
      draw(c, series, box, this.tools);
    }
    c.globalAlpha = 1;
    c.restore();
    if (view.floor !== null) floor(c, view, box, this.sheet);
    this.cursor(c, view.cursor, "soft", box);
    if (this.probe.mark !== null) this.cursor(c, this.probe.mark, "ink", box, true);
    if (box.legend) write(c, this.sheet, box.legend, box.right + 2, 3);
  }

  cursor(c, at, ink, { X, Y, left, right, top, bottom }, rings = false) {
    if (at === null) return;
    const x = X(at);
    if (!(x >= left - 1 && x <= right + 1)) return;
    c.strokeStyle = this.tools.colour(ink);
    c.globalAlpha = 0.6;
    c.lineWidth = 1;
    c.beginPath();
    c.moveTo(crisp(x), top);
    c.lineTo(crisp(x), bottom);
    c.stroke();
    c.globalAlpha = 1;
    for (const series of this.sheet.view.series) {
      const i = nearest(series.x.data, at);
      const y = i < 0 ? NaN : Y(series.y.data[i]);
      if (!Number.isFinite(y) || series.faint || (series.style === "bars" && !rings)) continue;
      c.fillStyle = this.tools.colour(series.ink);
      c.beginPath();
      c.arc(X(series.x.data[i]), clamp(y, top, bottom), 3.2 * this.sheet.scale, 0, 7);
      c.fill();
    }
  }

  // --- what the probe asks; a mark is a place on the x axis where a series has a value

  at(px, py) {
    if (!this.box || py < this.box.top - 8 || py > this.box.bottom + 8) return null;
    if (px < this.box.left - 8 || px > this.box.right + 8) return null;
    const x = this.box.X.back(px);
    let best = null;
    for (const { x: xs } of this.sheet.view.series) {
      const i = nearest(xs.data, x);
      if (i >= 0 && (best === null || Math.abs(xs.data[i] - x) < Math.abs(best - x)))
        best = xs.data[i];
    }
    return best;
  }

  lines(mark) {
    const { view } = this.sheet;
    const lines = [`${view.x_label || "x"} ${exact(mark)}`];
    for (const { x, y, spread, label, dashed, faint } of view.series) {
      const i = nearest(x.data, mark);
      if (i < 0 || faint) continue; // one of many says nothing that is not in their middle and band
      const where =
        Math.abs(x.data[i] - mark) > 1e-6 * Math.abs(mark) ? ` ${say("view.at", { place: exact(x.data[i]) })}` : "";
      const ends = spread && ` (${say("view.between", { low: exact(spread.data[2 * i]), high: exact(spread.data[2 * i + 1]) })})`;
      const name = label || (dashed && say("view.dashed")) || view.y_label || "y";
      lines.push(`${name} ${exact(y.data[i])}${ends ?? ""}${where}`);
    }
    if (view.floor !== null) lines.push(`${view.floor_label} ${exact(view.floor)}`);
    return lines.length > 1 ? lines : null;
  }

  place(mark) {
    return [this.box.X(mark), (this.box.top + this.box.bottom) / 2];
  }

  step(mark, dx, dy) {
    const all = this.sheet.view.series.map(({ x }) => x.data);
    const xs = all.reduce((a, b) => (b.length > a.length ? b : a), []);
    if (!xs.length) return null;
    const { x, cursor } = this.sheet.view;
    const from = mark === null ? nearest(xs, cursor ?? xs[0]) : nearest(xs, mark);
    const way = x[0] > x[1] ? -dx : dx; // to the right is down on an axis that runs down
    return xs[clamp(from + (mark === null ? 0 : way - dy), 0, xs.length - 1)];
  }
}

// Index of the value nearest to x; the values rise.
function nearest(values, x) {
  let [low, high] = [0, values.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] < x) low = middle + 1;
    else high = middle;
  }
  if (low > 0 && Math.abs(values[low - 1] - x) <= Math.abs(values[low] - x)) return low - 1;
  return low < values.length ? low : -1;
}
