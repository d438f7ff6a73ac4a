// Brings a page up to date without a reload: the same address is fetched again, and what differs is changed in place, so
// that what somebody reads, has selected or has put the focus on stays where it is.

const keyOf = (node) => (node.nodeType === Node.ELEMENT_NODE && node.id ? node.id : null);

// Belongs to whoever sits before the page, whatever the service says.
const kept = (element, name) =>
  (name === "open" && (element.localName === "details" || element.localName === "dialog")) ||
  (name === "class" && element.localName === "tr") ||
  (name === "tabindex" && element.localName === "tr");

function attributes(old, fresh) {
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name) && !kept(old, name)) old.removeAttribute(name);
  for (const { name, value } of fresh.attributes)
    if (!kept(old, name) && old.getAttribute(name) !== value) old.setAttribute(name, value);
}

function isSame(old, fresh) {
  return old.nodeType === fresh.nodeType && old.nodeName === fresh.nodeName && keyOf(old) === keyOf(fresh);
}

export function morph(old, fresh) {
  if (old.isEqualNode(fresh)) return;
  if (old.nodeType !== Node.ELEMENT_NODE) {
    old.nodeValue = fresh.nodeValue;
    return;
  }
  // What somebody has filled in is theirs; what a form says beside that is the page's.
  if (["INPUT", "TEXTAREA", "SELECT"].includes(old.nodeName)) {
    if (old.type === "hidden" && fresh.type === "hidden") attributes(old, fresh);
    return;
  }
  attributes(old, fresh);
  const keyed = new Map([...old.childNodes].filter(keyOf).map((node) => [keyOf(node), node]));
  let place = old.firstChild;
  for (const next of [...fresh.childNodes]) {
    const known = keyOf(next) ? keyed.get(keyOf(next)) : place && !keyOf(place) && isSame(place, next) ? place : null;
    if (known && isSame(known, next)) {
      if (known === place) place = place.nextSibling;
      else old.insertBefore(known, place);
      morph(known, next);
    } else {
      old.insertBefore(document.importNode(next, true), place);
    }
  }
  while (place) {
    const gone = place;
    place = place.nextSibling;
    gone.remove();
  }
}

export class Refresh {
  constructor() {
    this.isBusy = false;
    this.isDue = false;
  }

  // Several wishes while one is carried out are one.
  async now() {
    if (this.isBusy) {
      this.isDue = true;
      return;
    }
    this.isBusy = true;
    try {
      await this.fetch();
    } finally {
      this.isBusy = false;
      if (this.isDue) {
        this.isDue = false;
        this.now();
      }
    }
  }

  async fetch() {
    const address = new URL(location.href);
    address.searchParams.delete("done");
    let reply;
    try {
      reply = await fetch(address, { cache: "no-cache", headers: { Accept: "text/html" } });
    } catch {
      return;
    }
    if (!reply.ok) return;
    const page = new DOMParser().parseFromString(await reply.text(), "text/html");
    if (document.querySelector("dialog[open]")) return;
    const status = document.querySelector("#mark")?.textContent;
    for (const fresh of page.querySelectorAll("main .title, main > [id]")) {
      const old = fresh.id ? document.getElementById(fresh.id) : document.querySelector("main .title");
      if (old && !old.contains(document.activeElement?.closest("form") ?? null)) morph(old, fresh);
    }
    const now = document.querySelector("#mark")?.textContent;
    if (status && now && status !== now) {
      document.querySelector("#news").textContent = `${document.querySelector("h1 bdi").textContent} is ${now} now.`;
    }
    if (page.body.dataset.live === undefined) delete document.body.dataset.live;
    document.dispatchEvent(new Event("refreshed"));
  }
}
