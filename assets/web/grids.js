// Controls that are filled in cell by cell: a painted grid, a table, spots of a large one.

import { button, make } from "./dom.js";
import { say } from "./language.js";
import { items, summary } from "./summary.js";

const LARGE = 36; // cells of a grid that would fill the card

const spots = summary(items(";"), (n, c) => say(n ? "controls.set in picture" : c.most > 1 ? "controls.paint in picture" : "controls.click one"));
const painted = summary((text) => text.replace(/[.0]/g, "").length, (n) => say("controls.painted", { n }));
const table = summary((text) => text, (_, { rows, columns }) => say("controls.table", { rows, columns }));

// A grid of cells; a click or Enter gives a cell its next value. A large one is painted in the picture.
function cells(control, id, tools) {
  const { rows, columns, levels } = control;
  if (rows * columns > LARGE) return painted(control, id, tools);
  const { set } = tools;
  const grid = make("div", { id, className: "cells" });
  grid.style.gridTemplateColumns = `repeat(${columns}, 1fr)`;
  let values = [];
  const boxes = Array.from({ length: rows * columns }, (_, i) => {
    const [r, c] = [Math.floor(i / columns), i % columns];
    const box = button("", () => {
      values[r][c] = (values[r][c] + 1) % levels;
      set(values.map((row) => row.map((v) => v.toString(36)).join("")).join("."));
    });
    box.setAttribute("aria-label", say("controls.cell", { row: r + 1, column: c + 1 }));
    grid.append(box);
    return box;
  });
  return {
    wide: true,
    parts: [grid],
    show(text) {
      values = text.split(".").map((row) => [...row].map((digit) => parseInt(digit, 36)));
      boxes.forEach((box, i) => (box.dataset.level = values[Math.floor(i / columns)]?.[i % columns]));
    },
  };
}

export const grids = { cells, table, spots };
