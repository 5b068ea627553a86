// A height over the plane, turned by hand: the one view that plotly draws, fetched when needed.

import { say } from "../language.js";
import { own } from "../version.js";
import { spoken } from "./canvas.js";
import { exact } from "./words.js";

const PAUSE = 125; // ms between drawings: WebGL on an old laptop keeps up with eight a second
let library = null;

// A stand-alone page brings its own; the app serves the one of the Python package.
function plotly() {
  if (window.Plotly) return Promise.resolve(window.Plotly);
  library ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = new URL("../plotly.js", import.meta.url);
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => reject(new Error(say("view.not loaded", { file: script.src })));
    const here = own(script.src).then((answer) => answer.blob()); // it stays in the browser's cache
    here.catch(() => null).then(() => document.head.append(script));
  });
  return library;
}

export function mount(host, tools) {
  const element = host.appendChild(document.createElement("div"));
  element.className = "g-surface";
  element.tabIndex = 0;
  element.setAttribute("role", "img");
  const surface = new Surface(element, tools);
  const watch = new ResizeObserver(() => surface.soon());
  watch.observe(host);
  return {
    draw: (view) => surface.draw(view),
    paint: (c) => surface.paint(c),
    destroy: () => (watch.disconnect(), surface.destroy()),
  };
}

class Surface {
  constructor(element, tools) {
    Object.assign(this, { element, tools, view: null, timer: 0, last: 0 });
    this.say = spoken(element);
    element.addEventListener("keydown", (event) => this.turn(event));
  }

  draw(view) {
    if (this.view === view && this.theme === this.tools.theme()) return;
    this.view = view;
    this.say(`${view.title}. ${view.says}`);
    this.soon();
  }

  soon() {
    const wait = Math.max(0, this.last + PAUSE - performance.now());
    this.timer ||= setTimeout(() => this.now(), wait);
  }

  async now() {
    const Plotly = await plotly().catch((problem) => this.fail(problem));
    this.timer = 0;
    this.last = performance.now();
    const { element, view, tools } = this;
    if (!Plotly || !view || !element.isConnected || !element.clientWidth) return;
    this.theme = tools.theme();
    const known = element.dataset.drawn;
    await Plotly.react(element, [trace(view, tools)], layout(view, tools, element), config);
    element.dataset.drawn = "yes";
    if (!known) element.on("plotly_hover", ({ points: [at], event }) => this.explain(at, event));
    if (!known) element.on("plotly_unhover", () => tools.explain(null, 0, 0));
  }

  // Without its library the view says so, and tries again with the next frame.
  fail(problem) {
    library = null;
    this.element.textContent = problem.message;
  }

  explain({ x, y, z }, event) {
    const { x_label, y_label, z_label } = this.view;
    const lines = [`${z_label} ${exact(z)}`, `${x_label} ${exact(x)}, ${y_label} ${exact(y)}`];
    this.tools.explain(lines, event?.clientX ?? 0, event?.clientY ?? 0);
  }

  // Arrow keys walk round it.
  turn(event) {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[
      event.key
    ];
    const eye = this.element._fullLayout?.scene?.camera?.eye;
    if (!way || !eye) return;
    event.preventDefault();
    event.stopPropagation();
    const angle = Math.atan2(eye.y, eye.x) + way[0] * 0.15;
    const flat = Math.hypot(eye.x, eye.y);
    const next = { x: flat * Math.cos(angle), y: flat * Math.sin(angle), z: eye.z + way[1] * 0.15 };
    window.Plotly.relayout(this.element, { "scene.camera.eye": next });
  }

  // A surface is pixels wherever it is painted: twice as many as here, for a screen or a page that is sharper.
  async paint(c) {
    const Plotly = await plotly();
    await this.now();
    const { clientWidth: width, clientHeight: height } = this.element;
    const image = new Image();
    image.src = await Plotly.toImage(this.element, { format: "png", width, height, scale: 2 });
    await image.decode();
    c.drawImage(image, 0, 0, width, height);
  }

  destroy() {
    clearTimeout(this.timer);
    window.Plotly?.purge(this.element);
  }
}

const config = { displayModeBar: false, displaylogo: false, responsive: false };

function trace({ z, x, y, low, high, ramp }, tools) {
  const [h, w] = z.shape;
  const colour = tools.ramp(ramp);
  const along = ([from, to], n) =>
    Array.from({ length: n }, (_, i) => from + ((to - from) * i) / Math.max(1, n - 1));
  const stops = Array.from({ length: 11 }, (_, i) => [
    i / 10,
    `rgb(${colour(i / 10)
      .map(Math.round)
      .join()})`,
  ]);
  return {
    type: "surface",
    x: along(x, w),
    y: along(y, h),
    z: Array.from({ length: h }, (_, i) => Array.from(z.data.subarray(i * w, (i + 1) * w))),
    cmin: low,
    cmax: high,
    colorscale: stops,
    showscale: false,
    hoverinfo: "none",
    contours: { z: { show: false }, x: { highlight: false }, y: { highlight: false } },
    lighting: { ambient: 0.85, diffuse: 0.35, specular: 0.05, roughness: 0.9 },
  };
}

function layout(view, tools, element) {
  const scale = parseFloat(getComputedStyle(element).getPropertyValue("--g-scale")) || 1;
  const axis = (title, range) => ({
    title: { text: title },
    range: [...range],
    gridcolor: tools.colour("line"),
    zeroline: false,
    backgroundcolor: tools.colour("card"),
    color: tools.colour("soft"),
    nticks: 5,
    showspikes: false,
  });
  return {
    width: element.clientWidth,
    height: element.clientHeight,
    uirevision: "kept",
    margin: { l: 0, r: 0, t: 0, b: 0 },
    paper_bgcolor: tools.colour("card"),
    font: {
      family: getComputedStyle(element).fontFamily,
      size: 11 * scale,
      color: tools.colour("soft"),
    },
    scene: {
      xaxis: axis(view.x_label, view.x),
      yaxis: axis(view.y_label, view.y),
      zaxis: axis(view.z_label, [view.low, view.high]),
      camera: { eye: { x: 1.5, y: -1.5, z: 0.9 }, center: { x: 0, y: 0, z: -0.12 } },
      aspectmode: "cube",
    },
  };
}
