// Messages of app/wire.py back into frames: {index, views} with arrays as {data, shape}.

export async function* frames(response) {
  const reader = response.body.getReader();
  const known = []; // arrays by number, over the whole run
  const before = {}; // the views of the frame before: only what differs is sent
  let held = new Uint8Array(0);
  for (;;) {
    while (held.length >= 4 && held.length >= 4 + length(held, 0)) {
      const size = 4 + length(held, 0);
      yield frame(held.slice(4, size), known, before);
      held = held.subarray(size);
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
    if ("at" in value) known[value.$] = { data: numbers(value, arrays), shape: value.shape };
    return known[value.$];
  }
  for (const key in value) value[key] = revive(value[key], arrays, known);
  return value;
}

function numbers({ at, shape, type, low, high }, arrays) {
  const size = shape.reduce((a, b) => a * b, 1);
  if (type === "u8") return new Uint8Array(arrays, at, size);
  if (type === "i32") return new Int32Array(arrays, at, size);
  if (type === "f32") return new Float32Array(arrays, at, size);
  const steps = new Uint16Array(arrays, at, size);
  const out = new Float32Array(size);
  const ends = low.length;
  const scale = low.map((l, i) => (high[i] - l) / 65535);
  for (let i = 0; i < size; i++) out[i] = low[i % ends] + steps[i] * scale[i % ends];
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
