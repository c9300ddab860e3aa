"""All pattern recognizers of vstk, as Presidio recognizers."""

from __future__ import annotations

from collections.abc import Sequence

import regex

from vstk.anonymiser.finding import Deadline
from vstk.anonymiser.presidio import RecognizerRegistry
from vstk.anonymiser.recognizers import (
    accounts,
    addresses,
    age_birth_family,
    bare_numbers,
    chinese_names,
    emails,
    hosts,
    international,
    introductions,
    name_cues,
    national_ids,
    national_phones,
    network,
    numbers,
    phones,
    quasi_identifiers,
    secrets,
    secrets_in_prose,
    spoken,
    usernames,
)
from vstk.anonymiser.rule import Rule
from vstk.anonymiser.rule_runner import run_rules
from vstk.errors import PolicyInvalid
from vstk.policy import Recognizer

RULES: tuple[Rule, ...] = (
    *secrets.RULES,
    *secrets_in_prose.RULES,
    *emails.RULES,
    *phones.RULES,
    *national_phones.RULES,
    *usernames.RULES,
    *accounts.RULES,
    *hosts.RULES,
    *network.RULES,
    *numbers.RULES,
    *bare_numbers.RULES,
    *national_ids.RULES,
    *addresses.RULES,
    *age_birth_family.RULES,
    *introductions.RULES,
    *name_cues.RULES,
    *chinese_names.RULES,
    *quasi_identifiers.RULES,
    *international.RULES,
    *spoken.RULES,
)


def build_registry(own: Sequence[Recognizer] = ()) -> RecognizerRegistry:
    """Build a Presidio registry of all `RULES` and of a policy's own recognizers.

    Raises:
        PolicyInvalid: a pattern of the policy is invalid, or its examples fail.
    """
    return RecognizerRegistry(recognizers=[*RULES, *map(rule_from_policy, own)])


def rule_from_policy(recognizer: Recognizer) -> Rule:
    """Convert a recognizer of a policy to a rule and test it on its examples.

    Raises:
        PolicyInvalid: the pattern is invalid, an example fails, or one takes over a second.
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
            remedy="write the pattern in the syntax of the Python package `regex`.",
        ) from None
    try:
        for kind, examples, is_match in (
            ("match", recognizer.examples.match, True),
            ("no_match", recognizer.examples.no_match, False),
        ):
            for number, example in enumerate(examples, 1):
                if bool(run_rules([rule], [example], Deadline(1.0))[0]) is not is_match:
                    raise PolicyInvalid(
                        f"{where}: example {number} of `{kind}` is "
                        f"{'not ' if is_match else ''}found.",
                        remedy="correct the pattern, its score and context, or the example; see "
                        "docs/how-to/add-a-recognizer.md.",
                    )
    except TimeoutError:
        raise PolicyInvalid(
            f"{where}: the pattern takes more than a second on an example.",
            remedy="limit its repetitions, e.g. `\\d{4,12}` instead of `\\d+`.",
        ) from None
    return rule
