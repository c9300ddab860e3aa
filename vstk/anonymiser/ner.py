"""Named entity recognition (NER) with spaCy, loaded from a folder.

The pipeline only receives short segments. The time of spaCy's tokeniser grows with the
square of the length of a run without spaces, so long runs are masked first. Results are
cached by segment.

spaCy 3 pipelines contain a second network for part-of-speech tags and syntax that the
entity recognizer does not use. It is not run.
"""

from __future__ import annotations

import contextlib
import warnings
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import regex

from vstk.anonymiser.finding import Deadline
from vstk.anonymiser.spacy_batch_decoder import BatchDecoder
from vstk.errors import ModelUnverified

MAX_SEGMENT_CHARACTERS = 600
"""Characters of the longest segment; spaCy's memory use grows with it."""

MAX_CACHED_SEGMENTS = 50_000
BATCH_SEGMENTS = 64

SEGMENTS_PER_MEMORY_ZONE = 50_000
"""Segments after which spaCy's vocabulary is cleared; it would otherwise grow without bound."""

Span = tuple[int, int, str]
"""Start, end (exclusive) and label of the pipeline (`PERSON`, `GPE`, ...); in characters."""

_PEOPLE = frozenset({"PERSON", "PER"})
_LONG_RUN = regex.compile(r"[^\s]{80,}")
_LONG_LATIN_RUN = regex.compile(r"[!-~]{80,}")
_EAST_ASIAN = frozenset({"zh", "ja", "ko"})
"""Languages whose pipelines read East Asian characters; for others these are masked."""

_EAST_ASIAN_CHARACTERS = regex.compile(
    r"[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303f\uff00-\uffef]"
)


class NerReader(Protocol):
    """Finds named spans in segments."""

    language: str
    """ISO 639-1 code of the language it was trained for."""

    def spans(self, segments: Sequence[str], deadline: Deadline) -> list[tuple[Span, ...]]:
        """The named spans of each segment."""
        ...


class SpacyPipeline:
    """A spaCy pipeline of which only the tokeniser and the entity recognizer run."""

    def __init__(self, path: Path) -> None:
        """Load the pipeline in a folder.

        Raises:
            ModelUnverified: if the folder contains no suitable pipeline.
        """
        # vstk.anonymiser.presidio keeps these imports from opening a socket.
        import spacy

        import vstk.anonymiser.presidio  # noqa: F401

        if not (path / "config.cfg").is_file():
            raise ModelUnverified(
                f"There is no spaCy pipeline in '{path}'.",
                remedy="run `vstk models pull` with the model id that the policy gives under "
                "`scrub.ner_models`.",
            )
        nlp: Any
        try:
            with warnings.catch_warnings():
                # W095: trained with another minor version. The manifest names a tested one.
                warnings.filterwarnings("ignore", message=r"\[W095\]")
                nlp = spacy.load(
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
                f"The spaCy pipeline in '{path}' cannot be loaded ({type(error).__name__}).",
                remedy="run `vstk models verify`; use a pipeline for spaCy 3.8.",
            ) from None
        if nlp.has_pipe("tok2vec") and not nlp.get_pipe("tok2vec").listening_components:
            nlp.remove_pipe("tok2vec")
        if not nlp.has_pipe("ner") or not _PEOPLE & set(nlp.get_pipe("ner").labels):
            raise ModelUnverified(
                f"The spaCy pipeline in '{path}' cannot find people.",
                remedy="use a pipeline whose `ner` component has the label PERSON or PER.",
            )
        ner = nlp.get_pipe("ner") if nlp.pipe_names == ["ner"] else None
        self._decoder = (
            BatchDecoder(ner) if ner is not None and BatchDecoder.supports(ner) else None
        )
        self._nlp = nlp
        self._memory_zone = contextlib.ExitStack()
        self._segments_in_zone = SEGMENTS_PER_MEMORY_ZONE
        self.language = str(nlp.lang)
        self._cache: OrderedDict[str, tuple[Span, ...]] = OrderedDict()

    def spans(self, segments: Sequence[str], deadline: Deadline) -> list[tuple[Span, ...]]:
        """The named spans of each segment.

        Raises:
            TooSlow: if the time is used up; checked between batches.
        """
        uncached = sorted({text for text in segments if text not in self._cache}, key=len)
        fresh: dict[str, tuple[Span, ...]] = {}
        for start in range(0, len(uncached), BATCH_SEGMENTS):
            deadline.left()
            batch = uncached[start : start + BATCH_SEGMENTS]
            self._segments_in_zone += len(batch)
            if self._segments_in_zone > SEGMENTS_PER_MEMORY_ZONE:
                self._memory_zone.close()
                self._memory_zone.enter_context(self._nlp.memory_zone())
                self._segments_in_zone = 0
            read = self._read([_tokenisable(text, self.language) for text in batch])
            fresh.update(zip(batch, read, strict=True))
        spans = [fresh[text] if text in fresh else self._cache[text] for text in segments]
        self._cache.update(fresh)
        while len(self._cache) > MAX_CACHED_SEGMENTS:
            self._cache.popitem(last=False)
        return spans

    def _read(self, texts: Sequence[str]) -> Iterator[tuple[Span, ...]]:
        if self._decoder is None:
            for doc in self._nlp.pipe(texts, batch_size=BATCH_SEGMENTS):
                yield tuple((ent.start_char, ent.end_char, ent.label_) for ent in doc.ents)
            return
        docs = [self._nlp.make_doc(text) for text in texts]
        for doc, entities in zip(docs, self._decoder.entities(docs), strict=True):
            yield tuple(
                (doc[start].idx, doc[end - 1].idx + len(doc[end - 1]), label)
                for start, end, label in entities
            )


