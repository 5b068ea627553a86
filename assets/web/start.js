// The start page: what there is, in moving pictures; search, a map, and a way in for the undecided.

import { button, make } from "./dom.js";
import { Finder } from "./finder.js";
import { language, say } from "./language.js";
import { progress } from "./lesson.js";
import { summed } from "./lists.js";
import { list, map } from "./map.js";
import { recent } from "./recent.js";
import { own, VERSION } from "./version.js";

const CLOCK = 2400; // milliseconds a strip takes from its first frame to its last

export const title = () => "Glassbox";

// Fills the host; returns what to do when it is left.
export async function open(host, player) {
  const answer = await own(`/start/${VERSION}/${language}.json`);
  const facts = await answer.json();
  if (!answer.ok) throw new Error(facts.error); // another version runs by now
  const by = new Map(facts.pages.map((page) => [page.path, page]));
  const finder = new Finder(facts.pages, (path, query) => player.go(path, query));
  const last = recent().filter((path) => by.has(path)).map((path) => by.get(path));
  const seen = watch();
  host.append(
    hero(facts, finder, player),
    ...(last.length ? [row(say("start.recent"), last, seen, "recent")] : []),
    ...(facts.playlists.length ? [lists(facts.playlists, player)] : []),
    ...facts.chapters.map((chapter) => row(chapter.title, facts.pages.filter((page) => page.chapter === chapter.key), seen)),
    make("section", {}, make("h2", { textContent: say("start.map") }), make("p", { className: "soft", textContent: say("start.map why") }), map(facts.chapters, facts.pages), list(facts.pages)),
  );
  if (player.seeking) finder.input.focus();
  return () => seen.disconnect();
}

function hero(facts, finder, player) {
  const surprise = button(say("start.surprise"), () => player.go(...chance(facts.pages)), say("start.surprise why"));
  return make(
    "section",
    { className: "hero" },
    make("h1", { textContent: say("start.title") }),
    make("p", { className: "soft", textContent: say("start.what", { n: facts.pages.length }) }),
    make("div", { className: "acts" }, finder.host, surprise),
  );
}

// some step of some page's lesson
function chance(pages) {
  const pick = (items) => items[Math.floor(Math.random() * items.length)];
  const page = pick(pages);
  const [, , query] = pick(page.finds.filter(([kind]) => kind === "step"));
  return [page.path, query];
}

// lectures to be taken as they are, or changed
function lists(playlists, player) {
  const items = playlists.map((list) => {
    const open = button("", () => player.playlist.take(list), list.about);
    const sum = summed(list);
    const about = make("span", {}, `${sum}. `, make("span", { lang: list.language, textContent: list.about }));
    open.append(make("b", { lang: list.language, textContent: list.title }), about);
    return make("li", {}, open);
  });
  return make("section", {}, make("h2", { textContent: say("playlist.ready made") }), make("p", { className: "soft", textContent: say("playlist.ready why") }), make("ul", { className: "lists" }, ...items));
}

function row(title, pages, seen, kind = "") {
  const cards = pages.map((page) => make("li", {}, card(page, seen)));
  return make("section", { className: `row ${kind}` }, make("h2", { textContent: title }), make("ul", {}, ...cards));
}

function card(page, seen) {
  const link = make("a", { className: "page", href: `#/${page.path}` });
  if (page.strip) link.append(strip(page, seen));
  link.append(make("b", { textContent: page.title }), make("span", { className: "soft", textContent: page.blurb }));
  const kept = progress()[page.path] ?? {};
  const done = page.lesson.filter((key) => kept[key]?.done).length;
  if (done) link.append(make("small", { textContent: say("start.done", { done, of: page.lesson.length }) }));
  return link;
}

// A recording: its frames side by side behind a window, which steps from one to the next.
function strip(page, seen) {
  const alt = say("start.recorded", { title: page.title, n: page.strip });
  const pictures = ["light", "dark"].map((theme) =>
    make("img", { className: `in-${theme}`, src: `/thumbs/${VERSION}/${page.path.replace("/", "-")}-${theme}.webp`, alt, loading: "lazy" }),
  );
  const window = make("span", { className: `strip${page.strip > 1 ? " moves" : ""}` }, ...pictures);
  window.style.setProperty("--frames", page.strip);
  window.style.setProperty("--clock", `${CLOCK}ms`);
  seen.observe(window);
  return window;
}

// a strip plays once when it comes into sight, and again under the hand
function watch() {
  const observer = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      target.classList.add("seen");
      observer.unobserve(target);
    }
  }, { threshold: 0.6 });
  return observer;
}
