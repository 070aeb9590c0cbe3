// SimCord's page doesn't stay at the end when a picture is taller than its placeholder: a viewer who was at the
// end, or has just sent something, is kept there for a moment after each change.
const timeline = document.getElementById("channel-timeline");
let following = true;
let held = 0;
const far = () => timeline.scrollHeight - timeline.scrollTop - timeline.clientHeight;
const drop = () => { if (following) timeline.scrollTop = timeline.scrollHeight; };
const follow = () => requestAnimationFrame(drop);
const hold = () => { held = performance.now() + 1500; follow(); };
const free = () => { following = false; held = 0; };
timeline.addEventListener("scroll", () => {
  if (far() < 2) following = true;
  else if (performance.now() < held) follow();
  else following = false;
}, { passive: true });
timeline.addEventListener("wheel", (event) => { if (event.deltaY < 0) free(); }, { passive: true });
for (const kind of ["touchmove", "pointerdown", "keydown"]) {
  timeline.addEventListener(kind, free, { passive: true });
}
for (const kind of ["touchend", "pointerup", "keyup"]) {
  timeline.addEventListener(kind, () => { if (far() < 2) following = true; }, { passive: true });
}
const composer = document.getElementById("channel-composer");
const sent = () => { following = true; hold(); };
// Captured: the page lets no other listener see how a command is sent, by its button or by Enter in an option.
window.addEventListener("submit", (event) => { if (event.target === composer) sent(); }, true);
window.addEventListener("keydown", (event) => {
  const inCommand = composer.contains(event.target) && composer.querySelector(".command-chip");
  if (event.key === "Enter" && inCommand && !composer.querySelector('[role="listbox"]:not([hidden] *)')) sent();
}, true);
const sizes = new ResizeObserver(hold);
sizes.observe(document.getElementById("channel-message-list"));
sizes.observe(timeline);
