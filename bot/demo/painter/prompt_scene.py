"""Parse a prompt, English or Chinese, into a scene."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Literal, TypeVar

Subject = Literal[
    "lighthouse", "boat", "castle", "cat", "fox", "dog", "rabbit", "bear", "bird", "flower",
    "rocket", "cabin", "tree", "person", "mouse", "vase", "bridge", "train", "waterfall", "market", "none",
]  # fmt: skip
Setting = Literal["sea", "mountains", "hills", "forest", "city", "desert", "space", "window", "library"]
Weather = Literal["clear", "rain", "storm", "snow", "fog", "wind"]
Time = Literal["dawn", "day", "dusk", "night"]
Mood = Literal["plain", "neon", "autumn", "spring", "summer", "winter"]
Style = Literal[
    "none", "watercolour", "ink", "pixel", "oil", "pencil", "woodcut", "comic", "clay", "isometric"
]  # fmt: skip
Coat = Literal["ginger", "golden", "white", "black", "grey", "brown"]
Remix = Literal["enlarge", "vary", "repaint", "recolour"]
Word = TypeVar("Word", bound=str)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What to draw; ``named`` is whether the prompt names a subject or setting."""

    subject: Subject
    setting: Setting
    weather: Weather
    time: Time
    mood: Mood
    style: Style
    coat: Coat | None
    """An animal's colour, if the prompt names one."""
    asleep: bool
    flying_cars: bool
    named: bool
    remix: Remix
    """How a reference is changed: not at all, a little, in its own colours, or in the scene's."""


def parse_prompt(prompt: str, rng: Random) -> Scene:
    """Parse a prompt; whatever it leaves open is chosen at random."""
    text = _TECHNIQUE.sub(" ", prompt.casefold())
    subject = _first_match(SUBJECTS, text)
    setting = _first_match(SETTINGS, text)
    mood = _first_match(MOODS, text) or "plain"
    weather = _first_match(WEATHERS, text) or ("snow" if mood == "winter" else "clear")
    time = _first_match(TIMES, text) or _default_time(mood, rng)
    landscapes: tuple[Setting, ...] = ("sea", "mountains", "hills", "forest", "desert")
    home = DEFAULT_SETTINGS[subject] if subject else rng.choice(landscapes)
    return Scene(
        subject=subject or "none",
        setting=setting or home,
        weather=weather,
        time=time,
        mood=mood,
        style=_first_match(STYLES, text) or "none",
        coat=_first_match(COATS, text),
        asleep=_word_pattern(ASLEEP).search(text) is not None,
        flying_cars=_word_pattern(FLYING_CARS).search(text) is not None,
        named=bool(subject or setting),
        remix=_parse_remix(text),
    )


_TECHNIQUE = re.compile(
    r"\b(?:empty|white|blank|negative|open) space|\bdepth of field|\bwhite paper|白[纸紙]|留白"
)
"""The paper that is left free, rather than the stars or a white animal; a lens, rather than a field."""


def _parse_remix(text: str) -> Remix:
    if "keep everything" in text:
        return "enlarge"
    if "variation of this picture" in text:
        return "vary"
    recolours = _first_match(MOODS, text) or _first_match(WEATHERS, text) or _first_match(TIMES, text)
    return "recolour" if recolours else "repaint"


def _default_time(mood: Mood, rng: Random) -> Time:
    times: tuple[Time, ...] = ("dawn", "day", "day", "dusk")
    return "night" if mood == "neon" else rng.choice(times)


def _first_match(words: Mapping[Word, str], text: str) -> Word | None:
    """Return the key whose word comes first in the text."""
    found = [
        (hit.start(), row) for row, listed in words.items() if (hit := _word_pattern(listed).search(text))
    ]
    return min(found, key=lambda pair: pair[0])[1] if found else None


def _word_pattern(listed: str) -> re.Pattern[str]:
    words = listed.split()
    # An underscore stands for a space within a word.
    latin = "|".join(re.escape(word.replace("_", " ")) for word in words if word.isascii())
    other = "|".join(re.escape(word) for word in words if not word.isascii())
    return re.compile(rf"\b(?:{latin})(?:s|es)?\b|{other}")


