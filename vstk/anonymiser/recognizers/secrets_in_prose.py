"""Passwords, PINs and one-time codes in sentences, on command lines and in headers."""

from __future__ import annotations

import regex

from vstk.anonymiser.gazetteers import fold, word_list
from vstk.anonymiser.rule import Rule

_PASSWORD_WORD = (
    r"(?:pass(?:word|wd|code|phrase|wort)?|pwd?|psw|kennwort|zugangscode|mot de passe|mdp|contraseña|clave(?: de acceso)?"
    r"|wachtwoord|senha|palavra-passe|parola d'ordine|mima|codice di accesso)"
)
_IS = r"(?:\s?[:=]\s?|\s(?:is|was|ist|war|lautet|c['’]est|est|était|es|era|è|é|to|still|now|of)\s(?:still |now |currently )?|\s)"
_VALUE = r"[\"'`«“]?(?P<v>[^\s\"'`,<>()«»“”]{3,64}?)[\"'`»”]?(?=[.,;!?)]*(?:\s|$)|[,，。;]|[.,;:!?]?[\"'`»”)])"


_NOT_SECRETS = frozenset(
    """
    reset change changed manager policy policies field protected protection hash hashing
    strength length expired forgotten required incorrect wrong valid invalid lost stolen
    again oublié olvidada vergessen dimenticata vergeten esquecida through over along away
    around rate on by with for and the
    """.split()  # noqa: SIM905
)


def _is_password(text: str) -> bool | None:
    """Accept a token with a digit or an inner symbol beside letters, but no plain word or number."""
    bare = text.strip("\"'`.,;:!?")
    if bare.casefold() in _NOT_SECRETS or "://" in text or regex.search(r"[(\[{]|\w/\w", text):
        return False
    has_letter = regex.search(r"\p{L}", bare) is not None
    has_mark = regex.search(r"\d|\p{L}[!@#$%^&*_+=~?-]\p{L}|[!@#$%^&*_+=~?].", bare) is not None
    is_hyphened = all(fold(part) in word_list("words") for part in bare.split("-")) and (
        bare.count("-") == 1
    )
    return None if has_letter and has_mark and not is_hyphened else False


SAID_PASSWORD = Rule(
    "PASSWORD",
    (
        rf"(?i)(?<!\p{{L}}){_PASSWORD_WORD}(?:\s(?:for|of|is for|du|de la|del|della|do|da|van|vom|der|für|outlook|wifi|wlan)(?:\s\p{{L}}{{2,14}}){{0,2}}"
        rf"|\s\p{{L}}{{3,14}}(?=\s(?:is|was|ist|c['’]est|es|è|é)\s))?{_IS}{_VALUE}",
        0.85,
    ),
    (
        r"(?:密码|口令)(?:是|为|[：:])?\s{0,2}(?:写在配置里是\s?)?(?P<v>[A-Za-z0-9!@#$%^&*_.-]{4,40})",
        0.85,
        "密码|口令",
    ),
    (
        r"(?i)(?<!\p{L})(?:log(?:ging|ged)? ?in|sign in|login|logon|credentials|creds|zugang|identifiants|acceso|accesso|inloggen)"
        r"(?:\s(?:with|as|is|are|con|mit|avec|met)|:)?\s[^\s/]{2,64}\s?/\s?(?P<v>[^\s\"'`,<>/()]{4,64}?)(?=[.,;!?]*(?:\s|$))",
        0.85,
        "/",
    ),
    source="sentences that state a password, in the languages of the European word lists",
    validate=_is_password,
    name="vstk_said_password",
    needs=r"(?i)pass|pwd?|psw|kennwort|mdp|contrase|clave|wachtwoord|senha|parola|codice|密码|口令|log|sign in|cred|zugang|ident|acces",
)

