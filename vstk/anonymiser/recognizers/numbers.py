"""Numbers of cards, bank accounts, orders, vehicles and other things of a person."""

from __future__ import annotations

import re

from vstk.anonymiser.digit_runs import runs_of_groups
from vstk.anonymiser.recognizers.check_digits import luhn
from vstk.anonymiser.rule import AFTER, BEFORE, Rule


def _is_card_number(text: str) -> bool:
    digits = re.sub(r"\D", "", text)
    is_possible = 12 <= len(digits) <= 19 and digits[0] != "0" and len(set(digits)) > 1
    return is_possible and luhn(digits)


CREDIT_CARD = Rule(
    "CREDIT_CARD",
    # Longer than a card number, because another number may stand beside it.
    (r"(?<![\dA-Za-z.+-])\d(?:[\s-]{0,2}\d){11,33}(?![A-Za-z])", 0.5),
    source="ISO/IEC 7812-1: 12 to 19 digits with Luhn's check digit",
    validate=_is_card_number,
    parts=lambda text: runs_of_groups(text, 13, 19),
    needs=r"\d[\s-]{0,2}\d[\s-]{0,2}\d[\s-]{0,2}\d",
)

CARD_DETAIL = Rule(
    "CREDIT_CARD",
    (
        r"(?i)(?<![a-z])(?:cvv2?|cvc2?|csc|security code)\s{0,2}(?:is|code|no\.?|:|=|#)?\s{0,3}(?P<v>\d{3,4})(?!\d)",
        0.85,
    ),
    (
        r"(?i)(?<![a-z])(?:exp(?:iry|ires?|iration)?(?: date)?|valid (?:thru|until))\.?\s{0,2}(?:is|on|:|=)?"
        r"\s{0,3}(?P<v>(?:0?[1-9]|1[0-2])\s?[/-]\s?(?:20)?\d\d)(?!\d)",
        0.8,
    ),
    (
        r"(?i)(?<![a-z])(?:card|visa|mastercard|amex)(?: (?:number|no\.?|ending in|ending))\s{0,2}(?:is|:|=|#)?\s{0,3}(?P<v>\d(?:[ -]?\d){3,18})(?!\d)",
        0.85,
    ),
    source="details printed next to the card number: ISO/IEC 7813",
    name="vstk_card_detail",
    needs=r"\d",
)


def _is_iban(text: str) -> bool:
    compact = re.sub(r"[\s-]", "", text).upper()
    if not 15 <= len(compact) <= 34:
        return False
    rearranged = compact[4:] + compact[:4]
    return int("".join(str(int(letter, 36)) for letter in rearranged)) % 97 == 1


IBAN = Rule(
    "IBAN_CODE",
    (
        # Every group needs a digit; otherwise the word after the number would be included.
        BEFORE
        + r"[A-Za-z]{2}\d{2}[ -]?[A-Za-z0-9]{4}(?:[ -]?(?=[A-Za-z]{0,3}\d)[A-Za-z0-9]{4}){1,6}(?:[ -]?(?=[A-Za-z]{0,2}\d)[A-Za-z0-9]{1,3})?"
        + AFTER,
        0.5,
    ),
    (BEFORE + r"[A-Za-z]{2}\d{2}[A-Za-z0-9]{11,30}" + AFTER, 0.5),
    # In Malta, Mauritius and the Seychelles, a group can consist of letters alone.
    (
        BEFORE + r"[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]{4}){2,7}(?:[ -]?[A-Za-z0-9]{1,3})?" + AFTER,
        0.5,
    ),
    source="ISO 13616-1, check digits by ISO 7064 mod 97-10",
    validate=_is_iban,
    needs=(r"\d", r"[A-Za-z]{2}\d{2}"),
)

BANK = Rule(
    "BANK_ACCOUNT",
    (
        r"(?i)(?<![a-z])(?:(?:bank |checking |savings |current )?(?:account|acct|a/c)(?: number| no\.?| nr\.?| #)?"
        r"|routing(?: number| no\.?)?|sort code|aba|kontonummer|bsb|ifsc(?: code)?|swift(?: code)?|bic|iban)"
        r"\s{0,2}(?:is|:|=|#|-)?\s{0,3}(?P<v>[A-Z]{0,6}\d(?:[ -]?(?:[A-Z]{1,4}(?=\d)|\d)){4,20})(?![A-Z0-9])",
        0.8,
    ),
    (BEFORE + r"[A-Z]{4}0[A-Z0-9]{6}" + AFTER, 0.35),
    (BEFORE + r"\d{2}-\d{2}-\d{2}\s{1,3}\d{8}" + AFTER, 0.7),
    (BEFORE + r"\d{8,17}" + AFTER, 0.15),
    source="forms of the national clearing systems (ABA, sort code, BSB, IFSC)",
    validate=lambda text: None if sum(map(str.isdigit, text)) >= 5 else False,
    context=("account", "bank", "ifsc", "routing", "sort code"),
    needs=r"\d{2}",
)