SUBJECTS: dict[Subject, str] = {
    "lighthouse": "lighthouse beacon 灯塔 燈塔",
    "boat": "boat sailboat ship yacht sail 船 帆 舟",
    "castle": "castle fortress palace tower kingdom 城堡 宫殿 宮殿 古堡 城楼 城樓",
    "vase": "vase flowers_in_a_vase 花瓶",
    "cat": "cat kitten kitty 猫 貓",
    "fox": "fox wolf 狐 狼",
    "dog": "dog puppy corgi husky retriever labrador poodle shepherd hound 狗 犬 金毛 柯基 哈士奇",
    "rabbit": "rabbit bunny hare 兔",
    "bear": "bear panda 熊 熊猫",
    "mouse": "mouse mice 老鼠",
    "bridge": "bridge 桥 橋",
    "train": "train locomotive 火车 火車 列车 列車",
    "waterfall": "waterfall cascade 瀑布",
    "market": "market bazaar 集市 市集 市场 市場",
    "bird": "bird crane eagle swan owl crow gull 鸟 鳥 鶴 鹤 鹰 鷹 雁 凤 鳳",
    "flower": "flower rose tulip sunflower lotus poppy poppies blossom garden meadow 花 莲 蓮 荷 玫瑰",
    "rocket": "rocket spaceship spacecraft shuttle astronaut 火箭 飞船 飛船 宇航 太空人",
    "cabin": "cabin house cottage hut home barn village 小屋 房子 木屋 屋 村",
    "tree": "tree oak willow sakura maple 树 樹 柳 樱 櫻 枫 楓",
    "person": "person man woman girl boy wanderer traveler traveller hiker monk samurai knight wizard "
    "actor hero duel 人 女孩 男孩 少女 少年 侠 俠 僧 骑士 騎士 演员 演員 英雄 决斗 決鬥",
}
SETTINGS: dict[Setting, str] = {
    "library": "library bookshop bookstore bookshelf book bookcase 书店 書店 书架 書架 图书馆 圖書館 书 書",
    "window": "window windowsill 窗 窗台 窗臺",
    "sea": "sea ocean beach seaside coast lake water river harbor harbour island wave 海 湖 江 河 岛 島 浪",
    "mountains": "mountain peak alp alpine summit himalaya everest snowcap 山 峰 峰峦",
    "forest": "forest wood woods jungle grove 森林 树林 樹林 林",
    "city": "city cityscape skyline skyscraper metropolis downtown street tokyo shanghai york cyberpunk town "
    "square 城市 都市 古城 广场 廣場 街 上海 赛博朋克 賽博龐克",
    "desert": "desert dune sahara sand cactus 沙漠 沙丘 大漠",
    "space": "space galaxy planet nebula cosmos mars 太空 宇宙 星球 银河 銀河 星云 星雲",
    "hills": "hill valley field countryside grassland meadow 丘 谷 田野 草原",
}
WEATHERS: dict[Weather, str] = {
    "storm": "storm stormy thunder lightning thunderstorm tempest typhoon "
    "风暴 風暴 暴风 暴風 雷 闪电 閃電 台风 颱風",
    "rain": "rain rainy drizzle raining 雨",
    "snow": "snow snowy snowfall blizzard snowing 雪",
    "fog": "fog foggy mist misty haze hazy 雾 霧 烟 煙",
    "wind": "wind windy breeze 风 風",
}
TIMES: dict[Time, str] = {
    "dawn": "dawn sunrise morning daybreak 黎明 日出 清晨 早晨",
    "dusk": "dusk sunset golden evening twilight 黄昏 黃昏 日落 夕阳 夕陽 傍晚 晚霞",
    "night": "night midnight star stars starry moon moonlight moonlit 夜 星空 星 月",
    "day": "day noon sunny daylight bright 白天 正午 晴",
}
MOODS: dict[Mood, str] = {
    "neon": "neon cyberpunk synthwave futuristic 霓虹 赛博朋克 賽博龐克 未来 未來",
    "autumn": "autumn fall autumnal maple 秋 枫 楓",
    "spring": "spring blossom sakura cherry 春 樱 櫻",
    "summer": "summer 夏",
    "winter": "winter wintry frozen ice icy 冬 冰",
}
STYLES: dict[Style, str] = {
    "watercolour": "watercolour watercolor aquarelle 水彩",
    "ink": "ink ink_wash sumi-e brush_painting 水墨 墨画 墨畫 国画 國畫",
    "pixel": "pixel pixel_art 8-bit 16-bit 像素",
    "oil": "oil oil_painting impasto impressionist 油画 油畫 印象派",
    "pencil": "pencil sketch charcoal line_drawing 铅笔 鉛筆 素描 速写 速寫",
    "woodcut": "woodcut woodblock linocut engraving 木刻 版画 版畫 浮世绘 浮世繪",
    "clay": "clay plasticine claymation 黏土 粘土",
    "isometric": "isometric 等距 等角",
    "comic": "comic manga anime cartoon cel-shaded 漫画 漫畫 动漫 動漫 动画 動畫 卡通",
}
COATS: dict[Coat, str] = {
    "ginger": "ginger orange red tabby 橘 橙",
    "golden": "golden gold blond 金毛 金色",
    "white": "white snow-white 白",
    "black": "black 黑",
    "grey": "grey gray silver 灰",
    "brown": "brown chocolate 棕 褐",
}
ASLEEP = "asleep sleeping sleep sleepy napping nap dozing curled 睡 打盹 打瞌睡"
FLYING_CARS = "flying_car hovercar flying_taxi flying_vehicle hover_car 飞行汽车 飛行汽車 飞车 飛車"
DEFAULT_SETTINGS: dict[Subject, Setting] = {
    "lighthouse": "sea",
    "boat": "sea",
    "castle": "hills",
    "cat": "window",
    "fox": "forest",
    "dog": "hills",
    "rabbit": "hills",
    "bear": "forest",
    "bird": "sea",
    "flower": "hills",
    "rocket": "space",
    "cabin": "mountains",
    "tree": "hills",
    "person": "mountains",
    "mouse": "hills",
    "vase": "window",
    "bridge": "sea",
    "train": "hills",
    "waterfall": "mountains",
    "market": "city",
    "none": "hills",
}
"""The setting of a subject if the prompt names none."""
