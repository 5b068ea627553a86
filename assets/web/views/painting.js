// A drag over a matrix paints the grid of a `cells` parameter, level by level.

const DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz";

export class Painting {
  // marks.at(x, y) of the matrix says which cell lies where.
  constructor(canvas, tools, marks, redraw) {
    Object.assign(this, { canvas, tools, marks, redraw, param: "", grid: null, level: null });
    const listen = (type, act) => canvas.addEventListener(type, act.bind(this));
    listen("pointerdown", this.down);
    listen("pointermove", this.move);
    listen("pointerup", this.up);
    listen("pointercancel", this.up);
    listen("click", (event) => this.param && event.stopImmediatePropagation());
    this.asked = 0;
  }

  take(view) {
    this.param = view.paint;
    this.columns = view.values.shape[1];
    this.canvas.style.touchAction = view.paint ? "none" : "";
    this.canvas.style.cursor = view.paint ? "crosshair" : "";
    if (this.level === null && !this.asked) this.grid = null; // the frame shows what was painted
  }

  // The grid as the hand has it: rows of digits.
  now() {
    return (
      this.grid ??
      this.tools
        .get(this.param)
        .split(".")
        .map((row) => [...row])
    );
  }

  down(event) {
    const mark = this.param && !event.button ? this.under(event) : null;
    if (mark === null) return;
    this.canvas.setPointerCapture(event.pointerId);
    this.level = this.next(mark);
    this.put(mark);
  }

  move(event) {
    if (this.level === null) return;
    event.stopImmediatePropagation();
    const mark = this.under(event);
    if (mark !== null) this.put(mark);
  }

  up() {
    this.level = null;
  }

  press(mark) {
    this.level = this.next(mark);
    this.put(mark);
    this.level = null;
    return true;
  }

  next(mark) {
    const levels = this.tools.control(this.param)?.levels ?? 2;
    const digit = this.now()[Math.floor(mark / this.columns)]?.[mark % this.columns] ?? "0";
    return DIGITS[(DIGITS.indexOf(digit) + 1) % levels];
  }

  put(mark) {
    const [i, j] = [Math.floor(mark / this.columns), mark % this.columns];
    const grid = this.now();
    if (grid[i]?.[j] === undefined || grid[i][j] === this.level) return;
    if (!this.grid) this.before = grid;
    this.grid = grid.map((row) => [...row]);
    this.grid[i][j] = this.level;
    this.asked ||= requestAnimationFrame(() => {
      this.asked = 0;
      this.tools.set(this.param, this.grid.map((row) => row.join("")).join("."));
    });
    this.redraw();
  }

  // Until a frame answers, painted cells are marked by a dot.
  paint(c, { x, y, w, h }, n, m) {
    if (!this.grid) return;
    c.fillStyle = this.tools.colour("focus");
    for (let at = 0; at < n * m; at++) {
      const [i, j] = [Math.floor(at / m), at % m];
      if (this.grid[i]?.[j] === this.before[i]?.[j]) continue;
      c.fillRect(x + (j + 0.35) * w, y + (i + 0.35) * h, 0.3 * w, 0.3 * h);
    }
  }

  under(event) {
    const box = this.canvas.getBoundingClientRect();
    return this.marks.at(event.clientX - box.left, event.clientY - box.top);
  }
}
