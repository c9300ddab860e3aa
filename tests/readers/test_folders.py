"""Which files are read, and in which order."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from vstk import readers

Read = Callable[..., Any]
CHAT = {"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]}
SHARE = {"conversations": [{"from": "human", "value": "s"}, {"from": "gpt", "value": "a"}]}


def write(path: Path, record: dict[str, Any], name: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"id": name, **record}))
    return path


def test_a_folder_of_several_formats_is_read_in_order_with_what_is_no_log_counted(
    read: Read, tmp_path: Path
) -> None:
    write(tmp_path / "b" / "2.json", SHARE, "b2")
    write(tmp_path / "a.jsonl", CHAT, "a")
    write(tmp_path / "b" / "1.jsonl", CHAT, "b1")
    write(tmp_path / ".hidden.jsonl", CHAT, "hidden")
    write(tmp_path / ".cache" / "c.jsonl", CHAT, "cached")
    (tmp_path / "README.md").write_text("About these logs.")
    (tmp_path / "empty.jsonl").touch()

    conversations, rejects = read(tmp_path)

    assert [c.id for c in conversations] == ["a", "b1", "b2"]
    assert [(Path(r.source.file).name, r.reason) for r in rejects] == [
        ("README.md", "unknown-format"),
        ("empty.jsonl", "unknown-format"),
    ]


def test_a_file_named_twice_is_read_once(tmp_path: Path) -> None:
    log = write(tmp_path / "a.jsonl", CHAT, "a")
    (tmp_path / "b.jsonl").symlink_to(log)

    found = readers.files([log, tmp_path, tmp_path / "." / "a.jsonl"])

    assert found == [log]


def test_a_folder_that_contains_itself_ends(tmp_path: Path) -> None:
    log = write(tmp_path / "logs" / "a.jsonl", CHAT, "a")
    (tmp_path / "logs" / "again").symlink_to(tmp_path / "logs")

    assert readers.files([tmp_path]) == [log]


def test_a_format_that_is_named_is_not_sniffed(read: Read, tmp_path: Path) -> None:
    log = write(tmp_path / "a.jsonl", SHARE | CHAT, "a")

    assert [c.turns[0].text for c in read(log)[0]] == ["s"]
    assert [c.turns[0].text for c in read(log, format="openai-chat")[0]] == ["q"]
