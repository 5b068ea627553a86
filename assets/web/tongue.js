// The choice of a language, and the words of it that Gradio has drawn: its tabs.

import { make } from "./dom.js";
import { choose, language, LANGUAGES, say } from "./language.js";

const WORDS = [
  ["words-picture-button", "words.picture"],
  ["words-equations-button", "words.equations"],
  ["words-derivations-button", "words.derivations"],
  ["words-code-button", "words.code"],
  ["words-sources-button", "words.sources"],
];

// A list of languages by their own names, as small as two letters.
export function choice() {
  const options = Object.entries(LANGUAGES).map(([tag, name]) => make("option", { value: tag, textContent: name, lang: tag, selected: tag === language }));
  const list = make("select", { title: say("shell.language") }, ...options);
  list.setAttribute("aria-label", say("shell.language"));
  list.onchange = () => choose(list.value);
  const short = make("span", { textContent: language.toUpperCase() });
  short.setAttribute("aria-hidden", "true");
  return make("div", { className: "tongue" }, short, list);
}

// Tabs exist only once they are shown: looked for whenever something appears.
export function relabel(chapters) {
  if (language === "en") return;
  const titles = chapters.flatMap(({ key, title, concepts }) => [
    [`chapter-${key}-button`, title],
    ...concepts.map((concept) => [`concept-${key}-${concept.key}-button`, concept.title]),
  ]);
  const own = WORDS.map(([id, key]) => [id, say(key)]);
  const put = () => {
    for (const [id, text] of [...titles, ...own]) name(document.getElementById(id), text);
    // those without room lie in a menu, where they have no ids; all are measured in a row that nobody sees
    const left = own.filter(([id]) => !document.getElementById(id));
    all(".overflow-dropdown > button").forEach((item, at) => name(item, left[at]?.[1]));
    all(".overflow-menu > button").forEach((menu) => menu.setAttribute("aria-label", say("words.more")));
    const measured = all(".tab-container[aria-hidden] > button").map((item, at) => name(item, own[at][1]));
    if (measured.includes(true)) dispatchEvent(new Event("resize")); // Gradio looks again what has room
  };
  new MutationObserver(put).observe(document.body, { childList: true, subtree: true, attributeFilter: ["id"] });
  put();
}

const all = (place) => [...document.querySelectorAll(`#words > .tab-wrapper ${place}`)];

// Gives a tab its text; whether it had another.
function name(tab, text) {
  if (!tab || !text || tab.textContent === text) return false;
  tab.textContent = text;
  return true;
}

// What is told in English on a page of another language says so, to screen readers and to people.
export function mark(host, { page, lesson }) {
  for (const place of ["h1", ".blurb", ".controls", ".scene", ".says", ".numbers", ".where"]) host.querySelector(place).lang = page;
  host.querySelector(".lesson").lang = lesson;
  const note = host.querySelector(".english");
  note.hidden = page === language && lesson === language;
  note.textContent = say(page === language ? "shell.lesson english" : "shell.page english");
}
