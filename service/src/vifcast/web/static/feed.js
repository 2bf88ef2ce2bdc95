// The list of operations, kept current by the stream: one row for each, changed in place.
import { showTimes } from "./times.js";

const MOST_ROWS = 200;
const MOST_WAITING = 500;
const AGAIN_MS = 5000;
const TOO_MANY = 429;
const LEVELS = { running: "accent", succeeded: "good", failed: "bad", overdue: "wait" };

const body = document.querySelector("[data-feed]");
const words = body?.dataset;
const live = document.querySelector("[data-live]");
const button = document.querySelector("[data-pause]");
const nothing = document.querySelector("[data-nothing]");
const empty = document.querySelector("[data-new]");

// What came while the list stands still: by key, the last state of each.
const waiting = new Map();
let position = words?.after;
let isPaused = false;
let isRead = false;
let state = "connecting";
let isGap = false;

export function duration(ms) {
  if (ms === null || ms === undefined) return "";
  if (ms < 1000) return `${ms} ms`;
  if (ms < 60000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.floor(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

function short(id) {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id ?? "") ? id.slice(0, 8) : (id ?? "");
}

function element(name, text, className = "") {
  const made = document.createElement(name);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

function link(href, text, title = "", className = "") {
  const made = element("a", text, className);
  made.href = href;
  if (title) made.title = title;
  return made;
}

const found = (text) => `${words.find}?q=${encodeURIComponent(text)}`;

function failure(operation) {
  const message = (operation.error_message ?? "").split(/\s+/).filter(Boolean).join(" ");
  const parts = [operation.error_class, message === operation.error_class ? "" : message];
  const text = parts.filter(Boolean).join(": ") || words.failed;
  return text.length > 240 ? `${text.slice(0, 237)}…` : text;
}

const cells = {
  time(operation) {
    const time = element("time", "");
    time.dateTime = operation.first_known_at;
    time.dataset.show = "clock";
    return [time];
  },
  server(operation) {
    const name = operation.instance_name || short(operation.instance_id);
    const href = words.servers + encodeURIComponent(operation.instance_id);
    return [link(href, name, operation.instance_id)];
  },
  what(operation) {
    const parts = [words[operation.action] ?? operation.action];
    if (operation.cause === "port_deleted") parts.push(" ", element("small", words.portDeleted));
    return parts;
  },
  outcome(operation) {
    return [element("b", words[operation.status], `tag ${LEVELS[operation.status]}`)];
  },
  took: (operation) => [duration(operation.duration_ms)],
  addresses: (operation) => operation.fixed_ips.flatMap((ip) => [
    link(found(ip.ip_address), ip.ip_address, "", "mono"), " ",
  ]),
  port: (operation) => (operation.port_id === null ? [] : [
    link(found(operation.port_id), short(operation.port_id), operation.port_id, "mono"),
  ]),
  network: (operation) => [operation.network_label || short(operation.network_id)],
  host(operation) {
    const parts = [operation.compute_host ?? ""];
    if (operation.region) parts.push(" ", element("small", operation.region));
    return parts;
  },
  why: (operation) => (operation.status === "failed" ? [failure(operation)] : []),
};

function fill(row, operation) {
  row.dataset.key = keyOf(operation);
  row.dataset.status = operation.status;
  row.dataset.at = operation.first_known_at;
  for (const cell of row.querySelectorAll("[data-of]")) {
    cell.replaceChildren(...cells[cell.dataset.of](operation));
  }
  showTimes(row);
}

const keyOf = (operation) => `${operation.correlation_id} ${operation.id}`;
const rowOf = (key) => [...body.rows].find((each) => each.dataset.key === key);

function put(operation) {
  const known = rowOf(keyOf(operation));
  if (words.only && operation.status !== words.only) {
    known?.remove();
  } else if (known) {
    if (!known.contains(document.activeElement)) fill(known, operation);
    else fillAround(known, operation);
    flash(known);
  } else {
    const row = empty.content.firstElementChild.cloneNode(true);
    fill(row, operation);
    flash(row);
    // A list of all outcomes is of the newest: what is older than its last row is not in it.
    const before = [...body.rows].find((each) => each.dataset.at <= operation.first_known_at);
    if (before) before.before(row);
    else body.append(row);
  }
  while (body.rows.length > MOST_ROWS) body.lastElementChild.remove();
  nothing.hidden = body.rows.length > 0;
}

// The keyboard is in this row: what it is on must stay.
function fillAround(row, operation) {
  const own = document.activeElement.closest("[data-of]");
  row.dataset.status = operation.status;
  for (const cell of row.querySelectorAll("[data-of]")) {
    if (cell !== own) cell.replaceChildren(...cells[cell.dataset.of](operation));
  }
  showTimes(row);
}

function flash(row) {
  row.classList.remove("fresh");
  void row.offsetWidth;
  row.classList.add("fresh");
}

function take(operation) {
  const key = keyOf(operation);
  const isGone = words.only && operation.status !== words.only;
  // What is there already changes in place, and moves nothing.
  if (!isPaused && (!isRead || (rowOf(key) && !isGone))) {
    waiting.delete(key);
    put(operation);
    return;
  }
  waiting.delete(key);
  waiting.set(key, operation);
  if (waiting.size > MOST_WAITING) waiting.delete(waiting.keys().next().value);
  show();
}

function catchUp() {
  if (isPaused || isRead) return;
  for (const operation of waiting.values()) put(operation);
  waiting.clear();
  show();
}

function show() {
  const isStill = isPaused || waiting.size > 0;
  const name = state === "open" && isStill ? "paused" : state;
  const number = isStill && waiting.size > 0 ? ` (+${waiting.size})` : "";
  live.dataset.state = name;
  live.textContent = (live.dataset[name] ?? "") + number + (isGap ? ` · ${live.dataset.gap}` : "");
  button.textContent = isPaused ? button.dataset.goOn : button.dataset.hold;
  button.setAttribute("aria-pressed", String(isPaused));
}

let source = null;
let again = 0;

// A browser opens six connections to a host: pages that nobody looks at must not take them all.
function connect() {
  clearTimeout(again);
  if (document.visibilityState === "hidden" || source) return;
  source = new EventSource(`${words.stream}?after=${position}`);
  const note = (event) => { if (event.lastEventId) position = event.lastEventId; };
  source.addEventListener("open", () => { state = "open"; show(); });
  source.addEventListener("operation", (event) => { note(event); take(JSON.parse(event.data)); });
  source.addEventListener("event", note);
  source.addEventListener("gap", () => { isGap = true; show(); });
  source.addEventListener("error", () => {
    state = "away";
    show();
    // It tries again by itself after a connection that broke, not after an answer that refused.
    if (source?.readyState === EventSource.CLOSED) {
      disconnect();
      explain();
      again = setTimeout(connect, AGAIN_MS);
    }
  });
}

function disconnect() {
  source?.close();
  source = null;
}

// EventSource does not say what the answer was.
async function explain() {
  try {
    const answer = await fetch(`${words.stream}?after=${position}`);
    if (answer.status === TOO_MANY) { state = "full"; show(); }
    await answer.body?.cancel();
  } catch { /* vifcast does not answer: that is said already */ }
}

export function watchFeed() {
  if (!body) return;
  live.hidden = button.hidden = false;
  button.addEventListener("click", () => { isPaused = !isPaused; catchUp(); show(); });
  // Whoever points at a row, or is on it with the keyboard, reads it: nothing moves it away.
  body.addEventListener("pointerenter", (event) => { if (event.pointerType === "mouse") isRead = true; });
  body.addEventListener("pointerleave", () => { isRead = body.contains(document.activeElement); catchUp(); });
  body.addEventListener("focusin", () => { isRead = true; });
  body.addEventListener("focusout", (event) => {
    isRead = body.contains(event.relatedTarget) || body.matches(":hover");
    catchUp();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") disconnect();
    connect();
  });
  show();
  connect();
}
