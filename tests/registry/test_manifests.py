"""Manifests are read strictly, and weights that are not theirs do not load."""

from __future__ import annotations

import contextlib
import hashlib
import subprocess
from collections.abc import Callable
from pathlib import Path

import gguf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vstk import policy, registry
from vstk.errors import ModelUnverified
from vstk.registry.weights import size_and_sha256

from .stand_ins import WEIGHTS

Write = Callable[..., None]


def test_every_model_that_comes_with_vstk_can_be_pulled_from_somewhere(home: Path) -> None:
    known = registry.manifests()

    assert {"qwen2.5-coder-1.5b-instruct-q4_k_m", "en_core_web_md-3.8.0"} <= known.keys()
    for manifest in known.values():
        assert manifest.sources
        assert manifest.licence_url


def test_what_the_policies_of_vstk_need_may_be_used_by_everybody() -> None:
    """Pipelines of other languages have stricter licences; a policy must name them to use them."""
    known = registry.manifests()

    for name in policy.names():
        rules = policy.load(name)
        for id in rules.model_ids:
            assert known[id].licence in {"Apache-2.0", "MIT", "CC-BY-4.0"}


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"sha265": "x"}, "sha265: Extra inputs"),
        ({"sha256": "not hex"}, "sha256: String should match"),
        ({"file": "../elsewhere.gguf"}, "neither a plain name nor an absolute path"),
        ({"context_length": None}, "a GGUF needs architecture, layers and context_length"),
        ({"sources": [{"packages": ["floating"], "member": "a/b"}]}, "packages.0: String should"),
        (
            {"sources": [{"packages": ["--index-url==1"], "member": "a/b"}]},
            "packages.0: String should",
        ),
    ],
)
def test_a_manifest_that_is_not_right_is_refused_by_its_key(
    manifest: Write, changed: dict[str, object], problem: str
) -> None:
    manifest(**changed)

    with pytest.raises(ModelUnverified, match=problem):
        registry.manifests()


def test_a_model_of_ones_own_cannot_take_a_known_id(manifest: Write) -> None:
    manifest(id="en_core_web_md-3.8.0")

    with pytest.raises(ModelUnverified, match="already known"):
        registry.manifests()


def test_an_unknown_id_names_the_known_ones(home: Path) -> None:
    with pytest.raises(ModelUnverified, match="no manifest for the model 'gpt'") as error:
        registry.get("gpt")

    assert "smollm2-135m-instruct-q4_1" in error.value.remedy


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "is not on this machine"),
        (WEIGHTS[:-1], "it has 10,239 bytes, the manifest says 10,240"),
        (b"x" + WEIGHTS[1:], "its SHA-256 begins with"),
    ],
)
def test_absent_short_and_changed_weights_do_not_load(
    home: Path, manifest: Write, content: bytes | None, problem: str
) -> None:
    manifest()
    path = registry.locate("little")
    path.parent.mkdir()
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(ModelUnverified, match=problem) as error:
        registry.verify("little")

    assert "vstk models pull little" in error.value.remedy


def test_heads_are_verified_too(home: Path, manifest: Write) -> None:
    _, sha256 = size_and_sha256(Path(__file__))
    manifest(
        heads={"file": "little.heads", "sha256": sha256, "sheet": "sheet-2", "trained_on": "t"},
    )
    with pytest.raises(ModelUnverified):
        registry.heads_path("little")

    (home / "models" / "little.heads").write_bytes(Path(__file__).read_bytes())

    assert registry.heads_path("little") == home / "models" / "little.heads"
    assert registry.heads_path("smollm2-135m-instruct-q4_1") is None


def test_the_hash_of_a_folder_is_what_the_shell_computes(tmp_path: Path) -> None:
    for name in ("b/z", "b.txt", "b/a", "Ä", "a/b/c"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    command = "find . -type f -printf '%P\\n' | LC_ALL=C sort | xargs sha256sum | sha256sum"

    shell = subprocess.run(command, shell=True, cwd=tmp_path, capture_output=True, text=True)

    assert size_and_sha256(tmp_path)[1] == shell.stdout.split()[0]


def test_a_link_in_a_folder_is_not_part_of_any_model(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").symlink_to("/etc")

    assert size_and_sha256(tmp_path) == (0, "of no folder with links in it")


def a_gguf(
    path: Path, *, context_length: bool = True, template: str | None = "{{ '<|im_start|>' }}"
) -> Path:
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("Little One")
    writer.add_block_count(2)
    if context_length:
        writer.add_context_length(512)
    if template is not None:
        writer.add_chat_template(template)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()
    return path


def test_a_gguf_of_ones_own_is_known_by_its_hash_from_then_on(home: Path, tmp_path: Path) -> None:
    file = a_gguf(tmp_path / "Little One (Q4).gguf")

    manifest = registry.add(file, licence="MIT")

    assert manifest.id == "little-one-q4"
    assert (manifest.layers, manifest.context_length) == (2, 512)
    assert (manifest.chat_template, manifest.licence) == ("chatml", "MIT")
    assert registry.verify("little-one-q4") == file
    assert registry.add(file) == registry.get("little-one-q4")

    file.write_bytes(file.read_bytes() + b"x")
    with pytest.raises(ModelUnverified):
        registry.verify("little-one-q4")
    with pytest.raises(ModelUnverified, match="belongs to another file"):
        registry.add(file)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_damaged_header_is_refused_or_read_but_never_a_bug(
    home: Path, tmp_path: Path, data: st.DataObject
) -> None:
    content = bytearray(a_gguf(tmp_path / "whole.gguf").read_bytes())
    for place in data.draw(st.lists(st.integers(4, len(content) - 1), max_size=4)):
        content[place] = data.draw(st.integers(0, 255))
    del content[data.draw(st.integers(0, len(content))) :]
    (tmp_path / "damaged.gguf").write_bytes(content)

    with contextlib.suppress(ModelUnverified):
        registry.add(tmp_path / "damaged.gguf", id="damaged")

    # Either refused without a trace, or read and verified against its own bytes.
    if "damaged" in registry.manifests():
        assert registry.get("damaged").sha256 == hashlib.sha256(content).hexdigest()
        assert registry.verify("damaged") == tmp_path / "damaged.gguf"
    (home / "models" / "damaged.yaml").unlink(missing_ok=True)


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        ("{{ '<|start_header_id|>' }}", "another chat template than ChatML"),
        (None, "has no chat template"),
    ],
)
def test_a_model_with_another_chat_template_than_chatml_is_refused(
    home: Path, tmp_path: Path, template: str | None, problem: str
) -> None:
    with pytest.raises(ModelUnverified, match=problem):
        registry.add(a_gguf(tmp_path / "llama3.gguf", template=template))

    assert not list((home / "models").iterdir())


def test_what_is_no_model_cannot_be_brought(home: Path, tmp_path: Path) -> None:
    (tmp_path / "text.gguf").write_text("hello" * 100)
    (tmp_path / "empty.gguf").touch()
    headless = a_gguf(tmp_path / "headless.gguf", context_length=False)

    for file in (tmp_path / "text.gguf", tmp_path / "empty.gguf", tmp_path / "absent.gguf"):
        with pytest.raises(ModelUnverified, match=r"not a GGUF|no file"):
            registry.add(file)
    with pytest.raises(ModelUnverified, match="does not state its architecture"):
        registry.add(headless)
    assert not list((home / "models").iterdir())
