// A table of numbers as colours, with its rows and columns named and every cell read exactly.

import { say } from "../language.js";
import { Sheet } from "./canvas.js";
import { Editing } from "./editing.js";
import { colourOf, place, Pool, Raster } from "./ink.js";
import { Painting } from "./painting.js";
import { Probe } from "./probe.js";
import { hatch, key, layout, names, seams, stepped, strike } from "./table.js";
import { Terms, worked } from "./terms.js";
import { cut, exact, seen, short } from "./words.js";

const CLOSER = 1.3; // how much too wide a number may be, and is squeezed

export function mount(host, tools) {
  const matrix = new Matrix(host, tools);
  return matrix.sheet.mounted(
    (view) => matrix.draw(view),
    () => (matrix.probe.destroy(), matrix.editing.destroy()),
  );
}

class Matrix {
  constructor(host, tools) {
    this.tools = tools;
    this.raster = new Raster();
    this.pool = new Pool();
    this.sheet = new Sheet(host, tools, (c, view) => this.paint(c, view));
    this.terms = new Terms(host, tools); // after the sheet, so that it lies above
    const { canvas } = this.sheet;
    const redraw = () => this.sheet.redraw();
    this.painting = new Painting(canvas, tools, this, redraw); // first: a stroke is not a click
    this.editing = new Editing(canvas, tools, this, () => this.draw(this.frame));
    this.probe = new Probe(canvas, tools, this, redraw);
  }

  draw(view) {
    this.frame = view;
    const operated = view.pick || view.mark || view.paint || view.edit;
    this.sheet.canvas.setAttribute("role", operated ? "application" : "img");
    this.painting.take(view);
    this.sheet.draw(this.editing.take(view));
    this.probe.refresh();
  }

  paint(c, view) {
    const box = (this.box = layout(c, view, this.sheet));
    const [n, m] = view.values.shape;
    const { x, y, w, h } = box;
    if (view.hidden) hatch(c, this.sheet, x, y, w * m, h * n);
    this.cells(c, view, box);
    if (Math.min(w, h) >= 14) seams(c, this.tools.colour("card"), box, n, m);
    this.painting.paint(c, box, n, m);
    if (w >= 25 * this.sheet.scale && h >= 14 * this.sheet.scale) this.figures(c, view, box);
    if (view.crossed) strike(c, this.sheet, box, view.crossed.data, m);
    c.strokeStyle = this.tools.colour(view.edit ? "accent" : "line");
    c.lineWidth = 1;
    c.strokeRect(x - 0.5, y - 0.5, w * m + 1, h * n + 1);
    names(c, view, box, this.sheet, this.probe.mark);
    key(c, view, box, this.sheet);
    this.light(c, view, box);
    const [row, column] = view.cell;
    if (row >= 0 && row < n && column >= 0 && column < m) this.cross(c, box, row, column, n, m);
    this.outline(c, view, box);
    this.terms.show(view, this.probe.mark, box, this.sheet);
  }

  cells(c, view, { x, y, w, h }) {
    const [n, m] = view.values.shape;
    const factor = Math.max(1, Math.ceil(1 / (Math.min(w, h) * this.sheet.dots)));
    const pooled = factor > 1 && this.pool.of(view.values, factor, view.hidden);
    const { values, bare: hidden } = pooled || { values: view.values, bare: view.hidden };
    const [height, width] = values.shape;
    const { ramp, low, high } = view;
    const picture = this.raster.of(this.tools, values, { width, height, ramp, low, high, hidden });
    place(c, picture, [0, 0, m / factor, n / factor], [x, y, w * m, h * n]);
  }

  // The numbers themselves, where a cell is large enough to hold one.
  figures(c, view, { x, y, w, h }) {
    const [n, m] = view.values.shape;
    const { scale } = this.sheet;
    c.font = this.sheet.font(w < 34 * scale || h < 17 * scale ? 10 : 11.5);
    c.textAlign = "center";
    c.textBaseline = "middle";
    const { colour } = this.tools;
    const [light, dark] = colour("card") < colour("ink") ? ["ink", "card"] : ["card", "ink"];
    for (let i = 0; i < n * m; i++) {
      const value = view.values.data[i];
      const gone = view.hidden?.data[i];
      const inside = colourOf(this.tools, view, value).luma < 0.55 ? light : dark;
      c.fillStyle = colour(gone ? "soft" : inside);
      const text = gone ? view.blank : fitting(c, value, w - 2, view.digits);
      c.fillText(text, x + ((i % m) + 0.5) * w, y + (Math.floor(i / m) + 0.5) * h, w - 1);
    }
  }

