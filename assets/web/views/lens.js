// A world that may be larger than its card: moved by drag, zoomed by wheel or the keys + and −.

import { clamp } from "./canvas.js";

export class Lens {
  constructor(svg, world) {
    Object.assign(this, { svg, world, x: 0, y: 0, zoom: 1, free: false, drag: null });
    svg.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    svg.addEventListener("pointerdown", (event) => this.down(event));
    svg.addEventListener("pointermove", (event) => this.move(event));
    svg.addEventListener("pointerup", () => (this.drag = null));
    svg.addEventListener("pointercancel", () => (this.drag = null));
    svg.addEventListener("click", (event) => this.click(event));
    svg.addEventListener("keydown", (event) => this.key(event));
  }

  // At first the whole world is in sight, as far as its words stay readable.
  fit(card, size, free) {
    const whole = Math.min(1, card.width / size.width, card.height / size.height);
    const kept =
      this.free && free && this.card?.width === card.width && this.card?.height === card.height;
    Object.assign(this, { card, size, free, least: whole });
    if (!kept) Object.assign(this, { zoom: free ? Math.max(whole, 0.55) : 1, x: 0, y: 0 });
    this.svg.style.touchAction = free ? "none" : "";
    this.svg.style.cursor = free ? "grab" : "";
    this.by(0, 0);
  }

  by(dx, dy) {
    const { card, size, zoom } = this;
    const bound = (at, room, long) =>
      long * zoom < room ? (room - long * zoom) / 2 : clamp(at, room - long * zoom, 0);
    this.x = bound(this.x + dx, card.width, size.width);
    this.y = bound(this.y + dy, card.height, size.height);
    this.world.setAttribute("transform", `translate(${this.x},${this.y}) scale(${zoom})`);
  }

  to = (x, y) => [this.x + x * this.zoom, this.y + y * this.zoom];
  back = (px, py) => [(px - this.x) / this.zoom, (py - this.y) / this.zoom];

  scale(factor, px, py) {
    const [x, y] = this.back(px, py);
    this.zoom = clamp(this.zoom * factor, this.least, 2);
    this.by(px - this.x - x * this.zoom, py - this.y - y * this.zoom);
  }

  reveal(x, y) {
    if (!this.free) return;
    const [px, py] = this.to(x, y);
    const over = (at, room) => (at < 60 ? 60 - at : at > room - 60 ? room - 60 - at : 0);
    this.by(over(px, this.card.width), over(py, this.card.height));
  }

  wheel(event) {
    if (!this.free) return;
    event.preventDefault();
    const box = this.svg.getBoundingClientRect();
    this.scale(Math.exp(-event.deltaY / 400), event.clientX - box.left, event.clientY - box.top);
  }

  down(event) {
    if (this.free && !event.button) this.drag = { x: event.clientX, y: event.clientY, far: 0 };
  }

  // The pointer is captured once it has moved, so that a mere click still reaches its box.
  move(event) {
    if (!this.drag) return;
    event.stopImmediatePropagation();
    const [dx, dy] = [event.clientX - this.drag.x, event.clientY - this.drag.y];
    this.drag = { x: event.clientX, y: event.clientY, far: this.drag.far + Math.hypot(dx, dy) };
    if (this.drag.far > 4) ((this.moved = true), this.svg.setPointerCapture(event.pointerId));
    this.by(dx, dy);
  }

  click(event) {
    if (this.moved) event.stopImmediatePropagation();
    this.moved = false;
  }

  key(event) {
    const factor = { "+": 1.25, "=": 1.25, "-": 0.8 }[event.key];
    if (!factor || !this.free || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    this.scale(factor, this.card.width / 2, this.card.height / 2);
  }
}
