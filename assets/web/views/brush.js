// A drag over a picture of a film draws the strokes of a `strokes` parameter.

import { grown, read, trace, write } from "../strokes.js";

export class Brush {
  // marks.at(x, y) of the film says which pixel of which picture lies where.
  constructor(canvas, tools, marks, redraw) {
    Object.assign(this, { canvas, tools, marks, redraw, param: "", drawn: null, index: -1, asked: 0 });
    const listen = (type, act) => canvas.addEventListener(type, act.bind(this));
    listen("pointerdown", this.down);
    listen("pointermove", this.move);
    listen("pointerup", this.up);
    listen("pointercancel", this.up);
    listen("click", (event) => this.under(event) && event.stopImmediatePropagation());
  }

  take(view) {
    this.param = view.brush;
    [, this.columns, , this.width] = view.images.shape;
    this.column = view.brushed;
    this.canvas.style.touchAction = this.param ? "none" : "";
    if (this.index < 0 && !this.asked) this.drawn = null; // the frame shows what was drawn
  }

  down(event) {
    const mark = event.button ? null : this.under(event);
    if (!mark) return;
    this.canvas.setPointerCapture(event.pointerId);
    this.index = mark.index;
    this.put(mark, true);
  }

  move(event) {
    const mark = this.under(event);
    this.canvas.style.cursor = mark ? "crosshair" : "";
    if (this.index < 0) return;
    event.stopImmediatePropagation();
    if (mark?.index === this.index) this.put(mark, false);
  }

  up() {
    this.index = -1;
  }

  put({ pixel }, fresh) {
    const point = [pixel % this.width, Math.floor(pixel / this.width)];
    const { most } = this.tools.control(this.param);
    const next = grown(this.drawn ?? read(this.tools.get(this.param)), point, fresh, most);
    if (!next) return;
    this.drawn = next;
    this.asked ||= requestAnimationFrame(() => {
      this.asked = 0;
      this.tools.set(this.param, write(this.drawn));
    });
    this.redraw();
  }

  // What is being drawn, over the picture of `box`, until a frame shows it.
  paint(c, index, [x, y, w]) {
    if (!this.drawn || !this.param || index % this.columns !== this.column) return;
    c.save();
    c.translate(x, y);
    c.scale(w / this.width, w / this.width);
    c.strokeStyle = this.tools.colour("focus");
    c.globalAlpha = 0.6;
    trace(c, this.drawn, this.width / 12);
    c.restore();
  }

  // The pixel under the pointer, if it may be drawn on.
  under(event) {
    if (!this.param || !this.tools.control(this.param)) return null; // a still cannot answer
    const box = this.canvas.getBoundingClientRect();
    const mark = this.marks.at(event.clientX - box.left, event.clientY - box.top);
    return mark && mark.index % this.columns === this.column ? mark : null;
  }
}
