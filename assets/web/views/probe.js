// Hover explains a mark, a click locks the explanation, keys walk from mark to mark.
//
// marks is the view's answer to: at(x, y) -> the mark there, or null; lines(mark) -> its exact
// values, or null where it is no more; place(mark) -> [x, y]; step(mark | null, dx, dy) -> the next
// mark (steps may be infinite: the ends); press(mark) -> true if it changed a parameter;
// alter(mark): what a double click or the key x does. All but `at` and `lines` may be absent.

import { lay } from "../overlays.js";

const WAYS = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
  Home: [-Infinity, 0],
  End: [Infinity, 0],
  PageUp: [0, -10],
  PageDown: [0, 10],
};
let holder = null; // the probe whose explanation is locked: one on the page
let gone = null;

function lock(probe) {
  gone?.();
  gone = probe && lay(() => probe.unlock(), probe.element);
  holder = probe;
}

let shown = null; // the probe that explained last: where it only hovers, Escape need not know of it
addEventListener("keydown", ({ key }) => key === "Escape" && shown?.leave());

export class Probe {
  constructor(element, tools, marks, redraw) {
    Object.assign(this, { element, tools, marks, redraw, mark: null, by: "", text: "" });
    element.addEventListener("pointermove", (event) => this.hover(event));
    element.addEventListener("pointerleave", () => this.by === "pointer" && this.leave());
    element.addEventListener("click", (event) => this.click(event));
    element.addEventListener("dblclick", (event) => this.twice(event));
    element.addEventListener("keydown", (event) => this.key(event));
    element.addEventListener("blur", () => this.by === "keys" && this.leave());
  }

  get locked() {
    return holder === this;
  }

  // The frame has changed under the pointer: what is read must be this frame's.
  refresh() {
    if (this.mark !== null) this.explain();
  }

  hover(event) {
    if (holder?.element.isConnected || event.buttons) return;
    this.to(this.under(event), "pointer", event.clientX, event.clientY);
  }

  click(event) {
    const mark = this.under(event);
    const again = this.locked && same(mark, this.mark);
    if (mark === null || again) return this.unlock();
    this.to(mark, "pointer", event.clientX, event.clientY);
    this.act();
  }

  twice(event) {
    const mark = this.under(event);
    if (mark === null || !this.marks.alter) return;
    this.unlock();
    this.marks.alter(mark);
  }

  // A press that changes a parameter does not lock: the picture is about to answer.
  act() {
    holder?.unlock();
    if (!this.marks.press?.(this.mark)) lock(this);
    this.explain(true);
    this.redraw();
  }

  unlock() {
    if (this.locked) lock(null);
    this.leave();
  }

  key(event) {
    const way = !event.ctrlKey && !event.metaKey && !event.altKey && WAYS[event.key];
    if (way && this.marks.step) this.walk(...way);
    else if (this.mark === null) return;
    else if (event.key === "Enter") this.locked ? this.unlock() : this.act();
    else if (event.key === "x" && this.marks.alter) this.marks.alter(this.mark);
    else if (event.key === "Escape") this.unlock();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  walk(dx, dy) {
    const held = this.locked;
    const mark = this.marks.step(this.mark, dx, dy);
    if (mark === null) return;
    const box = this.element.getBoundingClientRect();
    const [x, y] = this.marks.place(mark);
    this.to(mark, "keys", box.left + x, box.top + y);
    if (held) lock(this);
  }

  under(event) {
    const box = this.element.getBoundingClientRect();
    return this.marks.at(event.clientX - box.left, event.clientY - box.top);
  }

  to(mark, by, x, y) {
    if (mark === null) return this.leave();
    const moved = !same(mark, this.mark);
    Object.assign(this, { mark, by, x, y });
    shown = this;
    this.explain(true);
    if (moved) this.redraw();
  }

  leave() {
    if (this.mark === null || this.locked) return;
    Object.assign(this, { mark: null, by: "", text: "" });
    this.tools.explain(null, 0, 0);
    this.redraw();
  }

  explain(moved = false) {
    const lines = this.marks.lines(this.mark);
    if (!lines) return this.unlock();
    const text = lines.join("\n");
    if (!moved && text === this.text) return;
    this.text = text;
    this.tools.explain(lines, this.x, this.y, this.locked);
  }

  destroy() {
    this.unlock();
  }
}

function same(a, b) {
  return a === b || (typeof a === "object" && JSON.stringify(a) === JSON.stringify(b));
}
