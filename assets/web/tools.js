// What views may use: colours by meaning, the tooltip, and the parameters.

import { make } from "./dom.js";
import { number } from "./number.js";

// A true minus before a number, as on the axes.
export const signed = (text) => text.replace(/(^|[\s(])-(?=[\d.])/g, "$1−");

export class Tools {
  constructor(host, player) {
    this.host = host;
    this.player = player;
    for (const name of ["theme", "colour", "ramp", "explain", "set", "get", "control", "hold"]) this[name] = this[name].bind(this);
    this.number = number;
    this.reduced = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.tip = make("div", { className: "tip", hidden: true });
    this.tip.setAttribute("role", "tooltip");
    host.append(this.tip);
    this.inks = new Map();
    this.dark(localStorage.glassboxTheme ? localStorage.glassboxTheme === "dark" : document.body.classList.contains("dark"));
    new MutationObserver(() => this.repaint()).observe(document.body, { attributeFilter: ["class"] });
  }

  // --- colours -------------------------------------------------------------------------------------

  theme() {
    return document.body.classList.contains("dark") ? "dark" : "light";
  }

  dark(on) {
    document.body.classList.toggle("dark", on);
    localStorage.glassboxTheme = on ? "dark" : "light";
  }

  repaint() {
    if (this.theme() === this.painted) return;
    this.painted = this.theme();
    this.heard?.(this.painted);
    this.inks.clear();
    const { reel } = this.player;
    if (reel?.frames.length) reel.show(reel.at);
  }

  token(name) {
    if (!this.inks.has(name)) this.inks.set(name, getComputedStyle(document.body).getPropertyValue(`--g-${name}`).trim());
    return this.inks.get(name);
  }

  colour(ink) {
    return this.token(ink);
  }

  // a ramp's colour at u between 0 and 1, as [r, g, b]
  ramp(name) {
    const stops = this.token(`ramp-${name}`).split(",").map((hex) => [1, 3, 5].map((i) => parseInt(hex.trim().slice(i, i + 2), 16)));
    return (u) => {
      const at = Math.min(1, Math.max(0, u)) * (stops.length - 1);
      const i = Math.min(stops.length - 2, Math.floor(at));
      return stops[i].map((low, k) => low + (at - i) * (stops[i + 1][k] - low));
    };
  }

  // --- words -----------------------------------------------------------------------------------------

  explain(lines, x = 0, y = 0, locked = false) {
    this.tip.hidden = !lines;
    if (!lines) return;
    this.tip.replaceChildren(...lines.map((line) => make("div", { textContent: line })));
    this.tip.classList.toggle("locked", locked);
    const { width, height } = this.tip.getBoundingClientRect();
    this.tip.style.left = `${Math.max(8, x + 14 + width > innerWidth ? x - width - 10 : x + 14)}px`;
    this.tip.style.top = `${Math.max(8, y + 14 + height > innerHeight ? y - height - 10 : y + 14)}px`;
  }

  // one sentence in words for the whole picture, no oftener than it can be read aloud
  summary(views) {
    this.latest = signed(Object.values(views).map((view) => view.says).filter(Boolean)[0] ?? "");
    if (!this.saying || !this.player.reel.playing) this.say();
  }

  // what is said of the waiting `stays` until there is a picture again, or a reason why not
  say(words = this.latest ?? "", stays = false) {
    clearTimeout(this.saying);
    this.saying = null;
    const box = this.host.querySelector(".says");
    if (box.textContent === words) return;
    box.textContent = box.title = words;
    if (!stays) this.saying = setTimeout(() => this.say(), 1000);
  }

  // nothing, until there is a picture: what was said is of another page
  hush() {
    this.latest = "";
    this.say("", true);
  }

  // --- parameters ------------------------------------------------------------------------------------

  set(name, text, also) {
    this.player.set(name, text, also);
  }

  // stops the clock where it is, and says what it reads, as a slider would
  hold() {
    if (this.player.reel.playing) this.player.reel.stop();
    return String(+(this.player.time ?? 0).toFixed(4));
  }

  get(name) {
    return this.player.get(name);
  }

  control(name) {
    return this.player.control(name);
  }
}
