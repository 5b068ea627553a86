// A playlist while it is played: where one is, what to say, and how long it was to take.

import { button, make } from "./dom.js";
import { say } from "./language.js";
import { path, query, total } from "./lists.js";

const KEPT = "glassboxPlaying"; // for as long as the tab lives: a reload goes on where one was

export class Playing {
  constructor(player) {
    this.player = player;
    this.card = make("section", { className: "card playing", hidden: true });
    player.find(".panel").prepend(this.card);
    this.now = restored();
    setInterval(() => this.tick(), 1000);
    addEventListener("pagehide", () => this.keep()); // what is counted outlives a reload
    this.build();
  }

  get on() {
    return this.now !== null;
  }

  get item() {
    return this.now.list.items[this.now.at];
  }

  get coming() {
    return this.now.list.items[this.now.at + 1];
  }

  // the line for the stage
  get line() {
    return `${this.now.at + 1} / ${this.now.list.items.length}  ${this.item.title}`;
  }

  start(list, at) {
    this.now = { list, at, spent: list.items.map(() => 0), since: performance.now() };
    this.show();
  }

  // to the next or the one before; past the ends nothing happens
  turn(by) {
    const to = this.now.at + by;
    if (!this.now.list.items[to]) return;
    this.count();
    this.now.at = to;
    this.show();
  }

  // a class predicts first: the item stands at its first frame
  show() {
    this.keep();
    const { state, step } = this.item;
    this.wanted = step ? step - 1 : null;
    this.player.go(path(state), query(state), true);
    this.build();
    this.player.present.tell();
  }

  // the page of an item is there: its step of the lesson is read
  opened() {
    const { lesson } = this.player;
    if (this.wanted !== null && this.wanted !== undefined && lesson.steps[this.wanted]) lesson.read(this.wanted);
    this.wanted = null;
  }

  end() {
    this.now = null;
    delete sessionStorage[KEPT];
    this.build();
    this.player.present.tell();
  }

  // the time since the last look goes to the item that is on
  count() {
    const now = performance.now(); // a clock that nobody sets
    this.now.spent[this.now.at] += now - this.now.since;
    this.now.since = now;
  }

  keep() {
    if (!this.on) return;
    this.count();
    sessionStorage[KEPT] = JSON.stringify(this.now);
  }

  // minutes and seconds on this item and on all, beside those that were planned for it and up to here
  times() {
    const { list, at, spent, since } = this.now;
    const here = spent[at] + performance.now() - since;
    const all = spent.reduce((sum, each) => sum + each, 0) + performance.now() - since;
    const due = list.items.slice(0, at + 1).reduce((sum, item) => sum + item.minutes, 0);
    const late = all > due * 60_000;
    return { here: minutes(here), planned: this.item.minutes, all: minutes(all), due, total: total(list), late };
  }

  tick() {
    if (!this.on) return;
    this.time.textContent = say("playlist.clock", this.times());
    this.time.classList.toggle("late", this.times().late);
  }

  build() {
    this.card.hidden = !this.on;
    if (!this.on) return this.card.replaceChildren();
    const { list, at } = this.now;
    this.time = make("p", { className: "soft" });
    const back = button(say("lesson.back"), () => this.turn(-1));
    const on = button(say("lesson.next"), () => this.turn(1));
    back.disabled = at === 0;
    on.disabled = !this.coming;
    const notes = make("details", {}, make("summary", { textContent: say("playlist.notes") }), make("p", { textContent: this.item.notes }));
    this.card.replaceChildren(
      make("h2", { textContent: list.title }),
      make("h3", { textContent: this.line }),
      this.time,
      ...(this.item.notes ? [notes] : []),
      make("div", { className: "acts" }, back, button(say("lesson.show"), () => this.show()), on, button(say("playlist.end"), () => this.end())),
    );
    this.tick();
  }

  // for the speaker's window: what to say, and what comes
  notes() {
    const next = this.coming ? say("lesson.coming", { title: this.coming.title }) : say("playlist.last");
    return [make("p", { className: "speak", textContent: this.item.notes }), make("p", { className: "next", textContent: next })];
  }
}

// 754000 -> "12:34"
export const minutes = (milliseconds) => {
  const seconds = Math.floor(milliseconds / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
};

function restored() {
  try {
    const kept = JSON.parse(sessionStorage[KEPT] ?? "null");
    return kept && { ...kept, since: performance.now() };
  } catch {
    return null;
  }
}
