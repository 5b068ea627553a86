// A playlist on paper: a still of each state as it is computed now, its equations, the question of its
// step, and the link with its code.

import { button, make } from "./dom.js";
import { language, say } from "./language.js";
import { path, query, summed } from "./lists.js";
import { square } from "./sharing.js";
import { Stage } from "./stage.js";
import { telling } from "./telling.js";
import { own, stamped } from "./version.js";
import { frames } from "./wire.js";

const PATIENCE = 20_000; // milliseconds of frames for one still; it says which frame it shows
const SHARP = 2; // pixels of a still for one on the page
const SET = 10_000; // milliseconds for the equations to be set

export const title = () => `${say("playlist.print")} · Glassbox`;

export async function open(host, player) {
  const { list } = player.playlist;
  const dark = document.body.classList.contains("dark");
  document.body.classList.remove("dark"); // paper is light
  const gone = new AbortController();
  const notes = make("input", { type: "checkbox" });
  notes.onchange = () => host.classList.toggle("noted", notes.checked);
  const status = make("p", { className: "soft" });
  status.setAttribute("role", "status");
  const print = button(say("handout.print"), () => window.print());
  const acts = make("div", { className: "acts controls-of-paper" }, print, make("label", {}, notes, say("handout.with notes")), status);
  const sections = list.items.map((item, i) => section(item, i + 1));
  host.append(acts, head(list), ...sections.map(({ element }) => element));
  const drawing = draw(sections, player, status, gone.signal, host);
  host.dataset.drawn = "";
  drawing.then(() => (host.dataset.drawn = gone.signal.aborted ? "" : "all"));
  return () => {
    gone.abort();
    host.classList.remove("noted");
    delete host.dataset.drawn;
    document.body.classList.toggle("dark", dark);
  };
}

function head(list) {
  const sum = summed(list);
  return make("header", { className: "of-paper" }, make("h1", { textContent: list.title }), make("p", { textContent: list.about }), make("p", { className: "soft", textContent: sum }));
}

function section(item, number) {
  const link = `${location.origin}/#/${item.state}`;
  const picture = make("img", { alt: "" });
  const caption = make("figcaption", { textContent: say("handout.waits") });
  const question = make("div", { className: "question" });
  const equations = make("div", { className: "equations" });
  const title = `${number}. ${item.title}`;
  const where = make("div", { className: "where" }, square(link), make("a", { href: link, textContent: short(link) }));
  const element = make("section", { className: "item" },
    make("header", {}, make("h2", { textContent: title }), make("span", { textContent: say("playlist.minutes", { n: item.minutes }) })),
    make("figure", {}, picture, caption),
    make("p", { className: "notes-of-paper", textContent: item.notes }), equations, question, where);
  return { item, element, picture, caption, question, equations };
}

const short = (link) => (link.length > 160 ? `${link.slice(0, 159)}…` : link);

// One after the other: each is a run of its own, and this browser's turn comes round.
async function draw(sections, player, status, signal, host) {
  const pages = new Map();
  const paths = [...new Set(sections.map(({ item }) => path(item.state)))];
  const formulas = set(paths, host);
  const bench = make("div", { className: "scene bench" });
  host.append(bench);
  for (const [i, one] of sections.entries()) {
    if (signal.aborted) return;
    status.textContent = say("handout.drawing", { at: i + 1, of: sections.length });
    const where = path(one.item.state);
    if (!pages.has(where)) pages.set(where, await (await own(stamped(`/concepts/${where}?lang=${language}`), { signal })).json());
    asks(one, pages.get(where));
    await still(one, pages.get(where), bench, player, signal).catch((problem) => {
      if (!signal.aborted) one.caption.textContent = problem.message;
    });
  }
  bench.remove();
  place(sections, await formulas);
  status.textContent = say("handout.ready");
}

// the question of the step that an item names, else of the one in its state
function asks({ item, question }, page) {
  const step = page.lesson[item.step ? item.step - 1 : page.lesson.findIndex((each) => each.query === query(item.state))];
  if (!step) return;
  question.innerHTML = step.html; // our own lesson.md, rendered without raw HTML, and its answers
  question.append(...(step.answers ?? []).map((answer) => make("p", { className: "answer", innerHTML: answer })));
}

async function still({ item, picture, caption }, page, bench, player, signal) {
  const late = AbortSignal.timeout(PATIENCE);
  const answer = await own(stamped(`/frames/${item.state}`), {
    signal: AbortSignal.any([signal, late]),
    headers: { "x-reader": player.reel.name },
  });
  if (!answer.ok) throw new Error((await answer.json()).error);
  const { frame, whole } = await last(answer, late);
  if (!frame) throw new Error(say("handout.nothing"));
  const views = telling(page.picture)(frame.views);
  const stage = new Stage(bench, player.tools);
  stage.reset(page.layout);
  stage.show(views);
  await drawn();
  stage.show(views);
  await drawn();
  picture.src = (await stage.picture(SHARP)).toDataURL("image/png");
  await picture.decode();
  const says = Object.values(views).map((view) => view.says).find(Boolean) ?? "";
  picture.alt = says;
  caption.textContent = `${says} ${say(whole ? "handout.last" : "handout.frame", { n: frame.index + 1, title: page.title })}`;
  stage.reset([]);
}

// the last frame of a run, or the last that came in time
async function last(answer, late) {
  let frame = null;
  try {
    for await (const each of frames(answer)) {
      if (each.error) throw new Error(each.error);
      if (each.end) return { frame, whole: true };
      frame = each;
    }
  } catch (problem) {
    if (!late.aborted) throw problem;
  }
  return { frame, whole: false };
}

const drawn = () => new Promise((done) => setTimeout(() => requestAnimationFrame(done), 120));

// --- equations -------------------------------------------------------------------------------------------

// Gradio sets them, as it does the theory; resolves to path -> elements
async function set(paths, host) {
  host.dataset.paths = paths.join();
  document.querySelector("#equate")?.click();
  const until = performance.now() + SET;
  const heads = () => [...document.querySelectorAll("#equations h2")];
  while (heads().map((head) => head.textContent.trim()).join() !== paths.join() && performance.now() < until) await drawn();
  return new Map(heads().map((head) => [head.textContent.trim(), below(head)]));
}

function below(head) {
  const found = [];
  for (let next = head.nextElementSibling; next && next.tagName !== "H2"; next = next.nextElementSibling) found.push(next.cloneNode(true));
  return found;
}

// once a page: at its first item
function place(sections, formulas) {
  for (const { item, equations } of sections) {
    equations.append(...(formulas.get(path(item.state)) ?? []));
    formulas.delete(path(item.state));
  }
}
