"""Put committed labels and the public conversations that they belong to together again.

    python benchmarks/gold_join.py models/labels/train.jsonl SOURCE.jsonl... > gold.jsonl

SOURCE rows hold `source`, `id` and `messages`; a label's id is `source:id`. The result is a gold
file for `vstk models train` and `vstk evaluate`. Labels without a conversation are counted on
standard error.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("labels", type=Path)
    parser.add_argument("sources", nargs="+", type=Path)
    args = parser.parse_args()
    labels = {row["id"]: row for row in _rows(args.labels)}
    messages = {
        f"{row['source']}:{row['id']}": row["messages"]
        for source in args.sources
        for row in _rows(source)
    }
    found = [key for key in labels if key in messages]
    for key in found:
        annotation = {name: value for name, value in labels[key].items() if name != "id"}
        row = {"id": key, "messages": messages[key], "annotations": [annotation]}
        print(json.dumps(row, ensure_ascii=False))
    absent = len(labels) - len(found)
    print(f"{len(found)} joined, {absent} without a conversation.", file=sys.stderr)


def _rows(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_bytes().splitlines() if line.strip()]


if __name__ == "__main__":
    main()
