// Keeps the part of a page that has the id "live" as the server would show it now.
"use strict";

const live = document.getElementById("live");
const note = document.getElementById("live-note");
let source = null;

function tell(text) {
  note.textContent = text;
  note.hidden = text === "";
}

// Changes only what differs, so that focus, selection and scrolling stay. What has an id is known by it wherever it moves.
function align(shown, wanted) {
  if (shown.nodeType !== Node.ELEMENT_NODE) {
    if (shown.data !== wanted.data) shown.data = wanted.data;
    return;
  }
  for (const each of [...shown.attributes]) {
    if (!wanted.hasAttribute(each.name)) shown.removeAttribute(each.name);
  }
  for (const each of wanted.attributes) {
    if (shown.getAttribute(each.name) !== each.value) shown.setAttribute(each.name, each.value);
  }
  const stays = new Set([...wanted.children].map((each) => each.id));
  const named = new Map([...shown.children].filter((each) => each.id).map((each) => [each.id, each]));
  for (const [id, each] of named) if (!stays.has(id)) each.remove();
  let next = shown.firstChild;
  for (const each of [...wanted.childNodes]) {
    if (each.nodeType === Node.ELEMENT_NODE) while (next instanceof Text) next = without(next);
    const kept = each.id ? named.get(each.id) : next && !next.id && next.nodeName === each.nodeName ? next : undefined;
    if (kept) while (next && next !== kept && !next.id) next = without(next);
    if (kept && kept === next) next = next.nextSibling;
    else shown.insertBefore(kept || each, next);
    if (kept) align(kept, each);
  }
  while (next) next = without(next);
}

function without(node) {
  const next = node.nextSibling;
  node.remove();
  return next;
}

function listen() {
  if (document.hidden) return;
  source = new EventSource(location.href);
  source.addEventListener("message", ({ data }) => {
    tell("");
    align(live, new DOMParser().parseFromString(`<div id="live">${data}</div>`, "text/html").getElementById("live"));
  });
  source.addEventListener("trouble", ({ data }) => tell(data));
  source.addEventListener("error", () => {
    tell(source.readyState === EventSource.CLOSED ? "This page is live no more: reload it." : "The server does not answer. This page waits for it.");
  });
}

// A browser has few connections to a server: a page that nobody sees holds none.
document.addEventListener("visibilitychange", () => {
  if (source !== null) source.close();
  listen();
});
listen();
