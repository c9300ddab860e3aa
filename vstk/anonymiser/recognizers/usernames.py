"""Names of user accounts: handles, generated account names, home folders."""

from __future__ import annotations

import re

from vstk.anonymiser.gazetteers import fold, word_list
from vstk.anonymiser.rule import Rule

_NOT_HANDLES = frozenset(
    """
    is the and for are was name names not your you with this that from user users field
    account page profile post video link handle password id email or in to of on at by my
    our his her it has have can will who what which where api bot app feed media ads story
    stories reel reels https http www com import param override property
    """.split()  # noqa: SIM905
)


def _is_handle(text: str) -> bool | None:
    name = text.lstrip("@").rstrip(".")
    return False if name.casefold() in _NOT_HANDLES or len(name) < 3 else None


HANDLE = Rule(
    "USERNAME",
    (r"(?<![\w.@/`-])@(?P<v>[A-Za-z_][\w.]{2,38})(?![\w@(])", 0.6, "@"),
    (
        r"(?i)(?<![a-z])(?:user ?-?name|login(?: name)?|screen name|nick(?:name)?|handle|gamer ?tag"
        r"|user[_ ]?id|account name|benutzername|skype|discord|telegram|snapchat|snap|steam|xbox|psn)"
        r"[\"']?\s{0,2}(?:is|was|are|:|=|@|->)\s{0,3}[\"'`@]{0,2}(?P<v>[\w][\w.#-]{2,37})",
        0.8,
        "name|login|handle|gamer|user|discord|telegram|skype|snap|steam|xbox|psn",
    ),
    (
        r"(?i)(?<![a-z])(?:twitter|instagram|insta|ig|tiktok|github|gitlab|reddit|twitch|youtube|facebook|linkedin)"
        r"\s{0,2}[:=@]\s{0,2}@?(?P<v>[a-z0-9_][\w.-]{2,37})",
        0.75,
        "twitter|insta|ig|tiktok|git|reddit|twitch|youtube|facebook|linkedin",
    ),
    (r"(?<![\w/])/?u/(?P<v>[\w-]{3,20})(?![\w/])", 0.7, "u/"),
    (r"(?<![\w#])(?P<v>[A-Za-z][\w.]{2,31}#\d{4})(?!\d)", 0.9, "#"),
    source="the name rules of X, Instagram, Reddit and Discord",
    validate=_is_handle,
    in_code=False,
)


def _is_account_name(text: str) -> bool | None:
    """Accept account names whose letters contain a listed name or are no common word."""
    letter_runs = [fold(part) for part in re.split(r"[\d._-]+", text) if part]
    if text.casefold() in _TECHNICAL_TERMS or any(part in _TECHNICAL_TERMS for part in letter_runs):
        return False
    if any(
        part in word_list("first") or part in word_list("last")
        for part in letter_runs
        if len(part) > 3
    ):
        return None
    joined = "".join(letter_runs)
    if re.search(r"[._-]", text) or joined in word_list("words"):
        return False
    return None if len(joined) >= 4 and re.search(r"\d{2}", text) else False


_TECHNICAL_TERMS = frozenset(
    """
    amd arm armv win linux macos uint int float sha md utf base http ipv x86 latin mpeg mp
    jpeg png gpt llama python java lua php html css ios android windows covid sars h1n1 co2
    h2o gphone emu intel core ryzen nvidia rtx gtx cuda cudnn cpu gpu usb pcie ddr hdmi wpa
    oauth web tls ssl sql mysql postgres neo4j log4j
    """.split()  # noqa: SIM905
)

ACCOUNT_NAME = Rule(
    "USERNAME",
    (r"(?<![\w./\\$@<-])[A-Za-z]{4,20}\d{2,4}(?![\w(=-]|\.\w)", 0.5),
    (r"(?<![\w./\\$@<-])[a-z]{2,20}[._][a-z]{2,20}\d{0,4}(?![\w(=-]|\.\w)", 0.5),
    (r"(?<![\w./\\$@<-])[a-z]{3,20}_\d{1,4}(?![\w(=-]|\.\w)", 0.5, "_"),
    source="account names as sites propose them: a name, a mark, a number",
    validate=_is_account_name,
    name="vstk_account_name",
    needs=r"[A-Za-z]\d\d|[a-z][._][a-z]|_\d",
    in_code=False,
)

PATH_USER = Rule(
    "USERNAME",
    (
        r"(?i)[A-Z]:[\\/]{1,2}(?:Users|Documents and Settings)[\\/]{1,2}(?P<v>[^\\/\n\"'<>|:*?]{2,40})(?=[\\/])",
        0.9,
        "users|documents and",
    ),
    (
        r"(?<![\w.])/(?:home|Users)/(?P<v>[A-Za-z_][\w.-]{1,31})(?=[/\s:\"'`]|$)",
        0.9,
        "/home/|/users/",
    ),
    source="home folders of Windows, macOS and the Filesystem Hierarchy Standard, section 3.8",
    validate=lambda text: (
        False
        if text.casefold()
        in {
            "user",
            "username",
            "public",
            "default",
            "yourname",
            "your_username",
            "shared",
            "admin",
            "me",
            "name",
            "yourusername",
            "pi",
            "ubuntu",
            "root",
        }
        else None
    ),
    name="vstk_path_user",
    needs=r"[\\/]",
)

RULES = (HANDLE, ACCOUNT_NAME, PATH_USER)
