// The desk page: hears a keyboard scanner, does one thing after the other, shows what came of it. It decides nothing:
// what a scan means and whether it may be is the hub's; every word comes from the page or from the answer.

const desk = document.getElementById("desk");
const words = JSON.parse(document.getElementById("desk-words").textContent);
const input = document.getElementById("entry");
const list = document.getElementById("choices");
const rows = document.getElementById("rows");

// Signing in again in another window changes the token, so it is read again for each request.
const token = () => document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)[1];

const MODES = { F2: "borrow", F3: "return", F4: "renew", F6: "fee", F8: "hold" };
const ICONS = { borrow: "book-up", return: "book-down", renew: "rotate-cw", fee: "banknote", hold: "bookmark", card: "id-card" };
const CHOICE_ICONS = { patron: "i-user", title: "i-book-up", receipt: "i-search" };

let patron = null; // the panel of the one who stands here
let mode = desk.dataset.mode; // what the next book means
let done = []; // this visit's lines that stand, oldest first
let choices = [];
let chosen = 0;
let queue = []; // what was scanned or pressed and is not done yet, in order
let busy = false;
let halted = null; // the entry that got no answer
let newestSlip = null; // the hold whose slip F7 prints
let leadsTo = ""; // the page that opens when all is done
let back = desk.dataset.back; // the page that Finish leads back to
let wanted = JSON.parse(document.getElementById("desk-title").textContent); // the title to place on hold for the next patron

const SVG = "http://www.w3.org/2000/svg";

function svg(kind, ...names) {
  const image = document.createElementNS(SVG, "svg");
  image.setAttribute("class", kind);
  image.setAttribute("aria-hidden", "true");
  for (const name of names) {
    const use = document.createElementNS(SVG, "use");
    use.setAttribute("href", `#${name}`);
    image.append(use);
  }
  return image;
}

function element(name, kind, ...children) {
  const made = document.createElement(name);
  if (kind) made.className = kind;
  made.append(...children);
  return made;
}

// --- what happens, in order ------------------------------------------------------------------------------------------

function put(step) {
  step.id = newId(); // sent again as it is, when its answer was lost
  if (step.does === "enter") step.row = addRow(step.text);
  queue.push(step);
  desk.dataset.waiting = String(queue.length);
  run();
}

async function run() {
  if (busy || halted) return;
  busy = true;
  while (queue.length && !halted) {
    const step = queue[0];
    if (await STEPS[step.does](step)) queue.shift();
    else halt(step);
  }
  busy = false;
  show();
  if (leadsTo && !halted) location.assign(leadsTo);
}

