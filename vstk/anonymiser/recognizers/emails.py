"""E-mail addresses, as written and as spelled out."""

from __future__ import annotations

import re

from vstk.anonymiser.rule import Rule

EMAIL = Rule(
    "EMAIL_ADDRESS",
    (r"(?<![\w.%+-])[\w.%+'-]{1,64}@(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}(?![\w@])", 1.0),
    (r"(?<![\w.%+@-])[\w.%+-]{2,64}@[^\W\d_][\w-]{1,62}(?![\w@(]|\.\w)", 0.6, "@"),
    source="RFC 5322 section 3.4.1, without quoted local parts; RFC 6531 for other scripts",
    needs="@",
    in_code=True,
)

_AT = r"(?:\s?[\[({<]\s?at\s?[\])}>]\s?|\s(?:at|AT|chez|arroba)\s)"
_DOT = r"(?:\s?[\[({<]\s?dot\s?[\])}>]\s?|\s(?:dot|DOT|punkt|punto|point)\s)"
EMAIL_SPELLED = Rule(
    "EMAIL_ADDRESS",
    (
        rf"(?<![\w.%+-])[\w%+-]{{1,64}}(?:(?:{_DOT}|\.)[\w%+-]{{1,64}}){{0,2}}(?:{_AT}|@)"
        rf"[\w-]{{1,63}}(?:{_DOT}|\.)(?:[\w-]{{2,63}}(?:{_DOT}|\.))?[a-zA-Z]{{2,10}}(?!\w)",
        0.9,
        "dot|punkt|punto|point|mail|yahoo|outlook|icloud|gmx|live|aol|msn",
    ),
    (
        rf"(?i)(?<![\w.%+-])[\w.%+-]{{2,64}}{_AT}"
        r"(?:gmail|googlemail|yahoo|hotmail|outlook|icloud|protonmail|gmx|live|aol|msn)(?:\.\w{2,4})?(?!\w)",
        0.9,
        "mail|yahoo|outlook|icloud|gmx|live|aol|msn",
    ),
    source="ways of writing an address that people use to keep it from collectors",
    validate=lambda text: (
        None
        if re.search(r"(?i)dot|punkt|punto|point|mail|yahoo|outlook|icloud|gmx|live|aol|msn", text)
        else False
    ),
    name="vstk_email_spelled",
    needs=r"(?i)\bat\b|@|\bdot\b|arroba|chez",
)

RULES = (EMAIL, EMAIL_SPELLED)
