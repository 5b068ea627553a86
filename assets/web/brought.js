// Points that a person brings along: a table of two columns, or a picture, read here and sent nowhere.

import { say } from "./language.js";
import { clamp } from "./shapes.js";

const LONGEST = 200_000; // characters of a table
const HEAVIEST = 20; // MB of a picture
const PIXELS = 40e6; // of a picture: four bytes each, once it is unpacked
const DRAWN = "image/svg"; // may nest itself a million times
const SIDE = 96; // pixels of the longer side that is read
const ROUNDS = 24; // in which points spread over the dark places
const SHARE = 0.85; // of the plane that is filled by what had to be scaled

// {points, said}: at most `most` points within the control's plane; or an Error in words.
export function fromTable(text, control) {
  if (text.length > LONGEST) throw new Error(say("controls.too long", { n: text.length, most: LONGEST }));
  const lines = text.split(/\r?\n/).map((line, i) => [line.trim(), i + 1]).filter(([line]) => line);
  const rows = lines.map(([line, at]) => [numbers(line), line, at]);
  if (rows.length > 1 && !cells(lines[0][0]).some(counts)) rows.shift(); // the names of the columns
  const wrong = rows.find(([pair]) => !pair);
  if (wrong) throw new Error(say("controls.two numbers", { line: wrong[2], text: wrong[1].slice(0, 30).replace(/\p{C}/gu, "·") }));
  const points = rows.map(([pair]) => pair);
  if (points.length < Math.max(1, control.least)) throw new Error(say("controls.too few points", { n: points.length, least: Math.max(1, control.least) }));
  const kept = thinned(points, control.most);
  const thin = kept.length < points.length;
  const few = say(thin ? "controls.rows evenly" : "controls.points", { n: kept.length, all: points.length });
  const inside = kept.every(([x, y]) => x >= control.x[0] && x <= control.x[1] && y >= control.y[0] && y <= control.y[1]);
  return { points: rounded(inside ? kept : fitted(kept, control), control), said: inside ? few : say("controls.scaled", { points: few }) };
}

// The first two cells of a line; a comma is a decimal point only where something else parts them.
function cells(line) {
  const apart = /[;\t]/.test(line) ? /[;\t]+/ : /[,\s]+/;
  return line.split(apart).slice(0, 2).map((cell) => cell.trim().replace(/^"(.*)"$/, "$1").replace(",", "."));
}

function numbers(line) {
  const pair = cells(line).map((cell) => (cell ? Number(cell) : NaN));
  return pair.length === 2 && pair.every(Number.isFinite) ? pair : null;
}

// Whether a cell is meant as a number, be it none that can be shown.
const counts = (cell) => cell && (!Number.isNaN(Number(cell)) || /^[+-]?(nan|inf)$/i.test(cell));

const thinned = (points, most) =>
  points.length <= most ? points : Array.from({ length: most }, (_, i) => points[Math.floor(((i + 0.5) * points.length) / most)]);

// As large as the plane allows, about its middle, x and y by the same factor.
function fitted(points, { x, y }) {
  const ends = [0, 1].map((axis) => points.reduce(([a, b], p) => [Math.min(a, p[axis]), Math.max(b, p[axis])], [Infinity, -Infinity]));
  const scales = ends.map(([low, high], axis) => (SHARE / 2) * (([x, y][axis][1] - [x, y][axis][0]) / (high / 2 - low / 2 || 1e-9))); // halves: the whole may be infinite
  const scale = Math.min(...scales);
  const middle = ([low, high]) => low / 2 + high / 2;
  return points.map((point) => point.map((value, axis) => middle([x, y][axis]) + scale * (value - middle(ends[axis]))));
}

function rounded(points, { x, y }) {
  const digits = (low, high) => clamp(-Math.floor(Math.log10((high - low || 1) / 1000) + 1e-9), 0, 8);
  return points.map((point) => point.map((value, axis) => clamp(+value.toFixed(digits(...[x, y][axis])), ...[x, y][axis])));
}

