"""Quasi-identifiers: occupations, sums of money, institutions and periods of time."""

from __future__ import annotations

from vstk.anonymiser.gazetteers import fold, word_list
from vstk.anonymiser.rule import Rule

_WHO = (
    r"(?:(?:i|he|she|who|we|they|applicant|father|mother|dad|mom|mum|husband|wife|brother|sister|son|daughter|partner|friend|boss)"
    r"(?:['’](?:m|ve|s|d|re)| am| is| was| are| were| has| have| had| been| also| currently| now| just| used to| still| once| later| first){0,3})"
)
_NOT_WORK = r"(?!(?:a|an|the|it|well|result|whole|team|group|part|way|means|usual|expected|intended|if|you|we|charm|single|last)\b)"
_STOP = r"(?!(?:and|at|in|for|with|on|the|to|of|from|since|but|who|that|which|by|until|when|where|as|or|while|then|because|is|was|has|had|my|i|he|she)\b)"
_JOB = (
    r"(?:(?:[a-z]{3,14} ){0,2}(?:teacher|professor|lecturer|lawyer|attorney|solicitor|barrister|advocate|judge|doctor|physician|surgeon|dentist|nurse|midwife"
    r"|pharmacist|therapist|psychologist|psychiatrist|engineer|programmer|developer|architect|accountant|auditor|bookkeeper|journalist|editor|writer|author|novelist|poet"
    r"|photographer|designer|musician|singer|actor|actress|painter|chef|cook|waiter|waitress|bartender|baker|butcher|barista|plumber|electrician|carpenter|mechanic|welder"
    r"|driver|pilot|sailor|soldier|firefighter|police officer|policeman|policewoman|detective|guard|watchman|paramedic|farmer|fisherman|gardener|cleaner|janitor|nanny"
    r"|babysitter|secretary|receptionist|librarian|cashier|clerk|salesman|saleswoman|salesperson|realtor|estate agent|hairdresser|barber|tailor|priest|pastor|rabbi|imam|monk|nun"
    r"|politician|diplomat|civil servant|social worker|veterinarian|vet|biologist|chemist|physicist|mathematician|economist|statistician|consultant|recruiter|banker|broker"
    r"|trader|freelancer|contractor|entrepreneur|student|intern|apprentice|retiree|pensioner|veteran|refugee|immigrant))"
)
OCCUPATION = Rule(
    "OCCUPATION",
    (
        rf"(?i)(?<!\w){_WHO} (?:work(?:s|ed|ing)?|employed|serv(?:e|es|ed|ing)|qualified|trained|practi[sc](?:e|es|ed|ing)) as (?:an? |the )?"
        rf"(?P<v>{_NOT_WORK}\p{{L}}{{3,20}}(?:[ -]{_STOP}\p{{L}}{{2,20}}){{0,3}})",
        0.6,
        " as ",
    ),
    (rf"(?i)(?<!\w){_WHO},? (?:an? |the )(?P<v>{_JOB})(?!\w)", 0.6),
    (
        r"(?i)(?<!\w)an? (?P<v>\p{L}{3,20}(?: \p{L}{3,20}){0,2}) by (?:profession|trade|occupation)",
        0.7,
        " by ",
    ),
    (
        r"(?i)(?<!\w)(?:job title|occupation|profession)\s?[:=]\s?(?P<v>\p{L}{3,20}(?: \p{L}{2,20}){0,3})",
        0.7,
        ":|=",
    ),
    source="occupation, a quasi-identifier: ISO/IEC 20889:2018, 3.28; titles of ISCO-08",
    name="vstk_occupation",
    needs=r"[A-Za-z]{4}",
    in_code=False,
)

