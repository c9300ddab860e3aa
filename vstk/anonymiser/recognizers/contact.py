"""Where a person can be reached: e-mail, telephone, accounts."""

from __future__ import annotations

import re

from vstk.anonymiser.gazetteers import fold, word_list
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


def _is_phone_number(text: str) -> bool | None:
    """Seven to fifteen digits (E.164), and not a date or a run of one digit."""
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


_EXT = r"(?:\s{0,2}(?:x|ext\.?|extension|#)\s{0,2}\d{1,6})?"
PHONE = Rule(
    "PHONE_NUMBER",
    (
        r"(?<![\w+])\+\s?\d{1,3}[\s./-]{0,2}(?:\(0?\d{1,5}\)[\s./-]{0,2})?\d(?:[\s./-]{0,2}\d){5,12}"
        + _EXT
        + r"(?!\d)",
        0.95,
    ),
    (r"(?<![\w+.-])00\d{1,3}[\s./-](?:\(?\d{1,5}\)?[\s./-]{1,2}){1,4}\d{2,5}(?!\d)", 0.85),
    (
        r"(?<![\w.,+-])(?:(?:\+?1|001)[\s.-]{1,2})?\(?\d{3}\)?[\s.-]{1,2}\d{3}[\s.-]{1,2}\d{4}"
        + _EXT
        + r"(?![\d-])",
        0.85,
    ),
    (r"(?<![\w.,+-])\(\d{3}\)\s?\d{3}[\s.-]?\d{4}" + _EXT + r"(?!\d)", 0.9),
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
        r"(?P<v>[+(]{0,2}\d[\d ()./-]{5,22}\d)" + _EXT + r"(?!\d)",
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

_HANDLE_STOP = frozenset(
    [
        "is",
        "the",
        "and",
        "for",
        "are",
        "was",
        "name",
        "names",
        "not",
        "your",
        "you",
        "with",
        "this",
        "that",
        "from",
        "user",
        "users",
        "field",
        "account",
        "page",
        "profile",
        "post",
        "video",
        "link",
        "handle",
        "password",
        "id",
        "email",
        "or",
        "in",
        "to",
        "of",
        "on",
        "at",
        "by",
        "my",
        "our",
        "his",
        "her",
        "it",
        "has",
        "have",
        "can",
        "will",
        "who",
        "what",
        "which",
        "where",
        "api",
        "bot",
        "app",
        "feed",
        "media",
        "ads",
        "story",
        "stories",
        "reel",
        "reels",
        "https",
        "http",
        "www",
        "com",
        "import",
        "param",
        "override",
        "property",
    ]
)


def _handle(text: str) -> bool | None:
    plain = text.lstrip("@").rstrip(".")
    return False if plain.casefold() in _HANDLE_STOP or len(plain) < 3 else None


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
    validate=_handle,
    in_code=False,
)


def _is_account_name(text: str) -> bool | None:
    """Letters and a number, as in an account name: the letters are no word, or are a name."""
    letters = [fold(part) for part in re.split(r"[\d._-]+", text) if part]
    if text.casefold() in _TECHNICAL or any(part in _TECHNICAL for part in letters):
        return False
    if any(
        part in word_list("first") or part in word_list("last") for part in letters if len(part) > 3
    ):
        return None
    joined = "".join(letters)
    if re.search(r"[._-]", text) or joined in word_list("words"):
        return False
    return None if len(joined) >= 4 and re.search(r"\d{2}", text) else False


_TECHNICAL = frozenset(
    [
        "amd",
        "arm",
        "armv",
        "win",
        "linux",
        "macos",
        "uint",
        "int",
        "float",
        "sha",
        "md",
        "utf",
        "base",
        "http",
        "ipv",
        "x86",
        "latin",
        "mpeg",
        "mp",
        "jpeg",
        "png",
        "gpt",
        "llama",
        "python",
        "java",
        "lua",
        "php",
        "html",
        "css",
        "ios",
        "android",
        "windows",
        "covid",
        "sars",
        "h1n1",
        "co2",
        "h2o",
        "gphone",
        "emu",
        "intel",
        "core",
        "ryzen",
        "nvidia",
        "rtx",
        "gtx",
        "cuda",
        "cudnn",
        "cpu",
        "gpu",
        "usb",
        "pcie",
        "ddr",
        "hdmi",
        "wpa",
        "oauth",
        "web",
        "tls",
        "ssl",
        "sql",
        "mysql",
        "postgres",
        "neo4j",
        "log4j",
    ]
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

RULES = (EMAIL, EMAIL_SPELLED, PHONE, HANDLE, ACCOUNT_NAME, PATH_USER)
