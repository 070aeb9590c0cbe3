"""What an error of the relay means: every shape of body becomes one error of ours.

The tables say what each code, word and status means; the first row that fits wins. A body is taken apart
into ``errors``, JSON within text within JSON, and asked in this order, the innermost layer first each time:

1. codes in fields made for them (``CODES``; for a refused parameter its name and message, ``PARAMETERS``)
2. codes in running text: "error code: 50413", "InputTextRiskDetection: ..."
3. words (``WORDS``)
4. the status that the body names, "API error (429)", else the HTTP status (``STATUSES``)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import isfinite

from bot.domain.errors import (
    BadReply,
    Blocked,
    BotError,
    OperatorError,
    PromptBlocked,
    ReferenceBlocked,
    ReferenceUnusable,
    RelayBusy,
    RelayUnavailable,
    ResultBlocked,
    SizeRefused,
)
from bot.providers.nested_errors import NestedError, nested_errors


class Rule:
    """A pattern and the error it means; ``facts`` are passed to the error's constructor."""

    def __init__(self, pattern: str, error: type[BotError], **facts: str | bool) -> None:
        self.matches = re.compile(pattern, re.IGNORECASE | re.DOTALL).search
        self.error = error
        self.facts = facts

    def make(self, detail: str, **more: str | bool) -> BotError:
        """Build the error; the rule's own facts override ``more``."""
        return self.error(detail=detail, **{**more, **self.facts})


CODES = (
    Rule(
        r"^ContentSecurityDetectionError", RelayUnavailable
    ),  # the content checker failed, nothing was refused
    Rule(r"^50411$", ReferenceBlocked),
    Rule(r"^5041[23]$", PromptBlocked),
    Rule(r"^50511$", ResultBlocked),
    Rule(r"^50512$", ResultBlocked, retry=False),
    Rule(r"^50518$", ReferenceBlocked, reason="copyright"),
    Rule(r"^50519$", ResultBlocked, reason="copyright"),
    Rule(r"^(50429|50430)$", RelayBusy),
    Rule(r"^(50500|50501)$", RelayUnavailable),
    Rule(r"^Output[a-z]*(Sensi|Risk)", ResultBlocked),
    Rule(r"^InputImage(Sensi|Risk)", ReferenceBlocked),
    Rule(r"^(InputText)?(Sensi|Risk)", PromptBlocked),
    Rule(r"SAFETY$|^(content_?(filter|policy)|moderation|prohibited_?content|blocklist|spii$)", Blocked),
    Rule(r"^(QuotaExceeded|SetLimitExceeded|Insufficient_?(Quota|Balance))", OperatorError),
    Rule(r"Rate_?Limit|^(RequestBurst|InflightBatch|ServerOverload|Too_?Many_?Request|Throttl)", RelayBusy),
    Rule(r"^(Authentication|InvalidAccount|AccountOverdue|Access_?Denied|OperationDenied)", OperatorError),
    Rule(r"^(InvalidEndpointOrModel|Model_?Not|Invalid_?Api_?Key|Unauthori[sz]ed)", OperatorError),
    Rule(r"^(Internal_?(Service|Server)?_?Error|Service_?Unavailable|(Gateway)?Timeout)", RelayUnavailable),
)
"""Matched against whole codes with their suffixes."""

_ABOUT_REFERENCE = r"\A(?=.*(<image|`image|input image|reference|输入图|参考图)).*"
PARAMETERS = (
    Rule(r"InvalidImageURL|invalid url|resource download", ReferenceUnusable, problem="unreachable"),
    Rule(
        r"(time(d )?.?out|failed|error).{0,20}(download|fetch)ing", ReferenceUnusable, problem="unreachable"
    ),
    Rule(r"fail.{0,12}(download|fetch|access).{0,20}(image|url)", ReferenceUnusable, problem="unreachable"),
    Rule(r"(download|下载|获取).{0,20}(fail|失败|超时)", ReferenceUnusable, problem="unreachable"),
    Rule(r"(image ?|unsupported.{0,20}|图片|图像)(format|格式)", ReferenceUnusable, problem="format"),
    Rule(r"Oversized|image.{0,40}(too (large|big)|\d ?MB)", ReferenceUnusable, problem="too-big"),
    Rule(r"(图片|图像).{0,6}过大", ReferenceUnusable, problem="too-big"),
    Rule(r"<(\w+\.)?(size|aspect_?ratio|ratio|width|height)>", SizeRefused),
    Rule(_ABOUT_REFERENCE + r"(aspect.?ratio|宽高比)", ReferenceUnusable, problem="shape"),
    Rule(
        _ABOUT_REFERENCE + r"(at least|too small|minimum|(less|smaller) than)",
        ReferenceUnusable,
        problem="too-small",
    ),
    Rule(_ABOUT_REFERENCE + r"(pixel|像素)", ReferenceUnusable, problem="pixels"),
    Rule(r"aspect.?ratio|`size`|(image|specified|output) size|\d pixels|尺寸|宽高比|分辨率", SizeRefused),
    Rule(r"<image", ReferenceUnusable, problem="format"),
    Rule(r"<model>", OperatorError),
)
"""Matched against ``code <param> message``."""

