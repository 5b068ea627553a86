// The version this page is of. While the app is updated others may answer as well: they refuse what is not
// theirs, and are asked again until it is the turn of one of ours. It needs no other module: any version may serve it.

export const VERSION = new URL(import.meta.url).pathname.split("/")[2];
const TRIES = 12; // one in two of ours is missed so often once in 4,000 times
const PAUSE = 80; // milliseconds between them
const RELOADS = 3; // in a row, by itself: there are two versions at a time
const LOOK = 2000; // milliseconds between looks whether a server is there

const pause = (time) => new Promise((done) => setTimeout(done, time));
let gone = false; // none of ours is left, as far as is known: one asks once

// An address that is answered for this version alone; the server looks for just these signs, at its end.
export const stamped = (address) => `${address}${address.includes("?") ? "" : "?"}&_v=${VERSION}`;

// fetch, asked again where a server of another version answers; its refusal if none of ours is left.
export async function own(address, options) {
  for (let left = gone ? 1 : TRIES; ; left--) {
    const answer = await fetch(address, options);
    const refused = answer.status === 404 && (await answer.clone().json()).why === "version";
    if (!refused || left === 1) {
      gone = refused;
      return answer;
    }
    await pause(PAUSE);
  }
}

// Whether a module and all that it may import is there: from now on in the browser's own cache.
export async function whole(address, seen = new Set()) {
  if (seen.has(address.href)) return true;
  seen.add(address.href);
  const answer = await own(address);
  if (!answer.ok) return false;
  const names = [...(await answer.text()).matchAll(/"(\.\.?\/[\w/-]+\.js)"/g)].map(([, name]) => new URL(name, address));
  return (await Promise.all(names.map((each) => whole(each, seen)))).every(Boolean);
}

// Load the page anew, all of which is in its address; false once that has been in vain too often.
export function anew() {
  const reloads = history.state?.reloads ?? 0;
  if (reloads >= RELOADS) return false;
  history.replaceState({ reloads: reloads + 1 }, "");
  location.reload();
  return true;
}

// In place of a player that did not come: what it lacks is asked for, and the page loaded anew.
export async function wait(host, player, [coming, unloaded, reload]) {
  host.textContent = coming;
  const styles = [...document.querySelectorAll('link[rel="stylesheet"][href*="/web/"]')];
  const asked = [whole(new URL(player, location)), ...styles.map(async ({ href }) => (await own(href)).text())];
  await Promise.allSettled(asked); // the server may be away
  while (!(await fetch("/healthz").catch(() => null))?.ok) await pause(LOOK);
  if (anew()) return;
  const button = document.createElement("button");
  button.textContent = reload;
  button.onclick = () => history.replaceState(null, "") ?? location.reload();
  host.replaceChildren(`${unloaded} `, button);
}
