// Redraws the previews of the questionnaire editor while staff type. The hub draws them: this sends the form as the
// button "look" does, and takes over the parts that show the questions.

const form = document.getElementById("questionnaire");
let timer = 0;
let latest = 0;

async function redraw() {
  const data = new FormData(form);
  data.set("do", "look");
  const number = ++latest;
  const answer = await fetch(location.pathname, { method: "POST", body: data });
  if (!answer.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (number !== latest) return; // typed on meanwhile
  for (const part of page.querySelectorAll(".looks")) document.getElementById(part.id)?.replaceWith(part);
}

form.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(() => redraw().catch(() => {}), 300);
});
