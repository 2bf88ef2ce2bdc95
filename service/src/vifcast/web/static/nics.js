// The slider over the lanes: moves the moment, and what is marked of it.
const root = document.querySelector("[data-lanes]");

function start() {
  const from = Date.parse(root.dataset.from);
  const to = Date.parse(root.dataset.to);
  const slide = root.querySelector("[data-slide]");
  const form = document.getElementById("moment-form");
  const field = form.querySelector("[data-at-field]");
  const spans = [...document.querySelectorAll("[data-from][data-to]")].filter((each) => each !== root);
  const edges = [...new Set(spans.flatMap((each) => [each.dataset.from, each.dataset.to]))]
    .filter((each) => each && Date.parse(each) >= from && Date.parse(each) <= to).sort();
  let shown = 0;

  const isIn = (span, iso) => (span.from === "" || span.from <= iso) && (span.to === "" || span.to > iso);

  // All moments are written alike, in UTC to the microsecond: they compare as texts.
  function place(iso, moveSlide) {
    shown = Date.parse(iso);
    const x = Math.min(Math.max((shown - from) / (to - from), 0), 1) * 1000;
    for (const each of root.querySelectorAll(".marker")) {
      each.setAttribute("x1", x);
      each.setAttribute("x2", x);
    }
    for (const each of spans) each.classList.toggle("then", isIn(each.dataset, iso));
    if (moveSlide) slide.value = Math.round(x);
    slide.setAttribute("aria-valuetext", iso.replace("T", " ").slice(0, 19) + " UTC");
  }

  function choose(iso, moveSlide) {
    field.value = iso;
    place(iso, moveSlide);
    form.dispatchEvent(new CustomEvent("moved"));
  }

  slide.addEventListener("input", () => {
    const at = new Date(from + (to - from) * (slide.value / 1000));
    choose(at.toISOString().replace("Z", "000Z"), false);
  });
  for (const button of form.querySelectorAll("[data-step]")) {
    button.hidden = edges.length === 0;
    button.addEventListener("click", () => {
      const step = Number(button.dataset.step);
      const next = step > 0
        ? edges.find((each) => Date.parse(each) > shown)
        : edges.findLast((each) => Date.parse(each) < shown);
      if (next) choose(next, true);
    });
  }
  document.body.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id === "then") arrive();
  });

  function arrive() {
    const answer = document.querySelector("#then [data-answer-at]");
    if (!answer) return;
    place(answer.dataset.answerAt, document.activeElement !== slide);
    const url = new URL(location.href);
    if ("isNow" in answer.dataset) url.searchParams.delete("at");
    else url.searchParams.set("at", field.value);
    if (url.href !== location.href) history.replaceState(null, "", url);
  }

  arrive();
}

if (root) start();
