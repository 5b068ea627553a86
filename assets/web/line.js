// A line to the server: one JSON object a row, whole each time, read until it is over; found again when it is lost.

const SILENCE = 40000; // milliseconds without a row, not even an empty one, after which the line is dead
const LONGEST = 8000; // milliseconds between two tries
const OVER = ["unknown", "ended", "key", "reader", "full", "wrong"]; // asking again would not help

export class Line {
  // hear.told(object), hear.lost(): it is tried again, hear.over(why)
  constructor(address, headers, hear) {
    Object.assign(this, { address, headers, hear });
    this.run();
  }

  stop() {
    this.stopped = true;
    this.reading?.abort();
  }

  // A page that nobody sees does not listen: a phone in a pocket costs nothing.
  async run() {
    for (this.tries = 0; !this.stopped; this.tries++) {
      await seen();
      const why = this.stopped ? "" : await this.read();
      if (this.stopped || !why) continue;
      if (OVER.includes(why)) {
        this.stop();
        return this.hear.over(why);
      }
      this.hear.lost();
      const pause = Math.min(LONGEST, 500 * 2 ** this.tries) * (1 + Math.random()); // not all at once
      await new Promise((resume) => setTimeout(resume, pause));
    }
  }

  // one connection; says why it ended, or nothing where the page was hidden or the line stopped
  async read() {
    const reading = (this.reading = new AbortController());
    const hide = () => document.hidden && reading.abort("hidden");
    document.addEventListener("visibilitychange", hide);
    let dead;
    const alive = () => {
      clearTimeout(dead);
      dead = setTimeout(() => reading.abort("silent"), SILENCE);
    };
    try {
      alive();
      const answer = await fetch(this.address, { signal: reading.signal, headers: this.headers });
      if (!answer.ok) return (await answer.json()).why ?? "lost";
      for await (const row of rows(answer.body, alive)) {
        this.tries = 0;
        if (row.ended) return "ended";
        this.hear.told(row);
      }
      return "lost";
    } catch {
      return reading.signal.aborted && reading.signal.reason !== "silent" ? "" : "lost";
    } finally {
      clearTimeout(dead);
      document.removeEventListener("visibilitychange", hide);
    }
  }
}

const seen = () =>
  new Promise((resume) => {
    const look = () => document.hidden || (document.removeEventListener("visibilitychange", look), resume());
    document.addEventListener("visibilitychange", look);
    look();
  });

async function* rows(body, alive) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let part = "";
  for (let read; !(read = await reader.read()).done; ) {
    alive();
    const lines = (part + read.value).split("\n");
    part = lines.pop();
    for (const line of lines) if (line) yield JSON.parse(line);
  }
}
