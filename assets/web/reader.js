// The numbers of a picture as tables, in a window of their own: for screen readers, and for whoever wants to know.

import { button, make } from "./dom.js";
import { say } from "./language.js";
import { tables } from "./views/tables.js";

const LONG = 200; // rows of a table at most

export class Reader {
  constructor(host, tools) {
    this.tools = tools;
    this.title = make("h2");
    this.says = make("p");
    this.body = make("div", { className: "tables", tabIndex: 0 });
    this.body.setAttribute("role", "region");
    const close = button(say("access.close"), () => this.window.close());
    this.window = make("dialog", { className: "reading" }, make("header", {}, this.title, close), this.says, this.body);
    this.window.onkeydown = (event) => event.stopPropagation(); // keys of the clock are for the page
    this.window.onclose = () => this.body.replaceChildren();
    host.append(this.window);
  }

  // The button of a card; view() is what the card shows then.
  opener(view) {
    const made = button("", () => this.open(view()), say("access.read"));
    made.classList.add("reader");
    made.setAttribute("aria-label", say("access.read"));
    return made;
  }

  open(view) {
    this.tools.hold(); // what is read stays what is seen
    this.title.textContent = view.title;
    this.says.textContent = view.says;
    this.window.setAttribute("aria-label", view.title);
    this.body.setAttribute("aria-label", say("access.read"));
    const all = tables(view).map(table);
    this.body.replaceChildren(...(all.length ? all : [make("p", { textContent: say("access.none") })]));
    this.window.showModal();
  }
}

function table({ name, head, row, count, wide }) {
  const rows = Array.from({ length: Math.min(count, LONG) }, (_, i) => row(i));
  const parts = [[rows.length, count, "access.rows"], [head.length, wide, "access.columns"]];
  const less = parts.filter(([n, of]) => n < of).map(([n, of, key]) => say(key, { n, of }));
  const caption = make("caption", { textContent: [name, ...less].join(", ") });
  const line = (cells, scope) => make("tr", {}, ...cells.map((text, j) => cell(text, j === 0 && !scope ? "row" : scope)));
  return make("table", {}, caption, make("thead", {}, line(head, "col")), make("tbody", {}, ...rows.map((cells) => line(cells))));
}

function cell(text, scope) {
  if (!scope || !text) return make("td", { textContent: text });
  return make("th", { scope, textContent: text });
}
