"""Ages, dates of birth, family status and other dates."""

from __future__ import annotations

import re

from vstk.anonymiser.rule import Rule

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sep(?:t(?:ember)?)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_MONTH_IN_OTHER_LANGUAGES = (
    r"(?:januar|februar|märz|mai|juni|juli|oktober|dezember|janvier|février|mars|avril|juin|juillet|août"
    r"|septembre|octobre|novembre|décembre|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre"
    r"|octubre|noviembre|diciembre|gennaio|febbraio|aprile|maggio|giugno|luglio|settembre|ottobre"
    r"|dicembre|janeiro|fevereiro|março|maio|junho|julho|setembro|outubro|novembro|dezembro|januari"
    r"|februari|maart|mei|augustus)"
)
_DAY = r"[0-3]?\d(?:st|nd|rd|th)?"

DATE = Rule(
    "DATE_TIME",
    (
        r"(?<![\d/.-])(?:19|20)\d\d[-/.](?:0?[1-9]|1[0-2])[-/.](?:[0-2]?\d|3[01])(?:[T ]\d{1,2}:\d{2}(?::\d{2})?(?:\.\d{1,6})?Z?)?(?![\d/-])",
        0.85,
    ),
    (r"(?<![\d/.-])(?:[0-2]?\d|3[01])[/.-](?:[0-2]?\d|3[01])[/.-](?:19|20)\d\d(?![\d/-])", 0.85),
    (r"(?<![\d/.-])(?:[0-2]?\d|3[01])([/.])(?:[0-2]?\d|3[01])\1\d\d(?![\d/.-])", 0.6),
    (
        rf"(?i)(?<!\w){_DAY}(?: of|\.)?[\s-](?:de )?(?:{_MONTH}|{_MONTH_IN_OTHER_LANGUAGES})\.?(?:,?[\s-](?:de )?(?:19|20)?\d\d)?(?!\w)",
        0.85,
    ),
    (rf"(?i)(?<!\w){_MONTH}\.?\s{_DAY}(?:,?\s(?:19|20)\d\d)?(?![\w:])", 0.85),
    (
        rf"(?i)(?<!\w)(?:{_MONTH}|{_MONTH_IN_OTHER_LANGUAGES})\.?,?\s(?:of )?(?:19|20)\d\d(?!\w)",
        0.8,
    ),
    (r"(?<![\w.,/$€£¥#:+*=%-])(?<![=+*] )(?:19[2-9]|20[0-4])\d(?![\w%/*+=:-]|[.,]\d)", 0.5),
    source="ISO 8601; dates as written in words",
    needs=r"\d",
    in_code=False,
)

DATE_OF_BIRTH = Rule(
    "DATE_OF_BIRTH",
    (
        r"(?i)(?<!\w)(?:d\.?o\.?b\.?|date of birth|birth ?date|birthday|born(?: on| in)?|geburtsdatum|geboren(?: am)?|né(?:e)? le"
        r"|date de naissance|fecha de nacimiento|nacid[oa] el|data di nascita|nat[oa] il|geboortedatum)"
        r"\s{0,2}(?:is|was|:|=|on)?\s{0,3}[\"']?(?P<v>[0-3]?\d[\s./-]{1,2}(?:\d{1,2}|\p{L}{3,10})[\s./-]{1,2}\d{2,4}"
        r"|(?:19|20)\d\d[./-]\d{1,2}[./-]\d{1,2}|\p{L}{3,9}\.? [0-3]?\d(?:st|nd|rd|th)?,? (?:19|20)\d\d|(?:19|20)\d\d)(?!\d)",
        0.95,
    ),
    source="the field names of common forms; GDPR recital 26 on indirect identifiers",
    needs=r"\d",
)

_NUMBER = r"(?:\d{1,3}|(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:[- ](?:one|two|three|four|five|six|seven|eight|nine))?|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen)"


def _is_age(text: str) -> bool | None:
    number = re.match(r"\d+", text)
    return False if number and not 0 < int(number.group()) <= 119 else None


