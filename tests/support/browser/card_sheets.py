"""Every card and form, with the texts on it and the picture that shows it."""

from __future__ import annotations

SHEETS: dict[str, tuple[str, ...]] = {
    "kept": ("more.saved", "more.original-links"),
    "direct": ("reminder.done", "reminder.failed"),
    "not-kept": (
        "rule.original-too-large", "rule.no-original", "rule.not-there", "rule.too-large-here",
        "rule.dm-closed", "rule.cannot-delete", "rule.thread-archived",
    ),
    "rules": (
        "rule.server-paused", "rule.channel", "rule.role", "rule.too-large", "rule.quota",
        "rule.member-paused", "rule.remix-not-allowed", "rule.avatar-remixes-off", "rule.cooling-down",
    ),
    "asked-wrongly": (
        "rule.prompt-empty", "rule.prompt-too-long", "rule.not-offered", "rule.which-picture",
        "rule.no-style", "rule.model", "rule.missing-permissions",
    ),
    "too-late": (
        "rule.too-many-waiting", "rule.queue-full", "rule.too-late", "rule.not-yours", "rule.gone",
    ),
    "line": (
        "card.waiting-next", "card.waiting-relaxed", "card.drawing-longer", "card.retrying", "card.down",
    ),
    "given": (
        "error.reference-unusable-no-link",
        "error.reference-unusable-not-public", "error.reference-unusable-not-picture",
        "error.reference-unusable-format", "error.reference-unusable-too-big",
        "error.reference-unusable-too-small", "error.reference-unusable-shape",
        "error.reference-unusable-pixels", "error.reference-unusable-gone",
        "error.reference-unusable-no-picture", "error.reference-unusable-hidden",
    ),
    "filter": (
        "error.blocked", "error.prompt-blocked-copyright", "error.reference-blocked",
        "error.reference-blocked-copyright", "error.result-blocked-copyright",
    ),
    "settings-rules": (
        "rule.not-a-number", "rule.too-many-roles", "rule.no-zone", "rule.word-too-long",
        "rule.too-many-words", "rule.audit-closed", "rule.managers-only",
    ),
    "order-rules": ("rule.moderators-only", "rule.pause-bot", "rule.pause-moderator"),
    "style-rules": (
        "rule.style-taken", "rule.style-name", "rule.style-text", "rule.too-many-styles",
        "rule.style-gone", "rule.not-your-style",
    ),
    "service": ("error.unavailable", "error.bad-reply", "error.down"),
    "empty": ("history.none", "history.none-found", "queue.empty", "usage.no-quota", "style.none"),
}  # fmt: skip
"""Single-sentence cards, named after their text's key, by the picture that shows them together."""

