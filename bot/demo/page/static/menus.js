// Apps menus, which SimCord's page lacks: the bot's commands on a message and on its author.
import { actions, dispatch, request } from "/app.js";
import { icon, node } from "/dom.js";

const SQUARES = "M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h6v6h-6z";
const PERSON = ".message-avatar, .message-author";
const EDGE = 8;
const GAP = 4;
const label = document.querySelector('meta[name="apps"]').content;
const list = document.getElementById("channel-message-list");
const modal = document.getElementById("modal-root");
let shown = null;
let turn = 0;
let opener = null;
let pressed = null;

function appsButton(id) {
  const button = node("button", "message-action-button apps-button");
  const squares = icon("check");
  squares.firstChild.setAttribute("d", SQUARES);
  button.type = "button";
  button.setAttribute("aria-haspopup", "menu");
  button.dataset.controlKey = `message:${id}:apps`;
  button.append(squares, node("span", "", label));
  return button;
}

/** The page renders messages again whenever they change. */
function decorate() {
  for (const message of list.querySelectorAll("article[data-message-id]")) {
    const id = message.dataset.messageId;
    const author = message.querySelector(".message-author");
    if (author && author.getAttribute("role") !== "button") {
      author.tabIndex = 0;
      author.setAttribute("role", "button");
      author.setAttribute("aria-haspopup", "menu");
      author.dataset.controlKey = `message:${id}:person`;
    }
    const toolbar = message.querySelector(".message-context-actions");
    if (toolbar && !isPrivate(message) && !toolbar.querySelector(".apps-button")) toolbar.append(appsButton(id));
  }
}

/** As in Discord, ephemeral messages have no Apps menu. */
function isPrivate(message) { return Boolean(message.querySelector(".message-ephemeral-note")); }

/** Return the target of an event on the timeline: a message or its author. */
function targetOf(target) {
  const message = target.closest("article[data-message-id]");
  if (!message) return null;
  const kind = target.closest(PERSON) ? "user" : "message";
  if (kind === "message" && isPrivate(message)) return null;
  return { message, kind };
}

function find(key) { return key && list.querySelector(`[data-control-key="${key}"]`); }

async function open({ message, kind }, anchor) {
  close();
  const mine = ++turn;
  const id = message.dataset.messageId;
  let commands;
  try { commands = (await request("/menus.json"))[kind]; } catch { return; }
  if (mine !== turn || !commands.length || !message.isConnected) return;
  opener = `message:${id}:${kind === "user" ? "person" : "apps"}`;
  const author = message.querySelector(".message-author")?.textContent;
  shown = node("div", "apps-menu");
  shown.tabIndex = -1;
  shown.setAttribute("role", "menu");
  shown.setAttribute("aria-label", kind === "user" && author ? `${label} · ${author}` : label);
  const heading = node("div", "apps-menu-heading", shown.getAttribute("aria-label"));
  heading.setAttribute("aria-hidden", "true");
  shown.append(heading, ...commands.map((command) => item(id, command)));
  shown.addEventListener("keydown", move);
  shown.addEventListener("focusout", (event) => { if (!shown?.contains(event.relatedTarget)) close(); });
  shown.addEventListener("contextmenu", (event) => event.preventDefault());
  document.body.append(shown);
  place(shown, anchor);
  find(opener)?.setAttribute("aria-expanded", "true");
  shown.querySelector("button").focus();
}

function item(id, command) {
  const button = node("button", "apps-menu-item", command.name);
  button.type = "button";
  button.tabIndex = -1;
  button.setAttribute("role", "menuitem");
  button.addEventListener("click", () => {
    // The page drops an action while another one runs; the menu stays open for a retry.
    if (actions.admissionBlocked()) return;
    giveBack();
    dispatch("click", { control_key: `message:${id}:component:apps:${command.id}` });
  });
  return button;
}

/** Place the menu below its anchor, or above it if there is no room, always inside the window. */
function place(menu, anchor) {
  const { width, height } = menu.getBoundingClientRect();
  const below = anchor.bottom + GAP;
  const top = below + height > innerHeight - EDGE ? anchor.top - GAP - height : below;
  menu.style.left = `${Math.max(EDGE, Math.min(anchor.left, innerWidth - EDGE - width))}px`;
  menu.style.top = `${Math.max(EDGE, Math.min(top, innerHeight - EDGE - height))}px`;
}

function move(event) {
  const items = [...shown.querySelectorAll("button")];
  const at = items.indexOf(document.activeElement);
  const next = { ArrowDown: at + 1, ArrowUp: at < 0 ? -1 : at - 1, Home: 0, End: -1 }[event.key];
  if (next !== undefined) items.at(next % items.length).focus();
  else if (event.key === "Escape" || event.key === "Tab") giveBack();
  else return;
  event.preventDefault();
  event.stopPropagation();
}

function close() {
  turn += 1;
  find(opener)?.removeAttribute("aria-expanded");
  const menu = shown;
  shown = null;
  menu?.remove();
}

function giveBack() {
  close();
  find(opener)?.focus({ preventScroll: true });
}

function openAt(control) {
  const what = targetOf(control);
  if (what) void open(what, control.getBoundingClientRect());
}

list.addEventListener("pointerdown", (event) => {
  pressed = event.target.closest('[aria-expanded="true"]');
});
list.addEventListener("click", (event) => {
  const control = event.target.closest(`.apps-button, ${PERSON}`);
  // A click on the element that opened the menu has already closed it.
  if (control && control !== pressed) openAt(control);
  pressed = null;
});
list.addEventListener("keydown", (event) => {
  if (!event.target.matches(".message-author") || !["Enter", " "].includes(event.key)) return;
  event.preventDefault();
  openAt(event.target);
});
list.addEventListener("contextmenu", (event) => {
  const what = targetOf(event.target);
  // Keep the browser's own menu on links.
  if (!what || event.target.closest("a[href]")) return;
  event.preventDefault();
  void open(what, new DOMRect(event.clientX, event.clientY));
});
window.addEventListener("resize", close);
new MutationObserver(decorate).observe(list, { childList: true, subtree: true });
// A form returns the focus to the element that opened it, which is gone once the page has rendered all messages again.
new MutationObserver(() => {
  if (!modal.hidden || document.activeElement?.id !== "messages-toggle") return;
  decorate();
  find(opener)?.focus({ preventScroll: true });
}).observe(modal, { attributeFilter: ["hidden"] });
decorate();