PASSPHRASE = Rule(
    "PASSWORD",
    (
        r"(?i)(?<!\p{L})(?:pass ?phrase|seed phrase|recovery phrase|secret phrase|mnemonic)(?:\s(?:is|was)|\s?[:=])\s?[\"'`]?"
        r"(?P<v>\p{Ll}{3,12}(?:[ -]\p{Ll}{3,12}){2,23})(?=[\"'`.,;\n]|\s*$)",
        0.85,
        "phrase|mnemonic",
    ),
    (
        r"(?i)(?<!\p{L})(?:password|passwort|wifi|wlan|code|passw\w{0,5})(?:\s(?:is|was)|\s?[:=])\s?[\"'`]?"
        r"(?P<v>\p{Ll}{3,12}(?:-\p{Ll}{3,12}){2,7})(?=[\"'`.,;\n ]|$)",
        0.8,
        "-",
    ),
    (
        r"(?i)(?<!\p{L})(?:security|secret|recovery) (?:answer|question answer)(?:\s(?:is|was)|\s?[:=])\s?[\"'`]?"
        r"(?P<v>[\p{L}\d][\p{L}\d'’-]{1,30}(?:\s\p{Lu}[\p{L}\d'’-]{1,30}){0,3})",
        0.8,
        "answer",
    ),
    source="BIP-39 and diceware phrases; security questions",
    name="vstk_passphrase",
    needs=r"(?i)phrase|mnemonic|answer|pass|wifi|wlan|code",
)


def _has_password_shape(text: str) -> bool | None:
    return (
        None
        if len(set(text)) >= 6 and not regex.search(r"[a-z]@[a-z]|\d[&#]\d{3,5}$", text)
        else False
    )


BARE_PASSWORD = Rule(
    "PASSWORD",
    # Letters in both cases, a digit, and a symbol between them: Winter-Rad!2291.
    (
        r"(?<![\w!@#$%^&*+=/.?-])(?=[\w!#&*^~+-]{0,30}[a-z])(?=[\w!#&*^~+-]{0,30}[A-Z])(?=[\w!#&*^~+-]{0,30}\d)"
        r"(?=[\w+-]{1,30}[!#&*^~][\w!#&*^~+-])[\w!#&*^~+-]{8,40}(?![\w=/@(\[]|\.\w)",
        0.6,
    ),
    source="the composition that NIST SP 800-63B describes for passwords chosen by people",
    validate=_has_password_shape,
    name="vstk_bare_password",
    needs=(r"\d", r"\w[!#&*^~]\w"),
    in_code=False,
)

_NOT_SECRET_CODE = (
    r"(?<!\b(?:error|status|exit|zip|postal|post|country|area|http|response|return|product|colou?r|item|reason|dress|source"
    r"|fault|tax|dial(?:ling)?|language|currency|hs|icd|sic|naics|promo|discount|voucher|coupon|department|cost|branch|"
    r"ascii|key|char|bar|qr|billing|cpt|iso|airport|station|swift|sort|unit|course|the|no|this|your|a|what|which|file|fiscal|civil|penal|codigo|postale|fiscale)[ -])"
)
ONE_TIME_CODE = Rule(
    "SECRET",
    (
        r"(?i)(?<!\p{L})(?:otp|one[- ]time (?:code|pin|password|passcode)|(?:verification|security|confirmation|access|auth(?:entication)?|2fa|mfa|sms|login|"
        r"recovery|backup|unlock|activation|reset|door|gate|alarm|lock|entry|safe|wifi|locker|garage|lift|building|key ?safe|box) (?:code|pin|keypad|combination|number)s?"
        r"|door keypad|keypad|passcode|pin(?: ?code)?|puk|tan|cvv2?|cvc2?|prüfziffer|geheimzahl|digicode|code (?:reçu|sms|de vérification|slagboom|d'accès|porte|cancello|porta|puerta)|"
        r"codice (?:pin|di (?:sicurezza|verifica|accesso)|cancello|porta)|código (?:de (?:seguridad|verificación|segurança|acceso))?|cod|toegangscode|pincode|türcode|zugangscode|verifizierungscode)"
        r"(?:\s(?:is|was|are|ist|war|lautet|est|es|è|é|recibido|par sms|por sms|c['’]est|of|to|last|still|now|the|number|pad)){0,3}[\"']?\s?[:=#]?\s{0,2}[\"'#]?"
        r"(?P<v>(?=[A-Za-z-]{0,8}\d)[A-Za-z0-9]{2,8}(?:[- ](?=[A-Za-z]{0,3}\d)[A-Za-z0-9]{2,6}){0,3}[#*]?)(?![\w%]|[.,/]\d)",
        0.8,
    ),
    (
        rf"(?i)(?<!\p{{L}})\p{{L}}{{3,14}}[ -]{_NOT_SECRET_CODE}(?:code|kode|codice)\s?(?:is |was |: ?|= ?)?#?(?P<v>\d{{4,8}}[#*]?)(?![\w%]|[.,/-]\d)",
        0.6,
        "code|kode|codice",
    ),
    (
        r"(?:验证码|校验码|动态码)(?:是|为|[：:])?\s{0,2}(?P<v>\d{4,8})(?!\d)",
        0.85,
        "验证码|校验码|动态码",
    ),
    source="NIST SP 800-63B section 3.1.4 (one-time codes); words on doors, cards and phones",
    validate=lambda text: False if regex.fullmatch(r"(?:19|20)\d\d", text) else None,
    name="vstk_one_time_code",
    needs=r"\d\d",
)

