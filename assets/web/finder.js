// The search box: a list of finds below it, walked with the arrows, opened with Enter.

import { make } from "./dom.js";
import { say } from "./language.js";
import { lay } from "./overlays.js";
import { index, search } from "./search.js";

const IN = { step: "start.in step", control: "start.in control", theory: "start.in theory", symbol: "start.in symbol" };

export class Finder {
  // go(path, query) opens what was found
  constructor(pages, go) {
    Object.assign(this, { go, entries: index(pages), found: [], at: -1 });
    this.input = make("input", { type: "search", placeholder: say("start.search"), autocomplete: "off", spellcheck: false });
    this.list = make("ul", { id: "found", hidden: true });
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", say("start.found"));
    const { input } = this;
    for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-controls": "found", "aria-expanded": "false", "aria-label": say("start.search") }))
      input.setAttribute(name, value);
    input.oninput = () => this.look();
    input.onfocus = () => this.look();
    input.onblur = () => this.close();
    input.onkeydown = (event) => this.key(event);
    this.none = make("p", { className: "none", textContent: "" });
    this.none.setAttribute("role", "status");
    this.host = make("div", { className: "finder" }, input, this.list, this.none);
  }

  look() {
    const asked = this.input.value.trim();
    this.found = search(this.entries, asked);
    this.list.replaceChildren(...this.found.map((entry, i) => this.row(entry, i)));
    this.none.textContent = asked && !this.found.length ? say("start.nothing", { asked }) : "";
    this.point(this.found.length ? 0 : -1);
    this.open(this.found.length > 0);
  }

  row({ page, kind, text }, i) {
    const what = IN[kind] ? say(IN[kind], { text }) : kind === "term" ? text : page.blurb;
    const row = make("li", { id: `found-${i}` }, make("b", { textContent: page.title }), " ", make("span", { textContent: what }));
    row.setAttribute("role", "option");
    row.onpointerdown = (event) => event.preventDefault(); // else the box loses the focus, and the list goes
    row.onclick = () => this.take(i);
    return row;
  }

  open(whether) {
    this.gone?.();
    this.gone = whether ? lay(() => this.close(), this.input) : null;
    this.list.hidden = !whether;
    this.input.setAttribute("aria-expanded", whether);
  }

  close() {
    this.open(false);
    this.none.textContent = "";
  }

  point(at) {
    this.at = at;
    [...this.list.children].forEach((row, i) => row.setAttribute("aria-selected", i === at));
    this.list.children[at]?.scrollIntoView({ block: "nearest" });
    if (at < 0) this.input.removeAttribute("aria-activedescendant");
    else this.input.setAttribute("aria-activedescendant", `found-${at}`);
  }

  take(at) {
    const { page, query } = this.found[at];
    this.go(page.path, query);
  }

  key(event) {
    const { key } = event;
    const way = { ArrowDown: 1, ArrowUp: -1 }[key];
    if (way && this.found.length) {
      event.preventDefault();
      this.open(true);
      this.point((this.at + way + this.found.length) % this.found.length);
    } else if (key === "Enter" && this.at >= 0 && !this.list.hidden) this.take(this.at);
  }
}
