"""From a raw log to the vectors that noise is added to, by the real code, without noise.

Only two things are replaced: the labels come from a hash of the text, and noise is zero.
Every vector is recorded together with the L2 bound that the mechanism was told.
"""

import hashlib
import json
import math
import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import yaml

from tests.support.quick_model import TINY
from vstk import policy, release
from vstk.errors import InputUnreadable, PolicyInvalid
from vstk.pipeline.instrument import Instrument, instrument
from vstk.pipeline.label_logs import label
from vstk.pipeline.labeller import ConversationLabeller
from vstk.pipeline.request import Places, Request
from vstk.pipeline.table_catalogue import plan_for_sizes, table_specs
from vstk.pipeline.workdir import open_store
from vstk.release import mechanism
from vstk.types import Answer, Extraction

KEY = b"n" * 32
FAST = "/dev/shm" if Path("/dev/shm").is_dir() else None


def rules(**privacy):
    """The tiny policy with few tables, large budgets and changed keys of `privacy`."""
    document = yaml.safe_load(TINY.read_text())
    document["privacy"] |= {
        "max_conversations_read": 3,
        "max_conversations_counted": 2,
        "rho": 50,
        "rho_cap": 100,
        "tables": [
            {"name": "subjectivity", "budget_share": 1},
            {"name": "ai_categories", "budget_share": 1},
            {"name": "tasks", "budget_share": 1},
        ],
    } | privacy
    folder = Path(tempfile.mkdtemp())
    path = folder / "policy.yaml"
    path.write_text(yaml.safe_dump(document))
    try:
        return policy.load(str(path))
    finally:
        shutil.rmtree(folder)


class HashLabeller:
    """A scrubber and a model in one: labels are a hash of what the conversation says."""

    def scrub(self, conversation):
        return conversation.turns, "en"

    def __init__(self, measured: Instrument) -> None:
        self._vocabulary = measured.vocabulary

    def ask(self, conversation):
        said = "\0".join(f"{turn.role} {turn.text}" for turn in conversation.turns).encode()

        def number(facet):
            return int.from_bytes(hashlib.sha256(facet.encode() + said).digest()[:8], "big")

        chosen = [("subjectivity", number("subjectivity") % 4), ("task", number("task") % 20)]
        chosen += [("ai_value", at) for at in range(26) if number(f"ai_value{at}") % 4 == 0]
        return Extraction(
            key=conversation.key,
            unit_id=conversation.unit_id,
            answers=tuple(
                Answer(facet=facet, label=self._vocabulary[facet][at], probability=1.0, chosen=True)
                for facet, at in chosen
            ),
            seen_share=1.0,
            tokens=1,
        )


@dataclass
class Recorded:
    """Everything that noise would be added to, in order, and what is read off the log."""

    vectors: list[list[int]] = field(default_factory=list)
    bounds: list[float] = field(default_factory=list)
    unit: str = ""
    weaker: int = 0


class _Paid:
    def __init__(self, rho: Decimal) -> None:
        self._rho = rho

    def spend(self) -> Decimal:
        return self._rho


@contextmanager
def _without_noise(recorded: Recorded):
    real = mechanism.draw

    def draw(vector, *, l2, rho):
        recorded.vectors.append([int(value) for value in vector])
        recorded.bounds.append(l2)
        # An empty log has a population of exactly 0, which real noise never hits.
        shown = [1] if list(vector) == [0] else vector
        return mechanism.Drawn(tuple(shown), mechanism.gaussian_scale(rho, l2=l2), float(rho))

    mechanism.draw = draw
    try:
        yield
    finally:
        mechanism.draw = real


_INSTRUMENTS: dict[str, Instrument] = {}


def _measured(rules: policy.Policy) -> Instrument:
    if rules.hash not in _INSTRUMENTS:
        _INSTRUMENTS[rules.hash] = instrument(rules, KEY)
    return _INSTRUMENTS[rules.hash]


def vectors(files: dict[str, list[dict]], rules: policy.Policy, *, one_in: int = 1) -> Recorded:
    """The vectors of a log, from its files to the sums.

    Args:
        files: name of a file -> its records.
        rules: the policy.
        one_in: sample rate.
    """
    recorded = Recorded(unit=release.unit(rules.privacy))
    folder = Path(tempfile.mkdtemp(dir=FAST))
    try:
        logs = folder / "logs"
        logs.mkdir()
        for name, records in files.items():
            lines = "".join(json.dumps(record) + "\n" for record in records)
            (logs / name).write_text(lines)
        request = Request(logs=[logs], dataset="d", one_in=one_in)
        measured = _measured(rules)
        try:
            seen = label(
                request,
                measured,
                Places(work=folder / "work"),
                labeller=lambda found: ConversationLabeller(
                    HashLabeller(found), HashLabeller(found), found.key, found.vocabulary
                ),
            )
            recorded.weaker = sum(seen.weaker_ids.values())
            with open_store(request, measured, folder / "work", must_exist=True) as store:
                labelled = list(store.labelled())
        except (InputUnreadable, PolicyInvalid):  # nothing is left to label
            labelled = []
        specs = table_specs(measured.sheet, measured.taxonomy, measured.lexicon)
        plan = plan_for_sizes({1: 10_000}, rules.privacy, specs)
        with _without_noise(recorded), _planned_as(plan):
            release.draw(plan, labelled, reservation=_Paid(rules.privacy.rho), sampled=one_in > 1)
        return recorded
    finally:
        shutil.rmtree(folder)


@contextmanager
def _planned_as(plan):
    # Which tables are drawn follows from the noised count; here all of them are compared.
    kind = type(plan)
    real = kind.for_conversations
    kind.for_conversations = lambda self, conversations: plan
    try:
        yield
    finally:
        kind.for_conversations = real


def worst_ratio(one: Recorded, other: Recorded) -> float:
    """The largest change of a vector, over the bound that its noise was scaled to."""
    assert one.unit == other.unit
    assert one.bounds == other.bounds
    return max(
        math.dist(before, after) / bound
        for before, after, bound in zip(one.vectors, other.vectors, one.bounds, strict=True)
    )
