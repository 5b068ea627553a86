// What a step asks for: marked where it is, and brought into sight beside the card that asks.

import { button, make } from "./dom.js";
import { say } from "./language.js";

const NARROW = matchMedia("(max-width: 800px)"); // there the card is a sheet over the page's lower end

export class Asked {
  // `card` is the lesson's; away() puts it back to its place
  constructor(card, { away, fold }) {
    this.card = card;
    this.glass = card.closest(".glass");
    this.panel = card.closest(".panel");
    this.where = button("→", () => this.bring(true), say("access.where"));
    this.where.classList.add("where");
    this.where.setAttribute("aria-label", say("access.where"));
    this.unfold = button(say("access.question"), fold, say("access.question why"));
    this.away = button("×", away, say("access.away"));
    this.away.setAttribute("aria-label", say("access.away"));
    this.all = button(say("access.controls"), () => this.panel.classList.remove("alone"), say("access.controls why"));
    this.all.classList.add("all");
    this.panel.querySelector(".reset").before(this.all);
    this.buttons = make("span", { className: "folds" }, this.unfold, this.away);
    new ResizeObserver(() => this.measure()).observe(card);
  }

  // what is scrolled to, or gets the focus, is never under the sheet
  measure() {
    document.documentElement.style.setProperty("--g-sheet", `${this.card.offsetHeight}px`);
  }

  // What is asked of a learner now (a step's gesture, and the names in its sentence); nothing if null.
  show(act, names = []) {
    const fresh = act && act !== this.act;
    this.act = act;
    this.names = names;
    this.where.hidden = !act;
    this.stand();
    if (!fresh) return;
    const places = this.places();
    this.panel.classList.toggle("alone", places.some((place) => place.matches(".control, dt")));
    for (const place of places) place.classList.add("named");
    this.bring();
  }

  // another step: all controls are there again
  reset() {
    this.act = null;
    this.panel.classList.remove("alone");
    for (const named of this.glass.querySelectorAll(".named")) named.classList.remove("named");
  }

  // Views are built anew when a scene changes: the marks move to the new ones.
  stand() {
    for (const marked of this.glass.querySelectorAll(".wanted")) marked.classList.remove("wanted");
    for (const place of this.places()) place.classList.add("wanted");
  }

  places() {
    const { act, glass } = this;
    if (!act) return [];
    if (act.kind === "look") return [...glass.querySelectorAll(`figure[data-view="${CSS.escape(act.name)}"]`)];
    const rows = [...glass.querySelectorAll(".control:not([hidden])")];
    const named = rows.filter((row) => row.dataset.name === act.name || this.names.includes(row.querySelector("label").textContent));
    const watched = [...glass.querySelectorAll(".numbers dt")].filter((name) => this.names.includes(name.textContent));
    return [...(act.kind === "set" ? [] : [glass.querySelector(".ribbon")]), ...named, ...watched];
  }

  // scrolls no further than it must; `hand` also gives the focus
  bring(hand = false) {
    this.measure();
    const [first, ...others] = this.places();
    // the numbers that follow from a control too, as many as there is room for
    const numbers = this.panel.matches(".alone") ? [this.panel.querySelector(".card:has(.numbers)")] : [];
    for (const place of [...numbers, ...others, first]) place?.scrollIntoView({ block: "nearest" });
    if (hand) first?.querySelector("input, select, textarea, button, [tabindex]")?.focus({ preventScroll: true });
  }

  // a question is read with its picture above it: the view in which a place is to be marked, if it asks for one
  face(view) {
    const place = view ? `figure[data-view="${CSS.escape(view)}"]` : ".scene";
    if (NARROW.matches) this.glass.querySelector(place)?.scrollIntoView({ block: "start" });
  }
}
