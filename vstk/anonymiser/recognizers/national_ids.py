"""Numbers that a state gives to a person, checked where they have a check digit.

Checks that Presidio has are Presidio's; the others are here. A check of one
digit passes a tenth of all numbers, so the short and plain forms need a word of
context besides.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from vstk.anonymiser.presidio import predefined_recognizers as presidio
from vstk.anonymiser.rule import AFTER, BEFORE, Rule

_ID = (
    "id",
    "identity",
    "identification",
    "national",
    "tax",
    "social security",
    "insurance",
    "citizen",
    "personal number",
)


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def _weighted(digits: str, weights: tuple[int, ...]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False))


def ssn(text: str) -> bool | None:
    """Never issued: area 000, 666 or 900-999, group 00, serial 0000 (SSA, POMS RM 10201.035)."""
    digits = _digits(text)
    area, group, serial = digits[:3], digits[3:5], digits[5:]
    if area in ("000", "666") or area[0] == "9" or group == "00" or serial == "0000":
        return False
    return False if len(set(digits)) == 1 else None


def nir(text: str) -> bool:
    """France: 13 digits and the complement to 97 (INSEE); Corsica's 2A and 2B count as 19, 18."""
    plain = re.sub(r"[\s.-]", "", text).upper().replace("2A", "19").replace("2B", "18")
    return plain.isdigit() and len(plain) == 15 and 97 - int(plain[:13]) % 97 == int(plain[13:])


def bsn(text: str) -> bool:
    """Netherlands: the eleven test of the burgerservicenummer."""
    digits = _digits(text)
    return len(digits) == 9 and _weighted(digits, (9, 8, 7, 6, 5, 4, 3, 2, -1)) % 11 == 0


def nif_pt(text: str) -> bool:
    """Portugal: weights 9 to 2 modulo 11."""
    digits = _digits(text)
    rest = _weighted(digits, (9, 8, 7, 6, 5, 4, 3, 2)) % 11
    return len(digits) == 9 and int(digits[8]) == (0 if rest < 2 else 11 - rest)


def cpf(text: str) -> bool:
    """Brazil: two check digits, modulo 11."""
    digits = _digits(text)
    if len(digits) != 11 or len(set(digits)) == 1:
        return False
    for length in (9, 10):
        rest = _weighted(digits, tuple(range(length + 1, 1, -1))) * 10 % 11 % 10
        if rest != int(digits[length]):
            return False
    return True


def resident_cn(text: str) -> bool:
    """China: GB 11643, ISO 7064 mod 11-2."""
    plain = text.upper()
    check = _weighted(plain[:17], (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)) % 11
    return plain[17] == "10X98765432"[check]


def national_number_be(text: str) -> bool:
    """Belgium: complement to 97; born from 2000 on, a 2 stands before."""
    digits = _digits(text)
    if len(digits) != 11:
        return False
    return any(97 - int(lead + digits[:9]) % 97 == int(digits[9:]) for lead in ("", "2"))


def ahv(text: str) -> bool:
    """Switzerland: 756 and an EAN-13 check digit."""
    digits = _digits(text)
    return len(digits) == 13 and _weighted(digits, (1, 3) * 6 + (1,)) % 10 == 0


def curp(text: str) -> bool:
    """Mexico: the check digit of the CURP (DOF 18/10/2021)."""
    letters = "0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ"
    total = sum(letters.index(letter) * (18 - at) for at, letter in enumerate(text[:17]))
    return str((10 - total % 10) % 10) == text[17]


def _presidio_check(name: str) -> Callable[[str], bool | None]:
    """The check of a recogniser of Presidio's."""
    recognizer = getattr(presidio, f"{name}Recognizer")()

    def check(text: str) -> bool | None:
        if recognizer.invalidate_result(text):
            return False
        verdict: bool | None = recognizer.validate_result(text)
        return verdict

    return check


def _rule(
    country: str,
    *patterns: str,
    source: str,
    check: Callable[[str], bool | None] | None = None,
    certain: bool = False,
    context: tuple[str, ...] = (),
    score: float = 0.2,
    needs: str | tuple[str, ...] = r"\d[\d .-]{3}",
) -> Rule:
    return Rule(
        "NATIONAL_ID",
        *((BEFORE + pattern + AFTER, score) for pattern in patterns),
        source=source,
        validate=check,
        validated_score=1.0 if certain else max(score, 0.3),
        context=(*_ID, *context),
        name=f"vstk_national_id_{country}",
        needs=needs,
    )


US_SSN = Rule(
    "US_SSN",
    (r"(?<![\w-])\d{3}-\d{2}-\d{4}(?![\w-])", 0.85),
    (r"(?<![\w.-])\d{3}[ .]\d{2}[ .]\d{4}(?![\w-])", 0.5),
    (BEFORE + r"\d{9}" + AFTER, 0.15),
    source="Social Security Administration, POMS RM 10201",
    validate=ssn,
    context=("ssn", "social security", "social", "ss#", "taxpayer"),
    needs=r"\d{2}",
)

