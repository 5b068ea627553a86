// The time ribbon: play, step, scrub, speed, loop, and where on its axis this frame stands.

import { button, make } from "./dom.js";
import { say } from "./language.js";
import { number } from "./number.js";

export class Ribbon {
  constructor(host, reel) {
    this.reel = reel;
    this.play = make("button", { type: "button", className: "go", textContent: say("ribbon.play") });
    this.play.onclick = () => (reel.playing ? reel.stop() : reel.play());
    this.scrub = make("input", { type: "range", min: 0, max: 0, value: 0 });
    this.scrub.setAttribute("aria-label", say("ribbon.time"));
    this.scrub.oninput = () => reel.move(+this.scrub.value);
    this.speed = make("select", { title: say("ribbon.speed") });
    this.speed.setAttribute("aria-label", say("ribbon.speed"));
    for (const [value, text] of [[0.25, "¼×"], [0.5, "½×"], [1, "1×"], [2, "2×"], [4, "4×"]])
      this.speed.append(make("option", { value, textContent: text, selected: value === 1 }));
    this.speed.onchange = () => (reel.speed = +this.speed.value);
    this.loop = button(say("ribbon.loop"), () => this.loop.setAttribute("aria-pressed", (reel.loop = !reel.loop)));
    this.loop.setAttribute("aria-pressed", "false");
    this.where = make("output", { className: "where" });
    const back = button("‹", () => reel.move(reel.at - 1));
    back.setAttribute("aria-label", say("ribbon.back"));
    const on = button("›", () => reel.move(reel.at + 1));
    on.setAttribute("aria-label", say("ribbon.on"));
    host.append(this.play, back, on, this.scrub, this.where, this.speed, this.loop);
    this.host = host;
  }

  shown(clock) {
    this.grown();
    this.scrub.value = this.reel.at;
    const place = say("ribbon.frame", { n: this.reel.at + 1, all: this.reel.frames.length });
    const now = clock ? `${clock.label} ${number(clock.value)}` : place;
    this.where.replaceChildren(
      make("small", { textContent: this.reel.recorded ? say("lesson.recorded") : "", title: say("lesson.recorded why") }),
      make("span", { textContent: clock?.low ? `${clock.low} — ` : "" }),
      make("b", { textContent: now }),
      make("span", { textContent: clock?.high ? ` — ${clock.high}` : "" }),
    );
    this.scrub.setAttribute("aria-valuetext", now);
  }

  // more frames have come: the scale reaches further
  grown() {
    this.scrub.max = Math.max(0, this.reel.last);
    this.host.classList.toggle("still", this.reel.whole && this.reel.last < 1);
  }

  // the speed, and whether it begins again at the end, as somebody else has set them
  pace(speed, loop) {
    Object.assign(this.reel, { speed, loop });
    this.speed.value = speed;
    this.loop.setAttribute("aria-pressed", loop);
  }

  played(playing) {
    this.play.textContent = say(playing ? "ribbon.pause" : "ribbon.play");
  }
}
