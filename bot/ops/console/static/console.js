// Keeps the page "Now" up to date by server-sent events; without scripts it shows the state of its loading.
"use strict";

const live = document.getElementById("live");
if (live) {
  const connection = document.getElementById("connection");
  const events = new EventSource(live.dataset.events);
  events.onmessage = (event) => {
    const before = live.querySelector(".scroll");
    const left = before ? before.scrollLeft : 0;
    const focused = before !== null && before === document.activeElement;
    live.innerHTML = event.data;
    const after = live.querySelector(".scroll");
    if (after) {
      after.scrollLeft = left;
      if (focused) after.focus();
    }
    connection.textContent = "";
  };
  events.onerror = () => {
    connection.textContent = "Not connected; trying again.";
  };
  window.addEventListener("pagehide", () => events.close());
}
