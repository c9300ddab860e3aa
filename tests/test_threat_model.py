"""Each line of the threat model names a test that exists, or says plainly that nothing stops the attack."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "explanation" / "threat-model.md"

ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.read_text(encoding="utf-8").splitlines()
    if line.startswith("|") and not line.startswith(("|---", "| can try to"))
]


def names_of_tests(file: Path) -> set[str]:
    """The names of the test functions of a file."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_each_line_says_what_is_left_and_names_a_test_that_exists(row):
    attack, defence, left, shown = row
    assert attack
    assert left
    if not shown:
        assert defence.startswith("nothing"), "a defence without a test"
        return
    [(file, name)] = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", shown)
    assert name in names_of_tests(ROOT / file)


def test_the_page_has_every_kind_of_attacker_and_security_links_to_it():
    page = PAGE.read_text(encoding="utf-8")

    assert len(ROWS) >= 25
    assert len(re.findall(r"^## ", page, re.M)) == 6
    assert "docs/explanation/threat-model.md" in (ROOT / "SECURITY.md").read_text(encoding="utf-8")