_REFUSED = (
    r"(sensi|\brisk|\bsafety|violat|prohibited|inappropriate|flagged|copyright|real person|moderation"
    r"|敏感|违规|风险|版权|违禁|违法|审核|真人)"
)
_RESULT = r"((output|generated) (image|text|picture|content)|post ?img|生成的?(图|内容|结果)|输出的?[图文内])"
_REFERENCE = r"(input (image|picture)|reference|pre ?img|输入的?图|参考图)"
_PROMPT = r"(input text|\bprompt|输入的?文本|提示词)"
WORDS = (
    Rule(r"sandbox token", OperatorError),
    Rule(r"content ?security ?detection", RelayUnavailable),
    Rule(f"{_RESULT}.{{0,60}}{_REFUSED}", ResultBlocked),
    Rule(f"{_REFERENCE}.{{0,60}}{_REFUSED}", ReferenceBlocked),
    Rule(f"{_PROMPT}.{{0,60}}{_REFUSED}", PromptBlocked),
    Rule(f"{_REFUSED}.{{0,40}}{_RESULT}", ResultBlocked),
    Rule(f"{_REFUSED}.{{0,40}}{_REFERENCE}", ReferenceBlocked),
    Rule(f"{_REFUSED}.{{0,40}}{_PROMPT}", PromptBlocked),
    Rule(
        r"sensitive|\bsafety\b|content.?(filter|policy)|policy violation|prohibited.?content|censor", Blocked
    ),
    Rule(r"text risk", PromptBlocked),
    Rule(r"敏感|违规|违禁|风险|审核[不未]通过", Blocked),
    Rule(r"rate.?limit|too many requests|concurren|per (minute|second)|\b[IRTQ]P[MS]\b|too fast", RelayBusy),
    Rule(r"overload|\bbusy\b|资源紧张|限流|并发|频率|频繁|繁忙|排队", RelayBusy),
    Rule(r"overdue|arrears|balance|quota|usage window|欠费|余额|额度|配额|账号|账户", OperatorError),
    Rule(
        r"api.?key|unauthori[sz]ed|authenticat|credential|access denied|permission|鉴权|认证失败",
        OperatorError,
    ),
    Rule(r"(invalid|expired|missing).{0,20}\btoken|not activated|未开通", OperatorError),
    Rule(r"model.{0,60}not (exist|found)|not (supported|available).{0,30}(country|region)", OperatorError),
    *PARAMETERS,
    Rule(
        r"internal.{0,20}error|time(d )?.?out|unavailable|bad gateway|fetch failed|hang up", RelayUnavailable
    ),
    Rule(
        r"ECONN|connection (reset|refused|error)|内部错误|超时|服务异常|系统错误|稍后再?[试重]",
        RelayUnavailable,
    ),
    Rule(r"no image", BadReply),
)
"""Matched against messages: words, never whole sentences, because wordings change."""

STATUSES = (
    Rule(r"^(401|402|403|404|405|407|410)$", OperatorError),
    Rule(
        r"^413$", ReferenceUnusable, problem="too-big"
    ),  # the request itself, a prompt and a URL, is never large
    Rule(r"^(425|429|529)$", RelayBusy),
    Rule(r"^451$", Blocked),
    Rule(r"^(3..|408|499|5..)$", RelayUnavailable),
    Rule(r"^2..$", BadReply),
)

