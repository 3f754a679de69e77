// Stocktaking with an item pad on a trolley: each item that is laid on it is added to the list once.

const form = document.getElementById("stocktaking");
const words = JSON.parse(document.getElementById("stocktaking-words").textContent);
const numbers = document.getElementById("numbers");

const pad = new ItemPad(form.dataset.pad, () => {
  const listed = new Set(numbers.value.split(/\s+/).filter(Boolean));
  const added = [...pad.items.keys()].filter((item) => !listed.has(item));
  if (added.length) numbers.value = [...listed, ...added, ""].join("\n");
  const unread = Object.values(pad.troubles).reduce((sum, each) => sum + each, 0);
  const sums = [words.pad_items.replace("{items}", pad.items.size)];
  if (unread) sums.push(words.pad_unreadable.replace("{count}", unread));
  if (pad.crowded) sums.push(words.pad_crowded);
  const said = { ready: sums.join(" "), taken: words.pad_taken, away: words.pad_away };
  document.getElementById("pad").textContent = said[pad.state] ?? words.pad_fault.replace("{code}", pad.state);
});
pad.connect();
