// The frame of a chart: its axes with a few round numbers, its legend, its floor.

import { name, scale, ticks } from "./axes.js";
import { clamp } from "./canvas.js";
import { plan } from "./legend.js";

export const crisp = (pixel) => Math.round(pixel) + 0.5;

// A legend is for telling several series apart; a single one is named by the title.
function named({ series }) {
  const told = series.length > 1 ? series.filter(({ label }) => label) : [];
  return told.map((one) => ({ ...one, swatch: one.style === "line" ? "line" : "dot" }));
}

// The legend has room of its own above the curves, if it leaves them enough.
export function frame(c, view, sheet) {
  const { width, height, scale: text } = sheet;
  c.font = sheet.font(11);
  const label = view.y_label ? c.measureText(view.y_label).width + 16 : 0;
  const known = plan(c, sheet, named(view), width - 18);
  const legend = known.height && known.height < 0.3 * height ? known : null;
  const beside = !legend || legend.rows.at(-1).long + label < width - 12; // it and the axis's name
  const above = (legend ? legend.height - 2 : 0) + (beside ? 0 : 13 * text);
  const top = 10 + Math.max(label ? 14 * text : 0, above);
  const bottom = height - 20 * text;
  c.font = sheet.font(11);
  const ys = ticks(...view.y, clamp((bottom - top) / (46 * text), 1.5, 6), view.log_y);
  const [low, high] = [...view.x].sort((a, b) => a - b); // an axis may run down
  const xs = ended(ticks(low, high, clamp(width / (80 * text), 2, 8), view.log_x), view.x);
  const [nameX, nameY] = [names(xs, view.log_x), names(ys, view.log_y)];
  const widest = Math.max(0, ...ys.map((y) => c.measureText(nameY(y)).width));
  const left = Math.min(0.3 * width, widest + 12);
  const right = width - 12;
  const X = scale(view.x, [left, right], view.log_x);
  const Y = scale(view.y, [bottom, top], view.log_y);
  return { X, Y, left, right, top, bottom, xs, ys, nameX, nameY, text, legend };
}

// An axis names its ends where they are whole numbers, or bars round them: 1, 10, 20, 25.
function ended(values, [low, high]) {
  const [first, last] = [whole(low, high), whole(high, low)];
  return [
    ...(first !== null && first !== values[0] ? [first] : []),
    ...values,
    ...(last !== null && last !== values.at(-1) ? [last] : []),
  ];
}

// The whole number at this end, or just inside it.
function whole(end, other) {
  const near = other > end ? Math.ceil(end) : Math.floor(end);
  return near === end || Math.abs(near - end) < 0.1 * Math.abs(other - end) ? near : null;
}

// Powers of ten are written as such where they span more than plain digits tell.
function names(values, log) {
  const power = log && values.length > 1 && (values[0] < 1e-3 || values.at(-1) >= 1e4);
  const tens = (value) => Number.isInteger(Math.log10(value));
  return (value) => name(value, power && tens(value));
}

export function axes(c, view, box, sheet) {
  const { Y, left, right, top, bottom, ys, nameY } = box;
  const { colour } = sheet.tools;
  c.strokeStyle = colour("line");
  c.lineWidth = 1;
  c.beginPath();
  for (const y of ys) (c.moveTo(left, crisp(Y(y))), c.lineTo(right, crisp(Y(y))));
  (c.moveTo(left, crisp(bottom)), c.lineTo(right, crisp(bottom)));
  c.stroke();
  c.fillStyle = colour("soft");
  c.font = sheet.font(11);
  c.textAlign = "right";
  c.textBaseline = "middle";
  for (const y of ys) c.fillText(nameY(y), left - 5, clamp(Y(y), top + 2, bottom - 3));
  below(c, view, box);
  if (!view.y_label) return;
  c.textAlign = "left";
  c.textBaseline = "bottom";
  c.fillText(view.y_label, 8, top - 5);
}

// Numbers along the axis: the last, with the axis's name, and the first keep their places.
function below(c, view, { X, left, right, bottom, xs, nameX }) {
  c.textBaseline = "top";
  c.textAlign = "center";
  const texts = xs.map((x) => ({ at: X(x), text: nameX(x) }));
  const last = texts.pop() ?? { at: right, text: "" };
  const taken = [];
  for (const { at, text } of [{ ...last, text: `${view.x_label} ${last.text}`.trim() }, ...texts]) {
    const half = c.measureText(text).width / 2;
    const middle = clamp(at, left + half - 4, right - half + 4);
    if (taken.some((other) => Math.abs(other.middle - middle) < other.half + half + 8)) continue;
    c.fillText(text, middle, bottom + 4);
    taken.push({ middle, half });
  }
}

// What a perfect model would read; named at the end that the first curve stays away from.
export function floor(c, view, { Y, left, right, top, bottom }, sheet) {
  const y = Y(view.floor);
  if (!(y >= top - 1 && y <= bottom + 1)) return;
  c.strokeStyle = c.fillStyle = sheet.tools.colour("soft");
  c.lineWidth = 1.2;
  c.setLineDash([3, 4]);
  c.beginPath();
  c.moveTo(left, y);
  c.lineTo(right, y);
  c.stroke();
  c.setLineDash([]);
  const curve = view.series[0]?.y.data ?? [];
  const far = (value) => Math.abs(Y(value) - y);
  const early = far(curve[0]) > far(curve.at(-1));
  c.font = sheet.font(11);
  c.textAlign = early ? "left" : "right";
  c.textBaseline = "bottom";
  const word = [view.floor_label, early ? left + 4 : right, y - 2];
  c.strokeStyle = sheet.tools.colour("card");
  c.lineWidth = 3;
  c.strokeText(...word); // readable where a curve passes
  c.fillText(...word);
}
