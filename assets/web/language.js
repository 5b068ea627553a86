// Words in the reader's language: one folder a language under assets/texts, one file an area of the app.

const KEPT = "glassboxLanguage";
export const LANGUAGES = { en: "English" };
export const language = chosen();

function chosen() {
  const wanted = [localStorage[KEPT], ...navigator.languages].map((tag) => tag?.slice(0, 2));
  return wanted.find((tag) => tag in LANGUAGES) ?? "en";
}

// A page on disk carries its texts along; the app asks for them once, under the version that runs.
const carried = document.getElementById("texts");
const texts = carried ? JSON.parse(carried.textContent) : await (await fetch(new URL(`texts/${language}.json`, import.meta.url))).json();

// The text of a key, "area.key", with {names} filled in; a missing key is a mistake of ours, and says so.
export function say(key, values = {}) {
  const dot = key.indexOf(".");
  const text = texts[key.slice(0, dot)]?.[key.slice(dot + 1)];
  if (text === undefined) console.error(`no text for ${key}`);
  return (text ?? key).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}
