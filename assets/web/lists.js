// Playlists: an hour's lesson as states with titles, notes and minutes; kept in this browser, packed into
// links and files, and checked whenever they come from elsewhere.

import { say } from "./language.js";

const KEPT = "glassboxPlaylists";
const MOST = { lists: 20, items: 60, title: 120, about: 400, notes: 2000, state: 2500, minutes: 240, packed: 12_000, text: 100_000 };

export const path = (state) => state.split("?")[0];
export const query = (state) => state.split("?").slice(1).join("?");
export const total = ({ items }) => items.reduce((sum, { minutes }) => sum + minutes, 0);

// how many items and minutes, in words
export function summed(list) {
  const n = list.items.length;
  return say(n === 1 ? "playlist.sum one" : "playlist.sum", { n, minutes: total(list) });
}

// Whatever a file, a link or the browser's store holds, as a list; an Error says what is wrong with it.
// has(path): whether there is such a page.
export function checked(value, has) {
  const list = value && typeof value === "object" ? value : {};
  if (!Array.isArray(list.items)) throw new Error(say("playlist.no items"));
  if (list.items.length > MOST.items) throw new Error(say("playlist.too many", { n: list.items.length, most: MOST.items }));
  const items = list.items.map((item, i) => checkedItem(item ?? {}, i + 1, has));
  return { title: words(list.title, MOST.title, "title") || say("playlist.unnamed"), about: words(list.about, MOST.about, "about"), items };
}

function checkedItem({ state, title, notes, minutes, step }, number, has) {
  if (typeof state !== "string" || state.length > MOST.state || !has(path(state)))
    throw new Error(say("playlist.no state", { number, state: String(state).slice(0, 60) }));
  const planned = minutes ?? 3;
  if (typeof planned !== "number" || !(planned >= 0 && planned <= MOST.minutes))
    throw new Error(say("playlist.no minutes", { number, minutes: String(planned).slice(0, 20), most: MOST.minutes }));
  const item = { state, title: words(title, MOST.title, "title"), notes: words(notes, MOST.notes, "notes"), minutes: planned };
  return Number.isInteger(step) && step > 0 && step < 100 ? { ...item, step } : item;
}

function words(text, most, name) {
  if (text === undefined || text === null) return "";
  if (typeof text !== "string" || text.length > most) throw new Error(say("playlist.no words", { name, most }));
  return text;
}

export function parsed(text, has) {
  if (text.length > MOST.text) throw new Error(say("playlist.too large", { n: text.length, most: MOST.text }));
  try {
    return checked(JSON.parse(text), has);
  } catch (problem) {
    throw problem instanceof SyntaxError ? new Error(say("playlist.no file")) : problem;
  }
}

// --- links ---------------------------------------------------------------------------------------------

export async function packed(list) {
  const stream = new Blob([JSON.stringify(list)]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  const letters = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  const link = btoa(letters).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  if (link.length > MOST.packed) throw new Error(say("playlist.too long", { n: link.length, most: MOST.packed }));
  return link;
}

export async function unpacked(link, has) {
  if (link.length > MOST.packed) throw new Error(say("playlist.too long", { n: link.length, most: MOST.packed }));
  return parsed(await inflated(link), has);
}

// reads no further than a list may be long: a small link can hold much
async function inflated(link) {
  let text = "";
  try {
    const bytes = Uint8Array.from(atob(link.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
    const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader();
    const decoder = new TextDecoder();
    for (let part = await reader.read(); !part.done && text.length <= MOST.text; part = await reader.read())
      text += decoder.decode(part.value, { stream: true });
  } catch {
    throw new Error(say("playlist.no link"));
  }
  return text;
}

// --- this browser ----------------------------------------------------------------------------------------

export class Shelf {
  constructor(has) {
    this.lists = [];
    this.at = 0;
    try {
      const kept = JSON.parse(localStorage[KEPT] ?? "{}");
      this.lists = kept.lists.map((list) => checked(list, has));
      this.at = Math.max(0, Math.min(kept.at, this.lists.length - 1)) || 0;
    } catch {
      this.lists = []; // none yet, or what another version wrote there
    }
    if (!this.lists.length) this.lists.push({ title: say("playlist.unnamed"), about: "", items: [] });
  }

  get list() {
    return this.lists[this.at];
  }

  keep() {
    localStorage[KEPT] = JSON.stringify({ at: this.at, lists: this.lists });
  }

  // the one that is there already, else a new one; an empty list makes place
  add(list) {
    const same = this.lists.findIndex((other) => JSON.stringify(other) === JSON.stringify(list));
    if (same >= 0) this.at = same;
    else {
      const others = this.lists.filter(({ items }) => items.length);
      if (others.length >= MOST.lists) throw new Error(say("playlist.full", { most: MOST.lists }));
      this.lists = [...others, list];
      this.at = others.length;
    }
    this.keep();
  }

  remove() {
    this.lists.splice(this.at, 1);
    this.at = Math.max(0, this.at - 1);
    if (!this.lists.length) this.lists.push({ title: say("playlist.unnamed"), about: "", items: [] });
    this.keep();
  }
}
