"""Names in any letter case after words for a relation, a role or an introduction.

NER models miss names that people type without capitals. A word such as "wife" or "Frau"
before an uncommon word shows that it is a name.
"""

from __future__ import annotations

from functools import cache

import regex

from vstk.anonymiser.gazetteers import common_words, fold, word_list
from vstk.anonymiser.rule import Rule

_CAPITAL = r"\p{Lu}[\p{L}'’-]{1,24}"
_PARTICLES = r"(?:(?:van der|van den|van de|van|von|de la|de|del|dos|da|di|el|al|ben|bin|le|la|ter) )?"

_RELATIONS = {
    "en": "wife|husband|son|daughter|mother|father|mom|mum|dad|brother|sister|partner|girlfriend|boyfriend|gf|bf|boss|colleague|coworker"
    "|friend|neighbou?r|aunt|auntie|uncle|nephew|niece|cousin|ex|landlord|landlady|dtr|hubby|fianc[ée]e?|roommate|flatmate|grandson|granddaughter"
    "|grandma|grandpa|nurse|teacher|lawyer|tenant|stepson|stepdaughter|pastor|coach",
    "de": "frau|herrn?|mann|sohn|tochter|mutter|vater|bruder|schwester|kollegen?|kollegin|chefin|nachbarin|nachbar|freundin|freund|onkel|tante|neffe|nichte|oma|opa|gattin|rechner von|konto von",
    "fr": "femme|mari|fils|fille|mère|père|frère|sœur|soeur|maman|papa|collègue|copine|copain|neveu|nièce|oncle|tante|mme|monsieur|madame|époux|épouse",
    "es": "esposa|esposo|marido|mujer|hijo|hija|madre|padre|hermano|hermana|jefe|jefa|compañer[oa]|sobrin[oa]|prim[oa]|tí[oa]|don|doña|niet[oa]|novi[oa]",
    "it": "moglie|marito|figlio|figlia|madre|padre|fratello|sorella|collega|nipote|zi[oa]|cugin[oa]|signora?|compagn[oa]|fidanzat[oa]|nonn[oa]",
    "pt": "esposa|marido|mulher|filh[oa]|mãe|pai|irmão|irmã|net[oa]|sobrinh[oa]|prim[oa]|ti[oa]|chefe|namorad[oa]|vizinh[oa]|dona|seu|avó|avô",
    "nl": "vrouw|zoon|dochter|moeder|vader|broer|zus|collega|neef|nicht|oom|tante|vriendin|vriend|mevrouw|mevr\\.?|meneer|buurman|buurvrouw|baas|opa|oma|kleinzoon",
}
_INTRODUCTIONS = (
    r"my name(?:'s| is)|(?:good )?name is|this is(?= [a-z]{3,15} from)|i am called|named|called|heißt|heisse|heiße|namens|hier ist|hier spricht|mein name ist|s['’]appelle|m['’]appelle|je suis|c['’]est(?= \p{Lu})|se llama|me llamo|soy|habla(?: don| doña)?|le habla|si chiama|mi chiamo|pronto sono|sono(?= \p{L}{3,14} del?l?\b)"
    r"|chama-se|se chama|me chamo|sou(?: [oa])?|aqui é (?:o|a)|aqui quem fala é (?:o|a)|heet|ik ben|met(?= \p{L}{3,14} (?:mijn|van|hier|ik))|genaamd|groet(?:en|jes)?,?|mvg,?|lg,?|vg,?|saludos,?|gracias,?|saluti,?|cordiali saluti,?|abraços?,?|att\.?,?|cordialement,?|bien à vous,?|grüße,?|grüßle,?|regards,?|merci,?|obrigad[oa],?|cumprimentos,?"
)


@cache
def _common_elsewhere() -> frozenset[str]:
    """Common words of the other languages with Latin letters, and English function words."""
    words: set[str] = set()
    for language in ("de", "fr", "es", "it", "pt", "nl"):
        words |= common_words(language)
    return frozenset(words)


_NOT_NAMES = frozenset(
    """
    will may just said can had has have was were been and art the who but with from for not never also always
    still now then when what why where there here this that these those she her his him him's our your their its
    wants want needs need says asked told tells lives died works moved got came went does did would could
    should might must about after before because since while until against without very really too much more
    all any some one two three four five six seven eight nine ten old new own dear love said going being like
    lost left right back home work sick ill dead alive married divorced single pregnant are did die das der den
    keeps kept made make let lets thinks thought hates loves likes calls called broke took take gave give
    """.split()  # noqa: SIM905
)


def _is_name(text: str) -> bool | None:
    """Accept uncommon words and listed names; lower-case English words only if also first names."""
    first, *rest = [fold(part) for part in regex.split(r"[ ]", text) if part]
    if first in _NOT_NAMES or first in _common_elsewhere() or len(first) < 3:
        return False
    is_listed = first in word_list("first") or first in word_list("last")
    if first in word_list("words"):
        return None if is_listed and (text[0].isupper() or (len(first) > 3 and first in word_list("first"))) else False
    return None


RELATED = Rule(
    "PERSON",
    (
        rf"(?i)(?<!\p{{L}})(?:{_RELATIONS['en']}) (?:called |named |is called |,)?(?P<v>(?-i:{_CAPITAL}(?: {_PARTICLES}{_CAPITAL}){{0,2}}))(?!\p{{L}})",
        0.6,
    ),
    (rf"(?<!\p{{L}})(?i:{_RELATIONS['en']}) (?P<v>\p{{Ll}}[\p{{L}}'’-]{{2,24}})(?!\p{{L}})", 0.6),
    (
        "(?<!\\p{L})(?i:"
        + "|".join(_RELATIONS[language] for language in ("de", "fr", "es", "it", "pt", "nl"))
        + rf") (?P<v>(?:{_CAPITAL}(?: {_PARTICLES}{_CAPITAL}){{0,3}}|\p{{Ll}}[\p{{L}}'’-]{{2,24}}))(?!\p{{L}})",
        0.6,
    ),
    (
        rf"(?<!\p{{L}})(?i:{_INTRODUCTIONS}) (?P<v>(?:{_CAPITAL}(?: {_PARTICLES}{_CAPITAL}){{0,3}}|\p{{Ll}}[\p{{L}}'’-]{{2,24}}))(?!\p{{L}})",
        0.6,
    ),
    source="words for relatives and colleagues; ways to introduce oneself on the telephone",
    validate=_is_name,
    name="vstk_related_person",
    needs=r"\p{L}",
    in_code=False,
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
    if not long or any(len(word) < 3 for word in long if word not in ("de", "da", "di", "al", "el")):
        return False
    is_initial = len(long) < len(words)
    unknown = [word for word in long if word not in word_list("words")]
    if is_initial:
        listed = [w for w in long if w in word_list("first") or w in word_list("last")]
        return None if unknown and (listed or all(len(word) > 5 for word in unknown)) else False
    return None if unknown else False


RULES = (RELATED, HONORIFIC)
