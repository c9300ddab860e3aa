"""A hash of the code that decides labels, so that a resumed audit notices changed code."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import version
from pathlib import Path

from vstk.paths import PACKAGE

LABEL_CODE = (
    "anonymiser",
    "extract",
    "heads",
    "readers",
    "taxonomy",
    "facets",
    "sheet",
    "types",
    "pipeline/instrument",
    "pipeline/label_logs",
    "pipeline/labeller",
    "pipeline/model_choice",
    "pipeline/sampling",
    "pipeline/worker_pool",
)
"""Modules and subpackages of vstk that decide which label a conversation gets; of a
subpackage also its data files. Not among them: documents that have hashes of their own
(policy, sheet, taxonomy, weights), and everything that happens after labelling."""


def label_code_hash(package: Path) -> str:
    """SHA-256 of the files of `LABEL_CODE`: of each, its path, length and bytes.

    Any change of these files changes it, also one of a comment.

    Args:
        package: the folder of the package `vstk`.

    Returns:
        64 hex digits.
    """
    digest = hashlib.sha256(b"vstk label code 1\n")
    for name in LABEL_CODE:
        for file in (package / f"{name}.py", *sorted((package / name).rglob("*"))):
            if not file.is_file() or file.suffix == ".pyc":
                continue
            content = file.read_bytes()
            digest.update(f"{file.relative_to(package).as_posix()} {len(content)}\n".encode())
            digest.update(content)
    return digest.hexdigest()


@cache
def label_code() -> str:
    """Version and code hash of the vstk that is running, such as `0.1.0+3f1c9a0b62d7e845`.

    Read once per process, which takes about 15 ms.
    """
    return f"{version('vstk')}+{label_code_hash(PACKAGE)[:16]}"
