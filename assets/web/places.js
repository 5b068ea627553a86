// Places that are no concept's page: the start page and what else has an address of its own.

import { make } from "./dom.js";
import { say } from "./language.js";
import { unloaded } from "./update.js";
import { anew, whole } from "./version.js";

// address -> module; asked for only when one goes there
export const PLACES = { "": "./start.js", playlist: "./shared.js", handout: "./handout.js" };

export class Places {
  constructor(player) {
    this.player = player;
    this.host = make("section", { className: "place" });
    player.host.append(this.host);
    const home = make("a", { href: "#/", textContent: "Glassbox" });
    home.setAttribute("aria-label", say("start.home"));
    document.body.prepend(make("header", { className: "brand" }, home)); // Gradio keeps no place before its tabs
  }

  async open(path, query) {
    const { player, host } = this;
    this.leave();
    host.replaceChildren();
    document.body.classList.add("placed");
    player.host.dataset.place = path || "start";
    delete player.host.dataset.ready;
    try {
      const place = await import(PLACES[path]);
      if (player.path !== path) return; // a later click was quicker
      document.title = place.title();
      this.end = await place.open(host, player, query);
    } catch (problem) {
      // in the middle of an update parts of it may have come from nobody: once they are here, the page begins anew
      const here = await whole(new URL(PLACES[path], import.meta.url)).catch(() => false);
      if (player.path !== path) return; // no longer asked for
      if (here && anew()) return;
      const words = make("p", { className: "trouble" }, ...unloaded());
      words.setAttribute("role", "alert");
      host.replaceChildren(words);
      return console.error(problem);
    }
    if (player.path !== path) return; // it has led elsewhere
    player.seeking = false;
    player.host.dataset.ready = path || "start";
  }

  leave() {
    this.end?.();
    this.end = null;
    document.body.classList.remove("placed");
    delete this.player.host.dataset.place;
  }

  // where a search box is in sight, its key is enough
  seek(event) {
    const box = this.host.querySelector("input[type=search]");
    if (!box) return this.player.seek();
    event.preventDefault();
    box.focus();
  }
}
