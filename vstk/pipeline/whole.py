"""The floor plan: the one module that knows the order of the rooms.

    read -> select -> (scrub -> extract) -> store -> plan -> reserve -> release -> report

What is left of `reserve` is sensitive and stays on the machine; what is right
of it is safe by type. A run that is killed anywhere is started again with the
same command: finished conversations are kept, and a release that was paid for
and stored comes back as it was.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import partial
from pathlib import Path

from vstk import ledger, paths, readers, report
from vstk import release as releases
from vstk.errors import InputUnreadable, OutputUnwritable
from vstk.pipeline import labelling, selection
from vstk.pipeline.labelling import Progress
from vstk.pipeline.measuring import Instrument, Labeller, instrument
from vstk.pipeline.quality import confusions, errors, quality
from vstk.pipeline.tables import tables
from vstk.pipeline.writing import write_whole
from vstk.policy import Policy, Privacy
from vstk.release import Plan
from vstk.release.explain import claims, explain
from vstk.scrub import load_key, pseudonyms
from vstk.store import Store
from vstk.types import Conversation, Extraction, Reject, Release, Table, UnitKind

HEAD = "ledger-head"
"""File in the work folder: the ledger's last entry when something was last released from it."""

_ENTRY = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where an audit keeps what it must keep."""

    work: Path
    ledger: Path = field(default_factory=lambda: paths.home() / "ledger.db")
    key: Path = field(default_factory=lambda: paths.home() / "key")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked of an audit today, beside the policy."""

    logs: Sequence[Path]
    dataset: str
    format: str | None = None
    period: str | None = None
    one_in: int = 1
    workers: int | None = None
    relabel: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
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
    def of(cls, chosen: selection.Selection, *, kept: int, rejects: Mapping[str, int]) -> Screen:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What an audit did."""

    release: Release
    files: tuple[Path, ...]
    again: bool
    """Whether this is an earlier release of the same question: nothing was spent."""

    screen: Screen | None
    left: str
    """Budget that the dataset has left, as exact decimal text."""


def audit(
    request: Request,
    policy: Policy,
    places: Places,
    out: Path,
    *,
    model: str | None = None,
    labeller: Callable[[Instrument], Labeller] | None = None,
    progress: Progress = lambda done, total: None,
    announce: Callable[[Screen, Plan], None] = lambda screen, plan: None,
) -> Audit:
    """Go the whole way: from logs to a report that may leave.

    Args:
        announce: is told what will be read and what could be published, before
            anything is labelled or spent.
        labeller: makes what labels, in this process, in place of the workers
            that the instrument builds; it is held to the same vocabulary.

    Raises:
        VstkError: what is wrong, and how to put it right; nothing half-written.
    """
    report.check(out)
    measured = instrument(policy, load_key(places.key), model=model)
    screen = label(
        request, measured, places, labeller=labeller, progress=progress, announce=announce
    )
    return publish(request, measured, places, out, screen=screen)


def label(
    request: Request,
    measured: Instrument,
    places: Places,
    *,
    labeller: Callable[[Instrument], Labeller] | None = None,
    progress: Progress = lambda done, total: None,
    announce: Callable[[Screen, Plan], None] = lambda screen, plan: None,
) -> Screen:
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
        specs = tables(measured.sheet, measured.taxonomy, measured.lexicon)
        planned = foresee(chosen.sizes, privacy, specs)
        announce(Screen.of(chosen, kept=len(done), rejects=rejects), planned)
        releases.check(planned, privacy)
        store.keep_only(chosen.keys)
        progress(len(done), len(chosen.keys))
        hasher = partial(pseudonyms, measured.key)
        # Rejects of reading were counted when choosing.
        log = readers.read(request.logs, on_reject=lambda reject: None, format=request.format)
        waiting = _waiting(log, hasher, chosen.keys - done)
        crew = labelling.crew(request.workers, len(chosen.keys) - len(done))
        outcomes = labelling.label_all(
            waiting,
            partial(labeller, measured) if labeller else measured,
            workers=0 if labeller else crew,
        )
        for number, (conversation, outcome) in enumerate(outcomes, start=len(done) + 1):
            _keep(store, conversation, outcome, hasher, privacy)
            progress(number, len(chosen.keys))
        for (step, reason), number in store.counts().rejected.items():
            rejects[f"{step}: {reason}"] = number
    return Screen.of(chosen, kept=len(done), rejects=rejects)


def publish(
    request: Request,
    measured: Instrument,
    places: Places,
    out: Path,
    *,
    screen: Screen | None = None,
) -> Audit:
    """Reserve, draw, keep, write. The same question again costs nothing.

    Raises:
        BudgetExhausted: the dataset has less left than the policy asks.
    """
    privacy = measured.policy.privacy
    specs = tables(measured.sheet, measured.taxonomy, measured.lexicon)
    judged = quality(measured)
    with open_store(request, measured, places.work, must_exist=True) as store:
        counts = store.counts()
        if not counts.conversations:
            raise InputUnreadable(
                f"All {sum(counts.rejected.values())} conversations were set aside "
                f"({', '.join(sorted({reason for _, reason in counts.rejected}))}).",
                remedy="see docs/reference/errors.md for the reasons; nothing was spent.",
            )
        promise = releases.guarantee(privacy, counts.unit_kinds)
        question = ledger.request_hash(
            {
                "labels": store.fingerprint(),
                "settings": store.settings(),
                "policy": measured.policy.hash,
                "one_in": request.one_in,
                "quality": None if judged is None else judged.hash,
            }
        )
        book = ledger.Ledger(places.ledger)
        _same_ledger(book, places.work)
        if book.stored(request.dataset, question) is None:
            # Some of what was chosen may have been set aside since it was planned with.
            releases.check(foresee(counts.sizes, privacy, specs), privacy)
        # A place that cannot be written is found out while nothing is reserved.
        _remember(book, places.work)
        entry = book.reserve(
            request.dataset,
            request=question,
            rho=privacy.rho,
            cap=privacy.rho_cap,
            policy_hash=measured.policy.hash,
            delta=privacy.new_values.delta if privacy.new_values else Decimal(0),
        )
        again = entry.release is not None
        if entry.release is None:
            drawn = releases.release(
                store.labelled(),
                specs,
                privacy,
                reserved=entry.rho,
                confusions=confusions(judged, specs) if judged else None,
                errors=errors(judged, specs) if judged else None,
                sampled=request.one_in > 1,
            )
            unpublished = _not_published(drawn, privacy, specs)
            text = report.to_json(
                Release(
                    schema=report.SCHEMA,
                    dataset=request.dataset,
                    period=request.period or "the whole log",
                    guarantee=promise,
                    manifest=measured.manifest
                    | {
                        "quality_sha256": judged.hash if judged else "none",
                        "one_person_in": str(request.one_in),
                        "ledger_entry": entry.hash,
                    },
                    tables=drawn,
                    quality=judged.quality if judged else None,
                    not_published=unpublished,
                    explanation=explain(
                        privacy,
                        promise,
                        drawn,
                        not_published=unpublished,
                        quality=judged.quality if judged else None,
                        measured_raw=judged is not None and judged.raw,
                        population_rho=releases.population_rho(specs, privacy),
                        sampling_rho=(
                            releases.sampling_rho(specs, privacy) if request.one_in > 1 else None
                        ),
                    ),
                    claims=claims(promise),
                )
            )
            text = book.commit(entry, text)
        else:
            text = entry.release
        _remember(book, places.work)
    released = report.from_json(text)
    files = report.write(
        released,
        out,
        taxonomy_titles={key: label.title for key, label in measured.taxonomy.labels.items()},
        document=text,
    )
    return Audit(
        release=released,
        files=tuple(files),
        again=again,
        screen=screen,
        left=f"{book.left(request.dataset, privacy.rho_cap):f}",
    )


def foresee(sizes: Mapping[int, int], privacy: Privacy, specs: Sequence[releases.Spec]) -> Plan:
    """What could be published of people with so many conversations each."""
    return releases.plan(specs, privacy, conversations=releases.counted(sizes, privacy))


def _same_ledger(book: ledger.Ledger, work: Path) -> None:
    """The ledger still has what it had when something was last released from this folder.

    Raises:
        LedgerBroken: it has been replaced, by an older copy or by another.
    """
    try:
        head = (work / HEAD).read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return
    # What no release has written says nothing of the ledger.
    if _ENTRY.fullmatch(head) and not book.holds(head):
        raise ledger.LedgerBroken(
            f"The ledger '{book.path}' lacks an entry that it had when '{work}' was last released "
            "from: it is an older copy, or another ledger, and what was spent since is missing.",
            remedy="put back the newest copy. If these labels were moved here from another "
            f"machine on purpose, delete '{work / HEAD}'.",
        )


def _remember(book: ledger.Ledger, work: Path) -> None:
    """Keep the ledger's head beside the labels, before anything of them leaves."""
    write_whole(work / HEAD, book.head() + "\n")


