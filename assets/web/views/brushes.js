// What a click on a board does: look at a cell, or put other ground there with the brush in hand.

import { button, make } from "../dom.js";
import { say } from "../language.js";

const DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz";
const KEYS = "123456789abcdefghijklm"; // of the brushes; 0 looks

export class Brushes {
  // chosen() is told of another brush; keys count while the canvas is in focus.
  constructor(frame, canvas, chosen) {
    Object.assign(this, { chosen, names: "", digit: null });
    this.row = frame.appendChild(make("div", { className: "g-brushes", hidden: true }));
    this.row.setAttribute("role", "toolbar");
    this.row.setAttribute("aria-label", say("view.brushes"));
    canvas.addEventListener("keydown", (event) => this.key(event));
  }

  take({ paint, brushes }) {
    const names = paint ? brushes.join("|") : "";
    if (names === this.names) return;
    this.names = names;
    this.digit = null;
    this.row.hidden = !names;
    const some = brushes.map((name, i) => [name, DIGITS[i], KEYS[i]]);
    const all = [[say("view.look"), null, "0"], ...some, [say("view.erase"), ".", KEYS[some.length]]];
    this.buttons = all.map(([name, digit, key]) => {
      const made = button(name, () => this.choose(digit), say("view.brush key", { key }));
      return { digit, key, made };
    });
    this.row.replaceChildren(...this.buttons.map(({ made }) => made));
    this.show();
  }

  choose(digit) {
    this.digit = digit;
    this.show();
    this.chosen();
  }

  show() {
    for (const { digit, made } of this.buttons) made.setAttribute("aria-pressed", digit === this.digit);
  }

  key(event) {
    if (!this.names || event.ctrlKey || event.metaKey || event.altKey) return;
    const found = this.buttons.find(({ key }) => key === event.key);
    if (!found) return;
    event.preventDefault();
    this.choose(found.digit);
  }
}
