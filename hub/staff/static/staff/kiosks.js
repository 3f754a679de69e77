// Send the form of a select as soon as another choice is made; without scripts its button does.
for (const select of document.querySelectorAll("[data-submits]")) {
  select.addEventListener("change", () => select.form.requestSubmit());
  select.form.querySelector("button").classList.add("hidden");
}
