"""Verify a release: its form, its sums, its documents, its ledger entry, its signature.

A check that fails raises an error. A check that this machine cannot make is reported as
unknown: a reader has no ledger, and another installation has other documents.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from vstk import ledger, paths, policy, registry, report
from vstk import sheet as sheets
from vstk import taxonomy as taxonomies
from vstk.errors import InputUnreadable, VstkError
from vstk.ledger import LedgerBroken
from vstk.pipeline.release import read_release
from vstk.release import mechanism, signature
from vstk.types import Release

_PARTS_OF_ONE = re.compile(r"(__[a-z]+)-\d+-[a-z0-9_]*$")
"""End of the name of a table by segment: all tables of one segment were drawn together."""

check_key = signature.private_key
new_key = signature.new_key


@dataclass(frozen=True, slots=True)
class Check:
    """The result of one check."""

    holds: bool
    """False if this machine cannot make the check; a failed check raises an error."""

    text: str


def sign(release_json: Path, key: Path) -> Path:
    """Sign a release; returns the signature file.

    Raises:
        InputUnreadable: the file is not a release, or the key is not valid.
    """
    read_release(release_json)
    return signature.sign(release_json, key)


def verify(release_json: Path, *, public_key: str | None = None) -> tuple[Check, ...]:
    """Make every check of a release that this machine can make.

    Args:
        release_json: the release.
        public_key: the signer's public key, or a file that holds it.

    Raises:
        InputUnreadable: it is not a release, its numbers contradict each other, or
            the holder of the key did not sign it.
        LedgerBroken: this machine's ledger has the dataset but not this release, or
            another release in its place.
    """
    release = read_release(release_json)
    text = release_json.read_text(encoding="utf-8")
    written = report.to_json(release) == text
    return (
        Check(
            written,
            f"form: a release of '{release.dataset}', {release.period}"
            + ("" if written else "; written by another version of vstk, or changed since"),
        ),
        _sums(release_json, release),
        *_documents(release),
        _ledger(release, text),
        _signature(release_json, public_key),
    )


def _sums(path: Path, release: Release) -> Check:
    promise = release.guarantee
    spent = {_PARTS_OF_ONE.sub(r"\1", t.name): Decimal(t.rho) for t in release.tables}
    whole = sum(spent.values(), Decimal(0))
    if whole > Decimal(promise.rho):
        raise _wrong(path, f"its tables cost rho = {whole}, but it states {promise.rho}")
    if mechanism.epsilon(Decimal(promise.rho), Decimal(promise.delta)) > promise.epsilon:
        raise _wrong(path, "its epsilon is smaller than its rho and delta require")
    return Check(
        True,
        f"sums: tables cost rho = {whole} of the stated {promise.rho}, which is epsilon = "
        f"{promise.epsilon:g} at delta = {promise.delta}",
    )


def _documents(release: Release) -> Iterator[Check]:
    """Whether this installation's documents of the same names are those of the release."""
    stated = release.manifest
    here: dict[str, Callable[[str], str]] = {
        "policy": lambda name: policy.load(name).hash,
        "sheet": lambda name: sheets.load(name).hash,
        "taxonomy": lambda name: taxonomies.load(name).hash,
        "model": lambda name: registry.get(name).sha256,
        "pii_model": lambda name: registry.get(name).sha256,
        "spacy": lambda names: ", ".join(registry.get(id).sha256 for id in names.split(", ")),
    }
    for kind, digest in here.items():
        name, stood = stated.get(kind), stated.get(f"{kind}_sha256")
        if name is None or stood in (None, "none"):
            continue
        try:
            same = digest(name) == stood
        except VstkError:
            yield Check(False, f"{kind} '{name}': not on this machine")
            continue
        yield Check(
            same,
            f"{kind} '{name}' is the one in this installation"
            if same
            else f"{kind} '{name}': not the one that has this name in this installation",
        )


def _ledger(release: Release, text: str) -> Check:
    path = paths.home() / "ledger.db"
    cited = release.manifest.get("ledger_entry", "")
    if not path.is_file():
        return Check(False, "ledger: this machine has no ledger to check the release against")
    book = ledger.Ledger(path)
    number = book.verify()
    entries = book.entries(release.dataset)
    entry = next((one for one in entries if one.hash == cited), None)
    if entry is None and not entries:
        return Check(
            False,
            f"ledger: the one here has no entry of '{release.dataset}'. That is normal on a "
            "reader's machine; on the machine that made the release, the ledger was replaced",
        )
    if entry is None:
        raise LedgerBroken(
            f"The ledger here has entries of '{release.dataset}', but not the one that this "
            "release cites: it is an older copy of the ledger that paid for it, or another ledger.",
            remedy="restore the newest copy, and publish nothing of this dataset until then: "
            "budget spent since the copy was made is missing from it.",
        )
    kept = next((one.release for one in entries if one.settles == entry.number), None)
    if kept != text:
        raise LedgerBroken(
            f"Entry {entry.number} of the ledger here paid for another release than this one.",
            remedy="trust the ledger: `vstk release` with the same settings writes the release "
            "again. Find out who changed this file.",
        )
    return Check(
        True,
        f"ledger: entry {entry.number} of {number} paid for exactly this release, and the hash "
        "chain is intact",
    )


def _signature(path: Path, public_key: str | None) -> Check:
    beside = path.with_name(path.name + signature.SUFFIX)
    if public_key is None:
        there = beside.is_file()
        return Check(
            False,
            "signature: not checked; give the signer's public key with --key"
            if there
            else "signature: none",
        )
    try:
        given = Path(public_key).read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        given = public_key
    signature.verify(path, given)
    return Check(True, "signature: made by the holder of this key")


def _wrong(path: Path, why: str) -> InputUnreadable:
    return InputUnreadable(
        f"'{path}' is not a release as vstk wrote it: {why}.",
        remedy="ask for the original file, and do not use the numbers of this one.",
    )
