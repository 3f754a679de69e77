// Finds while somebody types: asks the hub for the list alone and puts it in place. Without it the button does the same.

const field = document.querySelector("input[name=q]");
const found = document.getElementById("found");
const PAUSE = 120; // milliseconds without a key
let waiting = 0;
let asked = new AbortController();

function soon() {
  clearTimeout(waiting);
  waiting = setTimeout(ask, PAUSE);
}

async function ask() {
  asked.abort();
  asked = new AbortController();
  const page = new URL(location.pathname, location.href);
  page.searchParams.set("q", field.value);
  const part = new URL(page);
  part.searchParams.set("part", "1");
  const answer = await fetch(part, { signal: asked.signal }).catch(() => null); // called off, or the hub is away
  if (!answer || !answer.ok || answer.redirected) return;
  found.innerHTML = await answer.text();
  history.replaceState(null, "", page);
}

// While an input method is still composing, its letters are not what is meant.
field.addEventListener("input", (event) => event.isComposing || soon());
field.addEventListener("compositionend", soon);
