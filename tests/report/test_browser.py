"""The page in a real browser, with every host name made unreachable."""

import re
import shutil
import struct
import subprocess
from pathlib import Path

import pytest

from tests.report.words import write_report
from vstk.types import Release

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(BROWSER is None, reason="needs Chromium (apt-get install chromium)"),
]


def browse(page: Path, *options: str) -> subprocess.CompletedProcess[str]:
    assert BROWSER is not None
    return subprocess.run(
        [
            BROWSER,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            "--host-resolver-rules=MAP * ~NOTFOUND",
            "--enable-logging=stderr",
            f"--user-data-dir={page.parent.parent / 'profile'}",
            *options,
            page.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )


@pytest.fixture
def page(release: Release, tmp_path: Path) -> Path:
    return write_report(release, tmp_path / "out")[0]


def test_it_renders_without_a_complaint(page: Path) -> None:
    seen = browse(page, "--dump-dom")

    assert seen.stdout.rstrip().endswith("</html>")
    assert seen.stdout.count('<table class="chart"') == 9
    # A blocked style, script or address is reported to the console.
    assert "CONSOLE" not in seen.stderr


@pytest.mark.parametrize(
    ("size", "options"),
    [
        ((1280, 2000), []),
        ((1280, 2000), ["--blink-settings=preferredColorScheme=0"]),
        ((500, 2000), []),
    ],
)
def test_it_is_painted_light_dark_and_narrow(
    page: Path, tmp_path: Path, size: tuple[int, int], options: list[str]
) -> None:
    picture = tmp_path / "page.png"

    browse(page, f"--screenshot={picture}", f"--window-size={size[0]},{size[1]}", *options)

    data = picture.read_bytes()
    assert struct.unpack(">II", data[16:24]) == size
    # An unstyled or blank page of this size is far smaller than a painted one.
    assert len(data) > 80_000


def test_it_is_not_wider_than_a_phone(page: Path, tmp_path: Path) -> None:
    # The page's own policy lets nothing run in it, so it is measured from a frame around it.
    frame = page.parent.parent / "frame.html"
    frame.write_text(
        f"<iframe src='{page.as_uri()}' width=360 height=900></iframe><p id=w></p><script>"
        "onload=()=>{const d=document.querySelector('iframe').contentDocument.documentElement;"
        "document.querySelector('#w').textContent='width='+d.scrollWidth}</script>"
    )

    seen = browse(frame, "--dump-dom", "--allow-file-access-from-files")

    width = re.search(r"width=(\d+)</p>", seen.stdout)
    assert width is not None
    assert int(width[1]) <= 360
