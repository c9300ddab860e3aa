"""The scrubber: Presidio's recognisers, with another engine around them.

Presidio's own engine opens a socket for its first e-mail address, passes over
a pattern that runs out of time, and takes time in the square of the length. So
its registry and its recognisers stay, and this engine runs them: fail closed,
in a conversation's limited time, with names carried through the conversation.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import regex

from vstk.anonymiser import Unscrubbable, ner_jieba
from vstk.anonymiser.finding import Deadline, PiiFinding, TooSlow
from vstk.anonymiser.language import classifier, detect
from vstk.anonymiser.merge import merge_findings
from vstk.anonymiser.ner import NerReader, SpacyPipeline, Span
from vstk.anonymiser.ner_names import NameCandidates, NerNames
from vstk.anonymiser.normalise import Normalised, normalise
from vstk.anonymiser.placeholders import PLACEHOLDER, PlaceholderTable, escape_placeholders
from vstk.anonymiser.presidio import RecognizerRegistry
from vstk.anonymiser.propagate import KnownValues
from vstk.anonymiser.recognizers import build_registry
from vstk.anonymiser.report import ScrubReport
from vstk.anonymiser.rule import compile_patterns
from vstk.anonymiser.rule_runner import run_rules
from vstk.anonymiser.surname_extension import extend_surnames
from vstk.policy import Scrub
from vstk.types import Conversation, Turn

_HAN = regex.compile(r"\p{Script=Han}")
_SURROGATE = regex.compile(r"[\ud800-\udfff]")
_VERIFY_ROUNDS = 8
_VERIFY_REACH = 150


@dataclass(slots=True)
class _PreparedConversation:
    """A conversation of which the names are to be read, or have been."""

    raw: list[str]
    read: list[Normalised]
    sought: NameCandidates
    spans: Sequence[tuple[Span, ...]] | None = None
    seconds: float = 0.0
    """Working time that it has used."""


class PresidioScrubber:
    """Scrubs conversations by a policy. Holds no text between two of them, in memory,
    except short segments with the names in them, and what `warm` was given."""

    def __init__(self, policy: Scrub, spacy_paths: Mapping[str, Path]) -> None:
        """Args:
        policy: the `scrub` section of a policy.
        spacy_paths: folder of the spaCy pipeline by language, e.g. `en`.
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
        self._names = NerNames(strict=policy.profile == "strict")
        self.report = ScrubReport()
        self._begun: dict[Conversation, _PreparedConversation] = {}
        classifier()

    def warm(self, conversations: Sequence[Conversation]) -> None:
        """Read the names in several conversations together, which takes less time than one by
        one; `scrub` of each then goes on from there.

        It changes nothing about what is found, and fails for none: where something is wrong
        with a conversation, `scrub` meets it again and sets that one aside.
        """
        self._begun.clear()
        for conversation in conversations:
            with contextlib.suppress(Exception):
                self._begun[conversation] = self._begin(
                    conversation, Deadline(self._policy.timeout_seconds)
                )
        for language, reader in self._readers.items():
            begun = [one for one in self._begun.values() if one.sought.language == language]
            with contextlib.suppress(Exception):
                _read_names_together(begun, reader, Deadline(self._policy.timeout_seconds))

    def scrub(self, conversation: Conversation) -> tuple[tuple[Turn, ...], str]:
        """The turns with placeholders for what points at a person, and their language.

        Raises:
            Unscrubbable: `too-slow`, `language-not-accepted`, `verify-failed`.
        """
        begun = self._begun.pop(conversation, None)
        before = begun.seconds if begun else 0.0
        deadline = Deadline(self._policy.timeout_seconds - before)
        try:
            begun = begun or self._begin(conversation, deadline)
            texts = self._scrub(begun, deadline)
        except (TooSlow, TimeoutError):
            self.report.count_rejected("too-slow")
            raise Unscrubbable("too-slow") from None
        except Unscrubbable as refusal:
            self.report.count_rejected(refusal.reason)
            raise
        except Exception:
            self.report.count_rejected("scrub-failed")
            raise
        language = begun.sought.language
        self.report.count_scrubbed(
            language,
            sum(map(len, begun.raw)),
            before + deadline.used(),
            has_names=language in self._readers,
        )
        return tuple(
            Turn(role=turn.role, text=text)
            for turn, text in zip(conversation.turns, texts, strict=True)
        ), language

    def locate(self, texts: Sequence[str], language: str) -> list[list[PiiFinding]]:
        """Where in each text of a conversation something points at a person.

        What `scrub` replaces before it looks again; to measure with.

        Raises:
            TooSlow, TimeoutError: when the time is used up.
        """
        deadline = Deadline(self._policy.timeout_seconds)
        begun = self._begin_in(language, texts, deadline)
        found, _ = self._find(begun, deadline)
        return [
            [
                PiiFinding(*text.original(f.start, f.end), f.entity, f.score, f.layer)
                for f in findings
            ]
            for text, findings in zip(begun.read, found, strict=True)
        ]

    def _begin(self, conversation: Conversation, deadline: Deadline) -> _PreparedConversation:
        texts = [turn.text for turn in conversation.turns]
        return self._begin_in(self._language(conversation), texts, deadline)

    def _begin_in(
        self, language: str, texts: Sequence[str], deadline: Deadline
    ) -> _PreparedConversation:
        raw = [escape_placeholders(_SURROGATE.sub("\ufffd", text)) for text in texts]
        read = [normalise(text) for text in raw]
        sought = self._names.find_candidates([text.text for text in read], deadline, language)
        return _PreparedConversation(raw, read, sought, seconds=deadline.used())

    def _language(self, conversation: Conversation) -> str:
        spoken = [turn.text for turn in conversation.turns if turn.role in ("user", "assistant")]
        language = detect(
            spoken or [turn.text for turn in conversation.turns], self._policy.languages
        )
        if language not in self._policy.languages:
            raise Unscrubbable("language-not-accepted")
        return language

    def _scrub(self, begun: _PreparedConversation, deadline: Deadline) -> list[str]:
        found, known = self._find(begun, deadline)
        for findings in found:
            self.report.count_findings(findings)
        table = PlaceholderTable()
        scrubbed = [
            _replace(original, text, findings, table)
            for original, text, findings in zip(begun.raw, begun.read, found, strict=True)
        ]
        return self._verified(scrubbed, known, table, deadline)

    def _find(
        self, begun: _PreparedConversation, deadline: Deadline
    ) -> tuple[list[list[PiiFinding]], KnownValues]:
        texts = [text.text for text in begun.read]
        rules = run_rules(self._rules, texts, deadline)
        if any(_HAN.search(text) for text in texts):
            # A number among Chinese characters has no edge that a rule would see.
            apart = run_rules(self._rules, [_HAN.sub(" ", text) for text in texts], deadline)
            rules = [[*one, *other] for one, other in zip(rules, apart, strict=True)]
        reader = self._readers.get(begun.sought.language)
        spans = begun.spans
        if spans is None:
            spans = reader.spans(begun.sought.segments, deadline) if reader else []
        names = self._names.findings(begun.sought, reader, spans)
        found = [
            merge_findings([*by_rule, *extend_surnames(text, by_name)], text)
            for text, by_rule, by_name in zip(texts, rules, names, strict=True)
        ]
        known = KnownValues(
            (text[finding.start : finding.end], finding.entity)
            for text, findings in zip(texts, found, strict=True)
            for finding in findings
        )
        found = [
            merge_findings([*findings, *known.find_occurrences(text)], text)
            for text, findings in zip(texts, found, strict=True)
        ]
        return found, known

    def _verified(
        self, texts: list[str], known: KnownValues, table: PlaceholderTable, deadline: Deadline
    ) -> list[str]:
        """Look at the result again: no rule may fire on it, no known value stand in it.

        A replacement changes only what stands around it, so that is where the
        rules look; a text in which nothing was replaced has been looked at.
        """
        for _ in range(_VERIFY_ROUNDS):
            clean = True
            for number, text in enumerate(texts):
                if not PLACEHOLDER.search(text):
                    continue
                read = normalise(text)
                places = list(_around_placeholders(read.text))
                rules = run_rules(self._rules, [read.text[a:b] for a, b in places], deadline)
                left = [
                    PiiFinding(at + f.start, at + f.end, f.entity, f.score, "verify")
                    for (at, _), found in zip(places, rules, strict=True)
                    for f in found
                ]
                left = merge_findings(
                    [*left, *known.find_occurrences(read.text)], read.text, table.issued
                )
                if left:
                    clean = False
                    self.report.count_findings(left, layer="verify")
                    texts[number] = _replace(text, read, left, table)
            if clean:
                return texts
        raise Unscrubbable("verify-failed")


