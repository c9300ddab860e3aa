"""Names found by the words around them, such as "my name is", "Dear" or "Dr"."""

from __future__ import annotations

from vstk.anonymiser.gazetteers import fold, word_list
from vstk.anonymiser.rule import Rule

_PART = r"\p{L}[\p{L}'’-]{0,29}"
_CAPITAL = r"\p{Lu}(?:\.|[\p{L}'’-]{1,29})"
_PARTICLE = r"(?:(?:van|von|de|der|den|la|del|da|di|dos|bin|ibn|al|el|le|ter|zu)\s){0,2}"
_FULL = rf"{_CAPITAL}(?:\s{_PARTICLE}{_CAPITAL}){{0,3}}"


def _contains_name(text: str) -> bool | None:
    """Accept a text with an uncommon word, or a capitalised one with a listed name."""
    tokens = [fold(token.strip(".'’-")) for token in text.split()]
    if any(token and token not in word_list("words") for token in tokens):
        return None
    known = [token in word_list("first") or token in word_list("last") for token in tokens]
    return None if any(known) and text[:1].isupper() else False


def _contains_uncommon_word(text: str) -> bool | None:
    """Reject texts of common words only: headings and beginnings of sentences."""
    tokens = [fold(token.strip(".,'’-")) for token in text.split()]
    unknown = sum(1 for token in tokens if token and token not in word_list("words"))
    return None if unknown else False


INTRODUCED = Rule(
    "PERSON",
    (
        rf"(?i)(?<!\w)(?:my|his|her|their|whose|the) (?:full |real |first |last |given |user|maiden )?name(?: is|'s|’s| was|:)\s{{1,2}}"
        rf"(?P<v>{_PART}(?:\s(?!(?:and|but|i|is|from|i'm|who|my|with|at|in|on|to|the|a|as|for|you|please|so|he|she)\b){_PART}){{0,2}})(?!\w)",
        0.75,
        "name",
    ),
    (
        rf"(?i)(?<!\w)(?:i'm called|i am called|people call me|they call me|ich heiße|je m['’]appelle|me llamo|mi chiamo|ik heet|chamo-me"
        rf"|mein name ist|mon nom est|mi nombre es|il mio nome è|mijn naam is|meu nome é|named|nicknamed|signed by|written by|authored by)\s{{1,2}}(?P<v>(?-i:{_FULL})|{_PART})(?!\w)",
        0.65,
        "call|heiße|appelle|llamo|chiamo|heet|chamo|named|name|nom|naam|written by|signed by|authored by",
    ),
    (rf"(?i)(?<!\w)(?P<v>(?:mr|mrs|ms|dr|prof)\.?\s{{1,2}}{_PART})(?!\w)", 0.6, "mr|ms|dr|prof"),
    (
        rf"(?i)(?<!\w)(?:dear|hi|hello|hey|thanks|thank you|cheers|bonjour|hola|hallo|ciao|liebe|lieber|cher|chère),?\s{{1,2}}(?P<v>{_PART}(?:\s(?-i:{_CAPITAL}))?)(?=\s?[,!.:\n]|$)",
        0.6,
        "dear|hi |hi,|hi\n|hello|hey|thank|cheers|bonjour|hola|hallo|ciao|liebe|cher|chère",
    ),
    (
        rf"(?im)(?:^|[.!?,]\s)(?:(?:best|kind|warm|many|sincerely|yours|kindest|with)\s)?(?:regards|wishes|sincerely|truly|faithfully|love|cheers|thanks|signed|mit freundlichen grüßen|cordialement|saludos),?\s{{1,4}}[-–—]?\s?(?P<v>(?-i:{_FULL})|{_PART}(?=\s*$))",
        0.6,
        "regards|wishes|sincerely|truly|faithfully|love|cheers|thanks|signed|grüßen|cordialement|saludos",
    ),
    (
        r"(?i)[\"'](?:first|last|full|given|family|middle|sur|display|user|customer|client|patient|employee|contact)?[ _-]?name[\"']\s{0,2}:\s{0,2}[\"'](?P<v>[^\"'\n{}<>$]{2,60})[\"']",
        0.75,
        "name\"|name'",
    ),
    (
        rf"(?im)^\W{{0,5}}(?:(?:full |first |last |given |family |customer |client |patient |employee |contact |account |applicant |student |candidate |legal )?name|contact(?: person)?|attn|attention|from|to|cc|author|applicant|patient|signed|beneficiary|cardholder|manager|supervisor|doctor|physician|client|customer|employee|student|candidate|owner|passenger|guest)\W{{0,4}}:\W{{0,5}}(?P<v>(?-i:{_FULL})|(?-i:{_PART}\s{_PART}(?=\s*$)))",
        0.65,
        ":",
    ),
    (
        rf"(?<![\p{{L}}.])(?:\p{{Lu}}\.\s?){{1,3}}(?:{_PARTICLE})\p{{Lu}}[\p{{L}}'’-]{{2,25}}(?![\p{{L}}])",
        0.6,
        ".",
    ),
    source="phrases to introduce, address and sign; the UK Foreign Office's forms of address",
    validate=_contains_name,
    name="vstk_introduced",
    needs=r"\p{L}",
)

