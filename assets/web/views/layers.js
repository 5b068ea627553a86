// How each layer of a plane is drawn: paint[kind](c, layer, window, memory).
//
// window: X, Y (values to pixels), dx, dy (pixels a unit), tools, sheet. memory: an object of this
// layer's own, kept between frames, where pictures of unchanged arrays wait.

import { segments } from "./contour.js";
import { place, Raster } from "./ink.js";

const FEW = 1000; // so many dots are round; more are squares, which cost a third

export const paint = { points, arrows, lines, heat, contour, mesh, shapes, words, handles };

function points(c, { xy, size, alpha }, { X, Y, sheet }) {
  const radius = size * sheet.scale;
  const { data } = xy;
  c.globalAlpha = alpha;
  if (data.length / 2 < FEW && radius > 1.6) return dots(c, data, X, Y, radius);
  const side = radius * 1.7; // a square as heavy as the dot
  for (let i = 0; i < data.length; i += 2) {
    c.fillRect(X(data[i]) - side / 2, Y(data[i + 1]) - side / 2, side, side);
  }
}

// One by one, so that where dots crowd it is darker.
function dots(c, data, X, Y, radius) {
  for (let i = 0; i < data.length; i += 2) {
    c.beginPath();
    c.arc(X(data[i]), Y(data[i + 1]), radius, 0, 6.2832);
    c.fill();
  }
}

// Faint where the field is weak: three strengths, one stroke each.
function arrows(c, { xy, uv, alpha }, { X, Y, dx, dy, sheet }) {
  const [from, along] = [xy.data, uv.data];
  let longest = 0;
  const lengths = new Float32Array(from.length / 2);
  for (let i = 0; i < lengths.length; i++) {
    lengths[i] = Math.hypot(along[2 * i] * dx, along[2 * i + 1] * dy);
    longest = Math.max(longest, lengths[i]);
  }
  c.lineWidth = 1.3 * sheet.scale;
  for (let part = 0; part < 3; part++) {
    c.globalAlpha = alpha * [0.45, 0.75, 1][part];
    const chosen = (i) => Math.min(2, Math.floor((3 * lengths[i]) / (longest || 1))) === part;
    shafts(c, from, along, chosen, lengths, { X, Y, dx, dy, head: 4.5 * sheet.scale });
  }
}

function shafts(c, from, along, chosen, lengths, { X, Y, dx, dy, head }) {
  const heads = [];
  c.beginPath();
  for (let i = 0; i < lengths.length; i++) {
    if (!chosen(i) || lengths[i] < 0.4) continue;
    const [x, y] = [X(from[2 * i]), Y(from[2 * i + 1])];
    const [u, v] = [along[2 * i] * dx, -along[2 * i + 1] * dy];
    const size = Math.min(head, 0.5 * lengths[i]) / lengths[i];
    const [a, b] = [u * size, v * size]; // from the tip back to the foot of the head
    c.moveTo(x, y);
    c.lineTo(x + u - a, y + v - b);
    heads.push([x + u, y + v, x + u - a - 0.45 * b, y + v - b + 0.45 * a, x + u - a + 0.45 * b, y + v - b - 0.45 * a]);
  }
  c.stroke();
  c.beginPath();
  for (const [x, y, ...others] of heads) {
    c.moveTo(x, y);
    c.lineTo(others[0], others[1]);
    c.lineTo(others[2], others[3]);
  }
  c.fill();
}

function lines(c, { xy, width, alpha, dashed }, { X, Y, sheet }) {
  const [n, k] = xy.shape;
  c.globalAlpha = alpha;
  c.lineWidth = width * sheet.scale;
  if (dashed) c.setLineDash([4 * sheet.scale, 4 * sheet.scale]);
  c.beginPath();
  for (let i = 0; i < n; i++) path(c, xy.data, i * k, k, 1, X, Y);
  c.stroke();
  c.setLineDash([]);
}

