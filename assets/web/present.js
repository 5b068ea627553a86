// Presenting: the stage alone, large, with a clicker's keys; a window of notes for the speaker.

import { button, make } from "./dom.js";
import { say } from "./language.js";
import { escape, lay } from "./overlays.js";
import { minutes } from "./playing.js";

const KEPT = "glassboxPresent"; // for as long as the tab lives: a reload comes back to where one was

export class Present {
  // player.lesson turns; `shown` draws what came while the picture was frozen
  constructor(player) {
    this.player = player;
    this.line = make("p", { className: "step" });
    this.pane = make("div", { className: "pane", hidden: true });
    this.pane.setAttribute("aria-hidden", "true");
    player.find(".stage header").append(this.line);
    player.host.append(this.pane);
    addEventListener("pointermove", ({ clientX, clientY }) => this.point(clientX, clientY));
    document.addEventListener("fullscreenchange", () => document.fullscreenElement || this.leave());
    if (sessionStorage[KEPT]) this.enter();
  }

  get on() {
    return document.body.classList.contains("present");
  }

  toggle() {
    if (this.on) return this.leave();
    this.enter();
    document.documentElement.requestFullscreen?.().catch(() => {}); // refused: the window will do
  }

  enter() {
    sessionStorage[KEPT] = 1;
    this.back = document.activeElement;
    this.gone = lay(() => this.leave());
    document.body.classList.add("present");
    this.tell();
    this.player.tools.explain(null);
  }

  leave() {
    if (!this.on) return;
    this.gone();
    delete sessionStorage[KEPT];
    document.body.classList.remove("present", "numbered", "asked");
    this.back.focus();
    this.cover("");
    this.freeze(false);
    if (document.fullscreenElement) document.exitFullscreen();
  }

  // what covers the stage: "black", "spot", "laser" or nothing; the same key takes it away
  cover(what) {
    this.covered = what === this.covered ? "" : what;
    this.pane.className = `pane ${this.covered}`;
    this.pane.hidden = !this.covered;
  }

  point(x, y) {
    if (!this.covered) return;
    this.pane.style.setProperty("--x", `${x}px`);
    this.pane.style.setProperty("--y", `${y}px`);
  }

  // the class goes on seeing this frame while the speaker looks for another
  freeze(on) {
    this.frozen = on;
    this.player.host.classList.toggle("frozen", on);
    if (!on) this.player.reel.show(this.player.reel.at);
    this.tell();
  }

  turn(by) {
    const { lesson, playing } = this.player;
    if (playing.on) return playing.turn(by);
    const to = lesson.at + by;
    if (to >= 0 && to < lesson.steps.length) lesson.turn(to);
  }

  // the keys that mean something now; those of the clock are the player's own
  keys() {
    const p = () => this.toggle();
    if (!this.on) return { p };
    return {
      p,
      PageDown: () => this.turn(1),
      PageUp: () => this.turn(-1),
      b: () => this.cover("black"),
      ".": () => this.cover("black"), // what a clicker's third button sends
      s: () => this.cover("spot"),
      l: () => this.cover("laser"),
      f: () => this.freeze(!this.frozen),
      i: () => document.body.classList.toggle("numbered"),
      q: () => document.body.classList.toggle("asked"),
      e: () => this.player.lesson.explain(),
      n: () => this.open(),
      ...this.player.rooms.keys(),
    };
  }

  // --- the speaker's window ------------------------------------------------------------------------

  open() {
    this.notes = window.open("", "glassbox-notes", "width=560,height=680");
    if (!this.notes) return;
    const { document: page } = this.notes;
    page.title = `${say("present.notes")} · Glassbox`;
    page.head.replaceChildren(...[...document.querySelectorAll("link[rel=stylesheet], style")].map((node) => page.importNode(node, true)));
    page.body.className = `notes ${document.body.className}`;
    this.began ??= performance.now();
    clearInterval(this.clock);
    this.clock = setInterval(() => this.tick(), 1000);
    this.notes.onkeydown = (event) => (escape(event), this.player.key(event)); // the clicker works here too
    this.tell();
  }

  tick() {
    if (!this.notes || this.notes.closed) return clearInterval(this.clock);
    const time = this.notes.document.querySelector("time");
    const { playing } = this.player;
    const spent = playing.on ? say("playlist.clock", playing.times()) : minutes(performance.now() - this.began);
    if (time) time.textContent = `${spent}  ·  ${new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })}`;
  }

  // the step's title on the stage; in the notes all of it, and what comes next
  tell() {
    const { lesson, playing } = this.player;
    const step = lesson.steps?.[lesson.at];
    if (!step) return;
    const line = playing.on ? playing.line : `${lesson.at + 1} / ${lesson.steps.length}  ${step.title}`;
    this.line.textContent = `${line}${this.frozen ? `  ·  ${say("present.frozen")}` : ""}`;
    if (!this.notes || this.notes.closed) return;
    const page = this.notes.document;
    const text = page.createElement("div");
    if (playing.on) text.className = "lesson-of-page";
    const answers = step.answers.map((answer, at) => `<li>${answer}${at === step.right ? " ✓" : ""}</li>`).join("");
    text.innerHTML = `${step.html}<ul>${answers}</ul><p>${step.told}</p>${step.why}`; // our own lesson.md, rendered without raw HTML
    page.body.replaceChildren(
      make("header", {}, make("b", { textContent: this.line.textContent }), make("time")),
      ...(playing.on ? [...playing.notes(), text] : [text, this.next()]),
      make("div", { className: "acts" }, button(say("lesson.back"), () => this.turn(-1)), button(say("lesson.next"), () => this.turn(1)), button(say("present.clock"), () => this.restart())),
      make("p", { className: "next", textContent: say("present.keys") }),
    );
    this.tick();
  }

  next() {
    const { lesson } = this.player;
    const next = lesson.steps[lesson.at + 1];
    return make("p", { className: "next", textContent: next ? say("lesson.coming", { title: next.title }) : say("lesson.last") });
  }

  restart() {
    this.began = performance.now();
    this.tick();
  }
}