CRYPTO = Rule(
    "CRYPTO",
    (BEFORE + r"0x[0-9a-fA-F]{40}" + AFTER, 0.9),
    (BEFORE + r"bc1[ac-hj-np-z02-9]{25,87}" + AFTER, 0.9),
    (BEFORE + r"[13][1-9A-HJ-NP-Za-km-z]{25,34}" + AFTER, 0.6),
    source="EIP-55; BIP-173; base58 addresses of Bitcoin",
    validate=lambda text: (
        None if re.search(r"\d", text) and re.search(r"[A-Za-z]", text) else False
    ),
    needs=r"0x|bc1|[13][1-9A-HJ-NP-Za-km-z]{25}",
)

UUID = Rule(
    "UUID",
    (
        BEFORE
        + r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
        + AFTER,
        0.9,
    ),
    source="RFC 9562",
    needs=r"[0-9a-fA-F]{8}-",
)

_THING = (
    "order|ticket|case|customer|client|account|invoice|booking|reservation|reference|ref|policy"
    "|claim|member(?:ship)?|employee|staff|student|patient|mrn|medical record|chart|confirmation"
    "|tracking|shipment|application|licen[cs]e|permit|passport|serial|record|contract|registration"
    "|loan|transaction|receipt|badge|npi|dea|visa|card|file|docket|docket|enrol?lment|beneficiary"
    "|driver'?s licen[cs]e|id|identification|identity|personnel|matriculation|imei|bestell|kunden|rechnungs"
)


def _is_reference(text: str) -> bool | None:
    if sum(map(str.isdigit, text)) < 3 or re.fullmatch(r"(?:19|20)\d\d", text):
        return False
    return None


ID_NUMBER = Rule(
    "ID_NUMBER",
    (
        rf"(?i)(?<![a-z])(?:{_THING})\s{{0,2}}(?:(?:number|numbers|numero|nummer|code|num|no|nr|id|reference|ref)[.]?)?"
        r"\s{0,2}(?:was |is |are |of |[:=#(]{1,2})?\s{0,2}[\"']?#?(?P<v>(?=[A-Z/.-]{0,10}\d)[A-Z0-9](?:[/.-]?[A-Z0-9]){3,24})"
        r"(?![\w%-])",
        0.7,
    ),
    (
        r"(?i)(?<![a-z])(?:nos?|nrs?|n°|№|numbers?)[.:]{0,2}\s{0,2}(?P<v>\d{2,6}/\d{2,4}|[A-Z]{0,4}-?\d{5,15})(?![\w%])",
        0.65,
    ),
    (BEFORE + r"\d{4,6}/\d{2}" + AFTER, 0.55),
    (
        r"(?<![A-Za-z0-9-])(?!(?:CVE|ISO|IEC|RFC|UTF|SHA|AES|RSA|PEP|IEEE|ANSI|ASTM|DIN|MIL|COVID|GPT|KB)-)"
        r"[A-Z]{2,6}-(?:[A-Z0-9]{1,6}-)?\d{5,14}(?:/[A-Z0-9]{1,3})?(?![\w-])",
        0.75,
    ),
    (r"(?<![\w./-])[A-Z]{1,5}/(?:[A-Z0-9]{1,6}/){0,3}\d{4,8}(?![\w/-]|\.\w)", 0.6, "/"),
    (
        r"(?<![\w./-])[A-Z]{1,4} \d{2,4}/\d{3,8}(?![\w/-])|(?<![\w./-])\d{1,3} [A-Z]{1,3} \d{1,6}/\d{2}(?![\w/-])",
        0.6,
        "/",
    ),
    (r"(?<![\w#&])#(?P<v>\d{5,12})(?!\w)", 0.6),
    (BEFORE + r"(?=[A-Z0-9]{0,9}\d)(?=[0-9]{0,9}[A-Z])[A-Z0-9]{8,12}" + AFTER, 0.15),
    (BEFORE + r"\d{7,12}" + AFTER, 0.15),
    source="common formats of helpdesks, courts and shops; exact formats belong in the policy",
    validate=_is_reference,
    context=(
        "id",
        "number",
        "reference",
        "order",
        "ticket",
        "customer",
        "passport",
        "record",
        "licence",
        "license",
        "identity",
        "case",
        "tracking",
        "serial",
        "imei",
    ),
    needs=r"\d{2}",
)


VIN = Rule(
    "VEHICLE",
    (BEFORE + r"[A-HJ-NPR-Z0-9]{17}" + AFTER, 0.5),
    source="ISO 3779, with the check digit of 49 CFR 565.15",
    validate=lambda text: _is_vin(text),
    name="vstk_vin",
    needs=r"\d",
    min_run=17,
)

_VIN_VALUES = dict(
    zip("ABCDEFGHJKLMNPRSTUVWXYZ", [*range(1, 9), *range(1, 6), 7, 9, *range(2, 10)], strict=True)
)
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