function path(c, data, start, count, step, X, Y) {
  for (let j = 0; j < count; j++) {
    const at = 2 * (start + j * step);
    if (j) c.lineTo(X(data[at]), Y(data[at + 1]));
    else c.moveTo(X(data[at]), Y(data[at + 1]));
  }
}

// Cell centres lie on x and y, so the picture reaches half a cell further.
function heat(c, { values, x, y, ramp, low, high, alpha }, { X, Y, tools }, memory) {
  const [height, width] = values.shape;
  memory.raster ??= new Raster();
  const spec = { width, height, ramp, low, high, flip: true };
  const picture = memory.raster.of(tools, values, spec);
  const [a, b] = [X(x[0]), X(x[1])];
  const [top, bottom] = [Y(y[1]), Y(y[0])];
  const [w, h] = [(b - a) / Math.max(1, width - 1), (bottom - top) / Math.max(1, height - 1)];
  c.globalAlpha = alpha;
  const to = [a - w / 2, top - h / 2, b - a + w, bottom - top + h];
  place(c, picture, [0, 0, width, height], to, Math.min(width, height) >= 16);
}

function contour(c, { values, x, y, levels, width }, { X, Y, sheet }, memory) {
  const key = [...x, ...y, ...levels].join();
  if (memory.values !== values || memory.key !== key) {
    Object.assign(memory, { values, key, found: segments(values, x, y, levels) });
  }
  const { found } = memory;
  c.globalAlpha = 1;
  c.lineWidth = width * sheet.scale;
  c.lineCap = "round";
  c.beginPath();
  for (let i = 0; i < found.length; i += 4) {
    c.moveTo(X(found[i]), Y(found[i + 1]));
    c.lineTo(X(found[i + 2]), Y(found[i + 3]));
  }
  c.stroke();
  c.lineCap = "butt";
}

function mesh(c, { xy, alpha }, { X, Y, sheet }) {
  const [h, w] = xy.shape;
  c.globalAlpha = alpha;
  c.lineWidth = sheet.scale;
  c.beginPath();
  for (let i = 0; i < h; i++) path(c, xy.data, i * w, w, 1, X, Y);
  for (let j = 0; j < w; j++) path(c, xy.data, j, h, w, X, Y);
  c.stroke();
}

function shapes(c, { xy, alpha }, { X, Y }) {
  const [n, k] = xy.shape;
  c.globalAlpha = alpha;
  c.beginPath();
  for (let i = 0; i < n; i++) {
    path(c, xy.data, i * k, k, 1, X, Y);
    c.closePath();
  }
  c.fill();
}

function words(c, { xy, texts }, { X, Y, sheet, tools }) {
  c.globalAlpha = 1;
  c.font = sheet.font(12, 500);
  c.textAlign = "center";
  c.textBaseline = "middle";
  c.lineJoin = "round";
  c.lineWidth = 3.5 * sheet.scale;
  c.strokeStyle = tools.colour("card"); // a rim, so that words stay legible over anything
  texts.forEach((text, i) => {
    const [at, y] = [X(xy.data[2 * i]), Y(xy.data[2 * i + 1])];
    const half = c.measureText(text).width / 2 + 2;
    const x = Math.max(half, Math.min(sheet.width - half, at)); // whole beside the edge
    c.strokeText(text, x, y);
    c.fillText(text, x, y);
  });
}

function handles(c, { xy, grow }, { X, Y, sheet, tools }) {
  const many = grow && xy.data.length > 80;
  c.globalAlpha = 1;
  c.lineWidth = (many ? 1.5 : 2.5) * sheet.scale;
  c.fillStyle = tools.colour("card");
  c.beginPath();
  for (let i = 0; i < xy.data.length; i += 2) {
    const [x, y] = [X(xy.data[i]), Y(xy.data[i + 1])];
    const radius = (many ? 3.5 : 6.5) * sheet.scale;
    c.moveTo(x + radius, y);
    c.arc(x, y, radius, 0, 6.2832);
  }
  c.fill();
  c.stroke();
}
