"""Credentials: API keys, tokens, passwords, private keys, connection strings."""

from __future__ import annotations

import math
from collections import Counter

from vstk.anonymiser.rule import AFTER, BEFORE, Rule

API_KEY = Rule(
    "API_KEY",
    (
        BEFORE + r"(?:AKIA|ASIA|AGPA|AIDA|AROA|ANPA)[A-Z0-9]{16}" + AFTER,
        0.95,
        "akia|asia|agpa|aida|aroa|anpa",
    ),
    (
        BEFORE + r"(?:gh[pousr]_[A-Za-z0-9]{30,255}|github_pat_\w{22,255})",
        0.95,
        "ghp_|gho_|ghu_|ghs_|ghr_|github_pat_",
    ),
    (
        BEFORE + r"gl(?:pat|ptt|dt|rt|cbt|agent)-[\w-]{20,64}",
        0.95,
        "glpat-|glptt-|gldt-|glrt-|glcbt-|glagent-",
    ),
    (BEFORE + r"xox[abeoprs]-[A-Za-z0-9-]{10,250}", 0.95, "xox"),
    (r"https://hooks\.slack\.com/(?:services|workflows)/[\w/]{10,120}", 0.95, "hooks.slack.com"),
    (BEFORE + r"(?:[srp]k_(?:live|test)_|whsec_)[A-Za-z0-9]{10,250}", 0.95, "_live_|_test_|whsec_"),
    (BEFORE + r"sk-(?:ant-|proj-|svcacct-|or-)?[\w-]{20,250}", 0.95, "sk-"),
    (
        BEFORE + r"(?:AIza[\w-]{35}|ya29\.[\w-]{20,500}|GOCSPX-[\w-]{28})",
        0.95,
        "aiza|ya29.|gocspx-",
    ),
    (BEFORE + r"SG\.[\w-]{16,32}\.[\w-]{30,64}", 0.95, "sg."),
    (BEFORE + r"(?:AC|SK)[0-9a-f]{32}" + AFTER, 0.8),
    (
        BEFORE + r"(?:hf_|npm_|r8_|gsk_|lin_api_|shp(?:at|ca|pa|ss)_)[A-Za-z0-9]{30,64}",
        0.95,
        "hf_|npm_|r8_|gsk_|lin_api_|shp",
    ),
    (
        BEFORE + r"(?:dop_v1_|doo_v1_|dapi|key-)[0-9a-f]{32,64}" + AFTER,
        0.9,
        "dop_v1_|doo_v1_|dapi|key-",
    ),
    (BEFORE + r"pypi-[\w-]{40,250}", 0.95, "pypi-"),
    (BEFORE + r"\d{8,10}:[A-Za-z0-9_-]{35}" + AFTER, 0.9, ":"),
    (BEFORE + r"[MNO][A-Za-z\d_-]{23,27}\.[\w-]{6}\.[\w-]{27,40}", 0.9),
    (BEFORE + r"(?:secret_|ntn_)[A-Za-z0-9]{40,50}" + AFTER, 0.9, "secret_|ntn_"),
    source="the key formats that each provider documents; GitHub docs, 'Supported secret "
    "scanning patterns'",
    min_run=18,
)


def _looks_random(text: str) -> bool:
    """Whether a string has letters, digits and an entropy of 2.8 bits per character or more."""
    if not any(letter.isdigit() for letter in text) or not any(map(str.isalpha, text)):
        return False
    counts = Counter(text)
    entropy = -sum(n / len(text) * math.log2(n / len(text)) for n in counts.values())
    return entropy >= 2.8


NAMED_SECRET = Rule(
    "SECRET",
    (
        r"(?i)(?:api|access|secret|private|auth|client|account|encryption|signing|session|refresh)"
        r"[ _-]?(?:key|token|secret|id)[\"']?\s{0,3}(?:is|=|:|=>|,)?\s{0,3}[\"'`]?"
        r"(?P<v>[A-Za-z0-9_\-./+=]{12,300})",
        0.85,
        'key|token|secret|id=|id:|id"|_id',
    ),
    (
        r"(?i)(?:bearer|token|authorization:)\s{1,3}[\"']?(?P<v>[A-Za-z0-9_\-./+=]{16,400})",
        0.85,
        "bearer|token|authorization",
    ),
    source="the assignments of RFC 6750 section 2.1 and of common settings files",
    validate=lambda text: None if _looks_random(text) else False,
    name="vstk_named_secret",
)

