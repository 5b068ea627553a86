// What controls that are drawn share: SVG shapes, and a number held between two ends.

const SVG = "http://www.w3.org/2000/svg";

export const shape = (tag, attributes = {}) => {
  const element = document.createElementNS(SVG, tag);
  for (const name in attributes) element.setAttribute(name, attributes[name]);
  return element;
};

export const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
