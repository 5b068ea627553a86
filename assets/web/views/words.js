// Texts as they are shown: exact numbers, words that fit, blanks that can be seen.

// What an exact reading looks like: seven significant digits, which is all that float32 has.
export function exact(x) {
  return String(Number.isInteger(x) ? x : +x.toPrecision(7)).replace("-", "−");
}

// A number that came in steps: as far as a step can tell, and not beyond.
export function rounded(x, step) {
  if (!step || step < 1e-3) return exact(x);
  return `≈ ${x.toFixed(Math.ceil(-Math.log10(step)))}`.replace("-", "−");
}

// A number for a small place: so many significant digits, no zero before the point; none, a whole number.
export function short(x, digits) {
  const text = String(digits ? +x.toPrecision(digits) : Math.round(x) || 0);
  return text.replace("-", "−").replace(/^(−?)0\./, "$1.");
}

// The text, cut to a width with an ellipsis.
export function cut(c, text, width) {
  if (c.measureText(text).width <= width) return text;
  let [low, high] = [0, text.length];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (c.measureText(text.slice(0, middle) + "…").width <= width) low = middle;
    else high = middle - 1;
  }
  return low ? text.slice(0, low) + "…" : "";
}

// A piece of text with its blanks made visible.
export function seen(text) {
  const shown = text.replace(/\n/g, "↵").replace(/\t/g, "⇥");
  return shown.replace(/^ +| +$/g, (gap) => "·".repeat(gap.length)) || "∅";
}
