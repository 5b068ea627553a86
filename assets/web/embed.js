// A page inside another page: ?embed=1 leaves the stage and what is beside it, less the parts in hide=….

import "./memory.js"; // before anything asks for storage

export const PARTS = ["controls", "numbers", "lesson", "theory"];

const asked = new URLSearchParams(location.search);
export const embedded = asked.get("embed") === "1";

// Once, before the first paint, so that nothing is seen to go away.
if (embedded) {
  const hidden = (asked.get("hide") ?? "").split(",").filter((part) => PARTS.includes(part));
  document.body.classList.add("embed", ...hidden.map((part) => `hide-${part}`));
}

// The address of the same state as a whole page, or inside another page without these parts.
export function link({ path, query }, hidden = null) {
  const inside = hidden ? `?embed=1${hidden.length ? `&hide=${hidden}` : ""}` : "";
  return `${location.origin}${location.pathname}${inside}#/${path}${query ? `?${query}` : ""}`;
}
