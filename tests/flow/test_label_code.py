"""Code that decides labels is part of an audit's settings: a resume notices that it changed."""

from __future__ import annotations

import shutil
from pathlib import Path

import grimp
import pytest

import vstk
from vstk.errors import PolicyInvalid
from vstk.pipeline.label_code import LABEL_CODE, label_code, label_code_hash
from vstk.store import Store

PACKAGE = Path(vstk.__file__).parent


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A copy of the package, with what Python and other programs may leave in it."""
    copy = tmp_path / "elsewhere" / "vstk"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("_data"))
    return copy


def test_the_same_code_has_the_same_hash_wherever_it_is_installed(package: Path) -> None:
    (package / "readers" / "__pycache__").mkdir(exist_ok=True)
    (package / "readers" / "__pycache__" / "fields.cpython-311.pyc").write_bytes(b"other bytes")

    assert label_code_hash(package) == label_code_hash(PACKAGE)
    assert label_code().endswith("+" + label_code_hash(PACKAGE)[:16])


@pytest.mark.parametrize(
    "changed",
    [
        "readers/fields.py",
        "anonymiser/merge.py",
        "extract/window.py",
        "taxonomy/tree.py",
        "facets.py",
        "pipeline/sampling.py",
    ],
)
def test_changed_label_code_has_another_hash(package: Path, changed: str) -> None:
    (package / changed).write_bytes((package / changed).read_bytes() + b"\n")

    assert label_code_hash(package) != label_code_hash(PACKAGE)


def test_a_changed_data_file_of_the_anonymiser_has_another_hash(package: Path) -> None:
    data = sorted((package / "anonymiser" / "gazetteers").glob("*.txt"))
    assert data
    data[0].write_bytes(data[0].read_bytes() + b"zebedee\n")

    assert label_code_hash(package) != label_code_hash(PACKAGE)


def test_bytes_that_move_from_one_file_to_the_next_change_the_hash(package: Path) -> None:
    merge, name = package / "anonymiser" / "merge.py", package / "anonymiser" / "ner.py"
    moved = merge.read_bytes()[-40:]
    merge.write_bytes(merge.read_bytes()[:-40])
    name.write_bytes(moved + name.read_bytes())

    assert label_code_hash(package) != label_code_hash(PACKAGE)


@pytest.mark.parametrize("changed", ["report/page.py", "cli/__init__.py", "stats.py"])
def test_code_that_decides_no_label_does_not_change_it(package: Path, changed: str) -> None:
    (package / changed).write_bytes((package / changed).read_bytes() + b"\n")

    assert label_code_hash(package) == label_code_hash(PACKAGE)


def test_a_resumed_audit_notices_changed_code(tmp_path: Path, package: Path) -> None:
    with Store(tmp_path / "audit.db") as store:
        store.record_settings({"code": label_code_hash(package), "sheet": "a"})
    (package / "facets.py").write_bytes((package / "facets.py").read_bytes() + b"\n")

    with (
        Store(tmp_path / "audit.db") as store,
        pytest.raises(PolicyInvalid, match="other settings: code changed since"),
    ):
        store.record_settings({"code": label_code_hash(package), "sheet": "a"})


DECIDES_NO_LABEL = {
    "vstk.attacker": "sentences about what a release can reveal",
    "vstk.errors": "messages",
    "vstk.files": "how files are written",
    "vstk.paths": "where documents and weights are; both are hashed themselves",
    "vstk.policy": "reads documents whose values are hashed as `rules` and `bounds`",
    "vstk.registry": "finds weights, which are verified by their hash",
    "vstk.sandbox": "what a process may do",
    "vstk.stats": "intervals of measured shares",
    "vstk.pipeline.cpu_budget": "how many workers there are",
    "vstk.pipeline.label_code": "this hash",
    "vstk.pipeline.table_catalogue": "which tables are counted",
    "vstk.release": "what is counted and published of labels",
}


def test_everything_that_labelling_imports_is_hashed_or_decides_no_label() -> None:
    graph = grimp.build_graph("vstk", cache_dir=None)
    decides = {"vstk." + name.replace("/", ".") for name in LABEL_CODE}
    begins = {
        "vstk.pipeline.labeller",
        "vstk.pipeline.instrument",
        *(module for module in graph.modules if module.startswith("vstk.readers")),
    }

    reached = set(begins)
    for module in begins:
        reached |= graph.find_upstream_modules(module)

    neither = {
        module
        for module in reached - {"vstk", "vstk.pipeline"}
        if not any(
            module == name or module.startswith(name + ".")
            for name in {*decides, *DECIDES_NO_LABEL}
        )
    }
    assert not neither
