// "/" to search, arrows in lists, "?" for the list of keys.
const rows = () => [...document.querySelectorAll("main [data-row]")].filter((each) => each.offsetParent);

function isTyping(target) {
  return target.closest("input:not([type=range]), textarea, select, [contenteditable]") !== null;
}

function move(step) {
  const all = rows();
  if (all.length === 0) return false;
  const at = all.indexOf(document.activeElement.closest("[data-row]"));
  const next = all[Math.min(all.length - 1, Math.max(0, at + step))];
  next.focus();
  next.scrollIntoView({ block: "nearest" });
  return true;
}

export function watchKeys() {
  const dialog = document.getElementById("keys");
  document.querySelector("[data-keys]").addEventListener("click", () => dialog.showModal());
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    const field = document.querySelector("main [data-seek]") ?? document.querySelector("[data-seek]");
    if (event.key === "/" && field) {
      event.preventDefault();
      field.focus();
      field.select();
    } else if (event.key === "?") {
      dialog.showModal();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (event.target.closest("input[type=range], .nav")) return;
      if (move(event.key === "ArrowDown" ? 1 : -1)) event.preventDefault();
    } else if (event.key === "Enter" && event.target.matches("[data-row]")) {
      event.target.querySelector("a[href]")?.click();
    }
  });
}
