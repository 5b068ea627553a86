// A floor of cells: values as colours, ways as petals, a path, and brushes to paint other ground with.

import { say } from "../language.js";
import { Brushes } from "./brushes.js";
import { clamp, Sheet } from "./canvas.js";
import { colourOf } from "./ink.js";
import { Painting } from "./painting.js";
import { Probe } from "./probe.js";
import { hatch, key, stepped } from "./table.js";
import { exact, short } from "./words.js";

const WAYS = [[0, -1], [1, 0], [0, 1], [-1, 0]]; // of the four numbers of a cell, as (x, y)
const ARROWS = ["↑", "→", "↓", "←"];
const [REACH, WAIST, HEART] = [0.3, 0.11, 0.38]; // of a petal, in cells; where all begin
const AMONG = [0.18, 0.08, 0.5]; // the same between four numbers
const FAINT = 0.02; // petals shorter than so much of the longest there could be are left out

export function mount(host, tools) {
  const board = new Board(host, tools);
  return board.sheet.mounted(
    (view) => board.draw(view),
    () => board.probe.destroy(),
  );
}

class Board {
  constructor(host, tools) {
    this.tools = tools;
    const frame = host.appendChild(document.createElement("div"));
    const ground = frame.appendChild(document.createElement("div"));
    frame.className = "g-board";
    ground.className = "g-ground";
    this.sheet = new Sheet(ground, tools, (c, view) => this.paint(c, view));
    const { canvas } = this.sheet;
    const redraw = () => this.sheet.redraw();
    this.brushes = new Brushes(frame, canvas, () => this.draw(this.frame));
    this.painting = new Painting(canvas, tools, this, redraw); // first: a stroke is not a click
    this.probe = new Probe(canvas, tools, this, redraw);
  }

  draw(view) {
    this.frame = view;
    this.sheet.canvas.setAttribute("role", view.paint || view.mark ? "application" : "img");
    this.brushes.take(view);
    this.painting.brush = this.brushes.digit;
    this.painting.take({ ...view, paint: this.brushes.digit === null ? "" : view.paint });
    this.sheet.draw(view);
    this.probe.refresh();
  }

  paint(c, view) {
    const box = (this.box = layout(view, this.sheet));
    const [n, m] = view.values.shape;
    if (!n || !m) return;
    for (let at = 0; at < n * m; at++) this.cell(c, view, box, at);
    this.seams(c, box, n, m);
    if (view.path) this.path(c, view.path, box);
    for (let at = 0; at < n * m; at++) this.inside(c, view, box, at);
    this.painting.paint(c, { ...box, w: box.side, h: box.side }, n, m);
    key(c, view, { ...box, w: box.side, h: box.side }, this.sheet);
    const [row, column] = view.cell;
    if (row >= 0) this.ring(c, box, row * m + column, "focus", 3);
    if (this.probe.mark !== null && this.probe.mark < n * m) this.ring(c, box, this.probe.mark, "ink", 1.5);
  }

  // The ground of a cell: a hatched wall, four triangles, or one colour.
  cell(c, view, box, at) {
    const { x, y, side } = corner(box, at);
    if (view.blocked?.data[at]) {
      c.fillStyle = this.tools.colour("line");
      c.fillRect(x, y, side, side);
      hatch(c, { ...this.sheet, tools: { colour: () => this.tools.colour("soft") } }, x, y, side, side);
    } else if (view.bare?.data[at]) {
      c.fillStyle = this.tools.colour("shade");
      c.fillRect(x, y, side, side);
    } else if (view.sides) this.triangles(c, view, x, y, side, at);
    else {
      c.fillStyle = colourOf(this.tools, view, view.values.data[at]).css;
      c.fillRect(x, y, side, side);
    }
  }

  triangles(c, view, x, y, side, at) {
    const half = side / 2;
    WAYS.forEach(([dx, dy], way) => {
      c.fillStyle = colourOf(this.tools, view, view.sides.data[4 * at + way]).css;
      c.beginPath();
      c.moveTo(x + half, y + half);
      c.lineTo(x + half + (dx - dy) * half, y + half + (dy - dx) * half);
      c.lineTo(x + half + (dx + dy) * half, y + half + (dy + dx) * half);
      c.fill();
    });
  }

