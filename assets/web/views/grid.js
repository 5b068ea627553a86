// The quiet ground of a plane: hairlines at round numbers and, where named, its axes.

import { name, ticks } from "./axes.js";

export function grid(c, view, window) {
  const { X, Y, back, left, foot, tools, sheet } = window;
  const bottom = sheet.height - foot;
  const [x0, y0] = back(left, bottom);
  const [x1, y1] = back(sheet.width, 0);
  const apart = 84 * sheet.scale;
  const xs = ticks(x0, x1, Math.max(2, (sheet.width - left) / apart));
  const ys = ticks(y0, y1, Math.max(2, bottom / apart));
  c.strokeStyle = tools.colour("line");
  c.lineWidth = 1;
  c.beginPath();
  for (const x of xs) upright(c, crisp(X(x)), 0, bottom);
  for (const y of ys) level(c, crisp(Y(y)), left, sheet.width);
  c.stroke();
  c.fillStyle = tools.colour("soft");
  c.font = sheet.font(11);
  if (view.x_label) below(c, view.x_label, xs, window);
  if (view.y_label) beside(c, view.y_label, ys, window);
}

const crisp = (pixel) => Math.round(pixel) + 0.5;
const upright = (c, x, top, bottom) => (c.moveTo(x, top), c.lineTo(x, bottom));
const level = (c, y, left, right) => (c.moveTo(left, y), c.lineTo(right, y));

// The axis is named at its far end; numbers that would touch the name give way.
function below(c, label, xs, { X, left, foot, sheet }) {
  const y = sheet.height - foot / 2 + 1;
  c.textBaseline = "middle";
  c.textAlign = "right";
  c.fillText(label, sheet.width - 8, y);
  const end = sheet.width - 16 - c.measureText(label).width;
  c.textAlign = "center";
  for (const x of xs) {
    const half = c.measureText(name(x)).width / 2;
    const middle = Math.max(X(x), left + half + 3);
    if (middle + half < end) c.fillText(name(x), middle, y);
  }
}

function beside(c, label, ys, { Y, left, foot, sheet }) {
  const size = 11 * sheet.scale;
  c.textAlign = "left";
  c.textBaseline = "top";
  c.fillText(label, 8, 4);
  c.textAlign = "right";
  c.textBaseline = "middle";
  for (const y of ys) {
    const clear = Y(y) > 2.2 * size && Y(y) < sheet.height - foot - size / 2;
    if (clear) c.fillText(name(y), left - 6, Y(y));
  }
}
