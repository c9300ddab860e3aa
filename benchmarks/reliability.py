"""Do the labeller's probabilities mean what they say? A table, and a diagram for each facet.

    python benchmarks/reliability.py RESULT.json [--svg FILE.svg]

RESULT is what `vstk evaluate GOLD.jsonl --json RESULT.json` wrote. Of all answers that were given
with about the same probability (ten bins), the share that annotators gave, too: on the diagonal a
probability means what it says. The expected calibration error is the mean distance from it, by
number of answers.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

SIDE, GAP, HEAD, ACROSS = 150, 40, 46, 4


def table(calibration: Mapping[str, Any]) -> str:
    """Error and bins of every facet, in Markdown."""
    lines = ["| facet | expected error | " + " | ".join(f".{b}" for b in range(10)) + " |"]
    lines.append("|---|---|" + "---|" * 10)
    for facet, one in calibration.items():
        bins = {min(int(b["probability"] * 10), 9): b for b in one["bins"]}
        cells = [
            f"{bins[b]['share']:.2f} ({bins[b]['answers']})" if b in bins else "" for b in range(10)
        ]
        lines.append(
            f"| {facet} | {one['expected_calibration_error']:.3f} | " + " | ".join(cells) + " |"
        )
    return "\n".join(lines)


def diagram(calibration: Mapping[str, Any]) -> str:
    """One square a facet: said across, found up, a circle a bin, larger for more answers."""
    parts = [
        square(
            facet,
            one,
            GAP + (SIDE + GAP) * (n % ACROSS),
            HEAD + (SIDE + HEAD + GAP) * (n // ACROSS),
        )
        for n, (facet, one) in enumerate(calibration.items())
    ]
    width = GAP + (SIDE + GAP) * min(ACROSS, len(parts))
    height = (SIDE + HEAD + GAP) * math.ceil(len(parts) / ACROSS) + 10
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="11">'
        f'<title>Reliability of the labeller</title><rect width="100%" height="100%" fill="#fff"/>'
        + "".join(parts)
        + "</svg>\n"
    )


def square(facet: str, one: Mapping[str, Any], x: int, y: int) -> str:
    """The diagram of one facet, its upper left corner at (x, y)."""
    points: Sequence[Mapping[str, float]] = one["bins"]
    most = max((math.sqrt(b["answers"]) for b in points), default=1.0)
    marks = "".join(
        f'<circle cx="{x + SIDE * b["probability"]:.1f}" cy="{y + SIDE * (1 - b["share"]):.1f}" '
        f'r="{2 + 6 * math.sqrt(b["answers"]) / most:.1f}" fill="#2457a8" fill-opacity="0.7"/>'
        for b in points
    )
    return (
        f'<text x="{x}" y="{y - 22}" font-weight="bold">{facet.replace("_", " ")}</text>'
        f'<text x="{x}" y="{y - 8}">error {one["expected_calibration_error"]:.3f}</text>'
        f'<rect x="{x}" y="{y}" width="{SIDE}" height="{SIDE}" fill="none" stroke="#888"/>'
        f'<line x1="{x}" y1="{y + SIDE}" x2="{x + SIDE}" y2="{y}" stroke="#bbb"/>{marks}'
        f'<text x="{x}" y="{y + SIDE + 14}">0</text>'
        f'<text x="{x + SIDE // 2 - 10}" y="{y + SIDE + 14}">said</text>'
        f'<text x="{x + SIDE - 6}" y="{y + SIDE + 14}">1</text>'
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("result", type=Path)
    parser.add_argument("--svg", type=Path)
    args = parser.parse_args()
    calibration = json.loads(args.result.read_text("utf-8"))["calibration"]
    print(table(calibration))
    if args.svg:
        args.svg.write_text(diagram(calibration), "utf-8")


if __name__ == "__main__":
    main()
