// Prints the page; the sheet's own style makes one A4 of it.
document.getElementById("print").addEventListener("click", () => window.print());
