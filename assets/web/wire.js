// Messages of app/wire.py back into frames: {index, views} with arrays as {data, shape}.

// What a reader has of a run; one whose connection was cut goes on from it.
export class Had {
  constructor() {
    this.run = ""; // the server's mark of the run
    this.count = 0; // its messages
    this.known = []; // arrays by number, over the whole run
    this.before = {}; // the views of the frame before: only what differs is sent
  }

  // what the server is to be told when it is asked again
  get headers() {
    return this.count ? { "x-have": `${this.run}.${this.count}` } : {};
  }

  // whether the answer goes on from here; else it is another run, or the same from its beginning
  goesOn(response) {
    const run = response.headers.get("x-run") ?? "";
    const same = this.count > 0 && run === this.run && Number(response.headers.get("x-from")) === this.count;
    if (!same) Object.assign(this, { run, count: 0, known: [], before: {} });
    return same;
  }
}

// `waits` hears where one stands in line, {place, seconds}, while nothing is computed yet
export async function* frames(response, waits = () => {}, had = new Had()) {
  const reader = response.body.getReader();
  let held = new Uint8Array(0);
  for (;;) {
    while (held.length >= 4 && held.length >= 4 + length(held, 0)) {
      const size = 4 + length(held, 0);
      const seen = frame(held.slice(4, size), had.known, had.before);
      held = held.subarray(size);
      if ("index" in seen) had.count++;
      if (seen.wait) waits(seen.wait);
      else yield seen;
    }
    const { value, done } = await reader.read();
    if (done) return;
    held = join(held, value);
  }
}

function frame(body, known, before) {
  const size = length(body, 0);
  const header = JSON.parse(new TextDecoder().decode(body.subarray(4, 4 + size)));
  const arrays = body.buffer.slice(4 + size);
  const seen = revive(header, arrays, known);
  for (const name in seen.views) {
    const view = seen.views[name];
    seen.views[name] = before[name] = "kind" in view ? view : { ...before[name], ...view };
  }
  return seen;
}

function revive(value, arrays, known) {
  if (Array.isArray(value)) return value.map((item) => revive(item, arrays, known));
  if (value === null || typeof value !== "object") return value;
  if ("$" in value) {
    if ("at" in value) known[value.$] = numbers(value, arrays);
    return known[value.$];
  }
  for (const key in value) value[key] = revive(value[key], arrays, known);
  return value;
}

const STEPS = { u8: 255, u16: 65535 };
const TYPES = { u8: Uint8Array, u16: Uint16Array, i32: Int32Array, f32: Float32Array };

// `step` is how far apart two values are told where they were sent in steps.
function numbers({ at, shape, type, low, high, lower }, arrays) {
  const n = shape.at(-1);
  const whole = shape.reduce((a, b) => a * b, 1);
  const size = lower ? (whole * (n + 1)) / (2 * n) : whole;
  const sent = new TYPES[type](arrays, at, size);
  const data = lower ? square(scaled(sent, type, low, high), n) : scaled(sent, type, low, high);
  const step = low && Math.max(...low.map((l, i) => high[i] - l)) / STEPS[type];
  return { data, shape, step };
}

function scaled(sent, type, low, high) {
  if (!low) return sent;
  const out = new Float32Array(sent.length);
  const ends = low.length;
  const scale = low.map((l, i) => (high[i] - l) / STEPS[type]);
  for (let i = 0; i < out.length; i++) out[i] = low[i % ends] + sent[i] * scale[i % ends];
  return out;
}

// Lower triangles back into whole matrices.
function square(sent, n) {
  const count = sent.length / ((n * (n + 1)) / 2);
  const out = new Float32Array(count * n * n);
  let at = 0;
  for (let row = 0; row < count * n; row++) {
    const some = (row % n) + 1;
    out.set(sent.subarray(at, at + some), row * n);
    at += some;
  }
  return out;
}

const length = (bytes, at) => new DataView(bytes.buffer, bytes.byteOffset + at, 4).getUint32(0, true);

function join(a, b) {
  if (!a.length) return b;
  const whole = new Uint8Array(a.length + b.length);
  whole.set(a);
  whole.set(b, a.length);
  return whole;
}
