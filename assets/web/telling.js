// What pictures and numbers say, in the reader's language: a page's English phrases, each with its own words.
// A phrase has places {1}, {2} … for what differs from frame to frame, {1*} where that may be a list; what stands
// there is told the same way. Own words name them {1}, {2} … in their own order.

import { GAP } from "./number.js";

// Fields of views that hold words of ours; in all others stands what somebody wrote, or a name of the code.
const WORDS = new Set([
  "title", "says", "label", "labels", "x_label", "y_label", "z_label", "row_label", "column_label", "value_label",
  "floor_label", "before_label", "row_labels", "column_labels", "low", "high", "name", "unit", "formula", "value",
  "tip", "blank", "brushes", "texts",
]);
const NAMED = new Set(["notes", "products"]); // numbers by names that are words of ours
const FREE = { bars: "labels", tokens: "texts", words: "texts" }; // there a single word may be the reader's own
const MOST = 5000; // texts remembered

// What tells the views of a frame.
export function telling(phrases) {
  const whole = new Map(Object.entries(phrases).filter(([phrase]) => !PLACE.test(phrase)));
  const parted = Object.keys(phrases).filter((phrase) => PLACE.test(phrase)).sort((a, b) => bare(b) - bare(a));
  const patterns = parted.map((phrase) => ({ pattern: matching(phrase), own: phrases[phrase] }));
  const texts = new Map();
  const told = new WeakMap(); // views are shown again and again

  function text(english) {
    if (!texts.has(english)) {
      if (texts.size > MOST) texts.clear();
      texts.set(english, found(english));
    }
    return texts.get(english);
  }

  function found(english) {
    if (whole.has(english)) return whole.get(english);
    if (LARGE.test(english)) return english.replaceAll(",", GAP);
    for (const { pattern, own } of patterns) {
      const { groups } = pattern.exec(english) ?? {};
      if (groups) return own.replace(/\{(\d)\}/g, (_, place) => text(groups[`_${place}`]));
    }
    const mark = ["\n", "  ", "; ", ", "].find((each) => english.includes(each));
    return mark ? english.split(mark).map(text).join(mark) : english;
  }

  function part(value, field, kind) {
    if (typeof value === "string") return WORDS.has(field) && (FREE[kind] !== field || value.includes(" ")) ? text(value) : value;
    if (Array.isArray(value)) return value.map((item) => part(item, field, kind));
    if (value === null || typeof value !== "object" || value.data) return value;
    return record(value, field);
  }

  function record(value, field) {
    const entries = Object.entries(value).map(([name, item]) => [NAMED.has(field) ? text(name) : name, part(item, name, value.kind)]);
    const row = field === "rows" ? { key: value.name } : {}; // by which a theory points at a number
    return { ...row, ...Object.fromEntries(entries) };
  }

  if (!Object.keys(phrases).length) return (views) => views;
  return (views) => {
    if (!told.has(views)) told.set(views, Object.fromEntries(Object.entries(views).map(([name, view]) => [name, record(view)])));
    return told.get(views);
  };
}

const LARGE = /^[−-]?\d{1,3}(,\d{3})+(\.\d+)?$/;
const PLACE = /\{(\d)(\*?)\}/;
const bare = (phrase) => phrase.split(/\{\d\*?\}/).join("").length;

// The pattern of a phrase: the same place twice holds the same twice.
function matching(phrase) {
  const seen = new Set();
  const parts = phrase.split(/(\{\d\*?\})/).map((piece) => {
    const [, place, list] = PLACE.exec(piece) ?? [];
    if (!place) return piece.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
    if (seen.has(place)) return `\\k<_${place}>`;
    seen.add(place);
    return `(?<_${place}>${list ? "." : "(?:(?!, ).)"}+?)`;
  });
  return new RegExp(`^${parts.join("")}$`, "s");
}
