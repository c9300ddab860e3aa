"""Logs in formats of one's own."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.readers.shapes import lines, write
from vstk import readers
from vstk.errors import InputUnreadable
from vstk.readers import mapping

Read = Callable[..., Any]


def by_map(*words: str) -> readers.Options:
    return readers.Options(forced=readers.mapped(readers.read_map(words)))


def test_a_map_finds_a_list_of_messages_with_roles_of_its_own(read: Read, tmp_path: Path) -> None:
    said = [{"by": "visitor", "w": {"t": "q"}}, {"by": "helper", "w": {"t": "a"}}]
    record = {"who": {"no": 7}, "talk": json.dumps(said), "t": "7/1/2026 8:00 AM", "m": "m-1"}
    options = by_map(
        "messages=talk",
        "role=by,text=$.w.t",
        "person=who['no'],time=t",
        "model=m,team=x",
        "user_role=visitor",
        "assistant_role=helper",
    )

    conversations, rejects = read(
        write(tmp_path, "a.jsonl", lines(record, {"x": 1})), options=options
    )

    (one,) = conversations
    assert [(t.role, t.text) for t in one.turns] == [("user", "q"), ("assistant", "a")]
    assert (one.user, one.unit_kind, one.model) == ("7", "account", "m-1")
    assert one.started_at is not None
    assert [r.reason for r in rejects] == ["no-text"]


def test_a_map_finds_exchanges_in_a_table(read: Read, tmp_path: Path) -> None:
    table = write(tmp_path, "a.csv", "Key,Frage,Antwort,Fall\nk,q,a,1\nk,q2,a2,1\n")
    options = by_map("prompt=Frage,answer=Antwort", "person=Key,person_kind=api_key,thread=Fall")

    conversations, _ = read(table, options=options)

    assert [[t.text for t in c.turns] for c in conversations] == [["q", "a", "q2", "a2"]]
    assert conversations[0].unit_kind == "api_key"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["texts=x"], "what there is not"),
        (["person=x"], "does not say where the text is"),
        (["prompt"], "without a path"),
        (["prompt=a[,answer=b"], "cannot be understood"),
        (["prompt=a,answer=b,form=part"], "says 'part'"),
    ],
)
def test_a_map_that_says_nothing_useful_is_refused(words: list[str], says: str) -> None:
    with pytest.raises(InputUnreadable, match=says):
        by_map(*words)


def test_a_function_reads_a_log(
    read: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(
        tmp_path,
        "acme_reader.py",
        "def chat(record):\n"
        "    if 'said' not in record:\n"
        "        return None\n"
        "    texts = (('user', record['said']), ('assistant', record['answered']))\n"
        "    return {'user': record['who'], 'messages': [{'role': r, 'content': t} for r, t in texts]}\n",
    )
    monkeypatch.chdir(tmp_path)
    records = ({"who": "u", "said": "q", "answered": "a"}, {"x": 1}, {"said": "q"})
    log = write(tmp_path, "log.jsonl", lines(*records))

    options = readers.Options(forced=readers.by_function("acme_reader:chat"))
    conversations, rejects = read(log, options=options)

    assert [c.user for c in conversations] == ["u"]
    assert [r.reason for r in rejects] == ["no-chat", "odd-value"]
    for name in ("acme_reader:nothing", "no_such_module:chat", ""):
        with pytest.raises(InputUnreadable, match="no reader"):
            readers.by_function(name)


def test_a_package_can_bring_formats(monkeypatch: pytest.MonkeyPatch) -> None:
    brought = readers.FORMATS["dify"]

    class Point:
        def load(self) -> Any:
            return [brought]

    monkeypatch.setattr(
        mapping, "entry_points", lambda group: [Point()] if group == mapping.GROUP else []
    )

    assert readers.plugged_in() == (brought,)


def test_paths_go_through_lists_and_text_that_holds_json() -> None:
    value = {"a": [{"b": 1}, {"b": '{"c d": [2, 3]}'}]}

    assert mapping.found_at(value, mapping.steps("$.a[*].b")) == [1, '{"c d": [2, 3]}']
    assert mapping.found_at(value, mapping.steps("a[1].b['c d'][1]")) == [3]
    assert mapping.found_at(value, mapping.steps("a[9].b")) == []
