// Boxes and arrows with live values, in SVG; large ones are moved by drag and zoomed by wheel.

import { say } from "../language.js";
import { spoken } from "./canvas.js";
import { arrange, arrow, long } from "./boxes.js";
import { Lens } from "./lens.js";
import { Probe } from "./probe.js";

export function mount(host, tools) {
  const diagram = new Diagram(host, tools);
  return {
    draw: (view) => diagram.draw(view),
    paint: (c) => diagram.paint(c),
    destroy: () => (diagram.watch.disconnect(), diagram.probe.destroy()),
  };
}

class Diagram {
  constructor(host, tools) {
    Object.assign(this, { host, tools, view: null, built: "", boxes: [] });
    this.svg = host.appendChild(make("svg", { class: "g-diagram", tabindex: 0, role: "img" }));
    this.world = this.svg.appendChild(make("g"));
    this.hint = this.svg.appendChild(make("text", { x: 10, ...RIM }));
    this.say = spoken(this.svg);
    this.lens = new Lens(this.svg, this.world);
    this.probe = new Probe(this.svg, tools, this, () => this.update());
    this.watch = new ResizeObserver(() => this.view && this.draw(this.view));
    this.watch.observe(host);
  }

  draw(view) {
    this.view = view;
    this.say(`${view.title}. ${view.says}`);
    const { clientWidth: width, clientHeight: height } = this.host;
    const nodes = view.nodes.map(({ key, label, x, y }) => [key, label, x, y]);
    const edges = view.edges.map(({ start, end }) => [start, end]);
    const key = JSON.stringify([nodes, edges, width, height, this.tools.theme()]);
    if (key !== this.built && width && height) this.build(view, width, height, key);
    if (this.built) this.update();
    this.probe.refresh();
  }

  // Everything that stays from frame to frame.
  build(view, width, height, key) {
    const style = getComputedStyle(this.host);
    const scale = parseFloat(style.getPropertyValue("--g-scale")) || 1;
    const plan = arrange(view, { width, height, scale, family: style.fontFamily });
    Object.assign(this, { built: key, boxes: plan.boxes, places: plan.places });
    this.svg.setAttribute("font-family", style.fontFamily);
    this.svg.setAttribute("font-size", 12 * scale);
    this.lens.fit({ width, height }, plan.size, plan.large);
    set(this.hint, "y", height - 8);
    set(this.hint, "fill", this.tools.colour("soft"));
    set(this.hint, "stroke", this.tools.colour("card"));
    set(this.hint, "", plan.large ? say("view.zoom") : "");
    this.edges = view.edges.map(() => edgeParts());
    this.nodes = plan.boxes.map((box) => nodeParts(box, this.tools, scale));
    const lines = this.edges.flatMap(({ line, head }) => [line, head]);
    const labels = this.edges.map(({ label }) => label); // over all lines
    const parts = [...lines, ...labels, ...this.nodes.map(({ group }) => group)];
    this.world.replaceChildren(...parts);
  }

  // What may differ: values, inks, widths, labels.
  update() {
    const { colour } = this.tools;
    const here = this.view.nodes[this.probe.mark]?.key;
    const taken = []; // where labels stand
    this.view.nodes.forEach((node, i) => {
      const { frame, bar, value } = this.nodes[i];
      set(value, "", node.value);
      set(bar, "fill", colour(node.ink));
      set(frame, "stroke", colour(node.key === here ? "ink" : "line"));
    });
    this.view.edges.forEach((edge, i) => {
      const near = here === undefined || edge.start === here || edge.end === here;
      const [from, to] = [this.places.get(edge.start), this.places.get(edge.end)];
      if (!from || !to) return;
      const shape = arrow(from, to, edge.width, edge.sideways);
      const { line, head, label } = this.edges[i];
      for (const part of [line, head, label]) set(part, "opacity", near ? 1 : 0.25);
      set(line, "d", shape.line);
      set(line, "stroke", colour(edge.ink));
      set(line, "stroke-width", edge.width);
      set(head, "d", shape.head);
      set(head, "fill", colour(edge.ink));
      const text = long(edge.label) < shape.room ? edge.label : "";
      const [x, y] = text ? free(shape, taken) : shape.at(0.5);
      set(label, "", text);
      set(label, "x", x);
      set(label, "y", y);
      set(label, "fill", colour("soft"));
      set(label, "stroke", colour("card"));
    });
  }

  // --- what the probe asks; a mark is the number of a node

