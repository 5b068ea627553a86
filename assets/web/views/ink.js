// Values into colours: a ramp as a table of 1,024 pixels, and pictures of arrays made with it.

const STEPS = 1023;
const tables = new Map(); // theme and ramp -> packed pixels

export function table(tools, name) {
  const key = `${tools.theme()} ${name}`;
  if (!tables.has(key)) {
    const ramp = tools.ramp(name);
    const pixels = new Uint32Array(STEPS + 1);
    for (let i = 0; i <= STEPS; i++) pixels[i] = packed(ramp(i / STEPS));
    tables.set(key, pixels);
  }
  return tables.get(key);
}

const packed = ([r, g, b]) =>
  ((255 << 24) | (Math.round(b) << 16) | (Math.round(g) << 8) | Math.round(r)) >>> 0;

// The colour of one value, and whether it is dark enough to want light text.
export function colourOf(tools, { ramp, low, high }, value) {
  const u = Math.min(1, Math.max(0, (value - low) / (high - low || 1)));
  const pixel = table(tools, ramp)[Math.round(u * STEPS)];
  const [r, g, b] = [pixel & 255, (pixel >> 8) & 255, (pixel >> 16) & 255];
  return { css: `rgb(${r},${g},${b})`, luma: (0.299 * r + 0.587 * g + 0.114 * b) / 255 };
}

// A picture of an array, one pixel a value; kept until the array, its ramp or the theme changes.
export class Raster {
  constructor() {
    this.canvas = document.createElement("canvas");
    this.c = this.canvas.getContext("2d");
    this.key = "";
    this.array = null;
  }

  // height × width values of `array`, tiles below each other; `flip` puts row 0 at the bottom.
  of(tools, array, { width, height, ramp, low, high, flip = false, hidden = null }) {
    const key = [tools.theme(), width, height, ramp, low, high, flip].join();
    if (this.array === array && this.hidden === hidden && this.key === key) return this.canvas;
    Object.assign(this, { array, hidden, key });
    if (this.canvas.width !== width) this.canvas.width = width;
    if (this.canvas.height !== height) this.canvas.height = height;
    if (!width || !height) return this.canvas;
    const image = this.c.createImageData(width, height);
    const pixels = new Uint32Array(image.data.buffer);
    fill(pixels, array.data, table(tools, ramp), low, STEPS / (high - low || 1));
    if (hidden) for (let i = 0; i < pixels.length; i++) if (hidden.data[i]) pixels[i] = 0;
    if (flip) upside(pixels, width, height);
    this.c.putImageData(image, 0, 0);
    return this.canvas;
  }
}

function fill(pixels, values, colours, low, steps) {
  for (let i = 0; i < pixels.length; i++) {
    const u = ((values[i] - low) * steps + 0.5) | 0;
    pixels[i] = colours[u < 0 ? 0 : u > STEPS ? STEPS : u];
  }
}

function upside(pixels, width, height) {
  for (let top = 0, bottom = height - 1; top < bottom; top++, bottom--) {
    const row = pixels.slice(top * width, (top + 1) * width);
    pixels.copyWithin(top * width, bottom * width, (bottom + 1) * width);
    pixels.set(row, bottom * width);
  }
}

// Matrices too fine for the screen, coarser: of each block the value furthest from `rest`, so that a
// thin line does not fade. `hidden` cells do not count; a block of them alone is hidden.
export class Pool {
  of(array, factor, hidden = null, rest = 0) {
    const known = this.array === array && this.hidden === hidden && this.factor === factor;
    if (!known) Object.assign(this, { array, hidden, factor, ...pooled(array, factor, hidden, rest) });
    return this;
  }
}

function pooled({ data, shape }, factor, hidden, rest) {
  const [n, m] = shape.slice(-2);
  const [high, wide] = [Math.ceil(n / factor), Math.ceil(m / factor)];
  const k = shape.length > 2 ? shape[0] : 1;
  const out = new Float32Array(k * high * wide).fill(rest);
  const bare = new Uint8Array(out.length).fill(hidden ? 1 : 0);
  for (let row = 0, at = 0; row < k * n; row++) {
    const line = (Math.floor(row / n) * high + Math.floor((row % n) / factor)) * wide;
    for (let j = 0; j < m; j++, at++) {
      if (hidden?.data[at]) continue;
      const to = line + Math.floor(j / factor);
      bare[to] = 0;
      if (Math.abs(data[at] - rest) > Math.abs(out[to] - rest)) out[to] = data[at];
    }
  }
  return {
    values: { data: out, shape: [...shape.slice(0, -2), high, wide] },
    bare: hidden && { data: bare },
  };
}

// Draw a part of a picture: crisp where it grows, smooth where it shrinks.
export function place(c, picture, from, to, smooth = false) {
  const [, , sw, sh] = from;
  const [x, y, w, h] = to;
  if (!sw || !sh) return;
  c.imageSmoothingEnabled = smooth || w < sw || h < sh;
  c.drawImage(picture, ...from, x, y, w, h);
}
