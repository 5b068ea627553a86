// What Tab meets on a page, told where it is wrong: every part is reached, in the order in which it is
// read, with a focus that is seen, and left again.
() => {
  const faults = [];
  const shown = (element) => element.checkVisibility({ visibilityProperty: true });
  const name = (element) => `${element.tagName} ${element.className?.baseVal ?? element.className} ${element.closest("[data-name]")?.dataset.name ?? element.id}`;
  const can = "a[href], button, input, select, textarea, summary, [tabindex]";
  const stops = [...document.querySelectorAll(`.glass :is(${can})`)].filter((one) => one.tabIndex >= 0 && !one.disabled && shown(one));
  const look = (one) => [one, one.firstElementChild, one.nextElementSibling, one.parentElement].map((part) => {
    const { outline, boxShadow, stroke, borderColor } = part ? getComputedStyle(part) : {};
    return [outline, boxShadow, stroke, borderColor].join();
  });
  for (const one of stops) {
    if (one.tabIndex > 0) faults.push(`out of order: ${name(one)}`);
    document.activeElement.blur();
    const before = look(one).join();
    one.focus({ preventScroll: true, focusVisible: true });
    if (document.activeElement !== one) faults.push(`not reached: ${name(one)}`);
    else if (look(one).join() === before) faults.push(`focus not seen: ${name(one)}`);
    if (!one.dispatchEvent(new KeyboardEvent("keydown", { key: "Tab", bubbles: true, cancelable: true }))) faults.push(`trap: ${name(one)}`);
  }
  document.activeElement.blur();
  for (const part of document.querySelectorAll(".glass .view, .glass .control, .glass .ribbon:not(.still), .glass .lesson")) {
    const still = part.matches(".control") && !part.querySelector("button:enabled, input, select, textarea, [tabindex]");
    if (shown(part) && !still && !stops.some((one) => part.contains(one))) faults.push(`no way in: ${name(part)}`);
  }
  return faults;
}
