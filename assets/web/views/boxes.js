// Where the boxes of a diagram lie, how their labels break, and the arrows between them.

const MANY = 40; // so many boxes no longer fit a card
const NARROW = 56; // pixels that a box needs at least
const ROW = 24; // pixels between boxes of different rows, at least
const FLAT = 24; // pixels of the height of a box whose label and value stand in one line
// They measure text and draw nothing: labels, and the values below them.
const [pen, heavy] = [0, 0].map(() => document.createElement("canvas").getContext("2d"));

// {boxes: {x, y, w, h, lines} by node, places: by key, size: of the whole}; x, y are the centres.
// Boxes that find no room on the card get a ground that is larger than it.
export function arrange({ nodes }, { width, height, scale, family }) {
  pen.font = `${12 * scale}px ${family}`;
  heavy.font = `600 ${12 * scale}px ${family}`;
  const card = { width, height };
  const tight = (node) => clear(node, nodes, card, scale) < NARROW * scale;
  const large = nodes.length > MANY || nodes.some(tight);
  const size = large ? roomy(nodes, width, height, scale) : card;
  const boxes = nodes.map((node) => {
    const widest = Math.max(NARROW * scale, clear(node, nodes, size, scale));
    if (node.value && crowded(node, nodes, size, scale)) return flat(node, Math.max(widest, 0.3 * size.width), scale);
    const lines = broken(node.label, widest - 14 * scale);
    const text = Math.max(...lines.map(long), node.value ? 40 * scale : 0);
    const w = Math.max(Math.min(widest, text + 20 * scale), weight(node.value) + 20 * scale);
    const h = (lines.length * 15 + (node.value ? 17 : 0) + 12) * scale;
    return { w, h, lines };
  });
  const side = inset(
    boxes.map(({ w }, i) => [w, nodes[i].x]),
    size.width,
  );
  const head = inset(
    boxes.map(({ h }, i) => [h, nodes[i].y]),
    size.height,
  );
  boxes.forEach((box, i) => {
    box.x = side + nodes[i].x * (size.width - 2 * side);
    box.y = head + nodes[i].y * (size.height - 2 * head);
  });
  return { boxes, size, large, places: new Map(nodes.map(({ key }, i) => [key, boxes[i]])) };
}

// The least margin at which no box, of such a length at such a share of the way, is cut off.
function inset(lengths, whole) {
  const needs = lengths.map(([length, share]) => {
    const near = Math.min(share, 1 - share);
    return near < 0.5 ? (length / 2 + 6 - near * whole) / (1 - 2 * near) : 0;
  });
  return Math.max(6, ...needs);
}

export const long = (text) => pen.measureText(text).width;
const weight = (text) => heavy.measureText(text).width;

// So wide may a box be that those beside it find room too: as wide as they, or what they leave.
function clear(node, nodes, size, scale) {
  let least = 190 * scale;
  for (const other of nodes) {
    const apart = Math.abs(node.x - other.x);
    const beside = apart > 0 && Math.abs(node.y - other.y) * size.height < 50 * scale;
    if (!beside) continue;
    const share = (apart * (size.width - 16) - 20 * scale) / (1 + apart);
    const left = 2 * share - Math.max(long(other.label), weight(other.value)) - 20 * scale;
    least = Math.min(least, Math.max(share, left));
  }
  return least;
}

// Boxes with one over another nearer than two lines need stand in one line.
function crowded(node, nodes, size, scale) {
  const high = 44 * scale;
  const over = nodes.filter((other) => other.y !== node.y && Math.abs(node.x - other.x) * size.width < NARROW * scale);
  const least = Math.min(...over.map((other) => Math.abs(node.y - other.y)));
  return least * (size.height - high - 12) < high + 4;
}

function flat({ label, value }, widest, scale) {
  const after = weight(value) + 6 * scale;
  const line = shortened(label, widest - after - 20 * scale);
  return { w: long(line) + after + 20 * scale, h: FLAT * scale, lines: [line], flat: true };
}

// A ground on which neighbours of a large graph stand clear of each other.
function roomy(nodes, width, height, scale) {
  const gap = (values) => {
    const sorted = [...new Set(values.map((v) => Math.round(v * 1e4)))].sort((a, b) => a - b);
    const steps = sorted.slice(1).map((v, i) => (v - sorted[i]) / 1e4);
    return steps.length ? Math.min(...steps) : 1;
  };
  const each = Math.max(130 * scale, ...nodes.map(({ value }) => weight(value) + 44 * scale));
  const w = Math.max(width, Math.min(24000, each + each / gap(nodes.map(({ x }) => x))));
  const h = Math.max(height, Math.min(24000, (70 * scale) / gap(nodes.map(({ y }) => y))));
  return { width: w, height: h };
}

// Up to three lines, broken where words end or names are joined; the rest gives way to an ellipsis.
function broken(label, width) {
  const pieces = label.split(/(?<=[\s_./:-])/);
  const lines = [""];
  for (const piece of pieces) {
    if (lines.at(-1) && long(lines.at(-1) + piece.trimEnd()) > width) lines.push("");
    lines[lines.length - 1] += piece;
  }
  const kept = lines.slice(0, 3).map((line) => shortened(line.trim(), width));
  if (lines.length > 3) kept[2] = shortened(`${kept[2]}…`, width);
  return kept;
}

function shortened(text, width) {
  if (long(text) <= width) return text;
  let cut = text.replace(/…$/, "");
  while (cut.length > 1 && long(`${cut}…`) > width) cut = cut.slice(0, -1);
  return `${cut}…`;
}

// A curve from the side of one box that faces the other, its head, and the middle for a label.
// What leads back to another row leaves it upright: at the side of the box the next arrow comes in.
export function arrow(from, to, width, sideways = false) {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const across = Math.abs(dx) - (from.w + to.w) / 2;
  const along = Math.abs(dy) - (from.h + to.h) / 2;
  const beside = (sideways && across > 0) || (across >= along && (dx > 0 || along < ROW));
  const [sx, sy] = beside ? [Math.sign(dx) || 1, 0] : [0, Math.sign(dy) || 1];
  const size = 5 + width;
  const a = [from.x + (sx * from.w) / 2, from.y + (sy * from.h) / 2];
  const tip = [to.x - sx * (to.w / 2 + 1), to.y - sy * (to.h / 2 + 1)];
  const b = [tip[0] - sx * size, tip[1] - sy * size];
  const bend = beside ? Math.abs(b[0] - a[0]) / 2 : Math.abs(b[1] - a[1]) / 2;
  const p = [a[0] + sx * bend, a[1] + sy * bend];
  const q = [b[0] - sx * bend, b[1] - sy * bend];
  const foot = [b[0] - (sy * size) / 2, b[1] + (sx * size) / 2];
  return {
    line: `M${a} C${p} ${q} ${b}`,
    head: `M${tip} L${foot} L${[2 * b[0] - foot[0], 2 * b[1] - foot[1]]}Z`,
    at: (t) => a.map((_, i) => mix(mix(mix(a[i], p[i], t), mix(p[i], q[i], t), t), mix(mix(p[i], q[i], t), mix(q[i], b[i], t), t), t)),
    room: Math.max(Math.abs(b[0] - a[0]), 4 * Math.abs(b[1] - a[1])), // for a label in the middle
  };
}

const mix = (a, b, t) => a + (b - a) * t;
