// A table of pictures: one row a lane, one column a kind or a moment; every pixel is read exactly.

import { say } from "../language.js";
import { Brush } from "./brush.js";
import { clamp, Sheet } from "./canvas.js";
import { place, Raster } from "./ink.js";
import { Probe } from "./probe.js";
import { cut, exact } from "./words.js";

export function mount(host, tools) {
  const film = new Film(host, tools);
  return film.sheet.mounted(
    (view) => film.draw(view),
    () => film.probe.destroy(),
  );
}

class Film {
  constructor(host, tools) {
    this.tools = tools;
    this.raster = new Raster();
    this.sheet = new Sheet(host, tools, (c, view) => this.paint(c, view));
    this.brush = new Brush(this.sheet.canvas, tools, this, () => this.sheet.redraw()); // first: a stroke is not a click
    this.probe = new Probe(this.sheet.canvas, tools, this, () => this.sheet.redraw());
  }

  draw(view) {
    this.brush.take(view);
    this.sheet.draw(view);
    this.probe.refresh();
  }

  paint(c, view) {
    const [rows, columns, h, w] = view.images.shape;
    this.grid = layout(c, view, this.sheet);
    const { ramp, low, high } = view;
    const spec = { width: w, height: rows * columns * h, ramp, low, high };
    const picture = this.raster.of(this.tools, view.images, spec);
    for (let index = 0; index < rows * columns; index++) {
      const box = this.box(index);
      place(c, picture, [0, index * h, w, h], box);
      this.brush.paint(c, index, box);
      const [x, y, wide, high_] = box;
      c.strokeStyle = this.tools.colour(index === this.probe.mark?.index ? "focus" : "line");
      c.lineWidth = index === this.probe.mark?.index ? 2 : 1;
      c.strokeRect(x - 0.5, y - 0.5, wide + 1, high_ + 1);
    }
    this.names(c, view);
  }

  names(c, view) {
    const { side, head, line, up } = this.grid;
    c.fillStyle = this.tools.colour("soft");
    c.font = this.sheet.font(11.5, 500);
    c.textAlign = "center";
    c.textBaseline = "bottom";
    const columns = view.images.shape[1];
    (head ? view.column_labels : []).forEach((text, j) => {
      const [x, y, w] = this.box(j);
      const lines = folded(c, text, w + 4);
      lines.forEach((part, k) => {
        c.fillText(cut(c, part, w + 4), x + w / 2, y - 4 - up - (lines.length - 1 - k) * line);
      });
    });
    c.textAlign = up ? "left" : "right";
    c.textBaseline = up ? "bottom" : "middle";
    view.row_labels.forEach((text, i) => {
      const [x, y, w, h] = this.box(i * columns);
      if (up) c.fillText(cut(c, text, columns * w), x, y - 2);
      else c.fillText(cut(c, text, side - 10), x - 8, y + h / 2);
    });
  }

  // Pictures of a lone row that is longer than the card go on in the next line.
  box(index) {
    const { left, top, w, h, gapX, gapY, across } = this.grid;
    const [i, j] = [Math.floor(index / across), index % across];
    return [left + j * (w + gapX), top + i * (h + gapY), w, h];
  }

  // --- what the probe asks; a mark is {index of the picture, pixel in it}

  at(px, py) {
    if (!this.grid) return null;
    const [rows, columns, h, w] = this.sheet.view.images.shape;
    for (let index = 0; index < rows * columns; index++) {
      const [x, y, wide, high] = this.box(index);
      if (px < x || py < y || px >= x + wide || py >= y + high) continue;
      const pixel = Math.floor(((py - y) / high) * h) * w + Math.floor(((px - x) / wide) * w);
      return { index, pixel };
    }
    return null;
  }

