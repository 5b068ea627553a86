// The cards beside the scene: numbers with where they come from, and the lesson.

import { button, make } from "./dom.js";
import { number } from "./number.js";

const KEPT = "glassboxStep"; // for as long as the tab lives

export class Numbers {
  constructor(host) {
    this.host = host;
    this.names = "";
  }

  show(view) {
    const rows = view?.rows ?? [];
    const names = rows.map((row) => row.name).join("|");
    if (names !== this.names) this.build(rows);
    this.names = names;
    rows.forEach((row, i) => {
      const { value, floor } = this.cells[i];
      value.textContent = `${number(row.value)}${row.unit ? " " + row.unit : ""}`;
      floor.textContent = row.floor === null ? "" : `floor ${number(row.floor)}`;
      value.title = `${row.value}`;
    });
  }

  build(rows) {
    this.cells = rows.map(() => ({ value: make("b"), floor: make("small") }));
    const list = rows.flatMap((row, i) => {
      const origin = [row.formula, row.source && `from ${row.source}`].filter(Boolean).join("  ·  ");
      const name = make("dt", { textContent: row.name, title: origin });
      const cell = make("dd", {}, this.cells[i].value, " ", this.cells[i].floor);
      if (!origin) return [name, cell];
      name.classList.add("told");
      const from = make("dd", { className: "origin", textContent: origin });
      name.tabIndex = 0;
      name.onclick = () => from.classList.toggle("open");
      // braces: a handler that returns false would swallow the key, Tab too
      name.onkeydown = (event) => {
        if (event.key === "Enter") name.click();
      };
      return [name, cell, from];
    });
    this.host.replaceChildren(...list);
    this.host.closest(".card").hidden = !rows.length;
  }
}

export class Lesson {
  // go(query) shows a state of this page; told() hears that another step is read
  constructor(host, go, told) {
    Object.assign(this, { host, go, told });
    this.title = make("h2");
    this.name = make("h3");
    this.text = make("div", { className: "text" });
    this.back = button("‹ Back", () => this.turn(this.at - 1));
    this.show = button("Show", () => this.turn(this.at), "set the page as this step says");
    this.on = button("Next ›", () => this.turn(this.at + 1));
    const buttons = make("div", { className: "acts" }, this.back, this.show, this.on);
    host.replaceChildren(this.title, this.name, this.text, buttons);
  }

  // Opens at the step that was read last, if the page is still in its state; a link opens at its own step.
  build(steps, path, query) {
    Object.assign(this, { steps, path });
    const [where, at] = (sessionStorage[KEPT] ?? "").split("#");
    const same = where === path && steps[at]?.query === query;
    this.read(same ? +at : query ? steps.findIndex((step) => step.query === query) : 0);
  }

  turn(at) {
    this.read(at);
    this.go(this.steps[this.at].query);
  }

  read(at) {
    this.at = Math.min(Math.max(at, 0), this.steps.length - 1);
    const step = this.steps[this.at];
    this.title.textContent = `Lesson, step ${this.at + 1} of ${this.steps.length}`;
    this.name.textContent = step.title;
    this.text.innerHTML = step.html; // Markdown of our own lesson.md, rendered without raw HTML
    this.back.disabled = this.at === 0;
    this.on.disabled = this.at === this.steps.length - 1;
    sessionStorage[KEPT] = `${this.path}#${this.at}`;
    this.told();
  }
}
