// What can be taken away of the state on the stage: pictures, films, and files that the server computes.

import { button, make } from "./dom.js";
import { film } from "./filming.js";
import { records } from "./films.js";
import { say } from "./language.js";
import { Menu } from "./menu.js";
import { Vector } from "./vector.js";

const SHARP = 2; // pixels of a picture for one on the page, at least

export class Saving {
  constructor(player) {
    this.player = player;
    this.menu = new Menu("saving", say("saving.save"), { closed: () => this.stop() });
  }

  // files: [ending, label]
  build(files) {
    this.files = files;
    this.menu.close(); // it was another page's
    this.stop();
  }

  choose(words = "") {
    this.menu.busy = false;
    const said = words ? [make("p", { className: "words", textContent: words })] : [];
    const video = records() ? button(say("saving.video"), () => this.film("video")) : make("p", { className: "words", textContent: say("saving.no video") });
    this.menu.show(
      button(say("saving.picture"), () => this.picture()),
      button(say("saving.svg"), () => this.drawing()),
      button(say("saving.gif"), () => this.film("gif")),
      video,
      ...this.files.map(([end, label]) => button(label, () => this.fetch(end), end)),
      ...said,
    );
  }

  name(end, path = this.player.path) {
    return `${path.replace("/", "-")}${end}`;
  }

  async picture() {
    const canvas = await this.player.stage.picture(Math.max(SHARP, devicePixelRatio));
    keep(canvas.toDataURL("image/png"), this.name(".png"));
    this.menu.close();
  }

  // shapes and words that can be edited; what is pixels on the page stays pixels
  async drawing() {
    const { stage, page } = this.player;
    const { width, height } = stage.host.getBoundingClientRect();
    const c = new Vector(width, height);
    await stage.paint(c);
    hand(new Blob([c.text(page.title)], { type: "image/svg+xml" }), this.name(".svg"));
    this.menu.close();
  }

  film(kind) {
    const { path } = this.player;
    const bar = make("progress", { max: 1, value: 0 });
    bar.setAttribute("aria-label", say("saving.filming"));
    const heard = (done, of) => (bar.value = done / of);
    this.wait(say("saving.filming"), [bar], async (signal) => {
      const { blob, end } = await film(this.player, kind, { signal, heard });
      hand(blob, this.name(end, path));
    });
  }

  // the server computes the whole run anew: that may take as long as it plays
  fetch(end) {
    const { path } = this.player;
    const name = this.name(end);
    this.wait(say("saving.computing", { name }), [], async (signal) => {
      const answer = await fetch(`/take/${path}${end}?${this.player.query()}`, { signal });
      if (!answer.ok) throw new Error((await answer.json()).error);
      hand(await answer.blob(), name);
    });
  }

  // something that takes a while, and can be stopped
  async wait(told, shown, work) {
    const reading = (this.reading = new AbortController());
    const words = make("p", { className: "words", textContent: told });
    words.setAttribute("role", "status");
    this.menu.busy = true;
    this.menu.show(words, ...shown, button(say("saving.cancel"), () => this.stop()));
    try {
      await work(reading.signal);
      if (this.reading === reading) this.menu.close();
    } catch (problem) {
      if (reading.signal.aborted) return;
      this.choose(say("saving.failed", { why: problem.message }));
    }
  }

  stop() {
    this.reading?.abort();
    this.choose();
  }
}

const keep = (href, download) => make("a", { href, download }).click();

function hand(blob, name) {
  const held = URL.createObjectURL(blob);
  keep(held, name);
  setTimeout(() => URL.revokeObjectURL(held), 60000); // a browser may read it only after it has asked where to
}
