"""Names by spaCy: loaded from a path, only the parts that find names.

The pipeline is told nothing but short segments. spaCy's tokeniser is quadratic
in the length of a run without spaces, so such runs never reach it; a segment
that was read before is not read again.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import regex

from vstk.errors import ModelUnverified
from vstk.scrub.finding import Deadline

SEGMENT = 600
"""Longest segment, in characters; spaCy's memory grows with it."""

CACHE = 50_000
BATCH = 64

Span = tuple[int, int, str]
"""start, end, label of the pipeline (`PERSON`, `GPE`, ...)."""

_LONG_RUN = regex.compile(r"[^\s]{80,}")
_BREAK = regex.compile(r"(?<=[.!?;:,])\s|\s")


class Pipeline:
    """A spaCy pipeline that only finds names."""

    def __init__(self, path: Path) -> None:
        """Load the pipeline in a folder.

        Raises:
            ModelUnverified: when the folder holds none that fits.
        """
        import spacy
        from thinc.api import NumpyOps, set_current_ops

        if not (path / "config.cfg").is_file():
            raise ModelUnverified(
                f"There is no spaCy pipeline in '{path}'.",
                remedy="run `vstk models pull` with the id that the policy names under `scrub.spacy`.",
            )
        ops = NumpyOps(use_blis=False)
        set_current_ops(ops)
        try:
            self._nlp: Any = spacy.load(
                path,
                exclude=[
                    "tagger",
                    "parser",
                    "senter",
                    "attribute_ruler",
                    "lemmatizer",
                    "morphologizer",
                ],
            )
        except (OSError, ValueError) as error:
            raise ModelUnverified(
                f"The spaCy pipeline in '{path}' does not load ({type(error).__name__}).",
                remedy="run `vstk models verify`; pipelines of spaCy 3.8 fit.",
            ) from None
        # numpy's own BLAS is up to 1.5 times as fast here as the BLIS that spaCy bundles.
        steps: list[tuple[str, Any]] = self._nlp.pipeline
        for _, component in steps:
            for node in component.model.walk():
                node.ops = ops
        self._cache: OrderedDict[str, tuple[Span, ...]] = OrderedDict()

    def spans(self, segments: Sequence[str], deadline: Deadline) -> list[tuple[Span, ...]]:
        """The named spans of each segment.

        Raises:
            TooSlow: between two batches, when the time is used up.
        """
        wanted = sorted({text for text in segments if text not in self._cache}, key=len)
        fresh: dict[str, tuple[Span, ...]] = {}
        for at in range(0, len(wanted), BATCH):
            deadline.left()
            batch = wanted[at : at + BATCH]
            readable = [_LONG_RUN.sub(lambda run: "x" * len(run.group()), text) for text in batch]
            for text, doc in zip(batch, self._nlp.pipe(readable, batch_size=BATCH), strict=True):
                fresh[text] = tuple((ent.start_char, ent.end_char, ent.label_) for ent in doc.ents)
        found = [fresh[text] if text in fresh else self._cache[text] for text in segments]
        self._cache.update(fresh)
        while len(self._cache) > CACHE:
            self._cache.popitem(last=False)
        return found


def segments(text: str, start: int = 0, end: int | None = None) -> Iterator[tuple[int, str]]:
    """The lines of a text with their offsets; long lines are split after a mark or a space."""
    end = len(text) if end is None else end
    at = start
    while at < end:
        stop = text.find("\n", at, end)
        stop = end if stop < 0 else stop
        while stop - at > SEGMENT:
            cut = max(
                text.rfind(mark, at + SEGMENT // 2, at + SEGMENT) + 1
                for mark in (". ", "! ", "? ", "; ", "。", " ")
            )
            cut = cut if cut > at else at + SEGMENT
            yield at, text[at:cut]
            at = cut
        if at < stop:
            yield at, text[at:stop]
        at = stop + 1