  light(c, view, { x, y, w, h }) {
    const [n, m] = view.values.shape;
    if (!(view.lit >= 0 && view.lit < n)) return;
    c.strokeStyle = this.tools.colour("focus");
    c.lineWidth = 2;
    const out = h < 17 * this.sheet.scale ? -1 : 1; // low rows have no room for a frame round them
    c.strokeRect(x - 1, y + view.lit * h - out, w * m + 2, h + 2 * out);
  }

  outline(c, view, { x, y, w, h }) {
    const { mark } = this.probe;
    const [n, m] = view.values.shape;
    if (mark === null || mark >= n * m) return;
    this.cross(c, { x, y, w, h }, Math.floor(mark / m), mark % m, n, m);
  }

  // A cell with its row and its column.
  cross(c, { x, y, w, h }, i, j, n, m) {
    c.strokeStyle = this.tools.colour("focus");
    c.globalAlpha = 0.5;
    c.lineWidth = 1;
    c.strokeRect(x - 0.5, y + i * h - 0.5, w * m + 1, h + 1);
    c.strokeRect(x + j * w - 0.5, y - 0.5, w + 1, h * n + 1);
    c.globalAlpha = 1;
    c.lineWidth = 2;
    c.strokeRect(x + j * w - 1, y + i * h - 1, w + 2, h + 2);
  }

  // --- what the probe asks; a mark is the index of a cell

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
    const gone = view.hidden?.data[mark];
    const named = (label, names, at) => `${label} ${at in names ? seen(names[at]) : at}`;
    return [
      named(view.row_label || say("view.rows"), view.rows, i),
      named(view.column_label || say("view.columns"), view.columns, j),
      `${view.value_label} ${gone && view.blank ? view.blank : exact(view.values.data[mark])}`,
      ...(gone && !view.blank ? [say("view.masked")] : []),
      ...(gone && view.blank ? [] : worked(view, i, j)),
      ...(view.crossed?.data[mark] ? [say("view.wrong")] : []),
      ...sums(view, i, j),
      ...Object.entries(view.notes).map(([key, { data }]) => `${key} ${exact(data[mark])}`),
      ...(view.edit ? [say("view.edit")] : []),
    ];
  }

  columns() {
    return this.sheet.view.values.shape[1];
  }

  place(mark) {
    const m = this.sheet.view.values.shape[1];
    const { x, y, w, h } = this.box;
    return [x + ((mark % m) + 0.5) * w, y + (Math.floor(mark / m) + 0.5) * h];
  }

  step(mark, dx, dy) {
    return stepped(mark, dx, dy, this.sheet.view.values.shape);
  }

  press(mark) {
    const { pick, mark: spot, paint, values } = this.sheet.view;
    if (paint) return this.painting.press(mark);
    const m = values.shape[1];
    const row = String(Math.floor(mark / m));
    if (spot) {
      this.tools.set(spot, `${row}.${mark % m}`);
      return true;
    }
    if (!pick || this.tools.get(pick) === row) return false;
    this.tools.set(pick, row);
    return true;
  }
}

// The products of two vectors in words: their sum, times what each name asks for.
function sums({ products, row_vectors: left, column_vectors: right }, i, j) {
  if (!left || !right) return [];
  const d = left.shape[1];
  let sum = 0;
  for (let at = 0; at < d; at++) sum += left.data[i * d + at] * right.data[j * d + at];
  return Object.entries(products).map(([name, factor]) => `${name} ${exact(sum * factor)}`);
}

// As many digits as find room, two at least, if need be set closer; of a small number one, or that
// it is nearly nothing.
function fitting(c, value, room, digits) {
  const small = Math.abs(value) < 0.1;
  const fits = (text) => c.measureText(text).width <= room;
  let text = short(value, digits);
  while (digits > (small ? 1 : 2) && !fits(text)) text = short(value, --digits);
  return small && !fits(text) ? cut(c, "~0", room) : cut(c, text, CLOSER * room);
}
