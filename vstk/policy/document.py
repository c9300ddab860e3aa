"""Strict YAML: repeated keys are errors, and decimal numbers keep their exact text."""

from __future__ import annotations

from typing import Any

import yaml

from vstk.errors import PolicyInvalid


class _Loader(yaml.SafeLoader):
    """A safe YAML loader that refuses repeated keys and does not round decimals."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    found: dict[Any, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, str):
            raise PolicyInvalid(
                f"A key is not text (line {key_node.start_mark.line + 1}).",
                remedy="use a name as the key.",
            )
        if key in found:
            raise PolicyInvalid(
                f"Key '{key}' appears twice (line {key_node.start_mark.line + 1}).",
                remedy="remove one of the two.",
            )
        found[key] = loader.construct_object(value_node, deep=True)
    return found


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)
_Loader.add_constructor("tag:yaml.org,2002:float", lambda loader, node: str(node.value))


def read_document(name: str, data: bytes) -> object:
    """Parse a YAML document. Numbers with a decimal point or an exponent stay text.

    Args:
        name: the file name to show in errors.
        data: the bytes of the document.

    Raises:
        PolicyInvalid: the document is not valid YAML, or a key appears twice.
    """
    try:
        return yaml.load(data, Loader=_Loader)  # noqa: S506 - a SafeLoader
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 1})" if mark else ""
        raise PolicyInvalid(
            f"'{name}' is not valid YAML{where}.", remedy="correct the syntax of the file."
        ) from None