RANDOM_STRING = Rule(
    "SECRET",
    (BEFORE + r"[0-9a-fA-F]{32,128}" + AFTER, 0.4),
    (r"(?<![A-Za-z0-9+/=_-])[A-Za-z0-9+/_-]{40,4000}={0,2}(?![A-Za-z0-9+/=_-])", 0.55),
    source="RFC 4648, base16 and base64: long runs with high entropy",
    context=("key", "token", "secret", "password", "hash", "seed", "wallet", "signature"),
    validate=lambda text: (
        None
        if _looks_random(text)
        and (
            (
                any(map(str.isupper, text))
                and any(map(str.islower, text))
                and sum(map(str.isdigit, text)) >= 3
            )
            or all(letter in "0123456789abcdefABCDEF" for letter in text)
        )
        else False
    ),
    name="vstk_random_string",
    needs=r"\d",
    min_run=32,
)

PRIVATE_KEY = Rule(
    "PRIVATE_KEY",
    (
        r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
        r"(?:[A-Za-z0-9+/=\s:,.\\-]{1,20000}?-----END [A-Z0-9 ]{0,40}-----"
        r"|[A-Za-z0-9+/=\s\\]{0,20000})",
        1.0,
    ),
    source="RFC 7468 (PEM) and RFC 9580 (OpenPGP armor)",
    needs="-----BEGIN",
)

JWT = Rule(
    "JWT",
    (BEFORE + r"eyJ[\w-]{8,4000}\.eyJ[\w-]{4,8000}(?:\.[\w-]{0,2000})?", 1.0),
    source="RFC 7519",
    needs="eyJ",
)

_NOT_PASSWORDS = frozenset(
    """
    required incorrect invalid wrong correct expired empty null none true false string text
    str password passwd hidden field input not the a an is was be been to for and or too
    very your my his her their reset changed forgotten weak strong secure safe must should
    can will protected yourpassword your_password changeme optional varchar encrypted hashed
    that this it in of on example username user email value hash process unknown undefined
    os self request form
    """.split()  # noqa: SIM905
)


def _is_password(text: str) -> bool | None:
    stripped = text.strip("\"'`.,;:!?<>[]{}()")
    if stripped.casefold() in _NOT_PASSWORDS or len(stripped) < 3 or "(" in stripped:
        return False
    return None


PASSWORD = Rule(
    "PASSWORD",
    (
        r"(?i)(?<![a-z])(?:pass(?:word|wd|code|phrase)?|pwd|passwort|mot de passe|contraseña"
        r"|wachtwoord|senha)(?![a-z])[\"']?\s{0,3}(?:[:=]|=>)\s{0,3}[\"'`]?(?P<v>[^\s\"'`,;<>]{3,64})",
        0.9,
    ),
    (
        r"(?i)(?<![a-z])(?:password|passcode|passphrase|pwd|passwort|login pin|pin code|pin)"
        r"(?: for (?:\w{1,20} ){1,3}| i use(?:d)? )?\s{0,2}(?:is|was|ist|to|are)\s{1,3}"
        r"(?:still |now |set to )?"
        r"[\"'`]?(?P<v>(?=[^\s\"'`,<>]{0,40}[\d!@#$%^&*_+=~?-])[^\s\"'`,<>]{3,64}[^\s\"'`,<>.;:!?)])",
        0.9,
    ),
    (
        r"(?i)(?<![a-z])(?:password|passcode|passphrase|pwd|passwort)\s{0,2}(?:is|was|ist|to)\s{1,3}"
        r"[\"'`](?P<v>[^\"'`\n]{3,64})[\"'`]",
        0.9,
    ),
    (
        r"(?i)(?<![a-z])(?:password|passwort|pwd|pass)\s{1,2}"
        r"(?P<v>(?=\S{0,40}\d)(?=\S{0,40}[a-z])[^\s\"'`,<>]{5,64}[^\s\"'`,<>.;:!?)])",
        0.7,
    ),
    source="sentences that state a password; settings files",
    validate=_is_password,
    needs=r"(?i)pass|pwd|pin|contrase|wachtwoord|senha",
)

CONNECTION = Rule(
    "CONNECTION_STRING",
    (
        BEFORE
        + r"[a-zA-Z][a-zA-Z0-9+.-]{1,30}://(?P<v>[^\s:@/\"']{0,80}:[^\s@/\"']{1,120}@[^\s\"'<>]{1,300})",
        1.0,
        "://",
    ),
    (
        r"(?i)(?:AccountKey|SharedAccessKey|SharedSecret)=(?P<v>[^;\s\"']{8,300})",
        1.0,
        "accountkey|sharedaccess|sharedsecret",
    ),
    (
        r"(?i)(?:User Id|Uid|Server|Data Source)=(?P<v>[^;\n\"']{1,200};[^\n\"']{0,400}"
        r"(?:Password|Pwd)=[^;\s\"']{1,200})",
        1.0,
        "password=|pwd=",
    ),
    source="RFC 3986 section 3.2.1 (user information); ADO.NET and Azure connection strings",
    needs=r"=|://",
)

RULES = (PRIVATE_KEY, JWT, CONNECTION, API_KEY, NAMED_SECRET, PASSWORD, RANDOM_STRING)
