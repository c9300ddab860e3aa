"""The sensitive half of an audit: read, choose, scrub, extract, keep labels in the work folder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

from vstk import readers
from vstk import release as releases
from vstk.anonymiser import pseudonyms
from vstk.errors import InputUnreadable
from vstk.pipeline import sampling, worker_pool
from vstk.pipeline.instrument import ConversationLabeller, Instrument
from vstk.pipeline.request import Places, Request
from vstk.pipeline.table_catalogue import plan_for_sizes, table_specs
from vstk.pipeline.workdir import open_store
from vstk.pipeline.worker_pool import Progress
from vstk.policy import Privacy
from vstk.release import Plan
from vstk.store import Store
from vstk.types import Conversation, Extraction, Reject, UnitKind


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """Exact figures, for the operator's screen and nowhere else."""

    read: int
    units: int
    chosen: int
    kept: int
    """Labelled by an earlier run of the same audit."""

    outside_period: int
    rejects: Mapping[str, int]
    """`step: reason` -> records passed over."""

    kinds: frozenset[UnitKind]

    @classmethod
    def of(cls, chosen: sampling.Selection, *, kept: int, rejects: Mapping[str, int]) -> RunSummary:
        """What a selection met, and what was passed over."""
        return cls(
            read=chosen.read,
            units=chosen.units,
            chosen=len(chosen.keys),
            kept=kept,
            outside_period=chosen.outside_period,
            rejects=dict(sorted(rejects.items())),
            kinds=frozenset(chosen.kinds),
        )


def label(
    request: Request,
    measured: Instrument,
    places: Places,
    *,
    labeller: Callable[[Instrument], ConversationLabeller] | None = None,
    progress: Progress = lambda done, total: None,
    announce: Callable[[RunSummary, Plan], None] = lambda screen, plan: None,
) -> RunSummary:
    """Label every conversation that is chosen and not yet labelled.

    Raises:
        InputUnreadable: there is no log, or no conversation in it.
        PolicyInvalid: the policy promises more than the log's ids support, its
            tables would be wider than it allows, or the work folder holds
            labels of another instrument.
    """
    privacy = measured.policy.privacy
    rejects: Counter[str] = Counter()
    with open_store(request, measured, places.work, relabel=request.relabel) as store:
        before = store.done()
        chosen = choose(request, privacy, measured.key, rejects, known=before)
        releases.unit(privacy, chosen.kinds)
        if (strangers := len(before - chosen.met)) and not request.relabel:
            raise InputUnreadable(
                f"'{places.work}' holds labels of {strangers} conversations that are not in "
                "these logs.",
                remedy="give another folder with --work, or drop those labels with --relabel.",
            )
        done = before & chosen.keys
        specs = table_specs(measured.sheet, measured.taxonomy, measured.lexicon)
        planned = plan_for_sizes(chosen.sizes, privacy, specs)
        announce(RunSummary.of(chosen, kept=len(done), rejects=rejects), planned)
        releases.check(planned, privacy)
        store.keep_only(chosen.keys)
        progress(len(done), len(chosen.keys))
        hasher = partial(pseudonyms, measured.key)
        # Rejects of reading were counted when choosing.
        log = readers.read(request.logs, on_reject=lambda reject: None, format=request.format)
        waiting = _waiting(log, hasher, chosen.keys - done)
        crew = worker_pool.worker_count(request.workers, len(chosen.keys) - len(done))
        outcomes = worker_pool.map_conversations(
            waiting,
            partial(labeller, measured) if labeller else measured,
            workers=0 if labeller else crew,
        )
        for number, (conversation, outcome) in enumerate(outcomes, start=len(done) + 1):
            _keep(store, conversation, outcome, hasher, privacy)
            progress(number, len(chosen.keys))
        for (step, reason), number in store.counts().rejected.items():
            rejects[f"{step}: {reason}"] = number
    return RunSummary.of(chosen, kept=len(done), rejects=rejects)


def choose(
    request: Request,
    privacy: Privacy,
    key: bytes,
    rejects: Counter[str],
    *,
    known: Collection[str] = (),
) -> sampling.Selection:
    """Read the log once for its ids, and choose what will be read for its values.

    Raises:
        InputUnreadable: there is no conversation to read.
    """

    def note(reject: Reject) -> None:
        rejects[f"{reject.step}: {reject.reason}"] += 1

    chosen = sampling.select(
        readers.read(request.logs, on_reject=note, format=request.format),
        partial(pseudonyms, key),
        per_unit=privacy.max_conversations_read,
        one_in=request.one_in,
        period=request.period,
        length=privacy.period,
        known=known,
    )
    if chosen.read == 0:
        raise InputUnreadable(
            f"No conversation could be read; {sum(rejects.values())} records were passed over"
            f"{' (' + ', '.join(sorted(rejects)) + ')' if rejects else ''}.",
            remedy="see with `vstk inspect` what the files hold, and `vstk formats` for what "
            "can be read.",
        )
    if not chosen.keys:
        raise InputUnreadable(
            "No conversation is left to read: "
            f"{chosen.outside_period} of {chosen.read} are outside the period.",
            remedy="give another --period, or a --sample-rate that selects more people.",
        )
    return chosen


def _waiting(
    log: Iterator[Conversation], hasher: sampling.Hasher, keys: frozenset[str]
) -> Iterator[Conversation]:
    left = set(keys)
    for conversation in log:
        _, key = hasher(conversation)
        if key in left:
            left.discard(key)
            yield conversation
        if not left:
            return


def _keep(
    store: Store,
    conversation: Conversation,
    outcome: worker_pool.Outcome,
    hasher: sampling.Hasher,
    privacy: Privacy,
) -> None:
    period = sampling.rounded(conversation.started_at, privacy.period)
    if isinstance(outcome, worker_pool.LabelledResult):
        store.add(
            _unit(outcome.extraction, privacy),
            unit_kind=conversation.unit_kind,
            period=period,
            segments=_segments(conversation, outcome.language, privacy),
        )
        return
    unit_id, key = hasher(conversation)
    store.add_rejected(key, outcome.step, outcome.reason, unit_id=unit_id)


def _segments(conversation: Conversation, language: str, privacy: Privacy) -> dict[str, str]:
    """Declared values only: what a log calls a team is the log's own word."""
    found = {"team": conversation.team, "model": conversation.model, "language": language}
    return {
        name: value if (value := found[name]) in values else "other"
        for name, values in privacy.segments.items()
        if name in found
    }


def _unit(extraction: Extraction, privacy: Privacy) -> Extraction:
    """With `unit: conversation` each conversation is a unit of its own."""
    return (
        replace(extraction, unit_id=extraction.key)
        if privacy.unit == "conversation"
        else (extraction)
    )
