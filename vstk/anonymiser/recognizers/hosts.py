"""Names of devices and hosts, which often contain the name of their user."""

from __future__ import annotations

import re

from vstk.anonymiser.gazetteers import fold, word_list
from vstk.anonymiser.rule import Rule

_TECHNICAL = frozenset(
    """
    cve cwe iso iec rfc utf sha aes rsa pep ieee ansi astm din mil covid gpt kb ms en bs
    ean ora jsr jep psr nist fips rev ver sars h1n1 wd es gtx rtx usb hdmi ddr cat pci
    intel amd ryzen core python node java php llama mistral gemini claude qwen bert gemma
    phi base large small mini version rel release build patch top part step level grade
    class type form model
    """.split()  # noqa: SIM905
)


def _is_device(text: str) -> bool | None:
    """Accept `AMS-WS-2207`, but not `CVE-2024-1234`, `UTF-16` or `gpt-4-32`."""
    parts = re.split(r"[-_]", text)
    if any(part.casefold() in _TECHNICAL for part in parts):
        return False
    letters = [part for part in parts if part.isalpha()]
    if text.islower() and all(fold(part) in word_list("words") for part in letters):
        return False
    return None


DEVICE = Rule(
    "HOST",
    # Three or more parts, the last a number: AMS-WS-2207, wim-nb-07, LT-RVASQUEZ-07.
    (
        r"(?<![\w./\\@$:-])[A-Z][A-Z0-9]{1,9}(?:-[A-Z][A-Z0-9]{1,14}){1,2}-\d{2,6}(?![\w@-]|\.\w)",
        0.7,
    ),
    (r"(?<![\w./\\@$:-])[a-z]{2,9}(?:-[a-z]{2,14}){1,2}-\d{2,4}(?![\w@-]|\.\w)", 0.6),
    # A model between: ELB-T470-19, HUAWEI-LIO-9X3KTR0418.
    (
        r"(?<![\w./\\@$:-])[A-Z]{2,8}-(?=[A-Z]{0,4}\d)[A-Z0-9]{3,6}-\d{2,5}(?![\w@-]|\.\w)"
        r"|(?<![\w./\\@$:-])[A-Z]{3,10}-[A-Z]{2,6}-(?=[A-Z]{0,9}\d)[A-Z0-9]{8,16}(?![\w@-]|\.\w)",
        0.7,
    ),
    (
        r"(?<![\w./\\@$:-])(?:iphone|ipad|macbook|mbp|imac|galaxy|pixel|android|desktop|laptop|notebook|pc|ws|nb|lt)"
        r"-(?:van-|de-|von-)?[\p{L}0-9]{3,20}(?:-[\p{L}0-9]{1,12}){0,2}(?![\w@-]|\.\w)",
        0.5,
    ),
    source="common schemes for the names of company devices: site or owner, kind, number",
    validate=_is_device,
    needs=r"[A-Za-z]-[A-Za-z0-9]",
    in_code=False,
)

_CUES = (
    "host|hostname|machine|computer|workstation|laptop|notebook|device|server|pc|rechner|poste|ordinateur|equipo"
    "|ordenador|postazione|computador|dispositivo|werkplek|asset|sits on|connect to|connect|db|database|主机|电脑名|数据库主机"
)
CUED_HOST = Rule(
    "HOST",
    (
        rf"(?i)(?<![\p{{L}}\d])(?:{_CUES})(?: (?:name|host|is|called|named|to))?[\"'(]?[ :=]{{0,3}}[\"'(]?"
        r"(?P<v>(?=[\w.-]{0,40}\d)(?=[\w.-]{0,40}\p{L})[\w]{2,20}(?:[.-]\w{1,30}){1,5})(?![\w@])",
        0.7,
    ),
    source="words for a computer before its name",
    name="vstk_cued_host",
    needs=r"\d",
)

INTERNAL_HOST = Rule(
    "HOST",
    (
        r"(?<![\w@.$#/\\-])(?:[A-Za-z0-9][A-Za-z0-9-]{0,62}\.){1,5}(?:example|test|local|lan|internal|intern|intra|corp|home|localdomain|priv)"
        r"(?![\w(=-]|\.\w)",
        0.6,
        ".example|.test|.local|.lan|.intern|.intra|.corp|.home|.priv",
    ),
    source="RFC 2606, RFC 6762 and RFC 9476 section 4: top-level names of private networks",
    name="vstk_internal_host",
    validate=lambda text: (
        False
        if re.fullmatch(r"(?i)(?:self|this|pytest|unittest|app|process|window|src|my)\.\w+", text)
        or not re.search(r"[.-].*\.|\d|-", text)
        else None
    ),
    needs=r"[a-z]\.[a-z]",
)

RULES = (DEVICE, CUED_HOST, INTERNAL_HOST)
