"""The tables that map the relay's codes, words and statuses to errors; the first matching row wins."""

from __future__ import annotations

import re

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


class Rule:
    """A pattern and the error it means; ``facts`` are passed to the error's constructor.

    ``matches`` takes text in lower case, because IGNORECASE is several times slower.
    """

    def __init__(self, pattern: str, error: type[BotError], **facts: str | bool) -> None:
        self.matches = re.compile(_lower_case(pattern), re.DOTALL).search
        self.error = error
        self.facts = facts

    def make(self, detail: str, **more: str | bool) -> BotError:
        """Build the error; the rule's own facts override ``more``."""
        return self.error(detail=detail, **{**more, **self.facts})


def _lower_case(pattern: str) -> str:
    """Return a pattern in lower case, apart from its escapes."""
    return re.sub(r"\\.|[A-Z]+", lambda part: part[0] if part[0][0] == "\\" else part[0].lower(), pattern)


def _unusable(problem: str, *patterns: str) -> Rule:
    return Rule("|".join(patterns), ReferenceUnusable, problem=problem)


CODES = (
    # The content checker failed, nothing was refused.
    Rule(r"^ContentSecurityDetectionError", RelayUnavailable),
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
    Rule(r"SAFETY$|^(moderation|prohibited_?content|blocklist|nsfw|spii$)", Blocked),
    Rule(
        r"(content|request|image|prompt)_?(filter|policy|moderat)|DataInspection|Illegal\w*Detected", Blocked
    ),
    Rule(r"^(QuotaExceeded|SetLimitExceeded|Insufficient_?(Quota|Balance|Credit|Fund))", OperatorError),
    Rule(r"^(billing|payment|account_?(deactivat|suspend|disabl|overdue))|arrears|overdue", OperatorError),
    Rule(r"Rate_?Limit|^(RequestBurst|InflightBatch|ServerOverload|Too_?Many_?Request|Throttl)", RelayBusy),
    Rule(r"^(Authentication|InvalidAccount|Access_?Denied|OperationDenied)", OperatorError),
    Rule(r"^(unknown|unsupported|unrecognized)_?(param|field|key)", OperatorError),
    Rule(r"^(InvalidEndpointOrModel|Model_?Not|Invalid_?Api_?Key|Unauthori[sz]ed)", OperatorError),
    _unusable("unreachable", r"(file|image|url)_?(download|fetch|not_?found)|download_?(image|file)"),
    _unusable("too-small", r"^image_?too_?small"),
    _unusable("pixels", r"^image_?too_?large"),
    _unusable("too-big", r"^(image_?)?file_?too_?large"),
    _unusable("format", r"^(unsupported|invalid)_?image|^image_?(load|parse|decod)|^empty_?image"),
)
"""Matched against whole codes with their suffixes."""

GENERIC_CODES = (
    Rule(r"^(Internal_?(Service|Server)?_?Error|Service_?Unavailable|(Gateway)?Timeout)", RelayUnavailable),
)
"""Codes that say less than the words beside them."""

_ABOUT_REFERENCE = (
    r"\A(?=.*(<image|<body\.image|`image|(input|uploaded|upload|source) image|reference"
    r"|\bimage \d{1,2}\b(?!\s*[x×])|images?\[\d"
    r"|image_urls?|输入图|参考图|第.{1,2}张图)).*"
)
PARAMETERS = (
    _unusable("unreachable", r"InvalidImageURL|invalid url|resource download"),
    _unusable("unreachable", r"(time(d )?.?out|failed|error).{0,20}(download|fetch)ing"),
    _unusable("unreachable", r"fail.{0,12}(download|fetch|access).{0,20}(image|url|file)"),
    _unusable(
        "unreachable", r"(file|image|url).{0,20}\b(could|can)(not|n't| not) be (download|fetch|load|access)"
    ),
    _unusable("unreachable", r"unable to (download|fetch|access|load).{0,20}(image|url|file)"),
    _unusable("unreachable", r"(download|下载|获取).{0,20}(fail|失败|超时)"),
    _unusable("format", r"(image ?|unsupported.{0,20}|图片|图像)(format|格式)"),
    _unusable("too-big", r"Oversized|image.{0,40}(too (large|big)|\d ?MB)", r"(图片|图像).{0,6}过大"),
    Rule(r"<(\w+\.)?(size|aspect_?ratio|ratio|width|height)>", SizeRefused),
    _unusable("shape", _ABOUT_REFERENCE + r"(aspect.?ratio|宽高比)"),
    _unusable("pixels", _ABOUT_REFERENCE + r"(too many|at most|maximum|exceed|more than).{0,30}pixel"),
    _unusable("too-small", _ABOUT_REFERENCE + r"(at least|too (small|few)|minimum|(less|smaller) than)"),
    _unusable("pixels", _ABOUT_REFERENCE + r"(pixel|像素)"),
    Rule(r"\bsizes?\b.{0,40}not (supported|allowed|available)|(supported|allowed|valid) sizes", SizeRefused),
    Rule(r"aspect.?ratio|`size`|(image|specified|output) size|\d pixels|尺寸|宽高比|分辨率", SizeRefused),
    _unusable("format", r"<(body\.)?image"),
    Rule(r"<model>", OperatorError),
)
"""Matched against ``code <param> message``."""

