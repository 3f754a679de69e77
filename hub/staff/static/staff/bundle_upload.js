// Send a bundle in pieces, because the hub limits the size of a request; a piece that fails is sent again.
const PIECE = 8 * 1024 * 1024;
const TRIES = 5;
const form = document.querySelector("[data-pieces]");
const progress = form.querySelector("progress");
const fault = form.querySelector("[data-fault]");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const file = form.elements.bundle.files[0];
  const button = form.querySelector("button");
  button.disabled = true;
  progress.hidden = false;
  fault.textContent = "";
  try {
    location.assign(await send(file));
  } catch (error) {
    fault.textContent = error.message || form.dataset.lost;
    progress.hidden = true;
    button.disabled = false;
  }
});

async function send(file) {
  let begin = 0;
  let tries = TRIES;
  for (;;) {
    const body = new FormData();
    body.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    body.set("name", file.name);
    body.set("size", file.size);
    body.set("begin", begin);
    body.set("piece", file.slice(begin, begin + PIECE), "piece");
    const answer = await post(body);
    if (answer.fault) throw new Error(answer.fault);
    if (answer.then) return answer.then;
    tries = answer.have > begin ? TRIES : tries - 1;
    if (!tries) throw new Error("");
    begin = answer.have ?? begin;
    progress.value = begin / file.size;
  }
}

async function post(body) {
  try {
    const reply = await fetch(form.action, { method: "POST", body });
    return await reply.json();
  } catch {
    await new Promise((done) => setTimeout(done, 2000));
    return {};
  }
}
