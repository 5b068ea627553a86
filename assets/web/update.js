// The app has been updated since this page was opened: what is of two versions is never put together.

import { button } from "./dom.js";
import { say } from "./language.js";

// the words and the way on; all that is shown stands in the address, so nothing is lost by it
export const newer = () => told("update.newer");
export const unloaded = () => told("update.unloaded");

const told = (key) => [say(key), " ", button(say("update.reload"), () => location.reload())];
