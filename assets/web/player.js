// The player: one page for every concept. The address says what to show; controls only change the address.

import * as address from "./address.js";
import { Controls } from "./controls.js";
import { button, make } from "./dom.js";
import { embedded } from "./embed.js";
import { language, say } from "./language.js";
import { Lesson } from "./lesson.js";
import { Numbers } from "./numbers.js";
import { PLACES, Places } from "./places.js";
import { Playing } from "./playing.js";
import { Playlist } from "./playlist.js";
import { Present } from "./present.js";
import { opened } from "./recent.js";
import { Reader } from "./reader.js";
import { Reel } from "./reel.js";
import { Ribbon } from "./ribbon.js";
import { Rooms } from "./rooms.js";
import { Saving } from "./saving.js";
import { Sees } from "./sees.js";
import { out, Sharing } from "./sharing.js";
import { Stage } from "./stage.js";
import { Tabs } from "./tabs.js";
import { telling } from "./telling.js";
import { choice, mark, relabel } from "./tongue.js";
import { Tools } from "./tools.js";
import { newer } from "./update.js";
import { own, stamped } from "./version.js";

const PAGE = `
  <section class="stage">
    <header><h1></h1><p class="blurb"></p></header>
    <p class="trouble" role="alert" hidden></p>
    <div class="scene"></div>
    <div class="ribbon"></div>
    <p class="says" aria-live="polite"></p>
  </section>
  <aside class="panel">
    <section class="card"><h2>${say("shell.controls")} <button type="button" class="quiet reset">${say("controls.reset")}</button></h2><div class="controls"></div></section>
    <section class="card"><h2>${say("shell.numbers")}</h2><dl class="numbers"></dl></section>
    <section class="card lesson"></section>
    <p class="english" hidden></p>
  </aside>`;

export function mount(element) {
  const host = element.querySelector(".glass");
  if (host.player) return;
  // a file that misses its place must not take the browser away from the page
  for (const kind of ["dragover", "drop"]) {
    addEventListener(kind, (event) => event.dataTransfer?.types.includes("Files") && event.preventDefault());
  }
  host.player = new Player(host);
}

class Player {
  constructor(host) {
    this.host = host;
    host.innerHTML = PAGE;
    const find = (what) => host.querySelector(what);
    this.find = find;
    this.values = new Map();
    this.shared = new Map(); // chapter -> what its pages share, by name
    this.page = null;
    this.tools = new Tools(host, this);
    this.stage = new Stage(find(".scene"), this.tools, new Reader(host, this.tools));
    this.numbers = new Numbers(find(".numbers"));
    this.lesson = new Lesson(find(".lesson"), {
      go: (query) => this.go(this.path, query, true),
      get: (name) => this.get(name),
      told: () => {
        this.present?.tell();
        this.rooms?.say();
      },
    });
    for (const kind of ["pointerover", "pointerdown", "focusin"]) find(".scene").addEventListener(kind, (event) => this.lesson.looks(event), true);
    find(".scene").addEventListener("pointerleave", () => this.lesson.leaves());
    this.sees = new Sees(host);
    this.reel = new Reel({
      shown: (frame) => this.shown(frame),
      grown: () => this.ribbon.grown(),
      said: (message, why) => this.said(message, why),
      waits: (whether, line) => this.waits(whether, line),
      moved: () => this.lesson.done("scrub"),
      over: () => this.lesson.done("play"),
      played: (playing) => {
        this.ribbon.played(playing);
        if (!playing) this.tools.say();
        this.rooms.changed();
      },
    });
    this.ribbon = new Ribbon(find(".ribbon"), this.reel);
    this.controls = new Controls(find(".controls"), {
      set: (name, text) => this.set(name, text),
      get: (name) => this.get(name),
      step: () => this.step,
    });
    find(".reset").onclick = () => this.go(this.path, "");
    this.playing = new Playing(this);
    this.present = new Present(this);
    this.rooms = new Rooms(this);
    for (const kind of ["click", "input"]) find(".ribbon").addEventListener(kind, () => this.rooms.own());
    this.places = new Places(this);
    this.head();
    this.tabs = new Tabs((path) => this.go(path, this.carried(path)));
    addEventListener("popstate", () => {
      this.rooms.own();
      this.turn();
    });
    addEventListener("keydown", (event) => this.key(event));
    this.begin();
  }

