"""Sample prompts and texts by language, and the faults they trigger."""

from __future__ import annotations

import json
from collections.abc import Mapping

from bot.demo.relay.chaos import Chaos
from bot.demo.relay.faults import FAULTS, Fault, ark_error

_ROWS: dict[str, tuple[str, str, str]] = {
    "result": ("a lighthouse in a storm", "暴风雨中的灯塔", "暴風雨中的燈塔"),
    "four": ("a fox in the snow", "雪地里的狐狸", "雪地裡的狐狸"),
    "reencoded": ("a castle on a hill at dawn", "清晨山谷里的城堡", "清晨山谷裡的城堡"),
    "styled": ("a boat on a lake at dusk", "黄昏湖上的小船", "黃昏湖上的小船"),
    "larger": ("a sailing ship at sea", "海上的帆船", "海上的帆船"),
    "missing": ("an owl in the forest at night", "夜晚森林里的鸟", "夜晚森林裡的鳥"),
    "drawing": ("a cabin in the mountains", "山里的小屋", "山裡的小屋"),
    "next": ("flowers in a vase", "花瓶里的花", "花瓶裡的花"),
    "second": ("a cherry tree in spring", "春天的樱花树", "春天的櫻花樹"),
    "waiting": ("a rabbit in a meadow", "草原上的兔子", "草原上的兔子"),
    "busy": ("a bear by a river", "河边的熊", "河邊的熊"),
    "prompt-blocked": ("a duel in the old town", "古城里的决斗", "古城裡的決鬥"),
    "reference-blocked": ("as a famous actor", "改成一位著名演员", "改成一位知名演員"),
    "result-blocked": ("a knight after the battle", "战斗之后的骑士", "戰鬥之後的騎士"),
    "unreachable": ("at night, with stars", "夜晚，满天星星", "夜晚，滿天星星"),
    "size-refused": ("a cat on a windowsill", "窗台上的猫", "窗台上的貓"),
    "operator": ("a garden in summer", "夏天的花园", "夏天的花園"),
    "unexpected": ("a planet with two moons", "有两个月亮的星球", "有兩個月亮的星球"),
    "blocked-words": ("a forbidden castle", "禁忌城堡", "禁忌城堡"),
    "blocked-word": ("forbidden", "禁忌", "禁忌"),
    "huge": ("a waterfall in the jungle", "丛林里的瀑布", "叢林裡的瀑布"),
    "error.blocked": ("a riot in the square", "广场上的冲突", "廣場上的衝突"),
    "error.prompt-blocked-copyright": ("a mouse with red shorts", "穿红短裤的老鼠", "穿紅短褲的老鼠"),
    "error.reference-blocked": ("with a sword", "加上一把剑", "加上一把劍"),
    "error.reference-blocked-copyright": ("as a comic hero", "改成漫画英雄", "改成漫畫英雄"),
    "error.result-blocked-copyright": ("a castle in a theme park", "主题公园里的城堡", "主題樂園裡的城堡"),
    "error.unavailable": ("a train in the rain", "雨中的火车", "雨中的火車"),
    "error.bad-reply": ("a bridge in fog", "雾中的桥", "霧中的橋"),
    "error.down": ("a market at noon", "正午的集市", "正午的市集"),
    "long": (
        "a fox is in a den, a cat is on a mat, an ox is in a sty, " * 35,
        "清晨的海边，一只年老的红狐狸坐在山丘上，" * 18,
        "清晨的海邊，一隻年老的紅狐狸坐在山丘上，" * 18,
    ),
    "no-style": ("Charcoal", "炭笔", "炭筆"),
    "part": ("a desert at sunset", "日落时的沙漠", "日落時的沙漠"),
    "reason": ("too many in a row", "连续发得太多", "連續發太多"),
    "references": (
        "the boat of picture 1 and the tree of picture 2 under the moon of picture 3",
        "图 1 的小船和图 2 的树，在图 3 的月亮下",
        "圖 1 的小船和圖 2 的樹，在圖 3 的月亮下",
    ),
    "reply": ("nice, in winter please", "好看，改成冬天吧", "好看，改成冬天吧"),
    "style-name": ("Ink wash", "水墨", "水墨"),
    "style-text": (
        "in loose ink wash on rice paper, few colours",
        "水墨画，宣纸质感，大量留白",
        "水墨畫，宣紙質感，大量留白",
    ),
}
SAMPLE_TEXTS: dict[str, dict[str, str]] = {
    locale: {name: row[at] for name, row in _ROWS.items()}
    for at, locale in enumerate(("en-US", "zh-CN", "zh-TW"))
}
"""Texts by name, by language."""

_UNKNOWN_ERROR = Fault(
    keyword="never-seen",
    description="an error code without a translation",
    status=400,
    body=json.dumps({"error": {"code": "SomethingNew", "message": "…"}}),
)
_RIGHTS = "PolicyViolation"


def _refusal(keyword: str, code: str) -> Fault:
    return Fault(
        keyword=keyword, description="a refusal of the filter", status=400, body=ark_error(code, "…")
    )


_FAULTS_BY_KEYWORD = {
    fault.keyword: fault
    for fault in (
        *FAULTS,
        _UNKNOWN_ERROR,
        _refusal("blocked-prompt-rights", f"InputTextSensitiveContentDetected.{_RIGHTS}"),
        _refusal("blocked-any-image", "InputImageSensitiveContentDetected"),
        _refusal("blocked-result-rights", f"OutputImageSensitiveContentDetected.{_RIGHTS}"),
    )
}
_FAULT_BY_TEXT = {
    "larger": "size-refused",
    "missing": "blocked-result",
    "drawing": "hang",
    "second": "hang",
    "part": "hang",
    "busy": "busy",
    "prompt-blocked": "blocked-prompt",
    "reference-blocked": "blocked-image",
    "result-blocked": "blocked-result",
    "unreachable": "unreachable-reference",
    "size-refused": "size-refused",
    "operator": "overdue",
    "unexpected": "never-seen",
    "huge": "huge",
    "error.blocked": "blocked-safety",
    "error.prompt-blocked-copyright": "blocked-prompt-rights",
    "error.reference-blocked": "blocked-any-image",
    "error.reference-blocked-copyright": "blocked-copyright",
    "error.result-blocked-copyright": "blocked-result-rights",
    "error.unavailable": "broken",
    "error.bad-reply": "not-a-picture",
    "error.down": "broken",
}
"""The fault keyword for each prompt, by the text's name."""


class FaultsByPrompt(Chaos):
    """Faults by prompt, so that prompts need no fault keywords.

    A partly drawn request gets its first picture, one that goes on its first two, and a size is refused once.
    """

    def __init__(self, words: Mapping[str, str]) -> None:
        super().__init__({})
        self._faults = {words[name]: _FAULTS_BY_KEYWORD[keyword] for name, keyword in _FAULT_BY_TEXT.items()}
        self._partly, self._larger, self._part = words["missing"], words["larger"], words["part"]

    def pick(self, prompt: str, attempt: int) -> Fault | None:
        """Return the prompt's fault."""
        spared = (prompt == self._partly and attempt == 0) or (prompt == self._larger and attempt > 0)
        spared = spared or (prompt == self._part and attempt < 2)
        return None if spared else self._faults.get(prompt)
