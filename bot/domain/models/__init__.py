"""The domain's values: frozen, without behaviour."""

from bot.domain.models.jobs import DeliveredMessage, Job, JobPage, JobState, QueuedJob
from bot.domain.models.pictures import (
    PIXELS,
    Header,
    ImageRequest,
    Picture,
    PictureFormat,
    Ratio,
    Reference,
    Size,
)
from bot.domain.models.progress import Generating, Progress, QueuePosition, RetryScheduled, Waiting
from bot.domain.models.requests import (
    DefaultedField,
    Draft,
    JobKind,
    Parent,
    RedrawKind,
    ReplyTo,
    Requester,
    SavedStyle,
    Style,
    StyleOwner,
)
from bot.domain.models.usage import DailyScope, DailyUsage, HintKind, OverQuotaPolicy, Quota, Usage

__all__ = [
    "PIXELS",
    "DailyScope",
    "DailyUsage",
    "DefaultedField",
    "DeliveredMessage",
    "Draft",
    "Generating",
    "Header",
    "HintKind",
    "ImageRequest",
    "Job",
    "JobKind",
    "JobPage",
    "JobState",
    "OverQuotaPolicy",
    "Parent",
    "Picture",
    "PictureFormat",
    "Progress",
    "QueuePosition",
    "QueuedJob",
    "Quota",
    "Ratio",
    "RedrawKind",
    "Reference",
    "ReplyTo",
    "Requester",
    "RetryScheduled",
    "SavedStyle",
    "Size",
    "Style",
    "StyleOwner",
    "Usage",
    "Waiting",
]
