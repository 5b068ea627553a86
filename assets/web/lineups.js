// Controls of a race: who runs side by side, and the pins on a ruler where they stop.

import { button, make } from "./dom.js";
import { called, say } from "./language.js";
import { clamp, shape } from "./shapes.js";

// Two lanes in a row: who, and beside it the setting that only this one has.
function lineup(control, id, { set }) {
  const { entrants, most } = control;
  const known = new Map(entrants.map((one) => [one.name, one]));
  let picks = [];
  const spell = () => set(picks.map(([who, own]) => (known.get(who).setting ? `${who}:${own}` : who)).join(";"));
  const lanes = Array.from({ length: most }, (_, i) => {
    const options = entrants.map(({ name, label }) => make("option", { value: name, textContent: called(control, label) }));
    const none = make("option", { value: "", textContent: "–" });
    const who = make("select", {}, ...options, none);
    who.id = i ? `${id}-${i}` : id;
    who.setAttribute("aria-label", say("controls.lane", { label: control.label, n: i + 1 }));
    const own = make("input", { type: "number", className: "exact", step: "any", inputMode: "decimal" });
    const named = make("small");
    who.onchange = () => {
      if (!who.value) picks.splice(i, 1);
      else picks[Math.min(i, picks.length)] = [who.value, known.get(who.value).setting?.default];
      spell();
    };
    own.onchange = () => {
      picks[i][1] = own.value.trim();
      spell();
    };
    return { who, own, named, none, row: make("div", { className: "lane" }, who, named, own) };
  });
  return {
    wide: true,
    parts: [make("div", { className: "lanes" }, ...lanes.map(({ row }) => row))],
    show(text) {
      picks = text.split(";").map((part) => part.split(":"));
      lanes.forEach(({ who, own, named, none, row }, i) => {
        const [name = "", value] = picks[i] ?? [];
        const setting = known.get(name)?.setting;
        who.value = name;
        none.disabled = picks.length === 1 && i === 0; // someone must run
        own.hidden = named.hidden = !setting;
        row.classList.toggle("free", !name);
        row.hidden = i > (picks.length | 1); // free lanes fill the row, or are the next one
        if (!setting) return;
        named.textContent = called(control, setting.label);
        Object.assign(own, { min: setting.low, max: setting.high, step: setting.step });
        own.setAttribute("aria-label", say("controls.lane setting", { setting: called(control, setting.label), label: control.label, n: i + 1 }));
        if (document.activeElement !== own) own.value = value ?? setting.default;
      });
    },
  };
}

// A ruler from `start` to `end`: a click sets a pin, a drag moves it between its neighbours, a double
// click or Delete takes it away; to the keyboard each pin is a slider.
function pins(control, id, { set }) {
  const { start, end, least, most, names } = control;
  const [w, h, pad] = [340, 44, 10];
  const way = Math.sign(end - start);
  const X = (at) => pad + ((at - start) / (end - start)) * (w - 2 * pad);
  const svg = shape("svg", { viewBox: `0 0 ${w} ${h}`, class: "pins", id });
  const track = shape("rect", { x: 0, y: 0, width: w, height: h, class: "ground" });
  const line = shape("line", { x1: X(start), x2: X(end), y1: 16, y2: 16 });
  const words = [[start, "start", 0], [end, "end", 1]].map(([at, anchor, i]) => {
    const word = shape("text", { x: X(at) + (i ? pad : -pad) / 2, y: h - 4, "text-anchor": anchor });
    word.textContent = i ? `${at} ${called(control, names[1])}` : `${called(control, names[0])} ${at}`;
    return word;
  });
  svg.append(track, line, ...words);
  let values = [];
  let dots = [];
  const spell = () => set(values.join(","));
  const at = (event) => {
    const box = svg.getBoundingClientRect();
    const share = (((event.clientX - box.left) / box.width) * w - pad) / (w - 2 * pad);
    return Math.round(start + clamp(share, 0, 1) * (end - start));
  };
  const move = (i, to) => {
    const before = i ? values[i - 1] + way : start;
    const after = i < values.length - 1 ? values[i + 1] - way : end;
    const inside = clamp(to, Math.min(before, after), Math.max(before, after));
    if (inside === values[i]) return;
    values[i] = inside;
    spell();
  };
  const drop = (i) => {
    if (values.length <= least) return;
    values.splice(i, 1);
    spell();
    dots[Math.min(i, values.length - 1)]?.focus();
  };
  const add = (value) => {
    if (values.length >= most || values.includes(value)) return;
    values = [...values, value].sort((a, b) => way * (a - b));
    spell();
  };
  const help = shape("title");
  help.textContent = say("controls.pins");
  track.append(help);
  track.onclick = (event) => add(at(event));
  const more = button(say("controls.add"), () => add(middle([start, ...values, end])), say("controls.add why"));
  const says = make("output");

  function dot(i) {
    const made = shape("circle", { r: 6, cy: 16, tabindex: 0, role: "slider", "aria-label": say("controls.pin", { label: control.label, n: i + 1 }) });
    made.setAttribute("aria-valuemin", Math.min(start, end));
    made.setAttribute("aria-valuemax", Math.max(start, end));
    const held = () => dots.indexOf(made);
    made.onpointerdown = (event) => made.setPointerCapture(event.pointerId);
    made.onpointermove = (event) => made.hasPointerCapture(event.pointerId) && move(held(), at(event));
    made.ondblclick = () => drop(held());
    made.onkeydown = (event) => {
      const right = { ArrowRight: way, ArrowUp: way, ArrowLeft: -way, ArrowDown: -way }[event.key];
      if (right) move(held(), values[held()] + right * (event.shiftKey ? 1 : 10));
      else if (event.key === "Delete" || event.key === "Backspace") drop(held());
      else return;
      event.preventDefault();
      event.stopPropagation();
    };
    return made;
  }

  return {
    wide: true,
    parts: [make("div", { className: "acts" }, says, more), svg],
    show(text) {
      values = text.split(",").map(Number);
      while (dots.length > values.length) dots.pop().remove();
      while (dots.length < values.length) svg.append(dots[dots.push(dot(dots.length)) - 1]);
      dots.forEach((made, i) => {
        made.setAttribute("cx", X(values[i]));
        made.setAttribute("aria-valuenow", values[i]);
      });
      more.disabled = values.length >= most;
      says.textContent = say("controls.at most", { n: values.length, most });
    },
  };
}

// The middle of the widest gap between neighbours.
function middle(values) {
  let best = 0;
  for (let i = 1; i + 1 < values.length; i++) {
    if (Math.abs(values[i + 1] - values[i]) > Math.abs(values[best + 1] - values[best])) best = i;
  }
  return Math.round((values[best] + values[best + 1]) / 2);
}

export const lineups = { lineup, pins };
