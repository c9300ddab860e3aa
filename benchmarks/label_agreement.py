"""How far two annotators agree on conversations that both labelled.

    python benchmarks/label_agreement.py [ONE.jsonl OTHER.jsonl]

Needs labels alone, no texts. By default the 80 conversations of `models/labels/train.jsonl` that
another annotator labelled anew without seeing their labels.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

from _common import shipped_facets

from vstk.evaluate import evaluate, read
from vstk.types import Extraction

LABELS = Path(__file__).resolve().parents[1] / "models" / "labels"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("one", nargs="?", type=Path, default=LABELS / "train.jsonl")
    parser.add_argument("other", nargs="?", type=Path, default=LABELS / "again.jsonl")
    args = parser.parse_args()
    one, other = _labels(args.one), _labels(args.other)
    facets = shipped_facets()
    with tempfile.TemporaryDirectory() as folder:
        both = Path(folder) / "both.jsonl"
        both.write_text(
            "".join(
                json.dumps({"id": key, "messages": [], "annotations": [one[key], other[key]]})
                + "\n"
                for key in one.keys() & other.keys()
            )
        )
        records = read(both, facets)
    # Of the result only what the annotators make of each other is wanted.
    nothing = Extraction(key="", unit_id="", answers=(), seen_share=1.0, tokens=0)
    result = evaluate(records, [nothing] * len(records), facets=facets)
    print(f"{len(records)} conversations\n\n| feature | measure | agreement |\n|---|---|--:|")
    for feature, figures in result.annotators.items():
        for measure, value in figures.known.items():
            print(f"| {feature} | {measure} | {value:.2f} |")


def _labels(path: Path) -> dict[str, dict[str, object]]:
    rows = [json.loads(line) for line in path.read_bytes().splitlines()]
    return {row.pop("id"): row for row in rows}


if __name__ == "__main__":
    main()
