// Numbers typed or dragged in a matrix: the grid of a `table` parameter, cell by cell.

import { say } from "../language.js";
import { clamp } from "./canvas.js";
import { exact } from "./words.js";

const PIXELS = 5; // of a drag up or down, for one step of the parameter
const BEGINS = /^[-−.\d]$/; // a key that begins a number
const number = (text) => (text.trim() ? Number(text.replace("−", "-").replace(",", ".")) : NaN);

export class Editing {
  // marks: the matrix, with at(x, y), step(mark, dx, dy) and box; changed() draws it again.
  constructor(canvas, tools, marks, changed) {
    Object.assign(this, { canvas, tools, marks, changed, param: "", drag: null, asked: 0 });
    const listen = (type, act) => canvas.addEventListener(type, act.bind(this));
    listen("pointerdown", this.down);
    listen("pointermove", this.move);
    listen("pointerup", this.up);
    listen("pointercancel", this.up);
    listen("click", this.click);
    listen("dblclick", this.twice);
    listen("keydown", this.key);
  }

  // The view with the numbers as the hand has them: the parameter's text knows more than a frame.
  take(view) {
    this.param = view.edit;
    if (!view.edit) return view;
    const cells = (this.wanted ?? this.tools.get(view.edit)).split(/[;,]/).map(Number);
    if (cells.length !== view.values.data.length) return view; // another state's frame
    if (cells.every((cell, at) => Math.fround(cell) === view.values.data[at])) return view;
    return { ...view, values: { ...view.values, data: Float32Array.from(cells) } };
  }

  // --- by hand

  down(event) {
    this.acted = false;
    this.finger = event.pointerType === "touch"; // scrolls the page; a tap opens the cell
    const mark = this.param && !event.button && !this.finger ? this.under(event) : null;
    if (mark === null) return;
    this.canvas.setPointerCapture(event.pointerId);
    this.drag = { mark, y: event.clientY, start: this.value(mark), moved: false };
  }

  move(event) {
    if (!this.param) return;
    if (!this.drag) {
      this.canvas.style.cursor = this.under(event) === null ? "" : "ns-resize";
      return;
    }
    const { mark, y, start } = this.drag;
    const steps = Math.round((y - event.clientY) / PIXELS);
    this.drag.moved ||= steps !== 0;
    if (!this.drag.moved) return;
    event.stopImmediatePropagation();
    this.nudge(mark, start + steps * this.control().step);
  }

  up() {
    this.acted = this.drag?.moved;
    this.drag = null;
  }

  // The click that ends a drag locks no explanation.
  click(event) {
    if (!this.param) return;
    const mark = this.finger ? this.under(event) : null;
    if (mark !== null) this.open(mark);
    if (this.acted || mark !== null) event.stopImmediatePropagation();
    this.acted = false;
  }

  twice(event) {
    const mark = this.param ? this.under(event) : null;
    if (mark !== null) this.open(mark);
  }

  // --- by keys

  key(event) {
    const { mark } = this.marks.probe;
    if (!this.param || mark === null || event.ctrlKey || event.metaKey || event.altKey) return;
    const way = event.shiftKey && { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (way) this.nudge(mark, this.value(mark) + way * this.control().step);
    else if (event.key === "Enter" || event.key === "F2") this.open(mark);
    else if (BEGINS.test(event.key)) this.open(mark, event.key);
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  // A field over the cell; Enter goes on below, Tab to the right, Escape leaves all as it was.
  open(mark, text = String(this.value(mark))) {
    this.marks.probe.unlock();
    const { x, y, w, h } = this.marks.box;
    const m = this.marks.columns();
    const field = document.createElement("input");
    Object.assign(field, { className: "g-cell", inputMode: "decimal", value: text });
    field.setAttribute("aria-label", this.marks.lines(mark).slice(0, 2).join(", "));
    const wide = Math.max(w, 48);
    Object.assign(field.style, {
      left: `${x + ((mark % m) + 0.5) * w - wide / 2}px`,
      top: `${y + Math.floor(mark / m) * h}px`,
      width: `${wide}px`,
      height: `${h}px`,
    });
    this.canvas.parentElement.append(field);
    field.focus();
    if (text.length > 1) field.select();
    const close = (dx, dy, keep = true, back = true) => {
      const typed = number(field.value);
      const { low, high } = this.control();
      const good = typed >= low && typed <= high;
      if (keep && !good && (dx || dy)) return this.refuse(field, low, high);
      field.onblur = null;
      field.remove();
      this.tools.explain(null);
      if (keep && good) this.put(mark, typed);
      const next = dx || dy ? this.marks.step(mark, dx, dy) : mark;
      if (next !== mark) this.open(next);
      else if (back) this.stand(mark);
    };
    field.onblur = () => close(0, 0, true, false);
    field.onkeydown = (event) => {
      event.stopPropagation();
      if (event.key === "Enter") close(0, 1);
      else if (event.key === "Escape") close(0, 0, false);
      else if (event.key === "Tab") close(event.shiftKey ? -1 : 1, 0);
      else return;
      event.preventDefault();
    };
  }

  // The keys walk on from here.
  stand(mark) {
    const box = this.canvas.getBoundingClientRect();
    const [x, y] = this.marks.place(mark);
    this.canvas.focus();
    this.marks.probe.to(mark, "keys", box.left + x, box.top + y);
  }

  // What is typed is not bent to fit: the field stays and says what would be right.
  refuse(field, low, high) {
    const box = field.getBoundingClientRect();
    field.setAttribute("aria-invalid", "true");
    this.tools.explain([say("view.expected", { low: exact(low), high: exact(high) })], box.left, box.bottom);
  }

  // --- the parameter

  control() {
    return this.tools.control(this.param);
  }

  grid() {
    const text = this.wanted ?? this.tools.get(this.param);
    return text.split(";").map((row) => row.split(","));
  }

  value(mark) {
    const m = this.marks.columns();
    return Number(this.grid()[Math.floor(mark / m)]?.[mark % m] ?? 0);
  }

  // By steps, within the parameter's ends.
  nudge(mark, value) {
    const { low, high, step } = this.control();
    const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
    this.put(mark, clamp(+value.toFixed(digits), low, high));
  }

  // However fast the hand, the parameter is set once a picture.
  put(mark, value) {
    const m = this.marks.columns();
    const grid = this.grid();
    grid[Math.floor(mark / m)][mark % m] = String(value);
    this.wanted = grid.map((row) => row.join(",")).join(";");
    const { param } = this;
    this.asked ||= requestAnimationFrame(() => {
      const { wanted } = this;
      Object.assign(this, { asked: 0, wanted: null });
      this.tools.set(param, wanted);
    });
    this.changed();
  }

  under(event) {
    const box = this.canvas.getBoundingClientRect();
    return this.marks.at(event.clientX - box.left, event.clientY - box.top);
  }

  destroy() {
    cancelAnimationFrame(this.asked);
  }
}
