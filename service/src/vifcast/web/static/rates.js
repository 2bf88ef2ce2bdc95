// The charts of the page Now: how many operations, and how long they took.
/* global uPlot */
import { exact, isLocal } from "./times.js";
import { duration } from "./feed.js";

const card = document.querySelector("[data-rates]");
const EVERY_MS = { hour: 15000, day: 60000, week: 300000 };
const KEY = "vifcast-span";
const HEIGHT_PX = 160;
let span = "hour";
let data = null;
let plots = [];
let timer = 0;

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const dated = (seconds) => (isLocal() ? new Date(seconds * 1000) : uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"));

function axis(more = {}) {
  return {
    stroke: colour("soft"),
    font: "12px system-ui, sans-serif",
    grid: { stroke: colour("line"), width: 1 },
    ticks: { stroke: colour("line"), width: 1, size: 4 },
    ...more,
  };
}

function options(box, series, yAxis) {
  return {
    width: box.clientWidth,
    height: HEIGHT_PX,
    tzDate: dated,
    cursor: { y: false, points: { size: 6 } },
    legend: { show: true, live: true },
    // Until the end of the last step, which its bar is as wide as.
    scales: { x: { range: () => [data.at[0], data.at.at(-1) + data.step_s] }, y: { range: (_plot, _low, high) => [0, high > 0 ? high * 1.08 : 1] } },
    axes: [
      axis({ values: (_plot, ticks) => ticks.map(label), space: 70, size: 30 }),
      axis({ size: 58, ...yAxis }),
    ],
    series: [{ label: card.dataset.time, value: (_plot, at) => (at === null ? "–" : exact(new Date(at * 1000), false)) }, ...series],
  };
}

function label(seconds) {
  const text = exact(new Date(seconds * 1000), false);
  return data.span === "week" && text.slice(11, 16) === "00:00" ? text.slice(5, 10) : text.slice(11, 16);
}

const number = (_plot, value) => (value === null ? "–" : String(value));
const took = (_plot, value) => (value === null ? "–" : duration(value));

function counts(box) {
  const bars = uPlot.paths.bars({ size: [0.8, 40], align: 1 });
  const all = data.succeeded.map((each, index) => each + data.failed[index]);
  // The bar of all lies behind that of the failed ones: what is seen of it is what succeeded.
  const series = [
    { label: card.dataset.succeeded, fill: colour("accent"), stroke: colour("accent"), width: 0, paths: bars, points: { show: false },
      value: (_plot, _value, _series, index) => (index === null ? "–" : String(data.succeeded[index])) },
    { label: card.dataset.failed, fill: colour("bad"), stroke: colour("bad"), width: 0, paths: bars, points: { show: false }, value: number },
  ];
  const yAxis = { incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 50000, 100000] };
  return new uPlot(options(box, series, yAxis), [data.at, all, data.failed], box);
}

function durations(box) {
  const line = (name, text, dash) => ({
    label: text, stroke: colour(name), width: 2, dash, spanGaps: true, points: { show: true, size: 4 }, value: took,
  });
  const series = [line("accent", "p50"), line("wait", "p95", [6, 3])];
  const yAxis = { values: (_plot, ticks) => ticks.map(duration), incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 30000, 60000, 120000, 300000, 600000, 3600000] };
  return new uPlot(options(box, series, yAxis), [data.at, data.p50_ms, data.p95_ms], box);
}

function draw() {
  if (data === null) return;
  plots.forEach((each) => each.destroy());
  plots = [["counts", counts], ["durations", durations]].map(([name, make]) => {
    const box = card.querySelector(`[data-chart=${name}]`);
    box.classList.remove("skeleton");
    return make(box);
  });
  tabulate();
}

function tabulate() {
  const table = card.querySelector(".numbers");
  if (!table.open) return;
  const rows = data.at.map((at, index) => {
    const row = document.createElement("tr");
    const texts = [
      exact(new Date(at * 1000), false).slice(0, 16), data.succeeded[index], data.failed[index],
      duration(data.p50_ms[index]), duration(data.p95_ms[index]),
    ];
    for (const [column, text] of texts.entries()) {
      const cell = row.insertCell();
      cell.textContent = text;
      if (column > 0) cell.className = "number";
    }
    return row;
  });
  table.querySelector("tbody").replaceChildren(...rows.reverse());
}

async function load() {
  clearTimeout(timer);
  const wanted = span;
  try {
    const answer = await fetch(`${card.dataset.rates}?span=${wanted}`, { headers: { "X-Background": "1" } });
    // Whoever is signed out is sent to sign in, which is no JSON; the rest of the page says so.
    if (answer.ok && !answer.redirected && wanted === span) {
      data = await answer.json();
      draw();
    }
  } catch {
    // vifcast does not answer: what was drawn stays, and the feed says so.
  }
  timer = setTimeout(load, EVERY_MS[span]);
}

function choose(name) {
  span = name in EVERY_MS ? name : "hour";
  localStorage.setItem(KEY, span);
  for (const each of card.querySelectorAll("[data-span] button")) {
    each.setAttribute("aria-pressed", String(each.value === span));
  }
  load();
}

export function watchRates() {
  if (!card) return;
  card.hidden = false;
  card.querySelector("[data-span]").addEventListener("click", (event) => {
    if (event.target.value) choose(event.target.value);
  });
  card.querySelector(".numbers").addEventListener("toggle", tabulate);
  document.addEventListener("vifcast:zone", draw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  let width = 0;
  new ResizeObserver(() => {
    const now = card.clientWidth;
    if (now !== width) { width = now; draw(); }
  }).observe(card);
  choose(localStorage.getItem(KEY) ?? "hour");
}