_CODE = r"(?:USD|EUR|GBP|CHF|SEK|NOK|DKK|PLN|CZK|HUF|RON|TRY|TRL|INR|JPY|CNY|RMB|AUD|CAD|NZD|ZAR|BRL|MXN|ATS|DEM|FRF|ITL)"
_EXACT = r"(?:\d{1,4}(?:[.,]\d{1,3})? ?(?:million|billion|thousand|lakhs?|crores?)|\d{1,3}(?:[,.  ]\d{3}){1,4}(?:[.,]\d{1,2})?|\d{4,12}(?:[.,]\d{1,2})?|\d{1,4}[.,]\d{1,2})"
_ABOUT = r"(?:(?:approximately|about|around|nearly|over|almost|ca\.) )?"
_UNIT = r"(?:euros?|dollars?|pounds?(?: sterling)?|francs?|kron[aeo]r?|liras?|lira|rupees?|yen|yuan|zloty\w?|roubles?|rubles?|pesos?|reais|marks?|guilders?|schillings?)"
# Complements `numbers.MONEY`: also covers the words around a sum, such as "approximately".
AMOUNT = Rule(
    "MONEY",
    (rf"(?<![\w$]){_ABOUT}{_CODE} ?{_EXACT}(?!\w|[.,]\d)", 0.6),
    (
        rf"(?<![\w$.,]){_ABOUT}{_EXACT} ?(?:(?:\p{{Lu}}\p{{L}}{{2,12}} )?(?i:{_UNIT})|{_CODE})(?!\w)(?: ?\((?:{_CODE}|[^()\n]{{1,40}}\d[^()\n]{{0,20}})\))?",
        0.6,
    ),
    (
        r"(?i)(?<!\w)(?:salary|income|wages?|paid|earn(?:s|ed|ing)?|rent|mortgage|debts?|owes?|loan|price)(?: \w{1,12}){0,3}:? "
        rf"(?P<v>{_ABOUT}[$€£¥₹] ?(?:{_EXACT}|\d{{2,3}} ?k))(?!\w|[$]|[.,]\d)",
        0.6,
    ),
    source="ISO 4217, codes of currencies; income and debts are quasi-identifiers (HIPAA's expert method)",
    name="vstk_amount",
    needs=r"\d{2}|\d ",
    in_code=False,
)

_CAP = r"[\p{Lu}][\p{L}'’-]{1,25}"
_BODY = (
    r"(?:Court|Ministry|Authority|Police|Prison|Embassy|Consulate|Council|Committee|Commission|Tribunal|Parliament|Party|Union|Agency|Department|Office"
    r"|Bureau|Board|Church|Parish|Museum|Library|Airport|Academy|Cathedral|Theatre|Stadium|Municipality|Prefecture|Witnesses|Society|Club|Government)"
)


def _contains_uncommon_word(text: str) -> bool | None:
    """Reject names of common words only ("Supreme Court"), which identify no institution."""
    tokens = [fold(token.strip(".,()'’“”-")) for token in text.split()]
    return None if any(token and token not in word_list("words") for token in tokens) else False


INSTITUTION = Rule(
    "ORGANIZATION",
    (
        rf"(?<![\p{{L}}\d.])(?:{_CAP}\s){{1,4}}{_BODY}(?:['’]s)?(?:\s(?:of|for)\s(?:the\s)?{_CAP}(?:\s{_CAP}){{0,3}})?"
        r"(?:\s\([^()\n]{2,60}\))?(?!\p{L})",
        0.55,
    ),
    source="kinds of public bodies, in the words of the EU's Interinstitutional Style Guide",
    validate=_contains_uncommon_word,
    name="vstk_institution",
    needs=r"\p{Lu}\p{Ll}+\s\p{Lu}",
    in_code=False,
)

_MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December)"
)
_ONE = rf"[0-3]?\d(?: {_MONTH})?(?: (?:19|20)\d\d)?"
PERIOD = Rule(
    "DATE_TIME",
    (
        rf"(?<!\w)(?:(?i:between|from) )?{_ONE}(?:(?:, | and | to | or | until ){_ONE}){{1,3}}(?<={_MONTH}(?: (?:19|20)\d\d)?)(?!\w)",
        0.85,
        "january|february|march|april|may|june|july|august|september|october|november|december",
    ),
    (
        r"(?<![\w.,/-])(?:19|20)\d\d(?:, (?:19|20)\d\d){0,4},? (?:and|or|to) (?:19|20)\d\d(?![\w.,/-]\d)",
        0.7,
    ),
    source='periods of time, as in "between 3 March 1993 and 4 December 1994"',
    name="vstk_spell",
    needs=r"\d\d",
    in_code=False,
)

RULES = (OCCUPATION, AMOUNT, INSTITUTION, PERIOD)
