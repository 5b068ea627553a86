// A drawing as its text has it: x,y,x,y;x,y with a stroke between semicolons; and the pen.

export const read = (text) =>
  text
    .split(";")
    .filter(Boolean)
    .map((part) => part.split(",").map(Number))
    .map((flat) => Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i], flat[2 * i + 1]]));

export const write = (strokes) => strokes.map((stroke) => stroke.flat().join(",")).join(";");

// The drawing with one more point, in a stroke of its own or at the end of the last; null if it may not grow.
export function grown(strokes, point, fresh, most) {
  const last = fresh ? null : strokes.at(-1)?.at(-1);
  if (last && last[0] === point[0] && last[1] === point[1]) return null;
  if (strokes.flat().length >= most) return null;
  return fresh || !strokes.length ? [...strokes, [point]] : [...strokes.slice(0, -1), [...strokes.at(-1), point]];
}

// The strokes with a round pen; c is scaled so that a pixel of the drawing has length 1.
export function trace(c, strokes, width) {
  c.lineCap = c.lineJoin = "round";
  c.lineWidth = width;
  for (const stroke of strokes) {
    c.beginPath();
    c.moveTo(stroke[0][0] + 0.5, stroke[0][1] + 0.5);
    for (const [x, y] of stroke) c.lineTo(x + 0.5, y + 0.5);
    c.stroke();
  }
}
