// Counts while staff change the rules: asks for the counted part alone and puts it in place. Without it the button does the same.

const rules = document.getElementById("rules");
const counted = document.getElementById("counted");
const PAUSE = 300; // milliseconds without a change
let waiting = 0;
let asked = new AbortController();

async function ask() {
  asked.abort();
  asked = new AbortController();
  const page = new URL(location.pathname, location.href);
  for (const [name, value] of new FormData(rules)) if (value) page.searchParams.append(name, value);
  const part = new URL(page);
  part.searchParams.set("part", "1");
  const answer = await fetch(part, { signal: asked.signal }).catch(() => null); // called off, or the hub is away
  if (!answer || !answer.ok || answer.redirected) return;
  const name = counted.querySelector("input[name=name]")?.value; // typed, and not to be lost
  counted.innerHTML = await answer.text();
  const field = counted.querySelector("input[name=name]");
  if (field && name) field.value = name;
  history.replaceState(null, "", page);
}

rules.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(ask, PAUSE);
});
