"""Names by spaCy: loaded from a path, only the parts that find names.

The pipeline is told nothing but short segments. spaCy's tokeniser is quadratic
in the length of a run without spaces, so such runs never reach it; a segment
that was read before is not read again.

The pipelines of spaCy 3 hold a second network, for tags and syntax, that the
recogniser of names does not listen to: it is not run.
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
"""Longest segment, in characters; spaCy's memory grows with it."""

MAX_CACHED_SEGMENTS = 50_000
BATCH_SEGMENTS = 64

SEGMENTS_PER_MEMORY_ZONE = 50_000
"""Segments after which spaCy is made to forget the words that it met: it keeps each for ever."""

Span = tuple[int, int, str]
"""start, end, label of the pipeline (`PERSON`, `GPE`, ...)."""

_PEOPLE = frozenset({"PERSON", "PER"})
_LONG_RUN = regex.compile(r"[^\s]{80,}")
_LONG_LATIN_RUN = regex.compile(r"[!-~]{80,}")
_EAST_ASIAN = frozenset({"zh", "ja", "ko"})
"""Languages whose pipelines read what the others are spared."""

_EAST_ASIAN_CHARACTERS = regex.compile(
    r"[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303f\uff00-\uffef]"
)


class NerReader(Protocol):
    """Finds named spans in segments."""

    language: str
    """The one that it was made for."""

    def spans(self, segments: Sequence[str], deadline: Deadline) -> list[tuple[Span, ...]]:
        """The named spans of each segment."""
        ...


class SpacyPipeline:
    """A spaCy pipeline that only finds names."""

    def __init__(self, path: Path) -> None:
        """Load the pipeline in a folder.

        Raises:
            ModelUnverified: when the folder holds none that fits.
        """
        # Presidio first: see there.
        import spacy

        import vstk.anonymiser.presidio  # noqa: F401

        if not (path / "config.cfg").is_file():
            raise ModelUnverified(
                f"There is no spaCy pipeline in '{path}'.",
                remedy="run `vstk models pull` with the id that stands under `scrub.ner_models` in "
                "the policy.",
            )
        nlp: Any
        try:
            with warnings.catch_warnings():
                # Made for an older spaCy: the manifest says with which it was tried.
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
                f"The spaCy pipeline in '{path}' does not load ({type(error).__name__}).",
                remedy="run `vstk models verify`; pipelines of spaCy 3.8 fit.",
            ) from None
        if nlp.has_pipe("tok2vec") and not nlp.get_pipe("tok2vec").listening_components:
            nlp.remove_pipe("tok2vec")
        if not nlp.has_pipe("ner") or not _PEOPLE & set(nlp.get_pipe("ner").labels):
            raise ModelUnverified(
                f"The spaCy pipeline in '{path}' cannot find people.",
                remedy="name a pipeline whose `ner` has the label PERSON or PER.",
            )
        ner = nlp.get_pipe("ner") if nlp.pipe_names == ["ner"] else None
        self._decoder = (
            BatchDecoder(ner) if ner is not None and BatchDecoder.supports(ner) else None
        )
        self._nlp = nlp
        self._zone = contextlib.ExitStack()
        self._met = SEGMENTS_PER_MEMORY_ZONE
        self.language = str(nlp.lang)
        self._cache: OrderedDict[str, tuple[Span, ...]] = OrderedDict()

    def spans(self, segments: Sequence[str], deadline: Deadline) -> list[tuple[Span, ...]]:
        """The named spans of each segment.

        Raises:
            TooSlow: between two batches, when the time is used up.
        """
        wanted = sorted({text for text in segments if text not in self._cache}, key=len)
        fresh: dict[str, tuple[Span, ...]] = {}
        for at in range(0, len(wanted), BATCH_SEGMENTS):
            deadline.left()
            batch = wanted[at : at + BATCH_SEGMENTS]
            self._met += len(batch)
            if self._met > SEGMENTS_PER_MEMORY_ZONE:
                self._zone.close()
                self._zone.enter_context(self._nlp.memory_zone())
                self._met = 0
            read = self._read([_tokenisable(text, self.language) for text in batch])
            fresh.update(zip(batch, read, strict=True))
        found = [fresh[text] if text in fresh else self._cache[text] for text in segments]
        self._cache.update(fresh)
        while len(self._cache) > MAX_CACHED_SEGMENTS:
            self._cache.popitem(last=False)
        return found

    def _read(self, texts: Sequence[str]) -> Iterator[tuple[Span, ...]]:
        if self._decoder is None:
            for doc in self._nlp.pipe(texts, batch_size=BATCH_SEGMENTS):
                yield tuple((ent.start_char, ent.end_char, ent.label_) for ent in doc.ents)
            return
        docs = [self._nlp.make_doc(text) for text in texts]
        for doc, entities in zip(docs, self._decoder.entities(docs), strict=True):
            yield tuple(
                (doc[first].idx, doc[after - 1].idx + len(doc[after - 1]), label)
                for first, after, label in entities
            )


def _tokenisable(text: str, language: str) -> str:
    """A text that the tokeniser can read, of the same length.

    A name among Chinese characters would be one token with them; so they become
    spaces, unless the pipeline was made for them. What has no spaces at all, such
    as a key, is no name.
    """
    if language in _EAST_ASIAN:
        return _LONG_LATIN_RUN.sub(lambda run: "x" * len(run.group()), text)
    if not text.isascii():
        text = _EAST_ASIAN_CHARACTERS.sub(" ", text)
    return _LONG_RUN.sub(lambda run: "x" * len(run.group()), text)


_SENTENCES = regex.compile(r"(?<=[^\s.][.!?][\"')\]]?) +(?=[\p{Lu}\"'(])")
_TITLE = regex.compile(
    r"(?:^|\s)(?:\p{Lu}|Mr|Mrs|Ms|Dr|Prof|St|Jr|Sr|vs|No|Inc|Ltd|Co|Rev|Sen|Gen)\.$"
)


def split_segments(text: str, start: int = 0, end: int | None = None) -> Iterator[tuple[int, str]]:
    """The sentences of a text with their offsets; very long ones are split at a space.

    Sentences rather than lines: one without a capital in it needs no reading.
    """
    end = len(text) if end is None else end
    at = start
    while at < end:
        stop = text.find("\n", at, end)
        stop = end if stop < 0 else stop
        first = at
        for blank in _SENTENCES.finditer(text, at, stop):
            if _TITLE.search(text, max(first, blank.start() - 8), blank.start()):
                continue
            yield from _split_long(text, first, blank.start())
            first = blank.end()
        yield from _split_long(text, first, stop)
        at = stop + 1


def _split_long(text: str, at: int, stop: int) -> Iterator[tuple[int, str]]:
    while stop - at > MAX_SEGMENT_CHARACTERS:
        cut = max(
            text.rfind(mark, at + MAX_SEGMENT_CHARACTERS // 2, at + MAX_SEGMENT_CHARACTERS) + 1
            for mark in ("; ", ", ", "。", "，", " ")
        )
        cut = cut if cut > at else at + MAX_SEGMENT_CHARACTERS
        yield at, text[at:cut]
        at = cut
    if at < stop:
        yield at, text[at:stop]
