"""Numbers and words spelled out, as in transcripts of speech."""

from __future__ import annotations

import regex

from vstk.anonymiser.rule import Rule

_DIGITS = {
    "en": "zero|oh|one|two|three|four|five|six|seven|eight|nine|double|triple",
    "de": "null|eins?|zwei|zwo|drei|vier|fünf|sechs|sieben|acht|neun",
    "fr": "zéro|une?|deux|trois|quatre|cinq|six|sept|huit|neuf",
    "es": "cero|uno?|dos|tres|cuatro|cinco|seis|siete|ocho|nueve",
    "it": "zero|uno|due|tre|quattro|cinque|sei|sette|otto|nove",
    "pt": "zero|um|dois|duas|três|quatro|cinco|seis|meia|sete|oito|nove",
    "nl": "nul|een|één|twee|drie|vier|vijf|zes|zeven|acht|negen",
}
_TENS = {
    "en": "ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|point|dash|minus|dot|north|south|east|west",
    "de": "zehn|elf|zwölf|zwanzig|dreißig|vierzig|fünfzig|sechzig|siebzig|achtzig|neunzig|hundert|komma|punkt|strich|\\p{L}{3,7}und(?:zwanzig|dreißig|vierzig|fünfzig|sechzig|siebzig|achtzig|neunzig)",
    "fr": "dix|onze|douze|treize|quatorze|quinze|seize|vingts?|trente|quarante|cinquante|soixante|cents?|virgule|point|tiret|et(?= un)",
    "es": "diez|once|doce|trece|catorce|quince|veinte|veinti\\p{L}{3,6}|treinta|cuarenta|cincuenta|sesenta|setenta|ochenta|noventa|cien(?:to)?|punto|guion|y",
    "it": "dieci|undici|dodici|venti\\p{L}{0,7}|trenta\\p{L}{0,7}|quaranta\\p{L}{0,7}|cinquanta\\p{L}{0,7}|sessanta\\p{L}{0,7}|settanta\\p{L}{0,7}|ottanta\\p{L}{0,7}|novanta\\p{L}{0,7}|cento|punto|virgola|trattino",
    "pt": "dez|onze|doze|treze|quatorze|quinze|vinte|trinta|quarenta|cinquenta|sessenta|setenta|oitenta|noventa|cem|cento|ponto|traço|e",
    "nl": "tien|elf|twaalf|twintig|dertig|veertig|vijftig|zestig|zeventig|tachtig|negentig|honderd|punt|komma|streepje|\\p{L}{3,6}(?:en|ën)(?:twintig|dertig|veertig|vijftig|zestig|zeventig|tachtig|negentig)",
}


def _run(language: str, least: int) -> str:
    """A run of at least so many digit words; tens, letters and marks may stand between."""
    digit = rf"(?:{_DIGITS[language]})"
    other = rf"(?:{_DIGITS[language]}|{_TENS[language]}|\p{{L}}(?!['’]))"
    gap = r"(?:[ ,-]{1,2})"
    return (
        rf"(?i)(?<![\p{{L}}\d'’])(?:(?:\p{{L}}(?: (?:as in|wie|comme|de|di|come) \p{{L}}{{2,12}})?|{_TENS[language]}){gap}){{0,6}}"
        rf"{digit}(?:{gap}{other}){{{least - 1},24}}(?![\p{{L}}\d'’])"
    )


_ANY_DIGIT = "|".join(_DIGITS.values())


def _has_digits(text: str) -> bool | None:
    """Accept four digit words or more; counting ("one two three") is no number of anybody."""
    words = regex.findall(rf"(?i)(?<!\p{{L}})(?:{_ANY_DIGIT})(?!\p{{L}})", text)
    return None if len(words) >= 4 and len(set(words)) >= 2 else False


SPOKEN_NUMBER = Rule(
    "SPOKEN_NUMBER",
    *((_run(language, 4), 0.7) for language in _DIGITS),
    source="transcripts of telephone calls: digits said one by one",
    validate=_has_digits,
    needs=(
        r"(?i)(?<!\p{L})(?:"
        + _ANY_DIGIT
        + r")[ ,-]{1,2}(?:\p{L}{1,14}[ ,-]{1,2}){1,3}(?:"
        + _ANY_DIGIT
        + r")(?!\p{L})",
    ),
    in_code=False,
)

SPELLED_WORD = Rule(
    "SPELLED",
    (
        r"(?<![\p{L}\d'’.])(?:capital |maiuscola |groß )?\p{L}(?:(?: - |[ .-]|, )(?:capital |double )?\p{L}(?![\p{L}'’])){3,24}"
        r"(?:(?: (?:zero|oh|one|two|three|four|five|six|seven|eight|nine|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|dash|exclamation mark|dot|underscore|hash)){1,8})?(?![\p{L}\d'’])",
        0.7,
    ),
    (
        r"(?i)(?<!\p{L})(?:[a-z]{1,2} ){1,3}(?:(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|ten|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:ty|teen)? ?){1,3}"
        r"(?:[a-z] (?:(?:zero|oh|one|two|three|four|five|six|seven|eight|nine) ?){1,2}[a-z]?|[a-z] [a-z])(?!\p{L})",
        0.6,
    ),
    source="transcripts of telephone calls: names and codes spelled letter by letter",
    validate=lambda text: (
        False if text.replace(" ", "").replace(".", "") in ("abcd", "wxyz") else None
    ),
    name="vstk_spelled_word",
    needs=r"(?<!\p{L})\p{L}[ ,.-]{1,3}\p{L}[ ,.-]",
    in_code=False,
)

SPOKEN_DATE = Rule(
    "DATE_OF_BIRTH",
    (
        r"(?i)(?<!\p{L})(?:the )?(?:(?:january|february|march|april|may|june|july|august|september|october|november|december) "
        r"(?:the )?(?:twenty |thirty )?(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|thirteenth|fourteenth|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|twentieth|thirtieth)"
        r"|(?:twenty |thirty )?(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|thirteenth|fourteenth|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|twentieth|thirtieth) "
        r"(?:of )?(?:january|february|march|april|may|june|july|august|september|october|november|december)),? "
        r"(?:nineteen|twenty|two thousand)(?: (?:and|hundred|oh|\p{L}{3,9}ty|\p{L}{3,6}teen|ten|eleven|twelve|one|two|three|four|five|six|seven|eight|nine)){1,3}(?!\p{L})",
        0.85,
    ),
    source="dates as they are said",
    name="vstk_spoken_date",
    needs=r"(?i)nineteen|twenty|two thousand",
    in_code=False,
)

SPOKEN_EMAIL = Rule(
    "EMAIL_ADDRESS",
    (
        r"(?i)(?<![\w.])[\w-]{2,30}(?: (?:punto|punkt|point|ponto|punt|dot|underscore|trattino|guion|bindestrich) [\w-]{1,30}){0,3} "
        r"(?:chiocciola|arroba|arrobas|klammeraffe|apenstaartje|arobase) [\w-]{2,30}(?: (?:punto|punkt|point|ponto|punt|dot) [\w-]{2,20}){1,3}(?!\w)",
        0.9,
        "chiocciola|arroba|klammeraffe|apenstaartje|arobase",
    ),
    source="the words for @ in Italian, Spanish, Portuguese, German, Dutch and French",
    name="vstk_spoken_email",
    needs=r"(?i)chiocciola|arroba|klammeraffe|apenstaartje|arobase",
)

RULES = (SPOKEN_NUMBER, SPELLED_WORD, SPOKEN_DATE, SPOKEN_EMAIL)
