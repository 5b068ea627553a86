// The address always says what is on the screen: #/chapter/concept?name=value&…

export function read() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  return { path: decoded(path), query };
}

function decoded(text) {
  try {
    return decodeURI(text);
  } catch {
    return text; // a broken escape names no page, and is shown as it stands
  }
}

export const pairs = (query) => new Map(new URLSearchParams(query));

// The shortest query: what is at its default is left out; , ; : stay readable.
export function spell(values, controls) {
  const parts = [];
  for (const { name, default: standard } of controls)
    if (values.has(name) && values.get(name) !== standard)
      parts.push(`${name}=${encodeURIComponent(values.get(name)).replace(/%(2C|3B|3A)/g, decodeURIComponent)}`);
  return parts.join("&");
}

export function write(path, query, push) {
  const hash = `#/${path}${query ? "?" + query : ""}`;
  if (hash === location.hash) return;
  history[push ? "pushState" : "replaceState"](null, "", hash);
}
