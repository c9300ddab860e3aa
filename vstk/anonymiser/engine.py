"""The scrubber: runs Presidio recognizers with an engine of its own.

Presidio's engine opens a socket for the first e-mail address, skips patterns that exceed
their time limit, and takes time proportional to the square of the text length. This
engine uses Presidio's registry and recognizers but fails closed, limits the CPU time per
conversation, and replaces a value that was found once in the whole conversation.

The file is longer than 300 lines because all steps of one conversation stand in it, in order.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import regex

from vstk.anonymiser import Unscrubbable, ner_jieba
from vstk.anonymiser.ages_beside_names import find_ages
from vstk.anonymiser.cued_values import find_cued_values
from vstk.anonymiser.fields import find_fields
from vstk.anonymiser.finding import Deadline, PiiFinding, TooSlow
from vstk.anonymiser.kept_terms import KeptTerms
from vstk.anonymiser.language import classifier, detect
from vstk.anonymiser.merge import merge_findings
from vstk.anonymiser.ner import NerReader, SpacyPipeline, Span
from vstk.anonymiser.ner_names import NameCandidates, NerNames
from vstk.anonymiser.normalise import Normalised, normalise
from vstk.anonymiser.pii_model import PiiModel
from vstk.anonymiser.placeholders import PLACEHOLDER, PlaceholderTable, escape_placeholders
from vstk.anonymiser.presidio import RecognizerRegistry
from vstk.anonymiser.propagate import KnownValues
from vstk.anonymiser.recognizers import build_registry
from vstk.anonymiser.related_names import find_related_names
from vstk.anonymiser.report import ScrubReport
from vstk.anonymiser.rule import compile_patterns
from vstk.anonymiser.rule_runner import run_rules
from vstk.anonymiser.surname_extension import extend_surnames
from vstk.anonymiser.tokens import tokens
from vstk.policy import Scrub
from vstk.types import Conversation, Turn

_HAN = regex.compile(r"\p{Script=Han}")
_SURROGATE = regex.compile(r"[\ud800-\udfff]")
_VERIFY_ROUNDS = 8
_VERIFY_REACH = 150
"""Characters on each side of a placeholder that are searched again after replacement."""


@dataclass(slots=True)
class _PreparedConversation:
    """A conversation with the segments that a NER model is to read."""

    raw: list[str]
    """The texts of the turns."""

    normalised: list[Normalised]
    candidates: NameCandidates
    spans: Sequence[tuple[Span, ...]] | None = None
    """The NER spans of each of `candidates.segments`; `None` before the model has run."""

    seconds: float = 0.0
    """CPU time used so far."""


class PresidioScrubber:
    """Replaces personal data in conversations according to a policy.

    Between conversations it keeps no text, except the NER cache of short segments and the
    conversations passed to `read_names_together`; both in memory only.
    """

    def __init__(
        self, policy: Scrub, spacy_paths: Mapping[str, Path], pii_model: Path | None = None
    ) -> None:
        """Args:
        policy: the `scrub` section of a policy.
        spacy_paths: language (ISO 639-1 code) -> folder of its spaCy pipeline.
        pii_model: folder of the PII model; `None` to work without one.
        """
        self._policy = policy
        self._readers: dict[str, NerReader] = {
            language: SpacyPipeline(path) for language, path in spacy_paths.items()
        }
        if "zh" in policy.languages and "zh" not in self._readers and ner_jieba.installed():
            self._readers["zh"] = ner_jieba.JiebaNames()
        self.registry: RecognizerRegistry = build_registry(policy.recognizers)
        self._rules = list(self.registry.recognizers)
        for rule in self._rules:
            compile_patterns(rule)
        self._pii_model = PiiModel(pii_model) if pii_model else None
        self._names = NerNames(strict=policy.profile == "strict")
        self._kept = KeptTerms(policy.keep, strict=policy.profile == "strict")
        self.report = ScrubReport()
        self._prepared: dict[Conversation, _PreparedConversation] = {}
        classifier()

    def read_names_together(self, conversations: Sequence[Conversation]) -> None:
        """Run the NER models on several conversations at once, which is faster than one by one.

        A later `scrub` of each conversation uses the result, and finds the same as without
        it. Errors are suppressed here; they occur again in `scrub`, which handles them.
        """
        self._prepared.clear()
        for conversation in conversations:
            with contextlib.suppress(Exception):
                self._prepared[conversation] = self._prepare(
                    conversation, Deadline(self._policy.timeout_seconds)
                )
        for language, reader in self._readers.items():
            prepared = [
                one for one in self._prepared.values() if one.candidates.language == language
            ]
            with contextlib.suppress(Exception):
                _read_names_together(prepared, reader, Deadline(self._policy.timeout_seconds))

    def scrub(self, conversation: Conversation) -> tuple[tuple[Turn, ...], str]:
        """Return the turns with placeholders for personal data, and their language.

        Raises:
            Unscrubbable: `too-slow`, `language-not-accepted` or `verify-failed`.
        """
        prepared = self._prepared.pop(conversation, None)
        seconds_before = prepared.seconds if prepared else 0.0
        deadline = Deadline(self._policy.timeout_seconds - seconds_before)
        try:
            prepared = prepared or self._prepare(conversation, deadline)
            texts = self._scrub(prepared, deadline)
        except (TooSlow, TimeoutError):
            self.report.count_rejected("too-slow")
            raise Unscrubbable("too-slow") from None
        except Unscrubbable as refusal:
            self.report.count_rejected(refusal.reason)
            raise
        except Exception:
            self.report.count_rejected("scrub-failed")
            raise
        language = prepared.candidates.language
        self.report.count_scrubbed(
            language,
            sum(map(len, prepared.raw)),
            seconds_before + deadline.used(),
            has_ner_model=language in self._readers,
        )
        return tuple(
            Turn(role=turn.role, text=text)
            for turn, text in zip(conversation.turns, texts, strict=True)
        ), language

    def locate(self, texts: Sequence[str], language: str) -> list[list[PiiFinding]]:
        """Find the personal data in each text of a conversation, for measurements.

        These are the findings that `scrub` replaces before its verification.

        Returns:
            Findings for each text; offsets refer to the original text.

        Raises:
            TooSlow, TimeoutError: the time is used up.
        """
        deadline = Deadline(self._policy.timeout_seconds)
        prepared = self._prepare_texts(language, texts, deadline)
        found, _ = self._find(prepared, deadline)
        return [
            [
                PiiFinding(*text.original_span(f.start, f.end), f.entity, f.score, f.layer)
                for f in findings
            ]
            for text, findings in zip(prepared.normalised, found, strict=True)
        ]

    def _prepare(self, conversation: Conversation, deadline: Deadline) -> _PreparedConversation:
        texts = [turn.text for turn in conversation.turns]
        return self._prepare_texts(self._language(conversation), texts, deadline)

    def _prepare_texts(
        self, language: str, texts: Sequence[str], deadline: Deadline
    ) -> _PreparedConversation:
        raw = [escape_placeholders(_SURROGATE.sub("\ufffd", text)) for text in texts]
        normalised = [normalise(text) for text in raw]
        candidates = self._names.find_candidates(
            [text.text for text in normalised], deadline, language
        )
        return _PreparedConversation(raw, normalised, candidates, seconds=deadline.used())

    def _language(self, conversation: Conversation) -> str:
        dialogue = [turn.text for turn in conversation.turns if turn.role in ("user", "assistant")]
        language = detect(
            dialogue or [turn.text for turn in conversation.turns], self._policy.languages
        )
        if language not in self._policy.languages:
            raise Unscrubbable("language-not-accepted")
        return language

    def _scrub(self, prepared: _PreparedConversation, deadline: Deadline) -> list[str]:
        found, known = self._find(prepared, deadline)
        for findings in found:
            self.report.count_findings(findings)
        table = PlaceholderTable()
        scrubbed = [
            _replace(original, text, findings, table)
            for original, text, findings in zip(
                prepared.raw, prepared.normalised, found, strict=True
            )
        ]
        return self._verify(scrubbed, known, table, deadline)

    def _find(
        self, prepared: _PreparedConversation, deadline: Deadline
    ) -> tuple[list[list[PiiFinding]], KnownValues]:
        texts = [text.text for text in prepared.normalised]
        by_rules = run_rules(self._rules, texts, deadline)
        if any(_HAN.search(text) for text in texts):
            # Rules look for token boundaries, which a number between Chinese characters lacks.
            without_han = run_rules(self._rules, [_HAN.sub(" ", text) for text in texts], deadline)
            by_rules = [[*a, *b] for a, b in zip(by_rules, without_han, strict=True)]
        reader = self._readers.get(prepared.candidates.language)
        spans = prepared.spans
        if spans is None:
            spans = reader.spans(prepared.candidates.segments, deadline) if reader else []
        by_names = self._names.findings(prepared.candidates, reader, spans)
        by_model: list[list[PiiFinding]] = [[] for _ in texts]
        if self._pii_model is not None:
            by_model = self._pii_model.findings(texts, prepared.candidates.language, deadline)
        found = [
            merge_findings(
                self._kept.without_kept(
                    [
                        *from_rules,
                        *find_fields(text),
                        *find_cued_values(text),
                        *find_related_names(text, tokens(text)),
                        *extend_surnames(text, from_names),
                        *from_model,
                    ],
                    text,
                ),
                text,
            )
            for text, from_rules, from_names, from_model in zip(
                texts, by_rules, by_names, by_model, strict=True
            )
        ]
        known = KnownValues(
            (text[finding.start : finding.end], finding.entity)
            for text, findings in zip(texts, found, strict=True)
            for finding in findings
        )
        found = [
            merge_findings(
                [*findings, *known.find_occurrences(text), *find_ages(text, findings)], text
            )
            for text, findings in zip(texts, found, strict=True)
        ]
        return found, known

    def _verify(
        self, texts: list[str], known: KnownValues, table: PlaceholderTable, deadline: Deadline
    ) -> list[str]:
        """Search scrubbed texts again until no rule matches and no known value occurs.

        A replacement can only cause a new match near the placeholder, so the rules are
        only run there.

        Raises:
            Unscrubbable: `verify-failed` after `_VERIFY_ROUNDS` rounds.
        """
        for _ in range(_VERIFY_ROUNDS):
            is_clean = True
            for index, text in enumerate(texts):
                if not PLACEHOLDER.search(text):
                    continue
                normalised = normalise(text)
                stretches = list(_around_placeholders(normalised.text))
                by_rules = run_rules(
                    self._rules, [normalised.text[a:b] for a, b in stretches], deadline
                )
                left = [
                    PiiFinding(offset + f.start, offset + f.end, f.entity, f.score, "verify")
                    for (offset, _), found in zip(stretches, by_rules, strict=True)
                    for f in found
                ]
                left = merge_findings(
                    self._kept.without_kept(
                        [*left, *known.find_occurrences(normalised.text)], normalised.text
                    ),
                    normalised.text,
                    table.issued,
                )
                if left:
                    is_clean = False
                    self.report.count_findings(left, layer="verify")
                    texts[index] = _replace(text, normalised, left, table)
            if is_clean:
                return texts
        raise Unscrubbable("verify-failed")


def _read_names_together(
    prepared: Sequence[_PreparedConversation], reader: NerReader, deadline: Deadline
) -> None:
    segments = [segment for one in prepared for segment in one.candidates.segments]
    spans = iter(reader.spans(segments, deadline))
    seconds_per_character = deadline.used() / max(1, sum(map(len, segments)))
    for one in prepared:
        one.spans = list(itertools.islice(spans, len(one.candidates.segments)))
        one.seconds += seconds_per_character * sum(map(len, one.candidates.segments))


def _around_placeholders(text: str) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of the stretches near placeholders, extended to a space."""
    start = end = -1
    for match in PLACEHOLDER.finditer(text):
        first = max(0, match.start() - _VERIFY_REACH)
        first = max(text.rfind(" ", 0, first), text.rfind("\n", 0, first), 0) if first else 0
        if first > end:
            if end >= 0:
                yield start, end
            start = first
        last = match.end() + _VERIFY_REACH
        space = text.find(" ", last)
        end = max(end, len(text) if space < 0 else space)
    if end >= 0:
        yield start, end


def _replace(
    raw: str, normalised: Normalised, findings: Sequence[PiiFinding], table: PlaceholderTable
) -> str:
    parts: list[str] = []
    position = 0
    for finding in findings:
        start, end = normalised.original_span(finding.start, finding.end)
        if start < position:
            # Two findings share an escape such as `&#64;`; the first one has replaced it.
            start = position
            if end <= position:
                continue
        parts.append(raw[position:start])
        parts.append(
            table.placeholder(normalised.text[finding.start : finding.end], finding.entity)
        )
        position = end
    parts.append(raw[position:])
    return "".join(parts)
