"""What has to be said beside the numbers: the explain sheet, and the claims.

The sheet follows the order in which NIST SP 800-226 has a differential privacy
guarantee evaluated: the unit and the parameters first, then the algorithms,
what they leave out, their accuracy and bias, then what the guarantee rests on. Everything in it is
configured, constant or drawn with noise.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from vstk.policy import Privacy
from vstk.release import bounds, mechanism
from vstk.release.guarantee import sentence
from vstk.types import Claims, Guarantee, LabelError, Quality, Statement, Table


def explain(
    privacy: Privacy,
    promise: Guarantee,
    tables: Sequence[Table],
    *,
    not_published: Sequence[str],
    quality: Quality | None,
    measured_raw: bool = False,
    population_rho: Decimal | None = None,
    sampling_rho: Decimal | None = None,
) -> tuple[Statement, ...]:
    """The explain sheet of a release, topic by topic.

    Args:
        measured_raw: whether `quality` was measured on text that was not scrubbed.
        population_rho: what the number of conversations cost, where it was drawn, with
            `sampling_rho`.
        sampling_rho: how much of that was for how unevenly people are sampled; `None` where
            the whole log was read.
    """
    return (
        Statement("Unit of privacy", f"One {promise.unit}, with everything it has in the period."),
        Statement(
            "Privacy parameters",
            f"epsilon = {promise.epsilon:g} at delta = {promise.delta}, from rho = {promise.rho} "
            "under zero-concentrated differential privacy. Releases of a dataset add up in rho; "
            f"together they may reach {privacy.rho_cap:f}, and the ledger stops there. About "
            "k units together up to k squared times rho is lost: a person with two ids is two.",
        ),
        Statement(
            "Neighbouring relation", f"Two datasets are neighbours by {promise.neighbouring}."
        ),
        Statement("Contribution bounds", _bounds(privacy)),
        Statement(
            "Mechanism and scales", _mechanism(privacy, tables, population_rho, sampling_rho)
        ),
        Statement("Not published", " ".join(not_published) or "Nothing was left out."),
        Statement("Accuracy", _accuracy(tables, sampling_rho is not None)),
        Statement(
            "Bias",
            "A unit with more labels than its bound allows is shortened to it, and counts are "
            "rounded down by less than one 65,536th of a conversation each. Both make shares "
            "smaller, never larger; no interval holds them. Shares below zero are published as "
            "they were drawn, because cutting them off would make all shares too large on average.",
        ),
        Statement(
            "Trust model",
            "One trusted machine reads the log. Who can read the log, the work folder or the "
            "machine's memory is not held back by this guarantee; who reads the release is.",
        ),
        Statement("Label quality", _quality(tables, quality, measured_raw)),
        Statement(
            "OpenDP features",
            "All noise is drawn by OpenDP, whose own map states the loss of every draw before it "
            "is made. OpenDP features switched on: "
            + ", ".join(mechanism.FEATURES)
            + ". `contrib` means that its authors have not finished vetting the proof of a part: "
            "here the discrete Gaussian, its conversion to epsilon at delta and, where new values "
            "are sought, the thresholded discrete Gaussian.",
        ),
        Statement(
            "Side channels",
            "Tables have one shape whatever is in the log, and are written after all noise has "
            "been drawn. How long an audit takes and how large its work folder is do tell how "
            "large the log was; they are for the operator. Before it labels and before it spends, "
            "an audit stops if the exact number of conversations is too small for the policy's "
            "plan. So that there is a release tells that it was enough; nothing else of the exact "
            "number is told.",
        ),
        Statement(
            "Access control",
            "The work folder, the key of the hashes and the ledger are files of the person who "
            "runs the audit and readable by nobody else. A ledger restored from an old copy is "
            "noticed by the work folder that it last paid for, and by the entry that each release "
            "cites (`vstk release verify`); not where all of these are restored with it.",
        ),
        Statement(
            "Data collection",
            "The logs are as the assistant wrote them. Ids that a person shares, or changes, make "
            "one unit of several people, or several of one.",
        ),
    )


def claims(promise: Guarantee) -> Claims:
    """What a report of this release may say, and what none may."""
    return Claims(
        may=(
            sentence(promise),
            "This holds if the ids in the log are right and the ledger was not rolled back.",
            "Every share stands with a 95 % interval, and every table says whether the labeller's "
            "errors are in it.",
            "Where they are: the interval holds the share that the annotators would have found, 19 "
            "times in 20, if the labeller errs here as it did on the conversations it was measured "
            "on.",
            "No text of a conversation is in this release: it has no field for one.",
        ),
        never=(
            "The data, or the people in it, are anonymous.",
            "The release complies with a law.",
            "Nothing can leak.",
            "The logs are free of personal data.",
            "The assistant has, or lacks, a value: labels say what a local model found in its "
            "replies, with the errors measured above.",
        )
        + (
            ("A person with several conversations is protected as a whole.",)
            if promise.unit == "conversation"
            else ()
        ),
    )


def _bounds(privacy: Privacy) -> str:
    if privacy.unit == "conversation":
        return (
            "A conversation counts once in a table of one label each, and its vector has at most "
            f"the length {privacy.l2_clip:f} in a table of several."
        )
    return (
        f"At most {privacy.max_conversations_read} conversations of a person are read, chosen by a "
        "keyed hash before any label exists. A person counts for at most "
        f"{privacy.max_conversations_counted} of them, spread evenly; where a conversation has "
        "several labels the person's vector has at most the length "
        f"{privacy.l2_clip:f} times that. What is kept of a person depends on that person's "
        "conversations alone."
    )


def _mechanism(
    privacy: Privacy,
    tables: Sequence[Table],
    population_rho: Decimal | None,
    sampling_rho: Decimal | None,
) -> str:
    scales = [
        f"{table.name}: standard deviation {table.scale:.3g} conversations, rho {table.rho}"
        for table in tables
    ]
    if population_rho is not None:
        most = float(bounds.max_conversations(privacy))
        left = population_rho - (sampling_rho or 0)
        sigma = mechanism.gaussian_scale(left, l2=most)
        scales.append(f"number of conversations: standard deviation {sigma:.3g}, rho {left:f}")
        if sampling_rho is not None:
            sigma = mechanism.gaussian_scale(sampling_rho, l2=most * most)
            scales.append(
                f"unevenness of people: standard deviation {sigma:.3g}, rho {sampling_rho:f}"
            )
    return (
        f"{mechanism.NAME[0].upper()}{mechanism.NAME[1:]} noise on whole numbers, once for each "
        "vector, and once for the number of conversations that shares refer to"
        + (
            " and, as a sample was read, for the unevenness of people (the sum of the squares of "
            "what each counts for) and, out of the rho of a table without segments, pairs or "
            "levels, for how alike a person's conversations are"
            if sampling_rho is not None
            else ""
        )
        + (f". {'; '.join(scales)}." if scales else ".")
    )


def _accuracy(tables: Sequence[Table], sampled: bool) -> str:
    read = (
        "and for having read only a random part of the log"
        if sampled
        else "and, as the whole log was read, for nothing else about it"
    )
    return (
        f"Intervals are 95 % for each row alone: for the noise, {read}; then for the labeller's "
        "errors, as far as they were measured on public conversations, and nothing else. "
        + " ".join(
            f"{_NAMES[error]} {', '.join(names)}."
            for error in _NAMES
            if (names := [table.name for table in tables if table.label_error == error])
        )
        + " Beside each stands the interval without the labeller's errors (`found_low`, "
        "`found_high`)."
    )


_NAMES: dict[LabelError, str] = {
    "corrected": "Corrected for those errors, with the interval of the corrected share:",
    "in_interval": "Not corrected, with an interval that reaches from the share found as far as "
    "those errors may have led:",
    "not_known": "Errors not measured, and not in the interval:",
}


def _quality(tables: Sequence[Table], quality: Quality | None, measured_raw: bool) -> str:
    if quality is None:
        return "How well this labeller labels is not known here; shares are what it found."
    return (
        f"Measured on {quality.conversations} labelled conversations ({quality.source}); shown in "
        "the report beside the agreement of people, or whoever else labelled them. How often a "
        "label that is there is found, and how often one that is not, is taken to be in this log "
        "what it was there"
        + (
            "; labels with few examples lend from the others of their table."
            if any(table.label_error == "in_interval" for table in tables)
            else "."
        )
        + (
            " It was measured on text that was not scrubbed; this log's was scrubbed before it was "
            "labelled, and what that changes was not measured."
            if measured_raw
            else ""
        )
    )
