// The questions of an empty hub: proposes the browser's time zone, and the currency of the place until one is entered.

const zone = document.getElementById("id_timezone");
const currency = document.getElementById("id_currency");
const currencies = JSON.parse(document.getElementById("currencies").textContent);
const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
let proposed = currency.value;

function propose() {
  if (currency.value !== proposed) return;
  proposed = currencies[zone.value] ?? "";
  currency.value = proposed;
}

zone.addEventListener("change", propose);
if (!document.querySelector("form .late") && here in currencies) {
  zone.value = here;
  propose();
}
