"""The half of an audit that may be seen: reserve budget, draw noise, keep the release, write it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from vstk import ledger, report
from vstk import release as releases
from vstk.errors import InputUnreadable
from vstk.pipeline.instrument import Instrument
from vstk.pipeline.label_error import correctable, quality, uncorrectable
from vstk.pipeline.label_logs import RunSummary
from vstk.pipeline.request import Places, Request
from vstk.pipeline.table_catalogue import plan_for_sizes, table_specs
from vstk.pipeline.workdir import check_ledger_head, open_store, record_ledger_head
from vstk.policy import Privacy
from vstk.release.explain import claims, explain
from vstk.types import Release, Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What an audit did."""

    release: Release
    files: tuple[Path, ...]
    again: bool
    """Whether this is an earlier release of the same question: nothing was spent."""

    screen: RunSummary | None
    left: str
    """Budget that the dataset has left, as exact decimal text."""


def publish(
    request: Request,
    measured: Instrument,
    places: Places,
    out: Path,
    *,
    screen: RunSummary | None = None,
) -> Audit:
    """Reserve, draw, keep, write. The same question again costs nothing.

    Raises:
        BudgetExhausted: the dataset has less left than the policy asks.
    """
    privacy = measured.policy.privacy
    specs = table_specs(measured.sheet, measured.taxonomy, measured.lexicon)
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
        check_ledger_head(book, places.work)
        if book.stored(request.dataset, question) is None:
            # Some of what was chosen may have been set aside since it was planned with.
            releases.check(plan_for_sizes(counts.sizes, privacy, specs), privacy)
        # A place that cannot be written is found out while nothing is reserved.
        record_ledger_head(book, places.work)
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
                confusions=correctable(judged, specs) if judged else None,
                errors=uncorrectable(judged, specs) if judged else None,
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
        record_ledger_head(book, places.work)
    released = report.from_json(text)
    files = report.write(
        released,
        out,
        words=measured.sheet.report_words,
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
            f"{privacy.max_margin_points} points to either side."
            for name in releases.left_out(drawn, privacy)
        ),
    )
