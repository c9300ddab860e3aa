"""The two systems that find personal data, vstk's and Presidio's own, and what they mask."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from vstk.policy import Scrub

Spans = list[list[tuple[int, int]]]
"""Of each text, where personal data begins and ends."""

Locate = Callable[[list[str]], Spans]
"""Finds personal data in the texts of one conversation."""

TOKEN = re.compile(r"\w+")


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().splitlines() if line.strip()]


def ours(pipeline: Path, profile: str, pii_model: Path | None = None) -> Locate:
    from vstk.anonymiser.engine import PresidioScrubber

    scrubber = PresidioScrubber(
        Scrub(
            languages=("en",),
            ner_models={"en": pipeline.name},
            profile=profile,
            timeout_seconds=600,
        ),
        {"en": pipeline},
        pii_model,
    )
    return lambda texts: [
        [(f.start, f.end) for f in found] for found in scrubber.locate(texts, "en")
    ]


def presidio(pipeline: Path) -> Locate:
    import tldextract
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import NlpEngineProvider

    # Its e-mail recogniser would look for a list on the network, and wait.
    tldextract.extract = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
    engine = AnalyzerEngine(
        nlp_engine=NlpEngineProvider(
            nlp_configuration={
                "nlp_engine_name": "spacy",
                "models": [{"lang_code": "en", "model_name": str(pipeline)}],
            }
        ).create_engine()
    )
    return lambda texts: [
        [(found.start, found.end) for found in engine.analyze(text, language="en")]
        for text in texts
    ]


def covered(text: str, spans: list[tuple[int, int]]) -> list[tuple[int, int, bool]]:
    """Every token, and whether it is masked."""
    mask = bytearray(len(text))
    for start, end in spans:
        mask[start:end] = b"\x01" * (end - start)
    return [
        (token.start(), token.end(), all(mask[token.start() : token.end()]))
        for token in TOKEN.finditer(text)
    ]


def masked_text(text: str, spans: list[tuple[int, int]]) -> str:
    letters = list(text)
    for start, end in spans:
        letters[start:end] = "\x00" * (end - start)
    return "".join(letters)
