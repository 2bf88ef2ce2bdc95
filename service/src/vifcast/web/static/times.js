// <time data-show="relative|clock|moment">: in UTC or local time, as the user chose, with the exact
// moment on hover.
const KEY = "vifcast-zone";
const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
const language = document.documentElement.lang;
const relative = new Intl.RelativeTimeFormat(language, { numeric: "always", style: "short" });

export function isLocal() { return localStorage.getItem(KEY) === "local"; }

const two = (number, width = 2) => String(number).padStart(width, "0");

export function exact(date, withZone = true) {
  const local = isLocal();
  const of = (name) => (local ? date[`get${name}`]() : date[`getUTC${name}`]());
  const day = `${of("FullYear")}-${two(of("Month") + 1)}-${two(of("Date"))}`;
  const text = `${day} ${two(of("Hours"))}:${two(of("Minutes"))}:${two(of("Seconds"))}`;
  return withZone && !local ? `${text} UTC` : text;
}

export function clock(date) {
  return `${exact(date, false).slice(11)}.${two(date.getMilliseconds(), 3)}`;
}

export function ago(date) {
  const seconds = Math.round((date - Date.now()) / 1000);
  const [unit, length] = UNITS.find(([, each]) => Math.abs(seconds) >= each) ?? UNITS[3];
  return relative.format(Math.trunc(seconds / length), unit);
}

export function showTimes(within = document) {
  for (const each of within.querySelectorAll("time[datetime]")) {
    const date = new Date(each.dateTime);
    if (Number.isNaN(date.getTime())) continue;
    const show = each.dataset.show ?? "moment";
    const text = show === "relative" ? ago(date) : show === "clock" ? clock(date) : exact(date, false);
    if (each.textContent !== text) each.textContent = text;
    each.title = `${exact(date)} (${ago(date)})`;
  }
}

export function watchZone() {
  const buttons = document.querySelectorAll("[data-zone] button");
  const show = () => buttons.forEach((each) => {
    each.setAttribute("aria-pressed", String((each.value === "local") === isLocal()));
  });
  buttons.forEach((each) => each.addEventListener("click", () => {
    localStorage.setItem(KEY, each.value);
    show();
    showTimes();
    document.dispatchEvent(new CustomEvent("vifcast:zone"));
  }));
  show();
  setInterval(() => showTimes(), 10000);
}
