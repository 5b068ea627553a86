// A place in a picture, marked by a learner before they see what will be there; and where a room has marked.

import { make } from "./dom.js";
import { say } from "./language.js";

const STEP = 0.04; // of the picture, by an arrow key
const GRID = 24; // cells each way in which a room's marks are counted (app/led.py)
const KEYS = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] };

// the number of the cell in which a place lies, row by row
export function cell([x, y]) {
  const [column, row] = [x, y].map((part) => Math.min(GRID - 1, Math.floor(part * GRID)));
  return row * GRID + column;
}

export class Mark {
  // marked([x, y]): parts of the picture's width and height from its upper left corner
  constructor(marked) {
    this.marked = marked;
    this.pin = make("span", { className: "pin" });
    this.spots = make("div", { className: "spots" });
    this.pane = make("div", { className: "marking", tabIndex: 0 }, this.spots, this.pin);
    this.pane.setAttribute("role", "application");
    this.pane.onpointerdown = (event) => {
      event.stopPropagation();
      const box = this.pane.getBoundingClientRect();
      this.put([(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height]);
      this.marked(this.place);
    };
    this.pane.onkeydown = (event) => this.key(event);
  }

  // Ask for a place in a view, or show the one that was marked, and how often each cell was; an empty view
  // asks for nothing.
  ask(view, open, place, counts) {
    Object.assign(this, { view, open });
    this.put(place ?? (open ? [0.5, 0.5] : null));
    this.crowd(view && counts);
    this.pane.classList.toggle("open", open);
    this.pane.tabIndex = open ? 0 : -1;
    const told = open ? [say("lesson.mark keys")] : this.place ? [say("lesson.marked")] : [];
    if (this.counted) told.push(say("lesson.marked in room", { n: this.counted }));
    this.pane.setAttribute("aria-label", told.join(". "));
    this.stand();
  }

  // one spot a cell, its area as often as it was marked
  crowd(counts) {
    this.counted = counts ? counts.reduce((sum, n) => sum + n, 0) : 0;
    const most = Math.max(1, ...(counts || []));
    const spots = (counts || []).map((n, at) => {
      if (!n) return null;
      const spot = make("span", { className: "spot", title: String(n) });
      spot.style.cssText = `left: ${(100 * ((at % GRID) + 0.5)) / GRID}%; top: ${(100 * (Math.floor(at / GRID) + 0.5)) / GRID}%; --part: ${Math.sqrt(n / most)}`;
      return spot;
    });
    this.spots.replaceChildren(...spots.filter(Boolean));
  }

  // Views are built anew when a scene changes: the pane moves into the one it belongs to.
  stand() {
    const body = this.view && (this.place || this.counted) ? document.querySelector(`figure[data-view="${CSS.escape(this.view)}"] .view-body`) : null;
    if (!body) this.pane.remove();
    else if (this.pane.parentElement !== body) body.append(this.pane);
  }

  put(place) {
    this.place = place?.map((part) => Math.min(1, Math.max(0, part)));
    this.pin.hidden = !place;
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
