// The numbers of a view as tables for those who read rather than look: {name, head, row(i), count, wide}.

import { say } from "../language.js";
import { rounded } from "./words.js";

const WIDE = 60; // columns at most
const SIDES = ["access.up", "access.right", "access.down", "access.left"];
const KINDS = {
  points: "access.points", arrows: "access.arrows", lines: "access.lines", heat: "access.heat", contour: "access.contour",
  mesh: "access.mesh", shapes: "access.shapes", words: "access.words", handles: "access.handles",
};

// Tables of one view, from the arrays that it is drawn from.
export const tables = (view) => kinds[view.kind](view).filter(({ count }) => count > 0);

const list = (name, head, count, row) => ({ name, head, count, row, wide: head.length });
const at = ({ data, step }, i) => rounded(data[i], step);
const named = (names, i) => names?.[i] ?? String(i);

// A number a cell; those in `bare` are not there.
function sheet(name, values, { rows, columns, corner = "", bare, blank = "–" } = {}) {
  const [n, m] = values.shape;
  const cell = (k) => (bare?.data[k] ? blank : at(values, k));
  const head = Array.from({ length: Math.min(m, WIDE) }, (_, j) => named(columns, j));
  const row = (i) => [named(rows, i), ...head.map((_, j) => cell(i * m + j))];
  return { name, head: [corner, ...head], count: n, row, wide: m + 1 };
}

// The same over a window: rows and columns are called by where they lie.
function field(name, values, { x, y, x_label, y_label }) {
  const [n, m] = values.shape;
  const places = ([low, high], count) => Array.from({ length: count }, (_, i) => rounded(low + ((high - low) * i) / Math.max(1, count - 1), 0));
  return sheet(name, values, { rows: places(y, n), columns: places(x, m), corner: `${y_label || "y"} \\ ${x_label || "x"}` });
}

// Pictures, too many to read pixel by pixel: each by its middle and its ends.
function pictures(name, values, called) {
  const [h, w] = values.shape.slice(-2);
  const head = ["", "access.mean", "access.least", "access.most"].map((key) => key && say(key));
  return list(`${name} (${say("access.size", { h, w })})`, head, values.data.length / (h * w), (i) => {
    const own = values.data.subarray(i * h * w, (i + 1) * h * w);
    const ends = own.reduce(([low, high], v) => [Math.min(low, v), Math.max(high, v)], [Infinity, -Infinity]);
    return [called(i), ...[own.reduce((sum, v) => sum + v, 0) / own.length, ...ends].map((v) => rounded(v, values.step))];
  });
}

// Places in the plane, one after the other; of paths, k points each.
function places(name, { xy, uv, values, texts }, view) {
  const k = xy.shape.length === 3 ? xy.shape[1] : 1;
  const word = (i) => (k > 1 ? say("view.path at", { title: say("view.path"), n: Math.floor(i / k), at: i % k }) : named(texts, i));
  const extra = [uv && ["Δ" + (view.x_label || "x"), (i) => at(uv, 2 * i)], uv && ["Δ" + (view.y_label || "y"), (i) => at(uv, 2 * i + 1)], values && [say("view.value"), (i) => at(values, i)]].filter(Boolean);
  const head = ["", view.x_label || "x", view.y_label || "y", ...extra.map(([label]) => label)];
  return list(name, head, xy.data.length / 2, (i) => [word(i), at(xy, 2 * i), at(xy, 2 * i + 1), ...extra.map(([, told]) => told(i))]);
}

const layer = (layer, view) => {
  const name = layer.label || say(KINDS[layer.kind]);
  if (!layer.values?.shape || layer.xy) return places(name, layer, view);
  return field(name, layer.values, { ...view, x: layer.x, y: layer.y });
};

const notes = (view, how) => Object.entries(view.notes).map(([name, values]) => sheet(name, values, how));

function board(view) {
  const [, m] = view.values.shape;
  const cell = (i) => say("view.cell", { row: Math.floor(i / m), column: i % m });
  const ways = (name, values) => list(name, ["", ...SIDES.map((key) => say(key))], values.data.length / 4, (i) => [cell(i), ...SIDES.map((_, j) => at(values, 4 * i + j))]);
  return [
    sheet(view.value_label, view.values, { bare: view.bare }),
    ...(view.sides ? [ways(view.value_label, view.sides)] : []),
    ...(view.petals ? [ways(say("access.ways"), view.petals)] : []),
    ...(view.signs.length ? [list(say("access.signs"), ["", ""], view.signs.length, (i) => [cell(i), view.signs[i]])] : []),
    ...notes(view),
  ];
}

function tokens({ title, texts, weights, arcs }) {
  const words = texts.map((text, i) => `${i} ${JSON.stringify(text)}`);
  const shaded = (i) => [String(i), JSON.stringify(texts[i]), ...(weights ? [at(weights, i)] : [])];
  const head = ["", say("access.text"), ...(weights ? [say("access.weight")] : [])];
  return [list(title, head, texts.length, shaded), ...(arcs ? [sheet(say("access.arcs"), arcs, { rows: words, columns: words })] : [])];
}

function bars({ title, labels, values, before, before_label, unit }) {
  const head = ["", unit || say("view.value"), ...(before ? [before_label || say("view.before")] : [])];
  return [list(title, head, labels.length, (i) => [labels[i], at(values, i), ...(before ? [at(before, i)] : [])])];
}

const chart = (view) =>
  view.series.map(({ label, x, y, spread }) => {
    const ends = spread ? [say("access.least"), say("access.most")] : [];
    const row = (i) => [at(x, i), at(y, i), ...ends.map((_, j) => at(spread, 2 * i + j))];
    return list(label || view.y_label || view.title, [view.x_label || "x", view.y_label || "y", ...ends], x.data.length, row);
  });

function diagram({ title, nodes, edges }) {
  const label = (key) => nodes.find((node) => node.key === key)?.label ?? key;
  return [
    list(title, ["", say("view.value")], nodes.length, (i) => [nodes[i].label, nodes[i].value]),
    list(say("access.edges"), [say("access.from"), say("access.to"), say("view.value")], edges.length, (i) => [label(edges[i].start), label(edges[i].end), edges[i].label]),
  ];
}

function film({ title, images, row_labels, column_labels }) {
  const across = images.shape[1];
  const called = (i) => `${named(row_labels, Math.floor(i / across))} · ${named(column_labels, i % across)}`;
  return [pictures(title, images, called)];
}

const kinds = {
  plane: (view) => view.layers.map((one) => layer(one, view)),
  matrix: (view) => {
    const how = { rows: view.rows, columns: view.columns, corner: [view.row_label, view.column_label].filter(Boolean).join(" \\ "), bare: view.hidden, blank: view.blank || "–" };
    return [sheet(view.value_label, view.values, how), ...notes(view, how)];
  },
  board,
  wall: (view) => [pictures(view.title, view.values, (i) => named(view.labels, i))],
  film,
  tokens,
  bars,
  diagram,
  chart,
  surface: (view) => [field(view.z_label, view.z, view)],
};
