// Words in the reader's language: one folder a language under assets/texts, one file an area of the app.

import { own } from "./version.js";

const KEPT = "glassboxLanguage";
const ASKED = "lang"; // in a link: ?lang=de
export const LANGUAGES = { en: "English", de: "Deutsch", es: "Español", fr: "Français", zh: "中文" };

// A page on disk carries its texts along; the app asks for them once, under the version that runs.
const carried = document.getElementById("texts");
export const language = carried ? document.documentElement.lang : chosen();
document.documentElement.lang = language;

// What the link says, else what was chosen here before, else what the browser prefers.
function chosen() {
  const asked = new URLSearchParams(location.search).get(ASKED);
  const wanted = [asked, localStorage[KEPT], ...navigator.languages].map((tag) => tag?.slice(0, 2).toLowerCase());
  return wanted.find((tag) => Object.hasOwn(LANGUAGES, tag ?? "")) ?? "en";
}

// Another language from now on: the same state, opened anew.
export function choose(tag) {
  localStorage[KEPT] = tag;
  const here = new URL(location.href);
  here.searchParams.delete(ASKED);
  history.replaceState(null, "", here);
  location.reload();
}

const texts = carried ? JSON.parse(carried.textContent) : await (await own(new URL(`texts/${language}.json`, import.meta.url))).json();

// The text of a key, "area.key", with {names} filled in; a missing key is a mistake of ours, and says so.
export function say(key, values = {}) {
  const dot = key.indexOf(".");
  const text = texts[key.slice(0, dot)]?.[key.slice(dot + 1)];
  if (text === undefined) console.error(`no text for ${key}`);
  return (text ?? key).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

// What a page calls one of the things that a control offers; its value stays as it is in the address.
export const called = (control, text) => control.says?.[text] ?? text;
