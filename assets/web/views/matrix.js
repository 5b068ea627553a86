// A table of numbers as colours, with its rows and columns named and every cell read exactly.

import { clamp, cut, exact, Sheet } from "./canvas.js";
import { colourOf, place, Raster } from "./ink.js";
import { Painting } from "./painting.js";
import { Probe } from "./probe.js";
import { Terms } from "./terms.js";

export function mount(host, tools) {
  const matrix = new Matrix(host, tools);
  return matrix.sheet.mounted(
    (view) => matrix.draw(view),
    () => matrix.probe.destroy(),
  );
}

class Matrix {
  constructor(host, tools) {
    this.tools = tools;
    this.raster = new Raster();
    this.terms = new Terms(host, tools);
    this.sheet = new Sheet(host, tools, (c, view) => this.paint(c, view));
    const { canvas } = this.sheet;
    const redraw = () => this.sheet.redraw();
    this.painting = new Painting(canvas, tools, this, redraw); // first: a stroke is not a click
    this.probe = new Probe(canvas, tools, this, redraw);
  }

  draw(view) {
    this.sheet.canvas.setAttribute("role", view.pick || view.paint ? "application" : "img");
    this.painting.take(view);
    this.sheet.draw(view);
    this.probe.refresh();
  }

  paint(c, view) {
    const box = (this.box = layout(c, view, this.sheet));
    const [n, m] = view.values.shape;
    const { x, y, w, h } = box;
    if (view.hidden) hatch(c, this.sheet, x, y, w * m, h * n);
    const { ramp, low, high, hidden } = view;
    const spec = { width: m, height: n, ramp, low, high, hidden };
    place(c, this.raster.of(this.tools, view.values, spec), [0, 0, m, n], [x, y, w * m, h * n]);
    if (Math.min(w, h) >= 14) seams(c, this.tools.colour("card"), box, n, m);
    this.painting.paint(c, box, n, m);
    if (w >= 34 * this.sheet.scale && h >= 18 * this.sheet.scale) this.figures(c, view, box);
    c.strokeStyle = this.tools.colour("line");
    c.lineWidth = 1;
    c.strokeRect(x - 0.5, y - 0.5, w * m + 1, h * n + 1);
    names(c, view, box, this.sheet, this.probe.mark);
    this.outline(c, view, box);
    this.terms.show(view, this.probe.mark, box, this.sheet);
  }

  // The numbers themselves, where a cell is large enough to hold one.
  figures(c, view, { x, y, w, h }) {
    const [n, m] = view.values.shape;
    c.font = this.sheet.font(11.5);
    c.textAlign = "center";
    c.textBaseline = "middle";
    const { colour } = this.tools;
    const [light, dark] = colour("card") < colour("ink") ? ["ink", "card"] : ["card", "ink"];
    for (let i = 0; i < n * m; i++) {
      if (view.hidden?.data[i]) continue;
      const value = view.values.data[i];
      c.fillStyle = colour(colourOf(this.tools, view, value).luma < 0.55 ? light : dark);
      const text = cut(c, short(value), w - 4);
      c.fillText(text, x + ((i % m) + 0.5) * w, y + (Math.floor(i / m) + 0.5) * h);
    }
  }

  outline(c, view, { x, y, w, h }) {
    const { mark } = this.probe;
    const [n, m] = view.values.shape;
    if (mark === null || mark >= n * m) return;
    const [i, j] = [Math.floor(mark / m), mark % m];
    c.strokeStyle = this.tools.colour("focus");
    c.globalAlpha = 0.5;
    c.lineWidth = 1;
    c.strokeRect(x - 0.5, y + i * h - 0.5, w * m + 1, h + 1);
    c.strokeRect(x + j * w - 0.5, y - 0.5, w + 1, h * n + 1);
    c.globalAlpha = 1;
    c.lineWidth = 2;
    c.strokeRect(x + j * w - 1, y + i * h - 1, w + 2, h + 2);
  }

  // --- what the probe asks; a mark is the index of a cell -----------------------------------------

  at(px, py) {
    if (!this.box) return null;
    const [n, m] = this.sheet.view.values.shape;
    const j = Math.floor((px - this.box.x) / this.box.w);
    const i = Math.floor((py - this.box.y) / this.box.h);
    return i >= 0 && j >= 0 && i < n && j < m ? i * m + j : null;
  }

  lines(mark) {
    const { view } = this.sheet;
    const [n, m] = view.values.shape;
    if (mark >= n * m) return null;
    const [i, j] = [Math.floor(mark / m), mark % m];
    const named = (label, names, at) => `${label} ${names[at] ?? at}`.trim();
    return [
      named(view.row_label || "row", view.rows, i),
      named(view.column_label || "column", view.columns, j),
      `${view.value_label} ${exact(view.values.data[mark])}`,
      ...(view.hidden?.data[mark] ? ["masked"] : []),
      ...Object.entries(view.notes).map(([key, { data }]) => `${key} ${exact(data[mark])}`),
    ];
  }

  place(mark) {
    const m = this.sheet.view.values.shape[1];
    const { x, y, w, h } = this.box;
    return [x + ((mark % m) + 0.5) * w, y + (Math.floor(mark / m) + 0.5) * h];
  }

