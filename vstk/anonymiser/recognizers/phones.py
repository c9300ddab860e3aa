"""Telephone numbers."""

from __future__ import annotations

import re

from vstk.anonymiser.rule import Rule


def _is_phone_number(text: str) -> bool | None:
    """Accept 7 to 15 digits (E.164), three of them different, that are not dates or years."""
    digits = re.sub(r"\D", "", re.split(r"(?i)\s?(?:x|ext)", text)[0])
    if not 7 <= len(digits) <= 15 or len(set(digits)) < 3:
        return False
    if re.fullmatch(r"(?:19|20)\d\d[-./ ][01]?\d[-./ ][0-3]?\d", text.strip()):
        return False
    if re.fullmatch(r"[0-3]?\d[-./ ][01]?\d[-./ ](?:19|20)\d\d", text.strip()):
        return False
    if re.fullmatch(r"(?:(?:19|20)\d\d\s?[-–/]\s?){1,3}(?:19|20)\d\d", text.strip()):
        return False
    return None


_EXTENSION = r"(?:\s{0,2}(?:x|ext\.?|extension|#)\s{0,2}\d{1,6})?"
PHONE = Rule(
    "PHONE_NUMBER",
    (
        r"(?<![\w+])\+\s?\d{1,3}[\s./-]{0,2}(?:\(0?\d{1,5}\)[\s./-]{0,2})?\d(?:[\s./-]{0,2}\d){5,12}"
        + _EXTENSION
        + r"(?!\d)",
        0.95,
    ),
    (r"(?<![\w+.-])00\d{1,3}[\s./-](?:\(?\d{1,5}\)?[\s./-]{1,2}){1,4}\d{2,5}(?!\d)", 0.85),
    (
        r"(?<![\w.,+-])(?:(?:\+?1|001)[\s.-]{1,2})?\(?\d{3}\)?[\s.-]{1,2}\d{3}[\s.-]{1,2}\d{4}"
        + _EXTENSION
        + r"(?![\d-])",
        0.85,
    ),
    (r"(?<![\w.,+-])\(\d{3}\)\s?\d{3}[\s.-]?\d{4}" + _EXTENSION + r"(?!\d)", 0.9),
    (r"(?<![\w.,+-])(?:1[.-])?\d{3}[.-]\d{3}[.-]\d{4}\s?x\s?\d{1,6}(?!\d)", 0.95),
    (r"(?<![\w.,+-])\d{10}x\d{1,6}(?!\d)", 0.95),
    (r"(?<![\w.,+/-])0\d{1,4}[\s/-]\d{2,4}(?:[\s-]\d{2,5}){1,4}(?![\d/.-])", 0.75),
    (r"(?<![\w.,+-])\(0\d{1,4}\)\s?\d{2,4}(?:[\s-]?\d{2,5}){1,3}(?!\d)", 0.85),
    (r"(?<![\w.,+-])0\d(?:[\s.-]\d{2}){4}(?!\d)", 0.85),
    (r"(?<![\w.,+-])\(\d{1,5}\)[\s-]?\d{2,4}(?:[\s-]?\d{2,5}){1,3}(?!\d)", 0.6),
    (r"(?<![\w.,+/-])\d{2,5}(?:[ .-]\d{2,5}){2,4}(?![\w/]|[.,]\d)", 0.3),
    (r"(?<![\w.,+/-])\d{7,11}(?![\w/]|[.,]\d)", 0.2),
    (r"(?<![\w.,+-])0\d{9,10}(?![\d.,])", 0.55),
    (r"(?<![A-Za-z0-9.,+-])1[3-9]\d(?:[\s-]?\d{4}){2}(?![A-Za-z0-9-])", 0.7),
    (r"(?<![\w.,+/-])\d{2,4}(?:[ -]\d{3,4}){2}(?![\w/-]|[.,]\d)", 0.45),
    (r"(?<![\w.,+/-])\d{3}-\d{4}(?![\w/-]|[.,]\d)", 0.4),
    (r"(?<![\w.,+/-])[2-9]\d{9}(?![\w.,])", 0.3),
    (
        r"(?i)(?<![a-z])(?:phone|tel|telephone|mobile|cell(?:phone)?|fax|whatsapp|hotline|handy"
        r"|telefon|téléphone|teléfono|móvil|telefono|cellulare|telefoon|call|ring|text|sms)"
        r"(?: ?(?:no|nr|number|#))?[.:]{0,2}\s{0,3}(?:me |us |him |her |them )?(?:is |at |on |under )?(?:: ?)?"
        r"(?P<v>[+(]{0,2}\d[\d ()./-]{5,22}\d)" + _EXTENSION + r"(?!\d)",
        0.85,
        "phone|tel|mob|cell|fax|what|hotline|handy|télé|móvil|call|ring|text|sms",
    ),
    source="ITU-T E.164 (15 digits at most) and E.123; national forms after libphonenumber",
    validate=_is_phone_number,
    context=(
        "phone",
        "call",
        "tel",
        "mobile",
        "cell",
        "number",
        "contact",
        "fax",
        "whatsapp",
        "text",
        "reach",
        "telefon",
        "handy",
        "sms",
        "ring",
        "dial",
        "office",
        "mobile",
        "home",
        "work",
    ),
    needs=r"\d{2}",
    in_code=True,
)

RULES = (PHONE,)
