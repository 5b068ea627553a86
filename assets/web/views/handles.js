// Handles: points of a parameter that a hand drags, draws or deletes, by mouse, touch or keys.

import { say } from "../language.js";
import { Points } from "./points.js";
import { exact } from "./words.js";

const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const SPACING = 9; // pixels between points that a drag over free ground leaves behind
const REACH = { mouse: 14, pen: 16, touch: 24 }; // pixels around a handle that are its own

export class Handles {
  constructor(canvas, tools, redraw) {
    Object.assign(this, { canvas, tools, redraw, layers: [], view: null, window: null });
    this.points = new Points(tools, redraw);
    this.focus = null; // {param, index} under the pointer or the keys
    this.drag = null; // {id, param, index or none while drawing, x, y, moved}
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
    listen("touchstart", this.touch, { passive: false });
  }

  take(view) {
    const before = this.layers;
    this.view = view;
    this.layers = view.layers.filter((layer) => layer.kind === "handles");
    this.canvas.setAttribute("role", this.layers.length ? "application" : "img");
    for (const { param, xy } of this.layers) {
      const old = before.find((layer) => layer.param === param);
      if (old && old.xy !== xy && this.drag?.param !== param) this.points.answered(param);
    }
  }

  now(layer) {
    return layer.kind === "handles" ? this.points.now(layer) : layer;
  }

  layer(param) {
    return this.layers.find((layer) => layer.param === param);
  }

  // Where the handle under the pointer or the keys stands, if it still does.
  place() {
    const layer = this.focus && this.layer(this.focus.param);
    return layer && this.points.of(layer)[this.focus.index];
  }

  // A ring says: this can be dragged.
  paint(c, window) {
    this.window = window;
    const place = this.place();
    if (!place) return;
    c.globalAlpha = this.drag ? 0.9 : 0.5;
    c.strokeStyle = this.tools.colour(this.layer(this.focus.param).ink);
    c.lineWidth = 2 * window.sheet.scale;
    c.beginPath();
    c.arc(window.X(place[0]), window.Y(place[1]), 12 * window.sheet.scale, 0, 7);
    c.stroke();
    c.globalAlpha = 1;
  }

  at([x, y], reach, layers = this.layers) {
    let best = null;
    for (const layer of layers) {
      this.points.of(layer).forEach((point, index) => {
        const far = Math.hypot(this.window.X(point[0]) - x, this.window.Y(point[1]) - y);
        if (far <= reach) ((reach = far), (best = { param: layer.param, index }));
      });
    }
    return best;
  }

  // --- by hand

  down(event) {
    this.acted = false;
    if (event.button || !this.window) return;
    const [x, y] = this.pixel(event);
    const found = this.at([x, y], REACH[event.pointerType] ?? REACH.mouse);
    const free = found ?? this.layers.find((layer) => layer.grow) ?? this.jumping([x, y]);
    if (!free) return;
    const { param, index } = free;
    this.drag = { id: event.pointerId, param, index, x, y, moved: false };
    this.focus = found;
    if (found || event.pointerType !== "touch") this.canvas.setPointerCapture(event.pointerId);
    this.tools.explain(null);
    this.redraw();
  }

  move(event) {
    if (!this.drag) return this.hover(event);
    event.stopImmediatePropagation();
    if (event.pointerId !== this.drag.id) return;
    const { param, index, x, y } = this.drag;
    const here = this.pixel(event);
    const far = Math.hypot(here[0] - x, here[1] - y);
    const drawing = index === undefined;
    if (!this.drag.moved && far < (drawing ? SPACING : 3)) return;
    const to = this.window.back(...here);
    if (!drawing) this.points.move(this.layer(param), index, to, this.view);
    else if (this.layer(param).grow && far >= SPACING) this.draw(param, to, here);
    this.drag.moved = true;
  }

  draw(param, to, [x, y]) {
    const layer = this.layer(param);
    const start = this.window.back(this.drag.x, this.drag.y);
    if (!this.drag.moved) this.points.add(layer, start, this.view);
    this.points.add(layer, to, this.view);
    Object.assign(this.drag, { x, y });
  }

