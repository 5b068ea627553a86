// A place in a picture, marked by a learner before they see what will be there.

import { make } from "./dom.js";
import { say } from "./language.js";

const STEP = 0.04; // of the picture, by an arrow key
const KEYS = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] };

export class Mark {
  // marked([x, y]): parts of the picture's width and height from its upper left corner
  constructor(marked) {
    this.marked = marked;
    this.pin = make("span", { className: "pin" });
    this.pane = make("div", { className: "marking", tabIndex: 0 }, this.pin);
    this.pane.setAttribute("role", "application");
    this.pane.onpointerdown = (event) => {
      event.stopPropagation();
      const box = this.pane.getBoundingClientRect();
      this.put([(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height]);
      this.marked(this.place);
    };
    this.pane.onkeydown = (event) => this.key(event);
  }

  // Ask for a place in a view, or show the one that was marked; an empty view asks for nothing.
  ask(view, open, place) {
    Object.assign(this, { view, open });
    this.put(place ?? (open ? [0.5, 0.5] : null));
    this.pane.classList.toggle("open", open);
    this.pane.tabIndex = open ? 0 : -1;
    this.pane.setAttribute("aria-label", say(open ? "lesson.mark keys" : "lesson.marked"));
    this.stand();
  }

  // Views are built anew when a scene changes: the pane moves into the one it belongs to.
  stand() {
    const body = this.view && this.place ? document.querySelector(`figure[data-view="${CSS.escape(this.view)}"] .view-body`) : null;
    if (!body) this.pane.remove();
    else if (this.pane.parentElement !== body) body.append(this.pane);
  }

  put(place) {
    this.place = place?.map((part) => Math.min(1, Math.max(0, part)));
    if (!place) return;
    this.pin.style.left = `${100 * this.place[0]}%`;
    this.pin.style.top = `${100 * this.place[1]}%`;
  }

  key(event) {
    const by = KEYS[event.key];
    if (!this.open || (!by && event.key !== "Enter")) return;
    event.preventDefault();
    if (by) this.put(this.place.map((part, axis) => part + by[axis]));
    else this.marked(this.place);
  }
}