def _tokenisable(text: str, language: str) -> str:
    """Mask what the tokeniser cannot handle, keeping the length.

    The tokeniser would join a Latin name with adjacent East Asian characters, so these
    become spaces unless the pipeline was trained for them. Runs of 80 or more characters
    without a space, such as keys, contain no names and become `x`.
    """
    if language in _EAST_ASIAN:
        return _LONG_LATIN_RUN.sub(lambda run: "x" * len(run.group()), text)
    if not text.isascii():
        text = _EAST_ASIAN_CHARACTERS.sub(" ", text)
    return _LONG_RUN.sub(lambda run: "x" * len(run.group()), text)


_SENTENCE_GAP = regex.compile(r"(?<=[^\s.][.!?][\"')\]]?) +(?=[\p{Lu}\"'(])")
_ABBREVIATION = regex.compile(
    r"(?:^|\s)(?:\p{Lu}|Mr|Mrs|Ms|Dr|Prof|St|Jr|Sr|vs|No|Inc|Ltd|Co|Rev|Sen|Gen)\.$"
)


def split_segments(text: str, start: int = 0, end: int | None = None) -> Iterator[tuple[int, str]]:
    """The sentences of a text with their offsets; long ones are split at punctuation or a space.

    Sentences rather than lines, because sentences without a capital can be skipped.

    Args:
        start: offset at which to begin, in characters.
        end: offset at which to stop; the end of the text if not given.
    """
    end = len(text) if end is None else end
    line_start = start
    while line_start < end:
        line_end = text.find("\n", line_start, end)
        line_end = end if line_end < 0 else line_end
        sentence_start = line_start
        for gap in _SENTENCE_GAP.finditer(text, line_start, line_end):
            if _ABBREVIATION.search(text, max(sentence_start, gap.start() - 8), gap.start()):
                continue
            yield from _split_long(text, sentence_start, gap.start())
            sentence_start = gap.end()
        yield from _split_long(text, sentence_start, line_end)
        line_start = line_end + 1


def _split_long(text: str, start: int, end: int) -> Iterator[tuple[int, str]]:
    while end - start > MAX_SEGMENT_CHARACTERS:
        cut = max(
            text.rfind(mark, start + MAX_SEGMENT_CHARACTERS // 2, start + MAX_SEGMENT_CHARACTERS)
            + 1
            for mark in ("; ", ", ", "。", "，", " ")
        )
        cut = cut if cut > start else start + MAX_SEGMENT_CHARACTERS
        yield start, text[start:cut]
        start = cut
    if start < end:
        yield start, text[start:end]
