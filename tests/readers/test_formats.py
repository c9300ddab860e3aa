"""Every format on a log of its own kind, broken lines included."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vstk import readers
from vstk.paths import documents
from vstk.readers.times import when
from vstk.types import Conversation

Read = Callable[..., Any]
LOGS = Path(__file__).parent / "logs"
GOLDEN = sorted(path for path in LOGS.iterdir() if ".expected" not in path.name)


def as_written(conversation: Conversation) -> dict[str, Any]:
    at = conversation.started_at
    return {
        "line": conversation.source.line,
        "id": conversation.id,
        # A file that is one person's stands for the person, wherever it lies.
        "user": conversation.unit_kind == "file" or conversation.user,
        "unit_kind": conversation.unit_kind,
        "started_at": at and at.isoformat(),
        "model": conversation.model,
        "team": conversation.team,
        "turns": [[turn.role, turn.text] for turn in conversation.turns],
    }


@pytest.mark.parametrize("log", GOLDEN, ids=lambda path: path.name)
def test_a_log_of_each_format_reads_as_expected(read: Read, log: Path) -> None:
    expected = json.loads((LOGS / f"{log.name.split('.')[0]}.expected.json").read_text("utf-8"))

    conversations, rejects = read(log)

    assert readers.sniff(log) == expected["format"]
    assert [as_written(c) for c in conversations] == expected["conversations"]
    assert [[r.source.line, r.reason] for r in rejects] == expected["rejects"]


def test_every_format_has_a_log_of_its_own_here() -> None:
    assert {readers.sniff(log) for log in GOLDEN} == set(readers.FORMATS)


@pytest.mark.parametrize("log", GOLDEN, ids=lambda path: path.name)
def test_a_packed_log_reads_as_the_plain_one_does(read: Read, log: Path, tmp_path: Path) -> None:
    packed = tmp_path / "rotated.1"
    packed.write_bytes(gzip.compress(log.read_bytes()))

    plain, _ = read(log)
    unpacked, _ = read(packed)

    assert [c.turns for c in unpacked] == [c.turns for c in plain]


def test_every_reason_in_use_is_in_the_vocabulary(read: Read) -> None:
    for log in GOLDEN:
        _, rejects = read(log)
        assert {reject.reason for reject in rejects} <= set(readers.REASONS)


def test_the_example_log_is_what_its_page_says() -> None:
    survey = readers.survey([documents("examples") / "helpdesk.jsonl"])

    assert survey.conversations == 63
    assert survey.ids_by_kind == {"account": 28}
    assert survey.rejects == {"not-json": 1}
    assert survey.unit_kind == "account"
    assert survey.first is not None
    assert survey.last is not None
    assert (survey.first.month, survey.last.month) == (7, 9)


# Markup and placeholders are not speech, and hypothesis takes words from the code under test.
PLACEHOLDERS = ("redact", "mask", "remov", "delet", "omit", "filter", "image", "audio", "file")
text = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="<>[]{}"), min_size=1, max_size=40
).filter(lambda t: t.strip() != "" and not any(word in t.casefold() for word in PLACEHOLDERS))
message = st.fixed_dictionaries({"role": st.sampled_from(["user", "assistant"]), "content": text})
exchange = st.lists(message, min_size=1, max_size=6).map(
    lambda m: [{"role": "user", "content": "q"}, *m, {"role": "assistant", "content": "a"}]
)


@settings(deadline=None, max_examples=60)
@given(st.lists(exchange, min_size=1, max_size=5))
def test_what_is_written_as_chat_is_read_again(
    read: Read, tmp_path_factory: pytest.TempPathFactory, written: list[list[dict[str, str]]]
) -> None:
    log = tmp_path_factory.mktemp("log") / "chat.jsonl"
    lines = (
        json.dumps({"id": str(n), "user": str(n), "messages": m}) for n, m in enumerate(written)
    )
    log.write_text("\n".join(lines), "utf-8")

    conversations, rejects = read(log)

    assert rejects == []
    assert [[(t.role, t.text) for t in c.turns] for c in conversations] == [
        [(m["role"], m["content"].replace("\0", "\ufffd")) for m in messages]
        for messages in written
    ]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (1_782_892_800, datetime(2026, 7, 1, 8, tzinfo=UTC)),
        (1_782_892_800_000, datetime(2026, 7, 1, 8, tzinfo=UTC)),
        ("1782892800000000000", datetime(2026, 7, 1, 8, tzinfo=UTC)),
        ("2026-07-01T08:00:00Z", datetime(2026, 7, 1, 8, tzinfo=UTC)),
        ("2026-07-01 10:00:00+02:00", datetime(2026, 7, 1, 8, tzinfo=UTC)),
        ("2026-07-01 08:00:00.000000", datetime(2026, 7, 1, 8, tzinfo=UTC)),
        ("2026-07-01", datetime(2026, 7, 1, tzinfo=UTC)),
        ("yesterday", None),
        ("inf", None),
        (10**400, None),
        (-1, None),
        (True, None),
        (None, None),
        ("0001-01-01T00:00:00+23:59", None),
    ],
)
def test_times_in_every_usual_writing_mean_the_same_moment(
    written: object, meant: datetime | None
) -> None:
    assert when(written) == meant
