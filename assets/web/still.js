// A page of its own: one run, kept in this very file, played without a server.

import { button, make } from "./dom.js";
import { say } from "./language.js";
import { Numbers } from "./numbers.js";
import { Reel } from "./reel.js";
import { Ribbon } from "./ribbon.js";
import { Stage } from "./stage.js";
import { Tools } from "./tools.js";
import { frames } from "./wire.js";

export async function open(host) {
  const page = JSON.parse(document.querySelector("#page").textContent);
  const numbers = make("dl", { className: "numbers" });
  const scene = make("div", { className: "scene" });
  const ribbon = make("div", { className: "ribbon" });
  host.append(
    make(
      "section",
      { className: "stage" },
      ...head(page),
      scene,
      ribbon,
      make("p", { className: "says" }),
    ),
    make("aside", { className: "panel" }, card(say("shell.numbers"), numbers), ...settings(page)),
  );
  const none = () => undefined;
  const reel = new Reel({
    shown: ({ views }) => show(views),
    played: (playing) => bar.played(playing),
    moved: none,
    over: none,
  });
  const tools = new Tools(host, { reel, set: none, get: () => "", control: none });
  const stage = new Stage(scene, tools);
  const list = new Numbers(numbers);
  const bar = new Ribbon(ribbon, reel);
  const show = (views) => {
    const kinds = Object.values(views);
    stage.show(views);
    list.show(kinds.find(({ kind }) => kind === "numbers"));
    bar.shown(kinds.find(({ kind }) => kind === "clock"));
    tools.summary(views);
  };
  const dark = () => tools.dark(!document.body.classList.contains("dark"));
  host.querySelector(".card:last-child").append(button(say("still.light or dark"), dark));
  stage.reset(page.layout);
  await fill(reel);
  reel.move(reel.last);
  await drawn(host);
  document.documentElement.dataset.ready = page.path;
}

// The frames of the run, as the server would have sent them.
async function fill(reel) {
  const text = document.querySelector("#run").textContent;
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  for await (const frame of frames(new Response(bytes))) {
    if (frame.views) reel.frames.push({ ...frame, views: quiet(frame.views) });
  }
  reel.whole = true;
}

// What a hand would change, nobody here computes again: handles become dots, picks do nothing.
function quiet(views) {
  const off = { pick: "", paint: "", edit: "", select: "", toggle: "" };
  const named = Object.entries(views).map(([name, view]) => {
    const layers = view.layers?.map((layer) => (layer.kind === "handles" ? dots(layer) : layer));
    return [name, { ...view, ...off, ...(layers && { layers }) }];
  });
  return Object.fromEntries(named);
}

const dots = (layer) => ({ ...layer, kind: "points", size: 6, alpha: 1, values: null });

function head({ title, blurb }) {
  return [
    make("h1", { textContent: title }),
    make("p", { className: "blurb", textContent: blurb }),
  ];
}

function card(title, ...children) {
  return make("section", { className: "card" }, make("h2", { textContent: title }), ...children);
}

function settings({ settings: rows, state, note }) {
  const list = rows.flatMap(([label, text]) => [
    make("dt", { textContent: label }),
    make("dd", { textContent: text }),
  ]);
  const from = make("p", {
    className: "from",
    textContent: [state, note].filter(Boolean).join(", "),
  });
  const shown = rows.length
    ? [card(say("still.settings"), make("dl", { className: "settings" }, ...list))]
    : [];
  return [...shown, card(say("still.recorded"), from)];
}

// Two pictures later, and with every surface turned up, there is something to photograph.
async function drawn(host) {
  const next = () => new Promise((done) => requestAnimationFrame(done));
  await next();
  while (host.querySelector(".g-surface:not([data-drawn])")) await next();
  await next();
}
