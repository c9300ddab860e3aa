"""`vstk scrub`: the anonymiser on its own, and how much it lets through."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from vstk.cli.options import bar, columns, format_option, policy_option, quiet_option


@click.command()
@click.argument("logs", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--out",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="JSONL file for the scrubbed conversations; must not exist. Only you may read it "
    "(mode 600).",
)
@click.option(
    "--canaries",
    metavar="N",
    type=click.IntRange(1, 100_000),
    help="Plant N made-up names and numbers into copies of LOGS' turns, in memory, and say "
    "which share can still be read. 1,000 take a few minutes.",
)
@click.option(
    "--review",
    metavar="N",
    type=click.IntRange(1, 10_000),
    help="Write N scrubbed turns to --sheet, for a person to check.",
)
@click.option(
    "--sheet",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("scrub-review.csv"),
    show_default=True,
    help="CSV file of --review; must not exist. Holds scrubbed text: only you may read it "
    "(mode 600), and it belongs beside the logs.",
)
@click.option(
    "--score",
    metavar="SHEET",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Say what a filled sheet shows; needs no LOGS.",
)
@policy_option
@format_option
@click.option(
    "--report",
    "report_file",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write what is printed as JSON, too: counts and shares, no text.",
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
    """Only remove personal data from LOGS, or measure how much of it gets through.

    --out and --sheet write text: it is pseudonymised, not anonymous, and still
    personal data. Nothing else does, and what --canaries plants is in no file.
    Conversations that cannot be scrubbed are left out, counted.

    \b
        vstk scrub exports/ --out scrubbed.jsonl
        vstk scrub exports/ --canaries 1000
        vstk scrub exports/ --review 200 --sheet review.csv
        vstk scrub --score review.csv
    """
    from vstk import policy as policies
    from vstk.pipeline import scrub as scrub_

    if bool(logs) is (score is not None) or not (out or canaries or review or score):
        raise click.UsageError(
            "Give LOGS with --out, --canaries or --review; or a sheet with --score."
        )
    if score is not None:
        found = scrub_.score_review(score)
        _say(found, _sheet(found), report_file)
        return
    rules = policies.load(policy)
    result: dict[str, Any] = {}
    shown: list[str] = []
    if out is not None:
        with bar("Scrubbing", quiet=quiet) as progress:
            result = scrub_.scrub_to_file(logs, rules, out, format=log_format, progress=progress)
    if canaries is not None:
        with bar("Planting", quiet=quiet, unit="canary") as progress:
            found = scrub_.measure_scrub(
                logs, rules, canaries, format=log_format, progress=progress
            )
        result["canaries"] = found
        shown.append(_canaries(found))
    if review is not None:
        with bar("Scrubbing", quiet=quiet) as progress:
            number = scrub_.write_review(
                logs, rules, sheet, review, format=log_format, progress=progress
            )
        result["review"] = {"rows": number}
        shown.append(
            f"{number:,} turns in {sheet}. Fill `leaks` and `destroyed` with numbers, "
            f"then `vstk scrub --score {sheet}`."
        )
    _say(result, "\n\n".join(shown) if out is None else _json(result), report_file)


def _say(result: dict[str, Any], text: str, report_file: Path | None) -> None:
    if report_file is not None:
        from vstk.files import write_atomic

        write_atomic(report_file, _json(result) + "\n")
    click.echo(text)


def _json(result: dict[str, Any]) -> str:
    return json.dumps(result, indent=2, sort_keys=True)


def _interval(rate: dict[str, float]) -> str:
    return f"{100 * rate['low']:.1f} to {100 * rate['high']:.1f} %"


def _canaries(found: dict[str, Any]) -> str:
    rows: list[tuple[object, ...]] = [("", "planted", "readable", "share", "95 % interval")]

    def add(name: str, rate: dict[str, Any]) -> None:
        share = f"{100 * rate['share']:.1f} %"
        rows.append((name, rate["planted"], rate["leaked"], share, _interval(rate)))

    add("all", found["all"])
    for title, part in (
        ("by kind", "kinds"),
        ("names by case", "name_cases"),
        ("names by origin", "name_origins"),
        ("by language", "languages"),
    ):
        if part == "languages" and len(found[part]) < 2:
            continue
        rows.append((title, "", "", "", ""))
        for name, rate in found[part].items():
            add(f"  {name}", rate)
    lines = [columns(rows, indent="")]
    if found["set_aside"]:
        lines.append(f"{found['set_aside']:,} copies were set aside: nothing of them goes on.")
    return "\n".join(lines)


def _sheet(found: dict[str, Any]) -> str:
    at_random = found["random"]
    near = found["near_miss"]
    return "\n".join(
        [
            f"Reviewed {found['reviewed']:,} of {found['rows']:,} turns; {found['leaks']:,} leaks.",
            f"Drawn at random: {at_random['with_a_leak']:,} of {at_random['reviewed']:,} hold one, "
            f"{100 * at_random['share']:.1f} % (95 %: {_interval(at_random)}).",
            f"Drawn as likely to leak: {near['with_a_leak']:,} of {near['reviewed']:,}.",
            f"Of {found['placeholders']:,} placeholders, {found['destroyed']:,} stand for "
            "something harmless.",
        ]
    )
