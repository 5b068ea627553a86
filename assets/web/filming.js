// A run as a film: its frames drawn once more, on a stage out of sight.

import { make } from "./dom.js";
import { gif, video } from "./films.js";
import { say } from "./language.js";
import { number } from "./number.js";
import { Stage } from "./stage.js";
import { own, stamped } from "./version.js";
import { cut } from "./views/words.js";
import { frames } from "./wire.js";

const SPAN = 6; // seconds that a film takes, within the rates below
const SLOWEST = 3; // frames a second
const FASTEST = 25;
const HEAD = 44; // CSS pixels above the stage for the title and the time
const FOOT = 28; // below it, for where it came from
const SIDE = 14; // left and right of it

// How many frames each kind holds, how wide it is in pixels, and who writes it.
const KINDS = {
  gif: { most: 160, wide: 900, write: gif },
  video: { most: 240, wide: 1280, write: video },
};

// The film of what the player shows, as { blob, end }; heard(done, of) is told how far it is.
export async function film(player, kind, { signal, heard }) {
  const { most, wide, write } = KINDS[kind];
  const state = `${player.path}?${player.query()}`.replace(/\?$/, "");
  const studio = new Studio(player, wide);
  try {
    const { kept, count } = await gathered(player.reel, state, most, signal);
    const told = kept.length < count ? say("saving.frames of", { n: kept.length, count }) : "";
    studio.origin = [state, told].filter(Boolean).join("  ·  ");
    const draw = async (index) => {
      await breath();
      signal.throwIfAborted();
      return studio.draw(kept[index]);
    };
    const rate = Math.min(FASTEST, Math.max(SLOWEST, kept.length / SPAN));
    return await write({ draw, count: kept.length, rate, canvas: studio.canvas, plain: studio.plain(), heard });
  } finally {
    studio.strike();
  }
}

// Every frame of the run, or so many of them, evenly spread and the last among them.
async function gathered(reel, state, most, signal) {
  let [kept, stride, count, last] = [[], 1, 0, null];
  for await (const frame of reel.whole ? reel.frames : read(state, signal)) {
    last = frame;
    if (count++ % stride) continue;
    kept.push(frame);
    if (kept.length <= most) continue;
    kept = kept.filter((_, i) => i % 2 === 0);
    stride *= 2;
  }
  if (kept.at(-1) !== last) kept.splice(most - 1, 1, last);
  return { kept, count };
}

async function* read(state, signal) {
  const answer = await own(stamped(`/frames/${state}`), { signal });
  if (!answer.ok) throw new Error((await answer.json()).error);
  for await (const frame of frames(answer)) {
    if (frame.error) throw new Error(frame.error);
    if (!frame.end) yield frame;
  }
}

// The page goes on between two frames, also while its tab is not looked at.
const breath = () => new Promise((done) => setTimeout(done));

// A stage of the size of the one that is seen, as a canvas with a title above it and an origin below.
class Studio {
  constructor({ host, stage, tools, page, told }, wide) {
    const { width, height } = stage.host.getBoundingClientRect();
    const whole = { width: width + 2 * SIDE, high: HEAD + height + FOOT };
    Object.assign(this, whole, { tools, told, title: page.title, origin: "" });
    this.host = make("div", { className: "scene filmed", inert: true });
    Object.assign(this.host.style, { width: `${width}px`, height: `${height}px` });
    host.append(this.host);
    this.stage = new Stage(this.host, tools);
    this.stage.reset(page.layout);
    this.family = getComputedStyle(host).fontFamily;
    this.scale = Math.min(2, wide / this.width);
    const even = (length) => 2 * Math.round((length * this.scale) / 2); // as codecs want it
    this.canvas = make("canvas", { width: even(this.width), height: even(this.high) });
    this.c = this.canvas.getContext("2d", { willReadFrequently: true });
  }

  async draw(frame) {
    const { c, width, high } = this;
    const views = this.told(frame.views);
    this.stage.show(views);
    c.setTransform(this.scale, 0, 0, this.scale, 0, 0);
    c.fillStyle = this.tools.colour("paper");
    c.fillRect(0, 0, width + 2, high + 2);
    const clock = Object.values(views).find(({ kind }) => kind === "clock");
    this.write(this.title, { size: 20, weight: 600, ink: "ink", x: SIDE, y: 29, room: 0.7 * width });
    this.write(this.origin, { size: 12, weight: 400, ink: "soft", x: SIDE, y: high - 9, room: width - 2 * SIDE });
    const time = clock ? `${clock.label} ${number(clock.value)}` : "";
    this.write(time, { size: 15, weight: 600, ink: "ink", x: width - SIDE, y: 29, room: 0.28 * width, align: "right" });
    c.save();
    c.translate(SIDE, HEAD);
    await this.stage.paint(c);
    c.restore();
    return this.canvas;
  }

  write(text, { size, weight, ink, x, y, room, align = "left" }) {
    const { c } = this;
    const font = `${weight} ${size}px ${this.family}`;
    Object.assign(c, { font, textAlign: align, textBaseline: "alphabetic", fillStyle: this.tools.colour(ink) });
    c.fillText(cut(c, text, room), x, y);
  }

  // the colours that large areas have, as [r, g, b]
  plain() {
    return ["paper", "card"].map((ink) => [1, 3, 5].map((i) => parseInt(this.tools.colour(ink).slice(i, i + 2), 16)));
  }

  strike() {
    for (const { view } of this.stage.cards.values()) view.destroy?.();
    this.host.remove();
  }
}
