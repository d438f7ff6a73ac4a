// What pages can do beyond their links and forms where there are scripts: they stay up to date, times go on, keys lead
// through rows, and what asks before it does something asks in a dialog.
import { Live } from "./live.js";
import { Refresh } from "./refresh.js";

const all = (selector, root = document) => [...root.querySelectorAll(selector)];

// Times, in the words of the service: the largest unit, or the two largest.
const units = [["d", 86400], ["h", 3600], ["m", 60], ["s", 1]];

function words(seconds, isShort) {
  const first = units.findIndex(([, size]) => seconds >= size);
  if (first < 0) return "0s";
  const [unit, size] = units[first];
  const large = `${Math.floor(seconds / size)}${unit}`;
  if (isShort || first === units.length - 1) return large;
  const rest = Math.floor((seconds % size) / units[first + 1][1]);
  return rest ? `${large} ${rest}${units[first + 1][0]}` : large;
}

function tick() {
  for (const time of all("time[datetime]:not(.exact)")) {
    const seconds = Math.max(0, Math.floor((Date.now() - Date.parse(time.dateTime)) / 1000));
    if (Number.isNaN(seconds)) continue;
    const text = time.dataset.span !== undefined ? words(seconds) : seconds < 10 ? "just now" : `${words(seconds, true)} ago`;
    if (time.textContent !== text) time.textContent = text;
  }
}

// Rows.
const rows = () => all("main tr[data-row]");
let here = -1;

function go(step) {
  const list = rows();
  if (!list.length) return;
  here = Math.min(list.length - 1, Math.max(0, here + step));
  list.forEach((row, index) => row.classList.toggle("here", index === here));
  const link = list[here].querySelector("a");
  link?.focus({ preventScroll: true });
  list[here].scrollIntoView({ block: "nearest" });
}

// Dialogs.
function show(content, label) {
  const dialog = document.createElement("dialog");
  dialog.setAttribute("aria-label", label);
  dialog.append(...content);
  document.body.append(dialog);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => {
    if (event.target.closest("[data-close]")) {
      event.preventDefault();
      dialog.close();
    }
  });
  dialog.showModal();
  dialog.querySelector("[required], button")?.focus();
}

async function ask(link) {
  try {
    const reply = await fetch(link.href, { headers: { Accept: "text/html" } });
    if (!reply.ok) throw new Error(reply.statusText);
    const page = new DOMParser().parseFromString(await reply.text(), "text/html");
    const content = [...page.querySelector("main").children].filter((child) => !child.matches(".notice.warn:first-child:has(strong)"));
    const title = page.querySelector("h1").textContent;
    for (const form of content.flatMap((child) => all("form", child).concat(child.matches("form") ? child : [])))
      form.action = new URL(form.getAttribute("action"), reply.url).href;
    for (const anchor of content.flatMap((child) => all("a[href]", child)))
      anchor.href = new URL(anchor.getAttribute("href"), reply.url).href;
    // Ids of the page that is below stay its own.
    for (const element of content.flatMap((child) => [child, ...all("*", child)]))
      for (const name of ["id", "for", "aria-describedby"])
        if (element.hasAttribute(name)) element.setAttribute(name, `dialog-${element.getAttribute(name)}`);
    all("dialog").forEach((dialog) => dialog.close());
    show(content.map((child) => document.importNode(child, true)), title);
  } catch {
    location.assign(link.href);
  }
}

function keys() {
  const content = document.querySelector("#keys").content.cloneNode(true);
  const form = document.createElement("form");
  form.method = "dialog";
  const button = document.createElement("button");
  button.className = "button";
  button.textContent = "Close";
  const line = document.createElement("p");
  line.className = "buttons";
  line.append(button);
  form.append(line);
  show([...content.children, form], "Keys");
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.target.closest("input, textarea, select")) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  const act = { "/": () => document.querySelector("#find").focus(), j: () => go(1), k: () => go(-1), "?": keys }[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-dialog]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0 || typeof HTMLDialogElement !== "function") return;
  event.preventDefault();
  ask(link);
});

// A form that was sent is not sent again by a second press, unless its answer will not come: the browser was stopped, or
// has gone back. Browsers that do not tell of a stop take the form again after as long as nobody presses twice.
const release = () => all("form[data-sent]").forEach((form) => delete form.dataset.sent);
const twice = 2000;
document.addEventListener("submit", (event) => {
  if (event.target.method !== "post") return;
  const { sent } = event.target.dataset;
  if (sent && Date.now() - Number(sent) < twice) event.preventDefault();
  else event.target.dataset.sent = Date.now();
});
addEventListener("pageshow", release);
window.navigation?.addEventListener("navigateerror", release);

// What an action has said is not said again by a reload.
if (new URL(location.href).searchParams.has("done")) {
  const address = new URL(location.href);
  ["done", "count", "left"].forEach((name) => address.searchParams.delete(name));
  history.replaceState(null, "", address);
}

tick();
setInterval(() => document.hidden || tick(), 1000);
document.addEventListener("refreshed", () => {
  const list = rows();
  here = list.findIndex((row) => row.classList.contains("here"));
});

const { live, subject, watched } = document.body.dataset;
if (live) {
  const refresh = new Refresh();
  if (watched !== undefined) setInterval(() => document.hidden || refresh.now(), 5000);
  new Live(live, (names) => {
    if (document.body.dataset.live === undefined) return undefined;
    if (subject && names && !names.includes(subject)) return undefined;
    return refresh.now();
  });
}
