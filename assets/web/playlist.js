// The drawer of playlists: what is on screen is added, ordered, timed and annotated; then played, shared
// or printed.

import { button, make } from "./dom.js";
import { say } from "./language.js";
import { lay } from "./overlays.js";
import { checked, packed, parsed, path, Shelf, summed } from "./lists.js";

export class Playlist {
  constructor(player) {
    this.player = player;
    this.opener = button(say("playlist.name"), () => this.toggle(), say("playlist.why"));
    this.opener.classList.add("anywhere");
    this.opener.setAttribute("aria-expanded", "false");
    this.host = make("section", { className: "drawer", hidden: true });
    this.host.setAttribute("role", "dialog");
    this.host.setAttribute("aria-label", say("playlist.name"));
    player.host.append(this.host);
  }

  has(page) {
    return this.player.tabs.has(page);
  }

  get shelf() {
    return (this.kept ??= new Shelf((page) => this.has(page)));
  }

  get list() {
    return this.shelf.list;
  }

  toggle() {
    if (this.host.hidden) this.open();
    else this.close();
  }

  open() {
    if (this.host.hidden) this.gone = lay(() => this.close(), this.opener);
    this.host.hidden = false;
    this.opener.setAttribute("aria-expanded", "true");
    this.build();
    this.host.querySelector("button").focus();
  }

  close() {
    this.leave(() => this.opener.focus());
  }

  // a list from a file, a link or the start page
  take(list) {
    this.open();
    this.try(() => {
      this.shelf.add(checked(list, (page) => this.has(page)));
      this.build();
    });
  }

  // --- what is shown -------------------------------------------------------------------------------------

  build() {
    const { list } = this;
    this.told = make("p", { className: "told" });
    this.told.setAttribute("role", "status");
    this.sum = make("p", { className: "sum" });
    this.rows = make("ol", {}, ...list.items.map((item, at) => this.row(item, at)));
    const title = this.field("input", list, "title", say("playlist.title"));
    const about = this.field("input", list, "about", say("playlist.about"));
    const add = button(say("playlist.add"), () => this.add());
    add.disabled = !this.player.page;
    this.host.replaceChildren(
      make("header", {}, this.choice(), button(say("playlist.new"), () => this.try(() => this.fresh())), button(say("playlist.close"), () => this.close())),
      title, about, this.rows,
      make("div", { className: "acts" }, add, this.sum),
      make("div", { className: "acts" }, ...this.acts()),
      this.told,
    );
    this.count();
  }

  acts() {
    const file = make("input", { type: "file", accept: ".json,application/json", hidden: true });
    file.onchange = () => this.read(file.files[0]);
    const some = this.list.items.length > 0;
    const play = button(say("playlist.play"), () => this.play(0));
    const print = button(say("playlist.print"), () => this.leave(() => this.player.go("handout", "")));
    const link = button(say("playlist.link"), () => this.try(() => this.link()));
    const save = button(say("playlist.save"), () => this.save());
    for (const each of [play, print, link, save]) each.disabled = !some;
    return [play, print, link, save, button(say("playlist.open"), () => file.click()), file, button(say("playlist.delete"), () => this.remove())];
  }

  choice() {
    const select = make("select", {}, ...this.shelf.lists.map(({ title }, at) => make("option", { value: at, textContent: title, selected: at === this.shelf.at })));
    select.setAttribute("aria-label", say("playlist.which"));
    select.onchange = () => {
      this.shelf.at = +select.value;
      this.shelf.keep();
      this.build();
    };
    return select;
  }

