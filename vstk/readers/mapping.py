"""Logs in a format of one's own: a map of fields, a function, or a package that plugs in.

A map says where things stand, in a small part of JSONPath: `user.id`, `$.turns[*].text`,
`choices[0].message`, `meta['user id']`. In a table the path is the heading.
"""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, cast, get_args

from vstk.errors import InputUnreadable
from vstk.readers.draft import Draft, Form, Format, Unusable, draft_of
from vstk.readers.fields import identifier
from vstk.readers.formats import chat
from vstk.readers.speech import Said, role, said, turns
from vstk.readers.times import when
from vstk.readers.values import Record, unpacked
from vstk.types import Role, UnitKind

GROUP = "vstk.formats"
"""Entry points of this group name a `Format`, or a sequence of them."""

WORDS: Mapping[str, str] = {
    "messages": "the list of messages; `role` and `text` are then looked for in each of them",
    "role": "who speaks",
    "text": "what is said",
    "prompt": "what the person said, where a record holds one exchange",
    "answer": "what the assistant said, where a record holds one exchange",
    "system": "the system prompt",
    "person": "the id of the person",
    "person_kind": "what kind of id that is: account, api_key or ip_hash (not a path)",
    "time": "when",
    "thread": "the id that records of one conversation share",
    "id": "the record's own id",
    "model": "the model",
    "team": "the team",
    "user_role": "the word of this log for the person (not a path)",
    "assistant_role": "the word of this log for the assistant (not a path)",
    "form": "what a record is: whole, call or piece (not a path)",
}
"""What a map may say, with its meaning."""

_STEP = re.compile(r"\.?([^.\[\]'\"]+)|\[(\d+|\*)\]|\[(?:'([^']*)'|\"([^\"]*)\")\]")

Step = str | int | None
"""A field, an index, or `None` for all items of a list."""


def steps(path: str) -> list[Step]:
    """A path, taken apart.

    Raises:
        InputUnreadable: it is none.
    """
    rest = path.strip().removeprefix("$")
    found: list[Step] = []
    at = 0
    while at < len(rest):
        match = _STEP.match(rest, at)
        if match is None:
            raise InputUnreadable(
                f"The map has a path that cannot be understood: '{path}'.",
                remedy="write it like `user.id`, `turns[*].text` or `meta['user id']`.",
            )
        name, index, quoted, double = match.groups()
        if index is not None:
            found.append(None if index == "*" else int(index))
        else:
            found.append(next(part for part in (name, quoted, double) if part is not None))
        at = match.end()
    return found


def found_at(value: object, path: Sequence[Step]) -> list[Any]:
    """Every value at a path; text that holds JSON is looked into."""
    values: list[Any] = [value]
    for step in path:
        after: list[Any] = []
        for one in map(unpacked, values):
            if isinstance(step, str) and isinstance(one, dict) and step in one:
                after.append(one[step])
            elif isinstance(one, list) and step is None:
                after += one
            elif isinstance(one, list) and isinstance(step, int) and step < len(one):
                after.append(one[step])
        values = after
    return values


def mapped(words: Mapping[str, str]) -> Format:
    """A format out of a map.

    Args:
        words: some of `WORDS`, each with its path (or its word).

    Raises:
        InputUnreadable: the map names something unknown, or no text.
    """
    unknown = sorted(set(words) - set(WORDS))
    if unknown:
        raise InputUnreadable(
            f"The map names what there is not: {', '.join(unknown)}.",
            remedy="use some of: " + ", ".join(WORDS) + ".",
        )
    rows = "text" in words and "role" in words
    if not (rows or "messages" in words or ("prompt" in words and "answer" in words)):
        raise InputUnreadable(
            "The map does not say where the text is.",
            remedy="map `messages`, or `role` and `text`, or `prompt` and `answer`.",
        )
    form = words.get("form") or ("piece" if rows and "messages" not in words else "call")
    kind = words.get("person_kind", "account")
    for value, known in ((form, get_args(Form)[:3]), (kind, get_args(UnitKind)[:3])):
        if value not in known:
            raise InputUnreadable(
                f"The map says '{value}'.", remedy="use one of: " + ", ".join(known) + "."
            )
    plain = {"person_kind", "user_role", "assistant_role", "form"}
    paths = {name: steps(path) for name, path in words.items() if name not in plain}
    sides: dict[str, Role] = {}
    for name, side in (("user_role", "user"), ("assistant_role", "assistant")):
        if name in words:
            sides[words[name].strip().lower()] = cast(Role, side)

    def convert(record: Record) -> Draft:
        return _mapped(record, paths, sides, cast(UnitKind, kind))

    needed = paths.get("messages") or paths.get("text") or paths["prompt"]
    return Format(
        name="map",
        title="The map given on the command line or in the policy",
        identifies="what the map names",
        matches=lambda record: found_at(record, needed),
        convert=convert,
        form=cast(Form, form),
    )