def _read_names_together(
    begun: Sequence[_PreparedConversation], reader: NerReader, deadline: Deadline
) -> None:
    segments = [segment for one in begun for segment in one.sought.segments]
    spans = iter(reader.spans(segments, deadline))
    each = deadline.used() / max(1, sum(map(len, segments)))
    for one in begun:
        one.spans = list(itertools.islice(spans, len(one.sought.segments)))
        one.seconds += each * sum(map(len, one.sought.segments))


def _around_placeholders(text: str) -> Iterator[tuple[int, int]]:
    """The stretches of a text near a placeholder, from blank to blank."""
    start = end = -1
    for match in PLACEHOLDER.finditer(text):
        first = max(0, match.start() - _VERIFY_REACH)
        first = max(text.rfind(" ", 0, first), text.rfind("\n", 0, first), 0) if first else 0
        if first > end:
            if end >= 0:
                yield start, end
            start = first
        last = match.end() + _VERIFY_REACH
        blank = text.find(" ", last)
        end = max(end, len(text) if blank < 0 else blank)
    if end >= 0:
        yield start, end


def _replace(
    raw: str, read: Normalised, findings: Sequence[PiiFinding], table: PlaceholderTable
) -> str:
    parts: list[str] = []
    at = 0
    for finding in findings:
        start, end = read.original(finding.start, finding.end)
        if start < at:
            # Two findings within one written unit, such as `&#64;`: one covers it.
            start = at
            if end <= at:
                continue
        parts.append(raw[at:start])
        parts.append(table.placeholder(read.text[finding.start : finding.end], finding.entity))
        at = end
    parts.append(raw[at:])
    return "".join(parts)