  row(item, at) {
    const summary = make("summary", {}, make("span", { textContent: item.title || path(item.state) }), make("small", { textContent: say("playlist.minutes", { n: item.minutes }) }));
    const told = () => {
      summary.firstChild.textContent = item.title || path(item.state);
      summary.lastChild.textContent = say("playlist.minutes", { n: item.minutes });
      this.count();
    };
    const time = this.field("input", item, "minutes", say("playlist.planned"), told);
    Object.assign(time.lastChild, { type: "number", min: 0, max: 240, step: 0.5 });
    const body = make("div", {}, this.field("input", item, "title", say("playlist.title"), told), time, this.field("textarea", item, "notes", say("playlist.notes")), make("code", { textContent: item.state }));
    const act = (sign, name, does, off = false) => {
      const made = button(sign, does, say(name, { title: item.title }));
      made.setAttribute("aria-label", say(name, { title: item.title }));
      made.disabled = off;
      return made;
    };
    const last = this.list.items.length - 1;
    return make("li", {}, make("details", {}, summary, body),
      act("▶", "playlist.from", () => this.play(at)),
      act("↑", "playlist.up", () => this.move(at, -1), at === 0),
      act("↓", "playlist.down", () => this.move(at, 1), at === last),
      act("✕", "playlist.remove", () => this.drop(at)));
  }

  field(tag, of, name, label, told = () => undefined) {
    const box = make(tag, { value: of[name], maxLength: { title: 120, about: 400 }[name] ?? 2000 });
    box.oninput = () => {
      of[name] = name === "minutes" ? Math.min(240, Math.max(0, +box.value || 0)) : box.value;
      this.shelf.keep();
      told();
    };
    return make("label", { className: "field" }, make("span", { textContent: label }), box);
  }

  count() {
    this.sum.textContent = summed(this.list);
  }

  // --- what is done --------------------------------------------------------------------------------------

  add() {
    const { player } = this;
    const query = player.query();
    const { step, at } = player.lesson;
    const read = step?.query === query; // the step that is read is the one on screen
    const title = read ? `${player.page.title}: ${step.title}`.slice(0, 120) : player.page.title;
    this.list.items.push({ state: `${player.path}${query ? `?${query}` : ""}`, title, notes: "", minutes: 3, ...(read && { step: at + 1 }) });
    this.change();
    this.rows.lastChild.querySelector("summary").focus();
  }

  move(at, by) {
    const { items } = this.list;
    items.splice(at + by, 0, ...items.splice(at, 1));
    this.change();
    const [, , up, down] = this.rows.children[at + by].children;
    const same = by < 0 ? up : down;
    (same.disabled ? (by < 0 ? down : up) : same).focus();
  }

  drop(at) {
    this.list.items.splice(at, 1);
    this.change();
    (this.rows.children[Math.min(at, this.rows.children.length - 1)]?.querySelector("summary") ?? this.host.querySelector("button")).focus();
  }

  change() {
    this.shelf.keep();
    this.build();
  }

  fresh() {
    this.shelf.add({ title: say("playlist.unnamed"), about: "", items: [] });
    this.build();
    this.host.querySelector(".field input").select();
  }

  remove() {
    this.shelf.remove();
    this.build();
    this.host.querySelector("select").focus();
  }

  play(at) {
    this.leave(() => this.player.playing.start(structuredClone(this.list), at));
  }

  // what follows takes the page: the drawer gives it free
  leave(then) {
    this.gone?.();
    this.host.hidden = true;
    this.opener.setAttribute("aria-expanded", "false");
    then();
  }

  async link() {
    const link = `${location.origin}/#/playlist?list=${await packed(this.list)}`;
    const there = await navigator.clipboard?.writeText(link).then(() => true, () => false);
    const box = make("input", { value: link, readOnly: true });
    box.setAttribute("aria-label", say("playlist.link"));
    this.told.replaceChildren(say(there ? "playlist.copied" : "playlist.copy it"), box);
    box.select();
  }

  save() {
    const held = URL.createObjectURL(new Blob([JSON.stringify(this.list, null, 1)], { type: "application/json" }));
    const name = this.list.title.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-").slice(0, 60);
    make("a", { href: held, download: `${name || "playlist"}.json` }).click();
    setTimeout(() => URL.revokeObjectURL(held), 60_000);
  }

  read(file) {
    this.try(async () => {
      if (file.size > 200_000) throw new Error(say("playlist.too large", { n: file.size, most: 200_000 }));
      this.shelf.add(parsed(await file.text(), (page) => this.has(page)));
      this.build();
    });
  }

  // what went wrong is said in the drawer
  async try(act) {
    try {
      await act();
    } catch (problem) {
      this.told.textContent = problem.message;
    }
  }
}
