// The value of a `points` parameter (or a `table` of two columns): the address's text, or what a hand is making of it.

import { clamp } from "./canvas.js";

export class Points {
  constructor(tools, redraw) {
    Object.assign(this, { tools, redraw, asked: 0 });
    this.held = new Map(); // param -> points as the hand has them, until a frame answers
  }

  // The parameter's own text knows more than a frame that may be one drag behind, but where handles
  // move from frame to frame.
  of({ param, clock, xy: { data, shape } }) {
    if (this.held.has(param)) return this.held.get(param);
    const pairs = this.tools.get(param).split(";").filter(Boolean);
    if (pairs.length && !clock) return pairs.map((pair) => pair.split(",").map(Number));
    return Array.from({ length: shape[0] }, (_, i) => [data[2 * i], data[2 * i + 1]]);
  }

  // A layer as the hand has it.
  now(layer) {
    const points = this.held.get(layer.param);
    if (!points) return layer;
    return { ...layer, xy: { data: Float64Array.from(points.flat()), shape: [points.length, 2] } };
  }

  // A frame brings new positions: unless the hand is still at work, they are the truth.
  answered(param) {
    if (!this.asked) this.held.delete(param);
  }

  move(layer, index, place, view) {
    this.change(layer, (points) => (points[index] = this.inside(layer, place, view)));
  }

  add(layer, place, view) {
    const most = this.tools.control(layer.param)?.most ?? Infinity;
    if (this.of(layer).length >= most) return;
    this.change(layer, (points) => points.push(this.inside(layer, place, view)));
  }

  // True if there was one too many.
  drop(layer, index) {
    const least = this.tools.control(layer.param)?.least ?? 0;
    if (!layer.grow || this.of(layer).length <= least) return false;
    this.change(layer, (points) => points.splice(index, 1));
    return true;
  }

  // Within the parameter's own ends, in the digits that its window can show (a table's: its steps).
  inside({ param }, place, view) {
    const control = this.tools.control(param);
    const table = control?.kind === "table";
    const ends = table ? Array(2).fill([control.low, control.high]) : [control?.x ?? view.x, control?.y ?? view.y];
    return place.map((value, axis) => {
      const [low, high] = ends[axis];
      const finest = table ? control.step : (high - low || 1) / 1000;
      const digits = clamp(-Math.floor(Math.log10(finest) + 1e-9), 0, 8);
      return clamp(+value.toFixed(digits), low, high);
    });
  }

  // However fast the hand, the parameter is set once a picture.
  change(layer, act) {
    const points = this.of(layer).map((point) => [...point]);
    act(points);
    this.held.set(layer.param, points);
    const when = layer.clock ? { [layer.clock]: this.tools.hold() } : {};
    this.asked ||= requestAnimationFrame(() => {
      this.asked = 0;
      this.tools.set(layer.param, text(this.held.get(layer.param)), when);
    });
    this.redraw();
  }

  destroy() {
    cancelAnimationFrame(this.asked);
  }
}

const text = (points) => points.map(([x, y]) => `${x},${y}`).join(";");
