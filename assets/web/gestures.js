// Controls that a hand moves: points in a picture, a curve that is bent, a drawing.

import { fromFile, fromTable } from "./brought.js";
import { button, make } from "./dom.js";
import { say } from "./language.js";
import { lay } from "./overlays.js";
import { clamp, shape } from "./shapes.js";
import * as drawing from "./strokes.js";
import { items, summary } from "./summary.js";

const MANY = 5; // fewer are sooner dragged
const SHOWN = 20_000; // characters of a pasted table that stay in the field

const dragged = summary(items(";"), (n, c) => say(c.most > 1 ? "controls.of in picture" : "controls.drag it", { n, most: c.most }));

// Where there may be many, they can also be brought: a table pasted, a file dropped or chosen.
function points(control, id, tools) {
  const made = dragged(control, id, tools);
  if (control.most < MANY || control.x[0] === control.x[1]) return made;
  const says = make("output", { className: "brought" });
  says.setAttribute("role", "status");
  const take = async (read) => {
    try {
      const { points, said } = await read();
      tools.set(points.map((point) => point.join(",")).join(";"));
      says.textContent = said;
    } catch (problem) {
      says.textContent = problem.message;
    }
  };
  const box = make("textarea", { rows: 2, spellcheck: false, placeholder: say("controls.paste") });
  box.setAttribute("aria-label", say("controls.paste label", { label: control.label }));
  const file = (list) => list?.[0] && (take(() => fromFile(list[0], control)), true);
  box.oninput = () => box.value.trim() && take(() => fromTable(box.value, control));
  box.onpaste = (event) => {
    const text = event.clipboardData?.getData("text") ?? "";
    if (file(event.clipboardData?.files)) event.preventDefault();
    else if (text.length > SHOWN) {
      event.preventDefault(); // a field takes seconds to lay out a long table
      take(() => fromTable(text, control));
    } else box.value = ""; // what is pasted is a whole table
  };
  const chosen = make("input", { type: "file", accept: "image/*,.csv,.tsv,.txt", hidden: true });
  chosen.onchange = () => (file(chosen.files), (chosen.value = ""));
  const acts = make("div", { className: "acts" }, button(say("controls.choose file"), () => chosen.click()), chosen, says);
  const tray = make("div", { className: "tray", hidden: true }, box, acts);
  let gone;
  const open = button(say("controls.bring"), () => {
    tray.hidden = !tray.hidden;
    if (tray.hidden) gone();
    else gone = lay(() => open.click(), open);
    open.setAttribute("aria-expanded", String(!tray.hidden));
    if (!tray.hidden) box.focus();
  }, say("controls.bring why"));
  open.setAttribute("aria-expanded", "false");
  tray.ondragover = (event) => event.preventDefault();
  tray.ondrop = (event) => {
    event.preventDefault();
    if (!file(event.dataTransfer.files)) take(() => fromTable(event.dataTransfer.getData("text"), control));
  };
  const [count, back] = made.parts;
  return { ...made, parts: [make("div", { className: "acts" }, count, open), back, tray] };
}