const STEPS = {
  async enter(step) {
    fillRow(step.row, { act: mode, tone: "ring", words: words.checking, title: step.text });
    const lies = pad?.items.get(step.text);
    if (lies) handled.set(step.text, "taken");
    if (lies && !(await prepare(step, lies))) return !fault.words;
    const body = { id: step.id, text: step.text, read: step.read, tagged: step.tagged, patron: patron?.ref ?? "", mode, ...options() };
    const answer = await ask(desk.dataset.entry, body);
    if (!answer) return false;
    take(answer, step);
    if (answer.kind === "line" && lies) await settle(step, answer.line, lies);
    return true;
  },
  // What may ring lies on the item pad again.
  async release(step) {
    const line = owed.get(step.item);
    if (line && (await pad.ask("unsecure", step.item)).result === "done") passes(step.item, line);
    return true;
  },
  async report(step) {
    return Boolean(await ask(desk.dataset.padFinding, { item: step.item, finding: step.finding }));
  },
  async undo(step) {
    const last = done.filter((line) => !line.undone).at(-1);
    if (!last) return true;
    if (!last.undo) {
      fillRow(addRow(), { act: last.act, tone: "look", words: words.no_undo, title: last.title });
      return true;
    }
    if (last.passes && (await pad.ask("secure", last.item)).result !== "done") {
      fillRow(addRow(), { act: last.act, tone: "look", words: words.tag_needed, then: words.tag_needed_then, title: last.title, book: last.book });
      return true;
    }
    const answer = await ask(desk.dataset.undo, { id: step.id, of: last.undo, patron: patron?.ref ?? "" });
    if (!answer) return false;
    patron = answer.patron;
    if (answer.ok) {
      last.undone = true;
      last.row.classList.add("undone");
      owed.delete(last.item);
    }
    if ((answer.ok ? last.secured : last.passes) && (await pad.ask("unsecure", last.item)).result !== "done") {
      put({ does: "report", item: last.item, finding: "rings" });
    }
    const tone = answer.ok ? "done" : "stop";
    const note = addRow();
    note.classList.add("note");
    fillRow(note, { act: last.act, tone, words: answer.words, then: answer.then, title: last.title, book: last.book });
    return true;
  },
  async mode(step) {
    if (step.mode === "fee" && !patron) fillRow(addRow(), { act: "fee", tone: "look", words: words.needs_patron });
    else if (step.mode === mode) nextOption();
    else {
      mode = step.mode;
      resetOption();
    }
    return true;
  },
  async copy() {
    if (mode === "hold") nextOption("copy");
    return true;
  },
  async slip(step) {
    printSlip(step.hold ?? newestSlip);
    return true;
  },
  // The browser prints this page: its style for paper leaves what was done and when it is due.
  async print() {
    if (done.some((line) => !line.undone)) window.print();
    return true;
  },
  async finish() {
    reportOwed();
    patron = null;
    mode = "return";
    resetOption();
    newestSlip = null;
    done = [];
    choices = [];
    rows.replaceChildren();
    wanted = null;
    leadsTo = back;
    return true;
  },
};

// What belongs to a mode besides the scan: how a fee is paid, where a hold is picked up, and which copies can fill it.
const OPTIONS = { fee: "means", hold: "pickup" };
const option = (id) => document.getElementById(id);
const options = () => ({ means: option("means").value, pickup: option("pickup")?.value ?? "", only_copy: option("copy").value === "only" });

function nextOption(id = OPTIONS[mode]) {
  const select = id && option(id);
  if (select && patron) select.selectedIndex = (select.selectedIndex + 1) % select.length;
}

// The last patron's choice must not hold for the next one unseen.
function resetOption() {
  for (const select of document.querySelectorAll("[data-for] select")) {
    for (const option of select.options) option.selected = option.defaultSelected;
  }
}

function printSlip(hold) {
  if (!hold) return;
  const form = document.getElementById("slip");
  form.elements.hold.value = hold;
  form.elements.csrfmiddlewaretoken.value = token();
  form.submit();
}

async function ask(url, body) {
  const sent = { method: "POST", headers: { "X-CSRFToken": token(), "Content-Type": "application/json" }, body: JSON.stringify(body) };
  try {
    const answer = await fetch(url, sent);
    if (answer.redirected || answer.status === 403) {
      away(words.signed_out, words.signed_out_then);
      return null;
    }
    if (answer.ok) return await answer.json();
  } catch {
    // said below, as for an answer that is none
  }
  away(words.away, words.away_then);
  return null;
}

let fault = { words: "", then: "" };
function away(said, then) {
  fault = { words: said, then };
}

function halt(step) {
  halted = step;
  step.row ??= addRow();
  fillRow(step.row, { act: mode, tone: "look", words: fault.words, then: fault.then, title: step.text });
}

