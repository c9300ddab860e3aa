"""Telephone numbers in national form, without a cue, checked with libphonenumber.

A number in the national form of one of `REGIONS` is a finding if it is valid there and is
grouped as the region groups it, or has the trunk prefix or the length of a mobile number.
"""

from __future__ import annotations

import re

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from vstk.anonymiser.rule import Rule

REGIONS = (
    *(
        "GB",
        "US",
        "DE",
        "FR",
        "ES",
        "IT",
        "NL",
        "PT",
        "IN",
        "BR",
        "CN",
        "AU",
        "MX",
        "PL",
        "CH",
        "AT",
    ),
    *("BE", "IE", "SE", "JP", "KR", "ZA", "NG", "SG", "HK", "RU", "TR"),
)
"""Regions whose national forms are accepted (ISO 3166-1)."""

_MOBILE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)


def _groups(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"\d+", text))


def _is_national_number(text: str) -> bool | None:
    groups = _groups(text)
    digits = "".join(groups)
    if len(set(digits)) < 3 or re.fullmatch(r"(?:(?:19|20)\d\d\D){1,3}(?:19|20)\d\d", text):
        return False
    if re.fullmatch(
        r"[0-3]?\d[-./ ][0-3]?\d[-./ ](?:19|20)?\d\d|(?:19|20)\d\d[-./ ]\d\d?[-./ ]\d\d?", text
    ):
        return False
    for region in REGIONS:
        if _is_valid_in(text, groups, region):
            return None
    return False


def _is_valid_in(text: str, groups: tuple[str, ...], region: str) -> bool:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return False
    if not phonenumbers.is_valid_number_for_region(number, region):
        return _is_reserved_for_fiction(groups, region)
    national = _groups(phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL))
    if len(groups) == 1:
        has_trunk_prefix = groups[0].startswith("0") and len(groups[0]) >= 10
        is_mobile = phonenumbers.number_type(number) in _MOBILE and region in ("US", "IN")
        return has_trunk_prefix or (is_mobile and len(groups[0]) == 10)
    if len(groups) == 2 and len(groups[0]) == len(groups[1]) == 4:
        return region in ("SG", "HK") and groups == national
    international = _groups(phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL))[1:]
    return groups in (national, international) or (
        groups[0].startswith("0") and len(groups) <= 3 and len("".join(groups)) >= 9
    )


def _is_reserved_for_fiction(groups: tuple[str, ...], region: str) -> bool:
    """Whether the number is in a range for drama use, in the grouping of the region."""
    digits = "".join(groups)
    return {
        "US": len(digits) == 10 and digits[3:6] == "555" and digits[6:8] == "01",
        "GB": len(digits) == 11 and digits.startswith(("07700900", "01632960", "02079460")),
    }.get(region, False)


NATIONAL_PHONE = Rule(
    "PHONE_NUMBER",
    (
        r"(?<![\w+.#$€£/-]|\d,)(?:8 ?)?\(?\d{1,5}\)?(?:[ -]|(?<=\d)/(?=\d))\d{2,9}(?:[ -]\d{2,6}){0,4}(?![\w%]|[.,/:]\d|-\w)",
        0.6,
    ),
    (r"(?<![\w+.#$€£/=-]|\d,)(?:0\d{9,10}|[2-9]\d{9})(?![\w%]|[.,/:]\d|-\w)", 0.55),
    source="libphonenumber, metadata of the national numbering plans",
    validate=_is_national_number,
    name="vstk_national_phone",
    needs=r"\d[\d ()/-]{6}\d",
    in_code=False,
)

EXTENSION = Rule(
    "PHONE_NUMBER",
    (
        r"(?i)(?<![a-z])(?:ext(?:ension)?|dw|durchwahl|nebenstelle|poste|interno|int|ramal|anexo|extensión|toestel)\.?\s{0,2}[:#]?\s{0,2}"
        r"(?:is |number )?(?P<v>\d{3,6})(?!\d|[.,]\d|\w)",
        0.75,
    ),
    (r"(?<=\p{L} )[xX](?P<v>\d{4,5})(?!\w|\.\d)", 0.6),
    source="ITU-T E.123, section 2.5: extension numbers",
    name="vstk_extension",
    needs=r"\d{3}",
)

RULES = (NATIONAL_PHONE, EXTENSION)
