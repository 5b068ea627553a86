// A lesson that is done: predict by an answer or a mark on the picture, act, see, and only then the
// explanation. What was done is kept in this browser.

import { Asked } from "./asked.js";
import { button, make } from "./dom.js";
import { say } from "./language.js";
import { lay } from "./overlays.js";
import { Mark } from "./mark.js";

const KEPT = "glassboxStep"; // the step that is read, for as long as the tab lives
const DONE = "glassboxLessons"; // path -> key of a step -> { answer | mark, done }
const DWELL = 700; // milliseconds in a view that count as having looked

export class Lesson {
  // go(query) shows a state of this page; get(name) is a control's text now; told() hears of every change
  constructor(host, { go, get, told }) {
    Object.assign(this, { host, go, get, told, steps: [] });
    this.title = make("span");
    this.dots = make("ol", { className: "dots" });
    this.name = make("h3");
    this.text = make("div", { className: "text" });
    this.answers = make("div", { className: "answers" });
    this.answers.setAttribute("role", "group");
    this.task = make("span");
    this.asked = new Asked(host, { away: () => this.leave(), fold: () => this.fold() });
    this.act = make("p", { className: "act" }, this.asked.where, this.task);
    this.why = make("div", { className: "text why" });
    for (const told of [this.act, this.why]) told.setAttribute("aria-live", "polite");
    this.back = button(say("lesson.back"), () => this.turn(this.at - 1));
    this.show = button(say("lesson.show"), () => this.turn(this.at), say("lesson.show why"));
    this.anew = button(say("lesson.anew"), () => this.again(), say("lesson.anew why"));
    this.skip = button(say("lesson.tell"), () => this.explain(), say("lesson.tell why"));
    this.on = button(say("lesson.next"), () => this.turn(this.at + 1));
    const buttons = make("div", { className: "acts" }, this.back, this.show, this.skip, this.anew, this.on);
    const head = make("h2", {}, this.title, this.asked.buttons);
    host.replaceChildren(head, this.dots, this.name, this.text, this.answers, this.act, this.why, buttons);
    // once one is at it, the lesson stays in sight beside the controls that it asks for
    host.addEventListener("click", (event) => this.asked.away.contains(event.target) || this.follow());
    this.mark = new Mark((place) => this.predict({ mark: place }));
  }

  // until then a picture that a step asks to be marked is the visitor's to play with
  follow() {
    if (this.followed) return;
    this.pin(true);
    this.change();
    if (this.phase === "predict") this.asked.face(this.step.mark);
  }

  // back to its place below the numbers, whole
  leave() {
    this.pin(false);
    this.asked.reset();
    this.change();
    this.host.scrollIntoView({ block: "nearest" });
    this.dots.querySelector("[aria-current]").focus({ preventScroll: true }); // its own button has gone
  }

  get followed() {
    return this.host.classList.contains("followed");
  }

  pin(whether) {
    this.gone?.();
    this.gone = whether ? lay(() => this.leave()) : null;
    this.host.classList.toggle("followed", whether);
  }

  // the question and all its answers, or only what is asked now
  fold() {
    this.whole = !this.whole;
    this.change();
  }

  get step() {
    return this.steps[this.at];
  }

  // Opens at the step that was read last, if the page is still in its state; a link opens at its own step.
  build(steps, path, query) {
    Object.assign(this, { steps, path });
    const [where, at] = (sessionStorage[KEPT] ?? "").split("#");
    const same = where === path && steps[at]?.query === query;
    this.pin(same && path in progress());
    this.read(same ? +at : query ? steps.findIndex((step) => step.query === query) : 0);
  }

  turn(at) {
    this.read(at);
    this.go(this.step.query);
    if (this.followed && this.phase === "predict") this.asked.face(this.step.mark);
  }

  read(at) {
    this.at = Math.min(Math.max(at, 0), this.steps.length - 1);
    this.name.textContent = this.step.title;
    this.text.innerHTML = this.step.html; // Markdown of our own lesson.md, rendered without raw HTML, as all below
    this.back.disabled = this.at === 0;
    this.on.disabled = this.at === this.steps.length - 1;
    sessionStorage[KEPT] = `${this.path}#${this.at}`;
    this.counts = null;
    this.whole = false;
    this.asked.reset();
    this.change();
  }

  // --- predict, act, see -----------------------------------------------------------------------------

  kept() {
    return progress()[this.path]?.[this.step.key] ?? {};
  }

  keep(what) {
    const all = progress();
    all[this.path] = { ...all[this.path], [this.step.key]: what };
    localStorage[DONE] = JSON.stringify(all);
    this.change();
  }

  // "predict", "act" or "see"
  get phase() {
    const { answer, mark, done } = this.kept();
    if (done || !this.step?.act) return "see"; // frames may end before the page and its lesson are there
    const asks = this.step.answers.length || this.step.mark;
    return asks && answer === undefined && !mark ? "predict" : "act";
  }

  predict(what) {
    this.keep({ ...what, done: false });
    this.host.dispatchEvent(new CustomEvent("predicted", { bubbles: true, detail: { path: this.path, at: this.at, answer: what.answer } }));
    const { act } = this.step;
    if (act?.kind === "set" && act.value !== null && this.get(act.name) === act.value) this.explain();
  }

