// Symbols of the theory that are also in the picture: a link "#see:view/number" lights both, and stands
// with the number's present value.

import { make } from "./dom.js";
import { number } from "./number.js";

const LINK = 'a[href^="#see:"]';
const EVERY = 200; // milliseconds between two looks at the numbers: nobody reads faster

export class Sees {
  constructor(host) {
    this.host = host;
    this.rows = [];
    this.peek = make("canvas", { className: "peek", hidden: true });
    this.peek.setAttribute("aria-hidden", "true");
    host.append(this.peek);
    for (const kind of ["pointerover", "focusin"]) document.addEventListener(kind, ({ target }) => this.light(target.closest?.(LINK)));
    document.addEventListener("click", (event) => this.click(event), true);
    setInterval(() => this.look(), EVERY);
  }

  shown(views) {
    this.rows = Object.values(views).find((view) => view.kind === "numbers")?.rows ?? [];
  }

  look() {
    if (document.hidden) return;
    this.fill();
    this.copy();
  }

  // the present values, in the tab that is open, and where each link leads: many a link is but a formula
  fill() {
    for (const link of document.querySelectorAll(`#words ${LINK}`)) {
      link.title ||= this.figure(read(link).view)?.querySelector("figcaption").textContent || read(link).row || read(link).view;
      const row = link.offsetParent && this.rows.find((each) => (each.key ?? each.name) === read(link).row);
      const words = row ? ` = ${number(row.value)}` : "";
      const now = link.querySelector("output") ?? link.appendChild(make("output"));
      if (now.textContent !== words) now.textContent = words;
    }
  }

  // who reads far below the picture sees that view beside the text
  copy() {
    const { view } = this.lit ? read(this.lit) : {};
    const figure = view && this.figure(view);
    const box = figure?.getBoundingClientRect();
    const drawn = figure?.querySelector("canvas");
    this.peek.hidden = !drawn?.width || (box.bottom > box.height / 2 && box.top < innerHeight - box.height / 2);
    if (this.peek.hidden) return;
    this.peek.width = drawn.width;
    this.peek.height = drawn.height;
    this.peek.getContext("2d").drawImage(drawn, 0, 0);
  }

  light(link) {
    if (link === this.lit) return;
    this.lit = link;
    this.copy();
    for (const seen of this.host.querySelectorAll(".seen")) seen.classList.remove("seen");
    if (!link) return;
    const { view, row } = read(link);
    this.figure(view)?.classList.add("seen");
    for (const name of this.host.querySelectorAll(".numbers dt")) {
      if (name.dataset.name !== row) continue;
      name.classList.add("seen");
      name.nextElementSibling.classList.add("seen");
    }
  }

  figure(view) {
    return this.host.querySelector(`figure[data-view="${CSS.escape(view)}"]`);
  }

  // it is no address of a page: it brings the picture into sight
  click(event) {
    const link = event.target.closest?.(LINK);
    if (!link) return;
    event.preventDefault();
    event.stopPropagation();
    this.light(link);
    this.figure(read(link).view)?.scrollIntoView({ block: "center" });
  }
}

// a name may hold a "/" or a bare "%"
function read(link) {
  const text = link.getAttribute("href").slice("#see:".length);
  const told = text.replace(/(%[0-9a-f]{2})+/gi, (escaped) => decodeURIComponent(escaped));
  const [, view, row = ""] = /^([^/]*)\/?(.*)$/s.exec(told);
  return { view, row };
}
