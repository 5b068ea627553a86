// Swatches and names, right-aligned at the top of a picture, where there is room for them.

import { colourOf } from "./ink.js";

// entries: {label, ink} or, for a heat, {label, ramp, low, high}.
export function legend(c, sheet, entries, right = 8) {
  if (!entries.length || innerWidth < 500) return; // on a phone the picture needs the place
  const { scale, width, height } = sheet;
  c.font = sheet.font(11.5);
  const line = 17 * scale;
  const rows = wrapped(c, entries, width - 2 * right, scale);
  const widest = Math.max(...rows.map((row) => row.long));
  if (widest > width - 2 * right || widest * rows.length * line > (width * height) / 4) return;
  c.globalAlpha = 0.85;
  c.fillStyle = sheet.tools.colour("card");
  c.beginPath();
  c.roundRect(width - right - widest, 3, widest + 3, rows.length * line + 3, 6);
  c.fill();
  c.globalAlpha = 1;
  rows.forEach((row, i) => {
    let x = width - right - row.long + 8 * scale;
    for (const entry of row.entries) {
      one(c, sheet, entry, x, 4 + (i + 0.5) * line);
      x += entry.long;
    }
  });
}

function wrapped(c, entries, room, scale) {
  const rows = [{ entries: [], long: 0 }];
  for (const entry of entries) {
    const long = c.measureText(entry.label).width + (entry.ramp ? 38 : 26) * scale;
    if (rows.at(-1).long && rows.at(-1).long + long > room) rows.push({ entries: [], long: 0 });
    rows.at(-1).entries.push({ ...entry, long });
    rows.at(-1).long += long;
  }
  return rows;
}

function one(c, { tools, scale }, entry, x, y) {
  const wide = (entry.ramp ? 20 : 8) * scale;
  if (entry.ramp) c.fillStyle = gradient(c, tools, entry, x, wide);
  else c.fillStyle = tools.colour(entry.ink);
  c.beginPath();
  if (entry.ramp) c.roundRect(x, y - 4 * scale, wide, 8 * scale, 2);
  else c.arc(x + 4 * scale, y, 4 * scale, 0, 7);
  c.fill();
  c.fillStyle = tools.colour("soft");
  c.textAlign = "left";
  c.textBaseline = "middle";
  c.fillText(entry.label, x + wide + 5 * scale, y + 0.5);
}

function gradient(c, tools, { ramp }, x, wide) {
  const fill = c.createLinearGradient(x, 0, x + wide, 0);
  for (let i = 0; i <= 6; i++) {
    fill.addColorStop(i / 6, colourOf(tools, { ramp, low: 0, high: 6 }, i).css);
  }
  return fill;
}
