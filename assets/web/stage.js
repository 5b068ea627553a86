// The stage: the views of a scene in a grid, each in a card with its title; views outlive frames.

import { signed } from "./tools.js";
import { kinds } from "./views/index.js";
import { cut } from "./views/words.js";

const BESIDE = new Set(["numbers", "clock"]); // shown elsewhere than on the stage
const FLAT = 2; // cells of the layout across for one down: a strip, which stays one on a phone
const strip = (view) => view.kind === "film" && view.images.shape[0] === 1; // one row of pictures

// How much wider than high a view is, in parts of the whole stage; text needs height where it is narrow.
function aspect(rows, name) {
  const holds = rows.filter((row) => row.includes(name));
  const across = holds[0].filter((cell) => cell === name).length / rows[0].length;
  return across / (holds.length / rows.length);
}

export class Stage {
  // with a reader, each card has a button that opens its numbers
  constructor(host, tools, reader = null) {
    this.host = host;
    this.tools = tools;
    this.reader = reader;
    this.cards = new Map();
    this.layout = [];
  }

  // A new page: the old views go with the first frame of the new one, so that nothing flashes.
  reset(layout) {
    this.layout = layout;
    this.stale = true;
  }

  show(views) {
    const names = Object.keys(views).filter((name) => !BESIDE.has(views[name].kind));
    const signature = names.map((name) => `${name}:${views[name].kind}`).join();
    if (this.stale || signature !== this.signature) this.build(names, views, signature);
    for (const name of names) this.draw(this.cards.get(name), views[name]);
  }

  draw(card, view) {
    if (card.title !== view.title) card.caption.textContent = signed((card.title = view.title));
    card.shown = view;
    card.view.draw(view);
  }

  build(names, views, signature) {
    for (const card of this.cards.values()) card.view.destroy?.();
    this.cards.clear();
    this.host.replaceChildren();
    this.signature = signature;
    this.stale = false;
    const rows = this.rows(names);
    this.host.style.gridTemplateAreas = rows.map((row) => `"${row.join(" ")}"`).join(" ");
    this.host.style.gridTemplateColumns = `repeat(${rows[0].length}, minmax(0, 1fr))`;
    this.host.style.gridTemplateRows = `repeat(${rows.length}, minmax(0, 1fr))`;
    const cells = rows.flat();
    let small = null;
    for (const name of names) {
      const figure = document.createElement("figure");
      figure.className = "view";
      figure.dataset.view = name;
      figure.style.gridArea = name;
      const share = cells.filter((cell) => cell === name).length / cells.length;
      figure.classList.toggle("large", share >= 0.18); // a phone gives it the whole width
      figure.classList.toggle("flat", strip(views[name]) || (views[name].kind !== "tokens" && aspect(rows, name) > FLAT));
      if (share < 0.18) small = small ? null : figure;
      const caption = document.createElement("figcaption");
      const body = document.createElement("div");
      body.className = "view-body";
      const opener = this.reader ? [this.reader.opener(() => this.cards.get(name).shown)] : [];
      figure.append(caption, ...opener, body);
      this.host.append(figure);
      this.cards.set(name, { caption, view: kinds[views[name].kind](body, this.tools) });
    }
    small?.classList.add("large"); // an odd one out would leave a hole beside it on a phone
    if (small && views[small.dataset.view].kind === "chart") small.classList.add("flat");
  }

  // The declared rows whose views are all here; if they do not hold every view, the first large, the
  // others beside it. So one layout serves scenes that differ from state to state.
  rows(names) {
    const here = (cell) => cell === "." || names.includes(cell);
    const rows = this.layout.map((row) => row.trim().split(/\s+/)).filter((row) => row.every(here));
    const laid = new Set(rows.flat());
    if (names.every((name) => laid.has(name))) return rows;
    const [first, ...others] = names;
    if (!others.length) return [[first]];
    return others.map((other) => [first, first, first, other]);
  }

  // The whole stage on a canvas of its own, so many pixels for one on the page.
  async picture(scale) {
    const { width, height } = this.host.getBoundingClientRect();
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width: width * scale, height: height * scale });
    const c = canvas.getContext("2d");
    c.scale(scale, scale);
    await this.paint(c);
    return canvas;
  }

  // The whole stage, titles and all, on a context whose lengths are CSS pixels: a canvas, or a file.
  async paint(c) {
    const box = this.host.getBoundingClientRect();
    c.fillStyle = this.tools.colour("paper");
    c.fillRect(0, 0, box.width, box.height);
    for (const [name, card] of this.cards) {
      const figure = this.host.querySelector(`[data-view="${name}"]`);
      this.frame(c, card, figure.getBoundingClientRect(), box);
      const body = figure.querySelector(".view-body").getBoundingClientRect();
      c.save();
      c.translate(body.left - box.left, body.top - box.top);
      c.beginPath();
      c.rect(0, 0, body.width, body.height);
      c.clip();
      await card.view.paint(c);
      c.restore();
    }
  }

  frame(c, card, at, box) {
    const [x, y] = [at.left - box.left, at.top - box.top];
    c.fillStyle = this.tools.colour("card");
    c.strokeStyle = this.tools.colour("line");
    c.lineWidth = 1;
    c.beginPath();
    c.roundRect(x + 0.5, y + 0.5, at.width - 1, at.height - 1, 12);
    c.fill();
    c.stroke();
    const { font } = getComputedStyle(card.caption);
    Object.assign(c, { font, fillStyle: this.tools.colour("soft"), textAlign: "left", textBaseline: "alphabetic" });
    const { bottom } = card.caption.getBoundingClientRect();
    c.fillText(cut(c, signed(card.title ?? ""), at.width - 24), x + 12, bottom - box.top - 8);
  }
}
