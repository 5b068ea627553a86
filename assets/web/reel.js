// The reel: the frames of one state as they come, and the clock that walks through them. They come in
// order, or from the one that is looked at on, and then those before it.

import { say } from "./language.js";
import { own } from "./version.js";
import { frames, Had } from "./wire.js";

const AHEAD = 90; // frames read beyond the one shown while paused; the server's run waits then
const SPAN = 6; // seconds that a whole run takes at normal speed, within the ends below
const SLOWEST = 3; // frames a second
const FASTEST = 30;
const PATIENCE = 1000; // milliseconds without a frame until one is told why
const CALM = 1; // frames a second for those who asked for less motion

// A name that no other browser has; crypto.randomUUID is missing where a class is on a plain http address.
const chance = (words) => Array.from(crypto.getRandomValues(new Uint32Array(words)), (n) => n.toString(36)).join("");

export class Reel {
  // hear.shown(frame), hear.grown(), hear.said(message), hear.played(playing), hear.waits(whether, {place, seconds});
  // hear.moved(): by hand; hear.over(): played to its end
  constructor(hear) {
    Object.assign(this, { hear, frames: [], at: 0, playing: false, speed: 1, loop: false, whole: false });
    this.reduced = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.tick = this.tick.bind(this);
    const browser = (localStorage.glassbox ??= chance(4));
    this.name = `${browser}.${chance(1)}`;
  }

  get last() {
    return this.frames.length - 1;
  }

  // Read another state; latest wins. `stay` keeps the place (and what is shown) until it is reached;
  // `hold` stands at the first frame, or at the frame `at`; `had` is what one was cut off from.
  async load(address, { stay = false, hold = false, again = 0, at = null, had = new Had() } = {}) {
    this.reading?.abort();
    const reading = (this.reading = new AbortController());
    if (at !== null) this.at = at;
    const goal = stay || at ? this.at : 0;
    const wasPlaying = this.playing || !stay || (this.whole && this.at >= this.last);
    const whole = this.whole;
    this.whole = false;
    if (!had.count) cancelAnimationFrame(this.clock); // what was asked before is not played on while this is waited for
    let fresh = null;
    this.come(this.waiting);
    const waiting = (this.waiting = setTimeout(() => this.hear.waits(true), PATIENCE));
    try {
      const response = await own(address, { signal: reading.signal, headers: { "x-reader": this.name, ...had.headers } });
      if (!response.ok) {
        const { error, why } = await response.json();
        if (reading.signal.aborted) return;
        const later = response.headers.get("retry-after"); // there is no room just now
        if (later) return this.again(address, error, 1000 * later, { stay, hold }, reading);
        this.come(waiting);
        this.whole = whole; // refused: what is shown stays, and plays on
        if (this.playing) this.clock = requestAnimationFrame(this.tick);
        return this.hear.said(error, why ?? response.status);
      }
      this.recorded = response.headers.get("x-glassbox-frames") === "recorded";
      this.hear.said("");
      if (had.goesOn(response)) {
        fresh = this.frames;
        this.come(waiting);
      }
      const queued = (line) => {
        clearTimeout(waiting); // it says more than that one waits
        this.hear.waits(true, line);
      };
      for await (const frame of frames(response, queued, had)) {
        if (reading.signal.aborted) return;
        if (!fresh) this.come(waiting);
        again = 0;
        if (frame.error) return this.hear.said(frame.error, frame.why);
        if (frame.end) this.whole = true;
        else if (!fresh) fresh = this.begin(frame, goal, hold || (stay && !wasPlaying));
        else fresh[frame.index] = frame;
        if (frame.index === (this.missing ?? (goal || null))) this.show(frame.index);
        if (this.whole && Math.max(goal, this.missing) > this.last) this.show(this.last);
        this.hear.grown();
        while (!this.playing && this.last - this.at > AHEAD && !this.whole) {
          await new Promise((resume) => (this.resume = resume));
        }
      }
      if (this.whole) return;
      if (reading.signal.aborted) return;
      throw new TypeError("cut off");
    } catch (problem) {
      if (reading.signal.aborted || problem.name === "AbortError") return;
      this.come(waiting);
      // a proxy that cuts what takes long is nothing to tell, as long as something comes each time
      const words = fresh && !again ? "" : say("shell.trying again");
      this.again(address, words, Math.min(8000, 500 * 2 ** again), { stay: true, again: again + 1, had }, reading);
    }
  }

  // say why nothing comes, and ask once more a little later
  async again(address, message, later, how, reading) {
    if (message) this.hear.said(message, "lost");
    await new Promise((wait) => setTimeout(wait, later));
    if (!reading.signal.aborted) this.load(address, how);
  }

  // nothing is read or played any more
  quit() {
    this.reading?.abort();
    this.come(this.waiting);
    this.stop();
  }

  // what was waited for is there, or will not come
  come(waiting) {
    clearTimeout(waiting);
    this.hear.waits(false);
  }

  begin(frame, goal, hold) {
    this.frames = [];
    this.frames[frame.index] = frame;
    this.missing = null;
    if (goal) this.at = Math.min(goal, this.at);
    else this.show(0);
    if (!hold && !this.reduced) this.play();
    else this.stop();
    return this.frames;
  }

  show(index) {
    if (!this.frames.length) return;
    this.at = Math.max(0, Math.min(index, this.last));
    this.missing = this.frames[this.at] ? null : this.at; // it is still to come
    if (this.missing === null) this.hear.shown(this.frames[this.at]);
    this.wake();
  }

  // the next reading may go on
  wake() {
    this.resume?.();
    this.resume = null;
  }

  play() {
    if (this.whole && this.at >= this.last && this.last > 0) this.show(0);
    this.playing = true;
    this.due = 0;
    this.wake();
    this.hear.played(true);
    cancelAnimationFrame(this.clock);
    this.clock = requestAnimationFrame(this.tick);
  }

  stop() {
    this.playing = false;
    cancelAnimationFrame(this.clock);
    this.hear.played(false);
  }

  move(index) {
    this.stop();
    this.show(index);
    this.hear.moved();
  }

  // stand at a frame, or play on from it, as soon as it is there
  seek(index, playing) {
    if (playing) this.play();
    else this.stop();
    this.show(index);
    if (this.whole || index <= this.last) return;
    this.at = this.missing = index;
    this.wake();
  }

  tick(now) {
    if (!this.playing) return;
    const usual = Math.min(FASTEST, Math.max(SLOWEST, this.frames.length / SPAN));
    const rate = (this.reduced ? CALM : usual) * this.speed;
    this.due ||= now;
    if (now >= this.due) {
      if (this.frames[this.at + 1]) {
        // frames that came late are not raced through: the clock goes on from here
        this.due = Math.max(this.due + 1000 / rate, now - 1000 / rate);
        this.show(this.at + 1);
      } else if (this.whole) {
        this.hear.over();
        if (!this.loop || this.last < 1) return this.stop();
        this.due = now + 600;
        this.show(0);
      }
    }
    this.clock = requestAnimationFrame(this.tick);
  }
}