REASONS = (
    Rule(r"PolicyViolation|copyright|版权", Blocked, reason="copyright"),
    Rule(r"PrivacyInformation|DeepFake|real person|真人|人脸", Blocked, reason="person"),
)
"""Why the content filter refused, from the code's suffix or its message."""


def classify(status: int, body: str, *, retry_after: str | None = None) -> BotError:
    """Return the error that an HTTP status and a body without a picture mean.

    ``retry_after`` is the header of that name. An unknown error is a plain BotError. ``detail`` holds up to
    8,000 characters of the body.
    """
    rule, evidence = _match(status, body[:_MAX_READ])
    reason = _first(REASONS, evidence) if issubclass(rule.error, Blocked) else None
    error = rule.make(f"HTTP {status}: {body[:_MAX_DETAIL]}", **(reason.facts if reason else {}))
    if isinstance(error, RelayBusy):
        error.retry_after = _seconds(retry_after)
    return error


def token_refused(status: int, body: str) -> bool:
    """Whether the relay refused the token, so that a new one may help."""
    return status == 401 or (status in (200, 400, 403) and "sandbox token" in body[:_MAX_READ].lower())


_MAX_READ = 64 * 1024
_MAX_DETAIL = 8_000
_MAX_RETRY_AFTER = 3600.0
_ABOUT_PARAMETER = re.compile(r"^(Invalid(Parameter|ImageURL)|(Unsupported|Oversized)Image)", re.IGNORECASE)
_UNKNOWN = Rule("", BotError)

_NAMED_CODE = re.compile(
    r"(?:(?<![a-z])(?:code|error|status)|[码碼])(?: ?\(\d{3}\))?[\s:=：(\[#'\"]*(\d{3,5})(?![\w.-])"
    r"|(?<![\w/.=&?%#-])((?-i:[A-Z][a-z]+[A-Z]\w+(?:\.[A-Z]\w+)*))(?![\w/-]|\.[a-z])",
    re.IGNORECASE,
)
_NAMED_STATUS = re.compile(r"[45]\d\d")


def _match(status: int, body: str) -> tuple[Rule, str]:
    found = ((rule, evidence) for rule, evidence in _candidates(status, nested_errors(body)) if rule)
    return next(found, (_UNKNOWN, ""))


def _candidates(status: int, errors: list[NestedError]) -> Iterator[tuple[Rule | None, str]]:
    in_text = [(nested, tuple(_codes_in(nested.message))) for nested in errors]
    coded = [(nested, code) for nested in errors for code in nested.codes]
    coded += [(nested, code) for nested, codes in in_text for code in codes]
    for nested, code in coded:
        yield _by_code(code, nested), f"{code} {nested.message}"
    for nested in errors:
        yield _first(WORDS, f"<{nested.param}> {nested.message}"), nested.message
    named = (code for _, code in coded if _NAMED_STATUS.fullmatch(code))
    # Depth 0 is the bare body: with a status of success only an object can be an error.
    has_error = status < 300 and any(nested.depth and (nested.codes or nested.message) for nested in errors)
    yield _first(STATUSES, next(named, "" if has_error else str(status))), ""


def _by_code(code: str, nested: NestedError) -> Rule | None:
    if _ABOUT_PARAMETER.search(code):
        return _first(PARAMETERS, f"{code} <{nested.param}> {nested.message}") or _UNKNOWN
    return _first(CODES, code)


def _first(rules: Iterable[Rule], text: str) -> Rule | None:
    return next((rule for rule in rules if rule.matches(text)), None)


def _codes_in(text: str) -> Iterator[str]:
    return (found[1] or found[2] for found in _NAMED_CODE.finditer(text))


def _seconds(retry_after: str | None) -> float | None:
    """Parse a Retry-After header, seconds or a date, limited to an hour; None if it can't be parsed."""
    if retry_after is None:
        return None
    try:
        seconds = float(retry_after)
    except ValueError:
        seconds = _seconds_until(retry_after)
    return min(seconds, _MAX_RETRY_AFTER) if isfinite(seconds) and seconds >= 0 else None


def _seconds_until(date: str) -> float:
    try:
        when = parsedate_to_datetime(date)
        return max((when.replace(tzinfo=when.tzinfo or UTC) - datetime.now(UTC)).total_seconds(), 0.0)
    except (ValueError, TypeError, LookupError, OverflowError):
        return float("nan")