_REFUSED = (
    r"(sensi|\brisk|\bsafety|violat|prohibited|inappropriate|flagged|copyright|real person|moderat"
    r"|敏感|违规|风险|版权|违禁|违法|审核|真人|不当|不安全)"
)
_FACE = r"\b(human|person's|people's) faces?\b|\bfaces? (was |were )?(detect|found|not allow)"
_RESULT = r"((output|generated) (image|text|picture|content)|post ?img|生成的?(图|内容|结果)|输出的?[图文内])"
_REFERENCE = r"(input (image|picture)|reference|pre ?img|输入的?图|参考图)"
_PROMPT = r"(input text|\bprompt|输入的?文本|提示词)"
_IN = r"(input|prompt|request|输入|提示词)"
_OUT = r"(output|result|response|generated|generation|输出|生成|结果)"
_OR = r".{0,12}(\bor\b|\band\b|/|或|及|和|与|、).{0,12}"
SIDES = (
    # A refusal of either side may be the prompt's: trying again would be paid for nothing.
    Rule(f"({_IN}{_OR}{_OUT}|{_OUT}{_OR}{_IN}).{{0,80}}{_REFUSED}", Blocked),
    Rule(f"{_REFUSED}.{{0,60}}({_IN}{_OR}{_OUT}|{_OUT}{_OR}{_IN})", Blocked),
    Rule(f"{_RESULT}.{{0,60}}{_REFUSED}", ResultBlocked),
    Rule(f"{_REFERENCE}.{{0,60}}{_REFUSED}", ReferenceBlocked),
    Rule(f"{_PROMPT}.{{0,60}}{_REFUSED}", PromptBlocked),
    Rule(f"{_REFUSED}.{{0,40}}{_RESULT}", ResultBlocked),
    Rule(f"{_REFUSED}.{{0,40}}{_REFERENCE}", ReferenceBlocked),
    Rule(f"{_REFUSED}.{{0,40}}{_PROMPT}", PromptBlocked),
)
"""Which side the content filter refused."""

REFUSALS = (
    *SIDES,
    Rule(r"sensitive|\bsafety\b|content.?(filter|policy)|prohibited.?content|censor|\bnsfw\b", Blocked),
    Rule(r"violat.{0,40}(polic|guideline|terms|rules)|(polic|guideline|terms).{0,10}violat", Blocked),
    Rule(r"against.{0,20}(polic|guideline|terms|rules)|\bflagged\b|\bmoderat(ed|ion)|inappropriate", Blocked),
    Rule(r"text risk", PromptBlocked),
    Rule(r"敏感|违规|违禁|违反|风险|不当内容|审核[不未]通过|真人|人脸", Blocked),
    Rule(_FACE, Blocked),
)

_ACCOUNT = r"\b(account|resource|organi[sz]ation|subscription|workspace|tenant|project|api.?key)"
_CLOSED = r"(block|suspend|disabl|bann|deactivat|terminat|restrict|frozen|locked)"
_ACCOUNT_ZH = r"([账帐帳][号号號户戶])"
EXHAUSTED = (
    Rule(
        r"\bcredits?\b|billing|payment|prepa(y|id)|top.?up|recharge|overdue|arrears|\bbalance\b",
        OperatorError,
    ),
    Rule(
        r"insufficient.{0,10}(fund|quota)|upgrade your plan|欠费|余额|积分|点数|充值|续费|套餐", OperatorError
    ),
)
"""The operator's account has nothing left."""