  head() {
    const tools = make("div", { className: "tools" });
    const dark = button("", () => this.tools.dark(this.tools.theme() === "light"), say("shell.dark or light"));
    dark.classList.add("anywhere"); // also where no concept is shown
    this.tools.heard = (theme) => (dark.textContent = say(theme === "dark" ? "shell.light" : "shell.dark"));
    this.tools.heard(this.tools.theme());
    const present = button(say("shell.present"), () => this.present.toggle(), say("shell.present why"));
    this.saving = new Saving(this);
    this.playlist = new Playlist(this);
    const now = () => ({ path: this.path, query: this.query(), title: this.page?.title });
    const menus = [new Sharing(now).menu.host, present, this.rooms.panel.menu, this.playlist.opener, this.saving.menu.host];
    const languages = choice();
    languages.classList.add("anywhere");
    tools.append(...menus, languages, dark);
    this.host.append(tools);
    // words are longer in some languages: the chapters end where the tools begin
    new ResizeObserver(() => document.body.style.setProperty("--g-tools", `${tools.offsetWidth}px`)).observe(tools);
    if (embedded) this.find(".stage header").append(out(now));
  }

  // --- the address -------------------------------------------------------------------------------

  async begin() {
    const contents = await (await own(stamped(`/concepts?lang=${language}`))).json();
    this.tabs.build(contents.chapters);
    relabel(contents.chapters);
    if (!(await this.rooms.enter())) this.turn();
  }

  get(name) {
    return this.values.get(name) ?? this.control(name)?.default ?? "";
  }

  control(name) {
    return this.page?.controls.find((control) => control.name === name);
  }

  // one parameter, and those that change with it: a place kept in the history only by what follows
  set(name, text, also = {}) {
    const changed = Object.entries({ ...also, [name]: text }).filter(([n, to]) => this.get(n) !== to);
    if (!this.page || !changed.length) return;
    this.rooms.own();
    const { kind, anew } = this.control(name) ?? {};
    const stay = !anew && (["timeline", "edits"].includes(kind) || !this.reel.playing);
    for (const [n, to] of changed) this.values.set(n, to);
    address.write(this.path, this.query(), false);
    this.controls.refresh();
    this.keep();
    this.lesson.set(changed.map(([n]) => n));
    this.load(stay);
  }

  // what the pages of a chapter share goes along from one to the next
  carried(path) {
    const kept = this.shared.get(path.split("/")[0]) ?? new Map();
    const wanted = this.tabs.shared(path).filter((name) => kept.has(name));
    return wanted.map((name) => address.pair(name, kept.get(name))).join("&");
  }

  keep() {
    const kept = new Map();
    const controls = this.page.controls.filter((control) => control.shared);
    for (const control of controls)
      if (address.told(this.values, control)) kept.set(control.name, this.values.get(control.name));
    if (controls.length) this.shared.set(this.path.split("/")[0], kept);
  }

  query() {
    return address.spell(this.values, this.page?.controls ?? []);
  }

  // `hold`: stand at the first frame, so that a learner can predict before they press play
  go(path, query, hold = false) {
    this.rooms.own();
    address.write(path, query, true);
    this.turn(hold);
  }

  // whatever the address says now: the page, its controls, its frames, from the frame `at` if one is named
  async turn(hold = false, at = null) {
    const { path, query } = address.read();
    if (path in PLACES) return this.away(path, query);
    this.places.leave();
    const known = this.tabs.has(path);
    const wanted = known ? path : this.tabs.first();
    const trouble = !known && path ? say("shell.no page", { path: path.slice(0, 60) }) : "";
    if (!known) address.write(wanted, "", false);
    this.values = address.pairs(known ? query : "");
    this.tabs.show(wanted);
    const fresh = wanted !== this.path || !this.page;
    this.path = wanted;
    const coming = fresh ? own(stamped(`/concepts/${wanted}?lang=${language}`)) : null;
    const loading = this.load(!hold && !fresh && !this.reel.playing, { trouble, hold, at });
    if (fresh) await this.open(await (await coming).json());
    if (this.page?.path !== this.path) return; // a later click was quicker
    this.controls.refresh();
    this.keep();
    await loading;
  }

  // a place that shows no concept: nothing is computed for it
  away(path, query) {
    this.reel.quit();
    this.page = null;
    this.path = path;
    this.tabs.none();
    return this.places.open(path, query);
  }

  // elsewhere, with no way back to this address
  replace(path) {
    address.write(path, "", false);
    this.turn();
  }

