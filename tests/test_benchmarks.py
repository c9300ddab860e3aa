"""Every benchmark can be imported, and README.md says what it measures."""

import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "benchmarks"
MODULES = sorted(path.stem for path in FOLDER.glob("*.py"))


def test_every_benchmark_can_be_imported():
    done = subprocess.run(
        [sys.executable, "-c", "import " + ", ".join(MODULES)],
        cwd=FOLDER,
        capture_output=True,
        text=True,
        timeout=300,
    )

    assert done.returncode == 0, done.stderr[-2000:]


def test_the_readme_names_every_file():
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")

    assert not [name for name in MODULES if not name.startswith("_") and f"{name}.py" not in readme]
