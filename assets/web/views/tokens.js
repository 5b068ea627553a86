// A text in pieces, shaded by weight and tied by arcs; a click picks a piece.

import { say } from "../language.js";
import { clamp, Sheet } from "./canvas.js";
import { Probe } from "./probe.js";
import { Scroll } from "./scroll.js";
import { exact, seen } from "./words.js";

const FAINT = { one: 0.02, all: 0.1 }; // weaker arcs are not drawn; hover reads them all the same

export function mount(host, tools) {
  const tokens = new Tokens(host, tools);
  return tokens.sheet.mounted(
    (view) => tokens.draw(view),
    () => tokens.probe.destroy(),
  );
}

class Tokens {
  constructor(host, tools) {
    this.tools = tools;
    this.sheet = new Sheet(host, tools, (c, view) => this.paint(c, view));
    this.scroll = new Scroll(this.sheet);
    this.probe = new Probe(this.sheet.canvas, tools, this, () => this.sheet.redraw());
    this.laid = "";
    this.boxes = [];
  }

  draw(view) {
    this.sheet.canvas.setAttribute("role", view.pick ? "application" : "img");
    this.sheet.canvas.style.cursor = view.pick ? "pointer" : "";
    this.sheet.draw(view);
    this.probe.refresh();
  }

  paint(c, view) {
    const { width, height, scale, theme } = this.sheet;
    const key = [view.texts.join("\u0001"), !!view.arcs, width, height, scale, theme].join();
    if (key !== this.laid) Object.assign(this, { laid: key, ...layout(c, view, this.sheet) });
    this.scroll.fit(this.whole, height);
    const box = view.picked !== this.followed && this.boxes[view.picked];
    this.followed = view.picked;
    if (box) this.scroll.reveal(box.y - this.gap, box.y + box.h); // what this frame is about
    c.save();
    c.translate(0, -this.scroll.at);
    if (view.arcs) this.arcs(c, view);
    this.boxes.forEach((box, i) => this.piece(c, view, box, i));
    c.restore();
    this.scroll.paint(c);
  }

  piece(c, view, { x, y, w, h, text }, i) {
    const { colour } = this.tools;
    const chosen = i === view.picked;
    c.beginPath();
    c.roundRect(x, y, w, h, 5);
    c.fillStyle = colour("card");
    c.fill();
    c.globalAlpha = view.weights ? 0.75 * clamp(view.weights.data[i], 0, 1) : 0;
    c.fillStyle = colour(view.ink);
    c.fill();
    c.globalAlpha = 1;
    c.strokeStyle = colour(chosen ? view.ink : i === this.probe.mark ? "ink" : "line");
    c.lineWidth = chosen ? 2.5 : i === this.probe.mark ? 1.5 : 1;
    c.stroke();
    c.fillStyle = colour("ink");
    c.font = this.sheet.font(this.size, chosen ? 600 : 400);
    c.textAlign = "center";
    c.textBaseline = "middle";
    c.fillText(text, x + w / 2, y + h / 2 + 1);
  }

  // Those of the piece under the pointer, or picked; of all pieces where there is none.
  arcs(c, view) {
    const n = view.texts.length;
    const chosen = this.probe.mark ?? view.picked;
    const one = chosen >= 0 && chosen < n;
    const least = one ? FAINT.one : FAINT.all;
    c.strokeStyle = this.tools.colour(view.ink);
    for (let i = one ? chosen : 0; i < (one ? chosen + 1 : n); i++) {
      for (let j = 0; j < n; j++) {
        const weight = view.arcs.data[i * n + j];
        if (weight < least || i === j) continue;
        c.globalAlpha = (0.2 + 0.8 * Math.sqrt(clamp(weight, 0, 1))) * (one ? 1 : 0.5);
        c.lineWidth = (0.7 + 4 * clamp(weight, 0, 1)) * this.sheet.scale;
        arc(c, this.boxes[i], this.boxes[j], j < i, this.gap);
      }
    }
    c.globalAlpha = 1;
  }

  // --- what the probe asks; a mark is the number of a piece

