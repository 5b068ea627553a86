// The pages opened last in this browser: their names, not what was typed or set on them.

const KEPT = "glassboxRecent";
const MOST = 6;

export function recent() {
  try {
    const kept = JSON.parse(localStorage[KEPT] ?? "[]");
    return Array.isArray(kept) ? kept.filter((path) => typeof path === "string") : [];
  } catch {
    return []; // what another program wrote there
  }
}

export function opened(path) {
  localStorage[KEPT] = JSON.stringify([path, ...recent().filter((other) => other !== path)].slice(0, MOST));
}
