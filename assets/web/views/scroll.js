// A long list on a short canvas: wheel, drag and thumb move it; a thin bar says where it is.

import { clamp } from "./canvas.js";

export class Scroll {
  constructor(sheet) {
    Object.assign(this, { sheet, at: 0, whole: 0, page: 0, drag: null });
    const { canvas } = sheet;
    canvas.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    canvas.addEventListener("pointerdown", (event) => this.down(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    canvas.addEventListener("pointerup", () => (this.drag = null));
    canvas.addEventListener("pointercancel", () => (this.drag = null));
    canvas.addEventListener("click", (event) => this.click(event));
  }

  // The list is `whole` pixels long, `page` of them in sight.
  fit(whole, page) {
    Object.assign(this, { whole, page });
    this.at = clamp(this.at, 0, this.most);
    this.sheet.canvas.style.touchAction = this.most ? "pan-x" : "";
  }

  get most() {
    return Math.max(0, this.whole - this.page);
  }

  by(pixels) {
    const before = this.at;
    this.at = clamp(this.at + pixels, 0, this.most);
    if (this.at !== before) this.sheet.redraw();
    return this.at !== before;
  }

  // So that the stretch from `top` to `bottom` is seen.
  reveal(top, bottom) {
    if (top < this.at) this.by(top - this.at);
    else if (bottom > this.at + this.page) this.by(bottom - this.at - this.page);
  }

  // At its end the page scrolls on.
  wheel(event) {
    if (event.ctrlKey) return;
    const unit = event.deltaMode ? 20 : 1;
    if (this.by(event.deltaY * unit)) event.preventDefault();
  }

  down(event) {
    this.moved = false;
    if (event.button || !this.most) return;
    const box = this.sheet.canvas.getBoundingClientRect();
    const bar = event.clientX - box.left > this.sheet.width - 14;
    if (!bar && event.pointerType !== "touch") return;
    this.drag = { y: event.clientY, rate: bar ? this.whole / this.page : -1 };
    this.sheet.canvas.setPointerCapture(event.pointerId);
  }

  move(event) {
    if (!this.drag) return;
    event.stopImmediatePropagation();
    const moved = event.clientY - this.drag.y;
    if (Math.abs(moved) > 3) this.moved = true;
    this.by(moved * this.drag.rate);
    this.drag.y = event.clientY;
  }

  click(event) {
    if (this.moved) event.stopImmediatePropagation();
    this.moved = false;
  }

  paint(c, top = 0) {
    if (!this.most) return;
    const { width, tools } = this.sheet;
    const tall = Math.max(24, (this.page * this.page) / this.whole);
    c.globalAlpha = 0.45;
    c.fillStyle = tools.colour("soft");
    c.beginPath();
    c.roundRect(width - 7, top + (this.at / this.most) * (this.page - tall), 4, tall, 2);
    c.fill();
    c.globalAlpha = 1;
  }
}
