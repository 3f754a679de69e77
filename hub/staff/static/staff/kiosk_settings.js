// Shows what a kiosk looks like with the settings in the form, and what they change, before they are saved.
const form = document.getElementById("settings");
const rows = [...document.querySelectorAll("[data-setting]")];
const stored = new URLSearchParams(new FormData(form)).toString();
const { screen, screen_from: from, screen_to: until } = form.elements;

function minutes(time) {
  const [hours, rest] = time.split(":").map(Number);
  return 60 * hours + rest;
}

function chosenLanguages() {
  return [...form.querySelectorAll("[name=languages]:checked")].map((each) => each.parentElement.textContent.trim());
}

function words({ setting, inherited, unit }) {
  const field = form.elements[setting];
  if (setting === "screen_hours") {
    if (screen.value === "hours") return `${from.value || "–"}–${until.value || "–"}`;
    return screen.value ? screen.selectedOptions[0].text : inherited;
  }
  if (setting === "languages") return chosenLanguages().join(document.documentElement.lang.startsWith("zh") ? "，" : ", ") || inherited;
  if (!field.value) return inherited;
  if (field.tagName === "SELECT") return field.selectedOptions[0].text;
  return unit ? unit.replace("{count}", field.value) : field.value.toUpperCase();
}

function inherited(setting) {
  return rows.find((row) => row.dataset.setting === setting).dataset.inherited;
}

// Ink or leaf, whichever has the greater contrast. Source: WCAG 2.2, relative luminance.
function wordsOn(colour) {
  const parts = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16) / 255);
  const [red, green, blue] = parts.map((each) => (each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.18 ? "#1a1611" : "#fcf9f3";
}

function spans() {
  if (screen.value === "always") return [[0, 100]];
  if (screen.value === "open") return [];
  if (screen.value !== "hours" || !from.value || !until.value) return null;
  const [begin, end] = [from, until].map((each) => minutes(each.value) / 14.4);
  return begin < end ? [[begin, end - begin]] : [[0, end], [begin, 100 - begin]];
}

function draw() {
  for (const row of rows) {
    const after = words(row.dataset);
    row.hidden = after === row.dataset.now;
    row.querySelector("strong").textContent = after;
    if (row.dataset.setting === "screen_hours") document.querySelector("[data-hours]").textContent = after;
  }
  const day = document.querySelector("[data-day]");
  const on = spans();
  if (on) day.innerHTML = on.map(([x, width]) => `<rect x="${x}" width="${width}" height="10"/>`).join("");
  const kiosk = document.querySelector("[data-kiosk]");
  const accent = [form.elements.accent.value, inherited("accent")].find((each) => /^#[0-9a-f]{6}$/i.test(each));
  kiosk.style.setProperty("--accent", accent ?? "");
  kiosk.style.setProperty("--on-accent", accent ? wordsOn(accent) : "");
  kiosk.querySelector("[data-languages]").textContent = chosenLanguages().join(" · ");
  for (const level of document.querySelectorAll("[data-level]")) {
    const { value } = form.elements[level.dataset.level];
    level.style.width = `${Math.min(value || parseInt(inherited(level.dataset.level), 10) || 0, 100)}%`;
  }
  const width = { 384: "58", 576: "80" }[form.elements.receipt_width.value];
  if (width) document.querySelector("[data-roll]").dataset.roll = width;
  const isSaved = new URLSearchParams(new FormData(form)).toString() === stored;
  document.querySelector("[data-unchanged]").hidden = rows.some((row) => !row.hidden);
  document.querySelector("[data-unsaved]").hidden = isSaved;
  const draft = document.querySelector("[data-draft]");
  if (draft) draft.hidden = !isSaved;
}

form.addEventListener("input", draw);