function take(answer, step) {
  const before = patron?.ref;
  patron = answer.patron;
  mode = answer.mode;
  if (answer.kind === "patron") {
    if (before && before !== patron.ref) leave(step.row);
    if (before !== patron.ref) {
      resetOption();
      lookAgain();
    }
    step.row.remove();
    if (wanted) choices = [wanted];
  } else if (answer.kind === "opens") {
    leadsTo = answer.url;
    step.row.remove();
  } else if (answer.kind === "choices") {
    choices = answer.choices;
    chosen = 0;
    if (choices.length === 1 && choices[0].kind !== "receipt") takeOnly(step);
    else if (choices.length) step.row.remove();
    else fillRow(step.row, { act: mode, tone: "look", words: words.nothing, then: words.nothing_then, title: step.text });
  } else {
    if (answer.line.farewell && before) leave(step.row);
    fillRow(step.row, answer.line);
    if (answer.line.tone === "done" || answer.line.tone === "waits") {
      const title = answer.line.book?.title || answer.line.where;
      done.push({ ...answer.line, title, row: step.row, item: step.text });
    }
  }
}

// The only meaning of what was typed needs no second Enter. What was scanned meanwhile waits for it.
function takeOnly(step) {
  queue.splice(1, 0, { ...step, text: choices[0].entry, id: newId() });
  choices = [];
}

// Another card: what stood here belongs to the one before.
function leave(kept) {
  reportOwed();
  done = [];
  back = "";
  for (const row of [...rows.children]) if (row !== kept && !queue.some((step) => step.row === row)) row.remove();
}

// --- what lies on the item pad ---------------------------------------------------------------------------------------

const pad = desk.dataset.pad ? new ItemPad(desk.dataset.pad, followPad) : null;
const handled = new Map(); // items that lie there, by number: "taken", "idle" (not on loan) or "incomplete"
const owed = new Map(); // items on loan whose security is still on, with their lines

const missing = (lies) => Array.from({ length: lies.parts }, (_part, at) => at + 1).filter((part) => !lies.there.includes(part));
const inWords = (text, lies) => text.replace("{parts}", missing(lies).join(words.comma)).replace("{all}", lies.parts);

// An item is taken once while it lies there, whoever's visit it is.
function followPad() {
  if (pad.steady && !pad.crowded) {
    for (const item of [...handled.keys()]) if (!pad.items.has(item)) handled.delete(item);
    for (const [item, lies] of pad.items) {
      if (owed.has(item)) put({ does: "release", item });
      else if (!handled.has(item) || (handled.get(item) === "incomplete" && !missing(lies).length)) {
        handled.set(item, "taken");
        put({ does: "enter", text: item, read: true, tagged: true });
      }
    }
  }
  showPad();
}

// A patron was opened: what lay there before and was not on loan is to be borrowed.
function lookAgain() {
  for (const [item, how] of [...handled]) if (how === "idle") handled.delete(item);
  if (pad) setTimeout(followPad);
}

// Before the hub acts: wait for a whole set, and switch security on before a return. Returns whether to go on.
async function prepare(step, lies) {
  fault = { words: "", then: "" };
  const waits = mode === "borrow" && step.tagged && missing(lies).length;
  if (!waits && mode !== "return") return true;
  const known = (await ask(desk.dataset.padItems, { items: [step.text] }))?.items;
  if (!known) return false;
  if (!(step.text in known)) return true; // the hub says that it is unknown, and nothing is switched
  const { title, lent } = known[step.text];
  if (waits) {
    handled.set(step.text, "incomplete");
    fillRow(step.row, { act: mode, tone: "look", words: words.tag_waiting, then: inWords(words.tag_missing, lies), title });
    return false;
  }
  step.wasLent = lent;
  step.secured = (await pad.ask("secure", step.text)).result;
  if (step.secured !== "gone") return true;
  handled.delete(step.text);
  fillRow(step.row, { act: mode, tone: "look", words: words.tag_lifted, then: words.tag_lifted_then, title });
  return false;
}