  at(px, py) {
    const y = py + this.scroll.at;
    const inside = (box) => px >= box.x && px < box.x + box.w && y >= box.y && y < box.y + box.h;
    const i = this.boxes.findIndex(inside);
    return i < 0 ? null : i;
  }

  lines(i) {
    const { texts, weights, arcs } = this.sheet.view;
    const n = texts.length;
    if (i >= n) return null;
    const lines = [`${i}: ${JSON.stringify(texts[i])}`];
    if (weights) lines.push(say("view.weight", { value: exact(weights.data[i]) }));
    if (!arcs) return lines;
    const ties = Array.from(arcs.data.subarray(i * n, (i + 1) * n), (weight, j) => ({ weight, j }));
    const most = ties
      .filter(({ weight }) => weight > 0)
      .sort((a, b) => b.weight - a.weight)
      .slice(0, 5);
    return [
      ...lines,
      ...most.map(({ weight, j }) => `→ ${j} ${JSON.stringify(texts[j])} ${exact(weight)}`),
    ];
  }

  place(i) {
    const { x, y, w, h } = this.boxes[i];
    return [x + w / 2, y + h - this.scroll.at];
  }

  step(mark, dx, dy) {
    const n = this.boxes.length;
    if (!n) return null;
    if (mark === null) return clamp(this.sheet.view.picked, 0, n - 1);
    const next = dy ? this.above(mark, Math.sign(dy)) : clamp(mark + dx, 0, n - 1);
    this.scroll.reveal(this.boxes[next].y - 8, this.boxes[next].y + this.boxes[next].h + 8);
    return next;
  }

  // The piece in the next line that lies nearest.
  above(mark, way) {
    const from = this.boxes[mark];
    const line = this.boxes
      .map((box, i) => ({ ...box, i }))
      .filter((box) => box.line === from.line + way);
    const far = (box) => Math.abs(box.x + box.w / 2 - from.x - from.w / 2);
    return line.sort((a, b) => far(a) - far(b))[0]?.i ?? mark;
  }

  press(i) {
    const { pick, picked } = this.sheet.view;
    if (!pick || i === picked) return false;
    this.tools.set(pick, String(i));
    return true;
  }
}

// Words in lines, as large as the card allows; with arcs, lines stand apart.
function layout(c, view, sheet) {
  for (const size of [16, 14, 12.5, 11]) {
    const found = lines(c, view, sheet, size);
    if (found.whole <= sheet.height || size === 11) return found;
  }
}

function lines(c, view, sheet, size) {
  const { width, height, scale } = sheet;
  c.font = sheet.font(size, 600);
  const h = (size + 11) * scale;
  const pad = 7 * scale;
  const boxes = [];
  let [x, line] = [10, 0];
  for (const raw of view.texts) {
    const text = seen(raw);
    const w = c.measureText(text).width + 2 * pad;
    if (x + w > width - 14 && x > 10) ((x = 10), line++);
    boxes.push({ x, w, h, text, line });
    x += w + 4 * scale;
  }
  const count = line + 1;
  const least = view.arcs ? 22 * scale : 8 * scale;
  const spare = (height - 16 - count * h) / (count + (view.arcs ? 1 : 0));
  const gap = clamp(spare, least, view.arcs ? 120 * scale : 10 * scale);
  const whole = count * (h + gap) + (view.arcs ? gap : 0) + 12;
  const top = Math.max(0, (height - whole) / 2) + 6 + (view.arcs ? gap : gap / 2);
  boxes.forEach((box) => (box.y = top + box.line * (h + gap)));
  return { boxes, whole, gap, size };
}

// Back to what came before runs above the words, on to what follows below them.
function arc(c, from, to, above, gap) {
  const [x, u] = [from.x + from.w / 2, to.x + to.w / 2];
  const y = above ? from.y : from.y + from.h;
  const v = above ? to.y : to.y + to.h;
  const rise = Math.min(1.25 * gap, 8 + 0.5 * Math.abs(u - x)) * (above ? -1 : 1);
  c.beginPath();
  c.moveTo(x, y);
  c.bezierCurveTo(x, y + rise, u, v + rise, u, v);
  c.stroke();
}
