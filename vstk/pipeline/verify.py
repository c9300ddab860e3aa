"""Is a release what it says it is? Its form, its sums, its ledger entry, its signature.

What is wrong is raised. What cannot be told on this machine is said to be
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
"""The end of the name of a table by segment: those of one dimension were drawn at once."""

check_key = signature.private_key
new_key = signature.new_key


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    holds: bool
    """False where this machine cannot tell; what is wrong is an error."""

    text: str


def sign(release_json: Path, key: Path) -> Path:
    """Sign a release, if it is one; returns the file of the signature.

    Raises:
        InputUnreadable: the file is no release, or the key no key.
    """
    read_release(release_json)
    return signature.sign(release_json, key)


def verify(release_json: Path, *, public_key: str | None = None) -> tuple[Check, ...]:
    """Check everything of a release that can be checked here.

    Args:
        public_key: of who must have signed it, or a file that holds it.

    Raises:
        InputUnreadable: it is no release, its numbers contradict each other, or
            it is not what the holder of the key signed.
        LedgerBroken: this machine's ledger knows the dataset and not this
            release, or says something else of it.
    """
    release = read_release(release_json)
    text = release_json.read_text(encoding="utf-8")
    written = report.to_json(release) == text
    return (
        Check(
            written,
            f"form: a release of '{release.dataset}', {release.period}"
            + ("" if written else "; written by another version of vstk, or rewritten since"),
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
        raise _wrong(path, f"its tables cost rho = {whole}, and it states {promise.rho}")
    if mechanism.epsilon(Decimal(promise.rho), Decimal(promise.delta)) > promise.epsilon:
        raise _wrong(path, "its epsilon is smaller than its rho and delta make it")
    return Check(
        True,
        f"sums: tables cost rho = {whole} of the {promise.rho} stated, which is epsilon = "
        f"{promise.epsilon:g} at delta = {promise.delta}",
    )


def _documents(release: Release) -> Iterator[Check]:
    """Whether the documents of those names here are those that made the release."""
    stated = release.manifest
    here: dict[str, Callable[[str], str]] = {
        "policy": lambda name: policy.load(name).hash,
        "sheet": lambda name: sheets.load(name).hash,
        "taxonomy": lambda name: taxonomies.load(name).hash,
        "model": lambda name: registry.get(name).sha256,
        "spacy": lambda names: ", ".join(registry.get(id).sha256 for id in names.split(", ")),
    }
    for kind, digest in here.items():
        name, stood = stated.get(kind), stated.get(f"{kind}_sha256")
        if name is None or stood in (None, "none"):
            continue
        try:
            same = digest(name) == stood
        except VstkError:
            yield Check(False, f"{kind} '{name}': not known on this machine")
            continue
        yield Check(
            same,
            f"{kind} '{name}' is the one in this installation"
            if same
            else f"{kind} '{name}': another than the one of this name here",
        )


def _ledger(release: Release, text: str) -> Check:
    path = paths.home() / "ledger.db"
    cited = release.manifest.get("ledger_entry", "")
    if not path.is_file():
        return Check(False, "ledger: this machine has none to hold the release against")
    book = ledger.Ledger(path)
    number = book.verify()
    entries = book.entries(release.dataset)
    entry = next((one for one in entries if one.hash == cited), None)
    if entry is None and not entries:
        return Check(
            False,
            f"ledger: the one here has nothing of '{release.dataset}'; right on a reader's "
            "machine, and on the machine that made the release a sign that its ledger was replaced",
        )
    if entry is None:
        raise LedgerBroken(
            f"The ledger here knows '{release.dataset}' and lacks the entry that this release "
            "cites: it is an older copy of the ledger that paid for it, or another ledger.",
            remedy="put back the newest copy, and publish nothing of this dataset until then: "
            "what was spent since the copy was made is missing from its account.",
        )
    kept = next((one.release for one in entries if one.settles == entry.number), None)
    if kept != text:
        raise LedgerBroken(
            f"Entry {entry.number} of the ledger here paid for another release than this one.",
            remedy="trust the ledger: `vstk release` with the same question writes what was "
            "released, and find out who changed this file.",
        )
    return Check(
        True,
        f"ledger: entry {entry.number} of {number} paid for exactly this release; the chain is "
        "whole",
    )


def _signature(path: Path, public_key: str | None) -> Check:
    beside = path.with_name(path.name + signature.SUFFIX)
    if public_key is None:
        there = beside.is_file()
        return Check(
            False,
            "signature: there is one; give the signer's public key with --key to check it"
            if there
            else "signature: there is none",
        )
    try:
        given = Path(public_key).read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        given = public_key
    signature.verify(path, given)
    return Check(True, "signature: made by the holder of this key")


def _wrong(path: Path, why: str) -> InputUnreadable:
    return InputUnreadable(
        f"'{path}' is not a release as it was made: {why}.",
        remedy="ask who gave it to you for the file as vstk wrote it; trust no number in this one.",
    )
