// Many small pictures side by side: a click selects one, a double click switches it off.

import { say } from "../language.js";
import { clamp, Sheet } from "./canvas.js";
import { place, Pool, Raster } from "./ink.js";
import { Probe } from "./probe.js";
import { cut, exact, rounded } from "./words.js";

export function mount(host, tools) {
  const wall = new Wall(host, tools);
  return wall.sheet.mounted(
    (view) => wall.draw(view),
    () => wall.probe.destroy(),
  );
}

class Wall {
  constructor(host, tools) {
    this.tools = tools;
    this.raster = new Raster();
    this.pool = new Pool();
    this.sheet = new Sheet(host, tools, (c, view) => this.paint(c, view));
    this.probe = new Probe(this.sheet.canvas, tools, this, () => this.sheet.redraw());
  }

  draw(view) {
    const operated = view.select || view.toggle;
    this.sheet.canvas.setAttribute("role", operated ? "application" : "img");
    this.sheet.canvas.style.cursor = operated ? "pointer" : "";
    this.sheet.draw(view);
    this.probe.refresh();
  }

  paint(c, view) {
    const [k, n, m] = view.values.shape;
    this.grid = layout(view, this.sheet);
    const { ramp, low, high } = view;
    const factor = Math.max(1, Math.ceil(m / (this.grid.w * this.sheet.dots)));
    const { values } = factor > 1 ? this.pool.of(view.values, factor) : view;
    const [, down, across] = values.shape;
    const spec = { width: across, height: k * down, ramp, low, high };
    const picture = this.raster.of(this.tools, values, spec);
    const off = new Set(view.off);
    this.places = placed(view);
    for (let tile = 0; tile < k; tile++) {
      const [x, y, w, h] = this.box(tile);
      c.globalAlpha = off.has(tile) ? 0.25 : 1;
      place(c, picture, [0, tile * down, across, down], [x, y, w, h]);
      c.globalAlpha = 1;
      this.frame(c, view, tile, off.has(tile));
    }
  }

  frame(c, view, tile, off) {
    const [x, y, w, h] = this.box(tile);
    const { colour } = this.tools;
    const chosen = tile === view.selected;
    const under = tile === this.probe.mark?.tile;
    c.strokeStyle = colour(chosen ? "focus" : under ? "ink" : "line");
    c.lineWidth = chosen ? 2.5 : under ? 1.5 : 1;
    const out = c.lineWidth / 2;
    c.strokeRect(x - out, y - out, w + 2 * out, h + 2 * out);
    if (off) {
      c.strokeStyle = colour("error");
      c.lineWidth = 1.5;
      c.beginPath();
      c.moveTo(x, y + h);
      c.lineTo(x + w, y);
      c.stroke();
    }
    if (!this.grid.text || !view.labels[tile]) return;
    c.font = this.sheet.font(11, chosen ? 600 : 400);
    c.fillStyle = colour(chosen || under ? "ink" : "soft");
    c.textAlign = "left";
    c.textBaseline = "bottom";
    c.fillText(cut(c, view.labels[tile], w + this.grid.gap - 2), x, y - 2.5);
  }

  box(tile) {
    const { left, top, w, h, gap, text, across } = this.grid;
    const at = this.places[tile];
    const x = left + (at % across) * (w + gap);
    return [x, top + text + Math.floor(at / across) * (h + gap + text), w, h];
  }

  // --- what the probe asks; a mark is {tile, cell}, without a cell when the keys walk

  at(px, py) {
    if (!this.grid) return null;
    const [k, n, m] = this.sheet.view.values.shape;
    for (let tile = 0; tile < k; tile++) {
      const [x, y, w, h] = this.box(tile);
      if (px < x || px >= x + w || py < y - this.grid.text || py >= y + h) continue;
      const i = clamp(Math.floor(((py - y) / h) * n), 0, n - 1);
      return { tile, cell: py < y ? null : i * m + Math.floor(((px - x) / w) * m) };
    }
    return null;
  }

  lines({ tile, cell }) {
    const { view } = this.sheet;
    const [k, n, m] = view.values.shape;
    if (tile >= k) return null;
    const title = view.labels[tile] ?? say("view.tile", { n: tile });
    const off = view.off.includes(tile) ? [say("view.off")] : [];
    const ways = view.toggle ? [say("view.toggle")] : [];
    if (cell === null) return [title, ...off, ...ways];
    const place = say("view.cell", { row: Math.floor(cell / m), column: cell % m });
    const value = rounded(view.values.data[tile * n * m + cell], view.values.step);
    return [title, `${place}: ${value}`, ...off, ...ways];
  }

  place({ tile }) {
    const [x, y, w, h] = this.box(tile);
    return [x + w / 2, y + h / 2];
  }

  step(mark, dx, dy) {
    const k = this.sheet.view.values.shape[0];
    if (!k) return null;
    if (!mark) return { tile: clamp(this.sheet.view.selected, 0, k - 1), cell: null };
    const rows = Math.abs(dy) > 1 ? Math.sign(dy) : dy;
    const at = clamp(this.places[mark.tile] + dx + rows * this.grid.across, 0, k - 1);
    return { tile: this.places.indexOf(at), cell: null };
  }

  press({ tile }) {
    const { select, selected } = this.sheet.view;
    if (!select || tile === selected) return false;
    this.tools.set(select, String(tile));
    return true;
  }

  alter({ tile }) {
    const { toggle } = this.sheet.view;
    if (!toggle) return;
    const picks = new Set(this.tools.get(toggle).split(",").filter(Boolean).map(Number));
    if (!picks.delete(tile)) picks.add(tile);
    this.tools.set(toggle, [...picks].sort((a, b) => a - b).join(","));
  }
}

// The place of each tile: as they come, or where the order puts it.
function placed({ values, order }) {
  const places = Array.from({ length: values.shape[0] }, (_, tile) => tile);
  order.forEach((tile, at) => (places[tile] = at));
  return places;
}

// Tiles keep the shape of their values and are as large as the card allows.
function layout(view, { width, height, scale }) {
  const [k, n, m] = view.values.shape;
  const across = Math.max(1, Math.min(view.across, k));
  const down = Math.max(1, Math.ceil(k / across));
  const gap = clamp(width / across / 14, 4, 12);
  const wanted = view.labels.length ? 15 * scale : 0;
  const text = (height - 16) / down > 3 * wanted ? wanted : 0;
  const w = (width - 20 - gap * (across - 1)) / across;
  const h = (height - 16 - (gap + text) * down + gap) / down;
  const unit = Math.max(0.02, Math.min(w / (m || 1), h / (n || 1)));
  const [wide, high] = [unit * m, unit * n];
  const left = (width - across * wide - gap * (across - 1)) / 2;
  const top = Math.max(4, (height - down * (high + text) - gap * (down - 1)) / 2);
  return { left, top, w: wide, h: high, gap, text, across };
}
