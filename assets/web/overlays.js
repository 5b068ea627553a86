// What lies over the page: Escape takes away what was opened last, and what opened it has the focus again.

const open = [];

// close() takes it away, `back` gets the focus then; returns what to call once it has gone in any other way
export function lay(close, back) {
  const layer = { close, back };
  open.push(layer);
  return () => open.includes(layer) && open.splice(open.indexOf(layer), 1);
}

export function escape(event) {
  if (event.key !== "Escape" || event.defaultPrevented) return;
  while (open.at(-1)?.back?.isConnected === false) open.pop(); // its page has been left
  if (!open.length) return;
  event.preventDefault();
  const { close, back } = open.pop();
  close();
  back?.focus();
}

addEventListener("keydown", escape);
