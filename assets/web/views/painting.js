// A drag over a matrix paints the cells of a `cells`, `spots` or `edits` parameter: level by level,
// or with the brush in hand.

const DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz";

export class Painting {
  // marks.at(x, y) of the matrix says which cell lies where.
  constructor(canvas, tools, marks, redraw) {
    Object.assign(this, { canvas, tools, marks, redraw, param: "", grid: null, level: null });
    this.brush = null; // a digit, or "." to take away what was painted
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
    this.shape = view.values.shape;
    this.canvas.style.touchAction = view.paint ? "none" : "";
    this.canvas.style.cursor = view.paint ? "crosshair" : view.mark ? "pointer" : "";
    if (this.level === null && !this.asked) this.grid = null; // the frame shows what was painted
  }

  get control() {
    return this.tools.control(this.param);
  }

  get text() {
    return { spots, edits }[this.control?.kind] ?? cells;
  }

  // The grid as the hand has it: rows of digits.
  now() {
    return this.grid ?? this.text.read(this.tools.get(this.param), this.shape);
  }

  down(event) {
    const mark = this.param && !event.button ? this.under(event) : null;
    if (mark === null) return;
    this.canvas.setPointerCapture(event.pointerId);
    this.marks.probe.unlock(); // what was read of a cell is about to change
    this.level = this.next(mark);
    this.last = mark;
    this.put(mark);
  }

  move(event) {
    if (this.level === null) return;
    event.stopImmediatePropagation();
    const mark = this.under(event);
    if (mark === null) return;
    this.stroke(this.last, mark);
    this.last = mark;
  }

  // A quick hand skips cells: all on the way are painted.
  stroke(from, to) {
    const m = this.shape[1];
    const [i, j] = [Math.floor(from / m), from % m];
    const [di, dj] = [Math.floor(to / m) - i, (to % m) - j];
    const steps = Math.max(1, Math.abs(di), Math.abs(dj));
    for (let at = 1; at <= steps; at++) {
      this.put((i + Math.round((at * di) / steps)) * m + j + Math.round((at * dj) / steps));
    }
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
    if (this.brush !== null) return this.brush;
    const m = this.shape[1];
    const levels = this.control?.levels ?? 2;
    const digit = this.now()[Math.floor(mark / m)]?.[mark % m] ?? "0";
    return DIGITS[(DIGITS.indexOf(digit) + 1) % levels];
  }

  put(mark) {
    const [i, j] = [Math.floor(mark / this.shape[1]), mark % this.shape[1]];
    const grid = this.now();
    if (grid[i]?.[j] === undefined || grid[i][j] === this.level) return;
    if (!this.grid) this.before = grid;
    this.grid = grid.with(i, grid[i].with(j, this.level));
    this.asked ||= requestAnimationFrame(() => {
      this.asked = 0;
      this.tools.set(this.param, this.text.write(this.grid));
    });
    this.redraw();
  }

  // Spots stay tinted; until a frame answers, cells painted since are marked by a dot.
  paint(c, { x, y, w, h }, n, m) {
    c.fillStyle = this.tools.colour("focus");
    if (this.param && this.text === spots) {
      c.globalAlpha = 0.45;
      this.now().forEach((row, i) => {
        for (let j = row.indexOf("1"); j >= 0; j = row.indexOf("1", j + 1)) {
          c.fillRect(x + j * w, y + i * h, Math.max(w, 2), Math.max(h, 2));
        }
      });
      c.globalAlpha = 1;
    }
    if (!this.grid) return;
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

// The ways in which an address tells of cells: all of them, those that are painted, or what each of
// those was painted with.

const cells = {
  read: (text) => text.split(".").map((row) => [...row]),
  write: (grid) => grid.map((row) => row.join("")).join("."),
};

const spots = {
  read(text, [n, m]) {
    const grid = Array.from({ length: n }, () => Array(m).fill("0"));
    for (const run of text.split(";").filter(Boolean)) {
      const [rows, column] = run.split(".");
      const [first, last = first] = rows.split("-").map(Number);
      for (let row = first; row <= last && row < n; row++) if (column < m) grid[row][column] = "1";
    }
    return grid;
  },
  write(grid) {
    const runs = [];
    for (let j = 0; j < (grid[0]?.length ?? 0); j++) {
      for (let i = 0; i < grid.length; i++) {
        if (grid[i][j] === "0") continue;
        const first = i;
        while (grid[i + 1]?.[j] === "1") i++;
        runs.push(first === i ? `${i}.${j}` : `${first}-${i}.${j}`);
      }
    }
    return runs.join(";");
  },
};

const edits = {
  read(text, [n, m]) {
    const grid = Array.from({ length: n }, () => Array(m).fill("."));
    for (const edit of text.split(";").filter(Boolean)) {
      const [place, thing] = edit.split(":").map(Number);
      if (place < n * m) grid[Math.floor(place / m)][place % m] = DIGITS[thing];
    }
    return grid;
  },
  write: (grid) =>
    grid
      .flat()
      .map((digit, place) => (digit === "." ? "" : `${place}:${DIGITS.indexOf(digit)}`))
      .filter(Boolean)
      .join(";"),
};
