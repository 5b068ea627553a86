// What a finger and an eye meet on a phone, told where it is wrong: targets too small and too near to
// another (WCAG 2.2, 2.5.8), main controls lower than 40 px, text smaller than 12 px, what lies beyond its edge.
() => {
  const LEAST = 24;
  const faults = [];
  const shown = (element) => element.checkVisibility({ visibilityProperty: true }) && element.getBoundingClientRect().width > 0;
  const name = (element) => `${element.tagName} ${element.className?.baseVal ?? element.className} ${element.closest("[data-name]")?.dataset.name ?? element.id}`;
  const inline = (element) => element.tagName === "A" && [...element.parentElement.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  const all = [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')].filter(
    (one) => shown(one) && !one.disabled && !inline(one) && !one.closest("#words .prose, .cm-editor, .visually-hidden"),
  );
  // a choice lies under its label; a switch has more room for a finger than is drawn
  const box = (one) => {
    const { x, y, width, height } = (one.closest(".segments label, .tongue") ?? one).getBoundingClientRect();
    const more = one.matches(".switch") ? -parseFloat(getComputedStyle(one, "::before").top) || 0 : 0;
    return { x, y: y - more, width, height: height + 2 * more };
  };
  const boxes = all.map(box);
  const middle = ({ x, y, width, height }) => [x + width / 2, y + height / 2];
  const little = ({ width, height }) => width < LEAST || height < LEAST;
  const near = (one, other) => {
    const [[x, y], [u, v]] = [middle(one), middle(other)];
    if (little(other)) return Math.hypot(x - u, y - v) < LEAST;
    const across = Math.max(0, Math.abs(x - u) - other.width / 2);
    return Math.hypot(across, Math.max(0, Math.abs(y - v) - other.height / 2)) < LEAST / 2;
  };
  all.forEach((one, i) => {
    const at = `${name(one)} ${boxes[i].width.toFixed(0)} × ${boxes[i].height.toFixed(0)}`;
    const apart = (other, j) => j !== i && !all[j].contains(one) && !one.contains(all[j]) && near(boxes[i], other);
    if (little(boxes[i]) && boxes.some(apart)) faults.push(`small: ${at}`);
    const main = one.closest(".ribbon, .control, .answers, .acts, .tools, [role=tablist], .card h2");
    if (main && boxes[i].height < 39.5) faults.push(`low: ${at}`);
  });
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const { data, parentElement: holder } = texts.currentNode;
    if (!data.trim() || holder.closest("script, style, .katex, .cm-editor, .visually-hidden") || !shown(holder)) continue;
    if (parseFloat(getComputedStyle(holder).fontSize) < 12) faults.push(`tiny: ${name(holder)} ${data.trim().slice(0, 20)}`);
  }
  // also what is cut off where nothing scrolls
  for (const part of document.querySelectorAll(".glass :is(h1, .view, .card, .ribbon, .ribbon > *, .control > *, .tools > *)")) {
    if (shown(part) && part.getBoundingClientRect().right > innerWidth + 1) faults.push(`sideways: ${name(part)}`);
  }
  if (document.documentElement.scrollWidth > innerWidth) faults.push("sideways: the page");
  return faults;
}
