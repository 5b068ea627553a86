// Where values stand on a line of pixels, and the few round numbers that name them.

// A function from values to pixels, with `back` from pixels to values.
export function scale([low, high], [from, to], log = false) {
  const bend = log ? (x) => Math.log10(x) : (x) => x;
  const [a, b] = [bend(low), bend(high)];
  const step = (to - from) / (b - a || 1);
  const at = (x) => from + (bend(x) - a) * step;
  at.back = (pixel) => {
    const value = a + (pixel - from) / step;
    return log ? 10 ** value : value;
  };
  return at;
}

// About `count` round numbers between two ends; a lone one would give no scale, so there are two.
export function ticks(low, high, count, log = false) {
  if (log) return decades(low, high, count);
  const span = high - low;
  if (!(span > 0) || count < 1) return [];
  const rough = span / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const fit = [1, 2, 5, 10].findIndex((m) => m * power >= rough * 0.999);
  const steps = [0.2, 0.5, 1, 2, 5, 10].slice(0, fit + 3).reverse();
  const found = steps.map((m) => multiples(low, high, m * power));
  return found.find(({ length }) => length > 1) ?? found[0];
}

function multiples(low, high, step) {
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step);
}

// Powers of ten; over a short stretch also their doubles and fives, as far as there is room.
function decades(low, high, count) {
  const first = Math.ceil(Math.log10(low) - 1e-9);
  const last = Math.floor(Math.log10(high) + 1e-9);
  if (last - first >= 2) return powers(low, high, first, last, count, [1]);
  const found = [[1, 2, 5], [1, 5], [1]].map((between) => powers(low, high, first, last, count, between));
  const scales = found.filter(({ length }) => length > 1);
  return scales.find(({ length }) => length <= 2 * count) ?? scales.at(-1) ?? found[0];
}

function powers(low, high, first, last, count, between) {
  const every = Math.max(1, Math.ceil((last - first + 1) / (count + 1)));
  const found = [];
  for (let p = first - 1; p <= last; p += p < first ? 1 : every) {
    for (const m of between) found.push(m * 10 ** p);
  }
  return found.filter((x) => x >= low * (1 - 1e-9) && x <= high * (1 + 1e-9));
}

const RAISED = {
  "-": "⁻",
  0: "⁰",
  1: "¹",
  2: "²",
  3: "³",
  4: "⁴",
  5: "⁵",
  6: "⁶",
  7: "⁷",
  8: "⁸",
  9: "⁹",
};

// A short name of a tick; as a power of ten if it is very large, very small or one of such.
export function name(x, power = false) {
  if (x === 0) return "0";
  const size = Math.abs(x);
  if (power || size >= 1e6 || size < 1e-3) {
    const [digits, power] = x.toExponential(2).split("e");
    const raised = [...String(+power)].map((d) => RAISED[d]).join("");
    const lead = +digits === 1 ? "" : `${+digits}·`;
    return `${lead}10${raised}`.replace("-", "−");
  }
  const text = size >= 1e4 ? `${+(x / 1e3).toPrecision(3)}k` : String(+x.toPrecision(4));
  return text.replace("-", "−");
}
