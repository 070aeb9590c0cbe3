"""Chinese texts use one script, Chinese punctuation and regional vocabulary."""

from __future__ import annotations

import re

import pytest

from bot.ui.i18n.texts import Texts
from tests.support.text_usage import forms_of

TEXTS = Texts.load()


@pytest.mark.parametrize(
    ("language", "others"),
    [
        ("zh-CN", "這請圖張畫還沒會應樣設頻務員說讓過選擇變為從對機關開發現時間無與並號檔網訊"),
        ("zh-TW", "这请图张画还没会应样设频务员说让过选择变为从对机关开发现时间无与并号档网讯"),
    ],
)
def test_a_chinese_language_uses_one_script(language: str, others: str) -> None:
    for key, message in TEXTS.languages[language].items():
        assert not set("".join(forms_of(message))) & set(others), key


@pytest.mark.parametrize("language", ["zh-CN", "zh-TW"])
def test_chinese_uses_full_width_punctuation_and_spaces_around_latin_words(language: str) -> None:
    han = "[\u3400-\u9fff]"
    slips = {
        "half-width": rf"{han}[,;:!?]|[,;:!?]{han}|{han}\.",
        "a space beside full-width": r"[，。；：！？、（）「」“”] | [，。；：！？、）」”]",
        "no space": rf"{han}[A-Za-z0-9]|[A-Za-z0-9]{han}",
    }
    for key, message in TEXTS.languages[language].items():
        text = re.sub(r"[*`]", "", "".join(forms_of(message)))
        found = [name for name, slip in slips.items() if re.search(slip, text)]
        assert not found, (key, found)


def test_traditional_chinese_uses_taiwans_vocabulary() -> None:
    foreign = (
        "服務器|用戶|默認|信息|鏈接|視頻(?!道)|圖像|質量|菜單|屏幕|數據|程序|網絡|消息|賬|撤銷|添加"
        "|搜索|導出|登錄|激活|文檔|文件|軟件|郵件|短信|緩存|粘貼|刷新|反饋|在線|設置|支持|帖|隊列|幫助"
    )
    for key, message in TEXTS.languages["zh-TW"].items():
        assert not re.search(foreign, "".join(forms_of(message))), key
