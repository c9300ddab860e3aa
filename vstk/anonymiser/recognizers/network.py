"""Network addresses and coordinates: IP, MAC, URL, latitude and longitude."""

from __future__ import annotations

import ipaddress
import re

from vstk.anonymiser.rule import Rule


def _is_ip_address(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text.split("/")[0].split("%")[0])
    except ValueError:
        return False
    return not (address.is_unspecified or address.is_loopback)


IP_ADDRESS = Rule(
    "IP_ADDRESS",
    (r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?:/\d{1,2})?(?![\w]|\.\d)", 0.9),
    (
        r"(?<![\w:.])(?=[0-9A-Fa-f]{0,4}:[0-9A-Fa-f]{0,4}:)[0-9A-Fa-f:]{3,39}"
        r"(?:%\w{1,15})?(?:/\d{1,3})?(?![\w:])",
        0.9,
    ),
    source="RFC 791 section 3.1; RFC 4291 section 2.2",
    validate=_is_ip_address,
    needs=r"\d[.:]|::",
)

MAC_ADDRESS = Rule(
    "MAC_ADDRESS",
    (r"(?<![\w:-])[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}(?![\w:-])", 0.95),
    (r"(?<![\w.])[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}(?![\w.])", 0.8),
    source="IEEE 802-2014, section 8.1; Cisco's dotted form",
    needs=r"[0-9A-Fa-f]{2}[:-][0-9A-Fa-f]{2}[:-]|[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}",
)

_TLD = (
    "com|org|net|edu|gov|mil|int|info|biz|io|ai|app|dev|me|co|tv|us|uk|de|fr|es|it|pt|nl|be|ch|at|"
    "ie|se|no|dk|fi|pl|cz|sk|hu|ro|bg|gr|ru|ua|tr|in|cn|jp|kr|hk|tw|sg|my|ph|id|th|vn|au|nz|za|ng|"
    "ke|eg|il|ae|sa|br|ar|mx|cl|ca|eu|xyz|online|site|shop|store|tech|blog|cloud|space|live|health"
)
URL = Rule(
    "URL",
    (r"(?i)(?<![a-z0-9+.-])(?:https?|wss?|ftp|sftp|ssh|git)://[^\s<>\"'`\\{}|^]{3,2000}", 0.9),
    (r"(?i)(?<![\w@./-])www\.[^\s<>\"'`\\{}|^]{3,500}", 0.9),
    (
        rf"(?<![\w@.$#/\\-])(?:[A-Za-z0-9][A-Za-z0-9-]{{0,62}}\.){{1,4}}(?:{_TLD})"
        r"(?:/[^\s<>\"'`\\{}|^]{0,500})?(?![\w(=-]|\.\w)",
        0.6,
    ),
    source="RFC 3986; for a bare host name, the larger top-level domains of IANA's list",
    validate=lambda text: (
        False
        if re.fullmatch(
            r"(?i)(?:https?://)?(?:localhost|127\.0\.0\.1|example\.(?:com|org|net))\S*", text
        )
        or re.search(r"[A-Z]\.(?:[A-Z]\.)?$", text)
        or re.fullmatch(r"\w\.\w\w", text)
        else None
    ),
    needs=r"\.\w",
)


def _is_coordinates(text: str) -> bool | None:
    numbers = re.findall(r"[+-]?\d{1,3}\.\d+", text)
    if len(numbers) == 2:
        return abs(float(numbers[0])) <= 90 and abs(float(numbers[1])) <= 180
    return None


COORDINATES = Rule(
    "COORDINATES",
    (
        r"(?<![\w.])[+-]?\d{1,2}\.\d{4,10}°?\s{0,2}[NS]?\s{0,2}[,;/ ]\s{0,2}(?:lon\w{0,6}[:= ]{0,3})?"
        r"[+-]?\d{1,3}\.\d{4,10}°?\s{0,2}[EW]?(?!\w|\.\d)",
        0.8,
    ),
    (
        r"(?i)(?<![a-z])(?:lat|latitude|lon|lng|long|longitude)[\"']?\s{0,2}[:=]\s{0,2}(?P<v>[+-]?\d{1,3}\.\d{3,12})",
        0.8,
    ),
    (
        r"\d{1,3}\s?°\s?\d{1,2}(?:\.\d{1,6})?\s?['′’]\s?(?:\d{1,2}(?:\.\d{1,6})?\s?(?:\"|″|”|'')\s?)?[NSEW](?:[,\s]{1,3}"
        r"\d{1,3}\s?°\s?\d{1,2}(?:\.\d{1,6})?\s?['′’]\s?(?:\d{1,2}(?:\.\d{1,6})?\s?(?:\"|″|”|'')\s?)?[NSEW])?",
        0.9,
    ),
    source="ISO 6709; latitude to 90 and longitude to 180 degrees",
    validate=_is_coordinates,
    needs=r"\d\.\d{3}|°",
)

RULES = (URL, IP_ADDRESS, MAC_ADDRESS, COORDINATES)
