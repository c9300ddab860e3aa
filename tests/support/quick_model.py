"""The tiny policy, and real weights with made-up heads that label a conversation in a second."""

from pathlib import Path

import numpy as np
import yaml

from vstk import heads, registry, taxonomy
from vstk import sheet as sheets

ROOT = Path(__file__).resolve().parents[2]
TINY = ROOT / "tests" / "documents" / "tiny.yaml"


def quick_policy(home: Path, folder: Path) -> Path:
    """The tiny policy over weights with made-up heads, so that a conversation takes a second.

    The labels mean nothing, but they are read off real hidden states, and
    whatever changes the reading changes them.
    """
    sheet, categories = sheets.load("sheet-2"), taxonomy.load("vstk-core").keys("category")
    known = registry.get("smollm2-135m-instruct-q4_1")
    random, width, blocks = np.random.default_rng(7), 576, tuple((0, n) for n in range(6))
    facets = {}
    for question in sheet.facets:
        labels = tuple(key.key for key in sheet.resolve(categories)[question.facet].labels)
        facets[question.facet] = heads.FacetHead(
            labels=labels,
            kind=question.kind,
            weight=random.normal(size=(len(labels), len(blocks) * width)).astype(np.float16),
            bias=np.zeros(len(labels), np.float32),
            thresholds=np.full(len(labels), 0.5, np.float32),
        )
    models = home / "models"
    models.mkdir(exist_ok=True)
    heads.save(
        models / "quick.npz",
        heads.Heads(
            meta={
                "format": heads.FORMAT,
                "weights_sha256": known.sha256,
                "sheet": sheet.reading_hash,
                "window": 128,
                "layers": list(sheet.read.layers),
                "vectors": list(heads.VECTORS),
            },
            facets=facets,
            mean=np.zeros(len(blocks) * width, np.float32),
            scale=np.full(len(blocks) * width, 50, np.float32),
            blocks=blocks,
        ),
    )
    _, sha256 = registry.size_and_sha256(models / "quick.npz")
    manifest = known.model_dump(mode="json", exclude_none=True) | {
        "id": "quick",
        "file": str((home / "weights" / known.file).resolve()),
        "heads": {
            "file": "quick.npz",
            "sha256": sha256,
            "sheet": "sheet-2",
            "trained_on": "nothing",
        },
    }
    (models / "quick.yaml").write_text(yaml.safe_dump(manifest))
    path = folder / "quick.yaml"
    path.write_text(TINY.read_text().replace("model: smollm2-135m-instruct-q4_1", "model: quick"))
    return path