  seams(c, { x, y, side }, n, m) {
    c.strokeStyle = this.tools.colour("line");
    c.lineWidth = 1;
    c.beginPath();
    for (let i = 0; i <= n; i++) (c.moveTo(x, y + i * side + 0.5), c.lineTo(x + m * side, y + i * side + 0.5));
    for (let j = 0; j <= m; j++) (c.moveTo(x + j * side + 0.5, y), c.lineTo(x + j * side + 0.5, y + n * side));
    c.stroke();
  }

  // What stands in a cell: which ways are taken, how much it is worth, what it is.
  inside(c, view, box, at) {
    if (view.blocked?.data[at]) return;
    const { x, y, side } = corner(box, at);
    const bare = view.bare?.data[at];
    const ground = colourOf(this.tools, view, view.sides ? mean(view.sides.data, at) : view.values.data[at]);
    const ink = bare ? this.tools.colour("ink") : this.contrast(ground);
    if (view.petals && !bare) this.petals(c, view, x, y, side, at, ink);
    const { scale } = this.sheet;
    c.textBaseline = "middle";
    c.fillStyle = ink;
    const sign = view.signs[at];
    if (sign) {
      const [share, most] = bare ? [0.3, 15] : [0.24, 12];
      c.font = this.sheet.font(clamp((share * side) / scale, 9, most), 640);
      c.textAlign = bare ? "center" : "left";
      const [across, down] = bare ? [side / 2, 0.26 * side] : [3, 0.16 * side + 1];
      c.fillText(sign, x + across, y + down, side - 4); // squeezed if need be, not cut
    }
    c.textAlign = "center";
    if (bare || side < 32 * scale) return;
    c.font = this.sheet.font(clamp((0.2 * side) / scale, 10.5, view.sides ? 12 : 15));
    if (view.sides) {
      if (side >= 76 * scale) this.figures(c, view, x, y, side, at);
    } else this.figure(c, view, view.values.data[at], x + side / 2, y + 0.86 * side, side - 2);
  }

  figures(c, view, x, y, side, at) {
    WAYS.forEach(([dx, dy], way) => {
      const value = view.sides.data[4 * at + way];
      this.figure(c, view, value, x + side * (0.5 + 0.31 * dx), y + side * (0.5 + 0.38 * dy), 0.36 * side);
    });
  }

  // A number on the colour of its own ground, which keeps the path away from it.
  figure(c, view, value, x, y, room) {
    const ground = colourOf(this.tools, view, value);
    const text = short(value, view.digits);
    c.strokeStyle = ground.css;
    c.lineWidth = 3;
    c.lineJoin = "round";
    if (view.path) c.strokeText(text, x, y, room);
    c.fillStyle = this.contrast(ground);
    c.fillText(text, x, y, room);
  }

  contrast({ luma }) {
    const { colour } = this.tools;
    const [light, dark] = colour("card") < colour("ink") ? ["ink", "card"] : ["card", "ink"];
    return colour(luma < 0.55 ? light : dark);
  }

  // A petal a way, as long as the way is likely: an arrow where there is but one.
  petals(c, { petals: { data }, sides }, x, y, side, at, ink) {
    const [reach, waist, heart] = sides ? AMONG : [REACH, WAIST, HEART];
    c.fillStyle = ink;
    WAYS.forEach(([dx, dy], way) => {
      const likely = data[4 * at + way];
      if (likely < FAINT) return;
      const [long, wide] = [reach * side * likely, waist * side * Math.sqrt(likely)];
      const to = (along, aside) => [
        x + 0.5 * side + along * long * dx - aside * wide * dy,
        y + heart * side + along * long * dy + aside * wide * dx,
      ];
      c.beginPath();
      c.moveTo(...to(0, 0.12));
      for (const [along, aside] of [[0.5, 0.25], [0.5, 1], [1, 0], [0.5, -1], [0.5, -0.25], [0, -0.12]]) c.lineTo(...to(along, aside));
      c.fill();
    });
  }

