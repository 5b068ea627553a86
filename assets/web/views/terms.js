// A dot product term by term: the two vectors of a matrix cell, their products and the sum.

import { say } from "../language.js";
import { exact, seen } from "./words.js";

const FEW = 6; // terms that are written out as numbers; more are drawn

// "= 2 × 1.5 + 0.5 × (−1)", as a line of the explanation.
export function worked(view, i, j) {
  const { row_vectors: left, column_vectors: right } = view;
  const d = left?.shape[1];
  if (!right || d > FEW) return [];
  const term = (_, k) => `${rounded(left.data[i * d + k])} × ${signed(right.data[j * d + k])}`;
  return [`= ${Array.from({ length: d }, term).join(" + ")}`];
}
const rounded = (value) => exact(+value.toPrecision(4));
const signed = (value) => (value < 0 ? `(${rounded(value)})` : rounded(value));

export class Terms {
  constructor(host, tools) {
    this.tools = tools;
    this.panel = document.createElement("div");
    this.panel.className = "g-terms";
    this.panel.hidden = true;
    this.canvas = this.panel.appendChild(document.createElement("canvas"));
    host.append(this.panel);
    this.shown = "";
  }

  // Beside the cell, in the half of the card that the cell does not lie in.
  show(view, mark, box, sheet) {
    const { row_vectors: left, column_vectors: right } = view;
    const [n, m] = view.values.shape;
    const few = left?.shape[1] <= FEW;
    const off = !left || !right || few || mark === null || mark >= n * m;
    this.panel.hidden = off;
    if (off) return;
    const [i, j] = [Math.floor(mark / m), mark % m];
    const d = left.shape[1];
    const [q, k] = [
      left.data.subarray(i * d, (i + 1) * d),
      right.data.subarray(j * d, (j + 1) * d),
    ];
    const size = {
      width: Math.min(300 * sheet.scale, sheet.width - 16),
      height: 148 * sheet.scale,
    };
    const px = box.x + (j + 0.5) * box.w;
    const py = box.y + (i + 0.5) * box.h;
    const x = px < sheet.width / 2 ? sheet.width - size.width - 8 : 8;
    const y = py < sheet.height / 2 ? sheet.height - size.height - 8 : 8;
    Object.assign(this.panel.style, {
      transform: `translate(${x}px, ${y}px)`,
      width: `${size.width}px`,
      height: `${size.height}px`,
    });
    this.paint({ view, i, j, q, k, ...size }, sheet);
  }

  paint({ view, i, j, q, k, width, height }, sheet) {
    const { dots, scale } = sheet;
    Object.assign(this.canvas, { width: width * dots, height: height * dots });
    const c = this.canvas.getContext("2d");
    c.scale(dots, dots);
    const products = q.map((value, at) => value * k[at]);
    const total = products.reduce((sum, value) => sum + value, 0);
    const title = (label, names, at) => `${label} ${at in names ? seen(names[at]) : at}`;
    const strips = [
      { label: title(view.row_label || say("view.rows"), view.rows, i), values: q, ink: "data" },
      { label: title(view.column_label || say("view.columns"), view.columns, j), values: k, ink: "model" },
      { label: say("view.products", { sum: exact(total) }), values: products, ink: "field" },
    ];
    const reach = Math.max(1e-12, ...q.map(Math.abs), ...k.map(Math.abs));
    const most = Math.max(1e-12, ...products.map(Math.abs));
    strips.forEach((strip, row) => {
      const top = 8 * scale + (row * (height - 12 * scale)) / 3;
      const box = { x: 10, y: top, w: width - 20, h: (height - 12 * scale) / 3 - 4 };
      this.strip(c, strip, box, row < 2 ? reach : most, sheet);
    });
  }

  strip(c, { label, values, ink }, { x, y, w, h }, reach, sheet) {
    const text = 12 * sheet.scale;
    c.font = sheet.font(11);
    c.fillStyle = this.tools.colour("soft");
    c.textBaseline = "top";
    c.fillText(label, x, y - 2);
    const middle = y + text + (h - text) / 2;
    const wide = w / values.length;
    c.fillStyle = this.tools.colour("line");
    c.fillRect(x, middle, w, 1);
    c.fillStyle = this.tools.colour(ink);
    values.forEach((value, at) => {
      const tall = (value / reach) * ((h - text) / 2);
      const gap = wide > 4 ? 1 : 0;
      c.fillRect(
        x + at * wide,
        middle - Math.max(0, tall),
        wide - gap,
        Math.max(0.6, Math.abs(tall)),
      );
    });
  }
}
