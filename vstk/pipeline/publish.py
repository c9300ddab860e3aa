"""The second half of an audit: reserve budget, draw noise, keep the release, write the report."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from vstk import ledger, report
from vstk import release as releases
from vstk.errors import InputUnreadable, PolicyInvalid
from vstk.pipeline.instrument import Instrument
from vstk.pipeline.label_error import QualityDocument, correctable, quality, uncorrectable
from vstk.pipeline.label_logs import RunSummary
from vstk.pipeline.request import Places, Request
from vstk.pipeline.table_catalogue import plan_for_sizes, table_specs
from vstk.pipeline.workdir import check_ledger_head, open_store, record_ledger_head
from vstk.release import Plan
from vstk.store import Counts, Store
from vstk.types import Guarantee, Release


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditResult:
    """The result of an audit."""

    release: Release
    files: tuple[Path, ...]
    already_released: bool
    """Whether this is the stored release of the same question: nothing was spent."""

    changed: bool
    """Whether the labels are no longer those that the stored release was drawn from. For the
    operator's screen only."""

    summary: RunSummary | None
    """Exact figures for the operator; `None` if only a release was made from stored labels."""

    budget_left: str
    """Privacy budget (rho) that the dataset has left, as exact decimal text."""


def publish(
    request: Request,
    measured: Instrument,
    places: Places,
    out: Path,
    *,
    summary: RunSummary | None = None,
) -> AuditResult:
    """Reserve, draw, keep, write. Repeating a question costs nothing.

    A question is a dataset, a period, a policy and an instrument. It does not include the
    labels: a second publication would otherwise tell whether one person was added or erased.

    Raises:
        ApprovalRequired: the policy raises a limit of the dataset, or the dataset is another
            one under a new name.
        BudgetExhausted: the dataset has less budget left than the policy asks.
        InputUnreadable: every conversation was set aside, so there are no labels.
        LedgerBroken: the ledger is not the one that this work folder was released with.
        OutputUnwritable: `out` or the work folder cannot be written.
        PolicyInvalid: the noised number of conversations is too small for the policy.
    """
    privacy, judged = measured.policy.privacy, quality(measured)
    with open_store(request, measured, places.work, must_exist=True) as store:
        counts = _labelled_counts(store)
        promise = releases.guarantee(privacy)
        plan = plan_for_sizes(
            counts.sizes, privacy, table_specs(measured.sheet, measured.taxonomy, measured.lexicon)
        )
        book = ledger.Ledger(places.ledger)
        check_ledger_head(book, places.work)
        question = _question(request, measured, store, judged)
        # A work folder that cannot be written is found out before anything is reserved.
        record_ledger_head(book, places.work)
        with _reservation(book, request, measured, store, question) as entry:
            text = _text(request, measured, store, plan, promise, judged, entry, book, places)
            again, changed = entry.stored is not None, entry.changed
        record_ledger_head(book, places.work)
    return _write(text, request, measured, book, out, again=again, changed=changed, summary=summary)


def _text(
    request: Request,
    measured: Instrument,
    store: Store,
    plan: Plan,
    promise: Guarantee,
    judged: QualityDocument | None,
    entry: ledger.Reservation,
    book: ledger.Ledger,
    places: Places,
) -> str:
    """The stored release of the question, or a new one.

    Raises:
        PolicyInvalid: the noised number of conversations is too small, now or when it was drawn.
    """
    if entry.declined is not None:
        raise _no_release(entry.declined, again=True)
    if entry.stored is not None:
        return entry.stored
    try:
        return _draw(request, measured, store, plan, promise, judged, entry, book)
    except releases.Declined as declined:
        reason = json.dumps([declined.reason.problem, declined.reason.remedy])
        entry.decline(reason, spent=declined.spent)
        record_ledger_head(book, places.work)
        raise _no_release(reason, again=False) from None


def _no_release(reason: str, *, again: bool) -> PolicyInvalid:
    """The error for a question that a noised number of conversations has declined."""
    problem, remedy = json.loads(reason)
    spent = (
        "This was decided earlier, and nothing more was spent; --anew decides again."
        if again
        else "Only the loss of that noised number was spent."
    )
    return PolicyInvalid(f"No release was made. {problem}", remedy=f"{remedy} {spent}")


