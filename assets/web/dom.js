// An element with its properties and children, in one expression.

export function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

export const button = (label, act, title = "") => {
  const made = make("button", { type: "button", className: "quiet", textContent: label, title });
  made.onclick = act;
  return made;
};
