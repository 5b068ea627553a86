// A world that may be larger than its card: moved by drag, zoomed by wheel or the keys + and −.

import { clamp } from "./canvas.js";

const READABLE = 0.92; // of words that are 12 pixels high

export class Lens {
  constructor(svg, world) {
    Object.assign(this, { svg, world, x: 0, y: 0, zoom: 1, free: false, moved: false });
    this.hands = new Map(); // pointers that are down: one moves, two zoom
    svg.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    svg.addEventListener("pointerdown", (event) => this.down(event));
    svg.addEventListener("pointermove", (event) => this.move(event));
    svg.addEventListener("pointerup", (event) => this.hands.delete(event.pointerId));
    svg.addEventListener("pointercancel", (event) => this.hands.delete(event.pointerId));
    svg.addEventListener("click", (event) => this.click(event));
    svg.addEventListener("keydown", (event) => this.key(event));
  }

  // At first as much of the world is in sight as leaves its words readable.
  fit(card, size, free) {
    const whole = Math.min(1, card.width / size.width, card.height / size.height);
    const kept =
      this.free && free && this.card?.width === card.width && this.card?.height === card.height;
    Object.assign(this, { card, size, free, least: whole });
    if (!kept) Object.assign(this, { zoom: free ? Math.max(whole, READABLE) : 1, x: 0, y: 0 });
    const tall = size.height * this.zoom > card.height;
    this.svg.style.touchAction = free ? (tall ? "none" : "pan-y") : "";
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
    if (!this.free || event.button) return;
    if (!this.hands.size) this.moved = false;
    this.hands.set(event.pointerId, place(event));
  }

  // The pointer is captured once it has moved, so that a mere click still reaches its box.
  move(event) {
    const before = this.hands.get(event.pointerId);
    if (!before) return;
    event.stopImmediatePropagation();
    const now = place(event);
    if (!this.moved && Math.hypot(now.x - before.x, now.y - before.y) < 4) return;
    this.moved = true;
    this.svg.setPointerCapture(event.pointerId);
    this.hands.set(event.pointerId, now);
    const other = [...this.hands].find(([id]) => id !== event.pointerId)?.[1];
    if (other) this.pinch(before, now, other);
    else this.by(now.x - before.x, now.y - before.y);
  }

  // Two fingers hold two places of the world: it grows about the one that rests.
  pinch(before, now, other) {
    const apart = (hand) => Math.hypot(hand.x - other.x, hand.y - other.y) || 1;
    const box = this.svg.getBoundingClientRect();
    this.scale(apart(now) / apart(before), other.x - box.left, other.y - box.top);
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

const place = ({ clientX: x, clientY: y }) => ({ x, y });
