// What a browser keeps from a page inside another, storage, held for as long as the page is open.

const verbs = {
  getItem(key) {
    return this[key] ?? null;
  },
  setItem(key, value) {
    this[key] = String(value);
  },
  removeItem(key) {
    delete this[key];
  },
};

for (const name of ["localStorage", "sessionStorage"]) {
  try {
    window[name].length;
  } catch {
    Object.defineProperty(window, name, { value: Object.create(verbs) });
  }
}