CARD_TEXTS: dict[str, list[str]] = {
    "drawing": ["card.drawing", "button.cancel"],
    "waiting": ["card.waiting", "button.cancel"],
    "next": ["card.waiting-first", "button.cancel"],
    "cancelled": ["card.cancelled", "button.again", "button.edit"],
    "result": ["card.line", "button.again", "button.edit", "button.remix", "button.upscale", "button.more"],
    "four": ["card.line", "button.more"],
    "reencoded": ["card.line-reencoded", "button.more"],
    "styled": ["card.line-styled", "button.more"],
    "long": ["card.line", "card.line-long", "button.more"],
    "larger": ["card.line-larger", "button.more"],
    "missing": ["card.line-missing", "missing.result-blocked", "button.more"],
    "retrying": ["card.retrying-busy", "button.cancel"],
    "busy": ["error.busy", "card.error-id", "button.retry", "button.edit"],
    "prompt-blocked": ["error.prompt-blocked", "card.error-id", "button.edit-prompt"],
    "reference-blocked": ["error.reference-blocked-person", "button.replace"],
    "result-blocked": ["error.result-blocked", "button.retry", "button.edit"],
    "unreachable": ["error.reference-unusable-unreachable", "button.edit"],
    "size-refused": ["error.size-refused", "button.reshape", "button.edit"],
    "operator": ["error.operator", "button.retry"],
    "unexpected": ["error.unexpected", "card.error-id", "button.retry"],
    "blocked-words": ["rule.blocked-words"],
    "more": [
        "more.title",
        "more.imagine",
        "more.default-model",
        "more.prompt",
        "button.save",
        "button.star",
        "button.delete",
    ],
    "hint": ["card.reply-hint"],
    "history": ["history.title", "history.line", "button.post", "button.older", "history.starred"],
    "queue": ["queue.title", "queue.drawing", "queue.waiting", "button.cancel"],
    "usage": ["usage.title", "usage.quota", "usage.refills", "usage.today", "usage.open"],
    "preferences": ["preferences.title", "preferences.language", "preferences.tell-on", "style.to-own"],
    "styles": ["style.title-own", "style.use", "style.new", "style.to-server"],
    "privacy": ["privacy.title", "privacy.kept", "step.export", "step.erase"],
    "privacy-question": ["privacy.really", "privacy.goes", "step.erase-all", "step.keep"],
    "help-commands": ["help.intro", "about.imagine", "about.privacy", "help.order"],
    "help-remix": ["help.reply", "help.menus", "help.remix-commands"],
    "help-prompts": ["help.subject", "help.bad-example", "help.good-example", "help.prompt-tip"],
    "help-limits": ["usage.quota", "help.open", "help.request", "help.blocked-words"],
    "help-notes": ["help.mark", "help.filter", "help.refused"],
    "settings-pictures": ["panel.title", "settings.ratio", "settings.largest", "panel.pause"],
    "settings-access": ["settings.daily", "settings.past-quota", "panel.day", "panel.change"],
    "settings-records": ["settings.blocked-words", "panel.words-use", "settings.language", "panel.recent"],
    "member-history": ["history.title-theirs", "button.remove", "pause.none", "pause.pause"],
    "paused": ["pause.paused", "pause.lift", "pause.change"],
    "records": ["record.paused"],
    "records-busy": ["record.request", "record.failed", "missing.busy"],
    "records-down": ["record.request", "record.failed", "missing.down"],
    "records-requests": [
        "record.request",
        "record.drawn-there",
        "record.cancelled",
        "record.deleted",
        "record.lifted",
        "missing.blocked",
        "missing.prompt-blocked",
        "missing.reference-blocked",
        "missing.operator",
        "missing.unavailable",
        "missing.bad-reply",
        "missing.size-refused",
        "missing.reference-unusable",
        "missing.unexpected",
    ],
    "form-edit": ["modal.edit-title", "modal.prompt", "modal.ratio", "modal.size", "modal.style"],
    "form-remix": ["modal.remix-title", "modal.prompt", "modal.ratio", "modal.size", "modal.style"],
    "form-style": ["style.new-title", "style.name", "style.text", "style.text-use"],
    "form-words": ["panelform.words-title", "panelform.words", "panelform.words-use"],
    "form-pause": ["pause.title", "pause.how-long", "pause.why", "pause.who-reads"],
    "more-original": [
        "more.title",
        "more.style",
        "more.settings",
        "more.remix",
        "button.original",
        "button.save",
    ],
    "saved": ["more.saved-from"],
    **{sentence: [sentence] for sheet in SHEETS.values() for sentence in sheet},
}
"""The keys of the texts on each card."""


_RECORDS = ("records", "records-requests", "records-busy", "records-down")
_TOGETHER = {**SHEETS, "records": _RECORDS}
_ALONE = CARD_TEXTS.keys() - {name for sheet in _TOGETHER.values() for name in sheet}
PICTURES = {name: (name,) for name in _ALONE} | _TOGETHER
"""The cards that each picture shows."""
UNPICTURED: dict[str, str] = {
    "card.alt": "the description of a picture, read in every browser test",
    "card.alt-remix": "the description of a remix, read in every browser test",
    "card.direct-help": "the local page has no direct messages to write in; an integration test reads it",
    "card.storage-wait": "only shown while the database is away, which the local page's never is",
    "error.storage-unavailable-request": "only shown when the database was away for long",
    "error.storage-unavailable-action": "only shown while the database is away",
    "error.restarting": "only shown while the process stops, when the local page is closed",
    "missing.restarting": "every error has such a text, but a job never ends with this one",
    "record.drawn": "the text of record.drawn-there without its link, when an answer went elsewhere",
    "rule.choice-gone": "only shown by a menu that is older than the choices available today",
    "rule.thread-locked": "a direct message about a thread, whose name the local page can't show",
    "rule.member-daily": "the wording of rule.quota, with the operator's limit",
    "rule.server-daily": "the wording of rule.quota, with the operator's limit",
    "rule.total-daily": "the wording of rule.quota, with the operator's limit",
    "rule.too-many-at-once": "only shown while two slow checks of the same member are running",
    "rule.all-busy": "only shown while many members make the bot fetch or search at once",
    "rule.count": "Discord's clients offer no other numbers; this protects against forged requests",
    "rule.no-picture-given": "only after an empty form; an integration test reads it",
    "rule.not-visible": "the local page offers no buttons of results that its viewer can't see",
    "rule.not-your-upload": "needs an upload of another member; an integration test presses its buttons",
    "rule.no-reference": "Discord always sends the message of a button; only its API allows for none",
    "rule.not-your-result": "no star is offered for others' results; this protects against forged presses",
}
"""Card texts that no picture shows, and why."""