  lines({ index, pixel }) {
    const { view } = this.sheet;
    const [rows, columns, h, w] = view.images.shape;
    if (index >= rows * columns) return null;
    const [i, j] = [Math.floor(index / columns), index % columns];
    const row = view.row_labels[i] ?? (rows > 1 ? say("view.row", { n: i }) : "");
    const column = view.column_labels[j] ?? (columns > 1 ? say("view.column", { n: j }) : "");
    const value = exact(view.images.data[index * h * w + pixel]);
    const where = say("view.pixel", { row: Math.floor(pixel / w), column: pixel % w, value });
    return [[row, column].filter(Boolean).join(", "), where].filter(Boolean);
  }

  place({ index }) {
    const [x, y, w, h] = this.box(index);
    return [x + w / 2, y + h / 2];
  }

  step(mark, dx, dy) {
    const [rows, columns, h, w] = this.sheet.view.images.shape;
    if (!rows || !columns) return null;
    const pixel = mark?.pixel ?? Math.floor(h / 2) * w + Math.floor(w / 2);
    if (!mark) return { index: 0, pixel };
    const lines = Math.abs(dy) > 1 ? Math.sign(dy) : dy;
    return {
      index: clamp(mark.index + dx + lines * this.grid.across, 0, rows * columns - 1),
      pixel,
    };
  }
}

// How many pictures of a lone row go in a line so that they are largest.
function folds(count, fit) {
  const size = (across) => fit(across, Math.ceil(count / across));
  let best = 1;
  for (let across = 2; across <= count; across++) if (size(across) > size(best)) best = across;
  return best;
}

// A label that is wider than its picture goes on in a second line.
function folded(c, text, width) {
  if (c.measureText(text).width <= width || !text.includes(" ")) return [text];
  const middle = text.length / 2;
  const gaps = [...text.matchAll(/ /g)].map(({ index }) => index);
  const gap = gaps.reduce((a, b) => (Math.abs(b - middle) < Math.abs(a - middle) ? b : a));
  return [text.slice(0, gap), text.slice(gap + 1)];
}

// Rows are named at their side, or over their pictures where that leaves more room for these.
function layout(c, view, sheet) {
  const beside = table(c, view, sheet, false);
  if (!view.row_labels.length) return beside;
  const over = table(c, view, sheet, true);
  return over.w > beside.w ? over : beside;
}

function table(c, view, sheet, over) {
  const [rows, columns, h, w] = view.images.shape;
  const { width, height, scale, dots } = sheet;
  c.font = sheet.font(11.5, 500);
  const names = view.row_labels.map((text) => c.measureText(text).width);
  const side = names.length && !over ? Math.min(0.28 * width, Math.max(...names)) + 16 : 10;
  const line = 14 * scale;
  const up = over ? line + 2 : 0;
  const narrow = Math.min((width - side) / (columns || 1), ((height - 40) / rows) * (w / (h || 1)));
  const deep = view.column_labels.some((text) => folded(c, text, narrow).length > 1);
  const head = up + (view.column_labels.length ? 8 + line * (deep ? 2 : 1) : 8);
  const gapX = clamp(width / 60, 3, 10);
  const gapY = gapX + up;
  const room = { width: width - side - 10, height: height - head - 10 };
  const fit = (across, down) =>
    Math.min(
      (room.width - gapX * (across - 1)) / across / (w || 1),
      (room.height - gapY * (down - 1)) / down / (h || 1),
    );
  const across = rows === 1 && !view.column_labels.length ? folds(columns, fit) : columns || 1;
  const down = Math.max(1, Math.ceil((rows * columns) / across));
  let unit = Math.max(0.02, fit(across, down));
  if (unit * dots >= 2) unit = Math.floor(unit * dots) / dots; // whole pixels keep it crisp
  const size = { w: unit * w, h: unit * h };
  const left = side + Math.max(0, (room.width - across * size.w - gapX * (across - 1)) / 2);
  const top = head + Math.max(0, (room.height - down * size.h - gapY * (down - 1)) / 2);
  const corner = { left: Math.round(left), top: Math.round(top) };
  return { ...corner, ...size, gapX, gapY, across, side, head, line, up };
}
