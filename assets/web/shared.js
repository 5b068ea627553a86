// A playlist that came as a link: it is read, checked and opened in the drawer, or refused in words.

import { make } from "./dom.js";
import { say } from "./language.js";
import { unpacked } from "./lists.js";

export const title = () => "Glassbox";

export async function open(host, player, query) {
  try {
    const list = await unpacked(new URLSearchParams(query).get("list") ?? "", (page) => player.tabs.has(page));
    player.replace("");
    player.playlist.take(list);
  } catch (problem) {
    const words = make("p", { className: "trouble", textContent: problem.message });
    words.setAttribute("role", "alert");
    host.append(words, make("a", { href: "#/", textContent: say("start.home") }));
  }
}
