// Gradio's tabs as navigation: a person's click becomes an address, an address moves the tabs.

const CONCEPT = /^concept-([^-]+)-(.+)-button$/;
const CHAPTER = /^chapter-(.+)-button$/;

export class Tabs {
  constructor(go) {
    this.chapters = [];
    this.wanted = null;
    this.visited = new Map(); // chapter -> the concept last seen there
    document.addEventListener("click", (event) => this.clicked(event, go), true);
    addEventListener("keydown", (event) => this.rove(event));
    // tabs of a chapter exist only once it is open: try again whenever something appears
    new MutationObserver(() => this.settle()).observe(document.body, { childList: true, subtree: true });
  }

  build(chapters) {
    this.chapters = chapters;
    this.pages = new Map(chapters.flatMap((c) => c.concepts.map((concept) => [`${c.key}/${concept.key}`, concept])));
  }

  has(path) {
    return this.pages.has(path);
  }

  // the names of the parameters that a page shares with others of its chapter
  shared(path) {
    return this.pages.get(path).shared;
  }

  first(chapter = this.chapters[0].key) {
    return this.visited.get(chapter) ?? `${chapter}/${this.chapters.find((c) => c.key === chapter).concepts[0].key}`;
  }

  // only what a person does: Gradio selects tabs by itself when a page loads
  clicked(event, go) {
    const id = event.isTrusted && event.target.closest?.("button[role=tab]")?.id;
    if (!id) return;
    const [, chapter, key] = CONCEPT.exec(id) ?? [];
    if (key) return go(`${chapter}/${key}`);
    const [, opened] = CHAPTER.exec(id) ?? [];
    if (opened) go(this.first(opened));
  }

  // the address names no concept: no tab is the one that is shown
  none() {
    this.wanted = null;
    this.away = true;
    this.settle();
  }

  show(path) {
    this.away = false;
    const [chapter, key] = path.split("/");
    this.visited.set(chapter, path);
    this.wanted = [`chapter-${chapter}-button`, `concept-${chapter}-${key}-button`];
    this.settle();
  }

  settle() {
    const shown = this.away ? document.querySelectorAll("#chapters > .tab-wrapper [role=tab][aria-selected=true]") : [];
    for (const tab of shown) tab.setAttribute("aria-selected", "false");
    for (const id of this.wanted ?? []) {
      const tab = document.getElementById(id);
      if (!tab) return;
      if (tab.getAttribute("aria-selected") !== "true") tab.click();
      tab.setAttribute("aria-selected", "true"); // Gradio does not select again what it thinks is
    }
    const tabs = this.wanted?.map((id) => document.getElementById(id)) ?? [];
    this.wanted = null;
    // once they are laid out: on a phone a chapter may stand beyond the edge
    requestAnimationFrame(() => {
      for (const tab of tabs) tab.parentElement.scrollLeft = tab.offsetLeft - tab.parentElement.clientWidth / 3;
    });
  }

  // arrow keys walk along a row of tabs, as the pattern for tabs asks
  rove(event) {
    const way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const tab = event.target.closest?.("button[role=tab]");
    if (!way || !tab) return;
    const row = [...tab.parentElement.querySelectorAll("button[role=tab]")];
    event.preventDefault();
    row[(row.indexOf(tab) + way + row.length) % row.length].focus();
  }
}