RULES = (
    US_SSN,
    _rule(
        "us_itin",
        r"9\d{2}[- ](?:5\d|6[0-5]|7\d|8[0-8]|9[0-24-9])[- ]\d{4}",
        source="IRS Publication 1915",
        score=0.8,
    ),
    _rule(
        "us_passport",
        r"[A-Z]?\d{8,9}",
        source="US Department of State, form DS-11",
        context=("passport",),
        score=0.15,
    ),
    _rule(
        "us_mbi",
        r"[1-9][AC-HJ-NP-RT-Y][0-9AC-HJ-NP-RT-Y]\d-?[AC-HJ-NP-RT-Y][0-9AC-HJ-NP-RT-Y]\d-?[AC-HJ-NP-RT-Y]{2}\d{2}",
        needs=(r"\d", r"\d[A-Z]{2}\d|\d[A-Z]\d\d"),
        source="CMS, 'Understanding the MBI format'",
        score=0.8,
    ),
    _rule(
        "us_npi",
        r"[12]\d{9}",
        source="45 CFR 162.406",
        check=_presidio_check("UsNpi"),
        context=("npi", "provider"),
    ),
    _rule(
        "uk_nino",
        r"(?!BG|GB|NK|KN|NT|TN|ZZ)[A-CEGHJ-PR-TW-Za-ceghj-pr-tw-z][A-CEGHJ-NPR-TW-Za-ceghj-npr-tw-z] ?\d{2} ?\d{2} ?\d{2} ?[A-Da-d]",
        needs=(r"\d", r"[A-Za-z]{2} ?\d{2}"),
        source="HMRC NIM39110",
        score=0.85,
    ),
    _rule(
        "uk_nhs",
        r"\d{3}[- ]?\d{3}[- ]?\d{4}",
        source="NHS Data Dictionary, mod 11",
        check=lambda text: presidio.NhsRecognizer().validate_result(text),
        context=("nhs", "health"),
    ),
    _rule(
        "uk_driving",
        r"[A-Z9]{5}\d(?:0[1-9]|1[0-2]|5[1-9]|6[0-2])(?:0[1-9]|[12]\d|3[01])\d[A-Z9]{2}[A-Z0-9][A-Z]{2}",
        needs=(r"\d", r"[A-Z9]{5}\d"),
        source="DVLA, driver number format",
        score=0.9,
    ),
    _rule(
        "de_tax",
        r"[1-9]\d{10}",
        r"[1-9]\d[ ]\d{3}[ ]\d{3}[ ]\d{3}",
        source="§ 139b AO, ISO 7064 mod 11,10",
        check=lambda text: _presidio_check("DeTaxId")(_digits(text)),
        certain=True,
        context=("steuer", "steuer-id", "idnr", "steuernummer"),
    ),
    _rule(
        "de_card",
        r"[CFGHJKLMNPRTVWXYZ][CFGHJKLMNPRTVWXYZ0-9]{7}\d",
        r"T\d{8}",
        needs=(r"\d", r"[A-Z0-9]{8}\d"),
        source="PAuswV, ICAO Doc 9303",
        check=lambda text: None if sum(map(str.isdigit, text)) >= 3 else False,
        context=("personalausweis", "ausweis", "reisepass", "passport"),
    ),
    _rule(
        "de_pension",
        r"\d{2} ?(?:0[1-9]|[12]\d|3[01]|5[1-9]|[67]\d|8[01])(?:0[1-9]|1[0-2])\d{2} ?[A-Z] ?\d{3}",
        source="§ 147 SGB VI, VKVV",
        check=lambda text: _presidio_check("DeSocialSecurity")(text.replace(" ", "")),
        certain=True,
    ),
    _rule(
        "fr_nir",
        r"[12] ?\d{2} ?(?:0[1-9]|1[0-2]|[2-9]\d) ?(?:\d{2}|2[AB]) ?\d{3} ?\d{3} ?\d{2}",
        source="INSEE, numéro d'inscription au répertoire",
        check=nir,
        certain=True,
    ),
    _rule(
        "es_dni",
        r"\d{7,8}[- ]?[A-Za-z]",
        source="Real Decreto 1553/2005, letter modulo 23",
        check=lambda text: _presidio_check("EsNif")(text.replace(" ", "").upper()),
        certain=True,
        context=("dni", "nif"),
    ),
    _rule(
        "es_nie",
        r"[XYZxyz][- ]?\d{7}[- ]?[A-Za-z]",
        source="Real Decreto 557/2011, letter modulo 23",
        check=lambda text: _presidio_check("EsNie")(re.sub(r"[- ]", "", text).upper()),
        certain=True,
    ),
    _rule(
        "it_fiscal",
        r"[A-Za-z]{6}[0-9LMNP-Vlmnp-v]{2}[A-EHLMPR-Ta-ehlmpr-t][0-9LMNP-Vlmnp-v]{2}[A-Za-z][0-9LMNP-Vlmnp-v]{3}[A-Za-z]",
        needs=r"[A-Za-z]{6}[0-9L-Vl-v]{2}",
        source="DM 23/12/1976",
        check=lambda text: _presidio_check("ItFiscalCode")(text.upper()),
        certain=True,
    ),
    _rule(
        "nl_bsn",
        r"\d{9}",
        r"\d{3}\.\d{3}\.\d{3}",
        source="Wet algemene bepalingen burgerservicenummer",
        check=bsn,
        context=("bsn", "burgerservicenummer", "sofinummer"),
    ),
    _rule(
        "pt_nif",
        r"[1-35689]\d{2} ?\d{3} ?\d{3}",
        source="Decreto-Lei 14/2013",
        check=nif_pt,
        context=("nif", "contribuinte"),
    ),
    _rule(
        "br_cpf",
        r"\d{3}\.\d{3}\.\d{3}-\d{2}",
        r"\d{11}",
        source="Receita Federal, IN RFB 1548/2015",
        check=cpf,
        certain=True,
        context=("cpf",),
    ),
    _rule(
        "cn_resident",
        r"[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx]",
        source="GB 11643-1999",
        check=resident_cn,
        certain=True,
    ),
    _rule(
        "be_national",
        r"\d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2}",
        r"\d{11}",
        source="Arrêté royal 3/4/1984",
        check=national_number_be,
        context=("rijksregister", "registre national", "niss"),
    ),
    _rule(
        "ch_ahv",
        r"756\.?\d{4}\.?\d{4}\.?\d{2}",
        source="AHVV art. 133bis, EAN-13",
        check=ahv,
        certain=True,
    ),
    _rule(
        "mx_curp",
        r"[A-ZÑ]{4}\d{6}[HMX][A-Z]{5}[A-Z0-9]\d",
        source="DOF, instructivo CURP",
        check=curp,
        certain=True,
    ),
    _rule(
        "pl_pesel",
        r"\d{11}",
        source="Ustawa o ewidencji ludności, art. 15",
        check=_presidio_check("PlPesel"),
        context=("pesel",),
    ),
    _rule(
        "fi_hetu",
        r"\d{6}[-+A-FYXWVU]\d{3}[0-9A-FHJ-NPR-Y]",
        source="Digital and Population Data Services Agency",
        check=_presidio_check("FiPersonalIdentityCode"),
        certain=True,
    ),
    _rule(
        "se_personnummer",
        r"(?:19|20)?\d{6}[-+]\d{4}",
        source="Folkbokföringslag (1991:481) § 18",
        check=_presidio_check("SePersonnummer"),
        certain=True,
    ),
    _rule(
        "in_aadhaar",
        r"[2-9]\d{3}[ -]?\d{4}[ -]?\d{4}",
        source="UIDAI, Verhoeff's check",
        check=lambda text: _presidio_check("InAadhaar")(_digits(text)),
        context=("aadhaar", "aadhar", "uidai", "uid"),
    ),
    _rule(
        "in_pan",
        r"[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z]",
        source="Income-tax Rules 1962, rule 114",
        score=0.7,
    ),
    _rule(
        "au_tfn",
        r"\d{3} ?\d{3} ?\d{3}",
        source="ATO, TFN algorithm",
        check=_presidio_check("AuTfn"),
        context=("tfn", "tax file"),
    ),
    _rule(
        "au_medicare",
        r"[2-6]\d{3} ?\d{5} ?\d",
        source="Services Australia, Medicare card",
        check=_presidio_check("AuMedicare"),
        context=("medicare",),
    ),
    _rule("sg_fin", r"[STFGM]\d{7}[A-Z]", source="ICA Singapore, NRIC and FIN", score=0.6),
    _rule(
        "kr_rrn",
        r"\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])-[1-4]\d{6}",
        source="Resident Registration Act",
        score=0.85,
    ),
    _rule(
        "ca_sin",
        r"[1-79]\d{2}[- ]\d{3}[- ]\d{3}",
        r"[1-79]\d{8}",
        source="Service Canada, Luhn's check",
        check=lambda text: _luhn(_digits(text)),
        context=("sin", "social insurance"),
    ),
    _rule(
        "tr_kimlik",
        r"[1-9]\d{10}",
        source="Nüfus Hizmetleri Kanunu",
        check=_presidio_check("TrNationalId"),
        context=("kimlik", "tc no", "tckn"),
    ),
    _rule(
        "za_id",
        r"\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{4}[01]8\d",
        source="Identification Act 68 of 1997, Luhn's check",
        check=lambda text: _luhn(_digits(text)),
        certain=True,
    ),
    _rule(
        "ie_pps",
        r"\d{7}[A-W][A-IW]?",
        source="Social Welfare Consolidation Act 2005",
        context=("pps", "ppsn"),
        score=0.3,
    ),
)


def _luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
