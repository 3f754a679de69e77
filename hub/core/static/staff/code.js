// Counts down the time of a one-time code on the page that shows it; knows no code.

const left = document.getElementById("left");
const until = performance.now() + Number(left.dataset.seconds) * 1000;
const clock = document.createElement("strong");
left.append(" · ", clock);

function tell() {
  const seconds = Math.ceil((until - performance.now()) / 1000);
  if (seconds <= 0) {
    left.textContent = left.dataset.over;
    document.querySelector(".enrol").classList.add("over");
    return;
  }
  clock.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  setTimeout(tell, 250);
}

tell();
