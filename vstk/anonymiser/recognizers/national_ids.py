"""Numbers that a state assigns to a person.

Numbers with check digits are validated, with Presidio's checks where they exist and with
`check_digits` otherwise. One check digit still accepts a tenth of all numbers, so short
formats without a distinctive form also need a context word.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from vstk.anonymiser.recognizers import check_digits
from vstk.anonymiser.recognizers.check_digits import digits_of, presidio_check
from vstk.anonymiser.rule import AFTER, BEFORE, Rule

_CONTEXT = (
    *("id", "identity", "identification", "national", "tax", "social security", "insurance"),
    *("citizen", "personal number"),
)


def _national_id_rule(
    country: str,
    *patterns: str,
    source: str,
    check: Callable[[str], bool | None] | None = None,
    is_proof: bool = False,
    context: tuple[str, ...] = (),
    score: float = 0.2,
    needs: str | tuple[str, ...] = r"\d[\d .-]{3}",
) -> Rule:
    return Rule(
        "NATIONAL_ID",
        *((BEFORE + pattern + AFTER, score) for pattern in patterns),
        source=source,
        validate=check,
        validated_score=1.0 if is_proof else max(score, 0.3),
        context=(*_CONTEXT, *context),
        name=f"vstk_national_id_{country}",
        needs=needs,
    )


US_SSN = Rule(
    "US_SSN",
    (r"(?<![\w-])\d{3}-\d{2}-\d{4}(?![\w-])", 0.85),
    (r"(?<![\w.-])\d{3}[ .]\d{2}[ .]\d{4}(?![\w-])", 0.5),
    (BEFORE + r"\d{9}" + AFTER, 0.15),
    source="Social Security Administration, POMS RM 10201",
    validate=check_digits.ssn,
    context=("ssn", "social security", "social", "ss#", "taxpayer"),
    needs=r"\d{2}",
)

RULES = (
    US_SSN,
    _national_id_rule(
        "us_itin",
        r"9\d{2}[- ](?:5\d|6[0-5]|7\d|8[0-8]|9[0-24-9])[- ]\d{4}",
        source="IRS Publication 1915",
        score=0.8,
    ),
    _national_id_rule(
        "us_passport",
        r"[A-Z]?\d{8,9}",
        source="US Department of State, form DS-11",
        context=("passport",),
        score=0.15,
    ),
    _national_id_rule(
        "us_mbi",
        r"[1-9][AC-HJ-NP-RT-Y][0-9AC-HJ-NP-RT-Y]\d-?[AC-HJ-NP-RT-Y][0-9AC-HJ-NP-RT-Y]\d-?[AC-HJ-NP-RT-Y]{2}\d{2}",
        needs=(r"\d", r"\d[A-Z]{2}\d|\d[A-Z]\d\d"),
        source="CMS, 'Understanding the MBI format'",
        score=0.8,
    ),
    _national_id_rule(
        "us_npi",
        r"[12]\d{9}",
        source="45 CFR 162.406",
        check=presidio_check("UsNpi"),
        context=("npi", "provider"),
    ),
    _national_id_rule(
        "uk_nino",
        r"(?!BG|GB|NK|KN|NT|TN|ZZ)[A-CEGHJ-PR-TW-Za-ceghj-pr-tw-z][A-CEGHJ-NPR-TW-Za-ceghj-npr-tw-z] ?\d{2} ?\d{2} ?\d{2} ?[A-Da-d]",
        needs=(r"\d", r"[A-Za-z]{2} ?\d{2}"),
        source="HMRC NIM39110",
        score=0.85,
    ),
    _national_id_rule(
        "uk_nhs",
        r"\d{3}[- ]?\d{3}[- ]?\d{4}",
        source="NHS Data Dictionary, mod 11",
        check=presidio_check("Nhs"),
        context=("nhs", "health"),
    ),
    _national_id_rule(
        "uk_driving",
        r"[A-Z9]{5}\d(?:0[1-9]|1[0-2]|5[1-9]|6[0-2])(?:0[1-9]|[12]\d|3[01])\d[A-Z9]{2}[A-Z0-9][A-Z]{2}",
        needs=(r"\d", r"[A-Z9]{5}\d"),
        source="DVLA, driver number format",
        score=0.9,
    ),
    _national_id_rule(
        "de_tax",
        r"[1-9]\d{10}",
        r"[1-9]\d[ ]\d{3}[ ]\d{3}[ ]\d{3}",
        source="§ 139b AO, ISO 7064 mod 11,10",
        check=lambda text: presidio_check("DeTaxId")(digits_of(text)),
        is_proof=True,
        context=("steuer", "steuer-id", "idnr", "steuernummer"),
    ),
    _national_id_rule(
        "de_card",
        r"[CFGHJKLMNPRTVWXYZ][CFGHJKLMNPRTVWXYZ0-9]{7}\d",
        r"T\d{8}",
        needs=(r"\d", r"[A-Z0-9]{8}\d"),
        source="PAuswV, ICAO Doc 9303",
        check=lambda text: None if sum(map(str.isdigit, text)) >= 3 else False,
        context=("personalausweis", "ausweis", "reisepass", "passport"),
    ),
    _national_id_rule(
        "de_pension",
        r"\d{2} ?(?:0[1-9]|[12]\d|3[01]|5[1-9]|[67]\d|8[01])(?:0[1-9]|1[0-2])\d{2} ?[A-Z] ?\d{3}",
        source="§ 147 SGB VI, VKVV",
        check=lambda text: presidio_check("DeSocialSecurity")(text.replace(" ", "")),
        is_proof=True,
    ),
    _national_id_rule(
        "fr_nir",
        r"[12] ?\d{2} ?(?:0[1-9]|1[0-2]|[2-9]\d) ?(?:\d{2}|2[AB]) ?\d{3} ?\d{3} ?\d{2}",
        source="INSEE, numéro d'inscription au répertoire",
        check=check_digits.nir,
        is_proof=True,
    ),
    _national_id_rule(
        "es_dni",
        r"\d{7,8}[- ]?[A-Za-z]",
        source="Real Decreto 1553/2005, letter modulo 23",
        check=lambda text: presidio_check("EsNif")(text.replace(" ", "").upper()),
        is_proof=True,
        context=("dni", "nif"),
    ),
    _national_id_rule(
        "es_nie",
        r"[XYZxyz][- ]?\d{7}[- ]?[A-Za-z]",
        source="Real Decreto 557/2011, letter modulo 23",
        check=lambda text: presidio_check("EsNie")(re.sub(r"[- ]", "", text).upper()),
        is_proof=True,
    ),
    _national_id_rule(
        "it_fiscal",
        r"[A-Za-z]{6}[0-9LMNP-Vlmnp-v]{2}[A-EHLMPR-Ta-ehlmpr-t][0-9LMNP-Vlmnp-v]{2}[A-Za-z][0-9LMNP-Vlmnp-v]{3}[A-Za-z]",
        needs=r"[A-Za-z]{6}[0-9L-Vl-v]{2}",
        source="DM 23/12/1976",
        check=lambda text: presidio_check("ItFiscalCode")(text.upper()),
        is_proof=True,
    ),
    _national_id_rule(
        "nl_bsn",
        r"\d{9}",
        r"\d{3}\.\d{3}\.\d{3}",
        source="Wet algemene bepalingen burgerservicenummer",
        check=check_digits.bsn,
        context=("bsn", "burgerservicenummer", "sofinummer"),
    ),
    _national_id_rule(
        "pt_nif",
        r"[1-35689]\d{2} ?\d{3} ?\d{3}",
        source="Decreto-Lei 14/2013",
        check=check_digits.nif_pt,
        context=("nif", "contribuinte"),
    ),
    _national_id_rule(
        "br_cpf",
        r"\d{3}\.\d{3}\.\d{3}-\d{2}",
        r"\d{11}",
        source="Receita Federal, IN RFB 1548/2015",
        check=check_digits.cpf,
        is_proof=True,
        context=("cpf",),
    ),
    _national_id_rule(
        "cn_resident",
        r"[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx]",
        source="GB 11643-1999",
        check=check_digits.resident_cn,
        is_proof=True,
    ),
    _national_id_rule(
        "be_national",
        r"\d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2}",
        r"\d{11}",
        source="Arrêté royal 3/4/1984",
        check=check_digits.national_number_be,
        context=("rijksregister", "registre national", "niss"),
    ),
    _national_id_rule(
        "ch_ahv",
        r"756\.?\d{4}\.?\d{4}\.?\d{2}",
        source="AHVV art. 133bis, EAN-13",
        check=check_digits.ahv,
        is_proof=True,
    ),
    _national_id_rule(
        "mx_curp",
        r"[A-ZÑ]{4}\d{6}[HMX][A-Z]{5}[A-Z0-9]\d",
        source="DOF, instructivo CURP",
        check=check_digits.curp,
        is_proof=True,
    ),
    _national_id_rule(
        "pl_pesel",
        r"\d{11}",
        source="Ustawa o ewidencji ludności, art. 15",
        check=presidio_check("PlPesel"),
        context=("pesel",),
    ),
    _national_id_rule(
        "fi_hetu",
        r"\d{6}[-+A-FYXWVU]\d{3}[0-9A-FHJ-NPR-Y]",
        source="Digital and Population Data Services Agency",
        check=presidio_check("FiPersonalIdentityCode"),
        is_proof=True,
    ),
    _national_id_rule(
        "se_personnummer",
        r"(?:19|20)?\d{6}[-+]\d{4}",
        source="Folkbokföringslag (1991:481) § 18",
        check=presidio_check("SePersonnummer"),
        is_proof=True,
    ),
    _national_id_rule(
        "in_aadhaar",
        r"[2-9]\d{3}[ -]?\d{4}[ -]?\d{4}",
        source="UIDAI, Verhoeff's check",
        check=lambda text: presidio_check("InAadhaar")(digits_of(text)),
        context=("aadhaar", "aadhar", "uidai", "uid"),
    ),
    _national_id_rule(
        "in_pan",
        r"[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z]",
        source="Income-tax Rules 1962, rule 114",
        score=0.7,
    ),
    _national_id_rule(
        "au_tfn",
        r"\d{3} ?\d{3} ?\d{3}",
        source="ATO, TFN algorithm",
        check=presidio_check("AuTfn"),
        context=("tfn", "tax file"),
    ),
    _national_id_rule(
        "au_medicare",
        r"[2-6]\d{3} ?\d{5} ?\d",
        source="Services Australia, Medicare card",
        check=presidio_check("AuMedicare"),
        context=("medicare",),
    ),
    _national_id_rule(
        "sg_fin", r"[STFGM]\d{7}[A-Z]", source="ICA Singapore, NRIC and FIN", score=0.6
    ),
    _national_id_rule(
        "kr_rrn",
        r"\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])-[1-4]\d{6}",
        source="Resident Registration Act",
        score=0.85,
    ),
    _national_id_rule(
        "ca_sin",
        r"[1-79]\d{2}[- ]\d{3}[- ]\d{3}",
        r"[1-79]\d{8}",
        source="Service Canada, Luhn's check",
        check=lambda text: check_digits.luhn(digits_of(text)),
        context=("sin", "social insurance"),
    ),
    _national_id_rule(
        "tr_kimlik",
        r"[1-9]\d{10}",
        source="Nüfus Hizmetleri Kanunu",
        check=presidio_check("TrNationalId"),
        context=("kimlik", "tc no", "tckn"),
    ),
    _national_id_rule(
        "za_id",
        r"\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{4}[01]8\d",
        source="Identification Act 68 of 1997, Luhn's check",
        check=lambda text: check_digits.luhn(digits_of(text)),
        is_proof=True,
    ),
    _national_id_rule(
        "ie_pps",
        r"\d{7}[A-W][A-IW]?",
        source="Social Welfare Consolidation Act 2005",
        context=("pps", "ppsn"),
        score=0.3,
    ),
)