// After the hub acted: a loan is recorded, now security goes off; a return that could not be secured goes to staff.
async function settle(step, line, lies) {
  const isDone = line.tone === "done" || line.tone === "waits";
  const entry = isDone ? done.at(-1) : { ...line, row: step.row };
  if (line.act === "borrow" && isDone) {
    if ((await pad.ask("unsecure", step.text)).result === "done") passes(step.text, entry);
    else {
      owed.set(step.text, entry);
      note(entry, "waits", words.tag_rings);
    }
  } else if (line.act === "return" && step.secured) {
    entry.secured = step.wasLent && step.secured === "done";
    note(entry, step.secured === "done" ? line.tone : "look", step.secured === "done" ? words.tag_secured : words.tag_silent);
    if (step.secured !== "done") put({ does: "report", item: step.text, finding: "silent" });
    if (step.wasLent && missing(lies).length) {
      note(entry, "look", inWords(words.tag_left_out, lies));
      put({ does: "report", item: step.text, finding: "incomplete" });
    }
    if (step.wasLent && line.tone === "stop") await pad.ask("unsecure", step.text); // refused: it is on loan as before
    if (!step.wasLent) handled.set(step.text, "idle");
  } else if (!patron) handled.set(step.text, "idle");
}

function passes(item, line) {
  owed.delete(item);
  line.passes = true;
  note(line, "done", words.tag_passes);
}

function note(line, tone, text) {
  line.notes = [...(line.notes ?? []).filter((each) => each !== words.tag_rings), text];
  fillRow(line.row, { ...line, tone, then: [line.then, ...line.notes].filter(Boolean).join(" ") });
}

function reportOwed() {
  for (const item of owed.keys()) put({ does: "report", item, finding: "rings" });
  owed.clear();
}

function showPad() {
  const unread = Object.values(pad.troubles).reduce((sum, each) => sum + each, 0);
  const sums = [];
  if (pad.items.size) sums.push(words.pad_items.replace("{items}", pad.items.size));
  if (unread) sums.push(words.pad_unreadable.replace("{count}", unread));
  if (pad.crowded) sums.push(words.pad_crowded);
  const said = { ready: sums.join(" ") || words.pad_ready, taken: words.pad_taken, away: words.pad_away };
  const shown = document.getElementById("pad");
  shown.textContent = said[pad.state] ?? words.pad_fault.replace("{code}", pad.state);
  shown.dataset.steady = String(pad.steady);
}

// A window that is closed in mid-visit still reports which items may ring.
addEventListener("pagehide", () => {
  for (const item of owed.keys()) {
    const headers = { "X-CSRFToken": token(), "Content-Type": "application/json" };
    fetch(desk.dataset.padFinding, { method: "POST", headers, body: JSON.stringify({ item, finding: "rings" }), keepalive: true });
  }
});

// --- what is seen ----------------------------------------------------------------------------------------------------

function addRow(title = "") {
  const row = element("tr");
  rows.prepend(row);
  fillRow(row, { act: "", tone: "ring", words: words.waiting, title });
  rows.parentElement.parentElement.scrollTop = 0;
  return row;
}

function fillRow(row, line) {
  const cover = line.book?.cover;
  const picture = element("td", "cover");
  if (cover?.picture) {
    const image = element("img", "cover");
    image.src = `/covers/${cover.picture}.webp`;
    image.alt = "";
    picture.append(image);
  } else if (cover) {
    const image = svg(`cover ${cover.style}`, `cover-${cover.row}`, ...(cover.slip ? ["slip"] : []));
    image.setAttribute("viewBox", "0 0 72 99");
    picture.append(image);
  }
  const title = element("td", "title", element("span", "", line.book?.title ?? line.title ?? ""));
  if (line.book?.detail) title.append(element("small", "", line.book.detail));
  const act = element("td", "act");
  if (line.act) act.append(svg("icon", `i-${ICONS[line.act]}`), ` ${words[line.act]}`);
  const said = element("span", "", line.words);
  if (line.then) said.append(element("small", "", line.then));
  if (line.slip) said.append(slipButton(line.slip));
  const state = element("span", `state ${line.tone}`, svg("mark", `m-${line.tone}`), said);
  row.replaceChildren(picture, title, act, element("td", "where", line.where ?? ""), element("td", "", state));
  row.dataset.tone = line.tone;
}

