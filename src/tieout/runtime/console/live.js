// Keeps the part of a page that has the id "live" as the server would show it now.
"use strict";

const live = document.getElementById("live");
const note = document.getElementById("live-note");
let source = null;

function tell(text) {
  note.textContent = text;
  note.hidden = text === "";
}

// Changes only what differs, so that focus, selection and scrolling stay where they are.
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
  let next = shown.firstChild;
  for (const each of [...wanted.childNodes]) {
    const kept = each.id ? shown.querySelector(`:scope > #${CSS.escape(each.id)}`) : alike(next, each) ? next : null;
    if (kept === null) {
      shown.insertBefore(each, next);
      continue;
    }
    if (kept === next) next = next.nextSibling;
    else shown.insertBefore(kept, next);
    align(kept, each);
  }
  while (next !== null) {
    const gone = next;
    next = next.nextSibling;
    gone.remove();
  }
}

function alike(shown, wanted) {
  return shown !== null && !shown.id && shown.nodeName === wanted.nodeName;
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
