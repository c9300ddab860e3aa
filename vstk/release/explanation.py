"""The explain sheet and the claims of a release.

The sheet follows the order in which NIST SP 800-226 evaluates a differential privacy
guarantee: unit and parameters, algorithms, what is not published, accuracy and bias,
then the assumptions. Everything in it is configured, constant or noised.
"""

from __future__ import annotations

from collections.abc import Sequence

from vstk.attacker import meaning
from vstk.policy import Privacy
from vstk.release import mechanism
from vstk.release.guarantee import sentence
from vstk.release.noisy_release import Drawn
from vstk.types import Claims, Guarantee, LabelError, Quality, Statement, Table


def explain(
    drawn: Drawn, promise: Guarantee, *, quality: Quality | None, measured_raw: bool = False
) -> tuple[Statement, ...]:
    """The explain sheet of a release, topic by topic.

    Args:
        drawn: the release.
        promise: its guarantee.
        quality: how well the labeller does on labelled conversations, if that is known.
        measured_raw: whether `quality` was measured on text that was not scrubbed.
    """
    privacy = drawn.plan.privacy
    return (
        Statement("Unit of privacy", f"One {promise.unit}, with everything it has in the period."),
        Statement(
            "Privacy parameters",
            f"epsilon = {promise.epsilon:g} at delta = {promise.delta}, from rho = {promise.rho} "
            "under zero-concentrated differential privacy. The rho of all releases of a dataset "
            f"adds up; the ledger refuses releases beyond a total of {privacy.rho_cap:f}. Group "
            "privacy: for k units together the loss is at most k² · rho. A person with two ids "
            "counts as two units.",
        ),
        Statement("What an attacker can learn", " ".join(meaning(promise).sentences)),
        Statement(
            "Neighbouring relation", f"Two datasets are neighbours by {promise.neighbouring}."
        ),
        Statement("Contribution bounds", _bounds(privacy)),
        Statement("Mechanism and scales", _mechanism(drawn)),
        Statement("Not published", " ".join(not_published(drawn))),
        Statement("Accuracy", _accuracy(drawn)),
        Statement(
            "Bias",
            "Contributions above the bound are clipped, and counts are rounded down by less than "
            "1/65,536 of a conversation per person and row. Both bias shares downwards; the "
            "intervals do not include this bias. Shares below zero are published as drawn, "
            "because raising them to zero would bias all shares upwards.",
        ),
        Statement(
            "Trust model",
            "One trusted machine reads the log. The guarantee protects against readers of the "
            "release. It does not protect against anybody who can read the log, the work folder "
            "or the machine's memory.",
        ),
        Statement("Label quality", _quality(drawn.tables, quality, measured_raw)),
        Statement(
            "OpenDP features",
            "All noise is drawn by OpenDP, whose own map states the loss of every draw before it "
            "is made. OpenDP features switched on: "
            + ", ".join(mechanism.FEATURES)
            + ". `contrib` means that OpenDP has not finished vetting the proof of a component: "
            "here the discrete Gaussian, its conversion to epsilon at delta and, for new values, "
            "the thresholded discrete Gaussian.",
        ),
        Statement(
            "Side channels",
            "Tables have the same rows whatever the log holds, and are written after all noise "
            "has been drawn. The duration of an audit and the size of its work folder depend on "
            "the size of the log; only the operator sees them. Whether "
            "there is a release, and which tables it has, is decided by the noised number of "
            "conversations. Its privacy loss is part of the release's, and is spent even if "
            "there is no release. That a log has any conversation at all is not protected.",
        ),
        Statement(
            "Access control",
            "The work folder, the key of the keyed hashes and the ledger belong to the account "
            "that runs the audit, and no other account can read them. A ledger restored from an "
            "old copy is detected by the work folder that it last paid for, and by the ledger "
            "entry that each release cites (`vstk release verify`), unless these are restored "
            "with it.",
        ),
        Statement(
            "Data collection",
            "The logs are used as the assistant wrote them. An id that several people share "
            "makes them one unit; a person whose id changes becomes several units.",
        ),
    )


def claims(promise: Guarantee) -> Claims:
    """Claims that a report of this release supports, and claims that no report supports."""
    conversation_alone = (
        ("A person with several conversations is protected as a whole.",)
        if promise.unit == "conversation"
        else ()
    )
    meant = meaning(promise)
    # Without a meaningful limit, what the tables protect is among the claims never to be made.
    limits = tuple(one.sentence for one in meant.odds) if meant.strength != "none" else ()
    unprotected = (meant.verdict,) if meant.strength == "none" else ()
    return Claims(
        may=(
            sentence(promise),
            *limits,
            *unprotected,
            "This holds if the ids in the log are right and the ledger was not rolled back.",
            "Every share has a 95 % interval, and every table says whether its intervals include "
            "the labeller's errors.",
            "Where they do, 19 of 20 intervals contain the share that human annotators would have "
            "found, provided that the labeller's error rates on this log equal those on the "
            "conversations where they were measured.",
            "This release contains no text of a conversation: it has no field for one.",
        ),
        never=(
            "The data, or the people in it, are anonymous.",
            "The release complies with a law.",
            "Nothing can leak.",
            *(f"The tables protect any one {promise.unit}." for _ in unprotected),
            "The logs are free of personal data.",
            "The assistant has, or lacks, a value: labels state what a local model found in its "
            "replies, with the errors measured above.",
            *conversation_alone,
        ),
    )


