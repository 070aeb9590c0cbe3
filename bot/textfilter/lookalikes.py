"""Letters and signs of other alphabets that look like Latin letters.

Chosen from Unicode's table of confusable characters (confusables.txt, Unicode License v3) and from the
alphabets of common text stylers. All characters are folded: they are lower case, or caseless.
"""

from __future__ import annotations

import re
import unicodedata

# Each group is a Latin letter and the characters that look like it.
_Letters = dict[str, str]

# Look the same as Latin letters, so that a whole word of them is read as a Latin one.
_SAME: _Letters = {
    "ARMENIAN": "gց hհ jյ lլ nո oօ qզ uս",
    "CANADIAN": "aᗩᗅ bᑲᖯᗷ cᑕᑢ dᑯᗞᗪ eᕮᗴ fᖴ gᘜ hᕼ jᒍ lᒪ mᗰ nᑎ pᑭ qᑫ rᖇ sᔕ uᑌ vᐯ wᗯ xᕽᕁ zᘔ",
    "CARIAN": "a𐊠 b𐊡 c𐊢 f𐊥 h𐋏 m𐊰 o𐊫 t𐊱 x𐊴 y𐊲",
    "CHEROKEE": "aᎪ bᏏᏴ cᏟ dᏧᎠ eᎬ gᏀᏳᎶ hᏂᎻ iᎥ jᎫ kᏦ lᏞ mᎷ oᎾᏫᎤ pᏢ rᎡᎱᏒ sᏚᏕ tᎢ uᏌ vᏙ wᏔᎳ yᎩᎽ zᏃ",
    "COPTIC": "cⲥ hⲏ iⲓ kⲕ lⳑ mⲙ nⲛ oⲟ pⲣ tⲧ xⲭ yⲩ",
    "CYRILLIC": "aа cс dԁ eеҽ hһ iіꙇ jј lӏ oо pр qԛ sѕ vѵ wԝѡ xх yуү",
    "DESERET": "c𐐽 l𐑃 o𐐬 s𐑈",
    "ELBASAN": "c𐔜 f𐔥 k𐔘 l𐔦 n𐔓 o𐔖 v𐔝 x𐔧",
    "GREEK": "jϳ oο pρ uυ vν",
    "LISU": "aꓮ bꓐ cꓚ dꓒꓓ eꓰ fꓝ gꓖ hꓧ iꓲ jꓙ kꓗ lꓡ mꓟ nꓠ oꓳ pꓑ rꓣ sꓢ tꓔ uꓴ vꓦ wꓪ xꓫ yꓬ zꓜ",
    "LYCIAN": "b𐊂 e𐊆 f𐊇 l𐊊 o𐊒 p𐊕 s𐊖 t𐊗 x𐊐",
    "MIAO": "a𖽀 l𖼨𖼖 r𖼵 s𖼺 t𖼊 u𖽂 v𖼈 y𖽃",
    "OLD": "b𐌁 c𐌂 i𐌠𐌉 m𐌑 t𐌕 x𐌢𐌗",
    "OSAGE": "o𐓪 r𐓜 u𐓶",
    "TIFINAGH": "eⴹ lⵏ oⵔⵁⴱ qⵕ vⴸ xⵝ",
    "WARANG": "c𑣲𑣩 e𑣆𑣎 f𑣂 l𑣃𑣒 o𑣈𑣗𑣠𑣕 s𑣁 u𑣘 v𑣀 w𑣯𑣦 x𑣬 y𑣜 z𑣄𑣥𑣉",
}
# Similar enough within a word that has Latin letters, too, or as capitals.
_SIMILAR: _Letters = {
    "ARMENIAN": "fք nռղ qգ sտ wա",
    "CYRILLIC": "bвьѣҍ cҫ eє fғ hнңҥћђ kкқҝҟҡ mм nп oөѳ rгя tт uиц wшщ xҳ yчұ",
    "ETHIOPIC": "oዐ uሀ",
    "GEORGIAN": "oჿ yყ",
    "GREEK": "aα bβ eε fϝ iι kκ mμ nηπ oσθ tτ wω xχ yγ zζ",
    "HEBREW": "iו jנ lן nת oםס pק uט wש xא yץ",
    "RUNIC": "kᛕ lᛁ mᛖ xᚷ",
}
# Look Latin as capitals, though their small letters don't or look like other ones: in mixed words only.
_CAPITALS = "aλδд bбъ eσэзξ hη nиν oф rγ uոա xж yυ"
# Signs, digits of other scripts, letters of scripts without spaces: read beside Latin letters only.
_SIGNS = (
    "a₳∆∧ค卂 b฿๒乃 c¢©₵₡⊂匚 d∂₫๔ e€℮∈乇 f₣千 g₲ h卄 iเ丨 k₭ l₤∣│۱ㄥ m₥๓爪 n₦∩ภ几 "
    "o⭕⊖⊝●○◯०০੦૦୦௦౦೦൦๐໐၀〇٥۵ဝ๏ㄖ p℗₱₽卩 r®尺 s₴ร丂 t₮⊤†ㄒ u∪⋃ยㄩ v∨⋁۷ w₩ฬ山 x×✕✖✗✘❌❎᙭乂 y¥ㄚ z乙"
)


def _table(*texts: str) -> dict[int, str]:
    """Return the Latin letter of each character in groups such as ``cсⲥ``, which begin with the letter."""
    groups = [group for text in texts for group in text.split()]
    return {ord(character): group[0] for group in groups for character in group[1:]}


SAME = _table(*_SAME.values())
"""Letters that look the same as Latin ones."""
SIMILAR = SAME | _table(*_SIMILAR.values())
"""These, and letters that are similar enough in a Latin context."""
_AS_CAPITALS = SIMILAR | _table(_CAPITALS)
_ALPHABETS = frozenset({"LATIN", *_SAME, *_SIMILAR})
_READ_SIGNS = _table(_SIGNS)
_SIGN = re.compile(f"[{''.join(map(chr, _READ_SIGNS))}]")
_RUN = re.compile(f"[a-z{''.join(map(chr, _READ_SIGNS | SIMILAR))}]+")
_LATIN = re.compile("[a-z]")


def alphabets_of(word: str) -> frozenset[str]:
    """Return the alphabets of a folded word's letters, named as in Unicode; none but those known here."""
    return _ALPHABETS & {unicodedata.name(letter, "").partition(" ")[0] for letter in set(word)}


def latinize_mixed(word: str) -> tuple[str, ...]:
    """Return the Latin readings of a folded word that mixes alphabets; of other words the word alone."""
    if word.isascii() or len(alphabets_of(word)) < 2:
        return (word,)
    return word.translate(SIMILAR), word.translate(_AS_CAPITALS)


def read_lookalike_signs(text: str) -> str:
    """Replace signs that look like letters, in runs that have Latin letters, too: f¢k, p⭕rn."""
    return _RUN.sub(_read_run, text) if _SIGN.search(text) else text


def _read_run(run: re.Match[str]) -> str:
    return run[0].translate(_READ_SIGNS) if _LATIN.search(run[0]) else run[0]