// The same for a file: a picture becomes points where it is dark, a table is read.
export async function fromFile(file, control) {
  if (!file.type.startsWith("image/")) {
    if (file.size > LONGEST) throw new Error(say("controls.table too large", { name: file.name, n: file.size, most: LONGEST }));
    return fromTable(await read(file), control);
  }
  if (file.size > HEAVIEST * 2 ** 20) throw new Error(say("controls.picture too large", { name: file.name, n: (file.size / 2 ** 20).toFixed(0), most: HEAVIEST }));
  const picture = await unpacked(file);
  const scale = SIDE / Math.max(picture.width, picture.height);
  const [width, height] = [picture.width, picture.height].map((n) => Math.max(1, Math.round(n * scale)));
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const c = canvas.getContext("2d");
  c.fillStyle = "white"; // behind what is see-through
  c.fillRect(0, 0, width, height);
  c.drawImage(picture, 0, 0, width, height);
  picture.close();
  const points = stippled(darkness(c.getImageData(0, 0, width, height).data), width, control.most);
  if (!points.length) throw new Error(say("controls.no ink", { name: file.name }));
  return { points: rounded(fitted(points, control), control), said: say("controls.ink", { n: points.length }) };
}

async function read(file) {
  try {
    return await file.text();
  } catch {
    throw new Error(say("controls.not read", { name: file.name })); // a folder, or a file that has gone
  }
}

// The picture, if it is of pixels and not too many: a file of a few bytes may unpack to a wall.
async function unpacked(file) {
  const none = () => Promise.reject(new Error(say("controls.no picture", { name: file.name })));
  if (file.type.startsWith(DRAWN)) return none();
  const [width, height] = await size(file).catch(none);
  if (width * height > PIXELS) throw new Error(say("controls.too many pixels", { name: file.name, width, height, most: PIXELS / 1e6 }));
  return createImageBitmap(file).catch(none);
}

// What the browser reads in its head; it unpacks the rest only when it is drawn.
async function size(file) {
  const [head, held] = [new Image(), URL.createObjectURL(file)];
  try {
    await new Promise((onload, onerror) => Object.assign(head, { onload, onerror, src: held }));
    return [head.naturalWidth, head.naturalHeight];
  } finally {
    URL.revokeObjectURL(held);
  }
}

// How much of each pixel is ink, 0 to 1: what differs from the more common of dark and light.
function darkness(data) {
  const dark = Array.from({ length: data.length / 4 }, (_, i) => 1 - (0.2126 * data[4 * i] + 0.7152 * data[4 * i + 1] + 0.0722 * data[4 * i + 2]) / 255);
  const low = dark.reduce((a, b) => Math.min(a, b), 1);
  const span = dark.reduce((a, b) => Math.max(a, b), 0) - low;
  if (span < 0.05) return dark.map(() => 0);
  const even = dark.map((d) => (d - low) / span);
  const mean = even.reduce((a, b) => a + b, 0) / even.length;
  return even.map((d) => Math.max(0, (mean > 0.5 ? 1 - d : d) - 0.25) ** 2);
}

// Points of equal shares of the ink, each at the middle of what is nearest to it (Lloyd; Secord, 2002).
function stippled(ink, width, most) {
  const pixels = ink.flatMap((amount, i) => (amount > 0 ? [[i % width, -Math.floor(i / width), amount]] : []));
  const whole = pixels.reduce((sum, [, , amount]) => sum + amount, 0);
  let points = [];
  let gone = 0;
  const count = Math.min(most, pixels.length);
  for (const [x, y, amount] of pixels) {
    gone += amount;
    if (gone >= ((points.length + 0.5) * whole) / count && points.length < count) points.push([x, y]);
  }
  for (let round = 0; round < ROUNDS; round++) {
    const sums = points.map(() => [0, 0, 0]);
    for (const [x, y, amount] of pixels) {
      const sum = sums[nearest(points, x, y)];
      sum[0] += amount * x;
      sum[1] += amount * y;
      sum[2] += amount;
    }
    points = points.map((point, i) => (sums[i][2] ? [sums[i][0] / sums[i][2], sums[i][1] / sums[i][2]] : point));
  }
  return points;
}

function nearest(points, x, y) {
  let [best, least] = [0, Infinity];
  for (let i = 0; i < points.length; i++) {
    const far = (points[i][0] - x) ** 2 + (points[i][1] - y) ** 2;
    if (far < least) [best, least] = [i, far];
  }
  return best;
}
