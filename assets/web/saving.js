// What can be taken away of the state on the stage: the picture, and files that the server computes.

import { button, make } from "./dom.js";
import { say } from "./language.js";
import { Menu } from "./menu.js";

export class Saving {
  constructor(player) {
    this.player = player;
    this.menu = new Menu("saving", say("saving.save"), { closed: () => this.stop() });
  }

  // files: [ending, label]
  build(files) {
    this.files = files;
    this.menu.close(); // it was another page's
    this.choose();
  }

  choose(words = "") {
    const kinds = this.files.map(([end, label]) => button(label, () => this.fetch(end), end));
    const said = words ? [make("p", { className: "words", textContent: words })] : [];
    this.menu.show(button(say("saving.picture"), () => this.picture()), ...kinds, ...said);
  }

  name(end) {
    return `${this.player.path.replace("/", "-")}${end}`;
  }

  async picture() {
    const canvas = await this.player.stage.picture();
    keep(canvas.toDataURL("image/png"), this.name(".png"));
    this.menu.close();
  }

  // the server computes the whole run anew: that may take as long as it plays, and can be stopped
  async fetch(end) {
    const { path } = this.player;
    const reading = (this.reading = new AbortController());
    const words = make("p", { className: "words", textContent: say("saving.computing", { name: this.name(end) }) });
    words.setAttribute("role", "status");
    this.menu.show(words, button(say("saving.cancel"), () => this.stop()));
    try {
      const answer = await fetch(`/take/${path}${end}?${this.player.query()}`, { signal: reading.signal });
      if (!answer.ok) return this.choose((await answer.json()).error);
      const held = URL.createObjectURL(await answer.blob());
      keep(held, this.name(end));
      setTimeout(() => URL.revokeObjectURL(held), 60000); // a browser may read it only after it has asked where to
      this.menu.close();
    } catch (problem) {
      if (problem.name !== "AbortError") this.choose(say("saving.lost"));
    }
  }

  stop() {
    this.reading?.abort();
    this.choose();
  }
}

const keep = (href, download) => make("a", { href, download }).click();