  // Where somebody went, and where they stand; dashed where a fall or a portal took them.
  path(c, { data }, { x, y, side }) {
    const at = (i) => [x + (data[2 * i + 1] + 0.5) * side, y + (data[2 * i] + 0.5) * side];
    const last = data.length / 2 - 1;
    c.strokeStyle = c.fillStyle = this.tools.colour("model");
    c.lineWidth = Math.max(2.5, 0.07 * side);
    c.lineJoin = c.lineCap = "round";
    c.globalAlpha = 0.75;
    const far = (i) => Math.max(Math.abs(data[2 * i] - data[2 * i - 2]), Math.abs(data[2 * i + 1] - data[2 * i - 1])) > 1;
    c.beginPath();
    for (let i = 0; i <= last; i++) c[i && !far(i) ? "lineTo" : "moveTo"](...at(i));
    c.stroke();
    c.lineWidth = 1.5;
    c.setLineDash([2, 5]);
    c.beginPath();
    for (let i = 1; i <= last; i++) if (far(i)) (c.moveTo(...at(i - 1)), c.lineTo(...at(i)));
    c.stroke();
    c.setLineDash([]);
    c.globalAlpha = 1;
    c.beginPath();
    if (last >= 0) c.arc(...at(last), clamp(0.16 * side, 3, 12), 0, 7);
    c.fill();
    c.lineCap = "butt";
  }

  ring(c, box, at, ink, width) {
    const { x, y, side } = corner(box, at);
    c.strokeStyle = this.tools.colour(ink);
    c.lineWidth = width;
    c.strokeRect(x + width / 2, y + width / 2, side - width, side - width);
  }

  // --- what the probe asks; a mark is the index of a cell

  at(px, py) {
    if (!this.box) return null;
    const [n, m] = this.sheet.view.values.shape;
    const j = Math.floor((px - this.box.x) / this.box.side);
    const i = Math.floor((py - this.box.y) / this.box.side);
    return i >= 0 && j >= 0 && i < n && j < m ? i * m + j : null;
  }

  lines(mark) {
    const { view } = this.sheet;
    const [n, m] = view.values.shape;
    if (mark >= n * m) return null;
    const four = (values, label) =>
      values ? [`${label}: ${ARROWS.map((arrow, way) => `${arrow} ${read(values.data[4 * mark + way])}`).join("  ")}`] : [];
    const sign = view.signs[mark] ? `, ${view.signs[mark]}` : "";
    const place = say("view.cell", { row: Math.floor(mark / m), column: mark % m }) + sign;
    if (view.blocked?.data[mark]) return [say("view.wall", { place })];
    if (view.bare?.data[mark]) return [say("view.nobody", { place })];
    return [
      place,
      `${view.value_label} ${exact(view.values.data[mark])}`,
      ...four(view.sides, view.value_label),
      ...four(view.petals, "π"),
      ...Object.entries(view.notes).map(([name, { data }]) => `${name} ${exact(data[mark])}`),
    ];
  }

  place(mark) {
    const m = this.sheet.view.values.shape[1];
    const { x, y, side } = corner({ ...this.box, m }, mark);
    return [x + side / 2, y + side / 2];
  }

  step(mark, dx, dy) {
    return stepped(mark, dx, dy, this.sheet.view.values.shape);
  }

  press(mark) {
    const { mark: param, values } = this.sheet.view;
    if (this.painting.param) return this.painting.press(mark);
    if (!param) return false;
    const m = values.shape[1];
    const spot = `${Math.floor(mark / m)}.${mark % m}`;
    this.tools.set(param, this.tools.get(param) === spot ? "" : spot);
    return true;
  }
}

// Square cells, in the middle of the sheet.
function layout(view, { width, height, scale }) {
  const [n, m] = view.values.shape;
  const below = height > 130 * scale ? 22 * scale : 0;
  const side = Math.max(2, Math.floor(Math.min((width - 16) / m, (height - 8 - below) / n)));
  const [x, y] = [Math.round((width - side * m) / 2), Math.round((height - below - side * n) / 2)];
  return { x, y, side, m, below };
}

const corner = ({ x, y, side, m }, at) => ({
  x: x + (at % m) * side,
  y: y + Math.floor(at / m) * side,
  side,
});
const mean = (data, at) => (data[4 * at] + data[4 * at + 1] + data[4 * at + 2] + data[4 * at + 3]) / 4;
const read = (value) => String(+value.toPrecision(4)).replace("-", "−");
