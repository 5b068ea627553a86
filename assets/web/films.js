// How a film is written: as a GIF, which everything plays, or as a video, which is sharper and smaller.

const COLOURS = 255; // of a GIF, and one more that means "as in the frame before"
const SAMPLES = 6; // frames from which those are chosen
const REST = 1.5; // seconds that the last frame stays

// A film is { draw(index) -> canvas, count, rate, canvas, plain colours, heard(done, of) }.

// One palette for all frames; of each frame only what has changed.
export async function gif({ draw, count, rate, plain, heard }) {
  const { GIFEncoder, quantize, applyPalette, snapColorsToPalette } = await import("./vendor/gifenc.mjs");
  const samples = Math.min(count, SAMPLES);
  const seen = [];
  for (let i = 0; i < samples; i++) {
    seen.push(pixels(await draw(Math.round((i * (count - 1)) / Math.max(1, samples - 1)))).data);
    heard(i, count + samples);
  }
  const palette = quantize(joined(seen), COLOURS);
  snapColorsToPalette(palette, plain, 6); // else the ground would take on a tint
  const same = palette.length;
  const file = GIFEncoder();
  let before = null;
  for (let i = 0; i < count; i++) {
    const { data, width, height } = pixels(await draw(i));
    const now = applyPalette(data, palette);
    const delay = 1000 * (i < count - 1 ? 1 / rate : REST);
    const frame = before ? now.map((colour, at) => (colour === before[at] ? same : colour)) : now;
    file.writeFrame(frame, width, height, {
      palette: i ? undefined : [...palette, [0, 0, 0]],
      delay,
      transparent: i > 0,
      transparentIndex: same,
      dispose: 1, // what is drawn stays for the next
    });
    before = now;
    heard(samples + i + 1, count + samples);
  }
  file.finish();
  return { blob: new Blob([file.bytesView()], { type: "image/gif" }), end: ".gif" };
}

const pixels = (canvas) => canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);

function joined(parts) {
  const whole = new Uint8ClampedArray(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

// Browsers write videos only for pages from https or this machine, and some not at all.
export const records = () => typeof VideoEncoder === "function";

// H.264 in MP4 where the browser can, for everything plays it; else VP9 or VP8 in WebM.
export async function video({ draw, count, rate, canvas, heard }) {
  const media = await import("./vendor/mediabunny.mjs");
  const size = { width: canvas.width, height: canvas.height };
  const codec = await media.getFirstEncodableVideoCodec(["avc", "vp9", "vp8"], size);
  const format = codec === "avc" ? new media.Mp4OutputFormat() : new media.WebMOutputFormat();
  const output = new media.Output({ format, target: new media.BufferTarget() });
  const source = new media.CanvasSource(canvas, { codec, bitrate: media.QUALITY_HIGH });
  output.addVideoTrack(source, { frameRate: rate });
  await output.start();
  try {
    for (let i = 0; i < count; i++) {
      await draw(i);
      await source.add(i / rate, i < count - 1 ? 1 / rate : REST);
      heard(i + 1, count);
    }
  } catch (problem) {
    await output.cancel();
    throw problem;
  }
  await output.finalize();
  return { blob: new Blob([output.target.buffer], { type: format.mimeType }), end: format.fileExtension };
}
