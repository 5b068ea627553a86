// The map of what builds on what: a column a depth, a band a chapter; each box leads to its page.

import { make } from "./dom.js";
import { say } from "./language.js";

const WIDE = 190;
const HIGH = 30;
const ACROSS = 214; // from one column to the next
const DOWN = 40;
const GAP = 22; // between chapters
const TOP = 18; // a chapter's name above its band

export function map(chapters, pages) {
  const places = placed(chapters, pages);
  const spots = [...places.values()];
  const width = Math.max(...spots.map(({ x }) => x)) + WIDE + 2;
  const height = Math.max(...spots.map(({ y }) => y)) + HIGH + 4;
  const svg = draw("svg", { viewBox: `0 0 ${width} ${height}`, class: "map", role: "group", "aria-label": say("start.map") });
  const edges = pages.flatMap((page) => page.builds_on.map((under) => edge(places, under, page.path)));
  const names = chapters.map((chapter) => named(chapter, pages, places));
  const boxes = pages.map((page) => box(page, places.get(page.path)));
  svg.append(...edges.map(({ line }) => line), ...names, ...boxes);
  const light = (path) => lit(svg, pages, edges, path);
  for (const link of boxes) {
    link.onpointerenter = link.onfocus = () => light(link.dataset.path);
    link.onpointerleave = link.onblur = () => light(null);
  }
  return make("div", { className: "map-host" }, svg);
}

// The same in words, for all who do not see the picture.
export function list(pages) {
  const titles = new Map(pages.map(({ path, title }) => [path, title]));
  const rows = pages.filter(({ builds_on }) => builds_on.length).map((page) => {
    const row = make("li", {}, make("a", { href: `#/${page.path}`, textContent: page.title }), ` ${say("start.builds on")} `);
    page.builds_on.forEach((under, i) => row.append(i ? ", " : "", make("a", { href: `#/${under}`, textContent: titles.get(under) })));
    return row;
  });
  return make("details", { className: "in-words", open: matchMedia("(max-width: 800px)").matches }, make("summary", { textContent: say("start.map in words") }), make("ul", {}, ...rows));
}

// A page stands right of all that it builds on, in the band of its chapter, level with the first of them
// if nothing stands there.
function placed(chapters, pages) {
  const by = new Map(pages.map((page) => [page.path, page]));
  const depth = (path) => Math.max(-1, ...by.get(path).builds_on.map(depth)) + 1;
  const places = new Map();
  const rowsOf = new Map();
  let y = 0;
  for (const chapter of chapters) {
    const taken = new Map(); // depth -> its rows
    for (const page of pages.filter((one) => one.chapter === chapter.key)) {
      const column = depth(page.path);
      const rows = taken.get(column) ?? new Set();
      let row = rowsOf.get(page.builds_on[0]) ?? 0;
      while (rows.has(row)) row++;
      taken.set(column, rows.add(row));
      rowsOf.set(page.path, row);
      places.set(page.path, { x: 1 + column * ACROSS, y: y + TOP + row * DOWN });
    }
    y += TOP + (Math.max(...[...taken.values()].flatMap((rows) => [...rows])) + 1) * DOWN + GAP;
  }
  return places;
}

function edge(places, start, end) {
  const [a, b] = [places.get(start), places.get(end)];
  const [x, y, u, v] = [a.x + WIDE, a.y + HIGH / 2, b.x, b.y + HIGH / 2];
  const bend = Math.max(18, (u - x) / 2);
  const line = draw("path", { d: `M${x} ${y}C${x + bend} ${y} ${u - bend} ${v} ${u} ${v}` });
  return { line, start, end };
}

function named(chapter, pages, places) {
  const own = pages.filter((page) => page.chapter === chapter.key).map((page) => places.get(page.path));
  const name = draw("text", { x: 1, y: Math.min(...own.map(({ y }) => y)) - 7, class: "chapter" });
  name.textContent = chapter.title;
  return name;
}

function box(page, { x, y }) {
  const text = draw("text", { x: x + WIDE / 2, y: y + HIGH / 2 + 4.5, "text-anchor": "middle" });
  text.textContent = page.title;
  const link = draw("a", { href: `#/${page.path}` });
  link.append(draw("rect", { x, y, width: WIDE, height: HIGH, rx: 8 }), text);
  link.dataset.path = page.path;
  return link;
}

// a page, all that it builds on and all that builds on it
function lit(svg, pages, edges, path) {
  const by = new Map(pages.map((page) => [page.path, page]));
  const kin = new Set();
  const down = (one) => (kin.add(one), by.get(one).builds_on.forEach(down));
  const up = (one) => (kin.add(one), pages.filter(({ builds_on }) => builds_on.includes(one)).forEach((page) => up(page.path)));
  if (path) (down(path), up(path));
  svg.classList.toggle("lit", Boolean(path));
  for (const link of svg.querySelectorAll("a")) link.classList.toggle("kin", kin.has(link.dataset.path));
  for (const { line, start, end } of edges) line.classList.toggle("kin", kin.has(start) && kin.has(end));
}

function draw(tag, attributes) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}
