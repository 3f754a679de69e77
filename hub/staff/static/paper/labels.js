// Tick every item of the list for printing, or none.
for (const button of document.querySelectorAll("[data-tick]"))
  button.addEventListener("click", () => {
    for (const box of document.querySelectorAll("input[name=item]")) box.checked = button.dataset.tick === "all";
  });
