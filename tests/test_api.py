"""The Python API over real parts: the smallest weights, the real scrubber, a real store and ledger."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import vstk
from tests.support import conversation, quick_policy
from vstk.errors import InputUnreadable, VstkError

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "log.jsonl"
    lines = [conversation(n, f"user-{n % 5}", f"How do I plan week {n} fairly?") for n in range(10)]
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture
def audited(tmp_path, home, tiny_weights, log):
    done = []
    result = vstk.audit(
        log,
        dataset="d",
        policy=str(quick_policy(home, tmp_path)),
        out=tmp_path / "out",
        work=tmp_path / "work",
        workers=1,
        progress=lambda done_, total: done.append((done_, total)),
    )
    return result, done, tmp_path


def test_an_audit_writes_a_report_and_returns_its_release(audited):
    result, progress, folder = audited

    assert (folder / "out" / "report.html") in result.files
    assert progress[-1] == (10, 10)
    assert vstk.read_release(folder / "out" / "release.json") == result.release
    assert not result.already_released


def test_the_same_audit_again_returns_the_stored_release(audited, home, log):
    result, _, folder = audited

    again = vstk.audit(
        log,
        dataset="d",
        policy=str(folder / "quick.yaml"),
        out=folder / "out",
        work=folder / "work",
        workers=1,
    )

    assert again.already_released
    assert again.release == result.release
    assert again.budget_left == result.budget_left


def test_tables_are_records_and_frames(audited):
    result, _, folder = audited
    table = result.release.tables[0]

    rows = result.release.table(table.name).records()

    assert [row["key"] for row in rows] == [row.key for row in table.rows]
    assert {"key", "title", "share", "low", "high"} <= rows[0].keys()
    assert len(result.release.records()) == sum(len(one.rows) for one in result.release.tables)
    with pytest.raises(KeyError):
        result.release.table("no such table")
    frame = table.to_frame()
    assert list(frame["share"]) == [row.share for row in table.rows]


def test_without_pandas_a_frame_says_how_to_get_it(audited, monkeypatch):
    result, _, _ = audited
    monkeypatch.setitem(sys.modules, "pandas", None)

    with pytest.raises(VstkError, match="pandas"):
        result.release.to_frame()


def test_a_release_is_compared_and_verified(audited):
    _, _, folder = audited
    release = folder / "out" / "release.json"

    found = vstk.compare(release, release)
    checks = vstk.verify(release)

    assert found.differences
    assert not any(one.changed for one in found.differences)
    assert (
        sorted(folder.iterdir()) == sorted({*folder.iterdir()})
        and not (folder / "comparison.html").exists()
    )
    assert any("ledger" in one.text and one.holds for one in checks)


def test_logs_are_inspected(log):
    found = vstk.inspect(log)

    assert found.conversations == 10
    assert found.ids_by_kind == {"account": 5}


def test_a_plan_says_what_is_published(home):
    few, many = (vstk.plan("default", people=number) for number in (100, 10_000))

    assert [table.name for table in few.tables] == [table.name for table in many.tables]
    assert few.tables[0].points > many.tables[0].points


def test_text_and_conversations_are_scrubbed(home, tmp_path, tiny_weights):
    policy = str(quick_policy(home, tmp_path))
    text = "Please call Maria Keller tomorrow, her number is 0113 496 0142, about the invoice."

    alone = vstk.scrub(text, policy=policy)
    together = vstk.scrub(
        [
            {"role": "user", "content": text},
            {"role": "assistant", "content": "I rang Maria Keller."},
        ],
        policy=policy,
    )

    assert "Keller" not in alone
    assert "0142" not in alone
    assert "invoice" in alone
    assert [one["role"] for one in together] == ["user", "assistant"]
    assert "Keller" not in together[1]["content"]


def test_what_cannot_be_scrubbed_is_an_error_that_quotes_nothing(home, tmp_path, tiny_weights):
    policy = str(quick_policy(home, tmp_path))

    with pytest.raises(InputUnreadable) as caught:
        vstk.scrub("Мария Келлер живёт на улице Ленина и просит помочь с письмом.", policy=policy)

    assert "Мария" not in str(caught.value)
    assert "language" in str(caught.value)


def test_importing_vstk_imports_nothing_heavy():
    code = (
        "import sys, vstk; dir(vstk); heavy = {'numpy', 'spacy', 'pydantic', 'llama_cpp', 'opendp', "
        "'presidio_analyzer', 'click'} & set(sys.modules); sys.exit(str(heavy) if heavy else 0)"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert done.returncode == 0, done.stderr


def test_help_shows_every_function_with_its_documentation():
    code = "import vstk, pydoc; print(pydoc.plain(pydoc.render_doc(vstk)))"

    page = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout

    for name in vstk.__all__:
        assert f"{name}(" in page
    assert "privacy budget" in page


@pytest.mark.slow
def test_the_notebook_runs_from_top_to_bottom(tmp_path, home, tiny_weights, log):
    notebook = json.loads((ROOT / "examples" / "audit.ipynb").read_text(encoding="utf-8"))
    cells = ["".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "code"]
    assert all(not c.get("outputs") for c in notebook["cells"]), "commit it without outputs"
    script = tmp_path / "notebook.py"
    # Workers are spawned processes: they import the main module again.
    body = "\n".join(cells).replace("\n", "\n    ")
    script.write_text(f'if __name__ == "__main__":\n    {body}\n')

    done = subprocess.run(
        [sys.executable, str(script)],
        cwd=ROOT / "examples",
        env=os.environ
        | {
            "PYTHONPATH": str(ROOT),
            "VSTK_NOTEBOOK_LOGS": str(log),
            "VSTK_NOTEBOOK_POLICY": str(quick_policy(home, tmp_path)),
            "VSTK_NOTEBOOK_SAMPLE_RATE": "1",
        },
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stderr
    assert "10 conversations" in done.stdout
    assert "rows" in done.stdout
