// Subscriptions and deliveries: dialogs, rows that are selected, texts that are filled in.
function fill(button) {
  const field = document.getElementById(button.dataset.into);
  field.value = button.dataset.fill;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
}

function count(form) {
  const boxes = [...form.querySelectorAll("[name=ids]")];
  const selected = boxes.filter((each) => each.checked).length;
  form.querySelector("[data-of-selected]").disabled = selected === 0;
  const shown = form.querySelector("[data-selected]");
  shown.textContent = `${selected} / ${boxes.length}`;
  shown.hidden = selected === 0;
  const all = form.querySelector("[data-select-all]");
  all.checked = boxes.length > 0 && selected === boxes.length;
  all.indeterminate = selected > 0 && selected < boxes.length;
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) document.getElementById(opener.dataset.opens).showModal();
  event.target.closest("[data-closes]")?.closest("dialog").close();
  const filling = event.target.closest("[data-fill]");
  if (filling) fill(filling);
});

for (const form of document.querySelectorAll("[data-selecting]")) {
  if (!form.querySelector("[data-of-selected]")) continue;
  form.addEventListener("change", (event) => {
    if (event.target.matches("[data-select-all]")) {
      form.querySelectorAll("[name=ids]").forEach((each) => { each.checked = event.target.checked; });
    }
    count(form);
  });
  form.addEventListener("keydown", (event) => {
    const box = event.target.matches("[data-row]") && event.target.querySelector("[name=ids]");
    if (event.key !== " " || !box) return;
    event.preventDefault();
    box.click();
  });
  count(form);
}

for (const each of document.querySelectorAll("[data-script]")) each.hidden = false;

// What was said once is not said again, and a form is not sent again, when the page is reloaded.
const address = document.querySelector("[data-address]")?.dataset.address;
if (address) history.replaceState(null, "", address);
else if (document.querySelector("[data-said]")) history.replaceState(null, "", location.pathname);