  step(mark, dx, dy) {
    const [n, m] = this.sheet.view.values.shape;
    if (!n || !m) return null;
    if (mark === null) return 0;
    const i = clamp(Math.floor(mark / m) + dy, 0, n - 1);
    return i * m + clamp((mark % m) + dx, 0, m - 1);
  }

  press(mark) {
    const { pick, paint, values } = this.sheet.view;
    if (paint) return this.painting.press(mark);
    const row = String(Math.floor(mark / values.shape[1]));
    const now = pick && (this.tools.get(pick) || this.tools.control(pick)?.value);
    if (!pick || String(now) === row) return false;
    this.tools.set(pick, row);
    return true;
  }
}

const short = (value) =>
  String(+value.toPrecision(2))
    .replace("-", "−")
    .replace(/^(−?)0\./, "$1.");

// Where the cells lie, once names have their room. Equal counts of rows and columns: square cells.
function layout(c, view, sheet) {
  const [n, m] = view.values.shape;
  const { width, height, scale } = sheet;
  c.font = sheet.font(11);
  const widest = (names) => Math.max(0, ...names.map((text) => c.measureText(text).width));
  const most = 0.3 * width;
  const side = view.rows.length ? Math.min(most, widest(view.rows)) + 8 : 0;
  const head = view.columns.length ? Math.min(0.3 * height, widest(view.columns)) + 8 : 0;
  const title = 16 * scale;
  const left = 10 + side + (view.row_label ? title : 0);
  const top = 8 + (view.column_label ? title : 0);
  const flat = (width - left - 12) / m > widest(view.columns) + 8; // names fit without turning
  const above = view.columns.length ? (flat ? 16 * scale : head) : 0;
  const [W, H] = [width - left - 12, height - top - above - 10];
  let [w, h] = [Math.max(0.1, W / m), Math.max(0.1, H / n)];
  const ratio = n === m ? 1 : 2.5;
  [w, h] = [Math.min(w, ratio * h), Math.min(h, ratio * w)];
  if (w > 6) w = Math.floor(w);
  if (h > 6) h = Math.floor(h);
  const x = Math.round(left + Math.max(0, (W - w * m) / 2));
  const y = Math.round(top + above + Math.max(0, (H - h * n) / 2));
  return { x, y, w, h, flat, above, side };
}

function names(c, view, { x, y, w, h, flat, above, side }, sheet, mark) {
  const { tools, scale } = sheet;
  const [n, m] = view.values.shape;
  const here = mark === null ? [-1, -1] : [Math.floor(mark / m), mark % m];
  const style = (on) => {
    c.fillStyle = tools.colour(on ? "ink" : "soft");
    c.font = sheet.font(11, on ? 600 : 400);
  };
  c.textBaseline = "middle";
  c.textAlign = "right";
  const every = Math.ceil((12 * scale) / h); // names that would touch are left out
  view.rows.forEach((text, i) => {
    if (i % every && i !== here[0]) return;
    if (every > 1 && here[0] >= 0 && i !== here[0] && Math.abs(i - here[0]) < every) return;
    style(i === here[0]);
    c.fillText(cut(c, text, side - 6), x - 6, y + (i + 0.5) * h);
  });
  const sparse = flat ? 1 : Math.ceil((12 * scale) / w);
  view.columns.forEach((text, j) => {
    if (j % sparse && j !== here[1]) return;
    if (sparse > 1 && here[1] >= 0 && j !== here[1] && Math.abs(j - here[1]) < sparse) return;
    style(j === here[1]);
    c.save();
    c.translate(x + (j + 0.5) * w, y - 6);
    if (!flat) c.rotate(-Math.PI / 2);
    c.textAlign = flat ? "center" : "left";
    c.fillText(cut(c, text, flat ? w : above - 6), 0, flat ? -4 * scale : 0);
    c.restore();
  });
  axes(c, view, { x, y, w, h, above, side }, sheet);
}

function axes(c, view, { x, y, w, h, above, side }, sheet) {
  const [n, m] = view.values.shape;
  c.fillStyle = sheet.tools.colour("soft");
  c.font = sheet.font(11, 560);
  c.textAlign = "center";
  c.textBaseline = "middle";
  c.fillText(view.column_label, x + (w * m) / 2, y - above - 8 * sheet.scale);
  c.save();
  c.translate(x - side - 8 * sheet.scale, y + (h * n) / 2);
  c.rotate(-Math.PI / 2);
  c.fillText(view.row_label, 0, 0);
  c.restore();
}

function seams(c, ink, { x, y, w, h }, n, m) {
  c.strokeStyle = ink;
  c.lineWidth = 1;
  c.beginPath();
  for (let i = 1; i < n; i++) (c.moveTo(x, y + i * h), c.lineTo(x + m * w, y + i * h));
  for (let j = 1; j < m; j++) (c.moveTo(x + j * w, y), c.lineTo(x + j * w, y + n * h));
  c.stroke();
}

// What is not there is neither high nor low: slanted hairlines on bare card.
function hatch(c, { tools, scale }, x, y, w, h) {
  c.save();
  c.beginPath();
  c.rect(x, y, w, h);
  c.clip();
  c.strokeStyle = tools.colour("line");
  c.lineWidth = 1;
  c.beginPath();
  for (let at = -h; at < w; at += 7 * scale) (c.moveTo(x + at, y + h), c.lineTo(x + at + h, y));
  c.stroke();
  c.restore();
}
