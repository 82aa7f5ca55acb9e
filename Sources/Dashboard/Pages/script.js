"use strict";
// The pages say all they have to without this; it adds the cursor in the trends, the filter, and the choice of runs to compare.

for (const chart of document.querySelectorAll("svg.trend")) {
  let points = null, place = -1;
  const cursor = chart.querySelector(".cursor");
  const reading = chart.parentElement.querySelector(".reading");
  const show = (index) => {
    points ??= JSON.parse(chart.dataset.trend);
    if (index < 0 || index >= points.length) return;
    place = index;
    const [x, y, text] = points[index];
    cursor.removeAttribute("hidden");
    cursor.querySelector("path").setAttribute("transform", `translate(${x} 0)`);
    cursor.querySelector("circle").setAttribute("transform", `translate(${x} ${y})`);
    reading.textContent = text;
  };
  chart.addEventListener("pointermove", (event) => {
    points ??= JSON.parse(chart.dataset.trend);
    const box = chart.getBoundingClientRect();
    const x = (event.clientX - box.left) * 640 / box.width;
    let nearest = 0;
    points.forEach((point, index) => { if (Math.abs(point[0] - x) < Math.abs(points[nearest][0] - x)) nearest = index; });
    show(nearest);
  });
  chart.addEventListener("keydown", (event) => {
    points ??= JSON.parse(chart.dataset.trend);
    const next = { ArrowLeft: place < 0 ? points.length - 1 : place - 1, ArrowRight: place < 0 ? 0 : place + 1, Home: 0, End: points.length - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    show(Math.min(Math.max(next, 0), points.length - 1));
  });
}

const filter = document.querySelector("#filter");
if (filter) {
  filter.addEventListener("input", () => {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const figure of document.querySelectorAll("figure[data-series]")) {
      figure.hidden = !words.every((word) => figure.dataset.series.toLowerCase().includes(word));
    }
    for (const group of document.querySelectorAll("details.group")) {
      group.hidden = !group.querySelector("figure[data-series]:not([hidden])");
      if (words.length && !group.hidden) group.open = true;
    }
  });
}

const store = document.querySelector("#comparison-data");
if (store) {
  const data = JSON.parse(store.textContent);
  const form = document.querySelector("#choose");
  const [testbed, before, after] = ["testbed", "before", "after"].map((name) => form.querySelector(`[name=${name}]`));
  const body = document.querySelector("#chosen tbody");
  const number = (value, unit) => {
    if (value === null || value === undefined) return "-";
    if (unit === "s") return value >= 1 ? `${value.toPrecision(4)} s` : value >= 1e-3 ? `${(value * 1e3).toPrecision(4)} ms` : `${(value * 1e6).toPrecision(4)} µs`;
    if (unit === "ns") return `${value.toPrecision(4)} ns`;
    return Number.isInteger(value) ? value.toLocaleString("en").replaceAll(",", "\u202f") : value.toPrecision(5);
  };
  const options = (select, runs, chosen) => {
    select.replaceChildren(...runs.map((run, index) => {
      const option = document.createElement("option");
      option.value = index;
      option.textContent = run;
      option.selected = index === chosen;
      return option;
    }));
  };
  const fill = () => {
    const bed = data[testbed.value];
    const [a, b] = [Number(before.value), Number(after.value)];
    body.replaceChildren();
    for (const [name, unit, exact, noise, values] of bed.series) {
      const [x, y] = [values[a], values[b]];
      if (x === null && y === null) continue;
      const change = x === null || y === null || x === 0 ? null : (y - x) / x;
      let verdict = "";
      if (x === null) verdict = "new"; else if (y === null) verdict = "gone";
      else if (exact) verdict = x === y ? "same" : y < x ? "less" : "more";
      else if (noise !== null && change !== null) verdict = Math.abs(change) <= noise ? "within its noise" : change < 0 ? "less, beyond its noise" : "more, beyond its noise";
      const row = document.createElement("tr");
      const cells = [name, number(x, unit), number(y, unit), change === null ? "-" : `${change >= 0 ? "+" : ""}${100 * Math.abs(change) < .005 && change !== 0 ? (100 * change).toPrecision(1) : (100 * change).toFixed(2)} %`, verdict];
      cells.forEach((text, index) => {
        const cell = document.createElement(index === 0 ? "th" : "td");
        if (index === 0) cell.scope = "row"; else if (index < 4) cell.className = "number";
        // Names break behind slashes and the like, as in the tables that are there already.
        if (index === 0) text.split(/(?<=[/\-_.])/).forEach((part, place) => cell.append(...(place > 0 ? [document.createElement("wbr"), part] : [part])));
        else cell.textContent = text;
        row.append(cell);
      });
      if (verdict.startsWith("more") || verdict.startsWith("less")) row.lastChild.classList.add(verdict.startsWith("more") ? "bad" : "good");
      body.append(row);
    }
  };
  const reset = () => {
    const runs = data[testbed.value].runs;
    options(before, runs, Math.max(runs.length - 2, 0));
    options(after, runs, runs.length - 1);
    fill();
  };
  testbed.addEventListener("change", reset);
  for (const select of [before, after]) select.addEventListener("change", fill);
  form.hidden = false;
  reset();
}
