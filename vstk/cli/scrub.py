"""`vstk scrub`: remove personal data from logs, or measure how much is missed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from vstk.cli import output
from vstk.cli.options import format_option, policy_option, quiet_option, read_policy


@click.command(short_help="Remove personal data from logs.")
@click.argument("logs", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--out",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="JSONL file for the scrubbed conversations. It must not exist; it is created readable "
    "only by you (mode 600).",
)
@click.option(
    "--canaries",
    metavar="N",
    type=click.IntRange(1, 100_000),
    help="Insert N synthetic names and numbers into in-memory copies of turns from LOGS, and "
    "report the share that is still readable after scrubbing. 1,000 take a few minutes.",
)
@click.option(
    "--review",
    metavar="N",
    type=click.IntRange(1, 10_000),
    help="Write N scrubbed turns to --sheet, for a person to review.",
)
@click.option(
    "--sheet",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("scrub-review.csv"),
    show_default=True,
    help="CSV file for --review. It must not exist; it is created readable only by you (mode "
    "600). It contains scrubbed text: store it where you store the logs.",
)
@click.option(
    "--score",
    metavar="SHEET",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Show the results of a completed review sheet. Used without LOGS.",
)
@policy_option
@format_option
@click.option(
    "--report",
    "report_file",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Also write the printed results to this file, as JSON. Counts and shares, no text.",
)
@quiet_option
def scrub(
    logs: tuple[Path, ...],
    out: Path | None,
    canaries: int | None,
    review: int | None,
    sheet: Path,
    score: Path | None,
    policy: str,
    log_format: str | None,
    report_file: Path | None,
    quiet: bool,
) -> None:
    """Remove personal data from LOGS, or measure how much of it is missed.

    Only --out and --sheet write conversation text. The text is pseudonymised,
    not anonymous: it is still personal data. The synthetic data of --canaries
    is not written to any file. Conversations that cannot be scrubbed are left
    out and counted.

    \b
        vstk scrub exports/ --out scrubbed.jsonl
        vstk scrub exports/ --canaries 1000
        vstk scrub exports/ --review 200 --sheet review.csv
        vstk scrub --score review.csv
    """
    from vstk.pipeline.scrub import measure_scrub, score_review, scrub_to_file, write_review

    if bool(logs) is (score is not None) or not (out or canaries or review or score):
        raise click.UsageError(
            "Give LOGS with --out, --canaries or --review, or give --score without LOGS."
        )
    if score is not None:
        found = score_review(score)
        _show(found, _review_text(found), report_file)
        return
    rules = read_policy(policy)
    result: dict[str, Any] = {}
    shown: list[str] = []
    if out is not None:
        with output.bar("Scrubbing", quiet=quiet) as progress:
            result = scrub_to_file(logs, rules, out, format=log_format, progress=progress)
    if canaries is not None:
        with output.bar("Inserting canaries", quiet=quiet, unit="canary") as progress:
            found = measure_scrub(logs, rules, canaries, format=log_format, progress=progress)
        result["canaries"] = found
        shown.append(_canary_text(found))
    if review is not None:
        with output.bar("Scrubbing", quiet=quiet) as progress:
            number = write_review(logs, rules, sheet, review, format=log_format, progress=progress)
        result["review"] = {"rows": number}
        shown.append(
            f"Wrote {output.number_of(number, 'turn')} to {sheet}. Enter numbers in the columns "
            f"`leaks` and `destroyed`, then run `vstk scrub --score {sheet}`."
        )
    _show(result, "\n\n".join(shown) if out is None else _json(result), report_file)


def _show(result: dict[str, Any], text: str, report_file: Path | None) -> None:
    if report_file is not None:
        from vstk.files import write_atomic

        write_atomic(report_file, _json(result) + "\n")
    click.echo(text)


def _json(result: dict[str, Any]) -> str:
    return json.dumps(result, indent=2, sort_keys=True)


def _interval(rate: dict[str, float]) -> str:
    return f"{100 * rate['low']:.1f} to {100 * rate['high']:.1f} %"


WORST_CELLS = 12
"""Cells of the matrix of values and containers that are shown."""


def _canary_text(found: dict[str, Any]) -> str:
    rows: list[tuple[object, ...]] = [("", "inserted", "readable", "share", "95 % interval")]

    def add(name: str, rate: dict[str, Any]) -> None:
        share = f"{100 * rate['share']:.1f} %"
        rows.append((name, rate["planted"], rate["leaked"], share, _interval(rate)))

    add("all", found["all"])
    for title, part in (
        ("by kind", "kinds"),
        ("names by case", "name_cases"),
        ("names by origin", "name_origins"),
        ("by language", "languages"),
        ("in containers", "containers"),
    ):
        if part == "languages" and len(found[part]) < 2:
            continue
        rows.append((title, "", "", "", ""))
        for name, rate in found[part].items():
            add(f"  {name}", rate)
    lines = [output.table(rows)]
    cells = [
        (rate["share"], f"{kind} in {container}", rate)
        for kind, row in found.get("matrix", {}).items()
        for container, rate in row.items()
        if rate["leaked"]
    ]
    if cells:
        worst = sorted(cells, key=lambda cell: (-cell[0], cell[1]))[:WORST_CELLS]
        lines.append("Values and containers with most left readable (all in --json):")
        lines.append(
            output.table(
                [(name, f"{r['leaked']} of {r['planted']}", _interval(r)) for _, name, r in worst]
            )
        )
    if found["set_aside"]:
        lines.append(
            f"Copies set aside, and therefore not labelled by an audit: {found['set_aside']:,}."
        )
    return "\n".join(lines)


def _review_text(found: dict[str, Any]) -> str:
    at_random = found["random"]
    near = found["near_miss"]
    return "\n".join(
        [
            f"Turns reviewed: {found['reviewed']:,} of {found['rows']:,}. Leaks: "
            f"{found['leaks']:,}.",
            f"Random turns with a leak: {at_random['with_a_leak']:,} of {at_random['reviewed']:,}, "
            f"{100 * at_random['share']:.1f} % (95 % interval: {_interval(at_random)}).",
            f"Turns selected as likely to leak, with a leak: {near['with_a_leak']:,} of "
            f"{near['reviewed']:,}.",
            f"Placeholders that replaced harmless text: {found['destroyed']:,} of "
            f"{found['placeholders']:,}.",
        ]
    )
