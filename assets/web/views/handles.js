// Handles: points of a parameter that a hand drags, draws or deletes, by mouse, touch or keys.

import { clamp, exact } from "./canvas.js";

const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const SPACING = 9; // pixels between points that a drag over free ground leaves behind

export class Handles {
  constructor(canvas, tools, redraw) {
    Object.assign(this, { canvas, tools, redraw, layers: [], view: null, window: null });
    this.focus = null; // {param, index} under the pointer or the keys
    this.drag = null; // {id, param, index, moved, drawing}
    this.held = new Map(); // param -> points as the hand has them, until a frame answers
    this.asked = 0;
    const listen = (type, act, options) => canvas.addEventListener(type, act.bind(this), options);
    listen("pointerdown", this.down);
    listen("pointermove", this.move);
    listen("pointerup", this.up);
    listen("pointercancel", this.up);
    listen("pointerleave", this.leave);
    listen("click", this.click);
    listen("keydown", this.key);
    listen("focus", this.entered);
    listen("blur", this.leave);
    // A finger on a handle drags it; anywhere else it scrolls the page.
    listen("touchstart", this.touch, { passive: false });
  }

  // A new frame: positions it brings replace those of the hand, unless the hand is still there.
  take(view) {
    this.view = view;
    const before = this.layers;
    this.layers = view.layers.filter((layer) => layer.kind === "handles");
    this.canvas.setAttribute("role", this.layers.length ? "application" : "img");
    for (const { param, xy } of this.layers) {
      const old = before.find((layer) => layer.param === param);
      if (old && old.xy !== xy && this.drag?.param !== param && !this.asked)
        this.held.delete(param);
    }
  }

  // The layer as the hand has it.
  now(layer) {
    const points = layer.kind === "handles" && this.held.get(layer.param);
    if (!points) return layer;
    const xy = { data: Float64Array.from(points.flat()), shape: [points.length, 2] };
    return { ...layer, xy };
  }

  paint(c, window) {
    this.window = window;
    if (!this.focus) return;
    const point = this.points(this.focus.param)[this.focus.index];
    if (!point) return;
    c.globalAlpha = this.drag ? 0.9 : 0.5;
    c.strokeStyle = this.tools.colour(this.layer(this.focus.param).ink);
    c.lineWidth = 2 * window.sheet.scale;
    c.beginPath();
    c.arc(window.X(point[0]), window.Y(point[1]), 12 * window.sheet.scale, 0, 7);
    c.stroke();
    c.globalAlpha = 1;
  }

  layer = (param) => this.layers.find((layer) => layer.param === param);

  // The parameter's own text knows more than a frame that may be one drag behind.
  points(param) {
    if (this.held.has(param)) return this.held.get(param);
    const text = this.tools.get(param) || this.tools.control(param)?.value || "";
    const read = text
      .split(";")
      .filter(Boolean)
      .map((pair) => pair.split(",").map(Number));
    if (read.length) return read;
    const { data, shape } = this.layer(param).xy;
    return Array.from({ length: shape[0] }, (_, i) => [data[2 * i], data[2 * i + 1]]);
  }

  // The handle nearest to a pixel within reach, {param, index}, or null.
  at(x, y, reach) {
    let best = null;
    for (const { param } of this.layers) {
      this.points(param).forEach((point, index) => {
        const far = Math.hypot(this.window.X(point[0]) - x, this.window.Y(point[1]) - y);
        if (far <= reach) ((reach = far), (best = { param, index }));
      });
    }
    return best;
  }

  down(event) {
    if (event.button || !this.window) return;
    const [x, y] = pixel(event);
    const reach = event.pointerType === "touch" ? 24 : 14;
    const found = this.at(x, y, reach);
    const free = found ? null : this.layers.find((layer) => layer.grow);
    if (!found && !free) return;
    this.drag = { id: event.pointerId, moved: false, x, y, ...(found ?? { param: free.param }) };
    if (found) this.focus = found;
    if (found || event.pointerType !== "touch") this.canvas.setPointerCapture(event.pointerId);
    this.tools.explain(null, 0, 0);
    this.redraw();
  }

  move(event) {
    const [x, y] = pixel(event);
    if (!this.drag) return this.hover(event, x, y);
    event.stopImmediatePropagation();
    if (event.pointerId !== this.drag.id) return;
    const far = Math.hypot(x - this.drag.x, y - this.drag.y);
    if (this.drag.index !== undefined) {
      if (far > 2) this.drag.moved = true;
      if (this.drag.moved) this.put(this.drag.param, this.drag.index, ...this.window.back(x, y));
    } else if (far >= SPACING) {
      if (!this.drag.moved)
        this.add(this.drag.param, ...this.window.back(this.drag.x, this.drag.y));
      this.add(this.drag.param, ...this.window.back(x, y));
      Object.assign(this.drag, { x, y, moved: true });
    }
  }

  up(event) {
    if (event.pointerId !== this.drag?.id) return;
    const { index, moved, param, x, y } = this.drag;
    const tapped = index === undefined && !moved && event.type === "pointerup";
    if (tapped) this.add(param, ...this.window.back(x, y));
    this.acted = moved || tapped; // so the click that follows locks nothing
    this.drag = null;
    this.redraw();
  }

