"""Tell small talk from requests, where a message needs no mention: thanks must cost nothing."""

from __future__ import annotations

import re
import unicodedata

_SMALL_TALK = """
a awesome beautiful bot bro bye cool cute day dude evening everyone fine fun funny good goodnight great
ha haha hahaha hello help hey hi hiya how howdy is it jimeng just like lmao lol looks love me morning
much my nah neat nice night no nope of oh ok okay omg perfect please pls pretty really rofl so sorry sup
super sure test testing thank thanks that the there this thx to true ty u um very wassup way well what
whats wow yay yeah yep yes yo you your 你好 您好 嗨 哈喽 哈囉 喂 早 早安 早上好 晚安 晚上好 下午好 午安
在吗 在嗎 谢谢 謝謝 谢啦 謝啦 感谢 感謝 多谢 多謝 谢谢你 謝謝你 好 好的 好看 真好看 好棒 太棒了 棒 不错
不錯 厉害 厲害 可爱 可愛 喜欢 喜歡 漂亮 好美 赞 讚 收到 了解 可以 不用 不是 是 对 對 嗯 哦 喔 哇 哈哈
哈哈哈 呵呵 测试 測試 帮助 幫助 再见 再見 拜拜 对不起 對不起 抱歉
"""
_WORDS = frozenset(_SMALL_TALK.split())
_LONGEST = 300
"""Characters up to which a text is read; a longer one is meant as a request, and costs time."""
_SHORT_WORD = 12
_SHORT_CHINESE = 2
"""Characters up to which a single word is too little to be meant as a request."""


def is_small_talk(text: str) -> bool:
    """Whether a text consists of greetings, thanks and the like, or has no letters or digits at all."""
    return len(text) <= _LONGEST and all(word in _WORDS for word in _words(text))


def is_too_short(text: str) -> bool:
    """Whether a text is small talk or a single short word, from which nobody can tell what is wanted."""
    if len(text) > _LONGEST:
        return False
    words = _words(text)
    if len(words) != 1:
        return is_small_talk(text)
    (word,) = words
    limit = _SHORT_WORD if word.isascii() else _SHORT_CHINESE
    return len(word) <= limit or is_small_talk(text)


def _words(text: str) -> list[str]:
    folded = unicodedata.normalize("NFKC", text).casefold().replace("'", "").replace("’", "")
    return re.findall(r"[^\W_]+", folded)
