// Controls that pick numbered or named things: which, in which order, when and where.

import { button, make } from "./dom.js";
import { called, say } from "./language.js";
import { clamp } from "./shapes.js";
import { items, summary } from "./summary.js";

const tokens = summary(items(","), (n) => say(n ? "controls.picked" : "controls.pick in picture", { n }));
const edits = summary(items(";"), (n) => say(n ? "controls.edits" : "controls.no edits", { n }));

// Buttons that act now: an event at the step on the screen.
function timeline(control, id, { set, step }) {
  const says = make("output", { id });
  let now = [];
  const spell = (events) => events.map(([at, what]) => `${at}:${what}`).join(";");
  const acts = control.actions.map(([name, label]) =>
    button(called(control, label), () => {
      const at = clamp(step(), 0, control.last);
      set(spell([...now, [at, name]].sort((a, b) => a[0] - b[0])));
    }),
  );
  const undo = button(say("controls.undo"), () => set(spell(now.slice(0, -1))), say("controls.undo why"));
  return {
    wide: true,
    parts: [make("div", { className: "acts" }, ...acts, undo, says)],
    show(text) {
      now = text.split(";").filter(Boolean).map((part) => [+part.split(":")[0], part.split(":")[1]]);
      undo.disabled = !now.length;
      says.textContent = now.length ? say("controls.done", { n: now.length, at: now.at(-1)[0] }) : "";
    },
  };
}

// Named things in a row; drag one along, or move it by the arrow keys.
function order(control, id, { set }) {
  const list = make("div", { id, className: "chips" });
  list.setAttribute("role", "group");
  list.setAttribute("aria-labelledby", `${id}-label`);
  const chips = new Map(control.items.map((name) => [name, button(called(control, name), () => {}, say("controls.order"))]));
  let now = [];
  let held = "";
  const put = (name, at) => {
    const others = now.filter((other) => other !== name);
    others.splice(clamp(at, 0, others.length), 0, name);
    set(others.join(","));
  };
  // the chip whose middle is nearest gives way
  const under = ({ clientX, clientY }) => {
    const far = (name) => {
      const box = chips.get(name).getBoundingClientRect();
      return Math.hypot(clientX - box.left - box.width / 2, 2 * (clientY - box.top - box.height / 2));
    };
    return now.reduce((best, name) => (far(name) < far(best) ? name : best));
  };
  list.onpointerdown = (event) => {
    held = [...chips.keys()].find((name) => chips.get(name) === event.target) ?? "";
    if (held) list.setPointerCapture(event.pointerId); // the chip itself will move about in the page
  };
  list.onpointermove = (event) => {
    if (!held || !list.hasPointerCapture(event.pointerId)) return;
    chips.get(held).classList.add("held");
    const other = under(event);
    if (other !== held) put(held, now.indexOf(other));
  };
  list.onpointerup = list.onpointercancel = () => {
    chips.get(held)?.classList.remove("held");
    held = "";
  };
  for (const [name, chip] of chips) {
    chip.onkeydown = (event) => {
      const way = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
      if (!way) return;
      event.preventDefault();
      put(name, now.indexOf(name) + way);
    };
  }
  return {
    wide: true,
    parts: [list],
    show(text) {
      now = text.split(",").filter((name) => chips.has(name));
      const focused = document.activeElement;
      list.replaceChildren(...now.map((name) => chips.get(name)));
      now.forEach((name, i) => chips.get(name).setAttribute("aria-label", say("controls.order place", { name: called(control, name), n: i + 1, all: now.length })));
      if (list.contains(focused)) focused.focus();
    },
  };
}

export const picks = { tokens, timeline, order, edits };
