"""The names in the playground, and the first messages in its channel."""

from __future__ import annotations

CHANNEL = {"en": "pictures", "zh-CN": "图片", "zh-TW": "圖片"}
YOU = {"en": "You", "zh-CN": "你", "zh-TW": "你"}
"""The name of the member that the page is viewed as."""
GREETING = {"en": "My view this morning ☕", "zh-CN": "今早窗外 ☕", "zh-TW": "今早窗外 ☕"}
"""The text of the photograph's message."""
WELCOME = {
    "en": (
        "Type `/imagine prompt: a lighthouse in a storm`. "
        "To remix the picture above, give `/remix` this link: {link}\n"
        "Or right-click it and choose **Apps → Remix**; on somebody's name it is **Apps → Remix avatar**.\n"
        "Or write `@Jimeng a fox in the snow`, then reply to that picture with `@Jimeng as a woodcut`.\n"
        "-# Everything here is simulated on this computer, and pictures carry a “demo” mark. "
        "Words such as `blocked-prompt` or `busy` in a prompt show what can go wrong: see docs/demo.md."
    ),
    "zh-CN": (
        "输入 `/imagine prompt: 暴风雨中的灯塔` 试试。想改上面那张图，把这个链接交给 `/remix`：{link}\n"
        "也可以右键点那张图，选**应用 → 改图**；点名字则有**应用 → 用头像改图**。\n"
        "或者写 `@Jimeng 雪地里的狐狸`，再用 `@Jimeng 改成木刻版画` 回复画好的图。\n"
        "-# 这里的一切都在这台电脑上模拟，图片带有“demo”字样。"
        "在提示词里写 `blocked-prompt` 或 `busy` 之类的词，可以看到出错时的样子；docs/demo.md 里有完整列表。"
    ),
    "zh-TW": (
        "輸入 `/imagine prompt: 暴風雨中的燈塔` 試試。想改上面那張圖，把這個連結交給 `/remix`：{link}\n"
        "也可以在那張圖上按右鍵，選**應用程式 → 改圖**；點名字則有**應用程式 → 用頭像改圖**。\n"
        "或者寫 `@Jimeng 雪地裡的狐狸`，再用 `@Jimeng 改成木刻版畫` 回覆畫好的圖。\n"
        "-# 這裡的一切都在這台電腦上模擬，圖片上有「demo」字樣。"
        "在提示詞裡寫 `blocked-prompt` 或 `busy` 之類的詞，可以看到出錯時的樣子；docs/demo.md 裡有完整列表。"
    ),
}
"""Things to try; ``{link}`` is the photograph's message."""
