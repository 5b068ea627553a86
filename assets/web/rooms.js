// A room: one page leads, others follow it until they act on their own, and answers are counted.

import * as address from "./address.js";
import { Line } from "./line.js";
import { cell } from "./mark.js";
import { RoomPanel } from "./roompanel.js";

// for as long as the tab lives: a reload goes on leading, or following
const LED = "glassboxRoom"; // { code, key }
const FOLLOWED = "glassboxFollows"; // code
const READ = "glassboxReader"; // { code, me }: a browser counts once in a room; the next room writes over it
const PASSING = ["lost", "often", "store"]; // refusals that may be none a second later
const GAP = 120; // milliseconds between two acts told, so that a drag is some states a second
const FIRST = 2000; // milliseconds that a page waits for where the lecture is

const wait = (milliseconds) => new Promise((resume) => setTimeout(resume, milliseconds));

export class Rooms {
  constructor(player) {
    Object.assign(this, { player, away: false, lost: false, here: 0, counts: null, shown: null, state: null, sent: {} });
    this.panel = new RoomPanel(this);
  }

  get leads() {
    return Boolean(this.room?.key);
  }

  // --- coming and going ----------------------------------------------------------------------------

  // Goes on with what this tab led, or follows the room that the address names; true once a state of it
  // is on the way, so that the page need not show another first.
  async enter() {
    const asked = new URLSearchParams(location.search).get("room") ?? sessionStorage[FOLLOWED];
    const led = JSON.parse(sessionStorage[LED] ?? "null");
    if (led && (!asked || asked === led.code)) {
      this.begin(led);
      return false;
    }
    if (!asked) return false;
    const first = new Promise((resume) => (this.first = resume));
    const plain = new URL(location);
    plain.searchParams.delete("room"); // a link that is copied is of the page
    history.replaceState(null, "", plain);
    if (!(await this.join(asked))) return false;
    return Promise.race([first, wait(FIRST).then(() => false)]);
  }

  begin(room) {
    Object.assign(this, { room, away: false, lost: false, state: null, told: null, counts: null, shown: null, sent: {} });
    this.line?.stop();
    this.line = new Line(`/rooms/${room.code}/stream`, this.token(), {
      told: (line) => this.heard(line),
      lost: () => this.silent(),
      over: (why) => this.leave(why),
    });
    this.panel.draw();
  }

  async open() {
    const made = await this.ask("POST", "", this.now());
    if (!made) return;
    sessionStorage[LED] = JSON.stringify(made);
    this.begin(made);
  }

  async join(typed) {
    const code = typed.replace(/[^0-9a-z]/gi, "").toUpperCase();
    const { me = "" } = JSON.parse(localStorage[READ] ?? "{}");
    const room = await this.ask("POST", `/${encodeURIComponent(code || "-")}/join`, {}, { "x-room-me": me });
    if (!room) return false;
    localStorage[READ] = JSON.stringify(room);
    sessionStorage[FOLLOWED] = room.code;
    this.begin(room);
    return true;
  }

  // why: a refusal that ended it, or nothing where one leaves by oneself
  leave(why = "") {
    this.line.stop();
    delete sessionStorage[LED];
    delete sessionStorage[FOLLOWED];
    this.room = null;
    this.panel.said(why);
    this.say();
    this.first?.(false);
  }

  async close() {
    if (await this.ask("DELETE", `/${this.room.code}`)) this.leave();
  }

  // --- the presenter -------------------------------------------------------------------------------

  now() {
    const { path, reel, lesson } = this.player;
    const { at, playing, speed, loop } = reel;
    return { path, query: this.player.query(), step: lesson.at ?? 0, at, playing, speed, loop };
  }

  // Something on the page has changed: tell it, one act after the other. While it plays, followers play too.
  async changed() {
    if (!this.leads || this.telling) return;
    this.telling = true;
    while (this.leads && this.isNew()) {
      this.told = this.now();
      const { code } = this.room;
      const told = await this.ask("POST", `/${code}/state`, this.told);
      if (!told && PASSING.includes(this.panel.why)) this.told = null;
      await wait(this.told ? GAP : 1000);
    }
    this.telling = false;
  }

