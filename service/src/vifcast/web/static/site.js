// What every page has: times, copying, keys, and a word when vifcast does not answer.
import { showTimes, watchZone } from "./times.js";
import { watchKeys } from "./keys.js";

const toast = document.querySelector(".toast");
let hiding = 0;

export function say(text, isBad = false) {
  toast.textContent = text;
  toast.classList.toggle("bad", isBad);
  toast.hidden = false;
  clearTimeout(hiding);
  if (!isBad) hiding = setTimeout(() => { toast.hidden = true; }, 2500);
}

async function copy(button) {
  const text = button.dataset.copy ?? document.getElementById(button.dataset.copyOf).textContent;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Without TLS there is no clipboard; what is selected can be copied.
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "unseen";
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  button.classList.add("done");
  say(`✓ ${text.length > 60 ? text.slice(0, 57) + "…" : text}`);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy], [data-copy-of]");
  if (button) copy(button);
  const menu = document.querySelector(".menu[open]");
  if (menu && !menu.contains(event.target)) menu.open = false;
});

for (const name of ["htmx:sendError", "htmx:responseError"]) {
  document.body.addEventListener(name, () => say(document.body.dataset.offline, true));
}
document.body.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.successful && toast.classList.contains("bad")) toast.hidden = true;
});
document.body.addEventListener("htmx:afterSwap", () => showTimes());
// What a timer asks for is no use of the session.
document.body.addEventListener("htmx:configRequest", (event) => {
  if (event.detail.triggeringEvent === undefined || event.detail.elt.hasAttribute("data-background")) {
    event.detail.headers["X-Background"] = "1";
  }
});

showTimes();
watchZone();
watchKeys();

// For whoever measures how soon the page answers: bench/web.py.
performance.mark("vifcast-ready");