@contextmanager
def open_store(
    request: Request,
    measured: Instrument,
    work: Path,
    *,
    relabel: bool = False,
    must_exist: bool = False,
) -> Iterator[Store]:
    """The work folder's labels, if they are those of this instrument and question.

    Raises:
        PolicyInvalid: they were made with other settings.
        OutputUnwritable: the folder cannot be written.
    """
    scope = {"one-in": str(request.one_in), "period": (request.period or "all").lower()}
    try:
        if not must_exist:
            work.mkdir(parents=True, exist_ok=True, mode=0o700)
        store = Store(
            work / "audit.db",
            labels=measured.vocabulary,
            segments={str(n): v for n, v in measured.policy.privacy.segments.items()},
            must_exist=must_exist,
        )
    except OSError as error:
        raise OutputUnwritable(
            f"The work folder '{work}' cannot be written ({error.strerror}).",
            remedy="give a folder that you may write to with --work.",
        ) from None
    with closing(store):
        store.begin(measured.settings | scope, relabel=relabel)
        yield store


def choose(
    request: Request,
    privacy: Privacy,
    key: bytes,
    rejects: Counter[str],
    *,
    known: Collection[str] = (),
) -> selection.Selection:
    """Read the log once for its ids, and choose what will be read for its values.

    Raises:
        InputUnreadable: there is no conversation to read.
    """

    def note(reject: Reject) -> None:
        rejects[f"{reject.step}: {reject.reason}"] += 1

    chosen = selection.select(
        readers.read(request.logs, on_reject=note, format=request.format),
        partial(pseudonyms, key),
        per_unit=privacy.conversations_read,
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
            remedy="give another --period, or a smaller --sample.",
        )
    return chosen


def _waiting(
    log: Iterator[Conversation], hasher: selection.Hasher, keys: frozenset[str]
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
    outcome: labelling.Outcome,
    hasher: selection.Hasher,
    privacy: Privacy,
) -> None:
    period = selection.rounded(conversation.started_at, privacy.period)
    if isinstance(outcome, labelling.Read):
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


def _not_published(
    drawn: Sequence[Table], privacy: Privacy, specs: Sequence[releases.Spec]
) -> tuple[str, ...]:
    titles = {spec.name: spec.title for spec in specs}
    return (
        "Any text of a conversation, any quotation, any example.",
        "Exact counts: of people, conversations, rejected records or set-aside conversations.",
        "Anything about one person or one conversation.",
        *(
            f"Table '{titles[name]}': its interval would be wider than "
            f"{privacy.max_halfwidth} points to either side."
            for name in releases.left_out(drawn, privacy)
        ),
    )