function slipButton(hold) {
  newestSlip = hold;
  for (const key of rows.querySelectorAll(".slip .key")) key.remove();
  const button = element("button", "button slip", element("span", "key", "F7"), words.print_slip);
  button.type = "button";
  button.tabIndex = -1;
  button.addEventListener("click", () => put({ does: "slip", hold }));
  return button;
}

function show() {
  showPatron();
  showChoices();
  showShelf();
  for (const button of document.querySelectorAll("[data-mode]")) {
    button.setAttribute("aria-pressed", String(button.dataset.mode === mode));
    button.disabled = button.dataset.mode === "fee" && !patron;
  }
  for (const id of ["undo", "receipt"]) document.getElementById(id).disabled = !done.some((line) => !line.undone);
  for (const option of document.querySelectorAll("[data-for]")) option.classList.toggle("hidden", option.dataset.for !== mode);
  const hint = words[hintFor()];
  input.placeholder = hint;
  document.getElementById("hint").textContent = hint;
  document.querySelector("#finish span:last-child").textContent = back ? words.back : words.finish;
  document.getElementById("wanted")?.classList.toggle("hidden", !wanted);
  document.getElementById("usual")?.classList.toggle("hidden", Boolean(wanted));
  desk.dataset.waiting = String(queue.length);
}

function hintFor() {
  if (wanted && mode === "hold") return patron ? "hint_place" : "hint_title";
  return mode === "hold" && !patron ? "hint_trap" : `hint_${mode}`;
}

function showPatron() {
  document.getElementById("nobody").classList.toggle("hidden", Boolean(patron));
  const shown = document.getElementById("patron");
  shown.classList.toggle("hidden", !patron);
  for (const slot of shown.querySelectorAll("[data-slot]")) slot.textContent = patron ? patron[slot.dataset.slot] : "";
  shown.querySelector("[data-url]").setAttribute("href", patron?.url ?? "#");
  if (!patron) return;
  const standing = document.getElementById("standing");
  standing.className = `state ${patron.tone}`;
  standing.querySelector("use").setAttribute("href", `#m-${patron.tone}`);
}

function showChoices() {
  list.classList.toggle("hidden", !choices.length);
  list.replaceChildren(...choices.map((choice, index) => {
    const line = element("li", "", svg("icon", CHOICE_ICONS[choice.kind]));
    line.append(element("span", "", choice.words), element("small", "", choice.detail));
    line.setAttribute("role", "option");
    line.setAttribute("aria-selected", String(index === chosen));
    line.addEventListener("click", () => choose(index));
    return line;
  }));
  list.children[chosen]?.scrollIntoView({ block: "nearest" });
}

function showShelf() {
  const standing = done.filter((line) => !line.undone);
  const lent = standing.filter((line) => line.act === "borrow").map((line) => spine(line.book.cover));
  const next = element("div", "spine next");
  next.style.cssText = "width: 22px; height: 68px";
  document.getElementById("books").replaceChildren(...lent, ...(patron?.left && mode === "borrow" ? [next] : []));
  const sums = ["borrow", "return", "renew", "hold"]
    .map((act) => [act, standing.filter((line) => line.act === act).length])
    .filter(([, count]) => count)
    .map(([act, count]) => words[`sum_${act}`].replace("{count}", count));
  document.getElementById("sum").textContent = sums.join(words.comma);
}

function spine(cover) {
  const made = element("div", `spine ${cover.style}`);
  made.style.width = `${cover.width}px`;
  made.style.height = `${cover.height}px`;
  return made;
}

// --- what is pressed -------------------------------------------------------------------------------------------------

function choose(index) {
  const entry = choices[index].entry;
  choices = [];
  if (entry === wanted?.entry) wanted = null;
  enter(entry);
}

function enter(text, read = false) {
  put({ does: "enter", text, read });
  show();
}

// A reader that acts as a keyboard sends 8 to 30 ms between keys; no hand keeps 40 ms over a whole number. Held keys
// repeat and pasted text has no keys, so neither counts.
const FASTEST_HAND_MS = 40;
let keys = []; // when each character of the entry was pressed, in ms