COMMAND_LINE = Rule(
    "PASSWORD",
    (r"(?<!\w)sshpass\s{1,3}-p\s?[\"']?(?P<v>[^\s\"']{3,64})", 0.95, "sshpass"),
    (
        r"(?<!\w)(?:mysql|mysqldump|mysqladmin|mariadb)\b[^\n|;]{0,120}?\s-p(?P<v>[^\s\"'-][^\s\"']{2,64})",
        0.9,
        "mysql|mariadb",
    ),
    (
        r"(?<!\w)(?:curl|wget|http)\b[^\n|;]{0,200}?\s(?:-u|--user)\s{0,2}[\"']?(?P<v>[^\s:\"']{1,64}:[^\s\"']{2,64})",
        0.9,
        "-u|--user",
    ),
    (
        r"(?<!\w)--?(?:password|passwd|pass|pwd|token|secret|api-?key|auth)[ =][\"']?(?P<v>[^\s\"'$<>{}-][^\s\"'<>{}]{2,64})",
        0.85,
        "--",
    ),
    (
        r"(?<![A-Za-z])[A-Z0-9_]{0,30}(?:PASSWORD|PASSWD|PASS|PWD|SECRET|TOKEN|API_?KEY)=[\"']?(?P<v>[^\s\"'$<>{}]{3,128})",
        0.9,
        "pass|pwd|secret|token|key",
    ),
    (
        r"(?<!\w)(?:redis-cli|7z|unzip|zip)\b[^\n|;]{0,120}?\s(?:-a|-P|-p)\s{0,2}(?P<v>[^\s\"'-][^\s\"']{3,64})",
        0.8,
        "redis-cli|zip|7z",
    ),
    source="manual pages of ssh, mysql, curl and psql; POSIX environment variables",
    validate=lambda text: False if text.casefold() in ("true", "false", "none", "null") else None,
    name="vstk_command_line",
    needs=r"[-=]",
)

HEADER = Rule(
    "SECRET",
    (
        r"(?i)(?<!\w)authorization[\"']?\s?[:=]\s?[\"']?basic\s{1,2}(?P<v>[A-Za-z0-9+/=_-]{6,400})",
        0.95,
        "basic",
    ),
    (
        r"(?i)(?<!\w)(?:x-(?:api|auth|access)-(?:key|token)|proxy-authorization|(?:set-)?cookie)[\"']?\s?:\s?[\"']?(?P<v>[^\s\"']{8,400})",
        0.9,
        "x-a|proxy-auth|cookie",
    ),
    (
        r"(?<![A-Za-z0-9])dp\.(?:pt|st|ct|sa|scim|audit)\.[A-Za-z0-9]{20,64}(?![A-Za-z0-9])",
        0.95,
        "dp.",
    ),
    source="RFC 7617 (Basic), RFC 6265 (cookies); Doppler, token formats",
    name="vstk_secret_header",
    needs=r"(?i)auth|x-|cookie|dp\.",
)

RULES = (SAID_PASSWORD, PASSPHRASE, BARE_PASSWORD, ONE_TIME_CODE, COMMAND_LINE, HEADER)
