"""Names in any letter case after words for a relation, a role or an introduction.

NER models miss names that people type without capitals. A word such as "wife" or "Frau"
before an uncommon word shows that the word is a name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vstk.anonymiser.finding import PiiFinding
from vstk.anonymiser.gazetteers import fold, word_list
from vstk.anonymiser.tokens import PARTICLES, Token

_SCORE = 0.6
_RELATIONS = frozenset(
    """
    wife husband son daughter mother father mom mum dad brother sister partner girlfriend
    boyfriend gf bf boss colleague coworker friend neighbor neighbour aunt auntie uncle
    nephew niece cousin ex landlord landlady dtr hubby fiance fiancee roommate flatmate
    grandson granddaughter grandma grandpa nurse teacher lawyer tenant stepson
    stepdaughter pastor coach frau herr herrn mann sohn tochter mutter vater bruder
    schwester kollege kollegen kollegin chefin nachbar nachbarin freund freundin onkel
    tante neffe nichte oma opa gattin femme mari fils fille mere pere frere sœur soeur
    maman papa collegue copine copain neveu niece oncle mme monsieur madame epoux epouse
    esposa esposo marido mujer hijo hija madre padre hermano hermana jefe jefa companero
    companera sobrino sobrina primo prima tio tia don dona nieto nieta novio novia moglie
    marito figlio figlia fratello sorella collega nipote zio zia cugino cugina signor
    signora compagno compagna fidanzato fidanzata nonno nonna mulher filho filha mae pai
    irmao irma neto neta sobrinho sobrinha namorado namorada vizinho vizinha chefe avo
    vrouw zoon dochter moeder vader broer zus neef nicht oom vriendin vriend mevrouw mevr
    meneer buurman buurvrouw baas kleinzoon called named nicknamed heisst heisse namens
    genaamd heet s'appelle m'appelle
    """.split()  # noqa: SIM905
)
_PAIRS = frozenset(
    {
        *(
            "name is",
            "name's is",
            "hier ist",
            "hier spricht",
            "je suis",
            "se llama",
            "me llamo",
            "le habla",
            "habla don",
        ),
        *(
            "habla dona",
            "si chiama",
            "mi chiamo",
            "pronto sono",
            "se chama",
            "me chamo",
            "chamo me",
            "aqui e",
            "fala e",
        ),
        *(
            "ik ben",
            "rechner von",
            "laptop von",
            "konto von",
            "account von",
            "mail von",
            "laptop van",
            "account van",
        ),
        *("ordinateur de", "compte de", "cuenta de", "conto di", "conta de", "e a", "e o"),
    }
)
_FIRST_NAME_NEEDED = frozenset(
    {"sono", "soy", "sou", "met", "iemand", "cara", "caro", "querido", "querida", "beste", "hoi"}
)
_CLOSINGS = frozenset(
    """
    groet groeten groetjes mvg lg vg saludos saluti abraco abracos att cordialement grusse
    gruesse grusle regards merci obrigado obrigada cumprimentos gracias grazie danke
    bedankt cheers thx atentamente
    """.split()  # noqa: SIM905
)
_NOT_NAMES = frozenset(
    """
    will may just said can had has have was were been and art the who but with from for
    not never also always still now then when what why where there here this that these
    those she her him his our your their its wants want needs need says asked told tells
    lives died works moved got came went does did would could should might must about
    after before because since while until against without very really too much more all
    any some one two three four five six seven eight nine ten old new own dear love going
    being like lost left right back home work sick ill dead alive married divorced single
    pregnant are die das der den keeps kept made make let lets thinks thought hates loves
    likes calls broke took take gave give
    """.split()  # noqa: SIM905
)


def find_related_names(text: str, words: Sequence[Token]) -> Iterator[PiiFinding]:
    """Yield names that follow a word for a relation or an introduction.

    Args:
        words: the tokens of the text, in order.
    """
    previous = ""
    for index in range(len(words) - 1):
        _, end, token = words[index]
        cue = fold(token).replace("’", "'")
        pair, previous = f"{previous} {cue}", cue
        is_closing = cue in _CLOSINGS
        if not (cue in _RELATIONS or is_closing or cue in _FIRST_NAME_NEEDED or pair in _PAIRS):
            continue
        next_start, _, name = words[index + 1]
        gap = text[end:next_start]
        if gap.strip(" .,\n") or "\n\n\n" in gap or (gap != " " and not is_closing and gap != ". "):
            continue
        last = _end_of_name(text, words, index + 1)
        if _is_name(name, is_strict=is_closing or cue in _FIRST_NAME_NEEDED):
            yield PiiFinding(next_start, words[last][1], "PERSON", _SCORE, "rule")


def _end_of_name(text: str, words: Sequence[Token], first: int) -> int:
    """Index of the last token of the name that begins at `first`, in the same letter case."""
    last = first
    is_lower = words[first][2].islower()
    while last + 1 < len(words) and last - first < 4:
        start, _, token = words[last + 1]
        if text[words[last][1] : start] not in (" ", "-"):
            break
        folded = fold(token)
        if is_lower:
            kind_is_name = folded in word_list("last") or folded in word_list("first")
            if not kind_is_name or _is_common(folded) or last > first:
                break
        elif not token[0].isupper() and token not in PARTICLES:
            break
        last += 1
    while last > first and words[last][2] in PARTICLES:
        last -= 1
    return last


def _is_name(token: str, *, is_strict: bool) -> bool:
    """Whether a token can be a name after a cue; a lower-case common word must be a first name.

    Args:
        is_strict: whether a lower-case token must be a listed first name in any case.
    """
    folded = fold(token)
    if len(folded) < 3 or folded in _NOT_NAMES or folded in word_list("function_words"):
        return False
    is_first = folded in word_list("first")
    if token[0].isupper():
        return not _is_common(folded) or is_first or folded in word_list("last")
    if _is_common(folded):
        return is_first and len(folded) > 3 and not is_strict
    return is_first or not is_strict


def _is_common(folded: str) -> bool:
    return folded in word_list("words") or folded in word_list("function_words")