TITLED = Rule(
    "PERSON",
    (
        rf"(?<![\p{{L}}])(?P<v>(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Professor|Sir|Madam|Dame|Lord|Lady|Herr|Frau|Mme|Mlle|Monsieur|Madame|Sr|Sra|Señor|Señora|Signor|Signora"
        rf"|Captain|Judge|Justice|Officer|Detective|Inspector|Sergeant|Senator|President|Nurse|Rev|Uncle|Aunt|Auntie|Grandma|Grandpa)\.?\s{{1,2}}{_FULL})",
        0.75,
        "mr|ms|miss|mx|dr|prof|sir|madam|dame|lord|lady|herr|frau|mme|mlle|monsieur|sr|señor|signor|captain|judge|justice|officer|detective|inspector|sergeant|senator|president|nurse|rev|uncle|aunt|grand",
    ),
    (
        rf"(?<!\p{{L}})(?P<v>{_FULL}),?\s(?:et\.? al|Esq|PhD|Ph\.D|MD|M\.D|Jr|Sr|RN|CPA)(?!\p{{L}})",
        0.7,
        "et al|et. al|esq|phd|ph.d|md|m.d|jr|sr|rn|cpa",
    ),
    source="titles and citation forms, next to which even a common word is a name",
    name="vstk_titled",
    needs=r"\p{Lu}",
)

_LEGAL_FORM = (
    r"Inc|LLC|L\.L\.C|Ltd|Limited|GmbH|AG|KG|Corp|Corporation|PLC|plc|LLP|Co|Company|S\.A|SA|SAS|SARL|S\.r\.l|SpA|S\.p\.A"
    r"|B\.V|BV|N\.V|Oy|AB|A/S|Pty|Pvt|Group|Holdings|Bank|University|College|Institute|Hospital|Clinic|School|Foundation|Association|Solutions|Technologies|Services|Partners|Associates"
)
_CAPITALS = r"[\p{Lu}\d][\p{L}\d&.'’-]{0,29}"
ORGANIZATION = Rule(
    "ORGANIZATION",
    (
        rf"(?<![\p{{L}}\d.])(?:{_CAPITALS},?\s){{1,4}}(?:(?:and|&)\s{_CAPITALS}\s)?(?:{_LEGAL_FORM})(?![\p{{L}}])\.?",
        0.6,
    ),
    (
        r"(?<![\p{L}.])\p{Lu}[\p{L}'’-]{2,25}, \p{Lu}[\p{L}'’-]{2,25} (?:and|&) \p{Lu}[\p{L}'’-]{2,25}(?!\p{L})",
        0.5,
    ),
    (
        rf"(?i)(?<!\w)(?:work(?:s|ed|ing)?|job|employed|employee|intern(?:ship)?|position|interview(?:ed|ing)?|hired|colleagues?|manager|engineer|ceo|founder) (?:for|at|by|of|with)\s(?:the )?(?P<v>(?-i:\p{{Lu}}[\p{{L}}\d&.'’-]{{1,29}}(?:\s{_CAPITALS}){{0,3}}))",
        0.55,
        "work|job|employ|intern|position|interview|hired|colleague|manager|engineer|ceo|founder",
    ),
    (
        r"(?<!\w)(?:at|from|join(?:ing|ed)?|@)\s(?P<v>[A-Z]{2,6})(?![\w/.-])",
        0.5,
    ),
    source="legal forms of companies: ISO 20275, entity legal forms",
    validate=_contains_uncommon_word,
    name="vstk_organization",
    needs=r"\p{Lu}",
    in_code=False,
)

REDACTED = Rule(
    "REDACTED",
    (r"<(?:PRESIDIO_ANONYMIZED_)[A-Z_]{3,40}>", 1.0),
    (r"\[(?:REDACTED|ANONYMI[SZ]ED)(?:_[A-Z]{2,20})*(?:_\d{1,4})?\]", 1.0),
    source="placeholders of other anonymisers, which vstk numbers like its own",
    name="vstk_redacted",
    needs=r"[<\[][A-Z]",
)

RULES = (INTRODUCED, TITLED, ORGANIZATION, REDACTED)
