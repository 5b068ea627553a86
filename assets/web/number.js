// Numbers as people read them: few digits, a true minus, no noise.

export function number(value, digits = 3) {
  if (value === null || value === undefined) return "–";
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (value === 0) return "0";
  if (Number.isInteger(value) && size < 1e6) return value.toLocaleString("en").replace("-", "−");
  if (size >= 1e6 || size < 1e-3) return value.toExponential(digits - 1).replace("e+", "e").replaceAll("-", "−");
  return value.toPrecision(Math.max(digits, Math.ceil(Math.log10(size)))).replace("-", "−");
}
