"""The faults that a prompt's words ask the simulated relay for."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Literal

Act = Literal["answer", "cut-off", "not-a-picture", "hang", "slow", "huge", "unfetchable"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One word that makes the relay fail, and how."""

    word: str
    does: str
    """One line for people."""
    act: Act = "answer"
    status: int = 200
    body: str = ""
    html: bool = False
    headers: dict[str, str] = field(default_factory=dict[str, str])
    once: bool = False
    """Whether only the first request with the same prompt fails."""


def find_fault(prompt: str) -> Fault | None:
    """Find the longest fault word that stands in the prompt as a whole word."""
    words = set(re.findall(r"[a-z0-9]+(?:-[a-z0-9]+)*", prompt.casefold()))
    return next((fault for fault in _LONGEST_FIRST if fault.word in words), None)


def ark(code: str, message: str, param: str = "") -> str:
    """Write an error as the relay passes it on from the model."""
    kind = "TooManyRequests" if "Limit" in code else "BadRequest"
    inner = {"error": {"code": code, "message": message, "param": param, "type": kind}}
    return wrapped(json.dumps(inner, ensure_ascii=False))


def wrapped(inner: str, status: int = 400) -> str:
    """Write an upstream answer inside the relay's own error."""
    outer = {"error": "Request failed", "message": f"Jimeng API error ({status}): {inner}"}
    return json.dumps(outer, ensure_ascii=False)


def unfetchable(url: str) -> str:
    """Write the error for a reference that could not be fetched."""
    return ark("InvalidParameter", f"Timeout while downloading url={url}", "image")


def _said(what: str) -> str:
    return (
        f"The request failed because the {what} may contain sensitive information.Request ID: 0217{'5' * 24}"
    )


def _blocked(word: str, does: str, code: str, what: str, *, once: bool = False) -> Fault:
    return Fault(word=word, does=does, status=400, body=ark(code, _said(what)), once=once)


_BUSY = wrapped(
    json.dumps(
        {
            "error": {
                "code": "ModelAccountIpmRateLimitExceeded",
                "message": "服务资源紧张，请您稍后重试。",
                "type": "TooManyRequests",
            }
        },
        ensure_ascii=False,
    ),
    429,
)
_BAD_GATEWAY = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
_RISK = json.dumps(
    {"code": 50413, "message": "Post Text Risk Not Pass", "request_id": "2025" + "0" * 16, "status": 50413}
)
_CHINESE = json.dumps(
    {
        "error": "Request failed",
        "message": "Jimeng API error (400): 输入文本可能包含敏感信息，请您更换后重试。",
    },
    ensure_ascii=False,
)
_PATIENCE = {"Retry-After": "3"}

FAULTS: tuple[Fault, ...] = (
    _blocked(
        "blocked-prompt", "the filter refuses the prompt", "InputTextSensitiveContentDetected", "input text"
    ),
    _blocked(
        "blocked-image",
        "the filter refuses the reference: a real person",
        "InputImageSensitiveContentDetected.PrivacyInformation",
        "input image",
    ),
    _blocked(
        "blocked-copyright",
        "the filter refuses the reference: copyright",
        "InputImageSensitiveContentDetected.PolicyViolation",
        "input image",
    ),
    _blocked(
        "blocked-result",
        "the filter stops every result",
        "OutputImageSensitiveContentDetected",
        "output image",
    ),
    _blocked(
        "blocked-result-once",
        "the filter stops the first result only",
        "OutputImageSensitiveContentDetected",
        "output image",
        once=True,
    ),
    Fault(
        word="blocked-jimeng",
        does="the prompt is refused in Jimeng's own shape",
        status=400,
        body=wrapped(_RISK),
    ),
    Fault(
        word="blocked-chinese", does="the prompt is refused by a Chinese sentence", status=400, body=_CHINESE
    ),
    Fault(
        word="blocked-in-200",
        does="the prompt is refused inside a 200",
        body=ark("InputTextSensitiveContentDetected", _said("input text")),
    ),
    Fault(
        word="blocked-safety",
        does="the refusal of the sibling services: SAFETY",
        status=400,
        body=json.dumps({"error": "No image generated", "message": "SAFETY"}),
    ),
    Fault(word="busy", does="too many requests, always (429)", status=429, body=_BUSY, headers=_PATIENCE),
    Fault(
        word="busy-once",
        does="too many requests, the first time only",
        status=429,
        body=_BUSY,
        headers={"Retry-After": "1"},
        once=True,
    ),
    Fault(word="broken", does="a proxy's 502 page, always", status=502, body=_BAD_GATEWAY, html=True),
    Fault(
        word="broken-once",
        does="a proxy's 502 page, the first time only",
        status=502,
        body=_BAD_GATEWAY,
        html=True,
        once=True,
    ),
    Fault(word="cut-off", does="the reply ends in the middle", act="cut-off"),
    Fault(word="not-a-picture", does="the reply's base64 holds text", act="not-a-picture"),
    Fault(
        word="html", does="a web page instead of a reply", body="<html><body>Welcome</body></html>", html=True
    ),
    Fault(word="empty", does="an empty reply"),
    Fault(word="hang", does="no answer at all, for up to ten minutes", act="hang"),
    Fault(word="slow", does="the picture takes about half a minute", act="slow"),
    Fault(word="huge", does="a PNG over Discord's 10 MiB", act="huge"),
    Fault(
        word="overdue",
        does="the operator's account is overdue",
        status=403,
        body=ark("AccountOverdueError", "当前账号欠费（余额‹0）"),
    ),
    Fault(
        word="no-model",
        does="the model isn't open to the account",
        status=404,
        body=ark(
            "ModelNotOpen", "The account has not activated the model. Please activate the model service."
        ),
    ),
    Fault(
        word="expired-token",
        does="the token has expired, the first time only (401)",
        status=401,
        body=json.dumps({"error": "Missing sandbox token"}),
        once=True,
    ),
    Fault(
        word="size-refused",
        does="this size and ratio are refused",
        status=400,
        body=ark(
            "InvalidParameter",
            "The specified size is not supported: image size must be at least 3686400 pixels",
            "size",
        ),
    ),
    Fault(
        word="unreachable-reference",
        does="the reference can't be fetched, unless it was published",
        act="unfetchable",
    ),
)

_LONGEST_FIRST = sorted(FAULTS, key=lambda fault: -len(fault.word))
