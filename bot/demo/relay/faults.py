"""Faults of the simulated relay, requested by keywords in the prompt."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Literal

Behaviour = Literal["answer", "cut-off", "not-a-picture", "hang", "slow", "huge", "unfetchable"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A keyword that makes the relay fail, and how."""

    keyword: str
    description: str
    """One line for the table in docs/demo.md."""
    behaviour: Behaviour = "answer"
    status: int = 200
    body: str = ""
    html: bool = False
    headers: dict[str, str] = field(default_factory=dict[str, str])
    once: bool = False
    """Whether only the first request with the same prompt fails."""


def find_fault(prompt: str) -> Fault | None:
    """Find the longest fault keyword in the prompt, matching whole words only."""
    words = set(re.findall(r"[a-z0-9]+(?:-[a-z0-9]+)*", prompt.casefold()))
    return next((fault for fault in _LONGEST_FIRST if fault.keyword in words), None)


def ark_error(code: str, message: str, param: str = "") -> str:
    """Return a model error (BytePlus Ark) as the relay passes it on."""
    kind = "TooManyRequests" if "Limit" in code else "BadRequest"
    inner = {"error": {"code": code, "message": message, "param": param, "type": kind}}
    return wrap_upstream_error(json.dumps(inner, ensure_ascii=False))


def wrap_upstream_error(inner: str, status: int = 400) -> str:
    """Wrap an upstream response body in the relay's own error."""
    outer = {"error": "Request failed", "message": f"Jimeng API error ({status}): {inner}"}
    return json.dumps(outer, ensure_ascii=False)


def unfetchable_error(url: str) -> str:
    """Return the error for a reference that could not be fetched."""
    return ark_error("InvalidParameter", f"Timeout while downloading url={url}", "image")


def _sensitive_content_message(what: str) -> str:
    return (
        f"The request failed because the {what} may contain sensitive information.Request ID: 0217{'5' * 24}"
    )


def _blocked(keyword: str, description: str, code: str, what: str, *, once: bool = False) -> Fault:
    return Fault(
        keyword=keyword,
        description=description,
        status=400,
        body=ark_error(code, _sensitive_content_message(what)),
        once=once,
    )


_BUSY = wrap_upstream_error(
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
        "blocked-severe",
        "the filter refuses the prompt as a severe violation",
        "SensitiveContentDetected.SevereViolation",
        "input text",
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
        keyword="blocked-jimeng",
        description="the prompt is refused in Jimeng's own shape",
        status=400,
        body=wrap_upstream_error(_RISK),
    ),
    Fault(
        keyword="blocked-chinese",
        description="the prompt is refused by a Chinese sentence",
        status=400,
        body=_CHINESE,
    ),
    Fault(
        keyword="blocked-in-200",
        description="the prompt is refused inside a 200",
        body=ark_error("InputTextSensitiveContentDetected", _sensitive_content_message("input text")),
    ),
    Fault(
        keyword="blocked-safety",
        description="the refusal of the sibling services: SAFETY",
        status=400,
        body=json.dumps({"error": "No image generated", "message": "SAFETY"}),
    ),
    Fault(
        keyword="busy",
        description="too many requests, always (429)",
        status=429,
        body=_BUSY,
        headers=_PATIENCE,
    ),
    Fault(
        keyword="busy-once",
        description="too many requests, the first time only",
        status=429,
        body=_BUSY,
        headers={"Retry-After": "1"},
        once=True,
    ),
    Fault(
        keyword="broken", description="a proxy's 502 page, always", status=502, body=_BAD_GATEWAY, html=True
    ),
    Fault(
        keyword="broken-once",
        description="a proxy's 502 page, the first time only",
        status=502,
        body=_BAD_GATEWAY,
        html=True,
        once=True,
    ),
    Fault(keyword="cut-off", description="the reply ends in the middle", behaviour="cut-off"),
    Fault(keyword="not-a-picture", description="the reply's base64 holds text", behaviour="not-a-picture"),
    Fault(
        keyword="html",
        description="a web page instead of a reply",
        body="<html><body>Welcome</body></html>",
        html=True,
    ),
    Fault(keyword="empty", description="an empty reply"),
    Fault(keyword="hang", description="no answer at all, for up to ten minutes", behaviour="hang"),
    Fault(keyword="slow", description="the picture takes about half a minute", behaviour="slow"),
    Fault(keyword="huge", description="a PNG over Discord's 10 MiB", behaviour="huge"),
    Fault(
        keyword="overdue",
        description="the operator's account is overdue",
        status=403,
        body=ark_error("AccountOverdueError", "当前账号欠费（余额‹0）"),
    ),
    Fault(
        keyword="no-model",
        description="the model isn't open to the account",
        status=404,
        body=ark_error(
            "ModelNotOpen", "The account has not activated the model. Please activate the model service."
        ),
    ),
    Fault(
        keyword="expired-token",
        description="the token has expired, the first time only (401)",
        status=401,
        body=json.dumps({"error": "Missing sandbox token"}),
        once=True,
    ),
    Fault(
        keyword="size-refused",
        description="this size and ratio are refused",
        status=400,
        body=ark_error(
            "InvalidParameter",
            "The specified size is not supported: image size must be at least 3686400 pixels",
            "size",
        ),
    ),
    Fault(
        keyword="unreachable-reference",
        description="the reference can't be fetched, unless it was published",
        behaviour="unfetchable",
    ),
)

_LONGEST_FIRST = sorted(FAULTS, key=lambda fault: -len(fault.keyword))
