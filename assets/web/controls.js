// The controls card: each declared parameter as a native control; a change goes to the address.

import { make } from "./dom.js";
import { gestures } from "./gestures.js";
import { grids } from "./grids.js";
import { called, say } from "./language.js";
import { lineups } from "./lineups.js";
import { picks } from "./picks.js";

const kinds = { slider, seed: slider, choice, toggle, text, ...gestures, ...grids, ...picks, ...lineups };

export class Controls {
  // set(name, text, {push}) changes the address; get(name) reads it; step() is the clock's present step
  constructor(host, { set, get, step }) {
    Object.assign(this, { host, set, get, step, rows: [] });
    this.wrong = make("small", { className: "wrong" });
  }

  build(declared) {
    this.rows = declared.map((control) => {
      const id = `control-${control.name}`;
      const made = kinds[control.kind](control, id, { ...this, set: (text) => this.set(control.name, text) });
      const label = make("label", { textContent: control.label, htmlFor: id, id: `${id}-label` });
      const row = make("div", { className: `control ${control.kind} ${made.wide ? "wide" : ""}` }, label, ...made.parts);
      row.dataset.name = control.name;
      return { control, row, show: made.show };
    });
    this.host.replaceChildren(...this.rows.map(({ row }) => row));
    this.refresh();
  }

  // what the address says, on the controls; what does not apply is hidden
  refresh() {
    for (const { control, row, show } of this.rows) {
      show(this.get(control.name));
      row.hidden = !Object.entries(control.when).every(([name, value]) => value.split("|").includes(this.get(name)));
    }
  }

  // What the server says of a parameter by its name in the address, by the label that a person knows; it
  // stands at the control too, which may be all that is in sight.
  blame(told) {
    this.wrong.remove();
    const [, name, sign] = /^(\w+)(=|: )/.exec(told) ?? [];
    const { control, row } = this.rows.find((each) => each.control.name === name) ?? {};
    if (!control) return told;
    this.wrong.textContent = told.slice(name.length + sign.length);
    row.append(this.wrong);
    return `${control.label}${sign === "=" ? " = " : sign}${this.wrong.textContent}`;
  }
}

function slider(control, id, { set }) {
  const { low, high, step, whole, log } = control;
  const to = (value) => (log ? (1000 * Math.log(value / low)) / Math.log(high / low) : value);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const from = (position) => {
    if (!log) return whole ? Math.round(position) : +(+position).toFixed(digits);
    const value = low * (high / low) ** (position / 1000);
    return whole ? Math.round(value) : +value.toPrecision(2);
  };
  const range = make("input", {
    type: "range", id,
    min: log ? 0 : low, max: log ? 1000 : high, step: log ? 1 : step,
  });
  const box = make("input", {
    type: "number", className: "exact", min: low, max: high, step: whole ? 1 : "any", inputMode: "decimal",
  });
  box.setAttribute("aria-labelledby", `${id}-label`);
  range.oninput = () => {
    box.value = from(+range.value);
    set(String(from(+range.value)));
  };
  // by keyboard every press is another value: equal ratios would round to the same whole number
  range.onkeydown = (event) => {
    const way = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
    if (!way || !log) return;
    event.preventDefault();
    const now = from(+range.value);
    const next = whole ? now + way * Math.max(1, Math.round(now / 20)) : +(now * 1.1 ** way).toPrecision(2);
    range.value = to(Math.min(high, Math.max(low, next)));
    range.oninput();
  };
  // a number typed by hand is not bent to fit: the server says what would be right
  box.onchange = () => set(box.value.trim());
  const parts = [range, box];
  if (control.kind === "seed") {
    const dice = make("button", { type: "button", className: "quiet", textContent: say("controls.new"), title: say("controls.another seed") });
    dice.onclick = () => set(String(Math.floor(Math.random() * (high + 1))));
    parts.splice(0, 1, dice);
    box.id = id;
  }
  return {
    parts,
    show(text) {
      if (document.activeElement !== range) range.value = to(+text);
      if (document.activeElement !== box) box.value = text;
      range.setAttribute("aria-valuetext", text);
    },
  };
}

function choice(control, id, { set }) {
  const short = control.options.length <= 4 && control.options.map((o) => called(control, o)).join("").length <= 30;
  if (!short) {
    const select = make("select", { id }, ...control.options.map((o) => make("option", { value: o, textContent: called(control, o) })));
    select.onchange = () => set(select.value);
    return { parts: [select], wide: true, show: (text) => (select.value = text) };
  }
  const group = make("div", { className: "segments", id });
  group.setAttribute("role", "radiogroup");
  group.setAttribute("aria-labelledby", `${id}-label`);
  const radios = control.options.map((option) => {
    const radio = make("input", { type: "radio", name: id, value: option });
    radio.onchange = () => set(option);
    group.append(make("label", {}, radio, make("span", { textContent: called(control, option) })));
    return radio;
  });
  return { parts: [group], wide: true, show: (text) => radios.forEach((r) => (r.checked = r.value === text)) };
}

function toggle(control, id, { set }) {
  const box = make("input", { type: "checkbox", id, className: "switch" });
  box.setAttribute("role", "switch");
  box.onchange = () => set(box.checked ? "1" : "0");
  return { parts: [box], show: (text) => (box.checked = text === "1") };
}

function text(control, id, { set }) {
  const long = control.max_length > 80;
  const box = make(long ? "textarea" : "input", { id, maxLength: control.max_length, spellcheck: false, rows: 2 });
  let timer;
  box.oninput = () => {
    clearTimeout(timer);
    timer = setTimeout(() => set(box.value), 250); // a word, not a letter, is a new question
  };
  box.onchange = () => {
    clearTimeout(timer);
    set(box.value);
  };
  const parts = control.examples.length ? [examples(control, set), box] : [box];
  return { parts, wide: true, show: (value) => document.activeElement !== box && (box.value = value) };
}

// texts to begin with; the list shows which of them stands in the box
function examples(control, set) {
  const list = make("select", { title: say("controls.example") }, make("option", { value: "", textContent: say("controls.examples") }));
  list.append(...control.examples.map(([name, words]) => make("option", { value: words, textContent: called(control, name) })));
  list.setAttribute("aria-label", say("controls.examples of", { label: control.label }));
  list.onchange = () => {
    if (list.value) set(list.value);
    list.value = "";
  };
  return list;
}
