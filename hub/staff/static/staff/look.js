// Shows a chosen colour or logo at once; the hub decides how the colour is adjusted.
const form = document.querySelector("[data-preview]");
const { has_accent: chosen, accent, logo, no_logo: without } = form.elements;
const phones = [...document.querySelectorAll("[data-theme]")];
const stored = phones[0].querySelector("img").getAttribute("src");
let newest = 0;

async function showColour() {
  const turn = ++newest;
  const asked = chosen.checked ? accent.value : "";
  const reply = await fetch(`${form.dataset.preview}?accent=${encodeURIComponent(asked)}`);
  if (!reply.ok || turn !== newest) return;
  const { tones, note } = await reply.json();
  for (const phone of phones) {
    const tone = tones[phone.dataset.theme];
    phone.style.setProperty("--accent", tone.accent);
    phone.style.setProperty("--on-accent", tone.on_accent);
  }
  document.querySelector("[data-note]").textContent = note;
}

function showLogo(source) {
  for (const phone of phones) {
    const picture = phone.querySelector("img");
    picture.src = source;
    picture.hidden = !source;
    phone.querySelector(".name span").hidden = Boolean(source);
  }
}

chosen.addEventListener("change", showColour);
accent.addEventListener("input", () => { chosen.checked = true; showColour(); });
logo.addEventListener("change", () => {
  const [file] = logo.files;
  if (!file) { showLogo(stored); return; }
  const reader = new FileReader();
  reader.addEventListener("load", () => showLogo(reader.result));
  reader.readAsDataURL(file);
});
without?.addEventListener("change", () => showLogo(without.checked ? "" : stored));