_FAILED = r"(unavailable|time(d )?.?out|overload|not respond|internal error)"
WORDS = (
    Rule(r"sandbox token", OperatorError),
    Rule(r"content ?security ?detection", RelayUnavailable),
    Rule(rf"(moderation|safety|content) (service|system|check\w*).{{0,20}}{_FAILED}", RelayUnavailable),
    # Only what has happened: "your account may be suspended" is a warning beside a refusal.
    Rule(rf"{_ACCOUNT}\b.{{0,30}}\b(been|is|are|was|were)( \w+){{0,2}} {_CLOSED}", OperatorError),
    Rule(rf"{_ACCOUNT_ZH}.{{0,10}}(已|(?<!可能)被|处于).{{0,8}}(封|冻结|停用|禁用|限制|注销)", OperatorError),
    *REFUSALS,
    Rule(r"rate.?limit|too many requests|concurren|per (minute|second)|\b[IRTQ]P[MS]\b|too fast", RelayBusy),
    Rule(r"\bcapacity\b|try again (in|after) \d|(人数|请求|任务)(数|量)?[过太]多", RelayBusy),
    Rule(r"overload|\bbusy\b|资源紧张|限流|并发|频率|频繁|繁忙|排队", RelayBusy),
    *EXHAUSTED,
    Rule(rf"\bquota|usage window|额度|配额|{_ACCOUNT_ZH}", OperatorError),
    Rule(r"api.?key|unauthori[sz]ed|authenticat|credential|access denied|permission", OperatorError),
    Rule(
        r"\b(log|sign|logged|signed).?(in|out)\b|session.{0,10}expired|鉴权|认证失败|登[录陆入]",
        OperatorError,
    ),
    Rule(r"(invalid|expired|missing).{0,20}\btoken|not activated|未开通", OperatorError),
    Rule(r"model.{0,60}not (exist|found)|not (supported|available).{0,30}(country|region)", OperatorError),
    # What the operator adds to each call, and this service doesn't know.
    Rule(
        r"(unknown|unrecognized) (parameter|field|key|request argument)|extra inputs are not", OperatorError
    ),
    *PARAMETERS,
    Rule(r"unavailable for legal reasons", Blocked),
    Rule(r"internal.{0,20}error|time(d )?.?out|unavailable|bad gateway|fetch failed", RelayUnavailable),
    Rule(r"hang up|ECONN|connection (reset|refused|error)", RelayUnavailable),
    Rule(r"内部错误|超时|服务异常|系统错误|稍后再?[试重]", RelayUnavailable),
    Rule(r"no image", BadReply),
)
"""Matched against messages: words, never whole sentences, because wordings change."""

TASKS = (
    Rule(
        r"^(pending|queu(ed|ing)|in_?queue|processing|in_?progress|running|starting|submitted|not_?start(ed)?)$",
        OperatorError,
    ),
)
"""Codes of a successful reply that promises the picture for later: another call would be another task."""

BUSY = Rule("", RelayBusy)
STATUSES = (
    # The relay never redirects: its URL is wrong.
    Rule(r"^(3..|401|402|403|404|405|407|410)$", OperatorError),
    # The request itself, a prompt and a URL, is never large.
    _unusable("too-big", r"^413$"),
    Rule(r"^(425|429|529)$", RelayBusy),
    Rule(r"^451$", Blocked),
    Rule(r"^(408|499|5..)$", RelayUnavailable),
    # Accepted for later, which no other call would change.
    Rule(r"^202$", OperatorError),
    Rule(r"^2..$", BadReply),
)

REASONS = (
    Rule(r"PolicyViolation|copyright|版权", Blocked, reason="copyright"),
    Rule(rf"PrivacyInformation|DeepFake|real person|真人|人脸|{_FACE}", Blocked, reason="person"),
)
"""Why the content filter refused, from the code's suffix or its message."""

SEVERE = (
    Rule(r"Severe|prohibited_?content|\bcsam\b|\bcsae\b|严重违规", Blocked, severe=True),
    Rule(r"\b(child|minor)(ren|s)?\b.{0,30}(sex|abus|exploit|safety)", Blocked, severe=True),
    Rule(r"(sex|abus|exploit).{0,30}\b(child|minor)(ren|s)?\b|儿童|未成年", Blocked, severe=True),
)
"""Refusals after which the request may not be tried with another model."""
