// As in Discord's client: what one types after choosing a command reaches its first option, and an option that
// completes what one types offers results as soon as it has the focus. SimCord's page waits for a click and a letter.
const composer = document.getElementById("channel-composer");
const isField = (element) => element.matches(".command-option-input");

/** Return the first text field of the chosen command, added to the row if it is an optional one. */
function firstField() {
  const shown = composer.querySelector(".command-option-input");
  if (shown) return shown;
  composer.querySelector(".command-ghost")?.click();
  composer.querySelector(".command-suggestion")?.click();
  return composer.querySelector(".command-option-input");
}

function offer(field) {
  const completes = field.getAttribute("role") === "combobox";
  if (completes && !field.value) field.dispatchEvent(new Event("input", { bubbles: true }));
}

composer.addEventListener("keydown", (event) => {
  const typed = event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey;
  if (typed && event.target.matches(".command-chip, .command-file-choose")) firstField()?.focus();
}, true);
composer.addEventListener("focusin", (event) => { if (isField(event.target)) queueMicrotask(() => offer(event.target)); });
