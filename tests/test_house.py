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
        ["-c", "from importlinter.cli import lint_imports_command as main; main()"],
    ],
    ids=["lint", "format", "types", "layers"],
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
        "'jinja2', 'numpy', 'sqlite_utils', 'pydantic'} & set(sys.modules); sys.exit(str(heavy) "
        "if heavy else 0)"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert done.returncode == 0, done.stderr


def test_every_command_is_in_the_documents():
    import click

    from vstk.cli import main

    page = (ROOT / "docs" / "reference" / "cli.md").read_text(encoding="utf-8")

    def paths(group, prefix):
        for name, command in group.commands.items():
            if isinstance(command, click.Group):
                yield from paths(command, f"{prefix} {name}")
            else:
                yield f"{prefix} {name}", command

    for path, command in paths(main, "vstk"):
        assert f"`{path}`" in page, path
        for option in command.params:
            if isinstance(option, click.Option):
                assert option.opts[0] in page, (path, option.opts[0])
