"""Long numbers and codes without a word before them, and codes of banks."""

from __future__ import annotations

import re

from vstk.anonymiser.rule import Rule


def _is_long_number(text: str) -> bool | None:
    """Reject round numbers, times of Unix in seconds and milliseconds, and article numbers."""
    if len(set(text)) < 4 or text.endswith("000") or re.fullmatch(r"1[4-9]\d{8}(?:\d{3})?", text):
        return False
    return False if len(text) in (8, 12, 13) and _is_article_number(text) else None


def _is_article_number(digits: str) -> bool:
    """Whether the last digit is the check digit of GS1's GTIN."""
    weighted = sum(int(d) * (3 if place % 2 == 0 else 1) for place, d in enumerate(digits[-2::-1]))
    return (weighted + int(digits[-1])) % 10 == 0


LONG_NUMBER = Rule(
    "ID_NUMBER",
    (r"(?<![\w.,:/=$€£#+-])\d{9,22}(?![\w:/=%]|[.,-]\d)", 0.5),
    (r"(?<![\w.,:/=$€£#+-])\d{3}-\d{9,11}(?![\w:/=%-])", 0.6),
    source="numbers of nine digits or more in prose name things of one person: accounts, cards, cases",
    validate=_is_long_number,
    name="vstk_long_number",
    needs=r"\d{9}",
    in_code=False,
)

LETTERED_NUMBER = Rule(
    "ID_NUMBER",
    (
        r"(?<![\w./:#=-])(?!(?:KB|CVE|ISO|IEC|EN|DIN|RFC|SKU)\d)(?=[A-Z0-9]{0,14}\d{3})(?=(?:[A-Z]{0,8}\d){5})(?=[0-9]{0,14}[A-Z])[A-Z0-9]{8,16}(?![\w=(/-]|\.\w)",
        0.5,
    ),
    (r"(?<![\w./-])(\d{4})([ -])\d{4}\2\d{4}(?![\w/-]|[.,]\d)", 0.55),
    (r"(?<![\w./-])\d{1,4}\.\d{3}\.\d{3}(?![\w/-]|[.,]\d)", 0.1),
    source="numbers of identity documents, devices and patients: letters and five digits or more",
    name="vstk_lettered_number",
    validate=lambda text: False if re.fullmatch(r"(?:(?:19|20)\d\d\D?){3}", text) else None,
    context=(
        "police",
        "policy",
        "polizza",
        "kunde",
        "customer",
        "booking",
        "conf",
        "hotel",
        "vertrag",
    ),
    needs=r"\d{3}",
    in_code=False,
)

BIC = Rule(
    "BANK_ACCOUNT",
    (
        r"(?i)(?<!\p{L})(?:bic|swift)(?: ?code)?\s?[:=]?\s(?P<v>(?-i:[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?))(?!\w)",
        0.85,
    ),
    source="ISO 9362",
    name="vstk_bic",
    needs=r"(?i)bic|swift",
)

RULES = (LONG_NUMBER, LETTERED_NUMBER, BIC)
