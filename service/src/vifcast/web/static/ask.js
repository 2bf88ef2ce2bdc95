// A link with hx-target="#ask" asks in a dialog; without script it leads to a page that asks.
const dialog = document.getElementById("ask-dialog");

dialog.addEventListener("htmx:afterSwap", () => { if (!dialog.open) dialog.showModal(); });
dialog.addEventListener("click", (event) => {
  if (!event.target.closest("[data-close]")) return;
  event.preventDefault();
  dialog.close();
});
