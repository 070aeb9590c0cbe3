// Keeps the page "Now" up to date by server-sent events; without scripts it shows the state of its loading.
"use strict";

const live = document.getElementById("live");
if (live) {
  const connection = document.getElementById("connection");
  const announcement = document.getElementById("announcement");
  const news = () => live.querySelector(".announced")?.textContent ?? "";
  const isSelected = () => !getSelection().isCollapsed && live.contains(getSelection().anchorNode);
  const scrolled = () => document.getElementById("processes")?.scrollLeft ?? 0;
  let last = news();

  const events = new EventSource(live.dataset.events);
  events.onmessage = (event) => {
    connection.textContent = "";
    if (isSelected()) return; // It is being copied.
    const left = scrolled();
    const focused = live.contains(document.activeElement) ? document.activeElement.id : "";
    live.innerHTML = event.data;
    if (left) document.getElementById("processes")?.scrollTo({ left });
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
    // Once: the whole part would be read aloud every few seconds.
    if (news() !== last) announcement.textContent = last = news();
  };
  events.onerror = () => {
    const isOver = events.readyState === EventSource.CLOSED;
    connection.textContent = isOver ? "Not connected. Load the page again." : "Not connected; trying again.";
  };
  window.addEventListener("pagehide", () => events.close());
}
