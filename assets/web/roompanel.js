// What one sees of a room: the panel under its button, the board with code and QR, the bar of a follower.

import { button, make } from "./dom.js";
import { say } from "./language.js";
import { lay } from "./overlays.js";
import { Menu } from "./menu.js";

// why something was refused, as the server names it
const WHY = {
  lost: "rooms.why lost",
  unknown: "rooms.why unknown",
  ended: "rooms.why ended",
  wrong: "rooms.why wrong",
  key: "rooms.why key",
  reader: "rooms.why reader",
  rooms: "rooms.why rooms",
  opened: "rooms.why opened",
  full: "rooms.why full",
  often: "rooms.why often",
  streams: "rooms.why streams",
  large: "rooms.why large",
  state: "rooms.why state",
  answer: "rooms.why answer",
  store: "rooms.why store",
};

const told = (why) => say(WHY[why] ?? WHY.lost); // another version of the server may name what we do not know

export class RoomPanel {
  constructor(rooms) {
    this.rooms = rooms;
    const menu = new Menu("rooms", "", { opened: () => this.draw() });
    Object.assign(this, { label: menu.name, items: menu.items, menu: menu.host });
    this.items.classList.add("room");
    this.menu.classList.add("anywhere"); // a student with a code comes in by the start page
    this.bar = make("div", { className: "following", hidden: true });
    this.bar.setAttribute("role", "status");
    this.board = make("div", { className: "board", hidden: true, tabIndex: -1 });
    this.board.onclick = () => this.large(false);
    this.trouble = make("p", { className: "words" });
    this.trouble.setAttribute("role", "status");
    rooms.player.host.prepend(this.bar);
    rooms.player.host.append(this.board);
    this.drawn = "";
    this.draw();
  }

  // why something was refused; nothing where all is well
  said(why) {
    this.why = why;
    this.trouble.textContent = why ? told(why) : "";
    this.draw();
  }

  // only what has changed is built anew: what one types or holds in focus stays
  draw() {
    const { room, leads, away, lost, here, shown, player } = this.rooms;
    const as = room ? (leads ? `leads ${room.code} ${shown !== null}` : `follows ${away}`) : `none ${this.why ?? ""} ${player.page?.path}`;
    const held = [this.items, this.bar].find((part) => part.contains(document.activeElement));
    if (as !== this.drawn) this.build();
    // who works by keyboard stays where they were
    if (held && !held.contains(document.activeElement)) ((held === this.bar && held.querySelector("button")) || this.label).focus();
    this.drawn = as;
    this.label.textContent = !room ? say("rooms.room") : leads ? say("rooms.room of", { n: here }) : say("rooms.following");
    if (leads) this.here.textContent = lost ? say("rooms.why lost") : say(here === 1 ? "rooms.one here" : "rooms.here", { n: here });
    else if (room) this.state.textContent = lost ? say("rooms.why lost") : say(away ? "rooms.away" : "rooms.with", { code: spaced(room.code) });
  }

  build() {
    const { room, leads } = this.rooms;
    this.bar.hidden = !room || leads;
    if (!leads) this.large(false);
    if (!room && this.why && !this.menu.open) this.alone();
    if (!room) return this.items.replaceChildren(...this.outside(), this.trouble);
    this.items.replaceChildren(...(leads ? this.leading() : this.following()), this.trouble);
    if (!leads) this.beside();
  }

  outside() {
    const field = make("input", { type: "text", maxLength: 20, autocomplete: "off", spellcheck: false });
    field.setAttribute("aria-label", say("rooms.code"));
    const join = make("form", { className: "acts" }, field, make("button", { type: "submit", className: "quiet", textContent: say("rooms.join") }));
    join.onsubmit = async (event) => {
      event.preventDefault();
      if (await this.rooms.join(field.value)) this.menu.open = false;
    };
    const follow = [make("p", { className: "words", textContent: say("rooms.have a code") }), join];
    if (!this.rooms.player.page) return follow; // nothing is shown that others could follow
    return [make("p", { className: "words", textContent: say("rooms.what") }), button(say("rooms.open"), () => this.rooms.open()), ...follow];
  }

  leading() {
    const { room, shown } = this.rooms;
    this.here = make("p", { className: "words" });
    const link = address(room.code);
    const near = ["localhost", "127.0.0.1", "[::1]"].includes(location.hostname);
    const large = button(say("rooms.large"), () => this.large(true), say("rooms.large why"));
    const answers = button(say(shown === null ? "rooms.show answers" : "rooms.hide answers"), () => this.rooms.show(shown === null), say("rooms.show why"));
    return [
      make("strong", { className: "code", textContent: spaced(room.code) }),
      qr(room.code),
      make("p", { className: "words link", textContent: link }),
      ...(near ? [make("p", { className: "words", textContent: say("rooms.near") })] : []),
      this.here,
      make("div", { className: "acts" }, large, answers),
      button(say("rooms.close"), () => this.rooms.close()),
    ];
  }

  following() {
    const { room } = this.rooms;
    return [
      make("p", { className: "words", textContent: say("rooms.with", { code: spaced(room.code) }) }),
      button(say("rooms.leave"), () => this.rooms.leave()),
    ];
  }

  // the bar above the scene, for whoever follows or has left
  beside() {
    const { away } = this.rooms;
    this.state = make("span");
    const back = button(say("rooms.back"), () => this.rooms.back());
    const leave = button(say("rooms.leave"), () => this.rooms.leave());
    this.bar.classList.toggle("away", away);
    this.bar.replaceChildren(this.state, ...(away ? [back] : []), leave);
  }

  // the bar of one whose room is no more, or was never there
  alone() {
    const ok = button(say("rooms.ok"), () => this.said(""));
    this.bar.hidden = false;
    this.bar.classList.add("away");
    this.bar.replaceChildren(make("span", { textContent: told(this.why) }), ok);
  }

  // code and QR for the last row
  large(whether) {
    const { room, leads } = this.rooms;
    const held = this.board.contains(document.activeElement);
    this.gone?.();
    this.board.hidden = !whether || !leads;
    if (held) this.label.focus();
    if (this.board.hidden) return;
    this.gone = lay(() => this.large(false), this.label);
    this.menu.open = false;
    const link = make("p", { className: "link", textContent: address(room.code).replace(/\?.*/, "") });
    const code = make("strong", { className: "code", textContent: spaced(room.code) });
    this.board.replaceChildren(make("div", {}, qr(room.code), link, code), button(say("rooms.shut"), () => this.large(false)));
    this.board.focus();
  }
}

const spaced = (code) => `${code.slice(0, 4)}-${code.slice(4)}`;
const address = (code) => `${location.origin}${location.pathname}?room=${code}`;
const qr = (code) => make("img", { className: "qr", src: `/qr.svg?text=${encodeURIComponent(address(code))}`, alt: say("rooms.qr") });
