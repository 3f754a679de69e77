// Copy the hours of the first open day to the other open days; they are saved with the form.
document.getElementById("copy-hours").addEventListener("click", () => {
  const days = [...document.querySelectorAll(".hours tbody tr")]
    .map((row) => [row.querySelector("[type=checkbox]"), ...row.querySelectorAll("[type=time]")])
    .filter(([open]) => open.checked);
  const first = days.find(([, opens, closes]) => opens.value && closes.value);
  if (!first) return;
  for (const [, opens, closes] of days) {
    opens.value = first[1].value;
    closes.value = first[2].value;
  }
});