  up(event) {
    if (event.pointerId !== this.drag?.id) return;
    const { index, moved, param, x, y } = this.drag;
    const tapped = index === undefined && !moved && event.type === "pointerup";
    if (tapped) this.tap(this.layer(param), [x, y]);
    this.acted = moved || tapped;
    this.drag = null;
    this.redraw();
  }

  // Where no handle is: a new one, or the nearest comes.
  tap(layer, [x, y]) {
    const to = this.window.back(x, y);
    if (layer.grow) this.points.add(layer, to, this.view);
    else this.points.move(layer, this.at([x, y], Infinity, [layer]).index, to, this.view);
  }

  jumping(place) {
    const found = this.at(place, Infinity, this.layers.filter((layer) => layer.jump));
    return found && { param: found.param };
  }

  // The click that ends a drag locks no explanation.
  click(event) {
    if (this.acted) event.stopImmediatePropagation();
    this.acted = false;
  }

  // A finger on a handle drags it; anywhere else it scrolls the page.
  touch(event) {
    if (this.window && this.at(this.pixel(event.touches[0]), REACH.touch)) event.preventDefault();
  }

  hover(event) {
    if (!this.layers.length || !this.window || event.pointerType === "touch") return;
    const found = this.at(this.pixel(event), REACH.mouse);
    const grows = this.layers.some((layer) => layer.grow || layer.jump);
    this.canvas.style.cursor = found ? "grab" : grows ? "crosshair" : "";
    if (!found) return this.leave();
    if (!same(found, this.focus)) this.redraw();
    this.focus = found;
    event.stopImmediatePropagation();
    this.explain(event.clientX, event.clientY);
  }

  leave() {
    if (this.drag || !this.focus) return;
    this.focus = null;
    this.tools.explain(null);
    this.redraw();
  }

  explain(x, y) {
    const { param, index } = this.focus;
    const { grow, label } = this.layer(param);
    const title = label || this.tools.control(param)?.label || param;
    const ways = say(grow ? "view.drag or delete" : "view.drag");
    this.tools.explain([`${title} ${index}`, this.place().map(exact).join(", "), ways], x, y);
  }

  pixel({ clientX, clientY }) {
    const box = this.canvas.getBoundingClientRect();
    return [clientX - box.left, clientY - box.top];
  }

  // --- by keys

  entered() {
    if (!this.drag && this.window && this.canvas.matches(":focus-visible")) this.walk(0);
  }

  key(event) {
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
    if (!this.layers.length || !this.window || !plain) return;
    const way = KEYS[event.key];
    const page = { PageDown: 1, PageUp: -1 }[event.key];
    const deletes = event.key === "Delete" || event.key === "Backspace";
    if (page || (way && !this.place())) this.walk(page ?? 0);
    else if (way) this.nudge(way, event.shiftKey ? 200 : 50);
    else if (deletes && this.place()) this.drop();
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  // From handle to handle, over all parameters and round again.
  walk(step) {
    const all = this.layers.flatMap((layer) =>
      this.points.of(layer).map((_, index) => ({ param: layer.param, index })),
    );
    if (!all.length) return;
    const now = all.findIndex((handle) => same(handle, this.focus));
    this.focus = all[now < 0 ? 0 : (now + step + all.length) % all.length];
    this.tell();
  }

  tell() {
    const [x, y] = this.place();
    const box = this.canvas.getBoundingClientRect();
    this.explain(box.left + this.window.X(x), box.top + this.window.Y(y));
    this.redraw();
  }

  nudge([x, y], share) {
    const [px, py] = this.place();
    const wide = this.view.x[1] - this.view.x[0];
    const high = this.view.y[1] - this.view.y[0];
    const to = [px + (x * wide) / share, py + (y * high) / share];
    this.points.move(this.layer(this.focus.param), this.focus.index, to, this.view);
    this.tell();
  }

  drop() {
    if (this.points.drop(this.layer(this.focus.param), this.focus.index)) this.leave();
  }

  destroy() {
    this.points.destroy();
  }
}

const same = (a, b) => a?.param === b?.param && a?.index === b?.index;