def _mapped(
    record: Record, paths: Mapping[str, list[Step]], sides: Mapping[str, Role], kind: UnitKind
) -> Draft:
    def one(name: str) -> Any:
        values = found_at(record, paths[name]) if name in paths else []
        return next((value for value in values if value is not None), None)

    def side_of(word: object) -> Role:
        named = sides.get(word.strip().lower()) if isinstance(word, str) else None
        return named or role(word)

    found: list[Said] = said("system", one("system"))
    if "messages" in paths:
        messages = [m for value in found_at(record, paths["messages"]) for m in _listed(value)]
        if "text" in paths and "role" in paths:
            for message in messages:
                word = next(iter(found_at(message, paths["role"])), None)
                for text in found_at(message, paths["text"]):
                    found += said(side_of(word), text)
        else:
            found += turns(messages)
    elif "text" in paths:
        found += said(side_of(one("role")), one("text"))
    else:
        found += said("user", one("prompt")) + said("assistant", one("answer"))
    user = identifier(one("person"))
    return draft_of(
        found,
        user=user,
        unit_kind=kind if user else "none",
        started_at=when(one("time")),
        thread=identifier(one("thread")),
        scope=None,
        id=identifier(one("id")),
        model=identifier(one("model")),
        team=identifier(one("team")),
    )


def _listed(value: object) -> list[Any]:
    value = unpacked(value)
    return value if isinstance(value, list) else [value]


def read_map(pairs: Sequence[str]) -> dict[str, str]:
    """A map from `name=path` texts, as the command line has them.

    Raises:
        InputUnreadable: one of them has no `=`.
    """
    found: dict[str, str] = {}
    for pair in pairs:
        for part in pair.split(","):
            name, mark, path = part.partition("=")
            if not mark:
                raise InputUnreadable(
                    f"The map has a part without a path: '{part}'.",
                    remedy="write `--map person=user.id --map text=body`.",
                )
            found[name.strip()] = path.strip()
    return found


def by_function(name: str) -> Format:
    """A format out of a function: a record in, one like a line of chat JSONL out.

    The function is given each parsed record, and returns an object with `messages` and
    whatever of `user`, `timestamp`, `conversation_id`, `model`, `team` is known; or `None`
    for a record that is no conversation.

    Args:
        name: `module:function`; the module is also looked for in the current folder.

    Raises:
        InputUnreadable: there is no such function.
    """
    module, _, attribute = name.partition(":")
    here = str(Path.cwd())
    sys.path.insert(0, here)
    try:
        function: Callable[[Any], Any] = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError, ValueError):
        raise InputUnreadable(
            f"There is no reader '{name}'.",
            remedy="give it as `module:function`, with the module in the current folder or "
            "installed.",
        ) from None
    finally:
        sys.path.remove(here)

    def convert(record: Record) -> Draft:
        made = function(record)
        if made is None:
            raise Unusable("no-chat")
        if not isinstance(made, dict):
            raise Unusable("odd-value")
        return chat.CHAT.convert(made)

    return Format(
        name="reader",
        title=f"The function {name}",
        identifies="what the function returns",
        matches=lambda record: True,
        convert=convert,
    )


def plugged_in() -> tuple[Format, ...]:
    """The formats of installed packages that have entry points for vstk."""
    found: list[Format] = []
    for point in entry_points(group=GROUP):
        loaded = point.load()
        found += [loaded] if isinstance(loaded, Format) else list(loaded)
    return tuple(found)
