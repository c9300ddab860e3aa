"""The first half of an audit, which is sensitive: read, choose, scrub, label, store the labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from vstk import readers
from vstk.anonymiser import Pseudonyms, pseudonyms
from vstk.errors import InputUnreadable, PolicyInvalid
from vstk.pipeline import sampling, worker_pool
from vstk.pipeline.instrument import Instrument
from vstk.pipeline.labeller import ConversationLabeller
from vstk.pipeline.request import Places, Request
from vstk.pipeline.table_catalogue import plan_for_sizes, table_specs
from vstk.pipeline.workdir import open_store
from vstk.pipeline.worker_pool import Progress
from vstk.policy import Privacy
from vstk.release import Plan
from vstk.store import Store
from vstk.types import Conversation, UnitKind


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """Exact counts of a run, for the operator's screen only: they must not be published."""

    read: int
    """Conversations in the log."""

    units: int
    """People in the period, sampled or not."""

    chosen: int
    """Conversations that are audited."""

    kept: int
    """Of the chosen ones, those that an earlier run of the same audit labelled."""

    outside_period: int
    rejects: Mapping[str, int]
    """`step: reason` -> records passed over."""

    weaker_ids: Mapping[UnitKind, int]
    """Kind of id -> conversations set aside because the policy does not accept the kind."""

    @classmethod
    def of(cls, chosen: sampling.Selection, *, kept: int, rejects: Mapping[str, int]) -> RunSummary:
        """The counts of a selection."""
        return cls(
            read=chosen.read,
            units=chosen.units,
            chosen=len(chosen.numbers),
            kept=kept,
            outside_period=chosen.outside_period,
            rejects=dict(sorted(rejects.items())),
            weaker_ids=dict(sorted(chosen.weaker_ids.items())),
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
    """Label every conversation that is chosen and not labelled yet.

    The log is read twice: to index it, and to convert the conversations that are labelled.

    Args:
        request: which logs, and which part of them.
        measured: what labels are made with.
        places: where labels are stored.
        labeller: makes what labels, in this process, in place of worker processes.
        progress: told of labelled and chosen conversations.
        announce: told of the selection and the plan before anything is labelled.

    Raises:
        InputUnreadable: there is no log, or no conversation in it.
        PolicyInvalid: the work folder holds labels of another instrument.
    """
    privacy = measured.policy.privacy
    hasher = unit_hasher(privacy, measured.key)
    with open_store(request, measured, places.work, relabel=request.relabel) as store:
        before = store.done()
        log = index_logs(request.logs, privacy, format=request.format, options=request.reading)
        rejects = count_rejects(log)
        chosen = choose(log, request, privacy, hasher, rejects, labelled=before)
        if (unknown := len(before - chosen.labelled)) and not request.relabel:
            raise InputUnreadable(
                f"'{places.work}' holds labels of {unknown} conversations that are not in "
                "these logs.",
                remedy="give another folder with --work, or discard those labels with --relabel.",
            )
        done = before & chosen.keys
        specs = table_specs(measured.sheet, measured.taxonomy, measured.lexicon)
        plan = plan_for_sizes(chosen.sizes, privacy, specs)
        # The plan is for the exact number of conversations, so nothing may depend on it but
        # what the operator sees: whether there is a release is decided by a noised number.
        announce(RunSummary.of(chosen, kept=len(done), rejects=rejects), plan)
        store.delete_all_except(chosen.keys)
        progress(len(done), len(chosen.numbers))
        missing = {number for key, number in chosen.numbers.items() if key not in done}
        outcomes = worker_pool.map_conversations(
            log.conversations(missing),
            partial(labeller, measured) if labeller else measured,
            workers=0 if labeller else worker_pool.worker_count(request.workers, len(missing)),
        )
        for number, (conversation, outcome) in enumerate(outcomes, start=len(done) + 1):
            _store_outcome(store, conversation, outcome, hasher, privacy)
            progress(number, len(chosen.numbers))
        for (step, reason), number in store.counts().rejected.items():
            rejects[f"{step}: {reason}"] = number
    return RunSummary.of(chosen, kept=len(done), rejects=rejects)


def unit_hasher(privacy: Privacy, key: bytes) -> sampling.Hasher:
    """The keyed hashes of a conversation's unit and of the conversation itself.

    Under `unit: conversation` each conversation is its own unit, whoever had it.
    """

    def hashes(conversation: Conversation | readers.IndexedConversation) -> Pseudonyms:
        found = pseudonyms(key, conversation, case_sensitive=privacy.case_sensitive_ids)
        return found._replace(unit_id=found.key) if privacy.unit == "conversation" else found

    return hashes


def count_rejects(log: readers.LogIndex) -> Counter[str]:
    """Records of a log that were passed over: `step: reason` -> how many."""
    return Counter(f"{reject.step}: {reject.reason}" for reject in log.rejects())


def index_logs(
    logs: Sequence[Path],
    privacy: Privacy,
    *,
    format: str | None = None,
    options: readers.Options | None = None,
) -> readers.LogIndex:
    """Index logs, joining records only as far as the policy's unit of privacy allows.

    Where a conversation is the unit, a record may neither remove nor change another: records
    that share no id stay apart.
    """
    options = replace(options or readers.Options(), separate=privacy.unit == "conversation")
    return readers.index(logs, format=format, options=options)


def choose(
    log: readers.LogIndex,
    request: Request,
    privacy: Privacy,
    hasher: sampling.Hasher,
    rejects: Mapping[str, int],
    *,
    labelled: Collection[str] = (),
) -> sampling.Selection:
    """Choose the conversations to audit from a log's index.

    Raises:
        InputUnreadable: there is no conversation to audit.
        PolicyInvalid: no conversation has an id that the policy accepts.
    """
    chosen = sampling.select(
        log,
        hasher,
        per_unit=privacy.max_conversations_read,
        one_in=request.one_in,
        period=request.period,
        length=privacy.period,
        labelled=labelled,
        accepted_ids=privacy.accepted_ids,
        case_sensitive=privacy.case_sensitive_ids,
    )
    if chosen.read == 0:
        raise InputUnreadable(
            f"No conversation could be read; {sum(rejects.values())} records were passed over"
            f"{' (' + ', '.join(sorted(rejects)) + ')' if rejects else ''}.",
            remedy="see with `vstk inspect` what the files hold, and `vstk formats` for what "
            "can be read.",
        )
    weaker = sum(chosen.weaker_ids.values())
    if weaker and weaker + chosen.outside_period == chosen.read:
        raise PolicyInvalid(
            f"No conversation has an id that counts as a person: the policy accepts "
            f"{' and '.join(privacy.accepted_ids or ())}, and {weaker} conversations have "
            f"{', '.join(sorted(chosen.weaker_ids))}.",
            remedy="add the id to the log (`vstk inspect` shows which ids were found), set "
            "`privacy.weakest_id` to a weaker kind, or set `privacy.unit: conversation`, which "
            "protects single conversations and not people who had several.",
        )
    if not chosen.numbers:
        raise InputUnreadable(
            "No conversation is left to read: "
            f"{chosen.outside_period} of {chosen.read} are outside the period.",
            remedy="give another --period, or a --sample-rate that selects more people.",
        )
    return chosen


def _store_outcome(
    store: Store,
    conversation: Conversation,
    outcome: worker_pool.Outcome,
    hasher: sampling.Hasher,
    privacy: Privacy,
) -> None:
    period = sampling.rounded(conversation.started_at, privacy.period)
    unit_id, key = hasher(conversation)
    if isinstance(outcome, worker_pool.LabelledResult):
        store.add(
            replace(outcome.extraction, unit_id=unit_id, key=key),
            unit_kind=conversation.unit_kind,
            period=period,
            segments=_segments(conversation, outcome.language, privacy),
        )
        return
    store.add_rejected(key, outcome.step, outcome.reason, unit_id=unit_id)


def _segments(conversation: Conversation, language: str, privacy: Privacy) -> dict[str, str]:
    """Declared values only; any other value of the log becomes `other`."""
    found = {"team": conversation.team, "model": conversation.model, "language": language}
    return {
        name: value if (value := found[name]) in values else "other"
        for name, values in privacy.segments.items()
        if name in found
    }