def _labelled_counts(store: Store) -> Counts:
    """How much is labelled: exact, for the plan and the operator."""
    counts = store.counts()
    if not counts.conversations:
        raise InputUnreadable(
            f"All {sum(counts.rejected.values())} conversations were set aside "
            f"({', '.join(sorted({reason for _, reason in counts.rejected}))}).",
            remedy="look up the reasons in docs/reference/errors.md. Nothing was spent.",
        )
    return counts


def _question(
    request: Request, measured: Instrument, store: Store, judged: QualityDocument | None
) -> str:
    """The hash of what is asked: nothing of the data is in it."""
    return ledger.request_hash(
        {
            "period": request.period,
            "settings": store.settings(),
            "policy": measured.policy.hash,
            "one_in": request.one_in,
            "quality": None if judged is None else judged.hash,
        }
    )


def _reservation(
    book: ledger.Ledger, request: Request, measured: Instrument, store: Store, question: str
) -> AbstractContextManager[ledger.Reservation]:
    privacy = measured.policy.privacy
    labelled = [(one.unit_id, one.key) for one in store.labelled()]
    return book.reservation(
        request.dataset,
        request=question,
        rho=privacy.rho,
        cap=privacy.rho_cap,
        policy_hash=measured.policy.hash,
        delta=privacy.new_values.delta if privacy.new_values else Decimal(0),
        delta_cap=privacy.total_delta_cap,
        unit=privacy.unit_key,
        labels=store.fingerprint(),
        population=ledger.Population.of(
            (unit for unit, _ in labelled), (key for _, key in labelled), measured.key
        ),
        approvers=privacy.approvers,
        anew=request.anew,
    )


def _draw(
    request: Request,
    measured: Instrument,
    store: Store,
    plan: Plan,
    promise: Guarantee,
    judged: QualityDocument | None,
    entry: ledger.Reservation,
    book: ledger.Ledger,
) -> str:
    """Draw the release and keep it in the ledger; returns the text to publish."""
    specs = [table.spec for table in plan.requested]
    drawn = releases.draw(
        plan,
        store.labelled(),
        reservation=entry,
        label_errors=(
            releases.LabelErrors(
                correctable=correctable(judged, specs), uncorrectable=uncorrectable(judged, specs)
            )
            if judged
            else None
        ),
        sampled=request.one_in > 1,
    )
    known = judged.quality if judged else None
    release = Release(
        schema=report.SCHEMA,
        dataset=request.dataset,
        period=request.period or "the whole log",
        guarantee=promise,
        manifest=measured.manifest
        | {
            "quality_sha256": judged.hash if judged else "none",
            "one_person_in": str(request.one_in),
            "ledger_entry": entry.hash,
        }
        | _approvals(book.balance(request.dataset)),
        tables=drawn.tables,
        quality=known,
        not_published=releases.not_published(drawn),
        explanation=releases.explain(
            drawn, promise, quality=known, measured_raw=judged is not None and judged.raw
        ),
        claims=releases.claims(promise),
    )
    return entry.keep(report.to_json(release))


def _approvals(balance: ledger.Balance) -> dict[str, str]:
    """What readers are told of approvals: how often limits were changed, and by which keys."""
    if not balance.approvals:
        return {}
    keys = sorted({one.public_key for one in balance.approvals})
    return {"approvals": f"{len(balance.approvals)}", "approved_by": ", ".join(keys)}


def _write(
    text: str,
    request: Request,
    measured: Instrument,
    book: ledger.Ledger,
    out: Path,
    *,
    again: bool,
    changed: bool,
    summary: RunSummary | None,
) -> AuditResult:
    """Write the report of a release that is kept in the ledger."""
    release, privacy = report.from_json(text), measured.policy.privacy
    files = report.write(
        release,
        out,
        words=measured.sheet.report_words,
        taxonomy_titles={key: label.title for key, label in measured.taxonomy.labels.items()},
        document=text,
    )
    return AuditResult(
        release=release,
        files=tuple(files),
        already_released=again,
        changed=changed,
        summary=summary,
        budget_left=f"{book.left(request.dataset, privacy.rho_cap, privacy.unit_key):f}",
    )