  // to the start page, where one can search
  seek() {
    this.seeking = true;
    this.go("", "");
  }

  async open(page) {
    if (page.path !== this.path) return; // a later click was quicker
    this.page = page;
    this.tools.hush();
    this.told = telling(page.picture);
    this.find("h1").textContent = page.title;
    this.find(".blurb").textContent = this.find(".blurb").title = page.blurb;
    document.title = `${page.title} · Glassbox`;
    mark(this.host, page.languages);
    opened(page.path);
    this.stage.reset(page.layout);
    this.controls.build(page.controls);
    this.saving.build(page.files);
    this.lesson.build(page.lesson, page.path, this.query());
    this.playing.opened();
    document.querySelector("#turned")?.click();
    if (this.held) this.shown(this.held);
  }

  load(stay, { trouble = "", hold = false, at = null } = {}) {
    this.trouble = trouble;
    const query = this.page?.path === this.path ? this.query() : address.read().query;
    const first = this.page?.path === this.path && this.page.around ? at ?? (stay ? this.reel.at : 0) : 0;
    const asked = stamped(`/frames/${this.path}?${query}${first ? `&_first=${first}` : ""}`);
    this.host.dataset.asked = query;
    delete this.host.dataset.ready;
    return this.reel.load(asked, { stay, hold, at });
  }

  // --- what comes back ---------------------------------------------------------------------------

  // a frame may come before the page that says how to lay it out: it waits
  shown(frame) {
    this.held = this.page?.path === this.path ? null : frame;
    if (this.held || this.present.frozen) return;
    const views = this.told(frame.views);
    const clock = Object.values(views).find((view) => view.kind === "clock");
    this.step = clock?.step ?? this.reel.at;
    this.time = clock?.value;
    this.stage.show(views);
    this.numbers.show(Object.values(views).find((view) => view.kind === "numbers"));
    this.ribbon.shown(clock);
    this.tools.summary(views);
    this.lesson.stand();
    this.sees.shown(views);
    this.drawn = this.host.dataset.ready = this.path;
    this.host.dataset.rev = +(this.host.dataset.rev ?? 0) + 1;
    this.host.dataset.frame = frame.index;
    this.rooms.changed();
  }

  // what is shown is not yet what was asked for: it steps back until the first frame is there
  waits(whether, line) {
    if (!this.find(".stage").classList.toggle("waiting", whether)) return;
    const words = line ? say("queue.place", { place: line.place, seconds: Math.ceil(line.seconds) }) : say("shell.computing");
    this.tools.say(words, true);
  }

  // a bad link says what is wrong and shows the page's default; a bad value typed in keeps the picture
  said(told, why) {
    const kept = this.drawn === this.path; // else what is on the stage is another page's
    const message = this.controls.blame(kept ? told : "") || told;
    const box = this.find(".trouble");
    const words = message || this.trouble;
    this.find(".scene").classList.toggle("gone", why === "graph" || why === 503);
    box.replaceChildren(...(why === "version" ? newer() : [words]));
    box.hidden = !words;
    if (message) {
      this.host.dataset.trouble = message;
      this.tools.say(); // no longer that one waits
    } else {
      delete this.host.dataset.trouble;
      this.good = address.read().query;
    }
    if (why !== 422) return;
    this.values = address.pairs(kept ? this.good : "");
    address.write(this.path, kept ? this.good : "", false);
    if (!kept) this.load(false, { trouble: say("shell.default instead", { message }) });
  }

  // keys of the clock and of presenting, wherever the focus is but in a field or on something that uses
  // them itself; a clicker's keys turn the lesson even there
  key(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const { target } = event;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (target.closest?.("input, textarea, select, .cm-editor")) return;
    if (target.closest?.("[role=tab], [role=application]") && !key.startsWith("Page") && key !== "/") return;
    if (key === " " && target.closest?.("button, a")) return;
    if (!this.page) return key === "/" && this.places.seek(event);
    const { reel } = this;
    const clock = {
      "/": () => this.seek(),
      " ": () => (reel.playing ? reel.stop() : reel.play()),
      ArrowLeft: () => reel.move(reel.at - 1),
      ArrowRight: () => reel.move(reel.at + 1),
      Home: () => reel.move(0),
      End: () => reel.move(reel.last),
    };
    const act = this.present.keys()[key] ?? clock[key];
    if (!act) return;
    event.preventDefault();
    if (key in clock) this.rooms.own();
    act();
  }
}