def _is_vin(text: str) -> bool:
    if not re.search(r"\d", text) or not re.search(r"[A-Z]", text):
        return False
    total = sum(
        (int(letter) if letter.isdigit() else _VIN_VALUES[letter]) * weight
        for letter, weight in zip(text, _VIN_WEIGHTS, strict=True)
    )
    return text[8] == ("X" if total % 11 == 10 else str(total % 11))


PLATE = Rule(
    "VEHICLE",
    (
        r"(?i)(?<![a-z])(?:licen[cs]e plates?|number ?plates?|plates?|reg(?:istration)?(?: (?:number|plate|no\.?))?"
        r"|kennzeichen|vehicle|immatriculation|matrícula|targa)(?: (?:number|no\.?))?\s{0,2}(?:is|was|ist|reads|:|=|#)?\s{0,3}"
        r"[\"']?(?-i:(?P<v>(?=[A-ZÄÖÜ0-9 ·-]{0,9}\d)[A-ZÄÖÜ0-9]{1,4}(?:[ ·-]{1,2}[A-ZÄÖÜ0-9]{1,4}){0,3}))(?!\w)",
        0.8,
    ),
    (BEFORE + r"[A-Z]{2}\d{2} ?[A-Z]{3}" + AFTER, 0.6),
    (BEFORE + r"[A-Z]{2}-\d{3}-[A-Z]{2}" + AFTER, 0.75),
    (r"(?<![\w-])[A-ZÄÖÜ]{1,3}-[A-Z]{1,2} ?\d{1,4}[EH]?(?![\w-])", 0.4),
    (BEFORE + r"[A-Z]{2} ?\d{3} ?[A-Z]{2}" + AFTER, 0.35),
    (BEFORE + r"\d{4} ?[BCDFGHJKLMNPRSTVWXYZ]{3}" + AFTER, 0.3),
    (BEFORE + r"[A-Z]{2}[ -]?\d{1,2}[ -]?[A-Z]{1,2}[ -]?\d{4}" + AFTER, 0.6),
    (BEFORE + r"[A-Z0-9]{1,3}[ -][A-Z0-9]{3,4}" + AFTER, 0.15),
    source="DVLA INF104 (UK); FZV annex 1 (Germany); SIV (France); BOE RD 2822/1998 (Spain); CMVR (India)",
    validate=lambda text: None if re.search(r"\d", text) and re.search(r"[A-Z]", text) else False,
    context=(
        "plate",
        "car",
        "vehicle",
        "registration",
        "parked",
        "van",
        "kennzeichen",
        "truck",
        "licence plate",
        "license plate",
    ),
    needs=r"\d",
    in_code=False,
)

_CURRENCY = (
    r"USD|EUR|GBP|JPY|CNY|RMB|INR|CAD|AUD|NZD|CHF|SEK|NOK|DKK|PLN|CZK|HUF|TRY|TRL|BRL|MXN|ZAR|KRW|SGD|HKD|RUB|UAH|AED|SAR|THB|IDR"
    r"|PHP|MYR|VND|NGN|KES|EGP|ILS|DEM|FRF|ITL|ATS|NLG|BEF|ESP|PTE|FIM|IEP|GRD|SKK|ROL|RON|BGN|CYP"
)
_AMOUNT = r"\d{1,3}(?:[,.\s]\d{3}){1,4}(?:[.,]\d{1,2})?|\d{1,9}(?:[.,]\d{1,2})?"
MONEY = Rule(
    "MONEY",
    (rf"(?<![A-Za-z0-9])(?:{_CURRENCY})\s?(?:{_AMOUNT})(?![\d])", 0.6),
    (rf"(?<![\w.,])(?:{_AMOUNT})\s?(?:{_CURRENCY})(?![A-Za-z])", 0.6),
    (
        rf"(?i)(?<![\w.,])(?:{_AMOUNT})\s(?:us |turkish |swedish |austrian |polish |canadian |australian )?"
        r"(?:euros?|pounds?(?: sterling)?|dollars?|zlotys?|lir[ae]s?|kronor|kroner|schillings?|francs?|rupees|roubles|yen|yuan|pesos|forints?)(?!\w)",
        0.55,
    ),
    (rf"(?<![\w.,])[€£₹¥₺₽₩]\s?(?:{_AMOUNT})(?!\d)", 0.3),
    (rf"(?<![\w.,])\$\s?(?:{_AMOUNT})(?!\d)", 0.2),
    source="ISO 4217 and its withdrawn codes",
    context=(
        "salary",
        "earn",
        "income",
        "owe",
        "debt",
        "paid",
        "rent",
        "loan",
        "mortgage",
        "wage",
        "balance",
    ),
    needs=r"\d",
    in_code=False,
)

RULES = (MONEY, CREDIT_CARD, CARD_DETAIL, IBAN, BANK, CRYPTO, UUID, ID_NUMBER, VIN, PLATE)
