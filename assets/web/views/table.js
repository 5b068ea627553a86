// The frame of a matrix: where its cells lie, the names of its rows and columns, its empty places.

import { clamp } from "./canvas.js";
import { ramp } from "./legend.js";
import { cut, exact, seen } from "./words.js";

const [SMALL, LOW] = [220, 150]; // pixels of a card
const FEW = 10; // rows and columns of a table rather than a map
const STRIP = 4; // rows at most of one that is a strip
const NUMBER = 34; // pixels that a number needs

// Where the cells lie, once names have their room. Equal counts of rows and columns: square cells,
// or, of a few, as wide as a number.
export function layout(c, view, sheet) {
  const [n, m] = view.values.shape;
  const { width, height, scale } = sheet;
  const widest = (names) => Math.max(0, ...names.map((text) => c.measureText(seen(text)).width));
  const most = 0.3 * width;
  c.font = sheet.font(11, 600); // as the name under the pointer is written
  const side = view.rows.length ? Math.min(most, widest(view.rows)) + 8 : 0;
  c.font = sheet.font(11);
  const head = view.columns.length ? Math.min(0.3 * height, widest(view.columns)) + 8 : 0;
  // a small card leaves the names of axes, and the key, to the explanation
  const roomy = width >= SMALL * scale && height >= LOW * scale;
  const title = roomy ? 16 * scale : 0;
  const left = 10 + side + (view.row_label ? title : 0);
  const top = 8 + (view.column_label ? title : 0);
  const flat = (width - left - 12) / m > widest(view.columns) + 4; // names fit without turning
  const above = view.columns.length ? (flat ? 16 * scale : head) : 0;
  const below = roomy && height > 200 * scale ? 22 * scale : 0; // for the key
  const [W, H] = [width - left - 12, height - top - above - below - 10];
  let [w, h] = [Math.max(0.1, W / m), Math.max(0.1, H / n)];
  const figures = n <= FEW ? (NUMBER * scale) / h : 1; // so wide that a cell can hold its number
  const ratio = n === m ? clamp(figures, 1, 2.5) : 2.5;
  const tall = n <= STRIP ? 5 : ratio; // a few long rows must hold their names
  [w, h] = [Math.min(w, ratio * h), Math.min(h, tall * w)];
  if (w > 6) w = Math.floor(w);
  if (h > 6) h = Math.floor(h);
  const x = Math.round(left + Math.max(0, (W - w * m) / 2));
  const y = Math.round(top + above + Math.max(0, (H - h * n) / 2));
  return { x, y, w, h, flat, above, below, side, titled: title > 0 };
}

// What the colours mean: the ramp between its two ends.
export function key(c, view, { x, y, w, h, below }, sheet) {
  const [n, m] = view.values.shape;
  if (!below || !n || !m) return;
  const { scale, tools } = sheet;
  const [wide, high] = [56 * scale, 7 * scale];
  const ends = [exact(view.low), exact(view.high)];
  const label = view.value_label === "value" ? "" : ` ${view.value_label}`;
  c.font = sheet.font(11);
  c.textBaseline = "middle";
  c.textAlign = "left";
  c.fillStyle = tools.colour("soft");
  const middle = y + h * n + below / 2 + 3;
  const from = x + c.measureText(ends[0]).width + 5;
  c.fillText(ends[0], x, middle + 0.5);
  c.fillText(ends[1] + label, from + wide + 5, middle + 0.5);
  ramp(c, tools, view, [from, middle - high / 2, wide, high]);
}

export function names(c, view, { x, y, w, h, flat, above, side, titled }, sheet, mark) {
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
    c.fillText(cut(c, seen(text), side - 6), x - 6, y + (i + 0.5) * h);
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
    c.fillText(cut(c, seen(text), flat ? w : above - 6), 0, flat ? -4 * scale : 0);
    c.restore();
  });
  if (titled) axes(c, view, { x, y, w, h, above, side }, sheet);
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

// The next cell of n rows of m in the direction of a key, from no cell to the first.
export function stepped(mark, dx, dy, [n, m]) {
  if (!n || !m) return null;
  if (mark === null) return 0;
  const i = clamp(Math.floor(mark / m) + dy, 0, n - 1);
  return i * m + clamp((mark % m) + dx, 0, m - 1);
}

export function seams(c, ink, { x, y, w, h }, n, m) {
  c.strokeStyle = ink;
  c.lineWidth = 1;
  c.beginPath();
  for (let i = 1; i < n; i++) (c.moveTo(x, y + i * h), c.lineTo(x + m * w, y + i * h));
  for (let j = 1; j < m; j++) (c.moveTo(x + j * w, y), c.lineTo(x + j * w, y + n * h));
  c.stroke();
}

// What is not there is neither high nor low: slanted hairlines on bare card.
export function hatch(c, { tools, scale }, x, y, w, h) {
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

// What is wrong is struck out from corner to corner, and stays legible.
export function strike(c, { tools, scale }, { x, y, w, h }, crossed, m) {
  c.strokeStyle = tools.colour("error");
  c.lineWidth = 1.6 * scale;
  c.beginPath();
  crossed.forEach((wrong, i) => {
    if (!wrong) return;
    const [left, top] = [x + (i % m) * w, y + Math.floor(i / m) * h];
    c.moveTo(left + 3, top + h - 3);
    c.lineTo(left + w - 3, top + 3);
  });
  c.stroke();
}
