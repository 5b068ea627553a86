// What the inks of a picture mean: swatches that look like their marks, with names, in few rows.

import { colourOf } from "./ink.js";
import { cut } from "./words.js";

const WIDE = { ramp: 20, line: 16, dot: 8 }; // pixels of a swatch

// Rows of entries {label, ink, swatch: "ramp" | "line" | "dot", dashed, ramp} for a width.
export function plan(c, sheet, entries, room) {
  const { scale } = sheet;
  c.font = sheet.font(11.5);
  const rows = [{ entries: [], long: 0 }];
  for (const entry of entries) {
    const label = cut(c, entry.label, Math.min(Math.max(0.6 * room, 90 * scale), room - (WIDE[entry.swatch] + 16) * scale));
    const long = c.measureText(label).width + (WIDE[entry.swatch] + 16) * scale;
    if (rows.at(-1).long && rows.at(-1).long + long > room) rows.push({ entries: [], long: 0 });
    rows.at(-1).entries.push({ ...entry, label, long });
    rows.at(-1).long += long;
  }
  const filled = rows.filter(({ long }) => long);
  const widest = Math.max(0, ...filled.map(({ long }) => long));
  return { rows: filled, widest, height: 17 * scale * filled.length };
}

// Right-aligned below `top`.
export function write(c, sheet, { rows }, right, top) {
  const { scale } = sheet;
  c.font = sheet.font(11.5);
  c.globalAlpha = 1;
  rows.forEach((row, i) => {
    let x = right - row.long + 11 * scale; // half a gap before the first, none after the last
    for (const entry of row.entries) {
      one(c, sheet, entry, x, top + (i + 0.5) * 17 * scale);
      x += entry.long;
    }
  });
}

// Over a picture, at its top right, on card of its own, beside the name of the upright axis; nothing where
// it would cover too much of it.
export function over(c, sheet, entries, axis = "", right = 8) {
  if (!entries.length) return;
  const { width, height } = sheet;
  c.font = sheet.font(11);
  const left = axis ? c.measureText(axis).width + 12 : right;
  const known = plan(c, sheet, entries, width - left - right);
  const most = innerWidth < 500 ? 6 : 4; // on a phone the picture needs the place
  if (known.widest * known.height > (width * height) / most) return;
  c.globalAlpha = 0.85;
  c.fillStyle = sheet.tools.colour("card");
  c.beginPath();
  c.roundRect(width - right - known.widest, 3, known.widest + 3, known.height + 3, 6);
  c.fill();
  write(c, sheet, known, width - right, 4);
}

function one(c, sheet, entry, x, y) {
  const { tools, scale } = sheet;
  const wide = WIDE[entry.swatch] * scale;
  c.fillStyle = c.strokeStyle = tools.colour(entry.ink ?? "soft");
  c.beginPath();
  if (entry.swatch === "line") {
    c.lineWidth = 2.5 * scale;
    if (entry.dashed) c.setLineDash([4 * scale, 2.5 * scale]);
    c.moveTo(x, y);
    c.lineTo(x + wide, y);
    c.stroke();
    c.setLineDash([]);
  } else if (entry.swatch === "ramp") ramp(c, tools, entry, [x, y - 4 * scale, wide, 8 * scale]);
  else {
    c.arc(x + wide / 2, y, wide / 2, 0, 7);
    c.fill();
  }
  c.fillStyle = tools.colour("soft");
  c.textAlign = "left";
  c.textBaseline = "middle";
  c.fillText(entry.label, x + wide + 5 * scale, y + 0.5);
}

// A ramp from its low to its high end, left to right.
export function ramp(c, tools, { ramp: name }, [x, y, w, h]) {
  const fill = c.createLinearGradient(x, 0, x + w, 0);
  for (let i = 0; i <= 8; i++) {
    fill.addColorStop(i / 8, colourOf(tools, { ramp: name, low: 0, high: 8 }, i).css);
  }
  c.beginPath();
  c.roundRect(x, y, w, h, 2);
  c.fillStyle = fill;
  c.fill();
  c.strokeStyle = tools.colour("line");
  c.lineWidth = 1;
  c.stroke();
}
