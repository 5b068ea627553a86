// The card of numbers beside the scene, each with where it comes from.

import { make } from "./dom.js";
import { say } from "./language.js";
import { number } from "./number.js";

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
      floor.textContent = row.floor === null ? "" : say("shell.floor", { value: number(row.floor) });
      value.title = `${row.value}`;
    });
  }

  build(rows) {
    this.cells = rows.map(() => ({ value: make("b"), floor: make("small") }));
    const list = rows.flatMap((row, i) => {
      const origin = [row.formula, row.source && say("shell.from", { source: row.source })].filter(Boolean).join("  ·  ");
      const name = make("dt", { textContent: row.name, title: origin });
      name.dataset.name = row.key ?? row.name;
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
