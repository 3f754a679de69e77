// Lets bays be drawn, moved and sized on the grid; what is kept are the fields of the table below it, nothing else.
"use strict";
(() => {
  const grid = document.getElementById("grid"), rows = document.getElementById("rows");
  const pattern = document.getElementById("row"), SVG = "http://www.w3.org/2000/svg";
  const width = Number(grid.dataset.width), height = Number(grid.dataset.height);
  grid.setAttribute("viewBox", `0 0 ${width} ${height}`);

  const make = (name, values, inside) => {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(values)) made.setAttribute(key, value);
    inside.append(made);
    return made;
  };
  const field = (row, name) => row.querySelector(`[name="${name}"]`);
  const number = (row, name) => Number.parseInt(field(row, name).value, 10);
  const placed = (row) => ["x", "y", "width", "height"].every((name) => number(row, name) >= 0);
  const between = (value, least, most) => Math.max(least, Math.min(most, value));
  let picked = null;

  const draw = () => {
    grid.replaceChildren();
    for (let x = 1; x < width; x++) make("line", { class: "cell", x1: x, x2: x, y1: 0, y2: height }, grid);
    for (let y = 1; y < height; y++) make("line", { class: "cell", x1: 0, x2: width, y1: y, y2: y }, grid);
    const [x, y] = grid.dataset.you.split(" ").map(Number);
    make("circle", { class: "you", cx: x + 0.5, cy: y + 0.5, r: 0.3 }, grid);
    for (const row of rows.children) {
      row.classList.toggle("picked", row === picked);
      if (placed(row)) drawBay(row);
    }
  };

  const drawBay = (row) => {
    const [x, y, w, h] = ["x", "y", "width", "height"].map((name) => number(row, name));
    const group = make("g", row === picked ? { class: "picked" } : {}, grid);
    group.row = row;
    make("rect", { class: "bay", x: x + 0.05, y: y + 0.05, width: Math.max(w - 0.1, 0.1), height: Math.max(h - 0.1, 0.1), rx: 0.08 }, group);
    make("text", { x: x + w / 2, y: y + h / 2 }, group).textContent = field(row, "code").value;
    if (row === picked) make("rect", { class: "corner", x: x + w - 0.45, y: y + h - 0.45, width: 0.45, height: 0.45 }, group);
  };

  const cell = (event) => {
    const box = grid.getBoundingClientRect();
    return [((event.clientX - box.left) / box.width) * width, ((event.clientY - box.top) / box.height) * height];
  };
  const set = (row, values) => {
    for (const [name, value] of Object.entries(values)) field(row, name).value = value;
    draw();
  };
  const empty = () => [...rows.children].find((row) => !field(row, "code").value && !placed(row));
  const nextName = () => {
    const numbers = [...rows.children].map((row) => Number.parseInt(field(row, "code").value, 10) || 0);
    return String(Math.max(0, ...numbers) + 1);
  };

  const ready = (row) => {
    const button = row.querySelector(".take-away");
    button.hidden = false;
    button.addEventListener("click", () => { row.remove(); if (row === picked) picked = null; draw(); });
    row.addEventListener("input", draw);
    row.addEventListener("focusin", () => { picked = row; draw(); });
  };
  const added = () => {
    const row = pattern.content.firstElementChild.cloneNode(true);
    rows.append(row);
    ready(row);
    return row;
  };

  grid.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    grid.setPointerCapture(event.pointerId);
    const [x, y] = cell(event), group = event.target.closest("g");
    const sizing = event.target.classList.contains("corner");
    let row = group && group.row;
    if (row) {
      picked = row;
    } else {
      row = picked = empty() || added();
      field(row, "code").value = nextName();
      set(row, { x: Math.floor(x), y: Math.floor(y), width: 1, height: 1 });
    }
    const [left, top] = [number(row, "x"), number(row, "y")], fresh = !group;
    const move = (moved) => {
      const [to, down] = cell(moved);
      if (fresh || sizing) {
        set(row, {
          width: between(Math.ceil(to) - left, 1, width - left),
          height: between(Math.ceil(down) - top, 1, height - top),
        });
      } else {
        set(row, {
          x: between(left + Math.round(to - x), 0, width - number(row, "width")),
          y: between(top + Math.round(down - y), 0, height - number(row, "height")),
        });
      }
    };
    const end = () => {
      grid.removeEventListener("pointermove", move);
      if (!empty()) added();
      if (fresh) field(row, "first").focus({ preventScroll: true });
      draw();
    };
    grid.addEventListener("pointermove", move);
    grid.addEventListener("pointerup", end, { once: true });
    grid.addEventListener("pointercancel", end, { once: true });
    draw();
  });

  for (const row of rows.children) ready(row);
  draw();
})();
