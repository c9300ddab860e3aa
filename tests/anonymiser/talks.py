"""Made-up conversations, and a policy to scrub them by."""

from __future__ import annotations

from pathlib import Path

from vstk.paths import weights
from vstk.policy import Recognizer, Scrub
from vstk.types import Conversation, Source, Turn

PIPELINE = weights() / "en_core_web_md-3.8.0"
PII_MODEL = weights() / "rampart-q4-1.4.0"
FRESH_TURNS = Path(__file__).resolve().parents[2] / "benchmarks" / "fresh_turns" / "open.jsonl"


def scrub_policy(
    *,
    languages: tuple[str, ...] = ("en",),
    profile: str = "balanced",
    seconds: int = 60,
    recognizers: tuple[Recognizer, ...] = (),
) -> Scrub:
    return Scrub(
        languages=languages,
        ner_models={"en": "en_core_web_md-3.8.0"} if "en" in languages else {},
        profile=profile,
        timeout_seconds=seconds,
        recognizers=recognizers,
    )


def talk(*texts: str, user: str | None = None, id: str = "c1") -> Conversation:
    """A conversation whose turns alternate, starting with the user."""
    return Conversation(
        source=Source(file="log.jsonl", line=1),
        id=id,
        user=user,
        unit_kind="account" if user else "none",
        started_at=None,
        turns=tuple(
            Turn(role="assistant" if number % 2 else "user", text=text)
            for number, text in enumerate(texts)
        ),
    )
