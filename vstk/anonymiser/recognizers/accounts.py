"""Names of user accounts in logs, on command lines and beside the words for a login."""

from __future__ import annotations

from vstk.anonymiser.field_values import is_plausible
from vstk.anonymiser.rule import Rule


def _is_account(text: str) -> bool | None:
    return None if is_plausible(text, "USERNAME") else False


LOG_ACCOUNT = Rule(
    "USERNAME",
    (
        r"(?<![\w\\/.:-])[A-Z][A-Z0-9-]{1,24}\\{1,2}[A-Za-z][\w.-]{2,38}(?![\w\\(])",
        0.8,
        "\\",
    ),
    (r"(?<!\w)uid=\d{1,10}\((?P<v>[\w.-]{2,38})\)", 0.9, "uid="),
    (r"(?<!\w)sudo:\s{1,6}(?P<v>[\w.-]{2,38})\s:", 0.9, "sudo"),
    (
        r"(?<!\w)(?:ssh|scp|sftp|rsync|mosh)\s(?:-\w{1,3}\s(?:[\w./~-]{1,60}\s)?){0,3}(?P<v>[A-Za-z_][\w.-]{1,38})@[\w.-]{2,100}",
        0.85,
        "@",
    ),
    (
        r"(?i)(?<!\w)(?:for|from|by|of)(?: invalid)? user[ =:]{1,2}[\"'`]?(?P<v>[A-Za-z_][\w.-]{2,38})(?![\w(])",
        0.7,
        "user",
    ),
    (
        r"(?<!\w)(?:publickey|password|keyboard-interactive(?:/pam)?) for (?:invalid user )?(?P<v>[A-Za-z_][\w.-]{2,38}) from",
        0.9,
        "for",
    ),
    (
        r"(?<!\w)(?:session opened|session closed|su:|su) for (?:user )?(?P<v>[A-Za-z_][\w.-]{2,38})",
        0.8,
        " for ",
    ),
    (
        r"(?<!\w)(?:mysql|psql|mysqldump|mariadb)\b[^\n|;]{0,80}?\s-[uU]\s?(?P<v>[A-Za-z_][\w.-]{2,38})",
        0.85,
        "-u",
    ),
    (r"(?i)(?<![\w/-])user[\"']?\s{0,2}'(?P<v>[A-Za-z_][\w.-]{2,38})'@", 0.9, "@"),
    source="the messages of sshd, sudo, su and MySQL; MS-DTYP 2.2.57 (DOMAIN\\user)",
    validate=_is_account,
    name="vstk_log_account",
    needs=r"[A-Za-z]",
)

SAID_ACCOUNT = Rule(
    "USERNAME",
    (
        r"(?i)(?<!\p{L})(?:log(?:s|ged|ging)? ?in (?:as|with)|sign(?:s|ed)? in as|i am|handle|github|gitlab|discord|wechat|skype|telegram|insta(?:gram)?|tiktok|snap(?:chat)?|steam|twitch"
        r"|login(?: \p{L}{3,12})? (?:c['’]est|is|ist|es|è|é)|user(?: ?name)?|account(?: name)?(?: is| ist)|konto(?: ist)?|usuario|utilisateur|utente|benutzer|gebruiker|logs in as)"
        r"\s[\"'`@]?(?P<v>(?=[\w.-]{0,38}[\d_.-])[A-Za-z](?:[\w]|[.-](?=\w)){2,38})(?![\w@(]|\.\w)",
        0.7,
        "log|sign|i am|handle|git|discord|wechat|skype|telegram|insta|tiktok|snap|steam|twitch|user|account|konto|usuario|utilisateur|utente|benutzer|gebruiker",
    ),
    (
        r"(?i)(?<!\p{L})(?:user ?name|login)(?: (?:is|was))? [\"'`@]?[A-Za-z][\w.-]{2,38},? or (?:maybe |perhaps |was it )?[\"'`@]?(?P<v>[A-Za-z][\w.-]{2,38}\w)(?![\w@(])",
        0.8,
        " or ",
    ),
    # An initial and a surname (j.wiersma), beside a word for a login.
    (r"(?<![\w./\\$@<:=-])[a-z]\.[a-z]{4,20}\d{0,4}(?![\w(=@/-]|\.\w)", 0.2),
    source="words for a login in the languages of the European word lists",
    validate=_is_account,
    name="vstk_said_account",
    context=(
        "account",
        "login",
        "logins",
        "user",
        "username",
        "konto",
        "compte",
        "cuenta",
        "conta",
        "utente",
    ),
    needs=r"[A-Za-z]{3}|[a-z]\.[a-z]",
)

RULES = (LOG_ACCOUNT, SAID_ACCOUNT)