  explain() {
    this.keep({ ...this.kept(), done: true });
  }

  again() {
    this.asked.reset();
    this.whole = false;
    this.keep({});
    this.go(this.step.query);
  }

  // --- what the learner does ---------------------------------------------------------------------------

  done(kind, name) {
    const act = this.phase === "act" ? this.step.act : null;
    if (act?.kind === kind && (!act.name || act.name === name)) this.explain();
  }

  // controls were changed
  set(names) {
    const act = this.step?.act;
    if (act?.kind !== "set" || !names.includes(act.name)) return;
    if (act.value === null || this.get(act.name) === act.value) this.done("set", act.name);
  }

  // the pointer or the focus is in this view
  looks(event) {
    const view = event.target.closest?.("figure.view")?.dataset.view;
    if (event.type !== "pointerover") return view && this.done("look", view);
    if (view === this.over) return;
    clearTimeout(this.dwell);
    this.over = view;
    if (view) this.dwell = setTimeout(() => this.done("look", view), DWELL);
  }

  leaves() {
    clearTimeout(this.dwell);
    this.over = null;
  }

  // views are built anew when a scene changes
  stand() {
    this.mark.stand();
    this.asked.stand();
  }

  // --- what is shown ------------------------------------------------------------------------------------

  change() {
    const { step, phase } = this;
    if (!step) return;
    this.title.textContent = say("lesson.place", { at: this.at + 1, of: this.steps.length });
    const kept = this.kept();
    const [answered, dotted] = [this.answers, this.dots].map((list) => list.contains(document.activeElement));
    this.host.dataset.phase = phase;
    this.answers.replaceChildren(...step.answers.map((html, at) => this.answer(html, at, kept.answer, phase)));
    this.answers.hidden = !step.answers.length;
    this.answers.setAttribute("aria-label", say("lesson.answers"));
    const marks = phase === "predict" && step.mark;
    const { followed } = this;
    this.mark.ask(step.mark, Boolean(marks && followed), kept.mark, this.counts);
    if (marks && !followed) this.task.replaceChildren(button(say("lesson.marks"), () => this.follow()));
    else this.task.innerHTML = phase === "act" ? step.told : marks ? say("lesson.mark") : "";
    this.act.hidden = !this.task.innerHTML;
    this.why.innerHTML = phase === "see" ? step.why : "";
    this.skip.hidden = phase === "see";
    this.anew.hidden = phase !== "see" || !step.act;
    this.dotted();
    this.short(followed, phase);
    // the button that had the focus is another one now
    if (dotted) this.dots.querySelector("[aria-current]").focus();
    else if (answered) (this.asked.where.hidden ? this.on : this.asked.where).focus({ preventScroll: true });
    this.told();
  }

  // While one acts, and is told why, what has been read makes room for what is to be touched and watched.
  short(followed, phase) {
    const foldable = followed && phase !== "predict";
    this.host.classList.toggle("short", foldable && !this.whole);
    this.host.classList.toggle("counted", Boolean(this.counts));
    this.asked.unfold.hidden = !foldable;
    this.asked.unfold.setAttribute("aria-expanded", String(Boolean(this.whole)));
    this.asked.away.hidden = !followed;
    const names = [...this.task.querySelectorAll("strong")].map((name) => name.textContent);
    this.asked.show(followed && phase === "act" ? this.step.act : null, names);
  }

  answer(html, at, given, phase) {
    const made = make("button", { type: "button", className: "quiet answer", innerHTML: html, disabled: phase !== "predict" });
    made.onclick = () => {
      this.pin(true); // before the focus looks for what is asked next
      this.predict({ answer: at });
    };
    made.setAttribute("aria-pressed", String(given === at));
    if (phase === "see" && at === this.step.right) made.append(make("b", { className: "right", textContent: say("lesson.right") }));
    if (phase === "see" && given === at && at !== this.step.right) made.append(make("b", { className: "wrong", textContent: say("lesson.yours") }));
    if (this.counts) {
      const all = this.counts.reduce((sum, n) => sum + n, 0);
      const share = all ? (this.counts[at] ?? 0) / all : 0;
      made.style.setProperty("--share", `${100 * share}%`);
      made.append(make("small", { textContent: this.counts[at] ?? 0 }));
    }
    return made;
  }

  // how a room has answered, by answer or by cell of the picture; null where there is no room
  tally(counts) {
    this.counts = counts;
    this.change();
  }

  // one dot a step: which are done, and where one is
  dotted() {
    const done = progress()[this.path] ?? {};
    this.dots.replaceChildren(
      ...this.steps.map((step, at) => {
        const dot = make("button", { type: "button", title: step.title });
        dot.setAttribute("aria-label", say(done[step.key]?.done ? "lesson.step done" : "lesson.step", { at: at + 1, title: step.title }));
        dot.classList.toggle("done", Boolean(done[step.key]?.done));
        if (at === this.at) dot.setAttribute("aria-current", "step");
        dot.onclick = () => this.turn(at);
        return make("li", {}, dot);
      }),
    );
  }
}

// What has been done in this browser; what is broken there is as if it had not been.
export function progress() {
  try {
    return JSON.parse(localStorage[DONE] ?? "{}") ?? {};
  } catch {
    return {};
  }
}
