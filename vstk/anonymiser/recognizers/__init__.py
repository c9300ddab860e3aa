"""Every recogniser, one place for each; Presidio recognisers, for any registry."""

from __future__ import annotations

from collections.abc import Sequence

import regex

from vstk.anonymiser.finding import Deadline
from vstk.anonymiser.presidio import RecognizerRegistry
from vstk.anonymiser.recognizers import (
    addresses,
    age_birth_family,
    contact,
    international,
    introductions,
    national_ids,
    network,
    numbers,
    quasi_identifiers,
    secrets,
)
from vstk.anonymiser.rule import Rule
from vstk.anonymiser.rule_runner import run_rules
from vstk.errors import PolicyInvalid
from vstk.policy import Recognizer

RULES: tuple[Rule, ...] = (
    *secrets.RULES,
    *contact.RULES,
    *network.RULES,
    *numbers.RULES,
    *national_ids.RULES,
    *addresses.RULES,
    *age_birth_family.RULES,
    *introductions.RULES,
    *quasi_identifiers.RULES,
    *international.RULES,
)


def build_registry(own: Sequence[Recognizer] = ()) -> RecognizerRegistry:
    """A Presidio registry of all our recognisers and those of a policy.

    Raises:
        PolicyInvalid: when a pattern of the policy is not one, or its examples fail.
    """
    return RecognizerRegistry(recognizers=[*RULES, *map(rule_from_policy, own)])


def rule_from_policy(recognizer: Recognizer) -> Rule:
    """A recogniser of the organisation's own, checked on its examples.

    Raises:
        PolicyInvalid: naming the entity and the kind of failure.
    """
    where = f"scrub.recognizers: {recognizer.entity}"
    try:
        regex.compile(recognizer.pattern)
        rule = Rule(
            recognizer.entity,
            (recognizer.pattern, float(recognizer.score)),
            source="the policy",
            context=tuple(word.lower() for word in recognizer.context),
            name=f"policy_{recognizer.entity.lower()}",
        )
    except regex.error:
        raise PolicyInvalid(
            f"{where}: the pattern is not a regular expression.",
            remedy="correct the pattern.",
        ) from None
    try:
        for kind, examples, wanted in (
            ("match", recognizer.examples.match, True),
            ("no_match", recognizer.examples.no_match, False),
        ):
            for number, example in enumerate(examples, 1):
                if bool(run_rules([rule], [example], Deadline(1.0))[0]) is not wanted:
                    raise PolicyInvalid(
                        f"{where}: example {number} of `{kind}` is "
                        f"{'not ' if wanted else ''}found.",
                        remedy="correct the pattern, its score and context, or the example; "
                        "docs/how-to/add-a-recognizer.md shows one.",
                    )
    except TimeoutError:
        raise PolicyInvalid(
            f"{where}: the pattern takes over a second on an example.",
            remedy="bound its repetitions, e.g. `\\d{4,12}` for `\\d+`.",
        ) from None
    return rule
