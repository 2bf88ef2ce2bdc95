// Keeps the live list short, and shows when vifcast does not answer.
"use strict";

const MOST_ROWS = 200;

document.body.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.id !== "feed") return;
  const rows = document.querySelectorAll("#feed > .row");
  for (let at = rows.length - 1; at >= MOST_ROWS; at--) rows[at].remove();
});

const offline = document.querySelector(".offline");
for (const name of ["htmx:sendError", "htmx:responseError"]) {
  document.body.addEventListener(name, () => { offline.hidden = false; });
}
document.body.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.successful) offline.hidden = true;
});