def not_published(drawn: Drawn) -> tuple[str, ...]:
    """What is not in the release: what never is, and the tables that are omitted."""
    limit = drawn.plan.privacy.max_margin_points
    return (
        "Any text of a conversation, any quotation, any example.",
        "Exact counts: of people, conversations, rejected records or set-aside conversations.",
        "Anything about one person or one conversation.",
        *(
            f"Table '{table.title}': its margin would exceed {limit} points to either side."
            for table in drawn.omitted
        ),
    )


def _bounds(privacy: Privacy) -> str:
    if privacy.unit == "conversation":
        return (
            "Each conversation counts once in a table with one label per conversation. Where a "
            "conversation can have several labels, its vector is clipped to an L2 norm of "
            f"{privacy.l2_clip:f}."
        )
    return (
        f"At most {privacy.max_conversations_read} conversations of a person are audited, chosen "
        "by a keyed hash before any label exists. Each person contributes at most "
        f"{privacy.max_conversations_counted} conversations' worth of weight, spread evenly over "
        "their audited conversations. Where a conversation can have several labels, the person's "
        f"vector is clipped to an L2 norm of {privacy.l2_clip:f} times that weight. A person's "
        "contribution depends on that person's conversations alone."
    )


def _mechanism(drawn: Drawn) -> str:
    scales = [
        f"{table.name}: standard deviation {table.scale:.3g} conversations, rho {table.rho}"
        for table in drawn.tables
    ]
    scales.append(
        f"number of conversations: standard deviation {drawn.population.sigma:.3g}, "
        f"rho {drawn.population_rho:f}"
    )
    if drawn.squared_contributions is not None:
        scales.append(
            "sum of squared contributions: standard deviation "
            f"{drawn.squared_contributions.sigma:.3g}, rho {drawn.design_effect_rho:f}"
        )
    name = mechanism.NAME[0].upper() + mechanism.NAME[1:]
    sample = (
        " Because a sample was read, noise is also added to the design effect of the sample (sum "
        "of squared contributions). In tables without segments, pairs or levels, part of the rho "
        "measures the intra-person correlation of labels."
    )
    return (
        f"{name} noise is added to integers: once to each vector of counts, and once to the "
        "number of conversations that shares refer to."
        + (sample if drawn.sampled else "")
        + f" {'; '.join(scales)}."
    )


def _accuracy(drawn: Drawn) -> str:
    sampling = (
        "and the sampling error, because a random sample of the log was read"
        if drawn.sampled
        else "and no sampling error, because the whole log was read"
    )
    by_state = [
        f"{_STATES[state]} {', '.join(names)}."
        for state in _STATES
        if (names := [table.name for table in drawn.tables if table.label_error == state])
    ]
    return " ".join(
        [
            "Each row has a 95 % interval of its own, not corrected for the number of rows. It "
            f"includes the noise {sampling}, and the labeller's errors where they were measured "
            "on public conversations.",
            *by_state,
            "Each row also has the interval without the labeller's errors (`found_low`, "
            "`found_high`).",
        ]
    )


_STATES: dict[LabelError, str] = {
    "corrected": "Shares corrected for the labeller's errors, with the interval of the corrected "
    "share:",
    "in_interval": "Shares not corrected, with an interval that includes the labeller's errors:",
    "not_known": "Labeller's errors not measured, and not in the interval:",
}


def _quality(tables: Sequence[Table], quality: Quality | None, measured_raw: bool) -> str:
    if quality is None:
        return (
            "The accuracy of this labeller has not been measured; shares are what it found in "
            "the log."
        )
    shrunken = any(table.label_error == "in_interval" for table in tables)
    return (
        f"Measured on {quality.conversations} labelled conversations ({quality.source}); the "
        "report shows it beside the agreement of the annotators. The intervals assume that the "
        "labeller's sensitivity and false-positive rate on this log equal those measured on the "
        "labelled conversations."
        + (" Rates of rare labels are shrunk towards the average of their table." * shrunken)
        + (
            " They were measured on text that was not scrubbed, whereas this log was scrubbed "
            "before it was labelled; the effect of scrubbing was not measured." * measured_raw
        )
    )
