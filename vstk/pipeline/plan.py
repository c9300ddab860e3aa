"""What a policy could publish, and its guarantee, before any log is read."""

from __future__ import annotations

from vstk import attacker
from vstk import release as releases
from vstk import sheet as sheets
from vstk import taxonomy as taxonomies
from vstk.pipeline.instrument import lexicon
from vstk.pipeline.table_catalogue import check_tables, table_specs
from vstk.policy import Policy
from vstk.release import Plan


def plan_policy(policy: Policy, units: int, conversations: int | None) -> Plan:
    """What a policy could publish about a number of people.

    Args:
        policy: the policy.
        units: how many people.
        conversations: how many conversations they have; `None` for as many as can count.
    """
    most = units * policy.privacy.max_conversations_counted
    counted = min(most, conversations or most)
    return releases.prepare(specs_of(policy), policy.privacy, conversations=counted)


def specs_of(policy: Policy) -> tuple[releases.Spec, ...]:
    """Every table that the policy's sheet and taxonomy define."""
    sheet, taxonomy = sheets.load(policy.extract.sheet), taxonomies.load(policy.taxonomy)
    check_tables(policy, sheet)
    return table_specs(sheet, taxonomy, lexicon(policy, taxonomy))


def promise(policy: Policy) -> tuple[str, ...]:
    """The guarantee of a policy and what it means, sentence by sentence.

    Raises:
        PolicyInvalid: it asks for a table that its sheet does not define.
    """
    check_tables(policy, sheets.load(policy.extract.sheet))
    stated = releases.guarantee(policy.privacy)
    return (releases.sentence(stated), *attacker.meaning(stated).sentences)
