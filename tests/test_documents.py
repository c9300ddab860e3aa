"""Documents and messages lead somewhere: every link, path, test and module that they name exists."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "policies").rglob("*.md"),
        *(ROOT / "models").rglob("*.md"),
        *(ROOT / "examples").rglob("*.md"),
        *(ROOT / "benchmarks").rglob("*.md"),
        *(ROOT / "vstk").rglob("*.md"),
    ]
)
TEXTS = sorted(
    [
        *PAGES,
        *(ROOT / "vstk").rglob("*.py"),
        *(ROOT / "tools").rglob("*.py"),
        *(ROOT / "benchmarks").rglob("*.py"),
        *(ROOT / "models").rglob("*.yaml"),
        *(ROOT / "policies").rglob("*.yaml"),
        ROOT / "pyproject.toml",
    ]
)
"""Everything in which a path of the repository may be named."""

NAMED = re.compile(
    r"(?<![\w./~$-])(?:docs|policies|models|examples|vstk|tests|benchmarks|tools)/"
    r"[\w.-]+(?:/[\w.-]+)*/?"
)
"""A path from the root of the repository, written in a text."""

PLACEHOLDER = re.compile(r"(^|[/.])[A-Z][A-Z_]*([/.]|$)|\.\.\.")
"""A part that the reader is to replace, such as `models/ID.yaml`."""

INVENTED = re.compile(r"/(acme-)?exchange\.|^policies/ours|^models/our-")
"""Files of worked examples, which the reader is to write."""

HISTORY = {ROOT / "CHANGELOG.md"}
"""Pages that name files which are gone."""


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def slug(heading: str) -> str:
    """The anchor that GitHub gives to a heading."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
    return re.sub(r"[^\w\- ]", "", text.lower()).strip().replace(" ", "-")


def anchors(page: Path) -> set[str]:
    return {slug(line) for line in re.findall(r"^#+ (.*)$", page.read_text("utf-8"), re.M)}


def prose(page: Path) -> str:
    """A page without its fenced blocks of code, in which brackets are not links."""
    return re.sub(r"^ *```.*?^ *```", "", page.read_text("utf-8"), flags=re.M | re.S)


def links(page: Path) -> Iterator[tuple[str, str]]:
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if "://" not in target:
            path, _, anchor = target.partition("#")
            yield path, anchor


def paths_in(text: str) -> Iterator[str]:
    for match in NAMED.finditer(text):
        found = match[0].rstrip(".")
        # Where a pattern or more of a sentence follows, only its folder is meant.
        if text[match.end() : match.end() + 1] == "*":
            found = found.rpartition("/")[0]
        is_skipped = PLACEHOLDER.search(found) or INVENTED.search(found) or "/_data" in found
        if not is_skipped:
            yield found


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_links_of_a_page_lead_somewhere(page: Path) -> None:
    dead = []
    for path, anchor in links(page):
        target = (page.parent / path).resolve() if path else page
        if not target.exists():
            dead.append(path)
        elif anchor and anchor not in anchors(target):
            dead.append(f"{path}#{anchor}")

    assert not dead


@pytest.mark.parametrize("text", TEXTS, ids=relative)
def test_every_path_that_is_named_exists(text: Path) -> None:
    if text in HISTORY:
        pytest.skip("names files that are gone")
    missing = {path for path in paths_in(text.read_text("utf-8")) if not (ROOT / path).exists()}

    assert not missing


def test_paths_are_found_in_prose_and_placeholders_are_not() -> None:
    text = (
        "See docs/index.md. Write `models/ID.yaml`, not /usr/docs/x.md; policies/*.yaml; vstk/a.py"
    )

    assert list(paths_in(text)) == ["docs/index.md", "vstk/a.py"]


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_every_test_and_module_that_a_page_names_exists(page: Path) -> None:
    if page in HISTORY:
        pytest.skip("names files that are gone")
    text = page.read_text("utf-8")
    tests = {path.name for path in (ROOT / "tests").rglob("test_*.py")}

    assert set(re.findall(r"\btest_\w+\.py", text)) <= tests
    for module in re.findall(r"python -m (vstk(?:\.\w+)*)", text):
        assert importlib.util.find_spec(module), module


def test_every_page_of_the_documentation_is_in_the_index() -> None:
    docs = ROOT / "docs"
    reached = {docs / "index.md"}
    for page in (docs / "index.md", docs / "decisions" / "README.md"):
        reached |= {(page.parent / path).resolve() for path, _ in links(page) if path}

    assert {relative(page) for page in docs.rglob("*.md")} <= {
        relative(page) for page in reached if page.is_relative_to(ROOT)
    }


def test_a_page_that_a_message_names_is_in_the_wheel() -> None:
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]
    included = wheel["targets"]["wheel"]["force-include"]
    named = {
        path
        for source in (ROOT / "vstk").rglob("*.py")
        for node in ast.walk(ast.parse(source.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        for path in paths_in(node.value)
        if path.endswith(".md")
    }

    assert included["docs"] == "vstk/_data/docs"
    assert any(path.startswith("docs/") for path in named)
    assert {path for path in named if path.partition("/")[0] not in {*included, "vstk"}} == set()


def test_the_vocabulary_defines_every_term_once_and_in_order() -> None:
    page = (ROOT / "docs" / "reference" / "vocabulary.md").read_text("utf-8")
    sections = [
        [
            line.split(" | ")[0].removeprefix("| ")
            for line in section.splitlines()[4:]
            if "|" in line
        ]
        for section in page.split("\n## ")[1:]
    ]
    terms = [term.lower() for section in sections for term in section]

    assert len(terms) > 60
    assert len(set(terms)) == len(terms)


def test_the_page_of_the_python_api_is_current() -> None:
    if not hasattr(importlib.import_module("vstk"), "__all__"):
        pytest.skip("vstk has no public Python API yet")
    # In a process of its own: the page must not depend on what other tests imported.
    page = subprocess.run(
        [sys.executable, "tools/python_reference.py", "--print"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert (ROOT / "docs" / "reference" / "python.md").read_text("utf-8") == page, (
        "write it anew: python tools/python_reference.py"
    )


def test_the_generator_of_the_python_page_shows_signatures_fields_and_errors() -> None:
    page = subprocess.run(
        [sys.executable, "tools/python_reference.py", "--print", "--module", "vstk.readers"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert "## `vstk.readers.read`" in page
    assert "on_reject: OnReject" in page
    assert "**Raises:**\n\n- `InputUnreadable`:" in page
    assert "- `conversations`" in page
