// Writing item tags: the label says which item, the item pad writes and checks, the hub notes that it is done.

const tagging = document.getElementById("tagging");
const words = JSON.parse(document.getElementById("tagging-words").textContent);
const entry = document.getElementById("entry");
const parts = document.getElementById("parts");
const token = () => document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)[1];

let item = null; // the item whose tags are written: { item, title, detail, parts, part }
let waitsForLift = false; // the part that was written lies there still
let busy = false;
let last = null; // what Undo takes back: { item, title, former }

const pad = new ItemPad(tagging.dataset.pad, followPad);

async function post(url, body) {
  try {
    const sent = { method: "POST", headers: { "X-CSRFToken": token(), "Content-Type": "application/json" }, body: JSON.stringify(body) };
    const answer = await fetch(url, sent);
    if (answer.ok && !answer.redirected) return await answer.json();
  } catch {
    // said below, as for an answer that is none
  }
  show("stop", words.hub_away);
  return null;
}

function show(tone, text, about = item) {
  document.getElementById("title").textContent = about?.title ?? "";
  document.getElementById("detail").textContent = about?.detail ?? "";
  const state = document.getElementById("state");
  state.className = `state ${tone}`;
  state.querySelector("use").setAttribute("href", `#m-${tone}`);
  state.querySelector("span").textContent = text;
  document.getElementById("replace").classList.add("hidden");
  document.getElementById("undo").disabled = !last || busy;
}

const numbered = (text) => text.replace("{part}", item.part).replace("{parts}", item.parts);
const askToLay = () => show("look", item.parts > 1 ? numbered(words.lay_part) : words.lay);

async function begin(number) {
  const found = await post(tagging.dataset.find, { item: number });
  item = null;
  if (!found) return;
  if (!found.item) show("stop", words.unknown, { title: number });
  else if (found.lent) show("stop", words.lent, found);
  else {
    item = { ...found, parts: Number(parts.value) || 1, part: 1 };
    waitsForLift = false;
    askToLay();
    followPad();
  }
}

function followPad() {
  showPad();
  if (!pad.steady || busy) return;
  const tags = [...pad.items.values()];
  const isEmpty = !tags.length && !Object.keys(pad.troubles).length;
  if (isEmpty && waitsForLift && item) askToLay();
  if (isEmpty) waitsForLift = false;
  else if (waitsForLift) return;
  else if (item) work(false);
  else if (tags.length === 1 && tags[0].deviates && document.getElementById("rewrite").checked) rewrite(tags[0]);
}

// A tag that deviates says itself which item and part it is.
async function rewrite(tag) {
  busy = true;
  const found = await post(tagging.dataset.find, { item: tag.item });
  busy = false;
  waitsForLift = true;
  if (!found) return;
  if (!found.item || found.lent || tag.there.length !== 1) return show("stop", found.item ? words.lent : words.unknown, { title: tag.item, ...found });
  item = { ...found, parts: tag.parts, part: tag.there[0], rewritten: true };
  await work(false);
}

async function work(replace) {
  if (busy) return;
  busy = true;
  show("ring", words.writing);
  const lies = pad.items.get(item.item);
  const isRight = lies && !lies.deviates && lies.parts === item.parts && lies.there.length === 1 && lies.there[0] === item.part;
  const answer = isRight ? await pad.ask("secure", item.item) : await pad.ask("write", item.item, { part: item.part, parts: item.parts, replace });
  busy = false;
  waitsForLift = true;
  if (answer.result !== "done") return refuse(answer);
  if (item.part < item.parts && !item.rewritten) {
    show("done", numbered(words.lift));
    item.part += 1;
    return;
  }
  const noted = await post(tagging.dataset.record, { item: item.item, parts: item.parts });
  if (!noted) return;
  last = isRight ? null : { ...item, former: noted.former };
  document.getElementById("progress").textContent = noted.progress;
  const row = document.createElement("tr");
  for (const text of [item.title, item.item]) row.append(Object.assign(document.createElement("td"), { textContent: text }));
  document.getElementById("today").prepend(row);
  if (last) last.row = row;
  const finished = item;
  item = null;
  parts.value = 1;
  show("done", isRight ? words.already : finished.rewritten ? words.rewritten : words.written, finished);
  entry.focus();
}

// What failed is tried again once the tag was taken off; another item's tag is overwritten only when asked.
function refuse(answer) {
  if (answer.result === "many" || answer.result === "no_tag") waitsForLift = false;
  show(answer.result === "no_tag" ? "look" : "stop", words[answer.result].replace("{names}", answer.names ?? ""));
  if (item.rewritten) item = null;
  else if (answer.result === "other_item" || answer.result === "other_use") document.getElementById("replace").classList.remove("hidden");
}

async function undo() {
  busy = true;
  const answer = await pad.ask("undo", "");
  busy = false;
  waitsForLift = true;
  if (answer.result !== "done") return show("stop", words.not_undone, last);
  const noted = await post(tagging.dataset.record, { item: last.item, ...last.former });
  if (!noted) return;
  document.getElementById("progress").textContent = noted.progress;
  last.row.remove();
  const undone = last;
  last = item = null;
  show("done", words.undone, undone);
  entry.focus();
}

function showPad() {
  const unread = Object.values(pad.troubles).reduce((sum, each) => sum + each, 0);
  const said = { ready: words.pad_items.replace("{items}", pad.items.size + unread), taken: words.pad_taken, away: words.pad_away };
  const shown = document.getElementById("pad");
  shown.textContent = said[pad.state] ?? words.pad_fault.replace("{code}", pad.state);
  shown.dataset.steady = String(pad.steady);
}

document.getElementById("scan").addEventListener("submit", (event) => {
  event.preventDefault();
  const number = entry.value.trim();
  entry.value = "";
  if (number && !busy) begin(number);
});
parts.addEventListener("change", () => {
  if (!item || item.part > 1) return;
  item.parts = Number(parts.value) || 1;
  askToLay();
});
document.getElementById("replace").addEventListener("click", () => work(true));
document.getElementById("undo").addEventListener("click", undo);
pad.connect();
show("look", words.scan);
