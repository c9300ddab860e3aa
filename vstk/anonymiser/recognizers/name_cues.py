"""Names found by forms of address of several countries and by single initials."""

from __future__ import annotations

from vstk.anonymiser.gazetteers import fold, word_list
from vstk.anonymiser.rule import Rule

_CAPITAL = r"\p{Lu}[\p{L}'’-]{1,24}"
_PARTICLES = (
    r"(?:(?:van der|van den|van de|van|von|de la|de|del|dos|da|di|el|al|ben|bin|le|la|ter) )?"
)

_JAPANESE_TITLES = "san|sama|sensei|kun|chan|senpai"
HONORIFIC = Rule(
    "PERSON",
    (rf"(?<!\p{{L}})(?P<v>{_CAPITAL})-(?:{_JAPANESE_TITLES})(?!\p{{L}})", 0.8, "-"),
    (
        rf"(?<!\p{{L}})(?:Smt|Shri|Sri|Kumari|Thiru|Tmt|Pt|Alhaji|Alhaja|Chief|Hajiya|Sheikh|Ustaz|Dato|Datuk|Tan Sri|Dª|Dra?|Eng|Ing|Arq|Lic|Maître|Me|Mtro|Avv|Dott|Dott\.ssa|Sig|Sig\.ra|Mevr|Dhr|Hr|Fr|Insured|Attn|User|Customer|Patient|Employee)\.? "
        rf"(?P<v>{_CAPITAL}(?: {_PARTICLES}{_CAPITAL}){{0,3}})",
        0.65,
    ),
    # An initial before or after a name: V Thenmozhi, Uma P.
    (rf"(?<![\p{{L}}\d.'’])(?P<v>\p{{Lu}}\.? {_CAPITAL})(?![\p{{L}}\d])", 0.5),
    (rf"(?<![\p{{L}}\d.'’])(?P<v>{_CAPITAL} \p{{Lu}})(?=[,;.\n]|$)", 0.5),
    source="forms of address in Japan, South Asia, West Africa, Southern Europe and the Netherlands",
    validate=lambda text: _is_honoured(text),
    name="vstk_honorific",
    needs=r"\p{Lu}\p{Ll}",
    in_code=False,
)


def _is_honoured(text: str) -> bool | None:
    words = [fold(word.strip(".")) for word in text.split()]
    long = [word for word in words if len(word) > 1]
    if not long or any(
        len(word) < 3 for word in long if word not in ("de", "da", "di", "al", "el")
    ):
        return False
    is_initial = len(long) < len(words)
    unknown = [word for word in long if word not in word_list("words")]
    if is_initial:
        listed = [w for w in long if w in word_list("first") or w in word_list("last")]
        return None if unknown and (listed or all(len(word) > 5 for word in unknown)) else False
    return None if unknown else False


RULES = (HONORIFIC,)
