// A control that is set in the picture: the card says how much there is and offers the way back.

import { button, make } from "./dom.js";
import { say } from "./language.js";

// count(text) of the control's value; words(count, control) say it.
export function summary(count, words) {
  return (control, id, { set }) => {
    const says = make("output", { id });
    const back = button(say("controls.reset"), () => set(control.default), say("controls.default"));
    return {
      parts: [says, back],
      show(text) {
        says.textContent = words(count(text), control);
        back.disabled = text === control.default;
      },
    };
  };
}

export const items = (separator) => (text) => text.split(separator).filter(Boolean).length;
