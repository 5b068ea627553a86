// A window on the plane: layers over each other, in the same place in every frame.

import { Sheet } from "./canvas.js";
import { grid } from "./grid.js";
import { Handles } from "./handles.js";
import { paint } from "./layers.js";
import { over } from "./legend.js";
import { Probe } from "./probe.js";
import { read } from "./reading.js";

export function mount(host, tools) {
  const plane = new Plane(host, tools);
  const end = () => (plane.probe.destroy(), plane.handles.destroy());
  return plane.sheet.mounted((view) => plane.draw(view), end);
}

class Plane {
  constructor(host, tools) {
    this.tools = tools;
    this.sheet = new Sheet(host, tools, (c, view) => this.paint(c, view));
    this.ground = document.createElement("canvas"); // the lowest layers, as long as they stay
    this.still = 0; // how many layers those are
    this.painted = ""; // under which size and theme
    this.memory = []; // of each layer: pictures of what has not changed
    const { canvas } = this.sheet;
    const redraw = () => this.sheet.redraw();
    this.handles = new Handles(canvas, tools, redraw); // first: a drag is not a click
    const marks = {
      at: (x, y) => (read(this.sheet.view, this.window, x, y) ? { x, y } : null),
      lines: ({ x, y }) => read(this.sheet.view, this.window, x, y)?.lines,
    };
    this.probe = new Probe(canvas, tools, marks, redraw);
  }

  draw(view) {
    const before = this.sheet.view?.layers ?? [];
    const changed = view.layers.findIndex((layer, i) => !alike(layer, before[i]));
    const still = changed < 0 ? view.layers.length : changed;
    if (still !== this.still) this.painted = "";
    this.still = still;
    this.handles.take(view);
    this.sheet.draw(view);
    this.probe.refresh();
  }

  paint(c, view) {
    this.window = frame(view, this.sheet);
    const own = c === this.sheet.c; // on another canvas, or in a file, all is painted anew
    if (own) this.recall(c, view);
    else if (view.grid) grid(c, view, this.window);
    this.layers(c, view, own ? this.still : 0, view.layers.length);
    this.handles.paint(c, this.window);
    this.ring(c, view);
    over(c, this.sheet, view.layers.filter((layer) => layer.label).map(entry), view.y_label);
  }

  // What has not changed since the frame before, from memory.
  recall(c, view) {
    const { width, height, dots, theme } = this.sheet;
    const key = [width, height, dots, theme, this.sheet.scale, view.x, view.y].join();
    if (this.painted !== key) this.lay(view, key);
    c.setTransform(1, 0, 0, 1, 0, 0);
    c.drawImage(this.ground, 0, 0);
    c.setTransform(dots, 0, 0, dots, 0, 0);
  }

  // Grid, axes and the layers that have not changed, once for many frames.
  lay(view, key) {
    const { canvas, dots } = this.sheet;
    Object.assign(this.ground, { width: canvas.width, height: canvas.height }); // and clears it
    const c = this.ground.getContext("2d");
    c.scale(dots, dots);
    if (view.grid) grid(c, view, this.window);
    this.layers(c, view, 0, this.still);
    this.painted = key;
  }

  layers(c, view, from, to) {
    const { left, foot } = this.window;
    c.save();
    c.beginPath();
    c.rect(left, 0, this.sheet.width - left, this.sheet.height - foot);
    c.clip();
    for (let i = from; i < to; i++) {
      const layer = this.handles.now(view.layers[i]);
      if (layer.ink) c.fillStyle = c.strokeStyle = this.tools.colour(layer.ink);
      if (this.memory[i]?.kind !== layer.kind) this.memory[i] = { kind: layer.kind };
      paint[layer.kind](c, layer, this.window, this.memory[i]);
    }
    c.restore();
  }

  ring(c, view) {
    const { mark } = this.probe;
    const at = mark && read(view, this.window, mark.x, mark.y)?.at;
    if (!at) return;
    c.strokeStyle = this.tools.colour("ink");
    c.lineWidth = 1.5 * this.sheet.scale;
    c.beginPath();
    c.arc(this.window.X(at[0]), this.window.Y(at[1]), 6 * this.sheet.scale, 0, 7);
    c.stroke();
  }
}

const SWATCHES = { heat: "ramp", lines: "line", contour: "line", mesh: "line", arrows: "line" };
const entry = (layer) => ({ ...layer, swatch: SWATCHES[layer.kind] ?? "dot" });

// Where the window lies on the sheet; `back` leads from pixels to the units of the plane.
function frame({ x, y, square, x_label, y_label }, sheet) {
  const left = y_label ? 38 * sheet.scale : 0;
  const foot = x_label ? 22 * sheet.scale : 0;
  const [w, h] = [sheet.width - left, sheet.height - foot];
  let [dx, dy] = [w / (x[1] - x[0] || 1), h / (y[1] - y[0] || 1)];
  if (square) dx = dy = Math.min(dx, dy);
  const [cx, cy] = [left + w / 2, h / 2];
  const [mx, my] = [(x[0] + x[1]) / 2, (y[0] + y[1]) / 2];
  const X = (value) => cx + (value - mx) * dx;
  const Y = (value) => cy - (value - my) * dy;
  const back = (px, py) => [mx + (px - cx) / dx, my - (py - cy) / dy];
  return { X, Y, dx, dy, back, left, foot, tools: sheet.tools, sheet };
}

// Arrays that have not changed are the same object; small tuples are compared by value.
// Handles are never still: a hand may be on one.
function alike(layer, before) {
  if (layer.kind === "handles" || layer.kind !== before?.kind) return false;
  return Object.keys(layer).every((key) => {
    const [a, b] = [layer[key], before[key]];
    return a === b || (Array.isArray(a) && Array.isArray(b) && a.join() === b.join());
  });
}
