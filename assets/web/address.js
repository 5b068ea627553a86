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
export const spell = (values, controls) =>
  controls.filter((control) => told(values, control)).map(({ name }) => pair(name, values.get(name))).join("&");

export const told = (values, { name, default: standard }) => values.has(name) && values.get(name) !== standard;

// Spelled as the server spells it, so that one state has one address.
export const pair = (name, text) =>
  `${name}=${encodeURIComponent(text)
    .replace(/%(2C|3B|3A)/g, decodeURIComponent)
    .replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt().toString(16).toUpperCase()}`)}`;

export function write(path, query, push) {
  const hash = `#/${path}${query ? "?" + query : ""}`;
  if (hash === location.hash) return;
  history[push ? "pushState" : "replaceState"](null, "", hash);
}