  // a picture that is still to come or that is frozen for the class, and a place without one, are nothing to tell
  isNew() {
    const { player, told } = this;
    if (!player.page || player.host.dataset.ready !== player.path || player.present.frozen) return false;
    if (!told) return true;
    const now = this.now();
    return JSON.stringify({ ...now, at: now.playing ? 0 : now.at }) !== JSON.stringify({ ...told, at: told.playing ? 0 : told.at });
  }

  async show(whether) {
    await this.ask("POST", `/${this.room.code}/shown`, whether);
  }

  // while presenting, the room's own keys
  keys() {
    if (!this.leads) return {};
    const { panel } = this;
    return { r: () => panel.large(panel.board.hidden), a: () => this.show(this.shown === null) };
  }

  // --- a follower ----------------------------------------------------------------------------------

  // an act of one's own leaves the lecture, until one comes back
  own() {
    if (!this.room || this.leads || this.away) return;
    this.away = true;
    this.panel.draw();
    this.say();
  }

  back() {
    this.away = false;
    this.panel.draw();
    if (this.state) this.follow(this.state);
  }

  // the page as the presenter's: another state, or the same at another frame
  follow(to) {
    const { player } = this;
    const { reel, ribbon, lesson } = player;
    const playing = to.playing && !reel.reduced;
    this.due = to.step;
    ribbon.pace(to.speed, to.loop);
    if (to.path !== player.path || to.query !== address.read().query) {
      address.write(to.path, to.query, false);
      player.turn(!playing, to.at);
    } else reel.seek(to.at, playing);
    if (lesson.path === to.path) this.say();
  }

  // --- answers -------------------------------------------------------------------------------------

  // The lesson has changed: a page that has come opens at the presenter's step, an answer that has been
  // given is counted, and counts of this step are drawn.
  say() {
    const { lesson } = this.player;
    if (lesson.path !== this.player.path) return;
    if (this.room && this.due !== undefined && lesson.path === this.state?.path) {
      const { due } = this;
      this.due = undefined;
      if (lesson.at !== due) return lesson.read(due);
    }
    const place = `${lesson.path}.${lesson.at}`;
    const counts = this.room && (this.leads || place === `${this.state?.path}.${this.state?.step}`) ? (this.leads ? this.counts : this.shown) : null;
    if (JSON.stringify(lesson.counts ?? null) !== JSON.stringify(counts)) return lesson.tally(counts);
    this.answer(place);
    this.changed();
  }

  async answer(place) {
    const { path, at: step } = this.player.lesson;
    const { answer, mark } = this.player.lesson.kept();
    const option = mark ? cell(mark) : answer;
    if (!this.room || this.leads || option === undefined || this.sent[place] === option) return;
    this.sent[place] = option;
    if (!(await this.ask("POST", `/${this.room.code}/answer`, { path, step, option }))) delete this.sent[place];
  }

  // --- the server -----------------------------------------------------------------------------------

  // the answer, or nothing where it was refused, which the panel says
  async ask(method, path, given = {}, also = {}) {
    try {
      const headers = { "content-type": "application/json", ...this.token(), ...also };
      const answer = await fetch(`/rooms${path}`, { method, headers, body: JSON.stringify(given) });
      const found = await answer.json();
      if (this.room && found.why === "ended") this.leave("ended");
      else this.panel.said(answer.ok ? "" : (found.why ?? "lost"));
      return answer.ok ? found : null;
    } catch {
      this.panel.said("lost");
      return null;
    }
  }

  token() {
    if (!this.room) return {};
    return this.leads ? { "x-room-key": this.room.key } : { "x-room-me": this.room.me };
  }

  silent() {
    this.lost = true;
    this.panel.draw();
  }

  heard({ state, shown, here, counts }) {
    this.lost = false;
    this.shown = shown;
    if (this.leads) Object.assign(this, { here, counts });
    else {
      const moved = JSON.stringify(state) !== JSON.stringify(this.state);
      this.state = state;
      if (moved && !this.away) this.follow(state);
      this.first?.(true);
    }
    this.panel.draw();
    this.say();
  }
}
