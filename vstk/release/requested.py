"""The tables that a policy requests, matched with the tables that exist."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vstk.errors import PolicyInvalid
from vstk.policy import Privacy, Segment, TableShare
from vstk.release.table_specs import Spec, TableSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestedTable:
    """One entry of the policy's list of tables, with the table that it names."""

    spec: Spec
    label: str
    """Name of the entry: the table's name, with the segment where there is one."""

    budget_share: int
    by: Segment | None = None
    segment_values: tuple[str, ...] = ()
    """Declared values of `by`; empty where the table is not published by segment."""

    @property
    def title(self) -> str:
        """What the table is called for people."""
        return self.spec.title if self.by is None else f"{self.spec.title} (by {self.by})"


def requested_tables(specs: Sequence[Spec], privacy: Privacy) -> tuple[RequestedTable, ...]:
    """The tables that a policy requests, in its order.

    Raises:
        PolicyInvalid: as `prepare` does.
    """
    by_name = {spec.name: spec for spec in specs}
    return tuple(_requested(by_name, share, privacy) for share in privacy.tables)


def _requested(by_name: Mapping[str, Spec], share: TableShare, privacy: Privacy) -> RequestedTable:
    spec = by_name.get(share.name)
    if spec is None:
        raise PolicyInvalid(
            f"The policy requests the table '{share.name}', which this audit does not have.",
            remedy="remove it from `privacy.tables`; available: " + ", ".join(by_name) + ".",
        )
    if share.by is not None and not isinstance(spec, TableSpec):
        raise PolicyInvalid(
            f"The table '{share.name}' cannot be published by {share.by}.",
            remedy="remove `by`: cross tables and trees have two dimensions already.",
        )
    return RequestedTable(
        spec=spec,
        label=share.label,
        budget_share=share.budget_share,
        by=share.by,
        segment_values=privacy.segments[share.by] if share.by is not None else (),
    )
