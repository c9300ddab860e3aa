"""Check digits of national identifiers and payment cards.

The functions take an identifier as it is written and return whether its check digits are
valid. `presidio_check` gives access to the checks that Presidio has.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from vstk.anonymiser.presidio import predefined_recognizers as presidio


def digits_of(text: str) -> str:
    """The digits of a text, without separators."""
    return re.sub(r"\D", "", text)


def luhn(digits: str) -> bool:
    """Luhn's check digit (ISO/IEC 7812-1, annex B)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _weighted_sum(digits: str, weights: tuple[int, ...]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False))


def ssn(text: str) -> bool | None:
    """United States: reject numbers that are never issued (SSA, POMS RM 10201.035).

    These have area 000, 666 or 900-999, group 00 or serial 0000. There is no check digit,
    so the result is `False` or `None`.
    """
    digits = digits_of(text)
    area, group, serial = digits[:3], digits[3:5], digits[5:]
    if area in ("000", "666") or area[0] == "9" or group == "00" or serial == "0000":
        return False
    return False if len(set(digits)) == 1 else None


def nir(text: str) -> bool:
    """France, NIR: 13 digits and the complement to 97 (INSEE); 2A and 2B count as 19 and 18."""
    plain = re.sub(r"[\s.-]", "", text).upper().replace("2A", "19").replace("2B", "18")
    return plain.isdigit() and len(plain) == 15 and 97 - int(plain[:13]) % 97 == int(plain[13:])


def bsn(text: str) -> bool:
    """Netherlands, burgerservicenummer: weighted sum modulo 11 (`elfproef`)."""
    digits = digits_of(text)
    return len(digits) == 9 and _weighted_sum(digits, (9, 8, 7, 6, 5, 4, 3, 2, -1)) % 11 == 0


def nif_pt(text: str) -> bool:
    """Portugal, NIF: check digit with weights 9 to 2 modulo 11."""
    digits = digits_of(text)
    rest = _weighted_sum(digits, (9, 8, 7, 6, 5, 4, 3, 2)) % 11
    return len(digits) == 9 and int(digits[8]) == (0 if rest < 2 else 11 - rest)


def cpf(text: str) -> bool:
    """Brazil, CPF: two check digits modulo 11."""
    digits = digits_of(text)
    if len(digits) != 11 or len(set(digits)) == 1:
        return False
    for length in (9, 10):
        rest = _weighted_sum(digits, tuple(range(length + 1, 1, -1))) * 10 % 11 % 10
        if rest != int(digits[length]):
            return False
    return True


def resident_cn(text: str) -> bool:
    """China, resident identity number (GB 11643): ISO 7064 modulo 11-2."""
    plain = text.upper()
    check = _weighted_sum(plain[:17], (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)) % 11
    return plain[17] == "10X98765432"[check]


def national_number_be(text: str) -> bool:
    """Belgium, national number: complement to 97; for births from 2000 on, of "2" + digits."""
    digits = digits_of(text)
    if len(digits) != 11:
        return False
    return any(97 - int(lead + digits[:9]) % 97 == int(digits[9:]) for lead in ("", "2"))


def ahv(text: str) -> bool:
    """Switzerland, AHV number: 13 digits with an EAN-13 check digit."""
    digits = digits_of(text)
    return len(digits) == 13 and _weighted_sum(digits, (1, 3) * 6 + (1,)) % 10 == 0


def curp(text: str) -> bool:
    """Mexico, CURP: check digit (DOF 18/10/2021)."""
    letters = "0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ"
    total = sum(letters.index(letter) * (18 - at) for at, letter in enumerate(text[:17]))
    return str((10 - total % 10) % 10) == text[17]


def presidio_check(name: str) -> Callable[[str], bool | None]:
    """The check of one of Presidio's recognizers, e.g. `UsNpi` for `UsNpiRecognizer`."""
    recognizer = getattr(presidio, f"{name}Recognizer")()

    def check(text: str) -> bool | None:
        if recognizer.invalidate_result(text):
            return False
        verdict: bool | None = recognizer.validate_result(text)
        return verdict

    return check
