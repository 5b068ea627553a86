// Search over pages: titles, steps, controls, theory, terms and symbols, by their English words too; a slip
// of the finger is forgiven.

const WEIGHTS = { page: 10, term: 6, symbol: 6, step: 5, control: 5, theory: 4, blurb: 3, chapter: 3 };
const PER_PAGE = 2; // results of one page
const NEARLY = 0.4; // what a misspelt word is worth; nothing where the same word is spelt so elsewhere

const HAN = /\p{Script=Han}+/gu; // no spaces part its words, so a part of such a run is a word too

// Lower case, signs as one spelling: x̂₀ is x0, an overline is a bar, and accents of Latin letters go.
const words = (text) =>
  text
    .toLowerCase()
    .normalize("NFKD")
    .replace(/\u0305/g, "\u0304")
    .replace(/ϵ/g, "ε")
    .replace(/([a-z])\p{M}+/gu, "$1")
    .replace(HAN, " $& ")
    .split(/[^\p{L}\p{M}\p{N}∇∂]+/u)
    .filter(Boolean);

// What is to be searched, split once, an entry for each way to say it: [{page, kind, text, query, count, words}]
export const index = (pages) =>
  pages.flatMap((page) =>
    page.finds.flatMap(([kind, text, query, count, english]) => {
      const find = { page, kind, text, query, count };
      return (english ? [text, english] : [text]).map((said) => ({ ...find, words: words(said) }));
    }),
  );

// The best finds for a query, best first; every word of it must be met on the page.
export function search(entries, query, most = 10) {
  const wanted = words(query);
  if (!wanted.length) return [];
  const scored = entries.map((entry) => ({ entry, met: wanted.map((word) => meets(word, entry.words)) }));
  const best = wanted.map((_, i) => Math.max(...scored.map(({ met }) => met[i])));
  for (const { met } of scored) met.forEach((m, i) => (met[i] = m === NEARLY && best[i] > m ? 0 : m));
  const results = grouped(scored).flatMap((finds) => {
    if (!wanted.every((_, i) => finds.some(({ met }) => met[i]))) return [];
    const ranked = finds.map(({ entry, met }) => ({ entry, score: worth(entry, met) }));
    return once(ranked.filter(({ score }) => score).sort((a, b) => b.score - a.score)).slice(0, PER_PAGE);
  });
  return results.sort((a, b) => b.score - a.score).slice(0, most).map(({ entry }) => entry);
}

// what was found by its words in two languages is one find: the first of them stays
const once = (ranked) => ranked.filter(({ entry }, i) => i === ranked.findIndex(({ entry: { kind, text } }) => kind === entry.kind && text === entry.text));

// one list a page
function grouped(scored) {
  const pages = new Map();
  for (const one of scored) {
    if (!pages.has(one.entry.page)) pages.set(one.entry.page, []);
    pages.get(one.entry.page).push(one);
  }
  return [...pages.values()];
}

function worth({ kind, count, words: own }, met) {
  const sum = met.reduce((a, b) => a + b);
  const covered = met.filter(Boolean).length / own.length;
  return WEIGHTS[kind] * sum * (0.6 + 0.4 * covered) * (1 + 0.05 * Math.log2(count));
}

// How well a word is met by the best of some words: 1 itself, less its beginning, a part, or nearly.
function meets(word, own) {
  let best = 0;
  for (const other of own) {
    if (other === word) return 1;
    if (other.startsWith(word)) best = Math.max(best, 0.8);
    else if ((word.length > 2 || word.match(HAN)) && other.includes(word)) best = Math.max(best, 0.5);
    else if (word.length > 3 && near(word, other)) best = Math.max(best, NEARLY);
  }
  return best;
}

// Whether a word, or the beginning of a longer one, is at most so many slips away; a swap is one slip.
function near(word, other) {
  const slips = word.length > 7 ? 2 : 1;
  return apart(word, other) <= slips || (other.length > word.length && apart(word, other.slice(0, word.length)) <= slips);
}

function apart(a, b) {
  if (Math.abs(a.length - b.length) > 2) return 3;
  let [before, row] = [null, Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = row[j - 1] + (a[i - 1] !== b[j - 1]);
      next[j] = Math.min(changed, row[j] + 1, next[j - 1] + 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) next[j] = Math.min(next[j], before[j - 2] + 1);
    }
    [before, row] = [row, next];
  }
  return row[b.length];
}
