"""Loads the page templates, which escape all values, and the style sheet of all pages."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from vstk.report import findings

_HERE = Path(__file__).parent


@cache
def template(name: str) -> Template:
    """The template with this file name."""
    environment = Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["lower_first"] = findings.lower
    return environment.get_template(name)


def style() -> dict[str, str]:
    """The style sheet, and its hash for the page's content security policy."""
    css = (_HERE / "page.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    return {"css": Markup(css), "style_hash": digest}  # noqa: S704 - a file of this package
