// Lines of equal value through a grid: in every square, where its sides cross the level.

// Segments x, y, x, y … in the units of the plane; rows of the grid run upwards from y[0].
export function segments({ data, shape: [h, w] }, x, y, levels) {
  const found = [];
  const X = (j) => x[0] + ((x[1] - x[0]) * j) / (w - 1);
  const Y = (i) => y[0] + ((y[1] - y[0]) * i) / (h - 1);
  for (const level of levels) {
    for (let i = 0; i + 1 < h; i++) {
      for (let j = 0; j + 1 < w; j++) {
        const at = i * w + j;
        cross(found, [data[at], data[at + 1], data[at + w + 1], data[at + w]], level, i, j, X, Y);
      }
    }
  }
  return Float32Array.from(found);
}

// corners: this, right, opposite, above. The sides are met in turn, so that a saddle's two
// segments never cross; which pair belongs together is settled by the value in the middle.
function cross(found, corners, level, i, j, X, Y) {
  const [a, b, d, e] = corners;
  const above = corners.map((value) => value >= level);
  if (above.every((side) => side === above[0])) return;
  const share = (p, q) => (level - p) / (q - p);
  const met = [];
  if (above[0] !== above[1]) met.push([X(j + share(a, b)), Y(i)]);
  if (above[1] !== above[2]) met.push([X(j + 1), Y(i + share(b, d))]);
  if (above[2] !== above[3]) met.push([X(j + share(e, d)), Y(i + 1)]);
  if (above[3] !== above[0]) met.push([X(j), Y(i + share(a, e))]);
  if (met.length === 4 && (a + b + d + e) / 4 >= level === above[0]) met.push(met.shift());
  for (let k = 0; k < met.length; k += 2) found.push(...met[k], ...met[k + 1]);
}
