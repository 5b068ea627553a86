// Numbers as people read them: few digits, a true minus, no noise. The point is the decimal sign in every
// language, as in the address and the fields; a comma between thousands would be read as one in most.

import { language } from "./language.js";

export const GAP = language === "en" ? "," : "\u202f"; // thousands

const grouped = (value) => value.toLocaleString("en").replace("-", "−").replaceAll(",", GAP);

export function number(value, digits = 3) {
  if (value === null || value === undefined) return "–";
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (value === 0) return "0";
  if (Number.isInteger(value) && size < 1e6) return grouped(value);
  if (size >= 1e6 || size < 1e-3) return value.toExponential(digits - 1).replace("e+", "e").replaceAll("-", "−");
  return value.toPrecision(Math.max(digits, Math.ceil(Math.log10(size)))).replace("-", "−");
}
