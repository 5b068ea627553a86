// Sharing: the link is the state; to copy, to scan, and to set into another page.

import { button, make } from "./dom.js";
import { link, PARTS } from "./embed.js";
import { say } from "./language.js";
import { Menu } from "./menu.js";

const HIGH = 560; // pixels of an inner page

export class Sharing {
  // now() is the state on the stage: { path, query, title }
  constructor(now) {
    this.now = now;
    this.shown = new Set(); // the parts that an inner page keeps beside the stage
    this.menu = new Menu("sharing", say("saving.share"), { opened: () => this.open() });
  }

  open() {
    const state = this.now();
    this.field = read(say("saving.link"), link(state));
    this.code = read(say("saving.embed code"), "", "textarea");
    this.menu.show(
      titled(say("saving.link"), this.field, copier(this.field)),
      square(this.field.value),
      titled(say("saving.embed"), parts(this.shown, () => this.write(state)), this.code, copier(this.code)),
    );
    this.write(state);
    this.field.select();
  }

  write(state) {
    const hidden = PARTS.filter((part) => !this.shown.has(part));
    this.code.value = frame(link(state, hidden), `${state.title} · Glassbox`);
  }
}

// The way from the inner page to the whole one, at the state that is shown when it is taken.
export function out(now) {
  const way = make("a", { className: "out", textContent: say("saving.open whole"), target: "_blank", rel: "noopener" });
  way.onpointerenter = way.onfocus = () => (way.href = link(now()));
  way.onclick = way.onpointerenter;
  way.href = link(now());
  return way;
}

// The element to paste; its texts are quoted, for a title may hold anything.
const frame = (address, title) =>
  `<iframe src="${quoted(address)}" title="${quoted(title)}" width="100%" height="${HIGH}" style="border:0" loading="lazy" allow="fullscreen"></iframe>`;

const quoted = (text) => text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");

function read(label, value, tag = "input") {
  const field = make(tag, { className: "given", value, readOnly: true, spellcheck: false });
  field.setAttribute("aria-label", label);
  field.onclick = () => field.select();
  return field;
}

function titled(title, ...children) {
  return make("section", {}, make("h2", { textContent: title }), ...children);
}

function copier(field) {
  const copy = button(say("saving.copy"), async () => {
    field.select(); // where the clipboard is not ours, the person's own copy key does it
    copy.textContent = (await copied(field.value)) ? say("saving.copied") : say("saving.copy yourself");
    setTimeout(() => (copy.textContent = say("saving.copy")), 1500);
  });
  copy.setAttribute("aria-live", "polite");
  return copy;
}

// Browsers give the clipboard to pages from https or this machine only.
const copied = (text) => navigator.clipboard?.writeText(text).then(() => true, () => false) ?? false;

const FINE = 300; // characters of a link from which its code needs more room

// A square code of the link; a state too long for one says so.
export function square(address) {
  const image = make("img", { className: "code", alt: say("saving.qr"), width: 180, height: 180 });
  image.classList.toggle("fine", address.length > FINE);
  image.onerror = () => image.replaceWith(make("p", { className: "words", textContent: say("saving.no qr") }));
  image.src = `/qr.svg?text=${encodeURIComponent(address)}`;
  return image;
}

function parts(shown, changed) {
  const names = {
    controls: say("saving.controls"),
    numbers: say("saving.numbers"),
    lesson: say("saving.lesson"),
    theory: say("saving.theory"),
  };
  const boxes = PARTS.map((part) => {
    const box = make("input", { type: "checkbox", checked: shown.has(part) });
    box.onchange = () => {
      if (box.checked) shown.add(part);
      else shown.delete(part);
      changed();
    };
    return make("label", {}, box, names[part]);
  });
  return make("div", { className: "parts" }, ...boxes);
}