// A curve with knots at equal distances; each knot is a vertical slider to the keyboard. In a curve
// that must rise, a knot takes those along that are in its way.
function curve(control, id, { set }) {
  const { knots, low, high, rise } = control;
  const [w, h, pad] = [220, 72, 8];
  const X = (i) => pad + (i * (w - 2 * pad)) / Math.max(1, knots - 1);
  const Y = (v) => h - pad - ((v - low) / (high - low)) * (h - 2 * pad);
  const svg = shape("svg", { viewBox: `0 0 ${w} ${h}`, class: "curve", id });
  const line = shape("polyline", { fill: "none" });
  svg.append(line);
  let values = [];
  const change = (i, value) => {
    values[i] = +clamp(value, low + i * rise, high - (knots - 1 - i) * rise).toPrecision(3);
    if (rise) {
      values = values.map((other, j) => {
        const bound = +(values[i] + (j - i) * rise).toPrecision(6);
        return j < i ? Math.min(other, bound) : Math.max(other, bound);
      });
    }
    set(values.join(","));
  };
  const dots = Array.from({ length: knots }, (_, i) => {
    const dot = shape("circle", { r: 5, cx: X(i), tabindex: 0, role: "slider", "aria-label": say("controls.knot", { label: control.label, n: i + 1 }) });
    dot.onpointerdown = (event) => dot.setPointerCapture(event.pointerId);
    dot.onpointermove = (event) => {
      if (!dot.hasPointerCapture(event.pointerId)) return;
      const box = svg.getBoundingClientRect();
      const y = ((event.clientY - box.top) / box.height) * h;
      change(i, low + ((h - pad - y) / (h - 2 * pad)) * (high - low));
    };
    dot.onkeydown = (event) => {
      const way = { ArrowUp: 1, ArrowDown: -1 }[event.key];
      if (!way) return;
      event.preventDefault();
      change(i, values[i] + (way * (high - low)) / 50);
    };
    svg.append(dot);
    return dot;
  });
  return {
    wide: true,
    parts: [svg],
    show(text) {
      values = text.split(",").map(Number);
      line.setAttribute("points", values.map((v, i) => `${X(i)},${Y(v)}`).join(" "));
      dots.forEach((dot, i) => {
        dot.setAttribute("cy", Y(values[i]));
        dot.setAttribute("aria-valuenow", values[i]);
      });
    },
  };
}

// A pad to draw on, one dot a pixel of the drawing. By keyboard: arrows move the pen, Enter lowers it or lifts it.
function strokes(control, id, { set }) {
  const { width, height, most } = control;
  const pad = make("canvas", { id, className: "pad", width, height, tabIndex: 0 });
  pad.setAttribute("role", "application");
  pad.setAttribute("aria-label", say("controls.pad", { label: control.label }));
  let drawn = [];
  let pen = null; // of the keyboard: {at, down}
  const put = (point, fresh) => {
    const next = drawing.grown(drawn, point, fresh, most);
    if (next) set(drawing.write((drawn = next)));
  };
  const at = (event) => {
    const box = pad.getBoundingClientRect();
    const x = Math.floor(((event.clientX - box.left) / box.width) * width);
    const y = Math.floor(((event.clientY - box.top) / box.height) * height);
    return [clamp(x, 0, width - 1), clamp(y, 0, height - 1)];
  };
  pad.onpointerdown = (event) => {
    pad.setPointerCapture(event.pointerId);
    put(at(event), true);
  };
  pad.onpointermove = (event) => pad.hasPointerCapture(event.pointerId) && put(at(event), false);
  pad.onkeydown = (event) => {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!way && event.key !== "Enter") return;
    event.preventDefault();
    pen ??= { at: [width >> 1, height >> 1], down: false };
    if (way) pen.at = [clamp(pen.at[0] + way[0], 0, width - 1), clamp(pen.at[1] + way[1], 0, height - 1)];
    else pen.down = !pen.down;
    if (pen.down) put(pen.at, !way);
    show();
  };
  pad.onblur = () => {
    pen = null;
    show();
  };
  const show = () => {
    const c = pad.getContext("2d");
    c.clearRect(0, 0, width, height);
    c.strokeStyle = getComputedStyle(pad).color;
    drawing.trace(c, drawn, width / 12);
    if (!pen) return;
    c.strokeStyle = getComputedStyle(pad).outlineColor;
    drawing.trace(c, [[pen.at]], pen.down ? 3 : 1.5);
  };
  const back = button(say("controls.reset"), () => set(control.default), say("controls.default"));
  return {
    wide: true,
    parts: [pad, make("div", { className: "acts" }, button(say("controls.clear"), () => set("")), ...(control.default ? [back] : []))],
    show(text) {
      drawn = drawing.read(text);
      show();
    },
  };
}

export const gestures = { points, curve, strokes };
