"""Conversations as trees of edits: only the branch that was last shown counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from vstk.readers.values import Record


def branch(nodes: Mapping[Any, Any], leaf: object, parent: str = "parent") -> list[Record]:
    """The nodes on the way from the root to a leaf.

    Args:
        nodes: node by id.
        leaf: the id of the leaf; where it is none of the nodes, the last leaf is taken.
        parent: the field that names a node's parent.
    """
    if not isinstance(leaf, str) or leaf not in nodes:
        named = {_text(node.get(parent)) for node in nodes.values() if isinstance(node, dict)}
        leaves = [name for name in nodes if name not in named]
        leaf = leaves[-1] if leaves else None
    left = dict(nodes)
    found: list[Record] = []
    while isinstance(leaf, str) and isinstance(node := left.pop(leaf, None), dict):
        found.append(node)
        leaf = node.get(parent)
    return found[::-1]


def by_id(messages: Iterable[Record], name: str) -> dict[str, Record]:
    """Messages by the id in this field, those without one left out."""
    return {m[name]: m for m in messages if isinstance(m.get(name), str)}


def shown(messages: list[dict[str, Any]], name: str, parent: str, leaf: object) -> list[Record]:
    """The shown branch of a list of messages that name their parents; else all of them."""
    nodes = by_id(messages, name)
    if len(nodes) < len(messages) or not any(_text(m.get(parent)) in nodes for m in messages):
        return list(messages)
    return branch(nodes, leaf, parent)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