  at(px, py) {
    const [x, y] = this.lens.back(px, py);
    const i = this.boxes.findIndex(
      (box) => Math.abs(x - box.x) <= box.w / 2 && Math.abs(y - box.y) <= box.h / 2,
    );
    return i < 0 ? null : i;
  }

  lines(i) {
    const node = this.view.nodes[i];
    if (!node) return null;
    return [
      node.label,
      ...(node.value ? [node.value] : []),
      ...(node.tip ? node.tip.split("\n") : []),
    ];
  }

  place(i) {
    return this.lens.to(this.boxes[i].x, this.boxes[i].y + this.boxes[i].h / 2);
  }

  // The nearest box in the direction of the key.
  step(mark, dx, dy) {
    if (!this.boxes.length) return null;
    if (mark === null) return this.seen(0);
    if (!Number.isFinite(dx)) return this.seen(dx < 0 ? 0 : this.boxes.length - 1);
    const from = this.boxes[mark];
    let [best, least] = [mark, Infinity];
    this.boxes.forEach((box, i) => {
      const ahead = (box.x - from.x) * Math.sign(dx) + (box.y - from.y) * Math.sign(dy);
      const aside = Math.abs(dx ? box.y - from.y : box.x - from.x);
      if (i === mark || ahead <= 1) return;
      if (ahead + 2 * aside < least) ((least = ahead + 2 * aside), (best = i));
    });
    return this.seen(best);
  }

  seen(i) {
    this.lens.reveal(this.boxes[i].x, this.boxes[i].y);
    return i;
  }

  // On another canvas as a picture of itself, in an SVG file as it is.
  async paint(c) {
    this.draw(this.view); // it may have grown
    const { clientWidth: width, clientHeight: height } = this.host;
    const copy = this.svg.cloneNode(true);
    for (const [key, value] of Object.entries({ width, height, xmlns: SVG })) copy.setAttribute(key, value);
    if (c.embed) return c.embed(copy);
    const image = new Image();
    image.src = `data:image/svg+xml,${encodeURIComponent(new XMLSerializer().serializeToString(copy))}`;
    await image.decode();
    c.drawImage(image, 0, 0, width, height);
  }
}

const SVG = "http://www.w3.org/2000/svg";

function make(name, attributes = {}) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

// Touches the page only where something changed; the empty name is the text itself.
function set(element, key, value) {
  const now = key ? element.getAttribute(key) : element.textContent;
  if (now === String(value)) return;
  if (key) element.setAttribute(key, value);
  else element.textContent = value;
}

// The first place along an arrow, from its middle outwards, where no other label stands.
function free(shape, taken) {
  const near = ([x, y]) => taken.some((other) => Math.abs(x - other[0]) < 28 && Math.abs(y - other[1]) < 13);
  const place = [0.5, 0.32, 0.68, 0.2, 0.8].map(shape.at).find((at) => !near(at)) ?? shape.at(0.5);
  taken.push(place);
  return place;
}

// of the card's colour around a text: it is readable over lines and boxes
const RIM = { "paint-order": "stroke", "stroke-width": 6, "stroke-linejoin": "round" };

function edgeParts() {
  const line = make("path", { fill: "none" });
  const label = make("text", { "text-anchor": "middle", "dominant-baseline": "central", ...RIM });
  return { line, head: make("path"), label };
}

function nodeParts({ x, y, w, h, lines, flat }, tools, scale) {
  const group = make("g", { transform: `translate(${x - w / 2},${y - h / 2})` });
  const frame = make("rect", { width: w, height: h, rx: 8, fill: tools.colour("card") });
  const bar = make("rect", { x: 0, y: flat ? 5 : 7, width: 3, height: h - (flat ? 10 : 14), rx: 1.5 });
  group.append(frame, bar);
  lines.forEach((line, i) => {
    const at = {
      x: flat ? 10 * scale : w / 2,
      y: (16 + 15 * i) * scale,
      "text-anchor": flat ? "start" : "middle",
      fill: tools.colour("soft"),
    };
    group.appendChild(make("text", at)).textContent = line;
  });
  const [side, anchor] = flat ? [w - 10 * scale, "end"] : [w / 2, "middle"];
  const at = { x: side, y: h - 8 * scale, "text-anchor": anchor, fill: tools.colour("ink") };
  const value = group.appendChild(make("text", { ...at, "font-weight": 600 }));
  return { group, frame, bar, value };
}
