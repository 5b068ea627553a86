// A menu of the header: a button that opens a small panel, and closes it when one is done or looks elsewhere.

import { make } from "./dom.js";
import { lay } from "./overlays.js";

export class Menu {
  // opened() fills the panel, closed() ends what is under way
  constructor(kind, label, { opened = () => {}, closed = () => {} } = {}) {
    this.items = make("div", { className: "items" });
    this.name = make("summary", { className: "quiet", textContent: label });
    this.host = make("details", { className: `menu ${kind}` }, this.name, this.items);
    this.host.ontoggle = () => {
      this.gone?.();
      this.gone = this.host.open ? lay(() => this.close(), this.name) : null;
      if (this.host.open) opened();
      else closed();
    };
    this.busy = false; // while something is made here, only Escape and its own buttons close it
    addEventListener("pointerdown", ({ target }) => this.busy || this.host.contains(target) || this.close());
  }

  close() {
    this.host.open = false;
  }

  show(...children) {
    this.items.replaceChildren(...children);
  }
}