  click(event) {
    if (this.acted) event.stopImmediatePropagation();
    this.acted = false;
  }

  touch(event) {
    const box = this.canvas.getBoundingClientRect();
    const { clientX, clientY } = event.touches[0];
    if (this.window && this.at(clientX - box.left, clientY - box.top, 24)) event.preventDefault();
  }

  hover(event, x, y) {
    if (!this.window || event.pointerType === "touch") return;
    const found = this.at(x, y, 14);
    const grows = this.layers.some((layer) => layer.grow);
    this.canvas.style.cursor = found ? "grab" : grows ? "crosshair" : "";
    if (found?.index !== this.focus?.index || found?.param !== this.focus?.param) this.redraw();
    this.focus = found;
    if (!found) return;
    event.stopImmediatePropagation();
    this.explain(event.clientX, event.clientY);
  }

  explain(x, y) {
    const { param, index } = this.focus;
    const point = this.points(param)[index];
    const { grow, label } = this.layer(param);
    const title = label || this.tools.control(param)?.label || param;
    const ways = `drag, or arrow keys${grow ? "; Delete takes it away" : ""}`;
    this.tools.explain([`${title} ${index}`, `${exact(point[0])}, ${exact(point[1])}`, ways], x, y);
  }

  entered() {
    const first = this.layers[0];
    if (!first || this.drag || !this.canvas.matches(":focus-visible")) return;
    if (this.points(first.param).length) this.walk(0);
  }

  leave() {
    if (this.drag || !this.focus) return;
    this.focus = null;
    this.tools.explain(null, 0, 0);
    this.redraw();
  }

  key(event) {
    if (!this.layers.length || !this.window || event.ctrlKey || event.metaKey || event.altKey)
      return;
    const way = KEYS[event.key];
    const pages = { PageDown: 1, PageUp: -1 }[event.key];
    if (pages) this.walk(pages);
    else if (way && !this.focus) this.walk(0);
    else if (way) this.nudge(way, event.shiftKey ? 200 : 50);
    else if (this.focus && ["Delete", "Backspace"].includes(event.key)) this.drop();
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
    event.stopPropagation();
  }

  // From handle to handle, over all parameters.
  walk(step) {
    const all = this.layers.flatMap(({ param }) =>
      this.points(param).map((_, index) => ({ param, index })),
    );
    if (!all.length) return;
    const is = ({ param, index }) => param === this.focus?.param && index === this.focus?.index;
    const next = all.findIndex(is) + (this.focus ? step : 0);
    this.focus = all[(Math.max(next, this.focus ? next : 0) + all.length) % all.length];
    this.tell();
  }

  tell() {
    const [x, y] = this.points(this.focus.param)[this.focus.index];
    const box = this.canvas.getBoundingClientRect();
    this.explain(box.left + this.window.X(x), box.top + this.window.Y(y));
    this.redraw();
  }

  nudge([x, y], share) {
    const { param, index } = this.focus;
    const at = this.points(param)[index];
    const { x: wide, y: high } = this.view;
    this.put(
      param,
      index,
      at[0] + (x * (wide[1] - wide[0])) / share,
      at[1] + (y * (high[1] - high[0])) / share,
    );
    this.tell();
  }

  put(param, index, x, y) {
    this.change(param, (points) => (points[index] = this.inside(param, x, y)));
  }

  add(param, x, y) {
    const most = this.tools.control(param)?.most ?? Infinity;
    if (this.points(param).length >= most) return;
    this.change(param, (points) => points.push(this.inside(param, x, y)));
  }

  drop() {
    const { param, index } = this.focus;
    const least = this.tools.control(param)?.least ?? 0;
    if (!this.layer(param).grow || this.points(param).length <= least) return;
    this.change(param, (points) => points.splice(index, 1));
    this.focus = null;
    this.tools.explain(null, 0, 0);
  }

  // Within the parameter's own ends, in the digits that its window can show.
  inside(param, x, y) {
    const control = this.tools.control(param);
    const round = (value, [low, high]) => {
      const digits = clamp(3 - Math.floor(Math.log10(high - low || 1)), 0, 8);
      return clamp(+value.toFixed(digits), low, high);
    };
    return [round(x, control?.x ?? this.view.x), round(y, control?.y ?? this.view.y)];
  }

  // However fast the hand, the parameter is set once a picture.
  change(param, act) {
    const points = this.points(param).map((point) => [...point]);
    act(points);
    this.held.set(param, points);
    this.asked ||= requestAnimationFrame(() => {
      this.asked = 0;
      this.tools.set(
        param,
        this.held
          .get(param)
          .map(([x, y]) => `${x},${y}`)
          .join(";"),
      );
    });
    this.redraw();
  }

  destroy() {
    cancelAnimationFrame(this.asked);
  }
}

function pixel(event) {
  const box = event.currentTarget.getBoundingClientRect();
  return [event.clientX - box.left, event.clientY - box.top];
}
