// What is read where the pointer rests on a plane: the nearest mark and the fields under it.

import { say } from "../language.js";
import { exact } from "./words.js";

const NAMES = { points: "view.point", lines: "view.path", arrows: "view.arrow" };
const REACH = { points: 10, lines: 7, arrows: 9, handles: 16 }; // pixels

// {at, lines} of what lies at a pixel, or null; `at` is the mark in the units of the plane.
export function read(view, window, px, py) {
  if (!view || !window) return null;
  let best = { far: Infinity };
  const lines = [];
  for (const layer of view.layers) {
    if (layer.kind in REACH) {
      const found = nearest(layer.xy.data, window, px, py);
      if (found.far <= REACH[layer.kind] && found.far <= best.far) best = { ...found, layer };
    } else if (layer.kind === "heat") {
      const line = under(layer, view, ...window.back(px, py));
      if (line) lines.push(line);
    }
  }
  if (best.layer) lines.unshift(...told(best, view));
  if (!lines.length) return null;
  return { at: best.layer ? best.place : null, lines };
}

function nearest(data, { X, Y }, px, py) {
  let far = Infinity;
  let index = -1;
  for (let i = 0; i < data.length; i += 2) {
    const square = (X(data[i]) - px) ** 2 + (Y(data[i + 1]) - py) ** 2;
    if (square < far) ((far = square), (index = i / 2));
  }
  return { far: Math.sqrt(far), index, place: [data[2 * index], data[2 * index + 1]] };
}

function told({ layer, index, place }, view) {
  const where = `${spot(view, place)}`;
  const title = layer.label || (layer.kind in NAMES ? say(NAMES[layer.kind]) : "");
  if (layer.kind === "arrows") {
    const [u, v] = layer.uv.data.subarray(2 * index, 2 * index + 2);
    return [title, where, say("view.along", { way: `${exact(u)}, ${exact(v)}` })];
  }
  if (layer.kind === "lines") {
    const k = layer.xy.shape[1];
    return [say("view.path at", { title, n: Math.floor(index / k), at: index % k }), where];
  }
  const value = layer.values ? [`${say("view.value")} ${exact(layer.values.data[index])}`] : [];
  return [`${title} ${index}`, where, ...value];
}

const spot = (view, [x, y]) =>
  `${view.x_label || "x"} ${exact(x)}, ${view.y_label || "y"} ${exact(y)}`;

// The value of the cell under the pointer: what was computed there, not something between.
function under({ values, x, y, label }, view, px, py) {
  const [h, w] = values.shape;
  const j = Math.round(((px - x[0]) / (x[1] - x[0] || 1)) * (w - 1));
  const i = Math.round(((py - y[0]) / (y[1] - y[0] || 1)) * (h - 1));
  if (i < 0 || j < 0 || i >= h || j >= w) return null;
  // in as many digits as tell the cells apart
  const at = [[x, j, w], [y, i, h]].map(([[low, high], k, n]) => {
    const digits = Math.floor(Math.log10(Math.abs(high - low) || 1));
    return +(low + ((high - low) * k) / Math.max(1, n - 1)).toFixed(Math.min(8, Math.max(0, 4 - digits)));
  });
  return `${label || say("view.value")} ${exact(values.data[i * w + j])} ${say("view.at", { place: at.map(exact).join(", ") })}`;
}
