"""Run `vstk` as a program, as a user does."""

import os
import subprocess
import sys

from tests.support.quick_model import ROOT, TINY

EXAMPLES = ROOT / "examples" / "helpdesk.jsonl"


def vstk(*arguments, cwd=None):
    done = subprocess.run(
        [sys.executable, "-m", "vstk", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        timeout=300,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


def lines(command):
    done = vstk(*command)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def changed_policy(tmp_path, **changes):
    text = TINY.read_text()
    for old, new in changes.values():
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "policy.yaml"
    path.write_text(text)
    return path
