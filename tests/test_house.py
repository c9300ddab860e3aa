"""The checks that are not about behaviour: running pytest is running every check."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize(
    "check",
    [
        ["-m", "ruff", "check", "."],
        ["-m", "ruff", "format", "--check", "."],
        ["-m", "mypy"],
        ["-m", "pyright"],
        ["-c", "from importlinter.cli import lint_imports_command as main; main()"],
    ],
    ids=["lint", "format", "types", "types-pyright", "layers"],
)
def test_the_house_is_in_order(check):
    done = subprocess.run(
        [sys.executable, *check],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


def test_help_imports_nothing_heavy():
    code = (
        "import sys, vstk.cli; heavy = {'presidio_analyzer', 'spacy', 'llama_cpp', 'opendp', "
        "'jinja2', 'numpy', 'sqlite_utils', 'pydantic', 'yaml', 'tqdm', 'vstk.pipeline'} & set(sys.modules); sys.exit(str(heavy) "
        "if heavy else 0)"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert done.returncode == 0, done.stderr


def test_the_command_line_reference_is_current():
    # In a process of its own: click keeps the help option that a command was first asked for.
    page = subprocess.run(
        [sys.executable, "-m", "vstk.cli.reference"],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert (ROOT / "docs" / "reference" / "cli.md").read_text(encoding="utf-8") == page, (
        "regenerate it: python -m vstk.cli.reference > docs/reference/cli.md"
    )