AGE = Rule(
    "AGE",
    (rf"(?i)(?<![\w.$€£])(?P<v>{_NUMBER}(?:[- ]| and a half )years?[- ]olds?)(?!\w)", 0.9, "year"),
    (
        rf"(?i)(?<![\w.$€£])(?P<v>{_NUMBER}[- ]?(?:y/o|yo|yrs?\.? old|months? old|weeks? old))(?!\w)",
        0.9,
        "y/o|yo|yr|month|week",
    ),
    (
        rf"(?i)(?<!\w)(?:aged?|age of|age is|age:|alter:?|edad:?|âge:?)\s{{0,2}}(?P<v>{_NUMBER}(?: years)?)(?![\w%]|\.\d)",
        0.85,
        "age|alter|edad|âge",
    ),
    (
        r"(?i)(?<!\w)(?:i am|i'm|im|she is|she's|he is|he's|(?:he|she|i) was|who is|turn|turning|turned|turns)\s(?:now |only |just |about |almost )?(?P<v>\d{1,3})(?=\s?(?:[.,;!?)\n]|and\b|but\b|now\b|this\b|next\b|today\b|years?\b|$))(?!\s?(?:minutes|miles|km|percent|%))",
        0.75,
    ),
    (
        rf"(?i)(?<!\p{{L}})(?:she|he|they|i)(?:['’]?s|['’]?m| is| was| am)? (?:only |just |now |still |already |about |almost ){{1,2}}(?P<v>{_NUMBER})(?!\w|\.\d| (?:minutes|miles|km|percent|days|hours|weeks|of|more|in)|%)",
        0.7,
    ),
    (
        r"(?i)(?<!\p{L})(?:man|woman|boy|girl|client|patient|lady|guy|kid|child|mandant|mandantin|patientin|kunde|kundin|sie|er|elle|il|ella|él|lei|lui|ela|ele|zij|ze|hij)"
        r" (?:is|was|ist|war|est|tiene|ha|tem|wordt|wird)(?: erst| schon| nur| now| only)? (?P<v>[1-9]\d?)(?=\s?(?:[.,;!?)\n]|and\b|und\b|et\b|en\b|$))",
        0.7,
    ),
    (
        r"(?i)(?<=[,(] ?)(?P<v>[1-9]\d?) ?(?:yrs?|years|jahre|ans|años|anni|anos|jaar)(?=[,.;)]| (?:old|and|single|male|female))",
        0.7,
    ),
    (
        r"(?i)(?<!\p{L})(?:a|ha|tiene|tem|ist|is) (?P<v>(?:quinze|seize|treize|douze|onze|quatorze|dix-sept|dix-huit|veinte|quince|dieciséis|diecisiete|sedici|diciassette|diciotto|quindici|dezesseis|dezessete|dezoito|sechzehn|siebzehn|achtzehn|zestien|zeventien|achttien)) (?:ans|años|anni|anos|jahre|jaar)(?!\p{L})",
        0.85,
        "ans|años|anni|anos|jahre|jaar",
    ),
    (r"(?<![\w.])(?P<v>[1-9]\d)\s?[/-]?\s?(?:[mMfF])(?![\w'’])(?=[\s,.)])", 0.3),
    (r"(?<!\w)(?:[MF])\s?[/,]?\s?(?P<v>[1-9]\d)(?![\w%:]|\.\d)", 0.3),
    (
        r"(?i)(?<![\w.$€£])(?P<v>\d{1,3}\s(?:ans|jahre alt|años|anni|anos de idade|jaar oud))(?!\w)",
        0.8,
    ),
    source="HIPAA Safe Harbor, 45 CFR 164.514(b)(2)(i)(C), which counts ages among identifiers",
    validate=_is_age,
    context=(
        *("age", "patient", "male", "female", "gender", "sex", "pt", "mr", "mrs", "ms", "admitted"),
        *("hx", "nhs", "dob", "mrn"),
    ),
    in_code=False,
)

_COUNT = r"(?:\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten)"
FAMILY = Rule(
    "FAMILY",
    (
        rf"(?i)(?<!\w)(?:(?:single |proud |busy )?(?:father|mother|dad|daddy|mom|mum|mommy|parent|grandmother|grandfather|grandma|grandpa)s? (?:of|to) {_COUNT})(?:\s(?:\w{{3,12}}\s)?(?:kids|children|boys|girls|sons|daughters))?(?!\w)",
        0.8,
        "father|mother|dad|mom|mum|parent|grand",
    ),
    (
        rf"(?i)(?<!\w)(?:my |our |his |her |their |have |has |had |raising |with |and |the )(?P<v>{_COUNT} (?:\w{{3,12}} )?(?:kids?|children|kiddos?|sons?|daughters?|brothers?|sisters?|siblings|grandchildren|grandkids))(?!\w)",
        0.7,
        "kid|child|son|daughter|brother|sister|sibling|grand",
    ),
    (
        r"(?i)(?<!\w)(?:i am|i'm|im|is|was|are|were|got|being|am|been|recently|newly|happily|status:?) (?P<v>married|divorced|widowed|separated|engaged|pregnant|single|adopted|orphaned)(?=\s?(?:[,.;!?\n)]|to\b|with\b|and\b|for\b|since\b|in\b|at\b|but\b|from\b|mom|mum|mother|dad|father|$))",
        0.6,
        "married|divorced|widowed|separated|engaged|pregnant|single|adopted|orphaned",
    ),
    (
        r"(?i)(?<!\w)(?P<v>married|divorced|widowed|engaged|separated)(?= (?:to|life|parent|mother|father|mom|mum|dad|man|woman|couple|with)\b)",
        0.6,
        "married|divorced|widowed|engaged|separated",
    ),
    source="family status and dependants, quasi-identifiers in the sense of ISO/IEC 20889:2018, 3.28",
    needs=r"[a-z]",
    in_code=False,
)

RULES = (FAMILY, DATE_OF_BIRTH, AGE, DATE)