function heard(event) {
  if (event.repeat) keys = [-Infinity]; // spans for ever
  else if (event.key.length === 1 && !event.ctrlKey && !event.altKey && !event.metaKey) keys.push(event.timeStamp);
}

function wasRead(text) {
  return text.length > 4 && keys.length === text.length && keys.at(-1) - keys[0] <= FASTEST_HAND_MS * (keys.length - 1);
}

// A random UUID; randomUUID() itself is there only over HTTPS and on loopback.
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  return [...bytes].map((byte, at) => ([4, 6, 8, 10].includes(at) ? "-" : "") + byte.toString(16).padStart(2, "0")).join("");
}

function again() {
  halted = null;
  run();
}

function giveUp() {
  for (const step of queue) step.row?.remove();
  queue = [];
  halted = null;
  show();
}

document.getElementById("scan").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = input.value.trim();
  const read = wasRead(input.value);
  keys = [];
  input.value = "";
  if (halted && !text) again();
  else if (text) {
    choices = [];
    enter(text, read);
  } else if (choices.length) choose(chosen);
  else if (wanted && patron) {
    choices = [wanted];
    choose(0);
  } else if (mode === "fee") enter("");
  show();
});

input.addEventListener("input", () => {
  choices = [];
  show();
});

document.addEventListener("keydown", (event) => {
  heard(event);
  if (event.repeat && /^F\d/.test(event.key)) {
    event.preventDefault(); // a key held down is pressed once: F6 again means the next means of payment
  } else if (event.key === "F8" && event.shiftKey && !event.ctrlKey && !event.altKey) {
    event.preventDefault();
    put({ does: "copy" });
  } else if (event.key in MODES && !event.ctrlKey && !event.altKey) {
    event.preventDefault();
    put({ does: "mode", mode: MODES[event.key] });
  } else if (event.key === "F7") {
    event.preventDefault();
    put({ does: "slip" });
  } else if (event.key === "F9") {
    event.preventDefault();
    put({ does: "print" });
  } else if (event.key === "Escape") {
    event.preventDefault();
    escape();
  } else if (event.key === "z" && event.ctrlKey && !input.value) {
    event.preventDefault();
    put({ does: "undo" });
  } else if (choices.length && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    event.preventDefault();
    chosen = (chosen + (event.key === "ArrowDown" ? 1 : choices.length - 1)) % choices.length;
    showChoices();
  } else if (document.activeElement.tagName !== "INPUT" && event.key.length === 1 && !event.ctrlKey && !event.altKey && !event.metaKey) {
    input.focus();
  }
});

// Esc undoes the nearest thing first: what is typed, what is offered, what hangs; only then the visit.
function escape() {
  if (halted) giveUp();
  else if (choices.length) choices = [];
  else if (input.value) {
    input.value = "";
    keys = [];
  }
  else put({ does: "finish" });
  show();
}

for (const button of document.querySelectorAll("[data-mode]")) {
  button.addEventListener("click", () => put({ does: "mode", mode: button.dataset.mode }));
}
document.getElementById("undo").addEventListener("click", () => put({ does: "undo" }));
document.getElementById("receipt").addEventListener("click", () => put({ does: "print" }));
document.getElementById("finish").addEventListener("click", () => put({ does: "finish" }));
for (const select of document.querySelectorAll("[data-for] select")) select.addEventListener("change", () => input.focus());
document.getElementById("branch")?.addEventListener("change", (event) => event.target.form.submit());
document.addEventListener("focusout", () => setTimeout(() => {
  if (document.hasFocus() && !document.activeElement.closest("a, button, select, .place")) input.focus();
}));
document.addEventListener("click", (event) => {
  if (!event.target.closest("a, select, .place")) input.focus();
});

pad?.connect();
if (desk.dataset.first) enter(desk.dataset.first);
input.focus();
show();
