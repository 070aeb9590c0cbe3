// An open page outlives the demo's process: it says so, and loads itself again once the demo is back.
const PAUSE = 2000;
const loaded = document.querySelector('meta[name="instance"]').content;
const texts = JSON.parse(document.querySelector('meta[name="restart-texts"]').content);
const banner = document.createElement("p");
banner.className = "restart-banner";
banner.setAttribute("role", "alert");
banner.hidden = true;
document.body.prepend(banner);

function say(text) {
  if (banner.textContent !== text) banner.textContent = text;
  banner.hidden = !text;
}

async function check() {
  let running;
  try {
    const headers = { "X-Simcord-Capability": location.hash.slice(1) };
    running = await (await fetch("/instance.json", { headers, cache: "no-store" })).json();
  } catch {
    return say(texts.stopped);
  }
  if (!running.valid) return say(texts.moved);
  if (running.id === loaded) return say("");
  say(texts.restarted);
  setTimeout(() => location.reload(), PAUSE / 2);
}

setInterval(() => { if (!document.hidden) void check(); }, PAUSE);
document.addEventListener("visibilitychange", () => { if (!document.hidden) void check(); });
void check();
